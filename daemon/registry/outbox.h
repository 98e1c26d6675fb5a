// The outbox of an installation whose own registry merges: what stands in it, who was handed it,
// and when it is handed out again. Proposals are put in and answered in proposals.cc.
//
// At least once: a bridge that was handed a proposal and says nothing is handed it again, or
// another one is; a bridge that begins anew is handed everything it had. All of it is on disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/registry.h"
#include "matching/review.h"
#include "storage/store.h"

namespace vigie::daemon {

// The proposal, when this bridge holds it. FAILED_PRECONDITION proposal_ended, proposal_held.
absl::StatusOr<matching::Proposal> ReadHeldProposal(const storage::View& view,
                                                    const std::string& bridge,
                                                    std::uint64_t proposal_id);

class Outbox {
 public:
  // `environment` outlives it. May be used from any thread.
  explicit Outbox(const Environment& environment) : environment_(environment) {}

  // As Registry::HandOutProposals, ReceiveProposal and ListProposals.
  absl::StatusOr<std::vector<matching::Proposal>> HandOut(const std::string& bridge,
                                                          std::optional<std::uint64_t> again_after,
                                                          std::size_t count_max) const;
  absl::Status Receive(const std::string& bridge, std::uint64_t proposal_id) const;
  absl::StatusOr<ProposalPage> List(const ProposalListRequest& request) const;

  // How many there are, and how old the oldest is.
  static absl::Status Count(const storage::View& view, matching::Instant now, StatusResult& status);

 private:
  bool IsDue(const matching::Proposal& proposal, const std::string& bridge,
             std::optional<std::uint64_t> again_after, matching::Instant now) const;
  absl::StatusOr<std::vector<matching::Proposal>> FindDue(const storage::View& view,
                                                          const std::string& bridge,
                                                          std::optional<std::uint64_t> again_after,
                                                          std::size_t count_max,
                                                          matching::Instant now) const;

  const Environment& environment_;
};

}  // namespace vigie::daemon
