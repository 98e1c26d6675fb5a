#include "storage/head.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "storage/audit.h"
#include "storage/keys.h"
#include "storage/migration.h"
#include "storage/overlay.h"
#include "storage/record_codec.h"

namespace vigie::storage {
namespace {

// Links of the chain followed at each start, and anchor records compared: a moment's work.
constexpr std::int64_t kLinksChecked = 1000;
constexpr std::size_t kAnchorRecordsChecked = 100;

absl::StatusOr<std::string> NewBaseId() {
  std::array<unsigned char, 16> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
    return absl::UnavailableError("no random numbers for a new base id");
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id;
  for (const unsigned char byte : random) {
    id.push_back(kDigits[byte >> 4]);
    id.push_back(kDigits[byte & 15]);
  }
  return id;
}

absl::StatusOr<std::optional<AuditEntry>> ReadAuditEntry(const KeyValueStore& kv,
                                                         std::int64_t commit_number) {
  const absl::StatusOr<std::optional<std::string>> bytes =
      kv.Get(Table::kAudit, NumberBytes(static_cast<std::uint64_t>(commit_number)), nullptr);
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::optional<AuditEntry>();
  absl::StatusOr<AuditEntry> entry = DecodeAuditEntry(**bytes);
  if (!entry.ok()) return entry.status();
  return std::optional<AuditEntry>(*std::move(entry));
}

absl::Status Missing(std::int64_t first, std::int64_t last) {
  return absl::DataLossError("acknowledged writes are missing: first missing commit " +
                             std::to_string(first) + ", anchored up to " + std::to_string(last) +
                             "; restore a newer backup");
}

// Whether these tables are empty as a new store's are: a lost meta table is damage, not a new base.
absl::StatusOr<bool> AreEmpty(const KeyValueStore& kv, const std::vector<Table>& tables) {
  bool empty = true;
  for (const Table table : tables) {
    const absl::Status scanned =
        kv.Scan(table, {}, nullptr, [&](std::string_view, std::string_view) {
          empty = false;
          return false;
        });
    if (!scanned.ok()) return scanned;
  }
  return empty;
}

// `tables`: those that tell an empty store from one that lost its head.
absl::StatusOr<std::optional<Head>> ReadHeadBeside(const KeyValueStore& kv,
                                                   const std::vector<Table>& tables) {
  const std::vector<std::string> keys = {std::string(kMetaSchemaVersion), std::string(kMetaBaseId),
                                         std::string(kMetaCommitNumber),
                                         std::string(kMetaChainHead)};
  const absl::StatusOr<std::vector<std::optional<std::string>>> values =
      kv.MultiGet(Table::kMeta, keys, nullptr);
  if (!values.ok()) return values.status();
  if (!(*values)[0].has_value()) {
    const absl::StatusOr<bool> empty = AreEmpty(kv, tables);
    if (!empty.ok()) return empty.status();
    if (*empty) return std::optional<Head>();
    return absl::DataLossError("the database has content but no schema version");
  }
  const absl::StatusOr<std::uint64_t> schema = DecodeNumber(*(*values)[0]);
  if (!schema.ok()) return schema.status();
  if (*schema > kSchemaVersion) {
    return absl::FailedPreconditionError(
        "the database has schema version " + std::to_string(*schema) +
        ", this program knows up to " + std::to_string(kSchemaVersion) + "; start a newer program");
  }
  for (std::size_t i = 1; i < keys.size(); ++i) {
    if (!(*values)[i].has_value()) return absl::DataLossError("the database lacks its " + keys[i]);
  }
  const absl::StatusOr<std::uint64_t> commit_number = DecodeNumber(*(*values)[2]);
  if (!commit_number.ok()) return commit_number.status();
  if (*schema == 0) return absl::DataLossError("the database has schema version 0");
  Head head;
  head.schema_version = *schema;
  head.base_id = *(*values)[1];
  head.commit_number = static_cast<std::int64_t>(*commit_number);
  head.chain_head = *(*values)[3];
  if (head.base_id.size() != 32 || head.chain_head.size() != kChainHashBytes) {
    return absl::DataLossError("the database's base id or chain head is damaged");
  }
  return std::optional<Head>(head);
}

absl::Status BringRecordsOver(KeyValueStore* kv) {
  absl::Status dated = DateInsConfirmations(kv);
  return dated.ok() ? RankCases(kv) : dated;
}

}  // namespace

absl::StatusOr<std::optional<Head>> ReadHead(const KeyValueStore& kv) {
  std::vector<Table> tables;
  for (std::size_t i = 0; i < kTableCount; ++i) tables.push_back(static_cast<Table>(i));
  return ReadHeadBeside(kv, tables);
}

absl::StatusOr<std::optional<Head>> ReadAnchoredHead(const KeyValueStore& kv) {
  return ReadHeadBeside(kv, {Table::kMeta, Table::kAudit});
}

absl::StatusOr<Head> CreateHead(KeyValueStore* kv) {
  const absl::StatusOr<std::string> base_id = NewBaseId();
  if (!base_id.ok()) return base_id.status();
  const Head head{kSchemaVersion, *base_id, 0, FirstChainHash(*base_id)};
  Batch batch;
  batch.preconditions.push_back({Table::kMeta, std::string(kMetaSchemaVersion), std::nullopt});
  batch.writes = {
      {Table::kMeta, std::string(kMetaSchemaVersion), NumberBytes(kSchemaVersion)},
      {Table::kMeta, std::string(kMetaBaseId), head.base_id},
      {Table::kMeta, std::string(kMetaCommitNumber), NumberBytes(0)},
      {Table::kMeta, std::string(kMetaChainHead), head.chain_head},
  };
  const absl::Status committed = kv->Commit(batch);
  if (!committed.ok()) return committed;
  return head;
}

absl::Status MigrateSchema(KeyValueStore* kv, Head* head) {
  if (head->schema_version == kSchemaVersion) return BringRecordsOver(kv);
  // Tables and fields came to what there was: every record of one schema is one of the next. New
  // tables are made by opening. What schema 1 could have known of an INS, and 3 of a case's
  // urgency, is filled in afterwards, in steps that go on at the next start when this one is
  // interrupted.
  Batch batch;
  batch.preconditions.push_back(
      {Table::kMeta, std::string(kMetaSchemaVersion), NumberBytes(head->schema_version)});
  batch.writes.push_back(
      {Table::kMeta, std::string(kMetaSchemaVersion), NumberBytes(kSchemaVersion)});
  batch.writes.push_back(AskForCasePriorities());
  if (head->schema_version == 1) batch.writes.push_back(AskForInsConfirmations());
  absl::Status committed = kv->Commit(batch);
  if (!committed.ok()) return committed;
  head->schema_version = kSchemaVersion;
  return BringRecordsOver(kv);
}

absl::Status CheckChainTail(const KeyValueStore& kv, const Head& head) {
  std::string expected = head.chain_head;
  const std::int64_t first = std::max<std::int64_t>(1, head.commit_number - kLinksChecked + 1);
  for (std::int64_t number = head.commit_number; number >= first; --number) {
    const absl::StatusOr<std::optional<AuditEntry>> entry = ReadAuditEntry(kv, number);
    if (!entry.ok()) return entry.status();
    if (!entry->has_value() || (*entry)->commit_number != number || (*entry)->hash != expected ||
        ChainHash(**entry) != expected) {
      return absl::DataLossError("audit chain broken at commit " + std::to_string(number));
    }
    expected = (*entry)->previous_hash;
  }
  if (first == 1 && expected != FirstChainHash(head.base_id)) {
    return absl::DataLossError("audit chain broken before commit 1");
  }
  return absl::OkStatus();
}

absl::Status CheckAnchor(const KeyValueStore& kv, const std::optional<Head>& head,
                         const std::vector<AnchorRecord>& anchor) {
  if (anchor.empty()) return absl::OkStatus();
  const AnchorRecord& last = anchor.back();
  if (!head.has_value()) return Missing(1, last.commit_number);
  if (last.base_hash != AnchorBaseHash(head->base_id)) {
    return absl::DataLossError("the anchor belongs to another base than the database (" +
                               head->base_id + "); the database or the anchor was exchanged");
  }
  const std::size_t first = anchor.size() - std::min(anchor.size(), kAnchorRecordsChecked);
  std::int64_t verified = 0;
  for (std::size_t i = first; i < anchor.size(); ++i) {
    const AnchorRecord& record = anchor[i];
    if (record.commit_number > head->commit_number) {
      return Missing(head->commit_number + 1, last.commit_number);
    }
    const std::string hash = record.chain_hash;
    if (record.commit_number == 0) continue;
    const absl::StatusOr<std::optional<AuditEntry>> entry =
        ReadAuditEntry(kv, record.commit_number);
    if (!entry.ok()) return entry.status();
    if (!entry->has_value() || (*entry)->hash != hash) {
      return absl::DataLossError(
          "acknowledged writes are missing: first commit that differs from the anchor is between " +
          std::to_string(verified + 1) + " and " + std::to_string(record.commit_number));
    }
    verified = record.commit_number;
  }
  return absl::OkStatus();
}

}  // namespace vigie::storage
