// What this door refuses before a call reaches a use case, beside what every door refuses
// (daemon/registry/errors.h): who calls, and what they may. Same JSON as every other error: the
// reason stands in details[0].debug.reason.
//
// Thread safety: constants and pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "daemon/console/http_server.h"

namespace vigie::daemon {

enum class Refusal : std::uint8_t {
  kSignInRequired,
  kSignInFailed,
  kTooManyAttempts,
  kTooManySessions,
  kCsrfTokenWrong,
  kRoleInsufficient,
};

struct RefusalInfo {
  Refusal refusal;
  std::string_view reason;  // what travels; never changed once published
  absl::StatusCode code;
  std::string_view meaning;
  std::string_view caller_does;
};

// Every refusal once, in the order of the enumeration.
std::span<const RefusalInfo> Refusals();
// The answer, with what may be said about it, e.g. {"role_needed", "supervisor"}.
HttpResponse Refuse(Refusal refusal, const std::map<std::string, std::string>& metadata = {});

}  // namespace vigie::daemon
