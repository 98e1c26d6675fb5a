// The report of a qualification rate as one HTML page: no script, no external resource, readable on
// a phone, on paper (A4) and without colours, in light and in dark. Each chart has its data beside
// it; the definition, its hash, the days, the commit and the command that gives the same figures
// again are on the page. Every text that comes from a definition or a base is escaped.
#pragma once

#include <string>

#include "tools/qualification_report.h"
#include "tools/report_text.h"

namespace vigie::tools {

// Rows of a table of details that a page shows; a page says how many it leaves out.
inline constexpr int kReportDetailRowsMax = 1000;

// The page. `report.tables` is not empty.
std::string QualificationReportHtml(const QualificationReport& report, ReportLanguage language);

}  // namespace vigie::tools
