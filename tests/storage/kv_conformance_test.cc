// What kv.h promises, held to by RocksDB, by the in-memory twin and by the cache over it alike.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "storage/cached_kv.h"
#include "storage/kv.h"
#include "storage/memory_kv.h"
#include "storage/rocks_kv.h"
#include "tests/support/temporary_directory.h"

namespace vigie::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Row = std::pair<std::string, std::string>;
using namespace std::string_literals;  // keys may hold zero bytes

class KeyValueStoreTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "Memory") {
      store_ = MakeMemoryKv();
      return;
    }
    if (GetParam() == "Cached") {
      below_ = MakeMemoryKv();
      store_ = MakeCachedKv(below_.get(), 1 << 20);
      return;
    }
    RocksKvOptions options;
    options.directory = directory_ / "db";
    auto opened = OpenRocksKv(options, nullptr);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }

  absl::Status Put(Table table, const std::string& key, std::optional<std::string> value) {
    return store_->Commit({{}, {{table, key, std::move(value)}}});
  }

  std::optional<std::string> Get(Table table, std::string_view key,
                                 const Snapshot* snapshot = nullptr) const {
    const auto value = store_->Get(table, key, snapshot);
    EXPECT_TRUE(value.ok()) << value.status();
    return value.ok() ? *value : std::nullopt;
  }

  std::vector<Row> Rows(Table table, const KeyRange& range,
                        const Snapshot* snapshot = nullptr) const {
    std::vector<Row> rows;
    const absl::Status status =
        store_->Scan(table, range, snapshot, [&rows](std::string_view key, std::string_view value) {
          rows.emplace_back(key, value);
          return true;
        });
    EXPECT_TRUE(status.ok()) << status;
    return rows;
  }

  std::vector<std::string> Keys(Table table, const KeyRange& range,
                                const Snapshot* snapshot = nullptr) const {
    std::vector<std::string> keys;
    for (const Row& row : Rows(table, range, snapshot)) keys.push_back(row.first);
    return keys;
  }

  tests::TemporaryDirectory directory_;
  std::unique_ptr<KeyValueStore> below_;  // of the cached one
  std::unique_ptr<KeyValueStore> store_;
};

INSTANTIATE_TEST_SUITE_P(All, KeyValueStoreTest, ::testing::Values("Memory", "Rocks", "Cached"),
                         [](const auto& instance) { return instance.param; });

TEST_P(KeyValueStoreTest, AnAbsentKeyIsNotAnError) {
  EXPECT_EQ(Get(Table::kIdentity, "nobody"), std::nullopt);
}

TEST_P(KeyValueStoreTest, GivesBackWhatWasCommitted) {
  ASSERT_TRUE(Put(Table::kIdentity, "1", "one").ok());
  EXPECT_EQ(Get(Table::kIdentity, "1"), "one");
  ASSERT_TRUE(Put(Table::kIdentity, "1", "another").ok());
  EXPECT_EQ(Get(Table::kIdentity, "1"), "another");
  ASSERT_TRUE(Put(Table::kIdentity, "1", std::nullopt).ok());
  EXPECT_EQ(Get(Table::kIdentity, "1"), std::nullopt);
}

TEST_P(KeyValueStoreTest, AnEmptyValueIsNotAbsence) {
  ASSERT_TRUE(Put(Table::kCandidate, "key", "").ok());
  EXPECT_EQ(Get(Table::kCandidate, "key"), "");
}

TEST_P(KeyValueStoreTest, KeysAndValuesMayHoldAnyBytes) {
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) all_bytes += static_cast<char>(byte);
  ASSERT_TRUE(Put(Table::kMeta, all_bytes, all_bytes + all_bytes).ok());
  ASSERT_TRUE(Put(Table::kMeta, "", "empty key").ok());
  EXPECT_EQ(Get(Table::kMeta, all_bytes), all_bytes + all_bytes);
  EXPECT_EQ(Get(Table::kMeta, ""), "empty key");
  EXPECT_THAT(Keys(Table::kMeta, {}), ElementsAre("", all_bytes));
}

TEST_P(KeyValueStoreTest, TablesDoNotSeeEachOther) {
  for (std::size_t i = 0; i < kTableCount; ++i) {
    ASSERT_TRUE(Put(static_cast<Table>(i), "key", std::to_string(i)).ok());
  }
  for (std::size_t i = 0; i < kTableCount; ++i) {
    EXPECT_EQ(Get(static_cast<Table>(i), "key"), std::to_string(i));
    EXPECT_THAT(Keys(static_cast<Table>(i), {}), ElementsAre("key"));
  }
}

TEST_P(KeyValueStoreTest, MultiGetAnswersInTheOrderAskedWithRepeatsAndAbsences) {
  ASSERT_TRUE(Put(Table::kIdentity, "a", "1").ok());
  ASSERT_TRUE(Put(Table::kIdentity, "b", "").ok());
  const auto values = store_->MultiGet(Table::kIdentity, {"b", "x", "a", "b"}, nullptr);
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_THAT(*values, ElementsAre("", std::nullopt, "1", ""));
  const auto none = store_->MultiGet(Table::kIdentity, {}, nullptr);
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_THAT(*none, IsEmpty());
}

TEST_P(KeyValueStoreTest, ScansInOrderOfUnsignedBytes) {
  for (const std::string& key : {"b"s, "\x80"s, "a"s, "\xff"s, "\x7f"s, "a\0"s, "aa"s, ""s}) {
    ASSERT_TRUE(Put(Table::kSearch, key, "").ok());
  }
  EXPECT_THAT(Keys(Table::kSearch, {}),
              ElementsAre("", "a", "a\0"s, "aa", "b", "\x7f", "\x80", "\xff"));
}

TEST_P(KeyValueStoreTest, ARangeIncludesItsBeginAndNotItsEnd) {
  for (const std::string& key : {"a"s, "b"s, "c"s, "d"s}) {
    ASSERT_TRUE(Put(Table::kSearch, key, "").ok());
  }
  struct {
    const char* description;
    KeyRange range;
    std::vector<std::string> keys;
  } cases[] = {
      {"both ends stored", {"b", "d"}, {"b", "c"}},
      {"ends between keys", {"aa", "cc"}, {"b", "c"}},
      {"no end", {"c", ""}, {"c", "d"}},
      {"no begin", {"", "b"}, {"a"}},
      {"empty", {"b", "b"}, {}},
      {"turned round", {"d", "b"}, {}},
      {"after everything", {"e", ""}, {}},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Keys(Table::kSearch, c.range), c.keys) << c.description;
  }
}

TEST_P(KeyValueStoreTest, APrefixRangeHoldsExactlyTheKeysWithThePrefix) {
  const std::vector<std::string> keys = {"",  "a",        "a\xff", "a\xff\xff", "a\xff\xff\x01",
                                         "b", "\xfe\xff", "\xff",  "\xff\xff",  "\xff\xff\x01"};
  for (const std::string& key : keys) ASSERT_TRUE(Put(Table::kSearch, key, "").ok());
  for (const std::string& prefix :
       {""s, "a"s, "a\xff"s, "a\xff\xff"s, "b"s, "\xfe"s, "\xff"s, "\xff\xff"s, "c"s}) {
    std::vector<std::string> expected;
    for (const std::string& key : keys) {
      if (key.compare(0, prefix.size(), prefix) == 0) expected.push_back(key);
    }
    EXPECT_EQ(Keys(Table::kSearch, PrefixRange(prefix)), expected)
        << ::testing::PrintToString(prefix);
  }
}

TEST_P(KeyValueStoreTest, AScanStopsWhenToldTo) {
  for (const std::string& key : {"a"s, "b"s, "c"s}) {
    ASSERT_TRUE(Put(Table::kSearch, key, "").ok());
  }
  std::vector<std::string> seen;
  const absl::Status status =
      store_->Scan(Table::kSearch, {}, nullptr, [&seen](std::string_view key, std::string_view) {
        seen.emplace_back(key);
        return seen.size() < 2;
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(seen, ElementsAre("a", "b"));
}

TEST_P(KeyValueStoreTest, AScanOfManyRowsSeesEachOnceAndMayReadMeanwhile) {
  Batch batch;
  for (int i = 1000; i < 1500; ++i) {
    batch.writes.push_back({Table::kSearch, std::to_string(i), std::to_string(i * 2)});
  }
  ASSERT_TRUE(store_->Commit(batch).ok());
  int expected = 1000;
  const absl::Status status = store_->Scan(
      Table::kSearch, {}, nullptr, [this, &expected](std::string_view key, std::string_view value) {
        EXPECT_EQ(key, std::to_string(expected));
        EXPECT_EQ(Get(Table::kSearch, key), std::string(value));
        ++expected;
        return true;
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(expected, 1500);
}

// Keys of few prefixes of 8 bytes, for which some tables keep filters, and keys shorter than that.
TEST_P(KeyValueStoreTest, ScansOfManyRangesGiveWhatTheRangesHoldHoweverTheyLie) {
  std::mt19937 random(77);
  const std::vector<std::string> prefixes = {"aaaaaaaa", "aaaaaaab"s, "b\0\0\0\0\0\0\0"s,
                                             "bbbbbbb\xff", std::string(8, '\xff')};
  const auto any_key = [&] {
    if (random() % 8 == 0) return std::string(random() % 8, static_cast<char>('a' + random() % 3));
    std::string key = prefixes[random() % prefixes.size()];
    for (auto n = random() % 3; n > 0; --n) key += static_cast<char>(random() % 4 * 85);
    return key;
  };
  for (const Table table : {Table::kCandidate, Table::kSearch, Table::kVisit}) {
    std::map<std::string, std::string> model;
    for (int round = 0; round < 60; ++round) {
      Batch batch;
      for (int i = 0; i < 8; ++i) {
        const std::string key = any_key();
        const bool removed = random() % 3 == 0;
        batch.writes.push_back(
            {table, key, removed ? std::nullopt : std::optional(std::to_string(round))});
        if (removed) {
          model.erase(key);
        } else {
          model[key] = std::to_string(round);
        }
      }
      ASSERT_TRUE(store_->Commit(batch).ok());
      if (auto* rocks = dynamic_cast<RocksKv*>(store_.get()); rocks != nullptr && round % 9 == 8) {
        ASSERT_TRUE((round % 2 == 0 ? rocks->Flush() : rocks->CompactAll()).ok());
      }
      std::vector<KeyRange> ranges;
      const bool prefixes_only = random() % 2 == 0;
      for (auto n = random() % 6; n > 0; --n) {
        if (prefixes_only || random() % 2 == 0) {
          ranges.push_back(PrefixRange(random() % 4 == 0 ? "nothere" + std::to_string(random() % 9)
                                                         : prefixes[random() % prefixes.size()]));
          if (random() % 3 == 0) ranges.back().begin += '\x55';
        } else {
          ranges.push_back({any_key(), random() % 4 == 0 ? "" : any_key()});
        }
      }
      const std::size_t rows_max = 1 + random() % 5;  // then the visitor has had enough
      std::vector<std::vector<Row>> expected(ranges.size());
      for (std::size_t i = 0; i < ranges.size(); ++i) {
        for (const auto& row : model) {
          const bool in_range =
              row.first >= ranges[i].begin && (ranges[i].end.empty() || row.first < ranges[i].end);
          if (in_range && expected[i].size() < rows_max) expected[i].emplace_back(row);
        }
        std::vector<Row> alone = Rows(table, ranges[i]);
        alone.resize(std::min(alone.size(), rows_max));
        ASSERT_EQ(alone, expected[i]) << "one by one, round " << round;
      }
      std::vector<std::vector<Row>> found(ranges.size());
      std::size_t last = 0;
      const auto snapshot = store_->TakeSnapshot();
      const absl::Status scanned =
          store_->ScanMany(table, ranges, random() % 2 == 0 ? snapshot.get() : nullptr,
                           [&](std::size_t position, std::string_view key, std::string_view value) {
                             EXPECT_GE(position, last) << "ranges in the order given";
                             last = position;
                             found[position].emplace_back(key, value);
                             return found[position].size() < rows_max;
                           });
      ASSERT_TRUE(scanned.ok()) << scanned;
      ASSERT_EQ(found, expected) << "round " << round;
    }
  }
}

TEST_P(KeyValueStoreTest, AScanOfManyRangesIsOnePictureEvenWithoutASnapshot) {
  for (const std::string& key : {"a1"s, "b1"s}) {
    ASSERT_TRUE(Put(Table::kCandidate, key, "old").ok());
  }
  std::vector<std::string> values;
  const absl::Status scanned = store_->ScanMany(
      Table::kCandidate, {PrefixRange("a"), PrefixRange("b")}, nullptr,
      [&](std::size_t, std::string_view, std::string_view value) {
        values.emplace_back(value);
        std::thread([this] { EXPECT_TRUE(Put(Table::kCandidate, "b1", "new").ok()); }).join();
        return true;
      });
  EXPECT_TRUE(scanned.ok()) << scanned;
  EXPECT_THAT(values, ElementsAre("old", "old"));
}

TEST_P(KeyValueStoreTest, ASnapshotSeesNothingOfLaterCommits) {
  ASSERT_TRUE(Put(Table::kIdentity, "stays", "old").ok());
  ASSERT_TRUE(Put(Table::kIdentity, "goes", "old").ok());
  const auto before = store_->TakeSnapshot();
  ASSERT_TRUE(Put(Table::kIdentity, "stays", "new").ok());
  ASSERT_TRUE(Put(Table::kIdentity, "goes", std::nullopt).ok());
  ASSERT_TRUE(Put(Table::kIdentity, "comes", "new").ok());
  const auto after = store_->TakeSnapshot();

  EXPECT_THAT(Rows(Table::kIdentity, {}, before.get()),
              ElementsAre(Row("goes", "old"), Row("stays", "old")));
  EXPECT_THAT(Rows(Table::kIdentity, {}, after.get()),
              ElementsAre(Row("comes", "new"), Row("stays", "new")));
  EXPECT_EQ(Get(Table::kIdentity, "goes", before.get()), "old");
  EXPECT_EQ(Get(Table::kIdentity, "comes", before.get()), std::nullopt);
  const auto values = store_->MultiGet(Table::kIdentity, {"comes", "goes"}, before.get());
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_THAT(*values, ElementsAre(std::nullopt, "old"));
}

TEST_P(KeyValueStoreTest, EachOfSeveralSnapshotsKeepsItsOwnPicture) {
  std::vector<std::unique_ptr<Snapshot>> snapshots;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(Put(Table::kIdentity, "key", std::to_string(i)).ok());
    snapshots.push_back(store_->TakeSnapshot());
  }
  snapshots.erase(snapshots.begin() + 1);  // letting one go leaves the others alone
  ASSERT_TRUE(Put(Table::kIdentity, "key", std::nullopt).ok());
  EXPECT_EQ(Get(Table::kIdentity, "key", snapshots[0].get()), "0");
  EXPECT_EQ(Get(Table::kIdentity, "key", snapshots[1].get()), "2");
  EXPECT_EQ(Get(Table::kIdentity, "key", snapshots[3].get()), "4");
  snapshots.clear();
  EXPECT_EQ(Get(Table::kIdentity, "key"), std::nullopt);
}

TEST_P(KeyValueStoreTest, AScanIsOnePictureEvenWithoutASnapshot) {
  for (int i = 100; i < 300; ++i) {
    ASSERT_TRUE(Put(Table::kSearch, std::to_string(i), "old").ok());
  }
  std::atomic<bool> started = false;
  std::atomic<bool> written = false;
  std::thread writer([&] {
    while (!started) std::this_thread::yield();
    Batch batch;
    for (int i = 100; i < 300; ++i)
      batch.writes.push_back({Table::kSearch, std::to_string(i), "new"});
    EXPECT_TRUE(store_->Commit(batch).ok());
    written = true;
  });
  int old_rows = 0;
  const absl::Status status =
      store_->Scan(Table::kSearch, {}, nullptr, [&](std::string_view, std::string_view value) {
        started = true;
        while (!written) std::this_thread::yield();
        old_rows += value == "old" ? 1 : 0;
        return true;
      });
  writer.join();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(old_rows, 200);
}

TEST_P(KeyValueStoreTest, TheLastWriteOfAKeyInABatchWins) {
  ASSERT_TRUE(store_
                  ->Commit({{},
                            {{Table::kMeta, "a", "1"},
                             {Table::kMeta, "a", std::nullopt},
                             {Table::kMeta, "a", "3"},
                             {Table::kMeta, "b", "1"},
                             {Table::kMeta, "b", std::nullopt}}})
                  .ok());
  EXPECT_THAT(Rows(Table::kMeta, {}), ElementsAre(Row("a", "3")));
}

TEST_P(KeyValueStoreTest, AnEmptyBatchIsFine) { EXPECT_TRUE(store_->Commit({}).ok()); }

TEST_P(KeyValueStoreTest, ABatchWhosePreconditionsHoldIsWritten) {
  ASSERT_TRUE(Put(Table::kMeta, "version", "1").ok());
  const absl::Status status =
      store_->Commit({{{Table::kMeta, "version", "1"}, {Table::kIdentity, "7", std::nullopt}},
                      {{Table::kMeta, "version", "2"}, {Table::kIdentity, "7", "seven"}}});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(Get(Table::kMeta, "version"), "2");
  EXPECT_EQ(Get(Table::kIdentity, "7"), "seven");
}

TEST_P(KeyValueStoreTest, ABatchWithAPreconditionThatFailsLeavesNothingBehind) {
  ASSERT_TRUE(Put(Table::kMeta, "version", "1").ok());
  ASSERT_TRUE(Put(Table::kMeta, "empty", "").ok());
  struct {
    const char* description;
    Precondition precondition;
  } cases[] = {
      {"another value", {Table::kMeta, "version", "2"}},
      {"present, should be absent", {Table::kMeta, "version", std::nullopt}},
      {"absent, should be present", {Table::kMeta, "other", "1"}},
      {"absent in this table", {Table::kCase, "version", "1"}},
      {"empty, should be absent", {Table::kMeta, "empty", std::nullopt}},
      {"absent, should be empty", {Table::kMeta, "other", ""}},
      {"a part of the value", {Table::kMeta, "version", ""}},
  };
  for (const auto& c : cases) {
    const absl::Status status =
        store_->Commit({{{Table::kMeta, "version", "1"}, c.precondition},
                        {{Table::kMeta, "version", "2"}, {Table::kIdentity, "7", "seven"}}});
    EXPECT_EQ(status.code(), absl::StatusCode::kAborted) << c.description << ": " << status;
    EXPECT_EQ(Get(Table::kMeta, "version"), "1") << c.description;
    EXPECT_EQ(Get(Table::kIdentity, "7"), std::nullopt) << c.description;
  }
}

TEST_P(KeyValueStoreTest, ARefusalQuotesNoKeyAndNoValue) {
  ASSERT_TRUE(Put(Table::kSearch, "CANARYKEY", "CANARYVALUE").ok());
  const absl::Status status = store_->Commit({{{Table::kSearch, "CANARYKEY", "CANARYOTHER"}}, {}});
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(status.ToString().find("CANARY"), std::string::npos) << status;
}

TEST_P(KeyValueStoreTest, ABatchAsLargeAsAllowedIsWrittenAndOneByteMoreIsNot) {
  Batch batch{{}, {{Table::kAudit, "first", ""}, {Table::kAudit, "key", ""}}};
  batch.writes[1].value = std::string(kBatchBytesMax - BatchBytes(batch), 'x');
  EXPECT_EQ(BatchBytes(batch), kBatchBytesMax);
  EXPECT_TRUE(store_->Commit(batch).ok());
  EXPECT_EQ(Get(Table::kAudit, "key")->size(), kBatchBytesMax - 8);

  batch.writes[0].key = "second";  // one byte longer than "first"
  EXPECT_EQ(store_->Commit(batch).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Get(Table::kAudit, "second"), std::nullopt);
}

// Each thread adds one to the same counter by reading it and asking that it has not changed since.
TEST_P(KeyValueStoreTest, ConditionalCommitsOfManyThreadsLoseNoUpdate) {
  constexpr int kThreads = 4;
  constexpr int kAdditions = 50;
  ASSERT_TRUE(Put(Table::kCounter, "sum", "0").ok());
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this] {
      for (int done = 0; done < kAdditions;) {
        const std::string sum = *Get(Table::kCounter, "sum");
        const absl::Status status =
            store_->Commit({{{Table::kCounter, "sum", sum}},
                            {{Table::kCounter, "sum", std::to_string(std::stoi(sum) + 1)}}});
        if (status.ok()) ++done;
        EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kAborted) << status;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Get(Table::kCounter, "sum"), std::to_string(kThreads * kAdditions));
}

// Writers always write the same number under two keys; readers must never see two numbers.
TEST_P(KeyValueStoreTest, ReadersNeverSeeHalfABatch) {
  std::atomic<bool> stop = false;
  std::vector<std::thread> writers;
  for (int t = 0; t < 2; ++t) {
    writers.emplace_back([this, t] {
      for (int i = 0; i < 150; ++i) {
        const std::string number = std::to_string(i * 2 + t);
        EXPECT_TRUE(
            store_
                ->Commit(
                    {{}, {{Table::kIdentity, "left", number}, {Table::kCounter, "right", number}}})
                .ok());
      }
    });
  }
  std::thread reader([this, &stop] {
    while (!stop) {
      const auto snapshot = store_->TakeSnapshot();
      EXPECT_EQ(Get(Table::kIdentity, "left", snapshot.get()),
                Get(Table::kCounter, "right", snapshot.get()));
    }
  });
  for (std::thread& writer : writers) writer.join();
  stop = true;
  reader.join();
}

// Against the plainest model there is: random batches, snapshots kept along the way.
TEST_P(KeyValueStoreTest, BehavesAsAMapOverARandomHistory) {
  std::mt19937 random(20240229);
  using Model = std::map<std::string, std::string>;
  Model model;
  std::vector<std::pair<std::unique_ptr<Snapshot>, Model>> pictures;
  for (int round = 0; round < 300; ++round) {
    Batch batch;
    for (std::size_t i = 0, count = random() % 6; i < count; ++i) {
      const std::string key(1 + random() % 2,
                            static_cast<char>(random() % 5 == 0 ? 0xff : 'a' + random() % 8));
      if (random() % 3 == 0) {
        batch.writes.push_back({Table::kVisit, key, std::nullopt});
        model.erase(key);
      } else {
        batch.writes.push_back({Table::kVisit, key, std::to_string(round)});
        model[key] = std::to_string(round);
      }
    }
    ASSERT_TRUE(store_->Commit(batch).ok());
    if (random() % 10 == 0) pictures.emplace_back(store_->TakeSnapshot(), model);
    if (pictures.size() > 6) {
      pictures.erase(pictures.begin() + static_cast<std::ptrdiff_t>(random() % pictures.size()));
    }
    for (const auto& [snapshot, then] : pictures) {
      const std::vector<Row> expected(then.begin(), then.end());
      ASSERT_EQ(Rows(Table::kVisit, {}, snapshot.get()), expected) << "round " << round;
    }
    ASSERT_EQ(Rows(Table::kVisit, {}), std::vector<Row>(model.begin(), model.end()));
  }
}

TEST(TableName, IsDistinctForEachTableAndFixed) {
  const std::vector<std::string> names = {
      "meta",     "identity", "local_id",    "ins",      "candidate",      "search",
      "history",  "visit",    "visit_index", "case",     "case_index",     "counter",
      "request",  "audit",    "snapshot",    "decision", "decision_index", "case_note",
      "proposal", "label",    "label_index"};
  ASSERT_EQ(names.size(), kTableCount);
  for (std::size_t i = 0; i < kTableCount; ++i) {
    EXPECT_EQ(TableName(static_cast<Table>(i)), names[i]);
  }
}

}  // namespace
}  // namespace vigie::storage
