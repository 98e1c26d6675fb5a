// The qualification rate of a window: visits by the day of their admission in the establishment's
// zone, counted by the definition asked for (matching/indicator.h).
//
// A request is checked and resolved once (PlanRate); whoever counts, here by a scan of the records
// or elsewhere from kept figures, counts what the plan says.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/rate_groups.h"
#include "daemon/registry/registry.h"
#include "storage/store.h"

namespace vigie::daemon {

// More rows than a report can be read with; a bound on the memory of one call.
inline constexpr std::size_t kRateRowCountMax = 50'000;

// Parts a count is done in, side by side where the machine can (RegistryOptions::run_together).
inline constexpr std::size_t kRateParts = 2;

// What a request asks for, in full.
struct RatePlan {
  matching::IndicatorDefinition definition;
  matching::DayWindow days;
  std::optional<matching::Instant> cut_off;
  matching::IndicatorQuery query;  // the days in instants, ended by the cut-off; the extraction
  std::vector<RateGrouping> group_by;
  std::string site_finess, legal_entity_finess;  // filters, empty: all
  matching::Instant as_of{};                     // now
};

// INVALID_ARGUMENT fields_invalid, NOT_FOUND definition_not_found.
absl::StatusOr<RatePlan> PlanRate(const Environment& environment, const RateRequest& request);

// One pass over the records, on one frozen view (rate_scan.cc). RESOURCE_EXHAUSTED too_many_groups,
// DEADLINE_EXCEEDED deadline_passed once `given_up` (may be empty; asked from several threads) says
// so, DATA_LOSS.
absl::StatusOr<RateResult> RecomputeRate(const Environment& environment, const RatePlan& plan,
                                         const storage::View& view,
                                         const std::function<bool()>& given_up);

}  // namespace vigie::daemon
