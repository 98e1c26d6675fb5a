#include "storage/audit.h"

#include "storage/committer.h"
#include "storage/head.h"
#include "storage/keys.h"
#include "storage/memory_kv.h"
#include "storage/record_codec.h"
#include "storage/view.h"
#include "tests/storage/builders.h"
#include "tests/storage/hex.h"

namespace vigie::storage {
namespace {

TEST(Audit, HashesAsPublished) {  // FIPS 180-2, appendix B.1
  EXPECT_EQ(Hex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Audit, HasTheseCanonicalBytes) {
  EXPECT_EQ(Hex(CanonicalBytes(FullAuditEntry())),
            WithoutSpaces("0000000000000011 00060a24186a8b40"
                          "00000007 6167656e742037"
                          "00000008 7265676973746572"
                          "00000003 722d31"
                          "00000002 0000000b 6964656e746974792f3432 00000006 636173652f37"
                          "00000020") +
                std::string(64, '1'));
  EXPECT_EQ(Hex(FirstChainHash("base")), Hex(Sha256("\1base")));
  EXPECT_EQ(Hex(ChainHash(FullAuditEntry())),
            Hex(Sha256('\0' + std::string(32, '\x22') + CanonicalBytes(FullAuditEntry()))));
}

TEST(Audit, ChangeHashCoversTableKeyValueAndDeletion) {
  const std::vector<Write> writes = {{Table::kIdentity, "k", "v"},
                                     {Table::kIns, "d", std::nullopt}};
  EXPECT_EQ(Hex(ChangeHash(writes)),
            Hex(Sha256(std::string("\x01\x01\0\0\0\x01k\0\0\0\x01v\x03\0\0\0\0\x01"
                                   "d",
                                   19))));
  std::vector<Write> other = writes;
  other[0].table = Table::kVisit;
  EXPECT_NE(ChangeHash(other), ChangeHash(writes));
  other = writes;
  other[0].key = "kv";
  other[0].value = "";
  EXPECT_NE(ChangeHash(other), ChangeHash(writes));
  other = writes;
  other[1].value = "";
  EXPECT_NE(ChangeHash(other), ChangeHash(writes));
}

TEST(Audit, EveryFieldOfAnEntryChangesItsHash) {
  const std::string hash = ChainHash(FullAuditEntry());
  const std::function<void(AuditEntry&)> changes[] = {
      [](AuditEntry& e) { ++e.commit_number; },
      [](AuditEntry& e) { e.committed_at += std::chrono::microseconds(1); },
      [](AuditEntry& e) { e.actor += "x"; },
      [](AuditEntry& e) { e.method += "x"; },
      [](AuditEntry& e) { e.request_id += "x"; },
      [](AuditEntry& e) { e.targets.pop_back(); },
      [](AuditEntry& e) { e.targets = {"identity/42case/7"}; },
      [](AuditEntry& e) { e.change_hash[0] ^= 1; },
      [](AuditEntry& e) { e.previous_hash[31] ^= 1; },
  };
  for (std::size_t i = 0; i < std::size(changes); ++i) {
    AuditEntry entry = FullAuditEntry();
    changes[i](entry);
    EXPECT_NE(ChainHash(entry), hash) << i;
  }
}

// A base of twenty commits on the in-memory twin, whose bytes the tests then change.
class AuditChain : public testing::Test {
 protected:
  AuditChain() : kv_(MakeMemoryKv()), head_(CreateHead(kv_.get()).value()) {
    Committer::Options options;
    options.kv = kv_.get();
    options.chain_head = head_.chain_head;
    Committer committer(options);
    for (std::uint64_t i = 1; i <= 20; ++i) {
      std::vector<Store::PendingChange> changes;
      changes.push_back({Context("r" + std::to_string(i)), [](Transaction& t, CommitContext& c) {
                           const auto id = t.NextIdentityId();
                           c.targets = {"identity/" + std::to_string(*id)};
                           const matching::Identity person = Person(*id, std::to_string(*id));
                           return t.PutIdentity(nullptr, nullptr, person, EntriesOf(person));
                         }});
      EXPECT_EQ(committer.CommitAll(std::move(changes)).front().value(),
                static_cast<std::int64_t>(i));
    }
  }

  AuditEntry Entry(std::uint64_t number) const {
    return DecodeAuditEntry(*kv_->Get(Table::kAudit, NumberBytes(number), nullptr).value()).value();
  }
  void Write(Table table, std::string_view key, std::optional<std::string> value) {
    Batch batch;
    batch.writes.push_back({table, std::string(key), std::move(value)});
    ASSERT_TRUE(kv_->Commit(batch).ok());
  }
  void PutEntry(std::uint64_t number, const AuditEntry& entry) {
    Write(Table::kAudit, NumberBytes(number), EncodeAuditEntry(entry));
  }
  void ExpectBrokenAt(std::int64_t number) {
    const auto verified = VerifyAuditChain(*MakeSnapshotView(kv_.get()), head_.base_id);
    EXPECT_EQ(verified.status().code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(verified.status().message()),
                testing::HasSubstr("at commit " + std::to_string(number) + ":"));
  }

  std::unique_ptr<KeyValueStore> kv_;
  Head head_;
};

TEST_F(AuditChain, OfAnUntouchedBaseVerifies) {
  const auto verified = VerifyAuditChain(*MakeSnapshotView(kv_.get()), head_.base_id);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->commit_number, 20);
  EXPECT_EQ(verified->hash, Entry(20).hash);
  EXPECT_EQ(Entry(7).targets, std::vector<std::string>{"identity/7"});
  EXPECT_EQ(Entry(7).request_id, "r7");
}

TEST_F(AuditChain, BreaksWhereAnEntryWasAltered) {
  AuditEntry entry = Entry(7);
  entry.actor = "somebody else";
  PutEntry(7, entry);
  ExpectBrokenAt(7);
}

TEST_F(AuditChain, BreaksAfterAnEntryThatWasAlteredAndHashedAgain) {
  AuditEntry entry = Entry(7);
  entry.actor = "somebody else";
  entry.hash = ChainHash(entry);
  PutEntry(7, entry);
  ExpectBrokenAt(8);
}

TEST_F(AuditChain, BreaksWhereAnEntryWasRemoved) {
  Write(Table::kAudit, NumberBytes(7), std::nullopt);
  ExpectBrokenAt(7);
}

TEST_F(AuditChain, BreaksWhereTwoEntriesWereExchanged) {
  const AuditEntry seven = Entry(7);
  PutEntry(7, Entry(8));
  PutEntry(8, seven);
  ExpectBrokenAt(7);
}

TEST_F(AuditChain, BreaksWhereItsEndWasCut) {
  Write(Table::kAudit, NumberBytes(20), std::nullopt);
  ExpectBrokenAt(20);
}

TEST_F(AuditChain, BreaksWhereAnEntryWasInserted) {
  AuditEntry more = Entry(20);
  more.commit_number = 22;
  PutEntry(22, more);
  ExpectBrokenAt(21);
}

TEST_F(AuditChain, OfAnotherBaseDoesNotVerify) {
  const auto verified = VerifyAuditChain(*MakeSnapshotView(kv_.get()), std::string(32, 'a'));
  EXPECT_EQ(verified.status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(AuditChain, TailIsCheckedWhenAStoreIsOpened) {
  Head head = *ReadHead(*kv_).value();
  EXPECT_TRUE(CheckChainTail(*kv_, head).ok());
  AuditEntry entry = Entry(19);
  entry.method = "other";
  PutEntry(19, entry);
  const absl::Status status = CheckChainTail(*kv_, head);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("commit 19"));
}

}  // namespace
}  // namespace vigie::storage
