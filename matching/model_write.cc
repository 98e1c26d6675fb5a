#include "matching/model_write.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace vigie::matching {
namespace {

constexpr std::size_t kNumberWidth = 13;

// Rounded to kWrittenDigits, shortest form. Near 1 it is the distance from 1 that tells levels
// apart, so there it keeps decimals instead.
std::string Number(double value) {
  constexpr double kNearOne = 0.9;
  constexpr int kDecimalsNearOne = 10;
  std::array<char, 40> buffer{};
  char* const end = buffer.data() + buffer.size();
  const auto written =
      value < kNearOne
          ? std::to_chars(buffer.data(), end, value, std::chars_format::general, kWrittenDigits)
          : std::to_chars(buffer.data(), end, value, std::chars_format::fixed, kDecimalsNearOne);
  if (written.ec != std::errc()) return "nan";
  std::string text(buffer.data(), written.ptr);
  if (value >= kNearOne && text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text += '0';
  }
  return text;
}

// A number that must keep its value to the bit, as the stranger's share of the prior does.
std::string Exactly(double value) {
  std::array<char, 40> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  if (error != std::errc()) return "nan";
  return {buffer.data(), end};
}

std::string Padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return quoted + '"';
}

template <typename List>
std::string QuotedList(const List& words) {
  std::string text = "[";
  for (const auto& word : words) {
    if (text.size() > 1) text += ", ";
    text += Quoted(word);
  }
  return text + "]";
}

std::string LevelLine(const Level& level, std::size_t name_width) {
  std::string line = "  { name = " + Padded(Quoted(level.name) + ",", name_width + 3);
  for (std::size_t h = 0; h < kHypothesisCount; ++h) {
    const bool last = h + 1 == kHypothesisCount && level.term_column == 0;
    line += " " + std::string(HypothesisName(static_cast<Hypothesis>(h))) + " = ";
    line += last ? Number(level.probability[h])
                 : Padded(Number(level.probability[h]) + ",", kNumberWidth);
  }
  if (level.term_column != 0) {
    std::vector<std::string_view> against;
    for (std::size_t h = 0; h < kHypothesisCount; ++h) {
      if ((level.term_against & (1u << h)) != 0) {
        against.push_back(HypothesisName(static_cast<Hypothesis>(h)));
      }
    }
    line += " term_column = " + Quoted(TermColumnName(static_cast<TermColumn>(level.term_column))) +
            ", term_against = " + QuotedList(against);
  }
  return line + " },\n";
}

std::string ComparisonText(const Comparison& comparison) {
  std::size_t width = 0;
  for (const Level& level : comparison.levels) width = std::max(width, level.name.size());
  std::string text = "\n[[comparison]]\nname = " + Quoted(comparison.name) + "\nlevels = [\n";
  for (const Level& level : comparison.levels) text += LevelLine(level, width);
  return text + "]\n";
}

std::string PriorText(const Model& model) {
  std::string text = "\n[prior]\n";
  for (std::size_t h = 0; h < kHypothesisCount; ++h) {
    const auto hypothesis = static_cast<Hypothesis>(h);
    // 0.99998 and 0.999981 differ in what they leave for the others: no rounding there.
    text +=
        std::string(HypothesisName(hypothesis)) + " = " +
        (hypothesis == Hypothesis::kStranger ? Exactly(model.prior[h]) : Number(model.prior[h])) +
        "\n";
  }
  if (model.prior_population == 0) return text;
  return text + "population = " + std::to_string(model.prior_population) + "\n";
}

std::string TextOf(const Model& model, const std::vector<std::string>& header,
                   std::string_view tables, std::string_view root_keys) {
  std::string text;
  for (const std::string& line : header) text += line.empty() ? "#\n" : "# " + line + "\n";
  text += "\nname = " + Quoted(model.name) + "\ndescription = " + Quoted(model.description) + "\n";
  text += "term_frequency_min = " + Exactly(model.term_frequency_min) + "\n";
  text += "term_frequency_prior_weight = " + Exactly(model.term_frequency_prior_weight) + "\n";
  text += "vetoes = " + QuotedList(model.vetoes) + "\n" + std::string(root_keys) + PriorText(model);
  text += "\n[thresholds]\npossible = " + Exactly(model.thresholds.possible_probability_min) +
          "\nreview = " + Exactly(model.thresholds.review_probability_min) +
          "\nprobable = " + Exactly(model.thresholds.probable_probability_min) + "\n";
  for (const Comparison& comparison : model.comparisons) text += ComparisonText(comparison);
  if (!tables.empty()) text += "\n" + std::string(tables);
  return text;
}

}  // namespace

absl::StatusOr<ModelText> WriteModel(const Model& model, const std::vector<std::string>& header,
                                     std::string_view tables, std::string_view root_keys) {
  ModelText written;
  written.toml = TextOf(model, header, tables, root_keys);
  absl::StatusOr<Model> read = ParseModel(written.toml, "written model");
  if (!read.ok()) {
    return absl::InternalError("a model that cannot be read back: " +
                               std::string(read.status().message()));
  }
  written.model = *std::move(read);
  return written;
}

}  // namespace vigie::matching
