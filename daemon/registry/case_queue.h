// What the desk sees of the queue: pages, counts and groups, from a table in memory (queue_table.h)
// that follows every commit of the store. An answer holds every commit that was answered before it
// was asked for. The table is read at the first question (or Load), about a second for a hundred
// thousand cases; the newest visits of their identities at the first question that asks for them,
// and again for the identities whose visits were written since.
//
// Thread safety: everything may be called from any thread; questions take turns.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/queue_table.h"
#include "daemon/registry/review.h"
#include "storage/store.h"

namespace vigie::daemon {

class CaseQueue {
 public:
  // `environment` and its store outlive it.
  explicit CaseQueue(const Environment& environment) : environment_(environment) {}
  ~CaseQueue();
  CaseQueue(const CaseQueue&) = delete;
  CaseQueue& operator=(const CaseQueue&) = delete;

  // Cases and newest visits. DATA_LOSS: a case cannot be read; the next question tries again.
  absl::Status Load();

  // INVALID_ARGUMENT page_token_invalid, or naming what of the request is wrong.
  absl::StatusOr<QueuePage> List(const QueueRequest& request);
  absl::StatusOr<std::int64_t> Count(const QueueFilter& filter);
  // NOT_FOUND case_not_found.
  absl::StatusOr<CaseView> Get(std::uint64_t id);

 private:
  // What of a commit changes the table.
  struct Change {
    std::int64_t commit_number = 0;
    std::vector<matching::Case> cases;
    std::vector<matching::IdentityId> visited_ids;
  };

  absl::Status Prepare(const QueueFilter& filter);
  absl::Status LoadCases();
  absl::Status ReadVisits();
  void Hear(const std::vector<storage::CommittedChange>& changes);
  static void Take(const Change& change, QueueTable& table);

  const Environment& environment_;
  std::mutex load_mutex_;  // one load at a time
  std::atomic<bool> loaded_{false};
  std::mutex visits_mutex_;  // one reading of visits at a time, so that none is half known

  // Locked after those above; never while the store is called.
  std::mutex table_mutex_;
  std::unique_ptr<QueueTable> table_;  // guarded by table_mutex_; null: not loaded
  std::vector<Change> waiting_;        // guarded by table_mutex_: told while the table is loaded
};

}  // namespace vigie::daemon
