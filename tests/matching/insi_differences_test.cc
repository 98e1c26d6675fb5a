// Trait by trait: what is equal, what is tolerated and why, what is different and how. Each row is
// one trait changed in two otherwise equal people.
#include "matching/insi_differences.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/people.h"

namespace vigie::matching {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using A = TraitAgreement;

Traits Pierre() {
  Traits traits;
  traits.birth_family_name = "D'ARTAGNAN DE L'HERAULT";
  traits.first_birth_given_name = "PIERRE-ALAIN";
  traits.birth_given_names = "PIERRE-ALAIN MURIEL FLORIANT";
  traits.sex = Sex::kMale;
  traits.birth_date = {2001, 6, 17};
  traits.birth_place_code = "63220";
  return traits;
}

TraitDifference Of(const std::vector<TraitDifference>& all, const std::string& trait) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const TraitDifference& one) { return one.trait == trait; });
  EXPECT_NE(found, all.end()) << trait;
  return found == all.end() ? TraitDifference{} : *found;
}

struct NameCase {
  std::string description, ours, theirs;
  A agreement;
  std::vector<std::string> reasons;
};

TEST(InsiDifferences, OfTheFamilyName) {
  const std::vector<NameCase> cases = {
      {"same", "ADRUN", "ADRUN", A::kEqual, {}},
      {"lower case", "Adrun", "ADRUN", A::kTolerated, {"case"}},
      {"accent", "LEFÈVRE", "LEFEVRE", A::kTolerated, {"accent"}},
      {"accent and case", "Lefèvre", "LEFEVRE", A::kTolerated, {"accent"}},
      {"ligature", "CŒUR", "COEUR", A::kTolerated, {"ligature"}},
      {"hyphen", "DUPONT-MARTIN", "DUPONT MARTIN", A::kTolerated, {"hyphen"}},
      {"hyphen against nothing", "DUPONT-MARTIN", "DUPONTMARTIN", A::kTolerated, {"hyphen"}},
      {"apostrophe", "D ARTAGNAN", "D'ARTAGNAN", A::kTolerated, {"apostrophe"}},
      {"typographic apostrophe", "D’ARTAGNAN", "D'ARTAGNAN", A::kTolerated, {"apostrophe"}},
      {"space", "DE LA TOUR", "DELATOUR", A::kTolerated, {"spacing"}},
      {"two spaces", "LE  GOFF", "LE GOFF", A::kTolerated, {"spacing"}},
      {"abbreviation", "ST MARTIN", "SAINT MARTIN", A::kTolerated, {"abbreviation"}},
      {"one letter", "MARTIN", "MARTAN", A::kDifferent, {"typing_error"}},
      {"two letters swapped", "MARTIN", "MATRIN", A::kDifferent, {"typing_error"}},
      {"HERMAN and HERMANN of the fixtures", "HERMAN", "HERMANN", A::kDifferent, {"typing_error"}},
      {"another name", "MARTIN", "KOWALSKI", A::kDifferent, {"other_name"}},
      {"missing here", "", "MARTIN", A::kNotCompared, {"missing_here"}},
      {"not returned", "MARTIN", "", A::kNotCompared, {"not_returned"}},
  };
  for (const NameCase& c : cases) {
    Traits ours = Pierre();
    Traits insi = Pierre();
    ours.birth_family_name = c.ours;
    insi.birth_family_name = c.theirs;
    const TraitDifference got = Of(CompareWithInsi(ours, insi), "birth_family_name");
    EXPECT_EQ(got.agreement, c.agreement) << c.description;
    EXPECT_EQ(got.reasons, c.reasons) << c.description;
    EXPECT_EQ(got.ours, c.ours) << c.description;
    EXPECT_EQ(got.theirs, c.theirs) << c.description;
  }
}

TEST(InsiDifferences, OfAUsedNameAndOfExchangedNames) {
  Traits ours = Pierre();
  ours.birth_family_name = "DURAND";
  ours.used_family_name = "Martin";
  Traits insi = Pierre();
  insi.birth_family_name = "MARTIN";
  EXPECT_THAT(Of(CompareWithInsi(ours, insi), "birth_family_name").reasons,
              ElementsAre("used_name"));
  ours = insi = Pierre();
  ours.birth_family_name = "HUGO";
  ours.first_birth_given_name = ours.birth_given_names = "VICTOR";
  insi.birth_family_name = "VICTOR";
  insi.first_birth_given_name.clear();
  insi.birth_given_names = "HUGO";
  const auto all = CompareWithInsi(ours, insi);
  for (const char* trait : {"birth_family_name", "first_birth_given_name", "birth_given_names"}) {
    EXPECT_THAT(Of(all, trait).reasons, ElementsAre("names_exchanged")) << trait;
  }
}

// INSi returns the list; the first given name must be its beginning, hyphen and apostrophe being
// spaces (EXI ID 10). The accepted and refused spellings are the published ones.
TEST(InsiDifferences, OfTheFirstGivenNameAgainstTheList) {
  const std::string list = "JEAN CHRISTOPHE PIERRE";
  const std::vector<NameCase> cases = {
      {"first", "JEAN", list, A::kTolerated, {"first_given_name_from_list"}},
      {"two",
       "JEAN CHRISTOPHE",
       list,
       A::kTolerated,
       {"compound_given_name", "first_given_name_from_list"}},
      {"hyphen",
       "JEAN-CHRISTOPHE",
       list,
       A::kTolerated,
       {"compound_given_name", "first_given_name_from_list"}},
      {"all by hyphens",
       "JEAN-CHRISTOPHE-PIERRE",
       list,
       A::kTolerated,
       {"compound_given_name", "first_given_name_from_list"}},
      {"second", "CHRISTOPHE", list, A::kDifferent, {"other_order"}},
      {"third", "PIERRE", list, A::kDifferent, {"other_order"}},
      {"typing error", "JEAM", list, A::kDifferent, {"typing_error"}},
      {"another", "HUGO", list, A::kDifferent, {"other_name"}},
      {"missing here", "", list, A::kNotCompared, {"missing_here"}},
      {"no list", "JEAN", "", A::kNotCompared, {"not_returned"}},
  };
  for (const NameCase& c : cases) {
    Traits ours = Pierre();
    Traits insi = Pierre();
    ours.first_birth_given_name = c.ours;
    insi.first_birth_given_name.clear();
    insi.birth_given_names = c.theirs;
    const TraitDifference got = Of(CompareWithInsi(ours, insi), "first_birth_given_name");
    EXPECT_EQ(got.agreement, c.agreement) << c.description;
    EXPECT_EQ(got.reasons, c.reasons) << c.description;
  }
}

TEST(InsiDifferences, OfTheListOfGivenNames) {
  const std::vector<NameCase> cases = {
      {"same", "ZOE ANNE", "ZOE ANNE", A::kEqual, {}},
      {"commas", "ZOE, ANNE", "ZOE ANNE", A::kTolerated, {"spacing"}},
      {"hyphen", "PIERRE ALAIN", "PIERRE-ALAIN", A::kTolerated, {"hyphen"}},
      {"accent", "ZOÉ ANNE", "ZOE ANNE", A::kTolerated, {"accent"}},
      {"shorter", "OLA", "OLA CATARINA", A::kTolerated, {"list_shorter"}},
      {"longer", "PIERRE-ALAIN MURIEL", "PIERRE-ALAIN", A::kTolerated, {"list_longer"}},
      {"order", "CATARINA OLA", "OLA CATARINA", A::kDifferent, {"other_order"}},
      {"a later one alone", "CATARINA", "OLA CATARINA", A::kDifferent, {"other_order"}},
      {"typing error", "ZOI ANNE", "ZOE ANNE", A::kDifferent, {"typing_error"}},
      {"another", "HUGO", "ZOE ANNE", A::kDifferent, {"other_name"}},
      {"missing here", "", "ZOE", A::kNotCompared, {"missing_here"}},
      {"not returned", "ZOE", "", A::kNotCompared, {"not_returned"}},
  };
  for (const NameCase& c : cases) {
    Traits ours = Pierre();
    Traits insi = Pierre();
    ours.birth_given_names = c.ours;
    insi.birth_given_names = c.theirs;
    const TraitDifference got = Of(CompareWithInsi(ours, insi), "birth_given_names");
    EXPECT_EQ(got.agreement, c.agreement) << c.description;
    EXPECT_EQ(got.reasons, c.reasons) << c.description;
  }
}

TEST(InsiDifferences, OfTheBirthDate) {
  const struct {
    std::string description;
    Date ours, theirs;
    A agreement;
    std::vector<std::string> reasons;
  } cases[] = {
      {"same", {1975, 12, 31}, {1975, 12, 31}, A::kEqual, {}},
      {"day unknown here", {1975, 5, 0}, {1975, 5, 17}, A::kTolerated, {"partial_date"}},
      {"year alone here", {1975, 0, 0}, {1975, 12, 31}, A::kTolerated, {"partial_date"}},
      {"partial of another year", {1975, 0, 0}, {1976, 1, 1}, A::kDifferent, {"other_date"}},
      {"swapped", {1975, 5, 6}, {1975, 6, 5}, A::kDifferent, {"day_month_swapped"}},
      {"default here", {1975, 12, 31}, {1975, 5, 17}, A::kDifferent, {"default_date"}},
      {"day", {1975, 5, 16}, {1975, 5, 17}, A::kDifferent, {"one_part_differs"}},
      {"year", {1974, 5, 17}, {1975, 5, 17}, A::kDifferent, {"one_part_differs"}},
      {"another", {1974, 5, 16}, {1975, 5, 17}, A::kDifferent, {"other_date"}},
      {"missing here", {}, {1975, 5, 17}, A::kNotCompared, {"missing_here"}},
      {"not returned", {1975, 5, 17}, {}, A::kNotCompared, {"not_returned"}},
  };
  for (const auto& c : cases) {
    Traits ours = Pierre();
    Traits insi = Pierre();
    ours.birth_date = c.ours;
    insi.birth_date = c.theirs;
    const TraitDifference got = Of(CompareWithInsi(ours, insi), "birth_date");
    EXPECT_EQ(got.agreement, c.agreement) << c.description;
    EXPECT_EQ(got.reasons, c.reasons) << c.description;
  }
}

TEST(InsiDifferences, OfSexAndBirthPlace) {
  Traits ours = Pierre();
  Traits insi = Pierre();
  ours.sex = Sex::kIndeterminate;
  EXPECT_THAT(Of(CompareWithInsi(ours, insi), "sex").reasons, ElementsAre("sex_indeterminate"));
  ours.sex = Sex::kFemale;
  EXPECT_THAT(Of(CompareWithInsi(ours, insi), "sex").reasons, ElementsAre("other_sex"));
  ours.sex = Sex::kUnknown;
  EXPECT_EQ(Of(CompareWithInsi(ours, insi), "sex").agreement, A::kNotCompared);

  const struct {
    std::string ours, theirs;
    A agreement;
    std::string reason;
  } places[] = {
      {"99999", "63220", A::kNotCompared, "missing_here"},
      {"", "63220", A::kNotCompared, "missing_here"},
      {"63220", "99999", A::kNotCompared, "not_returned"},
      {"63113", "63220", A::kDifferent, "other_commune"},
      {"2A020", "2B020", A::kDifferent, "other_place"},
      {"75112", "63220", A::kDifferent, "other_place"},
  };
  for (const auto& c : places) {
    ours.birth_place_code = c.ours;
    insi.birth_place_code = c.theirs;
    const TraitDifference got = Of(CompareWithInsi(ours, insi), "birth_place_code");
    EXPECT_EQ(got.agreement, c.agreement) << c.ours << " " << c.theirs;
    EXPECT_THAT(got.reasons, ElementsAre(c.reason)) << c.ours << " " << c.theirs;
  }
}

TEST(InsiDifferences, SpeakBothLanguagesAndNeverQuoteATrait) {
  const auto same = CompareWithInsi(Pierre(), Pierre());
  ASSERT_EQ(same.size(), 6U);
  EXPECT_EQ(same[0].sentence.french, "Nom de naissance : identique");
  Traits ours = Pierre();
  ours.birth_given_names = "Pierre Alain";
  const auto differences = CompareWithInsi(ours, Pierre());
  EXPECT_EQ(differences[2].sentence.french,
            "Prénoms : écart toléré (notre liste de prénoms est plus courte)");
  EXPECT_EQ(differences[2].sentence.english,
            "Given names: tolerated difference (our list of given names is shorter)");
  for (const TraitDifference& one : differences) {
    EXPECT_EQ(one.sentence.french.find("PIERRE"), std::string::npos);
    EXPECT_EQ(one.sentence.english.find("2001"), std::string::npos);
  }
}

// What is true of any two people: six traits, a reason unless equal, equal exactly when the values
// are, a reason that is listed, and nobody differs from himself.
TEST(InsiDifferences, KeepTheirPromisesForGeneratedPeople) {
  const auto listed = InsiDifferenceReasons();
  const std::set<std::string> known(listed.begin(), listed.end());
  EXPECT_EQ(known.size(), listed.size());
  std::set<std::string> met;
  test::People people(77);
  int incoherent = 0;
  for (int i = 0; i < 20000; ++i) {
    const Traits insi = people.Person();
    const Traits ours = people.Chance(5) ? people.Person() : people.RegisteredAgain(insi);
    const auto all = CompareWithInsi(ours, insi);
    ASSERT_EQ(all.size(), 6U);
    for (const TraitDifference& one : all) {
      EXPECT_EQ(one.agreement == A::kEqual, one.reasons.empty()) << one.trait;
      EXPECT_TRUE(one.agreement != A::kEqual || one.ours == one.theirs) << one.trait;
      for (const std::string& reason : one.reasons) {
        EXPECT_EQ(known.count(reason), 1U) << reason;
        met.insert(reason);
      }
    }
    incoherent += IsCoherent(all) ? 0 : 1;
    EXPECT_TRUE(IsCoherent(CompareWithInsi(ours, ours)));
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(incoherent, 5000);
  EXPECT_LT(incoherent, 19000);
  EXPECT_GE(met.size(), 10U);
}

}  // namespace
}  // namespace vigie::matching
