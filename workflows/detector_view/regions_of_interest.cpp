#include "workflows/detector_view/regions_of_interest.hpp"

#include "workflows/parameter_model.hpp"

#include <fmt/format.h>

#include <limits>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

namespace livedata {

namespace {

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

regions_of_interest::regions_of_interest(const screen& s, std::size_t time_bins, std::uint64_t memory)
  : two_dimensions_(s.dims.size() == 2), time_bins_(time_bins), memory_(memory) {
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
  std::vector<std::uint32_t> group_of;
  std::vector<std::vector<std::uint32_t>> members(1);
  for (const auto& p : requests)
    for (const auto& region : p.content.regions) {
      group_of.resize(static_cast<std::size_t>(screen_.y.bins * screen_.x.bins));
      auto number = static_cast<std::uint32_t>(indices.size());
      indices.push_back(region.index);
      // The part of each group that is inside this region becomes a group of its own.
      std::unordered_map<std::uint32_t, std::uint32_t> inside;
      for (auto bin : selected_bins(p.content, region, screen_)) {
        auto& group = group_of[static_cast<std::size_t>(bin)];
        auto [i, is_new] = inside.try_emplace(group, static_cast<std::uint32_t>(members.size()));
        if (is_new) {
          members.push_back(members[group]);
          members.back().push_back(number);
        }
        group = i->second;
      }
    }
  // Groups that later regions have taken whole stay without bins; what they need is counted all the same.
  auto needed = static_cast<double>(members.size()) * static_cast<double>(time_bins_) * 2 * sizeof(std::uint64_t);
  if (!indices.empty() && needed > static_cast<double>(memory_))
    throw parameter_error(fmt::format("request for regions refused, the former one stays: spectra of {} regions, which "
                                      "cut the screen into {} parts, need {:.1f} MB, but the job has {:.1f} MB left",
                                      indices.size(), members.size(), needed / 1e6,
                                      static_cast<double>(memory_) / 1e6));
  indices_ = std::move(indices);
  group_of_ = std::move(group_of);
  members_ = std::move(members);
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
