#include "daemon/registry/matcher.h"

#include <algorithm>
#include <utility>

#include "matching/explain.h"
#include "matching/names.h"

namespace vigie::daemon {
namespace {

using matching::Identity;
using matching::IdentityId;
using matching::NameKind;
using matching::Record;

void AddDistinct(std::vector<std::string>& names, std::string name) {
  std::erase(name, ' ');
  if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return;
  names.push_back(std::move(name));
}

storage::Term TermOf(const matching::TermValue& value) {
  return {static_cast<std::uint8_t>(value.column), value.value_hash};
}

bool TermBefore(const storage::Term& left, const storage::Term& right) {
  return std::pair(left.column, left.value_hash) < std::pair(right.column, right.value_hash);
}

bool BetterCandidate(const ScoredCandidate& left, const ScoredCandidate& right) {
  if (left.score.weight_bits != right.score.weight_bits) {
    return left.score.weight_bits > right.score.weight_bits;
  }
  return left.identity.id < right.identity.id;
}

Subject SubjectOf(Record record) {
  Subject subject;
  subject.keys = matching::CandidateKeys(record);
  subject.record = std::move(record);
  return subject;
}

}  // namespace

Subject MakeSubject(const Identity& identity) { return SubjectOf(matching::MakeRecord(identity)); }

Subject MakeSubject(const matching::Traits& traits, const std::optional<matching::Ins>& ins) {
  return SubjectOf(matching::MakeRecord(traits, ins, {}, false));
}

storage::IndexEntries MakeIndexEntries(const Identity& identity, const Subject& subject) {
  storage::IndexEntries entries;
  for (const matching::CandidateKey& key : subject.keys)
    entries.candidate_keys.push_back(key.value);
  for (const matching::TermValue& term : subject.record.terms)
    entries.terms.push_back(TermOf(term));
  const matching::Traits& traits = identity.traits;
  for (const std::string* name : {&traits.birth_family_name, &traits.used_family_name}) {
    AddDistinct(entries.family_names, matching::MatchForm(*name, NameKind::kFamily));
    AddDistinct(entries.family_names, matching::MatchFamilyNameWithoutParticles(*name));
  }
  for (const std::string* names :
       {&traits.birth_given_names, &traits.first_birth_given_name, &traits.used_given_name}) {
    for (std::string& name : matching::MatchGivenNames(*names)) {
      AddDistinct(entries.given_names, std::move(name));
    }
  }
  return entries;
}

std::string FoldPrefix(const std::string& typed, NameKind kind) {
  // Folded together with a tail, because the match form of a whole name that is a placeholder
  // (X, NN) or ends in an apostrophe is not the beginning of longer names.
  constexpr std::string_view kTail = "ZQZ";
  std::string folded = matching::MatchForm(typed + std::string(kTail), kind);
  std::erase(folded, ' ');
  if (folded.size() < kTail.size() || !folded.ends_with(kTail)) return {};
  folded.resize(folded.size() - kTail.size());
  return folded;
}

Matcher::Matcher(std::shared_ptr<const matching::Model> model, storage::CandidateLimits limits,
                 std::size_t record_cache_bytes_max)
    : model_(std::move(model)),
      limits_(limits),
      records_(std::make_unique<RecordCache>(record_cache_bytes_max)) {}

void Matcher::NoteWrite(IdentityId id, bool is_new, std::int64_t commit_number) const {
  if (is_new) {
    records_->NoteNew(id, commit_number);
  } else {
    records_->NoteChanged(id, commit_number);
  }
}

absl::Status Matcher::FillTermCounts(const storage::View& view,
                                     const std::vector<Record*>& records) const {
  // Each once: candidates share most of theirs with the subject.
  std::vector<storage::Term> terms;
  for (const Record* record : records) {
    for (const matching::TermValue& value : record->terms) terms.push_back(TermOf(value));
  }
  std::sort(terms.begin(), terms.end(), TermBefore);
  terms.erase(std::unique(terms.begin(), terms.end(),
                          [](const storage::Term& left, const storage::Term& right) {
                            return !TermBefore(left, right);
                          }),
              terms.end());
  const absl::StatusOr<std::vector<std::uint32_t>> found = view.TermCounts(terms);
  if (!found.ok()) return found.status();
  for (Record* record : records) {
    for (matching::TermValue& value : record->terms) {
      const auto at = std::lower_bound(terms.begin(), terms.end(), TermOf(value), TermBefore);
      value.count = (*found)[static_cast<std::size_t>(at - terms.begin())];
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<matching::Score>> Matcher::ScoreEach(
    const storage::View& view, const Subject& subject, const std::vector<Identity>& others) const {
  if (others.empty()) return std::vector<matching::Score>();
  const absl::StatusOr<storage::Counts> base = view.GetCounts();
  if (!base.ok()) return base.status();
  Record own = subject.record;
  std::vector<Record> records;
  records.reserve(others.size());
  for (const Identity& other : others) records.push_back(matching::MakeRecord(other));
  std::vector<Record*> all = {&own};
  for (Record& record : records) all.push_back(&record);
  absl::Status filled = FillTermCounts(view, all);
  if (!filled.ok()) return filled;
  const auto population = static_cast<std::uint64_t>(base->identity_count);
  std::vector<matching::Score> scores;
  scores.reserve(records.size());
  for (const Record& record : records) {
    scores.push_back(matching::ScorePair(*model_, own, record, population));
  }
  return scores;
}

absl::Status Matcher::ExplainEach(const storage::View& view, const Identity& asked,
                                  const Subject& subject,
                                  std::vector<ScoredCandidate>& candidates) const {
  const absl::StatusOr<storage::Counts> base = view.GetCounts();
  if (!base.ok()) return base.status();
  Record own = subject.record;
  std::vector<Record> records;
  records.reserve(candidates.size());
  for (const ScoredCandidate& candidate : candidates) {
    records.push_back(matching::MakeRecord(candidate.identity));
  }
  std::vector<Record*> all = {&own};
  for (Record& record : records) all.push_back(&record);
  absl::Status filled = FillTermCounts(view, all);
  if (!filled.ok()) return filled;
  const auto population = static_cast<std::uint64_t>(base->identity_count);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    candidates[i].explanation =
        matching::Explain(*model_, asked, candidates[i].identity, own, records[i], population);
  }
  return absl::OkStatus();
}

void Matcher::Keep(IdentityId id, std::int64_t commit_number, const Subject& subject) const {
  records_->Keep(id, commit_number, subject.record);
}

absl::StatusOr<storage::CandidateResult> Matcher::FindCandidates(const storage::View& view,
                                                                 const Subject& subject) const {
  std::vector<std::uint64_t> keys;
  keys.reserve(subject.keys.size());
  for (const matching::CandidateKey& key : subject.keys) keys.push_back(key.value);
  return view.FindCandidates(keys, limits_);
}

absl::StatusOr<std::uint64_t> Matcher::Population(const storage::View& view) const {
  const absl::StatusOr<storage::Counts> base = view.GetCounts();
  if (!base.ok()) return base.status();
  return static_cast<std::uint64_t>(base->identity_count);
}

// What a candidate is held against: MayReach says what the counts of `own` and the population
// bound.
struct Matcher::Bounds {
  Record own;
  std::uint64_t population_max = 0;
  double probability_min = 0;
};

// Nearly all candidates share a key by chance. Whether one may be more is told without its counts,
// which are many reads, and from a kept record without the identity itself.
absl::StatusOr<std::vector<Identity>> Matcher::Hopeful(const storage::View& view,
                                                       const Bounds& bounds,
                                                       const std::vector<IdentityId>& candidates,
                                                       std::vector<IdentityId>* ruled_out) const {
  const std::int64_t commit_number = view.CommitNumber();
  const auto may_reach = [&](IdentityId id, const Record& other) {
    const bool may = matching::MayReach(*model_, bounds.own, other, bounds.population_max,
                                        bounds.probability_min);
    if (!may && ruled_out != nullptr) ruled_out->push_back(id);
    return may;
  };
  std::vector<IdentityId> to_read;  // not kept, or hopeful
  Record kept;
  for (const IdentityId id : candidates) {
    if (!records_->Find(id, commit_number, kept) || may_reach(id, kept)) to_read.push_back(id);
  }
  auto identities = view.GetIdentities(to_read);
  if (!identities.ok()) return identities.status();
  std::vector<Identity> hopeful;
  for (std::optional<Identity>& identity : *identities) {
    if (!identity) continue;
    const Record record = matching::MakeRecord(*identity);
    records_->Keep(identity->id, commit_number, record);
    if (may_reach(identity->id, record)) hopeful.push_back(*std::move(identity));
  }
  return hopeful;
}

Foresight Matcher::Foresee(const storage::View& view, const Subject& subject,
                           double probability_min) const {
  const auto found = FindCandidates(view, subject);
  const absl::StatusOr<std::uint64_t> population = Population(view);
  Bounds bounds{subject.record, 0, probability_min};
  if (!found.ok() || !population.ok() || !FillTermCounts(view, {&bounds.own}).ok()) return {};
  // Until the commit the base may grow by an eighth and a bit, and a value become rarer by an
  // eighth.
  constexpr std::uint64_t kGrowth = 1000;
  Foresight foresight;
  foresight.commit_number = view.CommitNumber();
  foresight.probability_min = probability_min;
  foresight.population_max = bounds.population_max = *population + *population / 8 + kGrowth;
  for (matching::TermValue& term : bounds.own.terms) {
    // At least the subject itself will have it.
    term.count = std::max<std::uint32_t>(1, term.count - term.count / 8);
    foresight.term_counts_min.push_back(term.count);
  }
  std::vector<IdentityId> ids;
  ids.reserve(found->candidates.size());
  for (const auto& candidate : found->candidates) ids.push_back(candidate.identity_id);
  if (!Hopeful(view, bounds, ids, &foresight.ruled_out).ok()) return {};
  std::sort(foresight.ruled_out.begin(), foresight.ruled_out.end());
  return foresight;
}

bool Matcher::StillHolds(const Foresight& foresight, const Bounds& bounds) const {
  if (foresight.commit_number < 0 || bounds.probability_min < foresight.probability_min ||
      bounds.population_max == 0 || bounds.population_max > foresight.population_max ||
      bounds.own.terms.size() != foresight.term_counts_min.size()) {
    return false;
  }
  for (std::size_t i = 0; i < bounds.own.terms.size(); ++i) {
    if (bounds.own.terms[i].count < foresight.term_counts_min[i]) return false;
  }
  return true;
}

absl::StatusOr<Ranking> Matcher::Rank(const storage::View& view, const Subject& subject,
                                      IdentityId self, double probability_min,
                                      const std::string& domain, const Foresight& foresight) const {
  const auto found = FindCandidates(view, subject);
  if (!found.ok()) return found.status();
  const absl::StatusOr<std::uint64_t> population = Population(view);
  if (!population.ok()) return population.status();
  Bounds bounds{subject.record, *population, probability_min};
  absl::Status filled = FillTermCounts(view, {&bounds.own});
  if (!filled.ok()) return filled;
  const bool foreseen = StillHolds(foresight, bounds);
  std::vector<IdentityId> ids;
  for (const auto& candidate : found->candidates) {
    const IdentityId id = candidate.identity_id;
    if (id == self) continue;
    if (foreseen &&
        std::binary_search(foresight.ruled_out.begin(), foresight.ruled_out.end(), id) &&
        records_->IsUntouchedSince(id, foresight.commit_number)) {
      continue;
    }
    ids.push_back(id);
  }
  auto others = Hopeful(view, bounds, ids, nullptr);
  if (!others.ok()) return others.status();
  if (!domain.empty()) {
    std::erase_if(*others, [&](const Identity& other) { return other.domain != domain; });
  }
  auto scores = ScoreEach(view, subject, *others);
  if (!scores.ok()) return scores.status();
  Ranking ranking;
  ranking.truncated = found->truncated;
  ranking.full_key_count = static_cast<std::int32_t>(found->full_key_positions.size());
  ranking.terms = bounds.own.terms;
  ranking.population = *population;
  for (std::size_t i = 0; i < others->size(); ++i) {
    if ((*scores)[i].probability < probability_min) continue;
    ranking.candidates.push_back({std::move((*others)[i]), std::move((*scores)[i]), std::nullopt});
  }
  std::sort(ranking.candidates.begin(), ranking.candidates.end(), BetterCandidate);
  return ranking;
}

}  // namespace vigie::daemon
