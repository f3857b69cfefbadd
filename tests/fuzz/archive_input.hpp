// What archives look like to whoever reads them.
#pragma once

#include "workflows/archive.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace livedata::fuzz {

// The content behind a header that fits it, or no input would get past the check sum. The sum is FNV-1a.
inline std::vector<std::byte> behind_header(std::span<const std::byte> content) {
  static const auto empty = archive().finish();
  std::uint64_t sum = 0xcbf2'9ce4'8422'2325;
  for (auto b : content)
    sum = (sum ^ static_cast<std::uint64_t>(b)) * 0x100'0000'01b3;
  auto out = empty;
  std::memcpy(out.data() + out.size() - sizeof(sum), &sum, sizeof(sum));
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

} // namespace livedata::fuzz
