#include "workflows/reduction/scattering.hpp"

#include "workflows/geometry/vector_algebra.hpp"

#include <cmath>
#include <stdexcept>

namespace livedata {

incident_beam incident_beam_of(const beamline& parts) {
  const auto source = parts.source_position();
  if (!source) throw parameter_error(source.error().message);
  const auto sample = parts.sample_position();
  if (!sample) throw parameter_error(sample.error().message);
  return {*source, *sample};
}

scattering_pixels scattering_of(const detector_geometry& geometry, std::int32_t first_pixel, const incident_beam& beam,
                                const vec3& beam_centre) {
  scattering_pixels pixels;
  const auto n = geometry.positions.size();
  pixels.numbers = geometry.detector_numbers;
  pixels.shape = geometry.shape;
  const auto incident = beam.path();
  const auto to_sample = length(incident);
  pixels.scattered.reserve(n);
  pixels.two_theta.reserve(n);
  pixels.flight_path.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (geometry.detector_numbers.empty()) pixels.numbers.push_back(first_pixel + static_cast<std::int32_t>(i));
    const auto from_sample = geometry.positions[i] - beam_centre - beam.sample;
    pixels.scattered.push_back(from_sample);
    pixels.two_theta.push_back(angle(incident, from_sample));
    pixels.flight_path.push_back(to_sample + length(from_sample));
  }
  return pixels;
}

event_wavelengths wavelengths_of(std::shared_ptr<const lookup_table> table, const scattering_pixels& pixels,
                                 const std::string& what) {
  if (auto covers = check_covers(*table, pixels.flight_path, "the flight paths of " + what); !covers)
    throw parameter_error(covers.error().message);
  try {
    auto paths = by_number(pixels.numbers, pixels.flight_path);
    return {std::move(table), std::move(paths.values), paths.first};
  } catch (const std::invalid_argument& e) {
    throw parameter_error(what + ": " + e.what());
  }
}

} // namespace livedata
