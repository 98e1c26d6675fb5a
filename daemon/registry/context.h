// Who asks for a change.
#pragma once

#include <string>

namespace vigie::daemon {

// Who asks, and under which idempotency key. `request_id` (1..64 printable characters) is required
// on every mutation: the same id again returns the same answer and changes nothing.
struct MutationContext {
  std::string request_id;
  std::string actor;   // who acts, in the caller's words, up to 128 characters
  std::string reason;  // free text for the history, up to 1024 characters
};

}  // namespace vigie::daemon
