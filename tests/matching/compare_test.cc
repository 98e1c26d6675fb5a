#include "matching/compare.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/reference/compare_reference.h"

namespace vigie::matching {
namespace {

std::string RandomText(std::mt19937_64& random, std::size_t length_max, int letters) {
  std::string text(random() % (length_max + 1), 'A');
  for (char& c : text) {
    const auto pick = static_cast<int>(random() % static_cast<unsigned>(letters));
    c = pick == 26 ? ' ' : static_cast<char>('A' + pick);
  }
  return text;
}

// Every third pair is a text and a mangled copy: independent texts are all far apart.
std::pair<std::string, std::string> RandomPair(std::mt19937_64& random, std::size_t length_max,
                                               int letters) {
  std::string left = RandomText(random, length_max, letters);
  if (random() % 3 != 0) return {left, RandomText(random, length_max, letters)};
  std::string right = left;
  for (std::uint64_t edits = random() % 4; edits > 0 && !right.empty(); --edits) {
    const std::size_t at = random() % right.size();
    switch (random() % 4) {
      case 0:
        right.erase(at, 1);
        break;
      case 1:
        right.insert(at, 1, RandomText(random, 1, letters).empty() ? 'B' : 'C');
        break;
      case 2:
        right[at] = 'D';
        break;
      default:
        if (at + 1 < right.size()) std::swap(right[at], right[at + 1]);
    }
  }
  return {left, right};
}

struct Shape {
  const char* description;
  std::size_t length_max;
  int letters;
  int pairs;  // 67,000 in all; the long ones cost their reference a hundred times as much
};
const Shape kShapes[] = {{"short, few letters", 9, 4, 45000},
                         {"names", 14, 27, 20000},
                         {"around one word", 70, 3, 1000},
                         {"beyond one word", 140, 5, 1000}};

template <typename Check>
void ForRandomPairs(Check check) {
  for (const Shape& shape : kShapes) {
    std::mt19937_64 random(20261121);
    for (int i = 0; i < shape.pairs; ++i) {
      const auto [left, right] = RandomPair(random, shape.length_max, shape.letters);
      check(left, right, shape.description);
      if (testing::Test::HasFailure()) return;
    }
  }
}

struct DistanceCase {
  const char* description;
  const char* left;
  const char* right;
  std::size_t levenshtein;
  std::size_t alignment;
};
const DistanceCase kDistances[] = {
    {"both empty", "", "", 0, 0},
    {"one empty", "", "ABC", 3, 3},
    {"equal", "MARTIN", "MARTIN", 0, 0},
    {"Wagner and Fischer's textbook pair", "KITTEN", "SITTING", 3, 3},
    {"Levenshtein's other textbook pair", "SATURDAY", "SUNDAY", 3, 3},
    {"a swap", "MARTIN", "MATRIN", 2, 1},
    {"no substring is edited twice (Boytsov 2011, restricted Damerau distance)", "CA", "ABC", 3, 3},
    {"a swap at the end", "DUPOTN", "DUPONT", 2, 1},
    {"a missing letter", "LEFEVRE", "LEFEBVRE", 1, 1},
    {"a space", "LE GOFF", "LEGOFF", 1, 1},
};

TEST(Distance, OfPublishedExamples) {
  for (const DistanceCase& c : kDistances) {
    EXPECT_EQ(Levenshtein(c.left, c.right), c.levenshtein) << c.description;
    EXPECT_EQ(OptimalStringAlignment(c.left, c.right), c.alignment) << c.description;
    EXPECT_EQ(WithinOneEdit(c.left, c.right), c.alignment <= 1) << c.description;
  }
}

TEST(Distance, EqualsItsReferenceOnRandomPairs) {
  ForRandomPairs([](const std::string& left, const std::string& right, const char* description) {
    const std::size_t levenshtein = reference::Levenshtein(left, right);
    const std::size_t alignment = reference::OptimalStringAlignment(left, right);
    EXPECT_EQ(Levenshtein(left, right), levenshtein) << description << ": " << left << "|" << right;
    EXPECT_EQ(OptimalStringAlignment(left, right), alignment)
        << description << ": " << left << "|" << right;
    EXPECT_EQ(WithinOneEdit(left, right), alignment <= 1)
        << description << ": " << left << "|" << right;
    EXPECT_EQ(WithinDistance(left, right, 2), alignment <= 2)
        << description << ": " << left << "|" << right;
    const CachedPattern pattern(left);
    EXPECT_EQ(pattern.Levenshtein(right), levenshtein) << description;
    EXPECT_EQ(pattern.OptimalStringAlignment(right), alignment) << description;
  });
}

TEST(Distance, IsSymmetric) {
  ForRandomPairs([](const std::string& left, const std::string& right, const char* description) {
    EXPECT_EQ(Levenshtein(left, right), Levenshtein(right, left)) << description;
    EXPECT_EQ(OptimalStringAlignment(left, right), OptimalStringAlignment(right, left))
        << description;
    EXPECT_EQ(WithinOneEdit(left, right), WithinOneEdit(right, left)) << description;
  });
}

TEST(Distance, AtTheWordBoundaryTakesTheSameValueOnBothSides) {
  for (const std::size_t length : {63U, 64U, 65U, 128U}) {
    const std::string left(length, 'A');
    std::string right = left;
    right[length / 2] = 'B';
    EXPECT_EQ(Levenshtein(left, right), 1U) << length;
    EXPECT_EQ(OptimalStringAlignment(left, right + "C"), 2U) << length;
    EXPECT_EQ(CachedPattern(left).Levenshtein(right), 1U) << length;
  }
}

TEST(WithinOneEdit, ComparesAnyBytes) {
  EXPECT_TRUE(WithinOneEdit("0612345678", "0612345687"));
  EXPECT_FALSE(WithinOneEdit("a@x", "A@y"));
  EXPECT_TRUE(WithinOneEdit("1810363220456", "1810363220466"));
  EXPECT_FALSE(WithinOneEdit("1810363220456", "1810363220565"));
}

// Values of Winkler's tables as reprinted in "Overview of Record Linkage and Current Research
// Directions" (Winkler 2006, table 6), three decimals.
struct SimilarityCase {
  const char* left;
  const char* right;
  double jaro;
  double jaro_winkler;
};
const SimilarityCase kSimilarities[] = {
    {"MARTHA", "MARHTA", 0.944, 0.961},        {"DWAYNE", "DUANE", 0.822, 0.840},
    {"DIXON", "DICKSONX", 0.767, 0.813},       {"SHACKLEFORD", "SHACKELFORD", 0.970, 0.982},
    {"DUNNINGHAM", "CUNNIGHAM", 0.896, 0.896}, {"JONES", "JOHNSON", 0.790, 0.832},
    {"ABROMS", "ABRAMS", 0.889, 0.922},        {"JERALDINE", "GERALDINE", 0.926, 0.926},
};

TEST(JaroWinkler, OfPublishedExamples) {
  for (const SimilarityCase& c : kSimilarities) {
    EXPECT_NEAR(Jaro(c.left, c.right), c.jaro, 0.0006) << c.left;
    EXPECT_NEAR(JaroWinkler(c.left, c.right), c.jaro_winkler, 0.0006) << c.left;
  }
}

TEST(JaroWinkler, EqualsItsReferenceOnRandomPairs) {
  ForRandomPairs([](const std::string& left, const std::string& right, const char* description) {
    EXPECT_DOUBLE_EQ(Jaro(left, right), reference::Jaro(left, right))
        << description << ": " << left << "|" << right;
    EXPECT_DOUBLE_EQ(JaroWinkler(left, right), reference::JaroWinkler(left, right))
        << description << ": " << left << "|" << right;
  });
}

TEST(JaroWinkler, IsSymmetricInRangeAndOneExactlyOnEqual) {
  ForRandomPairs([](const std::string& left, const std::string& right, const char* description) {
    const double similarity = JaroWinkler(left, right);
    EXPECT_EQ(similarity, JaroWinkler(right, left)) << description << ": " << left << "|" << right;
    EXPECT_GE(similarity, 0) << description;
    EXPECT_LE(similarity, 1) << description;
    EXPECT_EQ(similarity == 1, left == right) << description << ": " << left << "|" << right;
    EXPECT_EQ(JaroWinklerAtLeast(left, right, 0.9), similarity >= 0.9) << description;
  });
}

}  // namespace
}  // namespace vigie::matching
