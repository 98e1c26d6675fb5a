// The log, the metrics and the HTTP door.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
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

// Answers "METHOD PATH QUERY BODY" at once, but for /later: the test answers that.
class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override { Start(std::chrono::seconds(20)); }

  // A request must be there whole within `request_time_max`.
  void Start(std::chrono::milliseconds request_time_max) {
    server_.reset();
    HttpLimits limits;
    limits.connections_max = 3;
    limits.header_bytes_max = 1024;
    limits.body_bytes_max = 1000;
    limits.request_time_max = request_time_max;
    auto server = HttpServer::Start(
        "127.0.0.1:0",
        [this](HttpRequest request, const HttpAnswer& answer) {
          if (request.path == "/later") return Keep(std::move(request), answer);
          answer({200,
                  "text/plain",
                  request.method + " " + request.path + " " + request.query + " " +
                      (request.body_too_large ? "too large" : request.body) + " " +
                      request.Header("x"),
                  {{"Allow", "GET"}}});
        },
        limits);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = std::move(*server);
  }

  void Keep(HttpRequest request, const HttpAnswer& answer) {
    const std::lock_guard lock(mutex_);
    kept_.emplace_back(std::move(request), answer);
    kept_changed_.notify_all();
  }
  // The requests to /later, once there are `count` of them.
  std::vector<std::pair<HttpRequest, HttpAnswer>> Kept(std::size_t count) {
    std::unique_lock lock(mutex_);
    kept_changed_.wait(lock, [&] { return kept_.size() >= count; });
    return kept_;
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

  // From now until the server closes.
  static std::string ReadAll(boost::asio::ip::tcp::socket& socket) {
    boost::system::error_code error;
    std::string answer;
    boost::asio::read(socket, boost::asio::dynamic_buffer(answer), error);
    return answer;
  }
  static void Send(boost::asio::ip::tcp::socket& socket, const std::string& bytes) {
    boost::asio::write(socket, boost::asio::buffer(bytes));
  }

  std::mutex mutex_;
  std::condition_variable kept_changed_;
  std::vector<std::pair<HttpRequest, HttpAnswer>> kept_;  // guarded by mutex_
  boost::asio::io_context context_;
  std::unique_ptr<HttpServer> server_;
};

constexpr char kLater[] = "POST /later HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

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
  Start(std::chrono::milliseconds(300));
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

TEST_F(HttpServerTest, GivesBodyAndHeadersToTheHandlerAndItsHeadersToTheClient) {
  const std::string answer = Exchange(
      "POST /a HTTP/1.1\r\nHost: x\r\nX: one\r\nx: two\r\nContent-Length: 4\r\n"
      "Connection: close\r\n\r\nbody");
  EXPECT_THAT(answer, HasSubstr("POST /a  body one, two"));
  EXPECT_THAT(answer, HasSubstr("Allow: GET\r\n"));
}

TEST_F(HttpServerTest, ABodyThatIsTooLargeIsAnsweredWithoutBeingRead) {
  for (const char* header : {"Content-Length: 2000", "Transfer-Encoding: chunked"}) {
    const std::string chunk = std::string(header).front() == 'C' ? "" : "7d0\r\n";
    EXPECT_THAT(Exchange("POST /a HTTP/1.1\r\nHost: x\r\n" + std::string(header) + "\r\n\r\n" +
                         chunk + std::string(2000, 'x')),
                testing::AllOf(HasSubstr("200 OK"), HasSubstr("POST /a  too large")))
        << header;
  }
}

TEST_F(HttpServerTest, SaysContinueToAClientThatWaitsForIt) {
  boost::asio::ip::tcp::socket socket = Connect();
  Send(socket,
       "POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n"
       "Connection: close\r\n\r\n");
  std::string said(25, ' ');
  boost::asio::read(socket, boost::asio::buffer(said));
  EXPECT_EQ(said, "HTTP/1.1 100 Continue\r\n\r\n");
  Send(socket, "body");
  EXPECT_THAT(ReadAll(socket), HasSubstr("POST /a  body"));
}

TEST_F(HttpServerTest, ClosesAConnectionWhoseBodyDoesNotCome) {
  Start(std::chrono::milliseconds(300));
  EXPECT_EQ(Exchange("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbo"), "");
}

TEST_F(HttpServerTest, AnAnswerMayComeLateAndFromAnyThreadAndOthersAreServedMeanwhile) {
  Start(std::chrono::seconds(1));
  boost::asio::ip::tcp::socket socket = Connect();
  Send(socket, kLater);
  const auto kept = Kept(1);
  EXPECT_THAT(Exchange("GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              HasSubstr("GET /b"));
  // Longer than reading a request may take.
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  std::thread([&] { kept[0].second({202, "text/plain", "late", {}}); }).join();
  kept[0].second({500, "text/plain", "twice", {}});
  EXPECT_THAT(ReadAll(socket), testing::AllOf(HasSubstr("202 Accepted"), HasSubstr("late"),
                                              Not(HasSubstr("twice"))));
}

TEST_F(HttpServerTest, SaysWhenACallerIsGoneBeforeItsAnswer) {
  auto socket = std::make_unique<boost::asio::ip::tcp::socket>(Connect());
  Send(*socket, kLater);
  const auto kept = Kept(1);
  EXPECT_FALSE(*kept[0].first.caller_gone);
  socket.reset();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!*kept[0].first.caller_gone && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(*kept[0].first.caller_gone);
  kept[0].second({200, "text/plain", "nobody reads this", {}});
}

TEST_F(HttpServerTest, WhatWasReadIsAnsweredBeforeItStops) {
  boost::asio::ip::tcp::socket waiting = Connect();
  Send(waiting, kLater);
  const auto kept = Kept(1);
  boost::asio::ip::tcp::socket idle = Connect();
  Send(idle, "GET / HTT");
  std::thread stopping([this] { server_->Stop(std::chrono::seconds(20)); });
  EXPECT_EQ(ReadAll(idle), "");  // Closed at once: nothing of it was begun.
  kept[0].second({200, "text/plain", "the last answer", {}});
  EXPECT_THAT(ReadAll(waiting), HasSubstr("the last answer"));
  stopping.join();  // Long before the grace is over, or the test's time runs out.
}

TEST_F(HttpServerTest, StopsWithoutTheAnswersThatDoNotComeInTime) {
  boost::asio::ip::tcp::socket waiting = Connect();
  Send(waiting, kLater);
  const auto kept = Kept(1);
  server_->Stop(std::chrono::milliseconds(20));
  server_.reset();
  kept[0].second({200, "text/plain", "after the end", {}});  // Goes nowhere.
  EXPECT_EQ(ReadAll(waiting), "");
}

TEST(HttpServer, RefusesAddressesOthersCouldReach) {
  for (const char* listen : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example:0", "127.0.0.1", ""}) {
    EXPECT_FALSE(
        HttpServer::Start(listen, [](HttpRequest, const HttpAnswer& a) { a(HttpResponse{}); }).ok())
        << listen;
  }
}

}  // namespace
}  // namespace vigie::daemon
