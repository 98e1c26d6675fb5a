// The review console's own paths: its pages, signing in and out, the session. What the pages show
// they ask of the JSON services (json_door.h).
//
//   GET  /                 leads to /console/
//   GET  /console/…        the pages: embedded files, nothing of anybody in them
//   GET  /session          {"accounts": true, "signed_in": true, "name", "role", "csrf",
//                          "idle_left_seconds", "age_left_seconds"}; never lengthens the session
//   POST /session          the same, and the idle time begins anew
//   POST /sign-in          {"name", "password"}: as GET /session, and the cookie
//   POST /sign-out         ends the session; the cookie goes
// The last three take JSON only; with a session they need the header X-Vigie-Csrf (sign-in: not).
#pragma once

#include "daemon/console/access.h"
#include "daemon/console/http_server.h"
#include "daemon/grpc/executor.h"

namespace vigie::daemon {

class Console {
 public:
  // Passwords verified at a time, 64 MiB each, and those that may wait for it.
  static constexpr std::size_t kVerifiersMax = 2;
  static constexpr std::size_t kWaitingMax = 16;
  static constexpr std::size_t kSignInBytesMax = std::size_t{8} * 1024;

  // `access` outlives the console. `secure`: the door is reached by TLS only, which the cookie
  // says.
  explicit Console(Access& access, bool secure = false)
      : access_(access), secure_(secure), verifiers_({kVerifiersMax, kWaitingMax}) {}

  static bool IsConsolePath(const HttpRequest& request);
  // Answers a request to such a path. Never blocks; the answer to a sign-in comes from a thread of
  // the console's own. May be called from any thread.
  void Answer(const HttpRequest& request, HttpAnswer answer);
  // Waits for sign-ins that are being verified.
  void Stop() { verifiers_.Stop(); }

 private:
  void SignIn(const HttpRequest& request, const HttpAnswer& answer);
  HttpResponse SignOut(const HttpRequest& request);
  HttpResponse Session(const HttpRequest& request, bool is_use);

  Access& access_;
  const bool secure_;
  Executor verifiers_;
};

}  // namespace vigie::daemon
