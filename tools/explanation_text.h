// The explanation of a pair as people read it: the arithmetic of its score, line by line.
#pragma once

#include <string>

#include "CLI/CLI.hpp"
#include "tools/output.h"
#include "vigie/v1/types.pb.h"

namespace vigie::tools {

// One line a term: prior, each comparison, other hypotheses, total. The bits add up to the total.
Table ExplanationTable(const v1::Explanation& explanation, bool english);

// The summary and the contradictions outside the sum, one sentence a line.
std::string ExplanationHead(const v1::Explanation& explanation, bool english);

// Adds --language fr|en to a verb.
void AddLanguage(CLI::App* verb, std::string* language);

}  // namespace vigie::tools
