// From a person to scored candidates: keys and term counts are computed here, read through a View,
// scored by the model. Nothing is written.
//
// May be used from any thread. Keeps records of identities it has compared (record_cache.h); what
// it answers does not depend on them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daemon/registry/record_cache.h"
#include "daemon/registry/registry.h"
#include "matching/identity.h"
#include "matching/keys.h"
#include "matching/model.h"
#include "matching/names.h"
#include "matching/record.h"
#include "matching/score.h"
#include "storage/store.h"

namespace vigie::daemon {

// A person in the forms that matching needs. Pure, made before the commit path is entered.
struct Subject {
  matching::Record record;  // term counts not filled yet
  std::vector<matching::CandidateKey> keys;
};
Subject MakeSubject(const matching::Identity& identity);
Subject MakeSubject(const matching::Traits& traits, const std::optional<matching::Ins>& ins);

// What the index holds for the identity. Names stand as letters only (no space), so that the three
// letters typed at the desk find "LE GOFF" by LEG.
storage::IndexEntries MakeIndexEntries(const matching::Identity& identity, const Subject& subject);

// Letters A-Z of a beginning of a name as it is typed at the desk, folded like the index.
std::string FoldPrefix(const std::string& typed, matching::NameKind kind);

// What could be told of a ranking beforehand, on an earlier view: which candidates are none
// whatever is committed within the bounds until then. Empty: nothing.
struct Foresight {
  std::int64_t commit_number = -1;  // of that view
  double probability_min = 0;
  std::uint64_t population_max = 0;
  std::vector<std::uint32_t> term_counts_min;   // beside the subject's terms
  std::vector<matching::IdentityId> ruled_out;  // ascending
};

struct Ranking {
  std::vector<ScoredCandidate> candidates;  // falling by weight, then by id
  bool truncated = false;
  std::int32_t full_key_count = 0;
  std::vector<matching::TermValue> terms;  // the subject's, with the counts of the view
  std::uint64_t population = 0;            // identities of the view
};

class Matcher {
 public:
  Matcher(std::shared_ptr<const matching::Model> model, storage::CandidateLimits limits,
          std::size_t record_cache_bytes_max);

  // Each change that makes or writes an identity says so first (identity_writer.cc).
  void NoteWrite(matching::IdentityId id, bool is_new, std::int64_t commit_number) const;

  // Identities that share a candidate key with `subject` and reach `probability_min`, but `self`
  // (0: none). With a domain, only its identities. `foresight` is the subject's own, of an earlier
  // view, and spares work where it still holds; the ranking does not depend on it.
  absl::StatusOr<Ranking> Rank(const storage::View& view, const Subject& subject,
                               matching::IdentityId self, double probability_min,
                               const std::string& domain, const Foresight& foresight = {}) const;
  // Looks ahead, so that ranking the subject a little later, in the commit path where everybody
  // waits, has little left to read and to score. A failure foresees nothing: ranking will tell.
  Foresight Foresee(const storage::View& view, const Subject& subject,
                    double probability_min) const;
  // The identity's record is as in `subject` in views of this commit and later ones. For one that
  // was written by it, in the life of this Matcher.
  void Keep(matching::IdentityId id, std::int64_t commit_number, const Subject& subject) const;
  // Scores against given identities, in their order, whatever keys they share.
  absl::StatusOr<std::vector<matching::Score>> ScoreEach(
      const storage::View& view, const Subject& subject,
      const std::vector<matching::Identity>& others) const;
  // Explains the score of each candidate that Rank made of `subject` on the same view: the same
  // term counts, so that the bits add up to the very weight. `asked` is the person as given.
  absl::Status ExplainEach(const storage::View& view, const matching::Identity& asked,
                           const Subject& subject, std::vector<ScoredCandidate>& candidates) const;
  // Term counts of the view, for a single explained pair.
  absl::Status FillTermCounts(const storage::View& view,
                              const std::vector<matching::Record*>& records) const;

  const matching::Model& model() const { return *model_; }
  const storage::CandidateLimits& limits() const { return limits_; }

 private:
  struct Bounds;
  // Those of `candidates` that may reach the probability, as they are in the view; and those that
  // may not, when asked for.
  absl::StatusOr<std::vector<matching::Identity>> Hopeful(
      const storage::View& view, const Bounds& bounds,
      const std::vector<matching::IdentityId>& candidates,
      std::vector<matching::IdentityId>* ruled_out) const;
  absl::StatusOr<storage::CandidateResult> FindCandidates(const storage::View& view,
                                                          const Subject& subject) const;
  absl::StatusOr<std::uint64_t> Population(const storage::View& view) const;
  bool StillHolds(const Foresight& foresight, const Bounds& bounds) const;

  std::shared_ptr<const matching::Model> model_;
  storage::CandidateLimits limits_;
  const std::unique_ptr<RecordCache> records_;
};

}  // namespace vigie::daemon
