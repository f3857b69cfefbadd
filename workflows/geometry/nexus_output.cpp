#include "workflows/geometry/nexus_output.hpp"

#include "workflows/geometry/hdf5_packing.hpp"
#include "workflows/geometry/nexus_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <numeric>

namespace livedata {

namespace {

void check_written(bool good, const std::string& what) {
  if (!good) throw write_error(what + " cannot be written");
}

hdf5_handle text_type(const std::string& value) {
  hdf5_handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), std::max<std::size_t>(value.size(), 1));
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

hdf5_handle space_of(const nexus_output::lengths& shape) {
  return {shape.empty() ? H5Screate(H5S_SCALAR)
                        : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
          H5Sclose};
}

} // namespace

nexus_output::nexus_output(const std::filesystem::path& file)
  : file_(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose) {
  check_written(static_cast<bool>(file_), "the file cannot be created, so it");
}

void nexus_output::group(const std::string& path, const std::string& nx_class) {
  if (path == "/" || exists(path)) return;
  group(parent_path(path), "NXcollection");
  hdf5_handle g(H5Gcreate2(file_.get(), path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  check_written(static_cast<bool>(g), path);
  attribute(path, "NX_class", nx_class);
}

bool nexus_output::exists(const std::string& path) const {
  return H5Lexists(file_.get(), path.c_str(), H5P_DEFAULT) > 0;
}

void nexus_output::text(const std::string& path, const std::string& value) {
  auto type = text_type(value);
  write(path, type.get(), space_of({}), value.data(), 1);
}

void nexus_output::numbers(const std::string& path, const std::vector<double>& content, const lengths& shape) {
  write(path, H5T_NATIVE_DOUBLE, space_of(shape), content.data(), content.size());
}

void nexus_output::integers(const std::string& path, const std::vector<std::int32_t>& content, const lengths& shape) {
  write(path, H5T_NATIVE_INT32, space_of(shape), content.data(), content.size());
}

void nexus_output::unknown_numbers(const std::string& path, const lengths& shape) {
  auto space = space_of(shape);
  auto count = std::accumulate(shape.begin(), shape.end(), hsize_t{1}, std::multiplies<>());
  auto how = packed_if_long(space.get(), static_cast<std::size_t>(count));
  constexpr auto unknown = std::numeric_limits<double>::quiet_NaN();
  H5Pset_fill_value(how.get(), H5T_NATIVE_DOUBLE, &unknown);
  hdf5_handle d(
    H5Dcreate2(file_.get(), path.c_str(), H5T_NATIVE_DOUBLE, space.get(), H5P_DEFAULT, how.get(), H5P_DEFAULT),
    H5Dclose);
  check_written(static_cast<bool>(d), path);
}

void nexus_output::attribute(const std::string& path, const char* name, const std::string& value) {
  auto type = text_type(value);
  write_attribute(path, name, type.get(), space_of({}), value.data());
}

void nexus_output::attribute(const std::string& path, const char* name, const vec3& v) {
  std::array<double, 3> content{v.x, v.y, v.z};
  write_attribute(path, name, H5T_NATIVE_DOUBLE, space_of({3}), content.data());
}

void nexus_output::write(const std::string& path, hid_t type, const hdf5_handle& space, const void* content,
                         std::size_t count) {
  auto how = packed_if_long(space.get(), count);
  hdf5_handle d(H5Dcreate2(file_.get(), path.c_str(), type, space.get(), H5P_DEFAULT, how.get(), H5P_DEFAULT),
                H5Dclose);
  check_written(d && (count == 0 || H5Dwrite(d.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, content) >= 0), path);
}

void nexus_output::write_attribute(const std::string& path, const char* name, hid_t type, const hdf5_handle& space,
                                   const void* content) {
  hdf5_handle a(
    H5Acreate_by_name(file_.get(), path.c_str(), name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
    H5Aclose);
  check_written(a && H5Awrite(a.get(), type, content) >= 0, fmt::format("attribute {} of {}", name, path));
}

} // namespace livedata
