#include "workflows/detector_view/detector_view.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace livedata {

namespace {

data_array count_of(std::uint64_t n) {
  return {{}, make_scalar(static_cast<double>(n), "counts"), {}, {}};
}

} // namespace

parameter_model detector_view_model() {
  auto model = events_model();
  model.insert(model.begin() + 1, weighting_group());
  return model;
}

detector_view_params to_view_params(const json& completed) {
  return {to_edges(completed.at("toa_edges")), to_range(completed.at("toa_range")),
          completed.at("pixel_weighting").at("enabled").get<bool>()};
}

detector_view::detector_view(screen s, const detector_view_params& params)
  : screen_(std::move(s)), weighted_(params.pixel_weighting),
    histogram_(screen_.bins(), time_bins(edges_in_ns(params.toa_edges)),
               bins_in_range(params.toa_edges, params.toa_range)) {}

void detector_view::accumulate(const job_data& data) {
  const auto& map = screen_.replicas[next_replica_];
  next_replica_ = (next_replica_ + 1) % screen_.replicas.size();
  for (const auto& stream : data.primary) {
    const auto& events = std::get<events_ptr>(stream.value);
    for (const auto& chunk : events->chunks) {
      if (chunk.pixel_id.size() != chunk.time_of_arrival.size())
        throw std::invalid_argument(fmt::format("events of stream '{}' have no pixel ids", stream.stream));
      histogram_.add(chunk, map, screen_.first_pixel, tally_);
    }
  }
  window_.extend(data.start, data.end);
}

data_array detector_view::image(std::vector<double> counts) const {
  if (weighted_)
    for (std::size_t i = 0; i < counts.size(); ++i)
      counts[i] /= screen_.weights[i];
  variable v;
  for (const auto& [dim, size] : screen_.dims) {
    v.dims.push_back(dim);
    v.shape.push_back(size);
  }
  v.unit = "counts";
  v.data = std::move(counts);
  return {{}, std::move(v), {}, screen_.coords};
}

std::vector<workflow_output> detector_view::finalize() {
  auto window = histogram_.window_totals();
  auto all = histogram_.cumulative_totals();
  std::vector<workflow_output> out;
  out.reserve(6);
  out.push_back({"cumulative", image(histogram_.cumulative_image())});
  out.push_back({"current", image(histogram_.window_image())});
  out.push_back({"counts_total", count_of(window.all)});
  out.push_back({"counts_in_toa_range", count_of(window.in_range)});
  out.push_back({"counts_total_cumulative", count_of(all.all)});
  out.push_back({"counts_in_toa_range_cumulative", count_of(all.in_range)});
  for (std::size_t i = 1; i <= 3; ++i)
    window_.stamp(*out[i].value);
  histogram_.close_window();
  window_.close();
  return out;
}

void detector_view::clear() {
  histogram_.clear();
  window_.close();
}

} // namespace livedata
