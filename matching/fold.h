// One code point of a name to the RNIV alphabet (A-Z, space, apostrophe, hyphen): a generated
// table of Latin letters, combining marks, typographic apostrophes, dashes and spaces.
// Internal to matching/: callers use names.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "matching/names.h"

namespace vigie::matching {

struct Fold {
  std::string_view text;  // empty for a combining mark and for invisible characters
  RewriteReason reason = RewriteReason::kTransliterated;
};

#include "matching/generated/fold_table.inc"

// Number of a code point in kFolds; 0: not in the table (ASCII, other scripts, signs).
inline std::size_t FoldNumber(char32_t character) {
  constexpr std::size_t kBlockSize = 64;
  const auto code = static_cast<std::size_t>(character);
  if (code >= kFoldBlockOf.size() * kBlockSize) return 0;
  return kFoldBlocks[kFoldBlockOf[code / kBlockSize] * kBlockSize + code % kBlockSize];
}

// nullptr: not in the table.
inline const Fold* FindFold(char32_t character) {
  const std::size_t number = FoldNumber(character);
  return number == 0 ? nullptr : &kFolds[number];
}

}  // namespace vigie::matching
