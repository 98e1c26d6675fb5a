#include "matching/compare.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

namespace vigie::matching {
namespace {

using Masks = std::array<std::uint64_t, 32>;

std::size_t Index(char c) { return static_cast<unsigned char>(c) & 31u; }

Masks MasksOf(std::string_view pattern) {
  Masks masks{};
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    masks[Index(pattern[i])] |= std::uint64_t{1} << i;
  }
  return masks;
}

// The columns of the distance matrix as differences of -1, 0, +1 in two words (Myers). With
// `transpositions`, a diagonal step over two swapped neighbours is free as well (Hyyrö).
template <bool kTranspositions>
std::size_t BitParallelDistance(const Masks& masks, std::size_t pattern_size,
                                std::string_view text) {
  if (pattern_size == 0) return text.size();
  const std::uint64_t last = std::uint64_t{1} << (pattern_size - 1);
  std::uint64_t vertical_plus = ~std::uint64_t{0};
  std::uint64_t vertical_minus = 0;
  std::uint64_t diagonal = 0;
  std::uint64_t mask_before = 0;
  std::size_t distance = pattern_size;
  for (const char c : text) {
    const std::uint64_t mask = masks[Index(c)];
    std::uint64_t swapped = 0;
    if constexpr (kTranspositions) swapped = ((~diagonal & mask) << 1) & mask_before;
    const std::uint64_t x = mask | vertical_minus;
    diagonal = (((mask & vertical_plus) + vertical_plus) ^ vertical_plus) | x | swapped;
    std::uint64_t horizontal_plus = vertical_minus | ~(diagonal | vertical_plus);
    std::uint64_t horizontal_minus = diagonal & vertical_plus;
    if (horizontal_plus & last) ++distance;
    if (horizontal_minus & last) --distance;
    horizontal_plus = (horizontal_plus << 1) | 1;
    horizontal_minus <<= 1;
    vertical_plus = horizontal_minus | ~(diagonal | horizontal_plus);
    vertical_minus = diagonal & horizontal_plus;
    mask_before = mask;
  }
  return distance;
}

// For patterns beyond one word: three rows of the plain matrix.
std::size_t PlainDistance(std::string_view left, std::string_view right, bool transpositions) {
  std::vector<std::size_t> before(right.size() + 1);
  std::vector<std::size_t> row(right.size() + 1);
  std::vector<std::size_t> next(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    next[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const bool equal = Index(left[i - 1]) == Index(right[j - 1]);
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (equal ? 0 : 1)});
      const bool swapped = transpositions && i > 1 && j > 1 &&
                           Index(left[i - 1]) == Index(right[j - 2]) &&
                           Index(left[i - 2]) == Index(right[j - 1]);
      if (swapped) next[j] = std::min(next[j], before[j - 2] + 1);
    }
    std::swap(before, row);
    std::swap(row, next);
  }
  return row[right.size()];
}

template <bool kTranspositions>
std::size_t Distance(std::string_view left, std::string_view right) {
  if (left.size() > right.size()) std::swap(left, right);
  if (left.size() > kPatternCharactersMax) return PlainDistance(left, right, kTranspositions);
  return BitParallelDistance<kTranspositions>(MasksOf(left), left.size(), right);
}

struct JaroCounts {
  std::size_t matches = 0;
  std::size_t out_of_order = 0;  // positions at which the matched characters differ
};

// Both at most 64 characters: which characters matched is kept in two words.
JaroCounts CountBitParallel(std::string_view left, std::string_view right, std::size_t window) {
  const Masks masks = MasksOf(right);
  std::uint64_t left_flags = 0;
  std::uint64_t right_flags = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const std::size_t first = i > window ? i - window : 0;
    const std::size_t end = std::min(i + window + 1, kPatternCharactersMax);
    const std::uint64_t below_end =
        end >= kPatternCharactersMax ? ~std::uint64_t{0} : (std::uint64_t{1} << end) - 1;
    if (first >= kPatternCharactersMax) break;
    const std::uint64_t reach = below_end & (~std::uint64_t{0} << first);
    const std::uint64_t free = masks[Index(left[i])] & reach & ~right_flags;
    if (free == 0) continue;
    right_flags |= free & (~free + 1);  // the lowest free position
    left_flags |= std::uint64_t{1} << i;
  }
  JaroCounts counts;
  counts.matches = static_cast<std::size_t>(std::popcount(left_flags));
  while (left_flags != 0) {
    const auto i = static_cast<std::size_t>(std::countr_zero(left_flags));
    const auto j = static_cast<std::size_t>(std::countr_zero(right_flags));
    if (Index(left[i]) != Index(right[j])) ++counts.out_of_order;
    left_flags &= left_flags - 1;
    right_flags &= right_flags - 1;
  }
  return counts;
}

JaroCounts CountPlain(std::string_view left, std::string_view right, std::size_t window) {
  std::vector<bool> taken(right.size());
  std::vector<char> left_matched;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const std::size_t end = std::min(i + window + 1, right.size());
    for (std::size_t j = i > window ? i - window : 0; j < end; ++j) {
      if (taken[j] || Index(left[i]) != Index(right[j])) continue;
      taken[j] = true;
      left_matched.push_back(left[i]);
      break;
    }
  }
  JaroCounts counts;
  counts.matches = left_matched.size();
  std::size_t at = 0;
  for (std::size_t j = 0; j < right.size(); ++j) {
    if (taken[j] && Index(left_matched[at++]) != Index(right[j])) ++counts.out_of_order;
  }
  return counts;
}

// The best Jaro similarity strings of these lengths can have: every shorter character matches.
double JaroMaxOfLengths(std::size_t left, std::size_t right) {
  const auto shorter = static_cast<double>(std::min(left, right));
  const auto longer = static_cast<double>(std::max(left, right));
  return shorter == 0 ? (longer == 0 ? 1.0 : 0.0) : (2.0 + shorter / longer) / 3.0;
}

constexpr double kPrefixScale = 0.1;
constexpr std::size_t kPrefixMax = 4;
constexpr double kBoostMin = 0.7;

double Boost(double jaro, std::size_t prefix) {
  if (jaro < kBoostMin) return jaro;
  return jaro + static_cast<double>(prefix) * kPrefixScale * (1.0 - jaro);
}

}  // namespace

std::size_t Levenshtein(std::string_view left, std::string_view right) {
  return Distance<false>(left, right);
}

std::size_t OptimalStringAlignment(std::string_view left, std::string_view right) {
  return Distance<true>(left, right);
}

bool WithinDistance(std::string_view left, std::string_view right, std::size_t distance_max) {
  const std::size_t shorter = std::min(left.size(), right.size());
  if (std::max(left.size(), right.size()) - shorter > distance_max) return false;
  return OptimalStringAlignment(left, right) <= distance_max;
}

bool WithinOneEdit(std::string_view left, std::string_view right) {
  if (left.size() > right.size()) std::swap(left, right);
  if (right.size() - left.size() > 1) return false;
  std::size_t at = 0;
  while (at < left.size() && left[at] == right[at]) ++at;
  if (left.size() != right.size()) return left.substr(at) == right.substr(at + 1);
  if (at == left.size()) return true;
  if (left.substr(at + 1) == right.substr(at + 1)) return true;
  return at + 1 < left.size() && left[at] == right[at + 1] && left[at + 1] == right[at] &&
         left.substr(at + 2) == right.substr(at + 2);
}

double Jaro(std::string_view left, std::string_view right) {
  if (left == right) return 1.0;
  if (left.empty() || right.empty()) return 0.0;
  if (left.size() > right.size() || (left.size() == right.size() && left > right)) {
    std::swap(left, right);
  }
  const std::size_t half = right.size() / 2;
  const std::size_t window = half > 0 ? half - 1 : 0;
  const JaroCounts counts = right.size() <= kPatternCharactersMax
                                ? CountBitParallel(left, right, window)
                                : CountPlain(left, right, window);
  if (counts.matches == 0) return 0.0;
  const auto matches = static_cast<double>(counts.matches);
  const std::size_t pairs_out_of_order = counts.out_of_order / 2;  // Jaro halves, rounding down.
  const auto transpositions = static_cast<double>(pairs_out_of_order);
  return (matches / static_cast<double>(left.size()) + matches / static_cast<double>(right.size()) +
          (matches - transpositions) / matches) /
         3.0;
}

double JaroWinkler(std::string_view left, std::string_view right) {
  std::size_t prefix = 0;
  const std::size_t end = std::min({left.size(), right.size(), kPrefixMax});
  while (prefix < end && left[prefix] == right[prefix]) ++prefix;
  return Boost(Jaro(left, right), prefix);
}

bool JaroWinklerAtLeast(std::string_view left, std::string_view right, double similarity_min) {
  if (Boost(JaroMaxOfLengths(left.size(), right.size()), kPrefixMax) < similarity_min) return false;
  return JaroWinkler(left, right) >= similarity_min;
}

CachedPattern::CachedPattern(std::string_view text) : text_(text) {
  if (text.size() <= kPatternCharactersMax) masks_ = MasksOf(text);
}

std::size_t CachedPattern::Levenshtein(std::string_view other) const {
  if (text_.size() > kPatternCharactersMax) return Distance<false>(text_, other);
  return BitParallelDistance<false>(masks_, text_.size(), other);
}

std::size_t CachedPattern::OptimalStringAlignment(std::string_view other) const {
  if (text_.size() > kPatternCharactersMax) return Distance<true>(text_, other);
  return BitParallelDistance<true>(masks_, text_.size(), other);
}

}  // namespace vigie::matching
