// Reads a recording again while it is being played. Plain code but for the file.
#pragma once

#include "transport/past_reader.hpp"

#include <filesystem>

namespace livedata {

// A recording is one lane. Data that was recorded more than a minute before the time asked for is skipped. Context is
// read from the beginning of the recording.
past_opener rewind_recording(std::filesystem::path file);

} // namespace livedata
