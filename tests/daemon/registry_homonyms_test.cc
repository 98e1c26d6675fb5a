// Aim: two people who resemble each other as duplicates do, and whose qualified matricules say that
// they are two, are asked about once: until both are marked homonym, or somebody found it out.
#include <string>
#include <vector>

#include "tests/daemon/registry_fixture.h"

namespace vigie {
namespace {

using namespace std::chrono_literals;

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Homonyms : public test::RegistryTest {
 protected:
  static matching::Ins OtherIns() { return {"275126322075073", test::kNirOid}; }
  void RegisterBoth() {
    first_ = RegisterQualified("1", test::Zoe(), test::ZoeIns()).identity.id;
    second_ = RegisterQualified("2", test::Zoe(), OtherIns()).identity.id;
  }
  std::vector<matching::Case> Open() { return Cases(matching::CaseKind::kHomonym); }
  absl::StatusOr<daemon::DecideResult> Decide(matching::Verdict verdict, bool set_homonym = false) {
    daemon::DecideRequest request;
    request.context = Context();
    request.case_id = Open().front().id;
    request.verdict = verdict;
    request.set_homonym = set_homonym;
    return registry_->Decide(request);
  }
  bool IsMarked(matching::IdentityId id) { return Get(id).trust.attributes.homonym; }

  matching::IdentityId first_ = 0, second_ = 0;
};

TEST_F(Homonyms, AreACaseOfTheirOwnAndNoDuplicate) {
  RegisterBoth();
  const std::vector<matching::Case> open = Open();
  ASSERT_EQ(open.size(), 1u);
  EXPECT_THAT(open[0].identity_ids, ElementsAre(first_, second_));
  EXPECT_THAT(open[0].reasons, ElementsAre("different_qualified_matricules"));
  EXPECT_GE(open[0].probability, 0.5);
  EXPECT_THAT(Cases(matching::CaseKind::kDuplicate), IsEmpty());
}

TEST_F(Homonyms, ADuplicateBecomesOneWhenTheSecondMatriculeIsQualified) {
  first_ = RegisterQualified("1", test::Zoe(), test::ZoeIns()).identity.id;
  second_ = Register("2", test::Zoe()).identity.id;
  ASSERT_EQ(Cases(matching::CaseKind::kDuplicate).size(), 1u);
  ASSERT_TRUE(RecordAnswer(second_, test::Answer(test::Zoe(), OtherIns(), now_ - 1h)).ok());
  ASSERT_TRUE(RecordEvidence(second_, "passport", test::Day(2026, 3, 1)).ok());
  EXPECT_THAT(Cases(matching::CaseKind::kDuplicate), IsEmpty());
  EXPECT_EQ(Open().size(), 1u);
}

TEST_F(Homonyms, FoundToBeTwoPersonsAreMarkedAndNotAskedAboutAgain) {
  RegisterBoth();
  const auto decided = Decide(matching::Verdict::kDifferentPersons, true);
  ASSERT_TRUE(decided.ok()) << decided.status();
  ASSERT_TRUE(decided->review_case.has_value());
  EXPECT_EQ(decided->review_case->state, matching::CaseState::kDecided);
  EXPECT_TRUE(IsMarked(first_) && IsMarked(second_));
  matching::Traits phone = test::Zoe();
  phone.phone = "0622222222";
  ASSERT_TRUE(Update(first_, phone, {"phone"}).ok());
  EXPECT_THAT(Open(), IsEmpty());
  // Not even when the marks are taken away: what a person found holds.
  ASSERT_TRUE(SetAttributes(first_, false, std::nullopt, std::nullopt).ok());
  EXPECT_THAT(Open(), IsEmpty());
}

TEST_F(Homonyms, AFindingTakenBackBringsTheCaseBackAndTheMarksAway) {
  RegisterBoth();
  const auto decided = Decide(matching::Verdict::kDifferentPersons, true);
  ASSERT_TRUE(decided.ok()) << decided.status();
  ASSERT_TRUE(registry_->UndoDecision({Context(), decided->decision.id, 0, false}).ok());
  ASSERT_EQ(Open().size(), 1u);
  EXPECT_EQ(Open()[0].id, decided->review_case->id);
  EXPECT_FALSE(IsMarked(first_) || IsMarked(second_));
}

TEST_F(Homonyms, AreNoCaseWhenBothAreMarked) {
  RegisterBoth();
  ASSERT_TRUE(SetAttributes(first_, true, std::nullopt, std::nullopt).ok());
  EXPECT_EQ(Open().size(), 1u) << "one of two is not enough";
  ASSERT_TRUE(SetAttributes(second_, true, std::nullopt, std::nullopt).ok());
  EXPECT_THAT(Open(), IsEmpty());
  EXPECT_EQ(Cases(matching::CaseKind::kHomonym, matching::CaseState::kWithdrawn).size(), 1u);
}

TEST_F(Homonyms, AreNeverMerged) {
  RegisterBoth();
  daemon::DecideRequest merge;
  merge.context = Context();
  merge.case_id = Open().front().id;
  merge.verdict = matching::Verdict::kDuplicate;
  merge.surviving_id = first_;
  EXPECT_EQ(test::ReasonOf(registry_->Decide(merge).status()), "different_qualified_matricules");
  EXPECT_EQ(test::ReasonOf(Decide(matching::Verdict::kNothingWrong).status()), "verdict_unfit");
}

TEST_F(Homonyms, OfTwoDomainsAreNone) {
  RegisterQualified("1", test::Zoe(), test::ZoeIns());
  daemon::RegisterRequest request = Request("1", test::Zoe());
  request.domain = "CLINIQUE";
  request.insi_answer = test::Answer(test::Zoe(), OtherIns(), now_ - 2h);
  request.evidence = matching::Evidence{"passport", test::Day(2026, 3, 1), false};
  Register(request);
  EXPECT_THAT(Cases(std::nullopt), IsEmpty());
}

TEST_F(Homonyms, CanBeSwitchedOff) {
  daemon::RegistryOptions options;
  options.review.detectors_off = {daemon::kDetectorHomonym};
  test::RegistryTest::Open(options);
  RegisterBoth();
  EXPECT_THAT(Cases(std::nullopt), IsEmpty());
}

}  // namespace
}  // namespace vigie
