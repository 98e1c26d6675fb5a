// Is a request acceptable? Pure functions; each limit stands here once, with its reason.
//
// A check never changes what it looks at and never quotes it: problems name the field and a code.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "daemon/registry/environment.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/registry.h"
#include "matching/identity.h"

namespace vigie::daemon {

// Limits of what comes from outside, in characters unless said otherwise.
inline constexpr std::size_t kRequestIdLengthMax = 64;  // a UUID is 36; it is a key on disk
inline constexpr std::size_t kActorLengthMax = 128;     // kept in every history and audit entry
inline constexpr std::size_t kReasonLengthMax = 1024;   // a paragraph
inline constexpr std::size_t kDomainLengthMax = 64;     // part of keys; an OID fits
inline constexpr std::size_t kLocalIdLengthMax = 64;    // part of keys; CX.1 of HL7 is shorter
inline constexpr std::size_t kVisitNumberLengthMax = 64;
inline constexpr std::size_t kNameBytesMax = 1024;  // before rewriting; 100 characters after it
inline constexpr std::size_t kAddressLengthMax = 256;
inline constexpr std::size_t kPostalCodeLengthMax = 16;  // foreign ones are longer than ours
inline constexpr std::size_t kCityLengthMax = 100;
inline constexpr std::size_t kPhoneLengthMax = 32;
inline constexpr std::size_t kEmailLengthMax = 254;     // RFC 5321
inline constexpr std::size_t kInsHistoryCountMax = 50;  // INSi itself gives about ten
inline constexpr std::size_t kFaultCodeLengthMax = 64;  // a name, not a stack trace
inline constexpr int kBirthYearMin = 1850;              // nobody older can be a patient
inline constexpr std::size_t kSearchLettersMax = 3;     // RNIV prior search
inline constexpr std::int32_t kSearchPageSizeDefault = 50;
inline constexpr std::int32_t kSearchPageSizeMax = 200;  // one screen is far less
inline constexpr std::int32_t kMatchLimitDefault = 10;
inline constexpr std::int32_t kMatchLimitMax = 100;  // each carries a whole identity
inline constexpr std::int32_t kHistoryLimitDefault = 50;
inline constexpr std::int32_t kHistoryLimitMax = 200;
inline constexpr std::int32_t kCasePageSizeDefault = 50;
inline constexpr std::int32_t kCasePageSizeMax = 200;
inline constexpr std::size_t kBulkRequestCountMax = 10'000;  // of RegisterAll, RecordVisits

using Problems = std::vector<FieldProblem>;

// Valid UTF-8 without control characters; the count of its characters, or nullopt.
std::optional<std::size_t> CountCharacters(std::string_view text);

void CheckContext(const MutationContext& context, Problems& problems);
void CheckDomain(std::string_view domain, const std::string& field, Problems& problems);
// Local ids and visit numbers: 1..length_max printable ASCII characters without space.
void CheckLocalKey(std::string_view key, std::size_t length_max, const std::string& field,
                   Problems& problems);

// Traits of an identity: what creation needs is there, every value is within its limits, names are
// acceptable as RNIV form. `today` in the establishment's zone. Fields are `prefix` + member name.
void CheckTraits(const matching::Traits& traits, const matching::Date& today,
                 const std::string& prefix, Problems& problems);
// Traits to compare only: within limits, valid text; anything may be missing or not RNIV.
void CheckTraitsToCompare(const matching::Traits& traits, const std::string& prefix,
                          Problems& problems);

// Length, key and OID, whatever the mode of the base.
void CheckIns(const matching::Ins& ins, const std::string& field, Problems& problems);
// All of an INSi answer. `with_traits`: a 00 must bring the traits as well.
// INVALID_ARGUMENT fields_invalid or test_oid_in_production.
absl::Status CheckInsiAnswer(const matching::InsiAnswer& answer, const Environment& environment,
                             matching::Instant now, const std::string& prefix, bool with_traits);

// Type in the list of devices, a complete day that is not in the future.
void CheckEvidence(const std::string& type, const matching::Date& checked_on,
                   const Environment& environment, matching::Instant now, const std::string& prefix,
                   Problems& problems);

// The parent's document checked with a minor's: empty, or a device of high assurance beside a
// device that asks for one.
void CheckParentDocument(const std::string& type, const std::string& parent_type,
                         const Environment& environment, const std::string& field,
                         Problems& problems);

// A call of INSi without answer: when, and a code of its own.
void CheckInsiFault(const matching::InsiFault& fault, matching::Instant now,
                    const std::string& prefix, Problems& problems);

// All of a reading of the Appli carte Vitale, beside the `problems` found before.
// INVALID_ARGUMENT fields_invalid or test_oid_in_production.
absl::Status CheckVitaleReading(const VitaleReadingRequest& request, const Environment& environment,
                                matching::Instant now, Problems problems);

// An instant that is known, not absurd and not in the future but by the slack of two clocks.
void CheckPast(matching::Instant instant, matching::Instant now, const std::string& field,
               Problems& problems);

void CheckVisit(const matching::Visit& visit, Problems& problems);

// OK when `problems` is empty.
absl::Status ToStatus(Problems problems);

// What is acceptable but worth a look, machine-readable: "birth_place_missing",
// "birth_place_unknown_code", "birth_date_incomplete", "birth_date_default",
// "first_given_name_not_in_list".
std::vector<std::string> TraitWarnings(const matching::Traits& traits);

}  // namespace vigie::daemon
