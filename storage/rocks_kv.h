// The key-value seam on RocksDB: one column family per table, every commit synced before it is
// answered, every read checksummed. The options are fixed in rocks_kv.cc, each with its reason, and
// checked on the live database at every start.
//
// A failed write, sync, flush or compaction is final: nothing is retried, `poisoned` is called, all
// later commits are refused. The process should stop; opening again finds every acknowledged batch.
// Note that Debian's RocksDB is built with assertions: after a failed write to a file it may abort
// the process by itself, which loses nothing acknowledged either. Keep it away from a full disk
// (space.h).
//
// Thread safety: as kv.h says. Snapshots must be gone before the store is destroyed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/kv.h"

namespace rocksdb {
class Env;
struct Options;
}  // namespace rocksdb

namespace vigie::storage {

struct RocksKvOptions {
  std::string directory;  // its parent must exist
  // When false, a folder without a database is NOT_FOUND: for a caller who knows that there was
  // one.
  bool create_if_missing = true;
  // Nothing in the folder is changed, not even RocksDB's own log: logs are replayed in memory only,
  // commits are refused with FAILED_PRECONDITION. For looking before a recovery that cannot be
  // taken back: opening for writing drops what stands behind a damaged place of the log.
  bool read_only = false;
  // With read_only: the tables to read; empty: all. Entries of the others are passed over while a
  // log is replayed, which makes that several times cheaper; reading such a table is
  // FAILED_PRECONDITION.
  std::vector<Table> read_tables;
  std::uint64_t block_cache_bytes = 256ull << 20;
  // All tables together; one table's buffer is flushed at a quarter of it.
  std::uint64_t write_buffer_bytes = 128ull << 20;

  // Seams of the tests. Null: the machine's own files; options as they are in production.
  rocksdb::Env* env = nullptr;
  std::function<void(rocksdb::Options&)> change_options;
};

// What RocksDB can do beyond the seam, for maintenance and tests.
class RocksKv : public KeyValueStore {
 public:
  // Writes all tables' memory to files. UNAVAILABLE on failure; the store is then poisoned.
  virtual absl::Status Flush() = 0;
  // Rewrites every file: what was deleted leaves the disk. Long; reads and commits go on.
  virtual absl::Status CompactAll() = 0;
  // Reads every file of the database and compares with its recorded checksum. DATA_LOSS names the
  // first damaged file. Long; reads and commits go on.
  virtual absl::Status VerifyFiles() const = 0;
};

// Opens or creates. `poisoned` is called at most once, from any thread, when a write failed; it
// must not call the store, and may be null.
//
// FAILED_PRECONDITION: in use by another process; or tables that this program does not know, so a
// newer one wrote them. DATA_LOSS: a file is damaged or missing; nothing was changed by us.
// PERMISSION_DENIED: the folder may not be written. NOT_FOUND: see create_if_missing.
// INTERNAL: an option is not what rocks_kv.cc requires: a fault of the program.
absl::StatusOr<std::unique_ptr<RocksKv>> OpenRocksKv(
    const RocksKvOptions& options, std::function<void(const absl::Status&)> poisoned);

// INTERNAL naming the first option that would endanger what is stored, or leak it to RocksDB's own
// log. Public for its test; OpenRocksKv asks it about every table of the live database.
absl::Status CheckRocksOptions(const rocksdb::Options& live);

}  // namespace vigie::storage
