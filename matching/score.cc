#include "matching/score.h"

#include <cmath>

#include "matching/factors.h"
#include "matching/levels.h"

namespace vigie::matching {
namespace {

constexpr std::size_t kSame = static_cast<std::size_t>(Hypothesis::kSame);

// Base-2 logarithm of a positive finite number, by fixed IEEE operations only: the library's own
// differs in its last bit between machines with and without fused multiplication, and a score must
// be the same everywhere. Range reduction to [1/sqrt 2, sqrt 2), then
// ln m = 2 artanh((m - 1) / (m + 1)); the first term left out is below 1e-17.
double Log2(double x) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < 0.70710678118654752) {
    mantissa *= 2;
    --exponent;
  }
  const double s = (mantissa - 1) / (mantissa + 1);
  const double square = s * s;
  double sum = 0;
  for (int k = 21; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
  constexpr double kTwoOverLn2 = 2.8853900817779268;
  return exponent + kTwoOverLn2 * s * sum;
}

// What one comparison says about a pair. `factors` are all 1 when a value is missing.
struct Finding {
  std::uint8_t level = kMissing;
  double term_frequency = 0;
  Factors factors = {1, 1, 1, 1};
};

Finding FindingOf(const Model& model, const Comparison& comparison, const PairLevels& levels,
                  const Record& left, const Record& right, std::uint64_t population) {
  Finding finding;
  finding.level = levels.of(comparison.kind);
  if (finding.level >= comparison.levels.size()) {
    finding.level = kMissing;
    return finding;
  }
  const Level& level = comparison.levels[finding.level];
  finding.term_frequency = TermFrequency(model, level, left, right, population);
  finding.factors = FactorsOf(level, finding.term_frequency);
  return finding;
}

// The only arithmetic of a score. `each` sees the evidence of every comparison, in model order.
template <typename Each>
Factors Products(const Model& model, const PairLevels& levels, const Record& left,
                 const Record& right, std::uint64_t population, Each each) {
  Factors products = PriorOf(model, population);
  for (const Comparison& comparison : model.comparisons) {
    const Finding finding = FindingOf(model, comparison, levels, left, right, population);
    for (std::size_t h = 0; h < kHypothesisCount; ++h) products[h] *= finding.factors[h];
    each(finding);
  }
  return products;
}

std::uint32_t VetoesOf(const Model& model, const PairLevels& levels, const Record& left,
                       const Record& right) {
  std::uint32_t vetoes = 0;
  for (std::size_t i = 0; i < model.vetoes.size() && i < 32; ++i) {
    const std::optional<VetoKind> kind = FindVeto(model.vetoes[i]);
    if (kind && VetoHolds(*kind, levels, left, right)) vetoes |= 1u << i;
  }
  return vetoes;
}

Score ScoreOf(const Model& model, const Factors& products, const PairLevels& levels,
              const Record& left, const Record& right) {
  Score score;
  const double others = OthersOf(products);
  score.weight_bits = Log2(products[kSame] / others);
  score.probability = products[kSame] / (products[kSame] + others);
  score.vetoes = VetoesOf(model, levels, left, right);
  const bool same_matricule =
      levels.of(ComparisonKind::kMatricule) == static_cast<std::uint8_t>(MatriculeLevel::kEqual);
  score.band = BandOf(model, score.probability, same_matricule, score.vetoes);
  score.model_version = model.version;
  return score;
}

std::size_t RivalOf(const Factors& products) {
  std::size_t rival = kSame + 1;
  for (std::size_t h = rival + 1; h < kHypothesisCount; ++h) {
    if (products[h] > products[rival]) rival = h;
  }
  return rival;
}

}  // namespace

Score ScorePair(const Model& model, const Record& left, const Record& right,
                std::uint64_t population) {
  const PairLevels levels = CompareRecords(left, right);
  const Factors products = Products(model, levels, left, right, population, [](const Finding&) {});
  return ScoreOf(model, products, levels, left, right);
}

bool ScorePairAtLeast(const Model& model, const Record& left, const Record& right,
                      std::uint64_t population, double probability_min, Score* score) {
  const PairLevels levels = CompareRecords(left, right);
  const Factors products = Products(model, levels, left, right, population, [](const Finding&) {});
  // The expression of ScoreOf.
  const double probability = products[kSame] / (products[kSame] + OthersOf(products));
  if (!(probability >= probability_min)) return false;
  *score = ScoreOf(model, products, levels, left, right);
  return true;
}

bool MayReach(const Model& model, const Record& left, const Record& right,
              std::uint64_t population_max, double probability_min) {
  const PairLevels levels = CompareRecords(left, right);
  Factors products = model.prior;  // The prior of a larger base speaks less for "same".
  for (const Comparison& comparison : model.comparisons) {
    const std::uint8_t level = levels.of(comparison.kind);
    if (level >= comparison.levels.size()) continue;  // missing
    const Factors factors = BestFactors(model, comparison.levels[level], left, population_max);
    for (std::size_t h = 0; h < kHypothesisCount; ++h) products[h] *= factors[h];
  }
  // The expression of ScoreOf: each of its operations rises with what it is given or falls with it,
  // rounding included, so what holds of the factors holds of the result.
  return products[kSame] / (products[kSame] + OthersOf(products)) >= probability_min;
}

DetailedScore ScorePairInDetail(const Model& model, const Record& left, const Record& right,
                                std::uint64_t population) {
  const PairLevels levels = CompareRecords(left, right);
  std::vector<Finding> findings;
  findings.reserve(model.comparisons.size());
  const Factors products = Products(model, levels, left, right, population,
                                    [&](const Finding& e) { findings.push_back(e); });
  DetailedScore detail;
  detail.score = ScoreOf(model, products, levels, left, right);
  const std::size_t rival = RivalOf(products);
  detail.rival = static_cast<Hypothesis>(rival);
  const Factors prior = PriorOf(model, population);
  detail.prior_bits = Log2(prior[kSame] / prior[rival]);
  detail.other_hypotheses_bits = -Log2(OthersOf(products) / products[rival]);
  for (const Finding& e : findings) {
    ComparisonScore comparison;
    comparison.missing = e.level == kMissing;
    comparison.level = comparison.missing ? std::uint8_t{0} : e.level;
    comparison.bits = Log2(e.factors[kSame] / e.factors[rival]);
    comparison.term_frequency = e.term_frequency;
    detail.comparisons.push_back(comparison);
  }
  return detail;
}

Band BandOf(const Model& model, double probability, bool same_matricule, std::uint32_t vetoes) {
  const Thresholds& thresholds = model.thresholds;
  if (!(probability >= thresholds.possible_probability_min)) return Band::kBelow;
  if (vetoes != 0 || probability < thresholds.probable_probability_min) return Band::kPossible;
  return same_matricule ? Band::kCertain : Band::kProbable;
}

}  // namespace vigie::matching
