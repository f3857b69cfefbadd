#include "workflows/detector_view/roi_selection.hpp"

#include "messages/units.hpp"
#include "workflows/kernels/time_bins.hpp"
#include "workflows/parameter_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace livedata {

namespace {

// From one unit to another; as it is where they are the same text, or do not convert.
unit_scale conversion(const std::optional<std::string>& from, const std::optional<std::string>& to) {
  if (from == to || !from || !to) return {};
  return scale_between(*from, *to).value_or(unit_scale{});
}

void check_axis(const roi_request& request, const std::optional<std::string>& unit, const roi_axis& axis,
                const char* name) {
  if (!unit || unit == axis.unit || (axis.unit && scale_between(*unit, *axis.unit))) return;
  throw parameter_error(fmt::format("request for {}s refused, the former one stays: {} is in '{}', but the screen {}",
                                    request.shape == roi_shape::rectangle ? "rectangle" : "polygon", name, *unit,
                                    axis.unit
                                      ? fmt::format("in '{}'; use that, or bin indices without a unit", *axis.unit)
                                      : std::string("has no coordinate there; use bin indices without a unit")));
}

// Half-open range of bins on one axis.
std::pair<std::int64_t, std::int64_t> covered(const std::vector<double>& bounds, const std::optional<std::string>& unit,
                                              const roi_axis& axis) {
  if (unit) {
    const auto in_unit_of_axis = conversion(unit, axis.unit);
    auto bins = select_bins(axis.edges, in_unit_of_axis(bounds[0]), in_unit_of_axis(bounds[1]));
    return {bins.first, bins.first + bins.count};
  }
  auto index = [&](double bound) {
    auto i = static_cast<std::int64_t>(bound);
    return std::clamp<std::int64_t>(i < 0 ? i + axis.bins : i, 0, axis.bins);
  };
  return {index(bounds[0]), index(bounds[1])};
}

std::vector<std::int32_t> inside_rectangle(const roi_request& request, const roi& r, const roi_screen& screen) {
  auto [y_first, y_last] = covered(r.y, request.y_unit, screen.y);
  auto [x_first, x_last] = covered(r.x, request.x_unit, screen.x);
  std::vector<std::int32_t> bins;
  for (auto y = y_first; y < y_last; ++y)
    for (auto x = x_first; x < x_last; ++x)
      bins.push_back(static_cast<std::int32_t>(y * screen.x.bins + x));
  return bins;
}

// Where the bins of an axis are, in the unit of the request.
std::vector<double> places(const std::optional<std::string>& unit, const roi_axis& axis) {
  std::vector<double> at(static_cast<std::size_t>(axis.bins));
  const auto in_unit_of_request = conversion(axis.unit, unit);
  for (std::size_t i = 0; i < at.size(); ++i)
    at[i] = unit ? in_unit_of_request(0.5 * (axis.edges[i] + axis.edges[i + 1])) : static_cast<double>(i);
  return at;
}

// The crossing test (even-odd rule) in the form that decides without division, as in E. Haines, "Point in Polygon
// Strategies", Graphics Gems IV, 1994. Whether an edge crosses the height of a row does not depend on x, so that a row
// looks at the edges that cross it only. On which side of such an edge a bin lies changes once along the row, so that
// the place is found by bisection.
std::vector<std::int32_t> inside_polygon(const roi_request& request, const roi& r, const roi_screen& screen) {
  const auto x = places(request.x_unit, screen.x);
  const auto y = places(request.y_unit, screen.y);
  const auto corners = r.x.size();
  const auto [lowest, highest] = std::minmax_element(r.y.begin(), r.y.end());
  std::vector<std::int32_t> bins;
  // Columns from which on the inside is outside, and the other way round.
  std::vector<std::size_t> turns;
  for (std::size_t row = 0; row < y.size(); ++row) {
    if (y[row] <= *lowest || y[row] > *highest) continue;
    turns.clear();
    for (std::size_t b = 0; b < corners; ++b) {
      const auto a = b == 0 ? corners - 1 : b - 1;
      const auto above = r.y[b] >= y[row];
      if ((r.y[a] >= y[row]) == above) continue;
      const auto height = (r.y[b] - y[row]) * (r.x[a] - r.x[b]);
      const auto drop = r.y[a] - r.y[b];
      auto left = [&](double at) { return height >= (r.x[b] - at) * drop; };
      const auto of_first = left(x.front());
      const auto change = std::partition_point(x.begin(), x.end(), [&](double at) { return left(at) == of_first; });
      // The bins before the change if those are on the side that counts, else the bins from it on.
      if (of_first == above) turns.push_back(0);
      turns.push_back(static_cast<std::size_t>(change - x.begin()));
    }
    std::sort(turns.begin(), turns.end());
    for (std::size_t t = 0; t < turns.size(); t += 2) {
      const auto end = t + 1 < turns.size() ? turns[t + 1] : x.size();
      for (auto column = turns[t]; column < end; ++column)
        bins.push_back(static_cast<std::int32_t>(row * x.size() + column));
    }
  }
  return bins;
}

} // namespace

void check_units(const roi_request& request, const roi_screen& screen) {
  if (request.regions.empty()) return;
  check_axis(request, request.x_unit, screen.x, "x");
  check_axis(request, request.y_unit, screen.y, "y");
}

std::vector<std::int32_t> selected_bins(const roi_request& request, const roi& region, const roi_screen& screen) {
  return request.shape == roi_shape::rectangle ? inside_rectangle(request, region, screen)
                                               : inside_polygon(request, region, screen);
}

} // namespace livedata
