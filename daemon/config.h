// The configuration of vigied: one struct with defaults, one table of settings from which the
// file, the environment, `vigied --print-config` and the tests of the sample file all work.
//
// Precedence: flags, then environment (VIGIE_SECTION_KEY, e.g. VIGIE_GRPC_LISTEN), then the file,
// then the defaults below. An unknown key, a value of the wrong type or outside its bounds is an
// error that names file, line and column, and what to write instead.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "matching/trust.h"

namespace vigie::daemon {

struct Config {
  // [data]
  std::string data_directory = "/var/lib/vigie";
  std::string anchor_directory;  // empty: data_directory/anchor
  std::int64_t free_low_mebibytes = 512;
  std::int64_t free_high_mebibytes = 2048;
  std::int64_t ballast_mebibytes = 64;
  std::int64_t block_cache_mebibytes = 256;
  std::int64_t index_cache_mebibytes = 64;
  // [grpc]
  std::string grpc_listen = "127.0.0.1:7460";
  bool grpc_reflection = false;
  std::int64_t grpc_worker_threads = 64;
  std::int64_t grpc_drain_seconds = 10;
  // [http]
  std::string http_listen = "127.0.0.1:7461";  // empty: no HTTP
  // [console]
  std::string accounts_file;  // empty: no accounts
  std::int64_t session_idle_minutes = 15;
  std::int64_t session_hours = 10;
  // [identity]
  bool production = true;
  std::string time_zone = "Europe/Paris";
  // [matching]
  std::string model_file;  // empty: the compiled-in french-hospital model
  std::int64_t identities_per_key_max = 200;
  std::int64_t candidates_max = 500;
  std::int64_t record_cache_mebibytes = 256;
  // [indicators]
  std::vector<std::string> definition_files;  // beside the shipped ones
  std::string default_definition = "qualified-visits";
  // [trust]
  matching::TrustRules trust_rules;
  std::int64_t minor_age_years = matching::kMinorAgeYears;
  std::int64_t reverification_years = 3;
  // [review]
  std::vector<std::string> detectors_off;  // names of daemon/registry/review.h
  std::int64_t claim_minutes = 30;
  bool second_person_for_merge = false;
  bool second_person_for_unmerge = false;
  std::string merges = "here";  // or "proposed"
  std::int64_t proposal_receipt_seconds = 60;
  std::int64_t proposal_answer_minutes = 60;
  double blind_share = 0;         // 0..1, daemon/registry/labels.h
  double sample_below_share = 0;  // 0..1
  // [[evidence_devices]]; empty: matching::DefaultEvidenceDevices()
  std::vector<matching::EvidenceDevice> evidence_devices;
  // [log]
  std::string log_level = "info";
};

// One setting: its place in the file, its default as text, what it is for.
struct SettingDescription {
  std::string name;           // "grpc.listen"
  std::string default_value;  // as it would stand in the file
  std::string bounds;         // "1..1024", "true or false", ...
  std::string description;    // one sentence
  bool reloadable = false;    // takes effect on SIGHUP; others need a restart
};
std::vector<SettingDescription> DescribeSettings();

// Reads `toml` over the defaults. INVALID_ARGUMENT "FILE:LINE:COLUMN: …" for anything wrong.
absl::StatusOr<Config> ParseConfig(const std::string& toml, const std::string& file_name);

// Applies environment variables (`lookup` returns the value or nullptr) on top of `config`.
// INVALID_ARGUMENT names the variable.
absl::Status ApplyEnvironment(const std::function<const char*(const char*)>& lookup,
                              Config& config);

// Checks what needs more than one setting: loopback addresses, low < high, known log level.
// INVALID_ARGUMENT names the setting and the remedy.
absl::Status ValidateConfig(const Config& config);

// The effective configuration as a file that ParseConfig reads back.
std::string PrintConfig(const Config& config);

// Names of the settings that differ.
std::vector<std::string> ChangedSettings(const Config& before, const Config& after);

// True for 127.0.0.0/8, [::1], localhost, each with a port, and unix:PATH.
bool IsLoopbackAddress(std::string_view address);

// The name among `known` that is nearest to `word` by edit distance (at most 3), or "".
std::string NearestName(std::string_view word, const std::vector<std::string>& known);

}  // namespace vigie::daemon
