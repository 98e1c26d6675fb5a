// The gRPC door: any bytes a client may send as a request are either no message, or answered, or
// refused with a reason; nothing crashes. The first byte chooses the call; the registry behind is a
// stub, so that what is tested is reading, checking and converting.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

#include "daemon/grpc/calls.h"
#include "daemon/grpc/errors.h"
#include "google/protobuf/stubs/logging.h"
#include "google/rpc/error_details.pb.h"
#include "tests/daemon/stub_registry.h"

namespace {

using vigie::daemon::Answer;

// Every error names its reason: clients may rely on it.
void CheckStatus(const absl::Status& status) {
  if (status.ok()) return;
  google::rpc::ErrorInfo info;
  const google::rpc::Status details = vigie::daemon::ToRpcStatus(status);
  if (details.details_size() == 0 || !details.details(0).UnpackTo(&info) || info.reason().empty()) {
    std::abort();
  }
  // Details travel in a trailer.
  if (details.ByteSizeLong() > 8192) std::abort();
}

template <class Request, class Response>
void AnswerBatch(vigie::daemon::Registry& registry, const char* data, int size) {
  Request batch;
  if (!batch.ParseFromArray(data, size)) return;
  Response response;
  const absl::Status status = Answer(registry, batch, &response);
  CheckStatus(status);
  if (status.ok() && response.results_size() != batch.rows_size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static vigie::daemon::StubRegistry registry;
  static const auto quiet = google::protobuf::SetLogHandler(nullptr);  // As the server does.
  static_cast<void>(quiet);
  const auto methods = vigie::daemon::UnaryMethods();
  const std::size_t choice = data[0] % (methods.size() + 2);
  const char* bytes = reinterpret_cast<const char*>(data + 1);
  const int count = static_cast<int>(size - 1);
  if (choice == methods.size()) {
    AnswerBatch<vigie::v1::ImportIdentitiesRequest, vigie::v1::ImportIdentitiesResponse>(
        registry, bytes, count);
  } else if (choice > methods.size()) {
    AnswerBatch<vigie::v1::ImportVisitsRequest, vigie::v1::ImportVisitsResponse>(registry, bytes,
                                                                                 count);
  } else {
    const vigie::daemon::UnaryMethod& method = methods[choice];
    const std::unique_ptr<google::protobuf::Message> request(method.request->New());
    if (!request->ParseFromArray(bytes, count)) return 0;
    const std::unique_ptr<google::protobuf::Message> response(method.response->New());
    CheckStatus(method.answer(registry, *request, response.get(), {}));
  }
  return 0;
}
