// A log (NXlog) in a NeXus file.
#pragma once

#include "workflows/geometry/nexus_file.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace livedata {

struct recorded_log {
  std::vector<double> value;
  std::string unit;
};

// The values of a group of class NXlog. Reads in a process of its own. Throws nexus_error, with the name of the file.
recorded_log read_recorded_log(const std::filesystem::path& file, const std::string& group);

} // namespace livedata
