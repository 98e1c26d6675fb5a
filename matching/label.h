// What people say of a pair shown to them blind: two people, without score, band or origin. A label
// changes nothing: it is no decision, it measures. Plain values, as in identity.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "matching/identity.h"

namespace vigie::matching {

enum class LabelVerdict : std::uint8_t { kSame = 1, kDifferent = 2, kCannotSay = 3 };

// What one person said of one pair.
struct Label {
  std::string actor;
  LabelVerdict verdict = LabelVerdict::kCannotSay;
  std::string note;  // free text
  Instant labelled_at{};
  bool operator==(const Label&) const = default;
};

inline constexpr std::size_t kLabelsPerPair = 2;

// kQueue: a case of the queue, above the review threshold. kBelow: a pair that shares a candidate
// key and stays below it, which nobody would see otherwise.
enum class LabelOrigin : std::uint8_t { kQueue = 1, kBelow = 2 };

// Strata of a sample: 0 is the queue, 1 to 3 lie below the threshold, by falling weight.
inline constexpr std::size_t kLabelStrata = 4;

// A pair drawn for labelling, with all that was known when it was drawn.
struct LabelPair {
  IdentityId left_id = 0, right_id = 0;  // left < right
  // Versions of the identities when the pair was drawn: people judge what the model judged.
  std::int64_t left_version = 0, right_version = 0;
  LabelOrigin origin = LabelOrigin::kQueue;
  std::uint8_t stratum = 0;          // 0..kLabelStrata - 1
  bool across_domains = false;       // the detector is "link", else "duplicate"
  double inclusion_probability = 0;  // of being drawn, 0 < p <= 1
  double weight_bits = 0;            // score when drawn
  double probability = 0;            // 0..1
  std::string model_version;
  std::uint64_t case_id = 0;  // of kQueue: the case it was drawn from
  Instant drawn_at{};
  std::vector<Label> labels;  // at most kLabelsPerPair, in the order given, of different people
  bool operator==(const LabelPair&) const = default;
};

inline bool IsComplete(const LabelPair& pair) { return pair.labels.size() == kLabelsPerPair; }

// Both people said the same, and it was "same" or "different".
inline bool IsAgreed(const LabelPair& pair) {
  return IsComplete(pair) && pair.labels[0].verdict == pair.labels[1].verdict &&
         pair.labels[0].verdict != LabelVerdict::kCannotSay;
}

}  // namespace vigie::matching
