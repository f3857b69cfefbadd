// TCP on the loopback address: a port that is taken, one that is free, and a request to a server.
#pragma once

#include <arpa/inet.h>
#include <cstdint>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace livedata::test {

inline sockaddr_in loopback_address(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

class tcp_socket {
public:
  tcp_socket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (fd_ < 0) throw std::runtime_error("no socket");
  }

  tcp_socket(const tcp_socket&) = delete;
  tcp_socket& operator=(const tcp_socket&) = delete;

  ~tcp_socket() { ::close(fd_); }

  int fd() const { return fd_; }

private:
  int fd_;
};

// Holds a port of its own choice as long as it lives.
class listener {
public:
  listener() {
    auto address = loopback_address(0);
    socklen_t size = sizeof address;
    auto* a = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_.fd(), a, size) != 0 || ::listen(socket_.fd(), 1) != 0 ||
        ::getsockname(socket_.fd(), a, &size) != 0)
      throw std::runtime_error("cannot listen on the loopback address");
    port_ = ntohs(address.sin_port);
  }

  std::uint16_t port() const { return port_; }

  // Waits for somebody to connect, a minute at most. Says nothing to him.
  bool somebody_comes() const {
    pollfd p{socket_.fd(), POLLIN, 0};
    return ::poll(&p, 1, 60'000) == 1;
  }

private:
  tcp_socket socket_;
  std::uint16_t port_ = 0;
};

inline std::uint16_t free_port() {
  return listener().port();
}

// The whole answer to GET, head and body; empty if nobody answers.
inline std::string http_get(std::uint16_t port, const std::string& path) {
  tcp_socket s;
  timeval patience{10, 0};
  setsockopt(s.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  auto address = loopback_address(port);
  auto request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  std::string text;
  if (::connect(s.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::send(s.fd(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
    return text;
  char part[4096];
  for (ssize_t n = 0; (n = ::recv(s.fd(), part, sizeof part, 0)) > 0;)
    text.append(part, static_cast<std::size_t>(n));
  return text;
}

} // namespace livedata::test
