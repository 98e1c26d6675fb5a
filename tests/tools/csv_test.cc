// The CSV reader: what people's files look like, what is refused, what a malformed row costs.
#include "tools/csv.h"

#include <iterator>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/suggest.h"

namespace vigie::tools {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct ReadFile {
  std::istringstream stream;
  absl::StatusOr<std::unique_ptr<CsvReader>> reader = absl::UnknownError("not read");
  std::vector<CsvRow> rows;
};

std::unique_ptr<ReadFile> Read(const std::string& text) {
  auto file = std::make_unique<ReadFile>();
  file->stream.str(text);
  file->reader = CsvReader::FromStream(&file->stream, "f.csv");
  if (!file->reader.ok()) return file;
  CsvRow row;
  for (;;) {
    absl::StatusOr<bool> found = (*file->reader)->Next(&row);
    EXPECT_TRUE(found.ok()) << found.status();
    if (!found.ok() || !*found) return file;
    file->rows.push_back(row);
  }
}

TEST(CsvReader, ReadsWhatPeopleSend) {
  struct Case {
    std::string description, text;
    std::vector<std::vector<std::string>> rows;
  };
  const std::vector<Case> cases = {
      {"commas and LF", "a,b\n1,2\n", {{"1", "2"}}},
      {"semicolons and CRLF", "a;b\r\n1;2\r\n", {{"1", "2"}}},
      {"a tab", "a\tb\n1\t2\n", {{"1", "2"}}},
      {"a comma inside a file of semicolons", "a;b\n1,5;2\n", {{"1,5", "2"}}},
      {"no line end at the end", "a,b\n1,2", {{"1", "2"}}},
      {"a BOM",
       "\xEF\xBB\xBF"
       "a,b\n1,2\n",
       {{"1", "2"}}},
      {"quotes", "a,b\n\"1\",\"x,y\"\n", {{"1", "x,y"}}},
      {"a doubled quote", "a,b\n\"he said \"\"no\"\"\",2\n", {{"he said \"no\"", "2"}}},
      {"a line break in quotes", "a,b\n\"1\n2\",3\n", {{"1\n2", "3"}}},
      {"CRLF in quotes is kept", "a,b\n\"1\r\n2\",3\r\n", {{"1\r\n2", "3"}}},
      {"empty fields", "a,b\n,\n", {{"", ""}}},
      {"empty quoted field", "a,b\n\"\",x\n", {{"", "x"}}},
      {"empty lines are skipped", "a,b\n\n1,2\n\r\n3,4\n", {{"1", "2"}, {"3", "4"}}},
      {"empty lines before the header", "\n\r\na,b\n1,2\n", {{"1", "2"}}},
      {"quoted header with a delimiter", "\"a;x\",b\n1,2\n", {{"1", "2"}}},
      {"one column", "a\n1\n", {{"1"}}},
      {"UTF-8", "a,b\nH\xC3\xA9l\xC3\xA8ne,2\n", {{"H\xC3\xA9l\xC3\xA8ne", "2"}}},
      {"Latin-1", "a,b\nH\xE9l\xE8ne,2\n", {{"H\xC3\xA9l\xC3\xA8ne", "2"}}},
      {"Windows-1252", "a,b\nL\x92\x8Cuvre,2\n", {{"L\xE2\x80\x99\xC5\x92uvre", "2"}}},
      {"a lone CR inside a field", "a,b\n1\rx,2\n", {{"1\rx", "2"}}},
  };
  for (const Case& c : cases) {
    const auto file = Read(c.text);
    ASSERT_TRUE(file->reader.ok()) << c.description << ": " << file->reader.status();
    ASSERT_EQ(file->rows.size(), c.rows.size()) << c.description;
    for (std::size_t i = 0; i < c.rows.size(); ++i) {
      EXPECT_TRUE(file->rows[i].problems.empty()) << c.description;
      EXPECT_EQ(file->rows[i].fields, c.rows[i]) << c.description;
    }
  }
}

TEST(CsvReader, SaysWhichEncodingItFound) {
  EXPECT_EQ((*Read("a\nx\n")->reader)->encoding(), CsvEncoding::kUtf8);
  EXPECT_EQ((*Read("a\n\xE9\n")->reader)->encoding(), CsvEncoding::kLatin1);
  EXPECT_EQ((*Read("a\n\x8C\n")->reader)->encoding(), CsvEncoding::kWindows1252);
  EXPECT_EQ(EncodingName(CsvEncoding::kWindows1252), "Windows-1252");
}

// The only accent may stand in the last row, far behind the first chunk.
TEST(CsvReader, FindsLatin1OnTheLastLineOfALongFile) {
  std::string text = "a,b\n";
  while (text.size() < 700000) text += "plain,text\n";
  text += "H\xE9,2\n";
  const auto file = Read(text);
  ASSERT_TRUE(file->reader.ok());
  EXPECT_EQ((*file->reader)->encoding(), CsvEncoding::kLatin1);
  EXPECT_EQ(file->rows.back().fields[0], "H\xC3\xA9");
}

TEST(CsvReader, RefusesFilesItCannotUse) {
  struct Case {
    std::string description, text, message;
  };
  const std::vector<Case> cases = {
      {"empty", "", "a header line is required"},
      {"only line ends", "\n\r\n", "a header line is required"},
      {"UTF-16",
       std::string("\xFF\xFE"
                   "a\0b\0",
                   6),
       "UTF-16"},
      {"binary", std::string("a,b\n\0\0", 6), "NUL"},
      {"a column twice", "a,b,a\n", "\"a\" twice"},
      {"a column without a name", "a,,b\n", "without a name"},
      {"a header whose quote never closes", "\"a,b\n1,2\n", "never closed"},
      {"an overlong column name", std::string(300, 'x') + ",b\n", "overlong"},
      {"too many columns", std::string(5000, ','), "too many"},
  };
  for (const Case& c : cases) {
    const auto file = Read(c.text);
    ASSERT_FALSE(file->reader.ok()) << c.description;
    EXPECT_EQ(file->reader.status().code(), absl::StatusCode::kInvalidArgument) << c.description;
    EXPECT_THAT(std::string(file->reader.status().message()), HasSubstr(c.message))
        << c.description;
    EXPECT_THAT(std::string(file->reader.status().message()), HasSubstr("f.csv")) << c.description;
  }
}

TEST(CsvReader, LosesOnlyTheMalformedRow) {
  struct Case {
    std::string description, row, column, reason;
  };
  const std::vector<Case> cases = {
      {"too few fields", "1", "", "has 1 fields where the header has 2"},
      {"too many fields", "1,2,3", "", "has 3 fields where the header has 2"},
      {"a quote in an unquoted field", "1,x\"y", "b", "has a quote inside an unquoted field"},
      {"text behind a closing quote", "\"1\"x,2", "a", "has text after a closing quote"},
      {"a quote that never closes", "1,\"2", "b", "has a quote that is never closed"},
      {"a field over the limit", "1," + std::string(kFieldBytesMax + 1, 'x'), "b",
       "is longer than 65536 bytes"},
  };
  for (const Case& c : cases) {
    const auto file = Read("a,b\n0,0\n" + c.row + "\n8,9\n");
    ASSERT_TRUE(file->reader.ok()) << c.description;
    ASSERT_EQ(file->rows.size(), 3u) << c.description;
    ASSERT_EQ(file->rows[1].problems.size(), 1u) << c.description;
    EXPECT_EQ(file->rows[1].problems[0].column, c.column) << c.description;
    EXPECT_EQ(file->rows[1].problems[0].reason, c.reason) << c.description;
    EXPECT_EQ(file->rows[1].line, 3) << c.description;
    EXPECT_THAT(file->rows[2].fields, ElementsAre("8", "9")) << c.description;
    EXPECT_EQ(file->rows[2].line, 4) << c.description;
  }
}

TEST(CsvReader, RefusesStrayBytesInAnUtf8File) {
  const auto file = Read("a,b\n\xC3\xA9,\xC3\xA8\nx,\xE9\n1,2\n");
  ASSERT_EQ(file->rows.size(), 3u);
  EXPECT_EQ((*file->reader)->encoding(), CsvEncoding::kUtf8);
  ASSERT_EQ(file->rows[1].problems.size(), 1u);
  EXPECT_EQ(file->rows[1].problems[0], (RowProblem{"b", "is not valid UTF-8"}));
}

// A line far longer than the limits is dropped piece by piece, never held whole.
TEST(CsvReader, GoesOnBehindALineOfManyMegabytes) {
  const auto file = Read("a,b\n" + std::string(5000000, 'x') + "\n1,2\n");
  ASSERT_EQ(file->rows.size(), 2u);
  EXPECT_FALSE(file->rows[0].problems.empty());
  EXPECT_THAT(file->rows[1].fields, ElementsAre("1", "2"));
  EXPECT_EQ(file->rows[1].line, 3);
}

TEST(CsvReader, CountsLinesInsideQuotes) {
  const auto file = Read("a,b\n\"1\n\n\",2\n3,4\n");
  ASSERT_EQ(file->rows.size(), 2u);
  EXPECT_EQ(file->rows[0].line, 2);
  EXPECT_EQ(file->rows[1].line, 5);
  EXPECT_EQ((*file->reader)->position_bytes(), (*file->reader)->size_bytes());
}

// The same with NextRows, `rows_max` at a time.
std::unique_ptr<ReadFile> ReadMany(const std::string& text, std::size_t rows_max) {
  auto file = std::make_unique<ReadFile>();
  file->stream.str(text);
  file->reader = CsvReader::FromStream(&file->stream, "f.csv");
  if (!file->reader.ok()) return file;
  CsvRows rows;
  for (;;) {
    rows.Clear();
    CsvRow malformed;
    absl::StatusOr<bool> found = (*file->reader)->NextRows(rows_max, &rows, &malformed);
    EXPECT_TRUE(found.ok()) << found.status();
    EXPECT_LE(rows.size(), rows_max);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      CsvRow& plain = file->rows.emplace_back();
      plain.line = rows.line(row);
      for (std::size_t i = 0; i < rows.column_count(); ++i) {
        plain.fields.emplace_back(rows.field(row, i));
      }
    }
    if (!malformed.problems.empty()) file->rows.push_back(malformed);
    if (!found.ok() || !*found) return file;
  }
}

void ExpectSameRows(const std::string& text) {
  const auto one = Read(text);
  for (const std::size_t rows_max : {1, 3, 100}) {
    const auto many = ReadMany(text, rows_max);
    ASSERT_EQ(one->reader.ok(), many->reader.ok()) << text;
    ASSERT_EQ(one->rows.size(), many->rows.size()) << text;
    for (std::size_t i = 0; i < one->rows.size(); ++i) {
      EXPECT_EQ(one->rows[i].line, many->rows[i].line) << text;
      EXPECT_EQ(one->rows[i].fields, many->rows[i].fields) << text;
      EXPECT_EQ(one->rows[i].problems, many->rows[i].problems) << text;
    }
  }
}

TEST(CsvRows, AreTheRowsReadOneByOne) {
  static constexpr std::string_view kPieces[] = {"a",
                                                 "12",
                                                 ",",
                                                 ",",
                                                 ",",
                                                 ";",
                                                 "\t",
                                                 "\n",
                                                 "\n",
                                                 "\r\n",
                                                 "\r",
                                                 "\"",
                                                 "\"\"",
                                                 "\"x\"",
                                                 "\"a,b\"",
                                                 "\xC3\xA9",
                                                 " ",
                                                 "\xE9",
                                                 "\xC3",
                                                 "\"1\n2\"",
                                                 "x,y\n",
                                                 "1,2\r\n",
                                                 "\xE2\x82\xAC",
                                                 "longer than eight bytes"};
  std::mt19937 random(5);
  for (int i = 0; i < 4000; ++i) {
    std::string text = i % 2 == 0 ? "h,i\n" : "h;i;j\r\n";
    for (std::size_t pieces = random() % 40; pieces > 0; --pieces) {
      text += kPieces[random() % std::size(kPieces)];
    }
    ExpectSameRows(text);
  }
}

// Rows that lie across the pieces a file is read in, fields and rows at and over their limits.
TEST(CsvRows, AreTheRowsReadOneByOneWhereTheyAreLong) {
  std::string text = "a,b\n";
  for (const std::size_t size :
       {kFieldBytesMax - 1, kFieldBytesMax, kFieldBytesMax + 1, kRowBytesMax - 3, kRowBytesMax,
        kRowBytesMax + 5, std::size_t{7}}) {
    text += std::string(size, 'x') + ",1\n" + std::string(size / 2, 'y') + "," +
            std::string(size / 2, 'z') + "\r\n";
  }
  for (int i = 0; i < 40000; ++i) text += "plain row," + std::to_string(i) + "\n";
  ExpectSameRows(text);
  ExpectSameRows(text + "no line end,1");
}

TEST(CsvRows, AreGivenUpToASizeAtATime) {
  std::string text = "a,b\n";
  while (text.size() < 2 * kRowsBytesUsual) text.append(60000, 'x').append(",1\n");
  std::istringstream stream(text);
  auto reader = CsvReader::FromStream(&stream, "f.csv");
  ASSERT_TRUE(reader.ok());
  CsvRows rows;
  CsvRow malformed;
  ASSERT_TRUE(*(*reader)->NextRows(1000000, &rows, &malformed));
  EXPECT_EQ(rows.size(), kRowsBytesUsual / 60003 + 1);
}

TEST(CsvWriter, WritesWhatTheReaderReads) {
  const std::vector<std::string> fields = {"plain",   "a,b", "say \"x\"", "two\nlines",
                                           " spaced", "",    "H\xC3\xA9"};
  const auto file = Read("a,b,c,d,e,f,g\n" + FormatCsvRow(fields));
  ASSERT_EQ(file->rows.size(), 1u);
  EXPECT_EQ(file->rows[0].fields, fields);
  EXPECT_EQ(FormatCsvRow({"a;b", "c"}, ';'), "\"a;b\";c\n");
}

TEST(DidYouMean, NamesTheNearestWord) {
  const std::vector<std::string> known = {"birth_date", "birth_place_code", "sex"};
  EXPECT_EQ(NearestWord("birthdate", known), "birth_date");
  EXPECT_EQ(NearestWord("Birth-Date", known), "birth_date");
  EXPECT_EQ(NearestWord("brith_date", known), "birth_date");
  EXPECT_EQ(NearestWord("sexe", known), "sex");
  EXPECT_EQ(NearestWord("shoe_size", known), "");
  EXPECT_EQ(DidYouMean("sx", known), "; did you mean \"sex\"?");
  EXPECT_EQ(DidYouMean(std::string(100000, 'x'), known), "");
}

}  // namespace
}  // namespace vigie::tools
