#include "matching/place.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>

namespace vigie::matching {
namespace {

// Plain characters, no pointers: the table needs no relocation and compiles fast.
struct PlaceRow {
  char code[6];
  char current_code[6];
  char kind;
  std::uint8_t name_length;
  std::uint32_t name_offset;  // high half: chunk of the names; low half: offset in it
};

#include "matching/generated/places.inc"

PlaceKind KindOf(char letter) {
  if (letter == 'C') return PlaceKind::kCommune;
  if (letter == 'F') return PlaceKind::kFormerCommune;
  return PlaceKind::kCountry;
}

std::string_view NameOf(const PlaceRow& row) {
  const char* const chunk = kPlaceNameChunks[row.name_offset >> 16U];
  return {chunk + (row.name_offset & 0xFFFFU), row.name_length};
}

constexpr std::size_t kCodeLength = 5;
constexpr bool IsDigit(char character) { return character >= '0' && character <= '9'; }

std::string_view CodeOf(const PlaceRow& row) { return {row.code, kCodeLength}; }

// The first three characters of a code as a number that is ordered as they are. `code` has the
// shape of one.
constexpr std::size_t kBeginnings = 1200;  // of 10, 12 (2A, 2B) and 10 characters
std::size_t BeginningOf(std::string_view code) {
  const auto digit = [&](std::size_t i) {
    return static_cast<std::size_t>(IsDigit(code[i]) ? code[i] - '0' : code[i] - 'A' + 10);
  };
  return (digit(0) * 12 + digit(1)) * 10 + digit(2);
}

// By beginning, where its rows begin in kPlaceRows: what is searched is a hundred rows, not all.
using RowBegins = std::array<std::uint32_t, kBeginnings + 1>;
RowBegins MakeRowBegins() {
  RowBegins begins{};
  for (const PlaceRow& row : kPlaceRows) ++begins[BeginningOf(CodeOf(row)) + 1];
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
  return begins;
}

}  // namespace

std::optional<Place> FindPlace(std::string_view code) {
  if (!IsPlaceCodeShape(code)) return std::nullopt;
  static const RowBegins kBegins = MakeRowBegins();
  const std::size_t beginning = BeginningOf(code);
  const PlaceRow* const end = std::begin(kPlaceRows) + kBegins[beginning + 1];
  const PlaceRow* const row = std::lower_bound(
      std::begin(kPlaceRows) + kBegins[beginning], end, code,
      [](const PlaceRow& left, std::string_view right) { return CodeOf(left) < right; });
  if (row == end || CodeOf(*row) != code) return std::nullopt;
  return Place{.code = CodeOf(*row),
               .name = NameOf(*row),
               .kind = KindOf(row->kind),
               .current_code = std::string_view(row->current_code, kCodeLength)};
}

bool IsPlaceCodeShape(std::string_view code) {
  if (code.size() != kCodeLength) return false;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const bool corsican = i == 1 && code[0] == '2' && (code[i] == 'A' || code[i] == 'B');
    if (!IsDigit(code[i]) && !corsican) return false;
  }
  return true;
}

bool IsUnknownPlace(std::string_view code) { return code.empty() || code == "99999"; }

bool IsForeignPlace(std::string_view code) {
  return IsPlaceCodeShape(code) && code.substr(0, 2) == "99" && code != "99100" &&
         !IsUnknownPlace(code);
}

std::string CanonicalPlaceCode(std::string_view code) {
  if (IsUnknownPlace(code)) return "";
  const std::optional<Place> place = FindPlace(code);
  return std::string(place ? place->current_code : code);
}

std::string_view DepartmentOf(std::string_view code) {
  if (!IsPlaceCodeShape(code) || IsUnknownPlace(code)) return "";
  // Overseas: 971 Guadeloupe to 988 Nouvelle-Calédonie.
  const bool overseas = code.substr(0, 2) == "97" || code.substr(0, 2) == "98";
  return code.substr(0, overseas ? 3 : 2);
}

}  // namespace vigie::matching
