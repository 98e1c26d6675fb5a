// The qualification rate of a window: visits by the day of their admission in the establishment's
// zone, counted by the definition asked for (matching/indicator.h).
#pragma once

#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/registry.h"

namespace vigie::daemon {

// More rows than a report can be read with; a bound on the memory of one call.
inline constexpr std::size_t kRateRowCountMax = 50'000;

// INVALID_ARGUMENT fields_invalid, NOT_FOUND definition_not_found, RESOURCE_EXHAUSTED
// too_many_groups. One pass over the visits of the window, on one frozen view.
absl::StatusOr<RateResult> ComputeRate(const Environment& environment, const RateRequest& request);

// "MCO", "SMR", "PSY", "HAD", "DIALYSIS"; "UNKNOWN" for anything else.
const char* ActivityName(matching::Activity activity);

}  // namespace vigie::daemon
