#include "tools/qualification_sheets.h"

#include <utility>

#include "fmt/format.h"

namespace vigie::tools {
namespace {

using Cells = std::vector<SpreadsheetCell>;

std::string Say(ReportLanguage language, std::string_view french, std::string_view english) {
  return std::string(InLanguage(language, french, english));
}

SpreadsheetCell RateCell(const v1::RateRow& row) {
  const std::optional<double> rate = RateOf(row);
  if (!rate) return std::monostate();
  return SpreadsheetRate{*rate};
}

std::string TableName(const RateTable& table, ReportLanguage language) {
  if (table.groupings.empty()) return "Total";
  std::string name;
  for (const std::string& grouping : table.groupings) {
    const std::string label = GroupingLabel(grouping, language);
    name +=
        (name.empty() ? Say(language, "Par ", "By ") : ", ") + label.substr(0, label.find(" ("));
  }
  return name;
}

std::string WindowText(const v1::ComputeRateResponse& response, ReportLanguage language) {
  return Say(language, "Du ", "From ") + FormatDay(response.start_date(), language) +
         Say(language, " au ", " to ") + FormatDay(response.end_date(), language);
}

std::vector<std::string> Remark(const v1::ComputeRateResponse& response, ReportLanguage language) {
  return {std::string(InLanguage(language, response.definition().title())),
          WindowText(response, language),
          Say(language, "Ce n’est pas le chiffre officiel de HOP’EN 2.",
              "This is not the official HOP’EN 2 figure.")};
}

// Keys stay as the contract writes them, so that they can be joined with other lists.
void AddGroupKeys(const RateTable& table, const v1::RateRow& row, Cells* cells) {
  for (const std::string& grouping : table.groupings) {
    const auto found = row.group().find(grouping);
    cells->push_back(found == row.group().end() ? std::string() : found->second);
  }
}

SpreadsheetSheet TableSheet(const RateTable& table, ReportLanguage language) {
  SpreadsheetSheet sheet;
  sheet.name = TableName(table, language);
  sheet.remark = Remark(table.response, language);
  for (const std::string& grouping : table.groupings) {
    sheet.columns.push_back(GroupingLabel(grouping, language));
  }
  const std::vector<std::string> reasons = ExclusionReasons(table.response);
  for (const std::string& column :
       {Say(language, "taux", "rate"), Say(language, "numérateur", "numerator"),
        Say(language, "dénominateur", "denominator"), Say(language, "qualifiées", "qualified"),
        Say(language, "validées", "validated"), Say(language, "récupérées", "recovered"),
        Say(language, "provisoires", "provisional"),
        Say(language, "sans identité rattachée", "without an identity"),
        Say(language, "homonymes", "homonyms"), Say(language, "douteuses", "doubtful"),
        Say(language, "fictives", "fictitious")}) {
    sheet.columns.push_back(column);
  }
  for (const std::string& reason : reasons) {
    sheet.columns.push_back(Say(language, "exclues : ", "excluded: ") +
                            ExclusionLabel(reason, language));
  }
  const auto add = [&](const v1::RateRow& row, Cells cells) {
    cells.push_back(RateCell(row));
    for (const std::int64_t count :
         {row.numerator(), row.denominator(), row.qualified_count(), row.validated_count(),
          row.recovered_count(), row.provisional_count(), row.unattached_count(),
          row.homonym_count(), row.doubtful_count(), row.fictitious_count()}) {
      cells.emplace_back(count);
    }
    for (const std::string& reason : reasons) {
      const auto found = row.exclusions().find(reason);
      cells.emplace_back(found == row.exclusions().end() ? std::int64_t{0} : found->second);
    }
    sheet.rows.push_back(std::move(cells));
  };
  for (const v1::RateRow& row : table.response.rows()) {
    Cells cells;
    AddGroupKeys(table, row, &cells);
    add(row, std::move(cells));
  }
  Cells total(table.groupings.size());
  if (!total.empty()) total[0] = std::string("total");
  add(table.response.total(), std::move(total));
  return sheet;
}

SpreadsheetSheet ComparisonSheet(const RateTable& table, const RateTable& compared,
                                 ReportLanguage language) {
  SpreadsheetSheet sheet;
  sheet.name = Say(language, "Comparé ", "Compared ") + TableName(table, language);
  sheet.remark = Remark(table.response, language);
  sheet.remark.push_back(Say(language, "Comparé à : ", "Compared with: ") +
                         std::string(InLanguage(language, compared.response.definition().title())) +
                         ". " + WindowText(compared.response, language));
  for (const std::string& grouping : table.groupings) {
    sheet.columns.push_back(GroupingLabel(grouping, language));
    sheet.columns.push_back(GroupingLabel(grouping, language) +
                            Say(language, ", comparé", ", compared"));
  }
  for (const std::string& column :
       {Say(language, "taux", "rate"), Say(language, "taux comparé", "compared rate"),
        Say(language, "écart en points", "difference in points"),
        Say(language, "numérateur", "numerator"), Say(language, "dénominateur", "denominator"),
        Say(language, "numérateur comparé", "compared numerator"),
        Say(language, "dénominateur comparé", "compared denominator")}) {
    sheet.columns.push_back(column);
  }
  const auto add = [&](const ComparedRow& row, Cells cells) {
    cells.push_back(RateCell(row.row));
    cells.push_back(RateCell(row.compared));
    cells.push_back(row.difference_points
                        ? SpreadsheetCell(SpreadsheetPoints{*row.difference_points})
                        : SpreadsheetCell());
    for (const std::int64_t count : {row.row.numerator(), row.row.denominator(),
                                     row.compared.numerator(), row.compared.denominator()}) {
      cells.emplace_back(count);
    }
    sheet.rows.push_back(std::move(cells));
  };
  for (const ComparedRow& row : CompareTables(table, compared)) {
    Cells cells;
    for (std::size_t i = 0; i < table.groupings.size(); ++i) {
      cells.push_back(row.keys.empty() ? std::string() : row.keys[i]);
      cells.push_back(row.compared_keys.empty() ? std::string() : row.compared_keys[i]);
    }
    add(row, std::move(cells));
  }
  Cells total(2 * table.groupings.size());
  if (!total.empty()) total[0] = std::string("total");
  add(CompareTotals(table, compared), std::move(total));
  return sheet;
}

SpreadsheetSheet DefinitionSheet(const v1::ComputeRateResponse& response, ReportLanguage language) {
  const v1::IndicatorDefinition& definition = response.definition();
  SpreadsheetSheet sheet{Say(language, "Définition", "Definition"),
                         Remark(response, language),
                         {Say(language, "rubrique", "item"), Say(language, "valeur", "value")},
                         {}};
  const auto add = [&](std::string item, SpreadsheetCell value) {
    sheet.rows.push_back({std::move(item), std::move(value)});
  };
  add(Say(language, "nom", "name"), definition.name());
  add("version", std::int64_t{definition.version()});
  add(Say(language, "empreinte", "hash"), definition.hash());
  add("description", definition.description());
  add("source", definition.source());
  add(Say(language, "objectif", "target"),
      definition.has_target() ? SpreadsheetCell(SpreadsheetRate{definition.target()})
                              : SpreadsheetCell());
  add(Say(language, "source de l’objectif", "source of the target"), definition.target_source());
  add(Say(language, "fuseau horaire", "time zone"), response.time_zone());
  add(Say(language, "établi", "drawn"),
      FormatInstant(response.as_of_time(), response.time_zone(), language));
  if (response.has_cut_off_time()) {
    add(Say(language, "arrêté des faits", "cut-off"),
        FormatInstant(response.cut_off_time(), response.time_zone(), language));
  }
  add(Say(language, "numéro de la dernière écriture", "commit number"),
      response.as_of_commit_number());
  add(Say(language, "texte", "text"), definition.toml_text());
  return sheet;
}

}  // namespace

Spreadsheet QualificationSheets(const QualificationReport& report, ReportLanguage language) {
  const v1::ComputeRateResponse& head = report.tables.front().response;
  Spreadsheet spreadsheet{std::string(InLanguage(language, head.definition().title())),
                          absl::FromUnixSeconds(head.as_of_time().seconds()),
                          {}};
  for (const RateTable& table : report.tables) {
    spreadsheet.sheets.push_back(TableSheet(table, language));
  }
  for (std::size_t i = 0; i < report.tables.size() && i < report.compared.size(); ++i) {
    spreadsheet.sheets.push_back(ComparisonSheet(report.tables[i], report.compared[i], language));
  }
  spreadsheet.sheets.push_back(DefinitionSheet(head, language));
  if (!report.compared.empty() &&
      report.compared.front().response.definition().hash() != head.definition().hash()) {
    SpreadsheetSheet compared = DefinitionSheet(report.compared.front().response, language);
    compared.name += Say(language, " comparée", " compared");
    spreadsheet.sheets.push_back(std::move(compared));
  }
  return spreadsheet;
}

}  // namespace vigie::tools
