#include "workflows/reduction/monitor_spectrum.hpp"

#include "workflows/monitor/histogram_input.hpp"
#include "workflows/parameter_model.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace livedata {

double monitor_flight_path(const beamline& parts, std::string_view monitor) {
  const auto source = parts.source_position();
  if (!source) throw parameter_error(source.error().message);
  const auto* chain = parts.find_monitor(monitor);
  if (chain == nullptr)
    throw parameter_error(
      fmt::format("where the monitor {} stands is not in {}, and without it there are no wavelengths "
                  "of its counts; use a geometry file that has it",
                  monitor, parts.origin));
  const auto there = chain->at();
  if (!there) throw parameter_error(fmt::format("monitor {}: {}", monitor, there.error().message));
  return distance(*source, there->point({}));
}

namespace {

double covered_flight_path(const lookup_table& table, const beamline& parts, const std::string& monitor) {
  const auto path = monitor_flight_path(parts, monitor);
  if (auto covers = check_covers(table, {&path, 1}, "the flight path of " + monitor); !covers)
    throw parameter_error(covers.error().message);
  return path;
}

} // namespace

monitor_spectrum::monitor_spectrum(std::shared_ptr<const lookup_table> table, const beamline& parts,
                                   const std::string& monitor, std::vector<double> edges)
  : wavelengths_(table, covered_flight_path(*table, parts, monitor)), bins_(edges),
    counts_({{"wavelength", "\u00c5", std::move(edges)}}, "counts") {}

void monitor_spectrum::add(const stream_value& value) {
  if (const auto* events = std::get_if<events_ptr>(&value))
    add(**events);
  else if (const auto* array = std::get_if<array_ptr>(&value))
    add(**array);
  else
    throw std::invalid_argument("a monitor gives neither events nor histograms");
}

void monitor_spectrum::add(const event_batch& events) {
  std::vector<std::uint64_t> events_in(bins_.size() + 1);
  const auto none = bins_.size();
  const auto frames = wavelengths_.frames_of(events.chunks);
  bins_.visit([&](const auto bin_of) {
    for (const auto& chunk : events.chunks)
      wavelengths_.each_block(chunk, frames, [&](const wavelength_block& block) {
        for (std::size_t e = 0; e < block.events; ++e)
          ++events_in[std::min(bin_of(block.wavelength[e]), none)];
      });
  });
  for (std::size_t k = 0; k < none; ++k) {
    const auto n = static_cast<double>(events_in[k]);
    counts_[k] += {n, n};
  }
}

void monitor_spectrum::add(const data_array& array) {
  check_count_unit(array.data.unit);
  const auto sent = to_wavelengths(read_histogram_for_wavelengths(array), wavelengths_, wavelengths_.flight_path(0));
  std::vector<double> value(bins_.size());
  std::vector<double> variance(bins_.size());
  rebin_onto(sent, bins_.edges(), value, variance);
  for (std::size_t k = 0; k < bins_.size(); ++k)
    counts_[k] += {value[k], variance[k]};
}

} // namespace livedata
