// An ordered key-value store with snapshots and atomic, conditional, durable commits.
//
// This is the seam between what Vigie remembers and where it is kept: RocksDB today
// (rocks_kv.h), an in-memory twin for tests (memory_kv.h), a remote ordered store later. Keys and
// values are byte strings, keys compare as unsigned bytes. Nothing above this header knows RocksDB.
//
// Thread safety: every method may be called from any thread at any time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace vigie::storage {

// One table per kind of thing remembered; FORMAT.md says what each key and value holds.
// The numbers are on disk (as column family names, see TableName): never renumber, only append.
enum class Table : std::uint8_t {
  kMeta = 0,            // schema version, base id, commit number, chain head, last numbers given
  kIdentity = 1,        // identity id -> identity
  kLocalId = 2,         // domain, local id -> identity id
  kIns = 3,             // OID, matricule, identity id -> in force or past
  kCandidate = 4,       // candidate key, identity id -> nothing
  kSearch = 5,          // birth date, name kind, match name, identity id -> nothing
  kHistory = 6,         // identity id, version -> change
  kVisit = 7,           // domain, visit number -> visit
  kVisitIndex = 8,      // by time, by identity, by waiting local id -> visit key
  kCase = 9,            // case id -> case
  kCaseIndex = 10,      // live pairs, queue order, by identity -> case id
  kCounter = 11,        // counters and term counts
  kRequest = 12,        // request id -> answer given
  kAudit = 13,          // commit number -> audit entry
  kSnapshot = 14,       // day, definition, revision -> figures as they were closed (since schema 2)
  kDecision = 15,       // decision id -> decision (since schema 3)
  kDecisionIndex = 16,  // newest first, by identity, pairs and merges in force (since schema 3)
  kCaseNote = 17,       // case id, number -> note, newest first (since schema 4)
  kProposal = 18,       // commit number -> proposal not answered yet (since schema 4)
  kLabel = 19,          // two identity ids -> pair drawn for labelling (since schema 4)
  kLabelIndex = 20,     // pairs that wait for a label -> who has labelled (since schema 4)
};
inline constexpr std::size_t kTableCount = 21;

// Stable lower-case name of a table, e.g. "candidate"; the column family's name on disk.
std::string_view TableName(Table table);

struct Write {
  Table table = Table::kMeta;
  std::string key;
  std::optional<std::string> value;  // nullopt deletes
};

// Holds when the key's value is exactly `value`; nullopt: when the key is absent.
struct Precondition {
  Table table = Table::kMeta;
  std::string key;
  std::optional<std::string> value;
};

struct Batch {
  std::vector<Precondition> preconditions;
  std::vector<Write> writes;  // applied in order; the last write of a key wins
};

// A frozen view of the whole store. Readers hold it as long as they need one consistent picture;
// it costs space while held, so hold it for the length of a call, not longer.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
};

// [begin, end) in key order; an empty `end` means "to the end of the table".
struct KeyRange {
  std::string begin;
  std::string end;
};

// The range of all keys that start with `prefix`.
KeyRange PrefixRange(std::string_view prefix);

class KeyValueStore {
 public:
  virtual ~KeyValueStore() = default;

  // The value, or nullopt when the key is absent. DATA_LOSS when what is stored fails its checksum:
  // never reported as absence. `snapshot` may be null: the latest committed state.
  virtual absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key,
                                                         const Snapshot* snapshot) const = 0;

  // One entry per key, in the order asked. Same errors as Get, for the whole call.
  virtual absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, const std::vector<std::string>& keys, const Snapshot* snapshot) const = 0;

  // Calls `visit` for each key of `range` in ascending order until it returns false or the range
  // ends. The views passed are valid during the call of `visit` only. `visit` must not write.
  virtual absl::Status Scan(
      Table table, const KeyRange& range, const Snapshot* snapshot,
      const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;

  // Several scans of one table at one picture, cheaper than as many calls of Scan: for each of
  // `ranges`, in the order given, calls `visit` with the range's position and each of its keys,
  // ascending. When `visit` returns false that range is done and the next begins.
  // The default calls Scan for each range.
  using ManyVisitor =
      std::function<bool(std::size_t position, std::string_view key, std::string_view value)>;
  virtual absl::Status ScanMany(Table table, const std::vector<KeyRange>& ranges,
                                const Snapshot* snapshot, const ManyVisitor& visit) const;

  virtual std::unique_ptr<Snapshot> TakeSnapshot() const = 0;

  // Applies all writes or none. On OK the writes are on disk (fsync returned).
  // ABORTED: a precondition does not hold, nothing was written.
  // UNAVAILABLE: the store failed; whether the batch is on disk is unknown until the store is
  // opened again, and every later commit is refused.
  // RESOURCE_EXHAUSTED: the batch is larger than kBatchBytesMax; nothing was written.
  virtual absl::Status Commit(const Batch& batch) = 0;
};

// Keys plus values of one batch. Small enough for a remote ordered store's transaction limit to be
// met by splitting groups, large enough for a group of commits here.
inline constexpr std::size_t kBatchBytesMax = 8ul << 20;

// Bytes of keys and values that `batch` writes: what kBatchBytesMax bounds. Preconditions are read,
// not kept, and do not count.
std::size_t BatchBytes(const Batch& batch);

}  // namespace vigie::storage
