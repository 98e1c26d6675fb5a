#include "tools/qualification_files.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "fmt/format.h"
#include "tools/explanation_text.h"
#include "tools/qualification_sheets.h"
#include "tools/report_html.h"
#include "tools/verbs.h"
#include "tools/write_file.h"

namespace vigie::tools {
namespace {

constexpr int kSameCommitTries = 3;

std::string PercentText(std::optional<double> rate) {
  return rate ? fmt::format("{:.1f} %", 100 * *rate) : "";
}

// Month, site and activity alone, then what was asked for where that is something else.
std::vector<std::vector<std::string>> GroupingsOf(const std::vector<std::string>& by,
                                                  bool identity_stock) {
  if (identity_stock) return {{}};  // has no groups
  std::vector<std::vector<std::string>> sets = {{"month"}, {"site"}, {"activity"}};
  for (const std::string& group : by) {
    if (std::find(sets.begin(), sets.end(), std::vector{group}) == sets.end()) {
      sets.push_back({group});
    }
  }
  if (by.size() > 1) sets.push_back(by);
  return sets;
}

grpc::Status FetchTables(Client& client, v1::ComputeRateRequest request,
                         const std::vector<std::vector<std::string>>& groupings,
                         std::vector<RateTable>* tables) {
  tables->clear();
  for (const std::vector<std::string>& set : groupings) {
    request.clear_groupings();
    for (const std::string& group : set) {
      v1::ComputeRateRequest::Grouping grouping{};
      v1::ComputeRateRequest::Grouping_Parse("GROUPING_" + absl::AsciiStrToUpper(group), &grouping);
      request.add_groupings(grouping);
    }
    RateTable& table = tables->emplace_back(RateTable{set, {}});
    const grpc::Status status =
        client.qualification().ComputeRate(Client::NewContext().get(), request, &table.response);
    if (!status.ok()) return status;
  }
  return grpc::Status::OK;
}

bool IsOneCommit(const QualificationReport& report) {
  const std::int64_t commit = report.tables.front().response.as_of_commit_number();
  const auto same = [commit](const RateTable& table) {
    return table.response.as_of_commit_number() == commit;
  };
  return std::all_of(report.tables.begin(), report.tables.end(), same) &&
         std::all_of(report.compared.begin(), report.compared.end(), same);
}

bool IsStock(const RateTable& table) {
  return table.response.definition().population() ==
         v1::IndicatorDefinition::POPULATION_IDENTITY_STOCK;
}

grpc::Status FetchReport(Client& client, const v1::ComputeRateRequest& request,
                         const std::vector<std::string>& by,
                         const QualificationFileOptions& options, QualificationReport* report) {
  // The totals first: they say what the definitions count, and a stock of identities has no groups.
  std::vector<RateTable> totals;
  grpc::Status status = FetchTables(client, request, {{}}, &totals);
  bool stock = status.ok() && IsStock(totals.front());
  if (status.ok() && options.IsCompared()) {
    status = FetchTables(client, ComparedRequest(request, options), {{}}, &totals);
    stock = stock || (status.ok() && IsStock(totals.front()));
  }
  if (!status.ok()) return status;
  const auto groupings = GroupingsOf(by, stock);
  for (int attempt = 0; attempt < kSameCommitTries; ++attempt) {
    status = FetchTables(client, request, groupings, &report->tables);
    if (status.ok() && options.IsCompared()) {
      status = FetchTables(client, ComparedRequest(request, options), groupings, &report->compared);
    }
    if (!status.ok() || IsOneCommit(*report)) break;
  }
  return status;
}

// "-" is standard output.
int WriteText(const std::string& path, const std::string& text) {
  if (path == "-") return PrintText(text) ? kExitOk : kExitIo;
  const absl::Status status = WriteWholeFile(path, text);
  if (status.ok()) return kExitOk;
  ReportError(status);
  return kExitCannotCreate;
}

int WriteReport(const QualificationReport& report, const QualificationFileOptions& options) {
  const ReportLanguage language =
      options.language == "en" ? ReportLanguage::kEnglish : ReportLanguage::kFrench;
  if (!options.html.empty()) {
    const int code = WriteText(options.html, QualificationReportHtml(report, language));
    if (code != kExitOk) return code;
  }
  if (!options.xlsx.empty()) {
    const absl::Status status =
        WriteSpreadsheet(QualificationSheets(report, language), options.xlsx);
    if (!status.ok()) {
      ReportError(status);
      return kExitCannotCreate;
    }
  }
  return kExitOk;
}

Json ComparedRowJson(const RateTable& table, const ComparedRow& row) {
  const auto rate = [](const v1::RateRow& r) {
    return RateOf(r) ? Json(*RateOf(r)) : Json(nullptr);
  };
  Json json = Json::object();
  for (std::size_t i = 0; i < table.groupings.size(); ++i) {
    if (!row.keys.empty()) json[table.groupings[i]] = row.keys[i];
    if (!row.compared_keys.empty()) json["compared_" + table.groupings[i]] = row.compared_keys[i];
  }
  json["rate"] = rate(row.row);
  json["compared_rate"] = rate(row.compared);
  json["difference_points"] = row.difference_points ? Json(*row.difference_points) : Json(nullptr);
  for (const auto& [prefix, counts] :
       {std::pair<std::string, const v1::RateRow&>("", row.row), {"compared_", row.compared}}) {
    json[prefix + "numerator"] = counts.numerator();
    json[prefix + "denominator"] = counts.denominator();
  }
  return json;
}

}  // namespace

void AddQualificationFileOptions(CLI::App* verb, QualificationFileOptions* options) {
  verb->add_option("--html", options->html,
                   "Also write the report as one HTML page; - is standard output");
  verb->add_option("--xlsx", options->xlsx, "Also write the report as a workbook");
  verb->add_option("--csv", options->csv, "Also write the table as CSV; - is standard output");
  AddLanguage(verb, &options->language);
  CLI::Option* from = verb->add_option("--compare-from", options->compare_from,
                                       "First day of a window to compare with");
  CLI::Option* to = verb->add_option("--compare-to", options->compare_to,
                                     "Last day of a window to compare with, included");
  from->needs(to);
  to->needs(from);
  verb->add_option("--compare-definition", options->compare_definition,
                   "Definition to compare with");
}

v1::ComputeRateRequest ComparedRequest(const v1::ComputeRateRequest& request,
                                       const QualificationFileOptions& options) {
  v1::ComputeRateRequest compared = request;
  if (!options.compare_from.empty()) {
    *compared.mutable_start_date() = ParseDateOption("--compare-from", options.compare_from);
    *compared.mutable_end_date() = ParseDateOption("--compare-to", options.compare_to);
    compared.clear_reference_date();
  }
  if (!options.compare_definition.empty()) compared.set_definition(options.compare_definition);
  return compared;
}

Json ComparisonJson(const RateTable& table, const RateTable& compared) {
  Json json = {{"definition", compared.response.definition().name()},
               {"from", FormatDate(compared.response.start_date())},
               {"to", FormatDate(compared.response.end_date())},
               {"as_of_commit_number", compared.response.as_of_commit_number()},
               {"total", ComparedRowJson({}, CompareTotals(table, compared))},
               {"rows", Json::array()}};
  for (const ComparedRow& row : CompareTables(table, compared)) {
    json["rows"].push_back(ComparedRowJson(table, row));
  }
  return json;
}

Table ComparisonTable(const RateTable& table, const RateTable& compared) {
  Table text;
  for (const std::string& group : table.groupings) {
    text.columns.push_back(group);
    text.columns.push_back("compared_" + group);
  }
  for (const char* column : {"rate", "compared_rate", "difference_points", "numerator",
                             "denominator", "compared_numerator", "compared_denominator"}) {
    text.columns.emplace_back(column);
  }
  const auto add = [&](const ComparedRow& row, std::vector<std::string> cells) {
    cells.push_back(PercentText(RateOf(row.row)));
    cells.push_back(PercentText(RateOf(row.compared)));
    cells.push_back(row.difference_points ? fmt::format("{:+.1f}", *row.difference_points) : "");
    for (const std::int64_t count : {row.row.numerator(), row.row.denominator(),
                                     row.compared.numerator(), row.compared.denominator()}) {
      cells.push_back(absl::StrCat(count));
    }
    text.rows.push_back(std::move(cells));
  };
  for (const ComparedRow& row : CompareTables(table, compared)) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < table.groupings.size(); ++i) {
      cells.push_back(row.keys.empty() ? "" : row.keys[i]);
      cells.push_back(row.compared_keys.empty() ? "" : row.compared_keys[i]);
    }
    add(row, std::move(cells));
  }
  std::vector<std::string> total(2 * table.groupings.size());
  if (!total.empty()) total[0] = "total";
  add(CompareTotals(table, compared), std::move(total));
  return text;
}

int WriteQualificationFiles(Client& client, const v1::ComputeRateRequest& request,
                            const std::vector<std::string>& by, const Table& csv,
                            const QualificationFileOptions& options) {
  if (!options.csv.empty()) {
    const int code = WriteText(options.csv, FormatCsv(csv));
    if (code != kExitOk) return code;
  }
  if (options.html.empty() && options.xlsx.empty()) return kExitOk;
  QualificationReport report;
  report.legal_entity_finess = request.legal_entity_finess();
  report.site_finess = request.site_finess();
  const grpc::Status status = FetchReport(client, request, by, options, &report);
  if (!status.ok()) return client.ReportError("report qualification", status);
  return WriteReport(report, options);
}

}  // namespace vigie::tools
