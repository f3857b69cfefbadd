#include "workflows/qmap/indirect_spectrometer.hpp"

#include "messages/units.hpp"
#include "workflows/geometry/byte_stream.hpp"
#include "workflows/geometry/nexus_detector.hpp"
#include "workflows/geometry/vector_algebra.hpp"
#include "workflows/reduction/neutron.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace livedata {

namespace {

constexpr std::size_t most_pixels_of_a_group = 1'000'000;
constexpr std::size_t most_monitor_bins = 1'000'000;

affine place_of(const nexus_file& file, const std::string& component) {
  const auto there = read_nexus_chain(file, component).at();
  if (!there) throw nexus_error(fmt::format("{}: {}", component, there.error().message));
  return *there;
}

std::string only_group(const std::vector<std::string>& groups, const std::string& what) {
  if (groups.size() != 1)
    throw nexus_error(fmt::format("the file has {} groups of class {}; needed: one", groups.size(), what));
  return groups.front();
}

double angstroms(const nexus_file& file, const std::string& dataset) {
  const auto unit = file.text_attribute(dataset, "units").value_or("nothing");
  const auto value = file.numbers(dataset, 1).at(0);
  const auto scale = scale_between(unit, "\u00c5");
  if (!scale) throw nexus_error(fmt::format("{} is in \"{}\"; allowed: a unit of length", dataset, unit));
  return (*scale)(value);
}

void read_pixels(const nexus_file& file, const std::string& group, const vec3& sample, indirect_spectrometer& to) {
  const auto inputs = file.text_attribute(group, "inputs");
  if (!inputs) return;
  std::size_t pixels = 1;
  for (auto n : file.shape(group + "/detector_number"))
    pixels *= n;
  if (pixels > most_pixels_of_a_group) throw nexus_error(group + " has more pixels than a group of this kind can have");
  const auto layout = read_nexus_layout(file, group, pixels);
  const auto detector = place_of(file, group);
  const auto crystal = resolved_path(parent_path(group), *inputs);
  const auto analyser = place_of(file, crystal);
  const auto d_spacing = angstroms(file, crystal + "/d_spacing");
  for (std::size_t i = 0; i < pixels; ++i)
    to.pixels.push_back(analyse(layout.local.detector_numbers[i], detector.point(layout.local.positions[i]), sample,
                                analyser.point({}), analyser.direction({0, 1, 0}), d_spacing));
}

unit_scale monitor_times_to_ns(const nexus_file& file, const std::string& dataset) {
  const auto unit = file.text_attribute(dataset, "units").value_or("nothing");
  const auto scale = scale_between(unit, "ns");
  if (!scale) throw nexus_error(fmt::format("{} is in \"{}\"; allowed: a unit of time", dataset, unit));
  return *scale;
}

void read_monitor(const nexus_file& file, const std::string& name, indirect_spectrometer& to) {
  std::string group;
  for (const auto& path : file.groups_of("NXmonitor"))
    if (path.ends_with("/" + name)) group = path;
  if (group.empty()) throw nexus_error("the file has no NXmonitor " + name);
  std::vector<std::string> data;
  for (const auto& path : file.groups_of("NXdata"))
    if (path.starts_with(group + "/")) data.push_back(path);
  const auto histogram = only_group(data, "NXdata in " + group);
  const auto signal = histogram + "/" + file.text_attribute(histogram, "signal").value_or("signal");
  const auto axis =
    histogram + (file.what(histogram + "/frame_time") == nexus_file::object::dataset ? "/frame_time" : "/t");
  to.monitor_counts = file.numbers(signal, most_monitor_bins);
  to.monitor_edges = file.numbers(axis, most_monitor_bins + 1);
  const auto to_ns = monitor_times_to_ns(file, axis);
  for (auto& t : to.monitor_edges)
    t = to_ns(t);
  if (to.monitor_edges.size() != to.monitor_counts.size() + 1)
    throw nexus_error(
      fmt::format("{} has {} edges for {} bins", axis, to.monitor_edges.size(), to.monitor_counts.size()));
  to.monitor = place_of(file, group).point({});
}

indirect_spectrometer read_spectrometer(const nexus_file& file, const std::string& monitor) {
  indirect_spectrometer s;
  s.source = place_of(file, only_group(file.groups_of("NXmoderator"), "NXmoderator")).point({});
  s.sample = place_of(file, only_group(file.groups_of("NXsample"), "NXsample")).point({});
  for (const auto& group : file.groups_of("NXdetector"))
    read_pixels(file, group, s.sample, s);
  read_monitor(file, monitor, s);
  return s;
}

} // namespace

analysed_pixel analyse(std::int32_t number, const vec3& pixel, const vec3& sample, const vec3& analyser, const vec3& y,
                       double d_spacing) {
  const auto c = analyser - sample;
  const auto h = dot(pixel - sample, y);
  const auto w = pixel - sample - c - h * y;
  const auto v = c + (h * length(c) / (length(c) + length(w))) * y;
  const auto u = pixel - sample - v;
  const auto cos_two_theta = (dot(v + u, v + u) - dot(v, v) - dot(u, u)) / (2 * length(v) * length(u));
  const auto k = 2 * std::numbers::pi / (d_spacing * std::sqrt(2 - 2 * cos_two_theta));
  return {number, neutron::energy_of_wavenumber(k), (k / length(v)) * v,
          neutron::time_of_flight(length(v) + length(u), 2 * std::numbers::pi / k)};
}

indirect_spectrometer read_indirect_spectrometer(const std::filesystem::path& file, const std::string& monitor) {
  const auto bytes = read_isolated(file.string(), [&](const nexus_file& content) {
    const auto s = read_spectrometer(content, monitor);
    byte_writer out;
    out.list(s.pixels);
    out.put(s.source);
    out.put(s.sample);
    out.put(s.monitor);
    out.list(s.monitor_edges);
    out.list(s.monitor_counts);
    return std::move(out.bytes);
  });
  byte_reader in(bytes);
  indirect_spectrometer s;
  s.pixels = in.list<analysed_pixel>();
  s.source = in.get<vec3>();
  s.sample = in.get<vec3>();
  s.monitor = in.get<vec3>();
  s.monitor_edges = in.list<double>();
  s.monitor_counts = in.list<double>();
  return s;
}

} // namespace livedata
