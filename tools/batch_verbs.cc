// vigie link, train: batch work without a daemon.
#include <chrono>
#include <ctime>
#include <fstream>
#include <memory>
#include <thread>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "fmt/format.h"
#include "matching/keys.h"
#include "tools/batch/link.h"
#include "tools/batch/model_file.h"
#include "tools/batch/parallel.h"
#include "tools/batch/train_run.h"
#include "tools/progress.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

int DefaultThreads() {
  const unsigned count = std::thread::hardware_concurrency();
  return count == 0 ? 1 : static_cast<int>(std::min(count, 64u));
}

// One progress line for each step of long work.
class Steps {
 public:
  BatchProgress Function() {
    return [this](const std::string& step, double fraction, std::int64_t count,
                  const std::string& unit) {
      if (step != step_) {
        step_ = step;
        line_ = std::make_unique<Progress>(unit + ", " + step);
      }
      line_->Update(fraction, count);
    };
  }
  void Clear() {
    if (line_) line_->Clear();
    line_.reset();
  }

 private:
  std::string step_;
  std::unique_ptr<Progress> line_;
};

struct DataArguments {
  std::vector<std::string> files;
  std::string model = "french-hospital";
  std::string mapping;
  bool skip_malformed_rows = false;
  int threads = DefaultThreads();
};

void AddDataOptions(CLI::App* verb, DataArguments* arguments) {
  verb->add_option("--mapping", arguments->mapping,
                   "TOML that reads the files' columns as ours; else [columns] of the model");
  verb->add_flag("--skip-malformed-rows", arguments->skip_malformed_rows,
                 "Leave out rows that cannot be read, and count them, instead of stopping");
  verb->add_option("--threads", arguments->threads, "The result does not depend on it")
      ->check(CLI::Range(1, kThreadsMax))
      ->capture_default_str();
}

absl::StatusOr<ReadOptions> ReadOptionsOf(const DataArguments& arguments) {
  ReadOptions read;
  read.files = arguments.files;
  read.skip_malformed_rows = arguments.skip_malformed_rows;
  read.threads = arguments.threads;
  if (!arguments.mapping.empty()) {
    absl::StatusOr<Mapping> mapping = Mapping::ReadFile(arguments.mapping);
    if (!mapping.ok()) return mapping.status();
    read.mapping = *std::move(mapping);
  }
  return read;
}

void WarnOfReading(const ReadReport& read) {
  for (std::size_t i = 0; i < read.encodings.size(); ++i) {
    if (read.encodings[i] != "UTF-8") {
      fmt::print(stderr, "vigie: file {} is {}; read as such\n", i + 1, read.encodings[i]);
    }
  }
  for (const auto& [column, count] : read.unreadable_values) {
    fmt::print(stderr, "vigie: {}: {} values cannot be read and count as missing\n", column, count);
  }
  if (read.malformed_rows > 0) {
    fmt::print(stderr, "vigie: {} malformed rows were left out, first:\n", read.malformed_rows);
    for (const std::string& row : read.first_malformed) fmt::print(stderr, "  {}\n", row);
  }
}

// A JSON object as a table of two columns, for people.
Table TableOf(const Json& json) {
  Table table{{"what", "value"}, {}};
  for (const auto& [key, value] : json.items()) {
    if (value.is_structured()) continue;
    table.rows.push_back({key, value.is_number_float() ? fmt::format("{:.4g}", value.get<double>())
                               : value.is_string()     ? value.get<std::string>()
                                                       : value.dump()});
  }
  return table;
}

Json JsonOf(const KeyStatisticsByKind& keys) {
  Json list = Json::array();
  for (std::size_t kind = 1; kind < keys.size(); ++kind) {
    const KeyStatistics& k = keys[kind];
    list.push_back({{"key", matching::KeyKindName(static_cast<std::uint8_t>(kind))},
                    {"keys", k.keys},
                    {"shared_keys", k.blocks},
                    {"pairs", k.pairs},
                    {"unique_pairs", k.unique_pairs},
                    {"largest", k.largest_block},
                    {"over_full", k.full_blocks}});
  }
  return list;
}

Table KeyTable(const Json& keys) {
  Table table;
  for (const Json& key : keys) {
    table.rows.emplace_back();
    table.columns.clear();
    for (const auto& [name, value] : key.items()) {
      table.columns.push_back(name);
      table.rows.back().push_back(value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  return table;
}

Json JsonOf(const LinkReport& report) {
  const double records = static_cast<double>(std::max<std::uint64_t>(report.records, 1));
  Json json = {{"model", report.model_version},
               {"rows", report.read.rows},
               {"distinct_records", report.records},
               {"malformed_rows", report.read.malformed_rows},
               {"keys_per_record", report.keys_per_record},
               {"candidate_pairs", report.candidate_pairs},
               {"candidates_per_record", static_cast<double>(report.candidate_pairs) / records},
               {"fully_scored_pairs", report.scored_pairs},
               {"pairs", report.pairs},
               {"pairs_of_equal_rows_not_written", report.cut_row_pairs},
               {"clusters", report.clusters},
               {"largest_cluster", report.largest_cluster},
               {"large_cluster_alarms", report.large_clusters},
               {"thin_cluster_alarms", report.thin_clusters},
               {"components_cut", report.cut_components}};
  std::uint64_t over_full = 0;
  for (const KeyStatistics& key : report.keys) over_full += key.full_blocks;
  json["over_full_keys"] = over_full;
  if (report.expected_missed_pairs >= 0) {
    json["expected_missed_pairs"] = report.expected_missed_pairs;
  }
  json["read_seconds"] = report.read_seconds;
  json["candidate_seconds"] = report.candidate_seconds;
  json["score_seconds"] = report.score_seconds;
  json["cluster_seconds"] = report.cluster_seconds;
  json["write_seconds"] = report.write_seconds;
  json["candidate_pairs_per_second"] =
      static_cast<double>(report.candidate_pairs) / std::max(report.score_seconds, 1e-9);
  json["peak_memory_mib"] = report.peak_memory_bytes / (1024 * 1024);
  return json;
}

struct LinkArguments {
  DataArguments data;
  LinkOptions options;
  bool explain_keys = false;
};

int RunLink(const Globals& globals, LinkArguments arguments) {
  const absl::StatusOr<ModelFile> model = LoadModel(arguments.data.model);
  if (!model.ok()) return ReportError(model.status());
  absl::StatusOr<ReadOptions> read = ReadOptionsOf(arguments.data);
  if (!read.ok()) return ReportError(read.status());
  arguments.options.read = *std::move(read);
  Steps steps;
  const absl::StatusOr<LinkReport> report = Link(*model, arguments.options, steps.Function());
  steps.Clear();
  if (!report.ok()) return ReportError(report.status());
  WarnOfReading(report->read);
  Json json = JsonOf(*report);
  if (!arguments.explain_keys) return PrintOrFail(globals.output, TableOf(json), json);
  json["keys"] = JsonOf(report->keys);
  if (globals.output == OutputFormat::kTable) PrintText(FormatTable(TableOf(json)) + "\n");
  return PrintOrFail(globals.output, KeyTable(json["keys"]), json);
}

void AddLink(CLI::App& app, Globals& globals) {
  auto arguments = std::make_shared<LinkArguments>();
  LinkOptions& options = arguments->options;
  CLI::App* link =
      app.add_subcommand("link", "Finds the records of one person in one or two CSV files");
  link->add_option("FILE", arguments->data.files,
                   "One file: duplicates in it. Two: pairs across them")
      ->required()
      ->expected(1, 2);
  link->add_option("--model", arguments->data.model, "A TOML file, or a name")
      ->capture_default_str();
  link->add_option("--pairs", options.pairs_file,
                   "Writes left_id,right_id,weight_bits,probability");
  link->add_option("--clusters", options.clusters_file, "Writes id,cluster_id for every row");
  link->add_option("--threshold", options.threshold,
                   "Probability from which a pair counts; the model's review threshold")
      ->check(CLI::Range(0.0, 1.0));
  link->add_flag("--bands", options.with_bands, "Adds band and vetoes to the pairs");
  link->add_flag("--explain-keys", arguments->explain_keys,
                 "Shows what each candidate key costs and brings");
  AddDataOptions(link, &arguments->data);
  link->footer(
      Examples("  vigie link sample/identities.csv --pairs pairs.csv --clusters clusters.csv\n"
               "  vigie link A.csv B.csv --model febrl.toml --pairs pairs.csv --threads 2\n"
               "Same files, model and threshold give the same bytes, whatever the threads."));
  link->callback([&globals, arguments] { globals.exit_code = RunLink(globals, *arguments); });
}

// ---- train -------------------------------------------------------------------------------------

struct TrainArguments {
  DataArguments data;
  TrainRunOptions options;
  std::vector<std::string> compare;  // OLD NEW
};

std::string Today() { return absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone()); }

int RunCompare(const Globals& globals, const TrainArguments& arguments) {
  const absl::StatusOr<ModelFile> before = LoadModel(arguments.compare[0]);
  if (!before.ok()) return ReportError(before.status());
  const absl::StatusOr<ModelFile> after = LoadModel(arguments.compare[1]);
  if (!after.ok()) return ReportError(after.status());
  absl::StatusOr<ReadOptions> read = ReadOptionsOf(arguments.data);
  if (!read.ok()) return ReportError(read.status());
  Steps steps;
  const absl::StatusOr<CompareReport> report =
      CompareModels(*before, after->model, *read, arguments.options.out_file, steps.Function());
  steps.Clear();
  if (!report.ok()) return ReportError(report.status());
  Json json = {{"old_model", before->model.version},
               {"new_model", after->model.version},
               {"candidate_pairs", report->candidate_pairs},
               {"changed_pairs", report->changed_pairs}};
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) {
      if (report->moves[i][j] == 0) continue;
      json[BandName(static_cast<matching::Band>(i)) + "_to_" +
           BandName(static_cast<matching::Band>(j))] = report->moves[i][j];
    }
  }
  return PrintOrFail(globals.output, TableOf(json), json);
}

Json JsonOf(const TrainRunReport& report) {
  Json json = {{"model", report.model_version},
               {"rows", report.read.rows},
               {"random_pairs", report.random_pairs}};
  for (std::size_t p = 0; p < matching::kTrainingPassCount; ++p) {
    json["pass_" + std::string(TrainingPassName(static_cast<matching::TrainingPass>(p)))] =
        report.pass_pairs[p];
  }
  json["labels"] = report.labels;
  json["patterns"] = report.patterns;
  json["iterations"] = report.train.iterations;
  for (std::size_t h = 0; h < matching::kHypothesisCount; ++h) {
    json["expected_" + std::string(HypothesisName(static_cast<matching::Hypothesis>(h)))] =
        report.train.expected_pairs[h];
  }
  json["read_seconds"] = report.read_seconds;
  json["count_seconds"] = report.count_seconds;
  json["train_seconds"] = report.train_seconds;
  json["peak_memory_mib"] = report.peak_memory_bytes / (1024 * 1024);
  json["untrained_comparisons"] = report.train.untrained_comparisons;
  json["reordered_comparisons"] = report.train.reordered_comparisons;
  return json;
}

int RunTrain(const Globals& globals, TrainArguments arguments) {
  if (!arguments.compare.empty()) return RunCompare(globals, arguments);
  const absl::StatusOr<ModelFile> model = LoadModel(arguments.data.model);
  if (!model.ok()) return ReportError(model.status());
  absl::StatusOr<ReadOptions> read = ReadOptionsOf(arguments.data);
  if (!read.ok()) return ReportError(read.status());
  arguments.options.read = *std::move(read);
  if (arguments.options.date.empty()) arguments.options.date = Today();
  Steps steps;
  const absl::StatusOr<TrainRunReport> report = Train(*model, arguments.options, steps.Function());
  steps.Clear();
  if (!report.ok()) return ReportError(report.status());
  WarnOfReading(report->read);
  for (const std::string& name : report->train.untrained_comparisons) {
    fmt::print(stderr, "vigie: the data says nothing about {}; it stays as it was\n", name);
  }
  const Json json = JsonOf(*report);
  return PrintOrFail(globals.output, TableOf(json), json);
}

void AddTrain(CLI::App& app, Globals& globals) {
  auto arguments = std::make_shared<TrainArguments>();
  TrainRunOptions& options = arguments->options;
  CLI::App* train = app.add_subcommand("train", "Estimates a model from unlabelled data");
  train->add_option("FILE", arguments->data.files, "One CSV file, or two that are linked")
      ->required()
      ->expected(1, 2);
  train->add_option("--model", arguments->data.model, "The model to start from")
      ->capture_default_str();
  train
      ->add_option("--out", options.out_file,
                   "The model as TOML; with --compare the pairs that change band, as CSV")
      ->required();
  train->add_option("--seed", options.seed, "Of the random pairs; the same gives the same bytes")
      ->capture_default_str();
  train->add_option("--random-pairs", options.random_pairs, "How many teach what strangers share")
      ->check(CLI::Range(std::uint64_t{1000}, std::uint64_t{100'000'000}))
      ->capture_default_str();
  train->add_option("--labels", options.labels_file,
                    "CSV left_id,right_id,same (1 or 0): decided pairs, mixed in");
  train->add_option("--label-weight", options.label_weight, "Pairs a decided one counts for")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  train->add_option("--name", options.name, "Of the new model; that of the old one");
  train->add_option("--date", options.date, "In the provenance; today");
  train
      ->add_option("--compare", arguments->compare,
                   "OLD NEW: trains nothing, lists the pairs of FILE that change band")
      ->expected(2);
  AddDataOptions(train, &arguments->data);
  train->footer(Examples(
      "  vigie train identities.csv --model french-hospital --out ours.toml --seed 1\n"
      "  vigie train identities.csv --compare french-hospital ours.toml --out changes.csv"));
  train->callback([&globals, arguments] { globals.exit_code = RunTrain(globals, *arguments); });
}

}  // namespace

void AddBatchVerbs(CLI::App& app, Globals& globals) {
  AddLink(app, globals);
  AddTrain(app, globals);
}

}  // namespace vigie::tools
