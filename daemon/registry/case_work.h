// Who works on a case, and cases put aside. Claims run out by themselves: a claim counts only while
// its time lasts, nothing has to be written when it ends.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/registry.h"
#include "matching/review.h"
#include "storage/store.h"

namespace vigie::daemon {

// ABORTED case_claimed while another's claim lasts.
absl::Status CheckClaim(const matching::Case& c, const std::string& actor, matching::Instant now);

// A case that is live and has the version asked for. NOT_FOUND case_not_found, ABORTED case_decided
// or version_moved, FAILED_PRECONDITION case_closed.
absl::StatusOr<matching::Case> ReadLiveCase(const storage::View& view, std::uint64_t id,
                                            std::int64_t version);

// Writes `after` with its next version; adds the audit target.
absl::Status PutCase(storage::Transaction& transaction, const matching::Case& before,
                     matching::Case& after, matching::Instant now,
                     std::vector<std::string>& targets);

class CaseWork {
 public:
  // `environment` outlives it. May be used from any thread.
  explicit CaseWork(const Environment& environment) : environment_(environment) {}

  absl::StatusOr<std::vector<matching::Case>> Claimed(const std::string& assignee) const;
  absl::StatusOr<CaseResult> Claim(const CaseRequest& request) const;
  absl::StatusOr<CaseResult> Release(const CaseRequest& request) const;
  absl::StatusOr<CaseResult> Hold(const CaseRequest& request) const;
  absl::StatusOr<std::int64_t> WakeHeld() const;

 private:
  const Environment& environment_;
};

}  // namespace vigie::daemon
