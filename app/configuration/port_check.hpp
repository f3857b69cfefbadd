// Whether a port can be listened on, tried beforehand: CAF says nothing if it cannot open the port for metrics, and
// --check opens none.
#pragma once

#include "messages/result.hpp"

#include <cstdint>
#include <string>

namespace livedata {

// What a port is for: "metrics", with --metrics-port and --metrics-address, or "HTTP", with --http-port and
// --http-address.
struct port_use {
  std::string name = "metrics";
  std::string options = "--metrics";
};

// Listens at the address (a name or number, IPv4 or IPv6) for a moment. The failure says whether the port is taken, not
// allowed, or the address is not one of this machine, and what to do.
status check_port_free(const std::string& address, std::uint16_t port, const port_use& use = {});

} // namespace livedata
