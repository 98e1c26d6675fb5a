#include "daemon/registry/rate.h"
#include "tests/daemon/registry_fixture.h"

namespace vigie::test {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class Rate : public RegistryTest {
 protected:
  daemon::RateRequest Window(matching::Date from, matching::Date to,
                             std::vector<std::string> group_by = {}) {
    daemon::RateRequest request;
    request.definition = "qualified-visits";
    request.from = from;
    request.to = to;
    request.group_by = std::move(group_by);
    return request;
  }
  daemon::RateResult Compute(const daemon::RateRequest& request) {
    auto result = registry_->Rate(request);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : daemon::RateResult{};
  }
  // A definition that counts everything by the status asked for.
  void OpenWith(matching::StatusAsOfRule rule,
                matching::IndicatorPopulation population = matching::IndicatorPopulation::kVisits) {
    matching::IndicatorDefinition definition;
    definition.population = population;
    definition.name = "own";
    definition.version = 1;
    definition.numerator_statuses = {matching::TrustStatus::kQualified};
    definition.status_as_of = rule;
    registry_.reset();  // before its store
    store_ = storage::MakeMemoryStore();
    daemon::RegistryOptions options;
    options.clock = [this] { return now_; };
    registry_ = *daemon::Registry::Create(store_.get(), matching::FrenchHospitalModel(),
                                          {definition}, options);
  }
};

// A stay that begins at 23:30Z on 31 December begins on 1 January in Paris.
TEST_F(Rate, CountsByTheDayOfTheEstablishment) {
  RegisterQualified("1", Zoe(), ZoeIns());
  RecordVisit(Visit("V1", "1", At(2025, 12, 31, 23, 30), At(2026, 1, 2)));
  RecordVisit(Visit("V2", "1", At(2025, 12, 31, 22, 30), At(2026, 1, 2)));
  const auto january = Compute(Window(Day(2026, 1, 1), Day(2026, 1, 31), {"month"}));
  ASSERT_EQ(january.rows.size(), 1U);
  EXPECT_THAT(january.rows[0].group, ElementsAre(Pair("month", "2026-01")));
  EXPECT_EQ(january.rows[0].denominator, 1);
  EXPECT_EQ(january.time_zone, "Europe/Paris");
  const auto both = Compute(Window(Day(2025, 12, 1), Day(2026, 1, 31), {"month"}));
  ASSERT_EQ(both.rows.size(), 2U);
  EXPECT_EQ(both.rows[0].group.at("month"), "2025-12");
  daemon::RegistryOptions options;
  options.default_time_zone = "Indian/Reunion";
  Open(options);
  RecordVisit(Visit("V1", "1", At(2025, 12, 31, 20, 30), At(2026, 1, 2)));
  Register("1", Zoe());
  EXPECT_EQ(Compute(Window(Day(2026, 1, 1), Day(2026, 1, 1))).total.denominator, 1);
}

TEST_F(Rate, TakesBothEndsOfTheWindowAcrossTheChangeOfTheClock) {
  Register("1", Zoe());
  // 29 March 2026: the day has 23 hours in Paris, from 23:00Z to 22:00Z.
  RecordVisit(Visit("before", "1", At(2026, 3, 28, 22, 59)));
  RecordVisit(Visit("first", "1", At(2026, 3, 28, 23, 0)));
  RecordVisit(Visit("last", "1", At(2026, 3, 29, 21, 59)));
  RecordVisit(Visit("after", "1", At(2026, 3, 29, 22, 0)));
  EXPECT_EQ(Compute(Window(Day(2026, 3, 29), Day(2026, 3, 29))).total.denominator, 2);
}

TEST_F(Rate, GroupsByAnyOfItsKeysAndFilters) {
  RegisterQualified("1", Zoe(), ZoeIns());
  Register("2", Person("DUBOIS", "LEA", Day(1990, 4, 5)));
  RecordVisit(Visit("V1", "1", At(2026, 3, 5), At(2026, 3, 8)));
  matching::Visit other = Visit("V2", "2", At(2026, 3, 5), At(2026, 3, 8));
  other.site_finess = kOtherSite;
  other.activity = matching::Activity::kPsy;
  RecordVisit(other);
  const auto result = Compute(
      Window(Day(2026, 3, 1), Day(2026, 3, 31), {"activity", "site", "legal_entity", "month"}));
  ASSERT_EQ(result.rows.size(), 2U);
  EXPECT_THAT(result.rows[0].group,
              ElementsAre(Pair("activity", "MCO"), Pair("legal_entity", kLegalEntity),
                          Pair("month", "2026-03"), Pair("site", kSite)));
  EXPECT_EQ(result.rows[1].group.at("activity"), "PSY");
  EXPECT_EQ(result.total.denominator, 2);
  EXPECT_EQ(result.as_of_commit_number, CommitNumber());
  EXPECT_EQ(result.as_of, now_);
  daemon::RateRequest filtered = Window(Day(2026, 3, 1), Day(2026, 3, 31));
  filtered.site_finess = kOtherSite;
  EXPECT_EQ(Compute(filtered).total.denominator, 1);
  filtered.legal_entity_finess = "000000000";
  EXPECT_EQ(Compute(filtered).total.denominator, 0);
}

// Trap 12: the status at the visit and the status when the figure is drawn give other rates.
TEST_F(Rate, Trap12AtAdmissionAtDischargeAndAtExtractionAreThreeFigures) {
  const auto numerator = [&](matching::StatusAsOfRule rule) {
    OpenWith(rule);
    now_ = At(2026, 3, 1, 8);
    const auto id = Register("1", Zoe()).identity.id;
    const auto second = Register("2", Person("DUBOIS", "LEA", Day(1990, 4, 5))).identity.id;
    RecordVisit(Visit("V1", "1", At(2026, 3, 2)));
    RecordVisit(Visit("V2", "2", At(2026, 3, 2), At(2026, 3, 3)));
    now_ = At(2026, 3, 4, 12);
    EXPECT_TRUE(RecordAnswer(id, Answer(Zoe(), ZoeIns(), now_)).ok());
    EXPECT_TRUE(RecordEvidence(id, "passport", Day(2026, 3, 4)).ok());
    RecordVisit(Visit("V1", "1", At(2026, 3, 2), At(2026, 3, 4, 14)));
    now_ = At(2026, 3, 20);
    const matching::Ins ins = {"185027505612340", kNirOid};
    EXPECT_TRUE(RecordAnswer(second, Answer(Get(second).traits, ins, now_)).ok());
    EXPECT_TRUE(RecordEvidence(second, "passport", Day(2026, 3, 20)).ok());
    daemon::RateRequest request = Window(Day(2026, 3, 1), Day(2026, 3, 31));
    request.definition = "own";
    return Compute(request).total.numerator;
  };
  EXPECT_EQ(numerator(matching::StatusAsOfRule::kAdmission), 0);
  EXPECT_EQ(numerator(matching::StatusAsOfRule::kDischarge), 1);
  EXPECT_EQ(numerator(matching::StatusAsOfRule::kExtraction), 2);
}

// Trap 13: fictitious identities are outside the rate, but counted.
TEST_F(Rate, Trap13ExcludesAndCountsWhatIsNotAnIdentity) {
  Register("1", Zoe());
  daemon::RegisterRequest request = Request("2", Person("TEST", "TEST", Day(1980, 12, 31)));
  request.attributes.fictitious = true;
  Register(request);
  RecordVisit(Visit("V1", "1", At(2026, 3, 5)));
  RecordVisit(Visit("V2", "2", At(2026, 3, 5)));
  RecordVisit(Visit("V3", "nobody", At(2026, 3, 5)));
  RecordVisit(Visit("V4", "1", At(2026, 3, 5)));
  ASSERT_TRUE(registry_->CancelVisit({Context(), kDomain, "V4", 0}).ok());
  const auto total = Compute(Window(Day(2026, 3, 1), Day(2026, 3, 31))).total;
  EXPECT_EQ(total.denominator, 1);
  EXPECT_EQ(total.exclusions.at("fictitious"), 1);
  EXPECT_EQ(total.exclusions.at("unattached"), 1);
  EXPECT_EQ(total.exclusions.at("cancelled"), 1);
}

TEST_F(Rate, TakesMoreVisitsThanAreReadTogether) {
  Register("1", Zoe());
  std::vector<daemon::VisitRequest> requests;
  for (int i = 0; i < 2500; ++i) {
    requests.push_back({Context(), Visit("V" + std::to_string(i), "1", At(2026, 3, 5))});
  }
  for (const auto& result : registry_->RecordVisits(requests)) ASSERT_TRUE(result.ok());
  EXPECT_EQ(Compute(Window(Day(2026, 3, 5), Day(2026, 3, 5))).total.denominator, 2500);
}

TEST_F(Rate, TakesTheDefinitionsOwnWindowWithoutDates) {
  Register("1", Zoe());
  RecordVisit(Visit("V1", "1", At(2026, 2, 28, 23, 30)));  // 1 March in Paris
  RecordVisit(Visit("V2", "1", At(2026, 3, 31, 21, 59)));
  RecordVisit(Visit("V3", "1", At(2026, 3, 31, 22, 0)));  // 1 April
  RecordVisit(Visit("V4", "1", At(2024, 2, 29, 12)));
  now_ = At(2026, 3, 10);
  daemon::RateRequest request = Window({}, {});
  auto result = Compute(request);
  EXPECT_EQ(result.days, (matching::DayWindow{Day(2026, 3, 1), Day(2026, 3, 31)}));
  EXPECT_EQ(result.total.denominator, 2);
  request.reference_day = Day(2024, 2, 3);
  result = Compute(request);
  EXPECT_EQ(result.days, (matching::DayWindow{Day(2024, 2, 1), Day(2024, 2, 29)}));
  EXPECT_EQ(result.total.denominator, 1);
  // Nothing was ever admitted then: no rate, and not a rate of 0.
  request.reference_day = Day(2023, 2, 3);
  EXPECT_EQ(Compute(request).total.rate(), std::nullopt);
  EXPECT_TRUE(Compute(request).rows.empty());
}

// Drawn for the 5th at noon, whatever happened later: a stay that came later is not there, one that
// ended later has not ended, and the status is the one of then.
TEST_F(Rate, CutOffGivesTheFigureOfThen) {
  now_ = At(2026, 3, 1, 8);
  const auto id = Register("1", Zoe()).identity.id;
  RecordVisit(Visit("V1", "1", At(2026, 3, 2)));
  RecordVisit(Visit("V2", "1", At(2026, 3, 2), At(2026, 3, 3)));
  now_ = At(2026, 3, 7);
  ASSERT_TRUE(RecordAnswer(id, Answer(Zoe(), ZoeIns(), now_)).ok());
  ASSERT_TRUE(RecordEvidence(id, "passport", Day(2026, 3, 7)).ok());
  RecordVisit(Visit("V1", "1", At(2026, 3, 2), At(2026, 3, 8)));
  now_ = At(2026, 3, 10);
  RecordVisit(Visit("V3", "1", At(2026, 3, 9)));
  daemon::RateRequest request = Window(Day(2026, 3, 1), Day(2026, 3, 31));
  auto total = Compute(request).total;
  EXPECT_EQ(total.denominator, 3);
  EXPECT_EQ(total.numerator, 2) << "V1 left qualified, V3 is there and is qualified now";
  request.cut_off = At(2026, 3, 5, 12);
  const auto then = Compute(request);
  EXPECT_EQ(then.cut_off, request.cut_off);
  EXPECT_EQ(then.total.denominator, 2);
  EXPECT_EQ(then.total.numerator, 0);
  request.cut_off = At(2026, 3, 7, 12);
  EXPECT_EQ(Compute(request).total.numerator, 1) << "V1 had not ended and was qualified by then";
  request.cut_off = now_ + 1s;
  EXPECT_THAT(FieldsOf(registry_->Rate(request).status()), ElementsAre("cut_off:in_the_future"));
}

TEST_F(Rate, GroupsByWeekDayKindAndEntryChannel) {
  Register("1", Zoe());
  matching::Visit first = Visit("V1", "1", At(2026, 3, 1, 22, 59));  // Sunday in Paris
  first.entry_channel.clear();
  RecordVisit(first);
  RecordVisit(Visit("V2", "1", At(2026, 3, 1, 23, 0)));  // Monday
  const auto result =
      Compute(Window(Day(2026, 3, 1), Day(2026, 3, 31), {"week", "day", "kind", "entry_channel"}));
  ASSERT_EQ(result.rows.size(), 2U);
  EXPECT_THAT(result.rows[0].group,
              ElementsAre(Pair("day", "2026-03-01"), Pair("entry_channel", "UNKNOWN"),
                          Pair("kind", "inpatient"), Pair("week", "2026-W09")));
  EXPECT_THAT(result.rows[1].group,
              ElementsAre(Pair("day", "2026-03-02"), Pair("entry_channel", "desk"),
                          Pair("kind", "inpatient"), Pair("week", "2026-W10")));
}

TEST_F(Rate, CountsTheStockOfIdentitiesWithoutVisits) {
  OpenWith(matching::StatusAsOfRule::kExtraction, matching::IndicatorPopulation::kIdentityStock);
  now_ = At(2026, 3, 1, 8);
  RegisterQualified("1", Zoe(), ZoeIns());
  now_ = At(2026, 4, 1, 8);
  Register("2", Person("DUBOIS", "LEA", Day(1990, 4, 5)));
  daemon::RateRequest request = Window(Day(2026, 3, 1), Day(2026, 3, 31));
  request.definition = "own";
  EXPECT_EQ(Compute(request).total.denominator, 1);
  ASSERT_EQ(Compute(request).rows.size(), 1U);
  EXPECT_EQ(Compute(request).rows[0], Compute(request).total);
  request.to = Day(2026, 4, 1);
  EXPECT_EQ(Compute(request).total.denominator, 2);
  EXPECT_EQ(Compute(request).total.numerator, 1);
  request.group_by = {"month"};
  request.site_finess = kSite;
  request.legal_entity_finess = kLegalEntity;
  EXPECT_THAT(FieldsOf(registry_->Rate(request).status()),
              ElementsAre("group_by:not_for_identity_stock", "site_finess:not_for_identity_stock",
                          "legal_entity_finess:not_for_identity_stock"));
}

TEST_F(Rate, RefusesWhatItCannotCount) {
  const matching::Date day = Day(2026, 3, 1);
  EXPECT_THAT(FieldsOf(registry_->Rate(Window({}, day)).status()), ElementsAre("from:required"));
  EXPECT_THAT(FieldsOf(registry_->Rate(Window(day, Day(2026, 3, 0))).status()),
              ElementsAre("to:not_a_date"));
  EXPECT_THAT(FieldsOf(registry_->Rate(Window(day, Day(2026, 2, 1))).status()),
              ElementsAre("to:before_from"));
  EXPECT_THAT(FieldsOf(registry_->Rate(Window(day, day, {"moon"})).status()),
              ElementsAre("group_by:unknown_group"));
  EXPECT_THAT(FieldsOf(registry_->Rate(Window(day, day, {"site", "site"})).status()),
              ElementsAre("group_by:repeated_group"));
  daemon::RateRequest request = Window(day, day);
  request.reference_day = day;
  EXPECT_THAT(FieldsOf(registry_->Rate(request).status()),
              ElementsAre("reference_day:not_with_dates"));
  request = Window({}, {});
  request.reference_day = Day(2026, 2, 29);
  EXPECT_THAT(FieldsOf(registry_->Rate(request).status()), ElementsAre("reference_day:not_a_date"));
  request = Window(day, day);
  request.definition = "official";
  EXPECT_EQ(ReasonOf(registry_->Rate(request).status()), "definition_not_found");
  request.definition.clear();
  EXPECT_EQ(Compute(request).definition.name, registry_->Definitions().front().name);
}

}  // namespace
}  // namespace vigie::test
