// The check sum by which people can tell that they have the right file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace livedata {

// MD5 of the content of a file, as 32 hexadecimal digits; nothing if it cannot be read.
std::optional<std::string> md5_of(const std::filesystem::path& file);

} // namespace livedata
