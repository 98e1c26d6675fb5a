// What changed in the queue since a commit: read from the audit chain, whose entries name every
// case a commit wrote, so that it is the same for who was there and who was away. The store's
// listener only wakes.
//
// Thread safety: everything may be called from any thread. One watcher a store at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>

#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/review.h"

namespace vigie::daemon {

class CaseWatcher {
 public:
  // `environment` outlives the watcher.
  explicit CaseWatcher(const Environment& environment);
  ~CaseWatcher();
  CaseWatcher(const CaseWatcher&) = delete;
  CaseWatcher& operator=(const CaseWatcher&) = delete;

  // Cost: at most kAuditEntriesAtOnce entries and about kCasesAtOnce cases; nothing is read when no
  // case was written since the commit asked for and this watcher saw all since.
  absl::StatusOr<CaseChanges> Read(const CaseWatch& watch) const;
  // As Registry::OnCaseChanges.
  void Wake(std::function<void()> wake);

 private:
  void Hear(const storage::CommittedGroup& group);
  // The last commit up to which, from this one on, no case was written; 0: not known.
  std::int64_t QuietUntil(std::int64_t commit_number) const;

  const Environment& environment_;
  mutable std::mutex mutex_;
  std::function<void()> wake_;       // guarded by mutex_
  std::int64_t told_ = 0;            // last commit heard of; guarded by mutex_
  std::int64_t last_with_case_ = 0;  // last group heard of that wrote a case; guarded by mutex_
};

}  // namespace vigie::daemon
