#include "workflows/geometry/nexus_events.hpp"

#include "messages/units.hpp"
#include "workflows/geometry/byte_stream.hpp"
#include "workflows/geometry/nexus_detector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace livedata {

namespace {

constexpr std::size_t most_events = std::size_t{1} << 30;

unit_scale scale_to_ns(const nexus_file& file, const std::string& dataset) {
  const auto unit = file.text_attribute(dataset, "units").value_or("nothing");
  const auto scale = scale_between(unit, "ns");
  if (!scale) throw nexus_error(fmt::format("{} is in \"{}\"; allowed: a unit of time", dataset, unit));
  return *scale;
}

std::int64_t whole_ns_per_unit(const nexus_file& file, const std::string& dataset) {
  const auto scale = scale_to_ns(file, dataset);
  if (scale.divisor != 1 || scale.multiplier != std::round(scale.multiplier))
    throw nexus_error(dataset + " is in a unit that has no whole number of ns");
  return static_cast<std::int64_t>(scale.multiplier);
}

std::string group_of_events(const nexus_file& file, const std::string& detector) {
  std::vector<std::string> found;
  if (file.what(detector) == nexus_file::object::group)
    for (const auto& name : file.members(detector)) {
      auto path = detector + "/" + name;
      if (file.what(path) == nexus_file::object::group && file.text_attribute(path, "NX_class") == "NXevent_data")
        found.push_back(std::move(path));
    }
  if (found.size() != 1)
    throw nexus_error(
      fmt::format("{} has {} groups of class NXevent_data; needed: one, with the events", detector, found.size()));
  return found.front();
}

std::vector<std::int32_t> in_ns(std::vector<double> times, const unit_scale& to_ns, const std::string& dataset) {
  std::vector<std::int32_t> out(times.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto t = std::trunc(to_ns(times[i]));
    if (!(std::abs(t) <= std::numeric_limits<std::int32_t>::max()))
      throw nexus_error(fmt::format("{} holds {}; allowed: arrival times of 32 bits in ns", dataset, times[i]));
    out[i] = static_cast<std::int32_t>(t);
  }
  return out;
}

recorded_events read_events(const nexus_file& file, const std::string& detector) {
  const auto group = group_of_events(file, detector);
  recorded_events events;
  events.pixel = file.integers(group + "/event_id", most_events);
  const auto offset = group + "/event_time_offset";
  events.time_of_arrival = in_ns(file.numbers(offset, most_events), scale_to_ns(file, offset), offset);
  if (events.time_of_arrival.size() != events.pixel.size())
    throw nexus_error(fmt::format("{} has {} event_id and {} event_time_offset", group, events.pixel.size(),
                                  events.time_of_arrival.size()));
  const auto zero = group + "/event_time_zero";
  const auto factor = whole_ns_per_unit(file, zero);
  events.pulse_time = file.whole_numbers(zero, most_events);
  for (auto& t : events.pulse_time)
    t *= factor;
  events.first_event = file.whole_numbers(group + "/event_index", most_events);
  if (events.first_event.size() != events.pulse_time.size())
    throw nexus_error(group + " has event_index and event_time_zero of different lengths");
  const auto all = static_cast<std::int64_t>(events.pixel.size());
  if (!std::ranges::is_sorted(events.first_event) ||
      (!events.first_event.empty() && (events.first_event.front() < 0 || events.first_event.back() > all)))
    throw nexus_error(group + "/event_index does not lead through the events");
  return events;
}

} // namespace

event_batch recorded_events::batch() const {
  event_batch b;
  const packed_span<std::int32_t> times{std::span(time_of_arrival)};
  const packed_span<std::int32_t> pixels{std::span(pixel)};
  for (std::size_t p = 0; p < pulse_time.size(); ++p) {
    const auto first = static_cast<std::size_t>(first_event[p]);
    const auto last = p + 1 < first_event.size() ? static_cast<std::size_t>(first_event[p + 1]) : pixel.size();
    if (last > first)
      b.add({{pulse_time[p]}, times.part(first, last - first), pixels.part(first, last - first), nullptr});
  }
  return b;
}

recorded_events read_recorded_events(const std::filesystem::path& file, const std::string& detector_group) {
  const auto bytes = read_isolated(file.string(), [&](const nexus_file& content) {
    const auto events = read_events(content, detector_group);
    byte_writer out;
    out.list(events.pulse_time);
    out.list(events.first_event);
    out.list(events.time_of_arrival);
    out.list(events.pixel);
    return std::move(out.bytes);
  });
  byte_reader in(bytes);
  recorded_events events;
  events.pulse_time = in.list<std::int64_t>();
  events.first_event = in.list<std::int64_t>();
  events.time_of_arrival = in.list<std::int32_t>();
  events.pixel = in.list<std::int32_t>();
  return events;
}

} // namespace livedata
