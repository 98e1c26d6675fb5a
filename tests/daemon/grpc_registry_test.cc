// Aim: the whole way from a client through the contract to the registry and the store, and back.
#include <map>
#include <string>
#include <vector>

#include "daemon/grpc/server.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/grpcpp.h"
#include "tests/daemon/registry_fixture.h"
#include "vigie/v1/administration.grpc.pb.h"
#include "vigie/v1/identity.grpc.pb.h"
#include "vigie/v1/qualification.grpc.pb.h"
#include "vigie/v1/review.grpc.pb.h"
#include "vigie/v1/visit.grpc.pb.h"

namespace vigie::daemon {
namespace {

using v1::Identity;

std::string ReasonIn(const google::rpc::Status& details) {
  google::rpc::ErrorInfo info;
  return details.details_size() > 0 && details.details(0).UnpackTo(&info) ? info.reason() : "";
}

std::string ReasonIn(const grpc::Status& status) {
  google::rpc::Status details;
  return details.ParseFromString(status.error_details()) ? ReasonIn(details) : "";
}

class GrpcRegistryTest : public test::RegistryTest {
 protected:
  GrpcRegistryTest() {
    GrpcServerOptions options;
    options.listen_addresses = {"127.0.0.1:0"};
    auto server = GrpcServer::Start(*registry_, options);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    const auto channel =
        grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server_->ports()[0]),
                                  grpc::InsecureChannelCredentials(), arguments);
    identities_ = v1::IdentityService::NewStub(channel);
    visits_ = v1::VisitService::NewStub(channel);
    review_ = v1::ReviewService::NewStub(channel);
    qualification_ = v1::QualificationService::NewStub(channel);
    administration_ = v1::AdministrationService::NewStub(channel);
  }
  ~GrpcRegistryTest() override { server_.reset(); }  // Before the registry it uses.

  template <class Stub, class Request, class Response>
  grpc::Status Call(const std::unique_ptr<Stub>& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return ((*stub).*method)(&context, request, response);
  }
  // The answer of a call that must be answered.
  template <class Stub, class Request, class Response>
  Response Ok(const std::unique_ptr<Stub>& stub,
              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const Request& request) {
    Response response;
    const grpc::Status status = Call(stub, method, request, &response);
    EXPECT_TRUE(status.ok()) << request.GetTypeName() << ": " << status.error_message();
    return response;
  }
  // "CODE reason" of a call that must be refused.
  template <class Stub, class Request, class Response>
  std::string Refusal(const std::unique_ptr<Stub>& stub,
                      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                      const Request& request) {
    Response response;
    const grpc::Status status = Call(stub, method, request, &response);
    return absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code())) + " " +
           ReasonIn(status);
  }

  template <class Request>
  Request Change(const std::string& identity_id = "") {
    Request request;
    request.set_request_id(Context().request_id);
    request.set_actor("desk 1");
    request.set_reason("test");
    if constexpr (requires { request.set_identity_id(""); }) request.set_identity_id(identity_id);
    return request;
  }

  static void SetDate(v1::Date* date, int year, int month, int day) {
    date->set_year(year);
    date->set_month(month);
    date->set_day(day);
  }
  static void SetZoe(v1::Traits* traits, const std::string& given_name = "ZOE") {
    traits->set_birth_family_name("ADRUN");
    traits->set_first_birth_given_name(given_name);
    traits->set_birth_given_names(given_name);
    traits->set_sex(v1::Traits::SEX_FEMALE);
    SetDate(traits->mutable_birth_date(), 1975, 12, 31);
    traits->set_birth_place_code("63220");
  }
  void SetAnswer(v1::InsiAnswer* answer) {
    answer->set_return_code("00");
    answer->mutable_query_time()->set_seconds(
        std::chrono::duration_cast<std::chrono::seconds>(now_.time_since_epoch()).count() - 60);
    answer->mutable_ins()->set_matricule(test::ZoeIns().matricule);
    answer->mutable_ins()->set_oid(test::ZoeIns().oid);
    SetZoe(answer->mutable_traits());
    answer->set_coherence_accepted(true);
  }
  v1::RegisterIdentityRequest ZoeRequest(const std::string& local_id) {
    auto request = Change<v1::RegisterIdentityRequest>();
    request.mutable_identity()->set_domain("CHU");
    request.mutable_identity()->set_local_id(local_id);
    SetZoe(request.mutable_identity()->mutable_traits());
    return request;
  }
  Identity RegisterZoe(const std::string& local_id = "Z1") {
    return Ok(identities_, &v1::IdentityService::Stub::RegisterIdentity, ZoeRequest(local_id))
        .identity();
  }
  v1::RecordVisitRequest VisitRequest(const std::string& number, const std::string& local_id) {
    auto request = Change<v1::RecordVisitRequest>();
    v1::Visit* visit = request.mutable_visit();
    visit->set_domain("CHU");
    visit->set_visit_number(number);
    visit->set_local_id(local_id);
    visit->set_site_finess(test::kSite);
    visit->set_legal_entity_finess(test::kLegalEntity);
    visit->set_activity(v1::Visit::ACTIVITY_MCO);
    visit->set_kind(v1::Visit::KIND_INPATIENT);
    visit->set_entry_channel("desk");
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(now_.time_since_epoch());
    visit->mutable_admission_time()->set_seconds(now.count() - 7200);
    visit->mutable_discharge_time()->set_seconds(now.count() - 3600);
    return request;
  }
  std::int64_t IdentityCount() {
    return Ok(administration_, &v1::AdministrationService::Stub::GetStatus, v1::GetStatusRequest())
        .counts()
        .identity_count();
  }

  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<v1::IdentityService::Stub> identities_;
  std::unique_ptr<v1::VisitService::Stub> visits_;
  std::unique_ptr<v1::ReviewService::Stub> review_;
  std::unique_ptr<v1::QualificationService::Stub> qualification_;
  std::unique_ptr<v1::AdministrationService::Stub> administration_;
};

using Identities = v1::IdentityService::Stub;
using Visits = v1::VisitService::Stub;
using Review = v1::ReviewService::Stub;
using Qualification = v1::QualificationService::Stub;
using Administration = v1::AdministrationService::Stub;

TEST_F(GrpcRegistryTest, RegisteredIdentitiesAreFoundEveryWay) {
  const Identity zoe = RegisterZoe();
  EXPECT_EQ(zoe.trust_status(), Identity::TRUST_STATUS_PROVISIONAL);
  EXPECT_EQ(zoe.etag(), "1");

  v1::GetIdentityRequest get;
  get.set_identity_id(zoe.id());
  EXPECT_EQ(Ok(identities_, &Identities::GetIdentity, get).identity().SerializeAsString(),
            zoe.SerializeAsString());

  v1::SearchIdentitiesRequest search;
  SetDate(search.mutable_birth_date(), 1975, 12, 31);
  search.set_family_prefix("adr");
  const auto found = Ok(identities_, &Identities::SearchIdentities, search);
  ASSERT_EQ(found.identities_size(), 1);
  EXPECT_EQ(found.identities(0).id(), zoe.id());
  EXPECT_EQ(found.next_page_token(), "");

  v1::MatchIdentityRequest match;
  SetZoe(match.mutable_traits());
  const auto matched = Ok(identities_, &Identities::MatchIdentity, match);
  ASSERT_GE(matched.candidates_size(), 1);
  EXPECT_EQ(matched.candidates(0).identity().id(), zoe.id());
  EXPECT_GT(matched.candidates(0).score().probability(), 0.5);
  EXPECT_EQ(matched.candidates(0).score().model_version(), matched.model_version());
  EXPECT_FALSE(matched.candidates(0).has_explanation());
  match.set_explain(true);
  const v1::Explanation explained =
      Ok(identities_, &Identities::MatchIdentity, match).candidates(0).explanation();
  EXPECT_EQ(explained.score().SerializeAsString(),
            matched.candidates(0).score().SerializeAsString());
  double bits = explained.prior_bits() + explained.other_hypotheses_bits();
  for (const auto& comparison : explained.comparisons()) bits += comparison.bits();
  EXPECT_NEAR(bits, matched.candidates(0).score().weight_bits(), 1e-9);

  v1::ResolveIdentityRequest resolve;
  resolve.mutable_local_id()->set_domain("CHU");
  resolve.mutable_local_id()->set_local_id("Z1");
  EXPECT_EQ(Ok(identities_, &Identities::ResolveIdentity, resolve).identities(0).id(), zoe.id());
}

TEST_F(GrpcRegistryTest, ASearchGoesOnPageByPage) {
  for (int i = 0; i < 5; ++i) RegisterZoe("Z" + std::to_string(i));
  v1::SearchIdentitiesRequest search;
  SetDate(search.mutable_birth_date(), 1975, 12, 31);
  search.set_page_size(2);
  std::vector<std::string> local_ids;
  do {
    const auto page = Ok(identities_, &Identities::SearchIdentities, search);
    EXPECT_LE(page.identities_size(), 2);
    for (const Identity& identity : page.identities()) local_ids.push_back(identity.local_id());
    search.set_page_token(page.next_page_token());
  } while (!search.page_token().empty() && local_ids.size() < 100);
  EXPECT_EQ(local_ids, (std::vector<std::string>{"Z0", "Z1", "Z2", "Z3", "Z4"}));
}

TEST_F(GrpcRegistryTest, FactsMakeAnIdentityQualifiedAndUnmakeIt) {
  const Identity zoe = RegisterZoe();
  auto insi = Change<v1::RecordInsiAnswerRequest>(zoe.id());
  SetAnswer(insi.mutable_answer());
  EXPECT_EQ(Ok(identities_, &Identities::RecordInsiAnswer, insi).identity().trust_status(),
            Identity::TRUST_STATUS_RECOVERED);

  auto evidence = Change<v1::RecordEvidenceRequest>(zoe.id());
  evidence.set_type("passport");
  SetDate(evidence.mutable_check_date(), 2026, 3, 9);
  evidence.set_traits_agree(true);
  const Identity qualified = Ok(identities_, &Identities::RecordEvidence, evidence).identity();
  EXPECT_EQ(qualified.trust_status(), Identity::TRUST_STATUS_QUALIFIED);
  EXPECT_TRUE(qualified.evidence().high_assurance());

  v1::ResolveIdentityRequest resolve;
  resolve.mutable_ins()->set_matricule(test::ZoeIns().matricule);
  resolve.mutable_ins()->set_oid(test::ZoeIns().oid);
  EXPECT_EQ(Ok(identities_, &Identities::ResolveIdentity, resolve).identities(0).id(), zoe.id());

  auto attributes = Change<v1::SetAttributesRequest>(zoe.id());
  attributes.set_homonym(true);
  const Identity homonym = Ok(identities_, &Identities::SetAttributes, attributes).identity();
  EXPECT_TRUE(homonym.trust_facts().attributes().homonym());

  auto withdrawal = Change<v1::WithdrawInsRequest>(zoe.id());
  const Identity withdrawn = Ok(identities_, &Identities::WithdrawIns, withdrawal).identity();
  EXPECT_FALSE(withdrawn.has_ins());
  EXPECT_EQ(withdrawn.trust_status(), Identity::TRUST_STATUS_VALIDATED);

  v1::ListIdentityChangesRequest list;
  list.set_identity_id(zoe.id());
  list.set_page_size(2);
  std::vector<std::string> operations;
  do {
    const auto page = Ok(identities_, &Identities::ListIdentityChanges, list);
    for (const v1::Change& change : page.changes()) operations.push_back(change.operation());
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty() && operations.size() < 100);
  ASSERT_EQ(operations.size(), 5u);
  EXPECT_EQ(operations.back(), "register");
}

TEST_F(GrpcRegistryTest, AnUpdateTakesTheFieldsOfItsMaskOnly) {
  const Identity zoe = RegisterZoe();
  auto update = Change<v1::UpdateIdentityRequest>(zoe.id());
  update.set_etag(zoe.etag());
  update.mutable_traits()->set_city("Clermont");
  update.mutable_traits()->set_birth_family_name("NOT TAKEN");
  update.mutable_update_mask()->add_paths("city");
  const auto updated = Ok(identities_, &Identities::UpdateIdentity, update);
  EXPECT_EQ(updated.identity().traits().city(), "Clermont");
  EXPECT_EQ(updated.identity().traits().birth_family_name(), "ADRUN");
  EXPECT_EQ(updated.identity().etag(), "2");

  update.set_request_id(Context().request_id);
  EXPECT_EQ(Refusal(identities_, &Identities::UpdateIdentity, update), "ABORTED version_moved");
}

TEST_F(GrpcRegistryTest, TheSameRequestIdGivesTheSameAnswer) {
  const v1::RegisterIdentityRequest request = ZoeRequest("Z1");
  const auto first = Ok(identities_, &Identities::RegisterIdentity, request);
  const auto second = Ok(identities_, &Identities::RegisterIdentity, request);
  EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());
  EXPECT_EQ(IdentityCount(), 1);
  v1::RegisterIdentityRequest other = request;
  other.mutable_identity()->set_local_id("Z2");
  EXPECT_EQ(Refusal(identities_, &Identities::RegisterIdentity, other),
            "INVALID_ARGUMENT request_id_reused");
}

TEST_F(GrpcRegistryTest, ADuplicateIsNamedQueuedAndExplained) {
  const Identity zoe = RegisterZoe("Z1");
  const auto second = Ok(identities_, &Identities::RegisterIdentity, ZoeRequest("Z2"));
  ASSERT_EQ(second.possible_duplicates_size(), 1);
  EXPECT_EQ(second.possible_duplicates(0).identity_id(), zoe.id());
  ASSERT_EQ(second.opened_case_ids_size(), 1);
  const std::string case_id = second.opened_case_ids(0);
  EXPECT_EQ(second.possible_duplicates(0).case_id(), case_id);

  v1::ListCasesRequest list;
  list.mutable_filter()->set_kind(v1::Case::KIND_DUPLICATE);
  list.mutable_filter()->set_state(v1::Case::STATE_OPEN);
  const auto cases = Ok(review_, &Review::ListCases, list);
  ASSERT_EQ(cases.cases_size(), 1);
  EXPECT_EQ(cases.cases(0).id(), case_id);
  EXPECT_EQ(cases.cases(0).identity_ids_size(), 2);

  v1::GetCaseRequest get;
  get.set_case_id(case_id);
  EXPECT_EQ(Ok(review_, &Review::GetCase, get).review_case().SerializeAsString(),
            cases.cases(0).SerializeAsString());

  v1::CountCasesRequest count;
  EXPECT_EQ(Ok(review_, &Review::CountCases, count).case_count(), 1);
  count.mutable_filter()->set_kind(v1::Case::KIND_COLLISION);
  EXPECT_EQ(Ok(review_, &Review::CountCases, count).case_count(), 0);

  v1::ExplainPairRequest explain;
  explain.set_left_identity_id(zoe.id());
  explain.set_right_identity_id(second.identity().id());
  const auto explained = Ok(identities_, &Identities::ExplainPair, explain);
  EXPECT_GT(explained.shared_keys_size(), 0);
  EXPECT_EQ(explained.bits_short(), 0);
  ASSERT_EQ(explained.case_ids_size(), 1);
  EXPECT_EQ(explained.case_ids(0), case_id);
  double bits =
      explained.explanation().prior_bits() + explained.explanation().other_hypotheses_bits();
  for (const auto& comparison : explained.explanation().comparisons()) bits += comparison.bits();
  EXPECT_NEAR(bits, explained.explanation().score().weight_bits(), 1e-6);
}

// Trap 6: an INS whose verification fails, or that its source takes back, no longer counts, and an
// etag that moved stops the withdrawal.
TEST_F(GrpcRegistryTest, Trap6AWithdrawnInsDropsQualifiedOverTheWire) {
  for (const bool mismatch : {false, true}) {
    const Identity zoe = RegisterZoe(mismatch ? "Z2" : "Z1");
    auto insi = Change<v1::RecordInsiAnswerRequest>(zoe.id());
    SetAnswer(insi.mutable_answer());
    Ok(identities_, &Identities::RecordInsiAnswer, insi);
    auto evidence = Change<v1::RecordEvidenceRequest>(zoe.id());
    evidence.set_type("passport");
    SetDate(evidence.mutable_check_date(), 2026, 3, 9);
    evidence.set_traits_agree(true);
    const Identity qualified = Ok(identities_, &Identities::RecordEvidence, evidence).identity();
    ASSERT_EQ(qualified.trust_status(), Identity::TRUST_STATUS_QUALIFIED);

    auto withdrawal = Change<v1::WithdrawInsRequest>(zoe.id());
    withdrawal.set_verification_mismatch(mismatch);
    withdrawal.set_etag(zoe.etag());
    EXPECT_EQ(Refusal(identities_, &Identities::WithdrawIns, withdrawal), "ABORTED version_moved");
    withdrawal.set_etag(qualified.etag());
    const auto withdrawn = Ok(identities_, &Identities::WithdrawIns, withdrawal);
    EXPECT_NE(withdrawn.identity().trust_status(), Identity::TRUST_STATUS_QUALIFIED);
    EXPECT_FALSE(withdrawn.identity().has_ins());
    ASSERT_EQ(withdrawn.identity().past_ins_size(), 1);
    EXPECT_EQ(withdrawn.identity().past_ins(0).matricule(), test::ZoeIns().matricule);
    EXPECT_EQ(Ok(identities_, &Identities::WithdrawIns, withdrawal).SerializeAsString(),
              withdrawn.SerializeAsString())
        << "the same request id";
    auto again = Change<v1::WithdrawInsRequest>(zoe.id());
    EXPECT_EQ(Refusal(identities_, &Identities::WithdrawIns, again),
              "FAILED_PRECONDITION transition_refused");
  }
}

// Nothing that was sent is lost: also a document that contradicts and an answer nobody accepted
// stand in the history.
TEST_F(GrpcRegistryTest, TheHistoryGivesBackDocumentsAndAnswersThatWereNotTaken) {
  const Identity zoe = RegisterZoe();
  auto evidence = Change<v1::RecordEvidenceRequest>(zoe.id());
  evidence.set_type("passport");
  SetDate(evidence.mutable_check_date(), 2026, 3, 9);
  evidence.set_traits_agree(false);
  EXPECT_FALSE(Ok(identities_, &Identities::RecordEvidence, evidence).identity().has_evidence());
  auto refused = Change<v1::RecordInsiAnswerRequest>(zoe.id());
  SetAnswer(refused.mutable_answer());
  refused.mutable_answer()->set_coherence_accepted(false);
  Ok(identities_, &Identities::RecordInsiAnswer, refused);
  auto unknown = Change<v1::RecordInsiAnswerRequest>(zoe.id());
  unknown.mutable_answer()->set_return_code("01");
  *unknown.mutable_answer()->mutable_query_time() = refused.answer().query_time();
  const Identity last = Ok(identities_, &Identities::RecordInsiAnswer, unknown).identity();
  EXPECT_EQ(last.last_insi_answer().SerializeAsString(), unknown.answer().SerializeAsString());

  v1::ListIdentityChangesRequest list;
  list.set_identity_id(zoe.id());
  const auto history = Ok(identities_, &Identities::ListIdentityChanges, list);
  ASSERT_EQ(history.changes_size(), 4);
  EXPECT_EQ(history.changes(0).before().last_insi_answer().SerializeAsString(),
            refused.answer().SerializeAsString());
  EXPECT_EQ(history.changes(2).evidence().type(), "passport");
  EXPECT_EQ(history.changes(2).evidence().check_date().SerializeAsString(),
            evidence.check_date().SerializeAsString());
  EXPECT_NE(history.changes(2).rule().find("document_contradicts"), std::string::npos);
  EXPECT_FALSE(history.changes(3).has_evidence());
}

// A token given out for one query opens no other, and the answer names the field besides the
// reason.
TEST_F(GrpcRegistryTest, AForeignPageTokenIsRefusedByEveryPagedCall) {
  const Identity zoe = RegisterZoe("Z1");
  const Identity other = RegisterZoe("Z2");
  RegisterZoe("Z3");  // Three identities, three pairs: every list below has a second page.
  for (const Identity& identity : {zoe, other}) {
    auto homonym = Change<v1::SetAttributesRequest>(identity.id());
    homonym.set_homonym(true);
    Ok(identities_, &Identities::SetAttributes, homonym);
  }
  v1::SearchIdentitiesRequest search;
  SetDate(search.mutable_birth_date(), 1975, 12, 31);
  search.set_page_size(1);
  search.set_page_token(Ok(identities_, &Identities::SearchIdentities, search).next_page_token());
  ASSERT_NE(search.page_token(), "");
  search.set_family_prefix("ADR");
  v1::ListIdentityChangesRequest changes;
  changes.set_identity_id(zoe.id());
  changes.set_page_size(1);
  changes.set_page_token(
      Ok(identities_, &Identities::ListIdentityChanges, changes).next_page_token());
  ASSERT_NE(changes.page_token(), "");
  changes.set_identity_id(other.id());
  v1::ListCasesRequest cases;
  cases.set_page_size(1);
  cases.set_page_token(Ok(review_, &Review::ListCases, cases).next_page_token());
  ASSERT_NE(cases.page_token(), "");
  cases.mutable_filter()->set_domain("CHU");

  const auto refused_by_name = [&](const auto& stub, const auto method, auto request,
                                   auto response) {
    for (const std::string& token : {request.page_token(), std::string("bm9uc2Vuc2U")}) {
      request.set_page_token(token);
      const grpc::Status status = Call(stub, method, request, &response);
      EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
      EXPECT_EQ(ReasonIn(status), "page_token_invalid") << request.GetTypeName();
      google::rpc::Status details;
      google::rpc::BadRequest bad_request;
      ASSERT_TRUE(details.ParseFromString(status.error_details()));
      ASSERT_EQ(details.details_size(), 2) << request.GetTypeName();
      ASSERT_TRUE(details.details(1).UnpackTo(&bad_request));
      EXPECT_EQ(bad_request.field_violations(0).field(), "page_token");
    }
  };
  refused_by_name(identities_, &Identities::SearchIdentities, search,
                  v1::SearchIdentitiesResponse());
  refused_by_name(identities_, &Identities::ListIdentityChanges, changes,
                  v1::ListIdentityChangesResponse());
  refused_by_name(review_, &Review::ListCases, cases, v1::ListCasesResponse());
  // With its own query again, a token whose inner part is broken.
  changes.set_identity_id(zoe.id());
  changes.set_page_token(changes.page_token() + "x");
  refused_by_name(identities_, &Identities::ListIdentityChanges, changes,
                  v1::ListIdentityChangesResponse());
  cases.clear_filter();
  cases.set_page_token(cases.page_token() + "x");
  refused_by_name(review_, &Review::ListCases, cases, v1::ListCasesResponse());
}

// The worklist on the wire: pages follow each other, and a token belongs to its question.
TEST_F(GrpcRegistryTest, TheWorklistOfReverificationsGoesOnPageByPage) {
  for (int i = 0; i < 3; ++i) {
    auto insi = Change<v1::RecordInsiAnswerRequest>(RegisterZoe("Z" + std::to_string(i)).id());
    SetAnswer(insi.mutable_answer());
    Ok(identities_, &Identities::RecordInsiAnswer, insi);
  }
  v1::ListReverificationDueRequest list;
  SetDate(list.mutable_confirmed_before_date(), 2190, 1, 1);
  list.set_page_size(2);
  const auto first = Ok(identities_, &Identities::ListReverificationDue, list);
  EXPECT_EQ(first.due_size(), 2);
  ASSERT_FALSE(first.next_page_token().empty());
  list.set_page_token(first.next_page_token());
  const auto second = Ok(identities_, &Identities::ListReverificationDue, list);
  ASSERT_EQ(second.due_size(), 1);
  EXPECT_EQ(second.due(0).local_id(), "Z2");
  EXPECT_TRUE(second.next_page_token().empty());
  list.set_domain("ELSEWHERE");
  EXPECT_EQ(Refusal(identities_, &Identities::ListReverificationDue, list),
            "INVALID_ARGUMENT page_token_invalid");
  list.clear_domain();
  SetDate(list.mutable_confirmed_before_date(), 2189, 1, 1);
  EXPECT_EQ(Refusal(identities_, &Identities::ListReverificationDue, list),
            "INVALID_ARGUMENT page_token_invalid");
}

TEST_F(GrpcRegistryTest, VisitsCountInTheRate) {
  const Identity zoe = RegisterZoe("Z1");
  const auto recorded = Ok(visits_, &Visits::RecordVisit, VisitRequest("V1", "Z1"));
  EXPECT_EQ(recorded.visit().identity_id(), zoe.id());
  EXPECT_FALSE(recorded.already_recorded());
  EXPECT_TRUE(Ok(visits_, &Visits::RecordVisit, VisitRequest("V1", "Z1")).already_recorded());
  Ok(visits_, &Visits::RecordVisit, VisitRequest("V2", "Z1"));

  v1::GetVisitRequest get;
  get.set_domain("CHU");
  get.set_visit_number("V1");
  EXPECT_EQ(Ok(visits_, &Visits::GetVisit, get).visit().SerializeAsString(),
            recorded.visit().SerializeAsString());

  auto cancel = Change<v1::CancelVisitRequest>();
  cancel.set_domain("CHU");
  cancel.set_visit_number("V2");
  EXPECT_TRUE(Ok(visits_, &Visits::CancelVisit, cancel).visit().cancelled());

  const auto definitions =
      Ok(qualification_, &Qualification::ListDefinitions, v1::ListDefinitionsRequest());
  ASSERT_GT(definitions.definitions_size(), 0);
  v1::ComputeRateRequest rate;
  for (const auto& definition : definitions.definitions()) {
    if (definition.population() == v1::IndicatorDefinition::POPULATION_VISITS) {
      rate.set_definition(definition.name());
      break;
    }
  }
  ASSERT_NE(rate.definition(), "");
  SetDate(rate.mutable_start_date(), 2026, 3, 1);
  SetDate(rate.mutable_end_date(), 2026, 3, 31);
  rate.add_groupings(v1::ComputeRateRequest::GROUPING_SITE);
  rate.add_groupings(v1::ComputeRateRequest::GROUPING_MONTH);
  const auto computed = Ok(qualification_, &Qualification::ComputeRate, rate);
  ASSERT_EQ(computed.rows_size(), 1);
  EXPECT_EQ(computed.rows(0).group().at("month"), "2026-03");
  EXPECT_EQ(computed.rows(0).group().at("site"), test::kSite);
  EXPECT_EQ(computed.total().denominator(), 1);
  EXPECT_EQ(computed.total().numerator(), 0);
  EXPECT_EQ(computed.total().exclusions().at("cancelled"), 1);
  EXPECT_EQ(computed.total().provisional_count(), 1);
}

TEST_F(GrpcRegistryTest, EachRefusalHasItsCodeAndReason) {
  const Identity zoe = RegisterZoe("Z1");

  v1::GetIdentityRequest get;
  get.set_identity_id("999");
  EXPECT_EQ(Refusal(identities_, &Identities::GetIdentity, get), "NOT_FOUND identity_not_found");
  get.set_identity_id("Z1");
  EXPECT_EQ(Refusal(identities_, &Identities::GetIdentity, get), "INVALID_ARGUMENT fields_invalid");

  v1::ResolveIdentityRequest resolve;
  EXPECT_EQ(Refusal(identities_, &Identities::ResolveIdentity, resolve),
            "INVALID_ARGUMENT fields_invalid");

  EXPECT_EQ(Refusal(identities_, &Identities::SearchIdentities, v1::SearchIdentitiesRequest()),
            "INVALID_ARGUMENT fields_invalid");
  v1::SearchIdentitiesRequest search;
  SetDate(search.mutable_birth_date(), 1975, 12, 31);
  search.set_page_token("nonsense");
  EXPECT_EQ(Refusal(identities_, &Identities::SearchIdentities, search),
            "INVALID_ARGUMENT page_token_invalid");

  v1::MatchIdentityRequest match;
  match.mutable_traits()->set_sex(v1::Traits::SEX_MALE);
  EXPECT_EQ(Refusal(identities_, &Identities::MatchIdentity, match),
            "INVALID_ARGUMENT too_few_traits");

  auto other = ZoeRequest("Z1");
  other.mutable_identity()->mutable_traits()->set_birth_family_name("MARTIN");
  EXPECT_EQ(Refusal(identities_, &Identities::RegisterIdentity, other),
            "ALREADY_EXISTS local_id_taken");

  auto insi = Change<v1::RecordInsiAnswerRequest>(zoe.id());
  SetAnswer(insi.mutable_answer());
  insi.mutable_answer()->mutable_ins()->set_oid(test::kTestOid);
  EXPECT_EQ(Refusal(identities_, &Identities::RecordInsiAnswer, insi),
            "INVALID_ARGUMENT test_oid_in_production");

  auto doubtful = Change<v1::SetAttributesRequest>(zoe.id());
  doubtful.set_doubtful(true);
  Ok(identities_, &Identities::SetAttributes, doubtful);
  insi = Change<v1::RecordInsiAnswerRequest>(zoe.id());
  SetAnswer(insi.mutable_answer());
  EXPECT_EQ(Refusal(identities_, &Identities::RecordInsiAnswer, insi),
            "FAILED_PRECONDITION insi_call_forbidden");
  auto fictitious = Change<v1::SetAttributesRequest>(zoe.id());
  fictitious.set_fictitious(true);
  EXPECT_EQ(Refusal(identities_, &Identities::SetAttributes, fictitious),
            "FAILED_PRECONDITION transition_refused");

  v1::GetVisitRequest visit;
  visit.set_domain("CHU");
  visit.set_visit_number("V9");
  EXPECT_EQ(Refusal(visits_, &Visits::GetVisit, visit), "NOT_FOUND visit_not_found");

  v1::GetCaseRequest get_case;
  get_case.set_case_id("999");
  EXPECT_EQ(Refusal(review_, &Review::GetCase, get_case), "NOT_FOUND case_not_found");
  v1::ListCasesRequest list;
  list.set_page_token("nonsense");
  EXPECT_EQ(Refusal(review_, &Review::ListCases, list), "INVALID_ARGUMENT page_token_invalid");

  v1::ComputeRateRequest rate;
  rate.set_definition("no-such-definition");
  SetDate(rate.mutable_start_date(), 2026, 3, 1);
  SetDate(rate.mutable_end_date(), 2026, 3, 31);
  EXPECT_EQ(Refusal(qualification_, &Qualification::ComputeRate, rate),
            "NOT_FOUND definition_not_found");
}

TEST_F(GrpcRegistryTest, RefusedFieldsHaveTheNamesOfTheRequest) {
  auto request = ZoeRequest("Z1");
  request.mutable_identity()->mutable_traits()->clear_birth_date();
  request.mutable_identity()->mutable_evidence()->set_type("passport");
  v1::RegisterIdentityResponse response;
  const grpc::Status status = Call(identities_, &Identities::RegisterIdentity, request, &response);
  google::rpc::Status details;
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  ASSERT_EQ(details.details_size(), 2);
  ASSERT_TRUE(details.details(1).UnpackTo(&bad_request));
  for (const auto& violation : bad_request.field_violations()) {
    // The path leads to a field of the request.
    const google::protobuf::Descriptor* descriptor = request.GetDescriptor();
    std::string path = violation.field();
    while (!path.empty()) {
      const std::size_t dot = std::min(path.find('.'), path.size());
      ASSERT_NE(descriptor, nullptr) << violation.field();
      const auto* field = descriptor->FindFieldByName(path.substr(0, dot));
      ASSERT_NE(field, nullptr) << violation.field();
      descriptor = field->message_type();
      path = path.substr(std::min(dot + 1, path.size()));
    }
  }
  EXPECT_EQ(bad_request.field_violations(0).field(), "identity.traits.birth_date");
}

// Rows 1 to 1000; every tenth has no birth date.
std::vector<v1::ImportIdentitiesRequest> Rows() {
  std::vector<v1::ImportIdentitiesRequest> batches;
  for (int row = 1; row <= 1000; ++row) {
    if ((row - 1) % 250 == 0) {
      batches.emplace_back();
      batches.back().set_import_id("import-1");
      batches.back().set_actor("import");
    }
    v1::ImportIdentitiesRequest::Row* added = batches.back().add_rows();
    added->set_row_number(row);
    v1::NewIdentity* identity = added->mutable_identity();
    identity->set_domain("CHU");
    identity->set_local_id("L" + std::to_string(row));
    v1::Traits* traits = identity->mutable_traits();
    traits->set_birth_family_name(std::string("FAMILLE ") + static_cast<char>('A' + row % 26) +
                                  static_cast<char>('A' + row / 26 % 26));
    traits->set_first_birth_given_name("CAMILLE");
    traits->set_sex(v1::Traits::SEX_FEMALE);
    if (row % 10 == 0) continue;
    traits->mutable_birth_date()->set_year(1930 + row % 80);
    traits->mutable_birth_date()->set_month(1 + row % 12);
    traits->mutable_birth_date()->set_day(1 + row % 28);
  }
  return batches;
}

TEST_F(GrpcRegistryTest, AnImportAnswersEachRowAndMayBeSentAgain) {
  std::map<std::int64_t, std::string> first;
  for (int time = 0; time < 2; ++time) {
    grpc::ClientContext context;
    auto stream = identities_->ImportIdentities(&context);
    std::int64_t next_row = 1;
    for (const v1::ImportIdentitiesRequest& batch : Rows()) {
      ASSERT_TRUE(stream->Write(batch));
      v1::ImportIdentitiesResponse response;
      ASSERT_TRUE(stream->Read(&response));
      EXPECT_GT(response.commit_number(), 0);
      for (const auto& result : response.results()) {
        EXPECT_EQ(result.row_number(), next_row++);
        if (result.row_number() % 10 == 0) {
          ASSERT_TRUE(result.has_error()) << result.row_number();
          EXPECT_EQ(ReasonIn(result.error()), "fields_invalid");
          google::rpc::BadRequest bad_request;
          ASSERT_TRUE(result.error().details(1).UnpackTo(&bad_request));
          EXPECT_EQ(bad_request.field_violations(0).field(), "identity.traits.birth_date");
        } else {
          ASSERT_TRUE(result.has_imported()) << result.error().message();
          const auto [known, inserted] =
              first.emplace(result.row_number(), result.imported().identity_id());
          EXPECT_EQ(inserted, time == 0);
          EXPECT_EQ(known->second, result.imported().identity_id());
        }
      }
    }
    stream->WritesDone();
    EXPECT_TRUE(stream->Finish().ok());
    EXPECT_EQ(next_row, 1001);
    EXPECT_EQ(IdentityCount(), 900);
  }
}

TEST_F(GrpcRegistryTest, ACancelledImportLeavesWholeRowsAndCanBeSentAgain) {
  {
    grpc::ClientContext context;
    auto stream = identities_->ImportIdentities(&context);
    const auto batches = Rows();
    v1::ImportIdentitiesResponse response;
    ASSERT_TRUE(stream->Write(batches[0]));
    ASSERT_TRUE(stream->Read(&response));
    stream->Write(batches[1]);
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  server_->Stop(std::chrono::seconds(20));  // Whatever was begun is over.
  std::int64_t found = 0;
  for (int row = 1; row <= 1000; ++row) {
    const auto identity = registry_->ResolveLocalId("CHU", "L" + std::to_string(row));
    if (!identity.ok()) continue;
    ++found;
    // Found by its local id, its name and its history: the row is whole.
    EXPECT_EQ(registry_->History(identity->id, 0, 10)->size(), 1u);
    SearchRequest search;
    search.birth_date = identity->traits.birth_date;
    search.family_prefix = "FAM";
    EXPECT_FALSE(registry_->Search(search)->identities.empty());
  }
  EXPECT_EQ(found, registry_->Status()->counts.identity_count);
  EXPECT_GE(found, 225);  // The batch that was answered.
  EXPECT_LE(found, 450);
  EXPECT_EQ(found % 225, 0);  // A batch is finished or not begun.

  v1::ImportIdentitiesResponse response;
  GrpcServerOptions options;
  options.listen_addresses = {"127.0.0.1:0"};
  auto server = GrpcServer::Start(*registry_, options);
  ASSERT_TRUE(server.ok());
  const auto stub = v1::IdentityService::NewStub(grpc::CreateChannel(
      "127.0.0.1:" + std::to_string((*server)->ports()[0]), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  auto stream = stub->ImportIdentities(&context);
  for (const v1::ImportIdentitiesRequest& batch : Rows()) {
    ASSERT_TRUE(stream->Write(batch));
    ASSERT_TRUE(stream->Read(&response));
  }
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(registry_->Status()->counts.identity_count, 900);
}

TEST_F(GrpcRegistryTest, ImportedVisitsWaitForTheirIdentity) {
  RegisterZoe("Z1");
  grpc::ClientContext context;
  auto stream = visits_->ImportVisits(&context);
  v1::ImportVisitsRequest batch;
  batch.set_import_id("visits-1");
  for (int row = 1; row <= 3; ++row) {
    v1::ImportVisitsRequest::Row* added = batch.add_rows();
    added->set_row_number(row);
    *added->mutable_visit() =
        VisitRequest("V" + std::to_string(row), row == 2 ? "UNKNOWN" : "Z1").visit();
  }
  batch.mutable_rows(2)->mutable_visit()->set_site_finess("000000000X");
  ASSERT_TRUE(stream->Write(batch));
  stream->WritesDone();
  v1::ImportVisitsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
  ASSERT_EQ(response.results_size(), 3);
  EXPECT_NE(response.results(0).imported().identity_id(), "");
  EXPECT_TRUE(response.results(1).has_imported());
  EXPECT_EQ(response.results(1).imported().identity_id(), "");
  ASSERT_TRUE(response.results(2).has_error());
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(response.results(2).error().details(1).UnpackTo(&bad_request));
  EXPECT_EQ(bad_request.field_violations(0).field(), "visit.site_finess");
}

TEST_F(GrpcRegistryTest, StatusCountsWhatTheBaseHolds) {
  const auto empty = Ok(administration_, &Administration::GetStatus, v1::GetStatusRequest());
  EXPECT_EQ(empty.counts().identity_count(), 0);
  EXPECT_TRUE(empty.store_health().writable());
  RegisterZoe();
  const auto one = Ok(administration_, &Administration::GetStatus, v1::GetStatusRequest());
  EXPECT_EQ(one.counts().identity_count(), 1);
  EXPECT_EQ(one.counts().provisional_count(), 1);
  EXPECT_GT(one.commit_number(), empty.commit_number());
  EXPECT_EQ(one.base_id(), empty.base_id());
}

}  // namespace
}  // namespace vigie::daemon
