#include "daemon/registry/rate.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <unordered_map>
#include <utility>

#include "absl/time/civil_time.h"
#include "daemon/registry/checks.h"
#include "daemon/registry/errors.h"
#include "matching/date.h"
#include "matching/indicator.h"
#include "matching/trust.h"

namespace vigie::daemon {
namespace {

using matching::Identity;
using matching::IdentityId;
using matching::Instant;
using matching::Visit;

constexpr std::array<const char*, 4> kGroupings = {"month", "site", "legal_entity", "activity"};
// Visits whose identities are read together.
constexpr std::size_t kChunkSize = 1024;
// Identities remembered during one pass: about 64 MB, then forgotten and read again.
constexpr std::size_t kKnownIdentitiesMax = 1'000'000;

// What an indicator needs of an identity.
struct IdentityFacts {
  matching::Attributes attributes;
  matching::TrustStatus status = matching::TrustStatus::kProvisional;
};

Instant FromTime(absl::Time time) {
  return Instant(std::chrono::microseconds(absl::ToUnixMicros(time)));
}

// "2026-03" of an instant. Visits come by time, so the month is the last one's nearly always.
class MonthName {
 public:
  explicit MonthName(const absl::TimeZone& zone) : zone_(zone) {}
  const std::string& Of(Instant instant) {
    if (instant >= begin_ && instant < end_) return name_;
    const absl::CivilMonth month =
        absl::ToCivilMonth(absl::FromUnixMicros(instant.time_since_epoch().count()), zone_);
    begin_ = FromTime(absl::FromCivil(absl::CivilSecond(month), zone_));
    end_ = FromTime(absl::FromCivil(absl::CivilSecond(month + 1), zone_));
    const std::string digits = std::to_string(month.month());
    name_ = std::to_string(month.year()) + (digits.size() == 1 ? "-0" : "-") + digits;
    return name_;
  }

 private:
  absl::TimeZone zone_;
  Instant begin_{}, end_{};
  std::string name_;
};

// One pass over the visits of a window.
class RatePass {
 public:
  RatePass(const Environment& environment, const RateRequest& request,
           const matching::IndicatorDefinition& definition, const storage::View& view)
      : request_(request), view_(view), accumulator_(definition), month_(environment.zone) {}

  absl::Status Over(Instant from, Instant to) {
    absl::Status status;
    absl::Status scanned = view_.ScanVisits(from, to, [&](const Visit& visit) {
      if (!Asked(visit)) return true;
      chunk_.push_back(visit);
      if (chunk_.size() == kChunkSize) status = CountChunk();
      return status.ok();
    });
    if (!scanned.ok()) return scanned;
    return status.ok() ? CountChunk() : status;
  }

  const matching::IndicatorAccumulator& accumulator() const { return accumulator_; }

 private:
  bool Asked(const Visit& visit) const {
    return (request_.site_finess.empty() || request_.site_finess == visit.site_finess) &&
           (request_.legal_entity_finess.empty() ||
            request_.legal_entity_finess == visit.legal_entity_finess);
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
      if (!identity) continue;
      known_[identity->id] = {identity->trust.attributes, matching::StatusOf(identity->trust)};
    }
    return absl::OkStatus();
  }

  std::map<std::string, std::string> GroupOf(const Visit& visit) {
    std::map<std::string, std::string> group;
    for (const std::string& key : request_.group_by) {
      if (key == "month") group[key] = month_.Of(visit.admitted_at);
      if (key == "site") group[key] = visit.site_finess;
      if (key == "legal_entity") group[key] = visit.legal_entity_finess;
      if (key == "activity") group[key] = ActivityName(visit.activity);
    }
    return group;
  }

  absl::Status CountChunk() {
    absl::Status read = ReadIdentities();
    if (!read.ok()) return read;
    for (const Visit& visit : chunk_) {
      matching::IndicatorFact fact;
      fact.visit = &visit;
      const auto found = known_.find(visit.identity_id);
      fact.attached = visit.identity_id != 0 && found != known_.end();
      if (fact.attached) {
        fact.attributes = found->second.attributes;
        fact.status_now = found->second.status;
      }
      const std::map<std::string, std::string> group = GroupOf(visit);
      groups_.insert(group);
      if (groups_.size() > kRateRowCountMax) {
        return MakeError(Reason::kTooManyGroups, "too many groups in one report");
      }
      accumulator_.Add(fact, group);
    }
    chunk_.clear();
    return absl::OkStatus();
  }

  const RateRequest& request_;
  const storage::View& view_;
  matching::IndicatorAccumulator accumulator_;
  MonthName month_;
  std::vector<Visit> chunk_;
  std::unordered_map<IdentityId, IdentityFacts> known_;
  std::set<std::map<std::string, std::string>> groups_;
};

void CheckDay(const matching::Date& day, const char* field, Problems& problems) {
  if (matching::IsAbsent(day)) {
    problems.push_back({field, "required", std::nullopt});
  } else if (!matching::IsValid(day) || !matching::IsComplete(day)) {
    problems.push_back({field, "not_a_date", std::nullopt});
  }
}

void CheckRequest(const RateRequest& request, Problems& problems) {
  CheckDay(request.from, "from", problems);
  CheckDay(request.to, "to", problems);
  if (problems.empty() && request.to < request.from) {
    problems.push_back({"to", "before_from", std::nullopt});
  }
  std::set<std::string> seen;
  for (const std::string& key : request.group_by) {
    const bool known = std::find(kGroupings.begin(), kGroupings.end(), key) != kGroupings.end();
    if (!known) problems.push_back({"group_by", "unknown_group", std::nullopt});
    if (known && !seen.insert(key).second) {
      problems.push_back({"group_by", "repeated_group", std::nullopt});
    }
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

}  // namespace

const char* ActivityName(matching::Activity activity) {
  switch (activity) {
    case matching::Activity::kMco:
      return "MCO";
    case matching::Activity::kSmr:
      return "SMR";
    case matching::Activity::kPsy:
      return "PSY";
    case matching::Activity::kHad:
      return "HAD";
    case matching::Activity::kDialysis:
      return "DIALYSIS";
    case matching::Activity::kUnknown:
      break;
  }
  return "UNKNOWN";
}

absl::StatusOr<RateResult> ComputeRate(const Environment& environment, const RateRequest& request) {
  Problems problems;
  CheckRequest(request, problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  const matching::IndicatorDefinition* definition = FindDefinition(environment, request.definition);
  if (definition == nullptr) {
    return MakeError(Reason::kDefinitionNotFound, "no such indicator definition");
  }
  const std::unique_ptr<storage::View> view = environment.store->Read();
  const matching::Date day_after = matching::DateFromDays(matching::DaysSinceEpoch(request.to) + 1);
  RatePass pass(environment, request, *definition, *view);
  absl::Status status = pass.Over(StartOfDay(request.from, environment.zone),
                                  StartOfDay(day_after, environment.zone));
  if (!status.ok()) return WithReason(status);
  RateResult result;
  result.definition = *definition;
  result.time_zone = environment.zone.name();
  result.as_of_commit_number = view->CommitNumber();
  result.as_of = Now(environment);
  result.rows = pass.accumulator().Rows();
  result.total = pass.accumulator().Total();
  return result;
}

}  // namespace vigie::daemon
