#include "workflows/detector_view/detector_view.hpp"

#include <fmt/format.h>

namespace livedata {

namespace {

std::vector<output_spec> view_outputs(const workflow_declaration& declaration) {
  // Views that declare the number of their dimensions carry other titles, by which clients know them.
  auto declared = declaration.settings.contains("output_ndim");
  return {{"cumulative", declared ? "Image (cumulative)" : "Image"},
          {"current", declared ? "Image (current)" : "Image update"},
          {"counts_total", "Total (update)"},
          {"counts_in_toa_range", "Total in range (update)"},
          {"counts_total_cumulative", "Total"},
          {"counts_in_toa_range_cumulative", "Total in range"}};
}

const detector& detector_of(const build_request& request) {
  const auto* d = request.inst.find_detector(request.source);
  if (d == nullptr) throw parameter_error(fmt::format("source '{}' is no detector", request.source));
  return *d;
}

resolution read_resolution(object_reader by_source, const std::string& source) {
  const auto* sizes = by_source.raw(source);
  if (sizes == nullptr)
    throw parameter_error(fmt::format("'{}' is missing in the workflow's settings", by_source.path_of(source)));
  object_reader reader(*sizes, by_source.path_of(source));
  resolution r;
  for (const auto& [dim, size] : sizes->items())
    r.emplace_back(dim, reader.integer(dim, 1, 1, 100000));
  return r;
}

std::unique_ptr<workflow> build_geometric_view(const build_request& request) {
  const auto& d = detector_of(request);
  auto params = read_detector_view_params(request.params);
  object_reader settings(request.declaration.settings, "settings");
  settings.choice("projection", "xy_plane", {"xy_plane"});
  auto noise = settings.choice("noise", "none", {"none", "cylindrical"}) == "none" ? position_noise::none
                                                                                   : position_noise::cylindrical;
  auto flip_x = settings.boolean("flip_x", false);
  auto r = read_resolution(settings.object("resolution"), request.source);
  settings.raw("output_ndim");
  settings.finish();
  auto geometry = make_geometry(d);
  if (!geometry) throw parameter_error(geometry.error().message);
  return std::make_unique<detector_view>(project_on_xy_plane(d, *geometry, r, noise, flip_x), params);
}

std::unique_ptr<workflow> build_logical_view(const build_request& request) {
  const auto& d = detector_of(request);
  auto params = read_detector_view_params(request.params);
  object_reader settings(request.declaration.settings, "settings");
  std::vector<std::string> reduce;
  if (const auto* list = settings.raw("reduce")) {
    if (!list->is_array()) throw parameter_error("'settings.reduce' must be a list of dimensions");
    for (const auto& dim : *list) {
      if (!dim.is_string()) throw parameter_error("'settings.reduce' must be a list of dimensions");
      reduce.push_back(dim.get<std::string>());
    }
  }
  settings.raw("output_ndim");
  settings.finish();
  return std::make_unique<detector_view>(fold_and_reduce(d, reduce), params);
}

} // namespace

workflow_kind geometric_view_kind() {
  return {view_outputs, build_geometric_view};
}

workflow_kind logical_view_kind() {
  return {view_outputs, build_logical_view};
}

} // namespace livedata
