// A stream of pulses in the rate-aware batcher: it may hold a window open until its last pulse has come.
#pragma once

#include "actors/batching/period_estimator.hpp"
#include "actors/batching/pulse_counts.hpp"
#include "messages/stream.hpp"

#include <optional>
#include <vector>

namespace livedata {

class gated_stream {
public:
  void observe(timestamp t) { estimator_.observe(t); }

  // Once for each message.
  void count(timestamp t) { counts_.note(t); }

  // Takes a message into the window that begins at `start`. Gives it back if it belongs to a later one; if not much
  // later, that also tells that the window has passed.
  std::optional<stream_message> route(stream_message m, timestamp start);

  // Whether it knows when its pulses come; only then it matters to the window.
  bool on_grid() const noexcept { return grid_.has_value(); }

  // Whether the last pulse of the window has come, or a later one.
  bool reached() const noexcept { return !grid_ || counts_.newest() >= grid_->slots - 1; }

  // Whether all messages of the pulses of the window have come, as far as the pulses before can tell.
  bool satisfied() const noexcept { return !grid_ || counts_.complete(grid_->slots); }

  // Moves its messages behind `all` and begins a window.
  void drain(std::vector<stream_message>& all);

  // Follows the rate: makes, changes or drops the grid for windows of that length near `start`.
  void refresh(timestamp start, duration length);

  // In the middle of a window: makes a grid if there is none and the rate is known by now. Gives back the messages of
  // later windows.
  std::vector<stream_message> learn(timestamp start, duration length);

  const std::vector<stream_message>& messages() const noexcept { return messages_; }

  const period_estimator& estimator() const noexcept { return estimator_; }

  const std::optional<pulse_grid>& grid() const noexcept { return grid_; }

  void state(archive& a, held_messages& held);

  // Batches in a row without a message of it.
  int absent = 0;
  // Whether a message of it waits for a later window, outside of this.
  bool ahead = false;

private:
  std::optional<timestamp> origin(timestamp start, duration length) const;
  // Notes the slot of a message. False: it belongs to a later window.
  bool place(const stream_message& m, timestamp start);

  period_estimator estimator_;
  std::optional<pulse_grid> grid_;
  std::vector<stream_message> messages_;
  pulse_counts counts_;
};

} // namespace livedata
