#include "tools/evaluate.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "tools/csv.h"
#include "tools/suggest.h"

namespace vigie::tools {
namespace {

struct TruthRecord {
  std::uint32_t person = 0;
  std::string birth_date, given_name;
};

struct Truth {
  std::unordered_map<std::string, std::uint32_t> index_by_id;
  std::vector<TruthRecord> records;
  std::int64_t true_pairs = 0;
};

absl::StatusOr<std::size_t> Column(const CsvReader& reader, const std::string& name) {
  const int index = reader.ColumnIndex(name);
  if (index >= 0) return static_cast<std::size_t>(index);
  return absl::InvalidArgumentError(fmt::format("{}: there is no column \"{}\"{}", reader.name(),
                                                name, DidYouMean(name, reader.header())));
}

absl::Status At(const CsvReader& reader, const CsvRow& row, const std::string& what) {
  return absl::InvalidArgumentError(fmt::format("{}:{}: {}", reader.name(), row.line, what));
}

// The next row that can be used; a malformed one is an error: a figure over part of a file lies.
absl::StatusOr<bool> NextRow(CsvReader& reader, CsvRow* row) {
  absl::StatusOr<bool> found = reader.Next(row);
  if (!found.ok() || !*found || row->problems.empty()) return found;
  const RowProblem& problem = row->problems.front();
  return At(reader, *row,
            problem.column.empty() ? problem.reason : problem.column + " " + problem.reason);
}

absl::StatusOr<Truth> ReadTruth(const EvaluateOptions& options) {
  absl::StatusOr<std::unique_ptr<CsvReader>> opened = CsvReader::OpenFile(options.truth_file);
  if (!opened.ok()) return opened.status();
  CsvReader& reader = **opened;
  const absl::StatusOr<std::size_t> id = Column(reader, options.id_column);
  const absl::StatusOr<std::size_t> person = Column(reader, options.truth_column);
  if (!id.ok()) return id.status();
  if (!person.ok()) return person.status();
  const bool twins = !options.birth_date_column.empty() && !options.given_name_column.empty();
  std::size_t birth_date = 0;
  std::size_t given_name = 0;
  if (twins) {
    const absl::StatusOr<std::size_t> date = Column(reader, options.birth_date_column);
    const absl::StatusOr<std::size_t> given = Column(reader, options.given_name_column);
    if (!date.ok()) return date.status();
    if (!given.ok()) return given.status();
    birth_date = *date;
    given_name = *given;
  }
  Truth truth;
  std::unordered_map<std::string, std::uint32_t> persons;
  std::vector<std::int64_t> sizes;
  CsvRow row;
  for (;;) {
    const absl::StatusOr<bool> found = NextRow(reader, &row);
    if (!found.ok()) return found.status();
    if (!*found) break;
    const auto index = static_cast<std::uint32_t>(truth.records.size());
    if (!truth.index_by_id.emplace(row.fields[*id], index).second) {
      return At(reader, row, fmt::format("{} is there twice", options.id_column));
    }
    const auto [at, is_new] =
        persons.emplace(row.fields[*person], static_cast<std::uint32_t>(sizes.size()));
    if (is_new) sizes.push_back(0);
    truth.true_pairs += sizes[at->second]++;
    TruthRecord& record = truth.records.emplace_back();
    record.person = at->second;
    if (twins) {
      record.birth_date = row.fields[birth_date];
      record.given_name = row.fields[given_name];
    }
  }
  return truth;
}

std::optional<double> ParseProbability(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 1)) {
    return std::nullopt;
  }
  return value;
}

void CountPair(const TruthRecord& a, const TruthRecord& b, Evaluation* evaluation) {
  ++evaluation->found_pairs;
  if (a.person == b.person) {
    ++evaluation->right_pairs;
  } else if (evaluation->merged_twins && a.birth_date == b.birth_date &&
             a.given_name != b.given_name) {
    ++*evaluation->merged_twins;
  }
}

}  // namespace

double Evaluation::b_cubed_f1() const {
  const double sum = b_cubed_precision.value_or(0) + b_cubed_recall.value_or(0);
  return sum == 0 ? 0 : 2 * *b_cubed_precision * *b_cubed_recall / sum;
}

double Evaluation::wrong_merges_per_10000_records() const {
  return records == 0
             ? 0
             : 10000 * static_cast<double>(wrong_merges.value_or(0)) / static_cast<double>(records);
}

double Evaluation::calibration_error() const {
  return calibration ? calibration->Error().value_or(0) : 0;
}

double Evaluation::precision() const {
  return found_pairs == 0 ? 1 : static_cast<double>(right_pairs) / static_cast<double>(found_pairs);
}

double Evaluation::recall() const {
  return true_pairs == 0 ? 1 : static_cast<double>(right_pairs) / static_cast<double>(true_pairs);
}

double Evaluation::f1() const {
  const double sum = precision() + recall();
  return sum == 0 ? 0 : 2 * precision() * recall() / sum;
}

namespace {

absl::StatusOr<Evaluation> EvaluatePairs(const EvaluateOptions& options, const Truth* truth) {
  absl::StatusOr<std::unique_ptr<CsvReader>> opened = CsvReader::OpenFile(options.pairs_file);
  if (!opened.ok()) return opened.status();
  CsvReader& reader = **opened;
  const bool local_ids =
      reader.ColumnIndex("left_local_id") >= 0 && reader.ColumnIndex("right_local_id") >= 0;
  const absl::StatusOr<std::size_t> left = Column(reader, local_ids ? "left_local_id" : "left_id");
  const absl::StatusOr<std::size_t> right =
      Column(reader, local_ids ? "right_local_id" : "right_id");
  if (!left.ok()) return left.status();
  if (!right.ok()) return right.status();
  const bool has_probability =
      options.probability_min.has_value() || reader.ColumnIndex("probability") >= 0;
  std::size_t probability = 0;
  if (has_probability) {
    const absl::StatusOr<std::size_t> column = Column(reader, "probability");
    if (!column.ok()) return column.status();
    probability = *column;
  }

  Evaluation evaluation;
  evaluation.records = static_cast<std::int64_t>(truth->records.size());
  evaluation.true_pairs = truth->true_pairs;
  if (!options.birth_date_column.empty() && !options.given_name_column.empty()) {
    evaluation.merged_twins = 0;
  }
  if (has_probability) evaluation.calibration.emplace();
  std::unordered_set<std::uint64_t> seen;
  CsvRow row;
  for (;;) {
    const absl::StatusOr<bool> found = NextRow(reader, &row);
    if (!found.ok()) return found.status();
    if (!*found) return evaluation;
    std::optional<double> value;
    if (has_probability) {
      value = ParseProbability(row.fields[probability]);
      if (!value) return At(reader, row, "probability is not a number from 0 to 1");
    }
    const auto first = truth->index_by_id.find(row.fields[*left]);
    const auto second = truth->index_by_id.find(row.fields[*right]);
    if (first == truth->index_by_id.end() || second == truth->index_by_id.end()) {
      return At(reader, row, "an id of the pair is not in the truth");
    }
    if (first == second) return At(reader, row, "the pair is a record with itself");
    const auto [low, high] = std::minmax(first->second, second->second);
    if (!seen.insert(static_cast<std::uint64_t>(low) << 32 | high).second) continue;
    const TruthRecord& a = truth->records[low];
    const TruthRecord& b = truth->records[high];
    if (value) evaluation.calibration->Add(*value, a.person == b.person);
    if (options.probability_min && *value < *options.probability_min) continue;
    CountPair(a, b, &evaluation);
  }
}

using Clusters = std::unordered_map<std::string, std::vector<std::uint32_t>>;

absl::StatusOr<Clusters> ReadClusters(const EvaluateOptions& options, const Truth& truth) {
  absl::StatusOr<std::unique_ptr<CsvReader>> opened = CsvReader::OpenFile(options.clusters_file);
  if (!opened.ok()) return opened.status();
  CsvReader& reader = **opened;
  const absl::StatusOr<std::size_t> id = Column(reader, "id");
  const absl::StatusOr<std::size_t> cluster = Column(reader, "cluster_id");
  if (!id.ok()) return id.status();
  if (!cluster.ok()) return cluster.status();
  Clusters clusters;
  std::vector<bool> seen(truth.records.size());
  CsvRow row;
  for (;;) {
    const absl::StatusOr<bool> found = NextRow(reader, &row);
    if (!found.ok()) return found.status();
    if (!*found) return clusters;
    const auto record = truth.index_by_id.find(row.fields[*id]);
    if (record == truth.index_by_id.end()) return At(reader, row, "the id is not in the truth");
    if (seen[record->second]) return At(reader, row, "the id is there twice");
    seen[record->second] = true;
    clusters[row.fields[*cluster]].push_back(record->second);
  }
}

absl::Status CheckCrossPairs(std::size_t cluster_records) {
  // A cluster of more would be 50 million pairs: no answer to look at, and memory without bound.
  constexpr std::size_t kClusterRecordsMax = 10000;
  if (cluster_records <= kClusterRecordsMax) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("a cluster has {} records, more than {}", cluster_records, kClusterRecordsMax));
}

absl::StatusOr<Evaluation> EvaluateClusters(const EvaluateOptions& options, const Truth& truth) {
  const absl::StatusOr<Clusters> clusters = ReadClusters(options, truth);
  if (!clusters.ok()) return clusters.status();
  Evaluation evaluation;
  evaluation.records = static_cast<std::int64_t>(truth.records.size());
  evaluation.true_pairs = truth.true_pairs;
  if (!options.birth_date_column.empty() && !options.given_name_column.empty()) {
    evaluation.merged_twins = 0;
  }
  std::unordered_map<std::uint32_t, std::int64_t> size_of_person;
  for (const TruthRecord& record : truth.records) ++size_of_person[record.person];
  double precision = 0;
  double recall = 0;
  evaluation.wrong_merges = 0;
  // B-cubed is a sum over cells: n records of one person in one cluster each see n of the cluster's
  // size and n of the person's.
  const auto add_cell = [&](std::int64_t n, std::int64_t cluster, std::int64_t person) {
    precision += static_cast<double>(n * n) / static_cast<double>(cluster);
    recall += static_cast<double>(n * n) / static_cast<double>(person);
  };
  for (const auto& [name, records] : *clusters) {
    if (absl::Status status = CheckCrossPairs(records.size()); !status.ok()) return status;
    std::map<std::uint32_t, std::int64_t> persons;
    for (std::size_t i = 0; i < records.size(); ++i) {
      const TruthRecord& a = truth.records[records[i]];
      ++persons[a.person];
      for (std::size_t j = i + 1; j < records.size(); ++j) {
        CountPair(a, truth.records[records[j]], &evaluation);
      }
    }
    const auto size = static_cast<std::int64_t>(records.size());
    for (const auto& [person, n] : persons) add_cell(n, size, size_of_person[person]);
    *evaluation.wrong_merges += static_cast<std::int64_t>(persons.size()) - 1;
  }
  std::vector<bool> seen(truth.records.size());
  for (const auto& [name, records] : *clusters) {
    for (const std::uint32_t record : records) seen[record] = true;
  }
  for (std::size_t r = 0; r < truth.records.size(); ++r) {
    if (!seen[r]) add_cell(1, 1, size_of_person[truth.records[r].person]);
  }
  const double count = std::max(1.0, static_cast<double>(evaluation.records));
  evaluation.b_cubed_precision = precision / count;
  evaluation.b_cubed_recall = recall / count;
  return evaluation;
}

}  // namespace

absl::StatusOr<Evaluation> Evaluate(const EvaluateOptions& options) {
  if (options.pairs_file.empty() == options.clusters_file.empty()) {
    return absl::InvalidArgumentError("give the pairs or the clusters, one of the two");
  }
  const absl::StatusOr<Truth> truth = ReadTruth(options);
  if (!truth.ok()) return truth.status();
  return options.pairs_file.empty() ? EvaluateClusters(options, *truth)
                                    : EvaluatePairs(options, &*truth);
}

}  // namespace vigie::tools
