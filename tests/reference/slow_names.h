// The match form of a name, said plainly with ICU alone: THIS MUST NEVER SHIP, it is hundreds of
// times too slow. Tests and benches compare matching/names.h with it.
#pragma once

#include <string>
#include <string_view>

#include "matching/names.h"

namespace vigie::matching::reference {

std::string SlowMatchForm(std::string_view input, NameKind kind);

}  // namespace vigie::matching::reference
