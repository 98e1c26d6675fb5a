// vigie report close-day, vigie report snapshots list | show | diff.
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>

#include "fmt/format.h"
#include "matching/date.h"
#include "tools/evidence_folder.h"
#include "tools/snapshot_evidence.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

// A night's work over all definitions: a bound for a base that hangs, not a measure of the work.
constexpr std::chrono::seconds kCloseDeadline{600};
constexpr int kPageSize = 200;
constexpr int kDaysLookedAt = 366;  // as far back as the daemon looks for days never closed

struct CloseOptions {
  std::string day, out, actor = "vigie report close-day";
  bool catch_up = false;
};

struct ListOptions {
  std::string from, to, definition;
  bool every_revision = false;
  int limit = 0;
};

struct NameOptions {
  std::string day, definition, base_day;
  std::int64_t revision = 0, base_revision = 0;
};

// What a run of close-day did.
struct Closing {
  v1::CloseDayResponse response;
  bool written = false;  // files
};

std::string NewRequestId() {
  std::array<unsigned char, 16> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
    throw std::runtime_error("no random numbers for a request id");
  }
  std::string id = "close-day-";
  for (const unsigned char byte : random) id += fmt::format("{:02x}", byte);
  return id;
}

v1::Date ToDay(std::int64_t days) {
  const matching::Date date = matching::DateFromDays(days);
  v1::Date day;
  day.set_year(date.year);
  day.set_month(date.month);
  day.set_day(date.day);
  return day;
}

std::int64_t ToDays(const v1::Date& day) {
  return matching::DaysSinceEpoch({static_cast<std::int16_t>(day.year()),
                                   static_cast<std::uint8_t>(day.month()),
                                   static_cast<std::uint8_t>(day.day())});
}

// Every call of one run, and the first error of it: told to the person at once, kept as exit code.
class Run {
 public:
  Run(Client& client, std::string doing) : client_(client), doing_(std::move(doing)) {}

  int exit_code() const { return exit_code_; }
  bool ok() const { return exit_code_ == kExitOk; }
  bool Check(const grpc::Status& status) {
    if (!status.ok()) exit_code_ = client_.ReportError(doing_, status);
    return status.ok();
  }
  bool Check(const absl::Status& status) {
    if (!status.ok()) exit_code_ = ReportError(status);
    return status.ok();
  }
  v1::QualificationService::Stub& stub() { return client_.qualification(); }

 private:
  Client& client_;
  std::string doing_;
  int exit_code_ = kExitOk;
};

// One revision with its groups and, unless it is the first, what changed.
std::optional<SnapshotRevision> Fetch(Run& run, const v1::Date& day, const std::string& definition,
                                      std::int64_t revision) {
  v1::GetSnapshotRequest get;
  *get.mutable_day() = day;
  get.set_definition(definition);
  get.set_revision(revision);
  v1::GetSnapshotResponse got;
  if (!run.Check(run.stub().GetSnapshot(Client::NewContext().get(), get, &got))) return {};
  SnapshotRevision found;
  found.snapshot = got.snapshot();
  found.rows.assign(got.rows().begin(), got.rows().end());
  if (found.snapshot.revision() < 2) return found;
  v1::DiffSnapshotsRequest diff;
  *diff.mutable_day() = day;
  diff.set_definition(definition);
  diff.set_revision(found.snapshot.revision());
  v1::DiffSnapshotsResponse difference;
  if (!run.Check(run.stub().DiffSnapshots(Client::NewContext().get(), diff, &difference))) {
    return {};
  }
  found.difference = std::move(difference);
  return found;
}

// Writes every revision of every definition of the day. True when anything was new.
bool WriteDay(Run& run, const EvidenceFolder& folder, const v1::CloseDayResponse& closed) {
  std::map<std::string, std::string> files;
  for (const v1::CloseDayResponse::Closed& one : closed.closed()) {
    const v1::Snapshot& snapshot = one.snapshot();
    for (std::int64_t revision = 1; revision <= snapshot.revision(); ++revision) {
      const auto found = Fetch(run, closed.day(), snapshot.definition().name(), revision);
      if (!found) return false;
      files.merge(EvidenceFiles(*found));
    }
  }
  if (files.empty()) return false;
  const absl::StatusOr<bool> written = folder.Write(FormatDate(closed.day()), files);
  return run.Check(written.status()) && *written;
}

std::optional<Closing> CloseOne(Run& run, const EvidenceFolder& folder, const std::string& actor,
                                const v1::Date* day) {
  v1::CloseDayRequest request;
  request.set_request_id(NewRequestId());
  request.set_actor(actor);
  if (day != nullptr) *request.mutable_day() = *day;
  Closing closing;
  if (!run.Check(run.stub().CloseDay(Client::NewContext(kCloseDeadline).get(), request,
                                     &closing.response))) {
    return {};
  }
  closing.written = WriteDay(run, folder, closing.response);
  if (!run.ok()) return {};
  return closing;
}

// Snapshots of the filter, all pages, at most `limit` (0: all). nullopt after an error.
std::optional<std::vector<v1::Snapshot>> ListAll(Run& run, v1::ListSnapshotsRequest request,
                                                 std::size_t limit) {
  request.set_page_size(kPageSize);
  std::vector<v1::Snapshot> found;
  do {
    v1::ListSnapshotsResponse page;
    if (!run.Check(run.stub().ListSnapshots(Client::NewContext().get(), request, &page))) return {};
    for (const v1::Snapshot& snapshot : page.snapshots()) {
      if (limit != 0 && found.size() == limit) return found;
      found.push_back(snapshot);
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return found;
}

// Days before `closed` that were closed but have no evidence here, e.g. because a run was killed
// between the two, ascending.
std::vector<v1::Date> DaysWithoutEvidence(Run& run, const EvidenceFolder& folder,
                                          const v1::CloseDayResponse& closed) {
  std::vector<v1::Date> missing;
  if (closed.closed().empty()) return missing;
  v1::ListSnapshotsRequest request;
  *request.mutable_start_date() = ToDay(ToDays(closed.day()) - kDaysLookedAt);
  *request.mutable_end_date() = ToDay(ToDays(closed.day()) - 1);
  request.set_definition(closed.closed(0).snapshot().definition().name());
  request.set_newest_only(true);
  const auto snapshots = ListAll(run, request, 0);
  if (!snapshots) return missing;
  for (const v1::Snapshot& snapshot : *snapshots) {
    if (!folder.Has(FormatDate(snapshot.day()))) missing.push_back(snapshot.day());
  }
  std::reverse(missing.begin(), missing.end());
  return missing;
}

std::string DayList(const std::vector<v1::Date>& days) {
  constexpr std::size_t kShown = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(days.size(), kShown); ++i) {
    text += (text.empty() ? "" : ", ") + FormatDate(days[i]);
  }
  return days.size() > kShown ? text + ", …" : text;
}

// What is missing before the day; told, and an error unless it is to be made good.
int TellMissing(const std::vector<v1::Date>& unclosed, const std::vector<v1::Date>& unwritten) {
  if (unclosed.empty() && unwritten.empty()) return kExitOk;
  std::string text;
  if (!unclosed.empty()) {
    text += fmt::format("vigie: report close-day: days never closed: {} ({})\n", unclosed.size(),
                        DayList(unclosed));
  }
  if (!unwritten.empty()) {
    text += fmt::format("vigie: report close-day: days closed without evidence here: {} ({})\n",
                        unwritten.size(), DayList(unwritten));
  }
  std::fputs((text + "  run again with --catch-up\n").c_str(), stderr);
  return kExitData;
}

std::string RateCell(const v1::RateRow& row) {
  return row.has_rate() ? fmt::format("{:.1f} %", 100 * row.rate()) : "";
}

int PrintClosings(const Globals& globals, const std::vector<Closing>& closings,
                  const std::string& out) {
  Table table{{"day", "definition", "revision", "new", "rate", "numerator", "denominator",
               "content_hash", "folder"},
              {}};
  Json json = {{"days", Json::array()}};
  for (const Closing& closing : closings) {
    const std::string day = FormatDate(closing.response.day());
    const std::string folder = out + "/" + day;
    for (const v1::CloseDayResponse::Closed& one : closing.response.closed()) {
      const v1::Snapshot& snapshot = one.snapshot();
      table.rows.push_back({day, snapshot.definition().name(), std::to_string(snapshot.revision()),
                            one.is_new() ? "yes" : "no", RateCell(snapshot.total()),
                            std::to_string(snapshot.total().numerator()),
                            std::to_string(snapshot.total().denominator()),
                            snapshot.content_hash().substr(0, 12), folder});
    }
    Json one = ToJson(closing.response);
    one["folder"] = folder;
    one["evidence_written"] = closing.written;
    json["days"].push_back(std::move(one));
  }
  return PrintOrFail(globals.output, table, json);
}

int CloseDays(const Globals& globals, const CloseOptions& options) {
  std::optional<v1::Date> day;
  if (!options.day.empty()) day = ParseDateOption("--day", options.day);
  Client client(globals.server);
  Run run(client, "report close-day");
  // First of all: a day that is closed but cannot be written down would only be noticed later.
  absl::StatusOr<EvidenceFolder> folder = EvidenceFolder::Open(options.out);
  if (!folder.ok()) {
    const int code = ReportError(folder.status());
    return absl::IsPermissionDenied(folder.status()) ? code : kExitCannotCreate;
  }
  auto closing = CloseOne(run, *folder, options.actor, day ? &*day : nullptr);
  if (!closing) return run.exit_code();
  const std::vector<v1::Date> unclosed(closing->response.unclosed_days().begin(),
                                       closing->response.unclosed_days().end());
  const std::vector<v1::Date> unwritten = DaysWithoutEvidence(run, *folder, closing->response);
  if (!run.ok()) return run.exit_code();

  std::vector<Closing> closings;
  std::set<std::int64_t> missing;
  if (options.catch_up) {
    for (const v1::Date& one : unclosed) missing.insert(ToDays(one));
    for (const v1::Date& one : unwritten) missing.insert(ToDays(one));
  }
  for (const std::int64_t one : missing) {
    const v1::Date earlier = ToDay(one);
    auto caught_up = CloseOne(run, *folder, options.actor, &earlier);
    if (!caught_up) return run.exit_code();
    closings.push_back(*std::move(caught_up));
  }
  closings.push_back(*std::move(closing));
  const int printed = PrintClosings(globals, closings, options.out);
  const int missed = options.catch_up ? kExitOk : TellMissing(unclosed, unwritten);
  return missed != kExitOk ? missed : printed;
}

int ListSnapshots(const Globals& globals, const ListOptions& options) {
  v1::ListSnapshotsRequest request;
  if (!options.from.empty()) {
    *request.mutable_start_date() = ParseDateOption("--from", options.from);
  }
  if (!options.to.empty()) *request.mutable_end_date() = ParseDateOption("--to", options.to);
  request.set_definition(options.definition);
  request.set_newest_only(!options.every_revision);
  Client client(globals.server);
  Run run(client, "report snapshots list");
  const auto snapshots = ListAll(run, request, static_cast<std::size_t>(options.limit));
  if (!snapshots) return run.exit_code();
  Table table{{"day", "definition", "revision", "rate", "numerator", "denominator", "from", "to",
               "commit", "content_hash"},
              {}};
  Json json = {{"snapshots", Json::array()}};
  for (const v1::Snapshot& snapshot : *snapshots) {
    table.rows.push_back({FormatDate(snapshot.day()), snapshot.definition().name(),
                          std::to_string(snapshot.revision()), RateCell(snapshot.total()),
                          std::to_string(snapshot.total().numerator()),
                          std::to_string(snapshot.total().denominator()),
                          FormatDate(snapshot.start_date()), FormatDate(snapshot.end_date()),
                          std::to_string(snapshot.as_of_commit_number()),
                          snapshot.content_hash().substr(0, 12)});
    json["snapshots"].push_back(ToJson(snapshot));
  }
  return PrintOrFail(globals.output, table, json);
}

int ShowSnapshot(const Globals& globals, const NameOptions& options) {
  const v1::Date day = ParseDateOption("DAY", options.day);
  Client client(globals.server);
  Run run(client, "report snapshots show");
  const auto found = Fetch(run, day, options.definition, options.revision);
  if (!found) return run.exit_code();
  const v1::Snapshot& snapshot = found->snapshot;
  Table table = SnapshotTable(snapshot, found->rows);
  if (globals.output == OutputFormat::kTable) {
    PrintText(Printable(fmt::format("{} (version {}, {}): {}", snapshot.definition().name(),
                                    snapshot.definition().version(), snapshot.definition().hash(),
                                    snapshot.definition().title().french())) +
              "\n");
    PrintText(fmt::format("day {}, revision {}, {} to {} ({}), commit {}, content hash {}\n",
                          FormatDate(snapshot.day()), snapshot.revision(),
                          FormatDate(snapshot.start_date()), FormatDate(snapshot.end_date()),
                          Printable(snapshot.time_zone()), snapshot.as_of_commit_number(),
                          snapshot.content_hash()));
    // What stands above is the same on every row.
    constexpr std::ptrdiff_t kHeadColumns = 5;
    table.columns.erase(table.columns.begin(), table.columns.begin() + kHeadColumns);
    for (auto& row : table.rows) row.erase(row.begin(), row.begin() + kHeadColumns);
  }
  const int printed = PrintOrFail(globals.output, table, SnapshotJson(*found));
  if (globals.output == OutputFormat::kTable && found->difference && printed == kExitOk) {
    PrintText("\n" + DifferenceText(*found->difference));
  }
  return printed;
}

int DiffSnapshots(const Globals& globals, const NameOptions& options) {
  v1::DiffSnapshotsRequest request;
  *request.mutable_day() = ParseDateOption("DAY", options.day);
  request.set_definition(options.definition);
  request.set_revision(options.revision);
  request.set_base_revision(options.base_revision);
  if (!options.base_day.empty()) {
    *request.mutable_base_day() = ParseDateOption("--base-day", options.base_day);
  }
  Client client(globals.server);
  Run run(client, "report snapshots diff");
  v1::DiffSnapshotsResponse difference;
  if (!run.Check(run.stub().DiffSnapshots(Client::NewContext().get(), request, &difference))) {
    return run.exit_code();
  }
  if (globals.output == OutputFormat::kTable) {
    return PrintText(DifferenceText(difference)) ? kExitOk : kExitIo;
  }
  Table table{
      {"month", "site", "activity", "numerator_before", "numerator_after", "denominator_before",
       "denominator_after", "explanation_french", "explanation_english"},
      {}};
  const auto add = [&table](const v1::FigureDifference& row) {
    std::vector<std::string> cells;
    for (const char* key : {"month", "site", "activity"}) {
      const auto found = row.group().find(key);
      cells.push_back(found == row.group().end() ? "" : found->second);
    }
    for (const std::int64_t count : {row.base().numerator(), row.row().numerator(),
                                     row.base().denominator(), row.row().denominator()}) {
      cells.push_back(std::to_string(count));
    }
    cells.push_back(row.explanation().french());
    cells.push_back(row.explanation().english());
    table.rows.push_back(std::move(cells));
  };
  for (const v1::FigureDifference& row : difference.rows()) add(row);
  add(difference.total());
  return PrintOrFail(globals.output, table, ToJson(difference));
}

void AddCloseDay(CLI::App& report, Globals& globals) {
  auto options = std::make_shared<CloseOptions>();
  CLI::App* close = report.add_subcommand(
      "close-day", "Keep the figures of every definition as a day's end found them, with evidence");
  close->add_option("--day", options->day, "The day; yesterday of the establishment if not given");
  close->add_option("--out", options->out, "Folder of the evidence; one folder a day in it")
      ->required();
  close->add_flag("--catch-up", options->catch_up,
                  "Also close the days before that never were, and write their evidence");
  close->add_option("--actor", options->actor, "Who closes the day")->capture_default_str();
  close->footer(Examples(
      "  vigie report close-day --out /var/lib/vigie-report --catch-up\n"
      "  vigie report close-day --day 2026-03-09 --out evidence\n"
      "Exit codes: 0 all there; 65 earlier days are missing, or evidence was changed; 69 vigied\n"
      "cannot be reached; 73, 77 the folder cannot be made or written."));
  close->callback([&globals, options] { globals.exit_code = CloseDays(globals, *options); });
}

void AddName(CLI::App* verb, const std::shared_ptr<NameOptions>& options) {
  verb->add_option("DAY", options->day, "Day closed")->required();
  verb->add_option("DEFINITION", options->definition, "Name of the definition")->required();
  verb->add_option("--revision", options->revision, "Revision; the newest if not given")
      ->check(CLI::NonNegativeNumber);
}

}  // namespace

void AddSnapshotVerbs(CLI::App& report, Globals& globals) {
  AddCloseDay(report, globals);
  CLI::App* snapshots = report.add_subcommand("snapshots", "Figures of closed days");
  snapshots->require_subcommand(1);

  auto listed = std::make_shared<ListOptions>();
  CLI::App* list = snapshots->add_subcommand("list", "Days closed, newest first");
  list->add_option("--from", listed->from, "First day");
  list->add_option("--to", listed->to, "Last day, included");
  list->add_option("--definition", listed->definition, "Only this definition");
  list->add_flag("--every-revision", listed->every_revision, "Not the newest revision alone");
  list->add_option("--limit", listed->limit, "At most so many; 0: all")
      ->check(CLI::NonNegativeNumber);
  list->footer(
      Examples("  vigie report snapshots list --definition qualified-visits --limit 31\n"
               "  vigie --output csv report snapshots list --every-revision"));
  list->callback([&globals, listed] { globals.exit_code = ListSnapshots(globals, *listed); });

  auto shown = std::make_shared<NameOptions>();
  CLI::App* show = snapshots->add_subcommand("show", "The figures of one closed day");
  AddName(show, shown);
  show->footer(
      Examples("  vigie report snapshots show 2026-03-09 qualified-visits\n"
               "  vigie report snapshots show 2026-03-09 qualified-visits --revision 1"));
  show->callback([&globals, shown] { globals.exit_code = ShowSnapshot(globals, *shown); });

  auto compared = std::make_shared<NameOptions>();
  CLI::App* diff = snapshots->add_subcommand(
      "diff", "What differs between two revisions of a day, or two days, and why");
  AddName(diff, compared);
  diff->add_option("--base-revision", compared->base_revision,
                   "Compared with this revision; the one before if not given")
      ->check(CLI::NonNegativeNumber);
  diff->add_option("--base-day", compared->base_day,
                   "Compared with this day; the same if not given");
  diff->footer(
      Examples("  vigie report snapshots diff 2026-03-09 qualified-visits\n"
               "  vigie report snapshots diff 2026-03-31 qualified-visits --base-day 2026-02-28"));
  diff->callback([&globals, compared] { globals.exit_code = DiffSnapshots(globals, *compared); });
}

}  // namespace vigie::tools
