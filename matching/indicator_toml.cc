// Indicator definitions from TOML text. The only other file here that knows toml++ is the model's.
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <numeric>
#include <sstream>
#include <utility>

#include "matching/date.h"
#include "matching/indicator.h"
#include "matching/toml_depth.h"
#include "matching/trust.h"

namespace vigie::matching {
namespace {

// A definition is a page of text; more is a mistake or an attack.
constexpr std::size_t kTextBytesMax = 65536;

template <typename Value>
using Words = std::vector<std::pair<std::string_view, Value>>;

const Words<IndicatorPopulation>& PopulationWords() {
  static const Words<IndicatorPopulation> words = {
      {"visits", IndicatorPopulation::kVisits},
      {"file_active_patients", IndicatorPopulation::kFileActivePatients},
      {"identity_stock", IndicatorPopulation::kIdentityStock}};
  return words;
}

const Words<StatusAsOfRule>& StatusAsOfWords() {
  static const Words<StatusAsOfRule> words = {{"admission", StatusAsOfRule::kAdmission},
                                              {"discharge", StatusAsOfRule::kDischarge},
                                              {"extraction", StatusAsOfRule::kExtraction},
                                              {"window_end", StatusAsOfRule::kWindowEnd}};
  return words;
}

// "fixed" is said by from and to.
const Words<WindowKind>& WindowWords() {
  static const Words<WindowKind> words = {{"calendar_month", WindowKind::kCalendarMonth},
                                          {"calendar_quarter", WindowKind::kCalendarQuarter},
                                          {"calendar_semester", WindowKind::kCalendarSemester},
                                          {"rolling_days", WindowKind::kRollingDays}};
  return words;
}

const Words<LastInsiAnswer>& LastInsiWords() {
  static const Words<LastInsiAnswer> words = {{"none", LastInsiAnswer::kNone},
                                              {"00", LastInsiAnswer::kFound},
                                              {"01", LastInsiAnswer::kNotFound},
                                              {"02", LastInsiAnswer::kSeveral}};
  return words;
}

// How an entry channel that is not known is written; channels' codes are in small letters.
constexpr std::string_view kUnknownChannel = "UNKNOWN";

const Words<TrustStatus>& StatusWords() {
  static const Words<TrustStatus> words = [] {
    Words<TrustStatus> all;
    for (const TrustStatus status : {TrustStatus::kProvisional, TrustStatus::kRecovered,
                                     TrustStatus::kValidated, TrustStatus::kQualified}) {
      all.emplace_back(StatusName(status), status);
    }
    return all;
  }();
  return words;
}

const Words<Activity>& ActivityWords() {
  static const Words<Activity> words = {{"MCO", Activity::kMco},
                                        {"SMR", Activity::kSmr},
                                        {"PSY", Activity::kPsy},
                                        {"HAD", Activity::kHad},
                                        {"DIALYSIS", Activity::kDialysis}};
  return words;
}

const Words<VisitKind>& KindWords() {
  static const Words<VisitKind> words = {{"inpatient", VisitKind::kInpatient},
                                         {"day", VisitKind::kDay},
                                         {"outpatient", VisitKind::kOutpatient},
                                         {"emergency", VisitKind::kEmergency},
                                         {"session", VisitKind::kSession}};
  return words;
}

// Letters that must be typed, removed or replaced to make one text of the other. Texts longer than
// any key of ours are not compared.
std::size_t EditDistance(std::string_view left, std::string_view right) {
  constexpr std::size_t kLengthMax = 40;
  if (left.size() > kLengthMax || right.size() > kLengthMax) return kLengthMax;
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

// "; did you mean 'x'?" when a known word is near, otherwise the whole list.
std::string Suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  const auto nearest = std::min_element(known.begin(), known.end(), [&](auto a, auto b) {
    return EditDistance(word, a) < EditDistance(word, b);
  });
  if (nearest != known.end() && EditDistance(word, *nearest) * 3 <= nearest->size() + 2) {
    return "; did you mean '" + std::string(*nearest) + "'?";
  }
  std::string text = "; known:";
  for (const std::string_view name : known) text += " " + std::string(name);
  return text;
}

template <typename Value>
std::vector<std::string_view> NamesOf(const Words<Value>& words) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : words) names.push_back(name);
  return names;
}

// What was written, short enough and plain enough for a message.
std::string Shown(std::string_view text) {
  constexpr std::size_t kShownMax = 40;
  std::string shown = "'";
  for (const char c : text.substr(0, kShownMax)) {
    shown += c >= ' ' && c <= '~' ? c : '?';
  }
  return shown + (text.size() > kShownMax ? "...'" : "'");
}

// Reads the keys of one table and remembers the first thing that is wrong; every read after that
// does nothing. `prefix` is "" or "target." and makes full key names.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string prefix, const std::string& source_name)
      : table_(table), prefix_(std::move(prefix)), source_name_(source_name) {}

  absl::Status status() const { return status_; }

  void KnowOnly(const std::vector<std::string_view>& known) {
    for (const auto& [key, node] : table_) {
      if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
      Fail(key.source(), Shown(prefix_ + std::string(key.str())),
           "unknown key" + Suggestion(key.str(), known));
    }
  }

  std::string Text(std::string_view key, bool required = true) {
    const toml::node* node = Find(key, required);
    if (node == nullptr) return "";
    const auto value = node->value_exact<std::string>();
    if (!value.has_value()) Fail(node->source(), Key(key), "must be text in quotes");
    return value.value_or("");
  }

  bool Flag(std::string_view key, bool fallback) {
    const toml::node* node = Find(key, false);
    if (node == nullptr) return fallback;
    const auto value = node->value_exact<bool>();
    if (!value.has_value()) Fail(node->source(), Key(key), "must be true or false");
    return value.value_or(fallback);
  }

  // Absent unless required: nullopt.
  std::optional<std::int32_t> Whole(std::string_view key, std::int32_t min, bool required) {
    const toml::node* node = Find(key, required);
    if (node == nullptr) return std::nullopt;
    const auto value = node->value_exact<std::int64_t>();
    if (!value.has_value() || *value < min || *value > INT32_MAX) {
      Fail(node->source(), Key(key), "must be a whole number from " + std::to_string(min) + " on");
      return std::nullopt;
    }
    return static_cast<std::int32_t>(*value);
  }

  std::optional<bool> OptionalFlag(std::string_view key) {
    return table_.contains(key) ? std::optional(Flag(key, false)) : std::nullopt;
  }

  // A day, 2026-03-01, with or without quotes.
  Date Day(std::string_view key) {
    const toml::node* node = Find(key, true);
    if (node == nullptr) return {};
    if (const auto day = node->value_exact<toml::date>(); day.has_value()) {
      return {static_cast<std::int16_t>(day->year), day->month, day->day};
    }
    const auto day = ParseDate(node->value_exact<std::string>().value_or(""));
    if (!day.has_value()) Fail(node->source(), Key(key), "must be a day, YYYY-MM-DD");
    return day.value_or(Date());
  }

  bool Has(std::string_view key) const { return table_.contains(key); }

  std::optional<double> Number(std::string_view key) {
    const toml::node* node = Find(key, true);
    if (node == nullptr) return std::nullopt;
    const auto value = node->value<double>();
    if (!node->is_number() || !value.has_value()) {
      Fail(node->source(), Key(key), "must be a number");
      return std::nullopt;
    }
    return value;
  }

  template <typename Value>
  Value Word(std::string_view key, const Words<Value>& words) {
    const toml::node* node = Find(key, true);
    return node == nullptr ? Value{} : WordOf(*node, key, words);
  }

  template <typename Value>
  std::vector<Value> List(std::string_view key, const Words<Value>& words, bool required) {
    return Items<Value>(key, required, words[0].first,
                        [&](const toml::node& item) { return WordOf(item, key, words); });
  }

  // Absent: empty.
  std::vector<std::string> Texts(std::string_view key, std::string_view example) {
    return Items<std::string>(key, false, example, [&](const toml::node& item) {
      const auto text = item.value_exact<std::string>();
      if (!text.has_value()) Fail(item.source(), Key(key), "must be texts in quotes");
      return text.value_or("");
    });
  }

  // The tables of an array of tables, [[key]]; absent: none.
  std::vector<const toml::table*> Tables(std::string_view key) {
    std::vector<const toml::table*> tables;
    const toml::node* node = Find(key, false);
    if (node == nullptr) return tables;
    const toml::array* array = node->as_array();
    if (array == nullptr || !array->is_homogeneous<toml::table>()) {
      Fail(node->source(), Key(key), "must be tables, [[" + Key(key) + "]]");
      return tables;
    }
    for (const toml::node& item : *array) tables.push_back(item.as_table());
    return tables;
  }

  // What the reader cannot know of itself.
  void Refuse(std::string_view key, const std::string& remedy) {
    const toml::node* node = table_.get(key);
    Fail(node == nullptr ? table_.source() : node->source(), Key(key), remedy);
  }

  // nullptr when absent; not a table is an error.
  const toml::table* Table(std::string_view key, bool required) {
    const toml::node* node = Find(key, required);
    if (node == nullptr) return nullptr;
    if (!node->is_table()) Fail(node->source(), Key(key), "must be a table, [" + Key(key) + "]");
    return node->as_table();
  }

 private:
  std::string Key(std::string_view key) const { return prefix_ + std::string(key); }

  const toml::node* Find(std::string_view key, bool required) {
    if (!status_.ok()) return nullptr;
    const toml::node* node = table_.get(key);
    if (node == nullptr && required) Fail(table_.source(), Key(key), "is missing; add it");
    return node;
  }

  template <typename Value, typename Read>
  std::vector<Value> Items(std::string_view key, bool required, std::string_view example,
                           const Read& read) {
    std::vector<Value> values;
    const toml::node* node = Find(key, required);
    if (node == nullptr) return values;
    const toml::array* array = node->as_array();
    if (array == nullptr) {
      Fail(node->source(), Key(key), "must be a list, e.g. [\"" + std::string(example) + "\"]");
      return values;
    }
    for (const toml::node& item : *array) {
      const Value value = read(item);
      if (!status_.ok()) return {};
      if (std::find(values.begin(), values.end(), value) != values.end()) {
        Fail(item.source(), Key(key), "names the same item twice; remove one");
        return {};
      }
      values.push_back(value);
    }
    return values;
  }

  template <typename Value>
  Value WordOf(const toml::node& node, std::string_view key, const Words<Value>& words) {
    const auto word = node.value_exact<std::string>();
    if (!word.has_value()) {
      Fail(node.source(), Key(key), "must be text in quotes");
      return Value{};
    }
    for (const auto& [name, value] : words) {
      if (name == *word) return value;
    }
    Fail(node.source(), Key(key),
         "unknown word " + Shown(*word) + Suggestion(*word, NamesOf(words)));
    return Value{};
  }

  void Fail(const toml::source_region& where, const std::string& key, const std::string& remedy) {
    if (!status_.ok()) return;
    status_ = absl::InvalidArgumentError(source_name_ + ":" + std::to_string(where.begin.line) +
                                         ": " + key + ": " + remedy);
  }

  const toml::table& table_;
  std::string prefix_;
  const std::string& source_name_;
  absl::Status status_;
};

absl::Status ReadTitle(const toml::table& table, const std::string& source_name,
                       IndicatorDefinition& definition) {
  TableReader reader(table, "title.", source_name);
  reader.KnowOnly({"french", "english"});
  definition.title_french = reader.Text("french");
  definition.title_english = reader.Text("english");
  return reader.status();
}

absl::Status ReadRule(const toml::table& table, const std::string& source_name,
                      ExclusionRule& rule) {
  TableReader reader(table, "exclude.where.", source_name);
  reader.KnowOnly({"reason", "age_days_min", "age_days_max", "born_abroad", "last_insi", "statuses",
                   "activities", "kinds", "entry_channels"});
  rule.reason = reader.Text("reason");
  rule.age_days_min = reader.Whole("age_days_min", 0, false);
  rule.age_days_max = reader.Whole("age_days_max", 0, false);
  rule.born_abroad = reader.OptionalFlag("born_abroad");
  rule.last_insi = reader.List("last_insi", LastInsiWords(), false);
  rule.statuses = reader.List("statuses", StatusWords(), false);
  rule.activities = reader.List("activities", ActivityWords(), false);
  rule.kinds = reader.List("kinds", KindWords(), false);
  rule.entry_channels = reader.Texts("entry_channels", "desk");
  for (std::string& channel : rule.entry_channels) {
    if (channel == kUnknownChannel) {
      channel.clear();
    } else if (channel.empty()) {
      reader.Refuse("entry_channels", "has an empty code; \"UNKNOWN\" is a channel not known");
    }
  }
  return reader.status();
}

absl::Status ReadExclude(const toml::table& table, const std::string& source_name,
                         IndicatorDefinition& definition) {
  TableReader reader(table, "exclude.", source_name);
  std::vector<std::string_view> known(kExclusionReasons.begin(), kExclusionReasons.end());
  known.emplace_back("where");
  reader.KnowOnly(known);
  definition.exclude_cancelled = reader.Flag("cancelled", definition.exclude_cancelled);
  definition.exclude_unattached = reader.Flag("unattached", definition.exclude_unattached);
  definition.exclude_fictitious = reader.Flag("fictitious", definition.exclude_fictitious);
  definition.exclude_doubtful = reader.Flag("doubtful", definition.exclude_doubtful);
  for (const toml::table* rule : reader.Tables("where")) {
    absl::Status status = ReadRule(*rule, source_name, definition.exclusion_rules.emplace_back());
    if (!status.ok()) return status;
  }
  return reader.status();
}

// Of the root's keys: window and what belongs to it.
void ReadWindow(TableReader& reader, IndicatorWindow& window) {
  if (reader.Has("window")) window.kind = reader.Word("window", WindowWords());
  if (reader.Has("rolling_days") || window.kind == WindowKind::kRollingDays) {
    window.rolling_days = reader.Whole("rolling_days", 1, true).value_or(0);
  }
  if (!reader.Has("from") && !reader.Has("to")) return;
  if (window.kind == WindowKind::kNone) window.kind = WindowKind::kFixed;
  window.from = reader.Day("from");
  window.to = reader.Day("to");
}

absl::Status ReadTarget(const toml::table& table, const std::string& source_name,
                        IndicatorDefinition& definition) {
  TableReader reader(table, "target.", source_name);
  reader.KnowOnly({"value", "source"});
  definition.target = reader.Number("value");
  definition.target_source = reader.Text("source");
  return reader.status();
}

// The error of a check that knows no text, with the line of the key it names ("key: remedy" or
// "table.key: remedy").
absl::Status WithLine(const absl::Status& status, const toml::table& root,
                      const std::string& source_name) {
  const std::string message(status.message());
  const std::string key = message.substr(0, message.find(':'));
  const toml::node_view<const toml::node> node = root.at_path(key);
  const toml::source_index line = node ? node.node()->source().begin.line : 1;
  return absl::InvalidArgumentError(source_name + ":" + std::to_string(line) + ": " + message);
}

absl::StatusOr<IndicatorDefinition> Read(const toml::table& root, const std::string& source_name) {
  IndicatorDefinition definition;
  TableReader reader(root, "", source_name);
  reader.KnowOnly({"name", "version", "title", "description", "source", "population",
                   "numerator_statuses", "status_as_of", "window", "rolling_days", "from", "to",
                   "activities", "kinds", "legal_entities", "sites", "group_name", "exclude",
                   "target"});
  definition.name = reader.Text("name");
  definition.version = reader.Whole("version", 1, true).value_or(0);
  definition.description = reader.Text("description");
  definition.source = reader.Text("source");
  definition.population = reader.Word("population", PopulationWords());
  definition.numerator_statuses = reader.List("numerator_statuses", StatusWords(), true);
  definition.status_as_of = reader.Word("status_as_of", StatusAsOfWords());
  ReadWindow(reader, definition.window);
  definition.activities = reader.List("activities", ActivityWords(), false);
  definition.kinds = reader.List("kinds", KindWords(), false);
  definition.legal_entities = reader.Texts("legal_entities", "100000017");
  definition.sites = reader.Texts("sites", "100000017");
  if (reader.Has("group_name")) definition.group_name = reader.Text("group_name");
  const toml::table* title = reader.Table("title", true);
  const toml::table* exclude = reader.Table("exclude", false);
  const toml::table* target = reader.Table("target", false);
  absl::Status status = reader.status();
  if (status.ok() && title != nullptr) status = ReadTitle(*title, source_name, definition);
  if (status.ok() && exclude != nullptr) status = ReadExclude(*exclude, source_name, definition);
  if (status.ok() && target != nullptr) status = ReadTarget(*target, source_name, definition);
  if (!status.ok()) return status;
  status = CheckIndicatorDefinition(definition);
  if (!status.ok()) return WithLine(status, root, source_name);
  definition.hash = IndicatorDefinitionHash(definition);
  return definition;
}

// Text between quotes. Every character a basic TOML string does not take is escaped.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04X", static_cast<unsigned>(c));
      quoted += escape.data();
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

template <typename Value>
std::string_view WordFor(const Words<Value>& words, Value value) {
  for (const auto& [name, known] : words) {
    if (known == value) return name;
  }
  return "";
}

// A set, so in one order.
std::string ListOf(std::vector<std::string> items) {
  std::sort(items.begin(), items.end());
  std::string list = "[";
  for (const std::string& item : items) list += (list.size() == 1 ? "" : ", ") + Quoted(item);
  return list + "]";
}

template <typename Value>
std::string ListOf(const Words<Value>& words, const std::vector<Value>& values) {
  std::vector<std::string> items;
  items.reserve(values.size());
  for (const Value value : values) items.emplace_back(WordFor(words, value));
  return ListOf(std::move(items));
}

// One line, unless there is nothing to say.
void WriteList(std::string& text, const char* key, const std::string& list) {
  if (list != "[]") text += std::string(key) + " = " + list + "\n";
}

void WriteWindow(std::string& text, const IndicatorWindow& window) {
  if (window.kind == WindowKind::kFixed) {
    text += "from = " + FormatDate(window.from) + "\nto = " + FormatDate(window.to) + "\n";
  } else if (window.kind != WindowKind::kNone) {
    text += "window = " + Quoted(WordFor(WindowWords(), window.kind)) + "\n";
  }
  if (window.kind == WindowKind::kRollingDays) {
    text += "rolling_days = " + std::to_string(window.rolling_days) + "\n";
  }
}

void WriteRule(std::string& text, const ExclusionRule& rule) {
  text += "\n[[exclude.where]]\nreason = " + Quoted(rule.reason) + "\n";
  if (rule.age_days_min) text += "age_days_min = " + std::to_string(*rule.age_days_min) + "\n";
  if (rule.age_days_max) text += "age_days_max = " + std::to_string(*rule.age_days_max) + "\n";
  if (rule.born_abroad) {
    text += std::string("born_abroad = ") + (*rule.born_abroad ? "true\n" : "false\n");
  }
  WriteList(text, "last_insi", ListOf(LastInsiWords(), rule.last_insi));
  WriteList(text, "statuses", ListOf(StatusWords(), rule.statuses));
  WriteList(text, "activities", ListOf(ActivityWords(), rule.activities));
  WriteList(text, "kinds", ListOf(KindWords(), rule.kinds));
  std::vector<std::string> channels = rule.entry_channels;
  for (std::string& channel : channels) {
    if (channel.empty()) channel = kUnknownChannel;
  }
  WriteList(text, "entry_channels", ListOf(std::move(channels)));
}

// The shortest text that reads as the same number, and as one with a fraction.
std::string NumberText(double number) {
  std::array<char, 32> text{};
  for (int digits = 1; digits <= 17; ++digits) {
    std::snprintf(text.data(), text.size(), "%.*g", digits, number);
    if (std::strtod(text.data(), nullptr) == number) break;
  }
  return text.data();
}

// Name and text of each compiled-in definition.
constexpr std::pair<std::string_view, std::string_view> kShipped[] = {
#include "matching/shipped_definitions.inc"
};

}  // namespace

absl::StatusOr<IndicatorDefinition> ParseIndicatorDefinition(const std::string& toml,
                                                             const std::string& source_name) {
  if (toml.size() > kTextBytesMax) {
    return absl::InvalidArgumentError(source_name + ":1: a definition is at most " +
                                      std::to_string(kTextBytesMax) + " bytes; shorten it");
  }
  if (absl::Status status = CheckTomlDepth(toml, source_name); !status.ok()) return status;
  try {
    const toml::table root = toml::parse(std::string_view(toml), std::string_view(source_name));
    return Read(root, source_name);
  } catch (const toml::parse_error& error) {
    return absl::InvalidArgumentError(
        source_name + ":" + std::to_string(error.source().begin.line) +
        ": not TOML: " + std::string(error.description()) + "; mend the line");
  }
}

std::string WriteIndicatorDefinition(const IndicatorDefinition& definition) {
  std::string text = "name = " + Quoted(definition.name) + "\n";
  text += "version = " + std::to_string(definition.version) + "\n";
  text += "description = " + Quoted(definition.description) + "\n";
  text += "source = " + Quoted(definition.source) + "\n";
  text += "population = " + Quoted(WordFor(PopulationWords(), definition.population)) + "\n";
  text += "numerator_statuses = " + ListOf(StatusWords(), definition.numerator_statuses) + "\n";
  text += "status_as_of = " + Quoted(WordFor(StatusAsOfWords(), definition.status_as_of)) + "\n";
  WriteWindow(text, definition.window);
  WriteList(text, "activities", ListOf(ActivityWords(), definition.activities));
  WriteList(text, "kinds", ListOf(KindWords(), definition.kinds));
  WriteList(text, "legal_entities", ListOf(definition.legal_entities));
  WriteList(text, "sites", ListOf(definition.sites));
  if (!definition.group_name.empty()) {
    text += "group_name = " + Quoted(definition.group_name) + "\n";
  }
  text += "\n[title]\nfrench = " + Quoted(definition.title_french) + "\n";
  text += "english = " + Quoted(definition.title_english) + "\n\n[exclude]\n";
  const bool excluded[] = {definition.exclude_cancelled, definition.exclude_unattached,
                           definition.exclude_fictitious, definition.exclude_doubtful};
  for (std::size_t i = 0; i < kExclusionReasons.size(); ++i) {
    text += std::string(kExclusionReasons[i]) + (excluded[i] ? " = true\n" : " = false\n");
  }
  for (const ExclusionRule& rule : definition.exclusion_rules) WriteRule(text, rule);
  if (definition.target.has_value()) {
    text += "\n[target]\nvalue = " + NumberText(*definition.target) + "\n";
    text += "source = " + Quoted(definition.target_source) + "\n";
  }
  return text;
}

std::vector<IndicatorDefinition> ShippedIndicatorDefinitions() {
  std::vector<IndicatorDefinition> definitions;
  for (const auto& [name, text] : kShipped) {
    // They are ours: a text that does not parse ends the program, and a test before that.
    definitions.push_back(
        ParseIndicatorDefinition(std::string(text), std::string(name) + ".toml").value());
  }
  return definitions;
}

std::optional<std::string_view> ShippedIndicatorDefinitionToml(std::string_view name) {
  for (const auto& [shipped_name, text] : kShipped) {
    if (shipped_name == name) return text;
  }
  return std::nullopt;
}

}  // namespace vigie::matching
