// The parts batch work is made of: the table of hashes against a map, work that comes back in
// order.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "tools/batch/hash_table.h"
#include "tools/batch/ordered_work.h"

namespace vigie::tools {
namespace {

// Few places for many hashes, so that they meet, wrap round at the end and grow the table often.
TEST(HashTable, CountsAsAMapDoes) {
  std::mt19937_64 random(3);
  for (const std::size_t expected : {0, 10, 4000}) {
    HashTable table(expected);
    std::map<std::uint64_t, std::uint32_t> counts;
    for (int i = 0; i < 20000; ++i) {
      const std::uint64_t hash = random() % 2 == 0 ? random() % 5000 : ~(random() % 500);
      ++counts[hash];
      ++table.At(hash);
    }
    for (const auto& [hash, count] : counts) {
      ASSERT_EQ(table.Find(hash), count) << hash;
      ASSERT_EQ(table.Find(hash + 5000), counts.contains(hash + 5000) ? counts[hash + 5000] : 0);
    }
  }
}

TEST(HashTable, HoldsTheHashZeroAsAnyOther) {
  HashTable table;
  EXPECT_EQ(table.Find(0), 0U);
  table.At(0) = 7;
  EXPECT_EQ(table.Find(0), 7U);
}

// Items take different time, so that later ones are ready before earlier ones.
TEST(OrderedWork, GivesBackInTheOrderOfGivingForAnyNumberOfThreads) {
  for (const int threads : {0, 1, 2, 5}) {
    OrderedWork<std::uint64_t> work(threads, [](std::uint64_t& item) {
      volatile std::uint64_t spent = 0;
      for (std::uint64_t i = 0; i < item * 7919 % 5000; ++i) spent = spent + i;
      item *= 2;
    });
    std::uint64_t given = 0;
    std::uint64_t taken = 0;
    while (taken < 2000) {
      if (given < 2000 && work.size() < 7) {
        work.Give(std::make_unique<std::uint64_t>(given++));
        continue;
      }
      ASSERT_EQ(*work.Take(), 2 * taken++) << threads;
    }
    EXPECT_EQ(work.size(), 0U);
  }
}

TEST(OrderedWork, CanBeLeftWithItemsInIt) {
  std::atomic<int> begun{0};
  {
    OrderedWork<int> work(3, [&](int&) { ++begun; });
    for (int i = 0; i < 100; ++i) work.Give(std::make_unique<int>(i));
  }
  EXPECT_LE(begun, 100);
}

}  // namespace
}  // namespace vigie::tools
