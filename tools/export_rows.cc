#include "tools/export_rows.h"

#include <array>
#include <string_view>

#include "absl/strings/str_join.h"
#include "fmt/format.h"
#include "tools/import_rows.h"

namespace vigie::tools {
namespace {

constexpr std::array<std::string_view, 23> kCaseColumns = {"case_id",
                                                           "kind",
                                                           "state",
                                                           "domain",
                                                           "identity_ids",
                                                           "reasons",
                                                           "weight_bits",
                                                           "probability",
                                                           "band",
                                                           "model_version",
                                                           "opened_at",
                                                           "updated_at",
                                                           "version",
                                                           "assignee",
                                                           "claim_expires_at",
                                                           "hold_until",
                                                           "hold_reason",
                                                           "decision_id",
                                                           "priority",
                                                           "frequent_trait",
                                                           "frequent_value",
                                                           "frequent_identity_count",
                                                           "frequent_population_count"};
constexpr std::array<std::string_view, 9> kAuditColumns = {
    "commit_number", "committed_at", "actor",         "method", "request_id",
    "targets",       "change_hash",  "previous_hash", "hash"};

std::string DateText(const v1::Date& date) {
  if (date.year() == 0 && date.month() == 0 && date.day() == 0) return "";
  return fmt::format("{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
}

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

std::string StatusText(v1::Identity::TrustStatus status) {
  constexpr std::array<const char*, 5> kNames = {"", "provisional", "recovered", "validated",
                                                 "qualified"};
  const auto number = static_cast<std::size_t>(status);
  return number < kNames.size() ? kNames[number] : "";
}

std::string SexText(v1::Traits::Sex sex) {
  constexpr std::array<const char*, 4> kNames = {"", "M", "F", "I"};
  const auto number = static_cast<std::size_t>(sex);
  return number < kNames.size() ? kNames[number] : "";
}

std::string ActivityText(v1::Visit::Activity activity) {
  constexpr std::array<const char*, 6> kNames = {"", "MCO", "SMR", "PSY", "HAD", "DIALYSIS"};
  const auto number = static_cast<std::size_t>(activity);
  return number < kNames.size() ? kNames[number] : "";
}

std::string KindText(v1::Visit::Kind kind) {
  constexpr std::array<const char*, 6> kNames = {"",           "inpatient", "day",
                                                 "outpatient", "emergency", "session"};
  const auto number = static_cast<std::size_t>(kind);
  return number < kNames.size() ? kNames[number] : "";
}

std::string Flag(bool value) { return value ? "true" : "false"; }

std::string AttributesText(const v1::Attributes& attributes) {
  std::vector<std::string> set;
  if (attributes.homonym()) set.emplace_back("homonym");
  if (attributes.doubtful()) set.emplace_back("doubtful");
  if (attributes.fictitious()) set.emplace_back("fictitious");
  return absl::StrJoin(set, "|");
}

std::string PeriodsText(const v1::Identity& identity, const absl::TimeZone& zone) {
  return absl::StrJoin(identity.status_periods(), "|",
                       [&](std::string* out, const v1::StatusPeriod& period) {
                         out->append(FormatInstant(period.effective_time(), zone) + "=" +
                                     StatusText(period.trust_status()));
                       });
}

std::string PastInsText(const v1::Identity& identity) {
  return absl::StrJoin(identity.past_ins(), "|", [](std::string* out, const v1::Ins& ins) {
    out->append(ins.oid() + "/" + ins.matricule());
  });
}

void AppendTraits(const v1::Traits& traits, std::vector<std::string>* row) {
  row->insert(row->end(),
              {traits.birth_family_name(), traits.birth_given_names(),
               traits.first_birth_given_name(), traits.used_family_name(), traits.used_given_name(),
               SexText(traits.sex()), DateText(traits.birth_date()), traits.birth_place_code()});
}

// The name an enum's value ends with, in lower case: BAND_CERTAIN -> certain.
std::string EnumText(std::string name, std::string_view prefix) {
  name.erase(0, prefix.size());
  for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return name == "unspecified" ? "" : name;
}

template <std::size_t kSize>
std::vector<std::string> Texts(const std::array<std::string_view, kSize>& columns) {
  return {columns.begin(), columns.end()};
}

}  // namespace

std::vector<std::string> IdentityExportColumns() {
  std::vector<std::string> columns = Texts(kIdentityColumns);
  columns.insert(columns.end(), kIdentityExportColumns.begin(), kIdentityExportColumns.end());
  return columns;
}

std::vector<std::string> VisitExportColumns() {
  std::vector<std::string> columns = Texts(kVisitColumns);
  columns.insert(columns.end(), kVisitExportColumns.begin(), kVisitExportColumns.end());
  return columns;
}

std::vector<std::string> CaseExportColumns() { return Texts(kCaseColumns); }
std::vector<std::string> AuditExportColumns() { return Texts(kAuditColumns); }

std::string FormatInstant(const google::protobuf::Timestamp& time, const absl::TimeZone& zone) {
  const absl::Time instant = ToTime(time);
  const bool whole_minutes = zone.At(instant).offset % 60 == 0;
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*S%Ez", instant,
                          whole_minutes ? zone : absl::UTCTimeZone());
}

std::vector<std::string> ExportRow(const v1::Identity& identity, const absl::TimeZone& zone) {
  const v1::Traits& traits = identity.traits();
  const v1::InsiAnswer& answer = identity.last_insi_answer();
  const bool asked = identity.has_last_insi_answer();
  std::vector<std::string> row = {identity.domain(), identity.local_id()};
  AppendTraits(traits, &row);
  row.push_back(identity.ins().matricule());
  row.push_back(identity.ins().oid());
  row.push_back(identity.has_ins() && asked
                    ? absl::FormatTime("%Y-%m-%d", ToTime(answer.query_time()), zone)
                    : "");
  row.push_back(identity.evidence().type());
  row.push_back(DateText(identity.evidence().check_date()));
  row.push_back(AttributesText(identity.trust_facts().attributes()));
  row.insert(row.end(), {traits.address_line(), traits.postal_code(), traits.city(), traits.phone(),
                         traits.email()});
  // kIdentityExportColumns.
  row.push_back(identity.id());
  row.push_back(StatusText(identity.trust_status()));
  row.push_back(PeriodsText(identity, zone));
  row.push_back(answer.return_code());
  row.push_back(asked ? FormatInstant(answer.query_time(), zone) : "");
  row.push_back(asked ? Flag(answer.coherence_accepted()) : "");
  row.push_back(PastInsText(identity));
  row.push_back(identity.has_evidence() ? Flag(identity.evidence().high_assurance()) : "");
  row.push_back(identity.etag());
  row.push_back(FormatInstant(identity.create_time(), zone));
  row.push_back(FormatInstant(identity.update_time(), zone));
  row.push_back(identity.merged_into_id());
  return row;
}

std::vector<std::string> ExportRow(const v1::Visit& visit, const absl::TimeZone& zone) {
  return {visit.domain(),
          visit.visit_number(),
          visit.local_id(),
          visit.legal_entity_finess(),
          visit.site_finess(),
          ActivityText(visit.activity()),
          KindText(visit.kind()),
          FormatInstant(visit.admission_time(), zone),
          visit.has_discharge_time() ? FormatInstant(visit.discharge_time(), zone) : "",
          Flag(visit.cancelled()),
          visit.entry_channel(),
          visit.identity_id(),
          StatusText(visit.status_at_admission()),
          StatusText(visit.status_at_discharge()),
          visit.etag()};
}

std::vector<std::string> ExportRow(const v1::Case& review_case, const absl::TimeZone& zone) {
  const v1::FrequentValue& value = review_case.frequent_value();
  const bool frequent = review_case.has_frequent_value();
  return {review_case.id(),
          EnumText(v1::Case::Kind_Name(review_case.kind()), "KIND_"),
          EnumText(v1::Case::State_Name(review_case.state()), "STATE_"),
          review_case.domain(),
          absl::StrJoin(review_case.identity_ids(), "|"),
          absl::StrJoin(review_case.reasons(), "|"),
          fmt::format("{}", review_case.weight_bits()),
          fmt::format("{}", review_case.probability()),
          EnumText(v1::Score::Band_Name(review_case.band()), "BAND_"),
          review_case.model_version(),
          FormatInstant(review_case.open_time(), zone),
          FormatInstant(review_case.update_time(), zone),
          review_case.etag(),
          review_case.assignee(),
          review_case.has_claim_expire_time() ? FormatInstant(review_case.claim_expire_time(), zone)
                                              : "",
          DateText(review_case.hold_until()),
          review_case.hold_reason(),
          review_case.decision_id(),
          std::to_string(review_case.priority()),
          value.trait(),
          value.value(),
          frequent ? std::to_string(value.identity_count()) : "",
          frequent ? std::to_string(value.population_count()) : ""};
}

std::vector<std::string> ExportRow(const v1::AuditEntry& entry, const absl::TimeZone& zone) {
  return {std::to_string(entry.commit_number()),
          FormatInstant(entry.commit_time(), zone),
          entry.actor(),
          entry.method(),
          entry.request_id(),
          absl::StrJoin(entry.targets(), "|"),
          entry.change_hash(),
          entry.previous_hash(),
          entry.hash()};
}

}  // namespace vigie::tools
