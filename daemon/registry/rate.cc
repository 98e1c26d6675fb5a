#include "daemon/registry/rate.h"

#include <algorithm>
#include <utility>

#include "daemon/registry/checks.h"
#include "daemon/registry/errors.h"
#include "matching/date.h"
#include "matching/indicator.h"

namespace vigie::daemon {
namespace {

using matching::IndicatorPopulation;

void CheckDay(const matching::Date& day, const char* field, Problems& problems) {
  if (!matching::IsValid(day) || !matching::IsComplete(day)) {
    problems.push_back({field, matching::IsAbsent(day) ? "required" : "not_a_date", std::nullopt});
  }
}

// The days asked for, or the definition's own at the reference day.
matching::DayWindow DaysAsked(const RateRequest& request,
                              const matching::IndicatorDefinition& definition,
                              const matching::Date& today, Problems& problems) {
  const bool stated = !matching::IsAbsent(request.from) || !matching::IsAbsent(request.to);
  if (!stated) {
    const bool refers = !matching::IsAbsent(request.reference_day);
    if (refers) CheckDay(request.reference_day, "reference_day", problems);
    if (!problems.empty()) return {};
    const auto own = ResolveWindow(definition, refers ? request.reference_day : today);
    if (own) return *own;
  }
  CheckDay(request.from, "from", problems);
  CheckDay(request.to, "to", problems);
  if (stated && !matching::IsAbsent(request.reference_day)) {
    problems.push_back({"reference_day", "not_with_dates", std::nullopt});
  }
  if (problems.empty() && request.to < request.from) {
    problems.push_back({"to", "before_from", std::nullopt});
  }
  return {request.from, request.to};
}

std::vector<RateGrouping> GroupsAsked(const RateRequest& request, Problems& problems) {
  std::vector<RateGrouping> group_by;
  for (const std::string& name : request.group_by) {
    const std::optional<RateGrouping> grouping = FindRateGrouping(name);
    if (!grouping) {
      problems.push_back({"group_by", "unknown_group", std::nullopt});
    } else if (std::find(group_by.begin(), group_by.end(), *grouping) != group_by.end()) {
      problems.push_back({"group_by", "repeated_group", std::nullopt});
    } else {
      group_by.push_back(*grouping);
    }
  }
  return group_by;
}

// Identities stand in no site and no month.
void CheckStock(const RateRequest& request, Problems& problems) {
  const std::pair<const char*, bool> not_asked[] = {
      {"group_by", request.group_by.empty()},
      {"site_finess", request.site_finess.empty()},
      {"legal_entity_finess", request.legal_entity_finess.empty()},
  };
  for (const auto& [field, empty] : not_asked) {
    if (!empty) problems.push_back({field, "not_for_identity_stock", std::nullopt});
  }
}

const matching::IndicatorDefinition* FindDefinition(const Environment& environment,
                                                    const std::string& name) {
  if (name.empty() && !environment.definitions.empty()) return &environment.definitions.front();
  for (const matching::IndicatorDefinition& definition : environment.definitions) {
    if (definition.name == name) return &definition;
  }
  return nullptr;
}

matching::IndicatorQuery QueryOf(const RatePlan& plan, const absl::TimeZone& zone) {
  const matching::Date day_after =
      matching::DateFromDays(matching::DaysSinceEpoch(plan.days.to) + 1);
  matching::IndicatorQuery query;
  query.window_begin = StartOfDay(plan.days.from, zone);
  query.window_end = StartOfDay(day_after, zone);
  query.status_at = plan.cut_off.value_or(plan.as_of);
  if (plan.cut_off) query.window_end = std::min(query.window_end, *plan.cut_off);
  return query;
}

}  // namespace

absl::StatusOr<RatePlan> PlanRate(const Environment& environment, const RateRequest& request) {
  const matching::IndicatorDefinition* definition = FindDefinition(environment, request.definition);
  if (definition == nullptr) {
    return MakeError(Reason::kDefinitionNotFound, "no such indicator definition");
  }
  RatePlan plan;
  plan.definition = *definition;
  plan.as_of = Now(environment);
  Problems problems;
  plan.days = DaysAsked(request, *definition, DayOf(plan.as_of, environment.zone), problems);
  plan.group_by = GroupsAsked(request, problems);
  if (definition->population == IndicatorPopulation::kIdentityStock) CheckStock(request, problems);
  if (request.cut_off && *request.cut_off > plan.as_of) {
    problems.push_back({"cut_off", "in_the_future", std::nullopt});
  }
  if (!problems.empty()) return ToStatus(std::move(problems));
  plan.cut_off = request.cut_off;
  plan.site_finess = request.site_finess;
  plan.legal_entity_finess = request.legal_entity_finess;
  plan.query = QueryOf(plan, environment.zone);
  return plan;
}

}  // namespace vigie::daemon
