// A progress line on standard error: bar, count, rate, time left. Silent unless that is a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace vigie::tools {

class Progress {
 public:
  // `unit` is what is counted, e.g. "rows". `force` shows it on anything, for tests.
  explicit Progress(std::string unit, bool force = false);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `fraction` done, 0..1, and how many of `unit`. Drawn at most ten times a second.
  void Update(double fraction, std::int64_t count);
  void Clear();  // takes the line away

  // The line for a state, e.g. "[#####.....]  50 %  1000 rows  200 rows/s  5 s left".
  static std::string Line(double fraction, std::int64_t count, double seconds,
                          const std::string& unit);

 private:
  std::string unit_;
  bool shown_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace vigie::tools
