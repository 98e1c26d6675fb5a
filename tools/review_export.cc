// vigie review export: the cases of the queue as a table, both sides of each in one row.
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <map>
#include <memory>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "fmt/format.h"
#include "tools/csv.h"
#include "tools/export_rows.h"
#include "tools/progress.h"
#include "tools/review_filter.h"
#include "tools/spreadsheet.h"
#include "tools/verbs.h"
#include "tools/write_file.h"

namespace vigie::tools {
namespace {

constexpr int kPageSize = 200;
constexpr std::size_t kSides = 2;

// Of `vigie export identities`, in the order a person compares them.
constexpr std::array<std::string_view, 21> kSideColumns = {"identity_id",
                                                           "domain",
                                                           "local_id",
                                                           "status",
                                                           "birth_family_name",
                                                           "first_birth_given_name",
                                                           "birth_given_names",
                                                           "sex",
                                                           "birth_date",
                                                           "birth_place_code",
                                                           "used_family_name",
                                                           "used_given_name",
                                                           "ins_matricule",
                                                           "ins_oid",
                                                           "attributes",
                                                           "address_line",
                                                           "postal_code",
                                                           "city",
                                                           "phone",
                                                           "email",
                                                           "updated_at"};

struct ReviewExport {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

// Reads what the rows need, each identity and each decision once.
class Reader {
 public:
  explicit Reader(Client& client) : client_(client) {
    const std::vector<std::string> all = IdentityExportColumns();
    for (const std::string_view name : kSideColumns) {
      const auto found = std::find(all.begin(), all.end(), name);
      positions_.push_back(static_cast<std::size_t>(found - all.begin()));
    }
  }

  std::vector<std::string> Columns() const {
    std::vector<std::string> columns = CaseExportColumns();
    columns.insert(columns.end(), {"verdict", "decided_by", "decided_at", "decision_reason"});
    for (const std::string_view name : kSideColumns) {
      columns.push_back(fmt::format("left_{}", name));
      columns.push_back(fmt::format("right_{}", name));
    }
    return columns;
  }

  grpc::Status Row(const v1::Case& item, std::vector<std::string>* row) {
    *row = ExportRow(item, zone_);
    grpc::Status status = AppendDecision(item.decision_id(), row);
    if (!status.ok()) return status;
    std::array<const std::vector<std::string>*, kSides> sides{};
    for (int i = 0; i < std::min(item.identity_ids_size(), static_cast<int>(kSides)); ++i) {
      status = Side(item.identity_ids(i), &sides[static_cast<std::size_t>(i)]);
      if (!status.ok()) return status;
    }
    for (std::size_t c = 0; c < kSideColumns.size(); ++c) {
      for (const auto* side : sides) row->push_back(side == nullptr ? "" : (*side)[c]);
    }
    return status;
  }

 private:
  grpc::Status AppendDecision(const std::string& id, std::vector<std::string>* row) {
    v1::GetDecisionResponse response;
    if (!id.empty()) {
      v1::GetDecisionRequest request;
      request.set_decision_id(id);
      grpc::Status status =
          client_.review().GetDecision(Client::NewContext().get(), request, &response);
      if (!status.ok()) return status;
    }
    const v1::Decision& decision = response.decision();
    const bool made = response.has_decision();
    row->push_back(made ? ToJson(decision)["verdict"].get<std::string>() : "");
    row->push_back(decision.actor());
    row->push_back(made ? FormatInstant(decision.decide_time(), zone_) : "");
    row->push_back(decision.reason());
    return grpc::Status::OK;
  }

  grpc::Status Side(const std::string& id, const std::vector<std::string>** side) {
    const auto known = sides_.find(id);
    if (known == sides_.end()) {
      v1::GetIdentityRequest request;
      request.set_identity_id(id);
      v1::GetIdentityResponse response;
      grpc::Status status =
          client_.identities().GetIdentity(Client::NewContext().get(), request, &response);
      if (!status.ok()) return status;
      const std::vector<std::string> all = ExportRow(response.identity(), zone_);
      std::vector<std::string>& kept = sides_[id];
      for (const std::size_t position : positions_) kept.push_back(all[position]);
      *side = &kept;
    } else {
      *side = &known->second;
    }
    return grpc::Status::OK;
  }

  Client& client_;
  const absl::TimeZone zone_ = absl::LocalTimeZone();
  std::vector<std::size_t> positions_;
  std::map<std::string, std::vector<std::string>> sides_;
};

grpc::Status ReadAll(Client& client, const v1::CaseFilter& filter, ReviewExport* exported) {
  v1::CountCasesRequest count_request;
  *count_request.mutable_filter() = filter;
  v1::CountCasesResponse count;
  grpc::Status status =
      client.review().CountCases(Client::NewContext().get(), count_request, &count);
  if (!status.ok()) return status;
  Reader reader(client);
  exported->columns = reader.Columns();
  Progress progress("cases");
  v1::ListCasesRequest request;
  *request.mutable_filter() = filter;
  request.set_page_size(kPageSize);
  do {
    v1::ListCasesResponse response;
    status = client.review().ListCases(Client::NewContext().get(), request, &response);
    if (!status.ok()) return status;
    for (const v1::Case& item : response.cases()) {
      status = reader.Row(item, &exported->rows.emplace_back());
      if (!status.ok()) return status;
      const auto done = static_cast<std::int64_t>(exported->rows.size());
      const auto all = static_cast<double>(std::max<std::int64_t>(1, count.case_count()));
      progress.Update(std::min(1.0, static_cast<double>(done) / all), done);
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  progress.Clear();
  return status;
}

absl::Status WriteCsv(const ReviewExport& exported, const std::string& path) {
  return ReplaceFile(path, [&](const std::string& temporary) -> absl::Status {
    std::ofstream file(temporary, std::ios::binary);
    file << FormatCsvRow(exported.columns);
    for (const std::vector<std::string>& row : exported.rows) file << FormatCsvRow(row);
    file.flush();
    if (!file) return absl::ResourceExhaustedError("cannot write " + path + ": disk full?");
    return absl::OkStatus();
  });
}

absl::Status WriteWorkbook(const ReviewExport& exported, const std::string& path) {
  constexpr std::array<std::string_view, 3> kNumbers = {"weight_bits", "probability", "priority"};
  SpreadsheetSheet sheet;
  sheet.name = "cases";
  sheet.columns = exported.columns;
  for (const std::vector<std::string>& row : exported.rows) {
    std::vector<SpreadsheetCell>& cells = sheet.rows.emplace_back();
    for (std::size_t c = 0; c < row.size(); ++c) {
      const bool number =
          std::find(kNumbers.begin(), kNumbers.end(), exported.columns[c]) != kNumbers.end();
      cells.push_back(number ? SpreadsheetCell(std::stod(row[c])) : SpreadsheetCell(row[c]));
    }
  }
  return WriteSpreadsheet({"review queue", absl::Now(), {std::move(sheet)}}, path);
}

bool IsWorkbook(const std::string& path) { return path.ends_with(".xlsx"); }

int RunReviewExport(const Globals& globals, const CaseFilterOptions& options,
                    const std::string& path) {
  Client client(globals.server);
  ReviewExport exported;
  const auto start = std::chrono::steady_clock::now();
  const grpc::Status read = ReadAll(client, ToFilter(options), &exported);
  if (!read.ok()) return client.ReportError("review export", read);
  // Patients: for its owner only.
  umask(S_IRWXG | S_IRWXO);
  const absl::Status written =
      IsWorkbook(path) ? WriteWorkbook(exported, path) : WriteCsv(exported, path);
  if (!written.ok()) return ReportError(written);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return PrintOrFail(
      globals.output,
      {{"file", "rows", "seconds"},
       {{path, std::to_string(exported.rows.size()), fmt::format("{:.1f}", seconds)}}},
      {{"file", path}, {"rows", exported.rows.size()}, {"seconds", seconds}});
}

}  // namespace

void AddReviewExportVerb(CLI::App& review, Globals& globals) {
  auto options = std::make_shared<CaseFilterOptions>();
  auto path = std::make_shared<std::string>();
  CLI::App* verb = review.add_subcommand(
      "export", "Writes cases with the traits of both sides as CSV or XLSX, one row a case");
  AddCaseFilter(verb, options);
  verb->add_option("--out", *path, "File to write, .csv or .xlsx; replaced once all of it is there")
      ->required()
      ->check([](const std::string& text) {
        const bool known = text.ends_with(".csv") || IsWorkbook(text);
        return known ? "" : "ends with .csv or .xlsx";
      });
  verb->footer(
      Examples("  vigie review export --kind duplicate --out queue.xlsx\n"
               "  vigie review export --state any --out cases.csv\n"
               "Instants are of this machine's time zone, with their offset."));
  verb->callback(
      [&globals, options, path] { globals.exit_code = RunReviewExport(globals, *options, *path); });
}

}  // namespace vigie::tools
