#include "workflows/geometry/nexus_writer.hpp"

#include "workflows/geometry/beamline.hpp"
#include "workflows/geometry/detector_geometry.hpp"
#include "workflows/geometry/hdf5_writer.hpp"
#include "workflows/geometry/nexus_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <numbers>
#include <numeric>
#include <optional>

namespace livedata {

namespace {

void write_transformation(hdf5_writer& out, const std::string& path, const transformation& t, const std::string& next) {
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

void write_chain(hdf5_writer& out, const std::string& group, const transformation_chain& chain) {
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

struct named_axis {
  const char* offset;
  double vec3::*component;
};

constexpr std::array<named_axis, 3> offset_axes{
  {{"x_pixel_offset", &vec3::x}, {"y_pixel_offset", &vec3::y}, {"z_pixel_offset", &vec3::z}}};

void write_offsets(hdf5_writer& out, const std::string& group, const std::vector<vec3>& positions,
                   const hdf5_shape& lengths) {
  std::vector<double> content(positions.size());
  for (const auto& axis : offset_axes) {
    for (std::size_t i = 0; i < positions.size(); ++i)
      content[i] = positions[i].*axis.component;
    auto path = fmt::format("{}/{}", group, axis.offset);
    out.numbers(path, content, lengths);
    out.attribute(path, "units", "m");
  }
}

// Readers of the field want offsets even where they do without positions.
void write_unknown_offsets(hdf5_writer& out, const std::string& group, const hdf5_shape& lengths) {
  for (const auto& axis : offset_axes) {
    auto path = fmt::format("{}/{}", group, axis.offset);
    out.unknown_numbers(path, lengths);
    out.attribute(path, "units", "m");
  }
}

void write_cylinder(hdf5_writer& out, const std::string& group, const cylinder_shape& s) {
  auto path = group + "/pixel_shape";
  out.group(path, "NXcylindrical_geometry");
  // The middle of one end, a point on its rim, the middle of the other end.
  const auto& a = s.axis;
  const auto& r = s.radius;
  out.numbers(path + "/vertices",
              {-a.x / 2, -a.y / 2, -a.z / 2, r.x - a.x / 2, r.y - a.y / 2, r.z - a.z / 2, a.x / 2, a.y / 2, a.z / 2},
              {3, 3});
  out.attribute(path + "/vertices", "units", "m");
  out.integers(path + "/cylinders", std::vector<std::int32_t>{0, 1, 2}, {1, 3});
}

std::vector<std::int32_t> numbers_of_pixels(const detector& d) {
  if (d.numbers) return *d.numbers;
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(d.pixel_count()));
  std::iota(numbers.begin(), numbers.end(), d.first_pixel);
  return numbers;
}

// One group of a file, which may be a part of a detector, and how its pixels are folded.
struct detector_group {
  std::string path;
  // By their place in the detector; empty: all of them.
  std::vector<std::size_t> pixels;
  hdf5_shape lengths;
};

detector_group whole_of(const detector& d) {
  detector_group g{d.nexus_group, {}, {}};
  if (!d.folded_in_nexus) g.lengths = {static_cast<hsize_t>(d.pixel_count())};
  for (const auto& [dim, size] : d.sizes)
    if (d.folded_in_nexus) g.lengths.push_back(static_cast<hsize_t>(size));
  return g;
}

// The groups with each pixel in the one of its index along the dimensions that tell them apart.
std::vector<detector_group> groups_of(const detector& d) {
  const auto& [along, paths] = d.nexus_parts;
  if (paths.empty()) return {whole_of(d)};
  std::vector<detector_group> groups;
  for (const auto& path : paths)
    groups.push_back({path, {}, {}});
  auto tells_apart = [&](const std::string& dim) { return std::find(along.begin(), along.end(), dim) != along.end(); };
  for (auto& g : groups)
    for (const auto& [dim, size] : d.sizes)
      if (!tells_apart(dim)) g.lengths.push_back(static_cast<hsize_t>(size));
  for (std::size_t pixel = 0; pixel < static_cast<std::size_t>(d.pixel_count()); ++pixel) {
    std::map<std::string, std::size_t> index;
    auto rest = pixel;
    for (auto s = d.sizes.rbegin(); s != d.sizes.rend(); ++s) {
      index[s->first] = rest % static_cast<std::size_t>(s->second);
      rest /= static_cast<std::size_t>(s->second);
    }
    std::size_t group = 0;
    for (const auto& dim : along)
      for (const auto& [name, size] : d.sizes)
        if (name == dim) group = group * static_cast<std::size_t>(size) + index[name];
    groups[group].pixels.push_back(pixel);
  }
  return groups;
}

template <class T>
std::vector<T> chosen_pixels(const std::vector<T>& all, const std::vector<std::size_t>& places) {
  if (places.empty()) return all;
  std::vector<T> part;
  part.reserve(places.size());
  for (auto i : places)
    part.push_back(all[i]);
  return part;
}

void write_detector(hdf5_writer& out, const detector& d) {
  auto numbers = numbers_of_pixels(d);
  std::optional<detector_layout> layout;
  if (!d.geometry.is_null()) {
    auto made = make_layout(d);
    if (!made) throw hdf5_write_error(made.error().message);
    layout = std::move(made).value();
  }
  for (const auto& g : groups_of(d)) {
    out.group(g.path, "NXdetector");
    out.integers(g.path + "/detector_number", chosen_pixels(numbers, g.pixels), g.lengths);
    if (layout)
      write_offsets(out, g.path, chosen_pixels(layout->local.positions, g.pixels), g.lengths);
    else
      write_unknown_offsets(out, g.path, g.lengths);
    if (layout && layout->local.shape) write_cylinder(out, g.path, *layout->local.shape);
    write_chain(out, g.path, layout ? layout->chain : transformation_chain());
  }
}

void write_component(hdf5_writer& out, const std::string& group, const char* nx_class,
                     const transformation_chain& chain) {
  out.group(group, nx_class);
  write_chain(out, group, chain);
}

void write_chopper(hdf5_writer& out, const chopper_disk& disk) {
  constexpr auto degrees = 180 / std::numbers::pi;
  const auto group = "/entry/instrument/" + disk.name;
  write_component(out, group, "NXdisk_chopper", disk.chain);
  std::vector<double> edges;
  for (const auto& [begin, end] : disk.slits)
    edges.insert(edges.end(), {begin * degrees, end * degrees});
  const auto count = edges.size();
  out.numbers(group + "/slit_edges", edges, {count});
  out.attribute(group + "/slit_edges", "units", "deg");
  out.numbers(group + "/beam_position", {disk.beam_position * degrees}, {});
  out.attribute(group + "/beam_position", "units", "deg");
  if (!disk.phase) return;
  out.numbers(group + "/phase", {*disk.phase * degrees}, {});
  out.attribute(group + "/phase", "units", "deg");
}

// The sample has a group in any case.
void write_beamline(hdf5_writer& out, const instrument& inst) {
  beamline b;
  if (!inst.beamline.is_null()) {
    auto read = read_beamline(inst);
    if (!read) throw hdf5_write_error(read.error().message);
    b = std::move(read).value();
  }
  write_component(out, "/entry/sample", "NXsample", b.sample.value_or(transformation_chain{}));
  if (b.source) write_component(out, "/entry/instrument/source", "NXsource", *b.source);
  if (b.moderator) write_component(out, "/entry/instrument/moderator", "NXmoderator", *b.moderator);
  for (const auto& [name, chain] : b.monitors)
    write_component(out, "/entry/instrument/" + name, "NXmonitor", chain);
  for (const auto& disk : b.choppers)
    write_chopper(out, disk);
}

} // namespace

status write_geometry_file(const instrument& inst, const std::filesystem::path& file) {
  return write_whole_file(file, [&](const std::filesystem::path& part) {
    hdf5_writer out(part);
    out.group("/entry", "NXentry");
    out.text("/entry/title", inst.title + (inst.note.empty() ? "" : ". " + inst.note));
    out.group("/entry/instrument", "NXinstrument");
    out.text("/entry/instrument/name", inst.name);
    write_beamline(out, inst);
    for (const auto& d : inst.detectors)
      write_detector(out, d);
  });
}

} // namespace livedata
