#include "actors/view/http/connection.hpp"

#include <array>
#include <boost/beast/websocket/rfc6455.hpp>
#include <cctype>
#include <string>
#include <string_view>

namespace livedata::http_connections {

namespace {

constexpr std::size_t most_slow_answers = 32;
// How long and how much is taken after the last answer.
constexpr auto time_to_hang_up = std::chrono::seconds(2);
constexpr std::size_t most_unread = 4'000'000;
// The page may use what it needs from here, and nothing from anywhere else. Styles stand in its elements, too.
constexpr std::string_view content_policy =
  "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
  "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

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
    set_level(core_.metrics.connections, all_.size());
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
    if (beast::websocket::is_upgrade(message)) return upgrade(request);
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
    serve_viewer(core_, viewers_, std::move(stream_), message);
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

} // namespace

void serve(server_core& core, connection_list& all, connection_list& viewers, tcp::socket socket) {
  auto c = std::make_shared<http_connection>(core, all, viewers, std::move(socket));
  all.add(c);
  set_level(core.metrics.connections, all.size());
  c->read();
}

} // namespace livedata::http_connections
