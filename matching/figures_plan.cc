#include <algorithm>
#include <tuple>

#include "matching/date.h"
#include "matching/figures.h"
#include "matching/figures_bits.h"

namespace vigie::matching {
namespace {

constexpr std::array<TrustStatus, 4> kStatuses = {TrustStatus::kProvisional,
                                                  TrustStatus::kRecovered, TrustStatus::kValidated,
                                                  TrustStatus::kQualified};

bool BeginsWeek(std::int64_t day) { return (day + 3) % 7 == 0; }  // 1970-01-01 was a Thursday

template <typename Item>
bool ListsOrAll(const std::vector<Item>& items, const Item& item) {
  return items.empty() || std::find(items.begin(), items.end(), item) != items.end();
}

// An absent status counts as provisional.
std::uint8_t StatusIndexOf(std::uint32_t visit, std::uint32_t shift) {
  const std::uint32_t status = visit >> shift & kVisitStatusMask;
  return static_cast<std::uint8_t>(status == 0 ? 0 : status - 1);
}

// What an own exclusion asks of a person, ages and statuses aside.
bool HoldsForPerson(const ExclusionRule& rule, std::uint32_t person) {
  if ((person & kKnownBit) == 0) return !rule.born_abroad.has_value() && rule.last_insi.empty();
  if (rule.born_abroad.has_value() && person >> kAbroadShift != (*rule.born_abroad ? 2 : 1)) {
    return false;
  }
  return ListsOrAll(rule.last_insi, static_cast<LastInsiAnswer>(person >> kInsiShift & kInsiMask));
}

bool HoldsForUnit(const ExclusionRule& rule, const FigureUnit& unit) {
  return ListsOrAll(rule.activities, unit.activity) && ListsOrAll(rule.kinds, unit.kind) &&
         ListsOrAll(rule.entry_channels, unit.entry_channel);
}

}  // namespace

// --- what is asked for ---

FigurePlan FigureTable::Plan(const FigureQuestion& question) const {
  FigurePlan plan;
  plan.question_ = question;
  plan.PlanUnits(units_);
  plan.PlanDays(days_);
  plan.PlanRules(units_);
  plan.PlanPlaces();
  plan.PlanExclusions();
  return plan;
}

bool FigurePlan::IsAsked(const FigureUnit& unit) const {
  const IndicatorDefinition& definition = *question_.definition;
  return (question_.site_finess.empty() || question_.site_finess == unit.site_finess) &&
         (question_.legal_entity_finess.empty() ||
          question_.legal_entity_finess == unit.legal_entity_finess) &&
         ListsOrAll(definition.sites, unit.site_finess) &&
         ListsOrAll(definition.legal_entities, unit.legal_entity_finess) &&
         ListsOrAll(definition.activities, unit.activity) &&
         ListsOrAll(definition.kinds, unit.kind);
}

FigureUnit FigurePlan::GroupOf(const FigureUnit& unit) const {
  const FigureGrouping& by = question_.grouping;
  FigureUnit group;
  if (by.site) group.site_finess = unit.site_finess;
  if (by.legal_entity) group.legal_entity_finess = unit.legal_entity_finess;
  if (by.entry_channel) group.entry_channel = unit.entry_channel;
  if (by.activity) group.activity = unit.activity;
  if (by.kind) group.kind = unit.kind;
  return group;
}

void FigurePlan::PlanUnits(const std::vector<FigureUnit>& units) {
  using Words = std::tuple<std::string, std::string, std::string, Activity, VisitKind>;
  std::map<Words, std::uint64_t> keys;
  for (const FigureUnit& unit : units) {
    if (!IsAsked(unit)) {
      unit_keys_.push_back(kNoKey);
      continue;
    }
    FigureUnit group = GroupOf(unit);
    const auto [key, is_new] = keys.try_emplace({group.site_finess, group.legal_entity_finess,
                                                 group.entry_channel, group.activity, group.kind},
                                                std::uint64_t{unit_groups_.size()});
    if (is_new) unit_groups_.push_back(std::move(group));
    unit_keys_.push_back(key->second);
  }
}

// After the units: a day's key leaves room for theirs. Only days that have had visits count.
void FigurePlan::PlanDays(
    const std::map<std::int32_t, std::pair<std::int64_t, std::int64_t>>& days) {
  if (days.empty()) return;
  const FigureGrouping& by = question_.grouping;
  const std::int64_t window_begin = Microseconds(question_.query.window_begin);
  const std::int64_t window_end = Microseconds(question_.query.window_end);
  const std::int64_t from = DaysSinceEpoch(question_.days.from);
  const std::int64_t to = DaysSinceEpoch(question_.days.to);
  first_day_ = std::max<std::int64_t>(from, days.begin()->first);
  const std::int64_t last_day = std::min<std::int64_t>(to, days.rbegin()->first);
  std::int64_t group_day = from;  // the first day of the month, week or day, or of the window
  for (std::int64_t day = from; day <= last_day; ++day) {
    if (by.day || (by.week && BeginsWeek(day)) || (by.month && DateFromDays(day).day == 1)) {
      group_day = day;
    }
    if (day < first_day_) continue;
    day_keys_.push_back(kNoKey);
    const auto known = days.find(static_cast<std::int32_t>(day));
    if (known == days.end()) continue;
    const auto [first_at, last_at] = known->second;
    if (last_at < window_begin || first_at >= window_end) continue;
    cuts_days_ = cuts_days_ || first_at < window_begin || last_at >= window_end;
    if (day_groups_.empty() || day_groups_.back() != group_day) day_groups_.push_back(group_day);
    day_keys_.back() = (day_groups_.size() - 1) * unit_groups_.size();
  }
}

std::uint64_t FigurePlan::KeyCount() const {
  // One for the stock of identities.
  return std::max<std::uint64_t>(1, std::uint64_t{day_groups_.size()} * unit_groups_.size());
}

// --- what it adds to ---

void FigurePlan::PlanRules(const std::vector<FigureUnit>& units) {
  const std::vector<ExclusionRule>& rules = question_.definition->exclusion_rules;
  if (rules.empty()) return;
  static_assert(std::tuple_size_v<decltype(Numbers::numbers)> >=
                kOwnExclusionsAt + kOwnExclusionsMax);
  static_assert(kOwnExclusionsAt == kExclusionsAt + kExclusionReasons.size());
  unit_rules_.resize(units.size());
  person_rules_.resize(std::size_t{1} << kPersonBits);
  Rules bit = 1;
  for (const ExclusionRule& rule : rules) {
    if (rule.age_days_min.has_value() || rule.age_days_max.has_value()) age_rules_ |= bit;
    Ages& ages = ages_.emplace_back();
    ages.min = rule.age_days_min.value_or(0);
    if (rule.age_days_max.has_value()) ages.max = *rule.age_days_max;
    for (std::size_t unit = 0; unit < units.size(); ++unit) {
      if (HoldsForUnit(rule, units[unit])) unit_rules_[unit] |= bit;
    }
    for (std::uint32_t person = 0; person < person_rules_.size(); ++person) {
      if (HoldsForPerson(rule, person)) person_rules_[person] |= bit;
    }
    for (const TrustStatus status : kStatuses) {
      if (ListsOrAll(rule.statuses, status)) status_rules_[StatusIndex(status)] |= bit;
    }
    bit <<= 1;
  }
}

void FigurePlan::PlanPlaces() {
  places_.reserve(std::size_t{kPersonPlaces} << kFlagBits);
  for (std::uint32_t person = 0; person < kPersonPlaces; ++person) {
    for (std::uint32_t visit = 0; visit <= kFlagsMask; ++visit) {
      const std::uint8_t place = PlaceOf(person, visit);
      const bool adds_more =
          (person & kKnownBit) == 0 ||
          (place < kExclusionsAt && (person & (kMarksMask | kMayBeExcludedBit)) != 0);
      places_.push_back(static_cast<std::uint8_t>(place | (adds_more ? kAddsMore : 0)));
    }
  }
}

// Own exclusions aside: the exclusion or the status of a visit with these flags, of a person with
// these bits.
std::uint8_t FigurePlan::PlaceOf(std::uint32_t person, std::uint32_t visit) const {
  const IndicatorDefinition& definition = *question_.definition;
  const bool patients = definition.population == IndicatorPopulation::kFileActivePatients;
  const bool known = (person & kKnownBit) != 0;
  if ((visit & kCancelledBit) != 0 && definition.exclude_cancelled) {
    return kExclusionsAt + kCancelled;
  }
  if (!known) {
    // Without a person there is no status.
    return definition.exclude_unattached || patients ? kExclusionsAt + kUnattached : 0;
  }
  if ((person & kFictitiousBit) != 0 && definition.exclude_fictitious) {
    return kExclusionsAt + kFictitious;
  }
  if ((person & kDoubtfulBit) != 0 && definition.exclude_doubtful) {
    return kExclusionsAt + kDoubtful;
  }
  if (definition.status_as_of == StatusAsOfRule::kAdmission) {
    return StatusIndexOf(visit, kAdmissionShift);
  }
  if (definition.status_as_of == StatusAsOfRule::kDischarge && (visit & kDischargedBit) != 0) {
    return StatusIndexOf(visit, kDischargeShift);
  }
  return static_cast<std::uint8_t>(person & kPersonStatusMask);
}

// --- the answer ---

void FigurePlan::PlanExclusions() {
  const std::vector<std::string> reasons = ExclusionReasonsOf(*question_.definition);
  std::map<std::string, std::size_t> at;
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    at[reasons[i]] = kExclusionsAt + i;
  }
  for (const auto& [reason, number] : at) {
    exclusions_[reason] = 0;
    exclusions_at_.push_back(number);
  }
}

IndicatorRow FigurePlan::RowOf(const Numbers& numbers) const {
  IndicatorRow row;
  for (std::size_t i = 0; i < row.statuses.size(); ++i) {
    row.statuses[i] = numbers.numbers[i];
    row.denominator += numbers.numbers[i];
  }
  for (const TrustStatus status : question_.definition->numerator_statuses) {
    row.numerator += numbers.numbers[StatusIndex(status)];
  }
  row.homonym_count = numbers.marks[0];
  row.doubtful_count = numbers.marks[1];
  row.fictitious_count = numbers.marks[2];
  row.unattached_count = numbers.marks[kUnattachedMark];
  row.exclusions = exclusions_;
  auto at = exclusions_at_.begin();
  for (auto& [reason, count] : row.exclusions) count = numbers.numbers[*at++];
  return row;
}

FigureGroup FigurePlan::GroupAt(const FigureCounts& counts, std::size_t row) const {
  if (unit_groups_.empty()) return {};
  return {counts.keys_[row] / unit_groups_.size(), counts.keys_[row] % unit_groups_.size()};
}

IndicatorRow FigurePlan::RowAt(const FigureCounts& counts, std::size_t row) const {
  Numbers numbers;
  counts.AddNumbers(row + 1, numbers.numbers.data());
  counts.AddMarks(row + 1, numbers.marks.data());
  return RowOf(numbers);
}

IndicatorRow FigurePlan::Total(const FigureCounts& counts) const {
  Numbers total;
  for (std::size_t row = 1; row <= counts.row_count(); ++row) {
    counts.AddNumbers(row, total.numbers.data());
    counts.AddMarks(row, total.marks.data());
  }
  if (question_.definition->population == IndicatorPopulation::kFileActivePatients) {
    // Exclusions and what is unattached are of visits, and add up.
    std::copy_n(counts.total_.begin(), kExclusionsAt, total.numbers.begin());
    std::copy_n(counts.total_marks_.begin(), kUnattachedMark, total.marks.begin());
  }
  return RowOf(total);
}

}  // namespace vigie::matching
