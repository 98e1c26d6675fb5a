// A bound on how deep a TOML text nests, checked before it is parsed: the parser recurses once for
// an open bracket and once for a dot of a key, and some thousands of either would end the process.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace vigie::matching {

inline constexpr int kTomlOpenBracketsMax = 16;
inline constexpr int kTomlLineDotsMax = 64;  // outside quoted texts and comments

// INVALID_ARGUMENT "SOURCE:LINE: …" when either bound is passed. Says nothing else about the text.
absl::Status CheckTomlDepth(const std::string& toml, const std::string& source_name);

}  // namespace vigie::matching
