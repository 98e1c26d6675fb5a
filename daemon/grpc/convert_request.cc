#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "daemon/grpc/convert.h"
#include "daemon/registry/rate_groups.h"

namespace vigie::daemon {
namespace {

std::string Join(const std::string& path, const std::string& field) {
  return path.empty() ? field : path + "." + field;
}

// Text of digits only, no leading zero, so that a number has one spelling.
template <class Number>
std::optional<Number> ParseNumber(const std::string& text) {
  if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

template <class Part>
Part ToDatePart(std::int32_t value, std::int32_t value_max, const std::string& path,
                RequestProblems& problems) {
  if (value < 0 || value > value_max) {
    problems.Add(path, "out_of_range");
    return 0;
  }
  return static_cast<Part>(value);
}

template <class Message>
MutationContext ToContext(const Message& message) {
  return {message.request_id(), message.actor(), message.reason()};
}

std::int32_t ToPageSize(std::int32_t page_size, const std::string& path,
                        RequestProblems& problems) {
  if (page_size < 0) problems.Add(path, "out_of_range");
  return page_size;
}

matching::Activity ToActivity(v1::Visit::Activity activity, const std::string& path,
                              RequestProblems& problems) {
  switch (activity) {
    case v1::Visit::ACTIVITY_UNSPECIFIED:
      return matching::Activity::kUnknown;
    case v1::Visit::ACTIVITY_MCO:
      return matching::Activity::kMco;
    case v1::Visit::ACTIVITY_SMR:
      return matching::Activity::kSmr;
    case v1::Visit::ACTIVITY_PSY:
      return matching::Activity::kPsy;
    case v1::Visit::ACTIVITY_HAD:
      return matching::Activity::kHad;
    case v1::Visit::ACTIVITY_DIALYSIS:
      return matching::Activity::kDialysis;
    default:
      problems.Add(path, "unknown_enum_value");
      return matching::Activity::kUnknown;
  }
}

matching::VisitKind ToVisitKind(v1::Visit::Kind kind, const std::string& path,
                                RequestProblems& problems) {
  switch (kind) {
    case v1::Visit::KIND_UNSPECIFIED:
      return matching::VisitKind::kUnknown;
    case v1::Visit::KIND_INPATIENT:
      return matching::VisitKind::kInpatient;
    case v1::Visit::KIND_DAY:
      return matching::VisitKind::kDay;
    case v1::Visit::KIND_OUTPATIENT:
      return matching::VisitKind::kOutpatient;
    case v1::Visit::KIND_EMERGENCY:
      return matching::VisitKind::kEmergency;
    case v1::Visit::KIND_SESSION:
      return matching::VisitKind::kSession;
    default:
      problems.Add(path, "unknown_enum_value");
      return matching::VisitKind::kUnknown;
  }
}

// The names the registry groups by, in its order: position is the enum's number less one.
constexpr auto kGroupings = kRateGroupingNames;
static_assert(kGroupings.size() == v1::ComputeRateRequest::Grouping_MAX);

std::vector<std::string> ToGroupings(const v1::ComputeRateRequest& message,
                                     RequestProblems& problems) {
  std::array<bool, kGroupings.size()> wanted{};
  for (const int grouping : message.groupings()) {
    const std::size_t position = static_cast<std::size_t>(grouping) - 1;  // 0 wraps: too large.
    if (position >= kGroupings.size()) {
      problems.Add("groupings", "unknown_enum_value");
    } else if (std::exchange(wanted[position], true)) {
      problems.Add("groupings", "repeated");
    }
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kGroupings.size(); ++i) {
    if (wanted[i]) names.emplace_back(kGroupings[i]);
  }
  return names;
}

// Fields of Visit that only answers fill in.
void RefuseOutputOnly(const v1::Visit& visit, const std::string& path, RequestProblems& problems) {
  if (!visit.identity_id().empty()) problems.Add(Join(path, "identity_id"), "output_only");
  if (!visit.etag().empty()) problems.Add(Join(path, "etag"), "output_only");
  if (visit.status_at_admission() != 0) {
    problems.Add(Join(path, "status_at_admission"), "output_only");
  }
  if (visit.status_at_discharge() != 0) {
    problems.Add(Join(path, "status_at_discharge"), "output_only");
  }
}

}  // namespace

void RequestProblems::Add(std::string field, std::string code) {
  if (problems_.size() == kProblemsMax) return;
  problems_.push_back({std::move(field), std::move(code), std::nullopt});
}

absl::Status RequestProblems::ToStatus() const {
  return problems_.empty() ? absl::OkStatus() : MakeFieldsError(problems_);
}

std::uint64_t ToNumber(const std::string& text, const std::string& path,
                       RequestProblems& problems) {
  const std::optional<std::uint64_t> number = ParseNumber<std::uint64_t>(text);
  if (!number) problems.Add(path, text.empty() ? "required" : "not_a_number");
  return number.value_or(0);
}

std::int64_t ToVersion(const std::string& etag, const std::string& path,
                       RequestProblems& problems) {
  if (etag.empty()) return 0;
  const std::optional<std::int64_t> version = ParseNumber<std::int64_t>(etag);
  if (!version) problems.Add(path, "not_a_number");
  return version.value_or(0);
}

matching::Instant ToInstant(const google::protobuf::Timestamp& time, const std::string& path,
                            RequestProblems& problems) {
  // 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z, as Timestamp itself promises.
  constexpr std::int64_t kSecondsMin = -62'135'596'800;
  constexpr std::int64_t kSecondsMax = 253'402'300'799;
  if (time.seconds() < kSecondsMin || time.seconds() > kSecondsMax || time.nanos() < 0 ||
      time.nanos() > 999'999'999) {
    problems.Add(path, "out_of_range");
    return {};
  }
  return matching::Instant(std::chrono::seconds(time.seconds()) +
                           std::chrono::microseconds(time.nanos() / 1000));
}

matching::Instant ToRequiredInstant(bool given, const google::protobuf::Timestamp& time,
                                    const std::string& path, RequestProblems& problems) {
  if (given) return ToInstant(time, path, problems);
  problems.Add(path, "required");
  return {};
}

matching::Date ToDate(const v1::Date& date, const std::string& path, RequestProblems& problems) {
  matching::Date value;
  value.year = ToDatePart<std::int16_t>(date.year(), 9999, Join(path, "year"), problems);
  value.month = ToDatePart<std::uint8_t>(date.month(), 12, Join(path, "month"), problems);
  value.day = ToDatePart<std::uint8_t>(date.day(), 31, Join(path, "day"), problems);
  return value;
}

matching::Sex ToSex(v1::Traits::Sex sex, const std::string& path, RequestProblems& problems) {
  switch (sex) {
    case v1::Traits::SEX_UNSPECIFIED:
      return matching::Sex::kUnknown;
    case v1::Traits::SEX_MALE:
      return matching::Sex::kMale;
    case v1::Traits::SEX_FEMALE:
      return matching::Sex::kFemale;
    case v1::Traits::SEX_INDETERMINATE:
      return matching::Sex::kIndeterminate;
    default:
      problems.Add(path, "unknown_enum_value");
      return matching::Sex::kUnknown;
  }
}

matching::Traits ToTraits(const v1::Traits& traits, const std::string& path,
                          RequestProblems& problems) {
  matching::Traits value;
  value.birth_family_name = traits.birth_family_name();
  value.first_birth_given_name = traits.first_birth_given_name();
  value.birth_given_names = traits.birth_given_names();
  value.sex = ToSex(traits.sex(), Join(path, "sex"), problems);
  value.birth_date = ToDate(traits.birth_date(), Join(path, "birth_date"), problems);
  value.birth_place_code = traits.birth_place_code();
  value.used_family_name = traits.used_family_name();
  value.used_given_name = traits.used_given_name();
  value.address_line = traits.address_line();
  value.postal_code = traits.postal_code();
  value.city = traits.city();
  value.phone = traits.phone();
  value.email = traits.email();
  return value;
}

matching::Ins ToIns(const v1::Ins& ins) { return {ins.matricule(), ins.oid()}; }

matching::Attributes ToAttributes(const v1::Attributes& attributes) {
  matching::Attributes value;
  value.homonym = attributes.homonym();
  value.doubtful = attributes.doubtful();
  value.fictitious = attributes.fictitious();
  return value;
}

matching::InsiAnswer ToInsiAnswer(const v1::InsiAnswer& answer, const std::string& path,
                                  RequestProblems& problems) {
  matching::InsiAnswer value;
  value.return_code = answer.return_code();
  if (answer.has_query_time()) {
    value.queried_at = ToInstant(answer.query_time(), Join(path, "query_time"), problems);
  } else {
    problems.Add(Join(path, "query_time"), "required");
  }
  if (answer.has_ins()) value.ins = ToIns(answer.ins());
  for (const v1::Ins& past : answer.past_ins()) value.history.push_back(ToIns(past));
  value.traits = ToTraits(answer.traits(), Join(path, "traits"), problems);
  value.coherence_accepted = answer.coherence_accepted();
  value.query_criteria.assign(answer.query_criteria().begin(), answer.query_criteria().end());
  return value;
}

matching::Evidence ToEvidence(const v1::Evidence& evidence, const std::string& path,
                              RequestProblems& problems) {
  matching::Evidence value;
  value.type = evidence.type();
  value.checked_on = ToDate(evidence.check_date(), Join(path, "check_date"), problems);
  value.parent_type = evidence.parent_type();
  if (evidence.high_assurance()) problems.Add(Join(path, "high_assurance"), "output_only");
  return value;
}

matching::Visit ToVisit(const v1::Visit& visit, const std::string& path,
                        RequestProblems& problems) {
  RefuseOutputOnly(visit, path, problems);
  matching::Visit value;
  value.domain = visit.domain();
  value.visit_number = visit.visit_number();
  value.local_id = visit.local_id();
  value.legal_entity_finess = visit.legal_entity_finess();
  value.site_finess = visit.site_finess();
  value.activity = ToActivity(visit.activity(), Join(path, "activity"), problems);
  value.kind = ToVisitKind(visit.kind(), Join(path, "kind"), problems);
  if (visit.has_admission_time()) {
    value.admitted_at = ToInstant(visit.admission_time(), Join(path, "admission_time"), problems);
  } else {
    problems.Add(Join(path, "admission_time"), "required");
  }
  if (visit.has_discharge_time()) {
    value.discharged_at = ToInstant(visit.discharge_time(), Join(path, "discharge_time"), problems);
  }
  value.cancelled = visit.cancelled();
  value.entry_channel = visit.entry_channel();
  return value;
}

SearchRequest ToRequest(const v1::SearchIdentitiesRequest& message, RequestProblems& problems) {
  SearchRequest request;
  if (message.has_birth_date()) {
    request.birth_date = ToDate(message.birth_date(), "birth_date", problems);
  }
  request.family_prefix = message.family_prefix();
  request.given_prefix = message.given_prefix();
  request.ins_matricule = message.ins_matricule();
  request.page_size = ToPageSize(message.page_size(), "page_size", problems);
  request.page_token = message.page_token();
  return request;
}

MatchRequest ToRequest(const v1::MatchIdentityRequest& message, RequestProblems& problems) {
  MatchRequest request;
  request.traits = ToTraits(message.traits(), "traits", problems);
  if (message.has_ins()) request.ins = ToIns(message.ins());
  request.domain = message.domain();
  request.limit = ToPageSize(message.limit(), "limit", problems);
  if (message.has_probability_min()) {
    const double probability_min = message.probability_min();
    // Written so that "not a number" is refused too.
    if (!(probability_min >= 0 && probability_min <= 1)) {
      problems.Add("probability_min", "out_of_range");
    }
    request.probability_min = probability_min;
  }
  request.explain = message.explain();
  return request;
}

RegisterRequest ToRegisterRequest(const v1::NewIdentity& identity, MutationContext context,
                                  const std::string& path, RequestProblems& problems) {
  RegisterRequest request;
  request.context = std::move(context);
  request.domain = identity.domain();
  request.local_id = identity.local_id();
  request.traits = ToTraits(identity.traits(), Join(path, "traits"), problems);
  if (identity.has_insi_answer()) {
    request.insi_answer = ToInsiAnswer(identity.insi_answer(), Join(path, "insi_answer"), problems);
  }
  if (identity.has_evidence()) {
    request.evidence = ToEvidence(identity.evidence(), Join(path, "evidence"), problems);
  }
  request.attributes = ToAttributes(identity.attributes());
  return request;
}

RegisterRequest ToRequest(const v1::RegisterIdentityRequest& message, RequestProblems& problems) {
  return ToRegisterRequest(message.identity(), ToContext(message), "identity", problems);
}

UpdateRequest ToRequest(const v1::UpdateIdentityRequest& message, RequestProblems& problems) {
  UpdateRequest request;
  request.context = ToContext(message);
  request.identity_id = ToNumber(message.identity_id(), "identity_id", problems);
  request.version = ToVersion(message.etag(), "etag", problems);
  request.traits = ToTraits(message.traits(), "traits", problems);
  if (message.update_mask().paths().empty()) problems.Add("update_mask", "required");
  for (const std::string& name : message.update_mask().paths()) {
    // The path is the caller's text, so the answer does not repeat it.
    if (v1::Traits::descriptor()->FindFieldByName(name) == nullptr) {
      problems.Add("update_mask", "unknown_field");
    } else if (std::find(request.fields.begin(), request.fields.end(), name) ==
               request.fields.end()) {
      request.fields.push_back(name);
    }
  }
  return request;
}

InsiAnswerRequest ToRequest(const v1::RecordInsiAnswerRequest& message, RequestProblems& problems) {
  InsiAnswerRequest request;
  request.context = ToContext(message);
  request.identity_id = ToNumber(message.identity_id(), "identity_id", problems);
  request.version = ToVersion(message.etag(), "etag", problems);
  if (message.has_answer()) {
    request.answer = ToInsiAnswer(message.answer(), "answer", problems);
  } else {
    problems.Add("answer", "required");
  }
  return request;
}

InsWithdrawalRequest ToRequest(const v1::WithdrawInsRequest& message, RequestProblems& problems) {
  InsWithdrawalRequest request;
  request.context = ToContext(message);
  request.identity_id = ToNumber(message.identity_id(), "identity_id", problems);
  request.version = ToVersion(message.etag(), "etag", problems);
  request.verification_mismatch = message.verification_mismatch();
  return request;
}

EvidenceRequest ToRequest(const v1::RecordEvidenceRequest& message, RequestProblems& problems) {
  EvidenceRequest request;
  request.context = ToContext(message);
  request.identity_id = ToNumber(message.identity_id(), "identity_id", problems);
  request.version = ToVersion(message.etag(), "etag", problems);
  request.type = message.type();
  request.checked_on = ToDate(message.check_date(), "check_date", problems);
  if (!message.has_traits_agree()) problems.Add("traits_agree", "required");
  request.traits_agree = message.traits_agree();
  request.parent_type = message.parent_type();
  return request;
}

InsiFaultRequest ToRequest(const v1::RecordInsiFaultRequest& message, RequestProblems& problems) {
  InsiFaultRequest request;
  request.context = ToContext(message);
  request.identity_id = ToNumber(message.identity_id(), "identity_id", problems);
  request.version = ToVersion(message.etag(), "etag", problems);
  if (!message.has_fault()) problems.Add("fault", "required");
  request.fault.queried_at = ToRequiredInstant(
      message.fault().has_query_time(), message.fault().query_time(), "fault.query_time", problems);
  request.fault.code = message.fault().code();
  return request;
}

InsConfirmationRequest ToRequest(const v1::ConfirmInsRequest& message, RequestProblems& problems) {
  InsConfirmationRequest request;
  request.context = ToContext(message);
  request.identity_id = ToNumber(message.identity_id(), "identity_id", problems);
  request.version = ToVersion(message.etag(), "etag", problems);
  request.confirmed_at =
      ToRequiredInstant(message.has_query_time(), message.query_time(), "query_time", problems);
  return request;
}

VitaleReadingRequest ToRequest(const v1::RecordVitaleAppReadingRequest& message,
                               RequestProblems& problems) {
  VitaleReadingRequest request;
  request.context = ToContext(message);
  request.identity_id = ToNumber(message.identity_id(), "identity_id", problems);
  request.version = ToVersion(message.etag(), "etag", problems);
  request.read_at =
      ToRequiredInstant(message.has_read_time(), message.read_time(), "read_time", problems);
  if (!message.has_ins()) problems.Add("ins", "required");
  request.ins = ToIns(message.ins());
  for (const v1::Ins& past : message.past_ins()) request.history.push_back(ToIns(past));
  request.traits = ToTraits(message.traits(), "traits", problems);
  return request;
}

ReverificationRequest ToRequest(const v1::ListReverificationDueRequest& message,
                                RequestProblems& problems) {
  ReverificationRequest request;
  if (message.has_confirmed_before_date()) {
    request.confirmed_before =
        ToDate(message.confirmed_before_date(), "confirmed_before_date", problems);
  }
  request.domain = message.domain();
  request.page_size = ToPageSize(message.page_size(), "page_size", problems);
  return request;
}

AttributesRequest ToRequest(const v1::SetAttributesRequest& message, RequestProblems& problems) {
  AttributesRequest request;
  request.context = ToContext(message);
  request.identity_id = ToNumber(message.identity_id(), "identity_id", problems);
  request.version = ToVersion(message.etag(), "etag", problems);
  if (message.has_homonym()) request.homonym = message.homonym();
  if (message.has_doubtful()) request.doubtful = message.doubtful();
  if (message.has_fictitious()) request.fictitious = message.fictitious();
  return request;
}

VisitRequest ToRequest(const v1::RecordVisitRequest& message, RequestProblems& problems) {
  VisitRequest request;
  request.context = ToContext(message);
  request.visit = ToVisit(message.visit(), "visit", problems);
  return request;
}

CancelVisitRequest ToRequest(const v1::CancelVisitRequest& message, RequestProblems& problems) {
  CancelVisitRequest request;
  request.context = ToContext(message);
  request.domain = message.domain();
  request.visit_number = message.visit_number();
  request.version = ToVersion(message.etag(), "etag", problems);
  return request;
}

RateRequest ToRequest(const v1::ComputeRateRequest& message, RequestProblems& problems) {
  RateRequest request;
  request.definition = message.definition();
  request.from = ToDate(message.start_date(), "start_date", problems);
  request.to = ToDate(message.end_date(), "end_date", problems);
  request.group_by = ToGroupings(message, problems);
  request.site_finess = message.site_finess();
  request.legal_entity_finess = message.legal_entity_finess();
  if (message.has_cut_off_time()) {
    request.cut_off = ToInstant(message.cut_off_time(), "cut_off_time", problems);
  }
  request.reference_day = ToDate(message.reference_date(), "reference_date", problems);
  request.recompute = message.recompute();
  return request;
}

}  // namespace vigie::daemon
