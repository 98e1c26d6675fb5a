#include "storage/kv.h"

#include <array>

namespace vigie::storage {
namespace {

constexpr std::array<std::string_view, kTableCount> kTableNames = {
    "meta",     "identity", "local_id",    "ins",      "candidate",      "search",
    "history",  "visit",    "visit_index", "case",     "case_index",     "counter",
    "request",  "audit",    "snapshot",    "decision", "decision_index", "case_note",
    "proposal", "label",    "label_index",
};

}  // namespace

std::string_view TableName(Table table) { return kTableNames.at(static_cast<std::size_t>(table)); }

KeyRange PrefixRange(std::string_view prefix) {
  KeyRange range{std::string(prefix), std::string(prefix)};
  // The first key after all those with the prefix: the prefix with its last byte raised by one.
  // A byte 0xff cannot be raised and falls away; a prefix of 0xff only runs to the table's end.
  while (!range.end.empty() && static_cast<unsigned char>(range.end.back()) == 0xff) {
    range.end.pop_back();
  }
  if (!range.end.empty()) {
    range.end.back() = static_cast<char>(static_cast<unsigned char>(range.end.back()) + 1);
  }
  return range;
}

absl::Status KeyValueStore::ScanMany(Table table, const std::vector<KeyRange>& ranges,
                                     const Snapshot* snapshot, const ManyVisitor& visit) const {
  std::unique_ptr<Snapshot> own;
  if (snapshot == nullptr) {
    own = TakeSnapshot();
    snapshot = own.get();
  }
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    absl::Status scanned =
        Scan(table, ranges[i], snapshot,
             [&](std::string_view key, std::string_view value) { return visit(i, key, value); });
    if (!scanned.ok()) return scanned;
  }
  return absl::OkStatus();
}

std::size_t BatchBytes(const Batch& batch) {
  std::size_t bytes = 0;
  for (const Write& write : batch.writes) {
    bytes += write.key.size() + (write.value ? write.value->size() : 0);
  }
  return bytes;
}

}  // namespace vigie::storage
