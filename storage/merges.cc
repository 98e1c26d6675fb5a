#include "storage/merges.h"

#include <utility>

namespace vigie::storage {

absl::StatusOr<matching::Identity> SurvivorOf(const View& view, matching::Identity identity) {
  for (std::size_t depth = 0; identity.merged_into != 0; ++depth) {
    if (depth == kMergeDepthMax) return absl::DataLossError("merges lead in a circle");
    auto next = view.GetIdentity(identity.merged_into);
    if (!next.ok()) return next.status();
    if (!next->has_value()) return absl::DataLossError("a merge leads to no identity");
    identity = **std::move(next);
  }
  return identity;
}

absl::StatusOr<matching::IdentityId> SurvivorOfId(const View& view, matching::IdentityId id) {
  auto identity = view.GetIdentity(id);
  if (!identity.ok()) return identity.status();
  if (!identity->has_value()) return absl::DataLossError("an index entry names no identity");
  const auto survivor = SurvivorOf(view, **std::move(identity));
  if (!survivor.ok()) return survivor.status();
  return survivor->id;
}

absl::StatusOr<Absorbed> AbsorbedInto(const View& view, matching::IdentityId survivor) {
  Absorbed absorbed;
  std::vector<matching::IdentityId> level = {survivor};
  while (true) {
    std::vector<matching::IdentityId> below;
    for (const matching::IdentityId id : level) {
      const auto direct = view.AbsorbedBy(id);
      if (!direct.ok()) return direct.status();
      below.insert(below.end(), direct->begin(), direct->end());
    }
    if (below.empty()) return absorbed;
    absorbed.identity_ids.insert(absorbed.identity_ids.end(), below.begin(), below.end());
    ++absorbed.depth;
    if (absorbed.identity_ids.size() > kAbsorbedMax || absorbed.depth > kMergeDepthMax) {
      return absl::ResourceExhaustedError("too many identities are merged into one");
    }
    level = std::move(below);
  }
}

}  // namespace vigie::storage
