// The review desk: claims, decisions, merges, links, and taking them back. Rules of the field are
// named by the number they have in the list of reviewers' complaints (docs of the design, "What
// users ask for").
#include <algorithm>

#include "tests/daemon/registry_fixture.h"

namespace vigie::daemon {
namespace {

using matching::CaseKind;
using matching::CaseState;
using matching::DecisionState;
using matching::Identity;
using matching::IdentityId;
using matching::Verdict;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace test;  // NOLINT(google-build-using-namespace): the fixture's words

class RegistryReview : public RegistryTest {
 protected:
  MutationContext By(const std::string& actor) {
    MutationContext context = Context();
    context.actor = actor;
    return context;
  }

  matching::Traits Marie() {
    matching::Traits traits = Person("KERVADEC", "MARIE", Day(1980, 5, 17));
    traits.phone = "0102030405";
    return traits;
  }

  // Two records of Marie, as a desk makes them by mistake, and the case they open.
  void RegisterTwice() {
    first_ = Register("A", Marie()).identity.id;
    matching::Traits again = Marie();
    again.phone = "0504030201";
    again.email = "marie@example.org";
    second_ = Register("B", again).identity.id;
    const auto cases = OpenCases();
    ASSERT_EQ(cases.size(), 1u);
    case_ = cases.front();
    ASSERT_THAT(case_.identity_ids, ElementsAre(first_, second_));
  }

  std::vector<matching::Case> Cases(std::optional<CaseState> state) {
    QueueFilter filter;
    filter.state = state;
    const auto page = registry_->ListCases({filter, false, 200, ""});
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? page->cases : std::vector<matching::Case>();
  }
  std::vector<matching::Case> OpenCases() { return Cases(CaseState::kOpen); }

  DecideRequest Decision(Verdict verdict) {
    DecideRequest request;
    request.context = By("reviewer 1");
    request.case_id = case_.id;
    request.verdict = verdict;
    if (verdict == Verdict::kDuplicate) request.surviving_id = first_;
    return request;
  }
  DecideResult Decide(Verdict verdict) {
    auto result = registry_->Decide(Decision(verdict));
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : DecideResult{};
  }
  absl::StatusOr<DecideResult> Undo(std::uint64_t decision_id, bool keep_later_changes = false) {
    DecisionRequest request;
    request.context = By("reviewer 2");
    request.decision_id = decision_id;
    request.keep_later_changes = keep_later_changes;
    return registry_->UndoDecision(request);
  }
  Identity Get(IdentityId id) {
    auto found = registry_->Get(id);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *found : Identity{};
  }
  // All that a person sees of an identity: everything but when and how often it was written.
  static Identity Content(Identity identity) {
    identity.version = 0;
    identity.updated_at = {};
    return identity;
  }
  matching::Visit RecordVisitOf(const std::string& number, const std::string& local_id) {
    VisitRequest request;
    request.context = Context();
    request.visit.domain = kDomain;
    request.visit.visit_number = number;
    request.visit.local_id = local_id;
    request.visit.legal_entity_finess = kLegalEntity;
    request.visit.site_finess = kSite;
    request.visit.activity = matching::Activity::kMco;
    request.visit.kind = matching::VisitKind::kInpatient;
    request.visit.admitted_at = now_ - 24h;
    auto result = registry_->RecordVisit(request);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? result->visit : matching::Visit{};
  }
  IdentityId HolderOf(const std::string& visit_number) {
    const auto visit = registry_->GetVisit(kDomain, visit_number);
    EXPECT_TRUE(visit.ok()) << visit.status();
    return visit.ok() ? visit->identity_id : 0;
  }

  IdentityId first_ = 0, second_ = 0;
  matching::Case case_;
};

// --- claims and holds ---

TEST_F(RegistryReview, AClaimKeepsOthersAwayUntilItRunsOut) {
  RegisterTwice();
  auto claimed = registry_->ClaimCase({By("reviewer 1"), case_.id, 0, {}});
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  EXPECT_EQ(claimed->review_case.assignee, "reviewer 1");
  EXPECT_EQ(registry_->ClaimedCases("reviewer 1")->size(), 1u);

  auto other = registry_->ClaimCase({By("reviewer 2"), case_.id, 0, {}});
  EXPECT_EQ(other.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(other.status()), "case_claimed");
  EXPECT_EQ(DetailsOf(other.status())->metadata.at("assignee"), "reviewer 1");
  DecideRequest decision = Decision(Verdict::kDifferentPersons);
  decision.context = By("reviewer 2");
  EXPECT_EQ(ReasonOf(registry_->Decide(decision).status()), "case_claimed");

  now_ += 31min;
  EXPECT_THAT(*registry_->ClaimedCases("reviewer 1"), IsEmpty());
  EXPECT_TRUE(registry_->ClaimCase({By("reviewer 2"), case_.id, 0, {}}).ok());
}

TEST_F(RegistryReview, ClaimsThatRanOutDoNotCountAgainstAPerson) {
  RegisterTwice();
  ASSERT_TRUE(registry_->ClaimCase({By("reviewer 1"), case_.id, 0, {}}).ok());
  now_ += 31min;
  Register("C", Marie());
  const auto cases = OpenCases();
  ASSERT_GE(cases.size(), 2u);
  const auto other = std::find_if(cases.begin(), cases.end(),
                                  [&](const matching::Case& c) { return c.id != case_.id; });
  ASSERT_TRUE(registry_->ClaimCase({By("reviewer 1"), other->id, 0, {}}).ok());
  EXPECT_EQ(registry_->GetCase(case_.id)->review_case.assignee, "");
}

TEST_F(RegistryReview, AHeldCaseLeavesTheQueueAndComesBackOnItsDay) {
  RegisterTwice();
  CaseRequest hold{By("reviewer 1"), case_.id, 0, Day(2026, 3, 20)};
  ASSERT_TRUE(registry_->HoldCase(hold).ok());
  EXPECT_THAT(OpenCases(), IsEmpty());
  EXPECT_EQ(Cases(CaseState::kOnHold).front().hold_reason, "test");
  EXPECT_EQ(registry_->WakeHeldCases().value(), 0);
  now_ = At(2026, 3, 20, 9);
  EXPECT_EQ(registry_->WakeHeldCases().value(), 1);
  EXPECT_EQ(OpenCases().size(), 1u);
}

TEST_F(RegistryReview, AHoldNeedsAReasonAndADayToCome) {
  RegisterTwice();
  CaseRequest hold{By("reviewer 1"), case_.id, 0, Day(2020, 1, 1)};
  hold.context.reason.clear();
  EXPECT_THAT(FieldsOf(registry_->HoldCase(hold).status()),
              ElementsAre("hold_until:not_in_the_future", "context.reason:required"));
}

// --- different persons ---

// Rules 7 and 9: what was dismissed stays dismissed, whatever is scored again, until a strict trait
// changes.
TEST_F(RegistryReview, DifferentPersonsStayOutOfTheQueueUntilAStrictTraitChanges) {
  RegisterTwice();
  const DecideResult decided = Decide(Verdict::kDifferentPersons);
  EXPECT_EQ(decided.review_case->state, CaseState::kDecided);
  EXPECT_THAT(OpenCases(), IsEmpty());

  matching::Traits traits = Marie();
  traits.phone = "0999999999";
  ASSERT_TRUE(Update(second_, traits, {"phone"}).ok());
  traits.birth_family_name = "Kervadec";  // The same name in the form RNIV stores.
  ASSERT_TRUE(Update(first_, traits, {"birth_family_name"}).ok());
  EXPECT_THAT(OpenCases(), IsEmpty());

  traits.birth_date = Day(1980, 5, 18);
  ASSERT_TRUE(Update(first_, traits, {"birth_date"}).ok());
  const auto open = OpenCases();
  ASSERT_FALSE(open.empty());
  EXPECT_THAT(open.front().reasons, Contains("strict_trait_changed_since_decision"));
  EXPECT_EQ(registry_->GetDecision(decided.decision.id)->state, DecisionState::kOutdated);
}

// Rule 10: a dismissal is listed, and can be taken back like a merge.
TEST_F(RegistryReview, ADismissalCanBeListedAndUndone) {
  RegisterTwice();
  const DecideResult decided = Decide(Verdict::kDifferentPersons);
  DecisionListRequest list;
  list.identity_id = second_;
  list.verdict = Verdict::kDifferentPersons;
  list.in_force_only = true;
  EXPECT_EQ(registry_->ListDecisions(list)->decisions.size(), 1u);
  ASSERT_TRUE(Undo(decided.decision.id).ok());
  EXPECT_THAT(registry_->ListDecisions(list)->decisions, IsEmpty());
  ASSERT_EQ(OpenCases().size(), 1u);
  EXPECT_EQ(OpenCases().front().id, case_.id);
  EXPECT_EQ(ReasonOf(Undo(decided.decision.id).status()), "decision_ended");
}

// Rule 11: a person's decision outranks the machine, also of the record that goes on after a merge.
TEST_F(RegistryReview, WhatWasFoundOfARecordHoldsOfTheOneItIsMergedInto) {
  RegisterTwice();
  Decide(Verdict::kDifferentPersons);
  const IdentityId third = Register("C", Marie()).identity.id;
  DecideRequest merge;
  merge.context = By("reviewer 1");
  merge.identity_ids = {second_, third};
  merge.verdict = Verdict::kDuplicate;
  merge.surviving_id = third;
  ASSERT_TRUE(registry_->Decide(merge).ok());
  // The third is the second's person now, and that one is not the first.
  for (const matching::Case& c : OpenCases()) EXPECT_NE(c.identity_ids.front(), first_);
  merge.context = By("reviewer 1");
  merge.identity_ids = {first_, third};
  const auto refused = registry_->Decide(merge);
  EXPECT_EQ(ReasonOf(refused.status()), "pair_decided");
}

TEST_F(RegistryReview, HomonymsAreMarkedWithTheDecisionAndUnmarkedWithIt) {
  RegisterTwice();
  DecideRequest request = Decision(Verdict::kDifferentPersons);
  request.set_homonym = true;
  const auto decided = registry_->Decide(request);
  ASSERT_TRUE(decided.ok()) << decided.status();
  EXPECT_TRUE(Get(first_).trust.attributes.homonym);
  EXPECT_TRUE(Get(second_).trust.attributes.homonym);
  ASSERT_TRUE(Undo(decided->decision.id).ok());
  EXPECT_FALSE(Get(first_).trust.attributes.homonym);
  EXPECT_FALSE(Get(second_).trust.attributes.homonym);
}

// Ranking a pair again, neither of which was ever changed, took both for new and opened their INS
// conflict a second time: the undoing was refused.
TEST_F(RegistryReview, ADismissalIsUndoneOfTwoThatWereNeverChangedAndHaveAnotherCase) {
  first_ = RegisterQualified("A", Zoe(), ZoeIns()).identity.id;
  second_ = RegisterQualified("B", Zoe(), ZoeIns()).identity.id;
  ASSERT_EQ(OpenCases().size(), 2u);  // a duplicate, and an INS conflict
  case_ = OpenCases()[OpenCases()[0].kind == CaseKind::kDuplicate ? 0 : 1];
  const DecideResult decided = Decide(Verdict::kDifferentPersons);
  EXPECT_EQ(OpenCases().size(), 1u);
  const auto undone = Undo(decided.decision.id);
  ASSERT_TRUE(undone.ok()) << undone.status();
  EXPECT_EQ(OpenCases().size(), 2u);
}

// --- merges ---

TEST_F(RegistryReview, APreviewOfAMergeSaysWhatHappensAndWritesNothing) {
  RegisterTwice();
  RecordVisitOf("V1", "B");
  DecideRequest request = Decision(Verdict::kDuplicate);
  request.validate_only = true;
  request.taken_fields = {"phone"};
  const std::int64_t before = registry_->Status()->commit_number;
  const auto preview = registry_->Decide(request);
  ASSERT_TRUE(preview.ok()) << preview.status();
  ASSERT_TRUE(preview->merge.has_value());
  EXPECT_EQ(preview->merge->moved_visit_count, 1);
  ASSERT_EQ(preview->merge->traits.size(), 1u);
  EXPECT_EQ(preview->merge->traits[0].field, "phone");
  EXPECT_TRUE(preview->merge->traits[0].taken);
  EXPECT_THAT(preview->merge->left_behind, ElementsAre("email"));
  EXPECT_THAT(preview->merge->warnings, ElementsAre("clinical_data_stays"));
  EXPECT_EQ(preview->decision.id, 0u);
  EXPECT_EQ(registry_->Status()->commit_number, before);
}

TEST_F(RegistryReview, AMergedIdentityStaysResolvableAndItsVisitsFollow) {
  RegisterTwice();
  RecordVisitOf("V1", "B");
  Decide(Verdict::kDuplicate);
  EXPECT_EQ(registry_->ResolveLocalId(kDomain, "B")->id, first_);
  EXPECT_EQ(Get(second_).merged_into, first_);
  EXPECT_EQ(HolderOf("V1"), first_);
  RecordVisitOf("V2", "B");  // The other system has not heard of the merge yet.
  EXPECT_EQ(HolderOf("V2"), first_);
  EXPECT_EQ(registry_->Status()->counts.identity_count, 1);
  EXPECT_EQ(registry_->Status()->counts.merged_count, 1);
  SearchRequest search;
  search.birth_date = Day(1980, 5, 17);
  EXPECT_EQ(registry_->Search(search)->identities.size(), 1u);
}

// Rules 2 and 12: undoing is the inverse of merging, for both records and absent fields too.
TEST_F(RegistryReview, UndoingAMergeGivesBothBackAsTheyWere) {
  RegisterTwice();
  RecordVisitOf("V1", "B");
  RecordVisitOf("V0", "A");
  const Identity first = Get(first_), second = Get(second_);
  DecideRequest request = Decision(Verdict::kDuplicate);
  request.taken_fields = {"phone", "email",
                          "city"};  // One other, one absent here, one absent there.
  const auto decided = registry_->Decide(request);
  ASSERT_TRUE(decided.ok()) << decided.status();
  EXPECT_EQ(Get(first_).traits.email, "marie@example.org");
  RecordVisitOf("V2", "B");
  const auto undone = Undo(decided->decision.id);
  ASSERT_TRUE(undone.ok()) << undone.status();
  EXPECT_EQ(Content(Get(first_)), Content(first));
  EXPECT_EQ(Content(Get(second_)), Content(second));
  EXPECT_EQ(HolderOf("V0"), first_);
  EXPECT_EQ(HolderOf("V1"), second_);
  EXPECT_EQ(HolderOf("V2"), second_);
  ASSERT_EQ(OpenCases().size(), 1u);
  EXPECT_EQ(OpenCases().front().id, case_.id);
  EXPECT_EQ(undone->decision.state, DecisionState::kUndone);
  EXPECT_EQ(undone->decision.ended_by, "reviewer 2");
}

TEST_F(RegistryReview, LaterChangesOfWhatAMergeTookForbidItsUndoingUnlessTheyAreKept) {
  RegisterTwice();
  DecideRequest request = Decision(Verdict::kDuplicate);
  request.taken_fields = {"phone"};
  const auto decided = registry_->Decide(request);
  ASSERT_TRUE(decided.ok()) << decided.status();
  matching::Traits traits = Marie();
  traits.phone = "0777777777";
  ASSERT_TRUE(Update(first_, traits, {"phone"}).ok());
  const auto refused = Undo(decided->decision.id);
  EXPECT_EQ(ReasonOf(refused.status()), "later_changes");
  EXPECT_EQ(DetailsOf(refused.status())->metadata.at("fields"), "phone");
  ASSERT_TRUE(Undo(decided->decision.id, /*keep_later_changes=*/true).ok());
  EXPECT_EQ(Get(first_).traits.phone, "0777777777");
  EXPECT_EQ(Get(second_).traits.phone, "0504030201");
}

// Rule 4: one record stands for one person: chains lead to one end, circles cannot be made.
TEST_F(RegistryReview, ChainsOfMergesLeadToOneEndAndAreUndoneFromTheTop) {
  RegisterTwice();
  const DecideResult lower = Decide(Verdict::kDuplicate);
  const IdentityId third = Register("C", Marie()).identity.id;
  DecideRequest request;
  request.context = By("reviewer 1");
  request.identity_ids = {first_, third};
  request.verdict = Verdict::kDuplicate;
  request.surviving_id = third;
  const auto upper = registry_->Decide(request);
  ASSERT_TRUE(upper.ok()) << upper.status();
  EXPECT_EQ(registry_->ResolveLocalId(kDomain, "B")->id, third);

  request.context = By("reviewer 1");
  request.identity_ids = {second_, third};
  EXPECT_EQ(ReasonOf(registry_->Decide(request).status()), "identity_merged");
  EXPECT_EQ(ReasonOf(Undo(lower.decision.id).status()), "identity_merged");
  ASSERT_TRUE(Undo(upper->decision.id).ok());
  ASSERT_TRUE(Undo(lower.decision.id).ok());
  EXPECT_EQ(registry_->Status()->counts.identity_count, 3);
}

TEST_F(RegistryReview, TwoQualifiedIdentitiesWithDifferentMatriculesAreNotMerged) {
  first_ = RegisterQualified("A", Zoe(), ZoeIns()).identity.id;
  matching::Traits other = Zoe();
  other.birth_place_code = "75112";
  second_ = RegisterQualified("B", other, {"185027505612340", kNirOid}).identity.id;
  DecideRequest request;
  request.context = By("reviewer 1");
  request.identity_ids = {first_, second_};
  request.verdict = Verdict::kDuplicate;
  request.surviving_id = first_;
  if (Get(second_).ins) {
    EXPECT_EQ(ReasonOf(registry_->Decide(request).status()), "different_qualified_matricules");
  } else {
    ADD_FAILURE() << "the second identity is not qualified";
  }
}

TEST_F(RegistryReview, AMergedIdentityTakesNoChange) {
  RegisterTwice();
  Decide(Verdict::kDuplicate);
  matching::Traits traits = Marie();
  traits.phone = "0600000000";
  const auto refused = Update(second_, traits, {"phone"});
  EXPECT_EQ(ReasonOf(refused.status()), "identity_merged");
  EXPECT_EQ(DetailsOf(refused.status())->metadata.at("surviving_identity_id"),
            std::to_string(first_));
}

// Rule 8: a merge closes every case that touches the merged record.
TEST_F(RegistryReview, AMergeClosesTheOtherCasesOfTheMergedIdentity) {
  RegisterTwice();
  const IdentityId third = Register("C", Marie()).identity.id;
  ASSERT_EQ(OpenCases().size(), 3u);
  Decide(Verdict::kDuplicate);
  const auto open = OpenCases();
  ASSERT_EQ(open.size(), 1u);
  EXPECT_THAT(open.front().identity_ids, ElementsAre(first_, third));
}

TEST_F(RegistryReview, TheSecondToDecideIsToldTheFirstOnesDecision) {
  RegisterTwice();
  const DecideResult first = Decide(Verdict::kDifferentPersons);
  DecideRequest late = Decision(Verdict::kDuplicate);
  late.version = case_.version;
  const auto refused = registry_->Decide(late);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(refused.status()), "case_decided");
  EXPECT_EQ(DetailsOf(refused.status())->metadata.at("decision_id"),
            std::to_string(first.decision.id));
}

TEST_F(RegistryReview, TheSameRequestIdDecidesOnce) {
  RegisterTwice();
  const DecideRequest request = Decision(Verdict::kDuplicate);
  const auto once = registry_->Decide(request);
  const auto twice = registry_->Decide(request);
  ASSERT_TRUE(once.ok() && twice.ok()) << once.status() << twice.status();
  EXPECT_EQ(once->decision, twice->decision);
  EXPECT_EQ(once->commit_number, twice->commit_number);
}

// --- second person ---

TEST_F(RegistryReview, AMergeThatNeedsTwoHappensWhenAnotherPersonAgrees) {
  RegistryOptions options;
  options.review.second_person_for_merge = true;
  options.review.second_person_for_unmerge = true;
  Open(options);
  RegisterTwice();
  const DecideResult asked = Decide(Verdict::kDuplicate);
  EXPECT_EQ(asked.decision.state, DecisionState::kAwaitingConfirmation);
  EXPECT_EQ(Get(second_).merged_into, 0u);
  EXPECT_EQ(Cases(CaseState::kAwaitingConfirmation).size(), 1u);
  DecisionRequest confirm{By("reviewer 1"), asked.decision.id, 0, false};
  EXPECT_EQ(ReasonOf(registry_->ConfirmDecision(confirm).status()), "same_person");
  confirm.context = By("reviewer 2");
  const auto confirmed = registry_->ConfirmDecision(confirm);
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  EXPECT_EQ(Get(second_).merged_into, first_);
  EXPECT_EQ(confirmed->review_case->state, CaseState::kDecided);

  ASSERT_TRUE(Undo(asked.decision.id).ok());
  EXPECT_EQ(Get(second_).merged_into, first_);
  confirm.context = By("reviewer 3");
  ASSERT_TRUE(registry_->ConfirmDecision(confirm).ok());
  EXPECT_EQ(Get(second_).merged_into, 0u);
}

TEST_F(RegistryReview, ARejectedMergeComesBackToTheQueue) {
  RegistryOptions options;
  options.review.second_person_for_merge = true;
  Open(options);
  RegisterTwice();
  const DecideResult asked = Decide(Verdict::kDuplicate);
  ASSERT_TRUE(registry_->RejectDecision({By("reviewer 2"), asked.decision.id, 0, false}).ok());
  EXPECT_EQ(OpenCases().size(), 1u);
  EXPECT_EQ(registry_->GetDecision(asked.decision.id)->state, DecisionState::kRejected);
}

// --- links ---

TEST_F(RegistryReview, OnePersonInTwoDomainsIsProposedAsALinkAndStaysLinked) {
  first_ = Register("A", Marie()).identity.id;
  RegisterRequest request = Request("Z", Marie());
  request.domain = "CLINIQUE";
  second_ = Register(request).identity.id;
  const auto open = OpenCases();
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open.front().kind, CaseKind::kLink);
  case_ = open.front();
  EXPECT_EQ(ReasonOf(registry_->Decide(Decision(Verdict::kDuplicate)).status()), "verdict_unfit");
  const DecideResult linked = Decide(Verdict::kSamePerson);
  matching::Traits traits = Marie();
  traits.phone = "0622222222";
  ASSERT_TRUE(Update(first_, traits, {"phone"}).ok());
  EXPECT_THAT(OpenCases(), IsEmpty());
  ASSERT_TRUE(Undo(linked.decision.id).ok());
  EXPECT_EQ(OpenCases().size(), 1u);
}

TEST_F(RegistryReview, ADetectorSwitchedOffOpensNoCase) {
  RegistryOptions options;
  options.review.detectors_off = {kDetectorDuplicate, kDetectorLink};
  Open(options);
  Register("A", Marie());
  EXPECT_FALSE(Register("B", Marie()).possible_duplicates.empty());
  EXPECT_THAT(OpenCases(), IsEmpty());
}

// --- other verdicts ---

TEST_F(RegistryReview, ACaseNobodyCanDecideIsEscalatedAndDecidedLater) {
  RegisterTwice();
  Decide(Verdict::kUndecided);
  EXPECT_EQ(Cases(CaseState::kEscalated).size(), 1u);
  EXPECT_EQ(Decide(Verdict::kDifferentPersons).review_case->state, CaseState::kDecided);
}

TEST_F(RegistryReview, AConfirmedCollisionKeepsWhichVisitsAreAnothersAndChecksThem) {
  first_ = Register("A", Marie()).identity.id;
  RecordVisitOf("V1", "A");
  matching::Traits other = Person("LE GALL", "PAUL", Day(1951, 2, 3), matching::Sex::kMale);
  ASSERT_TRUE(Update(first_, other,
                     {"birth_family_name", "first_birth_given_name", "birth_given_names",
                      "birth_date", "sex"})
                  .ok());
  ASSERT_EQ(OpenCases().size(), 1u);
  case_ = OpenCases().front();
  ASSERT_EQ(case_.kind, CaseKind::kCollision);
  DecideRequest request = Decision(Verdict::kCollisionConfirmed);
  request.other_person_visit_numbers = {"V9"};
  EXPECT_THAT(FieldsOf(registry_->Decide(request).status()),
              ElementsAre("other_person_visit_numbers:not_of_this_identity"));
  request.context = By("reviewer 1");
  request.other_person_visit_numbers = {"V1"};
  const auto decided = registry_->Decide(request);
  ASSERT_TRUE(decided.ok()) << decided.status();
  EXPECT_THAT(decided->decision.other_person_visit_numbers, ElementsAre("V1"));
}

TEST_F(RegistryReview, RefusesWhatADecisionCannotSay) {
  RegisterTwice();
  DecideRequest request = Decision(Verdict::kDifferentPersons);
  request.surviving_id = first_;
  request.taken_fields = {"birth_date"};
  request.other_person_visit_numbers = {"V1"};
  request.note = std::string(5000, 'x');
  request.context.actor.clear();
  EXPECT_THAT(
      FieldsOf(registry_->Decide(request).status()),
      ElementsAre("context.actor:required", "note:too_long", "fields_from_merged:unknown_field",
                  "surviving_identity_id:not_for_this_verdict",
                  "fields_from_merged:not_for_this_verdict",
                  "other_person_visit_numbers:not_for_this_verdict"));
}

}  // namespace
}  // namespace vigie::daemon
