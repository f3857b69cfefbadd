// What a view keeps of the events of the current window, so that it can sort them by other regions later: the events
// themselves, as long as their messages take few bytes; from then on the counts of before the window.
#pragma once

#include "messages/event_chunk.hpp"
#include "workflows/archive.hpp"
#include "workflows/kernels/event_histogram.hpp"
#include "workflows/kernels/wavelength_counting.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace livedata {

class window_index {
public:
  // The messages of a batch at the highest rates, several times over.
  static constexpr std::uint64_t usual_bytes = std::uint64_t{256} << 20;

  // `most_bytes`: what the messages of the events may take.
  explicit window_index(std::uint64_t most_bytes = usual_bytes) : most_bytes_(most_bytes) {}

  // Keeps the events of chunks, which show where the mapping says.
  void keep(std::span<const event_chunk> chunks, const event_mapping& mapping);

  // Lets the events go if their messages take too many bytes. `all`: the counts with all events that were kept. Costs
  // the size of the histogram then. Throws std::bad_alloc, and keeps the events.
  void limit(const event_histogram& all);

  // A new window begins.
  void clear();

  // The counts of before the window; nullptr: the events are still there.
  const event_histogram* before() const noexcept { return before_ ? &*before_ : nullptr; }

  // Calls f(screen bin, spectral bin) for every event of the window that was counted. Needs before() to be null.
  template <class F>
  void each_counted(const spectral_bins& bins, F&& f) const {
    for (const auto& chunk : kept_)
      livedata::each_counted(chunk.events, chunk.mapping, bins, f);
  }

  // Saving lets the events go.
  void state(archive& a, const event_histogram& all);

private:
  struct kept_chunk {
    event_chunk events;
    event_mapping mapping;
  };

  void let_go(const event_histogram& all);

  std::uint64_t most_bytes_;
  std::uint64_t bytes_ = 0;
  std::vector<kept_chunk> kept_;
  std::optional<event_histogram> before_;
};

} // namespace livedata
