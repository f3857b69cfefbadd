// The messages that a service holds while its state is saved: a state refers to them by number. Samples are saved as
// they are; all others stay where they came from, and are read again from there. Plain code.
#pragma once

#include "actors/archive_fields.hpp"
#include "messages/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata {

struct held_message {
  stream_id stream;
  timestamp time;
  message_position position;
  // Nothing: the message has to be read again from its position.
  std::optional<log_sample> sample;

  void state(archive& a) {
    fields::add(a, "stream", stream);
    a.field("time", time);
    fields::add(a, "position", position);
    fields::add(a, "sample", sample);
  }
};

class held_messages {
public:
  // Saves.
  held_messages() = default;

  // Loads: the messages that were saved, each where it was then; those that could not be had again are missing.
  // `lanes`: the present number of each lane, by the one that was saved.
  held_messages(std::vector<std::optional<stream_message>> again, std::map<std::uint32_t, std::uint32_t> lanes)
    : again_(std::move(again)), lanes_(std::move(lanes)) {}

  // A list of messages.
  void field(archive& a, std::string_view name, std::vector<stream_message>& list) {
    std::vector<std::uint64_t> numbers;
    if (!a.loading())
      for (const auto& m : list)
        numbers.push_back(number_of(m));
    a.field(name, numbers);
    if (!a.loading()) return;
    list.clear();
    for (auto n : numbers)
      if (n < again_.size() && again_[n]) list.push_back(*std::exchange(again_[n], std::nullopt));
  }

  // The present number of a lane; nothing if it is gone.
  std::optional<std::uint32_t> lane(std::uint32_t saved) const {
    const auto i = lanes_.find(saved);
    return i == lanes_.end() ? std::nullopt : std::optional(i->second);
  }

  // What was referred to, by number.
  const std::vector<held_message>& list() const noexcept { return list_; }

private:
  std::uint64_t number_of(const stream_message& m) {
    const auto* sample = std::get_if<log_sample>(&m.content);
    list_.push_back({m.stream, m.time, m.position, sample == nullptr ? std::nullopt : std::optional(*sample)});
    return list_.size() - 1;
  }

  std::vector<held_message> list_;
  std::vector<std::optional<stream_message>> again_;
  std::map<std::uint32_t, std::uint32_t> lanes_;
};

} // namespace livedata
