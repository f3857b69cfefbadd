#include "workflows/detector_view/view_settings.hpp"

#include "workflows/declared_settings.hpp"

#include <fmt/format.h>

#include <limits>

namespace livedata {

namespace {

constexpr auto most_bins = std::numeric_limits<std::int32_t>::max();

// Fields that stand for all sources, and may stand for one source in "by_source".
void read_fields(const json_node& fields, projection& how) {
  if (auto kind = fields.find("projection")) {
    const auto word = kind->choice({"xy_plane", "cylinder_mantle_y", "cylinder_mantle_z"});
    how.kind = word == "xy_plane"            ? projection_kind::xy_plane
               : word == "cylinder_mantle_y" ? projection_kind::cylinder_mantle_y
                                             : projection_kind::cylinder_mantle_z;
  }
  if (auto noise = fields.find("noise")) {
    const auto word = noise->choice({"none", "cylindrical", "gaussian"});
    how.noise = word == "none"          ? position_noise::none
                : word == "cylindrical" ? position_noise::cylindrical
                                        : position_noise::gaussian;
  }
  if (auto sigma = fields.find("sigma")) how.sigma = sigma->number(std::numeric_limits<double>::lowest());
  if (auto flip = fields.find("flip_x")) how.flip_x = flip->boolean();
}

sized_dims read_resolution(const json_node& resolution) {
  sized_dims dims;
  for (const auto& [dim, size] : resolution.members())
    dims.emplace_back(dim, size.integer(1, 100000));
  if (volume(dims) > most_bins) resolution.fail(fmt::format("makes {} bins; at most {}", volume(dims), most_bins));
  return dims;
}

view_settings read_common(const json_node& settings) {
  view_settings s;
  s.declares_dimensions = settings.find("output_ndim").has_value();
  if (auto regions = settings.find("roi")) s.regions = regions->boolean();
  if (auto steps = settings.find("spectrum")) {
    if (!steps->value().is_array()) steps->refuse("a list of steps");
    s.spectrum = steps->value();
  }
  if (auto type = settings.find("element_type")) s.single_precision = type->choice({"float64", "float32"}) == "float32";
  s.has_table = settings.find("lookup_table").has_value();
  if (auto groups = settings.find("parameters"))
    for (const auto& [name, group] : groups->members())
      s.extra_parameters.push_back(read_parameter_group(name, group.value(), "settings.parameters." + name));
  return s;
}

} // namespace

view_settings read_view_settings(const workflow_declaration& declaration) {
  return read_settings(declaration, read_common);
}

logical_transform read_logical_transform(const workflow_declaration& declaration, const pixel_grid& pixels) {
  return read_settings(declaration, [&](const json_node& settings) -> logical_transform {
    settings.allow_keys({"output_ndim", "roi", "spectrum", "element_type", "parameters", "transform", "reduce"});
    json steps = json::array();
    if (auto given = settings.find("transform")) {
      if (!given->value().is_array()) given->refuse("a list of steps");
      steps = given->value();
    }
    if (auto reduce = settings.find("reduce"); reduce && reduce->value() != json::array())
      steps.push_back({{"reduce", reduce->value()}});
    return {pixels.sizes, steps, "settings.transform"};
  });
}

projection read_projection(const workflow_declaration& declaration, const std::string& source) {
  return read_settings(declaration, [&](const json_node& settings) {
    settings.allow_keys({"output_ndim", "roi", "spectrum", "element_type", "parameters", "projection", "noise", "sigma",
                         "flip_x", "resolution", "by_source", "lookup_table"});
    projection how;
    read_fields(settings, how);
    how.resolution = read_resolution(settings.at("resolution").at(source));
    if (auto by_source = settings.find("by_source"))
      if (auto own = by_source->find(source)) {
        own->allow_keys({"projection", "noise", "sigma", "flip_x"});
        read_fields(*own, how);
      }
    if (how.noise == position_noise::gaussian && how.sigma <= 0)
      settings.fail("Gaussian noise needs a sigma greater than 0: its width in m");
    if (how.flip_x && how.kind != projection_kind::xy_plane)
      settings.fail("flip_x is for projections on the xy plane only");
    return how;
  });
}

} // namespace livedata
