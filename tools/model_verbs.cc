// vigie model show, check: the model compiled in, to start from, and a file of one's own before it
// is used.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "matching/model.h"
#include "tools/batch/model_file.h"
#include "tools/csv.h"
#include "tools/import_rows.h"
#include "tools/output.h"
#include "tools/suggest.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

using matching::Comparison;
using matching::Hypothesis;

int Show(const Globals& globals) {
  const std::string text(matching::FrenchHospitalModelToml());
  if (globals.output == OutputFormat::kTable) {
    PrintText(text);
    return 0;
  }
  const std::string version = matching::FrenchHospitalModel()->version;
  return PrintOrFail(globals.output, {{"version", "toml"}, {{version, text}}},
                     {{"version", version}, {"toml", text}});
}

// Columns of the contract a comparison is made of.
std::vector<std::string_view> ColumnsOfComparison(matching::ComparisonKind kind) {
  using matching::ComparisonKind;
  switch (kind) {
    case ComparisonKind::kFamilyName:
      return {"birth_family_name", "used_family_name"};
    case ComparisonKind::kGivenNames:
      return {"birth_given_names", "first_birth_given_name", "used_given_name"};
    case ComparisonKind::kSex:
      return {"sex"};
    case ComparisonKind::kBirthDate:
      return {"birth_date"};
    case ComparisonKind::kBirthPlace:
      return {"birth_place_code"};
    case ComparisonKind::kMatricule:
      return {"ins_matricule"};
    case ComparisonKind::kAddress:
      return {"address_line", "postal_code", "city"};
    case ComparisonKind::kPhone:
      return {"phone"};
    case ComparisonKind::kEmail:
      return {"email"};
  }
  return {};
}

std::string ColumnsRead(const ModelFile& file, const Comparison& comparison) {
  std::string columns;
  for (const std::string_view column : ColumnsOfComparison(comparison.kind)) {
    if (file.mapping && !file.mapping->Fills(column)) continue;
    if (!columns.empty()) columns += ' ';
    columns += column;
  }
  return columns;
}

double BitsAgainstStranger(const matching::Level& level) {
  const auto of = [&](Hypothesis hypothesis) {
    return level.probability[static_cast<std::size_t>(hypothesis)];
  };
  return std::log2(of(Hypothesis::kSame) / of(Hypothesis::kStranger));
}

Json JsonOf(const ModelFile& file) {
  Json json = {
      {"name", file.model.name}, {"version", file.model.version}, {"comparisons", Json::array()}};
  for (const Comparison& comparison : file.model.comparisons) {
    json["comparisons"].push_back(
        {{"comparison", comparison.name},
         {"first_level_bits", BitsAgainstStranger(comparison.levels.front())},
         {"last_level_bits", BitsAgainstStranger(comparison.levels.back())},
         {"columns", ColumnsRead(file, comparison)}});
  }
  return json;
}

// Without [columns] a model reads the columns of `vigie import`, and `vigie link` no others.
absl::Status CheckOwnColumns(const std::vector<std::string>& header) {
  const std::vector<std::string> known = ColumnsOf(ImportKind::kIdentities);
  for (const std::string& column : header) {
    if (std::find(known.begin(), known.end(), column) != known.end()) continue;
    return absl::InvalidArgumentError(
        fmt::format("unknown column \"{}\"{}; [columns] of a model reads other names", column,
                    DidYouMean(column, known)));
  }
  return absl::OkStatus();
}

// Do the columns the model reads stand in the file?
absl::Status CheckData(const ModelFile& file, const std::string& path, Json* json) {
  const absl::StatusOr<std::unique_ptr<CsvReader>> reader = CsvReader::OpenFile(path);
  if (!reader.ok()) return reader.status();
  if (!file.mapping) return CheckOwnColumns((*reader)->header());
  Mapping mapping = *file.mapping;
  if (absl::Status status = mapping.Bind((*reader)->header()); !status.ok()) return status;
  (*json)["columns_not_read"] = mapping.ignored_columns();
  return absl::OkStatus();
}

int Check(const Globals& globals, const std::string& model, const std::string& data) {
  const absl::StatusOr<ModelFile> file = LoadModel(model);
  if (!file.ok()) return ReportError(file.status());
  Json json = JsonOf(*file);
  if (!data.empty()) {
    if (absl::Status status = CheckData(*file, data, &json); !status.ok()) {
      return ReportError(status);
    }
    for (const Json& column : json.value("columns_not_read", Json::array())) {
      std::fprintf(stderr, "vigie model check: %s: nothing reads the column %s\n",
                   Printable(data).c_str(), Printable(column.get<std::string>()).c_str());
    }
  }
  Table table{{"comparison", "first_level_bits", "last_level_bits", "columns"}, {}};
  for (const Json& comparison : json["comparisons"]) {
    const auto bits = [&](const char* key) {
      char text[32];
      std::snprintf(text, sizeof text, "%+.1f", comparison[key].get<double>());
      return std::string(text);
    };
    const std::string columns = comparison["columns"];
    table.rows.push_back({comparison["comparison"], bits("first_level_bits"),
                          bits("last_level_bits"), columns.empty() ? "none: never used" : columns});
  }
  return PrintOrFail(globals.output, table, json);
}

}  // namespace

void AddModelVerbs(CLI::App& app, Globals& globals) {
  CLI::App* model = app.add_subcommand("model", "How much each agreement and difference weighs");
  model->require_subcommand(1);
  CLI::App* show = model->add_subcommand("show", "The model compiled in, as its TOML text");
  show->footer(Examples("  vigie model show > own.toml   # to start an own one from"));
  show->callback([&globals] { globals.exit_code = Show(globals); });

  struct Arguments {
    std::string model, data;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* check = model->add_subcommand(
      "check", "Checks a model, and shows what it compares and the columns it reads");
  check->add_option("MODEL", arguments->model, "A TOML file, or a name")->required();
  check->add_option("--data", arguments->data, "A CSV file the model is to read");
  check->footer(
      Examples("  vigie model check own.toml\n"
               "  vigie model check own.toml --data people.csv\n"
               "Bits: weight of the evidence for one person against two strangers."));
  check->callback([&globals, arguments] {
    globals.exit_code = Check(globals, arguments->model, arguments->data);
  });
}

}  // namespace vigie::tools
