// Aim: no field of the contract is accepted and dropped, or promised and never filled in. Method:
// walk the descriptors, so that a new field without conversion fails here.
#include <google/protobuf/util/message_differencer.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "daemon/grpc/calls.h"
#include "daemon/grpc/convert.h"
#include "daemon/grpc/errors.h"
#include "daemon/registry/errors.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "gtest/gtest.h"
#include "tests/daemon/stub_registry.h"

namespace vigie::daemon {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// A call as the test sees it: unary calls and the batches of the streams alike.
struct Call {
  std::string name;
  std::unique_ptr<Message> request;
  const Message* response;
  std::function<absl::Status(Registry&, const Message&, Message*)> answer;
};

template <class Request, class Response>
Call BatchCall(const std::string& name) {
  return {name, std::make_unique<Request>(), &Response::default_instance(),
          [](Registry& registry, const Message& request, Message* response) {
            return Answer(registry, dynamic_cast<const Request&>(request),
                          dynamic_cast<Response*>(response));
          }};
}

std::vector<Call> AllCalls() {
  std::vector<Call> calls;
  for (const UnaryMethod& method : UnaryMethods()) {
    calls.push_back(
        {std::string(method.name), std::unique_ptr<Message>(method.request->New()), method.response,
         [answer = method.answer](Registry& registry, const Message& request, Message* response) {
           return answer(registry, request, response, GivenUp());
         }});
  }
  calls.push_back(
      BatchCall<v1::ImportIdentitiesRequest, v1::ImportIdentitiesResponse>("ImportIdentities"));
  calls.push_back(BatchCall<v1::ImportVisitsRequest, v1::ImportVisitsResponse>("ImportVisits"));
  return calls;
}

const std::set<std::string> kOutputOnly = {
    "vigie.v1.Evidence.high_assurance",
    "vigie.v1.Visit.identity_id",
    "vigie.v1.Visit.etag",
    "vigie.v1.Visit.status_at_admission",
    "vigie.v1.Visit.status_at_discharge",
};

// Acceptable values, other ones for every `variant`.
void SetText(Message* message, const FieldDescriptor* field, int variant) {
  const std::string& name = field->name();
  std::string value = name + std::to_string(variant);
  if (field->full_name() == "vigie.v1.ListBacklogRequest.reason") {
    value = variant == 0 ? "collision" : "duplicate";
  }
  if (name == "etag" || (EndsWith(name, "_id") && name != "local_id" && name != "request_id" &&
                         name != "import_id")) {
    value = std::to_string(variant + 1);
  }
  message->GetReflection()->SetString(message, field, value);
}

void Fill(Message* message, int variant);

void FillField(Message* message, const FieldDescriptor* field, int variant) {
  const Reflection* reflection = message->GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field->is_repeated()) {
        const bool is_number = EndsWith(field->name(), "_ids");
        reflection->AddString(
            message, field,
            is_number ? std::to_string(variant + 1) : field->name() + std::to_string(variant));
      } else {
        SetText(message, field, variant);
      }
      break;
    case FieldDescriptor::CPPTYPE_INT32:
      reflection->SetInt32(message, field, 1 + variant);
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      reflection->SetInt64(message, field, 1 + variant);
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      reflection->SetDouble(message, field, 0.25 * (1 + variant));
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      reflection->SetBool(message, field, variant == 0);
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      if (field->is_repeated()) {
        reflection->AddEnumValue(message, field, 1 + variant);
      } else {
        reflection->SetEnumValue(message, field, 1 + variant);
      }
      break;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      Fill(field->is_repeated() ? reflection->AddMessage(message, field)
                                : reflection->MutableMessage(message, field),
           variant);
      break;
    default:
      FAIL() << "a kind of field this test does not know: " << field->full_name();
  }
}

void Fill(Message* message, int variant) {
  if (auto* mask = dynamic_cast<FieldMask*>(message)) {
    mask->add_paths(variant == 0 ? "city" : "phone");
    return;
  }
  const Descriptor* descriptor = message->GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    // A page token must be one that was given out.
    if (kOutputOnly.count(field->full_name()) != 0 || field->name() == "page_token") continue;
    FillField(message, field, variant);
  }
}

// Calls `visit` with every message of the tree and each of its fields that is not a message.
void ForEachLeaf(Message* message,
                 const std::function<void(Message*, const FieldDescriptor*)>& visit) {
  const Descriptor* descriptor = message->GetDescriptor();
  const Reflection* reflection = message->GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      visit(message, field);
    } else if (!field->is_repeated()) {
      if (reflection->HasField(*message, field)) {
        ForEachLeaf(reflection->MutableMessage(message, field), visit);
      }
    } else {
      for (int j = 0; j < reflection->FieldSize(*message, field); ++j) {
        ForEachLeaf(reflection->MutableRepeatedMessage(message, field, j), visit);
      }
    }
  }
}

// What the registry was asked, and how the call ended.
std::string Outcome(const Call& call, const Message& request) {
  StubRegistry registry;
  const std::unique_ptr<Message> response(call.response->New());
  const absl::Status status = call.answer(registry, request, response.get());
  std::string outcome = registry.asked() + "\n" + ToRpcStatus(status).ShortDebugString();
  // A row that is refused never reaches the registry; its answer says so.
  if (call.name.rfind("Import", 0) == 0) outcome += response->ShortDebugString();
  return outcome;
}

// The key of ResolveIdentity is one of two: each is filled in a request of its own.
std::vector<std::unique_ptr<Message>> FilledRequests(const Call& call) {
  std::vector<std::unique_ptr<Message>> requests;
  requests.emplace_back(call.request->New());
  Fill(requests.back().get(), 0);
  if (auto* resolve = dynamic_cast<v1::ResolveIdentityRequest*>(requests.back().get())) {
    auto by_local_id = std::make_unique<v1::ResolveIdentityRequest>();
    by_local_id->mutable_local_id()->set_domain("CHU");
    by_local_id->mutable_local_id()->set_local_id("L42");
    EXPECT_TRUE(resolve->has_ins());
    requests.push_back(std::move(by_local_id));
  }
  return requests;
}

TEST(GrpcConvert, AnAcceptableRequestOfEveryCallIsAnswered) {
  for (const Call& call : AllCalls()) {
    for (const auto& request : FilledRequests(call)) {
      StubRegistry registry;
      const std::unique_ptr<Message> response(call.response->New());
      const absl::Status status = call.answer(registry, *request, response.get());
      EXPECT_TRUE(status.ok()) << call.name << ": " << status.message();
    }
  }
}

TEST(GrpcConvert, EveryFieldOfEveryRequestChangesWhatIsAskedOrIsRefused) {
  int fields = 0;
  for (const Call& call : AllCalls()) {
    for (const auto& request : FilledRequests(call)) {
      const std::string before = Outcome(call, *request);
      const std::unique_ptr<Message> changed(request->New());
      changed->CopyFrom(*request);
      ForEachLeaf(changed.get(), [&](Message* message, const FieldDescriptor* field) {
        ++fields;
        const std::unique_ptr<Message> original(message->New());
        original->CopyFrom(*message);
        message->GetReflection()->ClearField(message, field);
        if (field->full_name() == "google.protobuf.Timestamp.nanos") {
          message->GetReflection()->SetInt32(message, field, 5000);  // What is finer is cut.
        } else {
          // An output-only field is empty before, any value is another one.
          FillField(message, field, kOutputOnly.count(field->full_name()) == 0 ? 1 : 0);
        }
        EXPECT_NE(Outcome(call, *changed), before) << call.name << ": " << field->full_name();
        message->CopyFrom(*original);
      });
    }
  }
  EXPECT_GT(fields, 150);  // The walk did walk.
}

TEST(GrpcConvert, AnUnknownNumberOfAnyEnumIsRefused) {
  int enums = 0;
  for (const Call& call : AllCalls()) {
    for (const auto& request : FilledRequests(call)) {
      ForEachLeaf(request.get(), [&](Message* message, const FieldDescriptor* field) {
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_ENUM) return;
        if (kOutputOnly.count(field->full_name()) != 0) return;
        ++enums;
        const std::unique_ptr<Message> original(message->New());
        original->CopyFrom(*message);
        message->GetReflection()->ClearField(message, field);
        if (field->is_repeated()) {
          message->GetReflection()->AddEnumValue(message, field, 99);
        } else {
          message->GetReflection()->SetEnumValue(message, field, 99);
        }
        EXPECT_NE(Outcome(call, *request).find("unknown_enum_value"), std::string::npos)
            << call.name << ": " << field->full_name();
        message->CopyFrom(*original);
      });
    }
  }
  EXPECT_GE(enums, 10);
}

// Fields of the message and of all it holds that carry something.
void CollectFilled(const Message& message, std::set<std::string>* filled) {
  std::vector<const FieldDescriptor*> fields;
  const Reflection* reflection = message.GetReflection();
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    filled->insert(field->full_name());
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      CollectFilled(reflection->GetMessage(message, field), filled);
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      CollectFilled(reflection->GetRepeatedMessage(message, field, i), filled);
    }
  }
}

void CollectAll(const Descriptor* descriptor, std::set<std::string>* all,
                std::set<const Descriptor*>* seen) {
  if (!seen->insert(descriptor).second) return;
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    all->insert(field->full_name());
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      CollectAll(field->message_type(), all, seen);
    }
  }
}

TEST(GrpcConvert, EveryFieldOfEveryAnswerIsFilledIn) {
  for (const Call& call : AllCalls()) {
    std::set<std::string> filled, all;
    std::set<const Descriptor*> seen;
    CollectAll(call.response->GetDescriptor(), &all, &seen);
    for (const auto& request : FilledRequests(call)) {
      // A page of one, so that there is a next one; a second row that is refused.
      if (auto* list = dynamic_cast<v1::ListIdentityChangesRequest*>(request.get())) {
        list->set_page_size(1);
      }
      if (auto* import = dynamic_cast<v1::ImportIdentitiesRequest*>(request.get())) {
        import->add_rows();
      }
      if (auto* import = dynamic_cast<v1::ImportVisitsRequest*>(request.get())) import->add_rows();
      StubRegistry registry;
      const std::unique_ptr<Message> response(call.response->New());
      ASSERT_TRUE(call.answer(registry, *request, response.get()).ok()) << call.name;
      CollectFilled(*response, &filled);
    }
    for (const std::string& name : all) {
      // The definition of a snapshot is read from its text, and a window is of one kind.
      const bool other_kind = name == "vigie.v1.IndicatorWindow.rolling_days" &&
                              filled.contains("vigie.v1.IndicatorWindow.start_date") &&
                              filled.contains("vigie.v1.Snapshot.definition");
      if (other_kind) continue;
      EXPECT_EQ(filled.count(name), 1u) << call.name << ": " << name;
    }
  }
}

TEST(GrpcConvert, ValuesOfBothDirectionsComeBackAsTheyWent) {
  RequestProblems problems;
  const matching::Identity identity = FullIdentity();
  EXPECT_EQ(ToTraits(ToProto(identity.traits), "", problems), identity.traits);
  EXPECT_EQ(ToIns(ToProto(*identity.ins)), *identity.ins);
  EXPECT_EQ(ToInsiAnswer(ToProto(*identity.last_insi_answer), "", problems),
            *identity.last_insi_answer);
  EXPECT_TRUE(problems.ToStatus().ok());
}

TEST(GrpcConvert, InstantsBefore1970KeepTheirMicroseconds) {
  RequestProblems problems;
  matching::InsiAnswer answer;
  answer.queried_at = matching::Instant(std::chrono::microseconds(-1));
  EXPECT_EQ(ToInsiAnswer(ToProto(answer), "", problems).queried_at, answer.queried_at);
  EXPECT_TRUE(problems.ToStatus().ok());
}

TEST(GrpcConvert, NumbersHaveOneSpelling) {
  const struct {
    const char* description;
    const char* text;
    std::uint64_t number;
  } kCases[] = {
      {"one digit", "1", 1},     {"the largest", "18446744073709551615", 18446744073709551615u},
      {"empty", "", 0},          {"zero", "0", 0},
      {"leading zero", "01", 0}, {"sign", "+1", 0},
      {"negative", "-1", 0},     {"space before", " 1", 0},
      {"space after", "1 ", 0},  {"one too large", "18446744073709551616", 0},
      {"hexadecimal", "0x1", 0}, {"a letter", "1a", 0},
      {"fraction", "1.0", 0},
  };
  for (const auto& c : kCases) {
    RequestProblems problems;
    EXPECT_EQ(ToNumber(c.text, "id", problems), c.number) << c.description;
    EXPECT_EQ(problems.ToStatus().ok(), c.number != 0) << c.description;
  }
}

TEST(GrpcConvert, RefusedDatesAndInstantsNameTheirPart) {
  RequestProblems problems;
  v1::Date date;
  date.set_year(10000);
  date.set_month(-1);
  date.set_day(300);
  ToDate(date, "traits.birth_date", problems);
  Timestamp time;
  time.set_nanos(-1);
  ToInstant(time, "query_time", problems);
  const std::optional<ErrorDetails> details = DetailsOf(problems.ToStatus());
  ASSERT_TRUE(details);
  ASSERT_EQ(details->fields.size(), 4u);
  EXPECT_EQ(details->fields[0].field, "traits.birth_date.year");
  EXPECT_EQ(details->fields[1].field, "traits.birth_date.month");
  EXPECT_EQ(details->fields[2].field, "traits.birth_date.day");
  EXPECT_EQ(details->fields[3].field, "query_time");
}

TEST(GrpcConvert, ProblemsOfOneRequestAreLimited) {
  RequestProblems problems;
  for (int i = 0; i < 1000; ++i) problems.Add("update_mask", "unknown_field");
  EXPECT_EQ(DetailsOf(problems.ToStatus())->fields.size(), RequestProblems::kProblemsMax);
}

TEST(GrpcErrors, SpeakTheContractsNames) {
  const absl::Status status = MakeFieldsError({{"insi_answer.queried_at", "required", {}},
                                               {"request_id", "required", {}},
                                               {"traits.city", "too_long", 7}});
  const google::rpc::Status answer = ToRpcStatus(PrefixFields(status, "identity."));
  EXPECT_EQ(answer.message(),
            "fields not accepted: identity.insi_answer.query_time (required), request_id "
            "(required), identity.traits.city (too_long at byte 7)");
}

TEST(GrpcErrors, TextOfOthersStaysInside) {
  const google::rpc::Status answer =
      ToRpcStatus(absl::InternalError("a library may quote anything, DURAND included"));
  EXPECT_EQ(answer.code(), 13);
  EXPECT_EQ(answer.message(), "internal");
}

// Names of all fields a message can hold, those of messages inside included.
void CollectFieldNames(const Descriptor& message, std::set<std::string>* names) {
  for (int i = 0; i < message.field_count(); ++i) {
    names->insert(message.field(i)->name());
    const Descriptor* inner = message.field(i)->message_type();
    if (inner != nullptr && inner != &message) CollectFieldNames(*inner, names);
  }
}

TEST(GrpcConvert, WhoLabelsIsToldNothingOfScoreOrOrigin) {
  std::set<std::string> names;
  CollectFieldNames(*v1::NextLabelResponse::descriptor(), &names);
  EXPECT_TRUE(names.count("birth_family_name") == 1);
  for (const char* told : {"weight_bits", "probability", "band", "score", "reasons", "case_id",
                           "origin", "stratum", "labels", "detector", "kind", "model_version"}) {
    EXPECT_EQ(names.count(told), 0u) << told;
  }
}

TEST(UnaryMethods, HaveEveryUnaryCallOfTheContractAndNoOther) {
  std::set<std::string> listed, promised;
  for (const UnaryMethod& method : UnaryMethods()) {
    listed.insert(std::string(method.service) + "/" + std::string(method.name));
    EXPECT_EQ(FindUnaryMethod(method.service, method.name), &method);
  }
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  for (const char* file : {"administration", "backlog", "identity", "label", "proposal",
                           "qualification", "review", "visit"}) {
    const auto* descriptor = pool->FindFileByName("vigie/v1/" + std::string(file) + ".proto");
    ASSERT_NE(descriptor, nullptr) << file;
    for (int i = 0; i < descriptor->service_count(); ++i) {
      const auto* service = descriptor->service(i);
      for (int j = 0; j < service->method_count(); ++j) {
        const auto* method = service->method(j);
        if (method->client_streaming() || method->server_streaming()) continue;
        promised.insert(service->full_name() + "/" + method->name());
        const UnaryMethod* found = FindUnaryMethod(service->full_name(), method->name());
        ASSERT_NE(found, nullptr) << method->full_name();
        EXPECT_EQ(found->request->GetDescriptor(), method->input_type());
        EXPECT_EQ(found->response->GetDescriptor(), method->output_type());
      }
    }
  }
  EXPECT_EQ(listed, promised);
  EXPECT_EQ(FindUnaryMethod("vigie.v1.IdentityService", "ImportIdentities"), nullptr);
}

}  // namespace
}  // namespace vigie::daemon
