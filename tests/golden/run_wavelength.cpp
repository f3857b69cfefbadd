// Runs the conversion of arrival times to wavelengths by itself.
#include "golden/golden_case.hpp"
#include "support/events.hpp"
#include "workflows/wavelength/event_wavelengths.hpp"
#include "workflows/wavelength/table_file.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace livedata::golden {

namespace {

constexpr auto not_compared = std::numeric_limits<double>::quiet_NaN();

// What the conversion gives, event by event.
struct converted {
  std::vector<double> wavelength;
  std::vector<std::int64_t> pulse;
};

converted convert(const event_wavelengths& wavelengths, const event_batch& batch, const lookup_table& table) {
  converted out;
  const auto frames = wavelengths.frames_of(batch.chunks);
  for (const auto& chunk : batch.chunks) {
    wavelengths.each_block(chunk, frames, [&](const wavelength_block& b) {
      out.wavelength.insert(out.wavelength.end(), b.wavelength.begin(),
                            b.wavelength.begin() + static_cast<std::ptrdiff_t>(b.events));
    });
    out.pulse.insert(out.pulse.end(), chunk.size(), table.pulse_stride > 1 ? frames.pulse_of(chunk.pulse_time) : 0);
  }
  return out;
}

void compare_detector(const hdf5_content& in, const hdf5_content& expected, const event_batch& batch,
                      const std::shared_ptr<const lookup_table>& table, verdict& v) {
  const auto numbers = in.integers("/detector/detector_number");
  const auto paths =
    by_number(std::vector<std::int32_t>(numbers.begin(), numbers.end()), in.numbers("/detector/flight_path"));
  const event_wavelengths wavelengths(table, paths.values, paths.first);
  auto given = convert(wavelengths, batch, *table);
  auto wanted = expected.numbers("/detector/wavelength");
  const auto known = expected.integers("/detector/known_pixel");
  const auto disagree = expected.integers("/detector/kernels_disagree");
  for (std::size_t e = 0; e < wanted.size(); ++e)
    if (known.at(e) == 0 || disagree.at(e) != 0) wanted[e] = given.wavelength.at(e) = not_compared;
  compare_numbers("wavelength of the detector", wanted, given.wavelength, {}, v);
  if (table->pulse_stride == 1) return;
  const auto pulses = expected.integers("/detector/pulse_index");
  for (std::size_t e = 0; e < pulses.size(); ++e)
    if (pulses[e] >= 0 && pulses[e] != given.pulse.at(e))
      return v.fault(fmt::format("pulse index of event {}: {} rather than {}", e, given.pulse[e], pulses[e]));
}

// The backend cannot do it for frames of several pulses; then it must come out as for a detector at the same place.
void compare_monitor(const hdf5_content& in, const hdf5_content& expected, const event_batch& batch,
                     const std::shared_ptr<const lookup_table>& table, verdict& v) {
  const auto path = in.numbers("/monitor/flight_path").at(0);
  const auto given = convert({table, path}, batch, *table);
  if (expected.has("/monitor/wavelength"))
    return compare_numbers("wavelength of the monitor", expected.numbers("/monitor/wavelength"), given.wavelength, {},
                           v);
  event_batch as_detector;
  for (const auto& chunk : batch.chunks) {
    std::vector<test::event> events;
    for (std::size_t e = 0; e < chunk.size(); ++e)
      events.push_back({chunk.time_of_arrival[e], 1});
    as_detector.add(test::make_chunk(events, chunk.pulse_time));
  }
  compare_numbers("wavelength of the monitor", convert({table, {path}, 1}, as_detector, *table).wavelength,
                  given.wavelength, {}, v);
}

} // namespace

verdict run_wavelength_case(const golden_case& c) {
  verdict v;
  auto read = read_lookup_table(c.folder / "table.h5");
  if (!read) throw std::runtime_error(read.error().message);
  const auto table = std::make_shared<const lookup_table>(std::move(read).value());
  const hdf5_content in(c.folder / "inputs.h5");
  const hdf5_content expected(c.folder / "expected.h5");
  compare_detector(in, expected, *read_events(in, "/detector"), table, v);
  compare_monitor(in, expected, *read_events(in, "/monitor"), table, v);
  return v;
}

} // namespace livedata::golden
