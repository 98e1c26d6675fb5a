// Decisions that the hospital's own registry carries out: proposed, answered, withdrawn.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/registry/checks.h"
#include "daemon/registry/decision_steps.h"
#include "daemon/registry/decisions.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/identity_writer.h"
#include "daemon/registry/journal.h"
#include "daemon/registry/outbox.h"
#include "daemon/registry/requests.h"

namespace vigie::daemon {
namespace {

using matching::Case;
using matching::CaseState;
using matching::Decision;
using matching::DecisionState;
using matching::Identity;
using matching::IdentityId;
using matching::Proposal;
using matching::ProposalKind;
using matching::Verdict;

// The decision about the pair that waits to be carried out, in the outbox or for a second person.
absl::StatusOr<std::optional<Decision>> FindWaiting(const storage::View& view,
                                                    const std::vector<IdentityId>& pair) {
  std::optional<Decision> waiting;
  absl::Status read;
  const auto consider = [&](std::uint64_t decision_id) {
    const auto found = view.GetDecision(decision_id);
    read = found.status();
    const bool waits = read.ok() && *found && (*found)->identity_ids == pair &&
                       ((*found)->state == DecisionState::kProposed ||
                        (*found)->state == DecisionState::kAwaitingConfirmation);
    if (waits) waiting = **found;
    return read.ok() && !waiting;
  };
  const absl::Status scanned = view.ScanProposals(0, [&](const Proposal& proposal) {
    const bool of_pair = std::minmax(proposal.surviving_id, proposal.merged_id) ==
                         std::minmax(pair.front(), pair.back());
    return !of_pair || consider(proposal.decision_id);
  });
  if (!scanned.ok()) return scanned;
  if (!read.ok()) return read;
  if (waiting) return waiting;
  const auto live = LiveCaseOfPair(view, pair);
  if (!live.ok()) return live.status();
  if (*live && (*live)->decision_id != 0) consider((*live)->decision_id);
  if (!read.ok()) return read;
  return waiting;
}

absl::Status CheckAnswer(const ProposalAnswer& request) {
  Problems problems;
  CheckContext(request.context, problems);
  CheckLocalKey(request.context.actor, kLocalIdLengthMax, "context.actor", problems);
  if (request.proposal_id == 0) problems.push_back({"proposal_id", "required", std::nullopt});
  if (!request.done && request.context.reason.empty()) {
    problems.push_back({"context.reason", "required", std::nullopt});
  }
  return ToStatus(std::move(problems));
}

absl::Status CheckReport(const MergeReport& request) {
  Problems problems;
  CheckContext(request.context, problems);
  if (request.context.actor.empty()) {
    problems.push_back({"context.actor", "required", std::nullopt});
  }
  CheckDomain(request.domain, "domain", problems);
  CheckLocalKey(request.surviving_local_id, kLocalIdLengthMax, "surviving_local_id", problems);
  CheckLocalKey(request.merged_local_id, kLocalIdLengthMax, "merged_local_id", problems);
  if (problems.empty() && request.surviving_local_id == request.merged_local_id) {
    problems.push_back({"merged_local_id", "same_as_surviving", std::nullopt});
  }
  return ToStatus(std::move(problems));
}

absl::StatusOr<IdentityId> FindReported(const storage::View& view, const std::string& domain,
                                        const std::string& local_id, const char* field) {
  const auto found = view.FindByLocalId(domain, local_id);
  if (!found.ok()) return found.status();
  if (*found) return **found;
  return MakeError(Reason::kIdentityNotFound, std::string("no identity of this ") + field);
}

}  // namespace

absl::Status Decisions::Propose(const ReviewCommit& commit, ProposalKind kind,
                                bool keep_later_changes, Decision& decision) const {
  const auto waiting = FindWaiting(commit.transaction, decision.identity_ids);
  if (!waiting.ok()) return waiting.status();
  if (*waiting && (*waiting)->id != decision.id) {
    return MakeError(Reason::kPairDecided, "this pair was proposed already",
                     {{"decision_id", std::to_string((*waiting)->id)}});
  }
  const MergeOrder order = OrderOf(decision);
  const auto survivor = ReadIdentity(commit.transaction, order.surviving_id, 0);
  if (!survivor.ok()) return survivor.status();
  const auto merged = ReadIdentity(commit.transaction, order.merged_id, 0);
  if (!merged.ok()) return merged.status();
  Proposal proposal;
  proposal.id = static_cast<std::uint64_t>(commit.transaction.ThisCommitNumber());
  proposal.kind = kind;
  proposal.decision_id = decision.id;
  proposal.domain = survivor->domain;
  proposal.surviving_id = survivor->id;
  proposal.merged_id = merged->id;
  proposal.surviving_local_id = survivor->local_id;
  proposal.merged_local_id = merged->local_id;
  proposal.keep_later_changes = keep_later_changes;
  proposal.proposed_at = commit.now;
  decision.proposal_id = proposal.id;
  decision.state =
      kind == ProposalKind::kMerge ? DecisionState::kProposed : DecisionState::kUndoProposed;
  commit.targets.push_back("proposal/" + std::to_string(proposal.id));
  return commit.transaction.PutProposal(nullptr, proposal);
}

absl::Status Decisions::EndProposed(const ReviewCommit& commit, const Decision& before,
                                    DecisionState state, DecideResult& result) const {
  absl::Status status = RemoveProposal(commit.transaction, before.proposal_id, commit.targets);
  if (!status.ok()) return status;
  result.decision = before;
  result.decision.state = state;
  result.decision.proposal_id = 0;
  result.decision.ended_by = commit.context.actor;
  result.decision.end_reason = commit.context.reason;
  result.decision.ended_at = commit.now;
  status = PutDecision(commit.transaction, &before, result.decision, commit.targets);
  return status.ok() ? ReopenCase(commit, before, result) : status;
}

absl::Status Decisions::ProposeUnmerge(const ReviewCommit& commit, const DecisionRequest& request,
                                       const Decision& before, DecideResult& result) const {
  result.decision = before;
  if (before.state == DecisionState::kAwaitingUndo) {
    result.decision.confirmed_by = request.context.actor;
    result.decision.confirmed_at = commit.now;
  } else {
    result.decision.ended_by = request.context.actor;
    result.decision.end_reason = request.context.reason;
  }
  absl::Status status =
      Propose(commit, ProposalKind::kUnmerge, request.keep_later_changes, result.decision);
  return status.ok() ? PutDecision(commit.transaction, &before, result.decision, commit.targets)
                     : status;
}

absl::Status Decisions::KeepInForce(const ReviewCommit& commit, const Decision& before,
                                    DecideResult& result) const {
  absl::Status status = RemoveProposal(commit.transaction, before.proposal_id, commit.targets);
  if (!status.ok()) return status;
  result.decision = before;
  result.decision.state = DecisionState::kInForce;
  result.decision.proposal_id = 0;
  result.decision.ended_by.clear();
  result.decision.end_reason.clear();
  return PutDecision(commit.transaction, &before, result.decision, commit.targets);
}

absl::Status Decisions::SettleStep(const ReviewCommit& commit, const ProposalAnswer& answer,
                                   const Proposal& proposal, DecideResult& result) const {
  const auto before = ReadDecision(commit.transaction, proposal.decision_id, 0);
  if (!before.ok()) return before.status();
  if (proposal.kind == ProposalKind::kUnmerge) {
    if (!answer.done) return KeepInForce(commit, *before, result);
    absl::Status removed = RemoveProposal(commit.transaction, proposal.id, commit.targets);
    if (!removed.ok()) return removed;
    const DecisionRequest undo{answer.context, before->id, 0, proposal.keep_later_changes};
    return TakeBack(commit, undo, *before, result);
  }
  if (!answer.done) return EndProposed(commit, *before, DecisionState::kRejected, result);
  const auto plan = PlanMerge(commit.transaction, OrderOf(*before));
  if (!plan.ok()) return plan.status();
  absl::Status removed = RemoveProposal(commit.transaction, proposal.id, commit.targets);
  if (!removed.ok()) return removed;
  Decision after = *before;
  after.traits_before = plan->survivor.traits;
  return CarryOutMerge(commit, *before, std::move(after), *plan, result);
}

absl::StatusOr<DecideResult> Decisions::Settle(const ProposalAnswer& request) const {
  absl::Status checked = CheckAnswer(request);
  if (!checked.ok()) return checked;
  const matching::Instant now = Now(environment_);
  return Run<DecideResult>(
      *environment_.store,
      std::make_unique<Mutation<DecideResult>>(
          request.context, "settle_proposal", FingerprintOf(request),
          [&, now](storage::Transaction& transaction,
                   storage::CommitContext& commit) -> absl::StatusOr<Worked<DecideResult>> {
            const auto proposal =
                ReadHeldProposal(transaction, request.context.actor, request.proposal_id);
            if (!proposal.ok()) return proposal.status();
            Worked<DecideResult> worked;
            const ReviewCommit review{transaction,     environment_, matcher_,
                                      request.context, now,          commit.targets};
            absl::Status status = SettleStep(review, request, *proposal, worked.result);
            if (status.ok() && !worked.result.review_case) {
              status = ReadCaseOf(transaction, worked.result.decision, worked.result.review_case);
            }
            if (!status.ok()) return status;
            return worked;
          }));
}

// What waited is carried out when it is what the registry did, else it ends; without it the
// registry's merge is a decision of its own.
absl::Status Decisions::TakeReport(const ReviewCommit& commit, const MergeReport& report,
                                   const std::vector<IdentityId>& ids, DecideResult& result) const {
  std::vector<IdentityId> pair = ids;
  std::sort(pair.begin(), pair.end());
  const auto waiting = FindWaiting(commit.transaction, pair);
  if (!waiting.ok()) return waiting.status();
  Decision decision;
  if (*waiting) decision = **waiting;
  const bool same = *waiting && decision.surviving_id == ids.front();
  const auto plan = PlanMerge(commit.transaction,
                              same ? OrderOf(decision) : MergeOrder{ids.front(), ids.back(), {}});
  if (!plan.ok()) return plan.status();
  absl::Status status = absl::OkStatus();
  if (same) {
    if (decision.proposal_id != 0) {
      status = RemoveProposal(commit.transaction, decision.proposal_id, commit.targets);
    }
    if (!status.ok()) return status;
    decision.traits_before = plan->survivor.traits;
    return CarryOutMerge(commit, **waiting, std::move(decision), *plan, result);
  }
  if (*waiting) {
    status = EndDecision(commit.transaction, decision, DecisionState::kRejected, commit.now,
                         "registry_merged_otherwise", commit.targets);
    if (!status.ok()) return status;
  }
  const auto id = commit.transaction.NextDecisionId();
  if (!id.ok()) return id.status();
  const auto live = LiveCaseOfPair(commit.transaction, pair);
  if (!live.ok()) return live.status();
  Decision made;
  made.id = *id;
  made.verdict = Verdict::kDuplicate;
  made.identity_ids = pair;
  for (const IdentityId one : pair) {
    made.fingerprints.push_back(
        matching::StrictFingerprint(one == plan->survivor.id ? plan->survivor : plan->merged));
  }
  made.actor = report.context.actor;
  made.decided_at = commit.now;
  made.reason = report.context.reason;
  made.surviving_id = ids.front();
  made.traits_before = plan->survivor.traits;
  if (*live) {
    made.case_id = (*live)->id;
    made.weight_bits = (*live)->weight_bits;
    made.probability = (*live)->probability;
    made.model_version = (*live)->model_version;
    status = MoveCase(commit, **live, CaseState::kDecided, made.id, result.review_case);
    if (!status.ok()) return status;
  }
  status = PutDecision(commit.transaction, nullptr, made, commit.targets);
  result.merge = plan->preview;
  result.decision = std::move(made);
  return status.ok() ? ApplyMerge(commit, *plan) : status;
}

absl::StatusOr<DecideResult> Decisions::ReportMerge(const MergeReport& request) const {
  absl::Status checked = CheckReport(request);
  if (!checked.ok()) return checked;
  const matching::Instant now = Now(environment_);
  return Run<DecideResult>(
      *environment_.store,
      std::make_unique<Mutation<DecideResult>>(
          request.context, "report_merge", FingerprintOf(request),
          [&, now](storage::Transaction& transaction,
                   storage::CommitContext& commit) -> absl::StatusOr<Worked<DecideResult>> {
            const auto survivor = FindReported(transaction, request.domain,
                                               request.surviving_local_id, "surviving_local_id");
            if (!survivor.ok()) return survivor.status();
            const auto merged = FindReported(transaction, request.domain, request.merged_local_id,
                                             "merged_local_id");
            if (!merged.ok()) return merged.status();
            Worked<DecideResult> worked;
            const auto known = transaction.FindMerge(*merged);
            if (!known.ok()) return known.status();
            if (*known && (*known)->surviving_id == *survivor) {
              worked.written = false;
              worked.result.decision = **known;
              worked.result.commit_number = transaction.CommitNumber();
              absl::Status read = ReadCaseOf(transaction, **known, worked.result.review_case);
              if (!read.ok()) return read;
              return worked;
            }
            const ReviewCommit review{transaction,     environment_, matcher_,
                                      request.context, now,          commit.targets};
            absl::Status status = TakeReport(review, request, {*survivor, *merged}, worked.result);
            if (!status.ok()) return status;
            return worked;
          }));
}

}  // namespace vigie::daemon
