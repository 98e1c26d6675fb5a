#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/grpc/convert.h"
#include "daemon/grpc/guards.h"
#include "daemon/grpc/limits.h"
#include "daemon/grpc/runner.h"
#include "daemon/grpc/watches.h"

namespace vigie::daemon {
namespace {

using std::chrono::steady_clock;
using Said = v1::ExchangeProposalsRequest;
using Told = v1::ExchangeProposalsResponse;

// What the bridge may go on after; the rest ends the stream, and it connects again.
bool IsRefusal(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) || absl::IsNotFound(status) ||
         absl::IsInvalidArgument(status) || absl::IsAborted(status);
}

Told Refuse(const std::string& proposal_id, const absl::Status& status) {
  Told told;
  told.mutable_refusal()->set_proposal_id(proposal_id);
  const auto details = DetailsOf(status);
  told.mutable_refusal()->set_reason(details ? details->reason : "");
  told.mutable_refusal()->set_message(std::string(status.message()));
  return told;
}

// The same outcome of the same proposal is the same request, however often it is said.
ProposalAnswer ToAnswer(const std::string& bridge, const Said::Outcome& outcome,
                        std::uint64_t proposal_id) {
  const bool done = outcome.result() == Said::Outcome::RESULT_DONE;
  return {{"proposal/" + std::to_string(proposal_id) + (done ? "/done" : "/refused"), bridge,
           outcome.reason()},
          proposal_id,
          done};
}

}  // namespace

// Reads one message of the bridge, does what it says on a worker, tells the outcome, reads the
// next; hands out proposals when nothing is left to be told. So a bridge that does not read is
// handed no more than kProposalsAtOnce.
//
// `working_` says that a worker has the stream: it alone changes the rest, but for the marks that
// the reactions set. At the end there is neither a worker nor a write.
class CallRunner::ProposalStream final : public grpc::ServerBidiReactor<Said, Told>,
                                         public Watches::Watch {
 public:
  ProposalStream(CallRunner& runner, grpc::CallbackServerContext* context)
      : runner_(runner), context_(context), count_(runner.bridges_) {
    runner_.watches_->Add(this);
    if (count_.before() >= kProposalStreamsMax) {
      ended_ = true;
      Close(Busy("too many bridges are connected"));
    } else {
      StartRead(&said_);
    }
  }

  void Wake() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    look_ = true;
    TryWork();
  }

  void Tick() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (steady_clock::now() - looked_at_ >= kProposalLookInterval) look_ = true;
    if (look_ || heard_ || closed_) TryWork();
  }

 private:
  void OnReadDone(bool ok) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    heard_ = ok;
    closed_ = !ok;
    TryWork();
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    writing_ = false;
    gone_ = gone_ || !ok;
    TryWork();
  }

  void OnCancel() override { Wake(); }

  // Under the lock. Without a worker to be had, the next tick tries again.
  void TryWork() {
    if (working_ || ended_) return;
    working_ = runner_.executor_.TryRun([this] { Work(); });
  }

  // What the marks say is to be done, taken.
  struct Task {
    bool hear = false, look = false, end = false;
  };

  Task TakeTask() {
    const std::lock_guard<std::mutex> lock(mutex_);
    Task task;
    task.hear = heard_;
    task.end = closed_ || gone_;
    task.look = look_ && !writing_ && tell_.empty();
    heard_ = false;
    if (task.look) {
      look_ = false;
      looked_at_ = steady_clock::now();
    }
    return task;
  }

  void Work() {
    const Task task = TakeTask();
    const absl::Status status = Guarded([&]() -> absl::Status {
      if (!end_status_.ok()) return end_status_;
      if (context_->IsCancelled()) return MakeError(Reason::kCallCancelled, "the caller gave up");
      if (runner_.draining_) return MakeError(Reason::kShuttingDown, "the daemon stops");
      absl::Status done = task.hear ? Hear() : absl::OkStatus();
      if (done.ok() && task.look && !bridge_.empty()) done = HandOut();
      return done;
    });
    if (task.hear && status.ok()) StartRead(&said_);
    Proceed(status, task.end);
  }

  // Writes the next message, ends, or rests until something happens.
  void Proceed(const absl::Status& status, bool end) {
    bool over = false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!status.ok() && end_status_.ok()) end_status_ = status;
      over = !end_status_.ok() || (end && (gone_ || tell_.empty()));
      if (writing_ || (!over && tell_.empty())) {
        working_ = false;
        if (heard_ || (look_ && !writing_ && !over)) TryWork();
        return;
      }
      if (!over) {
        told_ = std::move(tell_.front());
        tell_.pop_front();
        writing_ = true;
      } else {
        ended_ = true;
      }
    }
    if (over) return Close(end_status_);
    StartWrite(&told_);
    const std::lock_guard<std::mutex> lock(mutex_);
    working_ = false;
    if (!writing_ || heard_) TryWork();
  }

  absl::Status Hear() {
    switch (said_.content_case()) {
      case Said::kHello:
        if (!bridge_.empty()) return MakeFieldError("hello", "twice");
        bridge_ = said_.hello().bridge();
        again_after_ = 0;
        if (bridge_.empty()) return MakeFieldError("hello.bridge", "required");
        return HandOut();
      case Said::kReceivedProposalId:
        return Receive(said_.received_proposal_id());
      case Said::kOutcome:
        return Settle(said_.outcome());
      default:
        return MakeFieldError("content", "required");
    }
  }

  // Of a bridge that begins anew everything it had, then what is due.
  absl::Status HandOut() {
    const auto handed = runner_.registry_.HandOutProposals(bridge_, again_after_, kProposalsAtOnce);
    if (!handed.ok()) return handed.status();
    const bool more = handed->size() == kProposalsAtOnce;
    if (!more) {
      again_after_.reset();
    } else if (again_after_) {
      again_after_ = handed->back().id;
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const matching::Proposal& proposal : *handed) {
      *tell_.emplace_back().mutable_proposal() = ToProto(proposal);
    }
    if (more) look_ = true;
    return absl::OkStatus();
  }

  absl::StatusOr<std::uint64_t> ReadId(const std::string& text, const char* field) const {
    RequestProblems problems;
    if (bridge_.empty()) problems.Add("hello", "required");
    const std::uint64_t id = ToNumber(text, field, problems);
    if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
    return id;
  }

  void Tell(Told told) {
    const std::lock_guard<std::mutex> lock(mutex_);
    tell_.push_back(std::move(told));
  }

  absl::Status Receive(const std::string& proposal_id) {
    const auto id = ReadId(proposal_id, "received_proposal_id");
    if (!id.ok()) return id.status();
    absl::Status received = runner_.registry_.ReceiveProposal(bridge_, *id);
    if (received.ok() || !IsRefusal(received)) return received;
    Tell(Refuse(proposal_id, received));
    return absl::OkStatus();
  }

  absl::Status Settle(const Said::Outcome& outcome) {
    const auto id = ReadId(outcome.proposal_id(), "outcome.proposal_id");
    if (!id.ok()) return id.status();
    if (outcome.result() != Said::Outcome::RESULT_DONE &&
        outcome.result() != Said::Outcome::RESULT_REFUSED) {
      return MakeFieldError("outcome.result", "required");
    }
    const auto settled = runner_.registry_.SettleProposal(ToAnswer(bridge_, outcome, *id));
    if (!settled.ok() && !IsRefusal(settled.status())) return settled.status();
    if (!settled.ok()) {
      Tell(Refuse(outcome.proposal_id(), settled.status()));
      return absl::OkStatus();
    }
    Told told;
    told.mutable_settled()->set_proposal_id(outcome.proposal_id());
    *told.mutable_settled()->mutable_decision() = ToProto(settled->decision);
    told.mutable_settled()->set_commit_number(settled->commit_number);
    Tell(std::move(told));
    return absl::OkStatus();
  }

  void Close(const absl::Status& status) {
    runner_.Observe("ExchangeProposals", status.code(), begun_);
    Finish(ToGrpc(status));
  }

  void OnDone() override {
    runner_.watches_->Remove(this);
    delete this;
  }

  CallRunner& runner_;
  grpc::CallbackServerContext* const context_;
  const CountGuard count_;
  const steady_clock::time_point begun_ = steady_clock::now();
  // Of the worker.
  std::string bridge_;  // empty: it has not said who it is
  // It begins anew: proposals behind this one that it was handed before are handed again.
  std::optional<std::uint64_t> again_after_;
  absl::Status end_status_;
  Said said_;
  Told told_;

  std::mutex mutex_;
  std::deque<Told> tell_;  // guarded by mutex_
  bool working_ = false;   // guarded by mutex_
  bool writing_ = false;   // guarded by mutex_
  bool heard_ = false;     // a message was read; guarded by mutex_
  bool closed_ = false;    // the bridge says no more; guarded by mutex_
  bool gone_ = false;      // the bridge reads no more; guarded by mutex_
  bool look_ = false;      // there may be something to hand out; guarded by mutex_
  bool ended_ = false;     // guarded by mutex_
  steady_clock::time_point looked_at_ = steady_clock::now();  // guarded by mutex_
};

grpc::ServerBidiReactor<Said, Told>* CallRunner::ExchangeProposals(
    grpc::CallbackServerContext* context) {
  return new ProposalStream(*this, context);
}

}  // namespace vigie::daemon
