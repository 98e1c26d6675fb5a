// Blind labels, the sample they are drawn from, and what they say of the detectors.
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <set>
#include <thread>

#include "daemon/registry/labels.h"
#include "tests/daemon/registry_fixture.h"
#include "tests/support/people.h"

namespace vigie::daemon {
namespace {

using matching::IdentityId;
using matching::LabelOrigin;
using matching::LabelPair;
using matching::LabelVerdict;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace test;  // NOLINT(google-build-using-namespace): the fixture's words

class RegistryLabels : public RegistryTest {
 protected:
  RegistryLabels() { OpenWith(1, 0); }

  void OpenWith(double blind_share, double sample_below_share) {
    RegistryOptions options;
    options.review.blind_share = blind_share;
    options.review.sample_below_share = sample_below_share;
    Open(options);
  }

  MutationContext By(const std::string& actor) {
    MutationContext context = Context();
    context.actor = actor;
    context.reason.clear();
    return context;
  }

  // Two records of one person; people of other names have nothing else in common either.
  void RegisterTwice(const std::string& name = "KERVADEC") {
    const int letter = name.front() - 'A';
    const matching::Traits person = Person(name, std::string(name.rbegin(), name.rend()),
                                           Day(1950 + 2 * letter, 1 + letter % 12, 1 + letter));
    first_ = Register("A" + name, person).identity.id;
    second_ = Register("B" + name, person).identity.id;
  }

  LabelRequest Request(const std::string& actor, LabelVerdict verdict) {
    return {By(actor), {first_, second_}, verdict, ""};
  }
  absl::Status Label(const std::string& actor, LabelVerdict verdict = LabelVerdict::kSame) {
    return registry_->RecordLabel(Request(actor, verdict)).status();
  }
  std::optional<LabelQuestion> Next(const std::string& actor) {
    const auto next = registry_->NextLabel(actor);
    EXPECT_TRUE(next.ok()) << next.status();
    return next.ok() ? next->question : std::nullopt;
  }
  void DrawAll() {
    while (true) {
      const auto looked_at = registry_->DrawLabels();
      ASSERT_TRUE(looked_at.ok()) << looked_at.status();
      if (*looked_at == 0) return;
    }
  }
  std::vector<LabelPair> Drawn() {
    std::vector<LabelPair> pairs;
    EXPECT_TRUE(store_->Read()
                    ->ScanLabelPairs([&](const LabelPair& pair) {
                      pairs.push_back(pair);
                      return true;
                    })
                    .ok());
    return pairs;
  }
  ReviewQualityResult Quality() {
    const auto quality = registry_->ReviewQuality({});
    EXPECT_TRUE(quality.ok()) << quality.status();
    return quality.ok() ? *quality : ReviewQualityResult{};
  }
  void Decide(std::uint64_t case_id, matching::Verdict verdict, const std::string& actor) {
    DecideRequest request;
    request.context = By(actor);
    request.case_id = case_id;
    request.verdict = verdict;
    if (verdict == matching::Verdict::kDuplicate) {
      request.surviving_id = registry_->GetCase(case_id)->review_case.identity_ids.front();
    }
    const auto decided = registry_->Decide(request);
    ASSERT_TRUE(decided.ok()) << decided.status();
    decision_id_ = decided->decision.id;
  }

  IdentityId first_ = 0, second_ = 0;
  std::uint64_t decision_id_ = 0;
};

TEST_F(RegistryLabels, TwoPeopleLabelAPairAndNobodyTwice) {
  RegisterTwice();
  const auto question = Next("ines");
  ASSERT_TRUE(question);
  EXPECT_EQ(question->left.id, first_);
  EXPECT_EQ(question->right.id, second_);
  EXPECT_TRUE(Label("ines").ok());
  EXPECT_FALSE(Next("ines")) << "labelled already";
  EXPECT_EQ(ReasonOf(Label("ines")), "pair_labelled");
  ASSERT_TRUE(Next("paul"));
  EXPECT_TRUE(Label("paul", LabelVerdict::kDifferent).ok());
  EXPECT_FALSE(Next("lea")) << "two have labelled it";
  EXPECT_EQ(ReasonOf(Label("lea")), "pair_labelled");
  ASSERT_EQ(Drawn().size(), 1u);
  EXPECT_EQ(Drawn().front().labels.size(), 2u);
}

TEST_F(RegistryLabels, OfManyAtOnceTwoAreKept) {
  RegisterTwice();
  DrawAll();
  std::atomic<int> kept = 0;
  std::vector<LabelRequest> requests;
  for (int i = 0; i < 8; ++i) {
    requests.push_back(Request("person " + std::to_string(i), LabelVerdict::kSame));
  }
  std::vector<std::thread> people;
  people.reserve(requests.size());
  for (const LabelRequest& request : requests) {
    people.emplace_back([&] { kept += registry_->RecordLabel(request).ok() ? 1 : 0; });
  }
  for (std::thread& person : people) person.join();
  EXPECT_EQ(kept, 2);
}

TEST_F(RegistryLabels, WhoDecidedThePairMayNotLabelIt) {
  RegisterTwice();
  Decide(Cases(std::nullopt).front().id, matching::Verdict::kDifferentPersons, "ines");
  DrawAll();
  EXPECT_FALSE(Next("ines"));
  EXPECT_EQ(ReasonOf(Label("ines")), "labeller_decided");
  EXPECT_TRUE(Next("paul"));
  EXPECT_TRUE(Label("paul").ok());
}

TEST_F(RegistryLabels, ALabelIsNoDecision) {
  RegisterTwice();
  DrawAll();
  const matching::Case before = Cases(std::nullopt).front();
  const matching::Identity identity = Get(first_);
  EXPECT_TRUE(Label("ines").ok());
  EXPECT_TRUE(Label("paul").ok());
  EXPECT_EQ(Cases(std::nullopt).front(), before);
  EXPECT_EQ(Get(first_), identity);
  EXPECT_THAT(registry_->ListDecisions({})->decisions, IsEmpty());
}

TEST_F(RegistryLabels, ALabelAskedForAgainIsAnsweredAsBefore) {
  RegisterTwice();
  DrawAll();
  LabelRequest request = Request("ines", LabelVerdict::kCannotSay);
  request.note = "no birth place";
  const auto first = registry_->RecordLabel(request);
  ASSERT_TRUE(first.ok()) << first.status();
  const std::int64_t commits = CommitNumber();
  const auto again = registry_->RecordLabel(request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->label, first->label);
  EXPECT_EQ(again->commit_number, first->commit_number);
  EXPECT_EQ(CommitNumber(), commits);
  request.verdict = LabelVerdict::kSame;
  EXPECT_EQ(ReasonOf(registry_->RecordLabel(request).status()), "request_id_reused");
}

TEST_F(RegistryLabels, RefusesWhatCannotBeLabelled) {
  RegisterTwice();
  EXPECT_EQ(ReasonOf(Label("ines")), "label_not_found") << "not drawn yet";
  LabelRequest request = Request("", LabelVerdict::kSame);
  request.identity_ids = {first_, first_};
  request.note = std::string(kNoteLengthMax + 1, 'x');
  EXPECT_THAT(FieldsOf(registry_->RecordLabel(request).status()),
              ElementsAre("actor:required", "identity_ids:two_required", "note:too_long"));
  EXPECT_THAT(FieldsOf(registry_->NextLabel("").status()), ElementsAre("labeller:required"));
  EXPECT_THAT(FieldsOf(registry_->NextLabel(std::string(129, 'a')).status()),
              ElementsAre("labeller:too_long"));
  EXPECT_EQ(ReasonOf(registry_->ListLabelledPairs({false, 0, "1.x"}).status()),
            "page_token_invalid");
  ReviewQualityRequest window;
  window.from = Day(2026, 3, 2);
  window.to = Day(2026, 3, 1);
  EXPECT_THAT(FieldsOf(registry_->ReviewQuality(window).status()),
              ElementsAre("end_date:before_from"));
}

TEST_F(RegistryLabels, PeopleJudgeWhatTheModelJudged) {
  RegisterTwice();
  DrawAll();
  matching::Traits other = Get(second_).traits;
  other.birth_family_name = "TANGUY";
  ASSERT_TRUE(Update(second_, other, {"birth_family_name"}).ok());
  EXPECT_EQ(Get(second_).traits.birth_family_name, "TANGUY");
  EXPECT_EQ(Next("ines")->right.traits.birth_family_name, "KERVADEC");
}

TEST_F(RegistryLabels, NothingIsDrawnWithoutAShare) {
  OpenWith(0, 0);
  RegisterTwice();
  const std::int64_t commits = CommitNumber();
  EXPECT_EQ(*registry_->DrawLabels(), 0);
  EXPECT_FALSE(Next("ines"));
  EXPECT_EQ(CommitNumber(), commits);
}

TEST_F(RegistryLabels, OnlyWhatTwoHaveLabelledIsListedWithItsScore) {
  RegisterTwice("AU");
  RegisterTwice("EC");
  DrawAll();
  EXPECT_TRUE(Label("ines").ok());
  EXPECT_THAT(registry_->ListLabelledPairs({})->pairs, IsEmpty()) << "one waits, one half done";
  EXPECT_TRUE(Label("paul", LabelVerdict::kDifferent).ok());
  const auto differing = registry_->ListLabelledPairs({true, 0, ""});
  ASSERT_EQ(differing->pairs.size(), 1u);
  EXPECT_EQ(differing->pairs.front().right_id, second_);
  EXPECT_GT(differing->pairs.front().probability, 0.5);
  first_ -= 2, second_ -= 2;
  EXPECT_TRUE(Label("ines").ok());
  EXPECT_TRUE(Label("paul").ok());
  EXPECT_EQ(registry_->ListLabelledPairs({true, 0, ""})->pairs.size(), 1u);
  const auto page = registry_->ListLabelledPairs({false, 1, ""});
  ASSERT_EQ(page->pairs.size(), 1u);
  EXPECT_EQ(page->pairs.front().right_id, second_);
  const auto rest = registry_->ListLabelledPairs({false, 1, page->next_page_token});
  ASSERT_EQ(rest->pairs.size(), 1u);
  EXPECT_EQ(rest->pairs.front().right_id, second_ + 2);
  EXPECT_EQ(rest->next_page_token, "");
}

TEST_F(RegistryLabels, OfAnEmptyBaseNothingIsSaid) {
  const ReviewQualityResult quality = Quality();
  ASSERT_EQ(quality.detectors.size(), matching::kCaseKinds.size());
  for (const DetectorQuality& detector : quality.detectors) {
    EXPECT_FALSE(detector.decided_precision || detector.labelled_precision || detector.sensitivity)
        << detector.detector;
  }
  EXPECT_FALSE(quality.agreement.agreed_share);
  EXPECT_FALSE(quality.agreement.kappa);
  EXPECT_FALSE(quality.decided_calibration.Error());
}

TEST_F(RegistryLabels, PrecisionCountsDecisionsInForceAndInTheWindow) {
  const std::vector<std::string> names = {"AUBERTIN", "ECKMUHL", "INGOUF", "OTHILY", "ULRICH"};
  for (const std::string& name : names) RegisterTwice(name);
  const auto cases = Cases(matching::CaseKind::kDuplicate);
  ASSERT_EQ(cases.size(), names.size());
  Decide(cases[0].id, matching::Verdict::kDuplicate, "ines");
  Decide(cases[1].id, matching::Verdict::kDuplicate, "ines");
  Decide(cases[2].id, matching::Verdict::kDifferentPersons, "ines");
  Decide(cases[4].id, matching::Verdict::kUndecided, "ines");
  Decide(cases[3].id, matching::Verdict::kDifferentPersons, "ines");
  ASSERT_TRUE(registry_->UndoDecision({By("ines"), decision_id_, 0}).ok());
  const DetectorQuality duplicate = Quality().detectors.front();
  EXPECT_EQ(duplicate.detector, "duplicate");
  EXPECT_EQ(duplicate.opened_count, 5);
  EXPECT_EQ(duplicate.decided_count, 3);
  EXPECT_EQ(duplicate.confirmed_count, 2);
  EXPECT_EQ(duplicate.refuted_count, 1);
  EXPECT_EQ(duplicate.decided_precision, matching::ShareOf(2, 3));
  EXPECT_EQ(Quality().decided_calibration.pair_count(), 3);
  ReviewQualityRequest later;
  later.from = Day(2026, 3, 11);
  EXPECT_FALSE(registry_->ReviewQuality(later)->detectors.front().decided_precision);
  EXPECT_EQ(registry_->ReviewQuality(later)->detectors.front().opened_count, 0);
}

TEST_F(RegistryLabels, AgreementIsWhatTwoPeopleSaid) {
  const std::vector<std::pair<LabelVerdict, LabelVerdict>> said = {
      {LabelVerdict::kSame, LabelVerdict::kSame},
      {LabelVerdict::kSame, LabelVerdict::kSame},
      {LabelVerdict::kDifferent, LabelVerdict::kDifferent},
      {LabelVerdict::kSame, LabelVerdict::kCannotSay},
      {LabelVerdict::kCannotSay, LabelVerdict::kCannotSay}};
  int mark = 0;
  for (const auto& [ines, paul] : said) {
    RegisterTwice(std::string(1, static_cast<char>('A' + mark++)) + "LO");
    DrawAll();
    EXPECT_TRUE(Label("ines", ines).ok());
    EXPECT_TRUE(Label("paul", paul).ok());
  }
  const ReviewQualityResult quality = Quality();
  EXPECT_EQ(quality.agreement.pair_count, 5);
  EXPECT_EQ(quality.agreement.agreed_count, 4);
  EXPECT_EQ(quality.agreement.agreed_share, matching::ShareOf(4, 5));
  EXPECT_EQ(quality.agreement.kappa, matching::CohenKappa({{{2, 0, 1}, {0, 1, 0}, {0, 0, 1}}}));
  EXPECT_EQ(quality.detectors.front().agreed_queue_count, 3);
  EXPECT_NEAR(quality.detectors.front().labelled_precision->value, 2.0 / 3, 1e-12);
  EXPECT_EQ(quality.labelled_calibration.pair_count(), 3);
  EXPECT_FALSE(quality.detectors.front().sensitivity) << "nothing below was drawn";
}

// A base of people some of whom are registered again with errors, and who each record is.
class RegistrySample : public RegistryLabels {
 protected:
  void Fill(int people_count, std::uint64_t seed, std::uint64_t errors_max) {
    People people(seed);
    std::vector<RegisterRequest> requests;
    std::vector<int> whose;
    for (int person = 0; person < people_count; ++person) {
      const matching::Traits traits = people.Person();
      for (int copy = 0; copy < 2; ++copy) {
        const std::string local_id = std::to_string(person) + "." + std::to_string(copy);
        requests.push_back(RegistryTest::Request(
            local_id, copy == 0 ? traits : people.RegisteredAgain(traits, errors_max)));
        whose.push_back(person);
      }
    }
    const auto results = registry_->RegisterAll(requests);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i].ok()) person_of_[results[i]->identity.id] = whose[i];
    }
    EXPECT_GT(person_of_.size(), requests.size() * 9 / 10);
  }
  bool IsSame(IdentityId left, IdentityId right) {
    return person_of_.at(left) == person_of_.at(right);
  }
  void LabelAll() {
    for (const LabelPair& pair : Drawn()) {
      first_ = pair.left_id;
      second_ = pair.right_id;
      const LabelVerdict verdict =
          IsSame(first_, second_) ? LabelVerdict::kSame : LabelVerdict::kDifferent;
      ASSERT_TRUE(Label("ines", verdict).ok());
      ASSERT_TRUE(Label("paul", verdict).ok());
    }
  }
  std::vector<matching::Case> AllCases() {
    std::vector<matching::Case> cases;
    EXPECT_TRUE(store_->Read()
                    ->ScanCases(0,
                                [&](const matching::Case& c) {
                                  cases.push_back(c);
                                  return true;
                                })
                    .ok());
    std::erase_if(cases, [](const matching::Case& c) {
      return c.kind != matching::CaseKind::kDuplicate || c.state == matching::CaseState::kWithdrawn;
    });
    return cases;
  }

  std::map<IdentityId, int> person_of_;
};

TEST_F(RegistrySample, TheShareHoldsWhateverTheScore) {
  constexpr double kShare = 0.3;
  OpenWith(kShare, 0);
  Fill(1000, 11, 2);
  DrawAll();
  std::set<std::uint64_t> drawn;
  for (const LabelPair& pair : Drawn()) {
    EXPECT_EQ(pair.origin, LabelOrigin::kQueue);
    EXPECT_EQ(pair.inclusion_probability, kShare);
    drawn.insert(pair.case_id);
  }
  std::vector<matching::Case> cases = AllCases();
  ASSERT_GT(cases.size(), 700u);
  std::sort(cases.begin(), cases.end(), [](const auto& left, const auto& right) {
    return left.weight_bits < right.weight_bits;
  });
  const std::size_t half = cases.size() / 2;
  for (const auto& [begin, end] :
       {std::pair{std::size_t{0}, half}, std::pair{half, cases.size()}}) {
    const auto count = static_cast<double>(end - begin);
    double chosen = 0;
    for (std::size_t i = begin; i < end; ++i) chosen += drawn.contains(cases[i].id) ? 1 : 0;
    // Four standard deviations.
    EXPECT_NEAR(chosen / count, kShare, 4 * std::sqrt(kShare * (1 - kShare) / count));
  }
}

TEST_F(RegistrySample, EachPairBelowStandsForThoseItWasDrawnFrom) {
  OpenWith(0.5, 0.5);
  Fill(1500, 12, 4);
  DrawAll();
  // Everything below the threshold, by asking for the candidates of every identity.
  const matching::Model& model = *matching::FrenchHospitalModel();
  const double threshold = model.thresholds.review_probability_min;
  const double threshold_bits = std::log2(threshold / (1 - threshold));
  std::set<std::pair<IdentityId, IdentityId>> queue;
  for (const matching::Case& c : AllCases()) {
    queue.emplace(c.identity_ids.front(), c.identity_ids.back());
  }
  double found_same = 0;
  for (const auto& [left, right] : queue) found_same += IsSame(left, right) ? 1 : 0;
  std::array<double, matching::kLabelStrata> all{};
  double missed_same = 0;
  for (const auto& [id, person] : person_of_) {
    MatchRequest request;
    request.traits = Get(id).traits;
    request.limit = 100;
    request.probability_min = 1 / (1 + std::exp2(kStratumBitsMax.back() - threshold_bits));
    const auto result = registry_->Match(request);
    ASSERT_TRUE(result.ok()) << result.status();
    for (const ScoredCandidate& candidate : result->candidates) {
      const IdentityId other = candidate.identity.id;
      if (other >= id || candidate.score.probability >= threshold || queue.contains({other, id})) {
        continue;
      }
      const double probability = candidate.score.probability;
      const double lacking = threshold_bits - std::log2(probability / (1 - probability));
      ++all[lacking <= 4 ? 1 : lacking <= 8 ? 2 : 3];
      missed_same += IsSame(other, id) ? 1 : 0;
    }
  }
  std::array<double, matching::kLabelStrata> estimated{};
  for (const LabelPair& pair : Drawn()) {
    if (pair.origin == LabelOrigin::kQueue) continue;
    EXPECT_EQ(pair.inclusion_probability, 0.5 * kStratumShare[pair.stratum]);
    EXPECT_LT(pair.probability, threshold);
    estimated[pair.stratum] += 1 / pair.inclusion_probability;
  }
  for (std::size_t h = 1; h < all.size(); ++h) {
    const double share = 0.5 * kStratumShare[h];
    // Identities are drawn whole, so that their pairs come together: wider than of single pairs.
    EXPECT_NEAR(estimated[h], all[h], 6 * std::sqrt(all[h] * (1 - share) / share))
        << "stratum " << h;
    EXPECT_GT(all[h], 20) << "stratum " << h;
  }
  EXPECT_GT(missed_same, 10);

  LabelAll();
  const DetectorQuality duplicate = Quality().detectors.front();
  const double sensitivity = found_same / (found_same + missed_same);
  ASSERT_TRUE(duplicate.sensitivity);
  EXPECT_LE(duplicate.sensitivity->low, sensitivity);
  EXPECT_GE(duplicate.sensitivity->high, sensitivity);
  EXPECT_LT(duplicate.sensitivity->high - duplicate.sensitivity->low, 0.2);
  const double precision = found_same / static_cast<double>(queue.size());
  EXPECT_LE(duplicate.labelled_precision->low, precision);
  EXPECT_GE(duplicate.labelled_precision->high, precision);
}

}  // namespace
}  // namespace vigie::daemon
