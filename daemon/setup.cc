#include "daemon/setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/time/time.h"
#include "daemon/run_together.h"

namespace vigie::daemon {
namespace {

// Configuration, models and definitions are small; a larger file is a mistake.
constexpr std::size_t kTextFileBytesMax = std::size_t{4} * 1024 * 1024;

absl::StatusOr<std::string> ReadTextFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("{}: cannot be read", path));
  std::string text(kTextFileBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return absl::NotFoundError(fmt::format("{}: cannot be read", path));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kTextFileBytesMax) {
    return absl::InvalidArgumentError(
        fmt::format("{}: larger than {} bytes", path, kTextFileBytesMax));
  }
  return text;
}

absl::StatusOr<std::shared_ptr<const matching::Model>> LoadModel(const std::string& path) {
  if (path.empty()) return matching::FrenchHospitalModel();
  const absl::StatusOr<std::string> text = ReadTextFile(path);
  if (!text.ok()) return text.status();
  absl::StatusOr<matching::Model> model = matching::ParseModel(*text, path);
  if (!model.ok()) return model.status();
  return std::make_shared<const matching::Model>(*std::move(model));
}

absl::StatusOr<std::vector<matching::IndicatorDefinition>> LoadDefinitions(const Config& config) {
  std::vector<matching::IndicatorDefinition> definitions = matching::ShippedIndicatorDefinitions();
  const auto named = [&](const std::string& name) {
    return std::find_if(definitions.begin(), definitions.end(),
                        [&](const auto& definition) { return definition.name == name; });
  };
  for (const std::string& path : config.definition_files) {
    const absl::StatusOr<std::string> text = ReadTextFile(path);
    if (!text.ok()) return text.status();
    absl::StatusOr<matching::IndicatorDefinition> definition =
        matching::ParseIndicatorDefinition(*text, path);
    if (!definition.ok()) return definition.status();
    if (named(definition->name) != definitions.end()) {
      return absl::InvalidArgumentError(
          fmt::format("{}: a definition named \"{}\" exists already; choose another name", path,
                      definition->name));
    }
    definitions.push_back(*std::move(definition));
  }
  const auto first = named(config.default_definition);
  if (first == definitions.end()) {
    return absl::InvalidArgumentError(fmt::format(
        "indicators.default_definition: there is no definition \"{}\"", config.default_definition));
  }
  std::rotate(definitions.begin(), first, first + 1);
  return definitions;
}

std::uint64_t Mebibytes(std::int64_t count) { return static_cast<std::uint64_t>(count) << 20; }

}  // namespace

absl::StatusOr<Config> LoadConfig(const CommandLine& command_line) {
  Config config;
  if (!command_line.config_file.empty()) {
    const absl::StatusOr<std::string> text = ReadTextFile(command_line.config_file);
    if (!text.ok()) return text.status();
    absl::StatusOr<Config> parsed = ParseConfig(*text, command_line.config_file);
    if (!parsed.ok()) return parsed.status();
    config = *std::move(parsed);
  }
  absl::Status status =
      ApplyEnvironment([](const char* name) { return std::getenv(name); }, config);
  if (!status.ok()) return status;
  if (!command_line.data_directory.empty()) config.data_directory = command_line.data_directory;
  if (!command_line.grpc_listen.empty()) config.grpc_listen = command_line.grpc_listen;
  if (command_line.http_listen_given) config.http_listen = command_line.http_listen;
  status = ValidateConfig(config);
  if (!status.ok()) return status;
  return config;
}

absl::StatusOr<Setup> MakeSetup(const Config& config) {
  Setup setup;
  absl::StatusOr<std::shared_ptr<const matching::Model>> model = LoadModel(config.model_file);
  if (!model.ok()) return model.status();
  setup.model = *std::move(model);
  absl::StatusOr<std::vector<matching::IndicatorDefinition>> definitions = LoadDefinitions(config);
  if (!definitions.ok()) return definitions.status();
  setup.definitions = *std::move(definitions);

  if (!config.accounts_file.empty()) {
    absl::StatusOr<std::vector<Account>> accounts = LoadAccounts(config.accounts_file);
    if (!accounts.ok()) return accounts.status();
    setup.accounts = *std::move(accounts);
  }

  absl::TimeZone zone;
  if (!absl::LoadTimeZone(config.time_zone, &zone)) {
    return absl::InvalidArgumentError(fmt::format(
        "identity.time_zone: \"{}\" is not a time zone of this machine; write Europe/Paris, "
        "Indian/Reunion, America/Cayenne, ...",
        config.time_zone));
  }

  setup.store.data_directory = config.data_directory;
  setup.store.anchor_directory = config.anchor_directory;
  setup.store.free_bytes_low = Mebibytes(config.free_low_mebibytes);
  setup.store.free_bytes_high = Mebibytes(config.free_high_mebibytes);
  setup.store.ballast_bytes = Mebibytes(config.ballast_mebibytes);
  setup.store.block_cache_bytes = Mebibytes(config.block_cache_mebibytes);
  setup.store.index_cache_bytes = Mebibytes(config.index_cache_mebibytes);

  setup.registry.production = config.production;
  setup.registry.default_time_zone = config.time_zone;
  setup.registry.candidate_limits.identities_per_key_max =
      static_cast<std::size_t>(config.identities_per_key_max);
  setup.registry.candidate_limits.candidates_max = static_cast<std::size_t>(config.candidates_max);
  setup.registry.record_cache_bytes = Mebibytes(config.record_cache_mebibytes);
  setup.registry.trust_rules = config.trust_rules;
  setup.registry.evidence_devices = config.evidence_devices;
  setup.registry.minor_age_years = static_cast<int>(config.minor_age_years);
  setup.registry.reverification_years = static_cast<int>(config.reverification_years);
  setup.registry.review.detectors_off = {config.detectors_off.begin(), config.detectors_off.end()};
  setup.registry.review.claim_duration = std::chrono::minutes(config.claim_minutes);
  setup.registry.review.second_person_for_merge = config.second_person_for_merge;
  setup.registry.review.second_person_for_unmerge = config.second_person_for_unmerge;
  setup.registry.review.merges_proposed = config.merges == "proposed";
  setup.registry.review.proposal_receipt = std::chrono::seconds(config.proposal_receipt_seconds);
  setup.registry.review.proposal_answer = std::chrono::minutes(config.proposal_answer_minutes);
  setup.registry.review.blind_share = config.blind_share;
  setup.registry.review.sample_below_share = config.sample_below_share;
  setup.registry.run_together = RunTogether;
  return setup;
}

}  // namespace vigie::daemon
