#include "storage/anchor.h"

#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "storage/crc32c.h"
#include "storage/data_directory.h"

namespace vigie::storage {
namespace {

constexpr std::string_view kMagic = "VGA1";
constexpr std::size_t kBaseHashBytes = 8;
constexpr std::size_t kBaseAt = 4;
constexpr std::size_t kCommitNumberAt = kBaseAt + kBaseHashBytes;
constexpr std::size_t kChainHashAt = kCommitNumberAt + 8;
constexpr std::size_t kTimeAt = kChainHashAt + kChainHashBytes;
constexpr std::size_t kChecksumAt = kTimeAt + 8;
static_assert(kChecksumAt + 4 == kAnchorRecordBytes);
// Far more than Rewrite lets a file grow to; a longer one is not ours to load.
constexpr off_t kReadBytesMax = 64L << 20;

std::string FilePath(const std::string& directory) { return directory + "/anchor"; }

void AppendLittleEndian(std::uint64_t value, std::size_t bytes, std::string& out) {
  for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xff);
}

std::uint64_t LittleEndianAt(const std::string& bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  }
  return value;
}

absl::Status ReadWhole(int file, std::string& content) {
  std::array<char, 65536> buffer = {};
  while (true) {
    const ssize_t count = read(file, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::UnavailableError("anchor: the file cannot be read");
    if (count == 0) return absl::OkStatus();
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > kReadBytesMax) {
      return absl::DataLossError("anchor: the file is far longer than it can be");
    }
  }
}

absl::Status WriteWhole(int file, const std::string& content) {
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t count = write(file, content.data() + done, content.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return absl::UnavailableError("anchor: the file cannot be written");
    done += static_cast<std::size_t>(count);
  }
  return absl::OkStatus();
}

// The file's bytes; nullopt when there is no file.
absl::StatusOr<std::optional<std::string>> LoadFile(const std::string& directory) {
  const int file = open(FilePath(directory).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    if (errno == ENOENT) return std::optional<std::string>();
    return absl::ErrnoToStatus(errno, "open anchor in " + directory);
  }
  std::string content;
  const absl::Status status = ReadWhole(file, content);
  close(file);
  if (!status.ok()) return status;
  return std::make_optional(std::move(content));
}

// All records but an unacknowledged end.
absl::StatusOr<std::vector<AnchorRecord>> ParseRecords(const std::string& content) {
  std::vector<AnchorRecord> records;
  records.reserve(content.size() / kAnchorRecordBytes);
  for (std::size_t at = 0; at < content.size(); at += kAnchorRecordBytes) {
    const std::optional<AnchorRecord> record =
        DecodeAnchorRecord(content.substr(at, kAnchorRecordBytes));
    if (!record) {
      if (content.size() - at <= kAnchorRecordBytes) break;
      return absl::DataLossError("anchor: record " + std::to_string(at / kAnchorRecordBytes) +
                                 " is damaged");
    }
    if (!records.empty() && record->commit_number <= records.back().commit_number) {
      return absl::DataLossError("anchor: commit numbers do not rise at record " +
                                 std::to_string(records.size()));
    }
    if (!records.empty() && record->base_hash != records.back().base_hash) {
      return absl::DataLossError("anchor: holds records of more than one base");
    }
    records.push_back(*record);
  }
  return records;
}

}  // namespace

std::string AnchorBaseHash(const std::string& base_id) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest = {};
  SHA256(reinterpret_cast<const unsigned char*>(base_id.data()), base_id.size(), digest.data());
  return std::string(digest.begin(), digest.begin() + kBaseHashBytes);
}

std::string EncodeAnchorRecord(const AnchorRecord& record) {
  std::string bytes(kMagic);
  bytes += record.base_hash;
  AppendLittleEndian(static_cast<std::uint64_t>(record.commit_number), 8, bytes);
  bytes += record.chain_hash;
  const auto microseconds = record.appended_at.time_since_epoch().count();
  AppendLittleEndian(static_cast<std::uint64_t>(microseconds), 8, bytes);
  AppendLittleEndian(Crc32c(bytes), 4, bytes);
  return bytes;
}

std::optional<AnchorRecord> DecodeAnchorRecord(const std::string& bytes) {
  if (bytes.size() != kAnchorRecordBytes || bytes.substr(0, kMagic.size()) != kMagic) {
    return std::nullopt;
  }
  if (LittleEndianAt(bytes, kChecksumAt, 4) != Crc32c(bytes.substr(0, kChecksumAt))) {
    return std::nullopt;
  }
  AnchorRecord record;
  record.base_hash = bytes.substr(kBaseAt, kBaseHashBytes);
  record.commit_number = static_cast<std::int64_t>(LittleEndianAt(bytes, kCommitNumberAt, 8));
  record.chain_hash = bytes.substr(kChainHashAt, kChainHashBytes);
  record.appended_at = matching::Instant(
      std::chrono::microseconds(static_cast<std::int64_t>(LittleEndianAt(bytes, kTimeAt, 8))));
  return record;
}

absl::StatusOr<std::vector<AnchorRecord>> ReadAnchor(const std::string& directory) {
  const absl::StatusOr<std::optional<std::string>> content = LoadFile(directory);
  if (!content.ok()) return content.status();
  return ParseRecords(content->value_or(""));
}

AnchorFile::AnchorFile(Options options, std::string base_hash)
    : options_(std::move(options)), base_hash_(std::move(base_hash)) {}

AnchorFile::~AnchorFile() {
  if (file_ >= 0) close(file_);
}

absl::StatusOr<std::unique_ptr<AnchorFile>> AnchorFile::Open(Options options) {
  if (options.records_kept == 0 ||
      options.file_bytes_max < (options.records_kept + 1) * kAnchorRecordBytes) {
    return absl::InvalidArgumentError("anchor: the file must have room for the records kept");
  }
  if (!options.data_sync) options.data_sync = ::fdatasync;
  if (absl::Status status = MakePrivateDirectory(options.directory); !status.ok()) return status;
  std::string base_hash = AnchorBaseHash(options.base_id);
  std::unique_ptr<AnchorFile> anchor(new AnchorFile(std::move(options), std::move(base_hash)));
  if (absl::Status status = anchor->OpenFile(); !status.ok()) return status;
  return anchor;
}

absl::Status AnchorFile::OpenFile() {
  absl::StatusOr<std::vector<AnchorRecord>> records = ReadAnchor(options_.directory);
  if (!records.ok()) return records.status();
  if (!records->empty()) {
    if (records->back().base_hash != base_hash_) {
      return absl::FailedPreconditionError("anchor in " + options_.directory +
                                           " belongs to another base");
    }
    last_ = records->back();
  }
  file_ = open(FilePath(options_.directory).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
               S_IRUSR | S_IWUSR);
  if (file_ < 0) return absl::ErrnoToStatus(errno, "open anchor in " + options_.directory);
  file_bytes_ = records->size() * kAnchorRecordBytes;
  // An unacknowledged end goes away, so that what is appended next is aligned.
  if (ftruncate(file_, static_cast<off_t>(file_bytes_)) != 0 || options_.data_sync(file_) != 0) {
    return absl::UnavailableError("anchor: the file cannot be prepared");
  }
  return SyncDirectory(options_.directory);
}

absl::Status AnchorFile::Append(std::int64_t commit_number, const std::string& chain_hash,
                                matching::Instant now) {
  if (failed_) return absl::UnavailableError("anchor: refused, an earlier append failed");
  if (chain_hash.size() != kChainHashBytes || (last_ && commit_number <= last_->commit_number)) {
    return absl::InvalidArgumentError("anchor: commit number " + std::to_string(commit_number) +
                                      " does not follow, or its hash has a wrong length");
  }
  AnchorRecord record{base_hash_, commit_number, chain_hash, now};
  if (absl::Status status = WriteRecord(record); !status.ok()) {
    failed_ = true;  // a failed sync is not asked again: the pages may be marked clean
    return status;
  }
  last_ = std::move(record);
  return absl::OkStatus();
}

absl::Status AnchorFile::WriteRecord(const AnchorRecord& record) {
  if (file_bytes_ + kAnchorRecordBytes > options_.file_bytes_max) {
    if (absl::Status status = Rewrite(); !status.ok()) return status;
  }
  if (absl::Status status = WriteWhole(file_, EncodeAnchorRecord(record)); !status.ok()) {
    return status;
  }
  if (options_.data_sync(file_) != 0) {
    return absl::UnavailableError("anchor: the file cannot be synced");
  }
  file_bytes_ += kAnchorRecordBytes;
  return absl::OkStatus();
}

// Replaces the file by its newest records. The old file stays in place until the new one is whole
// on disk, so a crash at any moment leaves one of the two.
absl::Status AnchorFile::Rewrite() {
  const absl::StatusOr<std::optional<std::string>> content = LoadFile(options_.directory);
  if (!content.ok()) return absl::UnavailableError("anchor: the file cannot be read back");
  const std::string old = content->value_or("");
  const std::size_t kept_bytes = options_.records_kept * kAnchorRecordBytes;
  if (old.size() != file_bytes_ || old.size() < kept_bytes) {
    return absl::UnavailableError("anchor: the file is not as long as what was written");
  }

  const std::string path = FilePath(options_.directory);
  const std::string new_path = path + ".new";
  const int file = open(new_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
                        S_IRUSR | S_IWUSR);
  if (file < 0) return absl::UnavailableError("anchor: a new file cannot be made");
  close(file_);
  file_ = file;
  if (absl::Status status = WriteWhole(file_, old.substr(old.size() - kept_bytes)); !status.ok()) {
    return status;
  }
  if (options_.data_sync(file_) != 0) {
    return absl::UnavailableError("anchor: the new file cannot be synced");
  }
  if (rename(new_path.c_str(), path.c_str()) != 0 || !SyncDirectory(options_.directory).ok()) {
    return absl::UnavailableError("anchor: the new file cannot take the old one's place");
  }
  file_bytes_ = kept_bytes;
  return absl::OkStatus();
}

}  // namespace vigie::storage
