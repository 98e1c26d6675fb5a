// What do durable commits, look-ups and short scans cost on the key-value seam, and how far do
// concurrent commits share one sync?
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "storage/rocks_kv.h"
#include "tests/support/temporary_directory.h"

namespace {

using namespace vigie::storage;

constexpr int kIdentities = 100'000;
constexpr int kRowsPerPrefix = 20;

std::string Number(std::uint64_t number) {
  std::string key(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) key[i] = static_cast<char>((number >> (56 - 8 * i)) & 0xff);
  return key;
}

// 100,000 identities of 600 bytes, and as many candidate rows, 20 to a prefix; compacted.
class FilledStore {
 public:
  FilledStore() {
    RocksKvOptions options;
    options.directory = directory_ / "db";
    auto opened = OpenRocksKv(options, nullptr);
    if (!opened.ok()) Die(opened.status());
    store_ = *std::move(opened);
    std::mt19937_64 random(7);
    for (int i = 0; i < kIdentities;) {
      Batch batch;
      for (int end = i + 1000; i < end; ++i) {
        std::string value(600, '\0');
        for (char& c : value) c = static_cast<char>('A' + random() % 26);
        const auto id = static_cast<std::uint64_t>(i);
        batch.writes.push_back({Table::kIdentity, Number(2 * id), std::move(value)});
        batch.writes.push_back({Table::kCandidate, Number(id / kRowsPerPrefix) + Number(id), ""});
      }
      if (const absl::Status status = store_->Commit(batch); !status.ok()) Die(status);
    }
    if (const absl::Status status = store_->CompactAll(); !status.ok()) Die(status);
  }

  RocksKv& store() { return *store_; }

 private:
  [[noreturn]] static void Die(const absl::Status& status) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    std::exit(1);
  }

  vigie::tests::TemporaryDirectory directory_;
  std::unique_ptr<RocksKv> store_;
};

RocksKv& Filled() {
  static FilledStore filled;
  return filled.store();
}

void CommitOf600Bytes(benchmark::State& state) {
  static std::atomic<std::uint64_t> next = 1'000'000;
  RocksKv& store = Filled();
  for (auto _ : state) {
    const Batch batch{{}, {{Table::kVisit, Number(next++), std::string(600, 'x')}}};
    if (!store.Commit(batch).ok()) state.SkipWithError("commit failed");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(CommitOf600Bytes)->UseRealTime();
BENCHMARK(CommitOf600Bytes)->Threads(16)->UseRealTime();

void ConditionalCommitOf600Bytes(benchmark::State& state) {
  static std::uint64_t next = 2'000'000'000;
  RocksKv& store = Filled();
  for (auto _ : state) {
    const std::string key = Number(next++);
    const Batch batch{{{Table::kVisit, key, std::nullopt}},
                      {{Table::kVisit, key, std::string(600, 'x')}}};
    if (!store.Commit(batch).ok()) state.SkipWithError("commit failed");
  }
}
BENCHMARK(ConditionalCommitOf600Bytes)->UseRealTime();

// Identities have even numbers: `odd` asks for absent ones.
void Get(benchmark::State& state, std::uint64_t odd) {
  RocksKv& store = Filled();
  std::mt19937_64 random(1);
  for (auto _ : state) {
    const auto value =
        store.Get(Table::kIdentity, Number(2 * (random() % kIdentities) + odd), nullptr);
    if (!value.ok() || value->has_value() != (odd == 0)) state.SkipWithError("wrong answer");
  }
}
BENCHMARK_CAPTURE(Get, Hit100k, 0);
BENCHMARK_CAPTURE(Get, Miss100k, 1);

void MultiGet100Of100k(benchmark::State& state) {
  RocksKv& store = Filled();
  std::mt19937_64 random(1);
  for (auto _ : state) {
    std::vector<std::string> keys;
    for (int i = 0; i < 100; ++i) keys.push_back(Number(2 * (random() % kIdentities)));
    const auto values = store.MultiGet(Table::kIdentity, keys, nullptr);
    if (!values.ok()) state.SkipWithError("failed");
  }
}
BENCHMARK(MultiGet100Of100k);

void ScanPrefixOf20Rows(benchmark::State& state) {
  RocksKv& store = Filled();
  std::mt19937_64 random(1);
  for (auto _ : state) {
    int rows = 0;
    const std::string prefix = Number(random() % (kIdentities / kRowsPerPrefix));
    const absl::Status status = store.Scan(Table::kCandidate, PrefixRange(prefix), nullptr,
                                           [&rows](std::string_view, std::string_view) {
                                             ++rows;
                                             return true;
                                           });
    if (!status.ok() || rows != kRowsPerPrefix) state.SkipWithError("wrong rows");
  }
}
BENCHMARK(ScanPrefixOf20Rows);

void ScanPrefixWithoutRows(benchmark::State& state) {
  RocksKv& store = Filled();
  std::mt19937_64 random(1);
  for (auto _ : state) {
    const std::string prefix = Number(1'000'000 + random() % 1'000'000);
    const absl::Status status = store.Scan(Table::kCandidate, PrefixRange(prefix), nullptr,
                                           [](std::string_view, std::string_view) { return true; });
    if (!status.ok()) state.SkipWithError("failed");
  }
}
BENCHMARK(ScanPrefixWithoutRows);

}  // namespace
