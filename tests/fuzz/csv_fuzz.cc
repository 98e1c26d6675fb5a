// Any bytes through the CSV reader: it ends, keeps to its limits, what it calls a good row is
// written and read back as the same row, and many rows at a time are the same rows.
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "tools/csv.h"

using vigie::tools::CsvReader;
using vigie::tools::CsvRow;
using vigie::tools::CsvRows;

namespace {

// The rows of `reader`, two at a time, beside those of a second reader of the same bytes.
void RequireSameRows(CsvReader& one, CsvReader& many) {
  CsvRow row;
  CsvRow malformed;
  CsvRows rows;
  for (;;) {
    rows.Clear();
    const auto found = many.NextRows(2, &rows, &malformed);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto next = one.Next(&row);
      if (!next.ok() || !*next || !row.problems.empty()) std::abort();
      if (row.line != rows.line(i) || row.fields.size() != rows.column_count()) std::abort();
      for (std::size_t j = 0; j < row.fields.size(); ++j) {
        if (row.fields[j] != rows.field(i, j)) std::abort();
      }
    }
    if (!found.ok() || (!*found && malformed.problems.empty())) break;
    if (malformed.problems.empty()) continue;
    const auto next = one.Next(&row);
    if (!next.ok() || !*next || row.problems != malformed.problems) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream stream(std::string(reinterpret_cast<const char*>(data), size));
  auto reader = CsvReader::FromStream(&stream, "fuzz");
  if (!reader.ok()) return 0;
  std::istringstream same(stream.str());
  std::istringstream same_again(stream.str());
  RequireSameRows(**CsvReader::FromStream(&same, "fuzz"),
                  **CsvReader::FromStream(&same_again, "fuzz"));
  CsvRow row;
  std::string copy = vigie::tools::FormatCsvRow((*reader)->header());
  std::int64_t line = 0;
  std::size_t rows = 0;
  for (;;) {
    const auto found = (*reader)->Next(&row);
    if (!found.ok() || !*found) break;
    if (row.line <= line || ++rows > size + 1) std::abort();  // it must move on
    line = row.line;
    if (!row.problems.empty()) continue;
    if (row.fields.size() != (*reader)->header().size()) std::abort();
    std::istringstream again(copy + vigie::tools::FormatCsvRow(row.fields));
    auto second = CsvReader::FromStream(&again, "again");
    if (!second.ok()) continue;  // e.g. a header of other delimiters than the copy's
    CsvRow read;
    const auto found_again = (*second)->Next(&read);
    const bool is_blank = row.fields.size() == 1 && row.fields[0].empty();
    if (!is_blank && (*second)->delimiter() == ',' &&
        (*second)->encoding() == vigie::tools::CsvEncoding::kUtf8 &&
        (!found_again.ok() || !*found_again || read.fields != row.fields)) {
      std::abort();
    }
  }
  return 0;
}
