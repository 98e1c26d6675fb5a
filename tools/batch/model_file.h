// A model by name or from a file, with the `[columns]` that say how to read data with it.
//
// `[columns]`, `[flags]` and `missing` of a model are those of a mapping (tools/mapping.h): column
// of the contract = column of the file. They are no part of the model's version.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "matching/model.h"
#include "tools/mapping.h"

namespace vigie::tools {

struct ModelFile {
  matching::Model model;
  std::optional<Mapping> mapping;  // absent: the contract's own columns are read
  std::string root_keys;           // `missing = [...]` as TOML, or nothing
  std::string tables;              // `[columns]` and `[flags]` as TOML, or nothing
};

// `name_or_path`: "french-hospital", or a TOML file. NOT_FOUND, INVALID_ARGUMENT with the place.
absl::StatusOr<ModelFile> LoadModel(const std::string& name_or_path);
absl::StatusOr<ModelFile> ParseModelFile(const std::string& toml, const std::string& source_name);

}  // namespace vigie::tools
