// From two records to one agreement level per comparison: the only place that decides what is
// missing, what is the same, and how near two values are. The model (model.h) then says what a
// level is worth; nothing here is a weight.
//
// Fields that depend on one another are one comparison, so that one fact is counted once: birth
// and used family names of both sides; all given names; postal code, street and city. When given
// and family name were exchanged, the family comparison says so and the given names say nothing.
// Everything is symmetric in its two records. Pure and thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "matching/record.h"

namespace vigie::matching {

enum class ComparisonKind : std::uint8_t {
  kFamilyName = 0,
  kGivenNames = 1,
  kSex = 2,
  kBirthDate = 3,
  kBirthPlace = 4,
  kMatricule = 5,
  kAddress = 6,
  kPhone = 7,
  kEmail = 8,
};
inline constexpr std::size_t kComparisonKindCount = 9;
inline constexpr std::size_t kLevelCountMax = 10;  // of one comparison

// Levels, best first. The names below (LevelNames) are what a model's text uses.
enum class FamilyLevel : std::uint8_t {
  kExact,        // birth names equal, spaces aside
  kBirthOrUsed,  // any other pair of birth and used names equal
  kPart,         // equal without particles, or one part of a compound name
  kOneError,     // one letter added, left out, changed, or two swapped
  kSimilar,      // two errors in a long name
  kPhonetic,     // sounds the same
  kSwapped,      // family name of each is a given name of the other
  kDifferent,
};
enum class GivenLevel : std::uint8_t {
  kExact,              // the whole lists
  kFirstEqual,         // the first names, or one list run together, or the name used
  kFirstError,         // the first names but for a typing error
  kSharedElsewhere,    // the first or used name of one stands elsewhere in the other's list
  kPhonetic,           // the first names sound the same
  kSameInitial,        // only the first letter; also DANIEL and DANIELLE of different sex
  kDifferent,          // one given name known on each side
  kDifferentWithList,  // different although one side carries a whole list
};
enum class SexLevel : std::uint8_t { kSame, kDifferent };
enum class DateLevel : std::uint8_t {
  kExact,
  kExactDefault,  // equal, but 01/01 or 31/12, or both partial: only the year is known
  kDayMonthSwapped,
  kOneDigit,
  kTransposedDigits,  // two neighbouring digits swapped
  kTwoParts,          // two of day, month and year
  kPartialAgrees,     // one is partial or a default, and what is known agrees
  kDifferent,
};
enum class PlaceLevel : std::uint8_t {
  kSameCommune,
  kSameCountry,
  kSameDepartment,
  kBothForeign,  // two countries: changed codes and borders make them near
  kDifferent,
};
enum class MatriculeLevel : std::uint8_t {
  kEqual,
  kEqualPast,  // one had the other's number before
  kNear,       // one typing error before the order number, given names and birth date agreeing
  kDifferent,
};
enum class AddressLevel : std::uint8_t {
  kSame,
  kSimilar,
  kSamePostalCode,
  kSameDepartment,
  kDifferent,
};
enum class ContactLevel : std::uint8_t { kEqual, kNear, kDifferent };

// Level index per comparison, by ComparisonKind; kMissing where there is nothing to compare.
inline constexpr std::uint8_t kMissing = 255;
struct PairLevels {
  std::array<std::uint8_t, kComparisonKindCount> level{};
  std::uint8_t of(ComparisonKind kind) const { return level[static_cast<std::size_t>(kind)]; }
};

PairLevels CompareRecords(const Record& left, const Record& right);

// ---- Parts of CompareRecords, for those who know the values and not the records (screen.h) ------

// Shortest names that are the same but for one error, and for two.
inline constexpr std::size_t kOneErrorLengthMin = 4;   // LEA and LEO are two names
inline constexpr std::size_t kTwoErrorsLengthMin = 8;  // a quarter of the letters at most

// Of a matricule that is not empty: NIR 1-2, NIA 3-4, temporary 7-8. Numbers of two kinds differ
// also for one person.
int MatriculeClass(std::string_view body);

// Both dates have a year. A default date (01/01, 31/12, or partial) says no more than its year, or
// than what is known of it.
DateLevel CompareBirthDates(const Date& left, bool left_is_default, const Date& right,
                            bool right_is_default);

enum class Agreement : std::uint8_t { kUnknown, kYes, kNo };  // unknown: a side has no value
// AddressLevel, or kMissing. `same_department`: two postal codes of one department. Says
// kSamePostalCode of two streets in one town that differ: kSimilar when most of their words agree.
std::uint8_t AddressLevelOf(Agreement postal_code, Agreement city, Agreement street,
                            bool same_department);

// Names as in a model's text, e.g. "birth_date" and "day_month_swapped".
std::string_view ComparisonName(ComparisonKind kind);
std::optional<ComparisonKind> FindComparison(std::string_view name);
const std::vector<std::string_view>& LevelNames(ComparisonKind kind);

// Contradictions that are checked outside the sum.
enum class VetoKind : std::uint8_t {
  // Both identities are qualified, their matricules differ and neither had the other's before; a
  // NIA that became a NIR is no contradiction.
  kDifferentQualifiedMatricules = 0,
  // Same or nearly the same birth date, different given names (a second one in use, and JEAN PAUL
  // and JEAN PIERRE, included), neither matricule nor mobile phone equal: nothing tells this pair
  // from twins.
  kTwins = 1,
};
inline constexpr std::size_t kVetoKindCount = 2;
std::string_view VetoName(VetoKind kind);
std::optional<VetoKind> FindVeto(std::string_view name);
bool VetoHolds(VetoKind kind, const PairLevels& levels, const Record& left, const Record& right);

}  // namespace vigie::matching
