#include <algorithm>
#include <bit>
#include <cstring>

#include "matching/figures.h"
#include "matching/figures_bits.h"

namespace vigie::matching {
namespace {

// Up to so many possible groups are found by index (16 MB), more by a hash table.
constexpr std::uint64_t kIndexedKeysMax = std::uint64_t{1} << 22;
// Most patients have fewer visits: as many are marked as theirs with one store.
constexpr std::size_t kMarkedAtOnce = 16;
// Visits of the next block fetched at once.
constexpr std::size_t kFetchedAtOnce = 64;
// Of a visit that is not asked for.
constexpr std::uint32_t kNoPlace = std::numeric_limits<std::uint32_t>::max();

}  // namespace

// --- rows ---

FigureCounts::FigureCounts(const FigurePlan& plan) {
  const std::size_t numbers = kOwnExclusionsAt + plan.question_.definition->exclusion_rules.size();
  row_shift_ = static_cast<std::uint32_t>(std::bit_width(numbers - 1));
  total_.resize(row_numbers());
  total_marks_.resize(kMarks);
  if (plan.KeyCount() <= kIndexedKeysMax) by_key_.resize(plan.KeyCount());
}

std::uint32_t FigureCounts::AddRow(std::uint64_t key) {
  keys_.push_back(key);
  const std::size_t count = keys_.size() + 1;
  small_.resize(count * row_numbers());
  carried_.resize(count * row_numbers());
  marks_.resize(count * kMarks);
  patients_.resize(count);
  return static_cast<std::uint32_t>(keys_.size());
}

template <typename Number>
void FigureCounts::AddNumbers(std::size_t row, Number* numbers) const {
  const std::uint16_t* const small = small_.data() + row * row_numbers();
  const std::int32_t* const carried = carried_.data() + row * row_numbers();
  for (std::size_t i = 0; i < row_numbers(); ++i) numbers[i] += carried[i] + small[i];
}

template <typename Number>
void FigureCounts::AddMarks(std::size_t row, Number* marks) const {
  for (std::size_t i = 0; i < kMarks; ++i) marks[i] += marks_.data()[row * kMarks + i];
}

template void FigureCounts::AddNumbers(std::size_t row, std::int64_t* numbers) const;
template void FigureCounts::AddMarks(std::size_t row, std::int64_t* marks) const;

void FigureCounts::Merge(const FigureCounts& other) {
  for (std::size_t row = 1; row <= other.keys_.size(); ++row) {
    const std::size_t into = RowOf(other.keys_[row - 1]);
    other.AddNumbers(row, carried_.data() + into * row_numbers());
    other.AddMarks(row, marks_.data() + into * kMarks);
  }
  for (std::size_t i = 0; i < total_.size(); ++i) total_[i] += other.total_[i];
  for (std::size_t i = 0; i < kMarks; ++i) total_marks_[i] += other.total_marks_[i];
}

// --- counting ---

// Adds a part of a table to the counts, a block at a time: first it is looked up what each visit
// adds to, then it is added. Both loops are short, so that the processor sees many visits ahead and
// has their rows on the way from memory at once; in one loop each visit would wait for its row.
//
// The columns of the block at hand are read by bare pointers: the library's check of each index
// would be a good part of a visit's cost.
class FigurePass {
 public:
  FigurePass(const FigurePlan& plan, FigureCounts& counts)
      : plan_(plan),
        counts_(counts),
        definition_(*plan.question_.definition),
        window_begin_(Microseconds(plan.question_.query.window_begin)),
        window_end_(Microseconds(plan.question_.query.window_end)),
        status_at_(Microseconds(plan.question_.query.status_at)),
        patients_(definition_.population == IndicatorPopulation::kFileActivePatients) {}

  // `next`: the block that comes after, null for the last.
  void AddBlock(const FigureTable::Block& block, const FigureTable::Block* next, IdentityId first);
  // Visits without identity.
  void AddWaiting(const FigureTable::Visits& visits);

 private:
  // What a visit is looked up in: the columns of its block and the tables of the plan.
  struct Tables {
    const FigureTable::Glance* glances;
    const FigureTable::Instants* instants;
    const std::uint8_t* owners;      // the place of its person
    const std::uint32_t* places_of;  // where `places` begins for a person, by place in the block
    const std::uint64_t* day_keys;
    std::uint64_t day_count;
    std::int64_t first_day;
    const std::uint64_t* unit_keys;
    const std::uint8_t* places;

    // The group's key; kNoKey or more: not asked for, as far as the day says.
    std::uint64_t KeyOf(FigureTable::Glance glance) const {
      const auto day = static_cast<std::uint64_t>(glance.admitted_day - first_day);
      return (day < day_count ? day_keys[day] : kNoKey) + unit_keys[glance.bits >> kUnitShift];
    }
    // The number of a row that a visit with these flags adds to, with kAddsMore.
    std::uint8_t PlaceOf(std::size_t i, std::uint32_t flags) const {
      return places[places_of[owners[i]] | flags];
    }
  };

  bool HasCountedDays(const FigureTable::Visits& visits) const;
  void TakePersons(const FigureTable::Block& block);
  static std::uint32_t StatusAt(const FigureTable::Block& block, std::size_t place,
                                std::int64_t at);
  FigurePlan::Rules RulesOf(std::uint32_t person, std::int64_t birth_day) const;
  void MarkOwners(const FigureTable::Block& block);
  void Count(const FigureTable::Visits& visits, const std::int32_t* birth_days, IdentityId first);
  template <bool kPlain>
  void TakeVisits();
  template <bool kPlain>
  void TakeSome(std::size_t begin, std::size_t end);
  bool IsOutside(std::size_t i) const;
  std::uint32_t AddMore(std::size_t i, std::uint32_t row, std::uint8_t place);
  std::uint8_t RulePlaceOf(std::size_t i, std::uint8_t status) const;
  void FetchNext(std::size_t i) const;
  void FetchNextPersons() const;
  template <typename Item>
  static void Fetch(const std::vector<Item>& items, std::size_t begin, std::size_t count);
  void CountVisits();
  void CountPatients(IdentityId first);
  void CountPatients(std::size_t begin, std::size_t end, IdentityId first);
  void AddTo(std::uint16_t* small, std::uint32_t place, std::uint32_t count);
  static void AddMarks(std::uint32_t person, std::int32_t* marks);
  void CountStock(const FigureTable::Block& block);

  const FigurePlan& plan_;
  FigureCounts& counts_;
  const IndicatorDefinition& definition_;
  const std::int64_t window_begin_, window_end_, status_at_;
  const bool patients_;
  const bool has_rules_ = !definition_.exclusion_rules.empty();

  // Of the block at hand.
  std::array<std::uint32_t, FigureTable::kBlockIdentities> persons_{}, places_of_{};
  std::array<FigurePlan::Rules, FigureTable::kBlockIdentities> rules_{};
  std::vector<std::uint8_t> owners_;
  const std::int32_t* birth_days_ = nullptr;
  std::size_t visit_count_ = 0;
  Tables tables_{};
  bool reads_discharges_ = false;             // some may be after the extraction
  const FigureTable::Block* next_ = nullptr;  // null: none
  // What each visit adds to, of all rows' first numbers; and for a file active those that are of
  // one patient and instant with the visit before.
  std::vector<std::uint32_t> places_;
  std::vector<std::size_t> tied_;
};

bool FigurePass::HasCountedDays(const FigureTable::Visits& visits) const {
  const auto day_count = static_cast<std::int64_t>(plan_.day_keys_.size());
  return visits.size() > 0 && visits.last_day >= plan_.first_day_ &&
         visits.first_day < plan_.first_day_ + day_count;
}

void FigurePass::AddBlock(const FigureTable::Block& block, const FigureTable::Block* next,
                          IdentityId first) {
  const bool stock = definition_.population == IndicatorPopulation::kIdentityStock;
  if (!stock && !HasCountedDays(block.visits)) return;
  next_ = next;
  TakePersons(block);
  if (stock) {
    CountStock(block);
    return;
  }
  MarkOwners(block);
  FetchNextPersons();
  Count(block.visits, block.birth_day.data(), first);
}

void FigurePass::AddWaiting(const FigureTable::Visits& visits) {
  if (!HasCountedDays(visits)) return;
  persons_[0] = places_of_[0] = 0;
  if (has_rules_) {
    rules_[0] = RulesOf(0, kNoBirthDay);
    if (rules_[0] != 0) places_of_[0] = kMayBeExcludedBit << kFlagBits;
  }
  owners_.assign(visits.size(), 0);
  next_ = nullptr;
  Count(visits, &kNoBirthDay, 0);
}

// The persons of a block, each with its status at the instant the definition asks about.
void FigurePass::TakePersons(const FigureTable::Block& block) {
  const std::int64_t at =
      definition_.status_as_of == StatusAsOfRule::kWindowEnd ? window_end_ : status_at_;
  const bool latest =
      definition_.status_as_of == StatusAsOfRule::kAdmission || block.last_period_at <= at;
  const std::uint16_t* const kept = block.persons.data();
  for (std::size_t place = 0; place < block.persons.size(); ++place) {
    std::uint32_t person = kept[place];
    if (!latest) person = (person & ~kPersonStatusMask) | StatusAt(block, place, at);
    persons_.data()[place] = person;
    std::uint32_t looked_up = person & kPersonPlaceMask;
    if (has_rules_) {
      rules_.data()[place] = RulesOf(person, block.birth_day.data()[place]);
      if (rules_.data()[place] != 0) looked_up |= kMayBeExcludedBit;
    }
    places_of_.data()[place] = looked_up << kFlagBits;
  }
}

// Own exclusions that may hold for the person, on some day counted.
FigurePlan::Rules FigurePass::RulesOf(std::uint32_t person, std::int64_t birth_day) const {
  FigurePlan::Rules rules = plan_.person_rules_.data()[person];
  const auto day_count = static_cast<std::int64_t>(plan_.day_keys_.size());
  for (FigurePlan::Rules ages = rules & plan_.age_rules_; ages != 0; ages &= ages - 1) {
    const FigurePlan::Ages& asked = plan_.ages_.data()[std::countr_zero(ages)];
    const std::int64_t age = plan_.first_day_ - birth_day;
    if (age + day_count <= asked.min || age > asked.max) rules &= ~(ages & -ages);
  }
  return rules;
}

std::uint32_t FigurePass::StatusAt(const FigureTable::Block& block, std::size_t place,
                                   std::int64_t at) {
  const std::size_t begin = place == 0 ? 0 : block.periods_end[place - 1];
  std::size_t i = block.periods_end[place];
  while (i > begin && block.period_at[i - 1] > at) --i;
  return i == begin ? StatusIndex(TrustStatus::kProvisional) : block.period_status[i - 1];
}

void FigurePass::MarkOwners(const FigureTable::Block& block) {
  owners_.resize(std::max(owners_.size(), block.visits.size() + kMarkedAtOnce));
  std::uint8_t* const owners = owners_.data();
  const std::uint32_t* const ends = block.visits_end.data();
  std::size_t begin = 0;
  for (std::size_t place = 0; place < block.visits_end.size(); ++place) {
    const std::size_t end = ends[place];
    // What is marked too much is marked again by those who follow.
    std::memset(owners + begin, static_cast<int>(place), kMarkedAtOnce);
    if (end > begin + kMarkedAtOnce) [[unlikely]] {
      std::memset(owners + begin, static_cast<int>(place), end - begin);
    }
    begin = end;
  }
}

void FigurePass::Count(const FigureTable::Visits& visits, const std::int32_t* birth_days,
                       IdentityId first) {
  visit_count_ = visits.size();
  birth_days_ = birth_days;
  tables_ = {visits.glances.data(), visits.instants.data(),  owners_.data(),
             places_of_.data(),     plan_.day_keys_.data(),  plan_.day_keys_.size(),
             plan_.first_day_,      plan_.unit_keys_.data(), plan_.places_.data()};
  reads_discharges_ = definition_.status_as_of == StatusAsOfRule::kDischarge &&
                      visits.last_discharged_at > status_at_;
  if (plan_.cuts_days_ || reads_discharges_) {
    TakeVisits<false>();
  } else {
    TakeVisits<true>();
  }
  if (patients_) {
    CountPatients(first);
  } else {
    CountVisits();
  }
}

// --- what each visit adds to ---

// Plain: instants do not decide.
template <bool kPlain>
void FigurePass::TakeVisits() {
  places_.resize(std::max(places_.size(), visit_count_));
  tied_.clear();
  for (std::size_t begin = 0; begin < visit_count_; begin += kFetchedAtOnce) {
    FetchNext(begin);
    TakeSome<kPlain>(begin, std::min(begin + kFetchedAtOnce, visit_count_));
  }
}

template <bool kPlain>
void FigurePass::TakeSome(std::size_t begin, std::size_t end) {
  // Copies, for the compiler to keep at hand: nobody else can change them.
  const Tables tables = tables_;
  std::uint32_t* const places = places_.data();
  const std::uint32_t* const rows = counts_.by_key_.data();
  const bool has_rows = !counts_.by_key_.empty();
  const std::uint32_t row_shift = counts_.row_shift_;
  for (std::size_t i = begin; i < end; ++i) {
    const FigureTable::Glance glance = tables.glances[i];
    if ((glance.bits & kTiedBit) != 0) [[unlikely]] {
      tied_.push_back(i);
    }
    const std::uint64_t key = tables.KeyOf(glance);
    if (key >= kNoKey || (!kPlain && IsOutside(i))) {
      places[i] = kNoPlace;
      continue;
    }
    std::uint32_t flags = glance.bits & kFlagsMask;
    if (!kPlain && reads_discharges_ && tables.instants[i].discharged_at > status_at_) {
      flags &= ~kDischargedBit;
    }
    const std::uint8_t place = tables.PlaceOf(i, flags);
    std::uint32_t row = has_rows ? rows[key] : 0;
    if (row == 0) [[unlikely]] {
      row = counts_.RowOf(key);
    }
    if (place < kAddsMore) [[likely]] {
      places[i] = row << row_shift | place;
    } else {
      places[i] = AddMore(i, row, place & kPlaceMask);
    }
  }
}

bool FigurePass::IsOutside(std::size_t i) const {
  return plan_.cuts_days_ && (tables_.instants[i].admitted_at < window_begin_ ||
                              tables_.instants[i].admitted_at >= window_end_);
}

// A block is too short for the processor to see where its columns lead: those of the next are
// fetched while this one is counted.
inline void FigurePass::FetchNext(std::size_t i) const {
  if (next_ == nullptr) return;
  Fetch(next_->visits.glances, i, kFetchedAtOnce);
}

void FigurePass::FetchNextPersons() const {
  if (next_ == nullptr) return;
  Fetch(next_->persons, 0, next_->persons.size());
  Fetch(next_->visits_end, 0, next_->visits_end.size());
  if (plan_.age_rules_ != 0) Fetch(next_->birth_day, 0, next_->birth_day.size());
}

template <typename Item>
void FigurePass::Fetch(const std::vector<Item>& items, std::size_t begin, std::size_t count) {
  constexpr std::size_t kLineItems = 64 / sizeof(Item);
  const std::size_t end = std::min(items.size(), begin + count);
  for (std::size_t i = begin; i < end; i += kLineItems) __builtin_prefetch(items.data() + i);
}

// Adds to a row's marks, and gives the number that the visit adds to.
std::uint32_t FigurePass::AddMore(std::size_t i, std::uint32_t row, std::uint8_t place) {
  const std::uint32_t person = persons_.data()[owners_.data()[i]];
  std::int32_t* const marks = counts_.marks_.data() + row * kMarks;
  if (has_rules_ && place < kExclusionsAt) place = RulePlaceOf(i, place);
  if ((person & kKnownBit) == 0) ++marks[kUnattachedMark];
  // A patient's marks count when the patient does.
  if (place < kExclusionsAt && !patients_) AddMarks(person, marks);
  return row << counts_.row_shift_ | place;
}

// The first own exclusion that holds; the status when none does.
std::uint8_t FigurePass::RulePlaceOf(std::size_t i, std::uint8_t status) const {
  const FigureTable::Glance& glance = tables_.glances[i];
  const std::uint8_t owner = owners_.data()[i];
  FigurePlan::Rules rules = rules_.data()[owner] &
                            plan_.unit_rules_.data()[glance.bits >> kUnitShift] &
                            plan_.status_rules_.data()[status];
  for (; rules != 0; rules &= rules - 1) {
    const auto rule = static_cast<std::size_t>(std::countr_zero(rules));
    const std::int64_t age = std::int64_t{glance.admitted_day} - birth_days_[owner];
    const bool asks_age = (plan_.age_rules_ >> rule & 1) != 0;
    if (asks_age && !AgeIsWithin(definition_.exclusion_rules[rule], age)) continue;
    return static_cast<std::uint8_t>(kOwnExclusionsAt + rule);
  }
  return status;
}

void FigurePass::AddMarks(std::uint32_t person, std::int32_t* marks) {
  marks[0] += (person & kHomonymBit) != 0 ? 1 : 0;
  marks[1] += (person & kDoubtfulBit) != 0 ? 1 : 0;
  marks[2] += (person & kFictitiousBit) != 0 ? 1 : 0;
}

// --- adding ---

// `count`: 0 or 1.
inline void FigurePass::AddTo(std::uint16_t* small, std::uint32_t place, std::uint32_t count) {
  const auto sum = static_cast<std::uint16_t>(small[place] + count);
  small[place] = sum;
  if (sum < count) [[unlikely]] {
    counts_.carried_[place] += 1 << 16;
  }
}

void FigurePass::CountVisits() {
  const std::uint32_t* const places = places_.data();
  std::uint16_t* const small = counts_.small_.data();
  for (std::size_t i = 0; i < visit_count_; ++i) {
    if (places[i] != kNoPlace) AddTo(small, places[i], 1);
  }
}

// Latest first, and of those at one instant the lowest status first: what is met first counts.
void FigurePass::CountPatients(IdentityId first) {
  std::size_t end = visit_count_;
  while (!tied_.empty()) {
    const std::size_t tied_end = tied_.back() + 1;
    std::size_t begin = tied_.back();
    for (; !tied_.empty() && tied_.back() == begin; --begin) tied_.pop_back();
    CountPatients(tied_end, end, first);
    for (std::size_t at = 0; at < counts_.row_numbers(); ++at) {
      for (std::size_t i = begin; i < tied_end; ++i) {
        if (places_[i] % counts_.row_numbers() == at) CountPatients(i, i + 1, first);
      }
    }
    end = begin;
  }
  CountPatients(0, end, first);
}

void FigurePass::CountPatients(std::size_t begin, std::size_t end, IdentityId first) {
  const std::uint32_t* const places = places_.data();
  const std::uint8_t* const owners = owners_.data();
  const std::uint32_t* const persons = persons_.data();
  std::uint16_t* const small = counts_.small_.data();
  std::uint32_t* const patients = counts_.patients_.data();
  std::int32_t* const total = counts_.total_.data();
  const std::uint32_t row_shift = counts_.row_shift_, row_mask = (1U << row_shift) - 1;
  std::uint32_t latest = counts_.total_patient_;
  for (std::size_t i = end; i-- > begin;) {
    const std::uint32_t place = places[i], row = place >> row_shift, at = place & row_mask;
    if (at >= kExclusionsAt) [[unlikely]] {
      if (place != kNoPlace) AddTo(small, place, 1);
      continue;
    }
    // No branch on what is new: nobody can foretell how many visits a patient has.
    const auto patient = static_cast<std::uint32_t>(first + owners[i]);
    const std::uint32_t is_new = std::min(patients[row] ^ patient, 1U);
    const std::uint32_t is_new_in_all = std::min(latest ^ patient, 1U);
    latest = patients[row] = patient;
    AddTo(small, place, is_new);
    total[at] += static_cast<std::int32_t>(is_new_in_all);
    const std::uint32_t marks = persons[owners[i]] & kMarksMask;
    if (marks != 0) [[unlikely]] {
      if (is_new != 0) AddMarks(marks, counts_.marks_.data() + row * kMarks);
      if (is_new_in_all != 0) AddMarks(marks, counts_.total_marks_.data());
    }
  }
  counts_.total_patient_ = latest;
}

void FigurePass::CountStock(const FigureTable::Block& block) {
  for (std::size_t place = 0; place < block.persons.size(); ++place) {
    const std::uint32_t person = persons_.data()[place];
    if ((person & kKnownBit) == 0 || block.created_at.data()[place] >= window_end_) continue;
    std::size_t at = plan_.places_.data()[(person & kPersonPlaceMask) << kFlagBits] & kPlaceMask;
    if (has_rules_ && at < kExclusionsAt) {
      const FigurePlan::Rules rules = rules_[place] & plan_.status_rules_[at];
      if (rules != 0) at = kOwnExclusionsAt + static_cast<unsigned>(std::countr_zero(rules));
    }
    const std::uint32_t row = counts_.RowOf(0);
    AddTo(counts_.small_.data(), static_cast<std::uint32_t>(row << counts_.row_shift_ | at), 1);
    if (at < kExclusionsAt) AddMarks(person, counts_.marks_.data() + row * kMarks);
  }
}

void FigureTable::Add(const FigurePlan& plan, std::size_t part, std::size_t part_count,
                      FigureCounts& counts) const {
  FigurePass pass(plan, counts);
  const std::size_t begin = blocks_.size() * part / part_count;
  const std::size_t end = blocks_.size() * (part + 1) / part_count;
  for (std::size_t i = begin; i < end; ++i) {
    if (counts.row_count() > plan.question_.row_count_max) return;
    pass.AddBlock(blocks_[i], i + 1 < end ? &blocks_[i + 1] : nullptr, i * kBlockIdentities);
  }
  if (plan.question_.definition->population == IndicatorPopulation::kIdentityStock) return;
  // Whose turn a day is must not take a walk over all of them.
  if (waiting_.empty()) return;
  const std::int64_t first_day = waiting_.begin()->first;
  const std::int64_t day_count = waiting_.rbegin()->first - first_day + 1;
  const auto day_at = [&](std::size_t number) {
    const std::int64_t share = day_count * static_cast<std::int64_t>(number);
    const auto parts = static_cast<std::int64_t>(part_count);
    return waiting_.lower_bound(static_cast<std::int32_t>(first_day + share / parts));
  };
  for (auto day = day_at(part), last = day_at(part + 1); day != last; ++day) {
    if (counts.row_count() > plan.question_.row_count_max) return;
    pass.AddWaiting(day->second);
  }
}

}  // namespace vigie::matching
