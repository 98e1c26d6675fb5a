#include "daemon/registry/decisions.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "daemon/registry/case_work.h"
#include "daemon/registry/checks.h"
#include "daemon/registry/decision_steps.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/facts.h"
#include "daemon/registry/identity_writer.h"
#include "daemon/registry/journal.h"
#include "daemon/registry/requests.h"
#include "matching/names.h"

namespace vigie::daemon {
namespace {

using matching::Case;
using matching::CaseKind;
using matching::CaseState;
using matching::Decision;
using matching::DecisionState;
using matching::Identity;
using matching::IdentityId;
using matching::Verdict;

constexpr std::int32_t kDecisionPageSizeDefault = 50;
constexpr std::int32_t kDecisionPageSizeMax = 200;
constexpr std::size_t kOtherPersonVisitsMax = 500;

absl::Status VerdictUnfit(const std::string& why) { return MakeError(Reason::kVerdictUnfit, why); }

bool FitsCase(Verdict verdict, const Case& review_case) {
  const CaseKind kind = review_case.kind;
  // Of one identity: its matricule contradicts its traits.
  const bool contradiction = kind == CaseKind::kInsConflict && review_case.identity_ids.size() == 1;
  switch (verdict) {
    case Verdict::kDuplicate:
      // Of homonyms as well: the merge itself says why it cannot be.
      return kind == CaseKind::kDuplicate || kind == CaseKind::kHomonym ||
             (kind == CaseKind::kInsConflict && !contradiction);
    case Verdict::kSamePerson:
      return kind == CaseKind::kLink;
    case Verdict::kDifferentPersons:
      return matching::IsScoredPair(kind);
    case Verdict::kCollisionConfirmed:
      return kind == CaseKind::kCollision;
    case Verdict::kDataCorrected:
      return kind != CaseKind::kInsConflict || contradiction;
    case Verdict::kNothingWrong:
      return kind == CaseKind::kCollision || kind == CaseKind::kFrequentValue || contradiction;
    case Verdict::kUndecided:
      return true;
  }
  return false;
}

void CheckTakenFields(const DecideRequest& request, Problems& problems) {
  const std::vector<std::string>& known = TakeableFields();
  if (request.taken_fields.size() > known.size()) {
    problems.push_back({"fields_from_merged", "too_many", std::nullopt});
  }
  for (const std::string& field : request.taken_fields) {
    if (std::find(known.begin(), known.end(), field) != known.end()) continue;
    problems.push_back({"fields_from_merged", "unknown_field", std::nullopt});
    return;
  }
}

// What belongs to a verdict, and nothing else.
void CheckVerdictFields(const DecideRequest& request, Problems& problems) {
  const bool merge = request.verdict == Verdict::kDuplicate;
  if (merge && request.surviving_id == 0) {
    problems.push_back({"surviving_identity_id", "required", std::nullopt});
  }
  if (!merge && request.surviving_id != 0) {
    problems.push_back({"surviving_identity_id", "not_for_this_verdict", std::nullopt});
  }
  if (!merge && !request.taken_fields.empty()) {
    problems.push_back({"fields_from_merged", "not_for_this_verdict", std::nullopt});
  }
  if (request.set_homonym && request.verdict != Verdict::kDifferentPersons) {
    problems.push_back({"set_homonym", "not_for_this_verdict", std::nullopt});
  }
  const bool collision = request.verdict == Verdict::kCollisionConfirmed;
  if (!collision && !request.other_person_visit_numbers.empty()) {
    problems.push_back({"other_person_visit_numbers", "not_for_this_verdict", std::nullopt});
  }
  if (request.other_person_visit_numbers.size() > kOtherPersonVisitsMax) {
    problems.push_back({"other_person_visit_numbers", "too_many", std::nullopt});
  }
}

absl::Status CheckDecide(const DecideRequest& request) {
  Problems problems;
  if (!request.validate_only) {
    CheckContext(request.context, problems);
    if (request.context.actor.empty()) {
      problems.push_back({"context.actor", "required", std::nullopt});
    }
  }
  const std::vector<IdentityId>& ids = request.identity_ids;
  if (request.case_id == 0) {
    if (ids.size() != 2 || ids.front() == 0 || ids.front() == ids.back()) {
      problems.push_back({"identity_ids", "two_required", std::nullopt});
    }
    if (request.verdict != Verdict::kDuplicate && request.verdict != Verdict::kSamePerson &&
        request.verdict != Verdict::kDifferentPersons) {
      problems.push_back({"case_id", "required", std::nullopt});
    }
  } else if (!ids.empty()) {
    problems.push_back({"identity_ids", "not_with_case_id", std::nullopt});
  }
  if (request.note.size() > kNoteLengthMax) {
    problems.push_back({"note", "too_long", std::nullopt});
  }
  CheckTakenFields(request, problems);
  CheckVerdictFields(request, problems);
  return ToStatus(std::move(problems));
}

// What is decided: a case that is live, or a pair with the live case on it, if any.
struct Subjects {
  std::optional<Case> review_case;
  std::vector<IdentityId> ids;
  std::vector<Identity> identities;
};

absl::StatusOr<Subjects> ReadSubjects(const storage::View& view, const DecideRequest& request,
                                      matching::Instant now) {
  Subjects subjects;
  if (request.case_id != 0) {
    auto found = ReadLiveCase(view, request.case_id, request.version);
    if (!found.ok()) return found.status();
    if (found->state == CaseState::kProposed) {
      return MakeError(Reason::kCaseClosed, "the case waits for the hospital's registry",
                       {{"decision_id", std::to_string(found->decision_id)}});
    }
    if (found->state == CaseState::kAwaitingConfirmation) {
      return MakeError(Reason::kCaseClosed, "the case waits for a second person",
                       {{"decision_id", std::to_string(found->decision_id)}});
    }
    subjects.ids = found->identity_ids;
    subjects.review_case = *std::move(found);
  } else {
    subjects.ids = request.identity_ids;
    std::sort(subjects.ids.begin(), subjects.ids.end());
    auto found = LiveCaseOfPair(view, subjects.ids);
    if (!found.ok()) return found.status();
    subjects.review_case = *std::move(found);
  }
  if (subjects.review_case && !request.validate_only) {
    absl::Status claimed = CheckClaim(*subjects.review_case, request.context.actor, now);
    if (!claimed.ok()) return claimed;
  }
  for (const IdentityId id : subjects.ids) {
    auto identity = ReadIdentity(view, id, 0);
    if (!identity.ok()) return identity.status();
    absl::Status live = CheckStandsForItself(*identity);
    if (!live.ok()) return live;
    subjects.identities.push_back(*std::move(identity));
  }
  return subjects;
}

absl::Status CheckOtherPersonVisits(const storage::View& view, const DecideRequest& request,
                                    const Identity& identity) {
  for (const std::string& number : request.other_person_visit_numbers) {
    const auto visit = view.GetVisit(identity.domain, number);
    if (!visit.ok()) return visit.status();
    if (!*visit || (*visit)->identity_id != identity.id) {
      return MakeFieldError("other_person_visit_numbers", "not_of_this_identity");
    }
  }
  return absl::OkStatus();
}

// Whether the verdict can be given of these at all, and contradicts no decision in force.
absl::Status CheckVerdict(const storage::View& view, const DecideRequest& request,
                          const Subjects& subjects) {
  const bool two_domains = subjects.identities.size() == 2 &&
                           subjects.identities[0].domain != subjects.identities[1].domain;
  if (subjects.review_case) {
    if (!FitsCase(request.verdict, *subjects.review_case)) {
      return VerdictUnfit("this verdict is not for a case of this kind");
    }
  } else if ((request.verdict == Verdict::kSamePerson) != two_domains &&
             request.verdict != Verdict::kDifferentPersons) {
    return VerdictUnfit("a duplicate is of one domain, a link of two");
  }
  if (request.verdict == Verdict::kDuplicate &&
      std::find(subjects.ids.begin(), subjects.ids.end(), request.surviving_id) ==
          subjects.ids.end()) {
    return MakeFieldError("surviving_identity_id", "not_of_this_case");
  }
  if (request.verdict == Verdict::kCollisionConfirmed) {
    return CheckOtherPersonVisits(view, request, subjects.identities.front());
  }
  for (const Verdict other : {Verdict::kSamePerson, Verdict::kDifferentPersons}) {
    if (request.verdict != Verdict::kSamePerson && request.verdict != Verdict::kDifferentPersons) {
      break;
    }
    const auto found = FindFinding(view, other, subjects.ids.front(), subjects.ids.back());
    if (!found.ok()) return found.status();
    if (!*found) continue;
    return MakeError(Reason::kPairDecided, "a decision in force is about this pair",
                     {{"decision_id", std::to_string((*found)->id)}});
  }
  return absl::OkStatus();
}

Decision MakeDecision(const DecideRequest& request, const Subjects& subjects,
                      matching::Instant now) {
  Decision decision;
  decision.verdict = request.verdict;
  decision.identity_ids = subjects.ids;
  for (const Identity& identity : subjects.identities) {
    decision.fingerprints.push_back(matching::StrictFingerprint(identity));
  }
  decision.actor = request.context.actor;
  decision.decided_at = now;
  decision.reason = request.context.reason;
  decision.note = request.note;
  decision.surviving_id = request.surviving_id;
  decision.taken_fields = request.taken_fields;
  decision.other_person_visit_numbers = request.other_person_visit_numbers;
  if (subjects.review_case) {
    decision.case_id = subjects.review_case->id;
    decision.weight_bits = subjects.review_case->weight_bits;
    decision.probability = subjects.review_case->probability;
    decision.model_version = subjects.review_case->model_version;
  }
  return decision;
}

CaseState StateAfter(const Decision& decision) {
  if (decision.state == DecisionState::kAwaitingConfirmation) {
    return CaseState::kAwaitingConfirmation;
  }
  if (decision.state == DecisionState::kProposed) return CaseState::kProposed;
  return decision.verdict == Verdict::kUndecided ? CaseState::kEscalated : CaseState::kDecided;
}

// Scores the pair again, so that the case has its present score, or is withdrawn.
absl::Status RankAgain(const ReviewCommit& commit, IdentityId id) {
  const auto identity = ReadIdentity(commit.transaction, id, 0);
  if (!identity.ok() || identity->merged_into != 0) return identity.status();
  return KeepCasesOf(commit.transaction, commit.matcher, commit.environment.options.review,
                     *identity, commit.now, commit.targets);
}

}  // namespace

absl::Status Decisions::SetHomonym(const ReviewCommit& commit, IdentityId id, bool value,
                                   bool& changed) const {
  const auto before = ReadIdentity(commit.transaction, id, 0);
  if (!before.ok()) return before.status();
  changed = before->merged_into == 0 && before->trust.attributes.homonym != value &&
            !(value && before->trust.attributes.fictitious);
  if (!changed) return absl::OkStatus();
  IdentityWrite write;
  write.before = &*before;
  write.after = *before;
  absl::Status applied =
      ApplyAttributes(write.after, {value, std::nullopt, std::nullopt}, commit.now,
                      environment_.options.trust_rules, write.outcome);
  if (!applied.ok()) return applied;
  write.after.version = before->version + 1;
  write.after.updated_at = commit.now;
  write.subject = MakeSubject(write.after);
  write.operation = "set_attributes";
  write.context = &commit.context;
  return WriteIdentity(commit.transaction, matcher_, environment_.options.review, write,
                       commit.targets)
      .status();
}

absl::Status Decisions::WriteDecision(const ReviewCommit& commit, const DecideRequest& request,
                                      DecideResult& result) const {
  auto subjects = ReadSubjects(commit.transaction, request, commit.now);
  if (!subjects.ok()) return subjects.status();
  absl::Status status = CheckVerdict(commit.transaction, request, *subjects);
  if (!status.ok()) return status;
  const auto id = commit.transaction.NextDecisionId();
  if (!id.ok()) return id.status();
  Decision decision = MakeDecision(request, *subjects, commit.now);
  decision.id = *id;
  const bool merge = decision.verdict == Verdict::kDuplicate;
  std::optional<MergePlan> plan;
  if (merge) {
    auto planned = PlanMerge(commit.transaction, OrderOf(decision));
    if (!planned.ok()) return planned.status();
    plan = *std::move(planned);
    decision.traits_before = plan->survivor.traits;
    result.merge = plan->preview;
    if (environment_.options.review.second_person_for_merge) {
      decision.state = DecisionState::kAwaitingConfirmation;
    } else if (environment_.options.review.merges_proposed) {
      status = Propose(commit, matching::ProposalKind::kMerge, false, decision);
      if (!status.ok()) return status;
    }
  }
  if (request.set_homonym) {
    // First, because being a homonym is no strict trait and changes no score.
    for (const IdentityId one : decision.identity_ids) {
      bool changed = false;
      status = SetHomonym(commit, one, true, changed);
      if (!status.ok()) return status;
      if (changed) decision.homonym_set_ids.push_back(one);
    }
  }
  if (subjects->review_case) {
    // Read again: setting an attribute may have refreshed its score.
    const auto now = commit.transaction.GetCase(subjects->review_case->id);
    if (!now.ok()) return now.status();
    status = MoveCase(commit, **now, StateAfter(decision), decision.id, result.review_case);
    if (!status.ok()) return status;
  }
  status = PutDecision(commit.transaction, nullptr, decision, commit.targets);
  if (status.ok() && plan && decision.state == DecisionState::kInForce) {
    status = ApplyMerge(commit, *plan);
  }
  result.decision = std::move(decision);
  return status;
}

absl::StatusOr<DecideResult> Decisions::Preview(const DecideRequest& request) const {
  const matching::Instant now = Now(environment_);
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  const auto subjects = ReadSubjects(*view, request, now);
  if (!subjects.ok()) return WithReason(subjects.status());
  absl::Status status = CheckVerdict(*view, request, *subjects);
  if (!status.ok()) return WithReason(status);
  DecideResult result;
  result.review_case = subjects->review_case;
  result.decision = MakeDecision(request, *subjects, now);
  result.commit_number = view->CommitNumber();
  if (request.verdict != Verdict::kDuplicate) return result;
  auto plan = PlanMerge(*view, OrderOf(result.decision));
  if (!plan.ok()) return WithReason(plan.status());
  result.merge = std::move(plan->preview);
  if (environment_.options.review.second_person_for_merge) {
    result.decision.state = DecisionState::kAwaitingConfirmation;
  } else if (environment_.options.review.merges_proposed) {
    result.decision.state = DecisionState::kProposed;
  }
  return result;
}

absl::StatusOr<DecideResult> Decisions::Decide(const DecideRequest& request) const {
  absl::Status checked = CheckDecide(request);
  if (!checked.ok()) return checked;
  if (request.validate_only) return Preview(request);
  const matching::Instant now = Now(environment_);
  return Run<DecideResult>(
      *environment_.store,
      std::make_unique<Mutation<DecideResult>>(
          request.context, "decide", FingerprintOf(request),
          [&, now](storage::Transaction& transaction,
                   storage::CommitContext& commit) -> absl::StatusOr<Worked<DecideResult>> {
            Worked<DecideResult> worked;
            const ReviewCommit review{transaction,     environment_, matcher_,
                                      request.context, now,          commit.targets};
            absl::Status status = WriteDecision(review, request, worked.result);
            if (!status.ok()) return status;
            return worked;
          }));
}

absl::StatusOr<DecideResult> Decisions::RunOnDecision(const DecisionRequest& request,
                                                      const char* method, Step step) const {
  Problems problems;
  CheckContext(request.context, problems);
  if (request.context.actor.empty()) {
    problems.push_back({"context.actor", "required", std::nullopt});
  }
  if (request.decision_id == 0) problems.push_back({"decision_id", "required", std::nullopt});
  if (!problems.empty()) return ToStatus(std::move(problems));
  const matching::Instant now = Now(environment_);
  return Run<DecideResult>(
      *environment_.store,
      std::make_unique<Mutation<DecideResult>>(
          request.context, method, FingerprintOf(request, method),
          [&, now](storage::Transaction& transaction,
                   storage::CommitContext& commit) -> absl::StatusOr<Worked<DecideResult>> {
            const auto before = ReadDecision(transaction, request.decision_id, request.version);
            if (!before.ok()) return before.status();
            Worked<DecideResult> worked;
            const ReviewCommit review{transaction,     environment_, matcher_,
                                      request.context, now,          commit.targets};
            absl::Status status = (this->*step)(review, request, *before, worked.result);
            if (status.ok() && !worked.result.review_case) {
              status = ReadCaseOf(transaction, worked.result.decision, worked.result.review_case);
            }
            if (!status.ok()) return status;
            return worked;
          }));
}

// Ends a decision in force and gives back what it did.
absl::Status Decisions::TakeBack(const ReviewCommit& commit, const DecisionRequest& request,
                                 const Decision& before, DecideResult& result) const {
  Decision ended = before;
  ended.state = DecisionState::kUndone;
  ended.proposal_id = 0;
  if (before.state == DecisionState::kAwaitingUndo) {
    ended.confirmed_by = request.context.actor;
    ended.confirmed_at = commit.now;
  } else if (before.state != DecisionState::kUndoProposed) {
    ended.ended_by = request.context.actor;
    ended.end_reason = request.context.reason;
  }
  ended.ended_at = commit.now;
  absl::Status status = PutDecision(commit.transaction, &before, ended, commit.targets);
  if (!status.ok()) return status;
  // First, so that what is ranked again finds its case and opens no other.
  status = ReopenCase(commit, before, result);
  if (!status.ok()) return status;
  if (before.verdict == Verdict::kDuplicate) {
    status = UndoMerge(commit, before, request.keep_later_changes);
    if (!status.ok()) return status;
  }
  for (const IdentityId id : before.homonym_set_ids) {
    bool changed = false;
    status = SetHomonym(commit, id, false, changed);
    if (!status.ok()) return status;
  }
  result.decision = ended;
  for (const IdentityId id : before.identity_ids) {
    status = RankAgain(commit, id);
    if (!status.ok()) return status;
  }
  result.review_case.reset();
  return absl::OkStatus();
}

absl::Status Decisions::UndoStep(const ReviewCommit& commit, const DecisionRequest& request,
                                 const Decision& before, DecideResult& result) const {
  if (before.state == DecisionState::kAwaitingConfirmation) {
    // Nothing has happened yet: whoever decided it may simply take it back.
    return RejectStep(commit, request, before, result);
  }
  if (before.state == DecisionState::kProposed) {
    return EndProposed(commit, before, DecisionState::kUndone, result);
  }
  if (before.state != DecisionState::kInForce) return DecisionEnded("the decision is not in force");
  const bool merge = before.verdict == Verdict::kDuplicate;
  if (!merge || !environment_.options.review.second_person_for_unmerge) {
    return merge && environment_.options.review.merges_proposed
               ? ProposeUnmerge(commit, request, before, result)
               : TakeBack(commit, request, before, result);
  }
  result.decision = before;
  result.decision.state = DecisionState::kAwaitingUndo;
  result.decision.ended_by = request.context.actor;
  result.decision.end_reason = request.context.reason;
  return PutDecision(commit.transaction, &before, result.decision, commit.targets);
}

absl::Status Decisions::ConfirmStep(const ReviewCommit& commit, const DecisionRequest& request,
                                    const Decision& before, DecideResult& result) const {
  const bool undo = before.state == DecisionState::kAwaitingUndo;
  if (!undo && before.state != DecisionState::kAwaitingConfirmation) {
    return DecisionEnded("the decision does not wait for anybody");
  }
  if (request.context.actor == (undo ? before.ended_by : before.actor)) {
    return MakeError(Reason::kSamePerson, "the second person is the first");
  }
  const bool proposed = environment_.options.review.merges_proposed;
  if (undo) {
    return proposed ? ProposeUnmerge(commit, request, before, result)
                    : TakeBack(commit, request, before, result);
  }
  const auto plan = PlanMerge(commit.transaction, OrderOf(before));
  if (!plan.ok()) return plan.status();
  result.merge = plan->preview;
  Decision after = before;
  after.traits_before = plan->survivor.traits;
  after.confirmed_by = request.context.actor;
  after.confirmed_at = commit.now;
  if (!proposed) return CarryOutMerge(commit, before, std::move(after), *plan, result);
  absl::Status status = Propose(commit, matching::ProposalKind::kMerge, false, after);
  if (status.ok()) status = ReadCaseOf(commit.transaction, before, result.review_case);
  if (status.ok() && result.review_case) {
    const Case awaiting = *result.review_case;
    status = MoveCase(commit, awaiting, CaseState::kProposed, before.id, result.review_case);
  }
  result.decision = std::move(after);
  return status.ok() ? PutDecision(commit.transaction, &before, result.decision, commit.targets)
                     : status;
}

absl::Status Decisions::CarryOutMerge(const ReviewCommit& commit, const Decision& before,
                                      Decision after, const MergePlan& plan,
                                      DecideResult& result) const {
  result.merge = plan.preview;
  result.decision = std::move(after);
  result.decision.state = DecisionState::kInForce;
  result.decision.proposal_id = 0;
  absl::Status status = ReadCaseOf(commit.transaction, before, result.review_case);
  if (status.ok() && result.review_case) {
    const Case awaiting = *result.review_case;
    status = MoveCase(commit, awaiting, CaseState::kDecided, before.id, result.review_case);
  }
  if (status.ok()) {
    status = PutDecision(commit.transaction, &before, result.decision, commit.targets);
  }
  return status.ok() ? ApplyMerge(commit, plan) : status;
}

absl::Status Decisions::RejectStep(const ReviewCommit& commit, const DecisionRequest& request,
                                   const Decision& before, DecideResult& result) const {
  result.decision = before;
  if (before.state == DecisionState::kAwaitingUndo) {
    // The decision stays in force; who asked and why stands in the history of the base alone.
    result.decision.state = DecisionState::kInForce;
    result.decision.ended_by.clear();
    result.decision.end_reason.clear();
    return PutDecision(commit.transaction, &before, result.decision, commit.targets);
  }
  if (before.state == DecisionState::kUndoProposed) {
    return KeepInForce(commit, before, result);
  }
  if (before.state != DecisionState::kAwaitingConfirmation) {
    return DecisionEnded("the decision does not wait for anybody");
  }
  result.decision.state = DecisionState::kRejected;
  result.decision.ended_by = request.context.actor;
  result.decision.end_reason = request.context.reason;
  result.decision.ended_at = commit.now;
  absl::Status status = PutDecision(commit.transaction, &before, result.decision, commit.targets);
  return status.ok() ? ReopenCase(commit, before, result) : status;
}

absl::StatusOr<DecideResult> Decisions::Undo(const DecisionRequest& request) const {
  return RunOnDecision(request, "undo_decision", &Decisions::UndoStep);
}

absl::StatusOr<DecideResult> Decisions::Confirm(const DecisionRequest& request) const {
  return RunOnDecision(request, "confirm_decision", &Decisions::ConfirmStep);
}

absl::StatusOr<DecideResult> Decisions::Reject(const DecisionRequest& request) const {
  return RunOnDecision(request, "reject_decision", &Decisions::RejectStep);
}

absl::StatusOr<Decision> Decisions::Get(std::uint64_t id) const {
  auto found = ReadDecision(*environment_.store->Read(), id, 0);
  if (!found.ok()) return WithReason(found.status());
  return found;
}

absl::StatusOr<DecisionListPage> Decisions::List(const DecisionListRequest& request) const {
  if (request.page_size < 0) return MakeFieldError("page_size", "negative");
  const std::int32_t size = request.page_size == 0
                                ? kDecisionPageSizeDefault
                                : std::min(request.page_size, kDecisionPageSizeMax);
  std::uint64_t before = 0;
  if (!request.page_token.empty() && !absl::SimpleAtoi(request.page_token, &before)) {
    return MakePageTokenError();
  }
  auto page = environment_.store->Read()->ListDecisions(
      {request.identity_id, request.verdict, request.state, request.in_force_only},
      static_cast<std::size_t>(size), before);
  if (!page.ok()) return WithReason(page.status());
  DecisionListPage list;
  if (page->more) list.next_page_token = std::to_string(page->decisions.back().id);
  list.decisions = std::move(page->decisions);
  return list;
}

}  // namespace vigie::daemon
