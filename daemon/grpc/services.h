// The services as gRPC knows them; each call goes straight to the runner. Calls: calls.h.
#pragma once

#include <memory>
#include <vector>

#include "daemon/grpc/runner.h"
#include "grpcpp/impl/service_type.h"

namespace vigie::daemon {

// `runner` outlives the services; the services outlive the server they are registered with.
std::vector<std::unique_ptr<grpc::Service>> MakeServices(CallRunner& runner);

}  // namespace vigie::daemon
