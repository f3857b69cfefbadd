// The detector view: images, totals and spectra of one detector. The screen knows where pixels show: by a projection of
// their positions, or by their logical order. Everything after it is the same.
#pragma once

#include "workflows/archive.hpp"
#include "workflows/capabilities.hpp"
#include "workflows/detector_view/moving_screen.hpp"
#include "workflows/detector_view/regions_of_interest.hpp"
#include "workflows/detector_view/screen.hpp"
#include "workflows/detector_view/view_counts.hpp"
#include "workflows/registry.hpp"
#include "workflows/value_models.hpp"
#include "workflows/wavelength/event_wavelengths.hpp"
#include "workflows/window_bounds.hpp"
#include "workflows/workflow.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// Parameters of a user.
struct detector_view_params {
  edges_model edges;
  range_model range;
  bool pixel_weighting = false;
  // Time of arrival or wavelength: what edges and range are about.
  quantity over = quantity::time_of_arrival;
};

// Parameters that every view of events per pixel has: those of events_model(), and pixel_weighting.
parameter_model detector_view_model(bool has_table = false);

// From parameters completed by the model.
detector_view_params to_view_params(const json& completed);

// What a view in wavelengths needs to know of its detector.
struct view_beam {
  // Its name, for messages.
  std::string detector;
  std::shared_ptr<const lookup_table> table;
  vec3 source;
  vec3 sample;
  // Detector number of each pixel, in the order of their positions.
  std::vector<std::int32_t> numbers;

  // For pixels at these places. Throws parameter_error if the table does not cover their flight paths.
  std::shared_ptr<const event_wavelengths> wavelengths(const std::vector<vec3>& positions) const;
};

// What an instrument declares.
struct view_features {
  // Spectra of regions of interest, and the requests sent back.
  bool regions = false;
  // Bytes that counts of regions may take, and who is told what they take, and what counts of several threads do.
  std::uint64_t regions_memory = std::uint64_t{256} << 20;
  memory_use use = [](std::uint64_t) {};
  // A spectrum for each element of this transform of the screen.
  std::optional<logical_transform> spectrum = std::nullopt;
  // Counts go out as float32.
  bool single_precision = false;
  // For views in wavelengths only.
  std::optional<view_beam> beam = std::nullopt;
};

// Outputs, in this order: cumulative, current (images over the screen), counts_total, counts_in_toa_range (scalars
// since the last result), counts_total_cumulative, counts_in_toa_range_cumulative; with a spectrum declared,
// spectrum_view (cumulative); with regions, roi_spectra_cumulative, roi_spectra_current (region by the spectral axis),
// roi_rectangle, roi_polygon (the requests). Counts are float64, unit counts. Images show the bins of the range filter
// and are divided by the pixel weights if the user asks; nothing else is.
class detector_view final : public workflow, public divisible, public reuses_outputs {
public:
  detector_view(screen s, const detector_view_params& params, view_features features = {});
  // In wavelengths, with a beam among the features: `placed` is where the pixels are. Throws parameter_error if the
  // table does not cover their flight paths.
  detector_view(screen s, const detector_view_params& params, view_features features, const detector_geometry& placed);
  // `unplaced`: the screen that holds until positions are known.
  detector_view(moving_screen moving, screen unplaced, const detector_view_params& params, view_features features = {});

  // Takes the events of the primary data. All events of one call use one replica of the screen; calls use the replicas
  // in turn. If the detector has moved since the last call, counts start anew. If a position was reported at all, the
  // next replica is the first one. Maps of a detector that moves are made when their turn comes: all at once would
  // make the first result late.
  void accumulate(const job_data& data) override;

  // Nothing if there are too few events for the size of the histogram, or if the counts of the pieces would need more
  // memory than the job has left.
  std::unique_ptr<divided_work> divide(const job_data& data, std::size_t pieces) override;

  // Streams ending in "/roi_rectangle" and "/roi_polygon" bring requests for regions, others positions of a moving
  // screen. A wrong request throws, and the former one stays in force.
  void set_context(std::string_view stream, const stream_value& value) override;
  std::vector<workflow_output> finalize() override;
  void reuse(std::vector<workflow_output> outputs) override;
  void clear() override;
  void state(archive& a) override;

  event_tally tally() const override { return tally_; }

  const event_histogram& histogram() const noexcept { return counts_.histogram(); }

  // Null for arrival times, and as long as it is not known where the detector is.
  const std::shared_ptr<const event_wavelengths>& wavelengths() const noexcept { return wavelengths_; }

  // Where pixels show at present: a table for each replica of the screen whose turn has come.
  const std::vector<pixel_table>& tables() const noexcept { return tables_; }

private:
  void follow_positions();
  void take_wavelengths(const detector_geometry& placed);
  // How the events of the next batch find their bins.
  event_mapping next_mapping(const job_data& data);
  void make_tables();
  void make_tables_later(unmapped_screen& placed);
  // Says what counts of further threads, and those of regions, take from now on. False, or parameter_error, if that is
  // too much; then nothing has changed.
  bool may_take_for_parts(std::uint64_t bytes);
  void take_for_regions(std::uint64_t bytes);
  void clear_counts();
  // The replica whose turn it is.
  const pixel_table& present_table();

  void go_to_next_replica() { next_replica_ = (next_replica_ + 1) % replicas_; }

  void group_regions();
  // The outputs without numbers of counts and times.
  std::vector<workflow_output> forms() const;
  variable form_of_counts(sized_dims dims) const;
  data_array form_of_regions() const;
  // The forms are others from now on.
  void forget_forms();
  void put_images(values& window, values& all) const;
  std::vector<double> spectra_of_elements() const;

  std::optional<moving_screen> moving_;
  // Without its maps.
  screen screen_;
  std::vector<pixel_table> tables_;
  std::size_t replicas_ = 1;
  // Of the replicas that have no table yet.
  std::function<pixel_map(std::size_t)> make_map_;
  bool weighted_;
  view_features features_;
  // Of the spectral axis, and its edges as the user gave them.
  std::string dimension_;
  variable edges_;
  // Edges of time of arrival in ns; nothing for wavelengths.
  std::optional<variable> edges_ns_;
  // Null: by time of arrival, or there is a reason that there are no wavelengths.
  std::shared_ptr<const event_wavelengths> wavelengths_;
  std::string no_wavelengths_ = "it is not known where the detector is, so its events have no wavelengths";
  view_counts counts_;
  std::uint64_t bytes_of_parts_ = 0;
  std::uint64_t bytes_of_regions_ = 0;
  std::optional<regions_of_interest> regions_;
  std::size_t next_replica_ = 0;
  event_tally tally_;
  window_bounds window_;
  // The last outputs, if they were given back and the next ones have the same form.
  std::vector<workflow_output> former_;
  // Whether the form is still that of the last outputs.
  bool forms_given_ = false;
};

// Views of pixels projected by their positions, and in their logical order. Settings: docs/workflows.md.
workflow_kind geometric_view_kind();
workflow_kind logical_view_kind();

} // namespace livedata
