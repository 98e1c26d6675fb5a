#include "daemon/registry/registry.h"

#include <algorithm>
#include <utility>

#include "daemon/registry/backlog.h"
#include "daemon/registry/case_queue.h"
#include "daemon/registry/case_watch.h"
#include "daemon/registry/case_work.h"
#include "daemon/registry/checks.h"
#include "daemon/registry/decisions.h"
#include "daemon/registry/desk.h"
#include "daemon/registry/edits.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/figures.h"
#include "daemon/registry/figures_check.h"
#include "daemon/registry/labels.h"
#include "daemon/registry/matcher.h"
#include "daemon/registry/notes.h"
#include "daemon/registry/outbox.h"
#include "daemon/registry/quality.h"
#include "daemon/registry/rate.h"
#include "daemon/registry/registration.h"
#include "daemon/registry/review_quality.h"
#include "daemon/registry/snapshots.h"
#include "daemon/registry/trust_reads.h"
#include "daemon/registry/visits.h"

namespace vigie::daemon {
namespace {

// Puts the parts together; each use case is in the file of its subject.
class AssembledRegistry final : public Registry {
 public:
  explicit AssembledRegistry(Environment environment)
      : environment_(std::move(environment)),
        matcher_(environment_.model, environment_.options.candidate_limits,
                 environment_.options.record_cache_bytes),
        desk_(environment_, matcher_),
        registration_(environment_, matcher_),
        edits_(environment_, matcher_),
        visits_(environment_, matcher_),
        case_watcher_(environment_),
        case_work_(environment_),
        decisions_(environment_, matcher_),
        outbox_(environment_),
        labels_(environment_, matcher_),
        snapshots_(environment_, [this](const RateRequest& request) { return Rate(request); }),
        backlog_(environment_),
        started_at_(Now(environment_)),
        figures_(std::make_unique<Figures>(environment_)),
        queue_(std::make_unique<CaseQueue>(environment_)) {}

  absl::StatusOr<SearchResult> Search(const SearchRequest& request) const override {
    return desk_.Search(request);
  }
  absl::StatusOr<MatchResult> Match(const MatchRequest& request) const override {
    return desk_.Match(request);
  }
  absl::StatusOr<RegisterResult> Register(const RegisterRequest& request) override {
    return registration_.Register(request);
  }
  std::vector<absl::StatusOr<RegisterResult>> RegisterAll(
      const std::vector<RegisterRequest>& requests) override {
    return registration_.RegisterAll(requests);
  }
  absl::StatusOr<MutationResult> Update(const UpdateRequest& request) override {
    return edits_.Update(request);
  }
  absl::StatusOr<matching::Identity> Get(matching::IdentityId id) const override {
    return desk_.Get(id);
  }
  absl::StatusOr<matching::Identity> ResolveLocalId(const std::string& domain,
                                                    const std::string& local_id) const override {
    return desk_.ResolveLocalId(domain, local_id);
  }
  absl::StatusOr<std::vector<matching::Identity>> ResolveIns(
      const matching::Ins& ins) const override {
    return desk_.ResolveIns(ins);
  }
  absl::StatusOr<std::vector<matching::Change>> History(matching::IdentityId id,
                                                        std::int64_t before_version,
                                                        std::int32_t limit) const override {
    return desk_.History(id, before_version, limit);
  }
  absl::StatusOr<MutationResult> RecordInsiAnswer(const InsiAnswerRequest& request) override {
    return edits_.RecordInsiAnswer(request);
  }
  absl::StatusOr<MutationResult> WithdrawIns(const InsWithdrawalRequest& request) override {
    return edits_.WithdrawIns(request);
  }
  absl::StatusOr<MutationResult> RecordEvidence(const EvidenceRequest& request) override {
    return edits_.RecordEvidence(request);
  }
  absl::StatusOr<MutationResult> SetAttributes(const AttributesRequest& request) override {
    return edits_.SetAttributes(request);
  }
  absl::StatusOr<MutationResult> RecordInsiFault(const InsiFaultRequest& request) override {
    return edits_.RecordInsiFault(request);
  }
  absl::StatusOr<MutationResult> ConfirmIns(const InsConfirmationRequest& request) override {
    return edits_.ConfirmIns(request);
  }
  absl::StatusOr<MutationResult> RecordVitaleReading(const VitaleReadingRequest& request) override {
    return edits_.RecordVitaleReading(request);
  }
  absl::StatusOr<InsiComparison> CompareInsiAnswer(
      matching::IdentityId id, const matching::InsiAnswer& answer) const override {
    return daemon::CompareInsiAnswer(environment_, id, answer);
  }
  absl::StatusOr<StatusAtResult> StatusAt(
      matching::IdentityId id, matching::Instant at,
      std::optional<matching::Instant> known_at) const override {
    return TrustStatusAt(environment_, id, at, known_at);
  }
  absl::StatusOr<ReverificationPage> ListReverificationDue(
      const ReverificationRequest& request) const override {
    return ReverificationDue(environment_, request);
  }
  std::vector<matching::EvidenceDevice> EvidenceDevices() const override {
    return environment_.devices;
  }
  int MinorAgeYears() const override { return environment_.options.minor_age_years; }
  absl::StatusOr<ExplainResult> Explain(matching::IdentityId left,
                                        matching::IdentityId right) const override {
    return desk_.Explain(left, right);
  }

  absl::StatusOr<VisitResult> RecordVisit(const VisitRequest& request) override {
    return visits_.Record(request);
  }
  std::vector<absl::StatusOr<VisitResult>> RecordVisits(
      const std::vector<VisitRequest>& requests) override {
    return visits_.RecordAll(requests);
  }
  absl::StatusOr<VisitResult> CancelVisit(const CancelVisitRequest& request) override {
    return visits_.Cancel(request);
  }
  absl::StatusOr<matching::Visit> GetVisit(const std::string& domain,
                                           const std::string& visit_number) const override {
    return visits_.Get(domain, visit_number);
  }
  absl::StatusOr<VisitPage> ListVisits(const VisitListRequest& request) const override {
    return visits_.List(request);
  }

  absl::StatusOr<QueuePage> ListCases(const QueueRequest& request) const override {
    return queue_->List(request);
  }
  absl::StatusOr<std::int64_t> CountCases(const QueueFilter& filter) const override {
    return queue_->Count(filter);
  }
  absl::StatusOr<CaseView> GetCase(std::uint64_t id) const override { return queue_->Get(id); }
  absl::Status LoadQueue() override { return queue_->Load(); }

  absl::StatusOr<std::vector<matching::Case>> ClaimedCases(
      const std::string& assignee) const override {
    return case_work_.Claimed(assignee);
  }
  absl::StatusOr<CaseNoteResult> AddCaseNote(const CaseNoteRequest& request) override {
    return daemon::AddCaseNote(environment_, request);
  }
  absl::StatusOr<CaseNotePage> ListCaseNotes(const CaseNoteListRequest& request) const override {
    return daemon::ListCaseNotes(environment_, request);
  }
  absl::StatusOr<CaseChanges> ReadCaseChanges(const CaseWatch& watch) const override {
    return case_watcher_.Read(watch);
  }
  void OnCaseChanges(std::function<void()> wake) override { case_watcher_.Wake(std::move(wake)); }
  absl::StatusOr<CaseResult> ClaimCase(const CaseRequest& request) override {
    return case_work_.Claim(request);
  }
  absl::StatusOr<CaseResult> ReleaseCase(const CaseRequest& request) override {
    return case_work_.Release(request);
  }
  absl::StatusOr<CaseResult> HoldCase(const CaseRequest& request) override {
    return case_work_.Hold(request);
  }
  absl::StatusOr<std::int64_t> WakeHeldCases() override { return case_work_.WakeHeld(); }
  absl::StatusOr<DecideResult> Decide(const DecideRequest& request) override {
    return decisions_.Decide(request);
  }
  absl::StatusOr<DecideResult> UndoDecision(const DecisionRequest& request) override {
    return decisions_.Undo(request);
  }
  absl::StatusOr<DecideResult> ConfirmDecision(const DecisionRequest& request) override {
    return decisions_.Confirm(request);
  }
  absl::StatusOr<DecideResult> RejectDecision(const DecisionRequest& request) override {
    return decisions_.Reject(request);
  }
  absl::StatusOr<matching::Decision> GetDecision(std::uint64_t id) const override {
    return decisions_.Get(id);
  }
  absl::StatusOr<DecisionListPage> ListDecisions(
      const DecisionListRequest& request) const override {
    return decisions_.List(request);
  }

  absl::StatusOr<std::vector<matching::Proposal>> HandOutProposals(
      const std::string& bridge, std::optional<std::uint64_t> again_after,
      std::size_t count_max) override {
    return outbox_.HandOut(bridge, again_after, count_max);
  }
  absl::Status ReceiveProposal(const std::string& bridge, std::uint64_t proposal_id) override {
    return outbox_.Receive(bridge, proposal_id);
  }
  absl::StatusOr<DecideResult> SettleProposal(const ProposalAnswer& answer) override {
    return decisions_.Settle(answer);
  }
  absl::StatusOr<DecideResult> ReportMerge(const MergeReport& report) override {
    return decisions_.ReportMerge(report);
  }
  absl::StatusOr<ProposalPage> ListProposals(const ProposalListRequest& request) const override {
    return outbox_.List(request);
  }
  absl::StatusOr<NextLabelResult> NextLabel(const std::string& actor) override {
    return labels_.Next(actor);
  }
  absl::StatusOr<LabelResult> RecordLabel(const LabelRequest& request) override {
    return labels_.Record(request);
  }
  absl::StatusOr<LabelledPairsPage> ListLabelledPairs(
      const LabelledPairsRequest& request) const override {
    return labels_.ListLabelled(request);
  }
  absl::StatusOr<ReviewQualityResult> ReviewQuality(
      const ReviewQualityRequest& request) const override {
    return ComputeReviewQuality(environment_, request);
  }
  absl::StatusOr<std::int64_t> DrawLabels() override { return labels_.Draw(); }

  absl::StatusOr<std::unique_ptr<Export>> OpenExport() const override {
    return Export::Open(*environment_.store, Now(environment_),
                        environment_.options.default_time_zone);
  }

  absl::StatusOr<RateResult> Rate(const RateRequest& request) const override {
    const absl::StatusOr<RatePlan> plan = PlanRate(environment_, request);
    if (!plan.ok()) return plan.status();
    if (!request.recompute) {
      absl::StatusOr<std::optional<RateResult>> kept = figures_->Compute(*plan);
      if (!kept.ok()) return kept.status();
      if (kept->has_value()) return **std::move(kept);
    }
    return RecomputeRate(environment_, *plan, *environment_.store->Read(), request.given_up);
  }
  std::vector<matching::IndicatorDefinition> Definitions() const override {
    return environment_.definitions;
  }
  absl::StatusOr<CloseDayResult> CloseDay(const CloseDayRequest& request) override {
    return snapshots_.CloseDay(request);
  }
  absl::StatusOr<SnapshotPage> ListSnapshots(const ListSnapshotsRequest& request) const override {
    return snapshots_.List(request);
  }
  absl::StatusOr<storage::FigureSnapshot> GetSnapshot(const SnapshotName& name) const override {
    return snapshots_.Get(name);
  }
  absl::StatusOr<SnapshotDifference> DiffSnapshots(const SnapshotName& before,
                                                   const SnapshotName& after) const override {
    return snapshots_.Diff(before, after);
  }
  absl::StatusOr<BacklogPage> ListBacklog(const BacklogRequest& request) const override {
    return backlog_.List(request);
  }
  absl::StatusOr<BacklogSummary> SummarizeBacklog(
      const BacklogScope& scope, const std::function<bool()>& given_up) const override {
    return backlog_.Summarize(scope, given_up);
  }
  absl::StatusOr<QualityResult> QualityIndicators(const QualityRequest& request) const override {
    return ComputeQuality(environment_, request);
  }
  absl::StatusOr<StatusResult> Status() const override {
    const std::unique_ptr<storage::View> view = environment_.store->Read();
    const auto counts = view->GetCounts();
    if (!counts.ok()) return WithReason(counts.status());
    StatusResult status;
    status.counts = *counts;
    status.health = environment_.store->Health();
    status.commit_number = view->CommitNumber();
    status.base_id = environment_.store->BaseId();
    status.model_version = environment_.model->version;
    status.normalizer_version = matching::kNormalizerVersion;
    status.started_at = started_at_;
    status.figures_loaded = FiguresLoaded();
    const absl::Status outbox = Outbox::Count(*view, Now(environment_), status);
    if (!outbox.ok()) return WithReason(outbox);
    return status;
  }

  absl::StatusOr<FiguresLoad> LoadFigures(const std::function<bool()>& stop) override {
    return figures_->Load(stop);
  }
  bool FiguresLoaded() const override { return figures_->loaded(); }
  absl::StatusOr<VerifyFiguresResult> VerifyFigures(
      const VerifyFiguresRequest& request) const override {
    return CompareFigures(environment_, *figures_, request);
  }

 private:
  const Environment environment_;
  const Matcher matcher_;
  const Desk desk_;
  const Registration registration_;
  const Edits edits_;
  const Visits visits_;
  CaseWatcher case_watcher_;
  const CaseWork case_work_;
  const Decisions decisions_;
  const Outbox outbox_;
  const Labels labels_;
  const Snapshots snapshots_;
  const Backlog backlog_;
  const matching::Instant started_at_;
  const std::unique_ptr<Figures> figures_;
  const std::unique_ptr<CaseQueue> queue_;
};

absl::Status CheckDevices(const std::vector<matching::EvidenceDevice>& devices) {
  for (const matching::EvidenceDevice& device : devices) {
    if (device.type.empty()) return MakeFieldError("evidence_devices", "device_without_type");
    const auto same = std::count_if(devices.begin(), devices.end(),
                                    [&](const auto& other) { return other.type == device.type; });
    if (same > 1) return MakeFieldError("evidence_devices", "device_twice");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Registry>> Registry::Create(
    storage::Store* store, std::shared_ptr<const matching::Model> model,
    std::vector<matching::IndicatorDefinition> definitions, RegistryOptions options) {
  if (store == nullptr) return MakeFieldError("store", "required");
  if (model == nullptr) return MakeFieldError("model", "required");
  Environment environment;
  environment.store = store;
  environment.model = std::move(model);
  environment.definitions = std::move(definitions);
  environment.devices = options.evidence_devices.empty() ? matching::DefaultEvidenceDevices()
                                                         : options.evidence_devices;
  environment.options = std::move(options);
  if (!absl::LoadTimeZone(environment.options.default_time_zone, &environment.zone)) {
    return MakeFieldError("default_time_zone", "unknown_time_zone");
  }
  for (const std::string& name : environment.options.review.detectors_off) {
    if (!IsDetector(name)) return MakeFieldError("review.detectors_off", "unknown_detector");
  }
  for (const double share :
       {environment.options.review.blind_share, environment.options.review.sample_below_share}) {
    if (!(share >= 0 && share <= 1)) return MakeFieldError("review.blind_share", "out_of_range");
  }
  absl::Status devices = CheckDevices(environment.devices);
  if (!devices.ok()) return devices;
  return std::make_unique<AssembledRegistry>(std::move(environment));
}

}  // namespace vigie::daemon
