#include "storage/migration.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "matching/identity.h"
#include "storage/keys.h"
#include "storage/record_codec.h"

namespace vigie::storage {
namespace {

// Identities looked at for one batch: some hundred kilobytes when each is rewritten.
constexpr std::size_t kChunkIdentities = 500;

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

}  // namespace

Write AskForInsConfirmations() {
  return {Table::kMeta, std::string(kMetaInsConfirmationsDated), NumberBytes(0)};
}

absl::Status DateInsConfirmations(KeyValueStore* kv) {
  while (true) {
    const absl::StatusOr<std::optional<std::string>> done =
        kv->Get(Table::kMeta, kMetaInsConfirmationsDated, nullptr);
    if (!done.ok()) return done.status();
    if (!done->has_value()) return absl::OkStatus();
    Batch batch;
    batch.preconditions.push_back({Table::kMeta, std::string(kMetaInsConfirmationsDated), **done});
    std::size_t count = 0;
    std::string last;
    absl::Status dated = absl::OkStatus();
    absl::Status scanned = kv->Scan(Table::kIdentity, {KeyAfter(**done), ""}, nullptr,
                                    [&](std::string_view key, std::string_view value) {
                                      dated = DateOne(key, value, &batch);
                                      last = std::string(key);
                                      return dated.ok() && ++count < kChunkIdentities;
                                    });
    if (!scanned.ok()) return scanned;
    if (!dated.ok()) return dated;
    const bool more = count == kChunkIdentities;
    batch.writes.push_back({Table::kMeta, std::string(kMetaInsConfirmationsDated),
                            more ? std::optional(last) : std::nullopt});
    absl::Status committed = kv->Commit(batch);
    if (!committed.ok()) return committed;
  }
}

}  // namespace vigie::storage
