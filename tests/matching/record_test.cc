#include "matching/record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

#include "matching/phonetic.h"
#include "matching/record_pack.h"
#include "matching/stable_hash.h"
#include "tests/reference/slow_record.h"
#include "tests/support/people.h"

namespace vigie::matching {
namespace {

Traits Dark() {  // The teaching case of the RNIV.
  Traits traits;
  traits.birth_family_name = "Dark";
  traits.first_birth_given_name = "Jeanne";
  traits.birth_given_names = "Jeanne Marie Cécile";
  traits.used_family_name = "Louis";
  traits.used_given_name = "Marie-Jeanne";
  traits.sex = Sex::kFemale;
  traits.birth_date = {1960, 5, 30};
  traits.birth_place_code = "88154";
  return traits;
}

TEST(MakeRecord, FoldsNamesAndKeepsTheOrderOfGivenNames) {
  const Record record = MakeRecord(Dark(), std::nullopt, {}, false);
  EXPECT_EQ(record.birth_family_name, "DARK");
  EXPECT_EQ(record.used_family_name, "LOUIS");
  EXPECT_EQ(record.given_names, (std::vector<std::string>{"JEANNE", "MARIE", "CECILE"}));
  EXPECT_EQ(record.used_given_name, "MARIE JEANNE");
  EXPECT_EQ(record.birth_date, (Date{1960, 5, 30}));
  EXPECT_FALSE(record.birth_date_is_default);
  EXPECT_EQ(record.given_phonetics.size(), 3U);
  EXPECT_EQ(record.birth_family_phonetic, PhoneticNumber("DARK"));
}

TEST(MakeRecord, PutsAFirstGivenNameThatDoesNotOpenTheListInFront) {
  Traits traits = Dark();
  traits.first_birth_given_name = "Ola";
  EXPECT_EQ(MakeRecord(traits, std::nullopt, {}, false).given_names,
            (std::vector<std::string>{"OLA", "JEANNE", "MARIE", "CECILE"}));
}

TEST(MakeRecord, MakesPlaceholdersAndUnreadableValuesMissing) {
  Traits traits;
  traits.birth_family_name = "INCONNU";
  traits.first_birth_given_name = "X";
  traits.birth_place_code = "99999";
  traits.birth_date = {2026, 2, 30};
  traits.phone = "00 00 00 00 00";
  traits.email = "inconnu@exemple.fr";
  traits.postal_code = "00000";
  const Record record = MakeRecord(traits, Ins{"181036322045660", "1.2.250.1.213.1.4.8"}, {}, true);
  EXPECT_TRUE(record.birth_family_name.empty());
  EXPECT_TRUE(record.given_names.empty());
  EXPECT_TRUE(record.birth_place_code.empty());
  EXPECT_EQ(record.birth_date, Date{});
  EXPECT_TRUE(record.phone.empty());
  EXPECT_TRUE(record.email.empty());
  EXPECT_TRUE(record.postal_code.empty());
  // Its key is wrong (domain trap 11), so it is no number to compare, nor a qualified one.
  EXPECT_TRUE(record.ins_matricule.empty());
  EXPECT_FALSE(record.ins_qualified);
  EXPECT_TRUE(record.terms.empty());
}

TEST(MakeRecord, KeepsTheMatriculeWithoutItsKeyAndItsPast) {
  const Record record = MakeRecord(Dark(), Ins{"109076322083489", "1.2.250.1.213.1.4.10"},
                                   {Ins{"209076322083439", "1.2.250.1.213.1.4.10"},
                                    Ins{"109076322083489", "1.2.250.1.213.1.4.10"}},
                                   true);
  EXPECT_EQ(record.ins_matricule, "1090763220834");
  EXPECT_EQ(record.past_matricules, (std::vector<std::string>{"2090763220834"}));
  EXPECT_TRUE(record.ins_qualified);
}

TEST(MakeRecord, CountsEachColumnThatHasAValueOnce) {
  Traits traits = Dark();
  traits.phone = "06 12 34 56 78";
  traits.address_line = "12, avenue Saint-Jean";
  traits.postal_code = "88000";
  const Record record = MakeRecord(traits, std::nullopt, {}, false);
  std::vector<int> columns;
  for (const TermValue& term : record.terms) {
    columns.push_back(static_cast<int>(term.column));
    EXPECT_EQ(term.count, 0U);
  }
  EXPECT_EQ(columns, (std::vector<int>{1, 2, 3, 4, 5, 6}));
}

TEST(MakeRecord, GivesTermValuesThatNeverChange) {
  // On disk: a change of these numbers loses every count of a base.
  const Record record = MakeRecord(Dark(), std::nullopt, {}, false);
  const auto hash = [&](TermColumn column) {
    for (const TermValue& term : record.terms) {
      if (term.column == column) return term.value_hash;
    }
    return std::uint64_t{0};
  };
  EXPECT_EQ(hash(TermColumn::kBirthFamilyName), 6808619383119440249u);
  EXPECT_EQ(hash(TermColumn::kFirstGivenName), 1331496195909656839u);
  EXPECT_EQ(hash(TermColumn::kBirthDate), 1053648604163848783u);
}

TEST(MakeRecord, GivesEachTermTheHashOfItsText) {
  test::People people(11);
  for (int i = 0; i < 2000; ++i) {
    const Record record = MakeRecord(people.Person(), std::nullopt, {}, false);
    std::size_t texts = 0;
    for (const TermColumn column : kTermColumns) texts += TermText(record, column).empty() ? 0 : 1;
    EXPECT_EQ(record.terms.size(), texts);
    for (const TermValue& term : record.terms) {
      EXPECT_EQ(term.value_hash, StableHash().Add(TermText(record, term.column)).value());
    }
  }
}

struct TextCase {
  const char* input;
  const char* expected;
};

TEST(MatchPhone, IsTheNationalNumber) {
  for (const TextCase& c :
       {TextCase{"06 12 34 56 78", "612345678"}, TextCase{"+33 (0)6.12.34.56.78", "612345678"},
        TextCase{"0033612345678", "612345678"}, TextCase{"+32 2 555 12 12", "3225551212"},
        TextCase{"3615", ""}, TextCase{"", ""}, TextCase{"9999999999", ""},
        TextCase{"12345678901234567890", ""}}) {
    EXPECT_EQ(MatchPhone(c.input), c.expected) << c.input;
  }
}

TEST(MatchEmail, IsLowerCaseAndSomeone) {
  for (const TextCase& c :
       {TextCase{" Jean.Dupont@Exemple.FR ", "jean.dupont@exemple.fr"}, TextCase{"jean", ""},
        TextCase{"@exemple.fr", ""}, TextCase{"jean@", ""}, TextCase{"noreply@exemple.fr", ""}}) {
    EXPECT_EQ(MatchEmail(c.input), c.expected) << c.input;
  }
}

TEST(MatchAddress, KeepsNumbersAndShortensWords) {
  for (const TextCase& c :
       {TextCase{"12, avenue Saint-Jean", "12 AV ST JEAN"},
        TextCase{"12 AV. ST JEAN", "12 AV ST JEAN"},
        TextCase{"3bis Bd de la Libération", "3 BIS BD DE LA LIBERATION"}, TextCase{"", ""}}) {
    EXPECT_EQ(MatchAddress(c.input), c.expected) << c.input;
  }
}

TEST(MatchAddress, EqualsItsSlowTwin) {
  static constexpr std::string_view kPieces[] = {
      "rue",         "RUE",    "Avenue", "av",        "ave",  "saint",   "Ste",   "sainte",
      "lotissement", "chemin", "ch",     "appt",      "12",   "7",       "bis",   "B",
      "des",         "Prés",   "Hauts",  "résidence", "BP",   "n°",      "-",     ",",
      "(",           ".",      "'",      "’",         "\xE9", "INCONNU", "x",     "  ",
      "\t",          "Élie",   "CEDEX",  "00",        "R",    "QUAIS",   "l'île", "Ж"};
  std::mt19937 random(17);
  for (int i = 0; i < 20000; ++i) {
    std::string line;
    for (std::size_t pieces = random() % 10; pieces > 0; --pieces) {
      line += kPieces[random() % std::size(kPieces)];
      if (random() % 3 != 0) line += ' ';
    }
    EXPECT_EQ(MatchAddress(line), reference::SlowAddress(line)) << line;
  }
}

TEST(MatchCity, ForgetsCedexAndArrondissement) {
  for (const TextCase& c : {TextCase{"Paris 13", "PARIS"}, TextCase{"LYON CEDEX 03", "LYON"},
                            TextCase{"Saint-Étienne", "ST ETIENNE"}}) {
    EXPECT_EQ(MatchCity(c.input), c.expected) << c.input;
  }
}

void ExpectSame(const Record& left, const Record& right) {
  EXPECT_EQ(left.birth_family_name, right.birth_family_name);
  EXPECT_EQ(left.used_family_name, right.used_family_name);
  EXPECT_EQ(left.given_names, right.given_names);
  EXPECT_EQ(left.used_given_name, right.used_given_name);
  EXPECT_EQ(left.sex, right.sex);
  EXPECT_EQ(left.birth_date, right.birth_date);
  EXPECT_EQ(left.birth_date_is_default, right.birth_date_is_default);
  EXPECT_EQ(left.birth_place_code, right.birth_place_code);
  EXPECT_EQ(left.ins_matricule, right.ins_matricule);
  EXPECT_EQ(left.past_matricules, right.past_matricules);
  EXPECT_EQ(left.ins_qualified, right.ins_qualified);
  EXPECT_EQ(left.postal_code, right.postal_code);
  EXPECT_EQ(left.address, right.address);
  EXPECT_EQ(left.city, right.city);
  EXPECT_EQ(left.phone, right.phone);
  EXPECT_EQ(left.email, right.email);
  EXPECT_EQ(left.birth_family_bare, right.birth_family_bare);
  EXPECT_EQ(left.birth_family_phonetic, right.birth_family_phonetic);
  EXPECT_EQ(left.used_family_phonetic, right.used_family_phonetic);
  EXPECT_EQ(left.given_phonetics, right.given_phonetics);
  EXPECT_EQ(left.used_given_phonetic, right.used_given_phonetic);
  ASSERT_EQ(left.terms.size(), right.terms.size());
  for (std::size_t i = 0; i < left.terms.size(); ++i) {
    EXPECT_EQ(left.terms[i].column, right.terms[i].column);
    EXPECT_EQ(left.terms[i].value_hash, right.terms[i].value_hash);
    EXPECT_EQ(left.terms[i].count, right.terms[i].count);
  }
}

// Into one record again and again, as a search does: nothing of the one before may stay.
TEST(PackRecord, IsUnpackedToTheSameRecordWhateverStoodThere) {
  test::People people(5);
  Record unpacked;
  for (int i = 0; i < 200; ++i) {
    Traits traits = people.Person();
    if (people.Chance(20)) traits = Dark();
    if (people.Chance(10)) traits = Traits();
    std::optional<Ins> ins;
    std::vector<Ins> past;
    if (people.Chance(50)) ins = Ins{"275126322074974", "1.2.250.1.213.1.4.8"};
    if (people.Chance(30)) past = {{"185027505612340", "1.2.250.1.213.1.4.9"}};
    const Record record = MakeRecord(traits, ins, past, people.Chance(50));
    const std::string packed = PackRecord(record);
    ASSERT_FALSE(packed.empty());
    UnpackRecord(packed, unpacked);
    ExpectSame(record, unpacked);
  }
}

TEST(PackRecord, RefusesWhatDoesNotFitTheForm) {
  Record record = MakeRecord(Dark(), std::nullopt, {}, false);
  record.address = std::string(70000, 'A');
  EXPECT_EQ(PackRecord(record), "");
  record.address = std::string(65535, 'A');
  EXPECT_NE(PackRecord(record), "");
  record.past_matricules.assign(256, "2751263220749");
  EXPECT_EQ(PackRecord(record), "");
}

}  // namespace
}  // namespace vigie::matching
