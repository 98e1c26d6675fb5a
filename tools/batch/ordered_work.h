// Items that several threads work on and that come back in the order they were given. The thread
// that gives and takes works on items too where it would have to wait, so that no processor idles.
// One thread gives and takes.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace vigie::tools {

template <typename Item>
class OrderedWork {
 public:
  // `work` must not throw. `threads` counts the one that takes; below 1 is 1.
  OrderedWork(int threads, std::function<void(Item&)> work) : work_(std::move(work)) {
    for (int i = 1; i < threads; ++i) helpers_.emplace_back([this] { Help(); });
  }
  // What nobody works on yet is dropped.
  ~OrderedWork() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
    }
    given_.notify_all();
    for (std::thread& helper : helpers_) helper.join();
  }
  OrderedWork(const OrderedWork&) = delete;
  OrderedWork& operator=(const OrderedWork&) = delete;

  std::size_t size() const { return count_; }  // given and not taken

  void Give(std::unique_ptr<Item> item) {
    ++count_;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      entries_.push_back({std::move(item), State::kWaiting});
    }
    given_.notify_one();
  }

  // The oldest item, worked on. Precondition: size() > 0.
  std::unique_ptr<Item> Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (entries_.front().state != State::kDone) {
      if (!WorkOnOne(lock)) done_.wait(lock);
    }
    std::unique_ptr<Item> item = std::move(entries_.front().item);
    entries_.pop_front();
    --count_;
    return item;
  }

 private:
  enum class State : std::uint8_t { kWaiting, kRunning, kDone };
  struct Entry {
    std::unique_ptr<Item> item;
    State state;
  };

  // Works on the oldest item that waits, without the lock; false when none does.
  bool WorkOnOne(std::unique_lock<std::mutex>& lock) {
    const auto waiting = std::find_if(entries_.begin(), entries_.end(), [](const Entry& entry) {
      return entry.state == State::kWaiting;
    });
    if (waiting == entries_.end()) return false;
    Entry& entry = *waiting;  // A deque moves nothing when its ends change.
    entry.state = State::kRunning;
    lock.unlock();
    work_(*entry.item);
    lock.lock();
    entry.state = State::kDone;
    done_.notify_one();
    return true;
  }

  void Help() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!stopping_) {
      if (!WorkOnOne(lock)) given_.wait(lock);
    }
  }

  const std::function<void(Item&)> work_;
  std::size_t count_ = 0;  // of the giving thread
  std::mutex mutex_;
  std::condition_variable given_;
  std::condition_variable done_;
  std::deque<Entry> entries_;  // in the order they were given
  bool stopping_ = false;
  std::vector<std::thread> helpers_;
};

}  // namespace vigie::tools
