// Who calls over HTTP, by a session's cookie or by a token, and signing in. Holds the accounts, the
// sessions and the limits of tries.
//
// Thread safety: everything may be called from any thread; SignIn takes about 0.1 s of a processor
// and 64 MiB, everything else microseconds.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/console/accounts.h"
#include "daemon/console/attempts.h"
#include "daemon/console/http_server.h"
#include "daemon/console/sessions.h"

namespace vigie::daemon {

// The name of the cookie, and of the header that repeats the session's token. A header, because no
// form and no other site's page can send it.
inline constexpr char kSessionCookie[] = "vigie_session";
inline constexpr char kCsrfHeader[] = "x-vigie-csrf";
// Any value: the page asks by itself, and the person may be away.
inline constexpr char kBackgroundHeader[] = "x-vigie-background";

struct Caller {
  std::string account;
  Role role = Role::kReader;
};

struct AccessOptions {
  SessionLimits sessions;
  AttemptLimits attempts;
};

class Access {
 public:
  // `accounts` nullopt: none are configured, and nobody is asked.
  Access(std::optional<std::vector<Account>> accounts, const AccessOptions& options,
         const Sessions::Clock& clock = std::chrono::steady_clock::now);

  bool required() const { return required_; }

  // From now on these accounts, if accounts are required. Sessions of accounts that are gone or
  // have another password end; a role holds from the next call on.
  void Replace(std::vector<Account> accounts);

  // Who makes this call; otherwise the refusal to answer with. Only when required(). With a cookie
  // the header kCsrfHeader must match, whatever the call.
  std::variant<Caller, HttpResponse> Identify(const HttpRequest& request);

  struct SessionState {
    std::string account;
    Role role = Role::kReader;
    std::string csrf;
    std::chrono::seconds idle_left{0}, age_left{0};
  };
  // The session of the request's cookie, without asking for the token: what the page needs to
  // begin.
  std::optional<SessionState> SessionOf(const HttpRequest& request, bool is_use);

  // Takes one try for the name; a refusal when there were too many. To be asked before SignIn.
  std::optional<HttpResponse> RefuseAttempt(const std::string& name);
  struct SignedIn {
    std::string session_id;
    SessionState state;
  };
  // As long for a name that nobody has as for a wrong password.
  std::variant<SignedIn, HttpResponse> SignIn(const std::string& name, const std::string& password);
  // Ends the session of the request's cookie, if there is one.
  void SignOut(const HttpRequest& request);

 private:
  struct Directory;
  std::shared_ptr<const Directory> directory() const;

  const bool required_;
  std::string nobodys_hash_;
  Sessions sessions_;
  Attempts attempts_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Directory> directory_;  // guarded by mutex_
};

}  // namespace vigie::daemon
