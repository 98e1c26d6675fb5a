// vigie report backlog, vigie report quality: what to do next, and the quality of the base.
#include <algorithm>
#include <map>
#include <memory>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "tools/spreadsheet.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

constexpr int kPageSize = 200;

struct BacklogOptions {
  std::string definition, from, to, on, site, legal_entity, reason, xlsx, language = "fr";
  std::int64_t limit = 50;
  bool totals = false;
};

struct QualityOptions {
  std::string from, to, domain, language = "fr";
  int old_after_days = 0;
};

const std::string& In(const std::string& language, const v1::Sentence& sentence) {
  return language == "en" ? sentence.english() : sentence.french();
}

void AddLanguage(CLI::App* verb, std::string& language) {
  verb->add_option("--language", language, "Language of the sentences: fr or en")
      ->check(CLI::IsMember({"fr", "en"}))
      ->capture_default_str();
}

v1::BacklogScope ScopeOf(const BacklogOptions& options) {
  v1::BacklogScope scope;
  scope.set_definition(options.definition);
  const bool dated = !options.from.empty() || !options.to.empty();
  if (dated) {
    if (options.from.empty()) throw CLI::RequiredError("--from");
    if (options.to.empty()) throw CLI::RequiredError("--to");
    *scope.mutable_start_date() = ParseDateOption("--from", options.from);
    *scope.mutable_end_date() = ParseDateOption("--to", options.to);
  }
  if (!options.on.empty()) *scope.mutable_reference_date() = ParseDateOption("--on", options.on);
  scope.set_site_finess(options.site);
  scope.set_legal_entity_finess(options.legal_entity);
  return scope;
}

// Up to `limit` rows (0: all), page by page.
grpc::Status ReadRows(Client& client, const BacklogOptions& options, const v1::BacklogScope& scope,
                      v1::ListBacklogResponse* all) {
  v1::ListBacklogRequest request;
  *request.mutable_scope() = scope;
  request.set_reason(options.reason);
  const auto left = [&] { return options.limit - static_cast<std::int64_t>(all->rows_size()); };
  do {
    const std::int64_t wanted = options.limit == 0 ? kPageSize : left();
    request.set_page_size(static_cast<int>(std::min<std::int64_t>(wanted, kPageSize)));
    v1::ListBacklogResponse page;
    const grpc::Status status =
        client.backlog().ListBacklog(Client::NewContext().get(), request, &page);
    if (!status.ok()) return status;
    request.set_page_token(page.next_page_token());
    all->MergeFrom(page);
    *all->mutable_basis() = page.basis();  // merging adds up what repeats in it
  } while (!request.page_token().empty() && (options.limit == 0 || left() > 0));
  return grpc::Status::OK;
}

std::string ActsOf(const v1::BacklogRow& row) {
  std::vector<std::string> acts;
  if (row.settle()) acts.emplace_back("settle");
  if (row.ask_insi()) acts.emplace_back("ask_insi");
  if (row.check_document()) acts.emplace_back("check_document");
  return fmt::format("{}", fmt::join(acts, "|"));
}

const std::vector<std::string> kRowColumns = {"rank",
                                              "identity_id",
                                              "domain",
                                              "local_id",
                                              "status",
                                              "reason",
                                              "acts",
                                              "numerator_change",
                                              "denominator_change",
                                              "gain_points",
                                              "cumulative_gain_points",
                                              "next_visit",
                                              "next_visit_site",
                                              "site",
                                              "entry_channel",
                                              "insi_criteria",
                                              "given_names",
                                              "case_ids",
                                              "next_step",
                                              "effect"};
// What fits a terminal.
const std::vector<std::string> kShortColumns = {"rank",
                                                "identity_id",
                                                "local_id",
                                                "status",
                                                "reason",
                                                "gain_points",
                                                "cumulative_gain_points",
                                                "next_visit",
                                                "next_step"};

std::map<std::string, SpreadsheetCell> CellsOf(const v1::BacklogRow& row,
                                               const std::string& language) {
  const auto joined = [](const auto& texts) {
    return fmt::format("{}", fmt::join(texts.begin(), texts.end(), "|"));
  };
  const Json json = ToJson(row);
  const Json visit = json.value("next_visit", Json::object());
  return {{"rank", std::int64_t{row.rank()}},
          {"identity_id", row.identity_id()},
          {"domain", row.domain()},
          {"local_id", row.local_id()},
          {"status", TrustStatusName(row.trust_status(), language != "en")},
          {"reason", row.reason()},
          {"acts", ActsOf(row)},
          {"numerator_change", std::int64_t{row.numerator_change()}},
          {"denominator_change", std::int64_t{row.denominator_change()}},
          {"gain_points", row.gain_points()},
          {"cumulative_gain_points", row.cumulative_gain_points()},
          {"next_visit", visit.value("admission_time", "")},
          {"next_visit_site", visit.value("site_finess", "")},
          {"site", row.site_finess()},
          {"entry_channel", row.entry_channel()},
          {"insi_criteria", joined(row.insi_query().criteria())},
          {"given_names", joined(row.insi_query().given_names())},
          {"case_ids", joined(row.case_ids())},
          {"next_step", In(language, row.next_step())},
          {"effect", In(language, row.effect())}};
}

std::string TextOf(const SpreadsheetCell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return std::to_string(*number);
  if (const auto* real = std::get_if<double>(&cell)) return fmt::format("{:.6f}", *real);
  return "";
}

Table RowTable(const v1::ListBacklogResponse& backlog, const std::vector<std::string>& columns,
               const std::string& language) {
  Table table{columns, {}};
  for (const v1::BacklogRow& row : backlog.rows()) {
    const std::map<std::string, SpreadsheetCell> cells = CellsOf(row, language);
    std::vector<std::string> texts;
    for (const std::string& column : columns) texts.push_back(TextOf(cells.at(column)));
    table.rows.push_back(std::move(texts));
  }
  return table;
}

struct Part {
  const char* name;
  const google::protobuf::RepeatedPtrField<v1::BacklogTotal>* totals;
};
std::vector<Part> PartsOf(const v1::SummarizeBacklogResponse& summary) {
  return {{"reason", &summary.by_reason()},
          {"site", &summary.by_site()},
          {"entry_channel", &summary.by_entry_channel()}};
}

const std::vector<std::string> kTotalColumns = {
    "identity_count", "gaining_count", "numerator_change", "denominator_change", "gain_points"};

std::vector<SpreadsheetCell> TotalCells(const v1::BacklogTotal& total) {
  return {std::int64_t{total.identity_count()}, std::int64_t{total.gaining_count()},
          std::int64_t{total.numerator_change()}, std::int64_t{total.denominator_change()},
          total.gain_points()};
}

Table TotalTable(const v1::SummarizeBacklogResponse& summary, const std::string& language) {
  Table table{{"part", "key"}, {}};
  table.columns.insert(table.columns.end(), kTotalColumns.begin(), kTotalColumns.end());
  table.columns.emplace_back("meaning");
  const auto add = [&](const char* part, const v1::BacklogTotal& total) {
    std::vector<std::string> row = {part, total.key()};
    for (const SpreadsheetCell& cell : TotalCells(total)) row.push_back(TextOf(cell));
    row.push_back(In(language, total.meaning()));
    table.rows.push_back(std::move(row));
  };
  for (const Part& part : PartsOf(summary)) {
    for (const v1::BacklogTotal& total : *part.totals) add(part.name, total);
  }
  add("total", summary.total());
  return table;
}

std::string BasisText(const v1::BacklogBasis& basis, const std::string& language) {
  const double rate = basis.denominator() == 0 ? 0
                                               : 100 * static_cast<double>(basis.numerator()) /
                                                     static_cast<double>(basis.denominator());
  return fmt::format("{} ({}): {} .. {}, {} / {} = {:.1f} %",
                     In(language, basis.definition().title()), basis.definition().name(),
                     FormatDate(basis.start_date()), FormatDate(basis.end_date()),
                     basis.numerator(), basis.denominator(), rate);
}

int WriteWorkbook(const std::string& path, const v1::ListBacklogResponse& backlog,
                  const v1::SummarizeBacklogResponse& summary, const std::string& language) {
  Spreadsheet book;
  book.title = In(language, backlog.basis().definition().title());
  book.create_time = absl::FromUnixSeconds(backlog.basis().as_of_time().seconds());
  const std::string remark = BasisText(backlog.basis(), language);
  SpreadsheetSheet rows{language == "en" ? "Backlog" : "Reste à faire", {remark}, kRowColumns, {}};
  for (const v1::BacklogRow& row : backlog.rows()) {
    std::map<std::string, SpreadsheetCell> cells = CellsOf(row, language);
    std::vector<SpreadsheetCell> line;
    for (const std::string& column : kRowColumns) line.push_back(std::move(cells.at(column)));
    rows.rows.push_back(std::move(line));
  }
  book.sheets.push_back(std::move(rows));
  for (const Part& part : PartsOf(summary)) {
    SpreadsheetSheet sheet{part.name, {remark}, {part.name}, {}};
    sheet.columns.insert(sheet.columns.end(), kTotalColumns.begin(), kTotalColumns.end());
    sheet.columns.emplace_back("meaning");
    for (const v1::BacklogTotal& total : *part.totals) {
      std::vector<SpreadsheetCell> line = {total.key()};
      for (SpreadsheetCell& cell : TotalCells(total)) line.push_back(std::move(cell));
      line.emplace_back(In(language, total.meaning()));
      sheet.rows.push_back(std::move(line));
    }
    book.sheets.push_back(std::move(sheet));
  }
  const absl::Status written = WriteSpreadsheet(book, path);
  return written.ok() ? kExitOk : ReportError(written);
}

Json JsonOf(const v1::ListBacklogResponse& backlog, const v1::SummarizeBacklogResponse& summary) {
  const Json totals = ToJson(summary);
  Json json = {{"basis", ToJson(backlog.basis())},
               {"total_size", backlog.total_size()},
               {"rows", Json::array()},
               {"total", totals["total"]}};
  for (const v1::BacklogRow& row : backlog.rows()) json["rows"].push_back(ToJson(row));
  for (const char* part : {"by_reason", "by_site", "by_entry_channel"}) {
    json[part] = totals.value(part, Json::array());
  }
  return json;
}

int Backlog(const Globals& globals, const BacklogOptions& options) {
  const v1::BacklogScope scope = ScopeOf(options);
  Client client(globals.server);
  v1::ListBacklogResponse backlog;
  grpc::Status status = ReadRows(client, options, scope, &backlog);
  v1::SummarizeBacklogRequest request;
  *request.mutable_scope() = scope;
  v1::SummarizeBacklogResponse summary;
  if (status.ok()) {
    status = client.backlog().SummarizeBacklog(Client::NewContext().get(), request, &summary);
  }
  if (!status.ok()) return client.ReportError("report backlog", status);
  if (!options.xlsx.empty()) {
    return WriteWorkbook(options.xlsx, backlog, summary, options.language);
  }
  if (globals.output == OutputFormat::kTable) {
    PrintText(Printable(BasisText(backlog.basis(), options.language)) + "\n");
  }
  const auto& columns = globals.output == OutputFormat::kCsv ? kRowColumns : kShortColumns;
  const Table table = options.totals ? TotalTable(summary, options.language)
                                     : RowTable(backlog, columns, options.language);
  return PrintOrFail(globals.output, table, JsonOf(backlog, summary));
}

std::string ValueText(const v1::QualityIndicator& indicator) {
  if (!indicator.has_value()) return "";
  return indicator.unit() == v1::QualityIndicator::UNIT_DAYS
             ? fmt::format("{:.1f}", indicator.value())
             : fmt::format("{:.2f} %", 100 * indicator.value());
}

int Quality(const Globals& globals, const QualityOptions& options) {
  v1::ComputeQualityIndicatorsRequest request;
  *request.mutable_start_date() = ParseDateOption("--from", options.from);
  *request.mutable_end_date() = ParseDateOption("--to", options.to);
  request.set_old_after_days(options.old_after_days);
  request.set_domain(options.domain);
  Client client(globals.server);
  v1::ComputeQualityIndicatorsResponse response;
  const grpc::Status status =
      client.backlog().ComputeQualityIndicators(Client::NewContext().get(), request, &response);
  if (!status.ok()) return client.ReportError("report quality", status);
  Table table{{"name", "value", "numerator", "denominator", "title", "numerator_meaning",
               "denominator_meaning"},
              {}};
  for (const v1::QualityIndicator& indicator : response.indicators()) {
    table.rows.push_back({indicator.name(), ValueText(indicator),
                          indicator.has_numerator() ? std::to_string(indicator.numerator()) : "",
                          std::to_string(indicator.denominator()),
                          In(options.language, indicator.title()),
                          In(options.language, indicator.numerator_meaning()),
                          In(options.language, indicator.denominator_meaning())});
  }
  return PrintOrFail(globals.output, table, ToJson(response));
}

void AddBacklog(CLI::App* report, Globals& globals) {
  auto options = std::make_shared<BacklogOptions>();
  CLI::App* verb = report->add_subcommand(
      "backlog", "What can be qualified next, by what it brings to the rate");
  verb->add_option("--from", options->from, "First day; without, the definition's own window");
  verb->add_option("--to", options->to, "Last day, included");
  verb->add_option("--on", options->on, "Day the definition's own window is taken at");
  verb->add_option("--definition", options->definition,
                   "Name of the definition; the first configured when not given");
  verb->add_option("--site", options->site, "Only visits of this site (FINESS)");
  verb->add_option("--legal-entity", options->legal_entity,
                   "Only visits of this legal entity (FINESS)");
  verb->add_option("--reason", options->reason, "Only rows of this reason, e.g. document_missing");
  verb->add_option("--limit", options->limit, "Rows at most; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_flag("--totals", options->totals, "Counts by reason, site and entry channel instead");
  verb->add_option("--xlsx", options->xlsx, "Write a workbook with rows and counts to this file");
  AddLanguage(verb, options->language);
  verb->footer(
      Examples("  vigie report backlog --from 2026-11-01 --to 2026-11-30 --limit 100\n"
               "  vigie --output csv report backlog --reason document_missing --limit 0\n"
               "  vigie report backlog --totals\n"
               "  vigie report backlog --limit 0 --xlsx backlog.xlsx"));
  verb->callback([&globals, options] { globals.exit_code = Backlog(globals, *options); });
}

}  // namespace

void AddBacklogVerbs(CLI::App& app, Globals& globals) {
  CLI::App* report = app.get_subcommand("report");
  AddBacklog(report, globals);
  auto options = std::make_shared<QualityOptions>();
  CLI::App* verb = report->add_subcommand(
      "quality", "Duplicates, collisions, INS conflicts, old identities, age of the queue");
  verb->add_option("--from", options->from, "First day of the flow indicators")->required();
  verb->add_option("--to", options->to, "Last day, included")->required();
  verb->add_option("--old-after", options->old_after_days,
                   "Days after which a provisional or doubtful identity is old; 30 when not given")
      ->check(CLI::Range(1, 3660));
  verb->add_option("--domain", options->domain, "Only this identification domain");
  AddLanguage(verb, options->language);
  verb->footer(
      Examples("  vigie report quality --from 2026-11-01 --to 2026-11-30\n"
               "  vigie --output csv report quality --from 2026-01-01 --to 2026-12-31"));
  verb->callback([&globals, options] { globals.exit_code = Quality(globals, *options); });
}

}  // namespace vigie::tools
