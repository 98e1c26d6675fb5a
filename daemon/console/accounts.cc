#include "daemon/console/accounts.h"

#include <fmt/format.h>
#include <sodium.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "matching/toml_depth.h"

namespace vigie::daemon {
namespace {

constexpr std::string_view kArgonPrefix = "$argon2id$";
constexpr std::size_t kTokenHashBytes = 32;

// libsodium must be told once, by whoever comes first; from then on it is thread-safe.
void StartSodium() {
  static const bool started = sodium_init() >= 0;
  static_cast<void>(started);
}

bool IsHex(std::string_view text, std::size_t digits) {
  return text.size() == digits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool IsPlain(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7f;
  });
}

// Characters of well-formed UTF-8; nullopt of anything else. Overlong forms are not looked for: the
// bytes are only hashed.
std::optional<std::size_t> CountCharacters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++count) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80           ? 1
                               : (lead >> 5) == 0x6  ? 2
                               : (lead >> 4) == 0xe  ? 3
                               : (lead >> 3) == 0x1e ? 4
                                                     : 0;
    if (length == 0 || i + length > text.size()) return std::nullopt;
    for (std::size_t j = 1; j < length; ++j) {
      if ((static_cast<unsigned char>(text[i + j]) >> 6) != 2) return std::nullopt;
    }
    i += length;
  }
  return count;
}

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  absl::StatusOr<std::vector<Account>> Read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      if (key.str() != "account") return At(key.source(), "unknown key; write [[account]] tables");
      const toml::array* items = node.as_array();
      if (items == nullptr) return At(node.source(), "write [[account]] tables");
      if (items->size() > kAccountsMax) {
        return At(node.source(), fmt::format("more than {} accounts", kAccountsMax));
      }
      for (const toml::node& item : *items) {
        if (absl::Status status = ReadAccount(item); !status.ok()) return status;
      }
    }
    return std::move(accounts_);
  }

 private:
  absl::Status At(const toml::source_region& where, const std::string& what) const {
    return absl::InvalidArgumentError(
        fmt::format("{}:{}:{}: {}", file_, where.begin.line, where.begin.column, what));
  }

  absl::Status CheckKeys(const toml::table& table, const std::set<std::string>& known) const {
    for (const auto& [key, node] : table) {
      if (!known.count(std::string(key.str()))) return At(key.source(), "unknown key");
    }
    return absl::OkStatus();
  }

  // False when the key is there and no text.
  static bool Text(const toml::table& table, const char* key, std::string& value) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return true;
    const std::optional<std::string> text = node->value_exact<std::string>();
    if (text) value = *text;
    return text.has_value();
  }

  absl::Status ReadAccount(const toml::node& node) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return At(node.source(), "write [[account]] tables");
    absl::Status status = CheckKeys(*table, {"name", "role", "password", "token"});
    if (!status.ok()) return status;
    Account account;
    std::string role;
    if (!Text(*table, "name", account.name) || !Text(*table, "role", role) ||
        !Text(*table, "password", account.password_hash)) {
      return At(node.source(), "name, role and password are texts");
    }
    if (!IsAccountName(account.name)) return At(node.source(), "an account needs a name");
    const std::optional<Role> known = ParseRole(role);
    if (!known) return At(node.source(), "role is reader, reviewer or supervisor");
    account.role = *known;
    if (!account.password_hash.empty() && (account.password_hash.rfind(kArgonPrefix, 0) != 0 ||
                                           account.password_hash.size() >= crypto_pwhash_STRBYTES ||
                                           !IsPlain(account.password_hash))) {
      return At(node.source(),
                "password must be a hash that `vigie account` made, never the password");
    }
    if (!names_.insert(account.name).second) return At(node.source(), "this name stands twice");
    if (const toml::node* tokens = table->get("token"); tokens != nullptr) {
      status = ReadTokens(*tokens, account);
      if (!status.ok()) return status;
    }
    accounts_.push_back(std::move(account));
    return absl::OkStatus();
  }

  absl::Status ReadTokens(const toml::node& node, Account& account) {
    const toml::array* items = node.as_array();
    if (items == nullptr) return At(node.source(), "write [[account.token]] tables");
    if (items->size() > kTokensPerAccountMax) {
      return At(node.source(), fmt::format("more than {} tokens", kTokensPerAccountMax));
    }
    for (const toml::node& item : *items) {
      const toml::table* table = item.as_table();
      if (table == nullptr) return At(item.source(), "write [[account.token]] tables");
      absl::Status status = CheckKeys(*table, {"id", "label", "hash"});
      if (!status.ok()) return status;
      AccountToken token;
      if (!Text(*table, "id", token.id) || !Text(*table, "label", token.label) ||
          !Text(*table, "hash", token.hash) || !IsHex(token.id, 8) ||
          !IsHex(token.hash, 2 * kTokenHashBytes) || !IsTokenLabel(token.label)) {
        return At(item.source(), "a token needs an id of 8 and a hash of 64 hex digits");
      }
      if (!token_ids_.insert(token.id).second) return At(item.source(), "this id stands twice");
      account.tokens.push_back(std::move(token));
    }
    return absl::OkStatus();
  }

  const std::string& file_;
  std::vector<Account> accounts_;
  std::set<std::string> names_, token_ids_;
};

}  // namespace

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kReader:
      return "reader";
    case Role::kReviewer:
      return "reviewer";
    case Role::kSupervisor:
      return "supervisor";
  }
  return "reader";
}

std::optional<Role> ParseRole(std::string_view name) {
  for (const Role role : {Role::kReader, Role::kReviewer, Role::kSupervisor}) {
    if (RoleName(role) == name) return role;
  }
  return std::nullopt;
}

bool IsAccountName(std::string_view name) {
  const auto is_letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  return !name.empty() && name.size() <= kAccountNameBytesMax && is_letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return is_letter(c) || c == '.' || c == '_' || c == '-' || c == '@';
         });
}

bool IsTokenLabel(std::string_view label) {
  return label.size() <= kLabelBytesMax && IsPlain(label);
}

absl::StatusOr<std::vector<Account>> ParseAccounts(const std::string& toml,
                                                   const std::string& file_name) {
  const absl::Status depth = matching::CheckTomlDepth(toml, file_name);
  if (!depth.ok()) return depth;
  try {
    return Reader(file_name).Read(toml::parse(toml, file_name));
  } catch (const toml::parse_error& error) {
    // The parser's text may quote the file, and the file holds hashes: only the place is said.
    return absl::InvalidArgumentError(fmt::format("{}:{}:{}: this is not TOML", file_name,
                                                  error.source().begin.line,
                                                  error.source().begin.column));
  }
}

std::string PrintAccounts(const std::vector<Account>& accounts) {
  std::string text =
      "# Accounts of Vigie. Written by `vigie account`; reload with SIGHUP. Holds hashes only.\n";
  for (const Account& account : accounts) {
    text += fmt::format("\n[[account]]\nname = \"{}\"\nrole = \"{}\"\n", account.name,
                        RoleName(account.role));
    if (!account.password_hash.empty()) {
      text += fmt::format("password = \"{}\"\n", account.password_hash);
    }
    for (const AccountToken& token : account.tokens) {
      text += fmt::format("[[account.token]]\nid = \"{}\"\nlabel = \"{}\"\nhash = \"{}\"\n",
                          token.id, token.label, token.hash);
    }
  }
  return text;
}

absl::Status CheckNewPassword(std::string_view password) {
  const std::optional<std::size_t> characters = CountCharacters(password);
  if (!characters) return absl::InvalidArgumentError("the password is not UTF-8");
  if (*characters < kPasswordCharactersMin) {
    return absl::InvalidArgumentError(
        fmt::format("the password has less than {} characters", kPasswordCharactersMin));
  }
  if (password.size() > kPasswordBytesMax) {
    return absl::InvalidArgumentError(
        fmt::format("the password has more than {} bytes", kPasswordBytesMax));
  }
  return absl::OkStatus();
}

std::string HashPassword(std::string_view password) {
  StartSodium();
  std::string hash(crypto_pwhash_STRBYTES, '\0');
  if (crypto_pwhash_str(hash.data(), password.data(), password.size(),
                        crypto_pwhash_OPSLIMIT_INTERACTIVE,
                        crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
    return "";  // No memory.
  }
  hash.resize(hash.find('\0'));
  return hash;
}

bool VerifyPassword(const std::string& hash, std::string_view password) {
  StartSodium();
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

std::string RandomText(std::size_t bytes) {
  StartSodium();
  std::string random(bytes, '\0');
  randombytes_buf(random.data(), random.size());
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_ENCODED_LEN(bytes, kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(random.data()),
                    random.size(), kVariant);
  text.pop_back();  // The terminating zero.
  return text;
}

std::string RandomHex(std::size_t bytes) {
  StartSodium();
  std::string random(bytes, '\0');
  randombytes_buf(random.data(), random.size());
  std::string text(2 * bytes + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), reinterpret_cast<const unsigned char*>(random.data()),
                 random.size());
  text.pop_back();
  return text;
}

std::string MakeToken() { return "vigie_" + RandomText(32); }

std::string HashToken(std::string_view token) {
  StartSodium();
  unsigned char hash[kTokenHashBytes];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(token.data()),
                     token.size(), nullptr, 0);
  std::string text(2 * sizeof hash + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), hash, sizeof hash);
  text.pop_back();
  return text;
}

bool SameSecret(std::string_view left, std::string_view right) {
  return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace vigie::daemon
