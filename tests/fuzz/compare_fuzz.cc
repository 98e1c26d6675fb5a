// Any two texts: the kernels agree with their slow twins, are symmetric, and stay in range; the
// phonetic key stays in its bounds.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "matching/compare.h"
#include "matching/phonetic.h"
#include "tests/reference/compare_reference.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

// The kernels' alphabet: A-Z and space.
std::string Fold(const std::uint8_t* data, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    const int letter = data[i] % 27;
    text += letter == 26 ? ' ' : static_cast<char>('A' + letter);
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  if (size > 300) size = 300;  // The twin is quadratic.
  const std::size_t split = data[0] % size;
  const std::string left = Fold(data, split);
  const std::string right = Fold(data + split, size - split);
  using namespace vigie;  // NOLINT(google-build-using-namespace): two namespaces side by side.
  const std::size_t alignment = reference::OptimalStringAlignment(left, right);
  Require(matching::Levenshtein(left, right) == reference::Levenshtein(left, right));
  Require(matching::OptimalStringAlignment(left, right) == alignment);
  Require(matching::WithinOneEdit(left, right) == (alignment <= 1));
  Require(matching::WithinDistance(right, left, 2) == (alignment <= 2));
  const matching::CachedPattern pattern(left);
  Require(pattern.OptimalStringAlignment(right) == alignment);
  const double similarity = matching::JaroWinkler(left, right);
  Require(similarity == matching::JaroWinkler(right, left));
  Require(similarity == reference::JaroWinkler(left, right));
  Require(similarity >= 0 && similarity <= 1 && (similarity == 1) == (left == right));
  Require(matching::PhoneticKey(left).size() <= matching::kPhoneticCodesMax);
  // Any bytes at all must at least be survived.
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  matching::Levenshtein(bytes, left);
  matching::JaroWinkler(bytes, left);
  matching::PhoneticKey(bytes);
  return 0;
}
