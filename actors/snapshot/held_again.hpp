// Gathers the messages that a service held when it was saved, as they are read again. Plain code.
#pragma once

#include "actors/batching/held_messages.hpp"
#include "actors/message_count.hpp"
#include "actors/snapshot/service_snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace livedata {

class held_again {
public:
  // What was saved with its value is there at once.
  explicit held_again(const resumed_service& from);

  // Takes out of the messages of a portion what was held. `reached`: how far the transport has been read with it; what
  // should be before that and is not is missing.
  void take(std::vector<stream_message>& messages, const lane_offsets* reached);

  // Nothing more is waited for.
  bool complete() const noexcept { return open_.empty(); }

  // What is not there will not come.
  void give_up();

  // Those that were saved with their values: nobody reads them again.
  const message_count& by_value() const noexcept { return by_value_; }

  // All that is there.
  message_count there() const;

  // Messages that were held, are needed, and are not there.
  std::size_t missing() const;

  // All that is there, for whoever held it.
  held_messages give() const { return {again_, lanes_}; }

  // The same one by one, in the order in which they were held.
  std::vector<stream_message> give_all();

private:
  std::vector<std::optional<stream_message>> again_;
  std::map<std::uint32_t, std::uint32_t> lanes_;
  // By what they are known, their numbers.
  std::map<message_key, std::size_t> open_;
  message_count by_value_;
  std::size_t unneeded_;
};

} // namespace livedata
