#include "matching/frequent_value.h"

#include <bit>

namespace vigie::matching {

FrequencyBound FrequencyBoundOf(TermColumn column) {
  switch (column) {
    case TermColumn::kBirthFamilyName:
      return {100, 0.03};
    case TermColumn::kFirstGivenName:
      return {100, 0.10};
    case TermColumn::kBirthDate:
      return {50, 0.001};
    case TermColumn::kAddress:
      return {50, 0.005};
    case TermColumn::kPhone:
      return {25, 0.001};
    case TermColumn::kBirthPlace:
      return {};
  }
  return {};
}

bool IsNewlyFrequent(TermColumn column, std::uint32_t count, std::uint64_t population) {
  const FrequencyBound bound = FrequencyBoundOf(column);
  if (bound.count_min == 0 || count % bound.count_min != 0) return false;
  if (!std::has_single_bit(count / bound.count_min)) return false;
  return static_cast<double>(count) >= bound.share_min * static_cast<double>(population);
}

}  // namespace vigie::matching
