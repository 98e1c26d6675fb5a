#include <set>

#include "daemon/registry/bytes.h"
#include "daemon/registry/requests.h"
#include "tests/daemon/registry_fixture.h"

namespace vigie::test {
namespace {

using ::testing::ElementsAre;

class Requests : public RegistryTest {};

template <typename Result>
void ExpectSameAnswer(const Result& first, const Result& again) {
  EXPECT_EQ(again.identity, first.identity);
  EXPECT_EQ(again.opened_case_ids, first.opened_case_ids);
  EXPECT_EQ(again.warnings, first.warnings);
  EXPECT_EQ(again.commit_number, first.commit_number);
}

// Rows 32 and 33 of the matrix: the reply was lost, the client asks again, the base has lived on.
TEST_F(Requests, RepeatedGetTheSameAnswerWhateverHappenedSince) {
  Register("0", Zoe());
  const daemon::RegisterRequest request = Request("1", Zoe());
  const daemon::RegisterResult first = Register(request);
  ASSERT_EQ(first.possible_duplicates.size(), 1U);
  for (const char* city : {"A", "B", "C"}) {
    matching::Traits traits;
    traits.city = city;
    ASSERT_TRUE(Update(first.identity.id, traits, {"city"}).ok());
  }
  const std::int64_t commit_number = CommitNumber();
  const daemon::RegisterResult again = Register(request);
  ExpectSameAnswer(first, again);
  EXPECT_FALSE(again.already_registered) << "as it was answered then";
  ASSERT_EQ(again.possible_duplicates.size(), 1U);
  const daemon::PossibleDuplicate& then = first.possible_duplicates[0];
  const daemon::PossibleDuplicate& now = again.possible_duplicates[0];
  EXPECT_EQ(now.identity_id, then.identity_id);
  EXPECT_EQ(now.domain, then.domain);
  EXPECT_EQ(now.local_id, then.local_id);
  EXPECT_EQ(now.case_id, then.case_id);
  EXPECT_EQ(now.score.weight_bits, then.score.weight_bits);
  EXPECT_EQ(now.score.probability, then.score.probability);
  EXPECT_EQ(now.score.band, then.score.band);
  EXPECT_EQ(now.score.vetoes, then.score.vetoes);
  EXPECT_EQ(now.score.model_version, then.score.model_version);
  EXPECT_EQ(CommitNumber(), commit_number);
}

TEST_F(Requests, OfEveryKindAreDoneOnce) {
  const auto id = Register("1", Zoe()).identity.id;
  matching::Traits traits = Zoe();
  traits.birth_place_code = "2A020";
  const daemon::UpdateRequest update = {Context(), id, 1, traits, {"birth_place_code"}};
  const daemon::InsiAnswerRequest answer = {Context(), id, 2, Answer(Zoe(), ZoeIns(), now_)};
  const daemon::EvidenceRequest evidence = {Context(), id, 3, "passport", Day(2026, 3, 10), true};
  const daemon::AttributesRequest attributes = {Context(), id, 4, true, {}, {}};
  const daemon::InsWithdrawalRequest withdrawal = {Context(), id, 5, false};
  const auto updated = registry_->Update(update);
  const auto answered = registry_->RecordInsiAnswer(answer);
  const auto checked = registry_->RecordEvidence(evidence);
  const auto marked = registry_->SetAttributes(attributes);
  const auto withdrawn = registry_->WithdrawIns(withdrawal);
  for (const auto* one : {&updated, &answered, &checked, &marked, &withdrawn}) {
    ASSERT_TRUE(one->ok()) << one->status();
  }
  const std::int64_t commit_number = CommitNumber();
  ExpectSameAnswer(*updated, *registry_->Update(update));
  ExpectSameAnswer(*answered, *registry_->RecordInsiAnswer(answer));
  ExpectSameAnswer(*checked, *registry_->RecordEvidence(evidence));
  ExpectSameAnswer(*marked, *registry_->SetAttributes(attributes));
  ExpectSameAnswer(*withdrawn, *registry_->WithdrawIns(withdrawal));
  EXPECT_EQ(CommitNumber(), commit_number);
  EXPECT_EQ(Get(id).version, 6);
}

TEST_F(Requests, OfVisitsAreDoneOnce) {
  const daemon::VisitRequest record = {Context(),
                                       Visit("V1", "1", At(2026, 3, 9), At(2026, 3, 10))};
  const auto recorded = registry_->RecordVisit(record);
  ASSERT_TRUE(recorded.ok());
  Register("1", Zoe());
  const auto again = registry_->RecordVisit(record);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->visit, recorded->visit) << "not attached, as it was answered then";
  EXPECT_EQ(again->warnings, recorded->warnings);
  EXPECT_EQ(again->commit_number, recorded->commit_number);
  EXPECT_FALSE(again->already_recorded);
  const daemon::CancelVisitRequest cancel = {Context(), kDomain, "V1", 0};
  const auto cancelled = registry_->CancelVisit(cancel);
  ASSERT_TRUE(cancelled.ok());
  RecordVisit(Visit("V1", "1", At(2026, 3, 9)));
  EXPECT_EQ(registry_->CancelVisit(cancel)->visit, cancelled->visit);
  EXPECT_FALSE(registry_->GetVisit(kDomain, "V1")->cancelled) << "not cancelled a second time";
}

// Visits had no entry channel in schema 1: what was asked and answered then is still known.
TEST_F(Requests, OfVisitsWithoutAChannelAreAsTheyWere) {
  daemon::VisitRequest request = {Context(), Visit("V1", "1", At(2026, 3, 9))};
  const std::string with_channel = daemon::FingerprintOf(request);
  request.visit.entry_channel.clear();
  EXPECT_NE(daemon::FingerprintOf(request), with_channel);
  const auto recorded = registry_->RecordVisit(request);
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  const matching::Visit& visit = recorded->visit;
  daemon::ByteWriter out;
  out.Number(3);  // a visit's answer as schema 1 wrote it
  for (const std::string* text : {&visit.domain, &visit.visit_number, &visit.local_id}) {
    out.Text(*text);
  }
  out.Number(0);
  out.Text(visit.legal_entity_finess);
  out.Text(visit.site_finess);
  out.Number(static_cast<std::uint64_t>(visit.activity));
  out.Number(static_cast<std::uint64_t>(visit.kind));
  out.Signed(visit.admitted_at.time_since_epoch().count());
  for (int i = 0; i < 3; ++i) out.Number(0);  // not discharged, not cancelled
  out.Signed(1);
  for (int i = 0; i < 2; ++i) out.Number(0);  // no status
  out.Number(1);
  out.Text("identity_unknown");
  out.Signed(1);
  daemon::VisitResult decoded;
  ASSERT_TRUE(daemon::DecodeAnswer(*store_->Read(), out.bytes(), decoded).ok());
  EXPECT_EQ(decoded.visit, recorded->visit);
}

TEST_F(Requests, WithAUsedIdAndAnotherContentAreRefused) {
  const daemon::RegisterRequest request = Request("1", Zoe());
  const auto id = Register(request).identity.id;
  daemon::RegisterRequest other = request;
  other.traits.city = "B";
  EXPECT_EQ(ReasonOf(registry_->Register(other).status()), "request_id_reused");
  // Nor may another method take it.
  const auto updated = registry_->Update({request.context, id, 0, Zoe(), {"city"}});
  EXPECT_EQ(updated.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(updated.status()), "request_id_reused");
}

TEST_F(Requests, TwiceInOneBatchGiveOneEffect) {
  const daemon::RegisterRequest request = Request("1", Zoe());
  const auto results = registry_->RegisterAll({request, request});
  ASSERT_TRUE(results[0].ok() && results[1].ok());
  ExpectSameAnswer(*results[0], *results[1]);
  EXPECT_EQ(registry_->Status()->counts.identity_count, 1);
}

TEST_F(Requests, ThatWereRefusedMayBeMendedUnderTheSameId) {
  daemon::RegisterRequest request = Request("1", Zoe());
  request.traits.sex = matching::Sex::kUnknown;
  ASSERT_FALSE(registry_->Register(request).ok());
  request.traits.sex = matching::Sex::kFemale;
  EXPECT_TRUE(registry_->Register(request).ok());
}

// Every field of a request is in its fingerprint: else a changed request would get an old answer.
TEST(Fingerprint, ChangesWithEveryField) {
  daemon::RegisterRequest request;
  request.context = {"id", "actor", "reason"};
  request.domain = kDomain;
  request.local_id = "1";
  request.traits = Zoe();
  const std::string original = daemon::FingerprintOf(request);
  std::set<std::string> seen = {original};
  const std::vector<void (*)(daemon::RegisterRequest&)> changes = {
      [](auto& r) { r.context.actor = "x"; },
      [](auto& r) { r.context.reason = "x"; },
      [](auto& r) { r.domain = "x"; },
      [](auto& r) { r.local_id = "x"; },
      [](auto& r) { r.traits.birth_family_name = "x"; },
      [](auto& r) { r.traits.first_birth_given_name = "x"; },
      [](auto& r) { r.traits.birth_given_names = "x"; },
      [](auto& r) { r.traits.sex = matching::Sex::kMale; },
      [](auto& r) { r.traits.birth_date.day = 1; },
      [](auto& r) { r.traits.birth_date.month = 1; },
      [](auto& r) { r.traits.birth_date.year = 1; },
      [](auto& r) { r.traits.birth_place_code = "x"; },
      [](auto& r) { r.traits.used_family_name = "x"; },
      [](auto& r) { r.traits.used_given_name = "x"; },
      [](auto& r) { r.traits.address_line = "x"; },
      [](auto& r) { r.traits.postal_code = "x"; },
      [](auto& r) { r.traits.city = "x"; },
      [](auto& r) { r.traits.phone = "x"; },
      [](auto& r) { r.traits.email = "x"; },
      [](auto& r) { r.insi_answer = matching::InsiAnswer{}; },
      [](auto& r) { r.insi_answer = Answer({}, ZoeIns(), At(2026, 1, 1)); },
      [](auto& r) { r.insi_answer = Answer({}, ZoeIns(), At(2026, 1, 1), false); },
      [](auto& r) { r.insi_answer = Answer({}, ZoeIns(), At(2026, 1, 2)); },
      [](auto& r) { r.insi_answer = Answer(Zoe(), ZoeIns(), At(2026, 1, 1)); },
      [](auto& r) {
        r.insi_answer = Answer({}, ZoeIns(), At(2026, 1, 1));
        r.insi_answer->history = {ZoeIns()};
      },
      [](auto& r) { r.evidence = matching::Evidence{}; },
      [](auto& r) {
        r.evidence = matching::Evidence{"passport", {}, false};
      },
      [](auto& r) {
        r.evidence = matching::Evidence{"", Day(2026, 1, 1), false};
      },
      [](auto& r) {
        r.evidence = matching::Evidence{"", {}, true};
      },
      [](auto& r) { r.attributes.homonym = true; },
      [](auto& r) { r.attributes.doubtful = true; },
      [](auto& r) { r.attributes.fictitious = true; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    daemon::RegisterRequest changed = request;
    changes[i](changed);
    EXPECT_TRUE(seen.insert(daemon::FingerprintOf(changed)).second) << "change " << i;
  }
  request.context.request_id = "other";
  EXPECT_EQ(daemon::FingerprintOf(request), original) << "the id is what it is kept under";
}

// What borders on another field does not flow into it.
TEST(Fingerprint, KeepsNeighbouringFieldsApart) {
  daemon::RegisterRequest left, right;
  left.domain = "AB";
  left.local_id = "C";
  right.domain = "A";
  right.local_id = "BC";
  EXPECT_NE(daemon::FingerprintOf(left), daemon::FingerprintOf(right));
}

TEST_F(Requests, WhoseKeptAnswerIsDamagedAreDataLossNotAWrongAnswer) {
  const auto result = Register("1", Zoe());
  const std::string bytes = daemon::EncodeAnswer(result);
  const auto view = store_->Read();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    daemon::RegisterResult decoded;
    const absl::Status status = daemon::DecodeAnswer(*view, bytes.substr(0, size), decoded);
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << "cut at " << size;
  }
  daemon::RegisterResult decoded;
  EXPECT_EQ(daemon::DecodeAnswer(*view, bytes + "x", decoded).code(), absl::StatusCode::kDataLoss);
  daemon::MutationResult other;
  EXPECT_EQ(daemon::DecodeAnswer(*view, bytes, other).code(), absl::StatusCode::kDataLoss);
  // A count that promises more than there is reserves nothing.
  EXPECT_EQ(daemon::DecodeAnswer(*view, std::string("\x01\x01\x01\xFF\xFF\xFF\xFF\x7F", 8), decoded)
                .code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace vigie::test
