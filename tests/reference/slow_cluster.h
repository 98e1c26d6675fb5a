// The obvious twin of matching/cluster.cc: connected components by painting, and average linkage
// that goes through all pairs of all clusters at every step.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "matching/cluster.h"

namespace vigie::test {

// Clusters of two and more among records 0..count-1 with a weight for each pair.
inline std::vector<std::vector<std::uint32_t>> SlowClusters(
    std::uint32_t count, const matching::PairScorer& score,
    const matching::ClusterOptions& options) {
  std::vector<std::uint32_t> color(count);
  for (std::uint32_t i = 0; i < count; ++i) color[i] = i;
  for (bool changed = true; changed;) {
    changed = false;
    for (std::uint32_t i = 0; i < count; ++i) {
      for (std::uint32_t j = i + 1; j < count; ++j) {
        const auto pair = score(i, j);
        if (pair.contradiction || pair.weight_bits < options.threshold_bits) continue;
        if (color[i] == color[j]) continue;
        color[i] = color[j] = std::min(color[i], color[j]);
        changed = true;
      }
    }
  }
  std::vector<std::vector<std::uint32_t>> clusters;
  for (std::uint32_t i = 0; i < count; ++i) clusters.push_back({i});
  for (;;) {
    double highest = options.threshold_bits;
    std::size_t join_a = 0;
    std::size_t join_b = 0;
    for (std::size_t a = 0; a < clusters.size(); ++a) {
      for (std::size_t b = a + 1; b < clusters.size(); ++b) {
        if (color[clusters[a][0]] != color[clusters[b][0]]) continue;
        double sum = 0;
        double best = -1e300;
        bool barred = false;
        for (const std::uint32_t i : clusters[a]) {
          for (const std::uint32_t j : clusters[b]) {
            const auto pair = score(std::min(i, j), std::max(i, j));
            const double capped =
                std::min(options.cap_bits, std::max(-options.cap_bits, pair.weight_bits));
            sum += capped;
            best = std::max(best, capped);
            barred = barred || pair.contradiction;
          }
        }
        if (barred) continue;
        const double average = sum / static_cast<double>(clusters[a].size() * clusters[b].size());
        const double linkage = (average + options.best_share * best) / (1 + options.best_share);
        if (linkage > highest || (linkage == highest && join_b == 0)) {
          highest = linkage;
          join_a = a;
          join_b = b;
        }
      }
    }
    if (join_b == 0) break;
    clusters[join_a].insert(clusters[join_a].end(), clusters[join_b].begin(),
                            clusters[join_b].end());
    clusters.erase(clusters.begin() + static_cast<std::ptrdiff_t>(join_b));
  }
  std::vector<std::vector<std::uint32_t>> joined;
  for (auto& cluster : clusters) {
    if (cluster.size() < 2) continue;
    std::sort(cluster.begin(), cluster.end());
    joined.push_back(cluster);
  }
  std::sort(joined.begin(), joined.end());
  return joined;
}

}  // namespace vigie::test
