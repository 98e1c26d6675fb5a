// vigie fsck, vigie audit verify: on the data folder of a stopped daemon.
#include <memory>

#include "daemon/registry/matcher.h"
#include "fmt/format.h"
#include "storage/check.h"
#include "tools/progress.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

struct Folder {
  std::string data, anchor;
};

int ExitCodeOfCheck(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return kExitNoInput;
    case absl::StatusCode::kDataLoss:
      return kExitData;
    case absl::StatusCode::kFailedPrecondition:
      return kExitCannotCreate;
    case absl::StatusCode::kPermissionDenied:
      return kExitPermission;
    default:
      return kExitSoftware;
  }
}

Json ToJson(const storage::CheckReport& report) {
  Json json = {{"base_id", report.base_id},
               {"commit_number", report.commit_number},
               {"identity_count", report.identity_count},
               {"change_count", report.change_count},
               {"visit_count", report.visit_count},
               {"case_count", report.case_count},
               {"decision_count", report.decision_count},
               {"note_count", report.note_count},
               {"proposal_count", report.proposal_count},
               {"label_pair_count", report.label_pair_count},
               {"request_count", report.request_count},
               {"snapshot_count", report.snapshot_count},
               {"index_entry_count", report.index_entry_count},
               {"finding_count", report.finding_count},
               {"findings", Json::array()}};
  for (const storage::CheckFinding& finding : report.findings) {
    json["findings"].push_back({{"code", finding.code},
                                {"table", finding.table},
                                {"reference", finding.reference},
                                {"message", finding.message}});
  }
  return json;
}

int Tell(const Globals& globals, const absl::StatusOr<storage::CheckReport>& report,
         const std::string& checked) {
  if (!report.ok()) {
    ReportError(report.status());
    return ExitCodeOfCheck(report.status());
  }
  Table table{{"code", "table", "reference", "message"}, {}};
  for (const storage::CheckFinding& finding : report->findings) {
    table.rows.push_back({finding.code, finding.table, finding.reference, finding.message});
  }
  const bool sound = report->finding_count == 0;
  if (globals.output == OutputFormat::kTable) {
    const std::string verdict =
        sound ? "nothing is wrong" : fmt::format("{} things are wrong", report->finding_count);
    if (!PrintText(fmt::format("{}: {}\n", checked, verdict))) return kExitIo;
  }
  if (globals.output != OutputFormat::kTable || !sound) {
    if (!Print(globals.output, table, ToJson(*report))) return kExitIo;
  }
  return sound ? kExitOk : kExitData;
}

// One line a step, on a terminal only.
class StepProgress {
 public:
  void Update(std::string_view step, std::int64_t done, std::int64_t total) {
    if (step != step_) {
      progress_.reset();
      step_ = step;
      progress_ = std::make_unique<Progress>(step_);
    }
    if (total > 0) progress_->Update(static_cast<double>(done) / static_cast<double>(total), done);
  }

 private:
  std::string step_;
  std::unique_ptr<Progress> progress_;
};

int RunFsck(const Globals& globals, const Folder& folder) {
  storage::CheckOptions options;
  options.index_entries = [](const matching::Identity& identity) {
    return daemon::MakeIndexEntries(identity, daemon::MakeSubject(identity));
  };
  absl::StatusOr<storage::CheckReport> report;
  {
    StepProgress progress;
    options.progress = [&](std::string_view step, std::int64_t done, std::int64_t total) {
      progress.Update(step, done, total);
    };
    report = storage::CheckDataFolder(folder.data, folder.anchor, options);
  }
  const std::string checked =
      report.ok() ? fmt::format(
                        "{} identities, {} changes, {} visits, {} cases, {} index entries, "
                        "{} commits",
                        report->identity_count, report->change_count, report->visit_count,
                        report->case_count, report->index_entry_count, report->commit_number)
                  : "";
  return Tell(globals, report, checked);
}

int RunAuditVerify(const Globals& globals, const Folder& folder) {
  const absl::StatusOr<storage::CheckReport> report =
      storage::CheckAuditOfFolder(folder.data, folder.anchor);
  return Tell(globals, report,
              report.ok() ? fmt::format("audit chain of {} commits", report->commit_number) : "");
}

std::shared_ptr<Folder> AddFolder(CLI::App* verb) {
  auto folder = std::make_shared<Folder>();
  verb->add_option("DATA_DIR", folder->data, "Data folder of a stopped vigied")->required();
  verb->add_option("--anchor", folder->anchor,
                   "Folder of the anchor; DATA_DIR/anchor if not given");
  return folder;
}

}  // namespace

void AddCheckVerbs(CLI::App& app, Globals& globals) {
  CLI::App* fsck = app.add_subcommand(
      "fsck", "Checks a data folder: records, history, indexes, counters, audit chain, anchor");
  const auto folder = AddFolder(fsck);
  fsck->footer(Examples(
      "  systemctl stop vigied && vigie fsck /var/lib/vigie\n"
      "Changes nothing. Exit code 0: nothing is wrong; 65: what is wrong is listed; 66: no\n"
      "database there; 73: in use, or of another schema."));
  fsck->callback([&globals, folder] { globals.exit_code = RunFsck(globals, *folder); });

  CLI::App* audit = app.add_subcommand("audit", "The audit chain");
  audit->require_subcommand(1);
  CLI::App* verify = audit->add_subcommand(
      "verify", "Follows the audit chain link by link, to the head and the anchor");
  const auto audited = AddFolder(verify);
  verify->footer(Examples("  vigie audit verify /var/lib/vigie\nExit codes as `vigie fsck`."));
  verify->callback([&globals, audited] { globals.exit_code = RunAuditVerify(globals, *audited); });
}

}  // namespace vigie::tools
