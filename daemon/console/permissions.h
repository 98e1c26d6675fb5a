// Which role may make which call over HTTP: the one table. A call that is not in it is made by
// nobody; a test compares it with the contract.
//
// Thread safety: constants and pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "daemon/console/accounts.h"
#include "google/protobuf/message.h"

namespace vigie::daemon {

struct Permission {
  std::string_view service;  // full name, e.g. "vigie.v1.IdentityService"
  std::string_view name;     // e.g. "GetIdentity"
  Role least;                // and every role above; what others decided: json_door.cc
  bool changes = false;      // writes: its request names an actor
};

std::span<const Permission> Permissions();
// nullptr: nobody may.
const Permission* FindPermission(std::string_view service, std::string_view name);

// Writes `actor` where the request says who acts: its field `actor`, or that of its `context`.
// False when it has neither.
bool SetActor(const std::string& actor, google::protobuf::Message* request);

}  // namespace vigie::daemon
