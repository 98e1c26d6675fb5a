// The sample hospital: the same for a seed, acceptable row by row, and French in what matters.
#include "tools/generate.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "matching/date.h"
#include "matching/trust.h"
#include "tools/generate_errors.h"
#include "tools/generate_people.h"
#include "tools/import_rows.h"

namespace vigie::tools {
namespace {

using ::testing::HasSubstr;

struct Sample {
  std::string identities_text, visits_text, truth_text;
  GeneratedCounts counts;
};

Sample Make(const GenerateOptions& options) {
  std::ostringstream identities;
  std::ostringstream visits;
  std::ostringstream truth;
  const auto counts = Generate(options, {&identities, &visits, &truth}, {});
  EXPECT_TRUE(counts.ok()) << counts.status();
  return {identities.str(), visits.str(), truth.str(), counts.ok() ? *counts : GeneratedCounts{}};
}

GenerateOptions Options(std::int64_t identities, std::uint64_t seed) {
  GenerateOptions options;
  options.identity_count = identities;
  options.seed = seed;
  return options;
}

std::vector<SourceRow> Rows(const std::string& text, ImportKind kind) {
  std::istringstream stream(text);
  auto source =
      ImportSource::Create(std::move(*CsvReader::FromStream(&stream, "f")), kind, std::nullopt, "");
  EXPECT_TRUE(source.ok()) << source.status();
  std::vector<SourceRow> rows;
  SourceRow row;
  while (source.ok() && *(*source)->Next(&row)) rows.push_back(row);
  return rows;
}

// One hospital for all tests that only look.
class GeneratedHospital : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    sample_ = new Sample(Make(Options(20000, 7)));
    rows_ = new std::vector<IdentityRow>;
    for (const SourceRow& source : Rows(sample_->identities_text, ImportKind::kIdentities)) {
      std::vector<RowProblem> problems = source.problems;
      ParseIdentityRow(source.values, &rows_->emplace_back(), &problems);
      if (!problems.empty() && refused_++ < 5) {
        ADD_FAILURE() << "line " << source.line << ": " << problems[0].column << " "
                      << problems[0].reason;
      }
    }
    persons_ = new std::map<std::string, std::string>;
    std::istringstream truth(sample_->truth_text);
    auto reader = CsvReader::FromStream(&truth, "truth");
    CsvRow row;
    while (*(*reader)->Next(&row)) (*persons_)[row.fields[1]] = row.fields[2];
  }
  static void TearDownTestSuite() {
    delete sample_;
    delete rows_;
    delete persons_;
  }
  static double Share(const std::function<bool(const IdentityRow&)>& holds) {
    return static_cast<double>(std::count_if(rows_->begin(), rows_->end(), holds)) /
           static_cast<double>(rows_->size());
  }
  static Sample* sample_;
  static std::vector<IdentityRow>* rows_;
  static std::map<std::string, std::string>* persons_;  // by local id
  static int refused_;
};
Sample* GeneratedHospital::sample_ = nullptr;
std::vector<IdentityRow>* GeneratedHospital::rows_ = nullptr;
std::map<std::string, std::string>* GeneratedHospital::persons_ = nullptr;
int GeneratedHospital::refused_ = 0;

TEST(Generate, IsTheSameForASeedAndAnotherForAnother) {
  const Sample one = Make(Options(2000, 1));
  const Sample again = Make(Options(2000, 1));
  EXPECT_EQ(one.identities_text, again.identities_text);
  EXPECT_EQ(one.visits_text, again.visits_text);
  EXPECT_EQ(one.truth_text, again.truth_text);
  EXPECT_NE(one.identities_text, Make(Options(2000, 2)).identities_text);
}

// FNV-1a of the bytes: another machine, compiler or library must give the same. A change of the
// generator changes it; then write the new value here.
TEST(Generate, GivesTheSameBytesOnEveryMachine) {
  const Sample sample = Make(Options(1000, 42));
  std::uint64_t hash = 14695981039346656037U;
  for (const std::string* text :
       {&sample.identities_text, &sample.visits_text, &sample.truth_text}) {
    for (const char c : *text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  }
  EXPECT_EQ(hash, 6743866400776617881U);
}

TEST(Generate, WritesExactlyWhatIsAskedFor) {
  for (const std::int64_t identities : {1, 2, 17, 1000}) {
    GenerateOptions options = Options(identities, 3);
    options.visit_count = identities * 2 + 1;
    const Sample sample = Make(options);
    EXPECT_EQ(sample.counts.identities, identities);
    EXPECT_EQ(sample.counts.visits, *options.visit_count);
    EXPECT_EQ(Rows(sample.identities_text, ImportKind::kIdentities).size(),
              static_cast<std::size_t>(identities));
    EXPECT_EQ(Rows(sample.visits_text, ImportKind::kVisits).size(),
              static_cast<std::size_t>(*options.visit_count));
  }
}

TEST(Generate, RefusesOptionsOutOfRange) {
  struct Case {
    std::string description;
    GenerateOptions options;
  };
  std::vector<Case> cases = {{"no identity", Options(0, 1)},
                             {"too many", Options(kGeneratedIdentitiesMax + 1, 1)},
                             {"negative visits", Options(1, 1)},
                             {"a year before all", Options(1, 1)},
                             {"no domain", Options(1, 1)}};
  cases[2].options.visit_count = -1;
  cases[3].options.year = 1066;
  cases[4].options.domain = "";
  for (const Case& c : cases) {
    std::ostringstream out;
    EXPECT_EQ(Generate(c.options, {&out, &out, &out}, {}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << c.description;
  }
}

TEST(Generate, ReportsAStreamThatCannotBeWritten) {
  std::ostringstream good;
  std::ostringstream bad;
  bad.setstate(std::ios::badbit);
  EXPECT_EQ(Generate(Options(10, 1), {&good, &bad, &good}, {}).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_F(GeneratedHospital, IsAcceptedByTheRowParserToTheLastRow) {
  EXPECT_EQ(refused_, 0);
  EXPECT_EQ(rows_->size(), 20000u);
  const auto parser = VisitRowParser::Create("Europe/Paris");
  std::set<std::string> numbers, sites, entities, kinds, channels;
  for (const SourceRow& source : Rows(sample_->visits_text, ImportKind::kVisits)) {
    VisitRow visit;
    std::vector<RowProblem> problems = source.problems;
    ASSERT_TRUE(parser->Parse(source.values, &visit, &problems))
        << problems[0].column << " " << problems[0].reason;
    EXPECT_TRUE(numbers.insert(visit.visit.visit_number).second);
    sites.insert(visit.visit.site_finess);
    entities.insert(visit.visit.legal_entity_finess);
    kinds.insert(source.values[6]);
    channels.insert(visit.visit.entry_channel);
  }
  EXPECT_EQ(numbers.size(), 60000u);
  EXPECT_EQ(sites.size(), 5u);
  EXPECT_EQ(entities.size(), 2u);
  EXPECT_EQ(kinds.size(), 5u);
  EXPECT_THAT(channels,
              ::testing::ElementsAre("", "desk", "emergency", "kiosk", "online", "transfer"));
}

// The key computed here from the published formula, not by the code that made it.
TEST_F(GeneratedHospital, HasMatriculesWithRightKeysThatAgreeWithTheTraits) {
  std::map<std::string, std::string> person_by_matricule;
  for (const IdentityRow& row : *rows_) {
    if (!row.ins) continue;
    std::string body = row.ins->matricule.substr(0, 13);
    EXPECT_EQ(row.ins->oid, "1.2.250.1.213.1.4.8");
    EXPECT_EQ(body[0], row.traits.sex == matching::Sex::kMale ? '1' : '2');
    EXPECT_EQ(std::stoi(body.substr(1, 2)), row.traits.birth_date.year % 100);
    EXPECT_EQ(std::stoi(body.substr(3, 2)), row.traits.birth_date.month);
    EXPECT_EQ(body.substr(5, 5), row.traits.birth_place_code);
    if (body[6] == 'A') body.replace(5, 2, "19");
    if (body[6] == 'B') body.replace(5, 2, "18");
    EXPECT_EQ(std::stoll(row.ins->matricule.substr(13)), 97 - std::stoll(body) % 97);
    const auto [at, is_new] =
        person_by_matricule.emplace(row.ins->matricule, (*persons_)[row.local_id]);
    EXPECT_EQ(at->second, (*persons_)[row.local_id]) << "one matricule, two persons";
  }
  EXPECT_GT(person_by_matricule.size(), 10000u);
}

TEST_F(GeneratedHospital, HasPlausibleShares) {
  struct Case {
    std::string description;
    double share, low, high;
  };
  const auto qualified = [](const IdentityRow& r) { return r.ins && r.evidence; };
  const double duplicates =
      static_cast<double>(sample_->counts.duplicates) / static_cast<double>(rows_->size());
  const std::vector<Case> cases = {
      {"duplicates", duplicates, 0.03, 0.08},
      {"INS and evidence", Share(qualified), 0.45, 0.62},
      {"INS only", Share([](const auto& r) { return r.ins && !r.evidence; }), 0.08, 0.18},
      {"evidence only", Share([](const auto& r) { return !r.ins && r.evidence; }), 0.08, 0.20},
      {"neither", Share([](const auto& r) { return !r.ins && !r.evidence; }), 0.10, 0.25},
      {"women", Share([](const auto& r) { return r.traits.sex == matching::Sex::kFemale; }), 0.42,
       0.58},
      {"born abroad",
       Share([](const auto& r) { return r.traits.birth_place_code.starts_with("99"); }), 0.05,
       0.25},
      {"born in Corsica", Share([](const auto& r) {
         return r.traits.birth_place_code.starts_with("2A") ||
                r.traits.birth_place_code.starts_with("2B");
       }),
       0.002, 0.05},
      {"used name", Share([](const auto& r) { return !r.traits.used_family_name.empty(); }), 0.08,
       0.35},
      {"compound given name", Share([](const auto& r) {
         return r.traits.first_birth_given_name.find('-') != std::string::npos;
       }),
       0.02, 0.20},
      {"several given names", Share([](const auto& r) {
         return r.traits.birth_given_names.find_first_of(" ,") != std::string::npos;
       }),
       0.30, 0.75},
      {"default dates",
       Share([](const auto& r) { return matching::IsDefaultDate(r.traits.birth_date); }), 0.005,
       0.04},
      {"newborns", Share([](const auto& r) { return r.traits.birth_date.year == 2025; }), 0.005,
       0.06},
      {"no phone", Share([](const auto& r) { return r.traits.phone.empty(); }), 0.1, 0.35},
      {"names with accents", Share([](const auto& r) {
         return std::any_of(r.traits.birth_given_names.begin(), r.traits.birth_given_names.end(),
                            [](char c) { return static_cast<unsigned char>(c) > 0x7F; });
       }),
       0.01, 0.2},
      {"attributes", Share([](const auto& r) {
         return r.attributes.homonym || r.attributes.doubtful || r.attributes.fictitious;
       }),
       0.001, 0.03},
  };
  for (const Case& c : cases) {
    EXPECT_GE(c.share, c.low) << c.description;
    EXPECT_LE(c.share, c.high) << c.description;
  }
}

TEST_F(GeneratedHospital, DoubtfulAndFictitiousIdentitiesHaveNeitherInsNorEvidence) {
  for (const IdentityRow& row : *rows_) {
    if (!row.attributes.doubtful && !row.attributes.fictitious) continue;
    EXPECT_FALSE(row.ins.has_value()) << row.local_id;
    EXPECT_FALSE(row.evidence.has_value()) << row.local_id;
  }
}

TEST_F(GeneratedHospital, KnowsOnlyTheDevicesOfTheDefaultList) {
  std::set<std::string> known;
  for (const auto& device : matching::DefaultEvidenceDevices()) known.insert(device.type);
  for (const IdentityRow& row : *rows_) {
    if (row.evidence) {
      EXPECT_TRUE(known.contains(row.evidence->type)) << row.evidence->type;
    }
  }
}

TEST_F(GeneratedHospital, HasTwinsAndFamilies) {
  EXPECT_GT(sample_->counts.twins, 150);
  std::map<std::string, std::set<std::string>> born_together, homes;
  for (const IdentityRow& row : *rows_) {
    const matching::Traits& t = row.traits;
    if (!row.ins) continue;
    const std::string& person = (*persons_)[row.local_id];
    born_together[t.birth_family_name + matching::FormatDate(t.birth_date) + t.birth_place_code]
        .insert(person);
    if (!t.address_line.empty()) homes[t.birth_family_name + t.address_line].insert(person);
  }
  const auto several = [](const auto& groups) {
    return std::count_if(groups.begin(), groups.end(),
                         [](const auto& group) { return group.second.size() > 1; });
  };
  EXPECT_GT(several(born_together), 50);
  EXPECT_GT(several(homes), 1000);
}

TEST_F(GeneratedHospital, HasFrequentAndRareNames) {
  std::map<std::string, int> families, given;
  for (const IdentityRow& row : *rows_) {
    ++families[row.traits.birth_family_name];
    ++given[row.traits.first_birth_given_name];
  }
  const auto most = [](const auto& names) {
    return std::max_element(names.begin(), names.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->second;
  };
  EXPECT_GT(most(families), 60);
  EXPECT_GT(most(given), 150);
  EXPECT_GT(families.size(), 4000u);
  EXPECT_GT(given.size(), 400u);
}

TEST(HospitalNames, AreManyAndDistinct) {
  std::set<std::string_view> families;
  std::array<std::set<std::string_view>, 2> given;
  for (std::size_t o = 0; o < kOriginCount; ++o) {
    const auto origin = static_cast<Origin>(o);
    families.insert(FamilyNames(origin).begin(), FamilyNames(origin).end());
    for (const bool male : {false, true}) {
      for (const GivenName& name : GivenNames(origin, male)) {
        EXPECT_GT(name.spread_years, 0) << name.name;
        given[male ? 1 : 0].insert(name.name);
      }
    }
  }
  EXPECT_GE(families.size(), 400u);
  EXPECT_GE(given[0].size(), 150u);
  EXPECT_GE(given[1].size(), 150u);
}

TEST(UpperName, FoldsTheAccentsOfEveryListedName) {
  EXPECT_EQ(UpperName("Cœur-Noël", false), "COEUR-NOEL");
  EXPECT_EQ(UpperName("Cœur-Noël", true), "CŒUR-NOËL");
  for (std::size_t o = 0; o < kOriginCount; ++o) {
    for (const std::string_view name : FamilyNames(static_cast<Origin>(o))) {
      const std::string folded = UpperName(name, false);
      EXPECT_EQ(folded.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ '-"), std::string::npos)
          << name;
    }
  }
}

// Whatever goes wrong at the desk, what is typed is still a name and a date.
TEST(Errors, LeaveNamesAndValidDates) {
  Random random(11);
  for (int i = 0; i < 20000; ++i) {
    for (const std::string name : {"MARTIN", "LE GALL", "D'HONDT", "SAINT-JEAN", "ABD EL KADER"}) {
      for (const std::string& spoiled : {MistypeName(name, random), MishearName(name, random)}) {
        ASSERT_FALSE(spoiled.empty());
        ASSERT_TRUE(spoiled.front() >= 'A' && spoiled.front() <= 'Z') << spoiled;
        ASSERT_TRUE(spoiled.back() >= 'A' && spoiled.back() <= 'Z') << spoiled;
      }
    }
    ASSERT_TRUE(matching::IsValid(MistakeDate({2000, 2, 29}, random)));
    ASSERT_TRUE(matching::IsValid(MistakeDate({1999, 12, 31}, random)));
  }
}

class NameFiles : public ::testing::Test {
 protected:
  std::string Write(const std::string& text) {
    const std::string path = ::testing::TempDir() + "names_" +
                             ::testing::UnitTest::GetInstance()->current_test_info()->name() +
                             ".csv";
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
};

TEST_F(NameFiles, OfInseeAreRead) {
  const auto given = ReadGivenNamesFile(
      Write("sexe;preusuel;annais;nombre\n1;_PRENOMS_RARES;1950;9\n1;ZEBULON;1951;7\n"
            "1;ZEBULON;1958;3\n2;ZELINDE;XXXX;5\n"));
  ASSERT_TRUE(given.ok()) << given.status();
  ASSERT_EQ(given->size(), 2u);
  EXPECT_EQ((*given)[1].name, "ZEBULON");
  EXPECT_TRUE((*given)[1].male);
  EXPECT_EQ((*given)[1].year, 1950);
  EXPECT_EQ((*given)[1].count, 10);
  EXPECT_EQ((*given)[0].year, 0);
  const auto family = ReadFamilyNamesFile(Write("nomc;total\nAUTRES NOMS;99\nZYGOMAR;4\n"));
  ASSERT_TRUE(family.ok()) << family.status();
  ASSERT_EQ(family->size(), 1u);
  GenerateOptions options = Options(300, 5);
  options.given_names = *given;
  options.family_names = *family;
  const std::string text = Make(options).identities_text;
  EXPECT_THAT(text, HasSubstr("ZYGOMAR"));
  EXPECT_THAT(text, HasSubstr("ZEBULON"));
  EXPECT_EQ(text.find("MARTIN,"), std::string::npos);
}

TEST_F(NameFiles, ThatCannotBeUsedAreRefusedWithTheirLine) {
  struct Case {
    std::string description, text, message;
  };
  const std::vector<Case> cases = {
      {"no count", "sexe;preusuel;annais\n", "no column nombre"},
      {"a sex of another code", "sexe;preusuel;nombre\nM;A;1\n", ":2: sexe is neither 1 nor 2"},
      {"a count in words", "sexe;preusuel;nombre\n1;A;many\n", ":2: the count is not a number"},
      {"a ragged row", "sexe;preusuel;nombre\n1;A\n", ":2: has 2 fields"},
      {"no row", "sexe;preusuel;nombre\n", "no given name"},
  };
  for (const Case& c : cases) {
    const auto names = ReadGivenNamesFile(Write(c.text));
    ASSERT_FALSE(names.ok()) << c.description;
    EXPECT_THAT(std::string(names.status().message()), HasSubstr(c.message)) << c.description;
  }
}

}  // namespace
}  // namespace vigie::tools
