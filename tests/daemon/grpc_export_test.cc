// Aim: everything comes out, from one picture, whatever is written meanwhile; and the streams keep
// their limits.
#include <condition_variable>
#include <mutex>

#include "daemon/grpc/limits.h"
#include "daemon/grpc/server.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/grpcpp.h"
#include "tests/daemon/registry_fixture.h"
#include "tests/daemon/stub_registry.h"
#include "vigie/v1/export.grpc.pb.h"

namespace vigie::daemon {
namespace {

std::unique_ptr<GrpcServer> StartServer(Registry& registry) {
  GrpcServerOptions options;
  options.listen_addresses = {"127.0.0.1:0"};
  auto server = GrpcServer::Start(registry, options);
  EXPECT_TRUE(server.ok()) << server.status();
  return *std::move(server);
}

std::unique_ptr<v1::ExportService::Stub> Connect(const GrpcServer& server) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return v1::ExportService::NewStub(
      grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server.ports()[0]),
                                grpc::InsecureChannelCredentials(), arguments));
}

std::string ReasonIn(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  const bool has_reason = details.ParseFromString(status.error_details()) &&
                          !details.details().empty() && details.details(0).UnpackTo(&info);
  return has_reason ? info.reason() : "";
}

class GrpcExportTest : public test::RegistryTest {
 protected:
  GrpcExportTest() : server_(StartServer(*registry_)), stub_(Connect(*server_)) {}
  ~GrpcExportTest() override { server_.reset(); }  // Before the registry it uses.

  // Persons who look like nobody else, so that nothing is compared.
  static matching::Traits Patient(int i) {
    std::string name;
    for (int rest = i * 7919; rest > 0; rest /= 26) name += static_cast<char>('A' + rest % 26);
    return test::Person(name, "ANNE" + name, test::Day(1930 + i % 80, 1 + i % 12, 1 + i % 28));
  }

  // `count` identities with local ids from 1 on, and as many visits.
  void Fill(int count) {
    std::vector<VisitRequest> visits;
    for (int i = 1; i <= count; ++i) {
      Register(std::to_string(i), Patient(i));
      visits.push_back({Context(), Visit("V" + std::to_string(i), std::to_string(i),
                                         test::At(2026, 3, 1 + i % 9))});
    }
    for (const auto& recorded : registry_->RecordVisits(visits)) ASSERT_TRUE(recorded.ok());
  }

  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<v1::ExportService::Stub> stub_;
};

TEST_F(GrpcExportTest, SendsEveryIdentityOnceByNumber) {
  constexpr int kCount = static_cast<int>(kExportIdentitiesPerMessage) * 2 + 1;
  Fill(kCount);
  grpc::ClientContext context;
  const auto stream = stub_->ExportIdentities(&context, v1::ExportIdentitiesRequest());
  v1::ExportIdentitiesResponse response;
  int next = 1;
  bool first = true;
  while (stream->Read(&response)) {
    ASSERT_EQ(response.has_head(), first);
    if (first) {
      EXPECT_EQ(response.head().row_count(), kCount);
      EXPECT_EQ(response.head().commit_number(), CommitNumber());
      EXPECT_EQ(response.head().time_zone(), "Europe/Paris");
      EXPECT_EQ(response.head().base_id(), store_->BaseId());
    }
    first = false;
    for (const v1::Identity& identity : response.identities()) {
      EXPECT_EQ(identity.id(), std::to_string(next));
      EXPECT_EQ(identity.local_id(), std::to_string(next++));
    }
  }
  EXPECT_EQ(next, kCount + 1);
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(GrpcExportTest, SendsVisitsCasesAndAudit) {
  Fill(3);
  Register("again", Patient(1));
  ASSERT_FALSE(Cases(std::nullopt).empty());
  {
    grpc::ClientContext context;
    const auto stream = stub_->ExportVisits(&context, v1::ExportVisitsRequest());
    v1::ExportVisitsResponse response;
    ASSERT_TRUE(stream->Read(&response));
    ASSERT_EQ(response.visits_size(), 3);
    EXPECT_EQ(response.head().row_count(), 3);
    EXPECT_EQ(response.visits(2).visit_number(), "V3");
    EXPECT_EQ(response.visits(2).entry_channel(), "desk");
    EXPECT_FALSE(stream->Read(&response));
    EXPECT_TRUE(stream->Finish().ok());
  }
  {
    grpc::ClientContext context;
    const auto stream = stub_->ExportCases(&context, v1::ExportCasesRequest());
    v1::ExportCasesResponse response;
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.cases_size(), static_cast<int>(Cases(std::nullopt).size()));
    EXPECT_EQ(response.head().row_count(), response.cases_size());
    EXPECT_FALSE(stream->Read(&response));
    EXPECT_TRUE(stream->Finish().ok());
  }
  grpc::ClientContext context;
  const auto stream = stub_->ExportAudit(&context, v1::ExportAuditRequest());
  v1::ExportAuditResponse response;
  ASSERT_TRUE(stream->Read(&response));
  ASSERT_EQ(response.entries_size(), CommitNumber());
  EXPECT_EQ(response.entries(0).commit_number(), 1);
  EXPECT_EQ(response.entries(0).targets(0), "identity/1");
  EXPECT_EQ(response.entries(1).previous_hash(), response.entries(0).hash());
  EXPECT_EQ(response.entries(0).hash().size(), 64U);
}

// An empty base has a head and no row: an export of nothing is not an error.
TEST_F(GrpcExportTest, OfAnEmptyBaseIsItsHead) {
  grpc::ClientContext context;
  const auto stream = stub_->ExportCases(&context, v1::ExportCasesRequest());
  v1::ExportCasesResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_TRUE(response.has_head());
  EXPECT_EQ(response.head().row_count(), 0);
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(GrpcExportTest, StaysAtItsCommitWhileOthersWrite) {
  Fill(2);
  const auto source = registry_->OpenExport();
  ASSERT_TRUE(source.ok()) << source.status();
  const std::int64_t commit_number = CommitNumber();
  ASSERT_EQ((*source)->NextVisits(1)->front().visit_number, "V1");
  ASSERT_TRUE(registry_->CancelVisit({Context(), test::kDomain, "V2", 0}).ok());
  RecordVisit(Visit("V3", "1", test::At(2026, 3, 9)));
  Register("9", test::Person("DUBOIS", "LEA", test::Day(1990, 4, 5)));
  const auto rest = (*source)->NextVisits(10);
  ASSERT_EQ(rest->size(), 1U);
  EXPECT_FALSE(rest->front().cancelled);
  EXPECT_TRUE((*source)->NextVisits(10)->empty());
  EXPECT_EQ((*source)->NextIdentities(10)->size(), 2U);
  EXPECT_EQ((*source)->NextAudit(100)->back().commit_number, commit_number);
  EXPECT_EQ((*source)->head().commit_number, commit_number);
  EXPECT_EQ((*source)->head().counts.visit_count, 2);
}

TEST(GrpcExportLimits, ExportsAtATimeAreLimited) {
  StubRegistry registry;
  std::mutex mutex;
  std::condition_variable changed;
  int waiting = 0;
  bool open = false;
  registry.before_answer = [&] {
    std::unique_lock lock(mutex);
    ++waiting;
    changed.notify_all();
    changed.wait(lock, [&] { return open; });
    return absl::OkStatus();
  };
  const auto server = StartServer(registry);
  const auto stub = Connect(*server);
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::ExportVisitsResponse>>> streams;
  for (int i = 0; i < kExportStreamsMax; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(stub->ExportVisits(contexts.back().get(), v1::ExportVisitsRequest()));
  }
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return waiting == kExportStreamsMax; });
  }
  grpc::ClientContext context;
  const auto refused = stub->ExportVisits(&context, v1::ExportVisitsRequest());
  v1::ExportVisitsResponse response;
  EXPECT_FALSE(refused->Read(&response));
  const grpc::Status status = refused->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonIn(status), "server_busy");
  {
    const std::lock_guard lock(mutex);
    open = true;
  }
  changed.notify_all();
  for (const auto& stream : streams) {
    EXPECT_TRUE(stream->Read(&response));
    EXPECT_FALSE(stream->Read(&response));
    EXPECT_TRUE(stream->Finish().ok());
  }
}

// A client that goes away gives its place back.
TEST(GrpcExportLimits, ACancelledExportEnds) {
  StubRegistry registry;
  const auto server = StartServer(registry);
  const auto stub = Connect(*server);
  for (int i = 0; i < 3 * kExportStreamsMax; ++i) {
    grpc::ClientContext context;
    const auto stream = stub->ExportAudit(&context, v1::ExportAuditRequest());
    context.TryCancel();
    v1::ExportAuditResponse response;
    while (stream->Read(&response)) {
    }
    stream->Finish();
  }
  server->Stop(std::chrono::seconds(20));  // Waits for every stream's end.
}

}  // namespace
}  // namespace vigie::daemon
