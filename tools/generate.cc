#include "tools/generate.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "fmt/format.h"
#include "matching/date.h"
#include "tools/csv.h"
#include "tools/generate_errors.h"
#include "tools/generate_people.h"
#include "tools/generate_random.h"
#include "tools/import_rows.h"

namespace vigie::tools {
namespace {

using matching::Date;

// Records wait here and leave in random order, so that a family or a duplicate does not stand on
// neighbouring lines as it never would in an extract by local id.
constexpr std::size_t kShuffleWindow = 8192;
constexpr std::uint64_t kFirstLocalId = 10'000'000;
constexpr std::int64_t kProgressEvery = 4096;
constexpr std::int64_t kMinutesPerDay = 1440;
constexpr std::uint64_t kChannelSeedOffset = 0x656e747279;
constexpr std::string_view kNirOid = "1.2.250.1.213.1.4.8";

// Shares in per mille.
constexpr std::uint64_t kSecondRecord = 50;        // of persons
constexpr std::uint64_t kThirdRecord = 90;         // of those
constexpr std::uint64_t kErrorInFirstRecord = 90;  // of first records without INSi answer
constexpr std::uint64_t kUnknownLocalId = 2;       // of visits: the identity is not in the extract

struct Site {
  std::string finess, legal_entity;
  std::vector<std::pair<std::string_view, std::uint64_t>> activities;  // with weights
};

// A FINESS number from its first eight digits.
std::string Finess(std::string_view eight_digits) {
  int sum = 0;
  for (std::size_t i = 0; i < eight_digits.size(); ++i) {
    int digit = eight_digits[i] - '0';
    if (i % 2 == 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return std::string(eight_digits) + static_cast<char>('0' + (10 - sum % 10) % 10);
}

std::vector<Site> Sites() {
  const std::string hospital = Finess("63099000");
  const std::string local_hospital = Finess("63099100");
  return {{Finess("63099001"), hospital, {{"MCO", 100}}},
          {Finess("63099002"), hospital, {{"MCO", 60}, {"HAD", 6}, {"DIALYSIS", 12}}},
          {Finess("63099003"), hospital, {{"PSY", 28}}},
          {Finess("63099101"), local_hospital, {{"MCO", 26}, {"SMR", 14}}},
          {Finess("63099102"), local_hospital, {{"SMR", 12}, {"PSY", 4}}}};
}

class Generator {
 public:
  Generator(const GenerateOptions& options, const GenerateOutputs& outputs)
      : options_(options),
        outputs_(outputs),
        random_(options.seed),
        channel_random_(options.seed + kChannelSeedOffset),
        population_(options, &random_),
        sites_(Sites()),
        visits_left_(
            options.visit_count.value_or(options.identity_count * kVisitsPerIdentityDefault)) {
    for (std::size_t s = 0; s < sites_.size(); ++s) {
      for (const auto& [activity, weight] : sites_[s].activities) {
        places_.emplace_back(s, activity);
        place_choice_.Add(weight);
      }
    }
    first_day_ = matching::DaysSinceEpoch(Date{static_cast<std::int16_t>(options.year), 1, 1});
    last_day_ = matching::DaysSinceEpoch(Date{static_cast<std::int16_t>(options.year), 12, 31});
    summer_from_ = LastSunday(3);
    summer_to_ = LastSunday(10);
  }

  absl::StatusOr<GeneratedCounts> Run(const std::function<void(std::int64_t)>& progress) {
    WriteHeaders();
    std::vector<Person> household;
    while (counts_.identities + static_cast<std::int64_t>(window_.size()) <
           options_.identity_count) {
      population_.NextHousehold(&household);
      for (const Person& person : household) Record(person);
      if (absl::Status status = Flush(false); !status.ok()) return status;
      if (progress && counts_.identities >= next_progress_) {
        progress(counts_.identities);
        next_progress_ = counts_.identities + kProgressEvery;
      }
    }
    while (!window_.empty()) EmitOne();
    if (absl::Status status = Flush(true); !status.ok()) return status;
    if (progress) progress(counts_.identities);
    return counts_;
  }

 private:
  std::int64_t LastSunday(std::uint8_t month) const {
    const std::int64_t last =
        matching::DaysSinceEpoch(Date{static_cast<std::int16_t>(options_.year), month, 31});
    return last - (last + 4) % 7;  // 1970-01-01 was a Thursday
  }

  void WriteHeaders() {
    identities_text_ = FormatCsvRow(ColumnsOf(ImportKind::kIdentities));
    visits_text_ = FormatCsvRow(ColumnsOf(ImportKind::kVisits));
    truth_text_ = "domain,local_id,person_id\n";
  }

  absl::Status Flush(bool last) {
    constexpr std::size_t kFlushBytes = 1 << 18;
    const std::array<std::pair<std::string*, std::ostream*>, 3> streams = {
        {{&identities_text_, outputs_.identities},
         {&visits_text_, outputs_.visits},
         {&truth_text_, outputs_.truth}}};
    for (const auto& [text, stream] : streams) {
      if (!last && text->size() < kFlushBytes) continue;
      stream->write(text->data(), static_cast<std::streamsize>(text->size()));
      if (last) stream->flush();
      if (!*stream) return absl::ResourceExhaustedError("cannot write: is the disk full?");
      text->clear();
    }
    return absl::OkStatus();
  }

  // The records the hospital has of one person.
  void Record(const Person& person) {
    ++counts_.persons;
    if (person.is_twin) ++counts_.twins;
    int count = 1;
    if (random_.Chance(kSecondRecord)) count = random_.Chance(kThirdRecord) ? 3 : 2;
    for (int i = 0; i < count; ++i) {
      if (counts_.identities + static_cast<std::int64_t>(window_.size()) >=
          options_.identity_count) {
        return;
      }
      if (i > 0) ++counts_.duplicates;
      if (window_.size() >= kShuffleWindow) EmitOne();
      window_.push_back(MakeRecord(person, i > 0));
    }
  }

  void EmitOne() {
    const std::size_t at = random_.Below(window_.size());
    std::swap(window_[at], window_.back());
    Emit(window_.back());
    window_.pop_back();
  }

  std::string DayBetween(std::int64_t from, std::int64_t to) {
    const std::int64_t day = from >= to ? to
                                        : from + static_cast<std::int64_t>(random_.Below(
                                                     static_cast<std::uint64_t>(to - from + 1)));
    return matching::FormatDate(matching::DateFromDays(day));
  }

  // How the desk writes names: most without accents, as INSi does.
  void Spell(const Person& person, bool insi, GeneratedRecord* record) {
    const std::uint64_t habit = insi ? 0 : random_.Below(100);
    const auto spell = [&](const std::string& name) {
      if (habit < 72) return UpperName(name, false);
      return habit < 84 ? UpperName(name, true) : name;
    };
    record->birth_family_name = spell(person.birth_family_name);
    for (const std::string& name : person.given_names) record->given_names.push_back(spell(name));
    record->first_given_name = record->given_names.front();
    record->used_family_name = spell(person.used_family_name);
    record->used_given_name = spell(person.used_given_name);
  }

  void GiveStatus(const Person& person, bool second, GeneratedRecord* record) {
    const std::uint64_t at = random_.Below(1000);
    // Qualified, recovered, validated, else provisional.
    const bool qualified = at < (second ? 260U : 560U);
    const bool recovered = !qualified && at < (second ? 350U : 690U);
    const bool validated = !qualified && !recovered && at < (second ? 470U : 830U);
    const std::int64_t born =
        matching::DaysSinceEpoch(matching::CompleteDate(person.birth_date).date);
    const std::int64_t from = std::max(born, first_day_ - 365);
    if ((qualified || recovered) && !person.matricule.empty()) {
      record->matricule = person.matricule;
      record->insi_date = DayBetween(from, last_day_);
    }
    const bool weak = !qualified && !validated && random_.Chance(30);
    if (!qualified && !validated && !weak) return;
    record->evidence_date = DayBetween(from, last_day_);
    if (weak) {
      record->evidence_type = random_.Chance(600) ? "vitale_card" : "birth_certificate";
    } else if (person.birth_date.year > options_.year - 15) {
      record->evidence_type = "minor_civil_record";
    } else if (person.birth_place_code.starts_with("99") && random_.Chance(450)) {
      record->evidence_type = "residence_permit";
    } else {
      const std::uint64_t device = random_.Below(100);
      record->evidence_type = device < 74   ? "national_id_card"
                              : device < 96 ? "passport"
                                            : "electronic_identity";
    }
  }

  // What the desk did not ask, or the person did not know.
  void LeaveOut(GeneratedRecord* record) {
    if (random_.Chance(90)) record->address_line.clear();
    if (random_.Chance(220)) record->phone.clear();
    if (random_.Chance(250)) record->used_family_name.clear();
    if (random_.Chance(400)) record->email.clear();
    if (!record->matricule.empty()) return;
    if (random_.Chance(60)) record->birth_place_code.clear();
    if (random_.Chance(12)) record->birth_place_code = "99999";
    if (random_.Chance(300)) record->given_names.resize(1);
    if (record->evidence_type.empty() && random_.Chance(8)) {  // day, or day and month not known
      record->birth_date.day = 0;
      if (random_.Chance(500)) record->birth_date.month = 0;
    }
    if (random_.Chance(3)) record->sex = 'I';
  }

  GeneratedRecord MakeRecord(const Person& person, bool second) {
    GeneratedRecord record;
    record.person_id = person.id;
    record.sex = person.male ? 'M' : 'F';
    record.birth_date = person.birth_date;
    record.birth_place_code = person.birth_place_code;
    record.address_line = person.home.address_line;
    record.home = person.home.commune;
    record.phone = person.mobile.empty() || random_.Chance(350) ? person.home.phone : person.mobile;
    record.email = person.email;
    GiveStatus(person, second, &record);
    const bool insi = !record.matricule.empty();
    Spell(person, insi, &record);
    if (!insi) {
      std::size_t errors = random_.Chance(kErrorInFirstRecord) ? 1 : 0;
      if (second) {
        const std::uint64_t at = random_.Below(100);
        errors = at < 22 ? 0 : at < 66 ? 1 : at < 90 ? 2 : 3;
      }
      while (errors-- > 0) MakeError(person, population_, random_, &record);
      const bool newborn = record.birth_date.year == options_.year;
      if (newborn && !second && record.evidence_type.empty() && random_.Chance(120)) {
        record.given_names = {"BEBE"};  // not named yet when the record was made
        record.first_given_name = "BEBE";
      }
    }
    LeaveOut(&record);
    if (random_.Chance(4)) record.attributes = "homonym";
    if (!insi && record.evidence_type.empty()) {
      if (random_.Chance(12)) record.attributes = "doubtful";
      if (random_.Chance(4)) record.attributes = "fictitious";
    }
    return record;
  }

  void Emit(const GeneratedRecord& record) {
    const std::string local_id =
        std::to_string(kFirstLocalId + static_cast<std::uint64_t>(counts_.identities));
    std::string given;
    const std::string_view separator = random_.Chance(60) ? "," : " ";
    for (const std::string& name : record.given_names) {
      if (!given.empty()) given += separator;
      given += name;
    }
    std::string& text = identities_text_;
    const auto field = [&](std::string_view value, char end = ',') {
      AppendCsvField(value, ',', &text);
      text.push_back(end);
    };
    field(options_.domain);
    field(local_id);
    field(record.birth_family_name);
    field(given);
    field(record.first_given_name);
    field(record.used_family_name);
    field(record.used_given_name);
    field(std::string_view(&record.sex, 1));
    field(matching::FormatDate(record.birth_date));
    field(record.birth_place_code);
    field(record.matricule);
    field(record.matricule.empty() ? "" : kNirOid);
    field(record.insi_date);
    field(record.evidence_type);
    field(record.evidence_date);
    field(record.attributes);
    field(record.address_line);
    const bool home_known = !record.address_line.empty() && record.home != nullptr;
    field(home_known ? record.home->postal_code : "");
    field(home_known ? std::string_view(UpperName(record.home->name, false)) : "");
    field(record.phone);
    field(record.email, '\n');
    AppendCsvField(options_.domain, ',', &truth_text_);
    truth_text_ += "," + local_id + "," + std::to_string(record.person_id) + "\n";
    EmitVisits(record, local_id);
    ++counts_.identities;
  }

  // Some come once, some every week; on the whole the number of visits asked for.
  void EmitVisits(const GeneratedRecord& record, const std::string& local_id) {
    const std::int64_t identities_left = options_.identity_count - counts_.identities;
    std::int64_t count = visits_left_;
    if (identities_left > 1) {
      constexpr std::array<std::int64_t, 10> kQuarters = {1, 1, 1, 3, 3, 3, 3, 6, 6, 13};
      const std::int64_t quarters = kQuarters[random_.Below(kQuarters.size())];
      const std::int64_t share = 4 * identities_left;
      count = visits_left_ * quarters / share;
      const std::int64_t rest = visits_left_ * quarters % share;
      if (static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(share))) < rest) {
        ++count;
      }
      count = std::min(count, visits_left_);
    }
    const std::int64_t born =
        matching::DaysSinceEpoch(matching::CompleteDate(record.birth_date).date);
    visits_left_ -= count;
    counts_.visits += count;
    const std::size_t usual = place_choice_.Pick(random_);
    while (count-- > 0) {
      const std::size_t place = random_.Chance(700) ? usual : place_choice_.Pick(random_);
      EmitVisit(places_[place], std::max(first_day_, born), local_id);
    }
  }

  std::string_view Kind(std::string_view activity) {
    const std::uint64_t at = random_.Below(100);
    if (activity == "DIALYSIS") return "session";
    if (activity == "HAD") return "inpatient";
    if (activity == "SMR") return at < 60 ? "inpatient" : "day";
    if (activity == "PSY") return at < 62 ? "outpatient" : at < 84 ? "day" : "inpatient";
    return at < 48 ? "outpatient" : at < 66 ? "emergency" : at < 84 ? "inpatient" : "day";
  }

  int DurationMinutes(std::string_view kind, std::string_view activity) {
    if (kind == "inpatient") {
      const int nights = random_.Between(1, activity == "MCO" ? 12 : 45);
      return 60 * 24 * nights + random_.Between(0, 400);
    }
    if (kind == "day") return random_.Between(240, 600);
    if (kind == "session") return random_.Between(210, 300);
    if (kind == "emergency") return random_.Between(60, 900);
    return random_.Between(15, 90);
  }

  std::string LocalInstant(std::int64_t minutes) const {
    const std::int64_t day = minutes / kMinutesPerDay;
    const std::int64_t minute = minutes % kMinutesPerDay;
    constexpr std::int64_t kChangesAt = 180;  // three in the morning
    const bool summer = std::pair(day, minute) >= std::pair(summer_from_, kChangesAt) &&
                        std::pair(day, minute) < std::pair(summer_to_, kChangesAt);
    const auto two = [](std::int64_t n) {
      return std::string{static_cast<char>('0' + n / 10), static_cast<char>('0' + n % 10)};
    };
    return matching::FormatDate(matching::DateFromDays(day)) + "T" + two(minute / 60) + ":" +
           two(minute % 60) + ":00" + (summer ? "+02:00" : "+01:00");
  }

  void EmitVisit(const std::pair<std::size_t, std::string_view>& place, std::int64_t from_day,
                 const std::string& local_id) {
    const Site& site = sites_[place.first];
    const std::string_view activity = place.second;
    const std::string_view kind = Kind(activity);
    const std::int64_t from = std::min(from_day, last_day_);
    const std::int64_t day =
        from +
        static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(last_day_ - from + 1)));
    const int minute = kind == "emergency" ? random_.Between(0, 24 * 60 - 1)
                                           : random_.Between(7 * 60 + 30, 17 * 60);
    const std::int64_t admitted = day * kMinutesPerDay + minute;
    const std::int64_t discharged = admitted + DurationMinutes(kind, activity);
    const bool still_present = discharged >= (last_day_ + 1) * kMinutesPerDay;
    std::string& text = visits_text_;
    const auto field = [&](std::string_view value, char end = ',') {
      AppendCsvField(value, ',', &text);
      text.push_back(end);
    };
    field(options_.domain);
    field("V" + std::to_string(kFirstLocalId + next_visit_++));
    field(random_.Chance(kUnknownLocalId) ? "9" + local_id : local_id);
    field(site.legal_entity);
    field(site.finess);
    field(activity);
    field(kind);
    field(LocalInstant(admitted));
    field(still_present ? "" : LocalInstant(discharged));
    field(random_.Chance(20) ? "true" : "false");
    field(EntryChannel(kind), '\n');
  }

  // How the patient came in; not everybody wrote it down.
  std::string_view EntryChannel(std::string_view kind) {
    const std::uint64_t at = channel_random_.Below(100);
    if (at < 4) return "";
    if (kind == "emergency") return at < 90 ? "emergency" : "transfer";
    if (kind == "inpatient" && at < 14) return "transfer";
    return at < 62 ? "desk" : at < 84 ? "online" : "kiosk";
  }

  const GenerateOptions& options_;
  const GenerateOutputs& outputs_;
  Random random_;
  Random channel_random_;  // its own: what else is drawn does not depend on it
  Population population_;
  std::vector<Site> sites_;
  std::vector<std::pair<std::size_t, std::string_view>> places_;  // site and activity
  WeightedChoice place_choice_;
  std::vector<GeneratedRecord> window_;
  std::string identities_text_, visits_text_, truth_text_;
  GeneratedCounts counts_;
  std::int64_t visits_left_ = 0;
  std::uint64_t next_visit_ = 0;
  std::int64_t next_progress_ = kProgressEvery;
  std::int64_t first_day_ = 0, last_day_ = 0;     // of the year, days since 1970
  std::int64_t summer_from_ = 0, summer_to_ = 0;  // days on which the clocks change
};

absl::Status CheckOptions(const GenerateOptions& options) {
  if (options.identity_count < 1 || options.identity_count > kGeneratedIdentitiesMax) {
    return absl::InvalidArgumentError(fmt::format("identities: 1 to {}", kGeneratedIdentitiesMax));
  }
  const std::int64_t visits = options.visit_count.value_or(0);
  if (visits < 0 || visits > kGeneratedVisitsMax) {
    return absl::InvalidArgumentError(fmt::format("visits: 0 to {}", kGeneratedVisitsMax));
  }
  if (options.year < 1950 || options.year > 2150) {
    return absl::InvalidArgumentError("year: 1950 to 2150");
  }
  if (options.domain.empty()) return absl::InvalidArgumentError("domain: may not be empty");
  return absl::OkStatus();
}

// Reads rows of a file of counted names: the columns found by any of their names.
class CountedNamesFile {
 public:
  static absl::StatusOr<CountedNamesFile> Open(const std::string& path) {
    absl::StatusOr<std::unique_ptr<CsvReader>> reader = CsvReader::OpenFile(path);
    if (!reader.ok()) return reader.status();
    return CountedNamesFile(std::move(*reader));
  }
  absl::StatusOr<int> Column(const std::vector<std::string>& names) const {
    for (std::size_t i = 0; i < reader_->header().size(); ++i) {
      std::string column = reader_->header()[i];
      for (char& c : column) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      if (std::find(names.begin(), names.end(), column) != names.end()) {
        return static_cast<int>(i);
      }
    }
    return absl::InvalidArgumentError(
        fmt::format("{}: no column {}", reader_->name(), fmt::join(names, " or ")));
  }
  absl::StatusOr<bool> Next(CsvRow* row) {
    absl::StatusOr<bool> found = reader_->Next(row);
    if (found.ok() && *found && !row->problems.empty()) {
      return Error(*row, row->problems.front().reason);
    }
    return found;
  }
  absl::Status Error(const CsvRow& row, std::string_view what) const {
    return absl::InvalidArgumentError(fmt::format("{}:{}: {}", reader_->name(), row.line, what));
  }
  static std::optional<std::int64_t> Number(const std::string& text) {
    if (text.empty() || text.size() > 12 ||
        text.find_first_not_of("0123456789") != std::string::npos) {
      return std::nullopt;
    }
    return std::stoll(text);
  }
  // "_PRENOMS_RARES", "AUTRES NOMS": a sum, not a name.
  static bool IsSum(const std::string& name) {
    return name.empty() || name.front() == '_' || name.starts_with("AUTRES");
  }

 private:
  explicit CountedNamesFile(std::unique_ptr<CsvReader> reader) : reader_(std::move(reader)) {}
  std::unique_ptr<CsvReader> reader_;
};

const std::vector<std::string> kCountColumns = {"nombre", "valeur", "total", "count"};

}  // namespace

absl::StatusOr<std::vector<CountedGivenName>> ReadGivenNamesFile(const std::string& path) {
  absl::StatusOr<CountedNamesFile> file = CountedNamesFile::Open(path);
  if (!file.ok()) return file.status();
  const absl::StatusOr<int> sex = file->Column({"sexe", "sex"});
  const absl::StatusOr<int> name = file->Column({"preusuel", "prenom", "name"});
  const absl::StatusOr<int> count = file->Column(kCountColumns);
  for (const auto* column : {&sex, &name, &count}) {
    if (!column->ok()) return column->status();
  }
  const absl::StatusOr<int> year = file->Column({"annais", "annee", "periode", "year"});
  std::map<std::tuple<bool, std::string, int>, std::int64_t> counts;  // by decade: what is used
  CsvRow row;
  for (;;) {
    absl::StatusOr<bool> found = file->Next(&row);
    if (!found.ok()) return found.status();
    if (!*found) break;
    const auto at = [&](int column) { return row.fields[static_cast<std::size_t>(column)]; };
    if (CountedNamesFile::IsSum(at(*name))) continue;
    if (at(*sex) != "1" && at(*sex) != "2") return file->Error(row, "sexe is neither 1 nor 2");
    const std::optional<std::int64_t> number = CountedNamesFile::Number(at(*count));
    if (!number) return file->Error(row, "the count is not a number");
    const int decade =
        year.ok() ? static_cast<int>(CountedNamesFile::Number(at(*year)).value_or(0) / 10 * 10)
                  : 0;  // XXXX: year not published
    counts[{at(*sex) == "1", at(*name), decade}] += *number;
  }
  std::vector<CountedGivenName> names;
  names.reserve(counts.size());
  for (const auto& [key, number] : counts) {
    names.push_back({std::get<1>(key), std::get<0>(key), std::get<2>(key), number});
  }
  if (names.empty()) return absl::InvalidArgumentError(path + ": no given name in it");
  return names;
}

absl::StatusOr<std::vector<CountedFamilyName>> ReadFamilyNamesFile(const std::string& path) {
  absl::StatusOr<CountedNamesFile> file = CountedNamesFile::Open(path);
  if (!file.ok()) return file.status();
  const absl::StatusOr<int> name = file->Column({"nomc", "nom", "name"});
  const absl::StatusOr<int> count = file->Column(kCountColumns);
  if (!name.ok()) return name.status();
  if (!count.ok()) return count.status();
  std::vector<CountedFamilyName> names;
  CsvRow row;
  for (;;) {
    absl::StatusOr<bool> found = file->Next(&row);
    if (!found.ok()) return found.status();
    if (!*found) break;
    const std::string& text = row.fields[static_cast<std::size_t>(*name)];
    if (CountedNamesFile::IsSum(text)) continue;
    const std::optional<std::int64_t> number =
        CountedNamesFile::Number(row.fields[static_cast<std::size_t>(*count)]);
    if (!number) return file->Error(row, "the count is not a number");
    names.push_back({text, *number});
  }
  if (names.empty()) return absl::InvalidArgumentError(path + ": no family name in it");
  return names;
}

absl::StatusOr<GeneratedCounts> Generate(const GenerateOptions& options,
                                         const GenerateOutputs& outputs,
                                         const std::function<void(std::int64_t)>& progress) {
  if (absl::Status status = CheckOptions(options); !status.ok()) return status;
  return Generator(options, outputs).Run(progress);
}

absl::StatusOr<GeneratedCounts> GenerateFiles(const GenerateOptions& options,
                                              const std::string& directory,
                                              const std::function<void(std::int64_t)>& progress) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return absl::PermissionDeniedError(
        fmt::format("cannot make {}: {}", directory, error.message()));
  }
  const std::filesystem::path folder(directory);
  std::ofstream identities(folder / "identities.csv", std::ios::binary);
  std::ofstream visits(folder / "visits.csv", std::ios::binary);
  std::ofstream truth(folder / "truth.csv", std::ios::binary);
  if (!identities || !visits || !truth) {
    return absl::PermissionDeniedError(fmt::format("cannot write into {}", directory));
  }
  return Generate(options, {&identities, &visits, &truth}, progress);
}

}  // namespace vigie::tools
