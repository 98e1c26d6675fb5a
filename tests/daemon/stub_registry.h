// A registry without a base, for tests of the gRPC edge: it writes down what it was asked, as text
// that differs whenever anything asked differs, and answers with values of which no member is at
// its default.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/registry/registry.h"

namespace vigie::daemon {

matching::Identity FullIdentity();
matching::Change FullChange();
matching::Visit FullVisit();
matching::Case FullCase();
matching::Decision FullDecision();
matching::CaseNote FullNote();
matching::Proposal FullProposal();
matching::Score FullScore();
storage::FigureSnapshot FullSnapshot();

class StubRegistry final : public Registry {
 public:
  // Text of the last request.
  std::string asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  // Called by every use case before it answers, on the thread it runs on. An error is its answer.
  std::function<absl::Status()> before_answer;

  absl::StatusOr<SearchResult> Search(const SearchRequest& request) const override;
  absl::StatusOr<MatchResult> Match(const MatchRequest& request) const override;
  absl::StatusOr<RegisterResult> Register(const RegisterRequest& request) override;
  std::vector<absl::StatusOr<RegisterResult>> RegisterAll(
      const std::vector<RegisterRequest>& requests) override;
  absl::StatusOr<MutationResult> Update(const UpdateRequest& request) override;
  absl::StatusOr<matching::Identity> Get(matching::IdentityId id) const override;
  absl::StatusOr<matching::Identity> ResolveLocalId(const std::string& domain,
                                                    const std::string& local_id) const override;
  absl::StatusOr<std::vector<matching::Identity>> ResolveIns(
      const matching::Ins& ins) const override;
  absl::StatusOr<std::vector<matching::Change>> History(matching::IdentityId id,
                                                        std::int64_t before_version,
                                                        std::int32_t limit) const override;
  absl::StatusOr<MutationResult> RecordInsiAnswer(const InsiAnswerRequest& request) override;
  absl::StatusOr<MutationResult> WithdrawIns(const InsWithdrawalRequest& request) override;
  absl::StatusOr<MutationResult> RecordEvidence(const EvidenceRequest& request) override;
  absl::StatusOr<MutationResult> SetAttributes(const AttributesRequest& request) override;
  absl::StatusOr<MutationResult> RecordInsiFault(const InsiFaultRequest& request) override;
  absl::StatusOr<MutationResult> ConfirmIns(const InsConfirmationRequest& request) override;
  absl::StatusOr<MutationResult> RecordVitaleReading(const VitaleReadingRequest& request) override;
  absl::StatusOr<InsiComparison> CompareInsiAnswer(
      matching::IdentityId id, const matching::InsiAnswer& answer) const override;
  absl::StatusOr<StatusAtResult> StatusAt(matching::IdentityId id, matching::Instant at,
                                          std::optional<matching::Instant> known_at) const override;
  absl::StatusOr<ReverificationPage> ListReverificationDue(
      const ReverificationRequest& request) const override;
  std::vector<matching::EvidenceDevice> EvidenceDevices() const override;
  int MinorAgeYears() const override { return 18; }
  absl::StatusOr<ExplainResult> Explain(matching::IdentityId left,
                                        matching::IdentityId right) const override;
  absl::StatusOr<VisitResult> RecordVisit(const VisitRequest& request) override;
  std::vector<absl::StatusOr<VisitResult>> RecordVisits(
      const std::vector<VisitRequest>& requests) override;
  absl::StatusOr<VisitResult> CancelVisit(const CancelVisitRequest& request) override;
  absl::StatusOr<matching::Visit> GetVisit(const std::string& domain,
                                           const std::string& visit_number) const override;
  absl::StatusOr<VisitPage> ListVisits(const VisitListRequest& request) const override;
  absl::StatusOr<QueuePage> ListCases(const QueueRequest& request) const override;
  absl::StatusOr<CaseView> GetCase(std::uint64_t id) const override;
  absl::StatusOr<std::int64_t> CountCases(const QueueFilter& filter) const override;
  absl::Status LoadQueue() override;
  absl::StatusOr<std::vector<matching::Case>> ClaimedCases(
      const std::string& assignee) const override;
  absl::StatusOr<CaseNoteResult> AddCaseNote(const CaseNoteRequest& request) override;
  absl::StatusOr<CaseNotePage> ListCaseNotes(const CaseNoteListRequest& request) const override;
  absl::StatusOr<CaseChanges> ReadCaseChanges(const CaseWatch& watch) const override;
  void OnCaseChanges(std::function<void()> /*wake*/) override {}
  absl::StatusOr<CaseResult> ClaimCase(const CaseRequest& request) override;
  absl::StatusOr<CaseResult> ReleaseCase(const CaseRequest& request) override;
  absl::StatusOr<CaseResult> HoldCase(const CaseRequest& request) override;
  absl::StatusOr<std::int64_t> WakeHeldCases() override;
  absl::StatusOr<DecideResult> Decide(const DecideRequest& request) override;
  absl::StatusOr<DecideResult> UndoDecision(const DecisionRequest& request) override;
  absl::StatusOr<DecideResult> ConfirmDecision(const DecisionRequest& request) override;
  absl::StatusOr<DecideResult> RejectDecision(const DecisionRequest& request) override;
  absl::StatusOr<matching::Decision> GetDecision(std::uint64_t id) const override;
  absl::StatusOr<DecisionListPage> ListDecisions(const DecisionListRequest& request) const override;
  absl::StatusOr<std::vector<matching::Proposal>> HandOutProposals(
      const std::string& bridge, std::optional<std::uint64_t> again_after,
      std::size_t count_max) override;
  absl::Status ReceiveProposal(const std::string& bridge, std::uint64_t proposal_id) override;
  absl::StatusOr<DecideResult> SettleProposal(const ProposalAnswer& answer) override;
  absl::StatusOr<DecideResult> ReportMerge(const MergeReport& report) override;
  absl::StatusOr<ProposalPage> ListProposals(const ProposalListRequest& request) const override;
  absl::StatusOr<NextLabelResult> NextLabel(const std::string& actor) override;
  absl::StatusOr<LabelResult> RecordLabel(const LabelRequest& request) override;
  absl::StatusOr<LabelledPairsPage> ListLabelledPairs(
      const LabelledPairsRequest& request) const override;
  absl::StatusOr<ReviewQualityResult> ReviewQuality(
      const ReviewQualityRequest& request) const override;
  absl::StatusOr<std::int64_t> DrawLabels() override;
  // Of an empty base.
  absl::StatusOr<std::unique_ptr<Export>> OpenExport() const override;
  absl::StatusOr<RateResult> Rate(const RateRequest& request) const override;
  std::vector<matching::IndicatorDefinition> Definitions() const override;
  absl::StatusOr<CloseDayResult> CloseDay(const CloseDayRequest& request) override;
  absl::StatusOr<SnapshotPage> ListSnapshots(const ListSnapshotsRequest& request) const override;
  absl::StatusOr<storage::FigureSnapshot> GetSnapshot(const SnapshotName& name) const override;
  absl::StatusOr<SnapshotDifference> DiffSnapshots(const SnapshotName& before,
                                                   const SnapshotName& after) const override;
  absl::StatusOr<BacklogPage> ListBacklog(const BacklogRequest& request) const override;
  absl::StatusOr<BacklogSummary> SummarizeBacklog(
      const BacklogScope& scope, const std::function<bool()>& given_up) const override;
  absl::StatusOr<QualityResult> QualityIndicators(const QualityRequest& request) const override;
  absl::StatusOr<StatusResult> Status() const override;
  absl::StatusOr<FiguresLoad> LoadFigures(const std::function<bool()>& stop) override;
  bool FiguresLoaded() const override;
  absl::StatusOr<VerifyFiguresResult> VerifyFigures(
      const VerifyFiguresRequest& request) const override;

 private:
  // Keeps the text and asks `before_answer`.
  absl::Status Asked(const std::string& text) const;
  absl::StatusOr<CaseResult> AnswerCase(const std::string& what, const CaseRequest& r) const;
  absl::StatusOr<DecideResult> AnswerDecision(const std::string& what,
                                              const DecisionRequest& r) const;

  const std::unique_ptr<storage::Store> empty_store_ = storage::MakeMemoryStore();
  mutable std::mutex mutex_;
  mutable std::string asked_;  // guarded by mutex_
};

}  // namespace vigie::daemon
