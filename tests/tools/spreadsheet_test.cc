// What a spreadsheet program finds in the file: numbers as numbers, text never as a formula, names
// the format allows, the same bytes for the same values; and files that are whole or not there.
#include "tools/spreadsheet.h"

#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/write_file.h"

namespace vigie::tools {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SpreadsheetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "vigie-sheet-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  static std::string Content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // One member of the archive, as unzip sees it.
  static std::string Member(const std::string& path, const std::string& member) {
    FILE* pipe = popen(("unzip -p '" + path + "' '" + member + "'").c_str(), "r");
    std::string text;
    std::array<char, 4096> buffer{};
    for (std::size_t read = 0; (read = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
      text.append(buffer.data(), read);
    }
    EXPECT_EQ(pclose(pipe), 0) << member;
    return text;
  }
  std::size_t FileCount() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  std::string folder_;
};

Spreadsheet OneSheet(std::vector<SpreadsheetCell> row) {
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < row.size(); ++i) columns.push_back("column " + std::to_string(i));
  return {"Title", absl::FromUnixSeconds(1790000000), {{"Sheet", {}, columns, {std::move(row)}}}};
}

TEST_F(SpreadsheetTest, WritesNumbersAsNumbersAndTextAsText) {
  const std::string path = Path("a.xlsx");
  ASSERT_TRUE(
      WriteSpreadsheet(OneSheet({std::string("=1+1"), std::int64_t{12345}, SpreadsheetRate{0.5},
                                 SpreadsheetPoints{-3.25}, std::monostate{}}),
                       path)
          .ok());
  const std::string sheet = Member(path, "xl/worksheets/sheet1.xml");
  EXPECT_THAT(sheet, HasSubstr("<t>=1+1</t>"));
  EXPECT_THAT(sheet, Not(HasSubstr("<f>")));
  EXPECT_THAT(sheet, HasSubstr("<v>12345</v>"));
  EXPECT_THAT(sheet, HasSubstr("<v>0.5</v>"));
  EXPECT_THAT(sheet, HasSubstr("<v>-3.25</v>"));
  EXPECT_THAT(Member(path, "xl/styles.xml"), HasSubstr("formatCode=\"0.0 %\""));
}

TEST_F(SpreadsheetTest, EscapesMarkupAndControlCharacters) {
  const std::string path = Path("a.xlsx");
  ASSERT_TRUE(WriteSpreadsheet(OneSheet({std::string("<b>&\x01\xC3\xA9")}), path).ok());
  EXPECT_THAT(Member(path, "xl/worksheets/sheet1.xml"), HasSubstr("&lt;b&gt;&amp;?\xC3\xA9"));
}

TEST_F(SpreadsheetTest, CutsTextLongerThanACellBetweenCharacters) {
  std::string text;
  for (std::size_t i = 0; i < kSpreadsheetTextMax + 5; ++i) text += "\xC3\xA9";
  const std::string path = Path("a.xlsx");
  ASSERT_TRUE(WriteSpreadsheet(OneSheet({text}), path).ok());
  const std::string sheet = Member(path, "xl/worksheets/sheet1.xml");
  EXPECT_THAT(sheet, HasSubstr("<t>" + text.substr(0, 2 * kSpreadsheetTextMax) + "</t>"));
}

// Excel refuses a whole workbook for one name it does not like.
TEST_F(SpreadsheetTest, GivesSheetsNamesTheFormatAllows) {
  Spreadsheet spreadsheet = OneSheet({std::int64_t{1}});
  const SpreadsheetSheet sheet = spreadsheet.sheets[0];
  spreadsheet.sheets.clear();
  for (const char* name : {"Par mois/site", "Par moissite", "PAR MOISSITE", "'[]:*?\\'",
                           "Un nom de feuille qui est bien trop long pour le format"}) {
    spreadsheet.sheets.push_back(sheet);
    spreadsheet.sheets.back().name = name;
  }
  const std::string path = Path("a.xlsx");
  ASSERT_TRUE(WriteSpreadsheet(spreadsheet, path).ok());
  const std::string workbook = Member(path, "xl/workbook.xml");
  EXPECT_THAT(workbook, HasSubstr("name=\"Par moissite\""));
  EXPECT_THAT(workbook, HasSubstr("name=\"Par moissite 2\""));
  EXPECT_THAT(workbook, HasSubstr("name=\"PAR MOISSITE 3\""));
  EXPECT_THAT(workbook, HasSubstr("name=\"Sheet\""));
  EXPECT_THAT(workbook, HasSubstr("name=\"Un nom de feuille qui est bien \""));
}

TEST_F(SpreadsheetTest, IsTheSameFileForTheSameValues) {
  for (const char* name : {"a.xlsx", "b.xlsx"}) {
    ASSERT_TRUE(WriteSpreadsheet(OneSheet({std::string("x"), std::int64_t{1}}), Path(name)).ok());
  }
  EXPECT_EQ(Content(Path("a.xlsx")), Content(Path("b.xlsx")));
}

TEST_F(SpreadsheetTest, RefusesWhatTheFormatCannotHold) {
  EXPECT_EQ(WriteSpreadsheet({}, Path("a")).code(), absl::StatusCode::kInvalidArgument);
  Spreadsheet ragged = OneSheet({std::int64_t{1}});
  ragged.sheets[0].rows.push_back({});
  EXPECT_EQ(WriteSpreadsheet(ragged, Path("a")).code(), absl::StatusCode::kInvalidArgument);
  Spreadsheet high = OneSheet({std::int64_t{1}});
  high.sheets[0].rows.resize(kSpreadsheetRowsMax, {std::int64_t{1}});
  EXPECT_THAT(WriteSpreadsheet(high, Path("a")).message(), HasSubstr("1048576"));
  EXPECT_EQ(FileCount(), 0u);
}

TEST_F(SpreadsheetTest, LeavesWhatWasThereWhenItCannotWrite) {
  const absl::Status missing = WriteSpreadsheet(OneSheet({std::int64_t{1}}), Path("no/a.xlsx"));
  EXPECT_EQ(missing.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(missing.message(), HasSubstr("no/a.xlsx"));
  ASSERT_TRUE(WriteWholeFile(Path("kept"), "before").ok());
  const absl::Status refused = ReplaceFile(Path("kept"), [](const std::string& temporary) {
    std::ofstream(temporary) << "half";
    return absl::DataLossError("the source broke");
  });
  EXPECT_EQ(refused.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Content(Path("kept")), "before");
  EXPECT_EQ(FileCount(), 1u);
  ASSERT_TRUE(WriteWholeFile(Path("kept"), "after").ok());
  EXPECT_EQ(Content(Path("kept")), "after");
}

TEST_F(SpreadsheetTest, DoesNotReplaceAFolder) {
  ASSERT_EQ(mkdir(Path("folder").c_str(), 0700), 0);
  EXPECT_FALSE(WriteWholeFile(Path("folder"), "x").ok());
  EXPECT_EQ(FileCount(), 1u);
}

}  // namespace
}  // namespace vigie::tools
