// Writing of HDF5 files: groups, datasets and attributes from plain values.
#pragma once

#include "messages/result.hpp"
#include "workflows/geometry/hdf5_handle.hpp"
#include "workflows/geometry/vec3.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace livedata {

class hdf5_write_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

using hdf5_shape = std::vector<hsize_t>;

// Every call throws hdf5_write_error. Paths are absolute. A file that is there is written over.
class hdf5_writer {
public:
  explicit hdf5_writer(const std::filesystem::path& file);

  // A group, unless it is there; its parents become groups as well.
  void group(const std::string& path, const std::string& nx_class);
  // The same without a class; the parents must be there.
  void plain_group(const std::string& path);

  void text(const std::string& path, const std::string& value);
  // An empty shape: a scalar.
  void numbers(const std::string& path, const std::vector<double>& content, const hdf5_shape& lengths);
  void integers(const std::string& path, const std::vector<std::int32_t>& content, const hdf5_shape& lengths);
  void integers(const std::string& path, const std::vector<std::int64_t>& content, const hdf5_shape& lengths);
  // Numbers that nobody knows: all of them are NaN, and take no room.
  void unknown_numbers(const std::string& path, const hdf5_shape& lengths);

  // Of a group or dataset that is there.
  void attribute(const std::string& path, const char* name, const std::string& value);
  void attribute(const std::string& path, const char* name, const vec3& v);
  void truth_attribute(const std::string& path, const char* name, bool value);
  void attribute(const std::string& path, const char* name, const std::vector<std::int64_t>& list);
  void attribute(const std::string& path, const char* name, const std::vector<std::string>& list);
  // A compound { "__version__", "multiplier", "powers": { base: 1 } }, as scipp writes units.
  void unit_attribute(const std::string& path, double multiplier, const char* base);
  // A reference to another object.
  void reference_attribute(const std::string& path, const char* name, const std::string& target);

  bool exists(const std::string& path) const;

private:
  void write(const std::string& path, hid_t type, const hdf5_handle& space, const void* content, std::size_t count = 1);
  void write_attribute(const std::string& path, const char* name, hid_t type, const hdf5_handle& space,
                       const void* content);

  hdf5_handle file_;
};

// Has `write` make a file beside `file`, and puts it in its place when it is whole. Else `file` stays as it was, and
// the failure "unwritable_file" says what was the matter.
status write_whole_file(const std::filesystem::path& file,
                        const std::function<void(const std::filesystem::path& part)>& write);

} // namespace livedata
