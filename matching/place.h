// Birth places: the COG of communes, of communes that no longer exist, and of countries.
// The table is generated (matching/generated/places.inc, see its head for source and licence).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "matching/identity.h"

namespace vigie::matching {

enum class PlaceKind : std::uint8_t { kUnknown, kCommune, kFormerCommune, kCountry };

struct Place {
  std::string_view code;  // 5 characters
  // As the COG spells it. A code that exists no more and whose name the source does not keep has
  // the name of the commune that took it over.
  std::string_view name;
  PlaceKind kind = PlaceKind::kUnknown;
  // The commune of today that took over a former one, the state that took over another as a whole;
  // else its own code. Arrondissements of Paris, Lyon and Marseille stand for themselves.
  std::string_view current_code;
};

// nullopt: not in the table. 99999 ("unknown place") is not in the table either: it is missing.
std::optional<Place> FindPlace(std::string_view code);
// 5 characters, digits but 2A/2B. Says nothing about existence.
bool IsPlaceCodeShape(std::string_view code);
bool IsUnknownPlace(std::string_view code);  // empty or 99999
bool IsForeignPlace(std::string_view code);  // 99xxx but 99100 (France)
// The commune of today for a code, so that a commune before and after its merger agree; the code
// itself when it is not in the table; "" for an unknown place.
std::string CanonicalPlaceCode(std::string_view code);
// "01".."95", "2A", "2B", "20" for Corsica before 1976, "971".. and "98x" overseas, "99" for abroad
// and for 99100; "" for an unknown place and for what is not a code.
std::string_view DepartmentOf(std::string_view code);

}  // namespace vigie::matching
