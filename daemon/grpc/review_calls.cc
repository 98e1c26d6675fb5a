#include "daemon/grpc/calls.h"
#include "daemon/grpc/convert.h"
#include "daemon/grpc/page_token.h"

namespace vigie::daemon {

absl::Status Answer(Registry& registry, const v1::ListCasesRequest& request,
                    v1::ListCasesResponse* answer) {
  RequestProblems problems;
  const storage::CaseFilter filter = ToCaseFilter(request.filter(), "filter", problems);
  if (request.page_size() < 0) problems.Add("page_size", "out_of_range");
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const std::string query = "cases/" + request.filter().SerializeAsString();
  const absl::StatusOr<std::string> token = UnbindPageToken(query, request.page_token());
  if (!token.ok()) return token.status();
  const absl::StatusOr<storage::CasePage> page =
      registry.ListCases(filter, PageSize(request.page_size()), *token);
  if (!page.ok()) return page.status();
  *answer = ToProto(*page);
  answer->set_next_page_token(BindPageToken(query, page->next_page_token));
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::GetCaseRequest& request,
                    v1::GetCaseResponse* answer) {
  RequestProblems problems;
  const std::uint64_t id = ToNumber(request.case_id(), "case_id", problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<matching::Case> review_case = registry.GetCase(id);
  if (!review_case.ok()) return review_case.status();
  *answer->mutable_review_case() = ToProto(*review_case);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::CountCasesRequest& request,
                    v1::CountCasesResponse* answer) {
  RequestProblems problems;
  const storage::CaseFilter filter = ToCaseFilter(request.filter(), "filter", problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<std::int64_t> count = registry.CountCases(filter);
  if (!count.ok()) return count.status();
  answer->set_case_count(*count);
  return absl::OkStatus();
}

}  // namespace vigie::daemon
