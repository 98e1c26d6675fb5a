#include "storage/memory_kv.h"

#include <array>
#include <map>
#include <mutex>
#include <set>

namespace vigie::storage {
namespace {

using Sequence = std::uint64_t;
using Value = std::optional<std::string>;  // nullopt: deleted

// Versions of one key by the sequence of the commit that wrote them.
using Versions = std::map<Sequence, Value>;
// std::less<> compares std::string by unsigned bytes, as the seam asks.
using Rows = std::map<std::string, Versions, std::less<>>;

const Value* VersionAt(const Versions& versions, Sequence sequence) {
  auto after = versions.upper_bound(sequence);
  return after == versions.begin() ? nullptr : &std::prev(after)->second;
}

// What store and snapshots share; snapshots keep it alive.
struct State {
  std::mutex mutex;
  Sequence latest = 0;
  std::multiset<Sequence> pinned;  // sequences of live snapshots
  std::array<Rows, kTableCount> tables;

  Rows& RowsOf(Table table) { return tables.at(static_cast<std::size_t>(table)); }

  Value ValueAt(Table table, std::string_view key, Sequence sequence) {
    const Rows& rows = RowsOf(table);
    auto row = rows.find(key);
    if (row == rows.end()) return std::nullopt;
    const Value* value = VersionAt(row->second, sequence);
    return value == nullptr ? std::nullopt : *value;
  }

  // Sequences below this one are asked for by nobody any more.
  Sequence OldestNeeded() const { return pinned.empty() ? latest : *pinned.begin(); }

  void Put(const Write& write, Sequence sequence) {
    Rows& rows = RowsOf(write.table);
    Versions& versions = rows[write.key];
    versions[sequence] = write.value;
    // Keep the newest version that the oldest reader sees, and everything after it.
    auto first_kept = versions.upper_bound(OldestNeeded());
    if (first_kept != versions.begin()) versions.erase(versions.begin(), std::prev(first_kept));
    if (pinned.empty() && !write.value) rows.erase(write.key);
  }
};

class MemorySnapshot : public Snapshot {
 public:
  explicit MemorySnapshot(std::shared_ptr<State> state) : state_(std::move(state)) {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    sequence_ = state_->latest;
    state_->pinned.insert(sequence_);
  }
  ~MemorySnapshot() override {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    state_->pinned.erase(state_->pinned.find(sequence_));
  }
  MemorySnapshot(const MemorySnapshot&) = delete;
  MemorySnapshot& operator=(const MemorySnapshot&) = delete;

  Sequence sequence() const { return sequence_; }

 private:
  std::shared_ptr<State> state_;
  Sequence sequence_ = 0;
};

// A few rows at a time are copied under the lock and visited outside it, so that `visit` may read.
constexpr std::size_t kScanChunkRows = 64;

class MemoryKv : public KeyValueStore {
 public:
  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key,
                                                 const Snapshot* snapshot) const override {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    return state_->ValueAt(table, key, SequenceOf(snapshot));
  }

  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, const std::vector<std::string>& keys, const Snapshot* snapshot) const override {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    std::vector<std::optional<std::string>> values;
    values.reserve(keys.size());
    for (const std::string& key : keys) {
      values.push_back(state_->ValueAt(table, key, SequenceOf(snapshot)));
    }
    return values;
  }

  absl::Status Scan(
      Table table, const KeyRange& range, const Snapshot* snapshot,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    std::unique_ptr<Snapshot> own;
    if (snapshot == nullptr) {
      own = TakeSnapshot();
      snapshot = own.get();
    }
    std::string begin = range.begin;
    while (true) {
      const std::vector<Row> chunk = ReadChunk(table, {begin, range.end}, *snapshot);
      for (const Row& row : chunk) {
        if (!visit(row.first, row.second)) return absl::OkStatus();
      }
      if (chunk.size() < kScanChunkRows) return absl::OkStatus();
      begin = chunk.back().first + '\0';  // the next possible key
    }
  }

  std::unique_ptr<Snapshot> TakeSnapshot() const override {
    return std::make_unique<MemorySnapshot>(state_);
  }

  absl::Status Commit(const Batch& batch) override {
    if (BatchBytes(batch) > kBatchBytesMax) {
      return absl::ResourceExhaustedError("commit: batch is larger than the store takes");
    }
    const std::lock_guard<std::mutex> lock(state_->mutex);
    for (const Precondition& expected : batch.preconditions) {
      if (state_->ValueAt(expected.table, expected.key, state_->latest) != expected.value) {
        return absl::AbortedError("commit: a precondition on table " +
                                  std::string(TableName(expected.table)) + " does not hold");
      }
    }
    const Sequence sequence = state_->latest + 1;
    if (state_->pinned.empty()) state_->latest = sequence;  // nobody needs what stood before
    for (const Write& write : batch.writes) state_->Put(write, sequence);
    state_->latest = sequence;
    return absl::OkStatus();
  }

 private:
  using Row = std::pair<std::string, std::string>;

  // Called with the lock held.
  Sequence SequenceOf(const Snapshot* snapshot) const {
    return snapshot == nullptr ? state_->latest
                               : static_cast<const MemorySnapshot*>(snapshot)->sequence();
  }

  std::vector<Row> ReadChunk(Table table, const KeyRange& range, const Snapshot& snapshot) const {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    std::vector<Row> chunk;
    const Rows& rows = state_->RowsOf(table);
    for (auto row = rows.lower_bound(range.begin);
         row != rows.end() && (range.end.empty() || row->first < range.end) &&
         chunk.size() < kScanChunkRows;
         ++row) {
      const Value* value = VersionAt(row->second, SequenceOf(&snapshot));
      if (value != nullptr && value->has_value()) chunk.emplace_back(row->first, **value);
    }
    return chunk;
  }

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace

std::unique_ptr<KeyValueStore> MakeMemoryKv() { return std::make_unique<MemoryKv>(); }

}  // namespace vigie::storage
