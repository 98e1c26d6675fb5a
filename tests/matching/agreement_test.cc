// Shares, agreement and sensitivity with their intervals: against worked examples that were
// published, against slow twins that solve the definition, and by what must always hold.
#include "matching/agreement.h"

#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace vigie::matching {
namespace {

// Newcombe (1998), Statistics in Medicine 17:857, table I, method 3.
TEST(Share, HasTheIntervalsNewcombePublished) {
  const struct {
    double right, pairs, low, high;
  } cases[] = {{81, 263, 0.2553, 0.3662},
               {15, 148, 0.0624, 0.1605},
               {0, 20, 0.0000, 0.1611},
               {1, 29, 0.0061, 0.1718}};
  for (const auto& c : cases) {
    const auto share = ShareOf(c.right, c.pairs);
    ASSERT_TRUE(share);
    EXPECT_DOUBLE_EQ(share->value, c.right / c.pairs);
    EXPECT_NEAR(share->low, c.low, 5e-5) << c.right << "/" << c.pairs;
    EXPECT_NEAR(share->high, c.high, 5e-5) << c.right << "/" << c.pairs;
  }
}

// The interval is all p that the score test does not refuse: found here by halving.
double SlowBound(double share, double pairs, double inside, double outside) {
  for (int i = 0; i < 200; ++i) {
    const double p = (inside + outside) / 2;
    const bool refused = std::abs(share - p) > 1.959963984540054 * std::sqrt(p * (1 - p) / pairs);
    (refused ? outside : inside) = p;
  }
  return inside;
}

TEST(Share, IsWhatTheScoreTestDoesNotRefuse) {
  for (const int pairs : {1, 2, 7, 50, 1000}) {
    for (int right = 0; right <= pairs; right += 1 + pairs / 9) {
      const auto share = ShareOf(right, pairs);
      ASSERT_TRUE(share);
      EXPECT_NEAR(share->low, SlowBound(share->value, pairs, share->value, 0), 1e-9);
      EXPECT_NEAR(share->high, SlowBound(share->value, pairs, share->value, 1), 1e-9);
      EXPECT_LE(share->low, share->value);
      EXPECT_LE(share->value, share->high);
    }
  }
}

TEST(Share, OfNothingIsAbsent) {
  EXPECT_FALSE(ShareOf(0, 0));
  EXPECT_FALSE(WeightedShare().Value());
}

TEST(WeightedShare, OfEqualWeightsIsThePlainOneWhateverTheWeight) {
  for (const double weight : {1.0, 0.25, 40.0}) {
    WeightedShare share;
    for (int i = 0; i < 29; ++i) share.Add(i == 3, weight);
    EXPECT_NEAR(share.Value()->value, 1.0 / 29, 1e-12);
    EXPECT_NEAR(share.Value()->low, 0.0061, 5e-5);
    EXPECT_NEAR(share.Value()->high, 0.1718, 5e-5);
  }
}

TEST(WeightedShare, IsWiderTheMoreUnequalTheWeights) {
  WeightedShare even;
  WeightedShare uneven;
  for (int i = 0; i < 40; ++i) {
    even.Add(i % 2 == 0, 1);
    uneven.Add(i % 2 == 0, i < 2 ? 30 : 1);
  }
  EXPECT_NEAR(even.Value()->value, uneven.Value()->value, 1e-12);
  EXPECT_LT(even.Value()->high - even.Value()->low, uneven.Value()->high - uneven.Value()->low);
}

// Fleiss, Levin and Paik (2003), table 18.1 and section 18.1: two people, 100 subjects.
TEST(CohenKappa, IsTheOneOfTheBook) {
  const AgreementTable counts = {{{75, 1, 4}, {5, 4, 1}, {0, 0, 10}}};
  const auto kappa = CohenKappa(counts);
  ASSERT_TRUE(kappa);
  EXPECT_NEAR(kappa->value, 0.676, 5e-4);
  const double standard_error = (kappa->high - kappa->value) / 1.959963984540054;
  EXPECT_NEAR(standard_error, 0.088, 1e-3);
}

// Two categories, 50 subjects: 20 and 15 agreed, 5 and 10 not. Chance gives 0.5.
TEST(CohenKappa, IsTheAgreementBeyondChance) {
  EXPECT_NEAR(CohenKappa({{{20, 5, 0}, {10, 15, 0}, {0, 0, 0}}})->value, 0.4, 1e-12);
  EXPECT_NEAR(CohenKappa({{{25, 25, 0}, {25, 25, 0}, {0, 0, 0}}})->value, 0, 1e-12);
  EXPECT_NEAR(CohenKappa({{{0, 10, 0}, {10, 0, 0}, {0, 0, 0}}})->value, -1, 1e-12);
}

TEST(CohenKappa, IsAbsentWithoutPairsAndWhereChanceAloneAgrees) {
  EXPECT_FALSE(CohenKappa({}));
  EXPECT_FALSE(CohenKappa({{{9, 0, 0}, {0, 0, 0}, {0, 0, 0}}}));
  const auto full = CohenKappa({{{9, 0, 0}, {0, 4, 0}, {0, 0, 0}}});
  ASSERT_TRUE(full);
  EXPECT_DOUBLE_EQ(full->value, 1);
}

TEST(CohenKappa, DoesNotDependOnWhoIsFirst) {
  const AgreementTable counts = {{{31, 2, 4}, {5, 14, 1}, {3, 0, 7}}};
  AgreementTable turned;
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) turned[j][i] = counts[i][j];
  }
  EXPECT_NEAR(CohenKappa(counts)->value, CohenKappa(turned)->value, 1e-12);
  EXPECT_NEAR(CohenKappa(counts)->low, CohenKappa(turned)->low, 1e-12);
}

TEST(Sensitivity, IsTheShareOfFoundPairsEachStratumWeighed) {
  // 400 pairs found, 9 of 10 right: 360; 1,000 missed ones, 4 in 100 right: 40.
  const std::vector<Stratum> strata = {{true, 400, 200, 100, 90}, {false, 1000, 250, 100, 4}};
  const auto result = SensitivityOf(strata);
  ASSERT_TRUE(result);
  EXPECT_NEAR(result->value, 0.9, 1e-12);
  EXPECT_LT(result->low, 0.9);
  EXPECT_GT(result->high, 0.9);
  EXPECT_EQ(SensitivityOf(strata), result) << "the same on every run";
}

TEST(Sensitivity, IsAbsentWhereNothingSaysIt) {
  EXPECT_FALSE(SensitivityOf({}));
  const auto absent = [](std::vector<Stratum> strata) { return !SensitivityOf(strata); };
  EXPECT_TRUE(absent({{true, 10, 10, 10, 9}})) << "nothing below was drawn";
  EXPECT_TRUE(absent({{true, 10, 10, 10, 9}, {false, 50, 50, 0, 0}})) << "none below judged";
  EXPECT_TRUE(absent({{false, 50, 50, 50, 1}})) << "nothing found";
  EXPECT_TRUE(absent({{true, 10, 10, 10, 0}, {false, 50, 50, 50, 0}})) << "nobody is anybody";
}

TEST(Sensitivity, OfNoMissAmongFewIsNotCertain) {
  const auto few =
      SensitivityOf(std::vector<Stratum>{{true, 100, 100, 100, 100}, {false, 1000, 10, 10, 0}});
  const auto many =
      SensitivityOf(std::vector<Stratum>{{true, 100, 100, 100, 100}, {false, 1000, 1000, 1000, 0}});
  EXPECT_DOUBLE_EQ(few->value, 1);
  EXPECT_LT(few->low, 0.6);
  EXPECT_GT(many->low, 0.95);
}

// Bases of known truth, sampled over and over: the interval holds the true share about as often as
// it says.
TEST(Sensitivity, HoldsTheTruthAsOftenAsItSays) {
  std::mt19937_64 random(7);
  const double sizes[] = {300, 200, 900, 3000};
  const double same_share[] = {0.9, 0.2, 0.03, 0.01};
  const double drawn_share[] = {0.5, 0.5, 0.25, 0.125};
  int held = 0;
  constexpr int kRounds = 200;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<Stratum> strata(4);
    double found = 0;
    double all = 0;
    for (std::size_t h = 0; h < 4; ++h) {
      strata[h].found = h == 0;
      for (int i = 0; i < sizes[h]; ++i) {
        const bool same = std::bernoulli_distribution(same_share[h])(random);
        all += same;
        if (h == 0) found += same;
        if (!std::bernoulli_distribution(drawn_share[h])(random)) continue;
        ++strata[h].drawn;
        ++strata[h].judged;
        strata[h].same += same;
      }
      strata[h].pair_count = static_cast<double>(strata[h].drawn) / drawn_share[h];
    }
    const auto result = SensitivityOf(strata);
    ASSERT_TRUE(result);
    held += result->low <= found / all && found / all <= result->high;
  }
  EXPECT_GE(held, kRounds * 91 / 100);
  EXPECT_LT(held, kRounds) << "an interval that always holds says nothing";
}

TEST(ReliabilityTable, PutsEachProbabilityIntoItsBin) {
  ReliabilityTable table;
  EXPECT_FALSE(table.Error());
  for (const double probability : {0.0, 0.0999, 0.1, 0.95, 1.0, 1.5}) {
    table.Add(probability, probability > 0.5);
  }
  EXPECT_EQ(table.pair_count(), 6);
  EXPECT_EQ(table.bins()[0].share.pairs, 2);
  EXPECT_EQ(table.bins()[1].share.pairs, 1);
  EXPECT_EQ(table.bins()[9].share.pairs, 3);
  EXPECT_FALSE(table.MeanProbability(5));
  EXPECT_FALSE(table.ShareRight(5));
  EXPECT_NEAR(*table.MeanProbability(0), 0.04995, 1e-12);
  EXPECT_DOUBLE_EQ(table.ShareRight(9)->value, 1);
}

TEST(ReliabilityTable, WeighsPairsByHowRarelyTheyAreDrawn) {
  ReliabilityTable table;
  table.Add(0.05, true, 1);
  table.Add(0.05, false, 3);
  EXPECT_DOUBLE_EQ(table.ShareRight(0)->value, 0.25);
  EXPECT_NEAR(*table.Error(), 0.2, 1e-12);
}

}  // namespace
}  // namespace vigie::matching
