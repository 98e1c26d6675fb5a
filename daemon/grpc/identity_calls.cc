#include <algorithm>
#include <utility>

#include "daemon/grpc/calls.h"
#include "daemon/grpc/convert.h"
#include "daemon/grpc/errors.h"
#include "daemon/grpc/import_batch.h"
#include "daemon/grpc/page_token.h"

namespace vigie::daemon {
namespace {

// The changes of one identity differ in their request only.
template <class Response, class Request, class Call>
absl::Status AnswerMutation(const Request& message, const Call& call, Response* answer) {
  RequestProblems problems;
  const auto request = ToRequest(message, problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<MutationResult> result = call(request);
  if (!result.ok()) return result.status();
  *answer = ToMutationResponse<Response>(*result);
  return absl::OkStatus();
}

}  // namespace

absl::Status Answer(Registry& registry, const v1::SearchIdentitiesRequest& request,
                    v1::SearchIdentitiesResponse* answer) {
  RequestProblems problems;
  const SearchRequest search = ToRequest(request, problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<SearchResult> result = registry.Search(search);
  if (!result.ok()) return result.status();
  *answer = ToProto(*result);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::MatchIdentityRequest& request,
                    v1::MatchIdentityResponse* answer) {
  RequestProblems problems;
  const MatchRequest match = ToRequest(request, problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<MatchResult> result = registry.Match(match);
  if (!result.ok()) return result.status();
  *answer = ToProto(*result);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::RegisterIdentityRequest& request,
                    v1::RegisterIdentityResponse* answer) {
  RequestProblems problems;
  const RegisterRequest registration = ToRequest(request, problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<RegisterResult> result = registry.Register(registration);
  if (!result.ok()) return PrefixFields(result.status(), "identity.");
  *answer = ToProto(*result);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::UpdateIdentityRequest& request,
                    v1::UpdateIdentityResponse* answer) {
  return AnswerMutation(
      request, [&](const UpdateRequest& update) { return registry.Update(update); }, answer);
}

absl::Status Answer(Registry& registry, const v1::GetIdentityRequest& request,
                    v1::GetIdentityResponse* answer) {
  RequestProblems problems;
  const matching::IdentityId id = ToNumber(request.identity_id(), "identity_id", problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<matching::Identity> identity = registry.Get(id);
  if (!identity.ok()) return identity.status();
  *answer->mutable_identity() = ToProto(*identity);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::ResolveIdentityRequest& request,
                    v1::ResolveIdentityResponse* answer) {
  using Key = v1::ResolveIdentityRequest;
  if (request.key_case() == Key::KEY_NOT_SET) return MakeFieldError("key", "required");
  if (request.key_case() == Key::kLocalId) {
    const absl::StatusOr<matching::Identity> identity =
        registry.ResolveLocalId(request.local_id().domain(), request.local_id().local_id());
    if (!identity.ok()) return PrefixFields(identity.status(), "local_id.");
    *answer->add_identities() = ToProto(*identity);
    return absl::OkStatus();
  }
  const absl::StatusOr<std::vector<matching::Identity>> identities =
      registry.ResolveIns(ToIns(request.ins()));
  if (!identities.ok()) return identities.status();
  for (const matching::Identity& identity : *identities) {
    *answer->add_identities() = ToProto(identity);
  }
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::ListIdentityChangesRequest& request,
                    v1::ListIdentityChangesResponse* answer) {
  RequestProblems problems;
  const matching::IdentityId id = ToNumber(request.identity_id(), "identity_id", problems);
  if (request.page_size() < 0) problems.Add("page_size", "out_of_range");
  const std::string query = "changes/" + request.identity_id();
  const absl::StatusOr<std::string> token = UnbindPageToken(query, request.page_token());
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  if (!token.ok()) return token.status();
  RequestProblems token_problems;
  const std::int64_t before_version = ToVersion(*token, "page_token", token_problems);
  if (!token_problems.ToStatus().ok()) return MakePageTokenError();

  const std::int32_t page_size = PageSize(request.page_size());
  const absl::StatusOr<std::vector<matching::Change>> changes =
      registry.History(id, before_version, page_size);
  if (!changes.ok()) return changes.status();
  for (const matching::Change& change : *changes) *answer->add_changes() = ToProto(change);
  // Versions have no gap and begin at 1: below it there is no other page.
  if (changes->size() == static_cast<std::size_t>(page_size) && changes->back().version > 1) {
    answer->set_next_page_token(BindPageToken(query, std::to_string(changes->back().version)));
  }
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::RecordInsiAnswerRequest& request,
                    v1::RecordInsiAnswerResponse* answer) {
  return AnswerMutation(
      request, [&](const InsiAnswerRequest& insi) { return registry.RecordInsiAnswer(insi); },
      answer);
}

absl::Status Answer(Registry& registry, const v1::WithdrawInsRequest& request,
                    v1::WithdrawInsResponse* answer) {
  return AnswerMutation(
      request,
      [&](const InsWithdrawalRequest& withdrawal) { return registry.WithdrawIns(withdrawal); },
      answer);
}

absl::Status Answer(Registry& registry, const v1::RecordEvidenceRequest& request,
                    v1::RecordEvidenceResponse* answer) {
  return AnswerMutation(
      request, [&](const EvidenceRequest& evidence) { return registry.RecordEvidence(evidence); },
      answer);
}

absl::Status Answer(Registry& registry, const v1::SetAttributesRequest& request,
                    v1::SetAttributesResponse* answer) {
  return AnswerMutation(
      request,
      [&](const AttributesRequest& attributes) { return registry.SetAttributes(attributes); },
      answer);
}

absl::Status Answer(Registry& registry, const v1::RecordInsiFaultRequest& request,
                    v1::RecordInsiFaultResponse* answer) {
  return AnswerMutation(
      request, [&](const InsiFaultRequest& fault) { return registry.RecordInsiFault(fault); },
      answer);
}

absl::Status Answer(Registry& registry, const v1::ConfirmInsRequest& request,
                    v1::ConfirmInsResponse* answer) {
  return AnswerMutation(
      request,
      [&](const InsConfirmationRequest& confirmation) { return registry.ConfirmIns(confirmation); },
      answer);
}

absl::Status Answer(Registry& registry, const v1::RecordVitaleAppReadingRequest& request,
                    v1::RecordVitaleAppReadingResponse* answer) {
  return AnswerMutation(
      request,
      [&](const VitaleReadingRequest& reading) { return registry.RecordVitaleReading(reading); },
      answer);
}

absl::Status Answer(Registry& registry, const v1::CompareInsiAnswerRequest& request,
                    v1::CompareInsiAnswerResponse* answer) {
  RequestProblems problems;
  const matching::IdentityId id = ToNumber(request.identity_id(), "identity_id", problems);
  if (!request.has_answer()) problems.Add("answer", "required");
  const matching::InsiAnswer insi_answer = ToInsiAnswer(request.answer(), "answer", problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<InsiComparison> result = registry.CompareInsiAnswer(id, insi_answer);
  if (!result.ok()) return result.status();
  *answer = ToProto(*result);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::GetTrustStatusAtRequest& request,
                    v1::GetTrustStatusAtResponse* answer) {
  RequestProblems problems;
  const matching::IdentityId id = ToNumber(request.identity_id(), "identity_id", problems);
  const matching::Instant at =
      ToRequiredInstant(request.has_time(), request.time(), "time", problems);
  std::optional<matching::Instant> known_at;
  if (request.has_known_time()) {
    known_at = ToInstant(request.known_time(), "known_time", problems);
  }
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<StatusAtResult> result = registry.StatusAt(id, at, known_at);
  if (!result.ok()) return result.status();
  *answer = ToProto(*result);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::ListReverificationDueRequest& request,
                    v1::ListReverificationDueResponse* answer) {
  RequestProblems problems;
  ReverificationRequest list = ToRequest(request, problems);
  const std::string query = "reverification/" + request.domain() + "/" +
                            request.confirmed_before_date().ShortDebugString();
  const absl::StatusOr<std::string> token = UnbindPageToken(query, request.page_token());
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  if (!token.ok()) return token.status();
  list.page_token = *token;
  const absl::StatusOr<ReverificationPage> page = registry.ListReverificationDue(list);
  if (!page.ok()) return page.status();
  *answer = ToProto(*page);
  answer->set_next_page_token(BindPageToken(query, page->next_page_token));
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::ListEvidenceDevicesRequest& /*request*/,
                    v1::ListEvidenceDevicesResponse* answer) {
  for (const matching::EvidenceDevice& device : registry.EvidenceDevices()) {
    *answer->add_devices() = ToProto(device);
  }
  answer->set_minor_age_years(registry.MinorAgeYears());
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::ExplainPairRequest& request,
                    v1::ExplainPairResponse* answer) {
  RequestProblems problems;
  const matching::IdentityId left =
      ToNumber(request.left_identity_id(), "left_identity_id", problems);
  const matching::IdentityId right =
      ToNumber(request.right_identity_id(), "right_identity_id", problems);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  const absl::StatusOr<ExplainResult> result = registry.Explain(left, right);
  if (!result.ok()) return result.status();
  *answer = ToProto(*result);
  return absl::OkStatus();
}

absl::Status Answer(Registry& registry, const v1::ImportIdentitiesRequest& batch,
                    v1::ImportIdentitiesResponse* answer) {
  if (absl::Status status = CheckBatch(batch); !status.ok()) return status;
  AnswerRows(
      batch, "identity.",
      [&](const v1::ImportIdentitiesRequest::Row& row, RequestProblems& problems) {
        return ToRegisterRequest(row.identity(), RowContext(batch, row.row_number()), "identity",
                                 problems);
      },
      [&](const std::vector<RegisterRequest>& requests) { return registry.RegisterAll(requests); },
      answer);
  return absl::OkStatus();
}

}  // namespace vigie::daemon
