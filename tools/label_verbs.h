// Verbs of label_verbs.cc, and what they share with the export.
#pragma once

#include <string>

#include "tools/verbs.h"

namespace vigie::tools {

// review label | labels | quality; under `review`.
void AddLabelVerbs(CLI::App& review, Globals& globals);
// What `vigie export identities` writes, without telling; the exit code.
int ExportIdentities(Client& client, const std::string& path);

}  // namespace vigie::tools
