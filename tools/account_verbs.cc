// vigie account: who may call over HTTP and sign in to the console. Works on the accounts file, on
// the machine where it stands; vigied reads it at its start and on SIGHUP.
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "daemon/console/accounts.h"
#include "fmt/format.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

using daemon::Account;
using daemon::AccountToken;

constexpr char kDefaultFile[] = "/etc/vigie/accounts.toml";
constexpr std::size_t kGeneratedBytes = 15;  // 120 bits, 20 characters

struct AccountOptions {
  std::string file = kDefaultFile;
  std::string name, role, label, revoke;
  bool replace = false, generate = false, no_password = false;
};

int ExitCodeOfAccounts(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitOk;
    case absl::StatusCode::kNotFound:
      return kExitNoInput;
    case absl::StatusCode::kPermissionDenied:
      return kExitPermission;
    case absl::StatusCode::kResourceExhausted:
      return kExitCannotCreate;
    default:
      return kExitFailed;
  }
}

int Finish(const absl::Status& status) {
  if (!status.ok()) std::fprintf(stderr, "vigie: %s\n", std::string(status.message()).c_str());
  return ExitCodeOfAccounts(status);
}

// One line of standard input, without echo where it is a terminal.
absl::StatusOr<std::string> ReadSecret(const char* prompt) {
  const bool is_terminal = isatty(STDIN_FILENO) != 0;
  termios before{};
  if (is_terminal) {
    if (tcgetattr(STDIN_FILENO, &before) != 0) return absl::InternalError("cannot hide the input");
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) != 0) {
      return absl::InternalError("cannot hide the input");
    }
    std::fputs(prompt, stderr);
  }
  const absl::Cleanup restore = [&] {
    if (!is_terminal) return;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    std::fputc('\n', stderr);
  };
  std::string line;
  char c = 0;
  while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n') {
    line += c;
    if (line.size() > daemon::kPasswordBytesMax) break;  // CheckNewPassword says so.
  }
  return line;
}

absl::StatusOr<std::string> AskPassword() {
  const absl::StatusOr<std::string> password = ReadSecret("Password: ");
  if (!password.ok()) return password.status();
  if (absl::Status status = daemon::CheckNewPassword(*password); !status.ok()) return status;
  if (isatty(STDIN_FILENO) == 0) return *password;
  const absl::StatusOr<std::string> again = ReadSecret("The same again: ");
  if (!again.ok()) return again.status();
  if (*again != *password) return absl::InvalidArgumentError("the two are not the same");
  return *password;
}

Account* Find(std::vector<Account>& accounts, const std::string& name) {
  const auto found = std::find_if(accounts.begin(), accounts.end(),
                                  [&](const Account& account) { return account.name == name; });
  return found == accounts.end() ? nullptr : &*found;
}

absl::Status NoSuchAccount(const std::string& name) {
  return absl::NotFoundError(fmt::format("there is no account \"{}\"", name));
}

int RunAdd(const AccountOptions& options) {
  if (!daemon::IsAccountName(options.name)) {
    return Finish(absl::InvalidArgumentError(
        "a name is 1 to 64 of A-Z a-z 0-9 . _ - @ and begins with a letter or digit"));
  }
  std::string generated, hash;
  if (!options.no_password) {
    if (options.generate) generated = daemon::RandomText(kGeneratedBytes);
    const absl::StatusOr<std::string> password = options.generate ? generated : AskPassword();
    if (!password.ok()) return Finish(password.status());
    hash = daemon::HashPassword(*password);
    if (hash.empty()) return Finish(absl::ResourceExhaustedError("no memory to hash a password"));
  }
  const absl::Status status =
      daemon::ChangeAccounts(options.file, [&](std::vector<Account>& accounts) -> absl::Status {
        Account* account = Find(accounts, options.name);
        if (account != nullptr && !options.replace) {
          return absl::AlreadyExistsError(fmt::format(
              "there is an account \"{}\"; --replace gives it another role and password",
              options.name));
        }
        if (account == nullptr) {
          if (accounts.size() >= daemon::kAccountsMax) {
            return absl::ResourceExhaustedError("as many accounts as there may be");
          }
          account = &accounts.emplace_back();
          account->name = options.name;
        }
        account->role = *daemon::ParseRole(options.role);
        account->password_hash = hash;
        return absl::OkStatus();
      });
  if (!status.ok() || generated.empty()) return Finish(status);
  return PrintText(generated + "\n") ? kExitOk : kExitIo;
}

int RunRemove(const AccountOptions& options) {
  return Finish(
      daemon::ChangeAccounts(options.file, [&](std::vector<Account>& accounts) -> absl::Status {
        const auto removed = std::erase_if(
            accounts, [&](const Account& account) { return account.name == options.name; });
        return removed == 0 ? NoSuchAccount(options.name) : absl::OkStatus();
      }));
}

int RunList(const Globals& globals, const AccountOptions& options) {
  const absl::StatusOr<std::vector<Account>> accounts = daemon::LoadAccounts(options.file);
  if (!accounts.ok()) return Finish(accounts.status());
  Table table{{"name", "role", "signs_in", "tokens"}, {}};
  Json json = Json::array();
  for (const Account& account : *accounts) {
    std::string tokens;
    Json listed = Json::array();
    for (const AccountToken& token : account.tokens) {
      tokens += (tokens.empty() ? "" : ", ") + token.id +
                (token.label.empty() ? "" : " (" + token.label + ")");
      listed.push_back({{"id", token.id}, {"label", token.label}});
    }
    const std::string role(daemon::RoleName(account.role));
    const bool signs_in = !account.password_hash.empty();
    table.rows.push_back({account.name, role, signs_in ? "yes" : "no", tokens});
    json.push_back(
        {{"name", account.name}, {"role", role}, {"signs_in", signs_in}, {"tokens", listed}});
  }
  return PrintOrFail(globals.output, table, json);
}

int RunToken(const AccountOptions& options) {
  if (!daemon::IsTokenLabel(options.label)) {
    return Finish(absl::InvalidArgumentError("a label is up to 64 bytes, without quotes"));
  }
  const std::string token = daemon::MakeToken();
  const absl::Status status =
      daemon::ChangeAccounts(options.file, [&](std::vector<Account>& accounts) -> absl::Status {
        Account* const account = Find(accounts, options.name);
        if (account == nullptr) return NoSuchAccount(options.name);
        if (!options.revoke.empty()) {
          const auto removed = std::erase_if(account->tokens, [&](const AccountToken& known) {
            return known.id == options.revoke;
          });
          return removed == 0 ? absl::NotFoundError("there is no such token") : absl::OkStatus();
        }
        if (account->tokens.size() >= daemon::kTokensPerAccountMax) {
          return absl::ResourceExhaustedError("as many tokens as there may be; revoke one first");
        }
        account->tokens.push_back({daemon::RandomHex(4), options.label, daemon::HashToken(token)});
        return absl::OkStatus();
      });
  if (!status.ok() || !options.revoke.empty()) return Finish(status);
  return PrintText(token + "\n") ? kExitOk : kExitIo;
}

CLI::App* AddVerb(CLI::App* account, const std::string& name, const std::string& description,
                  const std::shared_ptr<AccountOptions>& options) {
  CLI::App* verb = account->add_subcommand(name, description);
  verb->add_option("--file", options->file, "Accounts file: what console.accounts names")
      ->envname("VIGIE_CONSOLE_ACCOUNTS")
      ->capture_default_str();
  if (name != "list") verb->add_option("NAME", options->name, "Name of the account")->required();
  return verb;
}

}  // namespace

void AddAccountVerbs(CLI::App& app, Globals& globals) {
  CLI::App* account =
      app.add_subcommand("account", "Accounts of the console and of programs that call over HTTP");
  account->require_subcommand(1);
  const auto options = std::make_shared<AccountOptions>();

  CLI::App* add =
      AddVerb(account, "add", "Makes an account, or replaces its role and password", options);
  add->add_option("--role", options->role, "reader, reviewer or supervisor")
      ->required()
      ->check(CLI::IsMember({"reader", "reviewer", "supervisor"}));
  add->add_flag("--replace", options->replace, "The account may be there; its tokens stay");
  CLI::Option* generate =
      add->add_flag("--generate", options->generate, "Make a password and print it, once");
  add->add_flag("--no-password", options->no_password,
                "Nobody signs in with it: for programs, which use tokens")
      ->excludes(generate);
  add->footer(
      Examples("  vigie account add m.dupont --role reviewer\n"
               "  vigie account add admin --role supervisor < password.txt\n"
               "The password is asked for without echo, or is the first line of standard input; it "
               "is never\n"
               "an argument. 12 characters at least. Afterwards: systemctl reload vigied."));
  add->callback([&globals, options] { globals.exit_code = RunAdd(*options); });

  CLI::App* remove = AddVerb(account, "remove", "Removes an account and its tokens", options);
  remove->footer(Examples("  vigie account remove m.dupont && systemctl reload vigied"));
  remove->callback([&globals, options] { globals.exit_code = RunRemove(*options); });

  CLI::App* list = AddVerb(account, "list", "Lists accounts and tokens; shows no hash", options);
  list->callback([&globals, options] { globals.exit_code = RunList(globals, *options); });

  CLI::App* token = AddVerb(account, "token", "Makes a token and prints it, once", options);
  token->add_option("--label", options->label, "What it is for, up to 64 bytes");
  token->add_option("--revoke", options->revoke, "Instead, revoke the token of this id");
  token->footer(
      Examples("  vigie account token nightly --label 'nightly job'\n"
               "  curl -H \"Authorization: Bearer $TOKEN\" --json '{}' \\\n"
               "    http://127.0.0.1:7461/vigie.v1.AdministrationService/GetStatus\n"
               "  vigie account token nightly --revoke 3f9a1c02"));
  token->callback([&globals, options] { globals.exit_code = RunToken(*options); });
}

}  // namespace vigie::tools
