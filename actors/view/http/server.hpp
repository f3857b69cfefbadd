// The server: HTTP and WebSockets over TCP, on a thread of its own, and a second one for answers that take long to
// make. Everybody has limits: size and time of a request, requests a second, connections, viewers. Nobody else ever
// waits for it.
#pragma once

#include "actors/view/http/view_api.hpp"
#include "messages/result.hpp"

#include <caf/telemetry/counter.hpp>
#include <caf/telemetry/gauge.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace livedata {

struct server_limits {
  std::size_t connections = 256;
  std::size_t viewers = 64;
  std::uint32_t header_bytes = 16'384;
  std::uint64_t body_bytes = 1'000'000;
  // Of one message of a viewer.
  std::size_t viewer_message_bytes = 65'536;
  // Of one address; so many at once, and so many a second.
  double requests_at_once = 400;
  double requests_per_second = 200;
  // Wrong tokens, the same.
  double wrong_tokens_at_once = 10;
  double wrong_tokens_per_second = 0.2;
  // From when a connection is free until its next request is there as a whole.
  std::chrono::milliseconds request_time{20'000};
  // For an answer to be taken.
  std::chrono::milliseconds answer_time{60'000};
  // A viewer of whom nothing is heard, not even the answer to a ping, is gone.
  std::chrono::milliseconds viewer_silence{60'000};
};

// May each be null.
struct server_metrics {
  caf::telemetry::int_counter* answered = nullptr;
  caf::telemetry::int_counter* refused = nullptr;
  caf::telemetry::int_counter* failed = nullptr;
  caf::telemetry::int_counter* connections_refused = nullptr;
  caf::telemetry::int_gauge* connections = nullptr;
  caf::telemetry::int_gauge* viewers = nullptr;
  caf::telemetry::int_counter* frames = nullptr;
  caf::telemetry::int_counter* frame_bytes = nullptr;
};

class http_server {
public:
  // Listens, and answers nobody yet. Port 0: any that is free. Failure "value": the address cannot be listened on; the
  // text says why.
  static result<std::unique_ptr<http_server>> listen(const std::string& address, std::uint16_t port,
                                                     std::shared_ptr<view_api> api, const server_limits& limits);

  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;
  // Stops.
  ~http_server();

  std::uint16_t port() const;

  // From now on requests are answered. The metrics live as long as the server.
  void start(const server_metrics& metrics = {});

  // Closes all connections. What is being answered is not waited for, but for the making of one slow answer.
  void stop();

  // The state of things has changed: viewers get what is new. May be called by any thread, and does not block.
  std::function<void()> change_listener() const;

private:
  class impl;
  explicit http_server(std::unique_ptr<impl> i);

  std::unique_ptr<impl> impl_;
};

} // namespace livedata
