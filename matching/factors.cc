#include "matching/factors.h"

#include <algorithm>

namespace vigie::matching {
namespace {

constexpr std::size_t kSame = static_cast<std::size_t>(Hypothesis::kSame);
constexpr std::size_t kStranger = static_cast<std::size_t>(Hypothesis::kStranger);

// 0 for a count of 0: not known.
double FrequencyOf(const Model& model, const Level& level, std::uint32_t count,
                   std::uint64_t population) {
  if (population == 0 || count == 0) return 0;
  const double weight = model.term_frequency_prior_weight;
  const double frequency =
      (count + weight * level.probability[kStranger]) / (static_cast<double>(population) + weight);
  return std::clamp(frequency, model.term_frequency_min, 1.0);
}

}  // namespace

std::uint32_t CountOf(const Record& record, std::uint8_t column) {
  for (const TermValue& term : record.terms) {
    if (static_cast<std::uint8_t>(term.column) == column) return term.count;
  }
  return 0;
}

double TermFrequency(const Model& model, const Level& level, const Record& left,
                     const Record& right, std::uint64_t population) {
  if (population == 0 || level.term_column == 0) return 0;
  const std::uint32_t count =
      std::max(CountOf(left, level.term_column), CountOf(right, level.term_column));
  return FrequencyOf(model, level, count, population);
}

Factors FactorsOf(const Level& level, double term_frequency) {
  Factors factors = level.probability;
  if (term_frequency == 0) return factors;
  const double ratio = std::clamp(term_frequency / level.probability[kStranger],
                                  kRelativeTermRatioMin, kRelativeTermRatioMax);
  for (std::size_t h = 0; h < kHypothesisCount; ++h) {
    if ((level.term_against & (1u << h)) == 0) continue;
    factors[h] = h == kStranger ? term_frequency : std::min(1.0, factors[h] * ratio);
  }
  return factors;
}

Factors BestFactors(const Model& model, const Level& level, const Record& left,
                    std::uint64_t population_max) {
  if (population_max == 0 || level.term_column == 0) return level.probability;
  const std::uint32_t count = CountOf(left, level.term_column);
  Factors factors = FactorsOf(
      level, FrequencyOf(model, level, std::max<std::uint32_t>(1, count), population_max));
  if (count > 0) return factors;
  // Neither side's count may be known.
  for (std::size_t h = 0; h < kHypothesisCount; ++h) {
    if (h != kSame) factors[h] = std::min(factors[h], level.probability[h]);
  }
  return factors;
}

Factors PriorOf(const Model& model, std::uint64_t population) {
  Factors prior = model.prior;
  if (model.prior_population == 0 || population <= model.prior_population) return prior;
  const double rarer =
      static_cast<double>(model.prior_population) / static_cast<double>(population);
  double rest = 1;
  for (std::size_t h = 0; h < kHypothesisCount; ++h) {
    if (h == kStranger) continue;
    prior[h] *= rarer;
    rest -= prior[h];
  }
  prior[kStranger] = rest;
  return prior;
}

double OthersOf(const Factors& products) {
  double others = 0;
  for (std::size_t h = 0; h < kHypothesisCount; ++h) {
    if (h != kSame) others += products[h];
  }
  return others;
}

}  // namespace vigie::matching
