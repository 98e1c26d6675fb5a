#include "daemon/grpc/calls.h"
#include "daemon/grpc/convert.h"

namespace vigie::daemon {

absl::Status Answer(Registry& registry, const v1::GetStatusRequest& /*request*/,
                    v1::GetStatusResponse* answer) {
  const absl::StatusOr<StatusResult> result = registry.Status();
  if (!result.ok()) return result.status();
  *answer = ToProto(*result);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::VerifyFiguresRequest& request,
                    v1::VerifyFiguresResponse* answer, const GivenUp& given_up) {
  VerifyFiguresRequest asked;
  asked.differences_max = request.differences_max();
  asked.given_up = given_up;
  const absl::StatusOr<VerifyFiguresResult> result = registry.VerifyFigures(asked);
  if (!result.ok()) return result.status();
  *answer = ToProto(*result);
  return absl::OkStatus();
}

}  // namespace vigie::daemon
