#include "workflows/geometry/nexus_detector.hpp"

#include "workflows/geometry/isolated.hpp"
#include "workflows/geometry/layout_bytes.hpp"
#include "workflows/geometry/nexus_axes.hpp"
#include "workflows/geometry/nexus_shapes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace livedata {

namespace {

using object = nexus_file::object;

constexpr std::size_t longest_chain = 64;
constexpr std::chrono::minutes longest_read{5};

// The dataset with the value of an entry: itself, or the value of an NXlog.
std::string value_path(const nexus_file& file, const std::string& entry) {
  switch (file.what(entry)) {
  case object::dataset:
    return entry;
  case object::group:
    if (file.what(entry + "/value") == object::dataset) return entry + "/value";
    throw nexus_error(entry + " is a transformation without a dataset \"value\"");
  default:
    throw nexus_error(entry + " is named by a depends_on, but is missing");
  }
}

transformation read_entry(const nexus_file& file, const std::string& entry) {
  auto value = value_path(file, entry);
  transformation t;
  t.entry = entry;
  auto kind = file.text_attribute(entry, "transformation_type").value_or("nothing");
  if (kind != "translation" && kind != "rotation")
    throw nexus_error(
      fmt::format("{} has the transformation_type \"{}\"; allowed: translation, rotation", entry, kind));
  t.kind = kind == "rotation" ? transformation_kind::rotation : transformation_kind::translation;
  auto vector = file.vector_attribute(entry, "vector");
  if (!vector) throw nexus_error(entry + " has no attribute \"vector\"");
  t.vector = *vector;
  if (auto offset = file.vector_attribute(entry, "offset")) {
    auto unit = file.text_attribute(entry, "offset_units");
    // Zero is zero in any unit; what else it may be, nobody can tell.
    if (!unit && *offset != vec3{}) throw nexus_error(entry + " has an offset, but no attribute \"offset_units\"");
    auto metres = metres_per(unit.value_or("m"));
    if (!metres)
      throw nexus_error(fmt::format("{} has the offset_units \"{}\"; allowed: a unit of length", entry, *unit));
    t.offset = {offset->x * *metres, offset->y * *metres, offset->z * *metres};
  }
  auto unit = file.text_attribute(value, "units");
  if (!unit) unit = file.text_attribute(entry, "units");
  if (!unit) throw nexus_error(value + " has no attribute \"units\"");
  t.unit = *unit;
  auto shape = file.shape(value);
  std::size_t count = 1;
  for (auto length : shape)
    count = length > 1 || count > 1 ? 2 : length * count;
  if (count == 1) t.value = file.numbers(value, 1).at(0);
  return t;
}

// A pixel may have no position (not a number): it does not show.
bool bounded(const vec3& v) {
  return !std::isinf(v.x) && !std::isinf(v.y) && !std::isinf(v.z);
}

// One offset of each pixel, m; 0 if the file does not have it. `detector`: the lengths of detector_number.
std::vector<double> read_offsets(const nexus_file& file, const std::string& group, const char* name,
                                 const std::vector<std::size_t>& detector, std::size_t pixels) {
  auto path = group + "/" + name;
  if (file.what(path) != object::dataset) return std::vector<double>(pixels, 0.0);
  auto along = nexus_dimensions(file, group, name, detector);
  auto content = file.numbers(path, pixels);
  auto metres = metres_of_unit(file, path);
  for (auto& v : content)
    v *= metres;
  return spread(content, along, detector);
}

vec3 minus(const vec3& a, const vec3& b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}

cylinder_shape read_cylinder(const nexus_file& file, const std::string& shape) {
  auto points = read_points(file, shape + "/vertices", 3);
  if (points.size() != 3)
    throw nexus_error(
      fmt::format("{}/vertices holds {} points; allowed: three, of one cylinder for all pixels", shape, points.size()));
  std::vector<std::int32_t> order{0, 1, 2};
  if (file.what(shape + "/cylinders") == object::dataset) order = file.integers(shape + "/cylinders", 3);
  auto sorted = order;
  std::sort(sorted.begin(), sorted.end());
  if (sorted != std::vector<std::int32_t>{0, 1, 2})
    throw nexus_error(shape + "/cylinders does not name the points 0, 1 and 2, each once");
  auto point = [&](std::size_t i) { return points[static_cast<std::size_t>(order[i])]; };
  return {minus(point(2), point(0)), minus(point(1), point(0))};
}

// A shape that cannot be used is no reason to refuse the detector: most views need none.
void read_shape(const nexus_file& file, const std::string& shape, const std::string& nx_class, detector_geometry& to) {
  if (nx_class != "NXcylindrical_geometry") {
    to.no_shape = nx_class.empty() ? "the file has no pixel_shape of it"
                                   : fmt::format("{} is of class {}; needed: NXcylindrical_geometry", shape, nx_class);
    return;
  }
  try {
    to.shape = read_cylinder(file, shape);
  } catch (const nexus_error& e) {
    to.no_shape = e.what();
  }
}

std::size_t checked_pixels(const nexus_file& file, const std::string& group, std::size_t pixels) {
  if (file.what(group) != object::group) {
    auto there = file.groups_of("NXdetector");
    std::string known;
    for (const auto& path : there)
      known += (known.empty() ? "" : ", ") + path;
    throw nexus_error(
      fmt::format("there is no group {}; detectors in the file: {}", group, known.empty() ? "none" : known));
  }
  std::size_t count = 1;
  for (auto length : file.shape(group + "/detector_number"))
    count = length != 0 && count > pixels / length ? pixels + 1 : count * length;
  if (count != pixels)
    throw nexus_error(
      fmt::format("{}/detector_number holds {} numbers, but the instrument file says that it has {} pixels", group,
                  count > pixels ? "more" : std::to_string(count), pixels));
  return count;
}

} // namespace

transformation_chain read_nexus_chain(const nexus_file& file, const std::string& component) {
  std::vector<transformation> steps;
  if (file.what(component + "/depends_on") != object::dataset) return {};
  auto target = file.text(component + "/depends_on");
  auto group = component;
  std::set<std::string> seen;
  while (target != "." && !target.empty()) {
    auto entry = resolved_path(group, target);
    if (!seen.insert(entry).second) throw nexus_error("the depends_on chain comes back to " + entry);
    if (steps.size() == longest_chain)
      throw nexus_error(fmt::format("the depends_on chain of {} has more than {} entries", component, longest_chain));
    steps.push_back(read_entry(file, entry));
    auto next = file.text_attribute(entry, "depends_on");
    if (!next) throw nexus_error(entry + " has no attribute \"depends_on\"; the last of a chain has \".\"");
    target = *next;
    group = parent_path(entry);
  }
  return transformation_chain(std::move(steps));
}

std::vector<std::int32_t> read_nexus_numbers(const nexus_file& file, const std::string& group, std::size_t pixels) {
  return file.integers(group + "/detector_number", checked_pixels(file, group, pixels));
}

detector_layout read_nexus_layout(const nexus_file& file, const std::string& group, std::size_t pixels) {
  detector_layout layout;
  layout.local.detector_numbers = read_nexus_numbers(file, group, pixels);
  const auto lengths = file.shape(group + "/detector_number");
  auto shape = group + "/pixel_shape";
  auto shape_class =
    file.what(shape) == object::group ? file.text_attribute(shape, "NX_class").value_or("") : std::string();
  auto has = [&](const char* name) { return file.what(group + "/" + name) == object::dataset; };
  auto has_offsets = has("x_pixel_offset") || has("y_pixel_offset") || has("z_pixel_offset");
  auto by_shape = has_offsets ? std::nullopt : positions_of_shapes(file, group, layout.local.detector_numbers);
  if (by_shape) {
    layout.local.positions = std::move(*by_shape);
  } else {
    auto x = read_offsets(file, group, "x_pixel_offset", lengths, pixels);
    auto y = read_offsets(file, group, "y_pixel_offset", lengths, pixels);
    auto z = read_offsets(file, group, "z_pixel_offset", lengths, pixels);
    layout.local.positions.resize(pixels);
    for (std::size_t i = 0; i < pixels; ++i)
      layout.local.positions[i] = {x[i], y[i], z[i]};
  }
  if (!std::all_of(layout.local.positions.begin(), layout.local.positions.end(), bounded))
    throw nexus_error(group + " has pixels at infinity");
  read_shape(file, shape, shape_class, layout.local);
  layout.chain = read_nexus_chain(file, group);
  return layout;
}

std::vector<std::byte> read_isolated(const std::string& file,
                                     const std::function<std::vector<std::byte>(const nexus_file&)>& read) {
  auto bytes = run_isolated([&] { return read(nexus_file(std::filesystem::path(file))); }, longest_read);
  if (bytes) return std::move(bytes).value();
  const auto& f = bytes.error();
  if (f.reason == "refused") throw nexus_error(fmt::format("{}: {}", file, f.message));
  throw nexus_error(fmt::format("{}: reading it failed ({}); the file is damaged, replace it", file, f.message));
}

detector_layout make_nexus_layout(const detector& d, const json_node& node) {
  node.allow_keys({"kind", "file", "group"});
  auto name = node.at("file").text();
  auto given = node.find("group");
  auto group = given ? given->text() : d.nexus_group;
  auto pixels = static_cast<std::size_t>(d.pixel_count());
  return layout_of_bytes(
    read_isolated(name, [&](const nexus_file& file) { return to_bytes(read_nexus_layout(file, group, pixels)); }));
}

} // namespace livedata
