#include "matching/frequent_value.h"

#include <gtest/gtest.h>

#include <vector>

namespace vigie::matching {
namespace {

TEST(NewlyFrequent, IsAskedWhenTheBoundIsReachedAndEachTimeItDoubles) {
  std::vector<std::uint32_t> asked;
  for (std::uint32_t count = 0; count <= 1000; ++count) {
    if (IsNewlyFrequent(TermColumn::kBirthDate, count, 2000)) asked.push_back(count);
  }
  EXPECT_EQ(asked, (std::vector<std::uint32_t>{50, 100, 200, 400, 800}));
}

TEST(NewlyFrequent, IsNoneBelowItsShareOfTheBase) {
  EXPECT_TRUE(IsNewlyFrequent(TermColumn::kBirthDate, 50, 50'000));
  EXPECT_FALSE(IsNewlyFrequent(TermColumn::kBirthDate, 50, 50'001));
  EXPECT_TRUE(IsNewlyFrequent(TermColumn::kBirthDate, 1600, 1'000'000));
}

// The shares of real people, far above: nobody is to be asked about MARTIN, MARIE or a day of
// birth.
TEST(NewlyFrequent, IsNoValueOfRealPeople) {
  for (std::uint64_t population = 1000; population <= 3'000'000; population += 997) {
    const auto share = [&](double one_in) {
      return static_cast<std::uint32_t>(static_cast<double>(population) / one_in);
    };
    EXPECT_FALSE(IsNewlyFrequent(TermColumn::kBirthFamilyName, share(100), population));
    EXPECT_FALSE(IsNewlyFrequent(TermColumn::kFirstGivenName, share(20), population));
    EXPECT_FALSE(IsNewlyFrequent(TermColumn::kBirthDate, share(10'000), population));
    EXPECT_FALSE(IsNewlyFrequent(TermColumn::kBirthPlace, share(2), population));
  }
}

TEST(NewlyFrequent, EveryColumnHasABoundOrIsNotWatched) {
  for (const TermColumn column : kTermColumns) {
    const FrequencyBound bound = FrequencyBoundOf(column);
    EXPECT_EQ(bound.count_min == 0, column == TermColumn::kBirthPlace);
    EXPECT_EQ(bound.share_min == 0, column == TermColumn::kBirthPlace);
    EXPECT_FALSE(TermColumnName(column).empty());
  }
}

}  // namespace
}  // namespace vigie::matching
