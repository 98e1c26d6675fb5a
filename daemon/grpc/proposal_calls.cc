#include "daemon/grpc/calls.h"
#include "daemon/grpc/convert.h"
#include "daemon/grpc/page_token.h"

namespace vigie::daemon {

v1::Proposal ToProto(const matching::Proposal& proposal) {
  v1::Proposal message;
  message.set_id(std::to_string(proposal.id));
  message.set_kind(static_cast<v1::Proposal::Kind>(proposal.kind));
  message.set_decision_id(std::to_string(proposal.decision_id));
  message.set_domain(proposal.domain);
  message.set_surviving_identity_id(std::to_string(proposal.surviving_id));
  message.set_surviving_local_id(proposal.surviving_local_id);
  message.set_merged_identity_id(std::to_string(proposal.merged_id));
  message.set_merged_local_id(proposal.merged_local_id);
  SetTime(proposal.proposed_at, message.mutable_propose_time());
  message.set_bridge(proposal.bridge);
  message.set_delivery_count(static_cast<std::int32_t>(proposal.delivery_count));
  if (proposal.handed_out_at) SetTime(*proposal.handed_out_at, message.mutable_hand_out_time());
  if (proposal.received_at) SetTime(*proposal.received_at, message.mutable_receive_time());
  return message;
}

absl::Status Answer(Registry& registry, const v1::ReportMergeRequest& request,
                    v1::ReportMergeResponse* answer) {
  const auto result =
      registry.ReportMerge({{request.request_id(), request.actor(), request.reason()},
                            request.domain(),
                            request.surviving_local_id(),
                            request.merged_local_id()});
  if (!result.ok()) return result.status();
  *answer = ToDecideResponse<v1::ReportMergeResponse>(*result);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::ListProposalsRequest& request,
                    v1::ListProposalsResponse* answer) {
  RequestProblems problems;
  if (request.page_size() < 0) problems.Add("page_size", "out_of_range");
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const std::string bound = "proposals";
  const absl::StatusOr<std::string> token = UnbindPageToken(bound, request.page_token());
  if (!token.ok()) return token.status();
  const auto page = registry.ListProposals({PageSize(request.page_size()), *token});
  if (!page.ok()) return page.status();
  for (const matching::Proposal& one : page->proposals) *answer->add_proposals() = ToProto(one);
  answer->set_next_page_token(BindPageToken(bound, page->next_page_token));
  return absl::OkStatus();
}

}  // namespace vigie::daemon
