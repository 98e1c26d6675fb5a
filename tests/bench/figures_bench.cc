// How fast are figures counted from the kept columns (matching/figures.h), on two threads, for a
// year of a hospital group: 10 million visits of 3 million patients? And how much memory, and what
// does a change cost?
// Fewer with VIGIE_BENCH_VISITS=100000, as ctest does through its default.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "matching/date.h"
#include "matching/figures.h"

namespace vigie::matching {
namespace {

constexpr std::int64_t kDay = 86'400'000'000;
constexpr std::int64_t kFirstDay = 20'089;  // 2025-01-01

std::int64_t VisitCount() {
  const char* asked = std::getenv("VIGIE_BENCH_VISITS");
  return asked == nullptr ? 100'000 : std::atoll(asked);
}

Instant At(std::int64_t microseconds) { return Instant(std::chrono::microseconds(microseconds)); }

// Twelve sites of three legal entities, five channels, every activity and kind; a third of the
// patients qualified at some time in the year.
class Hospital {
 public:
  Hospital() {
    const std::int64_t visits = VisitCount();
    const std::int64_t patients = visits * 3 / 10;
    for (std::int64_t id = 1; id <= patients; ++id) table_.PutIdentity(Person(id));
    for (std::int64_t i = 0; i < visits; ++i) {
      const Visit visit = Stay(1 + Draw(patients));
      table_.AddVisit(visit, DayOf(visit));
    }
  }

  FigureTable& table() { return table_; }
  Visit Stay(std::int64_t patient) {
    Visit visit;
    visit.identity_id = static_cast<IdentityId>(Draw(200) == 0 ? 0 : patient);
    const std::int64_t site = Draw(12);
    visit.site_finess = "01000" + std::to_string(1000 + site);
    visit.legal_entity_finess = "02000" + std::to_string(1000 + site / 4);
    visit.entry_channel = kChannels[static_cast<std::size_t>(Draw(5))];
    visit.activity = static_cast<Activity>(1 + Draw(5));
    visit.kind = static_cast<VisitKind>(1 + Draw(5));
    visit.admitted_at = At(kFirstDay * kDay + Draw(365 * kDay));
    if (Draw(20) != 0) {
      visit.discharged_at = visit.admitted_at + std::chrono::microseconds(Draw(9 * kDay));
      visit.status_at_discharge = static_cast<TrustStatus>(1 + Draw(4));
    }
    visit.status_at_admission = static_cast<TrustStatus>(1 + Draw(4));
    visit.cancelled = Draw(50) == 0;
    return visit;
  }
  static std::int64_t DayOf(const Visit& visit) {
    return visit.admitted_at.time_since_epoch().count() / kDay;
  }

 private:
  std::int64_t Draw(std::int64_t below) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(below));
  }
  FigureIdentity Person(std::int64_t id) {
    FigureIdentity person;
    person.facts.id = static_cast<IdentityId>(id);
    person.facts.created_at = At((kFirstDay - Draw(1000)) * kDay);
    person.facts.attributes = {Draw(50) == 0, Draw(90) == 0, Draw(500) == 0};
    person.facts.birth_day = Draw(kFirstDay);
    person.facts.born_abroad = Draw(8) == 0;
    person.periods = {{person.facts.created_at, TrustStatus::kProvisional}};
    if (Draw(3) != 0) {
      person.periods.emplace_back(At((kFirstDay + Draw(365)) * kDay), TrustStatus::kRecovered);
    }
    if (person.periods.size() == 2 && Draw(2) == 0) {
      person.periods.emplace_back(person.periods[1].first + std::chrono::hours(5),
                                  TrustStatus::kQualified);
    }
    return person;
  }

  const std::vector<std::string> kChannels = {"", "desk", "online", "kiosk", "emergency"};
  std::mt19937_64 random_{1};
  FigureTable table_;
};

Hospital& TheHospital() {
  static Hospital hospital;
  return hospital;
}

IndicatorDefinition Shipped(const std::string& name) {
  for (const IndicatorDefinition& definition : ShippedIndicatorDefinitions()) {
    if (definition.name == name) return definition;
  }
  std::abort();
}

// As the daemon answers: two threads share the pieces, then the rows.
struct Answer {
  std::vector<IndicatorRow> rows;
  IndicatorRow total;
};

void RunOnTwo(std::size_t count, const std::function<void(std::size_t thread, std::size_t)>& run) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&](std::size_t thread) {
    for (std::size_t piece = next++; piece < count; piece = next++) run(thread, piece);
  };
  std::thread other(work, 1);
  work(0);
  other.join();
}

Answer Count(const FigureTable& table, const FigureQuestion& question) {
  constexpr std::size_t kPieces = 64, kRowsAtOnce = 1024;
  const FigurePlan plan = table.Plan(question);
  std::vector<FigureCounts> counts(2, FigureCounts(plan));
  RunOnTwo(kPieces, [&](std::size_t thread, std::size_t piece) {
    table.Add(plan, piece, kPieces, counts[thread]);
  });
  counts[0].Merge(counts[1]);
  Answer answer;
  answer.rows.resize(counts[0].row_count());
  RunOnTwo(answer.rows.size() / kRowsAtOnce + 1, [&](std::size_t, std::size_t piece) {
    const std::size_t end = std::min(answer.rows.size(), (piece + 1) * kRowsAtOnce);
    for (std::size_t i = piece * kRowsAtOnce; i < end; ++i) {
      answer.rows[i] = plan.RowAt(counts[0], i);
    }
  });
  answer.total = plan.Total(counts[0]);
  return answer;
}

void CountYear(benchmark::State& state, const IndicatorDefinition& definition,
               FigureGrouping grouping) {
  const FigureTable& table = TheHospital().table();
  FigureQuestion question;
  question.definition = &definition;
  question.days = {DateFromDays(kFirstDay), DateFromDays(kFirstDay + 364)};
  question.query.window_begin = At(kFirstDay * kDay);
  question.query.window_end = At((kFirstDay + 365) * kDay);
  question.query.status_at = At((kFirstDay + 400) * kDay);
  question.grouping = grouping;
  std::size_t rows = 0;
  for (auto _ : state) {
    const Answer answer = Count(table, question);
    if (answer.total.denominator == 0) state.SkipWithError("nothing was counted");
    rows = answer.rows.size();
  }
  state.counters["visits"] = static_cast<double>(table.visit_count());
  state.counters["rows"] = static_cast<double>(rows);
  state.counters["bytes"] = static_cast<double>(table.bytes());
}

enum class By {
  kNone,
  kMonthSiteActivity,
  kDaySite,
  kDaySiteActivity,
  kDayChannelActivityKind,
  kDaySiteActivityKind
};

FigureGrouping GroupingOf(By by) {
  FigureGrouping grouping;
  grouping.month = by == By::kMonthSiteActivity;
  grouping.day = by > By::kMonthSiteActivity;
  grouping.site = by != By::kNone && by != By::kDayChannelActivityKind;
  grouping.activity = by != By::kNone && by != By::kDaySite;
  grouping.kind = by == By::kDayChannelActivityKind || by == By::kDaySiteActivityKind;
  grouping.entry_channel = by == By::kDayChannelActivityKind;
  return grouping;
}

void Year(benchmark::State& state, const std::string& name, By by) {
  CountYear(state, Shipped(name), GroupingOf(by));
}

// The status at another instant than the definition's own: the latest one is known, others are
// looked for.
void YearAs(benchmark::State& state, StatusAsOfRule rule, By by) {
  IndicatorDefinition definition = Shipped("qualified-visits");
  definition.status_as_of = rule;
  CountYear(state, definition, GroupingOf(by));
}

// Newborn children, births abroad and what INSi did not find stay out.
void YearWithOwnExclusions(benchmark::State& state, const std::string& name, By by) {
  IndicatorDefinition definition = Shipped(name);
  ExclusionRule newborn, abroad, not_found;
  newborn.reason = "newborn";
  newborn.age_days_max = 28;
  abroad.reason = "abroad";
  abroad.born_abroad = true;
  abroad.kinds = {VisitKind::kEmergency};
  not_found.reason = "not_found";
  not_found.last_insi = {LastInsiAnswer::kNotFound};
  definition.exclusion_rules = {newborn, abroad, not_found};
  CountYear(state, definition, GroupingOf(by));
}

void Stock(benchmark::State& state, bool at_window_end) {
  IndicatorDefinition definition = Shipped("qualified-visits");
  definition.population = IndicatorPopulation::kIdentityStock;
  definition.status_as_of =
      at_window_end ? StatusAsOfRule::kWindowEnd : StatusAsOfRule::kExtraction;
  CountYear(state, definition, FigureGrouping());
}

void Timed(benchmark::internal::Benchmark* bench) {
  bench->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();
}
#define VIGIE_YEAR(function, name, ...) BENCHMARK_CAPTURE(function, name, __VA_ARGS__)->Apply(Timed)
VIGIE_YEAR(Year, visits, "qualified-visits", By::kNone);
VIGIE_YEAR(Year, visits_by_month_site_activity, "qualified-visits", By::kMonthSiteActivity);
VIGIE_YEAR(Year, visits_by_day_site, "qualified-visits", By::kDaySite);
VIGIE_YEAR(Year, visits_by_day_site_activity, "qualified-visits", By::kDaySiteActivity);
VIGIE_YEAR(Year, visits_by_day_channel_activity_kind, "qualified-visits",
           By::kDayChannelActivityKind);
VIGIE_YEAR(Year, visits_by_day_site_activity_kind, "qualified-visits", By::kDaySiteActivityKind);
VIGIE_YEAR(Year, patients, "qualified-patients", By::kNone);
VIGIE_YEAR(Year, patients_by_month_site_activity, "qualified-patients", By::kMonthSiteActivity);
VIGIE_YEAR(Year, patients_by_day_site, "qualified-patients", By::kDaySite);
VIGIE_YEAR(Year, patients_by_day_site_activity, "qualified-patients", By::kDaySiteActivity);
VIGIE_YEAR(Year, patients_by_day_channel_activity_kind, "qualified-patients",
           By::kDayChannelActivityKind);
VIGIE_YEAR(YearAs, admission_by_day_site_activity, StatusAsOfRule::kAdmission,
           By::kDaySiteActivity);
VIGIE_YEAR(YearAs, window_end_by_day_site_activity, StatusAsOfRule::kWindowEnd,
           By::kDaySiteActivity);
VIGIE_YEAR(YearWithOwnExclusions, visits_by_day_site_activity, "qualified-visits",
           By::kDaySiteActivity);
VIGIE_YEAR(YearWithOwnExclusions, patients_by_day_site_activity, "qualified-patients",
           By::kDaySiteActivity);
VIGIE_YEAR(Stock, extraction, false);
VIGIE_YEAR(Stock, window_end, true);

// A visit replaced by another, as every change of a visit is.
void ReplaceVisit(benchmark::State& state) {
  Hospital& hospital = TheHospital();
  std::int64_t patient = 1;
  for (auto _ : state) {
    patient = patient * 7919 % 100'003 % (VisitCount() * 3 / 10) + 1;
    const Visit visit = hospital.Stay(patient);
    hospital.table().AddVisit(visit, Hospital::DayOf(visit));
    if (!hospital.table().RemoveVisit(visit, Hospital::DayOf(visit))) {
      state.SkipWithError("the visit is not there");
    }
  }
}
BENCHMARK(ReplaceVisit)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace vigie::matching
