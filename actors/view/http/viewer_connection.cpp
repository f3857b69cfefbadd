#include "actors/view/http/connection.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/websocket.hpp>
#include <span>
#include <string>

namespace livedata::http_connections {

namespace {

namespace websocket = beast::websocket;

// Messages of a viewer.
constexpr double viewer_messages_at_once = 50;
constexpr double viewer_messages_per_second = 20;

class viewer_connection final : public connection, public std::enable_shared_from_this<viewer_connection> {
public:
  viewer_connection(server_core& core, connection_list& viewers, beast::tcp_stream stream)
    : core_(core), viewers_(viewers), ws_(std::move(stream)), timer_(core.io) {}

  ~viewer_connection() override {
    viewers_.remove(this);
    set_level(core_.metrics.viewers, viewers_.size());
  }

  void accept(const http::request<http::string_body>& request) {
    viewers_.add(shared_from_this());
    set_level(core_.metrics.viewers, viewers_.size());
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

} // namespace

void serve_viewer(server_core& core, connection_list& viewers, beast::tcp_stream stream,
                  const http::request<http::string_body>& request) {
  std::make_shared<viewer_connection>(core, viewers, std::move(stream))->accept(request);
}

} // namespace livedata::http_connections
