// What changes an identity after its registration: traits, INSi answers, documents, attributes.
// Each is one commit with the record, its history entry and the cases that follow from it.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/facts.h"
#include "daemon/registry/matcher.h"
#include "daemon/registry/mutation.h"
#include "daemon/registry/registry.h"

namespace vigie::daemon {

class Edits {
 public:
  // Both outlive it. May be used from any thread.
  Edits(const Environment& environment, const Matcher& matcher);

  absl::StatusOr<MutationResult> Update(const UpdateRequest& request) const;
  absl::StatusOr<MutationResult> RecordInsiAnswer(const InsiAnswerRequest& request) const;
  absl::StatusOr<MutationResult> WithdrawIns(const InsWithdrawalRequest& request) const;
  absl::StatusOr<MutationResult> RecordEvidence(const EvidenceRequest& request) const;
  absl::StatusOr<MutationResult> RecordInsiFault(const InsiFaultRequest& request) const;
  absl::StatusOr<MutationResult> ConfirmIns(const InsConfirmationRequest& request) const;
  absl::StatusOr<MutationResult> RecordVitaleReading(const VitaleReadingRequest& request) const;
  absl::StatusOr<MutationResult> SetAttributes(const AttributesRequest& request) const;

 private:
  struct Edit {
    MutationContext context;
    std::string operation;
    std::string fingerprint;
    matching::IdentityId identity_id = 0;
    std::int64_t version = 0;
    matching::Instant now{};
    // Pure: changes a copy of the identity.
    std::function<absl::Status(matching::Identity&, FactOutcome&)> apply;
    // An act that belongs in the history even when the identity stays as it was.
    bool always_written = false;
  };
  absl::StatusOr<MutationResult> RunEdit(Edit edit) const;
  // The same for what brings traits of its own: the answer compares them with those there were.
  absl::StatusOr<MutationResult> RunComparingEdit(Edit edit,
                                                  const matching::Traits& received) const;
  absl::StatusOr<Worked<MutationResult>> Write(const Edit& edit, storage::Transaction& transaction,
                                               storage::CommitContext& commit) const;
  absl::Status ApplyUpdate(const UpdateRequest& request, matching::Instant now,
                           matching::Identity& identity, FactOutcome& outcome) const;

  const Environment& environment_;
  const Matcher& matcher_;
};

}  // namespace vigie::daemon
