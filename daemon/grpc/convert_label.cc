// Labels and the quality of the detectors.
#include <string>

#include "daemon/grpc/convert.h"
#include "matching/date.h"

namespace vigie::daemon {
namespace {

static_assert(v1::Label::Verdict_MAX == static_cast<int>(matching::LabelVerdict::kCannotSay));
static_assert(v1::LabelledPair::Origin_MAX == static_cast<int>(matching::LabelOrigin::kBelow));

v1::NextLabelResponse::Side ToSide(const matching::Identity& identity) {
  v1::NextLabelResponse::Side side;
  side.set_identity_id(std::to_string(identity.id));
  side.set_domain(identity.domain);
  side.set_local_id(identity.local_id);
  *side.mutable_traits() = ToProto(identity.traits);
  return side;
}

v1::Estimate ToProto(const matching::Estimate& estimate) {
  v1::Estimate message;
  message.set_value(estimate.value);
  message.set_low(estimate.low);
  message.set_high(estimate.high);
  return message;
}

v1::Label ToProto(const matching::Label& label) {
  v1::Label message;
  message.set_actor(label.actor);
  message.set_verdict(static_cast<v1::Label::Verdict>(label.verdict));
  message.set_note(label.note);
  SetTime(label.labelled_at, message.mutable_label_time());
  return message;
}

v1::Calibration ToProto(const matching::ReliabilityTable& table) {
  v1::Calibration message;
  for (std::size_t i = 0; i < matching::kReliabilityBins; ++i) {
    const matching::ReliabilityBin& bin = table.bins().at(i);
    v1::ReliabilityBin* const out = message.add_bins();
    out->set_probability_from(static_cast<double>(i) / matching::kReliabilityBins);
    out->set_probability_to(static_cast<double>(i + 1) / matching::kReliabilityBins);
    out->set_pair_count(bin.share.pairs);
    out->set_same_count(bin.share.right_pairs);
    if (const auto mean = table.MeanProbability(i)) out->set_mean_probability(*mean);
    if (const auto share = table.ShareRight(i)) *out->mutable_same_share() = ToProto(*share);
  }
  if (const auto error = table.Error()) message.set_error(*error);
  return message;
}

v1::DetectorQuality ToProto(const DetectorQuality& quality) {
  v1::DetectorQuality message;
  message.set_detector(quality.detector);
  message.set_opened_count(quality.opened_count);
  message.set_decided_count(quality.decided_count);
  message.set_confirmed_count(quality.confirmed_count);
  message.set_refuted_count(quality.refuted_count);
  if (quality.decided_precision) {
    *message.mutable_decided_precision() = ToProto(*quality.decided_precision);
  }
  message.set_drawn_queue_count(quality.drawn_queue_count);
  message.set_drawn_below_count(quality.drawn_below_count);
  message.set_agreed_queue_count(quality.agreed_queue_count);
  message.set_agreed_below_count(quality.agreed_below_count);
  if (quality.labelled_precision) {
    *message.mutable_labelled_precision() = ToProto(*quality.labelled_precision);
  }
  if (quality.sensitivity) *message.mutable_sensitivity() = ToProto(*quality.sensitivity);
  return message;
}

}  // namespace

LabelRequest ToRequest(const v1::RecordLabelRequest& message, RequestProblems& problems) {
  LabelRequest request;
  request.context = {message.request_id(), message.actor(), ""};
  for (int i = 0; i < message.identity_ids_size(); ++i) {
    const std::string path = "identity_ids[" + std::to_string(i) + "]";
    request.identity_ids.push_back(ToNumber(message.identity_ids(i), path, problems));
  }
  if (message.verdict() == v1::Label::VERDICT_UNSPECIFIED) {
    problems.Add("verdict", "required");
  } else if (message.verdict() < 0 || message.verdict() > v1::Label::Verdict_MAX) {
    problems.Add("verdict", "unknown_enum_value");
  } else {
    request.verdict = static_cast<matching::LabelVerdict>(message.verdict());
  }
  request.note = message.note();
  return request;
}

v1::NextLabelResponse ToProto(const NextLabelResult& result) {
  v1::NextLabelResponse message;
  if (result.question) {
    *message.mutable_left() = ToSide(result.question->left);
    *message.mutable_right() = ToSide(result.question->right);
  }
  message.set_waiting_count(result.waiting_count);
  return message;
}

v1::RecordLabelResponse ToProto(const LabelResult& result) {
  v1::RecordLabelResponse message;
  *message.mutable_label() = ToProto(result.label);
  message.set_commit_number(result.commit_number);
  return message;
}

v1::LabelledPair ToProto(const matching::LabelPair& pair) {
  v1::LabelledPair message;
  message.add_identity_ids(std::to_string(pair.left_id));
  message.add_identity_ids(std::to_string(pair.right_id));
  message.set_origin(static_cast<v1::LabelledPair::Origin>(pair.origin));
  message.set_stratum(pair.stratum);
  message.set_detector(pair.across_domains ? kDetectorLink : kDetectorDuplicate);
  message.set_inclusion_probability(pair.inclusion_probability);
  message.set_weight_bits(pair.weight_bits);
  message.set_probability(pair.probability);
  message.set_model_version(pair.model_version);
  if (pair.case_id != 0) message.set_case_id(std::to_string(pair.case_id));
  SetTime(pair.drawn_at, message.mutable_draw_time());
  for (const matching::Label& label : pair.labels) *message.add_labels() = ToProto(label);
  return message;
}

v1::GetReviewQualityResponse ToProto(const ReviewQualityResult& result) {
  v1::GetReviewQualityResponse message;
  message.set_time_zone(result.time_zone);
  if (!matching::IsAbsent(result.from)) *message.mutable_start_date() = ToProto(result.from);
  if (!matching::IsAbsent(result.to)) *message.mutable_end_date() = ToProto(result.to);
  message.set_as_of_commit_number(result.as_of_commit_number);
  SetTime(result.as_of, message.mutable_as_of_time());
  for (const DetectorQuality& detector : result.detectors) {
    *message.add_detectors() = ToProto(detector);
  }
  v1::LabelAgreement* const agreement = message.mutable_agreement();
  agreement->set_pair_count(result.agreement.pair_count);
  agreement->set_agreed_count(result.agreement.agreed_count);
  if (result.agreement.agreed_share) {
    *agreement->mutable_agreed_share() = ToProto(*result.agreement.agreed_share);
  }
  if (result.agreement.kappa) *agreement->mutable_kappa() = ToProto(*result.agreement.kappa);
  *message.mutable_decided_calibration() = ToProto(result.decided_calibration);
  *message.mutable_labelled_calibration() = ToProto(result.labelled_calibration);
  message.set_blind_share(result.blind_share);
  message.set_sample_below_share(result.sample_below_share);
  return message;
}

}  // namespace vigie::daemon
