#include "daemon/console/refusals.h"

#include <array>
#include <utility>

#include "daemon/console/json_message.h"
#include "daemon/grpc/errors.h"
#include "google/rpc/error_details.pb.h"

namespace vigie::daemon {
namespace {

using absl::StatusCode;

constexpr std::array kRefusals = {
    RefusalInfo{Refusal::kSignInRequired, "sign_in_required", StatusCode::kUnauthenticated,
                "no session, or it has ended, or the token is none of ours",
                "sign in, or send Authorization: Bearer with a token of `vigie account token`"},
    RefusalInfo{Refusal::kSignInFailed, "sign_in_failed", StatusCode::kUnauthenticated,
                "name and password are not those of an account", "try again"},
    RefusalInfo{Refusal::kTooManyAttempts, "too_many_attempts", StatusCode::kResourceExhausted,
                "too many attempts to sign in",
                "wait for the seconds that metadata `retry_after_seconds` says"},
    RefusalInfo{Refusal::kTooManySessions, "too_many_sessions", StatusCode::kResourceExhausted,
                "as many people are signed in as there may be", "wait until somebody signs out"},
    RefusalInfo{Refusal::kCsrfTokenWrong, "csrf_token_wrong", StatusCode::kPermissionDenied,
                "the call came with a session's cookie but not with its token",
                "send X-Vigie-Csrf with the value that GET /session gives"},
    RefusalInfo{Refusal::kRoleInsufficient, "role_insufficient", StatusCode::kPermissionDenied,
                "the account's role does not allow this call",
                "ask somebody with the role that metadata `role_needed` names"},
};

}  // namespace

std::span<const RefusalInfo> Refusals() { return kRefusals; }

HttpResponse Refuse(Refusal refusal, const std::map<std::string, std::string>& metadata) {
  const RefusalInfo& info = kRefusals.at(static_cast<std::size_t>(refusal));
  google::rpc::ErrorInfo detail;
  detail.set_reason(std::string(info.reason));
  detail.set_domain(kErrorDomain);
  detail.mutable_metadata()->insert(metadata.begin(), metadata.end());
  google::rpc::Status status;
  status.set_code(static_cast<int>(info.code));
  status.set_message(std::string(info.meaning));
  status.add_details()->PackFrom(detail);
  JsonError error = JsonErrorOf(status);
  return {error.http_status, "application/json", std::move(error.body), {}};
}

}  // namespace vigie::daemon
