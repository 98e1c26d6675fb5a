#include "matching/levels.h"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "matching/compare.h"
#include "matching/place.h"

namespace vigie::matching {
namespace {

template <typename Level>
std::uint8_t As(Level level) {
  return static_cast<std::uint8_t>(level);
}

constexpr std::size_t kPartLengthMin = 3;  // DE, LE, EL are no part of a name to agree on

bool EqualWithoutSpaces(std::string_view left, std::string_view right) {
  if (left == right) return true;
  std::size_t i = 0;
  std::size_t j = 0;
  while (true) {
    while (i < left.size() && left[i] == ' ') ++i;
    while (j < right.size() && right[j] == ' ') ++j;
    if (i == left.size() || j == right.size()) return i == left.size() && j == right.size();
    if (left[i++] != right[j++]) return false;
  }
}

bool OneError(std::string_view left, std::string_view right) {
  return std::min(left.size(), right.size()) >= kOneErrorLengthMin && WithinOneEdit(left, right);
}

bool TwoErrors(std::string_view left, std::string_view right) {
  return std::min(left.size(), right.size()) >= kTwoErrorsLengthMin &&
         WithinDistance(left, right, 2);
}

// The next word of `text`, taken from its front; empty at the end.
std::string_view TakeWord(std::string_view& text) {
  while (!text.empty() && text[0] == ' ') text.remove_prefix(1);
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

bool HasWord(std::string_view text, std::string_view wanted) {
  for (std::string_view word = TakeWord(text); !word.empty(); word = TakeWord(text)) {
    if (word == wanted) return true;
  }
  return false;
}

bool SharePart(std::string_view left, std::string_view right) {
  if (left.find(' ') == std::string_view::npos && right.find(' ') == std::string_view::npos) {
    return false;
  }
  for (std::string_view word = TakeWord(left); !word.empty(); word = TakeWord(left)) {
    if (word.size() >= kPartLengthMin && HasWord(right, word)) return true;
  }
  return false;
}

// ---- Family name -------------------------------------------------------------------------------

struct Family {
  std::string_view birth, used;
  std::uint64_t birth_phonetic, used_phonetic;
  bool missing() const { return birth.empty() && used.empty(); }
};

Family FamilyOf(const Record& record) {
  return {record.birth_family_name, record.used_family_name, record.birth_family_phonetic,
          record.used_family_phonetic};
}

// Does `same` hold for any pair of the two sides' names? A missing name pairs with nothing.
template <typename Same>
bool AnyCell(const Family& left, const Family& right, Same same) {
  const auto cell = [&](std::string_view l, std::string_view r) {
    return !l.empty() && !r.empty() && same(l, r);
  };
  return cell(left.birth, right.birth) || cell(left.birth, right.used) ||
         cell(left.used, right.birth) || cell(left.used, right.used);
}

bool SameBare(const Record& left, const Record& right) {
  const auto bare = [](const Record& r) -> std::string_view {
    return r.birth_family_bare.empty() ? r.birth_family_name : r.birth_family_bare;
  };
  if (left.birth_family_bare.empty() && right.birth_family_bare.empty()) return false;
  return bare(left).size() >= kPartLengthMin && bare(left) == bare(right);
}

bool SameSound(const Family& left, const Family& right) {
  const auto cell = [](std::uint64_t l, std::uint64_t r) { return l != 0 && l == r; };
  return cell(left.birth_phonetic, right.birth_phonetic) ||
         cell(left.birth_phonetic, right.used_phonetic) ||
         cell(left.used_phonetic, right.birth_phonetic) ||
         cell(left.used_phonetic, right.used_phonetic);
}

bool SameOrOneError(std::string_view left, std::string_view right) {
  return left == right || OneError(left, right);
}

bool IsAmongGivenNames(std::string_view name, const Record& record) {
  if (name.empty()) return false;
  const auto same = [&](const std::string& given) { return SameOrOneError(name, given); };
  return std::any_of(record.given_names.begin(), record.given_names.end(), same) ||
         (!record.used_given_name.empty() && same(record.used_given_name));
}

// Do the first given names, written as one, make the family name but for an error? LA SALLE among
// the given names has become two of them.
bool OpensGivenNames(std::string_view family, const Record& record) {
  std::string bare(family);
  std::erase(bare, ' ');
  std::string joined;
  for (const std::string& given : record.given_names) {
    const bool first = joined.empty();
    joined += given;
    if (joined.size() > bare.size() + 1) return false;
    if (!first && SameOrOneError(bare, joined)) return true;
  }
  return false;
}

// As IsAmongGivenNames, with a second error in a long name, by sound, or cut into several.
bool ResemblesGivenName(std::string_view name, std::uint64_t sound, const Record& record) {
  if (name.empty()) return false;
  if (OpensGivenNames(name, record)) return true;
  const auto near = [&](const std::string& given, std::uint64_t given_sound) {
    return SameOrOneError(name, given) || TwoErrors(name, given) ||
           (sound != 0 && sound == given_sound);
  };
  for (std::size_t i = 0; i < record.given_names.size(); ++i) {
    const std::uint64_t given_sound =
        i < record.given_phonetics.size() ? record.given_phonetics[i] : 0;
    if (near(record.given_names[i], given_sound)) return true;
  }
  return !record.used_given_name.empty() &&
         near(record.used_given_name, record.used_given_phonetic);
}

// Family name of each among the given names of the other, one of them but for one error: nothing
// less is an exchange, as DENIS or MARTIN are both kinds of name.
bool Exchanged(const Record& left, const Record& right) {
  const auto among = [](const Record& from, const Record& to) {
    return IsAmongGivenNames(from.birth_family_name, to) ||
           IsAmongGivenNames(from.used_family_name, to);
  };
  const auto resembles = [](const Record& from, const Record& to) {
    return ResemblesGivenName(from.birth_family_name, from.birth_family_phonetic, to) ||
           ResemblesGivenName(from.used_family_name, from.used_family_phonetic, to);
  };
  return (among(left, right) && resembles(right, left)) ||
         (among(right, left) && resembles(left, right));
}

FamilyLevel CompareFamily(const Record& left_record, const Record& right_record) {
  const Family left = FamilyOf(left_record);
  const Family right = FamilyOf(right_record);
  if (!left.birth.empty() && !right.birth.empty() && EqualWithoutSpaces(left.birth, right.birth)) {
    return FamilyLevel::kExact;
  }
  // Before the used names, which stay where they are when the other two are exchanged.
  if (Exchanged(left_record, right_record)) return FamilyLevel::kSwapped;
  if (AnyCell(left, right, EqualWithoutSpaces)) return FamilyLevel::kBirthOrUsed;
  if (SameBare(left_record, right_record) || AnyCell(left, right, SharePart)) {
    return FamilyLevel::kPart;
  }
  if (AnyCell(left, right, OneError)) return FamilyLevel::kOneError;
  if (AnyCell(left, right, TwoErrors)) return FamilyLevel::kSimilar;
  if (SameSound(left, right)) return FamilyLevel::kPhonetic;
  return FamilyLevel::kDifferent;
}

// ---- Given names -------------------------------------------------------------------------------

struct Given {
  const std::vector<std::string>& list;
  std::string_view first, used;
  std::uint64_t first_phonetic;
  bool missing() const { return first.empty(); }
};

Given GivenOf(const Record& record) {
  const bool listed = !record.given_names.empty();
  const std::uint64_t phonetic = record.given_phonetics.empty() ? 0 : record.given_phonetics[0];
  return {record.given_names,
          listed ? std::string_view(record.given_names[0]) : record.used_given_name,
          record.used_given_name, listed ? phonetic : record.used_given_phonetic};
}

// Is `whole` the first names of `list` written as one word (JEANPIERRE for JEAN PIERRE)?
bool OpensRunTogether(const std::vector<std::string>& list, std::string_view whole) {
  std::size_t names = 0;
  for (const std::string& name : list) {
    if (whole.substr(0, name.size()) != name) return false;
    whole.remove_prefix(name.size());
    ++names;
    if (whole.empty()) return names > 1;
  }
  return false;
}

bool FirstEqual(const Given& left, const Given& right) {
  if (left.first == right.first) return true;
  if (!left.used.empty() && !right.used.empty() && left.used == right.used) return true;
  if (left.used == right.first || right.used == left.first) return true;
  return OpensRunTogether(left.list, right.first) || OpensRunTogether(right.list, left.first);
}

bool InList(const Given& side, std::string_view name) {
  if (name.size() < 2) return false;
  return side.used == name ||
         std::find(side.list.begin(), side.list.end(), name) != side.list.end();
}

bool SharedElsewhere(const Given& left, const Given& right) {
  return InList(right, left.first) || InList(left, right.first) || InList(right, left.used) ||
         InList(left, right.used);
}

// DANIEL and DANIELLE, FRANCOIS and FRANCOISE: near in letters and sound, but two people when the
// sexes differ.
bool IsFeminineOf(std::string_view left, std::string_view right) {
  if (left.size() > right.size()) std::swap(left, right);
  if (left.size() < 3 || right.substr(0, left.size()) != left) return false;
  const std::string_view ending = right.substr(left.size());
  return ending == "E" || ending == "LE" || ending == "NE" || ending == "TE" || ending == "INE" ||
         ending == "ETTE" || ending == "A";
}

bool SexesDiffer(const Record& left, const Record& right) {
  const auto known = [](Sex sex) { return sex == Sex::kMale || sex == Sex::kFemale; };
  return known(left.sex) && known(right.sex) && left.sex != right.sex;
}

GivenLevel CompareGiven(const Record& left_record, const Record& right_record) {
  const Given left = GivenOf(left_record);
  const Given right = GivenOf(right_record);
  if (!left.list.empty() && left.list == right.list) return GivenLevel::kExact;
  if (FirstEqual(left, right)) return GivenLevel::kFirstEqual;
  const bool feminine =
      SexesDiffer(left_record, right_record) && IsFeminineOf(left.first, right.first);
  if (!feminine) {
    if (OneError(left.first, right.first) || TwoErrors(left.first, right.first)) {
      return GivenLevel::kFirstError;
    }
    if (SharedElsewhere(left, right)) return GivenLevel::kSharedElsewhere;
    if (left.first_phonetic != 0 && left.first_phonetic == right.first_phonetic) {
      return GivenLevel::kPhonetic;
    }
  }
  if (left.first[0] == right.first[0]) return GivenLevel::kSameInitial;
  const bool whole_list = std::max(left.list.size(), right.list.size()) >= 2;
  return whole_list ? GivenLevel::kDifferentWithList : GivenLevel::kDifferent;
}

// ---- Birth date --------------------------------------------------------------------------------

// YYYYMMDD, four bits a digit, the last digit lowest.
std::uint32_t Digits(const Date& date) {
  int rest = date.year * 10000 + date.month * 100 + date.day;
  std::uint32_t digits = 0;
  for (int shift = 0; shift < 32; shift += 4, rest /= 10) {
    digits |= static_cast<std::uint32_t>(rest % 10) << shift;
  }
  return digits;
}

bool OnlyNeighboursSwapped(std::uint32_t left, std::uint32_t right) {
  const int low = std::countr_zero(left ^ right) / 4 * 4;  // the lowest digit that differs
  const auto two_digits = [low](std::uint32_t digits) { return digits >> low & 0xff; };
  const std::uint32_t l = two_digits(left);
  return two_digits(right) == ((l >> 4) | ((l & 0xf) << 4));
}

DateLevel CompareKnownDates(const Date& left, const Date& right) {
  if (left.year == right.year && left.day == right.month && left.month == right.day) {
    return DateLevel::kDayMonthSwapped;
  }
  const int parts = (left.year == right.year ? 1 : 0) + (left.month == right.month ? 1 : 0) +
                    (left.day == right.day ? 1 : 0);
  if (parts == 0) return DateLevel::kDifferent;  // One digit is in one part, two neighbours in two.
  const std::uint32_t l = Digits(left);
  const std::uint32_t r = Digits(right);
  const std::uint32_t bits = l ^ r;
  constexpr std::uint32_t kLowestOfEach = 0x11111111;
  const int differing = std::popcount((bits | bits >> 1 | bits >> 2 | bits >> 3) & kLowestOfEach);
  if (differing == 1) return DateLevel::kOneDigit;
  if (differing == 2 && OnlyNeighboursSwapped(l, r)) return DateLevel::kTransposedDigits;
  return parts == 2 ? DateLevel::kTwoParts : DateLevel::kDifferent;
}

// A default date (01/01, 31/12) says no more than its year; a partial one what it says.
Date KnownParts(const Date& date, bool is_default) {
  Date known = date;
  if (is_default && known.month != 0 && known.day != 0) {
    known.month = 0;
    known.day = 0;
  }
  return known;
}

// ---- The others --------------------------------------------------------------------------------

PlaceLevel ComparePlaces(std::string_view left, std::string_view right) {
  const bool left_foreign = IsForeignPlace(left);
  const bool right_foreign = IsForeignPlace(right);
  if (left == right) return left_foreign ? PlaceLevel::kSameCountry : PlaceLevel::kSameCommune;
  if (left_foreign && right_foreign) return PlaceLevel::kBothForeign;
  if (left_foreign || right_foreign) return PlaceLevel::kDifferent;
  const std::string_view department = DepartmentOf(left);
  return !department.empty() && department == DepartmentOf(right) ? PlaceLevel::kSameDepartment
                                                                  : PlaceLevel::kDifferent;
}

bool Contains(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// The number of one person with a typing error contradicts its own record: sex, date or place in it
// is wrong while the traits agree. The order number at its end tells people of one month and place
// apart, and dates that differ explain numbers that differ: neither is an error.
bool NearMatricules(std::string_view left, std::string_view right, std::uint8_t date) {
  constexpr std::size_t kOrderBegin = 10;
  return date == As(DateLevel::kExact) && left.substr(kOrderBegin) == right.substr(kOrderBegin) &&
         WithinOneEdit(left, right);
}

std::uint8_t CompareMatricules(const Record& left, const Record& right, std::uint8_t given,
                               std::uint8_t date) {
  const std::string& l = left.ins_matricule;
  const std::string& r = right.ins_matricule;
  if (l.empty() || r.empty()) return kMissing;
  if (l == r) return As(MatriculeLevel::kEqual);
  if (Contains(left.past_matricules, r) || Contains(right.past_matricules, l)) {
    return As(MatriculeLevel::kEqualPast);
  }
  if (MatriculeClass(l) != MatriculeClass(r)) return kMissing;
  const bool given_agree = given <= As(GivenLevel::kFirstError);
  return As(given_agree && NearMatricules(l, r, date) ? MatriculeLevel::kNear
                                                      : MatriculeLevel::kDifferent);
}

// At least three fifths of the words of the longer line stand in the other, the number included.
bool SimilarStreets(std::string_view left, std::string_view right) {
  std::size_t left_words = 0;
  std::size_t shared = 0;
  std::size_t right_words = 0;
  for (std::string_view rest = right; !TakeWord(rest).empty();) ++right_words;
  std::string_view rest = left;
  for (std::string_view word = TakeWord(rest); !word.empty(); word = TakeWord(rest)) {
    ++left_words;
    if (HasWord(right, word)) ++shared;
  }
  return shared >= 2 && 5 * shared >= 3 * std::max(left_words, right_words);
}

Agreement AgreementOf(std::string_view left, std::string_view right) {
  if (left.empty() || right.empty()) return Agreement::kUnknown;
  return left == right ? Agreement::kYes : Agreement::kNo;
}

bool BothSimilarStreets(const Record& left, const Record& right) {
  // Counted from either side: a doubled word must not make the answer depend on the order.
  return SimilarStreets(left.address, right.address) && SimilarStreets(right.address, left.address);
}

std::uint8_t CompareAddresses(const Record& left, const Record& right) {
  const Agreement postal = AgreementOf(left.postal_code, right.postal_code);
  const Agreement city = AgreementOf(left.city, right.city);
  const Agreement street = AgreementOf(left.address, right.address);
  const bool same_department = postal == Agreement::kNo && left.postal_code.size() == 5 &&
                               right.postal_code.size() == 5 &&
                               left.postal_code.substr(0, 2) == right.postal_code.substr(0, 2);
  const std::uint8_t level = AddressLevelOf(postal, city, street, same_department);
  const bool similar = level == As(AddressLevel::kSamePostalCode) && street == Agreement::kNo &&
                       BothSimilarStreets(left, right);
  return similar ? As(AddressLevel::kSimilar) : level;
}

std::uint8_t CompareContacts(std::string_view left, std::string_view right) {
  if (left.empty() || right.empty()) return kMissing;
  if (left == right) return As(ContactLevel::kEqual);
  return As(WithinOneEdit(left, right) ? ContactLevel::kNear : ContactLevel::kDifferent);
}

// JEAN PAUL and JEAN PIERRE: the first of a compound name is no more than half of it. Both second
// names are known, and neither stands in the other's list but for an error.
bool SecondNamesDiffer(const Record& left, const Record& right) {
  if (left.given_names.size() < 2 || right.given_names.size() < 2) return false;
  const auto stands_in = [](const std::string& name, const std::vector<std::string>& list) {
    return std::any_of(list.begin(), list.end(),
                       [&](const std::string& other) { return SameOrOneError(name, other); });
  };
  return !stands_in(left.given_names[1], right.given_names) &&
         !stands_in(right.given_names[1], left.given_names);
}

// A mobile phone is mostly of one person; a line of a home is of all who live there, twins
// included.
bool SamePersonalPhone(const PairLevels& levels, const Record& record) {
  return levels.of(ComparisonKind::kPhone) == As(ContactLevel::kEqual) &&
         (record.phone[0] == '6' || record.phone[0] == '7');
}

bool NearlySameDate(std::uint8_t level) {
  return level == As(DateLevel::kExact) || level == As(DateLevel::kExactDefault) ||
         level == As(DateLevel::kDayMonthSwapped) || level == As(DateLevel::kOneDigit) ||
         level == As(DateLevel::kTransposedDigits);
}

}  // namespace

int MatriculeClass(std::string_view body) { return (body[0] - '1') / 2; }

DateLevel CompareBirthDates(const Date& left, bool left_is_default, const Date& right,
                            bool right_is_default) {
  const bool weak = left_is_default || right_is_default;
  if (left == right) return weak ? DateLevel::kExactDefault : DateLevel::kExact;
  if (!weak) return CompareKnownDates(left, right);
  const Date l = KnownParts(left, left_is_default);
  const Date r = KnownParts(right, right_is_default);
  const bool months_agree = l.month == 0 || r.month == 0 || l.month == r.month;
  const bool days_agree = l.day == 0 || r.day == 0 || l.day == r.day;
  return l.year == r.year && months_agree && days_agree ? DateLevel::kPartialAgrees
                                                        : DateLevel::kDifferent;
}

std::uint8_t AddressLevelOf(Agreement postal_code, Agreement city, Agreement street,
                            bool same_department) {
  const bool town_known = postal_code != Agreement::kUnknown || city != Agreement::kUnknown;
  if (!town_known && street == Agreement::kUnknown) return kMissing;
  const bool same_town =
      postal_code == Agreement::kYes || (postal_code != Agreement::kNo && city == Agreement::kYes);
  if (street == Agreement::kYes && (same_town || !town_known)) return As(AddressLevel::kSame);
  if (street == Agreement::kYes && city == Agreement::kYes) return As(AddressLevel::kSimilar);
  if (same_town) return As(AddressLevel::kSamePostalCode);
  return As(town_known && same_department ? AddressLevel::kSameDepartment
                                          : AddressLevel::kDifferent);
}

PairLevels CompareRecords(const Record& left, const Record& right) {
  PairLevels levels;
  levels.level.fill(kMissing);
  const auto set = [&](ComparisonKind kind, std::uint8_t level) {
    levels.level[static_cast<std::size_t>(kind)] = level;
  };
  // Missing on a side: no evidence. Below this line both sides have a value.
  if (!FamilyOf(left).missing() && !FamilyOf(right).missing()) {
    set(ComparisonKind::kFamilyName, As(CompareFamily(left, right)));
  }
  const bool exchanged = levels.of(ComparisonKind::kFamilyName) == As(FamilyLevel::kSwapped);
  if (!exchanged && !GivenOf(left).missing() && !GivenOf(right).missing()) {
    set(ComparisonKind::kGivenNames, As(CompareGiven(left, right)));
  }
  const auto known_sex = [](Sex sex) { return sex == Sex::kMale || sex == Sex::kFemale; };
  if (known_sex(left.sex) && known_sex(right.sex)) {
    set(ComparisonKind::kSex, As(left.sex == right.sex ? SexLevel::kSame : SexLevel::kDifferent));
  }
  if (left.birth_date.year != 0 && right.birth_date.year != 0) {
    set(ComparisonKind::kBirthDate,
        As(CompareBirthDates(left.birth_date, left.birth_date_is_default, right.birth_date,
                             right.birth_date_is_default)));
  }
  if (!left.birth_place_code.empty() && !right.birth_place_code.empty()) {
    set(ComparisonKind::kBirthPlace,
        As(ComparePlaces(left.birth_place_code, right.birth_place_code)));
  }
  set(ComparisonKind::kMatricule,
      CompareMatricules(left, right,
                        exchanged ? As(GivenLevel::kExact) : levels.of(ComparisonKind::kGivenNames),
                        levels.of(ComparisonKind::kBirthDate)));
  set(ComparisonKind::kAddress, CompareAddresses(left, right));
  set(ComparisonKind::kPhone, CompareContacts(left.phone, right.phone));
  set(ComparisonKind::kEmail, CompareContacts(left.email, right.email));
  return levels;
}

namespace {

struct ComparisonEntry {
  std::string_view name;
  std::vector<std::string_view> levels;
};

const std::array<ComparisonEntry, kComparisonKindCount>& Catalogue() {
  static const std::array<ComparisonEntry, kComparisonKindCount> catalogue = {{
      {"family_name",
       {"exact", "birth_or_used", "part", "one_error", "similar", "phonetic", "swapped",
        "different"}},
      {"given_names",
       {"exact", "first_equal", "first_error", "shared_elsewhere", "phonetic", "same_initial",
        "different", "different_with_list"}},
      {"sex", {"same", "different"}},
      {"birth_date",
       {"exact", "exact_default", "day_month_swapped", "one_digit", "transposed_digits",
        "two_parts", "partial_agrees", "different"}},
      {"birth_place",
       {"same_commune", "same_country", "same_department", "both_foreign", "different"}},
      {"matricule", {"equal", "equal_past", "near", "different"}},
      {"address", {"same", "similar", "same_postal_code", "same_department", "different"}},
      {"phone", {"equal", "near", "different"}},
      {"email", {"equal", "near", "different"}},
  }};
  return catalogue;
}

constexpr std::array<std::string_view, kVetoKindCount> kVetoNames = {
    "different_qualified_matricules", "twins"};

}  // namespace

std::string_view ComparisonName(ComparisonKind kind) {
  return Catalogue()[static_cast<std::size_t>(kind)].name;
}

std::optional<ComparisonKind> FindComparison(std::string_view name) {
  for (std::size_t i = 0; i < kComparisonKindCount; ++i) {
    if (Catalogue()[i].name == name) return static_cast<ComparisonKind>(i);
  }
  return std::nullopt;
}

const std::vector<std::string_view>& LevelNames(ComparisonKind kind) {
  return Catalogue()[static_cast<std::size_t>(kind)].levels;
}

std::string_view VetoName(VetoKind kind) { return kVetoNames[static_cast<std::size_t>(kind)]; }

std::optional<VetoKind> FindVeto(std::string_view name) {
  for (std::size_t i = 0; i < kVetoKindCount; ++i) {
    if (kVetoNames[i] == name) return static_cast<VetoKind>(i);
  }
  return std::nullopt;
}

bool VetoHolds(VetoKind kind, const PairLevels& levels, const Record& left, const Record& right) {
  const std::uint8_t matricule = levels.of(ComparisonKind::kMatricule);
  switch (kind) {
    case VetoKind::kDifferentQualifiedMatricules:
      return left.ins_qualified && right.ins_qualified &&
             (matricule == As(MatriculeLevel::kNear) ||
              matricule == As(MatriculeLevel::kDifferent));
    case VetoKind::kTwins: {
      const std::uint8_t given = levels.of(ComparisonKind::kGivenNames);
      const bool names_differ =
          given >= As(GivenLevel::kSameInitial) || given == As(GivenLevel::kSharedElsewhere) ||
          (given == As(GivenLevel::kFirstEqual) && SecondNamesDiffer(left, right));
      return NearlySameDate(levels.of(ComparisonKind::kBirthDate)) && given != kMissing &&
             names_differ && matricule != As(MatriculeLevel::kEqual) &&
             matricule != As(MatriculeLevel::kEqualPast) && !SamePersonalPhone(levels, left);
    }
  }
  return false;
}

}  // namespace vigie::matching
