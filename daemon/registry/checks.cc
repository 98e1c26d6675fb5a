#include "daemon/registry/checks.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "daemon/registry/traits.h"
#include "matching/date.h"
#include "matching/matricule.h"
#include "matching/names.h"
#include "matching/next_step.h"
#include "matching/place.h"

namespace vigie::daemon {
namespace {

using matching::Date;
using matching::Traits;

// Instants outside these years are typing errors, and would not survive conversion to days.
constexpr matching::Instant kInstantMin = std::chrono::sys_days(std::chrono::year(1900) / 1 / 1);
constexpr matching::Instant kInstantMax = std::chrono::sys_days(std::chrono::year(2200) / 1 / 1);
// The clocks of two machines, and of two zones, may differ by this much.
constexpr std::chrono::hours kClockSlack{24};

void Add(Problems& problems, std::string field, std::string code,
         std::optional<std::size_t> offset = std::nullopt) {
  problems.push_back({std::move(field), std::move(code), offset});
}

// Bytes of the character that starts at `text[0]`, 0 when it is not valid UTF-8.
std::size_t CharacterSize(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t i, unsigned low, unsigned high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    // No overlong forms, no surrogates.
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2, 0x80, 0xBF) && follows(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

bool IsPrintableWithoutSpace(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

void CheckText(std::string_view text, std::size_t length_max, const std::string& field,
               Problems& problems) {
  // The byte bound first, so that counting is cheap whatever was sent.
  if (text.size() > length_max * 4) return Add(problems, field, "too_long");
  const std::optional<std::size_t> count = CountCharacters(text);
  if (!count) {
    Add(problems, field, "invalid_text");
  } else if (*count > length_max) {
    Add(problems, field, "too_long");
  }
}

void CheckName(const std::string& name, matching::NameKind kind, const std::string& field,
               Problems& problems) {
  if (name.empty()) return;
  if (name.size() > kNameBytesMax) return Add(problems, field, "too_long");
  const matching::RnivName rniv = matching::ToRnivName(name, kind);
  for (const matching::NameProblem& problem : rniv.problems) {
    Add(problems, field, std::string(problem.code), problem.offset);
  }
  if (rniv.ok() && rniv.value.empty()) Add(problems, field, "empty");
}

void CheckNames(const Traits& traits, const std::string& prefix, Problems& problems) {
  using matching::NameKind;
  CheckName(traits.birth_family_name, NameKind::kFamily, prefix + "birth_family_name", problems);
  CheckName(traits.first_birth_given_name, NameKind::kGiven, prefix + "first_birth_given_name",
            problems);
  CheckName(GivenNamesBySpaces(traits.birth_given_names), NameKind::kGiven,
            prefix + "birth_given_names", problems);
  CheckName(traits.used_family_name, NameKind::kFamily, prefix + "used_family_name", problems);
  CheckName(traits.used_given_name, NameKind::kGiven, prefix + "used_given_name", problems);
}

void CheckContacts(const Traits& traits, const std::string& prefix, Problems& problems) {
  CheckText(traits.address_line, kAddressLengthMax, prefix + "address_line", problems);
  CheckText(traits.postal_code, kPostalCodeLengthMax, prefix + "postal_code", problems);
  CheckText(traits.city, kCityLengthMax, prefix + "city", problems);
  CheckText(traits.phone, kPhoneLengthMax, prefix + "phone", problems);
  CheckText(traits.email, kEmailLengthMax, prefix + "email", problems);
}

void CheckBirthDate(const Date& date, const Date& today, const std::string& field,
                    Problems& problems) {
  if (matching::IsAbsent(date)) return Add(problems, field, "required");
  if (!matching::IsValid(date)) return Add(problems, field, "not_a_date");
  // RNIV: a year is estimated when nothing is known, so that one always stands.
  if (date.year == 0) return Add(problems, field, "year_required");
  if (date.year < kBirthYearMin) return Add(problems, field, "too_early");
  const Date completed = matching::CompleteDate(date).date;
  // An unknown day is written as the last of its year: only the known parts can be in the future.
  const bool future = matching::IsComplete(date) ? matching::DaysSinceEpoch(completed) >
                                                       matching::DaysSinceEpoch(today) + 1
                                                 : date.year > today.year;
  if (future) Add(problems, field, "in_the_future");
}

void CheckInstant(matching::Instant instant, const std::string& field, Problems& problems) {
  if (instant == matching::Instant{}) return Add(problems, field, "required");
  if (instant < kInstantMin || instant > kInstantMax) Add(problems, field, "out_of_range");
}

// The strict traits INSi returns: only M and F, never an unacceptable name.
void CheckInsiTraits(const Traits& traits, const Date& today, const std::string& prefix,
                     Problems& problems) {
  CheckTraits(traits, today, prefix, problems);
  if (traits.sex == matching::Sex::kIndeterminate) Add(problems, prefix + "sex", "not_from_insi");
}

bool IsTestOid(const std::string& oid) {
  const matching::OidKind kind = matching::KindOfOid(oid);
  return kind == matching::OidKind::kTest || kind == matching::OidKind::kDemonstration;
}

void CheckFiness(const std::string& finess, const std::string& field, Problems& problems) {
  if (finess.empty() || matching::IsFiness(finess)) return;
  const bool shape = finess.size() == 9 && IsPrintableWithoutSpace(finess);
  Add(problems, field, shape ? "check_digit" : "finess_shape");
}

void CheckQueryCriteria(const std::vector<std::string>& criteria, const std::string& field,
                        Problems& problems) {
  std::set<std::string> seen;
  for (const std::string& word : criteria) {
    // The words are few, so a list with many has one twice or unknown: no limit is needed beside.
    const char* code = !matching::IsQueryCriterion(word) ? "unknown_criterion"
                       : !seen.insert(word).second       ? "repeated"
                                                         : nullptr;
    if (code == nullptr) continue;
    Add(problems, field, code);
    return;
  }
}

}  // namespace

std::optional<std::size_t> CountCharacters(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    const std::size_t size = CharacterSize(text);
    if (size == 0) return std::nullopt;
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x20 || first == 0x7F) return std::nullopt;
    // C1 controls, C2 80 .. C2 9F.
    if (first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0) return std::nullopt;
    text.remove_prefix(size);
    ++count;
  }
  return count;
}

void CheckContext(const MutationContext& context, Problems& problems) {
  if (context.request_id.empty()) {
    Add(problems, "request_id", "required");
  } else if (context.request_id.size() > kRequestIdLengthMax) {
    Add(problems, "request_id", "too_long");
  } else if (!IsPrintableWithoutSpace(context.request_id)) {
    Add(problems, "request_id", "not_printable");
  }
  CheckText(context.actor, kActorLengthMax, "actor", problems);
  CheckText(context.reason, kReasonLengthMax, "reason", problems);
}

void CheckDomain(std::string_view domain, const std::string& field, Problems& problems) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == ':';
  };
  if (domain.empty()) return Add(problems, field, "required");
  if (domain.size() > kDomainLengthMax) return Add(problems, field, "too_long");
  if (!std::all_of(domain.begin(), domain.end(), allowed))
    Add(problems, field, "domain_characters");
}

void CheckLocalKey(std::string_view key, std::size_t length_max, const std::string& field,
                   Problems& problems) {
  if (key.empty()) return Add(problems, field, "required");
  if (key.size() > length_max) return Add(problems, field, "too_long");
  if (!IsPrintableWithoutSpace(key)) Add(problems, field, "not_printable");
}

void CheckTraits(const Traits& traits, const Date& today, const std::string& prefix,
                 Problems& problems) {
  if (traits.birth_family_name.empty()) Add(problems, prefix + "birth_family_name", "required");
  if (traits.first_birth_given_name.empty() && traits.birth_given_names.empty()) {
    Add(problems, prefix + "first_birth_given_name", "required");
  }
  if (traits.sex != matching::Sex::kMale && traits.sex != matching::Sex::kFemale &&
      traits.sex != matching::Sex::kIndeterminate) {
    Add(problems, prefix + "sex", "required");
  }
  CheckBirthDate(traits.birth_date, today, prefix + "birth_date", problems);
  if (!traits.birth_place_code.empty() && !matching::IsPlaceCodeShape(traits.birth_place_code)) {
    Add(problems, prefix + "birth_place_code", "place_code_shape");
  }
  CheckNames(traits, prefix, problems);
  CheckContacts(traits, prefix, problems);
}

void CheckTraitsToCompare(const Traits& traits, const std::string& prefix, Problems& problems) {
  const std::array<std::pair<const std::string*, const char*>, 5> names = {{
      {&traits.birth_family_name, "birth_family_name"},
      {&traits.first_birth_given_name, "first_birth_given_name"},
      {&traits.birth_given_names, "birth_given_names"},
      {&traits.used_family_name, "used_family_name"},
      {&traits.used_given_name, "used_given_name"},
  }};
  for (const auto& [name, field] : names) {
    CheckText(*name, kNameBytesMax / 4, prefix + field, problems);
  }
  if (!matching::IsAbsent(traits.birth_date) && !matching::IsValid(traits.birth_date)) {
    Add(problems, prefix + "birth_date", "not_a_date");
  }
  if (!traits.birth_place_code.empty() && !matching::IsPlaceCodeShape(traits.birth_place_code)) {
    Add(problems, prefix + "birth_place_code", "place_code_shape");
  }
  CheckContacts(traits, prefix, problems);
}

void CheckIns(const matching::Ins& ins, const std::string& field, Problems& problems) {
  switch (matching::ParseMatricule(ins.matricule).problem) {
    case matching::MatriculeProblem::kNone:
      break;
    case matching::MatriculeProblem::kKey:
      Add(problems, field + ".matricule", "key");
      break;
    default:
      Add(problems, field + ".matricule", "matricule_shape");
  }
  switch (matching::KindOfOid(ins.oid)) {
    case matching::OidKind::kUnknown:
    case matching::OidKind::kObsoleteComputed:
      Add(problems, field + ".oid", "oid_not_an_ins");
      break;
    default:
      break;
  }
}

absl::Status CheckInsiAnswer(const matching::InsiAnswer& answer, const Environment& environment,
                             matching::Instant now, const std::string& prefix, bool with_traits) {
  Problems problems;
  const bool found = answer.return_code == "00";
  if (!found && answer.return_code != "01" && answer.return_code != "02") {
    Add(problems, prefix + "return_code", "not_a_return_code");
  }
  CheckPast(answer.queried_at, now, prefix + "queried_at", problems);
  CheckQueryCriteria(answer.query_criteria, prefix + "query_criteria", problems);
  if (answer.history.size() > kInsHistoryCountMax) {
    Add(problems, prefix + "history", "too_many");
    return ToStatus(std::move(problems));
  }
  bool test_oid = answer.ins && IsTestOid(answer.ins->oid);
  for (const matching::Ins& past : answer.history) {
    CheckIns(past, prefix + "history", problems);
    test_oid = test_oid || IsTestOid(past.oid);
  }
  if (found) {
    if (!answer.ins) {
      Add(problems, prefix + "ins", "required");
    } else {
      CheckIns(*answer.ins, prefix + "ins", problems);
    }
    if (with_traits || answer.traits != Traits{}) {
      CheckInsiTraits(answer.traits, DayOf(now, environment.zone), prefix + "traits.", problems);
    }
  } else {
    if (answer.ins) Add(problems, prefix + "ins", "only_with_00");
    if (!answer.history.empty()) Add(problems, prefix + "history", "only_with_00");
    if (answer.traits != Traits{}) Add(problems, prefix + "traits", "only_with_00");
    if (answer.coherence_accepted) Add(problems, prefix + "coherence_accepted", "only_with_00");
  }
  if (!problems.empty()) return ToStatus(std::move(problems));
  if (test_oid && environment.options.production) {
    return MakeError(Reason::kTestOidInProduction, "test or demonstration OID refused",
                     {{"field", prefix + "ins.oid"}});
  }
  return absl::OkStatus();
}

void CheckEvidence(const std::string& type, const Date& checked_on, const Environment& environment,
                   matching::Instant now, const std::string& prefix, Problems& problems) {
  if (type.empty()) {
    Add(problems, prefix + "type", "required");
  } else if (FindDevice(environment, type) == nullptr) {
    Add(problems, prefix + "type", "unknown_device");
  }
  if (matching::IsAbsent(checked_on)) {
    Add(problems, prefix + "checked_on", "required");
  } else if (!matching::IsValid(checked_on) || !matching::IsComplete(checked_on)) {
    Add(problems, prefix + "checked_on", "not_a_date");
  } else if (checked_on.year < 1900) {
    Add(problems, prefix + "checked_on", "too_early");
  } else if (matching::DaysSinceEpoch(checked_on) >
             matching::DaysSinceEpoch(DayOf(now, environment.zone)) + 1) {
    Add(problems, prefix + "checked_on", "in_the_future");
  }
}

void CheckParentDocument(const std::string& type, const std::string& parent_type,
                         const Environment& environment, const std::string& field,
                         Problems& problems) {
  if (parent_type.empty()) return;
  const matching::EvidenceDevice* parent = FindDevice(environment, parent_type);
  if (parent == nullptr) return Add(problems, field, "unknown_device");
  if (!parent->high_assurance || parent->minors_only) {
    return Add(problems, field, "not_high_assurance");
  }
  const matching::EvidenceDevice* device = FindDevice(environment, type);
  if (device != nullptr && !device->with_parent_document) {
    Add(problems, field, "not_with_this_device");
  }
}

void CheckInsiFault(const matching::InsiFault& fault, matching::Instant now,
                    const std::string& prefix, Problems& problems) {
  CheckPast(fault.queried_at, now, prefix + "queried_at", problems);
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  };
  if (fault.code.empty()) return Add(problems, prefix + "code", "required");
  if (fault.code.size() > kFaultCodeLengthMax) return Add(problems, prefix + "code", "too_long");
  if (!std::all_of(fault.code.begin(), fault.code.end(), allowed)) {
    Add(problems, prefix + "code", "fault_code_characters");
  }
}

absl::Status CheckVitaleReading(const VitaleReadingRequest& request, const Environment& environment,
                                matching::Instant now, Problems problems) {
  CheckPast(request.read_at, now, "read_at", problems);
  CheckIns(request.ins, "ins", problems);
  bool test_oid = IsTestOid(request.ins.oid);
  if (request.history.size() > kInsHistoryCountMax) {
    Add(problems, "history", "too_many");
    return ToStatus(std::move(problems));
  }
  for (const matching::Ins& past : request.history) {
    CheckIns(past, "history", problems);
    test_oid = test_oid || IsTestOid(past.oid);
  }
  CheckInsiTraits(request.traits, DayOf(now, environment.zone), "traits.", problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  if (test_oid && environment.options.production) {
    return MakeError(Reason::kTestOidInProduction, "test or demonstration OID refused",
                     {{"field", "ins.oid"}});
  }
  return absl::OkStatus();
}

void CheckPast(matching::Instant instant, matching::Instant now, const std::string& field,
               Problems& problems) {
  CheckInstant(instant, field, problems);
  if (instant > now + kClockSlack) Add(problems, field, "in_the_future");
}

void CheckVisit(const matching::Visit& visit, Problems& problems) {
  CheckDomain(visit.domain, "visit.domain", problems);
  CheckLocalKey(visit.visit_number, kVisitNumberLengthMax, "visit.visit_number", problems);
  CheckLocalKey(visit.local_id, kLocalIdLengthMax, "visit.local_id", problems);
  CheckFiness(visit.legal_entity_finess, "visit.legal_entity_finess", problems);
  CheckFiness(visit.site_finess, "visit.site_finess", problems);
  const auto activity = static_cast<int>(visit.activity);
  if (activity < 1 || activity > static_cast<int>(matching::Activity::kDialysis)) {
    Add(problems, "visit.activity", "required");
  }
  const auto kind = static_cast<int>(visit.kind);
  if (kind < 1 || kind > static_cast<int>(matching::VisitKind::kSession)) {
    Add(problems, "visit.kind", "required");
  }
  if (!visit.entry_channel.empty() && !matching::IsEntryChannel(visit.entry_channel)) {
    Add(problems, "visit.entry_channel", "entry_channel_shape");
  }
  CheckInstant(visit.admitted_at, "visit.admitted_at", problems);
  if (visit.discharged_at) {
    CheckInstant(*visit.discharged_at, "visit.discharged_at", problems);
    if (*visit.discharged_at < visit.admitted_at) {
      Add(problems, "visit.discharged_at", "before_admission");
    }
  }
}

absl::Status ToStatus(Problems problems) {
  if (problems.empty()) return absl::OkStatus();
  return MakeFieldsError(std::move(problems));
}

std::vector<std::string> TraitWarnings(const Traits& traits) {
  std::vector<std::string> warnings;
  if (matching::IsUnknownPlace(traits.birth_place_code)) {
    warnings.emplace_back("birth_place_missing");
  } else if (!matching::FindPlace(traits.birth_place_code)) {
    warnings.emplace_back("birth_place_unknown_code");
  }
  if (!matching::IsComplete(traits.birth_date)) {
    warnings.emplace_back("birth_date_incomplete");
  } else if (matching::IsDefaultDate(traits.birth_date)) {
    warnings.emplace_back("birth_date_default");
  }
  if (!matching::FirstGivenNameAgreesWithList(traits.first_birth_given_name,
                                              traits.birth_given_names)) {
    warnings.emplace_back("first_given_name_not_in_list");
  }
  return warnings;
}

}  // namespace vigie::daemon
