#include "golden/hdf5_content.hpp"

#include "messages/json.hpp"
#include "workflows/geometry/hdf5_handle.hpp"

#include <stdexcept>
#include <utility>

namespace livedata::golden {

namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw std::runtime_error(path + ": " + why);
}

template <class T>
std::vector<T> read_as(hid_t dataset, hid_t memory_type, std::size_t n, const std::string& path) {
  std::vector<T> v(n);
  if (n > 0 && H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, v.data()) < 0)
    refuse(path, "cannot be read");
  return v;
}

} // namespace

struct hdf5_content::open_file {
  hdf5_handle file;

  hdf5_handle dataset(const std::string& path) const {
    hdf5_handle d(H5Dopen2(file.get(), path.c_str(), H5P_DEFAULT), H5Dclose);
    if (!d) refuse(path, "no such dataset");
    return d;
  }

  static std::vector<std::int64_t> shape(hid_t dataset) {
    hdf5_handle space(H5Dget_space(dataset), H5Sclose);
    std::vector<hsize_t> dims(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space.get())));
    H5Sget_simple_extent_dims(space.get(), dims.data(), nullptr);
    return {dims.begin(), dims.end()};
  }

  static std::size_t count(hid_t dataset) {
    std::size_t n = 1;
    for (auto length : shape(dataset))
      n *= static_cast<std::size_t>(length);
    return n;
  }

  hdf5_handle attribute(const std::string& path, const std::string& name) const {
    if (H5Aexists_by_name(file.get(), path.c_str(), name.c_str(), H5P_DEFAULT) <= 0) return {};
    return {H5Aopen_by_name(file.get(), path.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose};
  }
};

hdf5_content::hdf5_content(const std::filesystem::path& file) : file_(std::make_unique<open_file>()) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  file_->file = hdf5_handle(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!file_->file) refuse(file.string(), "cannot be opened");
}

hdf5_content::~hdf5_content() = default;
hdf5_content::hdf5_content(hdf5_content&&) noexcept = default;

bool hdf5_content::has(const std::string& path) const {
  for (auto end = path.find('/', 1);; end = path.find('/', end + 1)) {
    if (path != "/" && H5Lexists(file_->file.get(), path.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
    if (end == std::string::npos) return true;
  }
}

bool hdf5_content::is_dataset(const std::string& path) const {
  H5O_info_t info;
  return H5Oget_info_by_name2(file_->file.get(), path.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT) >= 0 &&
         info.type == H5O_TYPE_DATASET;
}

std::vector<std::string> hdf5_content::members(const std::string& group) const {
  hdf5_handle g(H5Gopen2(file_->file.get(), group.c_str(), H5P_DEFAULT), H5Gclose);
  if (!g) refuse(group, "no such group");
  std::vector<std::string> names;
  auto take = [](hid_t, const char* name, const H5L_info_t*, void* list) -> herr_t {
    static_cast<std::vector<std::string>*>(list)->emplace_back(name);
    return 0;
  };
  H5Literate(g.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, take, &names);
  return names;
}

variable hdf5_content::read(const std::string& dataset) const {
  const auto d = file_->dataset(dataset);
  const auto n = open_file::count(d.get());
  variable v;
  v.shape = open_file::shape(d.get());
  if (const auto dims = text(dataset, "dims")) v.dims = json::parse(*dims).get<std::vector<std::string>>();
  v.unit = text(dataset, "unit");
  const hdf5_handle type(H5Dget_type(d.get()), H5Tclose);
  const auto size = H5Tget_size(type.get());
  if (H5Tget_class(type.get()) == H5T_FLOAT) {
    if (size == 4)
      v.data = read_as<float>(d.get(), H5T_NATIVE_FLOAT, n, dataset);
    else
      v.data = read_as<double>(d.get(), H5T_NATIVE_DOUBLE, n, dataset);
  } else if (size <= 4) {
    v.data = read_as<std::int32_t>(d.get(), H5T_NATIVE_INT32, n, dataset);
  } else {
    v.data = read_as<std::int64_t>(d.get(), H5T_NATIVE_INT64, n, dataset);
  }
  return v;
}

std::vector<std::int64_t> hdf5_content::integers(const std::string& dataset) const {
  const auto d = file_->dataset(dataset);
  return read_as<std::int64_t>(d.get(), H5T_NATIVE_INT64, open_file::count(d.get()), dataset);
}

std::vector<double> hdf5_content::numbers(const std::string& dataset) const {
  const auto d = file_->dataset(dataset);
  return read_as<double>(d.get(), H5T_NATIVE_DOUBLE, open_file::count(d.get()), dataset);
}

std::optional<std::string> hdf5_content::text(const std::string& path, const std::string& attribute) const {
  const auto a = file_->attribute(path, attribute);
  if (!a) return std::nullopt;
  const hdf5_handle type(H5Aget_type(a.get()), H5Tclose);
  if (H5Tget_class(type.get()) != H5T_STRING) refuse(path, "attribute " + attribute + " is no text");
  if (H5Tis_variable_str(type.get()) > 0) {
    char* content = nullptr;
    if (H5Aread(a.get(), type.get(), &content) < 0) refuse(path, "attribute " + attribute + " cannot be read");
    std::string text = content != nullptr ? content : "";
    H5free_memory(content);
    return text;
  }
  std::string text(H5Tget_size(type.get()), '\0');
  if (H5Aread(a.get(), type.get(), text.data()) < 0) refuse(path, "attribute " + attribute + " cannot be read");
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

std::optional<std::int64_t> hdf5_content::integer(const std::string& path, const std::string& attribute) const {
  const auto a = file_->attribute(path, attribute);
  if (!a) return std::nullopt;
  std::int64_t value = 0;
  if (H5Aread(a.get(), H5T_NATIVE_INT64, &value) < 0) refuse(path, "attribute " + attribute + " cannot be read");
  return value;
}

} // namespace livedata::golden
