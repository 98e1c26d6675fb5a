// The HTTP door: liveness, readiness, metrics; later the console and the JSON services.
//
// Loopback only until callers can be authenticated. Every limit is here: connections, header and
// body size, time per request. A connection that is slow or silent is closed.
//
// Thread safety: Start and Stop from one thread; `handle` is called from the server's own thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace vigie::daemon {

struct HttpRequest {
  std::string method;  // "GET"
  std::string path;    // "/readyz", without the query
  std::string query;   // "verbose", without the question mark
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

struct HttpLimits {
  std::size_t connections_max = 64;  // further ones are closed at once
  std::uint32_t header_bytes_max = 8u * 1024;
  std::uint64_t body_bytes_max = std::uint64_t{64} * 1024;
  std::chrono::milliseconds request_time_max{5000};  // reading a request or writing an answer
};

class HttpServer {
 public:
  // Binds `listen` ("127.0.0.1:7461", "[::1]:0") and serves on a thread of its own.
  // INVALID_ARGUMENT: not a loopback address and port. UNAVAILABLE: the port is taken.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(
      const std::string& listen, std::function<HttpResponse(const HttpRequest&)> handle,
      const HttpLimits& limits = {});

  // Stops accepting, closes every connection, joins the thread.
  virtual ~HttpServer() = default;

  virtual std::uint16_t Port() const = 0;
};

}  // namespace vigie::daemon
