// The INS matricule (NIR or NIA), its key, its OID; FINESS numbers.
//
// A disagreement between matricule and traits (sex, year, month, place) is a signal for review,
// never an error: sex and civil status may have been corrected.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "matching/identity.h"

namespace vigie::matching {

enum class MatriculeKind : std::uint8_t { kNir, kNia, kTemporary };  // first digit 1-2, 3-4, 7-8
enum class OidKind : std::uint8_t {
  kNir,
  kNia,
  kTest,
  kDemonstration,
  kObsoleteComputed,
  kUnknown
};

enum class MatriculeProblem : std::uint8_t {
  kNone,
  kLength,
  kCharacter,
  kFirstDigit,
  kKey,
};

struct Matricule {
  MatriculeProblem problem = MatriculeProblem::kNone;
  std::string body;  // 13 characters, A/B of Corsica kept
  std::string key;   // 2 digits
  MatriculeKind kind = MatriculeKind::kNir;
  bool ok() const { return problem == MatriculeProblem::kNone; }
};

// 15 characters; spaces are accepted and dropped, lower-case a/b of Corsica raised.
Matricule ParseMatricule(std::string_view text);
// Key of a 13-character body, 1..97; nullopt when the body is not one. Source: 97 - (N mod 97),
// 2A as 19, 2B as 18.
std::optional<int> MatriculeKey(std::string_view body);

OidKind KindOfOid(std::string_view oid);
bool IsProductionOid(std::string_view oid);  // NIR or NIA

// Signals that matricule and traits tell different stories: "sex", "birth_year", "birth_month",
// "birth_place". Months 20-42 and >= 50 stand for unknown ones and signal nothing; nor do
// temporary numbers and missing traits.
std::vector<std::string_view> MatriculeSignals(std::string_view body, const Traits& traits);

// 9 characters, Luhn check digit (Corsica's 2A/2B read as 20).
bool IsFiness(std::string_view text);

}  // namespace vigie::matching
