#include "storage/check.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "absl/hash/hash.h"
#include "matching/trust.h"
#include "storage/audit.h"
#include "storage/check_index.h"
#include "storage/check_labels.h"
#include "storage/data_directory.h"
#include "storage/head.h"
#include "storage/keys.h"
#include "storage/merges.h"
#include "storage/record_codec.h"
#include "storage/rocks_kv.h"
#include "storage/transaction.h"
#include "storage/view.h"

namespace vigie::storage {
namespace {

using matching::Identity;
using matching::IdentityId;

constexpr std::int64_t kProgressEvery = 4096;

std::string IdentityReference(IdentityId id) { return "identity/" + std::to_string(id); }
std::string CaseReference(std::uint64_t id) { return "case/" + std::to_string(id); }
std::string VisitReference(const matching::Visit& visit) {
  return "visit/" + visit.domain + "/" + visit.visit_number;
}

// Walks a base and notes what is wrong.
class BaseCheck {
 public:
  BaseCheck(const KeyValueStore& kv, const CheckOptions& options)
      : kv_(kv),
        options_(options),
        snapshot_(kv.TakeSnapshot()),
        view_(MakeSnapshotView(&kv)),
        index_(std::make_unique<IndexComparison>()) {}

  // False: an empty store, nothing more to check.
  absl::StatusOr<bool> CheckHead(const std::vector<AnchorRecord>& anchor);
  void CheckChain();
  absl::Status CheckRecords();
  absl::Status CheckIndex();
  CheckReport Take() { return std::move(report_); }

 private:
  using RowVisitor = std::function<void(std::string_view key, std::string_view value)>;

  void Note(CheckFinding finding) {
    ++report_.finding_count;
    if (report_.findings.size() < options_.findings_max) {
      report_.findings.push_back(std::move(finding));
    }
  }
  void Note(std::string code, Table table, std::string reference, std::string message) {
    Note(
        {std::move(code), std::string(TableName(table)), std::move(reference), std::move(message)});
  }
  void NoteUndecodable(Table table, std::string reference, const absl::Status& status) {
    Note("record_damaged", table, std::move(reference), std::string(status.message()));
  }
  absl::Status ScanTable(Table table, std::string_view step, std::int64_t total,
                         const RowVisitor& visit);

  absl::Status CheckNumbers();
  void CheckIdentity(std::string_view key, const Identity& identity);
  absl::Status CheckHistory();
  void CheckHistoryOf(IdentityId id, const std::vector<matching::Change>& changes);
  void CheckVisit(std::string_view key, const matching::Visit& visit);
  void CheckMerged(const Identity& identity);
  void CheckDecision(std::string_view key, const matching::Decision& decision);
  void CheckCase(std::string_view key, const matching::Case& c);
  absl::Status CheckNotes();
  absl::Status CheckProposals();
  absl::Status CheckLabels();
  absl::Status CheckRequests();
  absl::Status CompareRequests();
  absl::Status CheckSnapshots();
  absl::Status WalkRecordsAgain();

  const KeyValueStore& kv_;
  const CheckOptions& options_;
  const std::unique_ptr<Snapshot> snapshot_;
  const std::unique_ptr<View> view_;
  const std::unique_ptr<IndexComparison> index_;
  CheckReport report_;
  Head head_;
  Counts counts_;  // as kept; for progress only
  IdentityId last_identity_ = 0;
  std::uint64_t last_case_ = 0;
  std::uint64_t last_decision_ = 0;
};

absl::StatusOr<bool> BaseCheck::CheckHead(const std::vector<AnchorRecord>& anchor) {
  const absl::StatusOr<std::optional<Head>> head = ReadHead(kv_);
  if (!head.ok()) return head.status();
  const absl::Status anchored = CheckAnchor(kv_, *head, anchor);
  if (!anchored.ok()) Note({"anchor_differs", "anchor", "", std::string(anchored.message())});
  if (!head->has_value()) return false;
  head_ = **head;
  report_.base_id = head_.base_id;
  report_.commit_number = head_.commit_number;
  if (head_.schema_version != kSchemaVersion) {
    return absl::FailedPreconditionError(
        "the database has schema version " + std::to_string(head_.schema_version) +
        ", this program checks " + std::to_string(kSchemaVersion) +
        "; start vigied once, which brings it over, stop it and check again");
  }
  if (anchor.empty() && head_.commit_number > 0) {
    Note({"anchor_missing", "anchor", "",
          "there are commits but no anchor: a lost end of the base would not be noticed"});
  }
  const absl::StatusOr<Counts> counts = view_->GetCounts();
  if (counts.ok()) counts_ = *counts;
  return true;
}

void BaseCheck::CheckChain() {
  if (options_.progress) options_.progress("audit", 0, head_.commit_number);
  const absl::StatusOr<VerifiedChain> chain = VerifyAuditChain(*view_, head_.base_id);
  if (!chain.ok()) {
    Note("chain_broken", Table::kAudit, "", std::string(chain.status().message()));
  } else if (chain->hash != head_.chain_head) {
    Note("head_differs", Table::kMeta, "commit/" + std::to_string(chain->commit_number),
         "the head of the base is not the hash of its last audit entry");
  }
}

absl::Status BaseCheck::ScanTable(Table table, std::string_view step, std::int64_t total,
                                  const RowVisitor& visit) {
  std::int64_t done = 0;
  return kv_.Scan(table, {}, snapshot_.get(), [&](std::string_view key, std::string_view value) {
    visit(key, value);
    if (++done % kProgressEvery == 0 && options_.progress) options_.progress(step, done, total);
    return true;
  });
}

absl::Status BaseCheck::CheckRecords() {
  absl::Status status = ScanTable(
      Table::kIdentity, "identities", counts_.identity_count,
      [&](std::string_view key, std::string_view value) {
        ++report_.identity_count;
        const absl::StatusOr<Identity> identity = DecodeIdentity(value);
        std::uint64_t id = 0;
        ParseNumberBytes(key, &id);
        if (!identity.ok()) {
          return NoteUndecodable(Table::kIdentity, IdentityReference(id), identity.status());
        }
        CheckIdentity(key, *identity);
      });
  if (status.ok()) status = CheckHistory();
  if (!status.ok()) return status;
  status =
      ScanTable(Table::kVisit, "visits", counts_.visit_count,
                [&](std::string_view key, std::string_view value) {
                  ++report_.visit_count;
                  const absl::StatusOr<matching::Visit> visit = DecodeVisit(value);
                  if (!visit.ok()) {
                    matching::Visit named;
                    ParseVisitKey(key, &named.domain, &named.visit_number);
                    return NoteUndecodable(Table::kVisit, VisitReference(named), visit.status());
                  }
                  CheckVisit(key, *visit);
                });
  if (!status.ok()) return status;
  status = ScanTable(Table::kCase, "cases", 0, [&](std::string_view key, std::string_view value) {
    ++report_.case_count;
    const absl::StatusOr<matching::Case> c = DecodeCase(value);
    std::uint64_t id = 0;
    ParseNumberBytes(key, &id);
    if (!c.ok()) return NoteUndecodable(Table::kCase, CaseReference(id), c.status());
    CheckCase(key, *c);
  });
  if (status.ok()) {
    status = ScanTable(
        Table::kDecision, "decisions", 0, [&](std::string_view key, std::string_view value) {
          ++report_.decision_count;
          const absl::StatusOr<matching::Decision> decision = DecodeDecision(value);
          std::uint64_t id = 0;
          ParseNumberBytes(key, &id);
          if (decision.ok()) return CheckDecision(key, *decision);
          NoteUndecodable(Table::kDecision, "decision/" + std::to_string(id), decision.status());
        });
  }
  if (status.ok()) status = CheckNotes();
  if (status.ok()) status = CheckProposals();
  if (status.ok()) status = CheckLabels();
  if (status.ok()) status = CheckRequests();
  if (status.ok()) status = CheckSnapshots();
  return status.ok() ? CheckNumbers() : status;
}

void BaseCheck::CheckIdentity(std::string_view key, const Identity& identity) {
  const std::string reference = IdentityReference(identity.id);
  last_identity_ = std::max(last_identity_, identity.id);
  if (key != NumberBytes(identity.id)) {
    Note("key_differs", Table::kIdentity, reference, "the record stands under another number");
  }
  const auto& periods = identity.status_periods;
  if (periods.empty()) {
    Note("status_missing", Table::kIdentity, reference, "there is no status period");
  } else if (periods.back().status != matching::StatusOf(identity.trust)) {
    Note("status_differs", Table::kIdentity, reference,
         "the last period's status does not follow from the facts");
  }
  const auto rises = [](const matching::StatusPeriod& left, const matching::StatusPeriod& right) {
    return left.effective_at < right.effective_at;
  };
  if (!std::is_sorted(periods.begin(), periods.end(), rises)) {
    Note("periods_unordered", Table::kIdentity, reference, "status periods do not rise in time");
  }
  if (identity.ins.has_value() && !identity.trust.insi_accepted) {
    Note("ins_without_answer", Table::kIdentity, reference,
         "a matricule is in force without an accepted INSi answer");
  }
  if (!matching::AttributesAreCompatible(identity.trust.attributes)) {
    Note("attributes_differ", Table::kIdentity, reference, "attributes exclude each other");
  }
  if (identity.merged_into != 0) CheckMerged(identity);
  index_->AddExpected(DerivedOf(identity, options_.index_entries(identity)));
}

// Merges make a forest: the way up ends at an identity that stands for itself.
void BaseCheck::CheckMerged(const Identity& identity) {
  const std::string reference = IdentityReference(identity.id);
  const auto merge = view_->FindMerge(identity.id);
  if (merge.ok() && (!merge->has_value() || (*merge)->surviving_id != identity.merged_into)) {
    Note("decision_missing", Table::kIdentity, reference, "merged by no decision in force");
  }
  const auto survivor = SurvivorOf(*view_, identity);
  if (survivor.ok()) return;
  Note("reference_dangling", Table::kIdentity, reference,
       "the way to the identity it was merged into leads nowhere");
}

// Changes come by identity, newest first.
absl::Status BaseCheck::CheckHistory() {
  IdentityId current = 0;
  std::vector<matching::Change> changes;  // of `current`, without what they carry
  std::int64_t histories = 0;
  const auto finish = [&] {
    if (current != 0) CheckHistoryOf(current, changes);
    changes.clear();
  };
  absl::Status scanned =
      ScanTable(Table::kHistory, "history", 0, [&](std::string_view key, std::string_view value) {
        ++report_.change_count;
        IdentityId id = 0;
        std::int64_t version = 0;
        absl::StatusOr<matching::Change> change = DecodeChange(value);
        if (!ParseHistoryKey(key, &id, &version)) {
          return Note("key_damaged", Table::kHistory, "", "a key is none of this table");
        }
        if (id != current) {
          finish();
          current = id;
          ++histories;
        }
        if (!change.ok()) {
          return NoteUndecodable(Table::kHistory, IdentityReference(id), change.status());
        }
        if (change->identity_id != id || change->version != version) {
          Note("key_differs", Table::kHistory, IdentityReference(id),
               "a change stands under another key");
        }
        change->before.reset();
        changes.push_back(*std::move(change));
      });
  if (!scanned.ok()) return scanned;
  finish();
  if (histories == report_.identity_count) return absl::OkStatus();
  return ScanTable(Table::kIdentity, "history", report_.identity_count,
                   [&](std::string_view key, std::string_view) {
                     IdentityId id = 0;
                     if (!ParseNumberBytes(key, &id)) return;
                     const auto found = view_->GetHistory(id, 0, 1);
                     if (found.ok() && found->empty()) {
                       Note("history_missing", Table::kHistory, IdentityReference(id),
                            "an identity has no history");
                     }
                   });
}

void BaseCheck::CheckHistoryOf(IdentityId id, const std::vector<matching::Change>& changes) {
  const std::string reference = IdentityReference(id);
  const auto identity = view_->GetIdentity(id);
  if (identity.ok() && !identity->has_value()) {
    return Note("reference_dangling", Table::kHistory, reference, "a history of no identity");
  }
  if (!identity.ok() || (*identity)->status_periods.empty()) return;  // told already
  std::int64_t expected = (*identity)->version;
  const matching::Change* newer = nullptr;
  for (const matching::Change& change : changes) {
    if (change.version != expected) {
      return Note("history_gap", Table::kHistory, reference,
                  "change " + std::to_string(expected) + " is missing");
    }
    --expected;
    const matching::TrustStatus after =
        newer != nullptr ? newer->status_before : (*identity)->status_periods.back().status;
    if (change.status_after != after) {
      Note("history_differs", Table::kHistory, reference,
           "the status after change " + std::to_string(change.version) +
               " is not the one before what follows");
    }
    if (change.commit_number < 1 || change.commit_number > head_.commit_number) {
      Note("commit_unknown", Table::kHistory, reference, "a change names a commit that is none");
    }
    newer = &change;
  }
  if (expected != 0) {
    Note("history_gap", Table::kHistory, reference,
         "change " + std::to_string(expected) + " is missing");
  }
}

void BaseCheck::CheckVisit(std::string_view key, const matching::Visit& visit) {
  const std::string reference = VisitReference(visit);
  if (key != VisitKey(visit.domain, visit.visit_number)) {
    Note("key_differs", Table::kVisit, reference, "the record stands under another key");
  }
  const auto identity = view_->FindByLocalId(visit.domain, visit.local_id);
  const auto holder = identity.ok() && identity->has_value() ? SurvivorOfId(*view_, **identity)
                                                             : absl::StatusOr<IdentityId>(0);
  if (identity.ok() && holder.ok() && *holder != visit.identity_id) {
    Note("reference_dangling", Table::kVisit, reference,
         visit.identity_id == 0 ? "waits for an identity that is there"
                                : "is attached to another identity than its local id's");
  }
  const bool attached = visit.identity_id != 0;
  if (visit.status_at_admission.has_value() != attached ||
      visit.status_at_discharge.has_value() != (attached && visit.discharged_at.has_value())) {
    Note("status_missing", Table::kVisit, reference,
         "statuses at admission and discharge do not fit the visit");
  }
  index_->AddExpected(DerivedOf(visit));
}

void BaseCheck::CheckDecision(std::string_view key, const matching::Decision& decision) {
  const std::string reference = "decision/" + std::to_string(decision.id);
  last_decision_ = std::max(last_decision_, decision.id);
  if (key != NumberBytes(decision.id)) {
    Note("key_differs", Table::kDecision, reference, "the record stands under another number");
  }
  const auto identities = view_->GetIdentities(decision.identity_ids);
  const bool merges =
      decision.verdict == matching::Verdict::kDuplicate && matching::IsInForce(decision.state);
  for (std::size_t i = 0; identities.ok() && i < identities->size(); ++i) {
    const std::optional<Identity>& identity = (*identities)[i];
    if (!identity) {
      Note("reference_dangling", Table::kDecision, reference, "a decision on no identity");
    } else if (merges && identity->id != decision.surviving_id &&
               identity->merged_into != decision.surviving_id) {
      Note("merge_missing", Table::kDecision, reference,
           "a merge in force has not merged its identity");
    }
  }
  const bool proposed = decision.state == matching::DecisionState::kProposed ||
                        decision.state == matching::DecisionState::kUndoProposed;
  const auto proposal = view_->GetProposal(decision.proposal_id);
  if (proposed != (decision.proposal_id != 0) ||
      (proposed && proposal.ok() && !proposal->has_value())) {
    Note("proposal_missing", Table::kDecision, reference,
         "what the decision proposes does not stand in the outbox");
  }
  const auto review_case = view_->GetCase(decision.case_id);
  if (decision.case_id != 0 && review_case.ok() && !review_case->has_value()) {
    Note("reference_dangling", Table::kDecision, reference, "a decision of no case");
  }
  index_->AddExpected(DerivedOf(decision));
}

void BaseCheck::CheckCase(std::string_view key, const matching::Case& c) {
  const std::string reference = CaseReference(c.id);
  last_case_ = std::max(last_case_, c.id);
  if (key != NumberBytes(c.id)) {
    Note("key_differs", Table::kCase, reference, "the record stands under another number");
  }
  const auto identities = view_->GetIdentities(c.identity_ids);
  if (identities.ok()) {
    const bool all = std::all_of(identities->begin(), identities->end(),
                                 [](const auto& identity) { return identity.has_value(); });
    if (!all || c.identity_ids.empty()) {
      Note("reference_dangling", Table::kCase, reference, "a case of no identity");
    }
  }
  index_->AddExpected(DerivedOf(c));
}

// A proposal stands for as long as its decision waits for it.
absl::Status BaseCheck::CheckProposals() {
  return ScanTable(
      Table::kProposal, "proposals", 0, [&](std::string_view key, std::string_view value) {
        ++report_.proposal_count;
        const absl::StatusOr<matching::Proposal> proposal = DecodeProposal(value);
        std::uint64_t id = 0;
        ParseNumberBytes(key, &id);
        const std::string reference = "proposal/" + std::to_string(id);
        if (!proposal.ok()) return NoteUndecodable(Table::kProposal, reference, proposal.status());
        if (proposal->id != id) {
          Note("key_differs", Table::kProposal, reference,
               "the record stands under another number");
        }
        const auto decision = view_->GetDecision(proposal->decision_id);
        if (decision.ok() && (!decision->has_value() || (*decision)->proposal_id != id)) {
          Note("reference_dangling", Table::kProposal, reference, "a proposal of no decision");
        }
      });
}

// Notes come by case, newest first; each has the number after the next one's.
absl::Status BaseCheck::CheckNotes() {
  std::uint64_t case_id = 0, older = 0;  // of the note before: its case, the number to follow
  const auto finish = [&] {
    if (older != 0) {
      Note("note_missing", Table::kCaseNote, CaseReference(case_id), "a note is not there");
    }
  };
  absl::Status status =
      ScanTable(Table::kCaseNote, "notes", 0, [&](std::string_view key, std::string_view value) {
        ++report_.note_count;
        const absl::StatusOr<matching::CaseNote> note = DecodeCaseNote(value);
        std::uint64_t id = 0, number = 0;
        ParseCaseNoteKey(key, &id, &number);
        if (!note.ok()) return NoteUndecodable(Table::kCaseNote, CaseReference(id), note.status());
        if (key != CaseNoteKey(note->case_id, note->number)) {
          Note("key_differs", Table::kCaseNote, CaseReference(id),
               "the record stands under another key");
        }
        if (id != case_id) {
          finish();
          const auto found = view_->GetCase(id);
          if (found.ok() && !found->has_value()) {
            Note("reference_dangling", Table::kCaseNote, CaseReference(id), "a note on no case");
          }
        } else if (number != older) {
          Note("note_missing", Table::kCaseNote, CaseReference(id), "a note is not there");
        }
        case_id = id;
        older = number - 1;
      });
  if (status.ok()) finish();
  return status;
}

absl::Status BaseCheck::CheckLabels() {
  return ScanTable(Table::kLabel, "labels", 0, [&](std::string_view key, std::string_view value) {
    ++report_.label_pair_count;
    const absl::StatusOr<matching::LabelPair> pair = DecodeLabelPair(value);
    if (!pair.ok()) return NoteUndecodable(Table::kLabel, "", pair.status());
    CheckLabelPair(*view_, key, *pair, [&](CheckFinding finding) { Note(std::move(finding)); });
    index_->AddExpected(DerivedOf(*pair));
  });
}

// A request's answer and the audit entry of its commit name each other.
absl::Status BaseCheck::CheckRequests() {
  std::uint64_t answered = 0;  // sums of hashes; equal when both tell of the same requests
  std::uint64_t audited = 0;
  absl::Status status =
      ScanTable(Table::kRequest, "requests", 0, [&](std::string_view key, std::string_view value) {
        ++report_.request_count;
        const absl::StatusOr<AnsweredRequest> request = DecodeRequest(value);
        if (!request.ok()) return NoteUndecodable(Table::kRequest, "", request.status());
        answered += absl::HashOf(key, request->commit_number);
      });
  if (!status.ok()) return status;
  status = ScanTable(Table::kAudit, "requests", head_.commit_number,
                     [&](std::string_view, std::string_view value) {
                       const absl::StatusOr<AuditEntry> entry = DecodeAuditEntry(value);
                       if (!entry.ok() || entry->request_id.empty()) return;
                       audited +=
                           absl::HashOf(std::string_view(entry->request_id), entry->commit_number);
                     });
  return !status.ok() || answered == audited ? status : CompareRequests();
}

absl::Status BaseCheck::CompareRequests() {
  absl::Status status = ScanTable(
      Table::kRequest, "requests", report_.request_count,
      [&](std::string_view key, std::string_view value) {
        const absl::StatusOr<AnsweredRequest> request = DecodeRequest(value);
        if (!request.ok()) return;
        const auto entries = view_->GetAudit(request->commit_number, 1);
        if (entries.ok() && !entries->empty() && entries->front().request_id == key &&
            entries->front().commit_number == request->commit_number) {
          return;
        }
        Note("request_extra", Table::kRequest, "commit/" + std::to_string(request->commit_number),
             "an answer to a request that no commit names");
      });
  if (!status.ok()) return status;
  return ScanTable(Table::kAudit, "requests", head_.commit_number,
                   [&](std::string_view, std::string_view value) {
                     const absl::StatusOr<AuditEntry> entry = DecodeAuditEntry(value);
                     if (!entry.ok() || entry->request_id.empty()) return;
                     const auto answered = view_->FindRequest(entry->request_id);
                     if (!answered.ok() || answered->has_value()) return;
                     Note("request_missing", Table::kRequest,
                          "commit/" + std::to_string(entry->commit_number),
                          "the answer to a request that was committed is missing");
                   });
}

// Of a day and definition the newest revision comes first, and the others follow without a gap.
absl::Status BaseCheck::CheckSnapshots() {
  FigureSnapshot newer;
  const auto finish = [&] {
    if (newer.revision > 1) {
      Note("snapshot_gap", Table::kSnapshot, "snapshot/" + newer.definition_name,
           "revision " + std::to_string(newer.revision - 1) + " is missing");
    }
  };
  absl::Status status = ScanTable(
      Table::kSnapshot, "snapshots", 0, [&](std::string_view key, std::string_view value) {
        ++report_.snapshot_count;
        absl::StatusOr<FigureSnapshot> snapshot = DecodeSnapshot(value);
        if (!snapshot.ok()) return NoteUndecodable(Table::kSnapshot, "", snapshot.status());
        if (key != SnapshotKey(snapshot->day, snapshot->definition_name, snapshot->revision)) {
          Note("key_differs", Table::kSnapshot, "snapshot/" + snapshot->definition_name,
               "the record stands under another key");
        }
        const bool follows = snapshot->day == newer.day &&
                             snapshot->definition_name == newer.definition_name &&
                             snapshot->revision == newer.revision - 1;
        if (!follows) finish();
        newer = *std::move(snapshot);
        newer.rows.clear();
      });
  if (status.ok()) finish();
  return status;
}

// New numbers must not be given twice.
absl::Status BaseCheck::CheckNumbers() {
  const auto check = [&](std::string_view name, std::uint64_t given) {
    const auto bytes = kv_.Get(Table::kMeta, name, snapshot_.get());
    std::uint64_t number = 0;
    if (!bytes.ok() || (bytes->has_value() && !ParseNumberBytes(**bytes, &number)) ||
        number < given) {
      Note("number_low", Table::kMeta, std::string(name),
           "the last number given is below one that is in use");
    }
  };
  check(kMetaLastIdentityId, last_identity_);
  check(kMetaLastCaseId, last_case_);
  check(kMetaLastDecisionId, last_decision_);
  const auto progress = view_->GetLabelProgress();
  if (!progress.ok()) {
    Note("record_damaged", Table::kMeta, std::string(kMetaLabelProgress),
         std::string(progress.status().message()));
  } else if (progress->last_case_id > last_case_ || progress->last_identity_id > last_identity_) {
    Note("number_high", Table::kMeta, std::string(kMetaLabelProgress),
         "pairs to label were drawn from what is not there");
  }
  constexpr std::array<std::string_view, 8> kKnown = {
      kMetaSchemaVersion,  kMetaBaseId,     kMetaCommitNumber,   kMetaChainHead,
      kMetaLastIdentityId, kMetaLastCaseId, kMetaLastDecisionId, kMetaLabelProgress};
  return ScanTable(Table::kMeta, "head", 0, [&](std::string_view key, std::string_view) {
    if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end()) {
      Note("entry_extra", Table::kMeta, "", "an entry that this schema does not have");
    }
  });
}

absl::Status BaseCheck::CheckIndex() {
  if (options_.progress) options_.progress("index", 0, 0);
  const auto note = [&](CheckFinding finding) { Note(std::move(finding)); };
  absl::Status status = index_->AddActual(kv_, snapshot_.get(), note);
  report_.index_entry_count = index_->entry_count();
  if (!status.ok() || !index_->BeginSecondRound()) return status;
  status = WalkRecordsAgain();
  return status.ok() ? index_->Compare(kv_, snapshot_.get(), note) : status;
}

absl::Status BaseCheck::WalkRecordsAgain() {
  absl::Status status =
      ScanTable(Table::kIdentity, "differences", report_.identity_count,
                [&](std::string_view, std::string_view value) {
                  const absl::StatusOr<Identity> identity = DecodeIdentity(value);
                  if (!identity.ok()) return;
                  index_->CollectExpected(DerivedOf(*identity, options_.index_entries(*identity)),
                                          IdentityReference(identity->id));
                });
  if (!status.ok()) return status;
  status = ScanTable(Table::kVisit, "differences", report_.visit_count,
                     [&](std::string_view, std::string_view value) {
                       const absl::StatusOr<matching::Visit> visit = DecodeVisit(value);
                       if (!visit.ok()) return;
                       index_->CollectExpected(DerivedOf(*visit), VisitReference(*visit));
                     });
  if (!status.ok()) return status;
  status = ScanTable(Table::kDecision, "differences", report_.decision_count,
                     [&](std::string_view, std::string_view value) {
                       const absl::StatusOr<matching::Decision> decision = DecodeDecision(value);
                       if (!decision.ok()) return;
                       index_->CollectExpected(DerivedOf(*decision),
                                               "decision/" + std::to_string(decision->id));
                     });
  if (!status.ok()) return status;
  status = ScanTable(Table::kLabel, "differences", report_.label_pair_count,
                     [&](std::string_view, std::string_view value) {
                       const absl::StatusOr<matching::LabelPair> pair = DecodeLabelPair(value);
                       if (pair.ok()) {
                         index_->CollectExpected(DerivedOf(*pair), LabelReference(*pair));
                       }
                     });
  if (!status.ok()) return status;
  return ScanTable(Table::kCase, "differences", report_.case_count,
                   [&](std::string_view, std::string_view value) {
                     const absl::StatusOr<matching::Case> c = DecodeCase(value);
                     if (c.ok()) index_->CollectExpected(DerivedOf(*c), CaseReference(c->id));
                   });
}

// A stopped daemon's folder, opened for reading.
struct OpenedFolder {
  std::unique_ptr<DataDirectory> directory;
  std::vector<AnchorRecord> anchor;
  absl::Status anchor_status;
  std::unique_ptr<RocksKv> kv;
};

absl::StatusOr<OpenedFolder> OpenFolder(const std::string& data_directory,
                                        const std::string& anchor_directory) {
  const std::string database = data_directory + "/db";
  struct stat found {};
  if (stat(database.c_str(), &found) != 0) {
    return absl::NotFoundError("there is no database in " + data_directory);
  }
  OpenedFolder folder;
  absl::StatusOr<std::unique_ptr<DataDirectory>> directory = DataDirectory::Open(data_directory);
  if (!directory.ok()) return directory.status();
  folder.directory = *std::move(directory);
  absl::StatusOr<std::vector<AnchorRecord>> anchor =
      ReadAnchor(anchor_directory.empty() ? data_directory + "/anchor" : anchor_directory);
  folder.anchor_status = anchor.status();
  if (anchor.ok()) folder.anchor = *std::move(anchor);
  RocksKvOptions rocks;
  rocks.directory = database;
  rocks.read_only = true;
  absl::StatusOr<std::unique_ptr<RocksKv>> kv = OpenRocksKv(rocks, nullptr);
  if (!kv.ok()) return kv.status();
  folder.kv = *std::move(kv);
  return folder;
}

void NoteDamagedAnchor(const absl::Status& status, CheckReport* report) {
  if (status.ok()) return;
  ++report->finding_count;
  report->findings.insert(report->findings.begin(),
                          {"anchor_damaged", "anchor", "", std::string(status.message())});
}

}  // namespace

absl::StatusOr<CheckReport> CheckBase(const KeyValueStore& kv,
                                      const std::vector<AnchorRecord>& anchor,
                                      const CheckOptions& options) {
  BaseCheck check(kv, options);
  const absl::StatusOr<bool> has_content = check.CheckHead(anchor);
  if (!has_content.ok()) return has_content.status();
  if (!*has_content) return check.Take();
  check.CheckChain();
  absl::Status status = check.CheckRecords();
  if (status.ok()) status = check.CheckIndex();
  if (!status.ok()) return status;
  return check.Take();
}

absl::StatusOr<CheckReport> CheckDataFolder(const std::string& data_directory,
                                            const std::string& anchor_directory,
                                            const CheckOptions& options) {
  const absl::StatusOr<OpenedFolder> folder = OpenFolder(data_directory, anchor_directory);
  if (!folder.ok()) return folder.status();
  absl::StatusOr<CheckReport> report = CheckBase(*folder->kv, folder->anchor, options);
  if (report.ok()) NoteDamagedAnchor(folder->anchor_status, &*report);
  return report;
}

absl::StatusOr<CheckReport> CheckAuditOfFolder(const std::string& data_directory,
                                               const std::string& anchor_directory) {
  const absl::StatusOr<OpenedFolder> folder = OpenFolder(data_directory, anchor_directory);
  if (!folder.ok()) return folder.status();
  const CheckOptions options;
  BaseCheck check(*folder->kv, options);
  const absl::StatusOr<bool> has_content = check.CheckHead(folder->anchor);
  if (!has_content.ok()) return has_content.status();
  if (*has_content) check.CheckChain();
  CheckReport report = check.Take();
  NoteDamagedAnchor(folder->anchor_status, &report);
  return report;
}

}  // namespace vigie::storage
