#include "daemon/grpc/services.h"

#include "vigie/v1/administration.grpc.pb.h"
#include "vigie/v1/backlog.grpc.pb.h"
#include "vigie/v1/export.grpc.pb.h"
#include "vigie/v1/identity.grpc.pb.h"
#include "vigie/v1/label.grpc.pb.h"
#include "vigie/v1/proposal.grpc.pb.h"
#include "vigie/v1/qualification.grpc.pb.h"
#include "vigie/v1/review.grpc.pb.h"
#include "vigie/v1/visit.grpc.pb.h"

namespace vigie::daemon {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class IdentityService final : public v1::IdentityService::CallbackService {
 public:
  explicit IdentityService(CallRunner& runner) : runner_(runner) {}

  Reactor* SearchIdentities(Context* context, const v1::SearchIdentitiesRequest* request,
                            v1::SearchIdentitiesResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* MatchIdentity(Context* context, const v1::MatchIdentityRequest* request,
                         v1::MatchIdentityResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* RegisterIdentity(Context* context, const v1::RegisterIdentityRequest* request,
                            v1::RegisterIdentityResponse* response) override {
    return runner_.Run(context, request, response);
  }
  grpc::ServerBidiReactor<v1::ImportIdentitiesRequest, v1::ImportIdentitiesResponse>*
  ImportIdentities(Context* context) override {
    return runner_.ImportIdentities(context);
  }
  Reactor* UpdateIdentity(Context* context, const v1::UpdateIdentityRequest* request,
                          v1::UpdateIdentityResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* GetIdentity(Context* context, const v1::GetIdentityRequest* request,
                       v1::GetIdentityResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ResolveIdentity(Context* context, const v1::ResolveIdentityRequest* request,
                           v1::ResolveIdentityResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ListIdentityChanges(Context* context, const v1::ListIdentityChangesRequest* request,
                               v1::ListIdentityChangesResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* RecordInsiAnswer(Context* context, const v1::RecordInsiAnswerRequest* request,
                            v1::RecordInsiAnswerResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* WithdrawIns(Context* context, const v1::WithdrawInsRequest* request,
                       v1::WithdrawInsResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* RecordEvidence(Context* context, const v1::RecordEvidenceRequest* request,
                          v1::RecordEvidenceResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* SetAttributes(Context* context, const v1::SetAttributesRequest* request,
                         v1::SetAttributesResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* CompareInsiAnswer(Context* context, const v1::CompareInsiAnswerRequest* request,
                             v1::CompareInsiAnswerResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* RecordInsiFault(Context* context, const v1::RecordInsiFaultRequest* request,
                           v1::RecordInsiFaultResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ConfirmIns(Context* context, const v1::ConfirmInsRequest* request,
                      v1::ConfirmInsResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* RecordVitaleAppReading(Context* context,
                                  const v1::RecordVitaleAppReadingRequest* request,
                                  v1::RecordVitaleAppReadingResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* GetTrustStatusAt(Context* context, const v1::GetTrustStatusAtRequest* request,
                            v1::GetTrustStatusAtResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ListReverificationDue(Context* context, const v1::ListReverificationDueRequest* request,
                                 v1::ListReverificationDueResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ListEvidenceDevices(Context* context, const v1::ListEvidenceDevicesRequest* request,
                               v1::ListEvidenceDevicesResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ExplainPair(Context* context, const v1::ExplainPairRequest* request,
                       v1::ExplainPairResponse* response) override {
    return runner_.Run(context, request, response);
  }

 private:
  CallRunner& runner_;
};

class VisitService final : public v1::VisitService::CallbackService {
 public:
  explicit VisitService(CallRunner& runner) : runner_(runner) {}

  Reactor* RecordVisit(Context* context, const v1::RecordVisitRequest* request,
                       v1::RecordVisitResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* CancelVisit(Context* context, const v1::CancelVisitRequest* request,
                       v1::CancelVisitResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* GetVisit(Context* context, const v1::GetVisitRequest* request,
                    v1::GetVisitResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ListVisits(Context* context, const v1::ListVisitsRequest* request,
                      v1::ListVisitsResponse* response) override {
    return runner_.Run(context, request, response);
  }
  grpc::ServerBidiReactor<v1::ImportVisitsRequest, v1::ImportVisitsResponse>* ImportVisits(
      Context* context) override {
    return runner_.ImportVisits(context);
  }

 private:
  CallRunner& runner_;
};

class ReviewService final : public v1::ReviewService::CallbackService {
 public:
  explicit ReviewService(CallRunner& runner) : runner_(runner) {}

  Reactor* ListCases(Context* context, const v1::ListCasesRequest* request,
                     v1::ListCasesResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* GetCase(Context* context, const v1::GetCaseRequest* request,
                   v1::GetCaseResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* CountCases(Context* context, const v1::CountCasesRequest* request,
                      v1::CountCasesResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ListClaimedCases(Context* context, const v1::ListClaimedCasesRequest* request,
                            v1::ListClaimedCasesResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ClaimCase(Context* context, const v1::ClaimCaseRequest* request,
                     v1::ClaimCaseResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ReleaseCase(Context* context, const v1::ReleaseCaseRequest* request,
                       v1::ReleaseCaseResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* HoldCase(Context* context, const v1::HoldCaseRequest* request,
                    v1::HoldCaseResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* DecideCase(Context* context, const v1::DecideCaseRequest* request,
                      v1::DecideCaseResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* UndoDecision(Context* context, const v1::UndoDecisionRequest* request,
                        v1::UndoDecisionResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ConfirmDecision(Context* context, const v1::ConfirmDecisionRequest* request,
                           v1::ConfirmDecisionResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* RejectDecision(Context* context, const v1::RejectDecisionRequest* request,
                          v1::RejectDecisionResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* GetDecision(Context* context, const v1::GetDecisionRequest* request,
                       v1::GetDecisionResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ListDecisions(Context* context, const v1::ListDecisionsRequest* request,
                         v1::ListDecisionsResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* AddCaseNote(Context* context, const v1::AddCaseNoteRequest* request,
                       v1::AddCaseNoteResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ListCaseNotes(Context* context, const v1::ListCaseNotesRequest* request,
                         v1::ListCaseNotesResponse* response) override {
    return runner_.Run(context, request, response);
  }
  grpc::ServerWriteReactor<v1::WatchCasesResponse>* WatchCases(
      Context* context, const v1::WatchCasesRequest* request) override {
    return runner_.WatchCases(context, request);
  }

 private:
  CallRunner& runner_;
};

class ProposalService final : public v1::ProposalService::CallbackService {
 public:
  explicit ProposalService(CallRunner& runner) : runner_(runner) {}

  grpc::ServerBidiReactor<v1::ExchangeProposalsRequest, v1::ExchangeProposalsResponse>*
  ExchangeProposals(Context* context) override {
    return runner_.ExchangeProposals(context);
  }
  Reactor* ReportMerge(Context* context, const v1::ReportMergeRequest* request,
                       v1::ReportMergeResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ListProposals(Context* context, const v1::ListProposalsRequest* request,
                         v1::ListProposalsResponse* response) override {
    return runner_.Run(context, request, response);
  }

 private:
  CallRunner& runner_;
};

class LabelService final : public v1::LabelService::CallbackService {
 public:
  explicit LabelService(CallRunner& runner) : runner_(runner) {}

  Reactor* NextLabel(Context* context, const v1::NextLabelRequest* request,
                     v1::NextLabelResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* RecordLabel(Context* context, const v1::RecordLabelRequest* request,
                       v1::RecordLabelResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ListLabelledPairs(Context* context, const v1::ListLabelledPairsRequest* request,
                             v1::ListLabelledPairsResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* GetReviewQuality(Context* context, const v1::GetReviewQualityRequest* request,
                            v1::GetReviewQualityResponse* response) override {
    return runner_.Run(context, request, response);
  }

 private:
  CallRunner& runner_;
};

class QualificationService final : public v1::QualificationService::CallbackService {
 public:
  explicit QualificationService(CallRunner& runner) : runner_(runner) {}

  Reactor* ComputeRate(Context* context, const v1::ComputeRateRequest* request,
                       v1::ComputeRateResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ListDefinitions(Context* context, const v1::ListDefinitionsRequest* request,
                           v1::ListDefinitionsResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* CloseDay(Context* context, const v1::CloseDayRequest* request,
                    v1::CloseDayResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ListSnapshots(Context* context, const v1::ListSnapshotsRequest* request,
                         v1::ListSnapshotsResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* GetSnapshot(Context* context, const v1::GetSnapshotRequest* request,
                       v1::GetSnapshotResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* DiffSnapshots(Context* context, const v1::DiffSnapshotsRequest* request,
                         v1::DiffSnapshotsResponse* response) override {
    return runner_.Run(context, request, response);
  }

 private:
  CallRunner& runner_;
};

class BacklogService final : public v1::BacklogService::CallbackService {
 public:
  explicit BacklogService(CallRunner& runner) : runner_(runner) {}

  Reactor* ListBacklog(Context* context, const v1::ListBacklogRequest* request,
                       v1::ListBacklogResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* SummarizeBacklog(Context* context, const v1::SummarizeBacklogRequest* request,
                            v1::SummarizeBacklogResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* ComputeQualityIndicators(Context* context,
                                    const v1::ComputeQualityIndicatorsRequest* request,
                                    v1::ComputeQualityIndicatorsResponse* response) override {
    return runner_.Run(context, request, response);
  }

 private:
  CallRunner& runner_;
};

class AdministrationService final : public v1::AdministrationService::CallbackService {
 public:
  explicit AdministrationService(CallRunner& runner) : runner_(runner) {}

  Reactor* GetStatus(Context* context, const v1::GetStatusRequest* request,
                     v1::GetStatusResponse* response) override {
    return runner_.Run(context, request, response);
  }
  Reactor* VerifyFigures(Context* context, const v1::VerifyFiguresRequest* request,
                         v1::VerifyFiguresResponse* response) override {
    return runner_.Run(context, request, response);
  }

 private:
  CallRunner& runner_;
};

class ExportService final : public v1::ExportService::CallbackService {
 public:
  explicit ExportService(CallRunner& runner) : runner_(runner) {}

  grpc::ServerWriteReactor<v1::ExportIdentitiesResponse>* ExportIdentities(
      Context* context, const v1::ExportIdentitiesRequest* /*request*/) override {
    return runner_.ExportIdentities(context);
  }
  grpc::ServerWriteReactor<v1::ExportVisitsResponse>* ExportVisits(
      Context* context, const v1::ExportVisitsRequest* /*request*/) override {
    return runner_.ExportVisits(context);
  }
  grpc::ServerWriteReactor<v1::ExportCasesResponse>* ExportCases(
      Context* context, const v1::ExportCasesRequest* /*request*/) override {
    return runner_.ExportCases(context);
  }
  grpc::ServerWriteReactor<v1::ExportAuditResponse>* ExportAudit(
      Context* context, const v1::ExportAuditRequest* /*request*/) override {
    return runner_.ExportAudit(context);
  }

 private:
  CallRunner& runner_;
};

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> MakeServices(CallRunner& runner) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(std::make_unique<IdentityService>(runner));
  services.push_back(std::make_unique<VisitService>(runner));
  services.push_back(std::make_unique<ReviewService>(runner));
  services.push_back(std::make_unique<ProposalService>(runner));
  services.push_back(std::make_unique<LabelService>(runner));
  services.push_back(std::make_unique<QualificationService>(runner));
  services.push_back(std::make_unique<BacklogService>(runner));
  services.push_back(std::make_unique<AdministrationService>(runner));
  services.push_back(std::make_unique<ExportService>(runner));
  return services;
}

}  // namespace vigie::daemon
