// An XLSX workbook from plain values: what people open in Excel or LibreOffice. Numbers are
// numbers, a rate is a percentage that can be computed with, and no text is ever taken for a
// formula.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace vigie::tools {

// A share between 0 and 1, shown as "71.4 %".
struct SpreadsheetRate {
  double share = 0;
};
// A difference of two rates in points, shown with its sign and one decimal: "+3.2".
struct SpreadsheetPoints {
  double points = 0;
};
// Empty cell, text, whole number, other number, rate, points.
using SpreadsheetCell = std::variant<std::monostate, std::string, std::int64_t, double,
                                     SpreadsheetRate, SpreadsheetPoints>;

struct SpreadsheetSheet {
  std::string name;                 // see WriteSpreadsheet for what becomes of it
  std::vector<std::string> remark;  // lines above the table, e.g. its title; may be empty
  std::vector<std::string> columns;
  std::vector<std::vector<SpreadsheetCell>> rows;
};

struct Spreadsheet {
  std::string title;       // in the file's properties
  absl::Time create_time;  // in the file's properties: the same values give the same file
  std::vector<SpreadsheetSheet> sheets;
};

// Rows and columns of a sheet, and characters of a cell, that the format allows.
inline constexpr std::size_t kSpreadsheetRowsMax = 1048576;
inline constexpr std::size_t kSpreadsheetColumnsMax = 16384;
inline constexpr std::size_t kSpreadsheetTextMax = 32767;

// Writes the workbook to `path`: first beside it, then under its name, so that nobody ever reads
// half of one. A sheet's name loses what the format forbids ([ ] : * ? / \ and quotes at its ends),
// is cut to 31 characters and numbered when it is taken. Text longer than a cell may hold is cut.
// Every table has its head repeated in print, frozen on screen, and a filter.
// INVALID_ARGUMENT: no sheet, a row of another width than the columns, too many rows or columns.
// PERMISSION_DENIED, NOT_FOUND, INTERNAL: the file cannot be written.
absl::Status WriteSpreadsheet(const Spreadsheet& spreadsheet, const std::string& path);

}  // namespace vigie::tools
