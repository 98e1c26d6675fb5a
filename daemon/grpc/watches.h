// The watches that are open, woken when a case was written, now and then, and when the daemon
// stops.
//
// Thread safety: everything may be called from any thread.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "daemon/registry/registry.h"

namespace vigie::daemon {

class Watches {
 public:
  // Hands its work on and returns: it is called under a lock.
  class Watch {
   public:
    virtual ~Watch() = default;
    virtual void Wake() = 0;  // there may be something to tell
    virtual void Tick() = 0;  // time has passed
  };

  // `registry` outlives it.
  explicit Watches(Registry& registry);
  ~Watches();  // When no watch is left.
  Watches(const Watches&) = delete;
  Watches& operator=(const Watches&) = delete;

  void Add(Watch* watch);
  // Not called any more once this has returned.
  void Remove(Watch* watch);
  void WakeAll();

 private:
  void TickUntilStopped();

  Registry& registry_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<Watch*> watches_;  // guarded by mutex_
  bool stopped_ = false;      // guarded by mutex_
  std::thread ticker_;
};

}  // namespace vigie::daemon
