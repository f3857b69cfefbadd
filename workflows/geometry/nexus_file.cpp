#include "workflows/geometry/nexus_file.hpp"

#include "workflows/geometry/hdf5_faults.hpp"
#include "workflows/geometry/hdf5_filters.hpp"
#include "workflows/geometry/hdf5_handle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <mutex>
#include <set>

namespace livedata {

namespace {

constexpr std::size_t longest_text = 65536;
constexpr std::size_t most_objects = 1'000'000;
constexpr std::size_t deepest = 64;
// Of an attribute.
constexpr std::size_t longest_list = 64;

std::mutex& library_mutex() {
  static std::mutex mutex;
  return mutex;
}

// A text of fixed length may end in zeros or blanks.
std::string trimmed(std::string text) {
  text.resize(std::min(text.find('\0'), text.size()));
  while (!text.empty() && text.back() == ' ')
    text.pop_back();
  return text;
}

// The one text in a dataset or attribute. `read` fills a buffer of a memory type.
template <class Read>
std::string read_text(hid_t type, hid_t space, const std::string& where, Read read) {
  if (H5Tget_class(type) != H5T_STRING) throw nexus_error(where + " is no text");
  if (H5Sget_simple_extent_npoints(space) != 1) throw nexus_error(where + " holds not one text");
  hdf5_handle memory(H5Tcopy(type), H5Tclose);
  if (H5Tis_variable_str(type) > 0) {
    char* content = nullptr;
    if (read(memory.get(), &content) < 0) throw nexus_error(where + " cannot be read");
    std::string text = content != nullptr ? content : "";
    H5Dvlen_reclaim(memory.get(), space, H5P_DEFAULT, &content);
    return trimmed(text);
  }
  auto size = H5Tget_size(type);
  if (size == 0 || size > longest_text) throw nexus_error(where + " is a text of a length that cannot be");
  std::string text(size, '\0');
  if (read(memory.get(), text.data()) < 0) throw nexus_error(where + " cannot be read");
  return trimmed(text);
}

std::vector<std::string> taken_apart(const std::string& list) {
  std::vector<std::string> parts(1);
  for (auto c : list) {
    if (c == ':' || c == ',')
      parts.emplace_back();
    else if (c != ' ' && c != '[' && c != ']')
      parts.back() += c;
  }
  return parts;
}

void check_numeric(hid_t type, const std::string& where, bool whole) {
  auto c = H5Tget_class(type);
  if (c == H5T_INTEGER || (c == H5T_FLOAT && !whole)) return;
  throw nexus_error(fmt::format("{} holds no {}", where, whole ? "whole numbers" : "numbers"));
}

std::size_t checked_count(hid_t space, const std::string& where, std::size_t most) {
  auto n = H5Sget_simple_extent_npoints(space);
  if (n < 0) throw nexus_error(where + " has no extent");
  if (static_cast<std::size_t>(n) > most)
    throw nexus_error(fmt::format("{} holds {} numbers; allowed: at most {}", where, n, most));
  return static_cast<std::size_t>(n);
}

// The numbers of a compound value whose members have the types of this machine.
void take_members(hid_t type, const std::byte* at, const std::string& prefix, std::size_t depth,
                  std::vector<std::pair<std::string, double>>& to) {
  constexpr int most_members = 64;
  constexpr std::size_t most_nested = 4;
  const auto members = H5Tget_nmembers(type);
  if (members < 0 || members > most_members || depth > most_nested)
    throw nexus_error("a compound value has more members than can be");
  for (unsigned i = 0; i < static_cast<unsigned>(members); ++i) {
    hdf5_handle member(H5Tget_member_type(type, i), H5Tclose);
    auto* text = H5Tget_member_name(type, i);
    if (!member || text == nullptr) throw nexus_error("a compound value has a member that cannot be read");
    const auto name = prefix + text;
    H5free_memory(text);
    const auto* value = at + H5Tget_member_offset(type, i);
    const auto kind = H5Tget_class(member.get());
    if (kind == H5T_COMPOUND) {
      take_members(member.get(), value, name + "/", depth + 1, to);
    } else if (kind == H5T_INTEGER || kind == H5T_FLOAT) {
      std::array<std::byte, 64> room{};
      const auto size = H5Tget_size(member.get());
      if (size > room.size()) throw nexus_error("a compound value has a number of a size that cannot be");
      std::copy_n(value, size, room.begin());
      double x = 0;
      if (H5Tconvert(member.get(), H5T_NATIVE_DOUBLE, 1, room.data(), nullptr, H5P_DEFAULT) < 0)
        throw nexus_error("a compound value has a number that cannot be read");
      std::copy_n(room.begin(), sizeof x, reinterpret_cast<std::byte*>(&x));
      to.emplace_back(name, x);
    }
  }
}

} // namespace

struct nexus_file::open_file {
  std::unique_lock<std::mutex> lock{library_mutex()};
  hdf5_handle file;

  hdf5_handle dataset(const std::string& path) const {
    hdf5_handle d;
    if (kind(path) == object::dataset) d = hdf5_handle(H5Dopen2(file.get(), path.c_str(), H5P_DEFAULT), H5Dclose);
    if (!d) throw nexus_error(path + " is missing, or is no dataset");
    return d;
  }

  // Follows the path link by link: the library takes a missing link on the way for an error of its own.
  object kind(const std::string& path) const {
    for (auto end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1))
      if (!has_link(path.substr(0, end))) return object::none;
    if (path != "/" && !has_link(path)) return object::none;
    H5O_info_t info;
    if (H5Oget_info_by_name2(file.get(), path.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0) return object::none;
    return info.type == H5O_TYPE_GROUP     ? object::group
           : info.type == H5O_TYPE_DATASET ? object::dataset
                                           : object::other;
  }

  bool has_link(const std::string& path) const {
    return H5Lexists(file.get(), path.c_str(), H5P_DEFAULT) > 0 &&
           H5Oexists_by_name(file.get(), path.c_str(), H5P_DEFAULT) > 0;
  }

  hdf5_handle attribute(const std::string& path, const std::string& name) const {
    if (kind(path) == object::none || H5Aexists_by_name(file.get(), path.c_str(), name.c_str(), H5P_DEFAULT) <= 0)
      return {};
    hdf5_handle a(H5Aopen_by_name(file.get(), path.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    if (!a) throw nexus_error(fmt::format("attribute {} of {} cannot be opened", name, path));
    return a;
  }
};

nexus_file::nexus_file(const std::filesystem::path& file) : file_(std::make_unique<open_file>()) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  register_hdf5_filters();
  file_->file = hdf5_handle(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!file_->file) throw nexus_error("cannot be opened as an HDF5 file: " + why_not_open(file));
}

nexus_file::nexus_file(std::span<const std::byte> image) : file_(std::make_unique<open_file>()) {
  constexpr std::size_t increment = 65536;
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  register_hdf5_filters();
  hdf5_handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  auto* bytes = const_cast<std::byte*>(image.data()); // the library copies them
  if (image.empty() || H5Pset_fapl_core(access.get(), increment, 0) < 0 ||
      H5Pset_file_image(access.get(), bytes, image.size()) < 0)
    throw nexus_error("cannot be opened as an HDF5 file: it is empty");
  file_->file = hdf5_handle(H5Fopen("image", H5F_ACC_RDONLY, access.get()), H5Fclose);
  if (!file_->file) throw nexus_error("cannot be opened as an HDF5 file: it is cut short, or something else");
}

nexus_file::~nexus_file() = default;

nexus_file::object nexus_file::what(const std::string& path) const {
  return file_->kind(path);
}

std::vector<std::string> nexus_file::members(const std::string& group) const {
  if (what(group) != object::group) throw nexus_error(group + " is missing, or is no group");
  hdf5_handle g(H5Gopen2(file_->file.get(), group.c_str(), H5P_DEFAULT), H5Gclose);
  if (!g) throw nexus_error(group + " cannot be opened");
  std::vector<std::string> names;
  auto take = [](hid_t, const char* name, const H5L_info_t*, void* list) -> herr_t {
    static_cast<std::vector<std::string>*>(list)->emplace_back(name);
    return static_cast<std::vector<std::string>*>(list)->size() > most_objects ? -1 : 0;
  };
  if (H5Literate(g.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, take, &names) < 0)
    throw nexus_error(group + " cannot be listed");
  return names;
}

std::vector<std::string> nexus_file::groups_of(const std::string& nx_class) const {
  std::vector<std::string> found;
  std::set<haddr_t> seen;
  std::vector<std::pair<std::string, std::size_t>> open{{"/", 0}};
  while (!open.empty()) {
    auto [path, depth] = std::move(open.back());
    open.pop_back();
    H5O_info_t info;
    if (H5Oget_info_by_name2(file_->file.get(), path.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0 ||
        !seen.insert(info.addr).second)
      continue;
    if (seen.size() > most_objects || depth > deepest) throw nexus_error("holds more groups than a file of the field");
    if (text_attribute(path, "NX_class") == nx_class) found.push_back(path);
    for (const auto& name : members(path)) {
      auto member = path == "/" ? path + name : path + "/" + name;
      if (what(member) == object::group) open.emplace_back(std::move(member), depth + 1);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::size_t> nexus_file::shape(const std::string& dataset) const {
  auto d = file_->dataset(dataset);
  hdf5_handle space(H5Dget_space(d.get()), H5Sclose);
  auto rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0 || rank > H5S_MAX_RANK) throw nexus_error(dataset + " has no shape");
  std::vector<hsize_t> lengths(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space.get(), lengths.data(), nullptr);
  return {lengths.begin(), lengths.end()};
}

std::vector<double> nexus_file::numbers(const std::string& dataset, std::size_t most) const {
  auto d = file_->dataset(dataset);
  hdf5_handle type(H5Dget_type(d.get()), H5Tclose);
  hdf5_handle space(H5Dget_space(d.get()), H5Sclose);
  check_numeric(type.get(), dataset, false);
  std::vector<double> content(checked_count(space.get(), dataset, most));
  if (!content.empty() && H5Dread(d.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, content.data()) < 0)
    throw nexus_error(fmt::format("{} cannot be read: {}", dataset, why_not_read(d.get())));
  return content;
}

std::vector<std::int64_t> nexus_file::whole_numbers(const std::string& dataset, std::size_t most) const {
  auto d = file_->dataset(dataset);
  hdf5_handle type(H5Dget_type(d.get()), H5Tclose);
  hdf5_handle space(H5Dget_space(d.get()), H5Sclose);
  check_numeric(type.get(), dataset, true);
  std::vector<std::int64_t> content(checked_count(space.get(), dataset, most));
  if (!content.empty() && H5Dread(d.get(), H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, content.data()) < 0)
    throw nexus_error(fmt::format("{} cannot be read: {}", dataset, why_not_read(d.get())));
  return content;
}

std::vector<std::int32_t> nexus_file::integers(const std::string& dataset, std::size_t most) const {
  const auto content = whole_numbers(dataset, most);
  std::vector<std::int32_t> small(content.size());
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (content[i] < std::numeric_limits<std::int32_t>::min() || content[i] > std::numeric_limits<std::int32_t>::max())
      throw nexus_error(fmt::format("{} holds {}; allowed: numbers of 32 bits", dataset, content[i]));
    small[i] = static_cast<std::int32_t>(content[i]);
  }
  return small;
}

std::string nexus_file::text(const std::string& dataset) const {
  auto d = file_->dataset(dataset);
  hdf5_handle type(H5Dget_type(d.get()), H5Tclose);
  hdf5_handle space(H5Dget_space(d.get()), H5Sclose);
  return read_text(type.get(), space.get(), dataset, [&](hid_t memory, void* buffer) {
    return H5Dread(d.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
  });
}

std::optional<std::string> nexus_file::text_attribute(const std::string& path, const std::string& name) const {
  auto a = file_->attribute(path, name);
  if (!a) return std::nullopt;
  hdf5_handle type(H5Aget_type(a.get()), H5Tclose);
  hdf5_handle space(H5Aget_space(a.get()), H5Sclose);
  return read_text(type.get(), space.get(), fmt::format("attribute {} of {}", name, path),
                   [&](hid_t memory, void* buffer) { return H5Aread(a.get(), memory, buffer); });
}

std::optional<vec3> nexus_file::vector_attribute(const std::string& path, const std::string& name) const {
  auto a = file_->attribute(path, name);
  if (!a) return std::nullopt;
  auto where = fmt::format("attribute {} of {}", name, path);
  hdf5_handle type(H5Aget_type(a.get()), H5Tclose);
  hdf5_handle space(H5Aget_space(a.get()), H5Sclose);
  check_numeric(type.get(), where, false);
  if (checked_count(space.get(), where, 3) != 3) throw nexus_error(where + " holds not three numbers");
  std::array<double, 3> v{};
  if (H5Aread(a.get(), H5T_NATIVE_DOUBLE, v.data()) < 0) throw nexus_error(where + " cannot be read");
  return vec3{v[0], v[1], v[2]};
}

std::optional<std::vector<std::string>> nexus_file::list_attribute(const std::string& path,
                                                                   const std::string& name) const {
  auto a = file_->attribute(path, name);
  if (!a) return std::nullopt;
  auto where = fmt::format("attribute {} of {}", name, path);
  hdf5_handle type(H5Aget_type(a.get()), H5Tclose);
  hdf5_handle space(H5Aget_space(a.get()), H5Sclose);
  auto count = checked_count(space.get(), where, longest_list);
  if (count == 0) return std::vector<std::string>{};
  if (count == 1) return taken_apart(*text_attribute(path, name));
  if (H5Tget_class(type.get()) != H5T_STRING) throw nexus_error(where + " is no text");
  hdf5_handle memory(H5Tcopy(type.get()), H5Tclose);
  std::vector<std::string> list;
  if (H5Tis_variable_str(type.get()) > 0) {
    std::vector<char*> content(count, nullptr);
    if (H5Aread(a.get(), memory.get(), static_cast<void*>(content.data())) < 0)
      throw nexus_error(where + " cannot be read");
    for (const auto* text : content)
      list.push_back(trimmed(text != nullptr ? text : ""));
    H5Dvlen_reclaim(memory.get(), space.get(), H5P_DEFAULT, static_cast<void*>(content.data()));
    return list;
  }
  auto size = H5Tget_size(type.get());
  if (size == 0 || size > longest_text) throw nexus_error(where + " has texts of a length that cannot be");
  std::string content(count * size, '\0');
  if (H5Aread(a.get(), memory.get(), content.data()) < 0) throw nexus_error(where + " cannot be read");
  for (std::size_t i = 0; i < count; ++i)
    list.push_back(trimmed(content.substr(i * size, size)));
  return list;
}

std::optional<std::vector<std::int64_t>> nexus_file::indices_attribute(const std::string& path,
                                                                       const std::string& name) const {
  auto a = file_->attribute(path, name);
  if (!a) return std::nullopt;
  auto where = fmt::format("attribute {} of {}", name, path);
  hdf5_handle type(H5Aget_type(a.get()), H5Tclose);
  hdf5_handle space(H5Aget_space(a.get()), H5Sclose);
  check_numeric(type.get(), where, true);
  std::vector<std::int64_t> list(checked_count(space.get(), where, longest_list));
  if (!list.empty() && H5Aread(a.get(), H5T_NATIVE_INT64, list.data()) < 0)
    throw nexus_error(where + " cannot be read");
  return list;
}

std::optional<std::vector<std::pair<std::string, double>>>
nexus_file::compound_attribute(const std::string& path, const std::string& name) const {
  auto a = file_->attribute(path, name);
  if (!a) return std::nullopt;
  hdf5_handle type(H5Aget_type(a.get()), H5Tclose);
  hdf5_handle space(H5Aget_space(a.get()), H5Sclose);
  auto where = fmt::format("attribute {} of {}", name, path);
  if (H5Tget_class(type.get()) != H5T_COMPOUND) return std::nullopt;
  if (checked_count(space.get(), where, 1) != 1) throw nexus_error(where + " holds not one value");
  hdf5_handle native(H5Tget_native_type(type.get(), H5T_DIR_ASCEND), H5Tclose);
  if (!native || H5Tget_size(native.get()) > longest_text) throw nexus_error(where + " cannot be read");
  std::vector<std::byte> content(H5Tget_size(native.get()));
  if (H5Aread(a.get(), native.get(), content.data()) < 0) throw nexus_error(where + " cannot be read");
  std::vector<std::pair<std::string, double>> numbers;
  take_members(native.get(), content.data(), "", 0, numbers);
  return numbers;
}

std::string parent_path(const std::string& path) {
  auto slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string resolved_path(const std::string& group, const std::string& target) {
  auto path = target.starts_with('/') ? target : (group == "/" ? group : group + "/") + target;
  // Parts "." and ".." and empty ones fall away.
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= path.size();) {
    auto end = std::min(path.find('/', begin), path.size());
    auto part = path.substr(begin, end - begin);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    begin = end + 1;
  }
  std::string clean;
  for (const auto& part : parts)
    clean += "/" + part;
  return clean.empty() ? "/" : clean;
}

} // namespace livedata
