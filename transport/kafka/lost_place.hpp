// Where the reading of a partition goes on when the broker does not have the next message, or said for a while that it
// does not know the partition. Plain code.
#pragma once

#include <algorithm>
#include <cstdint>

namespace livedata {

struct lost_place {
  // In place of an offset.
  static constexpr std::int64_t none = -1;

  // Offset of the message that was to be read next.
  std::int64_t next = 0;
  // Those of the oldest message that the broker has, and of the next to come.
  std::int64_t low = 0;
  std::int64_t high = 0;
  // The broker did not know the partition for a while: perhaps the topic was deleted and made anew.
  bool was_unknown = false;

  // Whether it has to be asked for the offset of the first message that is newer than the last one read.
  bool needs_newer() const { return was_unknown == (next <= high); }

  struct found {
    std::int64_t offset = 0;
    // Offsets begin again: those before are of messages that are gone.
    bool anew = false;

    friend bool operator==(const found&, const found&) = default;
  };

  // `newer`: that offset, `none` if no message is newer or it is not needed. What is on the broker after this may have
  // been deleted by retention (low is beyond next: go on with the oldest), cut off at its end or made anew (next is
  // beyond high), or made anew and grown since (all of it is newer). Or the broker only denied it.
  found go_on(std::int64_t newer) const {
    if (next > high) return {was_unknown ? low : newer == none ? high : newer, true};
    if (newer == low && low < next) return {low, true};
    return {std::max(next, low), false};
  }
};

} // namespace livedata
