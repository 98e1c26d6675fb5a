// A 64-bit hash whose values are kept on disk: candidate keys, term counts, model versions. It must
// give the same number on every machine and in every release, so it is written here and nowhere
// else. Not for untrusted tables that need flooding protection: it has no secret.
//
// FNV-1a (Fowler, Noll, Vo; offset basis and prime of the 64-bit form) followed by the finaliser
// of SplitMix64 (Steele, Lea, Flood 2014), which spreads FNV's weak high bits.
#pragma once

#include <cstdint>
#include <string_view>

namespace vigie::matching {

class StableHash {
 public:
  StableHash& Add(std::string_view bytes) {
    for (const char c : bytes) Mix(static_cast<unsigned char>(c));
    Mix(kSeparator);  // So that ("AB", "C") and ("A", "BC") differ.
    return *this;
  }
  StableHash& Add(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) Mix((number >> shift) & 0xff);
    return *this;
  }
  std::uint64_t value() const {
    std::uint64_t x = state_;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
  }

 private:
  static constexpr std::uint64_t kSeparator = 0x1f;
  void Mix(std::uint64_t byte) { state_ = (state_ ^ byte) * 0x100000001b3u; }
  std::uint64_t state_ = 0xcbf29ce484222325u;
};

}  // namespace vigie::matching
