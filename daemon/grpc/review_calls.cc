#include "daemon/grpc/calls.h"
#include "daemon/grpc/convert.h"
#include "daemon/grpc/page_token.h"

namespace vigie::daemon {

absl::Status Answer(Registry& registry, const v1::ListCasesRequest& request,
                    v1::ListCasesResponse* answer) {
  RequestProblems problems;
  QueueRequest asked;
  asked.filter = ToQueueFilter(request.filter(), "filter", problems);
  asked.collapse_groups = request.collapse_groups();
  asked.page_size = PageSize(request.page_size());
  if (request.page_size() < 0) problems.Add("page_size", "out_of_range");
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  v1::ListCasesRequest query = request;
  query.clear_page_size();
  query.clear_page_token();
  const std::string bound = "cases/" + query.SerializeAsString();
  const absl::StatusOr<std::string> token = UnbindPageToken(bound, request.page_token());
  if (!token.ok()) return token.status();
  asked.page_token = *token;
  const absl::StatusOr<QueuePage> page = registry.ListCases(asked);
  if (!page.ok()) return page.status();
  *answer = ToProto(*page);
  answer->set_next_page_token(BindPageToken(bound, page->next_page_token));
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::GetCaseRequest& request,
                    v1::GetCaseResponse* answer) {
  RequestProblems problems;
  const std::uint64_t id = ToNumber(request.case_id(), "case_id", problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<CaseView> view = registry.GetCase(id);
  if (!view.ok()) return view.status();
  *answer = ToProto(*view);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::CountCasesRequest& request,
                    v1::CountCasesResponse* answer) {
  RequestProblems problems;
  const QueueFilter filter = ToQueueFilter(request.filter(), "filter", problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<std::int64_t> count = registry.CountCases(filter);
  if (!count.ok()) return count.status();
  answer->set_case_count(*count);
  return absl::OkStatus();
}

namespace {

// Reads a request, calls the registry, and makes the answer.
template <typename Request, typename Response, typename Call, typename Convert>
absl::Status AnswerChange(const Request& message, const Call& call, const Convert& convert,
                          Response* answer) {
  RequestProblems problems;
  const auto request = ToRequest(message, problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const auto result = call(request);
  if (!result.ok()) return result.status();
  *answer = convert(*result);
  return absl::OkStatus();
}

}  // namespace

absl::Status Answer(Registry& registry, const v1::ListClaimedCasesRequest& request,
                    v1::ListClaimedCasesResponse* answer) {
  const auto cases = registry.ClaimedCases(request.assignee());
  if (!cases.ok()) return cases.status();
  for (const matching::Case& one : *cases) *answer->add_cases() = ToProto(one);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::ClaimCaseRequest& request,
                    v1::ClaimCaseResponse* answer) {
  return AnswerChange(
      request, [&](const CaseRequest& asked) { return registry.ClaimCase(asked); },
      ToCaseResponse<v1::ClaimCaseResponse>, answer);
}

absl::Status Answer(Registry& registry, const v1::ReleaseCaseRequest& request,
                    v1::ReleaseCaseResponse* answer) {
  return AnswerChange(
      request, [&](const CaseRequest& asked) { return registry.ReleaseCase(asked); },
      ToCaseResponse<v1::ReleaseCaseResponse>, answer);
}

absl::Status Answer(Registry& registry, const v1::HoldCaseRequest& request,
                    v1::HoldCaseResponse* answer) {
  return AnswerChange(
      request, [&](const CaseRequest& asked) { return registry.HoldCase(asked); },
      ToCaseResponse<v1::HoldCaseResponse>, answer);
}

absl::Status Answer(Registry& registry, const v1::DecideCaseRequest& request,
                    v1::DecideCaseResponse* answer) {
  return AnswerChange(
      request, [&](const DecideRequest& asked) { return registry.Decide(asked); },
      ToDecideResponse<v1::DecideCaseResponse>, answer);
}

absl::Status Answer(Registry& registry, const v1::UndoDecisionRequest& request,
                    v1::UndoDecisionResponse* answer) {
  return AnswerChange(
      request, [&](const DecisionRequest& asked) { return registry.UndoDecision(asked); },
      ToDecideResponse<v1::UndoDecisionResponse>, answer);
}

absl::Status Answer(Registry& registry, const v1::ConfirmDecisionRequest& request,
                    v1::ConfirmDecisionResponse* answer) {
  return AnswerChange(
      request, [&](const DecisionRequest& asked) { return registry.ConfirmDecision(asked); },
      ToDecideResponse<v1::ConfirmDecisionResponse>, answer);
}

absl::Status Answer(Registry& registry, const v1::RejectDecisionRequest& request,
                    v1::RejectDecisionResponse* answer) {
  return AnswerChange(
      request, [&](const DecisionRequest& asked) { return registry.RejectDecision(asked); },
      ToDecideResponse<v1::RejectDecisionResponse>, answer);
}

absl::Status Answer(Registry& registry, const v1::GetDecisionRequest& request,
                    v1::GetDecisionResponse* answer) {
  RequestProblems problems;
  const std::uint64_t id = ToNumber(request.decision_id(), "decision_id", problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const auto decision = registry.GetDecision(id);
  if (!decision.ok()) return decision.status();
  *answer->mutable_decision() = ToProto(*decision);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::ListDecisionsRequest& request,
                    v1::ListDecisionsResponse* answer) {
  RequestProblems problems;
  DecisionListRequest asked = ToRequest(request, problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  v1::ListDecisionsRequest query = request;
  query.clear_page_size();
  query.clear_page_token();
  const std::string bound = "decisions/" + query.SerializeAsString();
  const absl::StatusOr<std::string> token = UnbindPageToken(bound, request.page_token());
  if (!token.ok()) return token.status();
  asked.page_token = *token;
  asked.page_size = PageSize(request.page_size());
  const auto page = registry.ListDecisions(asked);
  if (!page.ok()) return page.status();
  for (const matching::Decision& decision : page->decisions) {
    *answer->add_decisions() = ToProto(decision);
  }
  answer->set_next_page_token(BindPageToken(bound, page->next_page_token));
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::AddCaseNoteRequest& request,
                    v1::AddCaseNoteResponse* answer) {
  return AnswerChange(
      request, [&](const CaseNoteRequest& asked) { return registry.AddCaseNote(asked); },
      [](const CaseNoteResult& result) {
        v1::AddCaseNoteResponse response;
        *response.mutable_note() = ToProto(result.note);
        response.set_commit_number(result.commit_number);
        return response;
      },
      answer);
}

absl::Status Answer(Registry& registry, const v1::ListCaseNotesRequest& request,
                    v1::ListCaseNotesResponse* answer) {
  RequestProblems problems;
  CaseNoteListRequest asked;
  asked.case_id = ToNumber(request.case_id(), "case_id", problems);
  if (request.page_size() < 0) problems.Add("page_size", "out_of_range");
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const std::string bound = "notes/" + request.case_id();
  const absl::StatusOr<std::string> token = UnbindPageToken(bound, request.page_token());
  if (!token.ok()) return token.status();
  asked.page_token = *token;
  asked.page_size = PageSize(request.page_size());
  const auto page = registry.ListCaseNotes(asked);
  if (!page.ok()) return page.status();
  for (const matching::CaseNote& note : page->notes) *answer->add_notes() = ToProto(note);
  answer->set_next_page_token(BindPageToken(bound, page->next_page_token));
  return absl::OkStatus();
}

}  // namespace vigie::daemon
