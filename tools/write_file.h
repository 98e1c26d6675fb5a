// Files that are there whole or not at all.
#pragma once

#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace vigie::tools {

// Creates an empty file of another name in the same folder, has `write` fill it, flushes it to disk
// and gives it the name `path`, replacing what was there. When anything fails, what was there stays
// and nothing else is left behind. The error of `write`, or PERMISSION_DENIED, NOT_FOUND,
// RESOURCE_EXHAUSTED (disk full), INTERNAL, each naming `path`.
absl::Status ReplaceFile(const std::string& path,
                         absl::FunctionRef<absl::Status(const std::string& temporary_path)> write);
// The same with `content`.
absl::Status WriteWholeFile(const std::string& path, std::string_view content);

}  // namespace vigie::tools
