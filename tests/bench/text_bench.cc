// How many names a second become match forms, and how far is that from ICU alone? The list is what
// a French hospital sees: mostly ASCII, one name in eight with accents, some compounds.
#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "matching/matricule.h"
#include "matching/names.h"
#include "matching/place.h"
#include "tests/reference/slow_names.h"

namespace vigie::matching {
namespace {

constexpr std::array<std::string_view, 24> kMixedNames = {
    "MARTIN",     "Dupont",     "LEFÈVRE",      "Jean-Pierre",  "FRANÇOIS", "MOREAU",
    "De La Tour", "GARCIA",     "Hélène",       "NGUYEN",       "O'Brien",  "BERNARD",
    "Petit",      "D’Artagnan", "ROUX",         "Marie Louise", "LECŒUR",   "BENALI",
    "Fournier",   "GIRARD",     "VAN DER BERG", "Łukasz",       "ANDRE",    "Mercier"};
constexpr std::array<std::string_view, 4> kForeignNames = {"Иванов", "Παπαδόπουλος", "محمد",
                                                           "Ольга"};

template <typename Function, std::size_t kCount>
void RunOverNames(benchmark::State& state, const std::array<std::string_view, kCount>& names,
                  const Function& function) {
  for (auto _ : state) {
    for (const std::string_view name : names) benchmark::DoNotOptimize(function(name));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kCount));
}

void MatchFormOfMixedNames(benchmark::State& state) {
  RunOverNames(state, kMixedNames, [](auto name) { return MatchForm(name, NameKind::kFamily); });
}
BENCHMARK(MatchFormOfMixedNames);

void SlowMatchFormOfMixedNames(benchmark::State& state) {
  RunOverNames(state, kMixedNames,
               [](auto name) { return reference::SlowMatchForm(name, NameKind::kFamily); });
}
BENCHMARK(SlowMatchFormOfMixedNames);

void MatchFormOfForeignNames(benchmark::State& state) {
  RunOverNames(state, kForeignNames, [](auto name) { return MatchForm(name, NameKind::kFamily); });
}
BENCHMARK(MatchFormOfForeignNames);

void MatchFamilyNameOfMixedNames(benchmark::State& state) {
  RunOverNames(state, kMixedNames, [](auto name) { return MatchFamilyName(name); });
}
BENCHMARK(MatchFamilyNameOfMixedNames);

void MatchGivenNamesOfMixedNames(benchmark::State& state) {
  RunOverNames(state, kMixedNames, [](auto name) { return MatchGivenNames(name); });
}
BENCHMARK(MatchGivenNamesOfMixedNames);

void ToRnivNameOfMixedNames(benchmark::State& state) {
  RunOverNames(state, kMixedNames, [](auto name) { return ToRnivName(name, NameKind::kFamily); });
}
BENCHMARK(ToRnivNameOfMixedNames);

void ParseMatriculeOfAPublishedIdentity(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ParseMatricule("297022A02077878"));
}
BENCHMARK(ParseMatriculeOfAPublishedIdentity);

void FindPlaceAmong39509(benchmark::State& state) {
  constexpr std::array<std::string_view, 4> kCodes = {"01001", "2B020", "75110", "99352"};
  RunOverNames(state, kCodes, [](auto code) { return FindPlace(code); });
}
BENCHMARK(FindPlaceAmong39509);

}  // namespace
}  // namespace vigie::matching
