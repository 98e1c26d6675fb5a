// CSV as people send it: RFC 4180 with `,` or `;` (or a tab), CRLF or LF, with or without a BOM,
// UTF-8 or Latin-1. Read as a stream with bounded memory; a malformed row costs that row only.
//
// The input is read twice (encoding first), so it must be a file or another seekable stream.
// One thread at a time.
#pragma once

#include <cstdint>
#include <fstream>
#include <istream>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace vigie::tools {

inline constexpr std::size_t kFieldBytesMax =
    std::size_t{64} * 1024;  // No trait is near this long.
inline constexpr std::size_t kRowBytesMax =
    std::size_t{1024} * 1024;  // What an open quote may swallow.
inline constexpr std::size_t kRowsBytesUsual =
    std::size_t{4} * 1024 * 1024;                        // Of the rows read at a time.
inline constexpr std::size_t kColumnsMax = 1024;         // Of a header.
inline constexpr std::size_t kColumnNameBytesMax = 256;  // Of a header.

enum class CsvEncoding : std::uint8_t { kUtf8, kLatin1, kWindows1252 };
std::string_view EncodingName(CsvEncoding encoding);  // "UTF-8", "Latin-1", "Windows-1252"

// Why one row cannot be used: where and what, never the value.
struct RowProblem {
  std::string column;  // name in the file's header; empty when the whole row is meant
  std::string reason;  // a clause for people, e.g. "is not a date; write YYYY-MM-DD"
  bool operator==(const RowProblem&) const = default;
};

struct CsvRow {
  std::int64_t line = 0;  // of its first character, 1 is the first line of the file
  std::vector<std::string>
      fields;  // as many as the header has, UTF-8; fewer or more when malformed
  std::vector<RowProblem> problems;  // non-empty: malformed, `fields` holds what could be read
};

// Well-formed rows in one piece of memory, which Clear leaves for the next ones: what files of
// millions of rows are read through. One thread at a time.
class CsvRows {
 public:
  void Clear();
  std::size_t size() const { return lines_.size(); }
  std::size_t column_count() const { return column_count_; }
  std::int64_t line(std::size_t row) const { return lines_[row]; }  // of its first character
  // UTF-8; valid until the rows change.
  std::string_view field(std::size_t row, std::size_t column) const {
    const std::size_t number = row * column_count_ + column;
    const std::size_t begin = begins_[number];
    return std::string_view(text_).substr(begin, begins_[number + 1] - 1 - begin);
  }

 private:
  friend class CsvReader;
  std::string text_;                      // the fields, one character behind each
  std::vector<std::uint32_t> begins_{0};  // of the fields, and of one more
  std::vector<std::int64_t> lines_;       // of the rows
  std::size_t column_count_ = 0;
};

class CsvReader {
 public:
  // `stream` is seekable and outlives the reader; `name` is for messages. Reads the header.
  // INVALID_ARGUMENT: no header, a doubled or empty column name, UTF-16, binary content,
  // a header over the limits. DATA_LOSS: the stream cannot be read.
  static absl::StatusOr<std::unique_ptr<CsvReader>> FromStream(std::istream* stream,
                                                               std::string name);
  // The same on a file. NOT_FOUND, PERMISSION_DENIED when it cannot be opened.
  static absl::StatusOr<std::unique_ptr<CsvReader>> OpenFile(const std::string& path);

  const std::vector<std::string>& header() const { return header_; }
  // Index of a column of the header, -1 when it has none of this name.
  int ColumnIndex(std::string_view column) const;
  char delimiter() const { return delimiter_; }
  CsvEncoding encoding() const { return encoding_; }
  const std::string& name() const { return name_; }
  std::int64_t size_bytes() const { return size_bytes_; }
  // How far the reader is, for progress: bytes of the input consumed, 0..size_bytes().
  std::int64_t position_bytes() const;

  // Reads the next row into `*row`; false at the end. Empty lines are skipped. A malformed row is a
  // row with problems, and reading goes on behind it: after an unclosed quote at the next line.
  // DATA_LOSS: the stream failed.
  absl::StatusOr<bool> Next(CsvRow* row);
  // The same rows many at a time and faster: appends them to `*rows` until it has `rows_max` of
  // them or more than kRowsBytesUsual bytes, or a malformed one comes, which is `*malformed` then
  // (else without problems). `*rows` has rows of this reader only. False at the end.
  absl::StatusOr<bool> NextRows(std::size_t rows_max, CsvRows* rows, CsvRow* malformed);

 private:
  enum class Parse : std::uint8_t { kRow, kNeedMore, kMalformed };

  CsvReader(std::istream* stream, std::string name) : stream_(stream), name_(std::move(name)) {}
  absl::Status RecogniseEncoding();
  absl::Status ReadHeader();
  absl::Status Fill();
  Parse ParseRow(CsvRow* row, std::size_t* end);
  bool TakePlainRow(CsvRows* rows);
  void Append(const CsvRow& row, CsvRows* rows) const;
  void SkipLine(CsvRow* row);
  void CheckRow(CsvRow* row) const;

  std::unique_ptr<std::ifstream> file_;  // owned stream of OpenFile
  std::istream* stream_;
  std::string name_;
  std::vector<std::string> header_;
  char delimiter_ = ',';
  CsvEncoding encoding_ = CsvEncoding::kUtf8;
  std::int64_t size_bytes_ = 0;
  std::int64_t loaded_bytes_ = 0;  // of the input, before any conversion
  std::string buffer_;             // converted text not yet consumed, from begin_
  std::size_t begin_ = 0;
  std::int64_t line_ = 1;
  bool at_end_ = false;    // the stream has no more
  bool skipping_ = false;  // inside a line that is too long: drop up to its end
};

// Writes RFC 4180 with LF line ends: quotes only where they are needed.
void AppendCsvField(std::string_view field, char delimiter, std::string* line);
std::string FormatCsvRow(const std::vector<std::string>& fields, char delimiter = ',');

}  // namespace vigie::tools
