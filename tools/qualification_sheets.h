// The report of a qualification rate as a workbook: a sheet for its head and definition, one for
// each table, one for each comparison.
#pragma once

#include "tools/qualification_report.h"
#include "tools/report_text.h"
#include "tools/spreadsheet.h"

namespace vigie::tools {

// `report.tables` is not empty. A rate of nothing is an empty cell.
Spreadsheet QualificationSheets(const QualificationReport& report, ReportLanguage language);

}  // namespace vigie::tools
