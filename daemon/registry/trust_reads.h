// Questions about the trust of an identity that change nothing: what accepting an INSi answer would
// do, which status held when and why, whose INS should be verified again.
// Thread-safe: each reads from one frozen picture.
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/registry.h"
#include "matching/identity.h"

namespace vigie::daemon {

// A page of the worklist looks at this many entries of other domains at most; a page cut there may
// be short or empty and has a token all the same.
inline constexpr std::size_t kReverificationLookedAtMax = 10'000;

// INVALID_ARGUMENT for an answer that is no 00 or on which something is decided already;
// FAILED_PRECONDITION insi_call_forbidden.
absl::StatusOr<InsiComparison> CompareInsiAnswer(const Environment& environment,
                                                 matching::IdentityId id,
                                                 const matching::InsiAnswer& answer);

absl::StatusOr<StatusAtResult> TrustStatusAt(const Environment& environment,
                                             matching::IdentityId id, matching::Instant at,
                                             std::optional<matching::Instant> known_at);

absl::StatusOr<ReverificationPage> ReverificationDue(const Environment& environment,
                                                     const ReverificationRequest& request);

}  // namespace vigie::daemon
