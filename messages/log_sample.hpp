// Slow signals: single samples, and the series that is kept of them.
#pragma once

#include "messages/timestamp.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

namespace livedata {

// One value of a log (f144), or of a device that is made of several logs. The unit is the one that the instrument
// declares, never that of a message.
struct log_sample {
  timestamp time;
  std::variant<std::int64_t, double> value;
  // Devices only, as far as they have such logs: the set point of the motor, and whether it stands still.
  std::optional<double> target;
  std::optional<bool> idle;

  friend bool operator==(const log_sample&, const log_sample&) = default;

  double as_double() const noexcept {
    return std::visit([](auto v) { return static_cast<double>(v); }, value);
  }
};

// The samples that are kept of one log, oldest first, times strictly increasing. They are views into a buffer
// that only grows behind their end, and a share in it.
struct log_series {
  std::span<const timestamp> time;
  std::span<const double> value;
  // Empty, or as long as the values.
  std::span<const double> target;
  std::span<const std::int32_t> idle;
  // Whether every value so far was a whole number. Then `whole` has them exactly; else it is empty.
  bool whole_numbers = false;
  std::span<const std::int64_t> whole = {};
  // Nothing: no unit.
  std::optional<std::string> unit;
  // Keeps the memory of the views.
  std::shared_ptr<const void> owner;
};

} // namespace livedata
