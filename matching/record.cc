#include "matching/record.h"

#include <algorithm>
#include <array>
#include <utility>

#include "matching/date.h"
#include "matching/matricule.h"
#include "matching/names.h"
#include "matching/phonetic.h"
#include "matching/place.h"
#include "matching/stable_hash.h"
#include "matching/trust.h"

namespace vigie::matching {
namespace {

constexpr std::size_t kFieldBytesMax = 512;  // of an address, city, phone or email
constexpr std::size_t kPastMatriculesMax = 8;
constexpr std::size_t kPhoneDigitsMin = 6;  // shorter ones are extensions
constexpr std::size_t kPhoneDigitsMax = 15;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string DigitsOf(std::string_view input) {
  std::string digits;
  for (const char c : input.substr(0, kFieldBytesMax)) {
    if (IsDigit(c)) digits += c;
  }
  return digits;
}

bool AllEqual(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return c == text[0]; });
}

std::vector<std::string_view> SplitWords(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::string_view ShortWord(std::string_view word) {
  struct Short {
    std::string_view from, to;
  };
  static constexpr std::array kShort = std::to_array<Short>({
      {"ALLEE", "ALL"},    {"AVENUE", "AV"},       {"AVE", "AV"},        {"BOULEVARD", "BD"},
      {"BLD", "BD"},       {"BVD", "BD"},          {"CHEMIN", "CHE"},    {"CHEM", "CHE"},
      {"CH", "CHE"},       {"FAUBOURG", "FG"},     {"IMPASSE", "IMP"},   {"LOTISSEMENT", "LOT"},
      {"PLACE", "PL"},     {"QUAI", "QU"},         {"RESIDENCE", "RES"}, {"ROUTE", "RTE"},
      {"SAINT", "ST"},     {"SAINTE", "STE"},      {"SQUARE", "SQ"},     {"RUE", "R"},
      {"BATIMENT", "BAT"}, {"APPARTEMENT", "APT"}, {"APPT", "APT"},
  });
  const auto* found =
      std::find_if(kShort.begin(), kShort.end(), [&](const Short& s) { return s.from == word; });
  return found == kShort.end() ? word : found->to;
}

// Letters folded by the rules for names, digits kept as words of their own.
std::string FoldWithDigits(std::string_view input) {
  input = input.substr(0, kFieldBytesMax);
  std::string folded;
  while (!input.empty()) {
    const bool digit = IsDigit(input[0]);
    std::size_t end = 1;
    while (end < input.size() && IsDigit(input[end]) == digit) ++end;
    const std::string_view run = input.substr(0, end);
    folded += digit ? std::string(run) : MatchForm(run, NameKind::kFamily);
    folded += ' ';
    input.remove_prefix(end);
  }
  std::string shortened;
  for (const std::string_view word : SplitWords(folded)) {
    if (!shortened.empty()) shortened += ' ';
    shortened += ShortWord(word);
  }
  return shortened;
}

std::string BodyOf(const Ins& ins) {
  Matricule matricule = ParseMatricule(ins.matricule);
  return matricule.ok() ? std::move(matricule.body) : std::string();
}

// The list in civil-status order. A first given name that does not open the list is put in front:
// it is the strict trait, and a list that contradicts it is reported elsewhere.
std::vector<std::string> GivenNamesOf(const Traits& traits) {
  std::vector<std::string> list = MatchGivenNames(traits.birth_given_names);
  std::vector<std::string> first = MatchGivenNames(traits.first_birth_given_name);
  const bool opens =
      first.size() <= list.size() && std::equal(first.begin(), first.end(), list.begin());
  if (!opens) {
    for (std::string& name : list) {
      if (std::find(first.begin(), first.end(), name) == first.end()) {
        first.push_back(std::move(name));
      }
    }
    list = std::move(first);
  }
  list.erase(std::remove_if(
                 list.begin(), list.end(),
                 [](const std::string& name) { return name.empty() || IsPlaceholderName(name); }),
             list.end());
  if (list.size() > kGivenNamesMax) list.resize(kGivenNamesMax);
  return list;
}

std::string JoinTokens(const std::vector<std::string>& tokens) {
  std::string joined;
  for (const std::string& token : tokens) {
    if (!joined.empty()) joined += ' ';
    joined += token;
  }
  return joined;
}

std::string WithoutSpaces(std::string_view text) {
  std::string letters(text);
  letters.erase(std::remove(letters.begin(), letters.end(), ' '), letters.end());
  return letters;
}

}  // namespace

std::string TermText(const Record& record, TermColumn column) {
  switch (column) {
    case TermColumn::kBirthFamilyName:
      return WithoutSpaces(record.birth_family_name);
    case TermColumn::kFirstGivenName:
      return record.given_names.empty() ? std::string() : record.given_names[0];
    case TermColumn::kBirthDate:
      return FormatDate(record.birth_date);
    case TermColumn::kBirthPlace:
      return record.birth_place_code;
    case TermColumn::kAddress:
      return record.address.empty() ? std::string() : record.postal_code + ' ' + record.address;
    case TermColumn::kPhone:
      return record.phone;
  }
  return {};
}

std::string_view TermColumnName(TermColumn column) {
  switch (column) {
    case TermColumn::kBirthFamilyName:
      return "birth_family_name";
    case TermColumn::kFirstGivenName:
      return "first_given_name";
    case TermColumn::kBirthDate:
      return "birth_date";
    case TermColumn::kBirthPlace:
      return "birth_place";
    case TermColumn::kAddress:
      return "address";
    case TermColumn::kPhone:
      return "phone";
  }
  return "";
}

std::string MatchPhone(std::string_view input) {
  const bool international = input.find('+') != std::string_view::npos;
  std::string digits = DigitsOf(input);
  std::size_t start = 0;
  if (digits.rfind("0033", 0) == 0) {
    start = 4;
  } else if (international && digits.rfind("33", 0) == 0) {
    start = 2;
  }
  while (start < digits.size() && digits[start] == '0') ++start;
  digits.erase(0, start);
  const bool readable = digits.size() >= kPhoneDigitsMin && digits.size() <= kPhoneDigitsMax;
  return readable && !AllEqual(digits) ? digits : std::string();
}

std::string MatchEmail(std::string_view input) {
  static constexpr std::array kNobody = std::to_array<std::string_view>(
      {"inconnu", "aucun", "aucune", "noemail", "nomail", "sansmail", "pasdemail", "none", "na",
       "nc", "test", "noreply", "x", "xx", "xxx"});
  std::string email;
  for (const char c : input.substr(0, kFieldBytesMax)) {
    if (static_cast<unsigned char>(c) > ' ') email += Lower(c);
  }
  const std::size_t at = email.find('@');
  if (at == std::string::npos || at == 0 || at + 1 == email.size()) return {};
  const std::string_view local = std::string_view(email).substr(0, at);
  const bool nobody = std::find(kNobody.begin(), kNobody.end(), local) != kNobody.end();
  return nobody ? std::string() : email;
}

std::string MatchAddress(std::string_view input) { return FoldWithDigits(input); }

std::string MatchCity(std::string_view input) {
  const std::string folded = FoldWithDigits(input);
  std::string city;
  for (const std::string_view word : SplitWords(folded)) {
    if (word == "CEDEX" || IsDigit(word[0])) continue;
    if (!city.empty()) city += ' ';
    city += word;
  }
  return city;
}

std::string MatchPostalCode(std::string_view input) {
  std::string code;
  for (const char c : input.substr(0, kFieldBytesMax)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (IsDigit(c)) code += c;
    if (letter) code += c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  const bool placeholder = code.empty() || AllEqual(code);
  return placeholder || code.size() > 10 ? std::string() : code;
}

void FinishRecord(Record& record) {
  record.birth_family_phonetic = PhoneticNumber(record.birth_family_name);
  record.used_family_phonetic = PhoneticNumber(record.used_family_name);
  record.given_phonetics.clear();
  for (const std::string& name : record.given_names) {
    record.given_phonetics.push_back(PhoneticNumber(name));
  }
  record.used_given_phonetic = PhoneticNumber(record.used_given_name);

  record.terms.clear();
  for (const TermColumn column : kTermColumns) {
    const std::string text = TermText(record, column);
    if (!text.empty()) record.terms.push_back({column, StableHash().Add(text).value(), 0});
  }
}

Record MakeRecord(const Traits& traits, const std::optional<Ins>& ins, const std::vector<Ins>& past,
                  bool qualified) {
  Record record;
  record.birth_family_name = MatchFamilyName(traits.birth_family_name);
  record.used_family_name = MatchFamilyName(traits.used_family_name);
  record.birth_family_bare = MatchFamilyNameWithoutParticles(traits.birth_family_name);
  if (record.birth_family_bare == record.birth_family_name) record.birth_family_bare.clear();
  record.given_names = GivenNamesOf(traits);
  record.used_given_name = JoinTokens(MatchGivenNames(traits.used_given_name));
  record.sex = traits.sex;
  if (IsValid(traits.birth_date)) record.birth_date = traits.birth_date;
  record.birth_date_is_default = !IsAbsent(record.birth_date) && IsDefaultDate(record.birth_date);
  record.birth_place_code = CanonicalPlaceCode(traits.birth_place_code);
  if (ins) record.ins_matricule = BodyOf(*ins);
  for (const Ins& earlier : past) {
    if (record.past_matricules.size() == kPastMatriculesMax) break;
    std::string body = BodyOf(earlier);
    if (!body.empty() && body != record.ins_matricule) {
      record.past_matricules.push_back(std::move(body));
    }
  }
  record.ins_qualified = qualified && !record.ins_matricule.empty();
  record.postal_code = MatchPostalCode(traits.postal_code);
  record.address = MatchAddress(traits.address_line);
  record.city = MatchCity(traits.city);
  record.phone = MatchPhone(traits.phone);
  record.email = MatchEmail(traits.email);
  FinishRecord(record);
  return record;
}

Record MakeRecord(const Identity& identity) {
  return MakeRecord(identity.traits, identity.ins, identity.ins_history,
                    StatusOf(identity.trust) == TrustStatus::kQualified);
}

}  // namespace vigie::matching
