// The console's files, embedded in the program: what stands in pages/ at build time.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vigie::daemon {

struct ConsolePage {
  std::string_view path;  // below /console/, e.g. "app.mjs"; "" is index.html
  std::string_view content_type;
  std::string_view content;
};

std::span<const ConsolePage> ConsolePages();
// nullptr: there is none.
const ConsolePage* FindConsolePage(std::string_view path);

}  // namespace vigie::daemon
