// The JSON door: any bytes a client may send as the body of a call are either refused with a
// reason, or a message that, written as JSON, is read back the same; nothing crashes, and every
// answer is JSON. The first byte chooses the call; the registry behind is a stub.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "daemon/console/json_message.h"
#include "daemon/grpc/calls.h"
#include "google/protobuf/stubs/logging.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/daemon/stub_registry.h"

namespace {

using google::protobuf::Message;

const vigie::daemon::UnaryMethod& MethodOf(const std::string& name) {
  const auto methods = vigie::daemon::UnaryMethods();
  for (const vigie::daemon::UnaryMethod& method : methods) {
    if (method.name == name) return method;
  }
  return methods[name.empty() ? 0 : static_cast<unsigned char>(name[0]) % methods.size()];
}

void CheckError(const absl::Status& status) {
  const vigie::daemon::JsonError error = vigie::daemon::JsonErrorOf(status);
  const nlohmann::json body = nlohmann::json::parse(error.body, nullptr, false);
  if (error.http_status < 400 || body.is_discarded()) std::abort();
  if (!body["details"][0]["debug"]["reason"].is_string()) std::abort();
}

void CheckRoundTrip(const Message& message) {
  const auto text = vigie::daemon::JsonFromMessage(message);
  if (!text.ok()) return;
  const std::unique_ptr<Message> again(message.New());
  if (!vigie::daemon::MessageFromJson(*text, again.get()).ok()) std::abort();
  google::protobuf::util::MessageDifferencer differencer;
  google::protobuf::util::DefaultFieldComparator comparator;
  comparator.set_treat_nan_as_equal(true);
  differencer.set_field_comparator(&comparator);
  if (!differencer.Compare(message, *again)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static vigie::daemon::StubRegistry registry;
  static const auto quiet = google::protobuf::SetLogHandler(nullptr);  // As the server does.
  static_cast<void>(quiet);
  const std::string input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = input.find('\n');
  if (line == std::string::npos) return 0;
  const vigie::daemon::UnaryMethod& method = MethodOf(input.substr(0, line));
  const std::string body = input.substr(line + 1);
  const std::unique_ptr<Message> request(method.request->New());
  if (absl::Status status = vigie::daemon::MessageFromJson(body, request.get()); !status.ok()) {
    CheckError(status);
    return 0;
  }
  CheckRoundTrip(*request);
  const std::unique_ptr<Message> response(method.response->New());
  const absl::Status status = method.answer(registry, *request, response.get(), {});
  if (!status.ok()) {
    CheckError(status);
  } else if (!vigie::daemon::JsonFromMessage(*response).ok()) {
    std::abort();
  }
  return 0;
}
