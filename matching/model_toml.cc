// A model from TOML text, and its version. The only other file here that knows toml++ is that of
// the indicator definitions.
#include <toml++/toml.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <initializer_list>
#include <map>
#include <optional>
#include <utility>

#include "matching/compare.h"
#include "matching/model.h"
#include "matching/stable_hash.h"
#include "matching/toml_depth.h"

namespace vigie::matching {
namespace {

using Names = std::vector<std::string_view>;

constexpr double kSumTolerance = 0.001;
constexpr std::size_t kNameCharactersOfModelMax = 64;
constexpr double kPriorWeightMax = 1e9;
constexpr double kPopulationMax = 1e12;

Names ColumnNames() {
  Names names;
  for (const TermColumn column : kTermColumns) names.push_back(TermColumnName(column));
  return names;
}

Names HypothesisNames() {
  Names names;
  for (std::size_t h = 0; h < kHypothesisCount; ++h) {
    names.push_back(HypothesisName(static_cast<Hypothesis>(h)));
  }
  return names;
}

Names ComparisonNames() {
  Names names;
  for (std::size_t i = 0; i < kComparisonKindCount; ++i) {
    names.push_back(ComparisonName(static_cast<ComparisonKind>(i)));
  }
  return names;
}

Names VetoNames() {
  Names names;
  for (std::size_t i = 0; i < kVetoKindCount; ++i) {
    names.push_back(VetoName(static_cast<VetoKind>(i)));
  }
  return names;
}

// What was written, short and plain enough for a message.
std::string Shown(std::string_view text) {
  constexpr std::size_t kShownMax = 40;
  std::string shown = "'";
  for (const char c : text.substr(0, kShownMax)) shown += c >= ' ' && c <= '~' ? c : '?';
  return shown + (text.size() > kShownMax ? "...'" : "'");
}

// "; did you mean 'x'?" when a known word is near, otherwise the whole list.
std::string Suggestion(std::string_view word, const Names& known) {
  const std::string_view start = word.substr(0, kNameCharactersOfModelMax);
  const auto nearest = std::min_element(known.begin(), known.end(), [&](auto a, auto b) {
    return OptimalStringAlignment(start, a) < OptimalStringAlignment(start, b);
  });
  if (nearest != known.end() &&
      OptimalStringAlignment(start, *nearest) * 3 <= nearest->size() + 2) {
    return "; did you mean '" + std::string(*nearest) + "'?";
  }
  std::string text = "; known:";
  for (const std::string_view name : known) text += " " + std::string(name);
  return text;
}

// Reads a tree and remembers the first thing that is wrong; every read after that does nothing.
class ModelReader {
 public:
  explicit ModelReader(const std::string& source_name) : source_name_(source_name) {}

  Model Read(const toml::table& root);
  const absl::Status& status() const { return status_; }

 private:
  void Fail(const toml::source_region& where, const std::string& key, const std::string& remedy) {
    if (!status_.ok()) return;
    status_ = absl::InvalidArgumentError(source_name_ + ":" + std::to_string(where.begin.line) +
                                         ": " + key + ": " + remedy);
  }

  void KnowOnly(const toml::table& table, const std::string& prefix, const Names& known) {
    for (const auto& [key, node] : table) {
      if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
      Fail(key.source(), Shown(prefix + std::string(key.str())),
           "unknown key" + Suggestion(key.str(), known));
    }
  }

  const toml::node* Find(const toml::table& table, const std::string& prefix, std::string_view key,
                         bool required) {
    const toml::node* node = table.get(key);
    if (node == nullptr && required) {
      Fail(table.source(), prefix + std::string(key), "is missing; add it");
    }
    return status_.ok() ? node : nullptr;
  }

  std::string Text(const toml::table& table, const std::string& prefix, std::string_view key,
                   bool required) {
    const toml::node* node = Find(table, prefix, key, required);
    if (node == nullptr) return {};
    auto text = node->value_exact<std::string>();
    if (!text) Fail(node->source(), prefix + std::string(key), "must be text in quotes");
    return std::move(text).value_or("");
  }

  // A number in [min, max]; `fallback` when absent and not required.
  double Number(const toml::table& table, const std::string& key, double min, double max,
                std::optional<double> fallback) {
    const std::size_t dot = key.rfind('.');
    const std::string prefix = dot == std::string::npos ? "" : key.substr(0, dot + 1);
    const toml::node* node = Find(table, prefix, key.substr(prefix.size()), !fallback);
    if (node == nullptr) return fallback.value_or(min);
    const auto value = node->value<double>();
    if (!node->is_number() || !value || !std::isfinite(*value)) {
      Fail(node->source(), key, "must be a number");
    } else if (*value < min || *value > max) {
      Fail(node->source(), key,
           "must be from " + ShortNumber(min) + " to " + ShortNumber(max) + "; it is " +
               ShortNumber(*value));
    }
    return value.value_or(min);
  }

  static std::string ShortNumber(double value) {
    std::ostringstream text;
    text << value;
    return text.str();
  }

  // Probabilities stay away from 0 and 1: neither is ever known.
  double Probability(const toml::table& table, const std::string& prefix, std::string_view key) {
    return Number(table, prefix + std::string(key), kProbabilityMin, 1 - kProbabilityMin,
                  std::nullopt);
  }

  std::vector<std::string> Words(const toml::table& table, const std::string& prefix,
                                 std::string_view key, const Names& known);
  const toml::table* Table(const toml::table& table, std::string_view key);
  void ReadPrior(const toml::table& root, Model& model);
  void ReadThresholds(const toml::table& root, Model& model);
  void ReadComparisons(const toml::table& root, Model& model);
  void ReadComparison(const toml::table& table, Model& model);
  void ReadLevels(const toml::table& table, Comparison& comparison);
  Level ReadLevel(const toml::table& table, const std::string& prefix);
  void CheckSums(const toml::source_region& where, const Comparison& comparison);

  const std::string& source_name_;
  absl::Status status_;
};

std::vector<std::string> ModelReader::Words(const toml::table& table, const std::string& prefix,
                                            std::string_view key, const Names& known) {
  std::vector<std::string> words;
  const toml::node* node = Find(table, prefix, key, false);
  if (node == nullptr) return words;
  const std::string full = prefix + std::string(key);
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    Fail(node->source(), full, "must be a list, e.g. [\"" + std::string(known[0]) + "\"]");
    return words;
  }
  for (const toml::node& item : *array) {
    const auto word = item.value_exact<std::string>();
    if (!word) {
      Fail(item.source(), full, "must hold text in quotes");
    } else if (std::find(known.begin(), known.end(), *word) == known.end()) {
      Fail(item.source(), full, "unknown word " + Shown(*word) + Suggestion(*word, known));
    } else if (std::find(words.begin(), words.end(), *word) != words.end()) {
      Fail(item.source(), full, "names " + Shown(*word) + " twice; remove one");
    }
    if (!status_.ok()) return {};
    words.push_back(*word);
  }
  return words;
}

const toml::table* ModelReader::Table(const toml::table& table, std::string_view key) {
  const toml::node* node = Find(table, "", key, true);
  if (node == nullptr) return nullptr;
  if (!node->is_table()) {
    Fail(node->source(), std::string(key), "must be a table, [" + std::string(key) + "]");
  }
  return node->as_table();
}

void ModelReader::ReadPrior(const toml::table& root, Model& model) {
  const toml::table* table = Table(root, "prior");
  if (table == nullptr) return;
  Names known = HypothesisNames();
  known.push_back("population");
  KnowOnly(*table, "prior.", known);
  // Out of range, an error is kept and the value of no use; what is no number is none either.
  const double population = Number(*table, "prior.population", 0, kPopulationMax, 0);
  model.prior_population =
      static_cast<std::uint64_t>(std::max(0.0, std::min(population, kPopulationMax)));
  double sum = 0;
  for (std::size_t h = 0; h < kHypothesisCount; ++h) {
    model.prior[h] = Probability(*table, "prior.", HypothesisName(static_cast<Hypothesis>(h)));
    sum += model.prior[h];
  }
  if (std::abs(sum - 1) > kSumTolerance) {
    Fail(table->source(), "prior", "the four must sum to 1; they sum to " + ShortNumber(sum));
  }
}

void ModelReader::ReadThresholds(const toml::table& root, Model& model) {
  const toml::table* table = Table(root, "thresholds");
  if (table == nullptr) return;
  KnowOnly(*table, "thresholds.", {"possible", "review", "probable"});
  Thresholds& thresholds = model.thresholds;
  thresholds.possible_probability_min = Probability(*table, "thresholds.", "possible");
  thresholds.review_probability_min = Probability(*table, "thresholds.", "review");
  thresholds.probable_probability_min = Probability(*table, "thresholds.", "probable");
  if (thresholds.possible_probability_min > thresholds.review_probability_min) {
    Fail(table->source(), "thresholds.review", "is below thresholds.possible; raise it");
  }
  if (thresholds.review_probability_min > thresholds.probable_probability_min) {
    Fail(table->source(), "thresholds.probable", "is below thresholds.review; raise it");
  }
}

void ModelReader::ReadComparisons(const toml::table& root, Model& model) {
  const toml::node* node = Find(root, "", "comparison", true);
  if (node == nullptr) return;
  const toml::array* array = node->as_array();
  if (array == nullptr || array->empty()) {
    Fail(node->source(), "comparison", "must be written as [[comparison]] tables, at least one");
    return;
  }
  for (const toml::node& item : *array) {
    if (!item.is_table()) Fail(item.source(), "comparison", "must be a [[comparison]] table");
    if (!status_.ok()) return;
    ReadComparison(*item.as_table(), model);
  }
}

void ModelReader::ReadComparison(const toml::table& table, Model& model) {
  KnowOnly(table, "comparison.", {"name", "levels"});
  Comparison comparison;
  comparison.name = Text(table, "comparison.", "name", true);
  if (!status_.ok()) return;
  const toml::source_region& where = table.get("name")->source();
  const std::optional<ComparisonKind> kind = FindComparison(comparison.name);
  if (!kind) {
    Fail(where, "comparison.name",
         "unknown comparison " + Shown(comparison.name) +
             Suggestion(comparison.name, ComparisonNames()));
    return;
  }
  comparison.kind = *kind;
  const bool twice = std::any_of(model.comparisons.begin(), model.comparisons.end(),
                                 [&](const Comparison& c) { return c.kind == comparison.kind; });
  if (twice) Fail(where, comparison.name, "is there twice; remove one");
  ReadLevels(table, comparison);
  if (status_.ok()) model.comparisons.push_back(std::move(comparison));
}

void ModelReader::ReadLevels(const toml::table& table, Comparison& comparison) {
  const std::string key = comparison.name + ".levels";
  const toml::node* node = Find(table, "comparison.", "levels", true);
  if (node == nullptr) return;
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    Fail(node->source(), key, "must be a list of { name = ..., same = ..., ... }");
    return;
  }
  const Names& known = LevelNames(comparison.kind);
  std::vector<std::optional<Level>> levels(known.size());
  for (const toml::node& item : *array) {
    if (!item.is_table()) Fail(item.source(), key, "must hold tables { name = ..., same = ... }");
    if (!status_.ok()) return;
    Level level = ReadLevel(*item.as_table(), comparison.name + ".");
    const auto found = std::find(known.begin(), known.end(), level.name);
    if (found == known.end()) {
      Fail(item.source(), key,
           "unknown level " + Shown(level.name) + Suggestion(level.name, known));
      return;
    }
    std::optional<Level>& slot = levels[static_cast<std::size_t>(found - known.begin())];
    if (slot)
      Fail(item.source(), key, "level " + Shown(level.name) + " is there twice; remove one");
    slot = std::move(level);
  }
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (!levels[i]) {
      Fail(node->source(), key, "level " + Shown(known[i]) + " is missing; add it");
      return;
    }
    comparison.levels.push_back(*std::move(levels[i]));
  }
  CheckSums(node->source(), comparison);
}

Level ModelReader::ReadLevel(const toml::table& table, const std::string& prefix) {
  Names known = HypothesisNames();
  known.insert(known.end(), {"name", "term_column", "term_against"});
  KnowOnly(table, prefix, known);
  Level level;
  level.name = Text(table, prefix, "name", true);
  const std::string full = prefix + level.name + ".";
  for (std::size_t h = 0; h < kHypothesisCount; ++h) {
    level.probability[h] = Probability(table, full, HypothesisName(static_cast<Hypothesis>(h)));
  }
  const std::string column = Text(table, full, "term_column", false);
  const auto* entry = std::find_if(kTermColumns.begin(), kTermColumns.end(),
                                   [&](TermColumn one) { return TermColumnName(one) == column; });
  if (entry != kTermColumns.end()) level.term_column = static_cast<std::uint8_t>(*entry);
  if (!column.empty() && entry == kTermColumns.end()) {
    Fail(table.source(), full + "term_column",
         "unknown column " + Shown(column) + Suggestion(column, ColumnNames()));
  }
  const Names hypotheses = HypothesisNames();
  for (const std::string& word : Words(table, full, "term_against", hypotheses)) {
    const auto at = std::find(hypotheses.begin(), hypotheses.end(), word) - hypotheses.begin();
    level.term_against = static_cast<std::uint8_t>(level.term_against | (1 << at));
  }
  if ((level.term_column != 0) != (level.term_against != 0)) {
    Fail(table.source(), full + "term_against", "goes with term_column; give both or none");
  }
  if ((level.term_against & 1) != 0) {
    Fail(table.source(), full + "term_against",
         "cannot be \"same\": one person has one name, however rare");
  }
  return level;
}

void ModelReader::CheckSums(const toml::source_region& where, const Comparison& comparison) {
  for (std::size_t h = 0; h < kHypothesisCount; ++h) {
    double sum = 0;
    for (const Level& level : comparison.levels) sum += level.probability[h];
    if (std::abs(sum - 1) > kSumTolerance) {
      Fail(where, comparison.name + ".levels",
           "'" + std::string(HypothesisName(static_cast<Hypothesis>(h))) +
               "' must sum to 1 over the levels; it sums to " + ShortNumber(sum));
    }
  }
}

Model ModelReader::Read(const toml::table& root) {
  Model model;
  // `columns`, `flags` and `missing` say how a batch reads a file with this model: tools/mapping.h
  // reads them, and they are no part of the version.
  KnowOnly(root, "",
           {"name", "description", "term_frequency_min", "term_frequency_prior_weight", "vetoes",
            "prior", "thresholds", "comparison", "columns", "flags", "missing"});
  model.name = Text(root, "", "name", true);
  const bool plain =
      !model.name.empty() && model.name.size() <= kNameCharactersOfModelMax &&
      std::all_of(model.name.begin(), model.name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      });
  if (status_.ok() && !plain) {
    Fail(root.get("name")->source(), "name", "must be 1 to 64 of a-z, 0-9, - and _");
  }
  model.description = Text(root, "", "description", false);
  model.term_frequency_min =
      Number(root, "term_frequency_min", kProbabilityMin, 0.1, model.term_frequency_min);
  model.term_frequency_prior_weight = Number(root, "term_frequency_prior_weight", 0,
                                             kPriorWeightMax, model.term_frequency_prior_weight);
  model.vetoes = Words(root, "", "vetoes", VetoNames());
  ReadPrior(root, model);
  ReadThresholds(root, model);
  ReadComparisons(root, model);
  return model;
}

// Everything that changes a score or its band, and nothing else: comments and layout do not.
std::string VersionOf(const Model& model) {
  StableHash hash;
  const auto add = [&](double number) { hash.Add(std::bit_cast<std::uint64_t>(number)); };
  hash.Add(kScorerVersion);
  for (const double prior : model.prior) add(prior);
  hash.Add(model.prior_population);
  add(model.term_frequency_min);
  add(model.term_frequency_prior_weight);
  add(model.thresholds.possible_probability_min);
  add(model.thresholds.review_probability_min);
  add(model.thresholds.probable_probability_min);
  for (const Comparison& comparison : model.comparisons) {
    hash.Add(comparison.name);
    for (const Level& level : comparison.levels) {
      hash.Add(level.name).Add(level.term_column).Add(level.term_against);
      for (const double probability : level.probability) add(probability);
    }
  }
  for (const std::string& veto : model.vetoes) hash.Add(veto);
  std::string version = model.name + "@";
  for (int shift = 60; shift >= 0; shift -= 4) {
    version += "0123456789abcdef"[(hash.value() >> shift) & 0xf];
  }
  return version;
}

}  // namespace

absl::StatusOr<Model> ParseModel(const std::string& toml, const std::string& source_name) {
  if (toml.size() > kModelBytesMax) {
    return absl::InvalidArgumentError(source_name + ":1: a model is at most " +
                                      std::to_string(kModelBytesMax) + " bytes; shorten it");
  }
  if (absl::Status status = CheckTomlDepth(toml, source_name); !status.ok()) return status;
  try {
    const toml::table root = toml::parse(std::string_view(toml), std::string_view(source_name));
    ModelReader reader(source_name);
    Model model = reader.Read(root);
    if (!reader.status().ok()) return reader.status();
    model.version = VersionOf(model);
    return model;
  } catch (const toml::parse_error& error) {
    return absl::InvalidArgumentError(
        source_name + ":" + std::to_string(error.source().begin.line) +
        ": not TOML: " + std::string(error.description()) + "; mend the line");
  }
}

}  // namespace vigie::matching
