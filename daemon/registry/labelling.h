// What is asked of labels and of figures on the desk's quality, and what is answered. The work:
// labels.h, review_quality.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/registry/context.h"
#include "matching/agreement.h"
#include "matching/identity.h"
#include "matching/label.h"

namespace vigie::daemon {

// A pair to label: both as they were when it was drawn, and nothing of its score.
struct LabelQuestion {
  matching::Identity left, right;  // only id, domain, local id and traits are for showing
};

struct NextLabelResult {
  std::optional<LabelQuestion> question;  // absent: nothing waits for this person
  std::int32_t waiting_count = 0;         // of pairs this person has not labelled, up to the most
};
inline constexpr std::int32_t kWaitingLabelsCountedMax = 1000;

struct LabelRequest {
  MutationContext context;
  std::vector<matching::IdentityId> identity_ids;  // two, in any order
  matching::LabelVerdict verdict = matching::LabelVerdict::kCannotSay;
  std::string note;  // up to kNoteLengthMax bytes
};

struct LabelResult {
  matching::IdentityId left_id = 0, right_id = 0;
  matching::Label label;
  std::int64_t commit_number = 0;
};

struct LabelledPairsRequest {
  bool differing_only = false;
  std::int32_t page_size = 0;  // 0: 50; more than 200 is reduced to 200
  std::string page_token;
};

struct LabelledPairsPage {
  std::vector<matching::LabelPair> pairs;  // complete ones, by their numbers
  std::string next_page_token;
};

struct ReviewQualityRequest {
  matching::Date from, to;  // days in the establishment's zone, both included; absent: no bound
  std::function<bool()> given_up;
};

// Estimates are absent where there is nothing to compute them from.
struct DetectorQuality {
  std::string detector;
  std::int64_t opened_count = 0;
  std::int64_t decided_count = 0, confirmed_count = 0, refuted_count = 0;
  std::optional<matching::Estimate> decided_precision;
  std::int64_t drawn_queue_count = 0, drawn_below_count = 0;
  std::int64_t agreed_queue_count = 0, agreed_below_count = 0;
  std::optional<matching::Estimate> labelled_precision, sensitivity;
};

struct LabelAgreement {
  std::int64_t pair_count = 0, agreed_count = 0;
  std::optional<matching::Estimate> agreed_share, kappa;
};

struct ReviewQualityResult {
  std::string time_zone;
  matching::Date from, to;
  std::int64_t as_of_commit_number = 0;
  matching::Instant as_of{};
  std::vector<DetectorQuality> detectors;
  LabelAgreement agreement;
  matching::ReliabilityTable decided_calibration, labelled_calibration;
  double blind_share = 0, sample_below_share = 0;
};

}  // namespace vigie::daemon
