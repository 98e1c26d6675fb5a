#include "matching/priority.h"

#include <gtest/gtest.h>

#include <limits>

namespace vigie::matching {
namespace {

Identity Trusted(bool insi_accepted, bool document_checked) {
  Identity identity;
  identity.trust.insi_accepted = insi_accepted;
  identity.trust.document_checked = document_checked;
  return identity;
}

Case CaseOf(CaseKind kind, double probability = 0, std::vector<std::string> reasons = {"one"}) {
  Case c;
  c.kind = kind;
  c.probability = probability;
  c.reasons = std::move(reasons);
  return c;
}

TEST(CasePriority, IsRiskTimesEase) {
  const Identity provisional = Trusted(false, false), recovered = Trusted(true, false),
                 validated = Trusted(false, true), qualified = Trusted(true, true);
  const struct {
    const char* description;
    Case review_case;
    std::vector<const Identity*> identities;
    int expected;
  } cases[] = {
      {"certain duplicate", CaseOf(CaseKind::kDuplicate, 1), {&provisional, &provisional}, 400},
      {"middling duplicate", CaseOf(CaseKind::kDuplicate, 0.5), {&provisional}, 280},
      {"with a recovered one", CaseOf(CaseKind::kDuplicate, 1), {&provisional, &recovered}, 450},
      {"with a validated one", CaseOf(CaseKind::kDuplicate, 1), {&validated, &provisional}, 450},
      {"the most trusted counts", CaseOf(CaseKind::kDuplicate, 1), {&qualified, &validated}, 500},
      {"certain link", CaseOf(CaseKind::kLink, 1), {&provisional}, 200},
      {"homonyms", CaseOf(CaseKind::kHomonym, 1), {&qualified, &qualified}, 360},
      {"frequent value", CaseOf(CaseKind::kFrequentValue), {}, 240},
      {"INS conflict", CaseOf(CaseKind::kInsConflict), {&provisional}, 680},
      {"INS conflict of qualified ones", CaseOf(CaseKind::kInsConflict), {&qualified}, 765},
      {"collision", CaseOf(CaseKind::kCollision), {&provisional}, 560},
      {"collision, two reasons", CaseOf(CaseKind::kCollision, 0, {"a", "b"}), {}, 600},
      {"collision, many",
       CaseOf(CaseKind::kCollision, 0, std::vector<std::string>(9, "a")),
       {},
       720},
      {"came back",
       CaseOf(CaseKind::kDuplicate, 0.5, {"one", kReasonStrictTraitChanged}),
       {&provisional},
       300},
      {"nobody known", CaseOf(CaseKind::kDuplicate, 1), {}, 400},
      {"no number",
       CaseOf(CaseKind::kDuplicate, std::numeric_limits<double>::quiet_NaN()),
       {},
       160},
      {"beyond one", CaseOf(CaseKind::kDuplicate, 7), {&qualified}, 500},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(CasePriority(c.review_case, c.identities), c.expected) << c.description;
  }
}

// They have no weight, and came last when the queue was by weight.
TEST(CasePriority, PutsEveryCollisionAndInsConflictBeforeEveryDuplicate) {
  const Identity provisional = Trusted(false, false), qualified = Trusted(true, true);
  const int certain = CasePriority(CaseOf(CaseKind::kDuplicate, 1), {&qualified, &qualified});
  EXPECT_GT(CasePriority(CaseOf(CaseKind::kCollision), {&provisional}), certain);
  EXPECT_GT(CasePriority(CaseOf(CaseKind::kInsConflict), {&provisional}), certain);
}

TEST(CasePriority, GrowsWithProbabilityAndStaysInItsRange) {
  const Identity qualified = Trusted(true, true);
  for (const CaseKind kind :
       {CaseKind::kDuplicate, CaseKind::kCollision, CaseKind::kInsConflict, CaseKind::kLink}) {
    int last = 0;
    for (double probability = 0; probability <= 1; probability += 0.01) {
      const int priority = CasePriority(CaseOf(kind, probability), {&qualified});
      EXPECT_GE(priority, last);
      EXPECT_GE(priority, 0);
      EXPECT_LE(priority, kCasePriorityMax);
      last = priority;
    }
  }
}

}  // namespace
}  // namespace vigie::matching
