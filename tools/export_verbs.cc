// vigie export identities | visits | cases | audit.
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>

#include "absl/time/time.h"
#include "fmt/format.h"
#include "tools/csv.h"
#include "tools/export_rows.h"
#include "tools/label_verbs.h"
#include "tools/progress.h"
#include "tools/verbs.h"
#include "tools/write_file.h"

namespace vigie::tools {
namespace {

// What differs between the four streams.
struct IdentityRows {
  using Request = v1::ExportIdentitiesRequest;
  using Response = v1::ExportIdentitiesResponse;
  static constexpr const char* kName = "identities";
  static auto Open(Client& client, grpc::ClientContext* context) {
    return client.exports().ExportIdentities(context, Request());
  }
  static std::vector<std::string> Columns() { return IdentityExportColumns(); }
  static const auto& Rows(const Response& response) { return response.identities(); }
};

struct VisitRows {
  using Request = v1::ExportVisitsRequest;
  using Response = v1::ExportVisitsResponse;
  static constexpr const char* kName = "visits";
  static auto Open(Client& client, grpc::ClientContext* context) {
    return client.exports().ExportVisits(context, Request());
  }
  static std::vector<std::string> Columns() { return VisitExportColumns(); }
  static const auto& Rows(const Response& response) { return response.visits(); }
};

struct CaseRows {
  using Request = v1::ExportCasesRequest;
  using Response = v1::ExportCasesResponse;
  static constexpr const char* kName = "cases";
  static auto Open(Client& client, grpc::ClientContext* context) {
    return client.exports().ExportCases(context, Request());
  }
  static std::vector<std::string> Columns() { return CaseExportColumns(); }
  static const auto& Rows(const Response& response) { return response.cases(); }
};

struct AuditRows {
  using Request = v1::ExportAuditRequest;
  using Response = v1::ExportAuditResponse;
  static constexpr const char* kName = "audit";
  static auto Open(Client& client, grpc::ClientContext* context) {
    return client.exports().ExportAudit(context, Request());
  }
  static std::vector<std::string> Columns() { return AuditExportColumns(); }
  static const auto& Rows(const Response& response) { return response.entries(); }
};

struct Exported {
  v1::ExportHead head;
  std::int64_t row_count = 0;
};

absl::Status CannotWrite() { return absl::ResourceExhaustedError("cannot write: disk full?"); }

// Writes the rows of one stream behind the header. `call` is how the stream ended.
template <class Kind>
absl::Status WriteRows(Client& client, std::ofstream& file, Exported* exported,
                       grpc::Status* call) {
  grpc::ClientContext context;
  const auto stream = Kind::Open(client, &context);
  Progress progress("rows");
  absl::TimeZone zone;
  absl::Status failed;
  typename Kind::Response response;
  file << FormatCsvRow(Kind::Columns());
  while (stream->Read(&response)) {
    if (response.has_head()) {
      exported->head = response.head();
      if (!absl::LoadTimeZone(exported->head.time_zone(), &zone)) {
        failed = absl::InternalError("the server's time zone is not known here: " +
                                     exported->head.time_zone());
      }
    }
    for (const auto& row : Kind::Rows(response)) {
      file << FormatCsvRow(ExportRow(row, zone));
      ++exported->row_count;
    }
    if (failed.ok() && !file) failed = CannotWrite();
    if (!failed.ok()) {
      context.TryCancel();
      break;
    }
    const auto count = static_cast<double>(std::max<std::int64_t>(1, exported->head.row_count()));
    progress.Update(static_cast<double>(exported->row_count) / count, exported->row_count);
  }
  progress.Clear();
  while (!failed.ok() && stream->Read(&response)) {
  }
  *call = stream->Finish();
  file.flush();
  if (failed.ok() && !file) failed = CannotWrite();
  return failed;
}

// The exit code; what went wrong was told.
template <class Kind>
int WriteExport(Client& client, const std::string& path, Exported& exported) {
  grpc::Status call;
  const absl::Status written = ReplaceFile(path, [&](const std::string& temporary) -> absl::Status {
    // Patients: for its owner only.
    if (chmod(temporary.c_str(), S_IRUSR | S_IWUSR) != 0) {
      return absl::PermissionDeniedError("cannot write " + path);
    }
    std::ofstream file(temporary, std::ios::binary);
    absl::Status status = WriteRows<Kind>(client, file, &exported, &call);
    if (!status.ok())
      return absl::Status(status.code(), path + ": " + std::string(status.message()));
    if (!call.ok()) return absl::CancelledError("the export did not come to its end");
    if (exported.row_count != exported.head.row_count()) {
      return absl::DataLossError(fmt::format("{} rows were announced and {} came",
                                             exported.head.row_count(), exported.row_count));
    }
    return absl::OkStatus();
  });
  if (!call.ok() && absl::IsCancelled(written)) {
    return client.ReportError(fmt::format("export of {}", Kind::kName), call);
  }
  return written.ok() ? kExitOk : ReportError(written);
}

template <class Kind>
int RunExport(const Globals& globals, const std::string& path) {
  Client client(globals.server);
  Exported exported;
  const auto start = std::chrono::steady_clock::now();
  if (const int failed = WriteExport<Kind>(client, path, exported); failed != kExitOk) {
    return failed;
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const Json head = ToJson(exported.head);
  const Json json = {{"kind", Kind::kName},
                     {"file", path},
                     {"rows", exported.row_count},
                     {"commit_number", exported.head.commit_number()},
                     {"as_of", head.value("as_of_time", "")},
                     {"time_zone", exported.head.time_zone()},
                     {"base_id", exported.head.base_id()},
                     {"seconds", seconds}};
  Table table{{"kind", "file", "rows", "commit_number", "as_of", "seconds"},
              {{Kind::kName, path, std::to_string(exported.row_count),
                std::to_string(exported.head.commit_number()), head.value("as_of_time", ""),
                fmt::format("{:.1f}", seconds)}}};
  return PrintOrFail(globals.output, table, json);
}

template <class Kind>
void AddKind(CLI::App* parent, Globals& globals, const std::string& description,
             const std::string& footer) {
  auto path = std::make_shared<std::string>();
  CLI::App* verb = parent->add_subcommand(Kind::kName, description);
  verb->add_option("--out", *path, "File to write; replaced once all of it is there")->required();
  verb->footer(Examples(footer));
  verb->callback([&globals, path] { globals.exit_code = RunExport<Kind>(globals, *path); });
}

}  // namespace

int ExportIdentities(Client& client, const std::string& path) {
  Exported exported;
  return WriteExport<IdentityRows>(client, path, exported);
}

void AddExportVerbs(CLI::App& app, Globals& globals) {
  CLI::App* parent = app.add_subcommand(
      "export", "Writes everything of one kind as CSV, from one frozen picture of the base");
  parent->require_subcommand(1);
  AddKind<IdentityRows>(
      parent, globals, "All identities, with status, status history and facts",
      "  vigie export identities --out identities.csv\n"
      "The columns of `vigie import identities`, then what only the base can say. The file can be\n"
      "imported as it is. All rows are as of one commit, whose number is printed.\n"
      "Exit code 69 when vigied cannot be reached; the file that was there stays then.");
  AddKind<VisitRows>(parent, globals, "All visits, cancelled and unattached ones included",
                     "  vigie export visits --out visits.csv");
  AddKind<CaseRows>(parent, globals, "All cases of the review queue, in any state",
                    "  vigie export cases --out cases.csv");
  AddKind<AuditRows>(parent, globals, "The audit chain, one entry a commit",
                     "  vigie export audit --out audit.csv");
}

}  // namespace vigie::tools
