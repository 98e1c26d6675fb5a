#include "daemon/registry/queue_table.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>

namespace vigie::daemon {

using matching::Case;
using matching::IdentityId;
using matching::Instant;

namespace {

std::int64_t Microseconds(Instant instant) { return instant.time_since_epoch().count(); }

QueuePlace PlaceOf(const Case& c) {
  constexpr double kLowest = -std::numeric_limits<double>::infinity();
  return {c.priority, std::isnan(c.weight_bits) ? kLowest : c.weight_bits, c.id};
}

// A half-open span of microseconds; all of time when neither end is given.
struct Span {
  std::int64_t from = std::numeric_limits<std::int64_t>::min();
  std::int64_t before = std::numeric_limits<std::int64_t>::max();
  bool given = false;

  Span() = default;
  Span(const std::optional<Instant>& begin, const std::optional<Instant>& end)
      : given(begin || end) {
    if (begin) from = Microseconds(*begin);
    if (end) before = Microseconds(*end);
  }
  bool Has(std::int64_t at) const { return at >= from && at < before; }
};

}  // namespace

// --- words ---

std::uint32_t QueueTable::Words::NumberOf(const std::string& word) {
  if (word.empty()) return 0;
  return numbers_.emplace(word, static_cast<std::uint32_t>(numbers_.size() + 1)).first->second;
}

std::optional<std::uint32_t> QueueTable::Words::Find(const std::string& word) const {
  const auto found = numbers_.find(word);
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

std::uint32_t QueueTable::ReasonsNumber(const std::vector<std::string>& reasons) {
  return reason_sets_.emplace(reasons, static_cast<std::uint32_t>(reason_sets_.size()))
      .first->second;
}

// --- keeping up ---

void QueueTable::Put(const Case& review_case) {
  const auto [found, is_new] =
      row_of_case_.emplace(review_case.id, static_cast<RowNumber>(rows_.size()));
  const RowNumber number = found->second;
  if (is_new) {
    rows_.emplace_back();
    for (const IdentityId id : review_case.identity_ids) {
      const auto [person, is_new_person] = persons_.try_emplace(id);
      person->second.rows.push_back(number);
      if (is_new_person) visits_unknown_.insert(id);
    }
  } else {
    Row& old = rows_[number];
    orders_[static_cast<std::size_t>(old.state)].erase({old.place, number});
  }
  Row& row = rows_[number];
  row.place = PlaceOf(review_case);
  row.opened_at = Microseconds(review_case.opened_at);
  row.claim_expires_at =
      review_case.claim_expires_at ? Microseconds(*review_case.claim_expires_at) : kNever;
  row.first_id = review_case.identity_ids.empty() ? 0 : review_case.identity_ids.front();
  row.last_id = review_case.identity_ids.empty() ? 0 : review_case.identity_ids.back();
  row.assignee = assignees_.NumberOf(review_case.assignee);
  row.domain = domains_.NumberOf(review_case.domain);
  row.reasons = ReasonsNumber(review_case.reasons);
  row.kind = review_case.kind;
  row.state = review_case.state;
  row.band = review_case.band;
  RefreshVisit(row);
  orders_[static_cast<std::size_t>(row.state)].insert({row.place, number});
}

void QueueTable::ForgetVisit(IdentityId id) {
  if (persons_.contains(id)) visits_unknown_.insert(id);
}

std::vector<IdentityId> QueueTable::TakeVisitsUnknown() {
  std::vector<IdentityId> ids(visits_unknown_.begin(), visits_unknown_.end());
  visits_unknown_.clear();
  return ids;
}

void QueueTable::SetVisit(IdentityId id, const std::optional<NewestVisit>& newest) {
  const auto person = persons_.find(id);
  if (person == persons_.end()) return;
  person->second.visited_at = newest ? Microseconds(newest->admitted_at) : kNever;
  person->second.site = newest ? sites_.NumberOf(newest->site_finess) : 0;
  for (const RowNumber row : person->second.rows) RefreshVisit(rows_[row]);
}

void QueueTable::RefreshVisit(Row& row) const {
  row.visited_at = kNever;
  row.site = 0;
  for (const IdentityId id : {row.first_id, row.last_id}) {
    const auto person = persons_.find(id);
    if (person == persons_.end() || person->second.visited_at <= row.visited_at) continue;
    row.visited_at = person->second.visited_at;
    row.site = person->second.site;
  }
}

// --- filters ---

struct QueueTable::Sieve {
  bool none = false;  // a word that stands in no case
  int kind = -1, state = -1, band = -1;
  std::optional<std::uint32_t> domain, assignee, site;
  std::vector<bool> reasons;  // by number of the set; empty: any
  IdentityId identity_id = 0;
  std::int64_t now = 0;
  Span opened, visited;
  double weight_bits_min = 0, weight_bits_max = 0;
  bool weighed = false;

  bool Passes(const Row& row) const {
    if (kind >= 0 && static_cast<int>(row.kind) != kind) return false;
    if (state >= 0 && static_cast<int>(row.state) != state) return false;
    if (band >= 0 && static_cast<int>(row.band) != band) return false;
    if (domain && row.domain != *domain) return false;
    if (assignee && (row.assignee != *assignee || row.claim_expires_at <= now)) return false;
    if (identity_id != 0 && row.first_id != identity_id && row.last_id != identity_id) return false;
    if (!reasons.empty() && !reasons[row.reasons]) return false;
    if (opened.given && !opened.Has(row.opened_at)) return false;
    if (weighed &&
        !(row.place.weight_bits >= weight_bits_min && row.place.weight_bits <= weight_bits_max)) {
      return false;
    }
    if (site && (row.site != *site || row.visited_at == kNever)) return false;
    return !visited.given || (row.visited_at != kNever && visited.Has(row.visited_at));
  }
};

QueueTable::Sieve QueueTable::Read(const QueueFilter& filter, Instant now) const {
  Sieve sieve;
  if (filter.kind) sieve.kind = static_cast<int>(*filter.kind);
  if (filter.state) sieve.state = static_cast<int>(*filter.state);
  if (filter.band) sieve.band = static_cast<int>(*filter.band);
  const auto read = [&](const std::string& word, const Words& words,
                        std::optional<std::uint32_t>& number) {
    if (word.empty()) return;
    number = words.Find(word);
    sieve.none = sieve.none || !number;
  };
  read(filter.domain, domains_, sieve.domain);
  read(filter.assignee, assignees_, sieve.assignee);
  read(filter.site_finess, sites_, sieve.site);
  if (!filter.reason.empty()) {
    sieve.reasons.resize(reason_sets_.size());
    for (const auto& [reasons, number] : reason_sets_) {
      sieve.reasons[number] =
          std::find(reasons.begin(), reasons.end(), filter.reason) != reasons.end();
    }
    sieve.none = sieve.none || reason_sets_.empty();
  }
  sieve.identity_id = filter.identity_id;
  sieve.none = sieve.none || (filter.identity_id != 0 && !persons_.contains(filter.identity_id));
  sieve.now = Microseconds(now);
  sieve.opened = Span(filter.opened_from, filter.opened_before);
  sieve.visited = Span(filter.visited_from, filter.visited_before);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  sieve.weighed = filter.weight_bits_min || filter.weight_bits_max;
  sieve.weight_bits_min = filter.weight_bits_min.value_or(-kInfinity);
  sieve.weight_bits_max = filter.weight_bits_max.value_or(kInfinity);
  return sieve;
}

std::int64_t QueueTable::Count(const QueueFilter& filter, Instant now) const {
  const Sieve sieve = Read(filter, now);
  if (sieve.none) return 0;
  return std::count_if(rows_.begin(), rows_.end(),
                       [&](const Row& row) { return sieve.Passes(row); });
}

// --- pages ---

class QueueTable::Ordered {
 public:
  Ordered(const QueueTable& table, int state, const std::optional<QueuePlace>& after) {
    for (std::size_t i = 0; i < table.orders_.size(); ++i) {
      if (state >= 0 && i != static_cast<std::size_t>(state)) continue;
      const Order& order = table.orders_[i];
      auto at = after ? order.upper_bound({*after, 0}) : order.begin();
      if (at != order.end()) heads_.push_back({at, order.end()});
    }
  }

  const Entry* Next() {
    if (heads_.empty()) return nullptr;
    const auto best =
        std::min_element(heads_.begin(), heads_.end(),
                         [](const Head& left, const Head& right) { return *left.at < *right.at; });
    const Entry* entry = &*best->at;
    if (++best->at == best->end) heads_.erase(best);
    return entry;
  }

 private:
  struct Head {
    Order::const_iterator at, end;
  };
  std::vector<Head> heads_;
};

// Of each group the most urgent case that passes stands for all; each group is walked once a page.
class QueueTable::Folding {
 public:
  Folding(const QueueTable& table, const Sieve& sieve) : table_(table), sieve_(sieve) {}

  // `row` passes.
  bool StandsForItsGroup(RowNumber row) {
    if (!IsGrouped(table_.rows_[row])) return true;
    const auto known = leader_.find(row);
    if (known != leader_.end()) return known->second == row;
    std::vector<IdentityId> identities;
    std::vector<RowNumber> group;
    bool cut = false;
    table_.Walk(row, 0, identities, group, cut);
    RowNumber leader = row;
    for (const RowNumber one : group) {
      const Row& candidate = table_.rows_[one];
      if (candidate.place < table_.rows_[leader].place && sieve_.Passes(candidate)) leader = one;
    }
    for (const RowNumber one : group) leader_[one] = leader;
    return leader == row;
  }

 private:
  const QueueTable& table_;
  const Sieve& sieve_;
  std::unordered_map<RowNumber, RowNumber> leader_;
};

QueueTable::Page QueueTable::List(const QueueFilter& filter, bool collapse_groups,
                                  const std::optional<QueuePlace>& after, std::size_t size,
                                  Instant now) const {
  Page page;
  const Sieve sieve = Read(filter, now);
  if (sieve.none) return page;
  Ordered ordered(*this, sieve.state, after);
  Folding folding(*this, sieve);
  QueuePlace last;
  while (const Entry* entry = ordered.Next()) {
    if (!sieve.Passes(rows_[entry->row])) continue;
    if (collapse_groups && !folding.StandsForItsGroup(entry->row)) continue;
    if (page.case_ids.size() == size) {
      page.last = last;
      break;
    }
    last = entry->place;
    page.case_ids.push_back(entry->place.case_id);
    if (collapse_groups) page.groups.push_back(GroupOfRow(entry->row));
  }
  return page;
}

// --- groups ---

void QueueTable::Walk(RowNumber from, std::size_t identities_max,
                      std::vector<IdentityId>& identities, std::vector<RowNumber>& rows,
                      bool& cut) const {
  std::unordered_set<IdentityId> reached;
  std::unordered_set<RowNumber> passed;
  std::deque<IdentityId> next;
  const auto reach = [&](IdentityId id) {
    if (reached.contains(id)) return;
    if (identities_max != 0 && reached.size() == identities_max) {
      cut = true;
      return;
    }
    reached.insert(id);
    identities.push_back(id);
    next.push_back(id);
  };
  reach(rows_[from].first_id);
  reach(rows_[from].last_id);
  while (!next.empty()) {
    const IdentityId id = next.front();
    next.pop_front();
    for (const RowNumber row : persons_.at(id).rows) {
      const Row& one = rows_[row];
      if (!IsGrouped(one)) continue;
      reach(one.first_id);
      reach(one.last_id);
      if (reached.contains(one.first_id) && reached.contains(one.last_id) &&
          passed.insert(row).second) {
        rows.push_back(row);
      }
    }
  }
}

CaseGroup QueueTable::GroupOfRow(RowNumber row) const {
  CaseGroup group;
  if (!IsGrouped(rows_[row])) return group;
  std::vector<RowNumber> rows;
  Walk(row, kGroupIdentitiesMax, group.identity_ids, rows, group.cut);
  if (group.identity_ids.size() < 3) return {};
  std::sort(group.identity_ids.begin(), group.identity_ids.end());
  std::sort(rows.begin(), rows.end(), [this](RowNumber left, RowNumber right) {
    return rows_[left].place < rows_[right].place;
  });
  group.cut = group.cut || rows.size() > kGroupCasesMax;
  rows.resize(std::min(rows.size(), kGroupCasesMax));
  for (const RowNumber one : rows) group.case_ids.push_back(rows_[one].place.case_id);
  return group;
}

CaseGroup QueueTable::GroupOf(std::uint64_t case_id) const {
  const auto found = row_of_case_.find(case_id);
  return found == row_of_case_.end() ? CaseGroup() : GroupOfRow(found->second);
}

}  // namespace vigie::daemon
