#include "workflows/detector_view/detector_view.hpp"
#include "workflows/detector_view/view_settings.hpp"

namespace livedata {

namespace {

std::vector<output_spec> view_outputs(const workflow_declaration& declaration) {
  auto declared = read_view_settings(declaration).declares_dimensions;
  return {{"cumulative", declared ? "Image (cumulative)" : "Image"},
          {"current", declared ? "Image (current)" : "Image update"},
          {"counts_total", "Total (update)"},
          {"counts_in_toa_range", "Total in range (update)"},
          {"counts_total_cumulative", "Total"},
          {"counts_in_toa_range_cumulative", "Total in range"}};
}

parameter_model view_parameters(const workflow_declaration& declaration) {
  auto model = detector_view_model();
  for (auto& group : read_view_settings(declaration).extra_parameters)
    model.push_back(std::move(group));
  return model;
}

std::unique_ptr<workflow> build_geometric_view(const build_request& request) {
  auto pixels = pixels_of(request.inst, request.source);
  auto how = read_projection(request.declaration, request.source);
  const auto* d = request.inst.find_detector(request.source);
  if (d == nullptr) throw parameter_error(request.source + " is no detector, so its pixels have no positions");
  auto geometry = make_geometry(*d);
  if (!geometry) throw parameter_error(geometry.error().message);
  return std::make_unique<detector_view>(project(pixels, *geometry, how), to_view_params(request.params));
}

std::unique_ptr<workflow> build_logical_view(const build_request& request) {
  auto pixels = pixels_of(request.inst, request.source);
  auto transform = read_logical_transform(request.declaration, pixels);
  return std::make_unique<detector_view>(logical_screen(pixels, transform), to_view_params(request.params));
}

} // namespace

workflow_kind geometric_view_kind() {
  return {view_outputs, build_geometric_view, {}, view_parameters};
}

workflow_kind logical_view_kind() {
  return {view_outputs, build_logical_view, {}, view_parameters};
}

} // namespace livedata
