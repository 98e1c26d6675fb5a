#include "daemon/console/access.h"

#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "daemon/console/refusals.h"

namespace vigie::daemon {
namespace {

constexpr std::string_view kBearer = "bearer ";

// The value of the cookie; "" when it did not come.
std::string CookieOf(const HttpRequest& request) {
  const std::string header = request.Header("cookie");
  const std::string prefix = std::string(kSessionCookie) + "=";
  std::string_view rest = header;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(";,"), rest.size());
    std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    if (part.substr(0, prefix.size()) == prefix) return std::string(part.substr(prefix.size()));
  }
  return "";
}

// The token of "Bearer TOKEN"; nullopt when the header did not come.
std::optional<std::string> BearerOf(const HttpRequest& request) {
  if (request.headers.count("authorization") == 0) return std::nullopt;
  std::string text = request.Header("authorization");
  for (std::size_t i = 0; i < std::min(text.size(), kBearer.size()); ++i) {
    if (text[i] >= 'A' && text[i] <= 'Z') text[i] = static_cast<char>(text[i] - 'A' + 'a');
  }
  return text.rfind(kBearer, 0) == 0 ? text.substr(kBearer.size()) : "";
}

}  // namespace

struct Access::Directory {
  explicit Directory(std::vector<Account> list) {
    for (Account& account : list) {
      for (const AccountToken& token : account.tokens) {
        name_by_token.emplace(token.hash, account.name);
      }
      std::string name = account.name;
      by_name.emplace(std::move(name), std::move(account));
    }
  }
  const Account* Find(const std::string& name) const {
    const auto found = by_name.find(name);
    return found == by_name.end() ? nullptr : &found->second;
  }

  std::map<std::string, Account> by_name;
  std::unordered_map<std::string, std::string> name_by_token;  // by HashToken
};

Access::Access(std::optional<std::vector<Account>> accounts, const AccessOptions& options,
               const Sessions::Clock& clock)
    : required_(accounts.has_value()),
      sessions_(options.sessions, clock),
      attempts_(options.attempts, clock),
      directory_(
          std::make_shared<Directory>(accounts ? *std::move(accounts) : std::vector<Account>())) {
  if (required_) nobodys_hash_ = HashPassword(RandomText(32));
}

std::shared_ptr<const Access::Directory> Access::directory() const {
  const std::lock_guard lock(mutex_);
  return directory_;
}

void Access::Replace(std::vector<Account> accounts) {
  if (!required_) return;
  const auto after = std::make_shared<const Directory>(std::move(accounts));
  std::shared_ptr<const Directory> before = after;
  {
    const std::lock_guard lock(mutex_);
    before.swap(directory_);
  }
  sessions_.EndOf([&](const std::string& name) {
    const Account* const was = before->Find(name);
    const Account* const is = after->Find(name);
    return is == nullptr || was == nullptr || was->password_hash != is->password_hash;
  });
}

std::optional<Access::SessionState> Access::SessionOf(const HttpRequest& request, bool is_use) {
  const std::string id = CookieOf(request);
  if (id.empty()) return std::nullopt;
  const std::optional<Sessions::Found> session = sessions_.Find(id, is_use);
  if (!session) return std::nullopt;
  const std::shared_ptr<const Directory> directory = this->directory();
  const Account* const account = directory->Find(session->account);
  if (account == nullptr) return std::nullopt;
  return SessionState{account->name, account->role, session->csrf, session->idle_left,
                      session->age_left};
}

std::variant<Caller, HttpResponse> Access::Identify(const HttpRequest& request) {
  if (const std::optional<std::string> token = BearerOf(request)) {
    const std::shared_ptr<const Directory> directory = this->directory();
    const auto found = directory->name_by_token.find(HashToken(*token));
    if (found == directory->name_by_token.end()) return Refuse(Refusal::kSignInRequired);
    const Account* const account = directory->Find(found->second);
    return Caller{account->name, account->role};
  }
  const std::optional<SessionState> session = SessionOf(request, false);
  if (!session) return Refuse(Refusal::kSignInRequired);
  if (!SameSecret(request.Header(kCsrfHeader), session->csrf)) {
    return Refuse(Refusal::kCsrfTokenWrong);
  }
  // Only now it is known that the person's own page asks.
  if (request.headers.count(kBackgroundHeader) == 0) SessionOf(request, true);
  return Caller{session->account, session->role};
}

std::optional<HttpResponse> Access::RefuseAttempt(const std::string& name) {
  const std::optional<std::chrono::seconds> wait = attempts_.Take(name);
  if (!wait) return std::nullopt;
  const std::string seconds = std::to_string(wait->count());
  HttpResponse response = Refuse(Refusal::kTooManyAttempts, {{"retry_after_seconds", seconds}});
  response.headers.emplace_back("Retry-After", seconds);
  return response;
}

std::variant<Access::SignedIn, HttpResponse> Access::SignIn(const std::string& name,
                                                            const std::string& password) {
  const std::shared_ptr<const Directory> directory = this->directory();
  const Account* const account = directory->Find(name);
  const bool can_sign_in = account != nullptr && !account->password_hash.empty();
  // Somebody's hash is always computed: the time says nothing about who has an account.
  const bool right = VerifyPassword(can_sign_in ? account->password_hash : nobodys_hash_, password);
  if (!can_sign_in || !right) return Refuse(Refusal::kSignInFailed);
  attempts_.Forgive(name);
  const std::optional<Sessions::Begun> begun = sessions_.Begin(name);
  if (!begun) return Refuse(Refusal::kTooManySessions);
  const std::optional<Sessions::Found> session = sessions_.Find(begun->id, true);
  if (!session) return Refuse(Refusal::kSignInFailed);  // The accounts changed meanwhile.
  return SignedIn{
      begun->id,
      {account->name, account->role, session->csrf, session->idle_left, session->age_left}};
}

void Access::SignOut(const HttpRequest& request) { sessions_.End(CookieOf(request)); }

}  // namespace vigie::daemon
