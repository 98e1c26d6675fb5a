#include "daemon/console/pages.h"

#include <algorithm>
#include <array>

namespace vigie::daemon {
namespace {

constexpr ConsolePage kPages[] = {
#include "console_pages.inc"
};

}  // namespace

std::span<const ConsolePage> ConsolePages() { return kPages; }

const ConsolePage* FindConsolePage(std::string_view path) {
  const auto* const found =
      std::find_if(std::begin(kPages), std::end(kPages),
                   [&](const ConsolePage& page) { return page.path == path; });
  return found == std::end(kPages) ? nullptr : found;
}

}  // namespace vigie::daemon
