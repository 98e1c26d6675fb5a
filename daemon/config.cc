#include "daemon/config.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <numeric>
#include <optional>
#include <utility>
#include <variant>

#include "daemon/registry/review.h"
#include "matching/toml_depth.h"

namespace vigie::daemon {
namespace {

// Where a setting lives in Config. Booleans of TrustRules are reached through a function.
using StringField = std::string Config::*;
using NumberField = std::int64_t Config::*;
using ShareField = double Config::*;  // 0..1
using BoolField = std::function<bool&(Config&)>;
using ListField = std::vector<std::string> Config::*;

struct Setting {
  std::string section;
  std::string key;
  std::variant<StringField, NumberField, BoolField, ListField, ShareField> field;
  std::int64_t min = 0, max = 0;  // numbers only
  std::string description;
  bool reloadable = false;

  std::string Name() const { return section + "." + key; }
};

BoolField Member(bool Config::*member) {
  return [member](Config& config) -> bool& { return config.*member; };
}
BoolField Rule(bool matching::TrustRules::*member) {
  return [member](Config& config) -> bool& { return config.trust_rules.*member; };
}

// The one table. A new setting is a line here, a member of Config and a line in systemd/vigie.toml.
const std::vector<Setting>& Settings() {
  static const std::vector<Setting> settings = {
      {"data", "directory", &Config::data_directory, 0, 0,
       "Folder of everything Vigie remembers; only the daemon's user may read it."},
      {"data", "anchor_directory", &Config::anchor_directory, 0, 0,
       "Folder of the anchor file that proves no acknowledged write is missing; best on another "
       "disk. Empty: the folder anchor in data.directory."},
      {"data", "free_low_mebibytes", &Config::free_low_mebibytes, 16, 1 << 20,
       "Below this much free space writes are refused, searches go on."},
      {"data", "free_high_mebibytes", &Config::free_high_mebibytes, 16, 1 << 20,
       "Below this much free space a warning is logged and shown by vigie status."},
      {"data", "ballast_mebibytes", &Config::ballast_mebibytes, 0, 1 << 16,
       "Size of a file that may be deleted to get going again on a full disk; 0: none."},
      {"data", "block_cache_mebibytes", &Config::block_cache_mebibytes, 8, 1 << 20,
       "Memory for blocks of the store."},
      {"data", "index_cache_mebibytes", &Config::index_cache_mebibytes, 0, 1 << 20,
       "Memory for candidate lists and counters read lately."},
      {"grpc", "listen", &Config::grpc_listen, 0, 0,
       "Address of the gRPC services. Only loopback addresses and unix:PATH are accepted."},
      {"grpc", "reflection", Member(&Config::grpc_reflection), 0, 0,
       "Whether clients may ask which services exist."},
      {"grpc", "worker_threads", &Config::grpc_worker_threads, 1, 512,
       "Threads that wait for writes to reach the disk: the most writes in flight."},
      {"grpc", "drain_seconds", &Config::grpc_drain_seconds, 0, 300,
       "How long calls in flight may finish when the daemon is asked to stop."},
      {"http", "listen", &Config::http_listen, 0, 0,
       "Address of /livez, /readyz, /metrics and of the services as JSON. Only loopback; empty: no "
       "HTTP."},
      {"console", "accounts", &Config::accounts_file, 0, 0,
       "Accounts of the people and programs that call over HTTP, as `vigie account` writes them. "
       "Empty: no accounts, and no console."},
      {"console", "session_idle_minutes", &Config::session_idle_minutes, 1, 240,
       "A session ends after this time in which the person did nothing."},
      {"console", "session_hours", &Config::session_hours, 1, 24,
       "A session ends after this time in any case."},
      {"identity", "production", Member(&Config::production), 0, 0,
       "Whether test and demonstration matricules are refused."},
      {"identity", "time_zone", &Config::time_zone, 0, 0,
       "Time zone of the establishment: whose days and months are counted."},
      {"matching", "model_file", &Config::model_file, 0, 0,
       "TOML file of the matching model. Empty: the french-hospital model of this release."},
      {"matching", "identities_per_key_max", &Config::identities_per_key_max, 10, 100000,
       "Candidate keys shared by more identities than this are skipped and reported."},
      {"matching", "candidates_max", &Config::candidates_max, 10, 100000,
       "Most candidates compared for one identity; a reply that was cut says so."},
      {"matching", "record_cache_mebibytes", &Config::record_cache_mebibytes, 0, 1 << 20,
       "Memory for identities compared lately, about 300 bytes each; it never changes an answer."},
      {"indicators", "definition_files", &Config::definition_files, 0, 0,
       "TOML files of indicator definitions, beside the shipped ones."},
      {"indicators", "default_definition", &Config::default_definition, 0, 0,
       "Definition used when a report names none."},
      {"trust", "mismatch_keeps_document", Rule(&matching::TrustRules::mismatch_keeps_document), 0,
       0,
       "Whether a qualified identity whose INS fails verification stays validated by its "
       "document."},
      {"trust", "mismatch_marks_doubtful", Rule(&matching::TrustRules::mismatch_marks_doubtful), 0,
       0, "Whether such an identity is also marked doubtful."},
      {"trust", "contradiction_drops_ins", Rule(&matching::TrustRules::contradiction_drops_ins), 0,
       0, "Whether a document that contradicts the traits also takes the recovered INS away."},
      {"trust", "contradiction_clears_document",
       Rule(&matching::TrustRules::contradiction_clears_document), 0, 0,
       "Whether a document that contradicts the traits also clears an earlier document check."},
      {"trust", "strict_change_clears_document",
       Rule(&matching::TrustRules::strict_change_clears_document), 0, 0,
       "Whether a change of a strict trait also clears the document check."},
      {"trust", "minor_age_years", &Config::minor_age_years, 1, 30,
       "Below this age a person is a minor, whose civil record counts with a parent's document."},
      {"trust", "reverification_years", &Config::reverification_years, 1, 50,
       "An INS that INSi has not confirmed for so long stands in the worklist of "
       "re-verifications; its status stays."},
      {"review", "detectors_off", &Config::detectors_off, 0, 0,
       "Detectors that open no case: duplicate, link, collision, ins_conflict, "
       "contradictory_matricule, homonym, frequent_value. Cases there are stay."},
      {"review", "claim_minutes", &Config::claim_minutes, 1, 1440,
       "How long a claimed case is kept from others, unless it is claimed again."},
      {"review", "second_person_for_merge", Member(&Config::second_person_for_merge), 0, 0,
       "Whether a merge waits until a second person agrees."},
      {"review", "second_person_for_unmerge", Member(&Config::second_person_for_unmerge), 0, 0,
       "Whether the undoing of a merge waits until a second person agrees."},
      {"review", "merges", &Config::merges, 0, 0,
       "here: a decision merges in this base. proposed: the hospital's own registry merges, and "
       "decisions are handed to it as proposals."},
      {"review", "proposal_receipt_seconds", &Config::proposal_receipt_seconds, 1, 3600,
       "After so long without a receipt a proposal is handed out again."},
      {"review", "proposal_answer_minutes", &Config::proposal_answer_minutes, 1, 10080,
       "After so long without an answer a proposal that was received is handed out again."},
      {"review", "blind_share", &Config::blind_share, 0, 0,
       "Share of duplicates and links that two people label blind, to measure the detectors."},
      {"review", "sample_below_share", &Config::sample_below_share, 0, 0,
       "Share of identities whose pairs below the review threshold are drawn to be labelled too, "
       "to "
       "measure what the queue never shows."},
      {"log", "level", &Config::log_level, 0, 0, "trace, debug, info, warn or error.", true},
  };
  return settings;
}

const std::vector<std::string>& LogLevels() {
  static const std::vector<std::string> levels = {"trace", "debug", "info", "warn", "error"};
  return levels;
}

std::size_t EditDistance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t substituted = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

std::string Quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string ValueText(const Setting& setting, const Config& config) {
  struct Print {
    const Config& config;
    std::string operator()(StringField field) const { return Quote(config.*field); }
    std::string operator()(NumberField field) const { return fmt::format("{}", config.*field); }
    std::string operator()(ShareField field) const { return fmt::format("{}", config.*field); }
    std::string operator()(const BoolField& field) const {
      Config copy = config;
      return field(copy) ? "true" : "false";
    }
    std::string operator()(ListField field) const {
      std::string text = "[";
      for (const std::string& item : config.*field) {
        text += (text.size() > 1 ? ", " : "") + Quote(item);
      }
      return text + "]";
    }
  };
  return std::visit(Print{config}, setting.field);
}

std::string BoundsText(const Setting& setting) {
  switch (setting.field.index()) {
    case 0:
      return "text";
    case 1:
      return fmt::format("{}..{}", setting.min, setting.max);
    case 2:
      return "true or false";
    case 3:
      return "a list of texts";
    default:
      return "0..1";
  }
}

absl::Status SetNumber(const Setting& setting, std::int64_t value, Config& config) {
  if (value < setting.min || value > setting.max) {
    return absl::InvalidArgumentError(fmt::format("{} is {}; it must be {}..{}", setting.Name(),
                                                  value, setting.min, setting.max));
  }
  config.*std::get<NumberField>(setting.field) = value;
  return absl::OkStatus();
}

absl::Status SetShare(const Setting& setting, double value, Config& config) {
  if (!(value >= 0 && value <= 1)) {
    return absl::InvalidArgumentError(
        fmt::format("{} is {}; it must be 0..1", setting.Name(), value));
  }
  config.*std::get<ShareField>(setting.field) = value;
  return absl::OkStatus();
}

absl::Status WrongType(const Setting& setting) {
  return absl::InvalidArgumentError(
      fmt::format("{} must be {}", setting.Name(), BoundsText(setting)));
}

absl::Status SetFromToml(const Setting& setting, const toml::node& node, Config& config) {
  if (const auto* text = std::get_if<StringField>(&setting.field)) {
    const std::optional<std::string> value = node.value_exact<std::string>();
    if (!value) return WrongType(setting);
    config.** text = *value;
  } else if (std::holds_alternative<NumberField>(setting.field)) {
    const std::optional<std::int64_t> value = node.value_exact<std::int64_t>();
    if (!value) return WrongType(setting);
    return SetNumber(setting, *value, config);
  } else if (std::holds_alternative<ShareField>(setting.field)) {
    const std::optional<double> value = node.is_number() ? node.value<double>() : std::nullopt;
    if (!value) return WrongType(setting);
    return SetShare(setting, *value, config);
  } else if (const auto* flag = std::get_if<BoolField>(&setting.field)) {
    const std::optional<bool> value = node.value_exact<bool>();
    if (!value) return WrongType(setting);
    (*flag)(config) = *value;
  } else {
    const toml::array* items = node.as_array();
    if (items == nullptr) return WrongType(setting);
    std::vector<std::string> list;
    for (const toml::node& item : *items) {
      const std::optional<std::string> value = item.value_exact<std::string>();
      if (!value) return WrongType(setting);
      list.push_back(*value);
    }
    config.*std::get<ListField>(setting.field) = std::move(list);
  }
  return absl::OkStatus();
}

absl::Status SetFromText(const Setting& setting, const std::string& text, Config& config) {
  if (const auto* field = std::get_if<StringField>(&setting.field)) {
    config.** field = text;
    return absl::OkStatus();
  }
  if (std::holds_alternative<NumberField>(setting.field)) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return WrongType(setting);
    return SetNumber(setting, value, config);
  }
  if (std::holds_alternative<ShareField>(setting.field)) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return WrongType(setting);
    return SetShare(setting, value, config);
  }
  if (const auto* flag = std::get_if<BoolField>(&setting.field)) {
    if (text != "true" && text != "false") return WrongType(setting);
    (*flag)(config) = text == "true";
    return absl::OkStatus();
  }
  std::vector<std::string> list;  // Separated by colons, like PATH.
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(':', begin), text.size());
    if (end > begin) list.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  config.*std::get<ListField>(setting.field) = std::move(list);
  return absl::OkStatus();
}

absl::Status At(const std::string& file, const toml::source_region& where,
                const std::string& what) {
  return absl::InvalidArgumentError(
      fmt::format("{}:{}:{}: {}", file, where.begin.line, where.begin.column, what));
}

std::string Unknown(const std::string& kind, const std::string& name,
                    const std::vector<std::string>& known) {
  const std::string nearest = NearestName(name, known);
  return fmt::format("unknown {} \"{}\"{}", kind, name,
                     nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest));
}

constexpr std::string_view kDevicesSection = "evidence_devices";

std::vector<std::string> SectionNames() {
  std::vector<std::string> names{std::string(kDevicesSection)};
  for (const Setting& setting : Settings()) {
    if (std::find(names.begin(), names.end(), setting.section) == names.end()) {
      names.push_back(setting.section);
    }
  }
  return names;
}

absl::Status ReadSection(const std::string& file, const std::string& section,
                         const toml::table& table, Config& config) {
  std::vector<std::string> known;
  for (const Setting& setting : Settings()) {
    if (setting.section == section) known.push_back(setting.key);
  }
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const auto setting = std::find_if(Settings().begin(), Settings().end(), [&](const Setting& s) {
      return s.section == section && s.key == name;
    });
    if (setting == Settings().end()) {
      return At(file, key.source(), Unknown("key in [" + section + "]", name, known));
    }
    const absl::Status status = SetFromToml(*setting, node, config);
    if (!status.ok()) return At(file, node.source(), std::string(status.message()));
  }
  return absl::OkStatus();
}

// False when the key is there and is no boolean.
bool ReadFlag(const toml::table& table, const char* key, bool& flag) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return true;
  const std::optional<bool> value = node->value_exact<bool>();
  if (value) flag = *value;
  return value.has_value();
}

absl::Status ReadDevices(const std::string& file, const toml::node& node, Config& config) {
  const toml::array* devices = node.as_array();
  if (devices == nullptr) return At(file, node.source(), "write [[evidence_devices]] tables");
  for (const toml::node& item : *devices) {
    const toml::table* table = item.as_table();
    if (table == nullptr) return At(file, item.source(), "write [[evidence_devices]] tables");
    for (const auto& [key, value] : *table) {
      const std::string name(key.str());
      const std::vector<std::string> known = {
          "type", "french", "english", "high_assurance", "minors_only", "with_parent_document"};
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        return At(file, key.source(), Unknown("key in [[evidence_devices]]", name, known));
      }
    }
    const auto text = [&](const char* key) { return (*table)[key].value_exact<std::string>(); };
    const auto high = (*table)["high_assurance"].value_exact<bool>();
    if (!text("type") || text("type")->empty() || !text("french") || !text("english") || !high) {
      return At(file, item.source(),
                "a device needs type, french, english (texts) and high_assurance (true or false)");
    }
    matching::EvidenceDevice device = {*text("type"), *text("french"), *text("english"), *high};
    if (!ReadFlag(*table, "minors_only", device.minors_only) ||
        !ReadFlag(*table, "with_parent_document", device.with_parent_document)) {
      return At(file, item.source(), "minors_only and with_parent_document are true or false");
    }
    if (device.high_assurance ? device.with_parent_document : device.minors_only) {
      return At(file, item.source(),
                "minors_only goes with high_assurance = true, with_parent_document with false");
    }
    config.evidence_devices.push_back(std::move(device));
  }
  return absl::OkStatus();
}

}  // namespace

std::string NearestName(std::string_view word, const std::vector<std::string>& known) {
  std::string nearest;
  std::size_t best = 4;
  for (const std::string& name : known) {
    const std::size_t distance = EditDistance(word, name);
    if (distance < best) {
      best = distance;
      nearest = name;
    }
  }
  return nearest;
}

std::vector<SettingDescription> DescribeSettings() {
  const Config defaults;
  std::vector<SettingDescription> descriptions;
  for (const Setting& setting : Settings()) {
    descriptions.push_back({setting.Name(), ValueText(setting, defaults), BoundsText(setting),
                            setting.description, setting.reloadable});
  }
  return descriptions;
}

absl::StatusOr<Config> ParseConfig(const std::string& toml, const std::string& file_name) {
  const absl::Status depth = matching::CheckTomlDepth(toml, file_name);
  if (!depth.ok()) return depth;
  toml::table root;
  try {
    root = toml::parse(toml, file_name);
  } catch (const toml::parse_error& error) {
    return At(file_name, error.source(), std::string(error.description()));
  }
  Config config;
  for (const auto& [key, node] : root) {
    const std::string section(key.str());
    if (section == kDevicesSection) {
      const absl::Status status = ReadDevices(file_name, node, config);
      if (!status.ok()) return status;
      continue;
    }
    const std::vector<std::string> known = SectionNames();
    if (std::find(known.begin(), known.end(), section) == known.end()) {
      return At(file_name, key.source(), Unknown("section", section, known));
    }
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      return At(file_name, node.source(),
                fmt::format("{} must be a section: [{}]", section, section));
    }
    const absl::Status status = ReadSection(file_name, section, *table, config);
    if (!status.ok()) return status;
  }
  return config;
}

absl::Status ApplyEnvironment(const std::function<const char*(const char*)>& lookup,
                              Config& config) {
  for (const Setting& setting : Settings()) {
    std::string name = "VIGIE_" + setting.section + "_" + setting.key;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    const char* value = lookup(name.c_str());
    if (value == nullptr) continue;
    const absl::Status status = SetFromText(setting, value, config);
    if (!status.ok()) {
      return absl::InvalidArgumentError(fmt::format("{}: {}", name, std::string(status.message())));
    }
  }
  return absl::OkStatus();
}

bool IsLoopbackAddress(std::string_view address) {
  if (address.substr(0, 5) == "unix:") return address.size() > 5;
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view host = address.substr(0, colon);
  const std::string_view port = address.substr(colon + 1);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number > 65535) return false;
  if (host == "localhost" || host == "[::1]") return true;
  // 127.0.0.0/8 in full dotted form.
  unsigned parts[4] = {0, 0, 0, 0};
  const char* cursor = host.data();
  const char* const stop = host.data() + host.size();
  for (int i = 0; i < 4; ++i) {
    const auto [next, problem] = std::from_chars(cursor, stop, parts[i]);
    if (problem != std::errc() || parts[i] > 255) return false;
    cursor = next;
    if (i < 3) {
      if (cursor == stop || *cursor != '.') return false;
      ++cursor;
    }
  }
  return cursor == stop && parts[0] == 127;
}

absl::Status ValidateConfig(const Config& config) {
  if (config.data_directory.empty()) {
    return absl::InvalidArgumentError("data.directory is empty; name a folder");
  }
  if (!IsLoopbackAddress(config.grpc_listen)) {
    return absl::InvalidArgumentError(fmt::format(
        "grpc.listen is \"{}\"; until callers can be authenticated only loopback addresses "
        "(127.0.0.1:7460, [::1]:7460) and unix:PATH are accepted",
        config.grpc_listen));
  }
  if (!config.http_listen.empty() &&
      (!IsLoopbackAddress(config.http_listen) || config.http_listen.substr(0, 5) == "unix:")) {
    return absl::InvalidArgumentError(
        fmt::format("http.listen is \"{}\"; only loopback addresses (127.0.0.1:7461) are accepted",
                    config.http_listen));
  }
  if (config.free_low_mebibytes > config.free_high_mebibytes) {
    return absl::InvalidArgumentError(
        "data.free_low_mebibytes is greater than data.free_high_mebibytes");
  }
  if (config.merges != "here" && config.merges != "proposed") {
    return absl::InvalidArgumentError(
        fmt::format("review.merges is \"{}\"; write here or proposed", config.merges));
  }
  for (const std::string& name : config.detectors_off) {
    if (!IsDetector(name)) {
      return absl::InvalidArgumentError(fmt::format("review.detectors_off has \"{}\"; write {}",
                                                    name, fmt::join(kDetectors, ", ")));
    }
  }
  if (std::find(LogLevels().begin(), LogLevels().end(), config.log_level) == LogLevels().end()) {
    return absl::InvalidArgumentError(fmt::format(
        "log.level is \"{}\"; write trace, debug, info, warn or error", config.log_level));
  }
  for (std::size_t i = 0; i < config.evidence_devices.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (config.evidence_devices[i].type == config.evidence_devices[j].type) {
        return absl::InvalidArgumentError(
            fmt::format("evidence device \"{}\" stands twice", config.evidence_devices[i].type));
      }
    }
  }
  return absl::OkStatus();
}

std::string PrintConfig(const Config& config) {
  std::string text;
  std::string section;
  for (const Setting& setting : Settings()) {
    if (setting.section != section) {
      section = setting.section;
      text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", section);
    }
    text += fmt::format("{} = {}\n", setting.key, ValueText(setting, config));
  }
  for (const matching::EvidenceDevice& device : config.evidence_devices) {
    text += fmt::format(
        "\n[[evidence_devices]]\ntype = {}\nfrench = {}\nenglish = {}\nhigh_assurance = {}\n",
        Quote(device.type), Quote(device.french), Quote(device.english), device.high_assurance);
    if (device.minors_only) text += "minors_only = true\n";
    if (device.with_parent_document) text += "with_parent_document = true\n";
  }
  return text;
}

std::vector<std::string> ChangedSettings(const Config& before, const Config& after) {
  std::vector<std::string> changed;
  for (const Setting& setting : Settings()) {
    if (ValueText(setting, before) != ValueText(setting, after)) changed.push_back(setting.Name());
  }
  if (before.evidence_devices != after.evidence_devices) {
    changed.emplace_back(kDevicesSection);
  }
  return changed;
}

}  // namespace vigie::daemon
