// Register: a new identity, its possible duplicates, its cases and the visits that waited for it,
// in one commit.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/facts.h"
#include "daemon/registry/matcher.h"
#include "daemon/registry/mutation.h"
#include "daemon/registry/registry.h"

namespace vigie::daemon {

class Registration {
 public:
  // Both outlive it. May be used from any thread.
  Registration(const Environment& environment, const Matcher& matcher);

  absl::StatusOr<RegisterResult> Register(const RegisterRequest& request) const;
  std::vector<absl::StatusOr<RegisterResult>> RegisterAll(
      const std::vector<RegisterRequest>& requests) const;

 private:
  // The identity as it will be, but its number; and what was foreseen of its ranking.
  struct Draft {
    matching::Identity identity;
    Subject subject;
    Foresight foresight;
    FactOutcome outcome;
    MutationContext context;
  };
  // A registration on its way to the commit path.
  struct Pending {
    PreparedMutation<RegisterResult> mutation = absl::UnknownError("not prepared");
    std::shared_ptr<const Draft> draft;  // null when it was refused
  };
  class Line;
  absl::StatusOr<Draft> MakeDraft(const RegisterRequest& request) const;
  void Foresee(const storage::View& view, Draft& draft) const;
  // `view` may be null: nothing is foreseen.
  Pending Prepare(const RegisterRequest& request, const storage::View* view) const;
  void PrepareChunk(std::size_t chunk, const std::vector<RegisterRequest>& requests,
                    std::vector<Pending>& pending) const;
  void CommitPart(std::size_t begin, std::size_t end, std::vector<Pending>& pending,
                  std::vector<absl::StatusOr<RegisterResult>>& results) const;
  absl::StatusOr<Worked<RegisterResult>> Write(const Draft& draft,
                                               storage::Transaction& transaction,
                                               storage::CommitContext& commit) const;
  absl::StatusOr<Worked<RegisterResult>> AnswerExisting(const Draft& draft,
                                                        matching::IdentityId existing_id,
                                                        const storage::View& view) const;
  std::vector<PossibleDuplicate> PossibleDuplicates(
      const Ranking& ranking, const std::map<matching::IdentityId, std::uint64_t>& cases) const;

  const Environment& environment_;
  const Matcher& matcher_;
};

}  // namespace vigie::daemon
