// What programs and people read: JSON in the contract's names, tables that cannot steer a terminal,
// errors with their remedy, latencies.
#include "tools/output.h"

#include <chrono>
#include <string>

#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "tools/client.h"
#include "tools/latency.h"
#include "tools/progress.h"
#include "vigie/v1/qualification.pb.h"
#include "vigie/v1/types.pb.h"

namespace vigie::tools {
namespace {

using ::testing::HasSubstr;

TEST(ToJson, WritesTheContractsNames) {
  v1::Identity identity;
  identity.set_id("12");
  identity.set_trust_status(v1::Identity::TRUST_STATUS_QUALIFIED);
  identity.mutable_traits()->set_sex(v1::Traits::SEX_FEMALE);
  identity.mutable_traits()->mutable_birth_date()->set_year(1950);
  identity.mutable_traits()->mutable_birth_date()->set_month(5);
  identity.mutable_create_time()->set_seconds(1741080600);
  const Json json = ToJson(identity);
  EXPECT_EQ(json["id"], "12");
  EXPECT_EQ(json["trust_status"], "qualified");
  EXPECT_EQ(json["traits"]["sex"], "female");
  EXPECT_EQ(json["traits"]["birth_date"], "1950-05-00");
  EXPECT_EQ(json["create_time"], "2025-03-04T09:30:00Z");
  EXPECT_FALSE(json.contains("ins"));
  EXPECT_TRUE(json["status_periods"].is_array());
}

TEST(ToJson, WritesMapsSortedAndNumbersAsNumbers) {
  v1::RateRow row;
  (*row.mutable_exclusions())["unattached"] = 2;
  (*row.mutable_exclusions())["cancelled"] = 1;
  row.set_numerator(9007199254740993);
  const Json json = ToJson(row);
  EXPECT_EQ(json["exclusions"].dump(), R"({"cancelled":1,"unattached":2})");
  EXPECT_EQ(json["numerator"], 9007199254740993);
  EXPECT_FALSE(json.contains("rate"));  // optional and absent
}

TEST(FormatTable, AlignsByCharactersNotBytes) {
  EXPECT_EQ(FormatTable({{"a", "b"}, {{"\xC3\xA9\xC3\xA9", "1"}, {"x", "2"}}}),
            "a   b\n\xC3\xA9\xC3\xA9  1\nx   2\n");
}

TEST(FormatTable, ShowsControlCharactersAsQuestionMarks) {
  EXPECT_EQ(FormatTable({{"a"},
                         {{"x\x1B[2Jy\xC2\x9B"
                           "z"}}}),
            "a\nx?[2Jy?z\n");
}

TEST(FormatCsv, QuotesWhatNeedsIt) {
  EXPECT_EQ(FormatCsv({{"a", "b"}, {{"1,2", "x"}}}), "a,b\n\"1,2\",x\n");
}

TEST(DetailsOf, NamesFieldsAndReason) {
  google::rpc::Status status;
  google::rpc::BadRequest bad_request;
  auto* violation = bad_request.add_field_violations();
  violation->set_field("identity.traits.birth_date");
  violation->set_description("is required");
  google::rpc::ErrorInfo info;
  info.set_reason("fields_invalid");
  status.add_details()->PackFrom(bad_request);
  status.add_details()->PackFrom(info);
  const ErrorDetails details = DetailsOf(status);
  ASSERT_EQ(details.fields.size(), 1u);
  EXPECT_EQ(details.fields[0], (RowProblem{"birth_date", "is required"}));
  EXPECT_EQ(details.reason, "fields_invalid");
}

// Nobody listens on port 1: the call fails at once, with its exit code and a remedy.
TEST(Client, TellsThatTheServerIsNotThere) {
  Client client("127.0.0.1:1");
  v1::GetStatusResponse response;
  const grpc::Status status = client.administration().GetStatus(
      Client::NewContext(std::chrono::seconds(5)).get(), v1::GetStatusRequest(), &response);
  ASSERT_FALSE(status.ok());
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(client.ReportError("status", status), kExitUnavailable);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("--server HOST:PORT"));
}

TEST(ExitCode, FollowsSysexits) {
  EXPECT_EQ(ExitCodeOf(grpc::StatusCode::OK), 0);
  EXPECT_EQ(ExitCodeOf(grpc::StatusCode::NOT_FOUND), 1);
  EXPECT_EQ(ExitCodeOf(grpc::StatusCode::INVALID_ARGUMENT), 65);
  EXPECT_EQ(ExitCodeOf(grpc::StatusCode::UNAVAILABLE), 69);
  EXPECT_EQ(ExitCodeOf(grpc::StatusCode::DEADLINE_EXCEEDED), 75);
  EXPECT_EQ(ExitCodeOf(grpc::StatusCode::PERMISSION_DENIED), 77);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), 66);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("")), 65);
}

TEST(Latencies, GiveTheNearestRank) {
  Latencies latencies;
  EXPECT_EQ(latencies.Percentile(0.5), 0);
  for (int i = 100; i >= 1; --i) latencies.Add(std::chrono::microseconds(i));
  EXPECT_EQ(latencies.Percentile(0.5), 50);
  EXPECT_EQ(latencies.Percentile(0.99), 99);
  EXPECT_EQ(latencies.Percentile(1), 100);
  EXPECT_EQ(latencies.Percentile(0), 1);
}

TEST(Progress, ShowsRateAndTimeLeft) {
  EXPECT_EQ(Progress::Line(0.5, 1000, 10, "rows"),
            "[###############...............]  50 %  1000 rows  100 rows/s  10 s left");
  EXPECT_EQ(Progress::Line(1, 5, 1, "rows"),
            "[##############################] 100 %  5 rows  5 rows/s");
}

}  // namespace
}  // namespace vigie::tools
