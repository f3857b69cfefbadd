// Makes new identities.
#pragma once

#include "messages/ids.hpp"

namespace livedata {

// A random UUID (version 4). Safe to call from any thread.
uuid random_uuid();

} // namespace livedata
