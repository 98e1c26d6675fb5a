#include "daemon/console/http_server.h"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <optional>
#include <thread>
#include <utility>

namespace vigie::daemon {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

struct Shared {
  std::function<HttpResponse(const HttpRequest&)> handle;
  HttpLimits limits;
  std::size_t connection_count = 0;  // touched on the server's thread only
};

// One connection: read a request, answer it, read the next. Keeps itself alive through the
// handlers it has pending; when none is left it is gone and its socket is closed.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, std::shared_ptr<Shared> shared)
      : stream_(std::move(socket)), shared_(std::move(shared)) {
    ++shared_->connection_count;
  }
  ~Session() { --shared_->connection_count; }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Read() {
    parser_.emplace();
    parser_->header_limit(shared_->limits.header_bytes_max);
    parser_->body_limit(shared_->limits.body_bytes_max);
    stream_.expires_after(shared_->limits.request_time_max);
    http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](beast::error_code error, std::size_t) { self->OnRead(error); });
  }

 private:
  void OnRead(beast::error_code error) {
    if (error == http::error::header_limit || error == http::error::body_limit) {
      return Write({error == http::error::header_limit ? 431u : 413u, "text/plain; charset=utf-8",
                    "the request is larger than this server accepts\n"},
                   false, 11);
    }
    if (error == beast::error::timeout || error == http::error::end_of_stream) return Close();
    if (error) {
      return Write({400, "text/plain; charset=utf-8", "this is not an HTTP request\n"}, false, 11);
    }
    const auto& message = parser_->get();
    const std::string target(message.target());
    const std::size_t question = target.find('?');
    HttpRequest request{std::string(message.method_string()), target.substr(0, question),
                        question == std::string::npos ? "" : target.substr(question + 1)};
    Write(shared_->handle(request), message.keep_alive(), message.version());
  }

  void Write(HttpResponse answer, bool keep_alive, unsigned version) {
    response_.emplace(static_cast<http::status>(answer.status), version);
    response_->set(http::field::content_type, answer.content_type);
    response_->set(http::field::cache_control, "no-store");
    response_->set("X-Content-Type-Options", "nosniff");
    response_->keep_alive(keep_alive);
    response_->body() = std::move(answer.body);
    response_->prepare_payload();
    stream_.expires_after(shared_->limits.request_time_max);
    http::async_write(
        stream_, *response_,
        [self = shared_from_this(), keep_alive](beast::error_code error, std::size_t) {
          if (error || !keep_alive) return self->Close();
          self->Read();
        });
  }

  void Close() {
    beast::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::shared_ptr<Shared> shared_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> response_;
};

class Server : public HttpServer {
 public:
  Server(std::function<HttpResponse(const HttpRequest&)> handle, const HttpLimits& limits)
      : acceptor_(context_), retry_(context_), shared_(std::make_shared<Shared>()) {
    shared_->handle = std::move(handle);
    shared_->limits = limits;
  }

  ~Server() override {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  beast::error_code Listen(const tcp::endpoint& endpoint) {
    beast::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return error;
    port_ = acceptor_.local_endpoint().port();
    Accept();
    thread_ = std::thread([this] { context_.run(); });
    return {};
  }

  std::uint16_t Port() const override { return port_; }

 private:
  void Accept() {
    acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) return AcceptLater();
      if (shared_->connection_count < shared_->limits.connections_max) {
        std::make_shared<Session>(std::move(socket), shared_)->Read();
      }
      Accept();
    });
  }

  // No file descriptor left: trying again at once would only spin.
  void AcceptLater() {
    retry_.expires_after(std::chrono::milliseconds(100));
    retry_.async_wait([this](beast::error_code error) {
      if (!error) Accept();
    });
  }

  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer retry_;
  std::shared_ptr<Shared> shared_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

std::optional<tcp::endpoint> ParseEndpoint(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string host = listen.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  std::uint16_t port = 0;
  const char* const end = listen.data() + listen.size();
  const auto [stop, problem] = std::from_chars(listen.data() + colon + 1, end, port);
  beast::error_code error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (error || problem != std::errc() || stop != end || !address.is_loopback()) return std::nullopt;
  return tcp::endpoint(address, port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(
    const std::string& listen, std::function<HttpResponse(const HttpRequest&)> handle,
    const HttpLimits& limits) {
  const std::optional<tcp::endpoint> endpoint = ParseEndpoint(listen);
  if (!endpoint) {
    return absl::InvalidArgumentError(
        fmt::format("\"{}\" is not a loopback address with a port", listen));
  }
  auto server = std::make_unique<Server>(std::move(handle), limits);
  if (const beast::error_code error = server->Listen(*endpoint)) {
    return absl::UnavailableError(
        fmt::format("cannot listen on {}: {}", listen, std::string(error.message())));
  }
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace vigie::daemon
