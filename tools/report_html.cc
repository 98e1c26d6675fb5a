#include "tools/report_html.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "fmt/format.h"
#include "tools/definition_text.h"
#include "tools/report_chart.h"

namespace vigie::tools {
namespace {

constexpr char kStyle[] = {
#include "report_style.inc"
};

constexpr std::size_t kBarsMax = 40;        // more is no picture; the table beside has them all
constexpr std::size_t kBesideRowsMax = 14;  // a longer table scrolls on a screen

using Counts = std::array<std::int64_t, 4>;

Counts CountsOf(const v1::RateRow& row) {
  return {row.provisional_count(), row.recovered_count(), row.validated_count(),
          row.qualified_count()};
}

// What the page is about, in the words of its population and its language.
class Page {
 public:
  Page(const QualificationReport& report, ReportLanguage language)
      : report_(report),
        language_(language),
        response_(report.tables.front().response),
        definition_(response_.definition()) {}

  std::string Html() const;

 private:
  using Definition = v1::IndicatorDefinition;
  struct TableText {
    std::string caption;
    std::vector<std::string> columns;  // the first `words` of them are text
    std::size_t words = 1;
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> total;  // empty: none
    std::size_t rate_column = 0;     // 0: none
  };

  std::string Say(std::string_view french, std::string_view english) const {
    return std::string(InLanguage(language_, french, english));
  }
  std::string Count(std::int64_t count) const { return FormatCount(count, language_); }
  std::string Rate(const v1::RateRow& row) const { return FormatRate(RateOf(row), language_); }
  bool IsVisits() const { return definition_.population() == Definition::POPULATION_VISITS; }
  bool IsStock() const { return definition_.population() == Definition::POPULATION_IDENTITY_STOCK; }

  std::string Units() const { return UnitWord(definition_, language_); }
  std::string ExcludedUnits() const { return ExcludedUnitWord(definition_, language_); }
  std::string NumeratorStatuses() const { return NumeratorWords(definition_, language_); }
  std::string Window() const;
  std::string Scope() const;
  std::string Title() const { return std::string(InLanguage(language_, definition_.title())); }

  std::string Head() const;
  std::string Navigation() const;
  std::string Notice() const;
  std::string Hero() const;
  std::string HeroChange() const;
  std::string Facts() const;
  std::string Trend(const RateTable& table) const;
  std::string TrendReading(const std::string& grouping, const std::vector<ReportLine>& lines) const;
  std::string Statuses(const RateTable& table) const;
  std::string Bars(const RateTable& table) const;
  std::string BarsReading(const std::string& grouping, const std::vector<ReportLine>& lines) const;
  std::string Losses() const;
  std::string LossReading() const;
  std::vector<CascadeStep> CascadeSteps() const;
  std::string Comparison() const;
  std::string ComparisonTable(const RateTable& table, const RateTable& compared) const;
  std::string ComparedName(const v1::ComputeRateResponse& response) const;
  std::string Details(const RateTable& table) const;
  std::string DefinitionSection() const;
  std::string Origin() const;
  std::string Glossary() const;
  std::string Command() const;
  std::string Table(const TableText& table, bool tall) const;
  std::string Section(const std::string& id, const std::string& title, const std::string& reading,
                      const std::string& content) const;
  std::string Beside(const std::string& chart, const std::string& table) const;

  const QualificationReport& report_;
  const ReportLanguage language_;
  const v1::ComputeRateResponse& response_;  // its head is the page's
  const Definition& definition_;
};

bool IsPeriod(const std::string& grouping) {
  return grouping == "month" || grouping == "week" || grouping == "day";
}

// A table of one grouping is drawn, unless there is nothing in it.
bool HasPicture(const RateTable& table) {
  return table.groupings.size() == 1 && table.response.rows_size() > 0;
}

std::string Bold(const std::string& text) { return "<strong>" + EscapeHtml(text) + "</strong>"; }

std::string Page::Window() const {
  return Say("du ", "from ") + FormatDay(response_.start_date(), language_) + Say(" au ", " to ") +
         FormatDay(response_.end_date(), language_);
}

// What the request was limited to; empty when it was not.
std::string Page::Scope() const {
  std::string scope;
  if (!report_.legal_entity_finess.empty()) {
    scope = Say("entité juridique ", "legal entity ") + report_.legal_entity_finess;
  }
  if (!report_.site_finess.empty()) {
    scope += (scope.empty() ? "" : ", ") + ("site " + report_.site_finess);
  }
  return scope;
}

std::string Page::Table(const TableText& table, bool tall) const {
  std::string html = fmt::format(
      "<div class=\"scroll{}\" role=\"region\" tabindex=\"0\" aria-label=\"{}\"><table>\n"
      "<caption>{}</caption>\n<thead><tr>",
      tall ? " tall" : "", EscapeHtml(table.caption), EscapeHtml(table.caption));
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    html += fmt::format("<th scope=\"col\"{}>{}</th>", i < table.words ? " class=\"words\"" : "",
                        EscapeHtml(table.columns[i]));
  }
  html += "</tr></thead>\n<tbody>\n";
  const auto add_row = [&](const std::vector<std::string>& cells) {
    html += "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const char* css_class = i < table.words                               ? " class=\"words\""
                              : i == table.rate_column && table.rate_column ? " class=\"rate-cell\""
                                                                            : "";
      html += fmt::format("<{}{}>{}</{}>", i == 0 ? "th scope=\"row\"" : "td", css_class,
                          EscapeHtml(cells[i]), i == 0 ? "th" : "td");
    }
    html += "</tr>\n";
  };
  for (const auto& row : table.rows) add_row(row);
  html += "</tbody>\n";
  if (!table.total.empty()) {
    html += "<tfoot>";
    add_row(table.total);
    html += "</tfoot>\n";
  }
  return html + "</table></div>\n";
}

std::string Page::Section(const std::string& id, const std::string& title,
                          const std::string& reading, const std::string& content) const {
  return fmt::format(
      "<section id=\"{}\" aria-labelledby=\"{}-h\">\n<h2 id=\"{}-h\">{}</h2>\n{}{}</section>\n", id,
      id, id, EscapeHtml(title),
      reading.empty() ? "" : "<p class=\"reading\">" + reading + "</p>\n", content);
}

std::string Page::Beside(const std::string& chart, const std::string& table) const {
  return "<div class=\"beside\">\n<figure>\n" + chart + "</figure>\n" + table + "</div>\n";
}

std::string Page::Head() const {
  std::string html = fmt::format(
      "<p class=\"brand\"><svg width=\"22\" height=\"22\" viewBox=\"0 0 22 22\" "
      "aria-hidden=\"true\"><path d=\"M1 11c3-5 6.5-7 10-7s7 2 10 7c-3 5-6.500 7-10 7s-7-2-10-7z\" "
      "fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/><circle cx=\"11\" cy=\"11\" "
      "r=\"3\" "
      "fill=\"currentColor\"/></svg>Vigie · {}</p>\n<h1>{}</h1>\n",
      Say("Qualification de l’INS", "Qualification of the INS"), EscapeHtml(Title()));
  std::string window = Window();
  window[0] = window[0] == 'd' ? 'D' : 'F';  // "du" or "from" begins the line
  for (const std::string& part : {Scope(), definition_.group_name()}) {
    if (!part.empty()) window += " · " + part;
  }
  html += fmt::format(
      "<p class=\"lead\"><strong>{}</strong> · {} {}</p>\n", EscapeHtml(window),
      Say("établi le", "drawn on"),
      EscapeHtml(FormatInstant(response_.as_of_time(), response_.time_zone(), language_)));
  for (const v1::Sentence& remark : report_.remarks) {
    html += "<p class=\"lead\">" + EscapeHtml(InLanguage(language_, remark)) + "</p>\n";
  }
  return html;
}

std::string Page::Navigation() const {
  std::string html = fmt::format("<nav aria-label=\"{}\"><ul>\n", Say("Sommaire", "Contents"));
  const auto add = [&](const std::string& id, const std::string& title) {
    html += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", id, EscapeHtml(title));
  };
  add("rate", Say("Taux", "Rate"));
  if (!report_.compared.empty()) add("comparison", Say("Comparaison", "Comparison"));
  for (const RateTable& table : report_.tables) {
    if (HasPicture(table)) {
      add("by-" + table.groupings[0],
          Say("Par ", "By ") + GroupingLabel(table.groupings[0], language_));
    }
  }
  add("losses", Say("Ce qui manque", "What is missing"));
  add("definition", Say("Définition", "Definition"));
  add("origin", Say("Origine des chiffres", "Origin of the figures"));
  return html + "</ul></nav>\n";
}

std::string Page::Notice() const {
  return "<div class=\"notice\" role=\"note\">\n<p><strong>" +
         Say("Ce n’est pas le chiffre officiel de HOP’EN 2.",
             "This is not the official HOP’EN 2 figure.") +
         "</strong> " +
         Say("Sa formule n’a été trouvée dans aucun texte public. Ce taux suit la définition "
             "écrite "
             "au bas de ce rapport, et rien d’autre.",
             "Its formula was found in no public text. This rate follows the definition at the end "
             "of this report, and nothing else.") +
         "</p>\n</div>\n";
}

std::string Page::HeroChange() const {
  if (report_.compared.empty()) return "";
  const ComparedRow totals = CompareTotals(report_.tables.front(), report_.compared.front());
  const double points = totals.difference_points.value_or(0);
  const char* arrow = !totals.difference_points ? ""
                      : points > 0              ? "\u25B2 "
                      : points < 0              ? "\u25BC "
                                                : "";
  return fmt::format("<p class=\"change {}\">{}{} <span class=\"lead\">{} {} ({})</span></p>\n",
                     points > 0   ? "up"
                     : points < 0 ? "down"
                                  : "",
                     arrow, FormatPoints(totals.difference_points, language_),
                     Say("par rapport à", "compared with"),
                     EscapeHtml(ComparedName(report_.compared.front().response)),
                     FormatRate(RateOf(totals.compared), language_));
}

std::string Page::Facts() const {
  const v1::RateRow& total = response_.total();
  std::string html = "<dl class=\"facts\">\n";
  const auto add = [&](std::int64_t count, const std::string& label) {
    html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", EscapeHtml(label), Count(count));
  };
  add(total.numerator(), Say("au numérateur", "in the numerator"));
  add(total.denominator(), Say("au dénominateur", "in the denominator"));
  add(ExcludedCount(total), ExcludedUnits() + Say(" exclues", " excluded"));
  if (!IsStock()) {
    add(total.unattached_count(), Say("venues sans identité rattachée", "visits without identity"));
  }
  add(total.homonym_count(), Say("dont homonymes signalés", "of which marked homonym"));
  add(total.doubtful_count(), Say("dont identités douteuses", "of which doubtful"));
  add(total.fictitious_count(), Say("dont identités fictives", "of which fictitious"));
  return html + "</dl>\n";
}

std::string Page::Hero() const {
  const v1::RateRow& total = response_.total();
  const Counts counts = CountsOf(total);
  std::string left =
      fmt::format("<p class=\"rate{}\">{}</p>\n", total.has_rate() ? "" : " absent", Rate(total));
  left +=
      "<p>" +
      (total.has_rate()
           ? fmt::format(fmt::runtime(Say("<strong>{}</strong> {} sur <strong>{}</strong> ont une "
                                          "identité <strong>{}</strong>.",
                                          "<strong>{}</strong> {} of <strong>{}</strong> have a "
                                          "<strong>{}</strong> identity.")),
                         Count(total.numerator()), Units(), Count(total.denominator()),
                         NumeratorStatuses())
           : Say("Rien à compter sur ces jours : un taux de rien n’est pas zéro.",
                 "Nothing to count on these days: a rate of nothing is not zero.")) +
      "</p>\n" + HeroChange();
  if (definition_.has_target()) {
    left += fmt::format("<p class=\"lead\">{} {} ({})</p>\n", Say("Objectif :", "Target:"),
                        FormatRate(definition_.target(), language_),
                        EscapeHtml(definition_.target_source()));
  }
  const ChartText text{
      "statuses", Say("Répartition des statuts de confiance", "Breakdown by trust status"),
      Say("Les chiffres sont dans la liste qui suit.", "The figures are in the list below.")};
  const std::string right = DrawStatusBar(text, counts) + DrawStatusLegend(&counts, language_);
  return fmt::format(
      "<section id=\"rate\" aria-labelledby=\"rate-h\">\n<div class=\"hero\"><div><h2 "
      "id=\"rate-h\">"
      "{}</h2>\n{}</div>\n<div>{}</div></div>\n{}</section>\n",
      Say("Le taux", "The rate"), left, right, Facts());
}

std::string Page::TrendReading(const std::string& grouping,
                               const std::vector<ReportLine>& lines) const {
  std::vector<const ReportLine*> known;
  for (const ReportLine& line : lines) {
    if (line.row.has_rate()) known.push_back(&line);
  }
  if (known.size() < 2) return "";
  const auto label = [&](const ReportLine& line) {
    return EscapeHtml(GroupLabel(grouping, line.key, language_));
  };
  const auto best = *std::max_element(known.begin(), known.end(), [](const auto* a, const auto* b) {
    return a->row.rate() < b->row.rate();
  });
  std::string text = fmt::format(
      fmt::runtime(Say("De {} ({}) à {} ({}) : {}. Le plus haut : {} ({}).",
                       "From {} ({}) to {} ({}): {}. The highest: {} ({}).")),
      Rate(known.front()->row), label(*known.front()), Rate(known.back()->row),
      label(*known.back()),
      Bold(FormatPoints(100 * (known.back()->row.rate() - known.front()->row.rate()), language_)),
      Rate(best->row), label(*best));
  if (definition_.has_target()) {
    const auto reached = std::count_if(known.begin(), known.end(), [&](const auto* line) {
      return line->row.rate() >= definition_.target();
    });
    text += fmt::format(fmt::runtime(Say(" Objectif atteint {} fois sur {}.",
                                         " Target reached {} times out of {}.")),
                        reached, known.size());
  }
  return text;
}

std::string Page::Trend(const RateTable& table) const {
  const std::string& grouping = table.groupings[0];
  const std::vector<ReportLine> lines = ReportLines(table);
  const std::string name = GroupingLabel(grouping, language_);
  TableText text{fmt::format(fmt::runtime(Say("Taux par {}", "Rate by {}")), name),
                 {name, Say("taux", "rate"), Say("numér.", "num."), Say("dénom.", "denom.")},
                 1,
                 {},
                 {"total", Rate(table.response.total()), Count(table.response.total().numerator()),
                  Count(table.response.total().denominator())},
                 1};
  TrendChart chart{
      {"trend-" + grouping, text.caption,
       Say("Chaque point est le taux d’une période ; les chiffres sont dans le tableau "
           "qui suit.",
           "Each point is the rate of a period; the figures are in the table that "
           "follows.")},
      {},
      std::nullopt,
      ""};
  if (definition_.has_target()) {
    chart.target = definition_.target();
    chart.target_label = Say("Objectif ", "Target ") + FormatRate(definition_.target(), language_);
  }
  bool gap = false;
  for (const ReportLine& line : lines) {
    gap = gap || !line.row.has_rate();
    chart.points.push_back(
        {AxisLabelOf(grouping, line.key, chart.points.empty(), language_), RateOf(line.row)});
    text.rows.push_back({GroupLabel(grouping, line.key, language_), Rate(line.row),
                         Count(line.row.numerator()), Count(line.row.denominator())});
  }
  std::string drawn = DrawTrend(chart, language_);
  if (gap) {
    drawn += "<p class=\"chart-note\">\u00D7 " +
             Say("absent : rien à compter sur la période.", "absent: nothing to count then.") +
             "</p>\n";
  }
  return Section(
      "by-" + grouping, fmt::format(fmt::runtime(Say("Évolution par {}", "Trend by {}")), name),
      TrendReading(grouping, lines), Beside(drawn, Table(text, lines.size() > kBesideRowsMax)));
}

std::string Page::Statuses(const RateTable& table) const {
  const std::string& grouping = table.groupings[0];
  const std::string name = GroupingLabel(grouping, language_);
  StatusChart chart{
      {"columns-" + grouping,
       fmt::format(fmt::runtime(Say("Statuts de confiance par {}", "Trust statuses by {}")), name),
       Say("Une colonne par période, les statuts empilés ; les chiffres sont dans le "
           "tableau qui suit.",
           "A column for each period, the statuses stacked; the figures are in the "
           "table that follows.")},
      {}};
  TableText text{chart.text.title + ", " + Units(),
                 {name, Say("qualif.", "qualif."), Say("valid.", "valid."), Say("récup.", "recov."),
                  Say("provis.", "provis.")},
                 1,
                 {},
                 {},
                 0};
  const auto cells = [&](const std::string& label, const v1::RateRow& row) {
    return std::vector<std::string>{label, Count(row.qualified_count()),
                                    Count(row.validated_count()), Count(row.recovered_count()),
                                    Count(row.provisional_count())};
  };
  for (const ReportLine& line : ReportLines(table)) {
    chart.columns.push_back(
        {AxisLabelOf(grouping, line.key, chart.columns.empty(), language_), CountsOf(line.row)});
    text.rows.push_back(cells(GroupLabel(grouping, line.key, language_), line.row));
  }
  text.total = cells("total", table.response.total());
  const std::string drawn =
      DrawStatusColumns(chart, language_) + DrawStatusLegend(nullptr, language_);
  return Section("statuses-by-" + grouping, chart.text.title,
                 EscapeHtml(fmt::format(fmt::runtime(Say("Nombre de {} au dénominateur, selon le "
                                                         "statut de leur identité.",
                                                         "Number of {} in the denominator, by the "
                                                         "status of their identity.")),
                                        Units())),
                 Beside(drawn, Table(text, text.rows.size() > kBesideRowsMax)));
}

std::string Page::BarsReading(const std::string& grouping,
                              const std::vector<ReportLine>& lines) const {
  std::vector<const ReportLine*> known;
  for (const ReportLine& line : lines) {
    if (line.row.has_rate()) known.push_back(&line);
  }
  if (known.size() < 2) return "";
  const auto by_rate = [](const auto* a, const auto* b) { return a->row.rate() < b->row.rate(); };
  const auto [low, high] = std::minmax_element(known.begin(), known.end(), by_rate);
  return fmt::format(
      fmt::runtime(Say("De {} ({}) à {} ({}) : un écart de {}.",
                       "From {} ({}) to {} ({}): {} between them.")),
      Rate((*low)->row), EscapeHtml(GroupLabel(grouping, (*low)->key, language_)),
      Rate((*high)->row), EscapeHtml(GroupLabel(grouping, (*high)->key, language_)),
      Bold(FormatPoints(100 * ((*high)->row.rate() - (*low)->row.rate()), language_).substr(1)));
}

std::string Page::Bars(const RateTable& table) const {
  const std::string& grouping = table.groupings[0];
  std::vector<ReportLine> lines = ReportLines(table);
  std::stable_sort(lines.begin(), lines.end(), [](const ReportLine& a, const ReportLine& b) {
    return a.row.denominator() > b.row.denominator();
  });
  const std::string name = GroupingLabel(grouping, language_);
  TableText text{fmt::format(fmt::runtime(Say("Taux par {}", "Rate by {}")), name),
                 {name, Say("taux", "rate"), Say("numér.", "num."), Say("dénom.", "denom.")},
                 1,
                 {},
                 {"total", Rate(table.response.total()), Count(table.response.total().numerator()),
                  Count(table.response.total().denominator())},
                 1};
  RateBarChart chart{
      {"bars-" + grouping, text.caption,
       Say("Une barre par ligne du tableau qui suit, de la plus grande à la plus "
           "petite population.",
           "A bar for each row of the table that follows, from the largest population "
           "to the smallest.")},
      {},
      definition_.has_target() ? std::optional(definition_.target()) : std::nullopt};
  for (const ReportLine& line : lines) {
    const std::string label = GroupLabel(grouping, line.key, language_);
    if (chart.bars.size() < kBarsMax) {
      chart.bars.push_back(
          {label, Count(line.row.denominator()) + " " + Units(), RateOf(line.row)});
    }
    text.rows.push_back(
        {label, Rate(line.row), Count(line.row.numerator()), Count(line.row.denominator())});
  }
  std::string drawn = DrawRateBars(chart, language_);
  if (chart.target) {
    drawn += "<p class=\"chart-note\">" +
             Say("Trait vertical : objectif ", "Upright line: target ") +
             FormatRate(definition_.target(), language_) + "</p>\n";
  }
  return Section(
      "by-" + grouping, fmt::format(fmt::runtime(Say("Taux par {}", "Rate by {}")), name),
      BarsReading(grouping, lines), Beside(drawn, Table(text, lines.size() > kBesideRowsMax)));
}

std::vector<CascadeStep> Page::CascadeSteps() const {
  const v1::RateRow& total = response_.total();
  std::vector<CascadeStep> steps;
  const bool joined = IsVisits() || IsStock();  // a file active excludes visits and counts patients
  const std::int64_t excluded = ExcludedCount(total);
  if (joined && excluded > 0) {
    steps.push_back({CascadeStep::Kind::kTotal,
                     Say("Population : toutes les ", "Population: all ") + Units(),
                     total.denominator() + excluded});
    for (const std::string& reason : ExclusionReasons(response_)) {
      const std::int64_t count = total.exclusions().at(reason);
      if (count > 0) {
        steps.push_back({CascadeStep::Kind::kLoss,
                         Say("exclues : ", "excluded: ") + ExclusionLabel(reason, language_),
                         count});
      }
    }
  }
  steps.push_back({CascadeStep::Kind::kTotal, Say("Dénominateur : ", "Denominator: ") + Units(),
                   total.denominator()});
  const Counts counts = CountsOf(total);
  const auto& wanted = definition_.numerator_statuses();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const int status = v1::Identity::TRUST_STATUS_PROVISIONAL + static_cast<int>(i);
    if (counts[i] == 0 || std::find(wanted.begin(), wanted.end(), status) != wanted.end()) continue;
    steps.push_back({CascadeStep::Kind::kLoss,
                     Say("identité ", "identity ") +
                         StatusLabel(static_cast<v1::Identity::TrustStatus>(status), language_),
                     counts[i]});
  }
  steps.push_back({CascadeStep::Kind::kGoal,
                   Say("Numérateur : identité ", "Numerator: identity ") + NumeratorStatuses(),
                   total.numerator()});
  return steps;
}

std::string Page::LossReading() const {
  const v1::RateRow& total = response_.total();
  if (total.denominator() == 0) return "";
  const std::array<std::string, 4> waits = {
      Say("qui attendent INSi et une pièce d’identité", "waiting for INSi and for a document"),
      Say("qui attendent une pièce d’identité à haut niveau de confiance",
          "waiting for a high-trust document"),
      Say("qui attendent une réponse d’INSi", "waiting for an answer of INSi"), ""};
  const Counts counts = CountsOf(total);
  const auto& wanted = definition_.numerator_statuses();
  std::size_t largest = counts.size();
  for (std::size_t i = 0; i < 3; ++i) {
    const int status = v1::Identity::TRUST_STATUS_PROVISIONAL + static_cast<int>(i);
    if (std::find(wanted.begin(), wanted.end(), status) != wanted.end()) continue;
    if (largest == counts.size() || counts[i] > counts[largest]) largest = i;
  }
  if (largest == counts.size() || counts[largest] == 0) return "";
  const double share =
      static_cast<double>(counts[largest]) / static_cast<double>(total.denominator());
  return fmt::format(
      fmt::runtime(Say("Le plus grand manque : {} {} à l’identité {}, {}, soit {} du dénominateur.",
                       "The largest loss: {} {} with a {} identity, {}: {} of the denominator.")),
      Bold(Count(counts[largest])), Units(),
      StatusLabel(static_cast<v1::Identity::TrustStatus>(v1::Identity::TRUST_STATUS_PROVISIONAL +
                                                         static_cast<int>(largest)),
                  language_),
      waits[largest], Bold(FormatRate(share, language_)));
}

std::string Page::Losses() const {
  const v1::RateRow& total = response_.total();
  CascadeChart chart{
      {"cascade", Say("De la population au numérateur", "From the population to the numerator"),
       Say("Chaque barre hachurée retire sa part ; les chiffres sont dans le tableau "
           "qui suit.",
           "Each hatched bar takes its part away; the figures are in the table that "
           "follows.")},
      CascadeSteps()};
  TableText text{Say("Exclusions et statuts hors du numérateur, population entière",
                     "Exclusions and statuses outside the numerator, whole population"),
                 {Say("motif", "reason"), Say("compté en", "counted in"), Say("nombre", "count")},
                 2,
                 {},
                 {},
                 0};
  for (const std::string& reason : ExclusionReasons(response_)) {
    text.rows.push_back({Say("exclues : ", "excluded: ") + ExclusionLabel(reason, language_),
                         ExcludedUnits(), Count(total.exclusions().at(reason))});
  }
  const Counts counts = CountsOf(total);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto status = static_cast<v1::Identity::TrustStatus>(
        v1::Identity::TRUST_STATUS_PROVISIONAL + static_cast<int>(i));
    const auto& wanted = definition_.numerator_statuses();
    if (std::find(wanted.begin(), wanted.end(), status) != wanted.end()) continue;
    text.rows.push_back({Say("identité ", "identity ") + StatusLabel(status, language_), Units(),
                         Count(counts[i])});
  }
  std::string note;
  if (!IsVisits() && !IsStock()) {
    note = "<p class=\"chart-note\">" +
           Say("Les exclusions se comptent en venues, le taux en patients : elles ne sont donc pas "
               "dans le graphique.",
               "Exclusions are counted in visits, the rate in patients: so they are not in the "
               "chart.") +
           "</p>\n";
  }
  return Section("losses", Say("Ce qui manque", "What is missing"), LossReading(),
                 Beside(DrawCascade(chart, language_) + note, Table(text, false)));
}

std::string Page::ComparedName(const v1::ComputeRateResponse& response) const {
  std::string name;
  if (response.definition().name() != definition_.name()) {
    name = Say("« ", "“") + std::string(InLanguage(language_, response.definition().title())) +
           Say(" »", "”");
  }
  const auto same = [](const v1::Date& a, const v1::Date& b) {
    return a.year() == b.year() && a.month() == b.month() && a.day() == b.day();
  };
  if (!same(response.start_date(), response_.start_date()) ||
      !same(response.end_date(), response_.end_date()) || name.empty()) {
    name += (name.empty() ? "" : ", ") + Say("la période du ", "the period from ") +
            FormatDay(response.start_date(), language_) + Say(" au ", " to ") +
            FormatDay(response.end_date(), language_);
  }
  return name;
}

std::string Page::ComparisonTable(const RateTable& table, const RateTable& compared) const {
  TableText text{"", {}, std::max<std::size_t>(1, table.groupings.size()), {}, {}, 0};
  std::vector<std::string> names;
  for (const std::string& grouping : table.groupings) {
    names.push_back(GroupingLabel(grouping, language_));
    text.columns.push_back(names.back());
  }
  if (names.empty()) text.columns.push_back("");
  text.caption = Say("Taux comparés", "Rates compared");
  for (const std::string& name : names) {
    text.caption += (&name == &names.front() ? Say(" par ", " by ") : ", ") + name;
  }
  for (std::string column : {Say("ce rapport", "this report"), Say("comparé à", "compared with"),
                             Say("écart", "difference")}) {
    text.columns.push_back(std::move(column));
  }
  PairChart chart{{"pairs" + (names.empty() ? "" : "-" + table.groupings[0]), text.caption,
                   Say("Marque pleine : ce rapport. Marque creuse : ce à quoi il est comparé. Les "
                       "chiffres sont dans le tableau qui suit.",
                       "Full mark: this report. Hollow mark: what it is compared with. The figures "
                       "are in the table that follows.")},
                  {}};
  const auto add = [&](const ComparedRow& row, std::vector<std::string> labels) {
    if (chart.pairs.size() < kBarsMax) {
      chart.pairs.push_back({labels.front(), FormatPoints(row.difference_points, language_),
                             RateOf(row.row), RateOf(row.compared)});
    }
    labels.push_back(Rate(row.row));
    labels.push_back(Rate(row.compared));
    labels.push_back(FormatPoints(row.difference_points, language_));
    return labels;
  };
  for (const ComparedRow& row : CompareTables(table, compared)) {
    std::vector<std::string> labels;
    for (std::size_t i = 0; i < table.groupings.size(); ++i) {
      const std::string& grouping = table.groupings[i];
      std::string label = row.keys.empty() ? "" : GroupLabel(grouping, row.keys[i], language_);
      if (!row.compared_keys.empty() && (row.keys.empty() || row.keys[i] != row.compared_keys[i])) {
        label +=
            (label.empty() ? "" : " / ") + GroupLabel(grouping, row.compared_keys[i], language_);
      }
      labels.push_back(label);
    }
    text.rows.push_back(add(row, labels));
  }
  std::vector<std::string> labels(std::max<std::size_t>(1, names.size()));
  labels[0] = "total";
  text.total = add(CompareTotals(table, compared), labels);
  const std::string table_html = Table(text, text.rows.size() > kBesideRowsMax);
  if (table.groupings.size() > 1) return table_html;  // too many rows for a picture
  return Beside(DrawPairs(chart), table_html);
}

std::string Page::Comparison() const {
  if (report_.compared.empty()) return "";
  const v1::ComputeRateResponse& compared = report_.compared.front().response;
  std::string reading = fmt::format(
      fmt::runtime(Say("Ce rapport est comparé à {} (définition {}, empreinte {}). Les périodes se "
                       "correspondent par leur rang depuis le premier jour.",
                       "This report is compared with {} (definition {}, hash {}). Periods "
                       "correspond by their place from the first day.")),
      Bold(ComparedName(compared)), EscapeHtml(compared.definition().name()),
      EscapeHtml(compared.definition().hash()));
  std::string content = fmt::format(
      "<ul class=\"legend key\"><li><svg height=\"14\" aria-hidden=\"true\"><circle class=\"mark\" "
      "cx=\"13\" cy=\"7\" r=\"6\"/></svg>{}</li><li><svg height=\"14\" "
      "aria-hidden=\"true\"><circle "
      "class=\"mark-before\" cx=\"13\" cy=\"7\" r=\"6\"/></svg>{}</li></ul>\n",
      Say("ce rapport", "this report"), Say("comparé à", "compared with"));
  for (std::size_t i = 0; i < report_.tables.size() && i < report_.compared.size(); ++i) {
    content += ComparisonTable(report_.tables[i], report_.compared[i]);
  }
  return Section("comparison", Say("Comparaison", "Comparison"), reading, content);
}

std::string Page::Details(const RateTable& table) const {
  TableText text{"", {}, table.groupings.size(), {}, {}, table.groupings.size()};
  for (const std::string& grouping : table.groupings) {
    const std::string name = GroupingLabel(grouping, language_);
    text.columns.push_back(name);
    text.caption += (text.caption.empty() ? Say("Taux par ", "Rate by ") : ", ") + name;
  }
  for (std::string column :
       {Say("taux", "rate"), Say("numér.", "num."), Say("dénom.", "denom."),
        Say("qualif.", "qualif."), Say("valid.", "valid."), Say("récup.", "recov."),
        Say("provis.", "provis."), Say("exclues", "excluded")}) {
    text.columns.push_back(std::move(column));
  }
  const auto add = [&](std::vector<std::string> cells, const v1::RateRow& row) {
    cells.push_back(Rate(row));
    for (const std::int64_t count :
         {row.numerator(), row.denominator(), row.qualified_count(), row.validated_count(),
          row.recovered_count(), row.provisional_count(), ExcludedCount(row)}) {
      cells.push_back(Count(count));
    }
    return cells;
  };
  const int shown = std::min(table.response.rows_size(), kReportDetailRowsMax);
  for (int i = 0; i < shown; ++i) {
    const v1::RateRow& row = table.response.rows(i);
    std::vector<std::string> cells;
    for (const std::string& grouping : table.groupings) {
      const auto found = row.group().find(grouping);
      cells.push_back(
          GroupLabel(grouping, found == row.group().end() ? "" : found->second, language_));
    }
    text.rows.push_back(add(std::move(cells), row));
  }
  std::vector<std::string> total(table.groupings.size());
  total[0] = "total";
  text.total = add(std::move(total), table.response.total());
  std::string reading;
  if (shown < table.response.rows_size()) {
    reading = EscapeHtml(
        fmt::format(fmt::runtime(Say(
                        "Les {} premières lignes sur {} ; toutes sont dans le fichier CSV ou XLSX.",
                        "The first {} rows of {}; all are in the CSV or XLSX file.")),
                    Count(shown), Count(table.response.rows_size())));
  }
  std::string id = "details";
  for (const std::string& grouping : table.groupings) id += "-" + grouping;
  return Section(id, text.caption, reading, Table(text, text.rows.size() > 2 * kBesideRowsMax));
}

std::string Page::DefinitionSection() const {
  std::string html = "<dl class=\"terms\">\n";
  for (const auto& [term, text] : DefinitionTerms(definition_, language_)) {
    html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", EscapeHtml(term), EscapeHtml(text));
  }
  html += "<dt>" + Say("Empreinte", "Hash") + "</dt><dd><code>" + EscapeHtml(definition_.hash()) +
          "</code></dd>\n</dl>\n";
  if (!definition_.toml_text().empty()) {
    html += "<h3>" + Say("Texte de la définition", "Text of the definition") + "</h3>\n<pre>" +
            EscapeHtml(definition_.toml_text()) + "</pre>\n";
  }
  return Section("definition", Say("La définition", "The definition"), "", html);
}

std::string Page::Command() const {
  const auto day = [](const v1::Date& date) {
    return fmt::format("{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
  };
  std::string command =
      fmt::format("vigie report qualification --definition {} --from {} --to {}",
                  definition_.name(), day(response_.start_date()), day(response_.end_date()));
  if (!report_.legal_entity_finess.empty()) {
    command += " --legal-entity " + report_.legal_entity_finess;
  }
  if (!report_.site_finess.empty()) command += " --site " + report_.site_finess;
  if (response_.has_cut_off_time()) {
    command +=
        " --cut-off " + absl::FormatTime("%Y-%m-%dT%H:%M:%SZ",
                                         absl::FromUnixSeconds(response_.cut_off_time().seconds()),
                                         absl::UTCTimeZone());
  }
  return command;
}

std::string Page::Origin() const {
  std::string html = "<dl class=\"terms\">\n";
  const auto add = [&](const std::string& term, const std::string& text) {
    html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", term, EscapeHtml(text));
  };
  add(Say("Jours comptés", "Days counted"),
      Window() + Say(", premier et dernier compris", ", first and last included"));
  if (!Scope().empty()) add(Say("Périmètre demandé", "Limited to"), Scope());
  add(Say("Fuseau horaire", "Time zone"), response_.time_zone());
  add(Say("Établi", "Drawn"),
      FormatInstant(response_.as_of_time(), response_.time_zone(), language_));
  if (response_.has_cut_off_time()) {
    add(Say("Arrêté des faits", "Cut-off"),
        FormatInstant(response_.cut_off_time(), response_.time_zone(), language_));
  }
  std::int64_t first = response_.as_of_commit_number(), last = first;
  for (const RateTable& table : report_.tables) {
    first = std::min(first, table.response.as_of_commit_number());
    last = std::max(last, table.response.as_of_commit_number());
  }
  add(Say("Numéro de la dernière écriture", "Commit number"),
      first == last ? Count(first)
                    : Count(first) + Say(" à ", " to ") + Count(last) +
                          Say(" : la base a changé pendant le rapport, les tableaux peuvent "
                              "différer de quelques unités",
                              ": the base changed meanwhile, tables may differ by a few units"));
  add(Say("Calcul", "Computation"),
      response_.source() == v1::ComputeRateResponse::RATE_SOURCE_KEPT
          ? Say("chiffres tenus à jour à chaque écriture", "figures kept with every commit")
          : Say("relecture de tous les enregistrements", "a scan of all records"));
  html += "<dt>" + Say("Refaire ce chiffre", "To draw it again") + "</dt><dd><code>" +
          EscapeHtml(Command()) + "</code></dd>\n</dl>\n";
  return Section("origin", Say("Origine des chiffres", "Origin of the figures"), "", html);
}

std::string Page::Glossary() const {
  std::string html = "<dl class=\"terms\">\n";
  const auto add = [&](v1::Identity::TrustStatus status, const std::string& text) {
    html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", StatusLabel(status, language_), text);
  };
  add(v1::Identity::TRUST_STATUS_QUALIFIED,
      Say("réponse d’INSi acceptée et pièce d’identité contrôlée",
          "answer of INSi accepted and document checked"));
  add(v1::Identity::TRUST_STATUS_VALIDATED,
      Say("pièce d’identité contrôlée, pas encore de réponse d’INSi acceptée",
          "document checked, no answer of INSi accepted yet"));
  add(v1::Identity::TRUST_STATUS_RECOVERED,
      Say("réponse d’INSi acceptée, pas encore de pièce d’identité contrôlée",
          "answer of INSi accepted, no document checked yet"));
  add(v1::Identity::TRUST_STATUS_PROVISIONAL,
      Say("ni l’un ni l’autre, ou identité douteuse ou fictive",
          "neither, or a doubtful or fictitious identity"));
  return Section("words", Say("Les quatre statuts (RNIV)", "The four statuses (RNIV)"), "",
                 html + "</dl>\n");
}

std::string Page::Html() const {
  std::string main = Hero() + Comparison();
  for (const RateTable& table : report_.tables) {
    if (!HasPicture(table)) continue;
    main += IsPeriod(table.groupings[0]) ? Trend(table) + Statuses(table) : Bars(table);
  }
  main += Losses();
  for (const RateTable& table : report_.tables) {
    if (table.groupings.size() > 1) main += Details(table);
  }
  main += DefinitionSection() + Origin() + Glossary();
  const std::string title = Title() + " · " + Window() + " · Vigie";
  return fmt::format(
             "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
             "style-src 'unsafe-inline'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
             "<title>{}</title>\n<style>\n",
             Say("fr", "en"), EscapeHtml(title)) +
         kStyle + "</style>\n</head>\n<body>\n" + PatternDefinitions() +
         fmt::format("<a class=\"skip\" href=\"#main\">{}</a>\n<div class=\"page\">\n<header>\n",
                     Say("Aller au contenu", "Go to the content")) +
         Head() + Navigation() + "</header>\n<main id=\"main\">\n" + Notice() + main +
         "</main>\n<footer><p>" +
         EscapeHtml(Say("Vigie, vigilance des identités. ", "Vigie, identity vigilance. ") +
                    definition_.name() + " v" + std::to_string(definition_.version()) + ", " +
                    definition_.hash() + ".") +
         "</p></footer>\n</div>\n</body>\n</html>\n";
}

}  // namespace

std::string QualificationReportHtml(const QualificationReport& report, ReportLanguage language) {
  return Page(report, language).Html();
}

}  // namespace vigie::tools
