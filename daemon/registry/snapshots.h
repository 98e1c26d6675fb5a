// Closing a day: the figures of every definition are kept as that day's end found them.
//
// The cut-off is the first instant of the next day in the establishment's zone. Each definition
// counts its own window at that day (the calendar month when it has none), cut at the day itself,
// by month, site and activity. So a closing that runs late, or again, finds the same as one that
// ran in time, unless the facts of those days have changed meanwhile: then there is a new revision
// with the difference explained, and the revision before stays as it was.
//
// A definition with a fixed window that begins after the day has nothing to close and is passed
// over.
//
// Thread safety: everything may be called from any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/registry.h"

namespace vigie::daemon {

// Rows of all definitions of one day: the closing is one commit, and has to fit into one.
inline constexpr std::size_t kSnapshotRowCountMax = 30'000;
// How far back days that were never closed are looked for.
inline constexpr int kUnclosedDaysLookedAt = 366;
// Commits looked at for the causes of a revision.
inline constexpr std::int64_t kCommitsExaminedMax = 200'000;

class Snapshots {
 public:
  using Rate = std::function<absl::StatusOr<RateResult>(const RateRequest&)>;

  // `environment` outlives this; `rate` computes the figures.
  Snapshots(const Environment& environment, Rate rate);

  // See Registry.
  absl::StatusOr<CloseDayResult> CloseDay(const CloseDayRequest& request) const;
  absl::StatusOr<SnapshotPage> List(const ListSnapshotsRequest& request) const;
  absl::StatusOr<storage::FigureSnapshot> Get(const SnapshotName& name) const;
  absl::StatusOr<SnapshotDifference> Diff(const SnapshotName& before,
                                          const SnapshotName& after) const;

 private:
  absl::StatusOr<CloseDayResult> TryToClose(const CloseDayRequest& request,
                                            const matching::Date& day) const;
  absl::StatusOr<std::vector<storage::FigureSnapshot>> Figures(const CloseDayRequest& request,
                                                               const matching::Date& day) const;
  absl::StatusOr<std::optional<storage::FigureSnapshot>> FiguresOf(
      const matching::IndicatorDefinition& definition, const CloseDayRequest& request,
      const matching::Date& day) const;

  const Environment& environment_;
  const Rate rate_;
};

}  // namespace vigie::daemon
