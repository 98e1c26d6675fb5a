// Everything the base holds, piece by piece, from one frozen picture: all pieces are as of the same
// commit. Memory is that of one piece.
//
// One thread at a time. An export keeps what is replaced meanwhile on disk, so it is held for one
// stream, not longer; and it must be gone before the store is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "matching/identity.h"
#include "storage/store.h"

namespace vigie::daemon {

class Export {
 public:
  struct Head {
    std::int64_t commit_number = 0;
    matching::Instant as_of{};  // when the picture was taken
    std::string time_zone;
    std::string base_id;
    storage::Counts counts;
    std::int64_t case_count = 0;  // in any state
  };

  // DATA_LOSS when the counters cannot be read.
  static absl::StatusOr<std::unique_ptr<Export>> Open(const storage::Store& store,
                                                      matching::Instant now,
                                                      const std::string& time_zone);

  const Head& head() const { return head_; }

  // The next ones, at most `count_max`; none: the end. Identities come by number, visits by domain
  // and visit number, cases by urgency, audit entries by commit. DATA_LOSS when a record is
  // damaged.
  absl::StatusOr<std::vector<matching::Identity>> NextIdentities(std::size_t count_max);
  absl::StatusOr<std::vector<matching::Visit>> NextVisits(std::size_t count_max);
  absl::StatusOr<std::vector<matching::Case>> NextCases(std::size_t count_max);
  absl::StatusOr<std::vector<storage::AuditEntry>> NextAudit(std::size_t count_max);

 private:
  Export(std::unique_ptr<storage::View> view, Head head);

  const std::unique_ptr<storage::View> view_;
  const Head head_;
  matching::IdentityId last_identity_ = 0;
  std::string last_visit_domain_, last_visit_number_;
  std::string case_page_token_;
  bool cases_done_ = false;
  std::int64_t next_audit_ = 1;
};

}  // namespace vigie::daemon
