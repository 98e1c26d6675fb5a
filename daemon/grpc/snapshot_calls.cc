#include "daemon/grpc/calls.h"
#include "daemon/grpc/convert.h"
#include "daemon/grpc/page_token.h"

namespace vigie::daemon {

absl::Status Answer(Registry& registry, const v1::CloseDayRequest& request,
                    v1::CloseDayResponse* answer, const GivenUp& given_up) {
  RequestProblems problems;
  CloseDayRequest close = ToRequest(request, problems);
  close.given_up = given_up;
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<CloseDayResult> result = registry.CloseDay(close);
  if (!result.ok()) return result.status();
  *answer = ToProto(*result);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::ListSnapshotsRequest& request,
                    v1::ListSnapshotsResponse* answer) {
  RequestProblems problems;
  ListSnapshotsRequest list = ToRequest(request, problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  v1::ListSnapshotsRequest filter = request;
  filter.clear_page_size();
  filter.clear_page_token();
  const std::string query = "snapshots/" + filter.SerializeAsString();
  absl::StatusOr<std::string> token = UnbindPageToken(query, request.page_token());
  if (!token.ok()) return token.status();
  list.page_token = *std::move(token);
  const absl::StatusOr<SnapshotPage> page = registry.ListSnapshots(list);
  if (!page.ok()) return page.status();
  *answer = ToProto(*page);
  answer->set_next_page_token(BindPageToken(query, page->next_page_token));
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::GetSnapshotRequest& request,
                    v1::GetSnapshotResponse* answer) {
  RequestProblems problems;
  const SnapshotName name = ToRequest(request, problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<storage::FigureSnapshot> snapshot = registry.GetSnapshot(name);
  if (!snapshot.ok()) return snapshot.status();
  *answer->mutable_snapshot() = ToProto(*snapshot);
  for (const storage::FigureRow& row : snapshot->rows) *answer->add_rows() = ToProto(row);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::DiffSnapshotsRequest& request,
                    v1::DiffSnapshotsResponse* answer) {
  RequestProblems problems;
  const SnapshotPair pair = ToRequest(request, problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<SnapshotDifference> difference =
      registry.DiffSnapshots(pair.before, pair.after);
  if (!difference.ok()) return difference.status();
  *answer = ToProto(*difference);
  return absl::OkStatus();
}

}  // namespace vigie::daemon
