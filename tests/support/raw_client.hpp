// Talks to a server byte by byte, as well-behaved and as hostile as a test wants.
#pragma once

#include "program/loopback.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>

namespace livedata::test {

class raw_client {
public:
  // `receive_buffer`: of the system, in bytes; 0: as usual.
  explicit raw_client(std::uint16_t port, int receive_buffer = 0) {
    if (receive_buffer > 0) setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    auto address = loopback_address(port);
    if (::connect(socket_.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("nobody listens");
  }

  // As far as the other side takes it.
  void send(std::string_view text) const {
    while (!text.empty()) {
      const auto n = ::send(socket_.fd(), text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  // Waits for bytes; false if the connection has ended, or none come for so long.
  bool receive(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    pollfd p{socket_.fd(), POLLIN, 0};
    if (::poll(&p, 1, static_cast<int>(patience.count())) != 1) return false;
    std::array<char, 65536> part{};
    const auto n = ::recv(socket_.fd(), part.data(), part.size(), 0);
    if (n <= 0) {
      ended_ = true;
      return false;
    }
    buffer_.append(part.data(), static_cast<std::size_t>(n));
    return true;
  }

  // Whether the other side ends the connection in that time, whatever it says before.
  bool ends(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!ended_ && std::chrono::steady_clock::now() < until)
      (void)receive(std::chrono::milliseconds(50));
    return ended_;
  }

  // The next answer of HTTP: status, head and body. Nothing if the connection ends first.
  struct answer {
    int status = 0;
    std::string head;
    std::string body;
  };

  std::optional<answer> next_answer(bool with_body = true) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
      if (!receive()) return std::nullopt;
    answer a;
    a.head = buffer_.substr(0, end + 4);
    buffer_.erase(0, end + 4);
    a.status = std::stoi(a.head.substr(9, 3));
    const auto at = a.head.find("Content-Length: ");
    const auto size = at == std::string::npos || !with_body ? 0 : std::stoul(a.head.substr(at + 16));
    while (buffer_.size() < size)
      if (!receive()) return std::nullopt;
    a.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return a;
  }

  std::optional<answer> ask(const std::string& method, const std::string& target, const std::string& more = {},
                            const std::string& body = {}) {
    auto text = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + more;
    if (!body.empty())
      text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    send(text + "\r\n" + body);
    return next_answer(method != "HEAD");
  }

  // --- WebSocket

  std::optional<answer> ask_for_updates(const std::string& more = {}) {
    return ask("GET", "/api/v1/updates",
               "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                 more);
  }

  void send_frame(std::string_view text, char first = static_cast<char>(0x81)) const {
    std::string frame(1, first);
    if (text.size() < 126) {
      frame += static_cast<char>(0x80U | text.size());
    } else {
      frame += static_cast<char>(0xfe);
      frame += static_cast<char>(text.size() >> 8);
      frame += static_cast<char>(text.size() & 0xff);
    }
    // A mask of zeros leaves the text as it is.
    frame.append(4, '\0');
    frame += text;
    send(frame);
  }

  struct frame {
    unsigned kind = 0;
    std::string content;
  };

  std::optional<frame> next_frame(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(buffer_[i])); };
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
      if (buffer_.size() >= 2) {
        const auto length = byte(1) & 0x7f;
        const std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
        if (buffer_.size() >= 2 + more) {
          std::uint64_t size = length;
          if (more > 0) {
            size = 0;
            for (std::size_t i = 0; i < more; ++i)
              size = size << 8 | byte(2 + i);
          }
          if (buffer_.size() >= 2 + more + size) {
            frame f{static_cast<unsigned>(byte(0) & 0x0f), buffer_.substr(2 + more, size)};
            buffer_.erase(0, 2 + more + size);
            return f;
          }
        }
      }
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      if (left.count() <= 0 || !receive(left)) return std::nullopt;
    }
  }

private:
  tcp_socket socket_;
  std::string buffer_;
  bool ended_ = false;
};

} // namespace livedata::test
