// Any bytes as a date, or as a date and its layout: what is read is valid and can be written back.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "matching/date.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto date = vigie::matching::ParseDate(input)) {
    Require(vigie::matching::IsValid(*date) && !vigie::matching::IsAbsent(*date));
    Require(vigie::matching::FormatDate(*date) == input);
  }
  // The layout stands on the second line.
  const std::size_t line = std::min(input.find('\n'), input.size());
  const std::string_view layout = input.substr(std::min(line + 1, input.size()));
  if (const auto date = vigie::matching::ParseDateAs(input.substr(0, line), layout)) {
    Require(vigie::matching::IsValid(*date));
    const auto completed = vigie::matching::CompleteDate(*date);
    Require(vigie::matching::IsComplete(completed.date));
    if (vigie::matching::IsValid(completed.date)) {
      const auto days = vigie::matching::DaysSinceEpoch(completed.date);
      Require(vigie::matching::DateFromDays(days) == completed.date);
    }
  }
  return 0;
}
