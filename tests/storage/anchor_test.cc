#include "storage/anchor.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <filesystem>

#include "tests/support/temporary_directory.h"

namespace vigie::storage {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

std::string HashOf(int number) { return std::string(kChainHashBytes, static_cast<char>(number)); }

matching::Instant At(std::int64_t microseconds) {
  return matching::Instant(std::chrono::microseconds(microseconds));
}

class AnchorTest : public ::testing::Test {
 protected:
  AnchorFile::Options Options(const std::string& base_id = "base") const {
    AnchorFile::Options options;
    options.directory = folder_;
    options.base_id = base_id;
    return options;
  }

  std::unique_ptr<AnchorFile> OpenOrDie(AnchorFile::Options options) {
    auto anchor = AnchorFile::Open(std::move(options));
    if (!anchor.ok()) ADD_FAILURE() << anchor.status();
    return anchor.ok() ? *std::move(anchor) : nullptr;
  }

  // Appends commits first..last with hash and time made from their numbers.
  void Append(AnchorFile& anchor, int first, int last) {
    for (int n = first; n <= last; ++n) {
      const absl::Status status = anchor.Append(n, HashOf(n), At(n * 1000));
      ASSERT_TRUE(status.ok()) << status;
    }
  }

  std::vector<std::int64_t> NumbersRead() {
    const auto records = ReadAnchor(folder_);
    EXPECT_TRUE(records.ok()) << records.status();
    std::vector<std::int64_t> numbers;
    if (!records.ok()) return numbers;
    for (const AnchorRecord& record : *records) numbers.push_back(record.commit_number);
    return numbers;
  }

  tests::TemporaryDirectory directory_;
  const std::string folder_ = directory_ / "anchor";
  const std::string file_ = folder_ + "/anchor";
};

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

// On disk is for ever: a change of these bytes is a change of format.
TEST(AnchorRecord, HasItsGoldenBytes) {
  AnchorRecord record;
  record.base_hash = AnchorBaseHash("00112233445566778899aabbccddeeff");
  record.commit_number = 0x0102030405060708;
  record.chain_hash = std::string(kChainHashBytes, '\xab');
  record.appended_at = At(1'700'000'000'123'456);
  const std::string bytes = EncodeAnchorRecord(record);
  EXPECT_EQ(bytes, FromHex("56474131"          // VGA1
                           "5947d7c33d783f94"  // SHA-256 of the base id, 8 bytes
                           "0807060504030201"  // commit number
                           "abababababababababababababababab"
                           "abababababababababababababababab"
                           "40222018240a0600"  // microseconds
                           "7e7e18b8"          // CRC-32C
                           ));
  EXPECT_EQ(DecodeAnchorRecord(bytes), record);
}

TEST(AnchorRecord, IsRefusedWithAnyBitChanged) {
  const std::string bytes = EncodeAnchorRecord({AnchorBaseHash("base"), 7, HashOf(7), At(1)});
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(DecodeAnchorRecord(damaged), std::nullopt) << "bit " << bit;
  }
}

TEST(AnchorRecord, IsRefusedWithAnotherLength) {
  const std::string bytes = EncodeAnchorRecord({AnchorBaseHash("base"), 7, HashOf(7), At(1)});
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_EQ(DecodeAnchorRecord(bytes.substr(0, length)), std::nullopt) << length;
  }
  EXPECT_EQ(DecodeAnchorRecord(bytes + "x"), std::nullopt);
}

TEST(AnchorRecord, KeepsTimesBefore1970AndLargeNumbers) {
  const AnchorRecord record{AnchorBaseHash(""), std::numeric_limits<std::int64_t>::max(), HashOf(0),
                            At(-1)};
  EXPECT_EQ(DecodeAnchorRecord(EncodeAnchorRecord(record)), record);
}

TEST_F(AnchorTest, ANewOneIsEmpty) {
  EXPECT_THAT(NumbersRead(), IsEmpty());
  EXPECT_EQ(OpenOrDie(Options())->Last(), std::nullopt);
  EXPECT_THAT(NumbersRead(), IsEmpty());
  EXPECT_EQ(fs::status(folder_).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(file_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(AnchorTest, RemembersTheLastCommitOverReopenings) {
  {
    const auto anchor = OpenOrDie(Options());
    Append(*anchor, 1, 3);
    EXPECT_EQ(anchor->Last()->commit_number, 3);
  }
  const auto anchor = OpenOrDie(Options());
  ASSERT_TRUE(anchor->Last().has_value());
  EXPECT_EQ(*anchor->Last(), (AnchorRecord{AnchorBaseHash("base"), 3, HashOf(3), At(3000)}));
  Append(*anchor, 4, 4);
  EXPECT_EQ(NumbersRead(), (std::vector<std::int64_t>{1, 2, 3, 4}));
}

TEST_F(AnchorTest, EachAppendIsSyncedBeforeItReturns) {
  int syncs = 0;
  auto options = Options();
  options.data_sync = [&syncs](int file) {
    ++syncs;
    return fdatasync(file);
  };
  const auto anchor = OpenOrDie(options);
  for (int n = 1; n <= 5; ++n) {
    const int before = syncs;
    Append(*anchor, n, n);
    EXPECT_EQ(syncs, before + 1);
  }
}

TEST_F(AnchorTest, RefusesWhatDoesNotFollowAndGoesOn) {
  const auto anchor = OpenOrDie(Options());
  Append(*anchor, 5, 5);
  struct {
    const char* description;
    std::int64_t commit_number;
    std::string hash;
  } cases[] = {
      {"the same number", 5, HashOf(5)},
      {"a lower number", 4, HashOf(4)},
      {"a short hash", 6, "short"},
      {"a long hash", 6, std::string(33, 'x')},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(anchor->Append(c.commit_number, c.hash, At(1)).code(),
              absl::StatusCode::kInvalidArgument)
        << c.description;
  }
  Append(*anchor, 9, 9);
  EXPECT_EQ(NumbersRead(), (std::vector<std::int64_t>{5, 9}));
}

TEST_F(AnchorTest, ATornEndIsDroppedWhereverItWasCut) {
  for (std::size_t cut = 1; cut <= kAnchorRecordBytes; ++cut) {
    fs::remove_all(folder_);
    Append(*OpenOrDie(Options()), 1, 3);
    fs::resize_file(file_, 3 * kAnchorRecordBytes - cut);
    EXPECT_EQ(NumbersRead(), (std::vector<std::int64_t>{1, 2})) << cut;
    const auto anchor = OpenOrDie(Options());
    EXPECT_EQ(anchor->Last()->commit_number, 2) << cut;
    Append(*anchor, 3, 4);
    EXPECT_EQ(NumbersRead(), (std::vector<std::int64_t>{1, 2, 3, 4})) << cut;
  }
}

TEST_F(AnchorTest, AGarbledLastRecordIsDropped) {
  Append(*OpenOrDie(Options()), 1, 3);
  std::string content = tests::ReadFile(file_);
  content.replace(2 * kAnchorRecordBytes + 30, 34, std::string(34, '\0'));
  tests::WriteFile(file_, content);
  EXPECT_EQ(OpenOrDie(Options())->Last()->commit_number, 2);
}

TEST_F(AnchorTest, DamageBeforeTheLastRecordIsDataLossAndChangesNothing) {
  Append(*OpenOrDie(Options()), 1, 3);
  const std::string whole = tests::ReadFile(file_);
  const std::string r1 = whole.substr(0, 64);
  const std::string r2 = whole.substr(64, 64);
  const std::string r3 = whole.substr(128);
  const std::string other = EncodeAnchorRecord({AnchorBaseHash("other"), 4, HashOf(4), At(4)});
  std::string flipped = whole;
  flipped[70] = static_cast<char>(flipped[70] ^ 1);
  struct {
    const char* description;
    std::string content;
  } cases[] = {
      {"a bit of the middle record", flipped},
      {"records swapped", r2 + r1 + r3},
      {"a record twice", r1 + r2 + r2},
      {"a byte lost in the middle", whole.substr(0, 90) + whole.substr(91)},
      {"a record of another base", whole + other},
      {"zeros in front", std::string(64, '\0') + whole},
  };
  for (const auto& c : cases) {
    tests::WriteFile(file_, c.content);
    EXPECT_EQ(ReadAnchor(folder_).status().code(), absl::StatusCode::kDataLoss) << c.description;
    EXPECT_EQ(AnchorFile::Open(Options()).status().code(), absl::StatusCode::kDataLoss)
        << c.description;
    EXPECT_EQ(tests::ReadFile(file_), c.content) << c.description;
  }
}

TEST_F(AnchorTest, AnotherBasesAnchorIsRefused) {
  Append(*OpenOrDie(Options("base")), 1, 1);
  const std::string before = tests::ReadFile(file_);
  EXPECT_EQ(AnchorFile::Open(Options("another")).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(tests::ReadFile(file_), before);
}

TEST_F(AnchorTest, StaysBoundedAndKeepsTheNewest) {
  auto options = Options();
  options.file_bytes_max = 10 * kAnchorRecordBytes;
  options.records_kept = 4;
  {
    const auto anchor = OpenOrDie(options);
    for (int n = 1; n <= 100; ++n) {
      Append(*anchor, n, n);
      EXPECT_LE(fs::file_size(file_), options.file_bytes_max);
      const std::vector<std::int64_t> numbers = NumbersRead();
      EXPECT_EQ(numbers.back(), n);
      EXPECT_GE(numbers.size(), std::min<std::size_t>(static_cast<std::size_t>(n), 5));
    }
  }
  EXPECT_EQ(OpenOrDie(options)->Last()->commit_number, 100);
}

TEST_F(AnchorTest, ALeftoverOfAnInterruptedRewriteDoesNotMatter) {
  auto options = Options();
  options.file_bytes_max = 4 * kAnchorRecordBytes;
  options.records_kept = 2;
  Append(*OpenOrDie(options), 1, 4);
  tests::WriteFile(file_ + ".new", "half a record");
  Append(*OpenOrDie(options), 5, 6);
  EXPECT_EQ(NumbersRead(), (std::vector<std::int64_t>{3, 4, 5, 6}));
}

TEST_F(AnchorTest, AFailedSyncIsUnavailableAndFinal) {
  for (int n = 1; n <= 12; ++n) {  // 12 appends with rewrites: more than 12 syncs
    fs::remove_all(folder_);
    auto options = Options();
    options.file_bytes_max = 4 * kAnchorRecordBytes;
    options.records_kept = 2;
    int syncs_left = 0;
    options.data_sync = [&syncs_left](int file) {
      if (--syncs_left == 0) {
        errno = EIO;
        return -1;
      }
      return fdatasync(file);
    };
    int acknowledged = 0;
    {
      const auto anchor = OpenOrDie(options);
      syncs_left = n;
      bool failed = false;
      for (int commit = 1; commit <= 12; ++commit) {
        const absl::Status status = anchor->Append(commit, HashOf(commit), At(commit));
        EXPECT_FALSE(failed && status.ok()) << "appended after a failure";
        failed = failed || !status.ok();
        if (status.ok()) ++acknowledged;
        if (!status.ok()) {
          EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
        }
      }
      EXPECT_TRUE(failed);
      EXPECT_EQ(anchor->Last().has_value() ? anchor->Last()->commit_number : 0, acknowledged);
    }
    const auto reopened = OpenOrDie(Options());
    const std::int64_t last = reopened->Last() ? reopened->Last()->commit_number : 0;
    EXPECT_GE(last, acknowledged) << n;
    EXPECT_LE(last, acknowledged + 1) << n;
  }
}

// A real refusal by the kernel rather than a seam: the record fits only in part.
TEST_F(AnchorTest, AWriteCutShortIsUnavailableAndDroppedAtReopening) {
  const auto anchor = OpenOrDie(Options());
  Append(*anchor, 1, 2);
  struct rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  struct rlimit tight = before;
  tight.rlim_cur = 2 * kAnchorRecordBytes + 10;
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  const absl::Status third = anchor->Append(3, HashOf(3), At(3));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old_handler);

  EXPECT_EQ(third.code(), absl::StatusCode::kUnavailable) << third;
  EXPECT_EQ(anchor->Append(4, HashOf(4), At(4)).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(fs::file_size(file_), 2 * kAnchorRecordBytes + 10);
  EXPECT_EQ(OpenOrDie(Options())->Last()->commit_number, 2);
}

TEST_F(AnchorTest, ImpossibleLimitsAreRefused) {
  auto options = Options();
  options.file_bytes_max = kAnchorRecordBytes;
  EXPECT_EQ(AnchorFile::Open(options).status().code(), absl::StatusCode::kInvalidArgument);
  options = Options();
  options.records_kept = 0;
  EXPECT_EQ(AnchorFile::Open(options).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(AnchorTest, AMissingParentIsNotFound) {
  auto options = Options();
  options.directory = directory_ / "none/anchor";
  EXPECT_EQ(AnchorFile::Open(options).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace vigie::storage
