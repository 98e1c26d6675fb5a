#include "daemon/registry/queue_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

namespace vigie::daemon {
namespace {

using matching::Case;
using matching::CaseKind;
using matching::CaseState;
using matching::IdentityId;
using matching::Instant;

Instant At(std::int64_t seconds) { return Instant(std::chrono::seconds(seconds)); }

const Instant kNow = At(1000);

// What the table is to answer, found slowly from the cases themselves.
class SlowQueue {
 public:
  std::map<std::uint64_t, Case> cases;
  std::map<IdentityId, NewestVisit> visits;

  static bool Before(const Case& left, const Case& right) {
    return std::make_tuple(-left.priority, -left.weight_bits, left.id) <
           std::make_tuple(-right.priority, -right.weight_bits, right.id);
  }
  std::optional<NewestVisit> VisitOf(const Case& c) const {
    std::optional<NewestVisit> newest;
    for (const IdentityId id : c.identity_ids) {
      const auto found = visits.find(id);
      if (found == visits.end()) continue;
      if (!newest || newest->admitted_at < found->second.admitted_at) newest = found->second;
    }
    return newest;
  }
  bool Passes(const QueueFilter& f, const Case& c) const {
    const auto visit = VisitOf(c);
    const auto& reasons = c.reasons;
    const auto& ids = c.identity_ids;
    return (!f.kind || c.kind == *f.kind) && (!f.state || c.state == *f.state) &&
           (!f.band || c.band == *f.band) && (f.domain.empty() || c.domain == f.domain) &&
           (f.assignee.empty() || (c.assignee == f.assignee && c.claim_expires_at > kNow)) &&
           (f.identity_id == 0 || std::count(ids.begin(), ids.end(), f.identity_id) > 0) &&
           (f.reason.empty() || std::count(reasons.begin(), reasons.end(), f.reason) > 0) &&
           (!f.opened_from || c.opened_at >= *f.opened_from) &&
           (!f.opened_before || c.opened_at < *f.opened_before) &&
           (!f.weight_bits_min || c.weight_bits >= *f.weight_bits_min) &&
           (!f.weight_bits_max || c.weight_bits <= *f.weight_bits_max) &&
           (f.site_finess.empty() || (visit && visit->site_finess == f.site_finess)) &&
           (!f.visited_from || (visit && visit->admitted_at >= *f.visited_from)) &&
           (!f.visited_before || (visit && visit->admitted_at < *f.visited_before));
  }
  std::vector<Case> List(const QueueFilter& filter) const {
    std::vector<Case> found;
    for (const auto& [id, c] : cases) {
      if (Passes(filter, c)) found.push_back(c);
    }
    std::sort(found.begin(), found.end(), Before);
    return found;
  }
  // The identities of the case's group: what is joined is joined again until nothing changes.
  std::set<IdentityId> GroupOf(const Case& c) const {
    std::set<IdentityId> group(c.identity_ids.begin(), c.identity_ids.end());
    std::size_t size = 0;
    while (size != group.size()) {
      size = group.size();
      for (const auto& [id, other] : cases) {
        if (other.kind != CaseKind::kDuplicate || !matching::IsLive(other.state)) continue;
        if (group.contains(other.identity_ids[0]) || group.contains(other.identity_ids[1])) {
          group.insert(other.identity_ids.begin(), other.identity_ids.end());
        }
      }
    }
    return group;
  }
  std::vector<Case> Collapse(const std::vector<Case>& listed) const {
    std::vector<Case> kept;
    std::set<IdentityId> seen;
    for (const Case& c : listed) {
      const bool grouped = c.kind == CaseKind::kDuplicate && matching::IsLive(c.state);
      if (grouped && seen.contains(c.identity_ids[0])) continue;
      if (grouped) seen.merge(GroupOf(c));
      kept.push_back(c);
    }
    return kept;
  }
};

Case RandomCase(std::uint64_t id, std::mt19937_64& random) {
  const auto below = [&](std::uint64_t n) { return random() % n; };
  Case c;
  c.id = id;
  c.kind = static_cast<CaseKind>(1 + below(4));
  c.state = static_cast<CaseState>(1 + below(6));
  c.band = static_cast<matching::Band>(below(4));
  c.domain = below(3) == 0 ? "EHPAD" : "CHU";
  const IdentityId first = 1 + below(60);
  c.identity_ids = {first};
  if (c.kind != CaseKind::kCollision) c.identity_ids.push_back(first + 1 + below(8));
  c.reasons = {below(2) == 0 ? "a" : "b"};
  if (below(4) == 0) c.reasons.emplace_back("c");
  c.weight_bits = static_cast<double>(below(40)) - 10;
  c.priority = static_cast<int>(below(20)) * 10;
  c.opened_at = At(static_cast<std::int64_t>(below(900)));
  if (below(3) == 0) {
    c.assignee = below(2) == 0 ? "zoe" : "leo";
    c.claim_expires_at = At(990 + static_cast<std::int64_t>(below(20)));
  }
  return c;
}

std::vector<QueueFilter> Filters() {
  std::vector<QueueFilter> filters(15);
  filters[1].kind = CaseKind::kDuplicate;
  filters[2].state = CaseState::kOpen;
  filters[3].band = matching::Band::kCertain;
  filters[4].domain = "EHPAD";
  filters[5].assignee = "zoe";
  filters[6].identity_id = 17;
  filters[7].reason = "c";
  filters[8].opened_from = At(300);
  filters[8].opened_before = At(600);
  filters[9].weight_bits_min = 0;
  filters[9].weight_bits_max = 7;
  filters[10].site_finess = "site 1";
  filters[11].visited_from = At(200);
  filters[12].visited_before = At(500);
  filters[13].domain = "nowhere";
  filters[14].state = CaseState::kOpen;
  filters[14].kind = CaseKind::kDuplicate;
  filters[14].opened_from = At(100);
  filters[14].site_finess = "site 0";
  return filters;
}

std::vector<std::uint64_t> Pages(const QueueTable& table, const QueueFilter& filter, bool collapse,
                                 std::size_t size) {
  std::vector<std::uint64_t> ids;
  std::optional<QueuePlace> after;
  do {
    const QueueTable::Page page = table.List(filter, collapse, after, size, kNow);
    EXPECT_LE(page.case_ids.size(), size);
    EXPECT_EQ(page.groups.size(), collapse ? page.case_ids.size() : 0);
    ids.insert(ids.end(), page.case_ids.begin(), page.case_ids.end());
    after = page.last;
  } while (after);
  return ids;
}

std::vector<std::uint64_t> Numbers(const std::vector<Case>& cases) {
  std::vector<std::uint64_t> ids;
  for (const Case& c : cases) ids.push_back(c.id);
  return ids;
}

TEST(QueueTable, AnswersAsASlowTwinDoesWhateverWasWritten) {
  std::mt19937_64 random(7);
  QueueTable table;
  SlowQueue slow;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 12; ++i) {
      const std::uint64_t id = 1 + random() % 250;
      Case c = RandomCase(id, random);
      // A case keeps its identities for life.
      if (slow.cases.contains(id)) {
        c.kind = slow.cases[id].kind;
        c.identity_ids = slow.cases[id].identity_ids;
      }
      slow.cases[id] = c;
      table.Put(c);
    }
    for (int i = 0; i < 5; ++i) {
      const IdentityId id = 1 + random() % 70;
      const NewestVisit visit = {"site " + std::to_string(random() % 3),
                                 At(static_cast<std::int64_t>(random() % 900))};
      slow.visits[id] = visit;
      table.ForgetVisit(id);
    }
    for (const IdentityId id : table.TakeVisitsUnknown()) {
      const auto visit = slow.visits.find(id);
      table.SetVisit(id, visit == slow.visits.end() ? std::nullopt : std::optional(visit->second));
    }
    const std::vector<QueueFilter> filters = Filters();
    for (std::size_t f = 0; f < filters.size(); ++f) {
      const std::vector<Case> expected = slow.List(filters[f]);
      EXPECT_EQ(table.Count(filters[f], kNow), static_cast<std::int64_t>(expected.size())) << f;
      EXPECT_EQ(Pages(table, filters[f], false, 7), Numbers(expected)) << f;
      EXPECT_EQ(Pages(table, filters[f], true, 7), Numbers(slow.Collapse(expected))) << f;
    }
    for (const auto& [id, c] : slow.cases) {
      const CaseGroup group = table.GroupOf(id);
      const bool grouped = c.kind == CaseKind::kDuplicate && matching::IsLive(c.state);
      const std::set<IdentityId> expected = grouped ? slow.GroupOf(c) : std::set<IdentityId>();
      if (expected.size() < 3) {
        EXPECT_TRUE(group.case_ids.empty()) << id;
      } else if (!group.cut) {
        EXPECT_EQ(std::set<IdentityId>(group.identity_ids.begin(), group.identity_ids.end()),
                  expected);
      }
    }
  }
}

Case Duplicate(std::uint64_t id, IdentityId left, IdentityId right, double weight_bits = 1) {
  Case c;
  c.id = id;
  c.identity_ids = {left, right};
  c.weight_bits = weight_bits;
  return c;
}

TEST(QueueTable, AGroupIsThreeAndMoreIdentitiesJoinedByLiveDuplicates) {
  QueueTable table;
  table.Put(Duplicate(1, 10, 11));
  EXPECT_TRUE(table.GroupOf(1).case_ids.empty());  // a pair
  Case second = Duplicate(2, 11, 12, 9);
  table.Put(second);
  const CaseGroup group = table.GroupOf(1);
  EXPECT_EQ(group.identity_ids, (std::vector<IdentityId>{10, 11, 12}));
  EXPECT_EQ(group.case_ids, (std::vector<std::uint64_t>{2, 1}));
  EXPECT_FALSE(group.cut);
  Case link = Duplicate(3, 12, 13);
  link.kind = CaseKind::kLink;
  table.Put(link);
  EXPECT_EQ(table.GroupOf(2).identity_ids.size(), 3U);
  EXPECT_TRUE(table.GroupOf(3).case_ids.empty());
  second.state = CaseState::kDecided;
  table.Put(second);
  EXPECT_TRUE(table.GroupOf(1).case_ids.empty());
  EXPECT_TRUE(table.GroupOf(2).case_ids.empty());
  EXPECT_TRUE(table.GroupOf(99).case_ids.empty());
}

TEST(QueueTable, AHugeGroupIsCutAndSaysSo) {
  QueueTable table;
  std::uint64_t id = 0;
  for (IdentityId left = 1; left <= 100; ++left) {
    for (IdentityId right = left + 1; right <= 100; ++right)
      table.Put(Duplicate(++id, left, right));
  }
  const CaseGroup group = table.GroupOf(5);
  EXPECT_TRUE(group.cut);
  EXPECT_EQ(group.identity_ids.size(), kGroupIdentitiesMax);
  EXPECT_EQ(group.case_ids.size(), kGroupCasesMax);
  const QueueTable::Page page = table.List({}, true, std::nullopt, 50, kNow);
  EXPECT_EQ(page.case_ids, std::vector<std::uint64_t>{1});
}

// A weight that is no number must not break the order.
TEST(QueueTable, TakesAWeightThatIsNoNumberForTheLowest) {
  QueueTable table;
  table.Put(Duplicate(1, 1, 2, std::numeric_limits<double>::quiet_NaN()));
  table.Put(Duplicate(2, 3, 4, -1e300));
  table.Put(Duplicate(1, 1, 2, std::numeric_limits<double>::quiet_NaN()));
  EXPECT_EQ(Pages(table, {}, false, 1), (std::vector<std::uint64_t>{2, 1}));
}

}  // namespace
}  // namespace vigie::daemon
