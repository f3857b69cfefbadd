// How many messages make a pulse of a stream, and whether all of a window have come.
#pragma once

#include "actors/batching/held_messages.hpp"
#include "messages/timestamp.hpp"

#include <cstdint>
#include <deque>
#include <map>

namespace livedata {

// Several sources, or a source that cuts its pulses into pieces, send several messages for one pulse; a topic may bring
// them in several partitions. A pulse has as many messages as the pulses before it. A partition that goes on to a later
// pulse has nothing more of the pulses before.
class pulse_counts {
public:
  // A message of that time came, of whichever window.
  void note(timestamp time);

  // A message of the open window came, or of a later one (`slot` is then the number of slots of a window).
  void arrived(std::int64_t slot, std::uint32_t partition);

  // The newest slot that was seen; negative: none.
  std::int64_t newest() const noexcept { return newest_; }

  // Whether every slot of a window of `slots` has as many messages as is usual, or cannot get more.
  bool complete(std::int64_t slots) const;

  void begin_window();

  void state(archive& a, const held_messages& held);

private:
  std::uint32_t usual() const;

  struct pulse {
    timestamp time;
    std::uint32_t messages = 0;
  };

  // Those that began last, in that order.
  std::deque<pulse> recent_;
  // Of the open window, by slot.
  std::map<std::int64_t, std::uint32_t> seen_;
  // The newest slot of each partition that spoke in this window or the one before.
  std::map<std::uint32_t, std::int64_t> partitions_;
  std::int64_t newest_ = -1;
};

} // namespace livedata
