#include "daemon/registry/visits.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

#include "daemon/registry/cases.h"
#include "daemon/registry/checks.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/requests.h"
#include "matching/plausibility.h"
#include "matching/trust.h"
#include "storage/merges.h"

namespace vigie::daemon {
namespace {

using matching::Identity;
using matching::Instant;
using matching::Visit;

std::string VisitTarget(const Visit& visit) {
  return "visit/" + visit.domain + "/" + visit.visit_number;
}

absl::Status VisitNotFound() { return MakeError(Reason::kVisitNotFound, "no such visit"); }

// Visits of one identity that are listed at most, the first by number; many times those of a life.
constexpr std::size_t kListedVisitsMax = 4 * kWaitingVisitsMax;

// Visits of one identity that a stay is compared with at most, the first by number.
constexpr std::size_t kComparedVisitsMax = 512;

// Where a visit stands in the list of its identity: the latest admission first, then by number.
using Place = std::pair<std::int64_t, std::string>;

Place PlaceOf(const Visit& visit) {
  return {-visit.admitted_at.time_since_epoch().count(), visit.visit_number};
}

std::string TextOf(const Place& place) { return std::to_string(place.first) + ":" + place.second; }

std::optional<Place> ParsePlace(const std::string& text) {
  Place place;
  const char* const end = text.data() + text.size();
  const auto [colon, error] = std::from_chars(text.data(), end, place.first);
  if (error != std::errc() || colon == end || *colon != ':') return std::nullopt;
  place.second.assign(colon + 1, end);
  return place;
}

// What the caller said of a visit; what the base derives does not count.
bool SameContent(const Visit& left, const Visit& right) {
  return left.local_id == right.local_id && left.legal_entity_finess == right.legal_entity_finess &&
         left.site_finess == right.site_finess && left.activity == right.activity &&
         left.kind == right.kind && left.admitted_at == right.admitted_at &&
         left.discharged_at == right.discharged_at && left.cancelled == right.cancelled &&
         left.entry_channel == right.entry_channel;
}

void Attach(const Identity& identity, Visit& visit) {
  visit.identity_id = identity.id;
  visit.status_at_admission = matching::StatusAsOf(identity.status_periods, visit.admitted_at);
  visit.status_at_discharge.reset();
  if (visit.discharged_at) {
    visit.status_at_discharge = matching::StatusAsOf(identity.status_periods, *visit.discharged_at);
  }
}

// Keeps the snapshots of `before` whose identity and instant are still the same.
void KeepSnapshots(const Visit& before, Visit& after) {
  if (before.identity_id == 0 || before.identity_id != after.identity_id) return;
  if (before.admitted_at == after.admitted_at) {
    after.status_at_admission = before.status_at_admission;
  }
  if (before.discharged_at == after.discharged_at) {
    after.status_at_discharge = before.status_at_discharge;
  }
}

// Attaches the visit when its identity is known, and gives that; else it waits, unless too many do
// already.
absl::StatusOr<std::optional<Identity>> AttachOrWait(const storage::View& view, const Visit* before,
                                                     WaitingCounts& waiting, Visit& visit) {
  const auto id = view.FindByLocalId(visit.domain, visit.local_id);
  if (!id.ok()) return id.status();
  if (*id) {
    auto identity = view.GetIdentity(**id);
    if (!identity.ok()) return identity.status();
    if (!*identity) return absl::DataLossError("a local id names no identity");
    auto survivor = storage::SurvivorOf(view, **std::move(identity));
    if (!survivor.ok()) return survivor.status();
    Attach(*survivor, visit);
    return std::optional<Identity>(*std::move(survivor));
  }
  const bool waits_already =
      before != nullptr && before->identity_id == 0 && before->local_id == visit.local_id;
  absl::Status added = waits_already ? absl::OkStatus() : waiting.Add(view, visit);
  if (!added.ok()) return added;
  return std::optional<Identity>();
}

std::vector<std::string> Warnings(const std::optional<Visit>& before, const Visit& after,
                                  Instant now) {
  // A clock that is a little behind is no news.
  constexpr std::chrono::hours kSlack{24};
  std::vector<std::string> warnings;
  if (after.identity_id == 0) warnings.emplace_back("identity_unknown");
  if (after.admitted_at > now + kSlack) warnings.emplace_back("admitted_in_the_future");
  if (after.discharged_at && *after.discharged_at > now + kSlack) {
    warnings.emplace_back("discharged_in_the_future");
  }
  if (before && before->local_id != after.local_id) warnings.emplace_back("visit_moved");
  if (before && before->cancelled && !after.cancelled) warnings.emplace_back("visit_reinstated");
  return warnings;
}

// Whether what a visit says against its identity may be another than before.
bool MovedOrRedated(const Visit* before, const Visit& after) {
  return before == nullptr || before->identity_id != after.identity_id ||
         before->admitted_at != after.admitted_at || before->discharged_at != after.discharged_at ||
         before->kind != after.kind || before->site_finess != after.site_finess ||
         before->cancelled != after.cancelled;
}

// A visit its identity cannot have made opens the collision case of the identity.
absl::Status KeepCollision(storage::Transaction& transaction, const Matcher& matcher,
                           const ReviewOptions& options, const Identity& identity,
                           const Visit& visit, Instant now, std::vector<std::string>& targets) {
  std::vector<Visit> others;
  if (visit.kind == matching::VisitKind::kInpatient) {
    auto found = transaction.VisitsOf(visit.identity_id, kComparedVisitsMax);
    if (!found.ok()) return found.status();
    others = *std::move(found);
  }
  return CaseKeeper(transaction, matcher, options, CaseKeeper::Subjects::kKnown, now, targets)
      .AddCollisionReasons(identity,
                           matching::ImplausibleVisitReasons(identity.traits, visit, others));
}

absl::StatusOr<Worked<VisitResult>> CancelVisit(const CancelVisitRequest& request,
                                                storage::Transaction& transaction,
                                                storage::CommitContext& commit) {
  const auto before = transaction.GetVisit(request.domain, request.visit_number);
  if (!before.ok()) return before.status();
  if (!*before) return VisitNotFound();
  const Visit& old = **before;
  if (request.version != 0 && request.version != old.version) {
    return MakeError(Reason::kVersionMoved, "the visit was changed",
                     {{"version", std::to_string(old.version)}});
  }
  Worked<VisitResult> worked;
  worked.result.visit = old;
  if (old.cancelled) {
    worked.written = false;
    worked.result.commit_number = transaction.CommitNumber();
    worked.result.already_recorded = true;
    return worked;
  }
  worked.result.visit.cancelled = true;
  worked.result.visit.version = old.version + 1;
  commit.targets.push_back(VisitTarget(old));
  absl::Status status = transaction.PutVisit(&old, worked.result.visit);
  if (!status.ok()) return status;
  return worked;
}

// Only what a caller may say: identity, statuses and version are derived.
Visit WithoutDerived(Visit visit) {
  visit.identity_id = 0;
  visit.version = 0;
  visit.status_at_admission.reset();
  visit.status_at_discharge.reset();
  return visit;
}

}  // namespace

absl::Status AttachWaitingVisits(storage::Transaction& transaction, const Matcher& matcher,
                                 const ReviewOptions& options, const Identity& identity,
                                 std::vector<std::string>& targets) {
  const auto waiting =
      transaction.WaitingVisits(identity.domain, identity.local_id, kWaitingVisitsMax);
  if (!waiting.ok()) return waiting.status();
  for (const Visit& before : *waiting) {
    Visit after = before;
    Attach(identity, after);
    after.version = before.version + 1;
    absl::Status status = transaction.PutVisit(&before, after);
    if (!status.ok()) return status;
    targets.push_back(VisitTarget(after));
  }
  std::vector<std::string> reasons;
  for (const Visit& one : *waiting) {
    for (std::string& reason : matching::ImplausibleVisitReasons(identity.traits, one, *waiting)) {
      if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end()) {
        reasons.push_back(std::move(reason));
      }
    }
  }
  return CaseKeeper(transaction, matcher, options, CaseKeeper::Subjects::kKnown,
                    identity.updated_at, targets)
      .AddCollisionReasons(identity, reasons);
}

absl::Status WaitingCounts::Add(const storage::View& view, const Visit& visit) {
  // A domain has no slash, so that the key is unambiguous.
  const std::string key = visit.domain + "/" + visit.local_id;
  const std::lock_guard<std::mutex> lock(mutex_);
  constexpr std::size_t kRememberedMax = 100'000;  // About 10 MB.
  if (counts_.size() > kRememberedMax) counts_.clear();
  const auto [place, is_new] = counts_.emplace(key, 0);
  if (is_new || place->second >= kWaitingVisitsMax) {
    const auto waiting = view.WaitingVisits(visit.domain, visit.local_id, kWaitingVisitsMax);
    if (!waiting.ok()) return waiting.status();
    place->second = waiting->size();
  }
  if (place->second >= kWaitingVisitsMax) {
    return MakeError(Reason::kTooManyWaitingVisits, "too many visits wait for this local id");
  }
  ++place->second;
  return absl::OkStatus();
}

Visits::Visits(const Environment& environment, const Matcher& matcher)
    : environment_(environment), matcher_(matcher) {}

absl::StatusOr<Worked<VisitResult>> Visits::Write(const Visit& asked, Instant now,
                                                  storage::Transaction& transaction,
                                                  storage::CommitContext& commit) const {
  const auto before = transaction.GetVisit(asked.domain, asked.visit_number);
  if (!before.ok()) return before.status();
  Worked<VisitResult> worked;
  if (*before && SameContent(**before, asked)) {
    worked.written = false;
    worked.result.visit = **before;
    worked.result.warnings = Warnings(*before, **before, now);
    worked.result.commit_number = transaction.CommitNumber();
    worked.result.already_recorded = true;
    return worked;
  }
  Visit after = asked;
  const Visit* old = *before ? &**before : nullptr;
  const auto identity = AttachOrWait(transaction, old, waiting_, after);
  if (!identity.ok()) return identity.status();
  after.version = old == nullptr ? 1 : old->version + 1;
  if (old != nullptr) KeepSnapshots(*old, after);
  absl::Status status = transaction.PutVisit(old, after);
  if (!status.ok()) return status;
  commit.targets.push_back(VisitTarget(after));
  if (*identity && MovedOrRedated(old, after)) {
    status = KeepCollision(transaction, matcher_, environment_.options.review, **identity, after,
                           now, commit.targets);
    if (!status.ok()) return status;
  }
  worked.result.warnings = Warnings(*before, after, now);
  worked.result.visit = std::move(after);
  return worked;
}

PreparedMutation<VisitResult> Visits::Prepare(const VisitRequest& request) const {
  Problems problems;
  CheckContext(request.context, problems);
  CheckVisit(request.visit, problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  return std::make_unique<Mutation<VisitResult>>(
      request.context, "record_visit", FingerprintOf(request),
      [this, visit = WithoutDerived(request.visit), now = Now(environment_)](
          storage::Transaction& transaction, storage::CommitContext& commit) {
        return Write(visit, now, transaction, commit);
      });
}

absl::StatusOr<VisitResult> Visits::Record(const VisitRequest& request) const {
  return Run(*environment_.store, Prepare(request));
}

std::vector<absl::StatusOr<VisitResult>> Visits::RecordAll(
    const std::vector<VisitRequest>& requests) const {
  if (requests.size() > kBulkRequestCountMax) {
    return {requests.size(), MakeFieldError("requests", "too_many")};
  }
  std::vector<PreparedMutation<VisitResult>> prepared;
  prepared.reserve(requests.size());
  for (const VisitRequest& request : requests) prepared.push_back(Prepare(request));
  return RunAll(*environment_.store, std::move(prepared));
}

absl::StatusOr<VisitResult> Visits::Cancel(const CancelVisitRequest& request) const {
  Problems problems;
  CheckContext(request.context, problems);
  CheckDomain(request.domain, "domain", problems);
  CheckLocalKey(request.visit_number, kVisitNumberLengthMax, "visit_number", problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  return Run<VisitResult>(
      *environment_.store,
      std::make_unique<Mutation<VisitResult>>(
          request.context, "cancel_visit", FingerprintOf(request),
          [request](storage::Transaction& transaction, storage::CommitContext& commit) {
            return CancelVisit(request, transaction, commit);
          }));
}

absl::StatusOr<Visit> Visits::Get(const std::string& domain,
                                  const std::string& visit_number) const {
  Problems problems;
  CheckDomain(domain, "domain", problems);
  CheckLocalKey(visit_number, kVisitNumberLengthMax, "visit_number", problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  auto found = environment_.store->Read()->GetVisit(domain, visit_number);
  if (!found.ok()) return WithReason(found.status());
  if (!*found) return VisitNotFound();
  return **std::move(found);
}

absl::StatusOr<VisitPage> Visits::List(const VisitListRequest& request) const {
  std::optional<Place> after;
  if (!request.page_token.empty() && !(after = ParsePlace(request.page_token))) {
    return MakePageTokenError();
  }
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  const auto identity = view->GetIdentity(request.identity_id);
  if (!identity.ok()) return WithReason(identity.status());
  if (!*identity) return MakeError(Reason::kIdentityNotFound, "no such identity");
  auto visits = view->VisitsOf(request.identity_id, kListedVisitsMax);
  if (!visits.ok()) return WithReason(visits.status());
  std::sort(visits->begin(), visits->end(),
            [](const Visit& a, const Visit& b) { return PlaceOf(a) < PlaceOf(b); });
  VisitPage page;
  const std::int32_t size = request.page_size == 0 ? 50 : std::min(request.page_size, 200);
  for (Visit& visit : *visits) {
    if (after && PlaceOf(visit) <= *after) continue;
    if (std::ssize(page.visits) == size) {
      page.next_page_token = TextOf(PlaceOf(page.visits.back()));
      break;
    }
    page.visits.push_back(std::move(visit));
  }
  return page;
}

}  // namespace vigie::daemon
