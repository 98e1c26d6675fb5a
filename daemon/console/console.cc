#include "daemon/console/console.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "daemon/console/json_door.h"
#include "daemon/console/json_message.h"
#include "daemon/console/pages.h"
#include "daemon/console/refusals.h"
#include "daemon/log.h"
#include "daemon/registry/errors.h"

namespace vigie::daemon {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kJson[] = "application/json";
constexpr char kPlainText[] = "text/plain; charset=utf-8";
// Only what this server gives, only from here, in nobody's frame; no inline script or style.
constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

HttpResponse Guarded(HttpResponse response) {
  response.headers.emplace_back("Content-Security-Policy", kPolicy);
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  response.headers.emplace_back("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
  return response;
}

HttpResponse ErrorResponse(const absl::Status& status) {
  JsonError error = JsonErrorOf(status);
  return {error.http_status, kJson, std::move(error.body), {}};
}

HttpResponse Page(const std::string& path) {
  const ConsolePage* const page = FindConsolePage(path);
  if (page == nullptr) return {404, kPlainText, "there is no such page\n", {}};
  return {200, std::string(page->content_type), std::string(page->content), {}};
}

HttpResponse WrongMethod(const char* allowed) {
  return {405, kPlainText, "this is not how it is asked here\n", {{"Allow", allowed}}};
}

bool IsJson(const HttpRequest& request) {
  const std::string type = absl::AsciiStrToLower(request.Header("content-type"));
  return type.substr(0, type.find(';')) == kJson;
}

Json StateJson(bool required, const std::optional<Access::SessionState>& state) {
  Json json = {{"accounts", required}, {"signed_in", state.has_value()}};
  if (!state) return json;
  json["name"] = state->account;
  json["role"] = std::string(RoleName(state->role));
  json["csrf"] = state->csrf;
  json["idle_left_seconds"] = state->idle_left.count();
  json["age_left_seconds"] = state->age_left.count();
  return json;
}

HttpResponse StateResponse(bool required, const std::optional<Access::SessionState>& state) {
  return {200, kJson, StateJson(required, state).dump(), {}};
}

// Strict: the cookie goes with no request that another site's page makes, not even a link.
std::string Cookie(const std::string& value, bool secure, bool ends) {
  return std::string(kSessionCookie) + "=" + value + "; Path=/; HttpOnly; SameSite=Strict" +
         (secure ? "; Secure" : "") + (ends ? "; Max-Age=0" : "");
}

struct Credentials {
  std::string name, password;
};

std::optional<Credentials> CredentialsOf(const std::string& body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto text = [&](const char* key) -> std::optional<std::string> {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
  };
  const std::optional<std::string> name = text("name"), password = text("password");
  if (!name || !password || password->size() > kPasswordBytesMax) return std::nullopt;
  return Credentials{*name, *password};
}

}  // namespace

bool Console::IsConsolePath(const HttpRequest& request) {
  const std::string& path = request.path;
  return path == "/" || path == "/console" || path.rfind("/console/", 0) == 0 ||
         path == "/session" || path == "/sign-in" || path == "/sign-out";
}

void Console::Answer(const HttpRequest& request, HttpAnswer answer) {
  const std::string& path = request.path;
  if (path == "/" || path.rfind("/console", 0) == 0) {
    if (!MayOpenPage(request)) return answer(Guarded(RefuseForeign()));
    if (request.method != "GET") return answer(Guarded(WrongMethod("GET")));
    if (path == "/" || path == "/console") {
      return answer(
          Guarded({302, kPlainText, "the console is at /console/\n", {{"Location", "/console/"}}}));
    }
    return answer(Guarded(Page(path.substr(std::string_view("/console/").size()))));
  }
  if (!ComesFromHere(request)) return answer(Guarded(RefuseForeign()));
  if (path == "/session" && request.method == "GET") {
    return answer(Guarded(Session(request, false)));
  }
  if (request.method != "POST") {
    return answer(Guarded(WrongMethod(path == "/session" ? "GET, POST" : "POST")));
  }
  if (!IsJson(request)) {
    HttpResponse response = ErrorResponse(MakeFieldError("content-type", "unsupported"));
    response.status = 415;
    return answer(Guarded(std::move(response)));
  }
  if (path == "/sign-in") {
    return SignIn(request, [answer = std::move(answer)](HttpResponse response) {
      answer(Guarded(std::move(response)));
    });
  }
  answer(Guarded(path == "/sign-out" ? SignOut(request) : Session(request, true)));
}

HttpResponse Console::Session(const HttpRequest& request, bool is_use) {
  if (is_use && access_.required()) {
    std::variant<Caller, HttpResponse> caller = access_.Identify(request);
    if (auto* refusal = std::get_if<HttpResponse>(&caller)) return std::move(*refusal);
  }
  return StateResponse(access_.required(), access_.SessionOf(request, false));
}

HttpResponse Console::SignOut(const HttpRequest& request) {
  const std::optional<Access::SessionState> state = access_.SessionOf(request, false);
  // Somebody who is signed out already is not told of a missing token.
  if (state && !SameSecret(request.Header(kCsrfHeader), state->csrf)) {
    return Refuse(Refusal::kCsrfTokenWrong);
  }
  access_.SignOut(request);
  if (state) Log(LogLevel::kInfo, "signed_out", {{"account", Token(state->account)}});
  HttpResponse response = StateResponse(access_.required(), std::nullopt);
  response.headers.emplace_back("Set-Cookie", Cookie("", secure_, true));
  return response;
}

void Console::SignIn(const HttpRequest& request, const HttpAnswer& answer) {
  if (!access_.required()) return answer(Refuse(Refusal::kSignInFailed));
  if (request.body_too_large || request.body.size() > kSignInBytesMax) {
    return answer(ErrorResponse(MakeError(Reason::kMessageTooLarge, "too large for a sign-in")));
  }
  const std::optional<Credentials> credentials = CredentialsOf(request.body);
  if (!credentials) {
    return answer(ErrorResponse(MakeError(Reason::kJsonInvalid, "name and password are needed")));
  }
  if (std::optional<HttpResponse> refusal = access_.RefuseAttempt(credentials->name)) {
    Log(LogLevel::kWarn, "sign_in_limited");
    return answer(*std::move(refusal));
  }
  const bool begun = verifiers_.TryRun([this, credentials = *credentials, answer] {
    std::variant<Access::SignedIn, HttpResponse> result =
        access_.SignIn(credentials.name, credentials.password);
    if (auto* refusal = std::get_if<HttpResponse>(&result)) {
      // Without the name: it may be a password that was typed into the wrong field.
      Log(LogLevel::kWarn, "sign_in_refused");
      return answer(std::move(*refusal));
    }
    const auto& signed_in = std::get<Access::SignedIn>(result);
    Log(LogLevel::kInfo, "signed_in",
        {{"account", Token(signed_in.state.account)},
         {"role", Token(RoleName(signed_in.state.role))}});
    HttpResponse response = StateResponse(true, signed_in.state);
    response.headers.emplace_back("Set-Cookie", Cookie(signed_in.session_id, secure_, false));
    answer(std::move(response));
  });
  if (!begun) {
    answer(ErrorResponse(MakeError(Reason::kServerBusy, "too many people sign in at once")));
  }
}

}  // namespace vigie::daemon
