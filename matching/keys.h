// Candidate keys: two records that share none are never compared, so every way in which one
// person is written twice must leave at least one key equal; and every key costs a look-up.
// A fixed, small number per record (at most kCandidateKeysMax): exact, phonetic, typo-tolerant and
// permuted keys. Missing values and placeholders make no key.
//
// A key never rests on one field alone (but matricule and e-mail), and each pair of errors people
// make leaves a key that touches neither: an error in the family name leaves given name and date,
// an error in the date leaves both names, errors in both names leave date and place, or date and
// initials. That is why no key per left-out letter is needed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "matching/record.h"

namespace vigie::matching {

inline constexpr std::size_t kCandidateKeysMax = 32;

// Never renumber: the number is in the top byte of the key on disk.
enum class KeyKind : std::uint8_t {
  kMatricule = 1,             // the matricule, and each earlier one
  kNameAndBirthDate = 2,      // sound of any family or given name + whole birth date
  kPlaceAndBirthDate = 3,     // canonical birth place + whole birth date
  kInitialsAndBirthDate = 4,  // initials of family and first given name, unordered, + birth date
  kNames = 5,                 // sounds of family and given name, unordered
  kNameAndDateParts = 6,      // sound of one name + initial of the other + two parts of the date
  kPhone = 7,                 // phone + birth year
  kEmail = 8,
  kPostalCodeAndBirthDate = 9,  // postal code + whole birth date
  kPostalCodeAndName = 10,      // postal code + sound of a family or first given name + birth year
  kPlaceAndName = 11,           // birth place + sound of a family or first given name + birth year
};
inline constexpr std::uint8_t kKeyKindMax = 11;

struct CandidateKey {
  std::uint8_t kind = 0;    // see KeyKindName
  std::uint64_t value = 0;  // kind in the top byte, hash below
};

// Distinct by value, in a fixed order, from the fields and sounds of the record (FinishRecord).
// Deterministic across machines and releases of one key
// scheme version (kKeySchemeVersion).
std::vector<CandidateKey> CandidateKeys(const Record& record);

// Stable English name of a kind, e.g. "name_and_birth_date"; "unknown" for a number that is none.
std::string_view KeyKindName(std::uint8_t kind);

inline constexpr std::int32_t kKeySchemeVersion = 1;

}  // namespace vigie::matching
