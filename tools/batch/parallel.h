// Work on a range by several threads, in chunks whose results the caller puts together in order:
// the outcome does not depend on how many threads there were.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace vigie::tools {

inline constexpr int kThreadsMax = 256;

// Calls `work(chunk, begin, end)` for each chunk of `chunk_size` of 0..count-1, on `threads`
// threads. `tick(done)` is called on the calling thread now and then with what is finished, of
// count. `work` must not throw.
inline void ParallelChunks(int threads, std::size_t count, std::size_t chunk_size,
                           const std::function<void(std::size_t, std::size_t, std::size_t)>& work,
                           const std::function<void(std::size_t)>& tick = {}) {
  const std::size_t chunks = (count + chunk_size - 1) / chunk_size;
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> done{0};
  std::mutex mutex;
  std::condition_variable finished;
  std::size_t running = 0;
  const auto run = [&] {
    for (std::size_t chunk = next++; chunk < chunks; chunk = next++) {
      const std::size_t begin = chunk * chunk_size;
      const std::size_t end = std::min(begin + chunk_size, count);
      work(chunk, begin, end);
      done += end - begin;
    }
    const std::lock_guard<std::mutex> lock(mutex);
    --running;
    finished.notify_one();
  };
  std::vector<std::thread> pool;
  const std::size_t size = std::min(static_cast<std::size_t>(std::max(threads, 1)), chunks);
  running = size;
  for (std::size_t i = 0; i < size; ++i) pool.emplace_back(run);
  {
    std::unique_lock<std::mutex> lock(mutex);
    while (!finished.wait_for(lock, std::chrono::milliseconds(100), [&] { return running == 0; })) {
      if (tick) tick(done);
    }
  }
  for (std::thread& thread : pool) thread.join();
}

inline std::size_t ChunkCount(std::size_t count, std::size_t chunk_size) {
  return (count + chunk_size - 1) / chunk_size;
}

}  // namespace vigie::tools
