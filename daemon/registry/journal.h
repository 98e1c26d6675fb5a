// The journal of decisions: each is written once and ends at most once; none is ever removed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "matching/identity.h"
#include "matching/review.h"
#include "storage/store.h"

namespace vigie::daemon {

// NOT_FOUND decision_not_found; ABORTED version_moved when `version` is not 0 and not the present.
absl::StatusOr<matching::Decision> ReadDecision(const storage::View& view, std::uint64_t id,
                                                std::int64_t version);

// Writes `after` with the next version; adds the audit target.
absl::Status PutDecision(storage::Transaction& transaction, const matching::Decision* before,
                         matching::Decision& after, std::vector<std::string>& targets);

// Takes a proposal out of the outbox; adds the audit target.
absl::Status RemoveProposal(storage::Transaction& transaction, std::uint64_t proposal_id,
                            std::vector<std::string>& targets);

// By the machine: nobody is named. `why` is machine-readable.
absl::Status EndDecision(storage::Transaction& transaction, const matching::Decision& decision,
                         matching::DecisionState state, matching::Instant now,
                         const std::string& why, std::vector<std::string>& targets);

}  // namespace vigie::daemon
