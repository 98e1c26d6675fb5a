// The one place where an error of ours becomes an error of the wire: code, text, and google.rpc
// details (ErrorInfo always, BadRequest where fields are at fault). Reasons:
// daemon/registry/errors.h. No gRPC here: import rows and the HTTP door use the same shape. All
// functions are thread-safe.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace vigie::daemon {

inline constexpr char kErrorDomain[] = "vigie";

// The status with its details; code 0 and nothing else for OK. A status without a reason gets that
// of its code, and its text is withheld unless it is one of ours: it may come from a library.
google::rpc::Status ToRpcStatus(const absl::Status& status);

// Puts `prefix` before the path of every field at fault that is not part of every change
// (request_id, actor, reason): the registry speaks of "traits.sex" where a request has
// "identity.traits.sex". Any other status is returned as it is.
absl::Status PrefixFields(const absl::Status& status, const std::string& prefix);

}  // namespace vigie::daemon
