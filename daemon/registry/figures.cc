#include "daemon/registry/figures.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "daemon/registry/checks.h"
#include "daemon/registry/errors.h"

namespace vigie::daemon {
namespace {

using matching::Identity;
using matching::Visit;

// Records between two questions whether to stop.
constexpr std::size_t kStopInterval = 4096;
// A commit is told within its own write and the anchor's; a stuck disk takes longer.
constexpr std::chrono::seconds kHeardPatience{30};
// Half of what may wait: from then on the commit path takes over what waits, when nobody counts.
constexpr std::size_t kIdleShare = 2;

// Pieces a count is cut into, so that two threads end about together.
constexpr std::size_t kPieces = 64;
// Rows of an answer made at once.
constexpr std::size_t kRowsTogether = 1024;

absl::Status Stopped() { return absl::CancelledError("stopped while the figures were loaded"); }

matching::FigureGrouping GroupingOf(const std::vector<RateGrouping>& group_by) {
  matching::FigureGrouping grouping;
  for (const RateGrouping one : group_by) {
    switch (one) {
      case RateGrouping::kMonth:
        grouping.month = true;
        break;
      case RateGrouping::kWeek:
        grouping.week = true;
        break;
      case RateGrouping::kDay:
        grouping.day = true;
        break;
      case RateGrouping::kSite:
        grouping.site = true;
        break;
      case RateGrouping::kLegalEntity:
        grouping.legal_entity = true;
        break;
      case RateGrouping::kActivity:
        grouping.activity = true;
        break;
      case RateGrouping::kKind:
        grouping.kind = true;
        break;
      case RateGrouping::kEntryChannel:
        grouping.entry_channel = true;
        break;
    }
  }
  return grouping;
}

using Names = std::map<std::string, std::string>;

bool IsOfDays(RateGrouping grouping) {
  return grouping == RateGrouping::kMonth || grouping == RateGrouping::kWeek ||
         grouping == RateGrouping::kDay;
}

// A visit that says what the unit says, so that both ways to a rate name groups alike.
Visit VisitOf(const matching::FigureUnit& unit) {
  Visit visit;
  visit.site_finess = unit.site_finess;
  visit.legal_entity_finess = unit.legal_entity_finess;
  visit.entry_channel = unit.entry_channel;
  visit.activity = unit.activity;
  visit.kind = unit.kind;
  return visit;
}

// The names of the rows of a plan, and the order of these names.
class RowNames {
 public:
  RowNames(const matching::FigurePlan& plan, const std::vector<RateGrouping>& group_by) {
    std::vector<RateGrouping> by_days, by_units;
    for (const RateGrouping one : group_by) (IsOfDays(one) ? by_days : by_units).push_back(one);
    RateGroups days(by_days), units(by_units);
    for (const std::int64_t day : plan.day_groups()) {
      days_.push_back({days.NamesOf(days.NumberOf(Visit(), day)), {}});
    }
    for (const matching::FigureUnit& unit : plan.unit_groups()) {
      units_.push_back({units.NamesOf(units.NumberOf(VisitOf(unit), 0)), {}});
    }
    std::set<std::string> words;
    for (const RateGrouping one : group_by) {
      words.emplace(kRateGroupingNames[static_cast<std::size_t>(one)]);
    }
    is_grouped_ = !words.empty();
    std::size_t at = 0;
    for (const std::string& word : words) {
      Rank(word, at, days_);
      Rank(word, at++, units_);
    }
  }

  Names Of(const matching::FigureGroup& group) const {
    if (!is_grouped_) return {};
    Names names = units_[group.unit].names;
    for (const auto& name : days_[group.days].names) names.insert(name);
    return names;
  }

  // The rows by their names.
  std::vector<std::size_t> Order(const std::vector<matching::FigureGroup>& rows) const {
    std::vector<std::pair<Ranks, std::size_t>> ranked;
    ranked.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Ranks& ranks = ranked.emplace_back(Ranks(), i).first;
      if (!is_grouped_) continue;
      // Where one has a rank, the other has none.
      for (std::size_t at = 0; at < ranks.size(); ++at) {
        ranks[at] = days_[rows[i].days].ranks[at] + units_[rows[i].unit].ranks[at];
      }
    }
    std::sort(ranked.begin(), ranked.end());
    std::vector<std::size_t> order;
    order.reserve(ranked.size());
    for (const auto& [ranks, i] : ranked) order.push_back(i);
    return order;
  }

 private:
  // Of each word grouped by, in their order: the place of the name among all.
  using Ranks = std::array<std::uint32_t, kRateGroupingNames.size()>;
  struct Group {
    Names names;
    Ranks ranks{};
  };

  static void Rank(const std::string& word, std::size_t at, std::vector<Group>& groups) {
    std::map<std::string, std::uint32_t> ranks;
    for (const Group& group : groups) {
      if (group.names.count(word) != 0) ranks[group.names.at(word)] = 0;
    }
    std::uint32_t rank = 0;
    for (auto& [name, its_rank] : ranks) its_rank = rank++;
    for (Group& group : groups) {
      if (!ranks.empty()) group.ranks[at] = ranks.at(group.names.at(word));
    }
  }

  std::vector<Group> days_, units_;
  bool is_grouped_ = false;
};

}  // namespace

Figures::Figures(const Environment& environment, std::size_t waiting_records_max)
    : environment_(environment), waiting_records_max_(waiting_records_max) {}

Figures::~Figures() { environment_.store->Observe(this, nullptr); }

// --- following the store ---

// On the commit path: no wait but for another hand-over.
void Figures::Hear(const std::vector<storage::CommittedChange>& changes) {
  bool many = false;
  {
    const std::lock_guard<std::mutex> lock(waiting_mutex_);
    heard_number_ = changes.back().commit_number;
    for (const storage::CommittedChange& told : changes) {
      if (overflowed_) break;
      Change& change = waiting_.emplace_back();
      change.commit_number = told.commit_number;
      for (const Identity& identity : told.identities) {
        change.identities.push_back(matching::FigureIdentityOf(identity));
      }
      change.visits = told.visits;
      waiting_records_ += change.size();
      overflowed_ = waiting_records_ > waiting_records_max_;
    }
    if (overflowed_) {
      waiting_.clear();
      waiting_records_ = 0;
    }
    many = waiting_records_ > waiting_records_max_ / kIdleShare;
  }
  heard_.notify_all();
  if (many) TakeOverIfIdle();
}

void Figures::TakeOverIfIdle() {
  const std::unique_lock<std::mutex> lock(table_mutex_, std::try_to_lock);
  if (lock.owns_lock() && table_ != nullptr) TakeOver(std::numeric_limits<std::int64_t>::max());
}

// Brings the table to the last commit told, or to `until`. With table_mutex_ held. False: the table
// could not follow, and is no more.
bool Figures::TakeOver(std::int64_t until) {
  std::deque<Change> taken;
  bool lost = false;
  {
    const std::lock_guard<std::mutex> lock(waiting_mutex_);
    lost = overflowed_;
    while (!waiting_.empty() && waiting_.front().commit_number <= until) {
      waiting_records_ -= waiting_.front().size();
      taken.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  for (const Change& change : taken) lost = lost || !table_->Take(change);
  if (lost) GiveUp();
  return !lost;
}

// With table_mutex_ held. Nothing is gathered any more until the next Load.
void Figures::GiveUp() {
  loaded_ = false;
  table_.reset();
  const std::lock_guard<std::mutex> lock(waiting_mutex_);
  overflowed_ = true;
  waiting_.clear();
  waiting_records_ = 0;
}

bool Figures::Table::Take(const Change& change) {
  if (change.commit_number <= commit_number) return true;  // it was in the records already
  for (const matching::FigureIdentity& identity : change.identities) figures.PutIdentity(identity);
  for (const storage::CommittedVisit& visit : change.visits) {
    if (visit.before &&
        !figures.RemoveVisit(*visit.before, days.DayOf(visit.before->admitted_at))) {
      return false;
    }
    if (!figures.AddVisit(visit.after, days.DayOf(visit.after.admitted_at))) return false;
  }
  commit_number = change.commit_number;
  return true;
}

// --- loading ---

absl::StatusOr<FiguresLoad> Figures::Load(const std::function<bool()>& stop) {
  const auto begun = std::chrono::steady_clock::now();
  {
    const std::lock_guard<std::mutex> lock(table_mutex_);
    loaded_ = false;
    table_.reset();
    const std::lock_guard<std::mutex> waiting_lock(waiting_mutex_);
    waiting_.clear();
    waiting_records_ = 0;
    overflowed_ = false;
  }
  // Before the view is taken, so that every commit after it is told.
  environment_.store->Observe(
      this, [this](const std::vector<storage::CommittedChange>& changes) { Hear(changes); });
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  absl::StatusOr<std::unique_ptr<Table>> table = ReadRecords(*view, stop);
  if (!table.ok()) {
    environment_.store->Observe(this, nullptr);
    return table.status();
  }
  FiguresLoad load;
  load.identity_count = (*table)->figures.identity_count();
  load.visit_count = (*table)->figures.visit_count();
  load.commit_number = (*table)->commit_number;
  load.bytes = static_cast<std::int64_t>((*table)->figures.bytes());
  absl::Status installed = Install(*std::move(table));
  if (!installed.ok()) return installed;
  load.duration_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return load;
}

absl::StatusOr<std::unique_ptr<Figures::Table>> Figures::ReadRecords(
    const storage::View& view, const std::function<bool()>& stop) const {
  auto table = std::make_unique<Table>(environment_.zone);
  table->commit_number = view.CommitNumber();
  std::size_t count = 0;
  bool stopped = false;
  const auto asked_to_stop = [&] {
    stopped = ++count % kStopInterval == 0 && stop && stop();
    return stopped;
  };
  absl::Status scanned = view.ScanIdentities(0, [&](const Identity& identity) {
    table->figures.PutIdentity(matching::FigureIdentityOf(identity));
    return !asked_to_stop();
  });
  if (!scanned.ok()) return scanned;
  if (stopped) return Stopped();
  bool full = false;
  scanned = view.ScanVisitPart(storage::VisitPart(), [&](const Visit& visit) {
    full = !table->figures.AddVisit(visit, table->days.DayOf(visit.admitted_at));
    return !full && !asked_to_stop();
  });
  if (!scanned.ok()) return scanned;
  if (stopped) return Stopped();
  if (full) return absl::FailedPreconditionError("too many sites and entry channels to keep");
  return table;
}

absl::Status Figures::Install(std::unique_ptr<Table> table) {
  const std::lock_guard<std::mutex> lock(table_mutex_);
  {
    const std::lock_guard<std::mutex> waiting_lock(waiting_mutex_);
    heard_number_ = std::max(heard_number_, table->commit_number);
  }
  table_ = std::move(table);
  if (TakeOver(std::numeric_limits<std::int64_t>::max())) {
    loaded_ = true;
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError("too much was committed while the figures were loaded");
}

// --- counting ---

absl::StatusOr<std::optional<RateResult>> Figures::Compute(const RatePlan& plan) {
  const std::lock_guard<std::mutex> lock(table_mutex_);
  if (table_ == nullptr || !TakeOver(std::numeric_limits<std::int64_t>::max())) {
    return std::optional<RateResult>();
  }
  absl::StatusOr<RateResult> result = Count(plan);
  if (!result.ok()) return result.status();
  return std::optional<RateResult>(*std::move(result));
}

absl::StatusOr<std::optional<Figures::Still>> Figures::ComputeStill(
    const std::vector<RatePlan>& plans) {
  const std::lock_guard<std::mutex> lock(table_mutex_);
  if (table_ == nullptr) return std::optional<Still>();
  Still still;
  still.view = environment_.store->Read();
  const std::int64_t number = still.view->CommitNumber();
  {
    // The view may show a commit a moment before it is told.
    std::unique_lock<std::mutex> waiting_lock(waiting_mutex_);
    if (!heard_.wait_for(waiting_lock, kHeardPatience, [&] { return heard_number_ >= number; })) {
      return MakeError(Reason::kOutcomeUnknown, "the storage does not say whether it has written");
    }
  }
  if (!TakeOver(number)) return std::optional<Still>();
  for (const RatePlan& plan : plans) still.rates.push_back(Count(plan));
  return std::optional<Still>(std::move(still));
}

// With table_mutex_ held.
absl::StatusOr<RateResult> Figures::Count(const RatePlan& plan) const {
  matching::FigureQuestion question;
  question.definition = &plan.definition;
  question.query = plan.query;
  question.days = plan.days;
  question.grouping = GroupingOf(plan.group_by);
  question.site_finess = plan.site_finess;
  question.legal_entity_finess = plan.legal_entity_finess;
  question.row_count_max = kRateRowCountMax;
  const matching::FigurePlan figures_plan = table_->figures.Plan(question);
  std::vector<matching::FigureCounts> parts(kRateParts, matching::FigureCounts(figures_plan));
  // Whoever is done first takes more of the pieces.
  std::atomic<std::size_t> next = 0;
  RunParts(environment_, parts.size(), [&](std::size_t part) {
    for (std::size_t piece = next++; piece < kPieces; piece = next++) {
      table_->figures.Add(figures_plan, piece, kPieces, parts[part]);
    }
  });
  for (std::size_t part = 1; part < parts.size(); ++part) parts[0].Merge(parts[part]);
  const matching::FigureCounts& counts = parts[0];
  if (counts.row_count() > kRateRowCountMax) {
    return MakeError(Reason::kTooManyGroups, "too many groups in one report");
  }
  RateResult result;
  result.definition = plan.definition;
  result.time_zone = environment_.zone.name();
  result.days = plan.days;
  result.cut_off = plan.cut_off;
  result.source = RateSource::kKept;
  result.as_of_commit_number = table_->commit_number;
  result.as_of = plan.as_of;
  result.rows = RowsOf(figures_plan, counts, plan.group_by);
  result.total = figures_plan.Total(counts);
  return result;
}

// By their names.
std::vector<matching::IndicatorRow> Figures::RowsOf(
    const matching::FigurePlan& plan, const matching::FigureCounts& counts,
    const std::vector<RateGrouping>& group_by) const {
  const RowNames names(plan, group_by);
  std::vector<matching::FigureGroup> groups;
  for (std::size_t i = 0; i < counts.row_count(); ++i) groups.push_back(plan.GroupAt(counts, i));
  const std::vector<std::size_t> order = names.Order(groups);
  std::vector<matching::IndicatorRow> rows(order.size());
  const std::size_t pieces = rows.size() / kRowsTogether + 1;
  RunParts(environment_, pieces, [&](std::size_t piece) {
    const std::size_t end = std::min(rows.size(), (piece + 1) * kRowsTogether);
    for (std::size_t i = piece * kRowsTogether; i < end; ++i) {
      rows[i] = plan.RowAt(counts, order[i]);
      rows[i].group = names.Of(groups[order[i]]);
    }
  });
  return rows;
}

}  // namespace vigie::daemon
