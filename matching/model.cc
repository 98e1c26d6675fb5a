#include "matching/model.h"

#include <array>
#include <cstdlib>
#include <utility>

namespace vigie::matching {
namespace {

constexpr std::string_view kFrenchHospitalToml =
#include "matching/french_hospital_model.inc"
    ;

constexpr std::array<std::string_view, kHypothesisCount> kHypothesisNames = {
    "same", "born_together", "household", "stranger"};

}  // namespace

std::string_view HypothesisName(Hypothesis hypothesis) {
  return kHypothesisNames[static_cast<std::size_t>(hypothesis)];
}

std::shared_ptr<const Model> FrenchHospitalModel() {
  static const std::shared_ptr<const Model> model = [] {
    absl::StatusOr<Model> parsed =
        ParseModel(std::string(kFrenchHospitalToml), "french-hospital.toml");
    if (!parsed.ok()) std::abort();  // Our own text: a test reads it in every build.
    return std::make_shared<const Model>(*std::move(parsed));
  }();
  return model;
}

std::string_view FrenchHospitalModelToml() { return kFrenchHospitalToml; }

}  // namespace vigie::matching
