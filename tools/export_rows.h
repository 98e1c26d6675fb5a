// Records of the base as rows of CSV: the columns an import reads, then those that only the base
// can say. So an exported file can be imported as it is.
// Pure functions; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "vigie/v1/export.pb.h"
#include "vigie/v1/review.pb.h"
#include "vigie/v1/types.pb.h"

namespace vigie::tools {

// First the columns of `vigie import identities`, in their order: `insi_date` is the day of the
// last answer where a matricule is in force. Then kIdentityExportColumns (import_rows.h).
std::vector<std::string> IdentityExportColumns();
// First the columns of `vigie import visits`, then kVisitExportColumns (import_rows.h).
std::vector<std::string> VisitExportColumns();
std::vector<std::string> CaseExportColumns();
std::vector<std::string> AuditExportColumns();

// Instants are ISO 8601 with the offset of `zone`, to the microsecond where there is a fraction;
// lists are joined by '|'; what is not known is empty.
std::vector<std::string> ExportRow(const v1::Identity& identity, const absl::TimeZone& zone);
std::vector<std::string> ExportRow(const v1::Visit& visit, const absl::TimeZone& zone);
std::vector<std::string> ExportRow(const v1::Case& review_case, const absl::TimeZone& zone);
std::vector<std::string> ExportRow(const v1::AuditEntry& entry, const absl::TimeZone& zone);

// E.g. 2026-03-09T10:00:00+01:00. In UTC where the zone's offset is not whole minutes (before
// 1912).
std::string FormatInstant(const google::protobuf::Timestamp& time, const absl::TimeZone& zone);

}  // namespace vigie::tools
