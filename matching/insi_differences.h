// How the strict traits that INSi returned stand to ours, trait by trait: what a person looks at to
// decide whether the answer is about this patient (coherence). Tolerated differences have a name
// each; the decision itself is never made here.
//
// Sources: the spelling that RNIV rewrites (names.h), EXI ID 10 for the first given name and its
// list, RNIV EXI PP 19 for incomplete birth dates. That hyphens, apostrophes and a list cut short
// are tolerated, and another name, sex or date is not, rests on general knowledge.
//
// Pure and thread-safe. The values hold traits: they go to the person who asked, never to a log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "matching/explain.h"
#include "matching/identity.h"

namespace vigie::matching {

enum class TraitAgreement : std::uint8_t {
  kEqual = 1,        // letter by letter
  kTolerated = 2,    // not the same, but it tells of no other person
  kDifferent = 3,    // a person has to judge
  kNotCompared = 4,  // a side has no value; missing is never different
};
std::string_view TraitAgreementName(TraitAgreement agreement);  // "equal", "tolerated", ...

struct TraitDifference {
  std::string trait;         // member of Traits, e.g. "birth_date"
  std::string ours, theirs;  // as given; dates YYYY-MM-DD with 00 for unknown parts, sex M, F, I
  TraitAgreement agreement = TraitAgreement::kNotCompared;
  // Machine-readable, at least one unless equal; InsiDifferenceReasons has them all.
  std::vector<std::string> reasons;
  Sentence sentence;  // without any trait, e.g. "Prénoms : écart toléré (accents)"
};

// The six strict traits in the order of Traits.
std::vector<TraitDifference> CompareWithInsi(const Traits& ours, const Traits& insi);

// True when no trait is different.
bool IsCoherent(const std::vector<TraitDifference>& differences);

// Every reason: tolerated ("case", "accent", "ligature", "transliteration", "hyphen", "apostrophe",
// "spacing", "abbreviation", "compound_given_name", "first_given_name_from_list", "list_shorter",
// "list_longer", "partial_date", "place_renamed"), different ("typing_error", "used_name",
// "names_exchanged", "other_order", "other_name", "sex_indeterminate", "other_sex",
// "day_month_swapped", "default_date", "one_part_differs", "other_date", "other_commune",
// "other_place") and not compared ("missing_here", "not_returned"). Never renamed.
std::vector<std::string_view> InsiDifferenceReasons();

}  // namespace vigie::matching
