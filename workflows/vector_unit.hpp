// What the processor can do to several numbers at once.
#pragma once

#include <cstdint>

namespace livedata {

enum class vector_unit : std::uint8_t { none, avx2 };

// The best that this machine has, and this program knows.
vector_unit best_vector_unit() noexcept;

} // namespace livedata
