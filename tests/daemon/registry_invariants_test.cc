// A long random life of a small base, then the invariants that a consistency check would look at.
#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "daemon/registry/matcher.h"
#include "matching/record.h"
#include "tests/daemon/registry_fixture.h"

namespace vigie::test {
namespace {

using matching::Identity;
using matching::IdentityId;
using matching::TrustStatus;

class Invariants : public RegistryTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  std::size_t Below(std::size_t bound) { return random_() % bound; }
  std::string Pick(const std::vector<std::string>& values) { return values[Below(values.size())]; }

  // Few values, so that the same person, twins and namesakes come up again and again.
  matching::Traits SomeTraits() {
    matching::Traits traits =
        Person(Pick({"MARTIN", "MARTEN", "LE GOFF", "DUBOIS", "D'AEION"}),
               Pick({"LEA", "LEO", "MARIE", "JEAN-PIERRE", "ZOE"}),
               Day(1980 + static_cast<int>(Below(3)), 5, 1 + static_cast<int>(Below(3))),
               Below(2) == 0 ? matching::Sex::kFemale : matching::Sex::kMale);
    traits.birth_place_code = Pick({"63220", "2A020", "", "99999"});
    traits.used_family_name = Pick({"", "DURAND", "MARTIN"});
    traits.phone = Pick({"", "0601020304", "0605060708"});
    return traits;
  }
  matching::Ins SomeIns() {
    return {Pick({"275126322074974", "185027505612340", "109076322083489", "209076322083439"}),
            kNirOid};
  }
  std::string SomeDomain() { return Pick({"CHU", "CHU", "CHU", "CLINIQUE"}); }

  // Refusals are part of life: they must leave nothing behind either.
  void Live() {
    now_ += std::chrono::minutes(1 + Below(600));
    const IdentityId id = 1 + Below(40);
    switch (Below(8)) {
      case 0:
      case 1: {
        daemon::RegisterRequest request = Request(std::to_string(Below(60)), SomeTraits());
        request.domain = SomeDomain();
        if (Below(3) == 0) request.insi_answer = Answer({}, SomeIns(), now_ - 24h);
        if (Below(3) == 0) request.evidence = matching::Evidence{"passport", Day(2026, 3, 5), true};
        (void)registry_->Register(request);
        break;
      }
      case 2:
        (void)Update(id, SomeTraits(),
                     {Pick({"birth_family_name", "first_birth_given_name", "birth_date", "sex"}),
                      Pick({"birth_place_code", "phone", "used_family_name"})});
        break;
      case 3: {
        const auto known = registry_->Get(id);
        if (!known.ok()) break;
        matching::InsiAnswer answer = Answer(known->traits, SomeIns(), now_, Below(5) != 0);
        if (Below(2) == 0) answer.history = {SomeIns()};
        (void)RecordAnswer(id, answer);
        break;
      }
      case 4:
        (void)RecordEvidence(id, Pick({"passport", "vitale_card"}), Day(2026, 3, 6), Below(6) != 0);
        break;
      case 5:
        (void)SetAttributes(id, Below(4) == 0, Below(6) == 0, Below(10) == 0);
        break;
      case 6:
        (void)registry_->WithdrawIns({Context(), id, 0, Below(2) == 0});
        break;
      default: {
        matching::Visit visit =
            Visit(std::to_string(Below(50)), std::to_string(Below(60)), now_ - 48h, now_);
        visit.domain = SomeDomain();
        (void)registry_->RecordVisit({Context(), visit});
      }
    }
  }

  std::vector<Identity> All() {
    std::vector<Identity> all;
    const absl::Status scanned = store_->Read()->ScanIdentities(0, [&](const Identity& identity) {
      all.push_back(identity);
      return true;
    });
    EXPECT_TRUE(scanned.ok());
    return all;
  }

  std::mt19937 random_{GetParam()};
};

TEST_P(Invariants, HoldAfterALongLife) {
  for (int i = 0; i < 600; ++i) Live();
  const std::vector<Identity> all = All();
  ASSERT_GT(all.size(), 20U);
  const auto view = store_->Read();
  const storage::CandidateLimits limits;
  std::map<std::pair<int, std::uint64_t>, std::uint32_t> terms;
  std::set<std::pair<std::string, std::string>> local_ids;
  std::map<TrustStatus, std::int64_t> statuses;

  for (const Identity& identity : all) {
    // I4: under its keys, and its letters, and nowhere else: the counts of terms tell.
    const daemon::Subject subject = daemon::MakeSubject(identity);
    for (const matching::CandidateKey& key : subject.keys) {
      const auto found = view->FindCandidates({key.value}, limits);
      ASSERT_TRUE(found.ok());
      const bool listed =
          std::any_of(found->candidates.begin(), found->candidates.end(),
                      [&](const auto& candidate) { return candidate.identity_id == identity.id; });
      EXPECT_TRUE(listed || !found->full_key_positions.empty()) << "identity " << identity.id;
    }
    for (const matching::TermValue& term : subject.record.terms) {
      ++terms[{static_cast<int>(term.column), term.value_hash}];
    }
    // I8: one identity a local id.
    EXPECT_TRUE(local_ids.emplace(identity.domain, identity.local_id).second);
    EXPECT_EQ(*view->FindByLocalId(identity.domain, identity.local_id), identity.id);
    // I11: what the status rests on is there, and the periods end with it.
    const TrustStatus status = matching::StatusOf(identity.trust);
    ++statuses[status];
    EXPECT_EQ(identity.ins.has_value(), identity.trust.insi_accepted) << identity.id;
    if (identity.trust.document_checked) {
      ASSERT_TRUE(identity.evidence.has_value()) << identity.id;
      EXPECT_TRUE(identity.evidence->high_assurance) << identity.id;
    }
    if (identity.trust.attributes.doubtful || identity.trust.attributes.fictitious) {
      EXPECT_EQ(status, TrustStatus::kProvisional) << identity.id;
    }
    ASSERT_FALSE(identity.status_periods.empty());
    EXPECT_EQ(identity.status_periods.back().status, status) << identity.id;
    for (std::size_t i = 1; i < identity.status_periods.size(); ++i) {
      EXPECT_LT(identity.status_periods[i - 1].effective_at,
                identity.status_periods[i].effective_at);
      EXPECT_NE(identity.status_periods[i - 1].status, identity.status_periods[i].status);
    }
    if (identity.ins) {
      EXPECT_EQ(std::count(identity.ins_history.begin(), identity.ins_history.end(), *identity.ins),
                0);
    }
    // History is dense and its versions chain.
    const auto history = registry_->History(identity.id, 0, 200);
    ASSERT_TRUE(history.ok());
    ASSERT_EQ(history->size(), static_cast<std::size_t>(identity.version));
    for (std::size_t i = 0; i + 1 < history->size(); ++i) {
      EXPECT_EQ((*history)[i].version, identity.version - static_cast<std::int64_t>(i));
      EXPECT_EQ((*history)[i].before->version, (*history)[i].version - 1);
    }
  }
  for (const auto& [term, count] : terms) {
    const auto counted = view->TermCounts({{static_cast<std::uint8_t>(term.first), term.second}});
    EXPECT_EQ(counted->front(), count);
  }
  // I14: the counters are those of the records.
  const storage::Counts counts = *view->GetCounts();
  EXPECT_EQ(counts.identity_count, static_cast<std::int64_t>(all.size()));
  EXPECT_EQ(counts.qualified_count, statuses[TrustStatus::kQualified]);
  EXPECT_EQ(counts.recovered_count, statuses[TrustStatus::kRecovered]);
  EXPECT_EQ(counts.validated_count, statuses[TrustStatus::kValidated]);
  EXPECT_EQ(counts.provisional_count, statuses[TrustStatus::kProvisional]);
}

// What is kept in memory of identities compared before must never be seen in an answer: a registry
// that keeps nothing answers the same at every moment of a life full of changes and refusals.
TEST_P(Invariants, AMatchIsThatOfARegistryThatKeepsNoRecords) {
  daemon::RegistryOptions options;
  options.record_cache_bytes = 0;
  options.clock = [this] { return now_; };
  const auto forgetful =
      *daemon::Registry::Create(store_.get(), matching::FrenchHospitalModel(), {}, options);
  std::size_t found = 0;
  for (int i = 0; i < 400; ++i) {
    Live();
    daemon::MatchRequest request;
    request.traits = SomeTraits();
    if (Below(4) == 0) request.ins = SomeIns();
    request.probability_min = Below(3) == 0 ? 0.0 : 0.05;
    const auto match = registry_->Match(request);
    const auto expected = forgetful->Match(request);
    ASSERT_TRUE(match.ok() && expected.ok());
    ASSERT_EQ(match->candidates.size(), expected->candidates.size());
    for (std::size_t j = 0; j < match->candidates.size(); ++j) {
      EXPECT_EQ(match->candidates[j].identity, expected->candidates[j].identity);
      EXPECT_EQ(match->candidates[j].score.weight_bits, expected->candidates[j].score.weight_bits);
      EXPECT_EQ(match->candidates[j].score.vetoes, expected->candidates[j].score.vetoes);
    }
    found += match->candidates.size();
  }
  EXPECT_GT(found, 1000U);
}

TEST_P(Invariants, OfTheQueueHoldForEveryPair) {
  for (int i = 0; i < 400; ++i) Live();
  const std::vector<Identity> all = All();
  const auto view = store_->Read();
  const auto live = [&](matching::CaseKind kind, const Identity& a, const Identity& b) {
    const auto found = view->FindLiveCase(kind, {std::min(a.id, b.id), std::max(a.id, b.id)});
    EXPECT_TRUE(found.ok());
    return found->has_value();
  };
  int conflicts = 0;
  int certain_pairs = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = i + 1; j < all.size(); ++j) {
      const Identity& a = all[i];
      const Identity& b = all[j];
      // I10: two identities of a domain with one matricule in force, if and only if in the queue.
      const bool conflict = a.domain == b.domain && a.ins && a.ins == b.ins;
      EXPECT_EQ(live(matching::CaseKind::kInsConflict, a, b), conflict) << a.id << " " << b.id;
      conflicts += conflict ? 1 : 0;
      // I13, over every pair that the candidate keys can bring together. The counts of names have
      // moved since the pair was scored, so that only what is clear of the threshold can be asked
      // for.
      const auto why = registry_->Explain(a.id, b.id);
      ASSERT_TRUE(why.ok());
      const matching::Score& score = why->explanation.detail.score;
      const bool is_case = live(matching::CaseKind::kDuplicate, a, b);
      if (a.domain != b.domain || score.probability < 0.3) {
        EXPECT_FALSE(is_case) << a.id << " " << b.id << " " << score.weight_bits;
      } else if (score.probability > 0.7 && score.vetoes == 0 && !why->shared_keys.empty()) {
        EXPECT_TRUE(is_case) << a.id << " " << b.id << " " << score.weight_bits;
        ++certain_pairs;
      }
    }
  }
  // The test must have met what it is about.
  EXPECT_GT(conflicts, 0);
  EXPECT_GT(certain_pairs, 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Invariants, ::testing::Values(1U, 2U, 3U, 4U));

}  // namespace
}  // namespace vigie::test
