// Visits that one person cannot have made: the sign that an identity holds facts of several.
#pragma once

#include <string>
#include <vector>

#include "matching/identity.h"

namespace vigie::matching {

// Why `visit` cannot be of the person of `traits` and of `others` (that person's visits, `visit`
// itself and cancelled ones are passed over); empty: nothing speaks against it.
//   visit_before_birth  admitted before the first day the birth date allows, by more than a day: a
//                       birth date without month or day counts from the beginning of what is known
//   stays_overlap       two stays of at least one night, both ended, on two sites, share more than
//                       a day; a day is what a transfer for an examination takes
// What is missing speaks against nothing: no birth date, no discharge, no site. A cancelled visit
// has no reasons.
std::vector<std::string> ImplausibleVisitReasons(const Traits& traits, const Visit& visit,
                                                 const std::vector<Visit>& others);

}  // namespace vigie::matching
