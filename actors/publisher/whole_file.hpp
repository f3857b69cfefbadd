// Writes a file so that a reader sees either all of it or the file from before.
#pragma once

#include "messages/result.hpp"

#include <cstddef>
#include <filesystem>
#include <span>

namespace livedata {

// Writes a temporary file beside the target and renames it. Follows a link. Writes directly to what is no regular file
// (a pipe, /dev/stdout). The failure has the reason "write" and names the path, what was wrong, and a remedy.
status write_whole_file(const std::filesystem::path& path, std::span<const std::byte> content);

} // namespace livedata
