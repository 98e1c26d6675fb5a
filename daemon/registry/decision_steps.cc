#include "daemon/registry/decision_steps.h"

#include <algorithm>
#include <utility>

#include "daemon/registry/case_work.h"
#include "daemon/registry/cases.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/identity_writer.h"

namespace vigie::daemon {

using matching::Case;
using matching::CaseKind;
using matching::CaseState;
using matching::Decision;
using matching::IdentityId;

IdentityId OtherOf(const std::vector<IdentityId>& pair, IdentityId id) {
  return pair.front() == id ? pair.back() : pair.front();
}

MergeOrder OrderOf(const Decision& decision) {
  return {decision.surviving_id, OtherOf(decision.identity_ids, decision.surviving_id),
          decision.taken_fields};
}

absl::StatusOr<std::optional<Case>> LiveCaseOfPair(const storage::View& view,
                                                   const std::vector<IdentityId>& pair) {
  for (const CaseKind kind : {CaseKind::kDuplicate, CaseKind::kLink, CaseKind::kHomonym}) {
    auto found = view.FindLiveCase(kind, pair);
    if (!found.ok() || *found) return found;
  }
  return std::optional<Case>();
}

absl::Status MoveCase(const ReviewCommit& commit, const Case& before, CaseState state,
                      std::uint64_t decision_id, std::optional<Case>& moved) {
  Case after = before;
  after.state = state;
  after.decision_id = decision_id;
  after.assignee.clear();
  after.claim_expires_at.reset();
  after.hold_until = {};
  after.hold_reason.clear();
  absl::Status put = PutCase(commit.transaction, before, after, commit.now, commit.targets);
  if (put.ok()) moved = std::move(after);
  return put;
}

namespace {

// Whether a live case asks what this ended one asked.
absl::StatusOr<bool> HasLiveCaseBeside(const storage::View& view, const Case& ended) {
  if (!ended.frequent_value) {
    const auto other = view.FindLiveCase(ended.kind, ended.identity_ids);
    if (!other.ok()) return other.status();
    return other->has_value();
  }
  const auto cases = view.CasesOfValue(ended.frequent_value->column,
                                       ended.frequent_value->value_hash, kCasesOfValueMax);
  if (!cases.ok()) return cases.status();
  return std::any_of(cases->begin(), cases->end(),
                     [](const Case& one) { return matching::IsLive(one.state); });
}

}  // namespace

absl::Status ReopenCase(const ReviewCommit& commit, const Decision& decision,
                        DecideResult& result) {
  if (decision.case_id == 0) return absl::OkStatus();
  const auto found = commit.transaction.GetCase(decision.case_id);
  if (!found.ok()) return found.status();
  if (!*found) return absl::DataLossError("a decision names no case");
  result.review_case = **found;
  if ((*found)->decision_id != decision.id || (*found)->state == CaseState::kWithdrawn) {
    return absl::OkStatus();
  }
  CaseState state = CaseState::kOpen;
  for (const IdentityId id : (*found)->identity_ids) {
    const auto identity = ReadIdentity(commit.transaction, id, 0);
    if (!identity.ok()) return identity.status();
    const bool comes_back = IsInForce(decision.state) && decision.surviving_id != 0 &&
                            identity->merged_into == decision.surviving_id;
    if (identity->merged_into != 0 && !comes_back) state = CaseState::kWithdrawn;
  }
  if ((*found)->state == CaseState::kDecided) {
    const absl::StatusOr<bool> another = HasLiveCaseBeside(commit.transaction, **found);
    if (!another.ok()) return another.status();
    if (*another) return absl::OkStatus();
  }
  return MoveCase(commit, **found, state, decision.id, result.review_case);
}

absl::Status ReadCaseOf(const storage::View& view, const Decision& decision,
                        std::optional<Case>& out) {
  if (decision.case_id == 0) return absl::OkStatus();
  auto found = view.GetCase(decision.case_id);
  if (!found.ok()) return found.status();
  out = *std::move(found);
  return absl::OkStatus();
}

absl::Status DecisionEnded(const std::string& why) {
  return MakeError(Reason::kDecisionEnded, why);
}

}  // namespace vigie::daemon
