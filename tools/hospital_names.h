// Names of a plausible French population, for the sample hospital: frequent names of several
// origins, given names by birth cohort, and rare family names composed of French morphemes.
// Lists of names and their rough ranks are general knowledge of onomastics; the weights are ours.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::tools {

// Where a family's names come from; shares of a French hospital's patients.
enum class Origin : std::uint8_t {
  kFrench,
  kMaghreb,
  kPortuguese,
  kSpanish,
  kItalian,
  kPolish,
  kTurkish,
  kVietnamese,
  kAfrican,
  kArmenian,
};
inline constexpr std::size_t kOriginCount = 10;

struct GivenName {
  std::string_view name;
  std::int16_t peak_year = 0;  // of births; 0: no fashion, the same in every cohort
  std::int16_t spread_years = 0;
  std::int16_t weight = 0;
};

// In falling frequency.
const std::vector<std::string_view>& FamilyNames(Origin origin);
const std::vector<GivenName>& GivenNames(Origin origin, bool male);

// Parts of rare French family names. `roots` are names in themselves.
struct Morphemes {
  std::vector<std::string_view> roots;            // Martin, Guill-: take a suffix
  std::vector<std::string_view> suffixes;         // -eau, -et, -on
  std::vector<std::string_view> place_heads;      // Beau-, Mont-, Clair-
  std::vector<std::string_view> place_tails;      // -mont, -lieu, -champ
  std::vector<std::string_view> articles;         // Du, De la, Le
  std::vector<std::string_view> masculine_nouns;  // after Du, Le: Pré, Chêne
  std::vector<std::string_view> feminine_nouns;   // after De la, La: Roche
  std::vector<std::string_view> breton_tails;     // after Ker-, Le, Tre-
  std::vector<std::string_view> basque_heads, basque_tails;
  std::vector<std::string_view> northern_tails;  // after Van den, Van de
  std::vector<std::string_view> germanic_heads, germanic_tails;
};
const Morphemes& FrenchMorphemes();

struct Commune {
  std::string_view code;  // COG
  std::string_view name;
  std::string_view postal_code;
  std::int16_t weight = 0;
};
const std::vector<Commune>& BirthCommunes();
// Communes around the sample hospital, where its patients live.
const std::vector<Commune>& HomeCommunes();
// COG codes of countries of birth by origin; the first is the most frequent.
const std::vector<std::string_view>& BirthCountries(Origin origin);
const std::vector<std::string_view>& StreetNames();

}  // namespace vigie::tools
