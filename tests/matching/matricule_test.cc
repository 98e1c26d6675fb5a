#include "matching/matricule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

#include "tests/reference/slow_matricule.h"

namespace vigie::matching {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The identities published for the test bench of INSi.
struct PublishedIdentity {
  std::string_view matricule;
  int key;
  Sex sex;
  Date birth_date;
  std::string_view place;
  std::string_view description;
};

constexpr PublishedIdentity kPublished[] = {
    {"2751263220749", 74, Sex::kFemale, {1975, 12, 31}, "63220", "ADRUN"},
    {"297022A020778", 78, Sex::kFemale, {1997, 2, 26}, "2A020", "ADRTROIS Dominique, 2A"},
    {"160012B020777", 13, Sex::kMale, {1960, 1, 1}, "2B020", "ADRTROIS Toussaint, 2B"},
    {"1010663220754", 60, Sex::kMale, {2001, 6, 17}, "63220", "D'ARTAGNAN DE L'HERAULT"},
    {"1090763220834", 89, Sex::kMale, {2009, 7, 14}, "63220", "ECETINSI"},
    {"2360663220836", 56, Sex::kFemale, {1936, 6, 21}, "63220", "TCHITCHI"},
    {"180032B020401", 23, Sex::kMale, {1980, 3, 2}, "2B020", "CORSE"},
    {"1100863220830", 60, Sex::kMale, {2010, 8, 7}, "63220", "NESSI"},
};
// Matricules that the same persons had before.
constexpr PublishedIdentity kPublishedHistory[] = {
    {"2090763220834", 39, Sex::kMale, {2009, 7, 14}, "63220", "ECETINSI, sex corrected"},
    {"2090663220123", 55, Sex::kMale, {2009, 7, 14}, "63220", "ECETINSI, sex and month"},
};

std::string WithKey(std::string_view body, int key) {
  return std::string(body) + (key < 10 ? "0" : "") + std::to_string(key);
}

Traits TraitsOf(const PublishedIdentity& person) {
  Traits traits;
  traits.sex = person.sex;
  traits.birth_date = person.birth_date;
  traits.birth_place_code = person.place;
  return traits;
}

TEST(MatriculeKey, IsThatOfEveryPublishedIdentity) {
  for (const auto* list : {&kPublished[0], &kPublishedHistory[0]}) {
    const std::size_t count = list == &kPublished[0] ? 8 : 2;
    for (std::size_t i = 0; i < count; ++i) {
      const PublishedIdentity& person = list[i];
      EXPECT_EQ(MatriculeKey(person.matricule), person.key) << person.description;
      const Matricule parsed = ParseMatricule(WithKey(person.matricule, person.key));
      EXPECT_TRUE(parsed.ok()) << person.description;
      EXPECT_EQ(parsed.body, person.matricule) << person.description;
      EXPECT_EQ(parsed.kind, MatriculeKind::kNir) << person.description;
    }
  }
}

TEST(MatriculeKey, RefusesBodiesThatAreNone) {
  for (const std::string_view body :
       {"", "275126322074", "27512632207490", "27512632207A9", "2751A63220749", "297022C020778",
        "297012A0207 8", "297021A020778", "29702A2020778", "297022a020778"}) {
    EXPECT_EQ(MatriculeKey(body), std::nullopt) << body;
  }
}

// 2A as 19 and 2B as 18, or letters as 0 less one or two millions: two ways of saying one number.
TEST(MatriculeKey, EqualsItsSlowTwin) {
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    std::string body;
    for (int digit = 0; digit < 13; ++digit) body += static_cast<char>('0' + random() % 10);
    if (i % 2 == 0) {
      body[5] = '2';
      body[6] = i % 4 == 0 ? 'A' : 'B';
    }
    const auto key = MatriculeKey(body);
    ASSERT_TRUE(key.has_value()) << body;
    EXPECT_EQ(*key, reference::SlowMatriculeKey(body)) << body;
    EXPECT_TRUE(*key >= 1 && *key <= 97) << body;
  }
}

TEST(MatriculeKey, FindsEverySingleWrongDigit) {
  const std::string good = WithKey(kPublished[0].matricule, kPublished[0].key);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      std::string changed = good;
      changed[at] = digit;
      EXPECT_EQ(ParseMatricule(changed).ok(), changed == good) << changed;
    }
  }
}

TEST(ParseMatricule, DropsSpacesAndRaisesTheLetterOfCorsica) {
  const Matricule parsed = ParseMatricule(" 2 97 02 2a 020 778 78 ");
  EXPECT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.body, "297022A020778");
  EXPECT_EQ(parsed.key, "78");
}

TEST(ParseMatricule, TellsWhyItRefuses) {
  struct Case {
    std::string_view text;
    MatriculeProblem problem;
  };
  const Case cases[] = {
      {"", MatriculeProblem::kLength},
      {"2751263220749", MatriculeProblem::kLength},
      {"2751263220749740", MatriculeProblem::kLength},
      {"2751263220749-74", MatriculeProblem::kLength},
      {"27512632207497X", MatriculeProblem::kCharacter},
      {"2751A6322074974", MatriculeProblem::kCharacter},
      {"297022C02077878", MatriculeProblem::kCharacter},
      {"297023A02077878", MatriculeProblem::kCharacter},
      {"A97022A02077878", MatriculeProblem::kCharacter},
      {"297022A0207787A", MatriculeProblem::kCharacter},
      {"575126322074974", MatriculeProblem::kFirstDigit},
      {"075126322074974", MatriculeProblem::kFirstDigit},
      {"275126322074975", MatriculeProblem::kKey},
      {"275126322074900", MatriculeProblem::kKey},
      {"297022B02077878", MatriculeProblem::kKey},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(ParseMatricule(c.text).problem, c.problem) << c.text;
    EXPECT_FALSE(ParseMatricule(c.text).ok()) << c.text;
  }
  EXPECT_EQ(ParseMatricule(std::string(100000, '1')).problem, MatriculeProblem::kLength);
}

TEST(ParseMatricule, KnowsTheKindByTheFirstDigit) {
  for (const auto& [digit, kind] :
       {std::pair{'1', MatriculeKind::kNir}, std::pair{'2', MatriculeKind::kNir},
        std::pair{'3', MatriculeKind::kNia}, std::pair{'4', MatriculeKind::kNia},
        std::pair{'7', MatriculeKind::kTemporary}, std::pair{'8', MatriculeKind::kTemporary}}) {
    std::string body = "1751263220749";
    body[0] = digit;
    const Matricule parsed = ParseMatricule(WithKey(body, MatriculeKey(body).value_or(0)));
    EXPECT_TRUE(parsed.ok()) << digit;
    EXPECT_EQ(parsed.kind, kind) << digit;
  }
}

TEST(Traps, Trap01CorsicanMatriculesAreMatricules) {
  EXPECT_TRUE(ParseMatricule("297022A02077878").ok());
  EXPECT_TRUE(ParseMatricule("160012B02077713").ok());
  EXPECT_TRUE(ParseMatricule("180032b02040123").ok());
}

TEST(Traps, Trap07MatriculesOfTheHistoryAreAsGoodAsTheActiveOne) {
  for (const PublishedIdentity& person : kPublishedHistory) {
    const Matricule parsed = ParseMatricule(WithKey(person.matricule, person.key));
    EXPECT_TRUE(parsed.ok()) << person.description;
    EXPECT_NE(parsed.body, kPublished[4].matricule);  // another number of the same person
  }
}

TEST(Traps, Trap08SexDigitAgainstSexIsASignalAndNoError) {
  const PublishedIdentity& person = kPublishedHistory[0];
  EXPECT_TRUE(ParseMatricule(WithKey(person.matricule, person.key)).ok());
  EXPECT_THAT(MatriculeSignals(person.matricule, TraitsOf(person)), ElementsAre("sex"));
}

TEST(Traps, Trap11WronglyPublishedKeysAreRefused) {
  struct Case {
    std::string_view body;
    int published, computed;
  };
  for (const Case& c : {Case{"1810363220456", 60, 76}, Case{"2810363220456", 10, 26}}) {
    EXPECT_EQ(ParseMatricule(WithKey(c.body, c.published)).problem, MatriculeProblem::kKey);
    EXPECT_EQ(MatriculeKey(c.body), c.computed);
    EXPECT_TRUE(ParseMatricule(WithKey(c.body, c.computed)).ok());
  }
}

TEST(Oid, HasItsKind) {
  EXPECT_EQ(KindOfOid("1.2.250.1.213.1.4.8"), OidKind::kNir);
  EXPECT_EQ(KindOfOid("1.2.250.1.213.1.4.9"), OidKind::kNia);
  EXPECT_EQ(KindOfOid("1.2.250.1.213.1.4.10"), OidKind::kTest);
  EXPECT_EQ(KindOfOid("1.2.250.1.213.1.4.11"), OidKind::kDemonstration);
  EXPECT_EQ(KindOfOid("1.2.250.1.213.1.4.2"), OidKind::kObsoleteComputed);
  EXPECT_EQ(KindOfOid("1.2.250.1.176.1.2"), OidKind::kUnknown);
  EXPECT_EQ(KindOfOid(""), OidKind::kUnknown);
  EXPECT_TRUE(IsProductionOid("1.2.250.1.213.1.4.8"));
  EXPECT_TRUE(IsProductionOid("1.2.250.1.213.1.4.9"));
  EXPECT_FALSE(IsProductionOid("1.2.250.1.213.1.4.10"));
  EXPECT_FALSE(IsProductionOid("1.2.250.1.213.1.4.11"));
  EXPECT_FALSE(IsProductionOid(""));
}

TEST(MatriculeSignals, AreNoneForThePublishedIdentities) {
  for (const PublishedIdentity& person : kPublished) {
    EXPECT_THAT(MatriculeSignals(person.matricule, TraitsOf(person)), IsEmpty())
        << person.description;
  }
}

TEST(MatriculeSignals, NameEachPartThatTellsAnotherStory) {
  Traits traits = TraitsOf(kPublished[0]);
  traits.sex = Sex::kMale;
  traits.birth_date = {1976, 11, 31};
  traits.birth_place_code = "63113";
  EXPECT_THAT(MatriculeSignals(kPublished[0].matricule, traits),
              ElementsAre("sex", "birth_year", "birth_month", "birth_place"));
  traits.birth_place_code = "99352";
  EXPECT_THAT(MatriculeSignals(kPublished[0].matricule, traits),
              ElementsAre("sex", "birth_year", "birth_month", "birth_place"));
}

TEST(MatriculeSignals, SayNothingOfWhatIsMissingOrUnknown) {
  const std::string_view body = kPublished[0].matricule;
  EXPECT_THAT(MatriculeSignals(body, Traits{}), IsEmpty());
  Traits traits;
  traits.sex = Sex::kIndeterminate;
  traits.birth_date = {1975, 0, 0};
  traits.birth_place_code = "99999";
  EXPECT_THAT(MatriculeSignals(body, traits), IsEmpty());
  traits.birth_date = {1975, 6, 1};
  for (const std::string_view unknown_month :
       {"2752063220749", "2753063220749", "2754263220749", "2755063220749", "2759963220749"}) {
    EXPECT_THAT(MatriculeSignals(unknown_month, traits), IsEmpty()) << unknown_month;
  }
  EXPECT_THAT(MatriculeSignals("7990163220749", TraitsOf(kPublished[0])), IsEmpty()) << "temporary";
  EXPECT_THAT(MatriculeSignals("rubbish", TraitsOf(kPublished[0])), IsEmpty());
}

TEST(MatriculeSignals, KnowThatPlacesChangedTheirCodes) {
  struct Case {
    std::string_view body, place;
    bool signal;
    std::string_view description;
  };
  const Case cases[] = {
      {"1600120020777", "2B020", false, "department 20 before 1976"},
      {"160012B020777", "20020", false, "and the other way round"},
      {"1600120020777", "2B033", true, "another commune of Corsica"},
      {"1600101120777", "01262", false, "a commune that merged"},
      {"1600191352777", "99352", false, "Algeria when it had departments"},
      {"1600163220777", "99352", true, "a French commune and a foreign country"},
      {"1600199352777", "99350", true, "two countries"},
      {"160012A004777", "2B004", true, "the two departments of Corsica"},
      {"1600178001777", "91001", false, "Seine-et-Oise, Essonne since 1968"},
      {"1600163220777", "99100", false, "France, the commune not known"},
      {"1600199352777", "99100", true, "Algeria and France"},
      {"1600199999777", "63220", false, "unknown in the matricule"},
      {"1600163220777", "6322", false, "a code that cannot be read"},
  };
  for (const Case& c : cases) {
    Traits traits;
    traits.birth_place_code = c.place;
    EXPECT_EQ(!MatriculeSignals(c.body, traits).empty(), c.signal) << c.description;
  }
}

// The first two are the legal entities of the public hospitals of Paris and of Lyon.
TEST(Finess, HasACheckDigit) {
  EXPECT_TRUE(IsFiness("750712184"));
  EXPECT_TRUE(IsFiness("690781810"));
  EXPECT_FALSE(IsFiness("750712148"));
  int valid = 0;
  for (char digit = '0'; digit <= '9'; ++digit) {
    valid += IsFiness(std::string("99999999") + digit) ? 1 : 0;
  }
  EXPECT_EQ(valid, 1);
  for (const std::string_view text :
       {"", "63078098", "6307809890", "63078098X", "2C0000006", "A20000006"}) {
    EXPECT_FALSE(IsFiness(text)) << text;
  }
}

TEST(Finess, OfCorsicaReadsTheLetterAsZero) {
  for (char digit = '0'; digit <= '9'; ++digit) {
    const std::string tail = std::string("000001") + digit;
    EXPECT_EQ(IsFiness("2A" + tail), IsFiness("20" + tail));
    EXPECT_EQ(IsFiness("2B" + tail), IsFiness("20" + tail));
  }
}

TEST(Finess, EqualsItsSlowTwin) {
  std::mt19937 random(11);
  for (int i = 0; i < 20000; ++i) {
    std::string text = std::to_string(100000000 + random() % 900000000);
    if (i % 10 == 0) text.replace(0, 2, i % 20 == 0 ? "2A" : "2B");
    EXPECT_EQ(IsFiness(text), reference::SlowIsFiness(text)) << text;
  }
}

}  // namespace
}  // namespace vigie::matching
