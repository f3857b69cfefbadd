#include "workflows/detector_view/view_settings.hpp"

#include "workflows/parameters.hpp"

#include <fmt/format.h>

#include <limits>

namespace livedata {

namespace {

// The names that both kinds of view have, read elsewhere.
void pass_over_common(object_reader& settings) {
  for (const auto* name : {"output_ndim", "roi", "spectrum", "element_type", "parameters", "comment"})
    settings.raw(name);
}

// Fields that stand for all sources and may stand for one source in "by_source".
struct raw_projection {
  std::string kind = "xy_plane";
  std::string noise = "none";
  double sigma = 0;
  bool flip_x = false;
};

raw_projection read_fields(object_reader& reader, const raw_projection& standard) {
  raw_projection p;
  p.kind = reader.choice("projection", standard.kind, {"xy_plane", "cylinder_mantle_y", "cylinder_mantle_z"});
  p.noise = reader.choice("noise", standard.noise, {"none", "cylindrical", "gaussian"});
  p.sigma = reader.number("sigma", standard.sigma);
  p.flip_x = reader.boolean("flip_x", standard.flip_x);
  return p;
}

sized_dims read_resolution(object_reader by_source, const std::string& source) {
  const auto* sizes = by_source.raw(source);
  if (sizes == nullptr)
    throw parameter_error(fmt::format("'{}' is missing in the workflow's settings", by_source.path_of(source)));
  object_reader reader(*sizes, by_source.path_of(source));
  sized_dims r;
  for (const auto& [dim, size] : sizes->items())
    r.emplace_back(dim, reader.integer(dim, 1, 1, 100000));
  return r;
}

} // namespace

view_settings read_view_settings(const workflow_declaration& declaration) {
  object_reader settings(declaration.settings, "settings");
  view_settings s;
  s.declares_dimensions = settings.raw("output_ndim") != nullptr;
  s.regions = settings.boolean("roi", true);
  if (const auto* steps = settings.raw("spectrum")) {
    if (!steps->is_array()) throw parameter_error("'settings.spectrum' must be a list of steps");
    s.spectrum = *steps;
  }
  s.single_precision = settings.choice("element_type", "float64", {"float64", "float32"}) == "float32";
  if (const auto* groups = settings.raw("parameters")) {
    if (!groups->is_object()) throw parameter_error("'settings.parameters' must be an object of groups");
    for (const auto& [name, group] : groups->items())
      if (name != "comment")
        s.extra_parameters.push_back(read_parameter_group(name, group, "settings.parameters." + name));
  }
  return s;
}

logical_transform read_logical_transform(const workflow_declaration& declaration, const pixel_grid& pixels) {
  object_reader settings(declaration.settings, "settings");
  pass_over_common(settings);
  json steps = json::array();
  if (const auto* given = settings.raw("transform")) {
    if (!given->is_array()) throw parameter_error("'settings.transform' must be a list of steps");
    steps = *given;
  }
  if (const auto* reduce = settings.raw("reduce"); reduce != nullptr && *reduce != json::array())
    steps.push_back({{"reduce", *reduce}});
  settings.finish();
  return {pixels.sizes, steps, "settings.transform"};
}

projection read_projection(const workflow_declaration& declaration, const std::string& source) {
  object_reader settings(declaration.settings, "settings");
  pass_over_common(settings);
  auto raw = read_fields(settings, {});
  projection how;
  how.resolution = read_resolution(settings.object("resolution"), source);
  auto by_source = settings.object("by_source");
  if (by_source.raw(source) != nullptr) {
    auto reader = by_source.object(source);
    raw = read_fields(reader, raw);
    reader.finish();
  }
  settings.finish();
  constexpr auto most_bins = std::numeric_limits<std::int32_t>::max();
  if (volume(how.resolution) > most_bins)
    throw parameter_error(
      fmt::format("'settings.resolution.{}' makes {} bins; at most {}", source, volume(how.resolution), most_bins));
  how.kind = raw.kind == "xy_plane"            ? projection_kind::xy_plane
             : raw.kind == "cylinder_mantle_y" ? projection_kind::cylinder_mantle_y
                                               : projection_kind::cylinder_mantle_z;
  how.noise = raw.noise == "none"          ? position_noise::none
              : raw.noise == "cylindrical" ? position_noise::cylindrical
                                           : position_noise::gaussian;
  how.sigma = raw.sigma;
  if (how.noise == position_noise::gaussian && how.sigma <= 0)
    throw parameter_error("'settings.sigma' is missing or not positive: the width of the Gaussian noise in m");
  how.flip_x = raw.flip_x;
  if (how.flip_x && how.kind != projection_kind::xy_plane)
    throw parameter_error("'settings.flip_x' is for projections on the xy plane only");
  return how;
}

} // namespace livedata
