// Writing of NeXus files (HDF5): groups, datasets and attributes from plain values.
#pragma once

#include "workflows/geometry/hdf5_handle.hpp"
#include "workflows/geometry/vec3.hpp"

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace livedata {

// What could not be written.
class write_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// Throws write_error throughout. Paths are absolute: "/entry/instrument". Lengths of datasets: outermost first; none
// for a scalar.
class nexus_output {
public:
  using lengths = std::vector<hsize_t>;

  // Writes over a file that is there.
  explicit nexus_output(const std::filesystem::path& file);

  // A group, unless it is there; its parents become groups as well.
  void group(const std::string& path, const std::string& nx_class);
  bool exists(const std::string& path) const;

  void text(const std::string& path, const std::string& value);
  void numbers(const std::string& path, const std::vector<double>& content, const lengths& shape);
  void integers(const std::string& path, const std::vector<std::int32_t>& content, const lengths& shape);
  // Numbers that nobody knows: all of them are NaN, and take no room.
  void unknown_numbers(const std::string& path, const lengths& shape);

  // Of a group or dataset that is there.
  void attribute(const std::string& path, const char* name, const std::string& value);
  void attribute(const std::string& path, const char* name, const vec3& v);

private:
  void write(const std::string& path, hid_t type, const hdf5_handle& space, const void* content, std::size_t count);
  void write_attribute(const std::string& path, const char* name, hid_t type, const hdf5_handle& space,
                       const void* content);

  hdf5_handle file_;
};

} // namespace livedata
