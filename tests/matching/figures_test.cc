#include "matching/figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "matching/date.h"
#include "matching/trust.h"

namespace vigie::matching {
namespace {

// Few values, so that visits often say the same, stand at the same instant and share groups.
const std::vector<std::string> kSites = {"010000024", "010000032", "010000040"};
const std::vector<std::string> kEntities = {"010000016", "020000014"};
const std::vector<std::string> kChannels = {"", "desk", "online"};
constexpr std::int64_t kFirstDay = 20'440;  // 2025-12-18
constexpr std::int64_t kDayCount = 75;

Instant AtHour(std::int64_t day, std::int64_t hour) {
  return Instant(std::chrono::hours(day * 24 + hour));
}
// The zone of this test is UTC.
std::int64_t DayOf(Instant instant) {
  return std::chrono::floor<std::chrono::hours>(instant.time_since_epoch()).count() / 24;
}

// What the table must know, as plain lists, and the same changes made to both.
class Hospital {
 public:
  explicit Hospital(std::uint32_t seed) : random_(seed) {}

  void Live() {
    const int dice = Draw(100);
    if (dice < 15 || identities_.empty()) {
      Register();
    } else if (dice < 35) {
      Change();
    } else if (dice < 75 || visits_.empty()) {
      Record(RandomVisit());
    } else {
      Edit();
    }
  }

  const FigureTable& table() const { return table_; }
  const std::map<IdentityId, Identity>& identities() const { return identities_; }
  const std::vector<Visit>& visits() const { return visits_; }
  int Draw(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  bool Coin() { return Draw(2) == 0; }
  template <typename Item>
  Item Any(const std::vector<Item>& items) {
    return items[static_cast<std::size_t>(Draw(static_cast<int>(items.size())))];
  }
  TrustStatus AnyStatus() { return static_cast<TrustStatus>(Draw(4) + 1); }

 private:
  void Register() {
    Identity identity;
    // Numbers with gaps, over several blocks.
    identity.id = identities_.empty() ? 3 : identities_.rbegin()->first + 1 + Draw(40);
    identity.created_at = AtHour(kFirstDay + Draw(kDayCount), Draw(24));
    identity.traits.birth_date =
        Any<Date>({{2025, 12, 31}, {1950, 0, 0}, {1970, 5, 5}, {2026, 2, 1}});
    identity.traits.birth_place_code = Any<std::string>({"", "99100", "99351", "75056", "99999"});
    identity.status_periods = {{identity.created_at, TrustStatus::kProvisional, "created"}};
    Put(identity);
  }

  void Change() {
    auto place = identities_.begin();
    std::advance(place, Draw(static_cast<int>(identities_.size())));
    Identity identity = place->second;
    if (Coin()) {
      identity.status_periods.push_back(
          {identity.status_periods.back().effective_at + std::chrono::hours(Draw(500)), AnyStatus(),
           "moved"});
    }
    if (Draw(10) == 0) identity.status_periods.erase(identity.status_periods.begin());
    if (identity.status_periods.empty()) {
      identity.status_periods = {{identity.created_at, AnyStatus(), "again"}};
    }
    identity.trust.attributes = {Draw(4) == 0, Draw(5) == 0, Draw(6) == 0};
    identity.last_insi_answer.reset();
    if (Coin()) {
      identity.last_insi_answer = InsiAnswer();
      identity.last_insi_answer->return_code = Any<std::string>({"00", "01", "02"});
    }
    Put(identity);
  }

  void Put(const Identity& identity) {
    identities_[identity.id] = identity;
    table_.PutIdentity(FigureIdentityOf(identity));
  }

  Visit RandomVisit() {
    Visit visit;
    auto place = identities_.begin();
    std::advance(place, Draw(static_cast<int>(identities_.size())));
    // One in eight waits; one in fifty names an identity that is not there.
    if (Draw(8) != 0) visit.identity_id = Draw(50) == 0 ? place->first + 1 : place->first;
    visit.legal_entity_finess = Any(kEntities);
    visit.site_finess = Any(kSites);
    visit.entry_channel = Any(kChannels);
    visit.activity = static_cast<Activity>(Draw(6));
    visit.kind = static_cast<VisitKind>(Draw(6));
    visit.admitted_at = AtHour(kFirstDay + Draw(kDayCount), Draw(3) * 8);
    if (Coin()) visit.discharged_at = visit.admitted_at + std::chrono::hours(Draw(200));
    visit.cancelled = Draw(9) == 0;
    if (Draw(5) != 0) visit.status_at_admission = AnyStatus();
    if (visit.discharged_at && Draw(5) != 0) visit.status_at_discharge = AnyStatus();
    return visit;
  }

  void Record(const Visit& visit) {
    visits_.push_back(visit);
    ASSERT_TRUE(table_.AddVisit(visit, DayOf(visit.admitted_at)));
  }

  // Moves, cancels, attaches: the visit as it was goes, the visit as it is comes.
  void Edit() {
    const auto i = static_cast<std::size_t>(Draw(static_cast<int>(visits_.size())));
    const Visit before = visits_[i];
    visits_.erase(visits_.begin() + static_cast<std::ptrdiff_t>(i));
    ASSERT_TRUE(table_.RemoveVisit(before, DayOf(before.admitted_at)));
    Visit after = Coin() ? RandomVisit() : before;
    after.cancelled = Coin();
    if (Draw(10) != 0) Record(after);
  }

  std::mt19937 random_;
  FigureTable table_;
  std::map<IdentityId, Identity> identities_;
  std::vector<Visit> visits_;
};

IndicatorDefinition RandomDefinition(Hospital& hospital) {
  IndicatorDefinition definition;
  definition.population = static_cast<IndicatorPopulation>(hospital.Draw(3));
  const bool stock = definition.population == IndicatorPopulation::kIdentityStock;
  definition.numerator_statuses = {hospital.AnyStatus()};
  definition.status_as_of =
      static_cast<StatusAsOfRule>(stock ? 2 + hospital.Draw(2) : hospital.Draw(4));
  definition.exclude_cancelled = hospital.Coin();
  definition.exclude_unattached =
      definition.population != IndicatorPopulation::kVisits || hospital.Coin();
  definition.exclude_fictitious = hospital.Coin();
  definition.exclude_doubtful = hospital.Coin();
  if (!stock) {
    if (hospital.Draw(3) == 0) definition.activities = {Activity::kMco, Activity::kPsy};
    if (hospital.Draw(3) == 0) definition.kinds = {VisitKind::kInpatient, VisitKind::kEmergency};
    if (hospital.Draw(3) == 0) definition.legal_entities = {kEntities[0]};
    if (hospital.Draw(3) == 0) definition.sites = {kSites[0], kSites[2]};
  }
  // Now and then as many as there may be.
  for (int i = hospital.Draw(8) == 0 ? 16 : hospital.Draw(4); i > 0; --i) {
    ExclusionRule rule;
    rule.reason = "own_" + std::to_string(i);
    const int condition = hospital.Draw(stock ? 3 : 7);
    if (condition == 0) rule.born_abroad = hospital.Coin();
    if (condition == 1) rule.last_insi = {LastInsiAnswer::kNone, LastInsiAnswer::kSeveral};
    if (condition == 2) rule.statuses = {hospital.AnyStatus()};
    if (condition == 3) rule.age_days_max = 30;
    if (condition == 4) rule.age_days_min = 20'000;
    if (condition == 5) rule.entry_channels = {hospital.Any(kChannels)};
    if (condition == 6) rule.activities = {Activity::kSmr};
    if (!stock && hospital.Draw(4) == 0) rule.kinds = {VisitKind::kDay};
    definition.exclusion_rules.push_back(rule);
  }
  return definition;
}

FigureQuestion RandomQuestion(Hospital& hospital, const IndicatorDefinition& definition) {
  FigureQuestion question;
  question.definition = &definition;
  const std::int64_t from = kFirstDay + hospital.Draw(kDayCount);
  const std::int64_t to = from + hospital.Draw(kDayCount);
  question.days = {DateFromDays(from), DateFromDays(to)};
  question.query.window_begin = AtHour(from, 0);
  question.query.window_end = AtHour(to + 1, 0);
  question.query.status_at = AtHour(kFirstDay + hospital.Draw(kDayCount), hospital.Draw(24));
  if (hospital.Draw(4) == 0) {
    question.query.window_end = std::min(question.query.window_end, question.query.status_at);
  }
  if (definition.population == IndicatorPopulation::kIdentityStock) return question;
  FigureGrouping& by = question.grouping;
  for (bool* one : {&by.month, &by.week, &by.day, &by.site, &by.legal_entity, &by.activity,
                    &by.kind, &by.entry_channel}) {
    *one = hospital.Draw(3) == 0;
  }
  if (hospital.Draw(4) == 0) question.site_finess = hospital.Any(kSites);
  if (hospital.Draw(4) == 0) question.legal_entity_finess = kEntities[0];
  return question;
}

// The group as one text; `day` any day of it.
std::string TextOf(std::int64_t day, const FigureUnit& unit, const FigureGrouping& by) {
  std::string text;
  if (by.month) text += FormatDate(DateFromDays(day)).substr(0, 7);
  if (by.week) text += " week " + std::to_string((day + 3) / 7);  // 1970-01-05 is a Monday
  if (by.day) text += " day " + std::to_string(day);
  if (by.site) text += " site " + unit.site_finess;
  if (by.legal_entity) text += " entity " + unit.legal_entity_finess;
  if (by.activity) text += " activity " + std::to_string(static_cast<int>(unit.activity));
  if (by.kind) text += " kind " + std::to_string(static_cast<int>(unit.kind));
  if (by.entry_channel) text += " channel " + unit.entry_channel;
  return text;
}

// By the groups' texts and "total": every count of the row, as text that a failure shows.
using Figures = std::map<std::string, std::string>;

std::string TextOf(const IndicatorRow& row) {
  std::string text =
      std::to_string(row.numerator) + "/" + std::to_string(row.denominator) + " statuses";
  for (const std::int64_t count : row.statuses) text += " " + std::to_string(count);
  for (const auto& [reason, count] : row.exclusions)
    text += ", " + reason + " " + std::to_string(count);
  return text + ", waiting " + std::to_string(row.unattached_count) + ", homonym " +
         std::to_string(row.homonym_count) + ", doubtful " + std::to_string(row.doubtful_count) +
         ", fictitious " + std::to_string(row.fictitious_count);
}

// Counted by the accumulator over all facts.
Figures Recomputed(const Hospital& hospital, const FigureQuestion& question) {
  IndicatorAccumulator accumulator(*question.definition, question.query);
  std::map<std::string, std::uint32_t> groups;
  if (question.definition->population == IndicatorPopulation::kIdentityStock) {
    for (const auto& [id, identity] : hospital.identities()) {
      accumulator.AddIdentity(IndicatorIdentityOf(identity, question.query), 0);
    }
    groups[""] = 0;
  } else {
    for (const Visit& visit : hospital.visits()) {
      if (!question.site_finess.empty() && visit.site_finess != question.site_finess) continue;
      if (!question.legal_entity_finess.empty() &&
          visit.legal_entity_finess != question.legal_entity_finess) {
        continue;
      }
      const auto found = hospital.identities().find(visit.identity_id);
      IndicatorIdentity identity;
      IndicatorFact fact;
      fact.visit = &visit;
      fact.admitted_day = DayOf(visit.admitted_at);
      if (found != hospital.identities().end()) {
        identity = IndicatorIdentityOf(found->second, question.query);
        fact.identity = &identity;
      }
      const FigureUnit unit = {visit.site_finess, visit.legal_entity_finess, visit.entry_channel,
                               visit.activity, visit.kind};
      accumulator.Add(fact, groups
                                .try_emplace(TextOf(fact.admitted_day, unit, question.grouping),
                                             static_cast<std::uint32_t>(groups.size()))
                                .first->second);
    }
  }
  Figures figures;
  for (const auto& [text, group] : groups) {
    if (accumulator.Has(group)) figures[text] = TextOf(accumulator.Row(group));
  }
  figures["total"] = TextOf(accumulator.Total());
  return figures;
}

Figures Kept(const Hospital& hospital, const FigureQuestion& question, const FigurePlan& plan,
             std::size_t part_count) {
  // The parts are shared by two that count.
  FigureCounts counts(plan), others(plan);
  for (std::size_t part = 0; part < part_count; ++part) {
    hospital.table().Add(plan, part, part_count, part % 3 == 0 ? counts : others);
  }
  counts.Merge(others);
  Figures figures;
  for (std::size_t i = 0; i < counts.row_count(); ++i) {
    const FigureGroup group = plan.GroupAt(counts, i);
    const bool stock = question.definition->population == IndicatorPopulation::kIdentityStock;
    const auto [place, is_new] =
        figures.emplace(stock ? ""
                              : TextOf(plan.day_groups().at(group.days),
                                       plan.unit_groups().at(group.unit), question.grouping),
                        TextOf(plan.RowAt(counts, i)));
    EXPECT_TRUE(is_new) << place->first << " stands twice";
  }
  figures["total"] = TextOf(plan.Total(counts));
  return figures;
}

class FiguresProperty : public ::testing::TestWithParam<std::uint32_t> {};

// Whatever happens, and whatever is asked, the table answers what a count of all facts gives.
TEST_P(FiguresProperty, EqualsTheAccumulatorAfterAnyHistory) {
  Hospital hospital(GetParam());
  std::int64_t counted = 0;
  std::size_t rows = 0;
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < 40; ++i) hospital.Live();
    EXPECT_EQ(hospital.table().visit_count(), static_cast<std::int64_t>(hospital.visits().size()));
    EXPECT_EQ(hospital.table().identity_count(),
              static_cast<std::int64_t>(hospital.identities().size()));
    for (int i = 0; i < 12; ++i) {
      const IndicatorDefinition definition = RandomDefinition(hospital);
      const FigureQuestion question = RandomQuestion(hospital, definition);
      const Figures expected = Recomputed(hospital, question);
      const FigurePlan plan = hospital.table().Plan(question);
      for (const std::size_t part_count : {1U, 5U, 64U}) {
        ASSERT_EQ(Kept(hospital, question, plan, part_count), expected) << "round " << round;
      }
      counted += std::stoll(expected.at("total").substr(expected.at("total").find('/') + 1));
      rows += expected.size();
    }
  }
  // The test must have met what it is about.
  EXPECT_GT(counted, 10'000);
  EXPECT_GT(rows, 5'000U);
}
INSTANTIATE_TEST_SUITE_P(Seeds, FiguresProperty, ::testing::Values(1U, 2U, 3U, 4U));

TEST(FigureTable, RefusesToRemoveWhatIsNotThere) {
  FigureTable table;
  Visit visit;
  visit.identity_id = 7;
  visit.admitted_at = AtHour(kFirstDay, 1);
  EXPECT_FALSE(table.RemoveVisit(visit, kFirstDay));
  ASSERT_TRUE(table.AddVisit(visit, kFirstDay));
  Visit other = visit;
  other.cancelled = true;
  EXPECT_FALSE(table.RemoveVisit(other, kFirstDay));
  other = visit;
  other.identity_id = 0;
  EXPECT_FALSE(table.RemoveVisit(other, kFirstDay));
  EXPECT_TRUE(table.RemoveVisit(visit, kFirstDay));
  EXPECT_FALSE(table.RemoveVisit(visit, kFirstDay));
  EXPECT_EQ(table.visit_count(), 0);
}

TEST(FigureTable, OfNothingIsNothing) {
  const FigureTable table;
  IndicatorDefinition definition;
  definition.numerator_statuses = {TrustStatus::kQualified};
  FigureQuestion question;
  question.definition = &definition;
  question.days = {{2026, 1, 1}, {2026, 1, 31}};
  question.query.window_end = AtHour(kFirstDay, 0);
  question.grouping.month = question.grouping.site = true;
  const FigurePlan plan = table.Plan(question);
  FigureCounts counts(plan);
  table.Add(plan, 0, 1, counts);
  const IndicatorRow total = plan.Total(counts);
  EXPECT_EQ(counts.row_count(), 0U);
  EXPECT_EQ(total.denominator, 0);
  EXPECT_FALSE(total.rate().has_value());
  EXPECT_EQ(total.exclusions.size(), 4U);
}

IndicatorDefinition Provisional(IndicatorPopulation population) {
  IndicatorDefinition definition;
  definition.population = population;
  definition.numerator_statuses = {TrustStatus::kProvisional};
  definition.exclude_unattached = population != IndicatorPopulation::kVisits;
  return definition;
}

FigureQuestion AllDays(const IndicatorDefinition& definition) {
  FigureQuestion question;
  question.definition = &definition;
  question.days = {DateFromDays(0), DateFromDays(kFirstDay + 10'000)};
  question.query.window_end = AtHour(kFirstDay + 10'001, 0);
  question.query.status_at = question.query.window_end;
  return question;
}

// More possible groups than an index is made for: found by hash, and the same.
TEST(FigureTable, CountsManyPossibleGroupsTheSameWay) {
  FigureTable table;
  constexpr int kGroups = 2'100;  // squared more than 4,194,304
  for (int i = 0; i < 2 * kGroups; ++i) {
    Visit visit;
    visit.site_finess = std::to_string(i % kGroups);
    visit.activity = Activity::kMco;
    visit.kind = VisitKind::kDay;
    visit.admitted_at = AtHour(kFirstDay + i % kGroups, 1);
    ASSERT_TRUE(table.AddVisit(visit, kFirstDay + i % kGroups));
  }
  const IndicatorDefinition definition = Provisional(IndicatorPopulation::kVisits);
  FigureQuestion question = AllDays(definition);
  question.grouping.day = question.grouping.site = true;
  const FigurePlan plan = table.Plan(question);
  FigureCounts counts(plan);
  table.Add(plan, 0, 1, counts);
  ASSERT_EQ(counts.row_count(), static_cast<std::size_t>(kGroups));
  for (std::size_t i = 0; i < counts.row_count(); ++i) {
    const FigureGroup group = plan.GroupAt(counts, i);
    EXPECT_EQ(std::to_string(plan.day_groups().at(group.days) - kFirstDay),
              plan.unit_groups().at(group.unit).site_finess);
    EXPECT_EQ(plan.RowAt(counts, i).numerator, 2);
  }
  EXPECT_EQ(plan.Total(counts).numerator, 2 * kGroups);
  EXPECT_EQ(plan.Total(counts).unattached_count, 2 * kGroups);
}

// Of a patient's visits at one instant the lowest status counts, whichever are taken away again.
TEST(FigureTable, CountsTheLowestStatusOfOneInstant) {
  const IndicatorDefinition definition = [] {
    IndicatorDefinition made = Provisional(IndicatorPopulation::kFileActivePatients);
    made.status_as_of = StatusAsOfRule::kAdmission;
    return made;
  }();
  std::vector<TrustStatus> order = {TrustStatus::kProvisional, TrustStatus::kRecovered,
                                    TrustStatus::kValidated, TrustStatus::kQualified};
  do {
    for (std::size_t removed = 0; removed < order.size(); ++removed) {
      FigureTable table;
      FigureIdentity person;
      person.facts.id = 256;  // the first of a block
      table.PutIdentity(person);
      const auto visit_of = [&](std::size_t i) {
        Visit visit;
        visit.identity_id = 256;
        visit.admitted_at = AtHour(kFirstDay, 8);
        visit.status_at_admission = order[i];
        return visit;
      };
      for (std::size_t i = 0; i < order.size(); ++i) {
        ASSERT_TRUE(table.AddVisit(visit_of(i), kFirstDay));
      }
      std::vector<TrustStatus> left = order;
      for (std::size_t i = 0; i < 2; ++i) {
        const std::size_t gone = (removed + i) % order.size();
        ASSERT_TRUE(table.RemoveVisit(visit_of(gone), kFirstDay));
        left.erase(std::find(left.begin(), left.end(), order[gone]));
        const FigurePlan plan = table.Plan(AllDays(definition));
        FigureCounts counts(plan);
        table.Add(plan, 0, 1, counts);
        const IndicatorRow total = plan.Total(counts);
        const auto lowest = static_cast<std::size_t>(*std::min_element(left.begin(), left.end()));
        EXPECT_EQ(total.denominator, 1);
        EXPECT_EQ(total.statuses.at(lowest - 1), 1);
        EXPECT_EQ(TextOf(plan.RowAt(counts, 0)), TextOf(total));
      }
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

// Past what the first numbers of a row are counted in, for each of them that can be.
TEST(FigureTable, CountsMoreThanSixteenBits) {
  constexpr std::int64_t kPatients = 70'000;
  FigureTable table;
  for (std::int64_t id = 1; id <= kPatients; ++id) {
    FigureIdentity person;
    person.facts.id = static_cast<IdentityId>(id);
    person.facts.attributes.homonym = true;
    table.PutIdentity(person);
    Visit visit;
    visit.identity_id = static_cast<IdentityId>(id);
    visit.admitted_at = AtHour(kFirstDay, id % 24);
    for (const bool cancelled : {false, true, false}) {
      visit.cancelled = cancelled;
      visit.admitted_at += std::chrono::seconds(1);
      ASSERT_TRUE(table.AddVisit(visit, kFirstDay));
    }
  }
  for (const auto population :
       {IndicatorPopulation::kVisits, IndicatorPopulation::kFileActivePatients}) {
    const std::int64_t each = population == IndicatorPopulation::kVisits ? 2 : 1;
    const IndicatorDefinition definition = Provisional(population);
    FigureQuestion question = AllDays(definition);
    question.grouping.day = true;
    const FigurePlan plan = table.Plan(question);
    FigureCounts counts(plan);
    for (std::size_t part = 0; part < 3; ++part) table.Add(plan, part, 3, counts);
    ASSERT_EQ(counts.row_count(), 1U);
    for (const IndicatorRow& row : {plan.RowAt(counts, 0), plan.Total(counts)}) {
      EXPECT_EQ(row.numerator, each * kPatients);
      EXPECT_EQ(row.homonym_count, each * kPatients);
      EXPECT_EQ(row.exclusions.at("cancelled"), kPatients);
    }
  }
}

// No more is counted than can be shown.
TEST(FigureTable, StopsAtTooManyRows) {
  FigureTable table;
  for (int i = 0; i < 1'000; ++i) {
    Visit visit;
    visit.identity_id = static_cast<IdentityId>(1 + i * 100);
    visit.admitted_at = AtHour(kFirstDay + i, 1);
    ASSERT_TRUE(table.AddVisit(visit, kFirstDay + i));
    visit.identity_id = 0;
    ASSERT_TRUE(table.AddVisit(visit, kFirstDay + i));
  }
  const IndicatorDefinition definition = Provisional(IndicatorPopulation::kVisits);
  FigureQuestion question = AllDays(definition);
  question.grouping.day = true;
  for (const std::size_t limit : {9U, 999U, 1'000U}) {
    question.row_count_max = limit;
    const FigurePlan plan = table.Plan(question);
    FigureCounts counts(plan);
    table.Add(plan, 0, 1, counts);
    if (limit == 1'000) {
      EXPECT_EQ(counts.row_count(), 1'000U);
      EXPECT_EQ(plan.Total(counts).denominator, 2'000);
    } else {
      EXPECT_GT(counts.row_count(), limit);
      EXPECT_LE(counts.row_count(), limit + 3);  // what one block of identities can add
    }
  }
}

// What the header promises of memory, room to grow included.
TEST(FigureTable, TakesTheMemoryItSays) {
  FigureTable table;
  constexpr std::int64_t kVisits = 50'000;
  for (std::int64_t i = 0; i < kVisits; ++i) {
    Visit visit;
    visit.identity_id = static_cast<IdentityId>(1 + i * 7919 % 10'000);
    visit.admitted_at = AtHour(kFirstDay, i);
    ASSERT_TRUE(table.AddVisit(visit, DayOf(visit.admitted_at)));
  }
  EXPECT_LT(table.bytes(), 24 * kVisits * 5 / 4 + 30 * 10'240);
}

}  // namespace
}  // namespace vigie::matching
