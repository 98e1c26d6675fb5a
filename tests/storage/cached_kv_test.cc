// The cache answers as the store below it would: held against that store over random histories, at
// every snapshot, and from several threads.
#include "storage/cached_kv.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <random>
#include <thread>

#include "storage/memory_kv.h"

namespace vigie::storage {
namespace {

using Row = std::pair<std::string, std::string>;

std::string ListPrefix(char letter) { return std::string(8, letter); }

std::string Suffix(std::size_t number) {
  std::string suffix(8, '\0');
  suffix[6] = static_cast<char>(number >> 8);
  suffix[7] = static_cast<char>(number & 255);
  return suffix;
}

// Counts what reaches the store below.
class CountingKv : public KeyValueStore {
 public:
  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key,
                                                 const Snapshot* snapshot) const override {
    ++reads_;
    return below_->Get(table, key, snapshot);
  }
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, const std::vector<std::string>& keys, const Snapshot* snapshot) const override {
    reads_ += static_cast<int>(keys.size());
    return below_->MultiGet(table, keys, snapshot);
  }
  absl::Status Scan(Table table, const KeyRange& range, const Snapshot* snapshot,
                    const std::function<bool(std::string_view key, std::string_view value)>& visit)
      const override {
    ++reads_;
    return below_->Scan(table, range, snapshot, visit);
  }
  absl::Status ScanMany(Table table, const std::vector<KeyRange>& ranges, const Snapshot* snapshot,
                        const ManyVisitor& visit) const override {
    reads_ += static_cast<int>(ranges.size());
    return below_->ScanMany(table, ranges, snapshot, visit);
  }
  std::unique_ptr<Snapshot> TakeSnapshot() const override { return below_->TakeSnapshot(); }
  absl::Status Commit(const Batch& batch) override {
    absl::Status committed = below_->Commit(batch);
    return committed.ok() && outcome_unknown ? absl::UnavailableError("the disk") : committed;
  }

  int TakeReads() { return reads_.exchange(0); }
  bool outcome_unknown = false;  // commits are written, and said to have failed

 private:
  const std::unique_ptr<KeyValueStore> below_ = MakeMemoryKv();
  mutable std::atomic<int> reads_{0};
};

class CachedKvTest : public ::testing::Test {
 protected:
  void Put(Table table, const std::string& key, const std::string& value = "") {
    ASSERT_TRUE(cached_->Commit({{}, {{table, key, value}}}).ok());
  }
  void Delete(Table table, const std::string& key) {
    ASSERT_TRUE(cached_->Commit({{}, {{table, key, std::nullopt}}}).ok());
  }
  std::vector<Row> List(const KeyValueStore& store, char letter, std::size_t limit,
                        const Snapshot* snapshot = nullptr) {
    std::vector<Row> rows;
    const absl::Status scanned = store.ScanMany(
        Table::kCandidate, {PrefixRange(ListPrefix('Z')), PrefixRange(ListPrefix(letter))},
        snapshot, [&](std::size_t, std::string_view key, std::string_view value) {
          rows.emplace_back(key, value);
          return rows.size() < limit;
        });
    EXPECT_TRUE(scanned.ok());
    return rows;
  }
  std::size_t Length(char letter) { return List(*cached_, letter, 1000).size(); }

  CountingKv below_;
  std::unique_ptr<KeyValueStore> cached_ = MakeCachedKv(&below_, 1 << 20);
};

TEST_F(CachedKvTest, ReadsListsAndCountersOnce) {
  for (unsigned i = 0; i < 5; ++i) Put(Table::kCandidate, ListPrefix('a') + Suffix(i));
  Put(Table::kCounter, "c", "7");
  below_.TakeReads();
  EXPECT_EQ(Length('a'), 5U);
  EXPECT_EQ(Length('b'), 0U);
  EXPECT_EQ(**cached_->Get(Table::kCounter, "c", nullptr), "7");
  EXPECT_EQ(*cached_->Get(Table::kCounter, "d", nullptr), std::nullopt);
  EXPECT_EQ(*cached_->Get(Table::kLocalId, "nobody", nullptr), std::nullopt);
  EXPECT_GT(below_.TakeReads(), 0);
  EXPECT_EQ(Length('a'), 5U);
  EXPECT_EQ(Length('b'), 0U);
  EXPECT_EQ((*cached_->MultiGet(Table::kCounter, {"d", "c"}, nullptr))[1], "7");
  EXPECT_EQ(*cached_->Get(Table::kLocalId, "nobody", nullptr), std::nullopt);
  EXPECT_EQ(below_.TakeReads(), 0);
}

TEST_F(CachedKvTest, FollowsCommitsWithoutReadingAgain) {
  EXPECT_EQ(Length('a'), 0U);
  EXPECT_EQ(*cached_->Get(Table::kCounter, "c", nullptr), std::nullopt);
  below_.TakeReads();
  for (const unsigned i : {5U, 1U, 3U}) Put(Table::kCandidate, ListPrefix('a') + Suffix(i));
  Delete(Table::kCandidate, ListPrefix('a') + Suffix(1));
  Put(Table::kCounter, "c", "1");
  EXPECT_EQ(List(*cached_, 'a', 9), (std::vector<Row>{{ListPrefix('a') + Suffix(3), ""},
                                                      {ListPrefix('a') + Suffix(5), ""}}));
  EXPECT_EQ(**cached_->Get(Table::kCounter, "c", nullptr), "1");
  EXPECT_EQ(below_.TakeReads(), 0);
  Put(Table::kLocalId, "somebody", "1");
  EXPECT_EQ(**cached_->Get(Table::kLocalId, "somebody", nullptr), "1");
}

TEST_F(CachedKvTest, AnOlderSnapshotIsNotGivenWhatCameLater) {
  Put(Table::kCandidate, ListPrefix('a') + Suffix(1));
  Put(Table::kCounter, "c", "1");
  const auto before = cached_->TakeSnapshot();
  EXPECT_EQ(Length('a'), 1U);
  Put(Table::kCandidate, ListPrefix('a') + Suffix(2));
  Put(Table::kCounter, "c", "2");
  EXPECT_EQ(List(*cached_, 'a', 9, before.get()).size(), 1U);
  EXPECT_EQ(**cached_->Get(Table::kCounter, "c", before.get()), "1");
  EXPECT_EQ(Length('a'), 2U);
  EXPECT_EQ(**cached_->Get(Table::kCounter, "c", nullptr), "2");
}

// Only the beginning of a long list is kept; what stands behind it is read.
TEST_F(CachedKvTest, GivesLongListsToTheirEnd) {
  for (unsigned i = 0; i < 300; ++i) Put(Table::kCandidate, ListPrefix('a') + Suffix(2 * i));
  EXPECT_EQ(Length('a'), 300U);
  EXPECT_EQ(Length('a'), 300U);
  below_.TakeReads();
  EXPECT_EQ(List(*cached_, 'a', 201).size(), 201U);
  EXPECT_EQ(below_.TakeReads(), 0);
  Put(Table::kCandidate, ListPrefix('a') + Suffix(7));
  Put(Table::kCandidate, ListPrefix('a') + Suffix(2001));
  Delete(Table::kCandidate, ListPrefix('a') + Suffix(10));
  Delete(Table::kCandidate, ListPrefix('a') + Suffix(590));
  EXPECT_EQ(List(*cached_, 'a', 1000), List(below_, 'a', 1000));
  EXPECT_EQ(Length('a'), 300U);
}

TEST_F(CachedKvTest, KeepsNothingOfACommitWhoseOutcomeIsUnknown) {
  EXPECT_EQ(Length('a'), 0U);
  EXPECT_EQ(*cached_->Get(Table::kCounter, "c", nullptr), std::nullopt);
  below_.outcome_unknown = true;
  const absl::Status failed = cached_->Commit(
      {{}, {{Table::kCandidate, ListPrefix('a') + Suffix(1), ""}, {Table::kCounter, "c", "1"}}});
  EXPECT_TRUE(absl::IsUnavailable(failed));
  EXPECT_EQ(Length('a'), 1U);
  EXPECT_EQ(**cached_->Get(Table::kCounter, "c", nullptr), "1");
}

TEST_F(CachedKvTest, ARefusedCommitChangesNothing) {
  EXPECT_EQ(Length('a'), 0U);
  EXPECT_TRUE(absl::IsAborted(cached_->Commit(
      {{{Table::kMeta, "m", "1"}}, {{Table::kCandidate, ListPrefix('a') + Suffix(1), ""}}})));
  EXPECT_EQ(Length('a'), 0U);
}

TEST_F(CachedKvTest, AnswersAsTheStoreBelowOverARandomHistory) {
  for (const std::size_t bytes_max :
       {std::size_t{0}, std::size_t{64} << 10, std::size_t{8} << 20}) {
    CountingKv below;
    const auto cached = MakeCachedKv(&below, bytes_max);
    struct Moment {
      std::unique_ptr<Snapshot> cached, below;
    };
    std::deque<Moment> moments;
    std::mt19937 random(11);
    const std::array tables = {Table::kCounter, Table::kLocalId, Table::kRequest, Table::kMeta};
    const auto letter = [&] { return static_cast<char>('a' + random() % 12); };
    for (int step = 0; step < 4000; ++step) {
      Batch batch;
      for (auto n = random() % 6; n > 0; --n) {
        std::optional<std::string> value;
        // One list is long: it grows to more than is kept of it.
        const char list = random() % 3 == 0 ? 'a' : letter();
        if (random() % 3 != 0) value = "";
        batch.writes.push_back(
            {Table::kCandidate, ListPrefix(list) + Suffix(random() % 700), value});
        if (value) value = std::string(random() % 90, 'v') + std::to_string(step);
        batch.writes.push_back({tables[random() % 4], std::string(1, letter()), value});
      }
      ASSERT_TRUE(cached->Commit(batch).ok());
      if (random() % 4 == 0) {
        moments.push_back({cached->TakeSnapshot(), below.TakeSnapshot()});
        if (moments.size() > 6) moments.pop_front();
      }
      const Moment* moment =
          moments.empty() || random() % 2 == 0 ? nullptr : &moments[random() % moments.size()];
      const Snapshot* at = moment == nullptr ? nullptr : moment->cached.get();
      const Snapshot* at_below = moment == nullptr ? nullptr : moment->below.get();
      const char list = random() % 2 == 0 ? 'a' : letter();
      const std::size_t limit = random() % 3 == 0 ? 201 : 1000;
      ASSERT_EQ(List(*cached, list, limit, at), List(below, list, limit, at_below));
      const Table table = tables[random() % 4];
      const std::string key(1, letter());
      ASSERT_EQ(*cached->Get(table, key, at), *below.Get(table, key, at_below));
      ASSERT_EQ(*cached->MultiGet(table, {"b", key, "c"}, at),
                *below.MultiGet(table, {"b", key, "c"}, at_below));
    }
  }
}

// Writers change a list and its length in one commit; whoever reads both at a snapshot, or the list
// while it is committed, sees them agree.
TEST_F(CachedKvTest, ReadersNeverSeeAListAndItsLengthApart) {
  constexpr char kLists = 4;
  std::atomic<bool> stop{false};
  for (char i = 0; i < kLists; ++i)
    Put(Table::kCounter, std::string(1, static_cast<char>('a' + i)), "0");
  const auto read = [&](unsigned seed) {
    std::mt19937 random(seed);
    int reads = 0;
    while (!stop || reads < 500) {
      const auto snapshot = cached_->TakeSnapshot();
      const char letter = static_cast<char>('a' + random() % kLists);
      const auto rows = List(*cached_, letter, 1000, snapshot.get());
      const auto length = cached_->Get(Table::kCounter, std::string(1, letter), snapshot.get());
      ASSERT_EQ(std::to_string(rows.size()), **length);
      ++reads;
    }
  };
  std::thread one(read, 1);
  std::thread other(read, 2);
  std::mt19937 random(3);
  std::array<std::vector<bool>, kLists> there;
  for (auto& list : there) list.resize(300);
  for (int step = 0; step < 6000; ++step) {
    const std::size_t i = random() % kLists;
    const auto letter = static_cast<char>('a' + static_cast<char>(i));
    const std::size_t number = random() % 300;
    there[i][number] = !there[i][number];
    const auto length = std::count(there[i].begin(), there[i].end(), true);
    std::optional<std::string> value;
    if (there[i][number]) value = "";
    ASSERT_TRUE(cached_
                    ->Commit({{},
                              {{Table::kCandidate, ListPrefix(letter) + Suffix(number), value},
                               {Table::kCounter, std::string(1, letter), std::to_string(length)}}})
                    .ok());
  }
  stop = true;
  one.join();
  other.join();
}

}  // namespace
}  // namespace vigie::storage
