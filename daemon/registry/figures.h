// The kept figures of a store: a table (matching/figures.h) that follows every commit, so that a
// rate is counted without reading a record. As long as it is not loaded, rates are recomputed.
//
// It holds one commit at any time: a rate is of exactly the commit its answer names, and of every
// commit answered before the rate was asked for. The commit path only hands a change on; it never
// waits for a count. What is handed on is bounded: when more changes wait than kWaitingRecordsMax,
// the table is given up and has to be loaded again.
//
// Thread safety: everything may be called from any thread, Load from one at a time. Counts take
// turns.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/rate.h"
#include "daemon/registry/rate_groups.h"
#include "daemon/registry/registry.h"
#include "matching/figures.h"
#include "storage/store.h"

namespace vigie::daemon {

// Identities and visits that may wait to be taken over: about 100 MB.
inline constexpr std::size_t kWaitingRecordsMax = 250'000;

class Figures {
 public:
  // `environment` outlives this, and so does its store.
  explicit Figures(const Environment& environment,
                   std::size_t waiting_records_max = kWaitingRecordsMax);
  ~Figures();
  Figures(const Figures&) = delete;
  Figures& operator=(const Figures&) = delete;

  // Reads every record and follows the store from then on. Blocks for as long as that takes, about
  // four seconds a million visits; commits and rates go on meanwhile. CANCELLED once `stop` (may be
  // empty; asked now and then) says so; RESOURCE_EXHAUSTED when so much was committed meanwhile
  // that it has to be begun again; FAILED_PRECONDITION: more sites and entry channels than fit;
  // DATA_LOSS. After an error nothing is kept.
  absl::StatusOr<FiguresLoad> Load(const std::function<bool()>& stop);
  bool loaded() const { return loaded_; }  // never waits

  // nullopt: not loaded. RESOURCE_EXHAUSTED too_many_groups.
  absl::StatusOr<std::optional<RateResult>> Compute(const RatePlan& plan);

  // Several rates, and a view of the records, all at one commit. nullopt: not loaded.
  struct Still {
    std::unique_ptr<storage::View> view;
    std::vector<absl::StatusOr<RateResult>> rates;  // in the order of the plans
  };
  absl::StatusOr<std::optional<Still>> ComputeStill(const std::vector<RatePlan>& plans);

 private:
  // One commit, in the table's own words.
  struct Change {
    std::int64_t commit_number = 0;
    std::vector<matching::FigureIdentity> identities;
    std::vector<storage::CommittedVisit> visits;
    std::size_t size() const { return identities.size() + visits.size(); }
  };
  struct Table {
    explicit Table(const absl::TimeZone& zone) : days(zone) {}
    matching::FigureTable figures;
    ZoneDays days;
    std::int64_t commit_number = 0;
    bool Take(const Change& change);  // false: the change does not fit what the table holds
  };

  void Hear(const std::vector<storage::CommittedChange>& changes);
  void TakeOverIfIdle();
  absl::StatusOr<std::unique_ptr<Table>> ReadRecords(const storage::View& view,
                                                     const std::function<bool()>& stop) const;
  absl::Status Install(std::unique_ptr<Table> table);
  bool TakeOver(std::int64_t until);
  void GiveUp();
  absl::StatusOr<RateResult> Count(const RatePlan& plan) const;
  std::vector<matching::IndicatorRow> RowsOf(const matching::FigurePlan& plan,
                                             const matching::FigureCounts& counts,
                                             const std::vector<RateGrouping>& group_by) const;

  const Environment& environment_;
  const std::size_t waiting_records_max_;

  // Locked in this order.
  mutable std::mutex table_mutex_;
  std::unique_ptr<Table> table_;  // guarded by table_mutex_; null: not loaded
  std::atomic<bool> loaded_{false};

  mutable std::mutex waiting_mutex_;
  std::condition_variable heard_;
  bool overflowed_ = false;        // guarded by waiting_mutex_, as all below: changes were let go
  std::int64_t heard_number_ = 0;  // of the last commit told
  std::deque<Change> waiting_;
  std::size_t waiting_records_ = 0;
};

}  // namespace vigie::daemon
