#include "matching/figures.h"

#include <algorithm>
#include <iterator>

#include "matching/date.h"

namespace vigie::matching {
namespace {

// The bits of a visit: activity 0..2, kind 3..5, cancelled 6, status at admission 7..9, at
// discharge 10..12 (0: absent), place 13..31.
constexpr std::uint32_t kActivityKindMask = 63;
constexpr std::uint32_t kKindShift = 3;
constexpr std::uint32_t kCancelledBit = 1U << 6;
constexpr std::uint32_t kAdmissionShift = 7;
constexpr std::uint32_t kDischargeShift = 10;
constexpr std::uint32_t kStatusMask = 7;
constexpr std::uint32_t kPlaceShift = 13;
constexpr std::size_t kPlacesMax = std::size_t{1} << (32 - kPlaceShift);

constexpr std::int64_t kNotDischarged = std::numeric_limits<std::int64_t>::min();

// Numbers of a row.
constexpr std::size_t kAttributesAt = 4;  // after the four statuses
constexpr std::size_t kUnattachedAt = 7;
constexpr std::size_t kExclusionsAt = 8;
// Exclusions, in the order of kExclusionReasons.
constexpr std::size_t kCancelled = 0, kUnattached = 1, kFictitious = 2, kDoubtful = 3;

// Up to so many possible groups are found by index (16 MB a part), more by a hash table.
constexpr std::uint64_t kIndexedKeysMax = std::uint64_t{1} << 22;
constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kNoKey = std::numeric_limits<std::uint64_t>::max();

std::int64_t Microseconds(Instant instant) { return instant.time_since_epoch().count(); }

std::uint8_t StatusIndex(TrustStatus status) {
  return static_cast<std::uint8_t>(static_cast<std::uint8_t>(status) - 1);
}

// An absent status counts as provisional.
std::uint8_t StatusIndexOfBits(std::uint32_t bits, std::uint32_t shift) {
  const std::uint32_t status = bits >> shift & kStatusMask;
  return static_cast<std::uint8_t>(status == 0 ? 0 : status - 1);
}

std::uint32_t StatusBits(const std::optional<TrustStatus>& status, std::uint32_t shift) {
  return status.has_value() ? static_cast<std::uint32_t>(*status) << shift : 0;
}

// A vector's own growth by half or more would leave much of a large table empty.
template <typename Item>
void MakeRoom(std::vector<Item>& items, std::size_t count) {
  constexpr std::size_t kFewest = 8;
  if (items.size() + count > items.capacity()) {
    items.reserve(items.size() + count + items.size() / 8 + kFewest);
  }
}

template <typename Item>
void InsertAt(std::vector<Item>& items, std::size_t i, const Item& item) {
  MakeRoom(items, 1);
  items.insert(items.begin() + static_cast<std::ptrdiff_t>(i), item);
}

template <typename Item>
void EraseAt(std::vector<Item>& items, std::size_t i) {
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(i));
}

template <typename Item>
std::size_t BytesOf(const std::vector<Item>& items) {
  return items.capacity() * sizeof(Item);
}

bool BeginsWeek(std::int64_t day) { return (day + 3) % 7 == 0; }  // 1970-01-01 was a Thursday

template <typename Item>
bool ListsOrAll(const std::vector<Item>& items, const Item& item) {
  return items.empty() || std::find(items.begin(), items.end(), item) != items.end();
}

}  // namespace

// --- the columns ---

FigureTable::Entry FigureTable::Columns::At(std::size_t i) const {
  return {admitted_at[i], discharged_at[i], admitted_day[i], bits[i]};
}

void FigureTable::Columns::Insert(std::size_t i, const Entry& entry) {
  InsertAt(admitted_at, i, entry.admitted_at);
  InsertAt(discharged_at, i, entry.discharged_at);
  InsertAt(admitted_day, i, entry.admitted_day);
  InsertAt(bits, i, entry.bits);
}

void FigureTable::Columns::Erase(std::size_t i) {
  EraseAt(admitted_at, i);
  EraseAt(discharged_at, i);
  EraseAt(admitted_day, i);
  EraseAt(bits, i);
}

std::size_t FigureTable::Columns::bytes() const {
  return BytesOf(admitted_at) + BytesOf(discharged_at) + BytesOf(admitted_day) + BytesOf(bits);
}

std::size_t FigureTable::bytes() const {
  std::size_t bytes = BytesOf(blocks_);
  for (const Block& block : blocks_) {
    bytes += block.visits.bytes() + BytesOf(block.standings) + BytesOf(block.visits_end) +
             BytesOf(block.periods_end) + BytesOf(block.period_at) + BytesOf(block.period_status);
  }
  for (const auto& [day, columns] : waiting_) bytes += columns.bytes();
  return bytes;
}

std::optional<std::uint32_t> FigureTable::PlaceOf(const Visit& visit) {
  std::string key = visit.legal_entity_finess;
  key += '\0';
  key += visit.site_finess;
  key += '\0';
  key += visit.entry_channel;
  const auto known = place_numbers_.find(key);
  if (known != place_numbers_.end()) return known->second;
  if (places_.size() == kPlacesMax) return std::nullopt;
  const auto number = static_cast<std::uint32_t>(places_.size());
  places_.push_back({visit.site_finess, visit.legal_entity_finess, visit.entry_channel});
  place_numbers_.emplace(std::move(key), number);
  return number;
}

std::optional<FigureTable::Entry> FigureTable::EntryOf(const Visit& visit,
                                                       std::int64_t admitted_day) {
  const std::optional<std::uint32_t> place = PlaceOf(visit);
  if (!place.has_value()) return std::nullopt;
  Entry entry;
  entry.admitted_at = Microseconds(visit.admitted_at);
  entry.discharged_at =
      visit.discharged_at.has_value() ? Microseconds(*visit.discharged_at) : kNotDischarged;
  entry.admitted_day = static_cast<std::int32_t>(admitted_day);
  entry.bits = static_cast<std::uint32_t>(visit.activity) |
               static_cast<std::uint32_t>(visit.kind) << kKindShift |
               (visit.cancelled ? kCancelledBit : 0) |
               StatusBits(visit.status_at_admission, kAdmissionShift) |
               StatusBits(visit.status_at_discharge, kDischargeShift) | *place << kPlaceShift;
  return entry;
}

FigureTable::Block& FigureTable::BlockOf(IdentityId id) {
  const std::size_t number = id / kBlockIdentities;
  if (number >= blocks_.size()) {
    MakeRoom(blocks_, number + 1 - blocks_.size());
    blocks_.resize(number + 1);
  }
  Block& block = blocks_[number];
  const std::size_t place = id % kBlockIdentities;
  if (place >= block.standings.size()) {
    block.standings.resize(place + 1);
    block.visits_end.resize(place + 1, static_cast<std::uint32_t>(block.visits.size()));
    block.periods_end.resize(place + 1, static_cast<std::uint32_t>(block.period_at.size()));
  }
  return block;
}

// Where the visits of the visit's identity stand, or those of its day that have none.
FigureTable::Columns* FigureTable::ColumnsOf(const Visit& visit, std::int64_t admitted_day,
                                             std::size_t* begin, std::size_t* end) {
  if (visit.identity_id == 0) {
    Columns& columns = waiting_[static_cast<std::int32_t>(admitted_day)];
    *begin = 0;
    *end = columns.size();
    return &columns;
  }
  Block& block = BlockOf(visit.identity_id);
  const std::size_t place = visit.identity_id % kBlockIdentities;
  *begin = place == 0 ? 0 : block.visits_end[place - 1];
  *end = block.visits_end[place];
  return &block.visits;
}

void FigureTable::MoveVisitsEnd(IdentityId id, std::int32_t by) {
  if (id == 0) return;
  Block& block = BlockOf(id);
  for (std::size_t i = id % kBlockIdentities; i < block.visits_end.size(); ++i) {
    block.visits_end[i] =
        static_cast<std::uint32_t>(static_cast<std::int32_t>(block.visits_end[i]) + by);
  }
}

bool FigureTable::AddVisit(const Visit& visit, std::int64_t admitted_day) {
  const std::optional<Entry> entry = EntryOf(visit, admitted_day);
  if (!entry.has_value()) return false;
  std::size_t begin = 0;
  std::size_t end = 0;
  Columns* columns = ColumnsOf(visit, admitted_day, &begin, &end);
  const auto first = columns->admitted_at.begin();
  const auto after = std::upper_bound(first + static_cast<std::ptrdiff_t>(begin),
                                      first + static_cast<std::ptrdiff_t>(end), entry->admitted_at);
  columns->Insert(static_cast<std::size_t>(after - first), *entry);
  MoveVisitsEnd(visit.identity_id, 1);
  ++visit_count_;
  return true;
}

bool FigureTable::RemoveVisit(const Visit& visit, std::int64_t admitted_day) {
  const std::optional<Entry> entry = EntryOf(visit, admitted_day);
  if (!entry.has_value()) return false;
  std::size_t begin = 0;
  std::size_t end = 0;
  Columns* columns = ColumnsOf(visit, admitted_day, &begin, &end);
  const auto first = columns->admitted_at.begin();
  const auto same = std::lower_bound(first + static_cast<std::ptrdiff_t>(begin),
                                     first + static_cast<std::ptrdiff_t>(end), entry->admitted_at);
  auto i = static_cast<std::size_t>(same - first);
  while (i < end && !(columns->At(i) == *entry)) ++i;
  const bool found = i < end;
  if (found) {
    columns->Erase(i);
    MoveVisitsEnd(visit.identity_id, -1);
    --visit_count_;
  }
  if (visit.identity_id == 0 && columns->size() == 0) {
    waiting_.erase(static_cast<std::int32_t>(admitted_day));
  }
  return found;
}

FigureIdentity FigureIdentityOf(const Identity& identity) {
  FigureIdentity kept;
  kept.facts = IndicatorIdentityOf(identity, IndicatorQuery());
  kept.periods.reserve(identity.status_periods.size());
  for (const StatusPeriod& period : identity.status_periods) {
    kept.periods.emplace_back(period.effective_at, period.status);
  }
  return kept;
}

void FigureTable::PutIdentity(const FigureIdentity& identity) {
  const IndicatorIdentity& facts = identity.facts;
  Block& block = BlockOf(facts.id);
  const std::size_t place = facts.id % kBlockIdentities;
  Standing& standing = block.standings[place];
  if (!standing.known) ++identity_count_;
  standing.known = true;
  standing.created_at = Microseconds(facts.created_at);
  standing.attributes = facts.attributes;
  standing.last_insi = facts.last_insi;
  standing.has_birth_day = facts.birth_day.has_value();
  standing.birth_day = static_cast<std::int32_t>(facts.birth_day.value_or(0));
  standing.born_abroad = static_cast<std::int8_t>(
      facts.born_abroad.has_value() ? static_cast<int>(*facts.born_abroad) : -1);
  PutPeriods(identity.periods, place, block);
}

void FigureTable::PutPeriods(const std::vector<std::pair<Instant, TrustStatus>>& periods,
                             std::size_t place, Block& block) {
  const std::size_t begin = place == 0 ? 0 : block.periods_end[place - 1];
  const std::size_t before = block.periods_end[place] - begin;
  const std::size_t after = periods.size();
  for (std::size_t i = after; i < before; ++i) {
    EraseAt(block.period_at, begin);
    EraseAt(block.period_status, begin);
  }
  for (std::size_t i = before; i < after; ++i) {
    InsertAt(block.period_at, begin, std::int64_t{0});
    InsertAt(block.period_status, begin, std::uint8_t{0});
  }
  for (std::size_t i = 0; i < after; ++i) {
    block.period_at[begin + i] = Microseconds(periods[i].first);
    block.period_status[begin + i] = StatusIndex(periods[i].second);
  }
  for (std::size_t i = place; i < block.periods_end.size(); ++i) {
    block.periods_end[i] = static_cast<std::uint32_t>(block.periods_end[i] + after - before);
  }
}

// --- the plan ---

FigurePlan FigureTable::Plan(const FigureQuestion& question) const {
  FigurePlan plan;
  plan.question_ = question;
  plan.PlanTime();
  plan.PlanActivityKinds();
  std::map<std::array<std::string, 3>, std::int32_t> numbers;
  for (const Place& place : places_) {
    const bool asked =
        (question.site_finess.empty() || question.site_finess == place.site_finess) &&
        (question.legal_entity_finess.empty() ||
         question.legal_entity_finess == place.legal_entity_finess) &&
        ListsOrAll(question.definition->sites, place.site_finess) &&
        ListsOrAll(question.definition->legal_entities, place.legal_entity_finess);
    if (!asked) {
      plan.place_groups_.push_back(-1);
      continue;
    }
    FigureGroup name;
    if (question.grouping.site) name.site_finess = place.site_finess;
    if (question.grouping.legal_entity) name.legal_entity_finess = place.legal_entity_finess;
    if (question.grouping.entry_channel) name.entry_channel = place.entry_channel;
    const auto [number, is_new] =
        numbers.try_emplace({name.site_finess, name.legal_entity_finess, name.entry_channel},
                            static_cast<std::int32_t>(plan.place_names_.size()));
    if (is_new) plan.place_names_.push_back(std::move(name));
    plan.place_groups_.push_back(number->second);
  }
  for (const ExclusionRule& rule : question.definition->exclusion_rules) {
    std::vector<bool> places;
    for (const Place& place : places_) {
      places.push_back(ListsOrAll(rule.entry_channels, place.entry_channel));
    }
    plan.PlanRule(rule, std::move(places));
  }
  return plan;
}

void FigurePlan::PlanTime() {
  const FigureGrouping& by = question_.grouping;
  if (!by.month && !by.week && !by.day) return;
  first_day_ = DaysSinceEpoch(question_.days.from);
  const std::int64_t last_day = DaysSinceEpoch(question_.days.to);
  for (std::int64_t day = first_day_; day <= last_day; ++day) {
    const bool is_new = day == first_day_ || by.day || (by.week && BeginsWeek(day)) ||
                        (by.month && DateFromDays(day).day == 1);
    if (is_new) time_days_.push_back(day);
    time_groups_.push_back(static_cast<std::uint32_t>(time_days_.size() - 1));
  }
}

void FigurePlan::PlanActivityKinds() {
  activity_kind_groups_.fill(-1);
  std::map<std::pair<Activity, VisitKind>, std::int32_t> numbers;
  for (std::uint32_t bits = 0; bits <= kActivityKindMask; ++bits) {
    const auto activity = static_cast<Activity>(bits & ((1U << kKindShift) - 1));
    const auto kind = static_cast<VisitKind>(bits >> kKindShift);
    if (activity > Activity::kDialysis || kind > VisitKind::kSession ||
        !ListsOrAll(question_.definition->activities, activity) ||
        !ListsOrAll(question_.definition->kinds, kind)) {
      continue;
    }
    FigureGroup name;
    if (question_.grouping.activity) name.activity = activity;
    if (question_.grouping.kind) name.kind = kind;
    const auto [number, is_new] = numbers.try_emplace(
        {name.activity, name.kind}, static_cast<std::int32_t>(activity_kind_names_.size()));
    if (is_new) activity_kind_names_.push_back(name);
    activity_kind_groups_[bits] = number->second;
  }
}

void FigurePlan::PlanRule(const ExclusionRule& rule, std::vector<bool> places) {
  Rule& planned = rules_.emplace_back();
  planned.rule = &rule;
  planned.places = std::move(places);
  planned.asks_age = rule.age_days_min.has_value() || rule.age_days_max.has_value();
  for (std::uint32_t bits = 0; bits <= kActivityKindMask; ++bits) {
    planned.activity_kinds[bits] =
        ListsOrAll(rule.activities, static_cast<Activity>(bits & ((1U << kKindShift) - 1))) &&
        ListsOrAll(rule.kinds, static_cast<VisitKind>(bits >> kKindShift));
  }
  for (const TrustStatus status : {TrustStatus::kProvisional, TrustStatus::kRecovered,
                                   TrustStatus::kValidated, TrustStatus::kQualified}) {
    planned.statuses[StatusIndex(status)] = ListsOrAll(rule.statuses, status);
  }
}

std::uint64_t FigurePlan::KeyCount() const {
  return std::max<std::uint64_t>(1, time_days_.size()) *
         std::max<std::uint64_t>(1, place_names_.size()) *
         std::max<std::uint64_t>(1, activity_kind_names_.size());
}

IndicatorRow FigurePlan::RowOf(const std::int64_t* numbers) const {
  IndicatorRow row;
  for (std::size_t i = 0; i < row.statuses.size(); ++i) {
    row.statuses[i] = numbers[i];
    row.denominator += numbers[i];
  }
  for (const TrustStatus status : question_.definition->numerator_statuses) {
    row.numerator += numbers[StatusIndex(status)];
  }
  row.homonym_count = numbers[kAttributesAt];
  row.doubtful_count = numbers[kAttributesAt + 1];
  row.fictitious_count = numbers[kAttributesAt + 2];
  row.unattached_count = numbers[kUnattachedAt];
  const std::vector<std::string> reasons = ExclusionReasonsOf(*question_.definition);
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    row.exclusions[reasons[i]] = numbers[kExclusionsAt + i];
  }
  return row;
}

FigureAnswer FigurePlan::Answer(const FigureCounts& counts) const {
  FigureAnswer answer;
  std::vector<std::int64_t> total(counts.width_), numbers(counts.width_);
  for (std::size_t row = 0; row < counts.keys_.size(); ++row) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] = counts.numbers_[row * counts.width_ + i];
      total[i] += numbers[i];
    }
    FigureRow& shown = answer.rows.emplace_back();
    shown.counts = RowOf(numbers.data());
    if (question_.definition->population == IndicatorPopulation::kIdentityStock) continue;
    std::uint64_t key = counts.keys_[row];
    const FigureGroup& of_visit = activity_kind_names_[key % activity_kind_names_.size()];
    key /= activity_kind_names_.size();
    shown.group = place_names_[key % place_names_.size()];
    shown.group.activity = of_visit.activity;
    shown.group.kind = of_visit.kind;
    if (!time_days_.empty()) shown.group.day = time_days_[key / place_names_.size()];
  }
  if (question_.definition->population == IndicatorPopulation::kFileActivePatients) {
    std::copy_n(counts.total_.begin(), kUnattachedAt, total.begin());
  }
  answer.total = RowOf(total.data());
  return answer;
}

// --- counting ---

inline std::size_t FigureCounts::RowOf(std::uint64_t key) {
  std::uint32_t& row =
      by_key_.empty() ? by_large_key_.try_emplace(key, kNoRow).first->second : by_key_.data()[key];
  if (row == kNoRow) [[unlikely]] {
    row = AddRow(key);
  }
  return row;
}

std::uint32_t FigureCounts::AddRow(std::uint64_t key) {
  keys_.push_back(key);
  numbers_.resize(numbers_.size() + width_);
  latest_.emplace_back();
  return static_cast<std::uint32_t>(keys_.size() - 1);
}

void FigureCounts::Merge(const FigureCounts& other) {
  for (std::size_t i = 0; i < other.keys_.size(); ++i) {
    const std::size_t row = RowOf(other.keys_[i]);
    for (std::size_t j = 0; j < width_; ++j) {
      numbers_[row * width_ + j] += other.numbers_[i * width_ + j];
    }
  }
  for (std::size_t j = 0; j < width_; ++j) total_[j] += other.total_[j];
}

// One part of a table's count.
class FigurePass {
 public:
  explicit FigurePass(const FigurePlan& plan)
      : plan_(plan),
        definition_(*plan.question_.definition),
        window_begin_(Microseconds(plan.question_.query.window_begin)),
        window_end_(Microseconds(plan.question_.query.window_end)),
        status_at_(Microseconds(plan.question_.query.status_at)),
        patients_(definition_.population == IndicatorPopulation::kFileActivePatients) {
    counts_.width_ = kExclusionsAt + kExclusionReasons.size() + plan.rules_.size();
    counts_.total_.resize(counts_.width_);
    if (plan.KeyCount() <= kIndexedKeysMax) counts_.by_key_.assign(plan.KeyCount(), kNoRow);
  }

  void CountBlock(const FigureTable::Block& block, IdentityId first);
  void CountWaiting(const FigureTable::Columns& visits) {
    CountVisits(visits, 0, visits.size(), PersonOf(nullptr, 0, 0));
  }

  FigureCounts counts_;

 private:
  // What of an identity is the same for all its visits.
  struct Person {
    IdentityId id = 0;
    const FigureTable::Standing* standing = nullptr;  // null: not known
    std::uint8_t status = 0;      // index; the one its visits count with but for their own
    std::size_t excluded_at = 0;  // the number of a row its visits are excluded under; 0: none
    bool marked = false;          // has an attribute
  };
  using Latest = FigureCounts::Latest;

  Person PersonOf(const FigureTable::Block* block, std::size_t place, IdentityId id) const;
  static std::uint8_t StatusAt(const FigureTable::Block& block, std::size_t place, std::int64_t at);
  void CountVisits(const FigureTable::Columns& visits, std::size_t begin, std::size_t end,
                   const Person& person);
  void CountStock(const Person& person);
  std::uint64_t KeyOf(std::uint32_t bits, std::int32_t day) const;
  std::uint8_t StatusCounted(std::uint32_t bits, std::int64_t discharged_at,
                             const Person& person) const;
  std::size_t PlaceOf(const Person& person, std::uint32_t bits, std::int32_t day,
                      std::uint8_t status) const;
  std::size_t RulePlaceOf(const Person& person, std::uint32_t bits, std::int32_t day,
                          std::uint8_t status) const;
  static bool HoldsForPerson(const FigurePlan::Rule& rule, const Person& person);
  static bool HoldsForVisit(const FigurePlan::Rule& rule, const Person& person, std::uint32_t bits,
                            std::int32_t day);
  static void CountMarks(const Person& person, std::int32_t* numbers);
  static void TakeLatest(const Person& person, const Latest& seen, Latest& latest,
                         std::int32_t* numbers);

  const FigurePlan& plan_;
  const IndicatorDefinition& definition_;
  const std::int64_t window_begin_, window_end_, status_at_;
  const bool patients_;
  // The plan's, without the library's check of each index: they hold one for every value the table
  // can have had when the plan was made.
  const std::int32_t* const activity_kind_groups_ = plan_.activity_kind_groups_.data();
  const std::int32_t* const place_groups_ = plan_.place_groups_.data();
  const std::uint64_t place_count_ = plan_.place_names_.size();
  const std::uint64_t activity_kind_count_ = plan_.activity_kind_names_.size();
};

std::uint8_t FigurePass::StatusAt(const FigureTable::Block& block, std::size_t place,
                                  std::int64_t at) {
  const std::size_t begin = place == 0 ? 0 : block.periods_end[place - 1];
  std::size_t i = block.periods_end[place];
  while (i > begin && block.period_at[i - 1] > at) --i;
  return i == begin ? StatusIndex(TrustStatus::kProvisional) : block.period_status[i - 1];
}

// `block` null: the visits that wait for their identity.
FigurePass::Person FigurePass::PersonOf(const FigureTable::Block* block, std::size_t place,
                                        IdentityId id) const {
  Person person;
  person.id = id;
  if (block == nullptr || !block->standings[place].known) {
    if (definition_.exclude_unattached || patients_)
      person.excluded_at = kExclusionsAt + kUnattached;
    return person;
  }
  person.standing = &block->standings[place];
  const bool at_window_end = definition_.status_as_of == StatusAsOfRule::kWindowEnd;
  person.status = StatusAt(*block, place, at_window_end ? window_end_ : status_at_);
  const Attributes& attributes = person.standing->attributes;
  person.marked = attributes.homonym || attributes.doubtful || attributes.fictitious;
  if (definition_.exclude_fictitious && attributes.fictitious) {
    person.excluded_at = kExclusionsAt + kFictitious;
  } else if (definition_.exclude_doubtful && attributes.doubtful) {
    person.excluded_at = kExclusionsAt + kDoubtful;
  }
  return person;
}

void FigurePass::CountBlock(const FigureTable::Block& block, IdentityId first) {
  std::size_t begin = 0;
  for (std::size_t place = 0; place < block.standings.size(); ++place) {
    const std::size_t end = block.visits_end[place];
    if (definition_.population == IndicatorPopulation::kIdentityStock) {
      CountStock(PersonOf(&block, place, first + place));
    } else if (begin != end && block.visits.admitted_at[begin] < window_end_ &&
               block.visits.admitted_at[end - 1] >= window_begin_) {
      CountVisits(block.visits, begin, end, PersonOf(&block, place, first + place));
    }
    begin = end;
  }
}

// The hot loop: nothing here looks at more of a visit than its 24 bytes.
void FigurePass::CountVisits(const FigureTable::Columns& visits, std::size_t begin, std::size_t end,
                             const Person& person) {
  Latest latest;
  const std::int64_t* const admitted_at = visits.admitted_at.data();
  const std::int64_t* const discharged_at = visits.discharged_at.data();
  const std::int32_t* const admitted_day = visits.admitted_day.data();
  const std::uint32_t* const all_bits = visits.bits.data();
  for (std::size_t i = begin; i < end; ++i) {
    if (admitted_at[i] < window_begin_ || admitted_at[i] >= window_end_) continue;
    const std::uint32_t bits = all_bits[i];
    const std::uint64_t key = KeyOf(bits, admitted_day[i]);
    if (key == kNoKey) continue;
    const std::size_t row = counts_.RowOf(key);
    std::int32_t* const numbers = counts_.numbers_.data() + row * counts_.width_;
    const std::uint8_t status = StatusCounted(bits, discharged_at[i], person);
    const std::size_t place = PlaceOf(person, bits, admitted_day[i], status);
    if (person.standing == nullptr) ++numbers[kUnattachedAt];
    if (place >= kExclusionsAt || !patients_) {
      ++numbers[place];
      if (person.marked && place < kExclusionsAt) CountMarks(person, numbers);
      continue;
    }
    const Latest seen{person.id, admitted_at[i], status};
    TakeLatest(person, seen, counts_.latest_[row], numbers);
    TakeLatest(person, seen, latest, counts_.total_.data());
  }
}

// kNoKey: not asked for.
std::uint64_t FigurePass::KeyOf(std::uint32_t bits, std::int32_t day) const {
  const std::int32_t of_visit = activity_kind_groups_[bits & kActivityKindMask];
  const std::int32_t of_place = place_groups_[bits >> kPlaceShift];
  if (of_visit < 0 || of_place < 0) return kNoKey;
  return (plan_.TimeGroup(day) * place_count_ + static_cast<std::uint64_t>(of_place)) *
             activity_kind_count_ +
         static_cast<std::uint64_t>(of_visit);
}

std::uint8_t FigurePass::StatusCounted(std::uint32_t bits, std::int64_t discharged_at,
                                       const Person& person) const {
  if (person.standing == nullptr) return StatusIndex(TrustStatus::kProvisional);
  switch (definition_.status_as_of) {
    case StatusAsOfRule::kAdmission:
      return StatusIndexOfBits(bits, kAdmissionShift);
    case StatusAsOfRule::kDischarge: {
      const bool discharged = discharged_at != kNotDischarged && discharged_at <= status_at_;
      return discharged ? StatusIndexOfBits(bits, kDischargeShift) : person.status;
    }
    case StatusAsOfRule::kExtraction:
    case StatusAsOfRule::kWindowEnd:
      return person.status;
  }
  return StatusIndex(TrustStatus::kProvisional);
}

// The number of a row that a visit adds to: an exclusion, or its status.
std::size_t FigurePass::PlaceOf(const Person& person, std::uint32_t bits, std::int32_t day,
                                std::uint8_t status) const {
  if ((bits & kCancelledBit) != 0 && definition_.exclude_cancelled) {
    return kExclusionsAt + kCancelled;
  }
  if (person.excluded_at != 0) return person.excluded_at;
  return plan_.rules_.empty() ? status : RulePlaceOf(person, bits, day, status);
}

std::size_t FigurePass::RulePlaceOf(const Person& person, std::uint32_t bits, std::int32_t day,
                                    std::uint8_t status) const {
  std::size_t place = kExclusionsAt + kExclusionReasons.size();
  for (const FigurePlan::Rule& rule : plan_.rules_) {
    if (rule.statuses[status] && HoldsForVisit(rule, person, bits, day) &&
        HoldsForPerson(rule, person)) {
      return place;
    }
    ++place;
  }
  return status;
}

bool FigurePass::HoldsForVisit(const FigurePlan::Rule& rule, const Person& person,
                               std::uint32_t bits, std::int32_t day) {
  if (!rule.activity_kinds[bits & kActivityKindMask] || !rule.places[bits >> kPlaceShift]) {
    return false;
  }
  if (!rule.asks_age) return true;
  if (person.standing == nullptr || !person.standing->has_birth_day) return false;
  return AgeIsWithin(*rule.rule, std::int64_t{day} - person.standing->birth_day);
}

bool FigurePass::HoldsForPerson(const FigurePlan::Rule& rule, const Person& person) {
  const ExclusionRule& asked = *rule.rule;
  if (person.standing == nullptr) {
    return !asked.born_abroad.has_value() && asked.last_insi.empty();
  }
  if (asked.born_abroad.has_value() &&
      person.standing->born_abroad != static_cast<std::int8_t>(*asked.born_abroad)) {
    return false;
  }
  return ListsOrAll(asked.last_insi, person.standing->last_insi);
}

void FigurePass::CountMarks(const Person& person, std::int32_t* numbers) {
  const Attributes& attributes = person.standing->attributes;
  numbers[kAttributesAt] += attributes.homonym ? 1 : 0;
  numbers[kAttributesAt + 1] += attributes.doubtful ? 1 : 0;
  numbers[kAttributesAt + 2] += attributes.fictitious ? 1 : 0;
}

// A person's visits come ascending: a later one takes the place of the one before, one at the same
// instant only with a lower status.
void FigurePass::TakeLatest(const Person& person, const Latest& seen, Latest& latest,
                            std::int32_t* numbers) {
  if (latest.patient != person.id) {
    ++numbers[seen.status_index];
    if (person.marked) CountMarks(person, numbers);
  } else if (seen.admitted_at > latest.admitted_at || seen.status_index < latest.status_index) {
    --numbers[latest.status_index];
    ++numbers[seen.status_index];
  } else {
    return;
  }
  latest = seen;
}

void FigurePass::CountStock(const Person& person) {
  if (person.standing == nullptr || person.standing->created_at >= window_end_) return;
  std::int32_t* numbers = &counts_.numbers_[counts_.RowOf(0) * counts_.width_];
  std::size_t place = person.excluded_at;
  for (std::size_t i = 0; place == 0 && i < plan_.rules_.size(); ++i) {
    if (plan_.rules_[i].statuses[person.status] && HoldsForPerson(plan_.rules_[i], person)) {
      place = kExclusionsAt + kExclusionReasons.size() + i;
    }
  }
  ++numbers[place == 0 ? person.status : place];
  if (place == 0 && person.marked) CountMarks(person, numbers);
}

FigureCounts FigureTable::Count(const FigurePlan& plan, std::size_t part,
                                std::size_t part_count) const {
  FigurePass pass(plan);
  const std::size_t begin = blocks_.size() * part / part_count;
  const std::size_t end = blocks_.size() * (part + 1) / part_count;
  for (std::size_t i = begin; i < end; ++i) pass.CountBlock(blocks_[i], i * kBlockIdentities);
  if (plan.question_.definition->population == IndicatorPopulation::kIdentityStock) {
    return std::move(pass.counts_);
  }
  std::size_t day_number = 0;
  for (const auto& [day, visits] : waiting_) {
    if (day_number++ % part_count == part) pass.CountWaiting(visits);
  }
  return std::move(pass.counts_);
}

}  // namespace vigie::matching
