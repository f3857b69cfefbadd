// Keeps the samples of one log or device as they come, for all jobs of a service at once.
#pragma once

#include "actors/preprocess/sample_order.hpp"
#include "messages/log_sample.hpp"
#include "workflows/workflow.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

class archive;

struct log_buffer_options {
  std::optional<std::string> unit;
  // What every sample must bring along with its value (devices only).
  bool with_target = false;
  bool with_idle = false;
  // Samples that are kept, counting the newest; at least 1.
  std::size_t max_samples = 1'000'000;
  // Samples older than this before the newest one go, but the last of them stays, so that there is a value for every
  // time of the span.
  duration max_age{30LL * 24 * 3600 * 1'000'000'000};
};

// Times are strictly increasing. The samples given out are views that stay as they are: memory is appended to behind
// them, and when it is full, what is kept moves to a new piece.
class log_buffer {
public:
  // `name` only spreads the moments at which buffers of equal rate move to a new piece of memory. Throws
  // std::invalid_argument if nothing may be kept.
  log_buffer(std::string_view name, log_buffer_options options);

  enum class outcome : std::uint8_t {
    added,
    // Same time as the newest sample, another value, target or idle flag: it took the place of the newest.
    replaced,
    // It is the newest now, because the times of those after it were wrong: they are gone (see taken_back).
    went_back,
    // The newest sample, sent again.
    duplicate,
    // Older than the newest sample.
    out_of_order,
    no_target,
    no_idle,
  };

  // Anything but `added`, `replaced` and `went_back` leaves the buffer as it is.
  outcome add(const log_sample& sample);

  // Samples that the last `went_back` took out.
  std::size_t taken_back() const noexcept { return taken_back_; }

  // Nullptr before the first sample; the same object as before if nothing was added.
  const series_ptr& get() const;

  // Forgets all samples, and with them the time after which new ones must lie.
  void clear();

  // Only for a log that keeps the same things of its samples.
  void state(archive& a);

  // Samples for which there is memory.
  std::size_t capacity() const noexcept;

private:
  struct piece;

  bool newest_is(const log_sample& sample) const;
  // Keeps what lies before `end` in the current piece.
  void cut_back(std::size_t end);
  void go_back_to(const log_sample& sample);
  void append(const log_sample& sample);
  void make_room();
  void move_to_new_piece(std::size_t end);
  void trim();

  log_buffer_options options_;
  std::size_t slack_;
  std::shared_ptr<piece> piece_;
  // First sample that is kept, in the current piece.
  std::size_t first_ = 0;
  // The same before the newest sample made older ones go.
  std::size_t first_before_newest_ = 0;
  // Samples of the current piece that were given out. Their memory must stay as it is.
  mutable std::size_t given_ = 0;
  std::size_t taken_back_ = 0;
  sample_order order_;
  bool whole_numbers_ = true;
  mutable series_ptr view_;
};

} // namespace livedata
