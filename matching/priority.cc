#include "matching/priority.h"

#include <algorithm>
#include <cmath>

#include "matching/trust.h"

namespace vigie::matching {
namespace {

constexpr double kCertainEase = 1.0;
constexpr double kCollisionEaseMax = 0.90;
constexpr double kFurtherEase = 0.05;  // of each further reason, or of a file that is ready

double RiskOf(CaseKind kind) {
  switch (kind) {
    case CaseKind::kCollision:
    case CaseKind::kInsConflict:
      return 0.80;
    case CaseKind::kDuplicate:
      return 0.40;
    case CaseKind::kHomonym:
    case CaseKind::kFrequentValue:
      return 0.30;
    case CaseKind::kLink:
      return 0.20;
  }
  return 0;
}

double RiskOf(TrustStatus status) {
  switch (status) {
    case TrustStatus::kProvisional:
      return 0;
    case TrustStatus::kRecovered:
    case TrustStatus::kValidated:
      return 0.05;
    case TrustStatus::kQualified:
      return 0.10;
  }
  return 0;
}

double EaseOf(const Case& c) {
  if (c.kind == CaseKind::kInsConflict) return 0.85;
  if (c.kind == CaseKind::kHomonym) return 0.90;
  if (c.kind == CaseKind::kFrequentValue) return 0.80;
  if (c.kind == CaseKind::kCollision) {
    const std::size_t further = c.reasons.empty() ? 0 : c.reasons.size() - 1;
    return std::min(kCollisionEaseMax, 0.70 + kFurtherEase * static_cast<double>(further));
  }
  // What is not a number never sorts before what is.
  const double probability = std::isnan(c.probability) ? 0 : std::clamp(c.probability, 0.0, 1.0);
  const bool came_back =
      std::find(c.reasons.begin(), c.reasons.end(), kReasonStrictTraitChanged) != c.reasons.end();
  return std::min(kCertainEase, 0.4 + 0.6 * probability + (came_back ? kFurtherEase : 0));
}

}  // namespace

int CasePriority(const Case& review_case, const std::vector<const Identity*>& identities) {
  double trusted = 0;
  for (const Identity* identity : identities) {
    trusted = std::max(trusted, RiskOf(StatusOf(identity->trust)));
  }
  const double priority = (RiskOf(review_case.kind) + trusted) * EaseOf(review_case);
  return std::clamp(static_cast<int>(std::lround(priority * kCasePriorityMax)), 0,
                    kCasePriorityMax);
}

}  // namespace vigie::matching
