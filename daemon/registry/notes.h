// Notes on cases. Thread-safe.
#pragma once

#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/review.h"

namespace vigie::daemon {

absl::StatusOr<CaseNoteResult> AddCaseNote(const Environment& environment,
                                           const CaseNoteRequest& request);
absl::StatusOr<CaseNotePage> ListCaseNotes(const Environment& environment,
                                           const CaseNoteListRequest& request);

}  // namespace vigie::daemon
