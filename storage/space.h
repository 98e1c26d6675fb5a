// Room on disk: a gate that stops commits before the disk is full, a check before the database is
// opened, and a ballast file that an administrator may delete to get going again.
//
// RocksDB aborts the process on a full disk, and again while it recovers; so it never gets to see
// one. Searches go on while the gate is shut.
//
// Thread safety: everything here may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace vigie::storage {

// Bytes that this process may still write on the file system that holds `path`.
// NOT_FOUND, PERMISSION_DENIED, UNAVAILABLE: it cannot be asked.
absl::StatusOr<std::uint64_t> FreeBytes(const std::string& path);

using FreeBytesProbe = std::function<absl::StatusOr<std::uint64_t>(const std::string& path)>;

enum class SpaceLevel : std::uint8_t {
  kEnough,
  kScarce,  // below high: to be warned about
  kLow,     // below low: commits are refused
};

struct Space {
  SpaceLevel level = SpaceLevel::kEnough;
  std::uint64_t free_bytes = 0;  // of the folder with the least
  std::string directory;         // that folder
};

class SpaceGate {
 public:
  struct Options {
    std::vector<std::string> directories;         // at least one; the fullest decides
    std::uint64_t free_bytes_low = 512ull << 20;  // exactly this much is enough
    std::uint64_t free_bytes_high = 2048ull << 20;
    std::string ballast_path;  // named in the messages when it exists; may be empty
    FreeBytesProbe probe;      // null: FreeBytes
  };
  explicit SpaceGate(Options options);

  // A space that cannot be measured is an error, not plenty. Costs a system call per folder.
  absl::StatusOr<Space> Measure() const;

  // OK when there is room to write: to be asked before each commit group and before the database is
  // opened. RESOURCE_EXHAUSTED says how much is free, how much is needed, and what may be deleted.
  absl::Status Check() const;

 private:
  const Options options_;
};

struct BallastOptions {
  std::string path;
  std::uint64_t bytes = 64ull << 20;              // 0: none is made; one that exists stays
  std::uint64_t free_bytes_high = 2048ull << 20;  // must still be free once the ballast is made
  FreeBytesProbe probe;                           // null: FreeBytes
};

// Makes the ballast file when it is missing and there is room for it; true when it stands on
// return. A missing ballast is no error: it was deleted to be missing, or the disk is scarce.
absl::StatusOr<bool> EnsureBallast(const BallastOptions& options);

}  // namespace vigie::storage
