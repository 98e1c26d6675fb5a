// The value types every layer speaks: an identity, its traits, its INS, its evidence, a visit.
//
// Plain values: no invariant hides in a constructor, no I/O, no thread. What a field may hold is
// said beside it; the functions that check or derive live in names.h, date.h, matricule.h, place.h
// and trust.h. An empty string always means "not known"; missing is never "different".
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::matching {

// Microseconds since 1970-01-01T00:00:00Z. Stored and compared in UTC, shown in the time zone of
// the establishment.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

// Number of an identity inside one base. Given by the base, never reused; 0 is "none".
using IdentityId = std::uint64_t;

// A calendar day whose parts may be unknown: 0 is "unknown" for each part. {0,0,0} is an absent
// date. A known day needs a known month except for "day known, month unknown", which RNIV writes
// DD/01/YYYY. date.h parses, checks and completes.
struct Date {
  std::int16_t year = 0;   // 1..9999, 0 unknown
  std::uint8_t month = 0;  // 1..12, 0 unknown
  std::uint8_t day = 0;    // 1..31, 0 unknown
  bool operator==(const Date&) const = default;
  auto operator<=>(const Date&) const = default;  // NOLINT(modernize-use-nullptr) has no 0 of ours
};

// RNIV accepts M, F and I (indeterminate); INSi answers only M and F.
enum class Sex : std::uint8_t { kUnknown = 0, kMale = 1, kFemale = 2, kIndeterminate = 3 };

// The traits of a person as they were given, before any rewriting. UTF-8.
struct Traits {
  // Strict traits (RNIV).
  std::string birth_family_name;       // nom de naissance
  std::string first_birth_given_name;  // premier prénom de naissance
  std::string
      birth_given_names;  // the whole list, in civil-status order, separated by spaces or commas
  Sex sex = Sex::kUnknown;
  Date birth_date;
  std::string birth_place_code;  // COG of the commune or country at birth, 5 characters
  // Complementary traits.
  std::string used_family_name;  // nom utilisé; never filled from the birth name
  std::string used_given_name;   // prénom utilisé; never filled from the first given name
  std::string address_line;
  std::string postal_code;
  std::string city;
  std::string phone;
  std::string email;
  bool operator==(const Traits&) const = default;
};

// The strict names in the form RNIV stores: A-Z, space, apostrophe, hyphen. Derived from Traits by
// names.h; kept beside them so that what was typed is never overwritten.
struct RnivNames {
  std::string birth_family_name;
  std::string first_birth_given_name;
  std::string birth_given_names;  // separated by single spaces
  std::string used_family_name;
  std::string used_given_name;
  bool operator==(const RnivNames&) const = default;
};

// A national health identity: the matricule never stands without its OID.
struct Ins {
  std::string matricule;  // 15 characters, key included
  std::string oid;        // 1.2.250.1.213.1.4.8 (NIR), .9 (NIA), .10 test, .11 demonstration
  bool operator==(const Ins&) const = default;
};

enum class TrustStatus : std::uint8_t {
  kProvisional = 1,
  kRecovered = 2,
  kValidated = 3,
  kQualified = 4,
};

struct Attributes {
  bool homonym = false;
  bool doubtful = false;
  bool fictitious = false;
  bool operator==(const Attributes&) const = default;
};

// The two facts and the attributes the trust status is derived from (trust.h).
struct TrustFacts {
  bool insi_accepted = false;     // an INSi answer 00 was compared with the traits and accepted
  bool document_checked = false;  // a high-assurance identification document was checked
  Attributes attributes;
  bool operator==(const TrustFacts&) const = default;
};

// One answer of INSi, as received. Traits as returned are kept as received (EXI REC 07).
struct InsiAnswer {
  std::string
      return_code;  // "00" one identity, "01" none found, "02" several; faults are not stored
  Instant queried_at{};
  std::optional<Ins> ins;           // active matricule; only with "00"
  std::vector<Ins> history;         // earlier matricules of the same person (INSHISTO)
  Traits traits;                    // traits as INSi returned them; only with "00"
  bool coherence_accepted = false;  // a person compared the answer with the patient and accepted it
  // What INSi was asked with beside family name, sex and birth date, in words of next_step.h, e.g.
  // {"given_name_2", "with_place"}; empty: not said.
  std::vector<std::string> query_criteria;
  bool operator==(const InsiAnswer&) const = default;
};

// A call of INSi that came back with no answer: a fault of the service or of the way to it.
struct InsiFault {
  Instant queried_at{};
  std::string code;  // of the fault, e.g. "siram_40": 1..64 of a-z, 0-9, _, ., -
  bool operator==(const InsiFault&) const = default;
};

// One identification document that was looked at.
struct Evidence {
  std::string type;  // key of the configured device list, e.g. "passport", "national_id_card"
  Date checked_on;
  bool high_assurance = false;  // from the device list at the time of the check
  std::string parent_type{};    // of a minor: the parent's document checked with it; else empty
  bool operator==(const Evidence&) const = default;
};

// From `effective_at` on, the identity has `status`, until the next period begins.
struct StatusPeriod {
  Instant effective_at{};
  TrustStatus status = TrustStatus::kProvisional;
  std::string rule;  // identifier of the transition rule (trust.h)
  bool operator==(const StatusPeriod&) const = default;
};

// One record of one person in one identification domain.
struct Identity {
  IdentityId id = 0;
  std::int64_t version = 0;  // 1 at creation, +1 with every change; the etag
  std::string domain;
  std::string local_id;  // IPP in force in `domain`
  Traits traits;         // as given
  RnivNames rniv;        // derived from traits under `normalizer_version`
  std::int32_t normalizer_version = 0;
  std::optional<Ins> ins;        // only while trust.insi_accepted
  std::vector<Ins> ins_history;  // matricules this person had before
  // When INSi (or the Appli carte Vitale) last confirmed the INS in force; absent without INS.
  std::optional<Instant> ins_confirmed_at;
  std::optional<InsiAnswer> last_insi_answer;
  std::optional<Evidence> evidence;
  TrustFacts trust;
  std::vector<StatusPeriod> status_periods;  // by effective_at, at least one
  Instant created_at{};
  Instant updated_at{};
  // The identity this one was merged into, which may itself be merged by now; 0: it stands for
  // itself. A merged identity is kept whole and found under its local id, and is in no index of
  // persons and no count but that of merged ones.
  IdentityId merged_into = 0;
  bool operator==(const Identity&) const = default;
};

// What an identity's history keeps of one change.
struct Change {
  IdentityId identity_id = 0;
  std::int64_t version = 0;  // the version this change made
  std::int64_t commit_number = 0;
  Instant changed_at{};
  std::string actor;                        // who, in the caller's words; empty when not said
  std::string operation;                    // e.g. "register", "update", "record_insi_answer"
  std::string reason;                       // free text of the actor, may be empty
  std::vector<std::string> changed_fields;  // names as in the contract, e.g. "birth_family_name"
  TrustStatus status_before = TrustStatus::kProvisional;
  TrustStatus status_after = TrustStatus::kProvisional;
  std::string rule;                // rule of the status transition, empty when none
  std::optional<Identity> before;  // absent for the first version
  // The document looked at, also when the identity keeps another one or it contradicts the traits.
  std::optional<Evidence> evidence;
  std::optional<InsiFault> insi_fault;  // a call of INSi without answer; nothing else changed then
  bool operator==(const Change&) const = default;
};

enum class Activity : std::uint8_t {
  kUnknown = 0,
  kMco = 1,
  kSmr = 2,
  kPsy = 3,
  kHad = 4,
  kDialysis = 5,
};

enum class VisitKind : std::uint8_t {
  kUnknown = 0,
  kInpatient = 1,
  kDay = 2,
  kOutpatient = 3,
  kEmergency = 4,
  kSession = 5,
};

// True for a code of an entry channel: 1 to 32 of a-z, 0-9, '_' and '-'. Each establishment has its
// own, for example desk, online, kiosk, emergency, transfer.
constexpr bool IsEntryChannel(std::string_view text) {
  if (text.empty() || text.size() > 32) return false;
  for (const char c : text) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-')) return false;
  }
  return true;
}

// One stay or passage. Kept also when its identity is not known yet (identity_id 0).
struct Visit {
  std::string domain;
  std::string visit_number;    // unique in the domain
  std::string local_id;        // IPP the visit was recorded under
  IdentityId identity_id = 0;  // 0: not attached yet
  std::string legal_entity_finess;
  std::string site_finess;
  Activity activity = Activity::kUnknown;
  VisitKind kind = VisitKind::kUnknown;
  Instant admitted_at{};
  std::optional<Instant> discharged_at;
  bool cancelled = false;
  std::string entry_channel;  // how the patient came in, see IsEntryChannel; empty: not known
  std::int64_t version = 0;   // 1 at creation; the etag
  // Status of the identity at these two instants; absent while unattached, and at discharge while
  // not discharged.
  std::optional<TrustStatus> status_at_admission;
  std::optional<TrustStatus> status_at_discharge;
  bool operator==(const Visit&) const = default;
};

// Bands of a score, from its probability and the model's thresholds (model.h).
enum class Band : std::uint8_t { kBelow = 0, kPossible = 1, kProbable = 2, kCertain = 3 };

}  // namespace vigie::matching
