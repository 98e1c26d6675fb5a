// The life of the daemon between its configuration and its exit code.
#pragma once

#include "daemon/config.h"
#include "daemon/setup.h"

namespace vigie::daemon {

// Opens the store, starts the services, tells systemd, waits for signals, drains, stops.
// SIGTERM, SIGINT: stop. SIGHUP: read the configuration again; what can change while running does,
// the rest is logged as waiting for a restart; a wrong file changes nothing.
// Returns the process's exit code (see main.cc). Must be called before any thread is started.
int RunDaemon(const CommandLine& command_line, const Config& config, const Setup& setup);

}  // namespace vigie::daemon
