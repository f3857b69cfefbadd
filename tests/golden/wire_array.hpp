// A da00 message as it is on the wire: all variables, also those that our own codec leaves out when it reads.
#pragma once

#include "golden/comparison.hpp"

#include <cstddef>
#include <span>

namespace livedata::golden {

// Throws std::runtime_error if the message is damaged, or holds an element type that no result has.
wire_array read_wire_array(std::span<const std::byte> message);

} // namespace livedata::golden
