// Kept figures: the facts an indicator needs of every visit and identity, in columns, so that any
// definition, window and grouping is counted in a fraction of a second (tests/bench/RESULTS.md).
//
// The table follows the records: what is put, added and removed here is what a commit wrote there.
// Figures from it equal those of IndicatorAccumulator over the same facts, to the unit; it is
// another way to the same numbers, not another definition of them.
//
// A visit takes 24 bytes, an identity about 40 and 9 for each status it had. Visits are kept by
// identity and admission, identities in blocks of neighbours, so that a change moves one block's
// entries only. A visit has no name here: two visits that say the same are the same to a figure,
// and removing either leaves the same table.
//
// Count is const and may run on several threads at once; anything else needs the table alone.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "matching/identity.h"
#include "matching/indicator.h"

namespace vigie::matching {

// What rows are counted by; none: one row.
struct FigureGrouping {
  bool month = false, week = false, day = false;
  bool site = false, legal_entity = false, activity = false, kind = false, entry_channel = false;
};

// The group a row stands for. What is not grouped by is left empty.
struct FigureGroup {
  // The first day counted (since 1970-01-01) of the row's month, week or day.
  std::int64_t day = 0;
  std::string site_finess, legal_entity_finess, entry_channel;
  Activity activity = Activity::kUnknown;
  VisitKind kind = VisitKind::kUnknown;
};

struct FigureQuestion {
  const IndicatorDefinition* definition = nullptr;  // accepted by CheckIndicatorDefinition;
                                                    // outlives the plan made of it
  IndicatorQuery query;
  DayWindow days;           // all days of the query's window, in the establishment's zone
  FigureGrouping grouping;  // none for the stock of identities
  std::string site_finess, legal_entity_finess;  // filters, empty: all; none for the stock
};

struct FigureRow {
  FigureGroup group;
  IndicatorRow counts;  // its own `group` is empty: the caller has the words
};
struct FigureAnswer {
  std::vector<FigureRow> rows;  // in no particular order; none for a group without any visit
  IndicatorRow total;
};

// What the table keeps of an identity: less than the identity, so that many can wait to be put.
struct FigureIdentity {
  // Its attributes, birth and last INSi answer; the statuses at the query's instants are not used.
  IndicatorIdentity facts;
  std::vector<std::pair<Instant, TrustStatus>> periods;  // as Identity::status_periods
};
FigureIdentity FigureIdentityOf(const Identity& identity);

// A part of an answer: integer counts by group number. Parts of one plan add up.
class FigureCounts {
 public:
  // `other` is of the same plan.
  void Merge(const FigureCounts& other);
  std::size_t row_count() const { return keys_.size(); }

 private:
  friend class FigureTable;
  friend class FigurePlan;
  friend class FigurePass;
  // The latest visit seen of the patient a group was last counted for.
  struct Latest {
    IdentityId patient = 0;
    std::int64_t admitted_at = std::numeric_limits<std::int64_t>::min();
    std::uint8_t status_index = 0;
  };
  std::size_t RowOf(std::uint64_t key);
  std::uint32_t AddRow(std::uint64_t key);

  std::size_t width_ = 0;              // numbers a row has
  std::vector<std::uint64_t> keys_;    // of each row
  std::vector<std::int32_t> numbers_;  // rows after rows: statuses, attributes, unattached,
                                       // exclusions
  std::vector<std::int32_t> total_;    // of a file active: one more row, for it is not the sum
  std::vector<std::uint32_t> by_key_;  // row of a small key; empty when keys can be large
  std::unordered_map<std::uint64_t, std::uint32_t> by_large_key_;
  std::vector<Latest> latest_;  // of each row, for a file active
};

// A question made ready for one state of a table. Immutable.
class FigurePlan {
 public:
  // The answer from the merged counts of all parts.
  FigureAnswer Answer(const FigureCounts& counts) const;

 private:
  friend class FigureTable;
  friend class FigurePass;
  struct Rule {
    const ExclusionRule* rule = nullptr;
    std::array<bool, 64> activity_kinds{};  // by their bits
    std::vector<bool> places;               // by place number
    std::array<bool, 4> statuses{};         // in the order of IndicatorRow
    bool asks_age = false;
  };

  void PlanTime();
  void PlanActivityKinds();
  void PlanRule(const ExclusionRule& rule, std::vector<bool> places);
  std::uint64_t KeyCount() const;
  std::uint64_t TimeGroup(std::int64_t day) const {
    if (time_groups_.empty()) return 0;
    const auto last = static_cast<std::int64_t>(time_groups_.size()) - 1;
    return time_groups_[static_cast<std::size_t>(
        std::clamp<std::int64_t>(day - first_day_, 0, last))];
  }
  IndicatorRow RowOf(const std::int64_t* numbers) const;

  FigureQuestion question_;
  std::vector<Rule> rules_;
  std::int64_t first_day_ = 0;                           // the day of time_groups_[0]
  std::vector<std::uint32_t> time_groups_;               // by day; empty: not grouped by time
  std::vector<std::int32_t> place_groups_;               // by place number; below 0: not asked for
  std::array<std::int32_t, 64> activity_kind_groups_{};  // by their bits; below 0: not asked for
  // What the group numbers stand for.
  std::vector<std::int64_t> time_days_;
  std::vector<FigureGroup> place_names_, activity_kind_names_;
};

class FigureTable {
 public:
  // A new identity, or a known one as it is now. Its number is not 0.
  void PutIdentity(const FigureIdentity& identity);
  // `admitted_day`: days since 1970-01-01 of the admission's day in the establishment's zone; the
  // same for a visit whenever it is asked for. False, and nothing done: the table has no number
  // left for another combination of site, legal entity and entry channel (524,288).
  bool AddVisit(const Visit& visit, std::int64_t admitted_day);
  // Removes a visit that says the same. False: there is none.
  bool RemoveVisit(const Visit& visit, std::int64_t admitted_day);

  std::int64_t identity_count() const { return identity_count_; }
  std::int64_t visit_count() const { return visit_count_; }
  std::size_t bytes() const;  // memory taken by the columns, room to grow included

  FigurePlan Plan(const FigureQuestion& question) const;
  // Part `part` (from 0) of `part_count`; the parts are about equal, and disjoint in identities.
  FigureCounts Count(const FigurePlan& plan, std::size_t part, std::size_t part_count) const;

 private:
  friend class FigurePass;
  static constexpr std::size_t kBlockIdentities = 256;

  struct Place {
    std::string site_finess, legal_entity_finess, entry_channel;
  };
  // Of one visit: admission and discharge in microseconds, the day, and the rest in bits.
  struct Entry {
    std::int64_t admitted_at = 0;
    std::int64_t discharged_at = 0;
    std::int32_t admitted_day = 0;
    std::uint32_t bits = 0;
    bool operator==(const Entry&) const = default;
  };
  struct Columns {
    std::vector<std::int64_t> admitted_at, discharged_at;
    std::vector<std::int32_t> admitted_day;
    std::vector<std::uint32_t> bits;

    std::size_t size() const { return bits.size(); }
    Entry At(std::size_t i) const;
    void Insert(std::size_t i, const Entry& entry);
    void Erase(std::size_t i);
    std::size_t bytes() const;
  };
  // What is known of an identity, beside its status periods.
  struct Standing {
    std::int64_t created_at = 0;
    std::int32_t birth_day = 0;
    bool known = false;
    Attributes attributes;
    LastInsiAnswer last_insi = LastInsiAnswer::kNone;
    bool has_birth_day = false;
    std::int8_t born_abroad = -1;  // 0 no, 1 yes, -1 not known
  };
  // Identities with neighbouring numbers: their visits one identity after the other, each
  // identity's ascending by admission; their periods likewise.
  struct Block {
    Columns visits;
    std::vector<Standing> standings;
    std::vector<std::uint32_t> visits_end, periods_end;  // by identity
    std::vector<std::int64_t> period_at;
    std::vector<std::uint8_t> period_status;
  };

  std::optional<Entry> EntryOf(const Visit& visit, std::int64_t admitted_day);
  std::optional<std::uint32_t> PlaceOf(const Visit& visit);
  Block& BlockOf(IdentityId id);
  static void PutPeriods(const std::vector<std::pair<Instant, TrustStatus>>& periods,
                         std::size_t place, Block& block);
  void MoveVisitsEnd(IdentityId id, std::int32_t by);
  Columns* ColumnsOf(const Visit& visit, std::int64_t admitted_day, std::size_t* begin,
                     std::size_t* end);

  std::vector<Block> blocks_;                // identity i stands in block i / kBlockIdentities
  std::map<std::int32_t, Columns> waiting_;  // visits without identity, by day
  std::vector<Place> places_;
  std::unordered_map<std::string, std::uint32_t> place_numbers_;
  std::int64_t identity_count_ = 0, visit_count_ = 0;
};

}  // namespace vigie::matching
