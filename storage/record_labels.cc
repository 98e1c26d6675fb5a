// Pairs to label on disk ↔ value types.
#include <chrono>

#include "storage/record.pb.h"
#include "storage/record_codec.h"

namespace vigie::storage {
namespace {

using matching::Instant;
using matching::LabelOrigin;
using matching::LabelVerdict;

constexpr std::uint32_t kVerdictLast = static_cast<std::uint32_t>(LabelVerdict::kCannotSay);
constexpr std::uint32_t kOriginLast = static_cast<std::uint32_t>(LabelOrigin::kBelow);

absl::Status Damaged() {
  return absl::DataLossError("stored value is damaged: not a pair to label");
}

Instant ToInstant(std::int64_t microseconds) {
  return Instant(std::chrono::microseconds(microseconds));
}

// False for a message this version cannot have written.
bool ToLabel(const StoredPairLabel& stored, matching::Label* out) {
  out->actor = stored.actor();
  out->note = stored.note();
  out->labelled_at = ToInstant(stored.labelled_at());
  out->verdict = static_cast<LabelVerdict>(stored.verdict());
  return stored.verdict() >= 1 && stored.verdict() <= kVerdictLast &&
         stored.GetReflection()->GetUnknownFields(stored).empty();
}

bool ToLabelPair(const StoredLabelPair& stored, matching::LabelPair* out) {
  if (!stored.GetReflection()->GetUnknownFields(stored).empty() || stored.origin() < 1 ||
      stored.origin() > kOriginLast || stored.stratum() >= matching::kLabelStrata ||
      static_cast<std::size_t>(stored.labels_size()) > matching::kLabelsPerPair) {
    return false;
  }
  out->left_id = stored.left_id();
  out->right_id = stored.right_id();
  out->left_version = stored.left_version();
  out->right_version = stored.right_version();
  out->origin = static_cast<LabelOrigin>(stored.origin());
  out->stratum = static_cast<std::uint8_t>(stored.stratum());
  out->across_domains = stored.across_domains();
  out->inclusion_probability = stored.inclusion_probability();
  out->weight_bits = stored.weight_bits();
  out->probability = stored.probability();
  out->model_version = stored.model_version();
  out->case_id = stored.case_id();
  out->drawn_at = ToInstant(stored.drawn_at());
  for (const StoredPairLabel& label : stored.labels()) {
    if (!ToLabel(label, &out->labels.emplace_back())) return false;
  }
  return true;
}

}  // namespace

std::string EncodeLabelPair(const matching::LabelPair& pair) {
  StoredLabelPair stored;
  stored.set_left_id(pair.left_id);
  stored.set_right_id(pair.right_id);
  stored.set_left_version(pair.left_version);
  stored.set_right_version(pair.right_version);
  stored.set_origin(static_cast<std::uint32_t>(pair.origin));
  stored.set_stratum(pair.stratum);
  stored.set_across_domains(pair.across_domains);
  stored.set_inclusion_probability(pair.inclusion_probability);
  stored.set_weight_bits(pair.weight_bits);
  stored.set_probability(pair.probability);
  stored.set_model_version(pair.model_version);
  stored.set_case_id(pair.case_id);
  stored.set_drawn_at(pair.drawn_at.time_since_epoch().count());
  for (const matching::Label& label : pair.labels) {
    StoredPairLabel* out = stored.add_labels();
    out->set_actor(label.actor);
    out->set_verdict(static_cast<std::uint32_t>(label.verdict));
    out->set_note(label.note);
    out->set_labelled_at(label.labelled_at.time_since_epoch().count());
  }
  return SealValue(stored.SerializeAsString());
}

absl::StatusOr<matching::LabelPair> DecodeLabelPair(std::string_view value) {
  const absl::StatusOr<std::string_view> payload = OpenValue(value);
  if (!payload.ok()) return payload.status();
  StoredLabelPair stored;
  matching::LabelPair pair;
  if (!stored.ParseFromArray(payload->data(), static_cast<int>(payload->size())) ||
      !ToLabelPair(stored, &pair)) {
    return Damaged();
  }
  return pair;
}

}  // namespace vigie::storage
