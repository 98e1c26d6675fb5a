// The audit chain: one entry a commit, each sealed with the hash of the one before.
//
//   hash(n) = SHA-256(0x00, hash(n-1), canonical bytes of entry n)
//   hash(0) = SHA-256(0x01, base id)
//
// A changed, removed, inserted or moved entry breaks the chain at its place; a cut end is seen with
// the anchor (anchor.h). Canonical bytes: FORMAT.md.
//
// Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/kv.h"
#include "storage/store.h"

namespace vigie::storage {

// 32 bytes.
std::string Sha256(const std::string& bytes);

// hash(0) of a base.
std::string FirstChainHash(const std::string& base_id);
// Hash of a change's writes, as they stand in its batch.
std::string ChangeHash(const std::vector<Write>& writes);
// Everything of an entry but its `previous_hash` and `hash`.
std::string CanonicalBytes(const AuditEntry& entry);
std::string ChainHash(const AuditEntry& entry);
// Sets previous_hash and hash.
void Chain(const std::string& previous_hash, AuditEntry* entry);

// How far a chain was followed.
struct VerifiedChain {
  std::int64_t commit_number = 0;  // the last one verified
  std::string hash;                // its hash
};
// Follows the whole chain of a view, link by link, to the view's commit number. DATA_LOSS names the
// first commit number that does not verify (a missing one included). Memory is constant.
absl::StatusOr<VerifiedChain> VerifyAuditChain(const View& view, const std::string& base_id);

}  // namespace vigie::storage
