#include "daemon/registry/rate.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "daemon/registry/checks.h"
#include "daemon/registry/errors.h"
#include "matching/date.h"
#include "matching/indicator.h"

namespace vigie::daemon {
namespace {

using matching::Identity;
using matching::IdentityId;
using matching::IndicatorIdentity;
using matching::IndicatorPopulation;
using matching::Instant;
using matching::Visit;

// Visits whose identities are read together.
constexpr std::size_t kChunkSize = 1024;
// Identities remembered during one pass: about 100 MB, then forgotten and read again.
constexpr std::size_t kKnownIdentitiesMax = 1'000'000;

absl::Status TooManyGroups() {
  return MakeError(Reason::kTooManyGroups, "too many groups in one report");
}

absl::Status GivenUp() {
  return MakeError(Reason::kDeadlinePassed, "the deadline passed while the records were read");
}

// One pass over the visits of a window.
class RatePass {
 public:
  RatePass(const Environment& environment, const RatePlan& plan, const storage::View& view,
           const std::function<bool()>& given_up)
      : plan_(plan),
        view_(view),
        given_up_(given_up),
        accumulator_(plan.definition, plan.query),
        days_(environment.zone),
        groups_(plan.group_by) {}

  absl::Status OverVisits() {
    absl::Status status;
    absl::Status scanned =
        view_.ScanVisits(plan_.query.window_begin, plan_.query.window_end, [&](const Visit& visit) {
          if (!Asked(visit)) return true;
          chunk_.push_back(visit);
          if (chunk_.size() == kChunkSize) status = CountChunk();
          return status.ok();
        });
    if (!scanned.ok()) return scanned;
    return status.ok() ? CountChunk() : status;
  }

  absl::Status OverIdentities() {
    absl::Status status;
    std::size_t count = 0;
    absl::Status scanned = view_.ScanIdentities(0, [&](const Identity& identity) {
      if (++count % kChunkSize == 0 && given_up_ && given_up_()) status = GivenUp();
      accumulator_.AddIdentity(IndicatorIdentityOf(identity, plan_.query), 0);
      return status.ok();
    });
    return scanned.ok() ? status : scanned;
  }

  std::vector<matching::IndicatorRow> Rows() const {
    std::vector<matching::IndicatorRow> rows;
    for (std::uint32_t group = 0; group < std::max<std::size_t>(groups_.size(), 1); ++group) {
      if (!accumulator_.Has(group)) continue;
      rows.push_back(accumulator_.Row(group));
      if (groups_.size() > 0) rows.back().group = groups_.NamesOf(group);
    }
    std::sort(rows.begin(), rows.end(),
              [](const auto& left, const auto& right) { return left.group < right.group; });
    return rows;
  }
  matching::IndicatorRow Total() const { return accumulator_.Total(); }

 private:
  bool Asked(const Visit& visit) const {
    return (plan_.site_finess.empty() || plan_.site_finess == visit.site_finess) &&
           (plan_.legal_entity_finess.empty() ||
            plan_.legal_entity_finess == visit.legal_entity_finess) &&
           IsInPopulation(plan_.definition, visit);
  }

  absl::Status ReadIdentities() {
    if (known_.size() > kKnownIdentitiesMax) known_.clear();
    std::set<IdentityId> missing;
    for (const Visit& visit : chunk_) {
      if (visit.identity_id != 0 && !known_.contains(visit.identity_id)) {
        missing.insert(visit.identity_id);
      }
    }
    const std::vector<IdentityId> ids(missing.begin(), missing.end());
    const auto identities = view_.GetIdentities(ids);
    if (!identities.ok()) return identities.status();
    for (const std::optional<Identity>& identity : *identities) {
      if (identity) known_[identity->id] = IndicatorIdentityOf(*identity, plan_.query);
    }
    return absl::OkStatus();
  }

  absl::Status CountChunk() {
    if (given_up_ && given_up_()) return GivenUp();
    absl::Status read = ReadIdentities();
    if (!read.ok()) return read;
    for (const Visit& visit : chunk_) {
      matching::IndicatorFact fact;
      fact.visit = &visit;
      const auto found = known_.find(visit.identity_id);
      if (visit.identity_id != 0 && found != known_.end()) fact.identity = &found->second;
      fact.admitted_day = days_.DayOf(visit.admitted_at);
      const std::uint32_t group = groups_.NumberOf(visit, fact.admitted_day);
      if (groups_.size() > kRateRowCountMax) return TooManyGroups();
      accumulator_.Add(fact, group);
    }
    chunk_.clear();
    return absl::OkStatus();
  }

  const RatePlan& plan_;
  const storage::View& view_;
  const std::function<bool()>& given_up_;
  matching::IndicatorAccumulator accumulator_;
  ZoneDays days_;
  RateGroups groups_;
  std::vector<Visit> chunk_;
  std::unordered_map<IdentityId, IndicatorIdentity> known_;
};

void CheckDay(const matching::Date& day, const char* field, Problems& problems) {
  if (!matching::IsValid(day) || !matching::IsComplete(day)) {
    problems.push_back({field, matching::IsAbsent(day) ? "required" : "not_a_date", std::nullopt});
  }
}

// The days asked for, or the definition's own at the reference day.
matching::DayWindow DaysAsked(const RateRequest& request,
                              const matching::IndicatorDefinition& definition,
                              const matching::Date& today, Problems& problems) {
  const bool stated = !matching::IsAbsent(request.from) || !matching::IsAbsent(request.to);
  if (!stated) {
    const bool refers = !matching::IsAbsent(request.reference_day);
    if (refers) CheckDay(request.reference_day, "reference_day", problems);
    if (!problems.empty()) return {};
    const auto own = ResolveWindow(definition, refers ? request.reference_day : today);
    if (own) return *own;
  }
  CheckDay(request.from, "from", problems);
  CheckDay(request.to, "to", problems);
  if (stated && !matching::IsAbsent(request.reference_day)) {
    problems.push_back({"reference_day", "not_with_dates", std::nullopt});
  }
  if (problems.empty() && request.to < request.from) {
    problems.push_back({"to", "before_from", std::nullopt});
  }
  return {request.from, request.to};
}

std::vector<RateGrouping> GroupsAsked(const RateRequest& request, Problems& problems) {
  std::vector<RateGrouping> group_by;
  for (const std::string& name : request.group_by) {
    const std::optional<RateGrouping> grouping = FindRateGrouping(name);
    if (!grouping) {
      problems.push_back({"group_by", "unknown_group", std::nullopt});
    } else if (std::find(group_by.begin(), group_by.end(), *grouping) != group_by.end()) {
      problems.push_back({"group_by", "repeated_group", std::nullopt});
    } else {
      group_by.push_back(*grouping);
    }
  }
  return group_by;
}

// Identities stand in no site and no month.
void CheckStock(const RateRequest& request, Problems& problems) {
  const std::pair<const char*, bool> not_asked[] = {
      {"group_by", request.group_by.empty()},
      {"site_finess", request.site_finess.empty()},
      {"legal_entity_finess", request.legal_entity_finess.empty()},
  };
  for (const auto& [field, empty] : not_asked) {
    if (!empty) problems.push_back({field, "not_for_identity_stock", std::nullopt});
  }
}

const matching::IndicatorDefinition* FindDefinition(const Environment& environment,
                                                    const std::string& name) {
  if (name.empty() && !environment.definitions.empty()) return &environment.definitions.front();
  for (const matching::IndicatorDefinition& definition : environment.definitions) {
    if (definition.name == name) return &definition;
  }
  return nullptr;
}

matching::IndicatorQuery QueryOf(const RatePlan& plan, const absl::TimeZone& zone) {
  const matching::Date day_after =
      matching::DateFromDays(matching::DaysSinceEpoch(plan.days.to) + 1);
  matching::IndicatorQuery query;
  query.window_begin = StartOfDay(plan.days.from, zone);
  query.window_end = StartOfDay(day_after, zone);
  query.status_at = plan.cut_off.value_or(plan.as_of);
  if (plan.cut_off) query.window_end = std::min(query.window_end, *plan.cut_off);
  return query;
}

}  // namespace

absl::StatusOr<RatePlan> PlanRate(const Environment& environment, const RateRequest& request) {
  const matching::IndicatorDefinition* definition = FindDefinition(environment, request.definition);
  if (definition == nullptr) {
    return MakeError(Reason::kDefinitionNotFound, "no such indicator definition");
  }
  RatePlan plan;
  plan.definition = *definition;
  plan.as_of = Now(environment);
  Problems problems;
  plan.days = DaysAsked(request, *definition, DayOf(plan.as_of, environment.zone), problems);
  plan.group_by = GroupsAsked(request, problems);
  if (definition->population == IndicatorPopulation::kIdentityStock) CheckStock(request, problems);
  if (request.cut_off && *request.cut_off > plan.as_of) {
    problems.push_back({"cut_off", "in_the_future", std::nullopt});
  }
  if (!problems.empty()) return ToStatus(std::move(problems));
  plan.cut_off = request.cut_off;
  plan.site_finess = request.site_finess;
  plan.legal_entity_finess = request.legal_entity_finess;
  plan.query = QueryOf(plan, environment.zone);
  return plan;
}

absl::StatusOr<RateResult> RecomputeRate(const Environment& environment, const RatePlan& plan,
                                         const storage::View& view,
                                         const std::function<bool()>& given_up) {
  RatePass pass(environment, plan, view, given_up);
  const bool stock = plan.definition.population == IndicatorPopulation::kIdentityStock;
  absl::Status status = stock ? pass.OverIdentities() : pass.OverVisits();
  if (!status.ok()) return WithReason(status);
  RateResult result;
  result.definition = plan.definition;
  result.time_zone = environment.zone.name();
  result.days = plan.days;
  result.cut_off = plan.cut_off;
  result.source = RateSource::kRecomputed;
  result.as_of_commit_number = view.CommitNumber();
  result.as_of = plan.as_of;
  result.rows = pass.Rows();
  result.total = pass.Total();
  return result;
}

absl::StatusOr<RateResult> ComputeRate(const Environment& environment, const RateRequest& request) {
  const absl::StatusOr<RatePlan> plan = PlanRate(environment, request);
  if (!plan.ok()) return plan.status();
  const std::unique_ptr<storage::View> view = environment.store->Read();
  return RecomputeRate(environment, *plan, *view, request.given_up);
}

}  // namespace vigie::daemon
