// Quality of a matching against a truth: pairwise precision, recall and F1, merged twins; of
// clusters also B-cubed and wrong merges; of probabilities how far they are from what happens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "matching/agreement.h"

namespace vigie::tools {

struct EvaluateOptions {
  std::string truth_file;
  std::string id_column;     // of the truth file: what the pairs call a record
  std::string truth_column;  // of the truth file: equal for records of one person
  // Columns of the truth file; when both are given, wrong pairs with equal birth date and different
  // given name are counted as merged twins.
  std::string birth_date_column, given_name_column;
  // Columns left_id,right_id (or left_local_id,right_local_id, which win when both are there and
  // the ids of the truth are local ids) and, for a threshold, probability.
  std::string pairs_file;
  // Columns id,cluster_id; instead of the pairs. Two records of one cluster are a pair found.
  std::string clusters_file;
  std::optional<double> probability_min;  // pairs below are not counted
};

struct Evaluation {
  std::int64_t records = 0;
  std::int64_t true_pairs = 0;   // pairs of records of one person
  std::int64_t found_pairs = 0;  // distinct, at or above the threshold
  std::int64_t right_pairs = 0;  // found and true
  std::optional<std::int64_t> merged_twins;
  // Of clusters: B-cubed (Bagga and Baldwin 1998), the mean over records of the share of its
  // cluster that is its person, and of its person that is in its cluster; and how many joins too
  // many, a cluster of n persons being n - 1.
  std::optional<double> b_cubed_precision, b_cubed_recall;
  std::optional<std::int64_t> wrong_merges;
  // Of pairs with a probability; all that are in the file, whatever the threshold.
  std::optional<matching::ReliabilityTable> calibration;
  double b_cubed_f1() const;
  double wrong_merges_per_10000_records() const;
  // Mean over pairs of the distance, in each bin, of the mean probability from the share of right
  // pairs. 0 without pairs.
  double calibration_error() const;
  double precision() const;  // 1 when nothing was found
  double recall() const;     // 1 when there was nothing to find
  double f1() const;
};

// INVALID_ARGUMENT with file and line: a column that is not there (with "did you mean"), an id
// twice in the truth or the clusters, an unknown id, a pair of a record with itself, a malformed
// row, neither pairs nor clusters or both. A record in no cluster stands alone.
absl::StatusOr<Evaluation> Evaluate(const EvaluateOptions& options);

}  // namespace vigie::tools
