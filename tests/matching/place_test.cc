#include "matching/place.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace vigie::matching {
namespace {

struct PlaceCase {
  std::string_view code, name;
  PlaceKind kind;
  std::string_view current_code, department;
};

TEST(FindPlace, KnowsCommunesFormerCommunesAndCountries) {
  const PlaceCase cases[] = {
      {"01001", "L'Abergement-Clémenciat", PlaceKind::kCommune, "01001", "01"},  // first row
      {"63220", "Mazoires", PlaceKind::kCommune, "63220", "63"},
      {"88154", "Domrémy-la-Pucelle", PlaceKind::kCommune, "88154", "88"},
      {"2B020", "Aregno", PlaceKind::kCommune, "2B020", "2B"},
      {"20020", "Aregno", PlaceKind::kFormerCommune, "2B020", "20"},
      {"75110", "Paris 10e Arrondissement", PlaceKind::kCommune, "75110", "75"},
      {"75056", "Paris", PlaceKind::kCommune, "75056", "75"},
      {"97105", "Basse-Terre", PlaceKind::kCommune, "97105", "971"},
      {"98818", "Nouméa", PlaceKind::kCommune, "98818", "988"},
      // Associated communes: their names are kept.
      {"01120", "Cordieux", PlaceKind::kFormerCommune, "01262", "01"},
      {"02285", "Escaufourt", PlaceKind::kFormerCommune, "59545", "02"},
      {"99100", "France", PlaceKind::kCountry, "99100", "99"},
      {"99352", "Algérie", PlaceKind::kCountry, "99352", "99"},
      {"99350", "Maroc", PlaceKind::kCountry, "99350", "99"},
      {"99351", "Tunisie", PlaceKind::kCountry, "99351", "99"},
      {"99109", "Allemagne", PlaceKind::kCountry, "99109", "99"},
      {"99141", "Allemagne de l'Est", PlaceKind::kCountry, "99109", "99"},
      {"99699", "Antarctique", PlaceKind::kCountry, "99699", "99"},  // last row
  };
  for (const PlaceCase& c : cases) {
    EXPECT_EQ(DepartmentOf(c.code), c.department);
    const std::optional<Place> place = FindPlace(c.code);
    ASSERT_TRUE(place.has_value()) << c.code;
    EXPECT_EQ(place->code, c.code);
    EXPECT_EQ(place->name, c.name) << c.code;
    EXPECT_EQ(place->kind, c.kind) << c.code;
    EXPECT_EQ(place->current_code, c.current_code) << c.code;
  }
}

TEST(FindPlace, DoesNotInventPlaces) {
  for (const std::string_view code : {"", "99999", "00000", "99998", "63999", "2C001", "2a004",
                                      "AAAAA", "6322", "632200", "63 20", "20A04"}) {
    EXPECT_EQ(FindPlace(code), std::nullopt) << code;
  }
}

TEST(PlaceCodeShape, AllowsTheLettersOfCorsicaOnly) {
  for (const std::string_view code : {"63220", "2A004", "2B033", "99100", "99999", "00000"}) {
    EXPECT_TRUE(IsPlaceCodeShape(code)) << code;
  }
  for (const std::string_view code :
       {"", "6322", "632200", "2C004", "1A004", "A2004", "2AB04", "2a004", "6322O"}) {
    EXPECT_FALSE(IsPlaceCodeShape(code)) << code;
  }
}

TEST(ForeignPlace, IsAnyCountryButFranceKnownOrNot) {
  EXPECT_TRUE(IsForeignPlace("99352"));
  EXPECT_TRUE(IsForeignPlace("99998"));  // not in the table
  EXPECT_FALSE(IsForeignPlace("99100"));
  EXPECT_FALSE(IsForeignPlace("63220"));
  EXPECT_FALSE(IsForeignPlace("99999"));
  EXPECT_FALSE(IsForeignPlace("99ABC"));
  EXPECT_FALSE(IsForeignPlace(""));
}

TEST(CanonicalPlaceCode, MakesACommuneAgreeAcrossItsMerger) {
  EXPECT_EQ(CanonicalPlaceCode("01120"), CanonicalPlaceCode("01262"));
  EXPECT_EQ(CanonicalPlaceCode("01126"), "01033");  // merged into Valserhône
  EXPECT_EQ(CanonicalPlaceCode("39012"), "25527");  // into another department
  EXPECT_EQ(CanonicalPlaceCode("99244"), "99243");
  EXPECT_EQ(CanonicalPlaceCode("63220"), "63220");
  EXPECT_EQ(CanonicalPlaceCode("63999"), "63999");  // unknown to the table: itself
  EXPECT_EQ(CanonicalPlaceCode("rubbish"), "rubbish");
  EXPECT_EQ(CanonicalPlaceCode(""), "");
}

TEST(CanonicalPlaceCode, IsItsOwnCanonicalCode) {
  int found = 0;
  for (int number = 0; number < 100000; ++number) {
    std::string code = std::to_string(100000 + number).substr(1);
    for (const char letter : {'\0', 'A', 'B'}) {
      if (letter != '\0' && code[0] != '2') continue;
      if (letter != '\0') code[1] = letter;
      const std::optional<Place> place = FindPlace(code);
      if (!place) continue;
      if (letter == '\0' || number < 21000) ++found;
      EXPECT_EQ(place->code, code);
      EXPECT_FALSE(place->name.empty()) << code;
      const std::optional<Place> current = FindPlace(place->current_code);
      ASSERT_TRUE(current.has_value()) << code;
      EXPECT_NE(current->kind, PlaceKind::kFormerCommune) << code;
      EXPECT_EQ(current->current_code, current->code) << code;
    }
  }
  EXPECT_EQ(found, 39509);  // every row is found by the search
}

TEST(Traps, Trap01CorsicanPlacesOfBeforeAndAfter1976Agree) {
  EXPECT_EQ(CanonicalPlaceCode("20020"), CanonicalPlaceCode("2B020"));
  EXPECT_EQ(CanonicalPlaceCode("20004"), "2A004");
}

TEST(Traps, Trap09TheUnknownPlaceIsMissing) {
  EXPECT_TRUE(IsUnknownPlace("99999"));
  EXPECT_TRUE(IsUnknownPlace(""));
  EXPECT_FALSE(IsUnknownPlace("99100"));
  EXPECT_EQ(CanonicalPlaceCode("99999"), "");
  EXPECT_EQ(DepartmentOf("99999"), "");
}

}  // namespace
}  // namespace vigie::matching
