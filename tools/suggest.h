// "Did you mean": the known word nearest to one that is not known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vigie::tools {

// Nearest of `known` by edit distance (a transposition counts one, case is ignored), "" when none
// is near enough to be what was meant: at most a third of the letters may differ, and never more
// than four.
std::string NearestWord(std::string_view word, const std::vector<std::string>& known);

// `; did you mean "x"?`, or "" when nothing is near.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& known);

}  // namespace vigie::tools
