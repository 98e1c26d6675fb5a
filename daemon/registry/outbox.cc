#include "daemon/registry/outbox.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "daemon/registry/checks.h"
#include "daemon/registry/errors.h"

namespace vigie::daemon {
namespace {

using matching::Instant;
using matching::Proposal;

constexpr std::int32_t kProposalPageSizeDefault = 50;
constexpr std::int32_t kProposalPageSizeMax = 200;

std::string Target(const Proposal& proposal) { return "proposal/" + std::to_string(proposal.id); }

}  // namespace

absl::StatusOr<Proposal> ReadHeldProposal(const storage::View& view, const std::string& bridge,
                                          std::uint64_t proposal_id) {
  auto found = view.GetProposal(proposal_id);
  if (!found.ok()) return found.status();
  if (!*found) {
    return MakeError(Reason::kProposalEnded, "the proposal was answered or withdrawn",
                     {{"proposal_id", std::to_string(proposal_id)}});
  }
  if ((*found)->bridge != bridge) {
    return MakeError(Reason::kProposalHeld, "another bridge holds the proposal, or none does",
                     {{"proposal_id", std::to_string(proposal_id)}});
  }
  return **std::move(found);
}

bool Outbox::IsDue(const Proposal& proposal, const std::string& bridge,
                   std::optional<std::uint64_t> again_after, Instant now) const {
  if (!proposal.handed_out_at) return true;
  if (again_after && proposal.bridge == bridge && proposal.id > *again_after) return true;
  const ReviewOptions& review = environment_.options.review;
  return proposal.received_at ? now >= *proposal.received_at + review.proposal_answer
                              : now >= *proposal.handed_out_at + review.proposal_receipt;
}

absl::StatusOr<std::vector<Proposal>> Outbox::FindDue(const storage::View& view,
                                                      const std::string& bridge,
                                                      std::optional<std::uint64_t> again_after,
                                                      std::size_t count_max, Instant now) const {
  std::vector<Proposal> due;
  absl::Status scanned = view.ScanProposals(0, [&](const Proposal& proposal) {
    if (IsDue(proposal, bridge, again_after, now)) due.push_back(proposal);
    return due.size() < count_max;
  });
  if (!scanned.ok()) return scanned;
  return due;
}

absl::StatusOr<std::vector<Proposal>> Outbox::HandOut(const std::string& bridge,
                                                      std::optional<std::uint64_t> again_after,
                                                      std::size_t count_max) const {
  Problems problems;
  CheckLocalKey(bridge, kLocalIdLengthMax, "bridge", problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  const Instant now = Now(environment_);
  // Mostly there is none: then nothing is written.
  const auto looked = FindDue(*environment_.store->Read(), bridge, again_after, 1, now);
  if (!looked.ok()) return WithReason(looked.status());
  std::vector<Proposal> handed;
  if (looked->empty()) return handed;
  const auto committed = environment_.store->Commit(
      {bridge, "hand_out_proposals", "", {}},
      [&](storage::Transaction& transaction, storage::CommitContext& commit) -> absl::Status {
        auto due = FindDue(transaction, bridge, again_after, count_max, now);
        if (!due.ok()) return due.status();
        handed = *std::move(due);
        for (Proposal& proposal : handed) {
          const Proposal before = proposal;
          proposal.bridge = bridge;
          proposal.handed_out_at = now;
          proposal.received_at.reset();
          ++proposal.delivery_count;
          absl::Status put = transaction.PutProposal(&before, proposal);
          if (!put.ok()) return put;
          commit.targets.push_back(Target(proposal));
        }
        return absl::OkStatus();
      });
  if (!committed.ok()) return WithReason(committed.status());
  return handed;
}

absl::Status Outbox::Receive(const std::string& bridge, std::uint64_t proposal_id) const {
  const Instant now = Now(environment_);
  const auto committed = environment_.store->Commit(
      {bridge, "receive_proposal", "", {}},
      [&](storage::Transaction& transaction, storage::CommitContext& commit) -> absl::Status {
        const auto before = ReadHeldProposal(transaction, bridge, proposal_id);
        if (!before.ok()) return before.status();
        if (before->received_at) return absl::OkStatus();
        Proposal after = *before;
        after.received_at = now;
        commit.targets.push_back(Target(after));
        return transaction.PutProposal(&*before, after);
      });
  return committed.ok() ? absl::OkStatus() : WithReason(committed.status());
}

absl::StatusOr<ProposalPage> Outbox::List(const ProposalListRequest& request) const {
  if (request.page_size < 0) return MakeFieldError("page_size", "negative");
  const auto size = static_cast<std::size_t>(
      request.page_size == 0 ? kProposalPageSizeDefault
                             : std::min(request.page_size, kProposalPageSizeMax));
  std::uint64_t after = 0;
  if (!request.page_token.empty() && !absl::SimpleAtoi(request.page_token, &after)) {
    return MakePageTokenError();
  }
  ProposalPage page;
  bool more = false;
  const absl::Status scanned =
      environment_.store->Read()->ScanProposals(after, [&](const Proposal& proposal) {
        more = page.proposals.size() == size;
        if (!more) page.proposals.push_back(proposal);
        return !more;
      });
  if (!scanned.ok()) return WithReason(scanned);
  if (more) page.next_page_token = std::to_string(page.proposals.back().id);
  return page;
}

absl::Status Outbox::Count(const storage::View& view, Instant now, StatusResult& status) {
  return view.ScanProposals(0, [&](const Proposal& proposal) {
    const std::chrono::duration<double> age = now - proposal.proposed_at;
    status.oldest_proposal_age_seconds = std::max(status.oldest_proposal_age_seconds, age.count());
    ++status.proposal_count;
    return true;
  });
}

}  // namespace vigie::daemon
