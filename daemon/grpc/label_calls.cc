#include "daemon/grpc/calls.h"
#include "daemon/grpc/convert.h"
#include "daemon/grpc/page_token.h"

namespace vigie::daemon {

absl::Status Answer(Registry& registry, const v1::NextLabelRequest& request,
                    v1::NextLabelResponse* answer) {
  const absl::StatusOr<NextLabelResult> next = registry.NextLabel(request.labeller());
  if (!next.ok()) return next.status();
  *answer = ToProto(*next);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::RecordLabelRequest& request,
                    v1::RecordLabelResponse* answer) {
  RequestProblems problems;
  const LabelRequest asked = ToRequest(request, problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<LabelResult> result = registry.RecordLabel(asked);
  if (!result.ok()) return result.status();
  *answer = ToProto(*result);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::ListLabelledPairsRequest& request,
                    v1::ListLabelledPairsResponse* answer) {
  RequestProblems problems;
  if (request.page_size() < 0) problems.Add("page_size", "out_of_range");
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const std::string query = request.differing_only() ? "labels/differing" : "labels";
  const absl::StatusOr<std::string> token = UnbindPageToken(query, request.page_token());
  if (!token.ok()) return token.status();
  const absl::StatusOr<LabelledPairsPage> page =
      registry.ListLabelledPairs({request.differing_only(), PageSize(request.page_size()), *token});
  if (!page.ok()) return page.status();
  for (const matching::LabelPair& pair : page->pairs) *answer->add_pairs() = ToProto(pair);
  answer->set_next_page_token(BindPageToken(query, page->next_page_token));
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::GetReviewQualityRequest& request,
                    v1::GetReviewQualityResponse* answer, const GivenUp& given_up) {
  RequestProblems problems;
  ReviewQualityRequest asked;
  asked.from = ToDate(request.start_date(), "start_date", problems);
  asked.to = ToDate(request.end_date(), "end_date", problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  asked.given_up = given_up;
  const absl::StatusOr<ReviewQualityResult> result = registry.ReviewQuality(asked);
  if (!result.ok()) return result.status();
  *answer = ToProto(*result);
  return absl::OkStatus();
}

}  // namespace vigie::daemon
