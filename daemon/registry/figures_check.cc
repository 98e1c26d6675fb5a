#include "daemon/registry/figures_check.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "daemon/registry/errors.h"
#include "daemon/registry/rate.h"

namespace vigie::daemon {
namespace {

using matching::IndicatorRow;
using Group = std::map<std::string, std::string>;

// All instants a visit may have (daemon/registry/checks.h), with a day more on either side for the
// zone.
constexpr matching::Date kFirstDay{1899, 12, 31}, kLastDay{2200, 1, 2};
constexpr std::int32_t kDifferencesDefault = 100, kDifferencesMax = 1000;

absl::StatusOr<std::vector<RatePlan>> PlansOf(const Environment& environment) {
  std::vector<RatePlan> plans;
  for (const matching::IndicatorDefinition& definition : environment.definitions) {
    RateRequest request;
    request.definition = definition.name;
    request.from = kFirstDay;
    request.to = kLastDay;
    if (definition.population != matching::IndicatorPopulation::kIdentityStock) {
      request.group_by = {"month", "site", "activity"};
    }
    absl::StatusOr<RatePlan> plan = PlanRate(environment, request);
    if (!plan.ok()) return plan.status();
    plans.push_back(*std::move(plan));
  }
  return plans;
}

std::map<std::string, std::int64_t> ColumnsOf(const IndicatorRow& row) {
  std::map<std::string, std::int64_t> columns = {
      {"numerator", row.numerator},         {"denominator", row.denominator},
      {"provisional", row.statuses[0]},     {"recovered", row.statuses[1]},
      {"validated", row.statuses[2]},       {"qualified", row.statuses[3]},
      {"unattached", row.unattached_count}, {"homonym", row.homonym_count},
      {"doubtful", row.doubtful_count},     {"fictitious", row.fictitious_count},
  };
  for (const auto& [reason, count] : row.exclusions) columns["excluded_" + reason] = count;
  return columns;
}

class Comparison {
 public:
  explicit Comparison(std::int32_t differences_max)
      : differences_max_(static_cast<std::size_t>(differences_max)) {}

  void Add(const RateResult& kept, const RateResult& recomputed) {
    ++result_.definition_count;
    const std::map<Group, const IndicatorRow*> left = RowsOf(kept), right = RowsOf(recomputed);
    std::set<Group> groups;
    for (const auto& [group, row] : left) groups.insert(group);
    for (const auto& [group, row] : right) groups.insert(group);
    const auto row_of = [](const std::map<Group, const IndicatorRow*>& rows, const Group& group) {
      const auto found = rows.find(group);
      return found == rows.end() ? IndicatorRow() : *found->second;
    };
    for (const Group& group : groups) {
      AddRow(kept.definition.name, group, row_of(left, group), row_of(right, group));
    }
    AddRow(kept.definition.name, {}, kept.total, recomputed.total);
  }
  VerifyFiguresResult Result(std::int64_t commit_number) && {
    result_.commit_number = commit_number;
    return std::move(result_);
  }

 private:
  // The one row of an ungrouped answer is the total, which is compared anyway.
  static std::map<Group, const IndicatorRow*> RowsOf(const RateResult& result) {
    std::map<Group, const IndicatorRow*> rows;
    for (const IndicatorRow& row : result.rows) {
      if (!row.group.empty()) rows[row.group] = &row;
    }
    return rows;
  }

  void AddRow(const std::string& definition, const Group& group, const IndicatorRow& kept,
              const IndicatorRow& recomputed) {
    ++result_.row_count;
    std::map<std::string, std::int64_t> left = ColumnsOf(kept), right = ColumnsOf(recomputed);
    for (const auto& [column, count] : left) right.try_emplace(column, 0);
    for (const auto& [column, count] : right) {
      if (left[column] == count) continue;
      ++result_.difference_count;
      if (result_.differences.size() >= differences_max_) continue;
      result_.differences.push_back({definition, group, column, left[column], count});
    }
  }

  const std::size_t differences_max_;
  VerifyFiguresResult result_;
};

}  // namespace

absl::StatusOr<VerifyFiguresResult> CompareFigures(const Environment& environment, Figures& figures,
                                                   const VerifyFiguresRequest& request) {
  if (request.differences_max < 0) return MakeFieldError("differences_max", "negative");
  const absl::StatusOr<std::vector<RatePlan>> plans = PlansOf(environment);
  if (!plans.ok()) return plans.status();
  absl::StatusOr<std::optional<Figures::Still>> still = figures.ComputeStill(*plans);
  if (!still.ok()) return still.status();
  if (!still->has_value()) {
    return MakeError(Reason::kFiguresNotLoaded, "the kept figures are not loaded");
  }
  const std::vector<absl::StatusOr<RateResult>>& rates = (*still)->rates;
  Comparison comparison(request.differences_max == 0
                            ? kDifferencesDefault
                            : std::min(request.differences_max, kDifferencesMax));
  for (std::size_t i = 0; i < plans->size(); ++i) {
    if (!rates[i].ok()) return rates[i].status();
    const absl::StatusOr<RateResult> recomputed =
        RecomputeRate(environment, (*plans)[i], *(*still)->view, request.given_up);
    if (!recomputed.ok()) return recomputed.status();
    comparison.Add(*rates[i], *recomputed);
  }
  return std::move(comparison).Result((*still)->view->CommitNumber());
}

}  // namespace vigie::daemon
