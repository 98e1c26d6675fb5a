// Compares what records give with what index tables and counters hold, in constant memory.
//
// Each table is cut into parts by a hash of the key; each part keeps the sum of its entries' hashes
// (of a counter: its count times the hash of its key), once as the records give it and once as the
// table has it. Sums that agree mean, but for a chance of about 2^-64 a part, the same entries.
// Parts that differ are walked again, entry by entry.
//
// One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "storage/check.h"
#include "storage/kv.h"
#include "storage/transaction.h"

namespace vigie::storage {

// The tables compared.
inline constexpr std::array<Table, 9> kIndexTables = {
    Table::kLocalId, Table::kIns,           Table::kCandidate,
    Table::kSearch,  Table::kVisitIndex,    Table::kCaseIndex,
    Table::kCounter, Table::kDecisionIndex, Table::kLabelIndex};

class IndexComparison {
 public:
  using Report = std::function<void(CheckFinding finding)>;

  // First round: what every record gives, then what every table holds.
  void AddExpected(const Derived& derived);
  absl::Status AddActual(const KeyValueStore& kv, const Snapshot* snapshot, const Report& report);
  std::int64_t entry_count() const { return entry_count_; }

  // True when something differs: then the second round tells what. Every record's share again with
  // its reference, then Compare.
  bool BeginSecondRound();
  void CollectExpected(const Derived& derived, const std::string& reference);
  absl::Status Compare(const KeyValueStore& kv, const Snapshot* snapshot, const Report& report);

 private:
  static constexpr std::size_t kPartCount = 4096;
  // Entries compared one by one at most, by table: a base damaged beyond that is told in parts.
  static constexpr std::size_t kPartsExaminedMax = 64;

  struct Expected {
    std::string value;
    std::string reference;
    std::int64_t count = 0;  // of a counter
  };
  struct Comparison {
    std::array<std::uint64_t, kPartCount> expected{};
    std::array<std::uint64_t, kPartCount> actual{};
    std::set<std::size_t> examined;  // parts of the second round
    std::size_t differing_parts = 0;
    std::map<std::string, Expected> entries;  // of `examined`
  };

  Comparison& Of(Table table);
  void ReportRest(Table table, const Comparison& comparison, const Report& report) const;

  std::array<Comparison, kIndexTables.size()> comparisons_;
  std::int64_t entry_count_ = 0;
};

// Which record an entry of an index table is about, e.g. "identity/42"; empty when its key is none.
std::string ReferenceOfEntry(Table table, std::string_view key, std::string_view value);

}  // namespace vigie::storage
