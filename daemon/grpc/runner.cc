#include "daemon/grpc/runner.h"

#include <chrono>
#include <string>
#include <unordered_map>
#include <utility>

#include "daemon/grpc/errors.h"
#include "daemon/grpc/export_calls.h"
#include "daemon/grpc/guards.h"
#include "daemon/grpc/limits.h"
#include "daemon/grpc/watches.h"
#include "daemon/registry/errors.h"

namespace vigie::daemon {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

// Short calls that may run on gRPC's own threads at a time; the next ones wait for a worker. It
// saves the hand-over, about 20 µs, where the desk feels it, and keeps gRPC's threads free in a
// rush.
constexpr int kInlineCallsMax = 8;

const UnaryMethod& MethodOf(const google::protobuf::Message& request) {
  static const auto kByType = [] {
    std::unordered_map<const google::protobuf::Descriptor*, const UnaryMethod*> methods;
    for (const UnaryMethod& method : UnaryMethods()) {
      methods[method.request->GetDescriptor()] = &method;
    }
    return methods;
  }();
  return *kByType.at(request.GetDescriptor());
}

absl::Status CheckCall(const grpc::CallbackServerContext& context,
                       const google::protobuf::Message& request) {
  if (context.deadline() == std::chrono::system_clock::time_point::max()) {
    return MakeError(Reason::kDeadlineRequired, "every call but an import needs a deadline");
  }
  if (request.ByteSizeLong() > kUnaryMessageBytesMax) {
    return MakeError(Reason::kMessageTooLarge, "message too large for a unary call",
                     {{"bytes_max", std::to_string(kUnaryMessageBytesMax)}});
  }
  return absl::OkStatus();
}

// Nobody waits for the answer any more: the work would be for nothing.
absl::Status CheckWaited(std::chrono::system_clock::time_point deadline, bool is_cancelled) {
  if (deadline <= std::chrono::system_clock::now()) {
    return MakeError(Reason::kDeadlinePassed, "the deadline passed before the call was begun");
  }
  if (is_cancelled) return MakeError(Reason::kCallCancelled, "the caller gave up");
  return absl::OkStatus();
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status details = ToRpcStatus(status);
  return {static_cast<grpc::StatusCode>(details.code()), details.message(),
          details.SerializeAsString()};
}

CallRunner::CallRunner(Registry& registry, Executor& executor, CallObserver observer)
    : registry_(registry),
      executor_(executor),
      observer_(std::move(observer)),
      watches_(std::make_unique<Watches>(registry)) {}

CallRunner::~CallRunner() = default;

void CallRunner::Drain() {
  draining_ = true;
  watches_->WakeAll();
}

void CallRunner::Observe(std::string_view method, absl::StatusCode code,
                         steady_clock::time_point since) const {
  if (!observer_) return;
  const std::string name = code == absl::StatusCode::kOk ? "OK" : absl::StatusCodeToString(code);
  observer_(method, name, std::chrono::duration<double>(steady_clock::now() - since).count());
}

grpc::ServerUnaryReactor* CallRunner::Run(grpc::CallbackServerContext* context,
                                          const google::protobuf::Message* request,
                                          google::protobuf::Message* response) {
  const steady_clock::time_point begun = steady_clock::now();
  const UnaryMethod& method = MethodOf(*request);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto finish = [this, &method, begun, reactor](const absl::Status& status) {
    // Observed before the client can know: a test or a person that asks for the metrics after an
    // answer finds it counted.
    Observe(method.name, status.code(), begun);
    reactor->Finish(ToGrpc(status));
  };
  if (absl::Status status = CheckCall(*context, *request); !status.ok()) {
    finish(status);
    return reactor;
  }
  const auto answer = [this, &method, context, request, response, finish] {
    finish(Guarded([&] {
      absl::Status status = CheckWaited(context->deadline(), context->IsCancelled());
      const auto given_up = [context] {
        return context->deadline() <= system_clock::now() || context->IsCancelled();
      };
      return status.ok() ? method.answer(registry_, *request, response, given_up) : status;
    }));
  };
  if (method.work == Work::kShort) {
    const CountGuard inline_call(inline_calls_);
    if (inline_call.before() < kInlineCallsMax) {
      answer();
      return reactor;
    }
  }
  if (!executor_.TryRun(answer)) finish(Busy("too many calls wait"));
  return reactor;
}

void CallRunner::RunFrom(const UnaryMethod& method, CallTerms terms,
                         std::function<absl::Status(Registry&, const GivenUp&)> answer,
                         std::function<void(const absl::Status&)> finish) {
  const auto observed = [this, &method, begun = steady_clock::now(),
                         finish = std::move(finish)](const absl::Status& status) {
    Observe(method.name, status.code(), begun);
    finish(status);
  };
  if (draining_) return observed(MakeError(Reason::kShuttingDown, "the daemon stops"));
  const bool taken =
      executor_.TryRun([this, observed, terms = std::move(terms), answer = std::move(answer)] {
        observed(Guarded([&] {
          absl::Status status = CheckWaited(terms.deadline, terms.is_cancelled());
          const auto given_up = [&terms] {
            return terms.deadline <= system_clock::now() || terms.is_cancelled();
          };
          return status.ok() ? answer(registry_, given_up) : status;
        }));
      });
  if (!taken) observed(Busy("too many calls wait"));
}

// One batch at a time: read, commit on a worker, answer, read the next. What a slow client or a
// slow disk holds back, HTTP/2's flow control holds back in the client: one batch in memory at
// most.
//
// Only one operation is outstanding at any time, so the members need no lock: each is handed on
// with the operation. gRPC deletes nothing; OnDone is the last call and ends the object's life.
template <class Request, class Response>
class CallRunner::ImportStream final : public grpc::ServerBidiReactor<Request, Response> {
 public:
  ImportStream(CallRunner& runner, grpc::CallbackServerContext* context, std::string_view method)
      : runner_(runner), context_(context), method_(method), count_(runner.imports_) {
    if (count_.before() >= kImportStreamsMax) {
      End(Busy("too many imports run"));
    } else {
      this->StartRead(&request_);
    }
  }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) {  // The client has sent everything, or is gone.
      this->Finish(grpc::Status::OK);
      return;
    }
    begun_ = steady_clock::now();
    if (runner_.draining_) {
      End(MakeError(Reason::kShuttingDown, "the daemon stops; this batch was not begun"));
    } else if (!runner_.executor_.TryRun([this] { AnswerBatch(); })) {
      End(Busy("too many calls wait"));
    }
  }

  void AnswerBatch() {
    response_.Clear();
    const absl::Status status = Guarded([&] {
      if (context_->IsCancelled()) return MakeError(Reason::kCallCancelled, "the caller gave up");
      return Answer(runner_.registry_, request_, &response_);
    });
    if (!status.ok()) {
      End(status);
      return;
    }
    runner_.Observe(method_, status.code(), begun_);
    this->StartWrite(&response_);
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      this->StartRead(&request_);
    } else {
      this->Finish(grpc::Status::OK);  // The client is gone and hears nothing of it.
    }
  }

  void End(const absl::Status& status) {
    runner_.Observe(method_, status.code(), begun_);
    this->Finish(ToGrpc(status));
  }

  void OnDone() override { delete this; }

  CallRunner& runner_;
  grpc::CallbackServerContext* const context_;
  const std::string_view method_;
  const CountGuard count_;
  steady_clock::time_point begun_ = steady_clock::now();
  Request request_;
  Response response_;
};

// One message at a time: made on a worker, written, and the next is made when the client took it.
// As with imports only one operation is outstanding, so the members need no lock.
template <class Response>
class CallRunner::ExportStream final : public grpc::ServerWriteReactor<Response> {
 public:
  ExportStream(CallRunner& runner, grpc::CallbackServerContext* context, std::string_view method)
      : runner_(runner), context_(context), method_(method), count_(runner.exports_) {
    if (count_.before() >= kExportStreamsMax) {
      End(Busy("too many exports run"));
    } else {
      Next();
    }
  }

 private:
  void Next() {
    if (!runner_.executor_.TryRun([this] { WriteNext(); })) End(Busy("too many calls wait"));
  }

  void WriteNext() {
    response_.Clear();
    bool more = false;
    const absl::Status status = Guarded([&]() -> absl::Status {
      if (context_->IsCancelled()) return MakeError(Reason::kCallCancelled, "the caller gave up");
      if (runner_.draining_) {
        return MakeError(Reason::kShuttingDown, "the daemon stops; the export is incomplete");
      }
      const bool first = export_ == nullptr;
      if (first) {
        absl::StatusOr<std::unique_ptr<Export>> opened = runner_.registry_.OpenExport();
        if (!opened.ok()) return opened.status();
        export_ = *std::move(opened);
      }
      const absl::StatusOr<bool> found = NextMessage(*export_, first, &response_);
      more = found.ok() && *found;
      return found.status();
    });
    if (status.ok() && more) {
      this->StartWrite(&response_);
    } else {
      End(status);
    }
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      Next();
    } else {
      End(MakeError(Reason::kCallCancelled, "the client is gone"));  // It hears nothing of it.
    }
  }

  void End(const absl::Status& status) {
    export_.reset();
    runner_.Observe(method_, status.code(), begun_);
    this->Finish(ToGrpc(status));
  }

  void OnDone() override { delete this; }

  CallRunner& runner_;
  grpc::CallbackServerContext* const context_;
  const std::string_view method_;
  const CountGuard count_;
  const steady_clock::time_point begun_ = steady_clock::now();
  std::unique_ptr<Export> export_;  // from the first message on
  Response response_;
};

grpc::ServerWriteReactor<v1::ExportIdentitiesResponse>* CallRunner::ExportIdentities(
    grpc::CallbackServerContext* context) {
  return new ExportStream<v1::ExportIdentitiesResponse>(*this, context, "ExportIdentities");
}

grpc::ServerWriteReactor<v1::ExportVisitsResponse>* CallRunner::ExportVisits(
    grpc::CallbackServerContext* context) {
  return new ExportStream<v1::ExportVisitsResponse>(*this, context, "ExportVisits");
}

grpc::ServerWriteReactor<v1::ExportCasesResponse>* CallRunner::ExportCases(
    grpc::CallbackServerContext* context) {
  return new ExportStream<v1::ExportCasesResponse>(*this, context, "ExportCases");
}

grpc::ServerWriteReactor<v1::ExportAuditResponse>* CallRunner::ExportAudit(
    grpc::CallbackServerContext* context) {
  return new ExportStream<v1::ExportAuditResponse>(*this, context, "ExportAudit");
}

grpc::ServerBidiReactor<v1::ImportIdentitiesRequest, v1::ImportIdentitiesResponse>*
CallRunner::ImportIdentities(grpc::CallbackServerContext* context) {
  return new ImportStream<v1::ImportIdentitiesRequest, v1::ImportIdentitiesResponse>(
      *this, context, "ImportIdentities");
}

grpc::ServerBidiReactor<v1::ImportVisitsRequest, v1::ImportVisitsResponse>*
CallRunner::ImportVisits(grpc::CallbackServerContext* context) {
  return new ImportStream<v1::ImportVisitsRequest, v1::ImportVisitsResponse>(*this, context,
                                                                             "ImportVisits");
}

}  // namespace vigie::daemon
