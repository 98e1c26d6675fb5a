// Aim: a watcher hears of every change of a case, whatever is decided at the same time, however
// slowly it reads and however often it was away.
#include <atomic>
#include <map>
#include <thread>

#include "daemon/grpc/limits.h"
#include "daemon/grpc/server.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/grpcpp.h"
#include "tests/daemon/registry_fixture.h"
#include "vigie/v1/review.grpc.pb.h"

namespace vigie::daemon {
namespace {

std::string ReasonIn(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  const bool has_reason = details.ParseFromString(status.error_details()) &&
                          !details.details().empty() && details.details(0).UnpackTo(&info);
  return has_reason ? info.reason() : "";
}

class GrpcWatchTest : public test::RegistryTest {
 protected:
  GrpcWatchTest() {
    GrpcServerOptions options;
    options.listen_addresses = {"127.0.0.1:0"};
    auto server = GrpcServer::Start(*registry_, options);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = v1::ReviewService::NewStub(
        grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server_->ports()[0]),
                                  grpc::InsecureChannelCredentials(), arguments));
  }
  ~GrpcWatchTest() override { server_.reset(); }  // Before the registry it uses.

  // Two identities that look like one person, and the number of their case.
  std::uint64_t OpenCase(int i) {
    const std::string name = "WATCHED" + std::string(1, static_cast<char>('A' + i % 26)) +
                             std::string(1, static_cast<char>('A' + i / 26));
    const matching::Traits person =
        test::Person(name, "ANNE", test::Day(1950 + i % 50, 1 + i % 12, 1 + i % 28));
    Register("L" + std::to_string(i), person);
    const RegisterResult second = Register("R" + std::to_string(i), person);
    EXPECT_EQ(second.opened_case_ids.size(), 1u) << i;
    return second.opened_case_ids.empty() ? 0 : second.opened_case_ids.front();
  }

  // How a watch that cannot go on is refused.
  grpc::Status Refused(const v1::WatchCasesRequest& request) {
    grpc::ClientContext context;
    const auto stream = stub_->WatchCases(&context, request);
    v1::WatchCasesResponse response;
    EXPECT_FALSE(stream->Read(&response));
    return stream->Finish();
  }

  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<v1::ReviewService::Stub> stub_;
};

TEST_F(GrpcWatchTest, TheFirstMessageSaysWhereItStartsAndLaterOnesWhatChanged) {
  const std::uint64_t before = OpenCase(0);
  grpc::ClientContext context;
  const auto stream = stub_->WatchCases(&context, v1::WatchCasesRequest());
  v1::WatchCasesResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.commit_number(), CommitNumber());
  EXPECT_EQ(response.cases_size(), 0) << "what was before is not told";
  const std::uint64_t opened = OpenCase(1);
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.commit_number(), CommitNumber());
  ASSERT_EQ(response.cases_size(), 1);
  EXPECT_EQ(response.cases(0).id(), std::to_string(opened));
  EXPECT_EQ(response.cases(0).state(), v1::Case::STATE_OPEN);
  ASSERT_TRUE(registry_->ClaimCase({Context(), before, 0, {}}).ok());
  ASSERT_TRUE(stream->Read(&response));
  ASSERT_EQ(response.cases_size(), 1);
  EXPECT_EQ(response.cases(0).id(), std::to_string(before));
  EXPECT_EQ(response.cases(0).assignee(), "desk 1");
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(GrpcWatchTest, AHeartbeatCarriesTheNumberOfCommitsThatTouchedNoCase) {
  v1::WatchCasesRequest request;
  request.set_heartbeat_seconds(1);
  grpc::ClientContext context;
  const auto stream = stub_->WatchCases(&context, request);
  v1::WatchCasesResponse response;
  ASSERT_TRUE(stream->Read(&response));
  Register("1", test::Zoe());
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.commit_number(), CommitNumber());
  EXPECT_EQ(response.cases_size(), 0);
  context.TryCancel();
}

// The watcher breaks off in the middle again and again and goes on from the number it has.
TEST_F(GrpcWatchTest, NothingIsMissedThroughConcurrentDecisionsAndReconnects) {
  constexpr int kCases = 24;
  constexpr int kThreads = 3;
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < kCases; ++i) ids.push_back(OpenCase(i));
  const std::int64_t start = CommitNumber();
  std::atomic<int> working{kThreads};
  std::vector<std::thread> people;
  for (int p = 0; p < kThreads; ++p) {
    people.emplace_back([&, p] {
      const auto context = [&](int step, std::size_t i) {
        return MutationContext{
            "p" + std::to_string(p) + "-" + std::to_string(step) + "-" + std::to_string(i),
            "person " + std::to_string(p), "test"};
      };
      for (std::size_t i = static_cast<std::size_t>(p); i < ids.size(); i += kThreads) {
        EXPECT_TRUE(registry_->ClaimCase({context(0, i), ids[i], 0, {}}).ok());
        DecideRequest decide;
        decide.context = context(1, i);
        decide.case_id = ids[i];
        decide.verdict = matching::Verdict::kDifferentPersons;
        EXPECT_TRUE(registry_->Decide(decide).ok());
      }
      --working;
    });
  }
  std::map<std::string, v1::Case> last;
  std::int64_t position = start;
  const auto finished = [&] { return working == 0 && position >= store_->Read()->CommitNumber(); };
  for (int connection = 0; connection < 500 && !finished(); ++connection) {
    v1::WatchCasesRequest request;
    request.set_after_commit_number(position);
    request.set_heartbeat_seconds(1);
    grpc::ClientContext context;
    const auto stream = stub_->WatchCases(&context, request);
    v1::WatchCasesResponse response;
    for (int message = 0; message < 2 && !finished() && stream->Read(&response); ++message) {
      EXPECT_GE(response.commit_number(), position);
      position = response.commit_number();
      for (const v1::Case& one : response.cases()) {
        EXPECT_GE(std::stoll(one.etag()),
                  last[one.id()].etag().empty() ? 0 : std::stoll(last[one.id()].etag()))
            << "an older state after a newer one";
        last[one.id()] = one;
      }
    }
    context.TryCancel();
  }
  for (std::thread& person : people) person.join();
  ASSERT_EQ(position, CommitNumber());
  EXPECT_EQ(last.size(), ids.size());
  for (const std::uint64_t id : ids) {
    const auto now = registry_->GetCase(id);
    ASSERT_TRUE(now.ok());
    EXPECT_EQ(last[std::to_string(id)].etag(), std::to_string(now->review_case.version)) << id;
    EXPECT_EQ(last[std::to_string(id)].state(), v1::Case::STATE_DECIDED) << id;
  }
}

TEST_F(GrpcWatchTest, AWatcherThatWasLongAwayIsToldOfEachCaseOnceAsItIsNow) {
  Register("0", test::Zoe());
  const std::int64_t start = CommitNumber();
  const std::uint64_t first = OpenCase(0);
  // More commits than one piece holds, none of which touches a case.
  std::vector<daemon::VisitRequest> visits;
  for (int i = 0; i < 2500; ++i) {
    visits.push_back({Context(), Visit("V" + std::to_string(i), "0", test::At(2026, 3, 5))});
  }
  for (const auto& recorded : registry_->RecordVisits(visits)) ASSERT_TRUE(recorded.ok());
  ASSERT_TRUE(registry_->ClaimCase({Context(), first, 0, {}}).ok());
  const std::uint64_t second = OpenCase(1);
  v1::WatchCasesRequest request;
  request.set_after_commit_number(start);
  grpc::ClientContext context;
  const auto stream = stub_->WatchCases(&context, request);
  v1::WatchCasesResponse response;
  std::vector<std::string> told;
  while (response.commit_number() < CommitNumber() && stream->Read(&response)) {
    for (const v1::Case& one : response.cases()) told.push_back(one.id() + " " + one.assignee());
  }
  // The first stands in the first piece and in the last, each time as it is now.
  EXPECT_EQ(told, (std::vector<std::string>{std::to_string(first) + " desk 1",
                                            std::to_string(first) + " desk 1",
                                            std::to_string(second) + " "}));
  context.TryCancel();
}

TEST_F(GrpcWatchTest, OnlyCasesThatMeetTheConditionsAreTold) {
  Register("0", test::Zoe());
  const std::int64_t start = CommitNumber();
  const std::uint64_t decided = OpenCase(0);
  OpenCase(1);
  DecideRequest decide;
  decide.context = Context();
  decide.case_id = decided;
  decide.verdict = matching::Verdict::kDifferentPersons;
  ASSERT_TRUE(registry_->Decide(decide).ok());
  const auto count = [&](const std::function<void(v1::WatchCasesRequest&)>& narrow) {
    v1::WatchCasesRequest request;
    request.set_after_commit_number(start);
    narrow(request);
    grpc::ClientContext context;
    const auto stream = stub_->WatchCases(&context, request);
    v1::WatchCasesResponse response;
    EXPECT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.commit_number(), CommitNumber());
    context.TryCancel();
    return response.cases_size();
  };
  EXPECT_EQ(count([](auto&) {}), 2);
  EXPECT_EQ(count([](auto& request) { request.set_state(v1::Case::STATE_DECIDED); }), 1);
  EXPECT_EQ(count([](auto& request) { request.set_kind(v1::Case::KIND_DUPLICATE); }), 2);
  EXPECT_EQ(count([](auto& request) { request.set_kind(v1::Case::KIND_COLLISION); }), 0);
  EXPECT_EQ(count([](auto& request) { request.set_domain("CHU"); }), 2);
  EXPECT_EQ(count([](auto& request) { request.set_domain("ELSEWHERE"); }), 0);
}

TEST_F(GrpcWatchTest, WhatCannotBeWatchedIsRefused) {
  Register("0", test::Zoe());
  v1::WatchCasesRequest request;
  request.set_after_commit_number(CommitNumber() + 1);
  EXPECT_EQ(Refused(request).error_code(), grpc::StatusCode::INVALID_ARGUMENT)
      << "a number of another base";
  request.set_after_commit_number(-1);
  EXPECT_EQ(ReasonIn(Refused(request)), "fields_invalid");
  request.set_after_commit_number(0);
  request.set_heartbeat_seconds(kHeartbeatSecondsMax + 1);
  EXPECT_EQ(ReasonIn(Refused(request)), "fields_invalid");
  request.set_heartbeat_seconds(0);
  request.set_kind(static_cast<v1::Case::Kind>(99));
  EXPECT_EQ(ReasonIn(Refused(request)), "fields_invalid");
}

TEST_F(GrpcWatchTest, WatchesAreLimitedAndAPlaceIsFreeAgainWhenOneEnds) {
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchCasesResponse>>> streams;
  v1::WatchCasesResponse response;
  for (int i = 0; i < kWatchStreamsMax; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(stub_->WatchCases(contexts.back().get(), v1::WatchCasesRequest()));
    ASSERT_TRUE(streams.back()->Read(&response)) << i;
  }
  const grpc::Status refused = Refused(v1::WatchCasesRequest());
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonIn(refused), "server_busy");
  contexts.front()->TryCancel();
  streams.front()->Finish();
  bool taken = false;
  for (int attempt = 0; attempt < 100 && !taken; ++attempt) {
    grpc::ClientContext context;
    const auto stream = stub_->WatchCases(&context, v1::WatchCasesRequest());
    taken = stream->Read(&response);
    context.TryCancel();
    if (!taken) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_TRUE(taken);
  for (const auto& context : contexts) context->TryCancel();
}

TEST_F(GrpcWatchTest, ADaemonThatStopsEndsTheWatchAtOnceAndSaysWhy) {
  grpc::ClientContext context;
  const auto stream = stub_->WatchCases(&context, v1::WatchCasesRequest());
  v1::WatchCasesResponse response;
  ASSERT_TRUE(stream->Read(&response));
  const auto begun = std::chrono::steady_clock::now();
  std::thread stop([&] { server_->Stop(std::chrono::seconds(20)); });
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  stop.join();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonIn(status), "shutting_down");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
}

}  // namespace
}  // namespace vigie::daemon
