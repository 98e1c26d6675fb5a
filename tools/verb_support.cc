#include <random>

#include "absl/time/time.h"
#include "fmt/format.h"
#include "matching/date.h"
#include "tools/verbs.h"

namespace vigie::tools {

const std::vector<std::string> kIdentityTableColumns = {
    "id",  "domain",     "local_id",         "birth_family_name", "birth_given_names",
    "sex", "birth_date", "birth_place_code", "used_family_name",  "trust_status"};

std::string Examples(const std::string& lines) { return "Examples:\n" + lines; }

v1::Date ParseDateOption(const std::string& option, const std::string& text) {
  std::optional<matching::Date> date = matching::ParseDate(text);
  if (!date) date = matching::ParseDateAs(text, "%d/%m/%Y");
  if (!date || matching::IsAbsent(*date)) {
    throw CLI::ValidationError(option, "write a date as YYYY-MM-DD or DD/MM/YYYY");
  }
  v1::Date message;
  message.set_year(date->year);
  message.set_month(date->month);
  message.set_day(date->day);
  return message;
}

google::protobuf::Timestamp ParseTimeOption(const std::string& option, const std::string& text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    throw CLI::ValidationError(option, "write an instant as 2026-02-01T00:00:00+01:00");
  }
  google::protobuf::Timestamp message;
  message.set_seconds(absl::ToUnixSeconds(time));
  message.set_nanos(static_cast<std::int32_t>(
      absl::ToInt64Microseconds(time - absl::FromUnixSeconds(message.seconds())) * 1000));
  return message;
}

int PrintOrFail(OutputFormat format, const Table& table, const Json& json) {
  return Print(format, table, json) ? kExitOk : kExitIo;
}

std::string TrustStatusName(v1::Identity::TrustStatus status, bool french) {
  switch (status) {
    case v1::Identity::TRUST_STATUS_PROVISIONAL:
      return french ? "provisoire" : "provisional";
    case v1::Identity::TRUST_STATUS_RECOVERED:
      return french ? "récupérée" : "recovered";
    case v1::Identity::TRUST_STATUS_VALIDATED:
      return french ? "validée" : "validated";
    case v1::Identity::TRUST_STATUS_QUALIFIED:
      return french ? "qualifiée" : "qualified";
    default:
      return "";
  }
}

std::string FormatDate(const v1::Date& date) {
  if (date.year() == 0 && date.month() == 0 && date.day() == 0) return "";
  return fmt::format("{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
}

std::vector<std::string> IdentityTableRow(const v1::Identity& identity) {
  const v1::Traits& traits = identity.traits();
  const auto sex = static_cast<std::size_t>(traits.sex());
  return {identity.id(),
          identity.domain(),
          identity.local_id(),
          traits.birth_family_name(),
          traits.birth_given_names().empty() ? traits.first_birth_given_name()
                                             : traits.birth_given_names(),
          sex > 0 && sex < 4 ? std::string(1, " MFI"[sex]) : "",
          FormatDate(traits.birth_date()),
          traits.birth_place_code(),
          traits.used_family_name(),
          TrustStatusName(identity.trust_status(), false)};
}

v1::Traits::Sex ParseSexOption(const std::string& text) {
  if (text.empty()) return v1::Traits::SEX_UNSPECIFIED;
  if (text == "M" || text == "m") return v1::Traits::SEX_MALE;
  if (text == "F" || text == "f") return v1::Traits::SEX_FEMALE;
  if (text == "I" || text == "i") return v1::Traits::SEX_INDETERMINATE;
  throw CLI::ValidationError("--sex", "is one of M, F, I");
}

std::string NewRequestId() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) id += fmt::format("{:08x}", random());
  return id;
}

}  // namespace vigie::tools
