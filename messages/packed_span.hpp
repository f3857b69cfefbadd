// A view of numbers inside a message: little endian, at any alignment. Reading one is a plain load on the machines that
// livedata runs on, so that a kernel can work on the message itself.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <span>

namespace livedata {

static_assert(std::endian::native == std::endian::little,
              "messages are read in place, which needs a little endian machine");

template <class T>
class packed_span {
public:
  using value_type = T;

  packed_span() = default;

  // `data` need not be aligned; `size` counts elements.
  packed_span(const std::byte* data, std::size_t size) : data_(data), size_(size) {}

  // A view of numbers in ordinary memory.
  packed_span(std::span<const T> numbers)
    : data_(reinterpret_cast<const std::byte*>(numbers.data())), size_(numbers.size()) {}

  std::size_t size() const noexcept { return size_; }

  bool empty() const noexcept { return size_ == 0; }

  const std::byte* data() const noexcept { return data_; }

  T operator[](std::size_t i) const noexcept {
    T value;
    std::memcpy(&value, data_ + i * sizeof(T), sizeof(T));
    return value;
  }

  // The elements [first, first + count), which must be there.
  packed_span part(std::size_t first, std::size_t count) const noexcept { return {data_ + first * sizeof(T), count}; }

private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

} // namespace livedata
