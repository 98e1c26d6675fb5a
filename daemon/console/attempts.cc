#include "daemon/console/attempts.h"

#include <algorithm>
#include <utility>

#include "daemon/console/accounts.h"

namespace vigie::daemon {

using std::chrono::seconds;

Attempts::Attempts(const AttemptLimits& limits, Clock clock)
    : limits_(limits), clock_(std::move(clock)), overall_{limits.overall, clock_()} {}

void Attempts::Refill(Bucket& bucket, int most, seconds interval, Instant now) {
  const auto back = (now - bucket.since) / interval;
  if (back <= 0) return;
  if (back >= most - bucket.left) {
    bucket = {most, now};
    return;
  }
  bucket.left += static_cast<int>(back);
  bucket.since += back * interval;
}

seconds Attempts::Wait(const Bucket& bucket, seconds interval, Instant now) {
  const auto passed = std::chrono::duration_cast<seconds>(now - bucket.since);
  return std::max(seconds(1), interval - passed);
}

std::optional<seconds> Attempts::Take(const std::string& name) {
  const std::string hash = HashToken(name);  // What is typed as a name may be a password.
  const std::lock_guard lock(mutex_);
  const Instant now = clock_();
  Refill(overall_, limits_.overall, limits_.overall_interval, now);
  if (overall_.left == 0) return Wait(overall_, limits_.overall_interval, now);
  if (!by_name_.count(hash) && by_name_.size() >= limits_.names_max) {
    for (auto& [known, bucket] : by_name_) {
      Refill(bucket, limits_.per_name, limits_.per_name_interval, now);
    }
    std::erase_if(by_name_,
                  [&](const auto& entry) { return entry.second.left == limits_.per_name; });
    if (by_name_.size() >= limits_.names_max) return limits_.per_name_interval;
  }
  Bucket& bucket = by_name_.try_emplace(hash, Bucket{limits_.per_name, now}).first->second;
  Refill(bucket, limits_.per_name, limits_.per_name_interval, now);
  if (bucket.left == 0) return Wait(bucket, limits_.per_name_interval, now);
  --bucket.left;
  --overall_.left;
  return std::nullopt;
}

void Attempts::Forgive(const std::string& name) {
  const std::string hash = HashToken(name);
  const std::lock_guard lock(mutex_);
  by_name_.erase(hash);
}

std::size_t Attempts::names() const {
  const std::lock_guard lock(mutex_);
  return by_name_.size();
}

}  // namespace vigie::daemon
