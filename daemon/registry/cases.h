// Opening, refreshing and withdrawing the cases of the review queue, inside the commit that changed
// an identity, each with its present priority (matching/priority.h). A pair has at most one live
// case of a kind; nothing is ever merged here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "daemon/registry/matcher.h"
#include "matching/identity.h"
#include "matching/review.h"
#include "storage/store.h"

namespace vigie::daemon {

// Cases of one frequent value that are looked through: each doubling of it asks once, so there are
// never more.
inline constexpr std::size_t kCasesOfValueMax = 64;

class CaseKeeper {
 public:
  // Of an identity that this commit makes there is no case yet, and none is looked for.
  enum class Subjects : std::uint8_t { kNew, kKnown };

  // `targets` are those of the commit's audit entry. Everything outlives the keeper.
  CaseKeeper(storage::Transaction& transaction, const Matcher& matcher,
             const ReviewOptions& options, Subjects subjects, matching::Instant now,
             std::vector<std::string>& targets);

  // Every pair of `identity` and another that reaches the review threshold has a live case with its
  // present score: a duplicate in one domain, a link over two. Two that are qualified under
  // different matricules are two persons: homonyms in one domain until both are marked so, nothing
  // over two. No case has a pair that a person found to be two, for as long as the strict traits of
  // both are what they were then; nor one that is linked. Live cases of which this no longer holds
  // are withdrawn. `ranking` is what `subject` was ranked to, down to the review threshold or
  // lower.
  absl::Status KeepPairs(const matching::Identity& identity, const Subject& subject,
                         const Ranking& ranking);
  // The matricule in force and the strict traits of `identity` tell different stories: it has a
  // live INS conflict alone, whose reasons name each difference ("matricule_sex_differs"), and no
  // longer than that holds. Not so when a person found, of these traits and all of these reasons,
  // that nothing is wrong, or nothing is left to correct.
  absl::Status KeepContradiction(const matching::Identity& identity);
  // `identity` and others of its domain with the same matricule in force have a live INS conflict,
  // pair by pair: all of them, but when there are more than 16 only the newest of those; live ones
  // of which this no longer holds are withdrawn.
  absl::Status KeepInsConflicts(const matching::Identity& identity);
  // A live collision case on `identity` gives these reasons as well; none is opened for none.
  absl::Status AddCollisionReasons(const matching::Identity& identity,
                                   const std::vector<std::string>& reasons);
  // A value that `identity` did not have `before` (nullptr: a new identity) and that has become so
  // frequent with it that it probably stands for nothing (matching/frequent_value.h) has a live
  // case with its present count; not so one that a person found to be a real value.
  absl::Status KeepFrequentValues(const matching::Identity* before,
                                  const matching::Identity& identity, const Subject& subject,
                                  const Ranking& ranking);
  // The live collision case on `identity`, if there is one, has its present priority.
  absl::Status RankCollision(const matching::Identity& identity);

  // The identity stands for itself no more: its live cases are withdrawn.
  absl::Status WithdrawAllOf(matching::IdentityId id);

  const std::vector<std::uint64_t>& opened() const { return opened_; }
  // Live duplicate, link and homonym cases after KeepPairs, by the other identity.
  const std::map<matching::IdentityId, std::uint64_t>& pair_cases() const { return pair_cases_; }

 private:
  absl::Status Open(matching::Case opened);
  absl::Status Rewrite(const matching::Case& before, matching::Case after);
  absl::Status Withdraw(const matching::Case& live);
  absl::Status ReviewLivePairs(const matching::Identity& identity, const Subject& subject);
  absl::StatusOr<bool> IsSettled(matching::CaseKind kind, matching::IdentityId left,
                                 matching::IdentityId right, matching::Case& opened);
  absl::StatusOr<bool> StillHolds(const matching::Decision& dismissal);
  bool IsOff(const char* detector) const { return options_.detectors_off.contains(detector); }
  absl::StatusOr<std::set<matching::IdentityId>> ReviewLiveInsConflicts(
      const matching::Identity& identity);
  absl::StatusOr<bool> IsExplained(const matching::Identity& identity,
                                   const std::vector<std::string>& reasons) const;
  // What a pair of such a score is, if a person is to look at it.
  std::optional<matching::CaseKind> KindOf(const matching::Identity& identity,
                                           const matching::Identity& other,
                                           const matching::Score& score) const;
  absl::Status KeepPair(matching::CaseKind kind, const matching::Identity& identity,
                        const matching::Identity& other, const matching::Score& score);
  absl::Status KeepFrequentValue(const matching::Identity& identity, matching::FrequentValue value);

  storage::Transaction& transaction_;
  const Matcher& matcher_;
  const ReviewOptions& options_;
  const Subjects subjects_;
  matching::Instant now_;
  std::uint32_t different_persons_ = 0;  // bits of Score::vetoes that say a pair is two persons
  std::vector<std::string>& targets_;
  std::vector<std::uint64_t> opened_;
  std::map<matching::IdentityId, std::uint64_t> pair_cases_;
};

}  // namespace vigie::daemon
