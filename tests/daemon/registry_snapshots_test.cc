// Closing a day. What has to hold: the same facts give the same snapshot whenever the day is
// closed, a past figure never changes, and what is found different is a revision that says why.
#include <thread>

#include "daemon/registry/figure_diff.h"
#include "daemon/registry/snapshots.h"
#include "matching/date.h"
#include "tests/daemon/registry_fixture.h"

namespace vigie::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr char kDefault[] = "qualified-visits";

class SnapshotsTest : public RegistryTest {
 protected:
  SnapshotsTest() { FillHospital(); }

  // A hospital on the morning of 10 March: Zoe is qualified, Lea is not.
  void FillHospital() {
    now_ = At(2026, 3, 1, 9);
    RegisterQualified("1", Zoe(), ZoeIns());
    lea_ = Register("2", Person("DUBOIS", "LEA", Day(1990, 4, 5))).identity.id;
    now_ = At(2026, 3, 10, 9);
    RecordVisit(Visit("V1", "1", At(2026, 3, 9, 8), At(2026, 3, 9, 12)));
    RecordVisit(Visit("V2", "2", At(2026, 3, 9, 9), At(2026, 3, 9, 13)));
    RecordVisit(Visit("V3", "2", At(2026, 3, 2, 9), At(2026, 3, 3, 13)));
  }

  daemon::CloseDayRequest Close(const matching::Date& day) { return {Context(), day, nullptr}; }
  daemon::CloseDayResult MustClose(const matching::Date& day) {
    auto closed = registry_->CloseDay(Close(day));
    EXPECT_TRUE(closed.ok()) << closed.status();
    return closed.ok() ? *closed : daemon::CloseDayResult{};
  }
  storage::FigureSnapshot Get(const matching::Date& day, std::int64_t revision = 0,
                              const std::string& definition = kDefault) {
    auto found = registry_->GetSnapshot({day, definition, revision});
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *found : storage::FigureSnapshot{};
  }
  daemon::SnapshotDifference Diff(const daemon::SnapshotName& before,
                                  const daemon::SnapshotName& after) {
    auto difference = registry_->DiffSnapshots(before, after);
    EXPECT_TRUE(difference.ok()) << difference.status();
    return difference.ok() ? *difference : daemon::SnapshotDifference{};
  }
  static const daemon::ClosedSnapshot& Of(const daemon::CloseDayResult& result,
                                          const std::string& definition = kDefault) {
    for (const auto& closed : result.snapshots) {
      if (closed.snapshot.definition_name == definition) return closed;
    }
    ADD_FAILURE() << "no snapshot of " << definition;
    return result.snapshots.front();
  }
  // The same base under other definitions, or another zone.
  void Reopen(std::vector<matching::IndicatorDefinition> definitions,
              const std::string& zone = "Europe/Paris") {
    daemon::RegistryOptions options;
    options.clock = [this] { return now_; };
    options.default_time_zone = zone;
    registry_ = *daemon::Registry::Create(store_.get(), matching::FrenchHospitalModel(),
                                          std::move(definitions), options);
  }

  const matching::Date ninth_ = Day(2026, 3, 9);
  matching::IdentityId lea_ = 0;
};

TEST_F(SnapshotsTest, KeepsTheFiguresOfEveryDefinitionWithAllThatTheyStandOn) {
  const std::int64_t facts = CommitNumber();
  const daemon::CloseDayResult closed = MustClose(ninth_);
  EXPECT_EQ(closed.day, ninth_);
  EXPECT_EQ(closed.snapshots.size(), matching::ShippedIndicatorDefinitions().size());
  EXPECT_EQ(closed.commit_number, facts + 1) << "one commit for all of them";
  const storage::FigureSnapshot kept = Get(ninth_);
  EXPECT_EQ(kept, Of(closed).snapshot);
  EXPECT_TRUE(Of(closed).is_new);
  EXPECT_EQ(kept.revision, 1);
  EXPECT_EQ(kept.window_from, Day(2026, 3, 1));
  EXPECT_EQ(kept.window_to, ninth_);
  EXPECT_EQ(kept.cut_off, At(2026, 3, 9, 23)) << "midnight in Paris";
  EXPECT_EQ(kept.as_of_commit_number, facts);
  EXPECT_EQ(kept.closed_at, now_);
  EXPECT_EQ(kept.actor, "desk 1");
  EXPECT_EQ(kept.time_zone, "Europe/Paris");
  EXPECT_EQ(kept.content_hash, daemon::ContentHash(kept));
  EXPECT_EQ(kept.total.denominator, 3);
  EXPECT_EQ(kept.total.numerator, 1);
  ASSERT_EQ(kept.rows.size(), 1U);
  EXPECT_THAT(kept.rows[0].group,
              ElementsAre(Pair("activity", "MCO"), Pair("month", "2026-03"), Pair("site", kSite)));
  EXPECT_THAT(kept.causes, IsEmpty());
  const auto definition = matching::ParseIndicatorDefinition(kept.definition_text, "kept");
  ASSERT_TRUE(definition.ok()) << definition.status();
  EXPECT_EQ(definition->hash, kept.definition_hash);
  EXPECT_EQ(definition->name, kDefault);
  EXPECT_EQ(Get(ninth_, 0, "insi-identities").revision, 1);
  const auto audit = store_->Read()->GetAudit(closed.commit_number, 1);
  ASSERT_TRUE(audit.ok());
  EXPECT_EQ(audit->front().method, "close_day");
  EXPECT_THAT(audit->front().targets,
              ::testing::Contains("snapshot/2026-03-09/qualified-visits/1"));
}

TEST_F(SnapshotsTest, ARepeatedOrLateRunGivesTheSameSnapshot) {
  const daemon::CloseDayResult first = MustClose(ninth_);
  const daemon::CloseDayResult again = MustClose(ninth_);
  EXPECT_EQ(again.commit_number, first.commit_number) << "nothing was written";
  ASSERT_EQ(again.snapshots.size(), first.snapshots.size());
  // Life goes on: other days' visits, a discharge, Lea is qualified.
  now_ = At(2026, 3, 15, 9);
  RecordVisit(Visit("V4", "2", At(2026, 3, 12, 9)));
  const matching::Ins ins = {"185027505612340", kNirOid};
  ASSERT_TRUE(RecordAnswer(lea_, Answer(RegistryTest::Get(lea_).traits, ins, now_)).ok());
  ASSERT_TRUE(RecordEvidence(lea_, "passport", Day(2026, 3, 14)).ok());
  const daemon::CloseDayResult late = MustClose(ninth_);
  for (std::size_t i = 0; i < first.snapshots.size(); ++i) {
    EXPECT_FALSE(again.snapshots[i].is_new);
    EXPECT_EQ(again.snapshots[i].snapshot, first.snapshots[i].snapshot);
    EXPECT_FALSE(late.snapshots[i].is_new) << late.snapshots[i].snapshot.definition_name;
    EXPECT_EQ(late.snapshots[i].snapshot, first.snapshots[i].snapshot);
  }
}

// A day closed in time on one base, and late on another with the same facts and more of later days.
TEST_F(SnapshotsTest, ADayFirstClosedLateHasTheHashOfOneClosedInTime) {
  std::map<std::string, std::string> in_time;
  for (const auto& closed : MustClose(ninth_).snapshots) {
    in_time[closed.snapshot.definition_name] = closed.snapshot.content_hash;
  }
  registry_.reset();  // before its store
  store_ = storage::MakeMemoryStore();
  Reopen(matching::ShippedIndicatorDefinitions());
  FillHospital();
  now_ = At(2026, 4, 20, 9);
  RecordVisit(Visit("V8", "1", At(2026, 3, 10, 8), At(2026, 3, 11)));
  Register("3", Person("MARTIN", "PAUL", Day(1960, 1, 2)));
  for (const auto& closed : MustClose(ninth_).snapshots) {
    EXPECT_EQ(closed.snapshot.content_hash, in_time[closed.snapshot.definition_name])
        << closed.snapshot.definition_name;
  }
}

TEST_F(SnapshotsTest, ALateVisitMakesARevisionThatSaysSoAndLeavesTheFirstAsItWas) {
  MustClose(ninth_);
  const storage::FigureSnapshot first = Get(ninth_);
  now_ += 24h;
  RecordVisit(Visit("LATE", "1", At(2026, 3, 8, 8), At(2026, 3, 8, 9)));
  RecordVisit(Visit("OTHER", "1", At(2026, 3, 10, 8)));  // of another day: no cause
  const daemon::CloseDayResult closed = MustClose(ninth_);
  EXPECT_TRUE(Of(closed).is_new);
  EXPECT_EQ(Get(ninth_, 1), first);
  const storage::FigureSnapshot second = Get(ninth_);
  EXPECT_EQ(second.revision, 2);
  EXPECT_EQ(second.total.denominator, 4);
  EXPECT_EQ(second.total.numerator, 2);
  EXPECT_NE(second.content_hash, first.content_hash);
  EXPECT_THAT(second.causes, ElementsAre(Pair("record_visit", 1)));

  const daemon::SnapshotDifference difference = Diff({ninth_, kDefault, 0}, {ninth_, kDefault, 0});
  EXPECT_EQ(difference.before.revision, 1);
  EXPECT_EQ(difference.after.revision, 2);
  ASSERT_EQ(difference.rows.size(), 1U);
  EXPECT_EQ(difference.rows[0].before->denominator, 3);
  EXPECT_EQ(difference.rows[0].after->denominator, 4);
  EXPECT_EQ(difference.total.explanation.english,
            "denominator 3 → 4 (+1); numerator 1 → 2 (+1); qualified 1 → 2 (+1); rate 33.3% → "
            "50.0%");
  EXPECT_EQ(difference.total.explanation.french,
            "dénominateur 3 → 4 (+1) ; numérateur 1 → 2 (+1) ; qualifiées 1 → 2 (+1) ; taux "
            "33,3 % → 50,0 %");
  ASSERT_EQ(difference.explanation.size(), 1U);
  EXPECT_EQ(difference.explanation[0].english, "visits recorded or corrected afterwards: 1");
}

TEST_F(SnapshotsTest, EveryCorrectionIsNamedByItsCause) {
  MustClose(ninth_);
  ASSERT_TRUE(registry_->CancelVisit({Context(), kDomain, "V2", 0}).ok());
  MustClose(ninth_);
  EXPECT_THAT(Get(ninth_).causes, ElementsAre(Pair("cancel_visit", 1)));
  EXPECT_THAT(Diff({ninth_, kDefault, 1}, {ninth_, kDefault, 2}).total.explanation.english,
              HasSubstr("excluded \"cancelled\" 0 → 1 (+1)"));
  ASSERT_TRUE(SetAttributes(lea_, std::nullopt, std::nullopt, true).ok());
  MustClose(ninth_);
  EXPECT_THAT(Get(ninth_).causes, ElementsAre(Pair("set_attributes", 1)));
  RecordVisit(Visit("V3", "2", At(2026, 2, 2, 9), At(2026, 2, 3, 13)));  // was not in March at all
  MustClose(ninth_);
  EXPECT_EQ(Get(ninth_).revision, 4);
  EXPECT_THAT(Get(ninth_).causes, ElementsAre(Pair("corrected_visit_outside", 1)));
  // From the first to the last, all that happened.
  const daemon::SnapshotDifference all = Diff({ninth_, kDefault, 1}, {ninth_, kDefault, 4});
  EXPECT_THAT(all.causes, ElementsAre(Pair("cancel_visit", 1), Pair("corrected_visit_outside", 1),
                                      Pair("set_attributes", 1)));
  EXPECT_EQ(all.explanation.size(), 3U);
}

TEST_F(SnapshotsTest, AWaitingVisitThatIsAttachedLaterIsExplainedByItsRegistration) {
  RecordVisit(Visit("EARLY", "9", At(2026, 3, 9, 8), At(2026, 3, 9, 9)));
  MustClose(ninth_);
  EXPECT_EQ(Get(ninth_).total.unattached_count, 1);
  Register("9", Person("MARTIN", "PAUL", Day(1960, 1, 2)));
  MustClose(ninth_);
  const storage::FigureSnapshot second = Get(ninth_);
  EXPECT_EQ(second.total.unattached_count, 0);
  EXPECT_EQ(second.total.denominator, 4);
  EXPECT_THAT(second.causes, ElementsAre(Pair("register", 1)));
}

TEST_F(SnapshotsTest, AChangedDefinitionOrZoneIsARevisionThatSaysSo) {
  MustClose(ninth_);
  std::vector<matching::IndicatorDefinition> definitions = matching::ShippedIndicatorDefinitions();
  definitions.resize(1);
  definitions[0].version = 9;
  definitions[0].hash = matching::IndicatorDefinitionHash(definitions[0]);
  Reopen(definitions);
  const daemon::CloseDayResult closed = MustClose(ninth_);
  ASSERT_EQ(closed.snapshots.size(), 1U);
  EXPECT_TRUE(closed.snapshots[0].is_new);
  EXPECT_THAT(Get(ninth_).causes, ElementsAre(Pair("definition_changed", 1)));
  EXPECT_EQ(Get(ninth_).definition_version, 9);
  const daemon::SnapshotDifference difference = Diff({ninth_, kDefault, 1}, {ninth_, kDefault, 2});
  EXPECT_THAT(difference.rows, IsEmpty());
  EXPECT_EQ(difference.total.explanation.english, "no difference");
  EXPECT_EQ(difference.explanation[0].french, "la définition a changé");
  Reopen(definitions, "Indian/Reunion");
  MustClose(ninth_);
  EXPECT_THAT(Get(ninth_).causes, ElementsAre(Pair("time_zone_changed", 1)));
}

TEST_F(SnapshotsTest, ADayThatIsNotOverIsRefused) {
  for (const matching::Date& day : {Day(2026, 3, 10), Day(2026, 3, 11), Day(2030, 1, 1)}) {
    const auto refused = registry_->CloseDay(Close(day));
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(ReasonOf(refused.status()), "day_not_over");
  }
  // Over when it is over there: 22:59Z is the last minute of 10 March in Paris.
  now_ = At(2026, 3, 10, 22, 59);
  EXPECT_EQ(ReasonOf(registry_->CloseDay(Close(Day(2026, 3, 10))).status()), "day_not_over");
  now_ = At(2026, 3, 10, 23, 0);
  EXPECT_EQ(MustClose(Day(2026, 3, 10)).day, Day(2026, 3, 10));
}

TEST_F(SnapshotsTest, WithoutADayItIsYesterdayOfTheEstablishment) {
  EXPECT_EQ(MustClose({}).day, ninth_);
  Reopen(matching::ShippedIndicatorDefinitions(), "Indian/Reunion");
  now_ = At(2026, 3, 10, 20);  // midnight on Reunion
  EXPECT_EQ(MustClose({}).day, Day(2026, 3, 10));
}

TEST_F(SnapshotsTest, TheSameRequestAgainGivesTheSameAnswerWhateverHappenedMeanwhile) {
  const daemon::CloseDayRequest request = Close(ninth_);
  const auto first = registry_->CloseDay(request);
  ASSERT_TRUE(first.ok());
  RecordVisit(Visit("LATE", "1", At(2026, 3, 8, 8), At(2026, 3, 8, 9)));
  const auto again = registry_->CloseDay(request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->commit_number, first->commit_number);
  EXPECT_EQ(Of(*again).snapshot, Of(*first).snapshot);
  EXPECT_TRUE(Of(*again).is_new);
  daemon::CloseDayRequest other = request;
  other.day = Day(2026, 3, 8);
  EXPECT_EQ(ReasonOf(registry_->CloseDay(other).status()), "request_id_reused");
}

TEST_F(SnapshotsTest, DaysThatWereNeverClosedAreNamed) {
  EXPECT_THAT(MustClose(Day(2026, 3, 4)).unclosed_days, IsEmpty()) << "the first: no gap before it";
  EXPECT_THAT(MustClose(Day(2026, 3, 5)).unclosed_days, IsEmpty());
  EXPECT_THAT(MustClose(ninth_).unclosed_days,
              ElementsAre(Day(2026, 3, 6), Day(2026, 3, 7), Day(2026, 3, 8)));
  MustClose(Day(2026, 3, 7));
  EXPECT_THAT(MustClose(ninth_).unclosed_days, ElementsAre(Day(2026, 3, 6), Day(2026, 3, 8)));
  EXPECT_THAT(MustClose(Day(2026, 3, 5)).unclosed_days, IsEmpty());
  now_ = At(2028, 1, 1, 9);
  EXPECT_EQ(MustClose({}).unclosed_days.size(), std::size_t{daemon::kUnclosedDaysLookedAt});
}

TEST_F(SnapshotsTest, AFixedWindowIsClosedFromItsFirstDayOn) {
  matching::IndicatorDefinition definition = matching::ShippedIndicatorDefinitions()[0];
  definition.window = {matching::WindowKind::kFixed, 0, Day(2026, 3, 5), Day(2026, 3, 8)};
  definition.hash = matching::IndicatorDefinitionHash(definition);
  Reopen({definition});
  EXPECT_THAT(MustClose(Day(2026, 3, 4)).snapshots, IsEmpty());
  EXPECT_EQ(Of(MustClose(Day(2026, 3, 5))).snapshot.window_to, Day(2026, 3, 5));
  const storage::FigureSnapshot after = Of(MustClose(ninth_)).snapshot;
  EXPECT_EQ(after.window_from, Day(2026, 3, 5));
  EXPECT_EQ(after.window_to, Day(2026, 3, 8));
}

TEST_F(SnapshotsTest, ComparesDaysOfOneDefinition) {
  MustClose(Day(2026, 3, 8));
  MustClose(ninth_);
  const daemon::SnapshotDifference difference =
      Diff({Day(2026, 3, 8), kDefault, 0}, {ninth_, kDefault, 0});
  EXPECT_THAT(difference.total.explanation.english, HasSubstr("denominator 1 → 3 (+2)"));
  EXPECT_THAT(difference.causes, IsEmpty()) << "another day is no correction";
}

TEST_F(SnapshotsTest, WhatIsNotThereIsNotFound) {
  MustClose(ninth_);
  const struct {
    std::string description;
    daemon::SnapshotName name;
  } cases[] = {
      {"another day", {Day(2026, 3, 8), kDefault, 0}},
      {"another revision", {ninth_, kDefault, 2}},
      {"another definition", {ninth_, "own", 0}},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ReasonOf(registry_->GetSnapshot(c.name).status()), "snapshot_not_found")
        << c.description;
    EXPECT_EQ(ReasonOf(registry_->DiffSnapshots(c.name, {ninth_, kDefault, 1}).status()),
              "snapshot_not_found")
        << c.description;
  }
  EXPECT_EQ(
      ReasonOf(registry_->DiffSnapshots({ninth_, kDefault, 0}, {ninth_, kDefault, 0}).status()),
      "snapshot_not_found")
      << "the first revision has none before it";
}

TEST_F(SnapshotsTest, RequestsThatCannotBeReadAreRefusedByField) {
  EXPECT_THAT(FieldsOf(registry_->GetSnapshot({Day(2026, 2, 30), "d", 0}).status()),
              ElementsAre("day:not_a_date"));
  EXPECT_THAT(FieldsOf(registry_->GetSnapshot({Day(2026, 2, 0), "d", 0}).status()),
              ElementsAre("day:not_a_date"));
  EXPECT_THAT(FieldsOf(registry_->GetSnapshot({ninth_, "", 0}).status()),
              ElementsAre("definition:required"));
  EXPECT_THAT(FieldsOf(registry_->GetSnapshot({ninth_, "d", -1}).status()),
              ElementsAre("revision:out_of_range"));
  EXPECT_THAT(FieldsOf(registry_->CloseDay(Close(Day(2026, 2, 30))).status()),
              ElementsAre("day:not_a_date"));
  EXPECT_THAT(FieldsOf(registry_->CloseDay({{"", "", ""}, ninth_, nullptr}).status()),
              ElementsAre("request_id:required"));
  daemon::ListSnapshotsRequest list;
  list.from = ninth_;
  list.to = Day(2026, 3, 8);
  EXPECT_THAT(FieldsOf(registry_->ListSnapshots(list).status()), ElementsAre("to:before_from"));
  for (const char* token : {"x", "2026-03-09", "2026-03-09.", "2026-03-09.x.d", "2026-02-30.1.d"}) {
    list = {};
    list.page_token = token;
    EXPECT_EQ(ReasonOf(registry_->ListSnapshots(list).status()), "page_token_invalid") << token;
  }
}

TEST_F(SnapshotsTest, ListsPageByPageNewestFirst) {
  for (const int day : {5, 6, 7}) MustClose(Day(2026, 3, day));
  RecordVisit(Visit("LATE", "1", At(2026, 3, 2, 8), At(2026, 3, 2, 9)));
  for (const int day : {6, 7}) MustClose(Day(2026, 3, day));
  const auto all = [&](daemon::ListSnapshotsRequest request) {
    std::vector<std::string> found;
    for (int pages = 0; pages < 50; ++pages) {
      auto page = registry_->ListSnapshots(request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const storage::FigureSnapshot& snapshot : page->snapshots) {
        EXPECT_THAT(snapshot.rows, IsEmpty());
        found.push_back(std::to_string(snapshot.day.day) + "/" + std::to_string(snapshot.revision));
      }
      if (page->next_page_token.empty()) break;
      request.page_token = page->next_page_token;
    }
    return found;
  };
  for (const std::int32_t size : {1, 2, 3, 200}) {
    daemon::ListSnapshotsRequest request;
    request.definition = kDefault;
    request.page_size = size;
    EXPECT_THAT(all(request), ElementsAre("7/2", "7/1", "6/2", "6/1", "5/1")) << size;
    request.newest_only = true;
    EXPECT_THAT(all(request), ElementsAre("7/2", "6/2", "5/1")) << size;
    request.from = Day(2026, 3, 6);
    request.to = Day(2026, 3, 6);
    EXPECT_THAT(all(request), ElementsAre("6/2")) << size;
  }
  daemon::ListSnapshotsRequest every;
  every.page_size = 3;
  every.newest_only = true;
  EXPECT_EQ(all(every).size(), 3 * matching::ShippedIndicatorDefinitions().size());
}

// Two nightly jobs at once, while visits come in late: each day and definition has revisions
// without gap, and no two in a row say the same.
TEST_F(SnapshotsTest, ManyClosingsAtOnceKeepOneLineOfRevisions) {
  constexpr int kRounds = 20;
  std::vector<std::thread> threads;
  for (int job = 0; job < 3; ++job) {
    threads.emplace_back([&, job] {
      for (int round = 0; round < kRounds; ++round) {
        const std::string id = "job-" + std::to_string(job) + "-" + std::to_string(round);
        const auto closed = registry_->CloseDay({{id, "job", ""}, ninth_, nullptr});
        // Overtaken three times in a row: nothing was written, and it says so.
        EXPECT_TRUE(closed.ok() || absl::IsAborted(closed.status())) << closed.status();
      }
    });
  }
  for (int round = 0; round < kRounds; ++round) {
    matching::Visit late =
        Visit("LATE" + std::to_string(round), "1", At(2026, 3, 8, 8), At(2026, 3, 8, 9));
    EXPECT_TRUE(registry_->RecordVisit({{"late-" + std::to_string(round), "", ""}, late}).ok());
  }
  for (std::thread& thread : threads) thread.join();
  MustClose(ninth_);
  const storage::FigureSnapshot newest = Get(ninth_);
  EXPECT_EQ(newest.total.denominator, 3 + kRounds);
  EXPECT_LE(newest.revision, 1 + kRounds);
  for (std::int64_t revision = 2; revision <= newest.revision; ++revision) {
    const storage::FigureSnapshot before = Get(ninth_, revision - 1);
    const storage::FigureSnapshot after = Get(ninth_, revision);
    EXPECT_NE(before.content_hash, after.content_hash);
    EXPECT_LT(before.as_of_commit_number, after.as_of_commit_number);
    EXPECT_EQ(after.causes.at("record_visit"), after.total.denominator - before.total.denominator)
        << "every visit that came is named once";
  }
}

TEST(FigureDiff, AnyFigureMakesAnotherHashAndWhenAndWhoDoNot) {
  storage::FigureSnapshot snapshot;
  snapshot.day = Day(2026, 3, 9);
  snapshot.definition_name = "d";
  snapshot.rows.emplace_back();
  const std::string hash = daemon::ContentHash(snapshot);
  const auto changed = [&](auto change) {
    storage::FigureSnapshot other = snapshot;
    change(other);
    return daemon::ContentHash(other) != hash;
  };
  using S = storage::FigureSnapshot;
  EXPECT_TRUE(changed([](S& s) { s.day.day = 8; }));
  EXPECT_TRUE(changed([](S& s) { s.definition_name = "e"; }));
  EXPECT_TRUE(changed([](S& s) { s.definition_version = 2; }));
  EXPECT_TRUE(changed([](S& s) { s.definition_hash = "1"; }));
  EXPECT_TRUE(changed([](S& s) { s.time_zone = "UTC"; }));
  EXPECT_TRUE(changed([](S& s) { s.window_from = {2026, 1, 1}; }));
  EXPECT_TRUE(changed([](S& s) { s.window_to = {2026, 1, 1}; }));
  EXPECT_TRUE(changed([](S& s) { s.cut_off += 1h; }));
  EXPECT_TRUE(changed([](S& s) { s.rows.clear(); }));
  EXPECT_TRUE(changed([](S& s) { s.rows[0].group["site"] = "1"; }));
  EXPECT_TRUE(changed([](S& s) { s.rows[0].numerator = 1; }));
  EXPECT_TRUE(changed([](S& s) { s.rows[0].denominator = 1; }));
  EXPECT_TRUE(changed([](S& s) { s.rows[0].exclusions["cancelled"] = 0; }));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(changed([i](S& s) { s.rows[0].statuses[i] = 1; }));
  }
  EXPECT_TRUE(changed([](S& s) { s.rows[0].unattached_count = 1; }));
  EXPECT_TRUE(changed([](S& s) { s.rows[0].homonym_count = 1; }));
  EXPECT_TRUE(changed([](S& s) { s.rows[0].doubtful_count = 1; }));
  EXPECT_TRUE(changed([](S& s) { s.rows[0].fictitious_count = 1; }));
  EXPECT_TRUE(changed([](S& s) { s.total.numerator = 1; }));
  EXPECT_FALSE(changed([](S& s) { s.revision = 5; }));
  EXPECT_FALSE(changed([](S& s) { s.as_of_commit_number = 5; }));
  EXPECT_FALSE(changed([](S& s) { s.closed_at += 1h; }));
  EXPECT_FALSE(changed([](S& s) { s.actor = "x"; }));
  EXPECT_FALSE(changed([](S& s) { s.causes["x"] = 1; }));
}

TEST(FigureDiff, NamesGroupsThatCameAndWent) {
  storage::FigureRow psy, mco;
  psy.group = {{"activity", "PSY"}};
  psy.denominator = 2;
  mco.group = {{"activity", "MCO"}};
  mco.denominator = 5;
  mco.numerator = 5;
  const auto differences = daemon::DifferencesOf({psy}, {mco});
  ASSERT_EQ(differences.size(), 2U);
  EXPECT_EQ(differences[0].group.at("activity"), "MCO");
  EXPECT_FALSE(differences[0].before.has_value());
  EXPECT_EQ(differences[0].explanation.english,
            "denominator 0 → 5 (+5); numerator 0 → 5 (+5); rate - → 100.0%");
  EXPECT_FALSE(differences[1].after.has_value());
  EXPECT_EQ(differences[1].explanation.english, "denominator 2 → 0 (−2); rate 0.0% → -");
  EXPECT_THAT(daemon::DifferencesOf({psy, mco}, {mco, psy}), IsEmpty());
}

TEST(FigureDiff, AnUnknownCauseIsNamedAsItIs) {
  EXPECT_EQ(daemon::CauseSentence("merge", 2).english, "merge: 2");
  EXPECT_EQ(daemon::CauseSentence("time_zone_changed", 1).english, "the time zone changed");
}

}  // namespace
}  // namespace vigie::test
