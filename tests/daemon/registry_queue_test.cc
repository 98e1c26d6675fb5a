// The queue as the desk sees it: its order, its filters, its groups, through the registry.
#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/daemon/registry_fixture.h"

namespace vigie::test {
namespace {

using daemon::QueueFilter;
using daemon::QueueRequest;
using matching::Case;
using matching::CaseKind;
using matching::CaseState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class Queue : public RegistryTest {
 protected:
  // A registry of its own on the same store, as after a restart.
  std::unique_ptr<daemon::Registry> Another() {
    daemon::RegistryOptions options;
    options.clock = [this] { return now_; };
    auto made = daemon::Registry::Create(store_.get(), matching::FrenchHospitalModel(),
                                         matching::ShippedIndicatorDefinitions(), options);
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }
  std::vector<std::uint64_t> Listed(const QueueFilter& filter, bool collapse = false) {
    return ListedBy(*registry_, filter, collapse);
  }
  static std::vector<std::uint64_t> ListedBy(daemon::Registry& registry, const QueueFilter& filter,
                                             bool collapse = false) {
    const auto page = registry.ListCases({filter, collapse, 200, ""});
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<std::uint64_t> ids;
    if (page.ok()) {
      for (const Case& one : page->cases) ids.push_back(one.id);
    }
    const auto count = registry.CountCases(filter);
    EXPECT_TRUE(count.ok()) << count.status();
    if (!collapse) {
      EXPECT_EQ(count.value_or(-1), static_cast<std::int64_t>(ids.size()));
    }
    return ids;
  }
  std::uint64_t Pair(const std::string& left, const std::string& right,
                     const matching::Traits& traits) {
    Register(left, traits);
    const daemon::RegisterResult second = Register(right, traits);
    EXPECT_THAT(second.opened_case_ids, SizeIs(1));
    return second.opened_case_ids.empty() ? 0 : second.opened_case_ids[0];
  }
  static matching::Traits Hugo() {
    return Person("KOWALSKI", "HUGO", Day(2001, 6, 17), matching::Sex::kMale);
  }
  static matching::Traits Lea() { return Person("MARTINEAU", "LEA", Day(1988, 2, 3)); }
};

// They have no weight: the queue by band and weight had them at its very end.
TEST_F(Queue, AnInsConflictComesBeforeADuplicateHoweverCertain) {
  daemon::RegistryOptions options;
  options.review.detectors_off = {"contradictory_matricule"};  // it has its own tests
  Open(options);
  const std::uint64_t duplicate = Pair("1", "2", Hugo());
  RegisterQualified("3", Zoe(), ZoeIns());
  matching::Traits other = Zoe();
  other.birth_family_name = "DUPRE";
  other.first_birth_given_name = other.birth_given_names = "CAMILLE";
  other.birth_date = Day(1960, 1, 2);
  daemon::RegisterRequest request = Request("4", other);
  request.insi_answer = Answer(other, ZoeIns(), now_ - 1h);
  const daemon::RegisterResult conflicting = Register(request);
  ASSERT_THAT(conflicting.opened_case_ids, SizeIs(1));
  const auto page = registry_->ListCases({{}, false, 10, ""});
  ASSERT_TRUE(page.ok());
  ASSERT_THAT(page->cases, SizeIs(2));
  EXPECT_EQ(page->cases[0].id, conflicting.opened_case_ids[0]);
  EXPECT_EQ(page->cases[0].kind, CaseKind::kInsConflict);
  EXPECT_EQ(page->cases[0].priority, 765);  // one of them is qualified
  EXPECT_EQ(page->cases[1].id, duplicate);
  EXPECT_GT(page->cases[1].priority, 300);
  EXPECT_LT(page->cases[1].priority, 401);
}

TEST_F(Queue, ACaseIsMoreUrgentOnceAnIdentityOfItIsValidated) {
  const std::uint64_t id = Pair("1", "2", Zoe());
  const Case before = registry_->GetCase(id)->review_case;
  ASSERT_TRUE(RecordEvidence(before.identity_ids[1], "passport", Day(2026, 3, 1)).ok());
  const Case after = registry_->GetCase(id)->review_case;
  EXPECT_GE(after.priority, before.priority + 45);
  EXPECT_EQ(after.version, before.version + 1);
  EXPECT_THAT(Listed({}), ElementsAre(id));
}

TEST_F(Queue, HoldsWhatWasCommittedBeforeItWasAskedAndIsTheSameAfterARestart) {
  EXPECT_THAT(Listed({}), IsEmpty());
  const std::uint64_t first = Pair("1", "2", Zoe());
  EXPECT_THAT(Listed({}), ElementsAre(first));
  const std::uint64_t second = Pair("3", "4", Hugo());
  EXPECT_THAT(Listed({}), UnorderedElementsAre(first, second));
  daemon::DecideRequest decide;
  decide.context = Context();
  decide.case_id = first;
  decide.verdict = matching::Verdict::kDifferentPersons;
  ASSERT_TRUE(registry_->Decide(decide).ok());
  QueueFilter open;
  open.state = CaseState::kOpen;
  QueueFilter decided;
  decided.state = CaseState::kDecided;
  EXPECT_THAT(Listed(open), ElementsAre(second));
  EXPECT_THAT(Listed(decided), ElementsAre(first));
  const auto restarted = Another();
  EXPECT_THAT(ListedBy(*restarted, open), ElementsAre(second));
  EXPECT_THAT(ListedBy(*restarted, decided), ElementsAre(first));
  // Both follow the one store.
  const std::uint64_t third = Pair("5", "6", Lea());
  EXPECT_THAT(Listed(open), UnorderedElementsAre(second, third));
  EXPECT_THAT(ListedBy(*restarted, open), UnorderedElementsAre(second, third));
}

TEST_F(Queue, MineAreTheCasesWhoseClaimLasts) {
  const std::uint64_t mine = Pair("1", "2", Zoe());
  const std::uint64_t other = Pair("3", "4", Hugo());
  const auto claim = [&](std::uint64_t id, const std::string& who) {
    daemon::CaseRequest request;
    request.context = Context();
    request.context.actor = who;
    request.case_id = id;
    ASSERT_TRUE(registry_->ClaimCase(request).ok());
  };
  claim(mine, "zoe");
  claim(other, "leo");
  QueueFilter filter;
  filter.assignee = "zoe";
  EXPECT_THAT(Listed(filter), ElementsAre(mine));
  now_ += 29min;
  EXPECT_THAT(Listed(filter), ElementsAre(mine));
  now_ += 1min;
  EXPECT_THAT(Listed(filter), IsEmpty());
  filter.assignee = "nobody";
  EXPECT_THAT(Listed(filter), IsEmpty());
}

TEST_F(Queue, IsFilteredByIdentityReasonAgeAndWeight) {
  const std::uint64_t first = Pair("1", "2", Zoe());
  now_ += 48h;
  const std::uint64_t second = Pair("3", "4", Hugo());
  const Case one = registry_->GetCase(first)->review_case;
  QueueFilter filter;
  filter.identity_id = one.identity_ids[1];
  EXPECT_THAT(Listed(filter), ElementsAre(first));
  filter = {};
  filter.reason = "score_above_review_threshold";
  EXPECT_THAT(Listed(filter), UnorderedElementsAre(first, second));
  filter.reason = "score_above";
  EXPECT_THAT(Listed(filter), IsEmpty());
  filter = {};
  filter.opened_from = now_;
  EXPECT_THAT(Listed(filter), ElementsAre(second));
  filter = {};
  filter.opened_before = now_;
  EXPECT_THAT(Listed(filter), ElementsAre(first));
  filter = {};
  filter.weight_bits_min = one.weight_bits;
  filter.weight_bits_max = one.weight_bits;
  filter.identity_id = one.identity_ids[0];
  EXPECT_THAT(Listed(filter), ElementsAre(first));
  filter.weight_bits_min = one.weight_bits + 0.001;
  filter.weight_bits_max.reset();
  EXPECT_THAT(Listed(filter), IsEmpty());
  filter = {};
  filter.weight_bits_max = std::nan("");
  EXPECT_THAT(FieldsOf(registry_->CountCases(filter).status()),
              ElementsAre("filter.weight_bits_max:out_of_range"));
  EXPECT_THAT(FieldsOf(registry_->ListCases({filter, false, 0, ""}).status()),
              ElementsAre("filter.weight_bits_max:out_of_range"));
}

TEST_F(Queue, IsFilteredByTheNewestVisitAsItIsNow) {
  const std::uint64_t first = Pair("1", "2", Zoe());
  const std::uint64_t second = Pair("3", "4", Hugo());
  QueueFilter here, there, lately, before;
  here.site_finess = kSite;
  there.site_finess = kOtherSite;
  lately.visited_from = now_ - 24h;
  before.visited_before = now_ - 24h;
  EXPECT_THAT(Listed(here), IsEmpty());
  EXPECT_THAT(Listed(before), IsEmpty());
  RecordVisit(Visit("V1", "1", now_ - 72h));
  RecordVisit(Visit("V2", "4", now_ - 2h));
  EXPECT_THAT(Listed(here), UnorderedElementsAre(first, second));
  EXPECT_THAT(Listed(lately), ElementsAre(second));
  EXPECT_THAT(Listed(before), ElementsAre(first));
  // A newer one elsewhere, of the other identity of the pair.
  matching::Visit newer = Visit("V3", "2", now_ - 1h);
  newer.site_finess = kOtherSite;
  RecordVisit(newer);
  EXPECT_THAT(Listed(here), ElementsAre(second));
  EXPECT_THAT(Listed(there), ElementsAre(first));
  EXPECT_THAT(Listed(lately), UnorderedElementsAre(first, second));
  // A cancelled one counts no more, and one given to another identity counts there.
  ASSERT_TRUE(registry_->CancelVisit({Context(), kDomain, "V3", 0}).ok());
  EXPECT_THAT(Listed(there), IsEmpty());
  EXPECT_THAT(Listed(before), ElementsAre(first));
  matching::Visit moved = Visit("V2", "1", now_ - 2h);
  RecordVisit(moved);
  EXPECT_THAT(Listed(lately), ElementsAre(first));
  EXPECT_THAT(Listed(here), ElementsAre(first));
  const auto restarted = Another();
  EXPECT_THAT(ListedBy(*restarted, lately), ElementsAre(first));
}

TEST_F(Queue, PagesGoOnWhereTheyStoppedWhateverHappenedBetween) {
  for (int i = 0; i < 6; ++i) {
    matching::Traits traits = Zoe();
    traits.birth_date.day = static_cast<std::uint8_t>(1 + i * 4);
    traits.birth_date.month = static_cast<std::uint8_t>(1 + i);
    traits.birth_family_name = std::string(5, static_cast<char>('B' + i)) + "ADRUN";
    Pair("a" + std::to_string(i), "b" + std::to_string(i), traits);
  }
  const std::vector<std::uint64_t> all = Listed({});
  ASSERT_GE(all.size(), 6U);
  const auto first = registry_->ListCases({{}, false, 2, ""});
  ASSERT_TRUE(first.ok());
  // The last case shown leaves its place: the next page still begins behind it.
  daemon::CaseRequest hold;
  hold.context = Context();
  hold.case_id = first->cases[1].id;
  hold.hold_until = Day(2026, 4, 1);
  ASSERT_TRUE(registry_->HoldCase(hold).ok());
  const auto second = registry_->ListCases({{}, false, 2, first->next_page_token});
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->cases[0].id, all[2]);
  EXPECT_EQ(second->cases[1].id, all[3]);
  for (const char* bad : {"x", "1", "1.2", "1.2.3.4", "1.2.3 ", "01.2.3", "1001.2.3", "-1.2.3",
                          "1.9221120237041090561.3", "1..3", "99999999999999999999.2.3"}) {
    EXPECT_EQ(ReasonOf(registry_->ListCases({{}, false, 2, bad}).status()), "page_token_invalid")
        << bad;
  }
}

TEST_F(Queue, AGroupOfThreeIsShownAsOneAndDecidedPairByPair) {
  Register("1", Zoe());
  Register("2", Zoe());
  Register("3", Zoe());
  const std::uint64_t alone = Pair("4", "5", Hugo());
  ASSERT_THAT(Listed({}), SizeIs(4));
  const auto collapsed = registry_->ListCases({{}, true, 10, ""});
  ASSERT_TRUE(collapsed.ok());
  ASSERT_THAT(collapsed->cases, SizeIs(2));
  ASSERT_THAT(collapsed->groups, SizeIs(2));
  const std::size_t grouped = collapsed->cases[0].id == alone ? 1 : 0;
  EXPECT_THAT(collapsed->groups[grouped].case_ids, SizeIs(3));
  EXPECT_THAT(collapsed->groups[grouped].identity_ids, SizeIs(3));
  EXPECT_THAT(collapsed->groups[1 - grouped].case_ids, IsEmpty());
  const std::uint64_t leader = collapsed->cases[grouped].id;
  const auto view = registry_->GetCase(leader);
  ASSERT_TRUE(view.ok());
  ASSERT_THAT(view->group_cases, SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(view->group_cases[i].id, view->group.case_ids[i]);
  }
  EXPECT_THAT(registry_->GetCase(alone)->group_cases, IsEmpty());
  // One pair decided: what is left is a chain of three, then a pair.
  daemon::DecideRequest decide;
  decide.verdict = matching::Verdict::kDifferentPersons;
  decide.context = Context();
  decide.case_id = view->group.case_ids[0];
  ASSERT_TRUE(registry_->Decide(decide).ok());
  EXPECT_THAT(registry_->GetCase(view->group.case_ids[1])->group.case_ids, SizeIs(2));
  EXPECT_THAT(registry_->GetCase(view->group.case_ids[0])->group.case_ids, IsEmpty());
  decide.context = Context();
  decide.case_id = view->group.case_ids[1];
  ASSERT_TRUE(registry_->Decide(decide).ok());
  EXPECT_THAT(registry_->GetCase(view->group.case_ids[2])->group.case_ids, IsEmpty());
}

TEST_F(Queue, IsAskedWhileOthersWriteAndEndsExact) {
  std::atomic<bool> done = false;
  std::thread reader([&] {
    QueueFilter filter;
    filter.site_finess = kSite;
    while (!done) {
      EXPECT_TRUE(registry_->ListCases({{}, true, 50, ""}).ok());
      EXPECT_TRUE(registry_->CountCases(filter).ok());
    }
  });
  for (int i = 0; i < 12; ++i) {
    const std::string id = std::to_string(i);
    Register(id, Zoe());
    RecordVisit(Visit("V" + id, id, now_ - 1h));
  }
  done = true;
  reader.join();
  QueueFilter filter;
  filter.site_finess = kSite;
  EXPECT_THAT(Listed(filter), SizeIs(12 * 11 / 2));
  EXPECT_THAT(Listed({}, true), SizeIs(1));
}

}  // namespace
}  // namespace vigie::test
