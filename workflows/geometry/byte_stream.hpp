// Values as bytes and back, to hand them from one process of this program to another on the same machine.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace livedata {

class byte_writer {
public:
  template <class T>
  requires std::is_trivially_copyable_v<T>

  void put(const T& value) { raw(&value, sizeof value); }

  template <class T>
  void list(const std::vector<T>& values_) {
    put(values_.size());
    raw(values_.data(), values_.size() * sizeof(T));
  }

  void text(const std::string& s) {
    put(s.size());
    raw(s.data(), s.size());
  }

  std::vector<std::byte> bytes;

private:
  void raw(const void* from, std::size_t n) {
    const auto* first = static_cast<const std::byte*>(from);
    bytes.insert(bytes.end(), first, first + n);
  }
};

// Reads what a byte_writer wrote, in the same order. Throws std::runtime_error if there are fewer bytes.
class byte_reader {
public:
  explicit byte_reader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class T>

  requires std::is_trivially_copyable_v<T> T get() {
    T value;
    std::memcpy(&value, take(sizeof value), sizeof value);
    return value;
  }

  template <class T>
  std::vector<T> list() {
    auto n = get<std::size_t>();
    if (n > rest_.size() / sizeof(T)) throw std::runtime_error("the bytes are cut short");
    std::vector<T> content(n);
    if (n > 0) std::memcpy(content.data(), take(n * sizeof(T)), n * sizeof(T));
    return content;
  }

  std::string text() {
    auto n = get<std::size_t>();
    const auto* first = take(n);
    return {reinterpret_cast<const char*>(first), n};
  }

private:
  const std::byte* take(std::size_t n) {
    if (n > rest_.size()) throw std::runtime_error("the bytes are cut short");
    const auto* first = rest_.data();
    rest_ = rest_.subspan(n);
    return first;
  }

  std::span<const std::byte> rest_;
};

} // namespace livedata
