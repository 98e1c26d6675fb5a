// Rows of the contract: every column read, every refusal with its column and reason.
#include "tools/import_rows.h"

#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vigie::tools {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Values = std::map<std::string, std::string>;

std::vector<std::string> InOrder(ImportKind kind, const Values& values) {
  std::vector<std::string> ordered;
  for (const std::string& column : ColumnsOf(kind)) {
    const auto found = values.find(column);
    ordered.push_back(found == values.end() ? "" : found->second);
  }
  return ordered;
}

// ADRUN ZOE of the published test bench.
Values GoodIdentity() {
  return {{"domain", "DPI"},
          {"local_id", "1001"},
          {"birth_family_name", "ADRUN"},
          {"birth_given_names", "ZOE"},
          {"first_birth_given_name", "ZOE"},
          {"sex", "F"},
          {"birth_date", "1975-12-31"},
          {"birth_place_code", "63220"},
          {"ins_matricule", "275126322074974"},
          {"ins_oid", "1.2.250.1.213.1.4.8"},
          {"insi_date", "2025-03-04"},
          {"evidence_type", "passport"},
          {"evidence_date", "2025-03-05"},
          {"attributes", "homonym"}};
}

Values GoodVisit() {
  return {{"domain", "DPI"},
          {"visit_number", "V1"},
          {"local_id", "1001"},
          {"activity", "MCO"},
          {"kind", "inpatient"},
          {"admitted_at", "2025-03-04T10:30:00+01:00"},
          {"discharged_at", "2025-03-05 09:00"},
          {"cancelled", "false"},
          {"entry_channel", "kiosk"}};
}

TEST(ParseIdentityRow, ReadsEveryColumn) {
  Values values = GoodIdentity();
  values["used_family_name"] = "DUPONT";
  values["used_given_name"] = "ZO\xC3\x89";
  values["address_line"] = "1 RUE DES LILAS";
  values["postal_code"] = "63000";
  values["city"] = "CLERMONT-FERRAND";
  values["phone"] = "0612345678";
  values["email"] = "zoe@example.org";
  values["attributes"] = "homonym | doubtful";
  IdentityRow row;
  std::vector<RowProblem> problems;
  ASSERT_TRUE(ParseIdentityRow(InOrder(ImportKind::kIdentities, values), &row, &problems));
  EXPECT_EQ(row.domain, "DPI");
  EXPECT_EQ(row.local_id, "1001");
  EXPECT_EQ(row.traits.birth_family_name, "ADRUN");
  EXPECT_EQ(row.traits.birth_given_names, "ZOE");
  EXPECT_EQ(row.traits.first_birth_given_name, "ZOE");
  EXPECT_EQ(row.traits.used_family_name, "DUPONT");
  EXPECT_EQ(row.traits.used_given_name, "ZO\xC3\x89");
  EXPECT_EQ(row.traits.sex, matching::Sex::kFemale);
  EXPECT_EQ(row.traits.birth_date, (matching::Date{1975, 12, 31}));
  EXPECT_EQ(row.traits.birth_place_code, "63220");
  EXPECT_EQ(row.traits.address_line, "1 RUE DES LILAS");
  EXPECT_EQ(row.traits.postal_code, "63000");
  EXPECT_EQ(row.traits.city, "CLERMONT-FERRAND");
  EXPECT_EQ(row.traits.phone, "0612345678");
  EXPECT_EQ(row.traits.email, "zoe@example.org");
  EXPECT_EQ(row.ins, (matching::Ins{"275126322074974", "1.2.250.1.213.1.4.8"}));
  EXPECT_EQ(row.insi_date, (matching::Date{2025, 3, 4}));
  ASSERT_TRUE(row.evidence.has_value());
  EXPECT_EQ(row.evidence->type, "passport");
  EXPECT_EQ(row.evidence->checked_on, (matching::Date{2025, 3, 5}));
  EXPECT_EQ(row.attributes, (matching::Attributes{true, true, false}));
}

TEST(ParseIdentityRow, AcceptsPartialBirthDates) {
  for (const std::string date : {"1950-05-00", "1950-00-00", "1950-00-12"}) {
    Values values = GoodIdentity();
    values["birth_date"] = date;
    IdentityRow row;
    std::vector<RowProblem> problems;
    EXPECT_TRUE(ParseIdentityRow(InOrder(ImportKind::kIdentities, values), &row, &problems))
        << date;
  }
}

// A wrong key is a signal for the daemon, which keeps the identity; the row is readable.
TEST(ParseIdentityRow, LeavesTheKeyOfTheMatriculeToTheDaemon) {
  Values values = GoodIdentity();
  values["ins_matricule"] = "181036322045660";
  IdentityRow row;
  std::vector<RowProblem> problems;
  EXPECT_TRUE(ParseIdentityRow(InOrder(ImportKind::kIdentities, values), &row, &problems));
}

struct Refused {
  std::string description, column, value, refused_column, reason;
};

const std::vector<Refused>& RefusedIdentities() {
  static const std::string kDate =
      "is not a date; write YYYY-MM-DD, with 00 for a part that is not known";
  static const std::vector<Refused> kRefused = {
      {"no domain", "domain", "", "domain", "is required"},
      {"no local id", "local_id", "", "local_id", "is required"},
      {"no family name", "birth_family_name", "", "birth_family_name", "is required"},
      {"no sex", "sex", "", "sex", "is required"},
      {"no birth date", "birth_date", "", "birth_date", "is required"},
      {"sex of another system", "sex", "1", "sex", "is none of M, F, I"},
      {"sex in lower case", "sex", "f", "sex", "is none of M, F, I"},
      {"French date", "birth_date", "31/12/1975", "birth_date", kDate},
      {"month 13", "birth_date", "1975-13-01", "birth_date", kDate},
      {"30 February", "birth_date", "1975-02-30", "birth_date", kDate},
      {"29 February of a common year", "birth_date", "1975-02-29", "birth_date", kDate},
      {"absent date spelled out", "birth_date", "0000-00-00", "birth_date", kDate},
      {"two-digit year", "birth_date", "75-12-31", "birth_date", kDate},
      {"date with a time", "birth_date", "1975-12-31T00:00", "birth_date", kDate},
      {"letters for a date", "birth_date", "unknown", "birth_date", kDate},
      {"place without its zero", "birth_place_code", "1053", "birth_place_code",
       "is not an INSEE code of 5 characters (was a leading zero lost?)"},
      {"place by name", "birth_place_code", "CLERMONT", "birth_place_code",
       "is not an INSEE code of 5 characters"},
      {"place with a letter that is not of Corsica", "birth_place_code", "2C004",
       "birth_place_code", "is not an INSEE code of 5 characters"},
      {"matricule without its key", "ins_matricule", "2751263220749", "ins_matricule",
       "is not 15 characters long, key included"},
      {"matricule with a letter", "ins_matricule", "2751263220749X4", "ins_matricule",
       "has a character a matricule cannot have"},
      {"OID missing", "ins_oid", "", "ins_oid", "is required beside ins_matricule"},
      {"INSi date missing", "insi_date", "", "insi_date",
       "is required beside ins_matricule: the day INSi answered"},
      {"partial INSi date", "insi_date", "2025-03-00", "insi_date",
       "must be a complete date, YYYY-MM-DD"},
      {"unreadable INSi date", "insi_date", "yesterday", "insi_date",
       "is not a date; write YYYY-MM-DD"},
      {"evidence without its date", "evidence_date", "", "evidence_date",
       "is required beside evidence_type"},
      {"evidence without its type", "evidence_type", "", "evidence_type",
       "is required beside evidence_date"},
      {"partial evidence date", "evidence_date", "2025-00-00", "evidence_date",
       "must be a complete date, YYYY-MM-DD"},
      {"unknown attribute", "attributes", "homonym|vip", "attributes",
       "has an attribute that is none of homonym, doubtful, fictitious"},
      {"line break in a name", "birth_family_name", "AD\nRUN", "birth_family_name",
       "has a control character or a line break"},
      {"control character in the address", "address_line", "1\x01RUE", "address_line",
       "has a control character or a line break"},
      {"a novel for a city", "city", std::string(1025, 'x'), "city", "is longer than 1024 bytes"},
  };
  return kRefused;
}

TEST(ParseIdentityRow, RefusesWithColumnAndReason) {
  for (const Refused& c : RefusedIdentities()) {
    Values values = GoodIdentity();
    values[c.column] = c.value;
    IdentityRow row;
    std::vector<RowProblem> problems;
    EXPECT_FALSE(ParseIdentityRow(InOrder(ImportKind::kIdentities, values), &row, &problems))
        << c.description;
    EXPECT_THAT(problems, ElementsAre(RowProblem{c.refused_column, c.reason})) << c.description;
  }
}

TEST(ParseIdentityRow, RefusesInsPartsWithoutMatricule) {
  Values values = GoodIdentity();
  values["ins_matricule"] = "";
  IdentityRow row;
  std::vector<RowProblem> problems;
  EXPECT_FALSE(ParseIdentityRow(InOrder(ImportKind::kIdentities, values), &row, &problems));
  EXPECT_THAT(problems, ElementsAre(RowProblem{"ins_oid", "stands without ins_matricule"},
                                    RowProblem{"insi_date", "stands without ins_matricule"}));
}

TEST(ParseIdentityRow, RefusesARowWithoutGivenNameAndNamesAllProblemsAtOnce) {
  Values values = GoodIdentity();
  values["birth_given_names"] = values["first_birth_given_name"] = "";
  values["sex"] = "X";
  IdentityRow row;
  std::vector<RowProblem> problems;
  EXPECT_FALSE(ParseIdentityRow(InOrder(ImportKind::kIdentities, values), &row, &problems));
  EXPECT_THAT(problems,
              ElementsAre(RowProblem{"birth_given_names", "or first_birth_given_name is required"},
                          RowProblem{"sex", "is none of M, F, I"}));
}

// No reason may repeat what was in the file.
TEST(ParseIdentityRow, NeverRepeatsTheValue) {
  for (const Refused& c : RefusedIdentities()) {
    if (c.value.size() < 4) continue;
    EXPECT_EQ(c.reason.find(c.value), std::string::npos) << c.description;
  }
}

const std::vector<Refused>& RefusedVisits() {
  static const std::string kInstant =
      "is not a date and time; write YYYY-MM-DDTHH:MM with or without an offset like +02:00";
  static const std::vector<Refused> kRefused = {
      {"no domain", "domain", "", "domain", "is required"},
      {"no visit number", "visit_number", "", "visit_number", "is required"},
      {"no local id", "local_id", "", "local_id", "is required"},
      {"no admission", "admitted_at", "", "admitted_at", "is required"},
      {"legal entity with a wrong check digit", "legal_entity_finess", "630780988",
       "legal_entity_finess", "is not a FINESS number: 9 characters, the last a check digit"},
      {"site too short", "site_finess", "63078", "site_finess",
       "is not a FINESS number: 9 characters, the last a check digit"},
      {"unknown activity", "activity", "SSR", "activity",
       "is none of MCO, SMR, PSY, HAD, DIALYSIS"},
      {"unknown kind", "kind", "hospitalisation", "kind",
       "is none of inpatient, day, outpatient, emergency, session"},
      {"cancelled is neither", "cancelled", "maybe", "cancelled", "is neither true nor false"},
      {"a channel with a space", "entry_channel", "front desk", "entry_channel",
       "is not a code of 1 to 32 of a-z, 0-9, _ and -"},
      {"a day without a time", "admitted_at", "2025-03-04", "admitted_at", kInstant},
      {"hour 24", "admitted_at", "2025-03-04T24:00", "admitted_at", kInstant},
      {"minute 60", "admitted_at", "2025-03-04T10:60", "admitted_at", kInstant},
      {"31 April", "admitted_at", "2025-04-31T10:00", "admitted_at", kInstant},
      {"an offset of 25 hours", "admitted_at", "2025-03-04T10:00+25:00", "admitted_at", kInstant},
      {"text behind the instant", "admitted_at", "2025-03-04T10:00 approx", "admitted_at",
       kInstant},
      {"a fraction without digits", "admitted_at", "2025-03-04T10:00:00.", "admitted_at", kInstant},
      {"the year 1066", "admitted_at", "1066-10-14T09:00", "admitted_at",
       "is not between the years 1900 and 2199"},
      {"an hour the clocks left out", "admitted_at", "2025-03-30T02:30", "admitted_at",
       "is an hour the clocks left out that day; give an offset like +02:00"},
      {"discharge before admission", "discharged_at", "2025-03-04T10:29+01:00", "discharged_at",
       "is before admitted_at"},
  };
  return kRefused;
}

TEST(VisitRowParser, RefusesWithColumnAndReason) {
  const absl::StatusOr<VisitRowParser> parser = VisitRowParser::Create("Europe/Paris");
  ASSERT_TRUE(parser.ok()) << parser.status();
  EXPECT_GE(RefusedVisits().size() + RefusedIdentities().size(), 40u);
  for (const Refused& c : RefusedVisits()) {
    Values values = GoodVisit();
    values[c.column] = c.value;
    VisitRow row;
    std::vector<RowProblem> problems;
    EXPECT_FALSE(parser->Parse(InOrder(ImportKind::kVisits, values), &row, &problems))
        << c.description;
    EXPECT_THAT(problems, ElementsAre(RowProblem{c.refused_column, c.reason})) << c.description;
  }
}

TEST(VisitRowParser, ReadsEveryColumn) {
  const absl::StatusOr<VisitRowParser> parser = VisitRowParser::Create("Europe/Paris");
  Values values = GoodVisit();
  values["cancelled"] = "true";
  VisitRow row;
  std::vector<RowProblem> problems;
  ASSERT_TRUE(parser->Parse(InOrder(ImportKind::kVisits, values), &row, &problems));
  EXPECT_EQ(row.visit.domain, "DPI");
  EXPECT_EQ(row.visit.visit_number, "V1");
  EXPECT_EQ(row.visit.local_id, "1001");
  EXPECT_EQ(row.visit.activity, matching::Activity::kMco);
  EXPECT_EQ(row.visit.kind, matching::VisitKind::kInpatient);
  EXPECT_TRUE(row.visit.cancelled);
  EXPECT_EQ(row.visit.entry_channel, "kiosk");
  // 09:30 UTC on 4 March 2025; discharge 08:00 UTC the day after.
  EXPECT_EQ(row.visit.admitted_at.time_since_epoch().count(), 1741080600000000);
  ASSERT_TRUE(row.visit.discharged_at.has_value());
  EXPECT_EQ(row.visit.discharged_at->time_since_epoch().count(), 1741161600000000);
}

TEST(VisitRowParser, RefusesAnUnknownTimeZone) {
  EXPECT_FALSE(VisitRowParser::Create("Europe/Pariss").ok());
  EXPECT_FALSE(VisitRowParser::Create("").ok());
}

TEST(ParseInstant, ReadsOffsetsAndZones) {
  struct Case {
    std::string description, text, zone;
    std::int64_t microseconds;
  };
  const std::vector<Case> cases = {
      {"UTC", "2025-07-01T12:00:00Z", "Europe/Paris", 1751371200000000},
      {"summer time by zone", "2025-07-01T14:00", "Europe/Paris", 1751371200000000},
      {"offset without colon", "2025-07-01T14:00:00+0200", "UTC", 1751371200000000},
      {"offset of hours only", "2025-07-01T14:00:00+02", "UTC", 1751371200000000},
      {"west of Greenwich", "2025-07-01T08:00-04:00", "UTC", 1751371200000000},
      {"Martinique", "2025-07-01 08:00", "America/Martinique", 1751371200000000},
      {"microseconds", "2025-07-01T12:00:00.000001Z", "UTC", 1751371200000001},
      {"more digits than are kept", "2025-07-01T12:00:00.1234567Z", "UTC", 1751371200123456},
      {"of an hour that occurs twice, the first", "2025-10-26T02:30", "Europe/Paris",
       1761438600000000},
  };
  for (const Case& c : cases) {
    std::string reason;
    const std::optional<matching::Instant> instant = ParseInstant(c.text, c.zone, &reason);
    ASSERT_TRUE(instant.has_value()) << c.description << ": " << reason;
    EXPECT_EQ(instant->time_since_epoch().count(), c.microseconds) << c.description;
  }
}

TEST(StartOfDay, IsMidnightOfTheEstablishment) {
  EXPECT_EQ(StartOfDay({2025, 7, 1}, "Europe/Paris").time_since_epoch().count(), 1751320800000000);
}

absl::StatusOr<std::unique_ptr<ImportSource>> Open(std::istringstream* stream, ImportKind kind,
                                                   const std::string& domain = "") {
  absl::StatusOr<std::unique_ptr<CsvReader>> reader = CsvReader::FromStream(stream, "f.csv");
  if (!reader.ok()) return reader.status();
  return ImportSource::Create(std::move(*reader), kind, std::nullopt, domain);
}

TEST(ImportSource, RefusesHeadersItCannotUse) {
  struct Case {
    std::string description, header;
    ImportKind kind;
    std::string domain, message;
  };
  const std::vector<Case> cases = {
      {"unknown column", "domain,local_id,birth_family_name,birth_given_names,sexe,birth_date",
       ImportKind::kIdentities, "", "unknown column \"sexe\"; did you mean \"sex\"?"},
      {"unknown and like nothing", "domain,local_id,favourite_colour", ImportKind::kIdentities, "",
       "unknown column \"favourite_colour\""},
      {"required column missing", "domain,local_id,birth_family_name,birth_given_names,sex",
       ImportKind::kIdentities, "", "the column \"birth_date\" is missing"},
      {"no domain at all", "local_id,birth_family_name,birth_given_names,sex,birth_date",
       ImportKind::kIdentities, "", "give --domain"},
      {"no given name", "local_id,birth_family_name,sex,birth_date", ImportKind::kIdentities, "D",
       "first_birth_given_name"},
      {"visits without admission", "domain,visit_number,local_id", ImportKind::kVisits, "",
       "the column \"admitted_at\" is missing"},
      {"identities given as visits", "domain,visit_number,local_id,admitted_at,sex",
       ImportKind::kVisits, "", "unknown column \"sex\""},
  };
  for (const Case& c : cases) {
    std::istringstream stream(c.header + "\n");
    const auto source = Open(&stream, c.kind, c.domain);
    ASSERT_FALSE(source.ok()) << c.description;
    EXPECT_THAT(std::string(source.status().message()), HasSubstr(c.message)) << c.description;
  }
}

TEST(ImportSource, TakesColumnsInAnyOrderAndTheDefaultDomain) {
  std::istringstream stream(
      "sex;birth_date;birth_given_names;birth_family_name;local_id\nF;1975-12-31; ZOE ;ADRUN;7\n");
  auto source = Open(&stream, ImportKind::kIdentities, "DPI");
  ASSERT_TRUE(source.ok()) << source.status();
  SourceRow row;
  ASSERT_TRUE(*(*source)->Next(&row));
  IdentityRow identity;
  std::vector<RowProblem> problems;
  ASSERT_TRUE(ParseIdentityRow(row.values, &identity, &problems));
  EXPECT_EQ(identity.domain, "DPI");
  EXPECT_EQ(identity.traits.birth_given_names, "ZOE");
  EXPECT_EQ(row.line, 2);
  EXPECT_FALSE(*(*source)->Next(&row));
}

// The file of refused rows, once corrected, is imported as it stands.
TEST(ImportSource, SkipsTheColumnsOfTheRejectionFile) {
  std::istringstream stream(
      "line,column,reason,local_id,birth_family_name,birth_given_names,sex,birth_date\n"
      "12,sex,is none,7,ADRUN,ZOE,F,1975-12-31\n");
  auto source = Open(&stream, ImportKind::kIdentities, "DPI");
  ASSERT_TRUE(source.ok()) << source.status();
  SourceRow row;
  ASSERT_TRUE(*(*source)->Next(&row));
  EXPECT_EQ((*source)->header().front(), "local_id");
  EXPECT_EQ(row.fields.front(), "7");
  EXPECT_EQ(row.values[1], "7");
}

}  // namespace
}  // namespace vigie::tools
