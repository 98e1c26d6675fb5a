// The messages of the export streams, one after the other. Thread-safe as daemon/registry/export.h.
#pragma once

#include "absl/status/statusor.h"
#include "daemon/registry/export.h"
#include "vigie/v1/export.pb.h"

namespace vigie::daemon {

// Fills the next message; false when there is none. The first one of a stream has the head.
absl::StatusOr<bool> NextMessage(Export& source, bool first, v1::ExportIdentitiesResponse* message);
absl::StatusOr<bool> NextMessage(Export& source, bool first, v1::ExportVisitsResponse* message);
absl::StatusOr<bool> NextMessage(Export& source, bool first, v1::ExportCasesResponse* message);
absl::StatusOr<bool> NextMessage(Export& source, bool first, v1::ExportAuditResponse* message);

}  // namespace vigie::daemon
