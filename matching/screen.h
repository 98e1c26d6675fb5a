// A first look at a pair, for a batch: two sketches of two cache lines each say which levels are
// possible, and a pair that cannot reach a probability at the best of them is done. Nearly every
// candidate ends here. Only what is left is scored (score.h), from records whose strings lie all
// over the memory: waiting for those is most of what a score costs.
//
// A bound, not a second scorer: it refuses no pair that ScorePair puts at the probability or above.
// Two values whose 64-bit hashes are equal are taken for equal, as in candidate keys and term
// counts.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "matching/factors.h"
#include "matching/levels.h"
#include "matching/model.h"
#include "matching/record.h"

namespace vigie::matching {

// What of a record tells most pairs apart. Sets of letters have bit c % 32 for each character c:
// one typing error changes two of them at most. Sounds are cut to 16 bits: what differs differs.
struct alignas(64) Sketch {
  // Hashes; 0: no value.
  std::uint64_t birth_family = 0, used_family = 0;  // spaces aside
  std::uint64_t first_given = 0;                    // of the list, or the used one without a list
  std::uint64_t given_list = 0;
  std::uint64_t matricule = 0;
  std::uint64_t phone = 0;        // up to 14 digits as they are, four bits each, length on top
  std::uint64_t given_marks = 0;  // a bit for each given name, the used one included
  // Shorter, so equal ones only may be equal; 0: no value.
  std::uint32_t used_given = 0, street = 0, city = 0, email = 0;
  // Numbers, unless marked as odd (a code that is none): those may agree in anything.
  std::uint32_t postal_code = 0, birth_place = 0;
  std::uint32_t birth_family_letters = 0, used_family_letters = 0;
  std::uint32_t first_given_letters = 0;
  std::uint32_t given_letters = 0;  // of all given names together, the used one included
  std::uint32_t email_letters = 0;
  std::uint16_t birth_family_sound = 0, used_family_sound = 0, first_given_sound = 0;
  std::uint16_t department = 0;  // of birth
  Date birth_date;
  // Lengths in characters and names, 255 standing for more.
  std::uint8_t birth_family_length = 0, used_family_length = 0, first_given_length = 0;
  std::uint8_t email_length = 0, given_count = 0;
  std::uint8_t given_initial = 0;
  std::uint8_t matricule_class = 0;  // NIR, NIA or temporary
  std::uint8_t sex = 0;              // 0: not known to be male or female
  bool birth_date_is_default = false;
  bool compound = false;  // a family name has parts or particles
  bool foreign_birth = false;
  bool past_matricules = false;
};
static_assert(sizeof(Sketch) == 128);

// Of a finished record (FinishRecord); whatever its fields hold. Never fails.
Sketch SketchOf(const Record& record);

// Levels of one comparison that are possible: bit i for level i, and the highest bit when the value
// may count as missing. 0: it is missing.
using LevelSet = std::uint16_t;

// For one left record at a time: Begin, then MayReach for each of its partners. Not for several
// threads at once. The model must outlive it.
class Screen {
 public:
  // `population` as for ScorePair; `probability_min` in 0..1: at 0 nothing is refused.
  Screen(const Model& model, std::uint64_t population, double probability_min);

  // `sketch` is of `left`, whose counts are filled. Before the first MayReach.
  void Begin(const Record& left, const Sketch& sketch);
  // False only when ScorePair(model, left, right, population) is below the probability, whatever
  // the counts of `right`.
  bool MayReach(const Sketch& right) const;

 private:
  struct TermLevel {
    std::size_t kind, index;  // ComparisonKind and level
    const Level* level;
  };

  Factors BestOf(std::size_t kind, LevelSet possible) const;
  void Multiply(ComparisonKind kind, LevelSet possible, Factors* products) const;
  bool Reaches(const Factors& products) const;

  const Model& model_;
  std::uint64_t population_;
  double probability_min_;
  Factors prior_;
  std::array<std::array<Factors, kLevelCountMax>, kComparisonKindCount> best_;
  std::vector<TermLevel> term_levels_;  // whose factors depend on the left record
  Sketch left_;
};

}  // namespace vigie::matching
