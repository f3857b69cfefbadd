// Holds the first batch of a run until its pulse is whole. Plain code.
#pragma once

#include "messages/stream.hpp"
#include "messages/timestamp.hpp"
#include "workflows/archive.hpp"

#include <map>
#include <optional>
#include <vector>

namespace livedata {

// A run begins with whatever message comes first. Several sources and topics send the first pulse in turn: what the
// batcher is given first holds all of it: it waits until every stream that has spoken goes on to a later pulse, or
// nothing of a pulse comes for a moment of wall time, within a bound. Without a clock (recordings, data that is read
// again), and where no pulse comes first, nothing is held.
class first_pulse {
public:
  // Newly arrived messages, and the time on a clock that never goes back; 0: there is no clock. Gives what the batcher
  // is to be given next; if that is the first pulse, `take_rest` has what came behind it.
  std::vector<stream_message> add(std::vector<stream_message> messages, duration now);

  // What is to be given to the batcher after that; empty if there is nothing.
  std::vector<stream_message> take_rest();

  // Gives up waiting.
  std::vector<stream_message> end();

  const std::vector<stream_message>& held() const noexcept { return held_; }

  // Only while nothing is held.
  void state(archive& a) { a.field("over", over_); }

private:
  bool whole() const;
  std::vector<stream_message> release();

  bool over_ = false;
  std::vector<stream_message> held_;
  std::vector<stream_message> rest_;
  // The newest pulse among the messages that came first.
  std::optional<timestamp> pulse_;
  duration since_;
  duration newest_came_;
  // Of each stream of pulses: the newest one.
  std::map<stream_id, timestamp> newest_;
};

} // namespace livedata
