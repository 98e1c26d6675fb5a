#include "storage/view.h"

#include <algorithm>
#include <limits>
#include <set>
#include <unordered_set>

#include "storage/keys.h"
#include "storage/reading.h"
#include "storage/record_codec.h"

namespace vigie::storage {
namespace {

using matching::IdentityId;

// Records fetched at once while an index is walked.
constexpr std::size_t kChunkRecords = 256;

// --- candidates ---

// For each candidate key the identities under it, ascending; one more than `count_max` at most.
absl::StatusOr<std::vector<std::vector<IdentityId>>> HoldersOfKeys(
    const ReadSource& source, const std::vector<std::uint64_t>& candidate_keys,
    std::size_t count_max) {
  std::vector<KeyRange> ranges;
  ranges.reserve(candidate_keys.size());
  for (const std::uint64_t key : candidate_keys) {
    ranges.push_back(PrefixRange(CandidatePrefix(key)));
  }
  std::vector<std::vector<IdentityId>> holders(candidate_keys.size());
  bool damaged = false;
  const absl::Status scanned = source.ScanMany(
      Table::kCandidate, ranges, [&](std::size_t position, std::string_view key, std::string_view) {
        std::uint64_t ignored = 0;
        IdentityId& id = holders[position].emplace_back();
        if (!ParseCandidateIndexKey(key, &ignored, &id)) damaged = true;
        return !damaged && holders[position].size() <= count_max;
      });
  if (!scanned.ok()) return scanned;
  if (damaged) return BadKey(Table::kCandidate);
  return holders;
}

struct KeyHolders {
  std::uint16_t position;
  std::vector<IdentityId> holders;
};

// The identities of the lists, each once; the first `candidates_max` of them in the order of lists.
void CollectCandidates(const std::vector<KeyHolders>& lists, std::size_t candidates_max,
                       CandidateResult* result) {
  std::size_t entry_count = 0;
  for (const KeyHolders& list : lists) entry_count += list.holders.size();
  // Only when there may be too many is it looked at who was met before.
  const bool may_be_cut = entry_count > candidates_max;
  std::unordered_set<IdentityId> known;
  std::vector<std::pair<IdentityId, std::uint16_t>> found;
  found.reserve(entry_count);
  for (const KeyHolders& list : lists) {
    for (const IdentityId id : list.holders) {
      if (may_be_cut && !known.contains(id)) {
        if (known.size() == candidates_max) {
          result->truncated = true;
          continue;
        }
        known.insert(id);
      }
      found.emplace_back(id, list.position);
    }
  }
  std::sort(found.begin(), found.end());
  for (const auto& [id, position] : found) {
    if (result->candidates.empty() || result->candidates.back().identity_id != id) {
      result->candidates.push_back({id, {}});
    }
    result->candidates.back().key_positions.push_back(position);
  }
}

// --- search ---

// Ids greater than `after` of one search list, ascending, at most `limit`.
absl::StatusOr<std::vector<IdentityId>> SearchList(const ReadSource& source,
                                                   const std::string& prefix, IdentityId after,
                                                   std::size_t limit) {
  std::vector<IdentityId> ids;
  if (after == std::numeric_limits<IdentityId>::max() || limit == 0) return ids;
  KeyRange range = PrefixRange(prefix);
  AppendUint64(after + 1, &range.begin);
  bool damaged = false;
  const absl::Status scanned =
      source.Scan(Table::kSearch, range, [&](std::string_view key, std::string_view) {
        std::string_view rest = key.substr(prefix.size());
        damaged = !TakeUint64(&rest, &ids.emplace_back()) || !rest.empty();
        return !damaged && ids.size() < limit;
      });
  if (!scanned.ok()) return scanned;
  if (damaged) return BadKey(Table::kSearch);
  return ids;
}

// Ids that stand in both lists. The lists are read side by side in chunks, each from where the
// other has got to, so that on the fullest date (an unknown birth date's default) the work is that
// of the shorter list, and memory is two chunks.
absl::StatusOr<std::vector<IdentityId>> SearchBoth(const ReadSource& source,
                                                   const std::string& left_prefix,
                                                   const std::string& right_prefix,
                                                   IdentityId after, std::size_t limit) {
  constexpr IdentityId kEnd = std::numeric_limits<IdentityId>::max();
  std::vector<IdentityId> both;
  while (both.size() < limit) {
    const absl::StatusOr<std::vector<IdentityId>> left =
        SearchList(source, left_prefix, after, kChunkRecords);
    if (!left.ok()) return left.status();
    if (left->empty()) break;
    const absl::StatusOr<std::vector<IdentityId>> right =
        SearchList(source, right_prefix, left->front() - 1, kChunkRecords);
    if (!right.ok()) return right.status();
    if (right->empty()) break;
    std::set_intersection(left->begin(), left->end(), right->begin(), right->end(),
                          std::back_inserter(both));
    const IdentityId left_end = left->size() < kChunkRecords ? kEnd : left->back();
    const IdentityId right_end = right->size() < kChunkRecords ? kEnd : right->back();
    // All up to here is compared; and below the right list's first entry there is nothing to find.
    after = std::max(std::min(left_end, right_end), right->front() - 1);
    if (after == kEnd) break;
  }
  return both;
}

// --- visits ---

// Walks index entries of `range` in chunks and calls `visit` with each visit, in index order.
absl::Status WalkVisits(const ReadSource& source, KeyRange range, std::size_t chunk_records,
                        const std::function<bool(const matching::Visit&)>& visit) {
  while (true) {
    std::vector<std::string> keys;
    std::string last;
    bool damaged = false;
    absl::Status scanned =
        source.Scan(Table::kVisitIndex, range, [&](std::string_view key, std::string_view) {
          damaged = !ParseVisitIndexKey(key, &keys.emplace_back());
          last = std::string(key);
          return !damaged && keys.size() < chunk_records;
        });
    if (!scanned.ok()) return scanned;
    if (damaged) return BadKey(Table::kVisitIndex);
    const absl::StatusOr<std::vector<matching::Visit>> visits =
        GetRecords(source, Table::kVisit, keys, DecodeVisit);
    if (!visits.ok()) return visits.status();
    for (const matching::Visit& found : *visits) {
      if (!visit(found)) return absl::OkStatus();
    }
    if (keys.size() < chunk_records) return absl::OkStatus();
    range.begin = KeyAfter(last);
  }
}

absl::StatusOr<std::vector<matching::Visit>> FirstVisits(const ReadSource& source,
                                                         const std::string& prefix,
                                                         std::size_t limit) {
  std::vector<matching::Visit> visits;
  if (limit == 0) return visits;
  const absl::Status walked =
      WalkVisits(source, PrefixRange(prefix), std::min(limit, kChunkRecords),
                 [&](const matching::Visit& visit) {
                   visits.push_back(visit);
                   return visits.size() < limit;
                 });
  if (!walked.ok()) return walked;
  return visits;
}

}  // namespace

// --- identities ---

template <typename Base>
absl::StatusOr<std::optional<matching::Identity>> ReadingView<Base>::GetIdentity(
    IdentityId id) const {
  return GetRecord(*source_, Table::kIdentity, NumberBytes(id), DecodeIdentity);
}

template <typename Base>
absl::StatusOr<std::vector<std::optional<matching::Identity>>> ReadingView<Base>::GetIdentities(
    const std::vector<IdentityId>& ids) const {
  std::vector<std::string> keys;
  keys.reserve(ids.size());
  for (const IdentityId id : ids) keys.push_back(NumberBytes(id));
  const absl::StatusOr<std::vector<std::optional<std::string>>> all =
      source_->MultiGet(Table::kIdentity, keys);
  if (!all.ok()) return all.status();
  std::vector<std::optional<matching::Identity>> identities(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!(*all)[i].has_value()) continue;
    absl::StatusOr<matching::Identity> identity = DecodeIdentity(*(*all)[i]);
    if (!identity.ok()) return identity.status();
    identities[i] = *std::move(identity);
  }
  return identities;
}

template <typename Base>
absl::Status ReadingView<Base>::ScanIdentities(
    IdentityId after, const std::function<bool(const matching::Identity&)>& visit) const {
  if (after == std::numeric_limits<IdentityId>::max()) return absl::OkStatus();
  absl::Status decoded = absl::OkStatus();
  const absl::Status scanned = source_->Scan(Table::kIdentity, {NumberBytes(after + 1), ""},
                                             [&](std::string_view, std::string_view value) {
                                               const absl::StatusOr<matching::Identity> identity =
                                                   DecodeIdentity(value);
                                               decoded = identity.status();
                                               return decoded.ok() && visit(*identity);
                                             });
  return scanned.ok() ? decoded : scanned;
}

template <typename Base>
absl::Status ReadingView<Base>::ScanStandings(
    IdentityId after, IdentityId last,
    const std::function<bool(const matching::Identity&)>& visit) const {
  if (after >= last) return absl::OkStatus();
  const bool to_the_end = last == std::numeric_limits<IdentityId>::max();
  const KeyRange range = {NumberBytes(after + 1), to_the_end ? "" : NumberBytes(last + 1)};
  matching::Identity standing;  // one for all: its texts and lists are allocated once
  absl::Status decoded;
  const absl::Status scanned =
      source_->Scan(Table::kIdentity, range, [&](std::string_view, std::string_view value) {
        decoded = DecodeStanding(value, &standing);
        return decoded.ok() && visit(standing);
      });
  return scanned.ok() ? decoded : scanned;
}

template <typename Base>
absl::StatusOr<std::optional<IdentityId>> ReadingView<Base>::FindByLocalId(
    const std::string& domain, const std::string& local_id) const {
  return GetRecord(*source_, Table::kLocalId, LocalIdKey(domain, local_id), DecodeNumber);
}

template <typename Base>
absl::StatusOr<std::vector<View::InsHolder>> ReadingView<Base>::FindByIns(
    const matching::Ins& ins) const {
  std::vector<View::InsHolder> holders;
  absl::Status decoded = absl::OkStatus();
  const absl::Status scanned = source_->Scan(
      Table::kIns, PrefixRange(InsPrefix(ins)), [&](std::string_view key, std::string_view value) {
        matching::Ins found;
        View::InsHolder& holder = holders.emplace_back();
        const absl::StatusOr<bool> past = DecodeInsState(value);
        if (!ParseInsKey(key, &found, &holder.identity_id)) {
          decoded = BadKey(Table::kIns);
        } else {
          decoded = past.status();
        }
        if (decoded.ok()) holder.past = *past;
        return decoded.ok();
      });
  if (!scanned.ok()) return scanned;
  if (!decoded.ok()) return decoded;
  return holders;
}

template <typename Base>
absl::Status ReadingView<Base>::ScanInsConfirmations(
    const InsConfirmation& after, matching::Instant before,
    const std::function<bool(const InsConfirmation&)>& visit) const {
  if (after.confirmed_at >= before) return absl::OkStatus();
  bool damaged = false;
  absl::Status scanned = source_->Scan(
      Table::kIns,
      {KeyAfter(InsConfirmationKey(after.confirmed_at, after.identity_id)),
       InsConfirmationPrefix(before)},
      [&](std::string_view key, std::string_view) {
        InsConfirmation entry;
        damaged = !ParseInsConfirmationKey(key, &entry.confirmed_at, &entry.identity_id);
        return !damaged && visit(entry);
      });
  if (!scanned.ok()) return scanned;
  return damaged ? BadKey(Table::kIns) : absl::OkStatus();
}

template <typename Base>
absl::StatusOr<CandidateResult> ReadingView<Base>::FindCandidates(
    const std::vector<std::uint64_t>& candidate_keys, const CandidateLimits& limits) const {
  if (candidate_keys.size() > std::numeric_limits<std::uint16_t>::max()) {
    return absl::InvalidArgumentError("too many candidate keys");
  }
  CandidateResult result;
  absl::StatusOr<std::vector<std::vector<IdentityId>>> holders =
      HoldersOfKeys(*source_, candidate_keys, limits.identities_per_key_max);
  if (!holders.ok()) return holders.status();
  std::vector<KeyHolders> lists;
  for (std::size_t i = 0; i < holders->size(); ++i) {
    const auto position = static_cast<std::uint16_t>(i);
    if ((*holders)[i].size() > limits.identities_per_key_max) {
      result.full_key_positions.push_back(position);
    } else if (!(*holders)[i].empty()) {
      lists.push_back({position, std::move((*holders)[i])});
    }
  }
  // Rare keys first: when there are too many candidates, those that share something rare are kept.
  std::stable_sort(lists.begin(), lists.end(), [](const KeyHolders& left, const KeyHolders& right) {
    return left.holders.size() < right.holders.size();
  });
  CollectCandidates(lists, limits.candidates_max, &result);
  return result;
}

template <typename Base>
absl::StatusOr<SearchPage> ReadingView<Base>::Search(const SearchQuery& query) const {
  if (query.birth_date == matching::Date{}) {
    return absl::InvalidArgumentError("birth_date: required for a search");
  }
  if (query.family_prefix.size() > kSearchPrefixBytesMax ||
      query.given_prefix.size() > kSearchPrefixBytesMax) {
    return absl::InvalidArgumentError("search prefixes have at most three letters");
  }
  const std::string family =
      SearchPrefix(query.birth_date, SearchNameKind::kFamily, query.family_prefix);
  const std::string given =
      SearchPrefix(query.birth_date, SearchNameKind::kGiven, query.given_prefix);
  // One more, to know whether there is more.
  const std::size_t wanted = std::max(query.limit, query.limit + 1);
  absl::StatusOr<std::vector<IdentityId>> ids;
  if (!query.family_prefix.empty() && !query.given_prefix.empty()) {
    ids = SearchBoth(*source_, family, given, query.after, wanted);
  } else if (!query.family_prefix.empty()) {
    ids = SearchList(*source_, family, query.after, wanted);
  } else if (!query.given_prefix.empty()) {
    ids = SearchList(*source_, given, query.after, wanted);
  } else {
    ids = SearchList(*source_, SearchPrefix(query.birth_date, SearchNameKind::kAny, ""),
                     query.after, wanted);
  }
  if (!ids.ok()) return ids.status();
  SearchPage page;
  page.identity_ids = *std::move(ids);
  page.more = page.identity_ids.size() > query.limit;
  if (page.more) page.identity_ids.resize(query.limit);
  return page;
}

template <typename Base>
absl::StatusOr<std::vector<std::uint32_t>> ReadingView<Base>::TermCounts(
    const std::vector<Term>& terms) const {
  std::vector<std::string> keys;
  keys.reserve(terms.size());
  for (const Term& term : terms) keys.push_back(TermKey(term.column, term.value_hash));
  const absl::StatusOr<std::vector<std::optional<std::string>>> all =
      source_->MultiGet(Table::kCounter, keys);
  if (!all.ok()) return all.status();
  std::vector<std::uint32_t> counts(terms.size());
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (!(*all)[i].has_value()) continue;
    const absl::StatusOr<std::uint64_t> count = DecodeNumber(*(*all)[i]);
    if (!count.ok()) return count.status();
    counts[i] = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(*count, std::numeric_limits<std::uint32_t>::max()));
  }
  return counts;
}

template <typename Base>
absl::StatusOr<std::vector<matching::Change>> ReadingView<Base>::GetHistory(
    IdentityId id, std::int64_t before_version, std::size_t limit) const {
  std::vector<matching::Change> changes;
  if (limit == 0 || before_version < 0) return changes;
  KeyRange range = PrefixRange(HistoryPrefix(id));
  if (before_version > 0) range.begin = HistoryKey(id, before_version - 1);
  absl::Status decoded = absl::OkStatus();
  const absl::Status scanned =
      source_->Scan(Table::kHistory, range, [&](std::string_view, std::string_view value) {
        absl::StatusOr<matching::Change> change = DecodeChange(value);
        decoded = change.status();
        if (decoded.ok()) changes.push_back(*std::move(change));
        return decoded.ok() && changes.size() < limit;
      });
  if (!scanned.ok()) return scanned;
  if (!decoded.ok()) return decoded;
  return changes;
}

// --- visits ---

template <typename Base>
absl::StatusOr<std::optional<matching::Visit>> ReadingView<Base>::GetVisit(
    const std::string& domain, const std::string& visit_number) const {
  return GetRecord(*source_, Table::kVisit, VisitKey(domain, visit_number), DecodeVisit);
}

template <typename Base>
absl::Status ReadingView<Base>::ScanAllVisits(
    const std::string& after_domain, const std::string& after_visit_number,
    const std::function<bool(const matching::Visit&)>& visit) const {
  KeyRange range;
  if (!after_domain.empty()) range.begin = KeyAfter(VisitKey(after_domain, after_visit_number));
  absl::Status decoded = absl::OkStatus();
  const absl::Status scanned =
      source_->Scan(Table::kVisit, range, [&](std::string_view, std::string_view value) {
        const absl::StatusOr<matching::Visit> found = DecodeVisit(value);
        decoded = found.status();
        return decoded.ok() && visit(*found);
      });
  return scanned.ok() ? decoded : scanned;
}

template <typename Base>
absl::Status ReadingView<Base>::ScanVisits(
    matching::Instant from, matching::Instant to,
    const std::function<bool(const matching::Visit&)>& visit) const {
  if (from >= to) return absl::OkStatus();
  return WalkVisits(*source_, {VisitTimePrefix(from), VisitTimePrefix(to)}, kChunkRecords, visit);
}

template <typename Base>
absl::StatusOr<std::int64_t> ReadingView<Base>::CountVisits(matching::Instant from,
                                                            matching::Instant to,
                                                            std::int64_t limit) const {
  std::int64_t count = 0;
  if (from >= to || limit <= 0) return count;
  const absl::Status scanned =
      source_->Scan(Table::kVisitIndex, {VisitTimePrefix(from), VisitTimePrefix(to)},
                    [&](std::string_view, std::string_view) { return ++count < limit; });
  if (!scanned.ok()) return scanned;
  return count;
}

// Identities are spread over the base as it grew; a visit of every n-th one is as good a sample of
// the visits' keys as a pass over them.
template <typename Base>
absl::StatusOr<std::vector<VisitPart>> ReadingView<Base>::SplitVisits(std::size_t count) const {
  constexpr std::uint64_t kSamplesOfPart = 16;
  const absl::StatusOr<Counts> counts = GetCounts();
  if (!counts.ok()) return counts.status();
  const std::uint64_t samples = count * kSamplesOfPart;
  std::vector<KeyRange> ranges;
  for (std::uint64_t i = 0; i < samples; ++i) {
    const auto id = static_cast<std::uint64_t>(counts->identity_count) * i / samples + 1;
    ranges.push_back(PrefixRange(VisitIdentityPrefix(id)));
  }
  std::set<std::string> keys;
  bool damaged = false;
  const absl::Status scanned = source_->ScanMany(
      Table::kVisitIndex, ranges, [&](std::size_t, std::string_view key, std::string_view) {
        std::string visit_key;
        damaged = damaged || !ParseVisitIndexKey(key, &visit_key);
        keys.insert(std::move(visit_key));
        return false;  // one of each
      });
  if (!scanned.ok()) return scanned;
  if (damaged) return BadKey(Table::kVisitIndex);
  std::vector<VisitPart> parts(1);
  std::size_t position = 0;
  for (const std::string& key : keys) {
    if (parts.size() * keys.size() > position++ * count) continue;
    parts.back().end = key;
    parts.push_back({key, ""});
  }
  return parts;
}

template <typename Base>
absl::Status ReadingView<Base>::ScanVisitPart(
    const VisitPart& part, const std::function<bool(const matching::Visit&)>& visit) const {
  absl::Status decoded;
  const absl::Status scanned = source_->Scan(
      Table::kVisit, {part.begin, part.end}, [&](std::string_view, std::string_view value) {
        const absl::StatusOr<matching::Visit> found = DecodeVisit(value);
        decoded = found.status();
        return decoded.ok() && visit(*found);
      });
  return scanned.ok() ? decoded : scanned;
}

template <typename Base>
absl::StatusOr<std::vector<matching::Visit>> ReadingView<Base>::VisitsOf(IdentityId id,
                                                                         std::size_t limit) const {
  return FirstVisits(*source_, VisitIdentityPrefix(id), limit);
}

template <typename Base>
absl::StatusOr<std::vector<matching::Visit>> ReadingView<Base>::WaitingVisits(
    const std::string& domain, const std::string& local_id, std::size_t limit) const {
  return FirstVisits(*source_, VisitWaitingPrefix(domain, local_id), limit);
}

// --- snapshots ---

template <typename Base>
absl::StatusOr<std::optional<FigureSnapshot>> ReadingView<Base>::GetSnapshot(
    const matching::Date& day, const std::string& definition, std::int64_t revision) const {
  if (revision > 0) {
    return GetRecord(*source_, Table::kSnapshot, SnapshotKey(day, definition, revision),
                     DecodeSnapshot);
  }
  std::optional<FigureSnapshot> newest;
  absl::Status decoded = absl::OkStatus();
  const absl::Status scanned =
      source_->Scan(Table::kSnapshot, PrefixRange(SnapshotPrefix(day, definition)),
                    [&](std::string_view, std::string_view value) {
                      absl::StatusOr<FigureSnapshot> snapshot = DecodeSnapshot(value);
                      decoded = snapshot.status();
                      if (decoded.ok()) newest = *std::move(snapshot);
                      return false;
                    });
  if (!scanned.ok()) return scanned;
  if (!decoded.ok()) return decoded;
  return newest;
}

template <typename Base>
absl::Status ReadingView<Base>::ScanSnapshots(
    const matching::Date& from, const matching::Date& to,
    const std::optional<View::SnapshotPosition>& after,
    const std::function<bool(const FigureSnapshot&)>& visit) const {
  // The newest day's key is the smallest.
  KeyRange range{SnapshotDayPrefix(to), PrefixRange(SnapshotDayPrefix(from)).end};
  if (after.has_value()) {
    range.begin = std::max(range.begin,
                           KeyAfter(SnapshotKey(after->day, after->definition, after->revision)));
  }
  if (!range.end.empty() && range.begin >= range.end) return absl::OkStatus();
  absl::Status decoded = absl::OkStatus();
  absl::Status scanned =
      source_->Scan(Table::kSnapshot, range, [&](std::string_view, std::string_view value) {
        const absl::StatusOr<FigureSnapshot> snapshot = DecodeSnapshot(value);
        decoded = snapshot.status();
        return decoded.ok() && visit(*snapshot);
      });
  return scanned.ok() ? decoded : scanned;
}

template <typename Base>
absl::StatusOr<std::optional<matching::Date>> ReadingView<Base>::LastSnapshotDay(
    const matching::Date& day) const {
  std::optional<matching::Date> last;
  absl::Status parsed = absl::OkStatus();
  const absl::Status scanned = source_->Scan(
      Table::kSnapshot, {SnapshotDayPrefix(day), ""}, [&](std::string_view key, std::string_view) {
        std::string definition;
        std::int64_t revision = 0;
        if (!ParseSnapshotKey(key, &last.emplace(), &definition, &revision)) {
          parsed = BadKey(Table::kSnapshot);
        }
        return false;
      });
  if (!scanned.ok()) return scanned;
  if (!parsed.ok()) return parsed;
  return last;
}

// --- counts, requests, audit ---

template <typename Base>
absl::StatusOr<Counts> ReadingView<Base>::GetCounts() const {
  Counts counts;
  const std::pair<Counter, std::int64_t*> fields[] = {
      {Counter::kIdentity, &counts.identity_count},
      {Counter::kVisit, &counts.visit_count},
      {Counter::kUnattachedVisit, &counts.unattached_visit_count},
      {Counter::kOpenCase, &counts.open_case_count},
      {Counter::kProvisional, &counts.provisional_count},
      {Counter::kRecovered, &counts.recovered_count},
      {Counter::kValidated, &counts.validated_count},
      {Counter::kQualified, &counts.qualified_count},
      {Counter::kMerged, &counts.merged_count},
  };
  static_assert(std::size(fields) == kCounterCount);
  for (const auto& [counter, field] : fields) {
    const absl::StatusOr<std::int64_t> count =
        GetCount(*source_, Table::kCounter, CounterKey(counter));
    if (!count.ok()) return count.status();
    *field = *count;
  }
  return counts;
}

template <typename Base>
std::int64_t ReadingView<Base>::CommitNumber() const {
  const absl::StatusOr<std::int64_t> number = GetCount(*source_, Table::kMeta, kMetaCommitNumber);
  return number.ok() ? *number : -1;
}

template <typename Base>
absl::StatusOr<std::optional<AnsweredRequest>> ReadingView<Base>::FindRequest(
    const std::string& request_id) const {
  return GetRecord(*source_, Table::kRequest, request_id, DecodeRequest);
}

template <typename Base>
absl::StatusOr<std::vector<AuditEntry>> ReadingView<Base>::GetAudit(std::int64_t from_commit_number,
                                                                    std::size_t limit) const {
  std::vector<AuditEntry> entries;
  if (limit == 0) return entries;
  const auto from = static_cast<std::uint64_t>(std::max<std::int64_t>(from_commit_number, 0));
  absl::Status decoded = absl::OkStatus();
  const absl::Status scanned = source_->Scan(
      Table::kAudit, {NumberBytes(from), ""}, [&](std::string_view, std::string_view value) {
        absl::StatusOr<AuditEntry> entry = DecodeAuditEntry(value);
        decoded = entry.status();
        if (decoded.ok()) entries.push_back(*std::move(entry));
        return decoded.ok() && entries.size() < limit;
      });
  if (!scanned.ok()) return scanned;
  if (!decoded.ok()) return decoded;
  return entries;
}

template class ReadingView<View>;
template class ReadingView<Transaction>;

namespace {

// Base from member: the source must live before the view that reads from it.
struct SourceHolder {
  KvSource source;
};

class SnapshotView final : private SourceHolder, public ReadingView<View> {
 public:
  explicit SnapshotView(const KeyValueStore* kv)
      : SourceHolder{KvSource(kv, kv->TakeSnapshot())}, ReadingView<View>(&source) {}
};

}  // namespace

std::unique_ptr<View> MakeSnapshotView(const KeyValueStore* kv) {
  return std::make_unique<SnapshotView>(kv);
}

}  // namespace vigie::storage
