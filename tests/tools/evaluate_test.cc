// Pairwise figures on examples that can be counted by hand.
#include "tools/evaluate.h"

#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vigie::tools {
namespace {

using ::testing::HasSubstr;

class EvaluateFiles : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = ::testing::TempDir() + "evaluate_" +
                             ::testing::UnitTest::GetInstance()->current_test_info()->name() + "_" +
                             name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  EvaluateOptions Options(const std::string& pairs) {
    EvaluateOptions options;
    // Three records of person p, two of q, one of r: four true pairs. a and f are twins.
    options.truth_file = Write("truth.csv",
                               "id,person,born,given\na,p,2001-01-01,LEA\nb,p,2001-01-01,LEA\n"
                               "c,p,2001-01-01,LEA\nd,q,1950-05-05,JEAN\ne,q,1950-05-05,JEAN\n"
                               "f,r,2001-01-01,LOU\n");
    options.id_column = "id";
    options.truth_column = "person";
    options.pairs_file = Write("pairs.csv", pairs);
    return options;
  }
};

TEST_F(EvaluateFiles, CountsPairs) {
  const auto result =
      Evaluate(Options("left_id,right_id\na,b\nb,a\na,c\na,f\nd,e\n"));  // a,b twice
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->records, 6);
  EXPECT_EQ(result->true_pairs, 4);
  EXPECT_EQ(result->found_pairs, 4);
  EXPECT_EQ(result->right_pairs, 3);
  EXPECT_DOUBLE_EQ(result->precision(), 0.75);
  EXPECT_DOUBLE_EQ(result->recall(), 0.75);
  EXPECT_DOUBLE_EQ(result->f1(), 0.75);
  EXPECT_FALSE(result->merged_twins.has_value());
}

TEST_F(EvaluateFiles, AppliesTheThresholdInclusively) {
  EvaluateOptions options =
      Options("left_id,right_id,weight_bits,probability\na,b,9,0.9\na,f,3,0.89\nd,e,20,1\n");
  options.probability_min = 0.9;
  const auto result = Evaluate(options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->found_pairs, 2);
  EXPECT_DOUBLE_EQ(result->precision(), 1);
  EXPECT_DOUBLE_EQ(result->recall(), 0.5);
}

TEST_F(EvaluateFiles, CountsMergedTwins) {
  EvaluateOptions options = Options("left_id,right_id\na,f\na,d\nd,e\n");
  options.birth_date_column = "born";
  options.given_name_column = "given";
  const auto result = Evaluate(options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->merged_twins, 1);
}

TEST_F(EvaluateFiles, PrefersLocalIds) {
  const auto result = Evaluate(Options("left_id,right_id,left_local_id,right_local_id\n1,2,a,b\n"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->right_pairs, 1);
}

TEST_F(EvaluateFiles, OfNothingFoundHasFullPrecision) {
  const auto result = Evaluate(Options("left_id,right_id\n"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_DOUBLE_EQ(result->precision(), 1);
  EXPECT_DOUBLE_EQ(result->recall(), 0);
  EXPECT_DOUBLE_EQ(result->f1(), 0);
}

TEST_F(EvaluateFiles, RefusesWhatWouldFalsifyTheFigure) {
  struct Case {
    std::string description, pairs, message;
  };
  const std::vector<Case> cases = {
      {"no such column", "left,right_id\na,b\n", "no column \"left_id\""},
      {"an unknown id", "left_id,right_id\na,z\n", ":2: an id of the pair is not in the truth"},
      {"a pair of one", "left_id,right_id\na,a\n", ":2: the pair is a record with itself"},
      {"a ragged row", "left_id,right_id\na,b,c\n", ":2: has 3 fields"},
      {"no probability", "left_id,right_id,probability\na,b,high\n", ":2: probability is not"},
      {"a probability of two", "left_id,right_id,probability\na,b,2\n", ":2: probability is not"},
      {"not a number", "left_id,right_id,probability\na,b,nan\n", ":2: probability is not"},
  };
  for (const Case& c : cases) {
    EvaluateOptions options = Options(c.pairs);
    if (c.pairs.find("probability") != std::string::npos) options.probability_min = 0.5;
    const auto result = Evaluate(options);
    ASSERT_FALSE(result.ok()) << c.description;
    EXPECT_THAT(std::string(result.status().message()), HasSubstr(c.message)) << c.description;
  }
}

TEST_F(EvaluateFiles, RefusesAnIdTwiceInTheTruth) {
  EvaluateOptions options = Options("left_id,right_id\n");
  options.truth_file = Write("twice.csv", "id,person\na,p\na,q\n");
  EXPECT_THAT(std::string(Evaluate(options).status().message()),
              HasSubstr(":3: id is there twice"));
}

}  // namespace
}  // namespace vigie::tools
