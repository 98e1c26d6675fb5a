#include "matching/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace vigie::matching {
namespace {

using testing::HasSubstr;

// The smallest model there is.
const std::string kSmall = R"(name = "small"
vetoes = ["twins"]
[prior]
same = 0.1
born_together = 0.1
household = 0.1
stranger = 0.7
[thresholds]
possible = 0.2
review = 0.5
probable = 0.9
[[comparison]]
name = "sex"
levels = [
  { name = "same", same = 0.9, born_together = 0.6, household = 0.5, stranger = 0.5 },
  { name = "different", same = 0.1, born_together = 0.4, household = 0.5, stranger = 0.5 },
]
[[comparison]]
name = "phone"
levels = [
  { name = "equal", same = 0.6, born_together = 0.5, household = 0.5, stranger = 0.001, term_column = "phone", term_against = ["stranger"] },
  { name = "near", same = 0.1, born_together = 0.1, household = 0.1, stranger = 0.001 },
  { name = "different", same = 0.3, born_together = 0.4, household = 0.4, stranger = 0.998 },
]
)";

std::string Replaced(const std::string& from, const std::string& to) {
  std::string text = kSmall;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(ParseModel, ReadsASmallModel) {
  const absl::StatusOr<Model> model = ParseModel(kSmall, "small.toml");
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->name, "small");
  EXPECT_EQ(model->version.size(), std::string("small@").size() + 16);
  EXPECT_EQ(model->comparisons.size(), 2U);
  EXPECT_EQ(model->comparisons[1].levels[0].term_column,
            static_cast<std::uint8_t>(TermColumn::kPhone));
  EXPECT_EQ(model->comparisons[1].levels[0].term_against, 1u << 3);
  EXPECT_EQ(model->vetoes, std::vector<std::string>{"twins"});
}

TEST(FrenchHospitalModel, IsReadAndComplete) {
  const absl::StatusOr<Model> model =
      ParseModel(std::string(FrenchHospitalModelToml()), "french-hospital.toml");
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->comparisons.size(), kComparisonKindCount);
  EXPECT_EQ(model->vetoes.size(), kVetoKindCount);
  EXPECT_EQ(FrenchHospitalModel()->version, model->version);
  for (const Comparison& comparison : model->comparisons) {
    for (std::size_t h = 0; h < kHypothesisCount; ++h) {
      double sum = 0;
      for (const Level& level : comparison.levels) sum += level.probability[h];
      EXPECT_NEAR(sum, 1, 1e-9) << comparison.name;
    }
    // The best level speaks for the same person, the worst against.
    const Level& best = comparison.levels.front();
    const Level& worst = comparison.levels.back();
    EXPECT_GT(best.probability[0], best.probability[3]) << comparison.name;
    EXPECT_LT(worst.probability[0], worst.probability[3]) << comparison.name;
  }
}

TEST(ModelVersion, ChangesWithWhatChangesAScoreAndNothingElse) {
  const std::string version = ParseModel(kSmall, "a")->version;
  EXPECT_EQ(ParseModel("# a comment\n" + kSmall, "b")->version, version);
  EXPECT_EQ(ParseModel(Replaced("name = \"small\"", "name = \"small\"\ndescription = \"x\""), "c")
                ->version,
            version);
  for (const std::string& changed :
       {Replaced("same = 0.1\n", "same = 0.1000001\n"), Replaced("review = 0.5", "review = 0.6"),
        Replaced("[\"twins\"]", "[]"), Replaced("[\"stranger\"]", "[\"stranger\", \"household\"]"),
        Replaced("same = 0.9, born_together = 0.6", "same = 0.9, born_together = 0.6001"),
        Replaced("vetoes", "term_frequency_min = 1e-6\nvetoes"),
        Replaced("vetoes", "term_frequency_prior_weight = 7\nvetoes"),
        Replaced("household = 0.1\n", "household = 0.1\npopulation = 5000\n")}) {
    const absl::StatusOr<Model> model = ParseModel(changed, "d");
    ASSERT_TRUE(model.ok()) << model.status();
    EXPECT_NE(model->version, version) << changed;
  }
}

struct RefusedCase {
  const char* description;
  std::string text;
  const char* line;
  const char* says;
};

TEST(ParseModel, RefusesWithLineKeyAndRemedy) {
  const std::vector<RefusedCase> cases = {
      {"nothing", "", "m:", "name: is missing; add it"},
      {"not TOML", "name = ", "m:1:", "not TOML"},
      {"unknown key", Replaced("vetoes", "vetos"), "m:2:", "did you mean 'vetoes'?"},
      {"name with spaces", Replaced("\"small\"", "\"a model\""), "m:1:", "name: must be"},
      {"name not text", Replaced("\"small\"", "3"), "m:1:", "must be text in quotes"},
      {"unknown veto", Replaced("[\"twins\"]", "[\"twin\"]"), "m:2:", "did you mean 'twins'?"},
      {"vetoes no list", Replaced("[\"twins\"]", "\"twins\""), "m:2:", "must be a list"},
      {"veto twice", Replaced("[\"twins\"]", "[\"twins\", \"twins\"]"), "m:2:", "twice"},
      {"veto not text", Replaced("[\"twins\"]", "[1]"), "m:2:", "must hold text"},
      {"prior missing", Replaced("household = 0.1\n", ""),
       "m:3:", "prior.household: is missing; add it"},
      {"prior misspelt", Replaced("household = 0.1\n", "houshold = 0.1\n"),
       "m:6:", "did you mean 'household'?"},
      {"prior sum", Replaced("stranger = 0.7\n", "stranger = 0.6\n"), "m:3:", "sum to 1"},
      {"prior of one", Replaced("stranger = 0.7\n", "stranger = 1.0\n"), "m:7:", "must be from"},
      {"prior text", Replaced("stranger = 0.7\n", "stranger = \"x\"\n"),
       "m:7:", "must be a number"},
      {"prior of no base", Replaced("stranger = 0.7\n", "stranger = 0.7\npopulation = -1\n"),
       "m:8:", "prior.population: must be from 0"},
      {"prior no table", Replaced("[prior]", "prior = 1\n[other]"), "m:", "prior"},
      {"thresholds missing", Replaced("[thresholds]", "[threshold]"),
       "m:", "did you mean 'thresholds'?"},
      {"thresholds out of order", Replaced("review = 0.5", "review = 0.1"),
       "m:8:", "thresholds.review: is below"},
      {"probable below review", Replaced("probable = 0.9", "probable = 0.4"),
       "m:8:", "thresholds.probable: is below"},
      {"threshold NaN", Replaced("review = 0.5", "review = nan"), "m:10:", "must be a number"},
      {"unknown comparison", Replaced("name = \"sex\"", "name = \"sexe\""),
       "m:13:", "did you mean 'sex'?"},
      {"comparison twice", Replaced("name = \"phone\"", "name = \"sex\""), "m:19:", "twice"},
      {"unknown key of a comparison", Replaced("name = \"sex\"", "name = \"sex\"\nweight = 1"),
       "m:14:", "unknown key"},
      {"unknown level", Replaced("name = \"near\"", "name = \"neer\""),
       "m:22:", "did you mean 'near'?"},
      {"level twice", Replaced("name = \"near\"", "name = \"equal\""), "m:22:", "twice"},
      {"level missing",
       Replaced("  { name = \"near\", same = 0.1, born_together = 0.1, household = 0.1, stranger = "
                "0.001 },\n",
                ""),
       "m:20:", "level 'near' is missing; add it"},
      {"probability 0", Replaced("same = 0.9,", "same = 0,"), "m:15:", "sex.same.same: must be"},
      {"probability negative", Replaced("same = 0.9,", "same = -0.9,"), "m:15:", "must be from"},
      {"probability above 1", Replaced("same = 0.9,", "same = 1.9,"), "m:15:", "must be from"},
      {"probability infinite", Replaced("same = 0.9,", "same = inf,"), "m:15:", "must be a number"},
      {"probability missing", Replaced("same = 0.9, ", ""), "m:15:", "is missing; add it"},
      {"level sum", Replaced("same = 0.9,", "same = 0.8,"), "m:14:", "'same' must sum to 1"},
      {"column unknown", Replaced("term_column = \"phone\"", "term_column = \"fone\""),
       "m:21:", "unknown column 'fone'"},
      {"column without against", Replaced(", term_against = [\"stranger\"]", ""),
       "m:21:", "give both or none"},
      {"against the same person", Replaced("[\"stranger\"]", "[\"same\"]"),
       "m:21:", "cannot be \"same\""},
      {"against whom", Replaced("[\"stranger\"]", "[\"strangers\"]"),
       "m:21:", "did you mean 'stranger'?"},
      {"floor too high", Replaced("vetoes", "term_frequency_min = 0.5\nvetoes"),
       "m:2:", "term_frequency_min"},
      {"levels no list", kSmall.substr(0, kSmall.find("levels = [")) + "levels = 3\n",
       "m:14:", "must be a list"},
      {"comparisons no tables", kSmall.substr(0, kSmall.find("[[comparison]]")) + "[comparison]\n",
       "m:12:", "must be written as [[comparison]] tables"},
      {"too deep", std::string(5000, '['), "m:1:", "too many open brackets"},
      {"too dotted", "a" + std::string(5000, '.'), "m:1:", "dots"},
      {"too long", std::string(kModelBytesMax + 1, ' '), "m:1:", "at most"},
  };
  for (const RefusedCase& c : cases) {
    const absl::StatusOr<Model> model = ParseModel(c.text, "m");
    ASSERT_FALSE(model.ok()) << c.description;
    EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument) << c.description;
    const std::string message(model.status().message());
    EXPECT_EQ(message.rfind(c.line, 0), 0U) << c.description << ": " << message;
    EXPECT_THAT(message, HasSubstr(c.says)) << c.description;
  }
}

}  // namespace
}  // namespace vigie::matching
