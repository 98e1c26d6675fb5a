#include "daemon/grpc/calls.h"
#include "daemon/grpc/convert.h"

namespace vigie::daemon {

absl::Status Answer(Registry& registry, const v1::ComputeRateRequest& request,
                    v1::ComputeRateResponse* answer, const GivenUp& given_up) {
  RequestProblems problems;
  RateRequest rate = ToRequest(request, problems);
  rate.given_up = given_up;
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<RateResult> result = registry.Rate(rate);
  if (!result.ok()) return result.status();
  *answer = ToProto(*result);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::ListDefinitionsRequest& /*request*/,
                    v1::ListDefinitionsResponse* answer) {
  for (const matching::IndicatorDefinition& definition : registry.Definitions()) {
    *answer->add_definitions() = ToProto(definition);
  }
  return absl::OkStatus();
}

}  // namespace vigie::daemon
