// Between JSON and the messages of the contract, in both directions, by protobuf's own mapping, and
// from an error to the JSON the Connect protocol gives it (connectrpc.com/docs/protocol). Pure
// functions, thread-safe.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "google/rpc/status.pb.h"

namespace vigie::daemon {

// Reads one JSON object into `message`, which must be empty. Names of fields are taken in both
// spellings, birth_date and birthDate. Stricter than protobuf's parser: RFC 8259 only, no name
// twice (in either spelling), no two members of a oneof, nothing unknown.
//
// Errors: json_invalid with the metadata `byte` (from 0), or fields_invalid naming the field by its
// path in the contract ("identity.traits.birth_date") with one of the codes unknown_field,
// duplicate_field, exclusive_field, wrong_type, out_of_range. An unknown name is quoted only when
// it looks like the name of a field; a value never is.
absl::Status MessageFromJson(const std::string& json, google::protobuf::Message* message);

// The message as JSON: lowerCamelCase names as Connect's clients expect, 64-bit numbers as strings,
// instants in UTC, and every field that has a number, text, list or truth value even at its
// default, so that a script finds a 0 where there is a 0; an absent `optional` field is left out.
// INTERNAL when the mapping has no JSON for it, e.g. an instant after the year 9999.
absl::StatusOr<std::string> JsonFromMessage(const google::protobuf::Message& message);

struct JsonError {
  unsigned http_status = 0;
  std::string body;
};

// `status` is an error. The body holds code, message and details: for each of google.rpc's messages
// its type, its bytes in base64 and, as `debug`, the same readable.
JsonError JsonErrorOf(const absl::Status& status);
JsonError JsonErrorOf(const google::rpc::Status& status);

}  // namespace vigie::daemon
