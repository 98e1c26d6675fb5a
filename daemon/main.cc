// vigied: reads its configuration, opens what it remembers, serves until it is told to stop.
//
// Exit codes: 0 stopped as asked · 2 usage · 65 data damaged or acknowledged writes missing ·
// 69 an address is taken · 70 storage failed while running · 73 folder in use · 75 no space ·
// 77 folder's permissions · 78 configuration.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "daemon/log.h"
#include "daemon/process.h"
#include "daemon/setup.h"
#include "daemon/version.h"

namespace {

using namespace vigie::daemon;  // NOLINT(google-build-using-namespace) the program is its own only
                                // user

constexpr int kExitUsage = 2;
constexpr int kExitConfiguration = 78;

// A crash leaves no image of memory, which would hold patients.
void ForbidCoreDumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// The last words name no data: what an exception carries may come from a request.
[[noreturn]] void Terminate() {
  Log(LogLevel::kError, "terminated");
  std::abort();
}

int Refuse(const absl::Status& status) {
  fmt::print(stderr, "vigied: {}\n", std::string(status.message()));
  return kExitConfiguration;
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine command_line;
  CLI::App app{"vigied, the Vigie daemon: identity vigilance for hospitals.", "vigied"};
  app.set_version_flag("--version", std::string("vigied ") + std::string(kVersion));
  app.add_option("--config", command_line.config_file, "Configuration file (TOML)");
  app.add_option("--data", command_line.data_directory, "Data folder");
  app.add_option("--grpc-listen", command_line.grpc_listen,
                 "Address of the services, e.g. 127.0.0.1:7460 or unix:/run/vigie/grpc.sock");
  CLI::Option* http =
      app.add_option("--http-listen", command_line.http_listen,
                     "Address of the services as JSON, /livez, /readyz, /metrics; \"\" for none");
  app.add_flag("--check-config", command_line.check_config, "Check the configuration and exit");
  app.add_flag("--print-config", command_line.print_config,
               "Print the effective configuration and exit");
  app.footer("Settings can also be given as environment variables: VIGIE_SECTION_KEY.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  command_line.http_listen_given = http->count() > 0;

  std::set_terminate(Terminate);
  ForbidCoreDumps();
  umask(0077);

  const absl::StatusOr<Config> config = LoadConfig(command_line);
  if (!config.ok()) return Refuse(config.status());
  if (command_line.print_config) {
    fmt::print("{}", PrintConfig(*config));
    return 0;
  }
  const absl::StatusOr<Setup> setup = MakeSetup(*config);
  if (!setup.ok()) return Refuse(setup.status());
  if (command_line.check_config) {
    fmt::print("The configuration is right.\n");
    return 0;
  }

  StartLog(ParseLogLevel(config->log_level));
  return RunDaemon(command_line, *config, *setup);
}
