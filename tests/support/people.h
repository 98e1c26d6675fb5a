// Generated people for tests of matching: fixed seeds, French names with a skewed frequency, and
// the errors people make when they register someone.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "matching/date.h"
#include "matching/identity.h"

namespace vigie::test {

inline const std::vector<std::string>& FamilyNames() {
  static const std::vector<std::string> names = {
      "MARTIN",     "BERNARD",  "THOMAS",    "PETIT",         "ROBERT",   "RICHARD",   "DURAND",
      "DUBOIS",     "MOREAU",   "LAURENT",   "SIMON",         "MICHEL",   "LEFEBVRE",  "LEROY",
      "ROUX",       "DAVID",    "BERTRAND",  "MOREL",         "FOURNIER", "GIRARD",    "BONNET",
      "DUPONT",     "LAMBERT",  "FONTAINE",  "ROUSSEAU",      "VINCENT",  "MULLER",    "LEFEVRE",
      "FAURE",      "ANDRE",    "MERCIER",   "BLANC",         "GUERIN",   "BOYER",     "GARNIER",
      "CHEVALIER",  "FRANCOIS", "LEGRAND",   "GAUTHIER",      "GARCIA",   "PERRIN",    "ROBIN",
      "CLEMENT",    "MORIN",    "NICOLAS",   "HENRY",         "ROUSSEL",  "MATHIEU",   "GAUTIER",
      "MASSON",     "MARCHAND", "DUVAL",     "DENIS",         "DUMONT",   "MARIE",     "LEMAIRE",
      "NOEL",       "MEYER",    "DUFOUR",    "MEUNIER",       "BRUN",     "BLANCHARD", "GIRAUD",
      "JOLY",       "RIVIERE",  "LUCAS",     "BRUNET",        "GAILLARD", "BARBIER",   "ARNAUD",
      "DE LA TOUR", "LE GOFF",  "BEN SALAH", "DUPONT-MARTIN", "KOWALSKI", "NGUYEN",    "DIALLO"};
  return names;
}

inline const std::vector<std::string>& GivenNames() {
  static const std::vector<std::string> names = {
      "MARIE",    "JEAN",     "PIERRE",     "MICHEL",    "ANDRE",   "PHILIPPE",  "ALAIN",
      "NATHALIE", "ISABELLE", "SYLVIE",     "CATHERINE", "MARTINE", "CHRISTINE", "NICOLAS",
      "THOMAS",   "JULIEN",   "CAMILLE",    "LEA",       "MANON",   "CHLOE",     "LUCAS",
      "HUGO",     "EMMA",     "LOUIS",      "JULES",     "ALICE",   "LOUISE",    "GABRIEL",
      "RAPHAEL",  "ARTHUR",   "JADE",       "INES",      "MOHAMED", "YOUSSEF",   "FATIMA",
      "AMINATA",  "MATHIS",   "ENZO",       "SARAH",     "CLARA",   "PAULINE",   "SOPHIE",
      "VALERIE",  "SANDRINE", "CELINE",     "DAVID",     "LAURENT", "STEPHANE",  "OLIVIER",
      "FREDERIC", "PATRICK",  "CHRISTIAN",  "DANIEL",    "BERNARD", "JACQUES",   "FRANCOISE",
      "MONIQUE",  "JEANNE",   "MARGUERITE", "GERMAINE",  "SIMONE",  "ODETTE",    "AUGUSTIN"};
  return names;
}

class People {
 public:
  explicit People(std::uint64_t seed) : random_(seed) {}

  std::uint64_t Below(std::uint64_t bound) { return random_() % bound; }
  bool Chance(int in_hundred) { return Below(100) < static_cast<std::uint64_t>(in_hundred); }

  // Low ranks come more often, and a made-up ending keeps the rest of the names rare.
  std::string FamilyName() {
    static const std::vector<std::string> endings = {"", "", "", "EAU", "IER", "OT", "AND", "ELLE"};
    static const std::vector<std::string> middles = {"", "BL", "R", "CH", "T", "GN", "V", "MIN"};
    const std::string& base = Skewed(FamilyNames());
    if (Chance(55)) return base;
    return base.substr(0, 4 + Below(3)) + middles[Below(middles.size())] +
           endings[Below(endings.size())];
  }
  std::string GivenName() { return Skewed(GivenNames()); }

  matching::Traits Person() {
    matching::Traits traits;
    traits.birth_family_name = FamilyName();
    const std::string first = GivenName();
    traits.first_birth_given_name = first;
    traits.birth_given_names = first;
    for (std::uint64_t more = Below(3); more > 0; --more) {
      traits.birth_given_names += " " + GivenName();
    }
    traits.sex = Chance(50) ? matching::Sex::kMale : matching::Sex::kFemale;
    traits.birth_date = matching::DateFromDays(-14600 + static_cast<std::int64_t>(Below(32000)));
    traits.birth_place_code = std::to_string(10000 + 1000 * Below(60) + Below(40) + 1);
    traits.postal_code = std::to_string(10000 + 100 * Below(400));
    traits.city = "VILLE " + FamilyName();
    traits.address_line = std::to_string(1 + Below(90)) + " RUE " + FamilyName();
    if (Chance(70)) traits.phone = "06" + std::to_string(10000000 + Below(89999999));
    if (Chance(40)) traits.email = "p" + std::to_string(Below(100000000)) + "@exemple.fr";
    if (traits.sex == matching::Sex::kFemale && Chance(45)) traits.used_family_name = FamilyName();
    return traits;
  }

  // One letter lost, added, changed, or swapped with its neighbour.
  std::string Mistyped(std::string text) {
    if (text.size() < 3) return text;
    const std::size_t at = Below(text.size() - 1);
    const char letter = static_cast<char>('A' + Below(26));
    switch (Below(4)) {
      case 0:
        return text.erase(at, 1);
      case 1:
        return text.insert(at, 1, letter);
      case 2:
        text[at] = letter;
        return text;
      default:
        std::swap(text[at], text[at + 1]);
        return text;
    }
  }

  matching::Date MistypedDate(matching::Date date) {
    switch (Below(4)) {
      case 0:
        if (date.day <= 12) return {date.year, date.day, date.month};
        [[fallthrough]];
      case 1:
        date.day = static_cast<std::uint8_t>(1 + Below(28));
        return date;
      case 2:
        date.month = static_cast<std::uint8_t>(1 + Below(12));
        if (date.day > 28) date.day = 28;
        return date;
      default:
        date.year = static_cast<std::int16_t>(date.year + (Chance(50) ? 1 : -10));
        if (date.day > 28) date.day = 28;
        return date;
    }
  }

  // The same person registered again, some months or years later, with 0 to `errors_max`
  // errors.
  matching::Traits RegisteredAgain(matching::Traits traits, std::uint64_t errors_max = 3) {
    if (Chance(40)) traits.birth_given_names = traits.first_birth_given_name;
    if (Chance(50)) traits.phone.clear();
    if (Chance(70)) traits.email.clear();
    if (Chance(30)) traits.birth_place_code.clear();
    if (Chance(25)) {
      traits.postal_code = std::to_string(10000 + 100 * Below(400));
      traits.address_line.clear();
      traits.city.clear();
    }
    for (std::uint64_t errors = Below(errors_max + 1); errors > 0; --errors) AddError(traits);
    return traits;
  }

 private:
  const std::string& Skewed(const std::vector<std::string>& names) {
    const std::uint64_t a = Below(names.size());
    const std::uint64_t b = Below(names.size());
    return names[a * b / names.size()];
  }

  void AddError(matching::Traits& traits) {
    switch (Below(8)) {
      case 0:
      case 1:
        traits.birth_family_name = Mistyped(traits.birth_family_name);
        break;
      case 2:
      case 3: {
        const std::string first = Mistyped(traits.first_birth_given_name);
        traits.first_birth_given_name = first;
        traits.birth_given_names = first;
        break;
      }
      case 4:
      case 5:
        traits.birth_date = MistypedDate(traits.birth_date);
        break;
      case 6:
        std::swap(traits.birth_family_name, traits.first_birth_given_name);
        traits.birth_given_names = traits.first_birth_given_name;
        break;
      default:
        if (!traits.used_family_name.empty()) {
          traits.birth_family_name = traits.used_family_name;
          traits.used_family_name.clear();
        }
    }
  }

  std::mt19937_64 random_;
};

}  // namespace vigie::test
