// Aim: what the gRPC door itself promises, whatever the registry answers: limits, deadlines,
// threads, cancellation, health, stopping. A real server on a port of its own and a real client.
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "daemon/grpc/calls.h"
#include "daemon/grpc/limits.h"
#include "daemon/grpc/server.h"
#include "daemon/registry/errors.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "tests/daemon/stub_registry.h"
#include "tests/support/temporary_directory.h"
#include "vigie/v1/administration.grpc.pb.h"
#include "vigie/v1/backlog.grpc.pb.h"
#include "vigie/v1/export.grpc.pb.h"
#include "vigie/v1/identity.grpc.pb.h"
#include "vigie/v1/label.grpc.pb.h"
#include "vigie/v1/proposal.grpc.pb.h"
#include "vigie/v1/qualification.grpc.pb.h"
#include "vigie/v1/review.grpc.pb.h"
#include "vigie/v1/visit.grpc.pb.h"

namespace vigie::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

void SetDeadline(grpc::ClientContext* context, milliseconds after = seconds(20)) {
  context->set_deadline(system_clock::now() + after);
}

std::string ReasonOf(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  if (!details.ParseFromString(status.error_details()) || details.details().empty() ||
      !details.details(0).UnpackTo(&info)) {
    return "";
  }
  EXPECT_EQ(info.domain(), "vigie");
  EXPECT_EQ(details.code(), status.error_code());
  return info.reason();
}

// A gate calls wait at until the test opens it.
class Gate {
 public:
  void Wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void AwaitWaiting(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= count; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

class GrpcServerTest : public ::testing::Test {
 protected:
  void Start(GrpcServerOptions options = {}) {
    if (options.listen_addresses == GrpcServerOptions().listen_addresses) {
      options.listen_addresses = {"127.0.0.1:0"};
    }
    absl::StatusOr<std::unique_ptr<GrpcServer>> server = GrpcServer::Start(registry_, options);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = std::move(*server);
    const std::string address = options.listen_addresses[0].rfind("unix:", 0) == 0
                                    ? options.listen_addresses[0]
                                    : "127.0.0.1:" + std::to_string(server_->ports()[0]);
    // A channel of its own: no connection is shared with another test's server.
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxReceiveMessageSize(-1);
    channel_ = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
    identities_ = v1::IdentityService::NewStub(channel_);
  }

  grpc::Status Get(milliseconds deadline = seconds(20)) {
    grpc::ClientContext context;
    SetDeadline(&context, deadline);
    v1::GetIdentityRequest request;
    request.set_identity_id("42");
    v1::GetIdentityResponse response;
    return identities_->GetIdentity(&context, request, &response);
  }

  grpc::Status Update(milliseconds deadline = seconds(20)) {
    grpc::ClientContext context;
    SetDeadline(&context, deadline);
    v1::UpdateIdentityRequest request;
    request.set_identity_id("42");
    request.mutable_update_mask()->add_paths("city");
    v1::UpdateIdentityResponse response;
    return identities_->UpdateIdentity(&context, request, &response);
  }

  StubRegistry registry_;
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::IdentityService::Stub> identities_;
};

v1::ImportIdentitiesRequest Batch(int first_row, int rows) {
  v1::ImportIdentitiesRequest batch;
  batch.set_import_id("import");
  for (int i = 0; i < rows; ++i) {
    v1::ImportIdentitiesRequest::Row* row = batch.add_rows();
    row->set_row_number(first_row + i);
    row->mutable_identity()->set_local_id("L" + std::to_string(first_row + i));
  }
  return batch;
}

// A call by its path, with a message as bytes.
grpc::Status CallByPath(const std::shared_ptr<grpc::Channel>& channel, const std::string& path,
                        const std::string& message, std::string* answer = nullptr) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  SetDeadline(&context);
  grpc::Slice slice(message);
  grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  std::mutex mutex;
  std::condition_variable done;
  std::optional<grpc::Status> result;
  stub.UnaryCall(&context, path, {}, &request, &response, [&](grpc::Status status) {
    const std::lock_guard lock(mutex);
    result = std::move(status);
    done.notify_all();
  });
  std::unique_lock lock(mutex);
  done.wait(lock, [&] { return result.has_value(); });
  std::vector<grpc::Slice> slices;
  if (answer != nullptr && response.Valid() && response.Dump(&slices).ok()) {
    for (const grpc::Slice& part : slices) {
      answer->append(reinterpret_cast<const char*>(part.begin()), part.size());
    }
  }
  return *result;
}

TEST_F(GrpcServerTest, EveryCallOfTheContractIsServed) {
  Start();
  int methods = 0;
  for (const auto* service :
       {v1::IdentityService::service_full_name(), v1::VisitService::service_full_name(),
        v1::ReviewService::service_full_name(), v1::QualificationService::service_full_name(),
        v1::ProposalService::service_full_name(), v1::LabelService::service_full_name(),
        v1::BacklogService::service_full_name(), v1::AdministrationService::service_full_name(),
        v1::ExportService::service_full_name()}) {
    const auto* descriptor =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service);
    for (int i = 0; i < descriptor->method_count(); ++i) {
      ++methods;
      const std::string path = "/" + std::string(service) + "/" + descriptor->method(i)->name();
      // A watch ends by itself only when it is refused: this one is after commit -1.
      v1::WatchCasesRequest refused;
      refused.set_after_commit_number(-1);
      const bool watch = descriptor->method(i)->name() == "WatchCases";
      EXPECT_NE(CallByPath(channel_, path, watch ? refused.SerializeAsString() : "").error_code(),
                grpc::StatusCode::UNIMPLEMENTED)
          << path;
    }
  }
  // Imports are two streams, exports four, the watch is one, and the
  // bridge's one.
  EXPECT_EQ(methods, static_cast<int>(UnaryMethods().size()) + 8);
}

constexpr char kReflectionPath[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
// ServerReflectionRequest with file_containing_symbol (field 4).
constexpr char kDescribeHealth[] = "\x22\x15grpc.health.v1.Health";

// Linking the library is enough for gRPC to serve reflection, whatever the setting says.
TEST_F(GrpcServerTest, ReflectionIsOffUnlessAskedFor) {
  Start();
  EXPECT_EQ(CallByPath(channel_, kReflectionPath, kDescribeHealth).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

// A listing that meets a service without descriptor fails as a whole, and gRPC has none for health.
TEST_F(GrpcServerTest, ReflectionKnowsTheHealthServiceToo) {
  GrpcServerOptions options;
  options.reflection = true;
  Start(options);
  std::string answer;
  EXPECT_TRUE(CallByPath(channel_, kReflectionPath, kDescribeHealth, &answer).ok());
  EXPECT_NE(answer.find("grpc/health/v1/health.proto"), std::string::npos);
}

TEST_F(GrpcServerTest, ACallWithoutDeadlineIsRefused) {
  Start();
  grpc::ClientContext context;
  v1::GetIdentityRequest request;
  request.set_identity_id("42");
  v1::GetIdentityResponse response;
  const grpc::Status status = identities_->GetIdentity(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "deadline_required");
  EXPECT_EQ(registry_.asked(), "");
}

TEST_F(GrpcServerTest, AUnaryMessageBeyondItsLimitIsRefused) {
  Start();
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::MatchIdentityRequest request;
  request.mutable_traits()->set_city(std::string(kUnaryMessageBytesMax, 'x'));
  v1::MatchIdentityResponse response;
  const grpc::Status status = identities_->MatchIdentity(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(status), "message_too_large");
  EXPECT_EQ(registry_.asked(), "");
}

TEST_F(GrpcServerTest, AnyMessageBeyondTheGreatestLimitIsRefusedUnread) {
  Start();
  grpc::ClientContext context;
  auto stream = identities_->ImportIdentities(&context);
  v1::ImportIdentitiesRequest batch = Batch(1, 1);
  batch.mutable_rows(0)->mutable_identity()->set_domain(std::string(kMessageBytesMax, 'x'));
  stream->Write(batch);
  stream->WritesDone();
  v1::ImportIdentitiesResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(registry_.asked(), "");
}

TEST_F(GrpcServerTest, ErrorsTravelWithReasonAndFields) {
  registry_.before_answer = [] { return MakeFieldError("traits.birth_date", "not_a_date"); };
  Start();
  const grpc::Status status = Update();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "fields_invalid");
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  google::rpc::BadRequest bad_request;
  ASSERT_EQ(details.details_size(), 2);
  ASSERT_TRUE(details.details(1).UnpackTo(&bad_request));
  ASSERT_EQ(bad_request.field_violations_size(), 1);
  EXPECT_EQ(bad_request.field_violations(0).field(), "traits.birth_date");
  EXPECT_EQ(bad_request.field_violations(0).reason(), "not_a_date");
}

TEST_F(GrpcServerTest, EveryReasonOfTheListArrivesWithItsCode) {
  Start();
  for (const ReasonInfo& info : Reasons()) {
    registry_.before_answer = [&] {
      return MakeError(info.reason, "text", {{"identity_id", "42"}});
    };
    const grpc::Status status = Get();
    EXPECT_EQ(static_cast<int>(status.error_code()), static_cast<int>(info.code)) << info.name;
    EXPECT_EQ(ReasonOf(status), info.name);
  }
}

TEST_F(GrpcServerTest, AnExceptionBecomesInternalWithoutItsText) {
  registry_.before_answer = []() -> absl::Status { throw std::runtime_error("DURAND 1980-02-03"); };
  Start();
  for (const grpc::Status& status : {Get(), Update()}) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
    EXPECT_EQ(ReasonOf(status), "internal");
    EXPECT_EQ(status.error_message().find("DURAND"), std::string::npos);
  }
}

TEST_F(GrpcServerTest, WhatNobodyWaitsForIsNotBegun) {
  Gate gate;
  std::atomic<int> begun{0};
  registry_.before_answer = [&] {
    ++begun;
    gate.Wait();
    return absl::OkStatus();
  };
  GrpcServerOptions options;
  options.workers = 1;
  Start(options);
  std::thread first([&] { EXPECT_TRUE(Update().ok()); });
  gate.AwaitWaiting(1);
  // The only worker is taken, so this one waits in the queue until its deadline is over.
  EXPECT_EQ(Update(milliseconds(50)).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  // The server counts a deadline from the arrival of the call, which on a busy machine may be later
  // than the client's own: what is answered on the same connection now came after that arrival.
  const auto health = grpc::health::v1::Health::NewStub(channel_);
  grpc::ClientContext context;
  SetDeadline(&context);
  grpc::health::v1::HealthCheckResponse answer;
  ASSERT_TRUE(health->Check(&context, {}, &answer).ok());
  std::this_thread::sleep_for(milliseconds(200));
  gate.Open();
  first.join();
  server_->Stop(seconds(20));  // What was queued has been looked at by now.
  EXPECT_EQ(begun, 1);
}

TEST_F(GrpcServerTest, CallsBeyondTheQueueAreRefusedAtOnce) {
  Gate gate;
  registry_.before_answer = [&] {
    gate.Wait();
    return absl::OkStatus();
  };
  GrpcServerOptions options;
  options.workers = 1;
  Start(options);
  // More calls than one connection may carry: four channels.
  const int kCalls = static_cast<int>(kWaitingCallsMax) + 40;
  std::vector<std::unique_ptr<v1::IdentityService::Stub>> stubs;
  for (int i = 0; i < 4; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stubs.push_back(v1::IdentityService::NewStub(
        grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server_->ports()[0]),
                                  grpc::InsecureChannelCredentials(), arguments)));
  }
  std::mutex mutex;
  std::condition_variable changed;
  int done = 0, busy = 0, answered = 0;
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<v1::UpdateIdentityResponse> responses(static_cast<std::size_t>(kCalls));
  v1::UpdateIdentityRequest request;
  request.set_identity_id("42");
  request.mutable_update_mask()->add_paths("city");
  for (int i = 0; i < kCalls; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    SetDeadline(contexts.back().get(), seconds(60));
    stubs[static_cast<std::size_t>(i % 4)]->async()->UpdateIdentity(
        contexts.back().get(), &request, &responses[static_cast<std::size_t>(i)],
        [&](const grpc::Status& status) {
          const std::lock_guard lock(mutex);
          ++done;
          if (status.ok()) ++answered;
          if (ReasonOf(status) == "server_busy") ++busy;
          changed.notify_all();
        });
  }
  {
    // One runs, kWaitingCallsMax wait, the rest is refused while nothing moves.
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, seconds(30), [&] { return busy == 39; })) << busy;
  }
  gate.Open();
  std::unique_lock lock(mutex);
  ASSERT_TRUE(changed.wait_for(lock, seconds(30), [&] { return done == kCalls; }));
  EXPECT_EQ(answered, static_cast<int>(kWaitingCallsMax) + 1);
}

TEST_F(GrpcServerTest, ObserverHearsOfEveryCall) {
  std::mutex mutex;
  std::map<std::string, int> seen;
  GrpcServerOptions options;
  options.observer = [&](std::string_view method, std::string_view code, double duration_seconds) {
    EXPECT_GE(duration_seconds, 0);
    const std::lock_guard lock(mutex);
    ++seen[std::string(method) + " " + std::string(code)];
  };
  Start(options);
  EXPECT_TRUE(Get().ok());
  EXPECT_TRUE(Update().ok());
  registry_.before_answer = [] { return MakeError(Reason::kIdentityNotFound, "none"); };
  EXPECT_FALSE(Get().ok());
  const std::lock_guard lock(mutex);
  EXPECT_EQ(seen,
            (std::map<std::string, int>{
                {"GetIdentity OK", 1}, {"UpdateIdentity OK", 1}, {"GetIdentity NOT_FOUND", 1}}));
}

TEST(ListenAddress, IsLoopbackOrAUnixSocket) {
  for (const char* address : {"127.0.0.1:7460", "127.255.0.3:0", "[::1]:7460", "localhost:65535",
                              "unix:/run/vigie/grpc.sock"}) {
    EXPECT_TRUE(CheckListenAddress(address).ok()) << address;
  }
  for (const char* address : {"",
                              "0.0.0.0:7460",
                              "[::]:7460",
                              "192.168.1.2:7460",
                              "10.0.0.1:1",
                              "example.org:7460",
                              "127.0.0.1",
                              "127.0.0.1:",
                              "127.0.0.1:65536",
                              "127.0.0.1:-1",
                              "127.0.0.1:7460 ",
                              "127.0.0.256:1",
                              "127.0.0:1",
                              "127.0.0.1.5:1",
                              "128.0.0.1:1",
                              "127.0.0.1.example.org:1",
                              "1270.0.0.1:1",
                              "[::2]:1",
                              "localhost.example.org:1",
                              "unix:",
                              "unix:/",
                              "unix:relative",
                              "dns:///127.0.0.1:7460",
                              ":7460",
                              "*:7460"}) {
    EXPECT_FALSE(CheckListenAddress(address).ok()) << address;
  }
}

TEST_F(GrpcServerTest, AnAddressOfTheNetworkIsRefused) {
  GrpcServerOptions options;
  options.listen_addresses = {"127.0.0.1:0", "0.0.0.0:0"};
  const auto server = GrpcServer::Start(registry_, options);
  EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument);
  options.listen_addresses = {};
  EXPECT_EQ(GrpcServer::Start(registry_, options).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// gRPC lets two servers share a port unless told otherwise, and the kernel would split the calls
// between the two.
TEST_F(GrpcServerTest, ASecondServerOnTheSamePortFails) {
  Start();
  GrpcServerOptions options;
  options.listen_addresses = {"127.0.0.1:" + std::to_string(server_->ports()[0])};
  EXPECT_EQ(GrpcServer::Start(registry_, options).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(Get().ok());
}

TEST_F(GrpcServerTest, AUnixSocketIsServed) {
  const tests::TemporaryDirectory directory;
  GrpcServerOptions options;
  options.listen_addresses = {"unix:" + (directory / "grpc.sock")};
  Start(options);
  EXPECT_TRUE(Get().ok());
  server_->Stop(seconds(5));
}

TEST_F(GrpcServerTest, HealthFollowsTheServer) {
  Start();
  const auto health = grpc::health::v1::Health::NewStub(channel_);
  const auto state = [&](const std::string& service) {
    grpc::ClientContext context;
    SetDeadline(&context);
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    grpc::health::v1::HealthCheckResponse response;
    const grpc::Status status = health->Check(&context, request, &response);
    return status.ok() ? static_cast<int>(response.status()) : -1;
  };
  EXPECT_EQ(state(""), grpc::health::v1::HealthCheckResponse::SERVING);
  EXPECT_EQ(state("vigie.v1.VisitService"), grpc::health::v1::HealthCheckResponse::SERVING);
  EXPECT_EQ(state("vigie.v1.NoService"), -1);
  server_->SetServing(false);
  EXPECT_EQ(state(""), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(state("vigie.v1.IdentityService"), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
}

TEST_F(GrpcServerTest, StopLetsAChangeEnd) {
  Gate gate;
  registry_.before_answer = [&] {
    gate.Wait();
    return absl::OkStatus();
  };
  Start();
  grpc::Status status;
  std::thread caller([&] { status = Update(); });
  gate.AwaitWaiting(1);
  std::thread stopper([&] { server_->Stop(seconds(20)); });
  gate.Open();
  caller.join();
  stopper.join();
  EXPECT_TRUE(status.ok()) << status.error_message();
  server_->Stop(seconds(1));  // A second time does nothing.
}

TEST_F(GrpcServerTest, StopEndsAnImportThatIsIdle) {
  Start();
  grpc::ClientContext context;
  auto stream = identities_->ImportIdentities(&context);
  ASSERT_TRUE(stream->Write(Batch(1, 1)));
  v1::ImportIdentitiesResponse response;
  ASSERT_TRUE(stream->Read(&response));
  server_->Stop(milliseconds(100));
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_FALSE(stream->Finish().ok());
}

TEST_F(GrpcServerTest, ImportAnswersEachBatchInOrder) {
  Start();
  grpc::ClientContext context;  // Without a deadline: an import needs none.
  auto stream = identities_->ImportIdentities(&context);
  for (int batch = 0; batch < 5; ++batch) {
    ASSERT_TRUE(stream->Write(Batch(1 + batch * 10, 10)));
  }
  stream->WritesDone();
  v1::ImportIdentitiesResponse response;
  int next_row = 1;
  while (stream->Read(&response)) {
    EXPECT_EQ(response.commit_number(), 12);
    for (const auto& result : response.results()) {
      EXPECT_EQ(result.row_number(), next_row++);
      EXPECT_TRUE(result.has_imported());
    }
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(next_row, 51);
}

TEST_F(GrpcServerTest, ABatchThatCannotBeTakenEndsTheImport) {
  Start();
  const struct {
    const char* description;
    std::function<void(v1::ImportIdentitiesRequest*)> damage;
  } kCases[] = {
      {"no import id", [](auto* batch) { batch->clear_import_id(); }},
      {"import id too long",
       [](auto* batch) { batch->set_import_id(std::string(kImportIdCharactersMax + 1, 'i')); }},
      {"import id with a space", [](auto* batch) { batch->set_import_id("my import"); }},
      {"no rows", [](auto* batch) { batch->clear_rows(); }},
      {"too many rows",
       [](auto* batch) {
         while (batch->rows_size() <= kImportRowsMax) batch->add_rows();
       }},
  };
  for (const auto& c : kCases) {
    grpc::ClientContext context;
    SetDeadline(&context);
    auto stream = identities_->ImportIdentities(&context);
    v1::ImportIdentitiesRequest batch = Batch(1, 1);
    c.damage(&batch);
    stream->Write(batch);
    v1::ImportIdentitiesResponse response;
    EXPECT_FALSE(stream->Read(&response)) << c.description;
    const grpc::Status status = stream->Finish();
    EXPECT_EQ(ReasonOf(status), "fields_invalid") << c.description;
  }
  EXPECT_EQ(registry_.asked(), "");
}

TEST_F(GrpcServerTest, ACancelledImportFinishesItsBatchAndBeginsNoOther) {
  Gate gate;
  std::atomic<int> batches{0};
  registry_.before_answer = [&] {
    ++batches;
    gate.Wait();
    return absl::OkStatus();
  };
  Start();
  grpc::ClientContext context;
  auto stream = identities_->ImportIdentities(&context);
  ASSERT_TRUE(stream->Write(Batch(1, 10)));
  ASSERT_TRUE(stream->Write(Batch(11, 10)));
  gate.AwaitWaiting(1);
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  gate.Open();
  server_->Stop(seconds(20));
  EXPECT_EQ(batches, 1);
}

TEST_F(GrpcServerTest, ImportsAtATimeAreLimited) {
  Start();
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<
      grpc::ClientReaderWriter<v1::ImportIdentitiesRequest, v1::ImportIdentitiesResponse>>>
      streams;
  v1::ImportIdentitiesResponse response;
  for (int i = 0; i < kImportStreamsMax; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(identities_->ImportIdentities(contexts.back().get()));
    ASSERT_TRUE(streams.back()->Write(Batch(1, 1)));
    ASSERT_TRUE(streams.back()->Read(&response));
  }
  grpc::ClientContext context;
  auto refused = identities_->ImportIdentities(&context);
  EXPECT_FALSE(refused->Read(&response));
  const grpc::Status status = refused->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(status), "server_busy");
  for (auto& stream : streams) {
    stream->WritesDone();
    EXPECT_TRUE(stream->Finish().ok());
  }
}

}  // namespace
}  // namespace vigie::daemon
