// Who may call over HTTP: sessions and their ends, limits of tries, tokens, the table of roles, and
// that a change is signed by who made it.
#include "daemon/console/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/console/attempts.h"
#include "daemon/console/permissions.h"
#include "daemon/console/refusals.h"
#include "daemon/console/sessions.h"
#include "daemon/grpc/calls.h"
#include "daemon/registry/errors.h"

namespace vigie::daemon {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

// A clock that stands until it is told.
class Time {
 public:
  Sessions::Clock clock() {
    return [this] { return now_; };
  }
  void Pass(seconds time) { now_ += time; }

 private:
  std::chrono::steady_clock::time_point now_ = std::chrono::steady_clock::time_point(seconds(1000));
};

TEST(Sessions, EndAfterIdleTimeUnlessThePersonDoesSomething) {
  Time time;
  Sessions sessions({seconds(60), seconds(1000), 10, 10}, time.clock());
  const Sessions::Begun begun = *sessions.Begin("a");
  time.Pass(seconds(59));
  EXPECT_EQ(sessions.Find(begun.id, true)->account, "a");
  time.Pass(seconds(59));
  EXPECT_EQ(sessions.Find(begun.id, false)->idle_left, seconds(1)) << "the first use counted";
  time.Pass(seconds(1));
  EXPECT_FALSE(sessions.Find(begun.id, true)) << "what the page asked by itself did not";
  EXPECT_EQ(sessions.count(), 0U);
}

TEST(Sessions, EndAfterTheirAgeWhateverIsDone) {
  Time time;
  Sessions sessions({seconds(60), seconds(100), 10, 10}, time.clock());
  const Sessions::Begun begun = *sessions.Begin("a");
  for (int i = 0; i < 3; ++i) {
    time.Pass(seconds(30));
    EXPECT_TRUE(sessions.Find(begun.id, true));
  }
  EXPECT_EQ(sessions.Find(begun.id, true)->idle_left, seconds(10)) << "no more than the age leaves";
  time.Pass(seconds(10));
  EXPECT_FALSE(sessions.Find(begun.id, true));
}

TEST(Sessions, AreKnownByNothingButTheirNumber) {
  Sessions sessions({});
  const Sessions::Begun one = *sessions.Begin("a"), other = *sessions.Begin("a");
  EXPECT_NE(one.id, other.id);
  EXPECT_NE(one.csrf, other.csrf);
  EXPECT_EQ(one.id.size(), 43U);
  EXPECT_FALSE(sessions.Find("", true));
  EXPECT_FALSE(sessions.Find(one.id + "x", true));
  EXPECT_FALSE(sessions.Find(HashToken(one.id), true));
  sessions.End(one.id);
  EXPECT_FALSE(sessions.Find(one.id, true));
  EXPECT_TRUE(sessions.Find(other.id, true));
}

TEST(Sessions, AreBoundedForAnAccountAndForAll) {
  Time time;
  Sessions sessions({seconds(60), seconds(1000), 3, 2}, time.clock());
  const std::string first = sessions.Begin("a")->id;
  time.Pass(seconds(1));
  const std::string second = sessions.Begin("a")->id;
  const std::string third = sessions.Begin("a")->id;
  EXPECT_FALSE(sessions.Find(first, true)) << "the account's longest idle one made room";
  EXPECT_TRUE(sessions.Find(second, true));
  EXPECT_TRUE(sessions.Begin("b"));
  EXPECT_FALSE(sessions.Begin("c")) << "nobody is pushed out by somebody else";
  time.Pass(seconds(60));
  EXPECT_TRUE(sessions.Begin("c")) << "those that ended made room";
}

TEST(Attempts, AreFewForANameAndComeBackSlowly) {
  Time time;
  Attempts attempts({2, seconds(20), 100, seconds(1), 100}, time.clock());
  EXPECT_FALSE(attempts.Take("a"));
  EXPECT_FALSE(attempts.Take("a"));
  EXPECT_EQ(attempts.Take("a"), seconds(20));
  EXPECT_FALSE(attempts.Take("b")) << "another name is not touched";
  time.Pass(seconds(15));
  EXPECT_EQ(attempts.Take("a"), seconds(5));
  time.Pass(seconds(5));
  EXPECT_FALSE(attempts.Take("a"));
  EXPECT_TRUE(attempts.Take("a"));
  attempts.Forgive("a");
  EXPECT_FALSE(attempts.Take("a"));
}

TEST(Attempts, AreBoundedForAllNamesTogether) {
  Time time;
  Attempts attempts({5, seconds(20), 3, seconds(1), 100}, time.clock());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(attempts.Take("a" + std::to_string(i)));
  EXPECT_EQ(attempts.Take("a3"), seconds(1));
  time.Pass(seconds(1));
  EXPECT_FALSE(attempts.Take("a3"));
}

TEST(Attempts, RememberABoundedNumberOfNames) {
  Time time;
  Attempts attempts({5, seconds(20), 1000, seconds(1), 10}, time.clock());
  for (int i = 0; i < 50; ++i) attempts.Take(std::to_string(i));
  EXPECT_EQ(attempts.names(), 10U);
  time.Pass(seconds(20));
  EXPECT_FALSE(attempts.Take("new")) << "names whose tries are back are forgotten";
  EXPECT_EQ(attempts.names(), 1U);
}

TEST(Permissions, EveryCallOfTheContractHasOneRowAndNoOther) {
  std::set<std::string> calls, rows;
  for (const UnaryMethod& method : UnaryMethods()) {
    calls.insert(std::string(method.service) + "/" + std::string(method.name));
    EXPECT_NE(FindPermission(method.service, method.name), nullptr) << method.name;
  }
  for (const Permission& row : Permissions()) {
    EXPECT_TRUE(rows.insert(std::string(row.service) + "/" + std::string(row.name)).second);
  }
  EXPECT_EQ(rows, calls);
}

// A call that takes a request id writes; who only reads may not make it, and it is signed.
TEST(Permissions, EveryChangeNamesItsActorAndIsNoReaders) {
  int changes = 0;
  for (const UnaryMethod& method : UnaryMethods()) {
    const Permission& row = *FindPermission(method.service, method.name);
    const std::unique_ptr<google::protobuf::Message> request(method.request->New());
    const auto* about = request->GetDescriptor();
    const bool takes_id = about->FindFieldByName("request_id") != nullptr ||
                          about->FindFieldByName("context") != nullptr;
    EXPECT_EQ(row.changes, takes_id) << method.name;
    EXPECT_EQ(SetActor("m.dupont", request.get()), row.changes) << method.name;
    if (!row.changes) continue;
    ++changes;
    EXPECT_GE(row.least, Role::kReviewer) << method.name;
    EXPECT_THAT(request->ShortDebugString(), HasSubstr("actor: \"m.dupont\"")) << method.name;
  }
  EXPECT_GE(changes, 12);
}

TEST(Permissions, TheActorOfARequestIsReplaced) {
  v1::UpdateIdentityRequest request;
  request.set_actor("somebody else");
  EXPECT_TRUE(SetActor("m.dupont", &request));
  EXPECT_EQ(request.actor(), "m.dupont");
}

TEST(Refusals, HaveReasonsNobodyElseHas) {
  std::set<std::string_view> reasons;
  for (const ReasonInfo& info : Reasons()) reasons.insert(info.name);
  std::size_t position = 0;
  for (const RefusalInfo& info : Refusals()) {
    EXPECT_TRUE(reasons.insert(info.reason).second) << info.reason;
    EXPECT_EQ(static_cast<std::size_t>(info.refusal), position++);
    const HttpResponse response = Refuse(info.refusal);
    EXPECT_THAT(response.body, HasSubstr("\"reason\":\"" + std::string(info.reason) + "\""));
    EXPECT_GE(response.status, 400U);
  }
}

class AccessTest : public testing::Test {
 protected:
  static constexpr char kPassword[] = "correct horse battery";

  AccessTest() {
    accounts_ = {{"reader", Role::kReader, HashPassword(kPassword), {}},
                 {"robot", Role::kReviewer, "", {{"01234567", "", HashToken("vigie_t")}}}};
    access_.emplace(accounts_, AccessOptions(), time_.clock());
  }
  static HttpRequest With(std::map<std::string, std::string> headers) {
    HttpRequest request;
    request.method = "POST";
    request.headers = std::move(headers);
    return request;
  }
  Access::SignedIn SignIn() {
    auto result = access_->SignIn("reader", kPassword);
    EXPECT_TRUE(std::holds_alternative<Access::SignedIn>(result));
    return std::get<Access::SignedIn>(std::move(result));
  }
  static HttpRequest Of(const Access::SignedIn& session) {
    return With({{"cookie", "other=1; vigie_session=" + session.session_id},
                 {"x-vigie-csrf", session.state.csrf}});
  }
  // The caller's name, or the reason of the refusal.
  std::string Identify(const HttpRequest& request) {
    const auto result = access_->Identify(request);
    if (const auto* caller = std::get_if<Caller>(&result)) return caller->account;
    const std::string& body = std::get<HttpResponse>(result).body;
    for (const RefusalInfo& info : Refusals()) {
      if (body.find("\"" + std::string(info.reason) + "\"") != std::string::npos) {
        return "refused: " + std::string(info.reason);
      }
    }
    return body;
  }

  Time time_;
  std::vector<Account> accounts_;
  std::optional<Access> access_;
};

TEST_F(AccessTest, ASessionIsTakenWithItsTokenOnly) {
  const Access::SignedIn session = SignIn();
  EXPECT_EQ(Identify(Of(session)), "reader");
  HttpRequest request = Of(session);
  request.headers.erase("x-vigie-csrf");
  EXPECT_EQ(Identify(request), "refused: csrf_token_wrong");
  request.headers["x-vigie-csrf"] = SignIn().state.csrf;
  EXPECT_EQ(Identify(request), "refused: csrf_token_wrong") << "the token of another session";
  EXPECT_EQ(Identify(With({})), "refused: sign_in_required");
  EXPECT_EQ(Identify(With({{"cookie", "vigie_session=" + std::string(43, 'A')}})),
            "refused: sign_in_required");
  EXPECT_EQ(Identify(With({{"cookie", "xvigie_session=" + session.session_id}})),
            "refused: sign_in_required");
}

TEST_F(AccessTest, ATokenIsTakenWithoutASession) {
  EXPECT_EQ(Identify(With({{"authorization", "Bearer vigie_t"}})), "robot");
  EXPECT_EQ(Identify(With({{"authorization", "bearer vigie_t"}})), "robot");
  for (const char* wrong :
       {"Bearer vigie_u", "Bearer ", "Bearer", "Basic vigie_t", "vigie_t", ""}) {
    EXPECT_EQ(Identify(With({{"authorization", wrong}})), "refused: sign_in_required") << wrong;
  }
  HttpRequest request = Of(SignIn());
  request.headers["authorization"] = "Bearer wrong";
  EXPECT_EQ(Identify(request), "refused: sign_in_required") << "a wrong token is not overlooked";
}

TEST_F(AccessTest, AWrongPasswordAndAnUnknownNameAreAnsweredTheSame) {
  const auto body = [](const std::variant<Access::SignedIn, HttpResponse>& result) {
    const auto* refusal = std::get_if<HttpResponse>(&result);
    return refusal == nullptr ? "signed in" : std::to_string(refusal->status) + refusal->body;
  };
  const std::string wrong = body(access_->SignIn("reader", "wrong"));
  EXPECT_THAT(wrong, HasSubstr("sign_in_failed"));
  EXPECT_EQ(body(access_->SignIn("nobody", kPassword)), wrong);
  EXPECT_EQ(body(access_->SignIn("robot", "")), wrong) << "an account without a password";
}

TEST_F(AccessTest, WhatThePageAsksByItselfDoesNotLengthenTheSession) {
  const Access::SignedIn session = SignIn();
  HttpRequest background = Of(session);
  background.headers["x-vigie-background"] = "1";
  time_.Pass(seconds(600));
  EXPECT_EQ(Identify(background), "reader");
  time_.Pass(seconds(300));
  EXPECT_EQ(Identify(background), "refused: sign_in_required");
}

TEST_F(AccessTest, AWrongTokenDoesNotLengthenTheSession) {
  const Access::SignedIn session = SignIn();
  HttpRequest request = Of(session);
  request.headers["x-vigie-csrf"] = "wrong";
  time_.Pass(seconds(600));
  Identify(request);
  time_.Pass(seconds(300));
  EXPECT_EQ(Identify(Of(session)), "refused: sign_in_required");
}

TEST_F(AccessTest, ChangedAccountsHoldFromTheNextCallOn) {
  const Access::SignedIn session = SignIn();
  accounts_[0].role = Role::kSupervisor;
  access_->Replace(accounts_);
  EXPECT_EQ(std::get<Caller>(access_->Identify(Of(session))).role, Role::kSupervisor);
  accounts_[1].tokens.clear();
  access_->Replace(accounts_);
  EXPECT_EQ(Identify(With({{"authorization", "Bearer vigie_t"}})), "refused: sign_in_required");
  accounts_[0].password_hash = HashPassword("another password");
  access_->Replace(accounts_);
  EXPECT_EQ(Identify(Of(session)), "refused: sign_in_required") << "the password was changed";
  accounts_.clear();
  access_->Replace(accounts_);
  EXPECT_TRUE(access_->required()) << "no account is not the same as no accounts";
}

TEST_F(AccessTest, SigningOutEndsTheSessionAndNoOther) {
  const Access::SignedIn one = SignIn(), other = SignIn();
  access_->SignOut(Of(one));
  EXPECT_EQ(Identify(Of(one)), "refused: sign_in_required");
  EXPECT_EQ(Identify(Of(other)), "reader");
}

TEST_F(AccessTest, TriesAreLimitedForNamesThatExistAndForThoseThatDoNot) {
  for (const char* name : {"reader", "nobody"}) {
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(access_->RefuseAttempt(name)) << name;
    const auto refusal = access_->RefuseAttempt(name);
    ASSERT_TRUE(refusal) << name;
    EXPECT_EQ(refusal->status, 429U);
    EXPECT_THAT(refusal->body, HasSubstr(R"("retry_after_seconds":"20")"));
  }
  SignIn();
  EXPECT_FALSE(access_->RefuseAttempt("reader")) << "a right password gives the tries back";
}

}  // namespace
}  // namespace vigie::daemon
