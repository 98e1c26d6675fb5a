#include "matching/plausibility.h"

#include <algorithm>
#include <chrono>

namespace vigie::matching {
namespace {

// What clocks, time zones and transfers may blur.
constexpr std::chrono::hours kSlack{24};

bool IsBeforeBirth(const Date& birth, const Visit& visit) {
  if (birth.year == 0) return false;
  const std::chrono::year_month_day first(
      std::chrono::year(birth.year), std::chrono::month(birth.month == 0 ? 1u : birth.month),
      std::chrono::day(birth.month == 0 || birth.day == 0 ? 1u : birth.day));
  return first.ok() && visit.admitted_at + kSlack < Instant(std::chrono::sys_days(first));
}

bool IsEndedStay(const Visit& visit) {
  return visit.kind == VisitKind::kInpatient && !visit.cancelled && visit.discharged_at &&
         !visit.site_finess.empty();
}

bool Overlap(const Visit& one, const Visit& other) {
  if (!IsEndedStay(other) || other.site_finess == one.site_finess) return false;
  if (other.domain == one.domain && other.visit_number == one.visit_number) return false;
  return std::min(*one.discharged_at, *other.discharged_at) -
             std::max(one.admitted_at, other.admitted_at) >
         kSlack;
}

}  // namespace

std::vector<std::string> ImplausibleVisitReasons(const Traits& traits, const Visit& visit,
                                                 const std::vector<Visit>& others) {
  std::vector<std::string> reasons;
  if (visit.cancelled) return reasons;
  if (IsBeforeBirth(traits.birth_date, visit)) reasons.emplace_back("visit_before_birth");
  if (IsEndedStay(visit) && std::any_of(others.begin(), others.end(), [&](const Visit& other) {
        return Overlap(visit, other);
      })) {
    reasons.emplace_back("stays_overlap");
  }
  return reasons;
}

}  // namespace vigie::matching
