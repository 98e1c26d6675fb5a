// The life cycle of trust: INSi answers compared and faults kept, confirmations and the worklist of
// re-verifications, the Appli carte Vitale, minors, the status at any instant and why; and a long
// random walk beside a slow twin.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "matching/date.h"
#include "tests/daemon/registry_fixture.h"
#include "tests/reference/trust_twin.h"

namespace vigie::test {
namespace {

using matching::CaseKind;
using matching::TrustStatus;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class Trust : public RegistryTest {
 protected:
  TrustStatus StatusNow(matching::IdentityId id) { return matching::StatusOf(Get(id).trust); }
  matching::Change LastChange(matching::IdentityId id) {
    const auto history = registry_->History(id, 0, 1);
    EXPECT_TRUE(history.ok());
    return history->at(0);
  }
  absl::StatusOr<daemon::MutationResult> RecordWithParent(matching::IdentityId id,
                                                          const std::string& type,
                                                          const std::string& parent) {
    return registry_->RecordEvidence({Context(), id, 0, type, Day(2026, 3, 10), true, parent});
  }
  daemon::VitaleReadingRequest Reading(matching::IdentityId id) {
    return {Context(), id, 0, now_, ZoeIns(), {}, Zoe()};
  }
  std::vector<matching::IdentityId> Due(const daemon::ReverificationRequest& request) {
    const auto page = registry_->ListReverificationDue(request);
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<matching::IdentityId> ids;
    for (const auto& due : page->due) ids.push_back(due.identity_id);
    return ids;
  }
};

// --- answers of INSi ---

TEST_F(Trust, AComparisonTellsTheDifferencesAndWritesNothing) {
  matching::Traits typed = Zoe();
  typed.birth_family_name = "Adrun";
  typed.birth_date = Day(1975, 12, 30);
  const auto id = Register("1", typed).identity.id;
  RegisterQualified("2", Zoe(), ZoeIns());
  const std::int64_t commit_number = CommitNumber();
  const auto compared =
      registry_->CompareInsiAnswer(id, Answer(Zoe(), ZoeIns(), now_, /*accepted=*/false));
  ASSERT_TRUE(compared.ok()) << compared.status();
  EXPECT_EQ(CommitNumber(), commit_number);
  EXPECT_EQ(compared->version, 1);
  ASSERT_EQ(compared->differences.size(), 6U);
  EXPECT_EQ(compared->differences[0].agreement, matching::TraitAgreement::kTolerated);
  EXPECT_THAT(compared->differences[0].reasons, ElementsAre("case"));
  EXPECT_EQ(compared->differences[4].agreement, matching::TraitAgreement::kDifferent);
  EXPECT_THAT(compared->differences[4].reasons, ElementsAre("default_date"));
  EXPECT_FALSE(compared->coherent);
  EXPECT_EQ(compared->status_if_accepted, TrustStatus::kRecovered);
  EXPECT_EQ(compared->conflicting_ids.size(), 1U) << "another identity has this matricule";
  EXPECT_EQ(Get(id).traits, typed);
}

TEST_F(Trust, AComparisonRefusesWhatItCannotCompare) {
  const auto id = Register("1", Zoe()).identity.id;
  const matching::InsiAnswer open = Answer(Zoe(), ZoeIns(), now_, false);
  matching::InsiAnswer none;
  none.return_code = "01";
  none.queried_at = now_;
  EXPECT_THAT(FieldsOf(registry_->CompareInsiAnswer(id, none).status()),
              ElementsAre("answer.return_code:only_00_can_be_compared"));
  EXPECT_THAT(FieldsOf(registry_->CompareInsiAnswer(id, Answer(Zoe(), ZoeIns(), now_)).status()),
              ElementsAre("answer.coherence_accepted:not_decided_yet"));
  EXPECT_THAT(FieldsOf(registry_->CompareInsiAnswer(0, open).status()),
              ElementsAre("identity_id:required"));
  EXPECT_EQ(ReasonOf(registry_->CompareInsiAnswer(77, open).status()), "identity_not_found");
  matching::InsiAnswer wrong_key = open;
  wrong_key.ins->matricule = "181036322045660";
  EXPECT_THAT(FieldsOf(registry_->CompareInsiAnswer(id, wrong_key).status()),
              ElementsAre("answer.ins.matricule:key"));
  ASSERT_TRUE(SetAttributes(id, {}, true, {}).ok());
  EXPECT_EQ(ReasonOf(registry_->CompareInsiAnswer(id, open).status()), "insi_call_forbidden");
}

// The answer tells what was replaced, also when it is asked for again after the base has lived on.
TEST_F(Trust, ARecordedAnswerTellsTheDifferencesEveryTime) {
  matching::Traits typed = Zoe();
  typed.birth_given_names = "ZOE";
  typed.birth_place_code.clear();
  const auto id = Register("1", typed).identity.id;
  matching::Traits insi = Zoe();
  insi.birth_given_names = "ZOE MARIE";
  const daemon::InsiAnswerRequest request = {Context(), id, 0, Answer(insi, ZoeIns(), now_)};
  const auto check = [](const daemon::MutationResult& result) {
    ASSERT_EQ(result.differences.size(), 6U);
    EXPECT_THAT(result.differences[2].reasons, ElementsAre("list_shorter"));
    EXPECT_EQ(result.differences[2].ours, "ZOE");
    EXPECT_THAT(result.differences[5].reasons, ElementsAre("missing_here"));
  };
  const auto first = registry_->RecordInsiAnswer(request);
  ASSERT_TRUE(first.ok()) << first.status();
  check(*first);
  matching::Traits later = insi;
  later.birth_place_code = "2A020";
  ASSERT_TRUE(Update(id, later, {"birth_place_code"}).ok());
  const auto again = registry_->RecordInsiAnswer(request);
  ASSERT_TRUE(again.ok()) << again.status();
  check(*again);
  matching::InsiAnswer none;
  none.return_code = "02";
  none.queried_at = now_;
  EXPECT_THAT(RecordAnswer(id, none)->differences, IsEmpty());
}

TEST_F(Trust, AFaultIsKeptInTheHistoryAndChangesNothingElse) {
  const auto id = RegisterQualified("1", Zoe(), ZoeIns()).identity.id;
  const matching::Identity before = Get(id);
  const matching::InsiFault fault{now_ - 1min, "siram_40"};
  const auto recorded = registry_->RecordInsiFault({Context(), id, 0, fault});
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  matching::Identity expected = before;
  expected.version = 2;
  expected.updated_at = now_;
  EXPECT_EQ(recorded->identity, expected);
  const matching::Change change = LastChange(id);
  EXPECT_EQ(change.insi_fault, fault);
  EXPECT_EQ(change.operation, "record_insi_fault");
  EXPECT_EQ(change.rule, "insi_fault");
  EXPECT_THAT(change.changed_fields, IsEmpty());
  EXPECT_EQ(change.actor, "desk 1");
}

TEST_F(Trust, RefuseAFaultThatIsNotOne) {
  const auto id = Register("1", Zoe()).identity.id;
  const struct {
    std::string description;
    matching::InsiFault fault;
    std::string problem;
  } cases[] = {
      {"no code", {now_, ""}, "fault.code:required"},
      {"words", {now_, "Service down"}, "fault.code:fault_code_characters"},
      {"long", {now_, std::string(65, 'a')}, "fault.code:too_long"},
      {"no instant", {{}, "timeout"}, "fault.queried_at:required"},
      {"tomorrow's tomorrow", {now_ + 49h, "timeout"}, "fault.queried_at:in_the_future"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(FieldsOf(registry_->RecordInsiFault({Context(), id, 0, c.fault}).status()),
                ElementsAre(c.problem))
        << c.description;
  }
  ASSERT_TRUE(SetAttributes(id, {}, {}, true).ok());
  EXPECT_EQ(ReasonOf(registry_->RecordInsiFault({Context(), id, 0, {now_, "timeout"}}).status()),
            "insi_call_forbidden");
}

// --- NIA and NIR ---

// A child's number while its registration is pending, then the one for life: INSi lists the first
// in its history. No conflict, no collision, and the first number still finds the person.
TEST_F(Trust, ANirThatFollowsItsNiaIsNoConflict) {
  const auto id = Register("1", Zoe()).identity.id;
  const matching::Ins nia = {"385027505612337", kNiaOid};
  ASSERT_TRUE(RecordAnswer(id, Answer(Zoe(), nia, now_)).ok());
  ASSERT_TRUE(RecordEvidence(id, "passport", Day(2026, 3, 10)).ok());
  ASSERT_EQ(StatusNow(id), TrustStatus::kQualified);
  now_ += 24h;
  matching::InsiAnswer answer = Answer(Zoe(), ZoeIns(), now_);
  answer.history = {nia};
  const auto recorded = RecordAnswer(id, answer);
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  EXPECT_EQ(recorded->identity.ins, ZoeIns());
  EXPECT_THAT(recorded->identity.ins_history, ElementsAre(nia));
  EXPECT_EQ(recorded->identity.ins_confirmed_at, now_);
  EXPECT_EQ(StatusNow(id), TrustStatus::kQualified) << "never less in between";
  EXPECT_THAT(recorded->warnings, Not(Contains("matricule_replaced_without_history")));
  EXPECT_THAT(recorded->opened_case_ids, IsEmpty());
  EXPECT_THAT(Cases(CaseKind::kCollision), IsEmpty());
  EXPECT_THAT(Cases(CaseKind::kInsConflict), IsEmpty());
  const auto holders = registry_->ResolveIns(nia);
  ASSERT_TRUE(holders.ok());
  ASSERT_EQ(holders->size(), 1U);
  EXPECT_EQ(holders->front().id, id);
  // An answer that is recorded late and still has the first number does not undo it silently.
  const auto late = RecordAnswer(id, Answer(Zoe(), nia, now_ - 12h));
  ASSERT_TRUE(late.ok());
  EXPECT_THAT(late->warnings, Contains("matricule_replaced_without_history"));
}

// --- confirmations ---

TEST_F(Trust, AConfirmationMovesItsDateOnly) {
  const auto id = RegisterQualified("1", Zoe(), ZoeIns()).identity.id;
  EXPECT_EQ(Get(id).ins_confirmed_at, now_ - 2h);
  now_ += 24h * 400;
  const auto confirmed = registry_->ConfirmIns({Context(), id, 0, now_ - 1h});
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  EXPECT_EQ(confirmed->identity.ins_confirmed_at, now_ - 1h);
  EXPECT_EQ(StatusNow(id), TrustStatus::kQualified);
  EXPECT_EQ(LastChange(id).rule, "ins_confirmed");
  EXPECT_THAT(LastChange(id).changed_fields, ElementsAre("ins_confirm_time"));
  const std::int64_t commit_number = CommitNumber();
  EXPECT_EQ(registry_->ConfirmIns({Context(), id, 0, now_ - 24h})->identity.ins_confirmed_at,
            now_ - 1h)
      << "an older one is no news";
  EXPECT_EQ(CommitNumber(), commit_number);
}

TEST_F(Trust, AConfirmationNeedsAnInsAndADate) {
  const auto id = Register("1", Zoe()).identity.id;
  const auto without = registry_->ConfirmIns({Context(), id, 0, now_});
  EXPECT_EQ(without.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(daemon::DetailsOf(without.status())->metadata.at("refusal"), "no_ins_to_verify");
  EXPECT_THAT(FieldsOf(registry_->ConfirmIns({Context(), id, 0, {}}).status()),
              ElementsAre("confirmed_at:required"));
  EXPECT_THAT(FieldsOf(registry_->ConfirmIns({Context(), id, 0, now_ + 49h}).status()),
              ElementsAre("confirmed_at:in_the_future"));
}

// Every way an INS comes and goes, beside its date.
TEST_F(Trust, TheDateOfTheConfirmationComesAndGoesWithTheIns) {
  const auto id = Register("1", Zoe()).identity.id;
  EXPECT_FALSE(Get(id).ins_confirmed_at.has_value());
  ASSERT_TRUE(RecordAnswer(id, Answer(Zoe(), ZoeIns(), now_ - 3h)).ok());
  EXPECT_EQ(Get(id).ins_confirmed_at, now_ - 3h);
  ASSERT_TRUE(RecordAnswer(id, Answer(Zoe(), ZoeIns(), now_ - 5h)).ok());
  EXPECT_EQ(Get(id).ins_confirmed_at, now_ - 3h) << "an older answer recorded late";
  ASSERT_TRUE(registry_->WithdrawIns({Context(), id, 0, false}).ok());
  EXPECT_FALSE(Get(id).ins_confirmed_at.has_value());
  ASSERT_TRUE(RecordAnswer(id, Answer(Zoe(), ZoeIns(), now_)).ok());
  EXPECT_EQ(Get(id).ins_confirmed_at, now_);
  ASSERT_TRUE(SetAttributes(id, {}, true, {}).ok());
  EXPECT_FALSE(Get(id).ins_confirmed_at.has_value());
}

// --- the worklist ---

TEST_F(Trust, TheWorklistHasWhatIsDueLongestUnconfirmedFirst) {
  now_ = At(2026, 3, 10, 9);
  std::vector<matching::IdentityId> ids;
  const matching::Instant confirmed[] = {At(2022, 5, 1), At(2023, 3, 10, 8), At(2023, 3, 11, 8),
                                         At(2020, 2, 29, 12), At(2026, 1, 1)};
  for (std::size_t i = 0; i < std::size(confirmed); ++i) {
    const auto id = Register(std::to_string(i), Zoe()).identity.id;
    ASSERT_TRUE(RecordAnswer(id, Answer(Zoe(), ZoeIns(), confirmed[i])).ok());
    ids.push_back(id);
  }
  Register("never", Person("KOWALSKI", "HUGO", Day(1990, 1, 1)));
  EXPECT_THAT(Due({}), ElementsAre(ids[3], ids[0], ids[1])) << "due today is due";
  const auto page = registry_->ListReverificationDue({});
  EXPECT_EQ(page->confirmed_before, Day(2023, 3, 11));
  EXPECT_EQ(page->reverification_years, 3);
  EXPECT_EQ(page->due[0].due_on, Day(2023, 2, 28)) << "29 February";
  EXPECT_EQ(page->due[2].due_on, Day(2026, 3, 10));
  EXPECT_EQ(page->due[0].status, TrustStatus::kRecovered) << "nothing is taken from it";
  EXPECT_EQ(StatusNow(ids[3]), TrustStatus::kRecovered);
  // Another day, another domain.
  daemon::ReverificationRequest all;
  all.confirmed_before = Day(2026, 3, 11);
  EXPECT_THAT(Due(all), ElementsAre(ids[3], ids[0], ids[1], ids[2], ids[4]));
  all.domain = "ELSEWHERE";
  EXPECT_THAT(Due(all), IsEmpty());
  all.domain = kDomain;
  EXPECT_EQ(Due(all).size(), 5U);
  // Confirmed: it leaves the list. Withdrawn: too.
  ASSERT_TRUE(registry_->ConfirmIns({Context(), ids[3], 0, now_}).ok());
  ASSERT_TRUE(registry_->WithdrawIns({Context(), ids[0], 0, true}).ok());
  EXPECT_THAT(Due({}), ElementsAre(ids[1]));
}

TEST_F(Trust, TheWorklistGoesOnPageByPage) {
  std::vector<matching::IdentityId> ids;
  for (int i = 0; i < 7; ++i) {
    const auto id = Register(std::to_string(i), Zoe()).identity.id;
    // Several of one instant, so that a page ends among them.
    ASSERT_TRUE(RecordAnswer(id, Answer(Zoe(), ZoeIns(), At(2020, 1, 1 + (i >= 4 ? 1 : 0)))).ok());
    ids.push_back(id);
  }
  daemon::ReverificationRequest request;
  request.page_size = 3;
  std::vector<matching::IdentityId> listed;
  int pages = 0;
  do {
    const auto page = registry_->ListReverificationDue(request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->due.size(), 3U);
    for (const auto& due : page->due) listed.push_back(due.identity_id);
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty() && ++pages < 10);
  EXPECT_EQ(listed, ids);
  for (const char* token :
       {"x", "1", "1.", "1.2.3", ".5", " 1.2", "1.02", "99999999999999999999.1"}) {
    request.page_token = token;
    EXPECT_EQ(ReasonOf(registry_->ListReverificationDue(request).status()), "page_token_invalid")
        << token;
  }
  request.page_token.clear();
  request.page_size = -1;
  request.confirmed_before = Day(2026, 3, 0);
  EXPECT_THAT(FieldsOf(registry_->ListReverificationDue(request).status()),
              ElementsAre("page_size:negative", "confirmed_before:not_a_date"));
}

TEST_F(Trust, TheYearsOfTheWorklistAreTheEstablishments) {
  daemon::RegistryOptions options;
  options.reverification_years = 5;
  Open(options);
  const auto id = Register("1", Zoe()).identity.id;
  ASSERT_TRUE(RecordAnswer(id, Answer(Zoe(), ZoeIns(), At(2022, 1, 1))).ok());
  EXPECT_THAT(Due({}), IsEmpty());
  now_ = At(2027, 1, 1, 9);
  EXPECT_THAT(Due({}), ElementsAre(id));
}

// --- the Appli carte Vitale ---

TEST_F(Trust, AReadingOfTheAppQualifiesAtOnceWithoutInsi) {
  matching::Traits typed = Zoe();
  typed.birth_given_names = "Zoé";
  const auto id = Register("1", typed).identity.id;
  now_ += 1h;
  daemon::VitaleReadingRequest reading = Reading(id);
  reading.history = {{"385027505612337", kNiaOid}};
  const auto read = registry_->RecordVitaleReading(reading);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(StatusNow(id), TrustStatus::kQualified);
  EXPECT_EQ(read->identity.ins, ZoeIns());
  EXPECT_THAT(read->identity.ins_history, ElementsAre(reading.history[0]));
  EXPECT_EQ(read->identity.ins_confirmed_at, now_);
  EXPECT_EQ(read->identity.evidence, (matching::Evidence{"vitale_app", Day(2026, 3, 10), true}));
  EXPECT_FALSE(read->identity.last_insi_answer.has_value()) << "INSi was not asked";
  EXPECT_EQ(read->identity.traits.birth_given_names, "ZOE");
  ASSERT_EQ(read->differences.size(), 6U);
  EXPECT_THAT(read->differences[2].reasons, ElementsAre("accent"));
  EXPECT_EQ(LastChange(id).rule, "vitale_app_read");
  EXPECT_EQ(LastChange(id).evidence, read->identity.evidence);
  const auto again = registry_->RecordVitaleReading(reading);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->commit_number, read->commit_number);
  EXPECT_THAT(again->differences[2].reasons, ElementsAre("accent"));
}

TEST_F(Trust, RefuseAReadingThatIsNotOne) {
  const auto id = Register("1", Zoe()).identity.id;
  using daemon::VitaleReadingRequest;
  const struct {
    std::string description, problem;
    std::function<void(VitaleReadingRequest&)> change;
  } cases[] = {
      {"no identity", "identity_id:required", [](auto& r) { r.identity_id = 0; }},
      {"no instant", "read_at:required", [](auto& r) { r.read_at = {}; }},
      {"wrong key", "ins.matricule:key", [](auto& r) { r.ins.matricule = "181036322045660"; }},
      {"no matricule", "ins.matricule:matricule_shape", [](auto& r) { r.ins.matricule = ""; }},
      {"no OID", "ins.oid:oid_not_an_ins", [](auto& r) { r.ins.oid = ""; }},
      {"wrong key in its history", "history.matricule:key",
       [](auto& r) {
         r.history = {{"181036322045660", kNirOid}};
       }},
      {"endless history", "history:too_many", [](auto& r) { r.history.assign(51, ZoeIns()); }},
      {"indeterminate sex", "traits.sex:not_from_insi",
       [](auto& r) { r.traits.sex = matching::Sex::kIndeterminate; }},
      {"no birth date", "traits.birth_date:required", [](auto& r) { r.traits.birth_date = {}; }},
  };
  for (const auto& c : cases) {
    VitaleReadingRequest reading = Reading(id);
    c.change(reading);
    EXPECT_THAT(FieldsOf(registry_->RecordVitaleReading(reading).status()), Contains(c.problem))
        << c.description;
  }
  VitaleReadingRequest test_oid = Reading(id);
  test_oid.ins.oid = kTestOid;
  EXPECT_EQ(ReasonOf(registry_->RecordVitaleReading(test_oid).status()), "test_oid_in_production");
  ASSERT_TRUE(SetAttributes(id, {}, true, {}).ok());
  EXPECT_EQ(ReasonOf(registry_->RecordVitaleReading(Reading(id)).status()), "transition_refused");
  EXPECT_EQ(StatusNow(id), TrustStatus::kProvisional);
}

TEST_F(Trust, AReadingThatTellsOfAnotherPersonIsACollision) {
  const auto id = Register("1", Person("KOWALSKI", "HUGO", Day(2001, 6, 17))).identity.id;
  const auto read = registry_->RecordVitaleReading(Reading(id));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->warnings, Contains("several_strict_traits_replaced"));
  EXPECT_EQ(Cases(CaseKind::kCollision).size(), 1U);
}

// --- documents of minors ---

TEST_F(Trust, ACivilRecordCountsForAMinorWithAParentsDocument) {
  const auto child = Register("1", Person("ADRUN", "LOU", Day(2015, 5, 1))).identity.id;
  const auto alone = RecordWithParent(child, "family_book", "");
  ASSERT_TRUE(alone.ok()) << alone.status();
  EXPECT_THAT(alone->warnings, Contains("parent_document_missing"));
  EXPECT_EQ(StatusNow(child), TrustStatus::kProvisional);
  const auto with = RecordWithParent(child, "family_book", "national_id_card");
  ASSERT_TRUE(with.ok()) << with.status();
  EXPECT_EQ(StatusNow(child), TrustStatus::kValidated);
  EXPECT_EQ(Get(child).evidence,
            (matching::Evidence{"family_book", Day(2026, 3, 10), true, "national_id_card"}));
  EXPECT_EQ(LastChange(child).evidence, Get(child).evidence);
}

TEST_F(Trust, ACivilRecordCountsForNoAdult) {
  const auto adult = Register("1", Zoe()).identity.id;
  for (const auto& [type, parent] :
       {std::pair("birth_certificate", "passport"), std::pair("minor_civil_record", "")}) {
    const auto recorded = RecordWithParent(adult, type, parent);
    ASSERT_TRUE(recorded.ok()) << recorded.status();
    EXPECT_THAT(recorded->warnings, Contains("not_a_minor")) << type;
    EXPECT_FALSE(recorded->identity.evidence->high_assurance) << type;
    EXPECT_EQ(StatusNow(adult), TrustStatus::kProvisional) << type;
    EXPECT_EQ(LastChange(adult).evidence->type, type) << "looked at all the same";
  }
}

TEST_F(Trust, TheAgeOfAMinorIsTheEstablishments) {
  daemon::RegistryOptions options;
  options.minor_age_years = 15;
  Open(options);
  const auto id = Register("1", Person("ADRUN", "LOU", Day(2010, 5, 1))).identity.id;
  ASSERT_TRUE(RecordWithParent(id, "family_book", "passport").ok());
  EXPECT_EQ(StatusNow(id), TrustStatus::kProvisional) << "fifteen already";
  EXPECT_EQ(registry_->MinorAgeYears(), 15);
}

TEST_F(Trust, RefuseAParentsDocumentThatProvesNothing) {
  const auto id = Register("1", Person("ADRUN", "LOU", Day(2015, 5, 1))).identity.id;
  const struct {
    std::string type, parent, problem;
  } cases[] = {
      {"family_book", "selfie", "parent_type:unknown_device"},
      {"family_book", "driving_licence", "parent_type:not_high_assurance"},
      {"family_book", "minor_civil_record", "parent_type:not_high_assurance"},
      {"passport", "passport", "parent_type:not_with_this_device"},
      {"", "passport", "type:required"},
      {"", "", "type:required"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(FieldsOf(RecordWithParent(id, c.type, c.parent).status()), ElementsAre(c.problem))
        << c.type << " " << c.parent;
  }
  daemon::RegisterRequest request = Request("2", Zoe());
  request.evidence = matching::Evidence{"family_book", Day(2026, 3, 1), false, "selfie"};
  EXPECT_THAT(FieldsOf(registry_->Register(request).status()),
              ElementsAre("evidence.parent_type:unknown_device"));
}

// --- the status at any instant ---

TEST_F(Trust, TheStatusAtAnInstantComesWithItsCause) {
  now_ = At(2026, 3, 10, 9);
  const auto id = Register("1", Zoe()).identity.id;
  now_ = At(2026, 3, 20, 9);
  ASSERT_TRUE(RecordAnswer(id, Answer(Zoe(), ZoeIns(), At(2026, 3, 15, 8))).ok());
  now_ = At(2026, 4, 1, 9);
  ASSERT_TRUE(RecordEvidence(id, "passport", Day(2026, 3, 30)).ok());
  const auto at = [&](matching::Instant instant,
                      std::optional<matching::Instant> known = std::nullopt) {
    const auto found = registry_->StatusAt(id, instant, known);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *found : daemon::StatusAtResult{};
  };
  const daemon::StatusAtResult before = at(At(2026, 3, 1));
  EXPECT_EQ(before.status, TrustStatus::kProvisional);
  EXPECT_FALSE(before.period.has_value());
  EXPECT_FALSE(before.cause.has_value());
  EXPECT_EQ(before.ends_at, At(2026, 3, 10, 9));

  const daemon::StatusAtResult recovered = at(At(2026, 3, 16));
  EXPECT_EQ(recovered.status, TrustStatus::kRecovered);
  EXPECT_EQ(recovered.period->effective_at, At(2026, 3, 15, 8));
  EXPECT_EQ(recovered.period->rule, "prov_insi_accepted");
  EXPECT_EQ(recovered.ends_at, At(2026, 3, 29, 22));
  ASSERT_TRUE(recovered.cause.has_value());
  EXPECT_EQ(recovered.cause->operation, "record_insi_answer");
  EXPECT_EQ(recovered.cause->changed_at, At(2026, 3, 20, 9));
  EXPECT_EQ(recovered.cause->actor, "desk 1");
  EXPECT_FALSE(recovered.cause->before.has_value());

  const daemon::StatusAtResult now = at(now_);
  EXPECT_EQ(now.status, TrustStatus::kQualified);
  EXPECT_EQ(now.cause->operation, "record_evidence");
  EXPECT_FALSE(now.ends_at.has_value());
  EXPECT_EQ(at(At(2026, 3, 10, 9)).cause->operation, "register") << "inclusive";
  EXPECT_EQ(at(At(2026, 3, 10, 9) - 1us).status, TrustStatus::kProvisional);

  // What was known on 18 March: the answer of the 15th was recorded on the 20th only.
  EXPECT_EQ(at(At(2026, 3, 16), At(2026, 3, 18)).status, TrustStatus::kProvisional);
  EXPECT_EQ(at(At(2026, 3, 16), At(2026, 3, 20, 9)).status, TrustStatus::kRecovered);
  EXPECT_EQ(at(At(2026, 3, 31), At(2026, 3, 25)).status, TrustStatus::kRecovered);
  EXPECT_FALSE(at(At(2026, 3, 31), At(2026, 3, 1)).period.has_value()) << "not registered yet";
  EXPECT_EQ(ReasonOf(registry_->StatusAt(99, now_, {}).status()), "identity_not_found");
}

// --- the random walk ---

// A matricule with its right key: number = 13 digits.
std::string WithKey(std::uint64_t number) {
  const std::string body = std::to_string(number);
  const std::uint64_t key = 97 - number % 97;
  return body + (key < 10 ? "0" : "") + std::to_string(key);
}

class TrustWalk : public RegistryTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  static constexpr int kIdentities = 200;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static constexpr int kEventsEach = 10;  // sanitizers are slow, and see what they look for early
#else
  static constexpr int kEventsEach = 50;  // of each of ten seeds: 100,000 in all
#endif
  using E = matching::TrustEvent;

  // One person of the walk, as the twin sees it.
  struct Walker {
    matching::IdentityId id = 0;
    matching::Ins ins;
    matching::TrustFacts facts;
    std::vector<std::pair<matching::Instant, std::string>> log;  // status after each event
  };

  std::size_t Below(std::size_t bound) { return random_() % bound; }

  void Begin() {
    for (int i = 0; i < kIdentities; ++i) {
      // Names of four letters that share no candidate key.
      std::string family = "W";
      for (int n = i + 1, k = 0; k < 4; ++k, n = n * 7 + 3) {
        family += static_cast<char>('A' + (n + k * 5) % 26);
      }
      const matching::Traits traits =
          Person(family, "ZOE", Day(1930 + i % 70, 1 + i % 12, 1 + i % 28));
      Walker walker;
      walker.id = Register(std::to_string(i), traits).identity.id;
      walker.ins = {WithKey(2750163220000 + static_cast<std::uint64_t>(i)), kNirOid};
      walker.log.emplace_back(now_, "provisional");
      walkers_.push_back(walker);
    }
  }

  // What one event is to the registry and to the twin; refusals must be the same.
  struct Done {
    bool ok = false;
    std::optional<E> event;  // absent: nothing that touches trust
  };

  Done RunInsi(const Walker& walker, const matching::Traits& traits) {
    matching::InsiAnswer answer = Answer(traits, walker.ins, now_, Below(3) != 0);
    if (Below(4) == 0) {
      answer = {};
      answer.return_code = Below(2) == 0 ? "01" : "02";
      answer.queried_at = now_;
    }
    const E event = answer.return_code != "00"  ? E::kInsiNotFound
                    : answer.coherence_accepted ? E::kInsiAnswerAccepted
                                                : E::kInsiAnswerRefused;
    return {RecordAnswer(walker.id, answer).ok(), event};
  }
  Done RunDocument(const Walker& walker) {
    const matching::Date today = matching::DateFromDays(
        std::chrono::floor<std::chrono::days>(now_).time_since_epoch().count());
    const bool strong = Below(3) != 0;
    const bool agrees = Below(5) != 0;
    const E event = !agrees  ? E::kDocumentContradicts
                    : strong ? E::kDocumentChecked
                             : E::kWeakDocumentChecked;
    return {RecordEvidence(walker.id, strong ? "passport" : "driving_licence", today, agrees).ok(),
            event};
  }
  Done RunAttribute(const Walker& walker) {
    const bool value = Below(3) != 0;
    const matching::Attributes& now = walker.facts.attributes;
    switch (Below(3)) {
      case 0:
        return {SetAttributes(walker.id, value, {}, {}).ok(),
                now.homonym == value
                    ? std::nullopt
                    : std::optional(value ? E::kMarkedHomonym : E::kUnmarkedHomonym)};
      case 1:
        return {SetAttributes(walker.id, {}, value, {}).ok(),
                now.doubtful == value
                    ? std::nullopt
                    : std::optional(value ? E::kMarkedDoubtful : E::kUnmarkedDoubtful)};
      default:
        return {SetAttributes(walker.id, {}, {}, value).ok(),
                now.fictitious == value
                    ? std::nullopt
                    : std::optional(value ? E::kMarkedFictitious : E::kUnmarkedFictitious)};
    }
  }
  Done RunWithdrawal(const Walker& walker) {
    const bool mismatch = Below(2) == 0;
    const bool ok = registry_->WithdrawIns({Context(), walker.id, 0, mismatch}).ok();
    // Without an INS there is nothing to withdraw; the table is not asked.
    if (!walker.facts.insi_accepted) return {!ok, std::nullopt};
    return {ok, mismatch ? E::kInsiVerificationMismatch : E::kInsWithdrawn};
  }
  Done RunOne(const Walker& walker) {
    const matching::Traits traits = Get(walker.id).traits;
    switch (Below(12)) {
      case 0:
      case 1:
      case 2:
        return RunInsi(walker, traits);
      case 3:
      case 4:
        return RunDocument(walker);
      case 5:
        return {registry_->RecordInsiFault({Context(), walker.id, 0, {now_, "timeout"}}).ok(),
                E::kInsiFault};
      case 6:
        return {registry_->ConfirmIns({Context(), walker.id, 0, now_}).ok(), E::kInsConfirmed};
      case 7:
        return {
            registry_->RecordVitaleReading({Context(), walker.id, 0, now_, walker.ins, {}, traits})
                .ok(),
            E::kVitaleAppRead};
      case 8:
        return RunWithdrawal(walker);
      case 9: {
        matching::Traits changed = traits;
        changed.birth_place_code = traits.birth_place_code == "63220" ? "2A020" : "63220";
        return {Update(walker.id, changed, {"birth_place_code"}).ok(), E::kStrictTraitChanged};
      }
      default:
        return RunAttribute(walker);
    }
  }

  void Step(Walker& walker) {
    now_ += std::chrono::minutes(1 + Below(3000));
    const Done done = RunOne(walker);
    if (done.event) {
      const reference::TrustTwin twin = reference::ApplyTwin(walker.facts, *done.event, {});
      EXPECT_EQ(done.ok, twin.allowed) << static_cast<int>(*done.event);
      walker.facts = {twin.insi, twin.document, {twin.homonym, twin.doubtful, twin.fictitious}};
    } else {
      EXPECT_TRUE(done.ok);
    }
    const matching::Identity identity = Get(walker.id);
    EXPECT_EQ(identity.trust, walker.facts);
    EXPECT_EQ(identity.ins.has_value(), walker.facts.insi_accepted);
    EXPECT_EQ(identity.ins_confirmed_at.has_value(), walker.facts.insi_accepted);
    const matching::Attributes& attributes = walker.facts.attributes;
    walker.log.emplace_back(
        now_, reference::StatusTwin(walker.facts.insi_accepted, walker.facts.document_checked,
                                    attributes.doubtful, attributes.fictitious));
  }

  void CheckHistory(const Walker& walker, const matching::Identity& identity) {
    const auto history = registry_->History(walker.id, 0, 200);
    ASSERT_TRUE(history.ok());
    ASSERT_EQ(history->size(), static_cast<std::size_t>(identity.version)) << "every version";
    TrustStatus later = matching::StatusOf(identity.trust);
    for (const matching::Change& change : *history) {
      EXPECT_EQ(change.status_after, later) << "statuses chain";
      EXPECT_TRUE(change.status_before == change.status_after || !change.rule.empty());
      later = change.status_before;
      EXPECT_TRUE(!change.before ||
                  matching::StatusOf(change.before->trust) == change.status_before);
    }
  }

  void CheckPeriods(const matching::Identity& identity) {
    const auto& periods = identity.status_periods;
    ASSERT_FALSE(periods.empty());
    EXPECT_EQ(periods.back().status, matching::StatusOf(identity.trust));
    for (std::size_t i = 1; i < periods.size(); ++i) {
      EXPECT_LT(periods[i - 1].effective_at, periods[i].effective_at);
      EXPECT_NE(periods[i - 1].status, periods[i].status);
      EXPECT_FALSE(periods[i].rule.empty());
    }
    if (identity.trust.document_checked) {
      ASSERT_TRUE(identity.evidence.has_value());
      EXPECT_TRUE(identity.evidence->high_assurance);
    }
    const auto& past = identity.ins_history;
    EXPECT_TRUE(!identity.ins || std::count(past.begin(), past.end(), *identity.ins) == 0);
  }

  // What was said at each moment is what is said of it when asked for as known then; and the cause
  // of what is known now made the period it stands for.
  void CheckStatusAt(const Walker& walker) {
    for (int i = 0; i < 5; ++i) {
      const auto& [instant, status] = walker.log[Below(walker.log.size())];
      const auto then = registry_->StatusAt(walker.id, instant, instant);
      ASSERT_TRUE(then.ok()) << then.status();
      EXPECT_EQ(matching::StatusName(then->status), status);
      const auto now = registry_->StatusAt(walker.id, instant, std::nullopt);
      ASSERT_TRUE(now.ok()) << now.status();
      ASSERT_TRUE(now->cause.has_value());
      EXPECT_EQ(now->period->status, now->status);
      EXPECT_LE(now->period->effective_at, instant);
    }
  }

  std::mt19937 random_{GetParam()};
  std::vector<Walker> walkers_;
};

TEST_P(TrustWalk, KeepsEveryInvariantAndAgreesWithTheTwin) {
  Begin();
  for (int i = 0; i < kIdentities * kEventsEach; ++i) {
    Step(walkers_[Below(walkers_.size())]);
    ASSERT_FALSE(HasFailure()) << "event " << i << " of seed " << GetParam();
  }
  std::set<matching::IdentityId> with_ins;
  std::map<TrustStatus, std::int64_t> statuses;
  for (const Walker& walker : walkers_) {
    const matching::Identity identity = Get(walker.id);
    ++statuses[matching::StatusOf(identity.trust)];
    if (identity.ins) with_ins.insert(identity.id);
    CheckHistory(walker, identity);
    CheckPeriods(identity);
    CheckStatusAt(walker);
    ASSERT_FALSE(HasFailure()) << "identity " << walker.id << " of seed " << GetParam();
  }
  EXPECT_EQ(statuses.size(), 4U) << "the walk was everywhere";
  EXPECT_EQ(store_->Read()->GetCounts()->qualified_count, statuses[TrustStatus::kQualified]);
  // The worklist has who has an INS, and nobody else.
  daemon::ReverificationRequest all;
  all.page_size = 200;
  all.confirmed_before = Day(2190, 1, 1);
  const auto due = registry_->ListReverificationDue(all);
  ASSERT_TRUE(due.ok());
  std::set<matching::IdentityId> listed;
  for (const auto& one : due->due) listed.insert(one.identity_id);
  EXPECT_EQ(listed, with_ins);
}

INSTANTIATE_TEST_SUITE_P(Seeds, TrustWalk, ::testing::Range(1U, 11U));

}  // namespace
}  // namespace vigie::test
