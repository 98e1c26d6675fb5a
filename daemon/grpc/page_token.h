// Page tokens of lists whose parts below do not bind a token to its query. Opaque to callers.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace vigie::daemon {

// 50 for 0, at most 200.
std::int32_t PageSize(std::int32_t asked);

// A token that carries `inner` and remembers the query it belongs to; empty for an empty `inner`:
// the end stays the end. `query` is any text that says all that must stay the same.
std::string BindPageToken(const std::string& query, const std::string& inner);
// What was bound; empty for an empty token: the first page. INVALID_ARGUMENT `page_token_invalid`
// naming the field `page_token` for a token that is not one of ours or belongs to another query.
absl::StatusOr<std::string> UnbindPageToken(const std::string& query, const std::string& token);

}  // namespace vigie::daemon
