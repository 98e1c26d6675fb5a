// Reading UTF-8 one code point at a time. Internal to matching/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vigie::matching {

inline constexpr char32_t kInvalidCodePoint = 0xFFFFFFFF;

// The code point at `offset` (which must be inside `text`); `length` becomes its bytes. For bytes
// that are not UTF-8 (overlong forms, surrogates and truncation included): kInvalidCodePoint and
// length 1.
inline char32_t DecodeUtf8(std::string_view text, std::size_t offset, std::size_t& length) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[offset + i]); };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const std::size_t left = text.size() - offset;
  const std::uint8_t first = byte(0);
  length = 1;
  if (first < 0x80) return first;
  if (first >= 0xC2 && first < 0xE0 && left >= 2 && continues(1)) {
    length = 2;
    return static_cast<char32_t>((first & 0x1FU) << 6U | (byte(1) & 0x3FU));
  }
  if (first >= 0xE0 && first < 0xF0 && left >= 3 && continues(1) && continues(2)) {
    const auto code =
        static_cast<char32_t>((first & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU));
    if (code < 0x800 || (code >= 0xD800 && code < 0xE000)) return kInvalidCodePoint;
    length = 3;
    return code;
  }
  if (first >= 0xF0 && first < 0xF5 && left >= 4 && continues(1) && continues(2) && continues(3)) {
    const auto code = static_cast<char32_t>((first & 0x07U) << 18U | (byte(1) & 0x3FU) << 12U |
                                            (byte(2) & 0x3FU) << 6U | (byte(3) & 0x3FU));
    if (code < 0x10000 || code > 0x10FFFF) return kInvalidCodePoint;
    length = 4;
    return code;
  }
  return kInvalidCodePoint;
}

}  // namespace vigie::matching
