#include "matching/phonetic.h"

#include <algorithm>
#include <array>

namespace vigie::matching {
namespace {

// What must follow the letters of a rule. `kEnd` as a follower stands for the end of the name.
enum class Follower { kAny, kNasal, kOiOpen, kLiquid, kFront, kBack };

struct Rule {
  std::string_view letters;
  Follower follower;
  std::string_view codes;
};

// In this order: the first that fits is taken. The order is part of the key (header, rule 3).
constexpr std::array kRules = std::to_array<Rule>({
    {"EAU", Follower::kAny, "O"},   {"AU", Follower::kAny, "O"},    {"OEU", Follower::kAny, "E"},
    {"OE", Follower::kAny, "E"},    {"EU", Follower::kAny, "E"},    {"OU", Follower::kAny, "U"},
    {"OI", Follower::kOiOpen, "W"}, {"AIN", Follower::kNasal, "1"}, {"AIM", Follower::kNasal, "1"},
    {"EIN", Follower::kNasal, "1"}, {"EIM", Follower::kNasal, "1"}, {"IN", Follower::kNasal, "1"},
    {"IM", Follower::kNasal, "1"},  {"UN", Follower::kNasal, "1"},  {"UM", Follower::kNasal, "1"},
    {"AN", Follower::kNasal, "2"},  {"AM", Follower::kNasal, "2"},  {"EN", Follower::kNasal, "2"},
    {"EM", Follower::kNasal, "2"},  {"ON", Follower::kNasal, "3"},  {"OM", Follower::kNasal, "3"},
    {"AI", Follower::kAny, "E"},    {"EI", Follower::kAny, "E"},    {"SCH", Follower::kAny, "C"},
    {"SH", Follower::kAny, "C"},    {"CH", Follower::kLiquid, "K"}, {"CH", Follower::kAny, "C"},
    {"PH", Follower::kAny, "F"},    {"BV", Follower::kAny, "V"},    {"GN", Follower::kAny, "N"},
    {"GU", Follower::kFront, "G"},  {"GE", Follower::kBack, "J"},   {"G", Follower::kFront, "J"},
    {"C", Follower::kFront, "S"},   {"CK", Follower::kAny, "K"},    {"CQ", Follower::kAny, "K"},
    {"QU", Follower::kAny, "K"},    {"Q", Follower::kAny, "K"},     {"C", Follower::kAny, "K"},
    {"Z", Follower::kAny, "S"},     {"X", Follower::kAny, "KS"},    {"W", Follower::kAny, "V"},
    {"H", Follower::kAny, ""},
});

bool IsOneOf(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

// Closes a nasal: the end, or a consonant that is not N, M or H.
bool ClosesNasal(std::string_view rest) { return rest.empty() || !IsOneOf(rest[0], "AEIOUNMH"); }

bool Fits(Follower follower, std::string_view rest) {
  switch (follower) {
    case Follower::kAny:
      return true;
    case Follower::kNasal:
      return ClosesNasal(rest);
    case Follower::kOiOpen:  // OIN at the end or before a consonant sounds as O and a nasal.
      return rest.empty() || rest[0] != 'N' || !ClosesNasal(rest.substr(1));
    case Follower::kLiquid:
      return !rest.empty() && IsOneOf(rest[0], "RLN");
    case Follower::kFront:
      return !rest.empty() && IsOneOf(rest[0], "EI");
    case Follower::kBack:
      return !rest.empty() && IsOneOf(rest[0], "AOU");
  }
  return false;
}

// Rule 1: letters only, Y as I, no doubled letters.
std::string Letters(std::string_view match_form) {
  std::string letters;
  for (const char c : match_form) {
    if (c < 'A' || c > 'Z') continue;
    const char letter = c == 'Y' ? 'I' : c;
    if (letters.empty() || letters.back() != letter) letters += letter;
  }
  return letters;
}

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() > end.size() && text.substr(text.size() - end.size()) == end;
}

// Rule 2: what the end of a French name does not sound.
void TrimEnd(std::string& letters) {
  if (EndsWith(letters, "MPS")) letters.resize(letters.size() - 2);
  if (EndsWith(letters, "MP")) letters.pop_back();
  while (letters.size() > 1 && IsOneOf(letters.back(), "STDXZ")) letters.pop_back();
  if (EndsWith(letters, "AUL")) letters.pop_back();
}

// Rule 3.
std::string Encode(std::string_view letters) {
  std::string codes;
  while (!letters.empty()) {
    const auto* rule = std::find_if(kRules.begin(), kRules.end(), [&](const Rule& r) {
      return letters.substr(0, r.letters.size()) == r.letters &&
             Fits(r.follower, letters.substr(r.letters.size()));
    });
    if (rule == kRules.end()) {
      codes += letters[0];
      letters.remove_prefix(1);
    } else {
      codes += rule->codes;
      letters.remove_prefix(rule->letters.size());
    }
  }
  return codes;
}

}  // namespace

std::string PhoneticKey(std::string_view match_form) {
  std::string letters = Letters(match_form);
  TrimEnd(letters);
  std::string codes = Encode(letters);
  if (EndsWith(codes, "ER")) {
    codes.resize(codes.size() - 2);
  } else if (EndsWith(codes, "E")) {
    codes.pop_back();
  }
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  if (codes.size() > kPhoneticCodesMax) codes.resize(kPhoneticCodesMax);
  return codes;
}

std::uint64_t PhoneticNumber(std::string_view match_form) {
  std::uint64_t number = 0;
  for (const char c : PhoneticKey(match_form)) {
    // 1..26 for letters, 27..29 for the nasals: five bits each, never 0.
    const int code = c >= 'A' ? c - 'A' + 1 : c - '1' + 27;
    number = (number << 5) | static_cast<std::uint64_t>(code);
  }
  return number;
}

}  // namespace vigie::matching
