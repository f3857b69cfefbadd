// What a full queue drops: what is worth least goes first. Plain code.
#pragma once

#include "messages/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace livedata {

// A queued message as the choice sees it.
struct drop_candidate {
  const stream_id* stream = nullptr;
  // What it takes of what is scarce: bytes, or 1 where messages are.
  std::uint64_t cost = 1;
};

struct drop_rules {
  // What has to go, at least.
  std::uint64_t excess = 0;
  // Requests for regions of interest that count as settings: so many of them, and of so much cost together.
  std::size_t most_requests = 1000;
  std::uint64_t largest_requests = 0;
  // Whether the newest message that is no setting stays in any case.
  bool keep_newest = false;
  // Whether settings may go when nothing else is left.
  bool settings_too = false;
};

// Gives the places of the messages that go, ascending. `queue`: the oldest first.
//
// A setting is the newest value of a log, and the newest request for regions of interest of a name. It goes last, if at
// all. A request that has a newer one of its name, or that is one too many, goes first. All else is data, older values
// of logs too. Of data the oldest messages go of those streams that hold at least an equal share of the queue: so a
// stream that fills the queue loses its own messages, and not those of the others.
std::vector<std::size_t> choose_drops(std::span<const drop_candidate> queue, const drop_rules& rules);

} // namespace livedata
