// A model as TOML text that ParseModel reads back to the same model and version: one line a level,
// in columns, so that a person reads it and a diff shows what moved.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "matching/model.h"

namespace vigie::matching {

// Digits a written probability keeps. Numbers are rounded to them before they become a model, so
// that the text says all there is.
inline constexpr int kWrittenDigits = 6;

struct ModelText {
  std::string toml;
  Model model;  // as ParseModel reads `toml`, version included
};

// `header` stands on top as comment lines (where the model comes from); `tables` is TOML kept at
// the end as it is (the `[columns]` of the model it was made from), `root_keys` TOML kept before
// the first table (its `missing`). INTERNAL when the text cannot be read back, which is an error of
// the model: a probability outside (0, 1), say.
absl::StatusOr<ModelText> WriteModel(const Model& model, const std::vector<std::string>& header,
                                     std::string_view tables, std::string_view root_keys = {});

}  // namespace vigie::matching
