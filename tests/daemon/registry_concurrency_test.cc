#include <atomic>
#include <barrier>
#include <set>
#include <thread>

#include "tests/daemon/registry_fixture.h"

namespace vigie::test {
namespace {

using matching::CaseKind;

class Concurrency : public RegistryTest {
 protected:
  static constexpr int kThreadCount = 64;
  // Runs `work(i)` in every thread at the same moment.
  static void Together(const std::function<void(int)>& work) {
    std::barrier start(kThreadCount);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreadCount; ++i) {
      threads.emplace_back([&, i] {
        start.arrive_and_wait();
        work(i);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
};

// Row 34: 64 clients register the same new person. No twin without its pair in the queue.
TEST_F(Concurrency, OfOnePersonRegisteredByManyLeavesEveryPairInTheQueue) {
  std::vector<daemon::RegisterRequest> requests;
  for (int i = 0; i < kThreadCount; ++i) requests.push_back(Request(std::to_string(i), Zoe()));
  std::vector<matching::IdentityId> ids(kThreadCount);
  Together([&](int i) {
    const auto result = registry_->Register(requests[static_cast<std::size_t>(i)]);
    ASSERT_TRUE(result.ok()) << result.status();
    ids[static_cast<std::size_t>(i)] = result->identity.id;
  });
  EXPECT_EQ(std::set<matching::IdentityId>(ids.begin(), ids.end()).size(), 64U);
  std::set<std::vector<matching::IdentityId>> pairs;
  std::string token;
  do {
    daemon::QueueFilter filter;
    filter.kind = CaseKind::kDuplicate;
    const auto page = registry_->ListCases({filter, false, 200, token});
    ASSERT_TRUE(page.ok());
    for (const auto& one : page->cases) {
      EXPECT_TRUE(pairs.insert(one.identity_ids).second) << "one live case a pair";
    }
    token = page->next_page_token;
  } while (!token.empty());
  EXPECT_EQ(pairs.size(), 64U * 63U / 2U);
}

// Row 32: the same request from many connections has one effect and one answer.
TEST_F(Concurrency, OfOneRequestSentByManyGivesOneEffectAndOneAnswer) {
  const daemon::RegisterRequest request = Request("1", Zoe());
  std::vector<matching::IdentityId> ids(kThreadCount);
  std::vector<std::int64_t> commits(kThreadCount);
  Together([&](int i) {
    const auto result = registry_->Register(request);
    ASSERT_TRUE(result.ok()) << result.status();
    ids[static_cast<std::size_t>(i)] = result->identity.id;
    commits[static_cast<std::size_t>(i)] = result->commit_number;
    EXPECT_FALSE(result->already_registered);
  });
  EXPECT_EQ(std::set<matching::IdentityId>(ids.begin(), ids.end()).size(), 1U);
  EXPECT_EQ(std::set<std::int64_t>(commits.begin(), commits.end()).size(), 1U);
  EXPECT_EQ(registry_->Status()->counts.identity_count, 1);
  EXPECT_EQ(CommitNumber(), 1);
}

TEST_F(Concurrency, OfOneLocalIdGivenToManyPersonsRegistersOne) {
  std::vector<daemon::RegisterRequest> requests;
  for (int i = 0; i < kThreadCount; ++i) {
    requests.push_back(Request("1", Person("DUBOIS", "LEA", Day(1950 + i, 6, 17))));
  }
  std::atomic<int> registered = 0;
  std::atomic<int> taken = 0;
  Together([&](int i) {
    const auto result = registry_->Register(requests[static_cast<std::size_t>(i)]);
    if (result.ok()) ++registered;
    if (ReasonOf(result.status()) == "local_id_taken") ++taken;
  });
  EXPECT_EQ(registered, 1);
  EXPECT_EQ(taken, kThreadCount - 1);
}

TEST_F(Concurrency, OfUpdatesOnOneEtagLetsOneThrough) {
  const auto id = Register("1", Zoe()).identity.id;
  std::vector<daemon::UpdateRequest> requests;
  for (int i = 0; i < kThreadCount; ++i) {
    matching::Traits traits;
    traits.city = "CITY " + std::to_string(i);
    requests.push_back({Context(), id, 1, traits, {"city"}});
  }
  std::atomic<int> done = 0;
  std::atomic<int> moved = 0;
  Together([&](int i) {
    const auto result = registry_->Update(requests[static_cast<std::size_t>(i)]);
    if (result.ok()) ++done;
    if (ReasonOf(result.status()) == "version_moved") ++moved;
  });
  EXPECT_EQ(done, 1);
  EXPECT_EQ(moved, kThreadCount - 1);
  EXPECT_EQ(Get(id).version, 2);
}

// A visit and its identity that arrive together end up attached, whoever was first.
TEST_F(Concurrency, OfVisitsAndTheirIdentityLeavesNoneWaiting) {
  std::vector<daemon::VisitRequest> visits;
  for (int i = 0; i < kThreadCount; ++i) {
    visits.push_back({Context(), Visit("V" + std::to_string(i), "1", At(2026, 3, 9))});
  }
  const daemon::RegisterRequest request = Request("1", Zoe());
  Together([&](int i) {
    if (i == kThreadCount / 2) {
      EXPECT_TRUE(registry_->Register(request).ok());
    }
    EXPECT_TRUE(registry_->RecordVisit(visits[static_cast<std::size_t>(i)]).ok());
  });
  EXPECT_EQ(registry_->Status()->counts.unattached_visit_count, 0);
  EXPECT_EQ(registry_->Status()->counts.visit_count, kThreadCount);
}

}  // namespace
}  // namespace vigie::test
