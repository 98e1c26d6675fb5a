#include "matching/matricule.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "matching/date.h"
#include "matching/place.h"

namespace vigie::matching {
namespace {

// S YY MM PPPPP OOO: sex, year, month, birth place, order.
constexpr std::size_t kBodyLength = 13;
constexpr std::size_t kMatriculeLength = 15;
constexpr std::size_t kCorsicanLetter = 6;  // offset of A or B in the body
constexpr std::size_t kPlaceOffset = 5;
constexpr std::size_t kPlaceLength = 5;

constexpr bool IsDigit(char character) { return character >= '0' && character <= '9'; }

// Digits, but the letter of Corsica: 2A or 2B as department.
bool HasMatriculeCharacters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool corsican =
        i == kCorsicanLetter && text[i - 1] == '2' && (text[i] == 'A' || text[i] == 'B');
    if (!IsDigit(text[i]) && !corsican) return false;
  }
  return true;
}

// Without spaces, letters raised.
std::string CompactUpper(std::string_view text) {
  std::string compact;
  for (const char character : text) {
    if (character == ' ') continue;
    compact +=
        character >= 'a' && character <= 'z' ? static_cast<char>(character - 'a' + 'A') : character;
    if (compact.size() > kMatriculeLength) break;  // already too long: hold no more of it
  }
  return compact;
}

std::optional<MatriculeKind> KindOfFirstDigit(char digit) {
  switch (digit) {
    case '1':
    case '2':
      return MatriculeKind::kNir;
    case '3':
    case '4':
      return MatriculeKind::kNia;
    case '7':
    case '8':
      return MatriculeKind::kTemporary;
    default:
      return std::nullopt;
  }
}

int TwoDigits(std::string_view text, std::size_t offset) {
  return (text[offset] - '0') * 10 + (text[offset + 1] - '0');
}

bool IsCorsican(std::string_view department) {
  return department == "20" || department == "2A" || department == "2B";
}

// Whether the place in a matricule and a birth place may be one: only what cannot be excused is a
// signal. Codes that a merger or the law of 1964 on the departments around Paris replaced are in
// the table of places; beside these, Corsica was department 20 before 1976, Algeria 91-94 before
// 1962, Morocco 95 and Tunisia 96, while the COG of such births may be that of today.
bool PlaceMayAgree(std::string_view in_body, std::string_view code) {
  if (!IsPlaceCodeShape(code) || IsUnknownPlace(code) || IsUnknownPlace(in_body)) return true;
  if (CanonicalPlaceCode(in_body) == CanonicalPlaceCode(code)) return true;
  if (code == "99100") return !IsForeignPlace(in_body);  // France, the commune not known
  const std::string_view department = in_body.substr(0, 2);
  const std::string_view of_code = code.substr(0, 2);
  if (IsCorsican(department) && IsCorsican(of_code)) {
    const bool renamed = department == "20" || of_code == "20";
    return renamed && in_body.substr(2) == code.substr(2);
  }
  const bool former_territory = department >= "91" && department <= "96";
  return former_territory && IsForeignPlace(code);
}

}  // namespace

Matricule ParseMatricule(std::string_view text) {
  Matricule result;
  const std::string compact = CompactUpper(text);
  const auto refuse = [&](MatriculeProblem problem) {
    result.problem = problem;
    return result;
  };
  if (compact.size() != kMatriculeLength) return refuse(MatriculeProblem::kLength);
  if (!HasMatriculeCharacters(compact)) return refuse(MatriculeProblem::kCharacter);
  const std::optional<MatriculeKind> kind = KindOfFirstDigit(compact[0]);
  if (!kind) return refuse(MatriculeProblem::kFirstDigit);
  result.kind = *kind;
  result.body = compact.substr(0, kBodyLength);
  result.key = compact.substr(kBodyLength);
  if (TwoDigits(result.key, 0) != MatriculeKey(result.body)) return refuse(MatriculeProblem::kKey);
  return result;
}

std::optional<int> MatriculeKey(std::string_view body) {
  if (body.size() != kBodyLength || !HasMatriculeCharacters(body)) return std::nullopt;
  std::int64_t number = 0;
  for (std::size_t i = 0; i < body.size(); ++i) {
    char digit = body[i];
    // 2A reads as 19 and 2B as 18.
    if (i + 1 == kCorsicanLetter && !IsDigit(body[kCorsicanLetter])) digit = '1';
    if (digit == 'A') digit = '9';
    if (digit == 'B') digit = '8';
    number = number * 10 + (digit - '0');
  }
  return static_cast<int>(97 - number % 97);
}

OidKind KindOfOid(std::string_view oid) {
  if (oid == "1.2.250.1.213.1.4.8") return OidKind::kNir;
  if (oid == "1.2.250.1.213.1.4.9") return OidKind::kNia;
  if (oid == "1.2.250.1.213.1.4.10") return OidKind::kTest;
  if (oid == "1.2.250.1.213.1.4.11") return OidKind::kDemonstration;
  if (oid == "1.2.250.1.213.1.4.2") return OidKind::kObsoleteComputed;
  return OidKind::kUnknown;
}

bool IsProductionOid(std::string_view oid) {
  const OidKind kind = KindOfOid(oid);
  return kind == OidKind::kNir || kind == OidKind::kNia;
}

std::vector<std::string_view> MatriculeSignals(std::string_view body, const Traits& traits) {
  std::vector<std::string_view> found;
  if (!MatriculeKey(body)) return found;
  const std::optional<MatriculeKind> kind = KindOfFirstDigit(body[0]);
  if (!kind || *kind == MatriculeKind::kTemporary) return found;
  const Sex sex = (body[0] - '0') % 2 == 1 ? Sex::kMale : Sex::kFemale;
  if ((traits.sex == Sex::kMale || traits.sex == Sex::kFemale) && traits.sex != sex) {
    found.emplace_back("sex");
  }
  if (traits.birth_date.year > 0 && traits.birth_date.year % 100 != TwoDigits(body, 1)) {
    found.emplace_back("birth_year");
  }
  // 01-12 is a month; 20-42 and from 50 on it is not known, nor is what 00 and 13-19 would say.
  const int month = TwoDigits(body, 3);
  if (month >= 1 && month <= 12 && traits.birth_date.month > 0 &&
      traits.birth_date.month != month) {
    found.emplace_back("birth_month");
  }
  if (!PlaceMayAgree(body.substr(kPlaceOffset, kPlaceLength), traits.birth_place_code)) {
    found.emplace_back("birth_place");
  }
  return found;
}

bool IsFiness(std::string_view text) {
  constexpr std::size_t kFinessLength = 9;
  if (text.size() != kFinessLength) return false;
  int sum = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char digit = text[i];
    if (i == 1 && text[0] == '2' && (digit == 'A' || digit == 'B')) digit = '0';
    if (!IsDigit(digit)) return false;
    int value = digit - '0';
    // Luhn: every second digit from the right, the check digit not counted, is doubled.
    if ((text.size() - 1 - i) % 2 == 1) {
      value *= 2;
      if (value > 9) value -= 9;
    }
    sum += value;
  }
  return sum % 10 == 0;
}

}  // namespace vigie::matching
