// Aim: where the hospital's own registry merges, a decision is proposed to it and carried out here
// when it is done there, once, whoever fails in between.
#include <string>
#include <vector>

#include "tests/daemon/registry_fixture.h"

namespace vigie {
namespace {

using namespace std::chrono_literals;

using matching::CaseState;
using matching::DecisionState;
using matching::Proposal;
using matching::ProposalKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kBridge[] = "dpi";

class Proposals : public test::RegistryTest {
 protected:
  Proposals() {
    options_.review.merges_proposed = true;
    Open(options_);
    RegisterTwice();
  }

  // Two records of one person; their case.
  void RegisterTwice() {
    left_ = Register("1", test::Zoe()).identity.id;
    const daemon::RegisterResult second = Register("2", test::Zoe());
    right_ = second.identity.id;
    case_id_ = second.opened_case_ids.empty() ? 0 : second.opened_case_ids.front();
  }
  void Reopen() {
    Open(options_);
    RegisterTwice();
  }
  absl::StatusOr<daemon::DecideResult> TryDecide() {
    daemon::DecideRequest request;
    request.context = Context();
    request.case_id = case_id_;
    request.verdict = matching::Verdict::kDuplicate;
    request.surviving_id = left_;
    return registry_->Decide(request);
  }
  matching::Decision Decide() {
    const auto decided = TryDecide();
    EXPECT_TRUE(decided.ok()) << decided.status();
    return decided.ok() ? decided->decision : matching::Decision{};
  }
  std::vector<Proposal> HandOut(const std::string& bridge = kBridge,
                                std::optional<std::uint64_t> again_after = std::nullopt) {
    const auto handed = registry_->HandOutProposals(bridge, again_after, 16);
    EXPECT_TRUE(handed.ok()) << handed.status();
    return handed.ok() ? *handed : std::vector<Proposal>{};
  }
  absl::StatusOr<daemon::DecideResult> Answer(std::uint64_t id, bool done,
                                              const std::string& bridge = kBridge) {
    daemon::MutationContext context = Context();
    context.actor = bridge;
    context.reason = done ? "" : "not in our registry";
    return registry_->SettleProposal({context, id, done});
  }
  absl::StatusOr<daemon::DecideResult> Report(const std::string& surviving,
                                              const std::string& merged) {
    daemon::MutationContext context = Context();
    context.actor = kBridge;
    return registry_->ReportMerge({context, test::kDomain, surviving, merged});
  }
  std::vector<Proposal> Outbox() {
    const auto page = registry_->ListProposals({});
    EXPECT_TRUE(page.ok());
    return page.ok() ? page->proposals : std::vector<Proposal>{};
  }
  CaseState StateOfCase() { return registry_->GetCase(case_id_)->review_case.state; }
  DecisionState StateOf(std::uint64_t decision_id) {
    return registry_->GetDecision(decision_id)->state;
  }

  daemon::RegistryOptions options_;
  matching::IdentityId left_ = 0, right_ = 0;
  std::uint64_t case_id_ = 0;
};

TEST_F(Proposals, ADecisionMergesNothingHereUntilTheRegistryHasDoneIt) {
  const matching::Decision decision = Decide();
  EXPECT_EQ(decision.state, DecisionState::kProposed);
  EXPECT_EQ(StateOfCase(), CaseState::kProposed);
  EXPECT_EQ(Get(right_).merged_into, 0u);
  ASSERT_EQ(Outbox().size(), 1u);
  const Proposal proposal = Outbox().front();
  EXPECT_EQ(proposal.id, decision.proposal_id);
  EXPECT_EQ(proposal.kind, ProposalKind::kMerge);
  EXPECT_EQ(proposal.surviving_local_id, "1");
  EXPECT_EQ(proposal.merged_local_id, "2");
  EXPECT_EQ(proposal.domain, test::kDomain);
  EXPECT_EQ(proposal.delivery_count, 0u);
  EXPECT_EQ(test::ReasonOf(TryDecide().status()), "case_closed");
  now_ += 90s;
  EXPECT_EQ(registry_->Status()->proposal_count, 1);
  EXPECT_DOUBLE_EQ(registry_->Status()->oldest_proposal_age_seconds, 90.0);

  ASSERT_EQ(HandOut().size(), 1u);
  ASSERT_TRUE(registry_->ReceiveProposal(kBridge, proposal.id).ok());
  const auto done = Answer(proposal.id, true);
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->decision.state, DecisionState::kInForce);
  EXPECT_EQ(done->decision.proposal_id, 0u);
  EXPECT_EQ(done->review_case->state, CaseState::kDecided);
  EXPECT_EQ(Get(right_).merged_into, left_);
  EXPECT_THAT(Outbox(), IsEmpty());
  EXPECT_EQ(registry_->Status()->proposal_count, 0);
}

TEST_F(Proposals, AreHandedOutAgainWithoutReceiptAndWithoutAnswer) {
  Decide();
  const std::vector<Proposal> first = HandOut();
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].delivery_count, 1u);
  EXPECT_THAT(HandOut(), IsEmpty()) << "it holds it";
  EXPECT_THAT(HandOut("other"), IsEmpty()) << "one bridge at a time";
  now_ += options_.review.proposal_receipt;
  EXPECT_EQ(HandOut("other").at(0).delivery_count, 2u);
  EXPECT_EQ(test::ReasonOf(registry_->ReceiveProposal(kBridge, first[0].id)), "proposal_held");
  EXPECT_EQ(test::ReasonOf(Answer(first[0].id, true).status()), "proposal_held");
  ASSERT_TRUE(registry_->ReceiveProposal("other", first[0].id).ok());
  ASSERT_TRUE(registry_->ReceiveProposal("other", first[0].id).ok()) << "said twice";
  now_ += options_.review.proposal_receipt;
  EXPECT_THAT(HandOut(), IsEmpty()) << "received: there is more time";
  now_ += options_.review.proposal_answer;
  EXPECT_EQ(HandOut().at(0).delivery_count, 3u);
}

TEST_F(Proposals, ABridgeThatBeginsAnewIsHandedWhatItHad) {
  const matching::Decision decision = Decide();
  HandOut();
  ASSERT_TRUE(registry_->ReceiveProposal(kBridge, decision.proposal_id).ok());
  const std::vector<Proposal> again = HandOut(kBridge, 0);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].delivery_count, 2u);
  EXPECT_FALSE(again[0].received_at);
  EXPECT_THAT(HandOut(kBridge, decision.proposal_id), IsEmpty()) << "behind it there is none";
}

TEST_F(Proposals, ARefusalBringsTheCaseBackWithItsReason) {
  const matching::Decision decision = Decide();
  HandOut();
  const auto refused = Answer(decision.proposal_id, false);
  ASSERT_TRUE(refused.ok()) << refused.status();
  EXPECT_EQ(refused->decision.state, DecisionState::kRejected);
  EXPECT_EQ(refused->decision.end_reason, "not in our registry");
  EXPECT_EQ(refused->decision.ended_by, kBridge);
  EXPECT_EQ(StateOfCase(), CaseState::kOpen);
  EXPECT_THAT(Outbox(), IsEmpty());
  EXPECT_EQ(Get(right_).merged_into, 0u);
  EXPECT_EQ(test::ReasonOf(Answer(decision.proposal_id, true).status()), "proposal_ended");
  EXPECT_NE(Decide().proposal_id, 0u) << "and can be decided again";
}

TEST_F(Proposals, AnOutcomeSaidTwiceIsTakenOnce) {
  const matching::Decision decision = Decide();
  HandOut();
  const daemon::ProposalAnswer done{{"proposal/1/done", kBridge, ""}, decision.proposal_id, true};
  const auto first = registry_->SettleProposal(done);
  const auto again = registry_->SettleProposal(done);
  ASSERT_TRUE(first.ok() && again.ok()) << again.status();
  EXPECT_EQ(again->decision, first->decision);
  EXPECT_EQ(again->commit_number, first->commit_number);
}

TEST_F(Proposals, UndoingBeforeItIsDoneWithdrawsIt) {
  const matching::Decision decision = Decide();
  HandOut();
  const auto undone = registry_->UndoDecision({Context(), decision.id, 0, false});
  ASSERT_TRUE(undone.ok()) << undone.status();
  EXPECT_EQ(undone->decision.state, DecisionState::kUndone);
  EXPECT_EQ(StateOfCase(), CaseState::kOpen);
  EXPECT_THAT(Outbox(), IsEmpty());
  EXPECT_EQ(test::ReasonOf(Answer(decision.proposal_id, true).status()), "proposal_ended");
}

TEST_F(Proposals, UndoingAMergeIsProposedLikewise) {
  const matching::Identity survivor = Get(left_), merged = Get(right_);
  const matching::Decision decision = Decide();
  HandOut();
  ASSERT_TRUE(Answer(decision.proposal_id, true).ok());
  const auto asked = registry_->UndoDecision({Context(), decision.id, 0, false});
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->decision.state, DecisionState::kUndoProposed);
  EXPECT_EQ(Get(right_).merged_into, left_) << "still merged";
  const std::vector<Proposal> handed = HandOut();
  ASSERT_EQ(handed.size(), 1u);
  EXPECT_EQ(handed[0].kind, ProposalKind::kUnmerge);
  // Refused: it stays merged, and can be asked for again.
  ASSERT_TRUE(Answer(handed[0].id, false).ok());
  EXPECT_EQ(StateOf(decision.id), DecisionState::kInForce);
  ASSERT_TRUE(registry_->UndoDecision({Context(), decision.id, 0, false}).ok());
  const std::vector<Proposal> next = HandOut();
  ASSERT_EQ(next.size(), 1u);
  const auto done = Answer(next[0].id, true);
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->decision.state, DecisionState::kUndone);
  EXPECT_EQ(done->decision.ended_by, "desk 1");
  EXPECT_EQ(StateOfCase(), CaseState::kOpen);
  EXPECT_EQ(Get(right_).merged_into, 0u);
  EXPECT_EQ(Get(left_).traits, survivor.traits);
  EXPECT_EQ(Get(right_).traits, merged.traits);
  EXPECT_THAT(Outbox(), IsEmpty());
}

TEST_F(Proposals, AnAskedForUnmergeCanBeGivenUp) {
  const matching::Decision decision = Decide();
  HandOut();
  ASSERT_TRUE(Answer(decision.proposal_id, true).ok());
  ASSERT_TRUE(registry_->UndoDecision({Context(), decision.id, 0, false}).ok());
  ASSERT_TRUE(registry_->RejectDecision({Context(), decision.id, 0, false}).ok());
  EXPECT_EQ(StateOf(decision.id), DecisionState::kInForce);
  EXPECT_THAT(Outbox(), IsEmpty());
}

TEST_F(Proposals, ASecondPersonAgreesFirst) {
  options_.review.second_person_for_merge = true;
  options_.review.second_person_for_unmerge = true;
  Reopen();
  const matching::Decision decision = Decide();
  EXPECT_EQ(decision.state, DecisionState::kAwaitingConfirmation);
  EXPECT_THAT(Outbox(), IsEmpty());
  daemon::MutationContext second = Context();
  second.actor = "supervisor";
  const auto agreed = registry_->ConfirmDecision({second, decision.id, 0, false});
  ASSERT_TRUE(agreed.ok()) << agreed.status();
  EXPECT_EQ(agreed->decision.state, DecisionState::kProposed);
  EXPECT_EQ(agreed->decision.confirmed_by, "supervisor");
  EXPECT_EQ(StateOfCase(), CaseState::kProposed);
  EXPECT_EQ(Get(right_).merged_into, 0u);
  ASSERT_EQ(HandOut().size(), 1u);
  ASSERT_TRUE(Answer(agreed->decision.proposal_id, true).ok());
  EXPECT_EQ(Get(right_).merged_into, left_);
  ASSERT_TRUE(registry_->UndoDecision({Context(), decision.id, 0, false}).ok());
  EXPECT_THAT(Outbox(), IsEmpty());
  second = Context();
  second.actor = "supervisor";
  const auto undo = registry_->ConfirmDecision({second, decision.id, 0, false});
  ASSERT_TRUE(undo.ok()) << undo.status();
  EXPECT_EQ(undo->decision.state, DecisionState::kUndoProposed);
  EXPECT_EQ(Outbox().size(), 1u);
}

TEST_F(Proposals, TheRegistrysOwnMergeClosesWhatWaitedForIt) {
  const matching::Decision decision = Decide();
  const auto reported = Report("1", "2");
  ASSERT_TRUE(reported.ok()) << reported.status();
  EXPECT_EQ(reported->decision.id, decision.id);
  EXPECT_EQ(reported->decision.state, DecisionState::kInForce);
  EXPECT_EQ(StateOfCase(), CaseState::kDecided);
  EXPECT_EQ(Get(right_).merged_into, left_);
  EXPECT_THAT(Outbox(), IsEmpty());
  const std::int64_t before = CommitNumber();
  const auto again = Report("1", "2");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->decision.id, decision.id);
  EXPECT_EQ(CommitNumber(), before) << "it is known";
}

TEST_F(Proposals, TheRegistrysMergeTheOtherWayRoundIsTakenAsItWasMade) {
  const matching::Decision decision = Decide();
  const auto reported = Report("2", "1");
  ASSERT_TRUE(reported.ok()) << reported.status();
  EXPECT_EQ(StateOf(decision.id), DecisionState::kRejected);
  EXPECT_EQ(registry_->GetDecision(decision.id)->end_reason, "registry_merged_otherwise");
  EXPECT_EQ(reported->decision.surviving_id, right_);
  EXPECT_EQ(Get(left_).merged_into, right_);
  EXPECT_EQ(StateOfCase(), CaseState::kDecided);
  EXPECT_THAT(Outbox(), IsEmpty());
}

TEST_F(Proposals, AMergeNobodyDecidedIsReportedAndUndoneLikeADecision) {
  Register("9", test::Person("NERCI", "LOUISE", test::Day(1980, 5, 4)));
  const auto reported = Report("1", "9");
  ASSERT_TRUE(reported.ok()) << reported.status();
  EXPECT_EQ(reported->decision.actor, kBridge);
  EXPECT_FALSE(reported->review_case);
  EXPECT_EQ(test::ReasonOf(Report("1", "77").status()), "identity_not_found");
  EXPECT_EQ(test::FieldsOf(Report("1", "1").status()),
            std::vector<std::string>{"merged_local_id:same_as_surviving"});
  EXPECT_TRUE(registry_->UndoDecision({Context(), reported->decision.id, 0, false}).ok());
  EXPECT_EQ(Outbox().size(), 1u);
}

TEST_F(Proposals, ACaseThatIsWithdrawnTakesItsProposalWithIt) {
  const matching::Decision decision = Decide();
  matching::Traits other =
      test::Person("LAVENIR", "GASTON", test::Day(1931, 2, 3), matching::Sex::kMale);
  ASSERT_TRUE(Update(right_, other,
                     {"birth_family_name", "first_birth_given_name", "birth_given_names", "sex",
                      "birth_date"})
                  .ok());
  ASSERT_EQ(StateOfCase(), CaseState::kWithdrawn);
  EXPECT_EQ(StateOf(decision.id), DecisionState::kRejected);
  EXPECT_THAT(Outbox(), IsEmpty());
}

TEST_F(Proposals, StandInTheOrderOfTheirDecisionsAndPageByPage) {
  std::vector<std::uint64_t> expected = {Decide().proposal_id};
  const std::vector<matching::Traits> people = {
      test::Person("DUBOIS", "LEA", test::Day(1990, 4, 5)),
      test::Person("MARTIN", "HUGO", test::Day(1951, 11, 23), matching::Sex::kMale),
      test::Person("LEROY", "ODETTE", test::Day(1933, 7, 14))};
  for (std::size_t i = 0; i < people.size(); ++i) {
    const matching::Traits& person = people[i];
    left_ = Register("L" + std::to_string(i), person).identity.id;
    const daemon::RegisterResult second = Register("R" + std::to_string(i), person);
    ASSERT_EQ(second.opened_case_ids.size(), 1u);
    case_id_ = second.opened_case_ids.front();
    expected.push_back(Decide().proposal_id);
  }
  std::vector<std::uint64_t> handed;
  for (const Proposal& proposal : HandOut()) handed.push_back(proposal.id);
  EXPECT_EQ(handed, expected);
  const auto page = registry_->ListProposals({3, ""});
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->proposals.size(), 3u);
  const auto rest = registry_->ListProposals({3, page->next_page_token});
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest->proposals.size(), 1u);
  EXPECT_EQ(rest->next_page_token, "");
}

TEST_F(Proposals, WithoutTheSettingADecisionMergesHere) {
  options_.review.merges_proposed = false;
  Reopen();
  EXPECT_EQ(Decide().state, DecisionState::kInForce);
  EXPECT_EQ(Get(right_).merged_into, left_);
  EXPECT_THAT(Outbox(), IsEmpty());
}

}  // namespace
}  // namespace vigie
