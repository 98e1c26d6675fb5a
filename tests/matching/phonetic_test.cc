#include "matching/phonetic.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/reference/compare_reference.h"

namespace vigie::matching {
namespace {

struct PairCase {
  const char* left;
  const char* right;
};
const PairCase kSameSound[] = {
    {"DUPONT", "DUPOND"},     {"LEFEVRE", "LEFEBVRE"},  {"PHILIPPE", "FILIP"},
    {"HENRI", "ANRI"},        {"GAUTIER", "GAUTHIER"},  {"HENRY", "HENRI"},
    {"LEROY", "LE ROI"},      {"MARECHAL", "MARESHAL"}, {"CHRISTINE", "KRISTINE"},
    {"ARNAUD", "ARNAULT"},    {"RENAUD", "REGNAULT"},   {"THIBAUT", "TIBEAU"},
    {"DESCHAMPS", "DESCHAM"}, {"SCHMITT", "CHMIT"},     {"QUENTIN", "KENTIN"},
    {"GEORGES", "JORJE"},     {"BERNARD", "BERNAR"},    {"MATHIEU", "MATIEUX"},
    {"WALTER", "VALTER"},     {"ZOE", "SOE"},           {"ROUSSEL", "ROUSEL"},
    {"NATHALIE", "NATALI"},   {"AGNES", "ANES"},        {"GUY", "GUI"},
    {"DUBOIS", "DUBOI"},      {"LAURENT", "LORAN"},     {"PERRIN", "PERRAIN"},
    {"MICHEL", "MICHELE"},    {"GUERIN", "GUERAIN"},    {"CAMILLE", "KAMIL"},
};
const PairCase kDifferentSound[] = {
    {"DUPONT", "DUPUIS"},  {"MARTIN", "MARTEL"}, {"LOUIS", "LUCAS"},
    {"BENOIT", "BENOITE"}, {"JEAN", "JEANNE"},   {"BERNARD", "GERARD"},
    {"CLAIRE", "CLARA"},   {"PAUL", "PAULA"},    {"SIMON", "SIMONE"},
};

TEST(PhoneticKey, IsOneForNamesThatSoundTheSame) {
  for (const PairCase& c : kSameSound) {
    EXPECT_EQ(PhoneticKey(c.left), PhoneticKey(c.right)) << c.left << " " << c.right;
  }
}

TEST(PhoneticKey, DiffersForNamesThatSoundDifferent) {
  for (const PairCase& c : kDifferentSound) {
    EXPECT_NE(PhoneticKey(c.left), PhoneticKey(c.right)) << c.left << " " << c.right;
  }
}

TEST(PhoneticKey, OfAFewNamesIsWhatTheHeaderSays) {
  EXPECT_EQ(PhoneticKey("DUPONT"), "DUP3");
  EXPECT_EQ(PhoneticKey("HENRI"), "2RI");
  EXPECT_EQ(PhoneticKey("CHRISTINE"), "KRISTIN");
  EXPECT_EQ(PhoneticKey("BEAUMARCHAIS"), "BOMARC");
  EXPECT_EQ(PhoneticKey(""), "");
  EXPECT_EQ(PhoneticKey("H"), "");
  EXPECT_EQ(PhoneticKey("T"), "T");
}

std::string RandomName(std::mt19937_64& random) {
  // Letters of the rules are picked often, so that contexts meet.
  static const std::string letters = "AEIOUAEIOUNMHSCTDPGLRXZBVQKWY FJ";
  std::string name(random() % 16, 'A');
  for (char& c : name) c = letters[random() % letters.size()];
  return name;
}

TEST(PhoneticKey, EqualsItsReferenceOnRandomNames) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 4000; ++i) {
    const std::string name = RandomName(random);
    ASSERT_EQ(PhoneticKey(name), reference::PhoneticKey(name)) << name;
  }
}

// Every word of three letters: each rule with each thing that may follow it.
TEST(PhoneticKey, EqualsItsReferenceOnAllWordsOfThreeLetters) {
  std::string word(3, 'A');
  for (word[0] = 'A'; word[0] <= 'Z'; ++word[0]) {
    for (word[1] = 'A'; word[1] <= 'Z'; ++word[1]) {
      for (word[2] = 'A'; word[2] <= 'Z'; ++word[2]) {
        ASSERT_EQ(PhoneticKey(word), reference::PhoneticKey(word)) << word;
      }
    }
  }
}

// Long names are worked on in another place than short ones, and with spaces in front their
// end is still in the key.
TEST(PhoneticKey, EqualsItsReferenceOnLongNames) {
  std::mt19937_64 random(9);
  for (int i = 0; i < 600; ++i) {
    std::string name = RandomName(random);
    while (name.size() < 40 + random() % 40) name += RandomName(random);
    ASSERT_EQ(PhoneticKey(name), reference::PhoneticKey(name)) << name;
    const std::string late = std::string(30 + random() % 30, ' ') + RandomName(random);
    ASSERT_EQ(PhoneticKey(late), reference::PhoneticKey(late)) << late;
  }
}

TEST(PhoneticNumber, IsTheKeyFiveBitsACode) {
  std::mt19937_64 random(10);
  const std::string codes = "ABCDEFGHIJKLMNOPQRSTUVWXYZ123";  // 1..29
  for (int i = 0; i < 20000; ++i) {
    const std::string name = RandomName(random);
    std::uint64_t number = 0;
    for (const char code : PhoneticKey(name)) number = number * 32 + codes.find(code) + 1;
    ASSERT_EQ(PhoneticNumber(name), number) << name;
  }
}

TEST(PhoneticKey, IsShortAndOfItsAlphabetAndIgnoresSpaces) {
  std::mt19937_64 random(8);
  for (int i = 0; i < 20000; ++i) {
    const std::string name = RandomName(random);
    const std::string key = PhoneticKey(name);
    EXPECT_LE(key.size(), kPhoneticCodesMax);
    EXPECT_EQ(key.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ123"), std::string::npos) << name;
    std::string closed;
    for (const char c : name) {
      if (c != ' ') closed += c;
    }
    ASSERT_EQ(key, PhoneticKey(closed)) << name;
    EXPECT_EQ(PhoneticNumber(name) == 0, key.empty()) << name;
  }
}

}  // namespace
}  // namespace vigie::matching
