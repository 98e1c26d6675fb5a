// Pieces of decisions that more than one way to a decision uses; each inside the commit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/registry/merges.h"
#include "daemon/registry/registry.h"
#include "matching/review.h"
#include "storage/store.h"

namespace vigie::daemon {

// The other one of two.
matching::IdentityId OtherOf(const std::vector<matching::IdentityId>& pair,
                             matching::IdentityId id);
MergeOrder OrderOf(const matching::Decision& decision);
// The live duplicate, link or homonym case on the pair (ascending).
absl::StatusOr<std::optional<matching::Case>> LiveCaseOfPair(
    const storage::View& view, const std::vector<matching::IdentityId>& pair);
// Gives the case another state and takes claim and hold away; `moved` is the case then.
absl::Status MoveCase(const ReviewCommit& commit, const matching::Case& before,
                      matching::CaseState state, std::uint64_t decision_id,
                      std::optional<matching::Case>& moved);
// The case of a decision that is taken back or rejected comes back to the queue: when its
// identities still stand for themselves, and no other case of its kind took its place.
absl::Status ReopenCase(const ReviewCommit& commit, const matching::Decision& decision,
                        DecideResult& result);
absl::Status ReadCaseOf(const storage::View& view, const matching::Decision& decision,
                        std::optional<matching::Case>& out);
absl::Status DecisionEnded(const std::string& why);

}  // namespace vigie::daemon
