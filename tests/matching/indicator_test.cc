#include "matching/indicator.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <numeric>
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

constexpr char kRules[] = R"([[exclude.where]]
reason = "newborn_before_declaration"
age_days_min = 0
age_days_max = 5
last_insi = ["none", "02"]
statuses = ["provisional"]
[[exclude.where]]
reason = "born_abroad"
born_abroad = true
activities = ["MCO"]
kinds = ["emergency"]
entry_channels = ["desk", "UNKNOWN"]
[target])";

TEST(IndicatorDefinition, ReadsWindowUnitsAndOwnExclusions) {
  std::string text = With("[target]", kRules);
  text.insert(text.find("title ="),
              "window = \"rolling_days\"\nrolling_days = 90\n"
              "legal_entities = [\"100000017\"]\nsites = [\"100000025\"]\n"
              "group_name = \"GHT\"\n");
  const auto definition = ParseIndicatorDefinition(text, "own.toml");
  ASSERT_TRUE(definition.ok()) << definition.status();
  EXPECT_EQ(definition->window, (IndicatorWindow{WindowKind::kRollingDays, 90, {}, {}}));
  EXPECT_THAT(definition->legal_entities, ElementsAre("100000017"));
  EXPECT_THAT(definition->sites, ElementsAre("100000025"));
  EXPECT_EQ(definition->group_name, "GHT");
  ExclusionRule newborn;
  newborn.reason = "newborn_before_declaration";
  newborn.age_days_min = 0;
  newborn.age_days_max = 5;
  newborn.last_insi = {LastInsiAnswer::kNone, LastInsiAnswer::kSeveral};
  newborn.statuses = {TrustStatus::kProvisional};
  ExclusionRule abroad;
  abroad.reason = "born_abroad";
  abroad.born_abroad = true;
  abroad.activities = {Activity::kMco};
  abroad.kinds = {VisitKind::kEmergency};
  abroad.entry_channels = {"desk", ""};
  EXPECT_THAT(definition->exclusion_rules, ElementsAre(newborn, abroad));
  EXPECT_THAT(ExclusionReasonsOf(*definition),
              ElementsAre("cancelled", "unattached", "fictitious", "doubtful",
                          "newborn_before_declaration", "born_abroad"));
}

// What is written reads as the same definition and is written the same again.
TEST(IndicatorDefinition, IsWrittenAsItReads) {
  std::vector<IndicatorDefinition> definitions = ShippedIndicatorDefinitions();
  for (const std::string& text :
       {std::string(kText), With("[target]", kRules),
        With("version = 2", "version = 2\nfrom = 2026-01-01\nto = 2026-02-28"),
        With("version = 2", "version = 2\nwindow = 'rolling_days'\nrolling_days = 7"),
        With("\"what it is\"", "\"quotes \\\" \\\\ and\\n\\u007f lines, état\""),
        With("0.8", "0.30000000000000004"), With("0.8", "1"), With("0.8", "1e-9")}) {
    const auto definition = ParseIndicatorDefinition(text, "own.toml");
    ASSERT_TRUE(definition.ok()) << definition.status() << text;
    definitions.push_back(*definition);
  }
  for (const IndicatorDefinition& definition : definitions) {
    const std::string written = WriteIndicatorDefinition(definition);
    const auto again = ParseIndicatorDefinition(written, "written.toml");
    ASSERT_TRUE(again.ok()) << again.status() << written;
    EXPECT_EQ(again->hash, definition.hash) << written;
    EXPECT_EQ(WriteIndicatorDefinition(*again), written);
  }
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
      {"unknown window", With("version = 2", "version = 2\nwindow = 'year'"),
       "own.toml:3: window: unknown word 'year'; known: calendar_month"},
      {"rolling window without days", With("version = 2", "version = 2\nwindow = 'rolling_days'"),
       "rolling_days: is missing"},
      {"rolling days alone", With("version = 2", "version = 2\nrolling_days = 7"),
       "own.toml:3: rolling_days: stands without window"},
      {"no rolling days",
       With("version = 2", "version = 2\nwindow = 'rolling_days'\nrolling_days = 0"),
       "own.toml:4: rolling_days: must be a whole number from 1 on"},
      {"too many rolling days",
       With("version = 2", "version = 2\nwindow = 'rolling_days'\nrolling_days = 3661"),
       "own.toml:4: rolling_days: must be 1 to 3660 days"},
      {"from without to", With("version = 2", "version = 2\nfrom = 2026-01-01"), "to: is missing"},
      {"to before from", With("version = 2", "version = 2\nfrom = 2026-01-02\nto = 2026-01-01"),
       "own.toml:4: to: must not be before from"},
      {"29 February of no leap year",
       With("version = 2", "version = 2\nfrom = '2026-02-29'\nto = 2026-03-01"),
       "own.toml:3: from: must be a day"},
      {"partial day", With("version = 2", "version = 2\nfrom = '2026-02-00'\nto = 2026-03-01"),
       "own.toml:3: from: must be a day"},
      {"two windows",
       With("version = 2",
            "version = 2\nwindow = 'calendar_month'\nfrom = 2026-01-01\nto = 2026-01-02"),
       "own.toml:4: from: stands beside another window"},
      {"entity is no FINESS", With("version = 2", "version = 2\nlegal_entities = ['100000018']"),
       "own.toml:3: legal_entities: must be FINESS numbers"},
      {"site twice", With("version = 2", "version = 2\nsites = ['100000017', '100000017']"),
       "own.toml:3: sites: names the same item twice"},
      {"site is a number", With("version = 2", "version = 2\nsites = [100000017]"),
       "own.toml:3: sites: must be texts"},
      {"group without entities", With("version = 2", "version = 2\ngroup_name = 'GHT'"),
       "own.toml:3: group_name: stands without legal_entities"},
      {"rule without condition", With("[target]", "[[exclude.where]]\nreason = 'a'\n[target]"),
       "exclude.where: a rule must state at least one condition"},
      {"rule without reason", With("[target]", "[[exclude.where]]\nborn_abroad = true\n[target]"),
       "own.toml:13: exclude.where.reason: is missing"},
      {"rule with a reason of ours",
       With("[target]", "[[exclude.where]]\nreason = 'doubtful'\nborn_abroad = true\n[target]"),
       "exclude.where: each reason once"},
      {"rule with a bad reason",
       With("[target]", "[[exclude.where]]\nreason = 'a-b'\nborn_abroad = true\n[target]"),
       "exclude.where: a reason must be 1 to 64"},
      {"rule with an unknown key",
       With("[target]", "[[exclude.where]]\nreason = 'a'\nborn_abrod = true\n[target]"),
       "own.toml:15: 'exclude.where.born_abrod': unknown key; did you mean 'born_abroad'?"},
      {"rule with an unknown status",
       With("[target]", "[[exclude.where]]\nreason = 'a'\nstatuses = ['sure']\n[target]"),
       "own.toml:15: exclude.where.statuses: unknown word 'sure'; known: provisional"},
      {"rule with an unknown answer",
       With("[target]", "[[exclude.where]]\nreason = 'a'\nlast_insi = ['03']\n[target]"),
       "own.toml:15: exclude.where.last_insi: unknown word '03'"},
      {"rule with a negative age",
       With("[target]", "[[exclude.where]]\nreason = 'a'\nage_days_max = -1\n[target]"),
       "own.toml:15: exclude.where.age_days_max: must be a whole number from 0 on"},
      {"rule with ages that exclude each other",
       With("[target]",
            "[[exclude.where]]\nreason = 'a'\nage_days_min = 3\nage_days_max = 2\n[target]"),
       "exclude.where: age_days_min must not be above"},
      {"rule with a channel that is no code",
       With("[target]", "[[exclude.where]]\nreason = 'a'\nentry_channels = ['Desk']\n[target]"),
       "exclude.where: entry_channels must be codes"},
      {"rule with an empty channel",
       With("[target]", "[[exclude.where]]\nreason = 'a'\nentry_channels = ['']\n[target]"),
       "own.toml:15: exclude.where.entry_channels: has an empty code"},
      {"where is one table",
       With("[target]", "[exclude.where]\nreason = 'a'\nborn_abroad = true\n[target]"),
       "exclude.where: must be tables"},
      {"stock with a status of visits",
       With("activities = [\"MCO\", \"SMR\"]\nkinds = [\"inpatient\"]\n", "")
           .replace(With("activities", "activities").find("\"visits\""), 8, "\"identity_stock\""),
       "own.toml:7: status_as_of: must be window_end or extraction"},
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
  const auto head = [&](const std::string& keys) { add(With("title =", keys + "\ntitle =")); };
  head("window = 'calendar_month'");
  head("window = 'calendar_quarter'");
  head("window = 'calendar_semester'");
  head("window = 'rolling_days'\nrolling_days = 7");
  head("window = 'rolling_days'\nrolling_days = 8");
  head("from = 2026-01-01\nto = 2026-01-02");
  head("from = 2026-01-01\nto = 2026-01-03");
  head("from = 2025-12-31\nto = 2026-01-02");
  head("legal_entities = ['100000017']");
  head("sites = ['100000017']");
  head("legal_entities = ['100000017']\ngroup_name = 'GHT'");
  const auto rule = [&](const std::string& keys) {
    add(With("[target]", "[[exclude.where]]\nreason = 'a'\n" + keys + "\n[target]"));
  };
  rule("born_abroad = true");
  rule("born_abroad = false");
  rule("age_days_min = 1");
  rule("age_days_max = 1");
  rule("last_insi = ['01']");
  rule("statuses = ['recovered']");
  rule("activities = ['MCO']");
  rule("kinds = ['day']");
  rule("entry_channels = ['desk']");
  rule("entry_channels = ['UNKNOWN']");
  add(With("[target]", "[[exclude.where]]\nreason = 'b'\nborn_abroad = true\n[target]"));
  EXPECT_EQ(hashes.size(), 40U);

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
  EXPECT_THAT(
      named,
      ElementsAre("qualified-visits 2 4ca122a593d8d30c", "qualified-patients 2 2db8ac06413e6143",
                  "insi-identities 2 0207e94cffb3c4a8", "status-provisional 1 2acf2b3fcffaadb7",
                  "status-recovered 1 8d2e0b4d65a71c7b", "status-validated 1 521573fb1301cc1e",
                  "status-qualified 1 4ad15fdd1a64467a"));
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
    EXPECT_THAT(definition.description, HasSubstr("HOP'EN 2")) << definition.name;
    EXPECT_EQ(definition.window.kind, WindowKind::kCalendarMonth) << definition.name;
    EXPECT_TRUE(ShippedIndicatorDefinitionToml(definition.name).has_value()) << definition.name;
    EXPECT_TRUE(definition.exclude_fictitious) << definition.name;
  }
  EXPECT_THAT(names, ElementsAre("qualified-visits", "qualified-patients", "insi-identities",
                                 "status-provisional", "status-recovered", "status-validated",
                                 "status-qualified"));
  EXPECT_EQ(ShippedIndicatorDefinitionToml("other"), std::nullopt);
  EXPECT_THAT(Shipped("insi-identities").numerator_statuses,
              ElementsAre(TrustStatus::kRecovered, TrustStatus::kQualified));
}

TEST(Window, ResolvesAtAReferenceDay) {
  const struct {
    WindowKind kind;
    std::int32_t rolling_days;
    Date reference;
    DayWindow days;
  } cases[] = {
      {WindowKind::kCalendarMonth, 0, {2024, 2, 29}, {{2024, 2, 1}, {2024, 2, 29}}},
      {WindowKind::kCalendarMonth, 0, {2026, 2, 1}, {{2026, 2, 1}, {2026, 2, 28}}},
      {WindowKind::kCalendarMonth, 0, {1900, 2, 5}, {{1900, 2, 1}, {1900, 2, 28}}},
      {WindowKind::kCalendarMonth, 0, {2026, 12, 31}, {{2026, 12, 1}, {2026, 12, 31}}},
      {WindowKind::kCalendarQuarter, 0, {2026, 3, 31}, {{2026, 1, 1}, {2026, 3, 31}}},
      {WindowKind::kCalendarQuarter, 0, {2026, 11, 22}, {{2026, 10, 1}, {2026, 12, 31}}},
      {WindowKind::kCalendarSemester, 0, {2026, 6, 30}, {{2026, 1, 1}, {2026, 6, 30}}},
      {WindowKind::kCalendarSemester, 0, {2026, 7, 1}, {{2026, 7, 1}, {2026, 12, 31}}},
      {WindowKind::kRollingDays, 1, {2026, 3, 29}, {{2026, 3, 29}, {2026, 3, 29}}},
      {WindowKind::kRollingDays, 30, {2024, 3, 1}, {{2024, 2, 1}, {2024, 3, 1}}},
      {WindowKind::kRollingDays, 366, {2024, 12, 31}, {{2024, 1, 1}, {2024, 12, 31}}},
  };
  for (const auto& c : cases) {
    IndicatorDefinition definition = Shipped("qualified-visits");
    definition.window = {c.kind, c.rolling_days, {}, {}};
    EXPECT_EQ(ResolveWindow(definition, c.reference), c.days)
        << static_cast<int>(c.kind) << " at " << c.reference.year << "-" << int{c.reference.month};
  }
  IndicatorDefinition definition = Shipped("qualified-visits");
  definition.window = {WindowKind::kFixed, 0, {2025, 1, 1}, {2025, 3, 31}};
  EXPECT_EQ(ResolveWindow(definition, {2026, 6, 6}), (DayWindow{{2025, 1, 1}, {2025, 3, 31}}));
  definition.window = {};
  EXPECT_EQ(ResolveWindow(definition, {2026, 6, 6}), std::nullopt);
}

Instant At(int second) { return Instant(std::chrono::seconds(second)); }

// Everything that happens in these tests, and the status now after it.
IndicatorQuery WholeQuery() { return {At(0), At(1'000'000), At(1'000'000)}; }

// A discharged visit of identity 1, qualified throughout, and its fact.
struct Sample {
  Sample() {
    visit.identity_id = 1;
    visit.activity = Activity::kMco;
    visit.kind = VisitKind::kInpatient;
    visit.admitted_at = At(100);
    visit.discharged_at = At(200);
    visit.status_at_admission = visit.status_at_discharge = TrustStatus::kQualified;
    identity.id = 1;
    identity.status_at_extraction = identity.status_at_window_end = TrustStatus::kQualified;
  }
  IndicatorFact fact() const { return {&visit, attached ? &identity : nullptr, admitted_day}; }
  Visit visit;
  bool attached = true;
  IndicatorIdentity identity;
  std::int64_t admitted_day = 0;
};

IndicatorRow CountOf(const IndicatorDefinition& definition, const std::vector<Sample>& samples,
                     const IndicatorQuery& query = WholeQuery()) {
  IndicatorAccumulator accumulator(definition, query);
  for (const Sample& sample : samples) accumulator.Add(sample.fact(), 0);
  return accumulator.Total();
}

TEST(Indicator, EmptyWindowHasNoRateAndListsEveryReason) {
  const IndicatorAccumulator accumulator(Shipped("qualified-visits"), WholeQuery());
  EXPECT_FALSE(accumulator.Has(0));
  EXPECT_EQ(accumulator.Row(7), accumulator.Total());
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
  everything.identity.attributes = {false, true, true};
  Sample unattached;
  unattached.attached = false;
  Sample marked;
  marked.identity.attributes = {false, true, true};
  Sample doubtful;
  doubtful.identity.attributes.doubtful = true;
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
  present.identity.status_at_extraction = TrustStatus::kRecovered;
  const IndicatorRow row = CountOf(Shipped("qualified-visits"), {present});
  EXPECT_THAT(row.statuses, ElementsAre(0, 1, 0, 0));
  EXPECT_EQ(row.rate(), 0.0);
}

// Drawn again for an earlier instant, a stay that ended after it had not ended yet.
TEST(Indicator, DischargeAfterTheCutOffHasNotHappenedYet) {
  Sample left;
  left.visit.status_at_discharge = TrustStatus::kQualified;
  left.identity.status_at_extraction = TrustStatus::kRecovered;
  IndicatorQuery query = WholeQuery();
  query.status_at = At(200);  // at the instant of the discharge it has happened
  EXPECT_THAT(CountOf(Shipped("qualified-visits"), {left}, query).statuses,
              ElementsAre(0, 0, 0, 1));
  query.status_at = At(199);
  EXPECT_THAT(CountOf(Shipped("qualified-visits"), {left}, query).statuses,
              ElementsAre(0, 1, 0, 0));
}

TEST(Indicator, AdmissionsOutsideTheWindowAreNotOfIt) {
  const IndicatorQuery query = {At(100), At(200), At(300)};
  std::vector<Sample> samples(4);
  samples[0].visit.admitted_at = At(99);
  samples[1].visit.admitted_at = At(100);
  samples[2].visit.admitted_at = At(199);
  samples[3].visit.admitted_at = At(200);
  EXPECT_EQ(CountOf(Shipped("qualified-visits"), samples, query).denominator, 2);
}

// The figure of a past window at its end does not move with what is done later.
TEST(Indicator, WindowEndTakesTheStatusAfterTheWindow) {
  Identity identity;
  identity.id = 1;
  identity.status_periods = {{At(0), TrustStatus::kProvisional, ""},
                             {At(200), TrustStatus::kQualified, ""},
                             {At(201), TrustStatus::kValidated, ""}};
  const IndicatorIdentity known = IndicatorIdentityOf(identity, {At(0), At(200), At(500)});
  EXPECT_EQ(known.status_at_window_end, TrustStatus::kQualified);
  EXPECT_EQ(known.status_at_extraction, TrustStatus::kValidated);
  IndicatorDefinition definition = Shipped("qualified-visits");
  definition.status_as_of = StatusAsOfRule::kWindowEnd;
  Sample sample;
  sample.identity = known;
  EXPECT_EQ(CountOf(definition, {sample}).numerator, 1);
}

// What the example of a newborn before the declaration of birth leaves out, and what it does not.
TEST(Indicator, NewbornsLeaveByAgeOnlyWhenItIsKnown) {
  IndicatorDefinition definition = Shipped("qualified-visits");
  ExclusionRule& rule = definition.exclusion_rules.emplace_back();
  rule.reason = "newborn_before_declaration";
  rule.age_days_max = 5;
  const auto excluded = [&](std::optional<std::int64_t> birth_day, std::int64_t admitted_day) {
    Sample sample;
    sample.identity.birth_day = birth_day;
    sample.admitted_day = admitted_day;
    return CountOf(definition, {sample}).exclusions.at("newborn_before_declaration") == 1;
  };
  EXPECT_TRUE(excluded(100, 100));
  EXPECT_TRUE(excluded(100, 105));
  EXPECT_FALSE(excluded(100, 106));
  EXPECT_FALSE(excluded(100, 99)) << "admitted before the birth: the age is not known";
  EXPECT_FALSE(excluded(std::nullopt, 100));
  rule.age_days_min = 1;
  EXPECT_FALSE(excluded(100, 100));
  EXPECT_TRUE(excluded(-1, 0)) << "around 1970";
  Sample unknown;
  unknown.attached = false;
  definition.exclude_unattached = false;
  EXPECT_EQ(CountOf(definition, {unknown}).denominator, 1) << "nobody's age is known";
}

TEST(Indicator, KnowsOfAnIdentityWhatIsKnownOnly) {
  const auto known_of = [](Date birth_date, const std::string& place) {
    Identity identity;
    identity.traits.birth_date = birth_date;
    identity.traits.birth_place_code = place;
    return IndicatorIdentityOf(identity, WholeQuery());
  };
  EXPECT_EQ(known_of({1970, 1, 2}, "").birth_day, 1);
  EXPECT_EQ(known_of({1970, 1, 0}, "").birth_day, std::nullopt);
  EXPECT_EQ(known_of({2023, 2, 29}, "").birth_day, std::nullopt);
  EXPECT_EQ(known_of({}, "99109").born_abroad, true);
  EXPECT_EQ(known_of({}, "99100").born_abroad, false);
  EXPECT_EQ(known_of({}, "75056").born_abroad, false);
  EXPECT_EQ(known_of({}, "99999").born_abroad, std::nullopt);
  EXPECT_EQ(known_of({}, "").born_abroad, std::nullopt);
  EXPECT_EQ(known_of({}, "X").born_abroad, std::nullopt);
}

TEST(Indicator, CountsAttributesAndVisitsWithoutIdentityBesideTheRate) {
  std::vector<Sample> samples(4);
  samples[0].identity.attributes.homonym = true;
  samples[1].identity.attributes.doubtful = true;
  samples[2].identity.attributes.fictitious = true;
  samples[3].attached = false;
  samples[3].visit.cancelled = true;
  const IndicatorRow row = CountOf(Shipped("qualified-visits"), samples);
  EXPECT_EQ(row.denominator, 2);
  EXPECT_EQ(row.homonym_count, 1);
  EXPECT_EQ(row.doubtful_count, 1);
  EXPECT_EQ(row.fictitious_count, 0) << "excluded, so not of the denominator";
  EXPECT_EQ(row.unattached_count, 1) << "cancelled first, and without identity all the same";
  EXPECT_EQ(row.exclusions.at("unattached"), 0);
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

  IndicatorAccumulator months(definition, WholeQuery());
  months.Add(early.fact(), 0);
  months.Add(late.fact(), 2);
  EXPECT_FALSE(months.Has(1));
  EXPECT_EQ(months.Row(0).denominator + months.Row(2).denominator, 2);
  EXPECT_EQ(months.Total().denominator, 1) << "one patient in all";
}

// domain trap 4: a doubtful or fictitious identity is provisional; by default the doubtful one
// stays in the denominator and the fictitious one leaves it.
TEST(Indicator, Trap04DoubtfulStaysInTheDenominatorFictitiousDoesNot) {
  Sample doubtful, fictitious;
  doubtful.identity.attributes.doubtful = true;
  doubtful.identity.status_at_extraction = TrustStatus::kProvisional;
  fictitious.identity.attributes.fictitious = true;
  fictitious.identity.status_at_extraction = TrustStatus::kProvisional;
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
  withdrawn.identity.status_at_extraction = TrustStatus::kValidated;
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
  samples[2].identity.status_at_extraction = TrustStatus::kValidated;
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
  anonymous.identity.attributes.fictitious = true;
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

const std::vector<std::string> kEntities = {"100000017", "100000025", ""};
const std::vector<std::string> kChannels = {"", "desk", "online"};

Visit RandomVisit(std::mt19937_64& random) {
  Visit visit;
  visit.identity_id = random() % 6 == 0 ? 0 : 1 + random() % 12;
  visit.activity = static_cast<Activity>(random() % 6);
  visit.kind = static_cast<VisitKind>(random() % 6);
  visit.legal_entity_finess = Pick(random, kEntities);
  visit.site_finess = Pick(random, kEntities);
  visit.entry_channel = Pick(random, kChannels);
  visit.admitted_at = At(static_cast<int>(random() % 12));
  if (random() % 3 != 0) visit.discharged_at = At(15 + static_cast<int>(random() % 10));
  visit.cancelled = random() % 8 == 0;
  visit.status_at_admission = Pick(random, kSnapshots);
  visit.status_at_discharge = Pick(random, kSnapshots);
  return visit;
}

// Born some days before or after 1970-01-01, on which the visits begin.
Identity RandomIdentity(std::mt19937_64& random, IdentityId id) {
  Identity identity;
  identity.id = id;
  identity.created_at = At(static_cast<int>(random() % 14));
  identity.trust.attributes = {random() % 4 == 0, random() % 6 == 0, random() % 6 == 0};
  identity.traits.birth_date = Pick(
      random, std::vector<Date>{{}, {1969, 12, 0}, {1969, 12, 30}, {1970, 1, 1}, {1970, 1, 2}});
  identity.traits.birth_place_code =
      Pick(random, std::vector<std::string>{"", "99999", "99100", "99109", "75056", "2A004"});
  if (random() % 3 != 0) {
    identity.last_insi_answer.emplace();
    identity.last_insi_answer->return_code =
        Pick(random, std::vector<std::string>{"00", "01", "02"});
  }
  for (int at = static_cast<int>(random() % 4); at < 30; at += 1 + static_cast<int>(random() % 9)) {
    identity.status_periods.push_back({At(at), static_cast<TrustStatus>(1 + random() % 4), ""});
  }
  return identity;
}

template <typename Item>
std::vector<Item> RandomSet(std::mt19937_64& random, const std::vector<Item>& items) {
  std::vector<Item> some;
  for (const Item& item : items) {
    if (random() % 3 == 0) some.push_back(item);
  }
  return some;
}

const std::vector<TrustStatus> kStatuses = {TrustStatus::kProvisional, TrustStatus::kRecovered,
                                            TrustStatus::kValidated, TrustStatus::kQualified};
const std::vector<Activity> kActivities = {Activity::kMco, Activity::kHad, Activity::kPsy};
const std::vector<VisitKind> kKinds = {VisitKind::kInpatient, VisitKind::kDay, VisitKind::kSession};

ExclusionRule RandomRule(std::mt19937_64& random, bool stock) {
  ExclusionRule rule;
  rule.reason = "own_" + std::to_string(random());
  if (random() % 4 == 0) rule.born_abroad = random() % 2 == 0;
  if (random() % 3 == 0) {
    rule.last_insi =
        RandomSet<LastInsiAnswer>(random, {LastInsiAnswer::kNone, LastInsiAnswer::kFound,
                                           LastInsiAnswer::kNotFound, LastInsiAnswer::kSeveral});
  }
  if (random() % 3 == 0) rule.statuses = RandomSet(random, kStatuses);
  if (!stock) {
    if (random() % 3 == 0) rule.age_days_max = static_cast<std::int32_t>(2 + random() % 2);
    if (random() % 4 == 0) rule.age_days_min = static_cast<std::int32_t>(random() % 2);
    if (random() % 4 == 0) rule.activities = RandomSet(random, kActivities);
    if (random() % 4 == 0) rule.kinds = RandomSet(random, kKinds);
    if (random() % 4 == 0) rule.entry_channels = RandomSet(random, kChannels);
  }
  ExclusionRule nothing;
  nothing.reason = rule.reason;
  if (rule == nothing) rule.last_insi = {LastInsiAnswer::kNone};
  return rule;
}

IndicatorDefinition RandomDefinition(std::mt19937_64& random, bool stock) {
  IndicatorDefinition definition = Shipped("qualified-visits");
  definition.population =
      stock ? IndicatorPopulation::kIdentityStock : static_cast<IndicatorPopulation>(random() % 2);
  definition.status_as_of = static_cast<StatusAsOfRule>(stock ? 2 + random() % 2 : random() % 4);
  definition.numerator_statuses = RandomSet(random, kStatuses);
  if (definition.numerator_statuses.empty()) {
    definition.numerator_statuses = {TrustStatus::kQualified};
  }
  if (!stock) {
    if (random() % 2 == 0) definition.activities = kActivities;
    if (random() % 2 == 0) definition.kinds = kKinds;
    if (random() % 4 == 0) definition.legal_entities = {"100000017"};
    if (random() % 4 == 0) definition.sites = {"100000017", "100000025"};
  }
  definition.exclude_cancelled = random() % 4 != 0;
  definition.exclude_unattached =
      definition.population == IndicatorPopulation::kFileActivePatients || random() % 2 == 0;
  definition.exclude_fictitious = random() % 2 == 0;
  definition.exclude_doubtful = random() % 2 == 0;
  for (auto rules = random() % 4; rules > 0; --rules) {
    definition.exclusion_rules.push_back(RandomRule(random, stock));
  }
  EXPECT_TRUE(CheckIndicatorDefinition(definition).ok()) << CheckIndicatorDefinition(definition);
  return definition;
}

IndicatorQuery RandomQuery(std::mt19937_64& random) {
  return {At(static_cast<int>(random() % 4)), At(8 + static_cast<int>(random() % 5)),
          At(5 + static_cast<int>(random() % 20))};
}

// The facts a round counts, for the twin and for the accumulator.
struct Round {
  std::deque<IndicatorIdentity> known;  // facts point into it
  std::vector<reference::IndicatorTwinFact> facts;
  std::vector<IndicatorFact> of_accumulator;
};

void MakeFacts(std::mt19937_64& random, const IndicatorQuery& query, Round& round) {
  std::vector<Identity> identities;
  for (IdentityId id = 1; id <= 12; ++id) identities.push_back(RandomIdentity(random, id));
  for (const Identity& identity : identities) {
    round.known.push_back(IndicatorIdentityOf(identity, query));
  }
  for (int i = 0; i < 50; ++i) {
    reference::IndicatorTwinFact& fact = round.facts.emplace_back();
    fact.visit = RandomVisit(random);
    if (fact.visit.identity_id != 0) fact.identity = identities[fact.visit.identity_id - 1];
    fact.group = {{"month", "2026-0" + std::to_string(1 + random() % 3)},
                  {"site", std::to_string(random() % 2)}};
    fact.admitted_day = static_cast<std::int64_t>(random() % 3);
  }
  for (const auto& fact : round.facts) {
    const bool attached = fact.identity.has_value();
    round.of_accumulator.push_back(
        {&fact.visit, attached ? &round.known[fact.identity->id - 1] : nullptr, fact.admitted_day});
  }
}

// Counts the facts at the positions given, half of them in another accumulator with other numbers
// of the groups, as two threads do.
IndicatorAccumulator CountRound(const IndicatorDefinition& definition, const IndicatorQuery& query,
                                const Round& round, const std::vector<std::size_t>& order,
                                const std::map<Group, std::uint32_t>& groups) {
  IndicatorAccumulator one(definition, query), other(definition, query);
  const auto last = static_cast<std::uint32_t>(groups.size() - 1);
  std::vector<std::uint32_t> back;
  for (std::uint32_t group = 0; group <= last; ++group) back.push_back(last - group);
  for (std::size_t at = 0; at < order.size(); ++at) {
    const std::uint32_t group = groups.at(round.facts[order[at]].group);
    if (at % 2 == 0) {
      one.Add(round.of_accumulator[order[at]], group);
    } else {
      other.Add(round.of_accumulator[order[at]], last - group);
    }
  }
  one.Merge(other, back);
  return one;
}

// 300 definitions over 50 facts each: 15,000 facts against the twin, in two orders.
TEST(Indicator, FifteenThousandRandomFactsCountAsTheTwinCounts) {
  std::mt19937_64 random(20260102);
  int not_empty = 0;
  for (int number = 0; number < 300; ++number) {
    const IndicatorDefinition definition = RandomDefinition(random, false);
    const IndicatorQuery query = RandomQuery(random);
    Round round;
    MakeFacts(random, query, round);
    const reference::IndicatorTwin twin(definition, query, round.facts);
    std::map<Group, std::uint32_t> groups;
    for (const auto& fact : round.facts) groups.try_emplace(fact.group, groups.size());
    std::vector<std::size_t> order(round.facts.size());
    std::iota(order.begin(), order.end(), 0U);
    for (int times = 0; times < 2; ++times) {
      const auto counted = CountRound(definition, query, round, order, groups);
      for (const auto& [group, group_number] : groups) {
        IndicatorRow row = counted.Row(group_number);
        row.group = group;
        ASSERT_EQ(row, twin.Count(&group)) << "round " << number;
        const bool concerned = std::any_of(
            round.facts.begin(), round.facts.end(),
            [&, name = group](const auto& f) { return f.group == name && twin.Concerned(f); });
        ASSERT_EQ(counted.Has(group_number), concerned) << "round " << number;
      }
      ASSERT_EQ(counted.Total(), twin.Count(nullptr)) << "round " << number;
      not_empty += static_cast<int>(counted.Total().denominator > 0);
      std::shuffle(order.begin(), order.end(), random);
    }
  }
  EXPECT_GT(not_empty, 400);
}

TEST(Indicator, StocksOfRandomIdentitiesCountAsTheTwinCounts) {
  std::mt19937_64 random(20260103);
  int not_empty = 0;
  for (int number = 0; number < 200; ++number) {
    const IndicatorDefinition definition = RandomDefinition(random, true);
    const IndicatorQuery query = RandomQuery(random);
    IndicatorAccumulator accumulator(definition, query);
    std::vector<Identity> identities;
    for (IdentityId id = 1; id <= 40; ++id) {
      identities.push_back(RandomIdentity(random, id));
      accumulator.AddIdentity(IndicatorIdentityOf(identities.back(), query), 0);
    }
    const reference::IndicatorTwin twin(definition, query, {});
    ASSERT_EQ(accumulator.Total(), twin.CountStock(identities)) << "round " << number;
    ASSERT_EQ(accumulator.Row(0), accumulator.Total());
    not_empty += static_cast<int>(accumulator.Total().denominator > 0);
  }
  EXPECT_GT(not_empty, 150);
}

}  // namespace
}  // namespace vigie::matching
