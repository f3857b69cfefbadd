// Status as it goes over the wire, in the name of this process.
#pragma once

#include "actors/service/status.hpp"

namespace livedata {

// x5f2 messages with the version of this program, the name of this machine and the number of this process.
status_writer wire_status();

} // namespace livedata
