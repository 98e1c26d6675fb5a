// How fast is a pair scored, and what is it made of: kernels beside their slow twins, a record, its
// keys, the score with the whole French model. Made-up people, 1,000, seed 5.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "matching/compare.h"
#include "matching/explain.h"
#include "matching/keys.h"
#include "matching/phonetic.h"
#include "matching/score.h"
#include "tests/reference/compare_reference.h"
#include "tests/support/people.h"

namespace vigie::matching {
namespace {

constexpr std::size_t kPeople = 1000;

struct Base {
  std::vector<Traits> traits;
  std::vector<Record> records;
  std::vector<std::string> names;
};

// Odd numbers are the even ones registered again.
const Base& TheBase() {
  static const Base base = [] {
    Base made;
    test::People people(5);
    while (made.traits.size() < kPeople) {
      made.traits.push_back(people.Person());
      made.traits.push_back(people.RegisteredAgain(made.traits.back()));
    }
    for (const Traits& traits : made.traits) {
      made.records.push_back(MakeRecord(traits, std::nullopt, {}, false));
      for (TermValue& term : made.records.back().terms) term.count = 20;
      made.names.push_back(made.records.back().birth_family_name);
    }
    return made;
  }();
  return base;
}

template <typename Kernel>
void OverNames(benchmark::State& state, Kernel kernel) {
  const std::vector<std::string>& names = TheBase().names;
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(kernel(names[i % kPeople], names[(i * 7 + 1) % kPeople]));
    ++i;
  }
  state.SetItemsProcessed(state.iterations());
}

void BM_Levenshtein(benchmark::State& state) {
  OverNames(state, [](const auto& l, const auto& r) { return Levenshtein(l, r); });
}
void BM_LevenshteinTwin(benchmark::State& state) {
  OverNames(state, [](const auto& l, const auto& r) { return reference::Levenshtein(l, r); });
}
void BM_OptimalStringAlignment(benchmark::State& state) {
  OverNames(state, [](const auto& l, const auto& r) { return OptimalStringAlignment(l, r); });
}
void BM_OptimalStringAlignmentTwin(benchmark::State& state) {
  OverNames(state,
            [](const auto& l, const auto& r) { return reference::OptimalStringAlignment(l, r); });
}
void BM_WithinOneEdit(benchmark::State& state) {
  OverNames(state, [](const auto& l, const auto& r) { return WithinOneEdit(l, r); });
}
void BM_JaroWinkler(benchmark::State& state) {
  OverNames(state, [](const auto& l, const auto& r) { return JaroWinkler(l, r); });
}
void BM_JaroWinklerTwin(benchmark::State& state) {
  OverNames(state, [](const auto& l, const auto& r) { return reference::JaroWinkler(l, r); });
}
void BM_CachedAlignment(benchmark::State& state) {
  const std::string query = "DURANDEAU";
  const CachedPattern pattern(query);
  OverNames(state, [&](const auto&, const auto& r) { return pattern.OptimalStringAlignment(r); });
}
void BM_PhoneticNumber(benchmark::State& state) {
  OverNames(state, [](const auto& l, const auto&) { return PhoneticNumber(l); });
}
BENCHMARK(BM_Levenshtein);
BENCHMARK(BM_LevenshteinTwin);
BENCHMARK(BM_OptimalStringAlignment);
BENCHMARK(BM_OptimalStringAlignmentTwin);
BENCHMARK(BM_CachedAlignment);
BENCHMARK(BM_WithinOneEdit);
BENCHMARK(BM_JaroWinkler);
BENCHMARK(BM_JaroWinklerTwin);
BENCHMARK(BM_PhoneticNumber);

void BM_MakeRecord(benchmark::State& state) {
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(MakeRecord(TheBase().traits[i++ % kPeople], std::nullopt, {}, false));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_MakeRecord);

void BM_CandidateKeys(benchmark::State& state) {
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(CandidateKeys(TheBase().records[i++ % kPeople]));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_CandidateKeys);

// One query against everyone, as a look-up does: mostly strangers.
void BM_ScoreStrangers(benchmark::State& state) {
  const Model& model = *FrenchHospitalModel();
  const std::vector<Record>& records = TheBase().records;
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        ScorePair(model, records[i % kPeople], records[(i * 7 + 1) % kPeople], 1000000));
    ++i;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ScoreStrangers);

// A person and the same person registered again, with errors.
void BM_ScoreDuplicates(benchmark::State& state) {
  const Model& model = *FrenchHospitalModel();
  const std::vector<Record>& records = TheBase().records;
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        ScorePair(model, records[i % kPeople], records[(i + 1) % kPeople], 1000000));
    i += 2;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ScoreDuplicates);

}  // namespace
}  // namespace vigie::matching
