// How many visits a second does a rate take from the records, with two threads, and when is the
// index of admissions the faster way? A RocksDB store of 1,000,000 visits of 200,000 identities
// over the year 2026, made once in a temporary folder.
//
// WholeYear reads the tables as they lie; OneDay, OneWeek, OneMonth and TwoMonths are for the limit
// between the two ways (kIndexShare). Items are the visits that count in the window; CPU is of both
// threads.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "daemon/registry/rate.h"
#include "daemon/run_together.h"
#include "matching/date.h"
#include "storage/store.h"
#include "tests/storage/builders.h"
#include "tests/support/temporary_directory.h"

namespace vigie {
namespace {

constexpr std::uint64_t kIdentities = 200'000;
constexpr std::uint64_t kVisits = 1'000'000;
constexpr std::uint64_t kTogether = 1'000;
// In a run for a moment (ctest) a base of a hundredth.
std::uint64_t Scale() { return std::getenv("VIGIE_BENCH_FULL") == nullptr ? 100 : 1; }

template <typename Put>
void Fill(storage::Store& store, std::uint64_t count, const Put& put) {
  for (std::uint64_t begin = 1; begin <= count; begin += kTogether) {
    const auto committed =
        store.Commit({}, [&](storage::Transaction& transaction, storage::CommitContext&) {
          absl::Status status;
          for (std::uint64_t i = begin; i < begin + kTogether && i <= count && status.ok(); ++i) {
            status = put(transaction, i);
          }
          return status;
        });
    if (!committed.ok()) std::abort();
  }
}

matching::Identity MakeIdentity(std::uint64_t id) {
  matching::Identity identity = storage::FullIdentity();
  identity.id = id;
  identity.local_id = std::to_string(id);
  identity.ins.reset();
  identity.ins_history.clear();
  return identity;
}

matching::Visit MakeVisit(std::uint64_t number, std::mt19937_64& random) {
  matching::Visit visit = storage::FullVisit();
  visit.visit_number = std::to_string(260'000'000 + number);
  visit.identity_id = 1 + random() % (kIdentities / Scale());
  visit.local_id = std::to_string(visit.identity_id);
  visit.site_finess = random() % 2 == 0 ? "630781003" : "630780989";
  visit.activity = static_cast<matching::Activity>(1 + random() % 5);
  visit.admitted_at = matching::Instant(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)) +
                      std::chrono::minutes(number * Scale() * 365 * 24 * 60 / kVisits);
  visit.discharged_at = visit.admitted_at + std::chrono::hours(random() % 200);
  visit.cancelled = random() % 50 == 0;
  return visit;
}

storage::Store* Base() {
  static const tests::TemporaryDirectory directory;
  static const std::unique_ptr<storage::Store> store = [] {
    storage::StoreOptions options;
    options.data_directory = directory / "data";
    options.free_bytes_low = options.free_bytes_high = options.ballast_bytes = 0;
    auto made = std::move(storage::OpenStore(options, nullptr)).value();
    std::mt19937_64 random(1);
    Fill(*made, kIdentities / Scale(), [](storage::Transaction& t, std::uint64_t id) {
      auto next = t.NextIdentityId();
      return next.ok() ? t.PutIdentity(nullptr, nullptr, MakeIdentity(id), {}) : next.status();
    });
    Fill(*made, kVisits / Scale(), [&](storage::Transaction& t, std::uint64_t number) {
      return t.PutVisit(nullptr, MakeVisit(number, random));
    });
    return made;
  }();
  return store.get();
}

void Rate(benchmark::State& state, matching::Date to, const char* definition_name,
          std::vector<daemon::RateGrouping> group_by, bool together = true) {
  daemon::Environment environment;
  environment.store = Base();
  if (together) environment.options.run_together = daemon::RunTogether;
  if (!absl::LoadTimeZone("Europe/Paris", &environment.zone)) std::abort();
  environment.definitions = matching::ShippedIndicatorDefinitions();
  daemon::RateRequest request;
  request.definition = definition_name;
  request.from = {2026, 1, 1};
  request.to = to;
  auto plan = daemon::PlanRate(environment, request);
  if (!plan.ok()) std::abort();
  plan->group_by = std::move(group_by);
  std::int64_t visits = 0;
  for (auto _ : state) {
    const auto view = environment.store->Read();
    const auto result = daemon::RecomputeRate(environment, *plan, *view, nullptr);
    if (!result.ok()) std::abort();
    visits = *view->CountVisits(plan->query.window_begin, plan->query.window_end, 1'000'000'000);
  }
  state.SetItemsProcessed(state.iterations() * visits);
}

using G = daemon::RateGrouping;
#define VIGIE_RATE(name, ...)                \
  BENCHMARK_CAPTURE(Rate, name, __VA_ARGS__) \
      ->UseRealTime()                        \
      ->MeasureProcessCPUTime()              \
      ->Unit(benchmark::kMillisecond)
VIGIE_RATE(WholeYear, matching::Date{2026, 12, 31}, "qualified-visits", {});
VIGIE_RATE(WholeYearOneThread, matching::Date{2026, 12, 31}, "qualified-visits", {}, false);
VIGIE_RATE(WholeYearByMonthSiteActivity, matching::Date{2026, 12, 31}, "qualified-visits",
           {G::kMonth, G::kSite, G::kActivity});
VIGIE_RATE(WholeYearPatientsByMonth, matching::Date{2026, 12, 31}, "qualified-patients",
           {G::kMonth});
VIGIE_RATE(OneDay, matching::Date{2026, 1, 1}, "qualified-visits", {});
VIGIE_RATE(OneWeek, matching::Date{2026, 1, 7}, "qualified-visits", {});
VIGIE_RATE(OneMonth, matching::Date{2026, 1, 31}, "qualified-visits", {});
VIGIE_RATE(TwoMonths, matching::Date{2026, 2, 28}, "qualified-visits", {});

}  // namespace
}  // namespace vigie
