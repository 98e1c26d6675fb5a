#include "matching/date.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vigie::matching {
namespace {

constexpr int kYearMax = 9999;
constexpr int kMonthMax = 12;

bool IsLeapYear(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

// 29 for February of an unknown year: the calendar allows it in some year.
int DaysInMonth(int year, int month) {
  constexpr std::array<int, 13> kDays = {31, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month == 2 && year != 0 && !IsLeapYear(year)) return 28;
  return kDays.at(static_cast<std::size_t>(month));
}

// Reads exactly `digits` digits at `offset` and moves it; nullopt when they are not there.
std::optional<int> ReadDigits(std::string_view text, std::size_t& offset, std::size_t digits) {
  if (text.size() - offset < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const char digit = text[offset + i];
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value * 10 + (digit - '0');
  }
  offset += digits;
  return value;
}

// Reads the part of a date that `specifier` names; false when the text or the specifier is wrong.
bool ReadPart(std::string_view text, char specifier, std::size_t& offset, Date& date) {
  const std::optional<int> value = ReadDigits(text, offset, specifier == 'Y' ? 4 : 2);
  if (!value) return false;
  switch (specifier) {
    case 'Y':
      date.year = static_cast<std::int16_t>(*value);
      return true;
    case 'm':
      date.month = static_cast<std::uint8_t>(*value);
      return true;
    case 'd':
      date.day = static_cast<std::uint8_t>(*value);
      return true;
    default:
      return false;
  }
}

void AppendDigits(std::string& out, int value, int digits) {
  const std::size_t begin = out.size();
  out.append(static_cast<std::size_t>(digits), '0');
  for (std::size_t at = out.size(); at > begin; value /= 10) {
    out[--at] = static_cast<char>('0' + value % 10);
  }
}

}  // namespace

std::optional<Date> ParseDate(std::string_view text) { return ParseDateAs(text, "%Y-%m-%d"); }

std::optional<Date> ParseDateAs(std::string_view text, std::string_view layout) {
  Date date;
  std::size_t offset = 0;
  for (std::size_t i = 0; i < layout.size(); ++i) {
    if (layout[i] == '%' && i + 1 < layout.size() && layout[i + 1] != '%') {
      if (!ReadPart(text, layout[++i], offset, date)) return std::nullopt;
      continue;
    }
    if (layout[i] == '%' && ++i == layout.size()) return std::nullopt;  // a lone % at the end
    if (offset >= text.size() || text[offset] != layout[i]) return std::nullopt;
    ++offset;
  }
  // A day of an unknown year and nothing at all are not dates anybody wrote.
  if (offset != text.size() || date.year == 0 || !IsValid(date)) return std::nullopt;
  return date;
}

std::string FormatDate(const Date& date) {
  std::string text;
  if (IsAbsent(date)) return text;
  AppendDigits(text, date.year, 4);
  text += '-';
  AppendDigits(text, date.month, 2);
  text += '-';
  AppendDigits(text, date.day, 2);
  return text;
}

std::string FormatDateFrench(const Date& date) {
  std::string text;
  if (IsAbsent(date)) return text;
  AppendDigits(text, date.day, 2);
  text += '/';
  AppendDigits(text, date.month, 2);
  text += '/';
  AppendDigits(text, date.year, 4);
  return text;
}

bool IsAbsent(const Date& date) { return date == Date{}; }

bool IsComplete(const Date& date) { return date.year != 0 && date.month != 0 && date.day != 0; }

bool IsValid(const Date& date) {
  if (date.year < 0 || date.year > kYearMax || date.month > kMonthMax) return false;
  return date.day <= DaysInMonth(date.year, date.month);
}

CompletedDate CompleteDate(const Date& date) {
  if (date.year == 0 || IsComplete(date)) return {.date = date, .interpreted = false};
  Date completed = date;
  if (date.month == 0 && date.day == 0) {
    completed.month = 12;
    completed.day = 31;
  } else if (date.month == 0) {
    completed.month = 1;
  } else {
    completed.day = 1;
  }
  return {.date = completed, .interpreted = true};
}

bool IsDefaultDate(const Date& date) {
  if (!IsComplete(date)) return true;
  return (date.month == 1 && date.day == 1) || (date.month == 12 && date.day == 31);
}

std::int64_t DaysSinceEpoch(const Date& date) {
  const std::chrono::year_month_day day{std::chrono::year{date.year},
                                        std::chrono::month{date.month}, std::chrono::day{date.day}};
  return std::chrono::sys_days{day}.time_since_epoch().count();
}

Date DateFromDays(std::int64_t days) {
  const std::chrono::year_month_day day{
      std::chrono::sys_days{std::chrono::days{static_cast<std::int32_t>(days)}}};
  return {.year = static_cast<std::int16_t>(static_cast<int>(day.year())),
          .month = static_cast<std::uint8_t>(static_cast<unsigned>(day.month())),
          .day = static_cast<std::uint8_t>(static_cast<unsigned>(day.day()))};
}

}  // namespace vigie::matching
