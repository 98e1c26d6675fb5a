// What the rows of a rate are grouped by: from a visit to a small number, and from the number back
// to the group's names. No text is made for a visit, only for a group.
//
// Thread safety: none; one object a thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/time/time.h"
#include "matching/identity.h"

namespace vigie::daemon {

// Numbered as in the contract, less one.
enum class RateGrouping : std::uint8_t {
  kMonth,
  kSite,
  kLegalEntity,
  kActivity,
  kWeek,
  kDay,
  kKind,
  kEntryChannel,
};
// Their names, by number: the keys of IndicatorRow::group.
inline constexpr std::array<std::string_view, 8> kRateGroupingNames = {
    "month", "site", "legal_entity", "activity", "week", "day", "kind", "entry_channel"};
std::optional<RateGrouping> FindRateGrouping(std::string_view name);

// "MCO", "SMR", "PSY", "HAD", "DIALYSIS"; "UNKNOWN" for anything else.
const char* ActivityName(matching::Activity activity);
// "inpatient", "day", "outpatient", "emergency", "session"; "UNKNOWN" for anything else.
const char* KindName(matching::VisitKind kind);
// The name of a day's month, ISO week or of itself: "2026-03", "2026-W09", "2026-03-01". Days are
// counted from 1970-01-01.
std::string MonthName(std::int64_t day);
std::string WeekName(std::int64_t day);
std::string DayName(std::int64_t day);

// Days of instants in a zone. Fast for many instants near each other: between two changes of the
// clock a division does.
class ZoneDays {
 public:
  explicit ZoneDays(const absl::TimeZone& zone) : zone_(zone) {}
  // Days since 1970-01-01 of the zone's day the instant is in.
  std::int64_t DayOf(matching::Instant instant);

 private:
  // From `begin` on and before `end` the zone's clock is ahead of UTC by `offset_s`.
  struct Stretch {
    std::int64_t begin_s = 0, end_s = 0, offset_s = 0;
  };

  Stretch StretchAt(std::int64_t at_s) const;

  absl::TimeZone zone_;
  Stretch latest_;
  std::vector<Stretch> stretches_;  // those met before
};

// Gives each combination of values a number, in the order met.
class RateGroups {
 public:
  explicit RateGroups(std::vector<RateGrouping> group_by) : group_by_(std::move(group_by)) {}

  // `admitted_day` as ZoneDays gives it.
  std::uint32_t NumberOf(const matching::Visit& visit, std::int64_t admitted_day);
  std::size_t size() const { return keys_.size(); }
  std::map<std::string, std::string> NamesOf(std::uint32_t group) const;
  // The number that a group of `other`, which groups by the same, has here.
  std::vector<std::uint32_t> Adopt(const RateGroups& other);

 private:
  // A word for each grouping, 0 for those not asked for.
  using Key = std::array<std::uint32_t, kRateGroupingNames.size()>;
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  // Texts by number, in the order met.
  struct Texts {
    std::uint32_t NumberOf(const std::string& text);
    std::unordered_map<std::string, std::uint32_t> numbers;
    std::vector<std::string> texts;
    std::uint32_t latest = 0;
  };

  std::uint32_t WordOf(RateGrouping grouping, const matching::Visit& visit, std::int64_t day);
  std::string NameOf(RateGrouping grouping, std::uint32_t word) const;
  std::uint32_t NumberOf(const Key& key);

  std::vector<RateGrouping> group_by_;
  Texts sites_, legal_entities_, entry_channels_;
  std::vector<Key> keys_;
  std::unordered_map<Key, std::uint32_t, KeyHash> numbers_;
  std::uint32_t latest_ = 0;
};

}  // namespace vigie::daemon
