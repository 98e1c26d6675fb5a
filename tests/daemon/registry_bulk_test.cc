// Registrations in bulk are prepared ahead, on two threads, and ranked with what was foreseen then.
// None of this may be seen in an answer: held against one registration after the other, on a
// registry that keeps nothing in memory.
#include <thread>

#include "daemon/run_together.h"
#include "tests/daemon/registry_fixture.h"
#include "tests/support/people.h"

namespace vigie::test {
namespace {

struct Base {
  explicit Base(daemon::RegistryOptions options) {
    options.clock = [] { return At(2026, 3, 10, 8); };
    registry = *daemon::Registry::Create(store.get(), matching::FrenchHospitalModel(), {}, options);
  }
  std::unique_ptr<storage::Store> store = storage::MakeMemoryStore();
  std::unique_ptr<daemon::Registry> registry;
};

daemon::RegistryOptions InBulk() {
  daemon::RegistryOptions options;
  options.run_together = daemon::RunTogether;
  return options;
}

daemon::RegistryOptions OneByOne() {
  daemon::RegistryOptions options;
  options.record_cache_bytes = 0;
  return options;
}

class RegistryBulk : public ::testing::Test {
 protected:
  daemon::RegisterRequest Request(const std::string& local_id, const matching::Traits& traits) {
    daemon::RegisterRequest request;
    request.context = {"r" + std::to_string(++request_count_), "desk", ""};
    request.domain = kDomain;
    request.local_id = local_id;
    request.traits = traits;
    return request;
  }

  // People, some of them again in other words, rows that repeat a request, a local id or a whole
  // row, and rows that are refused.
  std::vector<daemon::RegisterRequest> Rows(std::size_t count) {
    std::vector<daemon::RegisterRequest> rows;
    while (rows.size() < count) {
      const std::string local_id = std::to_string(++local_id_count_);
      if (known_.empty() || people_.Chance(80)) {
        known_.push_back(people_.Person());
        rows.push_back(Request(local_id, known_.back()));
        continue;
      }
      const matching::Traits& someone = known_[people_.Below(known_.size())];
      switch (people_.Below(6)) {
        case 0:
          rows.push_back(rows.empty() ? Request(local_id, someone)
                                      : rows[people_.Below(rows.size())]);
          break;
        case 1:
          rows.push_back(Request(std::to_string(1 + people_.Below(local_id_count_)), someone));
          break;
        case 2:
          rows.push_back(Request("", someone));
          break;
        default:
          rows.push_back(Request(local_id, people_.RegisteredAgain(someone)));
      }
    }
    return rows;
  }

  void ExpectSame(const absl::StatusOr<daemon::RegisterResult>& bulk,
                  const absl::StatusOr<daemon::RegisterResult>& single) {
    ASSERT_EQ(bulk.status().code(), single.status().code()) << bulk.status();
    EXPECT_EQ(ReasonOf(bulk.status()), ReasonOf(single.status()));
    if (!bulk.ok()) return;
    EXPECT_EQ(bulk->identity, single->identity);
    EXPECT_EQ(bulk->opened_case_ids, single->opened_case_ids);
    EXPECT_EQ(bulk->warnings, single->warnings);
    EXPECT_EQ(bulk->commit_number, single->commit_number);
    EXPECT_EQ(bulk->already_registered, single->already_registered);
    ASSERT_EQ(bulk->possible_duplicates.size(), single->possible_duplicates.size());
    for (std::size_t i = 0; i < bulk->possible_duplicates.size(); ++i) {
      const daemon::PossibleDuplicate& left = bulk->possible_duplicates[i];
      const daemon::PossibleDuplicate& right = single->possible_duplicates[i];
      EXPECT_EQ(left.identity_id, right.identity_id);
      EXPECT_EQ(left.score.weight_bits, right.score.weight_bits);
      EXPECT_EQ(left.score.vetoes, right.score.vetoes);
      EXPECT_EQ(left.case_id, right.case_id);
    }
    duplicates_ += bulk->possible_duplicates.size();
  }

  // Somebody known becomes somebody else: what was kept or foreseen of them no longer holds.
  void Change(Base& base, std::uint64_t id, const matching::Traits& traits) {
    daemon::UpdateRequest request;
    request.context = {"u" + std::to_string(++change_count_), "desk", ""};
    request.identity_id = id;
    request.traits = traits;
    request.fields = {"birth_family_name", "first_birth_given_name", "birth_given_names",
                      "birth_date", "sex"};
    EXPECT_TRUE(base.registry->Update(request).ok());
  }

  People people_{31};
  std::vector<matching::Traits> known_;
  std::size_t local_id_count_ = 0;
  int request_count_ = 0;
  int change_count_ = 0;
  std::size_t duplicates_ = 0;
};

TEST_F(RegistryBulk, AnswersAsOneRegistrationAfterTheOther) {
  Base bulk(InBulk());
  Base single(OneByOne());
  for (const std::size_t count : {1U, 24U, 25U, 26U, 260U, 400U, 0U, 333U}) {
    const std::vector<daemon::RegisterRequest> rows = Rows(count);
    const auto results = bulk.registry->RegisterAll(rows);
    ASSERT_EQ(results.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_NO_FATAL_FAILURE(ExpectSame(results[i], single.registry->Register(rows[i])))
          << "row " << i << " of " << count;
    }
    const auto identities =
        static_cast<std::uint64_t>(single.registry->Status()->counts.identity_count);
    for (int i = 0; i < 10 && identities > 0; ++i) {
      const std::uint64_t id = 1 + people_.Below(identities);
      const matching::Traits& someone = known_[people_.Below(known_.size())];
      Change(bulk, id, someone);
      Change(single, id, someone);
    }
  }
  EXPECT_GT(duplicates_, 100U);
}

// Others write while a batch is prepared and committed. What is in the queue then is what the pairs
// are: none is missing because it was ruled out on an older view.
TEST_F(RegistryBulk, FindsWhoWasChangedWhileABatchRan) {
  Base base(InBulk());
  const std::vector<daemon::RegisterRequest> strangers = Rows(200);
  for (const auto& result : base.registry->RegisterAll(strangers)) (void)result;
  const auto identities =
      static_cast<std::uint64_t>(base.registry->Status()->counts.identity_count);
  std::vector<daemon::RegisterRequest> rows;
  std::vector<matching::Traits> wanted;
  for (int i = 0; i < 400; ++i) {
    wanted.push_back(people_.Person());
    rows.push_back(Request("W" + std::to_string(i), wanted.back()));
  }
  std::vector<absl::StatusOr<daemon::RegisterResult>> results;
  std::vector<std::pair<std::uint64_t, std::size_t>> changed;  // identity, row of its new traits
  std::thread batch([&] { results = base.registry->RegisterAll(rows); });
  for (std::uint64_t id = 1; id <= std::min<std::uint64_t>(identities, 100); ++id) {
    const std::size_t row = people_.Below(rows.size());
    Change(base, id, wanted[row]);
    changed.emplace_back(id, row);
  }
  batch.join();
  int duplicates = 0;
  for (const auto& [id, row] : changed) {
    ASSERT_TRUE(results[row].ok()) << results[row].status();
    const std::uint64_t other = results[row]->identity.id;
    // Counts have moved since the pair was scored: only what is clear of the threshold is asked.
    const auto why = base.registry->Explain(id, other);
    ASSERT_TRUE(why.ok());
    if (why->explanation.detail.score.probability < 0.7) continue;
    ++duplicates;
    EXPECT_FALSE(why->case_ids.empty()) << id << " " << other;
  }
  EXPECT_GT(duplicates, 20);
}

}  // namespace
}  // namespace vigie::test
