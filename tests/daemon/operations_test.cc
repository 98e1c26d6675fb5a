// The log, the metrics and the HTTP door.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "daemon/console/http_server.h"
#include "daemon/log.h"
#include "daemon/metrics.h"

namespace vigie::daemon {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Log, ALineIsOneJsonObjectWhateverTheTextsHold) {
  EXPECT_EQ(
      FormatLogLine(LogLevel::kWarn, "rpc",
                    {{"method", Token("Match\"\n\x1b")}, {"count", 3}, {"seconds", 0.5}}),
      R"({"level":"warn","event":"rpc","method":"Match\"\u000a\u001b","count":3,"seconds":0.5})");
}

TEST(Metrics, CallsAreCountedByMethodAndCodeInCumulatedBuckets) {
  CallMetrics metrics;
  metrics.Record("MatchIdentity", "OK", 0.00005);
  metrics.Record("MatchIdentity", "OK", 0.003);
  metrics.Record("MatchIdentity", "ABORTED", 60);
  const std::string text = metrics.Render();
  EXPECT_THAT(
      text,
      HasSubstr("vigie_rpc_duration_seconds_bucket{method=\"MatchIdentity\",le=\"0.0001\"} 1\n"));
  EXPECT_THAT(
      text,
      HasSubstr("vigie_rpc_duration_seconds_bucket{method=\"MatchIdentity\",le=\"0.005\"} 2\n"));
  EXPECT_THAT(
      text, HasSubstr("vigie_rpc_duration_seconds_bucket{method=\"MatchIdentity\",le=\"5\"} 2\n"));
  EXPECT_THAT(
      text,
      HasSubstr("vigie_rpc_duration_seconds_bucket{method=\"MatchIdentity\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("vigie_rpc_total{method=\"MatchIdentity\",code=\"ABORTED\"} 1\n"));
}

TEST(Metrics, TheStatusGivesOneGaugePerTrustStatus) {
  StatusResult status;
  status.counts.qualified_count = 7;
  status.counts.open_case_count = 2;
  const std::string text = RenderStatus(status, "1.2.3");
  EXPECT_THAT(text, HasSubstr("vigie_identities{status=\"qualified\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("vigie_queue_items{state=\"open\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("version=\"1.2.3\""));
}

class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override {
    HttpLimits limits;
    limits.connections_max = 3;
    limits.header_bytes_max = 1024;
    limits.request_time_max = std::chrono::milliseconds(300);
    auto server = HttpServer::Start(
        "127.0.0.1:0",
        [](const HttpRequest& request) {
          return HttpResponse{200, "text/plain",
                              request.method + " " + request.path + " " + request.query};
        },
        limits);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = std::move(*server);
  }

  boost::asio::ip::tcp::socket Connect() {
    boost::asio::ip::tcp::socket socket(context_);
    socket.connect({boost::asio::ip::address_v4::loopback(), server_->Port()});
    return socket;
  }

  // Everything the server says until it closes.
  std::string Exchange(const std::string& request) {
    boost::asio::ip::tcp::socket socket = Connect();
    boost::system::error_code error;
    boost::asio::write(socket, boost::asio::buffer(request), error);
    std::string answer;
    boost::asio::read(socket, boost::asio::dynamic_buffer(answer), error);
    return answer;
  }

  boost::asio::io_context context_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersWithMethodPathAndQuery) {
  const std::string answer =
      Exchange("GET /readyz?verbose HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("200 OK"));
  EXPECT_THAT(answer, HasSubstr("GET /readyz verbose"));
  EXPECT_THAT(answer, HasSubstr("X-Content-Type-Options: nosniff"));
}

TEST_F(HttpServerTest, RefusesAHeaderThatIsTooLarge) {
  EXPECT_THAT(Exchange("GET / HTTP/1.1\r\nX: " + std::string(4000, 'x') + "\r\n\r\n"),
              HasSubstr("431"));
}

TEST_F(HttpServerTest, RefusesWhatIsNotHttp) {
  EXPECT_THAT(Exchange("\x16\x03\x01 hello\r\n\r\n"), HasSubstr("400"));
}

TEST_F(HttpServerTest, ClosesAConnectionThatStaysSilent) {
  EXPECT_EQ(Exchange("GET / HT"), "");  // Returns when the server gives up.
}

TEST_F(HttpServerTest, ClosesConnectionsBeyondTheLimit) {
  std::vector<boost::asio::ip::tcp::socket> held;
  for (int i = 0; i < 3; ++i) {
    held.push_back(Connect());
    // An answered request proves that the connection was accepted.
    boost::asio::write(held.back(),
                       boost::asio::buffer(std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
    char first = 0;
    boost::asio::read(held.back(), boost::asio::buffer(&first, 1));
  }
  EXPECT_EQ(Exchange("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "");
}

TEST(HttpServer, RefusesAddressesOthersCouldReach) {
  for (const char* listen : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example:0", "127.0.0.1", ""}) {
    EXPECT_FALSE(HttpServer::Start(listen, [](const HttpRequest&) { return HttpResponse{}; }).ok())
        << listen;
  }
}

}  // namespace
}  // namespace vigie::daemon
