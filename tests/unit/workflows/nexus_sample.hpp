// Small NeXus files for tests, made with the HDF5 library itself.
#pragma once

#include "workflows/geometry/hdf5_handle.hpp"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <unistd.h>
#include <vector>

namespace livedata::test {

// An HDF5 file in the temporary folder, open for writing; removed at the end.
class nexus_sample {
public:
  explicit nexus_sample(const std::string& name)
    : path_(std::filesystem::temp_directory_path() / ("livedata_" + std::to_string(getpid()) + "_" + name)),
      file_((H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr),
             H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)),
            H5Fclose) {}

  // A file with that content, open for changes.
  nexus_sample(const std::string& name, std::span<const std::byte> content)
    : path_(std::filesystem::temp_directory_path() / ("livedata_" + std::to_string(getpid()) + "_" + name)) {
    std::ofstream(path_, std::ios::binary)
      .write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
    file_ = hdf5_handle(H5Fopen(path_.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
  }

  nexus_sample(const nexus_sample&) = delete;
  nexus_sample& operator=(const nexus_sample&) = delete;

  ~nexus_sample() {
    close();
    std::filesystem::remove(path_);
  }

  const std::filesystem::path& path() const { return path_; }

  hid_t id() const { return file_.get(); }

  // No writing after this.
  void close() { file_ = hdf5_handle(); }

  void group(const std::string& path, const std::string& nx_class) {
    hdf5_handle g(H5Gcreate2(id(), path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
    attribute(path, "NX_class", nx_class);
  }

  void numbers(const std::string& path, const std::vector<double>& v, const std::vector<hsize_t>& dims,
               const std::string& units = {}) {
    data(path, H5T_NATIVE_DOUBLE, v.data(), v.empty(), dims);
    if (!units.empty()) attribute(path, "units", units);
  }

  void integers(const std::string& path, const std::vector<int>& v, const std::vector<hsize_t>& dims) {
    data(path, H5T_NATIVE_INT, v.data(), v.empty(), dims);
  }

  // Through a filter that is there.
  void packed_integers(const std::string& path, const std::vector<int>& v, const std::vector<hsize_t>& dims,
                       H5Z_filter_t filter) {
    hdf5_handle how(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_chunk(how.get(), static_cast<int>(dims.size()), dims.data());
    H5Pset_filter(how.get(), filter, H5Z_FLAG_MANDATORY, 0, nullptr);
    hdf5_handle space(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), H5Sclose);
    hdf5_handle d(H5Dcreate2(id(), path.c_str(), H5T_NATIVE_INT, space.get(), H5P_DEFAULT, how.get(), H5P_DEFAULT),
                  H5Dclose);
    H5Dwrite(d.get(), H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, v.data());
  }

  // A text of variable length, as Python's h5py writes them.
  void text(const std::string& path, const std::string& value) {
    hdf5_handle type = variable_text();
    const char* content = value.c_str();
    data(path, type.get(), &content, false, {});
  }

  void attribute(const std::string& path, const char* name, const std::string& value) {
    hdf5_handle type = variable_text();
    const char* content = value.c_str();
    hdf5_handle space(H5Screate(H5S_SCALAR), H5Sclose);
    attribute(path, name, type.get(), space.get(), &content);
  }

  void attribute(const std::string& path, const char* name, const std::vector<double>& v) {
    hsize_t n = v.size();
    hdf5_handle space(H5Screate_simple(1, &n, nullptr), H5Sclose);
    attribute(path, name, H5T_NATIVE_DOUBLE, space.get(), v.data());
  }

  void attribute(const std::string& path, const char* name, const std::vector<std::string>& list) {
    hdf5_handle type = variable_text();
    std::vector<const char*> content;
    for (const auto& text : list)
      content.push_back(text.c_str());
    hsize_t n = list.size();
    hdf5_handle space(H5Screate_simple(1, &n, nullptr), H5Sclose);
    attribute(path, name, type.get(), space.get(), static_cast<const void*>(content.data()));
  }

  void attribute(const std::string& path, const char* name, const std::vector<int>& list) {
    hsize_t n = list.size();
    hdf5_handle space(H5Screate_simple(1, &n, nullptr), H5Sclose);
    attribute(path, name, H5T_NATIVE_INT, space.get(), list.data());
  }

  void attribute(const std::string& path, const char* name, int number) {
    hdf5_handle space(H5Screate(H5S_SCALAR), H5Sclose);
    attribute(path, name, H5T_NATIVE_INT, space.get(), &number);
  }

  // An entry of a chain.
  void transformation(const std::string& path, const std::string& kind, const std::vector<double>& vector,
                      const std::string& next) {
    attribute(path, "transformation_type", kind);
    attribute(path, "vector", vector);
    attribute(path, "depends_on", next);
  }

  void remove(const std::string& path) { H5Ldelete(id(), path.c_str(), H5P_DEFAULT); }

  void remove_attribute(const std::string& path, const char* name) {
    H5Adelete_by_name(id(), path.c_str(), name, H5P_DEFAULT);
  }

  std::vector<std::byte> bytes() {
    close();
    std::ifstream in(path_, std::ios::binary);
    std::vector<char> content{std::istreambuf_iterator<char>(in), {}};
    const auto* first = reinterpret_cast<const std::byte*>(content.data());
    return {first, first + content.size()};
  }

private:
  static hdf5_handle variable_text() {
    hdf5_handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), H5T_VARIABLE);
    return type;
  }

  void data(const std::string& path, hid_t type, const void* content, bool empty, const std::vector<hsize_t>& dims) {
    hdf5_handle space(dims.empty() ? H5Screate(H5S_SCALAR)
                                   : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr),
                      H5Sclose);
    hdf5_handle d(H5Dcreate2(id(), path.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Dclose);
    if (!empty) H5Dwrite(d.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, content);
  }

  void attribute(const std::string& path, const char* name, hid_t type, hid_t space, const void* content) {
    hdf5_handle a(H5Acreate_by_name(id(), path.c_str(), name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                  H5Aclose);
    H5Awrite(a.get(), type, content);
  }

  std::filesystem::path path_;
  hdf5_handle file_;
};

// Six tubes of two pixels on a carriage that moves: chain bank -> turn (dataset) -> carriage (NXlog) -> end.
inline void write_bank(nexus_sample& file) {
  file.group("/entry", "NXentry");
  file.group("/entry/instrument", "NXinstrument");
  file.group("/entry/instrument/bank", "NXdetector");
  file.integers("/entry/instrument/bank/detector_number", {1, 2, 3, 4, 5, 6}, {3, 2});
  file.numbers("/entry/instrument/bank/x_pixel_offset", {-100, 100}, {2}, "mm");
  file.numbers("/entry/instrument/bank/y_pixel_offset", {-0.1, 0, 0.1}, {3}, "m");
  file.text("/entry/instrument/bank/depends_on", "transformations/turn");
  file.group("/entry/instrument/bank/transformations", "NXtransformations");
  file.numbers("/entry/instrument/bank/transformations/turn", {90}, {}, "deg");
  file.transformation("/entry/instrument/bank/transformations/turn", "rotation", {0, 0, 1},
                      "/entry/instrument/carriage/value");
  file.group("/entry/instrument/carriage", "NXpositioner");
  file.group("/entry/instrument/carriage/value", "NXlog");
  file.numbers("/entry/instrument/carriage/value/value", {}, {0}, "mm");
  file.transformation("/entry/instrument/carriage/value", "translation", {0, 0, 1}, ".");
  file.attribute("/entry/instrument/carriage/value", "offset", std::vector<double>{0, 0, 5});
  file.attribute("/entry/instrument/carriage/value", "offset_units", std::string("m"));
  file.group("/entry/instrument/bank/pixel_shape", "NXcylindrical_geometry");
  file.numbers("/entry/instrument/bank/pixel_shape/vertices", {-0.1, 0, 0, -0.1, 0.004, 0, 0.1, 0, 0}, {3, 3}, "m");
  file.integers("/entry/instrument/bank/pixel_shape/cylinders", {0, 1, 2}, {1, 3});
}

// Gives that bank a mesh of eight vertices for each of its pixels, in mm, in place of offsets and shape.
inline void replace_offsets_by_mesh(nexus_sample& file, const std::vector<double>& vertices) {
  const std::string bank = "/entry/instrument/bank";
  for (const auto* what : {"/x_pixel_offset", "/y_pixel_offset", "/pixel_shape"})
    file.remove(bank + what);
  file.group(bank + "/pixel_shape", "NXoff_geometry");
  file.numbers(bank + "/pixel_shape/vertices", vertices, {48, 3}, "mm");
}

} // namespace livedata::test
