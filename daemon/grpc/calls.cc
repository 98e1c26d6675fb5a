#include "daemon/grpc/calls.h"

#include <algorithm>
#include <array>

namespace vigie::daemon {
namespace {

constexpr std::string_view kIdentity = "vigie.v1.IdentityService";
constexpr std::string_view kVisit = "vigie.v1.VisitService";
constexpr std::string_view kReview = "vigie.v1.ReviewService";
constexpr std::string_view kProposal = "vigie.v1.ProposalService";
constexpr std::string_view kLabel = "vigie.v1.LabelService";
constexpr std::string_view kQualification = "vigie.v1.QualificationService";
constexpr std::string_view kBacklog = "vigie.v1.BacklogService";
constexpr std::string_view kAdministration = "vigie.v1.AdministrationService";

template <class Request, class Response>
UnaryMethod Method(std::string_view service, std::string_view name, Work work) {
  return {service,
          name,
          work,
          &Request::default_instance(),
          &Response::default_instance(),
          [](Registry& registry, const google::protobuf::Message& request,
             google::protobuf::Message* response, const GivenUp& given_up) {
            const auto& asked = static_cast<const Request&>(request);
            auto* answer = static_cast<Response*>(response);
            if constexpr (requires { Answer(registry, asked, answer, given_up); }) {
              return Answer(registry, asked, answer, given_up);
            } else {
              return Answer(registry, asked, answer);
            }
          }};
}

}  // namespace

std::span<const UnaryMethod> UnaryMethods() {
  static const std::array kMethods = {
      Method<v1::SearchIdentitiesRequest, v1::SearchIdentitiesResponse>(
          kIdentity, "SearchIdentities", Work::kShort),
      Method<v1::MatchIdentityRequest, v1::MatchIdentityResponse>(kIdentity, "MatchIdentity",
                                                                  Work::kShort),
      Method<v1::RegisterIdentityRequest, v1::RegisterIdentityResponse>(
          kIdentity, "RegisterIdentity", Work::kBlocking),
      Method<v1::UpdateIdentityRequest, v1::UpdateIdentityResponse>(kIdentity, "UpdateIdentity",
                                                                    Work::kBlocking),
      Method<v1::GetIdentityRequest, v1::GetIdentityResponse>(kIdentity, "GetIdentity",
                                                              Work::kShort),
      Method<v1::ResolveIdentityRequest, v1::ResolveIdentityResponse>(kIdentity, "ResolveIdentity",
                                                                      Work::kShort),
      Method<v1::ListIdentityChangesRequest, v1::ListIdentityChangesResponse>(
          kIdentity, "ListIdentityChanges", Work::kShort),
      Method<v1::RecordInsiAnswerRequest, v1::RecordInsiAnswerResponse>(
          kIdentity, "RecordInsiAnswer", Work::kBlocking),
      Method<v1::CompareInsiAnswerRequest, v1::CompareInsiAnswerResponse>(
          kIdentity, "CompareInsiAnswer", Work::kShort),
      Method<v1::RecordInsiFaultRequest, v1::RecordInsiFaultResponse>(kIdentity, "RecordInsiFault",
                                                                      Work::kBlocking),
      Method<v1::ConfirmInsRequest, v1::ConfirmInsResponse>(kIdentity, "ConfirmIns",
                                                            Work::kBlocking),
      Method<v1::RecordVitaleAppReadingRequest, v1::RecordVitaleAppReadingResponse>(
          kIdentity, "RecordVitaleAppReading", Work::kBlocking),
      Method<v1::WithdrawInsRequest, v1::WithdrawInsResponse>(kIdentity, "WithdrawIns",
                                                              Work::kBlocking),
      Method<v1::RecordEvidenceRequest, v1::RecordEvidenceResponse>(kIdentity, "RecordEvidence",
                                                                    Work::kBlocking),
      Method<v1::SetAttributesRequest, v1::SetAttributesResponse>(kIdentity, "SetAttributes",
                                                                  Work::kBlocking),
      Method<v1::GetTrustStatusAtRequest, v1::GetTrustStatusAtResponse>(
          kIdentity, "GetTrustStatusAt", Work::kBlocking),
      Method<v1::ListReverificationDueRequest, v1::ListReverificationDueResponse>(
          kIdentity, "ListReverificationDue", Work::kBlocking),
      Method<v1::ListEvidenceDevicesRequest, v1::ListEvidenceDevicesResponse>(
          kIdentity, "ListEvidenceDevices", Work::kShort),
      Method<v1::ExplainPairRequest, v1::ExplainPairResponse>(kIdentity, "ExplainPair",
                                                              Work::kShort),
      Method<v1::RecordVisitRequest, v1::RecordVisitResponse>(kVisit, "RecordVisit",
                                                              Work::kBlocking),
      Method<v1::CancelVisitRequest, v1::CancelVisitResponse>(kVisit, "CancelVisit",
                                                              Work::kBlocking),
      Method<v1::GetVisitRequest, v1::GetVisitResponse>(kVisit, "GetVisit", Work::kShort),
      Method<v1::ListVisitsRequest, v1::ListVisitsResponse>(kVisit, "ListVisits", Work::kBlocking),
      Method<v1::ListCasesRequest, v1::ListCasesResponse>(kReview, "ListCases", Work::kShort),
      Method<v1::GetCaseRequest, v1::GetCaseResponse>(kReview, "GetCase", Work::kShort),
      Method<v1::CountCasesRequest, v1::CountCasesResponse>(kReview, "CountCases", Work::kBlocking),
      Method<v1::ListClaimedCasesRequest, v1::ListClaimedCasesResponse>(kReview, "ListClaimedCases",
                                                                        Work::kBlocking),
      Method<v1::ClaimCaseRequest, v1::ClaimCaseResponse>(kReview, "ClaimCase", Work::kBlocking),
      Method<v1::ReleaseCaseRequest, v1::ReleaseCaseResponse>(kReview, "ReleaseCase",
                                                              Work::kBlocking),
      Method<v1::HoldCaseRequest, v1::HoldCaseResponse>(kReview, "HoldCase", Work::kBlocking),
      Method<v1::DecideCaseRequest, v1::DecideCaseResponse>(kReview, "DecideCase", Work::kBlocking),
      Method<v1::UndoDecisionRequest, v1::UndoDecisionResponse>(kReview, "UndoDecision",
                                                                Work::kBlocking),
      Method<v1::ConfirmDecisionRequest, v1::ConfirmDecisionResponse>(kReview, "ConfirmDecision",
                                                                      Work::kBlocking),
      Method<v1::RejectDecisionRequest, v1::RejectDecisionResponse>(kReview, "RejectDecision",
                                                                    Work::kBlocking),
      Method<v1::GetDecisionRequest, v1::GetDecisionResponse>(kReview, "GetDecision", Work::kShort),
      Method<v1::ListDecisionsRequest, v1::ListDecisionsResponse>(kReview, "ListDecisions",
                                                                  Work::kBlocking),
      Method<v1::AddCaseNoteRequest, v1::AddCaseNoteResponse>(kReview, "AddCaseNote",
                                                              Work::kBlocking),
      Method<v1::ListCaseNotesRequest, v1::ListCaseNotesResponse>(kReview, "ListCaseNotes",
                                                                  Work::kShort),
      Method<v1::ReportMergeRequest, v1::ReportMergeResponse>(kProposal, "ReportMerge",
                                                              Work::kBlocking),
      Method<v1::ListProposalsRequest, v1::ListProposalsResponse>(kProposal, "ListProposals",
                                                                  Work::kShort),
      Method<v1::NextLabelRequest, v1::NextLabelResponse>(kLabel, "NextLabel", Work::kBlocking),
      Method<v1::RecordLabelRequest, v1::RecordLabelResponse>(kLabel, "RecordLabel",
                                                              Work::kBlocking),
      Method<v1::ListLabelledPairsRequest, v1::ListLabelledPairsResponse>(
          kLabel, "ListLabelledPairs", Work::kBlocking),
      Method<v1::GetReviewQualityRequest, v1::GetReviewQualityResponse>(kLabel, "GetReviewQuality",
                                                                        Work::kBlocking),
      Method<v1::ComputeRateRequest, v1::ComputeRateResponse>(kQualification, "ComputeRate",
                                                              Work::kBlocking),
      Method<v1::ListDefinitionsRequest, v1::ListDefinitionsResponse>(
          kQualification, "ListDefinitions", Work::kShort),
      Method<v1::CloseDayRequest, v1::CloseDayResponse>(kQualification, "CloseDay",
                                                        Work::kBlocking),
      Method<v1::ListSnapshotsRequest, v1::ListSnapshotsResponse>(kQualification, "ListSnapshots",
                                                                  Work::kBlocking),
      Method<v1::GetSnapshotRequest, v1::GetSnapshotResponse>(kQualification, "GetSnapshot",
                                                              Work::kShort),
      Method<v1::DiffSnapshotsRequest, v1::DiffSnapshotsResponse>(kQualification, "DiffSnapshots",
                                                                  Work::kShort),
      Method<v1::ListBacklogRequest, v1::ListBacklogResponse>(kBacklog, "ListBacklog",
                                                              Work::kBlocking),
      Method<v1::SummarizeBacklogRequest, v1::SummarizeBacklogResponse>(
          kBacklog, "SummarizeBacklog", Work::kBlocking),
      Method<v1::ComputeQualityIndicatorsRequest, v1::ComputeQualityIndicatorsResponse>(
          kBacklog, "ComputeQualityIndicators", Work::kBlocking),
      Method<v1::GetStatusRequest, v1::GetStatusResponse>(kAdministration, "GetStatus",
                                                          Work::kShort),
      Method<v1::VerifyFiguresRequest, v1::VerifyFiguresResponse>(kAdministration, "VerifyFigures",
                                                                  Work::kBlocking),
  };
  return kMethods;
}

const UnaryMethod* FindUnaryMethod(std::string_view service, std::string_view name) {
  const std::span<const UnaryMethod> methods = UnaryMethods();
  const auto found = std::find_if(methods.begin(), methods.end(), [&](const UnaryMethod& method) {
    return method.service == service && method.name == name;
  });
  return found == methods.end() ? nullptr : &*found;
}

}  // namespace vigie::daemon
