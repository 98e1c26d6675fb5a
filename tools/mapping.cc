#include "tools/mapping.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <utility>

#include "fmt/format.h"
#include "matching/date.h"
#include "matching/toml_depth.h"
#include "toml++/toml.h"
#include "tools/import_rows.h"
#include "tools/suggest.h"

namespace vigie::tools {
namespace {

constexpr std::size_t kMappingBytesMax = std::size_t{1024} * 1024;
constexpr std::size_t kSourcesMax = 16;  // columns joined into one

const std::vector<std::string> kAttributes = {"homonym", "doubtful", "fictitious"};

std::string Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

bool IsDateColumn(std::string_view column) {
  return column == "birth_date" || column == "insi_date" || column == "evidence_date";
}

bool IsInstantColumn(std::string_view column) {
  return column == "admitted_at" || column == "discharged_at";
}

// What is wrong with a layout; "" when nothing is.
std::string LayoutProblem(std::string_view layout, bool is_instant) {
  const std::string_view required = is_instant ? "YmdHM" : "Ymd";
  const std::string_view allowed = is_instant ? "YmdHMS" : "Ymd";
  std::string seen;
  for (std::size_t i = 0; i < layout.size(); ++i) {
    if (layout[i] != '%') continue;
    const char letter = i + 1 < layout.size() ? layout[++i] : '%';
    if (allowed.find(letter) == std::string_view::npos) {
      return fmt::format("a layout is made of %{} and plain text",
                         fmt::join(allowed.begin(), allowed.end(), " %"));
    }
    if (seen.find(letter) != std::string::npos) return fmt::format("has %{} twice", letter);
    seen.push_back(letter);
  }
  for (const char letter : required) {
    if (seen.find(letter) == std::string::npos) return fmt::format("has no %{}", letter);
  }
  return "";
}

// An instant in a layout, as ISO 8601 local time; nullopt when it does not fit.
std::optional<std::string> InstantAs(std::string_view text, std::string_view layout) {
  std::map<char, std::string> parts;
  std::size_t at = 0;
  for (std::size_t i = 0; i < layout.size(); ++i) {
    if (layout[i] != '%') {
      if (at >= text.size() || text[at] != layout[i]) return std::nullopt;
      ++at;
      continue;
    }
    const char letter = layout[++i];
    const std::size_t width = letter == 'Y' ? 4 : 2;
    std::string& digits = parts[letter];
    while (digits.size() < width && at < text.size() && text[at] >= '0' && text[at] <= '9') {
      digits.push_back(text[at++]);
    }
    if (digits.empty() || (letter == 'Y' && digits.size() != width)) return std::nullopt;
    if (digits.size() < width) digits.insert(0, 1, '0');
  }
  if (at != text.size()) return std::nullopt;
  const std::string seconds = parts.contains('S') ? parts['S'] : "00";
  return fmt::format("{}-{}-{}T{}:{}:{}", parts['Y'], parts['m'], parts['d'], parts['H'],
                     parts['M'], seconds);
}

std::string CompanionOf(std::string_view column) {
  if (column == "ins_oid" || column == "insi_date") return "ins_matricule";
  if (column == "evidence_type") return "evidence_date";
  if (column == "evidence_date") return "evidence_type";
  return "";
}

}  // namespace

struct Mapping::Reader {
  Mapping* mapping;

  absl::Status Error(const toml::node& node, const std::string& what) const {
    return ErrorAt(static_cast<std::int64_t>(node.source().begin.line), what);
  }
  absl::Status ErrorAt(std::int64_t line, const std::string& what) const {
    return absl::InvalidArgumentError(fmt::format("{}:{}: {}", mapping->source_name_, line, what));
  }

  absl::Status CheckKeys(const toml::table& table, const std::vector<std::string>& known,
                         const std::string& what) const {
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        return ErrorAt(static_cast<std::int64_t>(key.source().begin.line),
                       fmt::format("unknown {} \"{}\"{}", what, name, DidYouMean(name, known)));
      }
    }
    return absl::OkStatus();
  }

  absl::Status ReadText(const toml::node& node, const std::string& key, std::string* text) const {
    const auto* value = node.as_string();
    if (value == nullptr) return Error(node, fmt::format("{} must be a text in quotes", key));
    *text = value->get();
    return absl::OkStatus();
  }

  absl::Status ReadTexts(const toml::node& node, const std::string& key,
                         std::vector<std::string>* texts) const {
    const auto* array = node.as_array();
    if (array == nullptr) return Error(node, fmt::format("{} must be a list of texts", key));
    for (const toml::node& element : *array) {
      std::string text;
      if (absl::Status status = ReadText(element, key, &text); !status.ok()) return status;
      texts->push_back(std::move(text));
    }
    return absl::OkStatus();
  }

  absl::Status ReadHead(const toml::table& root) const {
    if (absl::Status status = CheckKeys(root, {"kind", "missing", "columns", "flags"}, "key");
        !status.ok()) {
      return status;
    }
    if (const toml::node* node = root.get("kind")) {
      std::string kind;
      if (absl::Status status = ReadText(*node, "kind", &kind); !status.ok()) return status;
      if (kind != "identities" && kind != "visits") {
        return Error(*node, "kind must be \"identities\" or \"visits\"");
      }
      mapping->kind_ = kind == "visits" ? ImportKind::kVisits : ImportKind::kIdentities;
    }
    mapping->contract_ = ColumnsOf(mapping->kind_);
    if (const toml::node* node = root.get("missing")) {
      return ReadTexts(*node, "missing", &mapping->missing_);
    }
    return absl::OkStatus();
  }

  absl::Status ReadValues(const toml::node& node, Column* column) const {
    const auto* table = node.as_table();
    if (table == nullptr) {
      return Error(node, "values must be a table: { \"theirs\" = \"ours\" }");
    }
    for (const auto& [key, value] : *table) {
      std::string ours;
      if (absl::Status status = ReadText(value, "a value", &ours); !status.ok()) return status;
      column->values[Trim(key.str())] = ours;
    }
    return absl::OkStatus();
  }

  absl::Status ReadLayout(const toml::node& node, const std::string& name, Column* column) const {
    if (!IsDateColumn(name) && !IsInstantColumn(name)) {
      return Error(node, fmt::format("{} is no date and takes no layout", name));
    }
    if (absl::Status status = ReadText(node, "layout", &column->layout); !status.ok()) {
      return status;
    }
    column->is_instant = IsInstantColumn(name);
    const std::string problem = LayoutProblem(column->layout, column->is_instant);
    return problem.empty() ? absl::OkStatus() : Error(node, "layout: " + problem);
  }

  absl::Status ReadColumnTable(const toml::table& table, const std::string& name,
                               Column* column) const {
    if (absl::Status status = CheckKeys(
            table, {"column", "columns", "layout", "values", "otherwise", "constant"}, "key");
        !status.ok()) {
      return status;
    }
    absl::Status status;
    if (const toml::node* node = table.get("column")) {
      status.Update(ReadText(*node, "column", &column->sources.emplace_back()));
    }
    if (const toml::node* node = table.get("columns")) {
      status.Update(ReadTexts(*node, "columns", &column->sources));
    }
    if (const toml::node* node = table.get("layout")) {
      status.Update(ReadLayout(*node, name, column));
    }
    if (const toml::node* node = table.get("values")) status.Update(ReadValues(*node, column));
    if (const toml::node* node = table.get("otherwise")) {
      status.Update(ReadText(*node, "otherwise", &column->otherwise.emplace()));
    }
    if (const toml::node* node = table.get("constant")) {
      status.Update(ReadText(*node, "constant", &column->constant.emplace()));
    }
    if (!status.ok()) return status;
    if (column->constant.has_value() == !column->sources.empty()) {
      return Error(table, fmt::format("{} needs either a column or a constant", name));
    }
    if (column->otherwise && column->values.empty()) {
      return Error(table, fmt::format("{} has \"otherwise\" without \"values\"", name));
    }
    return absl::OkStatus();
  }

  absl::Status ReadColumn(const std::string& name, const toml::node& node) const {
    Column column;
    column.target = *mapping->Target(name);
    column.line = static_cast<std::int64_t>(node.source().begin.line);
    column.companion = CompanionOf(name);
    absl::Status status;
    if (const auto* table = node.as_table()) {
      status = ReadColumnTable(*table, name, &column);
    } else if (node.is_array()) {
      status = ReadTexts(node, name, &column.sources);
    } else {
      status = ReadText(node, name, &column.sources.emplace_back());
    }
    if (!status.ok()) return status;
    if (!column.constant && (column.sources.empty() || column.sources.size() > kSourcesMax)) {
      return Error(node, fmt::format("{} is made of 1 to {} columns", name, kSourcesMax));
    }
    mapping->columns_.push_back(std::move(column));
    return absl::OkStatus();
  }

  absl::Status ReadColumns(const toml::table& root) const {
    const toml::node* node = root.get("columns");
    if (node == nullptr || !node->is_table()) {
      return ErrorAt(1, "a table [columns] is required");
    }
    if (absl::Status status = CheckKeys(*node->as_table(), mapping->contract_, "column");
        !status.ok()) {
      return status;
    }
    for (const auto& [key, value] : *node->as_table()) {
      absl::Status status = ReadColumn(std::string(key.str()), value);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status ReadFlags(const toml::table& root) const {
    const toml::node* node = root.get("flags");
    if (node == nullptr) return absl::OkStatus();
    if (!node->is_table()) return Error(*node, "flags must be a table");
    if (mapping->kind_ != ImportKind::kIdentities) {
      return Error(*node, "flags are attributes of identities; visits have none");
    }
    if (absl::Status status = CheckKeys(*node->as_table(), kAttributes, "attribute");
        !status.ok()) {
      return status;
    }
    for (const auto& [key, value] : *node->as_table()) {
      const auto* table = value.as_table();
      if (table == nullptr || !table->contains("column") || !table->contains("values")) {
        return Error(value, "a flag is { column = \"…\", values = [\"…\"] }");
      }
      Flag flag;
      flag.attribute = std::string(key.str());
      flag.line = static_cast<std::int64_t>(value.source().begin.line);
      absl::Status status = CheckKeys(*table, {"column", "values"}, "key");
      status.Update(ReadText(*table->get("column"), "column", &flag.source));
      status.Update(ReadTexts(*table->get("values"), "values", &flag.values));
      if (!status.ok()) return status;
      mapping->flags_.push_back(std::move(flag));
    }
    return absl::OkStatus();
  }
};

absl::StatusOr<Mapping> Mapping::Parse(const std::string& toml, const std::string& source_name) {
  Mapping mapping;
  mapping.text_ = toml;
  mapping.source_name_ = source_name;
  if (toml.size() > kMappingBytesMax) {
    return absl::InvalidArgumentError(
        fmt::format("{}: longer than {} bytes", source_name, kMappingBytesMax));
  }
  if (absl::Status depth = matching::CheckTomlDepth(toml, source_name); !depth.ok()) return depth;
  toml::table root;
  try {
    root = toml::parse(toml, source_name);
  } catch (const toml::parse_error& error) {
    return absl::InvalidArgumentError(
        fmt::format("{}:{}: {}", source_name, error.source().begin.line, error.description()));
  }
  const Reader reader{&mapping};
  if (absl::Status status = reader.ReadHead(root); !status.ok()) return status;
  if (absl::Status status = reader.ReadColumns(root); !status.ok()) return status;
  if (absl::Status status = reader.ReadFlags(root); !status.ok()) return status;
  return mapping;
}

absl::StatusOr<Mapping> Mapping::ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("cannot open the mapping {}", path));
  std::ostringstream text;
  text << file.rdbuf();
  return Parse(text.str(), path);
}

std::optional<std::size_t> Mapping::Target(std::string_view column) const {
  const auto found = std::find(contract_.begin(), contract_.end(), column);
  if (found == contract_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - contract_.begin());
}

bool Mapping::Fills(std::string_view column) const {
  const std::optional<std::size_t> target = Target(column);
  return std::any_of(columns_.begin(), columns_.end(),
                     [&](const Column& c) { return target && c.target == *target; });
}

absl::Status Mapping::Bind(const std::vector<std::string>& header) {
  std::set<std::string> used;
  const auto find = [&](const std::string& source, std::int64_t line,
                        std::size_t* index) -> absl::Status {
    const auto found = std::find(header.begin(), header.end(), source);
    if (found == header.end()) {
      return absl::InvalidArgumentError(fmt::format("{}:{}: the file has no column \"{}\"{}",
                                                    source_name_, line, source,
                                                    DidYouMean(source, header)));
    }
    *index = static_cast<std::size_t>(found - header.begin());
    used.insert(source);
    return absl::OkStatus();
  };
  for (Column& column : columns_) {
    column.indexes.assign(column.sources.size(), 0);
    for (std::size_t i = 0; i < column.sources.size(); ++i) {
      absl::Status status = find(column.sources[i], column.line, &column.indexes[i]);
      if (!status.ok()) return status;
    }
  }
  for (Flag& flag : flags_) {
    absl::Status status = find(flag.source, flag.line, &flag.index);
    if (!status.ok()) return status;
  }
  ignored_columns_.clear();
  for (const std::string& column : header) {
    if (!used.contains(column)) ignored_columns_.push_back(column);
  }
  return absl::OkStatus();
}

std::string Mapping::Rewrite(const Column& column, const std::string& value,
                             std::vector<RowProblem>* problems) const {
  const auto refuse = [&](std::string reason) {
    problems->push_back({column.sources.front(), std::move(reason)});
    return std::string();
  };
  if (!column.values.empty()) {
    const auto found = column.values.find(value);
    if (found != column.values.end()) return found->second;
    if (column.otherwise) return *column.otherwise;
    return refuse("is none of the values the mapping knows");
  }
  if (column.layout.empty()) return value;
  if (column.is_instant) {
    std::optional<std::string> instant = InstantAs(value, column.layout);
    return instant ? *instant
                   : refuse(fmt::format("is not a date and time written {}", column.layout));
  }
  const std::optional<matching::Date> date = matching::ParseDateAs(value, column.layout);
  return date ? matching::FormatDate(*date)
              : refuse(fmt::format("is not a date written {}", column.layout));
}

void Mapping::Apply(const std::vector<std::string>& fields, std::vector<std::string>* values,
                    std::vector<RowProblem>* problems) const {
  values->assign(contract_.size(), "");
  const auto known = [&](const std::string& field) {
    std::string value = Trim(field);
    const bool missing = std::find(missing_.begin(), missing_.end(), value) != missing_.end();
    return missing ? std::string() : value;
  };
  for (const Column& column : columns_) {
    std::string joined;
    for (const std::size_t index : column.indexes) {
      const std::string value = known(fields[index]);
      if (!joined.empty() && !value.empty()) joined.push_back(' ');
      joined += value;
    }
    if (!joined.empty()) (*values)[column.target] = Rewrite(column, joined, problems);
  }
  for (const Column& column : columns_) {  // after all others: a companion may come later
    if (!column.constant) continue;
    const std::optional<std::size_t> companion = Target(column.companion);
    if (!companion || !(*values)[*companion].empty()) (*values)[column.target] = *column.constant;
  }
  const std::optional<std::size_t> attributes = Target("attributes");
  for (const Flag& flag : flags_) {
    const std::string value = known(fields[flag.index]);
    if (value.empty() ||
        std::find(flag.values.begin(), flag.values.end(), value) == flag.values.end()) {
      continue;
    }
    std::string& list = (*values)[*attributes];
    list += (list.empty() ? "" : "|") + flag.attribute;
  }
}

}  // namespace vigie::tools
