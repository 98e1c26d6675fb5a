#include "storage/check_labels.h"

#include <string>
#include <utility>

#include "storage/keys.h"

namespace vigie::storage {

std::string LabelReference(const matching::LabelPair& pair) {
  return "label/" + std::to_string(pair.left_id) + "," + std::to_string(pair.right_id);
}

void CheckLabelPair(const View& view, std::string_view key, const matching::LabelPair& pair,
                    const std::function<void(CheckFinding)>& note) {
  const auto tell = [&](const char* code, const char* message) {
    note({code, std::string(TableName(Table::kLabel)), LabelReference(pair), message});
  };
  if (key != LabelKey(pair.left_id, pair.right_id) || pair.left_id >= pair.right_id) {
    tell("key_differs", "the record stands under another pair");
  }
  const std::pair<matching::IdentityId, std::int64_t> sides[] = {
      {pair.left_id, pair.left_version}, {pair.right_id, pair.right_version}};
  for (const auto& [id, version] : sides) {
    const auto identity = view.GetIdentity(id);
    if (!identity.ok()) continue;  // told already
    if (!identity->has_value()) {
      tell("reference_dangling", "a pair to label of no identity");
    } else if (version < 1 || version > (*identity)->version) {
      tell("version_unknown", "a pair to label names a version that is none");
    }
  }
  const bool queue = pair.origin == matching::LabelOrigin::kQueue;
  const auto review_case = view.GetCase(pair.case_id);
  if (queue && review_case.ok() && !review_case->has_value()) {
    tell("reference_dangling", "a pair of the queue names no case");
  }
  if (queue != (pair.stratum == 0) ||
      !(pair.inclusion_probability > 0 && pair.inclusion_probability <= 1)) {
    tell("sample_differs", "origin, stratum and probability of being drawn do not fit");
  }
  if (pair.labels.size() == 2 && pair.labels[0].actor == pair.labels[1].actor) {
    tell("labels_differ", "one person has labelled a pair twice");
  }
}

}  // namespace vigie::storage
