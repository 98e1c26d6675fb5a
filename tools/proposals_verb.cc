// vigie review proposals: what the hospital's own registry has not answered.
#include <chrono>

#include "google/protobuf/util/time_util.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

constexpr int kPageSize = 200;

int ListProposals(const Globals& globals) {
  Client client(globals.server);
  const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  v1::ListProposalsRequest request;
  request.set_page_size(kPageSize);
  Table table{{"proposal_id", "kind", "decision_id", "domain", "surviving_local_id",
               "merged_local_id", "age_seconds", "bridge", "delivery_count", "received"},
              {}};
  Json json = Json::array();
  do {
    v1::ListProposalsResponse response;
    const grpc::Status status =
        client.proposals().ListProposals(Client::NewContext().get(), request, &response);
    if (!status.ok()) return client.ReportError("review proposals", status);
    for (const v1::Proposal& one : response.proposals()) {
      Json entry = ToJson(one);
      const std::int64_t age = now - one.propose_time().seconds();
      entry["age_seconds"] = age;
      table.rows.push_back({one.id(), entry["kind"], one.decision_id(), one.domain(),
                            one.surviving_local_id(), one.merged_local_id(), std::to_string(age),
                            one.bridge(), std::to_string(one.delivery_count()),
                            one.has_receive_time() ? "yes" : "no"});
      json.push_back(std::move(entry));
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return PrintOrFail(globals.output, table, json);
}

}  // namespace

void AddProposalsVerb(CLI::App& review, Globals& globals) {
  CLI::App* proposals = review.add_subcommand(
      "proposals",
      "Lists what the hospital's own registry was asked to merge and has not answered");
  proposals->footer(Examples("  vigie review proposals"));
  proposals->callback([&globals] { globals.exit_code = ListProposals(globals); });
}

}  // namespace vigie::tools
