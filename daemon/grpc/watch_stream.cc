#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

#include "daemon/grpc/convert.h"
#include "daemon/grpc/guards.h"
#include "daemon/grpc/limits.h"
#include "daemon/grpc/runner.h"
#include "daemon/grpc/watches.h"

namespace vigie::daemon {

using std::chrono::steady_clock;

Watches::Watches(Registry& registry)
    : registry_(registry), ticker_([this] { TickUntilStopped(); }) {
  registry_.OnCaseChanges([this] { WakeAll(); });
}

Watches::~Watches() {
  registry_.OnCaseChanges(nullptr);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  ticker_.join();
}

void Watches::Add(Watch* watch) {
  const std::lock_guard<std::mutex> lock(mutex_);
  watches_.insert(watch);
  changed_.notify_all();
}

void Watches::Remove(Watch* watch) {
  const std::lock_guard<std::mutex> lock(mutex_);
  watches_.erase(watch);
}

void Watches::WakeAll() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Watch* watch : watches_) watch->Wake();
}

void Watches::TickUntilStopped() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopped_) {
    if (watches_.empty()) {
      changed_.wait(lock, [this] { return stopped_ || !watches_.empty(); });
    } else {
      changed_.wait_for(lock, kWatchTick, [this] { return stopped_; });
    }
    for (Watch* watch : watches_) watch->Tick();
  }
}

// Reads a piece on a worker, writes it, and reads the next when the client took it: what a slow
// client does not take is read later, from the audit chain, and nothing is kept for it meanwhile.
//
// `busy_` says that a piece is being read or written; whoever sets it may touch the rest. So there
// is one piece of work at a time, and none when the stream ends.
class CallRunner::WatchStream final : public grpc::ServerWriteReactor<v1::WatchCasesResponse>,
                                      public Watches::Watch {
 public:
  WatchStream(CallRunner& runner, grpc::CallbackServerContext* context,
              const v1::WatchCasesRequest& request)
      : runner_(runner), context_(context), count_(runner.watching_) {
    absl::Status status = Begin(request);
    runner_.watches_->Add(this);
    if (status.ok()) {
      Wake();
    } else {
      ended_ = true;
      Close(status);
    }
  }

  void Wake() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    woken_ = true;
    TryWork();
  }

  void Tick() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (woken_ || HeartbeatDue() || context_->IsCancelled()) TryWork();
  }

 private:
  absl::Status Begin(const v1::WatchCasesRequest& request) {
    RequestProblems problems;
    watch_ = ToRequest(request, problems);
    if (request.heartbeat_seconds() < 0 || request.heartbeat_seconds() > kHeartbeatSecondsMax) {
      problems.Add("heartbeat_seconds", "out_of_range");
    } else if (request.heartbeat_seconds() > 0) {
      heartbeat_ = std::chrono::seconds(request.heartbeat_seconds());
    }
    if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
    if (count_.before() >= kWatchStreamsMax) return Busy("too many watches run");
    return absl::OkStatus();
  }

  // Under the lock. Without a worker to be had, the next tick tries again.
  void TryWork() {
    if (busy_ || ended_) return;
    busy_ = runner_.executor_.TryRun([this] { Work(); });
  }

  // Under the lock. The first message is due at once.
  bool HeartbeatDue() const {
    return !written_at_ || steady_clock::now() - *written_at_ >= heartbeat_;
  }

  void Work() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      woken_ = false;
    }
    CaseChanges changes;
    const absl::Status status = Guarded([&]() -> absl::Status {
      if (context_->IsCancelled()) return MakeError(Reason::kCallCancelled, "the caller gave up");
      if (runner_.draining_) return MakeError(Reason::kShuttingDown, "the daemon stops");
      auto read = runner_.registry_.ReadCaseChanges(watch_);
      if (!read.ok()) return read.status();
      changes = *std::move(read);
      return absl::OkStatus();
    });
    if (!status.ok()) return End(status);
    watch_.after_commit_number = changes.commit_number;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (changes.more) woken_ = true;
      if (changes.cases.empty() && !HeartbeatDue()) {
        busy_ = false;
        if (woken_) TryWork();
        return;
      }
    }
    response_.Clear();
    response_.set_commit_number(changes.commit_number);
    for (const matching::Case& one : changes.cases) *response_.add_cases() = ToProto(one);
    StartWrite(&response_);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return End(MakeError(Reason::kCallCancelled, "the client is gone"));
    const std::lock_guard<std::mutex> lock(mutex_);
    written_at_ = steady_clock::now();
    busy_ = false;
    if (woken_) TryWork();
  }

  void OnCancel() override { Wake(); }

  // With `busy_` set, which stays so.
  void End(const absl::Status& status) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ended_ = true;
    }
    Close(status);
  }

  void Close(const absl::Status& status) {
    runner_.Observe("WatchCases", status.code(), begun_);
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
  std::chrono::seconds heartbeat_ = kHeartbeatDefault;
  CaseWatch watch_;
  v1::WatchCasesResponse response_;

  std::mutex mutex_;
  bool busy_ = false;                                   // guarded by mutex_
  bool woken_ = false;                                  // guarded by mutex_
  bool ended_ = false;                                  // guarded by mutex_
  std::optional<steady_clock::time_point> written_at_;  // guarded by mutex_
};

grpc::ServerWriteReactor<v1::WatchCasesResponse>* CallRunner::WatchCases(
    grpc::CallbackServerContext* context, const v1::WatchCasesRequest* request) {
  return new WatchStream(*this, context, *request);
}

}  // namespace vigie::daemon
