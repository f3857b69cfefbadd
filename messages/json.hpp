// JSON values with members in the order in which they were written.
#pragma once

#include <nlohmann/json.hpp>

namespace livedata {

using json = nlohmann::ordered_json;

} // namespace livedata
