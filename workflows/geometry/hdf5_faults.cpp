#include "workflows/geometry/hdf5_faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <unistd.h>

namespace livedata {

namespace {

// What the library says of its last failed call, from the call down to where it failed.
std::string error_texts() {
  std::string all;
  auto add = [](unsigned, const H5E_error2_t* e, void* to) -> herr_t {
    if (e->desc != nullptr) static_cast<std::string*>(to)->append(e->desc).append("; ");
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, add, &all);
  return all;
}

// In Debian, of filters that programs of the field use.
std::string_view package_of(H5Z_filter_t filter) {
  constexpr H5Z_filter_t blosc = 32001;
  constexpr std::array<H5Z_filter_t, 3> collected{307, 32004, 32008}; // bzip2, LZ4, bitshuffle
  if (filter == blosc) return "hdf5-filter-plugin-blosc-serial";
  if (std::find(collected.begin(), collected.end(), filter) != collected.end()) return "hdf5-filter-plugin";
  return {};
}

} // namespace

std::string why_not_open(const std::filesystem::path& file) {
  const auto texts = error_texts();
  auto said = [&](std::string_view part) { return texts.find(part) != std::string::npos; };
  if (access(file.c_str(), R_OK) != 0) return std::strerror(errno);
  if (said("unable to lock file"))
    return "a program has it open for writing and has locked it; wait until it is closed, or use a copy";
  if (said("already open for write"))
    return "it is marked as open for writing: its writer still runs, or ended without closing it; in the latter case "
           "'h5clear --status' takes the mark away";
  if (said("truncated file")) return "it is cut short; copy it again";
  if (said("file signature not found")) return "it is cut short, or something else than an HDF5 file";
  return "it is damaged";
}

std::string why_not_read(hid_t dataset) {
  hdf5_handle how(H5Dget_create_plist(dataset), H5Pclose);
  const auto count = how ? H5Pget_nfilters(how.get()) : 0;
  for (unsigned i = 0; static_cast<int>(i) < count; ++i) {
    std::array<char, 64> name{};
    unsigned flags = 0;
    unsigned config = 0;
    std::size_t values = 0;
    auto filter = H5Pget_filter2(how.get(), i, &flags, &values, nullptr, name.size() - 1, name.data(), &config);
    if (filter < 0 || H5Zfilter_avail(filter) > 0) continue;
    auto package = package_of(filter);
    return fmt::format(
      "it is packed with the filter \"{}\" ({}), which is not installed here; {}, or rewrite the file: "
      "h5repack -f GZIP=1",
      name.data(), filter,
      package.empty() ? std::string("install the HDF5 plugin for it") : fmt::format("install the package {}", package));
  }
  return "it is damaged";
}

} // namespace livedata
