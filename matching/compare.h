// Distances and similarities of two match forms: the kernels below every comparison.
//
// Alphabet: A-Z and space (the match form of names.h). Other bytes are allowed but may be taken for
// one another: bytes are told apart by their low five bits; WithinOneEdit alone compares any bytes.
// All functions are pure, thread-safe and symmetric. An empty input is an ordinary string here;
// that a missing value is no evidence is decided in levels.h, before any kernel runs.
//
// Sources: Myers 1999 (J. ACM 46, 395-415) for the bit-parallel Levenshtein distance; Hyyrö 2003
// ("A bit-vector algorithm for computing Levenshtein and Damerau edit distances", Nordic Journal of
// Computing 10, 29-39) for its form with adjacent transpositions; Jaro 1989 (JASA 84, 414-420);
// Winkler 1990 (ASA Survey Research Methods, 354-359).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vigie::matching {

// Longest string the bit-parallel kernels take as pattern; longer ones use dynamic programming.
inline constexpr std::size_t kPatternCharactersMax = 64;

// Insertions, deletions and substitutions that turn one into the other. O(length) up to 64
// characters on the shorter side, else O(length * length).
std::size_t Levenshtein(std::string_view left, std::string_view right);

// The same, a swap of two neighbours counting one: optimal string alignment, in which no substring
// is edited twice ("CA" -> "ABC" is 3). Not a metric: the triangle inequality does not hold.
std::size_t OptimalStringAlignment(std::string_view left, std::string_view right);

// Is OptimalStringAlignment(left, right) <= distance_max? Looks at the lengths first.
bool WithinDistance(std::string_view left, std::string_view right, std::size_t distance_max);

// Is OptimalStringAlignment(left, right) <= 1? Any bytes; one pass, nothing built.
bool WithinOneEdit(std::string_view left, std::string_view right);

// Similarity in [0, 1]; 1 exactly when equal, two empty strings included. Characters match within
// a window of max(length) / 2 - 1. Greedy matching depends on the side it starts from, so the
// shorter (then the smaller) string always is the pattern.
double Jaro(std::string_view left, std::string_view right);

// Jaro with 0.1 of what is missing to 1 added for each of at most 4 equal first characters, when
// Jaro itself is at least 0.7 (Winkler's rule). In [0, 1]; 1 exactly when equal.
double JaroWinkler(std::string_view left, std::string_view right);

// Is JaroWinkler(left, right) >= similarity_min? Looks first at the best value the lengths allow.
bool JaroWinklerAtLeast(std::string_view left, std::string_view right, double similarity_min);

// One string to be compared with many: its bit masks are built once. Immutable; keeps a view of
// `text`, which must outlive it. Gives exactly what the free functions give.
class CachedPattern {
 public:
  explicit CachedPattern(std::string_view text);
  std::size_t Levenshtein(std::string_view other) const;
  std::size_t OptimalStringAlignment(std::string_view other) const;

 private:
  std::string_view text_;
  std::array<std::uint64_t, 32> masks_{};  // per letter, the positions at which it stands
};

}  // namespace vigie::matching
