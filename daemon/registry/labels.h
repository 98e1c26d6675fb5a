// Blind labels: which pairs are drawn, who is shown which, and what they say.
//
// A pair is drawn by a hash of its two numbers and the base's id, so that it depends neither on the
// score nor on when somebody looks. Cases are gone through once by number, identities once by
// number; how far is kept. A pair of the queue is drawn with the probability `blind_share`. Below
// the threshold an identity is drawn with `sample_below_share`, and of its pairs with identities
// registered before it those of stratum 1, 2 and 3 with 1, 1/4 and 1/16. What a pair was drawn with
// is kept with it, so that a pair can be made to count for all those it stands for.
//
// What reaches the threshold and is no case of a duplicate or a link (its detector is off,
// homonyms) is in neither sample.
//
// A share of 0 draws nothing and goes through nothing: set later, it begins at the beginning.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/labelling.h"
#include "daemon/registry/matcher.h"
#include "matching/label.h"
#include "storage/store.h"

namespace vigie::daemon {

// Strata below the review threshold, by how many bits a pair lacks: the most of each, and the share
// of its pairs that is drawn of a drawn identity. What lacks more is not sampled.
inline constexpr std::array<double, matching::kLabelStrata> kStratumBitsMax = {0, 4, 8, 16};
inline constexpr std::array<double, matching::kLabelStrata> kStratumShare = {1, 1, 0.25, 0.0625};

class Labels {
 public:
  // Both outlive it. May be used from any thread.
  Labels(const Environment& environment, const Matcher& matcher)
      : environment_(environment), matcher_(matcher) {}

  absl::StatusOr<NextLabelResult> Next(const std::string& labeller) const;
  absl::StatusOr<LabelResult> Record(const LabelRequest& request) const;
  absl::StatusOr<LabelledPairsPage> ListLabelled(const LabelledPairsRequest& request) const;
  absl::StatusOr<std::int64_t> Draw() const;

 private:
  // What one step of drawing looked at and found.
  struct Drawn {
    std::int64_t looked_at_count = 0;
    storage::LabelProgress before, after;
    std::vector<matching::LabelPair> pairs;
  };
  // In [0, 1): the same for the same numbers in the same base, another one for another purpose.
  double DrawOf(const char* purpose, matching::IdentityId left, matching::IdentityId right) const;
  absl::Status DrawFromCases(const storage::View& view, Drawn& drawn) const;
  absl::Status DrawFromIdentities(const storage::View& view, Drawn& drawn) const;
  absl::Status DrawBelow(const storage::View& view, matching::IdentityId id, Drawn& drawn) const;
  absl::Status Write(const Drawn& drawn) const;

  const Environment& environment_;
  const Matcher& matcher_;
};

}  // namespace vigie::daemon
