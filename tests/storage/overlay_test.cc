#include "storage/overlay.h"

#include <map>
#include <random>

#include "storage/memory_kv.h"
#include "tests/storage/builders.h"

namespace vigie::storage {
namespace {

using Content = std::map<std::string, std::string>;

Content ContentOf(const ReadSource& source, const KeyRange& range) {
  Content content;
  std::string last;
  EXPECT_TRUE(source
                  .Scan(Table::kVisit, range,
                        [&](std::string_view key, std::string_view value) {
                          EXPECT_TRUE(content.empty() || last < key) << "out of order";
                          last = std::string(key);
                          content[last] = std::string(value);
                          return true;
                        })
                  .ok());
  return content;
}

// Two overlays on a store, and three plain maps that say what each must look like.
TEST(Overlay, ReadsAsThePlainMapWouldUnderRandomWrites) {
  std::mt19937_64 random(7);
  const auto key = [&] { return std::string(1, static_cast<char>('a' + random() % 12)); };
  for (int round = 0; round < 200; ++round) {
    const auto kv = MakeMemoryKv();
    Content store;
    Batch batch;
    for (int i = 0; i < 5; ++i) {
      const std::string k = key();
      batch.writes.push_back({Table::kVisit, k, "s"});
      store[k] = "s";
    }
    ASSERT_TRUE(kv->Commit(batch).ok());
    const KvSource source(kv.get(), nullptr);
    Overlay group(&source);
    Overlay change(&group);
    Content group_content = store;
    const auto write = [&](Overlay* overlay, Content* content, const std::string& value) {
      for (auto n = random() % 6; n > 0; --n) {
        const std::string k = key();
        if (random() % 3 == 0) {
          overlay->Delete(Table::kVisit, k);
          content->erase(k);
        } else {
          overlay->Put(Table::kVisit, k, value);
          (*content)[k] = value;
        }
      }
    };
    write(&group, &group_content, "g");
    Content change_content = group_content;
    write(&change, &change_content, "c");
    const KeyRange range{key(), random() % 2 == 0 ? "" : key()};
    const auto expected = [&](const Content& content) {
      Content part;
      for (const auto& [k, v] : content) {
        if (k >= range.begin && (range.end.empty() || k < range.end)) part[k] = v;
      }
      return part;
    };
    EXPECT_EQ(ContentOf(source, range), expected(store));
    EXPECT_EQ(ContentOf(group, range), expected(group_content));
    EXPECT_EQ(ContentOf(change, range), expected(change_content));
    std::vector<std::string> keys;
    for (char c = 'a'; c < 'm'; ++c) keys.emplace_back(1, c);
    const auto values = change.MultiGet(Table::kVisit, keys).value();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto found = change_content.find(keys[i]);
      const std::optional<std::string> wanted =
          found == change_content.end() ? std::nullopt : std::optional(found->second);
      EXPECT_EQ(values[i], wanted) << keys[i];
      EXPECT_EQ(change.Get(Table::kVisit, keys[i]).value(), wanted) << keys[i];
    }
    change.MergeInto(&group);
    EXPECT_TRUE(change.empty());
    EXPECT_EQ(change.bytes(), 0u);
    EXPECT_EQ(ContentOf(group, {}), change_content);
  }
}

TEST(Overlay, ScansOfManyRangesMergeItsOwnRowsIntoEach) {
  std::mt19937_64 random(11);
  const auto key = [&] { return std::string(1, static_cast<char>('a' + random() % 12)); };
  for (int round = 0; round < 300; ++round) {
    const auto kv = MakeMemoryKv();
    Content content;
    Batch batch;
    for (int i = 0; i < 6; ++i) batch.writes.push_back({Table::kVisit, key(), "s"});
    for (const Write& write : batch.writes) content[write.key] = *write.value;
    ASSERT_TRUE(kv->Commit(batch).ok());
    const KvSource source(kv.get(), nullptr);
    Overlay group(&source);
    Overlay change(&group);
    for (Overlay* overlay : {&group, &change}) {
      for (auto n = random() % 6; n > 0; --n) {
        const std::string k = key();
        if (random() % 3 == 0) {
          overlay->Delete(Table::kVisit, k);
          content.erase(k);
        } else {
          overlay->Put(Table::kVisit, k, "o");
          content[k] = "o";
        }
      }
    }
    std::vector<KeyRange> ranges;
    for (auto n = random() % 5; n > 0; --n) ranges.push_back({key(), random() % 3 ? key() : ""});
    const std::size_t rows_max = 1 + random() % 4;
    std::vector<Content> expected(ranges.size());
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      for (const auto& [k, v] : content) {
        const bool in = k >= ranges[i].begin && (ranges[i].end.empty() || k < ranges[i].end);
        if (in && expected[i].size() < rows_max) expected[i][k] = v;
      }
    }
    std::vector<Content> found(ranges.size());
    std::size_t last = 0;
    const absl::Status scanned =
        change.ScanMany(Table::kVisit, ranges,
                        [&](std::size_t position, std::string_view k, std::string_view value) {
                          EXPECT_GE(position, last);
                          last = position;
                          EXPECT_LT(found[position].size(), rows_max) << "shown after enough";
                          EXPECT_EQ(found[position].count(std::string(k)), 0u) << "shown twice";
                          found[position][std::string(k)] = std::string(value);
                          return found[position].size() < rows_max;
                        });
    ASSERT_TRUE(scanned.ok()) << scanned;
    ASSERT_EQ(found, expected) << "round " << round;
  }
}

// A group holds the candidate keys of many; which are there is told without a search once they are
// some dozens, across merges and after its writes were taken.
TEST(Overlay, FindsItsOwnCandidatesAmongMany) {
  std::mt19937 random(5);
  const auto kv = MakeMemoryKv();
  const KvSource source(kv.get(), nullptr);
  Overlay group(&source);
  std::map<std::string, std::string> content;
  const auto prefix = [&] {
    return std::string(5, 'p') + std::string(3, static_cast<char>(random() % 256));
  };
  for (int round = 0; round < 300; ++round) {
    Overlay change(&group);
    for (int n = 0; n < (round % 50 == 0 ? 100 : 3); ++n) {
      const std::string key =
          random() % 20 == 0 ? "short" : prefix() + std::to_string(random() % 3);
      if (random() % 4 == 0) {
        change.Delete(Table::kCandidate, key);
        content.erase(key);
      } else {
        change.Put(Table::kCandidate, key, "");
        content[key] = "";
      }
    }
    std::vector<KeyRange> ranges;
    for (int n = 0; n < 6; ++n) ranges.push_back(PrefixRange(prefix()));
    if (round % 3 == 0) ranges.push_back(PrefixRange("s"));
    if (round % 5 == 0) ranges.push_back({"ppp", ""});
    std::size_t expected = 0;
    for (const KeyRange& range : ranges) {
      for (const auto& [key, value] : content) {
        expected += key >= range.begin && (range.end.empty() || key < range.end) ? 1 : 0;
      }
    }
    std::size_t found = 0;
    ASSERT_TRUE(change
                    .ScanMany(Table::kCandidate, ranges,
                              [&](std::size_t, std::string_view key, std::string_view) {
                                EXPECT_TRUE(content.contains(std::string(key)));
                                return ++found, true;
                              })
                    .ok());
    ASSERT_EQ(found, expected) << "round " << round;
    change.MergeInto(&group);
    if (round % 70 != 69) continue;
    Batch batch;
    batch.writes = group.TakeWrites();
    ASSERT_TRUE(kv->Commit(batch).ok());
  }
}

TEST(Overlay, ScanStopsWhenTheVisitorHasEnough) {
  const auto kv = MakeMemoryKv();
  Batch batch;
  batch.writes = {{Table::kVisit, "b", ""}, {Table::kVisit, "d", ""}};
  ASSERT_TRUE(kv->Commit(batch).ok());
  const KvSource source(kv.get(), nullptr);
  Overlay overlay(&source);
  overlay.Put(Table::kVisit, "a", "");
  overlay.Put(Table::kVisit, "c", "");
  overlay.Put(Table::kVisit, "e", "");
  for (int enough = 1; enough <= 5; ++enough) {
    int seen = 0;
    ASSERT_TRUE(overlay
                    .Scan(Table::kVisit, {},
                          [&](std::string_view, std::string_view) { return ++seen < enough; })
                    .ok());
    EXPECT_EQ(seen, enough);
  }
}

TEST(Overlay, CountsTheBytesOfWhatItHolds) {
  const auto kv = MakeMemoryKv();
  const KvSource source(kv.get(), nullptr);
  Overlay overlay(&source);
  EXPECT_EQ(overlay.bytes(), 0u);
  overlay.Put(Table::kVisit, "key", "value");
  EXPECT_EQ(overlay.bytes(), 8u);
  overlay.Put(Table::kVisit, "key", "v");
  EXPECT_EQ(overlay.bytes(), 4u);
  overlay.Delete(Table::kVisit, "key");
  EXPECT_EQ(overlay.bytes(), 3u);
  overlay.Put(Table::kCase, "key", "");
  EXPECT_EQ(overlay.bytes(), 6u);
  EXPECT_EQ(overlay.Writes().size(), 2u);
  EXPECT_EQ(overlay.TakeWrites().size(), 2u);
  EXPECT_TRUE(overlay.empty());
}

}  // namespace
}  // namespace vigie::storage
