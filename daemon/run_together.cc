#include "daemon/run_together.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace vigie::daemon {

void RunTogether(std::size_t count, const std::function<void(std::size_t)>& piece) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr thrown;  // protected by mutex
  const auto work = [&] {
    try {
      for (std::size_t number = next++; number < count; number = next++) piece(number);
    } catch (...) {
      next = count;
      const std::lock_guard<std::mutex> lock(mutex);
      if (!thrown) thrown = std::current_exception();
    }
  };
  {
    std::thread other;
    if (count > 1) other = std::thread(work);
    work();
    if (other.joinable()) other.join();
  }
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace vigie::daemon
