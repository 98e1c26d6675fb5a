// Idempotency: what a request was (a fingerprint), and what it was answered (a few bytes from which
// the same answer is made again).
//
// The bytes hold numbers, codes and scores, never a trait: the identity of an answer is read again
// from its history, in the version it had.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/registry/registry.h"
#include "storage/store.h"

namespace vigie::daemon {

// SHA-256 over the method and every field of the request but its id.
std::string FingerprintOf(const RegisterRequest& request);
std::string FingerprintOf(const UpdateRequest& request);
std::string FingerprintOf(const InsiAnswerRequest& request);
std::string FingerprintOf(const InsWithdrawalRequest& request);
std::string FingerprintOf(const EvidenceRequest& request);
std::string FingerprintOf(const InsiFaultRequest& request);
std::string FingerprintOf(const InsConfirmationRequest& request);
std::string FingerprintOf(const VitaleReadingRequest& request);
std::string FingerprintOf(const AttributesRequest& request);
std::string FingerprintOf(const VisitRequest& request);
std::string FingerprintOf(const CancelVisitRequest& request);
std::string FingerprintOf(const CloseDayRequest& request);
std::string FingerprintOf(const CaseRequest& request, const char* method);
std::string FingerprintOf(const CaseNoteRequest& request);
std::string FingerprintOf(const ProposalAnswer& request);
std::string FingerprintOf(const MergeReport& request);
std::string FingerprintOf(const DecideRequest& request);
std::string FingerprintOf(const DecisionRequest& request, const char* method);
std::string FingerprintOf(const LabelRequest& request);

std::string EncodeAnswer(const RegisterResult& result);
std::string EncodeAnswer(const MutationResult& result);
std::string EncodeAnswer(const VisitResult& result);
std::string EncodeAnswer(const CloseDayResult& result);
// The numbers of case and decision: asked again, both are answered as they are then, and a merge
// without its preview.
std::string EncodeAnswer(const CaseResult& result);
std::string EncodeAnswer(const CaseNoteResult& result);
std::string EncodeAnswer(const DecideResult& result);
std::string EncodeAnswer(const LabelResult& result);

// DATA_LOSS when the bytes are not what EncodeAnswer wrote, or name what is not there.
absl::Status DecodeAnswer(const storage::View& view, const std::string& bytes,
                          RegisterResult& result);
absl::Status DecodeAnswer(const storage::View& view, const std::string& bytes,
                          MutationResult& result);
absl::Status DecodeAnswer(const storage::View& view, const std::string& bytes, VisitResult& result);
absl::Status DecodeAnswer(const storage::View& view, const std::string& bytes,
                          CloseDayResult& result);
absl::Status DecodeAnswer(const storage::View& view, const std::string& bytes, CaseResult& result);
absl::Status DecodeAnswer(const storage::View& view, const std::string& bytes,
                          CaseNoteResult& result);
absl::Status DecodeAnswer(const storage::View& view, const std::string& bytes,
                          DecideResult& result);

absl::Status DecodeAnswer(const storage::View& view, const std::string& bytes, LabelResult& result);

// The identity as it was in one version. DATA_LOSS when the history does not have it.
absl::StatusOr<matching::Identity> IdentityAtVersion(const storage::View& view,
                                                     matching::IdentityId id, std::int64_t version);

}  // namespace vigie::daemon
