// How long does a store take to start, and how much of it is the look before the opening that
// proves, without changing a file, that nothing acknowledged is missing?
//
// The folder is what a killed process leaves behind: everything since the last flush only in
// RocksDB's log, which is the worst case: after a clean stop the log is empty. Population:
// generated, VIGIE_BENCH_IDENTITIES of them (20,000), with 24 candidate keys each.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "storage/rocks_kv.h"
#include "storage/store.h"
#include "tests/storage/builders.h"
#include "tests/support/temporary_directory.h"

namespace vigie::storage {
namespace {

namespace fs = std::filesystem;

StoreOptions OptionsIn(const std::string& directory) {
  StoreOptions options;
  options.data_directory = directory;
  options.free_bytes_low = 0;
  options.free_bytes_high = 0;
  options.ballast_bytes = 0;
  return options;
}

absl::Status Register(Transaction& t, CommitContext&) {
  const absl::StatusOr<matching::IdentityId> id = t.NextIdentityId();
  if (!id.ok()) return id.status();
  matching::Identity i = Person(*id, std::to_string(*id));
  IndexEntries entries = EntriesOf(i);
  for (std::uint64_t k = 0; k < 24; ++k) {
    entries.candidate_keys.push_back(k << 56 | i.id / (1 + k % 5) * 2654435761 % (1ull << 40));
  }
  return t.PutIdentity(nullptr, nullptr, i, entries);
}

std::size_t IdentityCount() {
  const char* wanted = std::getenv("VIGIE_BENCH_IDENTITIES");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 20'000;
}

// Two folders made once: after a clean stop and as a kill leaves it.
struct Folders {
  Folders() {
    {
      auto store = std::move(OpenStore(OptionsIn(directory / "stopped"), nullptr)).value();
      for (std::size_t left = IdentityCount(); left > 0;) {
        const std::size_t count = std::min<std::size_t>(left, 1000);
        for (const auto& done : store->CommitAll({count, {Context(), Register}})) {
          if (!done.ok()) std::abort();
        }
        left -= count;
      }
      fs::copy(directory / "stopped", directory / "killed", fs::copy_options::recursive);
    }
    for (const auto& file : fs::directory_iterator(directory / "killed/db")) {
      if (file.path().extension() == ".log") log_bytes += file.file_size();
    }
  }
  tests::TemporaryDirectory directory;
  std::uintmax_t log_bytes = 0;
};

const Folders& Made() {
  static const Folders folders;
  return folders;
}

double SecondsOf(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void Look(benchmark::State& state, const std::vector<Table>& tables) {
  RocksKvOptions options;
  options.directory = Made().directory / "killed/db";
  options.read_only = true;
  options.read_tables = tables;
  for (auto _ : state) {
    state.SetIterationTime(SecondsOf([&] {
      if (!OpenRocksKv(options, nullptr).ok()) std::abort();
    }));
  }
  state.counters["log_MiB"] = static_cast<double>(Made().log_bytes >> 20);
}
BENCHMARK_CAPTURE(Look, AfterAKillAtMetaAndAudit, {Table::kMeta, Table::kAudit})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Look, AfterAKillAtAllTables, {})->UseManualTime()->Unit(benchmark::kMillisecond);

void Start(benchmark::State& state, const std::string& folder) {
  const std::string copy = Made().directory / "copy";
  for (auto _ : state) {
    fs::remove_all(copy);
    fs::copy(Made().directory / folder, copy, fs::copy_options::recursive);
    std::unique_ptr<Store> store;
    state.SetIterationTime(
        SecondsOf([&] { store = std::move(OpenStore(OptionsIn(copy), nullptr)).value(); }));
    if (store->Read()->CommitNumber() != static_cast<std::int64_t>(IdentityCount())) std::abort();
  }
}
BENCHMARK_CAPTURE(Start, AfterAKill, "killed")->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Start, AfterACleanStop, "stopped")
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vigie::storage
