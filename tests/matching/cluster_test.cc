// Clusters: the cases that are easy to get wrong, properties over random bases, and the twin.
#include "matching/cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/reference/slow_cluster.h"

namespace vigie::matching {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ScoredPair NoPair(std::uint32_t left, std::uint32_t right) { return {left, right, -20, false}; }

std::vector<std::vector<std::uint32_t>> RecordsOf(const std::vector<Cluster>& clusters) {
  std::vector<std::vector<std::uint32_t>> records;
  for (const Cluster& cluster : clusters) records.push_back(cluster.records);
  std::sort(records.begin(), records.end());
  return records;
}

std::vector<Cluster> ClusterAll(const std::vector<ScoredPair>& pairs, const PairScorer& score,
                                const ClusterOptions& options) {
  std::vector<Cluster> clusters;
  for (const Component& component : SplitComponents(pairs, options).components) {
    for (Cluster& cluster : ClusterComponent(component, score, options)) {
      clusters.push_back(std::move(cluster));
    }
  }
  return clusters;
}

TEST(Clusters, OfOnePairAreThatPair) {
  const auto clusters = ClusterAll({{4, 2, 10, false}}, NoPair, {});
  ASSERT_EQ(clusters.size(), 1u);
  EXPECT_THAT(clusters[0].records, ElementsAre(2, 4));
  EXPECT_EQ(clusters[0].density, 1);
  EXPECT_EQ(clusters[0].weakest_bits, 10);
}

TEST(Clusters, OfNothingAreNone) { EXPECT_THAT(ClusterAll({}, NoPair, {}), IsEmpty()); }

TEST(Clusters, OfAPairBelowTheThresholdAreNone) {
  EXPECT_THAT(ClusterAll({{0, 1, -0.1, false}}, NoPair, {}), IsEmpty());
  EXPECT_THAT(ClusterAll({{0, 1, 3, false}}, NoPair, {.threshold_bits = 3.5}), IsEmpty());
}

// A chain of near pairs whose ends say no: connected components would join all of it.
TEST(Clusters, AreNotConnectedComponents) {
  const auto clusters =
      ClusterAll({{0, 1, 14, false}, {1, 2, 3, false}, {2, 3, 14, false}}, NoPair, {});
  EXPECT_THAT(RecordsOf(clusters), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3)));
}

TEST(Clusters, JoinAThirdRecordThatOneMemberDoubts) {
  const auto clusters =
      ClusterAll({{0, 1, 14, false}, {1, 2, 12, false}, {0, 2, -2, false}}, NoPair, {});
  EXPECT_THAT(RecordsOf(clusters), ElementsAre(ElementsAre(0, 1, 2)));
  EXPECT_NEAR(clusters[0].density, 2.0 / 3, 1e-9);
  EXPECT_EQ(clusters[0].weakest_bits, -2);
}

// Twins whose mother's record resembles both: whatever the weights, the two are never together.
TEST(Clusters, NeverHoldAContradiction) {
  const auto clusters =
      ClusterAll({{0, 1, 40, true}, {0, 2, 40, false}, {1, 2, 39, false}}, NoPair, {});
  EXPECT_THAT(RecordsOf(clusters), ElementsAre(ElementsAre(0, 2)));
}

TEST(Clusters, FindAContradictionAmongPairsThatWereNoCandidates) {
  const auto score = [](std::uint32_t left, std::uint32_t right) {
    return ScoredPair{left, right, 30, left == 0 && right == 2};
  };
  const auto clusters = ClusterAll({{0, 1, 30, false}, {1, 2, 29, false}}, score, {});
  EXPECT_THAT(RecordsOf(clusters), ElementsAre(ElementsAre(0, 1)));
}

TEST(Clusters, OfEqualWeightsGoToTheSmallerNumbers) {
  // 1 is as near to 0 as to 2, which contradict each other.
  const auto clusters =
      ClusterAll({{1, 2, 10, false}, {0, 1, 10, false}, {0, 2, 10, true}}, NoPair, {});
  EXPECT_THAT(RecordsOf(clusters), ElementsAre(ElementsAre(0, 1)));
}

TEST(Clusters, CarryAlarmsWhenLargeOrThin) {
  std::vector<ScoredPair> all;
  for (std::uint32_t i = 0; i < 9; ++i) {
    for (std::uint32_t j = i + 1; j < 9; ++j) all.push_back({i, j, 20, false});
  }
  const auto large = ClusterAll(all, NoPair, {});
  ASSERT_EQ(large.size(), 1u);
  EXPECT_TRUE(large[0].large);
  EXPECT_FALSE(large[0].thin);
  const auto weak = [](std::uint32_t left, std::uint32_t right) {
    return ScoredPair{left, right, -1, false};
  };
  const auto thin = ClusterAll(
      {{0, 1, 20, false}, {1, 2, 20, false}, {2, 3, 20, false}, {3, 4, 20, false}}, weak, {});
  ASSERT_EQ(thin.size(), 1u);
  EXPECT_TRUE(thin[0].thin);
  EXPECT_FALSE(thin[0].large);
}

TEST(SplitComponents, CutsAtTheWeakestPairs) {
  // Two groups of three held together by one weak pair.
  const std::vector<ScoredPair> pairs = {
      {0, 1, 20, false}, {1, 2, 20, false}, {3, 4, 20, false}, {4, 5, 20, false}, {2, 3, 1, false}};
  EXPECT_EQ(SplitComponents(pairs, {}).components.size(), 1u);
  const Components cut = SplitComponents(pairs, {.component_records_max = 3});
  ASSERT_EQ(cut.components.size(), 2u);
  EXPECT_THAT(cut.components[0].records, ElementsAre(0, 1, 2));
  EXPECT_THAT(cut.components[1].records, ElementsAre(3, 4, 5));
  EXPECT_EQ(cut.cut_pairs, 1u);
  EXPECT_EQ(cut.cut_components, 1u);
}

TEST(SplitComponents, BoundsAChainOfAHundredThousand) {
  std::vector<ScoredPair> pairs;
  for (std::uint32_t i = 0; i < 100000; ++i) pairs.push_back({i, i + 1, 20, false});
  const Components cut = SplitComponents(pairs, {});
  std::size_t records = 0;
  for (const Component& component : cut.components) {
    EXPECT_LE(component.records.size(), 1000u);
    records += component.records.size();
  }
  EXPECT_GT(records, 99000u);
  EXPECT_EQ(cut.cut_components, 1u);
}

// ---- Random bases ------------------------------------------------------------------------------

// Weights in eighths, so that sums are exact in any order.
class RandomBase {
 public:
  RandomBase(std::uint64_t seed, std::uint32_t count) : count_(count) {
    std::mt19937_64 random(seed);
    for (std::uint32_t i = 0; i < count; ++i) {
      for (std::uint32_t j = i + 1; j < count; ++j) {
        const bool near = random() % 4 == 0;
        const double weight = (near ? 1.0 : -1.0) * static_cast<double>(random() % 200) / 8;
        pairs_[{i, j}] = {i, j, weight, random() % 25 == 0};
      }
    }
  }
  ScoredPair Score(std::uint32_t left, std::uint32_t right) const {
    return pairs_.at({left, right});
  }
  // A candidate search that misses a third of what says no.
  std::vector<ScoredPair> Candidates() const {
    std::vector<ScoredPair> candidates;
    int at = 0;
    for (const auto& [key, pair] : pairs_) {
      if (pair.weight_bits >= 0 || ++at % 3 != 0) candidates.push_back(pair);
    }
    return candidates;
  }
  std::uint32_t count() const { return count_; }

 private:
  std::uint32_t count_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, ScoredPair> pairs_;
};

TEST(Clusters, EqualTheObviousTwin) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const RandomBase base(seed, 3 + static_cast<std::uint32_t>(seed % 18));
    const auto score = [&](std::uint32_t l, std::uint32_t r) { return base.Score(l, r); };
    // A share of a quarter and sizes of two keep every linkage exact more often; ties are met.
    const ClusterOptions options = {.threshold_bits = seed % 2 == 0 ? 0.0 : 2.0,
                                    .cap_bits = 16,
                                    .best_share = seed % 3 == 0 ? 0.0 : 0.25};
    EXPECT_EQ(RecordsOf(ClusterAll(base.Candidates(), score, options)),
              test::SlowClusters(base.count(), score, options))
        << "seed " << seed;
  }
}

TEST(Clusters, HoldTheirInvariantsOnRandomBases) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const RandomBase base(seed, 40);
    const auto score = [&](std::uint32_t l, std::uint32_t r) { return base.Score(l, r); };
    const ClusterOptions options = {.component_records_max = seed % 2 == 0 ? 1000u : 10u};
    std::vector<ScoredPair> pairs = base.Candidates();
    const auto clusters = ClusterAll(pairs, score, options);
    std::set<std::uint32_t> seen;
    for (const Cluster& cluster : clusters) {
      ASSERT_GE(cluster.records.size(), 2u);
      for (std::size_t a = 0; a < cluster.records.size(); ++a) {
        EXPECT_TRUE(seen.insert(cluster.records[a]).second) << "in two clusters, seed " << seed;
        for (std::size_t b = a + 1; b < cluster.records.size(); ++b) {
          const ScoredPair pair = base.Score(cluster.records[a], cluster.records[b]);
          EXPECT_FALSE(pair.contradiction) << "seed " << seed;
          EXPECT_GE(pair.weight_bits, cluster.weakest_bits) << "seed " << seed;
        }
      }
    }
    std::mt19937_64 random(seed);
    std::shuffle(pairs.begin(), pairs.end(), random);
    for (ScoredPair& pair : pairs) {
      if (random() % 2 == 0) std::swap(pair.left, pair.right);
    }
    EXPECT_EQ(ClusterAll(pairs, score, options), clusters) << "order matters, seed " << seed;
  }
}

}  // namespace
}  // namespace vigie::matching
