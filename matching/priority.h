// How urgent a case is: the risk of leaving it, times how easily it is settled. The queue is worked
// through in this order. Pure, as all of matching/.
#pragma once

#include <vector>

#include "matching/identity.h"
#include "matching/review.h"

namespace vigie::matching {

// 0 to kCasePriorityMax, of the case's kind, reasons and probability and of how trusted the
// identities are that it is about (those of `identities` that are known; none: as provisional).
//
// Risk. A collision and an INS conflict put one person's care into another's record: 0.80. A
// duplicate hides half of a history: 0.40. Two homonyms are taken for each other, and a value
// that stands for nothing makes strangers resemble each other: 0.30. A missing link hides what
// another domain keeps for itself: 0.20. An identity others rely on spreads the mistake: + 0.05
// with a recovered or validated one, + 0.10 with a qualified one.
//
// Ease. A pair that is nearly certain is settled at a look: 1.0; the less likely, the more has to
// be looked up: 0.4 + 0.6 x probability. Two records with one matricule: 0.85, the teleservice says
// whose it is. A collision: 0.70, its visits and documents have to be told apart; each further
// reason says better where to look: + 0.05, at most 0.90. Homonyms: 0.90, their matricules say it.
// A frequent value: 0.80, it is read. A pair that was decided before and came
// back: + 0.05, its file is ready.
//
// So every collision and every INS conflict comes before every duplicate, and within a kind the
// likelier comes first.
int CasePriority(const Case& review_case, const std::vector<const Identity*>& identities);

}  // namespace vigie::matching
