#include "tools/csv.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include "fmt/format.h"

namespace vigie::tools {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{256} * 1024;
constexpr std::size_t kSequenceBytesMax = 4;  // of UTF-8

// Code points of the bytes 0x80..0x9F in Windows-1252; 0 where it has none.
constexpr std::array<std::uint16_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

// Length of the well-formed UTF-8 sequence at `at`; 0 when there is none; -1 when the text ends
// inside what may still become one.
int SequenceLength(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const int length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (first == 0xE0) low = 0xA0;
  if (first == 0xED) high = 0x9F;  // surrogates
  if (first == 0xF0) low = 0x90;
  if (first == 0xF4) high = 0x8F;
  for (int i = 1; i < length; ++i) {
    if (at + static_cast<std::size_t>(i) >= text.size()) return -1;
    const unsigned char next = byte(at + static_cast<std::size_t>(i));
    if (next < low || next > high) return 0;
    low = 0x80;
    high = 0xBF;
  }
  return length;
}

// The first place from `at` on where one of the next eight bytes is NUL or no ASCII, or where there
// are no eight bytes any more: nearly all of a text is passed eight bytes at a time.
std::size_t SkipAscii(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, sizeof(bytes));
    // A byte of 0 borrows and gets a high bit; the others up to 0x7F do not.
    if ((((bytes - kOnes) | bytes) & kHighBits) != 0) break;
  }
  return at;
}

bool IsUtf8(std::string_view text) {
  for (std::size_t i = SkipAscii(text, 0); i < text.size(); i = SkipAscii(text, i)) {
    const int length = SequenceLength(text, i);
    if (length <= 0) return false;
    i += static_cast<std::size_t>(length);
  }
  return true;
}

void AppendUtf8(std::uint16_t code_point, std::string* text) {
  if (code_point < 0x80) {
    text->push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    text->push_back(static_cast<char>(0xC0 | (code_point >> 6)));
    text->push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
  } else {
    text->push_back(static_cast<char>(0xE0 | (code_point >> 12)));
    text->push_back(static_cast<char>(0x80 | ((code_point >> 6) & 0x3F)));
    text->push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
  }
}

// What the first pass sees of the whole input.
struct ByteCensus {
  std::int64_t sequences = 0;        // well-formed multi-byte UTF-8
  std::int64_t strays = 0;           // bytes that are no UTF-8
  bool has_c1_bytes = false;         // a stray in 0x80..0x9F
  bool has_undefined_bytes = false;  // a stray Windows-1252 does not define
  bool has_nul = false;
};

// Counts `text`, whose last bytes may be the start of a sequence; returns how many were counted.
std::size_t Count(std::string_view text, bool last, ByteCensus* census) {
  std::size_t i = 0;
  while ((i = SkipAscii(text, i)) < text.size()) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      census->has_nul |= byte == 0;
      ++i;
      continue;
    }
    const int length = SequenceLength(text, i);
    if (length < 0 && !last) return i;
    if (length > 0) {
      ++census->sequences;
      i += static_cast<std::size_t>(length);
      continue;
    }
    ++census->strays;
    if (byte < 0xA0) {
      census->has_c1_bytes = true;
      census->has_undefined_bytes |= kWindows1252[byte - 0x80] == 0;
    }
    ++i;
  }
  return i;
}

char RecogniseDelimiter(std::string_view first_line) {
  std::array<std::size_t, 3> counts{};
  constexpr std::string_view kDelimiters = ",;\t";
  bool quoted = false;
  for (const char c : first_line) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    const std::size_t at = kDelimiters.find(c);
    if (at != std::string_view::npos) ++counts[at];
  }
  const auto best = std::max_element(counts.begin(), counts.end()) - counts.begin();
  return kDelimiters[static_cast<std::size_t>(best)];
}

std::string Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

}  // namespace

void CsvRows::Clear() {
  text_.clear();
  begins_.assign(1, 0);
  lines_.clear();
}

std::string_view EncodingName(CsvEncoding encoding) {
  switch (encoding) {
    case CsvEncoding::kLatin1:
      return "Latin-1";
    case CsvEncoding::kWindows1252:
      return "Windows-1252";
    case CsvEncoding::kUtf8:
      break;
  }
  return "UTF-8";
}

absl::StatusOr<std::unique_ptr<CsvReader>> CsvReader::FromStream(std::istream* stream,
                                                                 std::string name) {
  std::unique_ptr<CsvReader> reader(new CsvReader(stream, std::move(name)));
  if (absl::Status status = reader->RecogniseEncoding(); !status.ok()) return status;
  if (absl::Status status = reader->ReadHeader(); !status.ok()) return status;
  return reader;
}

absl::StatusOr<std::unique_ptr<CsvReader>> CsvReader::OpenFile(const std::string& path) {
  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*file) {
    const int error = errno;
    const std::string message = fmt::format("cannot open {}: {}", path, std::strerror(error));
    return error == EACCES ? absl::PermissionDeniedError(message) : absl::NotFoundError(message);
  }
  absl::StatusOr<std::unique_ptr<CsvReader>> reader = FromStream(file.get(), path);
  if (reader.ok()) (*reader)->file_ = std::move(file);
  return reader;
}

// The whole input decides: one byte that is no UTF-8 may stand on its last line. Where most of the
// accents are UTF-8, the strays are damage in an UTF-8 file and their rows will be refused.
absl::Status CsvReader::RecogniseEncoding() {
  ByteCensus census;
  bool has_bom = false;
  std::string buffer(kSequenceBytesMax + kChunkBytes, '\0');
  std::size_t left = 0;  // bytes at the front that were not counted yet
  for (bool last = false; !last;) {
    stream_->read(buffer.data() + left, kChunkBytes);
    const auto count = static_cast<std::size_t>(stream_->gcount());
    const std::string_view text(buffer.data(), left + count);
    if (stream_->bad() || (count == 0 && size_bytes_ == 0 && !stream_->eof())) {
      return absl::DataLossError(fmt::format("{}: cannot be read", name_));
    }
    last = stream_->eof() || count == 0;
    if (size_bytes_ == 0 && (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))) {
      return absl::InvalidArgumentError(
          fmt::format("{}: the file is UTF-16; save it as UTF-8", name_));
    }
    has_bom |= size_bytes_ == 0 && text.starts_with("\xEF\xBB\xBF");
    size_bytes_ += static_cast<std::int64_t>(count);
    const std::string_view rest = text.substr(Count(text, last, &census));
    left = rest.size();
    std::memmove(buffer.data(), rest.data(), left);
  }
  if (census.has_nul) {
    return absl::InvalidArgumentError(
        fmt::format("{}: the file has NUL bytes; it is not a text file", name_));
  }
  if (!has_bom && census.strays > 0 && census.strays >= census.sequences &&
      !census.has_undefined_bytes) {
    encoding_ = census.has_c1_bytes ? CsvEncoding::kWindows1252 : CsvEncoding::kLatin1;
  }
  stream_->clear();
  stream_->seekg(0);
  if (!*stream_) return absl::DataLossError(fmt::format("{}: cannot be read twice", name_));
  return absl::OkStatus();
}

absl::Status CsvReader::Fill() {
  if (at_end_) return absl::OkStatus();
  buffer_.erase(0, begin_);
  begin_ = 0;
  const std::size_t end = buffer_.size();
  buffer_.resize(end + kChunkBytes);
  stream_->read(buffer_.data() + end, kChunkBytes);
  const auto count = static_cast<std::size_t>(stream_->gcount());
  if (stream_->bad()) return absl::DataLossError(fmt::format("{}: cannot be read", name_));
  at_end_ = stream_->eof() || count == 0;
  const bool first = loaded_bytes_ == 0;
  loaded_bytes_ += static_cast<std::int64_t>(count);
  buffer_.resize(end + count);
  if (encoding_ == CsvEncoding::kUtf8) {
    if (first && buffer_.starts_with("\xEF\xBB\xBF")) buffer_.erase(0, 3);
    return absl::OkStatus();
  }
  const std::string chunk = buffer_.substr(end);
  buffer_.resize(end);
  for (const char c : chunk) {
    const auto byte = static_cast<unsigned char>(c);
    const std::uint16_t code_point = byte >= 0x80 && byte < 0xA0 ? kWindows1252[byte - 0x80] : byte;
    AppendUtf8(code_point, &buffer_);
  }
  return absl::OkStatus();
}

std::int64_t CsvReader::position_bytes() const {
  const auto waiting = static_cast<std::int64_t>(buffer_.size() - begin_);
  return std::max<std::int64_t>(0, loaded_bytes_ - waiting);
}

absl::Status CsvReader::ReadHeader() {
  const auto refuse = [&](const std::string& what) {
    return absl::InvalidArgumentError(fmt::format("{}: {}", name_, what));
  };
  if (absl::Status status = Fill(); !status.ok()) return status;
  const std::size_t first = buffer_.find_first_not_of("\r\n", begin_);
  if (first == std::string::npos) return refuse("the file is empty; a header line is required");
  delimiter_ = RecogniseDelimiter(
      std::string_view(buffer_).substr(first, buffer_.find('\n', first) - first));
  CsvRow row;
  absl::StatusOr<bool> found = Next(&row);
  if (!found.ok()) return found.status();
  if (!*found) return refuse("the file is empty; a header line is required");
  if (!row.problems.empty()) return refuse("the header " + row.problems.front().reason);
  if (row.fields.size() > kColumnsMax) {
    return refuse(fmt::format("the header has more than {} columns", kColumnsMax));
  }
  std::set<std::string> seen;
  for (std::string& field : row.fields) {
    field = Trim(field);
    if (field.empty()) return refuse("the header has a column without a name");
    if (field.size() > kColumnNameBytesMax) return refuse("the header has an overlong column name");
    if (!seen.insert(field).second) {
      return refuse(fmt::format("the header has the column \"{}\" twice", field));
    }
  }
  header_ = std::move(row.fields);
  return absl::OkStatus();
}

int CsvReader::ColumnIndex(std::string_view column) const {
  const auto found = std::find(header_.begin(), header_.end(), column);
  return found == header_.end() ? -1 : static_cast<int>(found - header_.begin());
}

absl::StatusOr<bool> CsvReader::Next(CsvRow* row) {
  for (;;) {
    row->fields.clear();
    row->problems.clear();
    row->line = line_;
    if (begin_ < buffer_.size()) {
      if (skipping_) {  // the rest of a line that was already reported
        const std::size_t end = buffer_.find('\n', begin_);
        if (end == std::string::npos) {
          begin_ = buffer_.size();
          continue;
        }
        begin_ = end + 1;
        ++line_;
        skipping_ = false;
        continue;
      }
      std::size_t end = 0;
      const Parse parse = ParseRow(row, &end);
      if (parse == Parse::kMalformed) {
        SkipLine(row);
        return true;
      }
      if (parse == Parse::kRow) {
        line_ += std::count(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
                            buffer_.begin() + static_cast<std::ptrdiff_t>(end), '\n');
        begin_ = end;
        if (row->fields.size() == 1 && row->fields[0].empty()) continue;  // an empty line
        CheckRow(row);
        return true;
      }
    }
    if (at_end_) return false;
    if (absl::Status status = Fill(); !status.ok()) return status;
  }
}

absl::StatusOr<bool> CsvReader::NextRows(std::size_t rows_max, CsvRows* rows, CsvRow* malformed) {
  rows->column_count_ = header_.size();
  malformed->problems.clear();
  while (rows->size() < rows_max && rows->text_.size() <= kRowsBytesUsual) {
    if (TakePlainRow(rows)) continue;
    absl::StatusOr<bool> found = Next(malformed);
    if (!found.ok() || !*found || !malformed->problems.empty()) return found;
    Append(*malformed, rows);
  }
  return true;
}

// Takes the row at begin_ if it stands on one line that is all there, without quotes and with
// nothing to complain of; false leaves it to ParseRow.
bool CsvReader::TakePlainRow(CsvRows* rows) {
  if (skipping_) return false;
  const std::string_view rest = std::string_view(buffer_).substr(begin_, kRowBytesMax);
  const std::size_t line_end = rest.find('\n');
  if (line_end == std::string_view::npos) return false;
  std::string_view line = rest.substr(0, line_end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty() || line.find('"') != std::string_view::npos) return false;
  if (encoding_ == CsvEncoding::kUtf8 && !IsUtf8(line)) return false;
  const std::size_t text_begin = rows->text_.size();
  const std::size_t fields_begin = rows->begins_.size();
  std::size_t longest = 0;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find(delimiter_, begin), line.size());
    longest = std::max(longest, end - begin);
    begin = end + 1;
    rows->begins_.push_back(static_cast<std::uint32_t>(text_begin + begin));
  }
  if (rows->begins_.size() - fields_begin != header_.size() || longest > kFieldBytesMax) {
    rows->begins_.resize(fields_begin);
    return false;
  }
  rows->text_.append(line).push_back('\n');
  rows->lines_.push_back(line_++);
  begin_ += line_end + 1;
  return true;
}

void CsvReader::Append(const CsvRow& row, CsvRows* rows) const {
  for (const std::string& field : row.fields) {
    rows->text_.append(field).push_back('\n');
    rows->begins_.push_back(static_cast<std::uint32_t>(rows->text_.size()));
  }
  rows->lines_.push_back(row.line);
}

// Parses the row at begin_. At the end of the input a row needs no line end.
CsvReader::Parse CsvReader::ParseRow(CsvRow* row, std::size_t* end) {
  const auto malformed = [&](std::string reason) {
    row->problems.push_back({row->fields.size() < header_.size() ? header_[row->fields.size()] : "",
                             std::move(reason)});
    return Parse::kMalformed;
  };
  std::string field;
  bool quoted = false;      // inside quotes
  bool was_quoted = false;  // the field had quotes, now closed
  const std::size_t limit = std::min(buffer_.size(), begin_ + kRowBytesMax);
  std::size_t i = begin_;
  for (; i < limit; ++i) {
    const char c = buffer_[i];
    if (quoted) {
      if (c != '"') {
        field.push_back(c);
      } else if (i + 1 < buffer_.size() && buffer_[i + 1] == '"') {
        field.push_back('"');
        ++i;
      } else if (i + 1 == buffer_.size() && !at_end_) {
        return Parse::kNeedMore;  // a second quote may follow
      } else {
        quoted = false;
        was_quoted = true;
      }
    } else if (c == delimiter_ || c == '\n') {
      row->fields.push_back(std::move(field));
      field.clear();
      was_quoted = false;
      if (row->fields.size() > kColumnsMax) return malformed("has too many fields");
      if (c == '\n') {
        *end = i + 1;
        return Parse::kRow;
      }
    } else if (c == '\r' && (i + 1 == buffer_.size() || buffer_[i + 1] == '\n')) {
      if (i + 1 == buffer_.size() && !at_end_) return Parse::kNeedMore;
    } else if (was_quoted) {
      return malformed("has text after a closing quote");
    } else if (c == '"') {
      if (!field.empty()) return malformed("has a quote inside an unquoted field");
      quoted = true;
    } else {
      field.push_back(c);
    }
    if (field.size() > kFieldBytesMax) {
      return malformed(quoted ? "has a quote that is never closed, or is too long"
                              : fmt::format("is longer than {} bytes", kFieldBytesMax));
    }
  }
  if (i - begin_ >= kRowBytesMax) {
    return malformed(fmt::format("ends a row longer than {} bytes", kRowBytesMax));
  }
  if (!at_end_) {
    row->fields.clear();
    return Parse::kNeedMore;
  }
  if (quoted) return malformed("has a quote that is never closed");
  row->fields.push_back(std::move(field));
  *end = buffer_.size();
  return Parse::kRow;
}

// Goes on behind the first line of a malformed row, so that one stray quote costs one line.
void CsvReader::SkipLine(CsvRow* row) {
  row->line = line_;
  const std::size_t end = buffer_.find('\n', begin_);
  if (end == std::string::npos) {
    begin_ = buffer_.size();
    skipping_ = !at_end_;
    return;
  }
  begin_ = end + 1;
  ++line_;
}

void CsvReader::CheckRow(CsvRow* row) const {
  for (std::size_t i = 0; i < row->fields.size(); ++i) {
    if (encoding_ == CsvEncoding::kUtf8 && !IsUtf8(row->fields[i])) {
      row->problems.push_back({i < header_.size() ? header_[i] : "", "is not valid UTF-8"});
    }
  }
  if (header_.empty() || row->fields.size() == header_.size()) return;
  row->problems.push_back({"", fmt::format("has {} fields where the header has {}",
                                           row->fields.size(), header_.size())});
}

void AppendCsvField(std::string_view field, char delimiter, std::string* line) {
  const bool plain = field.find_first_of("\"\r\n") == std::string_view::npos &&
                     field.find(delimiter) == std::string_view::npos &&
                     (field.empty() || (field.front() != ' ' && field.back() != ' '));
  if (plain) {
    line->append(field);
    return;
  }
  line->push_back('"');
  for (const char c : field) {
    if (c == '"') line->push_back('"');
    line->push_back(c);
  }
  line->push_back('"');
}

std::string FormatCsvRow(const std::vector<std::string>& fields, char delimiter) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line.push_back(delimiter);
    AppendCsvField(fields[i], delimiter, &line);
  }
  line.push_back('\n');
  return line;
}

}  // namespace vigie::tools
