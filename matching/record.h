// A person in the form the scorer compares: folded names, dates, codes, hashes. Built once per
// identity from its traits, cheap to keep (a cache holds millions), never stored.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "matching/identity.h"

namespace vigie::matching {

// Columns whose values are counted in the base for the term frequency of the score.
// The numbers are on disk: never renumber, only append.
enum class TermColumn : std::uint8_t {
  kBirthFamilyName = 1,
  kFirstGivenName = 2,
  kBirthDate = 3,
  kBirthPlace = 4,
  kAddress = 5,
  kPhone = 6,
};
inline constexpr std::array kTermColumns = {
    TermColumn::kBirthFamilyName, TermColumn::kFirstGivenName, TermColumn::kBirthDate,
    TermColumn::kBirthPlace,      TermColumn::kAddress,        TermColumn::kPhone};

struct TermValue {
  TermColumn column = TermColumn::kBirthFamilyName;
  std::uint64_t value_hash = 0;  // 64-bit hash of the match form
  std::uint32_t count = 0;       // identities of the base that have it; 0 = not known
};

// Match forms only: A-Z and single spaces for names, digits for phones. Empty = missing;
// placeholders (INCONNU, X, SANS NOM, ...) have become missing.
struct Record {
  std::string birth_family_name;  // particles joined by the rules of names.h
  std::string used_family_name;
  std::vector<std::string> given_names;  // civil-status order, tokens
  std::string used_given_name;
  Sex sex = Sex::kUnknown;
  Date birth_date;
  bool birth_date_is_default = false;  // 01/01, 31/12 or partial: weak evidence
  std::string birth_place_code;        // canonical commune (place.h); 99999 has become missing
  std::string ins_matricule;           // 13 characters without key; empty when absent
  std::vector<std::string> past_matricules;  // the same form
  bool ins_qualified = false;                // the identity is qualified
  std::string postal_code;
  std::string address;
  std::string city;
  std::string phone;             // national significant digits
  std::string email;             // lower case
  std::vector<TermValue> terms;  // one per column that has a value, count filled by the caller

  // Derived from the fields above by FinishRecord. Numbers of phonetic.h; 0 = none.
  std::string birth_family_bare;  // without particles; empty when the name has none
  std::uint64_t birth_family_phonetic = 0;
  std::uint64_t used_family_phonetic = 0;
  std::vector<std::uint64_t> given_phonetics;  // beside given_names
  std::uint64_t used_given_phonetic = 0;
};

// `ins` and `past` may be absent/empty. Never fails: what cannot be read is missing.
Record MakeRecord(const Traits& traits, const std::optional<Ins>& ins, const std::vector<Ins>& past,
                  bool qualified);
Record MakeRecord(const Identity& identity);

// What the record has in a column: the text its term is the hash of. Empty: nothing.
std::string TermText(const Record& record, TermColumn column);
// Stable name of a column: "birth_family_name", "first_given_name", "birth_date", "birth_place",
// "address", "phone".
std::string_view TermColumnName(TermColumn column);

// Fills what is derived: phonetic numbers and `terms` (counts 0). For those who fill the fields of
// a Record themselves; MakeRecord has done it.
void FinishRecord(Record& record);

// The parts of MakeRecord that have no header of their own; empty for what cannot be read.
// National significant digits of a phone: "+33 (0)6 12 34 56 78" -> "612345678".
std::string MatchPhone(std::string_view input);
// Lower case; "" without an @ or for an address everyone gives ("inconnu@...").
std::string MatchEmail(std::string_view input);
// Digits kept, words folded and shortened as the post does: "12, avenue St-Jean" -> "12 AV ST
// JEAN".
std::string MatchAddress(std::string_view input);
std::string MatchCity(std::string_view input);  // without CEDEX and arrondissement
std::string MatchPostalCode(std::string_view input);

// Greatest number of given names that are kept; a longer list is cut, as no key or level needs
// more.
inline constexpr std::size_t kGivenNamesMax = 16;

}  // namespace vigie::matching
