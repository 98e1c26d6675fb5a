#include "matching/screen.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <string>
#include <string_view>

#include "matching/place.h"
#include "matching/stable_hash.h"

namespace vigie::matching {
namespace {

constexpr LevelSet kMaybeMissing = 1u << 15;
constexpr LevelSet kNothing = 0;
static_assert(kLevelCountMax < 15);

template <typename Level>
constexpr LevelSet Bit(Level level) {
  return static_cast<LevelSet>(1u << static_cast<unsigned>(level));
}

constexpr std::uint32_t kOdd = 0x80000000u;
constexpr std::size_t kPhoneDigitsMax = 14;
constexpr std::uint64_t kOddPhone = std::uint64_t{15} << 60;
// Multiplications in another order than the score's end a few units in the last place apart.
constexpr double kRounding = 1e-12;

constexpr std::size_t kSame = static_cast<std::size_t>(Hypothesis::kSame);

// ---- Making a sketch ---------------------------------------------------------------------------

std::uint64_t HashOf(std::string_view text) {
  if (text.empty()) return 0;
  return std::max<std::uint64_t>(1, StableHash().Add(text).value());
}

// 0 for 0 only.
std::uint32_t Short(std::uint64_t hash) {
  if (hash == 0) return 0;
  return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(hash));
}
std::uint32_t ShortHashOf(std::string_view text) { return Short(HashOf(text)); }

std::uint64_t MarkOf(std::uint32_t hash) { return hash == 0 ? 0 : std::uint64_t{1} << hash % 64; }

std::uint64_t HashWithoutSpaces(std::string_view name) {
  if (name.find(' ') == std::string_view::npos) return HashOf(name);
  std::string bare(name);
  std::erase(bare, ' ');
  return std::max<std::uint64_t>(1, StableHash().Add(bare).value());
}

std::uint32_t LettersOf(std::string_view text) {
  std::uint32_t letters = 0;
  for (const char c : text) letters |= 1u << (static_cast<unsigned char>(c) % 32);
  return letters;
}

std::uint8_t LengthOf(std::size_t length) {
  return static_cast<std::uint8_t>(std::min<std::size_t>(length, 255));
}

std::uint16_t ShortSound(std::uint64_t sound) {
  if (sound == 0) return 0;
  return std::max<std::uint16_t>(1, static_cast<std::uint16_t>(StableHash().Add(sound).value()));
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::uint64_t PhoneOf(std::string_view phone) {
  if (phone.empty()) return 0;
  if (phone.size() > kPhoneDigitsMax || !std::all_of(phone.begin(), phone.end(), IsDigit)) {
    return kOddPhone | HashOf(phone) >> 4;
  }
  std::uint64_t number = phone.size();
  for (const char digit : phone) number = number << 4 | static_cast<std::uint64_t>(digit - '0');
  for (std::size_t i = phone.size(); i <= kPhoneDigitsMax; ++i) number <<= 4;
  return number;
}

std::uint32_t PostalCodeOf(std::string_view code) {
  if (code.empty()) return 0;
  if (code.size() != 5 || !std::all_of(code.begin(), code.end(), IsDigit)) {
    return kOdd | ShortHashOf(code);
  }
  std::uint32_t number = 0;
  for (const char digit : code) number = number * 10 + static_cast<std::uint32_t>(digit - '0');
  return number + 1;
}

// Digits and capital letters in base 37, so that no two codes of up to five share a number.
std::uint32_t CodeNumber(std::string_view code) {
  std::uint32_t number = 0;
  for (const char c : code) {
    number = number * 37 + static_cast<std::uint32_t>(IsDigit(c) ? c - '0' + 1 : c - 'A' + 11);
  }
  return number;
}

void SketchFamily(const Record& record, Sketch* sketch) {
  const std::string& birth = record.birth_family_name;
  const std::string& used = record.used_family_name;
  sketch->birth_family = HashWithoutSpaces(birth);
  sketch->used_family = HashWithoutSpaces(used);
  sketch->birth_family_letters = LettersOf(birth);
  sketch->used_family_letters = LettersOf(used);
  sketch->birth_family_length = LengthOf(birth.size());
  sketch->used_family_length = LengthOf(used.size());
  sketch->birth_family_sound = ShortSound(record.birth_family_phonetic);
  sketch->used_family_sound = ShortSound(record.used_family_phonetic);
  sketch->compound = birth.find(' ') != std::string::npos || used.find(' ') != std::string::npos ||
                     !record.birth_family_bare.empty();
}

void SketchGiven(const Record& record, Sketch* sketch) {
  const bool listed = !record.given_names.empty();
  const std::string& first = listed ? record.given_names[0] : record.used_given_name;
  sketch->first_given = HashOf(first);
  sketch->used_given = ShortHashOf(record.used_given_name);
  sketch->first_given_letters = LettersOf(first);
  sketch->first_given_length = LengthOf(first.size());
  sketch->given_initial = first.empty() ? 0 : static_cast<std::uint8_t>(first[0]);
  sketch->given_count = LengthOf(record.given_names.size());
  if (!listed) {
    sketch->first_given_sound = ShortSound(record.used_given_phonetic);
  } else if (!record.given_phonetics.empty()) {
    sketch->first_given_sound = ShortSound(record.given_phonetics[0]);
  }
  StableHash list;
  const auto add = [&](const std::string& name) {
    sketch->given_letters |= LettersOf(name);
    sketch->given_marks |= MarkOf(ShortHashOf(name));
  };
  for (const std::string& name : record.given_names) {
    list.Add(name);
    add(name);
  }
  add(record.used_given_name);
  if (listed) sketch->given_list = std::max<std::uint64_t>(1, list.value());
}

void SketchBirth(const Record& record, Sketch* sketch) {
  sketch->birth_date = record.birth_date;
  sketch->birth_date_is_default = record.birth_date_is_default;
  const std::string& place = record.birth_place_code;
  if (place.empty()) return;
  const bool is_code = IsPlaceCodeShape(place);
  sketch->birth_place = is_code ? CodeNumber(place) : kOdd | ShortHashOf(place);
  sketch->foreign_birth = IsForeignPlace(place);
  sketch->department = static_cast<std::uint16_t>(is_code ? CodeNumber(DepartmentOf(place)) : 0);
}

}  // namespace

Sketch SketchOf(const Record& record) {
  Sketch sketch;
  SketchFamily(record, &sketch);
  SketchGiven(record, &sketch);
  SketchBirth(record, &sketch);
  if (record.sex == Sex::kMale || record.sex == Sex::kFemale) {
    sketch.sex = static_cast<std::uint8_t>(record.sex);
  }
  sketch.matricule = HashOf(record.ins_matricule);
  if (!record.ins_matricule.empty())
    sketch.matricule_class = static_cast<std::uint8_t>(MatriculeClass(record.ins_matricule));
  sketch.past_matricules = !record.past_matricules.empty();
  sketch.postal_code = PostalCodeOf(record.postal_code);
  sketch.city = ShortHashOf(record.city);
  sketch.street = ShortHashOf(record.address);
  sketch.phone = PhoneOf(record.phone);
  sketch.email = ShortHashOf(record.email);
  sketch.email_letters = LettersOf(record.email);
  sketch.email_length = LengthOf(record.email.size());
  return sketch;
}

// ---- Which levels a pair of sketches leaves ----------------------------------------------------

namespace {

// A value as a typing error changes it.
struct Word {
  std::uint32_t letters;
  std::uint8_t length;  // 0: missing
};

// May `errors` characters added, left out, changed or swapped make one of the other? Each changes
// the length by one at most, takes one letter away at most and brings one at most.
bool MayBeErrors(Word left, Word right, int errors, int length_min) {
  if (std::min(left.length, right.length) < length_min) return false;
  return std::abs(left.length - right.length) <= errors &&
         std::popcount(left.letters ^ right.letters) <= 2 * errors;
}
bool MayBeOneError(Word left, Word right) {
  return MayBeErrors(left, right, 1, static_cast<int>(kOneErrorLengthMin));
}
bool MayBeTwoErrors(Word left, Word right) {
  return MayBeErrors(left, right, 2, static_cast<int>(kTwoErrorsLengthMin));
}

struct FamilyWords {
  Word birth, used;
};
FamilyWords FamilyWordsOf(const Sketch& sketch) {
  return {{sketch.birth_family_letters, sketch.birth_family_length},
          {sketch.used_family_letters, sketch.used_family_length}};
}

template <typename Value, typename May>
bool AnyCell(Value left_birth, Value left_used, Value right_birth, Value right_used, May may) {
  return may(left_birth, right_birth) || may(left_birth, right_used) ||
         may(left_used, right_birth) || may(left_used, right_used);
}

// Is a family name of `from`, but for an error, perhaps a given name of `to`?
bool MayBeGivenName(const Sketch& from, const Sketch& to) {
  if (to.given_letters == 0) return false;
  const auto may = [&](std::uint32_t letters) {
    return letters != 0 && std::popcount(letters & ~to.given_letters) <= 1;
  };
  return may(from.birth_family_letters) || may(from.used_family_letters);
}

bool HasFamily(const Sketch& sketch) { return sketch.birth_family != 0 || sketch.used_family != 0; }

// Equal but known: 0 is missing.
template <typename Number>
bool SameNumber(Number left, Number right) {
  return left != 0 && left == right;
}

// Without kSwapped, which is asked for before.
LevelSet FamilyLevels(const Sketch& left, const Sketch& right) {
  if (!HasFamily(left) || !HasFamily(right)) return kNothing;
  if (SameNumber(left.birth_family, right.birth_family)) return Bit(FamilyLevel::kExact);
  if (AnyCell(left.birth_family, left.used_family, right.birth_family, right.used_family,
              SameNumber<std::uint64_t>)) {
    return Bit(FamilyLevel::kBirthOrUsed);
  }
  LevelSet levels = Bit(FamilyLevel::kDifferent);
  if (left.compound || right.compound) levels |= Bit(FamilyLevel::kPart);
  const FamilyWords l = FamilyWordsOf(left);
  const FamilyWords r = FamilyWordsOf(right);
  if (AnyCell(l.birth, l.used, r.birth, r.used, MayBeOneError)) {
    levels |= Bit(FamilyLevel::kOneError);
  }
  if (AnyCell(l.birth, l.used, r.birth, r.used, MayBeTwoErrors)) {
    levels |= Bit(FamilyLevel::kSimilar);
  }
  if (AnyCell(left.birth_family_sound, left.used_family_sound, right.birth_family_sound,
              right.used_family_sound, SameNumber<std::uint16_t>)) {
    levels |= Bit(FamilyLevel::kPhonetic);
  }
  return levels;
}

// JEAN PIERRE and JEANPIERRE: may the first names of `list` make the first name of `whole`?
bool MayRunTogether(const Sketch& list, const Sketch& whole) {
  return list.given_count > 1 && whole.first_given_length >= list.first_given_length &&
         (list.first_given_letters & ~whole.first_given_letters) == 0;
}

// The first or used name of one stands in the other's list, perhaps.
bool MayBeShared(const Sketch& from, const Sketch& list) {
  return ((MarkOf(Short(from.first_given)) | MarkOf(from.used_given)) & list.given_marks) != 0;
}

bool MayBeUsedName(const Sketch& used, const Sketch& first) {
  return used.used_given != 0 &&
         (used.used_given == Short(first.first_given) || used.used_given == first.used_given);
}

LevelSet GivenLevels(const Sketch& left, const Sketch& right) {
  if (left.first_given == 0 || right.first_given == 0) return kNothing;
  if (SameNumber(left.given_list, right.given_list)) return Bit(GivenLevel::kExact);
  if (left.first_given == right.first_given) return Bit(GivenLevel::kFirstEqual);
  const bool whole_list = std::max(left.given_count, right.given_count) >= 2;
  LevelSet levels = left.given_initial == right.given_initial ? Bit(GivenLevel::kSameInitial)
                    : whole_list                              ? Bit(GivenLevel::kDifferentWithList)
                                                              : Bit(GivenLevel::kDifferent);
  const bool may_run_together = left.given_initial == right.given_initial &&
                                (MayRunTogether(left, right) || MayRunTogether(right, left));
  if (may_run_together || MayBeUsedName(left, right) || MayBeUsedName(right, left)) {
    levels |= Bit(GivenLevel::kFirstEqual);
  }
  if (MayBeShared(left, right) || MayBeShared(right, left)) {
    levels |= Bit(GivenLevel::kSharedElsewhere);
  }
  const Word l = {left.first_given_letters, left.first_given_length};
  const Word r = {right.first_given_letters, right.first_given_length};
  if (MayBeOneError(l, r) || MayBeTwoErrors(l, r)) levels |= Bit(GivenLevel::kFirstError);
  if (SameNumber(left.first_given_sound, right.first_given_sound)) {
    levels |= Bit(GivenLevel::kPhonetic);
  }
  return levels;
}

constexpr LevelSet kAllPlaces = Bit(PlaceLevel::kDifferent) * 2 - 1;
constexpr LevelSet kAllAddresses = Bit(AddressLevel::kDifferent) * 2 - 1;
constexpr LevelSet kAllMatricules = (Bit(MatriculeLevel::kDifferent) * 2 - 1) | kMaybeMissing;
constexpr LevelSet kAllContacts = Bit(ContactLevel::kDifferent) * 2 - 1;

LevelSet PlaceLevels(const Sketch& left, const Sketch& right) {
  if (left.birth_place == 0 || right.birth_place == 0) return kNothing;
  if (((left.birth_place | right.birth_place) & kOdd) != 0) return kAllPlaces;
  if (left.birth_place == right.birth_place) {
    return left.foreign_birth ? Bit(PlaceLevel::kSameCountry) : Bit(PlaceLevel::kSameCommune);
  }
  if (left.foreign_birth && right.foreign_birth) return Bit(PlaceLevel::kBothForeign);
  if (left.foreign_birth || right.foreign_birth) return Bit(PlaceLevel::kDifferent);
  return SameNumber(left.department, right.department) ? Bit(PlaceLevel::kSameDepartment)
                                                       : Bit(PlaceLevel::kDifferent);
}

LevelSet DateLevels(const Sketch& left, const Sketch& right) {
  if (left.birth_date.year == 0 || right.birth_date.year == 0) return kNothing;
  return Bit(CompareBirthDates(left.birth_date, left.birth_date_is_default, right.birth_date,
                               right.birth_date_is_default));
}

LevelSet MatriculeLevels(const Sketch& left, const Sketch& right, LevelSet dates) {
  if (left.matricule == 0 || right.matricule == 0) return kNothing;
  if (left.matricule == right.matricule) return Bit(MatriculeLevel::kEqual);
  if (left.past_matricules || right.past_matricules) return kAllMatricules;
  if (left.matricule_class != right.matricule_class) return kNothing;
  const LevelSet near = dates == Bit(DateLevel::kExact) ? Bit(MatriculeLevel::kNear) : kNothing;
  return near | Bit(MatriculeLevel::kDifferent);
}

// A hash that differs is a value that differs; one that agrees may be either.
Agreement AtBest(std::uint32_t left, std::uint32_t right) {
  if (left == 0 || right == 0) return Agreement::kUnknown;
  return left == right ? Agreement::kYes : Agreement::kNo;
}

LevelSet AddressLevels(const Sketch& left, const Sketch& right) {
  const Agreement postal = AtBest(left.postal_code, right.postal_code);
  const Agreement city = AtBest(left.city, right.city);
  const Agreement street = AtBest(left.street, right.street);
  constexpr std::uint32_t kCodesOfDepartment = 1000;
  const bool same_department =
      postal == Agreement::kNo &&
      (left.postal_code - 1) / kCodesOfDepartment == (right.postal_code - 1) / kCodesOfDepartment;
  const std::uint8_t level = AddressLevelOf(postal, city, street, same_department);
  if (level == kMissing) return kNothing;
  const bool odd =
      postal != Agreement::kUnknown && ((left.postal_code | right.postal_code) & kOdd) != 0;
  if (odd || street == Agreement::kYes) return kAllAddresses;
  if (city == Agreement::kYes && postal == Agreement::kUnknown) return kAllAddresses;
  if (level == static_cast<std::uint8_t>(AddressLevel::kSamePostalCode) &&
      street == Agreement::kNo) {
    return Bit(AddressLevel::kSimilar) | Bit(AddressLevel::kSamePostalCode);
  }
  return Bit(level);
}

LevelSet PhoneLevels(std::uint64_t left, std::uint64_t right) {
  if (left == 0 || right == 0) return kNothing;
  if (left >= kOddPhone || right >= kOddPhone) return kAllContacts;
  if (left == right) return Bit(ContactLevel::kEqual);
  const std::uint64_t bits = left ^ right;
  constexpr std::uint64_t kLowestOfEach = 0x1111111111111111u;
  const int differing = std::popcount((bits | bits >> 1 | bits >> 2 | bits >> 3) & kLowestOfEach);
  const auto length_of = [](std::uint64_t phone) { return static_cast<int>(phone >> 60); };
  const int longer = std::abs(length_of(left) - length_of(right));
  const bool may_be_near = longer == 1 || (longer == 0 && differing <= 2);
  return static_cast<LevelSet>((may_be_near ? Bit(ContactLevel::kNear) : kNothing) |
                               Bit(ContactLevel::kDifferent));
}

LevelSet EmailLevels(const Sketch& left, const Sketch& right) {
  if (left.email == 0 || right.email == 0) return kNothing;
  if (left.email == right.email) return kAllContacts;
  const bool may_be_near = MayBeErrors({left.email_letters, left.email_length},
                                       {right.email_letters, right.email_length}, 1, 0);
  return static_cast<LevelSet>((may_be_near ? Bit(ContactLevel::kNear) : kNothing) |
                               Bit(ContactLevel::kDifferent));
}

LevelSet SexLevels(const Sketch& left, const Sketch& right) {
  if (left.sex == 0 || right.sex == 0) return kNothing;
  return left.sex == right.sex ? Bit(SexLevel::kSame) : Bit(SexLevel::kDifferent);
}

void KeepBest(const Factors& other, Factors* best) {
  for (std::size_t h = 0; h < kHypothesisCount; ++h) {
    (*best)[h] = h == kSame ? std::max((*best)[h], other[h]) : std::min((*best)[h], other[h]);
  }
}

void MultiplyBy(const Factors& factors, Factors* products) {
  for (std::size_t h = 0; h < kHypothesisCount; ++h) (*products)[h] *= factors[h];
}

constexpr Factors kNoEvidence = {1, 1, 1, 1};

}  // namespace

Screen::Screen(const Model& model, std::uint64_t population, double probability_min)
    : model_(model),
      population_(population),
      probability_min_(probability_min),
      prior_(PriorOf(model, population)) {
  for (auto& levels : best_) levels.fill(kNoEvidence);
  for (const Comparison& comparison : model.comparisons) {
    const auto kind = static_cast<std::size_t>(comparison.kind);
    for (std::size_t i = 0; i < comparison.levels.size() && i < kLevelCountMax; ++i) {
      best_[kind][i] = comparison.levels[i].probability;
      if (comparison.levels[i].term_column == 0 || population == 0) continue;
      term_levels_.push_back({kind, i, &comparison.levels[i]});
    }
  }
}

void Screen::Begin(const Record& left, const Sketch& sketch) {
  left_ = sketch;
  for (const TermLevel& term : term_levels_) {
    best_[term.kind][term.index] = BestFactors(model_, *term.level, left, population_);
  }
}

Factors Screen::BestOf(std::size_t kind, LevelSet possible) const {
  Factors best = kNoEvidence;
  bool any = (possible & kMaybeMissing) != 0;
  possible &= static_cast<LevelSet>(~kMaybeMissing);
  for (; possible != 0; possible &= static_cast<LevelSet>(possible - 1)) {
    const Factors& level = best_[kind][static_cast<std::size_t>(std::countr_zero(possible))];
    if (any) {
      KeepBest(level, &best);
    } else {
      best = level;
    }
    any = true;
  }
  return best;
}

void Screen::Multiply(ComparisonKind kind, LevelSet possible, Factors* products) const {
  if (possible == kNothing) return;
  const auto index = static_cast<std::size_t>(kind);
  if ((possible & (possible - 1)) == 0 && possible != kMaybeMissing) {
    MultiplyBy(best_[index][static_cast<std::size_t>(std::countr_zero(possible))], products);
  } else {
    MultiplyBy(BestOf(index, possible), products);
  }
}

bool Screen::MayReach(const Sketch& right) const {
  Factors products = prior_;
  const LevelSet dates = DateLevels(left_, right);
  Multiply(ComparisonKind::kBirthDate, dates, &products);
  Multiply(ComparisonKind::kSex, SexLevels(left_, right), &products);
  Multiply(ComparisonKind::kBirthPlace, PlaceLevels(left_, right), &products);
  Multiply(ComparisonKind::kMatricule, MatriculeLevels(left_, right, dates), &products);
  Multiply(ComparisonKind::kAddress, AddressLevels(left_, right), &products);
  Multiply(ComparisonKind::kPhone, PhoneLevels(left_.phone, right.phone), &products);
  Multiply(ComparisonKind::kEmail, EmailLevels(left_, right), &products);
  const LevelSet family = FamilyLevels(left_, right);
  if (family != kNothing && family != Bit(FamilyLevel::kExact) &&
      (MayBeGivenName(left_, right) || MayBeGivenName(right, left_))) {
    // Exchanged names: the given ones then say nothing.
    Factors exchanged = products;
    Multiply(ComparisonKind::kFamilyName, Bit(FamilyLevel::kSwapped), &exchanged);
    if (Reaches(exchanged)) return true;
  }
  Multiply(ComparisonKind::kFamilyName, family, &products);
  Multiply(ComparisonKind::kGivenNames, GivenLevels(left_, right), &products);
  return Reaches(products);
}

bool Screen::Reaches(const Factors& products) const {
  const double probability = products[kSame] / (products[kSame] + OthersOf(products));
  return probability >= probability_min_ * (1 - kRounding);
}

}  // namespace vigie::matching
