#include "daemon/registry/merges.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "daemon/registry/errors.h"
#include "daemon/registry/identity_writer.h"
#include "daemon/registry/traits.h"
#include "matching/names.h"
#include "matching/trust.h"
#include "storage/merges.h"

namespace vigie::daemon {
namespace {

using matching::Decision;
using matching::Identity;
using matching::IdentityId;
using matching::Traits;
using matching::Visit;

struct TakeableField {
  const char* name;
  std::string Traits::*member;
};
constexpr std::array kTakeable = {
    TakeableField{"used_family_name", &Traits::used_family_name},
    TakeableField{"used_given_name", &Traits::used_given_name},
    TakeableField{"address_line", &Traits::address_line},
    TakeableField{"postal_code", &Traits::postal_code},
    TakeableField{"city", &Traits::city},
    TakeableField{"phone", &Traits::phone},
    TakeableField{"email", &Traits::email},
};

// Visits read to find those that go back; a survivor with more is no person.
constexpr std::size_t kVisitsReadMax = 65'536;

absl::Status TooManyVisits() {
  return MakeError(Reason::kTooManyVisits,
                   "more than " + std::to_string(kMovedVisitsMax) + " visits would move");
}

bool IsQualified(const Identity& identity) {
  return matching::StatusOf(identity.trust) == matching::TrustStatus::kQualified;
}

absl::Status CheckMergeable(const storage::View& view, const Identity& survivor,
                            const Identity& merged) {
  for (const Identity* identity : {&survivor, &merged}) {
    absl::Status live = CheckStandsForItself(*identity);
    if (!live.ok()) return live;
  }
  if (survivor.id == merged.id || survivor.domain != merged.domain) {
    return MakeError(Reason::kVerdictUnfit, "only two identities of one domain can be merged");
  }
  if (IsQualified(survivor) && IsQualified(merged) && survivor.ins != merged.ins) {
    return MakeError(Reason::kDifferentQualifiedMatricules,
                     "two qualified identities with different matricules are not merged");
  }
  const auto dismissal =
      FindFinding(view, matching::Verdict::kDifferentPersons, survivor.id, merged.id);
  if (!dismissal.ok()) return dismissal.status();
  if (*dismissal) {
    return MakeError(Reason::kPairDecided, "they were found to be different persons",
                     {{"decision_id", std::to_string((*dismissal)->id)}});
  }
  const auto below = storage::AbsorbedInto(view, merged.id);
  if (!below.ok()) return below.status();
  if (below->depth + 1 >= storage::kMergeDepthMax) {
    return MakeError(Reason::kVerdictUnfit, "too many merges lie one above the other");
  }
  return absl::OkStatus();
}

void CompareTraits(const MergeOrder& order, MergePlan& plan) {
  for (const TakeableField& field : kTakeable) {
    const std::string& kept = plan.survivor.traits.*field.member;
    const std::string& other = plan.merged.traits.*field.member;
    const bool taken = std::find(order.taken_fields.begin(), order.taken_fields.end(),
                                 field.name) != order.taken_fields.end();
    if (taken) plan.survivor_traits.*field.member = other;
    if (kept == other) continue;
    if (taken || (!kept.empty() && !other.empty())) {
      plan.preview.traits.push_back({field.name, kept, other, taken});
    }
    if (!taken && kept.empty()) plan.preview.left_behind.emplace_back(field.name);
  }
  const std::array<std::pair<const char*, std::string Traits::*>, 4> strict = {
      {{"birth_family_name", &Traits::birth_family_name},
       {"first_birth_given_name", &Traits::first_birth_given_name},
       {"birth_given_names", &Traits::birth_given_names},
       {"birth_place_code", &Traits::birth_place_code}}};
  for (const auto& [name, member] : strict) {
    const std::string& kept = plan.survivor.traits.*member;
    const std::string& other = plan.merged.traits.*member;
    if (kept == other || other.empty()) continue;
    plan.preview.traits.push_back({name, kept, other, false});
    if (kept.empty()) plan.preview.left_behind.emplace_back(name);
  }
}

void CompareTrust(MergePlan& plan) {
  MergePreview& preview = plan.preview;
  if (plan.merged.ins && plan.survivor.ins != plan.merged.ins) {
    preview.left_behind.emplace_back("ins");
  }
  if (plan.merged.evidence && !plan.survivor.evidence) {
    preview.left_behind.emplace_back("evidence");
  }
  if (matching::StatusOf(plan.merged.trust) > matching::StatusOf(plan.survivor.trust)) {
    preview.warnings.emplace_back("merged_has_higher_status");
  }
  preview.warnings.emplace_back("clinical_data_stays");
}

absl::Status MoveVisits(const ReviewCommit& commit, const std::vector<Visit>& visits,
                        IdentityId to) {
  for (const Visit& before : visits) {
    Visit after = before;
    after.identity_id = to;
    after.version = before.version + 1;
    absl::Status put = commit.transaction.PutVisit(&before, after);
    if (!put.ok()) return put;
    commit.targets.push_back("visit/" + after.domain + "/" + after.visit_number);
  }
  return absl::OkStatus();
}

absl::Status Rewrite(const ReviewCommit& commit, const Identity& before, Identity after,
                     const char* operation) {
  IdentityWrite write;
  write.before = &before;
  write.after = std::move(after);
  write.after.version = before.version + 1;
  write.after.updated_at = commit.now;
  if (write.after.traits != before.traits) {
    write.after.rniv = MakeRnivNames(write.after.traits);
    write.after.normalizer_version = matching::kNormalizerVersion;
  }
  write.subject = MakeSubject(write.after);
  write.operation = operation;
  write.context = &commit.context;
  const auto written = WriteIdentity(commit.transaction, commit.matcher,
                                     commit.environment.options.review, write, commit.targets);
  return written.status();
}

// Visits that came with the merged identity, or were recorded under its local id since.
absl::StatusOr<std::vector<Visit>> VisitsToReturn(const storage::View& view, const Identity& merged,
                                                  IdentityId survivor) {
  std::set<std::string> local_ids = {merged.local_id};
  const auto below = storage::AbsorbedInto(view, merged.id);
  if (!below.ok()) return below.status();
  const auto identities = view.GetIdentities(below->identity_ids);
  if (!identities.ok()) return identities.status();
  for (const auto& identity : *identities) {
    if (identity) local_ids.insert(identity->local_id);
  }
  auto visits = view.VisitsOf(survivor, kVisitsReadMax + 1);
  if (!visits.ok()) return visits.status();
  if (visits->size() > kVisitsReadMax) return TooManyVisits();
  std::erase_if(*visits, [&](const Visit& visit) { return !local_ids.contains(visit.local_id); });
  if (visits->size() > kMovedVisitsMax) return TooManyVisits();
  return visits;
}

// The survivor's traits without what it took over. Fields changed since stay as they are; they are
// named in `changed`.
Traits TraitsWithoutTaken(const Decision& decision, const Traits& now, const Traits& merged,
                          std::string& changed) {
  Traits traits = now;
  for (const TakeableField& field : kTakeable) {
    const bool taken = std::find(decision.taken_fields.begin(), decision.taken_fields.end(),
                                 field.name) != decision.taken_fields.end();
    if (!taken || !decision.traits_before) continue;
    if (now.*field.member == merged.*field.member) {
      traits.*field.member = *decision.traits_before.*field.member;
    } else {
      changed += changed.empty() ? field.name : std::string(",") + field.name;
    }
  }
  return traits;
}

}  // namespace

const std::vector<std::string>& TakeableFields() {
  static const std::vector<std::string>* const fields = [] {
    auto* names = new std::vector<std::string>();  // NOLINT: lives for ever
    for (const TakeableField& field : kTakeable) names->emplace_back(field.name);
    return names;
  }();
  return *fields;
}

absl::StatusOr<std::optional<Decision>> FindFinding(const storage::View& view,
                                                    matching::Verdict verdict, IdentityId left,
                                                    IdentityId right) {
  const auto with_absorbed = [&](IdentityId id) -> absl::StatusOr<std::vector<IdentityId>> {
    auto below = storage::AbsorbedInto(view, id);
    if (!below.ok()) return below.status();
    below->identity_ids.push_back(id);
    return std::move(below->identity_ids);
  };
  const auto lefts = with_absorbed(left);
  if (!lefts.ok()) return lefts.status();
  const auto rights = with_absorbed(right);
  if (!rights.ok()) return rights.status();
  for (const IdentityId a : *lefts) {
    for (const IdentityId b : *rights) {
      auto found = view.FindPairDecision(verdict, {std::min(a, b), std::max(a, b)});
      if (!found.ok() || *found) return found;
    }
  }
  return std::optional<Decision>();
}

absl::StatusOr<MergePlan> PlanMerge(const storage::View& view, const MergeOrder& order) {
  MergePlan plan;
  auto survivor = ReadIdentity(view, order.surviving_id, 0);
  if (!survivor.ok()) return survivor.status();
  auto merged = ReadIdentity(view, order.merged_id, 0);
  if (!merged.ok()) return merged.status();
  absl::Status status = CheckMergeable(view, *survivor, *merged);
  if (!status.ok()) return status;
  auto visits = view.VisitsOf(merged->id, kMovedVisitsMax + 1);
  if (!visits.ok()) return visits.status();
  if (visits->size() > kMovedVisitsMax) return TooManyVisits();
  plan.survivor = *std::move(survivor);
  plan.merged = *std::move(merged);
  plan.survivor_traits = plan.survivor.traits;
  plan.visits = *std::move(visits);
  plan.preview.surviving_id = plan.survivor.id;
  plan.preview.merged_id = plan.merged.id;
  plan.preview.moved_visit_count = static_cast<std::int64_t>(plan.visits.size());
  CompareTraits(order, plan);
  CompareTrust(plan);
  const auto cases = view.LiveCasesOf(plan.merged.id);
  if (!cases.ok()) return cases.status();
  for (const matching::Case& live : *cases) plan.preview.closed_case_ids.push_back(live.id);
  return plan;
}

absl::Status ApplyMerge(const ReviewCommit& commit, const MergePlan& plan) {
  Identity merged = plan.merged;
  merged.merged_into = plan.survivor.id;
  absl::Status status = Rewrite(commit, plan.merged, std::move(merged), "merge");
  if (status.ok()) status = MoveVisits(commit, plan.visits, plan.survivor.id);
  if (!status.ok()) return status;
  Identity survivor = plan.survivor;
  survivor.traits = plan.survivor_traits;
  return Rewrite(commit, plan.survivor, std::move(survivor), "absorb");
}

absl::Status UndoMerge(const ReviewCommit& commit, const Decision& decision,
                       bool keep_later_changes) {
  const IdentityId merged_id = decision.identity_ids.front() == decision.surviving_id
                                   ? decision.identity_ids.back()
                                   : decision.identity_ids.front();
  const auto survivor = ReadIdentity(commit.transaction, decision.surviving_id, 0);
  if (!survivor.ok()) return survivor.status();
  const auto merged = ReadIdentity(commit.transaction, merged_id, 0);
  if (!merged.ok()) return merged.status();
  absl::Status status = CheckStandsForItself(*survivor);
  if (!status.ok()) return status;
  Identity restored = *survivor;
  std::string changed;
  restored.traits = TraitsWithoutTaken(decision, survivor->traits, merged->traits, changed);
  if (!changed.empty() && !keep_later_changes) {
    return MakeError(Reason::kLaterChanges, "traits taken over were changed since the merge",
                     {{"fields", changed}});
  }
  const auto visits = VisitsToReturn(commit.transaction, *merged, survivor->id);
  if (!visits.ok()) return visits.status();
  Identity given_back = *merged;
  given_back.merged_into = 0;
  status = MoveVisits(commit, *visits, merged_id);
  if (status.ok()) status = Rewrite(commit, *merged, std::move(given_back), "unmerge");
  return status.ok() ? Rewrite(commit, *survivor, std::move(restored), "give_back") : status;
}

}  // namespace vigie::daemon
