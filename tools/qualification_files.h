// What `vigie report qualification` writes beside its table: a page, a workbook, a CSV file; and
// the comparison with another window or another definition.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "grpcpp/support/status.h"
#include "tools/client.h"
#include "tools/output.h"
#include "tools/qualification_report.h"

namespace vigie::tools {

struct QualificationFileOptions {
  std::string html, xlsx, csv;  // paths; "-" is standard output for the page and the CSV
  std::string language = "fr";
  std::string compare_from, compare_to, compare_definition;
  bool IsCompared() const { return !compare_from.empty() || !compare_definition.empty(); }
  bool WritesFiles() const { return !html.empty() || !xlsx.empty() || !csv.empty(); }
  bool WritesToOutput() const { return html == "-" || csv == "-"; }
};

// --html, --xlsx, --csv, --language, --compare-from, --compare-to, --compare-definition.
void AddQualificationFileOptions(CLI::App* verb, QualificationFileOptions* options);

// The request whose figures `request`'s are compared with.
v1::ComputeRateRequest ComparedRequest(const v1::ComputeRateRequest& request,
                                       const QualificationFileOptions& options);

// The comparison of two answers of the same groupings: {"definition", "from", "to",
// "as_of_commit_number", "total", "rows"}, each row with the groups' keys ("month",
// "compared_month",
// ...), "rate", "compared_rate", "difference_points"; and the same as a table.
Json ComparisonJson(const RateTable& table, const RateTable& compared);
Table ComparisonTable(const RateTable& table, const RateTable& compared);

// Writes the files asked for. `request` is the one of the table, `by` its groupings, `csv` what the
// CSV file holds. A page and a workbook hold month, site and activity besides `by`; for them the
// daemon is asked again, until all tables are of one commit (three times at most: then the page
// tells). The exit code; what went wrong is on standard error.
int WriteQualificationFiles(Client& client, const v1::ComputeRateRequest& request,
                            const std::vector<std::string>& by, const Table& csv,
                            const QualificationFileOptions& options);

}  // namespace vigie::tools
