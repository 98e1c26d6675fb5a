// Records of identities that were compared lately, kept in memory in few bytes: scoring a candidate
// then needs neither a read of the base nor the folding of its names. A cache and no more: the base
// stays on disk, memory is bounded, and everything works, slower, with a cache of nothing.
//
// What is kept is right for a view when the identity was not written between what was seen when it
// was kept and what the view sees. So every write of an identity must be noted, inside its change:
// identity_writer.cc does.
//
// Thread safety: everything may be called from any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "matching/identity.h"
#include "matching/record.h"

namespace vigie::daemon {

class RecordCache {
 public:
  // Keeps about `bytes_max`, its own book-keeping included; what was not asked for the longest time
  // goes first.
  explicit RecordCache(std::size_t bytes_max);

  // The commit `commit_number` makes or changes this identity. To be called inside the change,
  // before its reads; a change that is given up afterwards does no harm.
  void NoteNew(matching::IdentityId id, std::int64_t commit_number);
  void NoteChanged(matching::IdentityId id, std::int64_t commit_number);

  // `commit_number` is that of the view (View::CommitNumber); inside a change that is the last
  // durable one, and what the change and those before it in its group wrote is not found.
  // True: `record` is MakeRecord of the identity as the view sees it, counts of terms 0.
  bool Find(matching::IdentityId id, std::int64_t commit_number, matching::Record& record);
  // `record` was made of the identity as a view of `commit_number` sees it; the commit is one of
  // this cache's lifetime, or the last before it.
  void Keep(matching::IdentityId id, std::int64_t commit_number, const matching::Record& record);

  // Whether the identity is the same in all views from `commit_number` to the newest, and inside
  // the change that runs. False for some that are.
  bool IsUntouchedSince(matching::IdentityId id, std::int64_t commit_number) const;

 private:
  struct Entry {
    std::int64_t commit_number = 0;  // of the view it was made on
    std::string packed;
  };
  using Entries = std::unordered_map<matching::IdentityId, Entry>;
  // Two ages: what is found among the old is young again; when the young fill their half, they are
  // the old and the old are gone.
  struct Shard {
    std::mutex mutex;
    Entries young, old;           // guarded by mutex
    std::size_t young_bytes = 0;  // guarded by mutex
  };
  struct Creation {
    std::atomic<matching::IdentityId> id{0};
    std::atomic<std::int64_t> commit_number{0};
  };

  static constexpr std::size_t kShardCount = 16;
  // Of last writes that are told apart. Identities that share a mark are only found less often.
  static constexpr std::size_t kMarkCount = 1 << 16;

  Shard& ShardOf(matching::IdentityId id) { return shards_[id % kShardCount]; }
  void AddYoung(Shard& shard, matching::IdentityId id, Entry entry) const;

  const std::size_t shard_bytes_max_;
  std::array<Shard, kShardCount> shards_;
  std::vector<std::atomic<std::int64_t>> changed_;  // last change of an identity of this mark
  // The newest identities, exactly: as they are numbered one after the other, one mark for many
  // would have each new one take the others' place.
  std::vector<Creation> created_;
};

}  // namespace vigie::daemon
