#include "daemon/registry/edits.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "daemon/registry/checks.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/identity_writer.h"
#include "daemon/registry/requests.h"
#include "daemon/registry/traits.h"
#include "matching/names.h"
#include "matching/trust.h"

namespace vigie::daemon {
namespace {

using matching::Identity;
using matching::Instant;
using matching::TrustEvent;

void CheckTarget(const MutationContext& context, matching::IdentityId id, Problems& problems) {
  CheckContext(context, problems);
  if (id == 0) problems.push_back({"identity_id", "required", std::nullopt});
}

void CheckFieldNames(const std::vector<std::string>& fields, Problems& problems) {
  if (fields.empty()) problems.push_back({"fields", "required", std::nullopt});
  if (fields.size() > TraitFields().size())
    problems.push_back({"fields", "too_many", std::nullopt});
  for (const std::string& field : fields) {
    const std::vector<std::string>& known = TraitFields();
    if (std::find(known.begin(), known.end(), field) == known.end()) {
      problems.push_back({"fields", "unknown_field", std::nullopt});
      return;
    }
  }
}

}  // namespace

Edits::Edits(const Environment& environment, const Matcher& matcher)
    : environment_(environment), matcher_(matcher) {}

absl::StatusOr<Worked<MutationResult>> Edits::Write(const Edit& edit,
                                                    storage::Transaction& transaction,
                                                    storage::CommitContext& commit) const {
  const absl::StatusOr<Identity> before = ReadIdentity(transaction, edit.identity_id, edit.version);
  if (!before.ok()) return before.status();
  absl::Status live = CheckStandsForItself(*before);
  if (!live.ok()) return live;
  IdentityWrite write;
  write.after = *before;
  absl::Status applied = edit.apply(write.after, write.outcome);
  if (!applied.ok()) return applied;
  Worked<MutationResult> worked;
  worked.result.warnings = write.outcome.warnings;
  if (write.after == *before && !edit.always_written) {
    worked.written = false;
    worked.result.identity = *before;
    worked.result.commit_number = transaction.CommitNumber();
    return worked;
  }
  write.before = &*before;
  write.after.version = before->version + 1;
  write.after.updated_at = edit.now;
  write.after.rniv = MakeRnivNames(write.after.traits);
  write.after.normalizer_version = matching::kNormalizerVersion;
  write.subject = MakeSubject(write.after);
  write.operation = edit.operation;
  write.context = &edit.context;
  absl::StatusOr<WrittenIdentity> written =
      WriteIdentity(transaction, matcher_, environment_.options.review, write, commit.targets);
  if (!written.ok()) return written.status();
  worked.result.opened_case_ids = std::move(written->opened_case_ids);
  worked.result.identity = std::move(write.after);
  return worked;
}

absl::StatusOr<MutationResult> Edits::RunEdit(Edit edit) const {
  const MutationContext context = edit.context;
  const std::string operation = edit.operation;
  std::string fingerprint = edit.fingerprint;
  return Run<MutationResult>(*environment_.store,
                             std::make_unique<Mutation<MutationResult>>(
                                 context, operation, std::move(fingerprint),
                                 [this, edit = std::move(edit)](storage::Transaction& transaction,
                                                                storage::CommitContext& commit) {
                                   return Write(edit, transaction, commit);
                                 }));
}

absl::StatusOr<MutationResult> Edits::RunComparingEdit(Edit edit,
                                                       const matching::Traits& received) const {
  std::optional<matching::Traits> before;
  edit.apply = [&before, apply = std::move(edit.apply)](Identity& identity, FactOutcome& outcome) {
    before = identity.traits;
    return apply(identity, outcome);
  };
  absl::StatusOr<MutationResult> result = RunEdit(std::move(edit));
  if (!result.ok()) return result;
  if (!before) {
    // Answered before: the traits are those of the version below the one it made.
    const Identity& after = result->identity;
    const absl::StatusOr<Identity> earlier = IdentityAtVersion(
        *environment_.store->Read(), after.id, std::max<std::int64_t>(1, after.version - 1));
    if (!earlier.ok()) return WithReason(earlier.status());
    before = earlier->traits;
  }
  result->differences = matching::CompareWithInsi(*before, received);
  return result;
}

absl::Status Edits::ApplyUpdate(const UpdateRequest& request, Instant now, Identity& identity,
                                FactOutcome& outcome) const {
  const matching::Traits before = identity.traits;
  for (const std::string& field : request.fields) {
    CopyTrait(field, request.traits, identity.traits);
  }
  // Checked as a whole: what is cleared may be required, what is kept was checked before.
  Problems problems;
  CheckTraits(identity.traits, DayOf(now, environment_.zone), "traits.", problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  if (identity.traits == before) return absl::OkStatus();
  outcome.warnings = TraitWarnings(identity.traits);
  const StrictDifference difference = CompareStrictTraits(before, identity.traits);
  if (!difference.any) return absl::OkStatus();
  absl::Status status = ApplyEvent(identity, TrustEvent::kStrictTraitChanged, now,
                                   environment_.options.trust_rules, outcome);
  if (status.ok() && difference.contradicted_count >= 2) {
    outcome.warnings.emplace_back("several_strict_traits_changed");
    outcome.collision_reasons.emplace_back("several_strict_traits_changed");
  }
  return status;
}

absl::StatusOr<MutationResult> Edits::Update(const UpdateRequest& request) const {
  Problems problems;
  CheckTarget(request.context, request.identity_id, problems);
  CheckFieldNames(request.fields, problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  const Instant now = Now(environment_);
  return RunEdit({request.context, "update", FingerprintOf(request), request.identity_id,
                  request.version, now,
                  [&](Identity& identity, FactOutcome& outcome) {
                    return ApplyUpdate(request, now, identity, outcome);
                  },
                  /*always_written=*/false});
}

absl::StatusOr<MutationResult> Edits::RecordInsiAnswer(const InsiAnswerRequest& request) const {
  Problems problems;
  CheckTarget(request.context, request.identity_id, problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  const Instant now = Now(environment_);
  absl::Status checked =
      CheckInsiAnswer(request.answer, environment_, now, "answer.", /*with_traits=*/true);
  if (!checked.ok()) return checked;
  Edit edit = {request.context,
               "record_insi_answer",
               FingerprintOf(request),
               request.identity_id,
               request.version,
               now,
               [&](Identity& identity, FactOutcome& outcome) {
                 return ApplyInsiAnswer(identity, request.answer, environment_, outcome);
               },
               /*always_written=*/false};
  if (request.answer.return_code != "00") return RunEdit(std::move(edit));
  return RunComparingEdit(std::move(edit), request.answer.traits);
}

absl::StatusOr<MutationResult> Edits::RecordInsiFault(const InsiFaultRequest& request) const {
  const Instant now = Now(environment_);
  Problems problems;
  CheckTarget(request.context, request.identity_id, problems);
  CheckInsiFault(request.fault, now, "fault.", problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  return RunEdit({request.context, "record_insi_fault", FingerprintOf(request), request.identity_id,
                  request.version, now,
                  [&](Identity& identity, FactOutcome& outcome) {
                    return ApplyInsiFault(identity, request.fault, environment_, outcome);
                  },
                  /*always_written=*/true});
}

absl::StatusOr<MutationResult> Edits::ConfirmIns(const InsConfirmationRequest& request) const {
  const Instant now = Now(environment_);
  Problems problems;
  CheckTarget(request.context, request.identity_id, problems);
  CheckPast(request.confirmed_at, now, "confirmed_at", problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  return RunEdit({request.context, "confirm_ins", FingerprintOf(request), request.identity_id,
                  request.version, now,
                  [&](Identity& identity, FactOutcome& outcome) {
                    return ApplyInsConfirmation(identity, request.confirmed_at, environment_,
                                                outcome);
                  },
                  /*always_written=*/false});
}

absl::StatusOr<MutationResult> Edits::RecordVitaleReading(
    const VitaleReadingRequest& request) const {
  const Instant now = Now(environment_);
  Problems problems;
  CheckTarget(request.context, request.identity_id, problems);
  absl::Status checked = CheckVitaleReading(request, environment_, now, std::move(problems));
  if (!checked.ok()) return checked;
  return RunComparingEdit({request.context, "record_vitale_app_reading", FingerprintOf(request),
                           request.identity_id, request.version, now,
                           [&](Identity& identity, FactOutcome& outcome) {
                             return ApplyVitaleReading(
                                 identity,
                                 {request.read_at, request.ins, request.history, request.traits},
                                 environment_, outcome);
                           },
                           /*always_written=*/true},
                          request.traits);
}

absl::StatusOr<MutationResult> Edits::WithdrawIns(const InsWithdrawalRequest& request) const {
  Problems problems;
  CheckTarget(request.context, request.identity_id, problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  const Instant now = Now(environment_);
  const TrustEvent event = request.verification_mismatch ? TrustEvent::kInsiVerificationMismatch
                                                         : TrustEvent::kInsWithdrawn;
  return RunEdit({request.context, "withdraw_ins", FingerprintOf(request), request.identity_id,
                  request.version, now,
                  [&, event](Identity& identity, FactOutcome& outcome) {
                    if (!identity.ins) {
                      return MakeError(Reason::kTransitionRefused, "there is no INS to withdraw",
                                       {{"refusal", "no_ins"}});
                    }
                    return ApplyEvent(identity, event, now, environment_.options.trust_rules,
                                      outcome);
                  },
                  /*always_written=*/false});
}

absl::StatusOr<MutationResult> Edits::RecordEvidence(const EvidenceRequest& request) const {
  const Instant now = Now(environment_);
  Problems problems;
  CheckTarget(request.context, request.identity_id, problems);
  CheckEvidence(request.type, request.checked_on, environment_, now, "", problems);
  CheckParentDocument(request.type, request.parent_type, environment_, "parent_type", problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  return RunEdit({request.context, "record_evidence", FingerprintOf(request), request.identity_id,
                  request.version, now,
                  [&](Identity& identity, FactOutcome& outcome) {
                    return ApplyEvidence(identity,
                                         {request.type, request.checked_on, request.parent_type,
                                          request.traits_agree},
                                         environment_, now, outcome);
                  },
                  /*always_written=*/true});
}

absl::StatusOr<MutationResult> Edits::SetAttributes(const AttributesRequest& request) const {
  Problems problems;
  CheckTarget(request.context, request.identity_id, problems);
  if (!request.homonym && !request.doubtful && !request.fictitious) {
    problems.push_back({"attributes", "required", std::nullopt});
  }
  if (!problems.empty()) return ToStatus(std::move(problems));
  const Instant now = Now(environment_);
  return RunEdit({request.context, "set_attributes", FingerprintOf(request), request.identity_id,
                  request.version, now,
                  [&](Identity& identity, FactOutcome& outcome) {
                    return ApplyAttributes(identity,
                                           {request.homonym, request.doubtful, request.fictitious},
                                           now, environment_.options.trust_rules, outcome);
                  },
                  /*always_written=*/false});
}

}  // namespace vigie::daemon
