// The accounts file: what is taken, what is refused and how clearly, who may read and write it, and
// that no secret can be read back from it.
#include "daemon/console/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temporary_directory.h"

namespace vigie::daemon {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kPassword[] = "correct horse battery";

Account Person(const std::string& name, Role role) {
  return {name, role, HashPassword(kPassword), {}};
}

TEST(Accounts, WhatIsPrintedReadsBackTheSame) {
  std::vector<Account> accounts = {Person("m.dupont", Role::kReviewer),
                                   Person("chef@chu", Role::kSupervisor),
                                   {"nightly", Role::kReader, "", {}}};
  accounts[2].tokens = {{"01234567", "nightly job", HashToken("a")},
                        {"89abcdef", "", HashToken("b")}};
  const auto read = ParseAccounts(PrintAccounts(accounts), "x.toml");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, accounts);
  EXPECT_EQ(ParseAccounts(PrintAccounts({}), "x.toml")->size(), 0U);
}

TEST(Accounts, RefusesWhatIsWrongWithPlaceAndQuotesNoValue) {
  const std::string hash = HashPassword(kPassword);
  const std::string person = "[[account]]\nname = \"a\"\nrole = \"reader\"\n";
  const struct {
    std::string description, toml, says;
  } cases[] = {
      {"not TOML", "[[account]]\npassword = \"secret-secret\n", "x.toml:2:"},
      {"another key", "accounts = 1\n", "write [[account]] tables"},
      {"a table", "[account]\nname = \"a\"\n", "write [[account]] tables"},
      {"a list of numbers", "account = [1]\n", "write [[account]] tables"},
      {"no name", "[[account]]\nrole = \"reader\"\n", "needs a name"},
      {"a name with a space", "[[account]]\nname = \"a b\"\nrole = \"reader\"\n", "needs a name"},
      {"a name that is a number", "[[account]]\nname = 1\nrole = \"reader\"\n", "are texts"},
      {"no role", "[[account]]\nname = \"a\"\n", "role is reader"},
      {"another role", "[[account]]\nname = \"a\"\nrole = \"root\"\n", "role is reader"},
      {"a password in clear", person + "password = \"secret-secret\"\n", "never the password"},
      {"an unknown key", person + "passwort = \"secret-secret\"\n", "x.toml:4:1: unknown key"},
      {"a name twice", person + person, "x.toml:4:"},
      {"a token in clear",
       person + "[[account.token]]\nid = \"01234567\"\nhash = \"secret-secret\"\n",
       "64 hex digits"},
      {"a token without id", person + "[[account.token]]\nhash = \"" + HashToken("a") + "\"\n",
       "an id of 8"},
      {"a token id twice",
       person + "[[account.token]]\nid = \"01234567\"\nhash = \"" + HashToken("a") +
           "\"\n[[account.token]]\nid = \"01234567\"\nhash = \"" + HashToken("b") + "\"\n",
       "stands twice"},
      {"deep nesting", "a = " + std::string(5000, '['), "x.toml"},
  };
  for (const auto& c : cases) {
    const auto accounts = ParseAccounts(c.toml, "x.toml");
    ASSERT_FALSE(accounts.ok()) << c.description;
    EXPECT_EQ(accounts.status().code(), absl::StatusCode::kInvalidArgument) << c.description;
    EXPECT_THAT(std::string(accounts.status().message()), HasSubstr(c.says)) << c.description;
    EXPECT_THAT(std::string(accounts.status().message()), Not(HasSubstr("secret")))
        << c.description;
  }
}

TEST(Accounts, NamesAreAShortPlainAlphabet) {
  for (const char* name : {"a", "m.dupont", "x-1_2@chu", "9"}) EXPECT_TRUE(IsAccountName(name));
  for (const std::string& name :
       {std::string(), std::string("a b"), std::string("é"), std::string(".a"), std::string("a\n"),
        std::string("a\"b"), std::string(65, 'a')}) {
    EXPECT_FALSE(IsAccountName(name)) << name;
  }
}

TEST(Accounts, APasswordIsVerifiedByItsHashOnly) {
  const std::string hash = HashPassword(kPassword);
  EXPECT_THAT(hash, StartsWith("$argon2id$v=19$m=65536,"));
  EXPECT_THAT(hash, Not(HasSubstr("horse")));
  EXPECT_NE(hash, HashPassword(kPassword)) << "every hash has a salt of its own";
  EXPECT_TRUE(VerifyPassword(hash, kPassword));
  EXPECT_FALSE(VerifyPassword(hash, "correct horse batterz"));
  EXPECT_FALSE(VerifyPassword(hash, ""));
  EXPECT_FALSE(VerifyPassword("", ""));
  EXPECT_FALSE(VerifyPassword("$argon2id$nonsense", kPassword));
}

TEST(Accounts, PasswordsHaveALengthInCharacters) {
  EXPECT_FALSE(CheckNewPassword("elevenchars").ok());
  EXPECT_TRUE(CheckNewPassword("twelve chars").ok());
  EXPECT_TRUE(CheckNewPassword("éééééééééééé").ok());
  EXPECT_FALSE(CheckNewPassword("éééééé").ok()) << "twelve bytes are not twelve characters";
  EXPECT_FALSE(CheckNewPassword(std::string(1025, 'a')).ok());
  EXPECT_FALSE(CheckNewPassword("twelve chars\xff").ok());
}

TEST(Accounts, TokensAreRandomAndHashedTheSame) {
  std::set<std::string> tokens;
  for (int i = 0; i < 100; ++i) tokens.insert(MakeToken());
  EXPECT_EQ(tokens.size(), 100U);
  EXPECT_EQ(tokens.begin()->size(), 49U);
  EXPECT_THAT(*tokens.begin(), StartsWith("vigie_"));
  EXPECT_EQ(HashToken("x"), HashToken("x"));
  EXPECT_NE(HashToken("x"), HashToken("y"));
  // `printf abc | b2sum -l 256`
  EXPECT_EQ(HashToken("abc"), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  EXPECT_TRUE(SameSecret("abc", "abc"));
  EXPECT_FALSE(SameSecret("abc", "abd"));
  EXPECT_FALSE(SameSecret("abc", "ab"));
}

class AccountsFileTest : public testing::Test {
 protected:
  absl::Status Add(const std::string& name) {
    return ChangeAccounts(file_, [&](std::vector<Account>& accounts) {
      accounts.push_back({name, Role::kReader, "", {}});
      return absl::OkStatus();
    });
  }
  mode_t Mode() {
    struct stat about {};
    EXPECT_EQ(stat(file_.c_str(), &about), 0);
    return about.st_mode & 07777u;
  }
  tests::TemporaryDirectory directory_;
  const std::string file_ = directory_ / "accounts.toml";
};

TEST_F(AccountsFileTest, TheFirstChangeMakesAFileThatOthersCannotRead) {
  EXPECT_EQ(LoadAccounts(file_).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(LoadAccounts(file_).status().message()), HasSubstr("vigie account add"));
  ASSERT_TRUE(Add("a").ok());
  EXPECT_EQ(Mode() & 0137u, 0U);
  EXPECT_EQ(LoadAccounts(file_)->at(0).name, "a");
}

TEST_F(AccountsFileTest, AChangeKeepsTheModeAndLeavesNothingElseBehind) {
  ASSERT_TRUE(Add("a").ok());
  std::filesystem::permissions(file_, std::filesystem::perms(0640));
  ASSERT_TRUE(Add("b").ok());
  EXPECT_EQ(Mode(), 0640U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 1);
}

TEST_F(AccountsFileTest, AChangeThatFailsLeavesTheFileAsItWas) {
  ASSERT_TRUE(Add("a").ok());
  const std::string before = tests::ReadFile(file_);
  EXPECT_FALSE(ChangeAccounts(file_, [](std::vector<Account>& accounts) {
                 accounts.clear();
                 return absl::CancelledError("no");
               }).ok());
  EXPECT_FALSE(Add("a").ok()) << "the name would stand twice";
  EXPECT_EQ(tests::ReadFile(file_), before);
}

TEST_F(AccountsFileTest, AFileThatOthersMayReadOrWriteIsRefused) {
  ASSERT_TRUE(Add("a").ok());
  for (const unsigned mode : {0644U, 0660U, 0620U, 0602U, 0601U, 0606U}) {
    std::filesystem::permissions(file_, std::filesystem::perms(mode));
    const auto accounts = LoadAccounts(file_);
    EXPECT_EQ(accounts.status().code(), absl::StatusCode::kPermissionDenied) << std::oct << mode;
    EXPECT_THAT(std::string(accounts.status().message()), HasSubstr("chmod 640")) << mode;
  }
  for (const unsigned mode : {0600U, 0640U, 0400U, 0440U}) {
    std::filesystem::permissions(file_, std::filesystem::perms(mode));
    EXPECT_TRUE(LoadAccounts(file_).ok()) << std::oct << mode;
  }
  EXPECT_EQ(LoadAccounts(directory_.path()).status().code(), absl::StatusCode::kPermissionDenied)
      << "a folder";
}

TEST_F(AccountsFileTest, ChangesAtTheSameTimeAreAllKept) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] { EXPECT_TRUE(Add("a" + std::to_string(i)).ok()); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(LoadAccounts(file_)->size(), 8U);
}

}  // namespace
}  // namespace vigie::daemon
