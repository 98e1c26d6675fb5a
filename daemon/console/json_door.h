// The services over HTTP: POST /vigie.v1.XService/Method with a JSON object, answered by the same
// functions as gRPC's calls. This is the unary JSON form of the Connect protocol, so Connect's
// clients, curl and the console's pages use it alike. No streams, no GET, no compression, no CORS.
//
// Headers: Content-Type application/json; Connect-Protocol-Version 1 or none; Connect-Timeout-Ms
// the deadline in milliseconds, kDeadlineDefault without: after it the call is not begun any more.
//
// A page of another site that a browser on this machine shows must reach nothing here: the host
// asked for must be a loopback one (a name that an attacker's DNS points to us is not), an Origin
// must be this door's own, and nothing a form can send is taken.
//
// Where accounts are configured, who calls must be known (access.h), the role must allow the call
// (permissions.h), and the actor of a change is the account, whatever the request says.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "daemon/console/access.h"
#include "daemon/console/http_server.h"
#include "daemon/grpc/runner.h"

namespace vigie::daemon {

// Whether a request may come from this machine's programs or our own pages: see above. True for
// every request a script or a program makes to a loopback address. For every path of the server.
bool ComesFromHere(const HttpRequest& request);
// The same for a page: a link from elsewhere may lead to it, as the whole content of a tab.
bool MayOpenPage(const HttpRequest& request);
// What others get: 403 and the reason origin_foreign, as Connect's JSON.
HttpResponse RefuseForeign();

class JsonDoor {
 public:
  static constexpr std::chrono::milliseconds kDeadlineDefault{5000};
  // Calls of this door that run or wait for a worker; further ones are refused as server_busy. Half
  // of the workers there are by default, so that gRPC's callers always find one.
  static constexpr int kCallsMax = 32;

  // Both outlive the door and every call begun. Without `access`, as without accounts, everybody
  // who reaches the door may make every call.
  explicit JsonDoor(CallRunner& runner, Access* access = nullptr)
      : runner_(runner), access_(access) {}

  // Whether the path is one of a service's calls, known or not: "/vigie.v1.…".
  static bool IsServicePath(const HttpRequest& request);
  // Answers a request to such a path. Never blocks: the reading of the JSON, the call and the
  // writing of the answer run on a worker. May be called from any thread.
  void Answer(HttpRequest request, HttpAnswer answer);

 private:
  CallRunner& runner_;
  Access* const access_;
  const std::shared_ptr<std::atomic<int>> calls_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace vigie::daemon
