// Pairwise quality of a matching against a truth: precision, recall, F1, and merged twins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

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
  std::optional<double> probability_min;  // pairs below are not counted
};

struct Evaluation {
  std::int64_t records = 0;
  std::int64_t true_pairs = 0;   // pairs of records of one person
  std::int64_t found_pairs = 0;  // distinct, at or above the threshold
  std::int64_t right_pairs = 0;  // found and true
  std::optional<std::int64_t> merged_twins;
  double precision() const;  // 1 when nothing was found
  double recall() const;     // 1 when there was nothing to find
  double f1() const;
};

// INVALID_ARGUMENT with file and line: a column that is not there (with "did you mean"), an id
// twice in the truth, a pair of an unknown id or of a record with itself, a malformed row.
absl::StatusOr<Evaluation> Evaluate(const EvaluateOptions& options);

}  // namespace vigie::tools
