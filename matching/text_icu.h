// Other scripts than Latin to Latin letters, by ICU. The only part of matching/ that sees ICU.
// Thread-safe: each thread makes its own transliterator on first use (20 ms, some 100 KB).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vigie::matching {

// `text` (UTF-8) in upper-case Latin letters without diacritics, as ICU's "Any-Latin; Latin-ASCII;
// Upper" says, but without the primes and half rings that stand for soft signs, hamza and ayn:
// nobody writes them in a name. What ICU cannot rewrite stays as it is: the caller checks the
// alphabet. nullopt when ICU is not able to work (no data, no memory).
// Cost: microseconds a word; a slow path.
std::optional<std::string> TransliterateToLatin(std::string_view text);

}  // namespace vigie::matching
