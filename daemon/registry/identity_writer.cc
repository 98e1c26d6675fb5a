#include "daemon/registry/identity_writer.h"

#include <algorithm>
#include <utility>

#include "daemon/registry/cases.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/traits.h"
#include "matching/trust.h"

namespace vigie::daemon {
namespace {

using matching::Identity;

std::vector<std::string> ChangedFields(const Identity& before, const Identity& after) {
  std::vector<std::string> fields = DifferentTraits(before.traits, after.traits);
  if (before.ins != after.ins) fields.emplace_back("ins");
  if (before.ins_history != after.ins_history) fields.emplace_back("ins_history");
  if (before.last_insi_answer != after.last_insi_answer) fields.emplace_back("last_insi_answer");
  if (before.ins_confirmed_at != after.ins_confirmed_at) fields.emplace_back("ins_confirm_time");
  if (before.merged_into != after.merged_into) fields.emplace_back("merged_into");
  if (before.evidence != after.evidence) fields.emplace_back("evidence");
  if (before.trust.attributes != after.trust.attributes) fields.emplace_back("attributes");
  if (matching::StatusOf(before.trust) != matching::StatusOf(after.trust)) {
    fields.emplace_back("trust_status");
  }
  return fields;
}

matching::Change MakeChange(const IdentityWrite& write, std::int64_t commit_number) {
  const Identity nothing;
  const Identity& before = write.before == nullptr ? nothing : *write.before;
  matching::Change change;
  change.identity_id = write.after.id;
  change.version = write.after.version;
  change.commit_number = commit_number;
  change.changed_at = write.after.updated_at;
  change.actor = write.context->actor;
  change.operation = write.operation;
  change.reason = write.context->reason;
  change.changed_fields = ChangedFields(before, write.after);
  change.status_before = matching::StatusOf(before.trust);
  change.status_after = matching::StatusOf(write.after.trust);
  change.rule = write.outcome.rule;
  change.evidence = write.outcome.evidence;
  change.insi_fault = write.outcome.insi_fault;
  if (write.before != nullptr) change.before = *write.before;
  return change;
}

absl::Status PutRecord(storage::Transaction& transaction, const IdentityWrite& write) {
  const storage::IndexEntries after = MakeIndexEntries(write.after, write.subject);
  if (write.before == nullptr) return transaction.PutIdentity(nullptr, nullptr, write.after, after);
  const storage::IndexEntries before = MakeIndexEntries(*write.before, MakeSubject(*write.before));
  return transaction.PutIdentity(write.before, &before, write.after, after);
}

}  // namespace

std::string IdentityTarget(matching::IdentityId id) { return "identity/" + std::to_string(id); }

absl::StatusOr<Identity> ReadIdentity(const storage::View& view, matching::IdentityId id,
                                      std::int64_t version) {
  auto found = view.GetIdentity(id);
  if (!found.ok()) return found.status();
  if (!*found) {
    return MakeError(Reason::kIdentityNotFound, "no identity " + std::to_string(id),
                     {{"identity_id", std::to_string(id)}});
  }
  if (version != 0 && version != (*found)->version) {
    return MakeError(
        Reason::kVersionMoved, "identity " + std::to_string(id) + " was changed",
        {{"identity_id", std::to_string(id)}, {"version", std::to_string((*found)->version)}});
  }
  return **std::move(found);
}

double RankedProbabilityMin(const matching::Model& model) {
  return std::min(model.thresholds.possible_probability_min,
                  model.thresholds.review_probability_min);
}

absl::Status CheckStandsForItself(const Identity& identity) {
  if (identity.merged_into == 0) return absl::OkStatus();
  return MakeError(Reason::kIdentityMerged,
                   "identity " + std::to_string(identity.id) + " was merged into another",
                   {{"identity_id", std::to_string(identity.id)},
                    {"surviving_identity_id", std::to_string(identity.merged_into)}});
}

absl::StatusOr<WrittenIdentity> WriteIdentity(storage::Transaction& transaction,
                                              const Matcher& matcher, const ReviewOptions& options,
                                              const IdentityWrite& write,
                                              std::vector<std::string>& targets) {
  targets.push_back(IdentityTarget(write.after.id));
  matcher.NoteWrite(write.after.id, write.before == nullptr, transaction.ThisCommitNumber());
  absl::Status status = PutRecord(transaction, write);
  if (status.ok()) {
    status = transaction.PutChange(MakeChange(write, transaction.ThisCommitNumber()));
  }
  if (!status.ok()) return status;
  CaseKeeper cases(
      transaction, matcher, options,
      write.before == nullptr ? CaseKeeper::Subjects::kNew : CaseKeeper::Subjects::kKnown,
      write.after.updated_at, targets);
  if (write.after.merged_into != 0) {
    status = cases.WithdrawAllOf(write.after.id);
    if (!status.ok()) return status;
    return WrittenIdentity{};
  }
  // Ranked after the identity is written: the term counts then are those of the base with it, as
  // they will be for whoever scores the pair again.
  absl::StatusOr<Ranking> ranking =
      matcher.Rank(transaction, write.subject, write.after.id,
                   RankedProbabilityMin(matcher.model()), "", write.foresight);
  if (!ranking.ok()) return ranking.status();
  status = cases.KeepPairs(write.after, write.subject, *ranking);
  if (status.ok()) status = cases.KeepInsConflicts(write.after);
  if (status.ok()) status = cases.KeepContradiction(write.after);
  if (status.ok()) status = cases.AddCollisionReasons(write.after, write.outcome.collision_reasons);
  if (status.ok()) status = cases.RankCollision(write.after);
  if (status.ok()) {
    status = cases.KeepFrequentValues(write.before, write.after, write.subject, *ranking);
  }
  if (!status.ok()) return status;
  return WrittenIdentity{*std::move(ranking), cases.opened(), cases.pair_cases()};
}

absl::Status KeepCasesOf(storage::Transaction& transaction, const Matcher& matcher,
                         const ReviewOptions& options, const Identity& identity,
                         matching::Instant now, std::vector<std::string>& targets) {
  const Subject subject = MakeSubject(identity);
  const absl::StatusOr<Ranking> ranking =
      matcher.Rank(transaction, subject, identity.id, RankedProbabilityMin(matcher.model()), "");
  if (!ranking.ok()) return ranking.status();
  CaseKeeper cases(transaction, matcher, options, CaseKeeper::Subjects::kKnown, now, targets);
  absl::Status status = cases.KeepPairs(identity, subject, *ranking);
  if (status.ok()) status = cases.KeepInsConflicts(identity);
  return status.ok() ? cases.KeepContradiction(identity) : status;
}

}  // namespace vigie::daemon
