#include "matching/figures.h"

#include <algorithm>

#include "matching/figures_bits.h"

namespace vigie::matching {
namespace {

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

}  // namespace

// --- the columns ---

void FigureTable::Visits::Insert(std::size_t begin, std::size_t end, Glance glance,
                                 const Instants& at) {
  const auto first = instants.begin();
  const auto is_earlier = [](const Instants& left, const Instants& right) {
    return left.admitted_at < right.admitted_at;
  };
  const auto after = std::upper_bound(first + static_cast<std::ptrdiff_t>(begin),
                                      first + static_cast<std::ptrdiff_t>(end), at, is_earlier);
  const auto i = static_cast<std::size_t>(after - first);
  if (i > begin && instants[i - 1].admitted_at == at.admitted_at) glance.bits |= kTiedBit;
  InsertAt(glances, i, glance);
  InsertAt(instants, i, at);
  first_day = std::min(first_day, glance.admitted_day);
  last_day = std::max(last_day, glance.admitted_day);
  if (at.discharged_at != kNotDischarged) {
    last_discharged_at = std::max(last_discharged_at, at.discharged_at);
  }
}

bool FigureTable::Visits::Erase(std::size_t begin, std::size_t end, Glance glance,
                                const Instants& at) {
  const auto is_same = [&](std::size_t i) {
    return instants[i] == at && glances[i].admitted_day == glance.admitted_day &&
           (glances[i].bits & ~kTiedBit) == glance.bits;
  };
  const auto first = instants.begin();
  const auto is_earlier = [](const Instants& left, const Instants& right) {
    return left.admitted_at < right.admitted_at;
  };
  const auto same = std::lower_bound(first + static_cast<std::ptrdiff_t>(begin),
                                     first + static_cast<std::ptrdiff_t>(end), at, is_earlier);
  auto i = static_cast<std::size_t>(same - first);
  while (i < end && !is_same(i)) ++i;
  if (i == end) return false;
  // The first of those at one instant is tied to none before.
  const bool heads = (glances[i].bits & kTiedBit) == 0;
  EraseAt(glances, i);
  EraseAt(instants, i);
  if (heads && i + 1 < end) glances[i].bits &= ~kTiedBit;
  return true;
}

std::size_t FigureTable::Visits::bytes() const { return BytesOf(glances) + BytesOf(instants); }

std::size_t FigureTable::bytes() const {
  std::size_t bytes = BytesOf(blocks_);
  for (const Block& block : blocks_) {
    bytes += block.visits.bytes() + BytesOf(block.persons) + BytesOf(block.birth_day) +
             BytesOf(block.created_at) + BytesOf(block.visits_end) + BytesOf(block.periods_end) +
             BytesOf(block.period_at) + BytesOf(block.period_status);
  }
  for (const auto& [day, visits] : waiting_) bytes += visits.bytes();
  return bytes;
}

std::optional<std::uint32_t> FigureTable::UnitOf(const Visit& visit) {
  std::string key = visit.legal_entity_finess;
  key += '\0';
  key += visit.site_finess;
  key += '\0';
  key += visit.entry_channel;
  key += '\0';
  key += static_cast<char>(visit.activity);
  key += static_cast<char>(visit.kind);
  const auto known = unit_numbers_.find(key);
  if (known != unit_numbers_.end()) return known->second;
  if (units_.size() == kUnitsMax) return std::nullopt;
  const auto number = static_cast<std::uint32_t>(units_.size());
  units_.push_back({visit.site_finess, visit.legal_entity_finess, visit.entry_channel,
                    visit.activity, visit.kind});
  unit_numbers_.emplace(std::move(key), number);
  return number;
}

std::optional<FigureTable::Glance> FigureTable::GlanceOf(const Visit& visit,
                                                         std::int64_t admitted_day) {
  const std::optional<std::uint32_t> unit = UnitOf(visit);
  if (!unit.has_value()) return std::nullopt;
  Glance glance;
  glance.admitted_day = static_cast<std::int32_t>(admitted_day);
  glance.bits = (visit.cancelled ? kCancelledBit : 0) |
                StatusBits(visit.status_at_admission, kAdmissionShift) |
                StatusBits(visit.status_at_discharge, kDischargeShift) |
                (visit.discharged_at.has_value() ? kDischargedBit : 0) | *unit << kUnitShift;
  return glance;
}

FigureTable::Instants FigureTable::InstantsOf(const Visit& visit) {
  return {Microseconds(visit.admitted_at),
          visit.discharged_at.has_value() ? Microseconds(*visit.discharged_at) : kNotDischarged};
}

FigureTable::Block& FigureTable::BlockOf(IdentityId id) {
  const std::size_t number = id / kBlockIdentities;
  if (number >= blocks_.size()) {
    MakeRoom(blocks_, number + 1 - blocks_.size());
    blocks_.resize(number + 1);
  }
  Block& block = blocks_[number];
  const std::size_t place = id % kBlockIdentities;
  if (place >= block.persons.size()) {
    block.persons.resize(place + 1);
    block.birth_day.resize(place + 1, kNoBirthDay);
    block.created_at.resize(place + 1);
    block.visits_end.resize(place + 1, static_cast<std::uint32_t>(block.visits.size()));
    block.periods_end.resize(place + 1, static_cast<std::uint32_t>(block.period_at.size()));
  }
  return block;
}

// Where the visits of the visit's identity stand, or those of its day that have none.
FigureTable::Visits* FigureTable::VisitsBeside(const Visit& visit, std::int64_t admitted_day,
                                               std::size_t* begin, std::size_t* end) {
  if (visit.identity_id == 0) {
    Visits& waiting = waiting_[static_cast<std::int32_t>(admitted_day)];
    *begin = 0;
    *end = waiting.size();
    return &waiting;
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
  const std::optional<Glance> glance = GlanceOf(visit, admitted_day);
  if (!glance.has_value()) return false;
  const Instants at = InstantsOf(visit);
  std::size_t begin = 0;
  std::size_t end = 0;
  VisitsBeside(visit, admitted_day, &begin, &end)->Insert(begin, end, *glance, at);
  MoveVisitsEnd(visit.identity_id, 1);
  const auto day = days_.try_emplace(glance->admitted_day, at.admitted_at, at.admitted_at);
  auto& [day_first, day_last] = day.first->second;
  day_first = std::min(day_first, at.admitted_at);
  day_last = std::max(day_last, at.admitted_at);
  ++visit_count_;
  return true;
}

bool FigureTable::RemoveVisit(const Visit& visit, std::int64_t admitted_day) {
  const std::optional<Glance> glance = GlanceOf(visit, admitted_day);
  if (!glance.has_value()) return false;
  std::size_t begin = 0;
  std::size_t end = 0;
  Visits* visits = VisitsBeside(visit, admitted_day, &begin, &end);
  const bool found = visits->Erase(begin, end, *glance, InstantsOf(visit));
  if (found) {
    MoveVisitsEnd(visit.identity_id, -1);
    --visit_count_;
  }
  if (visit.identity_id == 0 && visits->size() == 0) {
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

namespace {

std::uint32_t PersonBits(const FigureIdentity& identity) {
  const IndicatorIdentity& facts = identity.facts;
  const TrustStatus latest =
      identity.periods.empty() ? TrustStatus::kProvisional : identity.periods.back().second;
  const std::uint32_t abroad = facts.born_abroad.has_value() ? (*facts.born_abroad ? 2 : 1) : 0;
  return StatusIndex(latest) | kKnownBit | (facts.attributes.homonym ? kHomonymBit : 0) |
         (facts.attributes.doubtful ? kDoubtfulBit : 0) |
         (facts.attributes.fictitious ? kFictitiousBit : 0) |
         static_cast<std::uint32_t>(facts.last_insi) << kInsiShift | abroad << kAbroadShift;
}

}  // namespace

void FigureTable::PutIdentity(const FigureIdentity& identity) {
  const IndicatorIdentity& facts = identity.facts;
  Block& block = BlockOf(facts.id);
  const std::size_t place = facts.id % kBlockIdentities;
  if (block.persons[place] != 0) --identity_count_;
  // Of a merged one nothing is known any more: another stands for it.
  block.persons[place] =
      facts.merged ? std::uint16_t{0} : static_cast<std::uint16_t>(PersonBits(identity));
  if (block.persons[place] != 0) ++identity_count_;
  block.birth_day[place] = static_cast<std::int32_t>(facts.birth_day.value_or(kNoBirthDay));
  block.created_at[place] = Microseconds(facts.created_at);
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
    block.last_period_at = std::max(block.last_period_at, block.period_at[begin + i]);
  }
  for (std::size_t i = place; i < block.periods_end.size(); ++i) {
    block.periods_end[i] = static_cast<std::uint32_t>(block.periods_end[i] + after - before);
  }
}

}  // namespace vigie::matching
