#include "matching/review.h"

#include "matching/stable_hash.h"

namespace vigie::matching {

std::uint64_t StrictFingerprint(const Identity& identity) {
  const Date& birth = identity.traits.birth_date;
  StableHash hash;
  hash.Add(identity.rniv.birth_family_name)
      .Add(identity.rniv.first_birth_given_name)
      .Add(identity.rniv.birth_given_names)
      .Add(static_cast<std::uint64_t>(identity.traits.sex))
      .Add(static_cast<std::uint64_t>(birth.year) << 16 |
           static_cast<std::uint64_t>(birth.month) << 8 | birth.day)
      .Add(identity.traits.birth_place_code);
  return hash.value();
}

}  // namespace vigie::matching
