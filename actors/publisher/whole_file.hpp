// Writes a file such that a reader sees all of it or what was there before.
#pragma once

#include "messages/result.hpp"

#include <cstddef>
#include <filesystem>
#include <span>

namespace livedata {

// Goes by a temporary file beside the target. A link is followed; what is no regular file (a pipe, /dev/stdout) is
// written to directly. The failure has the reason "write" and names the path, what was wrong, and a remedy.
status write_whole_file(const std::filesystem::path& path, std::span<const std::byte> content);

} // namespace livedata
