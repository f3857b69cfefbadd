// A stream of pulses in the rate-aware batcher: it may hold a window open until its last pulse has come.
#pragma once

#include "actors/batching/period_estimator.hpp"
#include "messages/stream.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace livedata {

class gated_stream {
public:
  void observe(timestamp t) { estimator_.observe(t); }

  // Takes a message into the window that begins at `start`. Gives it back if it belongs to a later one; if not much
  // later, that also tells that the window has passed.
  std::optional<stream_message> route(stream_message m, timestamp start);

  // Whether it knows when its pulses come; only then it matters to the window.
  bool on_grid() const noexcept { return grid_.has_value(); }

  bool satisfied() const noexcept { return !grid_ || newest_slot_ >= grid_->slots - 1; }

  // Moves its messages behind `all` and begins a window.
  void drain(std::vector<stream_message>& all);

  // Follows the rate: makes, changes or drops the grid for windows of that length near `start`.
  void refresh(timestamp start, duration length);

  const std::vector<stream_message>& messages() const noexcept { return messages_; }

  const period_estimator& estimator() const noexcept { return estimator_; }

  const std::optional<pulse_grid>& grid() const noexcept { return grid_; }

  // Batches in a row without a message of it.
  int absent = 0;
  // Whether a message of it waits for a later window, outside of this.
  bool ahead = false;

private:
  std::optional<timestamp> origin(timestamp start, duration length) const;

  period_estimator estimator_;
  std::optional<pulse_grid> grid_;
  std::vector<stream_message> messages_;
  std::int64_t newest_slot_ = -1;
};

} // namespace livedata
