#include "storage/migration.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "matching/identity.h"
#include "matching/priority.h"
#include "matching/review.h"
#include "storage/keys.h"
#include "storage/record_codec.h"

namespace vigie::storage {
namespace {

// Records looked at for one batch: some hundred kilobytes when each is rewritten.
constexpr std::size_t kChunkRecords = 500;

bool HasInsi(matching::TrustStatus status) {
  return status == matching::TrustStatus::kRecovered || status == matching::TrustStatus::kQualified;
}

matching::Instant ConfirmationOf(const matching::Identity& identity) {
  const std::optional<matching::InsiAnswer>& answer = identity.last_insi_answer;
  if (answer && answer->coherence_accepted) return answer->queried_at;
  matching::Instant began = identity.created_at;
  bool had_insi = false;
  for (const matching::StatusPeriod& period : identity.status_periods) {
    if (HasInsi(period.status) && !had_insi) began = period.effective_at;
    had_insi = HasInsi(period.status);
  }
  return began;
}

// The writes for one stored identity; none when there is nothing to date.
absl::Status DateOne(std::string_view key, std::string_view value, Batch* batch) {
  absl::StatusOr<matching::Identity> identity = DecodeIdentity(value);
  if (!identity.ok()) return identity.status();
  if (!identity->ins || identity->ins_confirmed_at) return absl::OkStatus();
  identity->ins_confirmed_at = ConfirmationOf(*identity);
  batch->writes.push_back({Table::kIdentity, std::string(key), EncodeIdentity(*identity)});
  batch->writes.push_back(
      {Table::kIns, InsConfirmationKey(*identity->ins_confirmed_at, identity->id), ""});
  return absl::OkStatus();
}

// How trusted its identities are decides too; one that is missing is for fsck to find.
absl::StatusOr<int> PriorityOf(const KeyValueStore& kv, const matching::Case& c) {
  std::vector<matching::Identity> found;
  for (const matching::IdentityId id : c.identity_ids) {
    const auto value = kv.Get(Table::kIdentity, NumberBytes(id), nullptr);
    if (!value.ok()) return value.status();
    if (!value->has_value()) continue;
    absl::StatusOr<matching::Identity> identity = DecodeIdentity(**value);
    if (!identity.ok()) return identity.status();
    found.push_back(*std::move(identity));
  }
  std::vector<const matching::Identity*> identities;
  identities.reserve(found.size());
  for (const matching::Identity& identity : found) identities.push_back(&identity);
  return matching::CasePriority(c, identities);
}

// The writes for one stored case: its priority, and its places in the queue by it.
absl::Status RankOne(const KeyValueStore& kv, std::string_view key, std::string_view value,
                     Batch* batch) {
  absl::StatusOr<matching::Case> ranked = DecodeCase(value);
  if (!ranked.ok()) return ranked.status();
  const absl::StatusOr<int> priority = PriorityOf(kv, *ranked);
  if (!priority.ok()) return priority.status();
  const std::string entry = EncodeQueueEntry({ranked->kind, ranked->band, ranked->domain});
  const std::array<std::uint8_t, 2> states = {kAnyCaseState,
                                              static_cast<std::uint8_t>(ranked->state)};
  for (const std::uint8_t state : states) {
    batch->writes.push_back({Table::kCaseIndex, CaseQueueKeyByBand(state, *ranked), std::nullopt});
  }
  ranked->priority = *priority;
  for (const std::uint8_t state : states) {
    batch->writes.push_back({Table::kCaseIndex, CaseQueueKey(state, *ranked), entry});
  }
  batch->writes.push_back({Table::kCase, std::string(key), EncodeCase(*ranked)});
  return absl::OkStatus();
}

// Adds to the batch what one stored record needs.
using Step = std::function<absl::Status(std::string_view key, std::string_view value, Batch*)>;

// Goes over a table some hundred records at a time; `mark` keeps how far, and is there for as long
// as there is something left.
absl::Status BringOver(KeyValueStore* kv, Table table, std::string_view mark, const Step& step) {
  while (true) {
    const absl::StatusOr<std::optional<std::string>> done = kv->Get(Table::kMeta, mark, nullptr);
    if (!done.ok()) return done.status();
    if (!done->has_value()) return absl::OkStatus();
    Batch batch;
    batch.preconditions.push_back({Table::kMeta, std::string(mark), **done});
    std::size_t count = 0;
    std::string last;
    absl::Status stepped = absl::OkStatus();
    absl::Status scanned = kv->Scan(table, {KeyAfter(**done), ""}, nullptr,
                                    [&](std::string_view key, std::string_view value) {
                                      stepped = step(key, value, &batch);
                                      last = std::string(key);
                                      return stepped.ok() && ++count < kChunkRecords;
                                    });
    if (!scanned.ok()) return scanned;
    if (!stepped.ok()) return stepped;
    const bool more = count == kChunkRecords;
    batch.writes.push_back(
        {Table::kMeta, std::string(mark), more ? std::optional(last) : std::nullopt});
    absl::Status committed = kv->Commit(batch);
    if (!committed.ok()) return committed;
  }
}

}  // namespace

Write AskForInsConfirmations() {
  return {Table::kMeta, std::string(kMetaInsConfirmationsDated), NumberBytes(0)};
}

Write AskForCasePriorities() {
  return {Table::kMeta, std::string(kMetaCasesRanked), NumberBytes(0)};
}

absl::Status DateInsConfirmations(KeyValueStore* kv) {
  return BringOver(kv, Table::kIdentity, kMetaInsConfirmationsDated, DateOne);
}

absl::Status RankCases(KeyValueStore* kv) {
  return BringOver(kv, Table::kCase, kMetaCasesRanked,
                   [kv](std::string_view key, std::string_view value, Batch* batch) {
                     return RankOne(*kv, key, value, batch);
                   });
}

}  // namespace vigie::storage
