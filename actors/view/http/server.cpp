#include "actors/view/http/server.hpp"

#include "actors/view/http/rate_limit.hpp"
#include "actors/view/http/viewer.hpp"

// Before Boost's: this version leaves it to others to include what it uses.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <cctype>
#include <csignal>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace livedata {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;
using error_code = boost::system::error_code;
using steady = std::chrono::steady_clock;

constexpr std::size_t most_slow_answers = 32;
// Messages of a viewer.
constexpr double viewer_messages_at_once = 50;
constexpr double viewer_messages_per_second = 20;
// How long and how much is taken after the last answer.
constexpr auto time_to_hang_up = std::chrono::seconds(2);
constexpr std::size_t most_unread = 4'000'000;
constexpr auto after_failed_accept = std::chrono::milliseconds(100);
// The page may use what it needs from here, and nothing from anywhere else. Styles stand in its elements, too.
constexpr std::string_view content_policy =
  "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
  "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

double seconds_now() {
  return std::chrono::duration<double>(steady::now().time_since_epoch()).count();
}

void count(caf::telemetry::int_counter* counter, std::int64_t n = 1) {
  if (counter != nullptr) counter->inc(n);
}

// Lets other threads give work to the server as long as it is there.
class server_gate {
public:
  explicit server_gate(asio::io_context& io) : io_(&io) {}

  template <class F>
  void post(F&& f) {
    const std::scoped_lock lock(mutex_);
    if (io_ != nullptr) asio::post(*io_, std::forward<F>(f));
  }

  void close() {
    const std::scoped_lock lock(mutex_);
    io_ = nullptr;
  }

private:
  std::mutex mutex_;
  asio::io_context* io_;
};

// What a connection needs of the server.
struct server_core {
  std::shared_ptr<view_api> api;
  server_limits limits;
  server_metrics metrics;
  asio::io_context& io;
  std::shared_ptr<server_gate> gate;
  asio::thread_pool& workers;
  rate_limit requests;
  rate_limit wrong_tokens;
  scaled_outputs scaled = scaled_outputs();
  std::size_t slow_answers = 0;
};

class connection {
public:
  connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  virtual ~connection() = default;

  virtual void close() = 0;

  // Since when it has been without a request; nothing: it is at work.
  virtual std::optional<steady::time_point> idle_since() const = 0;

  virtual void look() {}
};

// Connections that are open.
class connection_list {
public:
  void add(const std::shared_ptr<connection>& c) { list_.emplace(c.get(), c); }

  void remove(const connection* c) { list_.erase(c); }

  std::size_t size() const { return list_.size(); }

  template <class F>
  void each(F&& f) {
    std::vector<std::shared_ptr<connection>> all;
    for (const auto& [key, weak] : list_)
      if (auto c = weak.lock()) all.push_back(std::move(c));
    for (const auto& c : all)
      f(*c);
  }

  // Closes the one that has been without a request for longest. False if there is none.
  bool close_idle() {
    std::shared_ptr<connection> oldest;
    each([&](connection& c) {
      if (c.idle_since() && (!oldest || *c.idle_since() < *oldest->idle_since())) oldest = list_.at(&c).lock();
    });
    if (!oldest) return false;
    oldest->close();
    remove(oldest.get());
    return true;
  }

private:
  std::map<const connection*, std::weak_ptr<connection>> list_;
};

http_request plain_request(const http::request<http::string_body>& from, std::string peer) {
  http_request r;
  r.method = from.method_string().to_string();
  r.target = from.target().to_string();
  for (const auto& field : from) {
    auto name = field.name_string().to_string();
    for (auto& c : name)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    // Joined as the standard says. Two of a kind that access depends on are then neither of the two.
    auto [at, fresh] = r.headers.try_emplace(std::move(name), field.value().to_string());
    if (!fresh) at->second += ", " + field.value().to_string();
  }
  r.body = from.body();
  r.peer = std::move(peer);
  return r;
}

template <class Body>
void set_headers(http::response<Body>& to, const http_response& from) {
  to.set(http::field::server, "livedata");
  to.set(http::field::content_type, from.content_type);
  to.set(http::field::cache_control, "no-store");
  to.set("Content-Security-Policy", boost::string_view(content_policy.data(), content_policy.size()));
  to.set("X-Content-Type-Options", "nosniff");
  to.set("X-Frame-Options", "DENY");
  to.set("Referrer-Policy", "no-referrer");
  to.set("Cross-Origin-Resource-Policy", "same-origin");
  to.set("Cross-Origin-Opener-Policy", "same-origin");
  for (const auto& [name, value] : from.headers)
    to.set(name, value);
}

// --- viewers

class viewer_connection final : public connection, public std::enable_shared_from_this<viewer_connection> {
public:
  viewer_connection(server_core& core, connection_list& viewers, beast::tcp_stream stream)
    : core_(core), viewers_(viewers), ws_(std::move(stream)), timer_(core.io) {}

  ~viewer_connection() override {
    viewers_.remove(this);
    if (core_.metrics.viewers != nullptr) core_.metrics.viewers->value(static_cast<std::int64_t>(viewers_.size()));
  }

  void accept(const http::request<http::string_body>& request) {
    viewers_.add(shared_from_this());
    if (core_.metrics.viewers != nullptr) core_.metrics.viewers->value(static_cast<std::int64_t>(viewers_.size()));
    beast::get_lowest_layer(ws_).expires_never();
    websocket::stream_base::timeout t{};
    t.handshake_timeout = core_.limits.request_time;
    t.idle_timeout = core_.limits.viewer_silence;
    t.keep_alive_pings = true;
    ws_.set_option(t);
    ws_.read_message_max(core_.limits.viewer_message_bytes);
    ws_.auto_fragment(false);
    ws_.async_accept(request, [self = shared_from_this()](error_code problem) {
      if (problem) return;
      self->open_ = true;
      self->read();
      self->look();
    });
  }

  void close() override {
    open_ = false;
    timer_.cancel();
    error_code ignored;
    beast::get_lowest_layer(ws_).socket().close(ignored);
  }

  std::optional<steady::time_point> idle_since() const override { return std::nullopt; }

  // Sends what is to be sent next, unless the last is still on its way.
  void look() override {
    if (!open_ || writing_) return;
    double wait = 1;
    const auto now = seconds_now();
    if (!error_.empty()) {
      frame_ = {false, std::exchange(error_, {}), {}};
    } else if (auto next = viewer_.next(*core_.api, core_.scaled, now, wait)) {
      frame_ = std::move(*next);
    } else {
      timer_.expires_after(std::chrono::milliseconds(std::max(1, static_cast<int>(wait * 1000))));
      timer_.async_wait([weak = weak_from_this()](error_code problem) {
        if (auto self = weak.lock(); self && !problem) self->look();
      });
      return;
    }
    write();
  }

private:
  void read() {
    ws_.async_read(buffer_, [self = shared_from_this()](error_code problem, std::size_t) { self->received(problem); });
  }

  void received(error_code problem) {
    if (problem) return close();
    // Who says so much at a time listens to nobody.
    if (!messages_.admit("", seconds_now())) return close();
    const auto bytes = buffer_.data();
    const auto taken = ws_.got_text() ? viewer_.take({static_cast<const char*>(bytes.data()), bytes.size()})
                                      : status(failure{"bad_json", "a message of a viewer is a text"});
    if (!taken)
      error_ =
        json{{"type", "error"}, {"error", taken.error().message}}.dump(-1, ' ', false, json::error_handler_t::replace);
    buffer_.consume(buffer_.size());
    look();
    read();
  }

  void write() {
    writing_ = true;
    timer_.cancel();
    ws_.binary(frame_.binary);
    const auto body = frame_.body ? frame_.body->bytes() : std::span<const std::byte>();
    const std::array<asio::const_buffer, 2> parts{asio::buffer(frame_.head), asio::buffer(body.data(), body.size())};
    count(core_.metrics.frames);
    count(core_.metrics.frame_bytes, static_cast<std::int64_t>(frame_.head.size() + body.size()));
    ws_.async_write(parts, [self = shared_from_this()](error_code problem, std::size_t) {
      self->writing_ = false;
      self->frame_ = {};
      if (problem) return self->close();
      self->look();
    });
  }

  server_core& core_;
  connection_list& viewers_;
  websocket::stream<beast::tcp_stream> ws_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  viewer viewer_;
  rate_limit messages_{viewer_messages_at_once, viewer_messages_per_second, 1};
  view_frame frame_;
  std::string error_;
  bool open_ = false;
  bool writing_ = false;
};

// --- requests

class http_connection final : public connection, public std::enable_shared_from_this<http_connection> {
public:
  http_connection(server_core& core, connection_list& all, connection_list& viewers, tcp::socket socket)
    : core_(core), all_(all), viewers_(viewers), stream_(std::move(socket)) {
    error_code ignored;
    const auto peer = stream_.socket().remote_endpoint(ignored);
    peer_ = peer.address().to_string();
    stream_.socket().set_option(tcp::no_delay(true), ignored);
  }

  ~http_connection() override {
    all_.remove(this);
    if (core_.metrics.connections != nullptr) core_.metrics.connections->value(static_cast<std::int64_t>(all_.size()));
  }

  void read() {
    idle_since_ = steady::now();
    parser_.emplace();
    parser_->header_limit(core_.limits.header_bytes);
    parser_->body_limit(core_.limits.body_bytes);
    stream_.expires_after(core_.limits.request_time);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code problem, std::size_t) { self->received(problem); });
  }

  void close() override {
    waiting_ = nullptr;
    error_code ignored;
    stream_.socket().close(ignored);
  }

  std::optional<steady::time_point> idle_since() const override { return idle_since_; }

private:
  void received(error_code problem) {
    idle_since_.reset();
    stream_.expires_never();
    if (problem) return refuse(problem);
    const auto& message = parser_->get();
    keep_alive_ = message.keep_alive();
    head_ = message.method() == http::verb::head;
    if (!core_.requests.admit(peer_, seconds_now())) return write(too_many("too many requests"));
    const auto request = plain_request(message, peer_);
    if (websocket::is_upgrade(message)) return upgrade(request);
    std::visit([this](auto& answer) { take(std::move(answer)); }, answer_ = core_.api->answer(request));
  }

  // What cannot be read is answered as far as that helps, and the connection ends.
  void refuse(error_code problem) {
    keep_alive_ = false;
    if (problem == http::error::body_limit)
      return write(error_answer(413, fmt::format("the content has more than {} bytes", core_.limits.body_bytes)));
    if (problem == http::error::header_limit)
      return write(error_answer(431, fmt::format("the header has more than {} bytes", core_.limits.header_bytes)));
    const bool gone = problem == http::error::end_of_stream || problem == http::error::partial_message ||
                      problem.category() != http::make_error_code(http::error::end_of_stream).category();
    if (gone) return close();
    write(error_answer(400, "the request is no HTTP"));
  }

  static http_response too_many(const std::string& text) {
    auto r = error_answer(429, text);
    r.headers.emplace_back("Retry-After", "1");
    return r;
  }

  void upgrade(const http_request& request) {
    keep_alive_ = false;
    if (auto refused = core_.api->refuse_updates(request)) return take(std::move(*refused));
    if (viewers_.size() >= core_.limits.viewers)
      return write(error_answer(503, fmt::format("there are {} viewers already", core_.limits.viewers)));
    const auto message = parser_->release();
    std::make_shared<viewer_connection>(core_, viewers_, std::move(stream_))->accept(message);
  }

  void take(http_response answer) {
    if (answer.status == 401 && !core_.wrong_tokens.admit(peer_, seconds_now()))
      answer = too_many("too many wrong tokens");
    write(std::move(answer));
  }

  void take(slow_answer make) {
    if (core_.slow_answers >= most_slow_answers) return write(error_answer(503, "too much is asked for at a time"));
    ++core_.slow_answers;
    asio::post(core_.workers,
               [self = shared_from_this(), make = std::move(make), &core = core_, gate = core_.gate]() mutable {
                 http_response answer;
                 try {
                   answer = make();
                 } catch (const std::exception& e) {
                   answer = error_answer(500, fmt::format("the answer could not be made: {}", e.what()));
                 }
                 // The connection has to go on the thread of the server.
                 gate->post([self = std::move(self), &core, answer = std::move(answer)]() mutable {
                   --core.slow_answers;
                   self->write(std::move(answer));
                 });
               });
  }

  // The engine may take its time, and outlive this.
  void take(later_answer ask) {
    ask([weak = weak_from_this(), gate = core_.gate](http_response answer) {
      gate->post([weak, answer = std::move(answer)]() mutable {
        if (auto self = weak.lock()) self->write(std::move(answer));
      });
    });
    waiting_ = shared_from_this();
  }

  // What is done after an answer.
  auto written() {
    return [self = shared_from_this()](error_code problem, std::size_t) {
      self->serializer_.reset();
      self->response_.reset();
      self->sent_ = {};
      if (problem) return self->close();
      if (self->keep_alive_) return self->read();
      error_code ignored;
      self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
      self->stream_.expires_after(time_to_hang_up);
      self->hang_up(most_unread);
    };
  }

  void write(http_response answer) {
    const auto self = std::exchange(waiting_, nullptr);
    sent_ = std::move(answer);
    count(sent_.status >= 500   ? core_.metrics.failed
          : sent_.status >= 400 ? core_.metrics.refused
                                : core_.metrics.answered);
    const auto body = head_ || sent_.status == 304 ? std::string_view() : sent_.body();
    response_.emplace(static_cast<http::status>(sent_.status), 11);
    set_headers(*response_, sent_);
    response_->keep_alive(keep_alive_);
    response_->body() = {body.data(), body.size()};
    if (sent_.status != 304) response_->content_length(sent_.body().size());
    serializer_.emplace(*response_);
    stream_.expires_after(core_.limits.answer_time);
    // The head of an answer to HEAD tells of a body that does not come.
    if (body.empty())
      http::async_write_header(stream_, *serializer_, written());
    else
      http::async_write(stream_, *serializer_, written());
  }

  // Takes what the other side still sends, so that it gets to read the answer before the connection breaks.
  void hang_up(std::size_t most) {
    idle_since_ = steady::now();
    stream_.async_read_some(asio::buffer(unread_),
                            [self = shared_from_this(), most](error_code problem, std::size_t n) {
                              if (problem || n >= most) return self->close();
                              self->hang_up(most - n);
                            });
  }

  server_core& core_;
  connection_list& all_;
  connection_list& viewers_;
  beast::tcp_stream stream_;
  std::string peer_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  view_answer answer_;
  http_response sent_;
  std::optional<http::response<http::span_body<const char>>> response_;
  std::optional<http::response_serializer<http::span_body<const char>>> serializer_;
  // Itself, while the engine is asked.
  std::shared_ptr<http_connection> waiting_;
  std::optional<steady::time_point> idle_since_;
  std::array<char, 4096> unread_{};
  bool keep_alive_ = false;
  bool head_ = false;
};

std::string listen_failure(const std::string& address, std::uint16_t port, const error_code& problem) {
  if (problem == asio::error::address_in_use)
    return fmt::format("the HTTP port {} on {} is taken by another process; end that one, or choose another port by "
                       "--http-port",
                       port, address);
  if (problem == asio::error::access_denied)
    return fmt::format("the HTTP port {} on {} is not allowed for this user; choose one above 1023 by --http-port",
                       port, address);
  return fmt::format("cannot listen on the HTTP port {} of {}: {}; check --http-port and --http-address", port, address,
                     problem.message());
}

} // namespace

class http_server::impl {
public:
  impl(std::shared_ptr<view_api> api, const server_limits& limits)
    : core_{std::move(api),
            limits,
            {},
            io_,
            std::make_shared<server_gate>(io_),
            workers_,
            rate_limit(limits.requests_at_once, limits.requests_per_second),
            rate_limit(limits.wrong_tokens_at_once, limits.wrong_tokens_per_second)},
      workers_(1), acceptor_(io_), retry_(io_) {}

  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  ~impl() { stop(); }

  status listen(const std::string& address, std::uint16_t port) {
    error_code problem;
    tcp::resolver resolver(io_);
    const auto found = resolver.resolve(address, std::to_string(port), tcp::resolver::passive, problem);
    if (problem) return failure{"value", listen_failure(address, port, problem)};
    for (const auto& entry : found) {
      problem = open(entry.endpoint());
      if (!problem) return nothing{};
    }
    return failure{"value", listen_failure(address, port, problem)};
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void start(const server_metrics& metrics) {
    core_.metrics = metrics;
    thread_ = std::thread([this] {
      accept();
      io_.run();
    });
  }

  void stop() {
    if (stopped_) return;
    stopped_ = true;
    core_.gate->post([this] {
      error_code ignored;
      acceptor_.close(ignored);
      retry_.cancel();
      connections_.each([](connection& c) { c.close(); });
      viewers_.each([](connection& c) { c.close(); });
      io_.stop();
    });
    if (thread_.joinable()) thread_.join();
    workers_.stop();
    workers_.join();
    core_.gate->close();
    // Connections live in handlers that are never called, up to the end of this; metrics may be gone by then.
    core_.metrics = {};
  }

  std::function<void()> change_listener() {
    return [gate = core_.gate, told = told_, this] {
      // One look at a time waits for the thread, however often things change.
      if (!told->exchange(true))
        gate->post([this, told] {
          told->store(false);
          viewers_.each([](connection& c) { c.look(); });
        });
    };
  }

private:
  error_code open(const tcp::endpoint& at) {
    error_code problem;
    error_code ignored;
    acceptor_.open(at.protocol(), problem);
    if (!problem) acceptor_.set_option(tcp::acceptor::reuse_address(true), problem);
    if (!problem) acceptor_.bind(at, problem);
    if (!problem) acceptor_.listen(asio::socket_base::max_listen_connections, problem);
    if (problem) acceptor_.close(ignored);
    return problem;
  }

  void accept() {
    acceptor_.async_accept([this](error_code problem, tcp::socket socket) {
      if (stopped_ || problem == asio::error::operation_aborted) return;
      if (problem) {
        // No more files, say.
        (void)connections_.close_idle();
        retry_.expires_after(after_failed_accept);
        retry_.async_wait([this](error_code cancelled) {
          if (!cancelled) accept();
        });
        return;
      }
      take(std::move(socket));
      accept();
    });
  }

  void take(tcp::socket socket) {
    if (connections_.size() >= core_.limits.connections && !connections_.close_idle()) {
      count(core_.metrics.connections_refused);
      return;
    }
    auto c = std::make_shared<http_connection>(core_, connections_, viewers_, std::move(socket));
    connections_.add(c);
    if (core_.metrics.connections != nullptr)
      core_.metrics.connections->value(static_cast<std::int64_t>(connections_.size()));
    c->read();
  }

  std::shared_ptr<std::atomic<bool>> told_ = std::make_shared<std::atomic<bool>>(false);
  std::atomic<bool> stopped_ = false;
  connection_list connections_;
  connection_list viewers_;
  server_core core_;
  // Connections live in its handlers, and use what stands above; so it goes before that.
  asio::io_context io_{1};
  asio::thread_pool workers_;
  tcp::acceptor acceptor_;
  asio::steady_timer retry_;
  std::thread thread_;
};

http_server::http_server(std::unique_ptr<impl> i) : impl_(std::move(i)) {}

http_server::~http_server() = default;

result<std::unique_ptr<http_server>> http_server::listen(const std::string& address, std::uint16_t port,
                                                         std::shared_ptr<view_api> api, const server_limits& limits) {
  auto made = std::make_unique<impl>(std::move(api), limits);
  if (auto ok = made->listen(address, port); !ok) return ok.error();
  return std::unique_ptr<http_server>(new http_server(std::move(made)));
}

std::uint16_t http_server::port() const {
  return impl_->port();
}

void http_server::start(const server_metrics& metrics) {
  impl_->start(metrics);
}

void http_server::stop() {
  impl_->stop();
}

std::function<void()> http_server::change_listener() const {
  return impl_->change_listener();
}

} // namespace livedata
