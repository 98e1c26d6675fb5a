// Any bytes as an indicator definition: an error with a place or a definition that makes sense,
// whose hash is its own, and that can be counted with.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "matching/indicator.h"

namespace {

using namespace vigie::matching;  // NOLINT(google-build-using-namespace): one short program

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto definition = ParseIndicatorDefinition(text, "fuzz.toml");
  if (!definition.ok()) {
    Require(definition.status().code() == absl::StatusCode::kInvalidArgument);
    Require(definition.status().message().substr(0, 10) == "fuzz.toml:");
    return 0;
  }
  Require(CheckIndicatorDefinition(*definition).ok());
  Require(definition->hash == IndicatorDefinitionHash(*definition));
  Visit visit;
  visit.identity_id = 1;
  IndicatorAccumulator accumulator(*definition);
  accumulator.Add({&visit, true, {}, TrustStatus::kQualified}, {});
  const IndicatorRow total = accumulator.Total();
  Require(total.numerator <= total.denominator && total.denominator <= 1);
  Require(total.exclusions.size() == kExclusionReasons.size());
  return 0;
}
