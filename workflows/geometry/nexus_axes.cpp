#include "workflows/geometry/nexus_axes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>

namespace livedata {

namespace {

using axis_lengths = std::vector<std::size_t>;
using axis_numbers = std::vector<std::size_t>;

constexpr std::int64_t most_axes = 64;

axis_numbers counted_from(std::size_t first, std::size_t count) {
  axis_numbers d(count);
  std::iota(d.begin(), d.end(), first);
  return d;
}

std::string shown_lengths(const axis_lengths& l) {
  return l.empty() ? std::string("one value") : fmt::format("{}", fmt::join(l, " x "));
}

// The axes of a group, and which dimension of detector_number each is.
struct group_axes {
  std::vector<std::string> names;
  // By position of the axis; nothing for one that detector_number has not, as a time of flight.
  std::vector<std::optional<std::size_t>> dimension;
};

// Of the signal of a group if the group has none, as in files of older versions.
std::vector<std::string> axis_names(const nexus_file& file, const std::string& group) {
  if (auto names = file.list_attribute(group, "axes")) return *names;
  auto signal = file.text_attribute(group, "signal").value_or("data");
  for (const auto& name : {signal, std::string("detector_number")}) {
    auto path = group + "/" + name;
    if (file.what(path) != nexus_file::object::dataset) continue;
    if (auto names = file.list_attribute(path, "axes")) return *names;
  }
  return {};
}

// Positions in the axes of the dimensions of detector_number, where nothing names them: the signal may have others
// before or after them.
std::size_t first_axis_of_detector(const nexus_file& file, const std::string& group, std::size_t axes,
                                   const axis_lengths& detector) {
  auto signal = group + "/" + file.text_attribute(group, "signal").value_or("data");
  if (axes <= detector.size() || file.what(signal) != nexus_file::object::dataset) return 0;
  auto all = file.shape(signal);
  if (all.size() != axes) return 0;
  auto found = std::search(all.begin(), all.end(), detector.begin(), detector.end());
  return found == all.end() ? 0 : static_cast<std::size_t>(found - all.begin());
}

group_axes axes_of(const nexus_file& file, const std::string& group, const axis_lengths& detector) {
  group_axes axes{axis_names(file, group), {}};
  axis_numbers position;
  if (auto given = file.indices_attribute(group, "detector_number_indices")) {
    if (given->size() != detector.size())
      throw nexus_error(fmt::format("attribute detector_number_indices of {} has {} numbers, but detector_number {} "
                                    "dimensions",
                                    group, given->size(), detector.size()));
    for (auto i : *given) {
      if (i < 0 || i >= most_axes)
        throw nexus_error(fmt::format("attribute detector_number_indices of {} names axis {}", group, i));
      position.push_back(static_cast<std::size_t>(i));
    }
  } else {
    position = counted_from(first_axis_of_detector(file, group, axes.names.size(), detector), detector.size());
  }
  for (std::size_t d = 0; d < position.size(); ++d) {
    if (position[d] >= axes.dimension.size()) axes.dimension.resize(position[d] + 1);
    axes.dimension[position[d]] = d;
  }
  return axes;
}

axis_numbers at_positions(const group_axes& axes, const std::vector<std::int64_t>& positions, const std::string& path) {
  axis_numbers along;
  for (auto p : positions) {
    auto i = static_cast<std::size_t>(p);
    if (p < 0 || i >= axes.dimension.size() || !axes.dimension[i])
      throw nexus_error(
        fmt::format("{} lies along axis {}, as its attributes say, which detector_number has not", path, p));
    along.push_back(*axes.dimension[i]);
  }
  return along;
}

// What attributes say of a field with these lengths; nothing if they say nothing.
std::optional<axis_numbers> along_by_attributes(const nexus_file& file, const std::string& group,
                                                const std::string& name, const axis_lengths& field,
                                                const axis_lengths& detector) {
  auto path = group + "/" + name;
  auto axes = axes_of(file, group, detector);
  if (auto given = file.indices_attribute(group, name + "_indices")) return at_positions(axes, *given, path);
  if (field.size() != 1) return std::nullopt;
  auto named = std::find(axes.names.begin(), axes.names.end(), name);
  if (named != axes.names.end()) return at_positions(axes, {named - axes.names.begin()}, path);
  if (auto axis = file.indices_attribute(path, "axis"); axis && axis->size() == 1)
    return at_positions(axes, {axis->front() - 1}, path);
  return std::nullopt;
}

std::optional<axis_numbers> along_by_lengths(const axis_lengths& field, const axis_lengths& detector) {
  if (field.size() > detector.size()) return std::nullopt;
  auto outer = detector.size() - field.size();
  if ((field.size() > 1 || outer == 0) &&
      std::equal(field.begin(), field.end(), detector.end() - static_cast<std::ptrdiff_t>(field.size())))
    return counted_from(outer, field.size());
  axis_numbers along;
  for (auto n : field) {
    if (std::count(detector.begin(), detector.end(), n) != 1) return std::nullopt;
    along.push_back(static_cast<std::size_t>(std::find(detector.begin(), detector.end(), n) - detector.begin()));
  }
  return along;
}

// Dimensions along which other offsets lie, as attributes say.
axis_numbers taken_by_others(const nexus_file& file, const std::string& group, const std::string& name,
                             const axis_lengths& detector) {
  axis_numbers taken;
  for (const std::string other : {"x_pixel_offset", "y_pixel_offset", "z_pixel_offset"}) {
    auto path = group + "/" + other;
    if (other == name || file.what(path) != nexus_file::object::dataset) continue;
    auto along = along_by_attributes(file, group, other, file.shape(path), detector);
    if (along && along->size() == 1) taken.push_back(along->front());
  }
  return taken;
}

// Of the dimensions that are left, the only one of that length, or the one that the name of the field stands for.
std::optional<axis_numbers> along_by_name(const std::string& name, const axis_lengths& field,
                                          const axis_lengths& detector, const axis_numbers& taken) {
  if (field.size() != 1) return std::nullopt;
  axis_numbers possible;
  for (std::size_t d = 0; d < detector.size(); ++d)
    if (detector[d] == field[0] && std::find(taken.begin(), taken.end(), d) == taken.end()) possible.push_back(d);
  if (possible.size() == 1) return possible;
  std::size_t from_last = name.starts_with('x') ? 1 : name.starts_with('y') ? 2 : 3;
  if (detector.size() < from_last) return std::nullopt;
  auto usual = detector.size() - from_last;
  if (std::find(possible.begin(), possible.end(), usual) == possible.end()) return std::nullopt;
  return axis_numbers{usual};
}

std::size_t pixels_in(const axis_lengths& l) {
  return std::accumulate(l.begin(), l.end(), std::size_t{1}, std::multiplies<>());
}

} // namespace

std::vector<std::size_t> nexus_dimensions(const nexus_file& file, const std::string& group, const std::string& name,
                                          const std::vector<std::size_t>& detector) {
  auto path = group + "/" + name;
  auto field = file.shape(path);
  if (std::all_of(field.begin(), field.end(), [](auto n) { return n == 1; })) return {};
  auto along = along_by_attributes(file, group, name, field, detector);
  if (!along) along = along_by_lengths(field, detector);
  if (!along) along = along_by_name(name, field, detector, taken_by_others(file, group, name, detector));
  // All pixels in one row, here or there.
  if (!along && (field.size() == 1 || detector.size() == 1) && pixels_in(field) == pixels_in(detector))
    return counted_from(0, detector.size());
  if (!along)
    throw nexus_error(fmt::format("{} holds {} numbers, but the detector has {} pixels, and no attribute says which of "
                                  "its dimensions the numbers lie along ({}_indices of its group)",
                                  path, shown_lengths(field), shown_lengths(detector), name));
  auto fits = along->size() == field.size();
  for (std::size_t i = 0; fits && i < field.size(); ++i)
    fits = field[i] == detector[(*along)[i]] &&
           std::find(along->begin(), along->begin() + static_cast<std::ptrdiff_t>(i), (*along)[i]) ==
             along->begin() + static_cast<std::ptrdiff_t>(i);
  if (!fits)
    throw nexus_error(fmt::format("{} holds {} numbers, but the detector has {} pixels, and attributes say that the "
                                  "numbers lie along its dimensions {} (counted from 0)",
                                  path, shown_lengths(field), shown_lengths(detector), fmt::join(*along, ", ")));
  return *along;
}

std::vector<double> spread(const std::vector<double>& content, const std::vector<std::size_t>& along,
                           const std::vector<std::size_t>& detector) {
  // How far the place in `content` moves with each dimension of the detector.
  axis_lengths step(detector.size(), 0);
  std::size_t inner = 1;
  for (std::size_t i = along.size(); i-- > 0; inner *= detector[along[i]])
    step[along[i]] = inner;
  const auto pixels = pixels_in(detector);
  std::vector<double> all;
  all.reserve(pixels);
  axis_lengths index(detector.size(), 0);
  std::size_t place = 0;
  while (all.size() < pixels) {
    all.push_back(content[place]);
    for (std::size_t d = detector.size(); d-- > 0;) {
      place += step[d];
      if (++index[d] < detector[d]) break;
      place -= step[d] * detector[d];
      index[d] = 0;
    }
  }
  return all;
}

} // namespace livedata
