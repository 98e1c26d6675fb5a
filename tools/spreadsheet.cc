#include "tools/spreadsheet.h"

#include <xlsxwriter.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tools/output.h"
#include "tools/write_file.h"

namespace vigie::tools {
namespace {

constexpr std::size_t kSheetNameMax = 31;       // characters, the format's
constexpr std::size_t kColumnWidthMax = 60;     // characters, so that a long text stays on screen
constexpr std::size_t kWidthRowsLooked = 1000;  // enough to know how wide a column is
constexpr lxw_color_t kHeadColour = 0xE3EEF1;

struct Formats {
  lxw_format *remark, *head, *text, *whole, *number, *rate, *points;
};

Formats AddFormats(lxw_workbook* workbook) {
  const auto add = [&](const char* number_format) {
    lxw_format* format = workbook_add_format(workbook);
    if (number_format != nullptr) format_set_num_format(format, number_format);
    return format;
  };
  Formats formats{add(nullptr), add(nullptr),        add("@"), add("#,##0"), add("0.00"),
                  add("0.0 %"), add("+0.0;-0.0;0.0")};
  format_set_bold(formats.remark);
  format_set_bold(formats.head);
  format_set_bg_color(formats.head, kHeadColour);
  format_set_bottom(formats.head, LXW_BORDER_THIN);
  return formats;
}

// At most `characters_max` characters, never half of one; control characters become '?'.
std::string CellText(std::string_view text, std::size_t characters_max) {
  std::string printable = Printable(text);
  std::size_t characters = 0, end = 0;
  while (end < printable.size() && characters < characters_max) {
    ++characters;
    do {
      ++end;
    } while (end < printable.size() && (static_cast<unsigned char>(printable[end]) & 0xC0) == 0x80);
  }
  printable.resize(end);
  return printable;
}

std::string SheetName(const std::string& wanted, std::set<std::string>* taken) {
  std::string name;
  for (const char c : wanted) {
    if (std::string_view("[]:*?/\\").find(c) == std::string_view::npos) name += c;
  }
  while (name.starts_with('\'')) name.erase(0, 1);
  while (name.ends_with('\'')) name.pop_back();
  name = CellText(name.empty() ? "Sheet" : name, kSheetNameMax);
  std::string unique = name;
  for (int number = 2; !taken->insert(absl::AsciiStrToLower(unique)).second; ++number) {
    const std::string suffix = absl::StrCat(" ", number);
    unique = CellText(name, kSheetNameMax - suffix.size()) + suffix;
  }
  return unique;
}

std::size_t CellWidth(const SpreadsheetCell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return DisplayWidth(*text);
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) {
    return absl::StrCat(*whole).size() * 4 / 3 + 1;  // with separators of thousands
  }
  return 9;
}

void SetColumnWidths(const SpreadsheetSheet& sheet, lxw_worksheet* worksheet) {
  const std::size_t looked = std::min(sheet.rows.size(), kWidthRowsLooked);
  for (std::size_t column = 0; column < sheet.columns.size(); ++column) {
    std::size_t width = DisplayWidth(sheet.columns[column]) + 3;  // the filter's arrow
    for (std::size_t row = 0; row < looked; ++row) {
      width = std::max(width, CellWidth(sheet.rows[row][column]) + 1);
    }
    const auto index = static_cast<lxw_col_t>(column);
    worksheet_set_column(worksheet, index, index,
                         static_cast<double>(std::min(width, kColumnWidthMax)), nullptr);
  }
}

// Errors of single cells cannot happen: rows, columns and lengths were checked.
void WriteCell(const SpreadsheetCell& cell, const Formats& formats, lxw_worksheet* worksheet,
               lxw_row_t row, lxw_col_t column) {
  if (const auto* text = std::get_if<std::string>(&cell)) {
    worksheet_write_string(worksheet, row, column, CellText(*text, kSpreadsheetTextMax).c_str(),
                           formats.text);
  } else if (const auto* whole = std::get_if<std::int64_t>(&cell)) {
    worksheet_write_number(worksheet, row, column, static_cast<double>(*whole), formats.whole);
  } else if (const auto* number = std::get_if<double>(&cell)) {
    worksheet_write_number(worksheet, row, column, *number, formats.number);
  } else if (const auto* rate = std::get_if<SpreadsheetRate>(&cell)) {
    worksheet_write_number(worksheet, row, column, rate->share, formats.rate);
  } else if (const auto* points = std::get_if<SpreadsheetPoints>(&cell)) {
    worksheet_write_number(worksheet, row, column, points->points, formats.points);
  }
}

void WriteSheet(const SpreadsheetSheet& sheet, const Formats& formats, lxw_worksheet* worksheet) {
  SetColumnWidths(sheet, worksheet);
  lxw_row_t row = 0;
  for (const std::string& line : sheet.remark) {
    worksheet_write_string(worksheet, row++, 0, CellText(line, kSpreadsheetTextMax).c_str(),
                           formats.remark);
  }
  if (!sheet.remark.empty()) ++row;
  const lxw_row_t head = row++;
  const auto last_column = static_cast<lxw_col_t>(sheet.columns.size() - 1);
  for (std::size_t column = 0; column < sheet.columns.size(); ++column) {
    worksheet_write_string(worksheet, head, static_cast<lxw_col_t>(column),
                           CellText(sheet.columns[column], kSpreadsheetTextMax).c_str(),
                           formats.head);
  }
  for (const auto& cells : sheet.rows) {
    for (std::size_t column = 0; column < cells.size(); ++column) {
      WriteCell(cells[column], formats, worksheet, row, static_cast<lxw_col_t>(column));
    }
    ++row;
  }
  worksheet_freeze_panes(worksheet, head + 1, 0);
  worksheet_repeat_rows(worksheet, head, head);
  worksheet_autofilter(worksheet, head, 0, row - 1, last_column);
  worksheet_set_paper(worksheet, 9);  // A4
  worksheet_set_landscape(worksheet);
  worksheet_fit_to_pages(worksheet, 1, 0);  // one page wide, as many high as it takes
}

absl::Status Check(const Spreadsheet& spreadsheet) {
  if (spreadsheet.sheets.empty()) return absl::InvalidArgumentError("a workbook needs a sheet");
  for (const SpreadsheetSheet& sheet : spreadsheet.sheets) {
    if (sheet.columns.empty() || sheet.columns.size() > kSpreadsheetColumnsMax) {
      return absl::InvalidArgumentError(absl::StrCat("a sheet has 1 to ", kSpreadsheetColumnsMax,
                                                     " columns, not ", sheet.columns.size()));
    }
    const std::size_t rows = sheet.remark.size() + 2 + sheet.rows.size();
    if (rows > kSpreadsheetRowsMax) {
      return absl::InvalidArgumentError(absl::StrCat("a sheet has at most ", kSpreadsheetRowsMax,
                                                     " rows, not ", rows,
                                                     "; ask for less, or for CSV"));
    }
    for (const auto& row : sheet.rows) {
      if (row.size() != sheet.columns.size()) {
        return absl::InvalidArgumentError(absl::StrCat("a row has ", row.size(), " cells under ",
                                                       sheet.columns.size(), " columns"));
      }
    }
  }
  return absl::OkStatus();
}

lxw_error Write(const Spreadsheet& spreadsheet, const std::string& path) {
  // Row by row through temporary files in the target's folder: memory does not grow with the rows.
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  std::string folder = parent.empty() ? std::string(".") : parent.string();
  lxw_workbook_options options{};
  options.constant_memory = LXW_TRUE;
  options.tmpdir = folder.data();
  lxw_workbook* workbook = workbook_new_opt(path.c_str(), &options);
  if (workbook == nullptr) return LXW_ERROR_MEMORY_MALLOC_FAILED;
  std::string title = CellText(spreadsheet.title, 255);
  lxw_doc_properties properties{};
  properties.title = title.data();
  properties.created = static_cast<time_t>(absl::ToUnixSeconds(spreadsheet.create_time));
  workbook_set_properties(workbook, &properties);
  const Formats formats = AddFormats(workbook);
  std::set<std::string> names;
  for (const SpreadsheetSheet& sheet : spreadsheet.sheets) {
    lxw_worksheet* worksheet =
        workbook_add_worksheet(workbook, SheetName(sheet.name, &names).c_str());
    if (worksheet == nullptr) {
      workbook_close(workbook);
      return LXW_ERROR_CREATING_TMPFILE;
    }
    WriteSheet(sheet, formats, worksheet);
  }
  return workbook_close(workbook);  // frees everything, also when it fails
}

}  // namespace

absl::Status WriteSpreadsheet(const Spreadsheet& spreadsheet, const std::string& path) {
  if (absl::Status status = Check(spreadsheet); !status.ok()) return status;
  return ReplaceFile(path, [&](const std::string& temporary) {
    const lxw_error error = Write(spreadsheet, temporary);
    return error == LXW_NO_ERROR ? absl::OkStatus()
                                 : absl::InternalError(absl::StrCat("cannot write ", path, ": ",
                                                                    lxw_strerror(error)));
  });
}

}  // namespace vigie::tools
