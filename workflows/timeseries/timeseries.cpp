#include "workflows/timeseries/timeseries.hpp"

#include "workflows/parameter_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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

// Whether the series has sample `i` of the other.
bool has(const log_series& s, const log_series& other, std::size_t i) {
  const auto at = std::ranges::lower_bound(s.time, other.time[i]);
  if (at == s.time.end() || *at != other.time[i]) return false;
  const auto j = static_cast<std::size_t>(at - s.time.begin());
  auto same = [&](auto a, auto b) { return i >= b.size() || (j < a.size() && a[j] == b[i]); };
  auto equal = [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  return equal(s.value[j], other.value[i]) && (s.whole.empty() || same(s.whole, other.whole)) &&
         (i >= other.target.size() || (j < s.target.size() && equal(s.target[j], other.target[i]))) &&
         same(s.idle, other.idle);
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
  const auto first = first_new();
  if (first == s.time.size()) throw std::runtime_error("No new data since last finalize");
  // What was given out last is kept as long as nothing behind it is dropped.
  if (given_ && s.time.front() > given_->time.back())
    notes_.push_back(fmt::format("gap in the readings of {}: what came between {} and {} is not kept any more, "
                                 "whether it was given out or not",
                                 source_, to_string(given_->time.back()), to_string(s.time.front())));
  data_array a;
  a.data = s.whole_numbers && s.whole.size() == s.time.size() ? make_vector(dimension, tail(s.whole, first), s.unit)
                                                              : make_vector(dimension, tail(s.value, first), s.unit);
  std::vector<std::int64_t> times;
  times.reserve(s.time.size() - first);
  for (const auto t : s.time.subspan(first))
    times.push_back(t.ns);
  a.set_coord(dimension, make_vector(dimension, std::move(times), "datetime64[ns]"));
  if (!s.target.empty()) a.set_coord("target", make_vector(dimension, tail(s.target, first), s.unit));
  if (!s.idle.empty()) a.set_coord("idle", make_vector(dimension, tail(s.idle, first), "dimensionless"));
  given_ = series_;
  std::vector<workflow_output> out;
  out.push_back({"delta", std::move(a)});
  return out;
}

// Mostly the first that is later than what was given out. The newest may have changed since, or have been taken back.
std::size_t timeseries::first_new() const {
  if (!given_) return 0;
  const auto& time = series_->time;
  auto first = static_cast<std::size_t>(std::ranges::upper_bound(time, given_->time.back()) - time.begin());
  while (first > 0 && time[first - 1] >= given_->time.front() && !has(*given_, *series_, first - 1))
    --first;
  return first;
}

void timeseries::clear() {
  series_.reset();
  given_.reset();
}

void timeseries::state(archive& a) {
  std::optional<saved_series> series;
  std::optional<saved_series> given;
  if (series_) series.emplace(*series_, first_new());
  if (given_) given.emplace(*given_, given_->time.size() - 1);
  a.field("series", series);
  a.field("given", given);
  a.field("notes", notes_);
  if (!a.loading()) return;
  series_ = series ? to_series(std::move(*series)) : nullptr;
  given_ = given ? to_series(std::move(*given)) : nullptr;
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
