#include "app/configuration/port_check.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <memory>
#include <netdb.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace livedata {

namespace {

class socket_handle {
public:
  explicit socket_handle(const addrinfo& a) : fd_(::socket(a.ai_family, a.ai_socktype | SOCK_CLOEXEC, a.ai_protocol)) {}

  ~socket_handle() {
    if (fd_ >= 0) ::close(fd_);
  }

  socket_handle(const socket_handle&) = delete;
  socket_handle& operator=(const socket_handle&) = delete;

  int get() const { return fd_; }

private:
  int fd_;
};

// 0, or the errno of what failed.
int try_to_listen(const addrinfo& a) {
  socket_handle s{a};
  int on = 1;
  if (s.get() < 0 || ::setsockopt(s.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(s.get(), a.ai_addr, a.ai_addrlen) != 0 || ::listen(s.get(), 1) != 0)
    return errno;
  return 0;
}

std::string explain(const std::string& address, std::uint16_t port, const port_use& use, int error) {
  switch (error) {
  case EADDRINUSE:
    return fmt::format(
      "the {} port {} on {} is taken by another process; end that one, or choose another port by {}-port", use.name,
      port, address, use.options);
  case EACCES:
    return fmt::format("the {} port {} on {} is not allowed for this user; choose one above 1023 by {}-port", use.name,
                       port, address, use.options);
  case EADDRNOTAVAIL:
    return fmt::format("the {} address {} does not belong to this machine; give one that does by "
                       "{}-address, for example 127.0.0.1",
                       use.name, address, use.options);
  default:
    return fmt::format("cannot listen on the {} port {} of {}: {}; check {}-port and {}-address", use.name, port,
                       address, std::system_category().message(error), use.options, use.options);
  }
}

} // namespace

status check_port_free(const std::string& address, std::uint16_t port, const port_use& use) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (auto code = ::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found); code != 0)
    return failure{
      "value",
      fmt::format(
        "the {} address '{}' cannot be resolved: {}; give one of this machine by {}-address, for example 127.0.0.1",
        use.name, address, ::gai_strerror(code), use.options)};
  std::unique_ptr<addrinfo, void (*)(addrinfo*)> list{found, ::freeaddrinfo};
  // CAF listens on the first of them that it can; only if all fail there is no endpoint.
  int error = 0;
  for (auto* a = list.get(); a != nullptr; a = a->ai_next) {
    error = try_to_listen(*a);
    if (error == 0) return nothing{};
  }
  return failure{"value", explain(address, port, use, error)};
}

} // namespace livedata
