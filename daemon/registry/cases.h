// Opening, refreshing and withdrawing the cases of the review queue, inside the commit that changed
// an identity. A pair has at most one live case of a kind; nothing is ever merged here.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "daemon/registry/matcher.h"
#include "matching/identity.h"
#include "storage/store.h"

namespace vigie::daemon {

class CaseKeeper {
 public:
  // `targets` are those of the commit's audit entry. Everything outlives the keeper.
  CaseKeeper(storage::Transaction& transaction, const Matcher& matcher, matching::Instant now,
             std::vector<std::string>& targets);

  // Every pair of `identity` and another of its domain that reaches the review threshold, unless
  // two different qualified matricules say that they are two persons, has a live duplicate case
  // with its present score; live ones that no longer do are withdrawn. `ranking` is what `subject`
  // was ranked to, down to the review threshold or lower.
  absl::Status KeepDuplicates(const matching::Identity& identity, const Subject& subject,
                              const Ranking& ranking);
  // `identity` and others of its domain with the same matricule in force have a live INS conflict,
  // pair by pair: all of them, but when there are more than 16 only the newest of those; live ones
  // of which this no longer holds are withdrawn.
  absl::Status KeepInsConflicts(const matching::Identity& identity);
  // A live collision case on `identity` gives these reasons as well; none is opened for none.
  absl::Status AddCollisionReasons(const matching::Identity& identity,
                                   const std::vector<std::string>& reasons);

  const std::vector<std::uint64_t>& opened() const { return opened_; }
  // Live duplicate cases after KeepDuplicates, by the other identity.
  const std::map<matching::IdentityId, std::uint64_t>& duplicate_cases() const {
    return duplicate_cases_;
  }

 private:
  absl::Status Open(matching::Case opened);
  absl::Status Rewrite(const matching::Case& before, matching::Case after);
  absl::Status Withdraw(const matching::Case& live);
  absl::Status KeepDuplicate(const matching::Identity& identity, matching::IdentityId other,
                             const matching::Score& score);
  absl::Status ReviewLiveDuplicates(const matching::Identity& identity, const Subject& subject);
  absl::StatusOr<std::set<matching::IdentityId>> ReviewLiveInsConflicts(
      const matching::Identity& identity);
  bool BelongsInQueue(const matching::Score& score) const;

  storage::Transaction& transaction_;
  const Matcher& matcher_;
  matching::Instant now_;
  std::uint32_t different_persons_ = 0;  // bits of Score::vetoes that keep a pair out of the queue
  std::vector<std::string>& targets_;
  std::vector<std::uint64_t> opened_;
  std::map<matching::IdentityId, std::uint64_t> duplicate_cases_;
};

}  // namespace vigie::daemon
