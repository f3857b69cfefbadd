#include "workflows/geometry/nexus_writer.hpp"

#include "workflows/geometry/detector_geometry.hpp"
#include "workflows/geometry/hdf5_handle.hpp"
#include "workflows/geometry/hdf5_packing.hpp"
#include "workflows/geometry/nexus_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <stdexcept>

namespace livedata {

namespace {

class write_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

using shape = std::vector<hsize_t>;

// Every call throws write_error.
class nexus_writer {
public:
  explicit nexus_writer(const std::filesystem::path& file)
    : file_(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose) {
    check(static_cast<bool>(file_), "the file cannot be created");
  }

  // A group, unless it is there; its parents become groups as well.
  void group(const std::string& path, const std::string& nx_class) {
    if (path == "/" || exists(path)) return;
    group(parent_path(path), "NXcollection");
    hdf5_handle g(H5Gcreate2(file_.get(), path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
    check(static_cast<bool>(g), path);
    attribute(path, "NX_class", nx_class);
  }

  void text(const std::string& path, const std::string& value) {
    auto type = text_type(value);
    hdf5_handle space(H5Screate(H5S_SCALAR), H5Sclose);
    write(path, type.get(), space, value.data());
  }

  void numbers(const std::string& path, const std::vector<double>& content, const shape& lengths) {
    write(path, H5T_NATIVE_DOUBLE, space_of(lengths), content.data(), content.size());
  }

  void integers(const std::string& path, const std::vector<std::int32_t>& content, const shape& lengths) {
    write(path, H5T_NATIVE_INT32, space_of(lengths), content.data(), content.size());
  }

  void attribute(const std::string& path, const char* name, const std::string& value) {
    auto type = text_type(value);
    hdf5_handle space(H5Screate(H5S_SCALAR), H5Sclose);
    write_attribute(path, name, type.get(), space, value.data());
  }

  void attribute(const std::string& path, const char* name, const vec3& v) {
    std::array<double, 3> content{v.x, v.y, v.z};
    write_attribute(path, name, H5T_NATIVE_DOUBLE, space_of({3}), content.data());
  }

  bool exists(const std::string& path) const { return H5Lexists(file_.get(), path.c_str(), H5P_DEFAULT) > 0; }

private:
  static void check(bool good, const std::string& what) {
    if (!good) throw write_error(what + " cannot be written");
  }

  static hdf5_handle text_type(const std::string& value) {
    hdf5_handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), std::max<std::size_t>(value.size(), 1));
    H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
    H5Tset_cset(type.get(), H5T_CSET_UTF8);
    return type;
  }

  static hdf5_handle space_of(const shape& lengths) {
    return {lengths.empty() ? H5Screate(H5S_SCALAR)
                            : H5Screate_simple(static_cast<int>(lengths.size()), lengths.data(), nullptr),
            H5Sclose};
  }

  void write(const std::string& path, hid_t type, const hdf5_handle& space, const void* content,
             std::size_t count = 1) {
    auto how = packed_if_long(space.get(), count);
    hdf5_handle d(H5Dcreate2(file_.get(), path.c_str(), type, space.get(), H5P_DEFAULT, how.get(), H5P_DEFAULT),
                  H5Dclose);
    check(static_cast<bool>(d), path);
    check(count == 0 || H5Dwrite(d.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, content) >= 0, path);
  }

  void write_attribute(const std::string& path, const char* name, hid_t type, const hdf5_handle& space,
                       const void* content) {
    hdf5_handle a(
      H5Acreate_by_name(file_.get(), path.c_str(), name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
    check(a && H5Awrite(a.get(), type, content) >= 0, fmt::format("attribute {} of {}", name, path));
  }

  hdf5_handle file_;
};

void write_transformation(nexus_writer& out, const std::string& path, const transformation& t,
                          const std::string& next) {
  if (out.exists(path)) return;
  auto described = path;
  if (t.entry.empty()) {
    out.group(parent_path(path), "NXtransformations");
    out.numbers(path, {t.value.value_or(0)}, {});
    out.attribute(path, "units", t.unit);
  } else {
    out.group(parent_path(path), "NXpositioner");
    out.group(path, "NXlog");
    out.numbers(path + "/value", {}, {0});
    out.attribute(path + "/value", "units", t.unit);
    out.numbers(path + "/time", {}, {0});
    out.attribute(path + "/time", "units", "ns");
  }
  out.attribute(described, "transformation_type",
                t.kind == transformation_kind::rotation ? std::string("rotation") : std::string("translation"));
  out.attribute(described, "vector", t.vector);
  out.attribute(described, "offset", t.offset);
  out.attribute(described, "offset_units", "m");
  out.attribute(described, "depends_on", next);
}

void write_chain(nexus_writer& out, const std::string& group, const transformation_chain& chain) {
  std::vector<std::string> paths;
  for (const auto& t : chain.steps())
    paths.push_back(t.entry.empty() ? fmt::format("{}/transformations/{}_{}", group,
                                                  t.kind == transformation_kind::rotation ? "rotation" : "translation",
                                                  paths.size() + 1)
                                    : t.entry);
  out.text(group + "/depends_on", paths.empty() ? std::string(".") : paths.front());
  for (std::size_t i = 0; i < paths.size(); ++i)
    write_transformation(out, paths[i], chain.steps()[i], i + 1 < paths.size() ? paths[i + 1] : std::string("."));
}

void write_offsets(nexus_writer& out, const std::string& group, const std::vector<vec3>& positions,
                   const shape& lengths) {
  constexpr std::array<std::pair<const char*, double vec3::*>, 3> axes{
    {{"x_pixel_offset", &vec3::x}, {"y_pixel_offset", &vec3::y}, {"z_pixel_offset", &vec3::z}}};
  std::vector<double> content(positions.size());
  for (const auto& [name, axis] : axes) {
    for (std::size_t i = 0; i < positions.size(); ++i)
      content[i] = positions[i].*axis;
    auto path = fmt::format("{}/{}", group, name);
    out.numbers(path, content, lengths);
    out.attribute(path, "units", "m");
  }
}

void write_cylinder(nexus_writer& out, const std::string& group, const cylinder_shape& s) {
  auto path = group + "/pixel_shape";
  out.group(path, "NXcylindrical_geometry");
  // The middle of one end, a point on its rim, the middle of the other end.
  const auto& a = s.axis;
  const auto& r = s.radius;
  out.numbers(path + "/vertices",
              {-a.x / 2, -a.y / 2, -a.z / 2, r.x - a.x / 2, r.y - a.y / 2, r.z - a.z / 2, a.x / 2, a.y / 2, a.z / 2},
              {3, 3});
  out.attribute(path + "/vertices", "units", "m");
  out.integers(path + "/cylinders", {0, 1, 2}, {1, 3});
}

void write_detector(nexus_writer& out, const detector& d) {
  shape lengths;
  for (const auto& [dim, size] : d.sizes)
    lengths.push_back(static_cast<hsize_t>(size));
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(d.pixel_count()));
  std::iota(numbers.begin(), numbers.end(), d.first_pixel);
  out.group(d.nexus_group, "NXdetector");
  out.integers(d.nexus_group + "/detector_number", d.numbers ? *d.numbers : numbers, lengths);
  if (d.geometry.is_null()) {
    write_chain(out, d.nexus_group, {});
    return;
  }
  auto layout = make_layout(d);
  if (!layout) throw write_error(layout.error().message);
  write_offsets(out, d.nexus_group, layout->local.positions, lengths);
  if (layout->local.shape) write_cylinder(out, d.nexus_group, *layout->local.shape);
  write_chain(out, d.nexus_group, layout->chain);
}

} // namespace

status write_geometry_file(const instrument& inst, const std::filesystem::path& file) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  auto part = file;
  part += ".part";
  std::error_code error;
  try {
    {
      nexus_writer out(part);
      out.group("/entry", "NXentry");
      out.text("/entry/title", inst.title + (inst.note.empty() ? "" : ". " + inst.note));
      out.group("/entry/instrument", "NXinstrument");
      out.text("/entry/instrument/name", inst.name);
      out.group("/entry/sample", "NXsample");
      out.text("/entry/sample/depends_on", ".");
      for (const auto& d : inst.detectors)
        write_detector(out, d);
    }
    std::filesystem::rename(part, file);
    return nothing{};
  } catch (const write_error& e) {
    std::filesystem::remove(part, error);
    return failure{"unwritable_file", fmt::format("{}: {}", file.string(), e.what())};
  } catch (const std::filesystem::filesystem_error& e) {
    std::filesystem::remove(part, error);
    return failure{"unwritable_file", fmt::format("{}: {}", file.string(), e.code().message())};
  }
}

} // namespace livedata
