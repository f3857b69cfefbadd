#include "workflows/monitor/monitor_histogram.hpp"

#include "messages/units.hpp"
#include "workflows/kernels/rebin.hpp"
#include "workflows/partly_refused.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace livedata {

namespace {

constexpr std::string_view dimension = "time_of_arrival";

std::vector<double> as_doubles(const values& v) {
  return std::visit([](const auto& numbers) { return std::vector<double>(numbers.begin(), numbers.end()); }, v);
}

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("monitor histogram cannot be used: " + what);
}

struct source_histogram {
  std::vector<double> edges;
  std::vector<double> value;
  std::vector<double> variance;
};

// With edges in the unit of `ns_per_unit` nanoseconds.
source_histogram read(const data_array& a, double ns_per_unit) {
  if (a.data.dims.size() != 1) refuse(fmt::format("it has {} dimensions, but must have one", a.data.dims.size()));
  const auto& dim = a.data.dims.front();
  const auto* edges = a.coord(dim);
  if (edges == nullptr) refuse(fmt::format("it has no coordinate '{}' with the edges of its bins", dim));
  source_histogram h{as_doubles(edges->data), as_doubles(a.data.data), {}};
  if (h.edges.size() != h.value.size() + 1)
    refuse(fmt::format("coordinate '{}' has {} values, but {} bins need {} edges", dim, h.edges.size(), h.value.size(),
                       h.value.size() + 1));
  if (!edges->unit) refuse(fmt::format("coordinate '{}' has no unit", dim));
  const auto to_ns = scale_between(*edges->unit, "ns");
  if (!to_ns) refuse(fmt::format("coordinate '{}' is in '{}', which is no unit of time", dim, *edges->unit));
  auto factor = to_ns->factor() / ns_per_unit;
  for (auto& e : h.edges)
    e *= factor;
  for (std::size_t i = 0; i < h.value.size(); ++i) {
    if (!(h.edges[i] < h.edges[i + 1])) refuse(fmt::format("the edges in '{}' do not increase", dim));
    if (!std::isfinite(h.value[i])) refuse("not all of its values are finite");
  }
  h.variance = a.variances ? as_doubles(*a.variances) : h.value;
  if (h.variance.size() != h.value.size()) refuse("variances and values differ in number");
  return h;
}

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
  : edges_(make_vector(std::string(dimension), edges.values(), edges.unit)), ns_per_unit_(nanoseconds_per(edges.unit)),
    bins_(edges_in_ns(edges)), range_(bins_in_range(edges, range)) {
  clear();
}

void monitor_histogram::accumulate(const job_data& data) {
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
  if (const auto* events = std::get_if<events_ptr>(&stream.value))
    add(**events);
  else if (const auto* histogram = std::get_if<array_ptr>(&stream.value))
    add(**histogram);
  else
    throw std::invalid_argument(fmt::format("stream '{}' gives neither events nor histograms", stream.stream));
}

void monitor_histogram::check_unit(const std::optional<std::string>& unit) {
  const auto shown = [](const std::optional<std::string>& u) {
    return u ? fmt::format("the unit '{}'", *u) : "no unit";
  };
  if (has_unit_ && !same_unit_or_none(unit, unit_))
    refuse(fmt::format("its counts have {}, those before have {}; reset the job if the new one is right", shown(unit),
                       shown(unit_)));
  if (unit && !same_unit(*unit, "counts") && !same_unit(*unit, "dimensionless"))
    refuse(fmt::format("its counts have {}; allowed: counts, dimensionless, or none", shown(unit)));
  has_unit_ = true;
  unit_ = unit;
}

void monitor_histogram::add(const event_batch& events) {
  check_unit("counts");
  bins_.visit([&](const auto search) {
    // Neighbouring events often meet in one bin, and an increment has to wait for the one before in the same place. So
    // they take turns in four histograms; the last place of each is for events that are in no bin.
    const auto bins = bins_.size();
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
  auto source = read(histogram, ns_per_unit_);
  check_unit(histogram.data.unit);
  window_.value.resize(bins_.size());
  window_.variance.resize(bins_.size());
  const auto& target = std::get<std::vector<double>>(edges_.data);
  rebin(source.edges, source.value, target, window_.value);
  rebin(source.edges, source.variance, target, window_.variance);
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
  return {{},
          make_vector(std::string(dimension), std::move(y), "counts"),
          values(std::move(variance)),
          {{std::string(dimension), edges_}}};
}

data_array monitor_histogram::total(const counts& c, bin_range range) {
  auto events = static_cast<double>(sum_of(c.events, range));
  return {{},
          make_scalar(events + sum_of(c.value, range), "counts"),
          values(std::vector<double>{events + sum_of(c.variance, range)}),
          {}};
}

std::vector<workflow_output> monitor_histogram::finalize() {
  auto all = past_;
  add(all, window_);
  bin_range everything{0, static_cast<std::int32_t>(bins_.size())};
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
  window_ = {std::vector<std::uint64_t>(bins_.size()), {}, {}};
  bounds_.close();
  return out;
}

void monitor_histogram::clear() {
  past_ = window_ = {std::vector<std::uint64_t>(bins_.size()), {}, {}};
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
  a.field("past", past_);
  a.field("window", window_);
  a.field("tally", tally_);
  a.field("bounds", bounds_);
  a.field("has_unit", has_unit_);
  a.field("unit", unit_);
}

workflow_kind monitor_histogram_kind() {
  auto outputs = [](const workflow_declaration&) -> std::vector<output_spec> {
    return {{"cumulative", "Histogram"},
            {"current", "Histogram update"},
            {"counts_total", "Total"},
            {"counts_in_toa_range", "Total in range"},
            {"counts_total_cumulative", "Total"},
            {"counts_in_toa_range_cumulative", "Total in range"}};
  };
  auto build = [](const build_request& request) -> std::unique_ptr<workflow> {
    auto edges = to_edges(request.params.at("toa_edges"));
    // Counts, results as arrays and as messages, each with variances.
    request.claim(16 * sizeof(double) * static_cast<std::uint64_t>(edges.num_bins));
    return std::make_unique<monitor_histogram>(edges,
                                               to_range(request.params.at("toa_range")));
  };
  return {outputs, build, {}, [](const workflow_declaration&) { return events_model(); }};
}

} // namespace livedata
