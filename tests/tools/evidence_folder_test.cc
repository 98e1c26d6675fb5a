#include "tools/evidence_folder.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temporary_directory.h"

namespace vigie::tools {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Files = std::map<std::string, std::string>;

constexpr char kDay[] = "2026-03-09";

class EvidenceFolderTest : public testing::Test {
 protected:
  std::string Path(const std::string& name) { return directory_ / name; }
  EvidenceFolder Open() {
    absl::StatusOr<EvidenceFolder> folder = EvidenceFolder::Open(Path("out"));
    EXPECT_TRUE(folder.ok()) << folder.status();
    return *std::move(folder);
  }
  Files Content() {
    Files content;
    for (const auto& entry : fs::recursive_directory_iterator(Path("out"))) {
      if (!entry.is_regular_file()) continue;
      content[entry.path().lexically_relative(Path("out")).string()] =
          tests::ReadFile(entry.path().string());
    }
    return content;
  }
  void Overwrite(const std::string& name, const std::string& content) {
    std::ofstream(Path("out/") + name, std::ios::binary) << content;
  }

  tests::TemporaryDirectory directory_;
};

// The sums are those of `printf a | sha256sum`.
TEST_F(EvidenceFolderTest, WritesADayWithItsSums) {
  EXPECT_TRUE(Open().Write(kDay, {{"b", ""}, {"a", "a"}}).value());
  EXPECT_EQ(Content(),
            (Files{{"2026-03-09/SHA256SUMS",
                    "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a\n"
                    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b\n"},
                   {"2026-03-09/a", "a"},
                   {"2026-03-09/b", ""}}));
  EXPECT_TRUE(Open().Has(kDay));
  EXPECT_FALSE(Open().Has("2026-03-10"));
}

TEST_F(EvidenceFolderTest, AddsFilesAndNeverRewritesOne) {
  EXPECT_TRUE(Open().Write(kDay, {{"a", "a"}}).value());
  EXPECT_FALSE(Open().Write(kDay, {{"a", "other"}}).value()) << "it is there";
  EXPECT_TRUE(Open().Write(kDay, {{"a", "other"}, {"b", "b"}}).value());
  const Files content = Content();
  EXPECT_EQ(content.at("2026-03-09/a"), "a");
  EXPECT_EQ(content.at("2026-03-09/b"), "b");
  EXPECT_EQ(content.size(), 3U) << "nothing hidden stays";
  EXPECT_TRUE(CheckEvidence(Path("out/") + kDay).ok());
}

TEST_F(EvidenceFolderTest, RefusesADayWhoseFilesWereChanged) {
  const std::string zeros(64, '0');
  const struct {
    std::string description, says;
    std::function<void()> change;
  } cases[] = {
      {"another byte", "a differs", [&] { Overwrite("2026-03-09/a", "A"); }},
      {"a file less", "a is not there", [&] { fs::remove(Path("out/2026-03-09/a")); }},
      {"a file more", "c has no sum", [&] { Overwrite("2026-03-09/c", ""); }},
      {"no sums", "SHA256SUMS is not there",
       [&] { fs::remove(Path("out/2026-03-09/SHA256SUMS")); }},
      {"sums that are none", "not a list of sums",
       [&] { Overwrite("2026-03-09/SHA256SUMS", "x\n"); }},
      {"a sum of a file elsewhere", "not a file of this folder",
       [&] { Overwrite("2026-03-09/SHA256SUMS", zeros + "  ../x\n"); }},
  };
  for (const auto& c : cases) {
    fs::remove_all(Path("out"));
    ASSERT_TRUE(Open().Write(kDay, {{"a", "a"}}).ok());
    c.change();
    const Files before = Content();
    const absl::Status refused = Open().Write(kDay, {{"b", "b"}}).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << c.description;
    EXPECT_THAT(std::string(refused.message()), HasSubstr(c.says)) << c.description;
    EXPECT_EQ(Content(), before) << c.description;
  }
}

TEST_F(EvidenceFolderTest, RemovesWhatAKilledRunLeft) {
  Open();
  fs::create_directories(Path("out/.evidence-abcdef"));
  Overwrite(".evidence-abcdef/a", "half");
  Open();
  EXPECT_FALSE(fs::exists(Path("out/.evidence-abcdef")));
}

TEST_F(EvidenceFolderTest, AFolderThatCannotBeMadeIsSaid) {
  EXPECT_FALSE(EvidenceFolder::Open(Path("no/such")).ok());
  std::ofstream(Path("file")) << "x";
  const absl::Status refused = EvidenceFolder::Open(Path("file")).status();
  EXPECT_FALSE(refused.ok());
  EXPECT_THAT(std::string(refused.message()), HasSubstr("file"));
}

TEST_F(EvidenceFolderTest, RunsAtOnceWaitForEachOther) {
  std::vector<std::thread> threads;
  for (int run = 0; run < 4; ++run) {
    threads.emplace_back([this, run] {
      for (int i = 0; i < 10; ++i) {
        const std::string name = std::to_string(run) + "-" + std::to_string(i);
        EXPECT_TRUE(Open().Write(kDay, {{name, name}}).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Content().size(), 41U);
  EXPECT_TRUE(CheckEvidence(Path("out/") + kDay).ok());
}

}  // namespace
}  // namespace vigie::tools
