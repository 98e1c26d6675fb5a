#include "daemon/console/json_message.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "daemon/grpc/errors.h"
#include "daemon/registry/errors.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/rpc/error_details.pb.h"

namespace vigie::daemon {
namespace {

namespace protobuf = google::protobuf;
using protobuf::Descriptor;
using protobuf::FieldDescriptor;

// Longer than any name of the contract.
constexpr std::size_t kQuotedNameBytesMax = 48;

// What a value of JSON may be.
enum class Kind : std::uint8_t { kNull, kBoolean, kNumber, kString, kObject, kArray };

// Messages that protobuf's mapping writes as one string.
bool IsWrittenAsString(const Descriptor& message) {
  const std::string& name = message.full_name();
  return name == "google.protobuf.Timestamp" || name == "google.protobuf.Duration" ||
         name == "google.protobuf.FieldMask";
}

bool TakesElement(const FieldDescriptor& field, Kind kind) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return kind == (IsWrittenAsString(*field.message_type()) ? Kind::kString : Kind::kObject);
    case FieldDescriptor::CPPTYPE_STRING:
      return kind == Kind::kString;
    case FieldDescriptor::CPPTYPE_BOOL:
      return kind == Kind::kBoolean;
    default:  // Numbers, and enumerations by name or number.
      return kind == Kind::kNumber || kind == Kind::kString;
  }
}

bool LooksLikeAField(std::string_view name) {
  return !name.empty() && name.size() <= kQuotedNameBytesMax &&
         std::islower(static_cast<unsigned char>(name[0])) != 0 &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
         });
}

// Walks the JSON beside the message's description and stops at the first thing that does not fit.
// What is left to protobuf are the values: ranges of numbers, names of enumerations, instants.
class ShapeCheck final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit ShapeCheck(const Descriptor& root) : root_(root) {}

  absl::Status status() const { return status_; }

  bool null() override { return Value(Kind::kNull); }
  bool boolean(bool /*value*/) override { return Value(Kind::kBoolean); }
  bool number_integer(number_integer_t /*value*/) override { return Value(Kind::kNumber); }
  bool number_unsigned(number_unsigned_t /*value*/) override { return Value(Kind::kNumber); }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override {
    return Value(Kind::kNumber);
  }
  bool string(string_t& /*value*/) override { return Value(Kind::kString); }
  bool binary(binary_t& /*value*/) override { return Value(Kind::kString); }  // Not in JSON.

  bool start_object(std::size_t /*elements*/) override {
    if (levels_.empty()) {
      levels_.push_back({&root_, false, nullptr, 0, {}, {}, {}});
      return true;
    }
    if (!Value(Kind::kObject)) return false;
    const Descriptor* const message = levels_.back().field->message_type();
    levels_.push_back({message, false, nullptr, 0, {}, {}, {}});
    return true;
  }
  bool end_object() override { return End(); }
  bool start_array(std::size_t /*elements*/) override {
    if (!Value(Kind::kArray)) return false;
    const FieldDescriptor* const field = levels_.back().field;
    levels_.push_back({nullptr, true, field, 0, {}, {}, {}});
    return true;
  }
  bool end_array() override { return End(); }

  bool key(string_t& name) override {
    Level& level = levels_.back();
    level.field = nullptr;
    if (level.message->options().map_entry()) return MapKey(level, name);
    for (int i = 0; i < level.message->field_count() && level.field == nullptr; ++i) {
      const FieldDescriptor* const field = level.message->field(i);
      if (field->name() == name || field->json_name() == name) level.field = field;
    }
    if (level.field == nullptr) return Refuse(PathOf(name), "unknown_field");
    if (!level.seen.insert(level.field->number()).second) return Refuse(Path(), "duplicate_field");
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& /*error*/) override {
    status_ = MakeError(Reason::kJsonInvalid, "the body is not one JSON object",
                        {{"byte", std::to_string(position == 0 ? 0 : position - 1)}});
    return false;
  }

 private:
  // An object or an array that was begun.
  struct Level {
    const Descriptor* message;  // of an object
    bool is_array;
    const FieldDescriptor* field;  // whose value comes next
    std::size_t element;           // of an array: how many came
    std::set<int> seen;            // fields that came
    std::set<const protobuf::OneofDescriptor*> chosen;
    std::set<std::string> map_keys;
  };

  bool MapKey(Level& level, const std::string& name) {
    level.field = level.message->FindFieldByNumber(2);
    return level.map_keys.insert(name).second || Refuse(Path(), "duplicate_field");
  }

  bool Value(Kind kind) {
    if (levels_.empty()) {
      status_ = MakeError(Reason::kJsonInvalid, "the body is not one JSON object", {{"byte", "0"}});
      return false;
    }
    Level& level = levels_.back();
    if (level.is_array) {
      const bool fits = TakesElement(*level.field, kind);
      if (!fits) return Refuse(Path(), "wrong_type");
      ++level.element;
      return true;
    }
    if (kind == Kind::kNull) return true;  // As if the field had not come.
    if (const auto* choice = level.field->real_containing_oneof();
        choice != nullptr && !level.chosen.insert(choice).second) {
      return Refuse(Path(), "exclusive_field");
    }
    const bool fits = level.field->is_map()        ? kind == Kind::kObject
                      : level.field->is_repeated() ? kind == Kind::kArray
                                                   : TakesElement(*level.field, kind);
    return fits || Refuse(Path(), "wrong_type");
  }

  bool End() {
    levels_.pop_back();
    return true;
  }

  // To the value that comes next, e.g. "rows[2].identity.traits".
  std::string Path() const {
    std::string path;
    for (const Level& level : levels_) {
      if (level.is_array) {
        path += "[" + std::to_string(level.element - (&level == &levels_.back() ? 0 : 1)) + "]";
      } else if (level.field != nullptr && !level.message->options().map_entry()) {
        path += (path.empty() ? "" : ".") + level.field->name();
      }
    }
    return path;
  }

  std::string PathOf(const std::string& name) const {
    const std::string parent = Path();
    if (!LooksLikeAField(name)) return parent.empty() ? "request" : parent;
    return parent.empty() ? name : parent + "." + name;
  }

  bool Refuse(const std::string& path, const char* code) {
    status_ = MakeFieldError(path, code);
    return false;
  }

  const Descriptor& root_;
  std::vector<Level> levels_;
  absl::Status status_;
};

// Where protobuf found a value that cannot be: "(identity.traits.sex): invalid value …". What
// follows may quote the value and is dropped. Every name was checked to be one of the contract.
std::string PathIn(const std::string& message) {
  const std::size_t end = message.find(')');
  if (message.empty() || message[0] != '(' || end == std::string::npos) return "request";
  const std::string path = message.substr(1, end - 1);
  const bool is_path = !path.empty() && std::all_of(path.begin(), path.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '[' ||
           c == ']';
  });
  return is_path ? path : "request";
}

protobuf::util::JsonPrintOptions PrintOptions() {
  protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  return options;
}

struct CodeNames {
  absl::StatusCode code;
  const char* name;
  unsigned http_status;
};

// The table of the Connect protocol, "Error Codes".
constexpr CodeNames kCodes[] = {
    {absl::StatusCode::kCancelled, "canceled", 499},
    {absl::StatusCode::kUnknown, "unknown", 500},
    {absl::StatusCode::kInvalidArgument, "invalid_argument", 400},
    {absl::StatusCode::kDeadlineExceeded, "deadline_exceeded", 504},
    {absl::StatusCode::kNotFound, "not_found", 404},
    {absl::StatusCode::kAlreadyExists, "already_exists", 409},
    {absl::StatusCode::kPermissionDenied, "permission_denied", 403},
    {absl::StatusCode::kResourceExhausted, "resource_exhausted", 429},
    {absl::StatusCode::kFailedPrecondition, "failed_precondition", 400},
    {absl::StatusCode::kAborted, "aborted", 409},
    {absl::StatusCode::kOutOfRange, "out_of_range", 400},
    {absl::StatusCode::kUnimplemented, "unimplemented", 501},
    {absl::StatusCode::kInternal, "internal", 500},
    {absl::StatusCode::kUnavailable, "unavailable", 503},
    {absl::StatusCode::kDataLoss, "data_loss", 500},
    {absl::StatusCode::kUnauthenticated, "unauthenticated", 401},
};

const CodeNames& NamesOf(int code) {
  const auto* const found =
      std::find_if(std::begin(kCodes), std::end(kCodes),
                   [code](const CodeNames& names) { return static_cast<int>(names.code) == code; });
  return found == std::end(kCodes) ? kCodes[1] : *found;
}

// Connect wants base64 without padding.
std::string Unpadded(const std::string& bytes) {
  std::string text = absl::Base64Escape(bytes);
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

template <class Detail>
void AddDetail(const protobuf::Any& packed, nlohmann::ordered_json& details) {
  Detail detail;
  if (!packed.Is<Detail>() || !packed.UnpackTo(&detail)) return;
  std::string readable;
  if (!protobuf::util::MessageToJsonString(detail, &readable).ok()) readable = "{}";
  details.push_back({{"type", Detail::descriptor()->full_name()},
                     {"value", Unpadded(packed.value())},
                     {"debug", nlohmann::ordered_json::parse(readable)}});
}

}  // namespace

absl::Status MessageFromJson(const std::string& json, protobuf::Message* message) {
  ShapeCheck shape(*message->GetDescriptor());
  if (!nlohmann::json::sax_parse(json, &shape)) return shape.status();
  const auto status = protobuf::util::JsonStringToMessage(json, message);
  if (status.ok()) return absl::OkStatus();
  return MakeFieldError(PathIn(std::string(status.message())), "out_of_range");
}

absl::StatusOr<std::string> JsonFromMessage(const protobuf::Message& message) {
  static const protobuf::util::JsonPrintOptions options = PrintOptions();
  std::string json;
  if (!protobuf::util::MessageToJsonString(message, &json, options).ok()) {
    return MakeError(Reason::kInternal, "the answer has no form in JSON");
  }
  return json;
}

JsonError JsonErrorOf(const absl::Status& status) { return JsonErrorOf(ToRpcStatus(status)); }

JsonError JsonErrorOf(const google::rpc::Status& details) {
  const CodeNames& names = NamesOf(details.code());
  nlohmann::ordered_json body = {{"code", names.name}, {"message", details.message()}};
  body["details"] = nlohmann::ordered_json::array();
  for (const protobuf::Any& detail : details.details()) {
    AddDetail<google::rpc::ErrorInfo>(detail, body["details"]);
    AddDetail<google::rpc::BadRequest>(detail, body["details"]);
  }
  return {names.http_status,
          body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
}

}  // namespace vigie::daemon
