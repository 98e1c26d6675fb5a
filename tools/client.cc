#include "tools/client.h"

#include <cstdio>
#include <utility>

#include "fmt/format.h"
#include "google/rpc/error_details.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "tools/output.h"

namespace vigie::tools {
namespace {

constexpr int kMessageBytesMax =
    16 * 1024 * 1024;  // A page of 200 whole identities fits far below.

}  // namespace

Client::Client(std::string server) : server_(std::move(server)) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  // A proxy of the environment is for the web, never for the base of patients.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  channel_ = grpc::CreateCustomChannel(server_, grpc::InsecureChannelCredentials(), arguments);
  identities_ = v1::IdentityService::NewStub(channel_);
  visits_ = v1::VisitService::NewStub(channel_);
  review_ = v1::ReviewService::NewStub(channel_);
  proposals_ = v1::ProposalService::NewStub(channel_);
  qualification_ = v1::QualificationService::NewStub(channel_);
  backlog_ = v1::BacklogService::NewStub(channel_);
  administration_ = v1::AdministrationService::NewStub(channel_);
  exports_ = v1::ExportService::NewStub(channel_);
}

std::unique_ptr<grpc::ClientContext> Client::NewContext(std::chrono::seconds deadline) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + deadline);
  return context;
}

int Client::ReportError(const std::string& doing, const grpc::Status& status) const {
  std::string text = fmt::format("vigie: {}: {}", doing, status.error_message());
  google::rpc::Status details;
  if (details.ParseFromString(status.error_details())) {
    const ErrorDetails found = DetailsOf(details);
    for (const RowProblem& field : found.fields) {
      text += fmt::format("\n  {}: {}", field.column, field.reason);
    }
    if (!found.reason.empty()) text += fmt::format("\n  reason: {}", found.reason);
  }
  const std::string remedy = RemedyFor(status.error_code(), server_);
  if (!remedy.empty()) text += "\n  " + remedy;
  std::string printable;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    printable += Printable(std::string_view(text).substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  std::fputs(printable.c_str(), stderr);
  return ExitCodeOf(status.error_code());
}

int ExitCodeOf(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::OK:
      return kExitOk;
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::OUT_OF_RANGE:
      return kExitData;
    case grpc::StatusCode::UNAVAILABLE:
      return kExitUnavailable;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::ABORTED:
    case grpc::StatusCode::CANCELLED:
      return kExitTemporary;
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
      return kExitPermission;
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::UNIMPLEMENTED:
      return kExitSoftware;
    case grpc::StatusCode::DATA_LOSS:
      return kExitIo;
    default:
      return kExitFailed;
  }
}

int ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitOk;
    case absl::StatusCode::kInvalidArgument:
      return kExitData;
    case absl::StatusCode::kNotFound:
      return kExitNoInput;
    case absl::StatusCode::kPermissionDenied:
      return kExitCannotCreate;
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kResourceExhausted:
      return kExitIo;
    default:
      return kExitFailed;
  }
}

int ReportError(const absl::Status& status) {
  std::fputs(fmt::format("vigie: {}\n", Printable(std::string(status.message()))).c_str(), stderr);
  return ExitCodeOf(status);
}

std::string RemedyFor(grpc::StatusCode code, const std::string& server) {
  switch (code) {
    case grpc::StatusCode::UNAVAILABLE:
      return fmt::format(
          "Is vigied running and listening at {}? Another address: --server HOST:PORT.", server);
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "The server did not answer in time. Running the same command again is harmless.";
    case grpc::StatusCode::ABORTED:
      return "Somebody else changed it meanwhile: read it again, then try again.";
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return "The server is at a limit: try again later, `vigie status` says how it is.";
    case grpc::StatusCode::UNIMPLEMENTED:
      return "The server is of another version than this command; compare `vigie version`.";
    default:
      return "";
  }
}

ErrorDetails DetailsOf(const google::rpc::Status& status) {
  ErrorDetails found;
  for (const auto& any : status.details()) {
    google::rpc::BadRequest bad_request;
    google::rpc::ErrorInfo info;
    if (any.UnpackTo(&bad_request)) {
      for (const auto& violation : bad_request.field_violations()) {
        const std::string& path = violation.field();
        found.fields.push_back({path.substr(path.rfind('.') + 1), violation.description()});
      }
    } else if (any.UnpackTo(&info)) {
      found.reason = info.reason();
    }
  }
  return found;
}

}  // namespace vigie::tools
