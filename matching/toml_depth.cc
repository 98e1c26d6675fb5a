#include "matching/toml_depth.h"

#include <cstddef>

namespace vigie::matching {
namespace {

// The position after the quoted text that starts at `at`, or the end of the text when it is not
// closed (the parser stops there too). Counts the lines passed.
std::size_t SkipQuoted(const std::string& toml, std::size_t at, int& line) {
  const char quote = toml[at];
  const bool multiple_lines = toml.compare(at, 3, std::string(3, quote)) == 0;
  for (at += multiple_lines ? 3 : 1; at < toml.size(); ++at) {
    if (toml[at] == '\n') {
      if (!multiple_lines) return at;
      ++line;
    } else if (toml[at] == '\\' && quote == '"') {
      ++at;
      if (at < toml.size() && toml[at] == '\n') ++line;
    } else if (toml[at] == quote) {
      if (!multiple_lines) return at + 1;
      if (toml.compare(at, 3, std::string(3, quote)) == 0) return at + 3;
    }
  }
  return toml.size();
}

}  // namespace

absl::Status CheckTomlDepth(const std::string& toml, const std::string& source_name) {
  int line = 1;
  int dots = 0;
  int open = 0;
  for (std::size_t at = 0; at < toml.size();) {
    const char c = toml[at];
    if (c == '"' || c == '\'') {
      at = SkipQuoted(toml, at, line);
      continue;
    }
    if (c == '#') {
      at = toml.find('\n', at);
      if (at == std::string::npos) break;
      continue;
    }
    if (c == '\n') {
      ++line;
      dots = 0;
    }
    if (c == '[' || c == '{') ++open;
    if ((c == ']' || c == '}') && open > 0) --open;
    if (c == '.') ++dots;
    if (open > kTomlOpenBracketsMax || dots > kTomlLineDotsMax) {
      return absl::InvalidArgumentError(source_name + ":" + std::to_string(line) +
                                        ": too many open brackets or dots; close the brackets or "
                                        "break the line");
    }
    ++at;
  }
  return absl::OkStatus();
}

}  // namespace vigie::matching
