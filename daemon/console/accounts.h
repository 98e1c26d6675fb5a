// Who may call over HTTP: the accounts file, its hashes, its form on disk. Read by vigied, written
// by `vigie account` only.
//
// The file is TOML, one [[account]] a person or program:
//   [[account]]
//   name = "m.dupont"
//   role = "reviewer"                  # reader, reviewer or supervisor
//   password = "$argon2id$v=19$…"      # absent: nobody signs in with this account
//   [[account.token]]
//   id = "3f9a1c02"                    # to revoke it by; says nothing about the token
//   label = "nightly job"
//   hash = "…"                         # BLAKE2b-256 of the token, 64 hex digits
//
// No password and no token stands in it, in a log or in an error. It must be a regular file that
// others than its owner cannot write and that the world cannot read.
//
// Every function may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace vigie::daemon {

// Rising: each may do what those before it may.
enum class Role : std::uint8_t {
  kReader,      // reads
  kReviewer,    // works on cases and identities
  kSupervisor,  // confirms, takes back what others decided, administers
};
// "reader", "reviewer", "supervisor".
std::string_view RoleName(Role role);
std::optional<Role> ParseRole(std::string_view name);

struct AccountToken {
  std::string id;     // 8 hex digits
  std::string label;  // up to kLabelBytesMax, may be empty
  std::string hash;   // HashToken
  bool operator==(const AccountToken&) const = default;
};

struct Account {
  std::string name;
  Role role = Role::kReader;
  std::string password_hash;  // HashPassword; empty: tokens only
  std::vector<AccountToken> tokens;
  bool operator==(const Account&) const = default;
};

// Enough for the largest hospital's cell and its programs; a larger file is a mistake.
inline constexpr std::size_t kAccountsMax = 1000;
inline constexpr std::size_t kTokensPerAccountMax = 20;
inline constexpr std::size_t kAccountNameBytesMax = 64;
inline constexpr std::size_t kLabelBytesMax = 64;
// CNIL's advice where nothing but length is asked for; the hash is costly and tries are limited.
inline constexpr std::size_t kPasswordCharactersMin = 12;
inline constexpr std::size_t kPasswordBytesMax = 1024;

// 1 to 64 of A-Z a-z 0-9 . _ - @, first a letter or digit.
bool IsAccountName(std::string_view name);
// Up to kLabelBytesMax bytes without control characters, quotes and backslashes.
bool IsTokenLabel(std::string_view label);

// INVALID_ARGUMENT "FILE:LINE:COLUMN: …" for anything wrong: an unknown key, a name twice, a role
// or hash that is none.
absl::StatusOr<std::vector<Account>> ParseAccounts(const std::string& toml,
                                                   const std::string& file_name);
// The file's content, read back the same.
std::string PrintAccounts(const std::vector<Account>& accounts);

// Reads the file. NOT_FOUND: there is none. PERMISSION_DENIED: it cannot be read, or others may
// read or write it: says which command mends that. INVALID_ARGUMENT as ParseAccounts.
absl::StatusOr<std::vector<Account>> LoadAccounts(const std::string& path);
// Whether this process could change the file, which the daemon's user should not be able to.
bool IsWritableByThisProcess(const std::string& path);
// Reads the file, or starts with none where there is no file, has `change` change the accounts, and
// puts the result in its place whole; another change at the same time waits. Owner, group and mode
// stay as they were; a new file has mode 0600, or for root 0640 and the group `vigie` where there
// is one. The error of `change`, of LoadAccounts, or of writing.
absl::Status ChangeAccounts(const std::string& path,
                            absl::FunctionRef<absl::Status(std::vector<Account>&)> change);

// INVALID_ARGUMENT with the reason when the password is too short, too long or not UTF-8.
absl::Status CheckNewPassword(std::string_view password);
// Argon2id, 64 MiB: takes about 0.1 s.
std::string HashPassword(std::string_view password);
// As long whatever the password is. False for a hash that is none.
bool VerifyPassword(const std::string& hash, std::string_view password);

// "vigie_" and 43 characters: 256 random bits.
std::string MakeToken();
std::string HashToken(std::string_view token);
// Random bits as text of the URL's alphabet, without padding.
std::string RandomText(std::size_t bytes);
// Random bits as hex digits, two a byte.
std::string RandomHex(std::size_t bytes);
// Compares in a time that does not depend on where they differ.
bool SameSecret(std::string_view left, std::string_view right);

}  // namespace vigie::daemon
