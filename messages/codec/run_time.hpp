// Times of run messages: milliseconds since the epoch.
#pragma once

#include "messages/result.hpp"
#include "messages/timestamp.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <string_view>

namespace livedata {

// Failure "bad_time" if it does not fit nanoseconds.
inline result<timestamp> time_of_ms(std::uint64_t ms, std::string_view schema, std::string_view field) {
  constexpr std::uint64_t ns_per_ms = 1'000'000;
  constexpr auto latest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / ns_per_ms;
  if (ms > latest)
    return failure{"bad_time", fmt::format("{} message: {} is {} ms, later than {} ms, the last time there is; check "
                                           "its producer",
                                           schema, field, ms, latest)};
  return timestamp{static_cast<std::int64_t>(ms * ns_per_ms)};
}

} // namespace livedata
