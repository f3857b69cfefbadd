#include "workflows/timeseries/timeseries.hpp"

#include "workflows/parameter_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace livedata {

namespace {

constexpr const char* dimension = "time";

template <class T>
std::vector<T> tail(std::span<const T> all, std::size_t first) {
  auto part = all.subspan(first);
  return {part.begin(), part.end()};
}

} // namespace

void timeseries::accumulate(const job_data& data) {
  const auto* series =
    data.primary.size() == 1 && data.auxiliary.empty() ? std::get_if<series_ptr>(&data.primary.front().value) : nullptr;
  if (series == nullptr || *series == nullptr)
    throw std::invalid_argument("readings are made from exactly one log or device");
  series_ = *series;
}

std::vector<workflow_output> timeseries::finalize() {
  if (!series_) throw std::runtime_error("No data has been added");
  const auto& s = *series_;
  auto begin = cursor_ ? std::upper_bound(s.time.begin(), s.time.end(), *cursor_) : s.time.begin();
  if (begin == s.time.end()) throw std::runtime_error("No new data since last finalize");
  // What was given out last is kept as long as nothing behind it is dropped.
  if (cursor_ && s.time.front() > *cursor_)
    notes_.push_back(fmt::format("gap in the readings of {}: what came between {} and {} is not kept any more, "
                                 "whether it was given out or not",
                                 source_, to_string(*cursor_), to_string(s.time.front())));
  auto first = static_cast<std::size_t>(begin - s.time.begin());
  data_array a;
  a.data = s.whole_numbers && s.whole.size() == s.time.size() ? make_vector(dimension, tail(s.whole, first), s.unit)
                                                              : make_vector(dimension, tail(s.value, first), s.unit);
  std::vector<std::int64_t> times;
  times.reserve(s.time.size() - first);
  for (auto i = begin; i != s.time.end(); ++i)
    times.push_back(i->ns);
  a.set_coord(dimension, make_vector(dimension, std::move(times), "datetime64[ns]"));
  if (!s.target.empty()) a.set_coord("target", make_vector(dimension, tail(s.target, first), s.unit));
  if (!s.idle.empty()) a.set_coord("idle", make_vector(dimension, tail(s.idle, first), "dimensionless"));
  cursor_ = s.time.back();
  std::vector<workflow_output> out;
  out.push_back({"delta", std::move(a)});
  return out;
}

void timeseries::clear() {
  series_.reset();
  cursor_.reset();
}

workflow_kind timeseries_kind() {
  workflow_kind kind;
  kind.outputs = [](const workflow_declaration&) -> std::vector<output_spec> { return {{"delta", "Update"}}; };
  kind.build = [](const build_request& request) -> std::unique_ptr<workflow> {
    return std::make_unique<timeseries>(request.source);
  };
  kind.parameters = [](const workflow_declaration&) { return parameter_model{}; };
  return kind;
}

} // namespace livedata
