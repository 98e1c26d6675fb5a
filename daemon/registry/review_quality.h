// How good the detectors are: by the decisions of the desk, and by blind labels.
//
// Decisions say how often a case was right, of those somebody decided, who saw the score. Labels
// say it blind, and say what was missed: a pair counts for the inverse of the probability with
// which it was drawn, times the share of the drawn pairs of its stratum that two people agreed on.
// Pairs of which they did not agree, or could not say, are left out of every figure but agreement.
//
// Sensitivity is the share of pairs of one person that came into the queue, among pairs that share
// a candidate key and lack at most 16 bits to the review threshold. Formulas: matching/agreement.h.
#pragma once

#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/labelling.h"

namespace vigie::daemon {

// One pass over cases, decisions and labels. DEADLINE_EXCEEDED when the caller gave up.
absl::StatusOr<ReviewQualityResult> ComputeReviewQuality(const Environment& environment,
                                                         const ReviewQualityRequest& request);

}  // namespace vigie::daemon
