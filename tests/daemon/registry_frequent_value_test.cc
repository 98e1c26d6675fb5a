// Aim: a value that has become too frequent to be true is a case, once, until somebody found what
// it is; a real value is never brought up again.
#include <string>
#include <vector>

#include "tests/daemon/registry_fixture.h"

namespace vigie {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FrequentValue : public test::RegistryTest {
 protected:
  // People who have nothing in common but, when given, the phone.
  std::vector<std::uint64_t> RegisterPeople(int count, const std::string& phone) {
    std::vector<std::uint64_t> opened;
    for (int i = 0; i < count; ++i) {
      const int n = ++people_;
      std::string name = "A", given = "B";
      for (int rest = n; rest > 0; rest /= 26) {
        name += static_cast<char>('A' + rest % 26);
        given += static_cast<char>('Z' - rest % 26);
      }
      matching::Traits traits =
          test::Person(name, given, test::Day(1930 + n % 80, 1 + n % 12, 2 + n % 26));
      traits.phone = phone;
      const auto result = Register(std::to_string(n), traits);
      last_ = result.identity.id;
      for (const std::uint64_t id : result.opened_case_ids) {
        if (registry_->GetCase(id)->review_case.kind == matching::CaseKind::kFrequentValue) {
          opened.push_back(id);
        }
      }
    }
    return opened;
  }
  std::vector<matching::Case> Open() { return Cases(matching::CaseKind::kFrequentValue); }
  void Decide(matching::Verdict verdict) {
    daemon::DecideRequest request;
    request.context = Context();
    request.case_id = Open().front().id;
    request.verdict = verdict;
    const auto decided = registry_->Decide(request);
    ASSERT_TRUE(decided.ok()) << decided.status();
    decision_ = decided->decision.id;
  }

  int people_ = 0;
  matching::IdentityId last_ = 0;
  std::uint64_t decision_ = 0;
};

TEST_F(FrequentValue, OpensACaseOnTheIdentityThatHadItLast) {
  RegisterPeople(100, "");
  EXPECT_THAT(RegisterPeople(24, "0298000001"), IsEmpty());
  EXPECT_THAT(RegisterPeople(1, "0298000001"), SizeIs(1));
  const std::vector<matching::Case> open = Open();
  ASSERT_THAT(open, SizeIs(1));
  EXPECT_THAT(open[0].identity_ids, ElementsAre(last_));
  EXPECT_THAT(open[0].reasons, ElementsAre("frequent_phone"));
  ASSERT_TRUE(open[0].frequent_value.has_value());
  EXPECT_EQ(open[0].frequent_value->value, "298000001");
  EXPECT_EQ(open[0].frequent_value->count, 25u);
  EXPECT_EQ(open[0].frequent_value->population, 125u);
  EXPECT_EQ(open[0].priority, 240);
}

TEST_F(FrequentValue, IsOneCaseThatSaysHowFrequentItHasBecome) {
  RegisterPeople(50, "0298000001");
  ASSERT_THAT(Open(), SizeIs(1));
  EXPECT_EQ(Open()[0].frequent_value->count, 50u);
}

TEST_F(FrequentValue, FoundToBeRealIsNeverBroughtUpAgain) {
  RegisterPeople(25, "0298000001");
  Decide(matching::Verdict::kNothingWrong);
  RegisterPeople(200, "0298000001");
  EXPECT_THAT(Open(), IsEmpty());
  // Another value is another question.
  RegisterPeople(25, "0298000002");
  ASSERT_THAT(Open(), SizeIs(1));
  EXPECT_EQ(Open()[0].frequent_value->value, "298000002");
}

TEST_F(FrequentValue, FoundToStandForNothingIsBroughtUpWhenItGoesOnBeingTyped) {
  RegisterPeople(25, "0298000001");
  Decide(matching::Verdict::kDataCorrected);
  EXPECT_THAT(RegisterPeople(24, "0298000001"), IsEmpty());
  EXPECT_THAT(RegisterPeople(1, "0298000001"), SizeIs(1));
}

TEST_F(FrequentValue, AFindingTakenBackBringsTheCaseBack) {
  RegisterPeople(25, "0298000001");
  Decide(matching::Verdict::kNothingWrong);
  ASSERT_TRUE(registry_->UndoDecision({Context(), decision_, 0, false}).ok());
  EXPECT_THAT(Open(), SizeIs(1));
}

TEST_F(FrequentValue, AFindingTakenBackWhileTheValueIsAskedAboutAgainLeavesOneCase) {
  RegisterPeople(25, "0298000001");
  Decide(matching::Verdict::kDataCorrected);
  RegisterPeople(25, "0298000001");
  ASSERT_THAT(Open(), SizeIs(1));
  ASSERT_TRUE(registry_->UndoDecision({Context(), decision_, 0, false}).ok());
  EXPECT_THAT(Open(), SizeIs(1));
}

TEST_F(FrequentValue, StaysACaseWhenTheIdentityThatHadItLastIsCorrected) {
  RegisterPeople(25, "0298000001");
  matching::Traits corrected = Get(last_).traits;
  corrected.phone = "0612345678";
  ASSERT_TRUE(Update(last_, corrected, {"phone"}).ok());
  EXPECT_THAT(Open(), SizeIs(1));
}

TEST_F(FrequentValue, IsAskedAboutWhenAnUpdateMakesItFrequentAndNotWhenItOnlyStays) {
  RegisterPeople(24, "0298000001");
  RegisterPeople(1, "0612345678");
  matching::Traits traits = Get(last_).traits;
  traits.phone = "0298000001";
  ASSERT_TRUE(Update(last_, traits, {"phone"}).ok());
  ASSERT_THAT(Open(), SizeIs(1));
  Decide(matching::Verdict::kDataCorrected);
  traits.email = "zoe@example.org";
  ASSERT_TRUE(Update(last_, traits, {"email"}).ok());
  EXPECT_THAT(Open(), IsEmpty());
}

TEST_F(FrequentValue, TwoValuesThatBecomeFrequentAtOnceAreTwoCases) {
  for (int i = 0; i < 50; ++i) {
    matching::Traits traits = test::Person("N" + std::string(1, static_cast<char>('A' + i % 26)) +
                                               std::string(1, static_cast<char>('A' + i / 26)),
                                           "P", test::Day(1930, 1, 2));
    traits.phone = "0298000001";
    Register(std::to_string(i), traits);
  }
  std::vector<std::string> reasons;
  for (const matching::Case& one : Open()) reasons.push_back(one.reasons.front());
  EXPECT_THAT(reasons, ::testing::UnorderedElementsAre("frequent_birth_date", "frequent_phone"));
}

TEST_F(FrequentValue, CanBeSwitchedOff) {
  daemon::RegistryOptions options;
  options.review.detectors_off = {daemon::kDetectorFrequentValue};
  test::RegistryTest::Open(options);
  RegisterPeople(25, "0298000001");
  EXPECT_THAT(Open(), IsEmpty());
}

}  // namespace
}  // namespace vigie
