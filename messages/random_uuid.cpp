#include "messages/random_uuid.hpp"

#include <random>

namespace livedata {

uuid random_uuid() {
  std::random_device random;
  uuid id;
  for (auto& byte : id.bytes)
    byte = static_cast<std::uint8_t>(random());
  // Version and variant, as RFC 9562 puts them.
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

} // namespace livedata
