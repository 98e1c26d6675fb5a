#include "matching/indicator.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "matching/stable_hash.h"

namespace vigie::matching {
namespace {

constexpr std::size_t kNameLengthMax = 64;
constexpr std::size_t kStatusCount = 4;

// Statuses are numbered from 1 in the order of IndicatorRow::statuses.
std::size_t StatusIndex(TrustStatus status) { return static_cast<std::size_t>(status) - 1; }

absl::Status Refuse(const std::string& key, const std::string& remedy) {
  return absl::InvalidArgumentError(key + ": " + remedy);
}

bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= kNameLengthMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

// Every item's number is in first..last and stands once.
template <typename Item>
bool IsSetOf(const std::vector<Item>& items, Item first, Item last) {
  const std::set<Item> distinct(items.begin(), items.end());
  return distinct.size() == items.size() && std::all_of(items.begin(), items.end(), [&](Item item) {
           return item >= first && item <= last;
         });
}

absl::Status CheckTarget(const IndicatorDefinition& definition) {
  if (!definition.target.has_value()) {
    if (definition.target_source.empty()) return absl::OkStatus();
    return Refuse("target.source", "stands without target.value; give the value or remove it");
  }
  const double target = *definition.target;
  if (!std::isfinite(target) || target < 0 || target > 1) {
    return Refuse("target.value", "must be between 0 and 1, e.g. 0.8 for 80 %");
  }
  if (definition.target_source.empty()) {
    return Refuse("target.source", "is required with a target: say which text sets it");
  }
  return absl::OkStatus();
}

absl::Status CheckTexts(const IndicatorDefinition& definition) {
  if (!IsName(definition.name)) {
    return Refuse("name", "must be 1 to 64 characters of a-z, 0-9 and '-'");
  }
  if (definition.version < 1) return Refuse("version", "must be 1 or more");
  const std::pair<const char*, const std::string*> texts[] = {
      {"title.french", &definition.title_french},
      {"title.english", &definition.title_english},
      {"description", &definition.description},
      {"source", &definition.source},
  };
  for (const auto& [key, text] : texts) {
    if (text->empty()) return Refuse(key, "must not be empty");
  }
  return absl::OkStatus();
}

// Length before content, so that no two different lists of texts give the same bytes.
void AppendText(std::string& canonical, const std::string& text) {
  canonical += std::to_string(text.size());
  canonical += ':';
  canonical += text;
}

template <typename Item>
void AppendSet(std::string& canonical, const std::vector<Item>& items) {
  const std::set<Item> sorted(items.begin(), items.end());
  AppendText(canonical, std::to_string(sorted.size()));
  for (const Item item : sorted) AppendText(canonical, std::to_string(static_cast<int>(item)));
}

// Seventeen digits tell every double apart.
std::string TargetText(const std::optional<double>& target) {
  if (!target.has_value()) return "";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.17g", *target);
  return text.data();
}

}  // namespace

absl::Status CheckIndicatorDefinition(const IndicatorDefinition& definition) {
  if (absl::Status status = CheckTexts(definition); !status.ok()) return status;
  if (definition.numerator_statuses.empty()) {
    return Refuse("numerator_statuses", "must name at least one status");
  }
  if (!IsSetOf(definition.numerator_statuses, TrustStatus::kProvisional, TrustStatus::kQualified)) {
    return Refuse("numerator_statuses", "must name known statuses, each once");
  }
  if (!IsSetOf(definition.activities, Activity::kMco, Activity::kDialysis)) {
    return Refuse("activities", "must name known activities, each once");
  }
  if (!IsSetOf(definition.kinds, VisitKind::kInpatient, VisitKind::kSession)) {
    return Refuse("kinds", "must name known kinds, each once");
  }
  if (definition.population == IndicatorPopulation::kFileActivePatients &&
      !definition.exclude_unattached) {
    return Refuse("exclude.unattached",
                  "must be true for file_active_patients: a visit without identity is no patient");
  }
  return CheckTarget(definition);
}

std::string IndicatorDefinitionHash(const IndicatorDefinition& definition) {
  std::string canonical;
  AppendText(canonical, definition.name);
  AppendText(canonical, std::to_string(definition.version));
  AppendText(canonical, definition.title_french);
  AppendText(canonical, definition.title_english);
  AppendText(canonical, definition.description);
  AppendText(canonical, definition.source);
  AppendText(canonical, std::to_string(static_cast<int>(definition.population)));
  AppendSet(canonical, definition.numerator_statuses);
  AppendText(canonical, std::to_string(static_cast<int>(definition.status_as_of)));
  AppendSet(canonical, definition.activities);
  AppendSet(canonical, definition.kinds);
  for (const bool excluded : {definition.exclude_cancelled, definition.exclude_unattached,
                              definition.exclude_fictitious, definition.exclude_doubtful}) {
    AppendText(canonical, excluded ? "1" : "0");
  }
  AppendText(canonical, TargetText(definition.target));
  AppendText(canonical, definition.target_source);

  std::array<char, 17> hex{};
  std::snprintf(hex.data(), hex.size(), "%016llx",
                static_cast<unsigned long long>(StableHash().Add(canonical).value()));
  return hex.data();
}

IndicatorAccumulator::IndicatorAccumulator(const IndicatorDefinition& definition)
    : definition_(definition) {}

bool IndicatorAccumulator::InPopulation(const Visit& visit) const {
  const auto lists = [](const auto& items, auto item) {
    return items.empty() || std::find(items.begin(), items.end(), item) != items.end();
  };
  return lists(definition_.activities, visit.activity) && lists(definition_.kinds, visit.kind);
}

std::size_t IndicatorAccumulator::ExclusionOf(const IndicatorFact& fact) const {
  // An unknown identity has no attributes, and is no patient.
  const bool no_patient = definition_.population == IndicatorPopulation::kFileActivePatients &&
                          fact.visit->identity_id == 0;
  // In the order of kExclusionReasons.
  const std::array<bool, kExclusionReasons.size()> excluded = {
      definition_.exclude_cancelled && fact.visit->cancelled,
      no_patient || (definition_.exclude_unattached && !fact.attached),
      definition_.exclude_fictitious && fact.attached && fact.attributes.fictitious,
      definition_.exclude_doubtful && fact.attached && fact.attributes.doubtful,
  };
  return static_cast<std::size_t>(std::find(excluded.begin(), excluded.end(), true) -
                                  excluded.begin());
}

TrustStatus IndicatorAccumulator::StatusCounted(const IndicatorFact& fact) const {
  const Visit& visit = *fact.visit;
  if (!fact.attached) return TrustStatus::kProvisional;
  switch (definition_.status_as_of) {
    case StatusAsOfRule::kAdmission:
      return visit.status_at_admission.value_or(TrustStatus::kProvisional);
    case StatusAsOfRule::kDischarge:
      if (!visit.discharged_at.has_value()) return fact.status_now;
      return visit.status_at_discharge.value_or(TrustStatus::kProvisional);
    case StatusAsOfRule::kExtraction:
      return fact.status_now;
  }
  return TrustStatus::kProvisional;
}

void IndicatorAccumulator::Add(const IndicatorFact& fact, const Group& group) {
  if (!InPopulation(*fact.visit)) return;
  const std::size_t exclusion = ExclusionOf(fact);
  const LatestVisit seen{fact.visit->admitted_at, StatusCounted(fact)};
  for (Tally* tally : {&groups_[group], &total_}) {
    if (exclusion < kExclusionReasons.size()) {
      ++tally->exclusions[exclusion];
    } else if (definition_.population == IndicatorPopulation::kVisits) {
      ++tally->statuses[StatusIndex(seen.status)];
    } else {
      const auto [entry, first] = tally->patients.try_emplace(fact.visit->identity_id, seen);
      LatestVisit& latest = entry->second;
      const bool later = seen.admitted_at > latest.admitted_at;
      const bool same_but_lower =
          seen.admitted_at == latest.admitted_at && seen.status < latest.status;
      if (!first && (later || same_but_lower)) latest = seen;
    }
  }
}

IndicatorRow IndicatorAccumulator::RowOf(const Group& group, const Tally& tally) const {
  IndicatorRow row;
  row.group = group;
  row.statuses = tally.statuses;
  for (const auto& [identity_id, latest] : tally.patients) {
    ++row.statuses[StatusIndex(latest.status)];
  }
  for (std::size_t i = 0; i < kStatusCount; ++i) row.denominator += row.statuses[i];
  for (const TrustStatus status : definition_.numerator_statuses) {
    row.numerator += row.statuses[StatusIndex(status)];
  }
  for (std::size_t i = 0; i < kExclusionReasons.size(); ++i) {
    row.exclusions[std::string(kExclusionReasons[i])] = tally.exclusions[i];
  }
  return row;
}

std::vector<IndicatorRow> IndicatorAccumulator::Rows() const {
  std::vector<IndicatorRow> rows;
  rows.reserve(groups_.size());
  for (const auto& [group, tally] : groups_) rows.push_back(RowOf(group, tally));
  return rows;
}

IndicatorRow IndicatorAccumulator::Total() const { return RowOf({}, total_); }

}  // namespace vigie::matching
