#include "daemon/console/json_door.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "daemon/console/json_message.h"
#include "daemon/console/permissions.h"
#include "daemon/console/refusals.h"
#include "daemon/grpc/calls.h"
#include "daemon/grpc/limits.h"
#include "daemon/registry/errors.h"

namespace vigie::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr char kJson[] = "application/json";
constexpr std::string_view kServicePrefix = "/vigie.v1.";
// Of Connect-Timeout-Ms, by the protocol: about 115 days.
constexpr std::size_t kTimeoutDigitsMax = 10;

HttpResponse ErrorResponse(const absl::Status& status) {
  JsonError error = JsonErrorOf(status);
  return {error.http_status, kJson, std::move(error.body), {}};
}

// What the protocol answers with a status of HTTP's own instead of the error's.
HttpResponse ErrorResponse(const absl::Status& status, unsigned http_status,
                           std::string header = "", std::string value = "") {
  HttpResponse response = ErrorResponse(status);
  response.status = http_status;
  if (!header.empty()) response.headers.emplace_back(std::move(header), std::move(value));
  return response;
}

bool IsNumber(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "127.0.0.1" or another address of 127.0.0.0/8 in the usual spelling.
bool IsLoopbackV4(std::string_view host) {
  int parts = 0;
  for (;;) {
    const std::size_t dot = host.find('.');
    const std::string_view part = host.substr(0, dot);
    if (!IsNumber(part) || part.size() > 3 || (parts == 0 && part != "127")) return false;
    ++parts;
    if (dot == std::string_view::npos) return parts == 4;
    host.remove_prefix(dot + 1);
  }
}

// The port is not looked at: it may be that of a tunnel.
bool IsLoopbackHost(std::string_view host) {
  const std::size_t end = host.rfind(']');
  const std::size_t colon = host.find(':', end == std::string_view::npos ? 0 : end);
  if (colon != std::string_view::npos) {
    if (!IsNumber(host.substr(colon + 1))) return false;
    host = host.substr(0, colon);
  }
  return absl::EqualsIgnoreCase(absl::string_view(host.data(), host.size()), "localhost") ||
         host == "[::1]" || IsLoopbackV4(host);
}

bool IsJson(const std::string& content_type) {
  std::string text = absl::AsciiStrToLower(content_type);
  text.erase(std::remove_if(text.begin(), text.end(),
                            [](char c) { return c == ' ' || c == '\t' || c == '"'; }),
             text.end());
  return text == kJson || text == std::string(kJson) + ";charset=utf-8";
}

// nullopt: not a timeout of the protocol.
std::optional<milliseconds> TimeoutOf(const HttpRequest& request) {
  const std::string text = request.Header("connect-timeout-ms");
  if (text.empty()) return JsonDoor::kDeadlineDefault;
  if (!IsNumber(text) || text.size() > kTimeoutDigitsMax) return std::nullopt;
  std::int64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return milliseconds(count);
}

const UnaryMethod* MethodOf(const std::string& path) {
  const std::size_t slash = path.find('/', 1);
  if (slash == std::string::npos) return nullptr;
  const std::string_view text = path;
  return FindUnaryMethod(text.substr(1, slash - 1), text.substr(slash + 1));
}

// What is wrong with the request before its body is looked at.
std::optional<HttpResponse> RefuseRequest(const HttpRequest& request, const UnaryMethod* method) {
  if (method == nullptr) {
    return ErrorResponse(MakeError(Reason::kMethodUnavailable, "no such call over HTTP"), 404);
  }
  if (request.method != "POST") {
    return ErrorResponse(MakeError(Reason::kMethodUnavailable, "calls are made with POST"), 405,
                         "Allow", "POST");
  }
  if (!IsJson(request.Header("content-type"))) {
    return ErrorResponse(MakeFieldError("content-type", "unsupported"), 415, "Accept-Post", kJson);
  }
  if (const std::string encoding = request.Header("content-encoding");
      !encoding.empty() && !absl::EqualsIgnoreCase(encoding, "identity")) {
    return ErrorResponse(MakeError(Reason::kEncodingUnsupported, "only identity is taken"));
  }
  if (const std::string version = request.Header("connect-protocol-version");
      !version.empty() && version != "1") {
    return ErrorResponse(MakeFieldError("connect-protocol-version", "unsupported"));
  }
  if (request.body_too_large) {
    return ErrorResponse(MakeError(Reason::kMessageTooLarge, "message too large for a unary call",
                                   {{"bytes_max", std::to_string(kUnaryMessageBytesMax)}}));
  }
  return std::nullopt;
}

// A call that no row of the table allows is refused to everybody.
std::optional<HttpResponse> RefuseRole(const Caller& caller, const UnaryMethod& method) {
  const Permission* const permission = FindPermission(method.service, method.name);
  if (permission != nullptr && caller.role >= permission->least) return std::nullopt;
  std::map<std::string, std::string> metadata;
  if (permission != nullptr) metadata["role_needed"] = std::string(RoleName(permission->least));
  return Refuse(Refusal::kRoleInsufficient, metadata);
}

// A supervisor takes back what anybody decided, others what they decided themselves. A decision
// that cannot be read is left to the call to refuse.
bool IsOthersDecision(const google::protobuf::Message& request, const Caller& caller,
                      Registry& registry) {
  if (caller.role == Role::kSupervisor ||
      request.GetDescriptor() != v1::UndoDecisionRequest::descriptor()) {
    return false;
  }
  v1::GetDecisionRequest asked;
  asked.set_decision_id(static_cast<const v1::UndoDecisionRequest&>(request).decision_id());
  v1::GetDecisionResponse found;
  return Answer(registry, asked, &found).ok() && found.decision().actor() != caller.account;
}

// What a call needs beside its method: the body, and whose name stands under a change.
struct CallInput {
  std::string body;
  std::optional<Caller> caller;  // nullopt: no accounts
};

// What a call ended with; goes from its one half to the other.
struct CallOutput {
  std::string json;
  std::optional<HttpResponse> refusal;  // of this door, instead of the status
};

absl::Status Call(const UnaryMethod& method, const CallInput& input, Registry& registry,
                  const GivenUp& given_up, CallOutput* output) {
  const std::unique_ptr<google::protobuf::Message> request(method.request->New());
  if (absl::Status status = MessageFromJson(input.body, request.get()); !status.ok()) return status;
  if (input.caller) {
    SetActor(input.caller->account, request.get());
    if (IsOthersDecision(*request, *input.caller, registry)) {
      output->refusal = Refuse(Refusal::kRoleInsufficient,
                               {{"role_needed", std::string(RoleName(Role::kSupervisor))}});
      return absl::PermissionDeniedError("another person's decision");
    }
  }
  const std::unique_ptr<google::protobuf::Message> response(method.response->New());
  absl::Status status = method.answer(registry, *request, response.get(), given_up);
  if (!status.ok()) return status;
  absl::StatusOr<std::string> json = JsonFromMessage(*response);
  if (!json.ok()) return json.status();
  output->json = *std::move(json);
  return absl::OkStatus();
}

}  // namespace

bool MayOpenPage(const HttpRequest& request) {
  return ComesFromHere(request) ||
         (IsLoopbackHost(request.Header("host")) && request.method == "GET" &&
          request.Header("sec-fetch-mode") == "navigate" &&
          request.Header("sec-fetch-dest") == "document");
}

bool ComesFromHere(const HttpRequest& request) {
  const std::string host = request.Header("host");
  if (!IsLoopbackHost(host)) return false;
  const auto origin = request.headers.find("origin");
  if (origin != request.headers.end() && origin->second != "http://" + host) return false;
  const std::string site = request.Header("sec-fetch-site");
  return site.empty() || site == "same-origin" || site == "none";
}

HttpResponse RefuseForeign() {
  return ErrorResponse(MakeError(Reason::kOriginForeign, "only this machine's own callers"));
}

bool JsonDoor::IsServicePath(const HttpRequest& request) {
  return request.path.rfind(kServicePrefix, 0) == 0;
}

void JsonDoor::Answer(HttpRequest request, HttpAnswer answer) {
  if (!ComesFromHere(request)) return answer(RefuseForeign());
  CallInput input;
  const UnaryMethod* const method = MethodOf(request.path);
  if (access_ != nullptr && access_->required()) {
    std::variant<Caller, HttpResponse> caller = access_->Identify(request);
    if (auto* refusal = std::get_if<HttpResponse>(&caller)) return answer(std::move(*refusal));
    input.caller = std::get<Caller>(std::move(caller));
    if (method != nullptr) {
      std::optional<HttpResponse> refusal = RefuseRole(*input.caller, *method);
      if (refusal) return answer(*std::move(refusal));
    }
  }
  if (std::optional<HttpResponse> refusal = RefuseRequest(request, method)) {
    return answer(*std::move(refusal));
  }
  const std::optional<milliseconds> timeout = TimeoutOf(request);
  if (!timeout) return answer(ErrorResponse(MakeFieldError("connect-timeout-ms", "malformed")));
  if (calls_->fetch_add(1) >= kCallsMax) {
    --*calls_;
    return answer(ErrorResponse(MakeError(Reason::kServerBusy, "too many calls over HTTP")));
  }
  const auto output = std::make_shared<CallOutput>();
  input.body = std::move(request.body);
  CallTerms terms{system_clock::now() + *timeout,
                  [gone = request.caller_gone] { return gone != nullptr && *gone; }};
  runner_.RunFrom(
      *method, std::move(terms),
      [method, output, input = std::move(input)](Registry& registry, const GivenUp& given_up) {
        return Call(*method, input, registry, given_up, output.get());
      },
      [output, calls = calls_, answer = std::move(answer)](const absl::Status& status) {
        --*calls;
        if (output->refusal) return answer(*std::move(output->refusal));
        answer(status.ok() ? HttpResponse{200, kJson, std::move(output->json), {}}
                           : ErrorResponse(status));
      });
}

}  // namespace vigie::daemon
