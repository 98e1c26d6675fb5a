#include "tests/daemon/registry_fixture.h"

namespace vigie::test {
namespace {

using matching::CaseKind;
using matching::CaseState;
using matching::TrustStatus;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class Edits : public RegistryTest {
 protected:
  TrustStatus StatusNow(matching::IdentityId id) { return matching::StatusOf(Get(id).trust); }
  matching::Change LastChange(matching::IdentityId id) {
    const auto history = registry_->History(id, 0, 1);
    EXPECT_TRUE(history.ok());
    return history->at(0);
  }
};

TEST_F(Edits, TakeOnlyTheFieldsNamed) {
  const auto id = Register("1", Zoe()).identity.id;
  matching::Traits traits;  // all empty
  traits.used_family_name = "Martin";
  traits.city = "Aregno";
  const auto updated = Update(id, traits, {"used_family_name", "city"});
  ASSERT_TRUE(updated.ok()) << updated.status();
  matching::Traits expected = Zoe();
  expected.used_family_name = "Martin";
  expected.city = "Aregno";
  EXPECT_EQ(updated->identity.traits, expected) << "used names never touch birth names";
  EXPECT_EQ(updated->identity.version, 2);
  EXPECT_EQ(updated->identity.rniv.used_family_name, "MARTIN");
  EXPECT_EQ(updated->identity.updated_at, now_);
  const matching::Change change = LastChange(id);
  EXPECT_EQ(change.operation, "update");
  EXPECT_THAT(change.changed_fields, ElementsAre("used_family_name", "city"));
  EXPECT_EQ(change.before->traits, Zoe());
  EXPECT_EQ(change.rule, "");
}

TEST_F(Edits, ClearAComplementaryTraitThatIsNamedAndEmpty) {
  matching::Traits traits = Zoe();
  traits.phone = "0601020304";
  const auto id = Register("1", traits).identity.id;
  ASSERT_TRUE(Update(id, {}, {"phone"}).ok());
  EXPECT_EQ(Get(id).traits.phone, "");
}

TEST_F(Edits, RefuseAnEtagThatMoved) {
  const auto id = Register("1", Zoe()).identity.id;
  matching::Traits traits = Zoe();
  traits.city = "A";
  ASSERT_TRUE(Update(id, traits, {"city"}, 1).ok());
  traits.city = "B";
  const auto stale = Update(id, traits, {"city"}, 1);
  EXPECT_EQ(stale.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(stale.status()), "version_moved");
  EXPECT_EQ(daemon::DetailsOf(stale.status())->metadata.at("version"), "2");
  EXPECT_EQ(Get(id).traits.city, "A");
}

TEST_F(Edits, RefuseWhatTheyCannotTake) {
  const auto id = Register("1", Zoe()).identity.id;
  matching::Traits traits = Zoe();
  EXPECT_THAT(FieldsOf(Update(id, traits, {}).status()), ElementsAre("fields:required"));
  EXPECT_THAT(FieldsOf(Update(id, traits, {"nickname"}).status()),
              ElementsAre("fields:unknown_field"));
  EXPECT_THAT(FieldsOf(Update(0, traits, {"city"}).status()), ElementsAre("identity_id:required"));
  EXPECT_THAT(FieldsOf(Update(id, {}, {"birth_family_name"}).status()),
              ElementsAre("traits.birth_family_name:required"));
  EXPECT_THAT(FieldsOf(Update(id, {}, {"sex"}).status()), ElementsAre("traits.sex:required"));
  EXPECT_EQ(ReasonOf(Update(99, traits, {"city"}).status()), "identity_not_found");
  EXPECT_THAT(FieldsOf(SetAttributes(id, {}, {}, {}).status()), ElementsAre("attributes:required"));
  EXPECT_EQ(Get(id).version, 1);
}

TEST_F(Edits, ThatChangeNothingWriteNothing) {
  const auto id = Register("1", Zoe()).identity.id;
  const std::int64_t commit_number = CommitNumber();
  const auto same = Update(id, Zoe(), {"birth_family_name", "city"});
  ASSERT_TRUE(same.ok());
  EXPECT_EQ(same->identity.version, 1);
  ASSERT_TRUE(SetAttributes(id, false, false, false).ok());
  EXPECT_EQ(CommitNumber(), commit_number);
}

TEST_F(Edits, OfAStrictTraitDropTheTrustThatRestedOnIt) {
  const auto id = RegisterQualified("1", Zoe(), ZoeIns()).identity.id;
  now_ += 24h;
  matching::Traits traits = Zoe();
  traits.birth_place_code = "2A020";
  const auto updated = Update(id, traits, {"birth_place_code"});
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(StatusNow(id), TrustStatus::kProvisional);
  EXPECT_FALSE(updated->identity.ins.has_value());
  EXPECT_THAT(updated->identity.ins_history, ElementsAre(ZoeIns()));
  EXPECT_FALSE(updated->identity.evidence.has_value());
  EXPECT_EQ(updated->identity.status_periods.back().effective_at, now_);
  EXPECT_EQ(matching::StatusAsOf(updated->identity.status_periods, now_ - 1h),
            TrustStatus::kQualified);
  const matching::Change change = LastChange(id);
  EXPECT_EQ(change.status_before, TrustStatus::kQualified);
  EXPECT_EQ(change.status_after, TrustStatus::kProvisional);
  EXPECT_EQ(change.rule, "strict_trait_changed");
  EXPECT_THAT(change.changed_fields, Contains("trust_status"));
  EXPECT_THAT(Cases(CaseKind::kCollision), IsEmpty()) << "one trait alone is a correction";
}

TEST_F(Edits, OfTheSpellingThatRnivRewritesKeepTheTrust) {
  const auto id = RegisterQualified("1", Zoe(), ZoeIns()).identity.id;
  matching::Traits traits = Zoe();
  traits.birth_family_name = "Adrun";
  traits.first_birth_given_name = "Zoé";
  ASSERT_TRUE(Update(id, traits, {"birth_family_name", "first_birth_given_name"}).ok());
  EXPECT_EQ(StatusNow(id), TrustStatus::kQualified);
  EXPECT_EQ(Get(id).traits.first_birth_given_name, "Zoé");
}

TEST_F(Edits, OfSeveralStrictTraitsAtOnceOpenACollision) {
  const auto id = Register("1", Zoe()).identity.id;
  matching::Traits other = Person("KOWALSKI", "HUGO", Day(1975, 12, 31), matching::Sex::kMale);
  const auto updated = Update(
      id, other,
      {"birth_family_name", "first_birth_given_name", "birth_given_names", "sex", "birth_date"});
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_THAT(updated->warnings, Contains("several_strict_traits_changed"));
  const auto collisions = Cases(CaseKind::kCollision);
  ASSERT_EQ(collisions.size(), 1U);
  EXPECT_THAT(collisions[0].identity_ids, ElementsAre(id));
  EXPECT_THAT(collisions[0].reasons, ElementsAre("several_strict_traits_changed"));
  EXPECT_THAT(updated->opened_case_ids, ElementsAre(collisions[0].id));
  // Back again: one live case, not two.
  ASSERT_TRUE(Update(id, Zoe(), {"birth_family_name", "sex"}).ok());
  EXPECT_EQ(Cases(CaseKind::kCollision).size(), 1U);
}

// Missing is not different: what was empty contradicts nothing.
TEST_F(Edits, ThatFillInMissingTraitsAreNoCollision) {
  matching::Traits traits = Zoe();
  traits.birth_place_code.clear();
  traits.birth_given_names.clear();
  const auto id = Register("1", traits).identity.id;
  traits.birth_place_code = "63220";
  traits.birth_given_names = "ZOE MARIE";
  const auto updated = Update(id, traits, {"birth_place_code", "birth_given_names"});
  ASSERT_TRUE(updated.ok());
  EXPECT_THAT(Cases(CaseKind::kCollision), IsEmpty());
}

TEST_F(Edits, WithdrawACaseWhoseReasonIsGoneAndOpenItAnew) {
  const auto first = Register("1", Zoe());
  const auto second = Register("2", Zoe());
  ASSERT_EQ(second.opened_case_ids.size(), 1U);
  now_ += 1h;
  const matching::Traits other = Person("KOWALSKI", "HUGO", Day(2001, 6, 17), matching::Sex::kMale);
  const std::vector<std::string> strict = {"birth_family_name", "first_birth_given_name",
                                           "birth_given_names", "sex", "birth_date"};
  ASSERT_TRUE(Update(second.identity.id, other, strict).ok());
  EXPECT_THAT(Cases(CaseKind::kDuplicate), IsEmpty());
  const auto withdrawn = registry_->GetCase(second.opened_case_ids[0]);
  ASSERT_TRUE(withdrawn.ok());
  EXPECT_EQ(withdrawn->review_case.state, CaseState::kWithdrawn);
  EXPECT_EQ(withdrawn->review_case.version, 2);
  EXPECT_EQ(withdrawn->review_case.updated_at, now_);
  const auto back = Update(second.identity.id, Zoe(), strict);
  ASSERT_TRUE(back.ok());
  const auto reopened = Cases(CaseKind::kDuplicate);
  ASSERT_EQ(reopened.size(), 1U);
  EXPECT_NE(reopened[0].id, withdrawn->review_case.id);
  EXPECT_THAT(back->opened_case_ids, ElementsAre(reopened[0].id));
  EXPECT_THAT(reopened[0].identity_ids, ElementsAre(first.identity.id, second.identity.id));
}

TEST_F(Edits, RefreshTheScoreOfALiveCase) {
  matching::Traits traits = Zoe();
  traits.phone = "0601020304";
  Register("1", traits);
  const auto second = Register("2", Zoe());
  const auto before = Cases(CaseKind::kDuplicate);
  ASSERT_EQ(before.size(), 1U);
  const auto updated = Update(second.identity.id, traits, {"phone"});
  ASSERT_TRUE(updated.ok());
  EXPECT_THAT(updated->opened_case_ids, IsEmpty());
  const auto after = Cases(CaseKind::kDuplicate);
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].id, before[0].id);
  EXPECT_GT(after[0].weight_bits, before[0].weight_bits);
  EXPECT_EQ(after[0].version, 2);
}

// INSi.

TEST_F(Edits, AnAcceptedInsiAnswerReplacesTheStrictTraitsAndKeepsTheOldOnes) {
  matching::Traits typed = Zoe();
  typed.birth_family_name = "Adrún";
  typed.birth_place_code.clear();
  typed.used_family_name = "MARTIN";
  typed.city = "AREGNO";
  const auto id = Register("1", typed).identity.id;
  now_ += 1h;
  matching::Traits insi = Zoe();
  insi.birth_given_names = "ZOE MARIE";
  const auto recorded = RecordAnswer(id, Answer(insi, ZoeIns(), now_ - 5min));
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  const matching::Identity& identity = recorded->identity;
  EXPECT_EQ(identity.traits.birth_family_name, "ADRUN");
  EXPECT_EQ(identity.traits.birth_given_names, "ZOE MARIE");
  EXPECT_EQ(identity.traits.first_birth_given_name, "ZOE");
  EXPECT_EQ(identity.traits.birth_place_code, "63220");
  EXPECT_EQ(identity.traits.used_family_name, "MARTIN") << "INSi says nothing of it";
  EXPECT_EQ(identity.traits.city, "AREGNO");
  EXPECT_EQ(identity.rniv.birth_given_names, "ZOE MARIE");
  EXPECT_EQ(identity.ins, ZoeIns());
  EXPECT_EQ(StatusNow(id), TrustStatus::kRecovered);
  EXPECT_EQ(identity.status_periods.back().effective_at, now_ - 5min);
  EXPECT_EQ(LastChange(id).before->traits, typed);
  EXPECT_EQ(identity.last_insi_answer->traits, insi);
  const auto holders = registry_->ResolveIns(ZoeIns());
  ASSERT_TRUE(holders.ok());
  ASSERT_EQ(holders->size(), 1U);
}

TEST_F(Edits, ARefusedOrEmptyInsiAnswerSetsNoInsButIsKept) {
  const auto id = Register("1", Zoe()).identity.id;
  matching::Traits other = Zoe();
  other.sex = matching::Sex::kMale;
  ASSERT_TRUE(RecordAnswer(id, Answer(other, ZoeIns(), now_, /*accepted=*/false)).ok());
  EXPECT_EQ(Get(id).traits, Zoe());
  EXPECT_FALSE(Get(id).ins.has_value());
  EXPECT_EQ(StatusNow(id), TrustStatus::kProvisional);
  EXPECT_EQ(Get(id).last_insi_answer->traits.sex, matching::Sex::kMale);
  EXPECT_EQ(LastChange(id).rule, "insi_refused");
  for (const char* code : {"01", "02"}) {
    matching::InsiAnswer answer;
    answer.return_code = code;
    answer.queried_at = now_;
    ASSERT_TRUE(RecordAnswer(id, answer).ok()) << code;
    EXPECT_EQ(Get(id).last_insi_answer->return_code, code);
    EXPECT_EQ(LastChange(id).rule, "insi_not_found") << code;
  }
}

// EXI REC 07: also what was not accepted is kept as it came, and the history gives it back.
TEST_F(Edits, EveryInsiAnswerCanBeReadBackFromTheHistory) {
  const auto id = Register("1", Zoe()).identity.id;
  matching::Traits other = Zoe();
  other.birth_place_code = "2A020";
  std::vector<matching::InsiAnswer> sent = {Answer(other, ZoeIns(), now_, /*accepted=*/false)};
  sent[0].history = {{"385027505612337", kNiaOid}};
  for (const char* code : {"01", "02", "01"}) {
    sent.push_back({});
    sent.back().return_code = code;
    sent.back().queried_at = now_ + std::chrono::minutes(sent.size());
  }
  for (const matching::InsiAnswer& answer : sent) ASSERT_TRUE(RecordAnswer(id, answer).ok());
  ASSERT_TRUE(Update(id, {}, {"city"}).ok());
  const auto changes = registry_->History(id, 0, 10);
  ASSERT_TRUE(changes.ok());
  std::vector<matching::InsiAnswer> kept = {*Get(id).last_insi_answer};
  for (const matching::Change& change : *changes) {
    if (change.before && change.before->last_insi_answer) {
      kept.insert(kept.begin(), *change.before->last_insi_answer);
    }
  }
  EXPECT_EQ(kept, sent);
}

TEST_F(Edits, RefuseAnInsiAnswerThatIsNotOne) {
  using matching::InsiAnswer;
  const auto id = Register("1", Zoe()).identity.id;
  const struct {
    const char* description;
    const char* problem;
    void (*change)(InsiAnswer&);
  } cases[] = {
      {"a fault is no answer", "answer.return_code:not_a_return_code",
       [](auto& a) { a.return_code = "siram_40"; }},
      // Trap 11: the published HERMAN fixture has a wrong key.
      {"wrong key", "answer.ins.matricule:key",
       [](auto& a) { a.ins->matricule = "181036322045660"; }},
      {"letters", "answer.ins.matricule:matricule_shape",
       [](auto& a) { a.ins->matricule = "27512632207497X"; }},
      {"computed INS of old", "answer.ins.oid:oid_not_an_ins",
       [](auto& a) { a.ins->oid = "1.2.250.1.213.1.4.2"; }},
      {"no OID", "answer.ins.oid:oid_not_an_ins", [](auto& a) { a.ins->oid.clear(); }},
      {"wrong key in its history", "answer.history.matricule:key",
       [](auto& a) {
         a.history = {{"181036322045660", kNirOid}};
       }},
      {"endless history", "answer.history:too_many",
       [](auto& a) { a.history.assign(51, ZoeIns()); }},
      {"no traits", "answer.traits.birth_family_name:required", [](auto& a) { a.traits = {}; }},
      {"indeterminate sex", "answer.traits.sex:not_from_insi",
       [](auto& a) { a.traits.sex = matching::Sex::kIndeterminate; }},
      {"01 with a matricule", "answer.ins:only_with_00", [](auto& a) { a.return_code = "01"; }},
      {"02 accepted", "answer.coherence_accepted:only_with_00",
       [](auto& a) { a.return_code = "02"; }},
      {"asked with what nobody knows", "answer.query_criteria:unknown_criterion",
       [](auto& a) { a.query_criteria = {"family_name"}; }},
      {"given name 1 is the first one", "answer.query_criteria:unknown_criterion",
       [](auto& a) { a.query_criteria = {"given_name_1"}; }},
      {"asked twice with one given name", "answer.query_criteria:repeated",
       [](auto& a) {
         a.query_criteria = {"given_name_2", "given_name_2"};
       }},
  };
  for (const auto& c : cases) {
    InsiAnswer answer = Answer(Zoe(), ZoeIns(), now_);
    c.change(answer);
    const auto recorded = RecordAnswer(id, answer);
    EXPECT_EQ(recorded.status().code(), absl::StatusCode::kInvalidArgument) << c.description;
    EXPECT_THAT(FieldsOf(recorded.status()), Contains(c.problem)) << c.description;
  }
  EXPECT_EQ(Get(id).version, 1);
}

TEST_F(Edits, RefuseATestOidInProductionOnly) {
  const auto id = Register("1", Zoe()).identity.id;
  const matching::InsiAnswer answer = Answer(Zoe(), {ZoeIns().matricule, kTestOid}, now_);
  const auto refused = RecordAnswer(id, answer);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(refused.status()), "test_oid_in_production");
  daemon::RegistryOptions options;
  options.production = false;
  Open(options);
  const auto test_id = Register("1", Zoe()).identity.id;
  EXPECT_TRUE(RecordAnswer(test_id, answer).ok());
}

// Trap 5, as far as storage goes: a checked document alone is validated; only with an accepted INS
// is it qualified.
TEST_F(Edits, Trap05ValidatedAloneIsNotQualified) {
  const auto id = Register("1", Zoe()).identity.id;
  ASSERT_TRUE(RecordEvidence(id, "passport", Day(2026, 3, 10)).ok());
  EXPECT_EQ(StatusNow(id), TrustStatus::kValidated);
  EXPECT_FALSE(Get(id).ins.has_value());
  ASSERT_TRUE(RecordAnswer(id, Answer(Zoe(), ZoeIns(), now_)).ok());
  EXPECT_EQ(StatusNow(id), TrustStatus::kQualified);
}

// Trap 6: when the source withdraws the INS, the identity is qualified no longer.
TEST_F(Edits, Trap06TheWithdrawalOfTheInsDropsQualified) {
  const auto id = RegisterQualified("1", Zoe(), ZoeIns()).identity.id;
  ASSERT_EQ(StatusNow(id), TrustStatus::kQualified);
  now_ += 1h;
  const auto withdrawn = registry_->WithdrawIns({Context(), id, 0, false});
  ASSERT_TRUE(withdrawn.ok()) << withdrawn.status();
  EXPECT_EQ(StatusNow(id), TrustStatus::kValidated);
  EXPECT_FALSE(withdrawn->identity.ins.has_value());
  EXPECT_THAT(withdrawn->identity.ins_history, ElementsAre(ZoeIns()));
  EXPECT_EQ(withdrawn->identity.status_periods.back().effective_at, now_);
  EXPECT_EQ(LastChange(id).rule, "ins_withdrawn");
  // There is nothing to verify any more.
  EXPECT_EQ(ReasonOf(registry_->WithdrawIns({Context(), id, 0, true}).status()),
            "transition_refused");
}

// Trap 7: ECETINSI had two earlier matricules. Meeting one of them is no mismatch.
TEST_F(Edits, Trap07AnOldMatriculeInTheHistoryIsNoMismatch) {
  const matching::Traits traits =
      Person("ECETINSI", "PIERRE-ALAIN", Day(2009, 7, 14), matching::Sex::kMale);
  const matching::Ins old_ins = {"209076322083439", kNirOid};
  const matching::Ins new_ins = {"109076322083489", kNirOid};
  const auto id = Register("1", traits).identity.id;
  ASSERT_TRUE(RecordAnswer(id, Answer(traits, old_ins, now_)).ok());
  matching::InsiAnswer answer = Answer(traits, new_ins, now_ + 1h);
  answer.history = {old_ins, {"209066322012355", kNirOid}};
  const auto recorded = RecordAnswer(id, answer);
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  EXPECT_THAT(recorded->warnings, Not(Contains("matricule_replaced_without_history")));
  EXPECT_THAT(recorded->opened_case_ids, IsEmpty());
  EXPECT_EQ(recorded->identity.ins, new_ins);
  EXPECT_THAT(recorded->identity.ins_history,
              ElementsAre(old_ins, matching::Ins{"209066322012355", kNirOid}));
  // The old number still finds the person.
  const auto holders = registry_->ResolveIns(old_ins);
  ASSERT_TRUE(holders.ok());
  ASSERT_EQ(holders->size(), 1U);
  EXPECT_EQ(holders->front().id, id);
}

// Trap 8: the number of a boy on a girl's record is a signal for a person to judge, not an error.
TEST_F(Edits, Trap08AMatriculeOfTheOtherSexIsASignalNotAnError) {
  matching::Traits traits = Zoe();
  traits.sex = matching::Sex::kMale;
  const auto id = Register("1", traits).identity.id;
  const auto recorded = RecordAnswer(id, Answer(traits, ZoeIns(), now_));
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  EXPECT_THAT(recorded->warnings, Contains("matricule_sex"));
  EXPECT_EQ(StatusNow(id), TrustStatus::kRecovered);
}

TEST_F(Edits, AMatriculeThatReplacesAnotherWithoutHistoryIsACollision) {
  const auto id = Register("1", Zoe()).identity.id;
  ASSERT_TRUE(RecordAnswer(id, Answer(Zoe(), ZoeIns(), now_)).ok());
  const matching::Ins other = {"185027505612340", kNirOid};
  const auto recorded = RecordAnswer(id, Answer(Zoe(), other, now_ + 1h));
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  EXPECT_THAT(recorded->warnings, Contains("matricule_replaced_without_history"));
  EXPECT_EQ(recorded->identity.ins, other);
  EXPECT_THAT(recorded->identity.ins_history, IsEmpty()) << "nothing says it was this person's";
  EXPECT_EQ(LastChange(id).before->ins, ZoeIns()) << "and it is not lost";
  const auto collisions = Cases(CaseKind::kCollision);
  ASSERT_EQ(collisions.size(), 1U);
  EXPECT_THAT(collisions[0].reasons, ElementsAre("matricule_replaced_without_history"));
}

TEST_F(Edits, ANirThatReplacesItsNiaIsTheNormalCourse) {
  const auto id = Register("1", Zoe()).identity.id;
  const matching::Ins nia = {"385027505612337", kNiaOid};
  ASSERT_TRUE(RecordAnswer(id, Answer(Zoe(), nia, now_)).ok());
  const auto recorded = RecordAnswer(id, Answer(Zoe(), ZoeIns(), now_ + 1h));
  ASSERT_TRUE(recorded.ok());
  EXPECT_THAT(recorded->identity.ins_history, ElementsAre(nia));
  EXPECT_THAT(Cases(CaseKind::kCollision), IsEmpty());
}

TEST_F(Edits, AnAcceptedAnswerThatTellsOfAnotherPersonIsACollision) {
  const auto id = Register("1", Person("KOWALSKI", "HUGO", Day(2001, 6, 17))).identity.id;
  const auto recorded = RecordAnswer(id, Answer(Zoe(), ZoeIns(), now_));
  ASSERT_TRUE(recorded.ok());
  EXPECT_THAT(recorded->warnings, Contains("several_strict_traits_replaced"));
  EXPECT_EQ(Cases(CaseKind::kCollision).size(), 1U);
}

TEST_F(Edits, AMatriculeIsStoredInOneForm) {
  const matching::Traits traits = Person("ADRTROIS", "DOMINIQUE", Day(1997, 2, 26));
  const auto id = Register("1", traits).identity.id;
  matching::InsiAnswer answer = Answer(traits, {"2 97 02 2a 020 778 78", kNirOid}, now_);
  const auto recorded = RecordAnswer(id, answer);
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  EXPECT_EQ(recorded->identity.ins->matricule, "297022A02077878");
  EXPECT_EQ(recorded->identity.last_insi_answer->ins->matricule, "2 97 02 2a 020 778 78")
      << "kept as received";
}

TEST_F(Edits, AnInsConflictOpensAndIsWithdrawnWithItsCause) {
  const auto first = RegisterQualified("1", Zoe(), ZoeIns()).identity.id;
  const auto second = Register("2", Person("KOWALSKI", "LEA", Day(1975, 12, 31))).identity.id;
  ASSERT_TRUE(RecordAnswer(second, Answer(Get(second).traits, ZoeIns(), now_)).ok());
  const auto conflicts = Cases(CaseKind::kInsConflict);
  ASSERT_EQ(conflicts.size(), 1U);
  EXPECT_THAT(conflicts[0].identity_ids, ElementsAre(first, second));
  EXPECT_THAT(conflicts[0].reasons, ElementsAre("same_matricule_in_force"));
  ASSERT_TRUE(registry_->WithdrawIns({Context(), second, 0, false}).ok());
  EXPECT_THAT(Cases(CaseKind::kInsConflict), IsEmpty());
  EXPECT_EQ(registry_->GetCase(conflicts[0].id)->review_case.state, CaseState::kWithdrawn);
}

// Documents.

TEST_F(Edits, EvidenceTakesItsAssuranceFromTheList) {
  const auto id = Register("1", Zoe()).identity.id;
  const auto weak = RecordEvidence(id, "driving_licence", Day(2026, 3, 10));
  ASSERT_TRUE(weak.ok());
  EXPECT_EQ(StatusNow(id), TrustStatus::kProvisional) << "a driving licence proves nothing";
  EXPECT_FALSE(Get(id).evidence->high_assurance);
  ASSERT_TRUE(RecordEvidence(id, "national_id_card", Day(2026, 3, 10)).ok());
  EXPECT_EQ(StatusNow(id), TrustStatus::kValidated);
  // The day of the check began before the registration did.
  EXPECT_THAT(Get(id).status_periods,
              ElementsAre(matching::StatusPeriod{At(2026, 3, 9, 23), TrustStatus::kValidated,
                                                 "prov_document_checked"}));
}

TEST_F(Edits, WeakEvidenceNeverReplacesStrongEvidence) {
  const auto id = Register("1", Zoe()).identity.id;
  ASSERT_TRUE(RecordEvidence(id, "passport", Day(2026, 3, 9)).ok());
  const auto weak = RecordEvidence(id, "vitale_card", Day(2026, 3, 10));
  ASSERT_TRUE(weak.ok());
  EXPECT_THAT(weak->warnings, Contains("stronger_evidence_kept"));
  EXPECT_EQ(Get(id).evidence->type, "passport");
  EXPECT_EQ(LastChange(id).operation, "record_evidence")
      << "the act is in the history all the same";
}

TEST_F(Edits, EvidenceThatContradictsDropsTheTrust) {
  const auto id = RegisterQualified("1", Zoe(), ZoeIns()).identity.id;
  now_ += 1h;
  const auto recorded = RecordEvidence(id, "passport", Day(2026, 3, 10), /*traits_agree=*/false);
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  EXPECT_THAT(recorded->warnings, Contains("document_contradicts"));
  EXPECT_EQ(StatusNow(id), TrustStatus::kProvisional);
  EXPECT_FALSE(Get(id).ins.has_value());
  EXPECT_EQ(Get(id).status_periods.back().effective_at, now_);
}

TEST_F(Edits, RefuseEvidenceOfAnUnknownDeviceOrDay) {
  const auto id = Register("1", Zoe()).identity.id;
  EXPECT_THAT(FieldsOf(RecordEvidence(id, "selfie", Day(2026, 3, 10)).status()),
              ElementsAre("type:unknown_device"));
  EXPECT_THAT(FieldsOf(RecordEvidence(id, "passport", {}).status()),
              ElementsAre("checked_on:required"));
  EXPECT_THAT(FieldsOf(RecordEvidence(id, "passport", Day(2026, 3, 12)).status()),
              ElementsAre("checked_on:in_the_future"));
}

TEST_F(Edits, TheDeviceListIsTheEstablishments) {
  daemon::RegistryOptions options;
  options.evidence_devices = {{"badge", "Badge", "Badge", true}};
  Open(options);
  const auto id = Register("1", Zoe()).identity.id;
  EXPECT_FALSE(RecordEvidence(id, "passport", Day(2026, 3, 10)).ok());
  ASSERT_TRUE(RecordEvidence(id, "badge", Day(2026, 3, 10)).ok());
  EXPECT_EQ(StatusNow(id), TrustStatus::kValidated);
}

// Attributes.

TEST_F(Edits, MarkingDoubtfulDropsTrustAndInsAndForbidsInsi) {
  const auto id = RegisterQualified("1", Zoe(), ZoeIns()).identity.id;
  now_ += 1h;
  ASSERT_TRUE(SetAttributes(id, {}, true, {}).ok());
  EXPECT_EQ(StatusNow(id), TrustStatus::kProvisional);
  EXPECT_FALSE(Get(id).ins.has_value());
  EXPECT_THAT(Get(id).ins_history, ElementsAre(ZoeIns()));
  const auto asked = RecordAnswer(id, Answer(Zoe(), ZoeIns(), now_));
  EXPECT_EQ(asked.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(asked.status()), "insi_call_forbidden");
  EXPECT_EQ(ReasonOf(RecordEvidence(id, "passport", Day(2026, 3, 10)).status()),
            "transition_refused");
  now_ += 1h;
  ASSERT_TRUE(SetAttributes(id, {}, false, {}).ok());
  EXPECT_EQ(StatusNow(id), TrustStatus::kProvisional) << "trust has to be made again";
  EXPECT_TRUE(RecordAnswer(id, Answer(Zoe(), ZoeIns(), now_)).ok());
}

// Trap 4.
TEST_F(Edits, Trap04DoubtfulAndFictitiousExcludeEachOther) {
  const auto id = Register("1", Zoe()).identity.id;
  ASSERT_TRUE(SetAttributes(id, true, true, {}).ok()) << "homonym and doubtful go together";
  const auto both = SetAttributes(id, {}, {}, true);
  EXPECT_EQ(both.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(daemon::DetailsOf(both.status())->metadata.at("refusal"),
            "doubtful_excludes_fictitious");
  EXPECT_TRUE(SetAttributes(id, false, false, true).ok()) << "cleared first, then set";
  EXPECT_EQ(Get(id).trust.attributes, (matching::Attributes{false, false, true}));
}

// Trap 13: a newborn without civil record, an unknown patient at the emergency department.
TEST_F(Edits, Trap13AFictitiousIdentityStaysProvisional) {
  daemon::RegisterRequest request =
      Request("1", Person("INCONNU", "X", Day(2026, 12, 31), matching::Sex::kIndeterminate));
  request.traits.birth_date = Day(1980, 12, 31);
  request.traits.birth_place_code = "99999";
  request.attributes.fictitious = true;
  const auto id = Register(request).identity.id;
  EXPECT_EQ(StatusNow(id), TrustStatus::kProvisional);
  EXPECT_FALSE(RecordEvidence(id, "passport", Day(2026, 3, 10)).ok());
  EXPECT_EQ(StatusNow(id), TrustStatus::kProvisional);
}

// What was looked at is never lost, whatever the identity made of it.
TEST_F(Edits, EveryDocumentLookedAtStandsInTheHistory) {
  const auto id = Register("1", Zoe()).identity.id;
  EXPECT_FALSE(LastChange(id).evidence.has_value());
  const matching::Evidence passport{"passport", Day(2026, 3, 8), true};
  ASSERT_TRUE(RecordEvidence(id, passport.type, passport.checked_on).ok());
  EXPECT_EQ(LastChange(id).evidence, passport);
  EXPECT_EQ(Get(id).evidence, passport);
  // Weaker than the passport: the identity keeps the passport, the history has both.
  const matching::Evidence card{"vitale_card", Day(2026, 3, 9), false};
  const auto weak = RecordEvidence(id, card.type, card.checked_on);
  ASSERT_TRUE(weak.ok()) << weak.status();
  EXPECT_THAT(weak->warnings, Contains("stronger_evidence_kept"));
  EXPECT_EQ(Get(id).evidence, passport);
  EXPECT_EQ(LastChange(id).evidence, card);
  EXPECT_THAT(LastChange(id).changed_fields, IsEmpty());
  // Contradicts the traits.
  const matching::Evidence identity_card{"national_id_card", Day(2026, 3, 10), true};
  ASSERT_TRUE(RecordEvidence(id, identity_card.type, identity_card.checked_on, false).ok());
  EXPECT_EQ(LastChange(id).evidence, identity_card);
  EXPECT_THAT(LastChange(id).rule, ::testing::HasSubstr("document_contradicts"));
  EXPECT_NE(Get(id).evidence, identity_card);
  // And the one checked at registration.
  daemon::RegisterRequest request = Request("2", Person("MARTIN", "LEA", Day(1980, 5, 17)));
  request.evidence = matching::Evidence{"passport", Day(2026, 3, 1), false};
  EXPECT_EQ(LastChange(Register(request).identity.id).evidence,
            (matching::Evidence{"passport", Day(2026, 3, 1), true}));
}

// Periods.

TEST_F(Edits, AnOlderFactTakesItsPlaceInThePast) {
  now_ = At(2026, 3, 10, 9);
  const auto id = Register("1", Zoe()).identity.id;
  now_ = At(2026, 4, 2, 9);
  ASSERT_TRUE(RecordEvidence(id, "passport", Day(2026, 3, 28)).ok());
  ASSERT_TRUE(RecordAnswer(id, Answer(Zoe(), ZoeIns(), At(2026, 3, 15, 9))).ok());
  const std::vector<matching::StatusPeriod> periods = Get(id).status_periods;
  ASSERT_EQ(periods.size(), 3U);
  EXPECT_EQ(periods[0].effective_at, At(2026, 3, 10, 9));
  EXPECT_EQ(periods[0].status, TrustStatus::kProvisional);
  EXPECT_EQ(periods[1].effective_at, At(2026, 3, 15, 9));
  EXPECT_EQ(periods[1].status, TrustStatus::kRecovered);
  EXPECT_EQ(periods[2].effective_at, At(2026, 3, 27, 23));
  EXPECT_EQ(periods[2].status, TrustStatus::kQualified);
}

TEST_F(Edits, AnOlderFactNeverReachesAcrossALossOfTrust) {
  const auto id = RegisterQualified("1", Zoe(), ZoeIns()).identity.id;
  now_ = At(2026, 4, 1, 9);
  matching::Traits traits = Zoe();
  traits.birth_place_code = "2A020";
  ASSERT_TRUE(Update(id, traits, {"birth_place_code"}).ok());
  now_ = At(2026, 4, 5, 9);
  ASSERT_TRUE(RecordEvidence(id, "passport", Day(2026, 3, 20)).ok());
  const std::vector<matching::StatusPeriod> periods = Get(id).status_periods;
  EXPECT_EQ(StatusNow(id), TrustStatus::kValidated);
  EXPECT_EQ(periods.back().effective_at, At(2026, 4, 1, 9));
  EXPECT_EQ(matching::StatusAsOf(periods, At(2026, 3, 25)), TrustStatus::kQualified);
  for (std::size_t i = 1; i < periods.size(); ++i) {
    EXPECT_LT(periods[i - 1].effective_at, periods[i].effective_at);
  }
}

}  // namespace
}  // namespace vigie::test
