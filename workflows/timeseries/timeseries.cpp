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

// The samples of a series, from one on, with memory of their own.
struct saved_series {
  std::vector<timestamp> time;
  std::vector<double> value;
  std::vector<double> target;
  std::vector<std::int32_t> idle;
  std::vector<std::int64_t> whole;
  bool whole_numbers = false;
  std::optional<std::string> unit;

  saved_series() = default;

  saved_series(const log_series& s, std::size_t first)
    : time(tail(s.time, first)), value(tail(s.value, first)), target(tail(s.target, std::min(first, s.target.size()))),
      idle(tail(s.idle, std::min(first, s.idle.size()))), whole(tail(s.whole, std::min(first, s.whole.size()))),
      whole_numbers(s.whole_numbers), unit(s.unit) {}

  void state(archive& a) {
    a.field("time", time);
    a.field("value", value, time.size());
    a.field("target", target);
    a.field("idle", idle);
    a.field("whole", whole);
    if (!target.empty() && target.size() != time.size()) a.refuse("target", "has another length than the times");
    if (!idle.empty() && idle.size() != time.size()) a.refuse("idle", "has another length than the times");
    a.field("whole_numbers", whole_numbers);
    a.field("unit", unit);
  }
};

series_ptr to_series(saved_series saved) {
  const auto owner = std::make_shared<const saved_series>(std::move(saved));
  return std::make_shared<const log_series>(log_series{owner->time, owner->value, owner->target, owner->idle,
                                                       owner->whole_numbers, owner->whole, owner->unit, owner});
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

void timeseries::state(archive& a) {
  std::optional<saved_series> series;
  if (series_) {
    // The last sample that was given out shows that there is no gap behind it.
    const auto& time = series_->time;
    const auto next = cursor_ ? std::ranges::upper_bound(time, *cursor_) : time.begin();
    const auto first = next == time.begin() ? next : next - 1;
    series.emplace(*series_, static_cast<std::size_t>(first - time.begin()));
  }
  a.field("series", series);
  a.field("cursor", cursor_);
  a.field("notes", notes_);
  if (a.loading()) series_ = series ? to_series(std::move(*series)) : nullptr;
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
