// What a raw message says at first sight, for people. Plain code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace livedata {

struct message_summary {
  // "ev44", "json", or "?".
  std::string schema;
  // Empty if it has none.
  std::string source;
  std::uint64_t events = 0;
  // Its content in a line.
  std::string text;
  // Why it cannot be read; empty: it can.
  std::string damage;
};

// Never throws for what the bytes are.
message_summary summary_of(std::span<const std::byte> bytes);

} // namespace livedata
