#include "storage/audit.h"

#include <openssl/evp.h>

#include <array>

#include "storage/keys.h"

namespace vigie::storage {
namespace {

constexpr std::size_t kEntriesAtOnce = 1000;

void AppendUint32(std::size_t number, std::string* bytes) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes->push_back(static_cast<char>(number >> shift));
}

void AppendSized(const std::string& text, std::string* bytes) {
  AppendUint32(text.size(), bytes);
  bytes->append(text);
}

absl::Status Broken(std::int64_t commit_number, const std::string& why) {
  return absl::DataLossError("audit chain broken at commit " + std::to_string(commit_number) +
                             ": " + why);
}

}  // namespace

std::string Sha256(const std::string& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int digest_bytes = 0;
  // Fails only when the library has no SHA-256 or no memory; an empty hash then never verifies.
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &digest_bytes, EVP_sha256(), nullptr) !=
      1) {
    return "";
  }
  return {digest.begin(), digest.begin() + digest_bytes};
}

std::string FirstChainHash(const std::string& base_id) { return Sha256('\1' + base_id); }

std::string ChangeHash(const std::vector<Write>& writes) {
  std::string bytes;
  for (const Write& write : writes) {
    bytes.push_back(static_cast<char>(write.table));
    bytes.push_back(write.value.has_value() ? '\1' : '\0');
    AppendSized(write.key, &bytes);
    if (write.value.has_value()) AppendSized(*write.value, &bytes);
  }
  return Sha256(bytes);
}

std::string CanonicalBytes(const AuditEntry& entry) {
  std::string bytes;
  AppendUint64(static_cast<std::uint64_t>(entry.commit_number), &bytes);
  AppendUint64(static_cast<std::uint64_t>(entry.committed_at.time_since_epoch().count()), &bytes);
  AppendSized(entry.actor, &bytes);
  AppendSized(entry.method, &bytes);
  AppendSized(entry.request_id, &bytes);
  AppendUint32(entry.targets.size(), &bytes);
  for (const std::string& target : entry.targets) AppendSized(target, &bytes);
  AppendSized(entry.change_hash, &bytes);
  return bytes;
}

std::string ChainHash(const AuditEntry& entry) {
  return Sha256('\0' + entry.previous_hash + CanonicalBytes(entry));
}

void Chain(const std::string& previous_hash, AuditEntry* entry) {
  entry->previous_hash = previous_hash;
  entry->hash = ChainHash(*entry);
}

absl::StatusOr<VerifiedChain> VerifyAuditChain(const View& view, const std::string& base_id) {
  const std::int64_t last = view.CommitNumber();
  if (last < 0) return absl::DataLossError("the commit number cannot be read");
  VerifiedChain chain{0, FirstChainHash(base_id)};
  while (true) {
    const absl::StatusOr<std::vector<AuditEntry>> entries =
        view.GetAudit(chain.commit_number + 1, kEntriesAtOnce);
    if (!entries.ok()) return entries.status();
    for (const AuditEntry& entry : *entries) {
      const std::int64_t expected = chain.commit_number + 1;
      if (entry.commit_number != expected) return Broken(expected, "entry missing or misplaced");
      if (entry.previous_hash != chain.hash)
        return Broken(expected, "does not follow the one before");
      if (entry.hash.empty() || ChainHash(entry) != entry.hash) {
        return Broken(expected, "entry was altered");
      }
      chain = {expected, entry.hash};
    }
    if (entries->empty()) break;
  }
  if (chain.commit_number != last) return Broken(chain.commit_number + 1, "entry missing");
  return chain;
}

}  // namespace vigie::storage
