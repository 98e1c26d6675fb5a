// The accounts file: any bytes are either refused with the name of the file, or accounts that,
// written again, are read back the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "daemon/console/accounts.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const auto accounts = vigie::daemon::ParseAccounts(input, "f.toml");
  if (!accounts.ok()) {
    if (accounts.status().message().find("f.toml") != 0) std::abort();
    return 0;
  }
  const auto again =
      vigie::daemon::ParseAccounts(vigie::daemon::PrintAccounts(*accounts), "f.toml");
  if (!again.ok() || *again != *accounts) std::abort();
  return 0;
}
