// Rows of an export: whole, in the columns an import reads, and readable by it.
#include "tools/export_rows.h"

#include <map>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/csv.h"
#include "tools/import_rows.h"

namespace vigie::tools {
namespace {

using ::testing::ElementsAre;

absl::TimeZone Paris() {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone("Europe/Paris", &zone));
  return zone;
}

std::map<std::string, std::string> Named(const std::vector<std::string>& columns,
                                         const std::vector<std::string>& row) {
  EXPECT_EQ(columns.size(), row.size());
  std::map<std::string, std::string> named;
  for (std::size_t i = 0; i < std::min(columns.size(), row.size()); ++i) {
    EXPECT_TRUE(named.emplace(columns[i], row[i]).second) << columns[i] << " twice";
  }
  return named;
}

v1::Identity FullIdentity() {
  v1::Identity identity;
  identity.set_id("42");
  identity.set_etag("3");
  identity.set_merged_into_id("77");
  identity.set_domain("CHU");
  identity.set_local_id("7");
  v1::Traits* traits = identity.mutable_traits();
  traits->set_birth_family_name("D'ARC \"LA\", PUCELLE");
  traits->set_first_birth_given_name("JEANNE");
  traits->set_birth_given_names("JEANNE MARIE");
  traits->set_sex(v1::Traits::SEX_FEMALE);
  traits->mutable_birth_date()->set_year(1984);
  traits->mutable_birth_date()->set_month(7);
  traits->set_birth_place_code("63220");
  traits->set_used_family_name("PETIT");
  traits->set_used_given_name("MARIE");
  traits->set_address_line("1 RUE");
  traits->set_postal_code("63000");
  traits->set_city("CLERMONT");
  traits->set_phone("0102030405");
  traits->set_email("j@example.org");
  identity.mutable_ins()->set_matricule("284076322000134");
  identity.mutable_ins()->set_oid("1.2.250.1.213.1.4.8");
  v1::Ins* past = identity.add_past_ins();
  past->set_matricule("184076322000137");
  past->set_oid("1.2.250.1.213.1.4.9");
  v1::InsiAnswer* answer = identity.mutable_last_insi_answer();
  answer->set_return_code("00");
  answer->mutable_query_time()->set_seconds(1751320800);  // 2025-07-01T00:00:00+02:00
  answer->set_coherence_accepted(true);
  identity.mutable_evidence()->set_type("passport");
  identity.mutable_evidence()->mutable_check_date()->set_year(2025);
  identity.mutable_evidence()->mutable_check_date()->set_month(7);
  identity.mutable_evidence()->mutable_check_date()->set_day(2);
  identity.mutable_evidence()->set_high_assurance(true);
  identity.mutable_trust_facts()->mutable_attributes()->set_homonym(true);
  identity.mutable_trust_facts()->mutable_attributes()->set_doubtful(true);
  identity.set_trust_status(v1::Identity::TRUST_STATUS_QUALIFIED);
  v1::StatusPeriod* period = identity.add_status_periods();
  period->mutable_effective_time()->set_seconds(1736067600);  // 2025-01-05T10:00:00+01:00
  period->set_trust_status(v1::Identity::TRUST_STATUS_PROVISIONAL);
  period = identity.add_status_periods();
  period->mutable_effective_time()->set_seconds(1751320800);
  period->mutable_effective_time()->set_nanos(250000);
  period->set_trust_status(v1::Identity::TRUST_STATUS_QUALIFIED);
  identity.mutable_create_time()->set_seconds(1736067600);
  identity.mutable_update_time()->set_seconds(1751320800);
  return identity;
}

TEST(ExportRow, OfAnIdentityHasEveryColumn) {
  const auto row = Named(IdentityExportColumns(), ExportRow(FullIdentity(), Paris()));
  EXPECT_EQ(row.at("birth_date"), "1984-07-00");
  EXPECT_EQ(row.at("sex"), "F");
  EXPECT_EQ(row.at("insi_date"), "2025-07-01") << "the establishment's day, not that of UTC";
  EXPECT_EQ(row.at("attributes"), "homonym|doubtful");
  EXPECT_EQ(row.at("status"), "qualified");
  EXPECT_EQ(row.at("status_history"),
            "2025-01-05T10:00:00+01:00=provisional|2025-07-01T00:00:00.00025+02:00=qualified");
  EXPECT_EQ(row.at("past_ins"), "1.2.250.1.213.1.4.9/184076322000137");
  EXPECT_EQ(row.at("insi_query_time"), "2025-07-01T00:00:00+02:00");
  for (const auto& [column, value] : row) EXPECT_NE(value, "") << column;
}

TEST(ExportRow, LeavesEmptyWhatIsNotKnown) {
  v1::Identity identity;
  identity.set_domain("CHU");
  identity.mutable_create_time()->set_seconds(1);
  const auto row = Named(IdentityExportColumns(), ExportRow(identity, Paris()));
  for (const char* column :
       {"birth_date", "sex", "ins_matricule", "insi_date", "evidence_date", "attributes",
        "status_history", "insi_query_time", "insi_coherence", "evidence_high_assurance"}) {
    EXPECT_EQ(row.at(column), "") << column;
  }
  v1::Visit visit;
  visit.set_activity(static_cast<v1::Visit::Activity>(99));
  const auto visit_row = Named(VisitExportColumns(), ExportRow(visit, Paris()));
  EXPECT_EQ(visit_row.at("discharged_at"), "");
  EXPECT_EQ(visit_row.at("activity"), "") << "a newer server's word";
}

// A matricule whose acceptance no longer holds is not in force: its day would say that it is.
TEST(ExportRow, GivesNoInsiDateWithoutAMatriculeInForce) {
  v1::Identity identity = FullIdentity();
  identity.clear_ins();
  const auto row = Named(IdentityExportColumns(), ExportRow(identity, Paris()));
  EXPECT_EQ(row.at("insi_date"), "");
  EXPECT_EQ(row.at("insi_return_code"), "00");
}

v1::Visit FullVisit() {
  v1::Visit visit;
  visit.set_domain("CHU");
  visit.set_visit_number("V1");
  visit.set_local_id("7");
  visit.set_identity_id("42");
  visit.set_legal_entity_finess("750712184");
  visit.set_site_finess("750100125");
  visit.set_activity(v1::Visit::ACTIVITY_DIALYSIS);
  visit.set_kind(v1::Visit::KIND_SESSION);
  visit.mutable_admission_time()->set_seconds(1761438600);  // 02:30 the first time, +02:00
  visit.mutable_discharge_time()->set_seconds(1761442200);  // 02:30 the second time, +01:00
  visit.set_cancelled(true);
  visit.set_entry_channel("online");
  visit.set_etag("2");
  visit.set_status_at_admission(v1::Identity::TRUST_STATUS_RECOVERED);
  visit.set_status_at_discharge(v1::Identity::TRUST_STATUS_VALIDATED);
  return visit;
}

TEST(ExportRow, OfAVisitTellsTheHourThatOccursTwiceApart) {
  const auto row = Named(VisitExportColumns(), ExportRow(FullVisit(), Paris()));
  EXPECT_EQ(row.at("admitted_at"), "2025-10-26T02:30:00+02:00");
  EXPECT_EQ(row.at("discharged_at"), "2025-10-26T02:30:00+01:00");
  EXPECT_EQ(row.at("status_at_discharge"), "validated");
  for (const auto& [column, value] : row) EXPECT_NE(value, "") << column;
}

TEST(FormatInstant, IsReadBackToTheMicrosecond) {
  for (const char* name : {"Europe/Paris", "Indian/Reunion", "America/Cayenne"}) {
    absl::TimeZone zone;
    ASSERT_TRUE(absl::LoadTimeZone(name, &zone));
    // Before 1912 Paris had an offset with seconds.
    for (const std::int64_t micros : {1761438600000001, 0L, -1L, -1900000000000000L}) {
      google::protobuf::Timestamp time;
      const absl::Time instant = absl::FromUnixMicros(micros);
      time.set_seconds(absl::ToUnixSeconds(instant));
      time.set_nanos(static_cast<std::int32_t>((micros - time.seconds() * 1000000) * 1000));
      std::string reason;
      const auto read = ParseInstant(FormatInstant(time, zone), "UTC", &reason);
      ASSERT_TRUE(read.has_value()) << name << " " << micros << ": " << reason;
      EXPECT_EQ(read->time_since_epoch().count(), micros) << name;
    }
  }
}

TEST(ExportRow, OfACaseAndOfTheAuditChain) {
  v1::Case review_case;
  review_case.set_id("7");
  review_case.set_kind(v1::Case::KIND_INS_CONFLICT);
  review_case.set_state(v1::Case::STATE_WITHDRAWN);
  review_case.add_identity_ids("1");
  review_case.add_identity_ids("2");
  review_case.set_band(v1::Score::BAND_CERTAIN);
  review_case.set_weight_bits(12.25);
  const auto row = Named(CaseExportColumns(), ExportRow(review_case, Paris()));
  EXPECT_EQ(row.at("kind"), "ins_conflict");
  EXPECT_EQ(row.at("state"), "withdrawn");
  EXPECT_EQ(row.at("identity_ids"), "1|2");
  EXPECT_EQ(row.at("band"), "certain");
  EXPECT_EQ(row.at("weight_bits"), "12.25");
  EXPECT_EQ(row.at("frequent_value"), "");
  EXPECT_EQ(row.at("frequent_identity_count"), "");
  v1::FrequentValue& value = *review_case.mutable_frequent_value();
  value.set_trait("birth_date");
  value.set_value("1900-01-01");
  value.set_identity_count(50);
  value.set_population_count(12000);
  const auto frequent = Named(CaseExportColumns(), ExportRow(review_case, Paris()));
  EXPECT_EQ(frequent.at("frequent_trait"), "birth_date");
  EXPECT_EQ(frequent.at("frequent_value"), "1900-01-01");
  EXPECT_EQ(frequent.at("frequent_identity_count"), "50");
  EXPECT_EQ(frequent.at("frequent_population_count"), "12000");
  v1::AuditEntry entry;
  entry.set_commit_number(3);
  entry.add_targets("identity/1");
  entry.add_targets("case/7");
  const auto audit = Named(AuditExportColumns(), ExportRow(entry, Paris()));
  EXPECT_EQ(audit.at("commit_number"), "3");
  EXPECT_EQ(audit.at("targets"), "identity/1|case/7");
}

// An exported file is a file to import: what the base added is passed over and said so.
TEST(Import, ReadsWhatAnExportWrote) {
  std::istringstream stream(FormatCsvRow(VisitExportColumns()) +
                            FormatCsvRow(ExportRow(FullVisit(), Paris())));
  auto reader = CsvReader::FromStream(&stream, "visits.csv");
  ASSERT_TRUE(reader.ok()) << reader.status();
  auto source = ImportSource::Create(std::move(*reader), ImportKind::kVisits, std::nullopt, "");
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_THAT((*source)->ignored_columns(),
              ElementsAre("identity_id", "status_at_admission", "status_at_discharge", "version"));
  SourceRow row;
  ASSERT_TRUE((*source)->Next(&row).value());
  VisitRow visit;
  ASSERT_TRUE(VisitRowParser::Create("UTC")->Parse(row.values, &visit, &row.problems));
  EXPECT_EQ(visit.visit.entry_channel, "online");
  EXPECT_EQ(visit.visit.identity_id, 0U);
  EXPECT_EQ(visit.visit.admitted_at.time_since_epoch().count(), 1761438600000000);

  std::istringstream people(FormatCsvRow(IdentityExportColumns()) +
                            FormatCsvRow(ExportRow(FullIdentity(), Paris())));
  reader = CsvReader::FromStream(&people, "identities.csv");
  source = ImportSource::Create(std::move(*reader), ImportKind::kIdentities, std::nullopt, "");
  ASSERT_TRUE(source.ok()) << source.status();
  ASSERT_TRUE((*source)->Next(&row).value());
  IdentityRow identity;
  ASSERT_TRUE(ParseIdentityRow(row.values, &identity, &row.problems));
  EXPECT_EQ(identity.traits.birth_family_name, "D'ARC \"LA\", PUCELLE");
  EXPECT_EQ(identity.insi_date, (matching::Date{2025, 7, 1}));
  EXPECT_TRUE(identity.attributes.doubtful);
  // A column of identities is none of visits.
  std::istringstream mixed("visit_number,local_id,admitted_at,status_history\n");
  reader = CsvReader::FromStream(&mixed, "mixed.csv");
  EXPECT_FALSE(
      ImportSource::Create(std::move(*reader), ImportKind::kVisits, std::nullopt, "D").ok());
}

}  // namespace
}  // namespace vigie::tools
