#include "daemon/registry/snapshot_causes.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

namespace vigie::daemon {
namespace {

constexpr std::size_t kEntriesRead = 1000;
// Visits of one identity looked at: more than anybody has within a window of some months.
constexpr std::size_t kVisitsOfOneIdentity = 1000;

using storage::AuditEntry;
using storage::View;

bool InWindow(const matching::Visit& visit, const CauseQuery& query) {
  return visit.admitted_at >= query.window_begin && visit.admitted_at < query.window_end;
}

// "visit/DOMAIN/NUMBER": both may hold a slash, so each place is tried.
absl::StatusOr<std::optional<matching::Visit>> VisitOfTarget(const View& view,
                                                             std::string_view name) {
  for (std::size_t slash = name.find('/'); slash != std::string_view::npos;
       slash = name.find('/', slash + 1)) {
    auto visit =
        view.GetVisit(std::string(name.substr(0, slash)), std::string(name.substr(slash + 1)));
    if (!visit.ok() || visit->has_value()) return visit;
  }
  return std::optional<matching::Visit>();
}

absl::StatusOr<bool> IdentityCounts(const View& view, std::string_view number,
                                    const CauseQuery& query) {
  matching::IdentityId id = 0;
  const auto [rest, error] = std::from_chars(number.data(), number.data() + number.size(), id);
  if (error != std::errc() || rest != number.data() + number.size()) return false;
  if (query.identities) {
    const auto identity = view.GetIdentity(id);
    if (!identity.ok()) return identity.status();
    return identity->has_value() && (*identity)->created_at < query.window_end;
  }
  const auto visits = view.VisitsOf(id, kVisitsOfOneIdentity);
  if (!visits.ok()) return visits.status();
  return std::any_of(visits->begin(), visits->end(),
                     [&](const matching::Visit& visit) { return InWindow(visit, query); });
}

// The name of the cause that one commit is; empty: none of ours.
absl::StatusOr<std::string> CauseOf(const View& view, const AuditEntry& entry,
                                    const CauseQuery& query) {
  std::string outside;
  for (const std::string& target : entry.targets) {
    const std::string_view name = target;
    if (name.starts_with("identity/")) {
      const absl::StatusOr<bool> counts = IdentityCounts(view, name.substr(9), query);
      if (!counts.ok()) return counts.status();
      if (*counts) return entry.method;
    } else if (name.starts_with("visit/") && !query.identities) {
      const auto visit = VisitOfTarget(view, name.substr(6));
      if (!visit.ok()) return visit.status();
      if (!visit->has_value()) continue;
      if (InWindow(**visit, query)) return entry.method;
      if ((*visit)->version > 1 && entry.method == "record_visit") {
        outside = "corrected_visit_outside";
      }
    }
  }
  return outside;
}

}  // namespace

absl::StatusOr<std::map<std::string, std::int64_t>> FindCauses(const View& view,
                                                               const CauseQuery& query,
                                                               std::int64_t commits_max) {
  std::map<std::string, std::int64_t> causes;
  const std::int64_t last = std::min(query.last_commit, query.after_commit + commits_max);
  if (last < query.last_commit) causes["commits_not_examined"] = query.last_commit - last;
  for (std::int64_t next = query.after_commit + 1; next <= last;) {
    const auto entries = view.GetAudit(next, kEntriesRead);
    if (!entries.ok()) return entries.status();
    if (entries->empty()) break;
    for (const AuditEntry& entry : *entries) {
      if (entry.commit_number > last) return causes;
      const absl::StatusOr<std::string> cause = CauseOf(view, entry, query);
      if (!cause.ok()) return cause.status();
      if (!cause->empty()) ++causes[*cause];
    }
    next = entries->back().commit_number + 1;
  }
  return causes;
}

}  // namespace vigie::daemon
