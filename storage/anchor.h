// The anchor: a small file beside the database, ideally on another disk, that remembers which
// commit was acknowledged last. RocksDB opens without a word when its log was deleted, cut or
// rolled back; the anchor is how we notice that acknowledged commits are missing.
//
// File `anchor` in the folder given, mode 0600: records of 64 bytes, oldest first, commit numbers
// rising. Integers are little-endian.
//
//   offset size
//    0      4   magic and version: "VGA1"
//    4      8   base: first 8 bytes of SHA-256 of the base id
//   12      8   commit number
//   20     32   chain hash of that commit's audit entry
//   52      8   wall clock when appended, microseconds since 1970 UTC
//   60      4   CRC-32C of bytes 0..59
//
// A record that was cut short or garbled at the very end of the file is one whose sync had not
// returned: it was never acknowledged and is dropped. Damage anywhere else is DATA_LOSS.
// When the file exceeds kAnchorFileBytesMax, its newest kAnchorRecordsKept records go to a new file
// that replaces it by rename.
//
// Thread safety: one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "matching/identity.h"

namespace vigie::storage {

inline constexpr std::size_t kAnchorRecordBytes = 64;
inline constexpr std::size_t kAnchorFileBytesMax = 1ul << 20;
inline constexpr std::size_t kAnchorRecordsKept = 1024;
inline constexpr std::size_t kChainHashBytes = 32;

struct AnchorRecord {
  std::string base_hash;  // 8 bytes, AnchorBaseHash of the base id
  std::int64_t commit_number = 0;
  std::string chain_hash;  // 32 bytes
  matching::Instant appended_at{};
  bool operator==(const AnchorRecord&) const = default;
};

std::string AnchorBaseHash(const std::string& base_id);

// `base_hash` and `chain_hash` must have their lengths.
std::string EncodeAnchorRecord(const AnchorRecord& record);
// nullopt when `bytes` is not exactly one intact record.
std::optional<AnchorRecord> DecodeAnchorRecord(const std::string& bytes);

// All records of the folder's anchor, oldest first; empty when there is no file. Changes nothing.
// DATA_LOSS: damaged before its last record, or commit numbers do not rise, or it holds records of
// more than one base. PERMISSION_DENIED, UNAVAILABLE: cannot be read.
absl::StatusOr<std::vector<AnchorRecord>> ReadAnchor(const std::string& directory);

class AnchorFile {
 public:
  struct Options {
    std::string directory;  // created (0700) when missing; its parent must exist
    std::string base_id;
    std::size_t file_bytes_max = kAnchorFileBytesMax;
    std::size_t records_kept = kAnchorRecordsKept;
    std::function<int(int file_descriptor)> data_sync;  // null: fdatasync; for tests
  };

  // Opens or creates, drops an unacknowledged end of the file.
  // FAILED_PRECONDITION: the file belongs to another base. Otherwise errors as ReadAnchor.
  static absl::StatusOr<std::unique_ptr<AnchorFile>> Open(Options options);

  ~AnchorFile();
  AnchorFile(const AnchorFile&) = delete;
  AnchorFile& operator=(const AnchorFile&) = delete;

  // On OK the record is on disk. `commit_number` must be greater than the last one's and
  // `chain_hash` 32 bytes, else INVALID_ARGUMENT and nothing happens.
  // UNAVAILABLE: whether the record is on disk is unknown; every later call is refused.
  absl::Status Append(std::int64_t commit_number, const std::string& chain_hash,
                      matching::Instant now);

  // The last record appended or found at opening; nullopt when there is none.
  const std::optional<AnchorRecord>& Last() const { return last_; }

 private:
  AnchorFile(Options options, std::string base_hash);

  absl::Status OpenFile();
  absl::Status WriteRecord(const AnchorRecord& record);
  absl::Status Rewrite();

  const Options options_;
  const std::string base_hash_;
  int file_ = -1;
  std::size_t file_bytes_ = 0;
  std::optional<AnchorRecord> last_;
  bool failed_ = false;
};

}  // namespace vigie::storage
