#include "workflows/geometry/nexus_excerpt.hpp"

#include "workflows/geometry/hdf5_faults.hpp"
#include "workflows/geometry/hdf5_handle.hpp"
#include "workflows/geometry/hdf5_packing.hpp"
#include "workflows/geometry/isolated.hpp"
#include "workflows/geometry/nexus_file.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

namespace {

using object = nexus_file::object;
using shape = std::vector<hsize_t>;

constexpr std::chrono::minutes longest_run{30};
constexpr std::size_t deepest_group = 64;
constexpr std::size_t vertices_per_pixel = 8;
constexpr std::size_t most_pixels = 100'000'000;

constexpr std::array<std::pair<const char*, std::size_t>, 3> axes{
  {{"x_pixel_offset", 0}, {"y_pixel_offset", 1}, {"z_pixel_offset", 2}}};

// The vertices of a pixel that a face has: from the first up to, without, the second.
std::pair<std::size_t, std::size_t> vertices_of(off_face f) {
  switch (f) {
  case off_face::inner:
    return {0, 4};
  case off_face::outer:
    return {4, vertices_per_pixel};
  default:
    return {0, vertices_per_pixel};
  }
}

shape lengths_of(hid_t space) {
  shape lengths(static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space))));
  H5Sget_simple_extent_dims(space, lengths.data(), nullptr);
  return lengths;
}

// Throws nexus_error throughout. Objects that have been copied are not copied again.
class excerpt_writer {
public:
  excerpt_writer(const std::filesystem::path& full, const std::filesystem::path& excerpt, excerpt_options options)
    : in_(full), options_(options), from_(H5Fopen(full.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose),
      to_(H5Fcreate(excerpt.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose) {
    if (!from_) throw nexus_error("cannot be opened a second time");
    if (!to_) throw nexus_error(excerpt.string() + " cannot be created");
  }

  void run() {
    copy_attributes("/");
    for (const auto& path : in_.groups_of("NXdetector"))
      copy_detector(path);
    for (const auto* nx_class : {"NXmonitor", "NXsource", "NXmoderator", "NXsample"})
      for (const auto& path : in_.groups_of(nx_class)) {
        make_group(path);
        copy_member(path, "depends_on");
      }
    for (const auto* nx_class : {"NXtransformations", "NXdisk_chopper"})
      for (const auto& path : in_.groups_of(nx_class))
        copy_all(path, false, 0);
    while (!wanted_.empty()) {
      auto path = std::move(wanted_.back());
      wanted_.pop_back();
      if (in_.what(path) == object::none) continue;
      make_group(parent_path(path));
      copy_all(path, false, 0);
    }
    if (H5Fflush(to_.get(), H5F_SCOPE_GLOBAL) < 0) throw nexus_error("the file cannot be written: is the disk full?");
  }

private:
  bool copied(const std::string& path) const {
    return path == "/" || H5Lexists(to_.get(), path.c_str(), H5P_DEFAULT) > 0;
  }

  static void check(bool good, const std::string& path) {
    if (!good) throw nexus_error(path + " cannot be copied");
  }

  // A group and those above it, without their members.
  void make_group(const std::string& path) {
    if (copied(path)) return;
    make_group(parent_path(path));
    hdf5_handle g(H5Gcreate2(to_.get(), path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
    check(static_cast<bool>(g), path);
    copy_attributes(path);
    follow(path);
  }

  void copy_attributes(const std::string& path) {
    struct where {
      hid_t to;
      const std::string& path;
    } target{to_.get(), path};

    auto copy = [](hid_t from, const char* name, const H5A_info_t*, void* data) -> herr_t {
      const auto& t = *static_cast<const where*>(data);
      hdf5_handle a(H5Aopen(from, name, H5P_DEFAULT), H5Aclose);
      hdf5_handle type(H5Aget_type(a.get()), H5Tclose);
      hdf5_handle space(H5Aget_space(a.get()), H5Sclose);
      if (!a || !type || !space) return -1;
      auto count = std::max<hssize_t>(0, H5Sget_simple_extent_npoints(space.get()));
      std::vector<std::byte> content(static_cast<std::size_t>(count) * H5Tget_size(type.get()));
      if (!content.empty() && H5Aread(a.get(), type.get(), content.data()) < 0) return -1;
      hdf5_handle b(
        H5Acreate_by_name(t.to, t.path.c_str(), name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose);
      auto written = b && (content.empty() || H5Awrite(b.get(), type.get(), content.data()) >= 0);
      if (!content.empty()) H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, content.data());
      return written ? 0 : -1;
    };
    hdf5_handle o(H5Oopen(from_.get(), path.c_str(), H5P_DEFAULT), H5Oclose);
    check(o && H5Aiterate2(o.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, copy, &target) >= 0,
          "an attribute of " + path);
  }

  // Notes where a chain goes on.
  void follow(const std::string& path) { want(parent_path(path), in_.text_attribute(path, "depends_on")); }

  void want(const std::string& group, const std::optional<std::string>& target) {
    if (target && !target->empty() && *target != ".") wanted_.push_back(resolved_path(group, *target));
  }

  void copy_member(const std::string& group, const std::string& name) {
    auto path = group + "/" + name;
    if (in_.what(path) == object::dataset) copy_dataset(path);
  }

  void copy_dataset(const std::string& path) {
    if (copied(path)) return;
    check(H5Ocopy(from_.get(), path.c_str(), to_.get(), path.c_str(), H5P_DEFAULT, H5P_DEFAULT) >= 0, path);
    follow(path);
    if (path.ends_with("/depends_on")) want(parent_path(path), in_.text(path));
  }

  // Its values are written anew, packed.
  void pack_member(const std::string& group, const std::string& name) {
    auto path = group + "/" + name;
    if (in_.what(path) != object::dataset || copied(path)) return;
    hdf5_handle d(H5Dopen2(from_.get(), path.c_str(), H5P_DEFAULT), H5Dclose);
    hdf5_handle type(H5Dget_type(d.get()), H5Tclose);
    hdf5_handle space(H5Dget_space(d.get()), H5Sclose);
    check(d && type && space, path);
    auto count = static_cast<std::size_t>(std::max<hssize_t>(0, H5Sget_simple_extent_npoints(space.get())));
    if (count > most_pixels) throw nexus_error(fmt::format("{} holds {} values", path, count));
    std::vector<std::byte> content(count * H5Tget_size(type.get()));
    if (!content.empty() && H5Dread(d.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, content.data()) < 0)
      throw nexus_error(fmt::format("{} cannot be read: {}", path, why_not_read(d.get())));
    write(path, type.get(), space.get(), count, content.data());
    copy_attributes(path);
  }

  void write(const std::string& path, hid_t type, hid_t space, std::size_t count, const void* content) {
    auto how = packed_if_long(space, count);
    hdf5_handle d(H5Dcreate2(to_.get(), path.c_str(), type, space, H5P_DEFAULT, how.get(), H5P_DEFAULT), H5Dclose);
    check(d && (count == 0 || H5Dwrite(d.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, content) >= 0), path);
  }

  // The same dataset of length 0.
  void copy_empty(const std::string& path) {
    if (copied(path)) return;
    hdf5_handle d(H5Dopen2(from_.get(), path.c_str(), H5P_DEFAULT), H5Dclose);
    hdf5_handle type(H5Dget_type(d.get()), H5Tclose);
    hdf5_handle space(H5Dget_space(d.get()), H5Sclose);
    check(d && type && space, path);
    auto lengths = lengths_of(space.get());
    if (lengths.empty()) return copy_dataset(path);
    lengths[0] = 0;
    hdf5_handle none(H5Screate_simple(static_cast<int>(lengths.size()), lengths.data(), nullptr), H5Sclose);
    write(path, type.get(), none.get(), 0, nullptr);
    copy_attributes(path);
    follow(path);
  }

  void copy_all(const std::string& path, bool in_log, std::size_t depth) {
    if (depth > deepest_group) throw nexus_error(fmt::format("{} lies more than {} groups deep", path, deepest_group));
    switch (in_.what(path)) {
    case object::dataset:
      return in_log ? copy_empty(path) : copy_dataset(path);
    case object::group: {
      make_group(path);
      auto log = in_log || in_.text_attribute(path, "NX_class") == "NXlog";
      for (const auto& name : in_.members(path))
        copy_all(path + "/" + name, log, depth + 1);
      return;
    }
    default:
      return;
    }
  }

  void copy_detector(const std::string& path) {
    make_group(path);
    pack_member(path, "detector_number");
    copy_member(path, "depends_on");
    auto mesh = options_.active_face && write_offsets_of_mesh(path, *options_.active_face);
    for (const auto& [name, axis] : axes)
      pack_member(path, name);
    if (!options_.pixel_shapes || mesh) return;
    copy_shape(path + "/pixel_shape");
    if (in_.what(path + "/x_pixel_offset") == object::none) copy_shape(path + "/detector_shape");
  }

  void copy_shape(const std::string& path) {
    if (in_.what(path) == object::group) copy_all(path, false, 0);
  }

  // Whether the detector has a mesh of eight vertices for each pixel, in their order, and no offsets.
  bool write_offsets_of_mesh(const std::string& path, off_face face) {
    auto vertices = path + "/pixel_shape/vertices";
    if (in_.what(path + "/x_pixel_offset") != object::none || in_.what(vertices) != object::dataset ||
        in_.what(path + "/pixel_shape/detector_faces") != object::none ||
        in_.what(path + "/detector_number") != object::dataset)
      return false;
    shape lengths;
    std::size_t pixels = 1;
    for (auto n : in_.shape(path + "/detector_number")) {
      lengths.push_back(n);
      pixels *= n;
    }
    if (pixels == 0 || pixels > most_pixels) return false;
    std::size_t there = 1;
    for (auto n : in_.shape(vertices))
      there *= n;
    if (there != pixels * vertices_per_pixel * axes.size()) return false;
    auto flat = in_.numbers(vertices, there);
    auto units = in_.text_attribute(vertices, "units").value_or("m");
    auto [first, last] = vertices_of(face);
    hdf5_handle space(lengths.empty() ? H5Screate(H5S_SCALAR)
                                      : H5Screate_simple(static_cast<int>(lengths.size()), lengths.data(), nullptr),
                      H5Sclose);
    for (const auto& [name, axis] : axes) {
      std::vector<double> offsets(pixels);
      for (std::size_t p = 0; p < pixels; ++p) {
        for (auto v = first; v < last; ++v)
          offsets[p] += flat[(p * vertices_per_pixel + v) * axes.size() + axis];
        offsets[p] /= static_cast<double>(last - first);
      }
      auto dataset = path + "/" + name;
      write(dataset, H5T_NATIVE_DOUBLE, space.get(), pixels, offsets.data());
      hdf5_handle type(H5Tcopy(H5T_C_S1), H5Tclose);
      H5Tset_size(type.get(), std::max<std::size_t>(1, units.size()));
      hdf5_handle one(H5Screate(H5S_SCALAR), H5Sclose);
      hdf5_handle a(H5Acreate_by_name(to_.get(), dataset.c_str(), "units", type.get(), one.get(), H5P_DEFAULT,
                                      H5P_DEFAULT, H5P_DEFAULT),
                    H5Aclose);
      check(a && H5Awrite(a.get(), type.get(), units.data()) >= 0, dataset);
    }
    return true;
  }

  nexus_file in_;
  excerpt_options options_;
  hdf5_handle from_;
  hdf5_handle to_;
  std::vector<std::string> wanted_;
};

} // namespace

status write_geometry_excerpt(const std::filesystem::path& full, const std::filesystem::path& excerpt,
                              const excerpt_options& options) {
  auto part = excerpt;
  part += ".part";
  auto done = run_isolated(
    [&] {
      excerpt_writer(full, part, options).run();
      return std::vector<std::byte>{};
    },
    longest_run);
  std::error_code error;
  if (!done) {
    std::filesystem::remove(part, error);
    return failure{"bad_file", fmt::format("{}: {}", full.string(), done.error().message)};
  }
  std::filesystem::rename(part, excerpt, error);
  if (error) return failure{"unwritable_file", fmt::format("{}: {}", excerpt.string(), error.message())};
  return nothing{};
}

} // namespace livedata
