#include "tools/qualification_report.h"

#include <algorithm>
#include <limits>
#include <map>

#include "tools/report_text.h"

namespace vigie::tools {
namespace {

// More periods than this between two rows are not filled: a chart could not show them either.
constexpr std::int64_t kGapPeriodsMax = 4000;

std::vector<std::string> KeysOf(const RateTable& table, const v1::RateRow& row) {
  std::vector<std::string> keys;
  for (const std::string& grouping : table.groupings) {
    const auto found = row.group().find(grouping);
    keys.push_back(found == row.group().end() ? "" : found->second);
  }
  return keys;
}

// What makes two groups the same: keys, periods counted from the window's first day.
std::vector<std::string> PlaceOf(const RateTable& table, const v1::RateRow& row) {
  std::vector<std::string> place = KeysOf(table, row);
  for (std::size_t i = 0; i < place.size(); ++i) {
    const std::string& grouping = table.groupings[i];
    const auto number = PeriodNumber(grouping, place[i]);
    if (!number || !table.response.has_start_date()) continue;
    const auto first = PeriodNumber(grouping, PeriodKeyOf(grouping, table.response.start_date()));
    if (first) place[i] = std::to_string(*number - *first);
  }
  return place;
}

void SetDifference(ComparedRow* row) {
  const auto rate = RateOf(row->row), compared = RateOf(row->compared);
  if (rate && compared) row->difference_points = 100 * (*rate - *compared);
}

}  // namespace

std::vector<ReportLine> ReportLines(const RateTable& table) {
  std::vector<ReportLine> lines;
  if (table.groupings.size() != 1) return lines;
  const std::string& grouping = table.groupings[0];
  for (const v1::RateRow& row : table.response.rows()) {
    const std::string key = KeysOf(table, row)[0];
    const auto number = PeriodNumber(grouping, key);
    const auto last = lines.empty() ? std::nullopt : PeriodNumber(grouping, lines.back().key);
    if (number && last && *number - *last <= kGapPeriodsMax) {
      for (std::int64_t gap = *last + 1; gap < *number; ++gap) {
        lines.push_back({PeriodKey(grouping, gap), {}});
      }
    }
    lines.push_back({key, row});
  }
  return lines;
}

std::vector<ComparedRow> CompareTables(const RateTable& table, const RateTable& compared) {
  std::vector<ComparedRow> rows;
  std::map<std::vector<std::string>, std::size_t> places;
  for (const v1::RateRow& row : table.response.rows()) {
    places.emplace(PlaceOf(table, row), rows.size());
    rows.push_back({KeysOf(table, row), {}, row, {}, std::nullopt});
  }
  for (const v1::RateRow& row : compared.response.rows()) {
    const auto found = places.find(PlaceOf(compared, row));
    if (found == places.end()) {
      rows.push_back({{}, KeysOf(compared, row), {}, row, std::nullopt});
      continue;
    }
    rows[found->second].compared_keys = KeysOf(compared, row);
    rows[found->second].compared = row;
    SetDifference(&rows[found->second]);
  }
  return rows;
}

ComparedRow CompareTotals(const RateTable& table, const RateTable& compared) {
  ComparedRow row{{}, {}, table.response.total(), compared.response.total(), std::nullopt};
  SetDifference(&row);
  return row;
}

std::optional<double> RateOf(const v1::RateRow& row) {
  if (!row.has_rate()) return std::nullopt;
  return row.rate();
}

std::int64_t ExcludedCount(const v1::RateRow& row) {
  std::int64_t count = 0;
  for (const auto& [reason, excluded] : row.exclusions()) count += excluded;
  return count;
}

std::vector<std::string> ExclusionReasons(const v1::ComputeRateResponse& response) {
  std::vector<std::string> order = {"cancelled", "unattached", "fictitious", "doubtful"};
  for (const auto& rule : response.definition().exclusion_rules()) order.push_back(rule.reason());
  const auto rank = [&order](const std::string& reason) {
    return std::find(order.begin(), order.end(), reason) - order.begin();
  };
  std::vector<std::string> reasons;
  for (const auto& [reason, count] : response.total().exclusions()) reasons.push_back(reason);
  std::sort(reasons.begin(), reasons.end(), [&](const std::string& a, const std::string& b) {
    return std::pair(rank(a), a) < std::pair(rank(b), b);
  });
  return reasons;
}

}  // namespace vigie::tools
