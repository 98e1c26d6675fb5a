// Training without labels: from counted agreement patterns to the probabilities of a model.
//
// What is known of a pair is its pattern, one level per comparison, packed in 64 bits. There are
// thousands of patterns where there are millions of pairs, so a pass over the data only counts, and
// expectation-maximisation (Dempster, Laird, Rubin 1977; for linkage Winkler 1988) works on the
// counts. Patterns come from
//   random pairs   nearly all strangers: they alone teach P(level | stranger);
//   seven passes   pairs that agree on a key. A pass says nothing of the fields its key fixes, nor
//                  of the sex when it fixes a given name: it is blind to them, and each field is
//                  free in at least two passes;
//   labels         pairs a person has decided, mixed in as counts with a known hypothesis.
// The two hypotheses of relatives are held by a Dirichlet prior: given names and sex as between
// strangers, everything else as the model given says. Left free, they change places with `same`
// (matching/README.md).
//
// Pure and deterministic. Counting is for the caller to spread over threads: counts of parts are
// merged with Merge, and nothing depends on the order.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "matching/levels.h"
#include "matching/model.h"
#include "matching/record.h"

namespace vigie::matching {

// ---- Patterns ----------------------------------------------------------------------------------

// Four bits a comparison, by ComparisonKind; 15 is missing.
using PatternKey = std::uint64_t;
inline constexpr int kPatternBits = 4;
inline constexpr std::uint8_t kPatternMissing = 15;
PatternKey PackLevels(const PairLevels& levels);
PairLevels UnpackLevels(PatternKey pattern);

// How many pairs have each pattern.
class PatternCounts {
 public:
  void Add(PatternKey pattern, std::uint64_t count = 1) { counts_[pattern] += count; }
  void Merge(const PatternCounts& other);
  std::uint64_t total() const;
  std::size_t size() const { return counts_.size(); }
  // Ascending by pattern: the order in which sums are made, whatever the order of counting.
  std::vector<std::pair<PatternKey, std::uint64_t>> Sorted() const;

 private:
  std::unordered_map<PatternKey, std::uint64_t> counts_;
};

// ---- Passes ------------------------------------------------------------------------------------

enum class TrainingPass : std::uint8_t {
  kFamilyAndDate = 0,   // sound of birth family name + birth date
  kGivenAndDate = 1,    // sound of first given name + birth date
  kFamilyAndGiven = 2,  // both sounds
  kDateAndPlace = 3,    // birth date + birth place
  kAddress = 4,         // postal code + street: shows households
  kPhone = 5,           // the same, where a file has no streets
  kEmail = 6,
};
inline constexpr std::size_t kTrainingPassCount = 7;
std::string_view TrainingPassName(TrainingPass pass);
// Is the pass blind to this comparison, since its key decides it?
bool PassFixes(TrainingPass pass, ComparisonKind kind);

// Key of the record in each pass; 0: it takes no part. Two records are a pair of the pass when
// their keys are equal and not 0.
std::array<std::uint64_t, kTrainingPassCount> TrainingKeys(const Record& record);

// The k-th random pair of `count` records, the same for a seed on every machine; left != right.
std::pair<std::size_t, std::size_t> RandomPair(std::uint64_t seed, std::uint64_t k,
                                               std::size_t count);

// All that is counted. One per thread, merged.
struct TrainingCounts {
  PatternCounts random;
  std::array<PatternCounts, kTrainingPassCount> passes;
  PatternCounts any_pass;  // each pair that is in at least one pass, once
  PatternCounts labelled_same;
  PatternCounts labelled_different;
  void Merge(const TrainingCounts& other);
};

// ---- Estimation --------------------------------------------------------------------------------

struct TrainOptions {
  std::uint64_t record_count = 0;
  double possible_pair_count = 0;  // n (n - 1) / 2, or n1 n2 when two files are linked
  double relative_weight_records =
      0.1;  // pseudo-pairs per record, given names and sex of relatives
  double relative_other_weight_records = 0.1;  // the same for their other comparisons
  // Relatives a pass whose key cannot tell them from one person is believed to hold unseen, as a
  // share of those the model given expects there.
  double relative_share_weight = 1;
  double same_weight_pairs = 100;      // pseudo-pairs that hold `same` at the model given
  double stranger_weight_pairs = 100;  // the same for `stranger`
  double label_weight = 1;             // pairs an unlabelled one a label counts for
  double change_max = 1e-6;            // stops when no probability moved by more
  int iterations_max = 1000;
};

struct TrainReport {
  int iterations = 0;
  double last_change = 0;
  // Expected pairs of each hypothesis among all possible pairs.
  std::array<double, kHypothesisCount> expected_pairs{};
  // Comparisons the data says nothing about: they keep the probabilities of the model given.
  std::vector<std::string> untrained_comparisons;
  // Comparisons whose weights were not ordered by level and were made so.
  std::vector<std::string> reordered_comparisons;
};

struct TrainedModel {
  Model model;  // `version` is empty: it is of the text (model_write.h)
  TrainReport report;
};

// FAILED_PRECONDITION with the reason when the result makes no sense and must not be used: too few
// pairs of one person, an exact level likelier between strangers than in one person, hypotheses
// that changed places, no convergence. INVALID_ARGUMENT for options out of range.
absl::StatusOr<TrainedModel> TrainModel(const Model& given, const TrainingCounts& counts,
                                        const TrainOptions& options);

// The least expected number of pairs of one person a model can be learnt from.
inline constexpr double kSamePairsMin = 20;
// No record has this many duplicates on average: a column that is the same for everyone.
inline constexpr double kSamePairsPerRecordMax = 20;

// Chains of levels whose weight for `same` must not rise from one to the next ("closer" never
// weighs less), for a comparison. Levels that no order binds are in no chain.
const std::vector<std::vector<std::uint8_t>>& OrderedLevels(ComparisonKind kind);

}  // namespace vigie::matching
