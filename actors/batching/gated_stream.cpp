#include "actors/batching/gated_stream.hpp"

#include "actors/batching/placing.hpp"

#include <algorithm>

namespace livedata {

using namespace batching;

std::optional<stream_message> gated_stream::route(stream_message m, timestamp start) {
  observe(placing_time(m));
  if (!place(m, start)) return m;
  messages_.push_back(std::move(m));
  return std::nullopt;
}

bool gated_stream::place(const stream_message& m, timestamp start) {
  if (!grid_) return true;
  auto slot = grid_->slot(placing_time(m), start);
  if (slot < grid_->slots * (1 + plausible_lengths)) counts_.arrived(std::min(slot, grid_->slots), m.position.lane);
  return slot < grid_->slots;
}

void gated_stream::drain(std::vector<stream_message>& all) {
  move_behind(all, messages_);
  counts_.begin_window();
}

std::vector<stream_message> gated_stream::learn(timestamp start, duration length) {
  if (grid_) return {};
  refresh(start, length);
  if (!grid_) return {};
  auto later =
    std::stable_partition(messages_.begin(), messages_.end(), [&](const auto& m) { return place(m, start); });
  std::vector<stream_message> back(std::make_move_iterator(later), std::make_move_iterator(messages_.end()));
  messages_.erase(later, messages_.end());
  return back;
}

void gated_stream::refresh(timestamp start, duration length) {
  auto rate = estimator_.rate();
  if (!rate) return;
  auto where = static_cast<double>(*rate) * length.seconds() < least_pulses ? std::nullopt : origin(start, length);
  grid_ = where ? std::optional(pulse_grid::make(*where, *rate, length)) : std::nullopt;
}

void gated_stream::state(archive& a, held_messages& held) {
  a.field("estimator", estimator_);
  a.field("grid", grid_);
  held.field(a, "messages", messages_);
  fields::group(a, "counts", [&](archive& inner) { counts_.state(inner, held); });
  std::int64_t batches = absent;
  a.field("absent", batches);
  absent = static_cast<int>(batches);
  a.field("ahead", ahead);
}

std::optional<timestamp> gated_stream::origin(timestamp start, duration length) const {
  auto near = [&](timestamp t) {
    auto horizon = other_epoch_lengths * length;
    return t - start <= horizon && start - t <= horizon;
  };
  if (grid_ && near(grid_->origin)) return grid_->origin;
  auto candidate = estimator_.last();
  if (!messages_.empty()) {
    auto i = std::find_if(messages_.begin(), messages_.end(), [&](const auto& m) { return placing_time(m) >= start; });
    candidate = placing_time(i == messages_.end() ? messages_.front() : *i);
  }
  return candidate && near(*candidate) ? candidate : std::nullopt;
}

} // namespace livedata
