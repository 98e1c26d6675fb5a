// vigie report qualification, vigie status.
#include <map>
#include <memory>
#include <optional>
#include <sstream>

#include "fmt/format.h"
#include "tools/qualification_files.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

struct RateOptions {
  std::string from, to, on, cut_off, definition, site, legal_entity;
  std::vector<std::string> by;
  QualificationFileOptions files;
  bool recompute = false;
};

const std::map<std::string, v1::ComputeRateRequest::Grouping> kGroupings = {
    {"month", v1::ComputeRateRequest::GROUPING_MONTH},
    {"site", v1::ComputeRateRequest::GROUPING_SITE},
    {"legal_entity", v1::ComputeRateRequest::GROUPING_LEGAL_ENTITY},
    {"activity", v1::ComputeRateRequest::GROUPING_ACTIVITY},
    {"week", v1::ComputeRateRequest::GROUPING_WEEK},
    {"day", v1::ComputeRateRequest::GROUPING_DAY},
    {"kind", v1::ComputeRateRequest::GROUPING_KIND},
    {"entry_channel", v1::ComputeRateRequest::GROUPING_ENTRY_CHANNEL},
};
constexpr const char* kGroupingList =
    "month, week, day, site, legal_entity, activity, kind, entry_channel";

Json RowJson(const v1::RateRow& row, const std::vector<std::string>& by) {
  Json json = Json::object();
  for (const std::string& key : by) {  // in the order asked for
    const auto found = row.group().find(key);
    if (found != row.group().end()) json[key] = found->second;
  }
  json["numerator"] = row.numerator();
  json["denominator"] = row.denominator();
  json["rate"] = row.has_rate() ? Json(row.rate()) : Json(nullptr);
  json["exclusions"] = Json::object();
  const std::map<std::string, std::int64_t> exclusions(row.exclusions().begin(),
                                                       row.exclusions().end());
  for (const auto& [reason, count] : exclusions) json["exclusions"][reason] = count;
  json["statuses"] = {{"provisional", row.provisional_count()},
                      {"recovered", row.recovered_count()},
                      {"validated", row.validated_count()},
                      {"qualified", row.qualified_count()}};
  json["unattached"] = row.unattached_count();
  json["attributes"] = {{"homonym", row.homonym_count()},
                        {"doubtful", row.doubtful_count()},
                        {"fictitious", row.fictitious_count()}};
  return json;
}

std::vector<std::string> RowCells(const Json& row, const std::vector<std::string>& by,
                                  const std::string& missing_group) {
  std::vector<std::string> cells;
  for (const std::string& key : by) {
    cells.push_back(row.contains(key) ? row[key].get<std::string>() : missing_group);
  }
  cells.push_back(row["rate"].is_null() ? ""
                                        : fmt::format("{:.1f} %", 100 * row["rate"].get<double>()));
  for (const char* column : {"numerator", "denominator"}) cells.push_back(row[column].dump());
  for (const char* status : {"provisional", "recovered", "validated", "qualified"}) {
    cells.push_back(row["statuses"][status].dump());
  }
  for (const auto& [reason, count] : row["exclusions"].items()) cells.push_back(count.dump());
  cells.push_back(row["unattached"].dump());
  for (const auto& [attribute, count] : row["attributes"].items()) cells.push_back(count.dump());
  return cells;
}

// Dates go together or not at all: without them the definition's own window is counted.
v1::ComputeRateRequest RateRequestOf(const RateOptions& options) {
  v1::ComputeRateRequest request;
  request.set_definition(options.definition);
  if (options.from.empty() != options.to.empty()) {
    throw CLI::ValidationError("--from", "goes with --to; without both, the definition's window");
  }
  if (!options.from.empty()) {
    *request.mutable_start_date() = ParseDateOption("--from", options.from);
    *request.mutable_end_date() = ParseDateOption("--to", options.to);
  }
  if (!options.on.empty()) {
    *request.mutable_reference_date() = ParseDateOption("--on", options.on);
  }
  if (!options.cut_off.empty()) {
    *request.mutable_cut_off_time() = ParseTimeOption("--cut-off", options.cut_off);
  }
  for (const std::string& group : options.by) {
    const auto found = kGroupings.find(group);
    if (found == kGroupings.end()) {
      throw CLI::ValidationError("--by", std::string("is any of ") + kGroupingList);
    }
    request.add_groupings(found->second);
  }
  request.set_site_finess(options.site);
  request.set_legal_entity_finess(options.legal_entity);
  request.set_recompute(options.recompute);
  return request;
}

// What stands above a table: which definition, which days, where the figures come from.
std::string HeadOf(const v1::ComputeRateResponse& response) {
  const v1::IndicatorDefinition& definition = response.definition();
  const bool kept = response.source() == v1::ComputeRateResponse::RATE_SOURCE_KEPT;
  return fmt::format("{} (version {}, {}): {}\n{} to {}, {}, commit {}, {}", definition.name(),
                     definition.version(), definition.hash(), definition.title().french(),
                     FormatDate(response.start_date()), FormatDate(response.end_date()),
                     response.time_zone(), response.as_of_commit_number(),
                     kept ? "kept figures" : "recomputed from the records");
}

// Printable keeps no line breaks.
void PrintLines(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) PrintText(Printable(line) + "\n");
}

int Report(const Globals& globals, const RateOptions& options) {
  const v1::ComputeRateRequest request = RateRequestOf(options);
  Client client(globals.server);
  v1::ComputeRateResponse response;
  const grpc::Status status =
      client.qualification().ComputeRate(Client::NewContext().get(), request, &response);
  if (!status.ok()) return client.ReportError("report qualification", status);

  const Json whole = ToJson(response);
  Json json = {
      {"definition", whole["definition"]},
      {"as_of", whole.value("as_of_time", "")},
      {"as_of_commit_number", response.as_of_commit_number()},
      {"time_zone", response.time_zone()},
      {"from", FormatDate(response.start_date())},
      {"to", FormatDate(response.end_date())},
      {"cut_off", whole.contains("cut_off_time") ? whole["cut_off_time"] : Json(nullptr)},
      {"source",
       response.source() == v1::ComputeRateResponse::RATE_SOURCE_KEPT ? "kept" : "recomputed"},
      {"rows", Json::array()},
      {"total", RowJson(response.total(), options.by)}};
  for (const v1::RateRow& row : response.rows()) json["rows"].push_back(RowJson(row, options.by));
  if (options.by.empty() && json["rows"].empty()) json["rows"].push_back(json["total"]);
  Table table{options.by, {}};
  for (const char* column :
       {"rate", "numerator", "denominator", "provisional", "recovered", "validated", "qualified"}) {
    table.columns.emplace_back(column);
  }
  for (const auto& [reason, count] : json["total"]["exclusions"].items()) {
    table.columns.push_back("excluded_" + reason);
  }
  for (const char* column : {"unattached", "homonym", "doubtful", "fictitious"}) {
    table.columns.emplace_back(column);
  }
  for (const Json& row : json["rows"]) table.rows.push_back(RowCells(row, options.by, ""));
  std::optional<Table> comparison;
  if (options.files.IsCompared()) {
    const RateTable current{options.by, response};
    RateTable compared{options.by, {}};
    const grpc::Status fetched = client.qualification().ComputeRate(
        Client::NewContext().get(), ComparedRequest(request, options.files), &compared.response);
    if (!fetched.ok()) return client.ReportError("report qualification", fetched);
    json["comparison"] = ComparisonJson(current, compared);
    comparison = ComparisonTable(current, compared);
  }
  const Table csv = comparison.value_or(table);
  const bool prints = !options.files.WritesToOutput();
  if (globals.output == OutputFormat::kTable && prints) {
    if (!options.by.empty()) table.rows.push_back(RowCells(json["total"], options.by, "total"));
    PrintLines(HeadOf(response));
  }
  if (prints) {
    int code =
        PrintOrFail(globals.output, globals.output == OutputFormat::kCsv ? csv : table, json);
    if (code == kExitOk && comparison && globals.output == OutputFormat::kTable) {
      PrintText("\n");
      code = PrintOrFail(globals.output, *comparison, json);
    }
    if (code != kExitOk) return code;
  }
  return WriteQualificationFiles(client, request, options.by, csv, options.files);
}

int Status(const Globals& globals) {
  Client client(globals.server);
  v1::GetStatusResponse response;
  const grpc::Status status = client.administration().GetStatus(Client::NewContext().get(),
                                                                v1::GetStatusRequest(), &response);
  if (!status.ok()) return client.ReportError("status", status);
  const Json whole = ToJson(response);
  Json json = Json::object();
  for (const auto& [key, value] : whole["counts"].items()) json[key] = value;
  for (const auto& [key, value] : whole.items()) {
    if (key != "counts" && key != "store_health") json[key] = value;
  }
  json["store_health"] = whole["store_health"];
  Table table{{"name", "value"}, {}};
  for (const auto& [key, value] : json.items()) {
    if (value.is_object()) continue;
    table.rows.push_back({key, value.is_string() ? value.get<std::string>() : value.dump()});
  }
  for (const auto& [key, value] : json["store_health"].items()) {
    table.rows.push_back(
        {"store_" + key, value.is_string() ? value.get<std::string>() : value.dump()});
  }
  return PrintOrFail(globals.output, table, json);
}

}  // namespace

void AddReportVerbs(CLI::App& app, Globals& globals) {
  CLI::App* report = app.add_subcommand("report", "Indicators");
  report->require_subcommand(1);
  auto options = std::make_shared<RateOptions>();
  CLI::App* qualification =
      report->add_subcommand("qualification", "The INS qualification rate of a period");
  qualification->add_option("--from", options->from,
                            "First day; without --from and --to the definition's own window");
  qualification->add_option("--to", options->to, "Last day, included");
  qualification->add_option("--on", options->on,
                            "Day the definition's window is taken at; today when not given");
  qualification->add_option("--cut-off", options->cut_off,
                            "The figure as drawn then, e.g. 2026-02-01T00:00:00+01:00");
  qualification->add_option("--by", options->by, std::string("Groups: ") + kGroupingList)
      ->delimiter(',');
  qualification->add_flag("--recompute", options->recompute,
                          "From the records, even where figures are kept");
  qualification->add_option("--definition", options->definition,
                            "Name of the definition; the first configured when not given");
  qualification->add_option("--site", options->site, "Only this site (FINESS)");
  qualification->add_option("--legal-entity", options->legal_entity,
                            "Only this legal entity (FINESS)");
  AddQualificationFileOptions(qualification, &options->files);
  qualification->footer(
      Examples("  vigie report qualification --from 2025-01-01 --to 2025-12-31 --by month,site\n"
               "  vigie report qualification --from 2025-01-01 --to 2025-12-31 --html rate.html "
               "--xlsx rate.xlsx\n"
               "  vigie report qualification --from 2025-01-01 --to 2025-12-31 --by month "
               "--compare-from 2024-01-01 --compare-to 2024-12-31\n"
               "  vigie report qualification --on 2025-03-15 --by week,entry_channel\n"
               "  vigie --output json report qualification --from 2025-01-01 --to 2025-03-31"));
  qualification->callback([&globals, options] { globals.exit_code = Report(globals, *options); });

  CLI::App* status = app.add_subcommand("status", "What the base holds and how the daemon is");
  status->footer(Examples("  vigie status\n  vigie --output json status"));
  status->callback([&globals] { globals.exit_code = Status(globals); });
}

}  // namespace vigie::tools
