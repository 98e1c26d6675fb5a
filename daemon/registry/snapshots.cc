#include "daemon/registry/snapshots.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "daemon/registry/checks.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/figure_diff.h"
#include "daemon/registry/mutation.h"
#include "daemon/registry/requests.h"
#include "daemon/registry/snapshot_causes.h"
#include "matching/date.h"

namespace vigie::daemon {
namespace {

using matching::Date;
using matching::IndicatorDefinition;
using storage::FigureRow;
using storage::FigureSnapshot;

// A closing that another one overtook begins again: two of them, and one more that came meanwhile.
constexpr int kAttemptsMax = 3;
constexpr std::int32_t kSnapshotPageSizeDefault = 50;
constexpr std::int32_t kSnapshotPageSizeMax = 200;
// Dates of any snapshot that can be.
constexpr Date kFirstDay = {1, 1, 1};
constexpr Date kLastDay = {9999, 12, 31};

Date DayAfter(const Date& day) { return matching::DateFromDays(matching::DaysSinceEpoch(day) + 1); }
Date DayBefore(const Date& day) {
  return matching::DateFromDays(matching::DaysSinceEpoch(day) - 1);
}

FigureRow ToFigureRow(const matching::IndicatorRow& row) {
  FigureRow figures;
  figures.group = row.group;
  figures.numerator = row.numerator;
  figures.denominator = row.denominator;
  figures.exclusions = row.exclusions;
  figures.statuses = row.statuses;
  figures.unattached_count = row.unattached_count;
  figures.homonym_count = row.homonym_count;
  figures.doubtful_count = row.doubtful_count;
  figures.fictitious_count = row.fictitious_count;
  return figures;
}

// The days a closing of `day` counts; nullopt: the definition's window begins later.
std::optional<matching::DayWindow> WindowAt(const IndicatorDefinition& definition,
                                            const Date& day) {
  matching::DayWindow window = matching::ResolveWindow(definition, day)
                                   .value_or(matching::DayWindow{{day.year, day.month, 1}, day});
  if (day < window.from) return std::nullopt;
  window.to = std::min(window.to, day);
  return window;
}

absl::Status CheckDay(const Date& day, const char* field) {
  if (matching::IsValid(day) && matching::IsComplete(day)) return absl::OkStatus();
  return MakeFieldError(field, "not_a_date");
}

absl::Status CheckName(const SnapshotName& name) {
  absl::Status status = CheckDay(name.day, "day");
  if (status.ok() && name.definition.empty()) status = MakeFieldError("definition", "required");
  if (status.ok() && name.revision < 0) status = MakeFieldError("revision", "out_of_range");
  return status;
}

absl::Status NotFound(const SnapshotName& name) {
  return MakeError(Reason::kSnapshotNotFound,
                   "no such snapshot of " + matching::FormatDate(name.day));
}

absl::StatusOr<FigureSnapshot> Find(const storage::View& view, const SnapshotName& name) {
  auto found = view.GetSnapshot(name.day, name.definition, name.revision);
  if (!found.ok()) return WithReason(found.status());
  if (!found->has_value()) return NotFound(name);
  return **std::move(found);
}

std::string TargetOf(const FigureSnapshot& snapshot) {
  return "snapshot/" + matching::FormatDate(snapshot.day) + "/" + snapshot.definition_name + "/" +
         std::to_string(snapshot.revision);
}

// What changed since `before`, which is the newest revision there is; empty when there is none.
absl::StatusOr<std::map<std::string, std::int64_t>> CausesSince(
    const storage::View& view, const Environment& environment,
    const std::optional<FigureSnapshot>& before, const FigureSnapshot& after, bool identities) {
  if (!before || before->content_hash == after.content_hash) {
    return std::map<std::string, std::int64_t>();
  }
  CauseQuery query;
  query.after_commit = before->as_of_commit_number;
  query.last_commit = after.as_of_commit_number;
  query.window_begin = StartOfDay(after.window_from, environment.zone);
  query.window_end = StartOfDay(DayAfter(after.window_to), environment.zone);
  query.identities = identities;
  auto causes = FindCauses(view, query, kCommitsExaminedMax);
  if (!causes.ok()) return causes.status();
  if (before->definition_hash != after.definition_hash) (*causes)["definition_changed"] = 1;
  if (before->time_zone != after.time_zone) (*causes)["time_zone_changed"] = 1;
  if (before->window_from != after.window_from || before->window_to != after.window_to) {
    (*causes)["window_changed"] = 1;
  }
  return causes;
}

// Days between two closed ones that were never closed, ascending.
absl::StatusOr<std::vector<Date>> UnclosedDays(const storage::View& view, const Date& day) {
  std::vector<Date> unclosed;
  const std::int64_t first = matching::DaysSinceEpoch(day) - kUnclosedDaysLookedAt;
  Date later = day;
  while (matching::DaysSinceEpoch(later) > first) {
    const auto closed = view.LastSnapshotDay(DayBefore(later));
    if (!closed.ok()) return WithReason(closed.status());
    if (!closed->has_value()) break;  // nothing was closed before: no gap
    for (Date missing = DayBefore(later);
         **closed < missing && matching::DaysSinceEpoch(missing) >= first;
         missing = DayBefore(missing)) {
      unclosed.push_back(missing);
    }
    later = **closed;
  }
  std::reverse(unclosed.begin(), unclosed.end());
  return unclosed;
}

// The figures as found, against what is kept: the newest revision when it says the same, else one
// more. ABORTED version_moved when another closing came in between.
absl::StatusOr<ClosedSnapshot> Keep(FigureSnapshot figures, storage::Transaction& transaction,
                                    storage::CommitContext& commit) {
  auto newest = transaction.GetSnapshot(figures.day, figures.definition_name, /*revision=*/0);
  if (!newest.ok()) return newest.status();
  const bool exists = newest->has_value();
  if (exists && (*newest)->content_hash == figures.content_hash) {
    return ClosedSnapshot{**std::move(newest), false};
  }
  if ((exists ? (*newest)->revision : 0) + 1 != figures.revision) {
    return MakeError(Reason::kVersionMoved, "another closing of the day came in between");
  }
  absl::Status put = transaction.PutSnapshot(figures);
  if (!put.ok()) return put;
  commit.targets.push_back(TargetOf(figures));
  return ClosedSnapshot{std::move(figures), true};
}

std::string PageTokenOf(const FigureSnapshot& snapshot) {
  return matching::FormatDate(snapshot.day) + "." + std::to_string(snapshot.revision) + "." +
         snapshot.definition_name;
}

absl::StatusOr<std::optional<storage::View::SnapshotPosition>> ReadToken(const std::string& token) {
  if (token.empty()) return std::optional<storage::View::SnapshotPosition>();
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string::npos ? first : token.find('.', first + 1);
  if (second == std::string::npos) return MakePageTokenError();
  storage::View::SnapshotPosition position;
  const std::optional<Date> day = matching::ParseDate(token.substr(0, first));
  const auto [rest, error] =
      std::from_chars(token.data() + first + 1, token.data() + second, position.revision);
  if (!day || !matching::IsComplete(*day) || error != std::errc() ||
      rest != token.data() + second) {
    return MakePageTokenError();
  }
  position.day = *day;
  position.definition = token.substr(second + 1);
  return std::optional(position);
}

}  // namespace

Snapshots::Snapshots(const Environment& environment, Rate rate)
    : environment_(environment), rate_(std::move(rate)) {}

absl::StatusOr<std::optional<FigureSnapshot>> Snapshots::FiguresOf(
    const IndicatorDefinition& definition, const CloseDayRequest& request, const Date& day) const {
  const std::optional<matching::DayWindow> window = WindowAt(definition, day);
  if (!window) return std::optional<FigureSnapshot>();
  const bool identities = definition.population == matching::IndicatorPopulation::kIdentityStock;
  RateRequest rate;
  rate.definition = definition.name;
  rate.from = window->from;
  rate.to = window->to;
  if (!identities) rate.group_by = {"month", "site", "activity"};
  rate.cut_off = StartOfDay(DayAfter(day), environment_.zone);
  rate.given_up = request.given_up;
  const absl::StatusOr<RateResult> computed = rate_(rate);
  if (!computed.ok()) return computed.status();

  FigureSnapshot figures;
  figures.day = day;
  figures.definition_name = definition.name;
  figures.definition_version = definition.version;
  figures.definition_hash = definition.hash;
  figures.definition_text = matching::WriteIndicatorDefinition(definition);
  figures.time_zone = computed->time_zone;
  figures.window_from = window->from;
  figures.window_to = window->to;
  figures.cut_off = *rate.cut_off;
  figures.as_of_commit_number = computed->as_of_commit_number;
  figures.actor = request.context.actor;
  for (const matching::IndicatorRow& row : computed->rows) figures.rows.push_back(ToFigureRow(row));
  figures.total = ToFigureRow(computed->total);
  figures.content_hash = ContentHash(figures);

  const std::unique_ptr<storage::View> view = environment_.store->Read();
  const auto newest = view->GetSnapshot(day, definition.name, /*revision=*/0);
  if (!newest.ok()) return WithReason(newest.status());
  if (newest->has_value() && (*newest)->as_of_commit_number > figures.as_of_commit_number &&
      (*newest)->content_hash != figures.content_hash) {
    return MakeError(Reason::kVersionMoved, "another closing of the day saw later facts");
  }
  figures.revision = newest->has_value() ? (*newest)->revision + 1 : 1;
  auto causes = CausesSince(*view, environment_, *newest, figures, identities);
  if (!causes.ok()) return WithReason(causes.status());
  figures.causes = *std::move(causes);
  return std::optional(std::move(figures));
}

absl::StatusOr<std::vector<FigureSnapshot>> Snapshots::Figures(const CloseDayRequest& request,
                                                               const Date& day) const {
  std::vector<FigureSnapshot> all;
  std::size_t row_count = 0;
  for (const IndicatorDefinition& definition : environment_.definitions) {
    absl::StatusOr<std::optional<FigureSnapshot>> figures = FiguresOf(definition, request, day);
    if (!figures.ok()) return figures.status();
    if (!figures->has_value()) continue;
    row_count += (*figures)->rows.size();
    if (row_count > kSnapshotRowCountMax) {
      return MakeError(Reason::kTooManyGroups, "too many groups to close one day");
    }
    all.push_back(**std::move(figures));
  }
  return all;
}

absl::StatusOr<CloseDayResult> Snapshots::TryToClose(const CloseDayRequest& request,
                                                     const Date& day) const {
  const auto earlier = environment_.store->Read()->FindRequest(request.context.request_id);
  if (!earlier.ok()) return WithReason(earlier.status());
  std::vector<FigureSnapshot> figures;
  if (!earlier->has_value()) {  // else the answer is there already
    absl::StatusOr<std::vector<FigureSnapshot>> computed = Figures(request, day);
    if (!computed.ok()) return computed.status();
    figures = *std::move(computed);
  }
  const auto work = [&](storage::Transaction& transaction,
                        storage::CommitContext& commit) -> absl::StatusOr<Worked<CloseDayResult>> {
    Worked<CloseDayResult> worked;
    worked.written = false;
    worked.result.day = day;
    worked.result.commit_number = transaction.CommitNumber();
    for (FigureSnapshot one : figures) {
      one.closed_at = Now(environment_);
      absl::StatusOr<ClosedSnapshot> kept = Keep(std::move(one), transaction, commit);
      if (!kept.ok()) return kept.status();
      worked.written |= kept->is_new;
      worked.result.snapshots.push_back(*std::move(kept));
    }
    absl::StatusOr<std::vector<Date>> unclosed = UnclosedDays(transaction, day);
    if (!unclosed.ok()) return unclosed.status();
    worked.result.unclosed_days = *std::move(unclosed);
    return worked;
  };
  return Run<CloseDayResult>(*environment_.store,
                             std::make_unique<Mutation<CloseDayResult>>(
                                 request.context, "close_day", FingerprintOf(request), work));
}

absl::StatusOr<CloseDayResult> Snapshots::CloseDay(const CloseDayRequest& request) const {
  Problems problems;
  CheckContext(request.context, problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  const Date today = DayOf(Now(environment_), environment_.zone);
  const Date day = matching::IsAbsent(request.day) ? DayBefore(today) : request.day;
  absl::Status checked = CheckDay(day, "day");
  if (!checked.ok()) return checked;
  if (!(day < today)) {
    return MakeError(
        Reason::kDayNotOver,
        "the day " + matching::FormatDate(day) + " is not over yet in " + environment_.zone.name(),
        {{"day", matching::FormatDate(day)}});
  }
  absl::StatusOr<CloseDayResult> closed = TryToClose(request, day);
  for (int attempt = 1; attempt < kAttemptsMax && absl::IsAborted(closed.status()); ++attempt) {
    closed = TryToClose(request, day);
  }
  return closed;
}

absl::StatusOr<SnapshotPage> Snapshots::List(const ListSnapshotsRequest& request) const {
  const Date from = matching::IsAbsent(request.from) ? kFirstDay : request.from;
  const Date to = matching::IsAbsent(request.to) ? kLastDay : request.to;
  absl::Status checked = CheckDay(from, "from");
  if (checked.ok()) checked = CheckDay(to, "to");
  if (checked.ok() && to < from) checked = MakeFieldError("to", "before_from");
  if (checked.ok() && request.page_size < 0) checked = MakeFieldError("page_size", "negative");
  if (!checked.ok()) return checked;
  const auto after = ReadToken(request.page_token);
  if (!after.ok()) return after.status();
  const auto size = static_cast<std::size_t>(
      request.page_size == 0 ? kSnapshotPageSizeDefault
                             : std::min(request.page_size, kSnapshotPageSizeMax));
  SnapshotPage page;
  // The snapshot before: of a day and definition, the newest revision comes first.
  std::optional<SnapshotName> last;
  if (*after) last = SnapshotName{(*after)->day, (*after)->definition, (*after)->revision};
  const absl::Status scanned = environment_.store->Read()->ScanSnapshots(
      from, to, *after, [&](const FigureSnapshot& snapshot) {
        if (!request.definition.empty() && snapshot.definition_name != request.definition) {
          return true;
        }
        const bool newest =
            !last || last->day != snapshot.day || last->definition != snapshot.definition_name;
        last = SnapshotName{snapshot.day, snapshot.definition_name, snapshot.revision};
        if (request.newest_only && !newest) return true;
        if (page.snapshots.size() == size) {
          page.next_page_token = PageTokenOf(page.snapshots.back());
          return false;
        }
        page.snapshots.push_back(snapshot);
        page.snapshots.back().rows.clear();
        return true;
      });
  if (!scanned.ok()) return WithReason(scanned);
  return page;
}

absl::StatusOr<FigureSnapshot> Snapshots::Get(const SnapshotName& name) const {
  absl::Status checked = CheckName(name);
  if (!checked.ok()) return checked;
  return Find(*environment_.store->Read(), name);
}

absl::StatusOr<SnapshotDifference> Snapshots::Diff(const SnapshotName& before,
                                                   const SnapshotName& after) const {
  absl::Status checked = CheckName(before);
  if (checked.ok()) checked = CheckName(after);
  if (!checked.ok()) return checked;
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  absl::StatusOr<FigureSnapshot> is = Find(*view, after);
  if (!is.ok()) return is.status();
  SnapshotName earlier = before;
  const bool revisions = before.day == after.day && before.definition == after.definition;
  // Of one day and definition, left out: the revision before.
  if (revisions && earlier.revision == 0) earlier.revision = is->revision - 1;
  if (revisions && earlier.revision == 0) {
    return MakeError(Reason::kSnapshotNotFound, "the first revision has none before it");
  }
  absl::StatusOr<FigureSnapshot> was = Find(*view, earlier);
  if (!was.ok()) return was.status();

  SnapshotDifference difference;
  difference.rows = DifferencesOf(was->rows, is->rows);
  difference.total.before = was->total;
  difference.total.after = is->total;
  difference.total.explanation = SentenceOf(&was->total, &is->total);
  for (std::int64_t revision = was->revision + 1; revisions && revision <= is->revision;
       ++revision) {
    const auto between = Find(*view, {after.day, after.definition, revision});
    if (!between.ok()) return between.status();
    for (const auto& [cause, count] : between->causes) difference.causes[cause] += count;
  }
  for (const auto& [cause, count] : difference.causes) {
    difference.explanation.push_back(CauseSentence(cause, count));
  }
  was->rows.clear();
  is->rows.clear();
  difference.before = *std::move(was);
  difference.after = *std::move(is);
  return difference;
}

}  // namespace vigie::daemon
