#include "daemon/registry/rate_groups.h"

#include <algorithm>
#include <cstdio>
#include <limits>

#include "matching/date.h"

namespace vigie::daemon {
namespace {

// Days are words too, and not all are after 1970: visits of the year 1 to 9999 have their place.
constexpr std::int64_t kDayBase = 1'000'000;

std::int64_t FloorDivide(std::int64_t number, std::int64_t divisor) {
  return number / divisor - (number % divisor < 0 ? 1 : 0);
}

// Monday of the day's week; 1970-01-01 was a Thursday.
std::int64_t MondayOf(std::int64_t day) { return FloorDivide(day + 3, 7) * 7 - 3; }

std::int64_t FirstOfMonth(std::int64_t day) {
  matching::Date date = matching::DateFromDays(day);
  date.day = 1;
  return matching::DaysSinceEpoch(date);
}

std::string TextOrUnknown(const std::string& text) { return text.empty() ? "UNKNOWN" : text; }

}  // namespace

std::optional<RateGrouping> FindRateGrouping(std::string_view name) {
  const auto* const found = std::find(kRateGroupingNames.begin(), kRateGroupingNames.end(), name);
  if (found == kRateGroupingNames.end()) return std::nullopt;
  return static_cast<RateGrouping>(found - kRateGroupingNames.begin());
}

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

const char* KindName(matching::VisitKind kind) {
  switch (kind) {
    case matching::VisitKind::kInpatient:
      return "inpatient";
    case matching::VisitKind::kDay:
      return "day";
    case matching::VisitKind::kOutpatient:
      return "outpatient";
    case matching::VisitKind::kEmergency:
      return "emergency";
    case matching::VisitKind::kSession:
      return "session";
    case matching::VisitKind::kUnknown:
      break;
  }
  return "UNKNOWN";
}

std::string DayName(std::int64_t day) { return matching::FormatDate(matching::DateFromDays(day)); }

std::string MonthName(std::int64_t day) { return DayName(day).substr(0, 7); }

// The week belongs to the year of its Thursday; the first week is the one with 4 January.
std::string WeekName(std::int64_t day) {
  const std::int64_t thursday = MondayOf(day) + 3;
  const matching::Date date = matching::DateFromDays(thursday);
  const std::int64_t january = matching::DaysSinceEpoch({date.year, 1, 1});
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d-W%02d", date.year,
                static_cast<int>((thursday - january) / 7 + 1));
  return text.data();
}

ZoneDays::Stretch ZoneDays::StretchAt(std::int64_t at_s) const {
  const auto instant_of = [&](const absl::TimeZone::CivilTransition& change) {
    return absl::ToUnixSeconds(zone_.At(change.to).trans);
  };
  absl::TimeZone::CivilTransition change;
  Stretch stretch;
  stretch.offset_s = zone_.At(absl::FromUnixSeconds(at_s)).offset;
  // The last change before the next second: one at this very second included.
  stretch.begin_s = zone_.PrevTransition(absl::FromUnixSeconds(at_s + 1), &change)
                        ? instant_of(change)
                        : std::numeric_limits<std::int64_t>::min();
  stretch.end_s = zone_.NextTransition(absl::FromUnixSeconds(at_s), &change)
                      ? instant_of(change)
                      : std::numeric_limits<std::int64_t>::max();
  return stretch;
}

std::int64_t ZoneDays::DayOf(matching::Instant instant) {
  const std::int64_t at_s = FloorDivide(instant.time_since_epoch().count(), 1'000'000);
  if (at_s < latest_.begin_s || at_s >= latest_.end_s) {
    const auto found = std::find_if(
        stretches_.begin(), stretches_.end(),
        [&](const Stretch& stretch) { return at_s >= stretch.begin_s && at_s < stretch.end_s; });
    if (found != stretches_.end()) {
      latest_ = *found;
    } else {
      latest_ = StretchAt(at_s);
      stretches_.push_back(latest_);
    }
  }
  return FloorDivide(at_s + latest_.offset_s, 86'400);
}

std::size_t RateGroups::KeyHash::operator()(const Key& key) const {
  std::uint64_t hash = 0;
  for (const std::uint32_t word : key) hash = (hash ^ word) * 0x9E3779B97F4A7C15U;
  return hash ^ (hash >> 32U);
}

std::uint32_t RateGroups::Texts::NumberOf(const std::string& text) {
  if (latest < texts.size() && texts[latest] == text) return latest;
  const auto [entry, added] = numbers.try_emplace(text, static_cast<std::uint32_t>(texts.size()));
  if (added) texts.push_back(text);
  latest = entry->second;
  return latest;
}

std::uint32_t RateGroups::WordOf(RateGrouping grouping, const matching::Visit& visit,
                                 std::int64_t day) {
  switch (grouping) {
    case RateGrouping::kMonth:
      return static_cast<std::uint32_t>(FirstOfMonth(day) + kDayBase);
    case RateGrouping::kWeek:
      return static_cast<std::uint32_t>(MondayOf(day) + kDayBase);
    case RateGrouping::kDay:
      return static_cast<std::uint32_t>(day + kDayBase);
    case RateGrouping::kSite:
      return sites_.NumberOf(visit.site_finess);
    case RateGrouping::kLegalEntity:
      return legal_entities_.NumberOf(visit.legal_entity_finess);
    case RateGrouping::kActivity:
      return static_cast<std::uint32_t>(visit.activity);
    case RateGrouping::kKind:
      return static_cast<std::uint32_t>(visit.kind);
    case RateGrouping::kEntryChannel:
      return entry_channels_.NumberOf(visit.entry_channel);
  }
  return 0;
}

std::string RateGroups::NameOf(RateGrouping grouping, std::uint32_t word) const {
  switch (grouping) {
    case RateGrouping::kMonth:
      return MonthName(word - kDayBase);
    case RateGrouping::kWeek:
      return WeekName(word - kDayBase);
    case RateGrouping::kDay:
      return DayName(word - kDayBase);
    case RateGrouping::kSite:
      return sites_.texts[word];
    case RateGrouping::kLegalEntity:
      return legal_entities_.texts[word];
    case RateGrouping::kActivity:
      return ActivityName(static_cast<matching::Activity>(word));
    case RateGrouping::kKind:
      return KindName(static_cast<matching::VisitKind>(word));
    case RateGrouping::kEntryChannel:
      return TextOrUnknown(entry_channels_.texts[word]);
  }
  return "";
}

std::uint32_t RateGroups::NumberOf(const Key& key) {
  if (latest_ < keys_.size() && keys_[latest_] == key) return latest_;
  const auto [entry, added] = numbers_.try_emplace(key, static_cast<std::uint32_t>(keys_.size()));
  if (added) keys_.push_back(key);
  latest_ = entry->second;
  return latest_;
}

std::uint32_t RateGroups::NumberOf(const matching::Visit& visit, std::int64_t admitted_day) {
  Key key{};
  for (const RateGrouping grouping : group_by_) {
    key[static_cast<std::size_t>(grouping)] = WordOf(grouping, visit, admitted_day);
  }
  return NumberOf(key);
}

std::map<std::string, std::string> RateGroups::NamesOf(std::uint32_t group) const {
  std::map<std::string, std::string> names;
  for (const RateGrouping grouping : group_by_) {
    const auto number = static_cast<std::size_t>(grouping);
    names[std::string(kRateGroupingNames[number])] = NameOf(grouping, keys_[group][number]);
  }
  return names;
}

std::vector<std::uint32_t> RateGroups::Adopt(const RateGroups& other) {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(other.keys_.size());
  for (Key key : other.keys_) {
    // Numbers of texts are each object's own.
    const auto translate = [&key](RateGrouping grouping, Texts& mine, const Texts& theirs) {
      std::uint32_t& word = key[static_cast<std::size_t>(grouping)];
      if (word < theirs.texts.size()) word = mine.NumberOf(theirs.texts[word]);
    };
    translate(RateGrouping::kSite, sites_, other.sites_);
    translate(RateGrouping::kLegalEntity, legal_entities_, other.legal_entities_);
    translate(RateGrouping::kEntryChannel, entry_channels_, other.entry_channels_);
    numbers.push_back(NumberOf(key));
  }
  return numbers;
}

}  // namespace vigie::daemon
