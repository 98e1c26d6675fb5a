// Random choices of the sample generator, the same on every machine.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace vigie::tools {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  // 0..bound-1; the bias of the remainder is below 2^-40 for the bounds used here.
  std::uint64_t Below(std::uint64_t bound) { return bound == 0 ? 0 : engine_() % bound; }
  int Between(int low, int high) {  // both included
    return low + static_cast<int>(
                     Below(static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1));
  }
  // True `per_mille` times out of a thousand.
  bool Chance(std::uint64_t per_mille) { return engine_() % 1000 < per_mille; }
  template <class List>
  const auto& Of(const List& list) {
    return list[Below(list.size())];
  }

 private:
  std::mt19937_64 engine_;
};

// Chooses positions by integer weights.
class WeightedChoice {
 public:
  void Add(std::uint64_t weight) {
    cumulated_.push_back((cumulated_.empty() ? 0 : cumulated_.back()) + weight);
  }
  bool empty() const { return cumulated_.empty() || cumulated_.back() == 0; }
  std::size_t Pick(Random& random) const {
    const std::uint64_t at = random.Below(cumulated_.back());
    return static_cast<std::size_t>(std::upper_bound(cumulated_.begin(), cumulated_.end(), at) -
                                    cumulated_.begin());
  }

 private:
  std::vector<std::uint64_t> cumulated_;
};

}  // namespace vigie::tools
