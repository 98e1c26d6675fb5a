// `vigie train`: reads, counts agreement patterns on several threads, and has matching/train.h make
// a model of them, written with where it comes from.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "matching/train.h"
#include "tools/batch/link.h"
#include "tools/batch/model_file.h"
#include "tools/batch/record_table.h"

namespace vigie::tools {

inline constexpr std::uint64_t kRandomPairsDefault = 2'000'000;
inline constexpr std::uint64_t kPassPairsMax = 5'000'000;  // beyond, every n-th block is counted
inline constexpr std::size_t kPassBlockRecordsMax = 300;   // larger blocks teach nothing but time

struct TrainRunOptions {
  ReadOptions read;
  std::uint64_t seed = 1;
  std::uint64_t random_pairs = kRandomPairsDefault;
  std::string labels_file;  // CSV left_id,right_id,same (1 or 0); empty: none
  double label_weight = 1;
  std::string name;  // of the model; empty: that of the model given
  std::string date;  // YYYY-MM-DD, for the provenance
  std::string out_file;
};

struct TrainRunReport {
  ReadReport read;
  matching::TrainReport train;
  std::string model_version;
  std::uint64_t records = 0;
  std::uint64_t random_pairs = 0;
  std::array<std::uint64_t, matching::kTrainingPassCount> pass_pairs{};
  std::uint64_t labels = 0;
  std::size_t patterns = 0;
  double read_seconds = 0, count_seconds = 0, train_seconds = 0;
  std::int64_t peak_memory_bytes = 0;
};

// INVALID_ARGUMENT for what is wrong in files or options, FAILED_PRECONDITION when the data does
// not make a sensible model: nothing is written then.
absl::StatusOr<TrainRunReport> Train(const ModelFile& given, const TrainRunOptions& options,
                                     const BatchProgress& progress);

// The counting alone. Same counts for a seed, whatever the number of threads.
matching::TrainingCounts CountPatterns(const RecordTable& table, std::uint64_t seed,
                                       std::uint64_t random_pairs, int threads,
                                       const BatchProgress& progress);

}  // namespace vigie::tools
