#include "tests/daemon/stub_registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <utility>

namespace vigie::daemon {
namespace {

using matching::Instant;

Instant At(std::int64_t seconds) {
  return Instant(std::chrono::seconds(seconds) + std::chrono::microseconds(7));
}

matching::Traits FullTraits() {
  return {.birth_family_name = "Durand",
          .first_birth_given_name = "Zoé",
          .birth_given_names = "Zoé, Lou",
          .sex = matching::Sex::kFemale,
          .birth_date = {1980, 2, 3},
          .birth_place_code = "75112",
          .used_family_name = "Petit",
          .used_given_name = "Lou",
          .address_line = "1 rue Basse",
          .postal_code = "75012",
          .city = "Paris",
          .phone = "0100000000",
          .email = "zoe@example.org"};
}

matching::Ins FullIns() { return {"280027511200047", "1.2.250.1.213.1.4.8"}; }

matching::InsiAnswer FullInsiAnswer() {
  matching::InsiAnswer answer;
  answer.return_code = "00";
  answer.queried_at = At(1000);
  answer.ins = FullIns();
  answer.history = {FullIns()};
  answer.traits = FullTraits();
  answer.coherence_accepted = true;
  answer.query_criteria = {"given_name_2", "with_place"};
  return answer;
}

matching::Sentence FullSentence() { return {"français", "english"}; }

matching::Explanation FullExplanation() {
  matching::Explanation explanation;
  explanation.detail.score = FullScore();
  explanation.detail.rival = matching::Hypothesis::kHousehold;
  explanation.detail.prior_bits = -3;
  explanation.detail.other_hypotheses_bits = -1;
  explanation.detail.comparisons = {{2, false, 5, 0.25}};
  explanation.summary = explanation.prior = explanation.other_hypotheses = FullSentence();
  explanation.comparisons = {
      {"birth_date", FullSentence(), "left", "right", "exact", 5, FullSentence()}};
  explanation.vetoes = {FullSentence()};
  return explanation;
}

matching::IndicatorDefinition FullDefinition() {
  matching::IndicatorDefinition definition;
  definition.name = "name";
  definition.version = 2;
  definition.title_french = "titre";
  definition.title_english = "title";
  definition.description = "description";
  definition.source = "source";
  definition.population = matching::IndicatorPopulation::kFileActivePatients;
  definition.numerator_statuses = {matching::TrustStatus::kQualified};
  definition.status_as_of = matching::StatusAsOfRule::kExtraction;
  definition.activities = {matching::Activity::kPsy};
  definition.kinds = {matching::VisitKind::kDay};
  definition.exclude_doubtful = true;
  definition.target = 0.5;
  definition.target_source = "nowhere";
  definition.hash = "0123456789abcdef";
  definition.window = {matching::WindowKind::kFixed, 3, {2026, 1, 1}, {2026, 1, 31}};
  definition.legal_entities = {"100000017"};
  definition.sites = {"100000025"};
  definition.group_name = "group";
  definition.exclusion_rules = {{"newborn",
                                 1,
                                 5,
                                 true,
                                 {matching::LastInsiAnswer::kSeveral},
                                 {matching::TrustStatus::kQualified},
                                 {matching::Activity::kPsy},
                                 {matching::VisitKind::kDay},
                                 {"desk"}}};
  return definition;
}

matching::IndicatorRow FullRow() {
  matching::IndicatorRow row;
  row.group = {{"month", "2026-03"}};
  row.numerator = 1;
  row.denominator = 10;
  row.exclusions = {{"cancelled", 4}};
  row.statuses = {2, 3, 4, 1};
  row.unattached_count = 5;
  row.homonym_count = 6;
  row.doubtful_count = 7;
  row.fictitious_count = 8;
  return row;
}

RegisterResult FullRegisterResult() {
  RegisterResult result;
  result.identity = FullIdentity();
  result.possible_duplicates = {{5, "CHU", "L5", FullScore(), 9}};
  result.opened_case_ids = {9};
  result.warnings = {"warned"};
  result.commit_number = 12;
  result.already_registered = true;
  return result;
}

matching::TraitDifference FullDifference() {
  return {"birth_date",          "1980-02-03",  "1980-03-02", matching::TraitAgreement::kDifferent,
          {"day_month_swapped"}, FullSentence()};
}

MutationResult FullMutationResult() {
  return {FullIdentity(), {9}, {"warned"}, 12, {FullDifference()}};
}

VisitResult FullVisitResult() { return {FullVisit(), {"warned"}, 12, true}; }

// Requests as text.

std::string Text(const matching::Date& date) {
  return fmt::format("{}-{}-{}", date.year, int{date.month}, int{date.day});
}

std::string Text(Instant instant) { return std::to_string(instant.time_since_epoch().count()); }

std::string Text(const matching::Ins& ins) {
  return fmt::format("ins({},{})", ins.matricule, ins.oid);
}

std::string Text(const matching::InsiAnswer& a);
std::string Text(const matching::Evidence& e);
std::string Text(bool value);

template <class Value>
std::string Optional(const std::optional<Value>& value) {
  return value ? Text(*value) : "absent";
}

std::string Text(const matching::Traits& t) {
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", t.birth_family_name,
                     t.first_birth_given_name, t.birth_given_names, static_cast<int>(t.sex),
                     Text(t.birth_date), t.birth_place_code, t.used_family_name, t.used_given_name,
                     t.address_line, t.postal_code, t.city, t.phone, t.email);
}

std::string Text(const matching::Attributes& a) {
  return fmt::format("{}{}{}", a.homonym, a.doubtful, a.fictitious);
}

std::string Text(const matching::InsiAnswer& a) {
  std::string text = fmt::format("{} {} {} {} {}", a.return_code, Text(a.queried_at),
                                 Optional(a.ins), Text(a.traits), a.coherence_accepted);
  for (const matching::Ins& ins : a.history) text += Text(ins);
  for (const std::string& criterion : a.query_criteria) text += " " + criterion;
  return text;
}

std::string Text(const matching::Evidence& e) {
  return fmt::format("{} {} {} {}", e.type, Text(e.checked_on), e.high_assurance, e.parent_type);
}

std::string Text(const MutationContext& c) {
  return fmt::format("{}/{}/{}", c.request_id, c.actor, c.reason);
}

std::string Text(const RegisterRequest& r) {
  return fmt::format("{} {} {} {} {} {} {}", Text(r.context), r.domain, r.local_id, Text(r.traits),
                     Optional(r.insi_answer), Optional(r.evidence), Text(r.attributes));
}

std::string Text(bool value) { return value ? "yes" : "no"; }

std::string Text(const matching::Visit& v) {
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", v.domain, v.visit_number, v.local_id,
                     v.legal_entity_finess, v.site_finess, static_cast<int>(v.activity),
                     static_cast<int>(v.kind), Text(v.admitted_at), Optional(v.discharged_at),
                     v.cancelled, v.entry_channel);
}

std::string Text(const SnapshotName& name) {
  return fmt::format("{} {} {}", Text(name.day), name.definition, name.revision);
}

std::string Text(const std::optional<double>& number) {
  return number ? fmt::format("{}", *number) : "none";
}

std::string Text(const QueueFilter& f) {
  return fmt::format(
      "{} {} {} {} {} {} {} {} {} {} {} {} {} {}", f.kind ? static_cast<int>(*f.kind) : -1,
      f.state ? static_cast<int>(*f.state) : -1, f.band ? static_cast<int>(*f.band) : -1, f.domain,
      f.assignee, f.identity_id, f.reason, Optional(f.opened_from), Optional(f.opened_before),
      Text(f.weight_bits_min), Text(f.weight_bits_max), f.site_finess, Optional(f.visited_from),
      Optional(f.visited_before));
}

CaseGroup FullGroup() { return {{42, 43, 44}, {9, 10}, true}; }

MergePreview FullMerge() {
  MergePreview merge;
  merge.surviving_id = 3;
  merge.merged_id = 42;
  merge.traits = {{"phone", "0102030405", "0504030201", true}};
  merge.moved_visit_count = 4;
  merge.left_behind = {"ins"};
  merge.warnings = {"clinical_data_stays"};
  merge.closed_case_ids = {8};
  return merge;
}

}  // namespace

matching::Score FullScore() {
  matching::Score score;
  score.weight_bits = 12;
  score.probability = 0.75;
  score.band = matching::Band::kProbable;
  score.vetoes = 0b1010;
  score.model_version = "model@1";
  return score;
}

matching::Identity FullIdentity() {
  matching::Identity identity;
  identity.id = 42;
  identity.version = 3;
  identity.domain = "CHU";
  identity.local_id = "L42";
  identity.traits = FullTraits();
  identity.rniv = {"DURAND", "ZOE", "ZOE LOU", "PETIT", "LOU"};
  identity.normalizer_version = 1;
  identity.ins = FullIns();
  identity.ins_history = {FullIns()};
  identity.last_insi_answer = FullInsiAnswer();
  identity.ins_confirmed_at = At(1000);
  identity.merged_into = 77;
  identity.evidence = matching::Evidence{"family_book", {2026, 1, 2}, true, "passport"};
  identity.trust = {true, true, {true, true, true}};
  identity.status_periods = {{At(1000), matching::TrustStatus::kQualified, "rule"}};
  identity.created_at = At(1000);
  identity.updated_at = At(2000);
  return identity;
}

matching::Change FullChange() {
  matching::Change change;
  change.identity_id = 42;
  change.version = 3;
  change.commit_number = 12;
  change.changed_at = At(2000);
  change.actor = "desk";
  change.operation = "update";
  change.reason = "typing error";
  change.changed_fields = {"birth_family_name"};
  change.status_before = matching::TrustStatus::kRecovered;
  change.status_after = matching::TrustStatus::kQualified;
  change.rule = "rule";
  change.before = FullIdentity();
  change.evidence = FullIdentity().evidence;
  change.insi_fault = matching::InsiFault{At(1500), "siram_40"};
  return change;
}

matching::Visit FullVisit() {
  matching::Visit visit;
  visit.domain = "CHU";
  visit.visit_number = "V1";
  visit.local_id = "L42";
  visit.identity_id = 42;
  visit.legal_entity_finess = "750000001";
  visit.site_finess = "750000002";
  visit.activity = matching::Activity::kHad;
  visit.kind = matching::VisitKind::kSession;
  visit.admitted_at = At(1000);
  visit.discharged_at = At(2000);
  visit.cancelled = true;
  visit.entry_channel = "online";
  visit.version = 2;
  visit.status_at_admission = matching::TrustStatus::kProvisional;
  visit.status_at_discharge = matching::TrustStatus::kQualified;
  return visit;
}

matching::Proposal FullProposal() {
  matching::Proposal proposal;
  proposal.id = 9;
  proposal.kind = matching::ProposalKind::kUnmerge;
  proposal.decision_id = 5;
  proposal.domain = "CHU";
  proposal.surviving_id = 1;
  proposal.merged_id = 2;
  proposal.surviving_local_id = "L1";
  proposal.merged_local_id = "L2";
  proposal.keep_later_changes = true;
  proposal.proposed_at = FullCase().opened_at;
  proposal.bridge = "dpi";
  proposal.delivery_count = 3;
  proposal.handed_out_at = FullCase().opened_at;
  proposal.received_at = FullCase().opened_at;
  return proposal;
}

matching::CaseNote FullNote() { return {7, 3, "note author", FullCase().opened_at, "note text"}; }

matching::Case FullCase() {
  matching::Case review_case;
  review_case.id = 9;
  review_case.kind = matching::CaseKind::kInsConflict;
  review_case.state = matching::CaseState::kWithdrawn;
  review_case.domain = "CHU";
  review_case.identity_ids = {42, 43};
  review_case.reasons = {"detector"};
  review_case.weight_bits = 12;
  review_case.probability = 0.75;
  review_case.band = matching::Band::kCertain;
  review_case.model_version = "model@1";
  review_case.opened_at = At(1000);
  review_case.updated_at = At(2000);
  review_case.version = 2;
  review_case.assignee = "reviewer 1";
  review_case.claim_expires_at = At(3000);
  review_case.hold_until = {2026, 4, 1};
  review_case.hold_reason = "waits for a document";
  review_case.decision_id = 6;
  review_case.priority = 640;
  review_case.frequent_value = {matching::TermColumn::kPhone, "298000001", 7, 25, 4000};
  return review_case;
}

matching::Decision FullDecision() {
  matching::Decision decision;
  decision.id = 6;
  decision.version = 3;
  decision.case_id = 9;
  decision.verdict = matching::Verdict::kDuplicate;
  decision.state = matching::DecisionState::kAwaitingUndo;
  decision.identity_ids = {42, 43};
  decision.fingerprints = {1, 2};
  decision.actor = "reviewer 1";
  decision.decided_at = At(1500);
  decision.reason = "same document";
  decision.note = "seen on the ward";
  decision.weight_bits = 12;
  decision.probability = 0.75;
  decision.model_version = "model@1";
  decision.surviving_id = 42;
  decision.taken_fields = {"phone"};
  decision.traits_before.emplace();
  decision.homonym_set_ids = {43};
  decision.other_person_visit_numbers = {"V1"};
  decision.confirmed_by = "reviewer 2";
  decision.confirmed_at = At(1600);
  decision.ended_by = "reviewer 3";
  decision.ended_at = At(1700);
  decision.end_reason = "wrong patient";
  decision.proposal_id = 9;
  return decision;
}

storage::FigureSnapshot FullSnapshot() {
  storage::FigureSnapshot snapshot;
  snapshot.day = {2026, 3, 9};
  snapshot.revision = 2;
  const matching::IndicatorDefinition definition = FullDefinition();
  snapshot.definition_name = definition.name;
  snapshot.definition_version = definition.version;
  snapshot.definition_hash = definition.hash;
  snapshot.definition_text = matching::WriteIndicatorDefinition(definition);
  snapshot.time_zone = "Europe/Paris";
  snapshot.window_from = {2026, 3, 1};
  snapshot.window_to = {2026, 3, 8};
  snapshot.cut_off = At(1000);
  snapshot.as_of_commit_number = 12;
  snapshot.closed_at = At(2000);
  snapshot.actor = "nightly job";
  snapshot.content_hash = std::string(32, '\xa5');
  storage::FigureRow row;
  row.group = {{"month", "2026-03"}};
  row.numerator = 4;
  row.denominator = 10;
  row.exclusions = {{"cancelled", 11}};
  row.statuses = {1, 2, 3, 4};
  row.unattached_count = 5;
  row.homonym_count = 6;
  row.doubtful_count = 7;
  row.fictitious_count = 8;
  snapshot.rows = {row};
  row.numerator = 3;
  snapshot.total = row;
  snapshot.causes = {{"record_visit", 9}};
  return snapshot;
}

absl::Status StubRegistry::Asked(const std::string& text) const {
  {
    const std::lock_guard lock(mutex_);
    asked_ = text;
  }
  return before_answer ? before_answer() : absl::OkStatus();
}

absl::StatusOr<SearchResult> StubRegistry::Search(const SearchRequest& r) const {
  const absl::Status status =
      Asked(fmt::format("search {} {} {} {} {} {}", Optional(r.birth_date), r.family_prefix,
                        r.given_prefix, r.ins_matricule, r.page_size, r.page_token));
  if (!status.ok()) return status;
  return SearchResult{{FullIdentity()}, "next"};
}

absl::StatusOr<MatchResult> StubRegistry::Match(const MatchRequest& r) const {
  const absl::Status status = Asked(
      fmt::format("match {} {} {} {} {} {}", Text(r.traits), Optional(r.ins), r.domain, r.limit,
                  r.probability_min ? std::to_string(*r.probability_min) : "absent", r.explain));
  if (!status.ok()) return status;
  return MatchResult{{{FullIdentity(), FullScore(), FullExplanation()}}, "model@1", true, 3};
}

absl::StatusOr<RegisterResult> StubRegistry::Register(const RegisterRequest& r) {
  const absl::Status status = Asked("register " + Text(r));
  if (!status.ok()) return status;
  return FullRegisterResult();
}

std::vector<absl::StatusOr<RegisterResult>> StubRegistry::RegisterAll(
    const std::vector<RegisterRequest>& requests) {
  std::string text = "register all";
  for (const RegisterRequest& request : requests) text += "\n" + Text(request);
  const absl::Status status = Asked(text);
  std::vector<absl::StatusOr<RegisterResult>> results;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    results.push_back(status.ok() ? absl::StatusOr<RegisterResult>(FullRegisterResult()) : status);
  }
  return results;
}

absl::StatusOr<MutationResult> StubRegistry::Update(const UpdateRequest& r) {
  const absl::Status status =
      Asked(fmt::format("update {} {} {} {} {}", Text(r.context), r.identity_id, r.version,
                        Text(r.traits), fmt::join(r.fields, ",")));
  if (!status.ok()) return status;
  return FullMutationResult();
}

absl::StatusOr<matching::Identity> StubRegistry::Get(matching::IdentityId id) const {
  const absl::Status status = Asked(fmt::format("get {}", id));
  if (!status.ok()) return status;
  return FullIdentity();
}

absl::StatusOr<matching::Identity> StubRegistry::ResolveLocalId(const std::string& domain,
                                                                const std::string& local_id) const {
  const absl::Status status = Asked(fmt::format("resolve {} {}", domain, local_id));
  if (!status.ok()) return status;
  return FullIdentity();
}

absl::StatusOr<std::vector<matching::Identity>> StubRegistry::ResolveIns(
    const matching::Ins& ins) const {
  const absl::Status status = Asked("resolve " + Text(ins));
  if (!status.ok()) return status;
  return std::vector{FullIdentity()};
}

absl::StatusOr<std::vector<matching::Change>> StubRegistry::History(matching::IdentityId id,
                                                                    std::int64_t before_version,
                                                                    std::int32_t limit) const {
  const absl::Status status = Asked(fmt::format("history {} {} {}", id, before_version, limit));
  if (!status.ok()) return status;
  std::vector<matching::Change> changes(static_cast<std::size_t>(limit), FullChange());
  return changes;
}

absl::StatusOr<MutationResult> StubRegistry::RecordInsiAnswer(const InsiAnswerRequest& r) {
  const absl::Status status = Asked(
      fmt::format("insi {} {} {} {}", Text(r.context), r.identity_id, r.version, Text(r.answer)));
  if (!status.ok()) return status;
  return FullMutationResult();
}

absl::StatusOr<MutationResult> StubRegistry::WithdrawIns(const InsWithdrawalRequest& r) {
  const absl::Status status = Asked(fmt::format("withdraw {} {} {} {}", Text(r.context),
                                                r.identity_id, r.version, r.verification_mismatch));
  if (!status.ok()) return status;
  return FullMutationResult();
}

absl::StatusOr<MutationResult> StubRegistry::RecordEvidence(const EvidenceRequest& r) {
  const absl::Status status =
      Asked(fmt::format("evidence {} {} {} {} {} {} {}", Text(r.context), r.identity_id, r.version,
                        r.type, Text(r.checked_on), r.traits_agree, r.parent_type));
  if (!status.ok()) return status;
  return FullMutationResult();
}

absl::StatusOr<MutationResult> StubRegistry::SetAttributes(const AttributesRequest& r) {
  const absl::Status status =
      Asked(fmt::format("attributes {} {} {} {} {} {}", Text(r.context), r.identity_id, r.version,
                        Optional(r.homonym), Optional(r.doubtful), Optional(r.fictitious)));
  if (!status.ok()) return status;
  return FullMutationResult();
}

absl::StatusOr<MutationResult> StubRegistry::RecordInsiFault(const InsiFaultRequest& r) {
  const absl::Status status =
      Asked(fmt::format("fault {} {} {} {} {}", Text(r.context), r.identity_id, r.version,
                        Text(r.fault.queried_at), r.fault.code));
  if (!status.ok()) return status;
  return FullMutationResult();
}

absl::StatusOr<MutationResult> StubRegistry::ConfirmIns(const InsConfirmationRequest& r) {
  const absl::Status status = Asked(fmt::format("confirm {} {} {} {}", Text(r.context),
                                                r.identity_id, r.version, Text(r.confirmed_at)));
  if (!status.ok()) return status;
  return FullMutationResult();
}

absl::StatusOr<MutationResult> StubRegistry::RecordVitaleReading(const VitaleReadingRequest& r) {
  std::string text = fmt::format("vitale {} {} {} {} {} {}", Text(r.context), r.identity_id,
                                 r.version, Text(r.read_at), Text(r.ins), Text(r.traits));
  for (const matching::Ins& ins : r.history) text += Text(ins);
  const absl::Status status = Asked(text);
  if (!status.ok()) return status;
  return FullMutationResult();
}

absl::StatusOr<InsiComparison> StubRegistry::CompareInsiAnswer(
    matching::IdentityId id, const matching::InsiAnswer& answer) const {
  const absl::Status status = Asked(fmt::format("compare {} {}", id, Text(answer)));
  if (!status.ok()) return status;
  return InsiComparison{3,  {FullDifference()}, true, matching::TrustStatus::kQualified, {"warned"},
                        {7}};
}

absl::StatusOr<StatusAtResult> StubRegistry::StatusAt(matching::IdentityId id, Instant at,
                                                      std::optional<Instant> known_at) const {
  const absl::Status status =
      Asked(fmt::format("status at {} {} {}", id, Text(at), Optional(known_at)));
  if (!status.ok()) return status;
  return StatusAtResult{matching::TrustStatus::kQualified, FullIdentity().status_periods.front(),
                        At(3000), FullChange()};
}

absl::StatusOr<ReverificationPage> StubRegistry::ListReverificationDue(
    const ReverificationRequest& r) const {
  const absl::Status status =
      Asked(fmt::format("reverification {} {} {} {}", Optional(r.confirmed_before), r.domain,
                        r.page_size, r.page_token));
  if (!status.ok()) return status;
  return ReverificationPage{
      {{42, 3, "CHU", "L42", matching::TrustStatus::kQualified, At(1000), {2026, 1, 2}}},
      "next",
      {2025, 1, 2},
      3};
}

std::vector<matching::EvidenceDevice> StubRegistry::EvidenceDevices() const {
  return {{"family_book", "Livret de famille", "Family record book", true, true, true}};
}

absl::StatusOr<ExplainResult> StubRegistry::Explain(matching::IdentityId left,
                                                    matching::IdentityId right) const {
  const absl::Status status = Asked(fmt::format("explain {} {}", left, right));
  if (!status.ok()) return status;
  return ExplainResult{FullIdentity(), FullIdentity(), FullExplanation(), {"key"}, {"key"}, 4, {9}};
}

absl::StatusOr<VisitResult> StubRegistry::RecordVisit(const VisitRequest& r) {
  const absl::Status status = Asked("visit " + Text(r.context) + Text(r.visit));
  if (!status.ok()) return status;
  return FullVisitResult();
}

std::vector<absl::StatusOr<VisitResult>> StubRegistry::RecordVisits(
    const std::vector<VisitRequest>& requests) {
  std::string text = "visits";
  for (const VisitRequest& r : requests) text += "\n" + Text(r.context) + Text(r.visit);
  const absl::Status status = Asked(text);
  std::vector<absl::StatusOr<VisitResult>> results;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    results.push_back(status.ok() ? absl::StatusOr<VisitResult>(FullVisitResult()) : status);
  }
  return results;
}

absl::StatusOr<VisitResult> StubRegistry::CancelVisit(const CancelVisitRequest& r) {
  const absl::Status status = Asked(
      fmt::format("cancel {} {} {} {}", Text(r.context), r.domain, r.visit_number, r.version));
  if (!status.ok()) return status;
  return FullVisitResult();
}

absl::StatusOr<matching::Visit> StubRegistry::GetVisit(const std::string& domain,
                                                       const std::string& visit_number) const {
  const absl::Status status = Asked(fmt::format("get visit {} {}", domain, visit_number));
  if (!status.ok()) return status;
  return FullVisit();
}

absl::StatusOr<VisitPage> StubRegistry::ListVisits(const VisitListRequest& r) const {
  const absl::Status status =
      Asked(fmt::format("list visits {} {} {}", r.identity_id, r.page_size, r.page_token));
  if (!status.ok()) return status;
  return VisitPage{{FullVisit()}, "next"};
}

absl::StatusOr<QueuePage> StubRegistry::ListCases(const QueueRequest& request) const {
  const absl::Status status =
      Asked(fmt::format("cases {} {} {} {}", Text(request.filter), request.collapse_groups,
                        request.page_size, request.page_token));
  if (!status.ok()) return status;
  return QueuePage{{FullCase()}, {FullGroup()}, "next"};
}

absl::StatusOr<CaseView> StubRegistry::GetCase(std::uint64_t id) const {
  const absl::Status status = Asked(fmt::format("case {}", id));
  if (!status.ok()) return status;
  return CaseView{FullCase(), FullGroup(), {FullCase()}};
}

absl::StatusOr<std::int64_t> StubRegistry::CountCases(const QueueFilter& filter) const {
  const absl::Status status = Asked("count " + Text(filter));
  if (!status.ok()) return status;
  return 7;
}

absl::Status StubRegistry::LoadQueue() { return absl::OkStatus(); }

absl::StatusOr<std::vector<matching::Case>> StubRegistry::ClaimedCases(
    const std::string& assignee) const {
  const absl::Status status = Asked("claimed " + assignee);
  if (!status.ok()) return status;
  return std::vector<matching::Case>{FullCase()};
}

absl::StatusOr<std::vector<matching::Proposal>> StubRegistry::HandOutProposals(
    const std::string& bridge, std::optional<std::uint64_t> again_after, std::size_t count_max) {
  absl::Status status =
      Asked(fmt::format("hand out {} {} {}", bridge, again_after.has_value() ? 1 : 0, count_max));
  if (!status.ok()) return status;
  return std::vector<matching::Proposal>{FullProposal()};
}

absl::Status StubRegistry::ReceiveProposal(const std::string& bridge, std::uint64_t proposal_id) {
  return Asked(fmt::format("receive {} {}", bridge, proposal_id));
}

absl::StatusOr<DecideResult> StubRegistry::SettleProposal(const ProposalAnswer& r) {
  absl::Status status =
      Asked(fmt::format("settle {} {} {}", Text(r.context), r.proposal_id, r.done));
  if (!status.ok()) return status;
  return DecideResult{FullCase(), FullDecision(), FullMerge(), 9};
}

absl::StatusOr<DecideResult> StubRegistry::ReportMerge(const MergeReport& r) {
  absl::Status status = Asked(fmt::format("report {} {} {} {}", Text(r.context), r.domain,
                                          r.surviving_local_id, r.merged_local_id));
  if (!status.ok()) return status;
  return DecideResult{FullCase(), FullDecision(), FullMerge(), 9};
}

absl::StatusOr<ProposalPage> StubRegistry::ListProposals(const ProposalListRequest& r) const {
  absl::Status status = Asked(fmt::format("proposals {} {}", r.page_size, r.page_token));
  if (!status.ok()) return status;
  return ProposalPage{{FullProposal()}, "next"};
}

absl::StatusOr<CaseNoteResult> StubRegistry::AddCaseNote(const CaseNoteRequest& r) {
  absl::Status status = Asked(fmt::format("note {} {} {}", Text(r.context), r.case_id, r.text));
  if (!status.ok()) return status;
  return CaseNoteResult{FullNote(), 9};
}

absl::StatusOr<CaseNotePage> StubRegistry::ListCaseNotes(const CaseNoteListRequest& r) const {
  absl::Status status = Asked(fmt::format("notes {} {} {}", r.case_id, r.page_size, r.page_token));
  if (!status.ok()) return status;
  return CaseNotePage{{FullNote()}, "next"};
}

absl::StatusOr<CaseChanges> StubRegistry::ReadCaseChanges(const CaseWatch& watch) const {
  QueueFilter filter;
  filter.kind = watch.kind;
  filter.state = watch.state;
  filter.domain = watch.domain;
  absl::Status status =
      Asked(fmt::format("watch {} {}", Text(filter), watch.after_commit_number.value_or(-1)));
  if (!status.ok()) return status;
  return CaseChanges{9, {FullCase()}, false};
}

absl::StatusOr<CaseResult> StubRegistry::ClaimCase(const CaseRequest& r) {
  return AnswerCase("claim", r);
}

absl::StatusOr<CaseResult> StubRegistry::ReleaseCase(const CaseRequest& r) {
  return AnswerCase("release", r);
}

absl::StatusOr<CaseResult> StubRegistry::HoldCase(const CaseRequest& r) {
  return AnswerCase("hold", r);
}

absl::StatusOr<CaseResult> StubRegistry::AnswerCase(const std::string& what,
                                                    const CaseRequest& r) const {
  const absl::Status status = Asked(fmt::format("{} {} {} {} {}", what, Text(r.context), r.case_id,
                                                r.version, Text(r.hold_until)));
  if (!status.ok()) return status;
  return CaseResult{FullCase(), 9};
}

absl::StatusOr<std::int64_t> StubRegistry::WakeHeldCases() {
  const absl::Status status = Asked("wake");
  if (!status.ok()) return status;
  return 2;
}

absl::StatusOr<DecideResult> StubRegistry::Decide(const DecideRequest& r) {
  const absl::Status status =
      Asked(fmt::format("decide {} {} {} {} {} {} {} {} {} {} {}", Text(r.context), r.case_id,
                        r.version, fmt::join(r.identity_ids, ","), static_cast<int>(r.verdict),
                        r.note, r.surviving_id, fmt::join(r.taken_fields, ","), r.set_homonym,
                        fmt::join(r.other_person_visit_numbers, ","), r.validate_only));
  if (!status.ok()) return status;
  return DecideResult{FullCase(), FullDecision(), FullMerge(), 9};
}

absl::StatusOr<DecideResult> StubRegistry::AnswerDecision(const std::string& what,
                                                          const DecisionRequest& r) const {
  const absl::Status status = Asked(fmt::format("{} {} {} {} {}", what, Text(r.context),
                                                r.decision_id, r.version, r.keep_later_changes));
  if (!status.ok()) return status;
  return DecideResult{FullCase(), FullDecision(), FullMerge(), 9};
}

absl::StatusOr<DecideResult> StubRegistry::UndoDecision(const DecisionRequest& r) {
  return AnswerDecision("undo", r);
}

absl::StatusOr<DecideResult> StubRegistry::ConfirmDecision(const DecisionRequest& r) {
  return AnswerDecision("confirm", r);
}

absl::StatusOr<DecideResult> StubRegistry::RejectDecision(const DecisionRequest& r) {
  return AnswerDecision("reject", r);
}

absl::StatusOr<matching::Decision> StubRegistry::GetDecision(std::uint64_t id) const {
  const absl::Status status = Asked(fmt::format("decision {}", id));
  if (!status.ok()) return status;
  return FullDecision();
}

absl::StatusOr<DecisionListPage> StubRegistry::ListDecisions(const DecisionListRequest& r) const {
  const absl::Status status = Asked(fmt::format(
      "decisions {} {} {} {} {} {}", r.identity_id, r.verdict ? static_cast<int>(*r.verdict) : -1,
      r.state ? static_cast<int>(*r.state) : -1, r.in_force_only, r.page_size, r.page_token));
  if (!status.ok()) return status;
  return DecisionListPage{{FullDecision()}, "7"};
}

static matching::Label FullLabel() {
  return {"agent 7", matching::LabelVerdict::kDifferent, "two birth places", At(1300)};
}

static matching::LabelPair FullLabelPair() {
  matching::LabelPair pair;
  pair.left_id = 42;
  pair.right_id = 43;
  pair.origin = matching::LabelOrigin::kBelow;
  pair.stratum = 2;
  pair.inclusion_probability = 0.25;
  pair.weight_bits = -4.5;
  pair.probability = 0.2;
  pair.model_version = "french-hospital@1";
  pair.case_id = 7;
  pair.drawn_at = At(1200);
  pair.labels = {FullLabel(), FullLabel()};
  return pair;
}

absl::StatusOr<NextLabelResult> StubRegistry::NextLabel(const std::string& actor) {
  const absl::Status status = Asked("next label " + actor);
  if (!status.ok()) return status;
  return NextLabelResult{LabelQuestion{FullIdentity(), FullIdentity()}, 3};
}

absl::StatusOr<LabelResult> StubRegistry::RecordLabel(const LabelRequest& r) {
  const absl::Status status =
      Asked(fmt::format("label {} {} {} {}", Text(r.context), fmt::join(r.identity_ids, ","),
                        static_cast<int>(r.verdict), r.note));
  if (!status.ok()) return status;
  return LabelResult{42, 43, FullLabel(), 9};
}

absl::StatusOr<LabelledPairsPage> StubRegistry::ListLabelledPairs(
    const LabelledPairsRequest& r) const {
  const absl::Status status =
      Asked(fmt::format("labelled {} {} {}", r.differing_only, r.page_size, r.page_token));
  if (!status.ok()) return status;
  return LabelledPairsPage{{FullLabelPair()}, "42.43"};
}

absl::StatusOr<ReviewQualityResult> StubRegistry::ReviewQuality(
    const ReviewQualityRequest& r) const {
  const absl::Status status = Asked(fmt::format("review quality {} {}", Text(r.from), Text(r.to)));
  if (!status.ok()) return status;
  const matching::Estimate estimate{0.5, 0.25, 0.75};
  ReviewQualityResult result;
  result.time_zone = "Europe/Paris";
  result.from = {2026, 3, 1};
  result.to = {2026, 3, 31};
  result.as_of_commit_number = 12;
  result.as_of = At(2000);
  result.detectors = {{"duplicate", 9, 8, 7, 6, estimate, 5, 4, 3, 2, estimate, estimate}};
  result.agreement = {9, 8, estimate, estimate};
  for (matching::ReliabilityTable* table :
       {&result.decided_calibration, &result.labelled_calibration}) {
    table->Add(0.75, true);
    table->Add(0.75, true, 2);
  }
  result.blind_share = 0.1;
  result.sample_below_share = 0.2;
  return result;
}

absl::StatusOr<std::int64_t> StubRegistry::DrawLabels() {
  const absl::Status status = Asked("draw labels");
  if (!status.ok()) return status;
  return 2;
}

absl::StatusOr<std::unique_ptr<Export>> StubRegistry::OpenExport() const {
  const absl::Status status = Asked("export");
  if (!status.ok()) return status;
  return Export::Open(*empty_store_, At(2000), "Europe/Paris");
}

absl::StatusOr<RateResult> StubRegistry::Rate(const RateRequest& r) const {
  const absl::Status status =
      Asked(fmt::format("rate {} {} {} {} {} {} {} {} {}", r.definition, Text(r.from), Text(r.to),
                        fmt::join(r.group_by, ","), r.site_finess, r.legal_entity_finess,
                        Text(r.reference_day), r.cut_off ? Text(*r.cut_off) : "", r.recompute));
  if (!status.ok()) return status;
  RateResult result;
  result.definition = FullDefinition();
  result.time_zone = "Europe/Paris";
  result.days = {{2026, 3, 1}, {2026, 3, 31}};
  result.cut_off = At(1500);
  result.source = RateSource::kKept;
  result.as_of_commit_number = 12;
  result.as_of = At(2000);
  result.rows = {FullRow()};
  result.total = FullRow();
  return result;
}

std::vector<matching::IndicatorDefinition> StubRegistry::Definitions() const {
  return {FullDefinition()};
}

absl::StatusOr<CloseDayResult> StubRegistry::CloseDay(const CloseDayRequest& r) {
  const absl::Status status = Asked(fmt::format("close {} {}", Text(r.context), Text(r.day)));
  if (!status.ok()) return status;
  return CloseDayResult{{2026, 3, 9}, {{FullSnapshot(), true}}, {{2026, 3, 7}}, 12};
}

absl::StatusOr<SnapshotPage> StubRegistry::ListSnapshots(const ListSnapshotsRequest& r) const {
  const absl::Status status =
      Asked(fmt::format("snapshots {} {} {} {} {} {}", Text(r.from), Text(r.to), r.definition,
                        r.newest_only, r.page_size, r.page_token));
  if (!status.ok()) return status;
  return SnapshotPage{{FullSnapshot()}, "next"};
}

absl::StatusOr<storage::FigureSnapshot> StubRegistry::GetSnapshot(const SnapshotName& name) const {
  const absl::Status status = Asked("snapshot " + Text(name));
  if (!status.ok()) return status;
  return FullSnapshot();
}

absl::StatusOr<SnapshotDifference> StubRegistry::DiffSnapshots(const SnapshotName& before,
                                                               const SnapshotName& after) const {
  const absl::Status status = Asked("diff " + Text(before) + " " + Text(after));
  if (!status.ok()) return status;
  const storage::FigureSnapshot snapshot = FullSnapshot();
  const FigureDifference difference = {
      snapshot.rows.front().group, snapshot.rows.front(), snapshot.total, {"phrase", "sentence"}};
  return SnapshotDifference{snapshot,
                            snapshot,
                            {difference},
                            difference,
                            {{"record_visit", 3}},
                            {{"phrase", "sentence"}}};
}
static BacklogBasis FullBasis() {
  return {FullDefinition(), "Europe/Paris", {{2026, 3, 1}, {2026, 3, 31}}, 12, At(2000), 3, 4};
}

static BacklogTotal FullTotal() { return {"key", FullSentence(), 5, 4, 3, 2, 1.5}; }

static std::string Text(const BacklogScope& s) {
  return fmt::format("{} {} {} {} {} {}", s.definition, Text(s.from), Text(s.to),
                     Text(s.reference_day), s.site_finess, s.legal_entity_finess);
}

absl::StatusOr<BacklogPage> StubRegistry::ListBacklog(const BacklogRequest& r) const {
  const absl::Status status = Asked(fmt::format(
      "backlog {} {} {} {}", Text(r.scope),
      r.reason ? std::string(NextStepReasonName(*r.reason)) : "any", r.page_size, r.page_token));
  if (!status.ok()) return status;
  BacklogRow row;
  row.rank = 1;
  row.identity = FullIdentity();
  row.step = {matching::NextStepReason::kCollision, true, true, true};
  row.next_step = row.effect_sentence = FullSentence();
  row.insi_query = {{"first_given_name"}, {"ZOE"}, true};
  row.case_ids = {7};
  row.numerator_change = 2;
  row.denominator_change = 1;
  row.gain_points = 0.5;
  row.cumulative_gain_points = 0.75;
  row.next_visit = {"CHU", "V1", "100000017", At(3000)};
  row.site_finess = "100000025";
  row.entry_channel = "kiosk";
  return BacklogPage{FullBasis(), {row}, 9, "next"};
}

absl::StatusOr<BacklogSummary> StubRegistry::SummarizeBacklog(
    const BacklogScope& scope, const std::function<bool()>& /*given_up*/) const {
  const absl::Status status = Asked("backlog summary " + Text(scope));
  if (!status.ok()) return status;
  return BacklogSummary{FullBasis(), FullTotal(), {FullTotal()}, {FullTotal()}, {FullTotal()}};
}

absl::StatusOr<QualityResult> StubRegistry::QualityIndicators(const QualityRequest& r) const {
  const absl::Status status = Asked(
      fmt::format("quality {} {} {} {}", Text(r.from), Text(r.to), r.old_after_days, r.domain));
  if (!status.ok()) return status;
  const QualityIndicator indicator = {
      "name", FullSentence(), FullSentence(), FullSentence(), true, 3, 4, 0.75};
  return QualityResult{{indicator}, "Europe/Paris", 12, At(2000)};
}

absl::StatusOr<StatusResult> StubRegistry::Status() const {
  const absl::Status status = Asked("status");
  if (!status.ok()) return status;
  StatusResult result;
  result.counts = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  result.health = {true, "warning", 9, 10, 11};
  result.commit_number = 12;
  result.base_id = "base";
  result.model_version = "model@1";
  result.normalizer_version = 1;
  result.started_at = At(1000);
  result.figures_loaded = true;
  return result;
}

absl::StatusOr<FiguresLoad> StubRegistry::LoadFigures(const std::function<bool()>& /*stop*/) {
  return FiguresLoad{1, 2, 3, 4, 0.5};
}

bool StubRegistry::FiguresLoaded() const { return true; }

absl::StatusOr<VerifyFiguresResult> StubRegistry::VerifyFigures(
    const VerifyFiguresRequest& request) const {
  const absl::Status status = Asked(fmt::format("verify figures {}", request.differences_max));
  if (!status.ok()) return status;
  VerifyFiguresResult result;
  result.commit_number = 12;
  result.definition_count = 1;
  result.row_count = 2;
  result.difference_count = 3;
  result.differences = {{"own", {{"month", "2026-03"}}, "numerator", 4, 5}};
  return result;
}

}  // namespace vigie::daemon
