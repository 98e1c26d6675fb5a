#include "storage/record_codec.h"

#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include "storage/crc32c.h"
#include "storage/keys.h"
#include "storage/record.pb.h"

namespace vigie::storage {
namespace {

using matching::Date;
using matching::Instant;
using matching::TrustStatus;

constexpr std::size_t kChecksumBytes = 4;

absl::Status Damaged(const std::string& what) {
  return absl::DataLossError("stored value is damaged: " + what);
}

std::int64_t FromInstant(Instant instant) { return instant.time_since_epoch().count(); }
Instant ToInstant(std::int64_t microseconds) {
  return Instant(std::chrono::microseconds(microseconds));
}

std::uint32_t FromDate(const Date& date) {
  return static_cast<std::uint32_t>(static_cast<std::uint16_t>(date.year)) << 16 |
         static_cast<std::uint32_t>(date.month) << 8 | date.day;
}

Date ToDate(std::uint32_t packed) {
  Date date;
  date.year = static_cast<std::int16_t>(packed >> 16);
  date.month = static_cast<std::uint8_t>(packed >> 8);
  date.day = static_cast<std::uint8_t>(packed);
  return date;
}

// Each ToX function below returns false for a message this version cannot have written.

template <typename Enum>
bool ToEnum(std::uint32_t number, Enum least, Enum greatest, Enum* out) {
  if (number < static_cast<std::uint32_t>(least) || number > static_cast<std::uint32_t>(greatest)) {
    return false;
  }
  *out = static_cast<Enum>(number);
  return true;
}

bool ToStatus(std::uint32_t number, TrustStatus* out) {
  return ToEnum(number, TrustStatus::kProvisional, TrustStatus::kQualified, out);
}

template <typename Message>
bool HasUnknownFields(const Message& message) {
  return !message.GetReflection()->GetUnknownFields(message).empty();
}

void FromIns(const matching::Ins& ins, StoredIns* out) {
  out->set_matricule(ins.matricule);
  out->set_oid(ins.oid);
}

bool ToIns(const StoredIns& stored, matching::Ins* out) {
  out->matricule = stored.matricule();
  out->oid = stored.oid();
  return !HasUnknownFields(stored);
}

void FromTraits(const matching::Traits& traits, StoredTraits* out) {
  out->set_birth_family_name(traits.birth_family_name);
  out->set_first_birth_given_name(traits.first_birth_given_name);
  out->set_birth_given_names(traits.birth_given_names);
  out->set_sex(static_cast<std::uint32_t>(traits.sex));
  out->set_birth_date(FromDate(traits.birth_date));
  out->set_birth_place_code(traits.birth_place_code);
  out->set_used_family_name(traits.used_family_name);
  out->set_used_given_name(traits.used_given_name);
  out->set_address_line(traits.address_line);
  out->set_postal_code(traits.postal_code);
  out->set_city(traits.city);
  out->set_phone(traits.phone);
  out->set_email(traits.email);
}

bool ToTraits(const StoredTraits& stored, matching::Traits* out) {
  out->birth_family_name = stored.birth_family_name();
  out->first_birth_given_name = stored.first_birth_given_name();
  out->birth_given_names = stored.birth_given_names();
  out->birth_date = ToDate(stored.birth_date());
  out->birth_place_code = stored.birth_place_code();
  out->used_family_name = stored.used_family_name();
  out->used_given_name = stored.used_given_name();
  out->address_line = stored.address_line();
  out->postal_code = stored.postal_code();
  out->city = stored.city();
  out->phone = stored.phone();
  out->email = stored.email();
  return !HasUnknownFields(stored) &&
         ToEnum(stored.sex(), matching::Sex::kUnknown, matching::Sex::kIndeterminate, &out->sex);
}

void FromRniv(const matching::RnivNames& rniv, StoredRnivNames* out) {
  out->set_birth_family_name(rniv.birth_family_name);
  out->set_first_birth_given_name(rniv.first_birth_given_name);
  out->set_birth_given_names(rniv.birth_given_names);
  out->set_used_family_name(rniv.used_family_name);
  out->set_used_given_name(rniv.used_given_name);
}

bool ToRniv(const StoredRnivNames& stored, matching::RnivNames* out) {
  out->birth_family_name = stored.birth_family_name();
  out->first_birth_given_name = stored.first_birth_given_name();
  out->birth_given_names = stored.birth_given_names();
  out->used_family_name = stored.used_family_name();
  out->used_given_name = stored.used_given_name();
  return !HasUnknownFields(stored);
}

void FromAnswer(const matching::InsiAnswer& answer, StoredInsiAnswer* out) {
  out->set_return_code(answer.return_code);
  out->set_queried_at(FromInstant(answer.queried_at));
  if (answer.ins.has_value()) FromIns(*answer.ins, out->mutable_ins());
  for (const matching::Ins& ins : answer.history) FromIns(ins, out->add_history());
  FromTraits(answer.traits, out->mutable_traits());
  out->set_coherence_accepted(answer.coherence_accepted);
  for (const std::string& criterion : answer.query_criteria) out->add_query_criteria(criterion);
}

bool ToInsList(const google::protobuf::RepeatedPtrField<StoredIns>& stored,
               std::vector<matching::Ins>* out) {
  out->resize(static_cast<std::size_t>(stored.size()));
  for (int i = 0; i < stored.size(); ++i) {
    if (!ToIns(stored[i], &(*out)[static_cast<std::size_t>(i)])) return false;
  }
  return true;
}

bool ToAnswer(const StoredInsiAnswer& stored, matching::InsiAnswer* out) {
  if (!stored.has_traits() || HasUnknownFields(stored)) return false;
  out->return_code = stored.return_code();
  out->queried_at = ToInstant(stored.queried_at());
  if (stored.has_ins() && !ToIns(stored.ins(), &out->ins.emplace())) return false;
  out->coherence_accepted = stored.coherence_accepted();
  out->query_criteria.assign(stored.query_criteria().begin(), stored.query_criteria().end());
  return ToInsList(stored.history(), &out->history) && ToTraits(stored.traits(), &out->traits);
}

void FromEvidence(const matching::Evidence& evidence, StoredEvidence* out) {
  out->set_type(evidence.type);
  out->set_checked_on(FromDate(evidence.checked_on));
  out->set_high_assurance(evidence.high_assurance);
  out->set_parent_type(evidence.parent_type);
}

bool ToEvidence(const StoredEvidence& stored, matching::Evidence* out) {
  out->type = stored.type();
  out->checked_on = ToDate(stored.checked_on());
  out->high_assurance = stored.high_assurance();
  out->parent_type = stored.parent_type();
  return !HasUnknownFields(stored);
}

void FromFault(const matching::InsiFault& fault, StoredInsiFault* out) {
  out->set_queried_at(FromInstant(fault.queried_at));
  out->set_code(fault.code);
}

bool ToFault(const StoredInsiFault& stored, matching::InsiFault* out) {
  out->queried_at = ToInstant(stored.queried_at());
  out->code = stored.code();
  return !HasUnknownFields(stored);
}

void FromTrust(const matching::TrustFacts& trust, StoredTrustFacts* out) {
  out->set_insi_accepted(trust.insi_accepted);
  out->set_document_checked(trust.document_checked);
  out->set_homonym(trust.attributes.homonym);
  out->set_doubtful(trust.attributes.doubtful);
  out->set_fictitious(trust.attributes.fictitious);
}

bool ToTrust(const StoredTrustFacts& stored, matching::TrustFacts* out) {
  out->insi_accepted = stored.insi_accepted();
  out->document_checked = stored.document_checked();
  out->attributes.homonym = stored.homonym();
  out->attributes.doubtful = stored.doubtful();
  out->attributes.fictitious = stored.fictitious();
  return !HasUnknownFields(stored);
}

void FromIdentity(const matching::Identity& identity, StoredIdentity* out) {
  out->set_id(identity.id);
  out->set_version(identity.version);
  out->set_domain(identity.domain);
  out->set_local_id(identity.local_id);
  FromTraits(identity.traits, out->mutable_traits());
  FromRniv(identity.rniv, out->mutable_rniv());
  out->set_normalizer_version(identity.normalizer_version);
  if (identity.ins.has_value()) FromIns(*identity.ins, out->mutable_ins());
  for (const matching::Ins& ins : identity.ins_history) FromIns(ins, out->add_ins_history());
  if (identity.last_insi_answer.has_value()) {
    FromAnswer(*identity.last_insi_answer, out->mutable_last_insi_answer());
  }
  if (identity.evidence.has_value()) FromEvidence(*identity.evidence, out->mutable_evidence());
  FromTrust(identity.trust, out->mutable_trust());
  for (const matching::StatusPeriod& period : identity.status_periods) {
    StoredStatusPeriod* stored = out->add_status_periods();
    stored->set_effective_at(FromInstant(period.effective_at));
    stored->set_status(static_cast<std::uint32_t>(period.status));
    stored->set_rule(period.rule);
  }
  out->set_created_at(FromInstant(identity.created_at));
  out->set_updated_at(FromInstant(identity.updated_at));
  if (identity.ins_confirmed_at.has_value()) {
    out->set_ins_confirmed_at(FromInstant(*identity.ins_confirmed_at));
  }
  out->set_merged_into(identity.merged_into);
}

bool ToPeriods(const google::protobuf::RepeatedPtrField<StoredStatusPeriod>& stored,
               std::vector<matching::StatusPeriod>* out) {
  for (const StoredStatusPeriod& period : stored) {
    matching::StatusPeriod& added = out->emplace_back();
    added.effective_at = ToInstant(period.effective_at());
    added.rule = period.rule();
    if (HasUnknownFields(period) || !ToStatus(period.status(), &added.status)) return false;
  }
  return true;
}

bool ToIdentity(const StoredIdentity& stored, matching::Identity* out) {
  if (!stored.has_traits() || !stored.has_rniv() || !stored.has_trust()) return false;
  if (HasUnknownFields(stored)) return false;
  out->id = stored.id();
  out->version = stored.version();
  out->domain = stored.domain();
  out->local_id = stored.local_id();
  out->normalizer_version = stored.normalizer_version();
  if (stored.has_ins() && !ToIns(stored.ins(), &out->ins.emplace())) return false;
  if (stored.has_last_insi_answer() &&
      !ToAnswer(stored.last_insi_answer(), &out->last_insi_answer.emplace())) {
    return false;
  }
  if (stored.has_evidence() && !ToEvidence(stored.evidence(), &out->evidence.emplace())) {
    return false;
  }
  out->created_at = ToInstant(stored.created_at());
  out->updated_at = ToInstant(stored.updated_at());
  out->merged_into = stored.merged_into();
  if (stored.has_ins_confirmed_at()) {
    out->ins_confirmed_at = ToInstant(stored.ins_confirmed_at());
  }
  return ToTraits(stored.traits(), &out->traits) && ToRniv(stored.rniv(), &out->rniv) &&
         ToTrust(stored.trust(), &out->trust) &&
         ToInsList(stored.ins_history(), &out->ins_history) &&
         ToPeriods(stored.status_periods(), &out->status_periods);
}

void FromChange(const matching::Change& change, StoredChange* out) {
  out->set_identity_id(change.identity_id);
  out->set_version(change.version);
  out->set_commit_number(change.commit_number);
  out->set_changed_at(FromInstant(change.changed_at));
  out->set_actor(change.actor);
  out->set_operation(change.operation);
  out->set_reason(change.reason);
  for (const std::string& field : change.changed_fields) out->add_changed_fields(field);
  out->set_status_before(static_cast<std::uint32_t>(change.status_before));
  out->set_status_after(static_cast<std::uint32_t>(change.status_after));
  out->set_rule(change.rule);
  if (change.before.has_value()) FromIdentity(*change.before, out->mutable_before());
  if (change.evidence.has_value()) FromEvidence(*change.evidence, out->mutable_evidence());
  if (change.insi_fault.has_value()) FromFault(*change.insi_fault, out->mutable_insi_fault());
}

bool ToChange(const StoredChange& stored, matching::Change* out) {
  if (HasUnknownFields(stored)) return false;
  out->identity_id = stored.identity_id();
  out->version = stored.version();
  out->commit_number = stored.commit_number();
  out->changed_at = ToInstant(stored.changed_at());
  out->actor = stored.actor();
  out->operation = stored.operation();
  out->reason = stored.reason();
  out->changed_fields.assign(stored.changed_fields().begin(), stored.changed_fields().end());
  out->rule = stored.rule();
  if (stored.has_before() && !ToIdentity(stored.before(), &out->before.emplace())) return false;
  if (stored.has_evidence() && !ToEvidence(stored.evidence(), &out->evidence.emplace())) {
    return false;
  }
  if (stored.has_insi_fault() && !ToFault(stored.insi_fault(), &out->insi_fault.emplace())) {
    return false;
  }
  return ToStatus(stored.status_before(), &out->status_before) &&
         ToStatus(stored.status_after(), &out->status_after);
}

void FromVisit(const matching::Visit& visit, StoredVisit* out) {
  out->set_domain(visit.domain);
  out->set_visit_number(visit.visit_number);
  out->set_local_id(visit.local_id);
  out->set_identity_id(visit.identity_id);
  out->set_legal_entity_finess(visit.legal_entity_finess);
  out->set_site_finess(visit.site_finess);
  out->set_activity(static_cast<std::uint32_t>(visit.activity));
  out->set_kind(static_cast<std::uint32_t>(visit.kind));
  out->set_admitted_at(FromInstant(visit.admitted_at));
  if (visit.discharged_at.has_value()) out->set_discharged_at(FromInstant(*visit.discharged_at));
  out->set_cancelled(visit.cancelled);
  out->set_version(visit.version);
  if (visit.status_at_admission.has_value()) {
    out->set_status_at_admission(static_cast<std::uint32_t>(*visit.status_at_admission));
  }
  if (visit.status_at_discharge.has_value()) {
    out->set_status_at_discharge(static_cast<std::uint32_t>(*visit.status_at_discharge));
  }
  out->set_entry_channel(visit.entry_channel);
}

bool ToVisit(const StoredVisit& stored, matching::Visit* out) {
  if (HasUnknownFields(stored)) return false;
  out->domain = stored.domain();
  out->visit_number = stored.visit_number();
  out->local_id = stored.local_id();
  out->identity_id = stored.identity_id();
  out->legal_entity_finess = stored.legal_entity_finess();
  out->site_finess = stored.site_finess();
  out->admitted_at = ToInstant(stored.admitted_at());
  if (stored.has_discharged_at()) out->discharged_at = ToInstant(stored.discharged_at());
  out->cancelled = stored.cancelled();
  out->entry_channel = stored.entry_channel();
  out->version = stored.version();
  if (stored.has_status_at_admission() &&
      !ToStatus(stored.status_at_admission(), &out->status_at_admission.emplace())) {
    return false;
  }
  if (stored.has_status_at_discharge() &&
      !ToStatus(stored.status_at_discharge(), &out->status_at_discharge.emplace())) {
    return false;
  }
  return ToEnum(stored.activity(), matching::Activity::kUnknown, matching::Activity::kDialysis,
                &out->activity) &&
         ToEnum(stored.kind(), matching::VisitKind::kUnknown, matching::VisitKind::kSession,
                &out->kind);
}

void FromFrequentValue(const matching::FrequentValue& value, StoredFrequentValue* out) {
  out->set_column(static_cast<std::uint32_t>(value.column));
  out->set_value(value.value);
  out->set_value_hash(value.value_hash);
  out->set_count(value.count);
  out->set_population(value.population);
}

bool ToFrequentValue(const StoredFrequentValue& stored, matching::FrequentValue* out) {
  if (HasUnknownFields(stored)) return false;
  out->value = stored.value();
  out->value_hash = stored.value_hash();
  out->count = stored.count();
  out->population = stored.population();
  return ToEnum(stored.column(), matching::kTermColumns.front(), matching::kTermColumns.back(),
                &out->column);
}

void FromCase(const matching::Case& c, StoredCase* out) {
  out->set_id(c.id);
  out->set_kind(static_cast<std::uint32_t>(c.kind));
  out->set_state(static_cast<std::uint32_t>(c.state));
  out->set_domain(c.domain);
  for (const matching::IdentityId id : c.identity_ids) out->add_identity_ids(id);
  for (const std::string& reason : c.reasons) out->add_reasons(reason);
  out->set_weight_bits(c.weight_bits);
  out->set_probability(c.probability);
  out->set_band(static_cast<std::uint32_t>(c.band));
  out->set_model_version(c.model_version);
  out->set_opened_at(FromInstant(c.opened_at));
  out->set_updated_at(FromInstant(c.updated_at));
  out->set_version(c.version);
  out->set_assignee(c.assignee);
  if (c.claim_expires_at) out->set_claim_expires_at(FromInstant(*c.claim_expires_at));
  out->set_hold_until(FromDate(c.hold_until));
  out->set_hold_reason(c.hold_reason);
  out->set_decision_id(c.decision_id);
  out->set_priority(static_cast<std::uint32_t>(c.priority));
  if (c.frequent_value) FromFrequentValue(*c.frequent_value, out->mutable_frequent_value());
}

bool ToCase(const StoredCase& stored, matching::Case* out) {
  if (HasUnknownFields(stored)) return false;
  out->id = stored.id();
  out->domain = stored.domain();
  out->identity_ids.assign(stored.identity_ids().begin(), stored.identity_ids().end());
  out->reasons.assign(stored.reasons().begin(), stored.reasons().end());
  out->weight_bits = stored.weight_bits();
  out->probability = stored.probability();
  out->model_version = stored.model_version();
  out->opened_at = ToInstant(stored.opened_at());
  out->updated_at = ToInstant(stored.updated_at());
  out->version = stored.version();
  out->assignee = stored.assignee();
  if (stored.has_claim_expires_at()) out->claim_expires_at = ToInstant(stored.claim_expires_at());
  out->hold_until = ToDate(stored.hold_until());
  out->hold_reason = stored.hold_reason();
  out->decision_id = stored.decision_id();
  if (stored.priority() > matching::kCasePriorityMax) return false;
  out->priority = static_cast<int>(stored.priority());
  if (stored.has_frequent_value() &&
      !ToFrequentValue(stored.frequent_value(), &out->frequent_value.emplace())) {
    return false;
  }
  return ToEnum(stored.kind(), matching::CaseKind::kDuplicate, matching::kCaseKindLast,
                &out->kind) &&
         ToEnum(stored.state(), matching::CaseState::kOpen, matching::kCaseStateLast,
                &out->state) &&
         ToEnum(stored.band(), matching::Band::kBelow, matching::Band::kCertain, &out->band);
}

void FromDecision(const matching::Decision& decision, StoredDecision* out) {
  out->set_id(decision.id);
  out->set_version(decision.version);
  out->set_case_id(decision.case_id);
  out->set_verdict(static_cast<std::uint32_t>(decision.verdict));
  out->set_state(static_cast<std::uint32_t>(decision.state));
  for (const matching::IdentityId id : decision.identity_ids) out->add_identity_ids(id);
  for (const std::uint64_t print : decision.fingerprints) out->add_fingerprints(print);
  out->set_actor(decision.actor);
  out->set_decided_at(FromInstant(decision.decided_at));
  out->set_reason(decision.reason);
  out->set_note(decision.note);
  out->set_weight_bits(decision.weight_bits);
  out->set_probability(decision.probability);
  out->set_model_version(decision.model_version);
  out->set_surviving_id(decision.surviving_id);
  for (const std::string& field : decision.taken_fields) out->add_taken_fields(field);
  if (decision.traits_before) FromTraits(*decision.traits_before, out->mutable_traits_before());
  for (const matching::IdentityId id : decision.homonym_set_ids) out->add_homonym_set_ids(id);
  for (const std::string& number : decision.other_person_visit_numbers) {
    out->add_other_person_visit_numbers(number);
  }
  out->set_confirmed_by(decision.confirmed_by);
  if (decision.confirmed_at) out->set_confirmed_at(FromInstant(*decision.confirmed_at));
  out->set_ended_by(decision.ended_by);
  if (decision.ended_at) out->set_ended_at(FromInstant(*decision.ended_at));
  out->set_end_reason(decision.end_reason);
  out->set_proposal_id(decision.proposal_id);
}

bool ToDecision(const StoredDecision& stored, matching::Decision* out) {
  if (HasUnknownFields(stored)) return false;
  out->id = stored.id();
  out->version = stored.version();
  out->case_id = stored.case_id();
  out->identity_ids.assign(stored.identity_ids().begin(), stored.identity_ids().end());
  out->fingerprints.assign(stored.fingerprints().begin(), stored.fingerprints().end());
  out->actor = stored.actor();
  out->decided_at = ToInstant(stored.decided_at());
  out->reason = stored.reason();
  out->note = stored.note();
  out->weight_bits = stored.weight_bits();
  out->probability = stored.probability();
  out->model_version = stored.model_version();
  out->surviving_id = stored.surviving_id();
  out->taken_fields.assign(stored.taken_fields().begin(), stored.taken_fields().end());
  if (stored.has_traits_before() &&
      !ToTraits(stored.traits_before(), &out->traits_before.emplace())) {
    return false;
  }
  out->homonym_set_ids.assign(stored.homonym_set_ids().begin(), stored.homonym_set_ids().end());
  out->other_person_visit_numbers.assign(stored.other_person_visit_numbers().begin(),
                                         stored.other_person_visit_numbers().end());
  out->confirmed_by = stored.confirmed_by();
  if (stored.has_confirmed_at()) out->confirmed_at = ToInstant(stored.confirmed_at());
  out->ended_by = stored.ended_by();
  if (stored.has_ended_at()) out->ended_at = ToInstant(stored.ended_at());
  out->end_reason = stored.end_reason();
  out->proposal_id = stored.proposal_id();
  return ToEnum(stored.verdict(), matching::Verdict::kDuplicate, matching::kVerdictLast,
                &out->verdict) &&
         ToEnum(stored.state(), matching::DecisionState::kInForce, matching::kDecisionStateLast,
                &out->state);
}

void FromProposal(const matching::Proposal& proposal, StoredProposal* out) {
  out->set_id(proposal.id);
  out->set_kind(static_cast<std::uint32_t>(proposal.kind));
  out->set_decision_id(proposal.decision_id);
  out->set_domain(proposal.domain);
  out->set_surviving_id(proposal.surviving_id);
  out->set_merged_id(proposal.merged_id);
  out->set_surviving_local_id(proposal.surviving_local_id);
  out->set_merged_local_id(proposal.merged_local_id);
  out->set_keep_later_changes(proposal.keep_later_changes);
  out->set_proposed_at(FromInstant(proposal.proposed_at));
  out->set_bridge(proposal.bridge);
  out->set_delivery_count(proposal.delivery_count);
  if (proposal.handed_out_at) out->set_handed_out_at(FromInstant(*proposal.handed_out_at));
  if (proposal.received_at) out->set_received_at(FromInstant(*proposal.received_at));
}

bool ToProposal(const StoredProposal& stored, matching::Proposal* out) {
  if (HasUnknownFields(stored)) return false;
  out->id = stored.id();
  out->decision_id = stored.decision_id();
  out->domain = stored.domain();
  out->surviving_id = stored.surviving_id();
  out->merged_id = stored.merged_id();
  out->surviving_local_id = stored.surviving_local_id();
  out->merged_local_id = stored.merged_local_id();
  out->keep_later_changes = stored.keep_later_changes();
  out->proposed_at = ToInstant(stored.proposed_at());
  out->bridge = stored.bridge();
  out->delivery_count = stored.delivery_count();
  if (stored.has_handed_out_at()) out->handed_out_at = ToInstant(stored.handed_out_at());
  if (stored.has_received_at()) out->received_at = ToInstant(stored.received_at());
  return ToEnum(stored.kind(), matching::ProposalKind::kMerge, matching::ProposalKind::kUnmerge,
                &out->kind);
}

void FromCaseNote(const matching::CaseNote& note, StoredCaseNote* out) {
  out->set_case_id(note.case_id);
  out->set_number(note.number);
  out->set_actor(note.actor);
  out->set_written_at(FromInstant(note.written_at));
  out->set_text(note.text);
}

bool ToCaseNote(const StoredCaseNote& stored, matching::CaseNote* out) {
  if (HasUnknownFields(stored)) return false;
  out->case_id = stored.case_id();
  out->number = stored.number();
  out->actor = stored.actor();
  out->written_at = ToInstant(stored.written_at());
  out->text = stored.text();
  return true;
}

void FromRequest(const AnsweredRequest& request, StoredAnsweredRequest* out) {
  out->set_method(request.method);
  out->set_fingerprint(request.fingerprint);
  out->set_answer(request.answer);
  out->set_commit_number(request.commit_number);
}

bool ToRequest(const StoredAnsweredRequest& stored, AnsweredRequest* out) {
  out->method = stored.method();
  out->fingerprint = stored.fingerprint();
  out->answer = stored.answer();
  out->commit_number = stored.commit_number();
  return !HasUnknownFields(stored);
}

void FromCounts(const std::map<std::string, std::int64_t>& counts,
                google::protobuf::RepeatedPtrField<StoredCount>* out) {
  for (const auto& [name, count] : counts) {
    StoredCount* added = out->Add();
    added->set_name(name);
    added->set_count(count);
  }
}

bool ToCounts(const google::protobuf::RepeatedPtrField<StoredCount>& stored,
              std::map<std::string, std::int64_t>* out) {
  for (const StoredCount& count : stored) {
    // Ascending and each once, or other bytes would be written again.
    if (HasUnknownFields(count) || (!out->empty() && out->rbegin()->first >= count.name())) {
      return false;
    }
    out->emplace_hint(out->end(), count.name(), count.count());
  }
  return true;
}

void FromFigures(const FigureRow& row, StoredFigureRow* out) {
  for (const auto& [key, value] : row.group) {
    StoredLabel* label = out->add_group();
    label->set_key(key);
    label->set_value(value);
  }
  out->set_numerator(row.numerator);
  out->set_denominator(row.denominator);
  FromCounts(row.exclusions, out->mutable_exclusions());
  out->set_provisional_count(row.statuses[0]);
  out->set_recovered_count(row.statuses[1]);
  out->set_validated_count(row.statuses[2]);
  out->set_qualified_count(row.statuses[3]);
  out->set_unattached_count(row.unattached_count);
  out->set_homonym_count(row.homonym_count);
  out->set_doubtful_count(row.doubtful_count);
  out->set_fictitious_count(row.fictitious_count);
}

bool ToFigures(const StoredFigureRow& stored, FigureRow* out) {
  if (HasUnknownFields(stored)) return false;
  for (const StoredLabel& label : stored.group()) {
    if (HasUnknownFields(label) ||
        (!out->group.empty() && out->group.rbegin()->first >= label.key())) {
      return false;
    }
    out->group.emplace_hint(out->group.end(), label.key(), label.value());
  }
  out->statuses = {stored.provisional_count(), stored.recovered_count(), stored.validated_count(),
                   stored.qualified_count()};
  out->numerator = stored.numerator();
  out->denominator = stored.denominator();
  out->unattached_count = stored.unattached_count();
  out->homonym_count = stored.homonym_count();
  out->doubtful_count = stored.doubtful_count();
  out->fictitious_count = stored.fictitious_count();
  return ToCounts(stored.exclusions(), &out->exclusions);
}

void FromSnapshot(const FigureSnapshot& snapshot, StoredFigureSnapshot* out) {
  out->set_day(FromDate(snapshot.day));
  out->set_definition_name(snapshot.definition_name);
  out->set_revision(snapshot.revision);
  out->set_definition_version(snapshot.definition_version);
  out->set_definition_hash(snapshot.definition_hash);
  out->set_definition_text(snapshot.definition_text);
  out->set_time_zone(snapshot.time_zone);
  out->set_window_from(FromDate(snapshot.window_from));
  out->set_window_to(FromDate(snapshot.window_to));
  out->set_cut_off(FromInstant(snapshot.cut_off));
  out->set_as_of_commit_number(snapshot.as_of_commit_number);
  out->set_closed_at(FromInstant(snapshot.closed_at));
  out->set_actor(snapshot.actor);
  out->set_content_hash(snapshot.content_hash);
  for (const FigureRow& row : snapshot.rows) FromFigures(row, out->add_rows());
  FromFigures(snapshot.total, out->mutable_total());
  FromCounts(snapshot.causes, out->mutable_causes());
}

bool ToSnapshot(const StoredFigureSnapshot& stored, FigureSnapshot* out) {
  if (HasUnknownFields(stored) || !stored.has_total()) return false;
  out->day = ToDate(stored.day());
  out->definition_name = stored.definition_name();
  out->revision = stored.revision();
  out->definition_version = stored.definition_version();
  out->definition_hash = stored.definition_hash();
  out->definition_text = stored.definition_text();
  out->time_zone = stored.time_zone();
  out->window_from = ToDate(stored.window_from());
  out->window_to = ToDate(stored.window_to());
  out->cut_off = ToInstant(stored.cut_off());
  out->as_of_commit_number = stored.as_of_commit_number();
  out->closed_at = ToInstant(stored.closed_at());
  out->actor = stored.actor();
  out->content_hash = stored.content_hash();
  for (const StoredFigureRow& row : stored.rows()) {
    if (!ToFigures(row, &out->rows.emplace_back())) return false;
  }
  return ToFigures(stored.total(), &out->total) && ToCounts(stored.causes(), &out->causes);
}

void FromAudit(const AuditEntry& entry, StoredAuditEntry* out) {
  out->set_commit_number(entry.commit_number);
  out->set_committed_at(FromInstant(entry.committed_at));
  out->set_actor(entry.actor);
  out->set_method(entry.method);
  out->set_request_id(entry.request_id);
  for (const std::string& target : entry.targets) out->add_targets(target);
  out->set_change_hash(entry.change_hash);
  out->set_previous_hash(entry.previous_hash);
  out->set_hash(entry.hash);
}

bool ToAudit(const StoredAuditEntry& stored, AuditEntry* out) {
  out->commit_number = stored.commit_number();
  out->committed_at = ToInstant(stored.committed_at());
  out->actor = stored.actor();
  out->method = stored.method();
  out->request_id = stored.request_id();
  out->targets.assign(stored.targets().begin(), stored.targets().end());
  out->change_hash = stored.change_hash();
  out->previous_hash = stored.previous_hash();
  out->hash = stored.hash();
  return !HasUnknownFields(stored);
}

template <typename Message, typename Value>
std::string Encode(const Value& value, void (*from)(const Value&, Message*)) {
  Message message;
  from(value, &message);
  return SealValue(message.SerializeAsString());
}

template <typename Message, typename Value>
absl::StatusOr<Value> Decode(std::string_view bytes, bool (*to)(const Message&, Value*)) {
  const absl::StatusOr<std::string_view> payload = OpenValue(bytes);
  if (!payload.ok()) return payload.status();
  Message message;
  Value value;
  if (!message.ParseFromArray(payload->data(), static_cast<int>(payload->size())) ||
      !to(message, &value)) {
    return Damaged("not a message of this table");
  }
  return value;
}

}  // namespace

std::string EncodeIdentity(const matching::Identity& identity) {
  return Encode<StoredIdentity>(identity, FromIdentity);
}
absl::StatusOr<matching::Identity> DecodeIdentity(std::string_view value) {
  return Decode<StoredIdentity>(value, ToIdentity);
}

std::string EncodeChange(const matching::Change& change) {
  return Encode<StoredChange>(change, FromChange);
}
absl::StatusOr<matching::Change> DecodeChange(std::string_view value) {
  return Decode<StoredChange>(value, ToChange);
}

std::string EncodeVisit(const matching::Visit& visit) {
  return Encode<StoredVisit>(visit, FromVisit);
}
absl::StatusOr<matching::Visit> DecodeVisit(std::string_view value) {
  return Decode<StoredVisit>(value, ToVisit);
}

std::string EncodeCase(const matching::Case& c) { return Encode<StoredCase>(c, FromCase); }
absl::StatusOr<matching::Case> DecodeCase(std::string_view value) {
  return Decode<StoredCase>(value, ToCase);
}

std::string EncodeDecision(const matching::Decision& decision) {
  return Encode<StoredDecision>(decision, FromDecision);
}
absl::StatusOr<matching::Decision> DecodeDecision(std::string_view value) {
  return Decode<StoredDecision>(value, ToDecision);
}

std::string EncodeProposal(const matching::Proposal& proposal) {
  return Encode<StoredProposal>(proposal, FromProposal);
}
absl::StatusOr<matching::Proposal> DecodeProposal(std::string_view value) {
  return Decode<StoredProposal>(value, ToProposal);
}

std::string EncodeCaseNote(const matching::CaseNote& note) {
  return Encode<StoredCaseNote>(note, FromCaseNote);
}
absl::StatusOr<matching::CaseNote> DecodeCaseNote(std::string_view value) {
  return Decode<StoredCaseNote>(value, ToCaseNote);
}

std::string EncodeRequest(const AnsweredRequest& request) {
  return Encode<StoredAnsweredRequest>(request, FromRequest);
}
absl::StatusOr<AnsweredRequest> DecodeRequest(std::string_view value) {
  return Decode<StoredAnsweredRequest>(value, ToRequest);
}

std::string EncodeSnapshot(const FigureSnapshot& snapshot) {
  return Encode<StoredFigureSnapshot>(snapshot, FromSnapshot);
}
absl::StatusOr<FigureSnapshot> DecodeSnapshot(std::string_view value) {
  return Decode<StoredFigureSnapshot>(value, ToSnapshot);
}

std::string EncodeAuditEntry(const AuditEntry& entry) {
  return Encode<StoredAuditEntry>(entry, FromAudit);
}
absl::StatusOr<AuditEntry> DecodeAuditEntry(std::string_view value) {
  return Decode<StoredAuditEntry>(value, ToAudit);
}

std::string SealValue(std::string_view payload) {
  std::string value(1, static_cast<char>(kValueVersion));
  value.append(payload);
  const std::uint32_t checksum = Crc32c(value);
  for (unsigned shift = 0; shift < 32; shift += 8) {
    value.push_back(static_cast<char>(checksum >> shift));
  }
  return value;
}

absl::StatusOr<std::string_view> OpenValue(std::string_view value) {
  if (value.size() < 1 + kChecksumBytes) return Damaged("too short");
  const std::size_t checked_bytes = value.size() - kChecksumBytes;
  std::uint32_t checksum = 0;
  for (std::size_t i = value.size(); i-- > checked_bytes;) {
    checksum = checksum << 8 | static_cast<unsigned char>(value[i]);
  }
  if (checksum != Crc32c(value.substr(0, checked_bytes))) return Damaged("checksum");
  const auto version = static_cast<std::uint8_t>(value.front());
  if (version > kValueVersion) {
    return absl::FailedPreconditionError("stored value has version " + std::to_string(version) +
                                         ", this program knows up to " +
                                         std::to_string(kValueVersion));
  }
  if (version == 0) return Damaged("version 0");
  return value.substr(1, checked_bytes - 1);
}

absl::StatusOr<std::uint64_t> DecodeNumber(std::string_view value) {
  std::uint64_t number = 0;
  if (!ParseNumberBytes(value, &number)) return Damaged("not a number");
  return number;
}

std::string EncodeInsState(bool past) { return {past ? '\1' : '\0'}; }

absl::StatusOr<bool> DecodeInsState(std::string_view value) {
  if (value.size() != 1 || (value[0] != '\0' && value[0] != '\1')) return Damaged("INS state");
  return value[0] == '\1';
}

std::string EncodeQueueEntry(const QueueEntry& entry) {
  std::string value = {static_cast<char>(entry.kind), static_cast<char>(entry.band)};
  value.append(entry.domain);
  return value;
}

absl::StatusOr<QueueEntry> DecodeQueueEntry(std::string_view value) {
  QueueEntry entry;
  if (value.size() < 2 ||
      !ToEnum(static_cast<unsigned char>(value[0]), matching::CaseKind::kDuplicate,
              matching::kCaseKindLast, &entry.kind) ||
      !ToEnum(static_cast<unsigned char>(value[1]), matching::Band::kBelow,
              matching::Band::kCertain, &entry.band)) {
    return Damaged("queue entry");
  }
  entry.domain = std::string(value.substr(2));
  return entry;
}

std::string EncodeDecisionEntry(const DecisionEntry& entry) {
  return {static_cast<char>(entry.verdict), static_cast<char>(entry.state)};
}

absl::StatusOr<DecisionEntry> DecodeDecisionEntry(std::string_view value) {
  DecisionEntry entry;
  if (value.size() != 2 ||
      !ToEnum(static_cast<unsigned char>(value[0]), matching::Verdict::kDuplicate,
              matching::kVerdictLast, &entry.verdict) ||
      !ToEnum(static_cast<unsigned char>(value[1]), matching::DecisionState::kInForce,
              matching::kDecisionStateLast, &entry.state)) {
    return Damaged("decision entry");
  }
  return entry;
}

}  // namespace vigie::storage
