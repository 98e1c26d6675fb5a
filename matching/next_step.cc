#include "matching/next_step.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

#include "matching/trust.h"

namespace vigie::matching {
namespace {

constexpr std::string_view kFirstGivenName = "first_given_name";
constexpr std::string_view kNumberedGivenName = "given_name_";
constexpr std::string_view kAllGivenNames = "all_given_names";
constexpr std::string_view kWithPlace = "with_place";
// Civil status has no limit; longer lists were not seen, and the mask below has room for so many.
constexpr std::size_t kGivenNamesMax = 32;
constexpr std::string_view kUnknownPlace = "99999";

struct ReasonWords {
  std::string_view name;
  std::string_view french, english;
};

// In the order of NextStepReason.
constexpr std::array<ReasonWords, kNextStepReasonCount> kReasons = {{
    {"doubtful_to_settle", "Identité douteuse : le doute est à lever d'abord",
     "Doubtful identity: the doubt has to be settled first"},
    {"ins_conflict",
     "Conflit d'INS ouvert : un matricule sur plusieurs identités, ou contraire aux traits",
     "Open INS conflict: one matricule on several identities, or against the traits"},
    {"collision", "Suspicion de collision ouverte : plusieurs personnes dans une identité",
     "Open suspicion of a collision: several persons in one identity"},
    {"duplicate", "Suspicion de doublon ouverte : la même personne sous deux identités",
     "Open suspicion of a duplicate: one person under two identities"},
    {"document_missing", "Identité récupérée : il manque le contrôle d'une pièce d'identité",
     "Recovered identity: the check of an identification document is missing"},
    {"insi_missing", "Identité validée : INSi n'a pas été interrogé",
     "Validated identity: INSi was not asked"},
    {"insi_never_asked", "Identité provisoire : INSi n'a jamais été interrogé",
     "Provisional identity: INSi was never asked"},
    {"insi_answered_none", "INSi a répondu 01 : aucune identité trouvée",
     "INSi answered 01: no identity found"},
    {"insi_answered_several", "INSi a répondu 02 : plusieurs identités trouvées",
     "INSi answered 02: several identities found"},
    {"insi_answer_refused", "La réponse d'INSi a été refusée : traits non cohérents",
     "The answer of INSi was refused: traits not coherent"},
    {"insi_to_ask_again",
     "Une réponse d'INSi acceptée ne vaut plus : INSi est à interroger de nouveau",
     "An accepted answer of INSi holds no longer: INSi has to be asked again"},
}};

const ReasonWords& WordsOf(NextStepReason reason) {
  return kReasons[static_cast<std::size_t>(reason)];
}

// What one query was asked with: bit i stands for the given name at place i of the list.
struct Asked {
  std::uint32_t given_names = 0;
  bool with_place = false;
  bool operator==(const Asked&) const = default;
  // Asks for all `other` asks for, and perhaps more: it cannot find more than `other` did.
  bool Narrows(const Asked& other) const {
    return (given_names & other.given_names) == other.given_names &&
           (with_place || !other.with_place);
  }
};

// 2..32 of "given_name_2" .. "given_name_32"; 0 for anything else.
std::size_t GivenNameNumber(std::string_view word) {
  if (!word.starts_with(kNumberedGivenName)) return 0;
  word.remove_prefix(kNumberedGivenName.size());
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  const bool whole = error == std::errc() && end == word.data() + word.size();
  if (!whole || word.front() == '0' || number < 2 || number > kGivenNamesMax) return 0;
  return number;
}

std::vector<std::string> Tokens(std::string_view text) {
  std::vector<std::string> tokens;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) tokens.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return tokens;
}

// Hyphen, apostrophe and space are one in the comparison of first given name and list (EXI ID 10).
std::string Spaced(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '-' || c == '\''; }, ' ');
  return text;
}

// The first given name, which may be a compound of several words of the list, then the others.
std::vector<std::string> GivenNamesOf(const RnivNames& names) {
  std::vector<std::string> listed = Tokens(names.birth_given_names);
  const std::string& first = names.first_birth_given_name;
  if (!first.empty()) {
    std::string start;
    std::size_t used = 0;
    for (std::size_t i = 0; i < listed.size() && used == 0; ++i) {
      start += (i == 0 ? "" : " ") + Spaced(listed[i]);
      if (start == Spaced(first)) used = i + 1;
    }
    listed.erase(listed.begin(), listed.begin() + static_cast<std::ptrdiff_t>(used));
    listed.insert(listed.begin(), first);
  }
  if (listed.size() > kGivenNamesMax) listed.resize(kGivenNamesMax);
  return listed;
}

std::uint32_t MaskOfAll(std::size_t count) {
  return count >= kGivenNamesMax ? ~0U : (1U << count) - 1U;
}

Asked AskedWith(const std::vector<std::string>& criteria, std::size_t given_name_count) {
  Asked asked;
  for (const std::string& word : criteria) {
    if (word == kFirstGivenName) asked.given_names |= 1U;
    if (word == kAllGivenNames) asked.given_names |= MaskOfAll(given_name_count);
    if (word == kWithPlace) asked.with_place = true;
    const std::size_t number = GivenNameNumber(word);
    if (number > 0) asked.given_names |= 1U << (number - 1);
  }
  // A query has a given name (it is mandatory); when none is said it was the first.
  if (asked.given_names == 0) asked.given_names = 1U;
  return asked;
}

InsiQuery QueryOf(const Asked& asked, const std::vector<std::string>& given_names) {
  InsiQuery query;
  const std::size_t count = given_names.size();
  for (std::size_t i = 0; i < count; ++i) {
    if ((asked.given_names & (1U << i)) != 0) query.given_names.push_back(given_names[i]);
  }
  if (count > 1 && query.given_names.size() == count) {
    query.criteria.emplace_back(kAllGivenNames);
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      if ((asked.given_names & (1U << i)) == 0) continue;
      query.criteria.push_back(i == 0 ? std::string(kFirstGivenName)
                                      : std::string(kNumberedGivenName) + std::to_string(i + 1));
    }
  }
  query.with_place = asked.with_place;
  if (asked.with_place) query.criteria.emplace_back(kWithPlace);
  return query;
}

// The queries answered so far, by what was answered.
struct Tried {
  std::vector<Asked> none, several;
  bool Has(const Asked& asked) const {
    return std::find(none.begin(), none.end(), asked) != none.end() ||
           std::find(several.begin(), several.end(), asked) != several.end();
  }
  bool InVain(const Asked& asked) const {
    return std::any_of(none.begin(), none.end(),
                       [&](const Asked& before) { return asked.Narrows(before); });
  }
};

// After 02: narrows the narrowest query that found several.
std::optional<Asked> Narrowed(const Tried& tried, std::size_t given_name_count, bool has_place) {
  if (tried.several.empty()) return std::nullopt;
  const auto fewer = [](const Asked& left, const Asked& right) {
    return std::popcount(left.given_names) < std::popcount(right.given_names);
  };
  const Asked base = *std::max_element(tried.several.begin(), tried.several.end(), fewer);
  Asked next = base;
  for (std::size_t i = 0; i < given_name_count; ++i) {
    if ((next.given_names & (1U << i)) != 0) continue;
    next.given_names |= 1U << i;
    if (!tried.Has(next) && !tried.InVain(next)) return next;
  }
  next = {base.given_names, true};
  if (has_place && !tried.Has(next) && !tried.InVain(next)) return next;
  return std::nullopt;
}

// After 01: each given name alone, then the whole list.
std::optional<Asked> Varied(const Tried& tried, std::size_t given_name_count) {
  for (std::size_t i = 0; i < given_name_count; ++i) {
    const Asked alone{1U << i, false};
    if (!tried.Has(alone)) return alone;
  }
  const Asked all{MaskOfAll(given_name_count), false};
  if (!tried.Has(all)) return all;
  return std::nullopt;
}

NextStepReason ReasonToAskInsi(const Identity& identity) {
  if (!identity.last_insi_answer) {
    return identity.trust.document_checked ? NextStepReason::kInsiMissing
                                           : NextStepReason::kInsiNeverAsked;
  }
  const InsiAnswer& last = *identity.last_insi_answer;
  if (last.return_code == "01") return NextStepReason::kInsiAnsweredNone;
  if (last.return_code == "02") return NextStepReason::kInsiAnsweredSeveral;
  if (last.return_code == "00" && !last.coherence_accepted) {
    return NextStepReason::kInsiAnswerRefused;
  }
  return NextStepReason::kInsiToAskAgain;
}

Sentence SentenceToAsk(const std::optional<InsiQuery>& query) {
  if (!query) {
    return {
        "Toutes les requêtes INSi ont été essayées : contrôler les traits sur une pièce "
        "d'identité, ou lire la carte Vitale.",
        "Every INSi query was tried: check the traits against a document, or read the Vitale "
        "card."};
  }
  std::string french = "Interroger INSi avec ";
  std::string english = "Ask INSi with ";
  const std::string& first = query->criteria.front();
  if (first == kAllGivenNames) {
    french += "la liste complète des prénoms";
    english += "the whole list of given names";
  } else if (query->given_names.size() > 1) {
    french += std::to_string(query->given_names.size()) + " prénoms de la liste";
    english += std::to_string(query->given_names.size()) + " given names of the list";
  } else if (first == kFirstGivenName) {
    french += "le premier prénom";
    english += "the first given name";
  } else {
    const std::string number = std::to_string(GivenNameNumber(first));
    french += "le prénom n° " + number + " seul";
    english += "given name no. " + number + " alone";
  }
  french += query->with_place ? " et le lieu de naissance." : ", sans le lieu de naissance.";
  english += query->with_place ? " and the birth place." : ", without the birth place.";
  return {french, english};
}

}  // namespace

std::string_view NextStepReasonName(NextStepReason reason) { return WordsOf(reason).name; }

std::optional<NextStepReason> ParseNextStepReason(std::string_view name) {
  for (std::size_t i = 0; i < kReasons.size(); ++i) {
    if (kReasons[i].name == name) return static_cast<NextStepReason>(i);
  }
  return std::nullopt;
}

Sentence NextStepReasonSentence(NextStepReason reason) {
  return {std::string(WordsOf(reason).french), std::string(WordsOf(reason).english)};
}

bool IsQueryCriterion(std::string_view word) {
  return word == kFirstGivenName || word == kAllGivenNames || word == kWithPlace ||
         GivenNameNumber(word) > 0;
}

std::optional<InsiQuery> NextInsiQuery(const Identity& identity,
                                       std::span<const InsiAnswer> answers) {
  const std::vector<std::string> given_names = GivenNamesOf(identity.rniv);
  if (given_names.empty()) return std::nullopt;
  Tried tried;
  for (const InsiAnswer& answer : answers) {
    const Asked asked = AskedWith(answer.query_criteria, given_names.size());
    if (answer.return_code == "01") tried.none.push_back(asked);
    if (answer.return_code == "02") tried.several.push_back(asked);
  }
  const std::string& place = identity.traits.birth_place_code;
  const bool has_place = !place.empty() && place != kUnknownPlace;
  std::optional<Asked> next = Narrowed(tried, given_names.size(), has_place);
  if (!next) next = Varied(tried, given_names.size());
  if (!next) return std::nullopt;
  return QueryOf(*next, given_names);
}

std::optional<NextStep> NextStepOf(const Identity& identity, const OpenCaseKinds& cases) {
  const Attributes& attributes = identity.trust.attributes;
  if (attributes.fictitious || StatusOf(identity.trust) == TrustStatus::kQualified) {
    return std::nullopt;
  }
  NextStep step;
  // A mark takes both facts away (EXI ID 26).
  step.ask_insi = attributes.doubtful || !identity.trust.insi_accepted;
  step.check_document = attributes.doubtful || !identity.trust.document_checked;
  step.settle = attributes.doubtful || cases.ins_conflict || cases.collision || cases.duplicate;
  if (attributes.doubtful) {
    step.reason = NextStepReason::kDoubtfulToSettle;
  } else if (cases.ins_conflict) {
    step.reason = NextStepReason::kInsConflict;
  } else if (cases.collision) {
    step.reason = NextStepReason::kCollision;
  } else if (cases.duplicate) {
    step.reason = NextStepReason::kDuplicate;
  } else if (!step.ask_insi) {
    step.reason = NextStepReason::kDocumentMissing;
  } else {
    step.reason = ReasonToAskInsi(identity);
  }
  return step;
}

Sentence NextStepSentence(const NextStep& step, const std::optional<InsiQuery>& query) {
  switch (step.reason) {
    case NextStepReason::kDoubtfulToSettle:
      return {
          "Lever le doute (identité vérifiée auprès du patient), puis interroger INSi et "
          "contrôler une pièce d'identité.",
          "Settle the doubt (identity verified with the patient), then ask INSi and check a "
          "document."};
    case NextStepReason::kInsConflict:
    case NextStepReason::kCollision:
    case NextStepReason::kDuplicate:
      return {"Traiter d'abord le dossier ouvert dans la file de la cellule d'identitovigilance.",
              "First settle the case open in the queue of the identity cell."};
    case NextStepReason::kDocumentMissing:
      return {"Contrôler une pièce d'identité à haut niveau de confiance.",
              "Check a high-assurance identification document."};
    case NextStepReason::kInsiAnswerRefused:
      return {
          "Revoir les traits avec le patient et une pièce d'identité, corriger, puis "
          "interroger INSi de nouveau.",
          "Review the traits with the patient and a document, correct them, then ask INSi "
          "again."};
    case NextStepReason::kInsiMissing:
    case NextStepReason::kInsiNeverAsked:
    case NextStepReason::kInsiAnsweredNone:
    case NextStepReason::kInsiAnsweredSeveral:
    case NextStepReason::kInsiToAskAgain:
      break;
  }
  return SentenceToAsk(query);
}

}  // namespace vigie::matching
