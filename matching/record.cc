#include "matching/record.h"

#include <algorithm>
#include <array>
#include <iterator>
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
constexpr std::size_t kTermTextUsual = 128;  // bytes; longer ones take more memory

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

// Takes the next word from the front of `text`; empty when there is none.
std::string_view TakeWord(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

void AppendWord(std::string_view word, std::string& text) {
  if (!text.empty()) text += ' ';
  text += word;
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
  // The first letter is looked at before the whole word: for most it is another.
  const auto* found = std::find_if(kShort.begin(), kShort.end(), [&](const Short& s) {
    return s.from.size() == word.size() && s.from[0] == word[0] && s.from == word;
  });
  return found == kShort.end() ? word : found->to;
}

// Letters folded by the rules for names, digits kept as words of their own.
std::string FoldWithDigits(std::string_view input) {
  input = input.substr(0, kFieldBytesMax);
  std::string folded;
  folded.reserve(input.size());
  while (!input.empty()) {
    const bool digit = IsDigit(input[0]);
    std::size_t end = 1;
    while (end < input.size() && IsDigit(input[end]) == digit) ++end;
    const std::string_view run = input.substr(0, end);
    input.remove_prefix(end);
    if (digit) {
      AppendWord(run, folded);
      continue;
    }
    const std::string form = MatchForm(run, NameKind::kFamily);
    std::string_view rest = form;
    for (std::string_view word = TakeWord(rest); !word.empty(); word = TakeWord(rest)) {
      AppendWord(ShortWord(word), folded);
    }
  }
  return folded;
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
  for (const std::string& token : tokens) AppendWord(token, joined);
  return joined;
}

void AppendWithoutSpaces(std::string_view text, std::string& letters) {
  std::copy_if(text.begin(), text.end(), std::back_inserter(letters),
               [](char c) { return c != ' '; });
}

// TermText, behind what is in `text`.
void AppendTermText(const Record& record, TermColumn column, std::string& text) {
  switch (column) {
    case TermColumn::kBirthFamilyName:
      AppendWithoutSpaces(record.birth_family_name, text);
      return;
    case TermColumn::kFirstGivenName:
      if (!record.given_names.empty()) text += record.given_names[0];
      return;
    case TermColumn::kBirthDate:
      text += FormatDate(record.birth_date);
      return;
    case TermColumn::kBirthPlace:
      text += record.birth_place_code;
      return;
    case TermColumn::kAddress:
      if (record.address.empty()) return;
      text += record.postal_code;
      text += ' ';
      text += record.address;
      return;
    case TermColumn::kPhone:
      text += record.phone;
      return;
  }
}

std::vector<TermValue> TermsOf(const Record& record) {
  std::array<TermValue, kTermColumns.size()> terms;
  std::size_t count = 0;
  std::string text;
  text.reserve(kTermTextUsual);
  for (const TermColumn column : kTermColumns) {
    text.clear();
    AppendTermText(record, column, text);
    if (!text.empty()) terms[count++] = {column, StableHash().Add(text).value(), 0};
  }
  return {terms.begin(), terms.begin() + count};
}

}  // namespace

std::string TermText(const Record& record, TermColumn column) {
  std::string text;
  AppendTermText(record, column, text);
  return text;
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
  input = input.substr(0, kFieldBytesMax);
  std::string email;
  email.reserve(input.size());
  for (const char c : input) {
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
  std::string_view rest = folded;
  for (std::string_view word = TakeWord(rest); !word.empty(); word = TakeWord(rest)) {
    if (word != "CEDEX" && !IsDigit(word[0])) AppendWord(word, city);
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
  record.given_phonetics.reserve(record.given_names.size());
  for (const std::string& name : record.given_names) {
    record.given_phonetics.push_back(PhoneticNumber(name));
  }
  record.used_given_phonetic = PhoneticNumber(record.used_given_name);
  record.terms = TermsOf(record);
}

Record MakeRecord(const Traits& traits, const std::optional<Ins>& ins, const std::vector<Ins>& past,
                  bool qualified) {
  Record record;
  FamilyNameForms birth = MatchFamilyNameForms(traits.birth_family_name);
  record.birth_family_name = std::move(birth.joined);
  if (birth.without_particles != record.birth_family_name) {
    record.birth_family_bare = std::move(birth.without_particles);
  }
  record.used_family_name = MatchFamilyName(traits.used_family_name);
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
