// Cases and decisions.
#include <cstddef>
#include <string>

#include "daemon/grpc/convert.h"

namespace vigie::daemon {
namespace {

template <typename Message>
MutationContext ToContext(const Message& message) {
  return {message.request_id(), message.actor(), message.reason()};
}

std::string Join(const std::string& path, const std::string& field) {
  return path.empty() ? field : path + "." + field;
}

template <typename Numbers, typename Texts>
void SetNumbers(const Numbers& numbers, Texts* texts) {
  for (const auto number : numbers) *texts->Add() = std::to_string(number);
}

// Numbers in the contract are those of the value type; 0 is "not said".
template <typename Enum>
std::optional<Enum> ToEnum(int number, Enum last, const std::string& path,
                           RequestProblems& problems) {
  if (number == 0) return std::nullopt;
  if (number < 0 || number > static_cast<int>(last)) {
    problems.Add(path, "unknown_enum_value");
    return std::nullopt;
  }
  return static_cast<Enum>(number);
}

static_assert(v1::Case::Kind_MAX == static_cast<int>(matching::kCaseKindLast));
static_assert(v1::Case::State_MAX == static_cast<int>(matching::kCaseStateLast));
static_assert(v1::Decision::Verdict_MAX == static_cast<int>(matching::kVerdictLast));
static_assert(v1::Decision::State_MAX == static_cast<int>(matching::kDecisionStateLast));

template <typename Message>
CaseRequest ToCaseRequest(const Message& message, RequestProblems& problems) {
  CaseRequest request;
  request.context = ToContext(message);
  request.case_id = ToNumber(message.case_id(), "case_id", problems);
  request.version = ToVersion(message.etag(), "etag", problems);
  return request;
}

template <typename Message>
DecisionRequest ToDecisionRequest(const Message& message, RequestProblems& problems) {
  DecisionRequest request;
  request.context = ToContext(message);
  request.decision_id = ToNumber(message.decision_id(), "decision_id", problems);
  request.version = ToVersion(message.etag(), "etag", problems);
  return request;
}

std::optional<matching::Band> ToBand(v1::Score::Band band, const std::string& path,
                                     RequestProblems& problems) {
  switch (band) {
    case v1::Score::BAND_UNSPECIFIED:
      return std::nullopt;
    case v1::Score::BAND_BELOW:
      return matching::Band::kBelow;
    case v1::Score::BAND_POSSIBLE:
      return matching::Band::kPossible;
    case v1::Score::BAND_PROBABLE:
      return matching::Band::kProbable;
    case v1::Score::BAND_CERTAIN:
      return matching::Band::kCertain;
    default:
      problems.Add(path, "unknown_enum_value");
      return std::nullopt;
  }
}

void SetGroup(const CaseGroup& group, v1::CaseGroup* message) {
  SetNumbers(group.identity_ids, message->mutable_identity_ids());
  SetNumbers(group.case_ids, message->mutable_case_ids());
  message->set_cut(group.cut);
}

}  // namespace

QueueFilter ToQueueFilter(const v1::CaseFilter& filter, const std::string& path,
                          RequestProblems& problems) {
  const auto instant = [&](bool given, const google::protobuf::Timestamp& time,
                           const char* field) -> std::optional<matching::Instant> {
    if (!given) return std::nullopt;
    return ToInstant(time, Join(path, field), problems);
  };
  QueueFilter value;
  value.kind = ToEnum(filter.kind(), matching::kCaseKindLast, Join(path, "kind"), problems);
  value.state = ToEnum(filter.state(), matching::kCaseStateLast, Join(path, "state"), problems);
  value.band = ToBand(filter.band(), Join(path, "band"), problems);
  value.domain = filter.domain();
  value.assignee = filter.assignee();
  if (!filter.identity_id().empty()) {
    value.identity_id = ToNumber(filter.identity_id(), Join(path, "identity_id"), problems);
  }
  value.reason = filter.reason();
  value.opened_from =
      instant(filter.has_open_time_from(), filter.open_time_from(), "open_time_from");
  value.opened_before =
      instant(filter.has_open_time_before(), filter.open_time_before(), "open_time_before");
  if (filter.has_weight_bits_min()) value.weight_bits_min = filter.weight_bits_min();
  if (filter.has_weight_bits_max()) value.weight_bits_max = filter.weight_bits_max();
  value.site_finess = filter.site_finess();
  value.visited_from =
      instant(filter.has_visit_time_from(), filter.visit_time_from(), "visit_time_from");
  value.visited_before =
      instant(filter.has_visit_time_before(), filter.visit_time_before(), "visit_time_before");
  return value;
}

CaseNoteRequest ToRequest(const v1::AddCaseNoteRequest& message, RequestProblems& problems) {
  return {{message.request_id(), message.actor(), ""},
          ToNumber(message.case_id(), "case_id", problems),
          message.text()};
}

CaseWatch ToRequest(const v1::WatchCasesRequest& message, RequestProblems& problems) {
  CaseWatch watch;
  if (message.after_commit_number() < 0) problems.Add("after_commit_number", "negative");
  if (message.after_commit_number() > 0) watch.after_commit_number = message.after_commit_number();
  watch.kind = ToEnum(message.kind(), matching::kCaseKindLast, "kind", problems);
  watch.state = ToEnum(message.state(), matching::kCaseStateLast, "state", problems);
  watch.domain = message.domain();
  return watch;
}

CaseRequest ToRequest(const v1::ClaimCaseRequest& message, RequestProblems& problems) {
  return ToCaseRequest(message, problems);
}

CaseRequest ToRequest(const v1::ReleaseCaseRequest& message, RequestProblems& problems) {
  return ToCaseRequest(message, problems);
}

CaseRequest ToRequest(const v1::HoldCaseRequest& message, RequestProblems& problems) {
  CaseRequest request = ToCaseRequest(message, problems);
  if (message.has_hold_until()) {
    request.hold_until = ToDate(message.hold_until(), "hold_until", problems);
  }
  return request;
}

DecideRequest ToRequest(const v1::DecideCaseRequest& message, RequestProblems& problems) {
  DecideRequest request;
  request.context = ToContext(message);
  if (!message.case_id().empty()) {
    request.case_id = ToNumber(message.case_id(), "case_id", problems);
  }
  request.version = ToVersion(message.etag(), "etag", problems);
  constexpr int kIdentitiesMax = 2;
  if (message.identity_ids_size() > kIdentitiesMax) {
    problems.Add("identity_ids", "too_many");
  } else {
    for (const std::string& id : message.identity_ids()) {
      request.identity_ids.push_back(ToNumber(id, "identity_ids", problems));
    }
  }
  const auto verdict = ToEnum(message.verdict(), matching::kVerdictLast, "verdict", problems);
  if (message.verdict() == v1::Decision::VERDICT_UNSPECIFIED) problems.Add("verdict", "required");
  if (verdict) request.verdict = *verdict;
  request.note = message.note();
  if (!message.surviving_identity_id().empty()) {
    request.surviving_id =
        ToNumber(message.surviving_identity_id(), "surviving_identity_id", problems);
  }
  request.taken_fields.assign(message.fields_from_merged().begin(),
                              message.fields_from_merged().end());
  request.set_homonym = message.set_homonym();
  request.other_person_visit_numbers.assign(message.other_person_visit_numbers().begin(),
                                            message.other_person_visit_numbers().end());
  request.validate_only = message.validate_only();
  return request;
}

DecisionRequest ToRequest(const v1::UndoDecisionRequest& message, RequestProblems& problems) {
  DecisionRequest request = ToDecisionRequest(message, problems);
  request.keep_later_changes = message.keep_later_changes();
  return request;
}

DecisionRequest ToRequest(const v1::ConfirmDecisionRequest& message, RequestProblems& problems) {
  DecisionRequest request = ToDecisionRequest(message, problems);
  request.keep_later_changes = message.keep_later_changes();
  return request;
}

DecisionRequest ToRequest(const v1::RejectDecisionRequest& message, RequestProblems& problems) {
  return ToDecisionRequest(message, problems);
}

DecisionListRequest ToRequest(const v1::ListDecisionsRequest& message, RequestProblems& problems) {
  DecisionListRequest request;
  if (!message.identity_id().empty()) {
    request.identity_id = ToNumber(message.identity_id(), "identity_id", problems);
  }
  request.verdict = ToEnum(message.verdict(), matching::kVerdictLast, "verdict", problems);
  request.state = ToEnum(message.state(), matching::kDecisionStateLast, "state", problems);
  request.in_force_only = message.in_force_only();
  if (message.page_size() < 0) problems.Add("page_size", "out_of_range");
  return request;
}

v1::Case ToProto(const matching::Case& review_case) {
  v1::Case message;
  message.set_id(std::to_string(review_case.id));
  message.set_etag(std::to_string(review_case.version));
  message.set_kind(static_cast<v1::Case::Kind>(review_case.kind));
  message.set_state(static_cast<v1::Case::State>(review_case.state));
  message.set_domain(review_case.domain);
  SetNumbers(review_case.identity_ids, message.mutable_identity_ids());
  message.mutable_reasons()->Assign(review_case.reasons.begin(), review_case.reasons.end());
  message.set_weight_bits(review_case.weight_bits);
  message.set_probability(review_case.probability);
  message.set_band(ToProto(review_case.band));
  message.set_model_version(review_case.model_version);
  SetTime(review_case.opened_at, message.mutable_open_time());
  SetTime(review_case.updated_at, message.mutable_update_time());
  message.set_assignee(review_case.assignee);
  if (review_case.claim_expires_at) {
    SetTime(*review_case.claim_expires_at, message.mutable_claim_expire_time());
  }
  if (review_case.hold_until != matching::Date()) {
    *message.mutable_hold_until() = ToProto(review_case.hold_until);
  }
  message.set_hold_reason(review_case.hold_reason);
  if (review_case.decision_id != 0)
    message.set_decision_id(std::to_string(review_case.decision_id));
  message.set_priority(review_case.priority);
  if (review_case.frequent_value) {
    const matching::FrequentValue& value = *review_case.frequent_value;
    v1::FrequentValue& shown = *message.mutable_frequent_value();
    shown.set_trait(std::string(matching::TermColumnName(value.column)));
    shown.set_value(value.value);
    shown.set_identity_count(value.count);
    shown.set_population_count(static_cast<std::int64_t>(value.population));
  }
  return message;
}

v1::ListCasesResponse ToProto(const QueuePage& page) {
  v1::ListCasesResponse response;
  for (const matching::Case& review_case : page.cases) *response.add_cases() = ToProto(review_case);
  for (const CaseGroup& group : page.groups) SetGroup(group, response.add_groups());
  response.set_next_page_token(page.next_page_token);
  return response;
}

v1::GetCaseResponse ToProto(const CaseView& view) {
  v1::GetCaseResponse response;
  *response.mutable_review_case() = ToProto(view.review_case);
  if (!view.group.case_ids.empty()) SetGroup(view.group, response.mutable_group());
  for (const matching::Case& one : view.group_cases) *response.add_group_cases() = ToProto(one);
  return response;
}

v1::CaseNote ToProto(const matching::CaseNote& note) {
  v1::CaseNote message;
  message.set_case_id(std::to_string(note.case_id));
  message.set_number(static_cast<std::int64_t>(note.number));
  message.set_actor(note.actor);
  SetTime(note.written_at, message.mutable_write_time());
  message.set_text(note.text);
  return message;
}

v1::Decision ToProto(const matching::Decision& decision) {
  v1::Decision message;
  if (decision.id != 0) {
    message.set_id(std::to_string(decision.id));
    message.set_etag(std::to_string(decision.version));
  }
  if (decision.case_id != 0) message.set_case_id(std::to_string(decision.case_id));
  message.set_verdict(static_cast<v1::Decision::Verdict>(decision.verdict));
  message.set_state(static_cast<v1::Decision::State>(decision.state));
  SetNumbers(decision.identity_ids, message.mutable_identity_ids());
  message.set_actor(decision.actor);
  SetTime(decision.decided_at, message.mutable_decide_time());
  message.set_reason(decision.reason);
  message.set_note(decision.note);
  message.set_weight_bits(decision.weight_bits);
  message.set_probability(decision.probability);
  message.set_model_version(decision.model_version);
  if (decision.surviving_id != 0) {
    message.set_surviving_identity_id(std::to_string(decision.surviving_id));
  }
  message.mutable_fields_from_merged()->Assign(decision.taken_fields.begin(),
                                               decision.taken_fields.end());
  SetNumbers(decision.homonym_set_ids, message.mutable_homonym_set_ids());
  message.mutable_other_person_visit_numbers()->Assign(decision.other_person_visit_numbers.begin(),
                                                       decision.other_person_visit_numbers.end());
  message.set_confirmed_by(decision.confirmed_by);
  if (decision.confirmed_at) SetTime(*decision.confirmed_at, message.mutable_confirm_time());
  message.set_ended_by(decision.ended_by);
  if (decision.ended_at) SetTime(*decision.ended_at, message.mutable_end_time());
  message.set_end_reason(decision.end_reason);
  if (decision.proposal_id != 0) message.set_proposal_id(std::to_string(decision.proposal_id));
  return message;
}

v1::MergePreview ToProto(const MergePreview& preview) {
  v1::MergePreview message;
  message.set_surviving_identity_id(std::to_string(preview.surviving_id));
  message.set_merged_identity_id(std::to_string(preview.merged_id));
  for (const MergePreview::Trait& trait : preview.traits) {
    v1::MergePreview::Trait* added = message.add_traits();
    added->set_field(trait.field);
    added->set_surviving_value(trait.surviving_value);
    added->set_merged_value(trait.merged_value);
    added->set_taken(trait.taken);
  }
  message.set_moved_visit_count(preview.moved_visit_count);
  message.mutable_left_behind()->Assign(preview.left_behind.begin(), preview.left_behind.end());
  message.mutable_warnings()->Assign(preview.warnings.begin(), preview.warnings.end());
  SetNumbers(preview.closed_case_ids, message.mutable_closed_case_ids());
  return message;
}

}  // namespace vigie::daemon
