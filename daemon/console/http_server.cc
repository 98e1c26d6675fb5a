#include "daemon/console/http_server.h"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>

namespace vigie::daemon {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

constexpr char kPlainText[] = "text/plain; charset=utf-8";
// What a client may still send after a body that was too large was refused: closing at once would
// reset the connection, and the refusal could be lost on its way.
constexpr std::size_t kUnreadBytesMax = std::size_t{16} * 1024 * 1024;
constexpr std::chrono::milliseconds kUnreadTimeMax{500};

// Of ASCII letters only, as names of headers are.
std::string LowerCase(std::string name) {
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

class Session;

// Brings answers from any thread to the server's own. Outlives the server in the answers that were
// never given.
class Postbox {
 public:
  explicit Postbox(asio::io_context& context) : context_(&context) {}

  template <class Function>
  void Post(Function function) {
    const std::lock_guard lock(mutex_);
    if (context_ != nullptr) asio::post(*context_, std::move(function));
  }
  void Close() {
    const std::lock_guard lock(mutex_);
    context_ = nullptr;
  }

 private:
  std::mutex mutex_;
  asio::io_context* context_;  // guarded by mutex_; null after the server's end
};

// Touched on the server's thread only, but the postbox.
struct Shared {
  HttpHandler handler;
  HttpLimits limits;
  std::shared_ptr<Postbox> postbox;
  std::set<Session*> sessions;
  std::uint64_t last_request = 0;
  // Sessions whose request waits for its answer, by the request's number.
  std::unordered_map<std::uint64_t, std::shared_ptr<Session>> waiting;
  std::function<void()> when_empty;  // set while stopping: the last session is gone
};

// One connection: read a request, have it answered, write the answer, read the next. Keeps itself
// alive through the operations it has pending and, while it waits, through Shared::waiting; when
// neither is left it is gone and its socket is closed.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, std::shared_ptr<Shared> shared)
      : stream_(std::move(socket)), shared_(std::move(shared)) {
    shared_->sessions.insert(this);
  }
  ~Session() {
    shared_->sessions.erase(this);
    if (shared_->sessions.empty() && shared_->when_empty) shared_->when_empty();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Read() {
    reading_ = true;
    parser_.emplace();
    parser_->header_limit(shared_->limits.header_bytes_max);
    parser_->body_limit(shared_->limits.body_bytes_max);
    stream_.expires_after(shared_->limits.request_time_max);  // for header and body together
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](beast::error_code error, std::size_t) {
                              self->OnHeader(error);
                            });
  }

  // Ends the connection: at once when no request was read whole, after the answer otherwise.
  void Drain() {
    keep_alive_ = false;
    draining_ = true;
    if (reading_) Close();
  }

  void Answer(HttpResponse response) {
    if (caller_gone_) {
      beast::error_code ignored;
      stream_.socket().cancel(ignored);  // The watch; no other operation is pending.
      caller_gone_.reset();
    }
    Write(std::move(response));
  }

 private:
  void OnHeader(beast::error_code error) {
    if (error) return OnUnreadable(error);
    const auto& expectation = parser_->get()[http::field::expect];
    if (!beast::iequals({expectation.data(), expectation.size()}, "100-continue"))
      return ReadBody();
    // curl waits a second for this before it sends a larger body.
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(kContinue),
                      [self = shared_from_this()](beast::error_code problem, std::size_t) {
                        if (!problem) self->ReadBody();
                      });
  }

  void ReadBody() {
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       if (error) return self->OnUnreadable(error);
                       self->Handle(false);
                     });
  }

  void OnUnreadable(beast::error_code error) {
    if (error == asio::error::operation_aborted) return;  // Closed by Drain.
    if (error == beast::error::timeout || error == http::error::end_of_stream) return Close();
    keep_alive_ = false;
    if (error == http::error::body_limit) return Handle(true);
    if (error == http::error::header_limit) {
      return Write({431, kPlainText, "the header is larger than this server accepts\n", {}});
    }
    Write({400, kPlainText, "this is not an HTTP request\n", {}});
  }

  void Handle(bool body_too_large) {
    const auto& message = parser_->get();
    HttpRequest request;
    request.method = std::string(message.method_string());
    const std::string target(message.target());
    const std::size_t question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string::npos) request.query = target.substr(question + 1);
    for (const auto& field : message) {
      const auto [place, is_new] =
          request.headers.try_emplace(LowerCase(std::string(field.name_string())), field.value());
      if (!is_new) place->second.append(", ").append(field.value());
    }
    request.body_too_large = body_too_large;
    unread_ = body_too_large;
    version_ = message.version();
    keep_alive_ = message.keep_alive() && !body_too_large && !draining_;
    if (!body_too_large) request.body = std::move(parser_->get().body());
    Ask(std::move(request));
  }

  void Ask(HttpRequest request) {
    reading_ = false;
    stream_.expires_never();
    caller_gone_ = std::make_shared<std::atomic<bool>>(false);
    request.caller_gone = caller_gone_;
    if (!unread_) Watch();
    const std::uint64_t number = ++shared_->last_request;
    shared_->waiting.emplace(number, shared_from_this());
    // The handler and the answer hold no session: whoever forgets to answer leaks no socket of a
    // server that is gone.
    shared_->handler(std::move(request),
                     [number, postbox = shared_->postbox,
                      weak = std::weak_ptr<Shared>(shared_)](HttpResponse response) {
                       postbox->Post([number, weak, response = std::move(response)]() mutable {
                         GiveAnswer(weak, number, std::move(response));
                       });
                     });
  }

  static void GiveAnswer(const std::weak_ptr<Shared>& weak, std::uint64_t number,
                         HttpResponse response) {
    const std::shared_ptr<Shared> shared = weak.lock();
    if (!shared) return;
    const auto found = shared->waiting.find(number);
    if (found == shared->waiting.end()) return;  // Answered already.
    const std::shared_ptr<Session> session = std::move(found->second);
    shared->waiting.erase(found);
    session->Answer(std::move(response));
  }

  // While the request is worked on, the only thing of interest is that the caller goes away.
  void Watch() {
    stream_.socket().async_wait(
        tcp::socket::wait_read,
        [self = shared_from_this(), gone = caller_gone_](beast::error_code error) {
          if (error) return;
          beast::error_code problem;
          if (self->stream_.socket().available(problem) == 0) *gone = true;
        });
  }

  void Write(HttpResponse answer) {
    reading_ = false;
    response_.emplace(http::status::ok, version_);
    response_->result(answer.status);
    response_->set(http::field::content_type, answer.content_type);
    response_->set(http::field::cache_control, "no-store");
    response_->set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : answer.headers) response_->set(name, value);
    response_->keep_alive(keep_alive_);
    response_->body() = std::move(answer.body);
    response_->prepare_payload();
    stream_.expires_after(shared_->limits.request_time_max);
    http::async_write(stream_, *response_,
                      [self = shared_from_this()](beast::error_code error, std::size_t) {
                        self->OnWritten(error);
                      });
  }

  void OnWritten(beast::error_code error) {
    if (error) return Close();
    if (keep_alive_) return Read();
    if (!unread_) return Close();
    beast::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(kUnreadTimeMax);
    Discard(0);
  }

  void Discard(std::size_t discarded) {
    buffer_.clear();
    stream_.async_read_some(
        buffer_.prepare(std::size_t{16} * 1024),
        [self = shared_from_this(), discarded](beast::error_code error, std::size_t count) {
          if (error || discarded + count > kUnreadBytesMax)
            self->Close();
          else
            self->Discard(discarded + count);
        });
  }

  void Close() {
    beast::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.close();
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::shared_ptr<Shared> shared_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> response_;
  std::shared_ptr<std::atomic<bool>> caller_gone_;  // while the request waits for its answer
  unsigned version_ = 11;
  bool keep_alive_ = false;
  bool unread_ = false;    // of the request, a part was left unread
  bool reading_ = false;   // no request was read whole
  bool draining_ = false;  // the server stops
};

class Server : public HttpServer {
 public:
  Server(HttpHandler handler, const HttpLimits& limits)
      : acceptor_(context_),
        retry_(context_),
        grace_(context_),
        postbox_(std::make_shared<Postbox>(context_)),
        shared_(std::make_shared<Shared>()) {
    shared_->handler = std::move(handler);
    shared_->limits = limits;
    shared_->postbox = postbox_;
  }

  ~Server() override {
    Server::Stop(std::chrono::milliseconds(0));
    postbox_->Close();
    shared_->when_empty = nullptr;
    shared_->waiting.clear();
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

  void Stop(std::chrono::milliseconds grace) override {
    if (!thread_.joinable()) return;
    asio::post(context_, [this, grace] { BeginStop(grace); });
    thread_.join();
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) return AcceptLater();
      if (shared_->sessions.size() < shared_->limits.connections_max) {
        std::make_shared<Session>(std::move(socket), shared_)->Read();
      }
      Accept();
    });
  }

  // No file descriptor left: trying again at once would only spin.
  void AcceptLater() {
    retry_.expires_after(std::chrono::milliseconds(100));
    retry_.async_wait([this](beast::error_code error) {
      if (!error && acceptor_.is_open()) Accept();
    });
  }

  void BeginStop(std::chrono::milliseconds grace) {
    beast::error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
    for (Session* session : shared_->sessions) session->Drain();
    if (shared_->sessions.empty()) return context_.stop();
    shared_->when_empty = [this] { context_.stop(); };
    grace_.expires_after(grace);
    grace_.async_wait([this](beast::error_code) { context_.stop(); });
  }

  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer retry_;
  asio::steady_timer grace_;
  std::shared_ptr<Postbox> postbox_;
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

std::string HttpRequest::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& listen,
                                                              HttpHandler handler,
                                                              const HttpLimits& limits) {
  const std::optional<tcp::endpoint> endpoint = ParseEndpoint(listen);
  if (!endpoint) {
    return absl::InvalidArgumentError(
        fmt::format("\"{}\" is not a loopback address with a port", listen));
  }
  auto server = std::make_unique<Server>(std::move(handler), limits);
  if (const beast::error_code error = server->Listen(*endpoint)) {
    return absl::UnavailableError(
        fmt::format("cannot listen on {}: {}", listen, std::string(error.message())));
  }
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace vigie::daemon
