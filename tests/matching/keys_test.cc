#include "matching/keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <unordered_set>

#include "matching/model.h"
#include "matching/score.h"
#include "tests/support/people.h"

namespace vigie::matching {
namespace {

Record RecordOf(const Traits& traits) { return MakeRecord(traits, std::nullopt, {}, false); }

bool ShareKey(const Record& left, const Record& right) {
  std::unordered_set<std::uint64_t> values;
  for (const CandidateKey& key : CandidateKeys(left)) values.insert(key.value);
  const std::vector<CandidateKey> keys = CandidateKeys(right);
  return std::any_of(keys.begin(), keys.end(),
                     [&](const CandidateKey& key) { return values.count(key.value) != 0; });
}

TEST(CandidateKeys, AreFewDistinctAndNamed) {
  test::People people(1);
  std::size_t keys_sum = 0;
  constexpr int kPeople = 2000;
  for (int i = 0; i < kPeople; ++i) {
    Traits traits = people.Person();
    traits.used_given_name = people.GivenName();
    const std::vector<CandidateKey> keys =
        CandidateKeys(MakeRecord(traits, Ins{"109076322083489", "1.2.250.1.213.1.4.8"},
                                 {Ins{"209076322083439", "1.2.250.1.213.1.4.8"}}, true));
    ASSERT_LE(keys.size(), kCandidateKeysMax);
    keys_sum += keys.size();
    std::set<std::uint64_t> values;
    for (const CandidateKey& key : keys) {
      EXPECT_TRUE(values.insert(key.value).second);
      EXPECT_EQ(key.value >> 56, key.kind);
      EXPECT_NE(KeyKindName(key.kind), "unknown");
    }
  }
  // The goal, with two matricules and both used names in every record.
  EXPECT_LE(keys_sum, std::size_t{24} * kPeople);
}

TEST(CandidateKeys, OfARecordWithoutValuesAreNone) {
  EXPECT_TRUE(CandidateKeys(Record{}).empty());
  Traits traits;
  traits.birth_family_name = "INCONNU";
  traits.first_birth_given_name = "X";
  traits.birth_place_code = "99999";
  EXPECT_TRUE(CandidateKeys(RecordOf(traits)).empty());
}

TEST(CandidateKeys, OfADefaultBirthDateNeverRestOnPlaceOrInitials) {
  test::People people(2);
  Traits traits = people.Person();
  traits.birth_date = {1960, 12, 31};
  for (const CandidateKey& key : CandidateKeys(RecordOf(traits))) {
    EXPECT_NE(key.kind, static_cast<std::uint8_t>(KeyKind::kPlaceAndBirthDate));
    EXPECT_NE(key.kind, static_cast<std::uint8_t>(KeyKind::kInitialsAndBirthDate));
  }
}

TEST(CandidateKeys, NeverChangeWithinOneKeyScheme) {
  // On disk: when this fails, raise kKeySchemeVersion so that an index is built anew.
  Traits traits;
  traits.birth_family_name = "DARK";
  traits.first_birth_given_name = "JEANNE";
  traits.sex = Sex::kFemale;
  traits.birth_date = {1960, 5, 30};
  traits.birth_place_code = "88154";
  std::vector<std::uint64_t> values;
  for (const CandidateKey& key : CandidateKeys(RecordOf(traits))) values.push_back(key.value);
  EXPECT_EQ(values,
            (std::vector<std::uint64_t>{
                151889785523073634u, 211713849758488838u, 251108601625941985u, 341518696568875852u,
                370732878407731381u, 472894081827209670u, 464234287352950467u, 435333466005859591u,
                477223871795521324u, 832346924743521568u, 821731120817696522u}));
}

TEST(KeyKindName, OfANumberThatIsNoneIsUnknown) {
  EXPECT_EQ(KeyKindName(0), "unknown");
  EXPECT_EQ(KeyKindName(255), "unknown");
  EXPECT_EQ(KeyKindName(2), "name_and_birth_date");
}

struct KindOfError {
  const char* description;
  void (*change)(Traits&);
};

TEST(CandidateKeys, SurviveEachErrorAlone) {
  const KindOfError errors[] = {
      {"family name", [](Traits& t) { t.birth_family_name = "ZURANDEAU"; }},
      {"given name", [](Traits& t) { t.first_birth_given_name = t.birth_given_names = "ZENRI"; }},
      {"birth date",
       [](Traits& t) {
         t.birth_date = {1988, 10, 27};
       }},
      {"default birth date",
       [](Traits& t) {
         t.birth_date = {1971, 12, 31};
       }},
      {"no birth date", [](Traits& t) { t.birth_date = {}; }},
      {"both names",
       [](Traits& t) {
         t.birth_family_name = "ZX", t.first_birth_given_name = "QY", t.birth_given_names = "QY";
       }},
      {"exchanged",
       [](Traits& t) {
         std::swap(t.birth_family_name, t.first_birth_given_name),
             t.birth_given_names = t.first_birth_given_name;
       }},
      {"family name and day",
       [](Traits& t) { t.birth_family_name = "DZRANDEAU", t.birth_date.day = 25; }},
      {"given name and month",
       [](Traits& t) {
         t.first_birth_given_name = t.birth_given_names = "HENZI", t.birth_date.month = 9;
       }},
      {"given name and year",
       [](Traits& t) {
         t.first_birth_given_name = t.birth_given_names = "HENZI", t.birth_date.year = 1917;
       }},
  };
  Traits person;
  person.birth_family_name = "DURANDEAU";
  person.first_birth_given_name = person.birth_given_names = "HENRI";
  person.birth_date = {1971, 3, 12};
  person.birth_place_code = "63220";
  for (const KindOfError& error : errors) {
    Traits again = person;
    error.change(again);
    EXPECT_TRUE(ShareKey(RecordOf(person), RecordOf(again))) << error.description;
  }
}

// Of the pairs a full scan calls duplicates, how many share a key; and at what price.
TEST(CandidateKeys, FindWhatAFullScanFinds) {
  test::People people(20261121);
  std::vector<Record> records;
  for (int i = 0; i < 1000; ++i) {
    const Traits traits = people.Person();
    records.push_back(RecordOf(traits));
    if (people.Chance(40)) records.push_back(RecordOf(people.RegisteredAgain(traits)));
  }
  std::vector<std::unordered_set<std::uint64_t>> keys;
  for (const Record& record : records) {
    keys.emplace_back();
    for (const CandidateKey& key : CandidateKeys(record)) keys.back().insert(key.value);
  }
  const auto share = [&](std::size_t i, std::size_t j) {
    return std::any_of(keys[i].begin(), keys[i].end(),
                       [&](std::uint64_t value) { return keys[j].count(value) != 0; });
  };
  const std::shared_ptr<const Model> model = FrenchHospitalModel();
  int found = 0;
  int all = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    for (std::size_t j = i + 1; j < records.size(); ++j) {
      if (ScorePair(*model, records[i], records[j], 0).probability <
          model->thresholds.review_probability_min) {
        continue;
      }
      ++all;
      found += share(i, j) ? 1 : 0;
    }
  }
  RecordProperty("pairs", all);
  ASSERT_GE(all, 250);
  EXPECT_GE(found, 0.99 * all) << found << " of " << all;
}

}  // namespace
}  // namespace vigie::matching
