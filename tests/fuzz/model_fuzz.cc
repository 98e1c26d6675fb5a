// Any text as a model: read, or refused as an invalid argument with a place; a model that was read
// scores without a NaN.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "matching/model.h"
#include "matching/score.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace matching = vigie::matching;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<matching::Model> model = matching::ParseModel(text, "fuzz.toml");
  if (!model.ok()) {
    const std::string message(model.status().message());
    if (!absl::IsInvalidArgument(model.status()) || message.rfind("fuzz.toml:", 0) != 0) {
      std::abort();
    }
    return 0;
  }
  matching::Record record;
  record.birth_family_name = "DURANDEAU";
  record.given_names = {"HENRI"};
  record.sex = matching::Sex::kMale;
  record.phone = "612345678";
  matching::FinishRecord(record);
  for (matching::TermValue& term : record.terms) term.count = 7;
  const matching::Score score = matching::ScorePair(*model, record, record, 100);
  if (!std::isfinite(score.weight_bits) || !(score.probability >= 0 && score.probability <= 1)) {
    std::abort();
  }
  return 0;
}
