// Aim: a matricule in force that contradicts the traits of its identity is a case on that identity,
// for as long as it does and nobody found that it is right.
#include <string>
#include <vector>

#include "tests/daemon/registry_fixture.h"

namespace vigie {
namespace {

using namespace std::chrono_literals;

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Contradiction : public test::RegistryTest {
 protected:
  // Zoe's matricule under these traits, as INSi gave both.
  matching::IdentityId RegisterWithZoesMatricule(const matching::Traits& traits,
                                                 const std::string& local_id = "1") {
    return RegisterQualified(local_id, traits, test::ZoeIns()).identity.id;
  }
  std::vector<matching::Case> Open() { return Cases(matching::CaseKind::kInsConflict); }
  static matching::Traits Man() {
    matching::Traits traits = test::Zoe();
    traits.sex = matching::Sex::kMale;
    return traits;
  }
  daemon::DecideRequest Decision(matching::Verdict verdict) {
    daemon::DecideRequest request;
    request.context = Context();
    request.case_id = Open().front().id;
    request.verdict = verdict;
    return request;
  }
};

TEST_F(Contradiction, OpensACaseOnOneIdentityThatNamesEachDifference) {
  matching::Traits traits = Man();
  traits.birth_date = test::Day(1974, 11, 30);
  const matching::IdentityId id = RegisterWithZoesMatricule(traits);
  const std::vector<matching::Case> open = Open();
  ASSERT_EQ(open.size(), 1u);
  EXPECT_THAT(open[0].identity_ids, ElementsAre(id));
  EXPECT_THAT(open[0].reasons, ElementsAre("matricule_sex_differs", "matricule_birth_year_differs",
                                           "matricule_birth_month_differs"));
  EXPECT_EQ(open[0].domain, test::kDomain);
}

TEST_F(Contradiction, IsNoneWhereTheyAgreeOrNothingCanBeSaid) {
  RegisterWithZoesMatricule(test::Zoe());
  // Month 20: it was not known when the number was given.
  RegisterQualified("2", test::Person("NERCI", "LOUISE", test::Day(1975, 3, 2)),
                    {"275206322074908", test::kNirOid});
  // No matricule, nothing to contradict.
  Register("3", Man());
  EXPECT_THAT(Open(), IsEmpty());
}

TEST_F(Contradiction, IsWithdrawnWhenTheTraitsAreCorrected) {
  const matching::IdentityId id = RegisterWithZoesMatricule(Man());
  ASSERT_EQ(Open().size(), 1u);
  ASSERT_TRUE(RecordAnswer(id, test::Answer(test::Zoe(), test::ZoeIns(), now_ - 1h)).ok());
  EXPECT_THAT(Open(), IsEmpty());
  EXPECT_EQ(Cases(matching::CaseKind::kInsConflict, matching::CaseState::kWithdrawn).size(), 1u);
}

TEST_F(Contradiction, SaysWhatIsLeftOfItWhenPartIsCorrected) {
  matching::Traits traits = Man();
  traits.birth_date = test::Day(1975, 11, 30);
  const matching::IdentityId id = RegisterWithZoesMatricule(traits);
  ASSERT_TRUE(RecordAnswer(id, test::Answer(Man(), test::ZoeIns(), now_ - 1h)).ok());
  ASSERT_EQ(Open().size(), 1u);
  EXPECT_THAT(Open()[0].reasons, ElementsAre("matricule_sex_differs"));
}

TEST_F(Contradiction, StandsBesideTheConflictOfTwoIdentities) {
  RegisterWithZoesMatricule(Man());
  RegisterWithZoesMatricule(Man(), "2");
  std::vector<std::size_t> sizes;
  for (const matching::Case& one : Open()) sizes.push_back(one.identity_ids.size());
  EXPECT_THAT(sizes, ::testing::UnorderedElementsAre(1, 1, 2));
}

TEST_F(Contradiction, FoundToBeRightIsNotAskedAboutAgainUntilAStrictTraitChanges) {
  const matching::IdentityId id = RegisterWithZoesMatricule(Man());
  EXPECT_EQ(
      test::ReasonOf(registry_->Decide(Decision(matching::Verdict::kDifferentPersons)).status()),
      "verdict_unfit");
  daemon::DecideRequest merge = Decision(matching::Verdict::kDuplicate);
  merge.surviving_id = id;
  EXPECT_EQ(test::ReasonOf(registry_->Decide(merge).status()), "verdict_unfit");
  const auto decided = registry_->Decide(Decision(matching::Verdict::kDataCorrected));
  ASSERT_TRUE(decided.ok()) << decided.status();
  // The same answer again, and another phone: nothing new.
  ASSERT_TRUE(RecordAnswer(id, test::Answer(Man(), test::ZoeIns(), now_ - 1h)).ok());
  matching::Traits phone = Man();
  phone.phone = "0622222222";
  ASSERT_TRUE(Update(id, phone, {"phone"}).ok());
  EXPECT_THAT(Open(), IsEmpty());
  matching::Traits other = Man();
  other.birth_date = test::Day(1976, 12, 31);
  ASSERT_TRUE(RecordAnswer(id, test::Answer(other, test::ZoeIns(), now_ - 1h)).ok());
  ASSERT_EQ(Open().size(), 1u);
  EXPECT_THAT(Open()[0].reasons,
              ElementsAre("matricule_sex_differs", "matricule_birth_year_differs"));
}

TEST_F(Contradiction, AFindingTakenBackBringsTheCaseBack) {
  RegisterWithZoesMatricule(Man());
  const auto decided = registry_->Decide(Decision(matching::Verdict::kDataCorrected));
  ASSERT_TRUE(decided.ok()) << decided.status();
  ASSERT_TRUE(registry_->UndoDecision({Context(), decided->decision.id, 0, false}).ok());
  EXPECT_EQ(Open().size(), 1u);
}

TEST_F(Contradiction, CanBeSwitchedOff) {
  daemon::RegistryOptions options;
  options.review.detectors_off = {daemon::kDetectorContradictoryMatricule};
  test::RegistryTest::Open(options);
  RegisterWithZoesMatricule(Man());
  EXPECT_THAT(Open(), IsEmpty());
}

}  // namespace
}  // namespace vigie
