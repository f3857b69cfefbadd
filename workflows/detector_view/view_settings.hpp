// What an instrument file declares of a detector view: where its pixels show, and which outputs it has. The form is
// described in docs/workflows.md.
#pragma once

#include "workflows/detector_view/logical_transform.hpp"
#include "workflows/detector_view/screen.hpp"
#include "workflows/instrument/instrument.hpp"
#include "workflows/parameter_model.hpp"

#include <optional>
#include <string>
#include <vector>

namespace livedata {

// Settings that views of both kinds have.
struct view_settings {
  // The number of dimensions is declared; then images carry other titles, by which clients know them.
  bool declares_dimensions = false;
  // Spectra of regions of interest, and the requests sent back.
  bool regions = true;
  // Steps from the dimensions of the screen to those of the spectrum view; nothing: there is none.
  std::optional<json> spectrum = std::nullopt;
  // Counts go out as float32 rather than float64.
  bool single_precision = false;
  // There is a lookup table, so that the user may choose wavelengths.
  bool has_table = false;
  // Groups of parameters that only this workflow has.
  parameter_model extra_parameters;
};

// All of these throw parameter_error.
view_settings read_view_settings(const workflow_declaration& declaration);

// For a logical view of that detector.
logical_transform read_logical_transform(const workflow_declaration& declaration, const pixel_grid& pixels);

// For a geometric view of that source.
projection read_projection(const workflow_declaration& declaration, const std::string& source);

} // namespace livedata
