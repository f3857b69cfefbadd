#include "workflows/reduction/reduction.hpp"

#include "workflows/partly_refused.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace livedata {

void reduction::input(std::string stream, std::string called, taker take) {
  inputs_.push_back({std::move(stream), std::move(called), std::move(take)});
}

void reduction::events(std::string stream, std::string called, std::function<void(const event_batch&)> take) {
  auto take_events = [stream, take = std::move(take)](const stream_value& value) { take(events_of(value, stream)); };
  input(std::move(stream), std::move(called), std::move(take_events));
}

void reduction::context(std::string stream, taker take) {
  contexts_.push_back({std::move(stream), std::move(take)});
}

void reduction::accumulator(std::string name, histogram& h, since when) {
  if (when == since::last_result) windows_.push_back(&h);
  cleared_.push_back([&h] { h.clear(); });
  kept(std::move(name), h);
}

void reduction::target(std::string output, std::function<data_array()> compute, since when) {
  targets_.push_back({std::move(output), std::move(compute), when});
}

void reduction::take(const stream_data& data) {
  for (auto& i : inputs_)
    if (i.stream == data.stream) {
      i.take(data.value);
      i.delivered = true;
    }
}

void reduction::accumulate(const job_data& data) {
  if (before_each_batch_) before_each_batch_();
  std::string refused;
  const auto take_all = [&](const std::vector<stream_data>& streams) {
    std::size_t taken = 0;
    for (const auto& s : streams) {
      try {
        take(s);
        ++taken;
      } catch (const std::invalid_argument& e) {
        refused += (refused.empty() ? "" : "\n") + std::string(e.what());
      }
    }
    return taken;
  };
  const auto primary = take_all(data.primary);
  const auto taken = primary + take_all(data.auxiliary);
  if (taken == 0 && !refused.empty()) throw std::invalid_argument(refused);
  if (primary > 0) bounds_.extend(data.start, data.end);
  if (!refused.empty()) throw partly_refused(refused);
}

void reduction::set_context(std::string_view stream, const stream_value& value) {
  auto known = std::ranges::find(contexts_, stream, &declared_context::stream);
  if (known == contexts_.end()) return workflow::set_context(stream, value);
  known->take(value);
}

std::vector<std::string> reduction::waits_for() const {
  std::vector<std::string> missing;
  for (const auto& i : inputs_)
    if (!i.called.empty() && !i.delivered) missing.push_back(fmt::format("{} ({})", i.called, i.stream));
  return missing;
}

std::vector<workflow_output> reduction::finalize() {
  if (const auto missing = waits_for(); !missing.empty())
    throw std::runtime_error("there is no result without " + missing.front());
  if (before_targets_) before_targets_();
  std::vector<workflow_output> out;
  out.reserve(targets_.size());
  for (const auto& t : targets_) {
    out.push_back({t.output, t.compute()});
    if (t.when == since::last_result) bounds_.stamp(*out.back().value);
  }
  for (auto* window : windows_)
    window->clear();
  bounds_.close();
  return out;
}

void reduction::clear() {
  for (const auto& f : cleared_)
    f();
  for (auto& i : inputs_)
    i.delivered = false;
  bounds_.close();
}

void reduction::state(archive& a) {
  for (const auto& f : saved_)
    f(a);
  for (auto& i : inputs_)
    a.field("delivered " + i.stream, i.delivered);
  a.field("tally", tally_);
  a.field("bounds", bounds_);
  if (a.loading() && after_loading_) after_loading_();
}

const event_batch& events_of(const stream_value& value, std::string_view stream) {
  const auto* events = std::get_if<events_ptr>(&value);
  if (events == nullptr || !*events) throw std::invalid_argument(fmt::format("stream '{}' brings no events", stream));
  for (const auto& chunk : (*events)->chunks)
    if (chunk.pixel_id.size() != chunk.size())
      throw std::invalid_argument(fmt::format("stream '{}' brings events without detector numbers", stream));
  return **events;
}

void require_memory(double bytes, const build_request& request) {
  constexpr double megabyte = 1e6;
  if (bytes > static_cast<double>(request.limits.job_memory))
    throw parameter_error(fmt::format(
      "bins and pixels of {} would need {:.0f} MB of memory, but a job may have {:.0f} MB "
      "(limits.job-memory); take fewer bins",
      request.declaration.name, bytes / megabyte, static_cast<double>(request.limits.job_memory) / megabyte));
  request.claim(static_cast<std::uint64_t>(bytes));
}

const series_ptr& samples_of(const stream_value& value, std::string_view stream) {
  const auto* series = std::get_if<series_ptr>(&value);
  if (series == nullptr || !*series || (*series)->value.empty())
    throw std::invalid_argument(fmt::format("stream '{}' brings no samples of a log or device", stream));
  return *series;
}

} // namespace livedata
