#include "storage/data_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/support/temporary_directory.h"

namespace vigie::storage {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class DataDirectoryTest : public ::testing::Test {
 protected:
  fs::perms Permissions() const { return fs::status(path_).permissions(); }

  void MakeOpenFolder() {
    fs::create_directory(path_);
    fs::permissions(path_, static_cast<fs::perms>(0755));
  }

  tests::TemporaryDirectory directory_;
  const std::string path_ = directory_ / "data";
};

TEST_F(DataDirectoryTest, IsMadeForItsOwnerAlone) {
  const auto data = DataDirectory::Open(path_);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ((*data)->path(), path_);
  EXPECT_EQ(Permissions(), fs::perms::owner_all);
}

TEST_F(DataDirectoryTest, IsHeldByOneAtATimeAndFreeAfterwards) {
  {
    const auto first = DataDirectory::Open(path_);
    ASSERT_TRUE(first.ok()) << first.status();
    const auto second = DataDirectory::Open(path_);
    EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(second.status().ToString(),
                HasSubstr("in use by another process (process " + std::to_string(getpid()) + ")"));
  }
  EXPECT_TRUE(DataDirectory::Open(path_).ok());
}

// A crash must not leave a lock that somebody has to remove by hand.
TEST_F(DataDirectoryTest, IsFreeAfterItsHolderWasKilled) {
  int ready[2] = {};
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto held = DataDirectory::Open(path_);
    const char answer = held.ok() ? 'y' : 'n';
    if (write(ready[1], &answer, 1) != 1) std::_Exit(1);
    pause();
    std::_Exit(0);
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_EQ(DataDirectory::Open(path_).status().code(), absl::StatusCode::kFailedPrecondition);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
  const auto opened = DataDirectory::Open(path_);
  EXPECT_TRUE(opened.ok()) << opened.status();
}

TEST_F(DataDirectoryTest, AnEmptyFolderIsClosedToOthers) {
  MakeOpenFolder();
  EXPECT_TRUE(DataDirectory::Open(path_).ok());
  EXPECT_EQ(Permissions(), fs::perms::owner_all);
}

TEST_F(DataDirectoryTest, AFolderOfOursIsClosedToOthersAgain) {
  ASSERT_TRUE(DataDirectory::Open(path_).ok());
  fs::permissions(path_, static_cast<fs::perms>(0755));
  EXPECT_TRUE(DataDirectory::Open(path_).ok());
  EXPECT_EQ(Permissions(), fs::perms::owner_all);
}

// It might be somebody's /tmp: closing that would break the machine.
TEST_F(DataDirectoryTest, ASharedFolderThatIsNotOursIsLeftAsItIs) {
  MakeOpenFolder();
  tests::WriteFile(path_ + "/somebody", "else");
  EXPECT_EQ(DataDirectory::Open(path_).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Permissions(), static_cast<fs::perms>(0755));
}

TEST_F(DataDirectoryTest, RefusesWhatIsNoFolder) {
  tests::WriteFile(path_, "a file");
  EXPECT_EQ(DataDirectory::Open(path_).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(DataDirectory::Open(directory_ / "none/data").status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(DataDirectoryTest, SyncOfAMissingFolderIsNotFound) {
  EXPECT_TRUE(SyncDirectory(directory_.path()).ok());
  EXPECT_EQ(SyncDirectory(directory_ / "none").code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace vigie::storage
