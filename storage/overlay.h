// Reading through writes that are not committed yet.
//
// A ReadSource is something a View can be read from: a snapshot of the key-value store, or an
// Overlay: writes held in memory over another source. The committer stacks two overlays on the
// store: the group's (changes already accepted) and, on it, the running change's own. Dropping the
// upper one is a rollback, MergeInto is an acceptance.
//
// Thread safety: KvSource is thread-safe. An Overlay is used by one thread at a time; what it
// stands on must not change during a Scan.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/kv.h"

namespace vigie::storage {

// Get, MultiGet, Scan and ScanMany as in kv.h.
class ReadSource {
 public:
  using Visitor = std::function<bool(std::string_view key, std::string_view value)>;
  using ManyVisitor = KeyValueStore::ManyVisitor;
  virtual ~ReadSource() = default;
  virtual absl::StatusOr<std::optional<std::string>> Get(Table table,
                                                         std::string_view key) const = 0;
  virtual absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, const std::vector<std::string>& keys) const = 0;
  virtual absl::Status ScanMany(Table table, const std::vector<KeyRange>& ranges,
                                const ManyVisitor& visit) const = 0;
  absl::Status Scan(Table table, const KeyRange& range, const Visitor& visit) const;
};

// The store itself, at a snapshot or (null) at its latest committed state.
class KvSource : public ReadSource {
 public:
  KvSource(const KeyValueStore* kv, std::unique_ptr<Snapshot> snapshot)
      : kv_(kv), snapshot_(std::move(snapshot)) {}
  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const override;
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, const std::vector<std::string>& keys) const override;
  absl::Status ScanMany(Table table, const std::vector<KeyRange>& ranges,
                        const ManyVisitor& visit) const override;

 private:
  const KeyValueStore* const kv_;
  const std::unique_ptr<Snapshot> snapshot_;
};

class Overlay : public ReadSource {
 public:
  explicit Overlay(const ReadSource* below) : below_(below) {}

  void Put(Table table, std::string key, std::string value);
  void Delete(Table table, std::string key);

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const override;
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, const std::vector<std::string>& keys) const override;
  // `visit` must not write to this overlay.
  absl::Status ScanMany(Table table, const std::vector<KeyRange>& ranges,
                        const ManyVisitor& visit) const override;

  bool empty() const;
  std::size_t bytes() const { return bytes_; }  // keys and values of all writes
  // All writes, by table, then by key.
  std::vector<Write> Writes() const;
  // The same, moved out: this overlay is empty afterwards.
  std::vector<Write> TakeWrites();
  // Moves all writes into `target`, where they win; this overlay is empty afterwards.
  void MergeInto(Overlay* target);

 private:
  using TableWrites = std::map<std::string, std::optional<std::string>, std::less<>>;
  class Merge;
  void Set(Table table, std::string key, std::optional<std::string> value);
  void MarkCandidate(std::string_view key);
  bool MayHold(Table table, const KeyRange& range) const;
  const TableWrites& Of(Table table) const { return writes_[static_cast<std::size_t>(table)]; }

  const ReadSource* const below_;
  std::array<TableWrites, kTableCount> writes_;
  std::size_t bytes_ = 0;
  // Of the table of candidate keys, once there are many: which of them stand here, by their last
  // bits. Each registration asks for two dozen, of which a group has next to none.
  std::vector<bool> candidate_marks_;
};

}  // namespace vigie::storage
