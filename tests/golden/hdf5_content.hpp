// Reads the files of golden cases: variables with their dimensions and units, and attributes. Whatever is wrong with
// them throws std::runtime_error with the place.
#pragma once

#include "messages/data_array.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace livedata::golden {

class hdf5_content {
public:
  explicit hdf5_content(const std::filesystem::path& file);
  ~hdf5_content();
  hdf5_content(hdf5_content&&) noexcept;

  bool has(const std::string& path) const;
  bool is_dataset(const std::string& path) const;

  // Names of the members of a group, in the order of the alphabet.
  std::vector<std::string> members(const std::string& group) const;

  // Values of the type they have in the file (smaller integers become int32). Dimensions are those of the attribute
  // `dims`, the unit that of the attribute `unit`.
  variable read(const std::string& dataset) const;

  std::vector<std::int64_t> integers(const std::string& dataset) const;
  std::vector<double> numbers(const std::string& dataset) const;

  std::optional<std::string> text(const std::string& path, const std::string& attribute) const;
  std::optional<std::int64_t> integer(const std::string& path, const std::string& attribute) const;

private:
  struct open_file;
  std::unique_ptr<open_file> file_;
};

} // namespace livedata::golden
