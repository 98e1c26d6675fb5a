// The charts of a report page, drawn as SVG: no script, no library, no external resource.
//
// A chart takes the width it is given while its letters keep their size: places are percentages of
// the width, heights are pixels. What is told by colour is told again by a pattern, a mark or a
// word. Colours and patterns come from report_style.css. Every text given is escaped here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/report_text.h"

namespace vigie::tools {

// For who cannot see the chart: its name, and in a sentence what it shows.
struct ChartText {
  std::string id;  // unique in the page; letters, digits and '-'
  std::string title, description;
};

struct TrendPoint {
  std::string label;            // short, under the axis
  std::optional<double> share;  // 0..1; absent: a gap with a cross
};
struct TrendChart {
  ChartText text;
  std::vector<TrendPoint> points;  // at least one
  std::optional<double> target;    // 0..1, a dashed line with its words
  std::string target_label;
};
std::string DrawTrend(const TrendChart& chart, ReportLanguage language);

// Columns of the four trust statuses, from provisional to qualified; the best stands at the bottom.
struct StatusColumn {
  std::string label;
  std::array<std::int64_t, 4> counts{};
};
struct StatusChart {
  ChartText text;
  std::vector<StatusColumn> columns;  // at least one
};
std::string DrawStatusColumns(const StatusChart& chart, ReportLanguage language);
// One bar of the four statuses over the whole width.
std::string DrawStatusBar(const ChartText& text, const std::array<std::int64_t, 4>& counts);
// The key to the patterns, with each status's count and share when `counts` is given.
std::string DrawStatusLegend(const std::array<std::int64_t, 4>* counts, ReportLanguage language);

struct RateBar {
  std::string label;
  std::string remark;  // small, behind the label, e.g. "1 234 venues"
  std::optional<double> share;
};
struct RateBarChart {
  ChartText text;
  std::vector<RateBar> bars;
  std::optional<double> target;
};
std::string DrawRateBars(const RateBarChart& chart, ReportLanguage language);

// From everything down to what counts: each loss takes its part away.
struct CascadeStep {
  enum class Kind : std::uint8_t { kTotal, kLoss, kGoal };
  Kind kind = Kind::kTotal;
  std::string label;
  std::int64_t count = 0;  // a total's height, a loss's part; not negative
};
struct CascadeChart {
  ChartText text;
  std::vector<CascadeStep> steps;  // the first is a total
};
std::string DrawCascade(const CascadeChart& chart, ReportLanguage language);

// Two rates of each row on one line: a full mark for the first, a hollow one for the second.
struct RatePair {
  std::string label;
  std::string difference;  // in words, at the line's end
  std::optional<double> share, compared;
};
struct PairChart {
  ChartText text;
  std::vector<RatePair> pairs;
};
std::string DrawPairs(const PairChart& chart);

// The patterns that the charts of a page refer to; once a page, before the first chart.
std::string PatternDefinitions();

}  // namespace vigie::tools
