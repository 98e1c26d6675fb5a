#include "daemon/grpc/calls.h"
#include "daemon/grpc/convert.h"
#include "daemon/grpc/errors.h"
#include "daemon/grpc/page_token.h"

namespace vigie::daemon {

absl::Status Answer(Registry& registry, const v1::ListBacklogRequest& request,
                    v1::ListBacklogResponse* answer, const GivenUp& given_up) {
  RequestProblems problems;
  BacklogRequest backlog = ToRequest(request, problems);
  backlog.given_up = given_up;
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const std::string query =
      "backlog/" + request.reason() + "/" + request.scope().SerializeAsString();
  absl::StatusOr<std::string> token = UnbindPageToken(query, request.page_token());
  if (!token.ok()) return token.status();
  backlog.page_token = *std::move(token);
  backlog.page_size = PageSize(request.page_size());
  const absl::StatusOr<BacklogPage> page = registry.ListBacklog(backlog);
  if (!page.ok()) return PrefixFields(page.status(), "scope.");
  *answer = ToProto(*page);
  answer->set_next_page_token(BindPageToken(query, page->next_page_token));
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::SummarizeBacklogRequest& request,
                    v1::SummarizeBacklogResponse* answer, const GivenUp& given_up) {
  RequestProblems problems;
  const BacklogScope scope = ToBacklogScope(request.scope(), problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<BacklogSummary> summary = registry.SummarizeBacklog(scope, given_up);
  if (!summary.ok()) return PrefixFields(summary.status(), "scope.");
  *answer = ToProto(*summary);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::ComputeQualityIndicatorsRequest& request,
                    v1::ComputeQualityIndicatorsResponse* answer, const GivenUp& given_up) {
  RequestProblems problems;
  QualityRequest quality = ToRequest(request, problems);
  quality.given_up = given_up;
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<QualityResult> result = registry.QualityIndicators(quality);
  if (!result.ok()) return result.status();
  *answer = ToProto(*result);
  return absl::OkStatus();
}

}  // namespace vigie::daemon
