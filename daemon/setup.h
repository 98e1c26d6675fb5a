// From the configuration to what each part needs: the model, the indicator definitions, the options
// of store and registry, the accounts. Reads the files the configuration names; opens nothing else.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/config.h"
#include "daemon/console/accounts.h"
#include "daemon/registry/registry.h"
#include "matching/indicator.h"
#include "matching/model.h"
#include "storage/store.h"

namespace vigie::daemon {

// What the command line said; empty and false where it said nothing.
struct CommandLine {
  std::string config_file;
  std::string data_directory;
  std::string grpc_listen;
  std::string http_listen;
  bool http_listen_given = false;  // --http-listen "" means: no HTTP
  bool check_config = false;
  bool print_config = false;
};

// File, then environment, then flags; validated. INVALID_ARGUMENT with place and remedy;
// NOT_FOUND when the file cannot be read.
absl::StatusOr<Config> LoadConfig(const CommandLine& command_line);

struct Setup {
  std::shared_ptr<const matching::Model> model;
  std::vector<matching::IndicatorDefinition> definitions;  // the default one first
  std::optional<std::vector<Account>> accounts;            // nullopt: none are configured
  storage::StoreOptions store;
  RegistryOptions registry;
};

// Reads model, definition and accounts files and checks the time zone. INVALID_ARGUMENT names the
// file or the setting; NOT_FOUND and PERMISSION_DENIED are of the accounts file.
absl::StatusOr<Setup> MakeSetup(const Config& config);

}  // namespace vigie::daemon
