#include "daemon/grpc/convert.h"

namespace vigie::daemon {
namespace {

void SetSentence(const matching::Sentence& sentence, v1::Sentence* message) {
  message->set_french(sentence.french);
  message->set_english(sentence.english);
}

void SetBasis(const BacklogBasis& basis, v1::BacklogBasis* message) {
  *message->mutable_definition() = ToProto(basis.definition);
  message->set_time_zone(basis.time_zone);
  *message->mutable_start_date() = ToProto(basis.days.from);
  *message->mutable_end_date() = ToProto(basis.days.to);
  message->set_as_of_commit_number(basis.as_of_commit_number);
  SetTime(basis.as_of, message->mutable_as_of_time());
  message->set_numerator(basis.numerator);
  message->set_denominator(basis.denominator);
}

void SetRow(const BacklogRow& row, v1::BacklogRow* message) {
  message->set_rank(row.rank);
  message->set_identity_id(std::to_string(row.identity.id));
  message->set_domain(row.identity.domain);
  message->set_local_id(row.identity.local_id);
  message->set_trust_status(ToProto(matching::StatusOf(row.identity.trust)));
  message->set_reason(std::string(NextStepReasonName(row.step.reason)));
  SetSentence(row.next_step, message->mutable_next_step());
  message->set_settle(row.step.settle);
  message->set_ask_insi(row.step.ask_insi);
  message->set_check_document(row.step.check_document);
  if (row.insi_query) {
    v1::InsiQuery* query = message->mutable_insi_query();
    query->mutable_criteria()->Assign(row.insi_query->criteria.begin(),
                                      row.insi_query->criteria.end());
    query->mutable_given_names()->Assign(row.insi_query->given_names.begin(),
                                         row.insi_query->given_names.end());
    query->set_with_place(row.insi_query->with_place);
  }
  for (const std::uint64_t id : row.case_ids) message->add_case_ids(std::to_string(id));
  message->set_numerator_change(row.numerator_change);
  message->set_denominator_change(row.denominator_change);
  message->set_gain_points(row.gain_points);
  message->set_cumulative_gain_points(row.cumulative_gain_points);
  SetSentence(row.effect_sentence, message->mutable_effect());
  if (row.next_visit) {
    v1::NextVisit* visit = message->mutable_next_visit();
    visit->set_domain(row.next_visit->domain);
    visit->set_visit_number(row.next_visit->visit_number);
    visit->set_site_finess(row.next_visit->site_finess);
    SetTime(row.next_visit->admitted_at, visit->mutable_admission_time());
  }
  message->set_site_finess(row.site_finess);
  message->set_entry_channel(row.entry_channel);
}

void SetTotal(const BacklogTotal& total, v1::BacklogTotal* message) {
  message->set_key(total.key);
  if (!total.meaning.french.empty()) SetSentence(total.meaning, message->mutable_meaning());
  message->set_identity_count(total.identity_count);
  message->set_gaining_count(total.gaining_count);
  message->set_numerator_change(total.numerator_change);
  message->set_denominator_change(total.denominator_change);
  message->set_gain_points(total.gain_points);
}

}  // namespace

BacklogScope ToBacklogScope(const v1::BacklogScope& message, RequestProblems& problems) {
  BacklogScope scope;
  scope.definition = message.definition();
  scope.from = ToDate(message.start_date(), "scope.start_date", problems);
  scope.to = ToDate(message.end_date(), "scope.end_date", problems);
  scope.reference_day = ToDate(message.reference_date(), "scope.reference_date", problems);
  scope.site_finess = message.site_finess();
  scope.legal_entity_finess = message.legal_entity_finess();
  return scope;
}

BacklogRequest ToRequest(const v1::ListBacklogRequest& message, RequestProblems& problems) {
  BacklogRequest request;
  request.scope = ToBacklogScope(message.scope(), problems);
  if (!message.reason().empty()) {
    request.reason = matching::ParseNextStepReason(message.reason());
    if (!request.reason) problems.Add("reason", "unknown_reason");
  }
  if (message.page_size() < 0) problems.Add("page_size", "out_of_range");
  return request;
}

QualityRequest ToRequest(const v1::ComputeQualityIndicatorsRequest& message,
                         RequestProblems& problems) {
  QualityRequest request;
  request.from = ToDate(message.start_date(), "start_date", problems);
  request.to = ToDate(message.end_date(), "end_date", problems);
  request.old_after_days = message.old_after_days();
  request.domain = message.domain();
  return request;
}

v1::ListBacklogResponse ToProto(const BacklogPage& page) {
  v1::ListBacklogResponse response;
  SetBasis(page.basis, response.mutable_basis());
  for (const BacklogRow& row : page.rows) SetRow(row, response.add_rows());
  response.set_total_size(static_cast<std::int32_t>(page.row_count));
  response.set_next_page_token(page.next_page_token);
  return response;
}

v1::SummarizeBacklogResponse ToProto(const BacklogSummary& summary) {
  v1::SummarizeBacklogResponse response;
  SetBasis(summary.basis, response.mutable_basis());
  SetTotal(summary.total, response.mutable_total());
  for (const BacklogTotal& total : summary.by_reason) SetTotal(total, response.add_by_reason());
  for (const BacklogTotal& total : summary.by_site) SetTotal(total, response.add_by_site());
  for (const BacklogTotal& total : summary.by_entry_channel) {
    SetTotal(total, response.add_by_entry_channel());
  }
  return response;
}

v1::ComputeQualityIndicatorsResponse ToProto(const QualityResult& result) {
  v1::ComputeQualityIndicatorsResponse response;
  for (const QualityIndicator& indicator : result.indicators) {
    v1::QualityIndicator* message = response.add_indicators();
    message->set_name(indicator.name);
    SetSentence(indicator.title, message->mutable_title());
    SetSentence(indicator.numerator_meaning, message->mutable_numerator_meaning());
    SetSentence(indicator.denominator_meaning, message->mutable_denominator_meaning());
    message->set_unit(indicator.in_days ? v1::QualityIndicator::UNIT_DAYS
                                        : v1::QualityIndicator::UNIT_SHARE);
    if (indicator.numerator) message->set_numerator(*indicator.numerator);
    message->set_denominator(indicator.denominator);
    if (indicator.value) message->set_value(*indicator.value);
  }
  response.set_time_zone(result.time_zone);
  response.set_as_of_commit_number(result.as_of_commit_number);
  SetTime(result.as_of, response.mutable_as_of_time());
  return response;
}

}  // namespace vigie::daemon
