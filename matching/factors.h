// What a level says about each hypothesis, term frequencies included: the numbers a score is made
// of (score.h) and the bounds a pair is left out by (score.h MayReach, screen.h). Pure.
#pragma once

#include <array>
#include <cstdint>

#include "matching/model.h"
#include "matching/record.h"

namespace vigie::matching {

// P(observation | hypothesis) by Hypothesis; of several observations their product.
using Factors = std::array<double, kHypothesisCount>;

// How many identities of the base have the record's value of a column (TermColumn as a number);
// 0: not known, or no value.
std::uint32_t CountOf(const Record& record, std::uint8_t column);

// How common the agreed value is, of the level's column; the commoner of the two when they differ,
// which claims less. 0: not known, or the level uses none.
double TermFrequency(const Model& model, const Level& level, const Record& left,
                     const Record& right, std::uint64_t population);

// The level's probabilities, with a term frequency in the place of those it stands for. 0: none.
Factors FactorsOf(const Level& level, double term_frequency);

// The factors that speak best for "same" among all counts that are not below those of `left` and
// all populations up to `population_max` (0: no term frequencies). A commoner value makes the other
// hypotheses likelier and leaves this one (ParseModel), so the smallest count and the greatest
// population bound them.
Factors BestFactors(const Model& model, const Level& level, const Record& left,
                    std::uint64_t population_max);

// The model's prior in a base of `population` identities: what it says up to its own population,
// and in a larger base same person and relatives as much rarer as there are more identities. 0: not
// known, as the model says.
Factors PriorOf(const Model& model, std::uint64_t population);

// Sum over all hypotheses but "same".
double OthersOf(const Factors& products);

}  // namespace vigie::matching
