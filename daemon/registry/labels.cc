#include "daemon/registry/labels.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "daemon/registry/checks.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/mutation.h"
#include "daemon/registry/requests.h"
#include "daemon/registry/review.h"
#include "matching/review.h"
#include "matching/stable_hash.h"

namespace vigie::daemon {
namespace {

using matching::Identity;
using matching::IdentityId;
using matching::Label;
using matching::LabelPair;

// One step of drawing: cases read, identities gone through, identities compared with all others.
constexpr std::int64_t kCasesAtOnce = 500;
constexpr std::int64_t kIdentitiesAtOnce = 20'000;
constexpr std::size_t kComparedAtOnce = 64;
// Steps one question waits for at most.
constexpr int kStepsPerQuestion = 16;
constexpr std::size_t kDecisionPageSize = 200;
constexpr std::int32_t kLabelledPageSizeDefault = 50;
constexpr std::int32_t kLabelledPageSizeMax = 200;

double BitsOf(double probability) { return std::log2(probability / (1 - probability)); }
double ProbabilityOf(double bits) { return 1 / (1 + std::exp2(-bits)); }

// The stratum of a pair that lacks so many bits; 0: it lacks too many.
std::uint8_t StratumOf(double bits_short) {
  for (std::size_t i = 1; i < kStratumBitsMax.size(); ++i) {
    if (bits_short <= kStratumBitsMax[i]) return static_cast<std::uint8_t>(i);
  }
  return 0;
}

void CheckLabeller(const std::string& labeller, Problems& problems) {
  if (labeller.empty()) problems.push_back({"labeller", "required", std::nullopt});
  if (labeller.size() > kActorLengthMax) problems.push_back({"labeller", "too_long", std::nullopt});
}

// Whether this person took part in a decision on the pair, in force or not.
absl::StatusOr<bool> HasDecided(const storage::View& view, const std::string& actor,
                                IdentityId left, IdentityId right) {
  storage::DecisionFilter filter;
  filter.identity_id = left;
  for (std::uint64_t before = 0;;) {
    const auto page = view.ListDecisions(filter, kDecisionPageSize, before);
    if (!page.ok()) return page.status();
    for (const matching::Decision& decision : page->decisions) {
      const std::vector<IdentityId>& ids = decision.identity_ids;
      const bool of_pair = std::find(ids.begin(), ids.end(), right) != ids.end();
      if (of_pair && (decision.actor == actor || decision.confirmed_by == actor ||
                      decision.ended_by == actor)) {
        return true;
      }
      before = decision.id;
    }
    if (!page->more) return false;
  }
}

// Both as they were when the pair was drawn.
absl::StatusOr<LabelQuestion> MakeQuestion(const storage::View& view, const LabelPair& pair) {
  LabelQuestion question;
  auto left = IdentityAtVersion(view, pair.left_id, pair.left_version);
  if (!left.ok()) return left.status();
  auto right = IdentityAtVersion(view, pair.right_id, pair.right_version);
  if (!right.ok()) return right.status();
  question.left = *std::move(left);
  question.right = *std::move(right);
  return question;
}

// What waits for this person, without drawing.
absl::StatusOr<NextLabelResult> Pick(const storage::View& view, const std::string& actor) {
  std::vector<storage::WaitingLabel> waiting;
  const absl::Status scanned = view.ScanWaitingLabels([&](const storage::WaitingLabel& one) {
    if (one.first_actor != actor) waiting.push_back(one);
    return waiting.size() < static_cast<std::size_t>(kWaitingLabelsCountedMax);
  });
  if (!scanned.ok()) return scanned;
  NextLabelResult result;
  result.waiting_count = static_cast<std::int32_t>(waiting.size());
  for (const storage::WaitingLabel& one : waiting) {
    const auto decided = HasDecided(view, actor, one.left_id, one.right_id);
    if (!decided.ok()) return decided.status();
    if (*decided) {
      --result.waiting_count;
      continue;
    }
    const auto pair = view.GetLabelPair(one.left_id, one.right_id);
    if (!pair.ok()) return pair.status();
    if (!*pair) return absl::DataLossError("a pair that waits for a label is not there");
    auto question = MakeQuestion(view, **pair);
    if (!question.ok()) return question.status();
    result.question = *std::move(question);
    return result;
  }
  return result;
}

absl::Status CheckLabel(const LabelRequest& request) {
  Problems problems;
  CheckContext(request.context, problems);
  if (request.context.actor.empty()) problems.push_back({"actor", "required", std::nullopt});
  const std::vector<IdentityId>& ids = request.identity_ids;
  if (ids.size() != 2 || ids.front() == 0 || ids.back() == 0 || ids.front() == ids.back()) {
    problems.push_back({"identity_ids", "two_required", std::nullopt});
  }
  if (request.note.size() > kNoteLengthMax) {
    problems.push_back({"note", "too_long", std::nullopt});
  }
  return ToStatus(std::move(problems));
}

absl::Status CheckMayLabel(const storage::View& view, const LabelPair& pair,
                           const std::string& actor) {
  const bool mine = std::any_of(pair.labels.begin(), pair.labels.end(),
                                [&](const Label& label) { return label.actor == actor; });
  if (mine || matching::IsComplete(pair)) {
    return MakeError(Reason::kPairLabelled, "this person, or two others, have labelled the pair");
  }
  const auto decided = HasDecided(view, actor, pair.left_id, pair.right_id);
  if (!decided.ok()) return decided.status();
  if (!*decided) return absl::OkStatus();
  return MakeError(Reason::kLabellerDecided, "this person decided the pair");
}

// A token is the pair after which the page begins.
bool ReadToken(const std::string& token, std::pair<IdentityId, IdentityId>* after) {
  if (token.empty()) return true;
  const char* const end = token.data() + token.size();
  const auto first = std::from_chars(token.data(), end, after->first);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '.') return false;
  const auto second = std::from_chars(first.ptr + 1, end, after->second);
  return second.ec == std::errc() && second.ptr == end;
}

}  // namespace

double Labels::DrawOf(const char* purpose, IdentityId left, IdentityId right) const {
  const std::uint64_t hash = matching::StableHash()
                                 .Add(environment_.store->BaseId())
                                 .Add(std::string_view(purpose))
                                 .Add(left)
                                 .Add(right)
                                 .value();
  return static_cast<double>(hash >> 11) * 0x1p-53;
}

absl::Status Labels::DrawFromCases(const storage::View& view, Drawn& drawn) const {
  const double share = environment_.options.review.blind_share;
  if (!(share > 0)) return absl::OkStatus();
  std::vector<matching::Case> chosen;
  std::int64_t count = 0;
  absl::Status scanned = view.ScanCases(drawn.before.last_case_id, [&](const matching::Case& c) {
    drawn.after.last_case_id = c.id;
    const bool pair =
        c.kind == matching::CaseKind::kDuplicate || c.kind == matching::CaseKind::kLink;
    if (pair && c.state != matching::CaseState::kWithdrawn && c.identity_ids.size() == 2 &&
        DrawOf("queue", c.identity_ids.front(), c.identity_ids.back()) < share) {
      chosen.push_back(c);
    }
    return ++count < kCasesAtOnce;
  });
  if (!scanned.ok()) return scanned;
  drawn.looked_at_count += count;
  for (const matching::Case& c : chosen) {
    const auto sides = view.GetIdentities(c.identity_ids);
    if (!sides.ok()) return sides.status();
    if (!sides->front() || !sides->back()) return absl::DataLossError("a case of no identity");
    LabelPair pair;
    pair.left_id = c.identity_ids.front();
    pair.right_id = c.identity_ids.back();
    pair.left_version = sides->front()->version;
    pair.right_version = sides->back()->version;
    pair.origin = matching::LabelOrigin::kQueue;
    pair.across_domains = c.kind == matching::CaseKind::kLink;
    pair.inclusion_probability = share;
    pair.weight_bits = c.weight_bits;
    pair.probability = c.probability;
    pair.model_version = c.model_version;
    pair.case_id = c.id;
    drawn.pairs.push_back(std::move(pair));
  }
  return absl::OkStatus();
}

absl::Status Labels::DrawFromIdentities(const storage::View& view, Drawn& drawn) const {
  const double share = environment_.options.review.sample_below_share;
  if (!(share > 0)) return absl::OkStatus();
  std::vector<IdentityId> chosen;
  std::int64_t count = 0;
  absl::Status scanned = view.ScanStandings(
      drawn.before.last_identity_id, ~IdentityId{0}, [&](const Identity& identity) {
        drawn.after.last_identity_id = identity.id;
        if (identity.merged_into == 0 && DrawOf("identity", identity.id, 0) < share) {
          chosen.push_back(identity.id);
        }
        return ++count < kIdentitiesAtOnce && chosen.size() < kComparedAtOnce;
      });
  if (!scanned.ok()) return scanned;
  drawn.looked_at_count += count;
  for (const IdentityId id : chosen) {
    absl::Status status = DrawBelow(view, id, drawn);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// Each pair is looked at once: from the identity registered later.
absl::Status Labels::DrawBelow(const storage::View& view, IdentityId id, Drawn& drawn) const {
  const auto identity = view.GetIdentity(id);
  if (!identity.ok()) return identity.status();
  if (!*identity) return absl::DataLossError("an identity is not there");
  const double threshold = matcher_.model().thresholds.review_probability_min;
  const double threshold_bits = BitsOf(threshold);
  const auto ranking = matcher_.Rank(view, MakeSubject(**identity), id,
                                     ProbabilityOf(threshold_bits - kStratumBitsMax.back()), "");
  if (!ranking.ok()) return ranking.status();
  for (const ScoredCandidate& candidate : ranking->candidates) {
    const Identity& other = candidate.identity;
    if (other.id > id || candidate.score.probability >= threshold) continue;
    const std::uint8_t stratum = StratumOf(threshold_bits - BitsOf(candidate.score.probability));
    if (stratum == 0 || DrawOf("below", other.id, id) >= kStratumShare.at(stratum)) continue;
    const bool link = other.domain != (*identity)->domain;
    const auto live = view.FindLiveCase(
        link ? matching::CaseKind::kLink : matching::CaseKind::kDuplicate, {other.id, id});
    if (!live.ok()) return live.status();
    if (*live) continue;  // of the queue, with the score it was found with
    LabelPair pair;
    pair.left_id = other.id;
    pair.right_id = id;
    pair.left_version = other.version;
    pair.right_version = (*identity)->version;
    pair.origin = matching::LabelOrigin::kBelow;
    pair.stratum = stratum;
    pair.across_domains = link;
    pair.inclusion_probability =
        environment_.options.review.sample_below_share * kStratumShare.at(stratum);
    pair.weight_bits = candidate.score.weight_bits;
    pair.probability = candidate.score.probability;
    pair.model_version = candidate.score.model_version;
    drawn.pairs.push_back(std::move(pair));
  }
  return absl::OkStatus();
}

absl::Status Labels::Write(const Drawn& drawn) const {
  const matching::Instant now = Now(environment_);
  const auto committed = environment_.store->Commit(
      {"vigied", "draw_labels", "", {}},
      [&](storage::Transaction& transaction, storage::CommitContext& commit) -> absl::Status {
        const auto progress = transaction.GetLabelProgress();
        if (!progress.ok()) return progress.status();
        if (*progress != drawn.before) return absl::OkStatus();  // somebody else has drawn
        for (LabelPair pair : drawn.pairs) {
          const auto there = transaction.GetLabelPair(pair.left_id, pair.right_id);
          if (!there.ok()) return there.status();
          if (*there) continue;
          pair.drawn_at = now;
          absl::Status put = transaction.PutLabelPair(nullptr, pair);
          if (!put.ok()) return put;
          commit.targets.push_back("label/" + std::to_string(pair.left_id) + "," +
                                   std::to_string(pair.right_id));
        }
        return transaction.PutLabelProgress(drawn.after);
      });
  return committed.status();
}

absl::StatusOr<std::int64_t> Labels::Draw() const {
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  const auto progress = view->GetLabelProgress();
  if (!progress.ok()) return WithReason(progress.status());
  Drawn drawn;
  drawn.before = drawn.after = *progress;
  absl::Status status = DrawFromCases(*view, drawn);
  if (status.ok()) status = DrawFromIdentities(*view, drawn);
  if (status.ok() && drawn.looked_at_count > 0) status = Write(drawn);
  if (!status.ok()) return WithReason(status);
  return drawn.looked_at_count;
}

absl::StatusOr<NextLabelResult> Labels::Next(const std::string& labeller) const {
  Problems problems;
  CheckLabeller(labeller, problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  for (int step = 0;; ++step) {
    auto picked = Pick(*environment_.store->Read(), labeller);
    if (!picked.ok()) return WithReason(picked.status());
    if (picked->question || step == kStepsPerQuestion) return picked;
    const auto looked_at = Draw();
    if (!looked_at.ok()) return looked_at.status();
    if (*looked_at == 0) return picked;
  }
}

absl::StatusOr<LabelResult> Labels::Record(const LabelRequest& request) const {
  absl::Status checked = CheckLabel(request);
  if (!checked.ok()) return checked;
  const auto [left, right] = std::minmax(request.identity_ids.front(), request.identity_ids.back());
  const Label label{request.context.actor, request.verdict, request.note, Now(environment_)};
  return Run<LabelResult>(
      *environment_.store,
      std::make_unique<Mutation<LabelResult>>(
          request.context, "record_label", FingerprintOf(request),
          [&, left = left, right = right](
              storage::Transaction& transaction,
              storage::CommitContext& commit) -> absl::StatusOr<Worked<LabelResult>> {
            const auto before = transaction.GetLabelPair(left, right);
            if (!before.ok()) return before.status();
            if (!*before) {
              return MakeError(Reason::kLabelNotFound, "this pair was not drawn for labelling");
            }
            absl::Status status = CheckMayLabel(transaction, **before, label.actor);
            if (!status.ok()) return status;
            LabelPair after = **before;
            after.labels.push_back(label);
            status = transaction.PutLabelPair(&**before, after);
            if (!status.ok()) return status;
            commit.targets.push_back("label/" + std::to_string(left) + "," + std::to_string(right));
            Worked<LabelResult> worked;
            worked.result.left_id = left;
            worked.result.right_id = right;
            worked.result.label = label;
            return worked;
          }));
}

absl::StatusOr<LabelledPairsPage> Labels::ListLabelled(const LabelledPairsRequest& request) const {
  if (request.page_size < 0) return MakeFieldError("page_size", "negative");
  const auto size = static_cast<std::size_t>(
      request.page_size == 0 ? kLabelledPageSizeDefault
                             : std::min(request.page_size, kLabelledPageSizeMax));
  std::pair<IdentityId, IdentityId> after{0, 0};
  if (!ReadToken(request.page_token, &after)) return MakePageTokenError();
  LabelledPairsPage page;
  const absl::Status scanned =
      environment_.store->Read()->ScanLabelPairs([&](const LabelPair& pair) {
        if (std::pair(pair.left_id, pair.right_id) <= after || !matching::IsComplete(pair)) {
          return true;
        }
        if (request.differing_only && pair.labels[0].verdict == pair.labels[1].verdict) return true;
        if (page.pairs.size() == size) {
          const LabelPair& last = page.pairs.back();
          page.next_page_token = std::to_string(last.left_id) + "." + std::to_string(last.right_id);
          return false;
        }
        page.pairs.push_back(pair);
        return true;
      });
  if (!scanned.ok()) return WithReason(scanned);
  return page;
}

}  // namespace vigie::daemon
