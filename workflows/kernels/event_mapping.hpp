// How the events of a batch find their bins: by their pixel the one on the screen, and along the spectrum by arrival
// time or by wavelength.
#pragma once

#include "workflows/kernels/pixel_table.hpp"
#include "workflows/kernels/time_bins.hpp"
#include "workflows/kernels/value_bins.hpp"
#include "workflows/wavelength/event_wavelengths.hpp"

#include <cstddef>
#include <memory>
#include <utility>
#include <variant>

namespace livedata {

// Bins over arrival time (ns) or wavelength (Å).
class spectral_bins {
public:
  spectral_bins(time_bins bins) : bins_(std::move(bins)) {}

  spectral_bins(value_bins bins) : bins_(std::move(bins)) {}

  std::size_t size() const noexcept {
    return std::visit([](const auto& b) { return b.size(); }, bins_);
  }

  // nullptr for the other kind.
  const time_bins* over_time() const noexcept { return std::get_if<time_bins>(&bins_); }

  const value_bins* over_wavelength() const noexcept { return std::get_if<value_bins>(&bins_); }

private:
  std::variant<time_bins, value_bins> bins_;
};

// `wavelengths` is null for bins over time, and only for these.
struct event_mapping {
  pixel_table pixels;
  std::shared_ptr<const event_wavelengths> wavelengths = nullptr;
  pulse_frames frames = {};

  event_mapping(pixel_table table) : pixels(std::move(table)) {}

  event_mapping(pixel_table table, std::shared_ptr<const event_wavelengths> w, const pulse_frames& f)
    : pixels(std::move(table)), wavelengths(std::move(w)), frames(f) {}
};

} // namespace livedata
