#include "tools/explanation_text.h"

#include "fmt/format.h"

namespace vigie::tools {
namespace {

const std::string& InLanguage(const v1::Sentence& sentence, bool english) {
  return english ? sentence.english() : sentence.french();
}

}  // namespace

Table ExplanationTable(const v1::Explanation& explanation, bool english) {
  const auto bits = [](double value) { return fmt::format("{:+.2f}", value); };
  const auto text = [english](const v1::Sentence& s) { return InLanguage(s, english); };
  Table table{{english ? "comparison" : "comparaison", english ? "left" : "gauche",
               english ? "right" : "droite", english ? "level" : "niveau", "bits",
               english ? "why" : "pourquoi"},
              {}};
  table.rows.push_back({"", "", "", "", bits(explanation.prior_bits()), text(explanation.prior())});
  for (const v1::ExplainedComparison& comparison : explanation.comparisons()) {
    table.rows.push_back({text(comparison.label()), comparison.left_value(),
                          comparison.right_value(), comparison.level(), bits(comparison.bits()),
                          text(comparison.sentence())});
  }
  table.rows.push_back({"", "", "", "", bits(explanation.other_hypotheses_bits()),
                        text(explanation.other_hypotheses())});
  table.rows.push_back({"total", "", "", "", bits(explanation.score().weight_bits()),
                        english ? "Weight of the pair" : "Poids de la paire"});
  return table;
}

std::string ExplanationHead(const v1::Explanation& explanation, bool english) {
  std::string head = Printable(InLanguage(explanation.summary(), english)) + "\n";
  for (const v1::Sentence& veto : explanation.vetoes()) {
    head += Printable(InLanguage(veto, english)) + "\n";
  }
  return head;
}

void AddLanguage(CLI::App* verb, std::string* language) {
  verb->add_option("--language", *language, "Language of explanations")
      ->check(CLI::IsMember({"fr", "en"}))
      ->capture_default_str();
}

}  // namespace vigie::tools
