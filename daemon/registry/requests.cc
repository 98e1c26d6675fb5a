#include "daemon/registry/requests.h"

#include <openssl/sha.h>

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "daemon/registry/bytes.h"
#include "matching/date.h"

namespace vigie::daemon {
namespace {

using matching::Identity;
using matching::Instant;

std::int64_t Micros(Instant instant) { return instant.time_since_epoch().count(); }
Instant FromMicros(std::int64_t micros) { return Instant(std::chrono::microseconds(micros)); }

// The first byte of every answer: what kind it is and how it is written.
constexpr std::uint64_t kRegisterAnswer = 1;
constexpr std::uint64_t kMutationAnswer = 2;
constexpr std::uint64_t kVisitAnswerWithoutChannel = 3;  // of schema 1: only read
constexpr std::uint64_t kVisitAnswer = 4;
constexpr std::uint64_t kCloseDayAnswer = 20;
constexpr std::uint64_t kCaseAnswer = 21;
constexpr std::uint64_t kDecideAnswer = 22;
constexpr std::uint64_t kCaseNoteAnswer = 23;
constexpr std::uint64_t kLabelAnswer = 24;

// Collects the fields of a request in a fixed order, each with its length.
class Fields {
 public:
  Fields(std::string_view method, const MutationContext& context) {
    out_.Text(method);
    out_.Text(context.actor);
    out_.Text(context.reason);
  }
  Fields& Text(std::string_view value) { return out_.Text(value), *this; }
  Fields& Number(std::uint64_t value) { return out_.Number(value), *this; }
  Fields& Signed(std::int64_t value) { return out_.Signed(value), *this; }
  Fields& Flag(bool value) { return out_.Flag(value), *this; }
  Fields& Optional(const std::optional<bool>& value) {
    return Number(!value ? 0 : (*value ? 2 : 1));
  }
  Fields& Day(const matching::Date& date) {
    return Signed(date.year).Number(date.month).Number(date.day);
  }
  Fields& Moment(Instant instant) { return Signed(Micros(instant)); }
  Fields& Person(const matching::Traits& traits) {
    Text(traits.birth_family_name).Text(traits.first_birth_given_name);
    Text(traits.birth_given_names).Number(static_cast<std::uint64_t>(traits.sex));
    Day(traits.birth_date).Text(traits.birth_place_code).Text(traits.used_family_name);
    Text(traits.used_given_name).Text(traits.address_line).Text(traits.postal_code);
    return Text(traits.city).Text(traits.phone).Text(traits.email);
  }
  Fields& Matricule(const matching::Ins& ins) { return Text(ins.matricule).Text(ins.oid); }
  Fields& Answer(const matching::InsiAnswer& answer) {
    Text(answer.return_code).Moment(answer.queried_at).Flag(answer.ins.has_value());
    if (answer.ins) Matricule(*answer.ins);
    Number(answer.history.size());
    for (const matching::Ins& past : answer.history) Matricule(past);
    Person(answer.traits).Flag(answer.coherence_accepted);
    // Nothing when there is none, so that requests made before criteria existed keep their hash.
    if (answer.query_criteria.empty()) return *this;
    Text("query_criteria").Number(answer.query_criteria.size());
    for (const std::string& criterion : answer.query_criteria) Text(criterion);
    return *this;
  }
  std::string Hash() const {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    const std::string& bytes = out_.bytes();
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    return {digest.begin(), digest.end()};
  }

 private:
  ByteWriter out_;
};

void PutTexts(ByteWriter& out, const std::vector<std::string>& texts) {
  out.Number(texts.size());
  for (const std::string& text : texts) out.Text(text);
}

std::vector<std::string> TakeTexts(ByteReader& in) {
  std::vector<std::string> texts;
  for (std::size_t left = in.Count(); left > 0 && in.ok(); --left) texts.push_back(in.Text());
  return texts;
}

void PutNumbers(ByteWriter& out, const std::vector<std::uint64_t>& numbers) {
  out.Number(numbers.size());
  for (const std::uint64_t number : numbers) out.Number(number);
}

std::vector<std::uint64_t> TakeNumbers(ByteReader& in) {
  std::vector<std::uint64_t> numbers;
  for (std::size_t left = in.Count(); left > 0 && in.ok(); --left) numbers.push_back(in.Number());
  return numbers;
}

void PutScore(ByteWriter& out, const matching::Score& score) {
  out.Real(score.weight_bits);
  out.Real(score.probability);
  out.Number(static_cast<std::uint64_t>(score.band));
  out.Number(score.vetoes);
  out.Text(score.model_version);
}

matching::Score TakeScore(ByteReader& in) {
  matching::Score score;
  score.weight_bits = in.Real();
  score.probability = in.Real();
  score.band = static_cast<matching::Band>(in.Number() & 3);
  score.vetoes = static_cast<std::uint32_t>(in.Number());
  score.model_version = in.Text();
  return score;
}

void PutDay(ByteWriter& out, const matching::Date& day) {
  out.Signed(matching::DaysSinceEpoch(day));
}

matching::Date TakeDay(ByteReader& in) { return matching::DateFromDays(in.Signed()); }

void PutStatus(ByteWriter& out, const std::optional<matching::TrustStatus>& status) {
  out.Number(status ? static_cast<std::uint64_t>(*status) : 0);
}

std::optional<matching::TrustStatus> TakeStatus(ByteReader& in) {
  const std::uint64_t number = in.Number();
  if (number < 1 || number > 4) return std::nullopt;
  return static_cast<matching::TrustStatus>(number);
}

absl::Status Damaged() { return absl::DataLossError("the answer kept for a request is damaged"); }

// The identity that an answer names, in its version.
absl::Status TakeIdentity(const storage::View& view, ByteReader& in, Identity& identity) {
  const matching::IdentityId id = in.Number();
  const std::int64_t version = in.Signed();
  if (!in.ok()) return Damaged();
  absl::StatusOr<Identity> found = IdentityAtVersion(view, id, version);
  if (!found.ok()) return found.status();
  identity = *std::move(found);
  return absl::OkStatus();
}

}  // namespace

std::string FingerprintOf(const RegisterRequest& request) {
  Fields fields("register", request.context);
  fields.Text(request.domain).Text(request.local_id).Person(request.traits);
  fields.Flag(request.insi_answer.has_value());
  if (request.insi_answer) fields.Answer(*request.insi_answer);
  fields.Flag(request.evidence.has_value());
  if (request.evidence) {
    fields.Text(request.evidence->type).Day(request.evidence->checked_on);
    fields.Flag(request.evidence->high_assurance);
    if (!request.evidence->parent_type.empty()) fields.Text(request.evidence->parent_type);
  }
  fields.Flag(request.attributes.homonym).Flag(request.attributes.doubtful);
  return fields.Flag(request.attributes.fictitious).Hash();
}

std::string FingerprintOf(const UpdateRequest& request) {
  Fields fields("update", request.context);
  fields.Number(request.identity_id).Signed(request.version).Person(request.traits);
  fields.Number(request.fields.size());
  for (const std::string& field : request.fields) fields.Text(field);
  return fields.Hash();
}

std::string FingerprintOf(const InsiAnswerRequest& request) {
  Fields fields("record_insi_answer", request.context);
  return fields.Number(request.identity_id).Signed(request.version).Answer(request.answer).Hash();
}

std::string FingerprintOf(const InsWithdrawalRequest& request) {
  Fields fields("withdraw_ins", request.context);
  fields.Number(request.identity_id).Signed(request.version);
  return fields.Flag(request.verification_mismatch).Hash();
}

std::string FingerprintOf(const EvidenceRequest& request) {
  Fields fields("record_evidence", request.context);
  fields.Number(request.identity_id).Signed(request.version).Text(request.type);
  fields.Day(request.checked_on).Flag(request.traits_agree);
  // Only when there is one: requests kept before it existed have the same fingerprint as ever.
  if (!request.parent_type.empty()) fields.Text(request.parent_type);
  return fields.Hash();
}

std::string FingerprintOf(const InsiFaultRequest& request) {
  Fields fields("record_insi_fault", request.context);
  fields.Number(request.identity_id).Signed(request.version);
  return fields.Moment(request.fault.queried_at).Text(request.fault.code).Hash();
}

std::string FingerprintOf(const InsConfirmationRequest& request) {
  Fields fields("confirm_ins", request.context);
  fields.Number(request.identity_id).Signed(request.version);
  return fields.Moment(request.confirmed_at).Hash();
}

std::string FingerprintOf(const VitaleReadingRequest& request) {
  Fields fields("record_vitale_app_reading", request.context);
  fields.Number(request.identity_id).Signed(request.version).Moment(request.read_at);
  fields.Matricule(request.ins).Number(request.history.size());
  for (const matching::Ins& past : request.history) fields.Matricule(past);
  return fields.Person(request.traits).Hash();
}

std::string FingerprintOf(const AttributesRequest& request) {
  Fields fields("set_attributes", request.context);
  fields.Number(request.identity_id).Signed(request.version).Optional(request.homonym);
  return fields.Optional(request.doubtful).Optional(request.fictitious).Hash();
}

std::string FingerprintOf(const VisitRequest& request) {
  const matching::Visit& visit = request.visit;
  Fields fields("record_visit", request.context);
  fields.Text(visit.domain).Text(visit.visit_number).Text(visit.local_id);
  fields.Text(visit.legal_entity_finess).Text(visit.site_finess);
  fields.Number(static_cast<std::uint64_t>(visit.activity));
  fields.Number(static_cast<std::uint64_t>(visit.kind)).Moment(visit.admitted_at);
  fields.Flag(visit.discharged_at.has_value());
  if (visit.discharged_at) fields.Moment(*visit.discharged_at);
  fields.Flag(visit.cancelled);
  // Nothing is said of an unknown channel: a request of before there were any keeps its hash.
  if (!visit.entry_channel.empty()) fields.Text(visit.entry_channel);
  return fields.Hash();
}

std::string FingerprintOf(const CancelVisitRequest& request) {
  Fields fields("cancel_visit", request.context);
  return fields.Text(request.domain).Text(request.visit_number).Signed(request.version).Hash();
}

std::string FingerprintOf(const CloseDayRequest& request) {
  return Fields("close_day", request.context).Day(request.day).Hash();
}

std::string FingerprintOf(const CaseRequest& request, const char* method) {
  return Fields(method, request.context)
      .Number(request.case_id)
      .Signed(request.version)
      .Day(request.hold_until)
      .Hash();
}

std::string FingerprintOf(const CaseNoteRequest& request) {
  return Fields("add_case_note", request.context).Number(request.case_id).Text(request.text).Hash();
}

std::string FingerprintOf(const ProposalAnswer& request) {
  return Fields("settle_proposal", request.context)
      .Number(request.proposal_id)
      .Flag(request.done)
      .Hash();
}

std::string FingerprintOf(const MergeReport& request) {
  return Fields("report_merge", request.context)
      .Text(request.domain)
      .Text(request.surviving_local_id)
      .Text(request.merged_local_id)
      .Hash();
}

std::string FingerprintOf(const DecideRequest& request) {
  Fields fields("decide", request.context);
  fields.Number(request.case_id).Signed(request.version).Number(request.identity_ids.size());
  for (const matching::IdentityId id : request.identity_ids) fields.Number(id);
  fields.Number(static_cast<std::uint64_t>(request.verdict)).Text(request.note);
  fields.Number(request.surviving_id).Number(request.taken_fields.size());
  for (const std::string& field : request.taken_fields) fields.Text(field);
  fields.Flag(request.set_homonym).Number(request.other_person_visit_numbers.size());
  for (const std::string& number : request.other_person_visit_numbers) fields.Text(number);
  return fields.Hash();
}

std::string FingerprintOf(const DecisionRequest& request, const char* method) {
  return Fields(method, request.context)
      .Number(request.decision_id)
      .Signed(request.version)
      .Flag(request.keep_later_changes)
      .Hash();
}

std::string FingerprintOf(const LabelRequest& request) {
  Fields fields("record_label", request.context);
  fields.Number(request.identity_ids.size());
  for (const matching::IdentityId id : request.identity_ids) fields.Number(id);
  return fields.Number(static_cast<std::uint64_t>(request.verdict)).Text(request.note).Hash();
}

std::string EncodeAnswer(const RegisterResult& result) {
  ByteWriter out;
  out.Number(kRegisterAnswer);
  out.Number(result.identity.id);
  out.Signed(result.identity.version);
  out.Number(result.possible_duplicates.size());
  for (const PossibleDuplicate& duplicate : result.possible_duplicates) {
    out.Number(duplicate.identity_id);
    out.Text(duplicate.domain);
    out.Text(duplicate.local_id);
    PutScore(out, duplicate.score);
    out.Number(duplicate.case_id);
  }
  PutNumbers(out, result.opened_case_ids);
  PutTexts(out, result.warnings);
  out.Signed(result.commit_number);
  return out.bytes();
}

std::string EncodeAnswer(const MutationResult& result) {
  ByteWriter out;
  out.Number(kMutationAnswer);
  out.Number(result.identity.id);
  out.Signed(result.identity.version);
  PutNumbers(out, result.opened_case_ids);
  PutTexts(out, result.warnings);
  out.Signed(result.commit_number);
  return out.bytes();
}

std::string EncodeAnswer(const VisitResult& result) {
  const matching::Visit& visit = result.visit;
  ByteWriter out;
  out.Number(kVisitAnswer);
  out.Text(visit.domain);
  out.Text(visit.visit_number);
  out.Text(visit.local_id);
  out.Number(visit.identity_id);
  out.Text(visit.legal_entity_finess);
  out.Text(visit.site_finess);
  out.Number(static_cast<std::uint64_t>(visit.activity));
  out.Number(static_cast<std::uint64_t>(visit.kind));
  out.Signed(Micros(visit.admitted_at));
  out.Flag(visit.discharged_at.has_value());
  out.Signed(visit.discharged_at ? Micros(*visit.discharged_at) : 0);
  out.Flag(visit.cancelled);
  out.Text(visit.entry_channel);
  out.Signed(visit.version);
  PutStatus(out, visit.status_at_admission);
  PutStatus(out, visit.status_at_discharge);
  PutTexts(out, result.warnings);
  out.Signed(result.commit_number);
  return out.bytes();
}

absl::Status DecodeAnswer(const storage::View& view, const std::string& bytes,
                          RegisterResult& result) {
  ByteReader in(bytes);
  if (in.Number() != kRegisterAnswer) return Damaged();
  absl::Status status = TakeIdentity(view, in, result.identity);
  if (!status.ok()) return status;
  for (std::size_t left = in.Count(); left > 0 && in.ok(); --left) {
    PossibleDuplicate duplicate;
    duplicate.identity_id = in.Number();
    duplicate.domain = in.Text();
    duplicate.local_id = in.Text();
    duplicate.score = TakeScore(in);
    duplicate.case_id = in.Number();
    result.possible_duplicates.push_back(std::move(duplicate));
  }
  result.opened_case_ids = TakeNumbers(in);
  result.warnings = TakeTexts(in);
  result.commit_number = in.Signed();
  return in.AtEnd() ? absl::OkStatus() : Damaged();
}

absl::Status DecodeAnswer(const storage::View& view, const std::string& bytes,
                          MutationResult& result) {
  ByteReader in(bytes);
  if (in.Number() != kMutationAnswer) return Damaged();
  absl::Status status = TakeIdentity(view, in, result.identity);
  if (!status.ok()) return status;
  result.opened_case_ids = TakeNumbers(in);
  result.warnings = TakeTexts(in);
  result.commit_number = in.Signed();
  return in.AtEnd() ? absl::OkStatus() : Damaged();
}

// A visit has no history: its answer is whole. The view is for the sake of one signature.
absl::Status DecodeAnswer(const storage::View& /*view*/, const std::string& bytes,
                          VisitResult& result) {
  ByteReader in(bytes);
  const std::uint64_t kind = in.Number();
  if (kind != kVisitAnswer && kind != kVisitAnswerWithoutChannel) return Damaged();
  matching::Visit& visit = result.visit;
  visit.domain = in.Text();
  visit.visit_number = in.Text();
  visit.local_id = in.Text();
  visit.identity_id = in.Number();
  visit.legal_entity_finess = in.Text();
  visit.site_finess = in.Text();
  visit.activity = static_cast<matching::Activity>(in.Number());
  visit.kind = static_cast<matching::VisitKind>(in.Number());
  visit.admitted_at = FromMicros(in.Signed());
  const bool discharged = in.Flag();
  const Instant discharged_at = FromMicros(in.Signed());
  if (discharged) visit.discharged_at = discharged_at;
  visit.cancelled = in.Flag();
  if (kind == kVisitAnswer) visit.entry_channel = in.Text();
  visit.version = in.Signed();
  visit.status_at_admission = TakeStatus(in);
  visit.status_at_discharge = TakeStatus(in);
  result.warnings = TakeTexts(in);
  result.commit_number = in.Signed();
  return in.AtEnd() ? absl::OkStatus() : Damaged();
}

// Snapshots are never changed: their names say it all.
std::string EncodeAnswer(const CloseDayResult& result) {
  ByteWriter out;
  out.Number(kCloseDayAnswer);
  PutDay(out, result.day);
  out.Number(result.snapshots.size());
  for (const ClosedSnapshot& closed : result.snapshots) {
    out.Text(closed.snapshot.definition_name);
    out.Signed(closed.snapshot.revision);
    out.Flag(closed.is_new);
  }
  out.Number(result.unclosed_days.size());
  for (const matching::Date& day : result.unclosed_days) PutDay(out, day);
  out.Signed(result.commit_number);
  return out.bytes();
}

absl::Status DecodeAnswer(const storage::View& view, const std::string& bytes,
                          CloseDayResult& result) {
  ByteReader in(bytes);
  if (in.Number() != kCloseDayAnswer) return Damaged();
  result.day = TakeDay(in);
  for (std::size_t left = in.Count(); left > 0 && in.ok(); --left) {
    const std::string definition = in.Text();
    const std::int64_t revision = in.Signed();
    const bool is_new = in.Flag();
    if (!in.ok() || revision < 1) return Damaged();
    auto snapshot = view.GetSnapshot(result.day, definition, revision);
    if (!snapshot.ok()) return snapshot.status();
    if (!snapshot->has_value()) return Damaged();
    result.snapshots.push_back({**std::move(snapshot), is_new});
  }
  for (std::size_t left = in.Count(); left > 0 && in.ok(); --left) {
    result.unclosed_days.push_back(TakeDay(in));
  }
  result.commit_number = in.Signed();
  return in.AtEnd() ? absl::OkStatus() : Damaged();
}

std::string EncodeAnswer(const CaseResult& result) {
  ByteWriter out;
  out.Number(kCaseAnswer);
  out.Number(result.review_case.id);
  out.Signed(result.commit_number);
  return out.bytes();
}

absl::Status DecodeAnswer(const storage::View& view, const std::string& bytes, CaseResult& result) {
  ByteReader in(bytes);
  if (in.Number() != kCaseAnswer) return Damaged();
  auto found = view.GetCase(in.Number());
  result.commit_number = in.Signed();
  if (!found.ok()) return found.status();
  if (!in.AtEnd() || !*found) return Damaged();
  result.review_case = **std::move(found);
  return absl::OkStatus();
}

std::string EncodeAnswer(const CaseNoteResult& result) {
  ByteWriter out;
  out.Number(kCaseNoteAnswer);
  out.Number(result.note.case_id);
  out.Number(result.note.number);
  out.Signed(result.commit_number);
  return out.bytes();
}

absl::Status DecodeAnswer(const storage::View& view, const std::string& bytes,
                          CaseNoteResult& result) {
  ByteReader in(bytes);
  if (in.Number() != kCaseNoteAnswer) return Damaged();
  const std::uint64_t case_id = in.Number();
  const std::uint64_t number = in.Number();
  result.commit_number = in.Signed();
  auto found = view.NotesOf(case_id, number + 1, 1);
  if (!found.ok()) return found.status();
  if (!in.AtEnd() || found->empty() || found->front().number != number) return Damaged();
  result.note = std::move(found->front());
  return absl::OkStatus();
}

std::string EncodeAnswer(const DecideResult& result) {
  ByteWriter out;
  out.Number(kDecideAnswer);
  out.Number(result.decision.id);
  out.Signed(result.commit_number);
  return out.bytes();
}

absl::Status DecodeAnswer(const storage::View& view, const std::string& bytes,
                          DecideResult& result) {
  ByteReader in(bytes);
  if (in.Number() != kDecideAnswer) return Damaged();
  auto decision = view.GetDecision(in.Number());
  result.commit_number = in.Signed();
  if (!decision.ok()) return decision.status();
  if (!in.AtEnd() || !*decision) return Damaged();
  result.decision = **std::move(decision);
  if (result.decision.case_id == 0) return absl::OkStatus();
  auto review_case = view.GetCase(result.decision.case_id);
  if (!review_case.ok()) return review_case.status();
  result.review_case = *std::move(review_case);
  return absl::OkStatus();
}

// A label is never changed: the pair and the person say which.
std::string EncodeAnswer(const LabelResult& result) {
  ByteWriter out;
  out.Number(kLabelAnswer);
  out.Number(result.left_id);
  out.Number(result.right_id);
  out.Text(result.label.actor);
  out.Signed(result.commit_number);
  return out.bytes();
}

absl::Status DecodeAnswer(const storage::View& view, const std::string& bytes,
                          LabelResult& result) {
  ByteReader in(bytes);
  if (in.Number() != kLabelAnswer) return Damaged();
  result.left_id = in.Number();
  result.right_id = in.Number();
  const std::string actor = in.Text();
  result.commit_number = in.Signed();
  const auto pair = view.GetLabelPair(result.left_id, result.right_id);
  if (!pair.ok()) return pair.status();
  if (!in.AtEnd() || !*pair) return Damaged();
  for (const matching::Label& label : (*pair)->labels) {
    if (label.actor != actor) continue;
    result.label = label;
    return absl::OkStatus();
  }
  return Damaged();
}

absl::StatusOr<Identity> IdentityAtVersion(const storage::View& view, matching::IdentityId id,
                                           std::int64_t version) {
  auto current = view.GetIdentity(id);
  if (!current.ok()) return current.status();
  if (*current && (*current)->version == version) return **std::move(current);
  // The change that made the next version keeps this one.
  const auto changes = view.GetHistory(id, version + 2, 1);
  if (!changes.ok()) return changes.status();
  if (changes->empty() || changes->front().version != version + 1 || !changes->front().before) {
    return absl::DataLossError("identity " + std::to_string(id) + " has no version " +
                               std::to_string(version));
  }
  return *changes->front().before;
}

}  // namespace vigie::daemon
