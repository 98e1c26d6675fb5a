// Which values of a base are so frequent that they probably stand for nothing: the day somebody
// types when there is none to type, the phone of the desk, a name that means "unknown" in words
// nobody has listed. Pure, as all of matching/.
#pragma once

#include <cstdint>

#include "matching/record.h"

namespace vigie::matching {

// How frequent a value of a column may be among real people. Both bounds must be reached. They are
// judgements, above what bases of real people show: the most frequent French family name is borne
// by one person in 300, the most frequent first name by one in 30, a day of birth is shared by one
// person in 20,000; a household or a nursing home shares an address.
struct FrequencyBound {
  std::uint32_t count_min = 0;  // identities
  double share_min = 0;         // of the base, 0..1
};
// Zeros for a column that is not watched: half of a base is born in the hospital's own town.
FrequencyBound FrequencyBoundOf(TermColumn column);

// Whether a value that `count` identities of `population` have, the newest of them just now, is to
// be asked about: above the bound, and as often as the bound's count, or twice, four times, eight
// times as often. So each value is looked at when it appears, and again each time it doubles.
bool IsNewlyFrequent(TermColumn column, std::uint32_t count, std::uint64_t population);

}  // namespace vigie::matching
