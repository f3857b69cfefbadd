#include "actors/view/http/server.hpp"

#include "actors/view/http/connection.hpp"

#include <atomic>
#include <string>
#include <thread>

namespace livedata {

namespace {

using namespace http_connections;

constexpr auto after_failed_accept = std::chrono::milliseconds(100);

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
    serve(core_, connections_, viewers_, std::move(socket));
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
