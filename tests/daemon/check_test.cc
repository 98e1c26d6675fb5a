// Aim: a base written by the registry is sound, and one damaged, removed or added entry in any
// table is found and named.
#include "storage/check.h"

#include <algorithm>
#include <filesystem>

#include "daemon/registry/matcher.h"
#include "storage/audit.h"
#include "storage/keys.h"
#include "storage/record_codec.h"
#include "storage/rocks_kv.h"
#include "tests/daemon/registry_fixture.h"
#include "tests/storage/builders.h"
#include "tests/support/temporary_directory.h"

namespace vigie::test {
namespace {

using storage::CheckFinding;
using storage::CheckReport;
using storage::Table;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

storage::CheckOptions Options() {
  storage::CheckOptions options;
  options.index_entries = [](const matching::Identity& identity) {
    return daemon::MakeIndexEntries(identity, daemon::MakeSubject(identity));
  };
  return options;
}

// "table code" of each finding, each once.
std::vector<std::string> CodesOf(const CheckReport& report) {
  std::vector<std::string> codes;
  for (const CheckFinding& finding : report.findings) {
    codes.push_back(finding.table + " " + finding.code);
  }
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

class Check : public RegistryTest {
 protected:
  Check() {
    options_.data_directory = directory_ / "data";
    options_.free_bytes_low = options_.free_bytes_high = options_.ballast_bytes = 0;
    options_.block_cache_bytes = 1 << 20;
    OpenOnDisk();
    Fill();
    registry_.reset();
    store_.reset();
  }
  ~Check() override {  // Before the folder goes.
    registry_.reset();
    store_.reset();
  }

  void OpenOnDisk() {
    registry_.reset();
    auto store = storage::OpenStore(options_, nullptr);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    daemon::RegistryOptions options;
    options.clock = [this] { return now_; };
    options.review.merges_proposed = true;
    options.review.blind_share = 1;
    auto made = daemon::Registry::Create(store_.get(), matching::FrenchHospitalModel(),
                                         matching::ShippedIndicatorDefinitions(), options);
    ASSERT_TRUE(made.ok()) << made.status();
    registry_ = *std::move(made);
  }

  // Something in every table.
  void Fill() {
    const auto zoe = RegisterQualified("1", Zoe(), ZoeIns()).identity.id;
    RegisterQualified("2", Zoe(), ZoeIns());  // a duplicate and an INS conflict
    const auto lea = Register("3", Person("DUBOIS", "LEA", Day(1990, 4, 5))).identity.id;
    ASSERT_TRUE(RecordEvidence(lea, "passport", Day(2026, 3, 9)).ok());
    ASSERT_TRUE(SetAttributes(lea, std::nullopt, true, std::nullopt).ok());
    matching::Traits traits;
    traits.city = "CLERMONT";
    ASSERT_TRUE(Update(zoe, traits, {"city"}).ok());
    ASSERT_TRUE(registry_->WithdrawIns({Context(), zoe, 0, false}).ok());
    RecordVisit(Visit("V1", "1", At(2026, 3, 9), At(2026, 3, 9, 18)));
    RecordVisit(Visit("V2", "3", At(2026, 3, 10)));
    RecordVisit(Visit("V3", "unknown", At(2026, 3, 10)));
    ASSERT_TRUE(registry_->CancelVisit({Context(), kDomain, "V2", 0}).ok());
    ASSERT_GT(*registry_->DrawLabels(), 0);
    const auto question = registry_->NextLabel("ines");
    ASSERT_TRUE(question.ok() && question->question);
    daemon::LabelRequest label;
    label.context = Context();
    label.identity_ids = {question->question->left.id, question->question->right.id};
    ASSERT_TRUE(registry_->RecordLabel(label).ok());
    storage::FigureSnapshot snapshot = storage::FullSnapshot();
    for (snapshot.revision = 1; snapshot.revision <= 2; ++snapshot.revision) {
      const auto done =
          store_->Commit({"job", "close_day", "", {}},
                         [&](storage::Transaction& transaction, storage::CommitContext&) {
                           return transaction.PutSnapshot(snapshot);
                         });
      ASSERT_TRUE(done.ok()) << done.status();
    }
    daemon::DecideRequest decide;
    decide.context = Context();
    decide.identity_ids = {1, 2};
    decide.verdict = matching::Verdict::kDuplicate;
    decide.surviving_id = 1;
    const auto proposed = registry_->Decide(decide);
    ASSERT_TRUE(proposed.ok()) << proposed.status();
    ASSERT_TRUE(proposed->review_case);
    for (const char* text : {"first", "second"}) {
      ASSERT_TRUE(registry_->AddCaseNote({Context(), proposed->review_case->id, text}).ok());
    }
  }

  CheckReport CheckFolder() {
    const auto report = storage::CheckDataFolder(options_.data_directory, "", Options());
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : CheckReport{};
  }

  std::unique_ptr<storage::RocksKv> OpenKv() {
    storage::RocksKvOptions rocks;
    rocks.directory = options_.data_directory + "/db";
    rocks.block_cache_bytes = 1 << 20;
    auto kv = storage::OpenRocksKv(rocks, nullptr);
    EXPECT_TRUE(kv.ok()) << kv.status();
    return *std::move(kv);
  }

  tests::TemporaryDirectory directory_;
  storage::StoreOptions options_;
};

using Row = std::pair<std::string, std::string>;

std::vector<Row> RowsOf(const storage::KeyValueStore& kv, Table table) {
  std::vector<Row> rows;
  EXPECT_TRUE(kv.Scan(table, {}, nullptr, [&](std::string_view key, std::string_view value) {
                  rows.emplace_back(key, value);
                  return true;
                }).ok());
  return rows;
}

TEST_F(Check, FindsNothingWrongInWhatTheRegistryWrote) {
  const CheckReport report = CheckFolder();
  EXPECT_THAT(CodesOf(report), ElementsAre());
  EXPECT_EQ(report.finding_count, 0);
  EXPECT_EQ(report.identity_count, 3);
  EXPECT_EQ(report.change_count, 7);
  EXPECT_EQ(report.visit_count, 3);
  EXPECT_GE(report.case_count, 1);
  EXPECT_GE(report.request_count, 11);
  EXPECT_EQ(report.snapshot_count, 2);
  EXPECT_EQ(report.note_count, 2);
  EXPECT_EQ(report.proposal_count, 1);
  EXPECT_EQ(report.label_pair_count, 1);
  EXPECT_GT(report.index_entry_count, 50);
  const auto audit = storage::CheckAuditOfFolder(options_.data_directory, "");
  ASSERT_TRUE(audit.ok()) << audit.status();
  EXPECT_EQ(audit->finding_count, 0);
  EXPECT_EQ(audit->commit_number, report.commit_number);
}

// One write, what must be found because of it, and the writes that undo it.
struct Damage {
  std::string description;
  storage::Write write;
  std::string finding;  // "table code"
};

// Removes, alters and adds one entry of each table.
std::vector<Damage> Damages(const storage::KeyValueStore& kv) {
  std::vector<Damage> damages;
  const auto add = [&](const std::string& what, Table table, const std::string& key,
                       std::optional<std::string> value, const std::string& finding) {
    damages.push_back({std::string(storage::TableName(table)) + ": " + what,
                       {table, key, std::move(value)},
                       finding});
  };
  const auto flipped = [](std::string value) {
    value.back() = static_cast<char>(value.back() ^ 1);
    return value;
  };
  // Records: one bit of the checksum.
  for (const Table table :
       {Table::kIdentity, Table::kHistory, Table::kVisit, Table::kCase, Table::kRequest,
        Table::kSnapshot, Table::kDecision, Table::kCaseNote, Table::kProposal, Table::kLabel}) {
    const Row row = RowsOf(kv, table).front();
    add("flipped bit", table, row.first, flipped(row.second),
        std::string(storage::TableName(table)) + " record_damaged");
  }
  add("removed", Table::kIdentity, RowsOf(kv, Table::kIdentity)[0].first, std::nullopt,
      "history reference_dangling");
  add("removed", Table::kHistory, RowsOf(kv, Table::kHistory)[0].first, std::nullopt,
      "history history_gap");
  add("removed", Table::kVisit, storage::VisitKey(kDomain, "V1"), std::nullopt,
      "visit_index entry_extra");
  add("removed", Table::kCase, RowsOf(kv, Table::kCase)[0].first, std::nullopt,
      "case_index entry_extra");
  add("removed", Table::kRequest, RowsOf(kv, Table::kRequest)[0].first, std::nullopt,
      "request request_missing");
  add("removed older revision", Table::kSnapshot, RowsOf(kv, Table::kSnapshot)[1].first,
      std::nullopt, "snapshot snapshot_gap");
  add("removed older note", Table::kCaseNote, RowsOf(kv, Table::kCaseNote)[1].first, std::nullopt,
      "case_note note_missing");
  matching::CaseNote note = storage::DecodeCaseNote(RowsOf(kv, Table::kCaseNote)[1].second).value();
  note.case_id = 99;
  add("added", Table::kCaseNote, storage::CaseNoteKey(99, 1), storage::EncodeCaseNote(note),
      "case_note reference_dangling");
  add("removed", Table::kProposal, RowsOf(kv, Table::kProposal)[0].first, std::nullopt,
      "decision proposal_missing");
  matching::Proposal proposal =
      storage::DecodeProposal(RowsOf(kv, Table::kProposal)[0].second).value();
  ++proposal.id;
  add("added", Table::kProposal, storage::NumberBytes(proposal.id),
      storage::EncodeProposal(proposal), "proposal reference_dangling");
  matching::Identity stranger =
      storage::DecodeIdentity(RowsOf(kv, Table::kIdentity)[0].second).value();
  stranger.id = 99;
  add("added", Table::kIdentity, storage::NumberBytes(99), storage::EncodeIdentity(stranger),
      "meta number_low");
  matching::Change change = storage::DecodeChange(RowsOf(kv, Table::kHistory)[0].second).value();
  ++change.version;
  add("added", Table::kHistory, storage::HistoryKey(change.identity_id, change.version),
      storage::EncodeChange(change), "history history_gap");
  matching::Visit visit = storage::DecodeVisit(RowsOf(kv, Table::kVisit)[0].second).value();
  visit.visit_number = "V9";
  add("added", Table::kVisit, storage::VisitKey(visit.domain, "V9"), storage::EncodeVisit(visit),
      "visit_index entry_missing");
  matching::Case c = storage::DecodeCase(RowsOf(kv, Table::kCase)[0].second).value();
  c.id = 77;
  add("added", Table::kCase, storage::NumberBytes(77), storage::EncodeCase(c),
      "case_index entry_missing");
  add("added", Table::kRequest, "stray", storage::EncodeRequest({"register", "f", "a", 1}),
      "request request_extra");
  add("removed", Table::kLabel, RowsOf(kv, Table::kLabel)[0].first, std::nullopt,
      "label_index entry_extra");
  // A record that decodes, and says what cannot be.
  matching::LabelPair sampled =
      storage::DecodeLabelPair(RowsOf(kv, Table::kLabel)[0].second).value();
  sampled.inclusion_probability = 0;
  add("drawn with no probability", Table::kLabel, RowsOf(kv, Table::kLabel)[0].first,
      storage::EncodeLabelPair(sampled), "label sample_differs");
  sampled.inclusion_probability = 1;
  sampled.right_version = 99;
  add("of a version to come", Table::kLabel, RowsOf(kv, Table::kLabel)[0].first,
      storage::EncodeLabelPair(sampled), "label version_unknown");
  matching::Visit moved = storage::DecodeVisit(RowsOf(kv, Table::kVisit)[0].second).value();
  moved.identity_id = 3;
  add("attached elsewhere", Table::kVisit, RowsOf(kv, Table::kVisit)[0].first,
      storage::EncodeVisit(moved), "visit reference_dangling");
  matching::Identity wrong =
      storage::DecodeIdentity(RowsOf(kv, Table::kIdentity)[1].second).value();
  wrong.trust.document_checked = !wrong.trust.document_checked;
  add("facts without their status", Table::kIdentity, RowsOf(kv, Table::kIdentity)[1].first,
      storage::EncodeIdentity(wrong), "identity status_differs");
  // Index tables: every one in three ways.
  for (const Table table :
       {Table::kLocalId, Table::kIns, Table::kCandidate, Table::kSearch, Table::kVisitIndex,
        Table::kCaseIndex, Table::kCounter, Table::kLabelIndex}) {
    const std::string name(storage::TableName(table));
    const std::vector<Row> rows = RowsOf(kv, table);
    const Row& row = rows[rows.size() / 2];
    add("removed", table, row.first, std::nullopt, name + " entry_missing");
    add("added", table, flipped(row.first) + "x", row.second, name + " entry_extra");
    add("altered", table, row.first, row.second.empty() ? "x" : flipped(row.second),
        name + " entry_wrong");
  }
  // The chain and its head.
  const std::vector<Row> audit = RowsOf(kv, Table::kAudit);
  storage::AuditEntry entry = storage::DecodeAuditEntry(audit[2].second).value();
  entry.actor = "somebody else";
  add("altered", Table::kAudit, audit[2].first, storage::EncodeAuditEntry(entry),
      "audit chain_broken");
  add("flipped bit", Table::kAudit, audit[2].first, flipped(audit[2].second), "audit chain_broken");
  add("removed", Table::kAudit, audit[2].first, std::nullopt, "audit chain_broken");
  entry = storage::DecodeAuditEntry(audit.back().second).value();
  const std::string last_hash = entry.hash;
  ++entry.commit_number;
  storage::Chain(last_hash, &entry);
  add("added", Table::kAudit, storage::NumberBytes(static_cast<std::uint64_t>(entry.commit_number)),
      storage::EncodeAuditEntry(entry), "audit chain_broken");
  add("other head", Table::kMeta, std::string(storage::kMetaChainHead), std::string(32, 'x'),
      "meta head_differs");
  add("head set back", Table::kMeta, std::string(storage::kMetaCommitNumber),
      storage::NumberBytes(3), "anchor anchor_differs");
  add("number set back", Table::kMeta, std::string(storage::kMetaLastIdentityId),
      storage::NumberBytes(1), "meta number_low");
  add("ahead of the cases", Table::kMeta, std::string(storage::kMetaLabelProgress),
      storage::NumberBytes(99) + storage::NumberBytes(0), "meta number_high");
  add("added", Table::kMeta, "stray", "x", "meta entry_extra");
  return damages;
}

TEST_F(Check, FindsOneWrongEntryOfAnyTable) {
  const auto kv = OpenKv();
  const auto anchor = storage::ReadAnchor(options_.data_directory + "/anchor");
  ASSERT_TRUE(anchor.ok());
  const std::vector<Damage> damages = Damages(*kv);
  EXPECT_EQ(damages.size(), 63U);
  for (const Damage& damage : damages) {
    const auto before = kv->Get(damage.write.table, damage.write.key, nullptr);
    ASSERT_TRUE(before.ok());
    ASSERT_TRUE(kv->Commit({{}, {damage.write}}).ok());
    const auto report = storage::CheckBase(*kv, *anchor, Options());
    ASSERT_TRUE(report.ok()) << damage.description << ": " << report.status();
    EXPECT_THAT(CodesOf(*report), Contains(damage.finding)) << damage.description;
    EXPECT_GE(report->finding_count, 1);
    ASSERT_TRUE(kv->Commit({{}, {{damage.write.table, damage.write.key, *before}}}).ok());
  }
  EXPECT_EQ(storage::CheckBase(*kv, *anchor, Options())->finding_count, 0) << "all undone";
}

// What is printed may stand in a log or a ticket.
TEST_F(Check, NamesRecordsAndNeverTheirContent) {
  const auto kv = OpenKv();
  for (const Damage& damage : Damages(*kv)) {
    ASSERT_TRUE(kv->Commit({{}, {damage.write}}).ok());
  }
  const auto report = storage::CheckBase(*kv, {}, Options());
  // The last damages are to the head itself: what is found is told, whatever it is.
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_GT(report->finding_count, 20);
  bool names_an_identity = false;
  for (const CheckFinding& finding : report->findings) {
    const std::string text = finding.reference + " " + finding.message;
    for (const char* secret : {"ADRUN", "ZOE", "DUBOIS", "LEA", "CLERMONT"}) {
      EXPECT_EQ(text.find(secret), std::string::npos) << text;
    }
    EXPECT_EQ(text.find(ZoeIns().matricule), std::string::npos) << text;
    if (finding.reference.rfind("identity/", 0) == 0) names_an_identity = true;
  }
  EXPECT_TRUE(names_an_identity);
}

TEST_F(Check, KeepsNoMoreFindingsThanAskedButCountsAll) {
  const auto kv = OpenKv();
  storage::Batch batch;
  for (const Row& row : RowsOf(*kv, Table::kCandidate)) {
    batch.writes.push_back({Table::kCandidate, row.first, std::nullopt});
  }
  const auto removed = static_cast<std::int64_t>(batch.writes.size());
  ASSERT_TRUE(kv->Commit(batch).ok());
  storage::CheckOptions options = Options();
  options.findings_max = 3;
  const auto report = storage::CheckBase(*kv, {}, options);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->findings.size(), 3U);
  EXPECT_GE(report->finding_count, std::min<std::int64_t>(removed, 64));
}

TEST_F(Check, SaysWhenThereIsNothingToCheckOrItIsInUse) {
  const auto missing = storage::CheckDataFolder(directory_ / "nowhere", "", Options());
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "nowhere")) << "nothing is created";
  OpenOnDisk();
  const auto in_use = storage::CheckDataFolder(options_.data_directory, "", Options());
  EXPECT_EQ(in_use.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(Check, TellsOfALostOrDamagedAnchor) {
  const std::string anchor = options_.data_directory + "/anchor/anchor";
  const std::string bytes = tests::ReadFile(anchor);
  ASSERT_GT(bytes.size(), 2 * 64U);
  std::filesystem::remove(anchor);
  EXPECT_THAT(CodesOf(CheckFolder()), ElementsAre("anchor anchor_missing"));
  std::string damaged = bytes;
  damaged[10] = static_cast<char>(damaged[10] ^ 1);
  std::ofstream(anchor, std::ios::binary) << damaged;
  EXPECT_THAT(CodesOf(CheckFolder()), Contains("anchor anchor_damaged"));
}

}  // namespace
}  // namespace vigie::test
