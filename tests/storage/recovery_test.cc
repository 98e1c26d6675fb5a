// Opening a store on disk: what comes back, and what is refused.
#include <rocksdb/db.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "storage/audit.h"
#include "storage/check.h"
#include "storage/head.h"
#include "storage/keys.h"
#include "storage/record_codec.h"
#include "storage/rocks_kv.h"
#include "storage/store.h"
#include "tests/storage/builders.h"
#include "tests/support/temporary_directory.h"

namespace vigie::storage {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Recovery : public testing::Test {
 protected:
  Recovery() {
    options_.data_directory = directory_ / "data";
    options_.free_bytes_low = 0;
    options_.free_bytes_high = 0;
    options_.ballast_bytes = 0;
    options_.block_cache_bytes = 1 << 20;
  }

  std::unique_ptr<Store> Open() {
    absl::StatusOr<std::unique_ptr<Store>> store = OpenStore(options_, nullptr);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }
  // Must be refused with this code and say this.
  void ExpectRefused(absl::StatusCode code, const std::string& text, int exit_code) {
    const absl::StatusOr<std::unique_ptr<Store>> store = OpenStore(options_, nullptr);
    ASSERT_FALSE(store.ok()) << text;
    EXPECT_EQ(store.status().code(), code) << store.status();
    EXPECT_THAT(std::string(store.status().message()), HasSubstr(text));
    EXPECT_EQ(ExitCode(store.status()), exit_code);
  }
  // Adds identities first..last, one commit each.
  static void Add(Store* store, matching::IdentityId first, matching::IdentityId last) {
    for (matching::IdentityId id = first; id <= last; ++id) {
      const auto done =
          store->Commit(Context("r" + std::to_string(id)), [id](Transaction& t, CommitContext&) {
            const matching::Identity i = Person(t.NextIdentityId().value(), std::to_string(id));
            const absl::Status put = t.PutIdentity(nullptr, nullptr, i, EntriesOf(i, {id, 7}));
            return put.ok() ? t.PutRequest("r" + std::to_string(id), FullRequest()) : put;
          });
      ASSERT_TRUE(done.ok()) << done.status();
    }
  }
  void Copy(const std::string& from, const std::string& to) {
    fs::copy(directory_ / from, directory_ / to, fs::copy_options::recursive);
  }
  void Replace(const std::string& what, const std::string& by) {
    fs::remove_all(directory_ / what);
    fs::rename(directory_ / by, directory_ / what);
  }
  // Writes into the closed database behind the store's back.
  void Write(Table table, std::string_view key, std::optional<std::string> value) {
    WriteAll({{table, std::string(key), std::move(value)}});
  }
  void WriteAll(std::vector<vigie::storage::Write> writes) {
    RocksKvOptions options;
    options.directory = directory_ / "data/db";
    const auto kv = OpenRocksKv(options, nullptr);
    ASSERT_TRUE(kv.ok()) << kv.status();
    Batch batch;
    batch.writes = std::move(writes);
    ASSERT_TRUE((*kv)->Commit(batch).ok());
  }

  // Takes tables away from the closed database, as one that never had them.
  void DropTables(const std::vector<Table>& tables) {
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (std::size_t i = 0; i < kTableCount; ++i) {
      families.emplace_back(std::string(TableName(static_cast<Table>(i))), rocksdb::Options());
    }
    families.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::Options());
    rocksdb::DB* database = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    ASSERT_TRUE(
        rocksdb::DB::Open(rocksdb::Options(), directory_ / "data/db", families, &handles, &database)
            .ok());
    for (const Table table : tables) {
      EXPECT_TRUE(database->DropColumnFamily(handles[static_cast<std::size_t>(table)]).ok());
    }
    for (auto* handle : handles) {
      EXPECT_TRUE(database->DestroyColumnFamilyHandle(handle).ok());
    }
    delete database;
  }

  // Every file of the data folder, RocksDB's own logs included, and what it holds.
  std::map<std::string, std::string> Content() const {
    std::map<std::string, std::string> content;
    for (const auto& entry : fs::recursive_directory_iterator(directory_ / "data")) {
      const std::string path = entry.path().string();
      content[path] = entry.is_regular_file() ? tests::ReadFile(path) : "folder";
    }
    return content;
  }
  // Makes the database what a process that was killed leaves behind: its commits in the log.
  // Returns the path of that log.
  std::string KillAfter(const std::function<void(Store*)>& work) {
    {
      const auto store = Open();
      work(store.get());
      Copy("data/db", "killed");
    }
    Replace("data/db", "killed");
    std::string log;
    for (const auto& file : fs::directory_iterator(directory_ / "data/db")) {
      if (file.path().extension() != ".log") continue;
      if (log.empty() || file.file_size() > fs::file_size(log)) log = file.path().string();
    }
    return log;
  }

  tests::TemporaryDirectory directory_;
  StoreOptions options_;
};

TEST_F(Recovery, EverythingIsThereAfterARestart) {
  std::string base_id;
  std::vector<AuditEntry> audit;
  {
    const auto store = Open();
    base_id = store->BaseId();
    Add(store.get(), 1, 30);
    audit = store->Read()->GetAudit(1, 100).value();
  }
  for (int restart = 0; restart < 2; ++restart) {
    const auto store = Open();
    const auto view = store->Read();
    EXPECT_EQ(store->BaseId(), base_id);
    EXPECT_EQ(base_id.size(), 32u);
    EXPECT_EQ(view->CommitNumber(), 30);
    EXPECT_EQ(view->GetCounts().value().identity_count, 30);
    EXPECT_EQ(view->GetIdentity(30).value(), Person(30, "30"));
    EXPECT_EQ(view->FindCandidates({7}, {}).value().candidates.size(), 30u);
    EXPECT_EQ(view->TermCounts({FamilyTerm("DURAND")}).value().at(0), 30u);
    EXPECT_EQ(view->FindRequest("r30").value()->commit_number, 30);
    const auto verified = VerifyAuditChain(*view, base_id);
    ASSERT_TRUE(verified.ok()) << verified.status();
    EXPECT_EQ(verified->hash, audit.back().hash);
  }
  const auto store = Open();
  Add(store.get(), 31, 31);
  EXPECT_EQ(store->Read()->CommitNumber(), 31);
  EXPECT_EQ(store->Read()->GetIdentity(31).value()->local_id, "31") << "numbers go on";
}

TEST_F(Recovery, ACleanStopLeavesNothingToReplay) {
  { Add(Open().get(), 1, 30); }
  for (const auto& file : fs::directory_iterator(directory_ / "data/db")) {
    if (file.path().extension() == ".log") {
      EXPECT_EQ(file.file_size(), 0u) << file.path();
    }
  }
  EXPECT_EQ(Open()->Read()->CommitNumber(), 30);
}

TEST_F(Recovery, ANewFolderIsPrivateAndAnEmptyBaseOpensAgain) {
  Open();
  struct stat info {};
  ASSERT_EQ(stat(options_.data_directory.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  ASSERT_EQ(stat((options_.data_directory + "/anchor").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  EXPECT_EQ(Open()->Read()->CommitNumber(), 0);
}

TEST_F(Recovery, TwoStoresOnOneFolderAreRefused) {
  const auto store = Open();
  ExpectRefused(absl::StatusCode::kFailedPrecondition, "", 73);
}

TEST_F(Recovery, AFolderWithoutParentIsRefused) {
  options_.data_directory = directory_ / "no/such/folder";
  const auto store = OpenStore(options_, nullptr);
  EXPECT_EQ(ExitCode(store.status()), 73) << store.status();
}

TEST_F(Recovery, TooLittleSpaceIsRefusedBeforeTheDatabaseIsTouched) {
  options_.free_bytes_low = ~std::uint64_t{0};
  options_.free_bytes_high = ~std::uint64_t{0};
  ExpectRefused(absl::StatusCode::kResourceExhausted, "", 75);
  EXPECT_FALSE(fs::exists(directory_ / "data/db"));
}

TEST_F(Recovery, ADeletedLogIsNoticedAndTheFirstMissingCommitNamed) {
  { Add(Open().get(), 1, 3); }  // closing writes all of this to files
  Copy("data/db", "old");
  { Add(Open().get(), 4, 9); }
  // As if the log with commits 4 to 9 had been deleted: the database opens well without it.
  Replace("data/db", "old");
  ExpectRefused(absl::StatusCode::kDataLoss, "first missing commit 4, anchored up to 9", 65);
  EXPECT_TRUE(fs::exists(directory_ / "data/db")) << "nothing is thrown away";
}

TEST_F(Recovery, LogFilesDeletedUnderARunningStoreAreNoticed) {
  {
    const auto store = Open();
    Add(store.get(), 1, 5);
    Copy("data/db", "running");
  }
  bool deleted = false;
  for (const auto& file : fs::directory_iterator(directory_ / "running")) {
    if (file.path().extension() == ".log") deleted |= fs::remove(file.path());
  }
  ASSERT_TRUE(deleted);
  Replace("data/db", "running");
  ExpectRefused(absl::StatusCode::kDataLoss, "", 65);
}

TEST_F(Recovery, ARefusedStartChangesNothingAndTheLogPutBackGivesEverything) {
  { Add(Open().get(), 1, 5); }
  const std::string log = KillAfter([](Store* store) { Add(store, 6, 40); });
  const std::string whole = tests::ReadFile(log);
  ASSERT_GT(whole.size(), 10000u);
  for (const double part : {0.02, 0.5, 0.9}) {
    std::string damaged = whole;
    char& byte = damaged[static_cast<std::size_t>(part * static_cast<double>(whole.size()))];
    byte = static_cast<char>(byte ^ 0x10);
    tests::WriteFile(log, damaged);
    const auto before = Content();
    ExpectRefused(absl::StatusCode::kDataLoss, "anchored up to 40", 65);
    ExpectRefused(absl::StatusCode::kDataLoss, "anchored up to 40", 65);
    EXPECT_EQ(Content(), before) << part;
  }
  fs::rename(log, log + ".aside");
  {
    const auto before = Content();
    ExpectRefused(absl::StatusCode::kDataLoss, "first missing commit 6, anchored up to 40", 65);
    EXPECT_EQ(Content(), before) << "log missing";
  }
  fs::rename(log + ".aside", log);
  tests::WriteFile(log, whole);
  const auto store = Open();
  ASSERT_NE(store, nullptr);
  EXPECT_EQ(store->Read()->CommitNumber(), 40);
  EXPECT_EQ(store->Read()->GetCounts().value().identity_count, 40);
  EXPECT_EQ(store->Read()->GetIdentity(40).value(), Person(40, "40"));
}

TEST_F(Recovery, ATornEndOfTheLogThatWasNeverAcknowledgedOpens) {
  options_.anchor_directory = directory_ / "anchor";
  { Add(Open().get(), 1, 5); }
  const std::string log = KillAfter([&](Store* store) {
    Add(store, 6, 10);
    Copy("anchor", "anchor_before");
    Add(store, 11, 11);
  });
  // Power went while commit 11 was written: neither its log record nor its anchor is whole.
  Replace("anchor", "anchor_before");
  fs::resize_file(log, fs::file_size(log) - 20);
  const auto store = Open();
  ASSERT_NE(store, nullptr);
  EXPECT_EQ(store->Read()->CommitNumber(), 10);
  Add(store.get(), 11, 12);
  EXPECT_EQ(store->Read()->CommitNumber(), 12);
}

TEST_F(Recovery, ADeletedDatabaseIsNotReplacedByAnEmptyOne) {
  { Add(Open().get(), 1, 2); }
  fs::remove_all(directory_ / "data/db");
  ExpectRefused(absl::StatusCode::kDataLoss, "first missing commit 1", 65);
  ExpectRefused(absl::StatusCode::kDataLoss, "first missing commit 1", 65);
}

TEST_F(Recovery, AnOlderCopyThatWentOnIsNoticedByItsHash) {
  { Add(Open().get(), 1, 3); }
  Copy("data", "fork");
  { Add(Open().get(), 4, 6); }
  // The copy lives on by itself: as many commits, but others.
  const std::string data = options_.data_directory;
  options_.data_directory = directory_ / "fork";
  { Add(Open().get(), 14, 19); }
  options_.data_directory = data;
  fs::remove_all(directory_ / "data/db");
  fs::rename(directory_ / "fork/db", directory_ / "data/db");
  ExpectRefused(absl::StatusCode::kDataLoss, "differs from the anchor is between 4 and 4", 65);
}

TEST_F(Recovery, AnAnchorOfAnotherBaseIsRefused) {
  options_.anchor_directory = directory_ / "anchor";
  { Add(Open().get(), 1, 3); }
  const std::string data = options_.data_directory;
  options_.data_directory = directory_ / "other";
  options_.anchor_directory = directory_ / "other_anchor";
  { Add(Open().get(), 1, 3); }
  options_.data_directory = data;
  ExpectRefused(absl::StatusCode::kDataLoss, "another base", 65);
  options_.anchor_directory = directory_ / "anchor";
  EXPECT_EQ(Open()->Read()->CommitNumber(), 3);
}

TEST_F(Recovery, CommitsThatWereNotAnchoredAnyMoreStillCount) {
  { Add(Open().get(), 1, 3); }
  Copy("data/anchor", "old_anchor");
  { Add(Open().get(), 4, 6); }
  // As if the process had ended between the write and the anchor: never answered, but there.
  Replace("data/anchor", "old_anchor");
  { EXPECT_EQ(Open()->Read()->CommitNumber(), 6); }
  // From now on they are anchored.
  const auto records = ReadAnchor(directory_ / "data/anchor").value();
  EXPECT_EQ(records.back().commit_number, 6);
}

TEST_F(Recovery, AnEmptyAnchorIsWarnedAboutAndStartsAgain) {
  { Add(Open().get(), 1, 3); }
  fs::remove_all(directory_ / "data/anchor");
  {
    const auto store = Open();
    EXPECT_TRUE(store->Health().writable);
    EXPECT_THAT(store->Health().reason, HasSubstr("commits up to 3"));
  }
  EXPECT_EQ(ReadAnchor(directory_ / "data/anchor").value().back().commit_number, 3);
  EXPECT_EQ(Open()->Health().reason, "");
}

TEST_F(Recovery, ANewerSchemaIsRefusedAndBothVersionsNamed) {
  { Add(Open().get(), 1, 1); }
  Write(Table::kMeta, kMetaSchemaVersion, NumberBytes(kSchemaVersion + 1));
  ExpectRefused(absl::StatusCode::kFailedPrecondition, "schema version 5", 65);
  ExpectRefused(absl::StatusCode::kFailedPrecondition, "up to 4", 65);
  Write(Table::kMeta, kMetaSchemaVersion, NumberBytes(kSchemaVersion));
  EXPECT_EQ(Open()->Read()->CommitNumber(), 1);
}

// Bases as programs of schema 2 and 3 left them: without the tables that came later.
class RecoveryOfSchema : public Recovery, public ::testing::WithParamInterface<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Schemas, RecoveryOfSchema, ::testing::Values(2, 3));

TEST_P(RecoveryOfSchema, IsBroughtOverAtOpeningAndKeepsEverything) {
  { Add(Open().get(), 1, 3); }
  Write(Table::kMeta, kMetaSchemaVersion, NumberBytes(GetParam()));
  std::vector<Table> later = {Table::kCaseNote, Table::kProposal, Table::kLabel,
                              Table::kLabelIndex};
  if (GetParam() == 2) later.insert(later.end(), {Table::kDecision, Table::kDecisionIndex});
  DropTables(later);
  for (int start = 1; start <= 2; ++start) {
    const auto store = Open();
    ASSERT_NE(store, nullptr);
    EXPECT_EQ(store->Read()->CommitNumber(), 3);
    EXPECT_EQ(store->Read()->GetIdentity(2).value()->local_id, "2");
    EXPECT_TRUE(store->Read()->ListDecisions({}, 10, 0)->decisions.empty());
  }
}

// Up to schema 3 the queue stood by band and had no priority: the cases get both at opening, more
// of them than one step takes, and a base that was left in the middle goes on.
TEST_P(RecoveryOfSchema, LearnsHowUrgentItsCasesAre) {
  constexpr std::uint64_t kCases = 1203;
  std::unique_ptr<Store> store = Open();
  const auto added = store->Commit(Context(), [](Transaction& t, CommitContext&) {
    for (matching::IdentityId id = 1; id <= kCases; ++id) {
      matching::Identity identity = Person(t.NextIdentityId().value(), std::to_string(id));
      identity.trust.document_checked = id % 2 == 0;
      absl::Status put = t.PutIdentity(nullptr, nullptr, identity, EntriesOf(identity));
      if (!put.ok()) return put;
      matching::Case c = OpenCase(t.NextCaseId().value(), {id}, matching::Band::kBelow, 0);
      c.kind = matching::CaseKind::kCollision;
      if (id % 3 == 0) c.state = matching::CaseState::kWithdrawn;
      put = t.PutCase(nullptr, c);
      if (!put.ok()) return put;
    }
    return absl::OkStatus();
  });
  ASSERT_TRUE(added.ok()) << added.status();
  store.reset();
  std::vector<vigie::storage::Write> old;
  for (std::uint64_t id = 1; id <= kCases; ++id) {
    matching::Case c = OpenCase(id, {id}, matching::Band::kBelow, 0);
    c.kind = matching::CaseKind::kCollision;
    if (id % 3 == 0) c.state = matching::CaseState::kWithdrawn;
    for (const std::uint8_t state : {kAnyCaseState, static_cast<std::uint8_t>(c.state)}) {
      old.push_back({Table::kCaseIndex, CaseQueueKey(state, c), std::nullopt});
      old.push_back({Table::kCaseIndex, CaseQueueKeyByBand(state, c), "\2CHU"});
    }
  }
  WriteAll(old);
  Write(Table::kMeta, kMetaSchemaVersion, NumberBytes(GetParam()));
  { ASSERT_NE(Open(), nullptr); }
  // As if the program had been stopped after the first step, before the rest.
  Write(Table::kMeta, kMetaCasesRanked, NumberBytes(500));
  for (int start = 0; start < 2; ++start) {
    const auto opened = Open();
    ASSERT_NE(opened, nullptr);
    std::uint64_t count = 0;
    std::string token;
    int last_priority = matching::kCasePriorityMax;
    do {
      const CasePage page = opened->Read()->ListCases({}, 200, token).value();
      for (const matching::Case& c : page.cases) {
        EXPECT_EQ(c.priority, c.id % 2 == 0 ? 595 : 560) << c.id;
        EXPECT_LE(c.priority, last_priority);
        last_priority = c.priority;
        ++count;
      }
      token = page.next_page_token;
    } while (!token.empty());
    EXPECT_EQ(count, kCases);
  }
  CheckOptions options;
  options.index_entries = [](const matching::Identity& identity) { return EntriesOf(identity); };
  const auto report = CheckDataFolder(directory_ / "data", "", options);
  ASSERT_TRUE(report.ok()) << report.status();
  for (const CheckFinding& finding : report->findings) {
    EXPECT_NE(finding.table, "case_index") << finding.code << " " << finding.reference;
    EXPECT_NE(finding.table, "case") << finding.code << " " << finding.reference;
  }
}

// A base as a program of schema 1 left it: without the table that schema 2 brought.
TEST_F(Recovery, ABaseOfSchema1IsBroughtOverAtOpeningAndKeepsEverything) {
  { Add(Open().get(), 1, 3); }
  Write(Table::kMeta, kMetaSchemaVersion, NumberBytes(1));
  DropTables({Table::kSnapshot, Table::kDecision, Table::kDecisionIndex, Table::kCaseNote,
              Table::kProposal, Table::kLabel, Table::kLabelIndex});
  FigureSnapshot snapshot = FullSnapshot();
  for (int start = 1; start <= 2; ++start) {  // the second finds nothing left to do
    const auto store = Open();
    ASSERT_NE(store, nullptr);
    EXPECT_EQ(store->Read()->CommitNumber(), 2 + start);
    EXPECT_EQ(store->Read()->GetIdentity(2).value()->local_id, "2");
    snapshot.revision = start;
    const auto put = store->Commit(
        Context(), [&](Transaction& t, CommitContext&) { return t.PutSnapshot(snapshot); });
    ASSERT_EQ(put.value_or(0), 3 + start) << put.status();
  }
  EXPECT_EQ(Open()->Read()->GetSnapshot(snapshot.day, snapshot.definition_name, 0).value(),
            snapshot);
}

// Schema 1 did not keep when an INS was confirmed: the identities get it at opening, more of them
// than one step dates, and a base that was left in the middle goes on.
TEST_F(Recovery, ABaseOfSchema1LearnsWhenItsInsWereConfirmed) {
  constexpr matching::IdentityId kIdentities = 1203;
  std::unique_ptr<Store> store = Open();
  const auto added = store->Commit(Context(), [](Transaction& t, CommitContext&) {
    for (matching::IdentityId id = 1; id <= kIdentities; ++id) {
      matching::Identity identity = Person(t.NextIdentityId().value(), std::to_string(id));
      identity.created_at = At(5);
      if (id % 3 != 0) identity.ins = matching::Ins{"184076311300161", "1.2.250.1.213.1.4.8"};
      if (id % 3 == 1) {
        identity.last_insi_answer.emplace();
        identity.last_insi_answer->queried_at = At(1000 + static_cast<std::int64_t>(id));
        identity.last_insi_answer->coherence_accepted = true;
      }
      if (id % 3 == 2) {
        identity.status_periods = {{At(1), matching::TrustStatus::kRecovered, "a"},
                                   {At(2), matching::TrustStatus::kProvisional, "b"},
                                   {At(7), matching::TrustStatus::kRecovered, "c"},
                                   {At(9), matching::TrustStatus::kQualified, "d"}};
      }
      const absl::Status put = t.PutIdentity(nullptr, nullptr, identity, EntriesOf(identity));
      if (!put.ok()) return put;
    }
    return absl::OkStatus();
  });
  ASSERT_TRUE(added.ok()) << added.status();
  store.reset();
  Write(Table::kMeta, kMetaSchemaVersion, NumberBytes(1));
  { ASSERT_NE(Open(), nullptr); }
  // As if the program had been stopped after the first step, before the rest.
  Write(Table::kMeta, kMetaInsConfirmationsDated, NumberBytes(500));
  for (int start = 0; start < 2; ++start) {
    const auto opened = Open();
    ASSERT_NE(opened, nullptr);
    std::map<matching::IdentityId, matching::Instant> listed;
    const auto view = opened->Read();
    ASSERT_TRUE(view->ScanInsConfirmations({matching::Instant::min(), 0}, At(1 << 30),
                                           [&](const InsConfirmation& entry) {
                                             listed[entry.identity_id] = entry.confirmed_at;
                                             return true;
                                           })
                    .ok());
    EXPECT_EQ(listed.size(), kIdentities - kIdentities / 3);
    for (matching::IdentityId id = 1; id <= kIdentities; ++id) {
      const auto identity = view->GetIdentity(id).value();
      EXPECT_EQ(identity->ins.has_value(), identity->ins_confirmed_at.has_value()) << id;
      if (!identity->ins) continue;
      const auto expected = id % 3 == 1 ? At(1000 + static_cast<std::int64_t>(id)) : At(7);
      EXPECT_EQ(identity->ins_confirmed_at, expected) << id;
      EXPECT_EQ(listed[id], expected) << id;
    }
  }
}

TEST_F(Recovery, ABaseOfSchema0IsDamaged) {
  { Add(Open().get(), 1, 1); }
  Write(Table::kMeta, kMetaSchemaVersion, NumberBytes(0));
  ExpectRefused(absl::StatusCode::kDataLoss, "schema version 0", 65);
}

TEST_F(Recovery, ADamagedHeadIsRefused) {
  { Add(Open().get(), 1, 2); }
  const struct {
    std::string description;
    std::string_view key;
    std::optional<std::string> value;
  } cases[] = {
      {"no schema version", kMetaSchemaVersion, std::nullopt},
      {"no commit number", kMetaCommitNumber, std::nullopt},
      {"short commit number", kMetaCommitNumber, "12"},
      {"short chain head", kMetaChainHead, "12"},
      {"other chain head", kMetaChainHead, std::string(32, 'x')},
      {"no base id", kMetaBaseId, std::nullopt},
  };
  Copy("data/db", "good");
  for (const auto& c : cases) {
    Write(Table::kMeta, c.key, c.value);
    const auto store = OpenStore(options_, nullptr);
    EXPECT_EQ(store.status().code(), absl::StatusCode::kDataLoss) << c.description;
    fs::remove_all(directory_ / "data/db");
    Copy("good", "data/db");
  }
  EXPECT_EQ(Open()->Read()->CommitNumber(), 2);
}

TEST_F(Recovery, ADamagedRecordIsAnErrorAndNeverAbsence) {
  { Add(Open().get(), 1, 2); }
  std::string value = EncodeIdentity(Person(1, "1"));
  value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 1);
  Write(Table::kIdentity, NumberBytes(1), value);
  const auto store = Open();
  EXPECT_EQ(store->Read()->GetIdentity(1).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(store->Read()->GetIdentities({2, 1}).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(store->Read()->ScanIdentities(0, [](const matching::Identity&) { return true; }).code(),
            absl::StatusCode::kDataLoss);
  EXPECT_TRUE(store->Read()->GetIdentity(2).value().has_value());
}

TEST_F(Recovery, HealthTellsOfRoomAndGroups) {
  const auto store = Open();
  Add(store.get(), 1, 3);
  const StoreHealth health = store->Health();
  EXPECT_TRUE(health.writable);
  EXPECT_EQ(health.reason, "");
  EXPECT_GT(health.free_bytes, 0u);
  EXPECT_EQ(health.commit_count, 3u);
  EXPECT_EQ(health.commit_group_count, 3u);
}

}  // namespace
}  // namespace vigie::storage
