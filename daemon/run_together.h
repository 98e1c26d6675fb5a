// Threads for a pass over the whole base (RegistryOptions::run_together).
#pragma once

#include <cstddef>
#include <functional>

namespace vigie::daemon {

// Calls piece(0) to piece(count - 1) on the caller's thread and one more, each taking the next
// piece when it is done with one, and returns when all have returned. Two, because the desk's calls
// need the rest of the machine. An exception of a piece is thrown again when all have ended; pieces
// not begun then are not called. Thread-safe.
void RunTogether(std::size_t count, const std::function<void(std::size_t)>& piece);

}  // namespace vigie::daemon
