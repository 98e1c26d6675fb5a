#include "daemon/process.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "daemon/console/access.h"
#include "daemon/console/console.h"
#include "daemon/console/http_server.h"
#include "daemon/console/json_door.h"
#include "daemon/grpc/server.h"
#include "daemon/log.h"
#include "daemon/metrics.h"
#include "daemon/registry/registry.h"
#include "daemon/service_manager.h"
#include "daemon/version.h"
#include "storage/store.h"

namespace vigie::daemon {
namespace {

constexpr int kExitAddressTaken = 69;
constexpr int kExitStorageFault = 70;
constexpr int kExitConfiguration = 78;

// How long the last answers may still leave: "outcome unknown" after storage failed, those of the
// JSON door at every stop.
constexpr std::chrono::milliseconds kLastAnswers{300};
// How often the loop looks after the watchdog's probe when systemd does not ask for it.
constexpr std::chrono::microseconds kIdleInterval{60'000'000};
// How often it is looked whether the kept figures still follow, and how long after a failure they
// are loaded again: until then rates are recomputed, which costs but is right.
constexpr std::chrono::seconds kFiguresCheckInterval{5}, kFiguresRetryInterval{30};

// Signals are taken one by one by the main thread; no handler ever runs.
class SignalQueue {
 public:
  // Before any thread starts, so that every thread inherits the mask.
  SignalQueue() {
    sigemptyset(&signals_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }

  // The next signal, or 0 when none came for `time`.
  int Wait(std::chrono::microseconds time) const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    timespec limit{};
    limit.tv_sec = seconds.count();
    limit.tv_nsec = std::chrono::nanoseconds(time - seconds).count();
    const int signal = sigtimedwait(&signals_, nullptr, &limit);
    return signal > 0 ? signal : 0;
  }

 private:
  sigset_t signals_{};
};

class Process {
 public:
  Process(const CommandLine& command_line, const Config& config, const Setup& setup)
      : command_line_(command_line), config_(config), setup_(setup) {}

  int Run() {
    int exit_code = Open();
    if (exit_code == 0) exit_code = Serve();
    if (exit_code == 0) exit_code = Loop();
    Stop();
    return poisoned_ ? kExitStorageFault : exit_code;
  }

 private:
  int Open();
  int Serve();
  int Loop();
  void KeepFigures();
  bool StopsWithin(std::chrono::seconds time);
  void StopKeepingFigures();
  void Stop();
  void Reload();
  void ReloadAccounts();
  bool MatchPathWorks() const;
  void WakeHeldCases();
  void DrawLabels();
  void AnswerHttp(HttpRequest request, const HttpAnswer& answer);
  HttpResponse AnswerOperations(const HttpRequest& request) const;
  HttpResponse AnswerReadiness(bool verbose) const;

  const CommandLine& command_line_;
  Config config_;
  const Setup& setup_;
  const SignalQueue signals_;
  std::atomic<bool> poisoned_{false};
  std::atomic<bool> serving_{false};
  CallMetrics call_metrics_;
  // In order of dependency: what is below uses what is above.
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<Registry> registry_;
  // Loads the registry's figures, and again should they get lost.
  std::thread figures_thread_;
  std::mutex figures_mutex_;
  std::condition_variable figures_wake_;
  std::atomic<bool> figures_stop_{false};
  std::unique_ptr<GrpcServer> grpc_;
  std::unique_ptr<Access> access_;
  std::unique_ptr<JsonDoor> json_;
  std::unique_ptr<Console> console_;
  std::unique_ptr<HttpServer> http_;
};

int Process::Open() {
  if (geteuid() == 0) Log(LogLevel::kWarn, "running_as_root");
  Log(LogLevel::kInfo, "opening",
      {{"version", Token(kVersion)}, {"data", Token(config_.data_directory)}});
  auto store = storage::OpenStore(setup_.store, [this](const absl::Status& status) {
    Log(LogLevel::kError, "storage_failed", {{"reason", Token(std::string(status.message()))}});
    poisoned_ = true;
    kill(getpid(), SIGUSR1);
  });
  if (!store.ok()) {
    const int code = storage::ExitCode(store.status());
    Log(LogLevel::kError, "cannot_open_storage",
        {{"reason", Token(std::string(store.status().message()))}, {"exit_code", code}});
    return code;
  }
  store_ = *std::move(store);
  auto registry = Registry::Create(store_.get(), setup_.model, setup_.definitions, setup_.registry);
  if (!registry.ok()) {
    Log(LogLevel::kError, "configuration_refused",
        {{"reason", Token(std::string(registry.status().message()))}});
    return kExitConfiguration;
  }
  registry_ = *std::move(registry);
  figures_thread_ = std::thread([this] { KeepFigures(); });
  return 0;
}

void Process::KeepFigures() {
  // The queue first: somebody waits for it. A question loads it again where this does not.
  if (const absl::Status loaded = registry_->LoadQueue(); !loaded.ok()) {
    Log(LogLevel::kWarn, "queue_not_loaded", {{"reason", Token(std::string(loaded.message()))}});
  }
  while (!figures_stop_) {
    const absl::StatusOr<FiguresLoad> load =
        registry_->LoadFigures([this] { return figures_stop_.load(); });
    if (load.ok()) {
      Log(LogLevel::kInfo, "figures_loaded",
          {{"identities", load->identity_count},
           {"visits", load->visit_count},
           {"bytes", load->bytes},
           {"commit_number", load->commit_number},
           {"duration_seconds", load->duration_seconds}});
      while (registry_->FiguresLoaded()) {
        if (StopsWithin(kFiguresCheckInterval)) return;
      }
    }
    if (figures_stop_) return;
    Log(LogLevel::kWarn, "figures_not_loaded",
        {{"reason", Token(load.ok() ? "could not follow the changes"
                                    : std::string(load.status().message()))}});
    if (StopsWithin(kFiguresRetryInterval)) return;
  }
}

// Waits; true as soon as the process stops.
bool Process::StopsWithin(std::chrono::seconds time) {
  std::unique_lock<std::mutex> lock(figures_mutex_);
  return figures_wake_.wait_for(lock, time, [this] { return figures_stop_.load(); });
}

void Process::StopKeepingFigures() {
  {
    const std::lock_guard<std::mutex> lock(figures_mutex_);
    figures_stop_ = true;
  }
  figures_wake_.notify_all();
  if (figures_thread_.joinable()) figures_thread_.join();
}

int Process::Serve() {
  GrpcServerOptions options;
  options.listen_addresses = {config_.grpc_listen};
  options.reflection = config_.grpc_reflection;
  options.workers = static_cast<std::size_t>(config_.grpc_worker_threads);
  options.observer = [this](std::string_view method, std::string_view code, double seconds) {
    call_metrics_.Record(method, code, seconds);
    Log(LogLevel::kDebug, "rpc",
        {{"method", Token(method)}, {"code", Token(code)}, {"duration_seconds", seconds}});
  };
  auto grpc = GrpcServer::Start(*registry_, options);
  if (!grpc.ok()) {
    Log(LogLevel::kError, "cannot_listen",
        {{"address", Token(config_.grpc_listen)},
         {"reason", Token(std::string(grpc.status().message()))}});
    return kExitAddressTaken;
  }
  grpc_ = *std::move(grpc);
  AccessOptions access;
  access.sessions.idle_max = std::chrono::minutes(config_.session_idle_minutes);
  access.sessions.age_max = std::chrono::hours(config_.session_hours);
  access_ = std::make_unique<Access>(setup_.accounts, access);
  if (access_->required() && IsWritableByThisProcess(config_.accounts_file)) {
    Log(LogLevel::kWarn, "accounts_file_writable_by_daemon",
        {{"file", Token(config_.accounts_file)}});
  }
  json_ = std::make_unique<JsonDoor>(grpc_->calls(), access_.get());
  console_ = std::make_unique<Console>(*access_);
  std::string http_address;
  if (!config_.http_listen.empty()) {
    auto http = HttpServer::Start(config_.http_listen,
                                  [this](HttpRequest request, const HttpAnswer& answer) {
                                    AnswerHttp(std::move(request), answer);
                                  });
    if (!http.ok()) {
      Log(LogLevel::kError, "cannot_listen",
          {{"address", Token(config_.http_listen)},
           {"reason", Token(std::string(http.status().message()))}});
      return kExitAddressTaken;
    }
    http_ = *std::move(http);
    http_address = fmt::format(
        "{}:{}", config_.http_listen.substr(0, config_.http_listen.rfind(':')), http_->Port());
  }
  const bool is_unix = config_.grpc_listen.rfind("unix:", 0) == 0;
  const std::string grpc_address =
      is_unix ? config_.grpc_listen
              : fmt::format("{}:{}", config_.grpc_listen.substr(0, config_.grpc_listen.rfind(':')),
                            grpc_->ports().front());
  serving_ = true;
  Log(LogLevel::kInfo, "ready",
      {{"grpc", Token(grpc_address)},
       {"http", Token(http_address)},
       {"base_id", Token(store_->BaseId())},
       {"model", Token(setup_.model->version)}});
  NotifyReady(fmt::format("serving on {}", grpc_address));
  return 0;
}

int Process::Loop() {
  const std::chrono::microseconds interval = WatchdogInterval().value_or(kIdleInterval);
  for (;;) {
    switch (signals_.Wait(interval)) {
      case SIGTERM:
      case SIGINT:
        return 0;
      case SIGHUP:
        Reload();
        break;
      case SIGUSR1:
        if (poisoned_) return kExitStorageFault;
        break;
      default:
        break;
    }
    // A daemon that cannot match any more is not alive, whatever its threads do.
    if (MatchPathWorks()) NotifyWatchdog();
    WakeHeldCases();
    DrawLabels();
  }
}

// A case put aside comes back to the queue on its day; looking costs one read.
void Process::WakeHeldCases() {
  const absl::StatusOr<std::int64_t> woken = registry_->WakeHeldCases();
  if (!woken.ok()) {
    Log(LogLevel::kWarn, "held_cases_not_woken",
        {{"reason", Token(std::string(woken.status().message()))}});
  } else if (*woken > 0) {
    Log(LogLevel::kInfo, "held_cases_woken", {{"count", *woken}});
  }
}

// One step at a time: what is left comes with the next round, or when somebody asks to label.
void Process::DrawLabels() {
  const absl::StatusOr<std::int64_t> looked_at = registry_->DrawLabels();
  if (looked_at.ok()) return;
  Log(LogLevel::kWarn, "labels_not_drawn",
      {{"reason", Token(std::string(looked_at.status().message()))}});
}

// The whole reading path: normalise, keys, index, records, score.
bool Process::MatchPathWorks() const {
  MatchRequest probe;
  probe.traits.birth_family_name = "VIGIE";
  probe.traits.first_birth_given_name = "SONDE";
  probe.traits.sex = matching::Sex::kFemale;
  probe.traits.birth_date = {1900, 2, 28};
  const bool works = registry_->Match(probe).ok();
  if (!works) Log(LogLevel::kError, "match_probe_failed");
  return works;
}

void Process::Stop() {
  serving_ = false;
  if (poisoned_) {
    // What storage holds is only known once it is opened again: no orderly end is possible.
    std::this_thread::sleep_for(kLastAnswers);
    Log(LogLevel::kError, "stopped", {{"exit_code", kExitStorageFault}});
    _exit(kExitStorageFault);
  }
  if (!grpc_) {
    StopKeepingFigures();
    return;
  }
  NotifyStopping();
  Log(LogLevel::kInfo, "stopping");
  grpc_->Stop(std::chrono::seconds(config_.grpc_drain_seconds));
  console_->Stop();
  // Every call of the JSON door is over by now; what is left is to write the last answers.
  if (http_) http_->Stop(kLastAnswers);
  http_.reset();
  console_.reset();
  json_.reset();
  access_.reset();
  grpc_.reset();
  StopKeepingFigures();
  registry_.reset();
  store_.reset();
  Log(LogLevel::kInfo, "stopped", {{"exit_code", 0}});
}

void Process::Reload() {
  NotifyReloading();
  const absl::StatusOr<Config> config = LoadConfig(command_line_);
  if (!config.ok()) {
    Log(LogLevel::kError, "reload_refused",
        {{"reason", Token(std::string(config.status().message()))}});
  } else {
    std::string waiting;
    for (const std::string& name : ChangedSettings(config_, *config)) {
      if (name != "log.level") waiting += (waiting.empty() ? "" : " ") + name;
    }
    StartLog(ParseLogLevel(config->log_level));
    config_.log_level = config->log_level;
    ReloadAccounts();
    Log(LogLevel::kInfo, "reloaded", {{"waiting_for_restart", Token(waiting)}});
  }
  NotifyReady("serving");
}

// The accounts in force stay when the file cannot be taken: nobody is let in by a mistake in it,
// and nobody is locked out.
void Process::ReloadAccounts() {
  if (!access_->required()) return;
  absl::StatusOr<std::vector<Account>> accounts = LoadAccounts(config_.accounts_file);
  if (!accounts.ok()) {
    Log(LogLevel::kError, "accounts_refused",
        {{"reason", Token(std::string(accounts.status().message()))}});
    return;
  }
  Log(LogLevel::kInfo, "accounts_reloaded", {{"count", accounts->size()}});
  access_->Replace(*std::move(accounts));
}

HttpResponse Process::AnswerReadiness(bool verbose) const {
  const storage::StoreHealth health = store_->Health();
  const bool match = MatchPathWorks();
  const bool ready = serving_ && health.writable && match;
  std::string body = ready ? "ready\n" : "not ready\n";
  if (verbose) {
    body += fmt::format("serving: {}\n", serving_ ? "ok" : "stopping");
    body += fmt::format("storage: {}\n", health.writable ? "ok" : health.reason);
    body += fmt::format("match: {}\n", match ? "ok" : "failed");
  }
  return {ready ? 200u : 503u, "text/plain; charset=utf-8", body, {}};
}

void Process::AnswerHttp(HttpRequest request, const HttpAnswer& answer) {
  if (JsonDoor::IsServicePath(request)) return json_->Answer(std::move(request), answer);
  if (Console::IsConsolePath(request)) return console_->Answer(request, answer);
  answer(ComesFromHere(request) ? AnswerOperations(request) : RefuseForeign());
}

HttpResponse Process::AnswerOperations(const HttpRequest& request) const {
  if (request.method != "GET") {
    return {405, "text/plain; charset=utf-8", "only GET is answered here\n", {}};
  }
  if (request.path == "/livez") return {200, "text/plain; charset=utf-8", "alive\n", {}};
  if (request.path == "/readyz") return AnswerReadiness(request.query == "verbose");
  if (request.path == "/metrics") {
    std::string text = call_metrics_.Render();
    const absl::StatusOr<StatusResult> status = registry_->Status();
    if (status.ok()) text += RenderStatus(*status, kVersion);
    return {200, "text/plain; version=0.0.4; charset=utf-8", text, {}};
  }
  return {404,
          "text/plain; charset=utf-8",
          "here are /console/, /livez, /readyz, /metrics, and POST /vigie.v1.…\n",
          {}};
}

}  // namespace

int RunDaemon(const CommandLine& command_line, const Config& config, const Setup& setup) {
  return Process(command_line, config, setup).Run();
}

}  // namespace vigie::daemon
