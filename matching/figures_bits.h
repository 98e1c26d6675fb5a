// The bits the kept figures are made of (matching/figures.h), for its own files only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "matching/identity.h"

namespace vigie::matching {

// Of a visit: cancelled 0, status at admission 1..3 and at discharge 4..6 (0: absent), discharged
// 7, at the same instant as the visit of the same person before 8, unit 9..31. The low eight are
// its flags.
constexpr std::uint32_t kCancelledBit = 1;
constexpr std::uint32_t kAdmissionShift = 1;
constexpr std::uint32_t kDischargeShift = 4;
constexpr std::uint32_t kVisitStatusMask = 7;
constexpr std::uint32_t kDischargedBit = 1U << 7;
constexpr std::uint32_t kFlagBits = 8;
constexpr std::uint32_t kFlagsMask = (1U << kFlagBits) - 1;
constexpr std::uint32_t kTiedBit = 1U << 8;
constexpr std::uint32_t kUnitShift = 9;
constexpr std::size_t kUnitsMax = std::size_t{1} << 20;

// Of a person: latest status 0..1 (its index), known 2, homonym 3, doubtful 4, fictitious 5, last
// INSi answer 6..7, born abroad 8..9 (0: not known, 1 no, 2 yes). The first six decide, with a
// visit's flags, what the visit adds to; all decide which own exclusions may hold.
constexpr std::uint32_t kPersonStatusMask = 3;
constexpr std::uint32_t kKnownBit = 1U << 2;
constexpr std::uint32_t kHomonymBit = 1U << 3;
constexpr std::uint32_t kDoubtfulBit = 1U << 4;
constexpr std::uint32_t kFictitiousBit = 1U << 5;
constexpr std::uint32_t kMarksMask = kHomonymBit | kDoubtfulBit | kFictitiousBit;
constexpr std::uint32_t kPersonPlaceMask = (1U << 6) - 1;
// Beside those six where a visit's place is looked up: own exclusions may hold for the person.
constexpr std::uint32_t kMayBeExcludedBit = 1U << 6;
constexpr std::uint32_t kPersonPlaces = 1U << 7;
constexpr std::uint32_t kInsiShift = 6;
constexpr std::uint32_t kInsiMask = 3;
constexpr std::uint32_t kAbroadShift = 8;
constexpr std::uint32_t kPersonBits = 10;

constexpr std::int64_t kNotDischarged = std::numeric_limits<std::int64_t>::max();
constexpr std::int32_t kNoBirthDay = std::numeric_limits<std::int32_t>::max();

// Numbers of a row: four statuses, the exclusions all definitions have in the order of
// kExclusionReasons, then a definition's own.
constexpr std::size_t kExclusionsAt = 4;
constexpr std::size_t kOwnExclusionsAt = 8;
constexpr std::size_t kOwnExclusionsMax = 16;
// Beside them, its marks: three attributes, visits without identity.
constexpr std::size_t kMarks = 4;
constexpr std::size_t kUnattachedMark = 3;
// Exclusions, in the order of kExclusionReasons.
constexpr std::size_t kCancelled = 0, kUnattached = 1, kFictitious = 2, kDoubtful = 3;
// Beside a number: the visit adds to others too, or may be excluded by a rule of the definition.
constexpr std::uint8_t kAddsMore = 0x80;
constexpr std::uint8_t kPlaceMask = 0x7F;

// The key of days and units that are not asked for; any sum with one of these in it is no less.
constexpr std::uint64_t kNoKey = std::uint64_t{1} << 62;

inline std::int64_t Microseconds(Instant instant) { return instant.time_since_epoch().count(); }
inline std::uint8_t StatusIndex(TrustStatus status) {
  return static_cast<std::uint8_t>(static_cast<std::uint8_t>(status) - 1);
}

}  // namespace vigie::matching
