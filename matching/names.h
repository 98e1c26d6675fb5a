// The two forms of a name: RNIV form (what is stored and sent) and match form (what is compared).
//
// RNIV form: upper case A-Z, space, apostrophe U+0027, hyphen U+002D; accents and ligatures
// rewritten, each rewriting with its reason. A character without equivalent (digit, _, !, /, +, a
// script that cannot be rewritten) is refused, never silently deleted.
// Match form: A-Z and single spaces; hyphens and apostrophes are spaces or nothing by the rules
// below; placeholders become missing.
// Input is UTF-8; invalid UTF-8 is refused. All functions are pure and thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::matching {

// Version of the rules of this file and of the generated tables; stored with each identity.
inline constexpr std::int32_t kNormalizerVersion = 1;
inline constexpr std::size_t kNameCharactersMax = 100;  // of the RNIV form
// Input beyond this is refused ("too_long") or, by the match form, not read: no name is so long.
inline constexpr std::size_t kNameInputBytesMax = 4096;

enum class NameKind : std::uint8_t { kFamily, kGiven };

// Why one character (or run) was rewritten.
enum class RewriteReason : std::uint8_t {
  kUpperCase,
  kDiacritic,
  kLigature,
  kTypographicApostrophe,
  kTypographicHyphen,
  kSpace,
  kTransliterated,  // from another script
  kTrimmed,         // space, hyphen at an end; doubled space or apostrophe
};

struct Rewrite {
  std::size_t offset = 0;  // byte offset in the input
  std::string from;        // the input's characters
  std::string to;          // what stands in the RNIV form
  RewriteReason reason = RewriteReason::kUpperCase;
};

struct NameProblem {
  std::size_t offset = 0;  // byte offset in the input
  std::string_view code;   // "character_without_equivalent", "invalid_utf8", "too_long", "empty",
                           // "double_hyphen", "ends_with_apostrophe", "no_letter"
};

struct RnivName {
  std::string value;                  // empty when there are problems that refuse it
  std::vector<Rewrite> rewrites;      // upper-casing alone is reported once for the whole name
  std::vector<NameProblem> problems;  // non-empty: not acceptable as RNIV form
  bool ok() const { return problems.empty(); }
};

RnivName ToRnivName(std::string_view input, NameKind kind);

// True when `name` may be sent to INSi as it stands (EF_INS01_03, EF_INS10_01, EF_INS10_02).
bool IsInsiName(std::string_view name, NameKind kind);

// A-Z and single spaces; what has no equivalent is dropped. Hyphens and signs that separate words
// (, ; . / & + | _ and brackets) are spaces, apostrophes nothing: N'DIAYE and NDIAYE are equal.
// Empty for placeholders (for kGiven also GARCON, FILLE, ...) and for nothing.
std::string MatchForm(std::string_view input, NameKind kind);
// Given names as tokens in civil-status order: "Jean-Pierre, Marie" -> {JEAN, PIERRE, MARIE}.
// ABD EL KADER is one name: {ABDELKADER}. Placeholders among them are left out.
std::vector<std::string> MatchGivenNames(std::string_view list);
// Family name with particles joined: "DE LA TOUR", "Delatour", "de-la Tour" -> "DELATOUR".
// Compounds keep their space: "Dupont-Martin" -> "DUPONT MARTIN". ST and STE are SAINT and SAINTE,
// joined to what follows: "St Martin" -> "SAINTMARTIN". Empty for placeholders.
std::string MatchFamilyName(std::string_view input);
// The same without its particles: "TOUR"; equal to MatchFamilyName when there is none.
std::string MatchFamilyNameWithoutParticles(std::string_view input);
// Both of them at once, for half of the work.
struct FamilyNameForms {
  std::string joined;             // MatchFamilyName
  std::string without_particles;  // MatchFamilyNameWithoutParticles
};
FamilyNameForms MatchFamilyNameForms(std::string_view input);

// INCONNU, X, SANS NOM, NN, ANONYME, BEBE, SNP, ... in any spelling.
bool IsPlaceholderName(std::string_view match_form);

// EXI ID 10: is `first` the beginning of `list`, hyphen and apostrophe being spaces?
// True when either is empty.
bool FirstGivenNameAgreesWithList(std::string_view first, std::string_view list);

}  // namespace vigie::matching
