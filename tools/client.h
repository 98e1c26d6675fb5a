// The connection to vigied: stubs, deadlines, and how an error is told to a person.
// May be used from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/status.h"
#include "tools/csv.h"
#include "vigie/v1/administration.grpc.pb.h"
#include "vigie/v1/backlog.grpc.pb.h"
#include "vigie/v1/export.grpc.pb.h"
#include "vigie/v1/identity.grpc.pb.h"
#include "vigie/v1/proposal.grpc.pb.h"
#include "vigie/v1/qualification.grpc.pb.h"
#include "vigie/v1/review.grpc.pb.h"
#include "vigie/v1/visit.grpc.pb.h"

namespace vigie::tools {

inline constexpr char kDefaultServer[] = "127.0.0.1:7460";
inline constexpr std::chrono::seconds kCallDeadline{30};

// Exit codes: 0, 1, 2 and those of sysexits.h.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitData = 65;
inline constexpr int kExitNoInput = 66;
inline constexpr int kExitUnavailable = 69;
inline constexpr int kExitSoftware = 70;
inline constexpr int kExitCannotCreate = 73;
inline constexpr int kExitIo = 74;
inline constexpr int kExitTemporary = 75;
inline constexpr int kExitPermission = 77;
inline constexpr int kExitConfiguration = 78;

class Client {
 public:
  // Connects lazily: an unreachable server is told by the first call.
  explicit Client(std::string server);

  const std::string& server() const { return server_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  v1::IdentityService::Stub& identities() { return *identities_; }
  v1::VisitService::Stub& visits() { return *visits_; }
  v1::ReviewService::Stub& review() { return *review_; }
  v1::ProposalService::Stub& proposals() { return *proposals_; }
  v1::QualificationService::Stub& qualification() { return *qualification_; }
  v1::BacklogService::Stub& backlog() { return *backlog_; }
  v1::AdministrationService::Stub& administration() { return *administration_; }
  v1::ExportService::Stub& exports() { return *exports_; }

  // A context with the deadline every unary call needs.
  static std::unique_ptr<grpc::ClientContext> NewContext(
      std::chrono::seconds deadline = kCallDeadline);

  // "vigie: DOING: what went wrong" and what to do about it, on standard error; the exit code.
  int ReportError(const std::string& doing, const grpc::Status& status) const;

 private:
  std::string server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::IdentityService::Stub> identities_;
  std::unique_ptr<v1::VisitService::Stub> visits_;
  std::unique_ptr<v1::ReviewService::Stub> review_;
  std::unique_ptr<v1::ProposalService::Stub> proposals_;
  std::unique_ptr<v1::QualificationService::Stub> qualification_;
  std::unique_ptr<v1::BacklogService::Stub> backlog_;
  std::unique_ptr<v1::AdministrationService::Stub> administration_;
  std::unique_ptr<v1::ExportService::Stub> exports_;
};

int ExitCodeOf(grpc::StatusCode code);
int ExitCodeOf(const absl::Status& status);
// "vigie: MESSAGE" on standard error; the exit code.
int ReportError(const absl::Status& status);
// What a person may do about an error of this code; empty when there is nothing to add.
std::string RemedyFor(grpc::StatusCode code, const std::string& server);

// The fields at fault (last part of the path, e.g. "birth_date") and the machine-readable reason of
// an error's details. `column` is empty where no field is named.
struct ErrorDetails {
  std::vector<RowProblem> fields;
  std::string reason;
};
ErrorDetails DetailsOf(const google::rpc::Status& status);

}  // namespace vigie::tools
