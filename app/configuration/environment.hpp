// The environment of the process.
#pragma once

#include <optional>
#include <string>

namespace livedata {

// The value of a variable; nothing if it is not set.
std::optional<std::string> environment_variable(const std::string& name);

} // namespace livedata
