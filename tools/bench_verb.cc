// vigie bench: how long an answer takes. Operations run interleaved in one run, so that the
// machine's bad moments meet all of them alike: what counts is the ratio to the empty call.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <thread>
#include <utility>

#include "fmt/format.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tools/generate.h"
#include "tools/generate_random.h"
#include "tools/import_rows.h"
#include "tools/latency.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kSampleRows = 10'000;  // inputs kept of a file
constexpr std::int64_t kGeneratedRows = 5'000;
constexpr std::size_t kInFlightMax = 10'000;  // of the open loop: memory has an end
constexpr std::size_t kWarmUpCalls = 200;     // connection and caches, not counted

struct BenchOptions {
  std::vector<std::string> operations = {"search", "match", "empty"};
  std::string input, domain;
  double seconds = 5;
  std::size_t calls = 0;  // of each operation in the closed loop; 0: as many as fit the seconds
  double rate = 0;
  std::uint64_t seed = 1;
};

struct Measurement {
  std::string mode, operation;
  Latencies latencies;
  std::int64_t errors = 0;
  double seconds = 0;
};

struct Input {
  v1::SearchIdentitiesRequest search;
  v1::MatchIdentityRequest match;
};

// The first letters of a name, whole characters only.
std::string Prefix(const std::string& name, std::size_t letters) {
  std::size_t end = 0;
  while (end < name.size() && letters > 0) {
    ++end;
    while (end < name.size() && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) ++end;
    --letters;
  }
  return name.substr(0, end);
}

Input ToInput(const IdentityRow& row) {
  Input input;
  const matching::Traits& t = row.traits;
  v1::Date date;
  date.set_year(t.birth_date.year);
  date.set_month(t.birth_date.month);
  date.set_day(t.birth_date.day);
  *input.search.mutable_birth_date() = date;
  input.search.set_family_prefix(Prefix(t.birth_family_name, 3));
  v1::Traits& traits = *input.match.mutable_traits();
  *traits.mutable_birth_date() = date;
  traits.set_birth_family_name(t.birth_family_name);
  traits.set_birth_given_names(t.birth_given_names);
  traits.set_first_birth_given_name(t.first_birth_given_name);
  traits.set_sex(static_cast<v1::Traits::Sex>(t.sex));
  traits.set_birth_place_code(t.birth_place_code);
  traits.set_postal_code(t.postal_code);
  traits.set_phone(t.phone);
  return input;
}

absl::StatusOr<std::vector<Input>> ReadInputs(std::unique_ptr<CsvReader> reader,
                                              const BenchOptions& options) {
  absl::StatusOr<std::unique_ptr<ImportSource>> source =
      ImportSource::Create(std::move(reader), ImportKind::kIdentities, std::nullopt,
                           options.domain.empty() ? "bench" : options.domain);
  if (!source.ok()) return source.status();
  std::vector<Input> inputs;
  Random random(options.seed);
  std::uint64_t seen = 0;
  SourceRow row;
  for (;;) {
    const absl::StatusOr<bool> found = (*source)->Next(&row);
    if (!found.ok()) return found.status();
    if (!*found) break;
    IdentityRow identity;
    if (!row.problems.empty() || !ParseIdentityRow(row.values, &identity, &row.problems)) continue;
    ++seen;
    if (inputs.size() < kSampleRows) {
      inputs.push_back(ToInput(identity));
    } else if (const std::uint64_t at = random.Below(seen); at < kSampleRows) {
      inputs[at] = ToInput(identity);  // every row of the file is as likely to be kept
    }
  }
  if (inputs.empty()) return absl::InvalidArgumentError("no usable row to take traits from");
  for (std::size_t i = inputs.size(); i > 1; --i) std::swap(inputs[i - 1], inputs[random.Below(i)]);
  return inputs;
}

absl::StatusOr<std::vector<Input>> MakeInputs(const BenchOptions& options) {
  if (!options.input.empty()) {
    absl::StatusOr<std::unique_ptr<CsvReader>> reader = CsvReader::OpenFile(options.input);
    if (!reader.ok()) return reader.status();
    return ReadInputs(std::move(*reader), options);
  }
  GenerateOptions generate;
  generate.identity_count = kGeneratedRows;
  generate.visit_count = 0;
  generate.seed = options.seed;
  std::stringstream identities;
  std::ostringstream visits;
  std::ostringstream truth;
  const auto counts = Generate(generate, {&identities, &visits, &truth}, {});
  if (!counts.ok()) return counts.status();
  absl::StatusOr<std::unique_ptr<CsvReader>> reader =
      CsvReader::FromStream(&identities, "generated");
  if (!reader.ok()) return reader.status();
  return ReadInputs(std::move(*reader), options);
}

// The empty call: what any answer costs at the least.
using Health = grpc::health::v1::Health;
using HealthRequest = grpc::health::v1::HealthCheckRequest;
using HealthResponse = grpc::health::v1::HealthCheckResponse;

grpc::Status CallOnce(Client& client, Health::Stub& health, const std::string& operation,
                      const Input& input) {
  const auto context = Client::NewContext();
  if (operation == "search") {
    v1::SearchIdentitiesResponse response;
    return client.identities().SearchIdentities(context.get(), input.search, &response);
  }
  if (operation == "match") {
    v1::MatchIdentityResponse response;
    return client.identities().MatchIdentity(context.get(), input.match, &response);
  }
  HealthResponse response;
  return health.Check(context.get(), HealthRequest(), &response);
}

// One caller, one call at a time, the operations in turn.
std::vector<Measurement> ClosedLoop(Client& client, Health::Stub& health,
                                    const BenchOptions& options, const std::vector<Input>& inputs) {
  std::vector<Measurement> measurements;
  for (const std::string& operation : options.operations) {
    measurements.push_back({"closed", operation, {}, 0, 0});
  }
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration<double>(options.seconds);
  for (std::size_t i = 0; options.calls > 0 ? i < options.calls : Clock::now() < end; ++i) {
    for (Measurement& measurement : measurements) {
      const auto begin = Clock::now();
      const grpc::Status status =
          CallOnce(client, health, measurement.operation, inputs[i % inputs.size()]);
      const auto latency = Clock::now() - begin;
      measurement.latencies.Add(latency);
      measurement.seconds += std::chrono::duration<double>(latency).count();
      if (!status.ok()) ++measurement.errors;
    }
  }
  return measurements;
}

// Calls leave when they are due, whether earlier ones are back or not; a call's latency begins when
// it was due, so that a stalled server cannot hide behind a waiting client.
class OpenLoop {
 public:
  OpenLoop(Client& client, Health::Stub& health, const BenchOptions& options,
           const std::vector<Input>& inputs)
      : client_(client), health_(health), options_(options), inputs_(inputs) {
    for (const std::string& operation : options.operations) {
      measurements_.push_back({"open", operation, {}, 0, 0});
    }
  }

  std::vector<Measurement> Run() {
    const auto start = Clock::now();
    const auto gap = std::chrono::duration<double>(1.0 / options_.rate);
    const auto calls = static_cast<std::size_t>(options_.rate * options_.seconds);
    for (std::size_t i = 0; i < calls; ++i) {
      const auto due =
          start + std::chrono::duration_cast<Clock::duration>(gap * static_cast<double>(i));
      std::this_thread::sleep_until(due);
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return in_flight_ < kInFlightMax; });
        ++in_flight_;
      }
      Start(i % measurements_.size(), inputs_[i / measurements_.size() % inputs_.size()], due);
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return in_flight_ == 0; });
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    for (Measurement& measurement : measurements_) measurement.seconds = seconds;
    return std::move(measurements_);
  }

 private:
  template <class Request, class Response>
  struct Call {
    std::unique_ptr<grpc::ClientContext> context = Client::NewContext();
    Request request;
    Response response;
  };

  void Done(std::size_t operation, Clock::time_point due, const grpc::Status& status) {
    const auto latency = Clock::now() - due;
    const std::lock_guard lock(mutex_);
    measurements_[operation].latencies.Add(latency);
    if (!status.ok()) ++measurements_[operation].errors;
    --in_flight_;
    changed_.notify_all();
  }

  void Start(std::size_t operation, const Input& input, Clock::time_point due) {
    const std::string& name = measurements_[operation].operation;
    if (name == "search") {
      auto call =
          std::make_shared<Call<v1::SearchIdentitiesRequest, v1::SearchIdentitiesResponse>>();
      call->request = input.search;
      client_.identities().async()->SearchIdentities(
          call->context.get(), &call->request, &call->response,
          [this, call, operation, due](const grpc::Status& s) { Done(operation, due, s); });
    } else if (name == "match") {
      auto call = std::make_shared<Call<v1::MatchIdentityRequest, v1::MatchIdentityResponse>>();
      call->request = input.match;
      client_.identities().async()->MatchIdentity(
          call->context.get(), &call->request, &call->response,
          [this, call, operation, due](const grpc::Status& s) { Done(operation, due, s); });
    } else {
      auto call = std::make_shared<Call<HealthRequest, HealthResponse>>();
      health_.async()->Check(
          call->context.get(), &call->request, &call->response,
          [this, call, operation, due](const grpc::Status& s) { Done(operation, due, s); });
    }
  }

  Client& client_;
  Health::Stub& health_;
  const BenchOptions& options_;
  const std::vector<Input>& inputs_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t in_flight_ = 0;              // guarded by mutex_
  std::vector<Measurement> measurements_;  // guarded by mutex_ while calls are in flight
};

int PrintMeasurements(const Globals& globals, std::vector<Measurement> measurements) {
  Table table{{"mode", "operation", "calls", "errors", "p50_us", "p90_us", "p99_us", "max_us",
               "calls_per_second", "p50_times_empty"},
              {}};
  Json json = Json::array();
  std::int64_t errors = 0;
  for (Measurement& m : measurements) {
    errors += m.errors;
    const double rate = m.seconds > 0 ? static_cast<double>(m.latencies.count()) / m.seconds : 0;
    const std::array<double, 5> figures = {m.latencies.Percentile(0.5), m.latencies.Percentile(0.9),
                                           m.latencies.Percentile(0.99), m.latencies.Percentile(1),
                                           rate};
    // How many empty calls of the same run fit into this one: what survives a noisy machine.
    const auto empty = std::find_if(
        measurements.begin(), measurements.end(),
        [&](const auto& other) { return other.mode == m.mode && other.operation == "empty"; });
    std::vector<std::string> row = {m.mode, m.operation, std::to_string(m.latencies.count()),
                                    std::to_string(m.errors)};
    Json entry = {{"mode", m.mode},
                  {"operation", m.operation},
                  {"calls", m.latencies.count()},
                  {"errors", m.errors}};
    for (std::size_t i = 0; i < figures.size(); ++i) {
      row.push_back(fmt::format("{:.1f}", figures[i]));
      entry[table.columns[i + 4]] = figures[i];
    }
    if (empty == measurements.end()) {
      row.emplace_back();
    } else {
      const double times = figures[0] / empty->latencies.Percentile(0.5);
      row.push_back(fmt::format("{:.2f}", times));
      entry["p50_times_empty"] = times;
    }
    table.rows.push_back(std::move(row));
    json.push_back(std::move(entry));
  }
  const int exit_code = PrintOrFail(globals.output, table, json);
  if (exit_code != kExitOk || errors == 0) return exit_code;
  std::fputs(fmt::format("vigie: bench: {} calls failed\n", errors).c_str(), stderr);
  return kExitFailed;
}

int Bench(const Globals& globals, const BenchOptions& options) {
  const absl::StatusOr<std::vector<Input>> inputs = MakeInputs(options);
  if (!inputs.ok()) return ReportError(inputs.status());
  Client client(globals.server);
  const std::unique_ptr<Health::Stub> health = Health::NewStub(client.channel());
  for (const std::string& operation : options.operations) {
    for (std::size_t i = 0; i < kWarmUpCalls; ++i) {
      const grpc::Status status =
          CallOnce(client, *health, operation, (*inputs)[i % inputs->size()]);
      if (!status.ok()) return client.ReportError("bench: " + operation, status);
    }
  }
  std::vector<Measurement> measurements = ClosedLoop(client, *health, options, *inputs);
  if (options.rate > 0) {
    for (Measurement& measurement : OpenLoop(client, *health, options, *inputs).Run()) {
      measurements.push_back(std::move(measurement));
    }
  }
  return PrintMeasurements(globals, std::move(measurements));
}

}  // namespace

void AddBenchVerb(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* bench = app.add_subcommand("bench", "Measures how long answers take");
  bench->add_option("--operations", options->operations, "search, match, empty")
      ->delimiter(',')
      ->check(CLI::IsMember({"search", "match", "empty"}))
      ->capture_default_str();
  bench->add_option("--input", options->input, "Identities (CSV) to take the traits from");
  bench->add_option("--calls", options->calls,
                    "Calls of each operation in the closed loop, instead of --seconds");
  bench->add_option("--seconds", options->seconds, "Of each loop")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  bench
      ->add_option("--rate", options->rate,
                   "Calls a second of the open loop, all operations together; 0: no open loop")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  bench->add_option("--seed", options->seed, "Of the generated or sampled traits")
      ->capture_default_str();
  bench->footer(
      Examples("  vigie bench --input sample/identities.csv --rate 1000 --seconds 10\n"
               "  vigie bench --calls 10000\n"
               "closed: one call at a time on one connection. open: calls leave on schedule, "
               "latency counts\n"
               "from when they were due. `empty` is a health check: the floor to compare with."));
  bench->callback([&globals, options] { globals.exit_code = Bench(globals, *options); });
}

}  // namespace vigie::tools
