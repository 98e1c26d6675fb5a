// Contract messages to value types and back. Nothing else converts.
//
// Reading a message never fails half-way: what cannot be read is noted in `RequestProblems` under
// its path and the caller refuses the request with all of them at once. Nothing is dropped in
// silence: an output-only field that is filled in, an enum value the contract does not have, a
// number that is none are problems. What the use cases themselves check (lengths, names, calendar,
// OIDs) is left to them. All functions are pure and thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/registry.h"
#include "vigie/v1/administration.pb.h"
#include "vigie/v1/backlog.pb.h"
#include "vigie/v1/identity.pb.h"
#include "vigie/v1/label.pb.h"
#include "vigie/v1/proposal.pb.h"
#include "vigie/v1/qualification.pb.h"
#include "vigie/v1/review.pb.h"
#include "vigie/v1/types.pb.h"
#include "vigie/v1/visit.pb.h"

namespace vigie::daemon {

// What is wrong with a request, in the order found. At most kProblemsMax are kept.
class RequestProblems {
 public:
  static constexpr std::size_t kProblemsMax = 16;
  void Add(std::string field, std::string code);
  // OK, or INVALID_ARGUMENT `fields_invalid`.
  absl::Status ToStatus() const;

 private:
  std::vector<FieldProblem> problems_;
};

// Messages to values. `path` is where the message stands in its request, without a final dot; ""
// for the request itself. Codes noted: "not_a_number", "out_of_range", "unknown_enum_value",
// "required", "output_only", "unknown_field", "repeated".

// Decimal text of 1 and above, without sign or leading zero.
std::uint64_t ToNumber(const std::string& text, const std::string& path, RequestProblems& problems);
// The same, but empty is 0: whatever the version is.
std::int64_t ToVersion(const std::string& etag, const std::string& path, RequestProblems& problems);
matching::Instant ToInstant(const google::protobuf::Timestamp& time, const std::string& path,
                            RequestProblems& problems);
// The same for an instant that must be `given`.
matching::Instant ToRequiredInstant(bool given, const google::protobuf::Timestamp& time,
                                    const std::string& path, RequestProblems& problems);
matching::Date ToDate(const v1::Date& date, const std::string& path, RequestProblems& problems);
matching::Sex ToSex(v1::Traits::Sex sex, const std::string& path, RequestProblems& problems);
matching::Traits ToTraits(const v1::Traits& traits, const std::string& path,
                          RequestProblems& problems);
matching::Ins ToIns(const v1::Ins& ins);
matching::Attributes ToAttributes(const v1::Attributes& attributes);
matching::InsiAnswer ToInsiAnswer(const v1::InsiAnswer& answer, const std::string& path,
                                  RequestProblems& problems);
matching::Evidence ToEvidence(const v1::Evidence& evidence, const std::string& path,
                              RequestProblems& problems);
matching::Visit ToVisit(const v1::Visit& visit, const std::string& path, RequestProblems& problems);
QueueFilter ToQueueFilter(const v1::CaseFilter& filter, const std::string& path,
                          RequestProblems& problems);

// convert_review.cc
CaseRequest ToRequest(const v1::ClaimCaseRequest& message, RequestProblems& problems);
CaseRequest ToRequest(const v1::ReleaseCaseRequest& message, RequestProblems& problems);
CaseRequest ToRequest(const v1::HoldCaseRequest& message, RequestProblems& problems);
CaseNoteRequest ToRequest(const v1::AddCaseNoteRequest& message, RequestProblems& problems);
CaseWatch ToRequest(const v1::WatchCasesRequest& message, RequestProblems& problems);
DecideRequest ToRequest(const v1::DecideCaseRequest& message, RequestProblems& problems);
DecisionRequest ToRequest(const v1::UndoDecisionRequest& message, RequestProblems& problems);
DecisionRequest ToRequest(const v1::ConfirmDecisionRequest& message, RequestProblems& problems);
DecisionRequest ToRequest(const v1::RejectDecisionRequest& message, RequestProblems& problems);
// Its page token is left to the caller, who unbinds it.
DecisionListRequest ToRequest(const v1::ListDecisionsRequest& message, RequestProblems& problems);

// convert_label.cc
LabelRequest ToRequest(const v1::RecordLabelRequest& message, RequestProblems& problems);
v1::NextLabelResponse ToProto(const NextLabelResult& result);
v1::RecordLabelResponse ToProto(const LabelResult& result);
v1::LabelledPair ToProto(const matching::LabelPair& pair);
v1::GetReviewQualityResponse ToProto(const ReviewQualityResult& result);

// Requests. `context` of a row is made by the caller.
SearchRequest ToRequest(const v1::SearchIdentitiesRequest& message, RequestProblems& problems);
MatchRequest ToRequest(const v1::MatchIdentityRequest& message, RequestProblems& problems);
RegisterRequest ToRequest(const v1::RegisterIdentityRequest& message, RequestProblems& problems);
RegisterRequest ToRegisterRequest(const v1::NewIdentity& identity, MutationContext context,
                                  const std::string& path, RequestProblems& problems);
UpdateRequest ToRequest(const v1::UpdateIdentityRequest& message, RequestProblems& problems);
InsiAnswerRequest ToRequest(const v1::RecordInsiAnswerRequest& message, RequestProblems& problems);
InsWithdrawalRequest ToRequest(const v1::WithdrawInsRequest& message, RequestProblems& problems);
EvidenceRequest ToRequest(const v1::RecordEvidenceRequest& message, RequestProblems& problems);
InsiFaultRequest ToRequest(const v1::RecordInsiFaultRequest& message, RequestProblems& problems);
InsConfirmationRequest ToRequest(const v1::ConfirmInsRequest& message, RequestProblems& problems);
VitaleReadingRequest ToRequest(const v1::RecordVitaleAppReadingRequest& message,
                               RequestProblems& problems);
ReverificationRequest ToRequest(const v1::ListReverificationDueRequest& message,
                                RequestProblems& problems);
AttributesRequest ToRequest(const v1::SetAttributesRequest& message, RequestProblems& problems);
VisitRequest ToRequest(const v1::RecordVisitRequest& message, RequestProblems& problems);
CancelVisitRequest ToRequest(const v1::CancelVisitRequest& message, RequestProblems& problems);
RateRequest ToRequest(const v1::ComputeRateRequest& message, RequestProblems& problems);
CloseDayRequest ToRequest(const v1::CloseDayRequest& message, RequestProblems& problems);
// Its page token is left to the caller, who unbinds it.
ListSnapshotsRequest ToRequest(const v1::ListSnapshotsRequest& message, RequestProblems& problems);
SnapshotName ToRequest(const v1::GetSnapshotRequest& message, RequestProblems& problems);
struct SnapshotPair {
  SnapshotName before, after;
};
SnapshotPair ToRequest(const v1::DiffSnapshotsRequest& message, RequestProblems& problems);
// convert_backlog.cc. Page size and token are the caller's business.
BacklogScope ToBacklogScope(const v1::BacklogScope& message, RequestProblems& problems);
BacklogRequest ToRequest(const v1::ListBacklogRequest& message, RequestProblems& problems);
QualityRequest ToRequest(const v1::ComputeQualityIndicatorsRequest& message,
                         RequestProblems& problems);

// Values to messages.
void SetTime(matching::Instant instant, google::protobuf::Timestamp* time);
v1::Sentence ToProto(const matching::Sentence& sentence);
v1::RateRow ToProto(const storage::FigureRow& row);
v1::Snapshot ToProto(const storage::FigureSnapshot& snapshot);  // without its rows
v1::Date ToProto(const matching::Date& date);
v1::Traits ToProto(const matching::Traits& traits);
v1::Ins ToProto(const matching::Ins& ins);
v1::InsiAnswer ToProto(const matching::InsiAnswer& answer);
v1::Evidence ToProto(const matching::Evidence& evidence);
v1::Identity::TrustStatus ToProto(matching::TrustStatus status);
v1::EvidenceDevice ToProto(const matching::EvidenceDevice& device);
v1::TraitDifference ToProto(const matching::TraitDifference& difference);
v1::Identity ToProto(const matching::Identity& identity);
v1::Change ToProto(const matching::Change& change);
v1::Visit ToProto(const matching::Visit& visit);
v1::Score::Band ToProto(matching::Band band);
// convert_review.cc
v1::Case ToProto(const matching::Case& review_case);
v1::Proposal ToProto(const matching::Proposal& proposal);  // proposal_calls.cc
v1::CaseNote ToProto(const matching::CaseNote& note);
v1::Decision ToProto(const matching::Decision& decision);
v1::MergePreview ToProto(const MergePreview& preview);
v1::Score ToProto(const matching::Score& score);
v1::Explanation ToProto(const matching::Explanation& explanation);
v1::IndicatorDefinition ToProto(const matching::IndicatorDefinition& definition);
v1::RateRow ToProto(const matching::IndicatorRow& row);

// Answers.
v1::SearchIdentitiesResponse ToProto(const SearchResult& result);
v1::MatchIdentityResponse ToProto(const MatchResult& result);
v1::RegisterIdentityResponse ToProto(const RegisterResult& result);
v1::ImportIdentitiesResponse::Imported ToImported(const RegisterResult& result);
v1::ExplainPairResponse ToProto(const ExplainResult& result);
v1::CompareInsiAnswerResponse ToProto(const InsiComparison& comparison);
v1::GetTrustStatusAtResponse ToProto(const StatusAtResult& result);
v1::ListReverificationDueResponse ToProto(const ReverificationPage& page);
v1::RecordVisitResponse ToProto(const VisitResult& result);
v1::CancelVisitResponse ToCancelled(const VisitResult& result);
v1::ImportVisitsResponse::Imported ToImported(const VisitResult& result);
v1::ListCasesResponse ToProto(const QueuePage& page);
v1::GetCaseResponse ToProto(const CaseView& view);
// The calls that change a case or a decision answer alike.
template <class Response>
Response ToCaseResponse(const CaseResult& result) {
  Response response;
  *response.mutable_review_case() = ToProto(result.review_case);
  response.set_commit_number(result.commit_number);
  return response;
}
template <class Response>
Response ToDecideResponse(const DecideResult& result) {
  Response response;
  if (result.review_case) *response.mutable_review_case() = ToProto(*result.review_case);
  *response.mutable_decision() = ToProto(result.decision);
  if constexpr (requires { response.mutable_merge(); }) {
    if (result.merge) *response.mutable_merge() = ToProto(*result.merge);
  }
  response.set_commit_number(result.commit_number);
  return response;
}
v1::ComputeRateResponse ToProto(const RateResult& result);
v1::CloseDayResponse ToProto(const CloseDayResult& result);
v1::ListSnapshotsResponse ToProto(const SnapshotPage& page);
v1::DiffSnapshotsResponse ToProto(const SnapshotDifference& difference);
v1::ListBacklogResponse ToProto(const BacklogPage& page);
v1::SummarizeBacklogResponse ToProto(const BacklogSummary& summary);
v1::ComputeQualityIndicatorsResponse ToProto(const QualityResult& result);
v1::GetStatusResponse ToProto(const StatusResult& result);
v1::VerifyFiguresResponse ToProto(const VerifyFiguresResult& result);
// The changes of one identity answer alike: UpdateIdentity, RecordInsiAnswer, WithdrawIns,
// RecordEvidence, RecordInsiFault, ConfirmIns, RecordVitaleAppReading, SetAttributes.
template <class Response>
Response ToMutationResponse(const MutationResult& result) {
  Response response;
  *response.mutable_identity() = ToProto(result.identity);
  for (const std::uint64_t id : result.opened_case_ids) {
    response.add_opened_case_ids(std::to_string(id));
  }
  response.mutable_warnings()->Assign(result.warnings.begin(), result.warnings.end());
  response.set_commit_number(result.commit_number);
  if constexpr (requires { response.add_differences(); }) {
    for (const matching::TraitDifference& difference : result.differences) {
      *response.add_differences() = ToProto(difference);
    }
  }
  return response;
}

}  // namespace vigie::daemon
