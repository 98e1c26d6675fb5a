#include "matching/levels.h"

#include <gtest/gtest.h>

#include <functional>

namespace vigie::matching {
namespace {

Traits Base() {
  Traits traits;
  traits.birth_family_name = "DURANDEAU";
  traits.first_birth_given_name = "HENRI";
  traits.birth_given_names = "HENRI PAUL";
  traits.sex = Sex::kMale;
  traits.birth_date = {1971, 3, 12};
  traits.birth_place_code = "63220";
  traits.address_line = "12 rue des Lilas";
  traits.postal_code = "63000";
  traits.city = "Clermont-Ferrand";
  traits.phone = "0612345678";
  traits.email = "h.durandeau@exemple.fr";
  return traits;
}

using Change = std::function<void(Traits& left, Traits& right)>;

std::string LevelOf(ComparisonKind kind, const Change& change) {
  Traits left = Base();
  Traits right = Base();
  change(left, right);
  const Record l = MakeRecord(left, std::nullopt, {}, false);
  const Record r = MakeRecord(right, std::nullopt, {}, false);
  const PairLevels levels = CompareRecords(l, r);
  EXPECT_EQ(levels.level, CompareRecords(r, l).level) << "not symmetric";
  const std::uint8_t level = levels.of(kind);
  return level == kMissing ? "missing" : std::string(LevelNames(kind)[level]);
}

struct LevelCase {
  const char* description;
  Change change;
  const char* level;
};

void Check(ComparisonKind kind, const std::vector<LevelCase>& cases) {
  for (const LevelCase& c : cases) EXPECT_EQ(LevelOf(kind, c.change), c.level) << c.description;
}

TEST(FamilyName, HasALevelForEachWayOfAgreeing) {
  const auto families = [](std::string left, std::string right) {
    return [=](Traits& l, Traits& r) {
      l.birth_family_name = left;
      r.birth_family_name = right;
    };
  };
  const auto exchanged = [](std::string left_family, std::string left_given,
                            std::string right_family, std::string right_given) {
    return [=](Traits& l, Traits& r) {
      l.birth_family_name = left_family;
      r.birth_family_name = right_family;
      l.first_birth_given_name = r.first_birth_given_name = "";
      l.birth_given_names = left_given;
      r.birth_given_names = right_given;
    };
  };
  Check(ComparisonKind::kFamilyName,
        {
            {"equal", families("DURANDEAU", "Durandeau"), "exact"},
            {"particles joined or not", families("DE LA TOUR", "Delatour"), "exact"},
            {"missing", families("", "DURANDEAU"), "missing"},
            {"placeholder", families("INCONNU", "DURANDEAU"), "missing"},
            {"birth and used name",
             [](Traits& l, Traits& r) {
               l.used_family_name = "MARTIN";
               r.birth_family_name = "MARTIN";
             },
             "birth_or_used"},
            {"both used",
             [](Traits& l, Traits& r) {
               l.used_family_name = r.used_family_name = "MARTIN";
               r.birth_family_name = "LEGRAND";
             },
             "birth_or_used"},
            {"a part", families("DUPONT-MARTIN", "MARTIN"), "part"},
            {"without the particle", families("DE LA TOUR", "TOUR"), "part"},
            {"one error", families("DURANDEAU", "DURANDAU"), "one_error"},
            {"a swap", families("DURANDEAU", "DURADNEAU"), "one_error"},
            {"two errors in a long name", families("DURANDEAU", "DUBANDEUA"), "similar"},
            {"sound", families("THIBAULT", "TIBEAU"), "phonetic"},
            {"exchanged",
             [](Traits& l, Traits& r) {
               l.birth_family_name = "THOMAS";
               l.first_birth_given_name = l.birth_given_names = "GERARD";
               r.birth_family_name = "GERARD";
               r.first_birth_given_name = r.birth_given_names = "THOMAS";
             },
             "swapped"},
            {"exchanged against the second of the list",
             [](Traits& l, Traits& r) {
               l.birth_family_name = "THOMAS";
               l.first_birth_given_name = "GERARD";
               l.birth_given_names = "GERARD LUCIEN";
               r.birth_family_name = "LUCIEN";
               r.first_birth_given_name = r.birth_given_names = "THOMAS";
             },
             "swapped"},
            {"exchanged, one with two errors",
             exchanged("AIGUEFORT", "JULIETTE", "JUULIETTE", "EGUEFORD"), "swapped"},
            {"exchanged, one by its sound", exchanged("LEVEQUE", "LAURA", "LORA", "LEVEQUE"),
             "swapped"},
            {"exchanged, one cut into several",
             exchanged("LA SALLE", "JEAN", "JEAN", "LA SALLE ROGER"), "swapped"},
            {"exchanged, one cut into several with an error",
             exchanged("LE PRE", "CAMILLE", "CAMILLE", "LE RE"), "swapped"},
            {"two that only resemble the other's", exchanged("LAURENT", "LORA", "LAURA", "LORAN"),
             "different"},
            {"one name in common is no exchange", exchanged("MARTIN", "PAUL", "DENIS", "MARTIN"),
             "different"},
            {"different", families("DURANDEAU", "MARTIN"), "different"},
            {"short names are not one error apart", families("ROY", "ROX"), "different"},
        });
}

TEST(GivenNames, HaveALevelForEachWayOfAgreeing) {
  const auto lists = [](std::string left, std::string right) {
    return [=](Traits& l, Traits& r) {
      l.first_birth_given_name.clear();
      r.first_birth_given_name.clear();
      l.birth_given_names = left;
      r.birth_given_names = right;
    };
  };
  const auto of_two_sexes = [=](std::string left, std::string right) {
    return [=](Traits& l, Traits& r) {
      lists(left, right)(l, r);
      r.sex = Sex::kFemale;
    };
  };
  Check(ComparisonKind::kGivenNames,
        {
            {"equal lists", lists("HENRI, PAUL", "Henri Paul"), "exact"},
            {"one of the list", lists("HENRI PAUL", "HENRI"), "first_equal"},
            {"run together", lists("JEAN PIERRE", "JEANPIERRE"), "first_equal"},
            {"compound or list", lists("JEAN-PIERRE", "JEAN PIERRE"), "exact"},
            {"error", lists("STEPHANE", "STPEHANE"), "first_error"},
            {"second of the list in use", lists("HENRI PAUL", "PAUL"), "shared_elsewhere"},
            {"only later names shared", lists("HENRI PAUL", "LUCIEN PAUL"), "different_with_list"},
            {"sound", lists("HENRI", "ANRY"), "phonetic"},
            {"initial", lists("LOUIS", "LUCIEN"), "same_initial"},
            {"an initial for a name", lists("L", "LUCIEN"), "same_initial"},
            {"short names are not one error apart", lists("LEA", "LEO"), "same_initial"},
            {"brother and sister", of_two_sexes("DANIEL", "DANIELLE"), "same_initial"},
            {"brother and sister in sound", of_two_sexes("MICHEL", "MICHELE"), "same_initial"},
            {"one person's feminine form", lists("DANIEL", "DANIELE"), "first_error"},
            {"different", lists("HENRI", "PAUL"), "different"},
            {"different from a whole list", lists("HENRI MARC", "PAUL"), "different_with_list"},
            {"missing", lists("", "PAUL"), "missing"},
            {"placeholder", lists("X", "PAUL"), "missing"},
            {"used name of one is the first of the other",
             [](Traits& l, Traits& r) {
               l.used_given_name = "Lucien";
               r.first_birth_given_name = r.birth_given_names = "LUCIEN";
             },
             "first_equal"},
            {"exchanged with the family name: counted there",
             [](Traits& l, Traits& r) {
               l.birth_family_name = r.first_birth_given_name = r.birth_given_names = "THOMAS";
               r.birth_family_name = l.first_birth_given_name = l.birth_given_names = "GERARD";
             },
             "missing"},
        });
}

TEST(BirthDate, HasALevelForEachErrorOfTheKeyboard) {
  const auto dates = [](Date left, Date right) {
    return [=](Traits& l, Traits& r) {
      l.birth_date = left;
      r.birth_date = right;
    };
  };
  Check(ComparisonKind::kBirthDate,
        {
            {"equal", dates({1971, 3, 12}, {1971, 3, 12}), "exact"},
            {"equal 31/12", dates({1971, 12, 31}, {1971, 12, 31}), "exact_default"},
            {"equal 01/01", dates({1971, 1, 1}, {1971, 1, 1}), "exact_default"},
            {"equal year only", dates({1971, 0, 0}, {1971, 0, 0}), "exact_default"},
            {"swapped", dates({1971, 3, 12}, {1971, 12, 3}), "day_month_swapped"},
            {"one digit", dates({1971, 3, 12}, {1971, 3, 22}), "one_digit"},
            {"transposed", dates({1971, 3, 12}, {1917, 3, 12}), "transposed_digits"},
            {"two parts", dates({1971, 3, 12}, {1985, 3, 12}), "two_parts"},
            {"another century", dates({1910, 3, 12}, {2010, 3, 12}), "two_parts"},
            {"year of a partial one", dates({1971, 0, 0}, {1971, 3, 12}), "partial_agrees"},
            {"month of a partial one", dates({1971, 3, 0}, {1971, 3, 12}), "partial_agrees"},
            {"another month", dates({1971, 4, 0}, {1971, 3, 12}), "different"},
            {"default and true", dates({1971, 12, 31}, {1971, 3, 12}), "partial_agrees"},
            {"default of another year", dates({1972, 12, 31}, {1971, 3, 12}), "different"},
            {"different", dates({1971, 3, 12}, {1984, 7, 25}), "different"},
            {"missing", dates({}, {1971, 3, 12}), "missing"},
            {"no date at all", dates({1971, 2, 30}, {1971, 3, 12}), "missing"},
        });
}

TEST(Others, HaveTheirLevels) {
  const auto places = [](std::string left, std::string right) {
    return [=](Traits& l, Traits& r) {
      l.birth_place_code = left;
      r.birth_place_code = right;
    };
  };
  Check(ComparisonKind::kBirthPlace, {{"equal", places("63220", "63220"), "same_commune"},
                                      {"country", places("99352", "99352"), "same_country"},
                                      {"department", places("63220", "63113"), "same_department"},
                                      {"two countries", places("99352", "99350"), "both_foreign"},
                                      {"abroad and here", places("99352", "63220"), "different"},
                                      {"elsewhere", places("2A004", "2B033"), "different"},
                                      {"unknown", places("99999", "99999"), "missing"}});
  Check(ComparisonKind::kSex,
        {{"equal", [](Traits&, Traits&) {}, "same"},
         {"different", [](Traits&, Traits& r) { r.sex = Sex::kFemale; }, "different"},
         {"indeterminate", [](Traits&, Traits& r) { r.sex = Sex::kIndeterminate; }, "missing"}});
  Check(
      ComparisonKind::kAddress,
      {{"equal", [](Traits&, Traits&) {}, "same"},
       {"similar", [](Traits&, Traits& r) { r.address_line = "12 bis rue des Lilas"; }, "similar"},
       {"street unknown", [](Traits&, Traits& r) { r.address_line = ""; }, "same_postal_code"},
       {"another street", [](Traits&, Traits& r) { r.address_line = "3 bd Foch"; },
        "same_postal_code"},
       {"town by its name", [](Traits&, Traits& r) { r.address_line = r.postal_code = ""; },
        "same_postal_code"},
       {"department",
        [](Traits&, Traits& r) {
          r = Base(), r.postal_code = "63400", r.city = "Chamalieres", r.address_line = "x";
        },
        "same_department"},
       {"elsewhere", [](Traits&, Traits& r) { r.postal_code = "75013", r.city = "Paris"; },
        "different"},
       {"nothing", [](Traits&, Traits& r) { r.postal_code = r.city = r.address_line = ""; },
        "missing"}});
  Check(ComparisonKind::kPhone,
        {{"equal", [](Traits&, Traits& r) { r.phone = "+33 6 12 34 56 78"; }, "equal"},
         {"near", [](Traits&, Traits& r) { r.phone = "0612345687"; }, "near"},
         {"different", [](Traits&, Traits& r) { r.phone = "0799999998"; }, "different"},
         {"missing", [](Traits&, Traits& r) { r.phone = ""; }, "missing"}});
  Check(ComparisonKind::kEmail,
        {{"equal", [](Traits&, Traits& r) { r.email = "H.Durandeau@exemple.fr"; }, "equal"},
         {"near", [](Traits&, Traits& r) { r.email = "h.durandau@exemple.fr"; }, "near"},
         {"different", [](Traits&, Traits& r) { r.email = "z@exemple.fr"; }, "different"}});
}

struct NumberCase {
  const char* description;
  const char* left;
  const char* right;
  const char* left_past;
  const char* right_given;
  const char* level;
};

TEST(Matricule, IsNearOnlyWhenTheGivenNamesAgree) {
  for (const NumberCase& c : std::vector<NumberCase>{
           {"equal", "1710363220456", "1710363220456", "", "HENRI", "equal"},
           {"past", "1710363220456", "2710363220456", "2710363220456", "HENRI", "equal_past"},
           {"one digit of the place", "1710363220456", "1710363270456", "", "HENRI", "near"},
           {"homonyms of one month", "1710363220456", "1710363220457", "", "HENRI", "different"},
           {"neighbours of twins", "1710363220456", "1710363220457", "", "PAUL", "different"},
           {"one digit, another name", "1710363220456", "1710363270456", "", "PAUL", "different"},
           {"different", "1710363220456", "1651275110001", "", "HENRI", "different"},
           {"NIA and NIR", "1710363220456", "3710363220001", "", "HENRI", "missing"},
           {"missing", "1710363220456", "", "", "HENRI", "missing"},
       }) {
    Record left = MakeRecord(Base(), std::nullopt, {}, false);
    Record right = left;
    left.ins_matricule = c.left;
    right.ins_matricule = c.right;
    if (*c.left_past != 0) left.past_matricules = {c.left_past};
    right.given_names = {c.right_given};
    FinishRecord(right);
    const std::uint8_t level = CompareRecords(left, right).of(ComparisonKind::kMatricule);
    EXPECT_EQ(level, CompareRecords(right, left).of(ComparisonKind::kMatricule)) << c.description;
    EXPECT_EQ(level == kMissing ? "missing" : LevelNames(ComparisonKind::kMatricule)[level],
              c.level)
        << c.description;
  }
}

TEST(LevelNames, StandForEveryComparison) {
  for (std::size_t i = 0; i < kComparisonKindCount; ++i) {
    const auto kind = static_cast<ComparisonKind>(i);
    EXPECT_EQ(FindComparison(ComparisonName(kind)), kind);
    EXPECT_GE(LevelNames(kind).size(), 2U);
    EXPECT_LE(LevelNames(kind).size(), kLevelCountMax);
  }
  EXPECT_EQ(FindComparison("family"), std::nullopt);
}

}  // namespace
}  // namespace vigie::matching
