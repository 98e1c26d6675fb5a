#include "storage/cached_kv.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"

namespace vigie::storage {
namespace {

// Of the table of candidate keys, what is kept are lists: all keys with the same first 8 bytes, of
// which the other 8 are kept. Values are empty there.
constexpr std::size_t kPrefixBytes = 8;
constexpr std::size_t kSuffixBytes = 8;
// Of a longer list its beginning is kept. More than a look-up of candidates asks for by default.
constexpr std::size_t kListCountMax = 256;
// Larger values are not kept: those of the tables below are numbers, or small when absent.
constexpr std::size_t kValueBytesMax = 64;

constexpr bool KeepsLists(Table table) { return table == Table::kCandidate; }
constexpr bool KeepsValues(Table table) { return table == Table::kCounter; }
// Each registration asks whether they are there, and mostly they are not.
constexpr bool KeepsAbsence(Table table) {
  return table == Table::kLocalId || table == Table::kRequest;
}
constexpr bool KeepsSingleKeys(Table table) { return KeepsValues(table) || KeepsAbsence(table); }

// What is kept of one key, or of one list.
struct Entry {
  std::string bytes;   // the value; of a list the suffixes, ascending
  bool whole = false;  // the key is there; the list has no more than these
};

std::string EntryKey(Table table, std::string_view key) {
  std::string entry_key;
  entry_key.reserve(1 + key.size());
  entry_key.push_back(static_cast<char>(table));
  entry_key.append(key);
  return entry_key;
}

// The list that is all of `range`, if it is one: its prefix, else empty.
std::string_view ListOf(Table table, const KeyRange& range) {
  if (!KeepsLists(table) || range.begin.size() != kPrefixBytes) return {};
  return range.end == PrefixRange(range.begin).end ? std::string_view(range.begin)
                                                   : std::string_view();
}

// Adds or removes a suffix. False: the list can no longer be told.
bool ChangeList(std::string_view suffix, bool there, Entry& list) {
  std::size_t low = 0;
  std::size_t high = list.bytes.size() / kSuffixBytes;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (std::string_view(list.bytes).substr(middle * kSuffixBytes, kSuffixBytes) < suffix) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const std::size_t at = low * kSuffixBytes;
  const bool known =
      at < list.bytes.size() && std::string_view(list.bytes).substr(at, kSuffixBytes) == suffix;
  if (known == there) return true;
  if (!there) {
    list.bytes.erase(at, kSuffixBytes);
    return list.whole;  // what would move up from behind is not known
  }
  if (at == list.bytes.size() && !list.whole) return true;  // behind what is kept
  list.bytes.insert(at, suffix);
  if (list.bytes.size() > kListCountMax * kSuffixBytes) {
    list.bytes.resize(kListCountMax * kSuffixBytes);
    list.whole = false;
  }
  return true;
}

// ---------------------------------------------------------------------------------------------

// Entries and the marks that say until when they hold. `number` counts commits of this store.
class Entries {
 public:
  explicit Entries(std::size_t bytes_max)
      : shard_bytes_max_(bytes_max / kShardCount), marks_(kMarkCount) {}

  // Whether `entry` is what a reader that has seen all commits up to `seen` finds.
  bool Find(const std::string& key, std::uint64_t seen, Entry& entry) {
    const std::size_t hash = Hash(key);
    Shard& shard = ShardOf(hash);
    const std::lock_guard<std::mutex> lock(shard.mutex);
    const Entry* found = FindYoung(shard, key);
    if (found == nullptr || marks_[hash % kMarkCount] > seen) return false;
    entry = *found;
    return true;
  }

  // `entry` was found by a reader that has seen all commits up to `seen`, and maybe later ones.
  void Keep(std::string key, std::uint64_t seen, Entry entry) {
    const std::size_t hash = Hash(key);
    Shard& shard = ShardOf(hash);
    const std::lock_guard<std::mutex> lock(shard.mutex);
    // Under the lock that Change takes after the mark: either it is refused here or changed there.
    if (marks_[hash % kMarkCount] <= seen) AddYoung(shard, std::move(key), std::move(entry));
  }

  // Commit `number` is about to write the key.
  void Mark(const std::string& key, std::uint64_t number) {
    marks_[Hash(key) % kMarkCount] = number;
  }

  // `change` brings the entry up to date; false: it has to go.
  template <typename ChangeEntry>
  void Change(const std::string& key, ChangeEntry change) {
    Shard& shard = ShardOf(Hash(key));
    const std::lock_guard<std::mutex> lock(shard.mutex);
    Entry* entry = FindYoung(shard, key);
    if (entry == nullptr) return;
    const std::size_t before = entry->bytes.size();
    const bool holds = change(*entry);
    shard.young_bytes += entry->bytes.size();
    shard.young_bytes -= before;
    if (holds) return;
    shard.young_bytes -= BytesOf(key, *entry);
    shard.young.erase(key);
    shard.old.erase(key);
  }

 private:
  using Map = absl::flat_hash_map<std::string, Entry>;
  // Two ages: what is asked for among the old is young again; when the young fill their half, they
  // are the old and the old are gone. What is young hides the same key among the old.
  struct Shard {
    std::mutex mutex;
    Map young, old;               // guarded by mutex
    std::size_t young_bytes = 0;  // guarded by mutex
  };
  static constexpr std::size_t kShardCount = 64;
  static constexpr std::size_t kMarkCount = std::size_t{1} << 18;
  static constexpr std::size_t kEntryBytes = 112;  // slot, its share of free ones, allocator

  static std::size_t Hash(const std::string& key) { return absl::Hash<std::string>()(key); }
  static std::size_t BytesOf(const std::string& key, const Entry& entry) {
    return kEntryBytes + key.size() + entry.bytes.size();
  }
  Shard& ShardOf(std::size_t hash) { return shards_[(hash >> 32) % kShardCount]; }

  Entry* FindYoung(Shard& shard, const std::string& key) const {
    const auto found = shard.young.find(key);
    if (found != shard.young.end()) return &found->second;
    auto node = shard.old.extract(key);
    return node.empty() ? nullptr : AddYoung(shard, std::string(key), std::move(node.mapped()));
  }
  Entry* AddYoung(Shard& shard, std::string&& key, Entry&& entry) const {
    const std::size_t half = shard_bytes_max_ / 2;
    const std::size_t bytes = BytesOf(key, entry);
    if (bytes > half) return nullptr;
    if (shard.young_bytes + bytes > half) {
      shard.old = std::move(shard.young);
      shard.young = Map();
      shard.young_bytes = 0;
    }
    const auto [added, is_new] = shard.young.try_emplace(std::move(key), std::move(entry));
    if (is_new) shard.young_bytes += bytes;
    return &added->second;
  }

  const std::size_t shard_bytes_max_;
  std::array<Shard, kShardCount> shards_;
  // By the key's hash, the last commit that wrote such a key.
  std::vector<std::atomic<std::uint64_t>> marks_;
};

// ---------------------------------------------------------------------------------------------

struct CachedSnapshot : Snapshot {
  std::uint64_t seen = 0;  // sees all commits up to this one, and maybe later ones
  std::unique_ptr<Snapshot> below;
};

class CachedKv final : public KeyValueStore {
 public:
  CachedKv(KeyValueStore* below, std::size_t bytes_max) : below_(below), entries_(bytes_max) {}

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key,
                                                 const Snapshot* snapshot) const override {
    const Reader reader = ReaderOf(snapshot);
    if (!KeepsSingleKeys(table)) return below_->Get(table, key, reader.below);
    std::string entry_key = EntryKey(table, key);
    std::optional<std::string> known;
    if (FindValue(entry_key, reader, &known)) return known;
    absl::StatusOr<std::optional<std::string>> value = below_->Get(table, key, reader.below);
    if (value.ok()) KeepValue(table, std::move(entry_key), reader, *value);
    return value;
  }

  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, const std::vector<std::string>& keys, const Snapshot* snapshot) const override;

  absl::Status Scan(Table table, const KeyRange& range, const Snapshot* snapshot,
                    const std::function<bool(std::string_view key, std::string_view value)>& visit)
      const override {
    const std::string_view prefix = ListOf(table, range);
    if (prefix.empty()) return below_->Scan(table, range, ReaderOf(snapshot).below, visit);
    return ScanMany(table, {range}, snapshot,
                    [&](std::size_t, std::string_view key, std::string_view value) {
                      return visit(key, value);
                    });
  }

  absl::Status ScanMany(Table table, const std::vector<KeyRange>& ranges, const Snapshot* snapshot,
                        const ManyVisitor& visit) const override;

  std::unique_ptr<Snapshot> TakeSnapshot() const override {
    auto snapshot = std::make_unique<CachedSnapshot>();
    snapshot->seen = committed_;  // before the picture is taken: it may see more, never less
    snapshot->below = below_->TakeSnapshot();
    return snapshot;
  }

  absl::Status Commit(const Batch& batch) override;

 private:
  // Who reads: without a snapshot the newest state, for which every entry holds.
  struct Reader {
    const Snapshot* below = nullptr;
    std::uint64_t finds = ~std::uint64_t{0};  // commits it may be told of
    std::uint64_t seen = 0;                   // commits that what it reads below includes
  };
  Reader ReaderOf(const Snapshot* snapshot) const {
    if (snapshot == nullptr) return {nullptr, ~std::uint64_t{0}, committed_};
    const auto* cached = static_cast<const CachedSnapshot*>(snapshot);
    return {cached->below.get(), cached->seen, cached->seen};
  }

  bool FindValue(const std::string& entry_key, const Reader& reader,
                 std::optional<std::string>* value) const {
    Entry entry;
    if (!entries_.Find(entry_key, reader.finds, entry)) return false;
    if (entry.whole) *value = std::move(entry.bytes);
    return true;
  }
  void KeepValue(Table table, std::string entry_key, const Reader& reader,
                 const std::optional<std::string>& value) const {
    if (value.has_value() && (!KeepsValues(table) || value->size() > kValueBytesMax)) return;
    entries_.Keep(std::move(entry_key), reader.seen, {value.value_or(""), value.has_value()});
  }

  absl::Status ReadLists(Table table, const std::vector<KeyRange>& ranges, const Reader& reader,
                         std::vector<Entry>* lists) const;
  absl::Status VisitList(Table table, const KeyRange& range, std::size_t position,
                         const Entry& list, const Reader& reader, const ManyVisitor& visit) const;

  KeyValueStore* const below_;
  mutable Entries entries_;
  std::mutex commit_mutex_;
  std::atomic<std::uint64_t> committed_{0};  // commits that are written and in the entries
};

absl::StatusOr<std::vector<std::optional<std::string>>> CachedKv::MultiGet(
    Table table, const std::vector<std::string>& keys, const Snapshot* snapshot) const {
  const Reader reader = ReaderOf(snapshot);
  if (!KeepsSingleKeys(table)) return below_->MultiGet(table, keys, reader.below);
  std::vector<std::optional<std::string>> values(keys.size());
  std::vector<std::string> keys_below;
  std::vector<std::size_t> positions_below;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (FindValue(EntryKey(table, keys[i]), reader, &values[i])) continue;
    keys_below.push_back(keys[i]);
    positions_below.push_back(i);
  }
  if (keys_below.empty()) return values;
  absl::StatusOr<std::vector<std::optional<std::string>>> below =
      below_->MultiGet(table, keys_below, reader.below);
  if (!below.ok()) return below.status();
  for (std::size_t i = 0; i < positions_below.size(); ++i) {
    KeepValue(table, EntryKey(table, keys_below[i]), reader, (*below)[i]);
    values[positions_below[i]] = std::move((*below)[i]);
  }
  return values;
}

absl::Status CachedKv::ScanMany(Table table, const std::vector<KeyRange>& ranges,
                                const Snapshot* snapshot, const ManyVisitor& visit) const {
  const auto is_list = [table](const KeyRange& range) { return !ListOf(table, range).empty(); };
  if (!std::all_of(ranges.begin(), ranges.end(), is_list)) {
    return below_->ScanMany(table, ranges, ReaderOf(snapshot).below, visit);
  }
  // One picture for all the lists: without a snapshot, commits may come between their reads.
  const std::unique_ptr<Snapshot> own = snapshot == nullptr ? TakeSnapshot() : nullptr;
  const Reader reader = ReaderOf(snapshot == nullptr ? own.get() : snapshot);
  std::vector<Entry> lists(ranges.size());
  absl::Status status = ReadLists(table, ranges, reader, &lists);
  for (std::size_t i = 0; status.ok() && i < ranges.size(); ++i) {
    status = VisitList(table, ranges[i], i, lists[i], reader, visit);
  }
  return status;
}

// The beginning of each list, from memory or from below.
absl::Status CachedKv::ReadLists(Table table, const std::vector<KeyRange>& ranges,
                                 const Reader& reader, std::vector<Entry>* lists) const {
  std::vector<KeyRange> ranges_below;
  std::vector<std::size_t> positions_below;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (entries_.Find(EntryKey(table, ranges[i].begin), reader.finds, (*lists)[i])) continue;
    (*lists)[i].whole = true;  // until there is too much
    ranges_below.push_back(ranges[i]);
    positions_below.push_back(i);
  }
  if (ranges_below.empty()) return absl::OkStatus();
  bool odd_keys = false;
  absl::Status scanned =
      below_->ScanMany(table, ranges_below, reader.below,
                       [&](std::size_t position, std::string_view key, std::string_view value) {
                         Entry& list = (*lists)[positions_below[position]];
                         odd_keys |= key.size() != kPrefixBytes + kSuffixBytes || !value.empty();
                         list.whole = !odd_keys && list.bytes.size() < kListCountMax * kSuffixBytes;
                         if (list.whole) list.bytes.append(key.substr(kPrefixBytes));
                         return list.whole;
                       });
  if (!scanned.ok()) return scanned;
  if (odd_keys) {  // damage: for the reader to see as it is
    for (const std::size_t position : positions_below) (*lists)[position] = Entry();
    return absl::OkStatus();
  }
  for (const std::size_t position : positions_below) {
    entries_.Keep(EntryKey(table, ranges[position].begin), reader.seen, (*lists)[position]);
  }
  return absl::OkStatus();
}

absl::Status CachedKv::VisitList(Table table, const KeyRange& range, std::size_t position,
                                 const Entry& list, const Reader& reader,
                                 const ManyVisitor& visit) const {
  std::string key = range.begin;
  for (std::size_t at = 0; at < list.bytes.size(); at += kSuffixBytes) {
    key.resize(kPrefixBytes);
    key.append(list.bytes, at, kSuffixBytes);
    if (!visit(position, key, {})) return absl::OkStatus();
  }
  if (list.whole) return absl::OkStatus();
  if (!list.bytes.empty()) key.push_back('\0');  // the first key behind
  return below_->Scan(table, {key, range.end}, reader.below,
                      [&](std::string_view found, std::string_view value) {
                        return visit(position, found, value);
                      });
}

struct Touched {
  const Write* write;
  std::string entry_key;
};

// The key of the entry that a write of this table and key touches; empty: none.
std::string TouchedEntry(Table table, std::string_view key) {
  if (KeepsSingleKeys(table)) return EntryKey(table, key);
  if (KeepsLists(table)) return EntryKey(table, key.substr(0, kPrefixBytes));
  return {};
}

// Brings the entry that the write touches up to date. False: it can no longer be told.
bool Follow(const Write& write, Entry& entry) {
  if (KeepsLists(write.table)) {
    if (write.key.size() != kPrefixBytes + kSuffixBytes) return false;
    if (write.value.has_value() && !write.value->empty()) return false;
    return ChangeList(std::string_view(write.key).substr(kPrefixBytes), write.value.has_value(),
                      entry);
  }
  if (write.value.has_value() &&
      (!KeepsValues(write.table) || write.value->size() > kValueBytesMax)) {
    return false;
  }
  entry = {write.value.value_or(""), write.value.has_value()};
  return true;
}

absl::Status CachedKv::Commit(const Batch& batch) {
  const std::lock_guard<std::mutex> lock(commit_mutex_);
  const std::uint64_t number = committed_ + 1;
  std::vector<Touched> touched;
  touched.reserve(batch.writes.size());
  for (const Write& write : batch.writes) {
    std::string entry_key = TouchedEntry(write.table, write.key);
    if (!entry_key.empty()) touched.push_back({&write, std::move(entry_key)});
  }
  // Before anybody can see the writes: from here to the end nothing read meanwhile is kept.
  for (const Touched& one : touched) entries_.Mark(one.entry_key, number);
  absl::Status status = below_->Commit(batch);
  for (const Touched& one : touched) {
    entries_.Change(one.entry_key, [&](Entry& entry) {
      return status.ok() && Follow(*one.write, entry);  // else it is not known what became of it
    });
  }
  committed_ = number;
  return status;
}

}  // namespace

std::unique_ptr<KeyValueStore> MakeCachedKv(KeyValueStore* below, std::size_t bytes_max) {
  return std::make_unique<CachedKv>(below, bytes_max);
}

}  // namespace vigie::storage
