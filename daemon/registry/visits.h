// Visits: recorded, attached to their identity, cancelled.
//
// The statuses at admission and at discharge are snapshots: taken when the visit is attached to its
// identity, and again only when that instant (or the identity) of the visit changes. A fact that is
// recorded later does not rewrite them, whatever its date: the figure of a past month stays the
// figure that was reported. What is known today is the status at extraction (rate.h).
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/matcher.h"
#include "daemon/registry/mutation.h"
#include "daemon/registry/registry.h"
#include "matching/identity.h"
#include "storage/store.h"

namespace vigie::daemon {

// Visits that may wait for one local id, so that all of them are attached in the commit that
// registers it: about 1 MB of a batch, and more sessions than a life holds.
inline constexpr std::size_t kWaitingVisitsMax = 4096;

// Attaches every visit that waits for the local id of the identity, which this commit makes; those
// it cannot have made open its collision case.
absl::Status AttachWaitingVisits(storage::Transaction& transaction, const Matcher& matcher,
                                 const ReviewOptions& options, const matching::Identity& identity,
                                 std::vector<std::string>& targets);

// How many visits wait for a local id, without reading them again for each new one. An upper bound:
// what it has not seen is counted from the view, what was abandoned stays counted until the limit
// makes it count again. Thread-safe.
class WaitingCounts {
 public:
  // Counts one more. FAILED_PRECONDITION too_many_waiting_visits when the limit is reached.
  absl::Status Add(const storage::View& view, const matching::Visit& visit);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> counts_;  // by domain and local id
};

class Visits {
 public:
  // Both outlive it. May be used from any thread.
  Visits(const Environment& environment, const Matcher& matcher);

  absl::StatusOr<VisitResult> Record(const VisitRequest& request) const;
  std::vector<absl::StatusOr<VisitResult>> RecordAll(
      const std::vector<VisitRequest>& requests) const;
  absl::StatusOr<VisitResult> Cancel(const CancelVisitRequest& request) const;
  absl::StatusOr<matching::Visit> Get(const std::string& domain,
                                      const std::string& visit_number) const;
  absl::StatusOr<VisitPage> List(const VisitListRequest& request) const;

 private:
  absl::StatusOr<Worked<VisitResult>> Write(const matching::Visit& asked, matching::Instant now,
                                            storage::Transaction& transaction,
                                            storage::CommitContext& commit) const;
  PreparedMutation<VisitResult> Prepare(const VisitRequest& request) const;

  const Environment& environment_;
  const Matcher& matcher_;
  mutable WaitingCounts waiting_;
};

}  // namespace vigie::daemon
