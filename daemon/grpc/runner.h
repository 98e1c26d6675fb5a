// Runs calls: the checks every call shares (deadline, size), the thread it runs on, the status it
// ends with, and what is told of it to the metrics. Services hand everything to it.
//
// Thread safety: everything may be called from any thread. Outlives the server that uses it.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "daemon/grpc/calls.h"
#include "daemon/grpc/executor.h"
#include "daemon/registry/registry.h"
#include "grpcpp/grpcpp.h"
#include "vigie/v1/export.pb.h"

namespace vigie::daemon {

class Watches;

// Told of every call when it ends; for an import stream, once per batch, for an export or a
// watch once at its end. `method` is the call's name without its service, `code` the canonical name
// of its status
// ("OK", "NOT_FOUND"). Called from many threads at once.
using CallObserver =
    std::function<void(std::string_view method, std::string_view code, double seconds)>;

// What a caller that did not come by gRPC waits for.
struct CallTerms {
  std::chrono::system_clock::time_point deadline;
  std::function<bool()> is_cancelled;  // may be asked from any thread
};

class CallRunner {
 public:
  // Both outlive the runner. `observer` may be empty.
  CallRunner(Registry& registry, Executor& executor, CallObserver observer);
  ~CallRunner();  // When no stream is open any more.

  // Answers a unary call; the reactor finishes by itself.
  grpc::ServerUnaryReactor* Run(grpc::CallbackServerContext* context,
                                const google::protobuf::Message* request,
                                google::protobuf::Message* response);

  // Answers a unary call that came by another door: `answer` runs on a worker, guarded as every
  // call is, unless the call is refused before. `finish` is called once with what became of it: on
  // the worker, or before RunFrom returns when no worker may take it.
  void RunFrom(const UnaryMethod& method, CallTerms terms,
               std::function<absl::Status(Registry&, const GivenUp&)> answer,
               std::function<void(const absl::Status&)> finish);

  grpc::ServerBidiReactor<v1::ImportIdentitiesRequest, v1::ImportIdentitiesResponse>*
  ImportIdentities(grpc::CallbackServerContext* context);
  grpc::ServerBidiReactor<v1::ImportVisitsRequest, v1::ImportVisitsResponse>* ImportVisits(
      grpc::CallbackServerContext* context);

  // Streams of a whole base; `export.proto` says how they behave.
  grpc::ServerWriteReactor<v1::ExportIdentitiesResponse>* ExportIdentities(
      grpc::CallbackServerContext* context);
  grpc::ServerWriteReactor<v1::ExportVisitsResponse>* ExportVisits(
      grpc::CallbackServerContext* context);
  grpc::ServerWriteReactor<v1::ExportCasesResponse>* ExportCases(
      grpc::CallbackServerContext* context);
  grpc::ServerWriteReactor<v1::ExportAuditResponse>* ExportAudit(
      grpc::CallbackServerContext* context);

  // Tells of cases for as long as the client listens (watch_stream.cc).
  grpc::ServerWriteReactor<v1::WatchCasesResponse>* WatchCases(
      grpc::CallbackServerContext* context, const v1::WatchCasesRequest* request);

  // Hands proposals to a bridge and takes its answers (proposal_stream.cc).
  grpc::ServerBidiReactor<v1::ExchangeProposalsRequest, v1::ExchangeProposalsResponse>*
  ExchangeProposals(grpc::CallbackServerContext* context);

  // From now on exports end before the next message, imports after the batch they are at, watches
  // at once, and calls of other doors are not begun, with UNAVAILABLE: nothing answered is lost,
  // the client sends the rest to the next process.
  void Drain();

 private:
  template <class Request, class Response>
  class ImportStream;
  template <class Response>
  class ExportStream;
  class WatchStream;
  class ProposalStream;

  void Observe(std::string_view method, absl::StatusCode code,
               std::chrono::steady_clock::time_point since) const;

  Registry& registry_;
  Executor& executor_;
  const CallObserver observer_;
  std::atomic<int> inline_calls_{0};  // short calls that run on gRPC's threads now
  std::atomic<int> imports_{0};       // streams open now
  std::atomic<int> exports_{0};       // likewise
  std::atomic<int> watching_{0};      // likewise
  std::atomic<int> bridges_{0};       // likewise
  std::atomic<bool> draining_{false};
  const std::unique_ptr<Watches> watches_;
};

// The status as gRPC sends it, details included.
grpc::Status ToGrpc(const absl::Status& status);

}  // namespace vigie::daemon
