#include "daemon/registry/case_queue.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/registry/checks.h"
#include "daemon/registry/errors.h"

namespace vigie::daemon {
namespace {

using matching::Case;
using matching::IdentityId;
using matching::Visit;

// Identities whose newest visits are read before the table is brought up to date with them.
constexpr std::size_t kVisitsTogether = 1024;
// Visits looked at for one that was not cancelled; then all of them.
constexpr std::size_t kVisitsLookedAt = 8;

// A page token is the place of the last case shown: priority, bits of the weight, number.
constexpr std::size_t kTokenFields = 3;

std::string MakeToken(const QueuePlace& place) {
  return std::to_string(place.priority) + "." +
         std::to_string(std::bit_cast<std::uint64_t>(place.weight_bits)) + "." +
         std::to_string(place.case_id);
}

std::optional<QueuePlace> ReadToken(const std::string& token) {
  std::array<std::uint64_t, kTokenFields> fields{};
  const char* at = token.data();
  const char* const end = at + token.size();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto [rest, error] = std::from_chars(at, end, fields[i]);
    const bool is_last = i + 1 == fields.size();
    if (error != std::errc() || (is_last ? rest != end : rest == end || *rest != '.')) return {};
    at = is_last ? rest : rest + 1;
  }
  if (fields[0] > matching::kCasePriorityMax) return {};
  const QueuePlace place = {static_cast<int>(fields[0]), std::bit_cast<double>(fields[1]),
                            fields[2]};
  if (std::isnan(place.weight_bits) || MakeToken(place) != token) return {};
  return place;
}

absl::Status CheckFilter(const QueueFilter& filter) {
  Problems problems;
  for (const auto& [field, weight] :
       {std::pair{"filter.weight_bits_min", filter.weight_bits_min},
        std::pair{"filter.weight_bits_max", filter.weight_bits_max}}) {
    if (weight && std::isnan(*weight)) problems.push_back({field, "out_of_range", std::nullopt});
  }
  return ToStatus(std::move(problems));
}

bool AsksForVisits(const QueueFilter& filter) {
  return !filter.site_finess.empty() || filter.visited_from || filter.visited_before;
}

absl::StatusOr<std::optional<NewestVisit>> ReadNewestVisit(const storage::View& view,
                                                           IdentityId id) {
  for (const std::size_t limit : {kVisitsLookedAt, std::numeric_limits<std::size_t>::max()}) {
    const auto visits = view.VisitsOf(id, limit);
    if (!visits.ok()) return visits.status();
    for (const Visit& visit : *visits) {
      if (!visit.cancelled) return NewestVisit{visit.site_finess, visit.admitted_at};
    }
    if (visits->size() < limit) break;
  }
  return std::optional<NewestVisit>();
}

absl::StatusOr<std::vector<Case>> ReadCases(const storage::View& view,
                                            const std::vector<std::uint64_t>& ids) {
  std::vector<Case> cases;
  cases.reserve(ids.size());
  for (const std::uint64_t id : ids) {
    auto found = view.GetCase(id);
    if (!found.ok()) return WithReason(found.status());
    if (!*found) return WithReason(absl::DataLossError("a case of the queue is not there"));
    cases.push_back(**std::move(found));
  }
  return cases;
}

}  // namespace

CaseQueue::~CaseQueue() { environment_.store->Observe(this, nullptr); }

// --- following the store ---

void CaseQueue::Take(const Change& change, QueueTable& table) {
  for (const Case& one : change.cases) table.Put(one);
  for (const IdentityId id : change.visited_ids) table.ForgetVisit(id);
}

// On the commit path: a few look-ups for each case, no read.
void CaseQueue::Hear(const std::vector<storage::CommittedChange>& changes) {
  const std::lock_guard<std::mutex> lock(table_mutex_);
  for (const storage::CommittedChange& told : changes) {
    Change change{told.commit_number, told.cases, {}};
    for (const storage::CommittedVisit& visit : told.visits) {
      if (visit.before && visit.before->identity_id != visit.after.identity_id) {
        change.visited_ids.push_back(visit.before->identity_id);
      }
      change.visited_ids.push_back(visit.after.identity_id);
    }
    if (change.cases.empty() && change.visited_ids.empty()) continue;
    if (table_ != nullptr) {
      Take(change, *table_);
    } else {
      waiting_.push_back(std::move(change));
    }
  }
}

absl::Status CaseQueue::LoadCases() {
  if (loaded_) return absl::OkStatus();
  const std::lock_guard<std::mutex> load_lock(load_mutex_);
  if (loaded_) return absl::OkStatus();
  // Before the view is taken, so that every commit after it is told.
  environment_.store->Observe(
      this, [this](const std::vector<storage::CommittedChange>& changes) { Hear(changes); });
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  const std::int64_t commit_number = view->CommitNumber();
  auto table = std::make_unique<QueueTable>();
  const absl::Status scanned = view->ScanCases(0, [&](const Case& one) {
    table->Put(one);
    return true;
  });
  if (!scanned.ok()) environment_.store->Observe(this, nullptr);
  const std::lock_guard<std::mutex> lock(table_mutex_);
  std::vector<Change> waiting = std::move(waiting_);
  waiting_.clear();
  if (!scanned.ok()) return WithReason(scanned);
  for (const Change& change : waiting) {
    if (change.commit_number > commit_number) Take(change, *table);
  }
  table_ = std::move(table);
  loaded_ = true;
  return absl::OkStatus();
}

// Every identity whose newest visit is not known gets it from a view that is not older than the
// question. One that is visited meanwhile is not known again, and read at the next question.
absl::Status CaseQueue::ReadVisits() {
  const std::lock_guard<std::mutex> visits_lock(visits_mutex_);
  std::vector<IdentityId> ids;
  {
    const std::lock_guard<std::mutex> lock(table_mutex_);
    ids = table_->TakeVisitsUnknown();
  }
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  std::vector<std::pair<IdentityId, std::optional<NewestVisit>>> found;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto newest = ReadNewestVisit(*view, ids[i]);
    if (newest.ok()) found.emplace_back(ids[i], *newest);
    const bool is_last = i + 1 == ids.size();
    if (newest.ok() && !is_last && found.size() < kVisitsTogether) continue;
    const std::lock_guard<std::mutex> lock(table_mutex_);
    for (const auto& [id, visit] : found) table_->SetVisit(id, visit);
    found.clear();
    if (newest.ok()) continue;
    for (; i < ids.size(); ++i) table_->ForgetVisit(ids[i]);
    return WithReason(newest.status());
  }
  return absl::OkStatus();
}

absl::Status CaseQueue::Load() {
  absl::Status loaded = LoadCases();
  return loaded.ok() ? ReadVisits() : loaded;
}

// --- questions ---

absl::Status CaseQueue::Prepare(const QueueFilter& filter) {
  absl::Status status = CheckFilter(filter);
  if (!status.ok()) return status;
  return AsksForVisits(filter) ? Load() : LoadCases();
}

absl::StatusOr<QueuePage> CaseQueue::List(const QueueRequest& request) {
  if (request.page_size < 0) return MakeFieldError("page_size", "negative");
  const std::int32_t size =
      request.page_size == 0 ? kCasePageSizeDefault : std::min(request.page_size, kCasePageSizeMax);
  std::optional<QueuePlace> after;
  if (!request.page_token.empty()) {
    after = ReadToken(request.page_token);
    if (!after) return MakePageTokenError();
  }
  absl::Status prepared = Prepare(request.filter);
  if (!prepared.ok()) return prepared;
  QueueTable::Page page;
  {
    const std::lock_guard<std::mutex> lock(table_mutex_);
    page = table_->List(request.filter, request.collapse_groups, after,
                        static_cast<std::size_t>(size), Now(environment_));
  }
  auto cases = ReadCases(*environment_.store->Read(), page.case_ids);
  if (!cases.ok()) return cases.status();
  return QueuePage{*std::move(cases), std::move(page.groups),
                   page.last ? MakeToken(*page.last) : ""};
}

absl::StatusOr<std::int64_t> CaseQueue::Count(const QueueFilter& filter) {
  absl::Status prepared = Prepare(filter);
  if (!prepared.ok()) return prepared;
  const std::lock_guard<std::mutex> lock(table_mutex_);
  return table_->Count(filter, Now(environment_));
}

absl::StatusOr<CaseView> CaseQueue::Get(std::uint64_t id) {
  const auto found = environment_.store->Read()->GetCase(id);
  if (!found.ok()) return WithReason(found.status());
  if (!*found) return MakeError(Reason::kCaseNotFound, "no case " + std::to_string(id));
  CaseView view;
  view.review_case = **found;
  if (view.review_case.kind != matching::CaseKind::kDuplicate) return view;
  absl::Status prepared = LoadCases();
  if (!prepared.ok()) return prepared;
  {
    const std::lock_guard<std::mutex> lock(table_mutex_);
    view.group = table_->GroupOf(id);
  }
  auto cases = ReadCases(*environment_.store->Read(), view.group.case_ids);
  if (!cases.ok()) return cases.status();
  view.group_cases = *std::move(cases);
  return view;
}

}  // namespace vigie::daemon
