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
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "matching/identity.h"

namespace vigie::matching {

// kVisits: each visit counts. kFileActivePatients: a patient counts once in each group, with the
// status of the latest visit that counts (by admission; of two at the same instant the lower status
// holds, so that the order of the facts never matters).
enum class IndicatorPopulation : std::uint8_t { kVisits, kFileActivePatients };

// Which status of the identity a visit counts with.
// kAdmission: the one remembered at admission. kDischarge: the one remembered at discharge; a visit
// not discharged yet counts with the status now, which is what it would be discharged with.
// kExtraction: the status now. A visit without the remembered status it needs counts as
// provisional: nothing is known to have been established, and a rate is never overstated.
enum class StatusAsOfRule : std::uint8_t { kAdmission, kDischarge, kExtraction };

// What to count. A plain value; CheckIndicatorDefinition says whether it makes sense.
struct IndicatorDefinition {
  std::string name;  // e.g. "qualified-visits"
  std::int32_t version = 0;
  std::string title_french, title_english;
  std::string description;  // what it is and what it is not
  std::string source;
  IndicatorPopulation population = IndicatorPopulation::kVisits;
  std::vector<TrustStatus> numerator_statuses;
  StatusAsOfRule status_as_of = StatusAsOfRule::kDischarge;
  // Empty: all. A visit of unknown activity (kind) belongs to no list that names some.
  std::vector<Activity> activities;
  std::vector<VisitKind> kinds;
  bool exclude_cancelled = true, exclude_unattached = true, exclude_fictitious = true,
       exclude_doubtful = false;
  std::optional<double> target;  // 0..1, with `target_source`; absent by default
  std::string target_source;
  std::string hash;  // 16 hex digits of its canonical text (IndicatorDefinitionHash)
};

// One visit with what the indicator needs of its identity.
struct IndicatorFact {
  const Visit* visit = nullptr;  // never null when added; looked at only during Add
  bool attached = false;         // the identity is known; attributes and status_now are its own
  Attributes attributes;         // now, at extraction
  TrustStatus status_now = TrustStatus::kProvisional;
};

// Exclusion reasons, in the order in which they are tried: a visit is excluded once. Exclusions are
// counted in visits, for both populations. Attributes are those at extraction: an identity marked
// fictitious today takes its past visits out.
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

// Reads a definition. The keys are those of the shipped texts (matching/definitions/); left out,
// a list is empty, [exclude] has the defaults above and there is no target. INVALID_ARGUMENT with
// `source_name`, line, key and remedy: malformed or oversized text (64 KiB), unknown key or word,
// missing key, wrong type, what CheckIndicatorDefinition refuses.
absl::StatusOr<IndicatorDefinition> ParseIndicatorDefinition(const std::string& toml,
                                                             const std::string& source_name);
// The compiled-in definitions: TOML texts in matching/definitions/. The first is the default.
std::vector<IndicatorDefinition> ShippedIndicatorDefinitions();
// Their texts, to print and to start an own one from; nullopt for an unknown name.
std::optional<std::string_view> ShippedIndicatorDefinitionToml(std::string_view name);

// INVALID_ARGUMENT naming the key: a name that is not 1..64 of a-z, 0-9 and '-', a version below 1,
// an empty title, description, source or numerator, a repeated or unknown list item, a target
// outside 0..1, a target without source or a source without target, a file active that keeps
// visits without identity (there would be no patient to count).
absl::Status CheckIndicatorDefinition(const IndicatorDefinition& definition);
// Over every field but the hash; lists count as sets. The same figures come from the same hash.
std::string IndicatorDefinitionHash(const IndicatorDefinition& definition);

// Adds facts one by one, gives the rows at the end. One thread at a time. The order of the facts
// does not matter. Memory: one row a group, and for a file active one entry a patient and group.
class IndicatorAccumulator {
 public:
  // Precondition: CheckIndicatorDefinition accepts the definition.
  explicit IndicatorAccumulator(const IndicatorDefinition& definition);
  // `group` holds the keys this fact is counted under. Facts outside the definition's activities
  // and kinds are not part of the population: neither counted nor excluded.
  void Add(const IndicatorFact& fact, const std::map<std::string, std::string>& group);
  // By group, ascending. A group whose facts were all excluded has a row; none was added: no row.
  std::vector<IndicatorRow> Rows() const;
  // Over everything added; its group is empty. Of a file active it is not the sum of the rows: a
  // patient seen in two groups counts once.
  IndicatorRow Total() const;

 private:
  using Group = std::map<std::string, std::string>;
  // Of a patient's visits, the latest and the status it counts with.
  struct LatestVisit {
    Instant admitted_at{};
    TrustStatus status = TrustStatus::kProvisional;
  };
  struct Tally {
    std::array<std::int64_t, kExclusionReasons.size()> exclusions{};
    std::array<std::int64_t, 4> statuses{};                  // visits, for kVisits
    std::unordered_map<IdentityId, LatestVisit> patients{};  // for kFileActivePatients
  };

  bool InPopulation(const Visit& visit) const;
  // Index in kExclusionReasons, or its size when the visit counts.
  std::size_t ExclusionOf(const IndicatorFact& fact) const;
  TrustStatus StatusCounted(const IndicatorFact& fact) const;
  IndicatorRow RowOf(const Group& group, const Tally& tally) const;

  IndicatorDefinition definition_;
  std::map<Group, Tally> groups_;
  Tally total_;
};

}  // namespace vigie::matching
