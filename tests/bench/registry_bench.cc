// How many registrations a second does the commit path take, duplicates ranked and cases opened, in
// a base that grows to 20,000 identities? In memory: the disk is measured elsewhere.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "daemon/registry/registry.h"
#include "matching/model.h"
#include "storage/store.h"
#include "tests/support/people.h"

namespace vigie {
namespace {

std::vector<daemon::RegisterRequest> MakeRequests(std::size_t count) {
  test::People people(1);
  std::vector<daemon::RegisterRequest> requests(count);
  for (std::size_t i = 0; i < count; ++i) {
    daemon::RegisterRequest& request = requests[i];
    request.context.request_id = "r" + std::to_string(i);
    request.domain = "CHU";
    request.local_id = std::to_string(i);
    request.traits.birth_family_name = people.FamilyName();
    request.traits.first_birth_given_name =
        test::GivenNames()[people.Below(test::GivenNames().size())];
    request.traits.sex = people.Chance(50) ? matching::Sex::kFemale : matching::Sex::kMale;
    request.traits.birth_date = {static_cast<std::int16_t>(1930 + people.Below(90)),
                                 static_cast<std::uint8_t>(1 + people.Below(12)),
                                 static_cast<std::uint8_t>(1 + people.Below(28))};
    request.traits.birth_place_code = "63220";
  }
  return requests;
}

void BM_RegisterAllUpTo20000(benchmark::State& state) {
  constexpr std::size_t kBatch = 500;
  const std::vector<daemon::RegisterRequest> requests = MakeRequests(20'000);
  for (auto _ : state) {
    const std::unique_ptr<storage::Store> store = storage::MakeMemoryStore();
    const auto registry =
        *daemon::Registry::Create(store.get(), matching::FrenchHospitalModel(), {}, {});
    for (std::size_t begin = 0; begin < requests.size(); begin += kBatch) {
      const auto first = requests.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto results = registry->RegisterAll({first, first + kBatch});
      for (const auto& result : results) {
        if (!result.ok()) state.SkipWithError(result.status().ToString().c_str());
      }
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(requests.size()));
}
BENCHMARK(BM_RegisterAllUpTo20000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vigie
