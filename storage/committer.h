// Group commit: the one way by which anything is written.
//
// Callers enqueue changes and wait. One of the callers leads: it takes everything that waits, runs
// the changes one after the other on an overlay, gives each that succeeded the next commit number
// and its link of the audit chain, writes all of them as one batch (one fsync), has the anchor say
// so (one fdatasync), and wakes those it worked for. Meanwhile others enqueue for the next group.
//
// A change that fails, or throws, is rolled back alone. A change that writes nothing gets no commit
// number of its own: its result is the number of the last commit it could see.
//
// After a failed write or a failed anchor nothing is tried again: the outcome is unknown, every
// change in flight and every later one is answered UNAVAILABLE, and `poisoned` is called once.
//
// Thread safety: everything may be called from any thread, but not from inside a change.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/kv.h"
#include "storage/overlay.h"
#include "storage/store.h"

namespace vigie::storage {

// A group is cut once it has this much: a remote store's transaction limit (kv.h).
inline constexpr std::size_t kGroupBytesTarget = std::size_t{1} << 20;

class Committer {
 public:
  struct Options {
    KeyValueStore* kv = nullptr;  // outlives the committer
    // Where the store stands: as read when it was opened.
    std::int64_t commit_number = 0;
    std::string chain_head;
    // Asked before each group; an error is the answer of the whole group. May be null.
    std::function<absl::Status()> admit;
    // Called after each batch is durable, before anybody is answered. May be null.
    std::function<absl::Status(std::int64_t commit_number, const std::string& chain_hash,
                               matching::Instant now)>
        anchor;
    // Called once, by the thread that found out; must not commit. May be null.
    std::function<void(const absl::Status&)> poisoned;
    std::function<matching::Instant()> clock;  // null: the system's
    std::size_t group_bytes_target = kGroupBytesTarget;
  };

  explicit Committer(Options options);

  std::vector<absl::StatusOr<std::int64_t>> CommitAll(std::vector<Store::PendingChange> changes);

  // As Store::Observe and Store::Listen.
  void Observe(const void* follower, CommitObserver observer);
  void Listen(CommitListener listener);

  std::uint64_t commit_count() const { return commit_count_; }
  std::uint64_t group_count() const { return group_count_; }
  absl::Status PoisonStatus() const;  // OK while all is well
  // For a failure found elsewhere, e.g. by a background flush.
  void Poison(const absl::Status& cause);

 private:
  struct Waiter;
  struct Ticket;
  struct Group;

  void Lead(const std::vector<Ticket*>& tickets);
  void RunChange(Ticket* ticket, Group* group);
  absl::Status RunInto(Ticket* ticket, Overlay* overlay, CommittedChange* written,
                       CommitContext* context) const;
  std::string AppendAudit(const CommitContext& context, const Group& group, Overlay* change) const;
  void Finish(Group* group);
  absl::Status Write(Group* group);
  void Answer(const std::vector<Ticket*>& tickets);
  matching::Instant Now() const;

  const Options options_;
  const KvSource source_;

  // Used by the leader only; leadership passes under mutex_.
  std::int64_t commit_number_;
  std::string chain_head_;

  std::mutex observer_mutex_;                        // held while groups are made and written
  std::map<const void*, CommitObserver> observers_;  // by follower; guarded by observer_mutex_
  CommitListener listener_;                          // guarded by observer_mutex_

  std::atomic<std::uint64_t> commit_count_{0};
  std::atomic<std::uint64_t> group_count_{0};

  mutable std::mutex mutex_;
  std::deque<Ticket*> queue_;  // guarded by mutex_
  bool leading_ = false;       // guarded by mutex_
  absl::Status poison_;        // guarded by mutex_
};

}  // namespace vigie::storage
