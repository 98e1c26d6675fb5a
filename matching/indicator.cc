#include "matching/indicator.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "matching/date.h"
#include "matching/matricule.h"
#include "matching/place.h"
#include "matching/stable_hash.h"
#include "matching/trust.h"

namespace vigie::matching {
namespace {

constexpr std::size_t kNameLengthMax = 64;
constexpr std::size_t kStatusCount = 4;
// A regional group has a few dozen legal entities; a definition is read by people.
constexpr std::size_t kLegalEntitiesMax = 64;
constexpr std::size_t kSitesMax = 256;
constexpr std::size_t kExclusionRulesMax = 16;
constexpr std::int32_t kRollingDaysMax = 3660;  // ten years
constexpr std::int32_t kAgeDaysMax = 73'000;    // two hundred years

// Statuses are numbered from 1 in the order of IndicatorRow::statuses.
std::size_t StatusIndex(TrustStatus status) { return static_cast<std::size_t>(status) - 1; }

absl::Status Refuse(const std::string& key, const std::string& remedy) {
  return absl::InvalidArgumentError(key + ": " + remedy);
}

// 1 to `length_max` of a-z, 0-9 and `others`.
bool IsCode(const std::string& text, std::size_t length_max, std::string_view others) {
  return !text.empty() && text.size() <= length_max &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  others.find(c) != std::string_view::npos;
         });
}

template <typename Item>
bool Lists(const std::vector<Item>& items, const Item& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
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
  if (!IsCode(definition.name, kNameLengthMax, "-")) {
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

absl::Status CheckUnits(const IndicatorDefinition& definition) {
  const auto check = [](const std::vector<std::string>& units, const char* key, std::size_t max) {
    if (units.size() > max) return Refuse(key, "must be " + std::to_string(max) + " at most");
    if (!std::all_of(units.begin(), units.end(), IsFiness)) {
      return Refuse(key, "must be FINESS numbers of 9 characters with their check digit");
    }
    const std::set<std::string> distinct(units.begin(), units.end());
    if (distinct.size() == units.size()) return absl::OkStatus();
    return Refuse(key, "must name each number once");
  };
  absl::Status status = check(definition.legal_entities, "legal_entities", kLegalEntitiesMax);
  if (status.ok()) status = check(definition.sites, "sites", kSitesMax);
  if (!status.ok()) return status;
  if (!definition.group_name.empty() && definition.legal_entities.empty()) {
    return Refuse("group_name", "stands without legal_entities; list them or remove it");
  }
  return absl::OkStatus();
}

absl::Status CheckWindow(const IndicatorWindow& window) {
  const bool rolling = window.kind == WindowKind::kRollingDays;
  if (!rolling && window.rolling_days != 0) {
    return Refuse("rolling_days", "stands without window = \"rolling_days\"");
  }
  if (rolling && (window.rolling_days < 1 || window.rolling_days > kRollingDaysMax)) {
    return Refuse("rolling_days", "must be 1 to " + std::to_string(kRollingDaysMax) + " days");
  }
  if (window.kind != WindowKind::kFixed) {
    if (IsAbsent(window.from) && IsAbsent(window.to)) return absl::OkStatus();
    return Refuse("from", "stands beside another window; keep one of them");
  }
  for (const auto& [key, day] : {std::pair{"from", window.from}, std::pair{"to", window.to}}) {
    if (!IsValid(day) || !IsComplete(day)) return Refuse(key, "must be a day, YYYY-MM-DD");
  }
  if (window.to < window.from) return Refuse("to", "must not be before from");
  return absl::OkStatus();
}

bool StatesNothing(const ExclusionRule& rule) {
  ExclusionRule nothing;
  nothing.reason = rule.reason;
  return rule == nothing;
}

absl::Status CheckAges(const ExclusionRule& rule) {
  for (const std::optional<std::int32_t>& age : {rule.age_days_min, rule.age_days_max}) {
    if (age.has_value() && (*age < 0 || *age > kAgeDaysMax)) {
      return Refuse("exclude.where", "ages must be 0 to " + std::to_string(kAgeDaysMax) + " days");
    }
  }
  if (rule.age_days_min.value_or(0) > rule.age_days_max.value_or(kAgeDaysMax)) {
    return Refuse("exclude.where", "age_days_min must not be above age_days_max");
  }
  return absl::OkStatus();
}

absl::Status CheckConditions(const ExclusionRule& rule) {
  const auto is_channel = [](const std::string& channel) {
    return channel.empty() || IsEntryChannel(channel);
  };
  const std::set<std::string> channels(rule.entry_channels.begin(), rule.entry_channels.end());
  if (!std::all_of(channels.begin(), channels.end(), is_channel) ||
      channels.size() != rule.entry_channels.size()) {
    return Refuse("exclude.where",
                  "entry_channels must be codes of 1 to 32 a-z, 0-9, '_' and '-', each once");
  }
  if (!IsSetOf(rule.last_insi, LastInsiAnswer::kNone, LastInsiAnswer::kSeveral) ||
      !IsSetOf(rule.statuses, TrustStatus::kProvisional, TrustStatus::kQualified) ||
      !IsSetOf(rule.activities, Activity::kMco, Activity::kDialysis) ||
      !IsSetOf(rule.kinds, VisitKind::kInpatient, VisitKind::kSession)) {
    return Refuse("exclude.where", "lists must name known items, each once");
  }
  return CheckAges(rule);
}

absl::Status CheckExclusionRules(const std::vector<ExclusionRule>& rules) {
  if (rules.size() > kExclusionRulesMax) {
    return Refuse("exclude.where", "must be " + std::to_string(kExclusionRulesMax) + " at most");
  }
  std::set<std::string> reasons(kExclusionReasons.begin(), kExclusionReasons.end());
  for (const ExclusionRule& rule : rules) {
    if (!IsCode(rule.reason, kNameLengthMax, "_")) {
      return Refuse("exclude.where", "a reason must be 1 to 64 characters of a-z, 0-9 and '_'");
    }
    if (!reasons.insert(rule.reason).second) {
      return Refuse("exclude.where",
                    "each reason once, and none of cancelled, unattached, "
                    "fictitious, doubtful");
    }
    if (StatesNothing(rule)) {
      return Refuse("exclude.where", "a rule must state at least one condition");
    }
    if (absl::Status status = CheckConditions(rule); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// Nothing of visits may be asked of identities that need not have any.
absl::Status CheckStock(const IndicatorDefinition& definition) {
  const bool of_visits = definition.status_as_of == StatusAsOfRule::kAdmission ||
                         definition.status_as_of == StatusAsOfRule::kDischarge;
  if (of_visits) {
    return Refuse("status_as_of", "must be window_end or extraction for identity_stock");
  }
  const std::pair<const char*, bool> lists[] = {
      {"activities", definition.activities.empty()},
      {"kinds", definition.kinds.empty()},
      {"legal_entities", definition.legal_entities.empty()},
      {"sites", definition.sites.empty()},
  };
  for (const auto& [key, empty] : lists) {
    if (!empty) return Refuse(key, "must be empty for identity_stock: identities have none");
  }
  for (const ExclusionRule& rule : definition.exclusion_rules) {
    if (rule.age_days_min || rule.age_days_max || !rule.activities.empty() || !rule.kinds.empty() ||
        !rule.entry_channels.empty()) {
      return Refuse("exclude.where",
                    "may state born_abroad, last_insi and statuses only for "
                    "identity_stock: the rest is of visits");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPopulation(const IndicatorDefinition& definition) {
  switch (definition.population) {
    case IndicatorPopulation::kVisits:
      return absl::OkStatus();
    case IndicatorPopulation::kFileActivePatients:
      if (definition.exclude_unattached) return absl::OkStatus();
      return Refuse("exclude.unattached",
                    "must be true for file_active_patients: a visit without identity is no "
                    "patient");
    case IndicatorPopulation::kIdentityStock:
      return CheckStock(definition);
  }
  return Refuse("population", "must be one that is known");
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
  for (const Item& item : sorted) {
    if constexpr (std::is_same_v<Item, std::string>) {
      AppendText(canonical, item);
    } else {
      AppendText(canonical, std::to_string(static_cast<int>(item)));
    }
  }
}

// Absent is another text than any value.
template <typename Number>
void AppendOptional(std::string& canonical, const std::optional<Number>& number) {
  AppendText(canonical, number.has_value() ? std::to_string(static_cast<int>(*number)) : "");
}

void AppendRule(std::string& canonical, const ExclusionRule& rule) {
  AppendText(canonical, rule.reason);
  AppendOptional(canonical, rule.age_days_min);
  AppendOptional(canonical, rule.age_days_max);
  AppendOptional(canonical, rule.born_abroad);
  AppendSet(canonical, rule.last_insi);
  AppendSet(canonical, rule.statuses);
  AppendSet(canonical, rule.activities);
  AppendSet(canonical, rule.kinds);
  AppendSet(canonical, rule.entry_channels);
}

void AppendWindow(std::string& canonical, const IndicatorWindow& window) {
  AppendText(canonical, std::to_string(static_cast<int>(window.kind)));
  AppendText(canonical, std::to_string(window.rolling_days));
  AppendText(canonical, FormatDate(window.from));
  AppendText(canonical, FormatDate(window.to));
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
  absl::Status status = CheckUnits(definition);
  if (status.ok()) status = CheckWindow(definition.window);
  if (status.ok()) status = CheckExclusionRules(definition.exclusion_rules);
  if (status.ok()) status = CheckPopulation(definition);
  return status.ok() ? CheckTarget(definition) : status;
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
  AppendWindow(canonical, definition.window);
  AppendSet(canonical, definition.legal_entities);
  AppendSet(canonical, definition.sites);
  AppendText(canonical, definition.group_name);
  AppendText(canonical, std::to_string(definition.exclusion_rules.size()));
  for (const ExclusionRule& rule : definition.exclusion_rules) AppendRule(canonical, rule);

  std::array<char, 17> hex{};
  std::snprintf(hex.data(), hex.size(), "%016llx",
                static_cast<unsigned long long>(StableHash().Add(canonical).value()));
  return hex.data();
}

std::vector<std::string> ExclusionReasonsOf(const IndicatorDefinition& definition) {
  std::vector<std::string> reasons(kExclusionReasons.begin(), kExclusionReasons.end());
  for (const ExclusionRule& rule : definition.exclusion_rules) reasons.push_back(rule.reason);
  return reasons;
}

std::optional<DayWindow> ResolveWindow(const IndicatorDefinition& definition,
                                       const Date& reference) {
  // `count` months, the first of which is a multiple of `count` after January.
  const auto months = [&](int count) {
    const int first = (reference.month - 1) / count * count + 1;
    const int next = first + count;
    const Date after = next > 12 ? Date{static_cast<std::int16_t>(reference.year + 1), 1, 1}
                                 : Date{reference.year, static_cast<std::uint8_t>(next), 1};
    return DayWindow{{reference.year, static_cast<std::uint8_t>(first), 1},
                     DateFromDays(DaysSinceEpoch(after) - 1)};
  };
  const IndicatorWindow& window = definition.window;
  switch (window.kind) {
    case WindowKind::kNone:
      return std::nullopt;
    case WindowKind::kCalendarMonth:
      return months(1);
    case WindowKind::kCalendarQuarter:
      return months(3);
    case WindowKind::kCalendarSemester:
      return months(6);
    case WindowKind::kRollingDays:
      return DayWindow{DateFromDays(DaysSinceEpoch(reference) - window.rolling_days + 1),
                       reference};
    case WindowKind::kFixed:
      return DayWindow{window.from, window.to};
  }
  return std::nullopt;
}

IndicatorIdentity IndicatorIdentityOf(const Identity& identity, const IndicatorQuery& query) {
  IndicatorIdentity known;
  known.id = identity.id;
  known.created_at = identity.created_at;
  known.attributes = identity.trust.attributes;
  known.merged = identity.merged_into != 0;
  known.status_at_window_end = StatusAsOf(identity.status_periods, query.window_end);
  known.status_at_extraction = StatusAsOf(identity.status_periods, query.status_at);
  if (identity.last_insi_answer.has_value()) {
    const std::string& code = identity.last_insi_answer->return_code;
    if (code == "00") known.last_insi = LastInsiAnswer::kFound;
    if (code == "01") known.last_insi = LastInsiAnswer::kNotFound;
    if (code == "02") known.last_insi = LastInsiAnswer::kSeveral;
  }
  const Date& birth_date = identity.traits.birth_date;
  if (IsComplete(birth_date) && IsValid(birth_date)) known.birth_day = DaysSinceEpoch(birth_date);
  const std::string& place = identity.traits.birth_place_code;
  if (IsPlaceCodeShape(place) && !IsUnknownPlace(place)) known.born_abroad = IsForeignPlace(place);
  return known;
}

bool AgeIsWithin(const ExclusionRule& rule, std::int64_t age_days) {
  if (!rule.age_days_min.has_value() && !rule.age_days_max.has_value()) return true;
  return age_days >= rule.age_days_min.value_or(0) &&
         age_days <= rule.age_days_max.value_or(kAgeDaysMax);
}

bool IsInPopulation(const IndicatorDefinition& definition, const Visit& visit) {
  const auto lists = [](const auto& items, const auto& item) {
    return items.empty() || Lists(items, item);
  };
  return lists(definition.activities, visit.activity) && lists(definition.kinds, visit.kind) &&
         lists(definition.legal_entities, visit.legal_entity_finess) &&
         lists(definition.sites, visit.site_finess);
}

TrustStatus StatusCounted(const IndicatorDefinition& definition, const IndicatorQuery& query,
                          const IndicatorFact& fact) {
  if (fact.identity == nullptr) return TrustStatus::kProvisional;
  const Visit& visit = *fact.visit;
  switch (definition.status_as_of) {
    case StatusAsOfRule::kAdmission:
      return visit.status_at_admission.value_or(TrustStatus::kProvisional);
    case StatusAsOfRule::kDischarge:
      if (!visit.discharged_at.has_value() || *visit.discharged_at > query.status_at) {
        return fact.identity->status_at_extraction;
      }
      return visit.status_at_discharge.value_or(TrustStatus::kProvisional);
    case StatusAsOfRule::kExtraction:
      return fact.identity->status_at_extraction;
    case StatusAsOfRule::kWindowEnd:
      return fact.identity->status_at_window_end;
  }
  return TrustStatus::kProvisional;
}

namespace {

bool HoldsAge(const ExclusionRule& rule, const IndicatorFact& fact) {
  if (!rule.age_days_min.has_value() && !rule.age_days_max.has_value()) return true;
  if (fact.identity == nullptr || !fact.identity->birth_day.has_value()) return false;
  return AgeIsWithin(rule, fact.admitted_day - *fact.identity->birth_day);
}

// Whether what the rule says of the identity holds; `identity` null: it is not known.
bool HoldsForIdentity(const ExclusionRule& rule, const IndicatorIdentity* identity) {
  if (rule.born_abroad.has_value() &&
      (identity == nullptr || identity->born_abroad != rule.born_abroad)) {
    return false;
  }
  return rule.last_insi.empty() ||
         (identity != nullptr && Lists(rule.last_insi, identity->last_insi));
}

bool HoldsForVisit(const ExclusionRule& rule, const Visit& visit) {
  return (rule.activities.empty() || Lists(rule.activities, visit.activity)) &&
         (rule.kinds.empty() || Lists(rule.kinds, visit.kind)) &&
         (rule.entry_channels.empty() || Lists(rule.entry_channels, visit.entry_channel));
}

bool HoldsForStatus(const ExclusionRule& rule, TrustStatus status) {
  return rule.statuses.empty() || Lists(rule.statuses, status);
}

// Index in ExclusionReasonsOf, or its size when the fact counts.
std::size_t ExclusionOf(const IndicatorDefinition& definition, const IndicatorFact& fact,
                        TrustStatus status) {
  const Attributes attributes = fact.identity == nullptr ? Attributes() : fact.identity->attributes;
  // In the order of kExclusionReasons. An unknown identity has no attributes, and is no patient.
  const bool patients = definition.population == IndicatorPopulation::kFileActivePatients;
  if (definition.exclude_cancelled && fact.visit->cancelled) return 0;
  if ((definition.exclude_unattached || patients) && fact.identity == nullptr) return 1;
  if (definition.exclude_fictitious && attributes.fictitious) return 2;
  if (definition.exclude_doubtful && attributes.doubtful) return 3;
  std::size_t reason = kExclusionReasons.size();
  for (const ExclusionRule& rule : definition.exclusion_rules) {
    if (HoldsForVisit(rule, *fact.visit) && HoldsForStatus(rule, status) &&
        HoldsForIdentity(rule, fact.identity) && HoldsAge(rule, fact)) {
      return reason;
    }
    ++reason;
  }
  return reason;
}

TrustStatus StockStatus(const IndicatorDefinition& definition, const IndicatorIdentity& identity) {
  return definition.status_as_of == StatusAsOfRule::kWindowEnd ? identity.status_at_window_end
                                                               : identity.status_at_extraction;
}

// Of the stock; an index as above.
std::size_t ExclusionOf(const IndicatorDefinition& definition, const IndicatorIdentity& identity,
                        TrustStatus status) {
  if (definition.exclude_fictitious && identity.attributes.fictitious) return 2;
  if (definition.exclude_doubtful && identity.attributes.doubtful) return 3;
  const auto& rules = definition.exclusion_rules;
  const auto holds = std::find_if(rules.begin(), rules.end(), [&](const ExclusionRule& rule) {
    return HoldsForStatus(rule, status) && HoldsForIdentity(rule, &identity);
  });
  return kExclusionReasons.size() + static_cast<std::size_t>(holds - rules.begin());
}

std::size_t ReasonCount(const IndicatorDefinition& definition) {
  return kExclusionReasons.size() + definition.exclusion_rules.size();
}

bool IsInWindow(const IndicatorQuery& query, const Visit& visit) {
  return visit.admitted_at >= query.window_begin && visit.admitted_at < query.window_end;
}

}  // namespace

std::optional<TrustStatus> CountedStatus(const IndicatorDefinition& definition,
                                         const IndicatorQuery& query, const IndicatorFact& fact) {
  if (!IsInWindow(query, *fact.visit) || !IsInPopulation(definition, *fact.visit)) {
    return std::nullopt;
  }
  const TrustStatus status = StatusCounted(definition, query, fact);
  if (ExclusionOf(definition, fact, status) < ReasonCount(definition)) return std::nullopt;
  return status;
}

std::optional<TrustStatus> CountedStatus(const IndicatorDefinition& definition,
                                         const IndicatorQuery& query,
                                         const IndicatorIdentity& identity) {
  if (identity.created_at >= query.window_end) return std::nullopt;
  const TrustStatus status = StockStatus(definition, identity);
  if (ExclusionOf(definition, identity, status) < ReasonCount(definition)) return std::nullopt;
  return status;
}

IndicatorAccumulator::IndicatorAccumulator(const IndicatorDefinition& definition,
                                           const IndicatorQuery& query)
    : definition_(definition), query_(query), reasons_(ExclusionReasonsOf(definition)) {
  total_.exclusions.resize(reasons_.size());
}

IndicatorAccumulator::Tally& IndicatorAccumulator::TallyOf(std::uint32_t group) {
  if (group >= groups_.size()) groups_.resize(group + 1);
  Tally& tally = groups_[group];
  if (!tally.used) tally.exclusions.resize(reasons_.size());
  tally.used = true;
  return tally;
}

void IndicatorAccumulator::Count(TrustStatus status, const Attributes& attributes, Tally& tally) {
  ++tally.statuses[StatusIndex(status)];
  tally.attributes[0] += attributes.homonym ? 1 : 0;
  tally.attributes[1] += attributes.doubtful ? 1 : 0;
  tally.attributes[2] += attributes.fictitious ? 1 : 0;
}

void IndicatorAccumulator::TakeLatest(IdentityId patient, const LatestVisit& seen, Tally& tally) {
  const auto [entry, first] = tally.patients.try_emplace(patient, seen);
  LatestVisit& latest = entry->second;
  const bool later = seen.admitted_at > latest.admitted_at;
  const bool same_but_lower = seen.admitted_at == latest.admitted_at && seen.status < latest.status;
  if (!first && (later || same_but_lower)) latest = seen;
}

void IndicatorAccumulator::Add(const IndicatorFact& fact, std::uint32_t group) {
  const Visit& visit = *fact.visit;
  if (!IsInWindow(query_, visit) || !IsInPopulation(definition_, visit)) return;
  const TrustStatus status = vigie::matching::StatusCounted(definition_, query_, fact);
  const std::size_t exclusion = ExclusionOf(definition_, fact, status);
  const Attributes attributes = fact.identity == nullptr ? Attributes() : fact.identity->attributes;
  for (Tally* tally : {&TallyOf(group), &total_}) {
    if (fact.identity == nullptr) ++tally->unattached_count;
    if (exclusion < reasons_.size()) {
      ++tally->exclusions[exclusion];
    } else if (definition_.population == IndicatorPopulation::kVisits) {
      Count(status, attributes, *tally);
    } else {
      TakeLatest(fact.identity->id, {visit.admitted_at, status, attributes}, *tally);
    }
  }
}

void IndicatorAccumulator::AddIdentity(const IndicatorIdentity& identity, std::uint32_t group) {
  if (identity.created_at >= query_.window_end) return;
  const TrustStatus status = StockStatus(definition_, identity);
  const std::size_t exclusion = ExclusionOf(definition_, identity, status);
  for (Tally* tally : {&TallyOf(group), &total_}) {
    if (exclusion < reasons_.size()) {
      ++tally->exclusions[exclusion];
    } else {
      Count(status, identity.attributes, *tally);
    }
  }
}

void IndicatorAccumulator::MergeTally(const Tally& from, Tally& into) {
  into.unattached_count += from.unattached_count;
  for (std::size_t i = 0; i < from.exclusions.size(); ++i) into.exclusions[i] += from.exclusions[i];
  for (std::size_t i = 0; i < kStatusCount; ++i) into.statuses[i] += from.statuses[i];
  for (std::size_t i = 0; i < from.attributes.size(); ++i) {
    into.attributes[i] += from.attributes[i];
  }
  for (const auto& [patient, latest] : from.patients) TakeLatest(patient, latest, into);
}

void IndicatorAccumulator::Merge(const IndicatorAccumulator& other,
                                 const std::vector<std::uint32_t>& groups) {
  for (std::size_t i = 0; i < other.groups_.size(); ++i) {
    if (other.groups_[i].used) MergeTally(other.groups_[i], TallyOf(groups[i]));
  }
  MergeTally(other.total_, total_);
}

bool IndicatorAccumulator::Has(std::uint32_t group) const {
  return group < groups_.size() && groups_[group].used;
}

IndicatorRow IndicatorAccumulator::RowOf(const Tally& tally) const {
  Tally counted;
  counted.statuses = tally.statuses;
  counted.attributes = tally.attributes;
  for (const auto& [patient, latest] : tally.patients) {
    Count(latest.status, latest.attributes, counted);
  }
  IndicatorRow row;
  row.statuses = counted.statuses;
  for (std::size_t i = 0; i < kStatusCount; ++i) row.denominator += row.statuses[i];
  for (const TrustStatus status : definition_.numerator_statuses) {
    row.numerator += row.statuses[StatusIndex(status)];
  }
  for (std::size_t i = 0; i < reasons_.size(); ++i) {
    row.exclusions[reasons_[i]] = i < tally.exclusions.size() ? tally.exclusions[i] : 0;
  }
  row.unattached_count = tally.unattached_count;
  row.homonym_count = counted.attributes[0];
  row.doubtful_count = counted.attributes[1];
  row.fictitious_count = counted.attributes[2];
  return row;
}

IndicatorRow IndicatorAccumulator::Row(std::uint32_t group) const {
  return Has(group) ? RowOf(groups_[group]) : RowOf(Tally());
}

IndicatorRow IndicatorAccumulator::Total() const { return RowOf(total_); }

}  // namespace vigie::matching
