#include "tools/import_rows.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "fmt/format.h"
#include "matching/date.h"
#include "matching/matricule.h"
#include "matching/place.h"
#include "tools/suggest.h"

namespace vigie::tools {
namespace {

using matching::Activity;
using matching::Date;
using matching::Instant;
using matching::VisitKind;

constexpr int kInstantYearMin = 1900;  // Before it no visit was recorded by a computer's file.
constexpr int kInstantYearMax = 2199;

std::string Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

// Positions of kIdentityColumns and kVisitColumns, by name, at compile time.
template <std::size_t kSize>
constexpr std::size_t IndexOf(const std::array<std::string_view, kSize>& columns,
                              std::string_view column) {
  for (std::size_t i = 0; i < kSize; ++i) {
    if (columns[i] == column) return i;
  }
  throw "no such column";  // A compile error: only called in constant expressions.
}
consteval std::size_t I(std::string_view column) { return IndexOf(kIdentityColumns, column); }
consteval std::size_t V(std::string_view column) { return IndexOf(kVisitColumns, column); }

// Values of one row with the problems found in them so far.
class Checker {
 public:
  Checker(const std::vector<std::string>& values, ImportKind kind,
          std::vector<RowProblem>* problems)
      : values_(values), kind_(kind), problems_(problems), count_before_(problems->size()) {}

  const std::string& operator[](std::size_t i) const { return values_[i]; }
  bool Has(std::size_t i) const { return !values_[i].empty(); }
  void Refuse(std::size_t i, std::string reason) {
    const std::string_view column =
        kind_ == ImportKind::kIdentities ? kIdentityColumns[i] : kVisitColumns[i];
    problems_->push_back({std::string(column), std::move(reason)});
  }
  void Require(std::size_t i) {
    if (!Has(i)) Refuse(i, "is required");
  }
  bool ok() const { return problems_->size() == count_before_; }

  // What holds for every value: no control character, not too long.
  void CheckTexts() {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (values_[i].size() > kValueBytesMax) {
        Refuse(i, fmt::format("is longer than {} bytes", kValueBytesMax));
      } else if (std::any_of(values_[i].begin(), values_[i].end(), [](char c) {
                   return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
                 })) {
        Refuse(i, "has a control character or a line break");
      }
    }
  }

 private:
  const std::vector<std::string>& values_;
  ImportKind kind_;
  std::vector<RowProblem>* problems_;
  std::size_t count_before_;
};

std::optional<Date> CheckDate(Checker& values, std::size_t i, bool complete) {
  if (!values.Has(i)) return std::nullopt;
  const std::optional<Date> date = matching::ParseDate(values[i]);
  if (!date || matching::IsAbsent(*date)) {
    values.Refuse(i, complete ? "is not a date; write YYYY-MM-DD"
                              : "is not a date; write YYYY-MM-DD, with 00 for a part that is "
                                "not known");
    return std::nullopt;
  }
  if (complete && !matching::IsComplete(*date)) {
    values.Refuse(i, "must be a complete date, YYYY-MM-DD");
    return std::nullopt;
  }
  return date;
}

void CheckSex(Checker& values, IdentityRow* row) {
  constexpr std::size_t kSex = I("sex");
  const std::string& sex = values[kSex];
  if (sex == "M") {
    row->traits.sex = matching::Sex::kMale;
  } else if (sex == "F") {
    row->traits.sex = matching::Sex::kFemale;
  } else if (sex == "I") {
    row->traits.sex = matching::Sex::kIndeterminate;
  } else if (!sex.empty()) {
    values.Refuse(kSex, "is none of M, F, I");
  }
}

void CheckBirthPlace(Checker& values) {
  constexpr std::size_t kPlace = I("birth_place_code");
  if (!values.Has(kPlace) || matching::IsPlaceCodeShape(values[kPlace])) return;
  values.Refuse(kPlace, values[kPlace].size() == 4
                            ? "is not an INSEE code of 5 characters (was a leading zero lost?)"
                            : "is not an INSEE code of 5 characters");
}

// A matricule only ever comes with its OID and from an answer of INSi, which has a day.
void CheckIns(Checker& values, IdentityRow* row) {
  constexpr std::size_t kMatricule = I("ins_matricule");
  constexpr std::size_t kOid = I("ins_oid");
  constexpr std::size_t kInsiDate = I("insi_date");
  row->insi_date = CheckDate(values, kInsiDate, true);
  if (!values.Has(kMatricule)) {
    if (values.Has(kOid)) values.Refuse(kOid, "stands without ins_matricule");
    if (values.Has(kInsiDate)) values.Refuse(kInsiDate, "stands without ins_matricule");
    return;
  }
  if (!values.Has(kOid)) values.Refuse(kOid, "is required beside ins_matricule");
  if (!values.Has(kInsiDate)) {
    values.Refuse(kInsiDate, "is required beside ins_matricule: the day INSi answered");
  }
  // The key is the daemon's to judge: a wrong one is a signal, not an unreadable row.
  const matching::MatriculeProblem problem = matching::ParseMatricule(values[kMatricule]).problem;
  if (problem == matching::MatriculeProblem::kLength) {
    values.Refuse(kMatricule, "is not 15 characters long, key included");
  } else if (problem == matching::MatriculeProblem::kCharacter) {
    values.Refuse(kMatricule, "has a character a matricule cannot have");
  }
  row->ins = matching::Ins{values[kMatricule], values[kOid]};
}

void CheckEvidence(Checker& values, IdentityRow* row) {
  constexpr std::size_t kType = I("evidence_type");
  constexpr std::size_t kDate = I("evidence_date");
  const std::optional<Date> date = CheckDate(values, kDate, true);
  if (values.Has(kType) && !values.Has(kDate)) {
    values.Refuse(kDate, "is required beside evidence_type");
  }
  if (!values.Has(kType) && values.Has(kDate)) {
    values.Refuse(kType, "is required beside evidence_date");
  }
  if (!values.Has(kType) || !date) return;
  row->evidence.emplace();
  row->evidence->type = values[kType];
  row->evidence->checked_on = *date;
}

void CheckAttributes(Checker& values, IdentityRow* row) {
  constexpr std::size_t kAttributes = I("attributes");
  std::string_view rest = values[kAttributes];
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('|'), rest.size());
    const std::string name = Trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (name == "homonym") {
      row->attributes.homonym = true;
    } else if (name == "doubtful") {
      row->attributes.doubtful = true;
    } else if (name == "fictitious") {
      row->attributes.fictitious = true;
    } else if (!name.empty()) {
      values.Refuse(kAttributes, "has an attribute that is none of homonym, doubtful, fictitious");
      return;
    }
  }
}

Activity CheckActivity(Checker& values) {
  constexpr std::size_t kActivity = V("activity");
  const std::string& name = values[kActivity];
  if (name.empty()) return Activity::kUnknown;
  if (name == "MCO") return Activity::kMco;
  if (name == "SMR") return Activity::kSmr;
  if (name == "PSY") return Activity::kPsy;
  if (name == "HAD") return Activity::kHad;
  if (name == "DIALYSIS") return Activity::kDialysis;
  values.Refuse(kActivity, "is none of MCO, SMR, PSY, HAD, DIALYSIS");
  return Activity::kUnknown;
}

VisitKind CheckKind(Checker& values) {
  constexpr std::size_t kKind = V("kind");
  const std::string& name = values[kKind];
  if (name.empty()) return VisitKind::kUnknown;
  if (name == "inpatient") return VisitKind::kInpatient;
  if (name == "day") return VisitKind::kDay;
  if (name == "outpatient") return VisitKind::kOutpatient;
  if (name == "emergency") return VisitKind::kEmergency;
  if (name == "session") return VisitKind::kSession;
  values.Refuse(kKind, "is none of inpatient, day, outpatient, emergency, session");
  return VisitKind::kUnknown;
}

bool CheckCancelled(Checker& values) {
  constexpr std::size_t kCancelled = V("cancelled");
  const std::string& text = values[kCancelled];
  if (text == "true" || text == "1" || text == "yes") return true;
  if (!text.empty() && text != "false" && text != "0" && text != "no") {
    values.Refuse(kCancelled, "is neither true nor false");
  }
  return false;
}

void CheckFiness(Checker& values, std::size_t i) {
  if (values.Has(i) && !matching::IsFiness(values[i])) {
    values.Refuse(i, "is not a FINESS number: 9 characters, the last a check digit");
  }
}

// Reads exactly `width` digits.
bool ReadDigits(std::string_view* text, std::size_t width, int* number) {
  if (text->size() < width) return false;
  *number = 0;
  for (std::size_t i = 0; i < width; ++i) {
    const char c = (*text)[i];
    if (c < '0' || c > '9') return false;
    *number = *number * 10 + (c - '0');
  }
  text->remove_prefix(width);
  return true;
}

bool ReadLetter(std::string_view* text, std::string_view letters) {
  if (text->empty() || letters.find(text->front()) == std::string_view::npos) return false;
  text->remove_prefix(1);
  return true;
}

struct InstantParts {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  std::int64_t microsecond = 0;
  bool has_offset = false;
  int offset_minutes = 0;
};

bool ReadOffset(std::string_view* text, InstantParts* parts) {
  if (text->empty()) return true;
  parts->has_offset = true;
  if (ReadLetter(text, "Zz")) return text->empty();
  const int sign = text->front() == '-' ? -1 : 1;
  int hours = 0;
  int minutes = 0;
  if (!ReadLetter(text, "+-") || !ReadDigits(text, 2, &hours)) return false;
  if (!text->empty()) {
    ReadLetter(text, ":");
    if (!ReadDigits(text, 2, &minutes)) return false;
  }
  parts->offset_minutes = sign * (hours * 60 + minutes);
  return text->empty() && hours <= 14 && minutes < 60;
}

bool ReadInstant(std::string_view text, InstantParts* parts) {
  if (!ReadDigits(&text, 4, &parts->year) || !ReadLetter(&text, "-") ||
      !ReadDigits(&text, 2, &parts->month) || !ReadLetter(&text, "-") ||
      !ReadDigits(&text, 2, &parts->day) || !ReadLetter(&text, "Tt ") ||
      !ReadDigits(&text, 2, &parts->hour) || !ReadLetter(&text, ":") ||
      !ReadDigits(&text, 2, &parts->minute)) {
    return false;
  }
  if (ReadLetter(&text, ":")) {
    if (!ReadDigits(&text, 2, &parts->second)) return false;
    if (ReadLetter(&text, ".,")) {
      std::int64_t unit = 1000000;
      int digit = 0;
      if (!ReadDigits(&text, 1, &digit)) return false;
      do {
        unit /= 10;
        parts->microsecond += digit * unit;
      } while (ReadDigits(&text, 1, &digit));
    }
  }
  return ReadOffset(&text, parts);
}

const absl::TimeZone& Zone(const std::string& name) {
  // One zone at a time is used; loading is what costs.
  thread_local std::string loaded_name = "UTC";
  thread_local absl::TimeZone zone = absl::UTCTimeZone();
  if (loaded_name != name) {
    zone = absl::UTCTimeZone();
    absl::LoadTimeZone(name, &zone);
    loaded_name = name;
  }
  return zone;
}

bool IsExportColumn(ImportKind kind, std::string_view name) {
  const auto among = [&](const auto& columns) {
    return std::find(columns.begin(), columns.end(), name) != columns.end();
  };
  return kind == ImportKind::kIdentities ? among(kIdentityExportColumns)
                                         : among(kVisitExportColumns);
}

Instant ToInstant(absl::Time time) {
  return Instant(std::chrono::microseconds(absl::ToUnixMicros(time)));
}

}  // namespace

std::vector<std::string> ColumnsOf(ImportKind kind) {
  if (kind == ImportKind::kIdentities) {
    return {kIdentityColumns.begin(), kIdentityColumns.end()};
  }
  return {kVisitColumns.begin(), kVisitColumns.end()};
}

absl::StatusOr<std::unique_ptr<ImportSource>> ImportSource::Create(
    std::unique_ptr<CsvReader> reader, ImportKind kind, std::optional<Mapping> mapping,
    std::string default_domain) {
  std::unique_ptr<ImportSource> source(new ImportSource);
  source->columns_ = ColumnsOf(kind);
  source->reader_ = std::move(reader);
  source->mapping_ = std::move(mapping);
  source->default_domain_ = std::move(default_domain);
  const std::vector<std::string>& header = source->reader_->header();
  if (header.size() > kRejectionColumns.size() &&
      std::equal(kRejectionColumns.begin(), kRejectionColumns.end(), header.begin())) {
    source->skipped_count_ = kRejectionColumns.size();
  }
  absl::Status status = source->mapping_ ? source->BindMapping(kind) : source->BindDirectly(kind);
  if (status.ok()) status = source->CheckRequired(kind);
  if (!status.ok()) return status;
  return source;
}

std::vector<std::string> ImportSource::header() const {
  const std::vector<std::string>& all = reader_->header();
  return {all.begin() + static_cast<std::ptrdiff_t>(skipped_count_), all.end()};
}

absl::Status ImportSource::BindDirectly(ImportKind kind) {
  const std::vector<std::string> names = header();
  for (const std::string& name : names) {
    if (std::find(columns_.begin(), columns_.end(), name) != columns_.end()) continue;
    if (IsExportColumn(kind, name)) {
      ignored_columns_.push_back(name);
    } else {
      return absl::InvalidArgumentError(fmt::format("{}: unknown column \"{}\"{}", reader_->name(),
                                                    name, DidYouMean(name, columns_)));
    }
  }
  indexes_.clear();
  for (const std::string& column : columns_) {
    const auto found = std::find(names.begin(), names.end(), column);
    indexes_.push_back(found == names.end() ? -1 : static_cast<int>(found - names.begin()));
  }
  return absl::OkStatus();
}

absl::Status ImportSource::BindMapping(ImportKind kind) {
  if (mapping_->kind() != kind) {
    return absl::InvalidArgumentError(
        fmt::format("the mapping is for {}",
                    mapping_->kind() == ImportKind::kVisits ? "visits" : "identities"));
  }
  if (absl::Status status = mapping_->Bind(header()); !status.ok()) return status;
  ignored_columns_ = mapping_->ignored_columns();
  return absl::OkStatus();
}

absl::Status ImportSource::CheckRequired(ImportKind kind) const {
  const auto has = [&](std::string_view column) {
    if (mapping_) return mapping_->Fills(column);
    const auto found = std::find(columns_.begin(), columns_.end(), column);
    return indexes_[static_cast<std::size_t>(found - columns_.begin())] >= 0;
  };
  const auto missing = [&](const std::string& what) {
    return absl::InvalidArgumentError(fmt::format("{}: {}", reader_->name(), what));
  };
  const std::vector<std::string> required =
      kind == ImportKind::kIdentities
          ? std::vector<std::string>{"local_id", "birth_family_name", "birth_date", "sex"}
          : std::vector<std::string>{"visit_number", "local_id", "admitted_at"};
  for (const std::string& column : required) {
    if (!has(column)) return missing(fmt::format("the column \"{}\" is missing", column));
  }
  if (default_domain_.empty() && !has("domain")) {
    return missing("there is no column \"domain\"; add it or give --domain");
  }
  if (kind == ImportKind::kIdentities && !has("birth_given_names") &&
      !has("first_birth_given_name")) {
    return missing(
        "one of the columns \"birth_given_names\" and \"first_birth_given_name\" is required");
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> ImportSource::Next(SourceRow* row) {
  CsvRow csv;
  absl::StatusOr<bool> found = reader_->Next(&csv);
  if (!found.ok() || !*found) return found;
  row->line = csv.line;
  row->problems = std::move(csv.problems);
  row->fields = std::move(csv.fields);
  row->fields.erase(row->fields.begin(),
                    row->fields.begin() +
                        static_cast<std::ptrdiff_t>(std::min(skipped_count_, row->fields.size())));
  row->values.assign(columns_.size(), "");
  if (!row->problems.empty()) return true;
  if (mapping_) {
    mapping_->Apply(row->fields, &row->values, &row->problems);
  } else {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (indexes_[i] >= 0) {
        row->values[i] = Trim(row->fields[static_cast<std::size_t>(indexes_[i])]);
      }
    }
  }
  if (row->values[0].empty()) row->values[0] = default_domain_;  // "domain" is first in both
  return true;
}

bool ParseIdentityRow(const std::vector<std::string>& values, IdentityRow* row,
                      std::vector<RowProblem>* problems) {
  Checker checked(values, ImportKind::kIdentities, problems);
  checked.CheckTexts();
  for (const std::size_t i :
       {I("domain"), I("local_id"), I("birth_family_name"), I("sex"), I("birth_date")}) {
    checked.Require(i);
  }
  if (!checked.Has(I("birth_given_names")) && !checked.Has(I("first_birth_given_name"))) {
    checked.Refuse(I("birth_given_names"), "or first_birth_given_name is required");
  }
  row->domain = checked[I("domain")];
  row->local_id = checked[I("local_id")];
  matching::Traits& traits = row->traits;
  traits.birth_family_name = checked[I("birth_family_name")];
  traits.birth_given_names = checked[I("birth_given_names")];
  traits.first_birth_given_name = checked[I("first_birth_given_name")];
  traits.used_family_name = checked[I("used_family_name")];
  traits.used_given_name = checked[I("used_given_name")];
  traits.birth_place_code = checked[I("birth_place_code")];
  traits.address_line = checked[I("address_line")];
  traits.postal_code = checked[I("postal_code")];
  traits.city = checked[I("city")];
  traits.phone = checked[I("phone")];
  traits.email = checked[I("email")];
  traits.birth_date = CheckDate(checked, I("birth_date"), false).value_or(Date{});
  CheckSex(checked, row);
  CheckBirthPlace(checked);
  CheckIns(checked, row);
  CheckEvidence(checked, row);
  CheckAttributes(checked, row);
  return checked.ok();
}

absl::StatusOr<VisitRowParser> VisitRowParser::Create(const std::string& time_zone) {
  absl::TimeZone zone;
  if (time_zone.empty() || !absl::LoadTimeZone(time_zone, &zone)) {
    return absl::InvalidArgumentError(
        fmt::format("unknown time zone \"{}\"; an example is Europe/Paris", time_zone));
  }
  return VisitRowParser(time_zone);
}

bool VisitRowParser::Parse(const std::vector<std::string>& values, VisitRow* row,
                           std::vector<RowProblem>* problems) const {
  Checker checked(values, ImportKind::kVisits, problems);
  checked.CheckTexts();
  for (const std::size_t i : {V("domain"), V("visit_number"), V("local_id"), V("admitted_at")}) {
    checked.Require(i);
  }
  matching::Visit& visit = row->visit;
  visit.domain = checked[V("domain")];
  visit.visit_number = checked[V("visit_number")];
  visit.local_id = checked[V("local_id")];
  visit.legal_entity_finess = checked[V("legal_entity_finess")];
  visit.site_finess = checked[V("site_finess")];
  CheckFiness(checked, V("legal_entity_finess"));
  CheckFiness(checked, V("site_finess"));
  visit.activity = CheckActivity(checked);
  visit.kind = CheckKind(checked);
  visit.cancelled = CheckCancelled(checked);
  visit.entry_channel = checked[V("entry_channel")];
  if (!visit.entry_channel.empty() && !matching::IsEntryChannel(visit.entry_channel)) {
    checked.Refuse(V("entry_channel"), "is not a code of 1 to 32 of a-z, 0-9, _ and -");
  }
  const auto instant = [&](std::size_t i) -> std::optional<Instant> {
    if (!checked.Has(i)) return std::nullopt;
    std::string reason;
    const std::optional<Instant> read = ParseInstant(checked[i], time_zone_, &reason);
    if (!read) checked.Refuse(i, reason);
    return read;
  };
  const std::optional<Instant> admitted_at = instant(V("admitted_at"));
  visit.admitted_at = admitted_at.value_or(Instant{});
  visit.discharged_at = instant(V("discharged_at"));
  if (admitted_at && visit.discharged_at && *visit.discharged_at < *admitted_at) {
    checked.Refuse(V("discharged_at"), "is before admitted_at");
  }
  return checked.ok();
}

std::optional<Instant> ParseInstant(std::string_view text, const std::string& time_zone,
                                    std::string* reason) {
  InstantParts parts;
  const bool readable =
      ReadInstant(text, &parts) && parts.hour < 24 && parts.minute < 60 && parts.second < 60;
  const Date date{static_cast<std::int16_t>(parts.year), static_cast<std::uint8_t>(parts.month),
                  static_cast<std::uint8_t>(parts.day)};
  if (!readable || !matching::IsComplete(date) || !matching::IsValid(date)) {
    *reason =
        "is not a date and time; write YYYY-MM-DDTHH:MM with or without an offset like +02:00";
    return std::nullopt;
  }
  if (parts.year < kInstantYearMin || parts.year > kInstantYearMax) {
    *reason = fmt::format("is not between the years {} and {}", kInstantYearMin, kInstantYearMax);
    return std::nullopt;
  }
  const absl::CivilSecond civil(parts.year, parts.month, parts.day, parts.hour, parts.minute,
                                parts.second);
  const absl::Duration fraction = absl::Microseconds(parts.microsecond);
  if (parts.has_offset) {
    return ToInstant(absl::FromCivil(civil, absl::UTCTimeZone()) + fraction -
                     absl::Minutes(parts.offset_minutes));
  }
  const absl::TimeZone::TimeInfo info = Zone(time_zone).At(civil);
  if (info.kind == absl::TimeZone::TimeInfo::SKIPPED) {
    *reason = "is an hour the clocks left out that day; give an offset like +02:00";
    return std::nullopt;
  }
  return ToInstant(info.pre + fraction);
}

Instant StartOfDay(const Date& date, const std::string& time_zone) {
  return ToInstant(
      absl::FromCivil(absl::CivilDay(date.year, date.month, date.day), Zone(time_zone)));
}

}  // namespace vigie::tools
