// The score of a pair: weight in bits and probability that both records are the same person.
//
// P(same) = prior_s * product_s / sum over hypotheses h of prior_h * product_h, where product_h
// multiplies P(level | h) over the comparisons that both records have a value for. A missing value
// gives no factor: missing is not different. weight = log2(P / (1 - P)).
// The prior is of the population: in a base larger than the model's own, pairs of one person are
// rarer among all pairs, in proportion (factors.h).
// The same inputs give the same bits on every machine: fixed order of operations, no threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "matching/identity.h"
#include "matching/model.h"
#include "matching/record.h"

namespace vigie::matching {

struct Score {
  double weight_bits = 0;  // log2 odds; +20 is a million to one
  double probability = 0;  // 0..1
  Band band = Band::kBelow;
  std::uint32_t vetoes = 0;  // bit i: contradiction i of the model's `vetoes` holds
  std::string model_version;
};

// One comparison as scored.
struct ComparisonScore {
  std::uint8_t level = 0;     // index into the comparison's levels
  bool missing = true;        // one side has no value: no evidence
  double bits = 0;            // log2 P(level|same) / P(level|rival), term frequency included
  double term_frequency = 0;  // used in place of P(level|stranger); 0: not used
};

struct DetailedScore {
  Score score;
  Hypothesis rival = Hypothesis::kStranger;  // the likeliest other explanation of the pair
  double prior_bits = 0;                     // log2 prior_same / prior_rival
  double other_hypotheses_bits = 0;          // what the remaining hypotheses take away, <= 0
  std::vector<ComparisonScore> comparisons;  // in the model's order
  // prior_bits + sum of comparisons[i].bits + other_hypotheses_bits == score.weight_bits (1e-9),
  // before vetoes.
};

// `population` is the number of identities of the base the term counts were taken from; 0: no
// term frequencies. Symmetric: exchanging left and right gives the same bits.
Score ScorePair(const Model& model, const Record& left, const Record& right,
                std::uint64_t population);
// The same for a batch, where nearly every pair is a miss: false, and `score` untouched, when the
// probability is below `probability_min`; otherwise true with what ScorePair gives, to the bit.
// Leaves out what only a hit needs: logarithm, vetoes, the version's text.
bool ScorePairAtLeast(const Model& model, const Record& left, const Record& right,
                      std::uint64_t population, double probability_min, Score* score);
// Whether the pair could reach `probability_min`: false only when ScorePair gives less for every
// population from 1 to `population_max`, whatever the counts of `right` and whatever counts of
// `left` that are not below those it has here. For a search that reads the counts of those few that
// may reach it. With `population_max` 0 no term frequencies, as in ScorePair.
bool MayReach(const Model& model, const Record& left, const Record& right,
              std::uint64_t population_max, double probability_min);
DetailedScore ScorePairInDetail(const Model& model, const Record& left, const Record& right,
                                std::uint64_t population);

// The band of a probability and its vetoes. A veto keeps a pair out of `probable` and `certain`;
// `certain` needs the same matricule besides the probability (design: same matricule, same person).
Band BandOf(const Model& model, double probability, bool same_matricule, std::uint32_t vetoes);

}  // namespace vigie::matching
