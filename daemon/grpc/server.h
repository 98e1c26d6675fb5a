// The gRPC door of the daemon: builds the server with every limit of limits.h, serves health, stops
// in order.
//
// Without TLS it listens on loopback and Unix sockets only; whoever wants more puts a proxy that
// terminates TLS in front.
// Thread safety: Start and Stop from one thread, never from inside a call; the rest from any.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/grpc/runner.h"
#include "daemon/registry/registry.h"

namespace vigie::daemon {

struct GrpcServerOptions {
  // "127.0.0.1:7460", "[::1]:0", "localhost:7460", "unix:/run/vigie/grpc.sock". Port 0: any free
  // one. At least one.
  std::vector<std::string> listen_addresses = {"127.0.0.1:7460"};
  // Lets tools list the contract. Off in production: it helps strangers more than us.
  bool reflection = false;
  std::size_t workers = 0;  // 0: kWorkersDefault
  // Told of every call; see CallObserver in runner.h.
  std::function<void(std::string_view method, std::string_view code, double seconds)> observer;
};

// OK when a daemon without TLS may listen there; INVALID_ARGUMENT otherwise.
absl::Status CheckListenAddress(const std::string& address);

class GrpcServer {
 public:
  // Listens and answers. `registry` outlives the server. INVALID_ARGUMENT for an address that may
  // not be listened on; UNAVAILABLE for one that cannot, e.g. because another process has it.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(Registry& registry,
                                                           const GrpcServerOptions& options);
  // Stops with 5 s of grace when Stop was not called.
  virtual ~GrpcServer() = default;

  // Ports listened on, in the order of the addresses; 1 for a Unix socket.
  virtual const std::vector<int>& ports() const = 0;
  // Answers calls that come by another door as it answers gRPC's, with the same workers. Lives as
  // long as the server; after Stop it refuses everything.
  virtual CallRunner& calls() = 0;
  // What the health service says, for the daemon and each service. SERVING from the start.
  virtual void SetServing(bool serving) = 0;
  // Says NOT_SERVING, takes no new call, lets those in progress end for `grace`, cancels the rest,
  // and returns when the last one is over. A change that was begun is always finished.
  virtual void Stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace vigie::daemon
