// Latencies of a measurement and their percentiles.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace vigie::tools {

// Not thread-safe.
class Latencies {
 public:
  void Add(std::chrono::nanoseconds latency) { nanoseconds_.push_back(latency.count()); }
  std::size_t count() const { return nanoseconds_.size(); }
  // The smallest latency that at least `share` (0..1) of all do not exceed, in microseconds; 0 when
  // there is none. Sorts what it holds.
  double Percentile(double share) {
    if (nanoseconds_.empty()) return 0;
    std::sort(nanoseconds_.begin(), nanoseconds_.end());
    const double exact = share * static_cast<double>(nanoseconds_.size());
    auto rank = static_cast<std::size_t>(exact);
    if (static_cast<double>(rank) < exact) ++rank;
    rank = std::clamp<std::size_t>(rank, 1, nanoseconds_.size());
    return static_cast<double>(nanoseconds_[rank - 1]) / 1000.0;
  }

 private:
  std::vector<long> nanoseconds_;
};

}  // namespace vigie::tools
