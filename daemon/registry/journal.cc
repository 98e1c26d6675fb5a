#include "daemon/registry/journal.h"

#include "daemon/registry/errors.h"

namespace vigie::daemon {

using matching::Decision;

absl::StatusOr<Decision> ReadDecision(const storage::View& view, std::uint64_t id,
                                      std::int64_t version) {
  auto found = view.GetDecision(id);
  if (!found.ok()) return found.status();
  if (!*found) {
    return MakeError(Reason::kDecisionNotFound, "no decision " + std::to_string(id));
  }
  if (version != 0 && version != (*found)->version) {
    return MakeError(Reason::kVersionMoved, "the decision was changed",
                     {{"version", std::to_string((*found)->version)}});
  }
  return **std::move(found);
}

absl::Status PutDecision(storage::Transaction& transaction, const Decision* before, Decision& after,
                         std::vector<std::string>& targets) {
  after.version = before == nullptr ? 1 : before->version + 1;
  targets.push_back("decision/" + std::to_string(after.id));
  return transaction.PutDecision(before, after);
}

absl::Status RemoveProposal(storage::Transaction& transaction, std::uint64_t proposal_id,
                            std::vector<std::string>& targets) {
  const auto found = transaction.GetProposal(proposal_id);
  if (!found.ok()) return found.status();
  if (!*found) return absl::DataLossError("a decision names no proposal");
  targets.push_back("proposal/" + std::to_string(proposal_id));
  return transaction.RemoveProposal(**found);
}

absl::Status EndDecision(storage::Transaction& transaction, const Decision& decision,
                         matching::DecisionState state, matching::Instant now,
                         const std::string& why, std::vector<std::string>& targets) {
  Decision ended = decision;
  if (decision.proposal_id != 0) {
    absl::Status removed = RemoveProposal(transaction, decision.proposal_id, targets);
    if (!removed.ok()) return removed;
    ended.proposal_id = 0;
  }
  ended.state = state;
  ended.ended_at = now;
  ended.end_reason = why;
  return PutDecision(transaction, &decision, ended, targets);
}

}  // namespace vigie::daemon
