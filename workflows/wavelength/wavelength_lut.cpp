#include "workflows/wavelength/wavelength_lut.hpp"

#include "messages/units.hpp"
#include "workflows/geometry/beamline.hpp"
#include "workflows/value_models.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace livedata {

namespace {

constexpr std::string_view speed_part = "/rotation_speed_setpoint";
constexpr std::string_view delay_part = "/delay_setpoint";

// The latest value of a log and its unit.
std::pair<double, std::string> latest_of(std::string_view stream, const stream_value& value) {
  const auto* series = std::get_if<series_ptr>(&value);
  if (series == nullptr || !*series || (*series)->value.empty())
    throw std::invalid_argument(fmt::format("stream '{}' has no value of a chopper", stream));
  return {(*series)->value.back(), (*series)->unit.value_or("")};
}

double to_hertz(std::string_view stream, const std::pair<double, std::string>& reading) {
  const auto& [value, unit] = reading;
  // A turn is an angle of its own elsewhere.
  if (unit == "rpm") return value / 60;
  if (const auto scale = scale_between(unit, "Hz")) return (*scale)(value);
  throw std::invalid_argument(
    fmt::format("stream '{}' is in '{}', which is no unit of speed; allowed: Hz, kHz, rpm", stream, unit));
}

double to_seconds(std::string_view stream, const std::pair<double, std::string>& reading) {
  if (const auto scale = scale_between(reading.second, "s")) return (*scale)(reading.first);
  throw std::invalid_argument(
    fmt::format("stream '{}': '{}' is no unit of time, such as ns, \u03bcs, ms or s", stream, reading.second));
}

data_array rows_of(std::vector<double> distance, std::vector<double> time, std::vector<double> wavelength,
                   std::vector<double> variance) {
  data_array a;
  a.data = {{"distance", "event_time_offset"},
            {static_cast<std::int64_t>(distance.size()), static_cast<std::int64_t>(time.size())},
            "\u00c5",
            std::move(wavelength)};
  a.variances = std::move(variance);
  a.set_coord("distance", make_vector("distance", std::move(distance), "m"));
  a.set_coord("event_time_offset", make_vector("event_time_offset", std::move(time), "\u00b5s"));
  return a;
}

} // namespace

wavelength_lut::wavelength_lut(table_settings settings, std::vector<turning_chopper> choppers,
                               variable distance_resolution, variable time_resolution)
  : settings_(std::move(settings)), choppers_(std::move(choppers)),
    distance_resolution_(std::move(distance_resolution)), time_resolution_(std::move(time_resolution)),
    readings_(choppers_.size()) {}

void wavelength_lut::set_context(std::string_view stream, const stream_value& value) {
  for (std::size_t i = 0; i < choppers_.size(); ++i) {
    const auto& name = choppers_[i].disk.name;
    if (!stream.starts_with(name)) continue;
    const auto part = stream.substr(name.size());
    if (part == speed_part) {
      readings_[i].frequency = to_hertz(stream, latest_of(stream, value));
      return;
    }
    if (part == delay_part) {
      readings_[i].delay = to_seconds(stream, latest_of(stream, value));
      return;
    }
  }
  workflow::set_context(stream, value);
}

void wavelength_lut::accumulate(const job_data& data) {
  if (!data.primary.empty()) triggered_ = true;
}

std::vector<std::string> wavelength_lut::waits_for() const {
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < choppers_.size(); ++i) {
    const auto& name = choppers_[i].disk.name;
    if (!readings_[i].frequency) missing.push_back(fmt::format("{}{}", name, speed_part));
    if (!readings_[i].delay) missing.push_back(fmt::format("{}{}", name, delay_part));
  }
  return missing;
}

std::vector<workflow_output> wavelength_lut::finalize() {
  if (!triggered_) throw std::runtime_error("no trigger has come from the choppers");
  auto choppers = choppers_;
  for (std::size_t i = 0; i < choppers.size(); ++i) {
    if (!readings_[i].frequency || !readings_[i].delay)
      throw std::runtime_error(fmt::format("chopper {} has no speed or no delay yet", choppers[i].disk.name));
    choppers[i].setting = {*readings_[i].frequency, *readings_[i].delay};
  }
  auto computed = compute_table(settings_, choppers);
  auto& t = computed.table;
  auto table = rows_of(std::move(t.distance), std::move(computed.time), std::move(t.wavelength), std::move(t.variance));
  table.set_coord("pulse_period", make_scalar(1 / settings_.pulse_frequency, "s"));
  table.set_coord("pulse_stride", make_scalar(t.pulse_stride, "dimensionless"));
  table.set_coord("distance_resolution", distance_resolution_);
  table.set_coord("time_resolution", time_resolution_);
  auto& b = computed.bands;
  std::vector<workflow_output> out;
  out.push_back({"wavelength_lut", std::move(table)});
  out.push_back({"chopper_cascade_bands",
                 rows_of(std::move(b.distance), std::move(b.time), std::move(b.wavelength), std::move(b.variance))});
  return out;
}

void wavelength_lut::clear() {
  triggered_ = false;
}

void wavelength_lut::reading::state(archive& a) {
  a.field("frequency", frequency);
  a.field("delay", delay);
}

void wavelength_lut::state(archive& a) {
  a.field("readings", readings_, choppers_.size());
  a.field("triggered", triggered_);
}

namespace {

std::unique_ptr<workflow> build_wavelength_lut(const build_request& request) {
  const auto settings = to_table_settings(request.params);
  const auto most_pulses = settings.stride.value_or(2);
  const auto needed = memory_of(settings, most_pulses);
  if (needed > static_cast<double>(request.limits.job_memory))
    throw parameter_error(
      fmt::format("the table would need {:.1f} MB, but a job may have {:.1f} MB (limits.job-memory); ask for a coarser "
                  "distance_resolution or time_resolution",
                  needed / 1e6, static_cast<double>(request.limits.job_memory) / 1e6));
  request.claim(static_cast<std::uint64_t>(needed));
  const auto b = shared_beamline(request.inst, request.files);
  const auto resolution = [&](const char* name) {
    const auto& group = request.params.at(name);
    return make_scalar(group.at("value").get<double>(), wire_unit(group.at("unit").get_ref<const std::string&>()));
  };
  return std::make_unique<wavelength_lut>(settings, choppers_of(request.inst, *b), resolution("distance_resolution"),
                                          resolution("time_resolution"));
}

} // namespace

workflow_kind wavelength_lut_kind() {
  workflow_kind kind;
  kind.outputs = [](const workflow_declaration&) -> std::vector<output_spec> {
    return {{"wavelength_lut", "Wavelength lookup table"}, {"chopper_cascade_bands", "Chopper cascade bands"}};
  };
  kind.build = build_wavelength_lut;
  kind.parameters = [](const workflow_declaration&) { return table_model(); };
  kind.gating = [](const instrument& inst, const workflow_declaration&, const std::string&) {
    std::vector<std::string> streams;
    for (const auto& name : inst.choppers)
      for (const auto part : {speed_part, delay_part})
        streams.push_back(fmt::format("{}{}", name, part));
    return streams;
  };
  return kind;
}

} // namespace livedata
