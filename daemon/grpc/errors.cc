#include "daemon/grpc/errors.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "daemon/registry/errors.h"
#include "google/rpc/error_details.pb.h"

namespace vigie::daemon {
namespace {

bool IsOfEveryChange(const std::string& field) {
  return field == "request_id" || field == "actor" || field == "reason";
}

// The registry names the members of its values; where the contract, by its own rules of naming, has
// another word, the caller must read the contract's. None of the words on the left is a field of a
// request.
constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kContractNames = {{
    {"admitted_at", "admission_time"},
    {"at", "time"},
    {"checked_on", "check_date"},
    {"confirmed_at", "query_time"},
    {"confirmed_before", "confirmed_before_date"},
    {"cut_off", "cut_off_time"},
    {"discharged_at", "discharge_time"},
    {"fields", "update_mask"},
    {"from", "start_date"},
    {"group_by", "groupings"},
    {"history", "past_ins"},
    {"known_at", "known_time"},
    {"queried_at", "query_time"},
    {"read_at", "read_time"},
    {"reference_day", "reference_date"},
    {"to", "end_date"},
    {"version", "etag"},
}};

std::string ContractPath(const std::string& path) {
  std::string renamed;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t dot = std::min(path.find('.', begin), path.size());
    const std::string segment = path.substr(begin, dot - begin);
    const auto* const found =
        std::find_if(kContractNames.begin(), kContractNames.end(),
                     [&](const auto& names) { return names.first == segment; });
    if (begin > 0) renamed += '.';
    renamed += found == kContractNames.end() ? segment : std::string(found->second);
    begin = dot + 1;
  }
  return renamed;
}

// Problems of one answer; a trailer has room for about 8 KiB.
constexpr std::size_t kViolationsMax = 16;

std::string DescriptionOf(const FieldProblem& problem) {
  std::string description = problem.code;
  if (problem.offset) description += " at byte " + std::to_string(*problem.offset);
  return description;
}

}  // namespace

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status answer;
  if (status.ok()) return answer;
  answer.set_code(static_cast<int>(status.code()));
  const bool ours = DetailsOf(status).has_value();
  ErrorDetails details = DetailsOf(WithReason(status)).value_or(ErrorDetails{});
  if (details.fields.size() > kViolationsMax) details.fields.resize(kViolationsMax);
  for (FieldProblem& problem : details.fields) problem.field = ContractPath(problem.field);
  if (details.fields.empty()) {
    answer.set_message(ours ? std::string(status.message()) : details.reason);
  } else {
    answer.set_message(std::string(MakeFieldsError(details.fields).message()));
  }

  google::rpc::ErrorInfo info;
  info.set_reason(details.reason);
  info.set_domain(kErrorDomain);
  info.mutable_metadata()->insert(details.metadata.begin(), details.metadata.end());
  answer.add_details()->PackFrom(info);
  if (details.fields.empty()) return answer;

  google::rpc::BadRequest bad_request;
  for (const FieldProblem& problem : details.fields) {
    google::rpc::BadRequest::FieldViolation* violation = bad_request.add_field_violations();
    violation->set_field(problem.field);
    violation->set_description(DescriptionOf(problem));
    violation->set_reason(problem.code);
  }
  answer.add_details()->PackFrom(bad_request);
  return answer;
}

absl::Status PrefixFields(const absl::Status& status, const std::string& prefix) {
  std::optional<ErrorDetails> details = DetailsOf(status);
  if (!details || details->fields.empty()) return status;
  if (details->reason != InfoOf(Reason::kFieldsInvalid).name) return status;
  for (FieldProblem& problem : details->fields) {
    if (!IsOfEveryChange(problem.field)) problem.field.insert(0, prefix);
  }
  return MakeFieldsError(std::move(details->fields));
}

}  // namespace vigie::daemon
