// Batch linkage: from CSV files to pairs and clusters, with the scorer of the daemon.
//
// The same files, model and options give the same bytes, whatever the number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "matching/cluster.h"
#include "matching/model.h"
#include "tools/batch/candidates.h"
#include "tools/batch/model_file.h"
#include "tools/batch/record_table.h"

namespace vigie::tools {

// Told of long work: what is done (e.g. "scoring"), fraction 0..1, and a count of `unit`.
using BatchProgress = std::function<void(const std::string& step, double fraction,
                                         std::int64_t count, const std::string& unit)>;

struct LinkOptions {
  ReadOptions read;
  std::optional<double> threshold;  // probability; absent: the model's review threshold
  std::string pairs_file;           // empty: not written
  std::string clusters_file;        // empty: not written
  bool with_bands = false;          // adds the columns band and vetoes to the pairs
};

// A pair of records at or above the threshold.
struct LinkedPair {
  std::uint32_t left = 0, right = 0;  // records of the table, left < right
  double weight_bits = 0;
  double probability = 0;
  matching::Band band = matching::Band::kBelow;
  std::uint32_t vetoes = 0;
};

struct LinkReport {
  ReadReport read;
  std::string model_version;
  std::uint64_t records = 0;
  std::uint64_t candidate_pairs = 0;
  std::uint64_t scored_pairs = 0;  // of them in full: those whose sketches left it open (screen.h)
  std::uint64_t pairs = 0;         // written: of rows, equal rows included
  std::uint64_t cut_row_pairs =
      0;                       // pairs of rows of one crowd of equal rows that were not written
  std::uint64_t clusters = 0;  // of two rows and more
  std::uint64_t large_clusters = 0, thin_clusters = 0;
  std::uint64_t largest_cluster = 0;
  std::uint64_t cut_components = 0;
  double keys_per_record = 0;
  KeyStatisticsByKind keys{};
  // Pairs above the threshold a search by these keys is expected to miss, by capture and recapture
  // of two kinds of keys that have no field in common; negative: not known.
  double expected_missed_pairs = -1;
  double read_seconds = 0, candidate_seconds = 0, score_seconds = 0, cluster_seconds = 0,
         write_seconds = 0;
  std::int64_t peak_memory_bytes = 0;
};

// INVALID_ARGUMENT for what is wrong in files or options; RESOURCE_EXHAUSTED when a result cannot
// be written.
absl::StatusOr<LinkReport> Link(const ModelFile& model, const LinkOptions& options,
                                const BatchProgress& progress);

// The steps, for tests and for comparing models. Pairs by (left, right).
std::vector<LinkedPair> ScoreCandidates(const RecordTable& table, const CandidateIndex& index,
                                        const matching::Model& model, double threshold, int threads,
                                        LinkReport* report, const BatchProgress& progress);
std::vector<matching::Cluster> ClusterPairs(const RecordTable& table,
                                            const std::vector<LinkedPair>& pairs,
                                            const matching::Model& model, double threshold,
                                            int threads, LinkReport* report);

// `vigie train --compare`: candidate pairs whose band differs under two models, as CSV
// left_id,right_id,old_band,new_band,old_probability,new_probability.
struct CompareReport {
  std::uint64_t candidate_pairs = 0;
  std::uint64_t changed_pairs = 0;
  // [old band][new band]
  std::array<std::array<std::uint64_t, 4>, 4> moves{};
};
absl::StatusOr<CompareReport> CompareModels(const ModelFile& old_model,
                                            const matching::Model& new_model,
                                            const ReadOptions& read, const std::string& out_file,
                                            const BatchProgress& progress);

std::int64_t PeakMemoryBytes();
std::string BandName(matching::Band band);

}  // namespace vigie::tools
