// Kept figures: the same as the records say, after any life, at any commit, from any start.
#include <atomic>
#include <random>
#include <thread>

#include "daemon/registry/figures.h"
#include "daemon/registry/rate.h"
#include "matching/date.h"
#include "tests/daemon/registry_fixture.h"

namespace vigie::test {
namespace {

using matching::IdentityId;

void RunOnThreads(std::size_t part_count, const std::function<void(std::size_t)>& run) {
  std::vector<std::thread> threads;
  for (std::size_t part = 0; part < part_count; ++part) threads.emplace_back(run, part);
  for (std::thread& thread : threads) thread.join();
}

class KeptFigures : public RegistryTest {
 protected:
  // The same base, another start.
  void Restart(daemon::RegistryOptions options = {}) {
    registry_.reset();
    options.clock = [this] { return now_; };
    options.run_together = RunOnThreads;
    auto made = daemon::Registry::Create(store_.get(), matching::FrenchHospitalModel(),
                                         matching::ShippedIndicatorDefinitions(), options);
    ASSERT_TRUE(made.ok()) << made.status();
    registry_ = *std::move(made);
  }
  daemon::FiguresLoad Load() {
    const auto load = registry_->LoadFigures({});
    EXPECT_TRUE(load.ok()) << load.status();
    return load.ok() ? *load : daemon::FiguresLoad{};
  }
  daemon::RateResult Rate(const daemon::RateRequest& request) {
    const auto result = registry_->Rate(request);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : daemon::RateResult{};
  }
  static daemon::RateRequest Window(std::vector<std::string> group_by = {}) {
    daemon::RateRequest request;
    request.from = Day(2026, 1, 1);
    request.to = Day(2026, 12, 31);
    request.group_by = std::move(group_by);
    return request;
  }
  void ExpectVerified() {
    const auto verified = registry_->VerifyFigures({});
    ASSERT_TRUE(verified.ok()) << verified.status();
    EXPECT_EQ(verified->difference_count, 0);
    for (const daemon::FigureMismatch& difference : verified->differences) {
      ADD_FAILURE() << difference.definition << " " << difference.column << ": kept "
                    << difference.kept << ", recomputed " << difference.recomputed;
    }
    EXPECT_EQ(verified->commit_number, CommitNumber());
    EXPECT_EQ(verified->definition_count,
              static_cast<std::int64_t>(matching::ShippedIndicatorDefinitions().size()));
    EXPECT_GE(verified->row_count, verified->definition_count);
  }
};

TEST_F(KeptFigures, AnswerOnceTheyAreLoadedAndNotBefore) {
  RegisterQualified("1", Zoe(), ZoeIns());
  RecordVisit(Visit("V1", "1", At(2026, 3, 11), At(2026, 3, 12)));
  EXPECT_EQ(Rate(Window()).source, daemon::RateSource::kRecomputed);
  EXPECT_FALSE(registry_->Status()->figures_loaded);
  EXPECT_EQ(ReasonOf(registry_->VerifyFigures({}).status()), "figures_not_loaded");
  const daemon::FiguresLoad load = Load();
  EXPECT_EQ(load.identity_count, 1);
  EXPECT_EQ(load.visit_count, 1);
  EXPECT_EQ(load.commit_number, CommitNumber());
  EXPECT_GT(load.bytes, 0);
  EXPECT_TRUE(registry_->Status()->figures_loaded);
  const daemon::RateResult kept = Rate(Window({"month"}));
  EXPECT_EQ(kept.source, daemon::RateSource::kKept);
  daemon::RateRequest asked_to = Window({"month"});
  asked_to.recompute = true;
  const daemon::RateResult recomputed = Rate(asked_to);
  EXPECT_EQ(recomputed.source, daemon::RateSource::kRecomputed);
  EXPECT_EQ(kept.rows, recomputed.rows);
  EXPECT_EQ(kept.total, recomputed.total);
  EXPECT_EQ(kept.days, recomputed.days);
  EXPECT_EQ(kept.total.numerator, 1);
}

TEST_F(KeptFigures, AreOfTheLastCommitAnswered) {
  Load();
  for (int i = 0; i < 20; ++i) {
    const std::string number = std::to_string(i);
    Register(number, Person("MARTIN", "LEA", Day(1980, 1, 1 + i)));
    RecordVisit(Visit("V" + number, number, At(2026, 3, 5)));
    const daemon::RateResult result = Rate(Window());
    ASSERT_EQ(result.source, daemon::RateSource::kKept);
    EXPECT_EQ(result.as_of_commit_number, CommitNumber());
    EXPECT_EQ(result.total.denominator, i + 1);
  }
  ExpectVerified();
}

TEST_F(KeptFigures, RefuseAsMuchAsTheScanDoes) {
  Load();
  EXPECT_EQ(FieldsOf(registry_->Rate(Window({"nothing"})).status()),
            std::vector<std::string>{"group_by:unknown_group"});
  daemon::VerifyFiguresRequest request;
  request.differences_max = -1;
  EXPECT_EQ(FieldsOf(registry_->VerifyFigures(request).status()),
            std::vector<std::string>{"differences_max:negative"});
}

TEST_F(KeptFigures, LoadingStopsWhenAsked) {
  for (int i = 0; i < 5000; ++i) {
    RecordVisit(Visit("V" + std::to_string(i), std::to_string(i), At(2026, 3, 5)));
  }
  EXPECT_TRUE(absl::IsCancelled(registry_->LoadFigures([] { return true; }).status()));
  EXPECT_FALSE(registry_->FiguresLoaded());
  EXPECT_EQ(Rate(Window()).source, daemon::RateSource::kRecomputed);
  EXPECT_EQ(Load().visit_count, 5000);
  ExpectVerified();
}

// --- any life ---

class KeptFiguresLife : public KeptFigures, public ::testing::WithParamInterface<unsigned> {
 protected:
  std::size_t Below(std::size_t bound) { return random_() % bound; }
  template <typename Value>
  Value Pick(const std::vector<Value>& values) {
    return values[Below(values.size())];
  }
  matching::Instant Moment() { return At(2026, 1, 1) + std::chrono::hours(Below(24 * 400)); }

  void Live() {
    now_ += std::chrono::minutes(1 + Below(400));
    const IdentityId id = 1 + Below(25);
    const std::string local_id = std::to_string(Below(40));
    switch (Below(9)) {
      case 0: {
        daemon::RegisterRequest request =
            Request(local_id, Person(Pick<std::string>({"MARTIN", "LE GOFF", "DUBOIS"}),
                                     Pick<std::string>({"LEA", "LEO", "ZOE"}),
                                     Pick<matching::Date>({Day(1980, 5, 1), Day(1999, 0, 0)})));
        if (Below(3) == 0) request.insi_answer = Answer({}, ZoeIns(), now_ - 24h);
        if (Below(3) == 0) request.evidence = matching::Evidence{"passport", Day(2026, 3, 5), true};
        (void)registry_->Register(request);
        break;
      }
      case 1: {
        const auto known = registry_->Get(id);
        if (known.ok()) (void)RecordAnswer(id, Answer(known->traits, ZoeIns(), now_));
        break;
      }
      case 2:
        (void)RecordEvidence(id, "passport", Day(2026, 3, 6), Below(6) != 0);
        break;
      case 3:
        (void)SetAttributes(id, Below(4) == 0, Below(4) == 0, Below(10) == 0);
        break;
      case 4:
        (void)registry_->WithdrawIns({Context(), id, 0, Below(2) == 0});
        break;
      case 5:
        (void)registry_->CancelVisit({Context(), kDomain, std::to_string(Below(80)), 0});
        break;
      default: {
        const matching::Instant admitted_at = Moment();
        matching::Visit visit = Visit(std::to_string(Below(80)), local_id, admitted_at);
        if (Below(3) != 0) visit.discharged_at = admitted_at + std::chrono::hours(Below(500));
        visit.site_finess = Pick<std::string>({kSite, kOtherSite});
        visit.activity = static_cast<matching::Activity>(1 + Below(5));
        visit.kind = static_cast<matching::VisitKind>(1 + Below(5));
        visit.entry_channel = Pick<std::string>({"", "desk", "online"});
        (void)registry_->RecordVisit({Context(), visit});
      }
    }
  }

  // Any definition, window, grouping, filter and cut-off, both ways.
  void ExpectSame() {
    daemon::RateRequest request;
    const matching::IndicatorDefinition definition = Pick(registry_->Definitions());
    request.definition = definition.name;
    const auto from =
        matching::DaysSinceEpoch(Day(2026, 1, 1)) + static_cast<std::int64_t>(Below(400));
    request.from = matching::DateFromDays(from);
    request.to = matching::DateFromDays(from + static_cast<std::int64_t>(Below(300)));
    if (definition.population != matching::IndicatorPopulation::kIdentityStock) {
      for (const std::string_view name : daemon::kRateGroupingNames) {
        if (Below(3) == 0) request.group_by.emplace_back(name);
      }
      if (Below(4) == 0) request.site_finess = kSite;
      if (Below(6) == 0) request.legal_entity_finess = kLegalEntity;
    }
    if (Below(3) == 0) request.cut_off = std::min(now_, Moment());
    const daemon::RateResult kept = Rate(request);
    ASSERT_EQ(kept.source, daemon::RateSource::kKept);
    request.recompute = true;
    const daemon::RateResult recomputed = Rate(request);
    ASSERT_EQ(recomputed.source, daemon::RateSource::kRecomputed);
    EXPECT_EQ(kept.as_of_commit_number, recomputed.as_of_commit_number);
    EXPECT_EQ(kept.rows, recomputed.rows) << definition.name;
    EXPECT_EQ(kept.total, recomputed.total) << definition.name;
    counted_ += kept.total.denominator;
  }

  std::mt19937 random_{GetParam()};
  std::int64_t counted_ = 0;
};

TEST_P(KeptFiguresLife, IsWhatTheRecordsSay) {
  for (int i = 0; i < 100; ++i) Live();
  Load();
  for (int i = 0; i < 400; ++i) {
    Live();
    if (i % 10 == 0) ExpectSame();
  }
  ExpectVerified();
  // Another start, in another zone: days are other days, and the figures are theirs.
  daemon::RegistryOptions options;
  options.default_time_zone = Pick<std::string>({"Indian/Reunion", "America/Cayenne"});
  Restart(options);
  Load();
  ExpectVerified();
  for (int i = 0; i < 20; ++i) ExpectSame();
  for (int i = 0; i < 50; ++i) Live();
  ExpectVerified();
  EXPECT_GT(counted_, 100);  // The test must have met what it is about.
}
INSTANTIATE_TEST_SUITE_P(Seeds, KeptFiguresLife, ::testing::Values(1U, 2U, 3U, 4U));

// --- at once ---

// Writers, readers, a load and a check beside each other: each rate is of a commit at least as new
// as the last one its reader knew to be answered, and what it counts is what that commit holds.
TEST_F(KeptFigures, AreOfOneCommitWhateverRunsBeside) {
  Restart();
  constexpr int kWriters = 3, kVisitsEach = 200;
  std::atomic<std::int64_t> answered{0}, answered_visits{0};
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      for (int i = 0; i < kVisitsEach; ++i) {
        const std::string number = std::to_string(writer * 1000 + i);
        daemon::VisitRequest request{{"w" + number, "writer", ""},
                                     Visit("V" + number, number, At(2026, 3, 5))};
        const auto result = registry_->RecordVisit(request);
        ASSERT_TRUE(result.ok()) << result.status();
        ++answered_visits;
        std::int64_t before = answered;
        while (before < result->commit_number &&
               !answered.compare_exchange_weak(before, result->commit_number)) {
        }
      }
    });
  }
  threads.emplace_back([&] {
    while (!done) {
      const std::int64_t visits_before = answered_visits, commit_before = answered;
      const auto result = registry_->Rate(Window());
      ASSERT_TRUE(result.ok()) << result.status();
      EXPECT_GE(result->as_of_commit_number, commit_before);
      EXPECT_GE(result->total.unattached_count, visits_before);
      // Each commit wrote one visit.
      EXPECT_EQ(result->total.unattached_count, result->as_of_commit_number);
    }
  });
  threads.emplace_back([&] {
    while (!done) {
      const auto verified = registry_->VerifyFigures({});
      EXPECT_EQ(verified.ok() ? verified->difference_count : 0, 0);
    }
  });
  Load();
  for (int i = 0; i < kWriters; ++i) threads[static_cast<std::size_t>(i)].join();
  done = true;
  for (std::size_t i = kWriters; i < threads.size(); ++i) threads[i].join();
  EXPECT_EQ(Rate(Window()).source, daemon::RateSource::kKept);
  EXPECT_EQ(Rate(Window()).total.unattached_count, kWriters * kVisitsEach);
  ExpectVerified();
}

// --- what must not go wrong silently ---

daemon::Environment EnvironmentOf(storage::Store* store) {
  daemon::Environment environment;
  environment.store = store;
  environment.definitions = matching::ShippedIndicatorDefinitions();
  EXPECT_TRUE(absl::LoadTimeZone("Europe/Paris", &environment.zone));
  return environment;
}

TEST_F(KeptFigures, AreGivenUpWhenTooMuchWaitsAndCanBeLoadedAgain) {
  const daemon::Environment environment = EnvironmentOf(store_.get());
  daemon::Figures figures(environment, /*waiting_records_max=*/4);
  ASSERT_TRUE(figures.Load({}).ok());
  const auto plan = daemon::PlanRate(environment, Window());
  ASSERT_TRUE(plan.ok()) << plan.status();
  // More than four one by one: taken over on the way.
  for (int i = 0; i < 20; ++i) RecordVisit(Visit("V" + std::to_string(i), "1", At(2026, 3, 5)));
  ASSERT_TRUE(figures.Compute(*plan)->has_value());
  EXPECT_EQ((*figures.Compute(*plan))->total.unattached_count, 20);
  // Ten in one group are too many at once.
  std::vector<daemon::VisitRequest> many;
  for (int i = 0; i < 10; ++i) {
    many.push_back({Context(), Visit("M" + std::to_string(i), "1", At(2026, 3, 5))});
  }
  for (const auto& result : registry_->RecordVisits(many)) ASSERT_TRUE(result.ok());
  EXPECT_FALSE(figures.Compute(*plan)->has_value());
  EXPECT_FALSE(figures.loaded());
  ASSERT_TRUE(figures.Load({}).ok());
  EXPECT_EQ((*figures.Compute(*plan))->total.unattached_count, 30);
}

// A store that tells its observer a little less than it wrote.
class ForgetfulStore final : public storage::Store {
 public:
  explicit ForgetfulStore(storage::Store& store) : store_(store) {}
  std::unique_ptr<storage::View> Read() const override { return store_.Read(); }
  absl::StatusOr<std::int64_t> Commit(
      storage::CommitContext context,
      const std::function<absl::Status(storage::Transaction&, storage::CommitContext&)>& change)
      override {
    return store_.Commit(std::move(context), change);
  }
  std::vector<absl::StatusOr<std::int64_t>> CommitAll(std::vector<PendingChange> changes) override {
    return store_.CommitAll(std::move(changes));
  }
  void Observe(const void* follower, storage::CommitObserver observer) override {
    if (!observer) return store_.Observe(follower, nullptr);
    store_.Observe(follower, [observer](const std::vector<storage::CommittedChange>& told) {
      std::vector<storage::CommittedChange> changes = told;
      for (storage::CommittedChange& change : changes) {
        for (storage::CommittedVisit& visit : change.visits) visit.after.cancelled = false;
      }
      observer(changes);
    });
  }
  void Listen(storage::CommitListener listener) override { store_.Listen(std::move(listener)); }
  storage::StoreHealth Health() const override { return store_.Health(); }
  std::string BaseId() const override { return store_.BaseId(); }

 private:
  storage::Store& store_;
};

TEST_F(KeptFigures, AreFoundOutWhenTheyAreWrong) {
  ForgetfulStore forgetful(*store_);
  auto made = daemon::Registry::Create(&forgetful, matching::FrenchHospitalModel(),
                                       matching::ShippedIndicatorDefinitions(), {});
  ASSERT_TRUE(made.ok());
  ASSERT_TRUE((*made)->LoadFigures({}).ok());
  Register("1", Zoe());
  RecordVisit(Visit("V1", "1", At(2026, 3, 5), At(2026, 3, 6)));
  ASSERT_TRUE(registry_->CancelVisit({Context(), kDomain, "V1", 0}).ok());
  daemon::VerifyFiguresRequest request;
  request.differences_max = 2;
  const auto verified = (*made)->VerifyFigures(request);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_GT(verified->difference_count, 2);
  ASSERT_EQ(verified->differences.size(), 2U);
  const daemon::FigureMismatch expected = {
      "qualified-visits",
      {{"activity", "MCO"}, {"month", "2026-03"}, {"site", kSite}},
      "denominator",
      1,
      0};
  EXPECT_EQ(verified->differences[0], expected);
  EXPECT_EQ(verified->differences[1].column, "excluded_cancelled");
}

// What is told does not fit what is held: the figures are given up rather than wrong.
TEST_F(KeptFigures, AreGivenUpWhenAChangeDoesNotFit) {
  ForgetfulStore forgetful(*store_);
  const daemon::Environment environment = EnvironmentOf(&forgetful);
  daemon::Figures figures(environment);
  ASSERT_TRUE(figures.Load({}).ok());
  RecordVisit(Visit("V1", "1", At(2026, 3, 5)));
  ASSERT_TRUE(registry_->CancelVisit({Context(), kDomain, "V1", 0}).ok());
  // The change after names the cancelled visit as the one before, which was never held.
  RecordVisit(Visit("V1", "1", At(2026, 3, 6)));
  const auto plan = daemon::PlanRate(environment, Window());
  EXPECT_FALSE(figures.Compute(*plan)->has_value());
  EXPECT_FALSE(figures.loaded());
}

}  // namespace
}  // namespace vigie::test
