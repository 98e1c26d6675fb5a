// A few bytes in a fixed order: length-prefixed strings and whole numbers. Used for what the
// registry hashes (fingerprints of requests), keeps (answers of requests) and attaches to a status.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vigie::daemon {

class ByteWriter {
 public:
  // Little-endian, seven bits a byte.
  void Number(std::uint64_t value) {
    while (value >= 0x80) {
      bytes_.push_back(static_cast<char>((value & 0x7F) | 0x80));
      value >>= 7;
    }
    bytes_.push_back(static_cast<char>(value));
  }
  void Signed(std::int64_t value) { Number(static_cast<std::uint64_t>(value)); }
  void Flag(bool value) { Number(value ? 1 : 0); }
  void Real(double value) { Number(std::bit_cast<std::uint64_t>(value)); }
  void Text(std::string_view value) {
    Number(value.size());
    bytes_.append(value);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Reads what ByteWriter wrote. The first thing that cannot be read makes ok() false for good, and
// from then on every read gives zero or nothing.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t Number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    Fail();
    return 0;
  }
  std::int64_t Signed() { return static_cast<std::int64_t>(Number()); }
  bool Flag() { return Number() != 0; }
  double Real() { return std::bit_cast<double>(Number()); }
  std::string Text() {
    const std::uint64_t size = Number();
    if (size > rest_.size()) {
      Fail();
      return {};
    }
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return value;
  }
  // A count of things that each take at least one byte: never more than what is left, so that a
  // damaged count cannot make the caller reserve memory.
  std::size_t Count() {
    const std::uint64_t count = Number();
    if (count > rest_.size()) {
      Fail();
      return 0;
    }
    return static_cast<std::size_t>(count);
  }
  bool ok() const { return ok_; }
  bool AtEnd() const { return ok_ && rest_.empty(); }

 private:
  void Fail() {
    ok_ = false;
    rest_ = {};
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace vigie::daemon
