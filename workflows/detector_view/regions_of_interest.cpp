#include "workflows/detector_view/regions_of_interest.hpp"

#include "workflows/parameter_model.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

namespace livedata {

namespace {

// Of a request: bins found, and corners looked at in each row. A few tenths of a second.
constexpr double most_steps = 2e8;

// Numbers that are added up for the spectra of one result. A tenth of a second.
constexpr double most_additions = 2e8;

// For each bin of time: a region has two spectra in a result, each as an array and as a message; a part of the screen
// has two spectra of counts.
constexpr std::size_t numbers_of_region = 4;
constexpr std::size_t numbers_of_part = 2;
constexpr std::size_t bytes_of_number = 8;

roi_axis axis_of(const screen& s, std::size_t i) {
  if (s.dims.size() <= i) return {};
  roi_axis axis{s.dims[i].second, std::nullopt, {}};
  const auto* coord = s.coord(s.dims[i].first);
  if (coord == nullptr) return axis;
  axis.unit = coord->unit;
  axis.edges = std::get<std::vector<double>>(coord->data);
  return axis;
}

} // namespace

regions_of_interest::regions_of_interest(const screen& s, std::size_t time_bins, std::uint64_t memory, memory_use use)
  : two_dimensions_(s.dims.size() == 2), time_bins_(time_bins), memory_(memory), use_(std::move(use)) {
  place(s);
}

void regions_of_interest::request(roi_shape shape, array_ptr array) {
  auto content = read_roi_request(shape, *array);
  if (!content.regions.empty() && !two_dimensions_)
    throw parameter_error("request for regions refused: they need a screen of two dimensions, which this view has not");
  check_units(content, screen_);
  auto all = requests_;
  all[static_cast<std::size_t>(shape)] = {std::move(array), std::move(content)};
  cut(all);
  requests_ = std::move(all);
}

void regions_of_interest::place(const screen& s) {
  screen_ = {axis_of(s, 0), axis_of(s, 1)};
  cut(requests_);
}

void regions_of_interest::cut(const std::array<placed, 2>& requests) {
  std::vector<std::int32_t> indices;
  for (const auto& p : requests)
    for (const auto& region : p.content.regions)
      indices.push_back(region.index);
  if (indices.empty()) {
    indices_ = {};
    group_of_ = {};
    members_ = std::vector<std::vector<std::uint32_t>>(1);
    use_(0);
    return;
  }
  const auto parts = divide(requests, indices.size());
  take_memory(indices.size(), parts);
  indices_ = std::move(indices);
  group_of_ = parts.part_of();
  members_ = parts.members();
}

void regions_of_interest::take_memory(std::size_t regions, const screen_parts& parts) const {
  const auto groups = parts.part_of().size() * 2 * sizeof(std::uint32_t);
  try {
    use_(time_bins_ * (regions * numbers_of_region + parts.members().size() * numbers_of_part) * bytes_of_number +
         groups);
  } catch (const parameter_error& e) {
    throw parameter_error(fmt::format("request for regions refused, the former one stays: {}", e.what()));
  }
}

screen_parts regions_of_interest::divide(const std::array<placed, 2>& requests, std::size_t regions) const {
  const auto times = static_cast<double>(time_bins_);
  const auto of_regions = static_cast<double>(regions) * times * numbers_of_region * bytes_of_number;
  const auto most_parts = (static_cast<double>(memory_) - of_regions) / (times * numbers_of_part * bytes_of_number);
  if (most_parts < 1) refuse_memory(regions, of_regions);
  screen_parts parts(static_cast<std::size_t>(screen_.y.bins * screen_.x.bins),
                     {static_cast<std::size_t>(most_parts), static_cast<std::size_t>(most_additions / (2 * times))});
  double steps = 0;
  try {
    for (const auto& p : requests)
      for (const auto& region : p.content.regions) {
        if (p.content.shape == roi_shape::polygon)
          steps += static_cast<double>(screen_.y.bins) * static_cast<double>(region.x.size());
        if (steps > most_steps) refuse(regions, "take too long to find");
        const auto bins = selected_bins(p.content, region, screen_);
        steps += static_cast<double>(bins.size());
        parts.add(bins);
      }
  } catch (const too_many_parts&) {
    refuse_memory(regions, static_cast<double>(memory_));
  } catch (const too_much_overlap&) {
    refuse(regions, "overlap so much that each result would take too long");
  }
  return parts;
}

void regions_of_interest::refuse(std::size_t regions, const std::string& why) const {
  throw parameter_error(
    fmt::format("request for regions refused, the former one stays: {} regions on a screen of {} by "
                "{} bins {}; ask for fewer or smaller ones",
                regions, screen_.y.bins, screen_.x.bins, why));
}

void regions_of_interest::refuse_memory(std::size_t regions, double bytes) const {
  refuse(regions, fmt::format("need more than {:.1f} MB for their spectra, but the job has {:.1f} MB left", bytes / 1e6,
                              static_cast<double>(memory_) / 1e6));
}

std::vector<double> regions_of_interest::spectra(const view_counts& counts, bool window) const {
  std::vector<double> all(indices_.size() * time_bins_);
  constexpr auto regions = view_counts::purpose::regions;
  for (std::size_t g = 1; g < members_.size(); ++g) {
    auto spectrum = window ? counts.window_spectrum(regions, g) : counts.cumulative_spectrum(regions, g);
    for (auto r : members_[g])
      for (std::size_t k = 0; k < time_bins_; ++k)
        all[r * time_bins_ + k] += spectrum[k];
  }
  return all;
}

void regions_of_interest::state(archive& a) {
  auto all = requests_;
  for (auto shape : {roi_shape::rectangle, roi_shape::polygon}) {
    auto& p = all[static_cast<std::size_t>(shape)];
    const auto* name = shape == roi_shape::rectangle ? "rectangles" : "polygons";
    auto array = p.array ? std::optional(*p.array) : std::nullopt;
    a.field(name, array);
    if (!a.loading()) continue;
    p = {};
    if (array) p = {std::make_shared<const data_array>(*array), read_roi_request(shape, *array)};
  }
  if (!a.loading()) return;
  cut(all);
  requests_ = std::move(all);
}

data_array regions_of_interest::readback(roi_shape shape) const {
  const auto& p = requests_[static_cast<std::size_t>(shape)];
  if (!p.content.regions.empty()) return *p.array;
  return empty_roi_request(shape, screen_.x.unit, screen_.y.unit);
}

} // namespace livedata
