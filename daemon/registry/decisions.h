// What a person decides of a case, and taking it back. Each call is one commit: the journal entry,
// the case, and what follows from it (a merge, a link, attributes), or nothing at all.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/matcher.h"
#include "daemon/registry/merges.h"
#include "daemon/registry/mutation.h"
#include "daemon/registry/registry.h"
#include "matching/review.h"
#include "storage/store.h"

namespace vigie::daemon {

class Decisions {
 public:
  // Both outlive it. May be used from any thread.
  Decisions(const Environment& environment, const Matcher& matcher)
      : environment_(environment), matcher_(matcher) {}

  absl::StatusOr<DecideResult> Decide(const DecideRequest& request) const;
  absl::StatusOr<DecideResult> Undo(const DecisionRequest& request) const;
  absl::StatusOr<DecideResult> Confirm(const DecisionRequest& request) const;
  absl::StatusOr<DecideResult> Reject(const DecisionRequest& request) const;
  // proposals.cc
  absl::StatusOr<DecideResult> Settle(const ProposalAnswer& request) const;
  absl::StatusOr<DecideResult> ReportMerge(const MergeReport& request) const;
  absl::StatusOr<matching::Decision> Get(std::uint64_t id) const;
  absl::StatusOr<DecisionListPage> List(const DecisionListRequest& request) const;

 private:
  using Step = absl::Status (Decisions::*)(const ReviewCommit& commit,
                                           const DecisionRequest& request,
                                           const matching::Decision& before,
                                           DecideResult& result) const;
  absl::StatusOr<DecideResult> RunOnDecision(const DecisionRequest& request, const char* method,
                                             Step step) const;
  absl::StatusOr<DecideResult> Preview(const DecideRequest& request) const;
  absl::Status WriteDecision(const ReviewCommit& commit, const DecideRequest& request,
                             DecideResult& result) const;
  absl::Status UndoStep(const ReviewCommit& commit, const DecisionRequest& request,
                        const matching::Decision& before, DecideResult& result) const;
  absl::Status ConfirmStep(const ReviewCommit& commit, const DecisionRequest& request,
                           const matching::Decision& before, DecideResult& result) const;
  absl::Status RejectStep(const ReviewCommit& commit, const DecisionRequest& request,
                          const matching::Decision& before, DecideResult& result) const;
  absl::Status TakeBack(const ReviewCommit& commit, const DecisionRequest& request,
                        const matching::Decision& before, DecideResult& result) const;
  absl::Status CarryOutMerge(const ReviewCommit& commit, const matching::Decision& before,
                             matching::Decision after, const MergePlan& plan,
                             DecideResult& result) const;
  // proposals.cc
  // Puts what `decision` proposes into the outbox and gives the decision the state that says so.
  absl::Status Propose(const ReviewCommit& commit, matching::ProposalKind kind,
                       bool keep_later_changes, matching::Decision& decision) const;
  // Nothing was merged: the proposal to do so goes, and the case comes back.
  absl::Status EndProposed(const ReviewCommit& commit, const matching::Decision& before,
                           matching::DecisionState state, DecideResult& result) const;
  absl::Status ProposeUnmerge(const ReviewCommit& commit, const DecisionRequest& request,
                              const matching::Decision& before, DecideResult& result) const;
  // Nothing is unmade: the proposal to do so goes, the decision stays.
  absl::Status KeepInForce(const ReviewCommit& commit, const matching::Decision& before,
                           DecideResult& result) const;
  absl::Status SettleStep(const ReviewCommit& commit, const ProposalAnswer& answer,
                          const matching::Proposal& proposal, DecideResult& result) const;
  absl::Status TakeReport(const ReviewCommit& commit, const MergeReport& report,
                          const std::vector<matching::IdentityId>& ids, DecideResult& result) const;
  absl::Status SetHomonym(const ReviewCommit& commit, matching::IdentityId id, bool value,
                          bool& changed) const;

  const Environment& environment_;
  const Matcher& matcher_;
};

}  // namespace vigie::daemon
