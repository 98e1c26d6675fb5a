#include "daemon/registry/cases.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "daemon/registry/facts.h"
#include "daemon/registry/journal.h"
#include "daemon/registry/merges.h"
#include "matching/frequent_value.h"
#include "matching/priority.h"

namespace vigie::daemon {
namespace {

using matching::Case;
using matching::CaseKind;
using matching::CaseState;
using matching::Decision;
using matching::DecisionState;
using matching::FrequentValue;
using matching::Identity;
using matching::IdentityId;
using matching::Score;

// The one contradiction that settles it: two numbers the state gave to two people are no duplicate,
// whatever the rest says; who resembles the other that much is a homonym. Every other one lowers
// the band and is for a person to judge.
constexpr std::string_view kDifferentPersons = "different_qualified_matricules";

// INS conflicts that a change of one identity opens at most. Real ones come in twos and threes; a
// matricule that software puts on everybody must not fill the queue with every pair of them.
constexpr std::size_t kInsConflictsMax = 16;

// Decisions on one identity are few; more than this are not looked through.
constexpr std::size_t kExplanationsReadMax = 50;

std::vector<IdentityId> PairOf(IdentityId a, IdentityId b) {
  return {std::min(a, b), std::max(a, b)};
}

IdentityId OtherOf(const Case& pair, IdentityId id) {
  return pair.identity_ids.front() == id ? pair.identity_ids.back() : pair.identity_ids.front();
}

void SetScore(const Score& score, Case& live) {
  live.weight_bits = score.weight_bits;
  live.probability = score.probability;
  live.band = score.band;
  live.model_version = score.model_version;
}

void Rank(Case& ranked, const std::vector<const Identity*>& identities) {
  ranked.priority = matching::CasePriority(ranked, identities);
}

}  // namespace

CaseKeeper::CaseKeeper(storage::Transaction& transaction, const Matcher& matcher,
                       const ReviewOptions& options, Subjects subjects, matching::Instant now,
                       std::vector<std::string>& targets)
    : transaction_(transaction),
      matcher_(matcher),
      options_(options),
      subjects_(subjects),
      now_(now),
      targets_(targets) {
  const std::vector<std::string>& vetoes = matcher.model().vetoes;
  for (std::size_t i = 0; i < vetoes.size(); ++i) {
    if (vetoes[i] == kDifferentPersons) different_persons_ |= std::uint32_t{1} << i;
  }
}

std::optional<CaseKind> CaseKeeper::KindOf(const Identity& identity, const Identity& other,
                                           const Score& score) const {
  if (score.probability < matcher_.model().thresholds.review_probability_min) return std::nullopt;
  const bool link = identity.domain != other.domain;
  if ((score.vetoes & different_persons_) == 0)
    return link ? CaseKind::kLink : CaseKind::kDuplicate;
  const bool marked = identity.trust.attributes.homonym && other.trust.attributes.homonym;
  return link || marked ? std::nullopt : std::optional(CaseKind::kHomonym);
}

absl::Status CaseKeeper::Open(Case opened) {
  const absl::StatusOr<std::uint64_t> id = transaction_.NextCaseId();
  if (!id.ok()) return id.status();
  opened.id = *id;
  opened.state = CaseState::kOpen;
  opened.opened_at = opened.updated_at = now_;
  opened.version = 1;
  absl::Status put = transaction_.PutCase(nullptr, opened);
  if (!put.ok()) return put;
  opened_.push_back(opened.id);
  targets_.push_back("case/" + std::to_string(opened.id));
  return absl::OkStatus();
}

absl::Status CaseKeeper::Rewrite(const Case& before, Case after) {
  if (after == before) return absl::OkStatus();
  after.version = before.version + 1;
  after.updated_at = now_;
  targets_.push_back("case/" + std::to_string(after.id));
  return transaction_.PutCase(&before, after);
}

absl::Status CaseKeeper::Withdraw(const Case& live) {
  Case withdrawn = live;
  withdrawn.state = CaseState::kWithdrawn;
  withdrawn.assignee.clear();
  withdrawn.claim_expires_at.reset();
  absl::Status status = Rewrite(live, std::move(withdrawn));
  const bool awaited_somebody =
      live.state == CaseState::kAwaitingConfirmation || live.state == CaseState::kProposed;
  if (!status.ok() || !awaited_somebody) return status;
  // What a second person, or the hospital's registry, was asked for cannot happen any more.
  const auto awaited = transaction_.GetDecision(live.decision_id);
  if (!awaited.ok()) return awaited.status();
  if (!*awaited || ((*awaited)->state != DecisionState::kAwaitingConfirmation &&
                    (*awaited)->state != DecisionState::kProposed)) {
    return absl::OkStatus();
  }
  return EndDecision(transaction_, **awaited, DecisionState::kRejected, now_, "case_withdrawn",
                     targets_);
}

absl::Status CaseKeeper::WithdrawAllOf(IdentityId id) {
  const auto live = transaction_.LiveCasesOf(id);
  if (!live.ok()) return live.status();
  for (const Case& one : *live) {
    absl::Status status = Withdraw(one);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// Whether both are still who they were when they were found to be different persons. One that was
// merged since keeps its traits, and the finding with them.
absl::StatusOr<bool> CaseKeeper::StillHolds(const Decision& dismissal) {
  const auto identities = transaction_.GetIdentities(dismissal.identity_ids);
  if (!identities.ok()) return identities.status();
  for (std::size_t i = 0; i < identities->size(); ++i) {
    if (!(*identities)[i]) return absl::DataLossError("a decision names no identity");
    if (matching::StrictFingerprint(*(*identities)[i]) != dismissal.fingerprints[i]) return false;
  }
  return true;
}

// Whether a person has said what the pair is. A finding that both are different persons is outdated
// by a change of a strict trait: it ends, and the case says why the pair is asked about again.
absl::StatusOr<bool> CaseKeeper::IsSettled(CaseKind kind, IdentityId left, IdentityId right,
                                           Case& opened) {
  if (kind == CaseKind::kLink) {
    const auto link = FindFinding(transaction_, matching::Verdict::kSamePerson, left, right);
    if (!link.ok()) return link.status();
    if (*link) return true;
  }
  const auto dismissal =
      FindFinding(transaction_, matching::Verdict::kDifferentPersons, left, right);
  if (!dismissal.ok()) return dismissal.status();
  if (!*dismissal) return false;
  absl::StatusOr<bool> holds = StillHolds(**dismissal);
  if (!holds.ok() || *holds) return holds;
  opened.reasons.emplace_back(matching::kReasonStrictTraitChanged);
  absl::Status ended = EndDecision(transaction_, **dismissal, DecisionState::kOutdated, now_,
                                   "strict_trait_changed", targets_);
  if (!ended.ok()) return ended;
  return false;
}

absl::Status CaseKeeper::KeepPair(CaseKind kind, const Identity& identity, const Identity& other,
                                  const Score& score) {
  const std::vector<IdentityId> pair = PairOf(identity.id, other.id);
  const auto live = transaction_.FindLiveCase(kind, pair);
  if (!live.ok()) return live.status();
  if (*live) {
    Case refreshed = **live;
    // A merge may bring a finding of before to a pair that was open.
    const absl::StatusOr<bool> settled = IsSettled(kind, identity.id, other.id, refreshed);
    if (!settled.ok()) return settled.status();
    if (*settled) return Withdraw(**live);
    SetScore(score, refreshed);
    Rank(refreshed, {&identity, &other});
    pair_cases_[other.id] = refreshed.id;
    return Rewrite(**live, std::move(refreshed));
  }
  if (IsOff(DetectorOf(kind))) return absl::OkStatus();
  Case opened;
  opened.kind = kind;
  opened.domain = identity.id < other.id ? identity.domain : other.domain;
  opened.identity_ids = pair;
  opened.reasons = {kind == CaseKind::kHomonym ? "different_qualified_matricules"
                                               : "score_above_review_threshold"};
  SetScore(score, opened);
  const absl::StatusOr<bool> settled = IsSettled(kind, identity.id, other.id, opened);
  if (!settled.ok()) return settled.status();
  if (*settled) return absl::OkStatus();
  Rank(opened, {&identity, &other});
  absl::Status status = Open(std::move(opened));
  if (status.ok()) pair_cases_[other.id] = opened_.back();
  return status;
}

// Pairs that no candidate key brings together any more still have their case: score them as well.
// A case whose pair has become one of another kind ends.
absl::Status CaseKeeper::ReviewLivePairs(const Identity& identity, const Subject& subject) {
  const auto live = transaction_.LiveCasesOf(identity.id);
  if (!live.ok()) return live.status();
  for (const Case& old : *live) {
    if (!matching::IsScoredPair(old.kind)) continue;
    const IdentityId other = OtherOf(old, identity.id);
    const auto kept = pair_cases_.find(other);
    if (kept != pair_cases_.end()) {
      absl::Status status = kept->second == old.id ? absl::OkStatus() : Withdraw(old);
      if (!status.ok()) return status;
      continue;
    }
    auto found = transaction_.GetIdentity(other);
    if (!found.ok()) return found.status();
    if (!*found)
      return absl::DataLossError("case " + std::to_string(old.id) + " names no identity");
    const auto scores = matcher_.ScoreEach(transaction_, subject, {**found});
    if (!scores.ok()) return scores.status();
    const std::optional<CaseKind> kind = KindOf(identity, **found, scores->front());
    absl::Status status = kind == old.kind ? absl::OkStatus() : Withdraw(old);
    if (status.ok() && kind) status = KeepPair(*kind, identity, **found, scores->front());
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CaseKeeper::KeepPairs(const Identity& identity, const Subject& subject,
                                   const Ranking& ranking) {
  for (const ScoredCandidate& candidate : ranking.candidates) {
    const std::optional<CaseKind> kind = KindOf(identity, candidate.identity, candidate.score);
    if (!kind) continue;
    absl::Status status = KeepPair(*kind, identity, candidate.identity, candidate.score);
    if (!status.ok()) return status;
  }
  return subjects_ == Subjects::kNew ? absl::OkStatus() : ReviewLivePairs(identity, subject);
}

// Withdraws the live conflicts that are none any more; the others of those that stay.
absl::StatusOr<std::set<IdentityId>> CaseKeeper::ReviewLiveInsConflicts(const Identity& identity) {
  if (subjects_ == Subjects::kNew) return std::set<IdentityId>();
  const auto live = transaction_.LiveCasesOf(identity.id);
  if (!live.ok()) return live.status();
  std::set<IdentityId> others;
  for (const Case& old : *live) {
    if (old.kind != CaseKind::kInsConflict || old.identity_ids.size() == 1) continue;
    const auto other = transaction_.GetIdentity(OtherOf(old, identity.id));
    if (!other.ok()) return other.status();
    const bool holds = identity.ins && *other && (*other)->ins == identity.ins;
    if (holds) others.insert((*other)->id);
    Case refreshed = old;
    if (holds) Rank(refreshed, {&identity, &**other});
    absl::Status status = holds ? Rewrite(old, std::move(refreshed)) : Withdraw(old);
    if (!status.ok()) return status;
  }
  return others;
}

absl::Status CaseKeeper::KeepInsConflicts(const Identity& identity) {
  const absl::StatusOr<std::set<IdentityId>> others = ReviewLiveInsConflicts(identity);
  if (!others.ok()) return others.status();
  if (!identity.ins || IsOff(kDetectorInsConflict)) return absl::OkStatus();
  const auto holders = transaction_.FindByIns(*identity.ins);
  if (!holders.ok()) return holders.status();
  std::size_t count = others->size();
  // The newest first: so each identity has its own few and those of the few that came after it.
  for (auto holder = holders->rbegin(); holder != holders->rend(); ++holder) {
    if (count >= kInsConflictsMax) break;
    if (holder->past || holder->identity_id == identity.id) continue;
    if (others->contains(holder->identity_id)) continue;
    const auto other = transaction_.GetIdentity(holder->identity_id);
    if (!other.ok()) return other.status();
    // The same person has one record in each domain: only two in one domain are a conflict.
    if (!*other || (*other)->domain != identity.domain) continue;
    Case opened;
    opened.kind = CaseKind::kInsConflict;
    opened.domain = identity.domain;
    opened.identity_ids = PairOf(identity.id, holder->identity_id);
    opened.reasons = {"same_matricule_in_force"};
    Rank(opened, {&identity, &**other});
    absl::Status status = Open(std::move(opened));
    if (!status.ok()) return status;
    ++count;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> CaseKeeper::IsExplained(const Identity& identity,
                                             const std::vector<std::string>& reasons) const {
  storage::DecisionFilter filter;
  filter.identity_id = identity.id;
  filter.in_force_only = true;
  const auto page = transaction_.ListDecisions(filter, kExplanationsReadMax, 0);
  if (!page.ok()) return page.status();
  const std::vector<std::uint64_t> present = {matching::StrictFingerprint(identity)};
  for (const Decision& decision : page->decisions) {
    if (decision.identity_ids.size() != 1 || decision.fingerprints != present) continue;
    if (decision.verdict == matching::Verdict::kUndecided) continue;
    const auto found = transaction_.GetCase(decision.case_id);
    if (!found.ok()) return found.status();
    if (!*found || (*found)->kind != CaseKind::kInsConflict) continue;
    const std::vector<std::string>& explained = (*found)->reasons;
    const bool all = std::all_of(reasons.begin(), reasons.end(), [&](const std::string& reason) {
      return std::find(explained.begin(), explained.end(), reason) != explained.end();
    });
    if (all) return true;
  }
  return false;
}

absl::Status CaseKeeper::KeepContradiction(const Identity& identity) {
  std::vector<std::string> reasons = MatriculeWarnings(identity);
  for (std::string& reason : reasons) reason += "_differs";
  if (reasons.empty() && subjects_ == Subjects::kNew) return absl::OkStatus();
  const auto live = transaction_.FindLiveCase(CaseKind::kInsConflict, {identity.id});
  if (!live.ok()) return live.status();
  if (*live) {
    if (reasons.empty()) return Withdraw(**live);
    Case refreshed = **live;
    refreshed.reasons = std::move(reasons);
    Rank(refreshed, {&identity});
    return Rewrite(**live, std::move(refreshed));
  }
  if (reasons.empty() || IsOff(kDetectorContradictoryMatricule)) return absl::OkStatus();
  const absl::StatusOr<bool> explained = IsExplained(identity, reasons);
  if (!explained.ok()) return explained.status();
  if (*explained) return absl::OkStatus();
  Case opened;
  opened.kind = CaseKind::kInsConflict;
  opened.domain = identity.domain;
  opened.identity_ids = {identity.id};
  opened.reasons = std::move(reasons);
  Rank(opened, {&identity});
  return Open(std::move(opened));
}

absl::Status CaseKeeper::KeepFrequentValues(const Identity* before, const Identity& identity,
                                            const Subject& subject, const Ranking& ranking) {
  if (IsOff(kDetectorFrequentValue)) return absl::OkStatus();
  for (const matching::TermValue& term : ranking.terms) {
    if (!matching::IsNewlyFrequent(term.column, term.count, ranking.population)) continue;
    std::string value = matching::TermText(subject.record, term.column);
    if (before != nullptr && before->merged_into == 0 &&
        matching::TermText(matching::MakeRecord(*before), term.column) == value) {
      continue;
    }
    absl::Status status = KeepFrequentValue(
        identity, {term.column, std::move(value), term.value_hash, term.count, ranking.population});
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CaseKeeper::KeepFrequentValue(const Identity& identity, FrequentValue value) {
  const auto cases = transaction_.CasesOfValue(value.column, value.value_hash, kCasesOfValueMax);
  if (!cases.ok()) return cases.status();
  for (const Case& earlier : *cases) {
    if (matching::IsLive(earlier.state)) {
      Case refreshed = earlier;
      refreshed.frequent_value = std::move(value);
      return Rewrite(earlier, std::move(refreshed));
    }
    if (earlier.decision_id == 0) continue;
    const auto decision = transaction_.GetDecision(earlier.decision_id);
    if (!decision.ok()) return decision.status();
    if (*decision && (*decision)->verdict == matching::Verdict::kNothingWrong &&
        matching::IsInForce((*decision)->state)) {
      return absl::OkStatus();
    }
  }
  Case opened;
  opened.kind = CaseKind::kFrequentValue;
  opened.domain = identity.domain;
  opened.identity_ids = {identity.id};
  opened.reasons = {"frequent_" + std::string(matching::TermColumnName(value.column))};
  opened.frequent_value = std::move(value);
  Rank(opened, {});
  return Open(std::move(opened));
}

absl::Status CaseKeeper::AddCollisionReasons(const Identity& identity,
                                             const std::vector<std::string>& reasons) {
  if (reasons.empty()) return absl::OkStatus();
  const auto live = transaction_.FindLiveCase(CaseKind::kCollision, {identity.id});
  if (!live.ok()) return live.status();
  if (!*live) {
    if (IsOff(kDetectorCollision)) return absl::OkStatus();
    Case opened;
    opened.kind = CaseKind::kCollision;
    opened.domain = identity.domain;
    opened.identity_ids = {identity.id};
    opened.reasons = reasons;
    Rank(opened, {&identity});
    return Open(std::move(opened));
  }
  Case refreshed = **live;
  for (const std::string& reason : reasons) {
    if (std::find(refreshed.reasons.begin(), refreshed.reasons.end(), reason) ==
        refreshed.reasons.end()) {
      refreshed.reasons.push_back(reason);
    }
  }
  Rank(refreshed, {&identity});
  return Rewrite(**live, std::move(refreshed));
}

absl::Status CaseKeeper::RankCollision(const Identity& identity) {
  if (subjects_ == Subjects::kNew) return absl::OkStatus();
  const auto live = transaction_.FindLiveCase(CaseKind::kCollision, {identity.id});
  if (!live.ok() || !*live) return live.status();
  Case refreshed = **live;
  Rank(refreshed, {&identity});
  return Rewrite(**live, std::move(refreshed));
}

}  // namespace vigie::daemon
