#include "matching/keys.h"

#include <algorithm>
#include <array>
#include <utility>

#include "matching/phonetic.h"
#include "matching/stable_hash.h"

namespace vigie::matching {
namespace {

constexpr std::size_t kMatriculeKeysMax = 4;
constexpr std::size_t kFamilyFormsMax = 4;  // birth, used, bare, first part of a compound
constexpr std::size_t kGivenFormsMax = 3;   // first two of the list, used
constexpr std::size_t kNamePairsMax = 4;

// At most `Max` distinct numbers, in the order of their arrival; 0 is none.
template <std::size_t Max>
class Numbers {
 public:
  void Add(std::uint64_t number) {
    if (number == 0 || size_ == Max || std::find(begin(), end(), number) != end()) return;
    numbers_[size_++] = number;
  }
  const std::uint64_t* begin() const { return numbers_.data(); }
  const std::uint64_t* end() const { return numbers_.data() + size_; }

 private:
  std::array<std::uint64_t, Max> numbers_{};
  std::size_t size_ = 0;
};

class KeyList {
 public:
  KeyList() { keys_.reserve(kCandidateKeysMax); }
  void Add(KeyKind kind, const StableHash& hash) {
    if (keys_.size() == kCandidateKeysMax) return;
    const auto number = static_cast<std::uint64_t>(kind);
    const std::uint64_t value = (number << 56) | (hash.value() >> 8);
    const bool known = std::any_of(keys_.begin(), keys_.end(),
                                   [&](const CandidateKey& key) { return key.value == value; });
    if (!known) keys_.push_back({static_cast<std::uint8_t>(kind), value});
  }
  std::vector<CandidateKey> Take() { return std::move(keys_); }

 private:
  std::vector<CandidateKey> keys_;
};

struct Sounds {
  Numbers<kFamilyFormsMax> family;
  Numbers<kGivenFormsMax> given;
  char family_initial = 0;  // 0: missing
  char given_initial = 0;
};

Sounds SoundsOf(const Record& record) {
  Sounds sounds;
  const std::string& birth = record.birth_family_name;
  sounds.family.Add(record.birth_family_phonetic);
  sounds.family.Add(record.used_family_phonetic);
  sounds.family.Add(PhoneticNumber(record.birth_family_bare));
  const std::size_t space = birth.find(' ');
  if (space != std::string::npos) sounds.family.Add(PhoneticNumber(birth.substr(0, space)));
  for (std::size_t i = 0; i < record.given_phonetics.size() && i < kGivenFormsMax - 1; ++i) {
    sounds.given.Add(record.given_phonetics[i]);
  }
  sounds.given.Add(record.used_given_phonetic);
  const std::string& family = birth.empty() ? record.used_family_name : birth;
  if (!family.empty()) sounds.family_initial = family[0];
  if (!record.given_names.empty()) {
    sounds.given_initial = record.given_names[0][0];
  } else if (!record.used_given_name.empty()) {
    sounds.given_initial = record.used_given_name[0];
  }
  return sounds;
}

std::uint64_t Packed(const Date& date) {
  return static_cast<std::uint64_t>(date.year) * 10000 +
         static_cast<std::uint64_t>(date.month) * 100 + date.day;
}

StableHash Unordered(std::uint64_t left, std::uint64_t right) {
  if (left > right) std::swap(left, right);
  return StableHash().Add(left).Add(right);
}

void AddMatriculeKeys(const Record& record, KeyList& keys) {
  if (!record.ins_matricule.empty()) {
    keys.Add(KeyKind::kMatricule, StableHash().Add(record.ins_matricule));
  }
  std::size_t past = 0;
  for (const std::string& matricule : record.past_matricules) {
    if (++past == kMatriculeKeysMax) break;
    keys.Add(KeyKind::kMatricule, StableHash().Add(matricule));
  }
}

// A default date is shared by too many to find anyone by it: with a name only.
void AddWholeDateKeys(const Record& record, const Sounds& sounds, KeyList& keys) {
  const Date& date = record.birth_date;
  if (date.year == 0 || date.month == 0 || date.day == 0) return;
  const std::uint64_t day = Packed(date);
  for (const std::uint64_t name : sounds.family) {
    keys.Add(KeyKind::kNameAndBirthDate, StableHash().Add(name).Add(day));
  }
  for (const std::uint64_t name : sounds.given) {
    keys.Add(KeyKind::kNameAndBirthDate, StableHash().Add(name).Add(day));
  }
  if (record.birth_date_is_default) return;
  if (!record.postal_code.empty()) {
    keys.Add(KeyKind::kPostalCodeAndBirthDate, StableHash().Add(record.postal_code).Add(day));
  }
  if (!record.birth_place_code.empty()) {
    keys.Add(KeyKind::kPlaceAndBirthDate, StableHash().Add(record.birth_place_code).Add(day));
  }
  if (sounds.family_initial != 0 && sounds.given_initial != 0) {
    keys.Add(KeyKind::kInitialsAndBirthDate,
             Unordered(static_cast<std::uint64_t>(sounds.family_initial),
                       static_cast<std::uint64_t>(sounds.given_initial))
                 .Add(day));
  }
}

void AddNamePairKeys(const Sounds& sounds, KeyList& keys) {
  std::size_t pairs = 0;
  // Given names outside, so that the first given name meets every family name before the cap.
  for (const std::uint64_t given : sounds.given) {
    for (const std::uint64_t family : sounds.family) {
      if (pairs++ == kNamePairsMax) return;
      keys.Add(KeyKind::kNames, Unordered(family, given));
    }
  }
}

// One name with the initial of the other and half of the date, for an error in the other half. Day
// and month go unordered, so that a swap of both leaves the key.
void AddDatePartKeys(std::uint64_t name, char other_initial, const Date& date, KeyList& keys) {
  if (name == 0 || other_initial == 0) return;
  const auto base = [&](std::uint64_t part) {
    return StableHash().Add(name).Add(static_cast<std::uint64_t>(other_initial)).Add(part);
  };
  if (date.year != 0 && date.month != 0) {
    keys.Add(KeyKind::kNameAndDateParts,
             base(1).Add(static_cast<std::uint64_t>(date.year)).Add(date.month));
  }
  if (date.month != 0 && date.day != 0) {
    keys.Add(KeyKind::kNameAndDateParts,
             base(2).Add(std::min(date.month, date.day)).Add(std::max(date.month, date.day)));
  }
}

// One name in one town, born in one year.
void AddTownKeys(KeyKind kind, const std::string& town, std::uint64_t name, const Date& date,
                 KeyList& keys) {
  if (town.empty() || name == 0 || date.year == 0) return;
  keys.Add(kind, StableHash().Add(town).Add(name).Add(static_cast<std::uint64_t>(date.year)));
}

std::uint64_t FirstOf(const std::uint64_t* begin, const std::uint64_t* end) {
  return begin == end ? 0 : *begin;
}

void AddContactKeys(const Record& record, KeyList& keys) {
  if (!record.phone.empty() && record.birth_date.year != 0) {
    keys.Add(
        KeyKind::kPhone,
        StableHash().Add(record.phone).Add(static_cast<std::uint64_t>(record.birth_date.year)));
  }
  if (!record.email.empty()) keys.Add(KeyKind::kEmail, StableHash().Add(record.email));
}

}  // namespace

std::vector<CandidateKey> CandidateKeys(const Record& record) {
  const Sounds sounds = SoundsOf(record);
  const std::uint64_t family = FirstOf(sounds.family.begin(), sounds.family.end());
  const std::uint64_t given = FirstOf(sounds.given.begin(), sounds.given.end());
  KeyList keys;
  AddMatriculeKeys(record, keys);
  AddWholeDateKeys(record, sounds, keys);
  AddNamePairKeys(sounds, keys);
  AddDatePartKeys(family, sounds.given_initial, record.birth_date, keys);
  AddDatePartKeys(given, sounds.family_initial, record.birth_date, keys);
  AddContactKeys(record, keys);
  // A married name without trace of the name at birth is found by where she lives or was born.
  for (const std::uint64_t name : {family, given, record.used_family_phonetic}) {
    AddTownKeys(KeyKind::kPostalCodeAndName, record.postal_code, name, record.birth_date, keys);
    AddTownKeys(KeyKind::kPlaceAndName, record.birth_place_code, name, record.birth_date, keys);
  }
  return keys.Take();
}

std::string_view KeyKindName(std::uint8_t kind) {
  static constexpr std::array<std::string_view, kKeyKindMax + 1> kNames = {
      "unknown",
      "matricule",
      "name_and_birth_date",
      "place_and_birth_date",
      "initials_and_birth_date",
      "names",
      "name_and_date_parts",
      "phone_and_birth_year",
      "email",
      "postal_code_and_birth_date",
      "postal_code_and_name",
      "place_and_name"};
  return kind < kNames.size() ? kNames[kind] : kNames[0];
}

}  // namespace vigie::matching
