#include "matching/trust.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/reference/trust_twin.h"

namespace vigie::matching {
namespace {

using E = TrustEvent;

// Five bits: insi, document, homonym, doubtful, fictitious. Every combination, also those that no
// sequence of events makes.
TrustFacts FactsOf(unsigned bits) {
  TrustFacts facts;
  facts.insi_accepted = (bits & 1U) != 0;
  facts.document_checked = (bits & 2U) != 0;
  facts.attributes.homonym = (bits & 4U) != 0;
  facts.attributes.doubtful = (bits & 8U) != 0;
  facts.attributes.fictitious = (bits & 16U) != 0;
  return facts;
}

constexpr unsigned kRuleSets = 32;

TrustRules RulesOf(unsigned bits) {
  TrustRules rules;
  rules.mismatch_keeps_document = (bits & 1U) != 0;
  rules.mismatch_marks_doubtful = (bits & 2U) != 0;
  rules.contradiction_drops_ins = (bits & 4U) != 0;
  rules.contradiction_clears_document = (bits & 8U) != 0;
  rules.strict_change_clears_document = (bits & 16U) != 0;
  return rules;
}

std::string Describe(const TrustFacts& facts, int event) {
  return "insi " + std::to_string(facts.insi_accepted) + " document " +
         std::to_string(facts.document_checked) + " homonym " +
         std::to_string(facts.attributes.homonym) + " doubtful " +
         std::to_string(facts.attributes.doubtful) + " fictitious " +
         std::to_string(facts.attributes.fictitious) + " event " + std::to_string(event);
}

void ExpectSameAsTwin(const TrustFacts& facts, E event, const TrustRules& rules) {
  const Transition got = ApplyTrustEvent(facts, event, rules);
  const reference::TrustTwin want = reference::ApplyTwin(facts, event, rules);
  EXPECT_EQ(got.allowed, want.allowed);
  EXPECT_EQ(got.refusal, want.refusal);
  const Attributes attributes{want.homonym, want.doubtful, want.fictitious};
  EXPECT_EQ(got.facts, (TrustFacts{want.insi, want.document, attributes}));
  EXPECT_EQ(StatusName(got.status),
            reference::StatusTwin(want.insi, want.document, want.doubtful, want.fictitious));
  EXPECT_EQ(got.clears_ins, want.clears_ins);
  EXPECT_EQ(got.clears_evidence, want.clears_evidence);
  EXPECT_FALSE(got.rule.empty());
}

// 32 fact combinations × 19 events × 32 rule settings.
TEST(Trust, EveryStateAndEventGivesWhatTheTwinGives) {
  int compared = 0;
  for (unsigned rules = 0; rules < kRuleSets; ++rules) {
    for (unsigned bits = 0; bits < 32; ++bits) {
      for (int event = 0; event < kTrustEventCount; ++event) {
        SCOPED_TRACE(Describe(FactsOf(bits), event) + " rules " + std::to_string(rules));
        ExpectSameAsTwin(FactsOf(bits), static_cast<E>(event), RulesOf(rules));
        ++compared;
      }
    }
  }
  EXPECT_EQ(compared, 19456);
}

struct Step {
  std::string description;
  std::vector<E> events;
  TrustStatus status;
  std::string last_rule;
};

// The transition table as people read it, with the default rules.
TEST(Trust, FollowsThePublishedTransitions) {
  const std::vector<Step> steps = {
      {"creation", {E::kCreated}, TrustStatus::kProvisional, "created"},
      {"INSi accepted", {E::kInsiAnswerAccepted}, TrustStatus::kRecovered, "prov_insi_accepted"},
      {"document", {E::kDocumentChecked}, TrustStatus::kValidated, "prov_document_checked"},
      {"INSi, then document",
       {E::kInsiAnswerAccepted, E::kDocumentChecked},
       TrustStatus::kQualified,
       "recup_document_checked"},
      {"document, then INSi",
       {E::kDocumentChecked, E::kInsiAnswerAccepted},
       TrustStatus::kQualified,
       "vali_insi_accepted"},
      {"Appli carte Vitale", {E::kVitaleAppRead}, TrustStatus::kQualified, "vitale_app_read"},
      {"strict trait edited",
       {E::kVitaleAppRead, E::kStrictTraitChanged},
       TrustStatus::kProvisional,
       "strict_trait_changed"},
      {"doubtful",
       {E::kVitaleAppRead, E::kMarkedDoubtful},
       TrustStatus::kProvisional,
       "marked_doubtful"},
      {"fictitious",
       {E::kVitaleAppRead, E::kMarkedFictitious},
       TrustStatus::kProvisional,
       "marked_fictitious"},
      {"verification mismatch",
       {E::kVitaleAppRead, E::kInsiVerificationMismatch},
       TrustStatus::kValidated,
       "qual_insi_mismatch_validated"},
      {"document contradicts a recovered identity",
       {E::kInsiAnswerAccepted, E::kDocumentContradicts},
       TrustStatus::kProvisional,
       "recup_document_contradicts"},
      {"weak document",
       {E::kWeakDocumentChecked},
       TrustStatus::kProvisional,
       "weak_document_checked"},
      {"homonym keeps the status",
       {E::kVitaleAppRead, E::kMarkedHomonym},
       TrustStatus::kQualified,
       "marked_homonym"},
  };
  for (const Step& c : steps) {
    Transition last;
    for (const E event : c.events) {
      last = ApplyTrustEvent(last.facts, event, {});
      EXPECT_TRUE(last.allowed) << c.description;
    }
    EXPECT_EQ(last.status, c.status) << c.description;
    EXPECT_EQ(last.rule, c.last_rule) << c.description;
  }
}

// domain trap 4: doubtful and homonym may stand together, doubtful and fictitious may not; both
// force provisional and invalidate the INS.
TEST(Trust, Trap04DoubtfulGoesWithHomonymNeverWithFictitious) {
  TrustFacts qualified{true, true, {}};
  Transition doubtful = ApplyTrustEvent(qualified, E::kMarkedDoubtful, {});
  EXPECT_TRUE(doubtful.clears_ins);
  EXPECT_EQ(doubtful.status, TrustStatus::kProvisional);
  EXPECT_TRUE(ApplyTrustEvent(doubtful.facts, E::kMarkedHomonym, {}).allowed);
  EXPECT_EQ(ApplyTrustEvent(doubtful.facts, E::kMarkedFictitious, {}).refusal,
            "doubtful_excludes_fictitious");

  Transition fictitious = ApplyTrustEvent(qualified, E::kMarkedFictitious, {});
  EXPECT_TRUE(fictitious.clears_ins);
  EXPECT_EQ(fictitious.status, TrustStatus::kProvisional);
  EXPECT_EQ(ApplyTrustEvent(fictitious.facts, E::kMarkedDoubtful, {}).refusal,
            "fictitious_excludes_doubtful");
  EXPECT_EQ(ApplyTrustEvent(fictitious.facts, E::kMarkedHomonym, {}).refusal,
            "fictitious_excludes_homonym");

  const Transition unmarked = ApplyTrustEvent(doubtful.facts, E::kUnmarkedDoubtful, {});
  EXPECT_EQ(unmarked.facts, TrustFacts{}) << "the INS was invalidated, nothing comes back";
}

// domain trap 6: a withdrawn INS ends the qualification.
TEST(Trust, Trap06WithdrawnInsDropsQualified) {
  const Transition qualified = ApplyTrustEvent({true, true, {}}, E::kInsWithdrawn, {});
  EXPECT_TRUE(qualified.allowed);
  EXPECT_TRUE(qualified.clears_ins);
  EXPECT_FALSE(qualified.clears_evidence);
  EXPECT_EQ(qualified.status, TrustStatus::kValidated);
  EXPECT_EQ(ApplyTrustEvent({true, false, {}}, E::kInsWithdrawn, {}).status,
            TrustStatus::kProvisional);
}

TEST(Trust, RefusedAnswerKeepsAnInsAcceptedEarlier) {
  EXPECT_FALSE(ApplyTrustEvent({true, true, {}}, E::kInsiAnswerRefused, {}).clears_ins);
  EXPECT_TRUE(ApplyTrustEvent({false, true, {}}, E::kInsiAnswerRefused, {}).clears_ins);
}

TEST(Trust, UnknownEventIsRefused) {
  const Transition transition = ApplyTrustEvent({true, true, {}}, static_cast<E>(200), {});
  EXPECT_FALSE(transition.allowed);
  EXPECT_EQ(transition.refusal, "unknown_event");
  EXPECT_EQ(transition.facts, (TrustFacts{true, true, {}}));
}

// What is true of every identity that only events have touched.
void ExpectInvariants(const TrustFacts& before, const Transition& t) {
  const Attributes& attributes = t.facts.attributes;
  const bool marked = attributes.doubtful || attributes.fictitious;
  EXPECT_TRUE(AttributesAreCompatible(attributes));
  EXPECT_EQ(t.status, StatusOf(t.facts));
  EXPECT_EQ(t.status == TrustStatus::kQualified,
            t.facts.insi_accepted && t.facts.document_checked && !marked);
  if (marked) {
    EXPECT_EQ(t.status, TrustStatus::kProvisional);
    EXPECT_FALSE(t.facts.insi_accepted || t.facts.document_checked);
    EXPECT_FALSE(InsiCallIsAllowed(t.facts));
  }
  EXPECT_FALSE(t.clears_ins && t.facts.insi_accepted);
  EXPECT_FALSE(t.clears_evidence && t.facts.document_checked);
  EXPECT_EQ(t.allowed, t.refusal.empty());
  if (before.insi_accepted && !t.facts.insi_accepted) {
    EXPECT_TRUE(t.clears_ins);
  }
  if (before.document_checked && !t.facts.document_checked) {
    EXPECT_TRUE(t.clears_evidence);
  }
  if (!t.allowed) {
    EXPECT_EQ(t.facts, before);
  }
}

TEST(Trust, RandomWalkOfHundredThousandEventsKeepsTheInvariants) {
  std::mt19937_64 random(20260101);
  TrustFacts facts;
  std::set<TrustStatus> reached;
  for (int i = 0; i < 100000; ++i) {
    const auto event = static_cast<E>(random() % kTrustEventCount);
    const Transition t = ApplyTrustEvent(facts, event, RulesOf(random() % kRuleSets));
    SCOPED_TRACE(Describe(facts, static_cast<int>(event)));
    ExpectInvariants(facts, t);
    ASSERT_FALSE(HasFailure());
    facts = t.facts;
    reached.insert(t.status);
  }
  EXPECT_EQ(reached.size(), 4U);
}

// Histories hold these words: a row may be added, none renamed or removed.
TEST(Trust, RuleIdentifiersAreUniqueAndStable) {
  const std::vector<std::string_view> golden = {
      "created",
      "created_again",
      "prov_insi_accepted",
      "recup_insi_accepted",
      "vali_insi_accepted",
      "qual_insi_accepted",
      "doubtful_insi_accepted",
      "fictitious_insi_accepted",
      "insi_refused",
      "insi_refused_earlier_kept",
      "doubtful_insi_refused",
      "fictitious_insi_refused",
      "insi_not_found",
      "doubtful_insi_not_found",
      "fictitious_insi_not_found",
      "recup_insi_mismatch_doubtful",
      "qual_insi_mismatch_doubtful",
      "recup_insi_mismatch",
      "qual_insi_mismatch_validated",
      "qual_insi_mismatch_provisional",
      "no_ins_mismatch",
      "doubtful_insi_mismatch",
      "fictitious_insi_mismatch",
      "ins_withdrawn",
      "prov_document_checked",
      "recup_document_checked",
      "vali_document_checked",
      "qual_document_checked",
      "doubtful_document_checked",
      "fictitious_document_checked",
      "weak_document_checked",
      "prov_document_contradicts",
      "recup_document_contradicts",
      "recup_document_contradicts_kept",
      "vali_document_contradicts",
      "vali_document_contradicts_kept",
      "qual_document_contradicts",
      "qual_document_contradicts_validated",
      "qual_document_contradicts_recovered",
      "qual_document_contradicts_kept",
      "vitale_app_read",
      "doubtful_vitale_app_read",
      "fictitious_vitale_app_read",
      "strict_trait_changed",
      "strict_trait_changed_document_kept",
      "marked_homonym",
      "fictitious_marked_homonym",
      "unmarked_homonym",
      "marked_doubtful",
      "fictitious_marked_doubtful",
      "unmarked_doubtful",
      "unmarked_doubtful_was_not",
      "marked_fictitious",
      "doubtful_marked_fictitious",
      "unmarked_fictitious",
      "unmarked_fictitious_was_not",
      "insi_fault",
      "doubtful_insi_fault",
      "fictitious_insi_fault",
      "ins_confirmed",
      "no_ins_confirmed",
      "doubtful_ins_confirmed",
      "fictitious_ins_confirmed",
  };
  EXPECT_EQ(TrustRuleIdentifiers(), golden);
  EXPECT_EQ(std::set<std::string_view>(golden.begin(), golden.end()).size(), golden.size());
}

// A row nobody can reach would be a rule that is promised and never applied.
TEST(Trust, EveryRowIsReached) {
  std::set<std::string_view> reached;
  for (unsigned rules = 0; rules < kRuleSets; ++rules) {
    for (unsigned bits = 0; bits < 32; ++bits) {
      for (int event = 0; event < kTrustEventCount; ++event) {
        reached.insert(ApplyTrustEvent(FactsOf(bits), static_cast<E>(event), RulesOf(rules)).rule);
      }
    }
  }
  const auto all = TrustRuleIdentifiers();
  EXPECT_EQ(reached, std::set<std::string_view>(all.begin(), all.end()));
}

TEST(TrustStatusNames, AreReadBack) {
  for (const auto status : {TrustStatus::kProvisional, TrustStatus::kRecovered,
                            TrustStatus::kValidated, TrustStatus::kQualified}) {
    EXPECT_EQ(ParseStatus(StatusName(status)), status);
    EXPECT_NE(StatusNameFrench(status), "inconnue");
  }
  for (const std::string_view word : {"", "Qualified", "qualifiée", "qualified ", "unknown"}) {
    EXPECT_EQ(ParseStatus(word), std::nullopt) << word;
  }
}

TEST(StatusAsOf, IsThatOfThePeriodInForce) {
  const auto at = [](int seconds) { return Instant(std::chrono::seconds(seconds)); };
  const std::vector<StatusPeriod> periods = {
      {at(10), TrustStatus::kRecovered, "a"},
      {at(20), TrustStatus::kQualified, "b"},
      {at(30), TrustStatus::kValidated, "c"},
      {at(30), TrustStatus::kProvisional, "d"},
  };
  EXPECT_EQ(StatusAsOf(periods, at(9)), TrustStatus::kProvisional) << "before the first";
  EXPECT_EQ(StatusAsOf(periods, at(10)), TrustStatus::kRecovered) << "inclusive";
  EXPECT_EQ(StatusAsOf(periods, at(20) - std::chrono::microseconds(1)), TrustStatus::kRecovered);
  EXPECT_EQ(StatusAsOf(periods, at(20)), TrustStatus::kQualified);
  EXPECT_EQ(StatusAsOf(periods, at(30)), TrustStatus::kProvisional) << "the last of two at once";
  EXPECT_EQ(StatusAsOf(periods, at(1000)), TrustStatus::kProvisional);
  EXPECT_EQ(StatusAsOf({}, at(5)), TrustStatus::kProvisional) << "no period";
}

TEST(EvidenceDevices, HaveKeysAndLabelsAndNoDrivingLicenceOfHighAssurance) {
  std::set<std::string> types;
  for (const EvidenceDevice& device : DefaultEvidenceDevices()) {
    EXPECT_TRUE(types.insert(device.type).second) << device.type;
    EXPECT_FALSE(device.french.empty()) << device.type;
    EXPECT_FALSE(device.english.empty()) << device.type;
    if (device.type == "driving_licence" || device.type == "vitale_card") {
      EXPECT_FALSE(device.high_assurance) << device.type;
    }
    if (device.type == "passport" || device.type == "national_id_card") {
      EXPECT_TRUE(device.high_assurance) << device.type;
    }
  }
  EXPECT_TRUE(types.contains("passport"));
}

// Children become of age on their birthday; who is born on 29 February on 1 March of a year
// without.
TEST(IsMinorOn, CountsFromTheBirthday) {
  const struct {
    std::string description;
    Date day, born;
    bool minor;
  } cases[] = {
      {"the day before", {2026, 5, 16}, {2008, 5, 17}, true},
      {"the birthday", {2026, 5, 17}, {2008, 5, 17}, false},
      {"29 February, the day before", {2026, 2, 28}, {2008, 2, 29}, true},
      {"29 February, the first of March", {2026, 3, 1}, {2008, 2, 29}, false},
      {"newborn", {2026, 5, 17}, {2026, 5, 17}, true},
      {"year alone, surely a minor", {2025, 12, 31}, {2008, 0, 0}, true},
      {"year alone, perhaps of age", {2026, 1, 1}, {2008, 0, 0}, false},
      {"month alone", {2026, 4, 30}, {2008, 5, 0}, true},
      {"nothing known", {2026, 5, 17}, {}, false},
  };
  for (const auto& c : cases) EXPECT_EQ(IsMinorOn(c.day, c.born, 18), c.minor) << c.description;
  EXPECT_TRUE(IsMinorOn({2026, 5, 17}, {2006, 6, 1}, 21));
}

// Every device beside every parent's device, of a minor and of an adult, against the rule in words.
TEST(AssuranceOf, IsHighForAHighDeviceAndForAMinorsCivilRecordWithAParentsDocument) {
  const std::vector<EvidenceDevice> devices = DefaultEvidenceDevices();
  int high = 0;
  for (const EvidenceDevice& device : devices) {
    for (std::size_t p = 0; p <= devices.size(); ++p) {
      const EvidenceDevice* parent = p < devices.size() ? &devices[p] : nullptr;
      for (const bool minor : {false, true}) {
        const EvidenceAssurance got = AssuranceOf(device, parent, minor);
        const bool alone = device.high_assurance && (minor || !device.minors_only);
        const bool with_parent = device.with_parent_document && minor && parent != nullptr &&
                                 parent->high_assurance && !parent->minors_only;
        EXPECT_EQ(got.high, alone || with_parent) << device.type << " " << p << " " << minor;
        EXPECT_TRUE(!got.high || got.remark.empty()) << got.remark;
        high += got.high ? 1 : 0;
      }
    }
  }
  EXPECT_GT(high, 60);
  const auto named = [&](const char* type) {
    return std::find_if(devices.begin(), devices.end(),
                        [&](const EvidenceDevice& device) { return device.type == type; });
  };
  EXPECT_EQ(AssuranceOf(*named("minor_civil_record"), nullptr, false).remark, "not_a_minor");
  EXPECT_EQ(AssuranceOf(*named("family_book"), nullptr, true).remark, "parent_document_missing");
  EXPECT_EQ(AssuranceOf(*named("family_book"), &*named("driving_licence"), true).remark,
            "parent_document_without_assurance");
  EXPECT_EQ(AssuranceOf(*named("family_book"), &*named("passport"), false).remark, "not_a_minor");
  EXPECT_EQ(AssuranceOf(*named("driving_licence"), &*named("passport"), true).remark, "");
  EXPECT_FALSE(AssuranceOf(*named("driving_licence"), &*named("passport"), true).high);
}

}  // namespace
}  // namespace vigie::matching
