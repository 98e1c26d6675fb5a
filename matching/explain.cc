#include "matching/explain.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "matching/date.h"
#include "matching/levels.h"
#include "matching/sentences.h"
#include "matching/trust.h"

namespace vigie::matching {
namespace {

// A number with one decimal, by hand: the C library's depends on the locale of the process.
std::string OneDecimal(double value, char point) {
  const auto tenths = static_cast<std::int64_t>(std::llround(std::abs(value) * 10));
  return std::to_string(tenths / 10) + point + std::to_string(tenths % 10);
}

// "+5,1" and "+5.1": evidence always shows its sign.
std::string Signed(double bits, char point) {
  const std::string digits = OneDecimal(bits, point);
  return (bits < 0 && digits != std::string("0") + point + "0" ? "-" : "+") + digits;
}

Sentence WithBits(Words words, double bits) {
  return {std::string(words.french) + " (" + Signed(bits, ',') + " bits)",
          std::string(words.english) + " (" + Signed(bits, '.') + " bits)"};
}

Sentence Plain(Words words) { return {std::string(words.french), std::string(words.english)}; }

// Never rounded to a certainty: "plus de 99,9".
Sentence Percent(double probability) {
  const double percent = 100 * probability;
  if (percent >= 99.95) return {"plus de 99,9 %", "more than 99.9%"};
  if (percent < 0.05) return {"moins de 0,1 %", "less than 0.1%"};
  return {OneDecimal(percent, ',') + " %", OneDecimal(percent, '.') + "%"};
}

// Both of two values, or the one there is.
std::string Joined(const std::string& left, std::string_view separator, const std::string& right) {
  if (left.empty() || right.empty()) return left + right;
  return left + std::string(separator) + right;
}

std::string_view SexLetter(Sex sex) {
  switch (sex) {
    case Sex::kMale:
      return "M";
    case Sex::kFemale:
      return "F";
    case Sex::kIndeterminate:
      return "I";
    case Sex::kUnknown:
      break;
  }
  return "";
}

// A value as it was given, for the eye of the person who asked.
std::string ShownValue(ComparisonKind kind, const Identity& identity) {
  const Traits& traits = identity.traits;
  switch (kind) {
    case ComparisonKind::kFamilyName:
      return Joined(traits.birth_family_name, " / ", traits.used_family_name);
    case ComparisonKind::kGivenNames:
      return Joined(traits.birth_given_names.empty() ? traits.first_birth_given_name
                                                     : traits.birth_given_names,
                    " / ", traits.used_given_name);
    case ComparisonKind::kSex:
      return std::string(SexLetter(traits.sex));
    case ComparisonKind::kBirthDate:
      return FormatDate(traits.birth_date);
    case ComparisonKind::kBirthPlace:
      return traits.birth_place_code;
    case ComparisonKind::kMatricule:
      // Only the matricule of a qualified identity leaves the system; others are compared unseen.
      return identity.ins && StatusOf(identity.trust) == TrustStatus::kQualified
                 ? identity.ins->matricule
                 : std::string();
    case ComparisonKind::kAddress:
      return Joined(traits.address_line, ", ", Joined(traits.postal_code, " ", traits.city));
    case ComparisonKind::kPhone:
      return traits.phone;
    case ComparisonKind::kEmail:
      return traits.email;
  }
  return {};
}

// Tells of a name so common, or so rare, that its weight differs from what people expect.
void AddTermFrequency(double frequency, Sentence& sentence) {
  if (frequency == 0) return;
  const double one_in = 1 / frequency;
  const std::string count = std::to_string(static_cast<std::int64_t>(std::llround(one_in)));
  sentence.french += ", valeur portée par une identité sur " + count;
  sentence.english += ", a value that one identity in " + count + " has";
}

ExplainedComparison ExplainComparison(const Comparison& comparison, const ComparisonScore& score,
                                      const Identity& left, const Identity& right) {
  ExplainedComparison explained;
  explained.name = comparison.name;
  explained.label = Plain(LabelOf(comparison.kind));
  explained.left_value = ShownValue(comparison.kind, left);
  explained.right_value = ShownValue(comparison.kind, right);
  if (score.missing) {
    explained.level = "missing";
    explained.sentence = Plain(SentenceOf(comparison.kind, kMissing));
    return explained;
  }
  explained.level = comparison.levels[score.level].name;
  explained.bits = score.bits;
  explained.sentence = WithBits(SentenceOf(comparison.kind, score.level), score.bits);
  AddTermFrequency(score.term_frequency, explained.sentence);
  return explained;
}

Sentence Summary(const DetailedScore& detail) {
  const Words band = NameOf(detail.score.band);
  const Words rival = NameOf(detail.rival);
  const Sentence percent = Percent(detail.score.probability);
  return {std::string(band.french) + " : probabilité " + percent.french +
              " ; sinon, le plus vraisemblable : " + std::string(rival.french),
          std::string(band.english) + ": probability " + percent.english +
              "; if not, most likely " + std::string(rival.english)};
}

Sentence PriorSentence(const DetailedScore& detail) {
  const Words rival = NameOf(detail.rival);
  const std::string french =
      "Avant tout examen, la même personne plutôt que " + std::string(rival.french);
  const std::string english =
      "Before any look, the same person rather than " + std::string(rival.english);
  return WithBits({french, english}, detail.prior_bits);
}

}  // namespace

Explanation Explain(const Model& model, const Identity& left, const Identity& right,
                    const Record& left_record, const Record& right_record,
                    std::uint64_t population) {
  Explanation explanation;
  explanation.detail = ScorePairInDetail(model, left_record, right_record, population);
  const DetailedScore& detail = explanation.detail;
  explanation.summary = Summary(detail);
  explanation.prior = PriorSentence(detail);
  explanation.other_hypotheses =
      WithBits({"Autres explications possibles de la paire", "Other explanations of the pair"},
               detail.other_hypotheses_bits);
  for (std::size_t i = 0; i < model.comparisons.size(); ++i) {
    explanation.comparisons.push_back(
        ExplainComparison(model.comparisons[i], detail.comparisons[i], left, right));
  }
  for (std::size_t i = 0; i < model.vetoes.size() && i < 32; ++i) {
    if ((detail.score.vetoes & (1u << i)) == 0) continue;
    if (const std::optional<VetoKind> kind = FindVeto(model.vetoes[i])) {
      explanation.vetoes.push_back(Plain(SentenceOf(*kind)));
    }
  }
  return explanation;
}

}  // namespace vigie::matching
