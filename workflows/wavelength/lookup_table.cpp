#include "workflows/wavelength/lookup_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace livedata {

namespace {

failure bad_table(std::string message) {
  return {"bad_lookup_table", std::move(message)};
}

status check_grid(const std::vector<double>& grid, const char* name) {
  constexpr double most_uneven = 1e-6;
  if (grid.size() < 2)
    return bad_table(fmt::format("the lookup table has {} values of {}; allowed: two at least", grid.size(), name));
  if (!std::ranges::all_of(grid, [](double x) { return std::isfinite(x); }))
    return bad_table(fmt::format("the lookup table has values of {} that are not finite", name));
  const auto step = (grid.back() - grid.front()) / static_cast<double>(grid.size() - 1);
  for (std::size_t i = 1; i < grid.size(); ++i) {
    const auto here = grid[i] - grid[i - 1];
    if (!(here > 0) || std::abs(here - step) > most_uneven * step)
      return bad_table(
        fmt::format("the values of {} in the lookup table are not equidistant: from {} to {} after steps "
                    "of {}; make the table anew on an even grid",
                    name, grid[i - 1], grid[i], step));
  }
  return nothing{};
}

} // namespace

status check(const lookup_table& t) {
  if (auto ok = check_grid(t.distance, "distance"); !ok) return ok;
  if (auto ok = check_grid(t.time, "event_time_offset"); !ok) return ok;
  if (t.wavelength.size() != t.distance.size() * t.time.size())
    return bad_table(fmt::format("the lookup table has {} wavelengths; {} distances by {} times need {}",
                                 t.wavelength.size(), t.distance.size(), t.time.size(),
                                 t.distance.size() * t.time.size()));
  if (!t.variance.empty() && t.variance.size() != t.wavelength.size())
    return bad_table("the lookup table has not as many variances as wavelengths");
  if (std::ranges::any_of(t.wavelength, [](double x) { return std::isinf(x) || x < 0; }))
    return bad_table("the lookup table has wavelengths that are infinite or below 0");
  if (std::ranges::all_of(t.wavelength, [](double x) { return std::isnan(x); }))
    return bad_table(
      "all wavelengths of the lookup table are NaN: no neutron would ever have one. Were the choppers at "
      "rest or closed when it was made?");
  if (!std::isfinite(t.pulse_period) || t.pulse_period < 1)
    return bad_table(fmt::format("the lookup table has a pulse_period of {} ns; allowed: above 0", t.pulse_period));
  if (t.pulse_stride < 1)
    return bad_table(fmt::format("the lookup table has a pulse_stride of {}; allowed: 1 and above", t.pulse_stride));
  return nothing{};
}

status check_covers(const lookup_table& t, std::span<const double> flight_paths, const std::string& what) {
  auto low = std::numeric_limits<double>::infinity();
  auto high = -low;
  for (auto l : flight_paths) {
    if (std::isnan(l)) continue;
    low = std::min(low, l);
    high = std::max(high, l);
  }
  if (low > high || (t.distance.front() <= low && high <= t.distance.back())) return nothing{};
  return bad_table(
    fmt::format("the lookup table covers distances of {:.4f} to {:.4f} m, but {} are {:.4f} to {:.4f} m; "
                "use a table for these distances, or correct the geometry",
                t.distance.front(), t.distance.back(), what, low, high));
}

} // namespace livedata
