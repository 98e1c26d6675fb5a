#include "matching/next_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "matching/trust.h"

namespace vigie::matching {
namespace {

using Criteria = std::vector<std::string>;

Identity Named(const std::string& first, const std::string& list,
               const std::string& place = "63220") {
  Identity identity;
  identity.rniv.first_birth_given_name = first;
  identity.rniv.birth_given_names = list;
  identity.traits.birth_place_code = place;
  return identity;
}

InsiAnswer Answered(const std::string& code, Criteria criteria) {
  InsiAnswer answer;
  answer.return_code = code;
  answer.query_criteria = std::move(criteria);
  return answer;
}

TEST(NextInsiQuery, FollowsThePublishedOrder) {
  const Identity three = Named("PIERRE", "PIERRE PAUL JACQUES");
  const struct {
    const char* description;
    Identity identity;
    std::vector<InsiAnswer> answers;
    std::optional<InsiQuery> expected;
  } cases[] = {
      {"nothing asked", three, {}, InsiQuery{{"first_given_name"}, {"PIERRE"}, false}},
      {"criteria not said means the first given name",
       three,
       {Answered("01", {})},
       InsiQuery{{"given_name_2"}, {"PAUL"}, false}},
      {"01, then the third",
       three,
       {Answered("01", {"first_given_name"}), Answered("01", {"given_name_2"})},
       InsiQuery{{"given_name_3"}, {"JACQUES"}, false}},
      {"the order of the answers does not matter",
       three,
       {Answered("01", {"given_name_2"}), Answered("01", {"first_given_name"})},
       InsiQuery{{"given_name_3"}, {"JACQUES"}, false}},
      {"each alone in vain, then the list",
       three,
       {Answered("01", {"first_given_name"}), Answered("01", {"given_name_2"}),
        Answered("01", {"given_name_3"})},
       InsiQuery{{"all_given_names"}, {"PIERRE", "PAUL", "JACQUES"}, false}},
      {"all in vain",
       three,
       {Answered("01", {"first_given_name"}), Answered("01", {"given_name_2"}),
        Answered("01", {"given_name_3"}), Answered("01", {"all_given_names"})},
       std::nullopt},
      {"01 with the place is not 01 without it",
       three,
       {Answered("01", {"first_given_name", "with_place"})},
       InsiQuery{{"first_given_name"}, {"PIERRE"}, false}},
      {"02, then one more given name",
       three,
       {Answered("02", {"first_given_name"})},
       InsiQuery{{"first_given_name", "given_name_2"}, {"PIERRE", "PAUL"}, false}},
      {"02 twice, then all",
       three,
       {Answered("02", {"first_given_name"}), Answered("02", {"first_given_name", "given_name_2"})},
       InsiQuery{{"all_given_names"}, {"PIERRE", "PAUL", "JACQUES"}, false}},
      {"02 with all, then the place",
       three,
       {Answered("02", {"first_given_name"}), Answered("02", {"all_given_names"})},
       InsiQuery{{"all_given_names", "with_place"}, {"PIERRE", "PAUL", "JACQUES"}, true}},
      {"02, then 01 with more given names: the place",
       three,
       {Answered("02", {"first_given_name"}), Answered("01", {"first_given_name", "given_name_2"})},
       InsiQuery{{"first_given_name", "with_place"}, {"PIERRE"}, true}},
      {"02 with one given name",
       Named("ZOE", "ZOE"),
       {Answered("02", {})},
       InsiQuery{{"first_given_name", "with_place"}, {"ZOE"}, true}},
      {"02, place unknown", Named("ZOE", "ZOE", ""), {Answered("02", {})}, std::nullopt},
      {"02, place 99999", Named("ZOE", "ZOE", "99999"), {Answered("02", {})}, std::nullopt},
      {"01 of the only given name", Named("ZOE", "ZOE"), {Answered("01", {})}, std::nullopt},
      {"a compound first given name is one",
       Named("MARIE-CLAIRE", "MARIE CLAIRE ANNE"),
       {Answered("01", {})},
       InsiQuery{{"given_name_2"}, {"ANNE"}, false}},
      {"no list", Named("ZOE", ""), {}, InsiQuery{{"first_given_name"}, {"ZOE"}, false}},
      {"no first given name",
       Named("", "ANNE ZOE"),
       {},
       InsiQuery{{"first_given_name"}, {"ANNE"}, false}},
      {"no given name", Named("", ""), {}, std::nullopt},
      {"an answer 00 says nothing of the others",
       three,
       {Answered("00", {})},
       InsiQuery{{"first_given_name"}, {"PIERRE"}, false}},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(NextInsiQuery(c.identity, c.answers), c.expected) << c.description;
  }
}

// Whoever answers, and whatever: no query is proposed twice and the proposals end.
TEST(NextInsiQuery, EndsAndNeverRepeatsItself) {
  for (unsigned pattern = 0; pattern < 1024; ++pattern) {
    const Identity identity = Named("A", "A B C D", pattern % 2 == 0 ? "63220" : "");
    std::vector<InsiAnswer> answers;
    std::set<Criteria> proposed;
    while (const auto query = NextInsiQuery(identity, answers)) {
      ASSERT_TRUE(proposed.insert(query->criteria).second) << pattern;
      for (const std::string& word : query->criteria) ASSERT_TRUE(IsQueryCriterion(word)) << word;
      const bool several = (pattern >> (answers.size() % 10) & 1U) != 0;
      answers.push_back(Answered(several ? "02" : "01", query->criteria));
      ASSERT_LE(answers.size(), 32U) << pattern;
    }
    EXPECT_FALSE(answers.empty());
  }
}

TEST(QueryCriterion, IsOneOfTheWords) {
  for (const char* word : {"first_given_name", "given_name_2", "given_name_10", "given_name_32",
                           "all_given_names", "with_place"}) {
    EXPECT_TRUE(IsQueryCriterion(word)) << word;
  }
  for (const char* word : {"", "given_name_", "given_name_1", "given_name_0", "given_name_02",
                           "given_name_33", "given_name_2x", "given_name_-2", "place"}) {
    EXPECT_FALSE(IsQueryCriterion(word)) << word;
  }
}

Identity Standing(bool insi, bool document, const char* last_code = nullptr,
                  bool accepted = false) {
  Identity identity = Named("ZOE", "ZOE");
  identity.trust.insi_accepted = insi;
  identity.trust.document_checked = document;
  if (last_code != nullptr) {
    identity.last_insi_answer = Answered(last_code, {});
    identity.last_insi_answer->coherence_accepted = accepted;
  }
  return identity;
}

TEST(NextStep, IsTheMostBlockingReason) {
  Identity doubtful = Standing(false, false);
  doubtful.trust.attributes.doubtful = true;
  const struct {
    const char* description;
    Identity identity;
    OpenCaseKinds cases;
    NextStep expected;
  } cases[] = {
      {"doubtful",
       doubtful,
       {true, true, true},
       {NextStepReason::kDoubtfulToSettle, true, true, true}},
      {"conflict before collision",
       Standing(true, false),
       {true, true, true},
       {NextStepReason::kInsConflict, true, false, true}},
      {"collision before duplicate",
       Standing(false, true),
       {true, true, false},
       {NextStepReason::kCollision, true, true, false}},
      {"duplicate",
       Standing(false, false),
       {true, false, false},
       {NextStepReason::kDuplicate, true, true, true}},
      {"recovered",
       Standing(true, false, "00", true),
       {},
       {NextStepReason::kDocumentMissing, false, false, true}},
      {"validated", Standing(false, true), {}, {NextStepReason::kInsiMissing, false, true, false}},
      {"provisional",
       Standing(false, false),
       {},
       {NextStepReason::kInsiNeverAsked, false, true, true}},
      {"01",
       Standing(false, true, "01"),
       {},
       {NextStepReason::kInsiAnsweredNone, false, true, false}},
      {"02",
       Standing(false, false, "02"),
       {},
       {NextStepReason::kInsiAnsweredSeveral, false, true, true}},
      {"refused",
       Standing(false, false, "00"),
       {},
       {NextStepReason::kInsiAnswerRefused, false, true, true}},
      {"accepted once",
       Standing(false, false, "00", true),
       {},
       {NextStepReason::kInsiToAskAgain, false, true, true}},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(NextStepOf(c.identity, c.cases), c.expected) << c.description;
  }
}

TEST(NextStep, IsNoneForAQualifiedOrFictitiousIdentity) {
  EXPECT_EQ(NextStepOf(Standing(true, true), {true, true, true}), std::nullopt);
  Identity fictitious = Standing(false, false);
  fictitious.trust.attributes.fictitious = true;
  EXPECT_EQ(NextStepOf(fictitious, {}), std::nullopt);
}

TEST(NextStep, HasANameAndWordsForEveryReason) {
  std::set<std::string_view> names;
  for (int i = 0; i < kNextStepReasonCount; ++i) {
    const auto reason = static_cast<NextStepReason>(i);
    EXPECT_TRUE(names.insert(NextStepReasonName(reason)).second);
    EXPECT_EQ(ParseNextStepReason(NextStepReasonName(reason)), reason);
    const Sentence what = NextStepReasonSentence(reason);
    EXPECT_NE(what.french, what.english);
    const Sentence step = NextStepSentence({reason, true, true, true},
                                           InsiQuery{{"given_name_2"}, {"SECRET"}, false});
    EXPECT_FALSE(step.french.empty() || step.english.empty());
    EXPECT_EQ(step.french.find("SECRET"), std::string::npos);
  }
  EXPECT_EQ(ParseNextStepReason("qualified"), std::nullopt);
}

TEST(NextStep, NamesTheQueryToTry) {
  const NextStep none{NextStepReason::kInsiAnsweredNone, false, true, false};
  EXPECT_EQ(NextStepSentence(none, InsiQuery{{"given_name_3"}, {"X"}, false}).english,
            "Ask INSi with given name no. 3 alone, without the birth place.");
  EXPECT_EQ(
      NextStepSentence(none, InsiQuery{{"all_given_names", "with_place"}, {"X", "Y"}, true}).french,
      "Interroger INSi avec la liste complète des prénoms et le lieu de naissance.");
  EXPECT_THAT(NextStepSentence(none, std::nullopt).english,
              testing::HasSubstr("Every INSi query was tried"));
}

}  // namespace
}  // namespace vigie::matching
