// The console's own paths and the JSON services behind accounts: what each answers to whom, with
// which headers, and whose name stands under a change.
#include "daemon/console/console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "daemon/console/json_door.h"
#include "daemon/console/pages.h"
#include "daemon/console/permissions.h"
#include "tests/daemon/stub_registry.h"
#include "tests/support/temporary_directory.h"

namespace vigie::daemon {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr char kPassword[] = "correct horse battery";

std::vector<Account> SomeAccounts() {
  const std::string hash = HashPassword(kPassword);
  return {{"reader", Role::kReader, hash, {{"00000001", "", HashToken("t-reader")}}},
          {"reviewer", Role::kReviewer, hash, {{"00000002", "", HashToken("t-reviewer")}}},
          {"supervisor", Role::kSupervisor, hash, {{"00000003", "", HashToken("t-supervisor")}}}};
}

class ConsoleTest : public testing::Test {
 protected:
  using Headers = std::map<std::string, std::string>;

  static HttpRequest Request(const std::string& method, const std::string& path,
                             const std::string& body = "", const Headers& headers = {}) {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.headers = {{"host", "127.0.0.1:7461"}};
    if (method == "POST") request.headers["content-type"] = "application/json";
    for (const auto& [name, value] : headers) request.headers[name] = value;
    return request;
  }
  HttpResponse Ask(HttpRequest request) {
    std::promise<HttpResponse> answer;
    const auto give = [&](HttpResponse response) { answer.set_value(std::move(response)); };
    if (JsonDoor::IsServicePath(request)) {
      door_.Answer(std::move(request), give);
    } else {
      console_.Answer(std::move(request), give);
    }
    return answer.get_future().get();
  }
  static std::string HeaderOf(const HttpResponse& response, const std::string& name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }
  static std::string ReasonOf(const HttpResponse& response) {
    return json::parse(response.body)["details"][0]["debug"]["reason"];
  }
  static std::string Credentials(const std::string& name, const std::string& password) {
    return json({{"name", name}, {"password", password}}).dump();
  }
  // The headers a signed-in browser sends.
  Headers SignIn(const std::string& name) {
    const HttpResponse response = Ask(Request("POST", "/sign-in", Credentials(name, kPassword)));
    EXPECT_EQ(response.status, 200U) << response.body;
    const std::string cookie = HeaderOf(response, "Set-Cookie");
    return {{"cookie", cookie.substr(0, cookie.find(';'))},
            {"x-vigie-csrf", json::parse(response.body).at("csrf")}};
  }

  StubRegistry registry_;
  Executor executor_{{2, 100}};
  CallRunner runner_{registry_, executor_, {}};
  Access access_{SomeAccounts(), AccessOptions()};
  JsonDoor door_{runner_, &access_};
  Console console_{access_};
};

TEST_F(ConsoleTest, ThePagesAreThoseOfTheSourceAndForbidWhatIsNotTheirs) {
  for (const ConsolePage& page : ConsolePages()) {
    const std::string path(page.path);
    const HttpResponse response = Ask(Request("GET", "/console/" + path));
    EXPECT_EQ(response.status, 200U) << path;
    EXPECT_EQ(response.body,
              tests::ReadFile(std::string(VIGIE_SOURCE_DIR) + "/daemon/console/pages/" +
                              (path.empty() ? "index.html" : path)))
        << path;
    EXPECT_EQ(HeaderOf(response, "Content-Security-Policy"),
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
              "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
    EXPECT_EQ(HeaderOf(response, "Referrer-Policy"), "no-referrer");
    // Neither script nor style within the page, which the policy would stop anyway.
    EXPECT_THAT(response.body, Not(HasSubstr("onclick=\""))) << path;
    EXPECT_THAT(response.body, Not(HasSubstr("innerHTML"))) << path;
  }
  EXPECT_EQ(Ask(Request("GET", "/console/")).content_type, "text/html; charset=utf-8");
  EXPECT_EQ(Ask(Request("GET", "/console/../config.cc")).status, 404U);
  EXPECT_EQ(HeaderOf(Ask(Request("GET", "/")), "Location"), "/console/");
  EXPECT_EQ(Ask(Request("POST", "/console/")).status, 405U);
}

TEST_F(ConsoleTest, ALinkFromElsewhereMayLeadToAPageButFetchNothing) {
  const Headers link = {{"sec-fetch-site", "cross-site"},
                        {"sec-fetch-mode", "navigate"},
                        {"sec-fetch-dest", "document"}};
  EXPECT_EQ(Ask(Request("GET", "/console/", "", link)).status, 200U);
  EXPECT_EQ(Ask(Request("GET", "/session", "", link)).status, 403U);
  Headers frame = link;
  frame["sec-fetch-dest"] = "iframe";
  EXPECT_EQ(Ask(Request("GET", "/console/", "", frame)).status, 403U);
  Headers named = link;
  named["host"] = "evil.example:7461";
  EXPECT_EQ(Ask(Request("GET", "/console/", "", named)).status, 403U);
  EXPECT_EQ(Ask(Request("POST", "/sign-in", "{}", {{"origin", "http://evil.example"}})).status,
            403U);
}

TEST_F(ConsoleTest, SigningInGivesACookieThatScriptsCannotReadAndOtherSitesCannotSend) {
  const HttpResponse response =
      Ask(Request("POST", "/sign-in", Credentials("reviewer", kPassword)));
  ASSERT_EQ(response.status, 200U) << response.body;
  const json state = json::parse(response.body);
  EXPECT_EQ(state.at("name"), "reviewer");
  EXPECT_EQ(state.at("role"), "reviewer");
  EXPECT_EQ(state.at("idle_left_seconds"), 900);
  EXPECT_EQ(state.at("age_left_seconds"), 36000);
  const std::string cookie = HeaderOf(response, "Set-Cookie");
  EXPECT_THAT(cookie, testing::MatchesRegex(
                          "vigie_session=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Strict"));
  EXPECT_THAT(response.body, Not(HasSubstr(cookie.substr(14, 43))));
}

TEST_F(ConsoleTest, ASignInThatIsNoneIsRefused) {
  const struct {
    std::string description;
    HttpRequest request;
    unsigned status;
  } cases[] = {
      {"wrong password", Request("POST", "/sign-in", Credentials("reader", "wrong")), 401},
      {"unknown name", Request("POST", "/sign-in", Credentials("nobody", kPassword)), 401},
      {"not JSON", Request("POST", "/sign-in", "name=a&password=b"), 400},
      {"a list", Request("POST", "/sign-in", "[]"), 400},
      {"no password", Request("POST", "/sign-in", R"({"name":"reader"})"), 400},
      {"a number", Request("POST", "/sign-in", R"({"name":"reader","password":1})"), 400},
      {"an endless password",
       Request("POST", "/sign-in", Credentials("reader", std::string(2000, 'a'))), 400},
      {"a large body", Request("POST", "/sign-in", std::string(20000, ' ')), 429},
      {"a form", Request("POST", "/sign-in", "a", {{"content-type", "text/plain"}}), 415},
      {"GET", Request("GET", "/sign-in"), 405},
  };
  for (const auto& c : cases) {
    const HttpResponse response = Ask(c.request);
    EXPECT_EQ(response.status, c.status) << c.description << response.body;
    EXPECT_EQ(HeaderOf(response, "Set-Cookie"), "") << c.description;
    EXPECT_THAT(response.body, Not(HasSubstr("horse"))) << c.description;
  }
}

TEST_F(ConsoleTest, ManyTriesAreRefusedWithATimeToWait) {
  HttpResponse response;
  for (int i = 0; i < 6; ++i) {
    response = Ask(Request("POST", "/sign-in", Credentials("reader", "wrong")));
  }
  EXPECT_EQ(response.status, 429U);
  EXPECT_EQ(ReasonOf(response), "too_many_attempts");
  EXPECT_NE(HeaderOf(response, "Retry-After"), "");
  EXPECT_EQ(Ask(Request("POST", "/sign-in", Credentials("reader", kPassword))).status, 429U)
      << "the right password must not tell";
}

TEST_F(ConsoleTest, TheSessionIsToldWithoutAndLengthenedWithItsToken) {
  const Headers browser = SignIn("reader");
  const Headers cookie_only = {{"cookie", browser.at("cookie")}};
  const json state = json::parse(Ask(Request("GET", "/session", "", cookie_only)).body);
  EXPECT_EQ(state.at("csrf"), browser.at("x-vigie-csrf"));
  EXPECT_EQ(ReasonOf(Ask(Request("POST", "/session", "{}", cookie_only))), "csrf_token_wrong");
  EXPECT_EQ(Ask(Request("POST", "/session", "{}", browser)).status, 200U);
  const json nobody = json::parse(Ask(Request("GET", "/session")).body);
  EXPECT_EQ(nobody, json({{"accounts", true}, {"signed_in", false}}));
}

TEST_F(ConsoleTest, SigningOutNeedsTheTokenAndTakesTheCookieAway) {
  const Headers browser = SignIn("reader");
  EXPECT_EQ(ReasonOf(Ask(Request("POST", "/sign-out", "{}", {{"cookie", browser.at("cookie")}}))),
            "csrf_token_wrong");
  const HttpResponse response = Ask(Request("POST", "/sign-out", "{}", browser));
  EXPECT_EQ(response.status, 200U);
  EXPECT_THAT(HeaderOf(response, "Set-Cookie"), HasSubstr("Max-Age=0"));
  EXPECT_EQ(ReasonOf(Ask(Request("POST", "/vigie.v1.ReviewService/ListCases", "{}", browser))),
            "sign_in_required");
}

TEST_F(ConsoleTest, ACallWithoutSessionOrTokenIsRefusedBeforeAnythingIsRead) {
  const HttpResponse response = Ask(Request("POST", "/vigie.v1.ReviewService/ListCases", "{}"));
  EXPECT_EQ(response.status, 401U);
  EXPECT_EQ(ReasonOf(response), "sign_in_required");
  EXPECT_EQ(json::parse(response.body).at("code"), "unauthenticated");
  EXPECT_EQ(registry_.asked(), "");
  EXPECT_EQ(Ask(Request("POST", "/vigie.v1.NoService/No", "{}")).status, 401U)
      << "which calls there are is nobody's business";
}

TEST_F(ConsoleTest, TheTableOfRolesDecidesEveryCall) {
  for (const UnaryMethod& method : UnaryMethods()) {
    const Permission& row = *FindPermission(method.service, method.name);
    const std::string path = "/" + std::string(method.service) + "/" + std::string(method.name);
    for (const Role role : {Role::kReader, Role::kReviewer, Role::kSupervisor}) {
      const Headers token = {{"authorization", "Bearer t-" + std::string(RoleName(role))}};
      const HttpResponse response = Ask(Request("POST", path, "{}", token));
      const bool refused = response.status == 403 && ReasonOf(response) == "role_insufficient";
      EXPECT_EQ(refused, role < row.least) << path << " as " << RoleName(role);
    }
  }
}

TEST_F(ConsoleTest, AChangeIsSignedByTheAccountWhateverTheRequestSays) {
  const std::string body =
      R"({"request_id": "r1", "actor": "somebody-else", "identity_id": "42", "homonym": true})";
  const std::string path = "/vigie.v1.IdentityService/SetAttributes";
  const HttpResponse response = Ask(Request("POST", path, body, SignIn("reviewer")));
  EXPECT_EQ(response.status, 200U) << response.body;
  EXPECT_THAT(registry_.asked(), HasSubstr("reviewer"));
  EXPECT_THAT(registry_.asked(), Not(HasSubstr("somebody-else")));
}

// The stub answers with a decision of somebody else's.
TEST_F(ConsoleTest, WhatOthersDecidedIsASupervisorsToTakeBack) {
  const std::string path = "/vigie.v1.ReviewService/UndoDecision";
  const auto undo = [&](const std::string& role) {
    return Ask(Request("POST", path, R"({"request_id": "r", "decision_id": "7"})",
                       {{"authorization", "Bearer t-" + role}}));
  };
  const HttpResponse refused = undo("reviewer");
  EXPECT_EQ(refused.status, 403U) << refused.body;
  EXPECT_EQ(ReasonOf(refused), "role_insufficient");
  EXPECT_THAT(refused.body, HasSubstr(R"("role_needed":"supervisor")"));
  EXPECT_EQ(undo("supervisor").status, 200U) << undo("supervisor").body;
}

TEST(ConsoleWithoutAccounts, TellsSoAndLeavesTheServicesAsTheyWere) {
  StubRegistry registry;
  Executor executor{{1, 10}};
  CallRunner runner(registry, executor, {});
  Access access(std::nullopt, AccessOptions());
  JsonDoor door(runner, &access);
  Console console(access);
  HttpRequest request;
  request.headers = {{"host", "localhost"}, {"content-type", "application/json"}};
  request.method = "GET";
  request.path = "/session";
  console.Answer(request, [](const HttpResponse& response) {
    EXPECT_EQ(json::parse(response.body), json({{"accounts", false}, {"signed_in", false}}));
  });
  request.method = "POST";
  request.path = "/sign-in";
  request.body = R"({"name":"a","password":"b"})";
  console.Answer(request, [](const HttpResponse& response) { EXPECT_EQ(response.status, 401U); });
  request.path = "/vigie.v1.IdentityService/SetAttributes";
  request.body = R"({"request_id": "r", "actor": "desk 4", "identity_id": "42", "homonym": true})";
  std::promise<unsigned> status;
  door.Answer(request, [&](const HttpResponse& response) { status.set_value(response.status); });
  EXPECT_EQ(status.get_future().get(), 200U);
  EXPECT_THAT(registry.asked(), HasSubstr("desk 4"));
}

}  // namespace
}  // namespace vigie::daemon
