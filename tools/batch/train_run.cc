#include "tools/batch/train_run.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <unordered_map>
#include <utility>

#include "fmt/format.h"
#include "matching/model_write.h"
#include "tools/batch/parallel.h"
#include "tools/batch/prefetch.h"
#include "tools/csv.h"

namespace vigie::tools {
namespace {

using matching::kTrainingPassCount;
using matching::PatternCounts;
using matching::Record;
using matching::TrainingCounts;

constexpr std::size_t kRandomChunk = 65536;
constexpr std::size_t kBlockChunk = 4096;
constexpr std::size_t kKeyChunk = 16384;
constexpr std::size_t kPairsTogether = 4096;

using Keys = std::array<std::uint64_t, kTrainingPassCount>;
using Entry = std::pair<std::uint64_t, std::uint32_t>;  // key, record

struct Block {
  std::size_t begin = 0, end = 0;  // into the sorted entries
};

matching::PatternKey PatternOf(const RecordTable& table, std::uint32_t left, std::uint32_t right) {
  return PackLevels(CompareRecords(table.records()[left], table.records()[right]));
}

bool MayCompare(const RecordTable& table, std::uint32_t left, std::uint32_t right) {
  return !table.two_files() || table.is_of_second(left) != table.is_of_second(right);
}

struct RecordPair {
  std::uint32_t left = 0, right = 0;
};

// Tells `each` the pattern of each pair, in order.
template <typename Each>
void ComparePairs(const RecordTable& table, const std::vector<RecordPair>& pairs, Each each) {
  const std::vector<Record>& records = table.records();
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    if (p + 2 < pairs.size()) {
      Prefetch(records[pairs[p + 2].left]);
      Prefetch(records[pairs[p + 2].right]);
    }
    if (p + 1 < pairs.size()) {
      PrefetchParts(records[pairs[p + 1].left]);
      PrefetchParts(records[pairs[p + 1].right]);
    }
    each(pairs[p], PatternOf(table, pairs[p].left, pairs[p].right));
  }
}

TrainingCounts CountRandom(const RecordTable& table, std::uint64_t seed, std::uint64_t pairs,
                           int threads) {
  TrainingCounts counts;
  const std::size_t rows = table.row_count();
  if (rows < 2) return counts;
  std::vector<TrainingCounts> parts(ChunkCount(pairs, kRandomChunk));
  ParallelChunks(
      threads, pairs, kRandomChunk, [&](std::size_t chunk, std::size_t begin, std::size_t end) {
        std::vector<RecordPair> pairs_of_chunk;
        for (std::size_t k = begin; k < end; ++k) {
          const auto [l, r] = matching::RandomPair(seed, k, rows);
          const RecordPair pair = {table.record_of_row(l), table.record_of_row(r)};
          if (MayCompare(table, pair.left, pair.right)) pairs_of_chunk.push_back(pair);
        }
        ComparePairs(table, pairs_of_chunk, [&](const RecordPair&, matching::PatternKey pattern) {
          parts[chunk].random.Add(pattern);
        });
      });
  for (const TrainingCounts& part : parts) counts.Merge(part);
  return counts;
}

std::vector<Entry> SortedEntries(const std::vector<Keys>& keys, std::size_t pass) {
  std::vector<Entry> entries;
  for (std::size_t r = 0; r < keys.size(); ++r) {
    if (keys[r][pass] != 0) entries.emplace_back(keys[r][pass], static_cast<std::uint32_t>(r));
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

std::vector<Block> BlocksOf(const std::vector<Entry>& entries, std::uint64_t* pairs) {
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < entries.size();) {
    std::size_t end = i + 1;
    while (end < entries.size() && entries[end].first == entries[i].first) ++end;
    const std::size_t size = end - i;
    if (size > 1 && size <= kPassBlockRecordsMax) {
      blocks.push_back({i, end});
      *pairs += size * (size - 1) / 2;
    }
    i = end;
  }
  return blocks;
}

bool InEarlierPass(const Keys& left, const Keys& right, std::size_t pass) {
  for (std::size_t p = 0; p < pass; ++p) {
    if (left[p] != 0 && left[p] == right[p]) return true;
  }
  return false;
}

void AddPairsOf(const RecordTable& table, const std::vector<Entry>& entries, const Block& block,
                std::vector<RecordPair>* pairs) {
  for (std::size_t i = block.begin; i < block.end; ++i) {
    for (std::size_t j = i + 1; j < block.end; ++j) {
      const RecordPair pair = {entries[i].second, entries[j].second};
      if (MayCompare(table, pair.left, pair.right)) pairs->push_back(pair);
    }
  }
}

// `stride`: one block of so many is counted.
void CountPairs(const RecordTable& table, const std::vector<Keys>& keys, std::size_t pass,
                std::uint64_t stride, const std::vector<RecordPair>& pairs,
                TrainingCounts* counts) {
  ComparePairs(table, pairs, [&](const RecordPair& pair, matching::PatternKey pattern) {
    counts->passes[pass].Add(pattern);
    if (!InEarlierPass(keys[pair.left], keys[pair.right], pass)) {
      counts->any_pass.Add(pattern, stride);
    }
  });
}

TrainingCounts CountPass(const RecordTable& table, const std::vector<Keys>& keys, std::size_t pass,
                         int threads) {
  const std::vector<Entry> entries = SortedEntries(keys, pass);
  std::uint64_t pairs = 0;
  const std::vector<Block> blocks = BlocksOf(entries, &pairs);
  // Blocks are in the order of a hash, so every n-th is a random choice.
  const std::uint64_t stride = pairs / kPassPairsMax + 1;
  std::vector<TrainingCounts> parts(ChunkCount(blocks.size(), kBlockChunk));
  ParallelChunks(threads, blocks.size(), kBlockChunk,
                 [&](std::size_t chunk, std::size_t begin, std::size_t end) {
                   std::vector<RecordPair> waiting;
                   const auto count = [&] {
                     CountPairs(table, keys, pass, stride, waiting, &parts[chunk]);
                     waiting.clear();
                   };
                   for (std::size_t b = begin; b < end; ++b) {
                     if (b % stride != 0) continue;
                     AddPairsOf(table, entries, blocks[b], &waiting);
                     if (waiting.size() >= kPairsTogether) count();
                   }
                   count();
                 });
  TrainingCounts counts;
  for (const TrainingCounts& part : parts) counts.Merge(part);
  return counts;
}

// ---- Labels ------------------------------------------------------------------------------------

absl::Status At(const CsvReader& reader, const CsvRow& row, const std::string& what) {
  return absl::InvalidArgumentError(fmt::format("{}:{}: {}", reader.name(), row.line, what));
}

absl::StatusOr<std::uint64_t> CountLabels(const RecordTable& table, const std::string& file,
                                          TrainingCounts* counts) {
  absl::StatusOr<std::unique_ptr<CsvReader>> opened = CsvReader::OpenFile(file);
  if (!opened.ok()) return opened.status();
  CsvReader& reader = **opened;
  std::array<int, 3> columns{};
  const std::array<const char*, 3> names = {"left_id", "right_id", "same"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    columns[i] = reader.ColumnIndex(names[i]);
    if (columns[i] < 0) {
      return absl::InvalidArgumentError(
          fmt::format("{}: the column {} is missing", reader.name(), names[i]));
    }
  }
  std::unordered_map<std::string, std::uint32_t> record_of_id;
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    record_of_id.emplace(table.id_of_row(row), table.record_of_row(row));
  }
  std::uint64_t labels = 0;
  CsvRow row;
  for (;;) {
    const absl::StatusOr<bool> found = reader.Next(&row);
    if (!found.ok()) return found.status();
    if (!*found) return labels;
    if (!row.problems.empty()) return At(reader, row, row.problems.front().reason);
    const auto field = [&](std::size_t i) -> const std::string& {
      return row.fields[static_cast<std::size_t>(columns[i])];
    };
    const auto left = record_of_id.find(field(0));
    const auto right = record_of_id.find(field(1));
    if (left == record_of_id.end() || right == record_of_id.end()) {
      return At(reader, row, "an id of the pair is not in the data");
    }
    if (field(2) != "1" && field(2) != "0") return At(reader, row, "same is neither 1 nor 0");
    PatternCounts& target = field(2) == "1" ? counts->labelled_same : counts->labelled_different;
    target.Add(PatternOf(table, left->second, right->second));
    ++labels;
  }
}

// ---- Provenance --------------------------------------------------------------------------------

std::vector<std::string> Header(const matching::Model& given, const TrainRunOptions& options,
                                const RecordTable& table, const TrainRunReport& report) {
  std::vector<std::string> lines;
  lines.push_back("Trained by `vigie train` from unlabelled data. Where it comes from:");
  lines.push_back(fmt::format("  date               {}", options.date));
  lines.push_back(fmt::format("  given model        {}", given.version));
  lines.push_back(fmt::format("  data fingerprint   {:016x}", table.fingerprint()));
  lines.push_back(fmt::format("  rows               {} in {} file(s)", table.row_count(),
                              options.read.files.size()));
  lines.push_back(fmt::format("  seed               {}", options.seed));
  lines.push_back(fmt::format("  random pairs       {}", report.random_pairs));
  for (std::size_t p = 0; p < kTrainingPassCount; ++p) {
    lines.push_back(fmt::format("  pass {:<17} {} pairs",
                                matching::TrainingPassName(static_cast<matching::TrainingPass>(p)),
                                report.pass_pairs[p]));
  }
  lines.push_back(fmt::format("  labels             {}", report.labels));
  lines.push_back(fmt::format("  patterns           {}", report.patterns));
  lines.push_back(fmt::format("  iterations         {}", report.train.iterations));
  for (std::size_t h = 0; h < matching::kHypothesisCount; ++h) {
    lines.push_back(fmt::format("  expected pairs     {:.0f} {}", report.train.expected_pairs[h],
                                HypothesisName(static_cast<matching::Hypothesis>(h))));
  }
  const auto list = [](const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? std::string("none") : text;
  };
  lines.push_back("  not in the data    " + list(report.train.untrained_comparisons));
  lines.push_back("  levels put in order " + list(report.train.reordered_comparisons));
  return lines;
}

double SecondsSince(std::chrono::steady_clock::time_point* last) {
  const auto now = std::chrono::steady_clock::now();
  const double seconds = std::chrono::duration<double>(now - *last).count();
  *last = now;
  return seconds;
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  return file ? absl::OkStatus()
              : absl::ResourceExhaustedError(fmt::format("cannot write {}", path));
}

matching::TrainOptions OptionsFor(const RecordTable& table, const TrainRunOptions& options) {
  matching::TrainOptions train;
  train.record_count = table.row_count();
  train.possible_pair_count = table.possible_pair_count();
  train.label_weight = options.label_weight;
  return train;
}

}  // namespace

TrainingCounts CountPatterns(const RecordTable& table, std::uint64_t seed,
                             std::uint64_t random_pairs, int threads,
                             const BatchProgress& progress) {
  const auto tell = [&](std::size_t step) {
    if (!progress) return;
    progress("counting", static_cast<double>(step) / (kTrainingPassCount + 1),
             static_cast<std::int64_t>(step), "passes");
  };
  std::vector<Keys> keys(table.records().size());
  ParallelChunks(threads, keys.size(), kKeyChunk,
                 [&](std::size_t, std::size_t begin, std::size_t end) {
                   for (std::size_t r = begin; r < end; ++r) {
                     keys[r] = matching::TrainingKeys(table.records()[r]);
                   }
                 });
  TrainingCounts counts = CountRandom(table, seed, random_pairs, threads);
  tell(1);
  for (std::size_t pass = 0; pass < kTrainingPassCount; ++pass) {
    counts.Merge(CountPass(table, keys, pass, threads));
    tell(pass + 2);
  }
  return counts;
}

absl::StatusOr<TrainRunReport> Train(const ModelFile& given, const TrainRunOptions& options,
                                     const BatchProgress& progress) {
  TrainRunReport report;
  ReadOptions read = options.read;
  if (!read.mapping) read.mapping = given.mapping;
  auto clock = std::chrono::steady_clock::now();
  std::function<void(double, std::int64_t)> reading;
  if (progress) {
    reading = [&](double fraction, std::int64_t rows) {
      progress("reading", fraction, rows, "rows");
    };
  }
  absl::StatusOr<RecordTable> table = RecordTable::Read(read, &report.read, reading);
  if (!table.ok()) return table.status();
  report.records = table->records().size();
  report.read_seconds = SecondsSince(&clock);

  TrainingCounts counts =
      CountPatterns(*table, options.seed, options.random_pairs, read.threads, progress);
  if (!options.labels_file.empty()) {
    absl::StatusOr<std::uint64_t> labels = CountLabels(*table, options.labels_file, &counts);
    if (!labels.ok()) return labels.status();
    report.labels = *labels;
  }
  report.random_pairs = counts.random.total();
  for (std::size_t p = 0; p < kTrainingPassCount; ++p) {
    report.pass_pairs[p] = counts.passes[p].total();
  }
  report.patterns = counts.any_pass.size() + counts.random.size();
  report.count_seconds = SecondsSince(&clock);

  absl::StatusOr<matching::TrainedModel> trained =
      matching::TrainModel(given.model, counts, OptionsFor(*table, options));
  if (!trained.ok()) return trained.status();
  report.train = trained->report;
  if (!options.name.empty()) trained->model.name = options.name;
  trained->model.description = "Trained from unlabelled data; the lines on top say from which.";
  absl::StatusOr<matching::ModelText> written = matching::WriteModel(
      trained->model, Header(given.model, options, *table, report), given.tables, given.root_keys);
  if (!written.ok()) return written.status();
  report.model_version = written->model.version;
  if (absl::Status status = WriteFile(options.out_file, written->toml); !status.ok()) return status;
  report.train_seconds = SecondsSince(&clock);
  report.peak_memory_bytes = PeakMemoryBytes();
  return report;
}

}  // namespace vigie::tools
