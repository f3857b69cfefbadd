// The bare loops of jobs in wavelengths, as bare_loop.hpp has them for arrival times: flight path of the pixel, four
// corners of the lookup table, the coordinates, and the increments. Arrival times and flight paths are inside of the
// table, as the prepared events see to. Bins are equal ones, which one multiplication finds; what lies behind the last
// one, or is no number, is counted in a bin of its own, what lies before the first in the first.
#pragma once

#include "messages/event_chunk.hpp"
#include "workflows/geometry/vector_algebra.hpp"
#include "workflows/reduction/histogram.hpp"
#include "workflows/reduction/neutron.hpp"
#include "workflows/wavelength/lookup_table.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numbers>
#include <utility>
#include <vector>

namespace livedata::bench {

// Wavelength * distance over an even grid.
class bare_table {
public:
  explicit bare_table(const lookup_table& table)
    : columns_(table.time.size()), distance_(table.distance.front()), time_(table.time.front()),
      per_metre_(static_cast<double>(table.distance.size() - 1) / (table.distance.back() - distance_)),
      per_ns_(static_cast<double>(columns_ - 1) / (table.time.back() - time_)), products_(table.wavelength) {
    for (std::size_t i = 0; i < products_.size(); ++i)
      products_[i] *= table.distance[i / columns_];
    // A flight path on the last row.
    products_.resize(products_.size() + columns_ + 1);
  }

  // Å.
  double wavelength(double path, double time) const noexcept {
    const auto row = (path - distance_) * per_metre_;
    const auto column = (time - time_) * per_ns_;
    const auto i = static_cast<std::int32_t>(row);
    const auto j = static_cast<std::int32_t>(column);
    const auto u = row - i;
    const auto v = column - j;
    const auto* corner = products_.data() + static_cast<std::size_t>(i) * columns_ + static_cast<std::size_t>(j);
    const auto lower = (1 - v) * corner[0] + v * corner[1];
    const auto upper = (1 - v) * corner[columns_] + v * corner[columns_ + 1];
    return ((1 - u) * lower + u * upper) / path;
  }

private:
  std::size_t columns_;
  double distance_;
  double time_;
  double per_metre_;
  double per_ns_;
  std::vector<double> products_;
};

struct bare_bins {
  double first;
  double per_unit;
  double bins;

  explicit bare_bins(const std::vector<double>& edges)
    : first(edges.front()), per_unit(static_cast<double>(edges.size() - 1) / (edges.back() - edges.front())),
      bins(static_cast<double>(edges.size() - 1)) {}

  std::size_t size() const noexcept { return static_cast<std::size_t>(bins); }

  std::size_t operator()(double x) const noexcept {
    const auto place = (x - first) * per_unit;
    const auto below = place < bins ? place : bins;
    return static_cast<std::size_t>(static_cast<std::int32_t>(below > 0 ? below : 0));
  }
};

// Calls f(number of the pixel from the first on, arrival time in ns) for each event.
template <class F>
void each_event(const event_batch& batch, std::int32_t first_pixel, F&& f) {
  for (const auto& chunk : batch.chunks) {
    const auto time = chunk.time_of_arrival;
    const auto pixel = chunk.pixel_id;
    for (std::size_t i = 0, n = time.size(); i < n; ++i)
      f(static_cast<std::size_t>(pixel[i] - first_pixel), static_cast<double>(time[i]));
  }
}

// A view: `maps` as in bare_loop.
template <class Bin>
class bare_view_in_wavelengths {
public:
  bare_view_in_wavelengths(std::vector<std::vector<Bin>> maps, std::int32_t first_pixel, std::size_t screen_bins,
                           const bare_bins& bins, std::shared_ptr<const std::vector<double>> paths,
                           std::shared_ptr<const bare_table> table)
    : maps_(std::move(maps)), first_pixel_(first_pixel), bins_(bins), paths_(std::move(paths)),
      table_(std::move(table)), counts_(screen_bins * bins.size() + 1) {}

  void add(const event_batch& batch) {
    const auto* map = maps_[next_].data();
    next_ = (next_ + 1) % maps_.size();
    const auto* paths = paths_->data();
    const auto& table = *table_;
    const auto bin_of = bins_;
    const auto bins = bins_.size();
    auto* counts = counts_.data();
    each_event(batch, first_pixel_, [=, &table](std::size_t pixel, double time) {
      ++counts[static_cast<std::size_t>(map[pixel]) * bins + bin_of(table.wavelength(paths[pixel], time))];
    });
  }

private:
  std::vector<std::vector<Bin>> maps_;
  std::size_t next_ = 0;
  std::int32_t first_pixel_;
  bare_bins bins_;
  std::shared_ptr<const std::vector<double>> paths_;
  std::shared_ptr<const bare_table> table_;
  std::vector<std::uint8_t> counts_;
};

// A monitor: all events have one flight path.
class bare_monitor {
public:
  bare_monitor(double path, const bare_bins& bins, std::shared_ptr<const bare_table> table)
    : path_(path), bins_(bins), table_(std::move(table)), counts_(bins.size() + 1) {}

  void add(const event_batch& batch) {
    for (const auto& chunk : batch.chunks)
      for (std::size_t i = 0, n = chunk.size(); i < n; ++i)
        ++counts_[bins_(table_->wavelength(path_, chunk.time_of_arrival[i]))];
  }

private:
  double path_;
  bare_bins bins_;
  std::shared_ptr<const bare_table> table_;
  std::vector<std::uint64_t> counts_;
};

struct bare_sans_pixel {
  double path;
  double sin_theta;
};

// Counts by Q.
class bare_i_of_q {
public:
  bare_i_of_q(std::shared_ptr<const std::vector<bare_sans_pixel>> pixels, std::int32_t first_pixel,
              const bare_bins& bins, std::shared_ptr<const bare_table> table)
    : pixels_(std::move(pixels)), first_pixel_(first_pixel), bins_(bins), table_(std::move(table)),
      counts_(bins.size() + 1) {}

  void add(const event_batch& batch) {
    const auto* pixels = pixels_->data();
    const auto& table = *table_;
    const auto bin_of = bins_;
    auto* counts = counts_.data();
    each_event(batch, first_pixel_, [=, &table](std::size_t pixel, double time) {
      const auto& p = pixels[pixel];
      ++counts[bin_of(neutron::momentum_transfer(table.wavelength(p.path, time), p.sin_theta))];
    });
  }

private:
  std::shared_ptr<const std::vector<bare_sans_pixel>> pixels_;
  std::int32_t first_pixel_;
  bare_bins bins_;
  std::shared_ptr<const bare_table> table_;
  std::vector<std::uint64_t> counts_;
};

struct bare_powder_pixel {
  double path;
  double sin_theta;
  // First cell of its row.
  std::uint32_t row;
};

// Weighted events by row and d-spacing.
class bare_powder {
public:
  bare_powder(std::shared_ptr<const std::vector<bare_powder_pixel>> pixels, std::int32_t first_pixel, std::size_t rows,
              const bare_bins& bins, std::shared_ptr<const bare_table> table)
    : pixels_(std::move(pixels)), first_pixel_(first_pixel), bins_(bins), table_(std::move(table)),
      cells_(rows * bins.size() + 1) {}

  void add(const event_batch& batch) {
    const auto* pixels = pixels_->data();
    const auto& table = *table_;
    const auto bin_of = bins_;
    auto* cells = cells_.data();
    each_event(batch, first_pixel_, [=, &table](std::size_t pixel, double time) {
      const auto& p = pixels[pixel];
      const auto d = neutron::dspacing(table.wavelength(p.path, time), p.sin_theta);
      cells[p.row + bin_of(d)].add(d * d * d * d * p.sin_theta);
    });
  }

private:
  std::shared_ptr<const std::vector<bare_powder_pixel>> pixels_;
  std::int32_t first_pixel_;
  bare_bins bins_;
  std::shared_ptr<const bare_table> table_;
  std::vector<weighted> cells_;
};

struct bare_analysed_pixel {
  double secondary_time;
  double final_energy;
  vec3 final_wavevector;
  // First cell of its map.
  std::uint32_t map;
};

// Of a map.
struct bare_map_axes {
  bare_bins columns;
  bare_bins rows;
  // |Q| and ΔE; else Q along two directions.
  bool energy;
};

class bare_qmap {
public:
  // `line`: wavelengths at even times over a period; `weights`: by wavelength, over bins that are made equal.
  bare_qmap(std::shared_ptr<const std::vector<bare_analysed_pixel>> pixels, std::int32_t first_pixel, std::size_t maps,
            const bare_map_axes& axes, std::vector<double> line, double period, const bare_bins& weight_bins,
            std::vector<double> weights)
    : pixels_(std::move(pixels)), first_pixel_(first_pixel), axes_(axes), line_(std::move(line)), period_(period),
      weight_bins_(weight_bins), weights_(std::move(weights)),
      cells_(maps * axes.columns.size() * (axes.rows.size() + 2)) {
    line_.resize(line_.size() + 2);
    weights_.resize(weight_bins_.size() + 1);
  }

  void add(const event_batch& batch) {
    if (axes_.energy)
      loop(batch, [](const vec3& q, double energy) { return std::pair(length(q), energy); });
    else
      loop(batch, [](const vec3& q, double) {
        constexpr vec3 first{0.8, 0, 0.6};
        constexpr vec3 second{-0.6, 0, 0.8};
        return std::pair(dot(q, first), dot(q, second));
      });
  }

private:
  template <class F>
  void loop(const event_batch& batch, const F& coordinates) {
    const auto* pixels = pixels_->data();
    const auto per_ns = static_cast<double>(line_.size() - 3) / period_;
    const auto column_of = axes_.columns;
    const auto row_of = axes_.rows;
    const auto columns = column_of.size();
    each_event(batch, first_pixel_, [&](std::size_t pixel, double time) {
      const auto& p = pixels[pixel];
      const auto since = time - p.secondary_time;
      const auto place = (since < 0 ? since + period_ : since) * per_ns;
      const auto j = static_cast<std::int32_t>(place);
      const auto v = place - j;
      const auto* line = line_.data() + j;
      const auto wavelength = (1 - v) * line[0] + v * line[1];
      const auto k = neutron::wavenumber(wavelength);
      const auto [x, y] = coordinates(vec3{0, 0, k} - p.final_wavevector, neutron::energy(wavelength) - p.final_energy);
      cells_[p.map + row_of(y) * columns + column_of(x)].add(weights_[weight_bins_(wavelength)]);
    });
  }

  std::shared_ptr<const std::vector<bare_analysed_pixel>> pixels_;
  std::int32_t first_pixel_;
  bare_map_axes axes_;
  std::vector<double> line_;
  double period_;
  bare_bins weight_bins_;
  std::vector<double> weights_;
  std::vector<weighted> cells_;
};

} // namespace livedata::bench
