// What is RocksDB's own: options, damage on disk, failing files, the lock, what its log may say.
#include "storage/rocks_kv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <ostream>

#include "tests/support/fault_file_system.h"
#include "tests/support/temporary_directory.h"

namespace vigie::storage {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using tests::FaultFileSystem;
using tests::FileCall;

RocksKvOptions OptionsIn(const std::string& directory) {
  RocksKvOptions options;
  options.directory = directory;
  options.block_cache_bytes = 8 << 20;
  options.write_buffer_bytes = 16 << 20;
  return options;
}

std::unique_ptr<RocksKv> OpenOrDie(const RocksKvOptions& options) {
  auto opened = OpenRocksKv(options, nullptr);
  if (!opened.ok()) ADD_FAILURE() << opened.status();
  return opened.ok() ? *std::move(opened) : nullptr;
}

std::string KeyOf(int number) { return "key" + std::to_string(100000 + number); }

absl::Status PutNumber(RocksKv& store, int number) {
  return store.Commit({{},
                       {{Table::kIdentity, KeyOf(number), std::to_string(number)},
                        {Table::kCounter, "last", std::to_string(number)}}});
}

// Numbers 0..n-1 are there, with their values and nothing after them: n; else a failure and -1.
int PrefixLength(const RocksKv& store) {
  int expected = 0;
  bool whole = true;
  const absl::Status status =
      store.Scan(Table::kIdentity, {}, nullptr, [&](std::string_view key, std::string_view value) {
        whole = whole && key == KeyOf(expected) && value == std::to_string(expected);
        ++expected;
        return true;
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(whole) << "a gap or a wrong value before row " << expected;
  const auto last = store.Get(Table::kCounter, "last", nullptr);
  EXPECT_TRUE(last.ok()) << last.status();
  if (expected > 0 && last.ok()) {
    EXPECT_EQ(*last, std::to_string(expected - 1));
  }
  return whole ? expected : -1;
}

std::vector<std::string> FilesWithSuffix(const std::string& directory, const std::string& suffix) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == suffix) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The log that holds the commits: the largest one, as others may be empty.
std::string LogIn(const std::string& directory) {
  const auto logs = FilesWithSuffix(directory, ".log");
  return *std::max_element(logs.begin(), logs.end(), [](const auto& left, const auto& right) {
    return fs::file_size(left) < fs::file_size(right);
  });
}

void FlipByte(const std::string& path, std::size_t at) {
  std::string content = tests::ReadFile(path);
  content.at(at) = static_cast<char>(content.at(at) ^ 0x40);
  tests::WriteFile(path, content);
}

std::map<std::string, std::string> ContentOf(const std::string& directory) {
  std::map<std::string, std::string> content;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name.substr(0, 3) != "LOG") content[name] = tests::ReadFile(entry.path().string());
  }
  return content;
}

class RocksKvTest : public ::testing::Test {
 protected:
  // Opens, commits numbers [0, count), closes.
  void Fill(int count, bool flush) {
    const auto store = OpenOrDie(OptionsIn(path_));
    for (int i = 0; i < count; ++i) ASSERT_TRUE(PutNumber(*store, i).ok());
    if (flush) {
      ASSERT_TRUE(store->Flush().ok());
    }
  }

  // The same in one commit, flushed to a table file.
  void FillAtOnce(int count) {
    const auto store = OpenOrDie(OptionsIn(path_));
    Batch batch{{}, {{Table::kCounter, "last", std::to_string(count - 1)}}};
    for (int i = 0; i < count; ++i) {
      batch.writes.push_back({Table::kIdentity, KeyOf(i), std::to_string(i)});
    }
    ASSERT_TRUE(store->Commit(batch).ok());
    ASSERT_TRUE(store->Flush().ok());
  }

  tests::TemporaryDirectory directory_;
  const std::string path_ = directory_ / "db";
};

TEST_F(RocksKvTest, ReopeningGivesEveryCommit) {
  Fill(200, false);
  EXPECT_EQ(PrefixLength(*OpenOrDie(OptionsIn(path_))), 200);
  EXPECT_EQ(PrefixLength(*OpenOrDie(OptionsIn(path_))), 200);
}

TEST_F(RocksKvTest, TheFolderIsClosedToOthers) {
  Fill(1, false);
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms::owner_all);
}

TEST_F(RocksKvTest, EveryCommitIsSyncedBeforeItIsAnswered) {
  auto files = std::make_shared<FaultFileSystem>();
  const auto env = rocksdb::NewCompositeEnv(files);
  RocksKvOptions options = OptionsIn(path_);
  options.env = env.get();
  const auto store = OpenOrDie(options);
  for (int i = 0; i < 20; ++i) {
    const int before = files->CallCount(FileCall::kSync, ".log");
    ASSERT_TRUE(PutNumber(*store, i).ok());
    EXPECT_EQ(files->CallCount(FileCall::kSync, ".log"), before + 1);
  }
}

// ------------------------------------------------------------------------------------- opening

TEST_F(RocksKvTest, ASecondOpeningIsRefusedAndTheFirstGoesOn) {
  const auto store = OpenOrDie(OptionsIn(path_));
  const std::string log = tests::ReadFile(path_ + "/LOG");
  for (const bool read_only : {false, true}) {
    RocksKvOptions options = OptionsIn(path_);
    options.read_only = read_only;
    const auto second = OpenRocksKv(options, nullptr);
    EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition) << second.status();
    EXPECT_THAT(second.status().ToString(), HasSubstr("in use by another process"));
  }
  EXPECT_EQ(tests::ReadFile(path_ + "/LOG"), log) << "the holder's log was touched";
  EXPECT_TRUE(PutNumber(*store, 0).ok());
}

TEST_F(RocksKvTest, AMissingDatabaseIsNotMadeWhenItShouldBeThere) {
  RocksKvOptions options = OptionsIn(path_);
  options.create_if_missing = false;
  EXPECT_EQ(OpenRocksKv(options, nullptr).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(fs::exists(path_));
  fs::create_directory(path_);
  EXPECT_EQ(OpenRocksKv(options, nullptr).status().code(), absl::StatusCode::kNotFound);
  Fill(3, false);
  EXPECT_EQ(PrefixLength(*OpenOrDie(options)), 3);
}

TEST_F(RocksKvTest, AFolderWithoutAParentIsNotFound) {
  const auto opened = OpenRocksKv(OptionsIn(directory_ / "none/db"), nullptr);
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kNotFound) << opened.status();
}

// RocksDB would start a new database and sweep the files away.
TEST_F(RocksKvTest, AMissingCurrentFileIsDataLossAndNothingIsSweptAway) {
  Fill(10, true);
  const std::string current = tests::ReadFile(path_ + "/CURRENT");
  fs::remove(path_ + "/CURRENT");
  const auto before = ContentOf(path_);
  const auto opened = OpenRocksKv(OptionsIn(path_), nullptr);
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kDataLoss) << opened.status();
  EXPECT_EQ(ContentOf(path_), before);
  tests::WriteFile(path_ + "/CURRENT", current);
  EXPECT_EQ(PrefixLength(*OpenOrDie(OptionsIn(path_))), 10);
}

TEST_F(RocksKvTest, ATableOfANewerProgramIsRefused) {
  Fill(1, false);
  {
    std::vector<std::string> names;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, path_, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : names)
      families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* database = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, path_, families, &handles, &database).ok());
    rocksdb::ColumnFamilyHandle* added = nullptr;
    ASSERT_TRUE(database->CreateColumnFamily({}, "hologram", &added).ok());
    handles.push_back(added);
    for (auto* handle : handles) ASSERT_TRUE(database->DestroyColumnFamilyHandle(handle).ok());
    ASSERT_TRUE(database->Close().ok());
    delete database;
  }
  const auto opened = OpenRocksKv(OptionsIn(path_), nullptr);
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kFailedPrecondition) << opened.status();
  EXPECT_THAT(opened.status().ToString(), HasSubstr("hologram"));
}

TEST_F(RocksKvTest, ReadOnlySeesTheLogChangesNothingAndRefusesCommits) {
  Fill(50, false);
  const auto before = ContentOf(path_);
  RocksKvOptions options = OptionsIn(path_);
  options.read_only = true;
  {
    const auto store = OpenOrDie(options);
    EXPECT_EQ(PrefixLength(*store), 50);
    EXPECT_EQ(PutNumber(*store, 50).code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(store->Flush().code(), absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_EQ(ContentOf(path_), before);
}

TEST_F(RocksKvTest, ReadOnlyLeavesTheFolderAsItIsAndMakesNone) {
  RocksKvOptions options = OptionsIn(path_);
  options.read_only = true;
  EXPECT_EQ(OpenRocksKv(options, nullptr).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(fs::exists(path_));

  Fill(50, false);
  const auto files = [this] {
    std::map<std::string, std::string> content;
    for (const auto& file : fs::directory_iterator(path_)) {
      content[file.path().filename()] = tests::ReadFile(file.path());
    }
    return content;
  };
  const auto before = files();
  EXPECT_EQ(PrefixLength(*OpenOrDie(options)), 50);
  EXPECT_EQ(files(), before) << "RocksDB's own logs included";
}

TEST_F(RocksKvTest, ReadOnlyOfSomeTablesSeesTheirLogAndRefusesTheOthers) {
  Fill(50, false);
  RocksKvOptions options = OptionsIn(path_);
  options.read_only = true;
  options.read_tables = {Table::kCounter};
  const auto store = OpenOrDie(options);
  EXPECT_EQ(store->Get(Table::kCounter, "last", nullptr).value(), "49");
  EXPECT_EQ(store->Get(Table::kIdentity, KeyOf(1), nullptr).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store->MultiGet(Table::kIdentity, {KeyOf(1)}, nullptr).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store
                ->Scan(Table::kIdentity, {}, nullptr,
                       [](std::string_view, std::string_view) { return true; })
                .code(),
            absl::StatusCode::kFailedPrecondition);
}

// Before prefix filters there were bases without: their files and logs must be read whole.
TEST_F(RocksKvTest, RowsWrittenWithoutPrefixFiltersAreFound) {
  Fill(1, true);
  const auto key = [](int number) { return "prefix" + std::to_string(10 + number) + "row"; };
  {
    rocksdb::Options options;
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (std::size_t i = 0; i < kTableCount; ++i) {
      families.emplace_back(std::string(TableName(static_cast<Table>(i))), options);
    }
    families.emplace_back(rocksdb::kDefaultColumnFamilyName, options);
    rocksdb::DB* database = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    ASSERT_TRUE(rocksdb::DB::Open(options, path_, families, &handles, &database).ok());
    rocksdb::ColumnFamilyHandle* candidate = handles[static_cast<std::size_t>(Table::kCandidate)];
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(database->Put({}, candidate, key(i), "").ok());
      if (i == 9) {
        ASSERT_TRUE(database->Flush({}, candidate).ok());
      }
    }
    for (auto* handle : handles) {
      ASSERT_TRUE(database->DestroyColumnFamilyHandle(handle).ok());
    }
    delete database;
  }
  const auto store = OpenOrDie(OptionsIn(path_));
  ASSERT_NE(store, nullptr);
  ASSERT_TRUE(store->Commit({{}, {{Table::kCandidate, key(20), ""}}}).ok());
  for (const bool compacted : {false, true}) {
    if (compacted) {
      ASSERT_TRUE(store->CompactAll().ok());
    }
    std::vector<KeyRange> ranges;
    for (int i = 0; i <= 20; ++i) ranges.push_back(PrefixRange(key(i).substr(0, 8)));
    std::vector<int> found(ranges.size());
    ASSERT_TRUE(store
                    ->ScanMany(Table::kCandidate, ranges, nullptr,
                               [&](std::size_t position, std::string_view, std::string_view) {
                                 ++found[position];
                                 return true;
                               })
                    .ok());
    EXPECT_THAT(found, ::testing::Each(1)) << compacted;
  }
}

TEST_F(RocksKvTest, AnotherPrefixThanTheScansCountOnIsRefused) {
  RocksKvOptions options = OptionsIn(path_);
  options.change_options = [](rocksdb::Options& all) {
    all.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(4));
  };
  const absl::Status opened = OpenRocksKv(options, nullptr).status();
  EXPECT_EQ(opened.code(), absl::StatusCode::kInternal) << opened;
  EXPECT_THAT(opened.ToString(), HasSubstr("prefix_extractor"));
}

// ------------------------------------------------------------------------------------- options

TEST(CheckRocksOptions, RefusesWhatWouldEndangerOrLeak) {
  struct {
    const char* option;
    void (*change)(rocksdb::Options&);
  } cases[] = {
      {"wal_recovery_mode",
       [](auto& o) { o.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords; }},
      {"track_and_verify_wals_in_manifest",
       [](auto& o) { o.track_and_verify_wals_in_manifest = false; }},
      {"manual_wal_flush", [](auto& o) { o.manual_wal_flush = true; }},
      {"max_bgerror_resume_count", [](auto& o) { o.max_bgerror_resume_count = 3; }},
      {"allow_data_in_errors", [](auto& o) { o.allow_data_in_errors = true; }},
      {"info_log_level", [](auto& o) { o.info_log_level = rocksdb::InfoLogLevel::INFO_LEVEL; }},
      {"atomic_flush", [](auto& o) { o.atomic_flush = true; }},
      {"avoid_flush_during_shutdown", [](auto& o) { o.avoid_flush_during_shutdown = true; }},
      {"enable_pipelined_write", [](auto& o) { o.enable_pipelined_write = true; }},
      {"paranoid_checks", [](auto& o) { o.paranoid_checks = false; }},
      {"force_consistency_checks", [](auto& o) { o.force_consistency_checks = false; }},
      {"paranoid_file_checks", [](auto& o) { o.paranoid_file_checks = false; }},
      {"memtable_protection_bytes_per_key",
       [](auto& o) { o.memtable_protection_bytes_per_key = 0; }},
      {"file_checksum_gen_factory", [](auto& o) { o.file_checksum_gen_factory = nullptr; }},
      {"checksum",
       [](auto& o) {
         rocksdb::BlockBasedTableOptions table;
         table.checksum = rocksdb::kNoChecksum;
         o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
       }},
      {"filter_policy",
       [](auto& o) {
         rocksdb::BlockBasedTableOptions table;
         o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
       }},
  };
  for (const auto& c : cases) {
    const tests::TemporaryDirectory directory;
    RocksKvOptions options = OptionsIn(directory / "db");
    options.change_options = c.change;
    const auto opened = OpenRocksKv(options, nullptr);
    EXPECT_EQ(opened.status().code(), absl::StatusCode::kInternal) << c.option;
    EXPECT_THAT(opened.status().ToString(), HasSubstr(c.option));
  }
}

// ------------------------------------------------------------------------------------- damage

TEST_F(RocksKvTest, ADamagedTableFileIsDataLossAndNeverAbsence) {
  FillAtOnce(2000);
  for (const std::string& file : FilesWithSuffix(path_, ".sst")) {
    // Within the data blocks of the identities, the largest file; the others stay whole.
    if (fs::file_size(file) < 8000) continue;
    FlipByte(file, 1000);
  }
  const auto store = OpenOrDie(OptionsIn(path_));
  int lost = 0;
  std::vector<std::string> keys;
  for (int i = 0; i < 2000; ++i) {
    const auto value = store->Get(Table::kIdentity, KeyOf(i), nullptr);
    if (value.ok()) {
      EXPECT_EQ(*value, std::to_string(i)) << "absent or wrong";
    } else {
      EXPECT_EQ(value.status().code(), absl::StatusCode::kDataLoss) << value.status();
      EXPECT_THAT(value.status().ToString(), HasSubstr(".sst"));
      EXPECT_THAT(value.status().ToString(), Not(HasSubstr("key1")));
      ++lost;
    }
    keys.push_back(KeyOf(i));
  }
  EXPECT_GT(lost, 0);
  EXPECT_LT(lost, 2000);
  EXPECT_EQ(store->MultiGet(Table::kIdentity, keys, nullptr).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(store->Scan(Table::kIdentity, {}, nullptr, [](auto, auto) { return true; }).code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(store->VerifyFiles().code(), absl::StatusCode::kDataLoss);
  // A change that asks about a damaged key is refused, not decided as if the key were absent.
  EXPECT_EQ(store->Commit({{{Table::kIdentity, KeyOf(0), std::nullopt}}, {}}).code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(RocksKvTest, AMissingTableFileIsDataLoss) {
  Fill(100, true);
  fs::remove(FilesWithSuffix(path_, ".sst").back());
  const auto opened = OpenRocksKv(OptionsIn(path_), nullptr);
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kDataLoss) << opened.status();
}

TEST_F(RocksKvTest, ADamagedManifestIsDataLoss) {
  Fill(100, true);
  for (const auto& entry : fs::directory_iterator(path_)) {
    if (entry.path().filename().string().rfind("MANIFEST", 0) == 0) {
      FlipByte(entry.path().string(), 60);
    }
  }
  const auto opened = OpenRocksKv(OptionsIn(path_), nullptr);
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kDataLoss) << opened.status();
}

TEST_F(RocksKvTest, WholeFilesVerify) {
  Fill(100, true);
  const auto store = OpenOrDie(OptionsIn(path_));
  EXPECT_TRUE(store->VerifyFiles().ok());
}

// A torn end is what a power loss leaves behind: the rest must open without anybody's help.
TEST_F(RocksKvTest, ATornLogEndLosesTheLastCommitsOnly) {
  for (const std::size_t cut : {1u, 7u, 40u, 200u}) {
    fs::remove_all(path_);
    Fill(100, false);
    fs::resize_file(LogIn(path_), fs::file_size(LogIn(path_)) - cut);
    const int found = PrefixLength(*OpenOrDie(OptionsIn(path_)));
    EXPECT_LT(found, 100) << cut;
    EXPECT_GE(found, 95) << cut;
  }
}

// RocksDB says nothing when acknowledged commits are missing: that is the anchor's part. Here: what
// is left is a prefix, and a look without writing leaves the damaged log as it was.
TEST_F(RocksKvTest, ADamagedLogLeavesAPrefixAndAReadOnlyLookLeavesTheLog) {
  for (const double part : {0.1, 0.5, 0.9}) {
    fs::remove_all(path_);
    Fill(200, false);
    const std::string log = LogIn(path_);
    FlipByte(log, static_cast<std::size_t>(part * static_cast<double>(fs::file_size(log))));
    const std::string damaged = tests::ReadFile(log);

    RocksKvOptions options = OptionsIn(path_);
    options.read_only = true;
    const int seen = PrefixLength(*OpenOrDie(options));
    EXPECT_LT(seen, 200) << part;
    EXPECT_EQ(tests::ReadFile(log), damaged) << part;
    EXPECT_EQ(PrefixLength(*OpenOrDie(OptionsIn(path_))), seen) << part;
  }
}

TEST_F(RocksKvTest, ADeletedLogOpensWithWhatWasFlushed) {
  {
    const auto store = OpenOrDie(OptionsIn(path_));
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(PutNumber(*store, i).ok());
    ASSERT_TRUE(store->Flush().ok());
    for (int i = 30; i < 60; ++i) ASSERT_TRUE(PutNumber(*store, i).ok());
  }
  for (const std::string& log : FilesWithSuffix(path_, ".log")) fs::remove(log);
  EXPECT_EQ(PrefixLength(*OpenOrDie(OptionsIn(path_))), 30);
}

// ------------------------------------------------------------------------------------- failing
// files

struct FaultRun {
  int acknowledged = 0;
  std::vector<absl::Status> refused;
  std::vector<absl::Status> poisoned;
};

// Commits 0..19 with a flush in the middle on files that fail as planned from the first commit on.
FaultRun RunWithFault(const std::string& path, const FaultFileSystem::Plan& plan) {
  auto files = std::make_shared<FaultFileSystem>();
  const auto env = rocksdb::NewCompositeEnv(files);
  RocksKvOptions options = OptionsIn(path);
  options.env = env.get();
  FaultRun run;
  std::mutex mutex;
  auto opened = OpenRocksKv(options, [&](const absl::Status& status) {
    const std::lock_guard<std::mutex> lock(mutex);
    run.poisoned.push_back(status);
  });
  EXPECT_TRUE(opened.ok()) << opened.status();
  files->Arm(plan);
  for (int i = 0; i < 20; ++i) {
    const absl::Status status = PutNumber(**opened, i);
    if (status.ok()) {
      EXPECT_TRUE(run.refused.empty()) << "a commit went through after one had failed";
      ++run.acknowledged;
    } else {
      run.refused.push_back(status);
    }
    if (i == 10) static_cast<void>((*opened)->Flush());
  }
  // Reading goes on.
  EXPECT_TRUE((*opened)->Get(Table::kIdentity, KeyOf(0), nullptr).ok());
  opened->reset();
  return run;
}

TEST_F(RocksKvTest, AFailedSyncIsUnavailableFinalAndLosesNothingAcknowledged) {
  for (const bool retryable : {false, true}) {
    for (int n = 0; n < 12; ++n) {
      fs::remove_all(path_);
      FaultFileSystem::Plan plan;
      plan.call = FileCall::kSync;
      plan.calls_before = n;
      plan.retryable = retryable;
      const FaultRun run = RunWithFault(path_, plan);
      SCOPED_TRACE("sync " + std::to_string(n) + (retryable ? ", retryable" : ""));
      EXPECT_LT(run.acknowledged, 20);
      EXPECT_EQ(run.acknowledged + static_cast<int>(run.refused.size()), 20);
      for (const absl::Status& status : run.refused) {
        EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
      }
      ASSERT_EQ(run.poisoned.size(), 1u);
      EXPECT_EQ(run.poisoned[0].code(), absl::StatusCode::kUnavailable);
      // The one that failed may be there or not; the ones refused after it are not.
      const int found = PrefixLength(*OpenOrDie(OptionsIn(path_)));
      EXPECT_GE(found, run.acknowledged);
      EXPECT_LE(found, run.acknowledged + 1);
    }
  }
}

TEST_F(RocksKvTest, AFailedReadIsAnErrorAndNeverAbsence) {
  FillAtOnce(2000);
  auto files = std::make_shared<FaultFileSystem>();
  const auto env = rocksdb::NewCompositeEnv(files);
  RocksKvOptions options = OptionsIn(path_);
  options.env = env.get();
  const auto store = OpenOrDie(options);
  FaultFileSystem::Plan plan;
  plan.call = FileCall::kRead;
  plan.suffix = ".sst";
  plan.for_ever = true;
  files->Arm(plan);
  const auto value = store->Get(Table::kIdentity, KeyOf(1234), nullptr);
  EXPECT_EQ(value.status().code(), absl::StatusCode::kInternal) << value.status();
  EXPECT_FALSE(store->MultiGet(Table::kIdentity, {KeyOf(1), KeyOf(1999)}, nullptr).ok());
  EXPECT_FALSE(store->Scan(Table::kIdentity, {}, nullptr, [](auto, auto) { return true; }).ok());
  EXPECT_EQ(store->Commit({{{Table::kIdentity, KeyOf(3), std::nullopt}}, {}}).code(),
            absl::StatusCode::kInternal);
  files->Disarm();
  EXPECT_EQ(PrefixLength(*store), 2000) << "the fault was cached";
}

// Debian's RocksDB asserts when a file that failed is used again, so a failed write may end the
// process; whichever way it goes, what was acknowledged must be there. The child tells by a file
// that nobody syncs: only the process dies, the machine goes on.
[[noreturn]] void CommitUntilFault(const std::string& folder, const FaultFileSystem::Plan& plan) {
  auto files = std::make_shared<FaultFileSystem>();
  const auto env = rocksdb::NewCompositeEnv(files);
  RocksKvOptions options = OptionsIn(folder + "/db");
  options.env = env.get();
  auto opened = OpenRocksKv(options, nullptr);
  if (!opened.ok()) std::_Exit(2);
  files->Arm(plan);
  for (int i = 0; i < 20; ++i) {
    if (!PutNumber(**opened, i).ok()) break;
    tests::WriteFile(folder + "/acknowledged", std::to_string(i + 1));
    if (i == 10) static_cast<void>((*opened)->Flush());
  }
  opened->reset();
  std::_Exit(files->FailureCount() > 0 ? 0 : 3);
}

bool EndedByItselfOrAborted(int status) {
  return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
         (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

struct WriteFault {
  const char* name;
  const char* suffix;
  int calls_before;
  bool no_space;
};

// Named in ctest's list; GoogleTest would print the struct's bytes, addresses among them.
void PrintTo(const WriteFault& fault, std::ostream* out) { *out << fault.name; }

class RocksKvDeathTest : public ::testing::TestWithParam<WriteFault> {};

INSTANTIATE_TEST_SUITE_P(Faults, RocksKvDeathTest,
                         ::testing::Values(WriteFault{"FirstWriteOfTheLog", ".log", 0, false},
                                           WriteFault{"LaterWriteOfTheLog", ".log", 7, false},
                                           WriteFault{"NoSpaceForTheLog", ".log", 5, true},
                                           WriteFault{"WriteOfATableFile", ".sst", 0, false},
                                           WriteFault{"NoSpaceForATableFile", ".sst", 0, true}),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(RocksKvDeathTest, AFailedWriteLosesNothingAcknowledged) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  // The child runs this test again from its beginning, but in its parent's folder.
  const tests::TemporaryDirectory own;
  constexpr char kFolder[] = "VIGIE_FAULT_TEST_FOLDER";
  const char* given = getenv(kFolder);
  const std::string folder = given != nullptr ? given : own.path();
  setenv(kFolder, folder.c_str(), /*overwrite=*/0);
  FaultFileSystem::Plan plan;
  plan.call = FileCall::kAppend;
  plan.suffix = GetParam().suffix;
  plan.calls_before = GetParam().calls_before;
  plan.no_space = GetParam().no_space;
  EXPECT_EXIT(CommitUntilFault(folder, plan), EndedByItselfOrAborted, "");
  unsetenv(kFolder);

  const std::string acknowledged = tests::ReadFile(folder + "/acknowledged");
  const int count = acknowledged.empty() ? 0 : std::stoi(acknowledged);
  EXPECT_LT(count, 20);
  const auto store = OpenOrDie(OptionsIn(folder + "/db"));
  ASSERT_NE(store, nullptr);
  const int found = PrefixLength(*store);
  EXPECT_GE(found, count);
  EXPECT_LE(found, count + 1);
}

// ------------------------------------------------------------------------------------- discretion

std::string InHex(const std::string& text) {
  std::string hex;
  for (const char c : text) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    hex += kDigits[(static_cast<unsigned char>(c)) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

// A listener gets hold of the database itself, and so of the log it writes to.
class LogWriter : public rocksdb::EventListener {
 public:
  void OnFlushCompleted(rocksdb::DB* database, const rocksdb::FlushJobInfo& /*info*/) override {
    const auto log = database->GetDBOptions().info_log;
    rocksdb::Warn(log, "file #7 largest key: ZZCANARY1 smallest key: 5A5A");
    rocksdb::Error(log, "Key ZZCANARY2 in file 8");
    rocksdb::Info(log, "compaction from ZZCANARY3 to ZZCANARY4");
    rocksdb::Warn(log, "a plain warning");
  }
};

// What RocksDB would say of overlapping files, for instance, whatever allow_data_in_errors says.
TEST_F(RocksKvTest, TheLogOfRocksDbKeepsWarningsButNotWhatFollowsTheWordKey) {
  RocksKvOptions options = OptionsIn(path_);
  options.change_options = [](rocksdb::Options& changed) {
    changed.listeners.push_back(std::make_shared<LogWriter>());
  };
  {
    const auto store = OpenOrDie(options);
    ASSERT_TRUE(PutNumber(*store, 0).ok());
    ASSERT_TRUE(store->Flush().ok());
  }
  const std::string text = tests::ReadFile(path_ + "/LOG");
  EXPECT_THAT(text, HasSubstr("a plain warning"));
  EXPECT_THAT(text, HasSubstr("file #7 largest (withheld)"));
  EXPECT_THAT(text, Not(HasSubstr("ZZCANARY")));
}

// Keys of the search table hold names: RocksDB's own log must not.
TEST_F(RocksKvTest, TheLogOfRocksDbHoldsNoKeyAndNoValue) {
  const std::string canary = "ZZCANARYNAME";
  {
    const auto store = OpenOrDie(OptionsIn(path_));
    for (int round = 0; round < 4; ++round) {
      for (int i = 0; i < 50; ++i) {
        const std::string key = canary + std::to_string(i);
        ASSERT_TRUE(store->Commit({{}, {{Table::kSearch, key, canary + "VALUE"}}}).ok());
        if (i % 7 == 0) {
          ASSERT_TRUE(store->Commit({{}, {{Table::kSearch, key, std::nullopt}}}).ok());
        }
      }
      ASSERT_TRUE(store->Flush().ok());
    }
    ASSERT_TRUE(store->CompactAll().ok());
  }
  for (const std::string& file : FilesWithSuffix(path_, ".sst")) FlipByte(file, 20);
  {
    const auto store = OpenOrDie(OptionsIn(path_));
    EXPECT_FALSE(store->Get(Table::kSearch, canary + "3", nullptr).ok());
    static_cast<void>(store->CompactAll());
  }
  int logs = 0;
  std::string hex = InHex(canary);
  std::string lower_hex = hex;
  for (char& c : lower_hex) c = static_cast<char>(std::tolower(c));
  for (const auto& entry : fs::directory_iterator(path_)) {
    if (entry.path().filename().string().rfind("LOG", 0) != 0) continue;
    const std::string text = tests::ReadFile(entry.path().string());
    logs += text.find("Options.wal_recovery_mode") != std::string::npos ? 1 : 0;
    for (const std::string& trace : {canary, hex, lower_hex}) {
      EXPECT_EQ(text.find(trace), std::string::npos)
          << entry.path() << ": "
          << text.substr(text.find(trace) - std::min<std::size_t>(200, text.find(trace)), 300);
    }
  }
  EXPECT_GE(logs, 2) << "no log was written: nothing was tested";
}

}  // namespace
}  // namespace vigie::storage
