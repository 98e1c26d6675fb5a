#include "matching/plausibility.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vigie::matching {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Instant At(unsigned month, unsigned day, int hour = 12) {
  return std::chrono::sys_days(std::chrono::year(2026) / month / day) + std::chrono::hours(hour);
}

Visit Stay(const std::string& number, const std::string& site, Instant from, Instant to) {
  Visit visit;
  visit.domain = "CHU";
  visit.visit_number = number;
  visit.site_finess = site;
  visit.kind = VisitKind::kInpatient;
  visit.admitted_at = from;
  visit.discharged_at = to;
  return visit;
}

Traits Born(Date date) {
  Traits traits;
  traits.birth_date = date;
  return traits;
}

std::vector<std::string> Reasons(Date born, const Visit& visit, std::vector<Visit> others = {}) {
  return ImplausibleVisitReasons(Born(born), visit, others);
}

TEST(ImplausibleVisit, IsOneBeforeBirth) {
  const Visit visit = Stay("V1", "750712184", At(3, 5), At(3, 8));
  EXPECT_THAT(Reasons({2026, 3, 7}, visit), ElementsAre("visit_before_birth"));
  EXPECT_THAT(Reasons({2026, 3, 6}, visit), IsEmpty()) << "a clock may be a day behind";
  EXPECT_THAT(Reasons({2026, 3, 5}, visit), IsEmpty()) << "newborns are admitted as they are born";
}

TEST(ImplausibleVisit, TakesAPartialBirthDateAtItsEarliest) {
  const Visit visit = Stay("V1", "750712184", At(3, 5), At(3, 8));
  EXPECT_THAT(Reasons({2026, 0, 0}, visit), IsEmpty());
  EXPECT_THAT(Reasons({2026, 3, 0}, visit), IsEmpty());
  EXPECT_THAT(Reasons({2026, 4, 0}, visit), ElementsAre("visit_before_birth"));
  EXPECT_THAT(Reasons({2027, 0, 0}, visit), ElementsAre("visit_before_birth"));
  EXPECT_THAT(Reasons({}, visit), IsEmpty());
  EXPECT_THAT(Reasons({2026, 2, 31}, visit), IsEmpty()) << "no day at all says nothing";
}

TEST(ImplausibleVisit, IsAStayOnTwoSitesAtOnce) {
  const Visit here = Stay("V1", "750712184", At(3, 5), At(3, 12));
  const Visit there = Stay("V2", "690780002", At(3, 8), At(3, 20));
  EXPECT_THAT(Reasons({1980, 1, 1}, here, {there}), ElementsAre("stays_overlap"));
  EXPECT_THAT(Reasons({1980, 1, 1}, there, {here}), ElementsAre("stays_overlap"));
  const Visit transfer = Stay("V2", "690780002", At(3, 11), At(3, 12, 11));
  EXPECT_THAT(Reasons({1980, 1, 1}, here, {transfer}), IsEmpty());
  const Visit after = Stay("V2", "690780002", At(3, 12), At(3, 20));
  EXPECT_THAT(Reasons({1980, 1, 1}, here, {after}), IsEmpty());
}

TEST(ImplausibleVisit, IsNotMadeOfWhatIsMissingOrCancelled) {
  const Visit here = Stay("V1", "750712184", At(3, 5), At(3, 12));
  Visit other = Stay("V2", "690780002", At(3, 5), At(3, 12));
  other.discharged_at.reset();
  EXPECT_THAT(Reasons({}, here, {other}), IsEmpty());
  other = Stay("V2", "", At(3, 5), At(3, 12));
  EXPECT_THAT(Reasons({}, here, {other}), IsEmpty());
  other = Stay("V2", "690780002", At(3, 5), At(3, 12));
  other.cancelled = true;
  EXPECT_THAT(Reasons({}, here, {other}), IsEmpty());
  EXPECT_THAT(Reasons({2027, 1, 1}, other, {here}), IsEmpty());
  other.cancelled = false;
  other.kind = VisitKind::kSession;
  EXPECT_THAT(Reasons({}, here, {other}), IsEmpty()) << "sessions go on beside a stay";
  EXPECT_THAT(Reasons({}, here, {here}), IsEmpty()) << "a visit does not speak against itself";
}

}  // namespace
}  // namespace vigie::matching
