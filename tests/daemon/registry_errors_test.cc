#include <set>

#include "daemon/registry/errors.h"
#include "tests/daemon/registry_fixture.h"

namespace vigie::test {
namespace {

using daemon::Reason;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Reasons, AreEachListedOnceInOrderAndSayWhatToDo) {
  std::set<std::string_view> names;
  std::size_t position = 0;
  for (const daemon::ReasonInfo& info : daemon::Reasons()) {
    EXPECT_EQ(static_cast<std::size_t>(info.reason), position++) << info.name;
    EXPECT_EQ(&daemon::InfoOf(info.reason), &info) << info.name;
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_FALSE(info.meaning.empty()) << info.name;
    EXPECT_FALSE(info.caller_does.empty()) << info.name;
    EXPECT_NE(info.code, absl::StatusCode::kOk) << info.name;
  }
  EXPECT_EQ(position, static_cast<std::size_t>(Reason::kInternal) + 1);
}

TEST(Reasons, TravelOnTheStatusWithFieldsAndMetadata) {
  const absl::Status error =
      daemon::MakeError(Reason::kVersionMoved, "moved", {{"version", "7"}, {"a", ""}});
  EXPECT_EQ(error.code(), absl::StatusCode::kAborted);
  const auto details = daemon::DetailsOf(error);
  ASSERT_TRUE(details.has_value());
  EXPECT_EQ(details->reason, "version_moved");
  EXPECT_EQ(details->metadata.at("version"), "7");
  const absl::Status fields =
      daemon::MakeFieldsError({{"a.b", "too_long", {}}, {"c", "empty", 0}, {"d", "x", 300}});
  const auto problems = daemon::DetailsOf(fields)->fields;
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_EQ(problems[0], (daemon::FieldProblem{"a.b", "too_long", {}}));
  EXPECT_EQ(problems[1].offset, std::optional<std::size_t>(0));
  EXPECT_EQ(problems[2].offset, std::optional<std::size_t>(300));
}

TEST(Reasons, AreGivenToWhatComesFromStorageAndNeverReplaced) {
  EXPECT_FALSE(daemon::DetailsOf(absl::UnavailableError("x")).has_value());
  EXPECT_EQ(ReasonOf(daemon::WithReason(absl::UnavailableError("x"))), "outcome_unknown");
  EXPECT_EQ(ReasonOf(daemon::WithReason(absl::ResourceExhaustedError("x"))), "storage_low");
  EXPECT_EQ(ReasonOf(daemon::WithReason(absl::DataLossError("x"))), "data_damaged");
  EXPECT_EQ(ReasonOf(daemon::WithReason(absl::UnknownError("x"))), "internal");
  const absl::Status own = daemon::MakeError(Reason::kTooManyGroups, "x");
  EXPECT_EQ(daemon::WithReason(own), own);
  EXPECT_TRUE(daemon::WithReason(absl::OkStatus()).ok());
}

TEST(Reasons, OfARefusedPageTokenNameItsField) {
  const absl::Status error = daemon::MakePageTokenError();
  EXPECT_EQ(error.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(error), "page_token_invalid");
  EXPECT_THAT(FieldsOf(error), ::testing::ElementsAre("page_token:not_of_this_list"));
}

// Unmistakable traits through every way of being refused: none may be found in what comes back.
class Canary : public RegistryTest {
 protected:
  void ExpectSilent(const absl::Status& status, const char* where) {
    ASSERT_FALSE(status.ok()) << where;
    std::string text = status.ToString();
    const auto details = daemon::DetailsOf(status);
    ASSERT_TRUE(details.has_value()) << where;
    for (const auto& [key, value] : details->metadata) text += key + value;
    for (const auto& problem : details->fields) text += problem.field + problem.code;
    for (const char* trait : {"CANARI", "SERIN", "1975", "275126322074974", "2751263220749",
                              "CANARY CITY", "0611223344", "IPPCANARI"}) {
      EXPECT_THAT(text, Not(HasSubstr(trait))) << where;
    }
  }

  matching::Traits Bird() {
    matching::Traits traits = Person("CANARI", "SERIN", Day(1975, 12, 31));
    traits.city = "CANARY CITY";
    traits.phone = "0611223344";
    return traits;
  }
};

TEST_F(Canary, NoRefusalQuotesWhatItRefuses) {
  matching::Traits wrong = Bird();
  wrong.birth_family_name = "CANARI+";
  wrong.birth_place_code = "CANARI";
  wrong.birth_date = Day(1975, 2, 31);
  wrong.phone = std::string(40, '1') + "0611223344";
  wrong.city = "CANARY CITY\x01";
  ExpectSilent(registry_->Register(Request("1", wrong)).status(), "traits");
  ExpectSilent(registry_->Register(Request("IPPCANARI 1", Bird())).status(), "local id");
  daemon::RegisterRequest request = Request("IPPCANARI", Bird());
  request.context.request_id = "CANARI SERIN";
  ExpectSilent(registry_->Register(request).status(), "request id");

  const auto id = Register("IPPCANARI", Bird()).identity.id;
  ExpectSilent(registry_->Register(Request("IPPCANARI", Zoe())).status(), "local id taken");
  request = Request("2", Bird());
  Register(request);
  request.traits.city = "x";
  ExpectSilent(registry_->Register(request).status(), "request id reused");
  ExpectSilent(Update(id, Bird(), {"city"}, 9).status(), "etag");
  ExpectSilent(Update(id, Bird(), {"CANARI"}).status(), "field name");
  ExpectSilent(Update(id, wrong, {"birth_family_name", "phone"}).status(), "update");

  matching::InsiAnswer answer = Answer(Bird(), {"275126322074974", kTestOid}, now_);
  ExpectSilent(RecordAnswer(id, answer).status(), "test OID");
  answer.ins->matricule = "275126322074975";
  ExpectSilent(RecordAnswer(id, answer).status(), "key");
  answer.return_code = "CANARI";
  ExpectSilent(RecordAnswer(id, answer).status(), "return code");
  ExpectSilent(RecordEvidence(id, "CANARI", Day(1975, 12, 31)).status(), "device");
  ASSERT_TRUE(SetAttributes(id, {}, true, {}).ok());
  ExpectSilent(RecordAnswer(id, Answer(Bird(), ZoeIns(), now_)).status(), "doubtful");
  ExpectSilent(SetAttributes(id, {}, {}, true).status(), "attributes");

  daemon::SearchRequest search;
  search.birth_date = Day(1975, 12, 31);
  search.family_prefix = "CANARI";
  ExpectSilent(registry_->Search(search).status(), "search letters");
  search.family_prefix = "CAN";
  search.page_token = "CANARI";
  ExpectSilent(registry_->Search(search).status(), "page token");
  search = {};
  search.ins_matricule = "2751263220749";
  ExpectSilent(registry_->Search(search).status(), "search matricule");
  daemon::MatchRequest match;
  match.traits = wrong;
  ExpectSilent(registry_->Match(match).status(), "match");
  ExpectSilent(registry_->ResolveLocalId(kDomain, "IPPCANARI2").status(), "resolve");
  ExpectSilent(registry_->ResolveIns({"2751263220749", "CANARI"}).status(), "resolve INS");
  ExpectSilent(registry_->GetVisit(kDomain, "IPPCANARI").status(), "visit");
  ExpectSilent(registry_->ListCases({{}, false, 0, "CANARI"}).status(), "case page");
  matching::Visit visit = Visit("IPPCANARI 1", "IPPCANARI 1", At(1975, 12, 31));
  visit.site_finess = "CANARI";
  ExpectSilent(registry_->RecordVisit({Context(), visit}).status(), "visit fields");
  ExpectSilent(registry_->CancelVisit({Context(), kDomain, "IPPCANARI", 0}).status(), "cancel");
  daemon::RateRequest rate;
  rate.from = rate.to = Day(2026, 3, 1);
  rate.definition = "CANARI";
  ExpectSilent(registry_->Rate(rate).status(), "rate");
}

TEST_F(Canary, NoAuditEntryHoldsATrait) {
  const auto id = Register("1", Bird()).identity.id;
  ASSERT_TRUE(RecordAnswer(id, Answer(Bird(), ZoeIns(), now_)).ok());
  Register("2", Bird());
  const auto audit = store_->Read()->GetAudit(1, 100);
  ASSERT_TRUE(audit.ok());
  EXPECT_EQ(audit->size(), 3U);
  for (const auto& entry : *audit) {
    std::string text = entry.actor + entry.method + entry.request_id;
    for (const auto& target : entry.targets) text += target;
    for (const char* trait : {"CANARI", "SERIN", "1975", "275126322074974"}) {
      EXPECT_THAT(text, Not(HasSubstr(trait)));
    }
  }
}

}  // namespace
}  // namespace vigie::test
