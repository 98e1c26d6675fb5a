#include "daemon/registry/errors.h"

#include <array>
#include <utility>

#include "absl/strings/cord.h"
#include "daemon/registry/bytes.h"

namespace vigie::daemon {
namespace {

constexpr char kDetailsUrl[] = "vigie/error-details";

using absl::StatusCode;

constexpr std::array kReasons = {
    ReasonInfo{Reason::kFieldsInvalid, "fields_invalid", StatusCode::kInvalidArgument,
               "one or more fields of the request cannot be taken; each is named with a code",
               "correct the fields named and send again under a new request id"},
    ReasonInfo{Reason::kRequestIdReused, "request_id_reused", StatusCode::kInvalidArgument,
               "this request id was answered already, for another request",
               "make a new request id for every new request; keep it for retries only"},
    ReasonInfo{Reason::kPageTokenInvalid, "page_token_invalid", StatusCode::kInvalidArgument,
               "the page token is not one of ours, or belongs to another query",
               "start again from the first page"},
    ReasonInfo{Reason::kTestOidInProduction, "test_oid_in_production", StatusCode::kInvalidArgument,
               "the OID marks a test or demonstration matricule and this base is in production",
               "check that the INSi client talks to the production service"},
    ReasonInfo{Reason::kTooFewTraits, "too_few_traits", StatusCode::kInvalidArgument,
               "the traits given make no candidate key: nothing could be compared",
               "give at least a family name and a birth date, or a matricule"},
    ReasonInfo{Reason::kIdentityNotFound, "identity_not_found", StatusCode::kNotFound,
               "no such identity", "check the id, or the domain and the local id"},
    ReasonInfo{Reason::kVisitNotFound, "visit_not_found", StatusCode::kNotFound, "no such visit",
               "check the domain and the visit number"},
    ReasonInfo{Reason::kCaseNotFound, "case_not_found", StatusCode::kNotFound, "no such case",
               "list the queue again"},
    ReasonInfo{Reason::kDecisionNotFound, "decision_not_found", StatusCode::kNotFound,
               "no such decision", "list the decisions again"},
    ReasonInfo{Reason::kDefinitionNotFound, "definition_not_found", StatusCode::kNotFound,
               "no indicator definition of this name is configured",
               "list the definitions; add it to the configuration"},
    ReasonInfo{Reason::kSnapshotNotFound, "snapshot_not_found", StatusCode::kNotFound,
               "no snapshot of this day, definition and revision", "list the snapshots"},
    ReasonInfo{Reason::kLabelNotFound, "label_not_found", StatusCode::kNotFound,
               "this pair was not drawn for labelling", "ask for the next pair"},
    ReasonInfo{Reason::kLocalIdTaken, "local_id_taken", StatusCode::kAlreadyExists,
               "the local id is registered in this domain with another content",
               "read the identity named and update it, or correct the local id"},
    ReasonInfo{Reason::kInsiCallForbidden, "insi_call_forbidden", StatusCode::kFailedPrecondition,
               "INSi may not be called for a doubtful or fictitious identity (EXI ID 26)",
               "settle the doubt first"},
    ReasonInfo{Reason::kTransitionRefused, "transition_refused", StatusCode::kFailedPrecondition,
               "the trust rules do not allow this event now; metadata `refusal` says which rule",
               "change what the refusal names first, e.g. unmark doubtful before fictitious"},
    ReasonInfo{Reason::kTooManyWaitingVisits, "too_many_waiting_visits",
               StatusCode::kFailedPrecondition,
               "too many visits wait already for this local id to be registered",
               "register the identity, then send the visit again"},
    ReasonInfo{Reason::kDayNotOver, "day_not_over", StatusCode::kFailedPrecondition,
               "the day is not over yet in the establishment's time zone",
               "close it once it is over"},
    ReasonInfo{
        Reason::kIdentityMerged, "identity_merged", StatusCode::kFailedPrecondition,
        "the identity was merged; metadata `surviving_identity_id` names the one that stands "
        "for it",
        "act on the surviving identity, or undo the merge first"},
    ReasonInfo{Reason::kDifferentQualifiedMatricules, "different_qualified_matricules",
               StatusCode::kFailedPrecondition,
               "both identities are qualified, under two matricules: the state says two persons",
               "decide that they are different persons, or withdraw the INS that is wrong first"},
    ReasonInfo{Reason::kPairDecided, "pair_decided", StatusCode::kFailedPrecondition,
               "a decision in force says otherwise; metadata `decision_id` names it",
               "read it, and undo it first if it was wrong"},
    ReasonInfo{Reason::kVerdictUnfit, "verdict_unfit", StatusCode::kFailedPrecondition,
               "this verdict is not one for this kind of case or pair",
               "a duplicate is of one domain, a link of two, a collision of one identity"},
    ReasonInfo{Reason::kCaseClosed, "case_closed", StatusCode::kFailedPrecondition,
               "the case was withdrawn, waits for a second person, or is not on hold or claimed",
               "read the case again"},
    ReasonInfo{Reason::kDecisionEnded, "decision_ended", StatusCode::kFailedPrecondition,
               "the decision is not in the state this call needs: it ended, or is not awaited",
               "read the decision again"},
    ReasonInfo{Reason::kLaterChanges, "later_changes", StatusCode::kFailedPrecondition,
               "what the merge changed was changed again since; metadata `fields` names what",
               "undo with keep_later_changes: the merged identity comes back whole, the later "
               "changes stay"},
    ReasonInfo{Reason::kSamePerson, "same_person", StatusCode::kFailedPrecondition,
               "a second person is to confirm, not the one who decided or asked",
               "let a colleague confirm or reject it"},
    ReasonInfo{Reason::kPairLabelled, "pair_labelled", StatusCode::kFailedPrecondition,
               "this person, or two others, have labelled the pair already",
               "ask for the next pair"},
    ReasonInfo{Reason::kLabellerDecided, "labeller_decided", StatusCode::kFailedPrecondition,
               "this person decided the pair, and cannot judge it blind", "ask for the next pair"},
    ReasonInfo{Reason::kTooManyClaims, "too_many_claims", StatusCode::kFailedPrecondition,
               "one person holds too many cases already", "decide or release some first"},
    ReasonInfo{Reason::kTooManyVisits, "too_many_visits", StatusCode::kFailedPrecondition,
               "the merge or its undoing would move too many visits at once",
               "call the administrator: such an identity is hardly one person's"},
    ReasonInfo{Reason::kTooManyNotes, "too_many_notes", StatusCode::kFailedPrecondition,
               "the case has 500 notes, the most a case may have",
               "write what is left to say in the decision's note"},
    ReasonInfo{Reason::kProposalEnded, "proposal_ended", StatusCode::kFailedPrecondition,
               "the proposal was answered or withdrawn",
               "forget it; what the registry merged all the same is told with ReportMerge"},
    ReasonInfo{Reason::kProposalHeld, "proposal_held", StatusCode::kFailedPrecondition,
               "the proposal was not handed to this bridge, or to another one since",
               "wait until it is handed out again"},
    ReasonInfo{Reason::kVersionMoved, "version_moved", StatusCode::kAborted,
               "the record was changed since the version given was read",
               "read it again, decide again, send under a new request id"},
    ReasonInfo{Reason::kCaseDecided, "case_decided", StatusCode::kAborted,
               "somebody decided this case already; metadata `decision_id` names the decision",
               "read the decision; undo it first if it was wrong"},
    ReasonInfo{Reason::kCaseClaimed, "case_claimed", StatusCode::kAborted,
               "somebody else works on this case; metadata `assignee` says who",
               "take another case, or ask; a claim runs out by itself"},
    ReasonInfo{Reason::kBacklogExpired, "backlog_expired", StatusCode::kAborted,
               "the ranking this page belongs to is no longer kept: too old, or too many since",
               "begin again with the first page"},
    ReasonInfo{Reason::kStorageLow, "storage_low", StatusCode::kResourceExhausted,
               "storage is low or the change is too large; nothing was written",
               "free space on the server; reads go on"},
    ReasonInfo{Reason::kTooManyGroups, "too_many_groups", StatusCode::kResourceExhausted,
               "the report would have more rows than one answer may hold",
               "group by fewer keys, filter, or shorten the window"},
    ReasonInfo{Reason::kFiguresNotLoaded, "figures_not_loaded", StatusCode::kFailedPrecondition,
               "the figures kept in memory are not loaded yet, or could not follow the changes",
               "wait until GetStatus says that they are loaded; rates are recomputed until then"},
    ReasonInfo{Reason::kOutcomeUnknown, "outcome_unknown", StatusCode::kUnavailable,
               "whether the change is on disk is not known",
               "send the same request again under the same request id"},
    ReasonInfo{Reason::kDataDamaged, "data_damaged", StatusCode::kDataLoss,
               "a stored value is damaged", "call the administrator: check and restore"},
    ReasonInfo{Reason::kDeadlineRequired, "deadline_required", StatusCode::kInvalidArgument,
               "the call came without a deadline", "set a deadline on every call but an import"},
    ReasonInfo{
        Reason::kDeadlinePassed, "deadline_passed", StatusCode::kDeadlineExceeded,
        "the deadline passed before the call was begun, or while it read; nothing was changed",
        "call again with more time, a change under the same request id"},
    ReasonInfo{Reason::kCallCancelled, "call_cancelled", StatusCode::kCancelled,
               "the caller gave up before the call was begun; nothing was done",
               "nothing; a change can be sent again under the same request id"},
    ReasonInfo{Reason::kMessageTooLarge, "message_too_large", StatusCode::kResourceExhausted,
               "the message is larger than this call takes", "send less at once"},
    ReasonInfo{Reason::kServerBusy, "server_busy", StatusCode::kResourceExhausted,
               "too many calls wait already, or too many imports run; nothing was done",
               "wait a little and call again, a change under the same request id"},
    ReasonInfo{Reason::kShuttingDown, "shutting_down", StatusCode::kUnavailable,
               "the daemon stops; this call, or this batch of the import, was not begun",
               "call again; send an import again from this batch on, under the same import id"},
    ReasonInfo{Reason::kJsonInvalid, "json_invalid", StatusCode::kInvalidArgument,
               "the body is not one JSON object; metadata `byte` says where",
               "send one object of the call's request, in UTF-8"},
    ReasonInfo{Reason::kMethodUnavailable, "method_unavailable", StatusCode::kUnimplemented,
               "there is no such call here, or it is a stream, which gRPC alone has",
               "check path and method: POST /vigie.v1.XService/Method"},
    ReasonInfo{Reason::kEncodingUnsupported, "encoding_unsupported", StatusCode::kUnimplemented,
               "the body is compressed", "send it as it is"},
    ReasonInfo{Reason::kOriginForeign, "origin_foreign", StatusCode::kPermissionDenied,
               "the request names another host, or comes from another site's page",
               "call a loopback address by its own name; pages are served by this door only"},
    ReasonInfo{Reason::kInternal, "internal", StatusCode::kInternal, "a fault of the program",
               "report it with the request id"},
};

absl::Status Attach(absl::Status status, const ErrorDetails& details) {
  ByteWriter out;
  out.Text(details.reason);
  out.Number(details.metadata.size());
  for (const auto& [key, value] : details.metadata) {
    out.Text(key);
    out.Text(value);
  }
  out.Number(details.fields.size());
  for (const FieldProblem& problem : details.fields) {
    out.Text(problem.field);
    out.Text(problem.code);
    out.Number(problem.offset ? *problem.offset + 1 : 0);
  }
  status.SetPayload(kDetailsUrl, absl::Cord(out.bytes()));
  return status;
}

Reason ReasonOfCode(StatusCode code) {
  switch (code) {
    case StatusCode::kAlreadyExists:
      return Reason::kLocalIdTaken;
    case StatusCode::kAborted:
      return Reason::kVersionMoved;
    case StatusCode::kResourceExhausted:
      return Reason::kStorageLow;
    case StatusCode::kUnavailable:
      return Reason::kOutcomeUnknown;
    case StatusCode::kDataLoss:
      return Reason::kDataDamaged;
    default:
      return Reason::kInternal;
  }
}

}  // namespace

std::span<const ReasonInfo> Reasons() { return kReasons; }

const ReasonInfo& InfoOf(Reason reason) { return kReasons[static_cast<std::size_t>(reason)]; }

absl::Status MakeError(Reason reason, const std::string& message,
                       std::map<std::string, std::string> metadata) {
  const ReasonInfo& info = InfoOf(reason);
  ErrorDetails details;
  details.reason = std::string(info.name);
  details.metadata = std::move(metadata);
  return Attach(absl::Status(info.code, message), details);
}

absl::Status MakeFieldsError(std::vector<FieldProblem> problems) {
  const ReasonInfo& info = InfoOf(Reason::kFieldsInvalid);
  std::string message = "fields not accepted:";
  for (std::size_t i = 0; i < problems.size(); ++i) {
    message += (i == 0 ? " " : ", ") + problems[i].field + " (" + problems[i].code;
    if (problems[i].offset) message += " at byte " + std::to_string(*problems[i].offset);
    message += ")";
  }
  ErrorDetails details;
  details.reason = std::string(info.name);
  details.fields = std::move(problems);
  return Attach(absl::Status(info.code, message), details);
}

absl::Status MakeFieldError(std::string field, std::string code) {
  std::vector<FieldProblem> problems;
  problems.push_back({std::move(field), std::move(code), std::nullopt});
  return MakeFieldsError(std::move(problems));
}

absl::Status MakePageTokenError() {
  const ReasonInfo& info = InfoOf(Reason::kPageTokenInvalid);
  ErrorDetails details;
  details.reason = std::string(info.name);
  details.fields.push_back({"page_token", "not_of_this_list", std::nullopt});
  return Attach(absl::Status(info.code, "page token refused"), details);
}

std::optional<ErrorDetails> DetailsOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kDetailsUrl);
  if (!payload) return std::nullopt;
  const std::string bytes(*payload);
  ByteReader in(bytes);
  ErrorDetails details;
  details.reason = in.Text();
  for (std::size_t left = in.Count(); left > 0; --left) {
    std::string key = in.Text();
    details.metadata[std::move(key)] = in.Text();
  }
  for (std::size_t left = in.Count(); left > 0; --left) {
    FieldProblem problem;
    problem.field = in.Text();
    problem.code = in.Text();
    const std::uint64_t offset = in.Number();
    if (offset > 0) problem.offset = static_cast<std::size_t>(offset - 1);
    details.fields.push_back(std::move(problem));
  }
  if (!in.AtEnd()) return std::nullopt;
  return details;
}

absl::Status WithReason(const absl::Status& status) {
  if (status.ok() || status.GetPayload(kDetailsUrl)) return status;
  ErrorDetails details;
  details.reason = std::string(InfoOf(ReasonOfCode(status.code())).name);
  return Attach(status, details);
}

}  // namespace vigie::daemon
