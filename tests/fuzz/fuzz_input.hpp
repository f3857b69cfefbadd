// What the targets share: an input as bytes, texts, and numbers taken from its front.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace livedata::fuzz {

// Ends the process, so that the input is kept as a finding: for what must hold whatever the input is.
inline void must_hold(bool what) {
  if (!what) __builtin_trap();
}

// Behind the last byte all numbers are 0 and all texts empty.
class fuzz_input {
public:
  fuzz_input(const std::uint8_t* data, std::size_t size) : left_(std::as_bytes(std::span(data, size))) {}

  bool empty() const { return left_.empty(); }

  std::span<const std::byte> take(std::size_t n) {
    const auto taken = left_.first(std::min(n, left_.size()));
    left_ = left_.subspan(taken.size());
    return taken;
  }

  std::span<const std::byte> rest() { return take(left_.size()); }

  template <class T>
  T number() {
    T value{};
    const auto bytes = take(sizeof(T));
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size());
    return value;
  }

  // 0 to n - 1.
  std::size_t choice(std::size_t n) { return number<std::uint8_t>() % n; }

  // Of at most 255 bytes.
  std::string text() { return as_text(take(number<std::uint8_t>())); }

  static std::string as_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

private:
  std::span<const std::byte> left_;
};

} // namespace livedata::fuzz
