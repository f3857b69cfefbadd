// Where the pixels of a detector stand, seen from the sample: what the coordinates of scattering are made of.
#pragma once

#include "workflows/geometry/beamline.hpp"
#include "workflows/geometry/detector_geometry.hpp"
#include "workflows/registry.hpp"
#include "workflows/wavelength/event_wavelengths.hpp"
#include "workflows/wavelength/lookup_table.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

// Source and sample, and the direction between.
struct incident_beam {
  vec3 source;
  vec3 sample;

  vec3 path() const { return {sample.x - source.x, sample.y - source.y, sample.z - source.z}; }
};

// Throws parameter_error if the instrument does not say where they are.
incident_beam incident_beam_of(const beamline& parts);

// One entry for each pixel, in the order of the file. NaN where a pixel has no position.
struct scattering_pixels {
  std::vector<std::int32_t> numbers;
  // From the sample, m.
  std::vector<vec3> scattered;
  // Between the incident and the scattered beam, rad.
  std::vector<double> two_theta;
  // From the source by way of the sample, m.
  std::vector<double> flight_path;
  std::optional<cylinder_shape> shape;

  std::size_t size() const noexcept { return scattered.size(); }
};

// `first_pixel`: the number of the first one, if the geometry has none. `beam_centre` is taken away from all positions.
scattering_pixels scattering_of(const detector_geometry& geometry, std::int32_t first_pixel, const incident_beam& beam,
                                const vec3& beam_centre = {});

// Wavelengths of events of these pixels. Throws parameter_error if the table does not cover the flight paths, or the
// detector numbers are no numbers for a table. `what`: the detector, for messages.
event_wavelengths wavelengths_of(std::shared_ptr<const lookup_table> table, const scattering_pixels& pixels,
                                 const std::string& what);

// A value of each pixel, by the number that event_wavelengths gives it; `none` for what is no known pixel, and one more
// behind the last.
template <class T>
std::vector<T> by_pixel(const scattering_pixels& pixels, const std::vector<T>& values_of_pixels, const T& none) {
  if (pixels.numbers.empty()) return {none};
  const auto [low, high] = std::ranges::minmax(pixels.numbers);
  std::vector<T> all(static_cast<std::size_t>(std::int64_t{high} - low) + 2, none);
  for (std::size_t i = 0; i < values_of_pixels.size(); ++i)
    all[static_cast<std::size_t>(std::int64_t{pixels.numbers[i]} - low)] = values_of_pixels[i];
  return all;
}

inline std::vector<double> by_pixel(const scattering_pixels& pixels, const std::vector<double>& values_of_pixels) {
  return by_pixel(pixels, values_of_pixels, std::numeric_limits<double>::quiet_NaN());
}

// Calls f(pixel, wavelength) for each event: the number of its pixel as in by_pixel(), and its wavelength in Å, which
// is NaN if it has none. f tells whether it counted the event. Everything is entered in the tally. `also`: values of
// by_pixel() that f reads.
template <class F>
void each_wavelength(const event_wavelengths& wavelengths, const event_batch& batch, event_tally& tally, F&& f,
                     const pixel_memory& also = {}) {
  const auto frames = wavelengths.frames_of(batch.chunks);
  std::uint64_t counted = 0;
  std::uint64_t unknown = 0;
  std::uint64_t no_wavelength = 0;
  for (const auto& chunk : batch.chunks)
    wavelengths.each_block(
      chunk, frames,
      [&](const wavelength_block& block) {
        for (std::size_t e = 0; e < block.events; ++e) {
          const auto pixel = block.pixel[e];
          const auto wavelength = block.wavelength[e];
          unknown += pixel == wavelengths.pixels() ? 1U : 0U;
          no_wavelength += wavelength != wavelength ? 1U : 0U;
          counted += f(pixel, wavelength) ? 1U : 0U;
        }
      },
      also);
  tally.received += batch.events;
  tally.accepted += counted;
  tally.unknown_pixel += unknown;
  // An event of no known pixel has no wavelength either.
  tally.out_of_table += no_wavelength - unknown;
  tally.out_of_range += batch.events - counted - no_wavelength;
}

} // namespace livedata
