#include "daemon/registry/record_cache.h"

#include <algorithm>
#include <utility>

#include "matching/record_pack.h"

namespace vigie::daemon {
namespace {

using matching::IdentityId;

// Of an entry beside its text: map node, bucket and the allocator's own.
constexpr std::size_t kEntryBytes = 112;

}  // namespace

RecordCache::RecordCache(std::size_t bytes_max)
    : shard_bytes_max_(bytes_max / kShardCount), changed_(kMarkCount), created_(kMarkCount) {}

// Ids are given again when a change is given up, so the newest writer of the mark is the one that
// counts. A mark is taken over by another identity only many commits later, when the first is
// durable.
void RecordCache::NoteNew(IdentityId id, std::int64_t commit_number) {
  Creation& creation = created_[id % kMarkCount];
  creation.id = 0;  // nobody may pair the old number with the new id, or the reverse
  creation.commit_number = commit_number;
  creation.id = id;
}

void RecordCache::NoteChanged(IdentityId id, std::int64_t commit_number) {
  // One writer at a time: the commit path.
  std::atomic<std::int64_t>& mark = changed_[id % kMarkCount];
  mark = std::max(mark.load(), commit_number);
}

bool RecordCache::IsUntouchedSince(IdentityId id, std::int64_t commit_number) const {
  if (changed_[id % kMarkCount] > commit_number) return false;
  const Creation& creation = created_[id % kMarkCount];
  return creation.id != id || creation.commit_number <= commit_number;
}

bool RecordCache::Find(IdentityId id, std::int64_t commit_number, matching::Record& record) {
  Shard& shard = ShardOf(id);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  auto found = shard.young.find(id);
  if (found == shard.young.end()) {
    auto node = shard.old.extract(id);
    if (node.empty()) return false;
    AddYoung(shard, id, std::move(node.mapped()));
    found = shard.young.find(id);
    if (found == shard.young.end()) return false;
  }
  // Asked under the lock, after the entry was read: a write noted since is seen.
  if (!IsUntouchedSince(id, std::min(found->second.commit_number, commit_number))) return false;
  matching::UnpackRecord(found->second.packed, record);
  return true;
}

void RecordCache::Keep(IdentityId id, std::int64_t commit_number, const matching::Record& record) {
  Entry entry{commit_number, matching::PackRecord(record)};
  if (entry.packed.empty()) return;
  Shard& shard = ShardOf(id);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  if (!IsUntouchedSince(id, commit_number)) return;
  const auto known = shard.young.find(id);
  if (known != shard.young.end()) {
    if (known->second.commit_number >= commit_number) return;
    shard.young_bytes -= known->second.packed.size() + kEntryBytes;
    shard.young.erase(known);
  }
  AddYoung(shard, id, std::move(entry));
}

void RecordCache::AddYoung(Shard& shard, IdentityId id, Entry entry) const {
  const std::size_t bytes = entry.packed.size() + kEntryBytes;
  if (bytes > shard_bytes_max_ / 2) return;
  if (shard.young_bytes + bytes > shard_bytes_max_ / 2) {
    shard.old = std::move(shard.young);
    shard.young = Entries();
    shard.young_bytes = 0;
  }
  shard.young_bytes += bytes;
  shard.young.emplace(id, std::move(entry));
}

}  // namespace vigie::daemon
