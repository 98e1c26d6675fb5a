// Slow, obvious twins of the joining of family names and of the folding of addresses: a list of all
// words first, then each rule over the list. Of the code they check they use MatchForm alone, which
// has a twin of its own.
#pragma once

#include <cctype>
#include <cstddef>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "matching/names.h"

namespace vigie::matching::reference {

inline std::vector<std::string> Words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// MatchFamilyName, with or without particles, of an input without apostrophe.
inline std::string SlowFamilyName(std::string_view input, bool with_particles) {
  static const std::set<std::string> particles = {
      "D",  "DE", "DU",  "DES", "DEL", "DELLA", "DELLE", "DI", "DA", "DAS", "DO",  "DOS", "L",
      "LA", "LE", "LES", "VAN", "VON", "DER",   "DEN",   "EL", "AL", "BEN", "AIT", "OULD"};
  static const std::set<std::string> prefixes = {"SAINT", "SAINTE", "O",   "N",
                                                 "M",     "MC",     "MAC", "BOU"};
  std::vector<std::string> words = Words(MatchForm(input, NameKind::kFamily));
  std::string name;
  std::string between;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i + 1 == words.size()) return name + between + words[i];
    if (words[i] == "ST") words[i] = "SAINT";
    if (words[i] == "STE") words[i] = "SAINTE";
    if (particles.contains(words[i]) && !with_particles) continue;
    name += between + words[i];
    between = particles.contains(words[i]) || prefixes.contains(words[i]) ? "" : " ";
  }
  return name;
}

// MatchAddress of a line within the limit of bytes.
inline std::string SlowAddress(const std::string& input) {
  static const std::map<std::string, std::string> shorter = {
      {"ALLEE", "ALL"},    {"AVENUE", "AV"},       {"AVE", "AV"},        {"BOULEVARD", "BD"},
      {"BLD", "BD"},       {"BVD", "BD"},          {"CHEMIN", "CHE"},    {"CHEM", "CHE"},
      {"CH", "CHE"},       {"FAUBOURG", "FG"},     {"IMPASSE", "IMP"},   {"LOTISSEMENT", "LOT"},
      {"PLACE", "PL"},     {"QUAI", "QU"},         {"RESIDENCE", "RES"}, {"ROUTE", "RTE"},
      {"SAINT", "ST"},     {"SAINTE", "STE"},      {"SQUARE", "SQ"},     {"RUE", "R"},
      {"BATIMENT", "BAT"}, {"APPARTEMENT", "APT"}, {"APPT", "APT"}};
  std::vector<std::string> runs;
  bool digits = false;
  for (const char c : input) {
    const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
    if (runs.empty() || digit != digits) runs.emplace_back();
    runs.back() += c;
    digits = digit;
  }
  std::string address;
  for (const std::string& run : runs) {
    const bool number = std::isdigit(static_cast<unsigned char>(run[0])) != 0;
    for (const std::string& word : Words(number ? run : MatchForm(run, NameKind::kFamily))) {
      const auto found = shorter.find(word);
      address += (address.empty() ? "" : " ") + (found == shorter.end() ? word : found->second);
    }
  }
  return address;
}

}  // namespace vigie::matching::reference
