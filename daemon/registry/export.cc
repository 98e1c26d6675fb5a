#include "daemon/registry/export.h"

#include <utility>

#include "daemon/registry/errors.h"

namespace vigie::daemon {

Export::Export(std::unique_ptr<storage::View> view, Head head)
    : view_(std::move(view)), head_(std::move(head)) {}

absl::StatusOr<std::unique_ptr<Export>> Export::Open(const storage::Store& store,
                                                     matching::Instant now,
                                                     const std::string& time_zone) {
  std::unique_ptr<storage::View> view = store.Read();
  Head head;
  head.commit_number = view->CommitNumber();
  if (head.commit_number < 0) {
    return WithReason(absl::DataLossError("the commit number cannot be read"));
  }
  head.as_of = now;
  head.time_zone = time_zone;
  head.base_id = store.BaseId();
  const absl::StatusOr<storage::Counts> counts = view->GetCounts();
  if (!counts.ok()) return WithReason(counts.status());
  head.counts = *counts;
  const absl::StatusOr<std::int64_t> case_count = view->CountCases({});
  if (!case_count.ok()) return WithReason(case_count.status());
  head.case_count = *case_count;
  return std::unique_ptr<Export>(new Export(std::move(view), std::move(head)));
}

absl::StatusOr<std::vector<matching::Identity>> Export::NextIdentities(std::size_t count_max) {
  std::vector<matching::Identity> piece;
  const absl::Status status =
      view_->ScanIdentities(last_identity_, [&](const matching::Identity& identity) {
        piece.push_back(identity);
        return piece.size() < count_max;
      });
  if (!status.ok()) return WithReason(status);
  if (!piece.empty()) last_identity_ = piece.back().id;
  return piece;
}

absl::StatusOr<std::vector<matching::Visit>> Export::NextVisits(std::size_t count_max) {
  std::vector<matching::Visit> piece;
  const absl::Status status = view_->ScanAllVisits(last_visit_domain_, last_visit_number_,
                                                   [&](const matching::Visit& visit) {
                                                     piece.push_back(visit);
                                                     return piece.size() < count_max;
                                                   });
  if (!status.ok()) return WithReason(status);
  if (!piece.empty()) {
    last_visit_domain_ = piece.back().domain;
    last_visit_number_ = piece.back().visit_number;
  }
  return piece;
}

absl::StatusOr<std::vector<matching::Case>> Export::NextCases(std::size_t count_max) {
  if (cases_done_) return std::vector<matching::Case>();
  absl::StatusOr<storage::CasePage> page = view_->ListCases({}, count_max, case_page_token_);
  if (!page.ok()) return WithReason(page.status());
  case_page_token_ = page->next_page_token;
  cases_done_ = case_page_token_.empty();
  return std::move(page->cases);
}

absl::StatusOr<std::vector<storage::AuditEntry>> Export::NextAudit(std::size_t count_max) {
  absl::StatusOr<std::vector<storage::AuditEntry>> piece = view_->GetAudit(next_audit_, count_max);
  if (!piece.ok()) return WithReason(piece.status());
  if (!piece->empty()) next_audit_ = piece->back().commit_number + 1;
  return piece;
}

}  // namespace vigie::daemon
