// How records go wrong: by the keyboard, by ear, in the wrong field, by an older state of affairs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "matching/identity.h"
#include "tools/generate_people.h"
#include "tools/generate_random.h"

namespace vigie::tools {

// One record as it will be written; names already in the spelling of the desk that typed them.
struct GeneratedRecord {
  std::uint64_t person_id = 0;
  std::string birth_family_name;
  std::vector<std::string> given_names;
  std::string first_given_name;
  std::string used_family_name;
  std::string used_given_name;
  char sex = 'I';
  matching::Date birth_date;
  std::string birth_place_code;
  std::string matricule;  // empty: no INSi answer
  std::string insi_date;
  std::string evidence_type;
  std::string evidence_date;
  std::string attributes;
  std::string address_line;
  const Commune* home = nullptr;
  std::string phone;
  std::string email;
};

// A letter replaced by its neighbour on an AZERTY keyboard, left out, doubled or exchanged with the
// next. ASCII upper case in and out; a name of less than three letters stays as it is.
std::string MistypeName(const std::string& name, Random& random);
// Written as it sounds: PH for F, EAU for O, a silent H left out. Unchanged when nothing applies.
std::string MishearName(const std::string& name, Random& random);
// A day off by a slip: day and month exchanged, one digit, a year, a decade. Always a valid date.
matching::Date MistakeDate(const matching::Date& date, Random& random);

// Makes one error of a desk in `record`, which must have no INSi answer: those come letter-perfect.
void MakeError(const Person& person, Population& population, Random& random,
               GeneratedRecord* record);

}  // namespace vigie::tools
