#include "matching/date.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <ostream>
#include <string_view>

namespace vigie::matching {

void PrintTo(const Date& date, std::ostream* out) {
  *out << date.year << "-" << int{date.month} << "-" << int{date.day};
}

namespace {

struct ParseCase {
  std::string_view text, layout;
  Date date;
};

TEST(ParseDateAs, ReadsEveryLayoutAndUnknownParts) {
  const ParseCase cases[] = {
      {"1975-12-31", "%Y-%m-%d", {1975, 12, 31}},
      {"2000-02-29", "%Y-%m-%d", {2000, 2, 29}},
      {"2024-02-29", "%Y-%m-%d", {2024, 2, 29}},
      {"1960-05-00", "%Y-%m-%d", {1960, 5, 0}},
      {"1960-00-00", "%Y-%m-%d", {1960, 0, 0}},
      {"1960-00-31", "%Y-%m-%d", {1960, 0, 31}},
      {"0001-01-01", "%Y-%m-%d", {1, 1, 1}},
      {"9999-12-31", "%Y-%m-%d", {9999, 12, 31}},
      {"31/12/1975", "%d/%m/%Y", {1975, 12, 31}},
      {"00/00/1975", "%d/%m/%Y", {1975, 0, 0}},
      {"19751231", "%Y%m%d", {1975, 12, 31}},
      {"12.1975", "%m.%Y", {1975, 12, 0}},
      {"1975", "%Y", {1975, 0, 0}},
      {"100% 1975", "100%% %Y", {1975, 0, 0}},
      {"31-12-1975", "%d-%m-%Y", {1975, 12, 31}},
  };
  for (const ParseCase& c : cases) EXPECT_EQ(ParseDateAs(c.text, c.layout), c.date) << c.text;
}

TEST(ParseDateAs, RefusesWhatIsNotTheLayout) {
  const std::pair<std::string_view, std::string_view> refused[] = {
      {"31/12/1975", "%Y-%m-%d"},
      {"12/31/1975", "%d/%m/%Y"},
      {"1/1/1975", "%d/%m/%Y"},
      {"31/12/75", "%d/%m/%Y"},
      {"31/12/1975 ", "%d/%m/%Y"},
      {"", "%d/%m/%Y"},
      {"1975", "%Y%"},
      {"1975", "%y"},
      {"75", "%y"},
      {"31/12", "%d/%m"},
      {"", ""},
      {"x1975", "%Y"},
      {"+975-01-01", "%Y-%m-%d"},
      {"19751231", "%Y%m%d%d"},
  };
  for (const auto& [text, layout] : refused) {
    EXPECT_EQ(ParseDateAs(text, layout), std::nullopt) << text << " as " << layout;
  }
}

TEST(ParseDate, RefusesWhatNoCalendarHas) {
  for (const std::string_view text :
       {"1975-13-01", "1975-02-30", "1975-02-29", "1900-02-29", "2100-02-29", "1975-04-31",
        "1975-00-32", "1975-01-32", "0000-00-00", "0000-12-31", "1975-1-1", "1975/01/01",
        "01/01/1975", "1975-01-01T00:00", " 1975-01-01", "1975-01", "", "abcd-ef-gh"}) {
    EXPECT_EQ(ParseDate(text), std::nullopt) << text;
  }
}

TEST(FormatDate, WritesUnknownPartsAsZeros) {
  EXPECT_EQ(FormatDate({1975, 12, 31}), "1975-12-31");
  EXPECT_EQ(FormatDate({75, 1, 2}), "0075-01-02");
  EXPECT_EQ(FormatDate({1975, 0, 0}), "1975-00-00");
  EXPECT_EQ(FormatDate({}), "");
  EXPECT_EQ(FormatDateFrench({1975, 12, 3}), "03/12/1975");
  EXPECT_EQ(FormatDateFrench({1975, 0, 0}), "00/00/1975");
  EXPECT_EQ(FormatDateFrench({}), "");
}

TEST(FormatDate, IsReadBackForEveryValidDate) {
  for (int year : {1, 1582, 1899, 1900, 2000, 2023, 2024, 9999}) {
    for (int month = 0; month <= 12; ++month) {
      for (int day = 0; day <= 31; ++day) {
        const Date date{static_cast<std::int16_t>(year), static_cast<std::uint8_t>(month),
                        static_cast<std::uint8_t>(day)};
        const std::optional<Date> expected = IsValid(date) ? std::optional(date) : std::nullopt;
        EXPECT_EQ(ParseDate(FormatDate(date)), expected);
        EXPECT_EQ(ParseDateAs(FormatDateFrench(date), "%d/%m/%Y"), expected);
      }
    }
  }
}

TEST(DateState, TellsAbsentPartialAndValid) {
  EXPECT_TRUE(IsAbsent({}));
  EXPECT_FALSE(IsAbsent({1975, 0, 0}));
  EXPECT_TRUE(IsComplete({1975, 1, 1}));
  EXPECT_FALSE(IsComplete({1975, 1, 0}));
  EXPECT_TRUE(IsValid({}));
  EXPECT_TRUE(IsValid({1975, 0, 31}));
  EXPECT_TRUE(IsValid({0, 2, 29}));
  EXPECT_FALSE(IsValid({1975, 2, 29}));
  EXPECT_FALSE(IsValid({1975, 13, 1}));
  EXPECT_FALSE(IsValid({-1, 1, 1}));
  EXPECT_FALSE(IsValid({10000, 1, 1}));
}

TEST(CompleteDate, WritesTheValuesOfTheRequirement) {
  struct Case {
    Date given, completed;
    bool interpreted;
  };
  const Case cases[] = {
      {{1975, 5, 12}, {1975, 5, 12}, false},
      {{1975, 5, 0}, {1975, 5, 1}, true},
      {{1975, 0, 12}, {1975, 1, 12}, true},
      {{1975, 0, 0}, {1975, 12, 31}, true},
      {{}, {}, false},  // no year: nothing to complete from
  };
  for (const Case& c : cases) {
    const CompletedDate completed = CompleteDate(c.given);
    EXPECT_EQ(completed.date, c.completed);
    EXPECT_EQ(completed.interpreted, c.interpreted);
    EXPECT_TRUE(c.interpreted == false || IsComplete(completed.date));
  }
}

TEST(Traps, Trap09DefaultBirthDatesAreKnownAsSuch) {
  EXPECT_TRUE(IsDefaultDate({1960, 1, 1}));
  EXPECT_TRUE(IsDefaultDate({1975, 12, 31}));
  EXPECT_TRUE(IsDefaultDate({1975, 5, 0}));
  EXPECT_TRUE(IsDefaultDate({1975, 0, 0}));
  EXPECT_FALSE(IsDefaultDate({1975, 12, 30}));
  EXPECT_FALSE(IsDefaultDate({1975, 1, 31}));
  EXPECT_TRUE(IsDefaultDate(CompleteDate({1975, 0, 0}).date));
}

TEST(DaysSinceEpoch, CountsAsTheCalendarDoes) {
  EXPECT_EQ(DaysSinceEpoch({1970, 1, 1}), 0);
  EXPECT_EQ(DaysSinceEpoch({1969, 12, 31}), -1);
  EXPECT_EQ(DaysSinceEpoch({2000, 3, 1}), 11017);
  EXPECT_EQ(DaysSinceEpoch({2000, 3, 1}) - DaysSinceEpoch({2000, 2, 28}), 2);
  for (std::int64_t day = DaysSinceEpoch({1890, 1, 1}); day < DaysSinceEpoch({2101, 1, 1}); ++day) {
    const Date date = DateFromDays(day);
    ASSERT_TRUE(IsComplete(date) && IsValid(date));
    ASSERT_EQ(DaysSinceEpoch(date), day);
  }
}

}  // namespace
}  // namespace vigie::matching
