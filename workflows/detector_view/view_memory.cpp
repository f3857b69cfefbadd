#include "workflows/detector_view/view_memory.hpp"

#include "workflows/parameter_model.hpp"

#include <fmt/format.h>

#include <limits>

namespace livedata {

double memory_of(const view_size& size) {
  auto bins = static_cast<double>(size.screen_bins);
  auto times = static_cast<double>(size.time_bins);
  auto counts = 4 * bins * times;
  // Two images of 64-bit counts, weights, and the two images of a result as array and as message.
  auto images = (3 + 4) * 8 * bins;
  auto tables = 4 * static_cast<double>(size.pixels) * static_cast<double>(size.replicas);
  auto spectra = 4 * 8 * static_cast<double>(size.spectra) * times;
  // As read, and where they are for a position of the detector: three numbers each.
  auto positions = 2 * 3 * 8 * static_cast<double>(size.placed_pixels);
  return counts + images + tables + spectra + positions;
}

std::uint64_t check_memory(const view_size& size, std::uint64_t limit) {
  auto needed = memory_of(size);
  if (needed > static_cast<double>(limit))
    throw parameter_error(fmt::format(
      "{} bins on the screen by {} bins of time need {:.1f} MB, but a job may have {:.1f} MB (limits.job-memory); ask "
      "for fewer bins, for example with toa_edges.num_bins",
      size.screen_bins, size.time_bins, needed / 1e6, static_cast<double>(limit) / 1e6));
  if (size.screen_bins > std::numeric_limits<std::int32_t>::max())
    throw parameter_error(fmt::format("{} bins on the screen are more than can be counted", size.screen_bins));
  return static_cast<std::uint64_t>(needed);
}

} // namespace livedata
