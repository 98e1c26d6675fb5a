// Records read by key, for the parts of the View (view.cc, view_review.cc). Internal to storage/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/keys.h"
#include "storage/overlay.h"
#include "storage/record_codec.h"

namespace vigie::storage {

inline absl::Status Orphan(std::string_view table) {
  return absl::DataLossError("an index entry of table " + std::string(table) +
                             " points to nothing");
}

inline absl::Status BadKey(Table table) {
  return absl::DataLossError("a key of table " + std::string(TableName(table)) + " is damaged");
}

template <typename Value>
absl::StatusOr<std::optional<Value>> GetRecord(const ReadSource& source, Table table,
                                               std::string_view key,
                                               absl::StatusOr<Value> (*decode)(std::string_view)) {
  const absl::StatusOr<std::optional<std::string>> bytes = source.Get(table, key);
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::optional<Value>();
  absl::StatusOr<Value> value = decode(**bytes);
  if (!value.ok()) return value.status();
  return std::optional<Value>(*std::move(value));
}

// Records that index entries point to: each must be there.
template <typename Value>
absl::StatusOr<std::vector<Value>> GetRecords(const ReadSource& source, Table table,
                                              const std::vector<std::string>& keys,
                                              absl::StatusOr<Value> (*decode)(std::string_view)) {
  const absl::StatusOr<std::vector<std::optional<std::string>>> all = source.MultiGet(table, keys);
  if (!all.ok()) return all.status();
  std::vector<Value> values;
  values.reserve(all->size());
  for (const std::optional<std::string>& bytes : *all) {
    if (!bytes.has_value()) return Orphan(TableName(table));
    absl::StatusOr<Value> value = decode(*bytes);
    if (!value.ok()) return value.status();
    values.push_back(*std::move(value));
  }
  return values;
}

inline absl::StatusOr<std::int64_t> GetCount(const ReadSource& source, Table table,
                                             std::string_view key) {
  const absl::StatusOr<std::optional<std::string>> bytes = source.Get(table, key);
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return 0;
  const absl::StatusOr<std::uint64_t> number = DecodeNumber(**bytes);
  if (!number.ok()) return number.status();
  return static_cast<std::int64_t>(*number);
}

}  // namespace vigie::storage
