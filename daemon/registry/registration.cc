#include "daemon/registry/registration.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

#include "daemon/registry/checks.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/facts.h"
#include "daemon/registry/identity_writer.h"
#include "daemon/registry/requests.h"
#include "daemon/registry/traits.h"
#include "daemon/registry/visits.h"
#include "matching/names.h"

namespace vigie::daemon {
namespace {

using matching::Identity;
using matching::Instant;

// Registrations prepared at a time, on one view: worth a thread's turn, and soon done.
constexpr std::size_t kChunkRows = 25;
// Fewer are not committed together while more are to come: each commit is an fsync.
constexpr std::size_t kCommitRowsMin = 100;

absl::Status Check(const RegisterRequest& request, const Environment& environment, Instant now) {
  Problems problems;
  CheckContext(request.context, problems);
  CheckDomain(request.domain, "domain", problems);
  CheckLocalKey(request.local_id, kLocalIdLengthMax, "local_id", problems);
  CheckTraits(request.traits, DayOf(now, environment.zone), "traits.", problems);
  if (request.evidence) {
    CheckEvidence(request.evidence->type, request.evidence->checked_on, environment, now,
                  "evidence.", problems);
    CheckParentDocument(request.evidence->type, request.evidence->parent_type, environment,
                        "evidence.parent_type", problems);
  }
  if (!problems.empty()) return ToStatus(std::move(problems));
  if (!request.insi_answer) return absl::OkStatus();
  return CheckInsiAnswer(*request.insi_answer, environment, now, "insi_answer.", false);
}

// Attributes first, because they decide what may follow; then the facts as they happened.
absl::Status ApplyFacts(const RegisterRequest& request, const Environment& environment, Instant now,
                        Identity& identity, FactOutcome& outcome) {
  const matching::Attributes& wanted = request.attributes;
  absl::Status status =
      ApplyAttributes(identity, {wanted.homonym, wanted.doubtful, wanted.fictitious}, now,
                      environment.options.trust_rules, outcome);
  if (!status.ok()) return status;
  const auto check_document = [&] {
    if (!request.evidence) return absl::OkStatus();
    const matching::Evidence& evidence = *request.evidence;
    return ApplyEvidence(identity, {evidence.type, evidence.checked_on, evidence.parent_type, true},
                         environment, now, outcome);
  };
  const auto take_answer = [&] {
    if (!request.insi_answer) return absl::OkStatus();
    return ApplyInsiAnswer(identity, *request.insi_answer, environment, outcome);
  };
  const bool document_first =
      request.evidence && request.insi_answer &&
      StartOfDay(request.evidence->checked_on, environment.zone) < request.insi_answer->queried_at;
  status = document_first ? check_document() : take_answer();
  if (!status.ok()) return status;
  return document_first ? take_answer() : check_document();
}

// What a registration says of a person; what the base adds of its own does not count.
bool SameContent(const Identity& left, const Identity& right) {
  return left.traits == right.traits && left.ins == right.ins &&
         left.ins_history == right.ins_history && left.last_insi_answer == right.last_insi_answer &&
         left.evidence == right.evidence && left.trust == right.trust;
}

}  // namespace

Registration::Registration(const Environment& environment, const Matcher& matcher)
    : environment_(environment), matcher_(matcher) {}

absl::StatusOr<Registration::Draft> Registration::MakeDraft(const RegisterRequest& request) const {
  const Instant now = Now(environment_);
  absl::Status status = Check(request, environment_, now);
  if (!status.ok()) return status;
  Draft draft;
  draft.context = request.context;
  Identity& identity = draft.identity;
  identity.version = 1;
  identity.domain = request.domain;
  identity.local_id = request.local_id;
  identity.traits = request.traits;
  identity.created_at = identity.updated_at = now;
  identity.normalizer_version = matching::kNormalizerVersion;
  if (identity.traits.first_birth_given_name.empty()) {
    const FirstGivenName first = FirstOfList(identity.traits.birth_given_names);
    identity.traits.first_birth_given_name = first.value;
    if (first.ambiguous) draft.outcome.warnings.emplace_back("first_given_name_ambiguous");
  }
  status = BeginPeriods(identity, environment_.options.trust_rules, draft.outcome);
  if (status.ok()) status = ApplyFacts(request, environment_, now, identity, draft.outcome);
  if (!status.ok()) return status;
  identity.rniv = MakeRnivNames(identity.traits);
  for (std::string& warning : TraitWarnings(identity.traits)) {
    draft.outcome.warnings.push_back(std::move(warning));
  }
  draft.subject = MakeSubject(identity);
  return draft;
}

std::vector<PossibleDuplicate> Registration::PossibleDuplicates(
    const Ranking& ranking, const std::map<matching::IdentityId, std::uint64_t>& cases) const {
  std::vector<PossibleDuplicate> duplicates;
  for (const ScoredCandidate& candidate : ranking.candidates) {
    if (candidate.score.probability < matcher_.model().thresholds.possible_probability_min)
      continue;
    const auto found = cases.find(candidate.identity.id);
    duplicates.push_back({candidate.identity.id, candidate.identity.domain,
                          candidate.identity.local_id, candidate.score,
                          found == cases.end() ? 0 : found->second});
  }
  return duplicates;
}

// An import that is run again is harmless: the same content as now, or as at the registration, is
// no conflict even when the identity has lived on since.
absl::StatusOr<Worked<RegisterResult>> Registration::AnswerExisting(
    const Draft& draft, matching::IdentityId existing_id, const storage::View& view) const {
  absl::StatusOr<Identity> existing = ReadIdentity(view, existing_id, 0);
  if (!existing.ok()) return existing.status();
  if (!SameContent(draft.identity, *existing)) {
    const absl::StatusOr<Identity> first = IdentityAtVersion(view, existing_id, 1);
    if (!first.ok()) return first.status();
    if (!SameContent(draft.identity, *first)) {
      return MakeError(Reason::kLocalIdTaken, "the local id is taken by another registration",
                       {{"identity_id", std::to_string(existing_id)}});
    }
  }
  const auto ranking = matcher_.Rank(view, MakeSubject(*existing), existing_id,
                                     matcher_.model().thresholds.possible_probability_min, "");
  if (!ranking.ok()) return ranking.status();
  const auto live = view.LiveCasesOf(existing_id);
  if (!live.ok()) return live.status();
  std::map<matching::IdentityId, std::uint64_t> cases;
  for (const matching::Case& one : *live) {
    if (one.kind != matching::CaseKind::kDuplicate) continue;
    for (const matching::IdentityId id : one.identity_ids) cases[id] = one.id;
  }
  Worked<RegisterResult> worked;
  worked.written = false;
  worked.result.identity = *std::move(existing);
  worked.result.possible_duplicates = PossibleDuplicates(*ranking, cases);
  worked.result.warnings = draft.outcome.warnings;
  worked.result.commit_number = view.CommitNumber();
  worked.result.already_registered = true;
  return worked;
}

absl::StatusOr<Worked<RegisterResult>> Registration::Write(const Draft& draft,
                                                           storage::Transaction& transaction,
                                                           storage::CommitContext& commit) const {
  const auto existing = transaction.FindByLocalId(draft.identity.domain, draft.identity.local_id);
  if (!existing.ok()) return existing.status();
  if (*existing) return AnswerExisting(draft, **existing, transaction);
  const absl::StatusOr<matching::IdentityId> id = transaction.NextIdentityId();
  if (!id.ok()) return id.status();
  IdentityWrite write;
  write.after = draft.identity;
  write.after.id = *id;
  write.subject = draft.subject;
  write.foresight = draft.foresight;
  write.operation = "register";
  write.context = &draft.context;
  write.outcome = draft.outcome;
  absl::StatusOr<WrittenIdentity> written =
      WriteIdentity(transaction, matcher_, environment_.options.review, write, commit.targets);
  if (!written.ok()) return written.status();
  absl::Status attached = AttachWaitingVisits(transaction, matcher_, environment_.options.review,
                                              write.after, commit.targets);
  if (!attached.ok()) return attached;
  Worked<RegisterResult> worked;
  worked.result.possible_duplicates = PossibleDuplicates(written->ranking, written->pair_cases);
  worked.result.opened_case_ids = std::move(written->opened_case_ids);
  worked.result.warnings = draft.outcome.warnings;
  if (written->ranking.truncated) worked.result.warnings.emplace_back("candidates_truncated");
  if (written->ranking.full_key_count > 0) {
    worked.result.warnings.emplace_back("candidate_keys_full");
  }
  worked.result.identity = std::move(write.after);
  return worked;
}

// What the commit path will ask for is read here as well, on several threads, so that it finds it
// in the store's cache. Answers may be other by then; a failure will be met again there.
void Registration::Foresee(const storage::View& view, Draft& draft) const {
  view.FindRequest(draft.context.request_id).status().IgnoreError();
  view.FindByLocalId(draft.identity.domain, draft.identity.local_id).status().IgnoreError();
  draft.foresight = matcher_.Foresee(view, draft.subject, RankedProbabilityMin(matcher_.model()));
}

Registration::Pending Registration::Prepare(const RegisterRequest& request,
                                            const storage::View* view) const {
  absl::StatusOr<Draft> made = MakeDraft(request);
  if (!made.ok()) return {made.status(), nullptr};
  if (view != nullptr) Foresee(*view, *made);
  auto draft = std::make_shared<const Draft>(*std::move(made));
  auto mutation = std::make_unique<Mutation<RegisterResult>>(
      request.context, "register", FingerprintOf(request),
      [this, draft](storage::Transaction& transaction, storage::CommitContext& commit) {
        return Write(*draft, transaction, commit);
      });
  return {std::move(mutation), std::move(draft)};
}

absl::StatusOr<RegisterResult> Registration::Register(const RegisterRequest& request) const {
  return Run(*environment_.store, Prepare(request, nullptr).mutation);
}

// The rows of a batch on their way: chunks are prepared by whoever is free, and committed in their
// order by one. Thread-safe.
class Registration::Line {
 public:
  explicit Line(std::size_t row_count)
      : row_count_(row_count), ready_((row_count + kChunkRows - 1) / kChunkRows) {}

  // Prepares the next chunk with `prepare`; false when all are taken. A chunk counts as ready also
  // when it could not be prepared: nobody must wait for it.
  template <typename PrepareChunk>
  bool PrepareNext(const PrepareChunk& prepare) {
    const std::size_t chunk = next_++;
    if (chunk >= ready_.size()) return false;
    struct Done {
      Line* line;
      std::size_t chunk;
      ~Done() { line->SetReady(chunk); }
    } done{this, chunk};
    prepare(chunk);
    return true;
  }

  // The end of the rows ready to be committed behind `begin`, if they are enough; else `begin`.
  std::size_t ReadyEnd(std::size_t begin) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return EnoughReady(begin);
  }
  // The same, waited for: once all chunks are taken.
  std::size_t WaitReady(std::size_t begin) {
    std::unique_lock<std::mutex> lock(mutex_);
    std::size_t end = begin;
    became_ready_.wait(lock, [&] { return (end = EnoughReady(begin)) > begin; });
    return end;
  }

 private:
  void SetReady(std::size_t chunk) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ready_[chunk] = true;
    became_ready_.notify_all();
  }
  std::size_t EnoughReady(std::size_t begin) const {
    std::size_t chunk = begin / kChunkRows;
    while (chunk < ready_.size() && ready_[chunk]) ++chunk;
    const std::size_t end = std::min(row_count_, chunk * kChunkRows);
    return end == row_count_ || end >= begin + kCommitRowsMin ? end : begin;
  }

  const std::size_t row_count_;
  std::atomic<std::size_t> next_{0};  // chunk to be taken
  std::mutex mutex_;
  std::condition_variable became_ready_;
  std::vector<bool> ready_;  // by chunk; guarded by mutex_
};

void Registration::PrepareChunk(std::size_t chunk, const std::vector<RegisterRequest>& requests,
                                std::vector<Pending>& pending) const {
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  const std::size_t end = std::min(requests.size(), (chunk + 1) * kChunkRows);
  for (std::size_t i = chunk * kChunkRows; i < end; ++i) {
    pending[i] = Prepare(requests[i], view.get());
  }
}

void Registration::CommitPart(std::size_t begin, std::size_t end, std::vector<Pending>& pending,
                              std::vector<absl::StatusOr<RegisterResult>>& results) const {
  const std::int64_t before = environment_.store->Read()->CommitNumber();
  std::vector<PreparedMutation<RegisterResult>> prepared;
  for (std::size_t i = begin; i < end; ++i) prepared.push_back(std::move(pending[i].mutation));
  auto done = RunAll(*environment_.store, std::move(prepared));
  for (std::size_t i = begin; i < end; ++i) {
    absl::StatusOr<RegisterResult>& result = results[i] = std::move(done[i - begin]);
    // Written just now, not answered again: the next rows will often meet it.
    if (!result.ok() || result->already_registered || result->commit_number <= before) continue;
    matcher_.Keep(result->identity.id, result->commit_number, pending[i].draft->subject);
  }
}

// One commits and, when it has to wait, prepares; the other prepares. Rows are committed in their
// order, so each finds those before it, whatever was foreseen.
std::vector<absl::StatusOr<RegisterResult>> Registration::RegisterAll(
    const std::vector<RegisterRequest>& requests) const {
  if (requests.size() > kBulkRequestCountMax) {
    return {requests.size(), MakeFieldError("requests", "too_many")};
  }
  std::vector<Pending> pending(requests.size());
  std::vector<absl::StatusOr<RegisterResult>> results(requests.size());
  Line line(requests.size());
  const auto prepare = [&](std::size_t chunk) { PrepareChunk(chunk, requests, pending); };
  const auto commit_all = [&] {
    std::size_t begin = 0;
    while (begin < requests.size()) {
      std::size_t end = line.ReadyEnd(begin);
      if (end == begin && line.PrepareNext(prepare)) continue;
      if (end == begin) end = line.WaitReady(begin);
      CommitPart(begin, end, pending, results);
      begin = end;
    }
  };
  RunParts(environment_, 2, [&](std::size_t part) {
    if (part == 0) return commit_all();
    while (line.PrepareNext(prepare)) {
    }
  });
  return results;
}

}  // namespace vigie::daemon
