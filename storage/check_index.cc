#include "storage/check_index.h"

#include <utility>

#include "absl/hash/hash.h"
#include "storage/keys.h"
#include "storage/record_codec.h"

namespace vigie::storage {
namespace {

std::uint64_t HashOf(std::string_view key, std::string_view value) {
  return absl::HashOf(key, value);
}

std::size_t PartOf(std::string_view key, std::size_t part_count) {
  return absl::HashOf(key) % part_count;
}

// A counter's value, or nothing when it is none.
std::optional<std::int64_t> CountIn(std::string_view value) {
  const absl::StatusOr<std::uint64_t> count = DecodeNumber(value);
  if (!count.ok()) return std::nullopt;
  return static_cast<std::int64_t>(*count);
}

std::uint64_t ShareOf(std::string_view key, std::int64_t count) {
  return HashOf(key, "") * static_cast<std::uint64_t>(count);
}

std::string IdentityReference(matching::IdentityId id) { return "identity/" + std::to_string(id); }
std::string CaseReference(std::uint64_t id) { return "case/" + std::to_string(id); }

std::string CounterReference(std::string_view key) {
  constexpr std::array<const char*, kCounterCount + 1> kNames = {
      "",           "identities",  "visits",    "unattached_visits",
      "open_cases", "provisional", "recovered", "validated",
      "qualified",  "merged"};
  std::uint8_t column = 0;
  std::uint64_t value_hash = 0;
  if (ParseTermKey(key, &column, &value_hash)) return "term/column-" + std::to_string(column);
  if (key.size() == 2 && key[0] == 'c') {
    const auto number = static_cast<std::size_t>(static_cast<unsigned char>(key[1]));
    if (number < kNames.size()) return std::string("counter/") + kNames[number];
  }
  return key.substr(0, 1) == kCaseCountPrefix ? "counter/cases" : "";
}

std::string CaseEntryReference(std::string_view key, std::string_view value) {
  std::uint8_t state = 0;
  std::uint64_t id = 0;
  if (ParseCaseQueueKey(key, &state, &id)) return CaseReference(id);
  if (!key.empty() && key.front() == 'l' && ParseNumberBytes(value, &id)) return CaseReference(id);
  if (key.size() > 8 && ParseNumberBytes(key.substr(key.size() - 8), &id)) return CaseReference(id);
  return "";
}

std::string VisitEntryReference(std::string_view key) {
  std::string visit_key, domain, number;
  if (!ParseVisitIndexKey(key, &visit_key) || !ParseVisitKey(visit_key, &domain, &number)) {
    return "";
  }
  return "visit/" + domain + "/" + number;
}

}  // namespace

std::string ReferenceOfEntry(Table table, std::string_view key, std::string_view value) {
  std::uint64_t id = 0;
  std::uint64_t candidate_key = 0;
  matching::Ins ins;
  matching::Instant confirmed_at;
  matching::Date date;
  SearchNameKind kind{};
  std::string letters;
  switch (table) {
    case Table::kLocalId:
      return ParseNumberBytes(value, &id) ? IdentityReference(id) : "";
    case Table::kIns:
      return ParseInsKey(key, &ins, &id) || ParseInsConfirmationKey(key, &confirmed_at, &id)
                 ? IdentityReference(id)
                 : "";
    case Table::kCandidate:
      return ParseCandidateIndexKey(key, &candidate_key, &id) ? IdentityReference(id) : "";
    case Table::kSearch:
      return ParseSearchKey(key, &date, &kind, &letters, &id) ? IdentityReference(id) : "";
    case Table::kVisitIndex:
      return VisitEntryReference(key);
    case Table::kCaseIndex:
      return CaseEntryReference(key, value);
    case Table::kCounter:
      return CounterReference(key);
    case Table::kDecisionIndex:
      return ParseDecisionListKey(key, &id) || ParseNumberBytes(value, &id)
                 ? "decision/" + std::to_string(id)
                 : "";
    case Table::kLabelIndex: {
      std::uint64_t right = 0;
      return ParseLabelWaitingKey(key, &id, &right)
                 ? "label/" + std::to_string(id) + "," + std::to_string(right)
                 : "";
    }
    default:
      return "";
  }
}

IndexComparison::Comparison& IndexComparison::Of(Table table) {
  std::size_t i = 0;
  while (kIndexTables[i] != table) ++i;
  return comparisons_[i];
}

void IndexComparison::AddExpected(const Derived& derived) {
  for (const auto& [place, value] : derived.entries) {
    Of(place.first).expected[PartOf(place.second, kPartCount)] += HashOf(place.second, value);
  }
  Comparison& counters = Of(Table::kCounter);
  for (const auto& [key, count] : derived.counts) {
    counters.expected[PartOf(key, kPartCount)] += ShareOf(key, count);
  }
}

absl::Status IndexComparison::AddActual(const KeyValueStore& kv, const Snapshot* snapshot,
                                        const Report& report) {
  for (const Table table : kIndexTables) {
    Comparison& comparison = Of(table);
    absl::Status scanned =
        kv.Scan(table, {}, snapshot, [&](std::string_view key, std::string_view value) {
          ++entry_count_;
          std::uint64_t& sum = comparison.actual[PartOf(key, kPartCount)];
          if (table != Table::kCounter) {
            sum += HashOf(key, value);
            return true;
          }
          const std::optional<std::int64_t> count = CountIn(value);
          if (!count || *count == 0) {
            report({"counter_damaged", std::string(TableName(table)), CounterReference(key),
                    count ? "a counter of 0 is kept" : "a counter is not a number"});
          }
          sum += ShareOf(key, count.value_or(0));
          return true;
        });
    if (!scanned.ok()) return scanned;
  }
  return absl::OkStatus();
}

bool IndexComparison::BeginSecondRound() {
  bool any = false;
  for (Comparison& comparison : comparisons_) {
    for (std::size_t part = 0; part < kPartCount; ++part) {
      if (comparison.expected[part] == comparison.actual[part]) continue;
      any = true;
      ++comparison.differing_parts;
      if (comparison.examined.size() < kPartsExaminedMax) comparison.examined.insert(part);
    }
  }
  return any;
}

void IndexComparison::CollectExpected(const Derived& derived, const std::string& reference) {
  for (const auto& [place, value] : derived.entries) {
    Comparison& comparison = Of(place.first);
    if (comparison.examined.count(PartOf(place.second, kPartCount)) == 0) continue;
    comparison.entries[place.second] = {value, reference, 0};
  }
  Comparison& counters = Of(Table::kCounter);
  for (const auto& [key, count] : derived.counts) {
    if (counters.examined.count(PartOf(key, kPartCount)) == 0) continue;
    Expected& expected = counters.entries[key];
    expected.reference = CounterReference(key);
    expected.count += count;
    expected.value = NumberBytes(static_cast<std::uint64_t>(expected.count));
  }
}

absl::Status IndexComparison::Compare(const KeyValueStore& kv, const Snapshot* snapshot,
                                      const Report& report) {
  for (const Table table : kIndexTables) {
    Comparison& comparison = Of(table);
    if (comparison.examined.empty()) continue;
    const std::string name(TableName(table));
    absl::Status scanned =
        kv.Scan(table, {}, snapshot, [&](std::string_view key, std::string_view value) {
          if (comparison.examined.count(PartOf(key, kPartCount)) == 0) return true;
          const auto found = comparison.entries.find(std::string(key));
          if (found == comparison.entries.end()) {
            report({"entry_extra", name, ReferenceOfEntry(table, key, value),
                    "an entry that no record gives"});
            return true;
          }
          if (found->second.value != value) {
            std::string message = "an entry has another value than the records give";
            const std::optional<std::int64_t> count = CountIn(value);
            if (table == Table::kCounter && count) {
              message = "kept " + std::to_string(*count) + ", the records give " +
                        std::to_string(found->second.count);
            }
            report({"entry_wrong", name, found->second.reference, std::move(message)});
          }
          comparison.entries.erase(found);
          return true;
        });
    if (!scanned.ok()) return scanned;
    ReportRest(table, comparison, report);
  }
  return absl::OkStatus();
}

void IndexComparison::ReportRest(Table table, const Comparison& comparison,
                                 const Report& report) const {
  const std::string name(TableName(table));
  for (const auto& [key, expected] : comparison.entries) {
    report({"entry_missing", name, expected.reference, "an entry is missing"});
  }
  if (comparison.differing_parts > comparison.examined.size()) {
    report({"more_differences", name, "",
            std::to_string(comparison.differing_parts - comparison.examined.size()) +
                " more parts of " + std::to_string(kPartCount) +
                " differ and were not walked entry by entry"});
  }
}

}  // namespace vigie::storage
