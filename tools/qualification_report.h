// What a report of the qualification rate shows, and the arithmetic between the figures vigied gave
// and a page: empty periods between full ones, and two sets of figures side by side.
//
// Values only: no connection, no file, no clock. The same values always give the same report.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "vigie/v1/qualification.pb.h"
#include "vigie/v1/types.pb.h"

namespace vigie::tools {

// One answer of ComputeRate with the groupings asked for, in the contract's words and order, e.g.
// {"month", "site"}; no groupings: the total only.
struct RateTable {
  std::vector<std::string> groupings;
  v1::ComputeRateResponse response;
};

struct QualificationReport {
  // At least one. The head of the first (definition, days, instants, total) is the report's. One of
  // {"month"}, {"week"} or {"day"} becomes a trend, another single grouping becomes bars, several
  // groupings become a table of details.
  std::vector<RateTable> tables;
  // What `tables` are compared with: another window or another definition, the same groupings in
  // the same order. Empty: no comparison.
  std::vector<RateTable> compared;
  // What the requests were limited to, FINESS numbers; empty: not.
  std::string legal_entity_finess, site_finess;
  // Sentences for the head of the report, e.g. which snapshot it was made from. Both languages.
  std::vector<v1::Sentence> remarks;
};

// A row of a table of one grouping.
struct ReportLine {
  std::string key;
  v1::RateRow row;  // all zero and without rate for a period in which nothing was seen
};
// The rows; of periods, every one from the first to the last that has a row, so that a gap is seen.
std::vector<ReportLine> ReportLines(const RateTable& table);

// A row of two tables of the same groupings.
struct ComparedRow {
  std::vector<std::string> keys;           // empty when only the other table has the group
  std::vector<std::string> compared_keys;  // empty when only the first has it
  v1::RateRow row, compared;
  std::optional<double> difference_points;  // row - compared, -100..100; absent when a rate is
};
// The groups of both, in the first's order, then those only the second has. Groups are the same
// when their keys are; of periods, when they stand at the same distance from the first day of their
// table's window (March 2026 beside March 2025).
std::vector<ComparedRow> CompareTables(const RateTable& table, const RateTable& compared);
// Of the totals.
ComparedRow CompareTotals(const RateTable& table, const RateTable& compared);

std::optional<double> RateOf(const v1::RateRow& row);
// Everything excluded, whatever the reason.
std::int64_t ExcludedCount(const v1::RateRow& row);
// Reasons of exclusion in the order in which the definition tries them.
std::vector<std::string> ExclusionReasons(const v1::ComputeRateResponse& response);

}  // namespace vigie::tools
