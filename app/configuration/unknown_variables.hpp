// Variables of the environment that look like ours and are read by nobody: most likely mistyped.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace livedata {

// Of these names of variables, a text for each that begins with LIVEDATA_ and means nothing, with what was perhaps
// meant.
std::vector<std::string> unknown_variables(std::span<const std::string> names);

// The names of all variables of this process.
std::vector<std::string> names_of_variables();

} // namespace livedata
