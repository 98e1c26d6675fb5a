// The report of a rate, from values: figures as French readers write them, empty periods that are
// absent and not zero, comparisons period by period, and a page in which nothing is ever markup
// that came from a definition or a base.
#include "tools/qualification_report.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/definition_text.h"
#include "tools/qualification_sheets.h"
#include "tools/report_html.h"
#include "tools/report_text.h"

namespace vigie::tools {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

constexpr auto kFrench = ReportLanguage::kFrench;
constexpr auto kEnglish = ReportLanguage::kEnglish;

v1::Date Day(int year, int month, int day) {
  v1::Date date;
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
  return date;
}

v1::RateRow Row(std::map<std::string, std::string> group, std::int64_t qualified,
                std::int64_t denominator) {
  v1::RateRow row;
  for (const auto& [key, value] : group) (*row.mutable_group())[key] = value;
  row.set_numerator(qualified);
  row.set_denominator(denominator);
  if (denominator > 0) {
    row.set_rate(static_cast<double>(qualified) / static_cast<double>(denominator));
  }
  row.set_qualified_count(qualified);
  row.set_provisional_count(denominator - qualified);
  (*row.mutable_exclusions())["cancelled"] = 3;
  (*row.mutable_exclusions())["unattached"] = 0;
  return row;
}

RateTable TableOf(std::vector<std::string> groupings, const v1::Date& from, const v1::Date& to) {
  RateTable table{std::move(groupings), {}};
  v1::IndicatorDefinition& definition = *table.response.mutable_definition();
  definition.set_name("qualified-visits");
  definition.set_version(4);
  definition.mutable_title()->set_french("Venues sous identité qualifiée");
  definition.mutable_title()->set_english("Visits under a qualified identity");
  definition.set_description("What it is.");
  definition.set_source("Own reading");
  definition.set_hash("0123456789abcdef");
  definition.set_population(v1::IndicatorDefinition::POPULATION_VISITS);
  definition.set_status_instant(v1::IndicatorDefinition::STATUS_INSTANT_DISCHARGE);
  definition.add_numerator_statuses(v1::Identity::TRUST_STATUS_QUALIFIED);
  definition.set_exclude_cancelled(true);
  *table.response.mutable_start_date() = from;
  *table.response.mutable_end_date() = to;
  table.response.set_time_zone("Europe/Paris");
  table.response.mutable_as_of_time()->set_seconds(1795306320);  // 2026-11-22 00:12 UTC
  table.response.set_as_of_commit_number(18422);
  return table;
}

QualificationReport YearReport() {
  RateTable months = TableOf({"month"}, Day(2026, 1, 1), Day(2026, 12, 31));
  *months.response.add_rows() = Row({{"month", "2026-01"}}, 600, 1000);
  *months.response.add_rows() = Row({{"month", "2026-03"}}, 900, 1200);
  *months.response.mutable_total() = Row({}, 1500, 2200);
  RateTable sites = TableOf({"site"}, Day(2026, 1, 1), Day(2026, 12, 31));
  *sites.response.add_rows() = Row({{"site", "630000404"}}, 1500, 2200);
  *sites.response.mutable_total() = Row({}, 1500, 2200);
  return {{months, sites}, {}, {}, {}, {}};
}

TEST(ReportText, WritesNumbersAsTheLanguageDoes) {
  EXPECT_EQ(FormatCount(0, kFrench), "0");
  EXPECT_EQ(FormatCount(999, kFrench), "999");
  EXPECT_EQ(FormatCount(1234567, kFrench), "1\u202F234\u202F567");
  EXPECT_EQ(FormatCount(1234567, kEnglish), "1,234,567");
  EXPECT_EQ(FormatCount(-12345, kFrench), "\u221212\u202F345");
  EXPECT_EQ(FormatRate(0.714, kFrench), "71,4\u00A0%");
  EXPECT_EQ(FormatRate(0.714, kEnglish), "71.4%");
  EXPECT_EQ(FormatPoints(3.24, kFrench), "+3,2\u00A0points");
  EXPECT_EQ(FormatPoints(-1.0, kFrench), "\u22121,0\u00A0point");
  EXPECT_EQ(FormatPoints(-0.01, kEnglish), "0.0\u00A0points");
}

TEST(ReportText, NeverRoundsToTheWholeOrToNothing) {
  EXPECT_EQ(FormatRate(0.99999, kFrench), "99,9\u00A0%");
  EXPECT_EQ(FormatRate(1.0, kFrench), "100,0\u00A0%");
  EXPECT_EQ(FormatRate(0.00001, kFrench), "0,1\u00A0%");
  EXPECT_EQ(FormatRate(0.0, kFrench), "0,0\u00A0%");
}

TEST(ReportText, SaysAbsentForARateOfNothing) {
  EXPECT_EQ(FormatRate(std::nullopt, kFrench), "absent");
  EXPECT_EQ(FormatPoints(std::nullopt, kEnglish), "absent");
}

TEST(ReportText, WritesDaysAndInstants) {
  EXPECT_EQ(FormatDay(Day(2026, 3, 1), kFrench), "1er\u00A0mars 2026");
  EXPECT_EQ(FormatDay(Day(2028, 2, 29), kFrench), "29\u00A0février 2028");
  EXPECT_EQ(FormatDay(Day(2026, 3, 1), kEnglish), "1\u00A0March 2026");
  google::protobuf::Timestamp instant;
  instant.set_seconds(1795306320);
  EXPECT_EQ(FormatInstant(instant, "Europe/Paris", kFrench),
            "22\u00A0novembre 2026 à 01:12 (Europe/Paris)");
  EXPECT_EQ(FormatInstant(instant, "America/Cayenne", kFrench),
            "21\u00A0novembre 2026 à 21:12 (America/Cayenne)");
  EXPECT_EQ(FormatInstant(instant, "No/Zone", kEnglish), "22\u00A0November 2026 at 00:12 (UTC)");
}

TEST(ReportText, EscapesMarkupAndControlCharacters) {
  EXPECT_EQ(EscapeHtml("<a href=\"x\">&'\x01\x7F\xC3\xA9\n"),
            "&lt;a href=&quot;x&quot;&gt;&amp;&#39;??\xC3\xA9\n");
}

// Every period follows the one before it, over changes of year and in years of 53 weeks.
TEST(ReportText, NumbersPeriodsWithoutGaps) {
  const struct {
    const char *grouping, *key, *next;
  } cases[] = {
      {"month", "2026-12", "2027-01"},     {"month", "1999-01", "1999-02"},
      {"week", "2026-W53", "2027-W01"},    {"week", "2025-W52", "2026-W01"},
      {"week", "1969-W52", "1970-W01"},    {"day", "2028-02-28", "2028-02-29"},
      {"day", "2026-12-31", "2027-01-01"},
  };
  for (const auto& [grouping, key, next] : cases) {
    const auto number = PeriodNumber(grouping, key);
    ASSERT_TRUE(number.has_value()) << key;
    EXPECT_EQ(PeriodKey(grouping, *number), key);
    EXPECT_EQ(PeriodKey(grouping, *number + 1), next);
  }
  EXPECT_EQ(PeriodKeyOf("week", Day(2027, 1, 3)), "2026-W53");  // a Sunday
  EXPECT_EQ(PeriodKeyOf("week", Day(2027, 1, 4)), "2027-W01");
  EXPECT_EQ(PeriodKeyOf("month", Day(2026, 3, 31)), "2026-03");
}

TEST(ReportText, RefusesKeysThatAreNoPeriods) {
  for (const char* key : {"2026-13", "2026-00", "2026", "UNKNOWN", "2026-1x", ""}) {
    EXPECT_EQ(PeriodNumber("month", key), std::nullopt) << key;
  }
  EXPECT_EQ(PeriodNumber("day", "2026-02-29"), std::nullopt);
  EXPECT_EQ(PeriodNumber("week", "2026-W54"), std::nullopt);
  EXPECT_EQ(PeriodNumber("site", "2026-01"), std::nullopt);
}

TEST(ReportLines, ShowAPeriodInWhichNothingWasSeen) {
  const std::vector<ReportLine> lines = ReportLines(YearReport().tables[0]);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1].key, "2026-02");
  EXPECT_EQ(RateOf(lines[1].row), std::nullopt);
  EXPECT_EQ(lines[2].row.numerator(), 900);
}

TEST(CompareTables, PutsMarchBesideMarchOfTheYearBefore) {
  RateTable now = YearReport().tables[0];
  RateTable before = TableOf({"month"}, Day(2025, 1, 1), Day(2025, 12, 31));
  *before.response.add_rows() = Row({{"month", "2025-02"}}, 10, 100);
  *before.response.add_rows() = Row({{"month", "2025-03"}}, 500, 1000);
  *before.response.mutable_total() = Row({}, 510, 1100);
  const std::vector<ComparedRow> rows = CompareTables(now, before);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[0].keys, ElementsAre("2026-01"));
  EXPECT_TRUE(rows[0].compared_keys.empty());
  EXPECT_EQ(rows[0].difference_points, std::nullopt);
  EXPECT_THAT(rows[1].keys, ElementsAre("2026-03"));
  EXPECT_THAT(rows[1].compared_keys, ElementsAre("2025-03"));
  EXPECT_DOUBLE_EQ(rows[1].difference_points.value(), 25);
  EXPECT_TRUE(rows[2].keys.empty());
  EXPECT_THAT(rows[2].compared_keys, ElementsAre("2025-02"));
  EXPECT_NEAR(CompareTotals(now, before).difference_points.value(),
              100 * (1500 / 2200.0 - 510 / 1100.0), 1e-9);
}

TEST(CompareTables, MatchesSitesByTheirNumber) {
  RateTable now = TableOf({"month", "site"}, Day(2026, 1, 1), Day(2026, 1, 31));
  RateTable before = TableOf({"month", "site"}, Day(2025, 12, 1), Day(2025, 12, 31));
  *now.response.add_rows() = Row({{"month", "2026-01"}, {"site", "A"}}, 1, 2);
  *now.response.add_rows() = Row({{"month", "2026-01"}, {"site", "B"}}, 1, 1);
  *before.response.add_rows() = Row({{"month", "2025-12"}, {"site", "B"}}, 1, 4);
  const std::vector<ComparedRow> rows = CompareTables(now, before);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].difference_points, std::nullopt);
  EXPECT_DOUBLE_EQ(rows[1].difference_points.value(), 75);
}

TEST(ExclusionReasons, AreInTheOrderTheyAreTried) {
  RateTable table = TableOf({}, Day(2026, 1, 1), Day(2026, 1, 31));
  table.response.mutable_definition()->add_exclusion_rules()->set_reason("a_first");
  for (const char* reason :
       {"zz", "a_first", "unattached", "cancelled", "doubtful", "fictitious"}) {
    (*table.response.mutable_total()->mutable_exclusions())[reason] = 1;
  }
  EXPECT_THAT(ExclusionReasons(table.response),
              ElementsAre("cancelled", "unattached", "fictitious", "doubtful", "a_first", "zz"));
  EXPECT_EQ(ExcludedCount(table.response.total()), 6);
}

TEST(QualificationReportHtml, HoldsWhatTheFigureCanBeRecomputedFrom) {
  const std::string page = QualificationReportHtml(YearReport(), kFrench);
  EXPECT_THAT(page, HasSubstr("<html lang=\"fr\">"));
  EXPECT_THAT(page, HasSubstr("68,2\u00A0%"));
  EXPECT_THAT(page, HasSubstr("1\u202F500"));
  EXPECT_THAT(page, HasSubstr("n’est pas le chiffre officiel"));
  EXPECT_THAT(page, HasSubstr("0123456789abcdef"));
  EXPECT_THAT(page, HasSubstr("18\u202F422"));
  EXPECT_THAT(page, HasSubstr("Europe/Paris"));
  EXPECT_THAT(page, HasSubstr("vigie report qualification --definition qualified-visits --from "
                              "2026-01-01 --to 2026-12-31"));
  EXPECT_THAT(page, HasSubstr("février 2026</th><td class=\"rate-cell\">absent</td>"));
  EXPECT_EQ(page, QualificationReportHtml(YearReport(), kFrench));
}

TEST(QualificationReportHtml, SaysWhatTheFiguresAreLimitedTo) {
  QualificationReport report = YearReport();
  report.site_finess = "630000404";
  report.tables[0].response.mutable_cut_off_time()->set_seconds(1795306320);
  const std::string page = QualificationReportHtml(report, kFrench);
  EXPECT_THAT(page, HasSubstr("31\u00A0décembre 2026 · site 630000404</strong>"));
  EXPECT_THAT(page, HasSubstr("--site 630000404 --cut-off 2026-11-22T00:12:00Z"));
}

// A daemon newer than this program may name an activity that it does not know.
TEST(DefinitionTerms, ShowAnUnknownActivityAsItsNumber) {
  v1::IndicatorDefinition definition;
  definition.mutable_activities()->Add(4711);
  definition.add_kinds(v1::Visit::KIND_EMERGENCY);
  const auto terms = DefinitionTerms(definition, kFrench);
  EXPECT_THAT(terms, Contains(Pair("Champs d’activité", "4711")));
  EXPECT_THAT(terms, Contains(Pair("Types de venue", "Urgences")));
}

TEST(DefinitionTerms, SayEveryConditionOfAnOwnExclusion) {
  v1::IndicatorDefinition definition;
  v1::ExclusionRule& rule = *definition.add_exclusion_rules();
  rule.set_reason("newborn_before_declaration");
  rule.set_age_days_max(5);
  rule.set_born_abroad(false);
  rule.add_last_insi_answers(v1::ExclusionRule::LAST_INSI_ANSWER_NONE);
  rule.add_last_insi_answers(v1::ExclusionRule::LAST_INSI_ANSWER_NOT_FOUND);
  rule.add_statuses(v1::Identity::TRUST_STATUS_PROVISIONAL);
  rule.add_activities(v1::Visit::ACTIVITY_MCO);
  rule.add_kinds(v1::Visit::KIND_INPATIENT);
  rule.add_entry_channels("kiosk");
  EXPECT_THAT(DefinitionTerms(definition, kFrench),
              Contains(Pair("Exclusions",
                            "nouveau-nés avant déclaration (âge à l’admission d’au plus 5 j et né "
                            "en France et dernière réponse INSi aucune ou 01 et statut provisoire "
                            "et activité MCO et type Hospitalisation complète et canal kiosk)")));
}

TEST(QualificationReportHtml, IsInEnglishWhenAsked) {
  const std::string page = QualificationReportHtml(YearReport(), kEnglish);
  EXPECT_THAT(page, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(page, HasSubstr("68.2%"));
  EXPECT_THAT(page, HasSubstr("This is not the official"));
  for (const char* french : {"Évolution", "Définition", "venues", "établi", "numér."}) {
    EXPECT_THAT(page, Not(HasSubstr(french)));
  }
}

TEST(QualificationReportHtml, NeedsNothingFromOutsideAndRunsNothing) {
  const std::string page = QualificationReportHtml(YearReport(), kFrench);
  for (const char* forbidden : {"<script", "http://", "https://", "src=", "@import", "url(h"}) {
    EXPECT_THAT(page, Not(HasSubstr(forbidden)));
  }
}

TEST(QualificationReportHtml, EscapesEveryText) {
  constexpr char kEvil[] = "<script>alert(1)</script>\"'&";
  QualificationReport report = YearReport();
  for (RateTable& table : report.tables) {
    v1::IndicatorDefinition& definition = *table.response.mutable_definition();
    for (std::string* text :
         {definition.mutable_name(), definition.mutable_title()->mutable_french(),
          definition.mutable_title()->mutable_english(), definition.mutable_description(),
          definition.mutable_source(), definition.mutable_target_source(),
          definition.mutable_hash(), definition.mutable_toml_text(),
          definition.mutable_group_name(), table.response.mutable_time_zone()}) {
      *text = kEvil;
    }
    definition.add_legal_entities_finess(kEvil);
    definition.add_sites_finess(kEvil);
    definition.set_target(0.5);
    definition.add_exclusion_rules()->set_reason(kEvil);
    definition.mutable_exclusion_rules(0)->add_entry_channels(kEvil);
    (*table.response.mutable_total()->mutable_exclusions())[kEvil] = 2;
    for (v1::RateRow& row : *table.response.mutable_rows()) {
      for (auto& [key, value] : *row.mutable_group()) value = kEvil;
    }
  }
  report.remarks.emplace_back().set_french(kEvil);
  report.compared = report.tables;
  RateTable details = TableOf({"month", "site"}, Day(2026, 1, 1), Day(2026, 1, 31));
  *details.response.add_rows() = Row({{"month", kEvil}, {"site", kEvil}}, 1, 2);
  report.tables.push_back(details);
  report.compared.push_back(details);
  for (const ReportLanguage language : {kFrench, kEnglish}) {
    const std::string page = QualificationReportHtml(report, language);
    EXPECT_THAT(page, Not(HasSubstr("<script")));
    EXPECT_THAT(page, Not(HasSubstr("\"'&")));
    EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
  }
}

TEST(QualificationReportHtml, ShowsAnEmptyWindowAsAbsent) {
  const RateTable empty = TableOf({"month"}, Day(2026, 1, 1), Day(2026, 1, 31));
  const std::string page = QualificationReportHtml({{empty}, {}, {}, {}, {}}, kFrench);
  EXPECT_THAT(page, HasSubstr("<p class=\"rate absent\">absent</p>"));
  EXPECT_THAT(page, HasSubstr("un taux de rien n’est pas zéro"));
  EXPECT_THAT(page, Not(HasSubstr("0,0\u00A0%")));
  EXPECT_THAT(page, Not(HasSubstr("href=\"#by-month\"")));
  EXPECT_THAT(page, Not(HasSubstr("nan")));
}

TEST(QualificationReportHtml, ShowsTheDifferenceInPoints) {
  QualificationReport report = YearReport();
  report.compared = report.tables;
  *report.compared[0].response.mutable_total() = Row({}, 1100, 2200);
  *report.compared[0].response.mutable_start_date() = Day(2025, 1, 1);
  *report.compared[0].response.mutable_end_date() = Day(2025, 12, 31);
  const std::string page = QualificationReportHtml(report, kFrench);
  EXPECT_THAT(page, HasSubstr("+18,2\u00A0points"));
  EXPECT_THAT(page, HasSubstr("la période du 1er\u00A0janvier 2025 au 31\u00A0décembre 2025"));
}

TEST(QualificationReportHtml, SaysThatTheBaseChangedBetweenTables) {
  QualificationReport report = YearReport();
  EXPECT_THAT(QualificationReportHtml(report, kFrench), Not(HasSubstr("a changé pendant")));
  report.tables[1].response.set_as_of_commit_number(18430);
  EXPECT_THAT(QualificationReportHtml(report, kFrench),
              HasSubstr("18\u202F422 à 18\u202F430 : la base a changé pendant"));
}

TEST(QualificationReportHtml, DrawsTheTargetOnlyWhenThereIsOne) {
  QualificationReport report = YearReport();
  EXPECT_THAT(QualificationReportHtml(report, kFrench), Not(HasSubstr("class=\"target\"")));
  report.tables[0].response.mutable_definition()->set_target(0.7);
  report.tables[0].response.mutable_definition()->set_target_source("Projet 2026");
  const std::string page = QualificationReportHtml(report, kFrench);
  EXPECT_THAT(page, HasSubstr("class=\"target\""));
  EXPECT_THAT(page, HasSubstr("Objectif 70,0\u00A0%"));
  EXPECT_THAT(page, HasSubstr("Projet 2026"));
  EXPECT_THAT(page, HasSubstr("Objectif atteint 1 fois sur 2"));
}

// A file active excludes visits and counts patients: adding them up would be wrong.
TEST(QualificationReportHtml, DoesNotAddVisitsToPatients) {
  QualificationReport report = YearReport();
  report.tables[0].response.mutable_definition()->set_population(
      v1::IndicatorDefinition::POPULATION_FILE_ACTIVE_PATIENTS);
  const std::string page = QualificationReportHtml(report, kFrench);
  EXPECT_THAT(page, HasSubstr("Les exclusions se comptent en venues"));
  EXPECT_THAT(page, Not(HasSubstr("Population : toutes")));
}

TEST(QualificationReportHtml, CutsLongDetailsAndSaysSo) {
  RateTable details = TableOf({"day", "site"}, Day(2026, 1, 1), Day(2026, 1, 31));
  for (int i = 0; i <= kReportDetailRowsMax; ++i) {
    *details.response.add_rows() = Row({{"day", "2026-01-01"}, {"site", std::to_string(i)}}, 1, 2);
  }
  const std::string page = QualificationReportHtml({{details}, {}, {}, {}, {}}, kFrench);
  EXPECT_THAT(page, HasSubstr("Les 1\u202F000 premières lignes sur 1\u202F001"));
}

TEST(QualificationSheets, KeepsKeysAndLeavesAnAbsentRateEmpty) {
  QualificationReport report = YearReport();
  *report.tables[0].response.add_rows() = Row({{"month", "2026-04"}}, 0, 0);
  report.compared = report.tables;
  const Spreadsheet book = QualificationSheets(report, kFrench);
  ASSERT_EQ(book.sheets.size(), 5u);  // two tables, two comparisons, the definition
  const SpreadsheetSheet& months = book.sheets[0];
  EXPECT_EQ(months.name, "Par mois");
  ASSERT_EQ(months.rows.size(), 4u);
  EXPECT_EQ(std::get<std::string>(months.rows[0][0]), "2026-01");
  EXPECT_DOUBLE_EQ(std::get<SpreadsheetRate>(months.rows[0][1]).share, 0.6);
  EXPECT_EQ(std::get<std::int64_t>(months.rows[0][2]), 600);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(months.rows[2][1]));
  EXPECT_EQ(std::get<std::string>(months.rows[3][0]), "total");
  for (const SpreadsheetSheet& sheet : book.sheets) {
    for (const auto& row : sheet.rows) EXPECT_EQ(row.size(), sheet.columns.size()) << sheet.name;
  }
}

}  // namespace
}  // namespace vigie::tools
