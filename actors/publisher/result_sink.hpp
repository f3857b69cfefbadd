// Where results go. A sink belongs to one publisher and may block. It throws std::exception when it cannot take a
// result, or incomplete_delivery where only some are lost.
#pragma once

#include "actors/messages.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

namespace livedata {

// Thrown by a sink that could hand over some of the messages, but not all.
struct incomplete_delivery : std::runtime_error {
  incomplete_delivery(std::uint64_t failed_messages, const std::string& why)
    : std::runtime_error(why), failed(failed_messages) {}

  std::uint64_t failed;
};

class result_sink {
public:
  result_sink() = default;
  result_sink(const result_sink&) = delete;
  result_sink& operator=(const result_sink&) = delete;
  virtual ~result_sink() = default;

  // Returns when the sink has taken the results.
  virtual void deliver(const result_set& results) = 0;

  // Takes messages that are no results. A sink that has no use for them drops them.
  virtual void send(std::span<const outgoing_message> /*messages*/) {}

  // Everything has been delivered.
  virtual void finish() {}

  // After finish(): what this run should have left in files and has not, for people; nothing if all is there.
  virtual std::optional<std::string> missing() const { return std::nullopt; }
};

} // namespace livedata
