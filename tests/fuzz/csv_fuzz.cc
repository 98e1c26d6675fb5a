// Any bytes through the CSV reader: it ends, keeps to its limits, and what it calls a good row is
// written and read back as the same row.
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "tools/csv.h"

using vigie::tools::CsvReader;
using vigie::tools::CsvRow;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream stream(std::string(reinterpret_cast<const char*>(data), size));
  auto reader = CsvReader::FromStream(&stream, "fuzz");
  if (!reader.ok()) return 0;
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
