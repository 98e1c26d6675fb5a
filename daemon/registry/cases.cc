#include "daemon/registry/cases.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace vigie::daemon {
namespace {

using matching::Case;
using matching::CaseKind;
using matching::CaseState;
using matching::Identity;
using matching::IdentityId;
using matching::Score;

// The one contradiction that settles it: two numbers the state gave to two people are homonyms,
// whatever the rest says. Every other one lowers the band and is for a person to judge.
constexpr std::string_view kDifferentPersons = "different_qualified_matricules";

// INS conflicts that a change of one identity opens at most. Real ones come in twos and threes; a
// matricule that software puts on everybody must not fill the queue with every pair of them.
constexpr std::size_t kInsConflictsMax = 16;

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

}  // namespace

CaseKeeper::CaseKeeper(storage::Transaction& transaction, const Matcher& matcher,
                       matching::Instant now, std::vector<std::string>& targets)
    : transaction_(transaction), matcher_(matcher), now_(now), targets_(targets) {
  const std::vector<std::string>& vetoes = matcher.model().vetoes;
  for (std::size_t i = 0; i < vetoes.size(); ++i) {
    if (vetoes[i] == kDifferentPersons) different_persons_ |= std::uint32_t{1} << i;
  }
}

bool CaseKeeper::BelongsInQueue(const Score& score) const {
  return (score.vetoes & different_persons_) == 0 &&
         score.probability >= matcher_.model().thresholds.review_probability_min;
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
  return Rewrite(live, std::move(withdrawn));
}

absl::Status CaseKeeper::KeepDuplicate(const Identity& identity, IdentityId other,
                                       const Score& score) {
  const std::vector<IdentityId> pair = PairOf(identity.id, other);
  const auto live = transaction_.FindLiveCase(CaseKind::kDuplicate, pair);
  if (!live.ok()) return live.status();
  if (*live) {
    Case refreshed = **live;
    SetScore(score, refreshed);
    duplicate_cases_[other] = refreshed.id;
    return Rewrite(**live, std::move(refreshed));
  }
  Case opened;
  opened.kind = CaseKind::kDuplicate;
  opened.domain = identity.domain;
  opened.identity_ids = pair;
  opened.reasons = {"score_above_review_threshold"};
  SetScore(score, opened);
  absl::Status status = Open(std::move(opened));
  if (status.ok()) duplicate_cases_[other] = opened_.back();
  return status;
}

// Pairs that no candidate key brings together any more still have their case: score them as well.
absl::Status CaseKeeper::ReviewLiveDuplicates(const Identity& identity, const Subject& subject) {
  const auto live = transaction_.LiveCasesOf(identity.id);
  if (!live.ok()) return live.status();
  for (const Case& old : *live) {
    if (old.kind != CaseKind::kDuplicate) continue;
    const IdentityId other = OtherOf(old, identity.id);
    if (duplicate_cases_.contains(other)) continue;
    auto found = transaction_.GetIdentity(other);
    if (!found.ok()) return found.status();
    if (!*found)
      return absl::DataLossError("case " + std::to_string(old.id) + " names no identity");
    const auto scores = matcher_.ScoreEach(transaction_, subject, {**found});
    if (!scores.ok()) return scores.status();
    absl::Status status = BelongsInQueue(scores->front())
                              ? KeepDuplicate(identity, other, scores->front())
                              : Withdraw(old);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CaseKeeper::KeepDuplicates(const Identity& identity, const Subject& subject,
                                        const Ranking& ranking) {
  for (const ScoredCandidate& candidate : ranking.candidates) {
    if (candidate.identity.domain != identity.domain || !BelongsInQueue(candidate.score)) continue;
    absl::Status status = KeepDuplicate(identity, candidate.identity.id, candidate.score);
    if (!status.ok()) return status;
  }
  // A new identity has no case yet.
  return identity.version == 1 ? absl::OkStatus() : ReviewLiveDuplicates(identity, subject);
}

// Withdraws the live conflicts that are none any more; the others of those that stay.
absl::StatusOr<std::set<IdentityId>> CaseKeeper::ReviewLiveInsConflicts(const Identity& identity) {
  if (identity.version == 1) return std::set<IdentityId>();  // a new identity has no case yet
  const auto live = transaction_.LiveCasesOf(identity.id);
  if (!live.ok()) return live.status();
  std::set<IdentityId> others;
  for (const Case& old : *live) {
    if (old.kind != CaseKind::kInsConflict) continue;
    const auto other = transaction_.GetIdentity(OtherOf(old, identity.id));
    if (!other.ok()) return other.status();
    if (identity.ins && *other && (*other)->ins == identity.ins) {
      others.insert((*other)->id);
      continue;
    }
    absl::Status status = Withdraw(old);
    if (!status.ok()) return status;
  }
  return others;
}

absl::Status CaseKeeper::KeepInsConflicts(const Identity& identity) {
  const absl::StatusOr<std::set<IdentityId>> others = ReviewLiveInsConflicts(identity);
  if (!others.ok()) return others.status();
  if (!identity.ins) return absl::OkStatus();
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
    absl::Status status = Open(std::move(opened));
    if (!status.ok()) return status;
    ++count;
  }
  return absl::OkStatus();
}

absl::Status CaseKeeper::AddCollisionReasons(const Identity& identity,
                                             const std::vector<std::string>& reasons) {
  if (reasons.empty()) return absl::OkStatus();
  const auto live = transaction_.FindLiveCase(CaseKind::kCollision, {identity.id});
  if (!live.ok()) return live.status();
  if (!*live) {
    Case opened;
    opened.kind = CaseKind::kCollision;
    opened.domain = identity.domain;
    opened.identity_ids = {identity.id};
    opened.reasons = reasons;
    return Open(std::move(opened));
  }
  Case refreshed = **live;
  for (const std::string& reason : reasons) {
    if (std::find(refreshed.reasons.begin(), refreshed.reasons.end(), reason) ==
        refreshed.reasons.end()) {
      refreshed.reasons.push_back(reason);
    }
  }
  return Rewrite(**live, std::move(refreshed));
}

}  // namespace vigie::daemon
