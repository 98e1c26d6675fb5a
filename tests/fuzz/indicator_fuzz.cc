// Any bytes as an indicator definition: an error with a place or a definition that makes sense,
// whose hash is its own, and that can be counted with.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "matching/date.h"
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
  const std::string written = WriteIndicatorDefinition(*definition);
  const auto again = ParseIndicatorDefinition(written, "fuzz.toml");
  Require(again.ok() && again->hash == definition->hash);
  Require(WriteIndicatorDefinition(*again) == written);
  const auto days = ResolveWindow(*definition, {2024, 2, 29});
  Require(!days.has_value() || (IsValid(days->from) && !(days->to < days->from)));
  Visit visit;
  visit.identity_id = 1;
  IndicatorIdentity identity;
  identity.id = 1;
  const IndicatorQuery query = {Instant(), Instant(std::chrono::seconds(1)), Instant()};
  IndicatorAccumulator accumulator(*definition, query);
  if (definition->population == IndicatorPopulation::kIdentityStock) {
    accumulator.AddIdentity(identity, 0);
  } else {
    accumulator.Add({&visit, &identity, 0}, 0);
  }
  const IndicatorRow total = accumulator.Total();
  Require(total.numerator <= total.denominator && total.denominator <= 1);
  Require(total.exclusions.size() == kExclusionReasons.size() + definition->exclusion_rules.size());
  return 0;
}
