#include "daemon/grpc/calls.h"
#include "daemon/grpc/convert.h"
#include "daemon/grpc/errors.h"
#include "daemon/grpc/import_batch.h"
#include "daemon/grpc/page_token.h"

namespace vigie::daemon {

absl::Status Answer(Registry& registry, const v1::RecordVisitRequest& request,
                    v1::RecordVisitResponse* answer) {
  RequestProblems problems;
  const VisitRequest visit = ToRequest(request, problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<VisitResult> result = registry.RecordVisit(visit);
  if (!result.ok()) return result.status();
  *answer = ToProto(*result);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::CancelVisitRequest& request,
                    v1::CancelVisitResponse* answer) {
  RequestProblems problems;
  const CancelVisitRequest cancellation = ToRequest(request, problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<VisitResult> result = registry.CancelVisit(cancellation);
  if (!result.ok()) return result.status();
  *answer = ToCancelled(*result);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::GetVisitRequest& request,
                    v1::GetVisitResponse* answer) {
  const absl::StatusOr<matching::Visit> visit =
      registry.GetVisit(request.domain(), request.visit_number());
  if (!visit.ok()) return visit.status();
  *answer->mutable_visit() = ToProto(*visit);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::ListVisitsRequest& request,
                    v1::ListVisitsResponse* answer) {
  RequestProblems problems;
  VisitListRequest list;
  list.identity_id = ToNumber(request.identity_id(), "identity_id", problems);
  list.page_size = PageSize(request.page_size());
  if (request.page_size() < 0) problems.Add("page_size", "out_of_range");
  const std::string query = "visits/" + request.identity_id();
  absl::StatusOr<std::string> token = UnbindPageToken(query, request.page_token());
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  if (!token.ok()) return token.status();
  list.page_token = *std::move(token);
  const absl::StatusOr<VisitPage> page = registry.ListVisits(list);
  if (!page.ok()) return page.status();
  for (const matching::Visit& visit : page->visits) *answer->add_visits() = ToProto(visit);
  answer->set_next_page_token(BindPageToken(query, page->next_page_token));
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::ImportVisitsRequest& batch,
                    v1::ImportVisitsResponse* answer) {
  if (absl::Status status = CheckBatch(batch); !status.ok()) return status;
  AnswerRows(
      batch, "",
      [&](const v1::ImportVisitsRequest::Row& row, RequestProblems& problems) {
        VisitRequest request;
        request.context = RowContext(batch, row.row_number());
        request.visit = ToVisit(row.visit(), "visit", problems);
        return request;
      },
      [&](const std::vector<VisitRequest>& requests) { return registry.RecordVisits(requests); },
      answer);
  return absl::OkStatus();
}

}  // namespace vigie::daemon
