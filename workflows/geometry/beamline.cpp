#include "workflows/geometry/beamline.hpp"

#include "workflows/geometry/layout_bytes.hpp"
#include "workflows/geometry/nexus_detector.hpp"
#include "workflows/geometry/parametric_chain.hpp"
#include "workflows/instrument/json_node.hpp"
#include "workflows/parameter_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace livedata {

namespace {

using object = nexus_file::object;

constexpr std::size_t most_slits = 1000;

// --- as the instrument file describes it

// To `position`, and then the transformations, if there are any.
transformation_chain described_chain(const json_node& node) {
  std::vector<transformation> steps;
  transformation shift;
  shift.vector = read_vec3(node.at("position"));
  shift.value = 1;
  shift.unit = "m";
  steps.push_back(std::move(shift));
  const auto further = read_chain(node);
  steps.insert(steps.end(), further.steps().begin(), further.steps().end());
  return transformation_chain(std::move(steps));
}

transformation_chain described_component(const json_node& node) {
  node.allow_keys({"position", "transformations"});
  return described_chain(node);
}

chopper_disk described_chopper(const std::string& name, const json_node& node) {
  constexpr auto lowest = std::numeric_limits<double>::lowest();
  constexpr auto radians = std::numbers::pi / 180;
  node.allow_keys({"position", "transformations", "slit_edges", "beam_position", "phase"});
  chopper_disk disk{name, described_chain(node), {}};
  for (const auto& slit : node.at("slit_edges").items()) {
    const auto edges = slit.items();
    if (edges.size() != 2 || edges[0].number(lowest) > edges[1].number(lowest))
      slit.refuse("a list of begin and end of the slit in degrees, the lower one first");
    disk.slits.emplace_back(edges[0].number(lowest) * radians, edges[1].number(lowest) * radians);
  }
  if (disk.slits.empty()) node.at("slit_edges").refuse("a list of slits, one at least");
  if (auto position = node.find("beam_position")) disk.beam_position = position->number(lowest) * radians;
  if (auto phase = node.find("phase")) disk.phase = phase->number(lowest) * radians;
  return disk;
}

beamline described_beamline(const json_node& node) {
  node.allow_keys({"kind", "source", "moderator", "sample", "monitors", "choppers"});
  beamline b;
  if (auto source = node.find("source")) b.source = described_component(*source);
  if (auto moderator = node.find("moderator")) b.moderator = described_component(*moderator);
  if (auto sample = node.find("sample")) b.sample = described_component(*sample);
  if (auto monitors = node.find("monitors"))
    for (const auto& [name, monitor] : monitors->members())
      b.monitors.emplace_back(name, described_component(monitor));
  if (auto choppers = node.find("choppers"))
    for (const auto& [name, chopper] : choppers->members())
      b.choppers.push_back(described_chopper(name, chopper));
  return b;
}

// --- as a NeXus file has it

std::string last_part(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// The chain of the only component of a class; nothing if there is none.
std::optional<transformation_chain> only_one(const nexus_file& file, const char* nx_class) {
  const auto groups = file.groups_of(nx_class);
  if (groups.empty()) return std::nullopt;
  if (groups.size() > 1)
    throw nexus_error(fmt::format("there are {} groups of class {}; allowed: one. The first is {}", groups.size(),
                                  nx_class, groups[0]));
  return read_nexus_chain(file, groups[0]);
}

std::vector<double> angles(const nexus_file& file, const std::string& dataset) {
  auto numbers = file.numbers(dataset, 2 * most_slits);
  const auto unit = file.text_attribute(dataset, "units");
  const auto factor = unit ? radians_per(*unit) : std::nullopt;
  if (!factor) throw nexus_error(fmt::format("{} is in \"{}\"; allowed: deg, rad", dataset, unit.value_or("no unit")));
  for (auto& x : numbers) {
    x *= *factor;
    if (!std::isfinite(x)) throw nexus_error(dataset + " holds what is no number");
  }
  return numbers;
}

// A chopper whose disk makes no sense has no slits: only who needs it has to complain.
chopper_disk nexus_chopper(const nexus_file& file, const std::string& group) {
  chopper_disk disk{last_part(group), read_nexus_chain(file, group), {}};
  const auto slits = group + "/slit_edges";
  if (file.what(slits) == object::dataset) {
    const auto edges = angles(file, slits);
    if (edges.size() % 2 != 0) throw nexus_error(slits + " holds an odd number of edges");
    for (std::size_t i = 0; i < edges.size(); i += 2) {
      if (edges[i] > edges[i + 1]) throw nexus_error(slits + " has a slit that ends before it begins");
      disk.slits.emplace_back(edges[i], edges[i + 1]);
    }
  }
  const auto single = [&](const char* name) -> std::optional<double> {
    const auto path = group + "/" + name;
    if (file.what(path) != object::dataset) return std::nullopt;
    const auto numbers = angles(file, path);
    return numbers.empty() ? std::nullopt : std::optional(numbers.front());
  };
  disk.beam_position = single("beam_position").value_or(0);
  disk.phase = single("phase");
  return disk;
}

void put(byte_writer& out, const std::optional<transformation_chain>& chain) {
  out.put(chain.has_value());
  put(out, chain.value_or(transformation_chain{}));
}

std::vector<std::byte> read_nexus_beamline(const nexus_file& file, const std::vector<std::string>& choppers) {
  byte_writer out;
  for (const auto* nx_class : {"NXsource", "NXmoderator", "NXsample"})
    put(out, only_one(file, nx_class));
  const auto monitors = file.groups_of("NXmonitor");
  out.put(monitors.size());
  for (const auto& group : monitors) {
    out.text(last_part(group));
    put(out, read_nexus_chain(file, group));
  }
  std::vector<chopper_disk> disks;
  for (const auto& group : file.groups_of("NXdisk_chopper"))
    if (std::ranges::find(choppers, last_part(group)) != choppers.end()) disks.push_back(nexus_chopper(file, group));
  out.put(disks.size());
  for (const auto& disk : disks) {
    out.text(disk.name);
    put(out, disk.chain);
    std::vector<double> edges;
    for (const auto& [begin, end] : disk.slits)
      edges.insert(edges.end(), {begin, end});
    out.list(edges);
    out.put(disk.beam_position);
    out.put(disk.phase.has_value());
    out.put(disk.phase.value_or(0));
  }
  return std::move(out.bytes);
}

beamline beamline_of_bytes(std::span<const std::byte> bytes) {
  byte_reader in(bytes);
  beamline b;
  for (auto* chain : {&b.source, &b.moderator, &b.sample}) {
    const auto there = in.get<bool>();
    auto content = get_chain(in);
    if (there) *chain = std::move(content);
  }
  for (auto n = in.get<std::size_t>(); n > 0; --n) {
    auto name = in.text();
    b.monitors.emplace_back(std::move(name), get_chain(in));
  }
  for (auto n = in.get<std::size_t>(); n > 0; --n) {
    auto name = in.text();
    chopper_disk disk{std::move(name), get_chain(in), {}};
    const auto edges = in.list<double>();
    for (std::size_t i = 0; i + 1 < edges.size(); i += 2)
      disk.slits.emplace_back(edges[i], edges[i + 1]);
    disk.beam_position = in.get<double>();
    const auto has_phase = in.get<bool>();
    const auto phase = in.get<double>();
    if (has_phase) disk.phase = phase;
    b.choppers.push_back(std::move(disk));
  }
  return b;
}

result<vec3> origin_of(const std::optional<transformation_chain>& chain, const char* what, const std::string& origin) {
  if (!chain)
    return failure{"bad_geometry", fmt::format("{} has no {}, so flight paths are not known; add it to the geometry "
                                               "file, or to \"beamline\" of the instrument file",
                                               origin, what)};
  auto where = chain->at();
  if (!where) return failure{"bad_geometry", fmt::format("{}, {}: {}", origin, what, where.error().message)};
  return where->point({0, 0, 0});
}

} // namespace

const transformation_chain* beamline::find_monitor(std::string_view name) const {
  auto found = std::ranges::find_if(monitors, [&](const auto& m) { return m.first == name; });
  return found == monitors.end() ? nullptr : &found->second;
}

const chopper_disk* beamline::find_chopper(std::string_view name) const {
  auto found = std::ranges::find_if(choppers, [&](const auto& c) { return c.name == name; });
  return found == choppers.end() ? nullptr : &*found;
}

result<vec3> beamline::source_position() const {
  return origin_of(source, "source", origin);
}

result<vec3> beamline::sample_position() const {
  return origin_of(sample, "sample", origin);
}

result<vec3> beamline::moderator_position() const {
  return moderator ? origin_of(moderator, "moderator", origin) : origin_of(source, "source or moderator", origin);
}

result<beamline> read_beamline(const instrument& inst) {
  if (inst.beamline.is_null())
    return failure{"no_geometry",
                   fmt::format("instrument {} has no positions of source, sample, monitors and choppers; give it its "
                               "geometry file, or \"beamline\" in the instrument file",
                               inst.name)};
  try {
    const json_node node(inst.beamline, "its top level");
    if (node.at("kind").choice({"described", "nexus"}) == "described") {
      auto b = described_beamline(node);
      b.origin = fmt::format("the instrument file of {}", inst.name);
      return b;
    }
    node.allow_keys({"kind", "file"});
    const auto file = node.at("file").text();
    auto b = beamline_of_bytes(
      read_isolated(file, [&](const nexus_file& content) { return read_nexus_beamline(content, inst.choppers); }));
    b.origin = file;
    return b;
  } catch (const json_error& e) {
    return failure{"bad_geometry", fmt::format("the beamline of instrument {}: {}", inst.name, e.what())};
  } catch (const nexus_error& e) {
    return failure{"bad_geometry", fmt::format("the beamline of instrument {}: {}", inst.name, e.what())};
  }
}

std::shared_ptr<const beamline> shared_beamline(const instrument& inst, data_files& files) {
  const auto read = [&](const std::filesystem::path&) {
    auto b = read_beamline(inst);
    if (!b) throw parameter_error(b.error().message);
    return std::move(b).value();
  };
  const auto file = inst.beamline.is_object() ? inst.beamline.value("file", "") : std::string();
  if (file.empty()) return std::make_shared<const beamline>(read({}));
  return files.get<beamline>(file, inst.name, read);
}

double distance(const vec3& a, const vec3& b) {
  const auto x = a.x - b.x;
  const auto y = a.y - b.y;
  const auto z = a.z - b.z;
  return std::sqrt(x * x + y * y + z * z);
}

std::vector<double> flight_paths(const vec3& source, const vec3& sample, const std::vector<vec3>& pixels) {
  const auto to_sample = distance(source, sample);
  std::vector<double> paths;
  paths.reserve(pixels.size());
  for (const auto& p : pixels)
    paths.push_back(to_sample + distance(sample, p));
  return paths;
}

} // namespace livedata
