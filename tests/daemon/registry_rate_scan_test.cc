// The pass over the records: both ways of reading, cut into pieces, against the slow twin; and the
// names and days of groups. Aim: not one visit more or less, whatever way was taken.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "daemon/registry/rate.h"
#include "daemon/run_together.h"
#include "matching/date.h"
#include "tests/daemon/registry_fixture.h"
#include "tests/reference/indicator_twin.h"

namespace vigie::test {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// More visits than one piece has, so that a whole base is read as tables.
constexpr int kVisitCount = 24'000;
constexpr int kIdentityCount = 3'000;

matching::Identity MadeIdentity(std::mt19937_64& random, matching::IdentityId id) {
  matching::Identity identity;
  identity.id = id;
  identity.version = 1;
  identity.domain = kDomain;
  identity.local_id = "L" + std::to_string(id);
  identity.traits = Person("NAME", "GIVEN", Day(2026, 1, 1 + static_cast<int>(random() % 28)));
  identity.traits.birth_place_code = random() % 2 == 0 ? "99109" : "63220";
  identity.trust.attributes = {random() % 5 == 0, random() % 9 == 0, false};
  identity.created_at = At(2026, 1, 1 + static_cast<unsigned>(random() % 28));
  for (unsigned day = 1; day < 28; day += 1 + static_cast<unsigned>(random() % 12)) {
    identity.status_periods.push_back(
        {At(2026, 1, day, 7), static_cast<matching::TrustStatus>(1 + random() % 4), "rule"});
  }
  if (random() % 2 == 0) {
    identity.last_insi_answer.emplace();
    identity.last_insi_answer->return_code = random() % 2 == 0 ? "01" : "02";
    identity.last_insi_answer->queried_at = At(2026, 1, 1);
  }
  return identity;
}

matching::Visit MadeVisit(std::mt19937_64& random, int number) {
  matching::Visit visit;
  visit.domain = kDomain;
  visit.visit_number = std::to_string(random()) + "-" + std::to_string(number);
  visit.identity_id = random() % 9 == 0 ? 0 : 1 + random() % kIdentityCount;
  visit.local_id = visit.identity_id == 0 ? "nobody" + std::to_string(number % 7000)
                                          : "L" + std::to_string(visit.identity_id);
  visit.legal_entity_finess = kLegalEntity;
  visit.site_finess = random() % 3 == 0 ? kOtherSite : kSite;
  visit.activity = static_cast<matching::Activity>(random() % 6);
  visit.kind = static_cast<matching::VisitKind>(random() % 6);
  visit.entry_channel = random() % 4 == 0 ? "" : "desk";
  visit.admitted_at = At(2026, 1, 1) + std::chrono::minutes(random() % (31 * 24 * 60));
  if (random() % 4 != 0)
    visit.discharged_at = visit.admitted_at + std::chrono::hours(random() % 90);
  visit.cancelled = random() % 12 == 0;
  visit.version = 1;
  if (visit.identity_id != 0) {
    visit.status_at_admission = static_cast<matching::TrustStatus>(1 + random() % 4);
    if (visit.discharged_at) {
      visit.status_at_discharge = static_cast<matching::TrustStatus>(1 + random() % 4);
    }
  }
  return visit;
}

// One base for all tests of this file, and what stands in it.
struct Base {
  std::unique_ptr<storage::Store> store = storage::MakeMemoryStore();
  std::vector<matching::Identity> identities;
  std::vector<matching::Visit> visits;
};

template <typename Record, typename Put>
void Fill(storage::Store& store, const std::vector<Record>& records, const Put& put) {
  constexpr std::size_t kTogether = 500;
  for (std::size_t begin = 0; begin < records.size(); begin += kTogether) {
    const auto committed =
        store.Commit({}, [&](storage::Transaction& transaction, storage::CommitContext&) {
          absl::Status status;
          for (std::size_t i = begin; i < std::min(begin + kTogether, records.size()); ++i) {
            if (status.ok()) status = put(transaction, records[i]);
          }
          return status;
        });
    ASSERT_TRUE(committed.ok()) << committed.status();
  }
}

const Base& WholeBase() {
  static const Base base = [] {
    std::mt19937_64 random(20260122);
    Base made;
    for (matching::IdentityId id = 1; id <= kIdentityCount; ++id) {
      made.identities.push_back(MadeIdentity(random, id));
    }
    for (int i = 0; i < kVisitCount; ++i) made.visits.push_back(MadeVisit(random, i));
    Fill(*made.store, made.identities, [](storage::Transaction& t, const auto& identity) {
      auto id = t.NextIdentityId();
      return id.ok() ? t.PutIdentity(nullptr, nullptr, identity, {}) : id.status();
    });
    Fill(*made.store, made.visits,
         [](storage::Transaction& t, const auto& visit) { return t.PutVisit(nullptr, visit); });
    return made;
  }();
  return base;
}

daemon::Environment EnvironmentOf(const Base& base, bool together) {
  daemon::Environment environment;
  environment.store = base.store.get();
  if (together) environment.options.run_together = daemon::RunTogether;
  EXPECT_TRUE(absl::LoadTimeZone("Europe/Paris", &environment.zone));
  return environment;
}

matching::IndicatorDefinition Definition(matching::IndicatorPopulation population,
                                         matching::StatusAsOfRule rule) {
  matching::IndicatorDefinition definition;
  definition.name = "own";
  definition.version = 1;
  definition.population = population;
  definition.numerator_statuses = {matching::TrustStatus::kQualified,
                                   matching::TrustStatus::kRecovered};
  definition.status_as_of = rule;
  matching::ExclusionRule& newborn = definition.exclusion_rules.emplace_back();
  newborn.reason = "newborn";
  newborn.age_days_max = 3;
  matching::ExclusionRule& abroad = definition.exclusion_rules.emplace_back();
  abroad.reason = "abroad";
  abroad.born_abroad = true;
  abroad.last_insi = {matching::LastInsiAnswer::kNotFound};
  if (population == matching::IndicatorPopulation::kIdentityStock) {
    definition.exclusion_rules.erase(definition.exclusion_rules.begin());
  }
  return definition;
}

daemon::RatePlan PlanOf(const matching::IndicatorDefinition& definition, matching::Date from,
                        matching::Date to, const daemon::Environment& environment) {
  daemon::RatePlan plan;
  plan.definition = definition;
  plan.days = {from, to};
  plan.query = {daemon::StartOfDay(from, environment.zone),
                daemon::StartOfDay(matching::DateFromDays(matching::DaysSinceEpoch(to) + 1),
                                   environment.zone),
                At(2026, 1, 20, 12)};
  plan.as_of = plan.query.status_at;
  return plan;
}

daemon::RateResult Recompute(const daemon::Environment& environment, const daemon::RatePlan& plan) {
  const auto view = environment.store->Read();
  auto result = daemon::RecomputeRate(environment, plan, *view, nullptr);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : daemon::RateResult{};
}

std::vector<reference::IndicatorTwinFact> FactsOf(const Base& base, const absl::TimeZone& zone) {
  std::vector<reference::IndicatorTwinFact> facts;
  for (const matching::Visit& visit : base.visits) {
    reference::IndicatorTwinFact& fact = facts.emplace_back();
    fact.visit = visit;
    if (visit.identity_id != 0) fact.identity = base.identities[visit.identity_id - 1];
    const matching::Date day = daemon::DayOf(visit.admitted_at, zone);
    fact.admitted_day = reference::TwinDayNumber(day);
    fact.group = {{"day", matching::FormatDate(day)}, {"site", visit.site_finess}};
  }
  return facts;
}

// A month is most of the base and read as tables, two days are read by the index.
TEST(RateScan, BothWaysCountVisitsAsTheTwinDoes) {
  const Base& base = WholeBase();
  for (const auto rule :
       {matching::StatusAsOfRule::kDischarge, matching::StatusAsOfRule::kWindowEnd}) {
    for (const auto& [first, last] : {std::pair{1, 31}, std::pair{7, 8}}) {
      for (const bool together : {false, true}) {
        const daemon::Environment environment = EnvironmentOf(base, together);
        daemon::RatePlan plan = PlanOf(Definition(matching::IndicatorPopulation::kVisits, rule),
                                       Day(2026, 1, first), Day(2026, 1, last), environment);
        plan.group_by = {daemon::RateGrouping::kDay, daemon::RateGrouping::kSite};
        const reference::IndicatorTwin twin(plan.definition, plan.query,
                                            FactsOf(base, environment.zone));
        const daemon::RateResult result = Recompute(environment, plan);
        EXPECT_EQ(result.total, twin.Count(nullptr));
        EXPECT_GT(result.total.denominator, 500);
        EXPECT_GT(result.total.exclusions.at("newborn"), 5);
        EXPECT_GT(result.total.exclusions.at("abroad"), 5);
        ASSERT_EQ(result.rows.size(), 2U * static_cast<unsigned>(last - first + 1));
        for (std::size_t row = 0; row < result.rows.size(); row += 9) {
          EXPECT_EQ(result.rows[row], twin.Count(&result.rows[row].group));
        }
      }
    }
  }
}

// The twin would take too long; the accumulator is compared with it in indicator_test.
TEST(RateScan, BothWaysCountPatientsAsOneAccumulatorDoes) {
  const Base& base = WholeBase();
  for (const auto& [first, last] : {std::pair{1, 31}, std::pair{7, 8}}) {
    const daemon::Environment environment = EnvironmentOf(base, true);
    daemon::RatePlan plan = PlanOf(Definition(matching::IndicatorPopulation::kFileActivePatients,
                                              matching::StatusAsOfRule::kExtraction),
                                   Day(2026, 1, first), Day(2026, 1, last), environment);
    plan.group_by = {daemon::RateGrouping::kSite};
    matching::IndicatorAccumulator accumulator(plan.definition, plan.query);
    for (const auto& fact : FactsOf(base, environment.zone)) {
      std::optional<matching::IndicatorIdentity> known;
      if (fact.identity) known = IndicatorIdentityOf(*fact.identity, plan.query);
      accumulator.Add({&fact.visit, known ? &*known : nullptr, fact.admitted_day},
                      fact.visit.site_finess == kSite ? 1 : 0);
    }
    const daemon::RateResult result = Recompute(environment, plan);
    EXPECT_EQ(result.total, accumulator.Total());
    EXPECT_GT(result.total.denominator, 300);
    ASSERT_EQ(result.rows.size(), 2U);
    for (std::uint32_t site = 0; site < 2; ++site) {
      matching::IndicatorRow row = accumulator.Row(site);
      row.group = {{"site", site == 0 ? kOtherSite : kSite}};
      EXPECT_EQ(result.rows[site], row);
    }
  }
}

TEST(RateScan, CountsTheStockAsTheTwinDoes) {
  const Base& base = WholeBase();
  const daemon::Environment environment = EnvironmentOf(base, true);
  for (const int last : {10, 31}) {
    const daemon::RatePlan plan = PlanOf(Definition(matching::IndicatorPopulation::kIdentityStock,
                                                    matching::StatusAsOfRule::kWindowEnd),
                                         Day(2026, 1, 1), Day(2026, 1, last), environment);
    const reference::IndicatorTwin twin(plan.definition, plan.query, {});
    EXPECT_EQ(Recompute(environment, plan).total, twin.CountStock(base.identities));
  }
}

TEST(RateScan, StopsWhenNobodyWaitsAnyMore) {
  const Base& base = WholeBase();
  for (const auto& [first, last] : {std::pair{1, 31}, std::pair{7, 8}}) {
    const daemon::Environment environment = EnvironmentOf(base, true);
    const daemon::RatePlan plan = PlanOf(
        Definition(matching::IndicatorPopulation::kVisits, matching::StatusAsOfRule::kDischarge),
        Day(2026, 1, first), Day(2026, 1, last), environment);
    std::atomic<int> asked = 0;
    const auto view = environment.store->Read();
    const auto result =
        daemon::RecomputeRate(environment, plan, *view, [&asked] { return ++asked > 1; });
    EXPECT_EQ(result.status().code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(ReasonOf(result.status()), "deadline_passed");
  }
}

TEST(RunTogether, CallsEveryPieceOnceAndThrowsWhatAPieceThrew) {
  std::vector<std::atomic<int>> calls(100);
  daemon::RunTogether(calls.size(), [&](std::size_t piece) { ++calls[piece]; });
  for (const auto& count : calls) EXPECT_EQ(count, 1);
  daemon::RunTogether(0, [](std::size_t) { FAIL(); });
  EXPECT_THROW(daemon::RunTogether(50,
                                   [](std::size_t piece) {
                                     if (piece == 20) throw std::runtime_error("piece");
                                   }),
               std::runtime_error);
}

// Every hour of nine years and the seconds around each change of the clock, in any order.
TEST(ZoneDays, AreTheDaysOfTheZone) {
  std::mt19937_64 random(5);
  for (const char* name : {"Europe/Paris", "Indian/Reunion", "America/Cayenne",
                           "America/Martinique", "Pacific/Noumea", "America/Miquelon"}) {
    absl::TimeZone zone;
    ASSERT_TRUE(absl::LoadTimeZone(name, &zone)) << name;
    std::vector<matching::Instant> instants;
    for (int hour = 0; hour < 9 * 366 * 24; hour += 7) {
      instants.push_back(At(2020, 1, 1) + std::chrono::hours(hour));
    }
    absl::TimeZone::CivilTransition change;
    absl::Time at = absl::FromCivil(absl::CivilSecond(1965, 1, 1), zone);
    for (int i = 0; i < 150 && zone.NextTransition(at, &change); ++i) {
      at = zone.At(change.to).trans;
      for (const std::int64_t second : {-86'400, -3'601, -1, 0, 1, 3'599, 86'400}) {
        instants.push_back(matching::Instant(
            std::chrono::seconds(absl::ToUnixSeconds(at) + second) - std::chrono::microseconds(1)));
        instants.push_back(
            matching::Instant(std::chrono::seconds(absl::ToUnixSeconds(at) + second)));
      }
    }
    std::shuffle(instants.begin(), instants.end(), random);
    daemon::ZoneDays days(zone);
    for (const matching::Instant instant : instants) {
      ASSERT_EQ(days.DayOf(instant), matching::DaysSinceEpoch(daemon::DayOf(instant, zone)))
          << name << " " << instant.time_since_epoch().count();
    }
  }
}

TEST(RateGroups, NameMonthsWeeksAndDays) {
  const struct {
    matching::Date day;
    const char* month;
    const char* week;
  } cases[] = {
      {Day(2026, 1, 1), "2026-01", "2026-W01"},   {Day(2027, 1, 1), "2027-01", "2026-W53"},
      {Day(2024, 12, 30), "2024-12", "2025-W01"}, {Day(2021, 1, 3), "2021-01", "2020-W53"},
      {Day(2024, 2, 29), "2024-02", "2024-W09"},  {Day(1969, 12, 31), "1969-12", "1970-W01"},
      {Day(1, 1, 1), "0001-01", "0001-W01"},
  };
  for (const auto& c : cases) {
    const std::int64_t day = matching::DaysSinceEpoch(c.day);
    EXPECT_EQ(daemon::MonthName(day), c.month);
    EXPECT_EQ(daemon::WeekName(day), c.week) << c.month;
    EXPECT_EQ(daemon::DayName(day), matching::FormatDate(c.day));
  }
}

TEST(RateGroups, AreTheSameGroupInTwoObjectsThatMetThemInAnotherOrder) {
  const std::vector<daemon::RateGrouping> group_by = {
      daemon::RateGrouping::kSite, daemon::RateGrouping::kWeek, daemon::RateGrouping::kEntryChannel,
      daemon::RateGrouping::kKind};
  daemon::RateGroups one(group_by), other(group_by);
  matching::Visit first, second;
  first.site_finess = kSite;
  first.kind = matching::VisitKind::kDay;
  second.site_finess = kOtherSite;
  second.entry_channel = "desk";
  EXPECT_EQ(one.NumberOf(first, 3), 0U);
  EXPECT_EQ(one.NumberOf(second, 4), 1U);
  EXPECT_EQ(one.NumberOf(second, 10), 1U) << "the same week";
  EXPECT_EQ(other.NumberOf(second, 5), 0U);
  EXPECT_EQ(other.NumberOf(second, 11), 1U) << "another week";
  EXPECT_EQ(other.NumberOf(first, 3), 2U);
  EXPECT_THAT(one.Adopt(other), ElementsAre(1U, 2U, 0U));
  EXPECT_THAT(one.NamesOf(0), ElementsAre(Pair("entry_channel", "UNKNOWN"), Pair("kind", "day"),
                                          Pair("site", kSite), Pair("week", "1970-W01")));
  EXPECT_THAT(one.NamesOf(2), ElementsAre(Pair("entry_channel", "desk"), Pair("kind", "UNKNOWN"),
                                          Pair("site", kOtherSite), Pair("week", "1970-W03")));
}

}  // namespace
}  // namespace vigie::test
