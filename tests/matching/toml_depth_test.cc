#include "matching/toml_depth.h"

#include <gtest/gtest.h>

#include <string>

namespace vigie::matching {
namespace {

std::string Repeat(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST(TomlDepth, OrdinaryTextsPassHoweverLong) {
  EXPECT_TRUE(CheckTomlDepth(Repeat("[[level]]\np = [0.1, 0.2, 0.3]\n", 1000), "x").ok());
  EXPECT_TRUE(
      CheckTomlDepth("a = \"" + Repeat("[.", 500) + "\"\n# " + Repeat("[.", 500), "x").ok());
  EXPECT_TRUE(CheckTomlDepth("a = \"\"\"\n" + Repeat("[.\n\"", 200) + "\"\"\"\n", "x").ok());
}

// A key of 32,000 dotted parts made the parser recurse until the stack was gone.
TEST(TomlDepth, AKeyOfThousandsOfPartsIsRefusedWithItsLine) {
  const absl::Status status = CheckTomlDepth("\n" + Repeat("a.", 32000) + "a = 1\n", "x.toml");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(status.message()).substr(0, 9), "x.toml:2:");
}

TEST(TomlDepth, ThousandsOfOpenBracketsAreRefused) {
  EXPECT_FALSE(CheckTomlDepth("a = " + Repeat("[", 20000), "x").ok());
  EXPECT_FALSE(CheckTomlDepth("a = " + Repeat("{b=", 20000), "x").ok());
}

// Brackets closed inside a quoted text close nothing.
TEST(TomlDepth, QuotedBracketsDoNotHideOpenOnes) {
  EXPECT_FALSE(CheckTomlDepth("a = " + Repeat("[\"]\", '}', ", 2000), "x").ok());
  EXPECT_FALSE(CheckTomlDepth("a = " + Repeat("[\"\\\"]\", ", 2000), "x").ok());
}

}  // namespace
}  // namespace vigie::matching
