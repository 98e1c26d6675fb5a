#include "daemon/registry/review_quality.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/registry/checks.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/review.h"
#include "matching/date.h"
#include "matching/label.h"
#include "matching/review.h"
#include "storage/store.h"

namespace vigie::daemon {
namespace {

using matching::CaseKind;
using matching::Decision;
using matching::Instant;
using matching::LabelPair;
using matching::LabelVerdict;
using matching::Verdict;

constexpr std::size_t kDecisionPageSize = 200;
constexpr std::int64_t kLookEvery = 1024;

// What a decision says of the detector that found the case; nullopt: nothing.
std::optional<bool> IsConfirmed(CaseKind kind, Verdict verdict) {
  switch (verdict) {
    case Verdict::kDuplicate:
    case Verdict::kSamePerson:
      return kind != CaseKind::kHomonym;
    case Verdict::kDifferentPersons:
      return kind == CaseKind::kHomonym;
    case Verdict::kCollisionConfirmed:
      return true;
    case Verdict::kNothingWrong:
      return false;
    case Verdict::kDataCorrected:
      if (kind == CaseKind::kFrequentValue) return true;
      if (kind == CaseKind::kCollision || kind == CaseKind::kHomonym) return false;
      return std::nullopt;
    case Verdict::kUndecided:
      return std::nullopt;
  }
  return std::nullopt;
}

struct Window {
  std::optional<Instant> begin, end;
  bool Holds(Instant at) const { return (!begin || *begin <= at) && (!end || at < *end); }
};

void CheckDay(const matching::Date& day, const char* field, Problems& problems) {
  if (matching::IsAbsent(day)) return;
  if (!matching::IsComplete(day) || !matching::IsValid(day)) {
    problems.push_back({field, "not_a_date", std::nullopt});
  }
}

absl::StatusOr<Window> WindowOf(const Environment& environment,
                                const ReviewQualityRequest& request) {
  Problems problems;
  CheckDay(request.from, "start_date", problems);
  CheckDay(request.to, "end_date", problems);
  const bool both = !matching::IsAbsent(request.from) && !matching::IsAbsent(request.to);
  if (problems.empty() && both && request.to < request.from) {
    problems.push_back({"end_date", "before_from", std::nullopt});
  }
  if (!problems.empty()) return ToStatus(std::move(problems));
  Window window;
  if (!matching::IsAbsent(request.from)) {
    window.begin = StartOfDay(request.from, environment.zone);
  }
  if (!matching::IsAbsent(request.to)) {
    window.end = StartOfDay(matching::DateFromDays(matching::DaysSinceEpoch(request.to) + 1),
                            environment.zone);
  }
  return window;
}

// Counts one base.
class Counting {
 public:
  Counting(const Environment& environment, const ReviewQualityRequest& request, Window window)
      : environment_(environment), request_(request), window_(window) {}

  absl::StatusOr<ReviewQualityResult> Run();

 private:
  struct Detector {
    DetectorQuality counted;
    matching::WeightedShare queue;  // agreed pairs of it, weighed
    std::array<matching::Stratum, matching::kLabelStrata> strata;
  };
  Detector& Of(CaseKind kind) { return detectors_[static_cast<std::size_t>(kind)]; }
  // Of the pair's origin and detector.
  Detector& Of(const LabelPair& pair) {
    return Of(pair.across_domains ? CaseKind::kLink : CaseKind::kDuplicate);
  }
  bool GaveUp() { return ++looked_ % kLookEvery == 0 && request_.given_up && request_.given_up(); }
  absl::Status CountCases(const storage::View& view);
  absl::Status CountDecisions(const storage::View& view);
  void CountDecision(const Decision& decision);
  absl::Status CountLabels(const storage::View& view);
  void CountLabel(const LabelPair& pair);
  void WeighLabels();
  void Conclude(ReviewQualityResult& result);

  const Environment& environment_;
  const ReviewQualityRequest& request_;
  const Window window_;
  std::int64_t looked_ = 0;
  bool gave_up_ = false;
  std::map<std::size_t, Detector> detectors_;
  std::unordered_map<std::uint64_t, CaseKind> kind_of_case_;  // of those with a decision
  std::vector<LabelPair> agreed_;                             // in the window
  matching::AgreementTable agreement_{};
  matching::ReliabilityTable decided_, labelled_;
};

absl::Status Counting::CountCases(const storage::View& view) {
  return view.ScanCases(0, [&](const matching::Case& c) {
    gave_up_ = GaveUp();
    if (window_.Holds(c.opened_at)) ++Of(c.kind).counted.opened_count;
    if (c.decision_id != 0) kind_of_case_[c.id] = c.kind;
    return !gave_up_;
  });
}

void Counting::CountDecision(const Decision& decision) {
  const auto found = kind_of_case_.find(decision.case_id);
  if (decision.verdict == Verdict::kUndecided || found == kind_of_case_.end()) return;
  DetectorQuality& counted = Of(found->second).counted;
  ++counted.decided_count;
  const std::optional<bool> confirmed = IsConfirmed(found->second, decision.verdict);
  if (!confirmed) return;
  ++(*confirmed ? counted.confirmed_count : counted.refuted_count);
  const bool pair = found->second == CaseKind::kDuplicate || found->second == CaseKind::kLink;
  if (pair && !decision.model_version.empty()) decided_.Add(decision.probability, *confirmed);
}

absl::Status Counting::CountDecisions(const storage::View& view) {
  storage::DecisionFilter filter;
  filter.in_force_only = true;
  for (std::uint64_t before = 0;;) {
    const auto page = view.ListDecisions(filter, kDecisionPageSize, before);
    if (!page.ok()) return page.status();
    for (const Decision& decision : page->decisions) {
      if (window_.Holds(decision.decided_at)) CountDecision(decision);
      gave_up_ = gave_up_ || GaveUp();
      before = decision.id;
    }
    if (!page->more || gave_up_) return absl::OkStatus();
  }
}

void Counting::CountLabel(const LabelPair& pair) {
  Detector& detector = Of(pair);
  const bool queue = pair.origin == matching::LabelOrigin::kQueue;
  ++(queue ? detector.counted.drawn_queue_count : detector.counted.drawn_below_count);
  matching::Stratum& stratum = detector.strata.at(pair.stratum);
  stratum.found = queue;
  stratum.pair_count += 1 / pair.inclusion_probability;
  ++stratum.drawn;
  if (!matching::IsComplete(pair) || !window_.Holds(pair.labels.back().labelled_at)) return;
  ++agreement_.at(static_cast<std::size_t>(pair.labels[0].verdict) - 1)
        .at(static_cast<std::size_t>(pair.labels[1].verdict) - 1);
  if (!matching::IsAgreed(pair)) return;
  ++(queue ? detector.counted.agreed_queue_count : detector.counted.agreed_below_count);
  ++stratum.judged;
  stratum.same += pair.labels[0].verdict == LabelVerdict::kSame ? 1 : 0;
  agreed_.push_back(pair);
}

absl::Status Counting::CountLabels(const storage::View& view) {
  return view.ScanLabelPairs([&](const LabelPair& pair) {
    gave_up_ = GaveUp();
    CountLabel(pair);
    return !gave_up_;
  });
}

// An agreed pair stands for those it was drawn from, and for the drawn ones not agreed on.
void Counting::WeighLabels() {
  for (const LabelPair& pair : agreed_) {
    Detector& detector = Of(pair);
    const matching::Stratum& stratum = detector.strata.at(pair.stratum);
    const double weight = static_cast<double>(stratum.drawn) / static_cast<double>(stratum.judged) /
                          pair.inclusion_probability;
    const bool same = pair.labels[0].verdict == LabelVerdict::kSame;
    labelled_.Add(pair.probability, same, weight);
    if (pair.origin == matching::LabelOrigin::kQueue) detector.queue.Add(same, weight);
  }
}

void Counting::Conclude(ReviewQualityResult& result) {
  for (const CaseKind kind : matching::kCaseKinds) {
    Detector& detector = Of(kind);
    DetectorQuality& counted = detector.counted;
    counted.detector = DetectorOf(kind);
    const auto confirmed = static_cast<double>(counted.confirmed_count);
    counted.decided_precision =
        matching::ShareOf(confirmed, confirmed + static_cast<double>(counted.refuted_count));
    counted.labelled_precision = detector.queue.Value();
    counted.sensitivity = matching::SensitivityOf(detector.strata);
    result.detectors.push_back(counted);
  }
  LabelAgreement& agreement = result.agreement;
  for (std::size_t i = 0; i < agreement_.size(); ++i) {
    for (std::size_t j = 0; j < agreement_.size(); ++j) agreement.pair_count += agreement_[i][j];
    agreement.agreed_count += agreement_[i][i];
  }
  agreement.agreed_share = matching::ShareOf(static_cast<double>(agreement.agreed_count),
                                             static_cast<double>(agreement.pair_count));
  agreement.kappa = matching::CohenKappa(agreement_);
  result.decided_calibration = decided_;
  result.labelled_calibration = labelled_;
}

absl::StatusOr<ReviewQualityResult> Counting::Run() {
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  absl::Status status = CountCases(*view);
  if (status.ok() && !gave_up_) status = CountDecisions(*view);
  if (status.ok() && !gave_up_) status = CountLabels(*view);
  if (!status.ok()) return WithReason(status);
  if (gave_up_) {
    return MakeError(Reason::kDeadlinePassed, "nobody waits for these figures any more");
  }
  WeighLabels();
  ReviewQualityResult result;
  result.time_zone = environment_.options.default_time_zone;
  result.from = request_.from;
  result.to = request_.to;
  result.as_of_commit_number = view->CommitNumber();
  result.as_of = Now(environment_);
  result.blind_share = environment_.options.review.blind_share;
  result.sample_below_share = environment_.options.review.sample_below_share;
  Conclude(result);
  return result;
}

}  // namespace

absl::StatusOr<ReviewQualityResult> ComputeReviewQuality(const Environment& environment,
                                                         const ReviewQualityRequest& request) {
  const absl::StatusOr<Window> window = WindowOf(environment, request);
  if (!window.ok()) return window.status();
  return Counting(environment, request, *window).Run();
}

}  // namespace vigie::daemon
