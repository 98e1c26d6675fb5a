#include "storage/committer.h"

#include <algorithm>
#include <atomic>
#include <set>
#include <stdexcept>
#include <thread>

#include "storage/audit.h"
#include "storage/head.h"
#include "storage/keys.h"
#include "storage/memory_kv.h"
#include "storage/view.h"
#include "tests/storage/builders.h"

namespace vigie::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The in-memory twin with a commit that can be slow, or fail, and is counted.
class TestKv : public KeyValueStore {
 public:
  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key,
                                                 const Snapshot* snapshot) const override {
    return kv_->Get(table, key, snapshot);
  }
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, const std::vector<std::string>& keys, const Snapshot* snapshot) const override {
    return kv_->MultiGet(table, keys, snapshot);
  }
  absl::Status Scan(
      Table table, const KeyRange& range, const Snapshot* snapshot,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    return kv_->Scan(table, range, snapshot, visit);
  }
  std::unique_ptr<Snapshot> TakeSnapshot() const override { return kv_->TakeSnapshot(); }
  absl::Status Commit(const Batch& batch) override {
    ++commits;
    if (on_commit) {
      const absl::Status status = on_commit(batch);
      if (!status.ok()) return status;
    }
    return kv_->Commit(batch);
  }

  std::function<absl::Status(const Batch&)> on_commit;
  std::atomic<int> commits{0};

 private:
  std::unique_ptr<KeyValueStore> kv_ = MakeMemoryKv();
};

class CommitterTest : public testing::Test {
 protected:
  CommitterTest() : head_(CreateHead(&kv_).value()) {
    options_.kv = &kv_;
    options_.chain_head = head_.chain_head;
    options_.poisoned = [this](const absl::Status& cause) { poisons_.push_back(cause); };
    kv_.commits = 0;
  }

  static Store::PendingChange Insert(matching::IdentityId id, const std::string& local_id) {
    return {Context(), [id, local_id](Transaction& t, CommitContext&) {
              const matching::Identity i = Person(id, local_id);
              return t.PutIdentity(nullptr, nullptr, i, EntriesOf(i));
            }};
  }
  static Store::PendingChange Insert(matching::IdentityId id) {
    return Insert(id, std::to_string(id));
  }
  static absl::StatusOr<std::int64_t> One(Committer* committer, Store::PendingChange change) {
    std::vector<Store::PendingChange> changes;
    changes.push_back(std::move(change));
    return std::move(committer->CommitAll(std::move(changes)).front());
  }
  static std::vector<absl::StatusOr<std::int64_t>> All(Committer* committer, int count) {
    std::vector<Store::PendingChange> changes;
    for (int i = 1; i <= count; ++i)
      changes.push_back(Insert(static_cast<matching::IdentityId>(i)));
    return committer->CommitAll(std::move(changes));
  }
  std::unique_ptr<View> Read() const { return MakeSnapshotView(&kv_); }

  TestKv kv_;
  Head head_;
  Committer::Options options_;
  std::vector<absl::Status> poisons_;
};

TEST_F(CommitterTest, GivesDenseNumbersToManyThreadsInFewerGroupsThanCommits) {
  constexpr int kThreads = 16;
  constexpr int kCommitsEach = 60;
  kv_.on_commit = [](const Batch&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // a disk's sync
    return absl::OkStatus();
  };
  std::int64_t anchored = 0;
  options_.anchor = [&](std::int64_t number, const std::string&, matching::Instant) {
    EXPECT_GT(number, anchored);
    anchored = number;
    return absl::OkStatus();
  };
  Committer committer(options_);
  std::vector<std::vector<std::int64_t>> numbers(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kCommitsEach; ++i) {
        const auto id = static_cast<matching::IdentityId>(t * kCommitsEach + i + 1);
        const auto done = One(&committer, Insert(id));
        ASSERT_TRUE(done.ok()) << done.status();
        numbers[static_cast<std::size_t>(t)].push_back(*done);
        // Acknowledged means readable, by anybody, from now on.
        EXPECT_TRUE(Read()->GetIdentity(id).value().has_value());
        EXPECT_GE(Read()->CommitNumber(), *done);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::int64_t> all;
  for (const auto& own : numbers) {
    EXPECT_TRUE(std::is_sorted(own.begin(), own.end()));
    all.insert(own.begin(), own.end());
  }
  constexpr std::int64_t kCommits = kThreads * kCommitsEach;
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kCommits));
  EXPECT_EQ(*all.begin(), 1);
  EXPECT_EQ(*all.rbegin(), kCommits);
  EXPECT_EQ(anchored, kCommits);
  EXPECT_EQ(committer.commit_count(), static_cast<std::uint64_t>(kCommits));
  EXPECT_LT(committer.group_count(), committer.commit_count() / 2);
  EXPECT_EQ(committer.group_count(), static_cast<std::uint64_t>(kv_.commits.load()));
  EXPECT_EQ(Read()->GetCounts().value().identity_count, kCommits);
  const auto verified = VerifyAuditChain(*Read(), head_.base_id);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->commit_number, kCommits);
}

TEST_F(CommitterTest, CutsGroupsAtTheirTargetSize) {
  options_.group_bytes_target = 4096;
  std::size_t largest = 0;
  kv_.on_commit = [&](const Batch& batch) {
    std::size_t bytes = 0;
    for (const Write& w : batch.writes) bytes += w.key.size() + w.value.value_or("").size();
    largest = std::max(largest, bytes);
    return absl::OkStatus();
  };
  Committer committer(options_);
  const auto done = All(&committer, 100);
  for (std::size_t i = 0; i < done.size(); ++i) {
    EXPECT_EQ(done[i].value(), static_cast<std::int64_t>(i + 1));
  }
  EXPECT_GT(committer.group_count(), 3u);
  EXPECT_LT(largest, 8192u);
  EXPECT_TRUE(VerifyAuditChain(*Read(), head_.base_id).ok());
}

// A change of `bytes` bytes, which also counts the identities it sees.
Store::PendingChange Large(const std::string& request_id, std::size_t bytes, int* runs) {
  return {Context(request_id), [=](Transaction& t, CommitContext&) {
            ++*runs;
            AnsweredRequest request;
            request.answer = std::string(bytes, 'x');
            return t.PutRequest(request_id, request);
          }};
}

TEST_F(CommitterTest, WritesTheGroupFirstWhenAChangeWouldOverfillIt) {
  options_.group_bytes_target = kBatchBytesMax;
  Committer committer(options_);
  int runs = 0;
  std::vector<Store::PendingChange> changes;
  for (const char* id : {"a", "b", "c"}) {
    changes.push_back(Large(id, kBatchBytesMax * 2 / 5, &runs));
  }
  const auto done = committer.CommitAll(std::move(changes));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(done[i].value(), static_cast<std::int64_t>(i + 1));
  EXPECT_EQ(committer.group_count(), 2u);
  EXPECT_EQ(runs, 3) << "a change runs once: its closure may have told its caller";
  EXPECT_TRUE(VerifyAuditChain(*Read(), head_.base_id).ok());
}

TEST_F(CommitterTest, RefusesAChangeThatIsTooLargeAlone) {
  Committer committer(options_);
  int runs = 0;
  std::vector<Store::PendingChange> changes;
  changes.push_back(Insert(1));
  changes.push_back(Large("a", kBatchBytesMax, &runs));
  changes.push_back(Insert(2));
  const auto done = committer.CommitAll(std::move(changes));
  EXPECT_EQ(done[0].value(), 1);
  EXPECT_EQ(done[1].status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(done[2].value(), 2);
  EXPECT_FALSE(Read()->FindRequest("a").value().has_value());
  EXPECT_TRUE(VerifyAuditChain(*Read(), head_.base_id).ok());
}

TEST_F(CommitterTest, AnExceptionInAChangeFailsThatChangeAndQuotesNothing) {
  Committer committer(options_);
  std::vector<Store::PendingChange> changes;
  changes.push_back(Insert(1));
  changes.push_back({Context(), [](Transaction& t, CommitContext&) -> absl::Status {
                       const matching::Identity i = Person(9, "9");
                       EXPECT_TRUE(t.PutIdentity(nullptr, nullptr, i, EntriesOf(i)).ok());
                       throw std::runtime_error("DURAND");
                     }});
  changes.push_back(Insert(2));
  const auto done = committer.CommitAll(std::move(changes));
  EXPECT_TRUE(done[0].ok());
  EXPECT_EQ(done[1].status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(done[1].status().message()), testing::Not(HasSubstr("DURAND")));
  EXPECT_EQ(done[2].value(), 2);
  EXPECT_FALSE(Read()->GetIdentity(9).value().has_value());
}

TEST_F(CommitterTest, AFailedWritePoisonsEverythingOnce) {
  Committer committer(options_);
  ASSERT_TRUE(One(&committer, Insert(1)).ok());
  kv_.on_commit = [](const Batch&) { return absl::UnavailableError("disk"); };
  std::vector<Store::PendingChange> changes;
  changes.push_back(Insert(2));
  changes.push_back(Insert(3, "1"));  // would fail alone; but what it saw may not be there
  const auto done = committer.CommitAll(std::move(changes));
  for (const auto& d : done) EXPECT_EQ(d.status().code(), absl::StatusCode::kUnavailable);
  kv_.on_commit = nullptr;  // the disk is well again: too late
  const int commits = kv_.commits;
  EXPECT_EQ(One(&committer, Insert(4)).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(kv_.commits, commits);
  EXPECT_EQ(committer.PoisonStatus().code(), absl::StatusCode::kUnavailable);
  ASSERT_EQ(poisons_.size(), 1u);
  EXPECT_EQ(poisons_[0].message(), "disk");
  EXPECT_EQ(Read()->CommitNumber(), 1);
}

TEST_F(CommitterTest, AFailedAnchorPoisonsAndNobodyIsToldOk) {
  options_.anchor = [](std::int64_t, const std::string&, matching::Instant) {
    return absl::UnavailableError("anchor disk");
  };
  Committer committer(options_);
  EXPECT_EQ(One(&committer, Insert(1)).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(poisons_.size(), 1u);
  EXPECT_EQ(One(&committer, Insert(2)).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(poisons_.size(), 1u);
}

TEST_F(CommitterTest, TheAnchorIsToldAfterTheWriteAndBeforeTheAnswer) {
  std::vector<std::string> order;
  kv_.on_commit = [&](const Batch&) {
    order.emplace_back("write");
    return absl::OkStatus();
  };
  options_.anchor = [&](std::int64_t number, const std::string& hash, matching::Instant) {
    order.emplace_back("anchor");
    EXPECT_EQ(number, 2);
    EXPECT_EQ(Read()->CommitNumber(), 2);
    EXPECT_EQ(Read()->GetAudit(2, 1).value().at(0).hash, hash);
    return absl::OkStatus();
  };
  Committer committer(options_);
  for (const auto& done : All(&committer, 2)) EXPECT_TRUE(done.ok());
  order.emplace_back("answer");
  EXPECT_THAT(order, ElementsAre("write", "anchor", "answer"));
}

TEST_F(CommitterTest, ALaterGroupOfTheSameCallIsNotAnsweredOkAfterAFailure) {
  options_.group_bytes_target = 1;  // each change its own group
  kv_.on_commit = [&](const Batch&) {
    return kv_.commits == 3 ? absl::UnavailableError("disk") : absl::OkStatus();
  };
  Committer committer(options_);
  const auto done = All(&committer, 5);
  EXPECT_EQ(done[0].value(), 1);
  EXPECT_EQ(done[1].value(), 2);
  for (std::size_t i = 2; i < 5; ++i) {
    EXPECT_EQ(done[i].status().code(), absl::StatusCode::kUnavailable) << i;
  }
  EXPECT_EQ(kv_.commits, 3);
  EXPECT_EQ(poisons_.size(), 1u);
}

TEST_F(CommitterTest, WritersBesideUsAreNoticed) {
  Committer committer(options_);
  ASSERT_TRUE(One(&committer, Insert(1)).ok());
  Batch batch;
  batch.writes.push_back({Table::kMeta, std::string(kMetaCommitNumber), NumberBytes(7)});
  ASSERT_TRUE(kv_.Commit(batch).ok());
  EXPECT_EQ(One(&committer, Insert(2)).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(poisons_.size(), 1u);
}

TEST_F(CommitterTest, AShutGateRefusesWithoutPoison) {
  bool open = false;
  options_.admit = [&] {
    return open ? absl::OkStatus() : absl::ResourceExhaustedError("storage low");
  };
  Committer committer(options_);
  int runs = 0;
  EXPECT_EQ(One(&committer, Large("a", 1, &runs)).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(runs, 0);
  open = true;
  EXPECT_TRUE(One(&committer, Large("a", 1, &runs)).ok());
  EXPECT_TRUE(poisons_.empty());
}

TEST_F(CommitterTest, APoisonFromElsewhereRefusesLaterCommits) {
  Committer committer(options_);
  committer.Poison(absl::UnavailableError("flush"));
  committer.Poison(absl::UnavailableError("compaction"));
  EXPECT_EQ(One(&committer, Insert(1)).status().code(), absl::StatusCode::kUnavailable);
  ASSERT_EQ(poisons_.size(), 1u);
  EXPECT_EQ(poisons_[0].message(), "flush");
}

TEST_F(CommitterTest, TheObserverIsToldOfEveryDurableCommitInOrderBeforeTheAnswer) {
  Committer committer(options_);
  EXPECT_TRUE(One(&committer, Insert(1)).ok());  // Before anybody observes: told to nobody.
  std::vector<CommittedChange> told;
  std::vector<int> commits_when_told;
  committer.Observe(&committer, [&](const std::vector<CommittedChange>& changes) {
    commits_when_told.push_back(kv_.commits);
    told.insert(told.end(), changes.begin(), changes.end());
  });
  std::vector<std::int64_t> told_too;
  committer.Observe(&told_too, [&](const std::vector<CommittedChange>& changes) {
    for (const CommittedChange& change : changes) told_too.push_back(change.commit_number);
  });
  matching::Visit first = FullVisit();
  matching::Visit second = first;
  second.cancelled = !first.cancelled;
  std::vector<Store::PendingChange> changes;
  changes.push_back(Insert(2));
  changes.push_back(Insert(2, "taken"));  // Fails: number 2 stands.
  changes.push_back({Context(), [&](Transaction& t, CommitContext&) {
                       const absl::Status put = t.PutVisit(nullptr, first);
                       return put.ok() ? t.PutVisit(&first, second) : put;
                     }});
  changes.push_back({Context(), [](Transaction& t, CommitContext&) {
                       return t.PutRequest("request", AnsweredRequest());
                     }});
  changes.push_back({Context(), [](Transaction&, CommitContext&) { return absl::OkStatus(); }});
  const auto results = committer.CommitAll(std::move(changes));
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(commits_when_told, std::vector<int>{2});  // After the group's write, in one call.
  EXPECT_EQ(told[0].commit_number, 2);
  ASSERT_EQ(told[0].identities.size(), 1U);
  EXPECT_EQ(told[0].identities[0], Person(2, "2"));
  EXPECT_FALSE(results[1].ok());
  EXPECT_EQ(told[1].commit_number, 3);
  ASSERT_EQ(told[1].visits.size(), 2U);
  EXPECT_FALSE(told[1].visits[0].before.has_value());
  EXPECT_EQ(told[1].visits[0].after, first);
  EXPECT_EQ(told[1].visits[1].before, first);
  EXPECT_EQ(told[1].visits[1].after, second);
  // Neither identity nor visit, but a commit: the number moves on.
  EXPECT_EQ(told[2].commit_number, 4);
  EXPECT_TRUE(told[2].identities.empty() && told[2].visits.empty());
  committer.Observe(&committer, nullptr);
  matching::Case opened = OpenCase(1, {2}, matching::Band::kProbable, 1);
  EXPECT_TRUE(
      One(&committer,
          {Context(), [&](Transaction& t, CommitContext&) { return t.PutCase(nullptr, opened); }})
          .ok());
  EXPECT_EQ(told.size(), 3U);
  EXPECT_EQ(told_too, (std::vector<std::int64_t>{2, 3, 4, 5}));
  committer.Observe(&told_too, [&](const std::vector<CommittedChange>& group) {
    EXPECT_EQ(group.back().cases, std::vector<matching::Case>{opened});
    told_too.clear();
  });
  const matching::Case before = opened;
  opened.state = matching::CaseState::kDecided;
  EXPECT_TRUE(
      One(&committer,
          {Context(), [&](Transaction& t, CommitContext&) { return t.PutCase(&before, opened); }})
          .ok());
  EXPECT_TRUE(told_too.empty());
}

TEST_F(CommitterTest, TheObserverIsNotToldOfWhatIsNotDurable) {
  Committer committer(options_);
  std::vector<std::int64_t> told;
  committer.Observe(&committer, [&](const std::vector<CommittedChange>& changes) {
    for (const CommittedChange& change : changes) told.push_back(change.commit_number);
  });
  EXPECT_TRUE(One(&committer, Insert(1)).ok());
  kv_.on_commit = [](const Batch&) { return absl::InternalError("disk gone"); };
  EXPECT_FALSE(One(&committer, Insert(2)).ok());
  EXPECT_EQ(told, std::vector<std::int64_t>{1});
}

// A group cut in the middle (its bytes) is told in parts, still without a gap.
TEST_F(CommitterTest, ManyThreadsAndCutGroupsAreToldWithoutAGap) {
  options_.group_bytes_target = 2000;
  Committer committer(options_);
  std::vector<std::int64_t> told;
  committer.Observe(&committer, [&](const std::vector<CommittedChange>& changes) {
    for (const CommittedChange& change : changes) told.push_back(change.commit_number);
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&committer, t] {
      for (int i = 0; i < 50; ++i) {
        const auto id = static_cast<matching::IdentityId>(t * 1000 + i + 1);
        EXPECT_TRUE(One(&committer, Insert(id)).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(told.size(), 200U);
  for (std::size_t i = 0; i < told.size(); ++i) {
    EXPECT_EQ(told[i], static_cast<std::int64_t>(i) + 1);
  }
}

TEST_F(CommitterTest, TheListenerIsToldOfDurableGroupsAndWhetherTheyNameACase) {
  Committer committer(options_);
  std::vector<std::pair<std::int64_t, bool>> told;
  committer.Listen([&](const CommittedGroup& group) {
    told.emplace_back(group.commit_number, group.cases_written);
  });
  EXPECT_TRUE(One(&committer, Insert(1)).ok());
  std::vector<Store::PendingChange> changes;
  changes.push_back({Context(), [](Transaction& t, CommitContext& context) {
                       context.targets.push_back("case/7");
                       return t.PutRequest("request", AnsweredRequest());
                     }});
  changes.push_back(Insert(2));
  changes.push_back({Context(), [](Transaction&, CommitContext& context) {
                       context.targets.push_back("case/8");  // Named, and nothing written.
                       return absl::OkStatus();
                     }});
  committer.CommitAll(std::move(changes));
  EXPECT_TRUE(One(&committer, Insert(3)).ok());
  EXPECT_FALSE(One(&committer, Insert(3)).ok());  // A group in which nothing was written.
  kv_.on_commit = [](const Batch&) { return absl::InternalError("disk gone"); };
  EXPECT_FALSE(One(&committer, Insert(4)).ok());
  EXPECT_EQ(told, (std::vector<std::pair<std::int64_t, bool>>{{1, false}, {3, true}, {4, false}}));
}

}  // namespace
}  // namespace vigie::storage
