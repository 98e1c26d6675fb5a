// The proof that kept figures are what the records say.
#pragma once

#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/figures.h"
#include "daemon/registry/registry.h"

namespace vigie::daemon {

// Every definition over all visits, by month, site and activity, both ways, at one commit. Holds
// the figures only while they are counted; the scan of the records goes on beside other work.
absl::StatusOr<VerifyFiguresResult> CompareFigures(const Environment& environment, Figures& figures,
                                                   const VerifyFiguresRequest& request);

}  // namespace vigie::daemon
