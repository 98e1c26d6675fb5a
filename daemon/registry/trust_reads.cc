#include "daemon/registry/trust_reads.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/registry/checks.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/facts.h"
#include "daemon/registry/identity_writer.h"
#include "matching/date.h"
#include "matching/trust.h"

namespace vigie::daemon {
namespace {

using matching::Identity;
using matching::IdentityId;
using matching::Instant;
using matching::StatusPeriod;

// Others of the domain that carry the matricule now.
absl::StatusOr<std::vector<IdentityId>> ConflictsOf(const storage::View& view,
                                                    const Identity& identity) {
  std::vector<IdentityId> conflicts;
  const auto holders = view.FindByIns(*identity.ins);
  if (!holders.ok()) return WithReason(holders.status());
  for (const storage::View::InsHolder& holder : *holders) {
    if (holder.past || holder.identity_id == identity.id) continue;
    const auto other = view.GetIdentity(holder.identity_id);
    if (!other.ok()) return WithReason(other.status());
    if (!*other || (*other)->domain != identity.domain) continue;
    conflicts.push_back(holder.identity_id);
    if (conflicts.size() == kConflictsShownMax) break;
  }
  return conflicts;
}

// The period in force at an instant; nullptr before the first.
const StatusPeriod* PeriodAt(const std::vector<StatusPeriod>& periods, Instant at) {
  const auto after = std::upper_bound(
      periods.begin(), periods.end(), at,
      [](Instant instant, const StatusPeriod& period) { return instant < period.effective_at; });
  return after == periods.begin() ? nullptr : &*std::prev(after);
}

// The history of an identity from the newest change down, a page at a time.
class History {
 public:
  History(const storage::View& view, IdentityId id) : view_(view), id_(id) {}

  // The next older change; nullopt after the registration.
  absl::StatusOr<std::optional<matching::Change>> Next() {
    if (position_ == page_.size()) {
      const std::int64_t below = page_.empty() ? 0 : page_.back().version;
      if (below == 1) return std::optional<matching::Change>();
      auto page = view_.GetHistory(id_, below, kHistoryLimitMax);
      if (!page.ok()) return WithReason(page.status());
      if (page->empty()) return std::optional<matching::Change>();
      page_ = *std::move(page);
      position_ = 0;
    }
    return std::optional<matching::Change>(page_[position_++]);
  }

 private:
  const storage::View& view_;
  const IdentityId id_;
  std::vector<matching::Change> page_;
  std::size_t position_ = 0;
};

// The change that made what was known at `known_at`, with the identity as it was then.
struct Known {
  std::optional<matching::Change> change;  // nullopt: it was not registered yet
  Identity identity;
};
absl::StatusOr<Known> FindKnown(History& history, Identity identity,
                                std::optional<Instant> known_at) {
  Known known;
  known.identity = std::move(identity);
  while (true) {
    auto change = history.Next();
    if (!change.ok()) return change.status();
    known.change = *std::move(change);
    if (!known.change || !known_at || known.change->changed_at <= *known_at) return known;
    if (known.change->before) known.identity = *known.change->before;
  }
}

// The oldest change from which on the period has stood as it does.
absl::StatusOr<matching::Change> FindCause(History& history, matching::Change newest,
                                           const StatusPeriod& period) {
  matching::Change cause = std::move(newest);
  while (cause.before) {
    const std::vector<StatusPeriod>& earlier = cause.before->status_periods;
    if (std::find(earlier.begin(), earlier.end(), period) == earlier.end()) break;
    auto older = history.Next();
    if (!older.ok()) return older.status();
    if (!*older) break;
    cause = **std::move(older);
  }
  cause.before.reset();
  return cause;
}

// "MICROSECONDS.ID": the last entry looked at. The edge binds it to its query.
std::string MakeToken(const storage::InsConfirmation& last) {
  return std::to_string(last.confirmed_at.time_since_epoch().count()) + "." +
         std::to_string(last.identity_id);
}

std::optional<storage::InsConfirmation> ReadToken(const std::string& token) {
  std::int64_t micros = 0;
  storage::InsConfirmation last;
  const char* const end = token.data() + token.size();
  const auto [dot, error] = std::from_chars(token.data(), end, micros);
  if (error != std::errc() || dot == end || *dot != '.') return std::nullopt;
  const auto [rest, second_error] = std::from_chars(dot + 1, end, last.identity_id);
  last.confirmed_at = Instant(std::chrono::microseconds(micros));
  if (second_error != std::errc() || rest != end || MakeToken(last) != token) return std::nullopt;
  return last;
}

// The same day so many years before or after; 29 February becomes 28 where there is none.
matching::Date YearsFrom(matching::Date day, int years) {
  day.year = static_cast<std::int16_t>(day.year + years);
  if (!matching::IsValid(day)) --day.day;
  return day;
}

// The day before which an INS was confirmed when it is due today or was before.
matching::Date DueConfirmationsEnd(const matching::Date& today, int years) {
  return matching::DateFromDays(matching::DaysSinceEpoch(YearsFrom(today, -years)) + 1);
}

ReverificationPage::Due MakeDue(const Identity& identity, const Environment& environment) {
  ReverificationPage::Due due;
  due.identity_id = identity.id;
  due.version = identity.version;
  due.domain = identity.domain;
  due.local_id = identity.local_id;
  due.status = matching::StatusOf(identity.trust);
  due.confirmed_at = *identity.ins_confirmed_at;
  due.due_on = YearsFrom(DayOf(due.confirmed_at, environment.zone),
                         environment.options.reverification_years);
  return due;
}

// Fills the page from the entries after `from`; the token says where it stopped.
absl::Status FillPage(const Environment& environment, const ReverificationRequest& request,
                      const storage::InsConfirmation& from, Instant before, std::size_t page_size,
                      ReverificationPage& page) {
  const std::unique_ptr<storage::View> view = environment.store->Read();
  absl::Status read = absl::OkStatus();
  std::size_t looked_at = 0;
  storage::InsConfirmation last;
  const absl::Status scanned =
      view->ScanInsConfirmations(from, before, [&](const storage::InsConfirmation& entry) {
        if (page.due.size() == page_size || looked_at == kReverificationLookedAtMax) {
          page.next_page_token = MakeToken(last);
          return false;
        }
        ++looked_at;
        last = entry;
        const auto identity = view->GetIdentity(entry.identity_id);
        if (!identity.ok() || !*identity || !(*identity)->ins_confirmed_at) {
          read = identity.ok() ? absl::DataLossError("an entry of the worklist points to nothing")
                               : identity.status();
          return false;
        }
        if (request.domain.empty() || (*identity)->domain == request.domain) {
          page.due.push_back(MakeDue(**identity, environment));
        }
        return true;
      });
  if (!scanned.ok()) return WithReason(scanned);
  return read.ok() ? read : WithReason(read);
}

}  // namespace

absl::StatusOr<InsiComparison> CompareInsiAnswer(const Environment& environment, IdentityId id,
                                                 const matching::InsiAnswer& answer) {
  Problems problems;
  if (id == 0) problems.push_back({"identity_id", "required", std::nullopt});
  if (answer.return_code != "00") {
    problems.push_back({"answer.return_code", "only_00_can_be_compared", std::nullopt});
  }
  if (answer.coherence_accepted) {
    problems.push_back({"answer.coherence_accepted", "not_decided_yet", std::nullopt});
  }
  if (!problems.empty()) return ToStatus(std::move(problems));
  const Instant now = Now(environment);
  const absl::Status checked =
      CheckInsiAnswer(answer, environment, now, "answer.", /*with_traits=*/true);
  if (!checked.ok()) return checked;
  const std::unique_ptr<storage::View> view = environment.store->Read();
  absl::StatusOr<Identity> identity = ReadIdentity(*view, id, 0);
  if (!identity.ok()) return WithReason(identity.status());

  InsiComparison comparison;
  comparison.version = identity->version;
  comparison.differences = matching::CompareWithInsi(identity->traits, answer.traits);
  comparison.coherent = matching::IsCoherent(comparison.differences);
  matching::InsiAnswer accepted = answer;
  accepted.coherence_accepted = true;
  FactOutcome outcome;
  const absl::Status applied = ApplyInsiAnswer(*identity, accepted, environment, outcome);
  if (!applied.ok()) return applied;
  comparison.status_if_accepted = matching::StatusOf(identity->trust);
  comparison.warnings_if_accepted = std::move(outcome.warnings);
  absl::StatusOr<std::vector<IdentityId>> conflicts = ConflictsOf(*view, *identity);
  if (!conflicts.ok()) return conflicts.status();
  comparison.conflicting_ids = *std::move(conflicts);
  return comparison;
}

absl::StatusOr<StatusAtResult> TrustStatusAt(const Environment& environment, IdentityId id,
                                             Instant at, std::optional<Instant> known_at) {
  const std::unique_ptr<storage::View> view = environment.store->Read();
  absl::StatusOr<Identity> identity = ReadIdentity(*view, id, 0);
  if (!identity.ok()) return WithReason(identity.status());
  History history(*view, id);
  absl::StatusOr<Known> known = FindKnown(history, *std::move(identity), known_at);
  if (!known.ok()) return known.status();
  StatusAtResult result;
  if (!known->change) return result;
  const std::vector<StatusPeriod>& periods = known->identity.status_periods;
  result.status = matching::StatusAsOf(periods, at);
  const StatusPeriod* period = PeriodAt(periods, at);
  if (period == nullptr) {
    if (!periods.empty()) result.ends_at = periods.front().effective_at;
    return result;
  }
  result.period = *period;
  const StatusPeriod* const next = period + 1;
  if (next != periods.data() + periods.size()) result.ends_at = next->effective_at;
  absl::StatusOr<matching::Change> cause =
      FindCause(history, *std::move(known->change), *result.period);
  if (!cause.ok()) return cause.status();
  result.cause = *std::move(cause);
  return result;
}

absl::StatusOr<ReverificationPage> ReverificationDue(const Environment& environment,
                                                     const ReverificationRequest& request) {
  Problems problems;
  if (request.page_size < 0) problems.push_back({"page_size", "negative", std::nullopt});
  if (!request.domain.empty()) CheckDomain(request.domain, "domain", problems);
  ReverificationPage page;
  page.reverification_years = environment.options.reverification_years;
  page.confirmed_before = request.confirmed_before.value_or(
      DueConfirmationsEnd(DayOf(Now(environment), environment.zone), page.reverification_years));
  if (!matching::IsComplete(page.confirmed_before) || !matching::IsValid(page.confirmed_before)) {
    problems.push_back({"confirmed_before", "not_a_date", std::nullopt});
  }
  if (!problems.empty()) return ToStatus(std::move(problems));
  storage::InsConfirmation from{Instant::min(), 0};
  if (!request.page_token.empty()) {
    const std::optional<storage::InsConfirmation> read = ReadToken(request.page_token);
    if (!read) return MakePageTokenError();
    from = *read;
  }
  const std::int32_t size =
      request.page_size == 0 ? kCasePageSizeDefault : std::min(request.page_size, kCasePageSizeMax);
  const absl::Status filled =
      FillPage(environment, request, from, StartOfDay(page.confirmed_before, environment.zone),
               static_cast<std::size_t>(size), page);
  if (!filled.ok()) return filled;
  return page;
}

}  // namespace vigie::daemon
