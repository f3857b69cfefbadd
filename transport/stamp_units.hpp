#pragma once

#include <cstdint>

namespace livedata {

/// Kafka and recordings stamp messages in milliseconds; everything else counts nanoseconds.
inline constexpr std::int64_t ns_per_ms = 1'000'000;

} // namespace livedata
