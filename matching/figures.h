// Kept figures: the facts an indicator needs of every visit and identity, in columns, so that any
// definition, window and grouping is counted in a fraction of a second (tests/bench/RESULTS.md).
//
// The table follows the records: what is put, added and removed here is what a commit wrote there.
// Figures from it equal those of IndicatorAccumulator over the same facts, to the unit; it is
// another way to the same numbers, not another definition of them.
//
// A visit takes 24 bytes, an identity 22 and 9 for each status it had. Visits are kept by identity
// and admission, identities in blocks of neighbours, so that a change moves one block's entries
// only. A visit has no name here: two visits that say the same are the same to a figure, and
// removing either leaves the same table.
//
// What makes a count fast: whatever can be worked out once is worked out in the plan, so that a
// visit costs a few look-ups in small tables and one addition. Site, legal entity, entry channel,
// activity and kind together are one number, the visit's unit; the plan has the group of each unit
// and of each day, and the number of a row that each mix of statuses and marks adds to. Instants
// are read only where they decide: on days the window cuts through, and in blocks with a discharge
// after the extraction. For a file active the visits of a patient, who stand together, are taken
// latest first, and each group remembers the patient it counted last.
//
// Add is const and may run on several threads at once; anything else needs the table alone.
#pragma once

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

// Where and how a visit was. In a group of visits, what is not grouped by is left empty.
struct FigureUnit {
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
  // Counting stops, and counts nothing right, once there are more rows.
  std::size_t row_count_max = std::numeric_limits<std::size_t>::max();
};

// A row of an answer: one of the plan's day groups and one of its unit groups. That of the stock of
// identities is of neither.
struct FigureGroup {
  std::size_t days = 0, unit = 0;
};

// What the table keeps of an identity: less than the identity, so that many can wait to be put.
struct FigureIdentity {
  // Its attributes, birth and last INSi answer; the statuses at the query's instants are not used.
  IndicatorIdentity facts;
  std::vector<std::pair<Instant, TrustStatus>> periods;  // as Identity::status_periods
};
FigureIdentity FigureIdentityOf(const Identity& identity);

class FigurePlan;

// Counts by group: of some parts of a table, or of all. Those of one plan add up.
class FigureCounts {
 public:
  explicit FigureCounts(const FigurePlan& plan);
  // `other` is of the same plan.
  void Merge(const FigureCounts& other);
  std::size_t row_count() const { return keys_.size(); }

 private:
  friend class FigurePlan;
  friend class FigurePass;
  std::uint32_t RowOf(std::uint64_t key) {
    std::uint32_t& row = by_key_.empty() ? by_large_key_[key] : by_key_.data()[key];
    if (row == 0) [[unlikely]] {
      row = AddRow(key);
    }
    return row;
  }
  std::uint32_t AddRow(std::uint64_t key);
  std::size_t row_numbers() const { return std::size_t{1} << row_shift_; }
  // A row's numbers, or marks, added to others.
  template <typename Number>
  void AddNumbers(std::size_t row, Number* numbers) const;
  template <typename Number>
  void AddMarks(std::size_t row, Number* marks) const;

  std::uint32_t row_shift_ = 0;      // a row has so many numbers, as a power of two
  std::vector<std::uint64_t> keys_;  // of each row; rows are numbered from 1
  // By row; row 0 stays empty. Numbers are counted in 16 bits, so that the rows of a fine grouping
  // stay in the processor's cache, and carried over when these are full.
  std::vector<std::uint16_t> small_;
  std::vector<std::int32_t> carried_;
  std::vector<std::int32_t> marks_;
  // Of a file active: the patient counted last (the low half of the number; 0: none).
  std::vector<std::uint32_t> patients_;
  // One more row of a file active, which is not the sum of the others.
  std::vector<std::int32_t> total_, total_marks_;
  std::uint32_t total_patient_ = 0;
  std::vector<std::uint32_t> by_key_;  // 0: no row yet; empty when keys can be large
  std::unordered_map<std::uint64_t, std::uint32_t> by_large_key_;
};

// A question made ready for one state of a table. Immutable.
class FigurePlan {
 public:
  // The first day counted (since 1970-01-01) of each month, week or day.
  const std::vector<std::int64_t>& day_groups() const { return day_groups_; }
  const std::vector<FigureUnit>& unit_groups() const { return unit_groups_; }
  // The answer, from the merged counts of all parts: rows in no particular order, none for a group
  // without any visit; `row` is below FigureCounts::row_count. A row's own `group` is empty: the
  // caller has the words.
  FigureGroup GroupAt(const FigureCounts& counts, std::size_t row) const;
  IndicatorRow RowAt(const FigureCounts& counts, std::size_t row) const;
  IndicatorRow Total(const FigureCounts& counts) const;

 private:
  friend class FigureCounts;
  friend class FigureTable;
  friend class FigurePass;
  // Own exclusions as sets of them, one bit each.
  using Rules = std::uint32_t;

  void PlanDays(const std::map<std::int32_t, std::pair<std::int64_t, std::int64_t>>& days);
  void PlanUnits(const std::vector<FigureUnit>& units);
  void PlanRules(const std::vector<FigureUnit>& units);
  void PlanPlaces();
  void PlanExclusions();
  std::uint8_t PlaceOf(std::uint32_t person, std::uint32_t visit) const;
  bool IsAsked(const FigureUnit& unit) const;
  FigureUnit GroupOf(const FigureUnit& unit) const;
  std::uint64_t KeyCount() const;
  // A row's numbers, as many as there may be, and marks.
  struct Numbers {
    std::array<std::int64_t, 32> numbers{};
    std::array<std::int64_t, 4> marks{};
  };
  IndicatorRow RowOf(const Numbers& row) const;

  FigureQuestion question_;
  // A group's key: of its days plus of its units.
  std::int64_t first_day_ = 0;
  std::vector<std::uint64_t> day_keys_;  // by day from first_day_ on
  bool cuts_days_ = false;               // the window begins or ends within a day that has visits
  std::vector<std::uint64_t> unit_keys_;
  // What the keys stand for.
  std::vector<std::int64_t> day_groups_;
  std::vector<FigureUnit> unit_groups_;
  // The exclusions of a row, all 0, and which of its numbers each is, in the map's order.
  std::map<std::string, std::int64_t> exclusions_;
  std::vector<std::size_t> exclusions_at_;
  // The number of a row that a visit adds to: by the bits of its person, then its own.
  std::vector<std::uint8_t> places_;
  // The own exclusions whose conditions hold; one applies when it is in all sets.
  // Ages that cannot be within are left out at once.
  struct Ages {
    std::int64_t min = 0, max = std::numeric_limits<std::int64_t>::max();
  };
  Rules age_rules_ = 0;                           // those that ask for an age
  std::vector<Ages> ages_;                        // of each
  std::vector<Rules> unit_rules_, person_rules_;  // by unit, by person
  std::array<Rules, 4> status_rules_{};
};

class FigureTable {
 public:
  // A new identity, or a known one as it is now. Its number is not 0.
  void PutIdentity(const FigureIdentity& identity);
  // `admitted_day`: days since 1970-01-01 of the admission's day in the establishment's zone; the
  // same for a visit whenever it is asked for. False, and nothing done: the table has no number
  // left for another unit (1,048,576).
  bool AddVisit(const Visit& visit, std::int64_t admitted_day);
  // Removes a visit that says the same. False: there is none.
  bool RemoveVisit(const Visit& visit, std::int64_t admitted_day);

  std::int64_t identity_count() const { return identity_count_; }
  std::int64_t visit_count() const { return visit_count_; }
  std::size_t bytes() const;  // memory taken by the columns, room to grow included

  FigurePlan Plan(const FigureQuestion& question) const;
  // Adds part `part` (from 0) of `part_count` to the counts; the parts are about equal, and
  // disjoint in identities.
  void Add(const FigurePlan& plan, std::size_t part, std::size_t part_count,
           FigureCounts& counts) const;

 private:
  friend class FigurePass;
  static constexpr std::size_t kBlockIdentities = 256;

  // A visit in two halves: what every count looks at, and the instants.
  struct Glance {
    std::int32_t admitted_day = 0;
    std::uint32_t bits = 0;
    bool operator==(const Glance&) const = default;
  };
  struct Instants {
    std::int64_t admitted_at = 0, discharged_at = 0;  // microseconds
    bool operator==(const Instants&) const = default;
  };
  struct Visits {
    std::vector<Glance> glances;
    std::vector<Instants> instants;
    // Bounds of what has ever been here.
    std::int32_t first_day = std::numeric_limits<std::int32_t>::max();
    std::int32_t last_day = std::numeric_limits<std::int32_t>::min();
    std::int64_t last_discharged_at = std::numeric_limits<std::int64_t>::min();

    std::size_t size() const { return glances.size(); }
    // `begin`, `end`: where the visits of its identity stand.
    void Insert(std::size_t begin, std::size_t end, Glance glance, const Instants& at);
    bool Erase(std::size_t begin, std::size_t end, Glance glance, const Instants& at);
    std::size_t bytes() const;
  };
  // Identities with neighbouring numbers, by place in the block: their visits one identity after
  // the other, each identity's ascending by admission; their periods likewise.
  struct Block {
    Visits visits;
    std::vector<std::uint16_t> persons;  // what is known of each, in bits; 0: nothing
    std::vector<std::int32_t> birth_day;
    std::vector<std::int64_t> created_at;
    std::vector<std::uint32_t> visits_end, periods_end;
    std::vector<std::int64_t> period_at;
    std::vector<std::uint8_t> period_status;
    std::int64_t last_period_at = std::numeric_limits<std::int64_t>::min();  // ever
  };

  std::optional<Glance> GlanceOf(const Visit& visit, std::int64_t admitted_day);
  static Instants InstantsOf(const Visit& visit);
  std::optional<std::uint32_t> UnitOf(const Visit& visit);
  Block& BlockOf(IdentityId id);
  static void PutPeriods(const std::vector<std::pair<Instant, TrustStatus>>& periods,
                         std::size_t place, Block& block);
  void MoveVisitsEnd(IdentityId id, std::int32_t by);
  Visits* VisitsBeside(const Visit& visit, std::int64_t admitted_day, std::size_t* begin,
                       std::size_t* end);

  std::vector<Block> blocks_;               // identity i stands in block i / kBlockIdentities
  std::map<std::int32_t, Visits> waiting_;  //  visits without identity, by day
  std::vector<FigureUnit> units_;           // by number; their day says nothing
  std::unordered_map<std::string, std::uint32_t> unit_numbers_;
  // Of each day that ever had a visit: the first and the last admission.
  std::map<std::int32_t, std::pair<std::int64_t, std::int64_t>> days_;
  std::int64_t identity_count_ = 0, visit_count_ = 0;
};

}  // namespace vigie::matching
