#include "workflows/geometry/hdf5_writer.hpp"

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
  if (!good) throw hdf5_write_error(what + " cannot be written");
}

hdf5_handle text_type(const std::string& value) {
  hdf5_handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), std::max<std::size_t>(value.size(), 1));
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

hdf5_handle any_text_type() {
  hdf5_handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), H5T_VARIABLE);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

hdf5_handle space_of(const hdf5_shape& lengths) {
  return {lengths.empty() ? H5Screate(H5S_SCALAR)
                          : H5Screate_simple(static_cast<int>(lengths.size()), lengths.data(), nullptr),
          H5Sclose};
}

} // namespace

hdf5_writer::hdf5_writer(const std::filesystem::path& file)
  : file_(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose) {
  check_written(static_cast<bool>(file_), "the file cannot be created, so it");
}

bool hdf5_writer::exists(const std::string& path) const {
  return path == "/" || H5Lexists(file_.get(), path.c_str(), H5P_DEFAULT) > 0;
}

void hdf5_writer::group(const std::string& path, const std::string& nx_class) {
  if (exists(path)) return;
  group(parent_path(path), "NXcollection");
  plain_group(path);
  attribute(path, "NX_class", nx_class);
}

void hdf5_writer::plain_group(const std::string& path) {
  hdf5_handle g(H5Gcreate2(file_.get(), path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  check_written(static_cast<bool>(g), path);
}

void hdf5_writer::text(const std::string& path, const std::string& value) {
  const auto type = text_type(value);
  write(path, type.get(), space_of({}), value.data());
}

void hdf5_writer::numbers(const std::string& path, const std::vector<double>& content, const hdf5_shape& lengths) {
  write(path, H5T_NATIVE_DOUBLE, space_of(lengths), content.data(), content.size());
}

void hdf5_writer::integers(const std::string& path, const std::vector<std::int32_t>& content,
                           const hdf5_shape& lengths) {
  write(path, H5T_NATIVE_INT32, space_of(lengths), content.data(), content.size());
}

void hdf5_writer::integers(const std::string& path, const std::vector<std::int64_t>& content,
                           const hdf5_shape& lengths) {
  write(path, H5T_NATIVE_INT64, space_of(lengths), content.data(), content.size());
}

void hdf5_writer::unknown_numbers(const std::string& path, const hdf5_shape& lengths) {
  const auto space = space_of(lengths);
  const auto count = std::accumulate(lengths.begin(), lengths.end(), hsize_t{1}, std::multiplies<>());
  auto how = packed_if_long(space.get(), static_cast<std::size_t>(count));
  constexpr auto unknown = std::numeric_limits<double>::quiet_NaN();
  H5Pset_fill_value(how.get(), H5T_NATIVE_DOUBLE, &unknown);
  hdf5_handle d(
    H5Dcreate2(file_.get(), path.c_str(), H5T_NATIVE_DOUBLE, space.get(), H5P_DEFAULT, how.get(), H5P_DEFAULT),
    H5Dclose);
  check_written(static_cast<bool>(d), path);
}

void hdf5_writer::attribute(const std::string& path, const char* name, const std::string& value) {
  const auto type = text_type(value);
  write_attribute(path, name, type.get(), space_of({}), value.data());
}

void hdf5_writer::attribute(const std::string& path, const char* name, const vec3& v) {
  const std::array<double, 3> content{v.x, v.y, v.z};
  write_attribute(path, name, H5T_NATIVE_DOUBLE, space_of({3}), content.data());
}

void hdf5_writer::truth_attribute(const std::string& path, const char* name, bool value) {
  // As h5py writes truth values.
  hdf5_handle type(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose);
  const std::array<std::int8_t, 2> words{0, 1};
  H5Tenum_insert(type.get(), "FALSE", &words[0]);
  H5Tenum_insert(type.get(), "TRUE", &words[1]);
  write_attribute(path, name, type.get(), space_of({}), &words[value ? 1 : 0]);
}

void hdf5_writer::attribute(const std::string& path, const char* name, const std::vector<std::int64_t>& list) {
  write_attribute(path, name, H5T_NATIVE_INT64, space_of({list.size()}), list.data());
}

void hdf5_writer::attribute(const std::string& path, const char* name, const std::vector<std::string>& list) {
  std::vector<const char*> texts;
  for (const auto& text : list)
    texts.push_back(text.c_str());
  const auto type = any_text_type();
  write_attribute(path, name, type.get(), space_of({list.size()}), texts.data());
}

void hdf5_writer::unit_attribute(const std::string& path, double multiplier, const char* base) {
  struct unit {
    std::int64_t version;
    double multiplier;
    std::int64_t power;
  };

  hdf5_handle powers(H5Tcreate(H5T_COMPOUND, sizeof(std::int64_t)), H5Tclose);
  H5Tinsert(powers.get(), base, 0, H5T_NATIVE_INT64);
  hdf5_handle type(H5Tcreate(H5T_COMPOUND, sizeof(unit)), H5Tclose);
  H5Tinsert(type.get(), "__version__", HOFFSET(unit, version), H5T_NATIVE_INT64);
  H5Tinsert(type.get(), "multiplier", HOFFSET(unit, multiplier), H5T_NATIVE_DOUBLE);
  H5Tinsert(type.get(), "powers", HOFFSET(unit, power), powers.get());
  const unit content{2, multiplier, 1};
  write_attribute(path, "unit", type.get(), space_of({}), &content);
}

void hdf5_writer::reference_attribute(const std::string& path, const char* name, const std::string& target) {
  hobj_ref_t reference{};
  check_written(H5Rcreate(&reference, file_.get(), target.c_str(), H5R_OBJECT, -1) >= 0, target);
  write_attribute(path, name, H5T_STD_REF_OBJ, space_of({}), &reference);
}

void hdf5_writer::write(const std::string& path, hid_t type, const hdf5_handle& space, const void* content,
                        std::size_t count) {
  auto how = packed_if_long(space.get(), count);
  hdf5_handle d(H5Dcreate2(file_.get(), path.c_str(), type, space.get(), H5P_DEFAULT, how.get(), H5P_DEFAULT),
                H5Dclose);
  check_written(static_cast<bool>(d), path);
  check_written(count == 0 || H5Dwrite(d.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, content) >= 0, path);
}

void hdf5_writer::write_attribute(const std::string& path, const char* name, hid_t type, const hdf5_handle& space,
                                  const void* content) {
  hdf5_handle a(
    H5Acreate_by_name(file_.get(), path.c_str(), name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
    H5Aclose);
  const auto none = H5Sget_simple_extent_npoints(space.get()) == 0;
  check_written(a && (none || H5Awrite(a.get(), type, content) >= 0), fmt::format("attribute {} of {}", name, path));
}

status write_whole_file(const std::filesystem::path& file,
                        const std::function<void(const std::filesystem::path& part)>& write) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  auto part = file;
  part += ".part";
  std::error_code error;
  try {
    write(part);
    std::filesystem::rename(part, file);
    return nothing{};
  } catch (const hdf5_write_error& e) {
    std::filesystem::remove(part, error);
    return failure{"unwritable_file", fmt::format("{}: {}", file.string(), e.what())};
  } catch (const std::filesystem::filesystem_error& e) {
    std::filesystem::remove(part, error);
    return failure{"unwritable_file", fmt::format("{}: {}", file.string(), e.code().message())};
  }
}

} // namespace livedata
