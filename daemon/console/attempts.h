// How often somebody may try to sign in: a few tries at once, then one now and then, for each name
// and for all names together. A name nobody has is limited as one that exists, so that the limit
// tells nothing.
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

struct AttemptLimits {
  int per_name = 5;                            // tries at once for one name
  std::chrono::seconds per_name_interval{20};  // then one in this time: 4,320 a day
  int overall = 30;                            // tries at once for all names together
  std::chrono::seconds overall_interval{1};    // then one in this time
  std::size_t names_max = 4096;                // names remembered; more are refused
};

class Attempts {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;
  explicit Attempts(const AttemptLimits& limits = {}, Clock clock = std::chrono::steady_clock::now);

  // Takes one try. nullopt: go on. Otherwise nothing was taken, and the next try may be made after
  // the time given.
  std::optional<std::chrono::seconds> Take(const std::string& name);
  // The try was right: the name's tries are given back.
  void Forgive(const std::string& name);
  std::size_t names() const;

 private:
  using Instant = std::chrono::steady_clock::time_point;
  // Tries left, which come back one an interval up to the most.
  struct Bucket {
    int left = 0;
    Instant since;  // of the last one that came back
  };
  static void Refill(Bucket& bucket, int most, std::chrono::seconds interval, Instant now);
  static std::chrono::seconds Wait(const Bucket& bucket, std::chrono::seconds interval,
                                   Instant now);

  const AttemptLimits limits_;
  const Clock clock_;
  mutable std::mutex mutex_;
  Bucket overall_;                         // guarded by mutex_
  std::map<std::string, Bucket> by_name_;  // by HashToken(name); guarded by mutex_
};

}  // namespace vigie::daemon
