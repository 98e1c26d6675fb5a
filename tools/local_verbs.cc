// vigie generate, evaluate, check-config, version: what needs no daemon.
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <memory>

#include "fmt/format.h"
#include "tools/evaluate.h"
#include "tools/generate.h"
#include "tools/progress.h"
#include "tools/verbs.h"
#include "tools/version.h"

namespace vigie::tools {
namespace {

struct GenerateArguments {
  GenerateOptions options;
  std::string out, given_names, family_names;
};

int RunGenerate(const Globals& globals, GenerateArguments arguments) {
  if (!arguments.given_names.empty()) {
    auto names = ReadGivenNamesFile(arguments.given_names);
    if (!names.ok()) return ReportError(names.status());
    arguments.options.given_names = std::move(*names);
  }
  if (!arguments.family_names.empty()) {
    auto names = ReadFamilyNamesFile(arguments.family_names);
    if (!names.ok()) return ReportError(names.status());
    arguments.options.family_names = std::move(*names);
  }
  const auto start = std::chrono::steady_clock::now();
  Progress progress("identities");
  const auto total = static_cast<double>(arguments.options.identity_count);
  const absl::StatusOr<GeneratedCounts> counts = GenerateFiles(
      arguments.options, arguments.out,
      [&](std::int64_t done) { progress.Update(static_cast<double>(done) / total, done); });
  progress.Clear();
  if (!counts.ok()) return ReportError(counts.status());
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const Json json = {{"directory", arguments.out}, {"identities", counts->identities},
                     {"persons", counts->persons}, {"duplicates", counts->duplicates},
                     {"twins", counts->twins},     {"visits", counts->visits},
                     {"seconds", seconds}};
  Table table{{"directory", "identities", "persons", "duplicates", "twins", "visits", "seconds"},
              {{arguments.out, std::to_string(counts->identities), std::to_string(counts->persons),
                std::to_string(counts->duplicates), std::to_string(counts->twins),
                std::to_string(counts->visits), fmt::format("{:.2f}", seconds)}}};
  return PrintOrFail(globals.output, table, json);
}

int RunEvaluate(const Globals& globals, const EvaluateOptions& options) {
  const absl::StatusOr<Evaluation> result = Evaluate(options);
  if (!result.ok()) return ReportError(result.status());
  Json json = {{"records", result->records},
               {"true_pairs", result->true_pairs},
               {"found_pairs", result->found_pairs},
               {"right_pairs", result->right_pairs},
               {"wrong_pairs", result->found_pairs - result->right_pairs},
               {"missed_pairs", result->true_pairs - result->right_pairs},
               {"precision", result->precision()},
               {"recall", result->recall()},
               {"f1", result->f1()}};
  if (result->merged_twins) json["merged_twins"] = *result->merged_twins;
  if (result->wrong_merges) {
    json["b_cubed_precision"] = *result->b_cubed_precision;
    json["b_cubed_recall"] = *result->b_cubed_recall;
    json["b_cubed_f1"] = result->b_cubed_f1();
    json["wrong_merges"] = *result->wrong_merges;
    json["wrong_merges_per_10000_records"] = result->wrong_merges_per_10000_records();
  }
  if (result->calibration) json["calibration_error"] = result->calibration_error();
  Table table;
  table.rows.emplace_back();
  for (const auto& [key, value] : json.items()) {
    table.columns.push_back(key);
    table.rows[0].push_back(value.is_number_float() ? fmt::format("{:.5f}", value.get<double>())
                                                    : value.dump());
  }
  return PrintOrFail(globals.output, table, json);
}

// The daemon that stands beside this program, else the one on the PATH: only the program that will
// read a configuration can say whether it is right.
std::string Daemon(const std::string& program) {
  std::error_code error;
  std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) self = program;
  const std::filesystem::path beside = self.parent_path() / "vigied";
  return std::filesystem::exists(beside, error) ? beside.string() : "vigied";
}

int CheckConfig(const Globals& globals, const std::string& file) {
  const std::string daemon = Daemon(globals.program);
  const pid_t child = fork();
  if (child < 0) {
    return ReportError(absl::InternalError(fmt::format("cannot start {}", daemon)));
  }
  if (child == 0) {
    execlp(daemon.c_str(), daemon.c_str(), "--check-config", "--config", file.c_str(), nullptr);
    const std::string message =
        fmt::format("vigie: cannot start {}: {}\n", daemon, std::strerror(errno));
    const ssize_t ignored = write(STDERR_FILENO, message.data(), message.size());
    static_cast<void>(ignored);
    _exit(kExitUnavailable);
  }
  int state = 0;
  while (waitpid(child, &state, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(state) ? WEXITSTATUS(state) : kExitSoftware;
}

void AddGenerate(CLI::App& app, Globals& globals) {
  auto arguments = std::make_shared<GenerateArguments>();
  GenerateOptions& options = arguments->options;
  CLI::App* generate =
      app.add_subcommand("generate", "Makes a sample hospital of people who never lived");
  generate->add_option("--identities", options.identity_count, "How many identities")
      ->required()
      ->check(CLI::Range(std::int64_t{1}, kGeneratedIdentitiesMax));
  generate->add_option("--seed", options.seed, "The same seed gives the same bytes")
      ->capture_default_str();
  generate->add_option("--out", arguments->out, "Folder of the files")->required();
  generate->add_option("--visits", options.visit_count, "How many visits; three an identity")
      ->check(CLI::Range(std::int64_t{0}, kGeneratedVisitsMax));
  generate->add_option("--domain", options.domain, "Domain of the identities")
      ->capture_default_str();
  generate->add_option("--year", options.year, "Year of the visits")
      ->check(CLI::Range(1950, 2150))
      ->capture_default_str();
  generate->add_option("--given-names", arguments->given_names,
                       "INSEE's file of given names (sexe;preusuel;annais;nombre)");
  generate->add_option("--family-names", arguments->family_names,
                       "A file of family names with counts (nomc;total)");
  generate->footer(
      Examples("  vigie generate --identities 20000 --visits 60000 --seed 1 --out sample\n"
               "Writes identities.csv, visits.csv and truth.csv."));
  generate->callback(
      [&globals, arguments] { globals.exit_code = RunGenerate(globals, *arguments); });
}

void AddEvaluate(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* evaluate =
      app.add_subcommand("evaluate", "Compares pairs found with the truth: precision, recall, F1");
  evaluate->add_option("--truth", options->truth_file, "CSV with the truth")->required();
  evaluate->add_option("--id-column", options->id_column, "Column of the record's id")->required();
  evaluate->add_option("--truth-column", options->truth_column, "Column equal for one person")
      ->required();
  CLI::Option* pairs = evaluate->add_option("--pairs", options->pairs_file,
                                            "CSV with left_id,right_id[,probability]");
  evaluate
      ->add_option("--clusters", options->clusters_file,
                   "CSV with id,cluster_id, instead: also B-cubed and wrong merges")
      ->excludes(pairs);
  evaluate->add_option("--threshold", options->probability_min, "Only pairs at or above")
      ->check(CLI::Range(0.0, 1.0));
  CLI::Option* date = evaluate->add_option("--birth-date-column", options->birth_date_column,
                                           "Of the truth: to count merged twins");
  CLI::Option* given = evaluate->add_option("--given-name-column", options->given_name_column,
                                            "Of the truth: to count merged twins");
  date->needs(given);
  given->needs(date);
  evaluate->footer(Examples(
      "  vigie --output csv review list --kind duplicate --limit 0 > pairs.csv\n"
      "  vigie evaluate --truth sample/truth.csv --id-column local_id --truth-column person_id \\\n"
      "      --pairs pairs.csv --threshold 0.9"));
  evaluate->callback([&globals, options] { globals.exit_code = RunEvaluate(globals, *options); });
}

}  // namespace

void AddLocalVerbs(CLI::App& app, Globals& globals) {
  AddGenerate(app, globals);
  AddEvaluate(app, globals);
  auto file = std::make_shared<std::string>("/etc/vigie/vigie.toml");
  CLI::App* check = app.add_subcommand("check-config", "Checks a configuration file of vigied");
  check->add_option("FILE", *file, "Configuration file")->capture_default_str();
  check->footer(
      Examples("  vigie check-config /etc/vigie/vigie.toml\nExit code 78 when it is wrong."));
  check->callback([&globals, file] { globals.exit_code = CheckConfig(globals, *file); });

  CLI::App* version = app.add_subcommand("version", "Says which version this is");
  version->footer(Examples("  vigie version\n  vigie --output json version"));
  version->callback([&globals] {
    const std::string text(kVersion);
    if (globals.output == OutputFormat::kTable) {
      globals.exit_code = PrintText("vigie " + text + "\n") ? kExitOk : kExitIo;
      return;
    }
    globals.exit_code = PrintOrFail(globals.output, {{"version"}, {{text}}}, {{"version", text}});
  });
}

}  // namespace vigie::tools
