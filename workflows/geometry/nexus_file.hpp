// Reading of NeXus files (HDF5): groups by class, datasets and attributes as plain values. Every look checks what is
// there before anything is read, so that a damaged file costs an error and no memory. One file is used at a time in the
// whole process: the HDF5 library is not made for more.
#pragma once

#include "workflows/geometry/vec3.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

// What is wrong with a file; the text names the place in it, but not the file.
class nexus_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// Throws nexus_error throughout. Paths are absolute: "/entry/instrument".
class nexus_file {
public:
  explicit nexus_file(const std::filesystem::path& file);
  // A file in memory; the bytes are copied.
  explicit nexus_file(std::span<const std::byte> image);
  nexus_file(const nexus_file&) = delete;
  nexus_file& operator=(const nexus_file&) = delete;
  ~nexus_file();

  enum class object : std::uint8_t { none, group, dataset, other };

  object what(const std::string& path) const;
  // Names of the members of a group, in the order of the alphabet.
  std::vector<std::string> members(const std::string& group) const;
  // Paths of the groups whose NX_class is this, anywhere in the file, each once.
  std::vector<std::string> groups_of(const std::string& nx_class) const;

  // Lengths along each dimension; empty for a scalar.
  std::vector<std::size_t> shape(const std::string& dataset) const;
  // All elements, row-major. `most`: how many there may be.
  std::vector<double> numbers(const std::string& dataset, std::size_t most) const;
  // Same for whole numbers.
  std::vector<std::int64_t> whole_numbers(const std::string& dataset, std::size_t most) const;
  // Same for whole numbers, which must fit 32 bits.
  std::vector<std::int32_t> integers(const std::string& dataset, std::size_t most) const;
  // A dataset with one text.
  std::string text(const std::string& dataset) const;

  // Of a group or dataset; nothing if it has no such attribute.
  std::optional<std::string> text_attribute(const std::string& path, const std::string& name) const;
  std::optional<vec3> vector_attribute(const std::string& path, const std::string& name) const;
  // One text or a list of them; one that holds a list, as older files write it, "y_pixel_offset:x_pixel_offset", is
  // taken apart.
  std::optional<std::vector<std::string>> list_attribute(const std::string& path, const std::string& name) const;
  // One whole number or a list of them.
  std::optional<std::vector<std::int64_t>> indices_attribute(const std::string& path, const std::string& name) const;
  // The numbers of a compound value by the names of its members; those of a compound in it as "outer/inner". Nothing if
  // there is no such attribute, or if it is no compound.
  std::optional<std::vector<std::pair<std::string, double>>> compound_attribute(const std::string& path,
                                                                                const std::string& name) const;

private:
  struct open_file;
  std::unique_ptr<open_file> file_;
};

// Where `target` of a depends_on leads that stands in `group`: absolute, or relative to it.
std::string resolved_path(const std::string& group, const std::string& target);

// "/entry/instrument" of "/entry/instrument/detector"; "/" of what is at the top.
std::string parent_path(const std::string& path);

} // namespace livedata
