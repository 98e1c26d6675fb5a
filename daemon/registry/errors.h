// The single list of machine-readable reasons an answer can be refused for, and how a reason, the
// fields at fault and metadata travel on an absl::Status. The edge (gRPC, HTTP) turns them into
// ErrorInfo and BadRequest; nobody has to parse a message.
//
// No message, field problem or metadata ever holds a trait or a matricule: fields are named, never
// quoted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace vigie::daemon {

enum class Reason : std::uint8_t {
  kFieldsInvalid,
  kRequestIdReused,
  kPageTokenInvalid,
  kTestOidInProduction,
  kTooFewTraits,
  kIdentityNotFound,
  kVisitNotFound,
  kCaseNotFound,
  kDecisionNotFound,
  kDefinitionNotFound,
  kSnapshotNotFound,
  kLabelNotFound,
  kLocalIdTaken,
  kInsiCallForbidden,
  kTransitionRefused,
  kTooManyWaitingVisits,
  kDayNotOver,
  kIdentityMerged,
  kDifferentQualifiedMatricules,
  kPairDecided,
  kVerdictUnfit,
  kCaseClosed,
  kDecisionEnded,
  kLaterChanges,
  kSamePerson,
  kPairLabelled,
  kLabellerDecided,
  kTooManyClaims,
  kTooManyVisits,
  kTooManyNotes,
  kProposalEnded,
  kProposalHeld,
  kVersionMoved,
  kCaseDecided,
  kCaseClaimed,
  kBacklogExpired,
  kStorageLow,
  kTooManyGroups,
  kFiguresNotLoaded,
  kOutcomeUnknown,
  kDataDamaged,
  // Of the edge: the call never reached a use case.
  kDeadlineRequired,
  kDeadlinePassed,
  kCallCancelled,
  kMessageTooLarge,
  kServerBusy,
  kShuttingDown,
  kJsonInvalid,
  kMethodUnavailable,
  kEncodingUnsupported,
  kOriginForeign,
  kInternal,
};

struct ReasonInfo {
  Reason reason;
  std::string_view name;  // what travels, e.g. "local_id_taken"; never changed once published
  absl::StatusCode code;
  std::string_view meaning;
  std::string_view caller_does;
};

// Every reason once, in the order of the enumeration.
std::span<const ReasonInfo> Reasons();
const ReasonInfo& InfoOf(Reason reason);

// What is wrong with one field of a request.
struct FieldProblem {
  std::string field;  // path as in the contract, e.g. "traits.birth_family_name"
  std::string
      code;  // machine-readable, e.g. "required", "too_long", "character_without_equivalent"
  std::optional<std::size_t> offset;  // byte offset in the value, where it makes sense
  bool operator==(const FieldProblem&) const = default;
};

struct ErrorDetails {
  std::string reason;                           // ReasonInfo::name
  std::map<std::string, std::string> metadata;  // e.g. "identity_id" -> "42"
  std::vector<FieldProblem> fields;
};

// A status with the reason's code. `message` says what was being done, in English.
absl::Status MakeError(Reason reason, const std::string& message,
                       std::map<std::string, std::string> metadata = {});
// kFieldsInvalid with every problem found; the message names fields and codes.
absl::Status MakeFieldsError(std::vector<FieldProblem> problems);
absl::Status MakeFieldError(std::string field, std::string code);
// kPageTokenInvalid; names the field `page_token` too, because the reason is of one field.
absl::Status MakePageTokenError();

// nullopt when the status carries none (OK, or made elsewhere).
std::optional<ErrorDetails> DetailsOf(const absl::Status& status);
// Gives a status from storage the reason of its code; one that has a reason is returned as it is.
absl::Status WithReason(const absl::Status& status);

}  // namespace vigie::daemon
