// What each call of the contract does: check the request, convert it, call the registry, convert
// the answer or hand on the error. No business rule and no gRPC is here; the HTTP door answers with
// the same functions. Thread-safe; changes and imports block until they are on disk.
//
// Each leaves `answer` untouched when it returns an error, and every error has a reason
// (daemon/registry/errors.h).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "daemon/registry/registry.h"
#include "google/protobuf/message.h"
#include "vigie/v1/administration.pb.h"
#include "vigie/v1/backlog.pb.h"
#include "vigie/v1/identity.pb.h"
#include "vigie/v1/label.pb.h"
#include "vigie/v1/proposal.pb.h"
#include "vigie/v1/qualification.pb.h"
#include "vigie/v1/review.pb.h"
#include "vigie/v1/visit.pb.h"

namespace vigie::daemon {

// How long a call may take, which decides the thread it runs on.
enum class Work : std::uint8_t {
  kShort,     // reads a bounded number of records: tens of microseconds to a few milliseconds
  kBlocking,  // waits for the disk, or reads without bound
};

// Whether nobody waits for the answer any more: the deadline passed, the caller is gone. Asked now
// and then by calls that read much, from any thread; empty: somebody does.
using GivenUp = std::function<bool()>;

// One unary call. The messages given must be of its types.
struct UnaryMethod {
  std::string_view service;  // full name, e.g. "vigie.v1.IdentityService"
  std::string_view name;     // e.g. "GetIdentity"
  Work work;
  const google::protobuf::Message* request;  // default instances, to make new ones of
  const google::protobuf::Message* response;
  absl::Status (*answer)(Registry& registry, const google::protobuf::Message& request,
                         google::protobuf::Message* response, const GivenUp& given_up);
};

// Every unary call of the contract, by service, in the contract's order. Lives for ever.
std::span<const UnaryMethod> UnaryMethods();
// nullptr when there is none.
const UnaryMethod* FindUnaryMethod(std::string_view service, std::string_view name);

// identity_calls.cc
absl::Status Answer(Registry& registry, const v1::SearchIdentitiesRequest& request,
                    v1::SearchIdentitiesResponse* answer);
absl::Status Answer(Registry& registry, const v1::MatchIdentityRequest& request,
                    v1::MatchIdentityResponse* answer);
absl::Status Answer(Registry& registry, const v1::RegisterIdentityRequest& request,
                    v1::RegisterIdentityResponse* answer);
absl::Status Answer(Registry& registry, const v1::UpdateIdentityRequest& request,
                    v1::UpdateIdentityResponse* answer);
absl::Status Answer(Registry& registry, const v1::GetIdentityRequest& request,
                    v1::GetIdentityResponse* answer);
absl::Status Answer(Registry& registry, const v1::ResolveIdentityRequest& request,
                    v1::ResolveIdentityResponse* answer);
absl::Status Answer(Registry& registry, const v1::ListIdentityChangesRequest& request,
                    v1::ListIdentityChangesResponse* answer);
absl::Status Answer(Registry& registry, const v1::RecordInsiAnswerRequest& request,
                    v1::RecordInsiAnswerResponse* answer);
absl::Status Answer(Registry& registry, const v1::WithdrawInsRequest& request,
                    v1::WithdrawInsResponse* answer);
absl::Status Answer(Registry& registry, const v1::RecordEvidenceRequest& request,
                    v1::RecordEvidenceResponse* answer);
absl::Status Answer(Registry& registry, const v1::SetAttributesRequest& request,
                    v1::SetAttributesResponse* answer);
absl::Status Answer(Registry& registry, const v1::CompareInsiAnswerRequest& request,
                    v1::CompareInsiAnswerResponse* answer);
absl::Status Answer(Registry& registry, const v1::RecordInsiFaultRequest& request,
                    v1::RecordInsiFaultResponse* answer);
absl::Status Answer(Registry& registry, const v1::ConfirmInsRequest& request,
                    v1::ConfirmInsResponse* answer);
absl::Status Answer(Registry& registry, const v1::RecordVitaleAppReadingRequest& request,
                    v1::RecordVitaleAppReadingResponse* answer);
absl::Status Answer(Registry& registry, const v1::GetTrustStatusAtRequest& request,
                    v1::GetTrustStatusAtResponse* answer);
absl::Status Answer(Registry& registry, const v1::ListReverificationDueRequest& request,
                    v1::ListReverificationDueResponse* answer);
absl::Status Answer(Registry& registry, const v1::ListEvidenceDevicesRequest& request,
                    v1::ListEvidenceDevicesResponse* answer);
absl::Status Answer(Registry& registry, const v1::ExplainPairRequest& request,
                    v1::ExplainPairResponse* answer);
// One batch of the import stream. An error is about the batch as a whole, and nothing was written;
// what is wrong with a row stands in its result.
absl::Status Answer(Registry& registry, const v1::ImportIdentitiesRequest& batch,
                    v1::ImportIdentitiesResponse* answer);

// visit_calls.cc
absl::Status Answer(Registry& registry, const v1::RecordVisitRequest& request,
                    v1::RecordVisitResponse* answer);
absl::Status Answer(Registry& registry, const v1::CancelVisitRequest& request,
                    v1::CancelVisitResponse* answer);
absl::Status Answer(Registry& registry, const v1::GetVisitRequest& request,
                    v1::GetVisitResponse* answer);
absl::Status Answer(Registry& registry, const v1::ListVisitsRequest& request,
                    v1::ListVisitsResponse* answer);
absl::Status Answer(Registry& registry, const v1::ImportVisitsRequest& batch,
                    v1::ImportVisitsResponse* answer);

// review_calls.cc
absl::Status Answer(Registry& registry, const v1::ListCasesRequest& request,
                    v1::ListCasesResponse* answer);
absl::Status Answer(Registry& registry, const v1::GetCaseRequest& request,
                    v1::GetCaseResponse* answer);
absl::Status Answer(Registry& registry, const v1::CountCasesRequest& request,
                    v1::CountCasesResponse* answer);
absl::Status Answer(Registry& registry, const v1::ListClaimedCasesRequest& request,
                    v1::ListClaimedCasesResponse* answer);
absl::Status Answer(Registry& registry, const v1::ClaimCaseRequest& request,
                    v1::ClaimCaseResponse* answer);
absl::Status Answer(Registry& registry, const v1::ReleaseCaseRequest& request,
                    v1::ReleaseCaseResponse* answer);
absl::Status Answer(Registry& registry, const v1::HoldCaseRequest& request,
                    v1::HoldCaseResponse* answer);
absl::Status Answer(Registry& registry, const v1::AddCaseNoteRequest& request,
                    v1::AddCaseNoteResponse* answer);
absl::Status Answer(Registry& registry, const v1::ListCaseNotesRequest& request,
                    v1::ListCaseNotesResponse* answer);
absl::Status Answer(Registry& registry, const v1::DecideCaseRequest& request,
                    v1::DecideCaseResponse* answer);
absl::Status Answer(Registry& registry, const v1::UndoDecisionRequest& request,
                    v1::UndoDecisionResponse* answer);
absl::Status Answer(Registry& registry, const v1::ConfirmDecisionRequest& request,
                    v1::ConfirmDecisionResponse* answer);
absl::Status Answer(Registry& registry, const v1::RejectDecisionRequest& request,
                    v1::RejectDecisionResponse* answer);
absl::Status Answer(Registry& registry, const v1::GetDecisionRequest& request,
                    v1::GetDecisionResponse* answer);
absl::Status Answer(Registry& registry, const v1::ListDecisionsRequest& request,
                    v1::ListDecisionsResponse* answer);

// proposal_calls.cc
absl::Status Answer(Registry& registry, const v1::ReportMergeRequest& request,
                    v1::ReportMergeResponse* answer);
absl::Status Answer(Registry& registry, const v1::ListProposalsRequest& request,
                    v1::ListProposalsResponse* answer);

// label_calls.cc
absl::Status Answer(Registry& registry, const v1::NextLabelRequest& request,
                    v1::NextLabelResponse* answer);
absl::Status Answer(Registry& registry, const v1::RecordLabelRequest& request,
                    v1::RecordLabelResponse* answer);
absl::Status Answer(Registry& registry, const v1::ListLabelledPairsRequest& request,
                    v1::ListLabelledPairsResponse* answer);
absl::Status Answer(Registry& registry, const v1::GetReviewQualityRequest& request,
                    v1::GetReviewQualityResponse* answer, const GivenUp& given_up);

// qualification_calls.cc
absl::Status Answer(Registry& registry, const v1::ComputeRateRequest& request,
                    v1::ComputeRateResponse* answer, const GivenUp& given_up);
absl::Status Answer(Registry& registry, const v1::ListDefinitionsRequest& request,
                    v1::ListDefinitionsResponse* answer);

absl::Status Answer(Registry& registry, const v1::CloseDayRequest& request,
                    v1::CloseDayResponse* answer, const GivenUp& given_up);
absl::Status Answer(Registry& registry, const v1::ListSnapshotsRequest& request,
                    v1::ListSnapshotsResponse* answer);
absl::Status Answer(Registry& registry, const v1::GetSnapshotRequest& request,
                    v1::GetSnapshotResponse* answer);
absl::Status Answer(Registry& registry, const v1::DiffSnapshotsRequest& request,
                    v1::DiffSnapshotsResponse* answer);
// backlog_calls.cc
absl::Status Answer(Registry& registry, const v1::ListBacklogRequest& request,
                    v1::ListBacklogResponse* answer, const GivenUp& given_up);
absl::Status Answer(Registry& registry, const v1::SummarizeBacklogRequest& request,
                    v1::SummarizeBacklogResponse* answer, const GivenUp& given_up);
absl::Status Answer(Registry& registry, const v1::ComputeQualityIndicatorsRequest& request,
                    v1::ComputeQualityIndicatorsResponse* answer, const GivenUp& given_up);

// administration_calls.cc
absl::Status Answer(Registry& registry, const v1::GetStatusRequest& request,
                    v1::GetStatusResponse* answer);
absl::Status Answer(Registry& registry, const v1::VerifyFiguresRequest& request,
                    v1::VerifyFiguresResponse* answer, const GivenUp& given_up);

}  // namespace vigie::daemon
