// Any bytes as configuration: refused or read; what was read prints as a text that reads back.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "daemon/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto config = vigie::daemon::ParseConfig(text, "fuzz");
  vigie::daemon::IsLoopbackAddress(text);
  if (!config.ok()) return 0;
  const auto again = vigie::daemon::ParseConfig(vigie::daemon::PrintConfig(*config), "printed");
  if (!again.ok() || !vigie::daemon::ChangedSettings(*config, *again).empty()) std::abort();
  return 0;
}
