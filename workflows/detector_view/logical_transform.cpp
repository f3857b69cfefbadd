#include "workflows/detector_view/logical_transform.hpp"

#include "workflows/parameter_model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <set>

namespace livedata {

namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw parameter_error(fmt::format("'{}' {}", path, what));
}

std::string shown(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string name_in(const json& value, const std::string& path) {
  if (!value.is_string() || value.get_ref<const std::string&>().empty())
    refuse(path, fmt::format("is {}, but must be the name of a dimension", shown(value)));
  return value.get<std::string>();
}

// A list of names, none of them twice.
std::vector<std::string> names_in(const json& value, const std::string& path) {
  if (!value.is_array() || value.empty())
    refuse(path, fmt::format("is {}, but must be a list of dimensions", shown(value)));
  std::vector<std::string> names;
  for (const auto& v : value) {
    names.push_back(name_in(v, path));
    if (std::count(names.begin(), names.end(), names.back()) > 1)
      refuse(path, fmt::format("names '{}' twice", names.back()));
  }
  return names;
}

const json& member(const json& step, const char* key, const std::string& path) {
  auto i = step.find(key);
  if (i == step.end()) refuse(path, fmt::format("has no '{}'", key));
  return *i;
}

// How far one step along each dimension moves in a row-major array.
std::vector<std::int64_t> row_major(const sized_dims& dims) {
  std::vector<std::int64_t> strides(dims.size());
  std::int64_t stride = 1;
  for (auto i = dims.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= dims[i].second;
  }
  return strides;
}

} // namespace

logical_transform::logical_transform(sized_dims input, const json& steps, const std::string& path,
                                     const named_size& named)
  : input_(std::move(input)), dims_(input_) {
  if (volume(input_) > std::numeric_limits<std::int32_t>::max())
    refuse(path, fmt::format("works on {}, which has too many elements", to_string(input_)));
  if (steps.is_null()) return;
  if (!steps.is_array()) refuse(path, fmt::format("is {}, but must be a list of steps", shown(steps)));
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto& step = steps[i];
    auto here = fmt::format("{}[{}]", path, i);
    if (!step.is_object()) refuse(here, fmt::format("is {}, but must be an object", shown(step)));
    auto is = [&](const char* key, bool with_argument, const char* argument) {
      if (!step.contains(key)) return false;
      for (const auto& [k, v] : step.items())
        if (k != key && k != "comment" && !(with_argument && k == argument))
          refuse(here, fmt::format("has an unknown key '{}'", k));
      return true;
    };
    if (is("fold", true, "into"))
      fold(step, here, named);
    else if (is("flatten", true, "into"))
      flatten(step, here);
    else if (is("transpose", false, ""))
      transpose(step, here);
    else if (is("rename", false, ""))
      rename(step, here);
    else if (is("slice", true, "index"))
      slice(step, here);
    else if (is("reduce", false, ""))
      reduce(step, here);
    else if (is("keep", false, ""))
      keep(step, here);
    else
      refuse(here, fmt::format("is {}, but must be one of: fold, flatten, transpose, rename, slice, reduce, keep",
                               shown(step)));
    check_names(here);
  }
}

std::size_t logical_transform::position(const json& dim, const std::string& path) const {
  auto name = name_in(dim, path);
  auto i = std::find_if(dims_.begin(), dims_.end(), [&](const auto& d) { return d.first == name; });
  if (i == dims_.end()) refuse(path, fmt::format("names '{}', but the dimensions here are {}", name, to_string(dims_)));
  return static_cast<std::size_t>(i - dims_.begin());
}

void logical_transform::check_names(const std::string& path) const {
  std::set<std::string_view> seen;
  for (const auto& [dim, size] : dims_)
    if (!seen.insert(dim).second) refuse(path, fmt::format("makes two dimensions '{}': {}", dim, to_string(dims_)));
}

void logical_transform::fold(const json& step, const std::string& path, const named_size& named) {
  auto at = position(step.at("fold"), path + ".fold");
  const auto& into = member(step, "into", path);
  if (!into.is_object() || into.empty()) refuse(path + ".into", "must be an object of dimensions with sizes");
  auto whole = dims_[at].second;
  sized_dims parts;
  std::optional<std::size_t> open;
  std::int64_t known = 1;
  for (const auto& [dim, value] : into.items()) {
    auto here = fmt::format("{}.into.{}", path, dim);
    std::int64_t size = 0;
    if (value.is_number_integer()) {
      size = value.get<std::int64_t>();
    } else if (value.is_string()) {
      auto found = named ? named(value.get_ref<const std::string&>()) : std::nullopt;
      if (!found) refuse(here, fmt::format("is {}, which is no size that is known here", shown(value)));
      size = *found;
    }
    if (size == -1 && !open)
      open = parts.size();
    else if (size < 1)
      refuse(here, fmt::format("is {}, but must be a whole number from 1, or -1 in one place", shown(value)));
    else
      known = known > whole / size ? whole + 1 : known * size;
    parts.emplace_back(dim, size);
  }
  if (open && whole % known == 0)
    parts[*open].second = whole / known;
  else if (open || known != whole)
    refuse(path, fmt::format("cannot fold '{}' of size {} into {}", dims_[at].first, whole, to_string(parts)));
  dims_.erase(dims_.begin() + static_cast<std::ptrdiff_t>(at));
  dims_.insert(dims_.begin() + static_cast<std::ptrdiff_t>(at), parts.begin(), parts.end());
}

void logical_transform::flatten(const json& step, const std::string& path) {
  auto names = names_in(step.at("flatten"), path + ".flatten");
  auto into = name_in(member(step, "into", path), path + ".into");
  auto first = position(names.front(), path + ".flatten");
  std::int64_t size = 1;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (position(names[i], path + ".flatten") != first + i)
      refuse(path, fmt::format("flattens {}, which do not stand side by side in this order in {}; transpose first",
                               fmt::join(names, ", "), to_string(dims_)));
    size *= dims_[first + i].second;
  }
  auto begin = dims_.begin() + static_cast<std::ptrdiff_t>(first);
  *begin = {into, size};
  dims_.erase(begin + 1, begin + static_cast<std::ptrdiff_t>(names.size()));
}

void logical_transform::transpose(const json& step, const std::string& path) {
  auto names = names_in(step.at("transpose"), path + ".transpose");
  if (names.size() != dims_.size()) refuse(path, fmt::format("must name all dimensions of {}", to_string(dims_)));
  sized_dims after;
  std::vector<std::size_t> from;
  for (const auto& name : names) {
    from.push_back(position(name, path + ".transpose"));
    after.push_back(dims_[from.back()]);
  }
  auto strides = row_major(after);
  pass p{dims_, std::vector<std::int64_t>(dims_.size()), {}};
  for (std::size_t i = 0; i < from.size(); ++i)
    p.strides[from[i]] = strides[i];
  passes_.push_back(std::move(p));
  dims_ = std::move(after);
}

void logical_transform::rename(const json& step, const std::string& path) {
  const auto& names = step.at("rename");
  if (!names.is_object() || names.empty()) refuse(path + ".rename", "must be an object of old and new names");
  auto after = dims_;
  for (const auto& [from, to] : names.items())
    after[position(from, path + ".rename")].first = name_in(to, path + ".rename");
  dims_ = std::move(after);
}

void logical_transform::slice(const json& step, const std::string& path) {
  auto at = position(step.at("slice"), path + ".slice");
  const auto& value = member(step, "index", path);
  auto size = dims_[at].second;
  auto index = value.is_number_integer() ? value.get<std::int64_t>() : size;
  if (index < -size || index >= size)
    refuse(path + ".index",
           fmt::format("is {}, but '{}' has indices 0 to {}", shown(value), dims_[at].first, size - 1));
  auto before = dims_;
  dims_.erase(dims_.begin() + static_cast<std::ptrdiff_t>(at));
  auto strides = row_major(dims_);
  strides.insert(strides.begin() + static_cast<std::ptrdiff_t>(at), 0);
  passes_.push_back({std::move(before), std::move(strides), std::pair{at, index < 0 ? index + size : index}});
}

void logical_transform::reduce(const json& step, const std::string& path) {
  std::set<std::size_t> gone;
  for (const auto& name : names_in(step.at("reduce"), path + ".reduce"))
    gone.insert(position(name, path + ".reduce"));
  add_up(gone);
}

void logical_transform::keep(const json& step, const std::string& path) {
  std::set<std::size_t> gone;
  for (std::size_t i = 0; i < dims_.size(); ++i)
    gone.insert(i);
  for (const auto& name : names_in(step.at("keep"), path + ".keep"))
    gone.erase(position(name, path + ".keep"));
  if (!gone.empty()) add_up(gone);
}

void logical_transform::add_up(const std::set<std::size_t>& gone) {
  auto before = dims_;
  sized_dims after;
  for (std::size_t i = 0; i < before.size(); ++i)
    if (!gone.contains(i)) after.push_back(before[i]);
  auto remaining = row_major(after);
  std::vector<std::int64_t> strides(before.size(), 0);
  for (std::size_t i = 0, j = 0; i < before.size(); ++i)
    if (!gone.contains(i)) strides[i] = remaining[j++];
  passes_.push_back({std::move(before), std::move(strides), {}});
  dims_ = std::move(after);
  reduces_ = true;
}

std::vector<std::int32_t> logical_transform::target() const {
  std::vector<std::int32_t> all(static_cast<std::size_t>(volume(input_)));
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = static_cast<std::int32_t>(i);
  for (const auto& p : passes_) {
    // Where each element of the array before the pass goes, then the same for the elements of the input.
    std::vector<std::int32_t> moved(static_cast<std::size_t>(volume(p.before)));
    std::vector<std::int64_t> index(p.before.size(), 0);
    std::int64_t to = 0;
    for (auto& m : moved) {
      m = p.kept && index[p.kept->first] != p.kept->second ? -1 : static_cast<std::int32_t>(to);
      for (auto i = index.size(); i-- > 0;) {
        to += p.strides[i];
        if (++index[i] < p.before[i].second) break;
        to -= p.strides[i] * p.before[i].second;
        index[i] = 0;
      }
    }
    for (auto& a : all)
      if (a >= 0) a = moved[static_cast<std::size_t>(a)];
  }
  return all;
}

} // namespace livedata
