// Batch work: the same score as one pair alone, the same bytes for any number of threads, right
// answers or clear errors for bad input, and figures that a sample with known truth must reach.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "matching/score.h"
#include "matching/trust.h"
#include "tests/support/temporary_directory.h"
#include "tools/batch/candidates.h"
#include "tools/batch/link.h"
#include "tools/batch/model_file.h"
#include "tools/batch/record_table.h"
#include "tools/batch/train_run.h"
#include "tools/evaluate.h"
#include "tools/generate.h"
#include "tools/import_rows.h"

namespace vigie::tools {
namespace {

using ::testing::HasSubstr;

constexpr const char* kHeader =
    "domain,local_id,birth_family_name,birth_given_names,sex,birth_date,birth_place_code\n";

class Batch : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return directory_ / name; }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name), std::ios::binary) << text;
    return Path(name);
  }
  static std::string Contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  // A sample hospital; its identities.csv.
  std::string Generated(std::int64_t identities, std::uint64_t seed) const {
    GenerateOptions options;
    options.identity_count = identities;
    options.visit_count = 0;
    options.seed = seed;
    const auto counts = GenerateFiles(options, Path("sample"), {});
    EXPECT_TRUE(counts.ok()) << counts.status();
    return Path("sample/identities.csv");
  }
  static ModelFile French() { return *LoadModel("french-hospital"); }
  static LinkOptions OptionsFor(std::vector<std::string> files, int threads = 2) {
    LinkOptions options;
    options.read.files = std::move(files);
    options.read.threads = threads;
    return options;
  }
  absl::StatusOr<LinkReport> LinkText(const std::string& csv) const {
    LinkOptions options = OptionsFor({Write("in.csv", csv)});
    options.pairs_file = Path("pairs.csv");
    options.clusters_file = Path("clusters.csv");
    return Link(French(), options, {});
  }
  std::string ErrorOf(const std::string& csv) const {
    const auto report = LinkText(csv);
    EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument) << report.status();
    return std::string(report.status().message());
  }

  tests::TemporaryDirectory directory_;
};

// ---- One scorer --------------------------------------------------------------------------------

// The path of the daemon: rows become identities, identities records, term counts those of the
// base.
std::vector<matching::Record> RecordsOneByOne(const std::string& file) {
  auto reader = CsvReader::OpenFile(file);
  auto source = ImportSource::Create(std::move(*reader), ImportKind::kIdentities, std::nullopt, "");
  std::vector<matching::Record> records;
  SourceRow row;
  while (*(*source)->Next(&row)) {
    IdentityRow parsed;
    std::vector<RowProblem> problems;
    EXPECT_TRUE(ParseIdentityRow(row.values, &parsed, &problems)) << "line " << row.line;
    matching::Identity identity;
    identity.traits = parsed.traits;
    identity.ins = parsed.ins;
    identity.trust.insi_accepted = parsed.ins && parsed.insi_date;
    for (const matching::EvidenceDevice& device : matching::DefaultEvidenceDevices()) {
      if (parsed.evidence && parsed.evidence->type == device.type) {
        identity.trust.document_checked = device.high_assurance;
      }
    }
    identity.trust.attributes = parsed.attributes;
    records.push_back(matching::MakeRecord(identity));
  }
  std::map<std::pair<matching::TermColumn, std::uint64_t>, std::uint32_t> counts;
  for (const matching::Record& record : records) {
    for (const matching::TermValue& term : record.terms) ++counts[{term.column, term.value_hash}];
  }
  for (matching::Record& record : records) {
    for (matching::TermValue& term : record.terms) {
      term.count = counts[{term.column, term.value_hash}];
    }
  }
  return records;
}

TEST_F(Batch, ScoresTenThousandPairsAsTheyScoreAlone) {
  const std::string file = Generated(6000, 11);
  const std::vector<matching::Record> alone = RecordsOneByOne(file);
  ReadReport report;
  const auto table = RecordTable::Read(OptionsFor({file}).read, &report, {});
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->row_count(), alone.size());
  const matching::Model& model = *matching::FrenchHospitalModel();
  const CandidateIndex index = CandidateIndex::Build(*table, 2, {});
  LinkReport link;
  const auto pairs = ScoreCandidates(*table, index, model, 0, 2, &link, {});
  ASSERT_GT(pairs.size(), 1000u);
  std::size_t compared = 0;
  const auto alone_of = [&](std::uint32_t record) -> const matching::Record& {
    return alone[*table->rows_of(record).first];
  };
  for (const LinkedPair& pair : pairs) {
    const matching::Score score =
        ScorePair(model, alone_of(pair.left), alone_of(pair.right), alone.size());
    ASSERT_EQ(score.weight_bits, pair.weight_bits) << "pair " << compared;
    ASSERT_EQ(score.probability, pair.probability) << "pair " << compared;
    ASSERT_EQ(score.vetoes, pair.vetoes) << "pair " << compared;
    ASSERT_EQ(score.band, pair.band) << "pair " << compared;
    ++compared;
  }
  // The rest are any two records: what is no candidate is scored when clusters are made.
  for (std::uint64_t k = 0; compared < 10000; ++k, ++compared) {
    const auto [l, r] = matching::RandomPair(1, k, table->records().size());
    const auto left = static_cast<std::uint32_t>(l);
    const auto right = static_cast<std::uint32_t>(r);
    const matching::Score batch =
        ScorePair(model, table->records()[l], table->records()[r], table->population());
    const matching::Score score = ScorePair(model, alone_of(left), alone_of(right), alone.size());
    ASSERT_EQ(score.weight_bits, batch.weight_bits) << "random pair " << k;
    ASSERT_EQ(score.vetoes, batch.vetoes) << "random pair " << k;
  }
  EXPECT_EQ(compared, 10000u);
}

// Nearly every candidate is left out on its sketch: what is left is what all of them give.
TEST_F(Batch, KeepsEveryCandidateThatReachesTheThreshold) {
  const std::string file = Generated(6000, 12);
  ReadReport report;
  const auto table = RecordTable::Read(OptionsFor({file}).read, &report, {});
  ASSERT_TRUE(table.ok()) << table.status();
  const CandidateIndex index = CandidateIndex::Build(*table, 2, {});
  const matching::Model& model = *matching::FrenchHospitalModel();
  LinkReport all_report;
  const auto all = ScoreCandidates(*table, index, model, 0, 2, &all_report, {});
  EXPECT_EQ(all_report.scored_pairs, all_report.candidate_pairs);
  for (const double threshold : {0.001, 0.5, 0.9}) {
    LinkReport link;
    const auto kept = ScoreCandidates(*table, index, model, threshold, 2, &link, {});
    EXPECT_EQ(link.candidate_pairs, all_report.candidate_pairs);
    EXPECT_LT(link.scored_pairs, all_report.scored_pairs);
    std::size_t at = 0;
    for (const LinkedPair& pair : all) {
      if (pair.probability < threshold) continue;
      ASSERT_LT(at, kept.size());
      EXPECT_EQ(std::pair(kept[at].left, kept[at].right), std::pair(pair.left, pair.right));
      EXPECT_EQ(kept[at].weight_bits, pair.weight_bits);
      ++at;
    }
    EXPECT_EQ(at, kept.size());
    EXPECT_GT(at, 100u);
  }
}

// ---- Determinism -------------------------------------------------------------------------------

TEST_F(Batch, GivesTheSameBytesForAnyNumberOfThreads) {
  const std::string file = Generated(3000, 3);
  std::string pairs;
  std::string clusters;
  for (const int threads : {1, 2, 5}) {
    LinkOptions options = OptionsFor({file}, threads);
    options.pairs_file = Path("pairs.csv");
    options.clusters_file = Path("clusters.csv");
    options.with_bands = true;
    const auto report = Link(French(), options, {});
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_GT(report->pairs, 50u);
    if (threads == 1) {
      pairs = Contents(options.pairs_file);
      clusters = Contents(options.clusters_file);
    }
    EXPECT_EQ(Contents(options.pairs_file), pairs) << threads;
    EXPECT_EQ(Contents(options.clusters_file), clusters) << threads;
  }
}

TEST_F(Batch, TrainsTheSameModelForAnyNumberOfThreads) {
  const std::string file = Generated(4000, 5);
  std::string text;
  for (const int threads : {1, 2, 5}) {
    TrainRunOptions options;
    options.read = OptionsFor({file}, threads).read;
    options.random_pairs = 100000;
    options.date = "2025-01-01";
    options.out_file = Path("model.toml");
    const auto report = Train(French(), options, {});
    ASSERT_TRUE(report.ok()) << report.status();
    if (threads == 1) text = Contents(options.out_file);
    EXPECT_EQ(Contents(options.out_file), text) << threads;
    const auto model = LoadModel(options.out_file);
    ASSERT_TRUE(model.ok()) << model.status();
    EXPECT_EQ(model->model.version, report->model_version);
  }
}

// ---- Quality -----------------------------------------------------------------------------------

TEST_F(Batch, FindsTheDuplicatesOfASampleHospital) {
  const std::string file = Generated(5000, 1);
  LinkOptions options = OptionsFor({file});
  options.clusters_file = Path("clusters.csv");
  ASSERT_TRUE(Link(French(), options, {}).ok());
  EvaluateOptions truth;
  truth.truth_file = Path("sample/truth.csv");
  truth.id_column = "local_id";
  truth.truth_column = "person_id";
  truth.clusters_file = options.clusters_file;
  const auto result = Evaluate(truth);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_GT(result->true_pairs, 100);
  EXPECT_GE(result->precision(), 0.97);
  EXPECT_GE(result->recall(), 0.95);
  EXPECT_GE(result->b_cubed_f1(), 0.99);
}

TEST_F(Batch, CandidateKeysFindWhatAFullScanFinds) {
  const std::string file = Generated(1500, 2);
  ReadReport report;
  const auto table = RecordTable::Read(OptionsFor({file}).read, &report, {});
  ASSERT_TRUE(table.ok());
  const matching::Model& model = *matching::FrenchHospitalModel();
  const CandidateIndex index = CandidateIndex::Build(*table, 2, {});
  std::uint64_t scanned = 0;
  std::uint64_t found = 0;
  std::vector<Candidate> partners;
  const auto& records = table->records();
  for (std::uint32_t l = 0; l < records.size(); ++l) {
    index.PartnersOf(l, &partners);
    std::set<std::uint32_t> candidates;
    for (const Candidate& candidate : partners) candidates.insert(candidate.record);
    ASSERT_EQ(candidates.size(), partners.size()) << "a partner twice";
    for (std::uint32_t r = l + 1; r < records.size(); ++r) {
      if (ScorePair(model, records[l], records[r], table->population()).probability < 0.5) continue;
      ++scanned;
      found += candidates.count(r);
    }
  }
  ASSERT_GT(scanned, 30u);
  EXPECT_GE(static_cast<double>(found), 0.99 * static_cast<double>(scanned));
}

// ---- Two files, equal rows ---------------------------------------------------------------------

TEST_F(Batch, LinksTwoFilesAcrossOnly) {
  const std::string one =
      std::string(kHeader) +
      "H,1,MARTIN,JEAN,M,1950-03-04,75056\nH,2,MARTIN,JEAN,M,1950-03-04,75056\n";
  const std::string two = std::string(kHeader) + "H,1,MARTIN,JEAN,M,1950-03-04,75056\n";
  LinkOptions options = OptionsFor({Write("a.csv", one), Write("b.csv", two)});
  options.pairs_file = Path("pairs.csv");
  const auto report = Link(French(), options, {});
  ASSERT_TRUE(report.ok()) << report.status();
  // Both rows of the first with the one of the second, never with each other.
  EXPECT_EQ(report->pairs, 2u);
  EXPECT_THAT(Contents(options.pairs_file), HasSubstr("\n1,1,"));
  EXPECT_THAT(Contents(options.pairs_file), HasSubstr("\n2,1,"));
}

// Letters that are no word, different for each number.
std::string Letters(int number) {
  std::string letters = "QU";
  for (int i = 0; i < 4; ++i, number /= 26) letters += static_cast<char>('A' + number % 26);
  return letters;
}

TEST_F(Batch, PutsACrowdOfEqualRowsInOneClusterWithAnAlarm) {
  std::string csv = kHeader;
  for (int i = 0; i < 30000; ++i) {
    csv += "H,a" + std::to_string(i) + "," + Letters(7 * i) + "," + Letters(11 * i) + ",M," +
           std::to_string(1930 + i % 80) + "-05-1" + std::to_string(i % 9) + "," +
           std::to_string(10000 + i) + "\n";
    if (i % 100 == 0) {
      csv += "H,b" + std::to_string(i) + ",VAUQUELIN,HIPPOLYTE,M,1950-03-04,75056\n";
    }
  }
  const auto report = LinkText(csv);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->records, 30001u);
  EXPECT_EQ(report->largest_cluster, 300u);
  EXPECT_EQ(report->large_clusters, 1u);
  // Each with the first; the others are counted as not written.
  EXPECT_EQ(report->pairs, 299u);
  EXPECT_EQ(report->cut_row_pairs, 300u * 299 / 2 - 299);
}

// When everybody bears one name and one birth date, they are no evidence of anything.
TEST_F(Batch, TakesAFileOfEqualRowsInLittleMemory) {
  std::string csv = kHeader;
  for (int i = 0; i < 200000; ++i) {
    csv += "H," + std::to_string(i) + ",MARTIN,JEAN,M,1950-03-04,75056\n";
  }
  const auto report = LinkText(csv);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->read.rows, 200000);
  EXPECT_EQ(report->records, 1u);
  EXPECT_EQ(report->candidate_pairs, 0u);
}

TEST_F(Batch, CapsAKeyThatThousandsShare) {
  std::string csv = kHeader;
  for (int i = 0; i < 5000; ++i) {  // one name, one date, different places
    csv +=
        "H," + std::to_string(i) + ",MARTIN,JEAN,M,1950-03-04," + std::to_string(10000 + i) + "\n";
  }
  const auto report = LinkText(csv);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_LT(report->candidate_pairs, 5000u * 100u);
  std::uint64_t full = 0;
  for (const KeyStatistics& key : report->keys) full += key.full_blocks;
  EXPECT_GT(full, 0u);
}

TEST_F(Batch, NamesIdsWithTheirDomainWhereTheyRepeat) {
  const auto report = LinkText(std::string(kHeader) +
                               "A,1,MARTIN,JEAN,M,1950-03-04,75056\n"
                               "B,1,MARTIN,JEAN,M,1950-03-04,75056\n");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(Contents(Path("pairs.csv")), HasSubstr("\nA:1,B:1,"));
}

TEST_F(Batch, TakesOneRecord) {
  const auto report = LinkText(std::string(kHeader) + "H,1,MARTIN,JEAN,M,1950-03-04,75056\n");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->pairs, 0u);
  EXPECT_EQ(Contents(Path("pairs.csv")), "left_id,right_id,weight_bits,probability\n");
  EXPECT_EQ(Contents(Path("clusters.csv")), "id,cluster_id\n1,1\n");
}

TEST_F(Batch, TakesRecordsOfWhichNothingIsKnown) {
  const auto report = LinkText(std::string(kHeader) + "H,1,,,,,\nH,2,,,,,\nH,3,INCONNU,X,,,\n");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->pairs, 0u);
}

// ---- Refused -----------------------------------------------------------------------------------

TEST_F(Batch, RefusesBadFilesWithPlaceAndReason) {
  const std::string row = "H,1,MARTIN,JEAN,M,1950-03-04,75056\n";
  struct Case {
    const char* description;
    std::string csv;
    const char* message;
  };
  const std::vector<Case> cases = {
      {"an empty file", "", "header"},
      {"a header alone", kHeader, "no row"},
      {"no id column", "birth_family_name,sex\nMARTIN,M\n", "local_id"},
      {"a misspelt column", "local_id,birth_famly_name\n1,MARTIN\n", "birth_family_name"},
      {"a doubled column", "local_id,sex,sex\n1,M,M\n", "sex"},
      {"a ragged row", kHeader + row + "H,2,MARTIN\n", ":3:"},
      {"a megabyte in a field", kHeader + row + "H,2," + std::string(1 << 20, 'A') + ",,,,\n",
       ":3:"},
      {"an id twice", kHeader + row + row, "rows 1 and 2"},
      {"an empty id", std::string(kHeader) + "H,,MARTIN,JEAN,M,1950-03-04,75056\n", ":2:"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(ErrorOf(c.csv), HasSubstr(c.message)) << c.description;
  }
  EXPECT_EQ(Link(French(), OptionsFor({Path("none.csv")}), {}).status().code(),
            absl::StatusCode::kNotFound);
}

// Rows are read ahead of those that are kept, and by several threads: what is told is what a reader
// of the file meets first.
TEST_F(Batch, NamesTheFirstRowItCannotTakeForAnyNumberOfThreads) {
  const auto file = [&](int empty_id, int ragged) {
    std::string csv = kHeader;
    for (int i = 2; i < 9000; ++i) {
      const std::string id = i == empty_id ? "" : std::to_string(i);
      csv += "H," + id + ",MARTIN,JEAN,M,1950-03-04" + (i == ragged ? "\n" : ",75056\n");
    }
    return Write("in.csv", csv);
  };
  for (const int threads : {1, 2, 4}) {
    const auto error_of = [&](const std::string& path) {
      return std::string(Link(French(), OptionsFor({path}, threads), {}).status().message());
    };
    EXPECT_THAT(error_of(file(5000, 8000)), HasSubstr(":5000: local_id is empty")) << threads;
    EXPECT_THAT(error_of(file(5001, 5000)), HasSubstr(":5000: has 6 fields")) << threads;
    EXPECT_THAT(error_of(file(4999, 5000)), HasSubstr(":4999: local_id is empty")) << threads;
  }
}

TEST_F(Batch, CanLeaveMalformedRowsOutAndSaysSo) {
  LinkOptions options = OptionsFor(
      {Write("in.csv", std::string(kHeader) + "H,1,MARTIN,JEAN,M,1950-03-04,75056\nH,2,MARTIN\n"
                                              "H,3,MARTIN,JEAN,M,1950-03-04,75056\n")});
  options.read.skip_malformed_rows = true;
  const auto report = Link(French(), options, {});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->read.rows, 2);
  EXPECT_EQ(report->read.malformed_rows, 1);
  ASSERT_EQ(report->read.first_malformed.size(), 1u);
  EXPECT_THAT(report->read.first_malformed[0], HasSubstr(":3:"));
  // Where and why, never the value.
  EXPECT_THAT(report->read.first_malformed[0], ::testing::Not(HasSubstr("MARTIN")));
}

TEST_F(Batch, CountsUnreadableValuesAsMissing) {
  const auto report = LinkText(
      std::string(kHeader) + "H,1,MARTIN,JEAN,Z,1950-13-04,75056\nH,2,MARTIN,JEAN,M,nope,75056\n");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->read.unreadable_values.at("birth_date"), 2);
  EXPECT_EQ(report->read.unreadable_values.at("sex"), 1);
}

TEST_F(Batch, ReadsLatin1AndSaysSo) {
  const auto report = LinkText(std::string(kHeader) +
                               "H,1,GU\xC9RIN,ZO\xC9,F,1980-05-06,75056\n"
                               "H,2,GUERIN,ZOE,F,1980-05-06,75056\n");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->read.encodings.at(0), "Latin-1");
  EXPECT_EQ(report->pairs, 1u);
}

TEST_F(Batch, RefusesAThresholdThatIsNoProbability) {
  LinkOptions options = OptionsFor({Write("in.csv", kHeader)});
  options.threshold = 1;
  EXPECT_EQ(Link(French(), options, {}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(Batch, RefusesToTrainOnTooLittle) {
  TrainRunOptions options;
  options.read = OptionsFor({Generated(50, 1)}).read;
  options.random_pairs = 1000;
  options.out_file = Path("model.toml");
  const auto report = Train(French(), options, {});
  EXPECT_EQ(report.status().code(), absl::StatusCode::kFailedPrecondition) << report.status();
  EXPECT_EQ(Contents(options.out_file), "") << "nothing is written";
}

// ---- Models of other columns -------------------------------------------------------------------

TEST_F(Batch, ReadsColumnsNeverSeenThroughTheModel) {
  const std::string model_file = Write(
      "model.toml", "missing = [\"NULL\"]\n" + std::string(matching::FrenchHospitalModelToml()) +
                        "\n[columns]\nlocal_id = \"rec\"\nbirth_family_name = \"surname\"\n"
                        "first_birth_given_name = \"name\"\n"
                        "birth_date = { column = \"dob\", layout = \"%Y%m%d\" }\n");
  const auto model = LoadModel(model_file);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->model.version, matching::FrenchHospitalModel()->version);
  LinkOptions options = OptionsFor({Write("in.csv",
                                          "rec,surname,name,dob,suburb\n"
                                          "r1,hartigan,mikayla,19500304,x\n"
                                          "r2,hartigan,mikayla,19500304,NULL\n"
                                          "r3,NULL,NULL,NULL,NULL\n")});
  options.pairs_file = Path("pairs.csv");
  const auto report = Link(*model, options, {});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(Contents(options.pairs_file), HasSubstr("\nr1,r2,"));
  EXPECT_THAT(report->read.ignored_columns, ::testing::ElementsAre("suburb"));
}

TEST_F(Batch, ListsThePairsThatChangeBand) {
  const std::string file = Generated(2000, 9);
  matching::Model strict = *matching::FrenchHospitalModel();
  strict.thresholds.probable_probability_min = 0.9999999;
  const auto report =
      CompareModels(French(), strict, OptionsFor({file}).read, Path("changes.csv"), {});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_GT(report->changed_pairs, 0u);
  const std::string changes = Contents(Path("changes.csv"));
  EXPECT_EQ(static_cast<std::uint64_t>(std::count(changes.begin(), changes.end(), '\n')),
            report->changed_pairs + 1);
  const auto same = CompareModels(French(), *matching::FrenchHospitalModel(),
                                  OptionsFor({file}).read, Path("none.csv"), {});
  ASSERT_TRUE(same.ok());
  EXPECT_EQ(same->changed_pairs, 0u);
}

// ---- Evaluating clusters -----------------------------------------------------------------------

TEST_F(Batch, EvaluatesClustersByHandCountedFigures) {
  EvaluateOptions options;
  options.truth_file =
      Write("truth.csv", "id,person,dob,given\n1,A,1,X\n2,A,1,X\n3,B,1,Y\n4,C,2,Z\n5,C,2,Z\n");
  options.id_column = "id";
  options.truth_column = "person";
  options.birth_date_column = "dob";
  options.given_name_column = "given";
  options.clusters_file = Write("clusters.csv", "id,cluster_id\n1,a\n2,a\n3,a\n4,b\n");
  const auto result = Evaluate(options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->true_pairs, 2);
  EXPECT_EQ(result->found_pairs, 3);
  EXPECT_EQ(result->right_pairs, 1);
  EXPECT_EQ(result->merged_twins, 2);
  EXPECT_EQ(result->wrong_merges, 1);
  EXPECT_NEAR(result->wrong_merges_per_10000_records(), 2000, 1e-9);
  // Precision: 2/3, 2/3, 1/3, 1, 1; recall: 1, 1, 1, 1/2, 1/2.
  EXPECT_NEAR(*result->b_cubed_precision, (2.0 / 3 + 2.0 / 3 + 1.0 / 3 + 1 + 1) / 5, 1e-12);
  EXPECT_NEAR(*result->b_cubed_recall, (1 + 1 + 1 + 0.5 + 0.5) / 5, 1e-12);
  options.clusters_file = Write("twice.csv", "id,cluster_id\n1,a\n1,b\n");
  EXPECT_THAT(std::string(Evaluate(options).status().message()), HasSubstr("there twice"));
  options.clusters_file = Write("unknown.csv", "id,cluster_id\n9,a\n");
  EXPECT_THAT(std::string(Evaluate(options).status().message()), HasSubstr("not in the truth"));
  options.pairs_file = options.clusters_file;
  EXPECT_EQ(Evaluate(options).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(Batch, MeasuresHowFarProbabilitiesAreFromWhatHappens) {
  EvaluateOptions options;
  options.truth_file = Write("truth.csv", "id,person\n1,A\n2,A\n3,B\n4,B\n");
  options.id_column = "id";
  options.truth_column = "person";
  options.pairs_file =
      Write("pairs.csv", "left_id,right_id,probability\n1,2,0.95\n1,3,0.55\n3,4,0.55\n");
  const auto result = Evaluate(options);
  ASSERT_TRUE(result.ok()) << result.status();
  // Bin .9: |.95 - 1|; bin .5: |1.1 - 1|; of three pairs.
  EXPECT_NEAR(result->calibration_error(), (0.05 + 0.1) / 3, 1e-12);
}

}  // namespace
}  // namespace vigie::tools
