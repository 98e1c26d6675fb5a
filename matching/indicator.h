// Indicators: the qualification rate as a stated definition, not as a number built into the code.
//
// No published formula of HOP'EN 2 objective 1 could be read, so a definition is data with a name,
// a version, a source and stated parameters; it has no built-in target. The breakdown over the four
// trust statuses is always given, so that any other formula can be computed from the same result.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "matching/identity.h"

namespace vigie::matching {

enum class IndicatorPopulation : std::uint8_t { kVisits, kFileActivePatients };
enum class StatusAsOfRule : std::uint8_t { kAdmission, kDischarge, kExtraction };

struct IndicatorDefinition {
  std::string name;  // e.g. "qualified-visits"
  std::int32_t version = 0;
  std::string title_french, title_english;
  std::string description;  // what it is and what it is not
  std::string source;
  IndicatorPopulation population = IndicatorPopulation::kVisits;
  std::vector<TrustStatus> numerator_statuses;
  StatusAsOfRule status_as_of = StatusAsOfRule::kDischarge;
  std::vector<Activity> activities;  // empty: all
  std::vector<VisitKind> kinds;      // empty: all
  bool exclude_cancelled = true, exclude_unattached = true, exclude_fictitious = true,
       exclude_doubtful = false;
  std::optional<double> target;  // 0..1, with `target_source`; absent by default
  std::string target_source;
  std::string hash;  // 16 hex digits of its canonical text
};

// One visit with what the indicator needs of its identity.
struct IndicatorFact {
  const Visit* visit = nullptr;
  bool attached = false;
  Attributes attributes;
  TrustStatus status_now = TrustStatus::kProvisional;
};

// Exclusion reasons, in the order in which they are tried: a visit is excluded once.
inline constexpr std::array<std::string_view, 4> kExclusionReasons = {"cancelled", "unattached",
                                                                      "fictitious", "doubtful"};

struct IndicatorRow {
  std::map<std::string, std::string> group;  // "month" -> "2026-03", "site" -> FINESS, ...
  std::int64_t numerator = 0;
  std::int64_t denominator = 0;
  std::map<std::string, std::int64_t> exclusions;  // by reason, every reason listed
  std::array<std::int64_t, 4>
      statuses{};  // provisional, recovered, validated, qualified, over the denominator
  std::optional<double> rate() const {  // absent when there is nothing to divide by
    if (denominator == 0) return std::nullopt;
    return static_cast<double>(numerator) / static_cast<double>(denominator);
  }
};

// INVALID_ARGUMENT with line, key and remedy.
absl::StatusOr<IndicatorDefinition> ParseIndicatorDefinition(const std::string& toml,
                                                             const std::string& source_name);
// The compiled-in definitions: TOML texts in matching/definitions/.
std::vector<IndicatorDefinition> ShippedIndicatorDefinitions();

// Adds facts one by one, gives the rows at the end. One thread at a time.
class IndicatorAccumulator {
 public:
  explicit IndicatorAccumulator(const IndicatorDefinition& definition);
  // `group` holds the keys this fact is counted under. Facts outside the definition's activities
  // and kinds are not part of the population: neither counted nor excluded.
  void Add(const IndicatorFact& fact, const std::map<std::string, std::string>& group);
  std::vector<IndicatorRow> Rows() const;  // by group, ascending
  IndicatorRow Total() const;

 private:
  // A patient seen several times in a group counts once (file active), with the latest status.
  struct State;
  IndicatorDefinition definition_;
  std::map<std::map<std::string, std::string>, IndicatorRow> rows_;
  std::map<std::map<std::string, std::string>, std::map<IdentityId, std::pair<Instant, int>>>
      patients_;
};

}  // namespace vigie::matching
