// The model: which comparisons are made, with which levels, and how probable each level is under
// each hypothesis about the pair. Data, read from TOML; immutable once read.
//
// Four hypotheses (matching/README.md): the same person; two people born together (twins: birth
// date and place shared); two people of one household or family (name and address shared); two
// strangers. A level holds P(level | hypothesis) for each.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "matching/identity.h"
#include "matching/levels.h"
#include "matching/record.h"

namespace vigie::matching {

enum class Hypothesis : std::uint8_t {
  kSame = 0,
  kBornTogether = 1,
  kHousehold = 2,
  kStranger = 3
};
inline constexpr std::size_t kHypothesisCount = 4;

struct Level {
  std::string name;                                    // e.g. "exact"
  std::array<double, kHypothesisCount> probability{};  // each in (0, 1)
  // Column whose term frequency replaces P(level | stranger) on this level, 0: none.
  std::uint8_t term_column = 0;
  // Bit h: the term frequency counts against hypothesis h. Relatives share family names, places and
  // addresses whatever their frequency, so there only strangers are meant; a given name is as rare
  // among relatives as elsewhere, within kRelativeTermRatioMin/Max.
  std::uint8_t term_against = 0;
};

struct Comparison {
  std::string name;           // e.g. "birth_date": what is compared; chooses the comparator
  std::vector<Level> levels;  // in the comparator's order; probabilities of a hypothesis sum to 1
  ComparisonKind kind = ComparisonKind::kFamilyName;  // of `name`
};

struct Thresholds {
  double possible_probability_min = 0;  // shown as possible duplicate
  double review_probability_min = 0;    // at or above: a case
  double probable_probability_min = 0;
};

struct Model {
  std::string name;
  std::string version;  // "<name>@<16 hex digits>": hash of everything that changes a score
  std::string description;
  // Of any two records of a base, before a field is looked at; sums to 1. Of a base of
  // `prior_population` identities and of smaller ones: a larger one has as many duplicates and
  // relatives a record, so among its pairs they are rarer in proportion (score.h). 0: of any.
  std::array<double, kHypothesisCount> prior{};
  std::uint64_t prior_population = 0;
  double term_frequency_min = 1e-5;  // floor, so that a typing error never seen before is no proof
  // Smoothing: frequency = (count + w * u) / (population + w), u = P(level | stranger), w this
  // weight. A base of three people says nothing of how common a name is.
  double term_frequency_prior_weight = 10000;
  std::vector<Comparison> comparisons;
  Thresholds thresholds;
  std::vector<std::string> vetoes;  // names of contradictions that are checked outside the sum
};

// Each probability and prior is at least this: nothing is impossible, and products stay numbers.
inline constexpr double kProbabilityMin = 1e-12;
// How far a term frequency may move the probability of a level under a hypothesis of relatives,
// as a ratio: fathers and sons do share rare names.
inline constexpr double kRelativeTermRatioMin = 0.25;
inline constexpr double kRelativeTermRatioMax = 4;
// Part of every model's version: raised when levels, kernels or the formula change.
inline constexpr std::uint64_t kScorerVersion = 3;
inline constexpr std::size_t kModelBytesMax = 1 << 20;

std::string_view HypothesisName(Hypothesis hypothesis);  // "same", "born_together", ...

// INVALID_ARGUMENT with line, key and remedy: unknown comparison or level, a missing level, a
// probability outside (0, 1) or not a number, a sum that is not 1 (±0.001), thresholds out of
// order.
absl::StatusOr<Model> ParseModel(const std::string& toml, const std::string& source_name);

// The compiled-in French hospital model.
std::shared_ptr<const Model> FrenchHospitalModel();
// Its TOML text, for `vigie` to print and people to start from.
std::string_view FrenchHospitalModelToml();

}  // namespace vigie::matching
