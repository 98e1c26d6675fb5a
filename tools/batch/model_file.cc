#include "tools/batch/model_file.h"

#include <toml++/toml.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "fmt/format.h"

namespace vigie::tools {
namespace {

constexpr const char* kFrenchHospital = "french-hospital";

std::string TomlOf(const toml::table& table) {
  std::ostringstream text;
  text << table;
  return text.str() + "\n";
}

// What belongs to the mapping, as TOML of its own. `toml` has been read by ParseModel, so it is
// well formed and its depth is bounded.
void SplitMapping(const std::string& toml, ModelFile* file) {
  const toml::table root = toml::parse(toml);
  toml::table keys;
  toml::table tables;
  if (const toml::node* missing = root.get("missing")) keys.insert("missing", *missing);
  for (const char* name : {"columns", "flags"}) {
    if (const toml::node* table = root.get(name)) tables.insert(name, *table);
  }
  if (!keys.empty()) file->root_keys = TomlOf(keys);
  if (!tables.empty()) file->tables = TomlOf(tables);
}

}  // namespace

absl::StatusOr<ModelFile> ParseModelFile(const std::string& toml, const std::string& source_name) {
  absl::StatusOr<matching::Model> model = matching::ParseModel(toml, source_name);
  if (!model.ok()) return model.status();
  ModelFile file;
  file.model = *std::move(model);
  SplitMapping(toml, &file);
  if (file.tables.empty() && file.root_keys.empty()) return file;
  absl::StatusOr<Mapping> mapping = Mapping::Parse(
      "kind = \"identities\"\n" + file.root_keys + file.tables, source_name + " [columns]");
  if (!mapping.ok()) return mapping.status();
  file.mapping = *std::move(mapping);
  return file;
}

absl::StatusOr<ModelFile> LoadModel(const std::string& name_or_path) {
  if (name_or_path == kFrenchHospital) {
    ModelFile file;
    file.model = *matching::FrenchHospitalModel();
    return file;
  }
  std::ifstream stream(name_or_path, std::ios::binary);
  if (!stream) {
    return absl::NotFoundError(fmt::format(
        "{} is neither a file that can be opened nor the name of a model; the one compiled in is "
        "{}",
        name_or_path, kFrenchHospital));
  }
  std::string text(matching::kModelBytesMax + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return ParseModelFile(text, name_or_path);
}

}  // namespace vigie::tools
