// The words of explanations, French and English side by side: the only place where they stand.
// Internal to matching/: callers use explain.h.
#pragma once

#include <cstdint>
#include <string_view>

#include "matching/identity.h"
#include "matching/levels.h"
#include "matching/model.h"

namespace vigie::matching {

struct Words {
  std::string_view french;
  std::string_view english;
};

// What people call a comparison: "Nom de famille" / "Family name".
Words LabelOf(ComparisonKind kind);
// What a level says of two values, without its bits. kMissing: there was nothing to compare.
Words SentenceOf(ComparisonKind kind, std::uint8_t level);
Words SentenceOf(VetoKind veto);
// "la même personne", "deux personnes nées ensemble", ...
Words NameOf(Hypothesis hypothesis);
Words NameOf(Band band);

}  // namespace vigie::matching
