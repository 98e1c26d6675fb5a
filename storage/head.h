// What a base says of itself (table meta), and whether that agrees with its anchor.
//
// Pure of files: works on any KeyValueStore and on anchor records already read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/anchor.h"
#include "storage/kv.h"

namespace vigie::storage {

// Raised by every change of FORMAT.md's tables. A program refuses a base with a greater one.
inline constexpr std::uint64_t kSchemaVersion = 4;

struct Head {
  std::uint64_t schema_version = kSchemaVersion;  // as found
  std::string base_id;                            // 32 hexadecimal digits
  std::int64_t commit_number = 0;
  std::string chain_head;  // chain hash of that commit
};

// nullopt: an empty store, nothing was ever written to it.
// FAILED_PRECONDITION: the schema is newer than this program; both versions are named.
// DATA_LOSS: the head is damaged or incomplete.
absl::StatusOr<std::optional<Head>> ReadHead(const KeyValueStore& kv);

// The same from the tables meta and audit alone, for a store that an anchor says was written to:
// nullopt then means that all of it is missing.
absl::StatusOr<std::optional<Head>> ReadAnchoredHead(const KeyValueStore& kv);

// Makes an empty store a base with a new random id.
absl::StatusOr<Head> CreateHead(KeyValueStore* kv);

// Brings a base of an older schema over to this program's. Its first commit raises the version:
// before it an older program still opens the base, after it no more; what follows (migration.h)
// goes on at the next start when it is interrupted. Nothing to do: OK at once.
absl::Status MigrateSchema(KeyValueStore* kv, Head* head);

// The last links of the audit chain lead to the head. DATA_LOSS names the commit that does not.
absl::Status CheckChainTail(const KeyValueStore& kv, const Head& head);

// Every commit the anchor tells of is in the store, as it was: the store's commit number is not
// below the anchor's, and the audit entry of each anchored commit has the anchored hash (the newest
// ones are compared). `head` absent: an empty store.
// DATA_LOSS names the first acknowledged commit that is missing or different, or says that the
// anchor belongs to another base.
absl::Status CheckAnchor(const KeyValueStore& kv, const std::optional<Head>& head,
                         const std::vector<AnchorRecord>& anchor);

}  // namespace vigie::storage
