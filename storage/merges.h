// The way from a merged identity to the one that stands for it now, and back.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "matching/identity.h"
#include "storage/store.h"

namespace vigie::storage {

// Identities merged one into the other in a chain, at most; a longer way up is damage.
inline constexpr std::size_t kMergeDepthMax = 32;
// Identities merged into one, directly or not, that are read at most.
inline constexpr std::size_t kAbsorbedMax = 1000;

// The identity itself when it is not merged, else the one at the end of the way.
// DATA_LOSS: the way leads nowhere, or in a circle.
absl::StatusOr<matching::Identity> SurvivorOf(const View& view, matching::Identity identity);
absl::StatusOr<matching::IdentityId> SurvivorOfId(const View& view, matching::IdentityId id);

// Every identity merged into this one, directly or by others, and how deep. RESOURCE_EXHAUSTED
// beyond kAbsorbedMax.
struct Absorbed {
  std::vector<matching::IdentityId> identity_ids;  // nearest first
  std::size_t depth = 0;                           // 0: none
};
absl::StatusOr<Absorbed> AbsorbedInto(const View& view, matching::IdentityId survivor);

}  // namespace vigie::storage
