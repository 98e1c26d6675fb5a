// What the admission desk and the cell ask without changing anything: search, match, explain, read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/matcher.h"
#include "daemon/registry/registry.h"
#include "matching/identity.h"

namespace vigie::daemon {

class Desk {
 public:
  // Both outlive it. May be used from any thread.
  Desk(const Environment& environment, const Matcher& matcher);

  absl::StatusOr<SearchResult> Search(const SearchRequest& request) const;
  absl::StatusOr<MatchResult> Match(const MatchRequest& request) const;
  absl::StatusOr<ExplainResult> Explain(matching::IdentityId left,
                                        matching::IdentityId right) const;
  absl::StatusOr<matching::Identity> Get(matching::IdentityId id) const;
  absl::StatusOr<matching::Identity> ResolveLocalId(const std::string& domain,
                                                    const std::string& local_id) const;
  absl::StatusOr<std::vector<matching::Identity>> ResolveIns(const matching::Ins& ins) const;
  absl::StatusOr<std::vector<matching::Change>> History(matching::IdentityId id,
                                                        std::int64_t before_version,
                                                        std::int32_t limit) const;

 private:
  absl::Status ExplainCandidates(const storage::View& view, const MatchRequest& request,
                                 const Subject& subject,
                                 std::vector<ScoredCandidate>& candidates) const;
  absl::StatusOr<SearchResult> SearchByIns(const SearchRequest& request) const;

  const Environment& environment_;
  const Matcher& matcher_;
};

}  // namespace vigie::daemon
