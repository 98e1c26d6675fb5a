// What reviewers of other products ask for and complain about, by the number it has in the list
// this desk is designed after. Those of deciding and undoing (2, 4, 7, 8, 9, 10, 11, 12) stand in
// registry_review_test.cc; here are those of the queue and of what gets into it.
#include <algorithm>

#include "tests/daemon/registry_fixture.h"

namespace vigie::daemon {
namespace {

using matching::CaseKind;
using matching::CaseState;
using matching::IdentityId;
using matching::Sex;
using matching::Verdict;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace test;  // NOLINT(google-build-using-namespace): the fixture's words

class FieldRules : public RegistryTest {
 protected:
  std::int64_t Count(std::optional<CaseKind> kind, std::optional<CaseState> state) {
    daemon::QueueFilter filter;
    filter.kind = kind;
    filter.state = state;
    const auto count = registry_->CountCases(filter);
    EXPECT_TRUE(count.ok()) << count.status();
    return count.ok() ? *count : -1;
  }
  absl::StatusOr<DecideResult> Decide(std::vector<IdentityId> pair, Verdict verdict,
                                      IdentityId surviving_id = 0) {
    DecideRequest request;
    request.context = Context();
    request.identity_ids = std::move(pair);
    request.verdict = verdict;
    request.surviving_id = surviving_id;
    return registry_->Decide(request);
  }
  matching::Traits Marie(const std::string& phone = "") {
    matching::Traits traits = Person("KERVADEC", "MARIE", Day(1980, 5, 17));
    traits.phone = phone;
    return traits;
  }
};

// Rule 1: teams size their day by a count they can trust: it is that of the list, after every step.
TEST_F(FieldRules, Rule01TheCountIsThatOfTheListAfterEveryStep) {
  std::vector<IdentityId> ids;
  for (const char* local_id : {"A", "B", "C", "D"}) {
    ids.push_back(Register(local_id, Marie(local_id)).identity.id);
    for (const CaseState state : {CaseState::kOpen, CaseState::kDecided, CaseState::kWithdrawn}) {
      EXPECT_EQ(Count(CaseKind::kDuplicate, state), std::ssize(Cases(CaseKind::kDuplicate, state)));
    }
  }
  EXPECT_EQ(Count(CaseKind::kDuplicate, CaseState::kOpen), 6);
  ASSERT_TRUE(Decide({ids[0], ids[1]}, Verdict::kDuplicate, ids[0]).ok());
  ASSERT_TRUE(Decide({ids[0], ids[2]}, Verdict::kDifferentPersons).ok());
  for (const CaseState state : {CaseState::kOpen, CaseState::kDecided, CaseState::kWithdrawn}) {
    EXPECT_EQ(Count({}, state), std::ssize(Cases({}, state)));
  }
  EXPECT_EQ(Count({}, CaseState::kOpen), 2);
  EXPECT_EQ(Count({}, {}), 6);
}

// Rule 3: refusing after accepting, and accepting after refusing, work in either direction; neither
// leaves a stale pair behind.
TEST_F(FieldRules, Rule03AcceptedThenRefusedAndRefusedThenAcceptedWorkInBothDirections) {
  const IdentityId first = Register("A", Marie()).identity.id;
  const IdentityId second = Register("B", Marie("0102030405")).identity.id;
  for (const IdentityId survivor : {first, second}) {
    const auto merged = Decide({second, first}, Verdict::kDuplicate, survivor);
    ASSERT_TRUE(merged.ok()) << merged.status();
    EXPECT_EQ(Count({}, CaseState::kOpen), 0);
    ASSERT_TRUE(registry_->UndoDecision({Context(), merged->decision.id, 0, false}).ok());
    EXPECT_EQ(Count({}, CaseState::kOpen), 1);
    const auto refused = Decide({first, second}, Verdict::kDifferentPersons);
    ASSERT_TRUE(refused.ok()) << refused.status();
    EXPECT_EQ(Count({}, CaseState::kOpen), 0);
    ASSERT_TRUE(registry_->UndoDecision({Context(), refused->decision.id, 0, false}).ok());
    EXPECT_EQ(Count({}, CaseState::kOpen), 1);
  }
}

// Rule 17: a desk asks "is this person known?" without making a record, and nothing is written.
TEST_F(FieldRules, Rule17AskingWhetherAPersonIsKnownWritesNothing) {
  const IdentityId known = Register("A", Marie()).identity.id;
  const std::int64_t before = CommitNumber();
  MatchRequest request;
  request.traits = Marie();
  const auto matched = registry_->Match(request);
  ASSERT_TRUE(matched.ok()) << matched.status();
  ASSERT_THAT(matched->candidates, SizeIs(1));
  EXPECT_EQ(matched->candidates.front().identity.id, known);
  EXPECT_EQ(CommitNumber(), before);
  EXPECT_EQ(Count({}, {}), 0);
}

// Rule 19: a boy of 2007 and a girl of 2017 who share a surname are not one person; and two records
// that differ in nothing but the address are asked about.
TEST_F(FieldRules, Rule19ASharedSurnameIsNoDuplicateAndAnotherAddressDoesNotHideOne) {
  const IdentityId boy =
      Register("A", Person("KERVADEC", "YANN", Day(2007, 3, 2), Sex::kMale)).identity.id;
  const IdentityId girl = Register("B", Person("KERVADEC", "ANNA", Day(2017, 9, 21))).identity.id;
  EXPECT_EQ(Count({}, {}), 0);
  const auto why = registry_->Explain(boy, girl);
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_GT(why->bits_short, 0);

  matching::Traits moved = Marie();
  moved.address_line = "12 RUE DE SIAM";
  moved.city = "BREST";
  moved.postal_code = "29200";
  Register("C", moved);
  moved.address_line = "3 PLACE DU PEYROU";
  moved.city = "MONTPELLIER";
  moved.postal_code = "34000";
  Register("D", moved);
  EXPECT_EQ(Count(CaseKind::kDuplicate, CaseState::kOpen), 1);
}

// Rule 20: blank names and placeholders bring nobody together, however many share them.
TEST_F(FieldRules, Rule20PlaceholdersBringNobodyTogether) {
  for (int i = 0; i < 40; ++i) {
    matching::Traits unknown = Person("INCONNU", "X", Day(1900, 1, 1), Sex::kMale);
    unknown.birth_place_code = "99999";
    Register("U" + std::to_string(i), unknown);
  }
  EXPECT_EQ(Count({}, {}), 0);
}

// Rule 26: a record that fits two others is shown with both: nobody chooses silently.
TEST_F(FieldRules, Rule26ARecordThatFitsTwoOthersIsShownWithBoth) {
  const IdentityId first = Register("A", Marie("0102030405")).identity.id;
  const IdentityId second = Register("B", Marie("0504030201")).identity.id;
  const RegisterResult third = Register("C", Marie());
  std::vector<IdentityId> others;
  for (const matching::Case& c : Cases(CaseKind::kDuplicate)) {
    if (c.identity_ids.back() == third.identity.id) others.push_back(c.identity_ids.front());
  }
  EXPECT_THAT(others, testing::UnorderedElementsAre(first, second));
}

// Rule 30: "why not?" has an answer: which keys the pair shares, and how many bits are missing.
TEST_F(FieldRules, Rule30APairThatWasNotProposedIsExplained) {
  const IdentityId left = Register("A", Marie()).identity.id;
  const IdentityId right =
      Register("B", Person("KERVADEC", "PAUL", Day(1951, 1, 3), Sex::kMale)).identity.id;
  EXPECT_EQ(Count({}, {}), 0);
  const auto why = registry_->Explain(left, right);
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_THAT(why->case_ids, IsEmpty());
  EXPECT_GT(why->bits_short, 0);
  EXPECT_FALSE(why->explanation.detail.comparisons.empty());
}

// Rule 32: sending a record again does not forget what a person decided of it.
TEST_F(FieldRules, Rule32ARecordSentAgainKeepsWhatWasDecided) {
  const IdentityId first = Register("A", Marie("0102030405")).identity.id;
  const IdentityId second = Register("B", Marie("0504030201")).identity.id;
  const auto decided = Decide({first, second}, Verdict::kDifferentPersons);
  ASSERT_TRUE(decided.ok()) << decided.status();
  const matching::Traits again = Marie("0601020304");
  ASSERT_TRUE(Update(second, again, {"phone", "birth_family_name", "birth_date"}).ok());
  ASSERT_TRUE(Update(first, again, {"phone", "birth_family_name", "birth_date"}).ok());
  EXPECT_EQ(Count({}, CaseState::kOpen), 0);
  EXPECT_EQ(registry_->GetDecision(decided->decision.id)->state, matching::DecisionState::kInForce);
}

}  // namespace
}  // namespace vigie::daemon
