#include "matching/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "matching/sentences.h"

namespace vigie::matching {
namespace {

using testing::HasSubstr;

TEST(Sentences, ExistInBothLanguagesForEveryLevelOfTheModel) {
  std::set<std::string> french, english;
  for (const Comparison& comparison : FrenchHospitalModel()->comparisons) {
    EXPECT_FALSE(LabelOf(comparison.kind).french.empty()) << comparison.name;
    EXPECT_FALSE(LabelOf(comparison.kind).english.empty()) << comparison.name;
    const std::string_view missing = SentenceOf(comparison.kind, kMissing).french;
    for (std::size_t level = 0; level < comparison.levels.size(); ++level) {
      const Words words = SentenceOf(comparison.kind, static_cast<std::uint8_t>(level));
      const std::string where = comparison.name + "." + comparison.levels[level].name;
      EXPECT_FALSE(words.french.empty()) << where;
      EXPECT_FALSE(words.english.empty()) << where;
      EXPECT_NE(words.french, missing) << where;
      EXPECT_NE(words.french, words.english) << where;
      EXPECT_TRUE(french.emplace(words.french).second) << "twice: " << where;
      EXPECT_TRUE(english.emplace(words.english).second) << "twice: " << where;
    }
    // One more would be a level without a sentence.
    EXPECT_EQ(
        SentenceOf(comparison.kind, static_cast<std::uint8_t>(comparison.levels.size())).french,
        missing);
  }
  for (std::size_t i = 0; i < kVetoKindCount; ++i) {
    EXPECT_FALSE(SentenceOf(static_cast<VetoKind>(i)).french.empty());
    EXPECT_FALSE(SentenceOf(static_cast<VetoKind>(i)).english.empty());
  }
  for (std::size_t h = 0; h < kHypothesisCount; ++h) {
    EXPECT_FALSE(NameOf(static_cast<Hypothesis>(h)).french.empty());
    EXPECT_FALSE(NameOf(static_cast<Hypothesis>(h)).english.empty());
  }
  for (const Band band : {Band::kBelow, Band::kPossible, Band::kProbable, Band::kCertain}) {
    EXPECT_FALSE(NameOf(band).french.empty());
    EXPECT_FALSE(NameOf(band).english.empty());
  }
}

Identity Toussaint() {  // A published test identity.
  Identity identity;
  identity.traits.birth_family_name = "ADRTROIS";
  identity.traits.first_birth_given_name = "Toussaint";
  identity.traits.sex = Sex::kMale;
  identity.traits.birth_date = {1960, 1, 1};
  identity.traits.birth_place_code = "2B020";
  identity.ins = Ins{"160012B02077713", "1.2.250.1.213.1.4.10"};
  return identity;
}

TEST(Explain, ShowsTheValuesTheLevelsAndBitsThatAddUp) {
  Identity left = Toussaint();
  left.traits.birth_date = {1960, 5, 3};
  Identity right = left;
  right.traits.birth_family_name = "ADRTROI";
  right.traits.birth_date = {1960, 3, 5};
  right.ins.reset();
  const Explanation explanation =
      Explain(*FrenchHospitalModel(), left, right, MakeRecord(left), MakeRecord(right), 0);
  ASSERT_EQ(explanation.comparisons.size(), kComparisonKindCount);
  const ExplainedComparison& family = explanation.comparisons[0];
  EXPECT_EQ(family.name, "family_name");
  EXPECT_EQ(family.left_value, "ADRTROIS");
  EXPECT_EQ(family.right_value, "ADRTROI");
  EXPECT_EQ(family.level, "one_error");
  const ExplainedComparison& date = explanation.comparisons[3];
  EXPECT_EQ(date.level, "day_month_swapped");
  EXPECT_EQ(date.left_value, "1960-05-03");
  EXPECT_THAT(date.sentence.french, HasSubstr("Jour et mois inversés (+"));
  EXPECT_THAT(date.sentence.french, HasSubstr(","));
  EXPECT_THAT(date.sentence.english, HasSubstr("Day and month are swapped (+"));
  EXPECT_EQ(explanation.comparisons[5].level, "missing");
  EXPECT_EQ(explanation.comparisons[5].bits, 0);
  double sum = explanation.detail.prior_bits + explanation.detail.other_hypotheses_bits;
  for (const ExplainedComparison& c : explanation.comparisons) sum += c.bits;
  EXPECT_NEAR(sum, explanation.detail.score.weight_bits, 1e-9);
  EXPECT_THAT(explanation.summary.french, HasSubstr("probabilité"));
  EXPECT_THAT(explanation.summary.english, HasSubstr("probability"));
  EXPECT_TRUE(explanation.vetoes.empty());
}

TEST(Explain, NamesTheVeto) {
  Identity left = Toussaint();
  left.traits.birth_date = {1960, 5, 3};
  Identity right = left;
  right.ins.reset();
  right.traits.first_birth_given_name = "Gilles";
  const Explanation explanation =
      Explain(*FrenchHospitalModel(), left, right, MakeRecord(left), MakeRecord(right), 0);
  ASSERT_EQ(explanation.vetoes.size(), 1U);
  EXPECT_THAT(explanation.vetoes[0].french, HasSubstr("jumeaux"));
  EXPECT_THAT(explanation.vetoes[0].english, HasSubstr("twins"));
}

// Only a qualified identity's matricule leaves the system.
TEST(Explain, ShowsTheMatriculeOfAQualifiedIdentityOnly) {
  Identity left = Toussaint();
  left.trust.insi_accepted = true;
  Identity right = left;
  right.trust.document_checked = true;
  const Explanation explanation =
      Explain(*FrenchHospitalModel(), left, right, MakeRecord(left), MakeRecord(right), 0);
  const ExplainedComparison& matricule = explanation.comparisons[5];
  EXPECT_EQ(matricule.level, "equal");
  EXPECT_EQ(matricule.left_value, "");
  EXPECT_EQ(matricule.right_value, "160012B02077713");
  EXPECT_EQ(explanation.detail.score.band, Band::kCertain);
}

TEST(Explain, TellsHowCommonAValueIs) {
  const Identity identity = Toussaint();
  Record record = MakeRecord(identity);
  for (TermValue& term : record.terms) term.count = 1000;
  const Explanation explanation =
      Explain(*FrenchHospitalModel(), identity, identity, record, record, 1000000);
  EXPECT_THAT(explanation.comparisons[0].sentence.french, HasSubstr("une identité sur 1004"));
  EXPECT_THAT(explanation.comparisons[0].sentence.english, HasSubstr("one identity in 1004"));
}

}  // namespace
}  // namespace vigie::matching
