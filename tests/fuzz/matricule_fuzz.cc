// Any bytes as a matricule, its body, a place code, a FINESS: no crash, and an accepted matricule
// has the key of its body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "matching/matricule.h"
#include "matching/place.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  vigie::matching::Traits traits;
  traits.sex = vigie::matching::Sex::kFemale;
  traits.birth_date = {1975, 12, 31};
  traits.birth_place_code = input.substr(0, 5);
  vigie::matching::MatriculeSignals(input, traits);
  vigie::matching::MatriculeSignals("2751263220749", traits);
  const auto matricule = vigie::matching::ParseMatricule(input);
  if (matricule.ok()) {
    Require(matricule.body.size() == 13 && matricule.key.size() == 2);
    Require(vigie::matching::MatriculeKey(matricule.body).has_value());
    Require(vigie::matching::ParseMatricule(matricule.body + matricule.key).ok());
    vigie::matching::MatriculeSignals(matricule.body, traits);
  }
  if (vigie::matching::IsFiness(input)) Require(size == 9);
  if (const auto place = vigie::matching::FindPlace(input)) {
    Require(place->code == input && !place->name.empty());
    Require(vigie::matching::CanonicalPlaceCode(place->current_code) == place->current_code);
  }
  vigie::matching::DepartmentOf(input);
  vigie::matching::KindOfOid(input);
  return 0;
}
