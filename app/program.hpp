// The program livedata: reads the configuration, and runs the engine, checks, or lists.
#pragma once

#include "app/process.hpp"

#include <string>
#include <vector>

namespace livedata {

// Gives the exit code: 0 all well, 2 the configuration is wrong, 1 anything else. `args`: without the name of the
// program.
int program(process& p, const std::vector<std::string>& args);

} // namespace livedata
