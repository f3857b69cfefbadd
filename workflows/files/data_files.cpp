#include "workflows/files/data_files.hpp"

#include "workflows/files/check_sum.hpp"

#include <fmt/format.h>

namespace livedata {

namespace {

namespace fs = std::filesystem;

std::string wanted(const data_file& file, std::string_view what) {
  return fmt::format("{}, {}{},", what, file.name, file.md5.empty() ? "" : fmt::format(" (md5 {})", file.md5));
}

} // namespace

data_files::file_stamp data_files::stamp_of(const fs::path& file) {
  std::error_code no_size;
  std::error_code no_time;
  file_stamp stamp{fs::file_size(file, no_size), fs::last_write_time(file, no_time)};
  return no_size || no_time ? file_stamp{} : stamp;
}

bool data_files::is_in_own_folder(const data_file& file) const {
  std::error_code error;
  return folders_.data_dir && fs::is_regular_file(*folders_.data_dir / file.name, error);
}

data_files::kept& data_files::slot_of(key k) {
  std::lock_guard lock(mutex_);
  return kept_[std::move(k)];
}

std::optional<std::string> data_files::check_sum_of(const fs::path& file) const {
  const auto now = stamp_of(file);
  {
    std::lock_guard lock(mutex_);
    if (auto known = check_sums_.find(file.string()); known != check_sums_.end() && known->second.first == now)
      return known->second.second;
  }
  auto sum = md5_of(file);
  std::lock_guard lock(mutex_);
  if (sum) check_sums_[file.string()] = {now, *sum};
  return sum;
}

result<fs::path> data_files::find(const data_file& file, std::string_view what) const {
  const auto path = folders_.data_dir.value_or(folders_.cache) / file.name;
  std::error_code error;
  const auto there = fs::is_regular_file(path, error);
  if (folders_.data_dir) {
    if (there) return path;
    return failure{"missing_file",
                   fmt::format("{} is not in {}, the folder in the environment variable LIVEDATA_DATA_DIR; put it "
                               "there, or correct the variable",
                               wanted(file, what), folders_.data_dir->string())};
  }
  if (!there)
    return failure{"missing_file",
                   fmt::format("{} is not in {}; put it there, or set the environment variable LIVEDATA_DATA_DIR to "
                               "the folder that has it",
                               wanted(file, what), folders_.cache.string())};
  if (file.md5.empty()) return path;
  const auto sum = check_sum_of(path);
  if (sum == file.md5) return path;
  return failure{"wrong_check_sum",
                 fmt::format("{} is not the file {}: {}; put the right one there, or set the environment variable "
                             "LIVEDATA_DATA_DIR to a folder with files that are to be used as they are",
                             path.string(), file.name,
                             sum ? fmt::format("its md5 is {}, not {}", *sum, file.md5) : "it cannot be read")};
}

} // namespace livedata
