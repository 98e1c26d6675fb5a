#include "matching/indicator.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/reference/indicator_twin.h"

namespace vigie::matching {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Group = std::map<std::string, std::string>;

IndicatorDefinition Shipped(const std::string& name) {
  for (const IndicatorDefinition& definition : ShippedIndicatorDefinitions()) {
    if (definition.name == name) return definition;
  }
  ADD_FAILURE() << "no definition " << name;
  return {};
}

constexpr char kText[] = R"(name = "own"
version = 2
description = "what it is"
source = "where from"
population = "visits"
numerator_statuses = ["qualified"]
status_as_of = "discharge"
activities = ["MCO", "SMR"]
kinds = ["inpatient"]
title = { french = "titre", english = "title" }
[exclude]
doubtful = true
[target]
value = 0.8
source = "local charter"
)";

std::string With(const std::string& from, const std::string& to) {
  std::string text = kText;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(IndicatorDefinition, IsReadWholly) {
  const auto definition = ParseIndicatorDefinition(kText, "own.toml");
  ASSERT_TRUE(definition.ok()) << definition.status();
  EXPECT_EQ(definition->name, "own");
  EXPECT_EQ(definition->version, 2);
  EXPECT_EQ(definition->title_french, "titre");
  EXPECT_EQ(definition->title_english, "title");
  EXPECT_EQ(definition->description, "what it is");
  EXPECT_EQ(definition->source, "where from");
  EXPECT_EQ(definition->population, IndicatorPopulation::kVisits);
  EXPECT_THAT(definition->numerator_statuses, ElementsAre(TrustStatus::kQualified));
  EXPECT_EQ(definition->status_as_of, StatusAsOfRule::kDischarge);
  EXPECT_THAT(definition->activities, ElementsAre(Activity::kMco, Activity::kSmr));
  EXPECT_THAT(definition->kinds, ElementsAre(VisitKind::kInpatient));
  EXPECT_TRUE(definition->exclude_cancelled);
  EXPECT_TRUE(definition->exclude_unattached);
  EXPECT_TRUE(definition->exclude_fictitious);
  EXPECT_TRUE(definition->exclude_doubtful);
  EXPECT_EQ(definition->target, 0.8);
  EXPECT_EQ(definition->target_source, "local charter");
  EXPECT_EQ(definition->hash.size(), 16U);
}

TEST(IndicatorDefinition, KeepsAccentsAtEveryPlace) {
  const auto definition = ParseIndicatorDefinition(
      With("\"what it is\"", "\"\"\"\\\n   état à la sortie\"\"\" # définition"), "own.toml");
  ASSERT_TRUE(definition.ok()) << definition.status();
  EXPECT_EQ(definition->description, "état à la sortie");
}

struct Refused {
  std::string description;
  std::string text;
  std::string message;  // must be part of the error
};

TEST(IndicatorDefinition, RefusesWithLineKeyAndRemedy) {
  const std::vector<Refused> cases = {
      {"unknown key", With("status_as_of", "status_asof"),
       "own.toml:7: 'status_asof': unknown key; did you mean 'status_as_of'?"},
      {"unknown key in a table", With("doubtful = true", "doubtfull = true"),
       "own.toml:12: 'exclude.doubtfull': unknown key; did you mean 'doubtful'?"},
      {"unknown key, nothing near", With("version = 2", "version = 2\nzzzzzzzzz = 1"),
       "own.toml:3: 'zzzzzzzzz': unknown key; known: name"},
      {"unknown status", With("[\"qualified\"]", "[\"qualifed\"]"),
       "own.toml:6: numerator_statuses: unknown word 'qualifed'; did you mean 'qualified'?"},
      {"unknown activity", With("\"SMR\"", "\"SSR\""),
       "own.toml:8: activities: unknown word 'SSR'; did you mean 'SMR'?"},
      {"unknown kind", With("\"inpatient\"", "\"stay\""),
       "own.toml:9: kinds: unknown word 'stay'; known: inpatient day"},
      {"unknown population", With("\"visits\"", "\"visit\""),
       "own.toml:5: population: unknown word 'visit'; did you mean 'visits'?"},
      {"unknown instant", With("\"discharge\"", "\"exit\""), "own.toml:7: status_as_of: unknown"},
      {"item twice", With("\"SMR\"", "\"MCO\""), "own.toml:8: activities: names the same item"},
      {"empty numerator", With("[\"qualified\"]", "[]"),
       "own.toml:6: numerator_statuses: must name at least one status"},
      {"list is a word", With("[\"qualified\"]", "\"qualified\""),
       "own.toml:6: numerator_statuses: must be a list"},
      {"item is a number", With("[\"inpatient\"]", "[1]"), "own.toml:9: kinds: must be text"},
      {"missing name", With("name = \"own\"\n", ""), "name: is missing"},
      {"missing source", With("source = \"where from\"\n", ""), "source: is missing"},
      {"missing title", With("title = { french = \"titre\", english = \"title\" }\n", ""),
       "title: is missing"},
      {"missing english title", With(", english = \"title\"", ""),
       "own.toml:10: title.english: is missing"},
      {"empty description", With("what it is", ""), "own.toml:3: description: must not be empty"},
      {"bad name", With("\"own\"", "\"Own Rate\""), "own.toml:1: name: must be 1 to 64"},
      {"version zero", With("version = 2", "version = 0"), "own.toml:2: version: must be a whole"},
      {"version not whole", With("version = 2", "version = 2.0"), "own.toml:2: version"},
      {"version too large", With("version = 2", "version = 4294967297"), "own.toml:2: version"},
      {"flag is text", With("doubtful = true", "doubtful = \"yes\""),
       "own.toml:12: exclude.doubtful: must be true or false"},
      {"target without source", With("source = \"local charter\"\n", ""),
       "target.source: is missing"},
      {"target with empty source", With("local charter", ""),
       "own.toml:15: target.source: is required"},
      {"source without target", With("value = 0.8\n", ""), "target.value: is missing"},
      {"target in percent", With("0.8", "80"),
       "own.toml:14: target.value: must be between 0 and 1"},
      {"target not a number", With("0.8", "nan"), "own.toml:14: target.value: must be between"},
      {"target is text", With("0.8", "\"0.8\""), "own.toml:14: target.value: must be a number"},
      {"exclude is no table", With("[exclude]\ndoubtful = true", "exclude = true"),
       "own.toml:11: exclude: must be a table"},
      {"file active with unattached visits",
       With("[exclude]", "[exclude]\nunattached = false")
           .replace(With("[exclude]", "[exclude]\nunattached = false").find("\"visits\""), 8,
                    "\"file_active_patients\""),
       "own.toml:12: exclude.unattached: must be true"},
      {"key twice", With("version = 2", "version = 2\nversion = 2"), "own.toml:3: not TOML"},
      {"not TOML", "name = ", "own.toml:1: not TOML"},
      {"not UTF-8", "name = \"\xff\xfe\"", "own.toml:1: not TOML"},
      {"accented bare key", With("version = 2", "\u00e9 = 2"), "own.toml:2: not TOML"},
      {"empty", "", "name: is missing"},
      {"too large", std::string(70000, '#'), "at most 65536 bytes"},
      {"deep list", "a = " + std::string(5000, '[') + std::string(5000, ']'),
       "own.toml:1: too many open brackets"},
      {"deep key", With("version = 2", "a" + std::string(60000, '.')),
       "own.toml:2: too many open brackets or dots"},
  };
  for (const Refused& c : cases) {
    const auto definition = ParseIndicatorDefinition(c.text, "own.toml");
    ASSERT_FALSE(definition.ok()) << c.description;
    EXPECT_EQ(definition.status().code(), absl::StatusCode::kInvalidArgument) << c.description;
    EXPECT_THAT(std::string(definition.status().message()), HasSubstr(c.message)) << c.description;
    EXPECT_EQ(std::string(definition.status().message()).rfind("own.toml:", 0), 0U)
        << c.description;
  }
}

TEST(IndicatorDefinition, MadeInCodeIsCheckedAsWell) {
  IndicatorDefinition definition = Shipped("qualified-visits");
  EXPECT_TRUE(CheckIndicatorDefinition(definition).ok());
  definition.target_source = "a text";
  EXPECT_FALSE(CheckIndicatorDefinition(definition).ok());
  definition.target = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(CheckIndicatorDefinition(definition).ok());
  definition.target = 1.0;
  EXPECT_TRUE(CheckIndicatorDefinition(definition).ok());
  definition.activities = {Activity::kUnknown};
  EXPECT_FALSE(CheckIndicatorDefinition(definition).ok());
}

// The hash names what is counted: any change of a field is another definition.
TEST(IndicatorDefinition, HashChangesWithEveryField) {
  std::set<std::string> hashes;
  const auto add = [&](const std::string& text) {
    const auto definition = ParseIndicatorDefinition(text, "own.toml");
    ASSERT_TRUE(definition.ok()) << definition.status();
    EXPECT_TRUE(hashes.insert(definition->hash).second) << text;
  };
  add(kText);
  add(With("own", "other"));
  add(With("version = 2", "version = 3"));
  add(With("titre", "autre"));
  add(With("\"title\"", "\"other\""));
  add(With("what it is", "else"));
  add(With("where from", "else"));
  add(With("\"visits\"", "\"file_active_patients\""));
  add(With("[\"qualified\"]", "[\"qualified\", \"recovered\"]"));
  add(With("\"discharge\"", "\"admission\""));
  add(With("\"SMR\"", "\"PSY\""));
  add(With("[\"inpatient\"]", "[]"));
  for (const char* flag : {"cancelled", "unattached", "fictitious"}) {
    add(With("[exclude]", "[exclude]\n" + std::string(flag) + " = false"));
  }
  add(With("doubtful = true", "doubtful = false"));
  add(With("0.8", "0.81"));
  add(With("local charter", "else"));
  EXPECT_EQ(hashes.size(), 18U);

  const auto reordered = ParseIndicatorDefinition(
      With("[\"MCO\", \"SMR\"]", "[ 'SMR', 'MCO' ] # the same set"), "own.toml");
  ASSERT_TRUE(reordered.ok());
  EXPECT_TRUE(hashes.contains(reordered->hash)) << "spelling and order change nothing";
}

// A figure names its definition by name, version and hash: whoever changes a text raises its
// version and writes the new hash here.
TEST(ShippedDefinitions, ChangeOnlyWithTheirVersion) {
  std::vector<std::string> named;
  for (const IndicatorDefinition& d : ShippedIndicatorDefinitions()) {
    named.push_back(d.name + " " + std::to_string(d.version) + " " + d.hash);
  }
  EXPECT_THAT(named, ElementsAre("qualified-visits 1 41c8630b49e29014",
                                 "qualified-patients 1 b99c0112333c868a",
                                 "insi-identities 1 41f472d67f2b4976"));
}

TEST(ShippedDefinitions, SayWhatTheyAreAndClaimNoTarget) {
  const auto definitions = ShippedIndicatorDefinitions();
  std::vector<std::string> names;
  for (const IndicatorDefinition& definition : definitions) {
    names.push_back(definition.name);
    EXPECT_TRUE(CheckIndicatorDefinition(definition).ok()) << definition.name;
    EXPECT_FALSE(definition.target.has_value()) << definition.name;
    EXPECT_THAT(definition.description, HasSubstr("could")) << definition.name;
    EXPECT_THAT(definition.description, HasSubstr("not ")) << definition.name;
    EXPECT_TRUE(ShippedIndicatorDefinitionToml(definition.name).has_value()) << definition.name;
    EXPECT_TRUE(definition.exclude_fictitious) << definition.name;
  }
  EXPECT_THAT(names, ElementsAre("qualified-visits", "qualified-patients", "insi-identities"));
  EXPECT_EQ(ShippedIndicatorDefinitionToml("other"), std::nullopt);
  EXPECT_THAT(Shipped("insi-identities").numerator_statuses,
              ElementsAre(TrustStatus::kRecovered, TrustStatus::kQualified));
}

Instant At(int second) { return Instant(std::chrono::seconds(second)); }

// A discharged visit of identity 1, qualified throughout, and its fact.
struct Sample {
  Sample() {
    visit.identity_id = 1;
    visit.activity = Activity::kMco;
    visit.kind = VisitKind::kInpatient;
    visit.admitted_at = At(100);
    visit.discharged_at = At(200);
    visit.status_at_admission = visit.status_at_discharge = TrustStatus::kQualified;
  }
  IndicatorFact fact() const { return {&visit, attached, attributes, status_now}; }
  Visit visit;
  bool attached = true;
  Attributes attributes;
  TrustStatus status_now = TrustStatus::kQualified;
};

IndicatorRow CountOf(const IndicatorDefinition& definition, const std::vector<Sample>& samples) {
  IndicatorAccumulator accumulator(definition);
  for (const Sample& sample : samples) accumulator.Add(sample.fact(), {});
  return accumulator.Total();
}

TEST(Indicator, EmptyWindowHasNoRateAndListsEveryReason) {
  const IndicatorAccumulator accumulator(Shipped("qualified-visits"));
  EXPECT_TRUE(accumulator.Rows().empty());
  const IndicatorRow total = accumulator.Total();
  EXPECT_EQ(total.rate(), std::nullopt);
  EXPECT_EQ(total.denominator, 0);
  EXPECT_EQ(total.exclusions,
            (std::map<std::string, std::int64_t>{
                {"cancelled", 0}, {"doubtful", 0}, {"fictitious", 0}, {"unattached", 0}}));
}

TEST(Indicator, ExcludesAVisitOnceByTheFirstReason) {
  IndicatorDefinition definition = Shipped("qualified-visits");
  definition.exclude_doubtful = true;
  Sample everything;
  everything.visit.cancelled = true;
  everything.attached = false;
  everything.attributes = {false, true, true};
  Sample unattached;
  unattached.attached = false;
  Sample marked;
  marked.attributes = {false, true, true};
  Sample doubtful;
  doubtful.attributes.doubtful = true;
  const IndicatorRow row =
      CountOf(definition, {everything, unattached, marked, doubtful, Sample()});
  EXPECT_EQ(row.exclusions,
            (std::map<std::string, std::int64_t>{
                {"cancelled", 1}, {"doubtful", 1}, {"fictitious", 1}, {"unattached", 1}}));
  EXPECT_EQ(row.denominator, 1);
  EXPECT_EQ(row.rate(), 1.0);
}

TEST(Indicator, VisitNotDischargedYetCountsWithTheStatusNow) {
  Sample present;
  present.visit.discharged_at = std::nullopt;
  present.visit.status_at_discharge = std::nullopt;
  present.visit.status_at_admission = TrustStatus::kProvisional;
  present.status_now = TrustStatus::kRecovered;
  const IndicatorRow row = CountOf(Shipped("qualified-visits"), {present});
  EXPECT_THAT(row.statuses, ElementsAre(0, 1, 0, 0));
  EXPECT_EQ(row.rate(), 0.0);
}

TEST(Indicator, MissingSnapshotCountsAsProvisional) {
  Sample sample;
  sample.visit.status_at_admission = sample.visit.status_at_discharge = std::nullopt;
  IndicatorDefinition definition = Shipped("qualified-visits");
  EXPECT_THAT(CountOf(definition, {sample}).statuses, ElementsAre(1, 0, 0, 0));
  definition.status_as_of = StatusAsOfRule::kAdmission;
  EXPECT_THAT(CountOf(definition, {sample}).statuses, ElementsAre(1, 0, 0, 0));
}

TEST(Indicator, OtherActivitiesAndKindsAreNeitherCountedNorExcluded) {
  IndicatorDefinition definition = Shipped("qualified-visits");
  definition.activities = {Activity::kSmr};
  Sample cancelled;
  cancelled.visit.cancelled = true;
  IndicatorRow row = CountOf(definition, {Sample(), cancelled});
  EXPECT_EQ(row.denominator, 0);
  EXPECT_EQ(row.exclusions["cancelled"], 0);
  definition.activities = {};
  definition.kinds = {VisitKind::kDay};
  EXPECT_EQ(CountOf(definition, {Sample()}).denominator, 0);
}

TEST(Indicator, PatientCountsOnceInAGroupWithTheLatestVisit) {
  IndicatorDefinition definition = Shipped("qualified-patients");
  definition.status_as_of = StatusAsOfRule::kAdmission;
  Sample early, late, tie;
  early.visit.status_at_admission = TrustStatus::kQualified;
  late.visit.admitted_at = At(300);
  late.visit.status_at_admission = TrustStatus::kValidated;
  tie.visit.admitted_at = At(300);
  tie.visit.status_at_admission = TrustStatus::kRecovered;
  EXPECT_THAT(CountOf(definition, {early, late}).statuses, ElementsAre(0, 0, 1, 0));
  EXPECT_THAT(CountOf(definition, {late, early}).statuses, ElementsAre(0, 0, 1, 0));
  EXPECT_THAT(CountOf(definition, {late, tie}).statuses, ElementsAre(0, 1, 0, 0));
  EXPECT_THAT(CountOf(definition, {tie, late}).statuses, ElementsAre(0, 1, 0, 0));

  IndicatorAccumulator months(definition);
  months.Add(early.fact(), {{"month", "2026-02"}});
  months.Add(late.fact(), {{"month", "2026-03"}});
  ASSERT_EQ(months.Rows().size(), 2U);
  EXPECT_EQ(months.Rows()[0].denominator + months.Rows()[1].denominator, 2);
  EXPECT_EQ(months.Total().denominator, 1) << "one patient in all";
}

// domain trap 4: a doubtful or fictitious identity is provisional; by default the doubtful one
// stays in the denominator and the fictitious one leaves it.
TEST(Indicator, Trap04DoubtfulStaysInTheDenominatorFictitiousDoesNot) {
  Sample doubtful, fictitious;
  doubtful.attributes.doubtful = true;
  doubtful.status_now = TrustStatus::kProvisional;
  fictitious.attributes.fictitious = true;
  fictitious.status_now = TrustStatus::kProvisional;
  IndicatorDefinition definition = Shipped("qualified-visits");
  definition.status_as_of = StatusAsOfRule::kExtraction;
  const IndicatorRow row = CountOf(definition, {doubtful, fictitious, Sample()});
  EXPECT_EQ(row.denominator, 2);
  EXPECT_THAT(row.statuses, ElementsAre(1, 0, 0, 1));
  EXPECT_EQ(row.exclusions.at("fictitious"), 1);
  EXPECT_EQ(row.exclusions.at("doubtful"), 0);
}

// domain trap 6: an INS withdrawn after discharge takes the visit out of today's rate, and not out
// of the rate at discharge.
TEST(Indicator, Trap06WithdrawnInsShowsAtExtraction) {
  Sample withdrawn;
  withdrawn.status_now = TrustStatus::kValidated;
  IndicatorDefinition definition = Shipped("qualified-visits");
  EXPECT_EQ(CountOf(definition, {withdrawn}).rate(), 1.0);
  definition.status_as_of = StatusAsOfRule::kExtraction;
  EXPECT_EQ(CountOf(definition, {withdrawn}).rate(), 0.0);
}

// domain trap 12: the three instants give three rates over the same facts.
TEST(Indicator, Trap12StatusAtVisitAndAtExtractionDiffer) {
  std::vector<Sample> samples(4);
  samples[0].visit.status_at_admission = TrustStatus::kProvisional;
  samples[1].visit.status_at_admission = TrustStatus::kRecovered;
  samples[2].visit.status_at_admission = TrustStatus::kValidated;
  samples[1].visit.status_at_discharge = TrustStatus::kRecovered;
  samples[2].visit.status_at_discharge = TrustStatus::kValidated;
  samples[2].status_now = TrustStatus::kValidated;
  IndicatorDefinition definition = Shipped("qualified-visits");
  definition.status_as_of = StatusAsOfRule::kAdmission;
  EXPECT_EQ(CountOf(definition, samples).rate(), 0.25);
  definition.status_as_of = StatusAsOfRule::kDischarge;
  EXPECT_EQ(CountOf(definition, samples).rate(), 0.5);
  definition.status_as_of = StatusAsOfRule::kExtraction;
  EXPECT_EQ(CountOf(definition, samples).rate(), 0.75);
}

// domain trap 13: unknown emergency patient, anonymous delivery (fictitious), newborn before civil
// registration (provisional): out of the rate or in the denominator, always counted somewhere.
TEST(Indicator, Trap13FictitiousAndUnknownAreExcludedButCounted) {
  Sample anonymous, unknown, newborn;
  anonymous.attributes.fictitious = true;
  unknown.attached = false;
  newborn.visit.status_at_discharge = TrustStatus::kProvisional;
  const IndicatorRow row =
      CountOf(Shipped("qualified-visits"), {anonymous, unknown, newborn, Sample()});
  EXPECT_EQ(row.exclusions.at("fictitious"), 1);
  EXPECT_EQ(row.exclusions.at("unattached"), 1);
  EXPECT_EQ(row.denominator, 2);
  EXPECT_EQ(row.numerator, 1);
}

template <typename Value>
Value Pick(std::mt19937_64& random, const std::vector<Value>& values) {
  return values[random() % values.size()];
}

const std::vector<std::optional<TrustStatus>> kSnapshots = {
    std::nullopt, TrustStatus::kProvisional, TrustStatus::kRecovered, TrustStatus::kValidated,
    TrustStatus::kQualified};

Visit RandomVisit(std::mt19937_64& random) {
  Visit visit;
  visit.identity_id = 1 + random() % 12;
  visit.activity = static_cast<Activity>(random() % 6);
  visit.kind = static_cast<VisitKind>(random() % 6);
  visit.admitted_at = At(static_cast<int>(random() % 10));
  if (random() % 3 != 0) visit.discharged_at = At(20);
  visit.cancelled = random() % 8 == 0;
  visit.status_at_admission = Pick(random, kSnapshots);
  visit.status_at_discharge = Pick(random, kSnapshots);
  return visit;
}

IndicatorDefinition RandomDefinition(std::mt19937_64& random) {
  IndicatorDefinition definition = Shipped("qualified-visits");
  definition.population = static_cast<IndicatorPopulation>(random() % 2);
  definition.status_as_of = static_cast<StatusAsOfRule>(random() % 3);
  definition.numerator_statuses.clear();
  for (int status = 1; status <= 4; ++status) {
    if (random() % 2 == 0) {
      definition.numerator_statuses.push_back(static_cast<TrustStatus>(status));
    }
  }
  if (definition.numerator_statuses.empty()) {
    definition.numerator_statuses = {TrustStatus::kQualified};
  }
  if (random() % 2 == 0) definition.activities = {Activity::kMco, Activity::kHad, Activity::kPsy};
  if (random() % 2 == 0) {
    definition.kinds = {VisitKind::kInpatient, VisitKind::kDay, VisitKind::kSession};
  }
  definition.exclude_cancelled = random() % 4 != 0;
  definition.exclude_unattached =
      definition.population == IndicatorPopulation::kFileActivePatients || random() % 2 == 0;
  definition.exclude_fictitious = random() % 2 == 0;
  definition.exclude_doubtful = random() % 2 == 0;
  EXPECT_TRUE(CheckIndicatorDefinition(definition).ok());
  return definition;
}

int Differences(const IndicatorRow& got, const IndicatorRow& want) {
  return static_cast<int>(got.group != want.group) +
         static_cast<int>(got.numerator != want.numerator) +
         static_cast<int>(got.denominator != want.denominator) +
         static_cast<int>(got.exclusions != want.exclusions) +
         static_cast<int>(got.statuses != want.statuses);
}

// 200 definitions over 50 facts each: 10,000 facts against the twin, and again in another order.
TEST(Indicator, TenThousandRandomFactsCountAsTheTwinCounts) {
  std::mt19937_64 random(20260102);
  int facts_counted = 0, differences = 0, not_empty = 0;
  for (int round = 0; round < 200; ++round) {
    const IndicatorDefinition definition = RandomDefinition(random);
    std::deque<Visit> visits;  // facts point into it
    std::vector<reference::IndicatorTwinFact> facts;
    for (int i = 0; i < 50; ++i) {
      visits.push_back(RandomVisit(random));
      const Attributes attributes{random() % 4 == 0, random() % 6 == 0, random() % 6 == 0};
      const IndicatorFact fact{&visits.back(), random() % 6 != 0, attributes,
                               static_cast<TrustStatus>(1 + random() % 4)};
      facts.push_back({fact,
                       {{"month", "2026-0" + std::to_string(1 + random() % 3)},
                        {"site", std::to_string(random() % 2)}}});
    }
    const reference::IndicatorTwin twin(definition, facts);
    std::set<Group> groups;
    for (const auto& f : facts) {
      if (twin.Concerned(f.fact)) groups.insert(f.group);
    }
    for (int order = 0; order < 2; ++order) {
      IndicatorAccumulator accumulator(definition);
      for (const auto& f : facts) accumulator.Add(f.fact, f.group);
      const std::vector<IndicatorRow> rows = accumulator.Rows();
      ASSERT_EQ(rows.size(), groups.size());
      std::size_t at = 0;
      for (const Group& group : groups) differences += Differences(rows[at++], twin.Count(&group));
      differences += Differences(accumulator.Total(), twin.Count(nullptr));
      not_empty += static_cast<int>(accumulator.Total().denominator > 0);
      std::shuffle(facts.begin(), facts.end(), random);
    }
    facts_counted += 50;
  }
  EXPECT_EQ(facts_counted, 10000);
  EXPECT_EQ(differences, 0);
  EXPECT_GT(not_empty, 350);
}

}  // namespace
}  // namespace vigie::matching
