#include "storage/transaction.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "storage/keys.h"
#include "storage/record_codec.h"
#include "storage/view.h"

namespace vigie::storage {
namespace {

using matching::IdentityId;
using matching::TrustStatus;

Counter CounterOf(TrustStatus status) {
  switch (status) {
    case TrustStatus::kProvisional:
      return Counter::kProvisional;
    case TrustStatus::kRecovered:
      return Counter::kRecovered;
    case TrustStatus::kValidated:
      return Counter::kValidated;
    case TrustStatus::kQualified:
      return Counter::kQualified;
  }
  return Counter::kProvisional;
}

void AddSearchNames(const matching::Identity& identity, SearchNameKind kind,
                    const std::vector<std::string>& names, Derived* derived) {
  for (const std::string& name : names) {
    // A key is padded with zero bytes; a name cannot hold one in match form.
    const std::string letters = name.substr(0, std::min(name.find('\0'), kSearchPrefixBytesMax));
    for (std::size_t length = 1; length <= letters.size(); ++length) {
      const std::string key = SearchKey(identity.traits.birth_date, kind,
                                        std::string_view(letters).substr(0, length), identity.id);
      derived->entries[{Table::kSearch, key}] = "";
    }
  }
}

bool IsLive(const matching::Case& c) { return matching::IsLive(c.state); }

// The transaction: reads through the overlay it writes to.
class OverlayTransaction final : public ReadingView<Transaction> {
 public:
  OverlayTransaction(Overlay* overlay, std::int64_t this_commit_number, CommittedChange* written)
      : ReadingView<Transaction>(overlay),
        overlay_(overlay),
        this_commit_number_(this_commit_number),
        written_(written) {}

  absl::StatusOr<IdentityId> NextIdentityId() override { return NextNumber(kMetaLastIdentityId); }
  absl::StatusOr<std::uint64_t> NextCaseId() override { return NextNumber(kMetaLastCaseId); }
  absl::StatusOr<std::uint64_t> NextDecisionId() override {
    return NextNumber(kMetaLastDecisionId);
  }
  absl::Status PutIdentity(const matching::Identity* before, const IndexEntries* entries_before,
                           const matching::Identity& after,
                           const IndexEntries& entries_after) override;
  absl::Status PutChange(const matching::Change& change) override;
  absl::Status PutVisit(const matching::Visit* before, const matching::Visit& after) override;
  absl::Status PutCase(const matching::Case* before, const matching::Case& after) override;
  absl::Status PutDecision(const matching::Decision* before,
                           const matching::Decision& after) override;
  absl::Status PutProposal(const matching::Proposal* before,
                           const matching::Proposal& after) override;
  absl::Status RemoveProposal(const matching::Proposal& before) override;
  absl::Status PutNote(const matching::CaseNote& note) override;
  absl::Status PutLabelPair(const matching::LabelPair* before,
                            const matching::LabelPair& after) override;
  absl::Status PutLabelProgress(const LabelProgress& progress) override;
  absl::Status PutSnapshot(const FigureSnapshot& snapshot) override;
  absl::Status PutRequest(const std::string& request_id, const AnsweredRequest& answered) override;
  std::int64_t ThisCommitNumber() const override { return this_commit_number_; }

 private:
  absl::StatusOr<std::uint64_t> NextNumber(std::string_view meta_key);
  absl::Status CheckBefore(Table table, const std::string& key,
                           const std::optional<std::string>& before) const;
  absl::Status CheckFree(Table table, const std::string& key, const std::string& value,
                         const std::string& what) const;
  absl::Status Apply(const Derived& before, const Derived& after);
  absl::Status AddToCounter(const std::string& key, std::int64_t delta);

  Overlay* const overlay_;
  const std::int64_t this_commit_number_;
  CommittedChange* const written_;  // null: nobody asks
};

absl::StatusOr<std::uint64_t> OverlayTransaction::NextNumber(std::string_view meta_key) {
  const absl::StatusOr<std::optional<std::string>> last = overlay_->Get(Table::kMeta, meta_key);
  if (!last.ok()) return last.status();
  std::uint64_t number = 0;
  if (last->has_value()) {
    const absl::StatusOr<std::uint64_t> decoded = DecodeNumber(**last);
    if (!decoded.ok()) return decoded.status();
    number = *decoded;
  }
  overlay_->Put(Table::kMeta, std::string(meta_key), NumberBytes(number + 1));
  return number + 1;
}

// What stands under `key` must be what the caller started from: index entries and counters are
// derived from it.
absl::Status OverlayTransaction::CheckBefore(Table table, const std::string& key,
                                             const std::optional<std::string>& before) const {
  const absl::StatusOr<std::optional<std::string>> stored = overlay_->Get(table, key);
  if (!stored.ok()) return stored.status();
  if (*stored == before) return absl::OkStatus();
  const std::string what = "a record of table " + std::string(TableName(table));
  if (!before.has_value()) return absl::AlreadyExistsError(what + " exists already");
  if (!stored->has_value()) return absl::NotFoundError(what + " does not exist");
  return absl::AbortedError(what + " has changed since it was read");
}

// The entry is not there, or already says `value`.
absl::Status OverlayTransaction::CheckFree(Table table, const std::string& key,
                                           const std::string& value,
                                           const std::string& what) const {
  const absl::StatusOr<std::optional<std::string>> stored = overlay_->Get(table, key);
  if (!stored.ok()) return stored.status();
  if (stored->has_value() && **stored != value) return absl::AlreadyExistsError(what);
  return absl::OkStatus();
}

absl::Status OverlayTransaction::Apply(const Derived& before, const Derived& after) {
  for (const auto& [place, value] : before.entries) {
    if (after.entries.count(place) == 0) overlay_->Delete(place.first, place.second);
  }
  for (const auto& [place, value] : after.entries) {
    const auto old = before.entries.find(place);
    if (old == before.entries.end() || old->second != value) {
      overlay_->Put(place.first, place.second, value);
    }
  }
  std::map<std::string, std::int64_t> deltas = after.counts;
  for (const auto& [key, count] : before.counts) deltas[key] -= count;
  for (const auto& [key, delta] : deltas) {
    absl::Status added = AddToCounter(key, delta);
    if (!added.ok()) return added;
  }
  return absl::OkStatus();
}

absl::Status OverlayTransaction::AddToCounter(const std::string& key, std::int64_t delta) {
  if (delta == 0) return absl::OkStatus();
  const absl::StatusOr<std::optional<std::string>> stored = overlay_->Get(Table::kCounter, key);
  if (!stored.ok()) return stored.status();
  std::int64_t count = delta;
  if (stored->has_value()) {
    const absl::StatusOr<std::uint64_t> decoded = DecodeNumber(**stored);
    if (!decoded.ok()) return decoded.status();
    count += static_cast<std::int64_t>(*decoded);
  }
  if (count < 0)
    return absl::InternalError("a counter would fall below zero: wrong entries before");
  if (count == 0) {
    overlay_->Delete(Table::kCounter, key);
  } else {
    overlay_->Put(Table::kCounter, key, NumberBytes(static_cast<std::uint64_t>(count)));
  }
  return absl::OkStatus();
}

absl::Status OverlayTransaction::PutIdentity(const matching::Identity* before,
                                             const IndexEntries* entries_before,
                                             const matching::Identity& after,
                                             const IndexEntries& entries_after) {
  if (after.id == 0) return absl::InvalidArgumentError("an identity needs its number");
  if (after.status_periods.empty()) {
    return absl::InvalidArgumentError("an identity needs a status period");
  }
  if ((before == nullptr) != (entries_before == nullptr)) {
    return absl::InvalidArgumentError("identity and entries before come together");
  }
  if (before != nullptr && before->id != after.id) {
    return absl::InvalidArgumentError("an identity keeps its number");
  }
  const std::string key = NumberBytes(after.id);
  absl::Status checked =
      CheckBefore(Table::kIdentity, key,
                  before != nullptr ? std::optional(EncodeIdentity(*before)) : std::nullopt);
  if (!checked.ok()) return checked;
  checked = CheckFree(Table::kLocalId, LocalIdKey(after.domain, after.local_id), key,
                      "the local id belongs to another identity");
  if (!checked.ok()) return checked;
  overlay_->Put(Table::kIdentity, key, EncodeIdentity(after));
  if (written_ != nullptr) written_->identities.push_back(after);
  return Apply(before != nullptr ? DerivedOf(*before, *entries_before) : Derived(),
               DerivedOf(after, entries_after));
}

absl::Status OverlayTransaction::PutChange(const matching::Change& change) {
  const std::string key = HistoryKey(change.identity_id, change.version);
  absl::Status checked = CheckBefore(Table::kHistory, key, std::nullopt);
  if (!checked.ok()) return checked;
  overlay_->Put(Table::kHistory, key, EncodeChange(change));
  return absl::OkStatus();
}

absl::Status OverlayTransaction::PutVisit(const matching::Visit* before,
                                          const matching::Visit& after) {
  const std::string key = VisitKey(after.domain, after.visit_number);
  if (before != nullptr && VisitKey(before->domain, before->visit_number) != key) {
    return absl::InvalidArgumentError("a visit keeps its domain and number");
  }
  absl::Status checked = CheckBefore(
      Table::kVisit, key, before != nullptr ? std::optional(EncodeVisit(*before)) : std::nullopt);
  if (!checked.ok()) return checked;
  overlay_->Put(Table::kVisit, key, EncodeVisit(after));
  if (written_ != nullptr) {
    written_->visits.push_back({before != nullptr ? std::optional(*before) : std::nullopt, after});
  }
  return Apply(before != nullptr ? DerivedOf(*before) : Derived(), DerivedOf(after));
}

absl::Status OverlayTransaction::PutCase(const matching::Case* before,
                                         const matching::Case& after) {
  if (after.id == 0) return absl::InvalidArgumentError("a case needs its number");
  if (!std::is_sorted(after.identity_ids.begin(), after.identity_ids.end())) {
    return absl::InvalidArgumentError("the identities of a case stand in ascending order");
  }
  if (before != nullptr && before->id != after.id) {
    return absl::InvalidArgumentError("a case keeps its number");
  }
  if (after.priority < 0 || after.priority > matching::kCasePriorityMax) {
    return absl::InvalidArgumentError("the priority of a case is out of range");
  }
  if ((after.kind == matching::CaseKind::kFrequentValue) != after.frequent_value.has_value()) {
    return absl::InvalidArgumentError("a frequent value, and no other case, names its value");
  }
  const std::string key = NumberBytes(after.id);
  absl::Status checked = CheckBefore(
      Table::kCase, key, before != nullptr ? std::optional(EncodeCase(*before)) : std::nullopt);
  if (checked.ok() && IsLive(after)) {
    checked = CheckFree(Table::kCaseIndex, LiveCaseKey(after), key,
                        "a live case of this kind stands on these identities");
  }
  if (!checked.ok()) return checked;
  overlay_->Put(Table::kCase, key, EncodeCase(after));
  if (written_ != nullptr) written_->cases.push_back(after);
  return Apply(before != nullptr ? DerivedOf(*before) : Derived(), DerivedOf(after));
}

absl::Status OverlayTransaction::PutDecision(const matching::Decision* before,
                                             const matching::Decision& after) {
  if (after.id == 0) return absl::InvalidArgumentError("a decision needs its number");
  if (!std::is_sorted(after.identity_ids.begin(), after.identity_ids.end()) ||
      after.identity_ids.empty() || after.fingerprints.size() != after.identity_ids.size()) {
    return absl::InvalidArgumentError("a decision names its identities in ascending order");
  }
  if (before != nullptr && before->id != after.id) {
    return absl::InvalidArgumentError("a decision keeps its number");
  }
  const std::string key = NumberBytes(after.id);
  absl::Status checked =
      CheckBefore(Table::kDecision, key,
                  before != nullptr ? std::optional(EncodeDecision(*before)) : std::nullopt);
  if (!checked.ok()) return checked;
  Derived derived = DerivedOf(after);
  for (const auto& [place, value] : derived.entries) {
    const bool list = place.second.front() == 'n' || place.second.front() == 'i';
    if (list) continue;
    checked =
        CheckFree(place.first, place.second, value, "another decision holds of these identities");
    if (!checked.ok()) return checked;
  }
  overlay_->Put(Table::kDecision, key, EncodeDecision(after));
  return Apply(before != nullptr ? DerivedOf(*before) : Derived(), derived);
}

absl::Status OverlayTransaction::PutProposal(const matching::Proposal* before,
                                             const matching::Proposal& after) {
  if (after.id == 0 || after.decision_id == 0) {
    return absl::InvalidArgumentError("a proposal needs its number and its decision");
  }
  if (before != nullptr && before->id != after.id) {
    return absl::InvalidArgumentError("a proposal keeps its number");
  }
  const std::string key = NumberBytes(after.id);
  absl::Status checked =
      CheckBefore(Table::kProposal, key,
                  before != nullptr ? std::optional(EncodeProposal(*before)) : std::nullopt);
  if (checked.ok()) overlay_->Put(Table::kProposal, key, EncodeProposal(after));
  return checked;
}

absl::Status OverlayTransaction::RemoveProposal(const matching::Proposal& before) {
  const std::string key = NumberBytes(before.id);
  absl::Status checked = CheckBefore(Table::kProposal, key, EncodeProposal(before));
  if (checked.ok()) overlay_->Delete(Table::kProposal, key);
  return checked;
}

absl::Status OverlayTransaction::PutNote(const matching::CaseNote& note) {
  const absl::StatusOr<std::vector<matching::CaseNote>> newest = NotesOf(note.case_id, 0, 1);
  if (!newest.ok()) return newest.status();
  const std::uint64_t next = newest->empty() ? 1 : newest->front().number + 1;
  if (note.number != next) {
    return absl::InvalidArgumentError("the next note of this case is " + std::to_string(next));
  }
  overlay_->Put(Table::kCaseNote, CaseNoteKey(note.case_id, note.number), EncodeCaseNote(note));
  return absl::OkStatus();
}

absl::Status OverlayTransaction::PutLabelPair(const matching::LabelPair* before,
                                              const matching::LabelPair& after) {
  if (after.left_id == 0 || after.left_id >= after.right_id) {
    return absl::InvalidArgumentError("a pair to label names its identities in ascending order");
  }
  if (after.labels.size() > matching::kLabelsPerPair ||
      (after.labels.size() == 2 && after.labels[0].actor == after.labels[1].actor)) {
    return absl::InvalidArgumentError("a pair has labels of different people, two at most");
  }
  const std::string key = LabelKey(after.left_id, after.right_id);
  if (before != nullptr && LabelKey(before->left_id, before->right_id) != key) {
    return absl::InvalidArgumentError("a pair to label keeps its identities");
  }
  absl::Status checked =
      CheckBefore(Table::kLabel, key,
                  before != nullptr ? std::optional(EncodeLabelPair(*before)) : std::nullopt);
  if (!checked.ok()) return checked;
  overlay_->Put(Table::kLabel, key, EncodeLabelPair(after));
  return Apply(before != nullptr ? DerivedOf(*before) : Derived(), DerivedOf(after));
}

absl::Status OverlayTransaction::PutLabelProgress(const LabelProgress& progress) {
  overlay_->Put(Table::kMeta, std::string(kMetaLabelProgress),
                NumberBytes(progress.last_case_id) + NumberBytes(progress.last_identity_id));
  return absl::OkStatus();
}

absl::Status OverlayTransaction::PutSnapshot(const FigureSnapshot& snapshot) {
  if (snapshot.day.year == 0 || snapshot.day.month == 0 || snapshot.day.day == 0) {
    return absl::InvalidArgumentError("a snapshot needs its day");
  }
  const absl::StatusOr<std::optional<FigureSnapshot>> newest =
      GetSnapshot(snapshot.day, snapshot.definition_name, /*revision=*/0);
  if (!newest.ok()) return newest.status();
  const std::int64_t next = newest->has_value() ? (*newest)->revision + 1 : 1;
  if (snapshot.revision != next) {
    return absl::InvalidArgumentError("the next revision of this snapshot is " +
                                      std::to_string(next));
  }
  overlay_->Put(Table::kSnapshot,
                SnapshotKey(snapshot.day, snapshot.definition_name, snapshot.revision),
                EncodeSnapshot(snapshot));
  return absl::OkStatus();
}

absl::Status OverlayTransaction::PutRequest(const std::string& request_id,
                                            const AnsweredRequest& answered) {
  if (request_id.empty()) return absl::InvalidArgumentError("a request needs its id");
  absl::Status checked = CheckBefore(Table::kRequest, request_id, std::nullopt);
  if (!checked.ok()) return checked;
  AnsweredRequest stored = answered;
  stored.commit_number = this_commit_number_;
  overlay_->Put(Table::kRequest, request_id, EncodeRequest(stored));
  return absl::OkStatus();
}

}  // namespace

Derived DerivedOf(const matching::Identity& identity, const IndexEntries& entries) {
  Derived derived;
  const std::string id = NumberBytes(identity.id);
  derived.entries[{Table::kLocalId, LocalIdKey(identity.domain, identity.local_id)}] = id;
  const bool merged = identity.merged_into != 0;
  for (const matching::Ins& ins : identity.ins_history) {
    derived.entries[{Table::kIns, InsKey(ins, identity.id)}] = EncodeInsState(/*past=*/true);
  }
  if (identity.ins.has_value()) {
    derived.entries[{Table::kIns, InsKey(*identity.ins, identity.id)}] = EncodeInsState(merged);
  }
  if (merged) {
    ++derived.counts[CounterKey(Counter::kMerged)];
    return derived;
  }
  if (identity.ins_confirmed_at.has_value()) {
    derived.entries[{Table::kIns, InsConfirmationKey(*identity.ins_confirmed_at, identity.id)}] =
        "";
  }
  for (const std::uint64_t key : entries.candidate_keys) {
    derived.entries[{Table::kCandidate, CandidateIndexKey(key, identity.id)}] = "";
  }
  derived.entries[{Table::kSearch, SearchKey(identity.traits.birth_date, SearchNameKind::kAny, "",
                                             identity.id)}] = "";
  AddSearchNames(identity, SearchNameKind::kFamily, entries.family_names, &derived);
  AddSearchNames(identity, SearchNameKind::kGiven, entries.given_names, &derived);
  for (const Term& term : entries.terms) ++derived.counts[TermKey(term.column, term.value_hash)];
  ++derived.counts[CounterKey(Counter::kIdentity)];
  if (!identity.status_periods.empty()) {
    ++derived.counts[CounterKey(CounterOf(identity.status_periods.back().status))];
  }
  return derived;
}

Derived DerivedOf(const matching::Visit& visit) {
  Derived derived;
  derived.entries[{Table::kVisitIndex, VisitTimeKey(visit)}] = "";
  ++derived.counts[CounterKey(Counter::kVisit)];
  if (visit.identity_id != 0) {
    derived.entries[{Table::kVisitIndex, VisitIdentityKey(visit)}] = "";
  } else {
    derived.entries[{Table::kVisitIndex, VisitWaitingKey(visit)}] = "";
    ++derived.counts[CounterKey(Counter::kUnattachedVisit)];
  }
  return derived;
}

Derived DerivedOf(const matching::Case& c) {
  Derived derived;
  const std::string id = NumberBytes(c.id);
  const std::string queue_entry = EncodeQueueEntry({c.kind, c.band, c.domain});
  const auto state = static_cast<std::uint8_t>(c.state);
  derived.entries[{Table::kCaseIndex, CaseQueueKey(kAnyCaseState, c)}] = queue_entry;
  derived.entries[{Table::kCaseIndex, CaseQueueKey(state, c)}] = queue_entry;
  ++derived.counts[CaseCountKey(c)];
  if (const auto& value = c.frequent_value) {
    derived.entries[{Table::kCaseIndex, CaseValueKey(value->column, value->value_hash, c.id)}] = "";
  }
  if (!IsLive(c)) return derived;
  ++derived.counts[CounterKey(Counter::kOpenCase)];
  derived.entries[{Table::kCaseIndex, LiveCaseKey(c)}] = id;
  for (const IdentityId identity_id : c.identity_ids) {
    derived.entries[{Table::kCaseIndex, CaseIdentityKey(identity_id, c.id)}] = "";
  }
  if (!c.assignee.empty()) {
    derived.entries[{Table::kCaseIndex, CaseAssigneeKey(c.assignee, c.id)}] = "";
  }
  if (c.state == matching::CaseState::kOnHold) {
    derived.entries[{Table::kCaseIndex, CaseHoldKey(c.hold_until, c.id)}] = "";
  }
  return derived;
}

Derived DerivedOf(const matching::Decision& decision) {
  Derived derived;
  const std::string id = NumberBytes(decision.id);
  const std::string entry = EncodeDecisionEntry({decision.verdict, decision.state});
  derived.entries[{Table::kDecisionIndex, DecisionListKey(decision.id)}] = entry;
  for (const IdentityId identity_id : decision.identity_ids) {
    derived.entries[{Table::kDecisionIndex, DecisionIdentityKey(identity_id, decision.id)}] = entry;
  }
  if (!matching::IsInForce(decision.state)) return derived;
  if (decision.verdict == matching::Verdict::kDifferentPersons ||
      decision.verdict == matching::Verdict::kSamePerson) {
    derived.entries[{Table::kDecisionIndex,
                     DecisionPairKey(decision.verdict, decision.identity_ids)}] = id;
  }
  if (decision.verdict != matching::Verdict::kDuplicate) return derived;
  for (const IdentityId identity_id : decision.identity_ids) {
    if (identity_id == decision.surviving_id) continue;
    derived.entries[{Table::kDecisionIndex, MergedIdentityKey(identity_id)}] = id;
    derived.entries[{Table::kDecisionIndex, AbsorbedKey(decision.surviving_id, identity_id)}] = id;
  }
  return derived;
}

Derived DerivedOf(const matching::LabelPair& pair) {
  Derived derived;
  if (matching::IsComplete(pair)) return derived;
  derived.entries[{Table::kLabelIndex, LabelWaitingKey(pair.left_id, pair.right_id)}] =
      pair.labels.empty() ? "" : pair.labels.front().actor;
  return derived;
}

std::unique_ptr<Transaction> MakeTransaction(Overlay* overlay, std::int64_t this_commit_number,
                                             CommittedChange* written) {
  return std::make_unique<OverlayTransaction>(overlay, this_commit_number, written);
}

}  // namespace vigie::storage
