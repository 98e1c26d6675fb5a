#include "tests/reference/slow_em.h"

#include <algorithm>

namespace vigie::test {
namespace {

std::array<long double, 4> SlowPosterior(const SlowTable& table, const SlowSource& source,
                                         const SlowPair& pair) {
  std::array<long double, 4> posterior{};
  long double sum = 0;
  for (std::size_t h = 0; h < 4; ++h) {
    long double product = source.shares[h];
    for (std::size_t c = 0; c < table.size(); ++c) {
      if (source.blind[c] || pair.levels[c] < 0) continue;
      product *= table[c][static_cast<std::size_t>(pair.levels[c])][h];
    }
    posterior[h] = product;
    sum += product;
  }
  for (long double& p : posterior) p /= sum;
  return posterior;
}

}  // namespace

SlowTable SlowEm(SlowTable start, std::vector<SlowSource> sources, const SlowPrior& prior,
                 int steps) {
  SlowTable table = std::move(start);
  for (int step = 0; step < steps; ++step) {
    SlowTable expected = table;
    for (auto& levels : expected) {
      for (auto& level : levels) level = {};
    }
    for (SlowSource& source : sources) {
      std::array<long double, 4> shares{};
      for (const SlowPair& pair : source.pairs) {
        const auto posterior = SlowPosterior(table, source, pair);
        for (std::size_t h = 0; h < 4; ++h) {
          shares[h] += posterior[h];
          for (std::size_t c = 0; c < table.size(); ++c) {
            if (source.blind[c] || pair.levels[c] < 0) continue;
            if (h == 3 && !source.teaches_stranger) continue;
            expected[c][static_cast<std::size_t>(pair.levels[c])][h] += posterior[h];
            if (source.censored_comparison == static_cast<int>(c)) {
              const auto hidden = static_cast<std::size_t>(source.censored_level);
              const long double p = table[c][hidden][h];
              expected[c][hidden][h] += posterior[h] * p / (1 - p);
            }
          }
        }
      }
      const long double same = shares[0];
      long double all = 0;
      for (std::size_t h = 0; h < 4; ++h) {
        shares[h] += same * source.held_for_each_same[h];
        all += shares[h];
      }
      for (long double& share : shares) share /= all;
      source.shares = shares;
    }
    for (std::size_t c = 0; c < table.size(); ++c) {
      for (std::size_t h = 0; h < 4; ++h) {
        long double total = 0;
        for (std::size_t l = 0; l < table[c].size(); ++l) {
          table[c][l][h] = expected[c][l][h] + prior.pairs[c][h] * prior.mean[c][l][h];
          total += table[c][l][h];
        }
        long double sum = 0;
        for (auto& level : table[c]) {
          level[h] = std::max(level[h] / total, 1e-7L);
          sum += level[h];
        }
        for (auto& level : table[c]) level[h] /= sum;
      }
    }
  }
  return table;
}

}  // namespace vigie::test
