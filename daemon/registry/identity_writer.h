// The one way an identity is written: record, index, history and the cases it gives rise to, all in
// the commit of the caller.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/facts.h"
#include "daemon/registry/matcher.h"
#include "daemon/registry/registry.h"
#include "matching/identity.h"
#include "storage/store.h"

namespace vigie::daemon {

struct IdentityWrite {
  const matching::Identity* before = nullptr;  // nullptr: a new identity
  matching::Identity after;                    // with its new version and instants
  Subject subject;                             // of `after`
  Foresight foresight;                         // of `subject`; may be empty
  std::string operation;                       // for the history
  const MutationContext* context = nullptr;
  FactOutcome outcome;
};

// The lower of the model's `possible` and review thresholds: down to it a written identity is
// ranked.
double RankedProbabilityMin(const matching::Model& model);

struct WrittenIdentity {
  // Down to RankedProbabilityMin.
  Ranking ranking;
  std::vector<std::uint64_t> opened_case_ids;
  std::map<matching::IdentityId, std::uint64_t> pair_cases;  // live, by the other identity
};

// Of a merged identity every live case is withdrawn, and nothing is ranked.
absl::StatusOr<WrittenIdentity> WriteIdentity(storage::Transaction& transaction,
                                              const Matcher& matcher, const ReviewOptions& options,
                                              const IdentityWrite& write,
                                              std::vector<std::string>& targets);

// Ranks an identity that was not changed and brings its cases up to date: after a decision that
// kept one away has ended.
absl::Status KeepCasesOf(storage::Transaction& transaction, const Matcher& matcher,
                         const ReviewOptions& options, const matching::Identity& identity,
                         matching::Instant now, std::vector<std::string>& targets);

// "identity/42", as the audit chain names it.
std::string IdentityTarget(matching::IdentityId id);

// NOT_FOUND identity_not_found; ABORTED version_moved when `version` is not 0 and not the present
// one.
absl::StatusOr<matching::Identity> ReadIdentity(const storage::View& view, matching::IdentityId id,
                                                std::int64_t version);

// FAILED_PRECONDITION identity_merged when another stands for this one.
absl::Status CheckStandsForItself(const matching::Identity& identity);

}  // namespace vigie::daemon
