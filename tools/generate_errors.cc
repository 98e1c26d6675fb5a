#include "tools/generate_errors.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "matching/date.h"

namespace vigie::tools {
namespace {

using matching::Date;

constexpr std::array<std::string_view, 3> kKeyboard = {"AZERTYUIOP", "QSDFGHJKLM", "WXCVBN"};

char Neighbour(char letter, Random& random) {
  for (std::size_t row = 0; row < kKeyboard.size(); ++row) {
    const std::size_t at = kKeyboard[row].find(letter);
    if (at == std::string_view::npos) continue;
    std::string near;
    if (at > 0) near.push_back(kKeyboard[row][at - 1]);
    if (at + 1 < kKeyboard[row].size()) near.push_back(kKeyboard[row][at + 1]);
    if (row > 0) near.push_back(kKeyboard[row - 1][at]);
    if (row + 1 < kKeyboard.size() && at < kKeyboard[row + 1].size()) {
      near.push_back(kKeyboard[row + 1][at]);
    }
    return near[random.Below(near.size())];
  }
  return 'E';
}

bool IsLetter(char c) { return c >= 'A' && c <= 'Z'; }

// What sounds alike in French, both ways where both happen.
constexpr std::array<std::pair<std::string_view, std::string_view>, 44> kSoundsAlike = {{
    {"PH", "F"},     {"EAUX", "EAU"}, {"EAU", "AUX"}, {"EAU", "O"},  {"AUD", "AULT"},
    {"AULT", "AUD"}, {"AUX", "AUT"},  {"AU", "O"},    {"AI", "E"},   {"EI", "AI"},
    {"Y", "I"},      {"I", "Y"},      {"QU", "K"},    {"CK", "K"},   {"C", "K"},
    {"K", "C"},      {"TH", "T"},     {"T", "TH"},    {"LL", "L"},   {"L", "LL"},
    {"TT", "T"},     {"NN", "N"},     {"N", "NN"},    {"SS", "S"},   {"SS", "C"},
    {"RR", "R"},     {"MM", "M"},     {"ET", "EY"},   {"ET", "AIT"}, {"ER", "E"},
    {"ARD", "AR"},   {"EN", "AN"},    {"AN", "EN"},   {"AIN", "IN"}, {"IN", "AIN"},
    {"GE", "JE"},    {"J", "G"},      {"Z", "S"},     {"S", "Z"},    {"OT", "OD"},
    {"OU", "W"},     {"ED", "ET"},    {"D", "T"},     {"E", ""},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kTransliterations = {{
    {"MOHAMED", "MOHAMMED"},
    {"MOHAMMED", "MOHAMED"},
    {"MOHAMED", "MUHAMMAD"},
    {"YOUSSEF", "YOUSEF"},
    {"ABDELKADER", "ABD EL KADER"},
    {"ABD EL KADER", "ABDELKADER"},
    {"AICHA", "AYCHA"},
    {"KHADIJA", "KHADIDJA"},
    {"FATIMA", "FATMA"},
    {"NGUYEN", "N GUYEN"},
    {"SAINT", "ST"},
    {"BEN ", "BEN"},
}};

bool ReplaceOnce(std::string* text, std::string_view from, std::string_view to) {
  const std::size_t at = text->find(from);
  if (at == std::string::npos || text->size() + to.size() < from.size() + 2) return false;
  text->replace(at, from.size(), to);
  return true;
}

// Runs words together, parts them, or loses a part.
std::string Rejoin(const std::string& name, Random& random) {
  const std::size_t at = name.find_first_of(" -");
  if (at == std::string::npos || at + 1 >= name.size()) return name;
  switch (random.Below(3)) {
    case 0:
      return name.substr(0, at) + name.substr(at + 1);
    case 1:
      return name.substr(0, at) + (name[at] == '-' ? " " : "-") + name.substr(at + 1);
    default:
      return random.Chance(600) ? name.substr(0, at) : name.substr(at + 1);
  }
}

void SpoilFamilyName(const Person& person, Random& random, GeneratedRecord* record) {
  std::string& name = record->birth_family_name;
  const std::uint64_t kind = random.Below(100);
  if (kind >= 40 && kind < 68) {
    name = MishearName(UpperName(name, false), random);
  } else if (kind >= 68 && kind < 80 && !person.used_family_name.empty()) {
    name = UpperName(person.used_family_name, false);  // the used name in the birth name's field
    record->used_family_name.clear();
  } else if (kind >= 68 && kind < 92) {
    name = Rejoin(UpperName(name, false), random);
  } else if (kind >= 92 && name.size() > 12) {
    name = UpperName(name, false).substr(0, 10);  // an old terminal's column ended here
    while (!IsLetter(name.back())) name.pop_back();
  } else {
    name = MistypeName(UpperName(name, false), random);
  }
}

void SpoilGivenName(Random& random, GeneratedRecord* record) {
  std::string& first = record->given_names.front();
  const std::uint64_t kind = random.Below(100);
  if (kind < 36) {
    first = MistypeName(UpperName(first, false), random);
  } else if (kind < 62) {
    first = MishearName(UpperName(first, false), random);
  } else if (kind < 78 && record->given_names.size() > 1) {
    std::swap(record->given_names[0], record->given_names[1]);  // the name they go by
  } else if (kind < 92) {
    first = Rejoin(UpperName(first, false), random);
  } else {
    record->given_names.resize(1);
  }
  record->first_given_name = record->given_names.front();
}

}  // namespace

std::string MistypeName(const std::string& name, Random& random) {
  std::vector<std::size_t> letters;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (IsLetter(name[i])) letters.push_back(i);
  }
  if (letters.size() < 3) return name;
  std::string mistyped = name;
  const std::size_t at = letters[1 + random.Below(letters.size() - 1)];  // rarely the first
  switch (random.Below(4)) {
    case 0:
      mistyped[at] = Neighbour(name[at], random);
      break;
    case 1:
      if (letters.size() > 3) mistyped.erase(at, 1);
      break;
    case 2:
      mistyped.insert(at, 1, name[at]);
      break;
    default:
      if (IsLetter(name[at - 1])) std::swap(mistyped[at - 1], mistyped[at]);
  }
  // What an erased letter leaves must still be a name.
  while (!mistyped.empty() && !IsLetter(mistyped.back())) mistyped.pop_back();
  return mistyped.find("--") == std::string::npos ? mistyped : name;
}

std::string MishearName(const std::string& name, Random& random) {
  std::string misheard = name;
  for (const auto& [from, to] : kTransliterations) {
    if (random.Chance(500) && ReplaceOnce(&misheard, from, to)) return misheard;
  }
  if (misheard.size() > 3 && misheard.front() == 'H' && random.Chance(500)) {
    return misheard.substr(1);
  }
  const std::size_t start = random.Below(kSoundsAlike.size());
  for (std::size_t i = 0; i < kSoundsAlike.size(); ++i) {
    const auto& [from, to] = kSoundsAlike[(start + i) % kSoundsAlike.size()];
    std::string changed = misheard;
    if (ReplaceOnce(&changed, from, to) && IsLetter(changed.front()) && IsLetter(changed.back())) {
      return changed;
    }
  }
  return misheard;
}

Date MistakeDate(const Date& date, Random& random) {
  Date mistaken = date;
  switch (random.Below(6)) {
    case 0:
      if (date.day <= 12) std::swap(mistaken.day, mistaken.month);
      break;
    case 1:
      mistaken.day = static_cast<std::uint8_t>(date.day > 10 ? date.day - 10 : date.day + 10);
      break;
    case 2:
      mistaken.day = static_cast<std::uint8_t>(date.day > 1 ? date.day - 1 : date.day + 1);
      break;
    case 3:
      mistaken.month = static_cast<std::uint8_t>(date.month > 1 ? date.month - 1 : 2);
      break;
    case 4:
      mistaken.year = static_cast<std::int16_t>(date.year - random.Between(1, 2));
      break;
    default:
      mistaken.year = static_cast<std::int16_t>(date.year - 10);
  }
  return matching::IsValid(mistaken) ? mistaken : date;
}

void MakeError(const Person& person, Population& population, Random& random,
               GeneratedRecord* record) {
  const std::uint64_t kind = random.Below(100);
  if (kind < 28) {
    SpoilFamilyName(person, random, record);
  } else if (kind < 54) {
    SpoilGivenName(random, record);
  } else if (kind < 68) {
    record->birth_date = MistakeDate(record->birth_date, random);
  } else if (kind < 71) {  // both names in each other's field
    std::swap(record->birth_family_name, record->given_names.front());
    record->first_given_name = record->given_names.front();
  } else if (kind < 74) {
    record->sex = record->sex == 'M' ? 'F' : 'M';
  } else if (kind < 80) {
    record->birth_place_code = random.Chance(500) ? "" : record->home->code;
  } else if (kind < 90) {
    const Home home = population.NextHome();  // moved since
    record->address_line = home.address_line;
    record->home = home.commune;
  } else {
    record->phone = population.NextMobile();
  }
}

}  // namespace vigie::tools
