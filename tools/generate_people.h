// People and households of the sample hospital: who exists. What is recorded of them, with its
// errors, is generate.cc.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "matching/identity.h"
#include "tools/generate.h"
#include "tools/generate_random.h"
#include "tools/hospital_names.h"

namespace vigie::tools {

struct Home {
  std::string address_line;
  const Commune* commune = nullptr;
  std::string phone;
};

struct Person {
  std::uint64_t id = 0;
  Origin origin = Origin::kFrench;
  bool male = false;
  std::string birth_family_name;         // in its French spelling, accents and particles
  std::vector<std::string> given_names;  // civil-status order; a compound name is one
  std::string used_family_name;          // empty: the birth name
  std::string used_given_name;           // empty: the first given name
  matching::Date birth_date;             // as the civil status has it
  std::string birth_place_code;
  std::string matricule;  // 15 characters; empty: has none
  Home home;
  std::string mobile;
  std::string email;
  bool is_twin = false;
};

// Upper case without accents, as INSi writes names; with them when `keep_accents`.
std::string UpperName(std::string_view name, bool keep_accents);

class Population {
 public:
  Population(const GenerateOptions& options, Random* random);

  // Replaces `*household` by one to six people who share names, homes, birthdays as families do.
  void NextHousehold(std::vector<Person>* household);
  Home NextHome();
  std::string NextMobile();

 private:
  static constexpr int kFirstDecade = 1900;
  static constexpr std::size_t kDecades = 30;
  struct GivenTable {
    std::vector<std::string> names;
    std::array<WeightedChoice, kDecades> by_decade;
  };

  void BuildGivenTables();
  void BuildFamilyTable();
  std::string FamilyName(Origin origin);
  std::string RareFamilyName();
  std::string GivenName(Origin origin, bool male, int birth_year);
  std::vector<std::string> GivenNameList(Origin origin, bool male, int birth_year);
  Origin NextOrigin();
  matching::Date NextBirthDate(int age_years);
  int NextAge();
  std::string NextBirthPlace(Origin origin, int birth_year);
  Person NextPerson(Origin origin, bool male, int age_years, const std::string& family_name);
  void GiveMatricule(Person* person);
  void MarryInto(Person* person, const std::string& spouse_name);
  void AddChildren(std::vector<Person>* household, int parent_age);
  std::string ChildFamilyName(const std::vector<Person>& parents, int birth_year);

  const GenerateOptions& options_;
  Random& random_;
  std::array<std::array<GivenTable, 2>, kOriginCount> given_;
  std::vector<std::string> families_;
  WeightedChoice family_choice_;
  WeightedChoice birth_commune_choice_, home_commune_choice_;
  std::unordered_map<std::uint32_t, std::uint16_t> matricule_order_;  // by sex, month and place
  std::uint64_t next_person_id_ = 1;
};

}  // namespace vigie::tools
