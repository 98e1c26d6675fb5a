#include "matching/score.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>

#include "matching/factors.h"
#include "tests/support/people.h"

namespace vigie::matching {
namespace {

const Model& TheModel() { return *FrenchHospitalModel(); }

Traits Person() {
  Traits traits;
  traits.birth_family_name = "DURANDEAU";
  traits.first_birth_given_name = "HENRI";
  traits.birth_given_names = "HENRI PAUL";
  traits.sex = Sex::kMale;
  traits.birth_date = {1971, 3, 12};
  traits.birth_place_code = "63220";
  traits.address_line = "12 rue des Lilas";
  traits.postal_code = "63000";
  traits.city = "Clermont-Ferrand";
  traits.phone = "0612345678";
  return traits;
}

Record RecordOf(const Traits& traits) { return MakeRecord(traits, std::nullopt, {}, false); }

void SetGiven(Traits& traits, const std::string& list) {
  traits.first_birth_given_name = list.substr(0, list.find(' '));
  traits.birth_given_names = list;
}

using Change = std::function<void(Traits& left, Traits& right)>;
struct PairCase {
  const char* description;
  Change change;
};

Score ScoreOf(const Change& change) {
  Traits left = Person();
  Traits right = Person();
  change(left, right);
  return ScorePair(TheModel(), RecordOf(left), RecordOf(right), 0);
}

// No phone and no address, as in a file of strict traits.
void StripContact(Traits& traits) {
  traits.phone = traits.address_line = traits.postal_code = traits.city = "";
}

TEST(ScorePair, PutsTruePairsAboveReview) {
  const std::vector<PairCase> cases = {
      {"nothing changed", [](Traits&, Traits&) {}},
      {"strict traits only", [](Traits& l, Traits& r) { StripContact(l), StripContact(r); }},
      {"a partial list", [](Traits& l, Traits& r) { StripContact(l), SetGiven(r, "HENRI"); }},
      {"a typing error in the family name",
       [](Traits& l, Traits& r) { StripContact(l), r.birth_family_name = "DURANDAU"; }},
      {"a typing error in the given name",
       [](Traits& l, Traits& r) { StripContact(l), SetGiven(r, "HENRRI"); }},
      {"day and month swapped",
       [](Traits& l, Traits& r) {
         StripContact(l), r.birth_date = {1971, 12, 3};
       }},
      {"a digit of the date",
       [](Traits& l, Traits& r) {
         StripContact(l), r.birth_date = {1971, 3, 22};
       }},
      {"names exchanged",
       [](Traits& l, Traits& r) {
         StripContact(l);
         r.birth_family_name = "HENRI";
         SetGiven(r, "DURANDEAU");
       }},
      {"a married name at birth's place",
       [](Traits& l, Traits& r) {
         StripContact(l);
         l.sex = r.sex = Sex::kFemale;
         SetGiven(l, "NATHALIE ANNE");
         SetGiven(r, "NATHALIE");
         l.used_family_name = "LEGRAND";
         r.birth_family_name = "LEGRAND";
       }},
      {"a married name never heard of, same phone and home",
       [](Traits& l, Traits& r) {
         l.sex = r.sex = Sex::kFemale;
         SetGiven(l, "NATHALIE");
         SetGiven(r, "NATHALIE");
         r.birth_family_name = "LEGRAND";
       }},
      {"the second given name in use, same phone", [](Traits&, Traits& r) { SetGiven(r, "PAUL"); }},
      {"moved, another phone",
       [](Traits&, Traits& r) {
         r.address_line = "3 bd Foch";
         r.postal_code = "75013";
         r.city = "Paris";
         r.phone = "0699887766";
       }},
      {"a default birth date on one side",
       [](Traits&, Traits& r) {
         r.birth_date = {1971, 12, 31};
       }},
  };
  for (const PairCase& c : cases) {
    const Score score = ScoreOf(c.change);
    EXPECT_GE(score.probability, TheModel().thresholds.review_probability_min) << c.description;
    EXPECT_NE(score.band, Band::kBelow) << c.description;
  }
}

TEST(ScorePair, PutsOtherPeopleBelowReview) {
  const std::vector<PairCase> cases = {
      {"brothers",
       [](Traits&, Traits& r) {
         SetGiven(r, "LUCIEN"), r.birth_date = {1974, 8, 2};
       }},
      {"brother and sister",
       [](Traits&, Traits& r) {
         SetGiven(r, "LUCIE");
         r.sex = Sex::kFemale;
         r.birth_date = {1974, 8, 2};
       }},
      {"spouses",
       [](Traits&, Traits& r) {
         SetGiven(r, "MARTINE ANNE");
         r.sex = Sex::kFemale;
         r.birth_family_name = "LEGRAND";
         r.used_family_name = "DURANDEAU";
         r.birth_date = {1973, 11, 24};
         r.birth_place_code = "75056";
       }},
      {"father and son of one name",
       [](Traits&, Traits& r) {
         r.birth_date = {1998, 6, 25}, SetGiven(r, "HENRI");
       }},
      {"twins", [](Traits&, Traits& r) { SetGiven(r, "LUCIEN MARC"); }},
      {"twins of two sexes",
       [](Traits&, Traits& r) { SetGiven(r, "LUCIE"), r.sex = Sex::kFemale; }},
      {"twins of one initial", [](Traits&, Traits& r) { SetGiven(r, "HUGO"); }},
      {"brother and sister, twins, of one root",
       [](Traits& l, Traits& r) {
         SetGiven(l, "DANIEL");
         SetGiven(r, "DANIELLE");
         r.sex = Sex::kFemale;
       }},
      {"strangers of a common name",
       [](Traits& l, Traits& r) {
         l.birth_family_name = r.birth_family_name = "MARTIN";
         r.birth_date = {1984, 9, 27};
         r.birth_place_code = "75056";
         StripContact(r);
       }},
      {"strangers born on one day in one town",
       [](Traits&, Traits& r) {
         r.birth_family_name = "LEGRAND";
         SetGiven(r, "LUCIEN");
         StripContact(r);
       }},
      {"nothing in common",
       [](Traits&, Traits& r) {
         r = Traits{};
         r.birth_family_name = "NGUYEN";
         SetGiven(r, "ALICE");
         r.birth_date = {2001, 9, 25};
       }},
  };
  for (const PairCase& c : cases) {
    const Score score = ScoreOf(c.change);
    EXPECT_LT(score.probability, TheModel().thresholds.review_probability_min) << c.description;
  }
}

double BitsOf(ComparisonKind kind, const Change& change) {
  Traits left = Person();
  Traits right = Person();
  change(left, right);
  const DetailedScore detail = ScorePairInDetail(TheModel(), RecordOf(left), RecordOf(right), 0);
  const ComparisonScore& score = detail.comparisons[static_cast<std::size_t>(kind)];
  return score.missing ? 0 : score.bits;
}

// Domain trap 9: the values that stand for "unknown" are no agreement. A default date weighs what
// its year weighs, an unknown place nothing.
TEST(Trap09, DefaultDatesAndTheUnknownPlaceDoNotScoreAsAgreement) {
  const auto same_date = [](Date date) {
    return BitsOf(ComparisonKind::kBirthDate, [=](Traits& l, Traits& r) {
      l.birth_date = r.birth_date = date;
      // Against strangers, so that a date's weight is its own.
      r.birth_family_name = "LEGRAND";
      r.birth_place_code = "75056";
      StripContact(r);
    });
  };
  const double real = same_date({1971, 3, 12});
  const double year_only = same_date({1971, 0, 0});
  EXPECT_GT(real, 12);
  for (const Date date : {Date{1971, 12, 31}, Date{1971, 1, 1}}) {
    EXPECT_EQ(same_date(date), year_only);
    EXPECT_LT(same_date(date), real / 2);
  }
  EXPECT_EQ(BitsOf(ComparisonKind::kBirthPlace,
                   [](Traits& l, Traits& r) { l.birth_place_code = r.birth_place_code = "99999"; }),
            0);
  // A stranger of a common name with the same default date stays below.
  const Score score = ScoreOf([](Traits& l, Traits& r) {
    l.birth_date = r.birth_date = {1971, 12, 31};
    l.birth_family_name = r.birth_family_name = "DIALLO";
    l.birth_place_code = r.birth_place_code = "99999";
    StripContact(r);
    SetGiven(l, "FATIMA");
    SetGiven(r, "FANTA");
  });
  EXPECT_EQ(score.band, Band::kBelow);
}

// Domain trap 10: twins and homonyms of one day.
TEST(Trap10, TwinsAreNeverAboveThePossibleBand) {
  const char* given[] = {"LUCIEN", "LUCIEN MARC", "HUGO", "HECTOR PAUL", "ZOE"};
  for (const char* other : given) {
    for (const Date date : {Date{1971, 3, 12}, Date{1971, 3, 13}, Date{1971, 12, 3}}) {
      Traits left = Person();
      Traits right = Person();
      SetGiven(right, other);
      right.birth_date = date;
      right.phone.clear();
      const Score score = ScorePair(TheModel(), RecordOf(left), RecordOf(right), 0);
      EXPECT_LE(score.band, Band::kPossible) << other;
      EXPECT_NE(score.vetoes & 2u, 0u) << other;
      EXPECT_LT(score.probability, 0.5) << other;
    }
  }
}

// The generated twins JEAN-PAUL and JEAN-PIERRE, and LEA and EMMA with their parents' line, once
// came out as probable.
TEST(Trap10, HalfACompoundNameOrTheLineOfAHomeDoesNotTellAPersonFromATwin) {
  const auto vetoes = [](const std::string& left_list, const std::string& right_list,
                         const std::string& phone) {
    Traits left = Person();
    Traits right = Person();
    SetGiven(left, left_list);
    SetGiven(right, right_list);
    left.phone = right.phone = phone;
    return ScorePair(TheModel(), RecordOf(left), RecordOf(right), 0).vetoes;
  };
  EXPECT_EQ(vetoes("JEAN PAUL GASTON", "JEAN PIERRE", ""), 2u);
  EXPECT_EQ(vetoes("JEAN PAUL GASTON", "JEAN PAUL", ""), 0u);
  EXPECT_EQ(vetoes("JEAN PAUL GASTON", "JEAN GASTON", ""), 0u);  // A list with a name left out.
  EXPECT_EQ(vetoes("JEAN STEPHANE", "JEAN STEPAHNE", ""), 0u);   // A typing error.
  EXPECT_EQ(vetoes("LEA EMMA", "EMMA CHLOE", "0473650952"), 2u);
  EXPECT_EQ(vetoes("LEA EMMA", "EMMA CHLOE", "0673650952"), 0u);
}

TEST(Trap10, TwinsNeighbouringMatriculesAreNoAgreement) {
  Record left = RecordOf(Person());
  Traits traits = Person();
  SetGiven(traits, "LUCIEN");
  Record right = RecordOf(traits);
  const double without = ScorePair(TheModel(), left, right, 0).weight_bits;
  left.ins_matricule = "1710363220456";
  right.ins_matricule = "1710363220457";
  EXPECT_LT(ScorePair(TheModel(), left, right, 0).weight_bits, without);
}

TEST(Trap10, HomonymsOfOneDayAreKeptApartByTheirQualifiedMatricules) {
  Record left = RecordOf(Person());
  Record right = left;
  left.ins_matricule = "1710363220456";
  right.ins_matricule = "1710375056001";
  left.ins_qualified = right.ins_qualified = true;
  const Score score = ScorePair(TheModel(), left, right, 0);
  EXPECT_EQ(score.vetoes, 1u);
  EXPECT_LE(score.band, Band::kPossible);
  // History aside, and a NIA that became a NIR aside.
  left.past_matricules = {right.ins_matricule};
  EXPECT_EQ(ScorePair(TheModel(), left, right, 0).vetoes, 0u);
  left.past_matricules.clear();
  left.ins_matricule = "3710363220456";
  EXPECT_EQ(ScorePair(TheModel(), left, right, 0).vetoes, 0u);
}

TEST(Band, CertainNeedsTheSameMatricule) {
  Record left = RecordOf(Person());
  Record right = left;
  EXPECT_EQ(ScorePair(TheModel(), left, right, 0).band, Band::kProbable);
  left.ins_matricule = right.ins_matricule = "1710363220456";
  EXPECT_EQ(ScorePair(TheModel(), left, right, 0).band, Band::kCertain);
}

TEST(BandOf, FollowsTheThresholdsAndTheVetoes) {
  const Model& model = TheModel();
  EXPECT_EQ(BandOf(model, 0.09, true, 0), Band::kBelow);
  EXPECT_EQ(BandOf(model, 0.10, true, 0), Band::kPossible);
  EXPECT_EQ(BandOf(model, 0.90, false, 0), Band::kProbable);
  EXPECT_EQ(BandOf(model, 0.90, true, 0), Band::kCertain);
  EXPECT_EQ(BandOf(model, 0.999, true, 1), Band::kPossible);
  EXPECT_EQ(BandOf(model, std::nan(""), true, 0), Band::kBelow);
}

TEST(ScorePair, OfNothingIsThePrior) {
  const Score score = ScorePair(TheModel(), Record{}, Record{}, 0);
  EXPECT_NEAR(score.probability, TheModel().prior[0], 1e-9);
}

TEST(TermFrequency, MakesACommonNameWorthLess) {
  const auto weight = [](std::uint32_t family_count, std::uint32_t given_count) {
    Record left = RecordOf(Person());
    Record right = left;
    for (Record* record : {&left, &right}) {
      for (TermValue& term : record->terms) {
        if (term.column == TermColumn::kBirthFamilyName) term.count = family_count;
        if (term.column == TermColumn::kFirstGivenName) term.count = given_count;
      }
    }
    return ScorePairInDetail(TheModel(), left, right, 1000000);
  };
  EXPECT_GT(weight(10, 0).score.weight_bits, weight(5000, 0).score.weight_bits);
  EXPECT_GT(weight(0, 10).score.weight_bits, weight(0, 20000).score.weight_bits);
  EXPECT_EQ(weight(0, 0).comparisons[0].term_frequency, 0);
  // (5000 + 10000 * 0.0006) / 1010000.
  EXPECT_NEAR(weight(5000, 0).comparisons[0].term_frequency, 5006.0 / 1010000, 1e-12);
  // The floor: no value is rarer than the model allows.
  EXPECT_GE(weight(1, 0).comparisons[0].term_frequency, TheModel().term_frequency_min);
}

// As many duplicates a record, so half as many among the pairs, when a base is twice as large.
TEST(Prior, IsOfTheBaseItIsUsedIn) {
  const std::uint64_t own = TheModel().prior_population;
  ASSERT_GT(own, 0u);
  Record record = RecordOf(Person());
  record.terms.clear();  // No frequencies: the population is that of the prior alone.
  const auto prior_bits = [&](std::uint64_t population) {
    return ScorePairInDetail(TheModel(), record, record, population).prior_bits;
  };
  EXPECT_EQ(prior_bits(own), prior_bits(0));
  EXPECT_EQ(prior_bits(own), prior_bits(own / 100));
  const Factors prior = PriorOf(TheModel(), 4 * own);
  EXPECT_DOUBLE_EQ(prior[0], TheModel().prior[0] / 4);
  EXPECT_DOUBLE_EQ(prior[2], TheModel().prior[2] / 4);
  EXPECT_NEAR(prior[0] + prior[1] + prior[2] + prior[3], 1, 1e-15);
  const Score small = ScorePair(TheModel(), Record{}, Record{}, own);
  const Score large = ScorePair(TheModel(), Record{}, Record{}, 4 * own);
  EXPECT_NEAR(small.weight_bits - large.weight_bits, 2, 1e-3);
}

TEST(TermFrequency, OfATinyBaseHardlyCounts) {
  Record left = RecordOf(Person());
  Record right = left;
  const double without = ScorePair(TheModel(), left, right, 0).weight_bits;
  for (Record* record : {&left, &right}) {
    for (TermValue& term : record->terms) term.count = 2;
  }
  EXPECT_NEAR(ScorePair(TheModel(), left, right, 2).weight_bits, without, 6);
  EXPECT_EQ(ScorePair(TheModel(), left, right, 0).weight_bits, without);
}

std::uint64_t Bits(double value) { return std::bit_cast<std::uint64_t>(value); }

TEST(ScorePair, IsSymmetricToTheBitAndAddsUp) {
  test::People people(99);
  std::vector<Record> records;
  for (int i = 0; i < 60; ++i) {
    const Traits traits = people.Person();
    records.push_back(RecordOf(traits));
    records.push_back(RecordOf(people.RegisteredAgain(traits)));
  }
  for (Record& record : records) {
    for (TermValue& term : record.terms) {
      term.count = static_cast<std::uint32_t>(people.Below(900));
    }
  }
  for (const Record& left : records) {
    for (const Record& right : records) {
      const Score score = ScorePair(TheModel(), left, right, 50000);
      const DetailedScore detail = ScorePairInDetail(TheModel(), right, left, 50000);
      ASSERT_EQ(Bits(score.weight_bits), Bits(detail.score.weight_bits));
      ASSERT_EQ(Bits(score.probability), Bits(detail.score.probability));
      ASSERT_EQ(score.vetoes, detail.score.vetoes);
      ASSERT_EQ(score.band, detail.score.band);
      double sum = detail.prior_bits + detail.other_hypotheses_bits;
      for (const ComparisonScore& c : detail.comparisons) sum += c.bits;
      ASSERT_NEAR(sum, score.weight_bits, 1e-9);
      ASSERT_LE(detail.other_hypotheses_bits, 1e-12);
      ASSERT_NE(detail.rival, Hypothesis::kSame);
      // The weight is the log odds of the probability.
      if (score.probability < 0.999) {
        ASSERT_NEAR(std::log2(score.probability / (1 - score.probability)), score.weight_bits,
                    1e-6);
      }
    }
  }
}

// A search leaves out for good what MayReach refuses, with counts and population of another moment:
// so it must not refuse a pair that reaches the probability with any it allows for.
TEST(MayReach, RefusesNoPairThatReachesItWithCountsNotBelow) {
  test::People people(7);
  std::vector<Record> records;
  for (int i = 0; i < 60; ++i) {
    const Traits traits = people.Person();
    records.push_back(RecordOf(traits));
    records.push_back(RecordOf(people.RegisteredAgain(traits)));
  }
  const auto set_counts = [&](Record record, std::uint64_t bound) {
    for (TermValue& term : record.terms) {
      term.count = static_cast<std::uint32_t>(people.Below(bound));
    }
    return record;
  };
  int refused = 0;
  int reached = 0;
  for (const Record& one : records) {
    for (const Record& other : records) {
      const std::uint64_t population_max = people.Chance(50) ? 20000 : 3000000;
      const Record least = set_counts(one, 300);
      Record left = least;
      for (TermValue& term : left.terms) {
        term.count += static_cast<std::uint32_t>(people.Below(300));
      }
      const Record right = set_counts(other, 600);
      const double probability =
          ScorePair(TheModel(), left, right, 1 + people.Below(population_max)).probability;
      for (const double probability_min : {0.0, 0.001, 0.1, 0.5, 0.9, probability}) {
        const bool may = MayReach(TheModel(), least, other, population_max, probability_min);
        ASSERT_TRUE(may || probability < probability_min) << probability;
        refused += may ? 0 : 1;
        reached += probability >= probability_min && probability_min >= 0.1 ? 1 : 0;
      }
    }
  }
  EXPECT_GT(reached, 100);
  EXPECT_GT(refused, 10000);
}

TEST(MayReach, IsExactWithoutTermFrequencies) {
  const Record left = RecordOf(Person());
  Record right = left;
  right.given_names = {"JEROME"};
  FinishRecord(right);
  const double probability = ScorePair(TheModel(), left, right, 0).probability;
  EXPECT_TRUE(MayReach(TheModel(), left, right, 0, probability));
  EXPECT_FALSE(MayReach(TheModel(), left, right, 0, std::nextafter(probability, 2)));
}

TEST(ScorePair, NamesTheModelItCameFrom) {
  EXPECT_EQ(ScorePair(TheModel(), Record{}, Record{}, 0).model_version, TheModel().version);
}

// The whole population of a small made-up base, with twins and siblings among them: what the
// hand-set numbers are worth. Not tuned on it: the seeds and the people came after the numbers.
TEST(FrenchHospitalModel, FindsDuplicatesOfAMadeUpBaseAndLeavesRelativesAlone) {
  test::People people(4242);
  constexpr int kPeople = 2000;
  int found_once_wrong = 0;
  int found_thrice_wrong = 0;
  int relatives_joined = 0;
  const auto is_found = [](const Record& left, const Record& right) {
    return ScorePair(TheModel(), left, right, 0).probability >= 0.5 ? 1 : 0;
  };
  for (int i = 0; i < kPeople; ++i) {
    const Traits traits = people.Person();
    const Record record = RecordOf(traits);
    found_once_wrong += is_found(record, RecordOf(people.RegisteredAgain(traits, 1)));
    found_thrice_wrong += is_found(record, RecordOf(people.RegisteredAgain(traits, 3)));
    Traits twin = traits;
    while (twin.first_birth_given_name == traits.first_birth_given_name) {
      SetGiven(twin, people.GivenName());
    }
    Traits sibling = twin;
    sibling.birth_date = people.Person().birth_date;
    twin.phone.clear();
    for (const Traits& relative : {twin, sibling}) {
      relatives_joined +=
          ScorePair(TheModel(), record, RecordOf(relative), 0).band >= Band::kProbable ? 1 : 0;
    }
  }
  EXPECT_GE(found_once_wrong, 0.97 * kPeople);
  EXPECT_GE(found_thrice_wrong, 0.80 * kPeople);
  EXPECT_LE(relatives_joined, 4);  // One in a thousand.
}

}  // namespace
}  // namespace vigie::matching
