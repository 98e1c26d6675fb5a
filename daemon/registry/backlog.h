// The backlog: what can be qualified next, ranked by what it brings to a rate.
//
// For every identity of the rate's population that is neither qualified nor fictitious, the facts
// it still needs are applied to a copy by the same rules that a mutation uses (facts.h): the doubt
// unmarked and INSi accepted now, the document checked today. The rate's own counting
// (matching/indicator.h) then says what the identity counts as before and after. So what is
// announced is what happens, to the unit, as long as the facts are recorded the same day and INSi
// returns the traits as they are; settled cases and rates of windows that are over follow from the
// definition. Nothing is written.
//
// Thread-safe. A ranking takes about 300 bytes an identity of the population while it is drawn up,
// one at a time, and 100 a row while its pages may be asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/registry.h"

namespace vigie::daemon {

// A visit that goes on is looked for this far back, beside the window.
inline constexpr std::int64_t kOngoingVisitDaysMax = 366;
// Pages of a ranking may be asked for this long.
inline constexpr std::chrono::minutes kBacklogKept{10};
// Rankings kept at a time, the latest.
inline constexpr std::size_t kBacklogsKeptMax = 4;

struct BacklogRanking;  // backlog.cc

class Backlog {
 public:
  explicit Backlog(const Environment& environment);
  ~Backlog();
  Backlog(const Backlog&) = delete;
  Backlog& operator=(const Backlog&) = delete;

  absl::StatusOr<BacklogPage> List(const BacklogRequest& request) const;
  absl::StatusOr<BacklogSummary> Summarize(const BacklogScope& scope,
                                           const std::function<bool()>& given_up) const;

 private:
  using Ranking = std::shared_ptr<const BacklogRanking>;

  absl::StatusOr<Ranking> Rank(const BacklogScope& scope,
                               const std::function<bool()>& given_up) const;
  // nullptr: not kept.
  Ranking Kept(const std::string& key, std::int64_t commit_number,
               std::chrono::microseconds age_max) const;
  void Keep(Ranking ranking) const;
  absl::StatusOr<BacklogRow> Describe(const storage::View& view, const BacklogRanking& ranking,
                                      std::size_t index) const;

  const Environment& environment_;
  mutable std::timed_mutex turn_;  // held while a ranking is drawn up
  mutable std::mutex mutex_;
  mutable std::vector<Ranking> kept_;  // guarded by mutex_; oldest first
};

}  // namespace vigie::daemon
