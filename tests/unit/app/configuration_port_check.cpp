#include "app/configuration/port_check.hpp"
#include "configuration_fixture.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace configuration_port_check {

using namespace livedata;

namespace {

// Listens on a port that the system chooses.
class listener {
public:
  listener() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(fd_, 1) == 0);
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }

  ~listener() { close(); }

  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  std::uint16_t port() const { return port_; }

private:
  int fd_;
  std::uint16_t port_ = 0;
};

} // namespace

TEST_CASE("a metrics port that is taken is reported with the port and the remedy") {
  listener taken;
  auto checked = check_port_free("127.0.0.1", taken.port());
  REQUIRE(!checked);
  CHECK_HOLDS(checked.error().message, std::to_string(taken.port()), "taken", "--metrics-port");
}

TEST_CASE("the port of HTTP is told of with its own options") {
  listener taken;
  auto checked = check_port_free("127.0.0.1", taken.port(), {"HTTP", "--http"});
  REQUIRE(!checked);
  CHECK_HOLDS(checked.error().message, "HTTP port", "taken", "--http-port");
  CHECK(checked.error().message.find("metrics") == std::string::npos);
}

TEST_CASE("a metrics port is free again once nobody listens, and stays free after the check") {
  listener taken;
  taken.close();
  CHECK(check_port_free("127.0.0.1", taken.port()));
  CHECK(check_port_free("127.0.0.1", taken.port()));
  CHECK(check_port_free("localhost", taken.port()));
}

TEST_CASE("a metrics address that is not of this machine is reported with the remedy") {
  // An address of the range that is kept for documentation.
  auto foreign = check_port_free("192.0.2.1", 9464);
  REQUIRE(!foreign);
  CHECK_HOLDS(foreign.error().message, "192.0.2.1", "--metrics-address");
  auto nonsense = check_port_free("no address at all", 9464);
  REQUIRE(!nonsense);
  CHECK_HOLDS(nonsense.error().message, "no address at all", "--metrics-address");
}

} // namespace configuration_port_check
