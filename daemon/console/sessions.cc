#include "daemon/console/sessions.h"

#include <algorithm>
#include <utility>

#include "daemon/console/accounts.h"

namespace vigie::daemon {
namespace {

constexpr std::size_t kSecretBytes = 32;

}  // namespace

Sessions::Sessions(const SessionLimits& limits, Clock clock)
    : limits_(limits), clock_(std::move(clock)) {}

bool Sessions::HasEnded(const Session& session, Instant now) const {
  return now - session.used >= limits_.idle_max || now - session.begun >= limits_.age_max;
}

void Sessions::DropEnded(Instant now) {
  std::erase_if(by_hash_, [&](const auto& entry) { return HasEnded(entry.second, now); });
}

void Sessions::MakeRoomFor(const std::string& account) {
  std::size_t count = 0;
  auto oldest = by_hash_.end();
  for (auto it = by_hash_.begin(); it != by_hash_.end(); ++it) {
    if (it->second.account != account) continue;
    ++count;
    if (oldest == by_hash_.end() || it->second.used < oldest->second.used) oldest = it;
  }
  if (count >= limits_.per_account_max) by_hash_.erase(oldest);
}

std::optional<Sessions::Begun> Sessions::Begin(const std::string& account) {
  Begun begun{RandomText(kSecretBytes), RandomText(kSecretBytes)};
  const std::lock_guard lock(mutex_);
  const Instant now = clock_();
  DropEnded(now);
  MakeRoomFor(account);
  if (by_hash_.size() >= limits_.sessions_max) return std::nullopt;
  by_hash_[HashToken(begun.id)] = {account, begun.csrf, now, now};
  return begun;
}

std::optional<Sessions::Found> Sessions::Find(const std::string& id, bool is_use) {
  const std::string hash = HashToken(id);
  const std::lock_guard lock(mutex_);
  const Instant now = clock_();
  const auto found = by_hash_.find(hash);
  if (found == by_hash_.end()) return std::nullopt;
  Session& session = found->second;
  if (HasEnded(session, now)) {
    by_hash_.erase(found);
    return std::nullopt;
  }
  if (is_use) session.used = now;
  const auto left = [now](Instant since, std::chrono::seconds most) {
    return most - std::chrono::duration_cast<std::chrono::seconds>(now - since);
  };
  const std::chrono::seconds age_left = left(session.begun, limits_.age_max);
  return Found{session.account, session.csrf,
               std::min(left(session.used, limits_.idle_max), age_left), age_left};
}

void Sessions::End(const std::string& id) {
  const std::string hash = HashToken(id);
  const std::lock_guard lock(mutex_);
  by_hash_.erase(hash);
}

void Sessions::EndOf(const std::function<bool(const std::string& account)>& is_gone) {
  const std::lock_guard lock(mutex_);
  std::erase_if(by_hash_, [&](const auto& entry) { return is_gone(entry.second.account); });
}

std::size_t Sessions::count() const {
  const std::lock_guard lock(mutex_);
  return by_hash_.size();
}

}  // namespace vigie::daemon
