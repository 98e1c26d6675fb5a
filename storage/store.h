// What Vigie remembers, in words of the domain: identities, candidate and search index, visits,
// cases, history, counters, audit chain, answered requests.
//
// Reading goes through a View (one frozen picture). Writing goes through Store::Commit: the one
// commit path. A change is a function on a Transaction; changes run one after the other, each sees
// what the ones before it wrote, several waiting changes share one batch and one fsync. A change
// that returns an error leaves nothing behind. On OK, everything the change wrote (records, index,
// counters, cases, history, the audit entry and the request's answer) is on disk, and the anchor
// file says so.
//
// Index entries and counters are never written by the caller: PutIdentity, PutVisit and PutCase
// derive them from the value before and after.
//
// Thread safety: Store and View may be used from any thread; a Transaction only inside its change.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "matching/identity.h"
#include "matching/label.h"
#include "matching/review.h"
#include "storage/kv.h"

namespace vigie::storage {

// Limits of one candidate look-up. A key under which more identities stand than
// `identities_per_key_max` is skipped and reported, not cut short.
struct CandidateLimits {
  std::size_t identities_per_key_max = 200;
  std::size_t candidates_max = 500;
};

struct CandidateResult {
  // Identities that share at least one of the keys asked for, ascending, each once, with the
  // positions (in the list asked) of the keys shared.
  struct Candidate {
    matching::IdentityId identity_id = 0;
    std::vector<std::uint16_t> key_positions;
  };
  std::vector<Candidate> candidates;
  std::vector<std::uint16_t> full_key_positions;  // keys skipped: more than identities_per_key_max
  bool truncated = false;                         // candidates_max reached
};

// The RNIV prior search: birth date first, then at most three letters.
struct SearchQuery {
  matching::Date
      birth_date;  // required; parts may be unknown (0): then the date as stored must equal it
  std::string family_prefix;  // match form, 0..3 letters; birth or used family name starts with it
  std::string given_prefix;   // match form, 0..3 letters; first, any listed, or used given name
                              // starts with it
  std::size_t limit = 50;     // at most this many
  matching::IdentityId after = 0;  // only identities with a greater id: the page token
};

struct SearchPage {
  std::vector<matching::IdentityId> identity_ids;  // ascending
  bool more = false;
};

struct CaseFilter {
  std::optional<matching::CaseKind> kind;
  std::optional<matching::CaseState> state;
  std::optional<matching::Band> band;
  std::string domain;  // empty: all
};

struct DecisionFilter {
  matching::IdentityId identity_id = 0;  // 0: all; else those about it
  std::optional<matching::Verdict> verdict;
  std::optional<matching::DecisionState> state;
  bool in_force_only = false;
};

struct DecisionPage {
  std::vector<matching::Decision> decisions;  // newest first
  bool more = false;
};

struct CasePage {
  // Most urgent first: by falling priority, then falling weight, then number.
  std::vector<matching::Case> cases;
  std::string next_page_token;  // empty: the end
};

// What is counted and kept with every commit.
struct Counts {
  std::int64_t identity_count = 0;          // merged ones not included
  std::int64_t visit_count = 0;             // cancelled ones included
  std::int64_t unattached_visit_count = 0;  // visits whose identity is not known yet
  std::int64_t open_case_count = 0;         // live ones: neither decided nor withdrawn
  std::int64_t provisional_count = 0;
  std::int64_t recovered_count = 0;
  std::int64_t validated_count = 0;
  std::int64_t qualified_count = 0;
  std::int64_t merged_count = 0;  // identities merged into another; in none of the four above
};

// How often a value of one column stands in the base: the term frequencies of the score.
// `column` is a TermColumn's number (matching/record.h), `value_hash` its hash.
struct Term {
  std::uint8_t column = 0;
  std::uint64_t value_hash = 0;
  bool operator==(const Term&) const = default;
};

// What the index holds for an identity; computed by matching/ (keys.h, record.h), handed over with
// PutIdentity so that storage never computes it.
struct IndexEntries {
  std::vector<std::uint64_t> candidate_keys;  // distinct
  std::vector<Term> terms;                    // one per column that has a value
  std::vector<std::string> family_names;      // match form, distinct: birth and used
  std::vector<std::string>
      given_names;  // match form, distinct: every listed token and the used one
};

// An answered mutation, kept under its request id.
struct AnsweredRequest {
  std::string method;
  std::string
      fingerprint;  // hash of the request: the same id with another request is a caller's mistake
  std::string answer;  // what to return again, in the caller's encoding
  std::int64_t commit_number = 0;
};

// Counts of one group in a snapshot; matching/indicator.h explains each figure.
struct FigureRow {
  std::map<std::string, std::string> group;  // "month" -> "2026-03", "site" -> FINESS, …
  std::int64_t numerator = 0;
  std::int64_t denominator = 0;
  std::map<std::string, std::int64_t> exclusions;  // by reason
  std::array<std::int64_t, 4> statuses{};          // provisional, recovered, validated, qualified
  std::int64_t unattached_count = 0;
  std::int64_t homonym_count = 0;
  std::int64_t doubtful_count = 0;
  std::int64_t fictitious_count = 0;
  bool operator==(const FigureRow&) const = default;
};

// The figures of one definition as a closed day found them. Never changed and never removed: what
// is found different later is another revision of the same day and definition.
struct FigureSnapshot {
  matching::Date day;  // the day closed, complete
  std::string definition_name;
  std::int64_t revision = 0;  // from 1
  std::int32_t definition_version = 0;
  std::string definition_hash;
  std::string definition_text;           // the definition, whole
  std::string time_zone;                 // of the days
  matching::Date window_from;            // days counted, both included
  matching::Date window_to;              // not after `day`
  matching::Instant cut_off{};           // statuses are those before this instant: the end of `day`
  std::int64_t as_of_commit_number = 0;  // the facts are those of this commit
  matching::Instant closed_at{};
  std::string actor;
  std::string content_hash;  // SHA-256, 32 bytes, over what does not depend on when it was closed
  std::vector<FigureRow> rows;
  FigureRow total;
  // What happened, since the revision before, to what is counted here, e.g. "visits_recorded".
  std::map<std::string, std::int64_t> causes;
  bool operator==(const FigureSnapshot&) const = default;
};

// What the audit chain keeps of one commit. References only: no trait, no matricule.
struct AuditEntry {
  std::int64_t commit_number = 0;
  matching::Instant committed_at{};
  std::string actor;
  std::string method;
  std::string request_id;
  std::vector<std::string> targets;  // e.g. "identity/42", "visit/DOM/123", "case/7"
  std::string change_hash;           // SHA-256 of the batch's writes for this change, 32 bytes
  std::string previous_hash;         // chain hash of the entry before, 32 bytes
  std::string hash;                  // SHA-256(0x00, previous_hash, canonical entry), 32 bytes
};

// When the INS of an identity was last confirmed; also a place in the list by that instant.
struct InsConfirmation {
  matching::Instant confirmed_at{};
  matching::IdentityId identity_id = 0;
};

// Some of the visits (View::SplitVisits): keys of their table, from `begin` on and before `end`;
// empty: from the first, to the last.
struct VisitPart {
  std::string begin, end;
};

// A pair that waits for a label.
struct WaitingLabel {
  matching::IdentityId left_id = 0, right_id = 0;
  std::string first_actor;  // who has labelled it; empty: nobody
};

// Up to which numbers pairs to label were drawn.
struct LabelProgress {
  std::uint64_t last_case_id = 0;
  matching::IdentityId last_identity_id = 0;
  bool operator==(const LabelProgress&) const = default;
};

class View {
 public:
  virtual ~View() = default;

  virtual absl::StatusOr<std::optional<matching::Identity>> GetIdentity(
      matching::IdentityId id) const = 0;
  // In the order asked; nullopt where there is none.
  virtual absl::StatusOr<std::vector<std::optional<matching::Identity>>> GetIdentities(
      const std::vector<matching::IdentityId>& ids) const = 0;
  // Calls `visit` for every identity with id > after, ascending, until it returns false.
  virtual absl::Status ScanIdentities(
      matching::IdentityId after,
      const std::function<bool(const matching::Identity&)>& visit) const = 0;
  // Calls `visit` for every identity with id > after and <= last, ascending, until it returns
  // false, with what counts need and no more, several times as fast as ScanIdentities: id,
  // created_at, merged_into, trust.attributes, the status periods without their rules, the birth
  // date, the birth place and the last INSi answer's return code. The rest is empty, and is not
  // looked at.
  virtual absl::Status ScanStandings(
      matching::IdentityId after, matching::IdentityId last,
      const std::function<bool(const matching::Identity&)>& visit) const = 0;
  virtual absl::StatusOr<std::optional<matching::IdentityId>> FindByLocalId(
      const std::string& domain, const std::string& local_id) const = 0;
  // Identities that carry this matricule and OID now (past = false) or carried it before.
  struct InsHolder {
    matching::IdentityId identity_id = 0;
    bool past = false;
  };
  virtual absl::StatusOr<std::vector<InsHolder>> FindByIns(const matching::Ins& ins) const = 0;
  // Identities with an INS confirmed in [.., before), longest unconfirmed first, behind the place
  // `after`; `visit` returns false to stop.
  virtual absl::Status ScanInsConfirmations(
      const InsConfirmation& after, matching::Instant before,
      const std::function<bool(const InsConfirmation&)>& visit) const = 0;
  virtual absl::StatusOr<CandidateResult> FindCandidates(
      const std::vector<std::uint64_t>& candidate_keys, const CandidateLimits& limits) const = 0;
  virtual absl::StatusOr<SearchPage> Search(const SearchQuery& query) const = 0;
  // Counts in the order asked; 0 for a value never seen.
  virtual absl::StatusOr<std::vector<std::uint32_t>> TermCounts(
      const std::vector<Term>& terms) const = 0;

  // Newest first; at most `limit` changes with version < `before_version` (0: from the newest).
  virtual absl::StatusOr<std::vector<matching::Change>> GetHistory(matching::IdentityId id,
                                                                   std::int64_t before_version,
                                                                   std::size_t limit) const = 0;

  virtual absl::StatusOr<std::optional<matching::Visit>> GetVisit(
      const std::string& domain, const std::string& visit_number) const = 0;
  // Calls `visit` for every visit behind this one, by domain and visit number, until it returns
  // false. Two empty strings: from the first. Faster than by admission.
  virtual absl::Status ScanAllVisits(
      const std::string& after_domain, const std::string& after_visit_number,
      const std::function<bool(const matching::Visit&)>& visit) const = 0;
  // Visits admitted in [from, to), by admission time; `visit` returns false to stop.
  virtual absl::Status ScanVisits(
      matching::Instant from, matching::Instant to,
      const std::function<bool(const matching::Visit&)>& visit) const = 0;
  // How many visits are admitted in [from, to); counted up to `limit` and no further.
  virtual absl::StatusOr<std::int64_t> CountVisits(matching::Instant from, matching::Instant to,
                                                   std::int64_t limit) const = 0;
  // The visits cut into about `count` parts of about the same size; each visit is in exactly one.
  virtual absl::StatusOr<std::vector<VisitPart>> SplitVisits(std::size_t count) const = 0;
  // Every visit of the part, in no order that means anything; `visit` returns false to stop. Faster
  // than ScanVisits for a pass over most visits.
  virtual absl::Status ScanVisitPart(
      const VisitPart& part, const std::function<bool(const matching::Visit&)>& visit) const = 0;
  // Newest admission first.
  virtual absl::StatusOr<std::vector<matching::Visit>> VisitsOf(matching::IdentityId id,
                                                                std::size_t limit) const = 0;
  // Visits that wait for this local id to be registered.
  virtual absl::StatusOr<std::vector<matching::Visit>> WaitingVisits(const std::string& domain,
                                                                     const std::string& local_id,
                                                                     std::size_t limit) const = 0;

  virtual absl::StatusOr<std::optional<matching::Case>> GetCase(std::uint64_t id) const = 0;
  // The live case of this kind on exactly these identities.
  virtual absl::StatusOr<std::optional<matching::Case>> FindLiveCase(
      matching::CaseKind kind, const std::vector<matching::IdentityId>& identity_ids) const = 0;
  virtual absl::StatusOr<std::vector<matching::Case>> LiveCasesOf(
      matching::IdentityId id) const = 0;
  // The first cases there have been of a frequent value, live or ended, by number.
  virtual absl::StatusOr<std::vector<matching::Case>> CasesOfValue(matching::TermColumn column,
                                                                   std::uint64_t value_hash,
                                                                   std::size_t limit) const = 0;
  // Calls `visit` for every case with id > after, ascending, until it returns false.
  virtual absl::Status ScanCases(std::uint64_t after,
                                 const std::function<bool(const matching::Case&)>& visit) const = 0;
  // INVALID_ARGUMENT for a page token that is not one of ours.
  virtual absl::StatusOr<CasePage> ListCases(const CaseFilter& filter, std::size_t page_size,
                                             const std::string& page_token) const = 0;
  virtual absl::StatusOr<std::int64_t> CountCases(const CaseFilter& filter) const = 0;
  // Live cases that carry this name, by number; claims that have run out included. At most `limit`.
  virtual absl::StatusOr<std::vector<matching::Case>> CasesOfAssignee(const std::string& assignee,
                                                                      std::size_t limit) const = 0;
  // Cases on hold whose day has come by `day`, the earliest first; at most `limit`.
  virtual absl::StatusOr<std::vector<matching::Case>> HeldCases(const matching::Date& day,
                                                                std::size_t limit) const = 0;

  virtual absl::StatusOr<std::optional<matching::Decision>> GetDecision(std::uint64_t id) const = 0;
  // What holds of a pair (ascending): the decision of this verdict in force.
  virtual absl::StatusOr<std::optional<matching::Decision>> FindPairDecision(
      matching::Verdict verdict, const std::vector<matching::IdentityId>& identity_ids) const = 0;
  // The merge in force by which this identity was merged into another.
  virtual absl::StatusOr<std::optional<matching::Decision>> FindMerge(
      matching::IdentityId merged) const = 0;
  // Identities merged into this one directly, ascending.
  virtual absl::StatusOr<std::vector<matching::IdentityId>> AbsorbedBy(
      matching::IdentityId survivor) const = 0;
  // Newest first, with a number below `before` (0: from the newest).
  virtual absl::StatusOr<DecisionPage> ListDecisions(const DecisionFilter& filter,
                                                     std::size_t page_size,
                                                     std::uint64_t before) const = 0;

  virtual absl::StatusOr<std::optional<matching::Proposal>> GetProposal(std::uint64_t id) const = 0;
  // Calls `visit` for every proposal with id > after, oldest first, until it returns false.
  virtual absl::Status ScanProposals(
      std::uint64_t after, const std::function<bool(const matching::Proposal&)>& visit) const = 0;

  // Notes of a case, newest first: at most `limit` with a number below `before` (0: from the
  // newest).
  virtual absl::StatusOr<std::vector<matching::CaseNote>> NotesOf(std::uint64_t case_id,
                                                                  std::uint64_t before,
                                                                  std::size_t limit) const = 0;

  virtual absl::StatusOr<std::optional<matching::LabelPair>> GetLabelPair(
      matching::IdentityId left, matching::IdentityId right) const = 0;
  // Every pair drawn for labelling, by its two numbers, until `visit` returns false.
  virtual absl::Status ScanLabelPairs(
      const std::function<bool(const matching::LabelPair&)>& visit) const = 0;
  // Pairs that wait for a label, in the order of a hash, until `visit` returns false.
  virtual absl::Status ScanWaitingLabels(
      const std::function<bool(const WaitingLabel&)>& visit) const = 0;
  virtual absl::StatusOr<LabelProgress> GetLabelProgress() const = 0;

  // Revision 0: the newest.
  virtual absl::StatusOr<std::optional<FigureSnapshot>> GetSnapshot(
      const matching::Date& day, const std::string& definition, std::int64_t revision) const = 0;
  // Snapshots of days in [from, to], newest day first, then by definition, newest revision first,
  // beginning after `after` when that is set; `visit` returns false to stop.
  struct SnapshotPosition {
    matching::Date day;
    std::string definition;
    std::int64_t revision = 0;
  };
  virtual absl::Status ScanSnapshots(
      const matching::Date& from, const matching::Date& to,
      const std::optional<SnapshotPosition>& after,
      const std::function<bool(const FigureSnapshot&)>& visit) const = 0;

  // The latest day not after `day` that has a snapshot; nullopt: none has.
  virtual absl::StatusOr<std::optional<matching::Date>> LastSnapshotDay(
      const matching::Date& day) const = 0;

  virtual absl::StatusOr<Counts> GetCounts() const = 0;
  virtual std::int64_t CommitNumber() const = 0;  // 0: none yet; -1: cannot be read
  virtual absl::StatusOr<std::optional<AnsweredRequest>> FindRequest(
      const std::string& request_id) const = 0;
  virtual absl::StatusOr<std::vector<AuditEntry>> GetAudit(std::int64_t from_commit_number,
                                                           std::size_t limit) const = 0;
};

// Reads see what this and the earlier changes of the same group wrote.
class Transaction : public View {
 public:
  // Numbers for new identities and cases, 1, 2, 3…; part of the change like everything it writes:
  // an abandoned change's numbers are given again.
  virtual absl::StatusOr<matching::IdentityId> NextIdentityId() = 0;
  virtual absl::StatusOr<std::uint64_t> NextCaseId() = 0;
  virtual absl::StatusOr<std::uint64_t> NextDecisionId() = 0;

  // Writes `after` with its index entries, replaces those of `before` (nullptr: a new identity),
  // updates local id, INS index, counters. Both `IndexEntries` must be computed the same way.
  // ALREADY_EXISTS when the local id belongs to another identity.
  // Every Put: ALREADY_EXISTS when `before` is null but the record exists (history and answers are
  // never overwritten), ABORTED when what is stored is not `before`.
  virtual absl::Status PutIdentity(const matching::Identity* before,
                                   const IndexEntries* entries_before,
                                   const matching::Identity& after,
                                   const IndexEntries& entries_after) = 0;
  virtual absl::Status PutChange(const matching::Change& change) = 0;
  virtual absl::Status PutVisit(const matching::Visit* before, const matching::Visit& after) = 0;
  virtual absl::Status PutCase(const matching::Case* before, const matching::Case& after) = 0;
  // ALREADY_EXISTS also when another decision of the same verdict holds of the pair, or the
  // identity is merged already.
  virtual absl::Status PutDecision(const matching::Decision* before,
                                   const matching::Decision& after) = 0;
  virtual absl::Status PutProposal(const matching::Proposal* before,
                                   const matching::Proposal& after) = 0;
  // ABORTED when what is stored is not `before`.
  virtual absl::Status RemoveProposal(const matching::Proposal& before) = 0;
  // INVALID_ARGUMENT when the number is not the one that follows the newest of its case.
  virtual absl::Status PutNote(const matching::CaseNote& note) = 0;
  // INVALID_ARGUMENT for a pair that is not ascending, or has labels of one person or too many.
  virtual absl::Status PutLabelPair(const matching::LabelPair* before,
                                    const matching::LabelPair& after) = 0;
  virtual absl::Status PutLabelProgress(const LabelProgress& progress) = 0;
  // INVALID_ARGUMENT when the revision is not the one that follows the newest of its day and
  // definition, or the day is not complete.
  virtual absl::Status PutSnapshot(const FigureSnapshot& snapshot) = 0;
  // `answered.commit_number` is set to ThisCommitNumber().
  virtual absl::Status PutRequest(const std::string& request_id,
                                  const AnsweredRequest& answered) = 0;
  // The number this commit will carry.
  virtual std::int64_t ThisCommitNumber() const = 0;
};

// Who and what, for the audit entry of the commit. `targets` is filled by the change.
struct CommitContext {
  std::string actor;
  std::string method;
  std::string request_id;  // may be empty
  std::vector<std::string> targets;
};

// What one commit did to identities, visits and cases, in the order in which its change wrote them.
struct CommittedVisit {
  std::optional<matching::Visit> before;  // absent: a new visit
  matching::Visit after;
};
struct CommittedChange {
  std::int64_t commit_number = 0;
  std::vector<matching::Identity> identities;  // as they are after each write
  std::vector<CommittedVisit> visits;
  std::vector<matching::Case> cases;  // as they are after each write
};

// Told of every group of durable commits: ascending numbers without a gap, those that touched none
// of these included. Called by the thread that leads the group, before anybody is answered, one
// call at a time: it should do no more than hand on, must not throw, and must not call the store.
using CommitObserver = std::function<void(const std::vector<CommittedChange>& changes)>;

// Of a group of durable commits: the number of the last one, and whether one of them names a case
// among its targets.
struct CommittedGroup {
  std::int64_t commit_number = 0;
  bool cases_written = false;
};

// Told of every group as a CommitObserver is, and bound by the same rules: for those who then read
// for themselves what happened.
using CommitListener = std::function<void(const CommittedGroup& group)>;

struct StoreOptions {
  std::string data_directory;    // RocksDB in data_directory/db, anchor in data_directory/anchor
  std::string anchor_directory;  // empty: data_directory/anchor
  std::uint64_t free_bytes_low = 512ull << 20;    // below: commits are refused, RESOURCE_EXHAUSTED
  std::uint64_t free_bytes_high = 2048ull << 20;  // below: warned in Health()
  std::uint64_t block_cache_bytes = 256ull << 20;
  std::uint64_t index_cache_bytes = 64ull << 20;  // cached_kv.h; 0: none
  std::uint64_t ballast_bytes =
      64ull << 20;  // file an administrator may delete to get going again; 0: none
};

// What the daemon reports and obeys.
struct StoreHealth {
  bool writable = true;
  std::string reason;  // why not writable, or the warning
  std::uint64_t free_bytes = 0;
  std::uint64_t commit_count = 0;        // since start
  std::uint64_t commit_group_count = 0;  // since start: fsyncs shared
};

class Store {
 public:
  virtual ~Store() = default;

  virtual std::unique_ptr<View> Read() const = 0;

  // Runs `change` in the commit path and returns the commit number once it is durable.
  // An error of `change` is returned as it is and nothing is written. A change that writes nothing
  // takes no number: the result is the number of the last commit it saw. Not from inside a change.
  // `now` is taken once per change. UNAVAILABLE: the outcome is unknown, ask again with the same
  // request id; the store is then poisoned: every later commit answers UNAVAILABLE and the process
  // should exit (code 70).
  virtual absl::StatusOr<std::int64_t> Commit(
      CommitContext context,
      const std::function<absl::Status(Transaction&, CommitContext&)>& change) = 0;

  // The same for many changes at once: one result per change, in order; all that succeed are
  // durable on return. One change failing does not touch the others. For imports.
  struct PendingChange {
    CommitContext context;
    std::function<absl::Status(Transaction&, CommitContext&)> change;
  };
  virtual std::vector<absl::StatusOr<std::int64_t>> CommitAll(
      std::vector<PendingChange> changes) = 0;

  // Sets the observer of a follower (any address that is its own), or none (null): while there is
  // none of anybody, nothing is gathered. Waits for the group being written: of a View read after
  // this has returned, every later commit is told to the new observer, and the old one is not
  // called any more. Not from inside a change.
  virtual void Observe(const void* follower, CommitObserver observer) = 0;
  // Sets the one listener, or none (null), with the same promise.
  virtual void Listen(CommitListener listener) = 0;

  virtual StoreHealth Health() const = 0;
  // Random 128-bit number of this base in hexadecimal, given at its creation.
  virtual std::string BaseId() const = 0;
};

// Opens (or creates) the store of a data folder. `poisoned` is called once, from any thread, when
// a write failed and the process should stop.
// DATA_LOSS: acknowledged writes are missing, or a file is damaged (exit 65).
// FAILED_PRECONDITION: schema newer than this program, or the folder is in use (exit 73 or 65, see
// ExitCode). RESOURCE_EXHAUSTED: too little space to start (exit 75). PERMISSION_DENIED (77).
absl::StatusOr<std::unique_ptr<Store>> OpenStore(const StoreOptions& options,
                                                 std::function<void(const absl::Status&)> poisoned);

// The same store on the in-memory twin of the seam, without anchor and space gate; for tests.
std::unique_ptr<Store> MakeMemoryStore();

// sysexits number for a status of OpenStore: 65 data, 70 software or storage fault, 73 folder in
// use or cannot be made, 75 space, 77 permission.
int ExitCode(const absl::Status& status);

}  // namespace vigie::storage
