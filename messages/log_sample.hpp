// Slow signals: single samples as they arrive, and the series that is kept of them.
#pragma once

#include "messages/timestamp.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

namespace livedata {

// One value of a log (f144) or of a device that was put together from several logs. The unit is that of the stream's
// declaration, never of the message.
struct log_sample {
  timestamp time;
  std::variant<std::int64_t, double> value;
  // Only devices, as far as they are configured: where the motor is told to go, and whether it stands still.
  std::optional<double> target;
  std::optional<bool> idle;

  friend bool operator==(const log_sample&, const log_sample&) = default;

  double as_double() const noexcept {
    return std::visit([](auto v) { return static_cast<double>(v); }, value);
  }
};

// The samples of one log that are kept, oldest first, times strictly increasing: views into a buffer that is only ever
// appended to behind their end, and a share in it.
struct log_series {
  std::span<const timestamp> time;
  std::span<const double> value;
  // Empty, or as long as the values.
  std::span<const double> target;
  std::span<const std::int32_t> idle;
  // Whether every value so far came as a whole number; then `whole` has them exactly, else it is empty.
  bool whole_numbers = false;
  std::span<const std::int64_t> whole = {};
  // Nothing: no unit.
  std::optional<std::string> unit;
  // Keeps the memory of the views.
  std::shared_ptr<const void> owner;
};

} // namespace livedata
