#include "daemon/grpc/executor.h"

#include <utility>

namespace vigie::daemon {

Executor::Executor(const Options& options) : waiting_max_(options.waiting_max) {
  workers_.reserve(options.workers);
  for (std::size_t i = 0; i < options.workers; ++i) workers_.emplace_back([this] { Work(); });
}

Executor::~Executor() { Stop(); }

bool Executor::TryRun(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    // A task an idle worker will take at once does not wait.
    if (stopped_ || waiting_.size() >= waiting_max_ + idle_) return false;
    waiting_.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

void Executor::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) {
    if (worker.joinable()) worker.join();
  }
}

void Executor::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    wake_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;  // Stopped, and nothing is left.
    const std::function<void()> task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace vigie::daemon
