// What every call and stream is held in: refused when there are too many, and no exception out of
// it.
#pragma once

#include <atomic>
#include <exception>

#include "absl/status/status.h"
#include "daemon/registry/errors.h"

namespace vigie::daemon {

inline absl::Status Busy(const char* what) { return MakeError(Reason::kServerBusy, what); }

// No exception leaves a call. Its text may hold anything, so it is not passed on.
template <class Call>
absl::Status Guarded(const Call& call) {
  try {
    return call();
  } catch (const std::exception&) {
    return MakeError(Reason::kInternal, "unexpected fault of the program");
  }
}

class CountGuard {
 public:
  explicit CountGuard(std::atomic<int>& count) : count_(count), before_(count_++) {}
  ~CountGuard() { --count_; }
  CountGuard(const CountGuard&) = delete;
  CountGuard& operator=(const CountGuard&) = delete;
  int before() const { return before_; }

 private:
  std::atomic<int>& count_;
  const int before_;
};

}  // namespace vigie::daemon
