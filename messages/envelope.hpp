// What Kafka stores of a message beside its content.
#pragma once

#include "messages/payload.hpp"
#include "messages/timestamp.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

struct envelope {
  enum class time_type : std::uint8_t { none = 0, created = 1, appended = 2 };

  std::int32_t partition = 0;
  std::int64_t offset = 0;
  // Whole milliseconds; zero if the message has none.
  timestamp time;
  time_type type = time_type::none;
  // Nothing: null.
  std::optional<std::vector<std::byte>> key;
  std::vector<std::pair<std::string, std::optional<std::vector<std::byte>>>> headers;

  friend bool operator==(const envelope&, const envelope&) = default;
};

} // namespace livedata
