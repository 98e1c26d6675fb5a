#include "matching/phonetic.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vigie::matching {
namespace {

// A set of letters as bits: A is bit 1, Z bit 26; bit 0 is the end of the name.
constexpr std::uint32_t kEnd = 1;
constexpr std::uint32_t BitOf(char letter) {
  return letter == '\0' ? kEnd : std::uint32_t{1} << static_cast<unsigned>(letter - 'A' + 1);
}
constexpr std::uint32_t SetOf(std::string_view letters) {
  std::uint32_t set = 0;
  for (const char letter : letters) set |= BitOf(letter);
  return set;
}

// What must follow the letters of a rule.
constexpr std::uint32_t kAny = ~std::uint32_t{0};
// Closes a nasal: the end, or a consonant that is not N, M or H.
constexpr std::uint32_t kNasal = kAny & ~SetOf("AEIOUNMH");
constexpr std::uint32_t kLiquid = SetOf("RLN");
constexpr std::uint32_t kFront = SetOf("EI");
constexpr std::uint32_t kBack = SetOf("AOU");
// OIN at the end or before a consonant sounds as O and a nasal: then the letter after N decides.
constexpr std::uint32_t kOiOpen = kAny & ~SetOf("N");

constexpr std::size_t kRuleLettersMax = 3;
constexpr std::size_t kRuleCodesMax = 2;

struct Rule {
  std::string_view letters;
  std::uint32_t follower;
  std::string_view codes;
};

// In this order: the first that fits is taken. The order is part of the key (header, rule 3).
constexpr std::array kRules = std::to_array<Rule>({
    {"EAU", kAny, "O"},   {"AU", kAny, "O"},    {"OEU", kAny, "E"},   {"OE", kAny, "E"},
    {"EU", kAny, "E"},    {"OU", kAny, "U"},    {"OI", kOiOpen, "W"}, {"AIN", kNasal, "1"},
    {"AIM", kNasal, "1"}, {"EIN", kNasal, "1"}, {"EIM", kNasal, "1"}, {"IN", kNasal, "1"},
    {"IM", kNasal, "1"},  {"UN", kNasal, "1"},  {"UM", kNasal, "1"},  {"AN", kNasal, "2"},
    {"AM", kNasal, "2"},  {"EN", kNasal, "2"},  {"EM", kNasal, "2"},  {"ON", kNasal, "3"},
    {"OM", kNasal, "3"},  {"AI", kAny, "E"},    {"EI", kAny, "E"},    {"SCH", kAny, "C"},
    {"SH", kAny, "C"},    {"CH", kLiquid, "K"}, {"CH", kAny, "C"},    {"PH", kAny, "F"},
    {"BV", kAny, "V"},    {"GN", kAny, "N"},    {"GU", kFront, "G"},  {"GE", kBack, "J"},
    {"G", kFront, "J"},   {"C", kFront, "S"},   {"CK", kAny, "K"},    {"CQ", kAny, "K"},
    {"QU", kAny, "K"},    {"Q", kAny, "K"},     {"C", kAny, "K"},     {"Z", kAny, "S"},
    {"X", kAny, "KS"},    {"W", kAny, "V"},     {"H", kAny, ""},
});

// The next three letters as one number, so that a rule is compared at once. What is behind the end
// is 0.
constexpr std::uint32_t WindowOf(const char* letters) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(letters[i]); };
  return byte(0) | byte(1) << 8U | byte(2) << 16U;
}

struct PackedRule {
  std::uint32_t letters = 0;
  std::uint32_t mask = 0;
  std::uint32_t follower = 0;
  std::uint8_t length = 0;
  std::uint8_t code_count = 0;
  std::array<char, kRuleCodesMax> codes{};
};

constexpr PackedRule Pack(const Rule& rule) {
  std::array<char, kRuleLettersMax> letters{};
  std::copy(rule.letters.begin(), rule.letters.end(), letters.begin());
  PackedRule packed;
  packed.letters = WindowOf(letters.data());
  packed.mask = (std::uint32_t{1} << (8 * rule.letters.size())) - 1;
  packed.follower = rule.follower;
  packed.length = static_cast<std::uint8_t>(rule.letters.size());
  packed.code_count = static_cast<std::uint8_t>(rule.codes.size());
  std::copy(rule.codes.begin(), rule.codes.end(), packed.codes.begin());
  return packed;
}

// The rules by their first letter, each letter's in the order of kRules: nothing else can fit.
struct RuleIndex {
  std::array<PackedRule, kRules.size()> rules{};
  std::array<std::uint8_t, 27> begin{};  // by letter; the last is the end of the rules of Z
};
constexpr RuleIndex MakeRuleIndex() {
  RuleIndex index;
  std::size_t count = 0;
  for (std::size_t letter = 0; letter < 26; ++letter) {
    index.begin[letter] = static_cast<std::uint8_t>(count);
    for (const Rule& rule : kRules) {
      if (rule.letters[0] == static_cast<char>('A' + letter)) index.rules[count++] = Pack(rule);
    }
  }
  index.begin[26] = static_cast<std::uint8_t>(count);
  return index;
}
constexpr RuleIndex kRuleIndex = MakeRuleIndex();

// `letters` is what follows the rule's; 0 is the end.
bool Fits(const PackedRule& rule, std::uint32_t window, const char* letters) {
  if ((window & rule.mask) != rule.letters) return false;
  const char* const next = letters + rule.length;
  if ((rule.follower & BitOf(*next)) != 0) return true;
  return rule.follower == kOiOpen && (kNasal & BitOf(next[1])) == 0;
}

// nullptr: no rule fits, the letter is itself.
const PackedRule* FindRule(const char* letters) {
  const std::uint32_t window = WindowOf(letters);
  const auto letter = static_cast<std::size_t>(letters[0] - 'A');
  for (std::size_t i = kRuleIndex.begin[letter]; i < kRuleIndex.begin[letter + 1]; ++i) {
    if (Fits(kRuleIndex.rules[i], window, letters)) return &kRuleIndex.rules[i];
  }
  return nullptr;
}

// Where a name's letters and codes are written: on the stack, as names are short.
class Workspace {
 public:
  // Rules look this far behind the end, where zeros stand.
  static constexpr std::size_t kPadding = kRuleLettersMax + 2;

  explicit Workspace(std::size_t name_size) {
    if (name_size <= kShortName) return;
    large_.resize(name_size + kPadding + name_size * kRuleCodesMax);
    letters_ = large_.data();
    codes_ = large_.data() + name_size + kPadding;
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  char* letters() { return letters_; }
  char* codes() { return codes_; }

 private:
  static constexpr std::size_t kShortName = 48;
  std::array<char, kShortName + kPadding> small_letters_;     // written before it is read
  std::array<char, kShortName * kRuleCodesMax> small_codes_;  // the same
  std::string large_;
  char* letters_ = small_letters_.data();
  char* codes_ = small_codes_.data();
};

// Rule 1: letters only, Y as I, no doubled letters. Gives how many there are.
std::size_t WriteLetters(std::string_view match_form, char* letters) {
  std::size_t count = 0;
  char last = '\0';
  for (const char c : match_form) {
    if (c < 'A' || c > 'Z') continue;
    const char letter = c == 'Y' ? 'I' : c;
    if (letter != last) letters[count++] = letter;
    last = letter;
  }
  return count;
}

// With something in front. The last letter decides nearly always.
bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() > end.size() && text.back() == end.back() && text.ends_with(end);
}

// Rule 2: what the end of a French name does not sound. Gives how many letters are left.
std::size_t TrimmedEnd(std::string_view letters) {
  constexpr std::uint32_t kMute = SetOf("STDXZ");
  if (EndsWith(letters, "MPS")) letters.remove_suffix(2);
  if (EndsWith(letters, "MP")) letters.remove_suffix(1);
  while (letters.size() > 1 && (kMute & BitOf(letters.back())) != 0) letters.remove_suffix(1);
  if (EndsWith(letters, "AUL")) letters.remove_suffix(1);
  return letters.size();
}

// Rule 3. `letters` end with a 0. Gives how many codes were written.
std::size_t WriteCodes(const char* letters, char* codes) {
  char* out = codes;
  while (*letters != '\0') {
    const PackedRule* const rule = FindRule(letters);
    if (rule == nullptr) {
      *out++ = *letters++;
      continue;
    }
    std::copy_n(rule->codes.begin(), rule->code_count, out);
    out += rule->code_count;
    letters += rule->length;
  }
  return static_cast<std::size_t>(out - codes);
}

// Rules 4 and 5, in place. Gives how many codes are left.
std::size_t FinishCodes(char* codes, std::size_t count) {
  const std::string_view all(codes, count);
  if (EndsWith(all, "ER")) {
    count -= 2;
  } else if (EndsWith(all, "E")) {
    --count;
  }
  count = static_cast<std::size_t>(std::unique(codes, codes + count) - codes);
  return std::min(count, kPhoneticCodesMax);
}

// The key, in the workspace.
std::string_view KeyOf(std::string_view match_form, Workspace& workspace) {
  char* const letters = workspace.letters();
  const std::size_t count = TrimmedEnd({letters, WriteLetters(match_form, letters)});
  std::fill_n(letters + count, Workspace::kPadding, '\0');
  const std::size_t codes = WriteCodes(letters, workspace.codes());
  return {workspace.codes(), FinishCodes(workspace.codes(), codes)};
}

}  // namespace

std::string PhoneticKey(std::string_view match_form) {
  Workspace workspace(match_form.size());
  return std::string(KeyOf(match_form, workspace));
}

std::uint64_t PhoneticNumber(std::string_view match_form) {
  Workspace workspace(match_form.size());
  std::uint64_t number = 0;
  for (const char c : KeyOf(match_form, workspace)) {
    // 1..26 for letters, 27..29 for the nasals: five bits each, never 0.
    const int code = c >= 'A' ? c - 'A' + 1 : c - '1' + 27;
    number = (number << 5) | static_cast<std::uint64_t>(code);
  }
  return number;
}

}  // namespace vigie::matching
