// How many registrations a second does the commit path make durable with 64 in flight, and what is
// left of the key-value store's own rate? And what do the look-ups of the admission desk cost?
//
// DurableCommit: 64 threads, each putting an identity with 24 candidate keys, history, request and
// audit entry; items are commits. RawBatch: the same number of bytes and keys as bare batches, one
// thread, one batch a commit: the floor that group commit must beat. Population: generated.
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "storage/keys.h"
#include "storage/record_codec.h"
#include "storage/rocks_kv.h"
#include "storage/store.h"
#include "storage/transaction.h"
#include "tests/storage/builders.h"
#include "tests/support/temporary_directory.h"

namespace vigie::storage {
namespace {

constexpr int kInFlight = 64;
constexpr std::uint64_t kKeysEach = 24;

std::unique_ptr<Store> OpenIn(const std::string& directory) {
  StoreOptions options;
  options.data_directory = directory;
  options.free_bytes_low = 0;
  options.free_bytes_high = 0;
  options.ballast_bytes = 0;
  return std::move(OpenStore(options, nullptr)).value();
}

matching::Identity Generated(matching::IdentityId id) {
  matching::Identity i = FullIdentity();
  i.id = id;
  i.local_id = std::to_string(id);
  i.traits.birth_date = {static_cast<std::int16_t>(1920 + id % 100),
                         static_cast<std::uint8_t>(1 + id / 100 % 12),
                         static_cast<std::uint8_t>(1 + id / 1200 % 28)};
  i.ins->matricule = std::to_string(100000000000000 + id);
  i.ins_history.clear();
  return i;
}

IndexEntries GeneratedEntries(const matching::Identity& i) {
  IndexEntries entries = EntriesOf(i);
  entries.family_names = {std::string(1, static_cast<char>('A' + i.id % 26)) + "URAND"};
  entries.given_names = {std::string(1, static_cast<char>('A' + i.id / 26 % 26)) + "ARIE"};
  for (std::uint64_t k = 0; k < kKeysEach; ++k) {
    entries.candidate_keys.push_back(k << 56 | i.id / (1 + k % 5) * 2654435761 % (1ull << 40));
  }
  return entries;
}

absl::Status Register(Transaction& t, CommitContext&) {
  const absl::StatusOr<matching::IdentityId> id = t.NextIdentityId();
  if (!id.ok()) return id.status();
  const matching::Identity i = Generated(*id);
  const absl::Status put = t.PutIdentity(nullptr, nullptr, i, GeneratedEntries(i));
  if (!put.ok()) return put;
  matching::Change change = FullChange();
  change.identity_id = i.id;
  change.before.reset();
  const absl::Status changed = t.PutChange(change);
  if (!changed.ok()) return changed;
  return t.PutRequest("request-" + std::to_string(i.id), FullRequest());
}

void DurableCommit(benchmark::State& state) {
  const tests::TemporaryDirectory directory;
  const auto store = OpenIn(directory / "data");
  constexpr int kCommitsEach = 20;
  for (auto _ : state) {
    std::vector<std::thread> threads;
    for (int t = 0; t < kInFlight; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kCommitsEach; ++i) {
          if (!store->Commit(Context(), Register).ok()) std::abort();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const StoreHealth health = store->Health();
  state.SetItemsProcessed(state.iterations() * kInFlight * kCommitsEach);
  state.counters["commits_per_fsync"] =
      static_cast<double>(health.commit_count) / static_cast<double>(health.commit_group_count);
}
BENCHMARK(DurableCommit)->UseRealTime()->Unit(benchmark::kMillisecond);

void RawBatch(benchmark::State& state) {
  const tests::TemporaryDirectory directory;
  RocksKvOptions options;
  options.directory = directory / "db";
  const auto kv = std::move(OpenRocksKv(options, nullptr)).value();
  matching::IdentityId id = 0;
  for (auto _ : state) {
    const matching::Identity i = Generated(++id);
    Batch batch;
    batch.writes.push_back({Table::kIdentity, NumberBytes(i.id), EncodeIdentity(i)});
    for (const auto& [place, value] : DerivedOf(i, GeneratedEntries(i)).entries) {
      batch.writes.push_back({place.first, place.second, value});
    }
    if (!kv->Commit(batch).ok()) std::abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(RawBatch)->UseRealTime()->Unit(benchmark::kMicrosecond);

// A base of 5,000 identities, made once.
Store* Base5000() {
  static const tests::TemporaryDirectory directory;
  static const std::unique_ptr<Store> store = [] {
    auto made = OpenIn(directory / "data");
    std::vector<Store::PendingChange> changes(5000, {Context(), Register});
    for (const auto& done : made->CommitAll(std::move(changes))) {
      if (!done.ok()) std::abort();
    }
    return made;
  }();
  return store.get();
}

void FindCandidatesIn5000(benchmark::State& state) {
  const Store* store = Base5000();
  matching::IdentityId id = 0;
  for (auto _ : state) {
    const IndexEntries entries = GeneratedEntries(Generated(1 + id++ % 5000));
    const auto found = store->Read()->FindCandidates(entries.candidate_keys, {});
    if (!found.ok() || found->candidates.empty()) std::abort();
  }
}
BENCHMARK(FindCandidatesIn5000)->Unit(benchmark::kMicrosecond);

void SearchIn5000(benchmark::State& state) {
  const Store* store = Base5000();
  matching::IdentityId id = 0;
  for (auto _ : state) {
    const matching::Identity i = Generated(1 + id++ % 5000);
    const IndexEntries entries = GeneratedEntries(i);
    const auto page =
        store->Read()->Search({i.traits.birth_date, entries.family_names[0].substr(0, 3),
                               entries.given_names[0].substr(0, 3)});
    if (!page.ok() || page->identity_ids.empty()) std::abort();
  }
}
BENCHMARK(SearchIn5000)->Unit(benchmark::kMicrosecond);

void EncodeAndDecodeAnIdentity(benchmark::State& state) {
  const matching::Identity identity = FullIdentity();
  for (auto _ : state) {
    if (!DecodeIdentity(EncodeIdentity(identity)).ok()) std::abort();
  }
}
BENCHMARK(EncodeAndDecodeAnIdentity)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace vigie::storage
