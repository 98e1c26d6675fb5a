// The use cases of Vigie, on value types: no gRPC, no protobuf.
//
// Each use case is a sandwich: compute (matching/), read, compute, commit (storage/). Everything
// here may be called from any thread; a mutation blocks until it is on disk.
//
// Errors are absl::Status with the codes of daemon/registry/errors.h, which also names the reason:
//   INVALID_ARGUMENT     the request is wrong, the field is named
//   NOT_FOUND            no such identity, visit, case
//   ALREADY_EXISTS       the local id is taken by another registration
//   FAILED_PRECONDITION  something must be settled first (e.g. a fictitious identity and INSi)
//   ABORTED              the etag moved: read again and retry
//   RESOURCE_EXHAUSTED   storage is low
//   UNAVAILABLE          the outcome is unknown: call again with the same request id
// No message ever holds a trait or a matricule.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daemon/registry/context.h"
#include "daemon/registry/export.h"
#include "daemon/registry/labelling.h"
#include "daemon/registry/review.h"
#include "matching/explain.h"
#include "matching/identity.h"
#include "matching/indicator.h"
#include "matching/insi_differences.h"
#include "matching/model.h"
#include "matching/names.h"
#include "matching/next_step.h"
#include "matching/score.h"
#include "matching/trust.h"
#include "storage/store.h"

namespace vigie::daemon {

struct RegistryOptions {
  bool production = true;  // refuses test and demonstration OIDs
  std::string default_time_zone = "Europe/Paris";
  storage::CandidateLimits candidate_limits;
  std::size_t record_cache_bytes = 256ull << 20;  // about 300 bytes an identity; 0: none are kept
  matching::TrustRules trust_rules;
  std::vector<matching::EvidenceDevice> evidence_devices;  // empty: DefaultEvidenceDevices()
  int minor_age_years = matching::kMinorAgeYears;          // below it a person is a minor
  int reverification_years = 3;  // an INS not confirmed for so long should be verified again
  ReviewOptions review;
  std::function<matching::Instant()> clock;  // empty: the system's; called from any thread
  // Calls piece(0) to piece(count - 1), perhaps on several threads at once, and returns when all
  // have returned. Empty: one after the other. For passes over the whole base.
  std::function<void(std::size_t count, const std::function<void(std::size_t)>& piece)>
      run_together;
};

// One candidate of a match, best first.
struct ScoredCandidate {
  matching::Identity identity;
  matching::Score score;
  std::optional<matching::Explanation> explanation;  // of `score`, when it was asked for
};

struct MatchResult {
  std::vector<ScoredCandidate> candidates;  // falling by weight, then by id
  std::string model_version;
  bool truncated = false;           // a limit cut the candidates
  std::int32_t full_key_count = 0;  // candidate keys skipped because too many share them
};

struct RegisterRequest {
  MutationContext context;
  std::string domain;
  std::string local_id;
  matching::Traits traits;
  // Facts known at registration, as an import brings them; each goes through the same checks as
  // RecordInsiAnswer, RecordEvidence and SetAttributes. An import knows of an INSi answer only the
  // date and the matricule: a 00 without any trait is taken to have returned the strict traits
  // above, and is kept as it came.
  std::optional<matching::InsiAnswer> insi_answer;
  std::optional<matching::Evidence> evidence;
  matching::Attributes attributes;
};

struct PossibleDuplicate {
  matching::IdentityId identity_id = 0;
  std::string domain;
  std::string local_id;
  matching::Score score;
  std::uint64_t case_id = 0;  // 0: no case (below the review threshold, or a person settled it)
};

struct RegisterResult {
  matching::Identity identity;
  std::vector<PossibleDuplicate> possible_duplicates;  // at or above the model's `possible` band
  std::vector<std::uint64_t> opened_case_ids;
  std::vector<std::string> warnings;  // machine-readable, e.g. "birth_place_unknown_code"
  std::int64_t commit_number = 0;
  // Register of a (domain, local id) that exists with the same content changes nothing and says so.
  bool already_registered = false;
};

// Traits to set, by name; a name listed with an empty value clears it.
struct UpdateRequest {
  MutationContext context;
  matching::IdentityId identity_id = 0;
  std::int64_t version = 0;  // etag; 0: whatever it is
  matching::Traits traits;
  std::vector<std::string> fields;  // names of Traits' members to take from `traits`
};

// Answer of every mutation of one identity.
struct MutationResult {
  matching::Identity identity;
  std::vector<std::uint64_t> opened_case_ids;
  std::vector<std::string> warnings;
  std::int64_t commit_number = 0;
  // Of an INSi answer 00 and of a reading of the Appli carte Vitale: how the strict traits received
  // stood to ours before the change.
  std::vector<matching::TraitDifference> differences{};
};

struct InsiAnswerRequest {
  MutationContext context;
  matching::IdentityId identity_id = 0;
  std::int64_t version = 0;
  matching::InsiAnswer answer;
};

// The source takes the INS back, or a verification of it failed; the matricule goes to history.
struct InsWithdrawalRequest {
  MutationContext context;
  matching::IdentityId identity_id = 0;
  std::int64_t version = 0;
  bool verification_mismatch = false;  // true: INSi says it is not this person's
};

struct EvidenceRequest {
  MutationContext context;
  matching::IdentityId identity_id = 0;
  std::int64_t version = 0;
  std::string type;
  matching::Date checked_on;
  bool traits_agree = true;  // false: the document contradicts the traits
  // Of a minor's civil record: the parent's document checked with it; empty: none.
  std::string parent_type{};
};

// A call of INSi without answer: kept in the history, nothing else changes.
struct InsiFaultRequest {
  MutationContext context;
  matching::IdentityId identity_id = 0;
  std::int64_t version = 0;
  matching::InsiFault fault;
};

// INSi verified the INS in force and confirmed it.
struct InsConfirmationRequest {
  MutationContext context;
  matching::IdentityId identity_id = 0;
  std::int64_t version = 0;
  matching::Instant confirmed_at{};
};

// What the Appli carte Vitale gave: INS and evidence at once.
struct VitaleReadingRequest {
  MutationContext context;
  matching::IdentityId identity_id = 0;
  std::int64_t version = 0;
  matching::Instant read_at{};
  matching::Ins ins;
  std::vector<matching::Ins> history;
  matching::Traits traits;  // strict ones
};

// What accepting an INSi answer would do; nothing is written.
struct InsiComparison {
  std::int64_t version = 0;  // of the identity compared
  std::vector<matching::TraitDifference> differences;
  bool coherent = false;  // no trait is different
  matching::TrustStatus status_if_accepted = matching::TrustStatus::kProvisional;
  std::vector<std::string> warnings_if_accepted;
  // Others of the domain under this matricule now, at most kConflictsShownMax.
  std::vector<matching::IdentityId> conflicting_ids;
};
inline constexpr std::size_t kConflictsShownMax = 50;

// The status of an identity at an instant, and why.
struct StatusAtResult {
  matching::TrustStatus status = matching::TrustStatus::kProvisional;
  std::optional<matching::StatusPeriod> period;  // absent: before the first
  std::optional<matching::Instant> ends_at;      // beginning of the next period
  // The change that recorded the period as it stands, without `before`; absent before the first.
  std::optional<matching::Change> cause;
};

struct ReverificationRequest {
  // Whole day in the establishment's zone; absent: those due today or before.
  std::optional<matching::Date> confirmed_before;
  std::string domain;          // empty: all
  std::int32_t page_size = 0;  // 0: 50; more than 200 is reduced to 200
  std::string page_token;
};

struct ReverificationPage {
  struct Due {
    matching::IdentityId identity_id = 0;
    std::int64_t version = 0;
    std::string domain, local_id;
    matching::TrustStatus status = matching::TrustStatus::kProvisional;
    matching::Instant confirmed_at{};
    matching::Date due_on;  // in the establishment's zone
  };
  std::vector<Due> due;  // longest unconfirmed first
  std::string next_page_token;
  matching::Date confirmed_before;
  int reverification_years = 0;
};

struct AttributesRequest {
  MutationContext context;
  matching::IdentityId identity_id = 0;
  std::int64_t version = 0;
  std::optional<bool> homonym, doubtful, fictitious;  // absent: unchanged
};

struct SearchRequest {
  std::optional<matching::Date> birth_date;  // required unless `ins` is given
  std::string family_prefix;                 // as typed, at most 3 letters once folded
  std::string given_prefix;
  std::string ins_matricule;   // alternative to the date: search by known matricule
  std::int32_t page_size = 0;  // 0: 50; more than 200 is reduced to 200
  std::string page_token;
};

struct SearchResult {
  std::vector<matching::Identity> identities;
  std::string next_page_token;
};

struct MatchRequest {
  matching::Traits traits;
  std::optional<matching::Ins> ins;
  std::string domain;                     // empty: all domains
  std::int32_t limit = 0;                 // 0: 10; at most 100
  std::optional<double> probability_min;  // 0..1; absent: the model's `possible` threshold
  bool explain = false;  // explain each candidate: left is what was asked, right the candidate
};

// Why two identities were brought together, or why not.
struct ExplainResult {
  matching::Identity left, right;
  matching::Explanation explanation;
  std::vector<std::string> shared_keys;  // kinds of candidate keys both have
  std::vector<std::string> full_keys;    // shared, but skipped because too many share them
  double bits_short = 0;                 // weight missing to the review threshold, 0 when reached
  std::vector<std::uint64_t> case_ids;   // live cases on the pair
};

struct VisitRequest {
  MutationContext context;
  matching::Visit visit;  // identity, statuses and version are derived, not taken
};

struct VisitResult {
  matching::Visit visit;
  std::vector<std::string> warnings;
  std::int64_t commit_number = 0;
  bool already_recorded = false;  // the same visit with the same content: nothing changed
};

struct VisitListRequest {
  matching::IdentityId identity_id = 0;
  std::int32_t page_size = 0;  // 0: 50; more than 200 is reduced to 200
  std::string page_token;
};

struct VisitPage {
  std::vector<matching::Visit> visits;  // the latest admission first, then by visit number
  std::string next_page_token;
};

struct CancelVisitRequest {
  MutationContext context;
  std::string domain, visit_number;
  std::int64_t version = 0;
};

struct RateRequest {
  std::string definition;  // name; empty: the first one configured
  // Whole days in the establishment's zone, both included. Both absent: the definition's own window
  // at `reference_day`.
  matching::Date from, to;
  // Only without `from` and `to`; absent: today.
  matching::Date reference_day;
  // Any of month, site, legal_entity, activity, week, day, kind, entry_channel, each once; none for
  // the stock of identities.
  std::vector<std::string> group_by;
  std::string site_finess, legal_entity_finess;  // filters, empty: all
  // The figure as drawn then (matching/indicator.h): the window ends there at the latest, and the
  // extraction is then. Absent: now. Not in the future.
  std::optional<matching::Instant> cut_off;
  bool recompute = false;  // from the records, whatever is kept
  // Asked now and then, from several threads, while records are read; true: nobody waits any more,
  // DEADLINE_EXCEEDED. Empty: never.
  std::function<bool()> given_up;
};

// kKept: from figures kept up to date with every commit. kRecomputed: from a scan of the records.
enum class RateSource : std::uint8_t { kKept, kRecomputed };

struct RateResult {
  matching::IndicatorDefinition definition;
  std::string time_zone;
  matching::DayWindow days;  // what was counted: those asked for, or the definition's own
  std::optional<matching::Instant> cut_off;
  RateSource source = RateSource::kRecomputed;
  std::int64_t as_of_commit_number = 0;
  matching::Instant as_of{};
  std::vector<matching::IndicatorRow> rows;  // one a group, by the group's keys
  matching::IndicatorRow total;
};

// The figures of every definition as the end of a day found them (daemon/registry/snapshots.h).
struct CloseDayRequest {
  MutationContext context;
  matching::Date day;  // complete; absent: yesterday in the establishment's zone
  // As in RateRequest.
  std::function<bool()> given_up;
};

struct ClosedSnapshot {
  storage::FigureSnapshot snapshot;
  bool is_new = false;  // false: it was kept before, with the same content
};

struct CloseDayResult {
  matching::Date day;
  std::vector<ClosedSnapshot> snapshots;  // one a definition, in the order configured
  // Days before that were never closed although an earlier one was, ascending; of the last 366.
  std::vector<matching::Date> unclosed_days;
  std::int64_t commit_number = 0;
};

struct ListSnapshotsRequest {
  matching::Date from, to;     // days closed, both included; absent: no bound
  std::string definition;      // empty: all
  bool newest_only = false;    // of each day and definition, the newest revision only
  std::int32_t page_size = 0;  // 0: 50; more than 200 is reduced to 200
  std::string page_token;
};

struct SnapshotPage {
  std::vector<storage::FigureSnapshot> snapshots;  // without their rows; newest day first
  std::string next_page_token;
};

struct SnapshotName {
  matching::Date day;
  std::string definition;
  std::int64_t revision = 0;  // 0: the newest
};

// One group whose figures differ.
struct FigureDifference {
  std::map<std::string, std::string> group;         // empty: the total
  std::optional<storage::FigureRow> before, after;  // absent: the group was not there
  matching::Sentence explanation;                   // every figure that differs
};

struct SnapshotDifference {
  storage::FigureSnapshot before, after;  // without their rows
  std::vector<FigureDifference> rows;     // groups that differ, by group
  FigureDifference total;
  // What happened in between to what is counted; for two revisions of one day and definition.
  std::map<std::string, std::int64_t> causes;
  std::vector<matching::Sentence> explanation;  // the causes in words
};

// What was read to keep figures (LoadFigures).
struct FiguresLoad {
  std::int64_t identity_count = 0, visit_count = 0;
  std::int64_t commit_number = 0;
  std::int64_t bytes = 0;  // memory the figures take
  double duration_seconds = 0;
};

// One count of one row that is not the same in the kept figures and in the records.
struct FigureMismatch {
  std::string definition;
  std::map<std::string, std::string> group;  // as IndicatorRow::group; empty: the total
  std::string column;                        // e.g. "numerator", "excluded_doubtful"
  std::int64_t kept = 0, recomputed = 0;
  bool operator==(const FigureMismatch&) const = default;
};

struct VerifyFiguresRequest {
  std::int32_t differences_max = 0;  // at most so many are listed; 0: 100; at most 1,000
  std::function<bool()> given_up;    // as RateRequest::given_up
};

struct VerifyFiguresResult {
  std::int64_t commit_number = 0;  // both sides are of this commit
  std::int64_t definition_count = 0;
  std::int64_t row_count = 0;  // compared, totals included
  std::int64_t difference_count = 0;
  std::vector<FigureMismatch> differences;  // the first of them
};

// For which rate a backlog is drawn up; as in RateRequest.
struct BacklogScope {
  std::string definition;
  matching::Date from, to;       // both absent: the definition's own window at `reference_day`
  matching::Date reference_day;  // absent: today
  std::string site_finess, legal_entity_finess;
};

// The rate a backlog is about, as it is.
struct BacklogBasis {
  matching::IndicatorDefinition definition;
  std::string time_zone;
  matching::DayWindow days;
  std::int64_t as_of_commit_number = 0;
  matching::Instant as_of{};
  std::int64_t numerator = 0, denominator = 0;
};

struct BacklogRequest {
  BacklogScope scope;
  std::optional<matching::NextStepReason> reason;  // only rows of this reason
  std::int32_t page_size = 0;                      // 1..200
  std::string page_token;
  std::function<bool()> given_up;  // as in RateRequest
};

// Where an effect on the rate comes from, or why there is none.
enum class BacklogEffect : std::uint8_t {
  kEntersNumerator,     // counted already, enters the numerator
  kEntersRate,          // was excluded, comes into numerator and denominator
  kAlreadyInNumerator,  // its status counts already
  kStatusRemembered,    // the status counted was taken in the past
  kExcluded,            // excluded, before and after
  kLeavesNumerator,     // the definition counts another status than qualified
  kDenominatorOnly,     // comes into the denominator, or leaves it, and nothing else
};

// The visit a patient is here for, or will next come for.
struct NextVisit {
  std::string domain, visit_number, site_finess;
  matching::Instant admitted_at{};
};

// What can be done for one identity, and what it brings.
struct BacklogRow {
  std::int64_t rank = 0;        // from 1, in the whole list
  matching::Identity identity;  // as it is when the page is read
  matching::NextStep step;
  matching::Sentence next_step;
  std::optional<matching::InsiQuery> insi_query;  // only where INSi is to be asked
  std::vector<std::uint64_t> case_ids;            // live cases it stands in
  std::int64_t numerator_change = 0, denominator_change = 0;
  double gain_points = 0;             // of this row alone, 100 x rate
  double cumulative_gain_points = 0;  // of this row and all before it in the list
  BacklogEffect effect = BacklogEffect::kExcluded;
  matching::Sentence effect_sentence;
  std::optional<NextVisit> next_visit;
  std::string site_finess, entry_channel;  // of its latest visit in the window
};

struct BacklogPage {
  BacklogBasis basis;
  std::vector<BacklogRow> rows;
  std::int64_t row_count = 0;  // in all pages
  std::string next_page_token;
};

// A part of the backlog.
struct BacklogTotal {
  std::string key;             // reason, site or entry channel; empty for the whole
  matching::Sentence meaning;  // only of a reason
  std::int64_t identity_count = 0, gaining_count = 0;
  std::int64_t numerator_change = 0, denominator_change = 0;
  double gain_points = 0;  // of this part alone
};

struct BacklogSummary {
  BacklogBasis basis;
  BacklogTotal total;
  std::vector<BacklogTotal> by_reason, by_site, by_entry_channel;
};

struct QualityRequest {
  matching::Date from, to;          // window of the flow indicators
  std::int32_t old_after_days = 0;  // 0: 30; 1..3660
  std::string domain;               // empty: all
  std::function<bool()> given_up;
};

struct QualityIndicator {
  std::string name;
  matching::Sentence title, numerator_meaning, denominator_meaning;
  bool in_days = false;                   // `value` is days; else numerator / denominator
  std::optional<std::int64_t> numerator;  // absent for days
  std::int64_t denominator = 0;
  std::optional<double> value;  // absent when there is nothing to divide by or to measure
};

struct QualityResult {
  std::vector<QualityIndicator> indicators;  // the same ones in the same order
  std::string time_zone;
  std::int64_t as_of_commit_number = 0;
  matching::Instant as_of{};
};

struct StatusResult {
  storage::Counts counts;
  storage::StoreHealth health;
  std::int64_t commit_number = 0;
  std::string base_id, model_version;
  std::int32_t normalizer_version = 0;
  matching::Instant started_at{};
  bool figures_loaded = false;             // rates are answered from kept figures
  std::int64_t proposal_count = 0;         // in the outbox
  double oldest_proposal_age_seconds = 0;  // 0 when there is none
};

class Registry {
 public:
  // `store` outlives the registry. `model` and `definitions` are immutable.
  // INVALID_ARGUMENT for an unknown time zone or a device list without a name.
  static absl::StatusOr<std::unique_ptr<Registry>> Create(
      storage::Store* store, std::shared_ptr<const matching::Model> model,
      std::vector<matching::IndicatorDefinition> definitions, RegistryOptions options);
  virtual ~Registry() = default;

  // Admission desk.
  virtual absl::StatusOr<SearchResult> Search(const SearchRequest& request) const = 0;
  virtual absl::StatusOr<MatchResult> Match(const MatchRequest& request) const = 0;
  virtual absl::StatusOr<RegisterResult> Register(const RegisterRequest& request) = 0;
  // One result per request, in order; all that succeed share few fsyncs. Each row also sees the
  // ones before it as possible duplicates.
  virtual std::vector<absl::StatusOr<RegisterResult>> RegisterAll(
      const std::vector<RegisterRequest>& requests) = 0;
  virtual absl::StatusOr<MutationResult> Update(const UpdateRequest& request) = 0;
  virtual absl::StatusOr<matching::Identity> Get(matching::IdentityId id) const = 0;
  // Of a merged identity: the one that stands for it, here and in ResolveIns.
  virtual absl::StatusOr<matching::Identity> ResolveLocalId(const std::string& domain,
                                                            const std::string& local_id) const = 0;
  // Identities that carry the matricule now, then those that carried it before.
  virtual absl::StatusOr<std::vector<matching::Identity>> ResolveIns(
      const matching::Ins& ins) const = 0;
  virtual absl::StatusOr<std::vector<matching::Change>> History(matching::IdentityId id,
                                                                std::int64_t before_version,
                                                                std::int32_t limit) const = 0;
  virtual absl::StatusOr<MutationResult> RecordInsiAnswer(const InsiAnswerRequest& request) = 0;
  virtual absl::StatusOr<MutationResult> WithdrawIns(const InsWithdrawalRequest& request) = 0;
  virtual absl::StatusOr<MutationResult> RecordEvidence(const EvidenceRequest& request) = 0;
  virtual absl::StatusOr<MutationResult> SetAttributes(const AttributesRequest& request) = 0;
  virtual absl::StatusOr<MutationResult> RecordInsiFault(const InsiFaultRequest& request) = 0;
  virtual absl::StatusOr<MutationResult> ConfirmIns(const InsConfirmationRequest& request) = 0;
  virtual absl::StatusOr<MutationResult> RecordVitaleReading(
      const VitaleReadingRequest& request) = 0;
  // `answer` is a 00 on which nothing is decided yet.
  virtual absl::StatusOr<InsiComparison> CompareInsiAnswer(
      matching::IdentityId id, const matching::InsiAnswer& answer) const = 0;
  // `known_at`: as it was recorded then; absent: as it is known now.
  virtual absl::StatusOr<StatusAtResult> StatusAt(
      matching::IdentityId id, matching::Instant at,
      std::optional<matching::Instant> known_at) const = 0;
  virtual absl::StatusOr<ReverificationPage> ListReverificationDue(
      const ReverificationRequest& request) const = 0;
  virtual std::vector<matching::EvidenceDevice> EvidenceDevices() const = 0;
  virtual int MinorAgeYears() const = 0;
  virtual absl::StatusOr<ExplainResult> Explain(matching::IdentityId left,
                                                matching::IdentityId right) const = 0;

  // Visits.
  virtual absl::StatusOr<VisitResult> RecordVisit(const VisitRequest& request) = 0;
  virtual std::vector<absl::StatusOr<VisitResult>> RecordVisits(
      const std::vector<VisitRequest>& requests) = 0;
  virtual absl::StatusOr<VisitResult> CancelVisit(const CancelVisitRequest& request) = 0;
  virtual absl::StatusOr<matching::Visit> GetVisit(const std::string& domain,
                                                   const std::string& visit_number) const = 0;
  virtual absl::StatusOr<VisitPage> ListVisits(const VisitListRequest& request) const = 0;

  // Review.
  // The queue is answered from memory (case_queue.h), exactly as of some commit that is not older
  // than the last one answered.
  virtual absl::StatusOr<QueuePage> ListCases(const QueueRequest& request) const = 0;
  virtual absl::StatusOr<std::int64_t> CountCases(const QueueFilter& filter) const = 0;
  virtual absl::StatusOr<CaseView> GetCase(std::uint64_t id) const = 0;
  // Reads the queue and its newest visits into memory ahead of the first question; blocks for about
  // a second a hundred thousand cases. Not needed: a question does it.
  virtual absl::Status LoadQueue() = 0;
  // Live cases whose claim by this person has not run out, by rising number; at most kClaimsMax.
  virtual absl::StatusOr<std::vector<matching::Case>> ClaimedCases(
      const std::string& assignee) const = 0;
  // A note on a case, live or ended. FAILED_PRECONDITION too_many_notes.
  virtual absl::StatusOr<CaseNoteResult> AddCaseNote(const CaseNoteRequest& request) = 0;
  virtual absl::StatusOr<CaseNotePage> ListCaseNotes(const CaseNoteListRequest& request) const = 0;
  // What changed after a commit, a piece of bounded size at a time (case_watch.h). A number that no
  // commit has yet is INVALID_ARGUMENT.
  virtual absl::StatusOr<CaseChanges> ReadCaseChanges(const CaseWatch& watch) const = 0;
  // Sets who is told, or nobody (null), when there is something new to read. As a CommitListener:
  // it hands on, does not throw and asks nothing of the registry. Not called any more once this has
  // returned.
  virtual void OnCaseChanges(std::function<void()> wake) = 0;
  // Claiming again makes the claim last longer. ABORTED case_claimed while another's claim lasts.
  virtual absl::StatusOr<CaseResult> ClaimCase(const CaseRequest& request) = 0;
  // Gives up a claim, ends a hold.
  virtual absl::StatusOr<CaseResult> ReleaseCase(const CaseRequest& request) = 0;
  virtual absl::StatusOr<CaseResult> HoldCase(const CaseRequest& request) = 0;
  // Puts the cases back into the queue whose hold has come to its day. How many.
  virtual absl::StatusOr<std::int64_t> WakeHeldCases() = 0;
  // ABORTED case_decided (with the decision's number) when somebody was faster.
  virtual absl::StatusOr<DecideResult> Decide(const DecideRequest& request) = 0;
  // Takes a decision back: a merge is unmade, the case comes back to the queue.
  virtual absl::StatusOr<DecideResult> UndoDecision(const DecisionRequest& request) = 0;
  // The second person: what was decided happens, or does not.
  virtual absl::StatusOr<DecideResult> ConfirmDecision(const DecisionRequest& request) = 0;
  virtual absl::StatusOr<DecideResult> RejectDecision(const DecisionRequest& request) = 0;
  virtual absl::StatusOr<matching::Decision> GetDecision(std::uint64_t id) const = 0;
  virtual absl::StatusOr<DecisionListPage> ListDecisions(
      const DecisionListRequest& request) const = 0;

  // The outbox of an installation whose own registry merges (outbox.h). Hands proposals that are
  // due to a bridge, oldest first, `count_max` at most; with `again_after` also those behind
  // it that this bridge was handed before: it begins anew.
  virtual absl::StatusOr<std::vector<matching::Proposal>> HandOutProposals(
      const std::string& bridge, std::optional<std::uint64_t> again_after,
      std::size_t count_max) = 0;
  // The bridge has it. FAILED_PRECONDITION proposal_ended, proposal_held (by another bridge).
  virtual absl::Status ReceiveProposal(const std::string& bridge, std::uint64_t proposal_id) = 0;
  // Done: the merge, or its undoing, is carried out here. Refused: the case comes back, or the
  // merge stays. Errors as ReceiveProposal, and what Decide and UndoDecision are refused for.
  virtual absl::StatusOr<DecideResult> SettleProposal(const ProposalAnswer& answer) = 0;
  // The merge is carried out here and closes what waited for it; the same again changes nothing.
  virtual absl::StatusOr<DecideResult> ReportMerge(const MergeReport& report) = 0;
  virtual absl::StatusOr<ProposalPage> ListProposals(const ProposalListRequest& request) const = 0;

  // Blind labels (labels.h) and what they say of the detectors (review_quality.h).
  // Draws new pairs when none waits for this person.
  virtual absl::StatusOr<NextLabelResult> NextLabel(const std::string& actor) = 0;
  // NOT_FOUND label_not_found, FAILED_PRECONDITION pair_labelled, labeller_decided.
  virtual absl::StatusOr<LabelResult> RecordLabel(const LabelRequest& request) = 0;
  virtual absl::StatusOr<LabelledPairsPage> ListLabelledPairs(
      const LabelledPairsRequest& request) const = 0;
  virtual absl::StatusOr<ReviewQualityResult> ReviewQuality(
      const ReviewQualityRequest& request) const = 0;
  // Draws pairs to label from the next cases and identities: one step, whose work is bounded. How
  // many cases and identities were looked at; 0: all were.
  virtual absl::StatusOr<std::int64_t> DrawLabels() = 0;

  // Everything, from one frozen picture; must be gone before the registry is.
  virtual absl::StatusOr<std::unique_ptr<Export>> OpenExport() const = 0;

  // Qualification and administration.
  virtual absl::StatusOr<RateResult> Rate(const RateRequest& request) const = 0;
  virtual std::vector<matching::IndicatorDefinition> Definitions() const = 0;
  // FAILED_PRECONDITION day_not_over for today and later. The same day again changes nothing when
  // its figures are what they were, and adds a revision when they are not.
  virtual absl::StatusOr<CloseDayResult> CloseDay(const CloseDayRequest& request) = 0;
  virtual absl::StatusOr<SnapshotPage> ListSnapshots(const ListSnapshotsRequest& request) const = 0;
  // NOT_FOUND snapshot_not_found.
  virtual absl::StatusOr<storage::FigureSnapshot> GetSnapshot(const SnapshotName& name) const = 0;
  // From `before` to `after`. Of one day and definition, `before` without revision is the revision
  // before `after`.
  virtual absl::StatusOr<SnapshotDifference> DiffSnapshots(const SnapshotName& before,
                                                           const SnapshotName& after) const = 0;
  // What to do next, ranked by what it brings to a rate (daemon/registry/backlog.h). ABORTED
  // backlog_expired for a page of a ranking that is no longer kept.
  virtual absl::StatusOr<BacklogPage> ListBacklog(const BacklogRequest& request) const = 0;
  virtual absl::StatusOr<BacklogSummary> SummarizeBacklog(
      const BacklogScope& scope, const std::function<bool()>& given_up) const = 0;
  virtual absl::StatusOr<QualityResult> QualityIndicators(const QualityRequest& request) const = 0;
  virtual absl::StatusOr<StatusResult> Status() const = 0;

  // Reads all records into figures that are kept up to date with every commit from then on; rates
  // are answered from them. Blocks for as long as it takes, about four seconds a million visits:
  // for a thread of its own. One at a time. CANCELLED once `stop` (may be empty) says so;
  // RESOURCE_EXHAUSTED: too much was committed meanwhile, begin again later; DATA_LOSS.
  virtual absl::StatusOr<FiguresLoad> LoadFigures(const std::function<bool()>& stop) = 0;
  // Whether LoadFigures has done so, and the figures could follow since. Never waits.
  virtual bool FiguresLoaded() const = 0;
  // Compares the kept figures of every definition, by month, site and activity, over all visits,
  // with a scan of the records at the same commit. FAILED_PRECONDITION figures_not_loaded,
  // RESOURCE_EXHAUSTED too_many_groups, DEADLINE_EXCEEDED deadline_passed.
  virtual absl::StatusOr<VerifyFiguresResult> VerifyFigures(
      const VerifyFiguresRequest& request) const = 0;
};

}  // namespace vigie::daemon
