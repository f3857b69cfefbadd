#include "actors/batching/gated_stream.hpp"

#include "actors/batching/placing.hpp"

#include <algorithm>

namespace livedata {

using namespace batching;

std::optional<stream_message> gated_stream::route(stream_message m, timestamp start) {
  auto t = placing_time(m);
  observe(t);
  if (grid_) {
    auto slot = grid_->slot(t, start);
    if (slot >= grid_->slots) {
      if (slot < grid_->slots * (1 + plausible_lengths)) newest_slot_ = std::max(newest_slot_, grid_->slots - 1);
      return m;
    }
    newest_slot_ = std::max(newest_slot_, slot);
  }
  messages_.push_back(std::move(m));
  return std::nullopt;
}

void gated_stream::drain(std::vector<stream_message>& all) {
  move_behind(all, messages_);
  newest_slot_ = -1;
}

void gated_stream::refresh(timestamp start, duration length) {
  auto rate = estimator_.rate();
  if (!rate) return;
  auto where = static_cast<double>(*rate) * length.seconds() < least_pulses ? std::nullopt : origin(start, length);
  grid_ = where ? std::optional(pulse_grid::make(*where, *rate, length)) : std::nullopt;
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
