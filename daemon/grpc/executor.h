// A fixed number of threads with a bounded queue, for work that must not run on gRPC's own threads.
//
// Thread safety: TryRun from any thread; Stop once, from a thread that is not a worker.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace vigie::daemon {

class Executor {
 public:
  // At most `waiting_max` tasks wait beside those that run.
  struct Options {
    std::size_t workers = 1;
    std::size_t waiting_max = 0;
  };
  explicit Executor(const Options& options);
  ~Executor();  // Stops.
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Runs `task` on a worker, first come first served. False, and `task` is not run, when too many
  // wait already or the executor is stopped. `task` may not throw.
  [[nodiscard]] bool TryRun(std::function<void()> task);
  // Runs what was accepted to its end, then joins the workers.
  void Stop();

 private:
  void Work();

  const std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;  // guarded by mutex_
  std::size_t idle_ = 0;                       // workers that wait; guarded by mutex_
  bool stopped_ = false;                       // guarded by mutex_
  std::vector<std::thread> workers_;
};

}  // namespace vigie::daemon
