#include "matching/screen.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "matching/score.h"
#include "tests/support/people.h"

namespace vigie::matching {
namespace {

const Model& TheModel() { return *FrenchHospitalModel(); }

// Records of people, of the same people registered again, and of both with one thing or two made
// odd: whatever a file can hold.
class Records {
 public:
  explicit Records(std::uint64_t seed) : people_(seed) {}

  std::vector<Record> Make(int persons) {
    std::vector<Record> records;
    for (int i = 0; i < persons; ++i) {
      const Traits traits = people_.Person();
      Record record = MakeRecord(traits, std::nullopt, {}, false);
      SetContacts(record);
      Record again = MakeRecord(people_.RegisteredAgain(traits), std::nullopt, {}, false);
      again.email = Mistyped(record.email);
      again.phone = people_.Chance(50) ? record.phone : Mistyped(record.phone);
      again.ins_matricule = record.ins_matricule;
      Record odd = people_.Chance(50) ? record : again;
      for (std::uint64_t k = 1 + people_.Below(3); k > 0; --k) MakeOdd(odd);
      for (Record* made : {&record, &again, &odd}) {
        FinishRecord(*made);
        SetCounts(*made);
        records.push_back(*made);
      }
    }
    return records;
  }

 private:
  std::string Digits(std::size_t count) {
    std::string digits;
    for (std::size_t i = 0; i < count; ++i) digits += static_cast<char>('0' + people_.Below(10));
    return digits;
  }

  void SetContacts(Record& record) {
    if (people_.Chance(60)) record.phone = Digits(9);
    if (people_.Chance(60)) record.email = "a" + Digits(2) + "@example.org";
    if (people_.Chance(50)) {
      record.ins_matricule = "1" + Digits(12);
      if (people_.Chance(30)) record.ins_matricule[0] = people_.Chance(50) ? '3' : '7';
      if (people_.Chance(20)) record.past_matricules.push_back("1" + Digits(12));
    }
  }

  std::string Mistyped(std::string text) {
    if (text.empty()) return text;
    const std::size_t at = people_.Below(text.size());
    switch (people_.Below(5)) {
      case 0:
        text[at] = people_.Chance(50) ? 'E' : '7';
        return text;
      case 1:
        return text.erase(at, 1);
      case 2:
        return text.insert(at, 1, 'A');
      case 3:
        if (at + 1 < text.size()) std::swap(text[at], text[at + 1]);
        return text;
      default:
        return text;
    }
  }

  void MakeOdd(Record& record) {
    static const std::vector<std::string> places = {"99109", "99132", "99100", "2A004", "97411",
                                                    "ABC",   "",      "2B",    "75056", "QUEBEC"};
    static const std::vector<std::string> postal_codes = {"75001", "75002", "1000",  "H2X 1Y4",
                                                          "",      "20000", "97400", "0"};
    switch (people_.Below(14)) {
      case 0:
        if (record.given_names.empty()) return;
        std::swap(record.birth_family_name, record.given_names[0]);
        return;
      case 1:
        record.used_family_name = record.birth_family_name;
        record.birth_family_name = people_.Chance(50) ? people_.FamilyName() : "";
        return;
      case 2:
        record.birth_family_name += " " + people_.FamilyName();
        return;
      case 3:
        record.birth_family_name = Mistyped(Mistyped(record.birth_family_name));
        return;
      case 4:
        if (record.given_names.size() < 2) return;
        record.used_given_name = record.given_names.back();
        if (people_.Chance(50)) record.given_names.clear();
        return;
      case 5: {
        std::string together;
        for (const std::string& name : record.given_names) together += name;
        record.given_names = {together};
        return;
      }
      case 6:
        if (!record.given_names.empty()) record.given_names[0] = Mistyped(record.given_names[0]);
        return;
      case 7:
        record.birth_place_code = places[people_.Below(places.size())];
        return;
      case 8:
        record.postal_code = postal_codes[people_.Below(postal_codes.size())];
        return;
      case 9:
        record.phone = people_.Chance(50) ? Digits(12 + people_.Below(5)) : "12 EXT 3";
        return;
      case 10:
        if (!record.ins_matricule.empty()) record.past_matricules = {record.ins_matricule};
        if (people_.Chance(50)) record.ins_matricule = "1" + Digits(12);
        return;
      case 11:
        std::swap(record.birth_date.day, record.birth_date.month);
        record.birth_date_is_default = people_.Chance(50);
        return;
      case 12:
        record.sex = static_cast<Sex>(people_.Below(4));
        return;
      default:
        record.city = people_.Chance(50) ? "" : Mistyped(record.city);
        record.address = people_.Chance(50) ? Mistyped(record.address) : "";
        return;
    }
  }

  void SetCounts(Record& record) {
    for (TermValue& term : record.terms) {
      term.count = static_cast<std::uint32_t>(people_.Below(2) * people_.Below(3000));
    }
  }

  test::People people_;
};

// One or a few comparisons, their probabilities drawn anew without any order among the levels: a
// bound must not lean on one.
Model DrawnModel(std::uint64_t seed) {
  Model model = TheModel();
  model.prior = {0.25, 0.25, 0.25, 0.25};
  std::mt19937_64 random(seed);
  std::shuffle(model.comparisons.begin(), model.comparisons.end(), random);
  model.comparisons.resize(1 + seed % 3);
  std::uniform_real_distribution<double> exponent(-5, -0.1);
  for (Comparison& comparison : model.comparisons) {
    for (Level& level : comparison.levels) {
      for (double& probability : level.probability) probability = std::pow(10, exponent(random));
    }
  }
  return model;
}

struct Outcome {
  int refused = 0, kept = 0;
};

Outcome CheckAll(const Model& model, const std::vector<Record>& records, std::uint64_t population,
                 double probability_min) {
  Outcome outcome;
  Screen screen(model, population, probability_min);
  std::vector<Sketch> sketches;
  for (const Record& record : records) sketches.push_back(SketchOf(record));
  for (std::size_t l = 0; l < records.size(); ++l) {
    screen.Begin(records[l], sketches[l]);
    for (std::size_t r = 0; r < records.size(); ++r) {
      const bool may = screen.MayReach(sketches[r]);
      const double probability = ScorePair(model, records[l], records[r], population).probability;
      EXPECT_TRUE(may || probability < probability_min) << l << " " << r << " " << probability;
      (may ? outcome.kept : outcome.refused) += 1;
    }
  }
  return outcome;
}

TEST(Screen, RefusesNoPairThatReachesTheProbability) {
  for (const std::uint64_t seed : {1u, 2u, 3u, 4u}) {
    const std::vector<Record> records = Records(seed).Make(60);
    for (const std::uint64_t population : {0u, 500u, 300000u}) {
      for (const double probability_min : {1e-9, 0.001, 0.5, 0.99}) {
        CheckAll(TheModel(), records, population, probability_min);
      }
    }
  }
}

TEST(Screen, RefusesNoPairThatReachesTheProbabilityUnderAnyModel) {
  for (std::uint64_t seed = 10; seed < 100; ++seed) {
    const std::vector<Record> records = Records(seed).Make(20);
    const Model model = DrawnModel(seed);
    for (const double probability_min : {0.001, 0.2, 0.5, 0.8, 0.99}) {
      CheckAll(model, records, seed % 2 == 0 ? 0 : 20000, probability_min);
    }
  }
}

TEST(Screen, LeavesOutNearlyAllStrangers) {
  const Outcome outcome = CheckAll(TheModel(), Records(5).Make(100), 300000, 0.5);
  EXPECT_GT(outcome.refused, 85000);  // of 90,000 pairs, of which some 900 are of one person
  EXPECT_GT(outcome.kept, 300);
}

TEST(Screen, WithoutEvidenceOnlyThePriorCounts) {
  const Sketch nothing = SketchOf(Record{});
  Screen low(TheModel(), 1000, TheModel().prior[0] / 2);
  low.Begin(Record{}, nothing);
  EXPECT_TRUE(low.MayReach(nothing));
  Screen high(TheModel(), 1000, TheModel().prior[0] * 2);
  high.Begin(Record{}, nothing);
  EXPECT_FALSE(high.MayReach(nothing));
}

}  // namespace
}  // namespace vigie::matching
