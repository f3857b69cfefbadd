#include "workflows/monitor/histogram_input.hpp"

#include "messages/units.hpp"
#include "workflows/kernels/rebin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace livedata {

namespace {

std::vector<double> numbers_of(const values& v) {
  return std::visit([](const auto& numbers) { return std::vector<double>(numbers.begin(), numbers.end()); }, v);
}

// The same counts with more edges: those that are missing of `more`. New bins outside are empty.
monitor_counts with_edges(const monitor_counts& counts, std::initializer_list<double> more) {
  monitor_counts finer;
  finer.edges = counts.edges;
  finer.edges.insert(finer.edges.end(), more);
  std::ranges::sort(finer.edges);
  const auto twice = std::ranges::unique(finer.edges);
  finer.edges.erase(twice.begin(), twice.end());
  rebin_onto(counts, finer.edges, finer.value, finer.variance);
  return finer;
}

// The maximal runs of edges with finite, strictly increasing wavelengths, as histograms of their own.
std::vector<monitor_counts> increasing_runs(const monitor_counts& counts, const std::vector<double>& wavelength) {
  std::vector<monitor_counts> runs;
  for (std::size_t first = 0; first < wavelength.size();) {
    auto last = first;
    while (last + 1 < wavelength.size() && wavelength[last + 1] > wavelength[last])
      ++last;
    if (last > first) {
      const auto part = [&](const std::vector<double>& all, std::size_t end) {
        return std::vector<double>(all.begin() + static_cast<std::ptrdiff_t>(first),
                                   all.begin() + static_cast<std::ptrdiff_t>(end));
      };
      runs.push_back({part(wavelength, last + 1), part(counts.value, last), part(counts.variance, last)});
    }
    first = last + 1;
  }
  return runs;
}

// Steps from the shortest wavelength until the longest is reached.
std::vector<double> common_grid(const std::vector<monitor_counts>& runs) {
  constexpr std::size_t most_steps = 10'000'000;
  const auto& shortest = *std::ranges::min_element(runs, {}, [](const monitor_counts& r) { return r.edges.front(); });
  const auto longest = std::ranges::max(runs, {}, [](const monitor_counts& r) { return r.edges.back(); }).edges.back();
  const auto begin = shortest.edges.front();
  const auto step = shortest.edges[1] - begin;
  std::vector<double> grid{begin};
  for (std::size_t i = 1; grid.back() < longest; ++i) {
    if (i > most_steps) refuse_histogram("its first bin of wavelength is too narrow for a grid");
    grid.push_back(begin + static_cast<double>(i) * step);
  }
  return grid;
}

} // namespace

void refuse_histogram(const std::string& what) {
  throw std::invalid_argument("monitor histogram cannot be used: " + what);
}

monitor_counts read_histogram(const data_array& a, double ns_per_unit) {
  if (a.data.dims.size() != 1)
    refuse_histogram(fmt::format("it has {} dimensions, but must have one", a.data.dims.size()));
  const auto& dim = a.data.dims.front();
  const auto* edges = a.coord(dim);
  if (edges == nullptr) refuse_histogram(fmt::format("it has no coordinate '{}' with the edges of its bins", dim));
  monitor_counts h{numbers_of(edges->data), numbers_of(a.data.data), {}};
  if (h.edges.size() != h.value.size() + 1)
    refuse_histogram(fmt::format("coordinate '{}' has {} values, but {} bins need {} edges", dim, h.edges.size(),
                                 h.value.size(), h.value.size() + 1));
  if (!edges->unit) refuse_histogram(fmt::format("coordinate '{}' has no unit", dim));
  const auto to_ns = scale_between(*edges->unit, "ns");
  if (!to_ns) refuse_histogram(fmt::format("coordinate '{}' is in '{}', which is no unit of time", dim, *edges->unit));
  const auto factor = to_ns->factor() / ns_per_unit;
  for (auto& e : h.edges)
    e *= factor;
  for (std::size_t i = 0; i < h.value.size(); ++i) {
    if (!(h.edges[i] < h.edges[i + 1])) refuse_histogram(fmt::format("the edges in '{}' do not increase", dim));
    if (!std::isfinite(h.value[i])) refuse_histogram("not all of its values are finite");
  }
  h.variance = a.variances ? numbers_of(*a.variances) : h.value;
  if (h.variance.size() != h.value.size()) refuse_histogram("variances and values differ in number");
  return h;
}

monitor_counts read_histogram_for_wavelengths(const data_array& a) {
  auto counts = read_histogram(a);
  const auto& dim = a.data.dims.front();
  if (dim != "time_of_flight" && dim != "tof" && dim != "frame_time")
    refuse_histogram(fmt::format("its dimension is '{}', but wavelengths need to know that it is the time since the "
                                 "pulse; allowed: time_of_flight, tof, frame_time",
                                 dim));
  return counts;
}

void check_count_unit(const std::optional<std::string>& unit) {
  if (unit && !same_unit(*unit, "counts") && !same_unit(*unit, "dimensionless"))
    refuse_histogram(fmt::format("its counts have the unit '{}'; allowed: counts, dimensionless, or none", *unit));
}

void rebin_onto(const monitor_counts& counts, const std::vector<double>& target_edges, std::vector<double>& value,
                std::vector<double>& variance) {
  value.resize(target_edges.size() - 1);
  variance.resize(target_edges.size() - 1);
  rebin(counts.edges, counts.value, target_edges, value);
  rebin(counts.edges, counts.variance, target_edges, variance);
}

monitor_counts to_wavelengths(const monitor_counts& over_time, const event_wavelengths& wavelengths,
                              double flight_path) {
  const auto counts = with_edges(over_time, {0.0, wavelengths.table().pulse_period});
  std::vector<double> wavelength;
  wavelength.reserve(counts.edges.size());
  for (auto t : counts.edges)
    wavelength.push_back(wavelengths.at(flight_path, t));
  const auto runs = increasing_runs(counts, wavelength);
  if (runs.empty())
    refuse_histogram(fmt::format("the lookup table has no increasing wavelengths for its times of arrival and the "
                                 "flight path of {:.4f} m; use a table that covers them",
                                 flight_path));
  if (runs.size() == 1) return runs.front();
  monitor_counts all;
  all.edges = common_grid(runs);
  for (const auto& run : runs)
    rebin_onto(run, all.edges, all.value, all.variance);
  return all;
}

} // namespace livedata
