#include "daemon/grpc/server.h"

#include <array>
#include <charconv>
#include <utility>

#include "daemon/grpc/executor.h"
#include "daemon/grpc/limits.h"
#include "daemon/grpc/services.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/impl/server_builder_option.h"
#include "grpcpp/resource_quota.h"

namespace vigie::daemon {
namespace {

constexpr std::array kServiceNames = {
    "vigie.v1.IdentityService",      "vigie.v1.VisitService",          "vigie.v1.ReviewService",
    "vigie.v1.QualificationService", "vigie.v1.AdministrationService", "vigie.v1.ExportService",
    "vigie.v1.ProposalService",      "vigie.v1.LabelService",          "vigie.v1.BacklogService"};

int Milliseconds(std::chrono::milliseconds duration) { return static_cast<int>(duration.count()); }

bool IsNumberUpTo(std::string_view text, unsigned value_max) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number <= value_max;
}

// 127.0.0.0/8 in the usual spelling.
bool IsLoopbackV4(std::string_view host) {
  int parts = 0;
  while (true) {
    const std::size_t dot = host.find('.');
    const std::string_view part = host.substr(0, dot);
    if (!IsNumberUpTo(part, 255) || (parts == 0 && part != "127")) return false;
    ++parts;
    if (dot == std::string_view::npos) return parts == 4;
    host.remove_prefix(dot + 1);
  }
}

void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(kMessageBytesMax));
  grpc::ResourceQuota quota("vigie");
  quota.Resize(kBufferBytesMax).SetMaxThreads(kGrpcThreadsMax);
  builder.SetResourceQuota(quota);
  const std::array<std::pair<const char*, int>, 13> arguments = {{
      // A second daemon on the same port must fail, not share it.
      {GRPC_ARG_ALLOW_REUSEPORT, 0},
      {GRPC_ARG_MAX_CONCURRENT_STREAMS, kConcurrentStreamsMax},
      {GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax},
      {GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Milliseconds(kHandshakeTimeout)},
      {GRPC_ARG_MAX_CONNECTION_IDLE_MS, Milliseconds(kConnectionIdleMax)},
      {GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(kConnectionAgeMax)},
      {GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, Milliseconds(kConnectionAgeGrace)},
      {GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(kKeepaliveTime)},
      {GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(kKeepaliveTimeout)},
      {GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, Milliseconds(kPingIntervalMin)},
      {GRPC_ARG_HTTP2_MAX_PING_STRIKES, kPingStrikesMax},
      {GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1},
      {GRPC_ARG_ENABLE_CHANNELZ, 0},
  }};
  for (const auto& [name, value] : arguments) builder.AddChannelArgument(name, value);
  // A small compressed message may unfold to a huge one.
  builder.SetDefaultCompressionAlgorithm(GRPC_COMPRESS_NONE);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
}

// Reflection registers itself with every server of a program that is linked with it; this takes it
// out again.
class WithoutReflection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments* /*arguments*/) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    std::erase_if(*plugins, [](const std::unique_ptr<grpc::ServerBuilderPlugin>& plugin) {
      return dynamic_cast<grpc::reflection::ProtoServerReflectionPlugin*>(plugin.get()) != nullptr;
    });
  }
};

class GrpcServerImpl final : public GrpcServer {
 public:
  GrpcServerImpl(Registry& registry, const GrpcServerOptions& options)
      : executor_({options.workers == 0 ? kWorkersDefault : options.workers, kWaitingCallsMax}),
        runner_(registry, executor_, options.observer),
        services_(MakeServices(runner_)) {}

  ~GrpcServerImpl() override { Stop(std::chrono::seconds(5)); }

  absl::Status Listen(const GrpcServerOptions& options) {
    grpc::EnableDefaultHealthCheckService(true);
    // It writes a line for every message that is not UTF-8: a client could fill the disk with them.
    google::protobuf::SetLogHandler(nullptr);
    grpc::ServerBuilder builder;
    if (options.reflection) {
      // Linked in and known to reflection only if used: the health service is listed, and a list
      // with a service that has no descriptor fails as a whole.
      grpc::health::v1::HealthCheckRequest::descriptor();
    } else {
      builder.SetOption(std::make_unique<WithoutReflection>());
    }
    SetLimits(builder);
    ports_.assign(options.listen_addresses.size(), 0);
    for (std::size_t i = 0; i < ports_.size(); ++i) {
      builder.AddListeningPort(options.listen_addresses[i], grpc::InsecureServerCredentials(),
                               &ports_[i]);
    }
    for (const std::unique_ptr<grpc::Service>& service : services_) {
      builder.RegisterService(service.get());
    }
    server_ = builder.BuildAndStart();
    for (std::size_t i = 0; i < ports_.size(); ++i) {
      if (server_ == nullptr || ports_[i] == 0) {
        return absl::UnavailableError("cannot listen on " + options.listen_addresses[i] +
                                      ": is another process there?");
      }
    }
    SetServing(true);
    return absl::OkStatus();
  }

  const std::vector<int>& ports() const override { return ports_; }

  CallRunner& calls() override { return runner_; }

  void SetServing(bool serving) override {
    grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
    health->SetServingStatus(serving);
    for (const char* name : kServiceNames) health->SetServingStatus(name, serving);
  }

  void Stop(std::chrono::milliseconds grace) override {
    if (server_ == nullptr) return;
    SetServing(false);
    runner_.Drain();
    // Returns when the last call is over; the workers must run until then.
    server_->Shutdown(std::chrono::system_clock::now() + grace);
    server_->Wait();
    server_.reset();
    executor_.Stop();
  }

 private:
  // In the order of dependency: the server goes first, the executor last.
  Executor executor_;
  CallRunner runner_;
  const std::vector<std::unique_ptr<grpc::Service>> services_;
  std::vector<int> ports_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

absl::Status CheckListenAddress(const std::string& address) {
  const std::string_view text = address;
  constexpr std::string_view kUnix = "unix:/";
  if (text.substr(0, kUnix.size()) == kUnix && text.size() > kUnix.size()) return absl::OkStatus();
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || !IsNumberUpTo(text.substr(colon + 1), 65535)) {
    return absl::InvalidArgumentError("listen address " + address +
                                      ": HOST:PORT or unix:/PATH expected");
  }
  const std::string_view host = text.substr(0, colon);
  if (host == "localhost" || host == "[::1]" || IsLoopbackV4(host)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "listen address " + address +
      ": only loopback or a Unix socket without TLS; put a proxy that terminates TLS in front");
}

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(Registry& registry,
                                                              const GrpcServerOptions& options) {
  if (options.listen_addresses.empty()) {
    return absl::InvalidArgumentError("no listen address for gRPC");
  }
  for (const std::string& address : options.listen_addresses) {
    if (absl::Status status = CheckListenAddress(address); !status.ok()) return status;
  }
  auto server = std::make_unique<GrpcServerImpl>(registry, options);
  if (absl::Status status = server->Listen(options); !status.ok()) return status;
  return server;
}

}  // namespace vigie::daemon
