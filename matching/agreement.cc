#include "matching/agreement.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

namespace vigie::matching {
namespace {

// The normal quantile of a two-sided interval at 95 %.
constexpr double kZ = 1.959963984540054;
constexpr int kDraws = 8000;
constexpr std::uint64_t kSeed = 0x5649474945ULL;

// SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  // In (0, 1).
  double Uniform() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t x = state_;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    x ^= x >> 31;
    return (static_cast<double>(x >> 11) + 0.5) * 0x1p-53;
  }
  double Normal() {
    return std::sqrt(-2 * std::log(Uniform())) * std::cos(2 * std::numbers::pi * Uniform());
  }
  // Of scale 1; `shape` is above 0.
  double Gamma(double shape) {
    if (shape < 1) return Gamma(shape + 1) * std::pow(Uniform(), 1 / shape);
    const double d = shape - 1.0 / 3;
    const double c = 1 / std::sqrt(9 * d);
    while (true) {
      const double x = Normal();
      const double root = 1 + c * x;
      if (root <= 0) continue;
      const double v = root * root * root;
      if (std::log(Uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
    }
  }
  double Beta(double a, double b) {
    const double x = Gamma(a);
    return x / (x + Gamma(b));
  }

 private:
  std::uint64_t state_;
};

bool CanEstimate(std::span<const Stratum> strata) {
  bool found = false;
  bool missed = false;
  bool any_same = false;
  for (const Stratum& stratum : strata) {
    if (stratum.drawn == 0) continue;
    if (stratum.judged == 0) return false;
    (stratum.found ? found : missed) = true;
    any_same |= stratum.same > 0;
  }
  return found && missed && any_same;
}

}  // namespace

std::optional<Estimate> ShareOf(double successes, double trials) {
  if (!(trials > 0)) return std::nullopt;
  const double p = successes / trials;
  const double z2 = kZ * kZ / trials;
  const double middle = (p + z2 / 2) / (1 + z2);
  const double half = kZ * std::sqrt(p * (1 - p) / trials + z2 / (4 * trials)) / (1 + z2);
  // What is exactly 0 or 1 must not be missed by a rounding.
  return Estimate{p, p <= 0 ? 0 : std::max(0.0, middle - half),
                  p >= 1 ? 1 : std::min(1.0, middle + half)};
}

void WeightedShare::Add(bool right, double weight) {
  ++pairs;
  right_pairs += right ? 1 : 0;
  weight_sum += weight;
  weight_square_sum += weight * weight;
  right_weight_sum += right ? weight : 0;
}

std::optional<Estimate> WeightedShare::Value() const {
  if (pairs == 0) return std::nullopt;
  const double effective = weight_sum * weight_sum / weight_square_sum;
  // All right or none: the sums are the same numbers, and the share is exact.
  return ShareOf(effective * (right_weight_sum / weight_sum), effective);
}

std::optional<Estimate> CohenKappa(const AgreementTable& counts) {
  double total = 0;
  std::array<double, kAgreementCategories> first{};
  std::array<double, kAgreementCategories> second{};
  for (std::size_t i = 0; i < kAgreementCategories; ++i) {
    for (std::size_t j = 0; j < kAgreementCategories; ++j) {
      const auto count = static_cast<double>(counts[i][j]);
      total += count;
      first[i] += count;
      second[j] += count;
    }
  }
  if (total == 0) return std::nullopt;
  double observed = 0;
  double expected = 0;
  for (std::size_t i = 0; i < kAgreementCategories; ++i) {
    observed += static_cast<double>(counts[i][i]) / total;
    expected += first[i] / total * (second[i] / total);
  }
  if (expected >= 1) return std::nullopt;
  const double kappa = (observed - expected) / (1 - expected);
  double variance = 0;
  for (std::size_t i = 0; i < kAgreementCategories; ++i) {
    for (std::size_t j = 0; j < kAgreementCategories; ++j) {
      const double share = static_cast<double>(counts[i][j]) / total;
      const double term = i == j ? 1 - (first[i] + second[i]) / total * (1 - kappa)
                                 : (second[i] + first[j]) / total * (1 - kappa);
      variance += share * term * term;
    }
  }
  const double centre = kappa - expected * (1 - kappa);
  variance = std::max(0.0, variance - centre * centre);
  const double half = kZ * std::sqrt(variance / total) / (1 - expected);
  return Estimate{kappa, std::max(-1.0, kappa - half), std::min(1.0, kappa + half)};
}

std::optional<Estimate> SensitivityOf(std::span<const Stratum> strata) {
  if (!CanEstimate(strata)) return std::nullopt;
  const auto sensitivity = [&](const auto& same_pairs) {
    double found = 0;
    double all = 0;
    for (const Stratum& stratum : strata) {
      if (stratum.drawn == 0) continue;
      const double same = same_pairs(stratum);
      all += same;
      found += stratum.found ? same : 0;
    }
    return found / all;
  };
  const double value = sensitivity([](const Stratum& stratum) {
    return stratum.pair_count * static_cast<double>(stratum.same) /
           static_cast<double>(stratum.judged);
  });
  Random random(kSeed);
  std::vector<double> draws(kDraws);
  for (double& draw : draws) {
    draw = sensitivity([&](const Stratum& stratum) {
      const auto drawn = static_cast<double>(stratum.drawn);
      const auto same = static_cast<double>(stratum.same);
      const double size = stratum.pair_count * random.Gamma(drawn + 0.5) / drawn;
      return size * random.Beta(same + 0.5, static_cast<double>(stratum.judged) - same + 0.5);
    });
  }
  std::sort(draws.begin(), draws.end());
  return Estimate{value, draws[kDraws / 40], draws[kDraws - 1 - kDraws / 40]};
}

void ReliabilityTable::Add(double probability, bool right, double weight) {
  const double inside = std::clamp(probability, 0.0, 1.0);
  const auto bin =
      std::min(static_cast<std::size_t>(inside * kReliabilityBins), kReliabilityBins - 1);
  bins_[bin].share.Add(right, weight);
  bins_[bin].probability_sum += weight * inside;
}

std::int64_t ReliabilityTable::pair_count() const {
  std::int64_t count = 0;
  for (const ReliabilityBin& bin : bins_) count += bin.share.pairs;
  return count;
}

std::optional<double> ReliabilityTable::MeanProbability(std::size_t bin) const {
  const ReliabilityBin& at = bins_[bin];
  if (at.share.pairs == 0) return std::nullopt;
  return at.probability_sum / at.share.weight_sum;
}

std::optional<Estimate> ReliabilityTable::ShareRight(std::size_t bin) const {
  return bins_[bin].share.Value();
}

std::optional<double> ReliabilityTable::Error() const {
  double weight = 0;
  double distance = 0;
  for (const ReliabilityBin& bin : bins_) {
    weight += bin.share.weight_sum;
    distance += std::abs(bin.probability_sum - bin.share.right_weight_sum);
  }
  if (weight == 0) return std::nullopt;
  return distance / weight;
}

}  // namespace vigie::matching
