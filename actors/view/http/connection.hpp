// What the connections of the server have in common: their limits, who is open, and the way back from other threads.
// Only for the files of the server: it brings Boost along.
#pragma once

#include "actors/view/http/rate_limit.hpp"
#include "actors/view/http/server.hpp"
#include "actors/view/http/view_api.hpp"
#include "actors/view/http/viewer.hpp"

// Before Boost's: this version leaves it to others to include what it uses.
#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace livedata::http_connections {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using error_code = boost::system::error_code;
using steady = std::chrono::steady_clock;

inline double seconds_now() {
  return std::chrono::duration<double>(steady::now().time_since_epoch()).count();
}

inline void count(caf::telemetry::int_counter* counter, std::int64_t n = 1) {
  if (counter != nullptr) counter->inc(n);
}

inline void set_level(caf::telemetry::int_gauge* gauge, std::size_t n) {
  if (gauge != nullptr) gauge->value(static_cast<std::int64_t>(n));
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

// Reads requests from that connection, and answers them, until it ends. It is in `all` as long as it is open; where it
// becomes one of updates, that is in `viewers`.
void serve(server_core& core, connection_list& all, connection_list& viewers, tcp::socket socket);

// Takes a connection over that has asked for updates, and sends them until it ends. It is in `viewers` as long as it is
// open.
void serve_viewer(server_core& core, connection_list& viewers, beast::tcp_stream stream,
                  const http::request<http::string_body>& request);

} // namespace livedata::http_connections
