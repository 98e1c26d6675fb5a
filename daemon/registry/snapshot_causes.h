// What happened between two closings of a day to what is counted there: the reason of a revision,
// read from the audit chain.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "matching/identity.h"
#include "matching/indicator.h"
#include "storage/store.h"

namespace vigie::daemon {

struct CauseQuery {
  std::int64_t after_commit = 0;  // commits after this one
  std::int64_t last_commit = 0;   // up to this one
  matching::Instant window_begin{}, window_end{};
  bool identities = false;  // the population is identities, not visits
};

// Commits by method ("record_visit", "cancel_visit", "set_attributes", …) that touched a visit of
// the window, or an identity with one (of the population `identities`: any registered before the
// window's end). A visit corrected since that is outside of the window now, and may have been in
// it, is "corrected_visit_outside". Commits beyond `commits_max` are only counted, as
// "commits_not_examined". DATA_LOSS when the chain cannot be read.
absl::StatusOr<std::map<std::string, std::int64_t>> FindCauses(const storage::View& view,
                                                               const CauseQuery& query,
                                                               std::int64_t commits_max);

}  // namespace vigie::daemon
