// The configuration: what is read, what is refused and how clearly, and that the sample file is
// true.
#include "daemon/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace vigie::daemon {
namespace {

using testing::HasSubstr;

std::string SampleFile() {
  std::ifstream file(VIGIE_SOURCE_DIR "/systemd/vigie.toml");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Config, AnEmptyFileGivesTheDefaults) {
  const auto config = ParseConfig("", "x.toml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(PrintConfig(*config), PrintConfig(Config{}));
}

TEST(Config, TheSampleFileHoldsEverySettingWithItsDefault) {
  const std::string sample = SampleFile();
  const auto config = ParseConfig(sample, "vigie.toml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(ChangedSettings(Config{}, *config).empty());
  EXPECT_TRUE(ValidateConfig(*config).ok());
  for (const SettingDescription& setting : DescribeSettings()) {
    const std::string key = setting.name.substr(setting.name.find('.') + 1);
    EXPECT_THAT(sample, HasSubstr("\n" + key + " = " + setting.default_value + "\n"))
        << setting.name;
  }
}

TEST(Config, WhatIsPrintedReadsBackTheSame) {
  Config config;
  config.data_directory = "/a \"quoted\" \\ folder";
  config.definition_files = {"a.toml", "b.toml"};
  config.trust_rules.mismatch_marks_doubtful = true;
  config.minor_age_years = 15;
  config.reverification_years = 5;
  config.evidence_devices = {{"passport", "Passeport", "Passport", true},
                             {"minor", "Mineur", "Minor", true, true, false},
                             {"book", "Livret", "Book", false, false, true}};
  const auto read = ParseConfig(PrintConfig(config), "x.toml");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(ChangedSettings(config, *read).empty());
  EXPECT_EQ(read->evidence_devices, config.evidence_devices);
}

TEST(Config, RefusesWhatIsWrongWithPlaceAndRemedy) {
  struct Case {
    std::string description, toml, message;
  };
  const std::vector<Case> cases = {
      {"unknown section", "[grcp]\n",
       "x.toml:1:2: unknown section \"grcp\"; did you mean \"grpc\"?"},
      {"unknown key", "[grpc]\nlistenn = \"a\"\n",
       "x.toml:2:1: unknown key in [grpc] \"listenn\"; did you mean \"listen\"?"},
      {"far from any key", "[grpc]\nzzzzzzzzzzzz = 1\n", "unknown key in [grpc] \"zzzzzzzzzzzz\""},
      {"text for a number", "[grpc]\nworker_threads = \"64\"\n",
       "grpc.worker_threads must be 1..512"},
      {"fraction for a number", "[grpc]\nworker_threads = 1.5\n", "must be 1..512"},
      {"number for a text", "[grpc]\nlisten = 7460\n", "grpc.listen must be text"},
      {"number for a flag", "[grpc]\nreflection = 1\n", "must be true or false"},
      {"below the minimum", "[grpc]\nworker_threads = 0\n", "is 0; it must be 1..512"},
      {"above the maximum", "[grpc]\nworker_threads = 100000\n", "is 100000; it must be 1..512"},
      {"text for a list", "[indicators]\ndefinition_files = \"a\"\n", "must be a list of texts"},
      {"number in a list", "[indicators]\ndefinition_files = [1]\n", "must be a list of texts"},
      {"section written as a value", "grpc = 1\n", "grpc must be a section: [grpc]"},
      {"key twice", "[log]\nlevel = \"info\"\nlevel = \"warn\"\n", "x.toml:3"},
      {"broken TOML", "[log\n", "x.toml:1"},
      {"device without label", "[[evidence_devices]]\ntype = \"a\"\n", "a device needs type"},
      {"device with unknown key", "[[evidence_devices]]\ntyp = \"a\"\n", "did you mean \"type\"?"},
      {"device of minors without assurance",
       "[[evidence_devices]]\ntype = \"a\"\nfrench = \"A\"\nenglish = \"A\"\nhigh_assurance = "
       "false\n"
       "minors_only = true\n",
       "minors_only goes with high_assurance = true"},
      {"device with assurance of its own and a parent's",
       "[[evidence_devices]]\ntype = \"a\"\nfrench = \"A\"\nenglish = \"A\"\nhigh_assurance = "
       "true\n"
       "with_parent_document = true\n",
       "with_parent_document with false"},
      {"device with a flag that is none",
       "[[evidence_devices]]\ntype = \"a\"\nfrench = \"A\"\nenglish = \"A\"\nhigh_assurance = "
       "true\n"
       "minors_only = 1\n",
       "are true or false"},
      {"no years", "[trust]\nreverification_years = 0\n",
       "trust.reverification_years is 0; it must be 1..50"},
      {"a share above 1", "[review]\nblind_share = 1.5\n",
       "review.blind_share is 1.5; it must be 0..1"},
      {"a share as text", "[review]\nsample_below_share = \"0.1\"\n",
       "review.sample_below_share must be 0..1"},
      {"device as a section", "[evidence_devices]\ntype = \"a\"\n", "[[evidence_devices]] tables"},
  };
  for (const Case& c : cases) {
    const auto config = ParseConfig(c.toml, "x.toml");
    ASSERT_FALSE(config.ok()) << c.description;
    EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument) << c.description;
    EXPECT_THAT(std::string(config.status().message()), HasSubstr(c.message)) << c.description;
  }
}

TEST(Config, TheEnvironmentOutranksTheFile) {
  auto config = ParseConfig("[grpc]\nlisten = \"127.0.0.1:1\"\nworker_threads = 3\n", "x.toml");
  ASSERT_TRUE(config.ok());
  const std::map<std::string, std::string> environment = {
      {"VIGIE_GRPC_LISTEN", "127.0.0.1:2"},
      {"VIGIE_IDENTITY_PRODUCTION", "false"},
      {"VIGIE_REVIEW_BLIND_SHARE", "0.25"},
      {"VIGIE_INDICATORS_DEFINITION_FILES", "a.toml:b.toml"}};
  const auto lookup = [&](const char* name) -> const char* {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  };
  ASSERT_TRUE(ApplyEnvironment(lookup, *config).ok());
  EXPECT_EQ(config->grpc_listen, "127.0.0.1:2");
  EXPECT_EQ(config->grpc_worker_threads, 3);
  EXPECT_FALSE(config->production);
  EXPECT_EQ(config->blind_share, 0.25);
  EXPECT_EQ(config->definition_files, (std::vector<std::string>{"a.toml", "b.toml"}));
}

TEST(Config, AWrongEnvironmentVariableIsNamed) {
  Config config;
  const auto lookup = [](const char* name) -> const char* {
    return std::string(name) == "VIGIE_GRPC_WORKER_THREADS" ? "many" : nullptr;
  };
  const absl::Status status = ApplyEnvironment(lookup, config);
  EXPECT_THAT(std::string(status.message()), HasSubstr("VIGIE_GRPC_WORKER_THREADS"));
}

TEST(Config, OnlyLoopbackAddressesAreAccepted) {
  for (const char* address : {"127.0.0.1:7460", "127.255.0.9:1", "localhost:7460", "[::1]:7460",
                              "unix:/run/vigie.sock", "127.0.0.1:0"}) {
    EXPECT_TRUE(IsLoopbackAddress(address)) << address;
  }
  for (const char* address :
       {"0.0.0.0:7460", "[::]:7460", "10.0.0.1:7460", ":7460", "7460", "127.0.0.1", "unix:", "",
        "127.0.0.1:99999", "127.0.0.1:port", "127.0.0.1.evil.example:1", "128.0.0.1:1",
        "localhost.example:1", "127.0.0:1", "127.0.0.256:1"}) {
    EXPECT_FALSE(IsLoopbackAddress(address)) << address;
  }
  Config config;
  config.grpc_listen = "0.0.0.0:7460";
  EXPECT_THAT(std::string(ValidateConfig(config).message()), HasSubstr("grpc.listen"));
}

TEST(Config, SettingsThatContradictEachOtherAreRefused) {
  Config config;
  config.free_low_mebibytes = 4096;
  EXPECT_THAT(std::string(ValidateConfig(config).message()), HasSubstr("free_low_mebibytes"));
  config = {};
  config.log_level = "loud";
  EXPECT_THAT(std::string(ValidateConfig(config).message()), HasSubstr("log.level"));
  config = {};
  config.evidence_devices = {{"a", "A", "A", true}, {"a", "B", "B", false}};
  EXPECT_THAT(std::string(ValidateConfig(config).message()), HasSubstr("stands twice"));
}

}  // namespace
}  // namespace vigie::daemon
