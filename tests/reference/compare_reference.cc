#include "tests/reference/compare_reference.h"

#include <algorithm>
#include <cstdlib>
#include <regex>
#include <utility>
#include <vector>

namespace vigie::reference {
namespace {

// The whole matrix: cell (i, j) is the distance of the first i and the first j characters.
std::size_t Distance(std::string_view left, std::string_view right, bool swaps) {
  std::vector<std::vector<std::size_t>> d(left.size() + 1,
                                          std::vector<std::size_t>(right.size() + 1));
  for (std::size_t i = 0; i <= left.size(); ++i) {
    for (std::size_t j = 0; j <= right.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      std::size_t best = d[i - 1][j] + 1;
      best = std::min(best, d[i][j - 1] + 1);
      best = std::min(best, d[i - 1][j - 1] + (left[i - 1] != right[j - 1]));
      if (swaps && i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
        best = std::min(best, d[i - 2][j - 2] + 1);
      }
      d[i][j] = best;
    }
  }
  return d[left.size()][right.size()];
}

}  // namespace

std::size_t Levenshtein(std::string_view left, std::string_view right) {
  return Distance(left, right, false);
}

std::size_t OptimalStringAlignment(std::string_view left, std::string_view right) {
  return Distance(left, right, true);
}

double Jaro(std::string_view left, std::string_view right) {
  if (left == right) return 1;
  if (left.empty() || right.empty()) return 0;
  if (std::make_pair(left.size(), left) > std::make_pair(right.size(), right)) {
    std::swap(left, right);
  }
  const int window = std::max<int>(static_cast<int>(right.size()) / 2 - 1, 0);
  std::vector<int> partner_of_right(right.size(), -1);
  std::string left_matched, right_matched;
  for (int i = 0; i < static_cast<int>(left.size()); ++i) {
    for (int j = 0; j < static_cast<int>(right.size()); ++j) {
      const auto at = static_cast<std::size_t>(j);
      if (std::abs(i - j) > window || partner_of_right[at] >= 0) continue;
      if (left[static_cast<std::size_t>(i)] != right[at]) continue;
      partner_of_right[at] = i;
      left_matched += left[static_cast<std::size_t>(i)];
      break;
    }
  }
  for (std::size_t j = 0; j < right.size(); ++j) {
    if (partner_of_right[j] >= 0) right_matched += right[j];
  }
  const double m = static_cast<double>(left_matched.size());
  if (m == 0) return 0;
  int out_of_order = 0;
  for (std::size_t k = 0; k < left_matched.size(); ++k) {
    out_of_order += left_matched[k] != right_matched[k];
  }
  const double t = out_of_order / 2;
  return (m / static_cast<double>(left.size()) + m / static_cast<double>(right.size()) +
          (m - t) / m) /
         3;
}

double JaroWinkler(std::string_view left, std::string_view right) {
  const double jaro = Jaro(left, right);
  if (jaro < 0.7) return jaro;
  int prefix = 0;
  for (std::size_t i = 0; i < 4 && i < left.size() && i < right.size(); ++i) {
    if (left[i] != right[i]) break;
    ++prefix;
  }
  return jaro + prefix * 0.1 * (1 - jaro);
}

std::string PhoneticKey(const std::string& match_form) {
  const auto replace = [](const std::string& text, const char* pattern, const char* by) {
    return std::regex_replace(text, std::regex(pattern), by);
  };
  std::string rest = replace(match_form, "[^A-Z]", "");
  rest = replace(rest, "Y", "I");
  rest = replace(rest, "(.)\\1+", "$1");
  rest = replace(rest, "(.)MPS$", "$1M");
  rest = replace(rest, "(.)MP$", "$1M");
  rest = replace(rest, "^(.)([STDXZ]*)$", "$1");
  rest = replace(rest, "^(.+?)[STDXZ]*$", "$1");
  rest = replace(rest, "(.)AUL$", "$1AU");

  // A nasal needs a consonant other than N, M, H behind it, or the end.
  static const std::vector<std::pair<std::regex, std::string>> rules = [] {
    const std::string close = "(?=$|[^AEIOUNMH])";
    std::vector<std::pair<std::regex, std::string>> list;
    for (const auto& [pattern, code] :
         std::vector<std::pair<std::string, std::string>>{{"E?AU", "O"},
                                                          {"OEU|OE|EU", "E"},
                                                          {"OU", "U"},
                                                          {"OI(?!N($|[^AEIOUNMH]))", "W"},
                                                          {"(AI|EI|I|U)[NM]" + close, "1"},
                                                          {"[AE][NM]" + close, "2"},
                                                          {"O[NM]" + close, "3"},
                                                          {"AI|EI", "E"},
                                                          {"SCH|SH", "C"},
                                                          {"CH(?=[RLN])", "K"},
                                                          {"CH", "C"},
                                                          {"PH", "F"},
                                                          {"BV", "V"},
                                                          {"GN", "N"},
                                                          {"GU(?=[EI])", "G"},
                                                          {"GE(?=[AOU])", "J"},
                                                          {"G(?=[EI])", "J"},
                                                          {"C(?=[EI])", "S"},
                                                          {"CK|CQ|QU|Q|C", "K"},
                                                          {"Z", "S"},
                                                          {"X", "KS"},
                                                          {"W", "V"},
                                                          {"H", ""}}) {
      list.emplace_back(std::regex(pattern), code);
    }
    return list;
  }();
  std::string codes;
  while (!rest.empty()) {
    bool done = false;
    for (const auto& [pattern, code] : rules) {
      std::smatch match;
      if (!std::regex_search(rest, match, pattern, std::regex_constants::match_continuous)) {
        continue;
      }
      codes += code;
      rest = match.suffix().str();
      done = true;
      break;
    }
    if (!done) {
      codes += rest[0];
      rest.erase(0, 1);
    }
  }
  codes = replace(codes, "(.)(ER|E)$", "$1");
  codes = replace(codes, "(.)\\1+", "$1");
  return codes.substr(0, 10);
}

}  // namespace vigie::reference
