#include "tools/batch/link.h"

#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <fstream>
#include <utility>

#include "fmt/format.h"
#include "matching/score.h"
#include "matching/screen.h"
#include "tools/batch/large_pages.h"
#include "tools/batch/parallel.h"
#include "tools/batch/prefetch.h"
#include "tools/csv.h"

namespace vigie::tools {
namespace {

using matching::Cluster;
using matching::Record;

constexpr std::size_t kScoreChunkRecords = 2048;
constexpr std::size_t kClusterChunk = 64;
constexpr std::size_t kWriteBytes = 1 << 20;
// Of a crowd of equal rows not every pair is written: from this size each with the first only.
constexpr std::size_t kEqualRowsMax = 16;
constexpr std::size_t kRowPairsMax = 256;  // of one pair of records

class Stopwatch {
 public:
  double Lap() {
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    return seconds;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

class Output {
 public:
  absl::Status Open(const std::string& path) {
    path_ = path;
    file_.open(path, std::ios::binary | std::ios::trunc);
    return file_ ? absl::OkStatus()
                 : absl::ResourceExhaustedError(fmt::format("cannot write {}", path));
  }
  std::string& text() {
    if (text_.size() >= kWriteBytes) Flush();
    return text_;
  }
  absl::Status Close() {
    Flush();
    file_.close();
    return file_ ? absl::OkStatus()
                 : absl::ResourceExhaustedError(fmt::format("cannot write {}", path_));
  }

 private:
  void Flush() {
    file_.write(text_.data(), static_cast<std::streamsize>(text_.size()));
    text_.clear();
  }
  std::string path_;
  std::ofstream file_;
  std::string text_;
};

double BitsOf(double probability) { return std::log2(probability / (1 - probability)); }

// What a thread counts while it scores.
struct ScoreCounts {
  std::uint64_t candidates = 0;
  std::uint64_t scored = 0;  // what the screen let through
  std::array<std::uint64_t, matching::kKeyKindMax + 1> pairs{}, unique{};
  std::uint64_t by_names = 0, by_date_and_place = 0, by_both = 0;

  void Seen(std::uint32_t kinds) {
    ++candidates;
    const bool alone = std::has_single_bit(kinds);
    for (; kinds != 0; kinds &= kinds - 1) {
      const auto kind = static_cast<std::size_t>(std::countr_zero(kinds));
      ++pairs[kind];
      if (alone) ++unique[kind];
    }
  }
  void Kept(std::uint32_t kinds) {
    const bool names = (kinds >> static_cast<unsigned>(matching::KeyKind::kNames) & 1) != 0;
    const bool place =
        (kinds >> static_cast<unsigned>(matching::KeyKind::kPlaceAndBirthDate) & 1) != 0;
    if (names) ++by_names;
    if (place) ++by_date_and_place;
    if (names && place) ++by_both;
  }
  void Merge(const ScoreCounts& other) {
    candidates += other.candidates;
    scored += other.scored;
    for (std::size_t k = 0; k < pairs.size(); ++k) {
      pairs[k] += other.pairs[k];
      unique[k] += other.unique[k];
    }
    by_names += other.by_names;
    by_date_and_place += other.by_date_and_place;
    by_both += other.by_both;
  }
};

void ReportCounts(const ScoreCounts& counts, std::uint64_t kept, LinkReport* report) {
  report->candidate_pairs = counts.candidates;
  report->scored_pairs = counts.scored;
  for (std::size_t k = 0; k < counts.pairs.size(); ++k) {
    report->keys[k].pairs = counts.pairs[k];
    report->keys[k].unique_pairs = counts.unique[k];
  }
  // Chapman's form of the Lincoln-Petersen estimate of how many pairs there are.
  constexpr std::uint64_t kBothMin = 20;
  if (counts.by_both < kBothMin) return;
  const double all = static_cast<double>(counts.by_names + 1) *
                         static_cast<double>(counts.by_date_and_place + 1) /
                         static_cast<double>(counts.by_both + 1) -
                     1;
  report->expected_missed_pairs = std::max(0.0, all - static_cast<double>(kept));
}

LinkedPair PairOf(std::uint32_t left, std::uint32_t right, const matching::Score& score) {
  return {left, right, score.weight_bits, score.probability, score.band, score.vetoes};
}

matching::ClusterOptions ClusterOptionsFor(double threshold) {
  matching::ClusterOptions options;
  options.threshold_bits = BitsOf(threshold);
  return options;
}

constexpr std::size_t kSketchesAhead = 12;

void PrefetchSketch(const std::vector<matching::Sketch>& sketches,
                    const std::vector<Candidate>& partners, std::size_t at) {
  if (at < partners.size()) Prefetch(sketches[partners[at].record]);
}

// The record of the one after the next, and what the next one points to.
void PrefetchRecord(const std::vector<Record>& records, const std::vector<Candidate>& partners,
                    std::size_t at) {
  if (at + 2 < partners.size()) Prefetch(records[partners[at + 2].record]);
  if (at + 1 < partners.size()) PrefetchParts(records[partners[at + 1].record]);
}

std::vector<matching::Sketch> SketchesOf(const std::vector<Record>& records, int threads) {
  std::vector<matching::Sketch> sketches;
  ReserveOnLargePages(records.size(), &sketches);
  sketches.resize(records.size());
  ParallelChunks(threads, records.size(), kScoreChunkRecords,
                 [&](std::size_t, std::size_t begin, std::size_t end) {
                   for (std::size_t r = begin; r < end; ++r) {
                     sketches[r] = matching::SketchOf(records[r]);
                   }
                 });
  return sketches;
}

// Scores the pairs of one record after the other, on one thread.
class PairScorer {
 public:
  PairScorer(const RecordTable& table, const std::vector<matching::Sketch>& sketches,
             const CandidateIndex& index, const matching::Model& model, double threshold)
      : records_(table.records()),
        sketches_(sketches),
        index_(index),
        model_(model),
        population_(table.population()),
        threshold_(threshold),
        screen_(model, table.population(), threshold) {}

  // Of records begin..end-1.
  void Score(std::size_t begin, std::size_t end, ScoreCounts* counts,
             std::vector<LinkedPair>* kept) {
    FindNext(begin);
    for (std::size_t left = begin; left < end; ++left) {
      partners_.swap(next_partners_);
      if (left + 1 < end) FindNext(left + 1);
      LeaveOut(static_cast<std::uint32_t>(left), counts);
      ScorePartners(static_cast<std::uint32_t>(left), counts, kept);
    }
  }

 private:
  // One record ahead, so that the first sketches are there when they are needed.
  void FindNext(std::size_t left) {
    index_.PartnersOf(static_cast<std::uint32_t>(left), &next_partners_);
    for (std::size_t p = 0; p < kSketchesAhead; ++p) PrefetchSketch(sketches_, next_partners_, p);
  }

  // Partners that cannot reach the threshold.
  void LeaveOut(std::uint32_t left, ScoreCounts* counts) {
    if (partners_.empty()) return;
    screen_.Begin(records_[left], sketches_[left]);
    std::size_t may_reach = 0;
    for (std::size_t p = 0; p < partners_.size(); ++p) {
      PrefetchSketch(sketches_, partners_, p + kSketchesAhead);
      counts->Seen(partners_[p].kinds);
      if (screen_.MayReach(sketches_[partners_[p].record])) partners_[may_reach++] = partners_[p];
    }
    partners_.resize(may_reach);
    counts->scored += may_reach;
  }

  void ScorePartners(std::uint32_t left, ScoreCounts* counts, std::vector<LinkedPair>* kept) {
    for (std::size_t p = 0; p < partners_.size(); ++p) {
      PrefetchRecord(records_, partners_, p);
      const Candidate& candidate = partners_[p];
      matching::Score score;
      if (!ScorePairAtLeast(model_, records_[left], records_[candidate.record], population_,
                            threshold_, &score)) {
        continue;
      }
      counts->Kept(candidate.kinds);
      kept->push_back(PairOf(left, candidate.record, score));
    }
  }

  const std::vector<Record>& records_;
  const std::vector<matching::Sketch>& sketches_;
  const CandidateIndex& index_;
  const matching::Model& model_;
  std::uint64_t population_;
  double threshold_;
  matching::Screen screen_;
  std::vector<Candidate> partners_, next_partners_;
};

// ---- From records back to rows -----------------------------------------------------------------

struct RowPair {
  std::uint32_t left = 0, right = 0;  // rows, left < right
  const LinkedPair* pair = nullptr;
};

class RowPairs {
 public:
  RowPairs(const RecordTable& table, LinkReport* report) : table_(table), report_(report) {}

  void Add(const LinkedPair& pair) {
    const auto [left, left_end] = table_.rows_of(pair.left);
    const auto [right, right_end] = table_.rows_of(pair.right);
    const auto all =
        static_cast<std::uint64_t>(left_end - left) * static_cast<std::uint64_t>(right_end - right);
    std::uint64_t added = 0;
    for (const std::uint32_t* l = left; l != left_end; ++l) {
      for (const std::uint32_t* r = right; r != right_end; ++r) {
        if (all > kRowPairsMax && l != left && r != right) break;
        Push(*l, *r, pair);
        ++added;
      }
    }
    report_->cut_row_pairs += all - added;
  }
  // Rows of one record: equal in everything.
  void AddEqual(const LinkedPair& self) {
    const auto [begin, end] = table_.rows_of(self.left);
    const auto size = static_cast<std::uint64_t>(end - begin);
    std::uint64_t added = 0;
    for (const std::uint32_t* l = begin; l != end; ++l) {
      if (size > kEqualRowsMax && l != begin) break;
      for (const std::uint32_t* r = l + 1; r != end; ++r, ++added) Push(*l, *r, self);
    }
    report_->cut_row_pairs += size * (size - 1) / 2 - added;
  }
  std::vector<RowPair> Take() {
    std::sort(pairs_.begin(), pairs_.end(), [](const RowPair& a, const RowPair& b) {
      return std::pair(a.left, a.right) < std::pair(b.left, b.right);
    });
    return std::move(pairs_);
  }

 private:
  void Push(std::uint32_t l, std::uint32_t r, const LinkedPair& pair) {
    // The second file's rows stand on the right; in one file the earlier row on the left.
    pairs_.push_back({std::min(l, r), std::max(l, r), &pair});
  }
  const RecordTable& table_;
  LinkReport* report_;
  std::vector<RowPair> pairs_;
};

// Score of each record that several rows share with itself; by record.
std::vector<LinkedPair> EqualPairs(const RecordTable& table, const matching::Model& model,
                                   double threshold) {
  std::vector<LinkedPair> equal;
  if (table.two_files()) return equal;
  for (std::uint32_t r = 0; r < table.records().size(); ++r) {
    const auto [begin, end] = table.rows_of(r);
    if (end - begin < 2) continue;
    const Record& record = table.records()[r];
    const matching::Score score = ScorePair(model, record, record, table.population());
    if (score.probability >= threshold && score.vetoes == 0) equal.push_back(PairOf(r, r, score));
  }
  return equal;
}

std::string VetoesText(const matching::Model& model, std::uint32_t vetoes) {
  std::string text;
  for (std::size_t i = 0; i < model.vetoes.size(); ++i) {
    if ((vetoes >> i & 1) == 0) continue;
    if (!text.empty()) text += '|';
    text += model.vetoes[i];
  }
  return text;
}

absl::Status WritePairs(const RecordTable& table, const matching::Model& model,
                        const std::vector<LinkedPair>& pairs, const std::vector<LinkedPair>& equal,
                        const LinkOptions& options, LinkReport* report) {
  RowPairs rows(table, report);
  for (const LinkedPair& pair : pairs) rows.Add(pair);
  for (const LinkedPair& pair : equal) rows.AddEqual(pair);
  const std::vector<RowPair> sorted = rows.Take();
  report->pairs = sorted.size();
  if (options.pairs_file.empty()) return absl::OkStatus();
  Output output;
  if (absl::Status status = output.Open(options.pairs_file); !status.ok()) return status;
  output.text() += options.with_bands ? "left_id,right_id,weight_bits,probability,band,vetoes\n"
                                      : "left_id,right_id,weight_bits,probability\n";
  for (const RowPair& row : sorted) {
    std::string& text = output.text();
    AppendCsvField(table.id_of_row(row.left), ',', &text);
    text += ',';
    AppendCsvField(table.id_of_row(row.right), ',', &text);
    // The shortest digits that read back as the same number.
    fmt::format_to(std::back_inserter(text), ",{},{}", row.pair->weight_bits,
                   row.pair->probability);
    if (options.with_bands) {
      text += ',' + BandName(row.pair->band) + ',' + VetoesText(model, row.pair->vetoes);
    }
    text += '\n';
  }
  return output.Close();
}

// Cluster number of each row, from 1, in the order of their first rows.
std::vector<std::uint32_t> NumberRows(const RecordTable& table,
                                      const std::vector<Cluster>& clusters,
                                      const std::vector<LinkedPair>& equal, LinkReport* report) {
  constexpr std::uint32_t kNone = 0xffffffff;
  std::vector<std::uint32_t> cluster_of_record(table.records().size(), kNone);
  for (std::size_t c = 0; c < clusters.size(); ++c) {
    for (const std::uint32_t record : clusters[c].records) {
      cluster_of_record[record] = static_cast<std::uint32_t>(c);
    }
  }
  std::vector<bool> rows_together(table.records().size());
  for (const LinkedPair& pair : equal) rows_together[pair.left] = true;
  std::vector<std::uint32_t> number_of_cluster(clusters.size(), 0);
  std::vector<std::uint32_t> number_of_record(table.records().size(), 0);
  std::vector<std::uint32_t> numbers(table.row_count());
  std::vector<std::uint32_t> sizes(1, 0);
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    const std::uint32_t record = table.record_of_row(row);
    const std::uint32_t cluster = cluster_of_record[record];
    std::uint32_t fresh = 0;
    std::uint32_t& number = cluster != kNone        ? number_of_cluster[cluster]
                            : rows_together[record] ? number_of_record[record]
                                                    : fresh;
    if (number == 0) {
      number = static_cast<std::uint32_t>(sizes.size());
      sizes.push_back(0);
    }
    numbers[row] = number;
    ++sizes[number];
  }
  for (const std::uint32_t size : sizes) {
    if (size > 1) ++report->clusters;
    if (size >= matching::ClusterOptions{}.large_cluster_records) ++report->large_clusters;
    report->largest_cluster = std::max<std::uint64_t>(report->largest_cluster, size);
  }
  return numbers;
}

absl::Status WriteClusters(const RecordTable& table, const std::vector<std::uint32_t>& numbers,
                           const std::string& path) {
  if (path.empty()) return absl::OkStatus();
  Output output;
  if (absl::Status status = output.Open(path); !status.ok()) return status;
  output.text() += "id,cluster_id\n";
  for (std::size_t row = 0; row < numbers.size(); ++row) {
    std::string& text = output.text();
    AppendCsvField(table.id_of_row(row), ',', &text);
    fmt::format_to(std::back_inserter(text), ",{}\n", numbers[row]);
  }
  return output.Close();
}

std::function<void(double, std::int64_t)> ReadingProgress(const BatchProgress& progress) {
  if (!progress) return {};
  return [&progress](double fraction, std::int64_t rows) {
    progress("reading", fraction, rows, "rows");
  };
}

}  // namespace

std::int64_t PeakMemoryBytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

std::string BandName(matching::Band band) {
  switch (band) {
    case matching::Band::kBelow:
      return "below";
    case matching::Band::kPossible:
      return "possible";
    case matching::Band::kProbable:
      return "probable";
    case matching::Band::kCertain:
      return "certain";
  }
  return {};
}

std::vector<LinkedPair> ScoreCandidates(const RecordTable& table, const CandidateIndex& index,
                                        const matching::Model& model, double threshold, int threads,
                                        LinkReport* report, const BatchProgress& progress) {
  const std::vector<matching::Sketch> sketches = SketchesOf(table.records(), threads);
  const std::size_t count = table.records().size();
  const std::size_t chunks = ChunkCount(count, kScoreChunkRecords);
  std::vector<std::vector<LinkedPair>> kept(chunks);
  std::vector<ScoreCounts> counts(chunks);
  ParallelChunks(
      threads, count, kScoreChunkRecords,
      [&](std::size_t chunk, std::size_t begin, std::size_t end) {
        PairScorer(table, sketches, index, model, threshold)
            .Score(begin, end, &counts[chunk], &kept[chunk]);
      },
      [&](std::size_t done) {
        if (!progress) return;
        progress("scoring", static_cast<double>(done) / static_cast<double>(count),
                 static_cast<std::int64_t>(done), "records");
      });
  ScoreCounts all;
  std::vector<LinkedPair> pairs;
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    all.Merge(counts[chunk]);
    pairs.insert(pairs.end(), kept[chunk].begin(), kept[chunk].end());
  }
  ReportCounts(all, pairs.size(), report);
  return pairs;
}

std::vector<Cluster> ClusterPairs(const RecordTable& table, const std::vector<LinkedPair>& pairs,
                                  const matching::Model& model, double threshold, int threads,
                                  LinkReport* report) {
  const matching::ClusterOptions options = ClusterOptionsFor(threshold);
  std::vector<matching::ScoredPair> scored;
  scored.reserve(pairs.size());
  for (const LinkedPair& pair : pairs) {
    scored.push_back({pair.left, pair.right, pair.weight_bits, pair.vetoes != 0});
  }
  const matching::Components split = SplitComponents(std::move(scored), options);
  report->cut_components = split.cut_components;
  const auto score = [&](std::uint32_t left, std::uint32_t right) {
    const matching::Score s =
        ScorePair(model, table.records()[left], table.records()[right], table.population());
    return matching::ScoredPair{left, right, s.weight_bits, s.vetoes != 0};
  };
  const std::size_t chunks = ChunkCount(split.components.size(), kClusterChunk);
  std::vector<std::vector<Cluster>> parts(chunks);
  ParallelChunks(
      threads, split.components.size(), kClusterChunk,
      [&](std::size_t chunk, std::size_t begin, std::size_t end) {
        for (std::size_t c = begin; c < end; ++c) {
          for (Cluster& cluster : ClusterComponent(split.components[c], score, options)) {
            parts[chunk].push_back(std::move(cluster));
          }
        }
      });
  std::vector<Cluster> clusters;
  for (std::vector<Cluster>& part : parts) {
    for (Cluster& cluster : part) {
      if (cluster.thin) ++report->thin_clusters;
      clusters.push_back(std::move(cluster));
    }
  }
  return clusters;
}

absl::StatusOr<LinkReport> Link(const ModelFile& model, const LinkOptions& options,
                                const BatchProgress& progress) {
  LinkReport report;
  report.model_version = model.model.version;
  const double threshold =
      options.threshold.value_or(model.model.thresholds.review_probability_min);
  if (!(threshold > 0 && threshold < 1)) {
    return absl::InvalidArgumentError("the threshold must be above 0 and below 1");
  }
  ReadOptions read = options.read;
  if (!read.mapping) read.mapping = model.mapping;
  Stopwatch watch;
  const auto reading = ReadingProgress(progress);
  absl::StatusOr<RecordTable> table = RecordTable::Read(read, &report.read, reading);
  if (!table.ok()) return table.status();
  report.records = table->records().size();
  report.read_seconds = watch.Lap();

  std::vector<LinkedPair> pairs;
  {
    const CandidateIndex index = CandidateIndex::Build(*table, read.threads, [&](double fraction) {
      if (progress)
        progress("keys", fraction, static_cast<std::int64_t>(report.records), "records");
    });
    report.keys = index.statistics();
    report.keys_per_record = index.keys_per_record();
    report.candidate_seconds = watch.Lap();
    pairs = ScoreCandidates(*table, index, model.model, threshold, read.threads, &report, progress);
    report.score_seconds = watch.Lap();
  }
  const std::vector<Cluster> clusters =
      ClusterPairs(*table, pairs, model.model, threshold, read.threads, &report);
  const std::vector<LinkedPair> equal = EqualPairs(*table, model.model, threshold);
  const std::vector<std::uint32_t> numbers = NumberRows(*table, clusters, equal, &report);
  report.cluster_seconds = watch.Lap();
  if (absl::Status status = WritePairs(*table, model.model, pairs, equal, options, &report);
      !status.ok()) {
    return status;
  }
  if (absl::Status status = WriteClusters(*table, numbers, options.clusters_file); !status.ok()) {
    return status;
  }
  report.write_seconds = watch.Lap();
  report.peak_memory_bytes = PeakMemoryBytes();
  return report;
}

absl::StatusOr<CompareReport> CompareModels(const ModelFile& old_model,
                                            const matching::Model& new_model,
                                            const ReadOptions& read, const std::string& out_file,
                                            const BatchProgress& progress) {
  ReadOptions with_mapping = read;
  if (!with_mapping.mapping) with_mapping.mapping = old_model.mapping;
  ReadReport read_report;
  const auto reading = ReadingProgress(progress);
  absl::StatusOr<RecordTable> table = RecordTable::Read(with_mapping, &read_report, reading);
  if (!table.ok()) return table.status();
  const CandidateIndex index = CandidateIndex::Build(*table, read.threads, {});
  const std::vector<Record>& records = table->records();
  struct Change {
    std::uint32_t left, right;
    matching::Band old_band, new_band;
    double old_probability, new_probability;
  };
  const std::size_t chunks = ChunkCount(records.size(), kScoreChunkRecords);
  std::vector<std::vector<Change>> changes(chunks);
  std::vector<CompareReport> reports(chunks);
  ParallelChunks(
      read.threads, records.size(), kScoreChunkRecords,
      [&](std::size_t chunk, std::size_t begin, std::size_t end) {
        std::vector<Candidate> partners;
        for (std::size_t l = begin; l < end; ++l) {
          index.PartnersOf(static_cast<std::uint32_t>(l), &partners);
          for (const Candidate& candidate : partners) {
            const Record& right = records[candidate.record];
            const matching::Score before =
                ScorePair(old_model.model, records[l], right, table->population());
            const matching::Score after =
                ScorePair(new_model, records[l], right, table->population());
            ++reports[chunk].candidate_pairs;
            if (before.band == after.band) continue;
            ++reports[chunk].changed_pairs;
            ++reports[chunk].moves[static_cast<std::size_t>(before.band)]
                                  [static_cast<std::size_t>(after.band)];
            changes[chunk].push_back({static_cast<std::uint32_t>(l), candidate.record, before.band,
                                      after.band, before.probability, after.probability});
          }
        }
      });
  CompareReport report;
  Output output;
  if (absl::Status status = output.Open(out_file); !status.ok()) return status;
  output.text() += "left_id,right_id,old_band,new_band,old_probability,new_probability\n";
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    report.candidate_pairs += reports[chunk].candidate_pairs;
    report.changed_pairs += reports[chunk].changed_pairs;
    for (std::size_t i = 0; i < 4; ++i) {
      for (std::size_t j = 0; j < 4; ++j) report.moves[i][j] += reports[chunk].moves[i][j];
    }
    for (const Change& change : changes[chunk]) {
      std::string& text = output.text();
      AppendCsvField(table->id_of_row(*table->rows_of(change.left).first), ',', &text);
      text += ',';
      AppendCsvField(table->id_of_row(*table->rows_of(change.right).first), ',', &text);
      fmt::format_to(std::back_inserter(text), ",{},{},{},{}\n", BandName(change.old_band),
                     BandName(change.new_band), change.old_probability, change.new_probability);
    }
  }
  if (absl::Status status = output.Close(); !status.ok()) return status;
  return report;
}

}  // namespace vigie::tools
