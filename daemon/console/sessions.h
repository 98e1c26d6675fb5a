// Who is signed in: sessions in memory, each known by a random number that only the browser has.
// A restart ends them all.
//
// Thread safety: everything may be called from any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace vigie::daemon {

struct SessionLimits {
  std::chrono::seconds idle_max{15 * 60};      // without a call of the person's
  std::chrono::seconds age_max{10 * 60 * 60};  // whatever is done
  std::size_t sessions_max = 256;              // further people are refused
  std::size_t per_account_max = 8;             // further ones end the account's longest idle one
};

class Sessions {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;
  explicit Sessions(const SessionLimits& limits, Clock clock = std::chrono::steady_clock::now);

  struct Begun {
    std::string id;    // the cookie's value: 43 characters; kept here only as a hash
    std::string csrf;  // what every call made with the cookie must repeat in a header
  };
  // nullopt when sessions_max people are signed in.
  std::optional<Begun> Begin(const std::string& account);

  struct Found {
    std::string account;
    std::string csrf;
    std::chrono::seconds idle_left{0};  // until it ends without a further call
    std::chrono::seconds age_left{0};   // until it ends in any case
  };
  // nullopt: there is none, or it has ended. `is_use`: the person did something, so that the idle
  // time begins anew; false for what a page asks by itself.
  std::optional<Found> Find(const std::string& id, bool is_use);

  void End(const std::string& id);
  // Ends those whose account `is_gone`, after the accounts changed.
  void EndOf(const std::function<bool(const std::string& account)>& is_gone);
  std::size_t count() const;

 private:
  using Instant = std::chrono::steady_clock::time_point;
  struct Session {
    std::string account;
    std::string csrf;
    Instant begun;
    Instant used;
  };
  bool HasEnded(const Session& session, Instant now) const;
  void DropEnded(Instant now);
  void MakeRoomFor(const std::string& account);

  const SessionLimits limits_;
  const Clock clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Session> by_hash_;  // guarded by mutex_
};

}  // namespace vigie::daemon
