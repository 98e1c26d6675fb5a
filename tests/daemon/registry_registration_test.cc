#include <algorithm>
#include <set>

#include "tests/daemon/registry_fixture.h"

namespace vigie::test {
namespace {

using matching::CaseKind;
using matching::TrustStatus;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class Registration : public RegistryTest {};

TEST_F(Registration, KeepsTraitsAsGivenBesideTheirRnivForm) {
  matching::Traits traits = Person("D’Æion", "Cœur", Day(1987, 1, 2), matching::Sex::kMale);
  traits.used_family_name = "Martin";
  const daemon::RegisterResult result = Register("1", traits);
  EXPECT_EQ(result.identity.traits, traits);
  EXPECT_EQ(result.identity.rniv.birth_family_name, "D'AEION");
  EXPECT_EQ(result.identity.rniv.first_birth_given_name, "COEUR");
  EXPECT_EQ(result.identity.rniv.used_family_name, "MARTIN");
  EXPECT_EQ(result.identity.rniv.used_given_name, "") << "never filled from the birth name";
  EXPECT_EQ(result.identity.version, 1);
  EXPECT_GT(result.commit_number, 0);
  EXPECT_EQ(Get(result.identity.id), result.identity);
}

TEST_F(Registration, MakesAProvisionalIdentityWithOnePeriodAndOneHistoryEntry) {
  const daemon::RegisterResult result = Register("1", Zoe());
  ASSERT_EQ(result.identity.status_periods.size(), 1U);
  EXPECT_EQ(result.identity.status_periods[0].effective_at, now_);
  EXPECT_EQ(result.identity.status_periods[0].status, TrustStatus::kProvisional);
  const auto history = registry_->History(result.identity.id, 0, 0);
  ASSERT_TRUE(history.ok());
  ASSERT_EQ(history->size(), 1U);
  const matching::Change& change = history->front();
  EXPECT_EQ(change.operation, "register");
  EXPECT_EQ(change.version, 1);
  EXPECT_EQ(change.commit_number, result.commit_number);
  EXPECT_EQ(change.actor, "desk 1");
  EXPECT_EQ(change.reason, "test");
  EXPECT_EQ(change.rule, "created");
  EXPECT_FALSE(change.before.has_value());
  EXPECT_THAT(change.changed_fields,
              ElementsAre("birth_family_name", "first_birth_given_name", "birth_given_names", "sex",
                          "birth_date", "birth_place_code"));
}

TEST_F(Registration, IsInTheAuditChainByReferenceOnly) {
  Register("1", Zoe());
  Register("2", Zoe());
  const auto audit = store_->Read()->GetAudit(1, 10);
  ASSERT_TRUE(audit.ok());
  ASSERT_EQ(audit->size(), 2U);
  EXPECT_EQ((*audit)[1].method, "register");
  EXPECT_EQ((*audit)[1].actor, "desk 1");
  EXPECT_EQ((*audit)[1].request_id, "request-2");
  EXPECT_THAT((*audit)[1].targets, UnorderedElementsAre("identity/2", "case/1"));
}

// Trap 3: JEAN CHRISTOPHE PIERRE may begin with JEAN or with JEAN-CHRISTOPHE.
TEST_F(Registration, TakesTheFirstGivenNameFromTheListAndSaysWhenItIsAmbiguous) {
  const struct {
    const char* description;
    const char* list;
    const char* first;
    bool ambiguous;
  } cases[] = {
      {"common first element of a compound", "JEAN CHRISTOPHE PIERRE", "JEAN", true},
      {"accents and case do not hide it", "Françoise Marie", "Françoise", false},
      {"hyphen settles it", "JEAN-CHRISTOPHE PIERRE", "JEAN-CHRISTOPHE", false},
      {"comma settles it", "Jean Christophe, Pierre", "Jean Christophe", false},
      {"no compound begins so", "CATARINA BELLA", "CATARINA", false},
      {"nothing follows", "MARIE", "MARIE", false},
      {"spaces around", "  MARIE  ROSE ", "MARIE", true},
  };
  int local_id = 0;
  for (const auto& c : cases) {
    matching::Traits traits = Zoe();
    traits.first_birth_given_name.clear();
    traits.birth_given_names = c.list;
    const daemon::RegisterResult result = Register(std::to_string(++local_id), traits);
    EXPECT_EQ(result.identity.traits.first_birth_given_name, c.first) << c.description;
    EXPECT_EQ(std::set<std::string>(result.warnings.begin(), result.warnings.end())
                  .contains("first_given_name_ambiguous"),
              c.ambiguous)
        << c.description;
  }
}

TEST_F(Registration, WarnsOfWhatIsAcceptableButWorthALook) {
  const struct {
    const char* description;
    const char* warning;
    void (*change)(matching::Traits&);
  } cases[] = {
      {"no place", "birth_place_missing", [](auto& t) { t.birth_place_code.clear(); }},
      {"the unknown place", "birth_place_missing", [](auto& t) { t.birth_place_code = "99999"; }},
      {"no such commune", "birth_place_unknown_code",
       [](auto& t) { t.birth_place_code = "63999"; }},
      {"day unknown", "birth_date_incomplete", [](auto& t) { t.birth_date = Day(1975, 6, 0); }},
      {"31 December", "birth_date_default", [](auto& t) { t.birth_date = Day(1975, 12, 31); }},
      {"other first name", "first_given_name_not_in_list",
       [](auto& t) { t.birth_given_names = "PAULE ANNE"; }},
  };
  int local_id = 0;
  for (const auto& c : cases) {
    matching::Traits traits = Person("ADRUN", "ZOE", Day(1975, 6, 15));
    c.change(traits);
    EXPECT_THAT(Register(std::to_string(++local_id), traits).warnings, Contains(c.warning))
        << c.description;
  }
  EXPECT_THAT(Register("none", Person("DUBOIS", "LEA", Day(1980, 6, 15))).warnings, IsEmpty());
}

TEST_F(Registration, RefusesWhatCannotBeTakenAndNamesFieldAndCode) {
  using daemon::RegisterRequest;
  const struct {
    const char* description;
    const char* problem;
    void (*change)(RegisterRequest&);
  } cases[] = {
      {"no request id", "request_id:required", [](auto& r) { r.context.request_id.clear(); }},
      {"long request id", "request_id:too_long",
       [](auto& r) { r.context.request_id = std::string(65, 'a'); }},
      {"space in request id", "request_id:not_printable",
       [](auto& r) { r.context.request_id = "a b"; }},
      {"long actor", "actor:too_long", [](auto& r) { r.context.actor = std::string(129, 'a'); }},
      {"control character in actor", "actor:invalid_text",
       [](auto& r) { r.context.actor = "a\nb"; }},
      {"invalid UTF-8 in reason", "reason:invalid_text",
       [](auto& r) { r.context.reason = "\xC3"; }},
      {"surrogate in reason", "reason:invalid_text",
       [](auto& r) { r.context.reason = "\xED\xA0\x80"; }},
      {"overlong slash in reason", "reason:invalid_text",
       [](auto& r) { r.context.reason = "\xC0\xAF"; }},
      {"long reason", "reason:too_long",
       [](auto& r) { r.context.reason = std::string(1025, 'a'); }},
      {"no domain", "domain:required", [](auto& r) { r.domain.clear(); }},
      {"slash in domain", "domain:domain_characters", [](auto& r) { r.domain = "A/B"; }},
      {"long domain", "domain:too_long", [](auto& r) { r.domain = std::string(65, 'A'); }},
      {"no local id", "local_id:required", [](auto& r) { r.local_id.clear(); }},
      {"zero byte in local id", "local_id:not_printable",
       [](auto& r) {
         r.local_id = std::string(
             "1\0"
             "2",
             3);
       }},
      {"long local id", "local_id:too_long", [](auto& r) { r.local_id = std::string(65, '1'); }},
      {"no family name", "traits.birth_family_name:required",
       [](auto& r) { r.traits.birth_family_name.clear(); }},
      {"no given name", "traits.first_birth_given_name:required",
       [](auto& r) {
         r.traits.first_birth_given_name.clear();
         r.traits.birth_given_names.clear();
       }},
      {"only commas as given names", "traits.birth_given_names:empty",
       [](auto& r) {
         r.traits.first_birth_given_name.clear();
         r.traits.birth_given_names = ", ,";
       }},
      {"no sex", "traits.sex:required", [](auto& r) { r.traits.sex = matching::Sex::kUnknown; }},
      {"no date", "traits.birth_date:required", [](auto& r) { r.traits.birth_date = {}; }},
      {"30 February", "traits.birth_date:not_a_date",
       [](auto& r) { r.traits.birth_date = Day(1980, 2, 30); }},
      {"no year", "traits.birth_date:year_required",
       [](auto& r) { r.traits.birth_date = Day(0, 5, 6); }},
      {"too old", "traits.birth_date:too_early",
       [](auto& r) { r.traits.birth_date = Day(1789, 7, 14); }},
      {"not born yet", "traits.birth_date:in_the_future",
       [](auto& r) { r.traits.birth_date = Day(2026, 3, 12); }},
      {"next year", "traits.birth_date:in_the_future",
       [](auto& r) { r.traits.birth_date = Day(2027, 0, 0); }},
      {"place of four digits", "traits.birth_place_code:place_code_shape",
       [](auto& r) { r.traits.birth_place_code = "6322"; }},
      {"digit in a name", "traits.birth_family_name:character_without_equivalent",
       [](auto& r) { r.traits.birth_family_name = "ADR2"; }},
      {"very long name", "traits.birth_family_name:too_long",
       [](auto& r) { r.traits.birth_family_name = std::string(101, 'A'); }},
      {"absurd name", "traits.birth_family_name:too_long",
       [](auto& r) { r.traits.birth_family_name = std::string(1 << 20, 'A'); }},
      {"used name", "traits.used_family_name:character_without_equivalent",
       [](auto& r) { r.traits.used_family_name = "A+B"; }},
      {"long address", "traits.address_line:too_long",
       [](auto& r) { r.traits.address_line = std::string(257, 'a'); }},
      {"zero byte in city", "traits.city:invalid_text",
       [](auto& r) { r.traits.city = std::string("a\0b", 3); }},
      {"unknown device", "evidence.type:unknown_device",
       [](auto& r) {
         r.evidence = matching::Evidence{"library_card", Day(2026, 1, 1), true};
       }},
      {"no device", "evidence.type:required",
       [](auto& r) {
         r.evidence = matching::Evidence{"", Day(2026, 1, 1), true};
       }},
      {"checked tomorrow but one", "evidence.checked_on:in_the_future",
       [](auto& r) {
         r.evidence = matching::Evidence{"passport", Day(2026, 3, 12), true};
       }},
      {"checked some day", "evidence.checked_on:not_a_date",
       [](auto& r) {
         r.evidence = matching::Evidence{"passport", Day(2026, 3, 0), true};
       }},
      {"answer of another kind", "insi_answer.return_code:not_a_return_code",
       [](auto& r) {
         r.insi_answer = Answer(Zoe(), ZoeIns(), At(2026, 3, 1));
         r.insi_answer->return_code = "03";
       }},
      {"00 without matricule", "insi_answer.ins:required",
       [](auto& r) {
         r.insi_answer = Answer(Zoe(), ZoeIns(), At(2026, 3, 1));
         r.insi_answer->ins.reset();
       }},
      {"answer without its instant", "insi_answer.queried_at:required",
       [](auto& r) { r.insi_answer = Answer(Zoe(), ZoeIns(), {}); }},
      {"answer of the day after tomorrow", "insi_answer.queried_at:in_the_future",
       [](auto& r) { r.insi_answer = Answer(Zoe(), ZoeIns(), At(2026, 3, 12)); }},
  };
  for (const auto& c : cases) {
    RegisterRequest request = Request("1", Zoe());
    c.change(request);
    const auto result = registry_->Register(request);
    EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument) << c.description;
    EXPECT_EQ(ReasonOf(result.status()), "fields_invalid") << c.description;
    EXPECT_THAT(FieldsOf(result.status()), Contains(c.problem)) << c.description;
  }
  EXPECT_EQ(CommitNumber(), 0);
}

TEST_F(Registration, NamesEveryProblemAtOnceWithItsOffset) {
  matching::Traits traits = Zoe();
  traits.birth_family_name = "ADR+UN";
  traits.sex = matching::Sex::kUnknown;
  const auto result = registry_->Register(Request("1", traits));
  const auto details = daemon::DetailsOf(result.status());
  ASSERT_TRUE(details.has_value());
  ASSERT_EQ(details->fields.size(), 2U);
  EXPECT_EQ(details->fields[0].field, "traits.sex");
  EXPECT_EQ(details->fields[1].field, "traits.birth_family_name");
  EXPECT_EQ(details->fields[1].offset, std::optional<std::size_t>(3));
}

TEST_F(Registration, OfAPersonWhoIsThereOpensACaseInTheSameCommit) {
  const daemon::RegisterResult first = Register("1", Zoe());
  EXPECT_THAT(first.possible_duplicates, IsEmpty());
  const daemon::RegisterResult second = Register("2", Zoe());
  ASSERT_EQ(second.possible_duplicates.size(), 1U);
  const daemon::PossibleDuplicate& duplicate = second.possible_duplicates[0];
  EXPECT_EQ(duplicate.identity_id, first.identity.id);
  EXPECT_EQ(duplicate.local_id, "1");
  EXPECT_GE(duplicate.score.probability, 0.5);
  EXPECT_THAT(second.opened_case_ids, ElementsAre(duplicate.case_id));
  const auto opened = registry_->GetCase(duplicate.case_id);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->review_case.kind, CaseKind::kDuplicate);
  EXPECT_THAT(opened->review_case.identity_ids, ElementsAre(first.identity.id, second.identity.id));
  EXPECT_THAT(opened->review_case.reasons, ElementsAre("score_above_review_threshold"));
  EXPECT_EQ(opened->review_case.weight_bits, duplicate.score.weight_bits);
  EXPECT_EQ(opened->review_case.model_version, matching::FrenchHospitalModel()->version);
  EXPECT_EQ(opened->review_case.opened_at, now_);
  EXPECT_EQ(store_->Read()->CommitNumber(), second.commit_number);
}

TEST_F(Registration, InAnotherDomainIsShownAndProposedAsALink) {
  const daemon::RegisterResult first = Register("1", Zoe());
  daemon::RegisterRequest request = Request("1", Zoe());
  request.domain = "CLINIQUE";
  const daemon::RegisterResult second = Register(request);
  ASSERT_EQ(second.possible_duplicates.size(), 1U);
  EXPECT_EQ(second.possible_duplicates[0].identity_id, first.identity.id);
  ASSERT_EQ(second.opened_case_ids.size(), 1U);
  EXPECT_EQ(second.possible_duplicates[0].case_id, second.opened_case_ids[0]);
  EXPECT_EQ(registry_->GetCase(second.opened_case_ids[0])->review_case.kind,
            matching::CaseKind::kLink);
}

TEST_F(Registration, OfAStrangerOpensNothing) {
  Register("1", Zoe());
  const auto other =
      Register("2", Person("KOWALSKI", "HUGO", Day(2001, 6, 17), matching::Sex::kMale));
  EXPECT_THAT(other.opened_case_ids, IsEmpty());
  EXPECT_THAT(other.possible_duplicates, IsEmpty());
}

TEST_F(Registration, AgainWithTheSameContentChangesNothing) {
  Register("1", Zoe());
  const daemon::RegisterResult second = Register("2", Zoe());
  const std::int64_t commit_number = CommitNumber();
  const daemon::RegisterResult again = Register("2", Zoe());
  EXPECT_TRUE(again.already_registered);
  EXPECT_EQ(again.identity, second.identity);
  EXPECT_EQ(again.commit_number, commit_number);
  EXPECT_EQ(CommitNumber(), commit_number);
  ASSERT_EQ(again.possible_duplicates.size(), 1U);
  EXPECT_EQ(again.possible_duplicates[0].case_id, second.possible_duplicates[0].case_id);
  EXPECT_THAT(again.opened_case_ids, IsEmpty());
}

// An import is run again after the desk has worked: what it says is what it said then.
TEST_F(Registration, AgainAsAtFirstIsHarmlessAfterTheIdentityHasLivedOn) {
  daemon::RegisterRequest request = Request("1", Zoe());
  request.evidence = matching::Evidence{"passport", Day(2026, 3, 1), true};
  const auto first = Register(request);
  matching::Traits traits = Zoe();
  traits.city = "AREGNO";
  ASSERT_TRUE(Update(first.identity.id, traits, {"city"}).ok());
  ASSERT_TRUE(RecordAnswer(first.identity.id, Answer(Zoe(), ZoeIns(), now_)).ok());
  request.context = Context();
  const auto again = Register(request);
  EXPECT_TRUE(again.already_registered);
  EXPECT_EQ(again.identity.version, 3);
  EXPECT_EQ(Get(first.identity.id).traits.city, "AREGNO");
}

TEST_F(Registration, UnderATakenLocalIdWithOtherContentIsRefused) {
  const auto first = Register("1", Zoe());
  const auto other = registry_->Register(
      Request("1", Person("KOWALSKI", "HUGO", Day(2001, 6, 17), matching::Sex::kMale)));
  EXPECT_EQ(other.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(other.status()), "local_id_taken");
  EXPECT_EQ(daemon::DetailsOf(other.status())->metadata.at("identity_id"),
            std::to_string(first.identity.id));
}

TEST_F(Registration, WithDatedFactsBeginsItsPeriodsWithTheEarliest) {
  daemon::RegisterRequest request = Request("1", Zoe());
  request.insi_answer = Answer(Zoe(), ZoeIns(), At(2026, 1, 15, 10));
  request.evidence = matching::Evidence{"passport", Day(2025, 6, 1), false};
  const matching::Identity identity = Register(request).identity;
  EXPECT_EQ(matching::StatusOf(identity.trust), TrustStatus::kQualified);
  EXPECT_EQ(identity.ins, ZoeIns());
  EXPECT_TRUE(identity.evidence->high_assurance) << "from the list, not from the caller";
  ASSERT_EQ(identity.status_periods.size(), 2U);
  // Midnight of 1 June in Paris.
  EXPECT_EQ(identity.status_periods[0].effective_at, At(2025, 5, 31, 22));
  EXPECT_EQ(identity.status_periods[0].status, TrustStatus::kValidated);
  EXPECT_EQ(identity.status_periods[1].effective_at, At(2026, 1, 15, 10));
  EXPECT_EQ(identity.status_periods[1].status, TrustStatus::kQualified);
}

TEST_F(Registration, TakesTheFactsAsTheyHappenedWhateverTheirOrder) {
  daemon::RegisterRequest request = Request("1", Zoe());
  request.insi_answer = Answer(Zoe(), ZoeIns(), At(2025, 1, 15, 10));
  request.evidence = matching::Evidence{"passport", Day(2025, 6, 1), false};
  const matching::Identity identity = Register(request).identity;
  ASSERT_EQ(identity.status_periods.size(), 2U);
  EXPECT_EQ(identity.status_periods[0].status, TrustStatus::kRecovered);
  EXPECT_EQ(identity.status_periods[0].effective_at, At(2025, 1, 15, 10));
  EXPECT_EQ(identity.status_periods[1].status, TrustStatus::kQualified);
}

TEST_F(Registration, OfAnImportNeedsNoTraitsInItsInsiAnswer) {
  daemon::RegisterRequest request = Request("1", Zoe());
  request.insi_answer = Answer(matching::Traits{}, ZoeIns(), At(2026, 1, 15, 10));
  const matching::Identity identity = Register(request).identity;
  EXPECT_EQ(identity.traits, Zoe());
  EXPECT_EQ(identity.ins, ZoeIns());
  EXPECT_EQ(identity.last_insi_answer->traits, matching::Traits{}) << "kept as received";
}

TEST_F(Registration, OfAMarkedIdentityTakesNoInsiAnswer) {
  for (const bool doubtful : {true, false}) {
    daemon::RegisterRequest request = Request("1", Zoe());
    request.attributes.doubtful = doubtful;
    request.attributes.fictitious = !doubtful;
    request.insi_answer = Answer(Zoe(), ZoeIns(), now_);
    const auto result = registry_->Register(request);
    EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(ReasonOf(result.status()), "insi_call_forbidden");
  }
}

// Trap 4: doubtful and homonym go together, doubtful and fictitious do not.
TEST_F(Registration, RefusesAttributesThatExcludeEachOther) {
  daemon::RegisterRequest request = Request("1", Zoe());
  request.attributes = {true, true, false};
  EXPECT_TRUE(registry_->Register(request).ok());
  request = Request("2", Zoe());
  request.attributes = {false, true, true};
  EXPECT_EQ(ReasonOf(registry_->Register(request).status()), "transition_refused");
}

TEST_F(Registration, OfTheSameMatriculeInOneDomainIsAnInsConflict) {
  const auto first = RegisterQualified("1", Zoe(), ZoeIns());
  const auto second = RegisterQualified("2", Zoe(), ZoeIns());
  const auto conflicts = Cases(CaseKind::kInsConflict);
  ASSERT_EQ(conflicts.size(), 1U);
  EXPECT_THAT(conflicts[0].identity_ids, ElementsAre(first.identity.id, second.identity.id));
  EXPECT_EQ(Cases(CaseKind::kDuplicate).size(), 1U);
  EXPECT_EQ(second.opened_case_ids.size(), 2U);
  EXPECT_EQ(Get(first.identity.id).ins, ZoeIns()) << "both keep their data";
  EXPECT_EQ(Get(second.identity.id).ins, ZoeIns());
}

// Software that writes one matricule on everybody: the queue says so, and stays of use.
TEST_F(Registration, OfOneMatriculeOnEverybodyDoesNotFillTheQueue) {
  daemon::RegistryOptions options;
  options.review.detectors_off = {"contradictory_matricule"};  // it has its own tests
  Open(options);
  constexpr int kHolders = 40;
  for (int i = 0; i < kHolders; ++i) {
    daemon::RegisterRequest request =
        Request(std::to_string(i), Person(std::string("KOWAL") + static_cast<char>('A' + i % 26),
                                          "LEA", Day(1930 + i, 1 + i % 12, 1 + i % 28)));
    request.insi_answer = Answer({}, ZoeIns(), now_);
    Register(request);
  }
  daemon::QueueFilter conflicts;
  conflicts.kind = CaseKind::kInsConflict;
  EXPECT_EQ(registry_->CountCases(conflicts).value(), 16 * 17 / 2 + (kHolders - 17) * 16);
  const auto holders = registry_->ResolveIns(ZoeIns());
  ASSERT_TRUE(holders.ok());
  ASSERT_EQ(holders->size(), static_cast<std::size_t>(kHolders));
  for (const matching::Identity& holder : *holders) {
    const auto live = store_->Read()->LiveCasesOf(holder.id);
    ASSERT_TRUE(live.ok());
    const auto count = std::count_if(live->begin(), live->end(), [](const matching::Case& one) {
      return one.kind == CaseKind::kInsConflict;
    });
    EXPECT_GE(count, 1) << "everybody is in the queue";
    EXPECT_LE(count, 2 * 16);
  }
}

TEST_F(Registration, OfTheSameMatriculeInTwoDomainsIsNoConflict) {
  RegisterQualified("1", Zoe(), ZoeIns());
  daemon::RegisterRequest request = Request("1", Zoe());
  request.domain = "CLINIQUE";
  request.insi_answer = Answer(Zoe(), ZoeIns(), now_);
  Register(request);
  EXPECT_THAT(Cases(CaseKind::kInsConflict), IsEmpty());
}

// Two numbers the state gave to two people: homonyms, whatever the rest says.
TEST_F(Registration, OfAHomonymWithAnotherQualifiedMatriculeIsShownButIsNoCase) {
  RegisterQualified("1", Zoe(), ZoeIns());
  const auto second = RegisterQualified("2", Zoe(), {"185027505612340", kNirOid});
  EXPECT_THAT(Cases(CaseKind::kDuplicate), IsEmpty());
  for (const auto& duplicate : second.possible_duplicates) {
    EXPECT_NE(duplicate.score.vetoes, 0U);
  }
}

TEST_F(Registration, OfManyAtOnceLetsEachRowSeeTheOnesBefore) {
  std::vector<daemon::RegisterRequest> requests = {Request("1", Zoe()), Request("2", Zoe()),
                                                   Request("3", Zoe())};
  requests[1].traits.sex = matching::Sex::kUnknown;  // refused
  const auto results = registry_->RegisterAll(requests);
  ASSERT_EQ(results.size(), 3U);
  ASSERT_TRUE(results[0].ok());
  EXPECT_EQ(ReasonOf(results[1].status()), "fields_invalid");
  ASSERT_TRUE(results[2].ok());
  ASSERT_EQ(results[2]->possible_duplicates.size(), 1U);
  EXPECT_EQ(results[2]->possible_duplicates[0].identity_id, results[0]->identity.id);
  EXPECT_EQ(results[2]->identity.local_id, "3");
  EXPECT_EQ(Cases(CaseKind::kDuplicate).size(), 1U);
}

TEST_F(Registration, OfTooManyAtOnceIsRefusedRowByRow) {
  const auto results =
      registry_->RegisterAll(std::vector<daemon::RegisterRequest>(10'001, Request("1", Zoe())));
  ASSERT_EQ(results.size(), 10'001U);
  EXPECT_EQ(ReasonOf(results[0].status()), "fields_invalid");
  EXPECT_EQ(CommitNumber(), 0);
}

TEST_F(Registration, AttachesAllVisitsThatWaitForIt) {
  RecordVisit(Visit("V1", "1", At(2026, 3, 1)));
  RecordVisit(Visit("V2", "1", At(2026, 3, 2), At(2026, 3, 4)));
  RecordVisit(Visit("V3", "2", At(2026, 3, 3)));
  daemon::RegisterRequest request = Request("1", Zoe());
  request.evidence = matching::Evidence{"passport", Day(2026, 3, 3), false};
  const auto result = Register(request);
  const auto first = registry_->GetVisit(kDomain, "V1");
  const auto second = registry_->GetVisit(kDomain, "V2");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->identity_id, result.identity.id);
  EXPECT_EQ(first->version, 2);
  EXPECT_EQ(second->status_at_admission, TrustStatus::kProvisional);
  EXPECT_EQ(second->status_at_discharge, TrustStatus::kValidated);
  EXPECT_EQ(registry_->GetVisit(kDomain, "V3")->identity_id, 0U);
  EXPECT_EQ(registry_->Status()->counts.unattached_visit_count, 1);
}

}  // namespace
}  // namespace vigie::test
