// The View's cases and decisions.
#include "storage/view.h"

#include <algorithm>

#include "storage/keys.h"
#include "storage/reading.h"
#include "storage/record_codec.h"

namespace vigie::storage {
namespace {

using matching::IdentityId;

std::string ToHex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    hex.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
  return hex;
}

bool FromHex(std::string_view hex, std::string* bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (hex.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const std::size_t high = kDigits.find(hex[i]);
    const std::size_t low = kDigits.find(hex[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    bytes->push_back(static_cast<char>(high << 4 | low));
  }
  return true;
}

// Where the queue is walked for a filter, from the page token on.
absl::StatusOr<KeyRange> QueueRange(const CaseFilter& filter, const std::string& page_token) {
  const std::uint8_t state =
      filter.state.has_value() ? static_cast<std::uint8_t>(*filter.state) : kAnyCaseState;
  KeyRange range = PrefixRange(CaseQueuePrefix(state));
  if (page_token.empty()) return range;
  std::string key;
  std::uint8_t token_state = 0;
  std::uint64_t ignored = 0;
  if (!FromHex(page_token, &key) || !ParseCaseQueueKey(key, &token_state, &ignored) ||
      key < range.begin || (!range.end.empty() && key >= range.end)) {
    return absl::InvalidArgumentError("page_token: not one given for this list");
  }
  range.begin = KeyAfter(key);
  return range;
}

// The numbers at the ends of the keys with this prefix, as keys of the case table.
absl::StatusOr<std::vector<std::string>> CaseKeysUnder(const ReadSource& source,
                                                       const KeyRange& range, std::size_t limit) {
  std::vector<std::string> keys;
  if (limit == 0) return keys;
  const absl::Status scanned =
      source.Scan(Table::kCaseIndex, range, [&](std::string_view key, std::string_view) {
        keys.emplace_back(key.substr(key.size() - std::min<std::size_t>(key.size(), 8)));
        return keys.size() < limit;
      });
  if (!scanned.ok()) return scanned;
  return keys;
}

bool Passes(const DecisionFilter& filter, const DecisionEntry& entry) {
  return (!filter.verdict || entry.verdict == *filter.verdict) &&
         (!filter.state || entry.state == *filter.state) &&
         (!filter.in_force_only || matching::IsInForce(entry.state));
}

}  // namespace

// --- cases ---

template <typename Base>
absl::StatusOr<std::optional<matching::Case>> ReadingView<Base>::GetCase(std::uint64_t id) const {
  return GetRecord(*source_, Table::kCase, NumberBytes(id), DecodeCase);
}

template <typename Base>
absl::StatusOr<std::optional<matching::Case>> ReadingView<Base>::FindLiveCase(
    matching::CaseKind kind, const std::vector<IdentityId>& identity_ids) const {
  std::vector<IdentityId> ids = identity_ids;
  std::sort(ids.begin(), ids.end());
  const absl::StatusOr<std::optional<std::uint64_t>> id =
      GetRecord(*source_, Table::kCaseIndex, LiveCaseKey(kind, ids), DecodeNumber);
  if (!id.ok()) return id.status();
  if (!id->has_value()) return std::optional<matching::Case>();
  absl::StatusOr<std::optional<matching::Case>> found = GetCase(**id);
  if (found.ok() && !found->has_value()) return Orphan(TableName(Table::kCase));
  return found;
}

template <typename Base>
absl::StatusOr<std::vector<matching::Case>> ReadingView<Base>::LiveCasesOf(IdentityId id) const {
  const std::string prefix = CaseIdentityPrefix(id);
  std::vector<std::string> keys;
  const absl::Status scanned = source_->Scan(Table::kCaseIndex, PrefixRange(prefix),
                                             [&](std::string_view key, std::string_view) {
                                               keys.emplace_back(key.substr(prefix.size()));
                                               return true;
                                             });
  if (!scanned.ok()) return scanned;
  return GetRecords(*source_, Table::kCase, keys, DecodeCase);
}

template <typename Base>
absl::Status ReadingView<Base>::ScanCases(
    std::uint64_t after, const std::function<bool(const matching::Case&)>& visit) const {
  absl::Status decoded = absl::OkStatus();
  const absl::Status scanned = source_->Scan(Table::kCase, {KeyAfter(NumberBytes(after)), ""},
                                             [&](std::string_view, std::string_view value) {
                                               const absl::StatusOr<matching::Case> found =
                                                   DecodeCase(value);
                                               decoded = found.status();
                                               return decoded.ok() && visit(*found);
                                             });
  return scanned.ok() ? decoded : scanned;
}

template <typename Base>
absl::StatusOr<CasePage> ReadingView<Base>::ListCases(const CaseFilter& filter,
                                                      std::size_t page_size,
                                                      const std::string& page_token) const {
  if (page_size == 0) return absl::InvalidArgumentError("page_size: must be positive");
  const absl::StatusOr<KeyRange> range = QueueRange(filter, page_token);
  if (!range.ok()) return range.status();
  std::vector<std::string> case_keys;
  std::string last_shown;
  bool more = false;
  absl::Status decoded = absl::OkStatus();
  const absl::Status scanned =
      source_->Scan(Table::kCaseIndex, *range, [&](std::string_view key, std::string_view value) {
        const absl::StatusOr<QueueEntry> entry = DecodeQueueEntry(value);
        std::uint8_t state = 0;
        std::uint64_t id = 0;
        decoded = entry.status();
        if (decoded.ok() && !ParseCaseQueueKey(key, &state, &id)) {
          decoded = BadKey(Table::kCaseIndex);
        }
        if (!decoded.ok()) return false;
        if (filter.kind.has_value() && entry->kind != *filter.kind) return true;
        if (filter.band.has_value() && entry->band != *filter.band) return true;
        if (!filter.domain.empty() && entry->domain != filter.domain) return true;
        more = case_keys.size() == page_size;
        if (more) return false;
        case_keys.push_back(NumberBytes(id));
        last_shown = std::string(key);
        return true;
      });
  if (!scanned.ok()) return scanned;
  if (!decoded.ok()) return decoded;
  absl::StatusOr<std::vector<matching::Case>> cases =
      GetRecords(*source_, Table::kCase, case_keys, DecodeCase);
  if (!cases.ok()) return cases.status();
  return CasePage{*std::move(cases), more ? ToHex(last_shown) : ""};
}

template <typename Base>
absl::StatusOr<std::int64_t> ReadingView<Base>::CountCases(const CaseFilter& filter) const {
  std::int64_t count = 0;
  absl::Status decoded = absl::OkStatus();
  const absl::Status scanned = source_->Scan(
      Table::kCounter, PrefixRange(kCaseCountPrefix),
      [&](std::string_view key, std::string_view value) {
        matching::Case group;
        const absl::StatusOr<std::uint64_t> number = DecodeNumber(value);
        decoded = number.status();
        if (decoded.ok() &&
            !ParseCaseCountKey(key, &group.kind, &group.state, &group.band, &group.domain)) {
          decoded = BadKey(Table::kCounter);
        }
        if (!decoded.ok()) return false;
        const bool counts = (!filter.kind.has_value() || group.kind == *filter.kind) &&
                            (!filter.state.has_value() || group.state == *filter.state) &&
                            (!filter.band.has_value() || group.band == *filter.band) &&
                            (filter.domain.empty() || group.domain == filter.domain);
        if (counts) count += static_cast<std::int64_t>(*number);
        return true;
      });
  if (!scanned.ok()) return scanned;
  if (!decoded.ok()) return decoded;
  return count;
}

template <typename Base>
absl::StatusOr<std::vector<matching::Case>> ReadingView<Base>::CasesOfAssignee(
    const std::string& assignee, std::size_t limit) const {
  const auto keys = CaseKeysUnder(*source_, PrefixRange(CaseAssigneePrefix(assignee)), limit);
  if (!keys.ok()) return keys.status();
  return GetRecords(*source_, Table::kCase, *keys, DecodeCase);
}

template <typename Base>
absl::StatusOr<std::vector<matching::Case>> ReadingView<Base>::CasesOfValue(
    matching::TermColumn column, std::uint64_t value_hash, std::size_t limit) const {
  const auto keys =
      CaseKeysUnder(*source_, PrefixRange(CaseValuePrefix(column, value_hash)), limit);
  if (!keys.ok()) return keys.status();
  return GetRecords(*source_, Table::kCase, *keys, DecodeCase);
}

template <typename Base>
absl::StatusOr<std::vector<matching::Case>> ReadingView<Base>::HeldCases(const matching::Date& day,
                                                                         std::size_t limit) const {
  const KeyRange range{CaseHoldPrefix({}), PrefixRange(CaseHoldPrefix(day)).end};
  const auto keys = CaseKeysUnder(*source_, range, limit);
  if (!keys.ok()) return keys.status();
  return GetRecords(*source_, Table::kCase, *keys, DecodeCase);
}

// --- decisions ---

template <typename Base>
absl::StatusOr<std::optional<matching::Decision>> ReadingView<Base>::GetDecision(
    std::uint64_t id) const {
  return GetRecord(*source_, Table::kDecision, NumberBytes(id), DecodeDecision);
}

template <typename Base>
absl::StatusOr<std::optional<matching::Decision>> ReadingView<Base>::FindDecision(
    const std::string& index_key) const {
  const absl::StatusOr<std::optional<std::uint64_t>> id =
      GetRecord(*source_, Table::kDecisionIndex, index_key, DecodeNumber);
  if (!id.ok()) return id.status();
  if (!id->has_value()) return std::optional<matching::Decision>();
  absl::StatusOr<std::optional<matching::Decision>> found = GetDecision(**id);
  if (found.ok() && !found->has_value()) return Orphan(TableName(Table::kDecision));
  return found;
}

template <typename Base>
absl::StatusOr<std::optional<matching::Decision>> ReadingView<Base>::FindPairDecision(
    matching::Verdict verdict, const std::vector<IdentityId>& identity_ids) const {
  return FindDecision(DecisionPairKey(verdict, identity_ids));
}

template <typename Base>
absl::StatusOr<std::optional<matching::Decision>> ReadingView<Base>::FindMerge(
    IdentityId merged) const {
  return FindDecision(MergedIdentityKey(merged));
}

template <typename Base>
absl::StatusOr<std::vector<IdentityId>> ReadingView<Base>::AbsorbedBy(IdentityId survivor) const {
  std::vector<IdentityId> ids;
  bool damaged = false;
  const absl::Status scanned =
      source_->Scan(Table::kDecisionIndex, PrefixRange(AbsorbedPrefix(survivor)),
                    [&](std::string_view key, std::string_view) {
                      IdentityId ignored = 0;
                      damaged = !ParseAbsorbedKey(key, &ignored, &ids.emplace_back());
                      return !damaged;
                    });
  if (!scanned.ok()) return scanned;
  if (damaged) return BadKey(Table::kDecisionIndex);
  return ids;
}

template <typename Base>
absl::StatusOr<DecisionPage> ReadingView<Base>::ListDecisions(const DecisionFilter& filter,
                                                              std::size_t page_size,
                                                              std::uint64_t before) const {
  const bool all = filter.identity_id == 0;
  KeyRange range =
      PrefixRange(all ? DecisionListPrefix() : DecisionIdentityPrefix(filter.identity_id));
  if (before != 0) {
    range.begin =
        KeyAfter(all ? DecisionListKey(before) : DecisionIdentityKey(filter.identity_id, before));
  }
  std::vector<std::string> keys;
  DecisionPage page;
  absl::Status decoded = absl::OkStatus();
  const absl::Status scanned = source_->Scan(
      Table::kDecisionIndex, range, [&](std::string_view key, std::string_view value) {
        const absl::StatusOr<DecisionEntry> entry = DecodeDecisionEntry(value);
        std::uint64_t id = 0;
        decoded = entry.status();
        if (decoded.ok() && !ParseDecisionListKey(key, &id)) {
          decoded = BadKey(Table::kDecisionIndex);
        }
        if (!decoded.ok()) return false;
        if (!Passes(filter, *entry)) return true;
        page.more = keys.size() == page_size;
        if (!page.more) keys.push_back(NumberBytes(id));
        return !page.more;
      });
  if (!scanned.ok()) return scanned;
  if (!decoded.ok()) return decoded;
  auto decisions = GetRecords(*source_, Table::kDecision, keys, DecodeDecision);
  if (!decisions.ok()) return decisions.status();
  page.decisions = *std::move(decisions);
  return page;
}

template <typename Base>
absl::StatusOr<std::optional<matching::Proposal>> ReadingView<Base>::GetProposal(
    std::uint64_t id) const {
  return GetRecord(*source_, Table::kProposal, NumberBytes(id), DecodeProposal);
}

template <typename Base>
absl::Status ReadingView<Base>::ScanProposals(
    std::uint64_t after, const std::function<bool(const matching::Proposal&)>& visit) const {
  KeyRange range;
  if (after != 0) range.begin = KeyAfter(NumberBytes(after));
  absl::Status decoded = absl::OkStatus();
  absl::Status scanned =
      source_->Scan(Table::kProposal, range, [&](std::string_view, std::string_view value) {
        const absl::StatusOr<matching::Proposal> proposal = DecodeProposal(value);
        decoded = proposal.status();
        return decoded.ok() && visit(*proposal);
      });
  return scanned.ok() ? decoded : scanned;
}

template <typename Base>
absl::StatusOr<std::vector<matching::CaseNote>> ReadingView<Base>::NotesOf(
    std::uint64_t case_id, std::uint64_t before, std::size_t limit) const {
  KeyRange range = PrefixRange(CaseNotePrefix(case_id));
  if (before != 0) range.begin = KeyAfter(CaseNoteKey(case_id, before));
  std::vector<matching::CaseNote> notes;
  absl::Status decoded = absl::OkStatus();
  if (limit == 0) return notes;
  const absl::Status scanned =
      source_->Scan(Table::kCaseNote, range, [&](std::string_view, std::string_view value) {
        absl::StatusOr<matching::CaseNote> note = DecodeCaseNote(value);
        decoded = note.status();
        if (decoded.ok()) notes.push_back(*std::move(note));
        return decoded.ok() && notes.size() < limit;
      });
  if (!scanned.ok()) return scanned;
  if (!decoded.ok()) return decoded;
  return notes;
}

// view.cc makes the rest of the two views.
template absl::StatusOr<std::optional<matching::Proposal>> ReadingView<View>::GetProposal(
    std::uint64_t id) const;
template absl::Status ReadingView<View>::ScanProposals(
    std::uint64_t after, const std::function<bool(const matching::Proposal&)>& visit) const;
template absl::StatusOr<std::optional<matching::Proposal>> ReadingView<Transaction>::GetProposal(
    std::uint64_t id) const;
template absl::Status ReadingView<Transaction>::ScanProposals(
    std::uint64_t after, const std::function<bool(const matching::Proposal&)>& visit) const;
template absl::StatusOr<std::vector<matching::CaseNote>> ReadingView<View>::NotesOf(
    std::uint64_t case_id, std::uint64_t before, std::size_t limit) const;
template absl::StatusOr<std::vector<matching::CaseNote>> ReadingView<Transaction>::NotesOf(
    std::uint64_t case_id, std::uint64_t before, std::size_t limit) const;
template absl::StatusOr<std::optional<matching::Case>> ReadingView<View>::GetCase(
    std::uint64_t id) const;
template absl::StatusOr<std::optional<matching::Case>> ReadingView<View>::FindLiveCase(
    matching::CaseKind kind, const std::vector<IdentityId>& identity_ids) const;
template absl::StatusOr<std::vector<matching::Case>> ReadingView<View>::LiveCasesOf(
    IdentityId id) const;
template absl::Status ReadingView<View>::ScanCases(
    std::uint64_t after, const std::function<bool(const matching::Case&)>& visit) const;
template absl::StatusOr<CasePage> ReadingView<View>::ListCases(const CaseFilter& filter,
                                                               std::size_t page_size,
                                                               const std::string& page_token) const;
template absl::StatusOr<std::int64_t> ReadingView<View>::CountCases(const CaseFilter& filter) const;
template absl::StatusOr<std::vector<matching::Case>> ReadingView<View>::CasesOfAssignee(
    const std::string& assignee, std::size_t limit) const;
template absl::StatusOr<std::vector<matching::Case>> ReadingView<View>::CasesOfValue(
    matching::TermColumn column, std::uint64_t value_hash, std::size_t limit) const;
template absl::StatusOr<std::vector<matching::Case>> ReadingView<View>::HeldCases(
    const matching::Date& day, std::size_t limit) const;
template absl::StatusOr<std::optional<matching::Decision>> ReadingView<View>::GetDecision(
    std::uint64_t id) const;
template absl::StatusOr<std::optional<matching::Decision>> ReadingView<View>::FindDecision(
    const std::string& index_key) const;
template absl::StatusOr<std::optional<matching::Decision>> ReadingView<View>::FindPairDecision(
    matching::Verdict verdict, const std::vector<IdentityId>& identity_ids) const;
template absl::StatusOr<std::optional<matching::Decision>> ReadingView<View>::FindMerge(
    IdentityId merged) const;
template absl::StatusOr<std::vector<IdentityId>> ReadingView<View>::AbsorbedBy(
    IdentityId survivor) const;
template absl::StatusOr<DecisionPage> ReadingView<View>::ListDecisions(const DecisionFilter& filter,
                                                                       std::size_t page_size,
                                                                       std::uint64_t before) const;
template absl::StatusOr<std::optional<matching::Case>> ReadingView<Transaction>::GetCase(
    std::uint64_t id) const;
template absl::StatusOr<std::optional<matching::Case>> ReadingView<Transaction>::FindLiveCase(
    matching::CaseKind kind, const std::vector<IdentityId>& identity_ids) const;
template absl::StatusOr<std::vector<matching::Case>> ReadingView<Transaction>::LiveCasesOf(
    IdentityId id) const;
template absl::Status ReadingView<Transaction>::ScanCases(
    std::uint64_t after, const std::function<bool(const matching::Case&)>& visit) const;
template absl::StatusOr<CasePage> ReadingView<Transaction>::ListCases(
    const CaseFilter& filter, std::size_t page_size, const std::string& page_token) const;
template absl::StatusOr<std::int64_t> ReadingView<Transaction>::CountCases(
    const CaseFilter& filter) const;
template absl::StatusOr<std::vector<matching::Case>> ReadingView<Transaction>::CasesOfAssignee(
    const std::string& assignee, std::size_t limit) const;
template absl::StatusOr<std::vector<matching::Case>> ReadingView<Transaction>::CasesOfValue(
    matching::TermColumn column, std::uint64_t value_hash, std::size_t limit) const;
template absl::StatusOr<std::vector<matching::Case>> ReadingView<Transaction>::HeldCases(
    const matching::Date& day, std::size_t limit) const;
template absl::StatusOr<std::optional<matching::Decision>> ReadingView<Transaction>::GetDecision(
    std::uint64_t id) const;
template absl::StatusOr<std::optional<matching::Decision>> ReadingView<Transaction>::FindDecision(
    const std::string& index_key) const;
template absl::StatusOr<std::optional<matching::Decision>>
ReadingView<Transaction>::FindPairDecision(matching::Verdict verdict,
                                           const std::vector<IdentityId>& identity_ids) const;
template absl::StatusOr<std::optional<matching::Decision>> ReadingView<Transaction>::FindMerge(
    IdentityId merged) const;
template absl::StatusOr<std::vector<IdentityId>> ReadingView<Transaction>::AbsorbedBy(
    IdentityId survivor) const;
template absl::StatusOr<DecisionPage> ReadingView<Transaction>::ListDecisions(
    const DecisionFilter& filter, std::size_t page_size, std::uint64_t before) const;
}  // namespace vigie::storage
