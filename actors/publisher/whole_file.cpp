#include "actors/publisher/whole_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <system_error>
#include <unistd.h>

namespace livedata {

namespace {

namespace fs = std::filesystem;

failure cannot_write(const fs::path& path, const std::error_code& why) {
  return {"write", fmt::format(
                     "{} could not be written: {}; see that the folder exists and may be written to, and that the disk "
                     "is not full",
                     path.string(), why.message())};
}

std::error_code write(const fs::path& path, std::span<const std::byte> content) {
  errno = 0;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
  out.close();
  if (out) return {};
  return {errno != 0 ? errno : EIO, std::generic_category()};
}

} // namespace

status write_whole_file(const fs::path& path, std::span<const std::byte> content) {
  std::error_code problem;
  auto present = fs::status(path, problem);
  if (fs::is_directory(present)) return cannot_write(path, std::make_error_code(std::errc::is_a_directory));
  if (fs::exists(present) && !fs::is_regular_file(present)) {
    if (auto e = write(path, content)) return cannot_write(path, e);
    return nothing{};
  }
  auto target = fs::exists(present) ? fs::canonical(path, problem) : path;
  if (target.empty()) return cannot_write(path, problem);
  auto temporary = target;
  temporary += fmt::format(".{}.part", getpid());
  auto e = write(temporary, content);
  if (!e) fs::rename(temporary, target, e);
  if (!e) return nothing{};
  fs::remove(temporary, problem);
  return cannot_write(path, e);
}

} // namespace livedata
