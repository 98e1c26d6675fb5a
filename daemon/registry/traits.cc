#include "daemon/registry/traits.h"

#include <algorithm>
#include <array>

#include "matching/date.h"
#include "matching/names.h"
#include "matching/place.h"

namespace vigie::daemon {
namespace {

using matching::NameKind;
using matching::Traits;

// Given names that commonly begin a compound one ("JEAN CHRISTOPHE", "MARIE FRANCE", "LOU ANNE").
constexpr std::array<std::string_view, 16> kCompoundBeginnings = {
    "ANNE",   "CHARLES", "FRANCOIS", "GUY",  "HENRI", "JEAN",   "LOU",  "LOUIS",
    "LOUISE", "MARC",    "MARIE",    "PAUL", "PAULE", "PIERRE", "ROSE", "YVES"};

// A member of Traits by name: how to compare it and how to copy it.
struct TraitMember {
  std::string_view name;
  bool (*equal)(const Traits&, const Traits&);
  void (*copy)(const Traits&, Traits&);
};

template <auto Member>
constexpr TraitMember MemberNamed(std::string_view name) {
  return {name, [](const Traits& a, const Traits& b) { return a.*Member == b.*Member; },
          [](const Traits& from, Traits& to) { to.*Member = from.*Member; }};
}

constexpr std::array kMembers = {
    MemberNamed<&Traits::birth_family_name>("birth_family_name"),
    MemberNamed<&Traits::first_birth_given_name>("first_birth_given_name"),
    MemberNamed<&Traits::birth_given_names>("birth_given_names"),
    MemberNamed<&Traits::sex>("sex"),
    MemberNamed<&Traits::birth_date>("birth_date"),
    MemberNamed<&Traits::birth_place_code>("birth_place_code"),
    MemberNamed<&Traits::used_family_name>("used_family_name"),
    MemberNamed<&Traits::used_given_name>("used_given_name"),
    MemberNamed<&Traits::address_line>("address_line"),
    MemberNamed<&Traits::postal_code>("postal_code"),
    MemberNamed<&Traits::city>("city"),
    MemberNamed<&Traits::phone>("phone"),
    MemberNamed<&Traits::email>("email"),
};

std::string RnivValue(std::string_view name, NameKind kind) {
  return matching::ToRnivName(name, kind).value;
}

// True when both are known and neither list is the beginning of the other.
bool GivenNamesContradict(const Traits& before, const Traits& after) {
  const auto tokens = [](const Traits& traits) {
    return matching::MatchGivenNames(traits.birth_given_names.empty()
                                         ? traits.first_birth_given_name
                                         : traits.birth_given_names);
  };
  const std::vector<std::string> left = tokens(before);
  const std::vector<std::string> right = tokens(after);
  const std::size_t common = std::min(left.size(), right.size());
  return !std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(common),
                     right.begin());
}

bool PlacesContradict(const Traits& before, const Traits& after) {
  return !matching::IsUnknownPlace(before.birth_place_code) &&
         !matching::IsUnknownPlace(after.birth_place_code) &&
         matching::CanonicalPlaceCode(before.birth_place_code) !=
             matching::CanonicalPlaceCode(after.birth_place_code);
}

bool FamilyNamesContradict(const Traits& before, const Traits& after) {
  const std::string left = matching::MatchFamilyName(before.birth_family_name);
  const std::string right = matching::MatchFamilyName(after.birth_family_name);
  return !left.empty() && !right.empty() && left != right;
}

}  // namespace

std::string GivenNamesBySpaces(std::string_view list) {
  std::string names(list);
  std::replace(names.begin(), names.end(), ',', ' ');
  return names;
}

FirstGivenName FirstOfList(std::string_view list) {
  constexpr std::string_view kSpaces = " ,";
  const std::size_t begin = list.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  list.remove_prefix(begin);
  const std::size_t comma = list.find(',');
  if (comma != std::string_view::npos) {
    std::string_view first = list.substr(0, comma);
    while (!first.empty() && first.back() == ' ') first.remove_suffix(1);
    return {std::string(first), false};
  }
  const std::size_t space = list.find(' ');
  FirstGivenName first;
  first.value = std::string(list.substr(0, space));
  const bool more = space != std::string_view::npos &&
                    list.find_first_not_of(kSpaces, space) != std::string_view::npos;
  if (more) {
    const std::string folded = RnivValue(first.value, NameKind::kGiven);
    first.ambiguous = std::find(kCompoundBeginnings.begin(), kCompoundBeginnings.end(), folded) !=
                      kCompoundBeginnings.end();
  }
  return first;
}

matching::RnivNames MakeRnivNames(const Traits& traits) {
  matching::RnivNames names;
  names.birth_family_name = RnivValue(traits.birth_family_name, NameKind::kFamily);
  names.first_birth_given_name = RnivValue(traits.first_birth_given_name, NameKind::kGiven);
  names.birth_given_names =
      RnivValue(GivenNamesBySpaces(traits.birth_given_names), NameKind::kGiven);
  names.used_family_name = RnivValue(traits.used_family_name, NameKind::kFamily);
  names.used_given_name = RnivValue(traits.used_given_name, NameKind::kGiven);
  return names;
}

const std::vector<std::string>& TraitFields() {
  static const auto* const kFields = [] {
    auto* fields = new std::vector<std::string>();
    for (const TraitMember& member : kMembers) fields->emplace_back(member.name);
    return fields;
  }();
  return *kFields;
}

bool CopyTrait(const std::string& field, const Traits& from, Traits& to) {
  for (const TraitMember& member : kMembers) {
    if (member.name != field) continue;
    member.copy(from, to);
    return true;
  }
  return false;
}

std::vector<std::string> DifferentTraits(const Traits& before, const Traits& after) {
  std::vector<std::string> fields;
  for (const TraitMember& member : kMembers) {
    if (!member.equal(before, after)) fields.emplace_back(member.name);
  }
  return fields;
}

StrictDifference CompareStrictTraits(const Traits& before, const Traits& after) {
  const matching::RnivNames left = MakeRnivNames(before);
  const matching::RnivNames right = MakeRnivNames(after);
  StrictDifference difference;
  difference.any = left.birth_family_name != right.birth_family_name ||
                   left.first_birth_given_name != right.first_birth_given_name ||
                   left.birth_given_names != right.birth_given_names || before.sex != after.sex ||
                   before.birth_date != after.birth_date ||
                   before.birth_place_code != after.birth_place_code;
  const bool dates_contradict = !matching::IsAbsent(before.birth_date) &&
                                !matching::IsAbsent(after.birth_date) &&
                                before.birth_date != after.birth_date;
  difference.contradicted_count = static_cast<int>(FamilyNamesContradict(before, after)) +
                                  static_cast<int>(GivenNamesContradict(before, after)) +
                                  static_cast<int>(before.sex != after.sex) +
                                  static_cast<int>(dates_contradict) +
                                  static_cast<int>(PlacesContradict(before, after));
  return difference;
}

std::vector<std::string> TakeInsiTraits(const Traits& insi, Traits& traits) {
  std::vector<std::string> warnings;
  if (!insi.birth_family_name.empty()) traits.birth_family_name = insi.birth_family_name;
  if (insi.sex != matching::Sex::kUnknown) traits.sex = insi.sex;
  if (!matching::IsAbsent(insi.birth_date)) traits.birth_date = insi.birth_date;
  if (!insi.birth_place_code.empty()) traits.birth_place_code = insi.birth_place_code;
  if (!insi.birth_given_names.empty()) traits.birth_given_names = insi.birth_given_names;
  if (!insi.first_birth_given_name.empty()) {
    traits.first_birth_given_name = insi.first_birth_given_name;
  } else if (!matching::FirstGivenNameAgreesWithList(traits.first_birth_given_name,
                                                     traits.birth_given_names)) {
    const FirstGivenName first = FirstOfList(traits.birth_given_names);
    traits.first_birth_given_name = first.value;
    if (first.ambiguous) warnings.emplace_back("first_given_name_ambiguous");
  }
  return warnings;
}

}  // namespace vigie::daemon
