// Merging two identities of a domain and unmaking it, inside the commit of the decision.
//
// The merged identity is kept as it is, with the number of the one that stands for it now; its
// local id leads there, its visits belong there and keep the statuses they remembered. So unmaking
// the merge gives it back as it was: nothing has to be remembered but the few traits that the
// survivor took over. Clinical data is not ours and is not moved.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/matcher.h"
#include "daemon/registry/registry.h"
#include "matching/identity.h"
#include "matching/review.h"
#include "storage/store.h"

namespace vigie::daemon {

// Names of the traits a survivor may take over: the complementary ones. A strict trait is corrected
// with UpdateIdentity, where it has its effect on the trust status.
const std::vector<std::string>& TakeableFields();

struct MergeOrder {
  matching::IdentityId surviving_id = 0, merged_id = 0;
  std::vector<std::string> taken_fields;
};

// A merge that may be made, as the view shows both.
struct MergePlan {
  matching::Identity survivor, merged;  // before
  matching::Traits survivor_traits;     // after
  std::vector<matching::Visit> visits;  // to move
  MergePreview preview;
};

// FAILED_PRECONDITION identity_merged, verdict_unfit (two domains), different_qualified_matricules,
// pair_decided (they were found to be different persons), too_many_visits; NOT_FOUND.
absl::StatusOr<MergePlan> PlanMerge(const storage::View& view, const MergeOrder& order);

// Everything a change writes in.
struct ReviewCommit {
  storage::Transaction& transaction;
  const Environment& environment;
  const Matcher& matcher;
  const MutationContext& context;
  matching::Instant now{};
  std::vector<std::string>& targets;
};

absl::Status ApplyMerge(const ReviewCommit& commit, const MergePlan& plan);

// Gives back what the merge decision took. FAILED_PRECONDITION later_changes (unless those are to
// be kept), identity_merged (the survivor itself was merged since: undo that first),
// too_many_visits.
absl::Status UndoMerge(const ReviewCommit& commit, const matching::Decision& decision,
                       bool keep_later_changes);

// The decision of this verdict in force on these two, or on others merged into them: what was found
// of one record holds of the person whose record it now is.
absl::StatusOr<std::optional<matching::Decision>> FindFinding(const storage::View& view,
                                                              matching::Verdict verdict,
                                                              matching::IdentityId left,
                                                              matching::IdentityId right);

}  // namespace vigie::daemon
