#include "daemon/registry/case_work.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "daemon/registry/checks.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/mutation.h"
#include "daemon/registry/requests.h"
#include "matching/date.h"

namespace vigie::daemon {
namespace {

using matching::Case;
using matching::CaseState;
using matching::Instant;

// Held cases put back by one commit.
constexpr std::size_t kWakenAtOnce = 500;

bool ClaimLasts(const Case& c, Instant now) {
  return !c.assignee.empty() && c.claim_expires_at && now < *c.claim_expires_at;
}

void ClearClaim(Case& c) {
  c.assignee.clear();
  c.claim_expires_at.reset();
}

absl::Status CheckCaseRequest(const CaseRequest& request) {
  Problems problems;
  CheckContext(request.context, problems);
  if (request.context.actor.empty()) {
    problems.push_back({"context.actor", "required", std::nullopt});
  }
  if (request.case_id == 0) problems.push_back({"case_id", "required", std::nullopt});
  return ToStatus(std::move(problems));
}

// Takes this person's name off the cases whose claim ran out, so that they are found no more, and
// counts the claims that last.
absl::StatusOr<std::size_t> CountClaims(storage::Transaction& transaction, const std::string& actor,
                                        std::uint64_t but, Instant now,
                                        std::vector<std::string>& targets) {
  const auto mine = transaction.CasesOfAssignee(actor, kClaimsMax * 2);
  if (!mine.ok()) return mine.status();
  std::size_t lasting = 0;
  for (const Case& one : *mine) {
    if (one.id == but) continue;
    if (ClaimLasts(one, now)) {
      ++lasting;
      continue;
    }
    Case given_up = one;
    ClearClaim(given_up);
    absl::Status put = PutCase(transaction, one, given_up, now, targets);
    if (!put.ok()) return put;
  }
  return lasting;
}

// Runs one change of one live case.
absl::StatusOr<CaseResult> RunOnCase(
    const Environment& environment, const CaseRequest& request, const char* method,
    const std::function<absl::Status(storage::Transaction&, Case&, std::vector<std::string>&,
                                     Instant)>& change) {
  absl::Status checked = CheckCaseRequest(request);
  if (!checked.ok()) return checked;
  const Instant now = Now(environment);
  return Run<CaseResult>(
      *environment.store,
      std::make_unique<Mutation<CaseResult>>(
          request.context, method, FingerprintOf(request, method),
          [&, now](storage::Transaction& transaction,
                   storage::CommitContext& commit) -> absl::StatusOr<Worked<CaseResult>> {
            const auto before = ReadLiveCase(transaction, request.case_id, request.version);
            if (!before.ok()) return before.status();
            Worked<CaseResult> worked;
            worked.result.review_case = *before;
            absl::Status status = CheckClaim(*before, request.context.actor, now);
            if (status.ok())
              status = change(transaction, worked.result.review_case, commit.targets, now);
            if (!status.ok()) return status;
            status = PutCase(transaction, *before, worked.result.review_case, now, commit.targets);
            if (!status.ok()) return status;
            return worked;
          }));
}

}  // namespace

absl::Status CheckClaim(const Case& c, const std::string& actor, Instant now) {
  if (!ClaimLasts(c, now) || c.assignee == actor) return absl::OkStatus();
  return MakeError(Reason::kCaseClaimed, "somebody else works on case " + std::to_string(c.id),
                   {{"case_id", std::to_string(c.id)}, {"assignee", c.assignee}});
}

absl::StatusOr<Case> ReadLiveCase(const storage::View& view, std::uint64_t id,
                                  std::int64_t version) {
  auto found = view.GetCase(id);
  if (!found.ok()) return found.status();
  if (!*found) return MakeError(Reason::kCaseNotFound, "no case " + std::to_string(id));
  const Case& c = **found;
  if (c.state == CaseState::kDecided) {
    return MakeError(
        Reason::kCaseDecided, "the case was decided",
        {{"case_id", std::to_string(id)}, {"decision_id", std::to_string(c.decision_id)}});
  }
  if (c.state == CaseState::kWithdrawn) {
    return MakeError(Reason::kCaseClosed, "the case was withdrawn",
                     {{"case_id", std::to_string(id)}});
  }
  if (version != 0 && version != c.version) {
    return MakeError(Reason::kVersionMoved, "the case was changed",
                     {{"case_id", std::to_string(id)}, {"version", std::to_string(c.version)}});
  }
  return **std::move(found);
}

absl::Status PutCase(storage::Transaction& transaction, const Case& before, Case& after,
                     Instant now, std::vector<std::string>& targets) {
  after.version = before.version + 1;
  after.updated_at = now;
  targets.push_back("case/" + std::to_string(after.id));
  return transaction.PutCase(&before, after);
}

absl::StatusOr<std::vector<Case>> CaseWork::Claimed(const std::string& assignee) const {
  if (assignee.empty()) return MakeFieldError("assignee", "required");
  auto cases = environment_.store->Read()->CasesOfAssignee(assignee, kClaimsMax * 2);
  if (!cases.ok()) return WithReason(cases.status());
  const Instant now = Now(environment_);
  std::erase_if(*cases, [now](const Case& c) { return !ClaimLasts(c, now); });
  return cases;
}

absl::StatusOr<CaseResult> CaseWork::Claim(const CaseRequest& request) const {
  return RunOnCase(environment_, request, "claim_case",
                   [&](storage::Transaction& transaction, Case& c,
                       std::vector<std::string>& targets, Instant now) -> absl::Status {
                     const auto lasting =
                         CountClaims(transaction, request.context.actor, c.id, now, targets);
                     if (!lasting.ok()) return lasting.status();
                     if (*lasting >= kClaimsMax) {
                       return MakeError(Reason::kTooManyClaims, "this person holds too many cases");
                     }
                     c.assignee = request.context.actor;
                     c.claim_expires_at = now + environment_.options.review.claim_duration;
                     return absl::OkStatus();
                   });
}

absl::StatusOr<CaseResult> CaseWork::Release(const CaseRequest& request) const {
  return RunOnCase(
      environment_, request, "release_case",
      [](storage::Transaction&, Case& c, std::vector<std::string>&, Instant) -> absl::Status {
        if (c.assignee.empty() && c.state != CaseState::kOnHold) {
          return MakeError(Reason::kCaseClosed, "the case is neither claimed nor held");
        }
        ClearClaim(c);
        if (c.state != CaseState::kOnHold) return absl::OkStatus();
        c.state = CaseState::kOpen;
        c.hold_until = {};
        c.hold_reason.clear();
        return absl::OkStatus();
      });
}

absl::StatusOr<CaseResult> CaseWork::Hold(const CaseRequest& request) const {
  const matching::Date today = DayOf(Now(environment_), environment_.zone);
  Problems problems;
  if (!matching::IsComplete(request.hold_until)) {
    problems.push_back({"hold_until", "required", std::nullopt});
  } else if (request.hold_until <= today) {
    problems.push_back({"hold_until", "not_in_the_future", std::nullopt});
  }
  if (request.context.reason.empty()) {
    problems.push_back({"context.reason", "required", std::nullopt});
  }
  if (!problems.empty()) return ToStatus(std::move(problems));
  return RunOnCase(
      environment_, request, "hold_case",
      [&](storage::Transaction&, Case& c, std::vector<std::string>&, Instant) -> absl::Status {
        if (c.state == CaseState::kAwaitingConfirmation || c.state == CaseState::kProposed) {
          return MakeError(Reason::kCaseClosed, "the case waits for somebody's answer");
        }
        ClearClaim(c);
        c.state = CaseState::kOnHold;
        c.hold_until = request.hold_until;
        c.hold_reason = request.context.reason;
        return absl::OkStatus();
      });
}

absl::StatusOr<std::int64_t> CaseWork::WakeHeld() const {
  const Instant now = Now(environment_);
  const matching::Date today = DayOf(now, environment_.zone);
  std::int64_t woken = 0;
  while (true) {
    const auto due = environment_.store->Read()->HeldCases(today, 1);
    if (!due.ok()) return WithReason(due.status());
    if (due->empty()) return woken;
    std::int64_t count = 0;
    const auto committed = environment_.store->Commit(
        {"vigied", "wake_held_cases", "", {}},
        [&](storage::Transaction& transaction, storage::CommitContext& commit) -> absl::Status {
          count = 0;
          const auto held = transaction.HeldCases(today, kWakenAtOnce);
          if (!held.ok()) return held.status();
          for (const Case& before : *held) {
            Case after = before;
            after.state = CaseState::kOpen;
            after.hold_until = {};
            absl::Status put = PutCase(transaction, before, after, now, commit.targets);
            if (!put.ok()) return put;
            ++count;
          }
          return absl::OkStatus();
        });
    if (!committed.ok()) return WithReason(committed.status());
    woken += count;
  }
}

}  // namespace vigie::daemon
