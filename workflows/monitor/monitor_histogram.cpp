#include "workflows/monitor/monitor_histogram.hpp"

#include <numeric>

namespace livedata {

namespace {

constexpr std::string_view dimension = "time_of_arrival";

data_array total(const std::vector<std::uint64_t>& counts, bin_range range) {
  auto first = counts.begin() + range.first;
  auto sum = static_cast<double>(std::accumulate(first, first + range.count, std::uint64_t{0}));
  return {{}, make_scalar(sum, "counts"), values(std::vector<double>{sum}), {}};
}

} // namespace

monitor_histogram::monitor_histogram(const edges_model& edges, const range_model& range)
  : edges_(make_vector(std::string(dimension), edges.values(), edges.unit)), bins_(edges_in_ns(edges)),
    range_(bins_in_range(edges, range)), cumulative_(bins_.size()), window_(bins_.size()) {}

void monitor_histogram::accumulate(const job_data& data) {
  for (const auto& stream : data.primary) {
    const auto& events = std::get<events_ptr>(stream.value);
    for (const auto& chunk : events->chunks) {
      std::uint64_t outside = 0;
      for (std::size_t i = 0; i < chunk.size(); ++i) {
        auto k = bins_.find(chunk.time_of_arrival[i]);
        if (k < 0)
          ++outside;
        else
          ++window_[static_cast<std::size_t>(k)];
      }
      tally_.received += chunk.size();
      tally_.accepted += chunk.size() - outside;
      tally_.out_of_range += outside;
    }
  }
  bounds_.extend(data.start, data.end);
}

data_array monitor_histogram::spectrum(const std::vector<std::uint64_t>& counts) const {
  std::vector<double> y(counts.begin(), counts.end());
  return {{}, make_vector(std::string(dimension), y, "counts"), values(y), {{std::string(dimension), edges_}}};
}

std::vector<workflow_output> monitor_histogram::finalize() {
  std::vector<std::uint64_t> all(cumulative_);
  for (std::size_t k = 0; k < all.size(); ++k)
    all[k] += window_[k];
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
  cumulative_ = std::move(all);
  window_.assign(window_.size(), 0);
  bounds_.close();
  return out;
}

void monitor_histogram::clear() {
  cumulative_.assign(cumulative_.size(), 0);
  window_.assign(window_.size(), 0);
  bounds_.close();
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
    return std::make_unique<monitor_histogram>(to_edges(request.params.at("toa_edges")),
                                               to_range(request.params.at("toa_range")));
  };
  return {outputs, build, {}, [](const workflow_declaration&) { return events_model(); }};
}

} // namespace livedata
