// Mappings: a foreign file read as ours, and every mistake in a mapping named with its line.
#include "tools/mapping.h"

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/import_rows.h"

namespace vigie::tools {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Mapping, ReadsTheSampleFile) {
  const std::string data = VIGIE_TEST_DATA;
  auto mapping = Mapping::ReadFile(data + "/mappings/sample_dpi.toml");
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  auto reader = CsvReader::OpenFile(data + "/sample_dpi.csv");
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->encoding(), CsvEncoding::kLatin1);
  auto source = ImportSource::Create(std::move(*reader), ImportKind::kIdentities, *mapping, "");
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_THAT((*source)->ignored_columns(), ElementsAre("SERVICE"));
  std::vector<IdentityRow> rows;
  std::vector<RowProblem> problems;
  SourceRow row;
  while (*(*source)->Next(&row)) {
    ASSERT_TRUE(row.problems.empty()) << row.line << row.problems[0].reason;
    ASSERT_TRUE(ParseIdentityRow(row.values, &rows.emplace_back(), &problems))
        << row.line << problems[0].column << problems[0].reason;
  }
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_EQ(rows[0].domain, "DPI-DEMO");
  EXPECT_EQ(rows[0].local_id, "900001");
  EXPECT_EQ(rows[0].traits.birth_family_name, "ADRUN");
  EXPECT_EQ(rows[0].traits.birth_given_names, "ZO\xC3\x89 MARIE");
  EXPECT_EQ(rows[0].traits.birth_date, (matching::Date{1975, 12, 31}));
  EXPECT_EQ(rows[0].traits.sex, matching::Sex::kFemale);
  EXPECT_EQ(rows[0].ins->oid, "1.2.250.1.213.1.4.8");
  EXPECT_EQ(rows[0].insi_date, (matching::Date{2025, 2, 14}));
  EXPECT_EQ(rows[0].evidence->type, "national_id_card");
  EXPECT_EQ(rows[1].ins, std::nullopt);  // the constant OID needs a matricule
  EXPECT_EQ(rows[1].insi_date, std::nullopt);
  EXPECT_EQ(rows[2].traits.birth_date, (matching::Date{1950, 5, 0}));
  EXPECT_EQ(rows[3].traits.sex, matching::Sex::kIndeterminate);
  EXPECT_TRUE(rows[4].attributes.homonym);
  EXPECT_TRUE(rows[5].attributes.fictitious);
  EXPECT_EQ(rows[5].traits.phone, "");  // NULL is missing
}

TEST(Mapping, MapsVisits) {
  auto mapping = Mapping::Parse(
      "kind = \"visits\"\n[columns]\nvisit_number = \"NDA\"\nlocal_id = \"IPP\"\n"
      "domain = { constant = \"D\" }\n"
      "admitted_at = { column = \"ENTREE\", layout = \"%d/%m/%Y %H:%M\" }\n"
      "kind = { column = \"TYPE\", values = { HC = \"inpatient\" }, otherwise = \"outpatient\" }\n"
      "entry_channel = { constant = \"desk\" }\n",
      "m.toml");
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  ASSERT_TRUE(mapping->Bind({"NDA", "IPP", "ENTREE", "TYPE"}).ok());
  std::vector<std::string> values;
  std::vector<RowProblem> problems;
  mapping->Apply({"9", "1", "04/03/2025 10:30", "HC"}, &values, &problems);
  EXPECT_THAT(values, ElementsAre("D", "9", "1", "", "", "", "inpatient", "2025-03-04T10:30:00", "",
                                  "", "desk"));
  mapping->Apply({"9", "1", "04/03/2025 9:05", "CS"}, &values, &problems);
  EXPECT_EQ(values[6], "outpatient");
  EXPECT_EQ(values[7], "2025-03-04T09:05:00");
  EXPECT_TRUE(problems.empty());
  mapping->Apply({"9", "1", "2025-03-04", "CS"}, &values, &problems);
  EXPECT_THAT(problems,
              ElementsAre(RowProblem{"ENTREE", "is not a date and time written %d/%m/%Y %H:%M"}));
}

TEST(Mapping, RefusesValuesItDoesNotKnow) {
  auto mapping = Mapping::Parse(
      "[columns]\nsex = { column = \"S\", values = { \"1\" = \"M\" } }\n"
      "birth_date = { column = \"D\", layout = \"%d/%m/%Y\" }\n",
      "m.toml");
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  ASSERT_TRUE(mapping->Bind({"S", "D"}).ok());
  std::vector<std::string> values;
  std::vector<RowProblem> problems;
  mapping->Apply({"3", "1975-12-31"}, &values, &problems);
  EXPECT_EQ(problems.size(), 2u);
  EXPECT_THAT(problems, ::testing::UnorderedElementsAre(
                            RowProblem{"S", "is none of the values the mapping knows"},
                            RowProblem{"D", "is not a date written %d/%m/%Y"}));
}

TEST(Mapping, NamesTheLineOfEachMistake) {
  struct Case {
    std::string description, toml, message;
  };
  const std::vector<Case> cases = {
      {"no TOML", "columns = [", "m.toml:1"},
      {"no columns", "kind = \"identities\"\n", "[columns] is required"},
      {"unknown top key", "[columns]\n[flag]\n",
       "m.toml:2: unknown key \"flag\"; did you mean "
       "\"flags\"?"},
      {"unknown kind", "kind = \"patients\"\n[columns]\n", "m.toml:1: kind must be"},
      {"unknown column of ours", "[columns]\nbirth_dat = \"D\"\n",
       "m.toml:2: unknown column \"birth_dat\"; did you mean \"birth_date\"?"},
      {"a number for a column", "[columns]\nlocal_id = 3\n", "m.toml:2: local_id must be a text"},
      {"no source at all", "[columns]\nlocal_id = []\n", "m.toml:2: local_id is made of 1 to 16"},
      {"unknown key of a column", "[columns]\nsex = { colum = \"S\" }\n",
       "m.toml:2: unknown key \"colum\"; did you mean \"column\"?"},
      {"column and constant", "[columns]\nsex = { column = \"S\", constant = \"F\" }\n",
       "m.toml:2: sex needs either a column or a constant"},
      {"neither column nor constant", "[columns]\nsex = { values = { a = \"M\" } }\n",
       "m.toml:2: sex needs either"},
      {"otherwise without values", "[columns]\nsex = { column = \"S\", otherwise = \"I\" }\n",
       "\"otherwise\" without \"values\""},
      {"layout of a name", "[columns]\ncity = { column = \"V\", layout = \"%d\" }\n",
       "m.toml:2: city is no date"},
      {"layout without a day", "[columns]\nbirth_date = { column = \"D\", layout = \"%m/%Y\" }\n",
       "m.toml:2: layout: has no %d"},
      {"layout with an unknown letter",
       "[columns]\nbirth_date = { column = \"D\", layout = \"%d/%B/%Y\" }\n",
       "m.toml:2: layout: a layout is made of"},
      {"layout with a part twice",
       "[columns]\nbirth_date = { column = \"D\", layout = \"%d/%d/%Y\" }\n",
       "m.toml:2: layout: has %d twice"},
      {"values that are no table", "[columns]\nsex = { column = \"S\", values = [\"M\"] }\n",
       "m.toml:2: values must be a table"},
      {"unknown attribute", "[columns]\n[flags]\nhomonyme = { column = \"H\", values = [\"1\"] }\n",
       "m.toml:3: unknown attribute \"homonyme\"; did you mean \"homonym\"?"},
      {"a flag without values", "[columns]\n[flags]\nhomonym = { column = \"H\" }\n",
       "m.toml:3: a flag is"},
      {"flags of visits", "kind = \"visits\"\n[columns]\n[flags]\n", "visits have none"},
  };
  for (const Case& c : cases) {
    const auto mapping = Mapping::Parse(c.toml, "m.toml");
    ASSERT_FALSE(mapping.ok()) << c.description;
    EXPECT_THAT(std::string(mapping.status().message()), HasSubstr(c.message)) << c.description;
  }
}

TEST(Mapping, NamesTheColumnTheFileDoesNotHave) {
  auto mapping = Mapping::Parse("[columns]\nlocal_id = \"IPP\"\nsex = \"SEXE\"\n", "m.toml");
  ASSERT_TRUE(mapping.ok());
  const absl::Status status = mapping->Bind({"IPP", "SEX"});
  EXPECT_EQ(std::string(status.message()),
            "m.toml:3: the file has no column \"SEXE\"; did you mean \"SEX\"?");
}

TEST(Mapping, OfAnotherKindIsRefused) {
  auto mapping = Mapping::Parse("kind = \"visits\"\n[columns]\n", "m.toml");
  ASSERT_TRUE(mapping.ok());
  std::istringstream stream("a,b\n");
  auto source = ImportSource::Create(std::move(*CsvReader::FromStream(&stream, "f.csv")),
                                     ImportKind::kIdentities, *mapping, "D");
  ASSERT_FALSE(source.ok());
  EXPECT_THAT(std::string(source.status().message()), HasSubstr("the mapping is for visits"));
}

// A key of 32,000 parts made the parser recurse until the stack was gone.
TEST(Mapping, AKeyOfThousandsOfPartsIsRefused) {
  std::string toml;
  for (int part = 0; part < 32000; ++part) toml += "a.";
  EXPECT_FALSE(Mapping::Parse(toml + "a = 1\n", "deep.toml").ok());
}

}  // namespace
}  // namespace vigie::tools
