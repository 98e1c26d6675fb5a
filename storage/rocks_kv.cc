#include "storage/rocks_kv.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/snapshot.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <shared_mutex>

namespace vigie::storage {
namespace {

constexpr std::size_t kProtectionBytesPerKey = 8;
constexpr double kFilterBitsPerKey = 10.0;  // 1 % of absent keys cost a read

// Tables that each new record is looked for in, in vain: files have a filter for that anyway.
constexpr bool IsAskedForNewKeys(Table table) {
  return table == Table::kIdentity || table == Table::kLocalId || table == Table::kHistory ||
         table == Table::kVisit || table == Table::kRequest;
}

// Tables that are asked for all keys with the same first 8 bytes, mostly in vain: the candidates of
// a key (a number), the identities of a birth date, name kind and three letters. Filters over these
// bytes, in memory and in files, answer most of it without a search.
constexpr std::size_t kPrefixBytes = 8;
constexpr double kMemoryFilterPart = 0.05;  // of a table's buffer: about 10 bits a prefix
constexpr bool HasPrefixFilter(Table table) {
  return table == Table::kCandidate || table == Table::kSearch;
}

rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// ---------------------------------------------------------------------------------------------
// Errors. RocksDB's own texts may quote keys (overlapping files are reported with theirs, whatever
// allow_data_in_errors says), so of a text only the kind and the file's name are passed on.

bool IsFileName(std::string_view name) {
  if (name.substr(0, 9) == "MANIFEST-" || name == "CURRENT" || name == "IDENTITY") return true;
  const std::size_t dot = name.find('.');
  if (dot == 0 || dot == std::string_view::npos) return false;
  const std::string_view kind = name.substr(dot);
  return (kind == ".sst" || kind == ".log") &&
         std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(dot),
                     [](char c) { return c >= '0' && c <= '9'; });
}

// The first name of a database file in `text`, or nothing.
std::string FileNameIn(const std::string& text) {
  constexpr std::string_view kNameLetters =
      "0123456789.-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::size_t begin = text.find_first_of(kNameLetters);
  while (begin != std::string::npos) {
    const std::size_t end = std::min(text.find_first_not_of(kNameLetters, begin), text.size());
    std::string name = text.substr(begin, end - begin);
    if (IsFileName(name)) return name;
    begin = text.find_first_of(kNameLetters, end);
  }
  return "";
}

std::string_view KindOf(const rocksdb::Status& status) {
  if (status.IsCorruption()) return "damaged data";
  if (status.IsPathNotFound()) return "missing file";
  if (status.IsNoSpace()) return "no space";
  if (status.IsIOError()) return "input/output error";
  if (status.IsNotSupported()) return "not supported by this RocksDB";
  if (status.IsInvalidArgument()) return "invalid argument";
  return "failure";
}

std::string Describe(const std::string& doing, const rocksdb::Status& status) {
  std::string text = doing + ": " + std::string(KindOf(status));
  const std::string file = FileNameIn(status.ToString());
  if (!file.empty()) text += " in " + file;
  return text;
}

absl::Status ReadError(const std::string& doing, const rocksdb::Status& status) {
  const std::string text = Describe(doing, status);
  if (status.IsCorruption() || status.IsPathNotFound()) return absl::DataLossError(text);
  return absl::InternalError(text);
}

absl::Status OpenError(const rocksdb::Status& status) {
  const std::string text = Describe("open database", status);
  if (status.IsCorruption() || status.IsPathNotFound()) return absl::DataLossError(text);
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(text);
  if (status.IsNotSupported()) return absl::FailedPreconditionError(text);
  if (!status.IsIOError()) return absl::InternalError(text);
  if (status.ToString().find("Permission denied") != std::string::npos) {
    return absl::PermissionDeniedError(text);
  }
  return absl::UnavailableError(text);
}

// The first failure of a write, from whichever thread notices it; later ones change nothing.
class Fault {
 public:
  explicit Fault(std::function<void(const absl::Status&)> poisoned)
      : poisoned_(std::move(poisoned)) {}

  bool raised() const { return raised_.load(); }

  absl::Status Raise(const std::string& doing, const rocksdb::Status& cause) {
    absl::Status status = absl::UnavailableError(Describe(doing, cause));
    const bool first = !raised_.exchange(true);
    if (first && armed_.load() && poisoned_) poisoned_(status);
    return status;
  }

  // Faults while opening are the answer of the opening; only later ones call `poisoned`.
  void Arm() { armed_.store(true); }

 private:
  const std::function<void(const absl::Status&)> poisoned_;
  std::atomic<bool> raised_ = false;
  std::atomic<bool> armed_ = false;
};

class FaultListener : public rocksdb::EventListener {
 public:
  explicit FaultListener(std::shared_ptr<Fault> fault) : fault_(std::move(fault)) {}

  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override {
    // An error already returned to a committer arrives here as well; Fault counts once.
    const bool compaction = reason == rocksdb::BackgroundErrorReason::kCompaction;
    static_cast<void>(fault_->Raise(compaction ? "compact tables" : "write tables", *error));
  }

  // A sync that failed may not be asked again: the kernel may have marked the pages clean.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status /*error*/,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }

 private:
  const std::shared_ptr<Fault> fault_;
};

// ---------------------------------------------------------------------------------------------
// RocksDB's own log. At INFO it prints the bounds of compactions, which are keys; so warnings only,
// and what a warning says after the word "key" is withheld.

constexpr rocksdb::InfoLogLevel kLogLevel = rocksdb::InfoLogLevel::WARN_LEVEL;

class DiscreetLogger : public rocksdb::Logger {
 public:
  explicit DiscreetLogger(std::shared_ptr<rocksdb::Logger> target)
      : rocksdb::Logger(kLogLevel), target_(std::move(target)) {}

  using rocksdb::Logger::Logv;
  void Logv(const char* format, std::va_list arguments) override {
    rocksdb::Warn(target_, "%s", Discreet(format, arguments).c_str());
  }
  void Logv(rocksdb::InfoLogLevel level, const char* format, std::va_list arguments) override {
    if (level < GetInfoLogLevel()) return;
    rocksdb::Log(level, target_, "%s", Discreet(format, arguments).c_str());
  }
  void LogHeader(const char* format, std::va_list arguments) override {
    rocksdb::Header(target_, "%s", Format(format, arguments).c_str());  // options, no data
  }
  std::size_t GetLogFileSize() const override { return target_->GetLogFileSize(); }
  void Flush() override { target_->Flush(); }

 private:
  static std::string Format(const char* format, std::va_list arguments) {
    std::array<char, 4096> line = {};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    return line.data();
  }
  static std::string Discreet(const char* format, std::va_list arguments) {
    std::string line = Format(format, arguments);
    const std::size_t key = std::min(line.find("key"), line.find("Key"));
    if (key != std::string::npos) line.replace(key, std::string::npos, "(withheld)");
    return line;
  }

  const std::shared_ptr<rocksdb::Logger> target_;
};

class SilentLogger : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, std::va_list /*arguments*/) override {}
};

absl::Status UseDiscreetLog(const RocksKvOptions& wanted, rocksdb::Options& options) {
  if (wanted.read_only) {  // a log file would rename the one of the last writer
    options.info_log = std::make_shared<SilentLogger>();
    return absl::OkStatus();
  }
  std::shared_ptr<rocksdb::Logger> log;
  const rocksdb::Status status = rocksdb::CreateLoggerFromOptions(wanted.directory, options, &log);
  if (!status.ok()) return OpenError(status);
  options.info_log = std::make_shared<DiscreetLogger>(std::move(log));
  return absl::OkStatus();
}

// ---------------------------------------------------------------------------------------------
// Options. What is named in CheckRocksOptions is required; the rest is size and speed.

void SetSafety(rocksdb::Options& options) {
  options.paranoid_checks = true;
  options.force_consistency_checks = true;
  options.flush_verify_memtable_count = true;
  options.check_flush_compaction_key_order = true;
  options.verify_sst_unique_id_in_manifest = true;
  // Survives an innocent torn end; that nothing acknowledged is missing, the anchor proves.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // Sees closed logs that are missing or short. Never call SyncWAL or FlushWAL(true) with it:
  // in 7.8 they make it cry wolf.
  options.track_and_verify_wals_in_manifest = true;
  options.memtable_protection_bytes_per_key = kProtectionBytesPerKey;
  options.paranoid_file_checks = true;  // read back each file made: our write rate is small
  options.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  // Shows a swapped or copied folder. (7.8 does not report it back, so it is not checked.)
  options.write_dbid_to_manifest = true;
  options.fail_if_options_file_error = true;
  options.max_bgerror_resume_count = 0;  // we stop; we never try a failed sync again
  options.allow_data_in_errors = false;
  options.info_log_level = kLogLevel;
  // Each of these had a fix for loss, corruption or a hang after 7.8.3.
  options.manual_wal_flush = false;
  options.wal_compression = rocksdb::kNoCompression;
  options.recycle_log_file_num = 0;
  options.atomic_flush = false;  // one batch over all tables is atomic through the log
  options.avoid_flush_during_recovery = false;
  options.avoid_flush_during_shutdown = false;
  options.enable_pipelined_write = false;
  options.unordered_write = false;
  options.two_write_queues = false;
  options.allow_2pc = false;
  options.allow_mmap_reads = false;
  options.allow_mmap_writes = false;
  options.inplace_update_support = false;
  options.enable_blob_files = false;
}

void SetSizes(const RocksKvOptions& wanted, rocksdb::Options& options) {
  options.db_write_buffer_size = wanted.write_buffer_bytes;
  options.write_buffer_size = wanted.write_buffer_bytes / 4;
  options.max_write_buffer_number = 3;
  options.max_total_wal_size = 256ull << 20;  // bounds the time of a recovery
  // One flush at a time: in 7.8 a failing one may delete another's pending files.
  options.max_background_flushes = 1;
  options.max_background_compactions = 2;
  options.max_open_files = 512;  // out of descriptors is fatal: stay far below the unit's limit
  options.keep_log_file_num = 10;
  options.max_log_file_size = 16 << 20;
  options.stats_dump_period_sec = 0;
  options.compression = rocksdb::kLZ4Compression;
  options.bottommost_compression = rocksdb::kZSTD;
}

rocksdb::BlockBasedTableOptions TableOptions(const RocksKvOptions& wanted) {
  rocksdb::BlockBasedTableOptions table;
  table.checksum = rocksdb::kXXH3;  // the baseline build has no hardware CRC
  table.format_version = 5;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
  // LRU: HyperClockCache is experimental in 7.8, and a few per cent are not worth that.
  table.block_cache = rocksdb::NewLRUCache(wanted.block_cache_bytes);
  // Indexes and filters count within the cache, so that memory stays bounded with millions of keys.
  table.cache_index_and_filter_blocks = true;
  // In pieces: the filter of a whole file of small keys is larger than a shard of the cache holds,
  // so it would be read again, and its checksum reckoned, for each key looked for.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.pin_top_level_index_and_filter = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  return table;
}

rocksdb::Options MakeOptions(const RocksKvOptions& wanted) {
  rocksdb::Options options;
  if (wanted.env != nullptr) options.env = wanted.env;
  options.create_if_missing = wanted.create_if_missing;
  options.create_missing_column_families = true;
  SetSafety(options);
  SetSizes(wanted, options);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(TableOptions(wanted)));
  if (wanted.change_options) wanted.change_options(options);
  return options;
}

// Never to be changed while the database is open: RocksDB 7.8 mixes old and new prefixes up. Files
// written with another prefix, or none, are read without their prefix filter.
rocksdb::Options OptionsOf(Table table, rocksdb::Options options) {
  if (IsAskedForNewKeys(table)) {
    options.memtable_whole_key_filtering = true;
    options.memtable_prefix_bloom_size_ratio = kMemoryFilterPart;
  }
  // A batch is written in the order of its keys: each goes in near the one before it, from where
  // the search for its place begins (one such hint for all, hence the empty prefix).
  options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewCappedPrefixTransform(0));
  if (!HasPrefixFilter(table)) return options;
  // Capped, not fixed: of a key shorter than that (damage, here) a fixed one asserts.
  options.prefix_extractor.reset(rocksdb::NewCappedPrefixTransform(kPrefixBytes));
  options.memtable_prefix_bloom_size_ratio = kMemoryFilterPart;
  return options;
}

struct Requirement {
  const char* option;
  bool holds;
};

absl::Status FirstBroken(const std::vector<Requirement>& requirements) {
  for (const Requirement& requirement : requirements) {
    if (!requirement.holds) {
      return absl::InternalError("database option " + std::string(requirement.option) +
                                 " is not as required");
    }
  }
  return absl::OkStatus();
}

std::vector<Requirement> LogRequirements(const rocksdb::Options& live) {
  return {
      {"wal_recovery_mode",
       live.wal_recovery_mode == rocksdb::WALRecoveryMode::kPointInTimeRecovery},
      {"track_and_verify_wals_in_manifest", live.track_and_verify_wals_in_manifest},
      {"manual_wal_flush", !live.manual_wal_flush},
      {"wal_compression", live.wal_compression == rocksdb::kNoCompression},
      {"recycle_log_file_num", live.recycle_log_file_num == 0},
      {"max_bgerror_resume_count", live.max_bgerror_resume_count == 0},
      {"atomic_flush", !live.atomic_flush},
      {"avoid_flush_during_recovery", !live.avoid_flush_during_recovery},
      {"avoid_flush_during_shutdown", !live.avoid_flush_during_shutdown},
      {"enable_pipelined_write", !live.enable_pipelined_write},
      {"unordered_write", !live.unordered_write},
      {"two_write_queues", !live.two_write_queues},
      {"allow_2pc", !live.allow_2pc},
      {"allow_data_in_errors", !live.allow_data_in_errors},
      {"info_log_level", live.info_log_level >= kLogLevel},
      {"max_open_files", live.max_open_files > 0},
      {"fail_if_options_file_error", live.fail_if_options_file_error},
  };
}

std::vector<Requirement> FileRequirements(const rocksdb::Options& live) {
  const auto* table = live.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>();
  const auto* checksums = live.file_checksum_gen_factory.get();
  return {
      {"paranoid_checks", live.paranoid_checks},
      {"force_consistency_checks", live.force_consistency_checks},
      {"flush_verify_memtable_count", live.flush_verify_memtable_count},
      {"check_flush_compaction_key_order", live.check_flush_compaction_key_order},
      {"verify_sst_unique_id_in_manifest", live.verify_sst_unique_id_in_manifest},
      {"paranoid_file_checks", live.paranoid_file_checks},
      {"memtable_protection_bytes_per_key",
       live.memtable_protection_bytes_per_key == kProtectionBytesPerKey},
      {"file_checksum_gen_factory", checksums != nullptr},
      {"allow_mmap_reads", !live.allow_mmap_reads},
      {"allow_mmap_writes", !live.allow_mmap_writes},
      {"inplace_update_support", !live.inplace_update_support},
      {"enable_blob_files", !live.enable_blob_files},
      {"checksum", table != nullptr && table->checksum == rocksdb::kXXH3},
      {"format_version", table != nullptr && table->format_version == 5},
      {"filter_policy", table != nullptr && table->filter_policy != nullptr},
      {"partition_filters", table != nullptr && table->partition_filters},
  };
}

// A prefix other than the one the scans count on would hide rows from them.
absl::Status CheckPrefix(Table table, const rocksdb::Options& live) {
  const rocksdb::SliceTransform* prefix = live.prefix_extractor.get();
  if (!HasPrefixFilter(table)) return FirstBroken({{"prefix_extractor", prefix == nullptr}});
  const std::string key(2 * kPrefixBytes, 'k');
  return FirstBroken({{"prefix_extractor",
                       prefix != nullptr && prefix->InDomain("k") && prefix->InDomain(key) &&
                           prefix->Transform(key) == rocksdb::Slice(key.data(), kPrefixBytes)}});
}

// Whether all keys that `range` can hold have the same first bytes, and those a filter.
bool IsWithinOnePrefix(Table table, const KeyRange& range) {
  if (!HasPrefixFilter(table) || range.begin.size() < kPrefixBytes) return false;
  const std::string prefix_end =
      PrefixRange(std::string_view(range.begin).substr(0, kPrefixBytes)).end;
  return prefix_end.empty() || (!range.end.empty() && range.end <= prefix_end);
}

// ---------------------------------------------------------------------------------------------

class RocksSnapshot : public Snapshot {
 public:
  explicit RocksSnapshot(rocksdb::DB* database) : managed_(database) {}
  const rocksdb::Snapshot* get() { return managed_.snapshot(); }

 private:
  rocksdb::ManagedSnapshot managed_;
};

rocksdb::ReadOptions ReadOptionsAt(const Snapshot* snapshot) {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  if (snapshot != nullptr) {
    // The interface hands out const snapshots; RocksDB's accessor is not const, but changes
    // nothing.
    options.snapshot =
        const_cast<RocksSnapshot*>(static_cast<const RocksSnapshot*>(snapshot))->get();
  }
  return options;
}

rocksdb::ReadOptions ScanOptionsAt(const Snapshot* snapshot, bool within_one_prefix) {
  rocksdb::ReadOptions options = ReadOptionsAt(snapshot);
  options.prefix_same_as_start = within_one_prefix;
  options.total_order_seek = !within_one_prefix;
  return options;
}

rocksdb::WriteOptions DurableWrite() {
  rocksdb::WriteOptions options;
  options.sync = true;
  options.protection_bytes_per_key = kProtectionBytesPerKey;
  return options;
}

class OpenedRocksKv : public RocksKv {
 public:
  // `handles`: one for each of `tables`, then RocksDB's "default".
  OpenedRocksKv(std::unique_ptr<rocksdb::DB> database, const std::vector<Table>& tables,
                std::vector<rocksdb::ColumnFamilyHandle*> handles, std::shared_ptr<Fault> fault,
                bool read_only)
      : database_(std::move(database)),
        handles_(std::move(handles)),
        fault_(std::move(fault)),
        read_only_(read_only) {
    for (std::size_t i = 0; i < tables.size(); ++i) {
      families_.at(static_cast<std::size_t>(tables[i])) = handles_.at(i);
    }
  }

  ~OpenedRocksKv() override {
    for (rocksdb::ColumnFamilyHandle* family : handles_) {
      database_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
    }
    // After a fault it answers the same fault again: nothing new to say.
    database_->Close().PermitUncheckedError();
  }

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key,
                                                 const Snapshot* snapshot) const override {
    if (absl::Status status = CheckOpened(table); !status.ok()) return status;
    rocksdb::PinnableSlice value;
    const rocksdb::Status status =
        database_->Get(ReadOptionsAt(snapshot), Family(table), ToSlice(key), &value);
    return ToValue(table, status, value);
  }

  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, const std::vector<std::string>& keys, const Snapshot* snapshot) const override;

  absl::Status Scan(
      Table table, const KeyRange& range, const Snapshot* snapshot,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override;

  absl::Status ScanMany(Table table, const std::vector<KeyRange>& ranges, const Snapshot* snapshot,
                        const ManyVisitor& visit) const override;

  std::unique_ptr<Snapshot> TakeSnapshot() const override {
    return std::make_unique<RocksSnapshot>(database_.get());
  }

  absl::Status Commit(const Batch& batch) override;

  absl::Status Flush() override {
    return Maintain("flush tables", [this](rocksdb::ColumnFamilyHandle* family) {
      return database_->Flush(rocksdb::FlushOptions(), family);
    });
  }

  absl::Status CompactAll() override {
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    return Maintain("compact tables", [this, &options](rocksdb::ColumnFamilyHandle* family) {
      return database_->CompactRange(options, family, nullptr, nullptr);
    });
  }

  absl::Status VerifyFiles() const override {
    const rocksdb::Status status = database_->VerifyFileChecksums(rocksdb::ReadOptions());
    return status.ok() ? absl::OkStatus() : ReadError("verify files", status);
  }

 private:
  rocksdb::ColumnFamilyHandle* Family(Table table) const {
    return families_.at(static_cast<std::size_t>(table));
  }

  static absl::StatusOr<std::optional<std::string>> ToValue(Table table,
                                                            const rocksdb::Status& status,
                                                            const rocksdb::PinnableSlice& value) {
    if (status.ok()) return std::make_optional(value.ToString());
    if (status.IsNotFound()) return std::optional<std::string>();
    return ReadError("read table " + std::string(TableName(table)), status);
  }

  absl::Status CheckOpened(Table table) const {
    if (Family(table) != nullptr) return absl::OkStatus();
    return absl::FailedPreconditionError("read: table " + std::string(TableName(table)) +
                                         " was not opened");
  }

  absl::Status CheckWritable() const {
    if (read_only_) return absl::FailedPreconditionError("commit: the store is open read-only");
    if (fault_->raised()) return absl::UnavailableError("commit: refused, an earlier write failed");
    return absl::OkStatus();
  }

  absl::Status CheckPreconditions(const Batch& batch) const;
  absl::Status WriteDurably(const Batch& batch);
  absl::Status Maintain(
      const std::string& doing,
      const std::function<rocksdb::Status(rocksdb::ColumnFamilyHandle*)>& maintain) const;

  const std::unique_ptr<rocksdb::DB> database_;
  const std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  // By table, out of handles_; null: not opened (RocksKvOptions::read_tables).
  std::array<rocksdb::ColumnFamilyHandle*, kTableCount> families_ = {};
  const std::shared_ptr<Fault> fault_;
  const bool read_only_;
  // Held alone from the check of preconditions to the write; shared by commits without any, which
  // RocksDB then groups under one sync.
  std::shared_mutex commit_mutex_;
};

absl::StatusOr<std::vector<std::optional<std::string>>> OpenedRocksKv::MultiGet(
    Table table, const std::vector<std::string>& keys, const Snapshot* snapshot) const {
  if (absl::Status status = CheckOpened(table); !status.ok()) return status;
  const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> found(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  database_->MultiGet(ReadOptionsAt(snapshot), Family(table), keys.size(), slices.data(),
                      found.data(), statuses.data());
  std::vector<std::optional<std::string>> values;
  values.reserve(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    absl::StatusOr<std::optional<std::string>> value = ToValue(table, statuses[i], found[i]);
    if (!value.ok()) return value.status();
    values.push_back(*std::move(value));
  }
  return values;
}

absl::Status OpenedRocksKv::Scan(
    Table table, const KeyRange& range, const Snapshot* snapshot,
    const std::function<bool(std::string_view, std::string_view)>& visit) const {
  if (absl::Status status = CheckOpened(table); !status.ok()) return status;
  const rocksdb::Slice upper_bound(range.end);
  rocksdb::ReadOptions options = ScanOptionsAt(snapshot, IsWithinOnePrefix(table, range));
  if (!range.end.empty()) options.iterate_upper_bound = &upper_bound;
  const std::unique_ptr<rocksdb::Iterator> row(database_->NewIterator(options, Family(table)));
  for (row->Seek(range.begin); row->Valid(); row->Next()) {
    if (!visit(ToView(row->key()), ToView(row->value()))) return absl::OkStatus();
  }
  if (row->status().ok()) return absl::OkStatus();
  return ReadError("scan table " + std::string(TableName(table)), row->status());
}

// One iterator for all ranges: making one costs as much as several seeks. Its upper bound may not
// change, so the ends of ranges are seen to here; within one prefix RocksDB stops by itself.
absl::Status OpenedRocksKv::ScanMany(Table table, const std::vector<KeyRange>& ranges,
                                     const Snapshot* snapshot, const ManyVisitor& visit) const {
  if (absl::Status status = CheckOpened(table); !status.ok()) return status;
  const bool by_prefix = std::all_of(ranges.begin(), ranges.end(), [table](const KeyRange& range) {
    return IsWithinOnePrefix(table, range);
  });
  const rocksdb::ReadOptions options = ScanOptionsAt(snapshot, by_prefix);
  const std::unique_ptr<rocksdb::Iterator> row(database_->NewIterator(options, Family(table)));
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const KeyRange& range = ranges[i];
    for (row->Seek(range.begin); row->Valid(); row->Next()) {
      const std::string_view key = ToView(row->key());
      if (!range.end.empty() && key >= range.end) break;
      if (!visit(i, key, ToView(row->value()))) break;
    }
    if (row->status().ok()) continue;
    return ReadError("scan table " + std::string(TableName(table)), row->status());
  }
  return absl::OkStatus();
}

absl::Status OpenedRocksKv::Commit(const Batch& batch) {
  if (BatchBytes(batch) > kBatchBytesMax) {
    return absl::ResourceExhaustedError("commit: batch is larger than the store takes");
  }
  if (batch.preconditions.empty()) {
    const std::shared_lock<std::shared_mutex> lock(commit_mutex_);
    return WriteDurably(batch);
  }
  const std::lock_guard<std::shared_mutex> lock(commit_mutex_);
  if (absl::Status status = CheckPreconditions(batch); !status.ok()) return status;
  return WriteDurably(batch);
}

absl::Status OpenedRocksKv::CheckPreconditions(const Batch& batch) const {
  for (const Precondition& expected : batch.preconditions) {
    const absl::StatusOr<std::optional<std::string>> value =
        Get(expected.table, expected.key, nullptr);
    if (!value.ok()) return value.status();
    if (*value != expected.value) {
      return absl::AbortedError("commit: a precondition on table " +
                                std::string(TableName(expected.table)) + " does not hold");
    }
  }
  return absl::OkStatus();
}

absl::Status OpenedRocksKv::WriteDurably(const Batch& batch) {
  if (absl::Status status = CheckWritable(); !status.ok()) return status;
  if (batch.writes.empty()) return absl::OkStatus();
  rocksdb::WriteBatch writes(0, 0, kProtectionBytesPerKey, 0);
  for (const Write& write : batch.writes) {
    rocksdb::ColumnFamilyHandle* family = Family(write.table);
    const rocksdb::Status status = write.value ? writes.Put(family, write.key, *write.value)
                                               : writes.Delete(family, write.key);
    if (!status.ok()) return absl::InternalError(Describe("build batch", status));
  }
  const rocksdb::Status status = database_->Write(DurableWrite(), &writes);
  return status.ok() ? absl::OkStatus() : fault_->Raise("commit", status);
}

absl::Status OpenedRocksKv::Maintain(
    const std::string& doing,
    const std::function<rocksdb::Status(rocksdb::ColumnFamilyHandle*)>& maintain) const {
  if (absl::Status status = CheckWritable(); !status.ok()) return status;
  for (rocksdb::ColumnFamilyHandle* family : handles_) {
    const rocksdb::Status status = maintain(family);
    if (!status.ok()) return fault_->Raise(doing, status);
  }
  return absl::OkStatus();
}

// ---------------------------------------------------------------------------------------------
// Opening.

bool HasSuffix(std::string_view name, std::string_view suffix) {
  return name.size() >= suffix.size() && name.substr(name.size() - suffix.size()) == suffix;
}

// RocksDB's own lock, taken and given back before anything is touched: opening for real would first
// rename the log file of the process that holds it.
absl::Status CheckNotInUse(const std::string& directory, rocksdb::Env& env) {
  rocksdb::FileLock* lock = nullptr;
  const rocksdb::Status status = env.LockFile(directory + "/LOCK", &lock);
  if (status.ok()) {
    env.UnlockFile(lock).PermitUncheckedError();
    return absl::OkStatus();
  }
  const std::string text = status.ToString();
  if (text.find("While lock file") != std::string::npos ||
      text.find("lock hold by current process") != std::string::npos) {
    return absl::FailedPreconditionError("database " + directory + " is in use by another process");
  }
  return OpenError(status);
}

// True when the folder holds a database, false when it may become one.
absl::StatusOr<bool> HoldsDatabase(const std::string& directory, rocksdb::Env& env) {
  std::vector<std::string> names;
  const rocksdb::Status status = env.GetChildren(directory, &names);
  if (!status.ok()) return OpenError(status);
  if (std::find(names.begin(), names.end(), "CURRENT") != names.end()) return true;
  // RocksDB would make a new database here and sweep these files away as leftovers.
  for (const std::string& name : names) {
    if (HasSuffix(name, ".sst") || HasSuffix(name, ".log")) {
      return absl::DataLossError("open database: CURRENT is missing while " + name + " is there");
    }
  }
  return false;
}

absl::Status MakeDirectory(const RocksKvOptions& options) {
  const bool create = options.create_if_missing && !options.read_only;
  if (!create && access(options.directory.c_str(), F_OK) != 0) {
    return absl::NotFoundError("no database in " + options.directory);
  }
  if (create && mkdir(options.directory.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return absl::ErrnoToStatus(errno, "make folder " + options.directory);
  }
  if (access(options.directory.c_str(), R_OK | W_OK | X_OK) != 0) {
    return absl::ErrnoToStatus(errno, "use folder " + options.directory);
  }
  return absl::OkStatus();
}

// What can be refused before RocksDB changes anything.
absl::Status CheckBeforeOpening(const RocksKvOptions& wanted, const rocksdb::Options& options) {
  if (absl::Status status = MakeDirectory(wanted); !status.ok()) return status;
  if (absl::Status status = CheckNotInUse(wanted.directory, *options.env); !status.ok()) {
    return status;
  }
  const absl::StatusOr<bool> exists = HoldsDatabase(wanted.directory, *options.env);
  if (!exists.ok()) return exists.status();
  if (!*exists) {
    return wanted.create_if_missing && !wanted.read_only
               ? absl::OkStatus()
               : absl::NotFoundError("no database in " + wanted.directory);
  }

  std::vector<std::string> names;
  const rocksdb::Status status = rocksdb::DB::ListColumnFamilies(options, wanted.directory, &names);
  if (!status.ok()) return OpenError(status);
  for (const std::string& name : names) {
    bool known = name == rocksdb::kDefaultColumnFamilyName;
    for (std::size_t i = 0; i < kTableCount; ++i) known |= name == TableName(static_cast<Table>(i));
    if (!known) {
      return absl::FailedPreconditionError("open database: unknown table " + name +
                                           ": written by a newer program");
    }
  }
  return absl::OkStatus();
}

// The tables to open: all, or those a reader asked for.
std::vector<Table> TablesToOpen(const RocksKvOptions& wanted) {
  if (wanted.read_only && !wanted.read_tables.empty()) return wanted.read_tables;
  std::vector<Table> tables;
  tables.reserve(kTableCount);
  for (std::size_t i = 0; i < kTableCount; ++i) tables.push_back(static_cast<Table>(i));
  return tables;
}

absl::StatusOr<std::unique_ptr<OpenedRocksKv>> OpenDatabase(const RocksKvOptions& wanted,
                                                            const rocksdb::Options& options,
                                                            std::shared_ptr<Fault> fault) {
  const std::vector<Table> tables = TablesToOpen(wanted);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  descriptors.reserve(tables.size() + 1);
  for (const Table table : tables) {
    descriptors.emplace_back(std::string(TableName(table)), OptionsOf(table, options));
  }
  descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName, options);

  rocksdb::DB* database = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const rocksdb::Status status =
      wanted.read_only
          ? rocksdb::DB::OpenForReadOnly(options, wanted.directory, descriptors, &handles,
                                         &database)
          : rocksdb::DB::Open(options, wanted.directory, descriptors, &handles, &database);
  if (!status.ok()) return OpenError(status);
  auto opened = std::make_unique<OpenedRocksKv>(std::unique_ptr<rocksdb::DB>(database), tables,
                                                handles, std::move(fault), wanted.read_only);
  for (std::size_t i = 0; i < handles.size(); ++i) {
    const rocksdb::Options live = database->GetOptions(handles[i]);
    absl::Status required = CheckRocksOptions(live);
    if (required.ok() && i < tables.size()) required = CheckPrefix(tables[i], live);
    if (!required.ok()) return required;
  }
  return opened;
}

}  // namespace

absl::Status CheckRocksOptions(const rocksdb::Options& live) {
  if (absl::Status status = FirstBroken(LogRequirements(live)); !status.ok()) return status;
  return FirstBroken(FileRequirements(live));
}

absl::StatusOr<std::unique_ptr<RocksKv>> OpenRocksKv(
    const RocksKvOptions& wanted, std::function<void(const absl::Status&)> poisoned) {
  auto fault = std::make_shared<Fault>(std::move(poisoned));
  rocksdb::Options options = MakeOptions(wanted);
  options.listeners.push_back(std::make_shared<FaultListener>(fault));
  if (absl::Status status = CheckBeforeOpening(wanted, options); !status.ok()) return status;
  if (absl::Status status = UseDiscreetLog(wanted, options); !status.ok()) return status;

  absl::StatusOr<std::unique_ptr<OpenedRocksKv>> opened = OpenDatabase(wanted, options, fault);
  if (!opened.ok()) return opened.status();
  fault->Arm();
  if (fault->raised()) return absl::UnavailableError("open database: a write failed meanwhile");
  return *std::move(opened);
}

}  // namespace vigie::storage
