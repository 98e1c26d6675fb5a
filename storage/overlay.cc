#include "storage/overlay.h"

#include <algorithm>
#include <utility>

namespace vigie::storage {

absl::StatusOr<std::optional<std::string>> KvSource::Get(Table table, std::string_view key) const {
  return kv_->Get(table, key, snapshot_.get());
}

absl::StatusOr<std::vector<std::optional<std::string>>> KvSource::MultiGet(
    Table table, const std::vector<std::string>& keys) const {
  return kv_->MultiGet(table, keys, snapshot_.get());
}

absl::Status KvSource::Scan(Table table, const KeyRange& range, const Visitor& visit) const {
  return kv_->Scan(table, range, snapshot_.get(), visit);
}

void Overlay::Put(Table table, std::string key, std::string value) {
  Set(table, std::move(key), std::move(value));
}

void Overlay::Delete(Table table, std::string key) { Set(table, std::move(key), std::nullopt); }

void Overlay::Set(Table table, std::string key, std::optional<std::string> value) {
  const auto size = [](const std::optional<std::string>& v) {
    return v.has_value() ? v->size() : 0;
  };
  bytes_ += size(value);
  TableWrites& writes = writes_[static_cast<std::size_t>(table)];
  const auto found = writes.find(key);
  if (found != writes.end()) {
    bytes_ -= size(found->second);
    found->second = std::move(value);
    return;
  }
  bytes_ += key.size();
  writes.emplace(std::move(key), std::move(value));
}

absl::StatusOr<std::optional<std::string>> Overlay::Get(Table table, std::string_view key) const {
  const auto found = Of(table).find(key);
  if (found != Of(table).end()) return found->second;
  return below_->Get(table, key);
}

absl::StatusOr<std::vector<std::optional<std::string>>> Overlay::MultiGet(
    Table table, const std::vector<std::string>& keys) const {
  std::vector<std::optional<std::string>> values(keys.size());
  std::vector<std::string> keys_below;
  std::vector<std::size_t> positions_below;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto found = Of(table).find(keys[i]);
    if (found != Of(table).end()) {
      values[i] = found->second;
    } else {
      keys_below.push_back(keys[i]);
      positions_below.push_back(i);
    }
  }
  if (keys_below.empty()) return values;
  absl::StatusOr<std::vector<std::optional<std::string>>> below =
      below_->MultiGet(table, keys_below);
  if (!below.ok()) return below.status();
  for (std::size_t i = 0; i < positions_below.size(); ++i) {
    values[positions_below[i]] = std::move((*below)[i]);
  }
  return values;
}

absl::Status Overlay::Scan(Table table, const KeyRange& range, const Visitor& visit) const {
  const TableWrites& writes = Of(table);
  auto next = writes.lower_bound(range.begin);
  const auto in_range = [&] {
    return next != writes.end() && (range.end.empty() || next->first < range.end);
  };
  bool stopped = false;
  // Shows our own entries below `bound` (all when there is none); false when `visit` had enough.
  const auto show_own = [&](const std::optional<std::string_view>& bound) {
    for (; in_range() && (!bound.has_value() || next->first < *bound); ++next) {
      if (next->second.has_value() && !visit(next->first, *next->second)) {
        stopped = true;
        return false;
      }
    }
    return true;
  };
  absl::Status scanned =
      below_->Scan(table, range, [&](std::string_view key, std::string_view value) {
        if (!show_own(key)) return false;
        if (in_range() && next->first == key) return true;  // ours is shown at the next step
        if (visit(key, value)) return true;
        stopped = true;
        return false;
      });
  if (!scanned.ok() || stopped) return scanned;
  show_own(std::nullopt);
  return absl::OkStatus();
}

bool Overlay::empty() const {
  return std::all_of(writes_.begin(), writes_.end(),
                     [](const TableWrites& writes) { return writes.empty(); });
}

std::vector<Write> Overlay::Writes() const {
  std::vector<Write> all;
  for (std::size_t table = 0; table < kTableCount; ++table) {
    for (const auto& [key, value] : writes_[table]) {
      all.push_back({static_cast<Table>(table), key, value});
    }
  }
  return all;
}

std::vector<Write> Overlay::TakeWrites() {
  std::vector<Write> all;
  for (std::size_t table = 0; table < kTableCount; ++table) {
    while (!writes_[table].empty()) {
      auto node = writes_[table].extract(writes_[table].begin());
      all.push_back({static_cast<Table>(table), std::move(node.key()), std::move(node.mapped())});
    }
  }
  bytes_ = 0;
  return all;
}

void Overlay::MergeInto(Overlay* target) {
  for (Write& write : TakeWrites()) {
    target->Set(write.table, std::move(write.key), std::move(write.value));
  }
}

}  // namespace vigie::storage
