#include "storage/space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "tests/support/temporary_directory.h"

namespace vigie::storage {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint64_t kMebibyte = 1 << 20;

FreeBytesProbe Always(std::uint64_t free_bytes) {
  return [free_bytes](const std::string&) { return free_bytes; };
}

SpaceGate::Options GateOptions(FreeBytesProbe probe) {
  SpaceGate::Options options;
  options.directories = {"/data"};
  options.free_bytes_low = 100 * kMebibyte;
  options.free_bytes_high = 200 * kMebibyte;
  options.probe = std::move(probe);
  return options;
}

TEST(FreeBytes, MeasuresARealFolder) {
  const tests::TemporaryDirectory directory;
  const auto free_bytes = FreeBytes(directory.path());
  ASSERT_TRUE(free_bytes.ok()) << free_bytes.status();
  EXPECT_GT(*free_bytes, 0u);
}

TEST(FreeBytes, OfAMissingFolderIsNotFound) {
  const tests::TemporaryDirectory directory;
  EXPECT_EQ(FreeBytes(directory / "none").status().code(), absl::StatusCode::kNotFound);
}

TEST(SpaceGate, HasThreeLevelsAndTheBoundsBelongToTheBetterOne) {
  struct {
    const char* description;
    std::uint64_t free_bytes;
    SpaceLevel level;
    bool open;
  } cases[] = {
      {"nothing", 0, SpaceLevel::kLow, false},
      {"a byte below low", 100 * kMebibyte - 1, SpaceLevel::kLow, false},
      {"low", 100 * kMebibyte, SpaceLevel::kScarce, true},
      {"a byte below high", 200 * kMebibyte - 1, SpaceLevel::kScarce, true},
      {"high", 200 * kMebibyte, SpaceLevel::kEnough, true},
      {"plenty", ~0ull, SpaceLevel::kEnough, true},
  };
  for (const auto& c : cases) {
    const SpaceGate gate(GateOptions(Always(c.free_bytes)));
    const auto space = gate.Measure();
    ASSERT_TRUE(space.ok()) << c.description;
    EXPECT_EQ(space->level, c.level) << c.description;
    EXPECT_EQ(space->free_bytes, c.free_bytes) << c.description;
    EXPECT_EQ(gate.Check().ok(), c.open) << c.description;
    if (!c.open) {
      EXPECT_EQ(gate.Check().code(), absl::StatusCode::kResourceExhausted) << c.description;
    }
  }
}

TEST(SpaceGate, OpensAgainWhenThereIsRoomAgain) {
  std::uint64_t free_bytes = 0;
  const SpaceGate gate(GateOptions([&free_bytes](const std::string&) { return free_bytes; }));
  EXPECT_FALSE(gate.Check().ok());
  free_bytes = 300 * kMebibyte;
  EXPECT_TRUE(gate.Check().ok());
  free_bytes = 1;
  EXPECT_FALSE(gate.Check().ok());
}

TEST(SpaceGate, TheFullestFolderDecides) {
  std::map<std::string, std::uint64_t> free_bytes = {{"/data", 300 * kMebibyte},
                                                     {"/anchor", 10 * kMebibyte}};
  auto options = GateOptions([&free_bytes](const std::string& path) { return free_bytes[path]; });
  options.directories = {"/data", "/anchor"};
  const SpaceGate gate(options);
  EXPECT_EQ(gate.Measure()->directory, "/anchor");
  EXPECT_THAT(gate.Check().ToString(), HasSubstr("10 MiB free in /anchor, 100 MiB needed"));
  free_bytes["/anchor"] = 400 * kMebibyte;
  EXPECT_EQ(gate.Measure()->directory, "/data");
}

TEST(SpaceGate, WhatCannotBeMeasuredIsNotPlenty) {
  const SpaceGate broken(GateOptions([](const std::string&) -> absl::StatusOr<std::uint64_t> {
    return absl::UnavailableError("no answer");
  }));
  EXPECT_EQ(broken.Check().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(broken.Measure().status().code(), absl::StatusCode::kUnavailable);
  auto options = GateOptions(Always(~0ull));
  options.directories.clear();
  EXPECT_EQ(SpaceGate(options).Check().code(), absl::StatusCode::kInvalidArgument);
}

TEST(SpaceGate, NamesTheBallastOnlyWhileItStands) {
  const tests::TemporaryDirectory directory;
  auto options = GateOptions(Always(0));
  options.ballast_path = directory / "ballast";
  EXPECT_THAT(SpaceGate(options).Check().ToString(), Not(HasSubstr("ballast")));
  tests::WriteFile(options.ballast_path, "x");
  EXPECT_THAT(SpaceGate(options).Check().ToString(), HasSubstr("deleting " + options.ballast_path));
}

class BallastTest : public ::testing::Test {
 protected:
  BallastOptions Options(std::uint64_t free_bytes) const {
    BallastOptions options;
    options.path = directory_ / "ballast";
    options.bytes = kMebibyte;
    options.free_bytes_high = 10 * kMebibyte;
    options.probe = Always(free_bytes);
    return options;
  }

  bool Ensure(const BallastOptions& options) {
    const auto stands = EnsureBallast(options);
    EXPECT_TRUE(stands.ok()) << stands.status();
    return stands.value_or(false);
  }

  tests::TemporaryDirectory directory_;
};

TEST_F(BallastTest, TakesRealRoomOnDisk) {
  const BallastOptions options = Options(100 * kMebibyte);
  EXPECT_TRUE(Ensure(options));
  struct stat status = {};
  ASSERT_EQ(stat(options.path.c_str(), &status), 0);
  EXPECT_EQ(status.st_size, static_cast<off_t>(kMebibyte));
  EXPECT_GE(status.st_blocks * 512, static_cast<off_t>(kMebibyte)) << "sparse: no use";
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(BallastTest, IsMadeOnlyWhereEnoughIsLeft) {
  EXPECT_FALSE(Ensure(Options(11 * kMebibyte - 1)));
  EXPECT_FALSE(Ensure(Options(0)));
  EXPECT_FALSE(fs::exists(directory_ / "ballast"));
  EXPECT_TRUE(Ensure(Options(11 * kMebibyte)));
}

TEST_F(BallastTest, OneThatStandsIsLeftAlone) {
  tests::WriteFile(directory_ / "ballast", "smaller");
  EXPECT_TRUE(Ensure(Options(0)));
  EXPECT_EQ(tests::ReadFile(directory_ / "ballast"), "smaller");
}

TEST_F(BallastTest, NoneIsMadeWhenNoneIsWanted) {
  BallastOptions options = Options(100 * kMebibyte);
  options.bytes = 0;
  EXPECT_FALSE(Ensure(options));
  EXPECT_FALSE(fs::exists(options.path));
}

TEST_F(BallastTest, RoomThatWasNotThereAfterAllLeavesNoHalfFile) {
  BallastOptions options = Options(~0ull);
  options.bytes = 1ull << 50;  // more than any disk here
  const auto stands = EnsureBallast(options);
  EXPECT_FALSE(stands.ok() && *stands);
  EXPECT_FALSE(fs::exists(options.path));
}

TEST_F(BallastTest, AMissingFolderIsNotFound) {
  BallastOptions options = Options(100 * kMebibyte);
  options.path = directory_ / "none/ballast";
  EXPECT_EQ(EnsureBallast(options).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace vigie::storage
