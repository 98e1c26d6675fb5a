#include "matching/insi_differences.h"

#include <algorithm>
#include <array>
#include <utility>

#include "matching/compare.h"
#include "matching/date.h"
#include "matching/names.h"
#include "matching/place.h"

namespace vigie::matching {
namespace {

using Reasons = std::vector<std::string>;

struct Phrase {
  std::string_view name, french, english;
};

constexpr std::array kReasons = {
    Phrase{"case", "majuscules et minuscules", "upper and lower case"},
    Phrase{"accent", "accents", "accents"},
    Phrase{"ligature", "ligature", "ligature"},
    Phrase{"transliteration", "autre écriture", "another script"},
    Phrase{"hyphen", "trait d'union", "hyphen"},
    Phrase{"apostrophe", "apostrophe", "apostrophe"},
    Phrase{"spacing", "espaces ou virgules", "spaces or commas"},
    Phrase{"abbreviation", "abréviation", "abbreviation"},
    Phrase{"compound_given_name", "prénom composé", "compound given name"},
    Phrase{"first_given_name_from_list", "début de la liste des prénoms",
           "beginning of the list of given names"},
    Phrase{"list_shorter", "notre liste de prénoms est plus courte",
           "our list of given names is shorter"},
    Phrase{"list_longer", "notre liste de prénoms est plus longue",
           "our list of given names is longer"},
    Phrase{"partial_date", "notre date est incomplète, ce qui est connu concorde",
           "our date is incomplete, what is known agrees"},
    Phrase{"place_renamed", "même lieu, code d'une autre époque",
           "same place, code of another time"},
    Phrase{"typing_error", "peut-être une faute de frappe", "perhaps a typing error"},
    Phrase{"used_name", "le nom utilisé est pris pour le nom de naissance",
           "the used name is taken for the birth name"},
    Phrase{"names_exchanged", "nom et prénom intervertis", "family and given names exchanged"},
    Phrase{"other_order", "mêmes prénoms dans un autre ordre", "same given names in another order"},
    Phrase{"other_name", "autre nom", "another name"},
    Phrase{"sex_indeterminate", "sexe indéterminé chez nous", "sex indeterminate with us"},
    Phrase{"other_sex", "autre sexe", "another sex"},
    Phrase{"day_month_swapped", "jour et mois inversés", "day and month swapped"},
    Phrase{"default_date", "une des dates est une valeur par défaut",
           "one of the dates is a default value"},
    Phrase{"one_part_differs", "jour, mois ou année diffère seul",
           "day, month or year alone differs"},
    Phrase{"other_date", "autre date", "another date"},
    Phrase{"other_commune", "autre commune du même département ou pays",
           "another commune of the same department or abroad"},
    Phrase{"other_place", "autre lieu", "another place"},
    Phrase{"missing_here", "absent chez nous", "missing with us"},
    Phrase{"not_returned", "non rendu par INSi", "not returned by INSi"},
};

constexpr std::array kLabels = {
    Phrase{"birth_family_name", "Nom de naissance", "Birth family name"},
    Phrase{"first_birth_given_name", "Premier prénom", "First given name"},
    Phrase{"birth_given_names", "Prénoms", "Given names"},
    Phrase{"sex", "Sexe", "Sex"},
    Phrase{"birth_date", "Date de naissance", "Birth date"},
    Phrase{"birth_place_code", "Lieu de naissance", "Birth place"},
};

template <std::size_t kCount>
const Phrase& PhraseOf(const std::array<Phrase, kCount>& phrases, std::string_view name) {
  const auto found = std::find_if(phrases.begin(), phrases.end(),
                                  [&](const Phrase& phrase) { return phrase.name == name; });
  return found == phrases.end() ? phrases.back() : *found;
}

Phrase PhraseOf(TraitAgreement agreement) {
  switch (agreement) {
    case TraitAgreement::kEqual:
      return {"equal", "identique", "the same"};
    case TraitAgreement::kTolerated:
      return {"tolerated", "écart toléré", "tolerated difference"};
    case TraitAgreement::kDifferent:
      return {"different", "différent", "different"};
    case TraitAgreement::kNotCompared:
      return {"not_compared", "non comparé", "not compared"};
  }
  return {"", "", ""};
}

Sentence MakeSentence(const TraitDifference& difference) {
  const Phrase& label = PhraseOf(kLabels, difference.trait);
  const Phrase agreement = PhraseOf(difference.agreement);
  Sentence sentence;
  sentence.french.append(label.french).append(" : ").append(agreement.french);
  sentence.english.append(label.english).append(": ").append(agreement.english);
  for (std::size_t i = 0; i < difference.reasons.size(); ++i) {
    const Phrase& reason = PhraseOf(kReasons, difference.reasons[i]);
    sentence.french.append(i == 0 ? " (" : ", ").append(reason.french);
    sentence.english.append(i == 0 ? " (" : ", ").append(reason.english);
  }
  if (!difference.reasons.empty()) {
    sentence.french += ")";
    sentence.english += ")";
  }
  return sentence;
}

void AddOnce(Reasons& reasons, std::string_view reason) {
  if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end()) {
    reasons.emplace_back(reason);
  }
}

std::string_view ReasonOf(RewriteReason reason) {
  switch (reason) {
    case RewriteReason::kUpperCase:
      return "case";
    case RewriteReason::kDiacritic:
      return "accent";
    case RewriteReason::kLigature:
      return "ligature";
    case RewriteReason::kTypographicApostrophe:
      return "apostrophe";
    case RewriteReason::kTypographicHyphen:
      return "hyphen";
    case RewriteReason::kTransliterated:
      return "transliteration";
    case RewriteReason::kSpace:
    case RewriteReason::kTrimmed:
      return "spacing";
  }
  return "spacing";
}

bool IsSeparator(char c) { return c == ' ' || c == '-' || c == '\''; }

std::string Letters(const std::string& rniv) {
  std::string letters;
  std::copy_if(rniv.begin(), rniv.end(), std::back_inserter(letters),
               [](char c) { return !IsSeparator(c); });
  return letters;
}

// Which separators of two names with the same letters differ.
void AddSeparatorReasons(const std::string& left, const std::string& right, Reasons& reasons) {
  const auto count = [](const std::string& name, char c) {
    return std::count(name.begin(), name.end(), c);
  };
  if (left == right) return;
  const bool hyphen = count(left, '-') != count(right, '-');
  const bool apostrophe = count(left, '\'') != count(right, '\'');
  if (hyphen) AddOnce(reasons, "hyphen");
  if (apostrophe) AddOnce(reasons, "apostrophe");
  if (!hyphen && !apostrophe) AddOnce(reasons, "spacing");
}

std::string BySpaces(const std::string& list) {
  std::string spaced = list;
  std::replace(spaced.begin(), spaced.end(), ',', ' ');
  return spaced;
}

// Reasons for which two spellings are one name; empty: they are not.
Reasons SameName(const std::string& ours, const std::string& theirs, NameKind kind) {
  const RnivName left = ToRnivName(BySpaces(ours), kind);
  const RnivName right = ToRnivName(BySpaces(theirs), kind);
  Reasons reasons;
  if (!left.ok() || !right.ok() || Letters(left.value) != Letters(right.value)) return reasons;
  for (const RnivName* name : {&left, &right}) {
    for (const Rewrite& rewrite : name->rewrites) AddOnce(reasons, ReasonOf(rewrite.reason));
  }
  AddSeparatorReasons(left.value, right.value, reasons);
  if (reasons.empty()) reasons.emplace_back("spacing");
  if (reasons.size() > 1) std::erase(reasons, "case");
  return reasons;
}

// What is compared, before the words are added.
struct Verdict {
  TraitAgreement agreement = TraitAgreement::kNotCompared;
  Reasons reasons;
};
Verdict Equal() { return {TraitAgreement::kEqual, {}}; }
Verdict Tolerated(Reasons reasons) { return {TraitAgreement::kTolerated, std::move(reasons)}; }
Verdict Different(const char* reason) { return {TraitAgreement::kDifferent, {reason}}; }
Verdict NotCompared(bool missing_here) {
  return {TraitAgreement::kNotCompared, {missing_here ? "missing_here" : "not_returned"}};
}

bool NamesAreExchanged(const Traits& ours, const Traits& insi) {
  const auto given = [](const Traits& traits) {
    const std::vector<std::string> names =
        MatchGivenNames(traits.birth_given_names.empty() ? traits.first_birth_given_name
                                                         : traits.birth_given_names);
    return names.empty() ? std::string() : names.front();
  };
  const std::string family = MatchForm(ours.birth_family_name, NameKind::kFamily);
  const std::string their_family = MatchForm(insi.birth_family_name, NameKind::kFamily);
  return !family.empty() && family == given(insi) && their_family == given(ours);
}

Verdict CompareFamilyName(const Traits& ours, const Traits& insi) {
  const std::string& left = ours.birth_family_name;
  const std::string& right = insi.birth_family_name;
  if (right.empty()) return NotCompared(false);
  if (left.empty()) return NotCompared(true);
  if (left == right) return Equal();
  Reasons same = SameName(left, right, NameKind::kFamily);
  if (!same.empty()) return Tolerated(std::move(same));
  const std::string left_form = MatchFamilyName(left);
  const std::string right_form = MatchFamilyName(right);
  if (!left_form.empty() && left_form == right_form) return Tolerated({"abbreviation"});
  if (!ours.used_family_name.empty() && MatchFamilyName(ours.used_family_name) == right_form) {
    return Different("used_name");
  }
  if (NamesAreExchanged(ours, insi)) return Different("names_exchanged");
  return Different(WithinDistance(left_form, right_form, 1) ? "typing_error" : "other_name");
}

std::vector<std::string> TokensOf(const std::string& names) { return MatchGivenNames(names); }

// INSi returns the list alone: the first given name has to be taken from its beginning.
Verdict CompareFirstGivenName(const Traits& ours, const Traits& insi) {
  const std::string& left = ours.first_birth_given_name;
  const std::string& right = insi.first_birth_given_name;
  const std::string& list = insi.birth_given_names;
  if (right.empty() && list.empty()) return NotCompared(false);
  if (left.empty()) return NotCompared(true);
  if (left == right) return Equal();
  if (!right.empty()) {
    Reasons same = SameName(left, right, NameKind::kGiven);
    if (!same.empty()) return Tolerated(std::move(same));
  }
  const std::vector<std::string> tokens = TokensOf(left);
  const bool compound = tokens.size() > 1 || !right.empty();
  if (!list.empty() && FirstGivenNameAgreesWithList(left, list)) {
    if (!compound) return Tolerated({"first_given_name_from_list"});
    return Tolerated({"compound_given_name", "first_given_name_from_list"});
  }
  if (NamesAreExchanged(ours, insi)) return Different("names_exchanged");
  const std::vector<std::string> theirs = TokensOf(right.empty() ? list : right);
  if (tokens.empty() || theirs.empty()) return Different("other_name");
  if (std::find(theirs.begin(), theirs.end(), tokens.front()) != theirs.end()) {
    return Different("other_order");
  }
  return Different(WithinDistance(tokens.front(), theirs.front(), 1) ? "typing_error"
                                                                     : "other_name");
}

bool Begins(const std::vector<std::string>& list, const std::vector<std::string>& beginning) {
  return beginning.size() <= list.size() &&
         std::equal(beginning.begin(), beginning.end(), list.begin());
}

Verdict CompareGivenNames(const Traits& ours, const Traits& insi) {
  const std::string& left = ours.birth_given_names;
  const std::string& right = insi.birth_given_names;
  if (right.empty()) return NotCompared(false);
  if (left.empty()) return NotCompared(true);
  if (left == right) return Equal();
  Reasons same = SameName(left, right, NameKind::kGiven);
  if (!same.empty()) return Tolerated(std::move(same));
  std::vector<std::string> mine = TokensOf(left);
  std::vector<std::string> theirs = TokensOf(right);
  if (mine.empty() || theirs.empty()) return Different("other_name");
  if (Begins(theirs, mine)) return Tolerated({"list_shorter"});
  if (Begins(mine, theirs)) return Tolerated({"list_longer"});
  if (NamesAreExchanged(ours, insi)) return Different("names_exchanged");
  const bool typing_error = WithinDistance(mine.front(), theirs.front(), 1);
  std::sort(mine.begin(), mine.end());
  std::sort(theirs.begin(), theirs.end());
  const bool contained = std::includes(mine.begin(), mine.end(), theirs.begin(), theirs.end()) ||
                         std::includes(theirs.begin(), theirs.end(), mine.begin(), mine.end());
  if (contained) return Different("other_order");
  return Different(typing_error ? "typing_error" : "other_name");
}

Verdict CompareSex(const Traits& ours, const Traits& insi) {
  if (insi.sex == Sex::kUnknown) return NotCompared(false);
  if (ours.sex == Sex::kUnknown) return NotCompared(true);
  if (ours.sex == insi.sex) return Equal();
  return Different(ours.sex == Sex::kIndeterminate ? "sex_indeterminate" : "other_sex");
}

Verdict CompareBirthDate(const Traits& ours, const Traits& insi) {
  const Date& left = ours.birth_date;
  const Date& right = insi.birth_date;
  if (IsAbsent(right)) return NotCompared(false);
  if (IsAbsent(left)) return NotCompared(true);
  if (left == right) return Equal();
  const auto agrees = [](int mine, int theirs) {
    return mine == 0 || theirs == 0 || mine == theirs;
  };
  const bool partial = !IsComplete(left) || !IsComplete(right);
  if (partial && agrees(left.year, right.year) && agrees(left.month, right.month) &&
      agrees(left.day, right.day)) {
    return Tolerated({"partial_date"});
  }
  if (left.year == right.year && left.day == right.month && left.month == right.day) {
    return Different("day_month_swapped");
  }
  const bool same_year = left.year == right.year;
  if (same_year && (IsDefaultDate(left) || IsDefaultDate(right))) return Different("default_date");
  const int differing = static_cast<int>(!same_year) + static_cast<int>(left.month != right.month) +
                        static_cast<int>(left.day != right.day);
  return Different(differing == 1 ? "one_part_differs" : "other_date");
}

Verdict CompareBirthPlace(const Traits& ours, const Traits& insi) {
  const std::string& left = ours.birth_place_code;
  const std::string& right = insi.birth_place_code;
  if (IsUnknownPlace(right)) return NotCompared(false);
  if (IsUnknownPlace(left)) return NotCompared(true);
  if (left == right) return Equal();
  if (CanonicalPlaceCode(left) == CanonicalPlaceCode(right)) return Tolerated({"place_renamed"});
  const std::string_view department = DepartmentOf(left);
  return Different(!department.empty() && department == DepartmentOf(right) ? "other_commune"
                                                                            : "other_place");
}

std::string SexText(Sex sex) {
  constexpr std::array<std::string_view, 4> kTexts = {"", "M", "F", "I"};
  const auto number = static_cast<std::size_t>(sex);
  return std::string(number < kTexts.size() ? kTexts[number] : "");
}

TraitDifference Make(const char* trait, std::string ours, std::string theirs, Verdict verdict) {
  TraitDifference difference{
      trait, std::move(ours), std::move(theirs), verdict.agreement, std::move(verdict.reasons), {}};
  difference.sentence = MakeSentence(difference);
  return difference;
}

}  // namespace

std::string_view TraitAgreementName(TraitAgreement agreement) { return PhraseOf(agreement).name; }

std::vector<TraitDifference> CompareWithInsi(const Traits& ours, const Traits& insi) {
  return {
      Make("birth_family_name", ours.birth_family_name, insi.birth_family_name,
           CompareFamilyName(ours, insi)),
      Make("first_birth_given_name", ours.first_birth_given_name, insi.first_birth_given_name,
           CompareFirstGivenName(ours, insi)),
      Make("birth_given_names", ours.birth_given_names, insi.birth_given_names,
           CompareGivenNames(ours, insi)),
      Make("sex", SexText(ours.sex), SexText(insi.sex), CompareSex(ours, insi)),
      Make("birth_date", FormatDate(ours.birth_date), FormatDate(insi.birth_date),
           CompareBirthDate(ours, insi)),
      Make("birth_place_code", ours.birth_place_code, insi.birth_place_code,
           CompareBirthPlace(ours, insi)),
  };
}

bool IsCoherent(const std::vector<TraitDifference>& differences) {
  return std::none_of(differences.begin(), differences.end(), [](const TraitDifference& one) {
    return one.agreement == TraitAgreement::kDifferent;
  });
}

std::vector<std::string_view> InsiDifferenceReasons() {
  std::vector<std::string_view> names;
  names.reserve(std::size(kReasons));
  for (const Phrase& phrase : kReasons) names.push_back(phrase.name);
  return names;
}

}  // namespace vigie::matching
