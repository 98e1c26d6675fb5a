// The review queue in memory: what filters and order need of every case, about 330 bytes each, so
// that a page and a count under any filter cost a pass over columns and no read. Cases that have
// ended are kept too; they are listed less often and counted just the same.
//
// Knows nothing of the store: case_queue.h keeps it up to date. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "absl/container/btree_set.h"
#include "daemon/registry/review.h"
#include "matching/identity.h"
#include "matching/review.h"

namespace vigie::daemon {

// Where a case stands in the queue: by falling priority, then falling weight, then number. A weight
// that is no number counts as the lowest.
struct QueuePlace {
  int priority = 0;
  double weight_bits = 0;
  std::uint64_t case_id = 0;

  friend bool operator<(const QueuePlace& left, const QueuePlace& right) {
    if (left.priority != right.priority) return left.priority > right.priority;
    if (left.weight_bits != right.weight_bits) return left.weight_bits > right.weight_bits;
    return left.case_id < right.case_id;
  }
};

struct NewestVisit {
  std::string site_finess;
  matching::Instant admitted_at{};
};

class QueueTable {
 public:
  // A new case, or one that changed.
  void Put(const matching::Case& review_case);

  // The newest visit of an identity is not known (any more); an identity of no case is passed over.
  void ForgetVisit(matching::IdentityId id);
  // Identities whose newest visit is not known; they count as known from then on.
  std::vector<matching::IdentityId> TakeVisitsUnknown();
  void SetVisit(matching::IdentityId id, const std::optional<NewestVisit>& newest);

  // `now` decides which claims last.
  std::int64_t Count(const QueueFilter& filter, matching::Instant now) const;

  struct Page {
    std::vector<std::uint64_t> case_ids;
    std::vector<CaseGroup> groups;   // with `collapse_groups`: of each
    std::optional<QueuePlace> last;  // of the last case, when there are more behind it
  };
  // Those behind `after`; nullopt: from the first. `size` is at least 1.
  Page List(const QueueFilter& filter, bool collapse_groups, const std::optional<QueuePlace>& after,
            std::size_t size, matching::Instant now) const;

  // Empty when the case is not known, is no live duplicate or stands alone.
  CaseGroup GroupOf(std::uint64_t case_id) const;

  std::size_t size() const { return rows_.size(); }

 private:
  using RowNumber = std::uint32_t;
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();

  // Words that come again and again, by number; 0 is the empty one.
  class Words {
   public:
    std::uint32_t NumberOf(const std::string& word);
    std::optional<std::uint32_t> Find(const std::string& word) const;

   private:
    std::unordered_map<std::string, std::uint32_t> numbers_;
  };

  // One case. Instants are microseconds since 1970.
  struct Row {
    QueuePlace place;
    std::int64_t opened_at = 0;
    std::int64_t claim_expires_at = kNever;
    std::int64_t visited_at = kNever;
    matching::IdentityId first_id = 0, last_id = 0;
    std::uint32_t site = 0, assignee = 0, domain = 0, reasons = 0;
    matching::CaseKind kind{};
    matching::CaseState state{};
    matching::Band band{};
  };
  struct Person {
    std::vector<RowNumber> rows;
    std::int64_t visited_at = kNever;
    std::uint32_t site = 0;
  };
  struct Entry {
    QueuePlace place;
    RowNumber row = 0;
    friend bool operator<(const Entry& left, const Entry& right) {
      return left.place < right.place;
    }
  };
  using Order = absl::btree_set<Entry>;
  struct Sieve;   // a filter, in the table's own words
  class Ordered;  // the cases of one or all states, in order
  class Folding;  // which case of a group is listed

  static bool IsGrouped(const Row& row) {
    return row.kind == matching::CaseKind::kDuplicate && matching::IsLive(row.state);
  }
  Sieve Read(const QueueFilter& filter, matching::Instant now) const;
  std::uint32_t ReasonsNumber(const std::vector<std::string>& reasons);
  void RefreshVisit(Row& row) const;
  // The identities reached from a case over live duplicates, nearest first, and the cases passed;
  // at most so many identities (0: all).
  void Walk(RowNumber from, std::size_t identities_max,
            std::vector<matching::IdentityId>& identities, std::vector<RowNumber>& rows,
            bool& cut) const;
  CaseGroup GroupOfRow(RowNumber row) const;

  std::vector<Row> rows_;
  std::unordered_map<std::uint64_t, RowNumber> row_of_case_;
  std::unordered_map<matching::IdentityId, Person> persons_;
  std::unordered_set<matching::IdentityId> visits_unknown_;
  std::array<Order, static_cast<std::size_t>(matching::kCaseStateLast) + 1> orders_;
  Words assignees_, domains_, sites_;
  std::map<std::vector<std::string>, std::uint32_t> reason_sets_;
};

}  // namespace vigie::daemon
