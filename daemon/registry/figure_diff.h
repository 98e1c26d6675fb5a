// What a snapshot of figures is, as a hash, and what changed between two of them, in numbers and in
// words. Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/registry/registry.h"
#include "storage/store.h"

namespace vigie::daemon {

// SHA-256, 32 bytes, over the day, the definition (name, version, hash), the time zone, the window,
// the cut-off and every figure; not over the revision, the commit, the time or the actor of the
// closing: the same facts have the same hash, whenever the day is closed.
std::string ContentHash(const storage::FigureSnapshot& snapshot);

// Groups that differ, by group, ascending; a group that only one of them has is there as well.
std::vector<FigureDifference> DifferencesOf(const std::vector<storage::FigureRow>& before,
                                            const std::vector<storage::FigureRow>& after);
// Every figure that differs, e.g. "denominator 10 → 12 (+2)". Says so when none does. `before` or
// `after` may be null: the group was not there.
matching::Sentence SentenceOf(const storage::FigureRow* before, const storage::FigureRow* after);
// What a cause is, e.g. {"record_visit", 3}: "3 visits recorded or corrected".
matching::Sentence CauseSentence(std::string_view cause, std::int64_t count);

}  // namespace vigie::daemon
