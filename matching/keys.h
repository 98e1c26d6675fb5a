// Candidate keys: two records that share none are never compared, so every way in which one
// person is written twice must leave at least one key equal; and every key costs a look-up.
// A fixed, small number per record (at most kCandidateKeysMax): exact, phonetic, typo-tolerant and
// permuted keys. Missing values and placeholders make no key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "matching/record.h"

namespace vigie::matching {

inline constexpr std::size_t kCandidateKeysMax = 32;

// Never renumber: the number is in the top byte of the key on disk.
enum class KeyKind : std::uint8_t {};

struct CandidateKey {
  std::uint8_t kind = 0;    // see KeyKindName
  std::uint64_t value = 0;  // kind in the top byte, hash below
};

// Distinct by value, in a fixed order. Deterministic across machines and releases of one key
// scheme version (kKeySchemeVersion).
std::vector<CandidateKey> CandidateKeys(const Record& record);

// Stable English name of a kind, e.g. "family_and_birth_date".
std::string_view KeyKindName(std::uint8_t kind);

inline constexpr std::int32_t kKeySchemeVersion = 1;

}  // namespace vigie::matching
