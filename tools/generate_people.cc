#include "tools/generate_people.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

#include "matching/date.h"
#include "matching/matricule.h"

namespace vigie::tools {
namespace {

using matching::Date;

constexpr std::uint64_t kRareNamePerMille = 520;  // Half of the French bear a name off any list.

// Letters outside ASCII that the compiled-in names use, with their upper case and plain form.
struct Letter {
  std::string_view lower, upper, plain;
};
constexpr std::array<Letter, 33> kLetters = {{
    {"à", "À", "A"},  {"â", "Â", "A"},  {"ä", "Ä", "A"}, {"á", "Á", "A"}, {"ã", "Ã", "A"},
    {"ç", "Ç", "C"},  {"è", "È", "E"},  {"é", "É", "E"}, {"ê", "Ê", "E"}, {"ë", "Ë", "E"},
    {"ì", "Ì", "I"},  {"í", "Í", "I"},  {"î", "Î", "I"}, {"ï", "Ï", "I"}, {"ñ", "Ñ", "N"},
    {"ò", "Ò", "O"},  {"ó", "Ó", "O"},  {"ô", "Ô", "O"}, {"ö", "Ö", "O"}, {"õ", "Õ", "O"},
    {"ù", "Ù", "U"},  {"ú", "Ú", "U"},  {"û", "Û", "U"}, {"ü", "Ü", "U"}, {"ÿ", "Ÿ", "Y"},
    {"œ", "Œ", "OE"}, {"æ", "Æ", "AE"}, {"ş", "Ş", "S"}, {"ğ", "Ğ", "G"}, {"ı", "I", "I"},
    {"ł", "Ł", "L"},  {"ś", "Ś", "S"},  {"ż", "Ż", "Z"},
}};

std::string Digits(std::uint64_t number, std::size_t width) {
  std::string text(width, '0');
  for (std::size_t i = width; i > 0 && number > 0; --i, number /= 10) {
    text[i - 1] = static_cast<char>('0' + number % 10);
  }
  return text;
}

// A morpheme takes a capital at the beginning of a name: "ker" + "madec" is "Kermadec".
std::string Capital(std::string name) {
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') {
    name[0] = static_cast<char>(name[0] - 'a' + 'A');
  }
  return name;
}

}  // namespace

std::string UpperName(std::string_view name, bool keep_accents) {
  std::string upper;
  upper.reserve(name.size());
  for (std::size_t i = 0; i < name.size();) {
    const char c = name[i];
    if (static_cast<unsigned char>(c) < 0x80) {
      upper.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
      ++i;
      continue;
    }
    const std::string_view letter = name.substr(i, 2);
    const auto* found = std::find_if(kLetters.begin(), kLetters.end(), [&](const Letter& l) {
      return l.lower == letter || l.upper == letter;
    });
    if (found != kLetters.end()) {
      upper += keep_accents ? found->upper : found->plain;
    } else {
      upper += letter;
    }
    i += letter.size();
  }
  return upper;
}

Population::Population(const GenerateOptions& options, Random* random)
    : options_(options), random_(*random) {
  BuildGivenTables();
  BuildFamilyTable();
  for (const Commune& commune : BirthCommunes()) {
    birth_commune_choice_.Add(static_cast<std::uint64_t>(commune.weight));
  }
  for (const Commune& commune : HomeCommunes()) {
    home_commune_choice_.Add(static_cast<std::uint64_t>(commune.weight));
  }
}

// The fashion of a name falls off on both sides of its peak; rational, so that no library's exp
// decides, and never to nothing.
void Population::BuildGivenTables() {
  for (std::size_t origin = 0; origin < kOriginCount; ++origin) {
    for (const bool male : {false, true}) {
      GivenTable& table = given_[origin][male ? 1 : 0];
      const bool custom = origin == 0 && !options_.given_names.empty();
      if (custom) {
        std::map<std::string, std::array<std::uint64_t, kDecades>> counts;
        for (const CountedGivenName& name : options_.given_names) {
          if (name.male != male || name.count <= 0) continue;
          auto& row = counts[name.name];
          for (std::size_t d = 0; d < kDecades; ++d) {
            const int decade = kFirstDecade + static_cast<int>(d) * 10;
            if (name.year == 0 || name.year / 10 * 10 == decade) {
              row[d] += static_cast<std::uint64_t>(name.count);
            }
          }
        }
        for (const auto& [name, row] : counts) {
          table.names.push_back(name);
          for (std::size_t d = 0; d < kDecades; ++d) table.by_decade[d].Add(row[d]);
        }
        if (!counts.empty()) continue;
      }
      for (const tools::GivenName& name : GivenNames(static_cast<Origin>(origin), male)) {
        table.names.emplace_back(name.name);
        for (std::size_t d = 0; d < kDecades; ++d) {
          const std::int64_t distance =
              std::abs(kFirstDecade + static_cast<int>(d) * 10 + 5 - name.peak_year);
          const std::int64_t years = name.spread_years;
          const std::int64_t spread = years * years;
          const std::int64_t fall = spread + distance * distance;
          const std::int64_t weight =
              std::int64_t{name.weight} * 1000 * spread / fall * spread / fall;
          table.by_decade[d].Add(static_cast<std::uint64_t>(weight) + 3);
        }
      }
    }
  }
}

// Rank 1 is some sixty times as frequent as rank 300, as among the French.
void Population::BuildFamilyTable() {
  if (!options_.family_names.empty()) {
    for (const CountedFamilyName& name : options_.family_names) {
      if (name.count <= 0) continue;
      families_.push_back(name.name);
      family_choice_.Add(static_cast<std::uint64_t>(name.count));
    }
    if (!family_choice_.empty()) return;
  }
  std::uint64_t rank = 0;
  for (const std::string_view name : FamilyNames(Origin::kFrench)) {
    families_.emplace_back(name);
    family_choice_.Add(1'000'000 / (rank + 8));
    ++rank;
  }
}

std::string Population::FamilyName(Origin origin) {
  if (origin == Origin::kFrench) {
    if (options_.family_names.empty() && random_.Chance(kRareNamePerMille)) {
      return RareFamilyName();
    }
    return families_[family_choice_.Pick(random_)];
  }
  // Half of a list's draws fall on its first third.
  const auto& names = FamilyNames(origin);
  const std::size_t bound = random_.Chance(400) ? names.size() / 3 : names.size();
  return std::string(names[random_.Below(bound)]);
}

// Random choices stand in braces or in statements of their own: the order in which arguments and
// operands are evaluated differs between compilers, and with it would the sample.
std::string Population::RareFamilyName() {
  const Morphemes& m = FrenchMorphemes();
  const auto join = [](std::initializer_list<std::string_view> parts) {
    std::string name;
    for (const std::string_view part : parts) name += part;
    return name;
  };
  const std::uint64_t kind = random_.Below(100);
  if (kind < 58) return join({random_.Of(m.roots), random_.Of(m.suffixes)});
  if (kind < 70) return join({random_.Of(m.place_heads), random_.Of(m.place_tails)});
  if (kind < 75) {
    return join({random_.Chance(500) ? "Du " : "Le ", random_.Of(m.masculine_nouns)});
  }
  if (kind < 80) {
    return join({random_.Chance(500) ? "De la " : "La ", random_.Of(m.feminine_nouns)});
  }
  if (kind < 84) return join({"De", random_.Of(m.roots), random_.Of(m.suffixes)});
  if (kind < 88) {
    if (random_.Chance(700)) return join({"Ker", random_.Of(m.breton_tails)});
    return "Le " + Capital(std::string(random_.Of(m.breton_tails)));
  }
  if (kind < 91) return join({random_.Of(m.basque_heads), random_.Of(m.basque_tails)});
  if (kind < 94) {
    return join({random_.Chance(500) ? "Van den " : "Vanden", random_.Of(m.northern_tails)});
  }
  if (kind < 98) return join({random_.Of(m.germanic_heads), random_.Of(m.germanic_tails)});
  const std::string& second = families_[random_.Below(families_.size())];
  return join({random_.Of(m.roots), random_.Of(m.suffixes), "-", second});
}

std::string Population::GivenName(Origin origin, bool male, int birth_year) {
  const GivenTable& table = given_[static_cast<std::size_t>(origin)][male ? 1 : 0];
  const int decade =
      std::clamp((birth_year - kFirstDecade) / 10, 0, static_cast<int>(kDecades) - 1);
  for (int step = 0; step < static_cast<int>(kDecades); ++step) {  // the nearest with any name
    for (const int d : {decade - step, decade + step}) {
      if (d < 0 || d >= static_cast<int>(kDecades)) continue;
      const WeightedChoice& choice = table.by_decade[static_cast<std::size_t>(d)];
      if (!choice.empty()) return table.names[choice.Pick(random_)];
    }
  }
  return male ? "Pierre" : "Marie";
}

std::vector<std::string> Population::GivenNameList(Origin origin, bool male, int birth_year) {
  // Descendants of immigrants bear given names of both sides.
  const Origin list = origin != Origin::kFrench && random_.Chance(250) ? Origin::kFrench : origin;
  const std::uint64_t more = random_.Below(100);
  const std::size_t count = origin != Origin::kFrench ? (more < 80 ? 1 : 2)
                            : more < 34               ? 1
                            : more < 66               ? 2
                            : more < 94               ? 3
                                                      : 4;
  std::vector<std::string> names;
  while (names.size() < count) {
    // Further names were the grandparents' once.
    const int year = names.empty() ? birth_year : birth_year - random_.Between(0, 55);
    std::string name = GivenName(list, male, year);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(std::move(name));
    } else if (!names.empty()) {
      break;
    }
  }
  return names;
}

Origin Population::NextOrigin() {
  const std::uint64_t at = random_.Below(1000);
  if (at < 770) return Origin::kFrench;
  if (at < 865) return Origin::kMaghreb;
  if (at < 902) return Origin::kPortuguese;
  if (at < 920) return Origin::kSpanish;
  if (at < 938) return Origin::kItalian;
  if (at < 948) return Origin::kPolish;
  if (at < 962) return Origin::kTurkish;
  if (at < 972) return Origin::kVietnamese;
  if (at < 995) return Origin::kAfrican;
  return Origin::kArmenian;
}

int Population::NextAge() {
  const std::uint64_t at = random_.Below(100);
  if (at < 28) return random_.Between(18, 39);
  if (at < 58) return random_.Between(40, 64);
  if (at < 90) return random_.Between(65, 84);
  return random_.Between(85, 102);
}

Date Population::NextBirthDate(int age_years) {
  const int year = options_.year - age_years;
  const int first =
      static_cast<int>(matching::DaysSinceEpoch(Date{static_cast<std::int16_t>(year), 1, 1}));
  return matching::DateFromDays(first + random_.Between(0, 364));
}

std::string Population::NextBirthPlace(Origin origin, int birth_year) {
  std::uint64_t abroad_per_mille = 18;
  if (origin != Origin::kFrench) abroad_per_mille = birth_year < 1975 ? 780 : 330;
  if (random_.Chance(abroad_per_mille)) {
    const auto& countries = BirthCountries(origin);
    return std::string(random_.Chance(500) ? countries.front() : random_.Of(countries));
  }
  return std::string(BirthCommunes()[birth_commune_choice_.Pick(random_)].code);
}

std::string Population::NextMobile() {
  const std::string prefix = random_.Chance(850) ? "06" : "07";
  return prefix + Digits(random_.Below(100'000'000), 8);
}

Home Population::NextHome() {
  Home home;
  home.address_line = std::to_string(random_.Between(1, random_.Chance(900) ? 60 : 250));
  if (random_.Chance(60)) home.address_line += random_.Chance(700) ? " bis" : " ter";
  home.address_line += " ";
  home.address_line += random_.Of(StreetNames());
  home.commune = &HomeCommunes()[home_commune_choice_.Pick(random_)];
  home.phone = "0473" + Digits(random_.Below(1'000'000), 6);
  return home;
}

Person Population::NextPerson(Origin origin, bool male, int age_years,
                              const std::string& family_name) {
  Person person;
  person.id = next_person_id_++;
  person.origin = origin;
  person.male = male;
  person.birth_family_name = family_name;
  person.birth_date = NextBirthDate(age_years);
  person.given_names = GivenNameList(origin, male, person.birth_date.year);
  person.birth_place_code = NextBirthPlace(origin, person.birth_date.year);
  const bool abroad = person.birth_place_code.starts_with("99");
  if (abroad && age_years > 45 && random_.Chance(130)) {  // registers were lost, days were guessed
    const bool new_year = random_.Chance(700);
    person.birth_date.month = new_year ? 1 : 12;
    person.birth_date.day = new_year ? 1 : 31;
  }
  if (random_.Chance(35) && person.given_names.size() > 1) {
    person.used_given_name = person.given_names[1];
  }
  person.mobile = age_years >= 12 ? NextMobile() : "";
  if (age_years >= 15 && random_.Chance(600)) {
    person.email = UpperName(person.given_names.front() + "." + family_name, false);
    for (char& c : person.email) {
      c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == '.' ? '.' : '-';
    }
    person.email += std::to_string(random_.Below(100)) + "@example.org";
  }
  GiveMatricule(&person);
  return person;
}

// Order numbers count up within sex, month and place, as a registry gives them; a place that has
// given out its thousand numbers of a month gives no more.
void Population::GiveMatricule(Person* person) {
  std::string body = person->male ? "1" : "2";
  body += Digits(static_cast<std::uint64_t>(person->birth_date.year % 100), 2);
  body += Digits(person->birth_date.month, 2);
  body += person->birth_place_code;
  std::uint32_t key = 2166136261U;  // the map's key: of the ten characters before the order number
  for (const char c : body) key = key * 31 + static_cast<unsigned char>(c);
  std::uint16_t& order = matricule_order_[key];
  if (order >= 999) return;
  ++order;
  body += Digits(order, 3);
  const std::optional<int> check = matching::MatriculeKey(body);
  if (check) person->matricule = body + Digits(static_cast<std::uint64_t>(*check), 2);
}

void Population::MarryInto(Person* person, const std::string& spouse_name) {
  const int year = person->birth_date.year;
  const std::uint64_t per_mille = year < 1950 ? 930 : year < 1970 ? 780 : year < 1990 ? 520 : 300;
  if (spouse_name == person->birth_family_name || !random_.Chance(per_mille)) return;
  person->used_family_name =
      random_.Chance(90) ? person->birth_family_name + "-" + spouse_name : spouse_name;
}

std::string Population::ChildFamilyName(const std::vector<Person>& parents, int birth_year) {
  const std::string& father = parents.front().birth_family_name;
  if (parents.size() < 2 || birth_year < 2005 || !random_.Chance(140)) return father;
  const std::string& mother = parents[1].birth_family_name;
  if (mother == father) return father;
  return random_.Chance(300) ? mother : father + (random_.Chance(500) ? " " : "-") + mother;
}

void Population::AddChildren(std::vector<Person>* household, int parent_age) {
  const std::vector<Person> parents = *household;
  const Home home = parents.front().home;
  const int eldest_max = std::min(parent_age - 20, 22);
  std::size_t count = 1 + random_.Below(3);
  int age = std::max(0, random_.Between(0, std::max(0, eldest_max)));
  const std::string family_name = ChildFamilyName(parents, options_.year - age);
  while (count-- > 0) {
    Person child = NextPerson(parents.front().origin, random_.Chance(512), age, family_name);
    child.home = home;
    const bool twins = random_.Chance(32);
    if (twins) {
      Person twin = NextPerson(child.origin, random_.Chance(640) ? child.male : !child.male, age,
                               family_name);
      twin.home = home;
      twin.birth_date = child.birth_date;
      twin.birth_place_code = child.birth_place_code;
      if (twin.given_names.front() == child.given_names.front()) {
        std::reverse(twin.given_names.begin(), twin.given_names.end());
      }
      if (twin.given_names.front() != child.given_names.front()) {
        twin.is_twin = child.is_twin = true;
        twin.matricule.clear();
        GiveMatricule(&twin);
        household->push_back(std::move(twin));
      }
    }
    household->push_back(std::move(child));
    age -= random_.Between(1, 5);
    if (age < 0) return;
  }
}

void Population::NextHousehold(std::vector<Person>* household) {
  household->clear();
  const Origin origin = NextOrigin();
  const int age = NextAge();
  const std::uint64_t shape = random_.Below(100);
  const bool couple = shape >= 38;
  const bool male = couple || random_.Chance(450);
  household->push_back(NextPerson(origin, male, age, FamilyName(origin)));
  Home home = NextHome();
  household->front().home = home;
  if (!couple && !household->front().male && age > 30 && random_.Chance(600)) {
    MarryInto(&household->front(), FamilyName(NextOrigin()));  // widowed, divorced
  }
  if (couple) {
    const Origin spouse_origin = random_.Chance(800) ? origin : NextOrigin();
    const bool same_sex = random_.Chance(15);
    const int spouse_age = std::max(18, age + random_.Between(-9, 4));
    Person spouse = NextPerson(spouse_origin, same_sex, spouse_age, FamilyName(spouse_origin));
    spouse.home = home;
    MarryInto(&spouse, household->front().birth_family_name);
    household->push_back(std::move(spouse));
  }
  if ((shape >= 70 || shape < 8) && age >= 20 && age <= 62) AddChildren(household, age);
  if (shape >= 30 && shape < 38 && random_.Chance(100)) {  // a grown-up twin who lives elsewhere
    const Person first = household->front();
    Person twin = NextPerson(origin, first.male, age, first.birth_family_name);
    if (twin.given_names.front() == first.given_names.front()) return;
    twin.birth_date = first.birth_date;
    twin.birth_place_code = first.birth_place_code;
    twin.matricule.clear();
    GiveMatricule(&twin);
    twin.home = NextHome();
    twin.is_twin = household->front().is_twin = true;
    household->push_back(std::move(twin));
  }
}

}  // namespace vigie::tools
