// Quality indicators of the base of identities: duplicates, collisions, INS conflicts, identities
// that stay provisional or doubtful, the age of the review queue. Regional formulas differ, so
// numerator and denominator are given apart and each says what it counts.
#pragma once

#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/registry.h"

namespace vigie::daemon {

inline constexpr std::int32_t kOldAfterDaysDefault = 30;
inline constexpr std::int32_t kOldAfterDaysMax = 3660;

// In this order: duplicates_in_stock, duplicates_in_flow, collisions, ins_conflicts,
// provisional_old, doubtful_old, queue_age_median, queue_age_oldest. One pass over cases,
// identities and the window's visits, on one frozen view. INVALID_ARGUMENT fields_invalid,
// DEADLINE_EXCEEDED deadline_passed.
absl::StatusOr<QualityResult> ComputeQuality(const Environment& environment,
                                             const QualityRequest& request);

}  // namespace vigie::daemon
