// Aim: a bridge is handed proposals over the stream, in order and at least once, and its answers
// are taken; what is wrong with one does not end the stream, what is wrong with the stream does.
#include <string>
#include <thread>
#include <vector>

#include "daemon/grpc/limits.h"
#include "daemon/grpc/server.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/grpcpp.h"
#include "tests/daemon/registry_fixture.h"
#include "vigie/v1/proposal.grpc.pb.h"

namespace vigie::daemon {
namespace {

using Said = v1::ExchangeProposalsRequest;
using Told = v1::ExchangeProposalsResponse;

std::string ReasonIn(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  const bool has_reason = details.ParseFromString(status.error_details()) &&
                          !details.details().empty() && details.details(0).UnpackTo(&info);
  return has_reason ? info.reason() : "";
}

// One connection of a bridge.
class Bridge {
 public:
  Bridge(v1::ProposalService::Stub& stub, const std::string& name)
      : stream_(stub.ExchangeProposals(&context_)) {
    if (name.empty()) return;
    Said said;
    said.mutable_hello()->set_bridge(name);
    EXPECT_TRUE(stream_->Write(said));
  }
  ~Bridge() { context_.TryCancel(); }

  bool Say(const Said& said) { return stream_->Write(said); }
  void Receive(const std::string& id) {
    Said said;
    said.set_received_proposal_id(id);
    EXPECT_TRUE(stream_->Write(said));
  }
  void Answer(const std::string& id, Said::Outcome::Result result, const std::string& reason = "") {
    Said said;
    said.mutable_outcome()->set_proposal_id(id);
    said.mutable_outcome()->set_result(result);
    said.mutable_outcome()->set_reason(reason);
    EXPECT_TRUE(stream_->Write(said));
  }
  Told Next() {
    Told told;
    EXPECT_TRUE(stream_->Read(&told));
    return told;
  }
  // How the stream ends, when nothing more is told.
  grpc::Status End() {
    Told told;
    EXPECT_FALSE(stream_->Read(&told)) << told.ShortDebugString();
    return stream_->Finish();
  }
  grpc::Status Leave() {
    stream_->WritesDone();
    return End();
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<Said, Told>> stream_;
};

class GrpcProposalsTest : public test::RegistryTest {
 protected:
  GrpcProposalsTest() {
    RegistryOptions options;
    options.review.merges_proposed = true;
    Open(options);
    GrpcServerOptions server_options;
    server_options.listen_addresses = {"127.0.0.1:0"};
    auto server = GrpcServer::Start(*registry_, server_options);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = v1::ProposalService::NewStub(
        grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server_->ports()[0]),
                                  grpc::InsecureChannelCredentials(), arguments));
  }
  ~GrpcProposalsTest() override { server_.reset(); }  // Before the registry it uses.

  // Decides that two new records are one person; the merged one's number.
  matching::IdentityId Propose(int i) {
    const std::string name = "BRIDGED" + std::string(1, static_cast<char>('A' + i % 26)) +
                             std::string(1, static_cast<char>('A' + i / 26));
    const matching::Traits person =
        test::Person(name, "ANNE", test::Day(1950 + i % 50, 1 + i % 12, 1 + i % 28));
    DecideRequest decide;
    decide.surviving_id = Register("L" + std::to_string(i), person).identity.id;
    const RegisterResult second = Register("R" + std::to_string(i), person);
    EXPECT_EQ(second.opened_case_ids.size(), 1u);
    decide.context = Context();
    decide.case_id = second.opened_case_ids.front();
    decide.verdict = matching::Verdict::kDuplicate;
    EXPECT_TRUE(registry_->Decide(decide).ok());
    return second.identity.id;
  }

  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<v1::ProposalService::Stub> stub_;
};

TEST_F(GrpcProposalsTest, ABridgeIsHandedWhatStandsAndWhatComesAndItsAnswersAreTaken) {
  const matching::IdentityId first = Propose(0);
  Bridge bridge(*stub_, "dpi");
  const Told standing = bridge.Next();
  EXPECT_EQ(standing.proposal().kind(), v1::Proposal::KIND_MERGE);
  EXPECT_EQ(standing.proposal().surviving_local_id(), "L0");
  EXPECT_EQ(standing.proposal().merged_local_id(), "R0");
  EXPECT_EQ(standing.proposal().bridge(), "dpi");
  EXPECT_EQ(standing.proposal().delivery_count(), 1);
  const matching::IdentityId second = Propose(1);
  const Told come = bridge.Next();
  EXPECT_EQ(come.proposal().merged_local_id(), "R1");
  bridge.Receive(standing.proposal().id());
  bridge.Answer(standing.proposal().id(), Said::Outcome::RESULT_DONE);
  const Told settled = bridge.Next();
  EXPECT_EQ(settled.settled().proposal_id(), standing.proposal().id());
  EXPECT_EQ(settled.settled().decision().state(), v1::Decision::STATE_IN_FORCE);
  EXPECT_EQ(settled.settled().commit_number(), CommitNumber());
  EXPECT_NE(Get(first).merged_into, 0u);
  bridge.Answer(come.proposal().id(), Said::Outcome::RESULT_REFUSED, "two persons there");
  EXPECT_EQ(bridge.Next().settled().decision().end_reason(), "two persons there");
  EXPECT_EQ(Get(second).merged_into, 0u);
  EXPECT_TRUE(bridge.Leave().ok());
}

TEST_F(GrpcProposalsTest, ABridgeThatDiesBetweenReceiptAndAnswerIsHandedItAgain) {
  const matching::IdentityId merged = Propose(0);
  std::string id;
  {
    Bridge bridge(*stub_, "dpi");
    id = bridge.Next().proposal().id();
    bridge.Receive(id);
    bridge.Receive("999999");  // Told in order: when this is refused, the receipt is on disk.
    EXPECT_EQ(bridge.Next().refusal().reason(), "proposal_ended");
  }
  Bridge other(*stub_, "other");
  Bridge bridge(*stub_, "dpi");
  const Told again = bridge.Next();
  EXPECT_EQ(again.proposal().id(), id);
  EXPECT_EQ(again.proposal().delivery_count(), 2);
  other.Answer(id, Said::Outcome::RESULT_DONE);
  EXPECT_EQ(other.Next().refusal().reason(), "proposal_held");
  bridge.Answer(id, Said::Outcome::RESULT_DONE);
  const Told settled = bridge.Next();
  bridge.Answer(id, Said::Outcome::RESULT_DONE);
  EXPECT_EQ(bridge.Next().settled().commit_number(), settled.settled().commit_number())
      << "said twice, taken once";
  EXPECT_NE(Get(merged).merged_into, 0u);
}

TEST_F(GrpcProposalsTest, MoreThanOnePieceIsHandedOutInOrder) {
  const int count = static_cast<int>(kProposalsAtOnce) * 2 + 3;
  for (int i = 0; i < count; ++i) Propose(i);
  for (const int delivery : {1, 2}) {
    Bridge bridge(*stub_, "dpi");
    std::uint64_t last = 0;
    for (int i = 0; i < count; ++i) {
      const Told told = bridge.Next();
      EXPECT_GT(std::stoull(told.proposal().id()), last) << i;
      EXPECT_EQ(told.proposal().delivery_count(), delivery) << i;
      last = std::stoull(told.proposal().id());
    }
  }
}

TEST_F(GrpcProposalsTest, WhatIsNoExchangeEndsTheStream) {
  {
    Bridge bridge(*stub_, "");
    Said said;
    said.set_received_proposal_id("1");
    bridge.Say(said);
    EXPECT_EQ(ReasonIn(bridge.End()), "fields_invalid") << "hello first";
  }
  {
    Bridge bridge(*stub_, "a name with spaces");
    EXPECT_EQ(ReasonIn(bridge.End()), "fields_invalid");
  }
  {
    Bridge bridge(*stub_, "dpi");
    bridge.Say(Said());
    EXPECT_EQ(ReasonIn(bridge.End()), "fields_invalid") << "nothing said";
  }
  {
    Bridge bridge(*stub_, "dpi");
    bridge.Answer("7", Said::Outcome::RESULT_UNSPECIFIED);
    EXPECT_EQ(ReasonIn(bridge.End()), "fields_invalid");
  }
  Bridge bridge(*stub_, "dpi");
  bridge.Answer("7", Said::Outcome::RESULT_REFUSED);
  EXPECT_EQ(bridge.Next().refusal().reason(), "fields_invalid") << "a refusal has a reason";
}

TEST_F(GrpcProposalsTest, BridgesAreLimitedAndToldWhenTheDaemonStops) {
  std::vector<std::unique_ptr<Bridge>> bridges;
  for (int i = 0; i < kProposalStreamsMax; ++i) {
    bridges.push_back(std::make_unique<Bridge>(*stub_, "b" + std::to_string(i)));
    bridges.back()->Receive("999999");
    EXPECT_EQ(bridges.back()->Next().refusal().reason(), "proposal_ended") << i;
  }
  grpc::ClientContext context;
  const auto refused = stub_->ExchangeProposals(&context);
  Told told;
  EXPECT_FALSE(refused->Read(&told));
  EXPECT_EQ(ReasonIn(refused->Finish()), "server_busy");
  std::thread stop([&] { server_->Stop(std::chrono::seconds(20)); });
  const grpc::Status status = bridges.front()->End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonIn(status), "shutting_down");
  bridges.clear();
  stop.join();
}

}  // namespace
}  // namespace vigie::daemon
