// What systemd is told, and what it asks for. Without systemd every function does nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace vigie::daemon {

void NotifyReady(std::string_view status_text);
void NotifyStatus(std::string_view status_text);
void NotifyReloading();
void NotifyStopping();
void NotifyWatchdog();

// How often the watchdog wants to hear from us (half of its time-out); absent: no watchdog.
std::optional<std::chrono::microseconds> WatchdogInterval();

}  // namespace vigie::daemon
