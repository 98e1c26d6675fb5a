#include "tools/report_chart.h"

#include <algorithm>
#include <cmath>

#include "fmt/format.h"

namespace vigie::tools {
namespace {

// Heights in pixels.
constexpr int kPlotTop = 26, kPlotHeight = 310, kAxisHeight = 28;
constexpr int kChartHeight = kPlotTop + kPlotHeight + kAxisHeight;
constexpr int kBarRowHeight = 46, kBarTop = 22, kBarHeight = 13;
constexpr int kStatusBarHeight = 34;
// Labels that fit side by side: on a screen or a page, and 320 pixels wide.
constexpr std::size_t kLabelsWide = 13, kLabelsNarrow = 5;
constexpr int kCharacterWidth = 7;  // of an axis label
constexpr double kValueRoom = 13;   // a value keeps this far from its mark

constexpr std::array<const char*, 4> kStatusClasses = {"provisional", "recovered", "validated",
                                                       "qualified"};
constexpr std::array<v1::Identity::TrustStatus, 4> kStatuses = {
    v1::Identity::TRUST_STATUS_PROVISIONAL, v1::Identity::TRUST_STATUS_RECOVERED,
    v1::Identity::TRUST_STATUS_VALIDATED, v1::Identity::TRUST_STATUS_QUALIFIED};

// A number as SVG wants it: a dot, no zeros at the end that say nothing.
std::string Number(double value) {
  std::string text = fmt::format("{:.3f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string Percent(double share) { return Number(100 * share) + "%"; }

double HeightOf(double share) { return kPlotTop + kPlotHeight * (1 - share); }

std::string OpenSvg(const ChartText& text, int height, const char* css_class) {
  return fmt::format(
      "<svg class=\"{}\" width=\"100%\" height=\"{}\" role=\"img\" aria-labelledby=\"{}-t {}-d\">"
      "<title id=\"{}-t\">{}</title><desc id=\"{}-d\">{}</desc>\n",
      css_class, height, text.id, text.id, text.id, EscapeHtml(text.title), text.id,
      EscapeHtml(text.description));
}

std::string Text(std::string_view css_class, const std::string& x, double y,
                 std::string_view anchor, std::string_view text) {
  return fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n",
                     css_class, x, Number(y), anchor, EscapeHtml(text));
}

// Which labels are drawn: counted from the last, so that the newest always has one. Those drawn on
// a narrow page are some of those on a wide one.
enum class LabelRoom : std::uint8_t { kNone, kWide, kAlways };
LabelRoom RoomOf(std::size_t index, std::size_t count) {
  const std::size_t behind = count - 1 - index;
  const std::size_t wide = (count + kLabelsWide - 1) / kLabelsWide;
  const std::size_t labels = (count + wide - 1) / wide;
  const std::size_t narrow = wide * ((labels + kLabelsNarrow - 1) / kLabelsNarrow);
  if (behind % narrow == 0) return LabelRoom::kAlways;
  return behind % wide == 0 ? LabelRoom::kWide : LabelRoom::kNone;
}

std::string AxisLabel(const std::string& label, std::size_t index, std::size_t count) {
  const LabelRoom room = RoomOf(index, count);
  if (room == LabelRoom::kNone) return "";
  const double x = (static_cast<double>(index) + 0.5) / static_cast<double>(count);
  return Text(room == LabelRoom::kWide ? "tick wide" : "tick", Percent(x),
              kPlotTop + kPlotHeight + 19, "middle", label);
}

struct Tick {
  double share = 0;  // of the axis's height
  std::string label;
};

// The axis is a picture of its own, so that the plot beside it can be measured in percentages.
std::string Axis(const std::vector<Tick>& ticks) {
  std::size_t characters = 0;
  for (const Tick& tick : ticks) {
    characters = std::max(characters, static_cast<std::size_t>(std::count_if(
                                          tick.label.begin(), tick.label.end(), [](char c) {
                                            return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
                                          })));
  }
  const int width = static_cast<int>(characters) * kCharacterWidth + 14;
  std::string svg =
      fmt::format("<svg class=\"axis\" width=\"{}\" height=\"{}\" aria-hidden=\"true\">\n", width,
                  kChartHeight);
  for (const Tick& tick : ticks) {
    svg += Text("tick", std::to_string(width - 8), HeightOf(tick.share) + 4, "end", tick.label);
  }
  return svg + "</svg>\n";
}

std::string GridLines(const std::vector<Tick>& ticks) {
  std::string svg;
  for (const Tick& tick : ticks) {
    svg += fmt::format("<line class=\"{}\" x1=\"0\" x2=\"100%\" y1=\"{}\" y2=\"{}\"/>\n",
                       tick.share == 0 ? "base" : "grid", Number(HeightOf(tick.share)),
                       Number(HeightOf(tick.share)));
  }
  return svg;
}

// Line and tinted area in a picture that is stretched to the plot; its strokes are not.
std::string TrendLine(const std::vector<TrendPoint>& points) {
  std::string line, area, run;
  double first_x = 0, last_x = 0;
  const double step = 100.0 / static_cast<double>(points.size());
  const auto close_run = [&] {
    if (run.empty()) return;
    line += "M" + run;
    area += fmt::format("M{} 100L{}L{} 100Z", Number(first_x), run, Number(last_x));
    run.clear();
  };
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!points[i].share) {
      close_run();
      continue;
    }
    last_x = (static_cast<double>(i) + 0.5) * step;
    if (run.empty()) {
      first_x = last_x;
    } else {
      run += "L";
    }
    run += Number(last_x) + " " + Number(100 * (1 - *points[i].share));
  }
  close_run();
  return fmt::format(
      "<svg y=\"{}\" width=\"100%\" height=\"{}\" viewBox=\"0 0 100 100\" "
      "preserveAspectRatio=\"none\"><path class=\"area\" d=\"{}\"/><path class=\"line\" "
      "vector-effect=\"non-scaling-stroke\" d=\"{}\"/></svg>\n",
      kPlotTop, kPlotHeight, area, line);
}

// "71,4 %" without its unit, which stands at the axis.
std::string Unitless(std::string rate) {
  rate.erase(rate.find_first_not_of("0123456789,."));
  return rate;
}

std::string TrendMark(const TrendPoint& point, std::size_t index, std::size_t count,
                      ReportLanguage language) {
  const std::string x = Percent((static_cast<double>(index) + 0.5) / static_cast<double>(count));
  if (!point.share) return Text("absent", x, kPlotTop + kPlotHeight - 6, "middle", "\u00D7");
  const double y = HeightOf(*point.share);
  std::string svg = fmt::format("<circle class=\"mark\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>\n", x,
                                Number(y), count > 2 * kLabelsWide ? "2" : "4");
  const LabelRoom room = RoomOf(index, count);
  if (room != LabelRoom::kNone) {
    svg += Text(room == LabelRoom::kWide ? "value wide" : "value", x, y - kValueRoom + 2, "middle",
                Unitless(FormatRate(point.share, language)));
  }
  return svg;
}

// The end of an axis: a round number at least `value` that four ticks divide well.
std::int64_t NiceMaximum(std::int64_t value) {
  std::int64_t tenth = 1;
  while (tenth * 100 < value) tenth *= 10;
  for (const std::int64_t factor : {4, 8, 12, 16, 20, 24, 32, 40, 60, 80}) {
    if (factor * tenth >= value) return factor * tenth;
  }
  return 100 * tenth;
}

std::vector<Tick> CountTicks(std::int64_t maximum, ReportLanguage language) {
  std::vector<Tick> ticks;
  for (std::int64_t part = 0; part <= 4; ++part) {
    ticks.push_back({static_cast<double>(part) / 4, FormatCount(maximum / 4 * part, language)});
  }
  return ticks;
}

std::int64_t Sum(const std::array<std::int64_t, 4>& counts) {
  return counts[0] + counts[1] + counts[2] + counts[3];
}

std::string StatusRectangle(std::size_t status, const std::string& x, const std::string& width,
                            double y, double height) {
  return fmt::format("<rect class=\"s-{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                     kStatusClasses[status], x, Number(y), width, Number(height));
}

std::string StatusColumnMarks(const StatusColumn& column, std::size_t index, std::size_t count,
                              std::int64_t maximum) {
  const double slot = 1.0 / static_cast<double>(count);
  const std::string x = Percent((static_cast<double>(index) + 0.14) * slot);
  const std::string width = Percent(0.72 * slot);
  std::string svg;
  double from = 0;
  for (std::size_t status = 4; status-- > 0;) {
    if (column.counts[status] == 0) continue;
    const double share = static_cast<double>(column.counts[status]) / static_cast<double>(maximum);
    svg += StatusRectangle(status, x, width, HeightOf(from + share), share * kPlotHeight);
    from += share;
  }
  return svg;
}

// Name on the left, figure on the right, above the bar.
std::string BarHead(int top, const std::string& label, const std::string& remark,
                    const std::string& figure) {
  std::string name = EscapeHtml(label);
  if (!remark.empty()) {
    name += fmt::format("<tspan class=\"remark\" dx=\"8\">{}</tspan>", EscapeHtml(remark));
  }
  return fmt::format("<text class=\"name\" x=\"0\" y=\"{}\">{}</text>\n", top + 14, name) +
         Text("figure", "100%", top + 14, "end", figure);
}

std::string Bar(std::string_view css_class, double from, double width, int top) {
  return fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\"/>\n",
                     css_class, Percent(from), top + kBarTop, Percent(width), kBarHeight);
}

}  // namespace

std::string DrawTrend(const TrendChart& chart, ReportLanguage language) {
  std::vector<Tick> ticks;
  for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    ticks.push_back(
        {share, fmt::format("{:.0f}{}%", 100 * share, InLanguage(language, "\u00A0", ""))});
  }
  std::string svg = "<div class=\"plot\">" + Axis(ticks) +
                    OpenSvg(chart.text, kChartHeight, "trend") + GridLines(ticks) +
                    TrendLine(chart.points);
  if (chart.target) {
    const std::string y = Number(HeightOf(*chart.target));
    svg += fmt::format("<line class=\"target\" x1=\"0\" x2=\"100%\" y1=\"{}\" y2=\"{}\"/>\n", y, y);
  }
  for (std::size_t i = 0; i < chart.points.size(); ++i) {
    svg += TrendMark(chart.points[i], i, chart.points.size(), language) +
           AxisLabel(chart.points[i].label, i, chart.points.size());
  }
  if (chart.target) {  // last, so that nothing runs through its words
    const double y = HeightOf(*chart.target);
    svg += Text("target-label", "100%", y + (*chart.target > 0.5 ? 14 : -6), "end",
                chart.target_label);
  }
  return svg + "</svg></div>\n";
}

std::string DrawStatusColumns(const StatusChart& chart, ReportLanguage language) {
  std::int64_t most = 1;
  for (const StatusColumn& column : chart.columns) most = std::max(most, Sum(column.counts));
  const std::int64_t maximum = NiceMaximum(most);
  const std::vector<Tick> ticks = CountTicks(maximum, language);
  std::string svg = "<div class=\"plot\">" + Axis(ticks) +
                    OpenSvg(chart.text, kChartHeight, "columns") + GridLines(ticks);
  for (std::size_t i = 0; i < chart.columns.size(); ++i) {
    svg += StatusColumnMarks(chart.columns[i], i, chart.columns.size(), maximum) +
           AxisLabel(chart.columns[i].label, i, chart.columns.size());
  }
  return svg + "</svg></div>\n";
}

std::string DrawStatusBar(const ChartText& text, const std::array<std::int64_t, 4>& counts) {
  std::string svg = OpenSvg(text, kStatusBarHeight, "status-bar");
  const std::int64_t sum = Sum(counts);
  if (sum == 0) {
    svg += fmt::format("<rect class=\"track\" x=\"0\" y=\"0\" width=\"100%\" height=\"{}\"/>\n",
                       kStatusBarHeight);
  }
  double from = 0;
  for (std::size_t status = 4; status-- > 0 && sum > 0;) {
    const double share = static_cast<double>(counts[status]) / static_cast<double>(sum);
    if (counts[status] > 0) {
      svg += StatusRectangle(status, Percent(from), Percent(share), 0, kStatusBarHeight);
    }
    from += share;
  }
  return svg + "</svg>\n";
}

std::string DrawStatusLegend(const std::array<std::int64_t, 4>* counts, ReportLanguage language) {
  std::string html = "<ul class=\"legend\">\n";
  for (std::size_t status = 4; status-- > 0;) {
    html += fmt::format(
        "<li><svg class=\"swatch\" width=\"18\" height=\"18\" aria-hidden=\"true\">"
        "<rect class=\"s-{}\" x=\"1\" y=\"1\" width=\"16\" height=\"16\"/></svg>"
        "<span class=\"status\">{}</span>",
        kStatusClasses[status], StatusLabel(kStatuses[status], language));
    if (counts != nullptr) {
      const std::int64_t sum = Sum(*counts);
      const auto count = (*counts)[status];
      html += fmt::format(" <span class=\"count\">{}</span> <span class=\"share\">{}</span>",
                          FormatCount(count, language),
                          FormatRate(sum == 0 ? std::nullopt
                                              : std::optional(static_cast<double>(count) /
                                                              static_cast<double>(sum)),
                                     language));
    }
    html += "</li>\n";
  }
  return html + "</ul>\n";
}

std::string DrawRateBars(const RateBarChart& chart, ReportLanguage language) {
  const int height = kBarRowHeight * static_cast<int>(chart.bars.size());
  std::string svg = OpenSvg(chart.text, height, "bars");
  int top = 0;
  for (const RateBar& bar : chart.bars) {
    svg += BarHead(top, bar.label, bar.remark, FormatRate(bar.share, language));
    svg += Bar(bar.share ? "track" : "track nothing", 0, 1, top);
    if (bar.share && *bar.share > 0) svg += Bar("fill", 0, *bar.share, top);
    if (chart.target) {
      svg += fmt::format("<line class=\"target\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>\n",
                         Percent(*chart.target), Percent(*chart.target), top + kBarTop - 4,
                         top + kBarTop + kBarHeight + 4);
    }
    top += kBarRowHeight;
  }
  return svg + "</svg>\n";
}

std::string DrawCascade(const CascadeChart& chart, ReportLanguage language) {
  std::int64_t whole = 1;
  for (const CascadeStep& step : chart.steps) whole = std::max(whole, step.count);
  const int height = kBarRowHeight * static_cast<int>(chart.steps.size());
  std::string svg = OpenSvg(chart.text, height, "cascade");
  std::int64_t left = 0;  // what is still there
  int top = 0;
  for (const CascadeStep& step : chart.steps) {
    const bool loss = step.kind == CascadeStep::Kind::kLoss;
    const double width = static_cast<double>(step.count) / static_cast<double>(whole);
    left = loss ? left - step.count : step.count;
    svg += BarHead(top, step.label, "", (loss ? "\u2212" : "") + FormatCount(step.count, language));
    const char* css_class = loss                                     ? "loss"
                            : step.kind == CascadeStep::Kind::kTotal ? "whole"
                                                                     : "fill";
    svg += Bar(css_class, loss ? static_cast<double>(left) / static_cast<double>(whole) : 0, width,
               top);
    top += kBarRowHeight;
  }
  return svg + "</svg>\n";
}

std::string DrawPairs(const PairChart& chart) {
  const int height = kBarRowHeight * static_cast<int>(chart.pairs.size());
  std::string svg = OpenSvg(chart.text, height, "pairs");
  int top = 0;
  for (const RatePair& pair : chart.pairs) {
    const int y = top + kBarTop + 8;
    svg += BarHead(top, pair.label, "", pair.difference);
    svg += fmt::format("<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{}\" y2=\"{}\"/>\n", y, y);
    if (pair.share && pair.compared) {
      svg += fmt::format("<line class=\"line\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>\n",
                         Percent(*pair.share), Percent(*pair.compared), y, y);
    }
    const auto mark = [&](const char* css_class, double share) {
      svg += fmt::format("<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"6\"/>\n", css_class,
                         Percent(share), y);
    };
    if (pair.compared) mark("mark-before", *pair.compared);
    if (pair.share) mark("mark", *pair.share);
    top += kBarRowHeight;
  }
  return svg + "</svg>\n";
}

std::string PatternDefinitions() {
  return R"svg(<svg class="patterns" width="0" height="0" aria-hidden="true"><defs>
<pattern id="p-provisional" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="b-provisional" width="8" height="8"/><circle class="f-provisional" cx="2" cy="2" r="1.2"/><circle class="f-provisional" cx="6" cy="6" r="1.2"/></pattern>
<pattern id="p-recovered" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="b-recovered" width="6" height="6"/><rect class="f-recovered" width="6" height="1.6"/></pattern>
<pattern id="p-validated" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="b-validated" width="7" height="7"/><rect class="f-validated" width="2" height="7"/></pattern>
<pattern id="p-loss" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect class="b-loss" width="6" height="6"/><rect class="f-loss" width="2.4" height="6"/></pattern>
</defs></svg>
)svg";
}

}  // namespace vigie::tools
