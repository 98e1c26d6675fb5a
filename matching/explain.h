// Why a pair has its score: per comparison the values, the level, the bits and a sentence, in
// French and in English. The bits add up to the weight, so that the picture is the arithmetic.
// Explanations hold traits: they go to the person who asked, never to a log.
#pragma once

#include <string>
#include <vector>

#include "matching/identity.h"
#include "matching/model.h"
#include "matching/score.h"

namespace vigie::matching {

// A sentence in both languages.
struct Sentence {
  std::string french;
  std::string english;
};

struct ExplainedComparison {
  std::string name;        // the comparison's name in the model
  Sentence label;          // what people call it: "Nom de naissance" / "Birth family name"
  std::string left_value;  // as given
  std::string right_value;
  std::string level;  // name of the level, "missing" when a side has no value
  double bits = 0;
  Sentence sentence;  // e.g. "Jour et mois inversés (+5,1 bits)"
};

struct Explanation {
  DetailedScore detail;
  Sentence summary;  // one sentence: band, probability, likeliest other explanation
  Sentence prior;    // what is believed before looking
  Sentence other_hypotheses;
  std::vector<ExplainedComparison> comparisons;  // model order
  std::vector<Sentence> vetoes;                  // contradictions outside the sum
};

Explanation Explain(const Model& model, const Identity& left, const Identity& right,
                    const Record& left_record, const Record& right_record,
                    std::uint64_t population);

}  // namespace vigie::matching
