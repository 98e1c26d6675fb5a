#include "tools/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "fmt/format.h"

namespace vigie::tools {
namespace {

constexpr int kBarWidth = 30;
constexpr auto kRedrawEvery = std::chrono::milliseconds(100);

}  // namespace

Progress::Progress(std::string unit, bool force)
    : unit_(std::move(unit)),
      shown_(force || isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

Progress::~Progress() { Clear(); }

std::string Progress::Line(double fraction, std::int64_t count, double seconds,
                           const std::string& unit) {
  fraction = std::clamp(fraction, 0.0, 1.0);
  const int full = static_cast<int>(fraction * kBarWidth);
  std::string line = fmt::format(
      "[{}{}] {:3.0f} %  {} {}", std::string(static_cast<std::size_t>(full), '#'),
      std::string(static_cast<std::size_t>(kBarWidth - full), '.'), fraction * 100, count, unit);
  if (seconds > 0) line += fmt::format("  {:.0f} {}/s", static_cast<double>(count) / seconds, unit);
  if (fraction > 0 && fraction < 1) {
    line += fmt::format("  {:.0f} s left", seconds / fraction * (1 - fraction));
  }
  return line;
}

void Progress::Update(double fraction, std::int64_t count) {
  const auto now = std::chrono::steady_clock::now();
  if (!shown_ || now - last_ < kRedrawEvery) return;
  last_ = now;
  drawn_ = true;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  std::fputs(("\r\x1b[K" + Line(fraction, count, seconds, unit_)).c_str(), stderr);
  std::fflush(stderr);
}

void Progress::Clear() {
  if (!drawn_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace vigie::tools
