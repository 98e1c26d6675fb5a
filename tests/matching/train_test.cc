// Training: patterns drawn from known probabilities are found again; the packed, counted form
// equals the obvious twin; senseless data is refused with its reason; what is written is read back.
#include "matching/train.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "matching/model_write.h"
#include "tests/reference/slow_em.h"

namespace vigie::matching {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kSame = 0;
constexpr std::size_t kHousehold = 2;
constexpr std::size_t kStranger = 3;

// Draws patterns of pairs from a model: what a base that followed it would show.
class Simulation {
 public:
  Simulation(const Model& truth, std::uint64_t seed) : truth_(truth), random_(seed) {}

  PairLevels Draw(std::size_t hypothesis) {
    PairLevels levels;
    levels.level.fill(kMissing);
    for (const Comparison& comparison : truth_.comparisons) {
      if (Uniform() < 0.05) continue;  // missing
      double at = Uniform();
      for (std::size_t l = 0; l < comparison.levels.size(); ++l) {
        at -= comparison.levels[l].probability[hypothesis];
        if (at > 0 && l + 1 < comparison.levels.size()) continue;
        levels.level[static_cast<std::size_t>(comparison.kind)] = static_cast<std::uint8_t>(l);
        break;
      }
    }
    return levels;
  }

  // `pairs` by hypothesis into a pass; levels the pass is blind to are set to the best one.
  void Fill(const std::array<int, kHypothesisCount>& pairs, TrainingPass pass,
            TrainingCounts* counts) {
    for (std::size_t h = 0; h < kHypothesisCount; ++h) {
      for (int i = 0; i < pairs[h]; ++i) {
        PairLevels levels = Draw(h);
        auto& family = levels.level[static_cast<std::size_t>(ComparisonKind::kFamilyName)];
        while (pass == TrainingPass::kGivenAndDate &&
               family == static_cast<std::uint8_t>(FamilyLevel::kSwapped)) {
          levels = Draw(h);
        }
        for (std::size_t k = 0; k < kComparisonKindCount; ++k) {
          if (PassFixes(pass, static_cast<ComparisonKind>(k))) levels.level[k] = 0;
        }
        counts->passes[static_cast<std::size_t>(pass)].Add(PackLevels(levels));
        counts->any_pass.Add(PackLevels(levels));
      }
    }
  }
  double Uniform() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

 private:
  const Model& truth_;
  std::mt19937_64 random_;
};

// The shipped model with every error of `same` half as frequent again.
Model CarelessModel() {
  Model model = *FrenchHospitalModel();
  for (Comparison& comparison : model.comparisons) {
    double rest = 0;
    for (std::size_t l = 1; l < comparison.levels.size(); ++l) {
      double& p = comparison.levels[l].probability[kSame];
      p = std::min(1.5 * p, 0.2);
      rest += p;
    }
    comparison.levels[0].probability[kSame] = 1 - rest;
  }
  return model;
}

TrainingCounts Counts(const Model& truth, std::uint64_t seed, int scale) {
  Simulation simulation(truth, seed);
  TrainingCounts counts;
  for (int i = 0; i < 40 * scale; ++i) counts.random.Add(PackLevels(simulation.Draw(kStranger)));
  for (std::size_t p = 0; p < kTrainingPassCount; ++p) {
    const auto pass = static_cast<TrainingPass>(p);
    const bool home = pass == TrainingPass::kAddress || pass == TrainingPass::kPhone;
    simulation.Fill({scale, scale / 10, home ? scale : scale / 50, 4 * scale}, pass, &counts);
  }
  return counts;
}

TrainOptions Options() {
  TrainOptions options;
  options.record_count = 20000;
  options.possible_pair_count = 20000.0 * 19999 / 2;
  return options;
}

TEST(PackLevels, IsUndoneByUnpackLevels) {
  Simulation simulation(*FrenchHospitalModel(), 1);
  for (int i = 0; i < 1000; ++i) {
    const PairLevels levels = simulation.Draw(static_cast<std::size_t>(i) % kHypothesisCount);
    EXPECT_EQ(UnpackLevels(PackLevels(levels)).level, levels.level);
  }
}

TEST(TrainModel, FindsTheProbabilitiesThePatternsWereDrawnFrom) {
  const Model truth = CarelessModel();
  const auto trained = TrainModel(*FrenchHospitalModel(), Counts(truth, 7, 20000), Options());
  ASSERT_TRUE(trained.ok()) << trained.status();
  for (std::size_t c = 0; c < truth.comparisons.size(); ++c) {
    for (std::size_t l = 0; l < truth.comparisons[c].levels.size(); ++l) {
      const auto& expected = truth.comparisons[c].levels[l].probability;
      const auto& got = trained->model.comparisons[c].levels[l].probability;
      // Some 20,000 to 60,000 pairs are free for a comparison: a percent is three deviations.
      EXPECT_NEAR(got[kSame], expected[kSame], 0.012)
          << truth.comparisons[c].name << "." << truth.comparisons[c].levels[l].name;
      EXPECT_NEAR(got[kStranger], expected[kStranger], 0.005)
          << truth.comparisons[c].name << "." << truth.comparisons[c].levels[l].name;
    }
  }
}

TEST(TrainModel, CountsThePairsOfOnePersonWithoutLabels) {
  const Model& truth = *FrenchHospitalModel();
  Simulation simulation(truth, 3);
  TrainingCounts counts;
  for (int i = 0; i < 200000; ++i) counts.random.Add(PackLevels(simulation.Draw(kStranger)));
  for (std::size_t p = 0; p < kTrainingPassCount; ++p) {
    simulation.Fill({5000, 100, 0, 10}, static_cast<TrainingPass>(p), &counts);
  }
  const auto trained = TrainModel(truth, counts, Options());
  ASSERT_TRUE(trained.ok()) << trained.status();
  EXPECT_NEAR(trained->report.expected_pairs[kSame], 35000, 350);
}

TEST(TrainModel, IsTheSameForMergedPartsAsForTheWhole) {
  TrainingCounts whole;
  TrainingCounts merged;
  for (std::uint64_t part = 1; part <= 3; ++part) {
    merged.Merge(Counts(*FrenchHospitalModel(), part, 1000));
  }
  for (std::uint64_t part = 3; part >= 1; --part) {
    whole.Merge(Counts(*FrenchHospitalModel(), part, 1000));
  }
  const auto a = TrainModel(*FrenchHospitalModel(), merged, Options());
  const auto b = TrainModel(*FrenchHospitalModel(), whole, Options());
  ASSERT_TRUE(a.ok()) << a.status();
  ASSERT_TRUE(b.ok()) << b.status();
  const auto a_text = WriteModel(a->model, {}, "");
  const auto b_text = WriteModel(b->model, {}, "");
  ASSERT_TRUE(a_text.ok()) << a_text.status();
  ASSERT_TRUE(b_text.ok()) << b_text.status();
  EXPECT_EQ(a_text->toml, b_text->toml);
}

TEST(TrainModel, GivesCloserLevelsNoLessWeight) {
  const auto trained =
      TrainModel(*FrenchHospitalModel(), Counts(CarelessModel(), 5, 300), Options());
  ASSERT_TRUE(trained.ok()) << trained.status();
  for (const Comparison& comparison : trained->model.comparisons) {
    for (const auto& chain : OrderedLevels(comparison.kind)) {
      for (std::size_t i = 1; i < chain.size(); ++i) {
        const auto& closer = comparison.levels[chain[i - 1]];
        const auto& farther = comparison.levels[chain[i]];
        EXPECT_GE(closer.probability[kSame] / closer.probability[kStranger] * (1 + 1e-6),
                  farther.probability[kSame] / farther.probability[kStranger])
            << comparison.name << ": " << closer.name << " and " << farther.name;
      }
    }
  }
}

TEST(TrainModel, ForcesTheOrderWhenTheCountsContradictIt) {
  TrainingCounts counts = Counts(*FrenchHospitalModel(), 5, 2000);
  // Far more errors than exact family names between pairs that agree in all else.
  PairLevels odd;
  odd.level.fill(0);
  odd.level[static_cast<std::size_t>(ComparisonKind::kFamilyName)] =
      static_cast<std::uint8_t>(FamilyLevel::kSimilar);
  counts.passes[static_cast<std::size_t>(TrainingPass::kDateAndPlace)].Add(PackLevels(odd), 9000);
  const auto trained = TrainModel(*FrenchHospitalModel(), counts, Options());
  ASSERT_TRUE(trained.ok()) << trained.status();
  EXPECT_THAT(trained->report.reordered_comparisons, ::testing::Contains("family_name"));
  const auto& levels = trained->model.comparisons[0].levels;
  const auto ratio = [&](FamilyLevel level) {
    const auto& p = levels[static_cast<std::size_t>(level)].probability;
    return p[kSame] / p[kStranger];
  };
  EXPECT_NEAR(ratio(FamilyLevel::kOneError) / ratio(FamilyLevel::kSimilar), 1, 1e-6);
}

TEST(TrainModel, MixesLabelsInAsPseudoCounts) {
  const Model& given = *FrenchHospitalModel();
  TrainingCounts counts = Counts(given, 11, 1000);
  const auto without = TrainModel(given, counts, Options());
  PairLevels used_second_name;
  used_second_name.level.fill(0);
  used_second_name.level[static_cast<std::size_t>(ComparisonKind::kGivenNames)] =
      static_cast<std::uint8_t>(GivenLevel::kSharedElsewhere);
  counts.labelled_same.Add(PackLevels(used_second_name), 500);
  const auto with = TrainModel(given, counts, Options());
  ASSERT_TRUE(without.ok() && with.ok());
  const auto shared = [](const TrainedModel& trained) {
    return trained.model.comparisons[1]
        .levels[static_cast<std::size_t>(GivenLevel::kSharedElsewhere)]
        .probability[kSame];
  };
  EXPECT_GT(shared(*with), 3 * shared(*without));
}

TEST(TrainModel, KeepsWhatTheDataSaysNothingAbout) {
  TrainingCounts counts;
  Model truth = *FrenchHospitalModel();
  truth.comparisons.pop_back();  // e-mail is missing everywhere
  counts = Counts(truth, 13, 1000);
  const auto trained = TrainModel(*FrenchHospitalModel(), counts, Options());
  ASSERT_TRUE(trained.ok()) << trained.status();
  EXPECT_THAT(trained->report.untrained_comparisons, ::testing::ElementsAre("email"));
  EXPECT_EQ(trained->model.comparisons.back().levels[0].probability,
            FrenchHospitalModel()->comparisons.back().levels[0].probability);
}

// ---- Refused -----------------------------------------------------------------------------------

TEST(TrainModel, RefusesDataWithoutPairsOfOnePerson) {
  Simulation simulation(*FrenchHospitalModel(), 1);
  TrainingCounts counts;
  for (int i = 0; i < 50000; ++i) counts.random.Add(PackLevels(simulation.Draw(kStranger)));
  simulation.Fill({0, 0, 0, 20}, TrainingPass::kFamilyAndDate, &counts);
  simulation.Fill({0, 0, 0, 20}, TrainingPass::kGivenAndDate, &counts);
  const auto trained = TrainModel(*FrenchHospitalModel(), counts, Options());
  EXPECT_EQ(trained.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(trained.status().message()), HasSubstr("pairs of one person"));
}

TEST(TrainModel, RefusesNothingAtAll) {
  TrainOptions options = Options();
  EXPECT_EQ(TrainModel(*FrenchHospitalModel(), {}, options).status().code(),
            absl::StatusCode::kFailedPrecondition);
  options.possible_pair_count = 0;
  EXPECT_EQ(TrainModel(*FrenchHospitalModel(), {}, options).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(TrainModel, RefusesAColumnThatIsTheSameForEveryone) {
  TrainingCounts counts = Counts(*FrenchHospitalModel(), 1, 2000);
  PairLevels equal;
  equal.level.fill(0);
  counts.any_pass.Add(PackLevels(equal), 1000000);
  const auto trained = TrainModel(*FrenchHospitalModel(), counts, Options());
  EXPECT_EQ(trained.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(trained.status().message()), HasSubstr("duplicates a record"));
}

TEST(TrainModel, RefusesToStopBeforeItHasConverged) {
  TrainOptions options = Options();
  options.iterations_max = 2;
  const auto trained = TrainModel(*FrenchHospitalModel(), Counts(CarelessModel(), 5, 300), options);
  EXPECT_EQ(trained.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(trained.status().message()), HasSubstr("still moved"));
}

TEST(TrainModel, RefusesDataWithoutBirthDatesUnlessItHasLabels) {
  TrainingCounts dated = Counts(CarelessModel(), 5, 300);
  const auto without_dates = [](const PatternCounts& counts) {
    PatternCounts changed;
    for (const auto& [pattern, count] : counts.Sorted()) {
      PairLevels levels = UnpackLevels(pattern);
      levels.level[static_cast<std::size_t>(ComparisonKind::kBirthDate)] = kMissing;
      changed.Add(PackLevels(levels), count);
    }
    return changed;
  };
  TrainingCounts counts;
  counts.random = without_dates(dated.random);
  counts.any_pass = without_dates(dated.any_pass);
  for (std::size_t p = 0; p < kTrainingPassCount; ++p) {
    counts.passes[p] = without_dates(dated.passes[p]);
  }
  TrainOptions options = Options();
  options.change_max = 0.01;
  const auto refused = TrainModel(*FrenchHospitalModel(), counts, options);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("no birth date"));
  const Model truth = CarelessModel();
  Simulation simulation(truth, 6);
  for (int i = 0; i < 2000; ++i) {
    counts.labelled_same.Add(PackLevels(simulation.Draw(kSame)));
  }
  const auto labelled = TrainModel(*FrenchHospitalModel(), counts, options);
  EXPECT_TRUE(labelled.ok()) << labelled.status();
}

// ---- The twin ----------------------------------------------------------------------------------

test::SlowSource SlowSourceOf(const Model& model, const PatternCounts& counts, int pass) {
  test::SlowSource source;
  for (const Comparison& comparison : model.comparisons) {
    source.blind.push_back(pass >= 0 &&
                           PassFixes(static_cast<TrainingPass>(pass), comparison.kind));
  }
  for (const auto& [pattern, count] : counts.Sorted()) {
    const PairLevels levels = UnpackLevels(pattern);
    test::SlowPair pair;
    for (const Comparison& comparison : model.comparisons) {
      const std::uint8_t level = levels.of(comparison.kind);
      pair.levels.push_back(level == kMissing ? -1 : level);
    }
    for (std::uint64_t i = 0; i < count; ++i) source.pairs.push_back(pair);
  }
  return source;
}

// Of relatives in a pass for each pair of one person there: prior times what the key asks of both.
long double HeldForEachSame(const Model& given, const test::SlowTable& mean, TrainingPass pass,
                            std::size_t relatives) {
  if (relatives == kHousehold && !PassFixes(pass, ComparisonKind::kGivenNames) &&
      !PassFixes(pass, ComparisonKind::kPhone)) {
    return 0;
  }
  long double ratio = static_cast<long double>(given.prior[relatives]) / given.prior[kSame];
  for (std::size_t c = 0; c < mean.size(); ++c) {
    const ComparisonKind kind = given.comparisons[c].kind;
    if (!PassFixes(pass, kind) || kind == ComparisonKind::kSex) continue;
    if (kind == ComparisonKind::kGivenNames) {
      ratio *= (mean[c][0][relatives] + mean[c][1][relatives]) / (mean[c][0][0] + mean[c][1][0]);
    } else {
      ratio *= mean[c][0][relatives] / mean[c][0][0];
    }
  }
  return ratio;
}

TEST(TrainModel, EqualsTheObviousTwin) {
  const Model& given = *FrenchHospitalModel();
  const TrainingCounts counts = Counts(CarelessModel(), 21, 100);
  TrainOptions options = Options();
  options.change_max = 0.01;  // a few steps, so that shares have come back into the levels
  const auto fast = TrainModel(given, counts, options);
  ASSERT_TRUE(fast.ok()) << fast.status();
  ASSERT_GE(fast->report.iterations, 3);

  std::vector<test::SlowSource> sources = {SlowSourceOf(given, counts.random, -1)};
  sources[0].teaches_stranger = true;
  for (std::size_t h = 0; h < 4; ++h) sources[0].shares[h] = given.prior[h];
  for (std::size_t p = 0; p < kTrainingPassCount; ++p) {
    sources.push_back(SlowSourceOf(given, counts.passes[p], static_cast<int>(p)));
    if (static_cast<TrainingPass>(p) == TrainingPass::kGivenAndDate) {
      sources.back().censored_comparison = 0;
      sources.back().censored_level = static_cast<int>(FamilyLevel::kSwapped);
    }
  }
  test::SlowTable start;
  test::SlowPrior prior;
  for (std::size_t c = 0; c < given.comparisons.size(); ++c) {
    const auto& levels = given.comparisons[c].levels;
    std::vector<long double> strangers(levels.size());
    long double known = options.stranger_weight_pairs;
    for (std::size_t l = 0; l < levels.size(); ++l) {
      strangers[l] = options.stranger_weight_pairs * levels[l].probability[kStranger];
    }
    for (const test::SlowPair& pair : sources[0].pairs) {
      if (pair.levels[c] < 0) continue;
      strangers[static_cast<std::size_t>(pair.levels[c])] += 1;
      known += 1;
    }
    start.emplace_back();
    prior.mean.emplace_back();
    const bool personal = c == 1 || c == 2;  // given names and sex
    for (std::size_t l = 0; l < levels.size(); ++l) {
      std::array<long double, 4> mean{};
      for (std::size_t h = 0; h < 4; ++h) mean[h] = levels[l].probability[h];
      start.back().push_back(mean);
      start.back().back()[kStranger] = strangers[l] / known;
      if (personal) mean[1] = mean[2] = strangers[l] / known;
      prior.mean.back().push_back(mean);
    }
    const long double relatives = 2000;
    prior.pairs.push_back({100, relatives, relatives, 100});
  }
  for (std::size_t p = 0; p < kTrainingPassCount; ++p) {
    for (const std::size_t h : {1u, 2u}) {
      sources[p + 1].held_for_each_same[h] =
          HeldForEachSame(given, prior.mean, static_cast<TrainingPass>(p), h);
    }
  }
  const test::SlowTable slow = test::SlowEm(start, sources, prior, fast->report.iterations);
  for (std::size_t c = 0; c < slow.size(); ++c) {
    const auto& reordered = fast->report.reordered_comparisons;
    const bool moved =
        std::find(reordered.begin(), reordered.end(), given.comparisons[c].name) != reordered.end();
    for (std::size_t l = 0; l < slow[c].size(); ++l) {
      for (std::size_t h = 0; h < 4; ++h) {
        if (h == kSame && moved) continue;  // ordering is tested above
        EXPECT_NEAR(fast->model.comparisons[c].levels[l].probability[h],
                    static_cast<double>(slow[c][l][h]), 1e-12)
            << given.comparisons[c].name << " level " << l << " hypothesis " << h;
      }
    }
  }
}

// ---- Random pairs and keys ---------------------------------------------------------------------

TEST(RandomPair, IsAPairOfTwoAndTheSameForASeed) {
  std::vector<int> seen(10);
  for (std::uint64_t k = 0; k < 10000; ++k) {
    const auto [left, right] = RandomPair(5, k, seen.size());
    ASSERT_NE(left, right);
    ASSERT_LT(left, seen.size());
    ASSERT_LT(right, seen.size());
    ++seen[left];
    EXPECT_EQ(RandomPair(5, k, seen.size()), (std::pair<std::size_t, std::size_t>(left, right)));
  }
  for (const int count : seen) EXPECT_NEAR(count, 1000, 150);
  EXPECT_NE(RandomPair(5, 0, 1000000), RandomPair(6, 0, 1000000));
}

TEST(TrainingKeys, OfAnEmptyRecordAreNone) {
  for (const std::uint64_t key : TrainingKeys(Record{})) EXPECT_EQ(key, 0u);
}

TEST(TrainingPasses, LeaveEachComparisonFreeInTwoAtLeast) {
  for (std::size_t k = 0; k < kComparisonKindCount; ++k) {
    int free = 0;
    for (std::size_t p = 0; p < kTrainingPassCount; ++p) {
      if (!PassFixes(static_cast<TrainingPass>(p), static_cast<ComparisonKind>(k))) ++free;
    }
    EXPECT_GE(free, 2) << ComparisonName(static_cast<ComparisonKind>(k));
  }
}

// ---- Writing -----------------------------------------------------------------------------------

TEST(WriteModel, IsReadBackToTheSameVersion) {
  const auto trained =
      TrainModel(*FrenchHospitalModel(), Counts(CarelessModel(), 2, 500), Options());
  ASSERT_TRUE(trained.ok()) << trained.status();
  const auto written = WriteModel(trained->model, {"made for a test", "", "seed 2"}, "");
  ASSERT_TRUE(written.ok()) << written.status();
  const auto read = ParseModel(written->toml, "again");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->version, written->model.version);
  const auto again = WriteModel(*read, {"made for a test", "", "seed 2"}, "");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->toml, written->toml);
}

TEST(WriteModel, KeepsTheShippedModel) {
  const auto written = WriteModel(*FrenchHospitalModel(), {}, "");
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->model.version, FrenchHospitalModel()->version);
}

TEST(WriteModel, RefusesNumbersThatAreNone) {
  Model model = *FrenchHospitalModel();
  model.comparisons[0].levels[0].probability[kSame] = std::nan("");
  EXPECT_EQ(WriteModel(model, {}, "").status().code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace vigie::matching
