// Aim: what the JSON door promises by itself: which requests it takes, how it reads and writes
// JSON, that every call is answered as gRPC's is, and that a refusal quotes no value.
#include "daemon/console/json_door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "daemon/console/json_message.h"
#include "daemon/grpc/executor.h"
#include "daemon/registry/errors.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/rpc/error_details.pb.h"
#include "tests/daemon/stub_registry.h"

namespace vigie::daemon {
namespace {

using google::protobuf::util::MessageDifferencer;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr char kGetIdentity[] = "/vigie.v1.IdentityService/GetIdentity";

// The one detail of its type in an error's JSON.
json DetailOf(const json& error, const std::string& type) {
  for (const json& detail : error.at("details")) {
    if (detail.at("type") == type) return detail;
  }
  return nullptr;
}

std::string ReasonOf(const HttpResponse& response) {
  const json info = DetailOf(json::parse(response.body), "google.rpc.ErrorInfo");
  return info.is_null() ? "" : info.at("debug").at("reason").get<std::string>();
}

// "field:code" of the first field at fault.
std::string FieldOf(const absl::Status& status) {
  const auto details = DetailsOf(status);
  if (!details) return "no details";
  if (details->fields.empty()) return details->reason;
  return details->fields[0].field + ":" + details->fields[0].code;
}

class JsonDoorTest : public testing::Test {
 protected:
  static HttpRequest Request(const std::string& path, const std::string& body) {
    HttpRequest request;
    request.method = "POST";
    request.path = path;
    request.body = body;
    request.headers = {{"host", "127.0.0.1:7461"}, {"content-type", "application/json"}};
    return request;
  }

  HttpResponse Answer(HttpRequest request) {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<HttpResponse> answer;
    door_.Answer(std::move(request), [&](HttpResponse response) {
      const std::lock_guard lock(mutex);
      answer = std::move(response);
      changed.notify_all();
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return answer.has_value(); });
    return *std::move(answer);
  }

  StubRegistry registry_;
  std::mutex mutex_;
  std::vector<std::string> observed_;  // "method code"; guarded by mutex_
  Executor executor_{{2, 100}};
  CallRunner runner_{registry_, executor_,
                     [this](std::string_view method, std::string_view code, double) {
                       const std::lock_guard lock(mutex_);
                       observed_.push_back(std::string(method) + " " + std::string(code));
                     }};
  JsonDoor door_{runner_};
};

TEST_F(JsonDoorTest, AnswersACallAndCountsIt) {
  const HttpResponse response = Answer(Request(kGetIdentity, R"({"identityId": "42"})"));
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(json::parse(response.body).at("identity").at("id"), std::to_string(FullIdentity().id));
  EXPECT_THAT(registry_.asked(), HasSubstr("42"));
  const std::lock_guard lock(mutex_);
  EXPECT_THAT(observed_, testing::ElementsAre("GetIdentity OK"));
}

// The door must give what gRPC gives, for every call there is and for those to come.
TEST_F(JsonDoorTest, EveryCallAnswersAsItsFunctionDoes) {
  for (const UnaryMethod& method : UnaryMethods()) {
    const std::unique_ptr<google::protobuf::Message> request(method.request->New());
    const std::unique_ptr<google::protobuf::Message> expected(method.response->New());
    const absl::Status status = method.answer(registry_, *request, expected.get(), {});
    const std::string path = "/" + std::string(method.service) + "/" + std::string(method.name);
    const HttpResponse response = Answer(Request(path, "{}"));
    if (!status.ok()) {
      EXPECT_EQ(response.body, JsonErrorOf(status).body) << path;
      EXPECT_EQ(response.status, JsonErrorOf(status).http_status) << path;
      EXPECT_NE(ReasonOf(response), "") << path;
      continue;
    }
    const std::unique_ptr<google::protobuf::Message> got(method.response->New());
    ASSERT_TRUE(MessageFromJson(response.body, got.get()).ok()) << path << response.body;
    EXPECT_TRUE(MessageDifferencer::Equals(*got, *expected)) << path << response.body;
  }
}

TEST_F(JsonDoorTest, RequestsThatAreNotCallsAreRefusedBeforeAnythingIsRead) {
  struct Case {
    const char* what;
    std::function<void(HttpRequest&)> change;
    unsigned status;
    const char* reason;
  };
  const Case cases[] = {
      {"GET", [](HttpRequest& r) { r.method = "GET"; }, 405, "method_unavailable"},
      {"OPTIONS", [](HttpRequest& r) { r.method = "OPTIONS"; }, 405, "method_unavailable"},
      {"unknown call", [](HttpRequest& r) { r.path = "/vigie.v1.IdentityService/Drop"; }, 404,
       "method_unavailable"},
      {"unknown service", [](HttpRequest& r) { r.path = "/vigie.v1.X/GetIdentity"; }, 404,
       "method_unavailable"},
      {"no call", [](HttpRequest& r) { r.path = "/vigie.v1.IdentityService"; }, 404,
       "method_unavailable"},
      {"a stream", [](HttpRequest& r) { r.path = "/vigie.v1.IdentityService/ImportIdentities"; },
       404, "method_unavailable"},
      {"what a form sends", [](HttpRequest& r) { r.headers["content-type"] = "text/plain"; }, 415,
       "fields_invalid"},
      {"no type", [](HttpRequest& r) { r.headers.erase("content-type"); }, 415, "fields_invalid"},
      {"protobuf", [](HttpRequest& r) { r.headers["content-type"] = "application/proto"; }, 415,
       "fields_invalid"},
      {"Latin-1",
       [](HttpRequest& r) { r.headers["content-type"] = "application/json; charset=latin1"; }, 415,
       "fields_invalid"},
      {"gzip", [](HttpRequest& r) { r.headers["content-encoding"] = "gzip"; }, 501,
       "encoding_unsupported"},
      {"version 2", [](HttpRequest& r) { r.headers["connect-protocol-version"] = "2"; }, 400,
       "fields_invalid"},
      {"a timeout in words", [](HttpRequest& r) { r.headers["connect-timeout-ms"] = "5s"; }, 400,
       "fields_invalid"},
      {"a negative timeout", [](HttpRequest& r) { r.headers["connect-timeout-ms"] = "-1"; }, 400,
       "fields_invalid"},
      {"a timeout of 11 digits",
       [](HttpRequest& r) { r.headers["connect-timeout-ms"] = "10000000000"; }, 400,
       "fields_invalid"},
      {"no time left", [](HttpRequest& r) { r.headers["connect-timeout-ms"] = "0"; }, 504,
       "deadline_passed"},
      {"a large body", [](HttpRequest& r) { r.body_too_large = true; }, 429, "message_too_large"},
      {"a caller that is gone",
       [](HttpRequest& r) { r.caller_gone = std::make_shared<std::atomic<bool>>(true); }, 499,
       "call_cancelled"},
  };
  for (const Case& c : cases) {
    HttpRequest request = Request(kGetIdentity, R"({"identity_id": "42"})");
    c.change(request);
    const HttpResponse response = Answer(std::move(request));
    EXPECT_EQ(response.status, c.status) << c.what;
    EXPECT_EQ(response.content_type, "application/json") << c.what;
    EXPECT_EQ(ReasonOf(response), c.reason) << c.what;
  }
  EXPECT_EQ(registry_.asked(), "");
}

TEST_F(JsonDoorTest, TakesTheSpellingsOfItsHeadersThatClientsUse) {
  for (const char* type :
       {"application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\""}) {
    HttpRequest request = Request(kGetIdentity, R"({"identity_id": "42"})");
    request.headers["content-type"] = type;
    request.headers["content-encoding"] = "Identity";
    request.headers["connect-protocol-version"] = "1";
    request.headers["connect-timeout-ms"] = "9999999999";
    EXPECT_EQ(Answer(std::move(request)).status, 200U) << type;
  }
}

// DNS rebinding: a name of the attacker's that points to 127.0.0.1. CSRF: a page of another site.
TEST_F(JsonDoorTest, OnlyThisMachinesOwnCallersAreAnswered) {
  const struct {
    std::map<std::string, std::string> headers;
    bool taken;
  } cases[] = {
      {{{"host", "127.0.0.1:7461"}}, true},
      {{{"host", "127.0.0.1"}}, true},
      {{{"host", "127.12.0.9:80"}}, true},
      {{{"host", "LocalHost:7461"}}, true},
      {{{"host", "[::1]:7461"}}, true},
      {{{"host", "[::1]"}}, true},
      {{}, false},
      {{{"host", ""}}, false},
      {{{"host", "evil.example"}}, false},
      {{{"host", "evil.example:7461"}}, false},
      {{{"host", "127.0.0.1.evil.example:7461"}}, false},
      {{{"host", "localhost.evil.example"}}, false},
      {{{"host", "127.0.0.1:7461@evil.example"}}, false},
      {{{"host", "127.0.0.1:"}}, false},
      {{{"host", "127.0.0.1, evil.example"}}, false},
      {{{"host", "127.0.0"}}, false},
      {{{"host", "0.0.0.0:7461"}}, false},
      {{{"host", "[::2]:7461"}}, false},
      {{{"host", "::1"}}, false},
      {{{"host", "localhost:7461"}, {"origin", "http://localhost:7461"}}, true},
      {{{"host", "localhost:7461"}, {"origin", "http://localhost:8080"}}, false},
      {{{"host", "localhost:7461"}, {"origin", "https://localhost:7461"}}, false},
      {{{"host", "localhost:7461"}, {"origin", "https://evil.example"}}, false},
      {{{"host", "localhost:7461"}, {"origin", "null"}}, false},
      {{{"host", "localhost:7461"}, {"origin", ""}}, false},
      {{{"host", "localhost:7461"}, {"sec-fetch-site", "same-origin"}}, true},
      {{{"host", "localhost:7461"}, {"sec-fetch-site", "none"}}, true},
      {{{"host", "localhost:7461"}, {"sec-fetch-site", "cross-site"}}, false},
      {{{"host", "localhost:7461"}, {"sec-fetch-site", "same-site"}}, false},
  };
  for (const auto& c : cases) {
    HttpRequest request = Request(kGetIdentity, R"({"identity_id": "42"})");
    request.headers = c.headers;
    request.headers["content-type"] = "application/json";
    EXPECT_EQ(ComesFromHere(request), c.taken) << json(c.headers).dump();
    const HttpResponse response = Answer(std::move(request));
    EXPECT_EQ(response.status, c.taken ? 200U : 403U) << json(c.headers).dump();
    if (!c.taken) {
      EXPECT_EQ(ReasonOf(response), "origin_foreign");
    }
  }
}

TEST_F(JsonDoorTest, OnlySoManyCallsRunAtATime) {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  int answered = 0;
  registry_.before_answer = [&] {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return open; });
    return absl::OkStatus();
  };
  for (int i = 0; i < JsonDoor::kCallsMax; ++i) {
    door_.Answer(Request(kGetIdentity, R"({"identity_id": "42"})"), [&](HttpResponse response) {
      EXPECT_EQ(response.status, 200U);
      const std::lock_guard lock(mutex);
      ++answered;
      changed.notify_all();
    });
  }
  const HttpResponse refused = Answer(Request(kGetIdentity, R"({"identity_id": "42"})"));
  EXPECT_EQ(refused.status, 429U);
  EXPECT_EQ(ReasonOf(refused), "server_busy");
  std::unique_lock lock(mutex);
  open = true;
  changed.notify_all();
  changed.wait(lock, [&] { return answered == JsonDoor::kCallsMax; });
  lock.unlock();
  // Room again.
  EXPECT_EQ(Answer(Request(kGetIdentity, R"({"identity_id": "42"})")).status, 200U);
}

TEST_F(JsonDoorTest, NothingIsBegunWhileTheDaemonStops) {
  runner_.Drain();
  const HttpResponse response = Answer(Request(kGetIdentity, R"({"identity_id": "42"})"));
  EXPECT_EQ(response.status, 503U);
  EXPECT_EQ(ReasonOf(response), "shutting_down");
  EXPECT_EQ(registry_.asked(), "");
}

TEST(JsonErrors, HaveTheCodeAndTheStatusOfTheConnectProtocol) {
  for (const ReasonInfo& info : Reasons()) {
    const JsonError error = JsonErrorOf(MakeError(info.reason, "what was done", {{"key", "7"}}));
    const json body = json::parse(error.body);
    EXPECT_EQ(body.at("message"), "what was done");
    EXPECT_GE(error.http_status, 400U);
    const json detail = DetailOf(body, "google.rpc.ErrorInfo");
    EXPECT_EQ(detail.at("debug").at("reason"), info.name);
    EXPECT_EQ(detail.at("debug").at("metadata").at("key"), "7");
    // What a program reads: base64 without padding, of the same message.
    std::string bytes;
    google::rpc::ErrorInfo packed;
    ASSERT_TRUE(absl::Base64Unescape(detail.at("value").get<std::string>(), &bytes));
    ASSERT_TRUE(packed.ParseFromString(bytes));
    EXPECT_EQ(packed.reason(), info.name);
    EXPECT_THAT(detail.at("value").get<std::string>(), Not(HasSubstr("=")));
  }
  const JsonError fields = JsonErrorOf(MakeFieldError("traits.sex", "required"));
  EXPECT_EQ(fields.http_status, 400U);
  EXPECT_EQ(json::parse(fields.body).at("code"), "invalid_argument");
  EXPECT_EQ(DetailOf(json::parse(fields.body), "google.rpc.BadRequest")
                .at("debug")
                .at("fieldViolations")[0]
                .at("field"),
            "traits.sex");
  const JsonError foreign = JsonErrorOf(absl::InternalError("SECRETNAME"));
  EXPECT_EQ(foreign.http_status, 500U);
  EXPECT_THAT(foreign.body, Not(HasSubstr("SECRETNAME")));
}

TEST(JsonMessages, BothSpellingsOfANameAreTaken) {
  for (const char* text :
       {R"({"identity": {"local_id": "1", "traits": {"birth_date": {"year": 1980}}}})",
        R"({"identity": {"localId": "1", "traits": {"birthDate": {"year": "1980"}}}})"}) {
    v1::RegisterIdentityRequest request;
    ASSERT_TRUE(MessageFromJson(text, &request).ok()) << text;
    EXPECT_EQ(request.identity().local_id(), "1");
    EXPECT_EQ(request.identity().traits().birth_date().year(), 1980);
  }
}

TEST(JsonMessages, WhatIsWrongIsNamedByItsPath) {
  const struct {
    const char* text;
    const char* field;
  } cases[] = {
      {"", "json_invalid"},
      {"{", "json_invalid"},
      {"[]", "json_invalid"},
      {"7", "json_invalid"},
      {"null", "json_invalid"},
      {"{} {}", "json_invalid"},
      {"{'request_id': 'x'}", "json_invalid"},
      {R"({"request_id": "x",})", "json_invalid"},
      {R"({request_id: "x"})", "json_invalid"},
      {R"({"request_id": NaN})", "json_invalid"},
      {R"({"request_id": "x"} // )", "json_invalid"},
      {"{\"request_id\": \"\xff\"}", "json_invalid"},
      {"{\"request_id\": \"\xc3\"}", "json_invalid"},
      {R"({"request_id": "\ud800"})", "json_invalid"},
      {R"({"identity": {"traits": {"birth_date": {"year": 1e999}}}})", "json_invalid"},
      {R"({"identitty": {}})", "identitty:unknown_field"},
      {R"({"identity": {"traits": {"first_name": "X"}}})",
       "identity.traits.first_name:unknown_field"},
      {R"({"identity": {"traits": {"SECRETNAME": "X"}}})", "identity.traits:unknown_field"},
      {R"({"SECRETNAME": "X"})", "request:unknown_field"},
      {R"({"request_id": "a", "request_id": "b"})", "request_id:duplicate_field"},
      {R"({"request_id": "a", "requestId": "b"})", "request_id:duplicate_field"},
      {R"({"identity": {"traits": {"sex": "SEX_MALE", "sex": "SEX_MALE"}}})",
       "identity.traits.sex:duplicate_field"},
      {R"({"request_id": 7})", "request_id:wrong_type"},
      {R"({"request_id": {}})", "request_id:wrong_type"},
      {R"({"request_id": ["a"]})", "request_id:wrong_type"},
      {R"({"identity": "SECRETNAME"})", "identity:wrong_type"},
      {R"({"identity": []})", "identity:wrong_type"},
      {R"({"identity": {"traits": {"sex": true}}})", "identity.traits.sex:wrong_type"},
      {R"({"identity": {"traits": {"sex": "SECRETNAME"}}})", "identity.traits.sex:out_of_range"},
      {R"({"identity": {"traits": {"birth_date": {"year": "SECRETNAME"}}}})",
       "identity.traits.birth_date.year:out_of_range"},
      {R"({"identity": {"traits": {"birth_date": {"year": 2147483648}}}})",
       "identity.traits.birth_date.year:out_of_range"},
      {R"({"identity": {"traits": {"birth_date": {"year": 1.5}}}})",
       "identity.traits.birth_date.year:out_of_range"},
  };
  for (const auto& c : cases) {
    v1::RegisterIdentityRequest request;
    const absl::Status status = MessageFromJson(c.text, &request);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.text;
    EXPECT_EQ(FieldOf(status), c.field) << c.text;
    EXPECT_THAT(JsonErrorOf(status).body, Not(HasSubstr("SECRETNAME"))) << c.text;
  }
}

TEST(JsonMessages, ListsMapsChoicesAndInstantsAreCheckedToo) {
  v1::ComputeRateRequest rate;
  EXPECT_EQ(FieldOf(MessageFromJson(R"({"groupings": "GROUPING_MONTH"})", &rate)),
            "groupings:wrong_type");
  EXPECT_EQ(FieldOf(MessageFromJson(R"({"groupings": ["GROUPING_MONTH", null]})", &rate)),
            "groupings[1]:wrong_type");
  EXPECT_EQ(FieldOf(MessageFromJson(R"({"groupings": ["GROUPING_MONTH", ["x"]]})", &rate)),
            "groupings[1]:wrong_type");
  EXPECT_EQ(FieldOf(MessageFromJson(R"({"groupings": ["GROUPING_MONTH", "X"]})", &rate)),
            "groupings[1]:out_of_range");
  v1::RecordInsiAnswerRequest answer;
  EXPECT_EQ(FieldOf(MessageFromJson(R"({"answer": {"past_ins": [{"oid": "1"}, {"matricule": 5}]}})",
                                    &answer)),
            "answer.past_ins[1].matricule:wrong_type");
  v1::RecordVisitRequest visit;
  EXPECT_EQ(FieldOf(MessageFromJson(R"({"visit": {"admission_time": "yesterday"}})", &visit)),
            "visit.admission_time:out_of_range");
  EXPECT_EQ(FieldOf(MessageFromJson(R"({"visit": {"admission_time": {"seconds": 1}}})", &visit)),
            "visit.admission_time:wrong_type");
  EXPECT_TRUE(
      MessageFromJson(R"({"visit": {"admission_time": "2026-01-01T00:00:00+01:00"}})", &visit)
          .ok());
  EXPECT_EQ(visit.visit().admission_time().seconds(), 1767222000);
  v1::ResolveIdentityRequest resolve;
  EXPECT_EQ(
      FieldOf(MessageFromJson(R"({"local_id": {"domain": "A"}, "ins": {"oid": "1"}})", &resolve)),
      "ins:exclusive_field");
  v1::ComputeRateResponse response;
  EXPECT_EQ(FieldOf(MessageFromJson(R"({"rows": [{"exclusions": {"a": 1, "a": 2}}]})", &response)),
            "rows[0].exclusions:duplicate_field");
  EXPECT_TRUE(MessageFromJson(R"({"rows": [{"exclusions": {"a": "1", "b": 2}}]})", &response).ok());
}

TEST(JsonMessages, NestingIsBoundedByTheContract) {
  v1::RegisterIdentityRequest request;
  std::string deep = R"({"identity": )";
  for (int i = 0; i < 50000; ++i) deep += "[";
  EXPECT_EQ(FieldOf(MessageFromJson(deep, &request)), "identity:wrong_type");
  deep = R"({"unknown": )";
  for (int i = 0; i < 50000; ++i) deep += "{\"a\":";
  EXPECT_EQ(FieldOf(MessageFromJson(deep, &request)), "unknown:unknown_field");
}

// Every request the corpus of the gRPC fuzzer holds, which has every field: there and back.
TEST(JsonMessages, WhatIsWrittenIsReadBackTheSame) {
  const std::filesystem::path corpus =
      std::filesystem::path(VIGIE_TEST_DATA) / ".." / "fuzz" / "corpus" / "grpc_convert_fuzz";
  int filled = 0;
  for (const UnaryMethod& method : UnaryMethods()) {
    std::ifstream file(corpus / std::string(method.name), std::ios::binary);
    if (!file) continue;
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const std::unique_ptr<google::protobuf::Message> message(method.request->New());
    if (bytes.empty() || !message->ParseFromString(bytes.substr(1))) continue;
    if (message->ByteSizeLong() > 0) ++filled;
    const absl::StatusOr<std::string> text = JsonFromMessage(*message);
    ASSERT_TRUE(text.ok()) << method.name;
    const std::unique_ptr<google::protobuf::Message> again(method.request->New());
    const absl::Status status = MessageFromJson(*text, again.get());
    ASSERT_TRUE(status.ok()) << method.name << status << *text;
    EXPECT_TRUE(MessageDifferencer::Equals(*message, *again)) << method.name << *text;
  }
  EXPECT_GE(filled, 15);
}

TEST(JsonMessages, WhatHasNoJsonIsAnErrorAndNotAnEmptyAnswer) {
  v1::GetVisitResponse response;
  response.mutable_visit()->mutable_admission_time()->set_seconds(std::int64_t{1} << 60);
  EXPECT_EQ(JsonFromMessage(response).status().code(), absl::StatusCode::kInternal);
}

TEST(JsonMessages, ZerosAreWrittenAndAbsentValuesAreNot) {
  v1::ComputeRateResponse response;
  response.add_rows();
  const json rows = json::parse(JsonFromMessage(response).value()).at("rows");
  EXPECT_EQ(rows[0].at("numerator"), "0");
  EXPECT_FALSE(rows[0].contains("rate"));  // The rate of nothing is absent, not 0.
}

}  // namespace
}  // namespace vigie::daemon
