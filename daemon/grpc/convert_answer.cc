#include <chrono>

#include "daemon/grpc/convert.h"
#include "matching/trust.h"

namespace vigie::daemon {
namespace {

template <class Numbers, class Texts>
void SetNumbers(const Numbers& numbers, Texts* texts) {
  for (const auto number : numbers) *texts->Add() = std::to_string(number);
}

}  // namespace

// Not in the unnamed namespace: there they would hide the overloads of convert.h.

void SetTime(matching::Instant instant, google::protobuf::Timestamp* time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(instant);
  time->set_seconds(seconds.time_since_epoch().count());
  time->set_nanos(static_cast<std::int32_t>((instant - seconds).count()) * 1000);
}

// Numbers of the contract's enums are one more than ours where ours have no "not said".
v1::Score::Band ToProto(matching::Band band) {
  return static_cast<v1::Score::Band>(static_cast<int>(band) + 1);
}
static_assert(static_cast<int>(matching::Band::kCertain) + 1 == v1::Score::BAND_CERTAIN);

static v1::Explanation::Hypothesis ToProto(matching::Hypothesis hypothesis) {
  return static_cast<v1::Explanation::Hypothesis>(static_cast<int>(hypothesis) + 1);
}
static_assert(static_cast<int>(matching::Hypothesis::kSame) + 1 ==
              v1::Explanation::HYPOTHESIS_SAME);
static_assert(static_cast<int>(matching::Hypothesis::kBornTogether) + 1 ==
              v1::Explanation::HYPOTHESIS_BORN_TOGETHER);
static_assert(static_cast<int>(matching::Hypothesis::kHousehold) + 1 ==
              v1::Explanation::HYPOTHESIS_HOUSEHOLD);
static_assert(static_cast<int>(matching::Hypothesis::kStranger) + 1 ==
              v1::Explanation::HYPOTHESIS_STRANGER);

static v1::Visit::Activity ToProto(matching::Activity activity) {
  return static_cast<v1::Visit::Activity>(activity);
}
static_assert(static_cast<int>(matching::Activity::kDialysis) == v1::Visit::ACTIVITY_DIALYSIS);

static v1::Visit::Kind ToProto(matching::VisitKind kind) {
  return static_cast<v1::Visit::Kind>(kind);
}
static_assert(static_cast<int>(matching::VisitKind::kSession) == v1::Visit::KIND_SESSION);

static_assert(static_cast<int>(matching::Sex::kIndeterminate) == v1::Traits::SEX_INDETERMINATE);
static_assert(static_cast<int>(matching::TrustStatus::kQualified) ==
              v1::Identity::TRUST_STATUS_QUALIFIED);
static_assert(static_cast<int>(matching::CaseKind::kInsConflict) == v1::Case::KIND_INS_CONFLICT);
static_assert(static_cast<int>(matching::CaseState::kWithdrawn) == v1::Case::STATE_WITHDRAWN);
static_assert(static_cast<int>(matching::StatusAsOfRule::kWindowEnd) + 1 ==
              v1::IndicatorDefinition::STATUS_INSTANT_WINDOW_END);
static_assert(static_cast<int>(matching::IndicatorPopulation::kIdentityStock) + 1 ==
              v1::IndicatorDefinition::POPULATION_IDENTITY_STOCK);
static_assert(static_cast<int>(matching::WindowKind::kFixed) == v1::IndicatorWindow::KIND_FIXED);
static_assert(static_cast<int>(matching::LastInsiAnswer::kSeveral) + 1 ==
              v1::ExclusionRule::LAST_INSI_ANSWER_SEVERAL);
static_assert(static_cast<int>(RateSource::kRecomputed) + 1 ==
              v1::ComputeRateResponse::RATE_SOURCE_RECOMPUTED);

v1::Sentence ToProto(const matching::Sentence& sentence) {
  v1::Sentence message;
  message.set_french(sentence.french);
  message.set_english(sentence.english);
  return message;
}

static v1::RnivNames ToProto(const matching::RnivNames& names) {
  v1::RnivNames message;
  message.set_birth_family_name(names.birth_family_name);
  message.set_first_birth_given_name(names.first_birth_given_name);
  message.set_birth_given_names(names.birth_given_names);
  message.set_used_family_name(names.used_family_name);
  message.set_used_given_name(names.used_given_name);
  return message;
}

static v1::TrustFacts ToProto(const matching::TrustFacts& facts) {
  v1::TrustFacts message;
  message.set_insi_accepted(facts.insi_accepted);
  message.set_document_checked(facts.document_checked);
  message.mutable_attributes()->set_homonym(facts.attributes.homonym);
  message.mutable_attributes()->set_doubtful(facts.attributes.doubtful);
  message.mutable_attributes()->set_fictitious(facts.attributes.fictitious);
  return message;
}

static v1::PossibleDuplicate ToProto(const PossibleDuplicate& duplicate) {
  v1::PossibleDuplicate message;
  message.set_identity_id(std::to_string(duplicate.identity_id));
  message.set_domain(duplicate.domain);
  message.set_local_id(duplicate.local_id);
  *message.mutable_score() = ToProto(duplicate.score);
  if (duplicate.case_id != 0) message.set_case_id(std::to_string(duplicate.case_id));
  return message;
}

static v1::ExplainedComparison ToProto(const matching::ExplainedComparison& comparison,
                                       const matching::ComparisonScore& score) {
  v1::ExplainedComparison message;
  message.set_name(comparison.name);
  *message.mutable_label() = ToProto(comparison.label);
  message.set_left_value(comparison.left_value);
  message.set_right_value(comparison.right_value);
  message.set_level(comparison.level);
  if (!score.missing) message.set_level_position(score.level);
  message.set_bits(comparison.bits);
  if (score.term_frequency > 0) message.set_term_frequency(score.term_frequency);
  *message.mutable_sentence() = ToProto(comparison.sentence);
  return message;
}

v1::Date ToProto(const matching::Date& date) {
  v1::Date message;
  message.set_year(date.year);
  message.set_month(date.month);
  message.set_day(date.day);
  return message;
}

v1::Traits ToProto(const matching::Traits& traits) {
  v1::Traits message;
  message.set_birth_family_name(traits.birth_family_name);
  message.set_first_birth_given_name(traits.first_birth_given_name);
  message.set_birth_given_names(traits.birth_given_names);
  message.set_sex(static_cast<v1::Traits::Sex>(traits.sex));
  if (traits.birth_date != matching::Date{}) {
    *message.mutable_birth_date() = ToProto(traits.birth_date);
  }
  message.set_birth_place_code(traits.birth_place_code);
  message.set_used_family_name(traits.used_family_name);
  message.set_used_given_name(traits.used_given_name);
  message.set_address_line(traits.address_line);
  message.set_postal_code(traits.postal_code);
  message.set_city(traits.city);
  message.set_phone(traits.phone);
  message.set_email(traits.email);
  return message;
}

v1::Ins ToProto(const matching::Ins& ins) {
  v1::Ins message;
  message.set_matricule(ins.matricule);
  message.set_oid(ins.oid);
  return message;
}

v1::InsiAnswer ToProto(const matching::InsiAnswer& answer) {
  v1::InsiAnswer message;
  message.set_return_code(answer.return_code);
  SetTime(answer.queried_at, message.mutable_query_time());
  if (answer.ins) *message.mutable_ins() = ToProto(*answer.ins);
  for (const matching::Ins& past : answer.history) *message.add_past_ins() = ToProto(past);
  if (answer.traits != matching::Traits{}) *message.mutable_traits() = ToProto(answer.traits);
  message.set_coherence_accepted(answer.coherence_accepted);
  message.mutable_query_criteria()->Assign(answer.query_criteria.begin(),
                                           answer.query_criteria.end());
  return message;
}

v1::Evidence ToProto(const matching::Evidence& evidence) {
  v1::Evidence message;
  message.set_type(evidence.type);
  *message.mutable_check_date() = ToProto(evidence.checked_on);
  message.set_high_assurance(evidence.high_assurance);
  message.set_parent_type(evidence.parent_type);
  return message;
}

v1::Identity::TrustStatus ToProto(matching::TrustStatus status) {
  return static_cast<v1::Identity::TrustStatus>(status);
}

v1::EvidenceDevice ToProto(const matching::EvidenceDevice& device) {
  v1::EvidenceDevice message;
  message.set_type(device.type);
  message.mutable_label()->set_french(device.french);
  message.mutable_label()->set_english(device.english);
  message.set_high_assurance(device.high_assurance);
  message.set_minors_only(device.minors_only);
  message.set_with_parent_document(device.with_parent_document);
  return message;
}

v1::TraitDifference ToProto(const matching::TraitDifference& difference) {
  v1::TraitDifference message;
  message.set_trait(difference.trait);
  message.set_ours(difference.ours);
  message.set_theirs(difference.theirs);
  message.set_agreement(static_cast<v1::TraitDifference::Agreement>(difference.agreement));
  message.mutable_reasons()->Assign(difference.reasons.begin(), difference.reasons.end());
  *message.mutable_sentence() = ToProto(difference.sentence);
  return message;
}
static_assert(static_cast<int>(matching::TraitAgreement::kNotCompared) ==
              v1::TraitDifference::AGREEMENT_NOT_COMPARED);

v1::Identity ToProto(const matching::Identity& identity) {
  v1::Identity message;
  message.set_id(std::to_string(identity.id));
  message.set_etag(std::to_string(identity.version));
  message.set_domain(identity.domain);
  message.set_local_id(identity.local_id);
  *message.mutable_traits() = ToProto(identity.traits);
  *message.mutable_rniv_names() = ToProto(identity.rniv);
  message.set_normalizer_version(identity.normalizer_version);
  if (identity.ins) *message.mutable_ins() = ToProto(*identity.ins);
  for (const matching::Ins& past : identity.ins_history) *message.add_past_ins() = ToProto(past);
  if (identity.last_insi_answer) {
    *message.mutable_last_insi_answer() = ToProto(*identity.last_insi_answer);
  }
  if (identity.evidence) *message.mutable_evidence() = ToProto(*identity.evidence);
  *message.mutable_trust_facts() = ToProto(identity.trust);
  message.set_trust_status(ToProto(matching::StatusOf(identity.trust)));
  for (const matching::StatusPeriod& period : identity.status_periods) {
    v1::StatusPeriod* added = message.add_status_periods();
    SetTime(period.effective_at, added->mutable_effective_time());
    added->set_trust_status(ToProto(period.status));
    added->set_rule(period.rule);
  }
  SetTime(identity.created_at, message.mutable_create_time());
  SetTime(identity.updated_at, message.mutable_update_time());
  if (identity.ins_confirmed_at) {
    SetTime(*identity.ins_confirmed_at, message.mutable_ins_confirm_time());
  }
  if (identity.merged_into != 0) message.set_merged_into_id(std::to_string(identity.merged_into));
  return message;
}

v1::Change ToProto(const matching::Change& change) {
  v1::Change message;
  message.set_identity_id(std::to_string(change.identity_id));
  message.set_version(change.version);
  message.set_commit_number(change.commit_number);
  SetTime(change.changed_at, message.mutable_change_time());
  message.set_actor(change.actor);
  message.set_operation(change.operation);
  message.set_reason(change.reason);
  message.mutable_changed_fields()->Assign(change.changed_fields.begin(),
                                           change.changed_fields.end());
  message.set_status_before(ToProto(change.status_before));
  message.set_status_after(ToProto(change.status_after));
  message.set_rule(change.rule);
  if (change.before) *message.mutable_before() = ToProto(*change.before);
  if (change.evidence) *message.mutable_evidence() = ToProto(*change.evidence);
  if (change.insi_fault) {
    SetTime(change.insi_fault->queried_at, message.mutable_insi_fault()->mutable_query_time());
    message.mutable_insi_fault()->set_code(change.insi_fault->code);
  }
  return message;
}

v1::Visit ToProto(const matching::Visit& visit) {
  v1::Visit message;
  message.set_domain(visit.domain);
  message.set_visit_number(visit.visit_number);
  message.set_local_id(visit.local_id);
  if (visit.identity_id != 0) message.set_identity_id(std::to_string(visit.identity_id));
  message.set_legal_entity_finess(visit.legal_entity_finess);
  message.set_site_finess(visit.site_finess);
  message.set_activity(ToProto(visit.activity));
  message.set_kind(ToProto(visit.kind));
  SetTime(visit.admitted_at, message.mutable_admission_time());
  if (visit.discharged_at) SetTime(*visit.discharged_at, message.mutable_discharge_time());
  message.set_cancelled(visit.cancelled);
  message.set_entry_channel(visit.entry_channel);
  message.set_etag(std::to_string(visit.version));
  if (visit.status_at_admission)
    message.set_status_at_admission(ToProto(*visit.status_at_admission));
  if (visit.status_at_discharge)
    message.set_status_at_discharge(ToProto(*visit.status_at_discharge));
  return message;
}

v1::Score ToProto(const matching::Score& score) {
  v1::Score message;
  message.set_weight_bits(score.weight_bits);
  message.set_probability(score.probability);
  message.set_band(ToProto(score.band));
  for (int position = 0; position < 32; ++position) {
    if ((score.vetoes >> position) & 1u) message.add_veto_positions(position);
  }
  message.set_model_version(score.model_version);
  return message;
}

v1::Explanation ToProto(const matching::Explanation& explanation) {
  v1::Explanation message;
  *message.mutable_score() = ToProto(explanation.detail.score);
  message.set_rival(ToProto(explanation.detail.rival));
  message.set_prior_bits(explanation.detail.prior_bits);
  message.set_other_hypotheses_bits(explanation.detail.other_hypotheses_bits);
  *message.mutable_summary() = ToProto(explanation.summary);
  *message.mutable_prior() = ToProto(explanation.prior);
  *message.mutable_other_hypotheses() = ToProto(explanation.other_hypotheses);
  // Both lists are in the model's order; a shorter detail means "missing" for what it lacks.
  for (std::size_t i = 0; i < explanation.comparisons.size(); ++i) {
    const matching::ComparisonScore score = i < explanation.detail.comparisons.size()
                                                ? explanation.detail.comparisons[i]
                                                : matching::ComparisonScore{};
    *message.add_comparisons() = ToProto(explanation.comparisons[i], score);
  }
  for (const matching::Sentence& veto : explanation.vetoes) *message.add_vetoes() = ToProto(veto);
  return message;
}

static v1::IndicatorWindow ToProto(const matching::IndicatorWindow& window) {
  v1::IndicatorWindow message;
  message.set_kind(static_cast<v1::IndicatorWindow::Kind>(window.kind));
  message.set_rolling_days(window.rolling_days);
  if (window.kind == matching::WindowKind::kFixed) {
    *message.mutable_start_date() = ToProto(window.from);
    *message.mutable_end_date() = ToProto(window.to);
  }
  return message;
}

static v1::ExclusionRule ToProto(const matching::ExclusionRule& rule) {
  v1::ExclusionRule message;
  message.set_reason(rule.reason);
  if (rule.age_days_min) message.set_age_days_min(*rule.age_days_min);
  if (rule.age_days_max) message.set_age_days_max(*rule.age_days_max);
  if (rule.born_abroad) message.set_born_abroad(*rule.born_abroad);
  for (const matching::LastInsiAnswer answer : rule.last_insi) {
    message.add_last_insi_answers(
        static_cast<v1::ExclusionRule::LastInsiAnswer>(static_cast<int>(answer) + 1));
  }
  for (const matching::TrustStatus status : rule.statuses) message.add_statuses(ToProto(status));
  for (const matching::Activity activity : rule.activities) {
    message.add_activities(ToProto(activity));
  }
  for (const matching::VisitKind kind : rule.kinds) message.add_kinds(ToProto(kind));
  message.mutable_entry_channels()->Assign(rule.entry_channels.begin(), rule.entry_channels.end());
  return message;
}

v1::IndicatorDefinition ToProto(const matching::IndicatorDefinition& definition) {
  v1::IndicatorDefinition message;
  message.set_name(definition.name);
  message.set_version(definition.version);
  message.mutable_title()->set_french(definition.title_french);
  message.mutable_title()->set_english(definition.title_english);
  message.set_description(definition.description);
  message.set_source(definition.source);
  message.set_population(static_cast<v1::IndicatorDefinition::Population>(
      static_cast<int>(definition.population) + 1));
  for (const matching::TrustStatus status : definition.numerator_statuses) {
    message.add_numerator_statuses(ToProto(status));
  }
  message.set_status_instant(static_cast<v1::IndicatorDefinition::StatusInstant>(
      static_cast<int>(definition.status_as_of) + 1));
  for (const matching::Activity activity : definition.activities) {
    message.add_activities(ToProto(activity));
  }
  for (const matching::VisitKind kind : definition.kinds) message.add_kinds(ToProto(kind));
  message.set_exclude_cancelled(definition.exclude_cancelled);
  message.set_exclude_unattached(definition.exclude_unattached);
  message.set_exclude_fictitious(definition.exclude_fictitious);
  message.set_exclude_doubtful(definition.exclude_doubtful);
  if (definition.target) message.set_target(*definition.target);
  message.set_target_source(definition.target_source);
  message.set_hash(definition.hash);
  if (definition.window.kind != matching::WindowKind::kNone) {
    *message.mutable_window() = ToProto(definition.window);
  }
  message.mutable_legal_entities_finess()->Assign(definition.legal_entities.begin(),
                                                  definition.legal_entities.end());
  message.mutable_sites_finess()->Assign(definition.sites.begin(), definition.sites.end());
  message.set_group_name(definition.group_name);
  for (const matching::ExclusionRule& rule : definition.exclusion_rules) {
    *message.add_exclusion_rules() = ToProto(rule);
  }
  message.set_toml_text(matching::WriteIndicatorDefinition(definition));
  return message;
}

v1::RateRow ToProto(const matching::IndicatorRow& row) {
  v1::RateRow message;
  message.mutable_group()->insert(row.group.begin(), row.group.end());
  message.set_numerator(row.numerator);
  message.set_denominator(row.denominator);
  if (const std::optional<double> rate = row.rate()) message.set_rate(*rate);
  message.mutable_exclusions()->insert(row.exclusions.begin(), row.exclusions.end());
  message.set_provisional_count(row.statuses[0]);
  message.set_recovered_count(row.statuses[1]);
  message.set_validated_count(row.statuses[2]);
  message.set_qualified_count(row.statuses[3]);
  message.set_unattached_count(row.unattached_count);
  message.set_homonym_count(row.homonym_count);
  message.set_doubtful_count(row.doubtful_count);
  message.set_fictitious_count(row.fictitious_count);
  return message;
}

v1::SearchIdentitiesResponse ToProto(const SearchResult& result) {
  v1::SearchIdentitiesResponse response;
  for (const matching::Identity& identity : result.identities) {
    *response.add_identities() = ToProto(identity);
  }
  response.set_next_page_token(result.next_page_token);
  return response;
}

v1::MatchIdentityResponse ToProto(const MatchResult& result) {
  v1::MatchIdentityResponse response;
  for (const ScoredCandidate& candidate : result.candidates) {
    v1::MatchIdentityResponse::Candidate* added = response.add_candidates();
    *added->mutable_identity() = ToProto(candidate.identity);
    *added->mutable_score() = ToProto(candidate.score);
    if (candidate.explanation) *added->mutable_explanation() = ToProto(*candidate.explanation);
  }
  response.set_model_version(result.model_version);
  response.set_truncated(result.truncated);
  response.set_full_key_count(result.full_key_count);
  return response;
}

v1::RegisterIdentityResponse ToProto(const RegisterResult& result) {
  v1::RegisterIdentityResponse response;
  *response.mutable_identity() = ToProto(result.identity);
  for (const PossibleDuplicate& duplicate : result.possible_duplicates) {
    *response.add_possible_duplicates() = ToProto(duplicate);
  }
  SetNumbers(result.opened_case_ids, response.mutable_opened_case_ids());
  response.mutable_warnings()->Assign(result.warnings.begin(), result.warnings.end());
  response.set_commit_number(result.commit_number);
  response.set_already_registered(result.already_registered);
  return response;
}

v1::ImportIdentitiesResponse::Imported ToImported(const RegisterResult& result) {
  v1::ImportIdentitiesResponse::Imported imported;
  imported.set_identity_id(std::to_string(result.identity.id));
  imported.set_etag(std::to_string(result.identity.version));
  imported.set_trust_status(ToProto(matching::StatusOf(result.identity.trust)));
  imported.set_already_registered(result.already_registered);
  imported.set_possible_duplicate_count(static_cast<int>(result.possible_duplicates.size()));
  SetNumbers(result.opened_case_ids, imported.mutable_opened_case_ids());
  imported.mutable_warnings()->Assign(result.warnings.begin(), result.warnings.end());
  return imported;
}

v1::ExplainPairResponse ToProto(const ExplainResult& result) {
  v1::ExplainPairResponse response;
  *response.mutable_left() = ToProto(result.left);
  *response.mutable_right() = ToProto(result.right);
  *response.mutable_explanation() = ToProto(result.explanation);
  response.mutable_shared_keys()->Assign(result.shared_keys.begin(), result.shared_keys.end());
  response.mutable_full_keys()->Assign(result.full_keys.begin(), result.full_keys.end());
  response.set_bits_short(result.bits_short);
  SetNumbers(result.case_ids, response.mutable_case_ids());
  return response;
}

v1::CompareInsiAnswerResponse ToProto(const InsiComparison& comparison) {
  v1::CompareInsiAnswerResponse response;
  response.set_etag(std::to_string(comparison.version));
  for (const matching::TraitDifference& difference : comparison.differences) {
    *response.add_differences() = ToProto(difference);
  }
  response.set_coherent(comparison.coherent);
  response.set_trust_status_if_accepted(ToProto(comparison.status_if_accepted));
  response.mutable_warnings_if_accepted()->Assign(comparison.warnings_if_accepted.begin(),
                                                  comparison.warnings_if_accepted.end());
  SetNumbers(comparison.conflicting_ids, response.mutable_conflicting_identity_ids());
  return response;
}

v1::GetTrustStatusAtResponse ToProto(const StatusAtResult& result) {
  v1::GetTrustStatusAtResponse response;
  response.set_trust_status(ToProto(result.status));
  if (result.period) {
    SetTime(result.period->effective_at, response.mutable_effective_time());
    response.set_rule(result.period->rule);
  }
  if (result.ends_at) SetTime(*result.ends_at, response.mutable_end_time());
  if (result.cause) *response.mutable_cause() = ToProto(*result.cause);
  return response;
}

v1::ListReverificationDueResponse ToProto(const ReverificationPage& page) {
  v1::ListReverificationDueResponse response;
  for (const ReverificationPage::Due& due : page.due) {
    v1::ListReverificationDueResponse::Due* added = response.add_due();
    added->set_identity_id(std::to_string(due.identity_id));
    added->set_domain(due.domain);
    added->set_local_id(due.local_id);
    added->set_etag(std::to_string(due.version));
    added->set_trust_status(ToProto(due.status));
    SetTime(due.confirmed_at, added->mutable_ins_confirm_time());
    *added->mutable_due_date() = ToProto(due.due_on);
  }
  *response.mutable_confirmed_before_date() = ToProto(page.confirmed_before);
  response.set_reverification_years(page.reverification_years);
  return response;
}

v1::RecordVisitResponse ToProto(const VisitResult& result) {
  v1::RecordVisitResponse response;
  *response.mutable_visit() = ToProto(result.visit);
  response.mutable_warnings()->Assign(result.warnings.begin(), result.warnings.end());
  response.set_commit_number(result.commit_number);
  response.set_already_recorded(result.already_recorded);
  return response;
}

v1::CancelVisitResponse ToCancelled(const VisitResult& result) {
  v1::CancelVisitResponse response;
  *response.mutable_visit() = ToProto(result.visit);
  response.mutable_warnings()->Assign(result.warnings.begin(), result.warnings.end());
  response.set_commit_number(result.commit_number);
  response.set_already_cancelled(result.already_recorded);
  return response;
}

v1::ImportVisitsResponse::Imported ToImported(const VisitResult& result) {
  v1::ImportVisitsResponse::Imported imported;
  if (result.visit.identity_id != 0) {
    imported.set_identity_id(std::to_string(result.visit.identity_id));
  }
  imported.set_etag(std::to_string(result.visit.version));
  imported.set_already_recorded(result.already_recorded);
  imported.mutable_warnings()->Assign(result.warnings.begin(), result.warnings.end());
  return imported;
}

v1::ComputeRateResponse ToProto(const RateResult& result) {
  v1::ComputeRateResponse response;
  *response.mutable_definition() = ToProto(result.definition);
  response.set_time_zone(result.time_zone);
  response.set_as_of_commit_number(result.as_of_commit_number);
  SetTime(result.as_of, response.mutable_as_of_time());
  for (const matching::IndicatorRow& row : result.rows) *response.add_rows() = ToProto(row);
  *response.mutable_total() = ToProto(result.total);
  *response.mutable_start_date() = ToProto(result.days.from);
  *response.mutable_end_date() = ToProto(result.days.to);
  if (result.cut_off) SetTime(*result.cut_off, response.mutable_cut_off_time());
  response.set_source(
      static_cast<v1::ComputeRateResponse::RateSource>(static_cast<int>(result.source) + 1));
  return response;
}

v1::GetStatusResponse ToProto(const StatusResult& result) {
  v1::GetStatusResponse response;
  v1::Counts* counts = response.mutable_counts();
  counts->set_identity_count(result.counts.identity_count);
  counts->set_visit_count(result.counts.visit_count);
  counts->set_unattached_visit_count(result.counts.unattached_visit_count);
  counts->set_open_case_count(result.counts.open_case_count);
  counts->set_provisional_count(result.counts.provisional_count);
  counts->set_recovered_count(result.counts.recovered_count);
  counts->set_validated_count(result.counts.validated_count);
  counts->set_qualified_count(result.counts.qualified_count);
  counts->set_merged_count(result.counts.merged_count);
  v1::StoreHealth* health = response.mutable_store_health();
  health->set_writable(result.health.writable);
  health->set_reason(result.health.reason);
  health->set_free_bytes(static_cast<std::int64_t>(result.health.free_bytes));
  health->set_commit_count(static_cast<std::int64_t>(result.health.commit_count));
  health->set_commit_group_count(static_cast<std::int64_t>(result.health.commit_group_count));
  response.set_commit_number(result.commit_number);
  response.set_base_id(result.base_id);
  response.set_model_version(result.model_version);
  response.set_normalizer_version(result.normalizer_version);
  SetTime(result.started_at, response.mutable_start_time());
  response.set_figures_loaded(result.figures_loaded);
  return response;
}

v1::VerifyFiguresResponse ToProto(const VerifyFiguresResult& result) {
  v1::VerifyFiguresResponse response;
  response.set_commit_number(result.commit_number);
  response.set_definition_count(result.definition_count);
  response.set_row_count(result.row_count);
  response.set_difference_count(result.difference_count);
  for (const FigureMismatch& difference : result.differences) {
    v1::FigureMismatch* message = response.add_differences();
    message->set_definition(difference.definition);
    message->mutable_group()->insert(difference.group.begin(), difference.group.end());
    message->set_column(difference.column);
    message->set_kept(difference.kept);
    message->set_recomputed(difference.recomputed);
  }
  return response;
}

}  // namespace vigie::daemon
