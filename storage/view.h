// View's questions, answered from a ReadSource: for readers from a snapshot, inside the commit path
// through the overlays. Written once for both: Base is View or Transaction.
//
// Thread safety: that of the source.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/overlay.h"
#include "storage/store.h"

namespace vigie::storage {

template <typename Base>
class ReadingView : public Base {
 public:
  // `source` outlives this.
  explicit ReadingView(const ReadSource* source) : source_(source) {}

  absl::StatusOr<std::optional<matching::Identity>> GetIdentity(
      matching::IdentityId id) const override;
  absl::StatusOr<std::vector<std::optional<matching::Identity>>> GetIdentities(
      const std::vector<matching::IdentityId>& ids) const override;
  absl::Status ScanIdentities(
      matching::IdentityId after,
      const std::function<bool(const matching::Identity&)>& visit) const override;
  absl::Status ScanStandings(
      matching::IdentityId after, matching::IdentityId last,
      const std::function<bool(const matching::Identity&)>& visit) const override;
  absl::StatusOr<std::optional<matching::IdentityId>> FindByLocalId(
      const std::string& domain, const std::string& local_id) const override;
  absl::StatusOr<std::vector<View::InsHolder>> FindByIns(const matching::Ins& ins) const override;
  absl::Status ScanInsConfirmations(
      const InsConfirmation& after, matching::Instant before,
      const std::function<bool(const InsConfirmation&)>& visit) const override;
  absl::StatusOr<CandidateResult> FindCandidates(const std::vector<std::uint64_t>& candidate_keys,
                                                 const CandidateLimits& limits) const override;
  absl::StatusOr<SearchPage> Search(const SearchQuery& query) const override;
  absl::StatusOr<std::vector<std::uint32_t>> TermCounts(
      const std::vector<Term>& terms) const override;
  absl::StatusOr<std::vector<matching::Change>> GetHistory(matching::IdentityId id,
                                                           std::int64_t before_version,
                                                           std::size_t limit) const override;
  absl::StatusOr<std::optional<matching::Visit>> GetVisit(
      const std::string& domain, const std::string& visit_number) const override;
  absl::Status ScanAllVisits(
      const std::string& after_domain, const std::string& after_visit_number,
      const std::function<bool(const matching::Visit&)>& visit) const override;
  absl::Status ScanVisits(matching::Instant from, matching::Instant to,
                          const std::function<bool(const matching::Visit&)>& visit) const override;
  absl::StatusOr<std::int64_t> CountVisits(matching::Instant from, matching::Instant to,
                                           std::int64_t limit) const override;
  absl::StatusOr<std::vector<VisitPart>> SplitVisits(std::size_t count) const override;
  absl::Status ScanVisitPart(
      const VisitPart& part,
      const std::function<bool(const matching::Visit&)>& visit) const override;
  absl::StatusOr<std::vector<matching::Visit>> VisitsOf(matching::IdentityId id,
                                                        std::size_t limit) const override;
  absl::StatusOr<std::vector<matching::Visit>> WaitingVisits(const std::string& domain,
                                                             const std::string& local_id,
                                                             std::size_t limit) const override;
  absl::StatusOr<std::optional<matching::Case>> GetCase(std::uint64_t id) const override;
  absl::StatusOr<std::optional<matching::Case>> FindLiveCase(
      matching::CaseKind kind,
      const std::vector<matching::IdentityId>& identity_ids) const override;
  absl::StatusOr<std::vector<matching::Case>> LiveCasesOf(matching::IdentityId id) const override;
  absl::Status ScanCases(std::uint64_t after,
                         const std::function<bool(const matching::Case&)>& visit) const override;
  absl::StatusOr<CasePage> ListCases(const CaseFilter& filter, std::size_t page_size,
                                     const std::string& page_token) const override;
  absl::StatusOr<std::int64_t> CountCases(const CaseFilter& filter) const override;
  absl::StatusOr<std::vector<matching::Case>> CasesOfValue(matching::TermColumn column,
                                                           std::uint64_t value_hash,
                                                           std::size_t limit) const override;
  absl::StatusOr<std::vector<matching::Case>> CasesOfAssignee(const std::string& assignee,
                                                              std::size_t limit) const override;
  absl::StatusOr<std::vector<matching::Case>> HeldCases(const matching::Date& day,
                                                        std::size_t limit) const override;
  absl::StatusOr<std::optional<matching::Decision>> GetDecision(std::uint64_t id) const override;
  absl::StatusOr<std::optional<matching::Decision>> FindPairDecision(
      matching::Verdict verdict,
      const std::vector<matching::IdentityId>& identity_ids) const override;
  absl::StatusOr<std::optional<matching::Decision>> FindMerge(
      matching::IdentityId merged) const override;
  absl::StatusOr<std::vector<matching::IdentityId>> AbsorbedBy(
      matching::IdentityId survivor) const override;
  absl::StatusOr<std::optional<matching::Proposal>> GetProposal(std::uint64_t id) const override;
  absl::Status ScanProposals(
      std::uint64_t after,
      const std::function<bool(const matching::Proposal&)>& visit) const override;
  absl::StatusOr<std::vector<matching::CaseNote>> NotesOf(std::uint64_t case_id,
                                                          std::uint64_t before,
                                                          std::size_t limit) const override;
  absl::StatusOr<DecisionPage> ListDecisions(const DecisionFilter& filter, std::size_t page_size,
                                             std::uint64_t before) const override;
  absl::StatusOr<std::optional<matching::LabelPair>> GetLabelPair(
      matching::IdentityId left, matching::IdentityId right) const override;
  absl::Status ScanLabelPairs(
      const std::function<bool(const matching::LabelPair&)>& visit) const override;
  absl::Status ScanWaitingLabels(
      const std::function<bool(const WaitingLabel&)>& visit) const override;
  absl::StatusOr<LabelProgress> GetLabelProgress() const override;
  absl::StatusOr<std::optional<FigureSnapshot>> GetSnapshot(const matching::Date& day,
                                                            const std::string& definition,
                                                            std::int64_t revision) const override;
  absl::Status ScanSnapshots(
      const matching::Date& from, const matching::Date& to,
      const std::optional<View::SnapshotPosition>& after,
      const std::function<bool(const FigureSnapshot&)>& visit) const override;
  absl::StatusOr<std::optional<matching::Date>> LastSnapshotDay(
      const matching::Date& day) const override;
  absl::StatusOr<Counts> GetCounts() const override;
  // -1 when it cannot be read.
  std::int64_t CommitNumber() const override;
  absl::StatusOr<std::optional<AnsweredRequest>> FindRequest(
      const std::string& request_id) const override;
  absl::StatusOr<std::vector<AuditEntry>> GetAudit(std::int64_t from_commit_number,
                                                   std::size_t limit) const override;

 protected:
  const ReadSource* const source_;

 private:
  // The decision that an entry of its index names, which must be there.
  absl::StatusOr<std::optional<matching::Decision>> FindDecision(
      const std::string& index_key) const;
};

// A view that owns its snapshot.
std::unique_ptr<View> MakeSnapshotView(const KeyValueStore* kv);

}  // namespace vigie::storage
