// CAF says nothing if it cannot open the port for metrics, so the port is tried beforehand.
#pragma once

#include "messages/result.hpp"

#include <cstdint>
#include <string>

namespace livedata {

// Listens at the address (a name or number, IPv4 or IPv6) for a moment. The failure says whether the port is taken, not
// allowed, or the address is not one of this machine, and what to do.
status check_port_free(const std::string& address, std::uint16_t port);

} // namespace livedata
