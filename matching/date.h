// Birth dates: parsing, partial dates, RNIV's default values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "matching/identity.h"

namespace vigie::matching {

// YYYY-MM-DD, YYYY-MM-00, YYYY-00-00, YYYY-00-DD. nullopt: not a date (no month 13, no 30
// February).
std::optional<Date> ParseDate(std::string_view text);
// Any of strptime-like layouts made of %Y (4 digits), %m, %d (2 digits) and literals (%% is one %),
// e.g. "%d/%m/%Y"; 00 is allowed for month and day, the year must be known.
std::optional<Date> ParseDateAs(std::string_view text, std::string_view layout);
std::string FormatDate(const Date& date);  // YYYY-MM-DD with 00 for unknown parts; "" when absent
std::string FormatDateFrench(const Date& date);  // DD/MM/YYYY

bool IsAbsent(const Date& date);  // year, month and day all unknown
bool IsComplete(const Date& date);
// The calendar allows it (29 February in leap years only), unknown parts allowed.
bool IsValid(const Date& date);

// What RNIV writes for an incomplete date (EXI ID 11): day unknown 01/MM/YYYY, month unknown
// DD/01/YYYY, both unknown 31/12/YYYY. `interpreted` tells that it was completed. Without a year
// there is nothing to complete from: the date comes back as it is.
struct CompletedDate {
  Date date;
  bool interpreted = false;
};
CompletedDate CompleteDate(const Date& date);

// 01/01, 31/12, or partial: the values unknown dates are written as; weak evidence.
bool IsDefaultDate(const Date& date);

// Days since 1970-01-01 of a complete valid date.
std::int64_t DaysSinceEpoch(const Date& date);
Date DateFromDays(std::int64_t days);

}  // namespace vigie::matching
