#include "tools/snapshot_evidence.h"

#include <set>

#include "fmt/format.h"
#include "tools/qualification_report.h"
#include "tools/report_html.h"

namespace vigie::tools {
namespace {

const std::vector<std::string> kGroupKeys = {"month", "site", "activity"};

std::string IsoDate(const v1::Date& date) {
  return fmt::format("{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
}

std::vector<std::string> RowCells(const v1::Snapshot& snapshot, const v1::RateRow& row,
                                  const std::string& kind, const std::set<std::string>& reasons) {
  std::vector<std::string> cells = {IsoDate(snapshot.day()),
                                    snapshot.definition().name(),
                                    std::to_string(snapshot.definition().version()),
                                    snapshot.definition().hash(),
                                    std::to_string(snapshot.revision()),
                                    kind};
  for (const std::string& key : kGroupKeys) {
    const auto found = row.group().find(key);
    cells.push_back(found == row.group().end() ? "" : found->second);
  }
  cells.push_back(std::to_string(row.numerator()));
  cells.push_back(std::to_string(row.denominator()));
  cells.push_back(row.has_rate() ? fmt::format("{:.6f}", row.rate()) : "");
  for (const std::int64_t count :
       {row.provisional_count(), row.recovered_count(), row.validated_count(),
        row.qualified_count(), row.unattached_count(), row.homonym_count(), row.doubtful_count(),
        row.fictitious_count()}) {
    cells.push_back(std::to_string(count));
  }
  for (const std::string& reason : reasons) {
    const auto found = row.exclusions().find(reason);
    cells.push_back(std::to_string(found == row.exclusions().end() ? 0 : found->second));
  }
  return cells;
}

std::string GroupText(const v1::FigureDifference& difference) {
  std::string text;
  for (const std::string& key : kGroupKeys) {
    const auto found = difference.group().find(key);
    if (found != difference.group().end()) text += (text.empty() ? "" : " / ") + found->second;
  }
  return text;
}

}  // namespace

Table SnapshotTable(const v1::Snapshot& snapshot, const std::vector<v1::RateRow>& rows) {
  std::set<std::string> reasons;
  for (const auto& [reason, count] : snapshot.total().exclusions()) reasons.insert(reason);
  Table table{{"day", "definition", "definition_version", "definition_hash", "revision", "row"},
              {}};
  table.columns.insert(table.columns.end(), kGroupKeys.begin(), kGroupKeys.end());
  for (const char* column :
       {"numerator", "denominator", "rate", "provisional", "recovered", "validated", "qualified",
        "unattached", "homonym", "doubtful", "fictitious"}) {
    table.columns.emplace_back(column);
  }
  for (const std::string& reason : reasons) table.columns.push_back("excluded_" + reason);
  for (const v1::RateRow& row : rows) {
    table.rows.push_back(RowCells(snapshot, row, "group", reasons));
  }
  table.rows.push_back(RowCells(snapshot, snapshot.total(), "total", reasons));
  return table;
}

v1::ComputeRateResponse RateOfSnapshot(const v1::Snapshot& snapshot,
                                       const std::vector<v1::RateRow>& rows) {
  v1::ComputeRateResponse response;
  *response.mutable_definition() = snapshot.definition();
  response.set_time_zone(snapshot.time_zone());
  response.set_as_of_commit_number(snapshot.as_of_commit_number());
  *response.mutable_as_of_time() = snapshot.closed_time();
  for (const v1::RateRow& row : rows) *response.add_rows() = row;
  *response.mutable_total() = snapshot.total();
  *response.mutable_start_date() = snapshot.start_date();
  *response.mutable_end_date() = snapshot.end_date();
  *response.mutable_cut_off_time() = snapshot.cut_off_time();
  return response;
}

Json SnapshotJson(const SnapshotRevision& revision) {
  Json json = {{"snapshot", ToJson(revision.snapshot)}, {"rows", Json::array()}};
  for (const v1::RateRow& row : revision.rows) json["rows"].push_back(ToJson(row));
  if (revision.difference) json["difference"] = ToJson(*revision.difference);
  return json;
}

std::string DifferenceText(const v1::DiffSnapshotsResponse& difference) {
  const v1::Snapshot& base = difference.base();
  const v1::Snapshot& snapshot = difference.snapshot();
  std::string text =
      fmt::format("{} {} r{} -> {} r{}\n", snapshot.definition().name(), IsoDate(base.day()),
                  base.revision(), IsoDate(snapshot.day()), snapshot.revision());
  for (const v1::Sentence& cause : difference.explanation()) {
    text += fmt::format("  - {}\n    {}\n", cause.french(), cause.english());
  }
  text += fmt::format("  total: {}\n         {}\n", difference.total().explanation().french(),
                      difference.total().explanation().english());
  for (const v1::FigureDifference& row : difference.rows()) {
    text += fmt::format("  {}: {}\n  {}  {}\n", GroupText(row), row.explanation().french(),
                        std::string(GroupText(row).size(), ' '), row.explanation().english());
  }
  return text;
}

std::map<std::string, std::string> EvidenceFiles(const SnapshotRevision& revision) {
  const v1::Snapshot& snapshot = revision.snapshot;
  const std::string name = fmt::format("{}.r{}", snapshot.definition().name(), snapshot.revision());
  std::map<std::string, std::string> files;
  files[name + ".csv"] = FormatCsv(SnapshotTable(snapshot, revision.rows));
  files[name + ".json"] = SnapshotJson(revision).dump(2) + "\n";
  QualificationReport report;
  report.tables.push_back({kGroupKeys, RateOfSnapshot(snapshot, revision.rows)});
  v1::Sentence& remark = report.remarks.emplace_back();
  remark.set_french(fmt::format("Journée close du {}, révision {}, empreinte du contenu {}.",
                                IsoDate(snapshot.day()), snapshot.revision(),
                                snapshot.content_hash()));
  remark.set_english(fmt::format("Closed day {}, revision {}, content hash {}.",
                                 IsoDate(snapshot.day()), snapshot.revision(),
                                 snapshot.content_hash()));
  if (revision.difference) {
    files[name + ".difference.txt"] = DifferenceText(*revision.difference);
    for (const v1::Sentence& cause : revision.difference->explanation()) {
      report.remarks.push_back(cause);
    }
  }
  files[name + ".html"] = QualificationReportHtml(report, ReportLanguage::kFrench);
  return files;
}

}  // namespace vigie::tools
