#include "daemon/registry/visits.h"
#include "tests/daemon/registry_fixture.h"

namespace vigie::test {
namespace {

using matching::TrustStatus;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Visits : public RegistryTest {};

TEST_F(Visits, RememberTheStatusAtAdmissionAndAtDischarge) {
  const auto id = Register("1", Zoe()).identity.id;
  now_ = At(2026, 3, 20, 9);
  ASSERT_TRUE(RecordEvidence(id, "passport", Day(2026, 3, 15)).ok());
  const auto result = RecordVisit(Visit("V1", "1", At(2026, 3, 12, 8), At(2026, 3, 18, 16)));
  EXPECT_EQ(result.visit.identity_id, id);
  EXPECT_EQ(result.visit.version, 1);
  EXPECT_EQ(result.visit.status_at_admission, TrustStatus::kProvisional);
  EXPECT_EQ(result.visit.status_at_discharge, TrustStatus::kValidated);
  EXPECT_THAT(result.warnings, IsEmpty());
  EXPECT_EQ(*registry_->GetVisit(kDomain, "V1"), result.visit);
}

TEST_F(Visits, OfAnUnknownIdentityWait) {
  const auto result = RecordVisit(Visit("V1", "nobody", At(2026, 3, 9)));
  EXPECT_EQ(result.visit.identity_id, 0U);
  EXPECT_FALSE(result.visit.status_at_admission.has_value());
  EXPECT_THAT(result.warnings, ElementsAre("identity_unknown"));
}

TEST_F(Visits, TakeNothingDerivedFromTheCaller) {
  matching::Visit visit = Visit("V1", "nobody", At(2026, 3, 9));
  visit.identity_id = 42;
  visit.version = 7;
  visit.status_at_admission = TrustStatus::kQualified;
  const auto result = RecordVisit(visit);
  EXPECT_EQ(result.visit.identity_id, 0U);
  EXPECT_EQ(result.visit.version, 1);
  EXPECT_FALSE(result.visit.status_at_admission.has_value());
}

TEST_F(Visits, AgainWithTheSameContentChangeNothing) {
  const auto first = RecordVisit(Visit("V1", "1", At(2026, 3, 9)));
  const std::int64_t commit_number = CommitNumber();
  const auto again = RecordVisit(Visit("V1", "1", At(2026, 3, 9)));
  EXPECT_TRUE(again.already_recorded);
  EXPECT_EQ(again.visit, first.visit);
  EXPECT_EQ(CommitNumber(), commit_number);
}

TEST_F(Visits, WithADischargeAddedAreANewVersionAndKeepTheStatusAtAdmission) {
  const auto id = Register("1", Zoe()).identity.id;
  RecordVisit(Visit("V1", "1", At(2026, 3, 10, 10)));
  now_ = At(2026, 3, 14, 9);
  // Dated before the admission, but known only now: the snapshot stays what it was.
  ASSERT_TRUE(RecordEvidence(id, "passport", Day(2026, 3, 9)).ok());
  const auto discharged = RecordVisit(Visit("V1", "1", At(2026, 3, 10, 10), At(2026, 3, 14, 8)));
  EXPECT_FALSE(discharged.already_recorded);
  EXPECT_EQ(discharged.visit.version, 2);
  EXPECT_EQ(discharged.visit.status_at_admission, TrustStatus::kProvisional);
  EXPECT_EQ(discharged.visit.status_at_discharge, TrustStatus::kValidated);
  // A corrected admission is a new instant, hence a new snapshot.
  const auto corrected = RecordVisit(Visit("V1", "1", At(2026, 3, 10, 11), At(2026, 3, 14, 8)));
  EXPECT_EQ(corrected.visit.status_at_admission, TrustStatus::kValidated);
}

TEST_F(Visits, MovedToAnotherLocalIdFollowItsIdentity) {
  RecordVisit(Visit("V1", "1", At(2026, 3, 9)));
  const auto other = RegisterQualified("2", Zoe(), ZoeIns()).identity.id;
  const auto moved = RecordVisit(Visit("V1", "2", At(2026, 3, 9)));
  EXPECT_EQ(moved.visit.identity_id, other);
  EXPECT_EQ(moved.visit.status_at_admission, TrustStatus::kValidated);
  EXPECT_THAT(moved.warnings, ElementsAre("visit_moved"));
  Register("1", Person("DUBOIS", "LEA", Day(1990, 4, 5)));
  EXPECT_EQ(registry_->GetVisit(kDomain, "V1")->identity_id, other) << "it no longer waits for 1";
}

TEST_F(Visits, AreCancelledAndReinstated) {
  RecordVisit(Visit("V1", "1", At(2026, 3, 9)));
  EXPECT_EQ(ReasonOf(registry_->CancelVisit({Context(), kDomain, "V1", 9}).status()),
            "version_moved");
  const auto cancelled = registry_->CancelVisit({Context(), kDomain, "V1", 1});
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_TRUE(cancelled->visit.cancelled);
  EXPECT_EQ(cancelled->visit.version, 2);
  const auto again = registry_->CancelVisit({Context(), kDomain, "V1", 0});
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->already_recorded);
  EXPECT_EQ(again->visit.version, 2);
  const auto back = RecordVisit(Visit("V1", "1", At(2026, 3, 9)));
  EXPECT_FALSE(back.visit.cancelled);
  EXPECT_THAT(back.warnings, Contains("visit_reinstated"));
  EXPECT_EQ(ReasonOf(registry_->CancelVisit({Context(), kDomain, "V9", 0}).status()),
            "visit_not_found");
  EXPECT_EQ(ReasonOf(registry_->GetVisit(kDomain, "V9").status()), "visit_not_found");
}

TEST_F(Visits, RefuseWhatTheyCannotTake) {
  using matching::Visit;
  const struct {
    const char* description;
    const char* problem;
    void (*change)(Visit&);
  } cases[] = {
      {"no domain", "visit.domain:required", [](auto& v) { v.domain.clear(); }},
      {"no number", "visit.visit_number:required", [](auto& v) { v.visit_number.clear(); }},
      {"long number", "visit.visit_number:too_long",
       [](auto& v) { v.visit_number = std::string(65, '1'); }},
      {"no local id", "visit.local_id:required", [](auto& v) { v.local_id.clear(); }},
      {"wrong check digit", "visit.site_finess:check_digit",
       [](auto& v) { v.site_finess = "750712185"; }},
      {"short FINESS", "visit.legal_entity_finess:finess_shape",
       [](auto& v) { v.legal_entity_finess = "75071218"; }},
      {"no activity", "visit.activity:required",
       [](auto& v) { v.activity = matching::Activity::kUnknown; }},
      {"no such activity", "visit.activity:required",
       [](auto& v) { v.activity = static_cast<matching::Activity>(9); }},
      {"no kind", "visit.kind:required", [](auto& v) { v.kind = matching::VisitKind::kUnknown; }},
      {"a channel with a capital", "visit.entry_channel:entry_channel_shape",
       [](auto& v) { v.entry_channel = "Desk"; }},
      {"a long channel", "visit.entry_channel:entry_channel_shape",
       [](auto& v) { v.entry_channel = std::string(33, 'a'); }},
      {"no admission", "visit.admitted_at:required", [](auto& v) { v.admitted_at = {}; }},
      {"admitted in another age", "visit.admitted_at:out_of_range",
       [](auto& v) { v.admitted_at = At(2300, 1, 1); }},
      {"out before in", "visit.discharged_at:before_admission",
       [](auto& v) { v.discharged_at = v.admitted_at - 1min; }},
  };
  for (const auto& c : cases) {
    Visit visit = this->Visit("V1", "1", At(2026, 3, 9));
    c.change(visit);
    const auto result = registry_->RecordVisit({Context(), visit});
    EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument) << c.description;
    EXPECT_THAT(FieldsOf(result.status()), Contains(c.problem)) << c.description;
  }
  EXPECT_EQ(CommitNumber(), 0);
}

TEST_F(Visits, InTheFutureAreTakenWithAWarning) {
  const auto result = RecordVisit(Visit("V1", "1", now_ + 48h, now_ + 72h));
  EXPECT_THAT(result.warnings, ElementsAre("identity_unknown", "admitted_in_the_future",
                                           "discharged_in_the_future"));
}

TEST_F(Visits, OfManyAtOnceAreAnsweredInOrder) {
  std::vector<daemon::VisitRequest> requests;
  for (const char* number : {"V1", "V2", "V1"}) {
    requests.push_back({Context(), Visit(number, "1", At(2026, 3, 9))});
  }
  requests.push_back({Context(), Visit("", "1", At(2026, 3, 9))});
  const auto results = registry_->RecordVisits(requests);
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[0]->visit.visit_number, "V1");
  EXPECT_EQ(results[1]->visit.visit_number, "V2");
  EXPECT_TRUE(results[2]->already_recorded);
  EXPECT_EQ(ReasonOf(results[3].status()), "fields_invalid");
}

TEST_F(Visits, ThatOnePersonCannotHaveMadeOpenACollision) {
  const auto id = Register("1", Zoe()).identity.id;
  RecordVisit(Visit("V1", "1", At(2026, 3, 1), At(2026, 3, 8)));
  matching::Visit elsewhere = Visit("V2", "1", At(2026, 3, 4), At(2026, 3, 9));
  elsewhere.site_finess = kOtherSite;
  RecordVisit(elsewhere);
  auto cases = Cases(matching::CaseKind::kCollision);
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_THAT(cases[0].identity_ids, ElementsAre(id));
  EXPECT_THAT(cases[0].reasons, ElementsAre("stays_overlap"));
  RecordVisit(Visit("V3", "1", At(1975, 12, 1)));
  EXPECT_THAT(Cases(matching::CaseKind::kCollision)[0].reasons,
              ElementsAre("stays_overlap", "visit_before_birth"));

  // What a person said of it holds: the same visit with another entry channel asks nothing again.
  daemon::DecideRequest decision;
  decision.context = Context();
  decision.case_id = cases[0].id;
  decision.verdict = matching::Verdict::kCollisionConfirmed;
  decision.other_person_visit_numbers = {"V2"};
  ASSERT_TRUE(registry_->Decide(decision).ok());
  elsewhere.entry_channel = "emergency";
  RecordVisit(elsewhere);
  EXPECT_TRUE(Cases(matching::CaseKind::kCollision).empty());
}

TEST_F(Visits, ThatWaitedAndOnePersonCannotHaveMadeOpenACollisionWithTheIdentity) {
  RecordVisit(Visit("V1", "1", At(2026, 3, 1), At(2026, 3, 8)));
  matching::Visit elsewhere = Visit("V2", "1", At(2026, 3, 4), At(2026, 3, 9));
  elsewhere.site_finess = kOtherSite;
  RecordVisit(elsewhere);
  EXPECT_TRUE(Cases(matching::CaseKind::kCollision).empty());
  Register("1", Zoe());
  ASSERT_EQ(Cases(matching::CaseKind::kCollision).size(), 1U);
  EXPECT_THAT(Cases(matching::CaseKind::kCollision)[0].reasons, ElementsAre("stays_overlap"));
}

TEST_F(Visits, OfAnIdentityAreListedTheLatestFirstPageByPage) {
  const auto id = Register("1", Zoe()).identity.id;
  EXPECT_TRUE(registry_->ListVisits({id, 0, ""})->visits.empty());
  for (int day = 1; day <= 5; ++day) {
    RecordVisit(Visit("V" + std::to_string(day), "1", At(2026, 3, static_cast<unsigned>(day))));
  }
  RecordVisit(Visit("V0", "1", At(2026, 3, 5)));  // as late as V5: then by number
  RecordVisit(Visit("other", "2", At(2026, 3, 6)));
  std::vector<std::string> numbers;
  daemon::VisitListRequest request{id, 2, ""};
  do {
    const auto page = registry_->ListVisits(request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const matching::Visit& visit : page->visits) numbers.push_back(visit.visit_number);
    // One that comes meanwhile moves nothing.
    if (request.page_token.empty()) RecordVisit(Visit("V9", "1", At(2026, 3, 9)));
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty());
  EXPECT_THAT(numbers, ElementsAre("V0", "V5", "V4", "V3", "V2", "V1"));
  EXPECT_EQ(ReasonOf(registry_->ListVisits({999, 0, ""}).status()), "identity_not_found");
  EXPECT_EQ(ReasonOf(registry_->ListVisits({id, 0, "nonsense"}).status()), "page_token_invalid");
}

// All that wait must fit in the commit that registers their identity.
TEST_F(Visits, ThatWaitForOneLocalIdAreBounded) {
  std::vector<daemon::VisitRequest> requests;
  for (std::size_t i = 0; i < daemon::kWaitingVisitsMax; ++i) {
    requests.push_back({Context(), Visit("V" + std::to_string(i), "1", At(2026, 3, 9))});
  }
  for (const auto& result : registry_->RecordVisits(requests)) ASSERT_TRUE(result.ok());
  const auto one_more = registry_->RecordVisit({Context(), Visit("more", "1", At(2026, 3, 9))});
  EXPECT_EQ(one_more.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(one_more.status()), "too_many_waiting_visits");
  // One that waits already may still change.
  EXPECT_TRUE(registry_->RecordVisit({Context(), Visit("V0", "1", At(2026, 3, 8))}).ok());
  const auto id = Register("1", Zoe()).identity.id;
  EXPECT_EQ(registry_->Status()->counts.unattached_visit_count, 0);
  EXPECT_EQ(registry_->GetVisit(kDomain, "V4000")->identity_id, id);
  EXPECT_TRUE(registry_->RecordVisit({Context(), Visit("more", "1", At(2026, 3, 9))}).ok());
}

}  // namespace
}  // namespace vigie::test
