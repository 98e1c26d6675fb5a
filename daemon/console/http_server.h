// The HTTP door: connections, limits, requests in, answers out. What is served there is the
// handler's: liveness, readiness, metrics (process.cc) and the JSON services (json_door.h).
//
// Loopback only until callers can be authenticated. Every limit is here: connections, header and
// body size, time per request. A connection that is slow or silent is closed.
//
// Thread safety: Start and Stop from one thread, which is not the server's. The handler is called
// on the server's own thread and must not block it; an answer may be given from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace vigie::daemon {

struct HttpRequest {
  std::string method;  // "GET"
  std::string path;    // "/readyz", without the query
  std::string query;   // "verbose", without the question mark
  // By name in lower case; the values of a name that came several times are joined by ", ".
  std::map<std::string, std::string> headers;
  std::string body;
  bool body_too_large = false;  // it is beyond the limit and was not read: `body` is empty
  // Becomes true when the caller closed the connection before it was answered. May be null.
  std::shared_ptr<const std::atomic<bool>> caller_gone;

  // Empty when the header did not come.
  std::string Header(const std::string& name) const;
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // beside those the server sets itself
};

// Gives the answer to one request. Called once, at once or later, from any thread; further calls,
// and calls after the server's end, do nothing.
using HttpAnswer = std::function<void(HttpResponse)>;
// Every request ends with an answer: a connection waits for it without a limit of its own.
using HttpHandler = std::function<void(HttpRequest, HttpAnswer)>;

struct HttpLimits {
  std::size_t connections_max = 64;  // further ones are closed at once
  std::uint32_t header_bytes_max = 8u * 1024;
  std::uint64_t body_bytes_max = std::uint64_t{256} * 1024;  // as for a message of a gRPC call
  std::chrono::milliseconds request_time_max{5000};  // reading a request or writing an answer
};

class HttpServer {
 public:
  // Binds `listen` ("127.0.0.1:7461", "[::1]:0") and serves on a thread of its own.
  // INVALID_ARGUMENT: not a loopback address and port. UNAVAILABLE: the port is taken.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const std::string& listen,
                                                           HttpHandler handler,
                                                           const HttpLimits& limits = {});

  // Stops without grace when Stop was not called.
  virtual ~HttpServer() = default;

  virtual std::uint16_t Port() const = 0;
  // Takes no new connection and no new request, lets requests that were read be answered for
  // `grace`, closes the rest, joins the thread.
  virtual void Stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace vigie::daemon
