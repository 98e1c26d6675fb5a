// How long does the desk wait for a page of 50 and for a count of the queue, under any filter? The
// target is 5 ms at the service with 100,000 live cases. A RocksDB store of VIGIE_BENCH_CASES cases
// (2,000 without it) between twice as many identities, one in ten in a group of three, with a visit
// each, made once in a temporary folder; asked through the registry, cases read from the store.
//
// `longest_ms` is the longest of the questions of a run, `cases` how many pass the filter.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "daemon/registry/registry.h"
#include "matching/model.h"
#include "storage/store.h"
#include "tests/storage/builders.h"
#include "tests/support/temporary_directory.h"

namespace vigie {
namespace {

constexpr std::uint64_t kTogether = 1'000;
constexpr std::int64_t kBegin = 1'700'000'000;  // the first case is opened, seconds since 1970
constexpr char kSite[] = "750712184";

std::uint64_t CaseCount() {
  const char* count = std::getenv("VIGIE_BENCH_CASES");
  return count == nullptr ? 2'000 : std::strtoull(count, nullptr, 10);
}

matching::Case CaseOf(std::uint64_t id, std::mt19937_64& random) {
  const auto below = [&](std::uint64_t n) { return random() % n; };
  matching::Case c = storage::OpenCase(id, {2 * id - 1, 2 * id}, matching::Band::kProbable, 0);
  // A case in ten joins the pair before it.
  if (id % 10 == 0) c.identity_ids = {2 * id - 2, 2 * id - 1};
  if (id % 50 == 1) c.kind = matching::CaseKind::kInsConflict;
  if (id % 50 == 3) c.kind = matching::CaseKind::kLink;
  c.domain = below(10) == 0 ? "EHPAD" : "CHU";
  c.band = static_cast<matching::Band>(1 + below(3));
  c.weight_bits = static_cast<double>(below(4'000)) / 100;
  c.priority = static_cast<int>(below(500));
  c.reasons = {id % 50 == 1 ? "same_matricule_in_force" : "score_above_review_threshold"};
  c.opened_at = storage::At(kBegin + static_cast<std::int64_t>(60 * id));
  if (id % 500 == 0) {
    c.assignee = "m.dupont";
    c.claim_expires_at = storage::At(4'000'000'000);
  }
  return c;
}

matching::Visit VisitOf(matching::IdentityId id, std::mt19937_64& random) {
  matching::Visit visit = storage::FullVisit();
  visit.visit_number = "V" + std::to_string(id);
  visit.identity_id = id;
  visit.cancelled = false;
  visit.site_finess = random() % 5 == 0 ? kSite : "690780002";
  visit.admitted_at = storage::At(kBegin + static_cast<std::int64_t>(30 * id));
  return visit;
}

void Fill(storage::Store& store) {
  std::mt19937_64 random(5);
  for (std::uint64_t begin = 1; begin <= CaseCount(); begin += kTogether) {
    const auto committed =
        store.Commit({}, [&](storage::Transaction& transaction, storage::CommitContext&) {
          absl::Status status;
          const std::uint64_t end = std::min(begin + kTogether, CaseCount() + 1);
          for (std::uint64_t id = begin; id < end && status.ok(); ++id) {
            status = transaction.PutCase(nullptr, CaseOf(id, random));
            for (const matching::IdentityId one : {2 * id - 1, 2 * id}) {
              if (status.ok()) status = transaction.PutVisit(nullptr, VisitOf(one, random));
            }
          }
          return status;
        });
    if (!committed.ok()) std::abort();
  }
}

struct Base {
  tests::TemporaryDirectory directory;
  std::unique_ptr<storage::Store> store;
  std::unique_ptr<daemon::Registry> registry;
  Base() {
    storage::StoreOptions options;
    options.data_directory = directory / "data";
    options.free_bytes_low = options.free_bytes_high = 0;
    options.ballast_bytes = 0;
    store = *storage::OpenStore(options, [](const absl::Status&) { std::abort(); });
    Fill(*store);
    registry = *daemon::Registry::Create(store.get(), matching::FrenchHospitalModel(), {}, {});
    if (!registry->LoadQueue().ok()) std::abort();
  }
};

Base& TheBase() {
  static Base base;
  return base;
}
daemon::Registry& Registry() { return *TheBase().registry; }
storage::Store* Stored() { return TheBase().store.get(); }

daemon::QueueFilter FilterOf(const std::string& name) {
  const auto share = [](std::int64_t tenth) {
    return storage::At(kBegin + static_cast<std::int64_t>(CaseCount()) * 6 * tenth);
  };
  daemon::QueueFilter filter;
  filter.state = matching::CaseState::kOpen;
  if (name == "any") filter.state.reset();
  if (name == "kind") filter.kind = matching::CaseKind::kInsConflict;
  if (name == "band_domain") filter.domain = "EHPAD";
  if (name == "band_domain") filter.band = matching::Band::kCertain;
  if (name == "mine") filter.assignee = "m.dupont";
  if (name == "identity") filter.identity_id = 77;
  if (name == "reason") filter.reason = "same_matricule_in_force";
  if (name == "age") filter.opened_before = share(1);
  if (name == "weight") filter.weight_bits_min = 39;
  if (name == "site_visit") filter.site_finess = kSite;
  if (name == "site_visit") filter.visited_from = share(9);
  if (name == "nothing_passes") filter.weight_bits_min = 1e9;
  return filter;
}

// Times `ask` and keeps the longest.
template <typename Ask>
void Measure(benchmark::State& state, const daemon::QueueFilter& filter, const Ask& ask) {
  double longest_ms = 0;
  for (auto _ : state) {
    const auto begun = std::chrono::steady_clock::now();
    if (!ask()) state.SkipWithError("refused");
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
    longest_ms = std::max(longest_ms, took.count());
  }
  state.counters["longest_ms"] = longest_ms;
  state.counters["cases"] = static_cast<double>(*Registry().CountCases(filter));
}

void Count(benchmark::State& state, const std::string& name) {
  const daemon::QueueFilter filter = FilterOf(name);
  Measure(state, filter, [&] { return Registry().CountCases(filter).ok(); });
}

// The token of the page that begins behind this share of the list, in tenths; 10: the last page.
std::string TokenAt(const daemon::QueueFilter& filter, std::int64_t tenths) {
  const std::int64_t target = *Registry().CountCases(filter) * tenths / 10;
  std::string token;
  for (std::int64_t shown = 0; shown + 50 < target;) {
    const auto page = Registry().ListCases({filter, false, 200, token});
    if (!page.ok() || page->next_page_token.empty()) break;
    token = page->next_page_token;
    shown += 200;
  }
  return token;
}

void Page(benchmark::State& state, const std::string& name, std::int64_t tenths, bool collapse) {
  const daemon::QueueFilter filter = FilterOf(name);
  const daemon::QueueRequest request = {filter, collapse, 50, TokenAt(filter, tenths)};
  Measure(state, filter, [&] { return Registry().ListCases(request).ok(); });
}

// What a commit waits for: the table told of one case that changed.
void Claim(benchmark::State& state) {
  const daemon::QueueFilter filter = FilterOf("open");
  std::uint64_t request_id = 0;
  const auto page = Registry().ListCases({filter, false, 1, ""});
  Measure(state, filter, [&] {
    daemon::CaseRequest request;
    request.context = {
        "claim-" + std::to_string(++request_id) + "-" +
            std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()),
        "bench", ""};
    request.case_id = page->cases[0].id;
    return Registry().ClaimCase(request).ok();
  });
}

// After a restart: all cases and the newest visits of their identities, once.
void Load(benchmark::State& state) {
  (void)Registry();
  std::size_t bytes = 0;
  for (auto _ : state) {
    auto registry = *daemon::Registry::Create(Stored(), matching::FrenchHospitalModel(), {}, {});
    const std::size_t before = mallinfo2().uordblks;
    if (!registry->LoadQueue().ok()) state.SkipWithError("refused");
    bytes = mallinfo2().uordblks - before;
  }
  state.counters["bytes_per_case"] = static_cast<double>(bytes) / static_cast<double>(CaseCount());
}

void RegisterAll() {
  for (const char* name : {"any", "open", "kind", "band_domain", "mine", "identity", "reason",
                           "age", "weight", "site_visit", "nothing_passes"}) {
    const std::string filter = name;
    benchmark::RegisterBenchmark(("Count/" + filter).c_str(), Count, filter)
        ->Unit(benchmark::kMillisecond);
    for (const auto& [where, tenths] : {std::pair{"first", 0}, {"middle", 5}, {"last", 10}}) {
      benchmark::RegisterBenchmark(("Page50/" + filter + "/" + where).c_str(), Page, filter, tenths,
                                   false)
          ->Unit(benchmark::kMillisecond);
    }
  }
  for (const auto& [where, tenths] : {std::pair{"first", 0}, {"middle", 5}, {"last", 10}}) {
    benchmark::RegisterBenchmark(("Page50Collapsed/open/" + std::string(where)).c_str(), Page,
                                 "open", tenths, true)
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::RegisterBenchmark("Claim", Claim)->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("Load", Load)->Unit(benchmark::kMillisecond)->Iterations(1);
}

const bool kRegistered = (RegisterAll(), true);

}  // namespace
}  // namespace vigie
