// The obvious twin of matching/train.cc: one pair at a time, no packing, no counting, the formulas
// as they stand in a book. Knows the probabilities of levels only; sanity and ordering are not
// here.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace vigie::test {

struct SlowPair {
  std::vector<int> levels;  // by comparison, -1 missing
};

struct SlowSource {
  std::vector<SlowPair> pairs;
  std::vector<bool> blind;  // by comparison
  bool teaches_stranger = false;
  int censored_comparison = -1;  // whose level `censored_level` the source cannot show
  int censored_level = -1;
  std::array<long double, 4> shares = {0.25L, 0.25L, 0.25L, 0.25L};
  // Pairs of hypothesis h believed to be there unseen, for each pair of one person (h = 0).
  std::array<long double, 4> held_for_each_same = {0, 0, 0, 0};
};

// probability[comparison][level][hypothesis]
using SlowTable = std::vector<std::vector<std::array<long double, 4>>>;

struct SlowPrior {
  // Pseudo-pairs: pairs[comparison][hypothesis] and where they lie.
  std::vector<std::array<long double, 4>> pairs;
  SlowTable mean;
};

// `steps` of expectation-maximisation from `start`.
SlowTable SlowEm(SlowTable start, std::vector<SlowSource> sources, const SlowPrior& prior,
                 int steps);

}  // namespace vigie::test
