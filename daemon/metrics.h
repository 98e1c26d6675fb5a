// Counters and latency histograms of the daemon, in Prometheus' text format.
//
// Label values come from closed sets (method names, status codes, table names): a metric never
// holds anything about a person. Thread safety: everything may be called from any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/registry/registry.h"

namespace vigie::daemon {

// Calls by method and status code, with their duration.
class CallMetrics {
 public:
  // `method` is the RPC's name without its service ("MatchIdentity"), `code` the canonical name
  // of its gRPC status ("OK", "ABORTED").
  void Record(std::string_view method, std::string_view code, double seconds);

  // vigie_rpc_duration_seconds and vigie_rpc_total, ready to be served.
  std::string Render() const;

 private:
  // Upper bounds of the buckets in seconds; a last one holds everything beyond.
  static constexpr std::array<double, 12> kBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                     0.01,   0.05,    0.1,    0.5,   1.0,    5.0};
  struct Histogram {
    std::array<std::uint64_t, kBounds.size() + 1> buckets{};
    double sum_seconds = 0;
    std::uint64_t count = 0;
  };

  mutable std::mutex mutex_;
  // Guarded by mutex_. A call takes some tens of microseconds; the lock is held for nanoseconds.
  std::map<std::string, Histogram, std::less<>> by_method_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> by_method_and_code_;
};

// The gauges of the base: identities by status, visits, queue, commits, free space, build.
std::string RenderStatus(const StatusResult& status, std::string_view version);

}  // namespace vigie::daemon
