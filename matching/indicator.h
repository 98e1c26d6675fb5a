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
// holds, so that the order of the facts never matters). kIdentityStock: each identity registered
// before the window's end counts once, with or without visits; what concerns visits (their
// exclusions, lists, groups) does not apply.
enum class IndicatorPopulation : std::uint8_t { kVisits, kFileActivePatients, kIdentityStock };

// Which status of the identity a visit counts with.
// kAdmission: the one remembered at admission. kDischarge: the one remembered at discharge; a visit
// not discharged yet, or discharged after IndicatorQuery::status_at, counts with the status at
// extraction, which is what it would be discharged with. kExtraction: the status at
// IndicatorQuery::status_at, which is now unless an earlier cut-off is asked for. kWindowEnd: the
// status at the first instant after the window.
// A visit without the remembered status it needs counts as provisional: nothing is known to have
// been established, and a rate is never overstated.
enum class StatusAsOfRule : std::uint8_t { kAdmission, kDischarge, kExtraction, kWindowEnd };

// The return code of the last INSi answer kept: none was ever kept, "00" one identity, "01" none
// found, "02" several found.
enum class LastInsiAnswer : std::uint8_t { kNone, kFound, kNotFound, kSeveral };

// An own exclusion: a visit that meets every condition stated is left out under `reason`. What a
// condition asks about and is not known does not hold, so that nothing leaves the rate by guess.
struct ExclusionRule {
  std::string reason;  // 1..64 of a-z, 0-9, '_'; not one of kExclusionReasons
  // Age in days at admission, both included: days of the establishment's zone from the birth date
  // to the admission. Not known for a partial birth date and for a birth after the admission.
  std::optional<std::int32_t> age_days_min, age_days_max;
  std::optional<bool> born_abroad;          // see IndicatorIdentity
  std::vector<LastInsiAnswer> last_insi;    // any of; empty: no condition; so are the lists below
  std::vector<TrustStatus> statuses;        // the status the visit would count with
  std::vector<Activity> activities;         // never those of unknown activity
  std::vector<VisitKind> kinds;             // never those of unknown kind
  std::vector<std::string> entry_channels;  // a channel's code; "" is "not known"
  bool operator==(const ExclusionRule&) const = default;
};

// The days a definition counts when it is not told which. kNone: it must be told. The calendar ones
// are those that contain a reference day; kRollingDays are `rolling_days` days that end on it;
// kFixed are `from` to `to`.
enum class WindowKind : std::uint8_t {
  kNone,
  kCalendarMonth,
  kCalendarQuarter,
  kCalendarSemester,
  kRollingDays,
  kFixed,
};
struct IndicatorWindow {
  WindowKind kind = WindowKind::kNone;
  std::int32_t rolling_days = 0;  // 1..3,660; only with kRollingDays
  Date from, to;                  // both included; only with kFixed
  bool operator==(const IndicatorWindow&) const = default;
};

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
  IndicatorWindow window;
  // Empty: all. A visit of unknown activity (kind, legal entity, site) belongs to no list that
  // names some. What is in no list is not of the population: neither counted nor excluded.
  std::vector<Activity> activities;
  std::vector<VisitKind> kinds;
  std::vector<std::string> legal_entities;  // FINESS numbers; several are a group of hospitals
  std::vector<std::string> sites;           // FINESS numbers
  std::string group_name;  // what the legal entities are together, e.g. a GHT; may be empty
  bool exclude_cancelled = true, exclude_unattached = true, exclude_fictitious = true,
       exclude_doubtful = false;
  std::vector<ExclusionRule> exclusion_rules;  // tried after the four above, in this order
  std::optional<double> target;                // 0..1, with `target_source`; absent by default
  std::string target_source;
  std::string hash;  // 16 hex digits of its canonical text (IndicatorDefinitionHash)
};

// Which visits and which statuses one computation takes. The same for every fact of it.
struct IndicatorQuery {
  Instant window_begin{}, window_end{};  // visits admitted from begin on and before end
  Instant status_at{};                   // the extraction: now, or the cut-off asked for
};

// What an indicator needs of an identity.
struct IndicatorIdentity {
  IdentityId id = 0;
  Instant created_at{};
  Attributes attributes;  // now, whatever the query's instants
  TrustStatus status_at_window_end = TrustStatus::kProvisional;
  TrustStatus status_at_extraction = TrustStatus::kProvisional;
  LastInsiAnswer last_insi = LastInsiAnswer::kNone;
  std::optional<std::int64_t> birth_day;  // days since 1970-01-01; absent: unknown or partial
  // The birth place is a country's code (99xxx) other than France's (99100); absent: the place is
  // not known (empty, 99999, or no code at all).
  std::optional<bool> born_abroad;
  bool merged = false;  // another identity stands for it: no stock has it
};
IndicatorIdentity IndicatorIdentityOf(const Identity& identity, const IndicatorQuery& query);

// One visit with what the indicator needs of its identity.
struct IndicatorFact {
  const Visit* visit = nullptr;                 // never null; looked at only during Add
  const IndicatorIdentity* identity = nullptr;  // null: not attached; looked at only during Add
  std::int64_t admitted_day = 0;  // days since 1970-01-01 of the admission's day in the
                                  // establishment's zone; for the age at admission
};

// Exclusion reasons that every definition has, in the order in which they are tried: a visit is
// excluded once. Exclusions are counted in visits, for visits and for a file active, and in
// identities for the stock of identities. Attributes are those now: an identity marked fictitious
// today takes its past visits out.
inline constexpr std::array<std::string_view, 4> kExclusionReasons = {"cancelled", "unattached",
                                                                      "fictitious", "doubtful"};
// Those, then the reasons of the definition's own rules, in the order in which they are tried.
std::vector<std::string> ExclusionReasonsOf(const IndicatorDefinition& definition);

struct IndicatorRow {
  std::map<std::string, std::string> group;  // "month" -> "2026-03", "site" -> FINESS, ...
  std::int64_t numerator = 0;
  std::int64_t denominator = 0;
  std::map<std::string, std::int64_t> exclusions;  // by reason, every reason listed
  std::array<std::int64_t, 4>
      statuses{};  // provisional, recovered, validated, qualified, over the denominator
  // Visits without identity, whatever the definition excludes and for whatever reason; of the
  // population, not of the denominator. 0 for the stock of identities.
  std::int64_t unattached_count = 0;
  // Of the denominator: what is marked so now. One may be counted in several.
  std::int64_t homonym_count = 0, doubtful_count = 0, fictitious_count = 0;
  std::optional<double> rate() const {  // absent when there is nothing to divide by
    if (denominator == 0) return std::nullopt;
    return static_cast<double>(numerator) / static_cast<double>(denominator);
  }
  bool operator==(const IndicatorRow&) const = default;
};

// Reads a definition. The keys are those of the shipped texts (matching/definitions/); left out,
// a list is empty, [exclude] has the defaults above and there is no window and no target.
// INVALID_ARGUMENT with `source_name`, line, key and remedy: malformed or oversized text (64 KiB),
// unknown key or word, missing key, wrong type, what CheckIndicatorDefinition refuses.
absl::StatusOr<IndicatorDefinition> ParseIndicatorDefinition(const std::string& toml,
                                                             const std::string& source_name);
// The definition as TOML text that reads as the same definition, with every key it has; the same
// definition always gives the same text.
std::string WriteIndicatorDefinition(const IndicatorDefinition& definition);
// The compiled-in definitions: TOML texts in matching/definitions/. The first is the default.
std::vector<IndicatorDefinition> ShippedIndicatorDefinitions();
// Their texts, to print and to start an own one from; nullopt for an unknown name.
std::optional<std::string_view> ShippedIndicatorDefinitionToml(std::string_view name);

// INVALID_ARGUMENT naming the key: a name that is not 1..64 of a-z, 0-9 and '-', a version below 1,
// an empty title, description, source or numerator, a repeated or unknown list item, more than 64
// legal entities, 256 sites or 16 own exclusions, a number that is no FINESS, a group name without
// legal entities, a window that is half said, an own exclusion without condition, with a reason
// said before or with ages that exclude each other, a target outside 0..1, a target without source
// or a source without target, a file active that keeps visits without identity (there would be no
// patient to count), a stock of identities with a status, list or condition of visits.
absl::Status CheckIndicatorDefinition(const IndicatorDefinition& definition);
// Over every field but the hash; lists count as sets. The same figures come from the same hash.
std::string IndicatorDefinitionHash(const IndicatorDefinition& definition);

// Days, both included.
struct DayWindow {
  Date from, to;
  bool operator==(const DayWindow&) const = default;
};
// The definition's own window at a reference day, which is complete and valid. nullopt: it has
// none.
std::optional<DayWindow> ResolveWindow(const IndicatorDefinition& definition,
                                       const Date& reference);

// Whether an age at admission in days is what the rule asks for; true when it asks for none.
bool AgeIsWithin(const ExclusionRule& rule, std::int64_t age_days);
// Whether the visit is of the definition's activities, kinds, legal entities and sites. The window
// is the caller's business.
bool IsInPopulation(const IndicatorDefinition& definition, const Visit& visit);
// The status a fact counts with, excluded or not. `population` visits or file active.
TrustStatus StatusCounted(const IndicatorDefinition& definition, const IndicatorQuery& query,
                          const IndicatorFact& fact);

// The status a fact counts with; nullopt when it is excluded or outside the window or the
// definition's lists. What the accumulator counts, for one fact: visits or file active (where of
// a patient's visits the latest one counts).
std::optional<TrustStatus> CountedStatus(const IndicatorDefinition& definition,
                                         const IndicatorQuery& query, const IndicatorFact& fact);
// The same for an identity of the stock.
std::optional<TrustStatus> CountedStatus(const IndicatorDefinition& definition,
                                         const IndicatorQuery& query,
                                         const IndicatorIdentity& identity);

// Adds facts one by one, gives the rows at the end. One thread at a time. The order of the facts
// does not matter. Memory: one row a group, and for a file active one entry a patient and group.
class IndicatorAccumulator {
 public:
  // Precondition: CheckIndicatorDefinition accepts the definition.
  IndicatorAccumulator(const IndicatorDefinition& definition, const IndicatorQuery& query);
  // `group` is a number from 0 on that the caller gives each group; numbers need not be dense, but
  // memory goes with the largest. Facts outside the window or the definition's lists are not part
  // of the population: neither counted nor excluded. Not for the stock of identities.
  void Add(const IndicatorFact& fact, std::uint32_t group);
  // For the stock of identities only.
  void AddIdentity(const IndicatorIdentity& identity, std::uint32_t group);
  // Takes over what `other`, of the same definition and query, was given: its group i is here
  // `groups[i]`. A patient of a file active may be in both.
  void Merge(const IndicatorAccumulator& other, const std::vector<std::uint32_t>& groups);
  // Whether anything of the population was added to the group, counted or excluded.
  bool Has(std::uint32_t group) const;
  // The group's counts; its `group` is empty, the caller has the names.
  IndicatorRow Row(std::uint32_t group) const;
  // Over everything added. Of a file active it is not the sum of the rows: a patient seen in two
  // groups counts once.
  IndicatorRow Total() const;

 private:
  // A patient's latest visit that counts, and what it counts as.
  struct LatestVisit {
    Instant admitted_at{};
    TrustStatus status = TrustStatus::kProvisional;
    Attributes attributes;
  };
  struct Tally {
    bool used = false;
    std::int64_t unattached_count = 0;
    std::vector<std::int64_t> exclusions;                    // as ExclusionReasonsOf
    std::array<std::int64_t, 4> statuses{};                  // for kVisits and kIdentityStock
    std::array<std::int64_t, 3> attributes{};                // homonym, doubtful, fictitious
    std::unordered_map<IdentityId, LatestVisit> patients{};  // for kFileActivePatients
  };

  Tally& TallyOf(std::uint32_t group);
  static void Count(TrustStatus status, const Attributes& attributes, Tally& tally);
  static void TakeLatest(IdentityId patient, const LatestVisit& seen, Tally& tally);
  void MergeTally(const Tally& from, Tally& into);
  IndicatorRow RowOf(const Tally& tally) const;

  IndicatorDefinition definition_;
  IndicatorQuery query_;
  std::vector<std::string> reasons_;
  std::vector<Tally> groups_;
  Tally total_;
};

}  // namespace vigie::matching
