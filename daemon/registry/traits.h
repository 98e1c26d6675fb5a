// What follows from traits alone: RNIV names, the first given name of a list, which traits differ.
// Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "matching/identity.h"

namespace vigie::daemon {

// The list with commas as spaces, byte for byte, so that offsets stay those of the input.
std::string GivenNamesBySpaces(std::string_view list);

// The first given name as the list begins: up to the first comma, else up to the first space.
struct FirstGivenName {
  std::string value;
  // "JEAN CHRISTOPHE PIERRE": is it JEAN or JEAN CHRISTOPHE? Only a person or a document can tell.
  bool ambiguous = false;
};
FirstGivenName FirstOfList(std::string_view list);

// Names that are not acceptable give an empty form; checks.h refuses them before.
matching::RnivNames MakeRnivNames(const matching::Traits& traits);

// Names of Traits' members, in the order of the struct.
const std::vector<std::string>& TraitFields();
// Sets one member by its name; false when there is no such member.
bool CopyTrait(const std::string& field, const matching::Traits& from, matching::Traits& to);
// Members that differ.
std::vector<std::string> DifferentTraits(const matching::Traits& before,
                                         const matching::Traits& after);

// How the strict traits differ. Spelling that RNIV rewrites away (case, accents) is no difference.
struct StrictDifference {
  bool any = false;
  // Of family name, given name, sex, birth date and birth place: how many tell of another person.
  // A value that was missing contradicts nothing, nor does a longer list of given names.
  int contradicted_count = 0;
};
StrictDifference CompareStrictTraits(const matching::Traits& before, const matching::Traits& after);

// Replaces the strict traits by those INSi returned; what INSi left out stays. The first given name
// stays when it agrees with INSi's list, else it is taken from the list. The warnings tell which.
std::vector<std::string> TakeInsiTraits(const matching::Traits& insi, matching::Traits& traits);

}  // namespace vigie::daemon
