#include "workflows/detector_view/detector_view.hpp"
#include "workflows/detector_view/roi_request.hpp"
#include "workflows/detector_view/view_memory.hpp"
#include "workflows/detector_view/view_settings.hpp"
#include "workflows/geometry/beamline.hpp"
#include "workflows/wavelength/table_choice.hpp"

#include <algorithm>

namespace livedata {

namespace {

std::vector<output_spec> view_outputs(const workflow_declaration& declaration) {
  auto settings = read_view_settings(declaration);
  auto declared = settings.declares_dimensions;
  std::vector<output_spec> outputs{{"cumulative", declared ? "Image (cumulative)" : "Image"},
                                   {"current", declared ? "Image (current)" : "Image update"},
                                   {"counts_total", "Total (update)"},
                                   {"counts_in_toa_range", "Total in range (update)"},
                                   {"counts_total_cumulative", "Total"},
                                   {"counts_in_toa_range_cumulative", "Total in range"}};
  if (settings.spectrum) outputs.push_back({"spectrum_view", "Spectrum View"});
  if (settings.regions) {
    outputs.push_back({"roi_spectra_cumulative", "ROI spectra"});
    outputs.push_back({"roi_spectra_current", "ROI spectra update"});
    outputs.push_back({std::string(output_of(roi_shape::rectangle)), "ROI Rectangles (readback)"});
    outputs.push_back({std::string(output_of(roi_shape::polygon)), "ROI Polygons (readback)"});
  }
  return outputs;
}

parameter_model view_parameters(const workflow_declaration& declaration) {
  auto settings = read_view_settings(declaration);
  auto model = detector_view_model(settings.has_table);
  for (auto& group : settings.extra_parameters)
    model.push_back(std::move(group));
  return model;
}

std::vector<std::string> view_streams(const workflow_declaration& declaration, const job_id& job) {
  if (!read_view_settings(declaration).regions) return {};
  return {to_string(job) + "/roi_rectangle", to_string(job) + "/roi_polygon"};
}

// A whole number that a user chose in one of the groups that only this workflow has.
logical_transform::named_size chosen_sizes(const view_settings& settings, const json& params) {
  return [&settings, &params](std::string_view name) -> std::optional<std::int64_t> {
    for (const auto& group : settings.extra_parameters)
      for (const auto& field : group.fields)
        if (field.name == name && field.type == parameter_field::kind::integer)
          return params.at(group.name).at(field.name).get<std::int64_t>();
    return std::nullopt;
  };
}

// Refuses a view that would need too much, before it needs it.
view_features features_of(const build_request& request, const pixel_grid& pixels, const sized_dims& screen,
                          std::size_t replicas, bool placed) {
  auto settings = read_view_settings(request.declaration);
  view_features features;
  features.regions = settings.regions;
  features.single_precision = settings.single_precision;
  if (settings.spectrum)
    features.spectrum =
      logical_transform(screen, *settings.spectrum, "settings.spectrum", chosen_sizes(settings, request.params));
  view_size size{volume(screen),
                 to_spectral_params(request.params).edges.num_bins,
                 pixels.pixel_count(),
                 static_cast<std::int64_t>(replicas),
                 features.spectrum ? volume(features.spectrum->dims()) : 0,
                 placed ? pixels.pixel_count() : 0};
  auto needed = check_memory(size, request.limits.job_memory);
  request.claim(needed);
  features.regions_memory = request.limits.job_memory - needed;
  features.use = request.use;
  return features;
}

// Nothing for a view of arrival times.
std::optional<view_beam> beam_of_view(const build_request& request, const pixel_grid& pixels, quantity over) {
  if (over != quantity::wavelength) return std::nullopt;
  const auto b = shared_beamline(request.inst, request.files);
  const auto source = b->source_position();
  if (!source) throw parameter_error(source.error().message);
  const auto sample = b->sample_position();
  if (!sample) throw parameter_error(sample.error().message);
  view_beam beam{request.source, table_of(request), *source, *sample, {}};
  beam.numbers.reserve(static_cast<std::size_t>(pixels.pixel_count()));
  for (std::size_t p = 0; p < static_cast<std::size_t>(pixels.pixel_count()); ++p)
    beam.numbers.push_back(pixels.number_of(p));
  return beam;
}

std::unique_ptr<workflow> build_geometric_view(const build_request& request) {
  auto pixels = pixels_of(request.inst, request.source);
  auto how = read_projection(request.declaration, request.source);
  auto features = features_of(request, pixels, how.resolution, how.noise == position_noise::none ? 1 : 5, true);
  const auto* d = request.inst.find_detector(request.source);
  if (d == nullptr) throw parameter_error(request.source + " is no detector, so its pixels have no positions");
  auto layout = make_layout(*d);
  if (!layout) throw parameter_error(layout.error().message);
  if (!layout->local.detector_numbers.empty()) pixels.numbers = layout->local.detector_numbers;
  auto params = to_view_params(request.params);
  features.beam = beam_of_view(request, pixels, params.over);
  auto bindings = bindings_of(request.inst, request.declaration.name, request.source, layout->chain);
  if (!bindings.empty())
    return std::make_unique<detector_view>(
      moving_screen(std::move(pixels), std::move(*layout), how, std::move(bindings)), unplaced_screen(how), params,
      std::move(features));
  auto geometry = place(*layout);
  if (!geometry) throw parameter_error(geometry.error().message);
  return std::make_unique<detector_view>(project(pixels, *geometry, how), params, std::move(features), *geometry);
}

std::unique_ptr<workflow> build_logical_view(const build_request& request) {
  auto pixels = pixels_of(request.inst, request.source);
  auto transform = read_logical_transform(request.declaration, pixels);
  auto features = features_of(request, pixels, transform.dims(), 1, false);
  return std::make_unique<detector_view>(logical_screen(pixels, transform), to_view_params(request.params),
                                         std::move(features));
}

} // namespace

workflow_kind geometric_view_kind() {
  return {view_outputs, build_geometric_view, view_streams, view_parameters};
}

workflow_kind logical_view_kind() {
  return {view_outputs, build_logical_view, view_streams, view_parameters};
}

} // namespace livedata
