#include "workflows/monitor/monitor_histogram.hpp"

#include "messages/units.hpp"
#include "workflows/declared_settings.hpp"
#include "workflows/geometry/beamline.hpp"
#include "workflows/monitor/histogram_input.hpp"
#include "workflows/partly_refused.hpp"
#include "workflows/wavelength/table_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace livedata {

namespace {

bool is_in_counts(const stream_data& stream) {
  const auto* array = std::get_if<array_ptr>(&stream.value);
  return array == nullptr || ((*array)->data.unit && same_unit(*(*array)->data.unit, "counts"));
}

void add_to(std::vector<double>& sum, const std::vector<double>& term) {
  if (term.empty()) return;
  sum.resize(term.size());
  for (std::size_t i = 0; i < term.size(); ++i)
    sum[i] += term[i];
}

template <class T>
T sum_of(const std::vector<T>& v, bin_range range) {
  if (v.empty()) return 0;
  return std::accumulate(v.begin() + range.first, v.begin() + range.first + range.count, T{0});
}

} // namespace

monitor_histogram::monitor_histogram(const edges_model& edges, const range_model& range)
  : dimension_(dimension_of(quantity::time_of_arrival)), edges_(make_vector(dimension_, edges.values(), edges.unit)),
    ns_per_unit_(nanoseconds_per(edges.unit)), time_(edges_in_ns(edges)), bins_(time_->size()),
    range_(bins_in_range(edges, range)) {
  clear();
}

monitor_histogram::monitor_histogram(const edges_model& edges, const range_model& range, monitor_beam beam)
  : dimension_(dimension_of(quantity::wavelength)), edges_(make_vector(dimension_, edges.values(), edges.unit)),
    wavelength_(wavelength_scale{std::move(beam.table), beam.source, beam.name,
                                 moving_chain(beam.name, std::move(beam.chain), beam.bindings),
                                 value_bins(edges_in_base(edges, quantity::wavelength))}),
    bins_(wavelength_->bins.size()), range_(bins_in_range(edges, range, quantity::wavelength)) {
  clear();
  if (beam.bindings.empty()) follow();
}

void monitor_histogram::place(const affine& where) {
  auto& w = *wavelength_;
  const auto path = distance(w.source, where.point({0, 0, 0}));
  if (auto covers = check_covers(*w.table, {&path, 1}, "the flight path of " + w.name); !covers)
    throw std::runtime_error(covers.error().message);
  w.wavelengths.emplace(w.table, path);
  w.flight_path = path;
}

void monitor_histogram::follow() {
  const auto change =
    wavelength_->chain.update([this](const affine& where, std::span<const entry_value> /*entries*/) { place(where); });
  if (change == moving_chain::change::moved) clear();
}

void monitor_histogram::set_context(std::string_view stream, const stream_value& value) {
  if (!wavelength_ || !wavelength_->chain.takes(stream)) return workflow::set_context(stream, value);
  wavelength_->chain.set(stream, value);
}

void monitor_histogram::accumulate(const job_data& data) {
  if (wavelength_) follow();
  std::string refused;
  std::size_t refusals = 0;
  // Where the first batch brings several units, one odd array must not decide.
  if (!has_unit_ && std::ranges::any_of(data.primary, is_in_counts)) {
    has_unit_ = true;
    unit_ = "counts";
  }
  for (const auto& stream : data.primary) {
    try {
      add(stream);
    } catch (const std::invalid_argument& e) {
      ++refusals;
      if (refused.find(e.what()) == std::string::npos) refused += (refused.empty() ? "" : "\n") + std::string(e.what());
    }
  }
  if (refusals > 0 && refusals == data.primary.size()) throw std::invalid_argument(refused);
  bounds_.extend(data.start, data.end);
  if (refusals > 0) throw partly_refused(refused);
}

void monitor_histogram::add(const stream_data& stream) {
  if (const auto* events = std::get_if<events_ptr>(&stream.value)) {
    check_unit("counts");
    if (wavelength_)
      add_wavelengths(**events);
    else
      add(**events);
  } else if (const auto* histogram = std::get_if<array_ptr>(&stream.value)) {
    add(**histogram);
  } else {
    throw std::invalid_argument(fmt::format("stream '{}' gives neither events nor histograms", stream.stream));
  }
}

void monitor_histogram::check_unit(const std::optional<std::string>& unit) {
  const auto shown = [](const std::optional<std::string>& u) {
    return u ? fmt::format("the unit '{}'", *u) : "no unit";
  };
  if (has_unit_ && !same_unit_or_none(unit, unit_))
    refuse_histogram(fmt::format("its counts have {}, those before have {}; reset the job if the new one is right",
                                 shown(unit), shown(unit_)));
  check_count_unit(unit);
  has_unit_ = true;
  unit_ = unit;
}

void monitor_histogram::add_wavelengths(const event_batch& events) {
  const auto& w = *wavelength_;
  const auto frames = w.wavelengths->frames_of(events.chunks);
  // Then one for wavelengths in no bin, and one for events outside the table.
  std::vector<std::uint64_t> found(bins_ + 2);
  w.bins.visit([&](const auto bin_of) {
    for (const auto& chunk : events.chunks)
      w.wavelengths->each_block(chunk, frames, [&](const wavelength_block& b) {
        for (std::size_t e = 0; e < b.events; ++e) {
          const auto x = b.wavelength[e];
          ++found[x == x ? std::min(bin_of(x), bins_) : bins_ + 1];
        }
      });
  });
  for (std::size_t k = 0; k < bins_; ++k)
    window_.events[k] += found[k];
  tally_.received += events.events;
  tally_.out_of_range += found[bins_];
  tally_.out_of_table += found[bins_ + 1];
  tally_.accepted += events.events - found[bins_] - found[bins_ + 1];
}

void monitor_histogram::add(const event_batch& events) {
  time_->visit([&](const auto search) {
    // Neighbouring events often meet in one bin, and an increment has to wait for the one before in the same place. So
    // they take turns in four histograms; the last place of each is for events that are in no bin.
    const auto bins = bins_;
    std::vector<std::uint64_t> lanes(4 * (bins + 1));
    auto* const lane = lanes.data();
    for (const auto& chunk : events.chunks) {
      const auto time = chunk.time_of_arrival;
      const auto n = time.size();
      for (std::size_t i = 0; i < n; ++i) {
        const auto k = search(time[i]);
        ++lane[(i % 4) * (bins + 1) + (k < bins ? k : bins)];
      }
      tally_.received += n;
    }
    for (std::size_t l = 0; l < 4; ++l) {
      for (std::size_t k = 0; k < bins; ++k) {
        window_.events[k] += lane[l * (bins + 1) + k];
        tally_.accepted += lane[l * (bins + 1) + k];
      }
      tally_.out_of_range += lane[l * (bins + 1) + bins];
    }
  });
}

void monitor_histogram::add(const data_array& histogram) {
  const auto source = wavelength_ ? to_wavelengths(read_histogram_for_wavelengths(histogram), *wavelength_->wavelengths,
                                                   wavelength_->flight_path)
                                  : read_histogram(histogram, ns_per_unit_);
  check_unit(histogram.data.unit);
  const auto& target = wavelength_ ? wavelength_->bins.edges() : std::get<std::vector<double>>(edges_.data);
  rebin_onto(source, target, window_.value, window_.variance);
}

void monitor_histogram::add(counts& sum, const counts& term) {
  for (std::size_t k = 0; k < sum.events.size(); ++k)
    sum.events[k] += term.events[k];
  add_to(sum.value, term.value);
  add_to(sum.variance, term.variance);
}

data_array monitor_histogram::spectrum(const counts& c) const {
  std::vector<double> y(c.events.begin(), c.events.end());
  auto variance = y;
  add_to(y, c.value);
  add_to(variance, c.variance);
  data_array a{{}, make_vector(dimension_, std::move(y), "counts"), values(std::move(variance)), {}};
  stamp_flight_path(a);
  a.set_coord(dimension_, edges_);
  return a;
}

void monitor_histogram::stamp_flight_path(data_array& a) const {
  if (wavelength_) a.set_coord("Ltotal", make_scalar(wavelength_->flight_path, "m"));
}

data_array monitor_histogram::total(const counts& c, bin_range range) const {
  auto events = static_cast<double>(sum_of(c.events, range));
  data_array a{{},
               make_scalar(events + sum_of(c.value, range), "counts"),
               values(std::vector<double>{events + sum_of(c.variance, range)}),
               {}};
  stamp_flight_path(a);
  return a;
}

std::vector<workflow_output> monitor_histogram::finalize() {
  auto all = past_;
  add(all, window_);
  bin_range everything{0, static_cast<std::int32_t>(bins_)};
  std::vector<workflow_output> out;
  out.reserve(6);
  out.push_back({"cumulative", spectrum(all)});
  out.push_back({"current", spectrum(window_)});
  out.push_back({"counts_total", total(window_, everything)});
  out.push_back({"counts_in_toa_range", total(window_, range_)});
  out.push_back({"counts_total_cumulative", total(all, everything)});
  out.push_back({"counts_in_toa_range_cumulative", total(all, range_)});
  for (std::size_t i = 1; i <= 3; ++i)
    bounds_.stamp(*out[i].value);
  past_ = std::move(all);
  window_ = {std::vector<std::uint64_t>(bins_), {}, {}};
  bounds_.close();
  return out;
}

void monitor_histogram::clear() {
  past_ = window_ = {std::vector<std::uint64_t>(bins_), {}, {}};
  bounds_.close();
  has_unit_ = false;
  unit_.reset();
}

void monitor_histogram::counts::state(archive& a) {
  a.field("events", events, events.size());
  auto has_histograms = !value.empty();
  a.field("has_histograms", has_histograms);
  const auto bins = has_histograms ? events.size() : 0;
  value.resize(bins);
  variance.resize(bins);
  if (!has_histograms) return;
  a.field("value", value, bins);
  a.field("variance", variance, bins);
}

void monitor_histogram::state(archive& a) {
  if (wavelength_) {
    wavelength_->chain.state(a);
    if (a.loading() && wavelength_->chain.placed()) place(*wavelength_->chain.placed());
  }
  a.field("past", past_);
  a.field("window", window_);
  a.field("tally", tally_);
  a.field("bounds", bounds_);
  a.field("has_unit", has_unit_);
  a.field("unit", unit_);
}

namespace {

bool has_table(const workflow_declaration& declaration) {
  return read_settings(declaration,
                       [](const json_node& settings) { return settings.find("lookup_table").has_value(); });
}

parameter_model monitor_parameters(const workflow_declaration& declaration) {
  auto model = events_model(has_table(declaration));
  read_settings(declaration, [&](const json_node& settings) {
    settings.allow_keys({"lookup_table", "parameters"});
    if (auto groups = settings.find("parameters"))
      for (const auto& [name, group] : groups->members())
        model.push_back(read_parameter_group(name, group.value(), "settings.parameters." + name));
  });
  return model;
}

monitor_beam beam_of_monitor(const build_request& request) {
  const auto b = shared_beamline(request.inst, request.files);
  const auto source = b->source_position();
  if (!source) throw parameter_error(source.error().message);
  const auto* chain = b->find_monitor(request.source);
  if (chain == nullptr)
    throw parameter_error(fmt::format("{} does not have the monitor {}, so its flight path is not known; use 'toa', or "
                                      "a geometry file that has it",
                                      b->origin, request.source));
  return {request.source, table_of(request), *source, *chain,
          bindings_of(request.inst, request.declaration.name, request.source, *chain)};
}

std::unique_ptr<workflow> build_monitor_histogram(const build_request& request) {
  const auto params = to_spectral_params(request.params);
  // Counts, results as arrays and as messages, each with variances.
  request.claim(16 * sizeof(double) * static_cast<std::uint64_t>(params.edges.num_bins));
  if (params.over != quantity::wavelength) return std::make_unique<monitor_histogram>(params.edges, params.range);
  return std::make_unique<monitor_histogram>(params.edges, params.range, beam_of_monitor(request));
}

} // namespace

workflow_kind monitor_histogram_kind() {
  auto outputs = [](const workflow_declaration&) -> std::vector<output_spec> {
    return {{"cumulative", "Histogram"},
            {"current", "Histogram update"},
            {"counts_total", "Total"},
            {"counts_in_toa_range", "Total in range"},
            {"counts_total_cumulative", "Total"},
            {"counts_in_toa_range_cumulative", "Total in range"}};
  };
  return {outputs, build_monitor_histogram, {}, monitor_parameters};
}

} // namespace livedata
